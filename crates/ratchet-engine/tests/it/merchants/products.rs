//! Order lines of listed products: reservations, refusals, costs (MERCH-4, MERCH-4a, MERCH-5).

#![expect(clippy::inconsistent_digit_grouping, reason = "amounts read as yuan_fen: 300_00 is ¥300.00")]

use ratchet_engine::engine::Outcome;
use ratchet_engine::ledger::AccountKind;

use super::{PLAN, World, point};

#[test]
fn merch_4_points_are_reserved_at_payment_and_burned_at_receipt() {
    let mut world = World::open();
    world.list("tea", "100", "1000", "");
    world.ok(r#""type":"order.place","order":"o","member":"guest","lines":[{"line":"1","amount":"190","sku":"tea","quantity":2}]"#);
    assert_eq!(world.points("boss"), ("10".to_owned(), "0".to_owned()), "placing reserves nothing");
    world.ok(r#""type":"order.pay","order":"o""#);
    // 2,000 units are worth 200 yuan: 0.2 point.
    assert_eq!(world.points("boss"), ("9.8".to_owned(), "0.2".to_owned()));
    world.ok(r#""type":"order.ship","order":"o""#);
    assert_eq!(world.points("boss"), ("9.8".to_owned(), "0.2".to_owned()));
    world.ok(r#""type":"order.receive","order":"o""#);
    assert_eq!(world.points("boss"), ("9.8".to_owned(), "0".to_owned()));
    assert_eq!(world.engine.merchant_totals().product_burned, point("0.2"));
    assert_eq!(world.value("guest"), "0", "value comes with the settlement");
    world.days(2);
    assert_eq!(world.value("guest"), "2000", "instead of 10 % of the base");
    assert_eq!(world.value("friend"), "0");
    assert_eq!(world.balance(AccountKind::MerchantPayable, "shop"), 95_00, "the plan's cost share");
    world.refund("o", "95");
    assert_eq!(world.value("guest"), "1000", "a late refund shrinks the grant");
    assert_eq!(world.points("boss"), ("9.8".to_owned(), "0".to_owned()), "what was burned stays burned");
    world.points_are_somewhere();
    world.audit();
}

#[test]
fn merch_4_a_refund_before_receipt_returns_what_is_no_longer_needed() {
    for shipped in [false, true] {
        let mut world = World::open();
        world.list("tea", "30", "100.000000000007", "");
        assert!(matches!(world.buy("o", "guest", "30", "tea"), Outcome::Applied { .. }));
        if shipped {
            world.ok(r#""type":"order.ship","order":"o""#);
        }
        // 100.000000000007 units cost 0.010000000000007 point: rounded up to a unit of 10⁻¹².
        assert_eq!(world.points("boss").1, "0.010000000001");
        world.refund("o", "10");
        assert_eq!(world.points("boss").1, "0.006666666668", "two thirds, rounded up");
        world.refund("o", "0.01");
        let mut all = world.clone();
        world.refund("o", "19.99");
        assert_eq!(world.points("boss"), ("10".to_owned(), "0".to_owned()));
        world.audit();
        all.ok(r#""type":"order.refund","refund":"all","order":"o""#);
        assert_eq!(all.points("boss"), ("10".to_owned(), "0".to_owned()));
        all.days(3);
        assert_eq!(all.value("guest"), "0");
        all.audit();
    }
}

#[test]
fn merch_4_a_refund_between_receipt_and_settlement_returns_nothing_and_shrinks_the_grant() {
    let mut world = World::open();
    world.list("tea", "100", "1000", "");
    world.buy("o", "guest", "100", "tea");
    world.ok(r#""type":"order.receive","order":"o""#);
    world.refund("o", "25");
    assert_eq!(world.points("boss"), ("9.9".to_owned(), "0".to_owned()));
    world.days(2);
    assert_eq!(world.value("guest"), "750");
    world.audit();
}

#[test]
fn merch_4_refused_lines_in_their_order() {
    let mut world = World::open();
    world.list("tea", "100", "1000", "");
    world.list("gold", "100", "1000000", "");
    world.list("half", "100", "51000", "");
    world.list("vast", "100", "10000000000000", "");
    let pay = |command: &str, lines: &str| {
        format!(r#""type":"order.{command}","order":"o","member":"guest","lines":[{lines}]"#)
    };
    let two = r#"{"line":"1","amount":"100","sku":"gold"},{"line":"2","amount":"100","sku":"tea","merchant":"rival"}"#;
    for command in ["place", "pay"] {
        world.refused(&pay(command, two), "product_merchant");
        // Two at ten billion pieces would be more than one line may award.
        world.refused(
            &pay(command, r#"{"line":"1","amount":"1","sku":"vast","quantity":2}"#),
            "limit_reached",
        );
        world.refused(
            &pay(command, r#"{"line":"1","amount":"1","sku":"vast","quantity":4294967295}"#),
            "limit_reached",
        );
    }
    world.refused(&pay("pay", r#"{"line":"1","amount":"100","sku":"gold"}"#), "insufficient_emission");
    // Each of two lines could be paid, both together not.
    let both = r#"{"line":"1","amount":"100","sku":"half"},{"line":"2","amount":"100","sku":"half"}"#;
    world.refused(&pay("pay", both), "insufficient_emission");
    world.ok(r#""type":"merchant.suspend","merchant":"shop","reason":"x""#);
    for command in ["place", "pay"] {
        world.refused(&pay(command, two), "product_merchant");
        world.refused(&pay(command, r#"{"line":"1","amount":"100","sku":"gold"}"#), "merchant_state");
    }
    world.ok(r#""type":"merchant.resume","merchant":"shop""#);
    world.ok(&pay(
        "place",
        r#"{"line":"1","amount":"100","sku":"gold","merchant":"shop"},{"line":"2","amount":"1"}"#,
    ));
    world.refused(r#""type":"order.pay","order":"o""#, "insufficient_emission");
    world.ok(r#""type":"merchant.suspend","merchant":"shop","reason":"x""#);
    world.refused(r#""type":"order.pay","order":"o""#, "merchant_state");
    world.ok(r#""type":"merchant.resume","merchant":"shop""#);
    world.issue("boss", "90");
    world.ok(r#""type":"order.pay","order":"o""#);
    assert_eq!(world.points("boss"), ("0".to_owned(), "100".to_owned()));
    world.audit();
}

#[test]
fn merch_4_refusals_of_a_listed_line_come_after_those_of_the_order() {
    let mut world = World::open();
    world.list("gold", "100", "1000000", r#","concession":"10""#);
    let gold = r#""amount":"100","sku":"gold","merchant":"rival""#;
    let pay = |lines: &str, rest: &str| {
        format!(r#""type":"order.pay","order":"o","member":"guest","lines":[{lines}]{rest}"#)
    };
    world.refused(&pay(&format!(r#"{{"line":"1",{gold}}},{{"line":"1",{gold}}}"#), ""), "line_repeated");
    world.refused(
        &pay(&format!(r#"{{"line":"1",{gold}}},{{"line":"2","amount":"0"}}"#), ""),
        "amount_not_positive",
    );
    world
        .refused(&pay(&format!(r#"{{"line":"1",{gold}}}"#), r#","tender":{"cash":"99"}"#), "tender_mismatch");
    world.refused(
        &pay(&format!(r#"{{"line":"1",{gold}}}"#), r#","tender":{"cash":"99","reconsume":"1"}"#),
        "insufficient_reconsume",
    );
    // MERCH-5: the concession leaves 10.00 of the base for a contribution.
    world.refused(&pay(&format!(r#"{{"line":"1","contribution":"10.01",{gold}}}"#), ""), "line_exceeds_base");
    world.refused(&pay(&format!(r#"{{"line":"1","contribution":"10.00",{gold}}}"#), ""), "no_pool");
    world.refused(&pay(&format!(r#"{{"line":"1",{gold}}}"#), ""), "product_merchant");
}

#[test]
fn merch_4_suspension_and_delisting_leave_paid_lines_alone() {
    let mut world = World::open();
    world.list("tea", "100", "1000", "");
    world.ok(r#""type":"order.place","order":"placed","member":"guest","lines":[{"line":"1","amount":"100","sku":"tea"}]"#);
    world.buy("paid", "guest", "100", "tea");
    world.buy("half", "guest", "100", "tea");
    world.ok(r#""type":"product.delist","product":"tea""#);
    world.ok(r#""type":"merchant.suspend","merchant":"shop","reason":"x""#);
    world.refused(r#""type":"order.pay","order":"placed""#, "merchant_state");
    assert_eq!(world.points("boss"), ("9.8".to_owned(), "0.2".to_owned()));
    world.refund("half", "50");
    assert_eq!(world.points("boss"), ("9.85".to_owned(), "0.15".to_owned()));
    world.ok(r#""type":"order.receive","order":"paid""#);
    assert_eq!(world.points("boss"), ("9.85".to_owned(), "0.05".to_owned()));
    world.ok(r#""type":"merchant.resume","merchant":"shop""#);
    // As it was placed: delisting does not change what was agreed.
    world.ok(r#""type":"order.pay","order":"placed""#);
    assert_eq!(world.points("boss"), ("9.75".to_owned(), "0.15".to_owned()));
    world.ok(r#""type":"order.place","order":"late","member":"guest","lines":[{"line":"1","amount":"5"}]"#);
    world.ok(r#""type":"order.close","order":"late""#);
    world.audit();
}

/// A plan whose withdrawals give everything to the re-consumption wallet.
fn with_reconsume() -> World {
    let plan = PLAN.replace("reconsume_share = \"30%\"", "reconsume_share = \"100%\"");
    let plan = plan.replace("withdrawal_fee = \"1%\"", "").replace("withdrawal_daily_limit = \"100.00\"", "");
    // Nothing of the value is released, so that the first price stays.
    let plan = plan.replace("grant_ratio = \"10%\"", "grant_ratio = \"10%\"\nrate = \"0%\"");
    let plan = plan.replace("[value]", "[release]\ngrant_ratio = \"50%\"\nrate = \"100%\"\nfund = \"release\"\nreconsume_share = \"100%\"\n[value]");
    let mut world = World::new(
        &plan.replace("commission = \"20%\"", "commission = \"20%\"\n[split.funds]\nrelease = \"25%\""),
    );
    world.open_shop();
    world.ok(r#""type":"order.pay","order":"first","member":"guest","lines":[{"line":"1","amount":"200"}]"#);
    world.ok(r#""type":"order.receive","order":"first""#);
    world.days(2);
    world.ok(r#""type":"task.complete","member":"guest""#);
    world.days(1);
    world.ok(r#""type":"task.complete","member":"guest""#);
    world.days(1);
    assert_eq!(world.engine.member("guest").expect("joined").reconsume.minor(), 50_00);
    world
}

#[test]
fn merch_4a_what_is_paid_with_reconsumption_money_awards_nothing() {
    let mut world = with_reconsume();
    world.list("tea", "100", "1000", "");
    world.ok(
        r#""type":"order.pay","order":"o","member":"guest","lines":[{"line":"1","amount":"100","sku":"tea"}],"tender":{"cash":"75","reconsume":"25"}"#,
    );
    assert_eq!(world.points("boss").1, "0.075", "three quarters of the award");
    world.refund("o", "50");
    assert_eq!(world.points("boss").1, "0.0375");
    let before = world.engine.member("guest").expect("joined").value_units.units();
    world.ok(r#""type":"order.receive","order":"o""#);
    world.days(2);
    let after = world.engine.member("guest").expect("joined").value_units.units();
    assert_eq!(after - before, point("375").units());
    // Without cash there is no award and nothing to reserve.
    world.ok(
        r#""type":"order.pay","order":"p","member":"guest","lines":[{"line":"1","amount":"10","sku":"tea"}],"tender":{"reconsume":"10"}"#,
    );
    assert_eq!(world.points("boss").1, "0");
    world.audit();
}

#[test]
fn merch_5_a_concession_states_the_cost() {
    for (lines, paid) in [
        // 2 × 30.00 of 190.00 is given up.
        (r#"{"line":"1","amount":"190","sku":"tea","quantity":2}"#, 130_00),
        // More than the base: nothing is left for the merchant.
        (r#"{"line":"1","amount":"50","sku":"tea","quantity":2}"#, 0),
        (r#"{"line":"1","amount":"190","sku":"tea","quantity":2,"cost":"7"}"#, 7_00),
        (r#"{"line":"1","amount":"190","sku":"plain"}"#, 95_00),
        (r#"{"line":"1","amount":"190","sku":"none"}"#, 190_00),
        (r#"{"line":"1","amount":"190"},{"line":"2","amount":"190","sku":"tea"}"#, 160_00),
    ] {
        let mut world = World::open();
        world.list("tea", "100", "100", r#","concession":"30""#);
        world.list("plain", "100", "100", "");
        world.list("none", "100", "100", r#","concession":"0""#);
        world.ok(&format!(r#""type":"order.pay","order":"o","member":"guest","lines":[{lines}]"#));
        world.ok(r#""type":"order.receive","order":"o""#);
        world.days(2);
        assert_eq!(world.balance(AccountKind::MerchantPayable, "shop"), paid, "{lines}");
        world.audit();
    }
}

#[test]
fn merch_5_a_refund_scales_the_stated_cost() {
    let mut world = World::open();
    world.list("tea", "100", "100", r#","concession":"30""#);
    world.buy("o", "guest", "100", "tea");
    world.refund("o", "50");
    world.ok(r#""type":"order.receive","order":"o""#);
    world.days(2);
    assert_eq!(world.balance(AccountKind::MerchantPayable, "shop"), 35_00, "70.00 of 100.00, of half");
}
