//! Presales: deposit, balance, forfeit, shipping in time (PRE-1 to PRE-3).

use ratchet_engine::campaign::GroupState;
use ratchet_engine::ledger::AccountKind;

use super::{DAY, HOUR, World, joins, pay, pay_placed, place, terms};

/// PRE-1: 20.00 of 100.00 counts as 50.00: deposit 20.00, balance 50.00, base 70.00; freight and tax with the balance.
#[test]
fn pre_1_deposit_and_balance() {
    let mut world = World::with("presale");
    world.ok(&terms("order.place", "o1", "ann", "140.00", 2, r#","freight":"8.00","tax":"1.00""#));
    world.ok(&pay_placed("o1"));
    assert_eq!((world.state("o1"), world.programme(AccountKind::Escrow)), ("placed", 4_000));
    assert_eq!(world.engine.member("ann").expect("joined").spent.minor(), 4_000);
    world.paid("o2", "bob", "70.00", "");
    assert_eq!((world.state("o2"), world.programme(AccountKind::Escrow)), ("placed", 6_000));
    world.refused(&pay_placed("o1"), "balance_window");
    world.minutes(10 * DAY - 1);
    world.refused(&pay_placed("o1"), "balance_window");
    world.minutes(1);
    world.ok(&pay_placed("o1"));
    assert_eq!((world.state("o1"), world.programme(AccountKind::Escrow)), ("paid", 14_900 + 2_000));
    assert_eq!(world.engine.member("ann").expect("joined").spent.minor(), 14_000);
    world.refused(&pay_placed("o1"), "order_state");
    world.ok(r#""type":"order.ship","order":"o1""#);
    world.receive("o1");
    world.minutes(DAY);
    assert_eq!(world.balance(AccountKind::MerchantPayable, "shop"), 7_000 + 800);
    world.audit();
}

/// PRE-2: who does not pay the rest loses the deposit to the merchant, or gets it back, as the plan says.
#[test]
fn pre_2_an_unpaid_balance() {
    for (promotion, amount, kept) in [("presale", "70.00", 2_000), ("soft_presale", "100.00", 0)] {
        for closes in [false, true] {
            let mut world = World::with(promotion);
            let before = world.books();
            world.paid("o1", "ann", amount, "");
            if closes {
                world.ok(r#""type":"order.close","order":"o1""#);
            } else {
                world.minutes(12 * DAY - 1);
                assert_eq!(world.state("o1"), "placed");
                world.minutes(1);
            }
            assert_eq!((world.state("o1"), world.taken()), ("closed", 0));
            assert_eq!(world.balance(AccountKind::MerchantPayable, "shop"), kept);
            assert_eq!(world.programme(AccountKind::Escrow), 0);
            // A forfeited deposit stays spent.
            assert_eq!(i128::from(world.engine.member("ann").expect("joined").spent.minor()), kept);
            assert_eq!(world.books() == before, kept == 0);
            world.audit();
        }
    }
}

/// PRE-1: a deposit is not taken when the rest could no longer be paid; an order without one is closed after its hold.
#[test]
fn pre_1_no_deposit_after_the_window() {
    let mut world = World::with("presale");
    world.ok(&place("o1", "ann", "70.00", ""));
    world.minutes(15);
    assert_eq!(world.state("o1"), "closed");
    world.minutes(10 * DAY - 16);
    world.ok(&place("o2", "ann", "70.00", ""));
    world.minutes(10);
    // Placed in time, both payments come after the campaign (PROMO-2).
    world.ok(&pay_placed("o2"));
    world.ok(&pay_placed("o2"));
    assert_eq!(world.state("o2"), "paid");
    world.audit();
}

/// PRE-2, PRE-2a: a group of deposits; the rest is paid only if it succeeds, and a failure gives deposits back although they are
/// forfeited otherwise.
#[test]
fn pre_2_a_group_of_deposits() {
    let mut world = World::with("group_presale");
    let before = world.books();
    world.paid("g1", "ann", "100.00", "");
    assert_eq!(world.group("g1"), (GroupState::Open, 1, Some("ann")));
    world.minutes(DAY);
    assert_eq!((world.group("g1").0, world.state("g1")), (GroupState::Failed, "closed"));
    assert_eq!((world.books(), world.taken()), (before.clone(), 0));
    // Leaving an open group gives the deposit back too.
    world.paid("g2", "ann", "100.00", "");
    world.ok(r#""type":"order.close","order":"g2""#);
    assert_eq!((world.books(), world.group("g2").0), (before, GroupState::Failed));

    world.minutes(9 * DAY - HOUR);
    world.paid("g3", "ann", "100.00", "");
    world.minutes(HOUR);
    world.refused(&pay_placed("g3"), "promotion_undecided");
    world.refused(&pay("g4", "bob", "100.00", &joins("g3")), "campaign_window");
    world.minutes(3 * DAY);
    assert_eq!(world.state("g3"), "closed");

    let mut world = World::with("group_presale");
    world.paid("g1", "ann", "100.00", "");
    world.paid("g2", "bob", "100.00", &joins("g1"));
    assert_eq!(world.group("g1").0, GroupState::Succeeded);
    world.minutes(10 * DAY);
    world.ok(&pay_placed("g1"));
    world.ok(r#""type":"order.ship","order":"g1""#);
    world.minutes(2 * DAY);
    assert_eq!(world.states(["g1", "g2"]), ["shipped", "closed"]);
    assert_eq!(world.balance(AccountKind::MerchantPayable, "shop"), 2_000, "his deposit is forfeited");
    world.audit();
}

/// PRE-3: what has not left 72 hours after the balance window is refunded in full; what has left is not.
#[test]
fn pre_3_shipping_in_time() {
    let mut world = World::with("presale");
    for (order, member) in [("o1", "ann"), ("o2", "bob"), ("o3", "cid"), ("o4", "dan")] {
        world.paid(order, member, "70.00", "");
    }
    world.minutes(10 * DAY);
    for order in ["o1", "o2", "o3", "o4"] {
        world.ok(&pay_placed(order));
    }
    world.ok(r#""type":"order.ship","order":"o2""#);
    world.receive("o3");
    world.refund("o4");
    world.minutes(5 * DAY - 1);
    assert_eq!(world.state("o1"), "paid");
    world.minutes(1);
    assert_eq!(world.states(["o1", "o2", "o3", "o4"]), ["refunded", "shipped", "settled", "refunded"]);
    assert_eq!(world.programme(AccountKind::Escrow), 7_000);
    world.audit();
}

/// PROMO-4: cancelling gives deposits back whatever the plan says, and refunds paid orders that have not left.
#[test]
fn promo_4_cancelling_a_presale() {
    let mut world = World::with("presale");
    world.paid("o0", "zoe", "70.00", "");
    world.minutes(10 * DAY);
    world.ok(&pay_placed("o0"));
    world.ok(r#""type":"order.ship","order":"o0""#);
    world.open("d", "presale", DAY, None);
    world.ok(r#""type":"promotion.cancel","campaign":"c","reason":"x""#);
    assert_eq!(world.state("o0"), "shipped");

    let mut world = World::with("presale");
    let before = world.books();
    for (order, member) in [("o1", "ann"), ("o2", "bob")] {
        world.paid(order, member, "70.00", "");
    }
    world.ok(&place("o3", "cid", "70.00", ""));
    world.minutes(10 * DAY);
    world.ok(&pay_placed("o1"));
    world.ok(r#""type":"promotion.cancel","campaign":"c","reason":"工厂停产""#);
    assert_eq!(world.states(["o1", "o2", "o3"]), ["refunded", "closed", "closed"]);
    assert_eq!(world.books(), before);
    world.audit();
}

/// PRE-1a: a deposit asks for no emission points of a listed product; the rest does.
#[test]
fn pre_1a_a_deposit_reserves_nothing() {
    let mut world = World::selling_for_points();
    world.open("c", "presale", DAY, None);
    let bought = |rest: &str| pay("o1", "ann", "70.00", rest);
    world.ok(&bought(""));
    assert_eq!((world.state("o1"), world.programme(AccountKind::Escrow)), ("placed", 2_000));
    world.minutes(DAY);
    world.refused(&pay_placed("o1"), "insufficient_emission");
    world.minutes(2 * DAY);
    assert_eq!(world.state("o1"), "closed");
    world.audit();
}
