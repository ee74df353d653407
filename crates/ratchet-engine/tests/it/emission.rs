//! Value units and scheduled emission (EMIT-1 to EMIT-4): golden numbers, idle days, refunds, refusals.

use proptest::prelude::*;
use ratchet_engine::engine::{Cause, DueKind, DueWork};
use ratchet_engine::event::Event;
use ratchet_engine::ledger::AccountKind;

use crate::daily::{Shop, units, yuan};

const PLAN: &str = "cost = \"30%\"\n[value]\ngrant_ratio = \"10%\"\nreferral = [\"5%\", \"4%\", \"3%\"]\n[emission]\n\
                    years = [92250, 50000]\ncap = 1000000\nfirst_price = \"1000.00\"\nmembers = \"80%\"\nplatform = \"10%\"\n";

fn with(changes: &[(&str, &str)]) -> String {
    let mut text = PLAN.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from} is not in the plan");
        text = text.replace(from, to);
    }
    text
}

/// EMIT-2, EMIT-3: SPEC 17: 252.739726027397 a day, 202.191780821917 for members, 0.505479452054 for 30 of 12,000.
#[test]
fn a_day_of_the_first_year() {
    let mut shop = Shop::new(PLAN);
    shop.buy("1", "a", "100000.00");
    shop.buy("2", "b", "39900000.00");
    assert_eq!(shop.member("a").value_units.units(), units("10000"));
    shop.next_day();
    // Nothing was released: the members' part is unissued, the platform has its own.
    assert_eq!(shop.points(AccountKind::EmissionPlatform), "25.273972602739");
    let view = shop.engine.emission();
    assert_eq!(
        (view.issued.to_string(), view.reserve.to_string()),
        ("25.273972602739".to_owned(), "227.465753424658".to_owned())
    );
    shop.day_of_tasks(&["a", "b"]);
    assert_eq!(shop.member("a").value_units.to_string(), "9970");
    assert_eq!(shop.points(AccountKind::ValueReleased), "12000");
    let amount = shop.events.iter().rev().find_map(|event| match event {
        Event::DailyEmissionIssued { amount, .. } => Some(amount.to_string()),
        _ => None,
    });
    assert_eq!(amount.as_deref(), Some("252.739726027397"));
    assert_eq!(shop.member("a").emission_points.to_string(), "0.505479452054");
    // floor(202.191780821917 · 11,970 ÷ 12,000)
    assert_eq!(shop.member("b").emission_points.to_string(), "201.686301369862");
    // EMIT-4: the guide price is of the last close: 12,000 units for what was issued in both days.
    let view = shop.engine.emission();
    let issued = units("25.273972602739") * 2 + units("0.505479452054") + units("201.686301369862");
    assert_eq!((view.guide_released.to_string(), view.guide_issued.units()), ("12000".to_owned(), issued));
    assert_eq!(view.issued.units(), issued);
    assert_eq!(view.reserve.units(), 2 * units("252.739726027397") - issued);
    shop.audit();
}

/// EMIT-1: the buyer's upline as of payment gets 5, 4, 3 % of its units; those who are missing get nothing.
#[test]
fn value_units_go_up_the_line() {
    let mut shop = Shop::new(PLAN);
    for (member, referrer) in
        [("a", None), ("b", Some("a")), ("c", Some("b")), ("d", Some("c")), ("e", Some("d"))]
    {
        shop.join(member, referrer);
    }
    shop.buy("1", "e", "1000.00");
    let held =
        |shop: &Shop| ["a", "b", "c", "d", "e"].map(|member| shop.member(member).value_units.to_string());
    assert_eq!(held(&shop), ["0", "3", "4", "5", "100"]);
    shop.buy("2", "b", "0.07");
    // 0.007 units, 5 % of them exactly.
    assert_eq!(held(&shop), ["0.00035", "3.007", "4", "5", "100"]);
    // EMIT-1a: all of a day is one lot: floor(n · 3 ‰ · 3.007) in stages of the whole.
    shop.next_day();
    shop.day_of_tasks(&["b", "a"]);
    assert_eq!(held(&shop)[..2], ["0.00034895", "2.997979"]);
    let mut lots = shop.events.iter().filter_map(|event| match event {
        Event::ValueReleased { members, lots } => Some((members.len(), lots.len())),
        _ => None,
    });
    assert_eq!(lots.next_back(), Some((2, 2)), "one lot each");
    shop.audit();
}

/// EMIT-1a: a lot starts on the day after its grant, is 334 days long at 3 ‰, and a missed day forfeits nothing.
#[test]
fn value_units_are_released_in_stages() {
    let mut shop = Shop::new(&with(&[("grant_ratio = \"10%\"", "grant_ratio = \"10%\"\nrate = \"30%\"")]));
    shop.buy("1", "a", "1000.00");
    shop.day_of_tasks(&["a"]);
    assert_eq!(shop.member("a").value_units.to_string(), "100");
    shop.buy("2", "a", "1000.00");
    for left in ["170", "110", "50", "10", "0", "0"] {
        shop.day_of_tasks(&["a"]);
        shop.next_day();
        assert_eq!(shop.member("a").value_units.to_string(), left);
    }
    assert_eq!(shop.points(AccountKind::ValueReleased), "200");
    shop.audit();
}

/// EMIT-1b: a late refund takes its order's shares out of the lots of the settlement day, of the buyer and of those above,
/// and lowers those alone; what was released stays counted.
#[test]
fn a_late_refund_lowers_value_units() {
    let mut shop = Shop::new(&with(&[("grant_ratio = \"10%\"", "grant_ratio = \"10%\"\nrate = \"40%\"")]));
    shop.join("top", None);
    shop.join("a", Some("top"));
    shop.buy("1", "a", "1000.00");
    shop.buy("2", "a", "500.00");
    shop.next_day();
    shop.buy("3", "a", "10.00");
    let held = |shop: &Shop| ["top", "a"].map(|member| shop.member(member).value_units.to_string());
    assert_eq!(held(&shop), ["7.55", "151"]);
    // On the day of settlement itself.
    shop.refund("3", "5.00");
    assert_eq!(held(&shop), ["7.525", "150.5"]);
    shop.day_of_tasks(&["a"]);
    assert_eq!(held(&shop), ["7.525", "90.5"]);
    // Of the first day's 150, of which 60 were released, 100 leave with 40 of those: 40 → nothing remains, and the other order
    // keeps its 30. The referrer's 7.5 → 4.5.
    shop.refund("1", "600.00");
    assert_eq!(held(&shop), ["4.525", "30.5"]);
    // 40 → 0: what was released of it stays weight, and nobody owes anything.
    shop.refund("1", "400.00");
    assert_eq!(held(&shop), ["2.525", "30.5"]);
    assert_eq!(shop.points(AccountKind::ValueReleased), "60");
    assert_eq!(shop.member("a").receivable.minor(), 0);
    // The closed lot is of no further interest; the other goes on. Refunds before settlement leave nothing behind.
    shop.refund("2", "500.00");
    assert_eq!(held(&shop), ["0.025", "0.5"]);
    shop.pay("4", "a", "1000.00", "");
    shop.refund("4", "1000.00");
    shop.day_of_tasks(&["a"]);
    assert_eq!(held(&shop), ["0.025", "0.3"]);
    shop.audit();
}

/// TIME-2: with `[emission]` every day from that of the first applied command has a close, and an idle one costs two
/// steps whatever the number of members; without it days with neither task nor sale have none.
#[test]
fn idle_days_cost_nothing_per_member() {
    let mut shop = Shop::new(PLAN);
    assert_eq!(shop.engine.next_due(), None, "no command, no day");
    assert_eq!(
        shop.send("task.complete", r#""member":"x""#).to_owned(),
        ratchet_engine::engine::Outcome::Rejected(ratchet_engine::rejection::Rejection::MemberUnknown)
    );
    assert_eq!(shop.engine.next_due(), None, "a refused command begins nothing");
    for member in 0..50 {
        shop.buy(&format!("o{member}"), &format!("m{member}"), "100.00");
    }
    let before = shop.events.len();
    shop.day += 800;
    shop.ok("time.advance", "");
    assert_eq!((shop.closes, shop.events.len() - before), (800, 2_400));
    // 92,250, 50,000 and 70 days of 25,000 ÷ 366: all but the platform's 10 % are unissued.
    let view = shop.engine.emission();
    let third = units("25000") / 366 * 70;
    assert_eq!(view.issued.units() + view.reserve.units(), units("142250") + third);
    let mut without = Shop::new("cost = \"30%\"\n[value]\ngrant_ratio = \"10%\"\n");
    without.buy("o", "m", "100.00");
    assert_eq!(without.engine.next_due(), None);
    without.task("m");
    assert!(without.engine.next_due().is_some());
    without.day += 800;
    without.ok("time.advance", "");
    assert_eq!((without.closes, without.engine.next_due()), (1, None));
    shop.audit();
}

/// EMIT-2: the cap cuts the last year; after it nothing is issued, and days still close.
#[test]
fn the_cap_ends_the_emission() {
    let mut shop = Shop::new(&with(&[
        ("[92250, 50000]", "[365, 10]"),
        ("cap = 1000000", "cap = 370"),
        ("\"80%\"", "\"90%\""),
    ]));
    shop.buy("1", "m", "1000.00");
    for _ in 0..3 {
        shop.day_of_tasks(&["m"]);
    }
    assert_eq!(shop.member("m").emission_points.to_string(), "1.8", "two days of 0.9");
    shop.day = 365 + 364;
    shop.ok("time.advance", "");
    let all = |shop: &Shop| shop.engine.emission().issued.units() + shop.engine.emission().reserve.units();
    assert_eq!(all(&shop), units("365") + units("5") / 365 * 364);
    shop.next_day();
    assert_eq!(all(&shop), units("370"), "the last day takes the remainder");
    shop.day += 1_000;
    shop.ok("time.advance", "");
    assert_eq!((all(&shop), shop.closes), (units("370"), 365 * 2 + 1_000));
    shop.audit();
}

/// EMIT-3: ranks nobody has, and shares below 100 %, go to the reserve.
#[test]
fn what_nobody_gets_is_unissued() {
    let rank = "[[rank]]\nid = \"silver\"\nname = { zh = \"银\", en = \"Silver\" }\nvolume = \"1000000.00\"\nrate = \"0%\"\n";
    let plan = with(&[("platform = \"10%\"\n", "platform = \"10%\"\n[emission.ranks]\nsilver = \"2%\"\n")]);
    let mut shop = Shop::new(&format!("{plan}{rank}"));
    shop.buy("1", "a", "10.00");
    shop.next_day();
    shop.day_of_tasks(&["a"]);
    let view = shop.engine.emission();
    let day = units("252.739726027397");
    let (members, platform) = (units("202.191780821917"), units("25.273972602739"));
    assert_eq!(view.issued.units(), 2 * platform + members);
    assert_eq!(view.reserve.units(), 2 * day - 2 * platform - members);
    shop.audit();
}

/// EMIT-3, EMIT-3a: ranks found in a close share its emission; the shares stand accrued until the rank changes, and
/// what members see includes them.
#[test]
fn members_of_a_rank_share_equally() {
    let rank = |id: &str, volume: u32| {
        format!(
            "[[rank]]\nid = \"{id}\"\nname = {{ zh = \"级\", en = \"Rank\" }}\nvolume = \"{volume}\"\nrate = \"0%\"\n"
        )
    };
    let shares = "platform = \"10%\"\n[emission.ranks]\none = \"2%\"\ntwo = \"3%\"\n";
    let plan = with(&[("platform = \"10%\"\n", shares)]) + &rank("one", 100) + &rank("two", 1_000);
    let mut shop = Shop::new(&plan);
    for (member, referrer) in [("boss", None), ("other", None), ("a", Some("boss")), ("b", Some("other"))] {
        shop.join(member, referrer);
    }
    shop.buy("1", "a", "200.00");
    shop.next_day();
    let (two_percent, three_percent) = (units("5.054794520547"), units("7.582191780821"));
    let held = |shop: &Shop, member: &str| shop.member(member).emission_points.units();
    let account = |shop: &Shop, kind| shop.account(kind, 0).unsigned_abs();
    assert_eq!((shop.member("boss").rank, held(&shop, "boss")), (Some(0), two_percent));
    shop.next_day();
    assert_eq!(held(&shop, "boss"), 2 * two_percent);
    assert_eq!(account(&shop, AccountKind::EmissionAccrued), 2 * two_percent);
    assert_eq!(account(&shop, AccountKind::MemberEmission), 0, "nobody has been touched");
    // Two members halve the share; the odd unit is unissued.
    shop.buy("2", "b", "200.00");
    shop.next_day();
    let half = two_percent / 2;
    assert_eq!((held(&shop, "boss"), held(&shop, "other")), (2 * two_percent + half, half));
    // The boss rises: what it had accrued is credited, and its day is one of the higher rank.
    shop.buy("3", "a", "1000.00");
    shop.next_day();
    let credited = 2 * two_percent + half;
    assert_eq!(account(&shop, AccountKind::MemberEmission), credited);
    assert_eq!((held(&shop, "boss"), held(&shop, "other")), (credited + three_percent, half + two_percent));
    assert_eq!(account(&shop, AccountKind::EmissionAccrued), three_percent + half + two_percent);
    let view = shop.engine.emission();
    assert_eq!(view.issued.units() + view.reserve.units(), 4 * units("252.739726027397"));
    shop.audit();
}

/// EMIT-3b: every refusal of `emission.*`, and an issue from the reserve.
#[test]
fn the_reserve_is_issued_by_two_people() {
    let mut bare = Shop::new("cost = \"30%\"\n");
    bare.join("m", None);
    let propose = |issue: &str, member: &str, points: &str, actor: &str| {
        format!(r#""actor":"{actor}","issue":"{issue}","member":"{member}","points":"{points}""#)
    };
    let approve = |issue: &str, actor: &str| format!(r#""actor":"{actor}","issue":"{issue}""#);
    assert_eq!(bare.refused("emission.propose", &propose("i", "x", "0", "ann")), "member_unknown");
    assert_eq!(bare.refused("emission.propose", &propose("i", "m", "0", "ann")), "points_not_positive");
    assert_eq!(bare.refused("emission.propose", &propose("i", "m", "1", "ann")), "no_emission");
    assert_eq!(bare.refused("emission.approve", &approve("i", "bob")), "no_emission");

    let mut shop = Shop::new(PLAN);
    shop.join("m", None);
    shop.ok("emission.propose", &propose("i", "m", "227.465753424658", "ann"));
    assert_eq!(shop.refused("emission.propose", &propose("i", "m", "1", "bob")), "issue_exists");
    assert_eq!(shop.refused("emission.approve", &approve("j", "bob")), "issue_unknown");
    assert_eq!(shop.refused("emission.approve", &approve("i", "ann")), "same_person");
    assert_eq!(shop.refused("emission.approve", &approve("i", "bob")), "insufficient_reserve");
    shop.next_day();
    shop.ok("emission.approve", &approve("i", "bob"));
    assert_eq!(shop.member("m").emission_points.to_string(), "227.465753424658");
    let view = shop.engine.emission();
    assert_eq!(
        (view.issued.to_string(), view.reserve.to_string()),
        ("252.739726027397".to_owned(), "0".to_owned())
    );
    // EMIT-4: the guide price is still that of the last close.
    assert_eq!(view.guide_issued.to_string(), "25.273972602739");
    assert_eq!(shop.refused("emission.approve", &approve("i", "ann")), "same_person");
    assert_eq!(shop.refused("emission.approve", &approve("i", "bob")), "issue_done");
    assert_eq!(shop.refused("emission.propose", &propose("i", "m", "1", "bob")), "issue_exists");
    shop.audit();
}

/// TIME-2, POOL-11b: one close a day does all steps in their order: the requested sales come first.
#[test]
fn a_close_does_its_steps_in_order() {
    let plan = "cost = \"30%\"\npool = \"30%\"\n[split.funds]\nf = \"20%\"\n[pool]\nsale_price = \"daily_batch\"\n[release]\n\
                grant_ratio = \"10%\"\nrate = \"3‰\"\nfund = \"f\"\n[release.acceleration]\ndirect = \"50%\"\n";
    let mut shop = Shop::new(&(plan.to_owned() + PLAN.trim_start_matches("cost = \"30%\"\n")));
    shop.join("a", None);
    shop.join("b", Some("a"));
    shop.buy("1", "a", "1000.00");
    shop.buy("2", "b", "1000.00");
    shop.next_day();
    shop.ok("points.sell", r#""member":"a","points":"10""#);
    let (before, closes) = (shop.events.len(), shop.closes);
    shop.day_of_tasks(&["b", "a"]);
    let names: Vec<String> = shop.events[before..]
        .iter()
        .map(|event| format!("{event:?}").split([' ', '{']).next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "TaskCompleted",
            "TaskCompleted",
            "BatchExecuted",
            "PointsSold",
            "ValueReleased",
            "PointsReleased",
            "PointsReleased",
            "EmissionDistributed",
            "DailyEmissionIssued",
            "DayBegan",
            "DayClosed"
        ]
    );
    assert_eq!(shop.closes, closes + 1);
    shop.audit();
}

/// A close goes in entries of at most 1,000 members of each step, in joining order, whatever the order of the tasks (TIME-2c).
#[test]
fn a_large_close_is_cut_into_events() {
    let envelope = |json: &str| {
        ratchet_engine::command::Envelope::from_json(json, &ratchet_engine::amount::Currency::CNY)
            .expect("a command")
    };
    let mut engine = ratchet_engine::engine::Engine::genesis(crate::daily::plan(PLAN));
    let mut send = |json: &str| {
        let outcome = engine.submit(&envelope(json));
        assert!(matches!(outcome, ratchet_engine::engine::Outcome::Applied { .. }), "{outcome:?}: {json}");
        let steps = engine
            .entries()
            .flat_map(|entry| entry.steps().map(|(event, _)| event.clone()).collect::<Vec<_>>());
        steps.collect::<Vec<_>>()
    };
    for m in 0..2_500 {
        send(&format!(
            r#"{{"key":"p{m}","at":"2026-01-01T00:00:00Z","type":"order.pay","order":"o{m}","member":"m{m}","lines":[{{"line":"1","amount":"100.00"}}]}}"#
        ));
        send(&format!(
            r#"{{"key":"r{m}","at":"2026-01-01T00:00:00Z","type":"order.receive","order":"o{m}"}}"#
        ));
    }
    for m in (0..2_500).rev() {
        send(&format!(
            r#"{{"key":"t{m}","at":"2026-01-02T00:00:00Z","type":"task.complete","member":"m{m}"}}"#
        ));
    }
    let end = ratchet_engine::time::Timestamp::parse("2026-01-03T00:00:00Z").expect("an instant");
    let mut steps = Vec::new();
    for slice in 0.. {
        let left = engine.run_due(end, 1);
        let entries: Vec<_> = engine.entries().collect();
        assert!(entries.len() == 1 && entries[0].cause == Cause::Due(DueKind::CloseOfDay));
        steps.extend(entries[0].steps().map(|(event, _)| event.clone()));
        let has_more = matches!(steps.last(), Some(Event::SliceEnded { .. }));
        assert_eq!((has_more, left), if slice < 4 { (true, DueWork::More) } else { (false, DueWork::Done) });
        assert_eq!(engine.next_due().is_some_and(|at| at <= end), has_more);
        engine.digest();
        if !has_more {
            break;
        }
    }
    let released = steps.iter().filter_map(|event| match event {
        Event::ValueReleased { members, .. } => Some((members[0].member.0, members.len())),
        _ => None,
    });
    assert_eq!(released.collect::<Vec<_>>(), [(0, 1_000), (1_000, 1_000), (2_000, 500)]);
    let shares = steps.iter().filter_map(|event| match event {
        Event::EmissionDistributed { members } => Some(members.len()),
        _ => None,
    });
    assert_eq!(shares.collect::<Vec<_>>(), [1_000, 1_000, 500]);
    // Members released, shares, the four steps of a close that began a day, and the ends of four slices.
    assert_eq!(steps.len(), 3 + 3 + 3 + 4);
    engine.digest();
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Turn {
    Buy(usize, i64),
    Refund(usize, i64),
    Tasks(u8),
    Idle(u16),
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        (0_usize..5, 1_i64..3_000_000).prop_map(|(who, minor)| Turn::Buy(who, minor)),
        (any::<prop::sample::Index>(), 1_i64..3_000_000)
            .prop_map(|(which, minor)| Turn::Refund(which.index(1_000), minor)),
        any::<u8>().prop_map(Turn::Tasks),
        any::<u8>().prop_map(Turn::Tasks),
        (1_u16..500).prop_map(Turn::Idle),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// EMIT-2, EMIT-3, LEDGER-1: whatever happens, what is issued and what is not is the schedule, within the cap; every
    /// asset conserves (checked after every command); released weight never falls; the journal leads to the same state.
    #[test]
    fn emission_never_exceeds_the_schedule(
        turns in prop::collection::vec(turn(), 1..25),
        rate in prop_oneof![Just("3‰"), Just("37.1234%")],
        cap in prop_oneof![Just(1000000), Just(95000), Just(92251)],
    ) {
        let grant = format!("grant_ratio = \"10%\"\nrate = \"{rate}\"");
        let mut shop = Shop::new(&with(&[("grant_ratio = \"10%\"", &grant), ("1000000", &cap.to_string())]));
        let members = ["a", "b", "c", "d", "e"];
        for (member, referrer) in members.iter().zip([None, Some("a"), Some("b"), Some("c"), Some("a")]) {
            shop.join(member, referrer);
        }
        let mut left: Vec<i64> = Vec::new();
        let mut weight = 0;
        for turn in &turns {
            match turn {
                Turn::Buy(who, minor) => {
                    shop.buy(&format!("o{}", left.len()), members[*who], &yuan(*minor));
                    left.push(*minor);
                }
                Turn::Refund(which, minor) => if !left.is_empty() {
                    let which = which % left.len();
                    let minor = *minor.min(&left[which]);
                    if minor > 0 {
                        shop.refund(&format!("o{which}"), &yuan(minor));
                        left[which] -= minor;
                    }
                },
                Turn::Tasks(set) => {
                    let done = members.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1);
                    shop.day_of_tasks(&done.map(|(_, member)| *member).collect::<Vec<_>>());
                }
                Turn::Idle(days) => {
                    shop.day += i64::from(*days);
                    shop.ok("time.advance", "");
                }
            }
            let released = shop.account(AccountKind::ValueReleased, 0);
            prop_assert!(released >= weight);
            weight = released;
        }
        let view = shop.engine.emission();
        let held: u128 = members.iter().map(|member| shop.member(member).emission_points.units()).sum();
        let platform = shop.account(AccountKind::EmissionPlatform, 0).unsigned_abs();
        prop_assert_eq!(view.issued.units(), held + platform);
        prop_assert!(view.issued.units() + view.reserve.units() <= units(&cap.to_string()));
        shop.audit();
    }
}
