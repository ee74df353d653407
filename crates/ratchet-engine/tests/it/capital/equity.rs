//! EQUITY-1 to EQUITY-3.

use proptest::prelude::*;
use ratchet_engine::disclosure::Leg;
use ratchet_engine::ledger::AccountKind;

use super::{PLAN, commit, conserves, pool, window};
use crate::world::World;

/// Ann, Ben and Cid bought for 1,000.00 each in turn.
fn holders() -> World {
    let mut world = World::new(PLAN);
    for member in ["ann", "ben", "cid"] {
        world.buy(&format!("o-{member}"), member, "1000.00");
    }
    world
}

/// EQUITY-2: wishes are portioned, what is used is burned at the pair of its moment, the net goes to the issuer.
#[test]
fn a_window_closes() {
    let mut world = holders();
    let points = |world: &World, member: &str| world.member(member).points.to_string();
    assert_eq!(points(&world, "ann"), "210");
    let (closes, ann) = (world.moment(48), world.member("ann").points.units());
    world.ok(&window("w", 12, "10", &closes));
    world.ok(&commit("c1", "w", "ann", "105"));
    world.ok(&commit("c2", "w", "ben", "60.5"));
    world.ok(&commit("c3", "w", "ann", "100"));
    let view = world.engine.windows().next().expect("one");
    assert_eq!((view.committed.to_string(), view.issued), ("265.5".to_owned(), None));
    // A commitment holds nothing back: ann sells 60, its second commitment then counts for 210 − 60 − 105 = 45.
    world.ok(r#""type":"points.sell","member":"ann","points":"60""#);
    world.refused(&commit("c4", "w", "ann", "0.1"), "insufficient_points");
    let (before, cash) = (pool(&world), world.member("ann").cash.minor());
    let supply = world.engine.totals().supply.units();
    world.days(2);
    // Wishes 10, 6 and 4 for 12 shares: floor(12 · w ÷ 20) = 6, 3 and 2.
    assert_eq!((world.member("ann").shares, world.member("ben").shares), (8, 3));
    assert_eq!(ann - world.member("ann").points.units(), 140_000_000_000_000);
    assert_eq!(supply - world.engine.totals().supply.units(), 110_000_000_000_000);
    assert_eq!(world.member("ann").cash.minor(), cash, "nothing is received for shares");
    let issuer = world.programme(AccountKind::EquityIssuer);
    assert_eq!(before - pool(&world), issuer);
    // Net of 20 %, each burn at the pair before it.
    let mut pair = (before, i128::try_from(supply).expect("fits"));
    let mut expected = 0;
    for burned in [60, 30, 20] {
        let units = burned * 1_000_000_000_000;
        let gross = pair.0 * units / pair.1;
        let net = gross - (gross * 2 + 9) / 10;
        expected += net;
        pair = (pair.0 - net, pair.1 - units);
    }
    assert_eq!(issuer, expected);
    assert_eq!(world.engine.totals().to_issuer.minor(), i64::try_from(expected).expect("small"));
    assert_eq!(
        world.engine.windows().next().map(|view| (view.issued, view.committed.units())),
        Some((Some(11), 0))
    );
    conserves(&world);
    // DISC-4b: of 3,000.00 spent 900.00 went through the pool; the issuer's part of them has a name.
    let hundred = world.disclosure().hundred;
    let issuer_leg = hundred.iter().find(|part| part.leg == Leg::PoolIssuer).expect("a plan with shares");
    assert!(issuer_leg.amount.minor() > 0 && i128::from(issuer_leg.amount.minor()) <= issuer);
    assert_eq!(hundred.iter().map(|part| part.of_hundred.minor()).sum::<i64>(), 10_000);

    // EQUITY-3: locked for 30 days, then a tenth a day.
    let vested = |world: &World| world.engine.vested_shares(world.member("ann").no);
    assert_eq!(vested(&world), 0);
    world.days(33);
    // floor(6 · 3 / 10) and floor(2 · 3 / 10).
    assert_eq!(vested(&world), 1);
    world.days(7);
    assert_eq!(vested(&world), 8);
    world.audit();
}

/// EQUITY-2: fewer wishes than shares: everybody gets what it wished; whoever sold meanwhile gets less.
#[test]
fn commitments_count_for_what_is_held() {
    let mut world = holders();
    let closes = world.moment(1);
    world.ok(&window("w", 100, "10", &closes));
    world.ok(&commit("c1", "w", "ann", "210"));
    world.ok(&commit("c2", "w", "ben", "9.999999999999"));
    world.ok(r#""type":"points.sell","member":"ann","points":"105""#);
    world.hours(1);
    assert_eq!((world.member("ann").shares, world.member("ben").shares), (10, 0));
    assert_eq!(world.member("ann").points.to_string(), "5");
    // The points are free again: the window is closed.
    world.refused(&commit("c3", "w", "ben", "1"), "window_unknown");
    world.ok(r#""type":"points.sell","member":"ben","points":"all""#);
    conserves(&world);
    world.audit();
}

/// EQUITY-2: the last points of the programme: the supply empties and what is left is residual (POOL-8); nobody is its seller.
#[test]
fn a_window_may_empty_the_supply() {
    let mut world = World::new(PLAN);
    world.buy("o1", "ann", "1000.00");
    let closes = world.moment(1);
    world.ok(&window("w", 100, "2.1", &closes));
    world.ok(&commit("c1", "w", "ann", "210"));
    world.hours(1);
    assert_eq!((world.member("ann").shares, world.engine.totals().supply.units()), (100, 0));
    assert_eq!(world.programme(AccountKind::EquityIssuer), 24_000);
    assert_eq!(world.programme(AccountKind::PoolResidual), 6_000);
    assert_eq!((world.engine.epoch(), world.member("ann").earned.units()), (1, 0));
    world.ok(r#""type":"residual.propose","disposal":"d","method":"rebate","epoch":0"#);
    world.refused(r#""type":"residual.approve","disposal":"d","actor":"bob""#, "residual_empty");
    world.buy("o2", "ben", "10.00");
    conserves(&world);
    world.audit();
}

/// EQUITY-3, EQUITY-1: every refusal, in the order of the rules.
#[test]
fn every_refusal_of_equity() {
    let mut without = World::new(&PLAN.replace("[equity]\nlock_days = 30\nvest_days = 10\n", ""));
    let now = without.moment(0);
    let allot = |id: &str, member: &str, shares: u32| {
        format!(r#""type":"equity.allot","allotment":"{id}","member":"{member}","shares":{shares}"#)
    };
    without.refused(&window("w", 0, "1", &now), "amount_not_positive");
    without.refused(&window("w", 1, "0", &now), "amount_not_positive");
    without.refused(&window("w", 1, "1", &now), "no_equity");
    without.refused(&commit("c", "w", "ann", "0"), "points_not_positive");
    without.refused(&commit("c", "w", "ann", "1"), "no_equity");
    without.refused(&allot("a", "ann", 0), "amount_not_positive");
    without.refused(&allot("a", "ann", 1), "no_equity");

    let mut world = holders();
    let (now, soon, later) = (world.moment(0), world.moment(1), world.moment(2));
    world.ok(&window("w", 1, "1", &soon));
    world.refused(&window("w", 1, "1", &now), "window_exists");
    world.refused(&window("v", 1, "1", &now), "window_times");
    world.ok(&window("v", 5, "1", &later));
    world.refused(&commit("c", "zzz", "zoe", "1"), "member_unknown");
    world.ok(&commit("c", "w", "ann", "200"));
    world.refused(&commit("c", "zzz", "ann", "1000"), "window_unknown");
    world.refused(&commit("c", "v", "ann", "1000"), "allotment_exists");
    // 210 are held, 200 are committed in the other window.
    world.refused(&commit("d", "v", "ann", "10.000000000001"), "insufficient_points");
    world.ok(&commit("d", "v", "ann", "10"));
    world.refused(&allot("a", "zoe", 1), "member_unknown");
    world.refused(&allot("c", "ann", 1), "allotment_exists");
    world.ok(&allot("a", "ann", 7));
    world.refused(&allot("a", "ann", 1), "allotment_exists");
    world.refused(&commit("a", "v", "ben", "1"), "allotment_exists");
    world.hours(1);
    world.refused(&commit("e", "w", "ben", "1"), "window_unknown");
    assert_eq!((world.member("ann").shares, world.programme(AccountKind::SharesIssued)), (8, -8));
}

/// EQUITY-1: shares offered and allotted have a limit.
#[test]
fn shares_have_a_limit() {
    let mut world = holders();
    let closes = world.moment(1);
    // 232,830 windows would take too long: the limit itself is checked with the arithmetic of allotments.
    for number in 0..3 {
        world.ok(&window(&format!("w{number}"), u32::MAX, "1000000", &closes));
    }
    assert_eq!(world.engine.windows().count(), 3);
    world.hours(1);
    assert!(world.engine.windows().all(|view| view.issued == Some(0)));
    conserves(&world);
}

/// EQUITY-2: in daily batches a request and a commitment may not be for the same points.
#[test]
fn what_is_asked_for_sale_is_not_free() {
    let mut world =
        World::new(&PLAN.replace("retention = \"20%\"", "retention = \"20%\"\nsale_price = \"daily_batch\""));
    world.buy("o1", "ann", "1000.00");
    let closes = world.moment(72);
    world.ok(&window("w", 100, "1", &closes));
    world.ok(r#""type":"points.sell","member":"ann","points":"150""#);
    world.refused(&commit("c", "w", "ann", "61"), "insufficient_points");
    world.ok(&commit("c", "w", "ann", "60"));
    world.days(1);
    assert_eq!(world.member("ann").points.to_string(), "60");
    world.audit();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// EQUITY-2: whatever is bought, sold and committed, no more shares are issued than offered, nobody pays more points than
    /// it committed, and every asset is conserved.
    #[test]
    fn windows_conserve_every_asset(
        spent in prop::collection::vec(1_u32..500_000, 3),
        wishes in prop::collection::vec((0_usize..3, 1_u64..300), 1..12),
        sold in prop::collection::vec((0_usize..3, 1_u64..200), 0..6),
        shares in 1_u32..40,
        price in 1_u64..30,
    ) {
        let members = ["ann", "ben", "cid"];
        let mut world = World::new(PLAN);
        for (member, minor) in members.iter().zip(&spent) {
            world.buy(&format!("o-{member}"), member, &format!("{}.{:02}", minor / 100, minor % 100));
        }
        let closes = world.moment(1);
        world.ok(&window("w", shares, &price.to_string(), &closes));
        let mut committed = [0_u64; 3];
        for (number, (member, points)) in wishes.iter().enumerate() {
            let text = commit(&format!("c{number}"), "w", members[*member], &points.to_string());
            if matches!(world.send(&text), ratchet_engine::engine::Outcome::Applied { .. }) {
                committed[*member] += points;
            }
        }
        for (member, points) in sold {
            world.send(&format!(r#""type":"points.sell","member":"{}","points":"{points}""#, members[member]));
        }
        let held = members.map(|member| world.member(member).points.units());
        let received = members.map(|member| world.member(member).cash_received);
        world.hours(1);
        conserves(&world);
        let issued: u64 = members.map(|member| world.member(member).shares).iter().sum();
        prop_assert!(issued <= u64::from(shares));
        for (at, member) in members.into_iter().enumerate() {
            let view = world.member(member);
            // Exits that the burns cause sell points for cash; without one only what became shares is gone.
            if view.cash_received == received[at] {
                let used = u128::from(view.shares) * u128::from(price) * 1_000_000_000_000;
                prop_assert_eq!(held[at] - view.points.units(), used);
                prop_assert!(view.shares * price <= committed[at]);
            }
        }
        world.audit();
    }
}
