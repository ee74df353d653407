//! `ratchet study advert` (ADV-1 to ADV-5): SPEC 17's golden numbers and what SPEC 18 says, out of the engine.

use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

use ratchet_sim::advert::{self, CURVE_ORDERS, Findings, Options, Value, Verdict};

fn found(threads: usize, curve_orders: u64) -> Findings {
    let options = Options { curve_orders, runs: 3, seed: 1, threads };
    advert::run(options, &AtomicBool::new(false), &mut |_| {}).unwrap().unwrap()
}

static FOUND: LazyLock<Findings> = LazyLock::new(|| found(2, CURVE_ORDERS));

fn exact(name: &str) -> String {
    FOUND.numbers.get(name).exact()
}

fn ppm(name: &str) -> u64 {
    match FOUND.numbers.get(name) {
        Value::Ppm(number) | Value::Count(number) => *number,
        other => panic!("{name}: {other:?}"),
    }
}

/// ADV-2: every golden number of SPEC 17 that needs no order file of somebody else.
#[test]
fn adv_2_golden_numbers() {
    for (name, golden) in [
        ("equal.pool_1", "300.00"),
        ("equal.supply_1", "210"),
        ("equal.price_1", "1.428571428571"),
        ("equal.pool_2", "600.00"),
        ("equal.supply_2", "357"),
        ("equal.price_2", "1.680672268907"),
        ("equal.pool_3", "900.00"),
        ("equal.supply_3", "481.95"),
        ("equal.price_3", "1.867413632119"),
        ("equal.points_1", "210"),
        ("equal.points_2", "147"),
        ("equal.points_3", "124.95"),
        ("equal.first_at_1x", "76"),
        ("equal.first_at_2x", "768"),
        ("equal.first_at_3x", "2965"),
        ("equal.3x.exits", "14"),
        ("equal.3x.paid_out", "33600.15"),
        ("equal.3x.pool", "29966399.85"),
        ("equal.3x.supply", "727946.949329251935"),
        ("equal.2x.exits", "57"),
        ("equal.2x.paid_out", "91200.78"),
        ("equal.2x.pool", "29908799.22"),
        ("equal.2x.supply", "721584.43576498565"),
        ("sale.gross", "1999.20"),
        ("sale.kept", "399.84"),
        ("sale.net", "1599.36"),
        ("sale.pool_after", "58400.64"),
        ("differential.upline_1", "900.00"),
        ("differential.upline_2", "600.00"),
        ("differential.upline_3", "0.00"),
        ("differential.upline_4", "300.00"),
        ("differential.upline_5", "30.00"),
        ("differential.upline_6", "15.00"),
        ("dividend.weight_0.1", "0.23"),
        ("dividend.weight_0.2", "0.47"),
        ("dividend.weight_0.3", "0.71"),
        ("dividend.carry", "0.09"),
        ("release.day_1_at_3_permille", "15.00"),
        ("release.days_at_3_permille", "334"),
        ("release.last_day", "5"),
        ("release.remaining_day_1_points", "15"),
        ("release.remaining_day_30_points", "13.748358559747"),
        ("release.remaining_day_365_points", "5.024916906123"),
        ("release.remaining_day_1_money", "15.00"),
        ("release.remaining_day_30_money", "13.75"),
        ("release.remaining_day_365_money", "5.03"),
        ("release.split_cash", "10.50"),
        ("release.split_goods", "4.51"),
        ("emission.day", "252.739726027397"),
        ("emission.members_day", "202.191780821917"),
        ("emission.share", "0.505479452054"),
        ("tip.consumed", "0.1"),
        ("tip.referrer_of_merchant", "0.005"),
        ("tip.referrer_of_recipient", "0.005"),
        ("tip.burned", "0.09"),
        ("tip.merchant_units", "200"),
    ] {
        assert_eq!(exact(name), golden, "{name}");
    }
}

/// ADV-3: the defects of SPEC 18, as numbers.
#[test]
fn adv_3_defects() {
    // Members together at most the pool's share, with bonuses at most 60 %; most of the bonuses to few.
    assert_eq!(
        (exact("equal.3x.bound_ppm").as_str(), exact("equal.3x.bound_with_bonuses_ppm").as_str()),
        ("300000", "600000")
    );
    assert!(ppm("bonuses.together_ppm") < 600_000 && ppm("bonuses.earners_top_ppm") > 500_000);
    assert_eq!((exact("equal.3x.cash_1x").as_str(), exact("equal.3x.cash_3x").as_str()), ("14", "0"));
    // Nobody gets anything but what the pool's share is, in the long run.
    assert_eq!(exact("churn.net"), "300.00");
    // About 182·k, 382·k, 7,070·k, each within a hundredth of the closed form; the price as orders to the power of 0.3.
    for number in FOUND.numbers.list.iter().filter(|number| number.name.ends_with("_per_place")) {
        let (Value::Count(found), Some(Value::Count(form))) = (&number.found, &number.compared) else {
            panic!("{}", number.name)
        };
        assert!(found.abs_diff(*form) * 100 <= *form, "{}: {found} beside {form}", number.name);
    }
    assert!(ppm("curve.doubling_ppm").abs_diff(1_231_144) < 10);
    assert_eq!(exact("curve.newest_net"), "168.00");
    assert_eq!(
        (exact("release.day_1_at_3_percent").as_str(), exact("release.days_at_3_percent").as_str()),
        ("150.00", "34")
    );
    assert_eq!(exact("emission.all"), "192250");
    assert_eq!(
        (
            exact("seventy.given").as_str(),
            exact("seventy.contribution").as_str(),
            exact("seventy.platform").as_str()
        ),
        ("210.00", "300.00", "100.00")
    );
    assert_eq!(exact("gate.passes"), "no");
    assert!(ppm("gate.refusing") > 0);
    // Panic: the price rises more than in calm, the pool less; the round gives what it puts in and no more.
    assert!(ppm("people.panic.price_since_stop_ppm") > ppm("people.stop.price_since_stop_ppm"));
    assert!(ppm("people.panic-funded.bound_ppm") > ppm("people.panic.bound_ppm"));
    assert_eq!(exact("people.bounds_broken"), "0");
}

/// ADV-1: every claim has a verdict, its charts and tables exist, and the report begins with what becomes of people.
#[test]
fn adv_1_claims_charts_and_tables() {
    let claims = advert::claims(&FOUND);
    let tables: Vec<&str> = FOUND.tables().iter().map(|table| table.name).collect();
    for claim in &claims {
        assert!(
            claim.tables.iter().all(|name| tables.contains(name)),
            "{}: {:?} in {tables:?}",
            claim.id,
            claim.tables
        );
    }
    // SPEC 18's table, line by line.
    for (id, verdict) in [
        ("free", Verdict::False),
        ("price", Verdict::Misleading),
        ("three-percent", Verdict::Slip),
        ("emission", Verdict::False),
        ("signs", Verdict::Slip),
        ("seventy", Verdict::False),
        ("compliant", Verdict::False),
    ] {
        let claim = claims.iter().find(|claim| claim.id == id).unwrap();
        assert!(claim.is_literal && claim.verdict == verdict, "{id}");
    }
    let folder = tempfile::tempdir().unwrap();
    FOUND.write(folder.path(), &mut |_| {}).unwrap();
    for name in ["report.zh.html", "report.en.html"] {
        let html = std::fs::read_to_string(folder.path().join(name)).unwrap();
        let own = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        assert!(!own.contains("<script") && !own.contains("http"), "{name} stands alone");
        let middle = html.find("206.92").unwrap();
        assert!(middle < html.find("<h2").unwrap(), "the member in the middle comes first");
        for claim in &claims {
            assert!(html.contains(claim.says[0]) && html.contains(claim.says[1]), "{}", claim.id);
        }
        assert!(html.contains("28 条规则") && html.contains("28 rules"), "{name}");
    }
    let numbers: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("numbers.json")).unwrap()).unwrap();
    assert_eq!(numbers["numbers"]["equal.3x.exits"]["found"], 14);
    assert_eq!(numbers["numbers"]["emission.all"]["compared_with"], 1_000_000);
    for table in tables {
        for ending in ["csv", "parquet"] {
            assert!(folder.path().join(format!("{table}.{ending}")).is_file(), "{table}.{ending}");
        }
    }
}

/// The reference page names every table and every column of it.
#[test]
fn adv_5_columns_are_documented() {
    let written: Vec<(&str, Vec<String>)> = FOUND
        .tables()
        .into_iter()
        .map(|table| (table.name, table.columns.into_iter().map(|(name, _)| name).collect()))
        .collect();
    assert_eq!(
        written.iter().map(|(name, _)| *name).collect::<std::collections::BTreeSet<_>>(),
        advert::TABLES.iter().map(|(name, ..)| *name).collect()
    );
    for (name, _, columns) in advert::TABLES.iter().filter(|(_, _, columns)| !columns.is_empty()) {
        let (_, found) = written.iter().find(|(written, _)| written == name).unwrap();
        assert_eq!(found, &columns.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "{name}");
    }
}

/// ADV-4: the same numbers and rows for one and two threads; asked to stop, it stops.
#[test]
fn adv_4_threads_change_nothing() {
    let [one, two] = [1, 2].map(|threads| found(threads, 20_000));
    assert_eq!(one.numbers, two.numbers);
    assert_eq!(one.tables(), two.tables());
    let options = Options { curve_orders: 20_000, runs: 3, seed: 1, threads: 2 };
    assert!(advert::run(options, &AtomicBool::new(true), &mut |_| {}).unwrap().is_none());
}
