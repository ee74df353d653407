//! Loyalty points of fixed worth through the library (LOY-1 to LOY-4b).

use ratchet_engine::ledger::AccountKind;
use ratchet_engine::order::OrderState;

use crate::catalogue::{World, line, order};

/// 2 % of the base, good for ten days; the platform gets 40 %, an eighth of it is kept for refunds.
/// Seconds from noon, when these programmes begin, to midnight.
const HALF_DAY: i64 = 43_200;

const PLAN: &str = r#"
[programme]
name = { zh = "测试", en = "Test" }
[settlement]
after_sale_days = 1
[split]
cost = "60%"
[refund]
reserve_share = "12.5%"
[loyalty]
earn_rate = "2%"
valid_days = 10
[wallet]
reconsume_share = "50%"
"#;

fn pay(id: &str, lines: &[&str], rest: &str) -> String {
    let lines: Vec<String> = lines
        .iter()
        .zip(1..)
        .map(|(amount, number)| format!(r#"{{"line":"{number}","amount":"{amount}"}}"#))
        .collect();
    order("pay", id, "buyer", &lines.join(","), rest)
}

fn tender(cash: &str, loyalty: &str) -> String {
    format!(r#","tender":{{"cash":"{cash}","loyalty":"{loyalty}"}}"#)
}

fn settle(world: &mut World, id: &str) {
    world.act("receive", id);
    world.days(1);
}

fn points(world: &World) -> i64 {
    world.engine.member("buyer").expect("joined").loyalty.minor()
}

/// A buyer with 2.00 of points.
fn with_points() -> World {
    let mut world = World::new(PLAN);
    world.ok(&pay("first", &["100.00"], ""));
    settle(&mut world, "first");
    assert_eq!(points(&world), 200);
    world
}

#[test]
fn loy_1_a_settled_line_earns_out_of_the_platforms_part() {
    let mut world = World::new(PLAN);
    world.ok(&pay("o", &["100.49", "0.49"], r#","freight":"8.00","tax":"1.00""#));
    assert_eq!(points(&world), 0, "nothing before settlement");
    settle(&mut world, "o");
    // floor(2 % of 100.49) = 2.00, and nothing of the second line, of freight and tax.
    assert_eq!(points(&world), 200);
    // Legs: cost 60.29 + 0.29; platform 40.20 + 0.20; reserve floor(12.5 %) 5.02 + 0.02.
    assert_eq!(world.programme(AccountKind::RefundReserve), 504);
    assert_eq!(world.programme(AccountKind::PlatformRevenue), 4_040 - 504 - 200);
    let buyer = world.engine.member("buyer").expect("joined");
    assert_eq!((buyer.spent.minor(), buyer.cash_received.minor(), buyer.cash.minor()), (10_098, 0, 0));
    // No price, no withdrawal, no sale.
    world.refused(
        r#""type":"wallet.withdraw","withdrawal":"w","member":"buyer","amount":"0.01""#,
        "insufficient_cash",
    );
    world.refused(r#""type":"points.sell","member":"buyer","points":"all""#, "no_pool");
    assert_eq!(world.engine.loyalty_totals().earned.minor(), 200);
    world.audit();
}

/// LOY-1, LOY-1a: members get what is promised; what the platform lacks the operator owes, and gets back first.
#[test]
fn loy_1a_the_operator_pays_what_the_platform_lacks() {
    // A stated cost leaves the platform 1.00, of which the reserve takes 0.12.
    let mut world = World::new(PLAN);
    world.ok(&order(
        "pay",
        "o",
        "buyer",
        r#"{"line":"1","amount":"100.00","cost":"99.00"},{"line":"2","amount":"50.00","cost":"50.00"}"#,
        "",
    ));
    settle(&mut world, "o");
    // 2.00 and 1.00: 0.88 of them the platform's.
    assert_eq!((points(&world), world.programme(AccountKind::PlatformRevenue)), (300, 0));
    assert_eq!(world.programme(AccountKind::RefundReserve), 12);
    assert_eq!(world.programme(AccountKind::OperatorDue), -212);
    // It is no advance of a refund.
    assert_eq!(world.programme(AccountKind::AdvancedOperator), 0);
    assert_eq!(world.engine.loyalty_by_operator().minor(), 212);
    // 1.00 is spent; of the 2.00 that expire the operator gets all, which leaves 0.12 for the next that come back.
    world.ok(&pay("p", &["1.00"], &tender("0", "1.00")));
    world.days(11);
    assert_eq!((points(&world), world.programme(AccountKind::OperatorDue)), (0, -12));
    assert_eq!(world.programme(AccountKind::PlatformRevenue), 0);
    world.ok(&pay("q", &["50.00"], ""));
    settle(&mut world, "q");
    let revenue = world.programme(AccountKind::PlatformRevenue);
    world.days(11);
    assert_eq!((points(&world), world.programme(AccountKind::OperatorDue)), (0, 0));
    assert_eq!(world.programme(AccountKind::PlatformRevenue), revenue + 100 - 12);
    world.audit();
}

#[test]
fn loy_2_the_oldest_are_spent_first_and_expire() {
    let mut world = with_points();
    world.days(3);
    world.ok(&pay("second", &["50.00"], ""));
    settle(&mut world, "second");
    assert_eq!(points(&world), 300);
    // 1.50 of the first lot.
    world.ok(&pay("third", &["1.50"], &tender("0", "1.50")));
    let revenue = world.programme(AccountKind::PlatformRevenue);
    // The first lot was earned at noon and is good until the end of the tenth day after (TIME-3b).
    world.wait(6 * 86_400 + HALF_DAY - 1);
    assert_eq!(points(&world), 150);
    world.wait(1);
    assert_eq!(points(&world), 100, "the rest of the first lot");
    assert_eq!(world.programme(AccountKind::PlatformRevenue), revenue + 50);
    world.days(4);
    assert_eq!((points(&world), world.engine.next_due()), (0, None));
    let totals = world.engine.loyalty_totals();
    assert_eq!((totals.earned.minor(), totals.spent.minor(), totals.expired.minor()), (300, 150, 150));
    world.audit();
}

#[test]
fn loy_3_goods_are_paid_with_points() {
    let mut world = with_points();
    let refusals = [
        (tender("97.99", "2.00"), "tender_mismatch"),
        (tender("97.99", "2.01"), "insufficient_loyalty"),
        (
            r#","tender":{"cash":"90.00","reconsume":"0.01","loyalty":"9.99"}"#.to_owned(),
            "insufficient_reconsume",
        ),
        (r#","tender":{"cash":"90.00","claim":"0.01","loyalty":"9.99"}"#.to_owned(), "insufficient_claim"),
    ];
    for (rest, code) in refusals {
        world.refused(&pay("o", &["100.00"], &rest), code);
    }
    world.refused(
        &pay("o", &["100.00"], &tender("98.00", "2.00")).replace("buyer", "another"),
        "insufficient_loyalty",
    );
    // What is only placed is looked at when it is paid.
    let place = pay("late", &["3.00"], &tender("0", "3.00")).replace("order.pay", "order.place");
    world.ok(&place);
    world.refused(r#""type":"order.pay","order":"late""#, "insufficient_loyalty");

    // 97.00 of cash over 60.00 and 40.00: 58.20 and 38.80; 2.00 over the 1.80 and 1.20 lacking: 1.20 and 0.80; the rest of
    // the lines, 1.00, cannot be paid.
    world.ok(&pay("o", &["60.00", "40.00"], &tender("98.00", "2.00")));
    assert_eq!((points(&world), world.programme(AccountKind::Escrow)), (0, 10_000));
    let buyer = world.engine.member("buyer").expect("joined");
    assert_eq!(buyer.spent.minor(), 10_000 + 9_800, "points are not spent money");
    let (payable, revenue) =
        (world.balance(AccountKind::MerchantPayable, ""), world.programme(AccountKind::PlatformRevenue));
    settle(&mut world, "o");
    // 60 % of bases 58.80 and 39.20 and of points 1.20 and 0.80; points earn nothing: 1.17 + 0.78.
    assert_eq!(points(&world), 117 + 78);
    assert_eq!(world.balance(AccountKind::MerchantPayable, "") - payable, 5_880 + 120);
    // Platform 23.52 + 0.48 and 15.68 + 0.32; floor(12.5 %) is 3.00 and 2.00.
    assert_eq!(world.programme(AccountKind::PlatformRevenue) - revenue, 4_000 - 500 - 195);
    assert_eq!(world.programme(AccountKind::Escrow), 0);
    world.audit();
}

#[test]
fn loy_3_a_refund_gives_points_back_as_a_new_lot() {
    let mut world = with_points();
    world.days(9);
    world.ok(&pay("o", &["10.00"], &tender("8.33", "1.67")));
    world.wait(86_400 + HALF_DAY);
    assert_eq!(points(&world), 0, "the rest expired");
    // floor(1.67 · 3.33 / 10.00) = 0.55, then floor(1.67 · 6.66 / 10.00) − 0.55 = 0.56; cash 2.77 and 2.77.
    let bank = world.programme(AccountKind::Bank);
    for (amount, cash, loyalty) in [("3.33", 277, 55), ("3.33", 554, 111), ("3.34", 833, 167)] {
        world.refund("o", &[("1", amount)]);
        assert_eq!((points(&world), world.programme(AccountKind::Bank) - bank), (loyalty, cash), "{amount}");
    }
    assert_eq!((world.state("o"), world.programme(AccountKind::Escrow)), (OrderState::Refunded, 0));
    assert_eq!(world.engine.loyalty_totals().returned.minor(), 167);
    // A lot of this day, which has just begun.
    world.wait(11 * 86_400 - 1);
    assert_eq!(points(&world), 167);
    world.wait(1);
    assert_eq!(points(&world), 0);
    world.audit();
}

#[test]
fn loy_3_a_late_refund_gives_points_back_too() {
    let mut world = with_points();
    world.ok(&pay("o", &["10.00"], &tender("8.00", "2.00")));
    settle(&mut world, "o");
    assert_eq!(points(&world), 16);
    world.refund("o", &[("1", "5.00")]);
    // Half of the points paid come back, half of those earned go.
    assert_eq!(points(&world), 8 + 100);
    world.refund("o", &[]);
    assert_eq!(points(&world), 200);
    assert_eq!(world.programme(AccountKind::OperatorDue), 0);
    // What the order left is nothing: as after the first one.
    let fresh = with_points();
    for kind in [AccountKind::PlatformRevenue, AccountKind::RefundReserve] {
        assert_eq!(world.programme(kind), fresh.programme(kind), "{}", kind.name());
    }
    world.audit();
}

#[test]
fn loy_4_a_late_refund_takes_back_what_was_earned() {
    let mut world = with_points();
    // Earned 2.00 on 100.00. Refunds of a third each: due 0.66, 1.33, 2.00.
    for (amount, left) in [("33.33", 134), ("33.33", 67), ("33.34", 0)] {
        world.refund("first", &[("1", amount)]);
        assert_eq!(points(&world), left, "{amount}");
    }
    for kind in [AccountKind::PlatformRevenue, AccountKind::RefundReserve, AccountKind::OperatorDue] {
        assert_eq!(world.programme(kind), 0, "{}", kind.name());
    }
    assert_eq!(world.engine.loyalty_totals().taken_back.minor(), 200);
    world.audit();
}

/// LOY-4a: what a refund asks back and was spent is owed in points; points earned later pay it, points given back do not.
#[test]
fn loy_4a_what_was_spent_is_owed_in_points() {
    let mut world = with_points();
    let owed = |world: &World| world.engine.member("buyer").expect("joined").loyalty_owed.minor();
    world.ok(&pay("o", &["1.50"], &tender("0", "1.50")));
    // A part refunded before settlement: earned is on what was left, and so is what goes back.
    world.ok(&pay("p", &["100.00"], ""));
    world.refund("p", &[("1", "50.00")]);
    settle(&mut world, "p");
    assert_eq!(points(&world), 50 + 100);
    // Of the first order 2.00 are due back: the newest lot, then the older, and nothing below zero.
    world.refund("first", &[("1", "70.00")]);
    assert_eq!((points(&world), owed(&world)), (10, 0), "1.40 of 1.50");
    world.refund("first", &[]);
    assert_eq!((points(&world), owed(&world)), (0, 50), "0.10 of 0.60");
    // Points that come back by a refund are the member's, whatever it owes.
    world.refund("o", &[("1", "1.00")]);
    assert_eq!((points(&world), owed(&world)), (100, 50));
    // They expire; what is owed does not.
    world.days(11);
    assert_eq!((points(&world), owed(&world)), (0, 50));
    world.ok(&pay("q", &["50.00"], ""));
    settle(&mut world, "q");
    assert_eq!((points(&world), owed(&world)), (50, 0));
    // What paid a debt was earned all the same: asked back, it is owed again.
    world.refund("q", &[]);
    assert_eq!((points(&world), owed(&world)), (0, 50));
    let totals = world.engine.loyalty_totals();
    assert_eq!((totals.earned.minor(), totals.taken_back.minor()), (200 + 100 + 100, 140 + 10 + 50));
    assert_eq!((totals.owed.minor(), totals.netted.minor(), totals.set_off.minor()), (100, 50, 0));
    world.audit();
}

/// LOY-4b: with `set_off` the refund's cash is cut by points that were spent, for the platform.
#[test]
fn loy_4b_the_cash_of_the_refund_is_cut() {
    let mut world = World::new(&PLAN.replace("valid_days = 10", "valid_days = 10\nset_off = true"));
    world.ok(&pay("first", &["100.00"], ""));
    settle(&mut world, "first");
    world.ok(&pay("o", &["1.50"], &tender("0", "1.50")));
    let (bank, revenue) = (world.programme(AccountKind::Bank), world.programme(AccountKind::PlatformRevenue));
    world.refund("first", &[("1", "50.00")]);
    // 1.00 is due, 0.50 are there, 0.50 are cut; the platform gets the 1.00 and loses its leg of 20.00 less the reserve's 2.50.
    assert_eq!(world.programme(AccountKind::Bank) - bank, 5_000 - 50);
    assert_eq!(world.programme(AccountKind::PlatformRevenue) - revenue, 100 - 1_750);
    let buyer = world.engine.member("buyer").expect("joined");
    assert_eq!((buyer.loyalty.minor(), buyer.loyalty_owed.minor()), (0, 0));
    // What was not given back stays spent.
    assert_eq!(buyer.spent.minor(), 10_000 - 5_000 + 50);
    let totals = world.engine.loyalty_totals();
    assert_eq!((totals.taken_back.minor(), totals.set_off.minor(), totals.owed.minor()), (50, 50, 0));
    world.audit();
}

/// LOY-4: what is taken back is there again before the platform's leg is reversed.
#[test]
fn loy_4_the_platform_has_its_leg_again() {
    let plan = PLAN.replace("2%", "40%").replace("reserve_share = \"12.5%\"", "");
    let mut world = World::new(&plan);
    world.ok(&pay("o", &["100.00"], ""));
    settle(&mut world, "o");
    assert_eq!((points(&world), world.programme(AccountKind::PlatformRevenue)), (4_000, 0));
    world.refund("o", &[("1", "50.00")]);
    assert_eq!((points(&world), world.programme(AccountKind::OperatorDue)), (2_000, 0));
    // Spent meanwhile, it is missing, and the operator answers for it: nobody else has anything.
    world.ok(&pay("p", &["20.00"], &tender("0", "20.00")));
    world.refund("o", &[]);
    assert_eq!((points(&world), world.programme(AccountKind::OperatorDue)), (0, -2_000));
    world.audit();
}

/// CAT-6: an article for points is paid with loyalty points.
#[test]
fn cat_6_an_article_for_points_is_paid_with_points() {
    let mut world = World::new(&format!("{PLAN}[catalogue]\n"));
    world.list("tea", "100.00", "");
    world.list("gift", "1.00", r#","points_only":true,"stock":1"#);
    world.ok(&order("pay", "o", "buyer", &line("1", "tea", 1, "100.00"), ""));
    settle(&mut world, "o");
    let gift = |rest: &str| order("pay", "g", "buyer", &line("1", "gift", 1, "1.00"), rest);
    world.refused(&gift(&tender("0.01", "0.99")), "points_only");
    world.ok(&gift(&tender("0", "1.00")));
    // Beside an article for money the cash would be spread over both.
    let both = format!("{},{}", line("1", "gift", 1, "1.00"), line("2", "tea", 1, "100.00"));
    world.refused(&order("pay", "h", "buyer", &both, &tender("100.00", "1.00")), "out_of_stock");
    world.ok(r#""type":"stock.add","sku":"gift","quantity":1"#);
    world.refused(&order("pay", "h", "buyer", &both, &tender("100.00", "1.00")), "points_only");
    world.refund("g", &[]);
    assert_eq!((points(&world), world.stock("gift")), (200, (Some(2), 0, 0)));
    world.audit();
}

#[test]
fn loy_3_without_loyalty_points_nobody_has_any() {
    let plan = PLAN.replace("[loyalty]\nearn_rate = \"2%\"\nvalid_days = 10\n", "");
    let mut world = World::new(&plan);
    world.ok(&pay("o", &["100.00"], ""));
    settle(&mut world, "o");
    assert_eq!(points(&world), 0);
    world.refused(&pay("p", &["1.00"], &tender("0.99", "0.01")), "insufficient_loyalty");
}
