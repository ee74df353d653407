//! Steps, minimum, worth, tiers and the limit of a month of loyalty points through the library (LOY-5).

use ratchet_engine::engine::LoyaltyStanding;
use ratchet_engine::plan::Plan;
use ratchet_engine::time::Day;

use crate::catalogue::{World, order};

/// The whole of what is spent is the platform's, and it is all good for a year.
fn plan(loyalty: &str) -> String {
    format!(
        "[programme]\nname = {{ zh = \"测试\", en = \"Test\" }}\n[settlement]\nafter_sale_days = 1\n[split]\ncost = \"0%\"\n\
         [loyalty]\nvalid_days = 365\n{loyalty}"
    )
}

fn buy(world: &mut World, id: &str, amounts: &[&str]) {
    let lines = amounts.iter().zip(1..);
    let lines: Vec<String> =
        lines.map(|(amount, line)| format!(r#"{{"line":"{line}","amount":"{amount}"}}"#)).collect();
    world.ok(&order("pay", id, "buyer", &lines.join(","), ""));
    world.act("receive", id);
}

/// Bought, received and settled a day later.
fn settle(world: &mut World, id: &str, amounts: &[&str]) {
    buy(world, id, amounts);
    world.days(1);
}

fn points(world: &World) -> i64 {
    world.engine.member("buyer").expect("joined").loyalty.minor()
}

fn standing(world: &World) -> LoyaltyStanding {
    world.engine.loyalty_standing("buyer").expect("a plan with loyalty points")
}

fn day(text: &str) -> Option<Day> {
    Some(Day::parse(text).expect("a date"))
}

/// What stands against a `[loyalty]` section, by permanent code.
fn faults(loyalty: &str) -> Vec<&'static str> {
    let errors = Plan::parse("plan.toml", &plan(loyalty)).expect_err("a wrong plan");
    errors.errors.iter().map(|error| error.message.code).collect()
}

/// LOY-5b: five points for each full 2.50 are five for 3.00, and an order's lines are one sum.
#[test]
fn steps_count_full_amounts_of_the_whole_order() {
    let mut world = World::new(&plan("per_full = \"2.50\"\npoints = 5"));
    settle(&mut world, "one", &["3.00"]);
    assert_eq!(points(&world), 5);
    settle(&mut world, "two", &["2.00", "3.00"]);
    assert_eq!(points(&world), 5 + 10);
    settle(&mut world, "none", &["2.49"]);
    assert_eq!(points(&world), 15);
    world.audit();
}

/// LOY-5f: a refund takes back what the order would not have earned without what comes back, by whatever line it is asked.
#[test]
fn a_refund_leaves_what_a_smaller_order_would_have_earned() {
    let mut world = World::new(&plan("per_full = \"2.50\"\npoints = 5"));
    settle(&mut world, "o", &["2.00", "3.00"]);
    assert_eq!(points(&world), 10);
    // The first line earned nothing by itself; without it the order has one full step.
    world.refund("o", &[("1", "2.00")]);
    assert_eq!(points(&world), 5);
    world.refund("o", &[("2", "0.50")]);
    assert_eq!(points(&world), 5);
    world.refund("o", &[("2", "0.01")]);
    assert_eq!(points(&world), 0);
    world.refund("o", &[]);
    assert_eq!(points(&world), 0);
    world.audit();
}

/// LOY-5c: an order below the minimum earns nothing, one that falls below it loses what it earned.
#[test]
fn an_order_below_the_minimum_earns_nothing() {
    let mut world = World::new(&plan("earn_rate = \"2%\"\nminimum = \"20.00\""));
    settle(&mut world, "small", &["19.99"]);
    assert_eq!(points(&world), 0);
    settle(&mut world, "full", &["12.00", "8.00"]);
    assert_eq!(points(&world), 24 + 16);
    world.refund("full", &[("2", "0.01")]);
    assert_eq!(points(&world), 0);
    world.audit();
}

/// LOY-5a: points are whole, whatever one is worth.
#[test]
fn a_point_has_a_stated_worth() {
    let mut world = World::new(&plan("earn_rate = \"0.1%\"\nworth = \"1.00\""));
    settle(&mut world, "large", &["196000.00"]);
    assert_eq!(points(&world), 19_600);
    settle(&mut world, "less", &["20999.99"]);
    assert_eq!(points(&world), 21_600);
    // 0.60 and 0.70 are one point together, and none without the other.
    settle(&mut world, "both", &["600.00", "700.00"]);
    assert_eq!(points(&world), 21_700);
    world.refund("both", &[("1", "600.00")]);
    assert_eq!(points(&world), 21_600);
    world.audit();
}

/// LOY-5d, LOY-5g: the tier is that of the payment, in a window of days, and kept for some more; a refund counts for no day.
#[test]
fn a_tier_is_reached_kept_and_lost() {
    let tiers = "earn_rate = \"1%\"\ntier_days = 30\nkeep_days = 10\n\
                 [[loyalty.tiers]]\nname = { zh = \"银卡\", en = \"Silver\" }\nfrom = \"100.00\"\nrate = \"5%\"\n\
                 [[loyalty.tiers]]\nfrom = \"300.00\"\nrate = \"10%\"";
    let mut world = World::new(&plan(tiers));
    // Paid on 1 January, settled on the second.
    settle(&mut world, "o1", &["100.00"]);
    assert_eq!(points(&world), 100, "paid below the first tier");
    let now = standing(&world);
    assert_eq!((now.tier, now.counted.minor()), (1, 10_000));
    assert_eq!(now.to_next_tier.map(|money| money.minor()), Some(20_000));
    // 2 January is in the window until the 31st, and the tier is kept for ten days more.
    assert_eq!(now.tier_until, day("2026-02-10"));
    buy(&mut world, "o2", &["200.00"]);
    world.days(1);
    assert_eq!(points(&world), 100 + 1_000);
    assert_eq!(standing(&world).tier, 2);
    // Paid in the second tier; what is refunded counts for no day, so the tier is gone at once, and the order keeps its own.
    buy(&mut world, "o3", &["10.00"]);
    world.refund("o2", &[("1", "0.01")]);
    assert_eq!(standing(&world).tier, 1);
    world.days(1);
    // LOY-4: of a rate a part below one point stays with the member.
    assert_eq!(points(&world), 100 + 1_000 + 100);
    assert_eq!(standing(&world).to_next_tier, None, "309.99 of 300.00");
    assert_eq!(standing(&world).tier, 2);
    // 4 January; the first order leaves the window after the 31st, which is ten days before 10 February.
    world.days(37);
    assert_eq!((standing(&world).tier, standing(&world).tier_until), (2, day("2026-02-10")));
    world.days(1);
    assert_eq!((standing(&world).tier, standing(&world).tier_until), (1, day("2026-02-11")));
    world.days(2);
    assert_eq!((standing(&world).tier, standing(&world).tier_until), (0, None));
    world.audit();
}

/// LOY-5d: without a window what was spent counts for ever; tiers by points count what was earned.
#[test]
fn tiers_by_points_and_without_a_window() {
    let tiers =
        "per_full = \"10.00\"\npoints = 2\nworth = \"0.50\"\n[[loyalty.tiers]]\nfrom_points = 20\npoints = 4";
    let mut world = World::new(&plan(tiers));
    settle(&mut world, "o1", &["99.99"]);
    // Nine steps of two points of 0.50.
    assert_eq!((points(&world), standing(&world).tier), (900, 0));
    assert_eq!(standing(&world).to_next_tier.map(|money| money.minor()), Some(100));
    settle(&mut world, "o2", &["10.00"]);
    assert_eq!((points(&world), standing(&world).tier, standing(&world).tier_until), (1_000, 1, None));
    world.days(350);
    world.days(350);
    settle(&mut world, "o3", &["10.00"]);
    assert_eq!((points(&world), standing(&world).tier), (200, 1), "the points expired, the tier did not");
    world.audit();
}

/// LOY-5d: a tier that begins at nothing is that of members who have not bought anything, and their first order earns by it.
#[test]
fn a_tier_that_begins_at_nothing_is_everybodys() {
    let tiers = "earn_rate = \"1%\"\ntier_days = 30\n[[loyalty.tiers]]\nfrom_points = 0\nrate = \"2%\"\n\
                 [[loyalty.tiers]]\nfrom_points = 200\nrate = \"3%\"";
    let mut world = World::new(&plan(tiers));
    world.ok(r#""type":"member.join","member":"buyer""#);
    assert_eq!((standing(&world).tier, standing(&world).tier_until), (1, None));
    assert_eq!(standing(&world).to_next_tier.map(|money| money.minor()), Some(200));
    settle(&mut world, "o1", &["100.00"]);
    assert_eq!((points(&world), standing(&world).tier), (200, 2));
    world.days(31);
    assert_eq!((standing(&world).tier, standing(&world).tier_until), (1, None));
    world.audit();
}

/// LOY-5e: a month's limit counts by local months, and what is taken back can be earned again in the same one.
#[test]
fn a_month_has_a_limit() {
    let mut world = World::new(&plan("earn_rate = \"10%\"\nmonthly_limit = 100"));
    settle(&mut world, "o1", &["8.00"]);
    assert_eq!((points(&world), standing(&world).left_of_month.map(|money| money.minor())), (80, Some(20)));
    settle(&mut world, "o2", &["1.00", "9.00"]);
    assert_eq!(points(&world), 100, "10 of the first line, 10 of the second's 90");
    settle(&mut world, "o3", &["9.00"]);
    assert_eq!(points(&world), 100);
    world.refund("o1", &[]);
    assert_eq!(standing(&world).left_of_month.map(|money| money.minor()), Some(80));
    world.days(26);
    assert_eq!(standing(&world).left_of_month.map(|money| money.minor()), Some(80), "30 January");
    world.days(2);
    assert_eq!(standing(&world).left_of_month.map(|money| money.minor()), Some(100), "1 February");
    world.audit();
}

/// LOY-5b: a class earns what it says in every tier, and its lines are counted apart from the others.
#[test]
fn a_class_earns_its_own_rate() {
    let loyalty = "per_full = \"2.50\"\npoints = 5\n[[loyalty.classes]]\nclass = \"fresh\"\nrate = \"10%\"\n\
                   [[loyalty.classes]]\nclass = \"cards\"\npoints = 0\n\
                   [[class]]\nid = \"fresh\"\nname = { zh = \"生鲜\", en = \"Fresh\" }\n\
                   [[class]]\nid = \"cards\"\nname = { zh = \"卡券\", en = \"Gift cards\" }";
    let mut world = World::new(&plan(loyalty));
    let of = |line: u32, amount: &str, class: &str| {
        let class = if class.is_empty() { String::new() } else { format!(r#","class":"{class}""#) };
        format!(r#"{{"line":"{line}","amount":"{amount}"{class}}}"#)
    };
    let lines = [of(1, "2.00", ""), of(2, "4.00", "fresh"), of(3, "3.00", ""), of(4, "99.00", "cards")];
    world.ok(&order("pay", "o", "buyer", &lines.join(","), ""));
    world.act("receive", "o");
    world.days(1);
    // 5.00 of the others are two steps, 4.00 of fresh goods are 0.40, gift cards earn nothing.
    assert_eq!(points(&world), 10 + 40);
    world.refund("o", &[("2", "1.00")]);
    assert_eq!(points(&world), 10 + 30);
    world.refund("o", &[("4", "99.00")]);
    assert_eq!(points(&world), 40);
    world.audit();
}

#[test]
fn what_a_section_cannot_say() {
    assert_eq!(faults(""), ["file.key_missing"]);
    assert_eq!(faults("points = 5"), ["file.key_missing", "plan.loyalty_needs"]);
    assert_eq!(faults("per_full = \"2.50\""), ["file.key_missing"]);
    assert_eq!(faults("per_full = \"0.00\"\nearn_rate = \"1%\""), ["plan.more_than_zero"]);
    assert_eq!(faults("per_full = \"2.50\"\npoints = 251"), ["plan.loyalty_step"]);
    assert_eq!(faults("per_full = \"2.50\"\npoints = 1\nearn_rate = \"1%\""), ["plan.either"]);
    assert_eq!(faults("earn_rate = \"1%\"\nworth = \"0.00\""), ["plan.loyalty_worth"]);
    assert_eq!(faults("earn_rate = \"1%\"\ntier_days = 3"), ["plan.loyalty_needs"]);
    assert_eq!(faults("earn_rate = \"1%\"\nkeep_days = 3"), ["plan.loyalty_needs"]);
    let tiers = |tiers: &str| faults(&format!("earn_rate = \"1%\"\n{tiers}"));
    assert_eq!(tiers("[[loyalty.tiers]]\nrate = \"2%\""), ["file.key_missing"]);
    assert_eq!(tiers("[[loyalty.tiers]]\nfrom = \"1.00\""), ["file.key_missing"]);
    assert_eq!(tiers("[[loyalty.tiers]]\nfrom = \"1.00\"\npoints = 2"), ["plan.loyalty_needs"]);
    assert_eq!(tiers("[[loyalty.classes]]\nclass = \"fresh\"\nrate = \"2%\""), ["plan.loyalty_class"]);
    let two = |from: &str| {
        tiers(&format!(
            "[[loyalty.tiers]]\nfrom = \"1.00\"\nrate = \"2%\"\n[[loyalty.tiers]]\n{from}\nrate = \"3%\""
        ))
    };
    assert_eq!(two("from = \"1.00\""), ["plan.loyalty_tier_order"]);
    assert_eq!(two("from_points = 500"), ["plan.loyalty_tier_basis"]);
}
