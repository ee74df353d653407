//! Every refusal of the commands of campaigns, in the order in which it is looked for; nothing changes by any.

use super::vouchers::{code, redeem};
use super::{DAY, World, at, joins, pay, pay_placed, place, terms};

fn open(campaign: &str, promotion: &str, sku: &str, from: i64, until: i64) -> String {
    format!(
        r#""type":"promotion.open","campaign":"{campaign}","promotion":"{promotion}","sku":"{sku}","from":"{}","until":"{}""#,
        at(from),
        at(until)
    )
}

/// PROMO-1: promotion_unknown, campaign_exists, campaign_window, sku_unknown, each before what follows.
#[test]
fn promo_1_opening() {
    let mut world = World::with("flash");
    world.minutes(60);
    world.refused(&open("c", "none", "rice", 60, 60), "promotion_unknown");
    world.refused(&open("c", "flash", "rice", 60, 60), "campaign_exists");
    world.refused(&open("d", "flash", "rice", 60, 60), "campaign_window");
    world.refused(&open("d", "flash", "rice", 0, 60), "campaign_window");
    world.refused(&open("d", "flash", "rice", 70, 69), "campaign_window");
    world.refused(&open("d", "flash", "rice", 60, 61), "sku_unknown");
    world.ok(r#""type":"sku.delist","sku":"tea""#);
    world.refused(&open("d", "flash", "tea", 60, 61), "sku_unknown");
}

/// PROMO-1: an id is never used twice, an article may have several campaigns, a window may begin later.
#[test]
fn promo_1_campaigns_side_by_side() {
    let mut world = World::with("flash");
    world.ok(&open("d", "group", "tea", 60, 120));
    let order = pay("o1", "ann", "9.99", "").replace(r#""campaign":"c""#, r#""campaign":"d""#);
    world.refused(&order, "campaign_window");
    world.minutes(60);
    world.ok(&order);
    world.minutes(60);
    world.ok(r#""type":"promotion.cancel","campaign":"d","reason":"x""#);
    world.refused(&open("d", "flash", "tea", 200, 300), "campaign_exists");
    assert_eq!(world.engine.campaigns().map(|campaign| campaign.id).collect::<Vec<_>>(), ["c", "d"]);
    world.audit();
}

/// PROMO-4: reason_missing, campaign_unknown, campaign_state.
#[test]
fn promo_4_cancelling() {
    let mut world = World::with("flash");
    world.refused(r#""type":"promotion.cancel","campaign":"none","reason":" ""#, "reason_missing");
    world.refused(r#""type":"promotion.cancel","campaign":"none","reason":"x""#, "campaign_unknown");
    world.ok(r#""type":"promotion.cancel","campaign":"c","reason":"x""#);
    world.refused(r#""type":"promotion.cancel","campaign":"c","reason":"x""#, "campaign_state");
}

/// PROMO-2: an order that is wrong in every way is refused for the first of them.
#[test]
fn promo_2_orders_in_order_of_precedence() {
    let mut world = World::new();
    world.open("c", "voucher", DAY, Some(1));
    let order = |rest: &str| terms("order.pay", "o1", "ann", "1.00", 2, rest);
    let wrong = r#","coupons":["k"],"group":"g""#;
    let elsewhere = order(wrong).replace(r#""campaign":"c""#, r#""campaign":"d""#);
    world.refused(&elsewhere, "campaign_unknown");
    world.refused(&order(wrong), "campaign_order");
    world.refused(&order(r#","group":"g""#), "quota_exhausted");
    world.refused(&terms("order.pay", "o1", "ann", "1.00", 1, r#","group":"g""#), "group_unknown");
    world.refused(&terms("order.pay", "o1", "ann", "1.00", 1, ""), "voucher_code");
    world.refused(&terms("order.pay", "o1", "ann", "1.00", 1, &code("x")), "price_mismatch");
    world.minutes(DAY);
    world.refused(&order(wrong), "campaign_window");
    world.ok(r#""type":"promotion.cancel","campaign":"c","reason":"x""#);
    world.refused(&order(wrong), "campaign_state");
}

/// PROMO-2: placing is refused for the same reasons as paying at once.
#[test]
fn promo_2_placing() {
    let mut world = World::new();
    world.open("c", "flash", DAY, Some(2));
    world.refused(&place("o1", "ann", "9.00", ""), "price_mismatch");
    world.refused(&place("o1", "ann", "10.00", &joins("g")), "group_unknown");
    world.refused(&terms("order.place", "o1", "ann", "40.00", 4, ""), "quantity_limit");
    world.refused(&terms("order.place", "o1", "ann", "30.00", 3, ""), "quota_exhausted");
    world.ok(&place("o1", "ann", "10.00", ""));
    world.refused(&place("o1", "ann", "10.00", ""), "order_exists");
}

/// A plan that has no promotions knows no campaigns.
#[test]
fn promo_2_without_promotions() {
    let mut world = World::new();
    world.refused(&pay("o1", "ann", "9.99", ""), "campaign_unknown");
    world.refused(r#""type":"promotion.cancel","campaign":"c","reason":"x""#, "campaign_unknown");
}

/// PRE-1: other tender than cash, the window, the group.
#[test]
fn pre_1_payments() {
    let mut world = World::with("group_presale");
    let tender = r#","tender":{"cash":"99.00","reconsume":"1.00"}"#;
    world.refused(&place("o1", "ann", "100.00", tender), "campaign_order");
    world.ok(&place("o1", "ann", "100.00", r#","tender":{"cash":"100.00"}"#));
    world.ok(&pay_placed("o1"));
    // Both apply: the group, and the window.
    world.refused(&pay_placed("o1"), "promotion_undecided");
    world.paid("o2", "bob", "100.00", &joins("o1"));
    world.refused(&pay_placed("o1"), "balance_window");
    world.refused(r#""type":"order.ship","order":"o1""#, "order_state");
    world.refused(r#""type":"order.refund","refund":"r","order":"o1""#, "order_state");
}

/// VOUCH-2: order_unknown, voucher_state, voucher_code.
#[test]
fn vouch_2_redeeming() {
    let mut world = World::with("voucher");
    world.refused(&redeem("o1", "shop", "x"), "order_unknown");
    world.ok(&place("o1", "ann", "30.00", &code("1")));
    world.refused(&redeem("o1", "shop", "1"), "voucher_state");
    world.ok(&pay_placed("o1"));
    world.refused(&redeem("o1", "nobody", "2"), "voucher_state");
    world.refused(&redeem("o1", "shop", "2"), "voucher_code");
    world.ok(r#""type":"order.pay","order":"o2","member":"ann","lines":[{"line":"1","amount":"15.00","sku":"tea"}]"#);
    world.refused(&redeem("o2", "shop", "1"), "voucher_state");
}

/// LOT-1: the id of the coupon that consoles must be an id.
#[test]
fn lot_1_a_coupon_of_a_long_order_id() {
    let mut world = World::with("coupon_lottery");
    world.commit(&["s"]);
    let long = "g".repeat(117);
    world.refused(&pay(&long, "ann", "20.00", ""), "limit_reached");
    world.paid(&long[1..], "ann", "20.00", "");
}
