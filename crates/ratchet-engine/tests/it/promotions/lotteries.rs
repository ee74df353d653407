//! Lotteries of full groups: winners, losers, consolations, withheld seeds (LOT-1, LOT-2, PROMO-5a, PROMO-5d).

use ratchet_engine::campaign::{Expectation, GroupState};
use ratchet_engine::ledger::AccountKind;

use super::{DAY, HOUR, World, joins, pay_placed, place, seed};

/// A campaign of this lottery with money in its fund, and commitments of the seeds `s0`, `s1`, …
pub(super) fn lottery(promotion: &str, fund_orders: u32) -> World {
    let mut world = World::new();
    for number in 0..fund_orders {
        // 15.00 each: 1.50 for the fund.
        world.ok(&format!(
            r#""type":"order.pay","order":"f{number}","member":"zoe","lines":[{{"line":"1","amount":"15.00","sku":"tea"}}]"#
        ));
        world.receive(&format!("f{number}"));
    }
    world.minutes(DAY);
    world.open("c", promotion, 10 * DAY, None);
    world.commit(&["s0", "s1", "s2", "s3"]);
    world
}

pub(super) fn reveal(group: &str, name: &str) -> String {
    format!(r#""type":"promotion.reveal","draw":"{group}","seed":"{}""#, seed(name))
}

fn enter(world: &mut World, orders: [&str; 4]) {
    for (order, member) in orders.into_iter().zip(["ann", "bob", "cid", "dan"]) {
        let rest = if order == orders[0] { String::new() } else { joins(orders[0]) };
        world.paid(order, member, "20.00", &rest);
    }
}

/// LOT-1: one of four wins the goods; the others get their money back and 1.50 each out of the fund.
#[test]
fn lot_1_winners_and_losers() {
    let mut world = lottery("lottery", 4);
    let fund = world.balance(AccountKind::Fund, "care");
    assert_eq!(fund, 600);
    enter(&mut world, ["g1", "g2", "g3", "g4"]);
    assert_eq!(world.group("g1").0, GroupState::Waits);
    // GROUP-3: nobody leaves while the seed is awaited.
    for order in ["g1", "g4"] {
        world.refused(
            &format!(r#""type":"order.refund","refund":"r","order":"{order}""#),
            "promotion_undecided",
        );
    }
    world.refused(r#""type":"order.ship","order":"g2""#, "promotion_undecided");
    world.refused(&reveal("g1", "s1"), "seed_mismatch");
    world.refused(&reveal("g2", "s0"), "draw_unknown");
    world.ok(&reveal("g1", "s0"));
    assert_eq!(world.group("g1").0, GroupState::Succeeded);
    let states = world.states(["g1", "g2", "g3", "g4"]);
    assert_eq!(states.iter().filter(|state| **state == "paid").count(), 1, "{states:?}");
    for (member, state) in ["ann", "bob", "cid", "dan"].into_iter().zip(states) {
        let (cash, view) = (world.cash(member), world.engine.member(member).expect("joined"));
        if state == "paid" {
            assert_eq!((cash, view.spent.minor()), (0, 2_000));
        } else {
            assert_eq!((state, cash, view.spent.minor()), ("refunded", 150, 0));
            assert_eq!((view.cash_received.minor(), view.commission_income.minor()), (150, 0));
        }
    }
    // The books balance: the fund paid the consolations, escrow holds the winner's money, the losers have theirs.
    assert_eq!(world.balance(AccountKind::Fund, "care"), fund - 3 * 150);
    assert_eq!(world.programme(AccountKind::Escrow), 2_000);
    assert_eq!(world.taken(), 1);
    world.refused(&reveal("g1", "s0"), "draw_unknown");
    world.audit();
}

/// LOT-1: as far as the fund reaches, in the order of entry; rates round down.
#[test]
fn lot_1_the_fund_may_be_short() {
    let mut world = lottery("lottery", 1);
    enter(&mut world, ["g1", "g2", "g3", "g4"]);
    world.ok(&reveal("g1", "s0"));
    let losers = ["g1", "g2", "g3", "g4"].into_iter().zip(["ann", "bob", "cid", "dan"]);
    let losers = losers.filter(|(order, _)| world.state(order) == "refunded");
    let paid: Vec<i128> = losers.map(|(_, member)| world.cash(member)).collect();
    assert_eq!(paid, [150, 0, 0]);
    assert_eq!(world.balance(AccountKind::Fund, "care"), 0);
    world.audit();

    let mut world = lottery("rate_lottery", 1);
    for (order, member, rest) in
        [("g1", "ann", ""), ("g2", "bob", r#","group":"g1""#), ("g3", "cid", r#","group":"g1""#)]
    {
        world.paid(order, member, "20.00", rest);
    }
    world.ok(&reveal("g1", "s0"));
    let cash: i128 = ["ann", "bob", "cid"].into_iter().map(|member| world.cash(member)).sum();
    assert_eq!(cash, 2 * 66, "floor of 3.33 % of 20.00");
    world.audit();
}

/// LOT-1: consolation in loyalty points and in coupons.
#[test]
fn lot_1_points_and_coupons() {
    for promotion in ["loyal_lottery", "coupon_lottery"] {
        let mut world = lottery(promotion, 4);
        world.paid("g1", "ann", "20.00", "");
        world.paid("g2", "bob", "20.00", &joins("g1"));
        world.ok(&reveal("g1", "s0"));
        let [loser, order] = if world.state("g1") == "refunded" { ["ann", "g1"] } else { ["bob", "g2"] };
        let fund = world.balance(AccountKind::Fund, "care");
        if promotion == "loyal_lottery" {
            assert_eq!((world.balance(AccountKind::MemberLoyalty, loser), fund), (100, 500));
            assert_eq!(world.engine.member(loser).expect("joined").cash_received.minor(), 0);
        } else {
            assert_eq!(fund, 600, "a coupon moves no money");
            // It is good: 5.00 off an ordinary order of 15.00.
            world.ok(&format!(
                r#""type":"order.pay","order":"again","member":"{loser}","coupons":["{order}:consolation"],"lines":[{{"line":"1","amount":"10.00","sku":"tea"}}]"#
            ));
        }
        world.audit();
    }
}

/// PROMO-5a, PROMO-5d: a seed that is not revealed in its hours fails the draw: everybody is refunded and consoled, and the
/// draw counts as withheld. So does one that is awaited when the campaign is cancelled (PROMO-4c).
#[test]
fn promo_5d_a_withheld_seed() {
    for cancels in [false, true] {
        let mut world = lottery("lottery", 4);
        enter(&mut world, ["g1", "g2", "g3", "g4"]);
        world.minutes(6 * HOUR - 1);
        if cancels {
            world.ok(r#""type":"promotion.cancel","campaign":"c","reason":"x""#);
        } else {
            assert_eq!(world.group("g1").0, GroupState::Waits);
            world.minutes(1);
        }
        assert_eq!(world.group("g1").0, GroupState::Failed);
        assert_eq!(world.states(["g1", "g2", "g3", "g4"]), ["refunded"; 4]);
        for member in ["ann", "bob", "cid", "dan"] {
            assert_eq!(world.cash(member), 150);
        }
        assert_eq!(world.programme(AccountKind::Escrow), 0);
        assert_eq!(world.engine.campaign("c").expect("opened").withheld, 1);
        world.refused(&reveal("g1", "s0"), "draw_unknown");
        world.audit();
    }
}

/// PROMO-5: each group takes a commitment when it is opened; without one nobody opens any, also by paying a placed order.
#[test]
fn promo_5_a_lottery_needs_a_commitment() {
    let mut world = World::with("lottery");
    world.refused(&super::pay("g1", "ann", "20.00", ""), "no_commitment");
    world.ok(&place("g1", "ann", "20.00", ""));
    world.refused(&pay_placed("g1"), "no_commitment");
    world.commit(&["s0"]);
    world.ok(&pay_placed("g1"));
    assert_eq!(world.engine.campaign("c").expect("opened").commitments, 0);
    // Joining takes none.
    world.paid("g2", "bob", "20.00", &joins("g1"));
    world.refused(&super::pay("h1", "eve", "20.00", ""), "no_commitment");
    // A group that fails has used its own up.
    world.minutes(DAY);
    assert_eq!(world.group("g1").0, GroupState::Failed);
    world.refused(&super::pay("h1", "eve", "20.00", ""), "no_commitment");
    world.audit();
}

/// LOT-2: 1.50 · 3 / 4 = 1.12 (rounded down) beside one chance in four, in both languages.
#[test]
fn lot_2_expected_value() {
    let world = World::with("lottery");
    let expected = world.engine.campaign("c").and_then(|c| c.expectation).expect("a lottery");
    let Expectation { winners, members, consolation, value, chance } = expected;
    assert_eq!((winners, members, consolation.minor(), value.minor()), (1, 4, 150, 112));
    assert_eq!(chance.to_string(), "25%");
    let text = expected.text(&world.engine.plan().programme.currency);
    assert!(text.zh.contains("1/4") && text.zh.contains("1.12"), "{}", text.zh);
    assert!(text.en.contains("1/4") && text.en.contains("1.12"), "{}", text.en);
    for promotion in ["flash", "group"] {
        assert_eq!(World::with(promotion).engine.campaign("c").and_then(|c| c.expectation), None);
    }
}
