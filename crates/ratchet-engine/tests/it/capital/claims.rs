//! CLAIM-1 to CLAIM-3.

use proptest::prelude::*;
use ratchet_engine::engine::Outcome;
use ratchet_engine::ledger::AccountKind;

use super::{PLAN, approve, commit, conserves, grant, import, pay_with_claim, pool, window};
use crate::world::World;

/// Ann joined with an approved claim; the pool has a holder besides.
fn claimant(plan: &str, claim: &str) -> World {
    let mut world = World::new(plan);
    world.buy("first", "old", "1000.00");
    world.ok(r#""type":"member.join","member":"ann""#);
    world.ok(&import("k", "ann", claim));
    world.ok(&approve("k", "eve"));
    world.ok(&approve("k", "bob"));
    world
}

/// CLAIM-1, CLAIM-1a: two people book it; it pays 40 % of an order, brings no money, and comes back with a refund.
#[test]
fn a_claim_pays_a_part_of_an_order() {
    let mut world = claimant(PLAN, "500.00");
    assert_eq!(
        (world.member("ann").claim.minor(), world.programme(AccountKind::ClaimsIssued)),
        (50_000, -50_000)
    );
    let (escrow, before) = (world.programme(AccountKind::Escrow), pool(&world));
    world.ok(&pay_with_claim("o", "ann", &["1000.00"], "600.00", "400.00"));
    assert_eq!(world.programme(AccountKind::Escrow) - escrow, 60_000);
    assert_eq!((world.member("ann").claim.minor(), world.member("ann").spent.minor()), (10_000, 60_000));
    // A refund of half before settlement revives half of it.
    world.ok(r#""type":"order.refund","refund":"r","order":"o","lines":[{"line":"1","amount":"500.00"}]"#);
    assert_eq!((world.member("ann").claim.minor(), world.programme(AccountKind::Escrow)), (30_000, 30_000));
    world.receive("o");
    // 30 % of the cash part of 300.00 to the supplier and to the pool; nothing of the claim goes anywhere.
    assert_eq!(pool(&world) - before, 9_000);
    assert_eq!(world.balance(AccountKind::MerchantPayable, ""), 30_000 + 9_000);
    // Late: 250.00 of the 500.00 left, 150.00 of it cash.
    world.ok(r#""type":"order.refund","refund":"q","order":"o","lines":[{"line":"1","amount":"250.00"}]"#);
    assert_eq!(world.member("ann").claim.minor(), 40_000);
    world.ok(r#""type":"order.refund","refund":"p","order":"o""#);
    assert_eq!((world.member("ann").claim.minor(), world.member("ann").spent.minor()), (50_000, 0));
    conserves(&world);
    world.audit();
}

/// ORDER-2c, CLAIM-1b: refunds in odd parts revive as much as one refund would.
#[test]
fn a_claim_is_revived_exactly() {
    let mut world = claimant(PLAN, "500.00");
    world.ok(&pay_with_claim("o", "ann", &["0.33", "0.34", "0.03"], "0.43", "0.27"));
    assert_eq!(world.member("ann").claim.minor(), 49_973);
    for number in 0..33 {
        let refund = format!(
            r#""type":"order.refund","refund":"r{number}","order":"o","lines":[{{"line":"1","amount":"0.01"}}]"#
        );
        world.ok(&refund);
        conserves(&world);
    }
    world.receive("o");
    world.ok(r#""type":"order.refund","refund":"s1","order":"o","lines":[{"line":"2","amount":"0.17"}]"#);
    world.ok(r#""type":"order.refund","refund":"s2","order":"o""#);
    assert_eq!(world.member("ann").claim.minor(), 50_000);
    assert_eq!(world.engine.order("o").map(|(state, _)| state.name()), Some("refunded"));
    conserves(&world);
    world.audit();
}

/// CLAIM-1a: with a share of 100 % nothing but a claim may be paid; the order settles all the same, and mints nothing.
#[test]
fn an_order_may_be_paid_with_a_claim_alone() {
    let mut world = claimant(&PLAN.replace("share = \"40%\"", "share = \"100%\""), "500.00");
    world.ok(&pay_with_claim("o", "ann", &["300.00"], "0", "300.00"));
    world.receive("o");
    assert_eq!(world.engine.order("o").map(|(state, _)| state.name()), Some("settled"));
    assert_eq!((world.member("ann").claim.minor(), world.member("ann").points.units()), (20_000, 0));
    let coverage = world.engine.coverage();
    assert_eq!((coverage[0].goods.minor(), coverage[0].coverage_ppm), (0, 0), "no cost leg stands behind it");
    world.days(100);
    world.ok(r#""type":"order.refund","refund":"r","order":"o""#);
    assert_eq!(world.member("ann").claim.minor(), 50_000);
    conserves(&world);
    world.audit();
}

/// CLAIM-2: points of such an order become free in three steps of 30 days; free ones alone can be sold or committed.
#[test]
fn points_of_a_claim_order_become_free_in_stages() {
    let mut world = claimant(PLAN, "500.00");
    world.ok(&pay_with_claim("o", "ann", &["1000.00"], "600.00", "400.00"));
    world.receive("o");
    let minted = world.member("ann").points.units();
    let locked = |world: &World| world.member("ann").locked_points.units();
    assert_eq!(locked(&world), minted);
    world.refused(r#""type":"points.sell","member":"ann","points":"0.000000000001""#, "insufficient_points");
    world.refused(r#""type":"points.sell","member":"ann","points":"all""#, "points_not_positive");
    let closes = world.moment(24 * 60);
    world.ok(&window("w", 1_000, "1", &closes));
    world.refused(&commit("c", "w", "ann", "0.000000000001"), "insufficient_points");
    // What it buys with money alone is free.
    world.buy("plain", "ann", "100.00");
    let free = world.member("ann").points.units() - minted;
    world.days(29);
    assert_eq!(locked(&world), minted);
    world.days(1);
    assert_eq!(locked(&world), minted - minted / 3);
    world.ok(&commit("c", "w", "ann", "1"));
    world.ok(r#""type":"points.sell","member":"ann","points":"all""#);
    assert_eq!(world.member("ann").points.units(), locked(&world));
    assert!(free > 0);
    // EQUITY-2a: locked points do not count at the close, at the same moment as the second step and after it.
    world.days(30);
    assert_eq!(locked(&world), minted - minted * 2 / 3);
    world.days(30);
    assert_eq!(locked(&world), 0);
    assert_eq!(world.engine.next_due(), None);
    world.ok(r#""type":"points.sell","member":"ann","points":"all""#);
    conserves(&world);
    world.audit();
}

/// CLAIM-2b: an exit takes locked points with the others; what is bought afterwards is free.
#[test]
fn an_exit_takes_locked_points() {
    let mut world = claimant(PLAN, "500.00");
    world.ok(&pay_with_claim("o", "ann", &["10.00"], "6.00", "4.00"));
    world.receive("o");
    assert!(world.member("ann").locked_points.units() > 0);
    world.ok(r#""type":"pool.inject","amount":"100000.00","source":"angel""#);
    assert_eq!((world.member("ann").exits, world.member("ann").locked_points.units()), (1, 0));
    world.buy("p", "ann", "1000.00");
    assert_eq!((world.member("ann").locked_points.units(), world.engine.next_due()), (0, None));
    conserves(&world);
    world.audit();
}

/// CLAIM-2b: a late refund takes free points first, then locked ones; and the batch leaves locked ones alone.
#[test]
fn late_refunds_take_locked_points_last() {
    let mut world = claimant(
        &PLAN.replace("retention = \"20%\"", "retention = \"20%\"\nsale_price = \"daily_batch\""),
        "500.00",
    );
    world.ok(&pay_with_claim("o", "ann", &["100.00"], "60.00", "40.00"));
    world.receive("o");
    world.buy("plain", "ann", "60.00");
    let locked = world.member("ann").locked_points.units();
    let free = world.member("ann").points.units() - locked;
    world.ok(r#""type":"points.sell","member":"ann","points":"all""#);
    // The refund of the plain order burns free points that were requested.
    world.ok(r#""type":"order.refund","refund":"r","order":"plain","lines":[{"line":"1","amount":"30.00"}]"#);
    let burned = locked + free - world.member("ann").points.units();
    assert!(burned > 0 && burned < free);
    assert_eq!(world.member("ann").locked_points.units(), locked);
    world.days(1);
    assert_eq!(world.member("ann").points.units(), locked, "the batch sold what was free");
    // The refund of the claim order itself: nothing is free any more.
    world.ok(r#""type":"order.refund","refund":"q","order":"o","lines":[{"line":"1","amount":"50.00"}]"#);
    assert_eq!(world.member("ann").points.units(), world.member("ann").locked_points.units());
    assert!(world.member("ann").locked_points.units() < locked);
    conserves(&world);
    world.audit();
}

/// CLAIM-2, POOL-11c: parts that mint on later days are locked by the steps that have passed by then.
#[test]
fn parts_that_mint_later_are_locked_too() {
    let plan = PLAN
        .replace("retention = \"20%\"", "retention = \"20%\"\nmax_contribution = \"1%\"")
        .replace("stage_days = 30", "stage_days = 1");
    let mut world = claimant(&plan, "500.00");
    world.ok(&pay_with_claim("o", "ann", &["1000.00"], "600.00", "400.00"));
    world.receive("o");
    let mut shares = Vec::new();
    for _ in 0..5 {
        let view = world.member("ann");
        shares.push(3 * view.locked_points.units() / view.points.units());
        assert!(view.locked_points <= view.points);
        world.hours(24);
    }
    // All at first, then two thirds, one third, nothing; what mints after the last step is free at once.
    assert_eq!(shares, [3, 2, 1, 0, 0]);
    conserves(&world);
    world.audit();
}

/// CLAIM-2a, CLAIM-2c: a grant needs an injection of what it is worth, keeps the price, and is not sold out at once.
#[test]
fn grants_are_backed() {
    let mut world = claimant(PLAN, "500.00");
    let price = world.engine.price();
    // 300.00 in the pool for 210 points: 7 points are worth exactly 10.00.
    world.refused(&grant("g", "ann", "7", "9.99"), "unbacked_grant");
    world.refused(&grant("g", "ann", "7.000000000001", "10.00"), "unbacked_grant");
    world.ok(&grant("g", "ann", "7", "10.00"));
    let view = world.member("ann");
    assert_eq!((view.points.to_string(), view.exits, view.locked_points.units()), ("7".to_owned(), 0, 0));
    assert_eq!((view.spent.minor(), view.earned.units(), view.cap_base.minor()), (0, 0, 0));
    assert_eq!(world.engine.totals().injected.minor(), 1_000);
    let after = world.engine.price();
    assert_eq!(price.assets.minor() * 31, after.assets.minor() * 30);
    world.refused(&approve("g", "eve"), "claim_unknown");
    world.refused(&import("g", "ann", "1.00"), "claim_exists");
    // Its lot is the oldest: sold before what is bought later.
    world.buy("o", "ann", "10.00");
    world.ok(r#""type":"points.sell","member":"ann","points":"7""#);
    assert_eq!(world.member("ann").points.to_string(), "1.47");
    conserves(&world);
    world.audit();
}

/// CLAIM-2c: the first purchase begins the cap; counted by what is held, the grant is then far beyond it and sold out.
#[test]
fn a_purchase_begins_the_cap_of_granted_points() {
    let mut world = claimant(&PLAN.replace("multiple = 3", "multiple = 3\ncounts = \"held\""), "500.00");
    world.ok(&grant("g", "ann", "70", "100.00"));
    world.ok(r#""type":"pool.inject","amount":"1000.00","source":"angel""#);
    assert_eq!((world.member("ann").exits, world.member("old").exits), (0, 0));
    world.buy("o", "ann", "1.00");
    assert_eq!((world.member("ann").exits, world.member("ann").points.units()), (1, 0));
    // With a line that mints nothing too: the cap alone is enough.
    world.ok(&grant("h", "ann", "70", "1000.00"));
    world.ok(r#""type":"order.pay","order":"p","member":"ann","lines":[{"line":"1","amount":"1.00","contribution":"0"}]"#);
    assert_eq!(world.member("ann").exits, 1);
    world.receive("p");
    assert_eq!((world.member("ann").exits, world.member("ann").points.units()), (2, 0));
    conserves(&world);
    world.audit();
}

/// CLAIM-2c: with caps by lot the lot of a grant has none.
#[test]
fn a_granted_lot_has_no_cap() {
    let mut world = claimant(&PLAN.replace("multiple = 3", "multiple = 3\nbasis = \"lot\""), "500.00");
    world.ok(&grant("g", "ann", "7", "10.00"));
    world.buy("o", "ann", "10.00");
    world.ok(r#""type":"pool.inject","amount":"100000.00","source":"angel""#);
    assert_eq!((world.member("ann").exits, world.member("ann").points.to_string()), (1, "7".to_owned()));
    conserves(&world);
    world.audit();
}

/// CLAIM-3, DISC-7: goods at their cost share, cash and points at net value, over what was approved.
#[test]
fn coverage_of_claimants() {
    let mut world = claimant(PLAN, "500.00");
    world.ok(&import("later", "old", "10.00"));
    world.ok(&approve("later", "eve"));
    world.ok(&pay_with_claim("o", "ann", &["1000.00"], "600.00", "400.00"));
    assert_eq!(world.engine.coverage()[0].goods.minor(), 0, "not settled");
    world.receive("o");
    let [ann] = &world.engine.coverage()[..] else {
        panic!("one claimant: the other claim has one approval")
    };
    // The cost leg is 180.00 of the cash part; of the goods 40 % were paid with the claim.
    assert_eq!(
        (ann.member, ann.approved.minor(), ann.left.minor(), ann.goods.minor()),
        ("ann", 50_000, 10_000, 7_200)
    );
    let held = world.member("ann").net_value.minor();
    assert_eq!((ann.held.minor(), ann.cash.minor()), (held, 0));
    assert_eq!(ann.coverage_ppm, u64::try_from((7_200 + held) * 1_000_000 / 50_000).expect("positive"));
}

/// CLAIM-1, CLAIM-2a: every refusal, in the order of the rules.
#[test]
fn every_refusal_of_claims() {
    let mut without = World::new(&PLAN[..PLAN.find("[claims]").expect("there")]);
    without.refused(&import("k", "zoe", "0"), "amount_not_positive");
    without.refused(&import("k", "zoe", "1"), "no_claims");
    without.refused(&approve("k", "eve"), "no_claims");
    without.refused(&grant("g", "zoe", "0", "1"), "points_not_positive");
    without.refused(&grant("g", "zoe", "1", "1"), "no_claims");
    without.refused(&pay_with_claim("o", "ann", &["1.00"], "0.60", "0.40"), "insufficient_claim");
    let mut poolless = World::new(
        "[programme]\nname = { zh = \"一\", en = \"One\" }\n[split]\ncost = \"50%\"\n[claims]\nshare = \"40%\"\n",
    );
    poolless.refused(&grant("g", "zoe", "1", "1"), "no_pool");

    let mut world = World::new(PLAN);
    world.refused(&import("k", "zoe", "1"), "member_unknown");
    world.refused(&grant("g", "zoe", "1", "1"), "member_unknown");
    world.ok(r#""type":"member.join","member":"ann""#);
    world.refused(&grant("g", "ann", "1", "1"), "supply_is_zero");
    world.ok(&import("k", "ann", "5.00"));
    world.refused(&import("k", "ann", "5.00"), "claim_exists");
    world.refused(&grant("k", "ann", "1", "1"), "claim_exists");
    world.refused(&approve("zzz", "eve"), "claim_unknown");
    world.refused(&approve("k", "desk"), "same_person");
    world.refused(&approve("k", "ann"), "same_person");
    world.ok(&approve("k", "eve"));
    world.refused(&approve("k", "eve"), "same_person");
    assert_eq!(
        world.engine.claims().next().map(|view| (view.approvals, view.amount.minor())),
        Some((1, 500))
    );
    // One approval books nothing.
    world.refused(&pay_with_claim("o", "ann", &["1.00"], "0.60", "0.40"), "insufficient_claim");
    world.ok(&approve("k", "bob"));
    world.refused(&approve("k", "carl"), "claim_done");
    world.refused(&approve("k", "desk"), "claim_done");
    world.refused(&pay_with_claim("o", "ann", &["1.00"], "0.60", "0.41"), "tender_mismatch");
    // floor(40 % of 0.99) = 0.39
    world.refused(&pay_with_claim("o", "ann", &["0.99"], "0.59", "0.40"), "claim_share");
    world.refused(&pay_with_claim("o", "ann", &["12.60"], "7.59", "5.01"), "insufficient_claim");
    // What is placed is looked at again when it is paid.
    let place = pay_with_claim("o", "ann", &["12.50"], "7.50", "5.00").replace("order.pay", "order.place");
    world.ok(&place);
    world.ok(&pay_with_claim("p", "ann", &["12.50"], "7.50", "5.00"));
    world.refused(r#""type":"order.pay","order":"o""#, "insufficient_claim");
    world.ok(r#""type":"order.close","order":"o""#);
    assert_eq!(world.member("ann").claim.minor(), 0);
    // CLAIM-1: what is imported in all stays below what money can be.
    for number in 0..899 {
        world.ok(&import(&format!("m{number}"), "ann", "100000000000.00"));
    }
    world.ok(&import("m899", "ann", "99999999995.00"));
    world.refused(&import("n", "ann", "0.01"), "limit_reached");
    conserves(&world);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// CLAIM-1a, CLAIM-2: claims, points and money are conserved whatever is bought, refunded, sold and waited for; nobody
    /// sells locked points.
    #[test]
    fn claims_conserve_every_asset(
        moves in prop::collection::vec((0_u8..8, 1_u64..60_000, 0_u64..100), 1..50),
        daily in any::<bool>(),
    ) {
        let plan = PLAN.replace("stage_days = 30", "stage_days = 2");
        let batch = "retention = \"20%\"\nsale_price = \"daily_batch\"";
        let plan = if daily { plan.replace("retention = \"20%\"", batch) } else { plan };
        let mut world = claimant(&plan, "500.00");
        let money = |minor: u64| format!("{}.{:02}", minor / 100, minor % 100);
        for (number, (kind, amount, share)) in moves.into_iter().enumerate() {
            let claim = amount * share.min(40) / 100;
            let text = match kind {
                0 | 1 => pay_with_claim(&format!("o{number}"), "ann", &[&money(amount)], &money(amount - claim), &money(claim)),
                2 | 3 => format!(r#""type":"order.receive","order":"o{}""#, number.saturating_sub(1)),
                4 => format!(
                    r#""type":"order.refund","refund":"r{number}","order":"o{}","lines":[{{"line":"1","amount":"{}"}}]"#,
                    number.saturating_sub(usize::try_from(share % 4).expect("small")),
                    money(amount / 3 + 1)
                ),
                5 => format!(r#""type":"points.sell","member":"ann","points":"{}""#, amount / 1_000 + 1),
                6 => grant(&format!("g{number}"), "ann", &(share + 1).to_string(), &money(amount)),
                _ => {
                    world.hours(i64::try_from(share).expect("small"));
                    continue;
                }
            };
            let before = (world.member("ann").locked_points, world.member("ann").points);
            let applied = matches!(world.send(&text), Outcome::Applied { .. });
            conserves(&world);
            if applied && kind == 5 && !daily {
                let view = world.member("ann");
                prop_assert!(view.exits > 0 || view.points >= before.0, "locked points were sold");
            }
        }
        world.audit();
    }
}
