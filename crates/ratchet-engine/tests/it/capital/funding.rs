//! FUND-1 to FUND-3.

use ratchet_engine::ledger::AccountKind;

use super::{PLAN, conserves, pool, round};
use crate::world::World;

/// FUND-1, FUND-2: 1,000.00, of it 100.00 for the pool over three midnights and 30.00 for subsidies; the first midnight
/// finds no supply and is caught up with.
#[test]
fn a_round_is_streamed_at_midnights() {
    let mut world = World::new(PLAN);
    world.ok(&round("a", "1000.00", r#""pool":"100.00","subsidies":"30.00","per_order":"20.00","#, 3));
    assert_eq!(world.programme(AccountKind::FundingRounds), 13_000);
    assert_eq!(world.programme(AccountKind::PlatformRevenue), 87_000);
    assert_eq!(world.programme(AccountKind::Bank), -100_000);
    world.days(1);
    assert_eq!(pool(&world), 0);
    // 30.00 of 100.00 enter the pool, 21 points are minted; the buyer gets 20.00 to spend.
    world.buy("o1", "ann", "100.00");
    assert_eq!((pool(&world), world.member("ann").reconsume.minor()), (3_000, 2_000));
    assert_eq!(world.member("ann").cash_received.minor(), 2_000);
    // 66.66 so far; then 100.00 with the last.
    world.days(1);
    assert_eq!(pool(&world), 3_000 + 6_666);
    world.buy("o2", "ann", "100.00");
    assert_eq!(world.member("ann").reconsume.minor(), 3_000, "no more than is left");
    world.buy("o3", "ann", "100.00");
    assert_eq!(world.member("ann").reconsume.minor(), 3_000);
    let before = pool(&world);
    world.days(1);
    assert_eq!(pool(&world), before + 3_334);
    assert_eq!(world.programme(AccountKind::FundingRounds), 0);
    assert_eq!(world.engine.totals().injected.minor(), 10_000);
    let view = world.engine.rounds().next().expect("one");
    assert_eq!((view.passed, view.pool_left.minor(), view.subsidies_left.minor()), (3, 0, 0));
    conserves(&world);
    world.audit();
}

/// FUND-2, FUND-3: without supply, and without orders, the last midnight gives what is left to the platform; what settles at
/// that midnight itself gets nothing any more.
#[test]
fn what_is_left_of_a_round_goes_to_the_platform() {
    let mut world = World::new(&PLAN.replace("after_sale_days = 0", "after_sale_days = 1"));
    world.ok(&round("a", "50.00", r#""pool":"10.00","subsidies":"40.00","per_order":"1.00","#, 1));
    world.ok(&round("b", "7.00", r#""subsidies":"7.00","per_order":"2.00","#, 2));
    // 20:00 in UTC is 04:00 in China: settles before the second midnight, after the first.
    world.hours(5);
    world.buy("o1", "ann", "100.00");
    world.hours(19);
    assert_eq!(world.programme(AccountKind::PlatformRevenue), 5_000);
    assert_eq!(world.programme(AccountKind::FundingRounds), 700);
    world.hours(5);
    // Of b only: a has ended.
    assert_eq!(world.member("ann").reconsume.minor(), 200);
    world.hours(7);
    assert_eq!(world.programme(AccountKind::FundingRounds), 0);
    assert_eq!(world.programme(AccountKind::PlatformRevenue), 5_000 + 500 + 4_000);
    conserves(&world);
    world.audit();
}

/// FUND-1: every refusal, in the order of the rule.
#[test]
fn every_refusal_of_rounds() {
    let mut without = World::new(&PLAN.replace("[funding]\n", ""));
    without.refused(&round("a", "0", r#""pool":"9.00","#, 3_651), "limit_reached");
    without.refused(&round("a", "0", r#""pool":"9.00","#, 1), "amount_not_positive");
    without.refused(&round("a", "9.00", "", 0), "amount_not_positive");
    without.refused(&round("a", "9.00", r#""subsidies":"9.00","#, 1), "amount_not_positive");
    without.refused(&round("a", "9.00", r#""per_order":"9.00","#, 1), "amount_not_positive");
    without.refused(&round("a", "9.00", r#""pool":"9.01","#, 1), "no_funding");
    let mut world = World::new(PLAN);
    world.ok(&round("a", "9.00", r#""pool":"9.00","#, 3_650));
    world.refused(&round("a", "9.00", r#""pool":"9.01","#, 1), "round_exists");
    world.refused(
        &round("b", "9.00", r#""pool":"8.00","subsidies":"1.01","per_order":"1.00","#, 1),
        "round_parts",
    );
    // Together they may be more than money can be.
    world.refused(
        &round(
            "b",
            "9.00",
            r#""pool":"100000000000.00","subsidies":"100000000000.00","per_order":"1.00","#,
            1,
        ),
        "round_parts",
    );
}
