//! Refunds by pieces, of freight and tax, and goods that come back (ORDER-8a to ORDER-8c).

#![expect(clippy::inconsistent_digit_grouping, reason = "amounts read as yuan_fen: 139_00 is ¥139.00")]

use ratchet_engine::ledger::AccountKind;

use super::{PLAN, World, line, order};

/// Six shirts of one article for 270.00, and what refunds by pieces bring.
fn shirts() -> World {
    let mut world = World::new(PLAN);
    world.list("shirt", "45.00", r#","stock":6,"limit_per_member":6"#);
    world.ok(&order("pay", "o", "ann", &line("1", "shirt", 6, "270.00"), ""));
    world
}

fn refund(world: &World, rest: &str) -> String {
    format!(r#""type":"order.refund","refund":"r{}","order":"o",{rest}"#, world.number)
}

fn bank(world: &World) -> i128 {
    -world.programme(AccountKind::Bank)
}

/// ORDER-8a, ORDER-8c: five of six that have not left are worth 225.00 and are free for others and for the member.
#[test]
fn order_8c_pieces_return_before_the_order_leaves() {
    let mut world = shirts();
    let five = refund(&world, r#""lines":[{"line":"1","pieces":5}]"#);
    world.ok(&five);
    assert_eq!(bank(&world), 45_00);
    assert_eq!(world.stock("shirt"), (Some(5), 1, 0));
    world.refused(&order("pay", "p", "ann", &line("1", "shirt", 6, "270.00"), ""), "quantity_limit");
    world.ok(&order("pay", "p", "ann", &line("1", "shirt", 5, "225.00"), ""));
    let two = refund(&world, r#""lines":[{"line":"1","pieces":2}]"#);
    world.refused(&two, "refund_exceeds_line");
    world.act("ship", "o");
    assert_eq!(world.stock("shirt"), (Some(0), 5, 1));
    world.audit();
}

/// ORDER-8c: once it has left, goods come back as they are booked in, refunded or not, never more than left.
#[test]
fn order_8c_goods_that_left_are_booked_in() {
    let mut world = shirts();
    world.refused(r#""type":"goods.return","order":"o","line":"1","pieces":1"#, "pieces_exceeded");
    world.act("ship", "o");
    let two = refund(&world, r#""lines":[{"line":"1","pieces":2}]"#);
    world.ok(&two);
    assert_eq!(world.stock("shirt"), (Some(0), 0, 6));
    world.ok(r#""type":"goods.return","order":"o","line":"1","pieces":3"#);
    assert_eq!(world.stock("shirt"), (Some(3), 0, 3));
    for (pieces, code) in [(0, "amount_not_positive"), (4, "pieces_exceeded")] {
        let again = format!(r#""type":"goods.return","order":"o","line":"1","pieces":{pieces}"#);
        world.refused(&again, code);
    }
    world.refused(r#""type":"goods.return","order":"x","line":"1","pieces":1"#, "order_unknown");
    world.refused(r#""type":"goods.return","order":"o","line":"2","pieces":1"#, "line_unknown");
    let four = refund(&world, r#""lines":[{"line":"1","pieces":4,"restock":true}]"#);
    world.refused(&four, "pieces_exceeded");
    world.act("receive", "o");
    world.days(1);
    let three = refund(&world, r#""lines":[{"line":"1","pieces":3,"restock":true}]"#);
    world.ok(&three);
    assert_eq!((bank(&world), world.stock("shirt")), (45_00, (Some(6), 0, 0)));
    world.ok(&order("pay", "p", "ann", &line("1", "shirt", 6, "270.00"), ""));
    world.ok(&order("pay", "q", "ben", r#"{"line":"1","amount":"1","quantity":2}"#, ""));
    world.act("ship", "q");
    world.refused(r#""type":"goods.return","order":"q","line":"1","pieces":1"#, "no_article");
    world.audit();
}

/// ORDER-8a: the pieces of a line are together worth its amount, in whatever parts, with amounts between them.
#[test]
fn order_8a_pieces_are_worth_the_line() {
    let mut world = World::new(PLAN);
    world.ok(&order("pay", "o", "ann", r#"{"line":"1","amount":"1.00","quantity":3}"#, ""));
    for (rest, left) in [
        (r#""lines":[{"line":"1","pieces":1}]"#, 67),
        (r#""lines":[{"line":"1","amount":"0.50"}]"#, 17),
        // Worth 33, but 17 are left; the third is worth nothing and still counts.
        (r#""lines":[{"line":"1","pieces":1}]"#, 0),
    ] {
        let refund = refund(&world, rest);
        world.ok(&refund);
        assert_eq!(bank(&world), left, "{rest}");
    }
    world.ok(&order(
        "pay",
        "p",
        "ann",
        r#"{"line":"1","amount":"0.02","quantity":3},{"line":"2","amount":"1"}"#,
        "",
    ));
    let nothing = refund(&world, r#""lines":[{"line":"1","pieces":1}]"#).replace(r#""o""#, r#""p""#);
    world.ok(&nothing);
    assert_eq!(bank(&world), 1_02, "floor(2 / 3) is nothing");
    world.audit();
}

/// ORDER-8b: half of the goods brings half of the tax; freight alone; the last refund brings the rest.
#[test]
fn order_8b_freight_and_tax_in_parts() {
    for late in [false, true] {
        let mut world = World::new(PLAN);
        let goods = r#"{"line":"1","amount":"100.00","quantity":2,"merchant":"vendor"}"#;
        world.ok(&order("pay", "o", "ann", goods, r#","freight":"20.00","tax":"19.00""#));
        if late {
            world.act("receive", "o");
            world.days(1);
        }
        let half = refund(&world, r#""lines":[{"line":"1","pieces":1}]"#);
        world.ok(&half);
        assert_eq!(bank(&world), 139_00 - 59_50);
        let freight = refund(&world, r#""freight":"5.00""#);
        world.ok(&freight);
        assert_eq!(bank(&world), 139_00 - 64_50);
        for (rest, code) in [
            (r#""freight":"15.01""#, "refund_exceeds_freight"),
            (r#""tax":"9.51""#, "refund_exceeds_freight"),
            (r#""tax":"0.00""#, "amount_not_positive"),
            (r#""freight":"1.00","lines":[]"#, "amount_not_positive"),
        ] {
            let wrong = refund(&world, rest);
            world.refused(&wrong, code);
        }
        let tax = refund(&world, r#""tax":"1.00","lines":[{"line":"1","amount":"10.00"}]"#);
        world.ok(&tax);
        assert_eq!(bank(&world), 139_00 - 75_50);
        if !late {
            world.act("receive", "o");
            world.days(1);
        }
        if !late {
            // What is left of freight is the merchant's, of tax the account's.
            assert_eq!(world.balance(AccountKind::MerchantPayable, "vendor"), 20_00 + 15_00);
            assert_eq!(world.programme(AccountKind::TaxPayable), 8_50);
        }
        let rest = refund(&world, r#""lines":[{"line":"1","amount":"40.00"}]"#);
        world.ok(&rest);
        assert_eq!(bank(&world), 0);
        assert_eq!(world.state("o"), ratchet_engine::order::OrderState::Refunded);
        world.audit();
    }
}
