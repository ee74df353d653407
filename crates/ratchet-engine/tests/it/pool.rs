//! SPEC 17 through the library: pool, sales, exits.

use ratchet_engine::amount::{Currency, Points};
use ratchet_engine::command::Envelope;
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::plan::Plan;

/// The plan of `plans/value-growth.toml` with another multiple (0: no exits) and settlement at receipt.
pub(crate) fn plan(multiple: u32) -> Plan {
    plan_with(&if multiple == 0 { String::new() } else { format!("[pool.exit]\nmultiple = {multiple}\n") })
}

pub(crate) fn plan_with(rest: &str) -> Plan {
    let source = format!(
        "[programme]\nname = {{ zh = \"测试\", en = \"Test\" }}\n[settlement]\nafter_sale_days = 0\n\
         [split]\ncost = \"30%\"\npool = \"30%\"\ncommission = \"30%\"\n[pool]\n{rest}"
    );
    Plan::parse("test.toml", &source).unwrap_or_else(|errors| panic!("{errors}"))
}

pub(crate) fn send(engine: &mut Engine, json: &str) -> Outcome {
    let envelope =
        Envelope::from_json(json, &Currency::CNY).unwrap_or_else(|error| panic!("{error}: {json}"));
    engine.submit(&envelope)
}

pub(crate) fn ok(engine: &mut Engine, json: &str) {
    let outcome = send(engine, json);
    assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}: {json}");
}

/// Pays and receives one order of one line.
pub(crate) fn buy(engine: &mut Engine, order: &str, member: &str, amount: &str) {
    ok(
        engine,
        &format!(
            r#"{{"key":"pay {order}","at":"2026-01-01T00:00:00Z","type":"order.pay","order":"{order}","member":"{member}","lines":[{{"line":"1","amount":"{amount}"}}]}}"#
        ),
    );
    ok(
        engine,
        &format!(
            r#"{{"key":"receive {order}","at":"2026-01-01T00:00:00Z","type":"order.receive","order":"{order}"}}"#
        ),
    );
}

fn yuan(engine: &Engine, money: ratchet_engine::amount::Money) -> String {
    engine.plan().programme.currency.format(money)
}

#[test]
fn first_three_orders_have_the_golden_prices() {
    let mut engine = Engine::genesis(plan(0));
    let expected = [
        ("300.00", "210", "1.428571428571", "210"),
        ("600.00", "357", "1.680672268907", "147"),
        ("900.00", "481.95", "1.867413632119", "124.95"),
    ];
    for (n, (pool, supply, price, points)) in expected.into_iter().enumerate() {
        buy(&mut engine, &format!("o{n}"), &format!("m{n}"), "1000.00");
        let totals = engine.totals();
        assert_eq!(yuan(&engine, totals.pool), pool);
        assert_eq!(totals.supply.to_string(), supply);
        assert_eq!(engine.price().display(2), price);
        assert_eq!(engine.member(&format!("m{n}")).expect("joined").points.to_string(), points);
    }
}

#[test]
fn first_buyer_reaches_each_multiple_at_the_golden_order() {
    let mut engine = Engine::genesis(plan(0));
    let mut reached = Vec::new();
    for n in 1..=2_965_u32 {
        buy(&mut engine, &format!("o{n}"), &format!("m{n}"), "1000.00");
        let points = engine.member("m1").expect("joined").points;
        let gross = engine.quote(points).expect("a pool").gross.minor();
        let multiple = reached.len() + 1;
        if gross >= 100_000 * i64::try_from(multiple).expect("small") {
            reached.push(n);
        }
    }
    assert_eq!(reached, [76, 768, 2_965]);
}

#[test]
fn hundred_thousand_equal_buyers_have_the_golden_exits() {
    for (multiple, exits, paid_out, pool, supply) in [
        (3, 14, "33600.15", "29966399.85", "727946.949329251935"),
        (2, 57, "91200.78", "29908799.22", "721584.43576498565"),
    ] {
        let mut engine = Engine::genesis(plan(multiple));
        for n in 0..100_000_u32 {
            buy(&mut engine, &format!("o{n}"), &format!("m{n}"), "1000.00");
        }
        let totals = engine.totals();
        assert_eq!(totals.exits, exits);
        assert_eq!(yuan(&engine, totals.paid_out), paid_out);
        assert_eq!(yuan(&engine, totals.pool), pool);
        assert_eq!(totals.supply.to_string(), supply);
        engine.digest();
    }
}

#[test]
fn sale_has_the_golden_parts() {
    // Pool ¥60,000 and supply 6,302.5 by a plan that mints at the opening price, then sells 210 points.
    let pair = ratchet_engine::pool::Pair {
        assets: Currency::CNY.parse_money("60000.00").expect("an amount"),
        supply: Points::parse("6302.5").expect("points"),
    };
    let gross = pair.gross(Points::parse("210").expect("points"));
    assert_eq!(Currency::CNY.format(gross), "1999.20");
    let plan = plan(0).pool.expect("a pool");
    let sale = ratchet_engine::pool::Sale::of(gross, &plan);
    assert_eq!(Currency::CNY.format(sale.kept), "399.84");
    assert_eq!(Currency::CNY.format(sale.net), "1599.36");
    assert_eq!(Currency::CNY.format(pair.assets.checked_sub(sale.net).expect("less")), "58400.64");
}

/// POOL-7a: with a mint ratio of 100 % everybody has the same trigger; all are sold out in joining order, and the
/// work for one exit does not grow with how many are equal.
#[test]
fn equal_triggers_exit_in_joining_order() {
    let mut engine = Engine::genesis(plan_with("mint_ratio = \"100%\"\n[pool.exit]\nmultiple = 2\n"));
    for n in 0..20_000_u32 {
        buy(&mut engine, &format!("o{n}"), &format!("m{n}"), "1000.00");
    }
    // Twice what was spent is 2 ÷ 0.3 times what was contributed.
    let inject = |amount: u32| {
        format!(
            r#"{{"key":"{amount}","at":"2026-01-01T00:00:00Z","type":"pool.inject","amount":"{amount}.00","source":"subsidy"}}"#
        )
    };
    ok(&mut engine, &inject(33_000_000));
    assert_eq!(engine.totals().exits, 0);
    ok(&mut engine, &inject(1_100_000));
    // As many as one entry takes; the others follow before anything else does (TIME-2c).
    assert_eq!(engine.totals().exits, 1_000);
    assert_eq!(engine.next_due(), Some(engine.now()));
    let mut exits = Vec::new();
    loop {
        for entry in engine.entries() {
            let before = exits.len();
            for (event, _) in entry.steps() {
                if let ratchet_engine::event::Event::PointsSold { member, .. } = event {
                    exits.push(member.0);
                }
            }
            assert!(exits.len() - before <= 1_000);
        }
        if engine.under_way().is_none() {
            break;
        }
        engine.digest();
        engine.run_due(engine.now(), 3);
    }
    assert_eq!(engine.totals().exits, 20_000);
    assert!(exits.is_sorted() && exits.len() == 20_000);
    engine.digest();
}

/// DISC-4: after a late refund the legs that were settled are those that a smaller purchase would have left.
#[test]
fn settled_legs_shrink_with_late_refunds() {
    let mut refunded = Engine::genesis(plan(0));
    buy(&mut refunded, "o1", "m1", "1000.00");
    ok(
        &mut refunded,
        r#"{"key":"r","at":"2026-01-01T00:00:00Z","type":"order.refund","refund":"r1","order":"o1","lines":[{"line":"1","amount":"400.00"}]}"#,
    );
    let mut smaller = Engine::genesis(plan(0));
    buy(&mut smaller, "o1", "m1", "600.00");
    let legs = |engine: &Engine| {
        let totals = engine.totals();
        [totals.cost, totals.commission, totals.funds, totals.platform]
    };
    assert_eq!(legs(&refunded), legs(&smaller));
}

/// A price without supply is shown as nothing, also after splits of the units.
#[test]
fn a_price_without_supply_is_nothing() {
    let price = ratchet_engine::pool::Price {
        assets: Currency::CNY.parse_money("0").expect("an amount"),
        supply: Points::ZERO,
        exponent: 2,
    };
    assert_eq!(price.display(2), "0.000000000000");
    assert_eq!(price.display_unsplit(2), "0.000000000000");
}

/// NUM-4: rates are exact parts per million; a bare number is ambiguous.
#[test]
fn rates_are_exact_or_refused() {
    use ratchet_engine::amount::{Rate, RateError};
    for (text, ppm) in
        [("30%", 300_000), ("3‰", 3_000), ("0.0001%", 1), ("100%", 1_000_000), ("0.5 %", 5_000)]
    {
        assert_eq!(Rate::parse(text).map(Rate::ppm), Ok(ppm), "{text}");
    }
    for (text, error) in [
        ("0.3", RateError::Ambiguous),
        ("30", RateError::Ambiguous),
        ("abc", RateError::NotARate),
        ("-3%", RateError::NotARate),
        ("0.00001%", RateError::TooFine),
        ("99999999999%", RateError::TooLarge),
    ] {
        assert_eq!(Rate::parse(text), Err(error), "{text}");
    }
}
