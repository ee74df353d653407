//! The folder a backtest leaves.

use std::path::Path;

use ratchet_sim::backtest::{self, Assumptions, Observers};
use ratchet_sim::generate;
use ratchet_sim::orders::{Orders, ReadOptions};
use ratchet_sim::outputs::{OutputError, Outputs};
use ratchet_sim::summary::Summary;

use crate::{options, preset, read, try_read};

fn write(plan: &str, orders: &Orders, target: &Path) -> Result<Summary, OutputError> {
    let outputs = Outputs::begin(target)?;
    let plan = preset(plan, 7);
    let mut prices = outputs.price_log(plan.programme.currency)?;
    let mut log = |order: &str, at, price| prices.write(order, at, price);
    let observers = Observers { command: None, order: Some(&mut log), progress: &mut |_| {} };
    let assumptions = Assumptions::default();
    let backtest =
        backtest::run(backtest::engine(plan, &orders.expected()), orders, &assumptions, observers).unwrap();
    let summary = Summary::new("orders <1>.csv", &orders.found, &assumptions, &backtest);
    outputs.finish(&summary, &backtest.engine, &orders.found, prices, &mut |_| {})?;
    Ok(summary)
}

fn generated() -> Orders {
    let mut csv = Vec::new();
    generate::orders(&generate::Options::new(800, 6), &mut csv, &mut |_| {}).unwrap();
    read(std::str::from_utf8(&csv).unwrap())
}

fn file(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// FILE-11, FILE-12
#[test]
fn everything_is_there_and_agrees() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("deep/er/out");
    let orders = generated();
    let summary = write("value-growth.toml", &orders, &target).unwrap();
    assert_eq!(
        names(&target),
        ["charts", "cohorts.csv", "members.csv", "price.csv", "report.html", "skipped.csv", "summary.json"]
    );
    assert_eq!(names(target.parent().unwrap()), ["out"], "nothing else is left beside it");

    let json: serde_json::Value = serde_json::from_str(&file(&target, "summary.json")).unwrap();
    assert_eq!(json["orders"], 800);
    assert_eq!(json["digest"], summary.digest);
    assert_eq!(json["mode"], "sandbox");

    let prices = file(&target, "price.csv");
    assert_eq!(prices.lines().next(), Some("order_id,at,pool,supply,price,price_unsplit"));
    assert_eq!(prices.lines().count(), 801);
    let members = file(&target, "members.csv");
    assert_eq!(members.lines().next(), Some("member_id,joined_at,spent,cash,points,net_value,exits"));
    assert_eq!(members.lines().count() as u64, summary.totals.members + 1);
    let spent: f64 =
        members.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse::<f64>().unwrap()).sum();
    assert!((spent * 100.0 - summary.disclosure.spent.minor() as f64).abs() < 1.0);
    assert_eq!(file(&target, "cohorts.csv").lines().count(), summary.disclosure.cohorts.len() + 1);
    assert_eq!(file(&target, "skipped.csv"), "line,column,reason,row\n");
}

#[test]
fn the_page_needs_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("out");
    write("value-growth.toml", &generated(), &target).unwrap();
    let page = file(&target, "report.html");
    assert!(!page.contains("<script") && !page.contains("javascript:") && !page.contains("@import"));
    // The only address is the name of the SVG format, which nobody fetches.
    for (at, _) in page.match_indices("://") {
        let around = &page[at.saturating_sub(5)..(at + 25).min(page.len())];
        assert!(around.contains("http://www.w3.org/2000/svg"), "{around}");
    }
    for attribute in [" src=", " href=", "url("] {
        assert!(!page.contains(attribute), "{attribute}");
    }
    // Both languages, with as many texts in one as in the other.
    assert!(page.contains("拿回的现金达到") || page.contains("没有一人"));
    assert!(page.contains("got back in cash what they spent"));
    assert_eq!(page.matches("class=\"zh\"").count(), page.matches("class=\"en\"").count());
    // Sandbox is marked in both, and on paper.
    assert!(page.contains("沙盒：模拟资金") && page.contains("Sandbox: play money"));
    assert!(page.contains("class=\"print-mark\""));
    // Names from outside are text, never markup.
    assert!(page.contains("orders &lt;1&gt;.csv") && !page.contains("orders <1>"));
    // The charts are the files.
    for name in names(&target.join("charts")) {
        let svg = file(&target.join("charts"), &name);
        assert!(page.contains(&svg), "{name}");
        assert!(svg.contains("role=\"img\"") && svg.contains("<title>"), "{name}");
    }
    assert_eq!(names(&target.join("charts")).len(), 12);
    for tag in
        ["span", "div", "p", "table", "tr", "td", "th", "dl", "dt", "dd", "figure", "svg", "main", "footer"]
    {
        let opened = page.matches(&format!("<{tag} ")).count() + page.matches(&format!("<{tag}>")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn ids_are_text_everywhere() {
    let csv = "order_id,member_id,ordered_at,amount\n\
               \"<b>&\"\"1\"\"\",\"<img src=x>,=1+1\",2026-01-01,100.00\n";
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("out");
    write("value-growth.toml", &read(csv), &target).unwrap();
    assert!(file(&target, "members.csv").contains("\n\"<img src=x>,=1+1\",2025-12-31T16:00:00Z,100.00,"));
    assert!(file(&target, "price.csv").contains("\n\"<b>&\"\"1\"\"\",2025-12-31T16:00:00Z,"));
    assert!(!file(&target, "report.html").contains("<img"));
}

#[test]
fn one_order_and_plans_without_a_pool_make_a_report_too() {
    let place = tempfile::tempdir().unwrap();
    let one = read("order_id,member_id,ordered_at,amount\na,m,2026-01-01,0.01\n");
    for entry in std::fs::read_dir(crate::root().join("plans")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        write(&name, &one, &place.path().join(&name)).unwrap();
        write(&name, &generated(), &place.path().join(&name)).unwrap();
    }
}

/// FILE-10
#[test]
fn refunds_of_nearly_everything_make_a_report_too() {
    // Points are sold, then the orders are refunded: what was spent is next to nothing, what was received is not.
    let mut csv = "order_id,member_id,ordered_at,amount,refunded_amount,refunded_at\n".to_owned();
    for number in 0..40 {
        let kept = if number == 0 { "99999999999.99" } else { "100000000000.00" };
        csv += &format!("o{number},m{number},2026-01-01,100000000000.00,{kept},2026-03-01\n");
    }
    let orders = read(&csv);
    let place = tempfile::tempdir().unwrap();
    let outputs = Outputs::begin(&place.path().join("out")).unwrap();
    let prices = outputs.price_log(ratchet_engine::amount::Currency::CNY).unwrap();
    let assumptions =
        Assumptions { selling: ratchet_sim::selling::Selling::parse("random=100%").unwrap(), seed: 1 };
    let observers = Observers { command: None, order: None, progress: &mut |_| {} };
    let backtest = backtest::run(
        backtest::engine(preset("value-growth.toml", 0), &orders.expected()),
        &orders,
        &assumptions,
        observers,
    )
    .unwrap();
    let summary = Summary::new("orders.csv", &orders.found, &assumptions, &backtest);
    assert_eq!(summary.disclosure.spent.minor(), 1);
    assert!(summary.disclosure.cash.minor() > 1_000_000_000);
    outputs.finish(&summary, &backtest.engine, &orders.found, prices, &mut |_| {}).unwrap();
}

#[test]
fn what_no_backtest_wrote_stays() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("out");
    let orders = generated();
    // An empty folder and an earlier run are replaced.
    std::fs::create_dir(&target).unwrap();
    write("value-growth.toml", &orders, &target).unwrap();
    let before = file(&target, "summary.json");
    write("value-growth-2x.toml", &orders, &target).unwrap();
    assert_ne!(file(&target, "summary.json"), before);
    assert_eq!(names(place.path()), ["out"]);
    // Anything else is refused, before anything runs.
    std::fs::write(target.join("thesis.txt"), "precious").unwrap();
    let refused = Outputs::begin(&target).err().unwrap().to_string();
    assert!(
        refused.ends_with(
            "the folder holds \"thesis.txt\", which no backtest wrote; name a new or empty folder"
        )
    );
    assert_eq!(file(&target, "thesis.txt"), "precious");
    let taken = Outputs::begin(&target.join("thesis.txt")).err().unwrap();
    assert!(matches!(taken, OutputError::NotAFolder(_)));
}

#[test]
fn a_run_that_fails_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("out");
    let outputs = Outputs::begin(&target).unwrap();
    let prices = outputs.price_log(ratchet_engine::amount::Currency::CNY).unwrap();
    drop((outputs, prices));
    assert!(names(place.path()).is_empty());
}

#[test]
fn bad_rows_are_in_the_folder() {
    let csv = "order_id,member_id,ordered_at,amount\na,m,2026-01-01,1.00\nb,\"m\",2026-01-01,1.001\nc,m,2026-01-01,0\n";
    let orders = try_read(csv.as_bytes(), &ReadOptions { skip_bad_rows: true, ..options() }).unwrap();
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("out");
    let summary = write("value-growth.toml", &orders, &target).unwrap();
    assert_eq!((summary.bad_rows, summary.skipped), (1, 1));
    let bad = file(&target, "bad-rows.csv");
    assert!(bad.ends_with(",\"b,\"\"m\"\",2026-01-01,1.001\"\n"), "{bad}");
    assert!(bad.starts_with("line,column,reason,row\n3,amount,"), "{bad}");
    assert_eq!(
        file(&target, "skipped.csv"),
        "line,column,reason,row\n4,amount,the amount is zero,\"c,m,2026-01-01,0\"\n"
    );
    let apart = place.path().join("apart.csv");
    ratchet_sim::outputs::write_bad_rows(&apart, &orders.found.bad).unwrap();
    assert_eq!(std::fs::read_to_string(apart).unwrap(), bad);
}
