//! Goods sold on at a mark-up through the library (RELIST-1 to RELIST-3).

use ratchet_engine::engine::Outcome;
use ratchet_engine::ledger::AccountKind;
use ratchet_engine::plan::Plan;
use ratchet_engine::relist::GoodsState;

use crate::draws::{World, open_at};

/// 100.00, 10 % more at each sale, 1.5 % of it to the platform, delivered at 140.00.
const PLAN: &str = r#"
[programme]
name = { zh = "测试", en = "Test" }
[settlement]
after_sale_days = 0
[split]
cost = "60%"
[catalogue]
[[promotion]]
id = "swap"
name = { zh = "寄卖", en = "Relist" }
price = "100.00"
[promotion.relist]
markup = "10%"
fee = "1.5%"
ceiling = "140.00"
"#;

fn pay(order: &str, member: &str) -> String {
    format!(
        r#""type":"order.pay","order":"{order}","member":"{member}","campaign":"c","lines":[{{"line":"1","amount":"100.00","sku":"pot"}}]"#
    )
}

fn relist() -> World {
    let mut world = World::new(PLAN);
    world.ok(r#""type":"sku.list","sku":"pot","price":"120.00""#);
    world.ok(&open_at("c", "swap", "pot", 0, 300));
    for member in ["ann", "bob", "cid", "dan", "eve"] {
        world.ok(&format!(r#""type":"member.join","member":"{member}""#));
    }
    world
}

fn offer(order: &str) -> String {
    format!(r#""type":"relist.offer","order":"{order}""#)
}

fn buy(purchase: &str, order: &str, member: &str) -> String {
    format!(r#""type":"relist.buy","purchase":"{purchase}","order":"{order}","member":"{member}""#)
}

fn deliver(order: &str) -> String {
    format!(r#""type":"relist.deliver","order":"{order}""#)
}

/// RELIST-1 to RELIST-3: golden numbers of one piece from hand to hand up to its ceiling.
#[test]
fn relist_2_from_hand_to_hand() {
    let mut world = relist();
    world.ok(&pay("o1", "ann"));
    let goods = |world: &World| {
        let goods = world.engine.goods().next().expect("one");
        (goods.holder.to_owned(), goods.price.minor(), goods.next_price.map(|next| next.minor()), goods.state)
    };
    assert_eq!(goods(&world), ("ann".to_owned(), 10_000, Some(11_000), GoodsState::Held));
    world.ok(&offer("o1"));
    world.ok(&buy("p1", "o1", "bob"));
    // 110.00 less ceil(1.65).
    assert_eq!((world.cash("ann"), world.programme(AccountKind::PlatformRevenue)), (10_835, 165));
    assert_eq!(goods(&world), ("bob".to_owned(), 11_000, Some(12_100), GoodsState::Held));
    world.ok(&offer("o1"));
    world.ok(&buy("p2", "o1", "cid"));
    world.ok(&offer("o1"));
    world.ok(&buy("p3", "o1", "dan"));
    world.ok(&offer("o1"));
    // 133.10 and ceil(13.31) more: past the ceiling, delivered at once.
    world.ok(&buy("p4", "o1", "eve"));
    assert_eq!(goods(&world), ("eve".to_owned(), 14_641, None, GoodsState::Delivered));
    world.refused(&offer("o1"), "relist_state");
    world.refused(&deliver("o1"), "relist_state");
    let eve = world.engine.member("eve").expect("joined");
    assert_eq!((eve.spent.minor(), eve.cash_received.minor()), (14_641, 0));
    let bob = world.engine.member("bob").expect("joined");
    assert_eq!((bob.spent.minor(), bob.cash_received.minor()), (11_000, 12_100 - 182));
    // It settles on its first price.
    world.ok(r#""type":"order.ship","order":"o1""#);
    world.ok(r#""type":"order.receive","order":"o1""#);
    assert_eq!(world.state("o1"), "settled");
    assert_eq!(world.programme(AccountKind::Escrow), 0);
    let totals = world.engine.relist_totals();
    assert_eq!((totals.sales, totals.paid.minor()), (4, 11_000 + 12_100 + 13_310 + 14_641));
    assert_eq!(totals.gains.minor() + totals.fees.minor(), 14_641 - 10_000);
    world.audit();
}

/// RELIST-1, RELIST-2, RELIST-3: every refusal of the three commands, and of orders whose goods are on offer.
#[test]
fn relist_refusals() {
    let mut world = relist();
    for rest in [offer("o1"), deliver("o1"), buy("p1", "o1", "bob")] {
        world.refused(&rest, "order_unknown");
    }
    world.refused(&buy("p1", "o1", "nobody"), "member_unknown");
    // An order of no campaign, and one that is only placed.
    world.ok(r#""type":"order.pay","order":"plain","member":"ann","lines":[{"line":"1","amount":"9.00"}]"#);
    world.ok(&pay("o1", "ann").replace("order.pay", "order.place"));
    for order in ["plain", "o1"] {
        world.refused(&offer(order), "relist_state");
    }
    world.refused(
        &pay("o2", "ann").replace("100.00", "200.00").replace(r#""sku""#, r#""quantity":2,"sku""#),
        "campaign_order",
    );
    world.ok(r#""type":"order.pay","order":"o1""#);
    world.refused(&buy("p1", "o1", "bob"), "relist_state");
    world.refused(&deliver("o1"), "relist_state");
    world.ok(&offer("o1"));
    world.refused(&offer("o1"), "relist_state");
    world.refused(&buy("p1", "o1", "ann"), "relist_own");
    world.refused(r#""type":"order.ship","order":"o1""#, "promotion_undecided");
    world.refused(r#""type":"order.receive","order":"o1""#, "promotion_undecided");
    world.refused(r#""type":"order.refund","refund":"r","order":"o1""#, "promotion_undecided");
    world.ok(&buy("p1", "o1", "bob"));
    world.refused(r#""type":"order.ship","order":"o1""#, "promotion_undecided");
    world.refused(&buy("p1", "o1", "cid"), "purchase_exists");
    world.refused(r#""type":"order.refund","refund":"r","order":"o1""#, "promotion_undecided");
    world.ok(&deliver("o1"));
    world.refused(&offer("o1"), "relist_state");
    world.refused(&buy("p2", "o1", "cid"), "relist_state");
    // Shipped without having been offered; refunded before it was offered.
    world.ok(&pay("o2", "ann"));
    world.ok(r#""type":"order.ship","order":"o2""#);
    world.refused(&offer("o2"), "relist_state");
    world.ok(&pay("o3", "ann"));
    world.ok(r#""type":"order.refund","refund":"r3","order":"o3""#);
    world.refused(&offer("o3"), "relist_state");
    world.audit();
}

/// RELIST-1: goods at or above the ceiling are not offered.
#[test]
fn relist_1_the_ceiling() {
    let mut world = World::new(&PLAN.replace("ceiling = \"140.00\"", "ceiling = \"100.00\""));
    world.ok(r#""type":"sku.list","sku":"pot","price":"120.00""#);
    world.ok(&open_at("c", "swap", "pot", 0, 300));
    world.ok(&pay("o1", "ann"));
    world.refused(&offer("o1"), "relist_ceiling");
}

/// RELIST-2: money past the programme's limit.
#[test]
fn relist_2_limits() {
    let mut world = relist();
    world.ok(&pay("o1", "ann"));
    world.ok(&offer("o1"));
    // 10¹⁵ minor units may be inside a programme; the order below leaves room for less than a sale.
    let mut number = 0;
    while matches!(
        world.send(&format!(
            r#""type":"order.pay","order":"big{number}","member":"bob","lines":[{{"line":"1","amount":"100000000000.00"}}]"#
        )),
        Outcome::Applied { .. }
    ) {
        number += 1;
        assert!(number < 2_000_000, "a programme has a limit");
    }
    let mut amount = 10_000_000_000_000_i64;
    while amount > 1_000 {
        let text = format!("{}.{:02}", amount / 100, amount % 100);
        number += 1;
        let rest = format!(
            r#""type":"order.pay","order":"big{number}","member":"bob","lines":[{{"line":"1","amount":"{text}"}}]"#
        );
        if matches!(world.send(&rest), Outcome::Rejected(_)) {
            amount /= 2;
        }
    }
    world.refused(&buy("p1", "o1", "bob"), "limit_reached");
}

/// RELIST-1: a live plan with it is refused with the reason.
#[test]
fn relist_not_in_live_plans() {
    let live = PLAN.replace("[programme]\n", "[programme]\nmode = \"live\"\n");
    let errors = Plan::parse("plan.toml", &live).expect_err("it is live").to_string();
    assert!(errors.contains("sandbox only"), "{errors}");
}

/// RELIST-2: every gain is the next buyer's money: what sellers gained is what later buyers paid beyond what sellers had paid,
/// less fees; members together never gain.
#[test]
fn relist_2_every_gain_is_the_next_buyers_money() {
    let members = ["ann", "bob", "cid", "dan", "eve"];
    for start in 0..20_usize {
        let mut random: u64 = u64::try_from(start).expect("small") * 31 + 3;
        let mut next = |below: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(random >> 33).expect("31 bits") % below
        };
        let mut world = relist();
        for number in 0..8 {
            world.ok(&pay(&format!("o{number}"), members[next(5)]));
        }
        let (mut paid, mut fees, mut before) = (0_i64, 0_i64, 0_i64);
        for step in 0..80 {
            let order = format!("o{}", next(8));
            let goods = world.engine.goods().find(|goods| goods.order == order).expect("paid");
            let (price, next_price) = (goods.price.minor(), goods.next_price.map(|next| next.minor()));
            match next(4) {
                0 => drop(world.send(&deliver(&order))),
                1 => drop(world.send(&offer(&order))),
                _ => {
                    let sold = world.send(&buy(&format!("p{step}"), &order, members[next(5)]));
                    if matches!(sold, Outcome::Applied { .. }) {
                        let price_paid = next_price.expect("it was on offer");
                        assert_eq!(price_paid, price + (price + 9) / 10);
                        paid += price_paid;
                        fees += (price_paid * 15 + 999) / 1_000;
                        before += price;
                    }
                }
            }
        }
        let received: i128 = members.iter().map(|member| world.cash(member)).sum();
        assert_eq!(received, i128::from(paid - fees));
        assert_eq!(world.programme(AccountKind::PlatformRevenue), i128::from(fees));
        let totals = world.engine.relist_totals();
        assert_eq!(totals.gains.minor() - totals.losses.minor(), paid - fees - before);
        let spent: i64 = world.engine.members().map(|member| member.spent.minor()).sum();
        assert_eq!(spent, 80_000 + paid);
        assert!(received <= i128::from(spent), "members together never gain");
        world.audit();
    }
}
