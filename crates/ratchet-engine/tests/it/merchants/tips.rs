//! Tips (MERCH-2, MERCH-2a, MERCH-3).

use ratchet_engine::amount::Points;
use ratchet_engine::command::Envelope;
use ratchet_engine::event::{Event, TipGiven};
use ratchet_engine::merchant::GIVEN_MAX;
use ratchet_engine::plan::Plan;

use super::{PLAN, World, point};

pub(super) fn tip(tip: &str, member: &str, size: &str) -> String {
    format!(r#""type":"tip.give","tip":"{tip}","merchant":"shop","member":"{member}",{size}"#)
}

/// Team volumes make `sponsor` and `friend` one-star, and nobody else.
pub(super) fn with_one_stars(world: &mut World) {
    world.ok(r#""type":"order.pay","order":"vs","member":"boss","lines":[{"line":"1","amount":"1000"}]"#);
    world.ok(r#""type":"order.pay","order":"vf","member":"guest","lines":[{"line":"1","amount":"1000"}]"#);
    world.ok(r#""type":"order.receive","order":"vs""#);
    world.ok(r#""type":"order.receive","order":"vf""#);
    world.days(3);
}

#[test]
fn merch_3_golden_tip() {
    let mut world = World::open();
    with_one_stars(&mut world);
    for member in ["sponsor", "friend"] {
        assert_eq!(world.engine.member(member).expect("joined").rank, Some(0), "{member}");
    }
    let value =
        |world: &World, member: &str| world.engine.member(member).expect("joined").value_units.units();
    let (guest, boss) = (value(&world, "guest"), value(&world, "boss"));
    world.ok(&tip("t", "guest", r#""value":"1000""#));
    assert_eq!(world.points("boss").0, "9.9");
    assert_eq!(world.points("sponsor").0, "0.005");
    assert_eq!(world.points("friend").0, "0.005");
    assert_eq!(world.engine.merchant_totals().tip_burned, point("0.09"));
    assert_eq!(value(&world, "guest") - guest, point("1000").units());
    assert_eq!(value(&world, "boss") - boss, point("200").units());
    world.points_are_somewhere();
    world.audit();
}

#[test]
fn merch_3_giver_and_recipient_count_as_without_rank() {
    // guest's upline: friend, then boss, then sponsor; boss is two-star, and gives.
    let mut world = World::new(PLAN);
    for (member, referrer) in [("boss", "sponsor"), ("friend", "boss"), ("guest", "friend")] {
        if referrer == "sponsor" {
            world.ok(r#""type":"member.join","member":"sponsor""#);
        }
        world.ok(&format!(r#""type":"member.join","member":"{member}","referrer":"{referrer}""#));
    }
    world.ok(r#""type":"order.pay","order":"pack","member":"boss","lines":[{"line":"1","amount":"399"}]"#);
    world.ok(r#""type":"merchant.apply","merchant":"shop","member":"boss","order":"pack""#);
    world.ok(r#""type":"merchant.approve","merchant":"shop","actor":"alice""#);
    world.issue("boss", "10");
    world.ok(r#""type":"order.pay","order":"vg","member":"guest","lines":[{"line":"1","amount":"1000"}]"#);
    world.ok(r#""type":"order.pay","order":"vf","member":"friend","lines":[{"line":"1","amount":"4000"}]"#);
    world.ok(r#""type":"order.receive","order":"vg""#);
    world.ok(r#""type":"order.receive","order":"vf""#);
    world.days(3);
    let rank = |world: &World, member: &str| world.engine.member(member).expect("joined").rank;
    assert_eq!(rank(&world, "friend"), Some(0));
    assert_eq!(rank(&world, "boss"), Some(1));
    assert_eq!(rank(&world, "sponsor"), Some(1));
    // guest's side: friend 5 %, boss nothing, sponsor 2 %; boss's side: sponsor 7 %.
    world.ok(&tip("t", "guest", r#""value":"1000""#));
    assert_eq!(world.points("friend").0, "0.005");
    assert_eq!(world.points("sponsor").0, "0.009");
    assert_eq!(world.points("boss").0, "9.9");
    match world.last_event_of_tip() {
        Event::TipGiven(given) => {
            let TipGiven { points, burned, rewards, .. } = *given;
            let sum: u128 = rewards.iter().map(|(_, reward)| reward.units()).sum();
            assert_eq!((burned.to_string(), points.units() - sum), ("0.086".to_owned(), burned.units()));
            assert_eq!(rewards.len(), 3);
        }
        event => panic!("{event:?}"),
    }
    // The recipient too: a tip to friend, who is below boss and above nobody of boss's upline.
    world.ok(&tip("u", "friend", r#""value":"1000""#));
    // friend's side: boss nothing, sponsor 7 %; boss's side: sponsor 7 %.
    assert_eq!(world.points("sponsor").0, "0.023");
    // Who is not qualified counts as without rank.
    world.ok(r#""type":"member.suspend","member":"sponsor","reason":"x""#);
    world.ok(&tip("v", "guest", r#""value":"1000""#));
    assert_eq!(world.points("sponsor").0, "0.023");
    assert_eq!(world.points("friend").0, "0.01");
    world.points_are_somewhere();
    world.audit();
}

impl World {
    fn last_event_of_tip(&self) -> Event {
        let steps = self
            .engine
            .entries()
            .flat_map(|entry| entry.steps().map(|(event, _)| event.clone()).collect::<Vec<_>>());
        steps.into_iter().find(|event| matches!(event, Event::TipGiven(_))).expect("a tip")
    }
}

#[test]
fn merch_2_a_tip_may_be_stated_as_a_concession() {
    let mut world = World::open();
    world.ok(&tip("t", "guest", r#""concession":"12.34""#));
    // 123.4 units cost 0.01234 point; the bill is recorded and nothing of it is money of the programme.
    assert_eq!(world.points("boss").0, "9.98766");
    assert_eq!(world.value("guest"), "123.4");
    assert_eq!(world.value("boss"), "24.68");
    let totals = world.engine.merchant_totals();
    assert_eq!((totals.tips, totals.concessions.minor()), (1, 12_34));
    assert_eq!((totals.tip_value, totals.merchant_value), (point("123.4"), point("24.68")));
    assert_eq!(world.engine.member("guest").expect("joined").spent.minor(), 0);
    world.audit();
}

#[test]
fn merch_2_costs_are_rounded_up() {
    let mut world = World::open();
    world.ok(&tip("t", "guest", r#""value":"0.000000000001""#));
    assert_eq!(world.points("boss").0, "9.999999999999");
    world.points_are_somewhere();
}

#[test]
fn merch_2_refusals_of_a_tip() {
    let mut world = World::open();
    world.refused(&tip("t", "nobody", r#""value":"0""#), "member_unknown");
    world.refused(&tip("t", "guest", r#""value":"10000000000000.000000000001""#), "limit_reached");
    world.refused(&tip("t", "guest", r#""value":"0""#), "amount_not_positive");
    world.refused(&tip("t", "guest", r#""concession":"0""#), "amount_not_positive");
    let none = r#""type":"tip.give","tip":"t","merchant":"none","member":"guest","value":"1""#;
    world.refused(none, "merchant_unknown");
    world.ok(r#""type":"order.pay","order":"p","member":"guest","lines":[{"line":"1","amount":"399","merchant":"farm"}]"#);
    world.refused(&none.replace("none", "farm"), "merchant_unknown");
    world.ok(r#""type":"merchant.apply","merchant":"farm","member":"guest","order":"p""#);
    world.refused(&none.replace("none", "farm"), "merchant_state");
    world.ok(&tip("t", "guest", r#""value":"1""#));
    world.refused(&tip("t", "boss", r#""value":"1000000""#), "tip_exists");
    world.refused(&tip("u", "boss", r#""value":"1000000""#), "tip_to_self");
    world.refused(&tip("u", "guest", r#""value":"100000""#), "insufficient_emission");
    world.ok(r#""type":"merchant.suspend","merchant":"shop","reason":"x""#);
    world.refused(&tip("t", "guest", r#""value":"1""#), "merchant_state");
    world.ok(r#""type":"merchant.resume","merchant":"shop""#);
    // Points that are reserved are not free.
    world.list("gold", "1", "99000", "");
    world.buy("o", "guest", "1", "gold");
    assert_eq!(world.points("boss"), ("0.0999".to_owned(), "9.9".to_owned()));
    world.refused(&tip("u", "guest", r#""value":"1000""#), "insufficient_emission");
    world.ok(&tip("u", "guest", r#""value":"999""#));
    assert_eq!(world.points("boss").0, "0");
}

#[test]
fn merch_2a_value_given_in_all_is_limited() {
    // At a price of 10¹¹ a point 10¹³ units cost ten points.
    let plan = PLAN.replace("first_price = \"1000.00\"", "first_price = \"100000000000.00\"");
    let plan = plan.replace("merchant_share = \"20%\"", "merchant_share = \"100%\"");
    let plan = plan.replace("36500", "36500000");
    let mut world = World::new(&plan);
    world.open_shop();
    world.issue("boss", "90000");
    let most = 10_u128.pow(25);
    let mut given = 0;
    let mut number = 0;
    while GIVEN_MAX.units() - given > 2 * most {
        world.engine.submit(&tip_envelope(&world, number, "10000000000000"));
        number += 1;
        given += 2 * most;
    }
    let totals = world.engine.merchant_totals();
    assert_eq!(totals.tip_value.units() + totals.merchant_value.units(), given);
    let left = GIVEN_MAX.units() - 2 - given;
    world.refused(&tip("more", "guest", r#""value":"10000000000000""#), "limit_reached");
    let half = Points::from_units(left / 2);
    world.list("vast", "1", "10000000000000", "");
    let order = r#""type":"order.place","order":"p","member":"guest","lines":[{"line":"1","amount":"1","sku":"vast"}]"#;
    let fits = left >= most;
    if fits {
        world.ok(order);
    } else {
        world.refused(order, "limit_reached");
    }
    world.ok(&tip("rest", "guest", &format!(r#""value":"{half}""#)));
    world.refused(&tip("more", "guest", r#""value":"0.000000000001""#), "limit_reached");
    if fits {
        world.refused(r#""type":"order.pay","order":"p""#, "limit_reached");
    }
    assert!(world.engine.check_invariants().is_ok());
}

fn tip_envelope(world: &World, number: u32, value: &str) -> Envelope {
    let json = format!(
        r#"{{"key":"tip{number}","at":"2026-01-03T04:00:00Z",{}}}"#,
        tip(&format!("t{number}"), "guest", &format!(r#""value":"{value}""#))
    );
    Envelope::from_json(&json, &world.engine.plan().programme.currency).expect("a command")
}

#[test]
fn merch_3_a_tip_rate_above_one_half_is_refused_with_the_plan() {
    let plan = PLAN.replace("tip_rate = \"7%\"", "tip_rate = \"50.0001%\"");
    let errors = Plan::parse("plan.toml", &plan).expect_err("refused").to_string();
    assert!(errors.contains("no tip_rate may be above 50%; rank two_star has 50.0001%"), "{errors}");
    let half = PLAN.replace("tip_rate = \"7%\"", "tip_rate = \"50%\"");
    assert!(Plan::parse("plan.toml", &half).is_ok());
    let without = plan.split("[merchant]").next().expect("text");
    assert!(Plan::parse("plan.toml", without).is_ok(), "nobody tips there");
}
