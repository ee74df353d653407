//! Groups: joining, leaving, success, failure, the leader's bonus (GROUP-1 to GROUP-4).

use ratchet_engine::campaign::GroupState;
use ratchet_engine::disclosure::Disclosure;
use ratchet_engine::ledger::AccountKind;

use super::{DAY, HOUR, World, joins, pay_placed, place};

/// GROUP-1, GROUP-2: the third paid order makes it a success; before that nothing leaves, after it everything does.
#[test]
fn group_2_a_full_group_is_a_success() {
    let mut world = World::with("group");
    world.paid("g1", "ann", "9.99", "");
    world.paid("g2", "bob", "9.99", &joins("g1"));
    assert_eq!(world.group("g1"), (GroupState::Open, 2, Some("ann")));
    world.refused(r#""type":"order.ship","order":"g1""#, "promotion_undecided");
    world.refused(r#""type":"order.receive","order":"g2""#, "promotion_undecided");
    world.refused(
        r#""type":"order.refund","refund":"r","order":"g1","lines":[{"line":"1","amount":"1.00"}]"#,
        "promotion_undecided",
    );
    world.paid("g3", "cid", "9.99", &joins("g1"));
    assert_eq!(world.group("g1"), (GroupState::Succeeded, 3, Some("ann")));
    world.minutes(2 * DAY);
    for order in ["g1", "g2", "g3"] {
        world.receive(order);
    }
    world.minutes(DAY);
    assert_eq!(world.states(["g1", "g2", "g3"]), ["settled"; 3]);
    // GROUP-4: with each order that settles, up to the whole of it.
    assert_eq!((world.cash("ann"), world.cash("bob")), (250, 0));
    let ann = world.engine.member("ann").expect("joined");
    assert_eq!((ann.cash_received.minor(), ann.commission_income.minor()), (250, 250));
    world.audit();
}

/// GROUP-2: at the end of its hours a group that is short fails, and everything goes back.
#[test]
fn group_2_a_group_that_is_short_fails() {
    let mut world = World::with("group");
    let before = world.books();
    world.paid("g1", "ann", "9.99", "");
    world.minutes(HOUR);
    world.paid("g2", "bob", "9.99", &joins("g1"));
    world.minutes(23 * HOUR - 1);
    assert_eq!(world.group("g1").0, GroupState::Open);
    world.minutes(1);
    assert_eq!(world.group("g1"), (GroupState::Failed, 2, Some("ann")));
    assert_eq!(world.states(["g1", "g2"]), ["refunded", "refunded"]);
    assert_eq!(world.books(), before);
    assert_eq!(world.taken(), 0);
    world.audit();
}

/// GROUP-3: who leaves is refunded; the next one leads; when nobody is left the group is closed.
#[test]
fn group_3_leaving() {
    let mut world = World::with("group");
    let before = world.books();
    world.paid("g1", "ann", "9.99", "");
    world.paid("g2", "bob", "9.99", &joins("g1"));
    world.refund("g1");
    assert_eq!(world.group("g1"), (GroupState::Open, 1, Some("bob")));
    // She may come back, as the last.
    world.paid("g3", "ann", "9.99", &joins("g1"));
    world.refund("g2");
    assert_eq!(world.group("g1"), (GroupState::Open, 1, Some("ann")));
    world.refund("g3");
    assert_eq!(world.group("g1"), (GroupState::Failed, 0, None));
    world.refused(&super::pay("g4", "cid", "9.99", &joins("g1")), "group_closed");
    assert_eq!((world.books(), world.taken()), (before, 0));
    world.minutes(2 * DAY);
    world.audit();
}

/// GROUP-1: a placed order takes no seat; what it asked for is looked at again when it is paid.
#[test]
fn group_1_seats_are_taken_by_payment() {
    let mut world = World::with("group");
    world.paid("g1", "ann", "9.99", "");
    for (order, member) in [("g2", "bob"), ("g3", "cid"), ("g4", "dan")] {
        world.ok(&place(order, member, "9.99", &joins("g1")));
    }
    assert_eq!(world.group("g1").1, 1);
    world.ok(&pay_placed("g2"));
    world.ok(&pay_placed("g4"));
    world.refused(&pay_placed("g3"), "group_closed");
    assert_eq!(world.group("g1"), (GroupState::Succeeded, 3, Some("ann")));
    world.audit();
}

/// GROUP-4: of the fixed bonus so much comes as the orders make that settle and are kept, whoever's they are.
#[test]
fn group_4_fixed_bonus_of_the_orders_kept() {
    for refunded in ["g1", "g2"] {
        let mut world = World::with("group");
        world.paid("g1", "ann", "9.99", "");
        world.paid("g2", "bob", "9.99", &joins("g1"));
        world.paid("g3", "cid", "9.99", &joins("g1"));
        world.refund(refunded);
        for (order, bonus) in ["g1", "g2", "g3"].into_iter().filter(|order| *order != refunded).zip([83, 166])
        {
            world.receive(order);
            world.minutes(DAY);
            assert_eq!(world.cash("ann"), bonus, "after {order}, without {refunded}");
        }
        world.audit();
    }
}

/// GROUP-4: each order refunded in full after settlement takes back what the fixed bonus falls by, and what cannot be
/// taken is owed; a part leaves it. When all are back nothing of the bonus is left.
#[test]
fn group_4_a_fixed_bonus_falls_with_each_order() {
    let mut world = World::with("group");
    world.paid("g1", "ann", "9.99", "");
    world.paid("g2", "bob", "9.99", &joins("g1"));
    world.paid("g3", "cid", "9.99", &joins("g1"));
    for order in ["g1", "g2", "g3"] {
        world.receive(order);
    }
    world.minutes(DAY);
    world.refund_part("g2", "9.00");
    assert_eq!(world.cash("ann"), 250);
    world.refund("g2");
    assert_eq!(world.cash("ann"), 166);
    world.ok(r#""type":"wallet.withdraw","withdrawal":"w","member":"ann","amount":"1.00""#);
    world.refund("g1");
    assert_eq!((world.cash("ann"), world.balance(AccountKind::Receivable, "ann")), (0, -17));
    world.refund("g3");
    assert_eq!(world.balance(AccountKind::Receivable, "ann"), -100, "all that she took out");
    world.audit();
}

/// GROUP-4: where the platform's revenue is short the operator owes the rest of a fixed bonus, and gets it back first.
#[test]
fn group_4_the_operator_pays_what_the_platform_lacks() {
    let mut world = World::with("group");
    world.paid("g1", "ann", "9.99", "");
    world.paid("g2", "bob", "9.99", &joins("g1"));
    world.paid("g3", "cid", "9.99", &joins("g1"));
    world.refund_part("g1", "9.90");
    world.receive("g1");
    world.minutes(DAY);
    // Of 0.09 the platform has 0.05, and a third of the bonus is 0.83.
    let books = |world: &World| {
        [AccountKind::PlatformRevenue, AccountKind::OperatorDue].map(|kind| world.programme(kind))
    };
    assert_eq!((world.cash("ann"), books(&world)), (83, [0, -78]));
    assert_eq!(world.programme(AccountKind::AdvancedOperator), 0, "no advance of a refund");
    world.refund("g1");
    assert_eq!((world.cash("ann"), books(&world)), (0, [0, 0]));
    world.audit();
}

/// GROUP-4: the rate of each order; a late refund leaves the rate of what is left, and what cannot be taken is owed.
#[test]
fn group_4_rate_bonus_and_late_refunds() {
    let mut world = World::with("rate_group");
    world.paid("g1", "ann", "9.99", "");
    world.paid("g2", "bob", "9.99", &joins("g1"));
    world.receive("g2");
    world.minutes(DAY);
    assert_eq!(world.cash("ann"), 99);
    let revenue = world.programme(AccountKind::PlatformRevenue);
    world.refund_part("g2", "4.99");
    assert_eq!(world.cash("ann"), 50, "floor of 10 % of 5.00");
    assert!(world.programme(AccountKind::PlatformRevenue) <= revenue);
    // Spent meanwhile: the rest is owed, and netted from what comes next.
    world.ok(r#""type":"wallet.withdraw","withdrawal":"w","member":"ann","amount":"0.40""#);
    world.refund("g2");
    assert_eq!((world.cash("ann"), world.balance(AccountKind::Receivable, "ann")), (0, -40));
    world.receive("g1");
    world.minutes(DAY);
    assert_eq!((world.cash("ann"), world.balance(AccountKind::Receivable, "ann")), (59, 0));
    world.audit();
}

/// DISC-2d: a leader's bonus can be more than pool, commissions and funds together; the bound counts where it comes from.
#[test]
fn disc_2d_bonuses_of_leaders_are_within_the_bound() {
    let mut world = World::with("rate_group");
    for round in 0..3 {
        let (leader, member) = (format!("g{round}"), format!("h{round}"));
        world.paid(&leader, "ann", "9.99", "");
        world.paid(&member, &format!("m{round}"), "9.99", &joins(&leader));
        world.receive(&member);
        world.refund(&leader);
    }
    world.minutes(DAY);
    let engine = &world.engine;
    let rows = engine.member_outcomes();
    let found = Disclosure::compute(rows, engine.plan(), &engine.totals()).conservation;
    assert_eq!(found.cash_out.minor(), 3 * 99);
    assert!(found.mean_bound_with_bonuses_ppm >= found.mean_ppm, "{found:?}");
    // 10 % of the orders to the fund, 40 % to the platform.
    assert!(found.mean_bound_with_bonuses_ppm >= 490_000, "{found:?}");
}
