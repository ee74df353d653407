//! The golden numbers, to the last digit, through the binary (POOL-1, POOL-2, POOL-3, POOL-6, POOL-7).

use serde_json::Value;

use crate::run::{Desk, preset, preset_text, repository, trimmed};

/// `count` buyers, each with one order of 1,000 yuan, one a second.
fn equal_orders(count: u32) -> String {
    let mut csv = "order_id,member_id,ordered_at,amount\n".to_owned();
    for n in 0..count {
        let (minutes, seconds) = (n / 60, n % 60);
        let (hours, minutes) = (minutes / 60, minutes % 60);
        let (days, hours) = (hours / 24 + 1, hours % 24);
        csv.push_str(&format!("o{n},m{n},2026-01-{days:02}T{hours:02}:{minutes:02}:{seconds:02}Z,1000.00\n"));
    }
    csv
}

fn backtest(desk: &Desk, plan: &str, orders: &str) -> Value {
    desk.ratchet(&["backtest", plan, orders, "--after-sale-days", "0", "--json"]).json(0)
}

#[track_caller]
fn assert_fields(summary: &Value, expected: &[(&str, &str)]) {
    for (field, value) in expected {
        let found = &summary[*field];
        let found = if found.is_string() { trimmed(found) } else { found.to_string() };
        let expected = trimmed(&Value::from(*value));
        assert_eq!(found, expected, "{field} of {summary:#}");
    }
}

#[test]
fn three_orders() {
    let desk = Desk::new();
    for (count, pool, supply, price) in [
        (1, "300.00", "210", "1.428571428571"),
        (2, "600.00", "357", "1.680672268907"),
        (3, "900.00", "481.95", "1.867413632119"),
    ] {
        desk.write("orders.csv", equal_orders(count));
        let summary = backtest(&desk, &preset("value-growth"), "orders.csv");
        assert_fields(&summary, &[("pool", pool), ("supply", supply), ("price", price), ("exits", "0")]);
    }
    let run = desk.ratchet(&[
        "backtest",
        &preset("value-growth"),
        "orders.csv",
        "--after-sale-days",
        "0",
        "--out",
        "report",
    ]);
    run.says(0, &[]);
    let members = desk.read("report/members.csv");
    let points: Vec<String> =
        column(&members, "points").iter().map(|text| trimmed(&Value::from(*text))).collect();
    assert_eq!(points, ["210", "147", "124.95"]);
}

/// The values of a column of a CSV file without quotes.
#[track_caller]
fn column<'a>(csv: &'a str, name: &str) -> Vec<&'a str> {
    let mut lines = csv.lines();
    let header = lines.next().unwrap_or_default();
    let at = header.split(',').position(|column| column == name);
    let at = at.unwrap_or_else(|| panic!("no column {name} in {header}"));
    lines.map(|line| line.split(',').nth(at).unwrap_or_default()).collect()
}

#[test]
fn a_hundred_thousand_orders() {
    let desk = Desk::new();
    desk.write("orders.csv", equal_orders(100_000));
    for (plan, exits, paid_out, pool, supply) in [
        ("value-growth", "14", "33600.15", "29966399.85", "727946.949329251935"),
        ("value-growth-2x", "57", "91200.78", "29908799.22", "721584.435764985650"),
    ] {
        let summary = backtest(&desk, &preset(plan), "orders.csv");
        assert_fields(
            &summary,
            &[
                ("orders", "100000"),
                ("members", "100000"),
                ("skipped", "0"),
                ("contributions", "30000000.00"),
                ("exits", exits),
                ("paid_out", paid_out),
                ("pool", pool),
                ("supply", supply),
            ],
        );
    }
}

/// The value of the first buyer's 210 points reaches 1×, 2×, 3× of 1,000 yuan when the price reaches that ÷ 210.
#[test]
fn the_first_buyer_without_exits() {
    let desk = Desk::new();
    let with_exit = preset_text("value-growth");
    let (without_exit, _) = with_exit.split_once("[pool.exit]").expect("the preset has exits, last");
    desk.write("plan.toml", without_exit);
    desk.write("orders.csv", equal_orders(2_965));
    desk.ratchet(&["backtest", "plan.toml", "orders.csv", "--after-sale-days", "0", "--out", "report"])
        .says(0, &[]);
    let prices = desk.read("report/price.csv");
    let reached = |multiple: u128| {
        // price · 210 ≥ multiple · 1000, in 10⁻¹² yuan; prices in the file are rounded down.
        let price = |text: &str| -> u128 {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            format!("{whole}{fraction:0<12}").parse().expect("a price")
        };
        let position = column(&prices, "price")
            .iter()
            .position(|text| price(text) * 210 + 209 >= multiple * 1_000 * 1_000_000_000_000);
        position.expect("it is reached") + 1
    };
    assert_eq!([reached(1), reached(2), reached(3)], [76, 768, 2_965]);
}

/// Real orders of 18 months, where the data is beside the repository.
#[test]
fn cdnow() {
    let orders = repository().join("../shared/data/cdnow_orders.csv");
    if !orders.exists() {
        eprintln!("no ../shared/data/cdnow_orders.csv here: nothing compared");
        return;
    }
    let orders = orders.display().to_string();
    let desk = Desk::new();
    let summary = backtest(&desk, &preset("value-growth"), &orders);
    assert_fields(
        &summary,
        &[
            ("orders", "69579"),
            ("skipped", "80"),
            ("members", "23476"),
            ("contributions", "749783.54"),
            ("exits", "8"),
            ("paid_out", "729.60"),
            ("retained", "182.46"),
            ("pool", "749053.94"),
            ("supply", "16778.628666110491"),
            ("price", "44.643334977246"),
            ("recovered", "6"),
        ],
    );
    let summary = backtest(&desk, &preset("value-growth-2x"), &orders);
    assert_fields(
        &summary,
        &[
            ("exits", "17"),
            ("paid_out", "1118.32"),
            ("pool", "748665.22"),
            ("supply", "16664.141352714260"),
            ("recovered", "11"),
        ],
    );
}
