//! SOURCE-1: orders of a source with a split of its own, through refunds before and after settlement, and what a source
//! leaves out.

use ratchet_engine::disclosure::Disclosure;
use ratchet_engine::event::Event;
use ratchet_engine::ledger::AccountKind;

use super::World;

const SOURCES: &str = r#"
[programme]
name = { zh = "测试", en = "Test" }
[settlement]
after_sale_days = 1
[split]
cost = "50%"
pool = "10%"
commission = "20%"
[split.funds]
care = "1%"
prize = "0%"
[commission.direct]
rate = "10%"
[[rank]]
id = "star"
name = { zh = "一星", en = "Star" }
volume = "100.00"
[pool]
mint_ratio = "70%"
opening_price = "1.00"
retention = "20%"
[release]
grant_ratio = "100%"
rate = "1%"
fund = "care"
[value]
grant_ratio = "10%"
referral = ["50%"]
[loyalty]
earn_rate = "2%"
valid_days = 10
[[source]]
id = "own"
name = { zh = "自营", en = "Own" }
[[source]]
id = "live"
name = { zh = "直播", en = "Live" }
[source.split]
cost = "30%"
pool = "20%"
commission = "5%"
[source.split.funds]
prize = "7%"
[[source]]
id = "plain"
name = { zh = "线下", en = "Offline" }
[source.excludes]
commission = true
release = true
value = true
loyalty = true
"#;

fn world() -> World {
    let mut world = World::new(SOURCES);
    world.ok(r#""type":"member.join","member":"up""#);
    world.ok(r#""type":"member.join","member":"buyer","referrer":"up""#);
    world
}

fn pay(id: &str, amount: &str, source: &str) -> String {
    format!(
        r#""type":"order.pay","order":"{id}","member":"buyer","lines":[{{"line":"1","amount":"{amount}"}}]{source}"#
    )
}

fn from(source: &str) -> String {
    format!(r#","source":"{source}""#)
}

/// Merchant, pool, what the upline has, what nobody had of commissions, both funds, platform with its loyalty points.
fn legs(world: &World) -> [i128; 7] {
    let loyalty = world.engine.member("buyer").map_or(0, |buyer| buyer.loyalty.minor());
    [
        world.balance(AccountKind::MerchantPayable, ""),
        world.programme(AccountKind::PoolAssets),
        world.balance(AccountKind::WalletCash, "up"),
        world.programme(AccountKind::CommissionUndistributed),
        world.balance(AccountKind::Fund, "care"),
        world.balance(AccountKind::Fund, "prize"),
        world.programme(AccountKind::PlatformRevenue) + i128::from(loyalty),
    ]
}

fn settle(world: &mut World, id: &str) {
    world.act("receive", id);
    world.days(1);
}

#[test]
fn source_1_an_order_follows_the_split_of_its_source() {
    let mut world = world();
    world.refused(&pay("o", "100.00", &from("none")), "source_unknown");
    for (id, source, expected) in [
        ("a", String::new(), [5_000, 1_000, 1_000, 1_000, 100, 0, 1_900]),
        ("b", from("own"), [5_000, 1_000, 1_000, 1_000, 100, 0, 1_900]),
        // The commission leg is 5.00: the direct commission of 10 % is cut to it.
        ("c", from("live"), [3_000, 2_000, 500, 0, 0, 700, 3_800]),
        ("d", from("plain"), [5_000, 1_000, 0, 2_000, 100, 0, 1_900]),
    ] {
        let before = legs(&world);
        world.ok(&pay(id, "100.00", &source));
        settle(&mut world, id);
        let gained: Vec<i128> =
            legs(&world).iter().zip(before).map(|(after, before)| after - before).collect();
        assert_eq!(gained, expected, "{id}");
    }
    world.audit();
}

/// ORDER-5, ORDER-6: whatever is refunded in whichever parts and whenever, what is left is what a smaller purchase from the
/// same source would have left.
#[test]
fn source_1_refunds_follow_the_same_split() {
    for source in ["own", "live", "plain"] {
        for kept in [9_999, 5_001, 3_333, 1_234] {
            let mut small = world();
            let yuan = |minor: i64| format!("{}.{:02}", minor / 100, minor % 100);
            small.ok(&pay("o", &yuan(kept), &from(source)));
            settle(&mut small, "o");
            let expected = legs(&small);
            // Before settlement, after it, and some of both.
            for early in [true, false] {
                let mut world = world();
                world.ok(&pay("o", "100.00", &from(source)));
                let (first, rest) = (1.min(10_000 - kept), 10_000 - kept - 1);
                if early {
                    world.refund("o", &[("1", &yuan(first))]);
                }
                settle(&mut world, "o");
                if !early {
                    world.refund("o", &[("1", &yuan(first))]);
                }
                if rest > 0 {
                    world.refund("o", &[("1", &yuan(rest))]);
                }
                let found = legs(&world);
                for place in [0, 2, 4, 5] {
                    assert_eq!(found[place], expected[place], "{source} {kept} {early} {place}");
                }
                // The pool returns what the burned points are worth, the platform covers the rest: together as much.
                let together = |legs: [i128; 7]| legs.iter().sum::<i128>();
                let reserve = world.programme(AccountKind::RefundReserve);
                assert_eq!(
                    together(found) + reserve + world.programme(AccountKind::OperatorDue),
                    together(expected),
                    "{source} {kept} {early}: {found:?} {expected:?}"
                );
                world.audit();
            }
        }
    }
}

#[test]
fn source_1_an_excluded_mechanism_takes_no_part() {
    let mut world = world();
    world.ok(&pay("a", "100.00", &from("plain")));
    let laid = world
        .engine
        .entries()
        .flat_map(|entry| entry.steps().map(|(event, _)| event.clone()).collect::<Vec<_>>());
    assert!(laid.into_iter().all(|event| !matches!(event, Event::CommissionEntitlementsRecorded { .. })));
    settle(&mut world, "a");
    world.days(1);
    let buyer = world.engine.member("buyer").expect("joined");
    assert_eq!((buyer.own_volume.minor(), buyer.loyalty.minor()), (0, 0));
    assert!(buyer.release_points.is_zero() && buyer.value_units.is_zero());
    let up = world.engine.member("up").expect("joined");
    assert_eq!((up.rank, up.value_units.units(), up.team_volume.minor()), (None, 0, 0));
    assert!(!buyer.points.is_zero(), "the pool is not left out");
    // Another order of the same member takes part in everything.
    world.ok(&pay("b", "100.00", ""));
    settle(&mut world, "b");
    world.days(1);
    let buyer = world.engine.member("buyer").expect("joined");
    assert_eq!((buyer.own_volume.minor(), buyer.loyalty.minor()), (10_000, 200));
    assert_eq!(
        (buyer.release_points.to_string(), buyer.value_units.to_string()),
        ("100".into(), "10".into())
    );
    let up = world.engine.member("up").expect("joined");
    assert_eq!((up.rank, up.value_units.to_string()), (Some(0), "5".to_owned()));
    // A late refund of the one that took no part takes nothing back.
    world.refund("a", &[]);
    let buyer = world.engine.member("buyer").expect("joined");
    assert_eq!((buyer.own_volume.minor(), buyer.loyalty.minor()), (10_000, 200));
    assert_eq!(
        (buyer.release_points.to_string(), buyer.value_units.to_string()),
        ("100".into(), "10".into())
    );
    world.audit();
}

#[test]
fn source_1_a_plan_without_sources_knows_none() {
    let plan = SOURCES.split("[[source]]").next().expect("text");
    let mut world = World::new(plan);
    world.refused(&pay("o", "100.00", &from("own")), "source_unknown");
    world.ok(&pay("o", "100.00", ""));
}

/// DISC-2: with a source that pays more back, the bounds reckon with it before the order settles.
#[test]
fn source_1_the_bounds_reckon_with_the_most_generous_source() {
    let mut world = world();
    world.ok(&pay("o", "100.00", &from("live")));
    let bound = |world: &World| {
        let (engine, totals) = (&world.engine, world.engine.totals());
        Disclosure::compute(engine.member_outcomes(), engine.plan(), &totals).conservation.payable.minor()
    };
    assert_eq!(bound(&world), 2_000);
    settle(&mut world, "o");
    assert_eq!(bound(&world), 2_000);
}
