//! Numbers that are known in advance.

use std::fmt::Write;

use ratchet_engine::amount::{Currency, Money};
use ratchet_sim::backtest::{self, Assumptions, Observers};
use ratchet_sim::orders::Orders;
use ratchet_sim::selling::Selling;
use ratchet_sim::summary::Summary;

use crate::{options, preset, read, root, run};

fn yuan(money: Money) -> String {
    Currency::CNY.format(money)
}

/// Everybody buys once for ¥1,000.
fn equal_buyers(count: usize) -> String {
    let mut csv = "order_id,member_id,ordered_at,amount\n".to_owned();
    for number in 1..=count {
        writeln!(csv, "o{number},m{number},2026-01-01,1000.00").unwrap();
    }
    csv
}

#[test]
fn three_orders() {
    let orders = read(&equal_buyers(3));
    let mut seen = Vec::new();
    let mut note = |order: &str, _, price: ratchet_engine::pool::Price| {
        seen.push((order.to_owned(), yuan(price.assets), price.supply.to_string(), price.display(2)));
        Ok(())
    };
    let observers = Observers { command: None, order: Some(&mut note), progress: &mut |_| {} };
    let plan = preset("value-growth.toml", 0);
    let backtest = backtest::run(
        backtest::engine(plan, &orders.expected()),
        &orders,
        &Assumptions::default(),
        observers,
    )
    .unwrap();
    let expected = [
        ("o1", "300.00", "210", "1.428571428571"),
        ("o2", "600.00", "357", "1.680672268907"),
        ("o3", "900.00", "481.95", "1.867413632119"),
    ];
    let seen: Vec<_> =
        seen.iter().map(|(n, b, s, p)| (n.as_str(), b.as_str(), s.as_str(), p.as_str())).collect();
    assert_eq!(seen, expected);
    let points: Vec<String> = backtest.engine.members().map(|member| member.points.to_string()).collect();
    assert_eq!(points, ["210", "147", "124.95"]);
}

#[test]
fn a_hundred_thousand_equal_buyers() {
    let orders = read(&equal_buyers(100_000));
    for (plan, exits, paid, pool, supply) in [
        ("value-growth.toml", 14, "33600.15", "29966399.85", "727946.949329251935"),
        ("value-growth-2x.toml", 57, "91200.78", "29908799.22", "721584.43576498565"),
    ] {
        let backtest = run(preset(plan, 0), &orders, Selling::Never, 0);
        let totals = backtest.engine.totals();
        assert_eq!(totals.exits, exits);
        assert_eq!(yuan(totals.paid_out), paid);
        assert_eq!(yuan(totals.pool), pool);
        assert_eq!(totals.supply.to_string(), supply);
    }
}

#[test]
fn cdnow() {
    let path = root().join("../shared/data/cdnow_orders.csv");
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return;
    }
    let orders = Orders::read(&path, &options(), &mut |_| {}).unwrap();
    assert_eq!((orders.len(), orders.found.skipped.len()), (69_579, 80));
    for (plan, expected) in [
        (
            "value-growth.toml",
            r#"{"contributions":"749783.54","exits":8,"injected":"0.00","members":23476,"orders":69579,
                "paid_out":"729.60","pool":"749053.94","price":"44.643334977246","recovered":6,"residual":"0.00",
                "retained":"182.46","skipped":80,"supply":"16778.628666110491"}"#,
        ),
        (
            "value-growth-2x.toml",
            r#"{"contributions":"749783.54","exits":17,"injected":"0.00","members":23476,"orders":69579,
                "paid_out":"1118.32","pool":"748665.22","price":"44.926720444438","recovered":11,"residual":"0.00",
                "retained":"279.66","skipped":80,"supply":"16664.14135271426"}"#,
        ),
    ] {
        let assumptions = Assumptions::default();
        let backtest = run(preset(plan, 0), &orders, Selling::Never, 0);
        let summary = Summary::new("cdnow_orders.csv", &orders.found, &assumptions, &backtest);
        let json: serde_json::Value = serde_json::from_str(&summary.to_json()).unwrap();
        let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&json[name], value, "{plan}: {name}");
        }
        // DISC-2 on real orders: no more than the pool share comes back on average.
        let conservation = &summary.disclosure.conservation;
        assert!(conservation.mean_ppm <= conservation.mean_bound_ppm);
        assert!(conservation.mean_bound_ppm <= 300_000);
        assert_eq!(
            summary.disclosure.hundred.iter().map(|part| part.of_hundred.minor()).sum::<i64>(),
            10_000
        );
        assert_eq!(summary.disclosure.spent.minor(), 250_031_563);
    }
}
