//! ERR-1: a refusal says which id, in which state and since when, what would be right and what is left, in both languages.

use ratchet_engine::command::Envelope;
use ratchet_engine::engine::Engine;
use ratchet_engine::engine::Outcome;
use ratchet_engine::plan::Plan;
use ratchet_engine::refusal::{FactName, Refusal};
use ratchet_engine::rejection::Rejection;

const PLAN: &str = r#"
[programme]
name = { zh = "事实", en = "Facts" }
[settlement]
after_sale_days = 7
[split]
cost = "30%"
pool = "30%"
[pool]
mint_ratio = "70%"
opening_price = "1.00"
retention = "20%"
[wallet]
withdrawal_minimum = "10.00"
"#;

/// A programme in which some commands were carried out, and the refusal of the last one.
fn refused(commands: &[&str], last: &str) -> (Engine, Refusal) {
    let mut engine = Engine::genesis(Plan::parse("plan.toml", PLAN).expect("the plan is right"));
    let currency = engine.plan().programme.currency;
    let envelope = |number: usize, rest: &str| {
        let json = if rest.contains("\"at\"") {
            format!(r#"{{"key":"k{number}",{rest}}}"#)
        } else {
            format!(r#"{{"key":"k{number}","at":"2026-01-01T00:00:00Z",{rest}}}"#)
        };
        Envelope::from_json(&json, &currency).unwrap_or_else(|error| panic!("{error}: {json}"))
    };
    for (number, rest) in commands.iter().enumerate() {
        let outcome = engine.submit(&envelope(number, rest));
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}: {rest}");
    }
    let last = envelope(commands.len(), last);
    let Outcome::Rejected(code) = engine.submit(&last) else { panic!("it was not refused: {last:?}") };
    let refusal = engine.refusal(&last, code);
    (engine, refusal)
}

const PAY: &str = r#""type":"order.pay","order":"o1","member":"m1","lines":[{"line":"1","amount":"100.00"}]"#;

#[test]
fn err_1_an_order_in_the_wrong_state() {
    let (engine, refusal) = refused(&[PAY], r#""type":"order.pay","order":"o1""#);
    let currency = engine.plan().programme.currency;
    assert_eq!(
        refusal.en(&currency),
        "the order's state does not allow this (order o1, state paid, since 2026-01-01T00:00:00Z, possible in state placed)"
    );
    assert_eq!(
        refusal.zh(&currency),
        "订单当前的状态不允许这样做（订单 o1，状态 已付款，自 2026-01-01T00:00:00Z，可行的状态 待付款）"
    );
}

#[test]
fn err_1_what_is_left_of_a_line() {
    let first = r#""type":"order.refund","refund":"r1","order":"o1","lines":[{"line":"1","amount":"40.00"}]"#;
    let again = r#""type":"order.refund","refund":"r2","order":"o1","lines":[{"line":"1","amount":"70.00"}]"#;
    let (engine, refusal) = refused(&[PAY, first], again);
    let currency = engine.plan().programme.currency;
    let text = |name| refusal.fact(name).map(|fact| fact.text(&currency));
    assert_eq!(text(FactName::Line).as_deref(), Some("1"));
    assert_eq!(text(FactName::Stated).as_deref(), Some("70.00"));
    assert_eq!(text(FactName::Remaining).as_deref(), Some("60.00"));
}

#[test]
fn err_1_the_id_that_is_not_there() {
    for (command, name, id) in [
        (r#""type":"order.receive","order":"o9""#, FactName::Order, "o9"),
        (r#""type":"points.sell","member":"m9","points":"1""#, FactName::Member, "m9"),
        (r#""type":"wallet.approve","withdrawal":"w9","actor":"boss""#, FactName::Id, "w9"),
        (r#""type":"member.join","member":"m8","referrer":"m9""#, FactName::Referrer, "m9"),
    ] {
        let (engine, refusal) = refused(&[PAY], command);
        let currency = engine.plan().programme.currency;
        assert_eq!(refusal.fact(name).map(|fact| fact.text(&currency)).as_deref(), Some(id), "{command}");
        assert!(refusal.zh(&currency).contains(id) && refusal.en(&currency).contains(id), "{command}");
    }
}

#[test]
fn err_1_what_is_there_and_what_was_wanted() {
    let withdraw = r#""type":"wallet.withdraw","withdrawal":"w1","member":"m1","amount":"20.00""#;
    let (engine, refusal) = refused(&[PAY], withdraw);
    let currency = engine.plan().programme.currency;
    assert_eq!(refusal.code, Rejection::InsufficientCash);
    assert_eq!(refusal.en(&currency), "the cash wallet holds less than that (available 0.00, wanted 20.00)");
    let little = r#""type":"wallet.withdraw","withdrawal":"w1","member":"m1","amount":"1.00""#;
    let (_, refusal) = refused(&[PAY], little);
    assert_eq!(refusal.fact(FactName::Minimum).map(|fact| fact.text(&currency)).as_deref(), Some("10.00"));
}

/// ORDER-6h: what is due from the operator, and what it may claim.
#[test]
fn err_1_where_the_operator_stands() {
    let (engine, refusal) = refused(&[PAY], r#""type":"operator.pay","amount":"5.00","actor":"owner""#);
    let currency = engine.plan().programme.currency;
    assert_eq!(refusal.code, Rejection::ExceedsOperatorDue);
    assert_eq!(refusal.fact(FactName::Remaining).map(|fact| fact.text(&currency)).as_deref(), Some("0.00"));
    let withdraw = r#""type":"operator.withdraw","withdrawal":"w1","amount":"5.00","actor":"owner""#;
    let (_, refusal) = refused(&[PAY], withdraw);
    assert_eq!(refusal.code, Rejection::InsufficientOperatorClaim);
    assert_eq!(refusal.fact(FactName::Available).map(|fact| fact.text(&currency)).as_deref(), Some("0.00"));
}

#[test]
fn err_1_time_and_keys() {
    let early = r#""type":"time.advance","at":"2025-12-31T00:00:00Z""#;
    let (engine, refusal) = refused(&[PAY], early);
    let currency = engine.plan().programme.currency;
    assert_eq!(
        refusal.fact(FactName::Now).map(|fact| fact.text(&currency)).as_deref(),
        Some("2026-01-01T00:00:00Z")
    );
    let other =
        Envelope::from_json(r#"{"key":"k0","at":"2026-01-01T00:00:00Z","type":"time.advance"}"#, &currency);
    let (mut engine, other) = (engine, other.expect("a command"));
    let Outcome::Rejected(code) = engine.submit(&other) else {
        panic!("the key was used with other content")
    };
    let refusal = engine.refusal(&other, code);
    assert_eq!(refusal.code, Rejection::KeyReused);
    assert_eq!(refusal.fact(FactName::Entry).map(|fact| fact.text(&currency)).as_deref(), Some("1"));
}

/// Every code has its sentence in both languages, and every fact its name in both.
#[test]
fn err_1_both_languages() {
    for code in Rejection::ALL {
        assert!(!code.zh().is_empty() && !code.to_string().is_empty(), "{code:?}");
        assert!(!code.zh().is_ascii(), "{code:?}");
    }
    let mut names: Vec<&str> = FactName::ALL.iter().map(|name| name.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FactName::ALL.len(), "names are used once");
}
