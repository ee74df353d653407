//! COUPON-1 to COUPON-4.

use ratchet_engine::coupon::CouponState;
use ratchet_engine::order::OrderState;

use super::{World, line, order};

const COUPONS: &str = r#"
[programme]
name = { zh = "测试", en = "Test" }
[settlement]
after_sale_days = 1
[split]
cost = "50%"
[catalogue]
hold_minutes = 30
[[coupon]]
id = "ten"
name = { zh = "十元券", en = "Ten" }
off = "10.00"
minimum = "30.00"
valid_days = 2
[[coupon]]
id = "tenth"
name = { zh = "九折券", en = "A tenth" }
rate = "10%"
product = "drinks"
stackable = true
[[coupon]]
id = "shop"
name = { zh = "店铺券", en = "Of the shop" }
off = "5.00"
merchant = "shop"
stackable = true
[[coupon]]
id = "all"
name = { zh = "全免", en = "All of it" }
rate = "100%"
stackable = true
"#;

fn world() -> World {
    let mut world = World::new(COUPONS);
    world.list("tea", "10.01", r#","product":"drinks","merchant":"shop","stock":100"#);
    world.list("pot", "20.00", r#","product":"things","stock":100"#);
    for member in ["ann", "ben"] {
        world.ok(&format!(r#""type":"member.join","member":"{member}""#));
    }
    world
}

fn issue(world: &mut World, coupon: &str, rule: &str, member: &str) {
    world.ok(&issue_of(coupon, rule, member));
}

fn issue_of(coupon: &str, rule: &str, member: &str) -> String {
    format!(r#""type":"coupon.issue","coupon":"{coupon}","rule":"{rule}","member":"{member}""#)
}

fn state(world: &World, coupon: &str) -> CouponState {
    world.engine.coupon(coupon).expect("it was issued").state
}

fn uses(coupons: &str) -> String {
    format!(r#","coupons":[{coupons}]"#)
}

#[test]
fn coupon_1_coupons_are_issued_to_members() {
    let mut world = world();
    for (coupon, rule, member, code) in
        [("c", "none", "nobody", "member_unknown"), ("c", "none", "ann", "coupon_unknown")]
    {
        world.refused(&issue_of(coupon, rule, member), code);
    }
    issue(&mut world, "c", "ten", "ann");
    world.refused(&issue_of("c", "none", "ann"), "coupon_exists");
    let coupon = world.engine.coupon("c").expect("it was issued");
    assert_eq!((coupon.rule, coupon.state), (0, CouponState::Free));
    assert_eq!(coupon.expires_at.to_string(), "2026-01-03T16:00:00Z");
    assert_eq!(world.engine.coupons().count(), 1);
    world.audit();
    // Nothing is issued that expires after the end of time.
    let mut late = World::new(COUPONS);
    late.seconds = 251_634_900_000;
    late.refused(&issue_of("d", "ten", "nobody"), "limit_reached");
}

#[test]
fn coupon_2_refusals_in_order() {
    let mut world = world();
    for (coupon, rule, member) in
        [("ten", "ten", "ann"), ("tenth", "tenth", "ann"), ("bens", "tenth", "ben"), ("two", "tenth", "ann")]
    {
        issue(&mut world, coupon, rule, member);
    }
    let three = line("1", "tea", 3, "20.03");
    for (coupons, code) in [
        (r#""bens","none""#, "coupon_unknown"),
        (r#""ten","bens""#, "coupon_state"),
        (r#""tenth","tenth""#, "coupon_state"),
        (r#""ten","tenth""#, "coupon_scope"),
    ] {
        world.refused(&order("pay", "o", "ann", &three, &uses(coupons)), code);
    }
    // Below the minimum; nothing in its scope.
    world
        .refused(&order("pay", "o", "ann", &line("1", "tea", 2, "10.02"), &uses(r#""ten""#)), "coupon_scope");
    world.refused(
        &order("pay", "o", "ann", &line("1", "pot", 1, "18.00"), &uses(r#""tenth""#)),
        "coupon_scope",
    );
    let free = r#"{"line":"1","amount":"9.00"}"#;
    world.refused(&order("pay", "o", "ann", free, &uses(r#""tenth""#)), "coupon_scope");
    // Who has not joined has none.
    world.refused(&order("pay", "o", "cat", &three, &uses(r#""tenth""#)), "coupon_state");
    world.refused(
        &order("pay", "o", "ann", &three, &uses(r#""ten""#)).replace("20.03", "20.04"),
        "price_mismatch",
    );
    world.ok(&order("place", "o", "ann", &three, &uses(r#""ten""#)));
    assert_eq!(state(&world, "ten"), CouponState::Reserved);
    world.refused(&order("pay", "p", "ann", &three, &uses(r#""ten""#)), "coupon_state");
    // Issued at noon and expired from the midnight on that ends the second day after (TIME-3b); an order that holds it is paid
    // all the same.
    world.act("close", "o");
    world.seconds += 2 * 86_400 + 43_200 - 1;
    world.ok(&order("place", "p", "ann", &three, &uses(r#""ten""#)));
    world.seconds += 1;
    world.act("pay", "p");
    assert_eq!(state(&world, "ten"), CouponState::Used);
    issue(&mut world, "next", "ten", "ann");
    world.seconds += 3 * 86_400;
    world.refused(&order("pay", "q", "ann", &three, &uses(r#""next""#)), "coupon_state");
    world.audit();
}

/// COUPON-3: 10 % of the drinks and 5.00 of the shop's, each of the undiscounted sum, beside a line of neither.
#[test]
fn coupon_3_several_discounts_are_each_of_the_undiscounted_sum() {
    let mut world = world();
    world.list("cup", "0.33", r#","product":"things","merchant":"shop""#);
    issue(&mut world, "a", "tenth", "ann");
    issue(&mut world, "b", "shop", "ann");
    // Drinks 30.03: 3.00 off. The shop's 30.03 + 0.33: 5.00 off, of which floor(5.00 · 0.33 / 30.36) = 0.05 and the
    // left-over fen goes to the first line.
    let lines = |tea: &str| {
        format!(
            "{},{},{}",
            line("1", "tea", 3, tea),
            line("2", "pot", 1, "20.00"),
            line("3", "cup", 1, "0.28")
        )
    };
    world.refused(&order("pay", "o", "ann", &lines("22.09"), &uses(r#""a","b""#)), "price_mismatch");
    world.ok(&order("pay", "o", "ann", &lines("22.08"), &uses(r#""a","b""#)));
    assert_eq!(state(&world, "b"), CouponState::Used);
    // What would be taken below zero is worth zero, and nothing is sold for that.
    for coupon in ["c", "d"] {
        issue(&mut world, coupon, "all", "ann");
    }
    for amount in ["0", "0.01"] {
        let code = if amount == "0" { "amount_not_positive" } else { "price_mismatch" };
        let pay = order("pay", "p", "ann", &line("1", "tea", 1, amount), &uses(r#""c","d""#));
        world.refused(&pay, code);
    }
    world.audit();
}

#[test]
fn coupon_4_a_coupon_comes_back_with_the_order() {
    let mut world = world();
    issue(&mut world, "c", "tenth", "ann");
    let tea = |what: &str, id: &str| {
        let lines = format!("{},{}", line("1", "tea", 1, "9.01"), line("2", "pot", 1, "20.00"));
        order(what, id, "ann", &lines, &uses(r#""c""#))
    };
    // floor(10 % of 10.01) = 1.00.
    world.ok(&tea("place", "timed"));
    world.wait(1_800);
    assert_eq!((world.state("timed"), state(&world, "c")), (OrderState::Closed, CouponState::Free));
    world.ok(&tea("place", "closed"));
    world.act("close", "closed");
    assert_eq!(state(&world, "c"), CouponState::Free);
    // Refunded in full before settlement, from whatever state; a part does not do.
    for (at, then) in [None, Some("ship"), Some("receive")].into_iter().enumerate() {
        let id = format!("o{at}");
        world.ok(&tea("pay", &id));
        world.refund(&id, &[("1", "9.01")]);
        if let Some(then) = then {
            world.act(then, &id);
        }
        assert_eq!(state(&world, "c"), CouponState::Used);
        world.refund(&id, &[]);
        assert_eq!(
            (world.state(&id), state(&world, "c")),
            (OrderState::Refunded, CouponState::Free),
            "{then:?}"
        );
    }
    // After settlement it stays used, also if one line had been refunded before.
    world.ok(&tea("pay", "late"));
    world.refund("late", &[("2", "20.00")]);
    world.act("receive", "late");
    world.days(1);
    world.refund("late", &[]);
    assert_eq!((world.state("late"), state(&world, "c")), (OrderState::Refunded, CouponState::Used));
    world.audit();
}
