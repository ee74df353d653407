//! Opening, cancelling, quota, limits and windows (PROMO-1 to PROMO-4, 12.3).

use ratchet_engine::ledger::AccountKind;

use super::{DAY, HOUR, World, pay, pay_placed, place, terms};

/// PROMO-2, PROMO-3: a flash sale: placed and paid orders take their pieces, closed and refunded ones give them back.
#[test]
fn promo_3_quota_is_taken_and_given_back() {
    let mut world = World::new();
    world.open("c", "flash", DAY, Some(5));
    world.ok(&terms("order.place", "o1", "ann", "30.00", 3, ""));
    world.ok(&pay("o2", "bob", "10.00", ""));
    assert_eq!(world.engine.campaign("c").map(|c| (c.taken, c.left)), Some((4, Some(1))));
    world.refused(&terms("order.pay", "o3", "cid", "20.00", 2, ""), "quota_exhausted");
    world.ok(r#""type":"order.close","order":"o1""#);
    assert_eq!(world.taken(), 1);
    world.ok(&terms("order.pay", "o3", "cid", "20.00", 2, ""));
    world.refund_part("o3", "10.00");
    assert_eq!(world.taken(), 3, "a refund in part gives nothing back");
    world.refund_part("o3", "10.00");
    assert_eq!(world.taken(), 1);
    // Not paid within the promotion's 30 minutes.
    world.ok(&terms("order.place", "o4", "dan", "30.00", 3, ""));
    world.minutes(29);
    assert_eq!((world.state("o4"), world.taken()), ("placed", 4));
    world.minutes(1);
    assert_eq!((world.state("o4"), world.taken()), ("closed", 1));
    world.audit();
}

/// PROMO-3: after the campaign pieces of refunded orders stay taken; those of unpaid ones do not.
#[test]
fn promo_3_after_the_campaign_nothing_is_given_back() {
    let mut world = World::new();
    world.open("c", "flash", DAY, Some(5));
    world.paid("o1", "ann", "10.00", "");
    world.minutes(DAY - 10);
    world.ok(&place("o2", "bob", "10.00", ""));
    world.ok(&place("o3", "bob", "10.00", ""));
    world.minutes(10);
    world.refused(&pay("o4", "cid", "10.00", ""), "campaign_window");
    // Placed inside the window, it may be paid after it while it is held (PROMO-2).
    world.ok(&pay_placed("o2"));
    world.refund("o1");
    assert_eq!(world.taken(), 3);
    world.minutes(HOUR);
    assert_eq!(world.states(["o2", "o3"]), ["paid", "closed"]);
    assert_eq!(world.taken(), 2);
    world.audit();
}

/// PROMO-2: limits count pieces of a member's orders that are not closed and not refunded in full, also after settlement.
#[test]
fn promo_2_limits_per_order_and_member() {
    let mut world = World::with("flash");
    world.refused(&terms("order.pay", "o1", "ann", "40.00", 4, ""), "quantity_limit");
    world.ok(&terms("order.pay", "o1", "ann", "30.00", 3, ""));
    world.refused(&terms("order.pay", "o2", "ann", "20.00", 2, ""), "quantity_limit");
    world.ok(&terms("order.place", "o2", "ann", "10.00", 1, ""));
    world.refused(&pay("o3", "ann", "10.00", ""), "quantity_limit");
    world.paid("o3", "bob", "10.00", "");
    world.receive("o1");
    world.minutes(2 * DAY);
    assert_eq!(world.states(["o1", "o2"]), ["settled", "closed"]);
    world.refund("o1");
    world.ok(&terms("order.pay", "o4", "ann", "30.00", 3, ""));
    world.paid("o5", "ann", "10.00", "");
    assert_eq!(world.taken(), 5);
    world.audit();
}

/// 12.3: a flash sale is decided when it is paid: it ships, settles and is refunded in part like any order, on the
/// campaign's price.
#[test]
fn promo_4_a_flash_sale_is_an_ordinary_order() {
    let mut world = World::with("flash");
    world.refused(&pay("o1", "ann", "15.00", ""), "price_mismatch");
    world.ok(&terms("order.pay", "o1", "ann", "20.00", 2, ""));
    world.refund_part("o1", "5.00");
    world.ok(r#""type":"order.ship","order":"o1""#);
    world.receive("o1");
    world.minutes(DAY);
    assert_eq!(world.balance(AccountKind::MerchantPayable, "shop"), 750);
    assert_eq!(world.balance(AccountKind::Fund, "care"), 150);
    assert_eq!(world.programme(AccountKind::Escrow), 0);
    world.audit();
}

/// PROMO-4: cancelling closes what is unpaid, refunds what is undecided, keeps what is decided, and takes no more orders.
#[test]
fn promo_4_cancelling() {
    let mut world = World::with("group");
    for (order, member, rest) in
        [("g1", "ann", ""), ("g2", "bob", r#","group":"g1""#), ("g3", "cid", r#","group":"g1""#)]
    {
        world.paid(order, member, "9.99", rest);
    }
    world.paid("h1", "dan", "9.99", "");
    world.ok(&place("o1", "eve", "9.99", ""));
    world.ok(r#""type":"order.ship","order":"g2""#);
    world.ok(r#""type":"promotion.cancel","campaign":"c","reason":"断货""#);
    assert_eq!(
        world.states(["g1", "g2", "g3", "h1", "o1"]),
        ["paid", "shipped", "paid", "refunded", "closed"]
    );
    assert_eq!(world.programme(AccountKind::Escrow), 3 * 999);
    // Refunded pieces stay taken in a cancelled campaign, those of closed orders do not.
    assert_eq!(world.taken(), 4);
    world.refused(&pay("o2", "fay", "9.99", ""), "campaign_state");
    world.refused(r#""type":"promotion.cancel","campaign":"c","reason":"断货""#, "campaign_state");
    for order in ["g1", "g2", "g3"] {
        world.receive(order);
    }
    world.minutes(DAY);
    assert_eq!(world.cash("ann"), 250, "the leader's bonus is that of a group that succeeded");
    world.audit();
}

/// PROMO-3 and CAT-3 together: pieces come back to the stock where the quota is not told about it.
#[test]
fn cat_3_stock_and_quota_are_counted_apart() {
    let mut world = World::new();
    world.ok(r#""type":"stock.remove","sku":"tea","quantity":98"#);
    world.open("c", "flash", DAY, Some(5));
    world.ok(&terms("order.pay", "o1", "ann", "20.00", 2, ""));
    world.refused(&pay("o2", "bob", "10.00", ""), "out_of_stock");
    world.ok(r#""type":"order.ship","order":"o1""#);
    world.refund("o1");
    // The pieces have left: the quota gets them back, the stock does not.
    assert_eq!(world.taken(), 0);
    world.refused(&pay("o2", "bob", "10.00", ""), "out_of_stock");
    world.ok(r#""type":"stock.add","sku":"tea","quantity":1"#);
    world.paid("o2", "bob", "10.00", "");
    world.audit();
}
