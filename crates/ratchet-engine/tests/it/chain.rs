//! The chain 2+1 through the library (CHAIN-1 to CHAIN-3).

use proptest::prelude::*;
use ratchet_engine::chain::ChainRole;
use ratchet_engine::ledger::AccountKind;

use crate::draws::{World, open_at};

/// A package of 100.00 with 30 % for commissions; 20.00 for the inviter and 8.00 for the boss.
pub(crate) const PLAN: &str = r#"
[programme]
name = { zh = "测试", en = "Test" }
[settlement]
after_sale_days = 0
[split]
cost = "50%"
commission = "30%"
[catalogue]
[[promotion]]
id = "package"
name = { zh = "链动礼包", en = "Chain package" }
price = "100.00"
[promotion.chain]
quota = 2
direct_bonus = "20.00"
boss_bonus = "8.00"
"#;

fn chain(plan: &str) -> World {
    let mut world = World::new(plan);
    world.ok(r#""type":"sku.list","sku":"pack","price":"120.00""#);
    world.ok(&open_at("c", "package", "pack", 0, 300));
    world
}

fn join(world: &mut World, member: &str, inviter: Option<&str>) {
    let referrer = inviter.map_or_else(String::new, |inviter| format!(r#","referrer":"{inviter}""#));
    world.ok(&format!(r#""type":"member.join","member":"{member}"{referrer}"#));
}

fn pay(order: &str, member: &str) -> String {
    format!(
        r#""type":"order.pay","order":"{order}","member":"{member}","campaign":"c","lines":[{{"line":"1","amount":"100.00","sku":"pack"}}]"#
    )
}

fn buy(world: &mut World, member: &str) {
    world.ok(&pay(&format!("o-{member}"), member));
    world.ok(&format!(r#""type":"order.receive","order":"o-{member}""#));
}

fn place<'w>(world: &'w World, member: &str) -> (ChainRole, Option<&'w str>, &'w str) {
    let place = world.engine.chain_place(member).expect("has a place");
    (place.role, place.upline, place.boss)
}

/// CHAIN-1, CHAIN-2, CHAIN-3: who is boss, who gets what, who goes to whom.
#[test]
fn chain_1_two_recruits_and_out() {
    let mut world = chain(PLAN);
    for (member, inviter) in [
        ("a", None),
        ("b", Some("a")),
        ("c", Some("b")),
        ("d", Some("b")),
        ("e", Some("b")),
        ("x", Some("idle")),
    ] {
        if inviter == Some("idle") {
            join(&mut world, "idle", None);
        }
        join(&mut world, member, inviter);
    }
    buy(&mut world, "a");
    assert_eq!(place(&world, "a"), (ChainRole::Boss, None, "a"));
    buy(&mut world, "b");
    assert_eq!(world.cash("a"), 2_800, "direct and boss bonus are both of the boss who invites");
    assert_eq!(place(&world, "b"), (ChainRole::Agent, Some("a"), "a"));
    buy(&mut world, "c");
    assert_eq!((world.cash("a"), world.cash("b")), (3_600, 2_000));
    buy(&mut world, "d");
    // CHAIN-2: b has two recruits and leaves; they stay with a.
    assert_eq!((world.cash("a"), world.cash("b")), (4_400, 4_000));
    assert_eq!(place(&world, "b"), (ChainRole::Boss, None, "b"));
    assert_eq!(place(&world, "c"), (ChainRole::Agent, Some("a"), "a"));
    assert_eq!(place(&world, "d"), (ChainRole::Agent, Some("a"), "a"));
    buy(&mut world, "e");
    assert_eq!(place(&world, "e"), (ChainRole::Agent, Some("b"), "b"));
    assert_eq!(world.cash("b"), 6_800);
    // The invite tree is what it was.
    let referrer = |member: &str| world.engine.member(member).expect("joined").referrer;
    assert_eq!(referrer("c"), referrer("e"));
    // An inviter without a place: boss of an own team, and nobody earns.
    buy(&mut world, "x");
    assert_eq!(place(&world, "x"), (ChainRole::Boss, None, "x"));
    assert!(world.engine.chain_place("idle").is_none());
    // 30.00 of each of six packages: two earned nobody anything, of four 2.00 are left.
    assert_eq!(world.programme(AccountKind::CommissionUndistributed), 2 * 3_000 + 4 * 200);
    world.audit();
}

/// CHAIN-1: later packages take no place and earn nobody anything; one is the limit unless the plan says otherwise.
#[test]
fn chain_1_later_packages() {
    let mut world =
        chain(&PLAN.replace("price = \"100.00\"\n", "price = \"100.00\"\nlimit_per_member = 2\n"));
    join(&mut world, "a", None);
    join(&mut world, "b", Some("a"));
    buy(&mut world, "a");
    buy(&mut world, "b");
    world.ok(&pay("o2", "b"));
    world.ok(r#""type":"order.receive","order":"o2""#);
    assert_eq!(world.cash("a"), 2_800);
    assert_eq!(world.engine.chain_place("a").expect("has one").recruits, 1);
    world.refused(&pay("o3", "b"), "quantity_limit");
    let mut world = chain(PLAN);
    join(&mut world, "a", None);
    buy(&mut world, "a");
    world.refused(&pay("o2", "a"), "quantity_limit");
    world.audit();
}

/// CHAIN-3: out of the commission leg, the inviter first; what was paid is clawed back in parts of the base; places stay.
#[test]
fn chain_3_within_the_leg_and_back() {
    let mut world = chain(&PLAN.replace("commission = \"30%\"", "commission = \"24.5%\""));
    for (member, inviter) in [("a", None), ("b", Some("a")), ("c", Some("b"))] {
        join(&mut world, member, inviter);
        buy(&mut world, member);
    }
    // 24.50: 20.00 and what is left of it.
    assert_eq!((world.cash("a"), world.cash("b")), (2_450 + 450, 2_000));
    // A third of c's package goes back: floor(20.00 · 66.67 / 100), and at most the leg of 16.33 in all.
    world.ok(r#""type":"order.refund","refund":"r1","order":"o-c","lines":[{"line":"1","amount":"33.33"}]"#);
    assert_eq!((world.cash("a"), world.cash("b")), (2_450 + 300, 1_333));
    // b has taken its money out: what it lacks is owed.
    world.ok(r#""type":"wallet.withdraw","withdrawal":"w","member":"b","amount":"13.00""#);
    world.ok(r#""type":"order.refund","refund":"r2","order":"o-c""#);
    assert_eq!((world.cash("a"), world.cash("b")), (2_450, 0));
    assert_eq!(world.engine.member("b").expect("joined").receivable.minor(), 1_300);
    assert_eq!(place(&world, "c"), (ChainRole::Agent, Some("b"), "a"));
    world.audit();
}

/// CHAIN-3: pending until settlement; a refund before it leaves nothing, and the place.
#[test]
fn chain_3_refunds_before_settlement() {
    let mut world = chain(PLAN);
    for member in ["a", "b"] {
        join(&mut world, member, (member == "b").then_some("a"));
        world.ok(&pay(&format!("o-{member}"), member));
    }
    assert_eq!(world.cash("a"), 0);
    world.ok(r#""type":"order.refund","refund":"r1","order":"o-b","lines":[{"line":"1","amount":"50.00"}]"#);
    world.ok(r#""type":"order.receive","order":"o-b""#);
    assert_eq!(world.cash("a"), 1_000 + 400);
    world.ok(r#""type":"order.refund","refund":"r2","order":"o-a""#);
    assert_eq!(place(&world, "a"), (ChainRole::Boss, None, "a"));
    world.audit();
}

/// CHAIN-3: beside `[commission]` the bonuses are the only commissions of a package; other orders have the others.
#[test]
fn chain_3_no_other_commissions() {
    let plan = PLAN.replace("[catalogue]", "[commission]\n[commission.direct]\nrate = \"10%\"\n[catalogue]");
    let mut world = chain(&plan);
    for (member, inviter) in [("a", None), ("b", Some("a"))] {
        join(&mut world, member, inviter);
        buy(&mut world, member);
    }
    assert_eq!(world.cash("a"), 2_800);
    world.ok(r#""type":"order.pay","order":"o3","member":"b","lines":[{"line":"1","amount":"50.00"}]"#);
    world.ok(r#""type":"order.receive","order":"o3""#);
    assert_eq!(world.cash("a"), 2_800 + 500);
    world.audit();
}

/// CHAIN-3a: the cap of COMM-6 and qualification are not asked for; a source that excludes commission pays no bonus, and its
/// buyer takes its place.
#[test]
fn chain_3a_what_bonuses_do_not_ask() {
    let plan = PLAN.replace(
        "[catalogue]",
        r#"[commission]
cap = "5%"
[[source]]
id = "own"
name = { zh = "自营", en = "Own shop" }
[[source]]
id = "plain"
name = { zh = "无佣", en = "Without" }
[source.excludes]
commission = true
[catalogue]"#,
    );
    let mut world = chain(&plan);
    for (member, inviter) in [("a", None), ("b", Some("a")), ("c", Some("a"))] {
        join(&mut world, member, inviter);
    }
    buy(&mut world, "a");
    world.ok(r#""type":"member.suspend","member":"a","reason":"x""#);
    buy(&mut world, "b");
    assert_eq!(world.cash("a"), 2_800);
    world.ok(&format!(r#"{},"source":"plain""#, pay("o-c", "c")));
    world.ok(r#""type":"order.receive","order":"o-c""#);
    assert_eq!(world.cash("a"), 2_800);
    assert_eq!(place(&world, "c"), (ChainRole::Agent, Some("a"), "a"));
    world.audit();
}

/// The obvious slow model: an upline per member.
struct Slow {
    upline: Vec<Option<Option<usize>>>,
    cash: Vec<i128>,
}

impl Slow {
    fn buy(&mut self, buyer: usize, inviter: Option<usize>) {
        let Some(inviter) = inviter.filter(|inviter| self.upline[*inviter].is_some()) else {
            self.upline[buyer] = Some(None);
            return;
        };
        let mut boss = inviter;
        while let Some(Some(above)) = self.upline[boss] {
            boss = above;
        }
        self.cash[inviter] += 2_000;
        self.cash[boss] += 800;
        self.upline[buyer] = Some(Some(inviter));
        let recruits: Vec<usize> =
            (0..self.upline.len()).filter(|other| self.upline[*other] == Some(Some(inviter))).collect();
        if let (Some(Some(above)), true) = (self.upline[inviter], recruits.len() >= 2) {
            for recruit in recruits {
                self.upline[recruit] = Some(Some(above));
            }
            self.upline[inviter] = Some(None);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// CHAIN-1 to CHAIN-3: random referral trees and orders of purchase against the slow model.
    #[test]
    fn chain_of_random_trees(
        inviters in prop::collection::vec(0_usize..1_000, 2..24),
        order in prop::collection::vec(0_usize..1_000, 24),
    ) {
        let members = inviters.len();
        let inviter = |at: usize| (at > 0 && inviters[at] % 7 > 0).then(|| inviters[at] % at);
        let name = |at: usize| format!("m{at}");
        let mut world = chain(PLAN);
        for at in 0..members {
            join(&mut world, &name(at), inviter(at).map(name).as_deref());
        }
        let mut slow = Slow { upline: vec![None; members], cash: vec![0; members] };
        let mut bought = vec![false; members];
        for buyer in order.into_iter().map(|at| at % members) {
            if std::mem::replace(&mut bought[buyer], true) {
                world.refused(&pay(&format!("again-{buyer}"), &name(buyer)), "quantity_limit");
                continue;
            }
            buy(&mut world, &name(buyer));
            slow.buy(buyer, inviter(buyer));
            for at in 0..members {
                let place = world.engine.chain_place(&name(at));
                prop_assert_eq!(place.is_some(), slow.upline[at].is_some());
                let upline = slow.upline[at].flatten().map(name);
                prop_assert_eq!(place.and_then(|place| place.upline), upline.as_deref());
                prop_assert_eq!(world.cash(&name(at)), slow.cash[at]);
            }
        }
        let paid: i128 = slow.cash.iter().sum();
        let packages = i128::try_from(bought.iter().filter(|bought| **bought).count()).expect("few");
        prop_assert_eq!(world.programme(AccountKind::CommissionUndistributed), packages * 3_000 - paid);
        world.audit();
    }
}
