//! Staged release (REL-1 to REL-7): golden numbers, every state of a refund, a fund that is short, refusals.

use proptest::prelude::*;
use ratchet_engine::event::Event;
use ratchet_engine::ledger::AccountKind;

use crate::daily::{Shop, units, yuan};

/// Half of each base is granted and all of it is in the fund.
const FUNDED: &str = "cost = \"30%\"\n[split.funds]\nother = \"1%\"\nrelease = \"50%\"\n[release]\ngrant_ratio = \"50%\"\n\
                      rate = \"3‰\"\nfund = \"release\"\nreconsume_share = \"30%\"\n";
/// The fund's number in the plan.
const FUND: u32 = 1;

fn with(changes: &[(&str, &str)]) -> String {
    let mut text = FUNDED.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from} is not in the plan");
        text = text.replace(from, to);
    }
    text
}

/// REL-1, REL-2, REL-6: SPEC 17: 5,000 at 3 ‰ are 15 a day for 333 days, and 5 on the last.
#[test]
fn five_thousand_points_take_334_days() {
    let mut shop = Shop::new(FUNDED);
    shop.buy("o", "m", "10000.00");
    assert_eq!(shop.member("m").release_points.units(), units("5000"));
    // The day of the grant is none of its days, task or not.
    shop.day_of_tasks(&["m"]);
    assert_eq!((shop.remaining("m"), shop.wallets("m")), ("5000".to_owned(), (0, 0)));
    for day in 1..=333 {
        shop.day_of_tasks(&["m"]);
        assert_eq!(shop.wallets("m"), (1050 * day, 450 * day), "day {day}");
    }
    assert_eq!(shop.remaining("m"), "5");
    shop.day_of_tasks(&["m"]);
    assert_eq!(shop.wallets("m"), (349_650 + 350, 149_850 + 150));
    assert_eq!(shop.remaining("m"), "0");
    assert_eq!(shop.account(AccountKind::Fund, FUND), 0);
    let closes = shop.closes;
    // A closed lot gives no more; a day with a task is closed, one without is not.
    shop.day_of_tasks(&["m"]);
    shop.next_day();
    assert_eq!((shop.closes, shop.wallets("m").0), (closes + 1, 350_000));
    assert_eq!(shop.member("m").cash_received.minor(), 500_000, "both wallets are cash received (DISC-1a)");
    shop.audit();
}

/// REL-2: SPEC 17: 3 ‰ of what remains, the fractions of a unit carried. The money of the day is what the points
/// released so far are worth in whole fen, less what was paid before: a fraction of a fen is carried too.
#[test]
fn on_what_remains_the_stages_shrink() {
    let mut shop = Shop::new(&with(&[("rate = \"3‰\"", "rate = \"3‰\"\nbase = \"remaining\"")]));
    shop.buy("o", "m", "10000.00");
    shop.next_day();
    let (mut before, mut paid_before) = (units("5000"), 0);
    for day in 1..=365 {
        shop.day_of_tasks(&["m"]);
        let left = units(&shop.remaining("m"));
        let (released, (cash, goods)) = (before - left, shop.wallets("m"));
        let paid = cash + goods - paid_before;
        match day {
            1 => assert_eq!((released, paid), (units("15"), 1500)),
            30 => assert_eq!((released, paid), (units("13.748358559747"), 1375)),
            365 => assert_eq!((released, paid), (units("5.024916906123"), 503)),
            _ => {}
        }
        let whole = (units("5000") - left) / 10_000_000_000;
        assert_eq!(u128::try_from(cash + goods).expect("positive"), whole, "day {day}");
        (before, paid_before) = (left, cash + goods);
    }
    shop.audit();
}

/// WALLET-3: SPEC 17: 15.01 is 10.50 in cash, rounded down, and 4.51 for goods.
#[test]
fn the_split_rounds_cash_down() {
    let mut shop = Shop::new(&with(&[("rate = \"3‰\"", "rate = \"1%\"")]));
    shop.buy("o", "m", "3002.00");
    shop.next_day();
    shop.day_of_tasks(&["m"]);
    assert_eq!(shop.wallets("m"), (1050, 451));
}

/// REL-1: award zones multiply the grant; a zone of 0 grants nothing; without `[release.zones]` a zone says nothing.
#[test]
fn zones_multiply_the_grant() {
    let zones = format!("{FUNDED}[release.zones]\nnone = 0\ntwice = 2\ntriple = 3\n");
    for (plan, zone, granted) in [
        (zones.as_str(), "", "500"),
        (&zones, r#","zone":"none""#, "0"),
        (&zones, r#","zone":"twice""#, "1000"),
        (&zones, r#","zone":"triple""#, "1500"),
        (FUNDED, r#","zone":"any""#, "500"),
    ] {
        let mut shop = Shop::new(plan);
        shop.pay("o", "m", "1000.00", zone);
        shop.receive("o");
        assert_eq!(shop.remaining("m"), granted, "{zone}");
        // A refund shrinks what the zone granted.
        shop.refund("o", "500.00");
        assert_eq!(units(&shop.remaining("m")), units(granted) / 2, "{zone}");
        shop.refund("o", "500.00");
        assert_eq!(shop.remaining("m"), "0", "{zone}");
        shop.audit();
    }
}

/// REL-2, TIME-2: the day is the local day of `at`; a second task changes nothing; a missed day forfeits nothing.
#[test]
fn tasks_count_once_a_day() {
    let mut shop = Shop::new(FUNDED);
    shop.buy("o", "m", "1000.00");
    shop.next_day();
    shop.task("m");
    let before = shop.events.len();
    shop.task("m");
    assert_eq!(shop.events.len(), before, "applied, and nothing happened");
    shop.next_day();
    assert_eq!(shop.remaining("m"), "498.5");
    for _ in 0..5 {
        shop.next_day();
    }
    assert_eq!(shop.closes, 1, "a day without task has no close");
    shop.day_of_tasks(&["m"]);
    assert_eq!(shop.remaining("m"), "497");
    shop.audit();
}

/// REL-3: half of what a referral releases, from the referrer's own started lots, oldest first, without a task of its
/// own; a quarter for the one above; what is accelerated accelerates nobody.
#[test]
fn referrals_accelerate() {
    let plan = format!("{FUNDED}[release.acceleration]\ndirect = \"50%\"\nindirect = \"25%\"\n");
    let mut shop = Shop::new(&plan);
    shop.join("top", None);
    shop.join("boss", Some("top"));
    shop.join("a", Some("boss"));
    shop.join("b", Some("boss"));
    for (order, member, amount) in [
        ("1", "top", "1000.00"),
        ("2", "boss", "10.00"),
        ("3", "boss", "1000.00"),
        ("4", "a", "1000.00"),
        ("5", "b", "2000.00"),
    ] {
        shop.buy(order, member, amount);
    }
    shop.next_day();
    // A lot of today has not started.
    shop.buy("6", "top", "5000.00");
    shop.day_of_tasks(&["a", "b"]);
    // a releases 1.5, b 3.
    assert_eq!((shop.remaining("a"), shop.remaining("b")), ("498.5".to_owned(), "997".to_owned()));
    assert_eq!(shop.remaining("boss"), "502.75", "0.75 + 1.5, though it did no task");
    assert_eq!(shop.remaining("top"), "2998.875", "0.375 + 0.75, and nothing of what the boss released");
    assert_eq!(shop.wallets("boss"), (157, 68));
    // 1.125 points: the fraction of a fen is carried.
    assert_eq!(shop.wallets("top"), (78, 34));
    assert_eq!(shop.member("top").release_points.units() - units("2998.875"), units("0.005"));
    // With a task of its own: both passes, each with its own conversion. The small lot first.
    shop.day_of_tasks(&["a", "boss"]);
    // boss static: 0.015 + 1.5; accelerated 0.75.
    assert_eq!(shop.remaining("boss"), "500.485");
    // top: 0.5 of the boss's 1.515 and 0.25 of a's 1.5.
    assert_eq!(units(&shop.remaining("top")), units("2998.875") - units("0.7575") - units("0.375"));
    // The small lot of 5 has given 2.25 + 0.015 + 0.75; the referrer gets as much as its started lots hold.
    let lots = shop.events.iter().rev().find_map(|event| match event {
        Event::PointsReleased { members, lots, .. } if members.len() == 2 => Some(lots.clone()),
        _ => None,
    });
    assert_eq!(lots.map(|lots| lots.len()), Some(2), "one lot each");
    shop.audit();
}

/// REL-3: acceleration reaches as far as the started lots do.
#[test]
fn acceleration_ends_with_the_lots() {
    let plan = format!("{FUNDED}[release.acceleration]\ndirect = \"100%\"\n");
    let mut shop = Shop::new(&plan);
    shop.join("boss", None);
    shop.join("a", Some("boss"));
    shop.buy("1", "boss", "2.00");
    shop.buy("2", "boss", "1.00");
    shop.buy("3", "a", "1000.00");
    shop.day_of_tasks(&[]);
    shop.day_of_tasks(&["a"]);
    assert_eq!(shop.remaining("boss"), "0", "1.5 due: both lots are emptied");
    shop.day_of_tasks(&["a", "boss"]);
    assert_eq!(shop.wallets("boss"), (105, 45));
    shop.audit();
}

/// REL-3: with a boost each direct referral whose task is done adds a part of the original to each stage.
#[test]
fn referrals_boost() {
    let mut shop = Shop::new(&with(&[("reconsume_share = \"30%\"", "boost = \"1‰\"")]));
    shop.join("boss", None);
    for member in ["a", "b", "c"] {
        shop.join(member, Some("boss"));
    }
    shop.buy("1", "boss", "2000.00");
    shop.buy("2", "a", "2000.00");
    shop.next_day();
    shop.day_of_tasks(&["boss", "a", "c"]);
    // 3 + 2 · 1; a has no referrals.
    assert_eq!((shop.remaining("boss"), shop.remaining("a")), ("995".to_owned(), "997".to_owned()));
    // Referrals boost only who does its own task.
    shop.day_of_tasks(&["a", "b", "c"]);
    assert_eq!(shop.remaining("boss"), "995");
    // 199 more days of 3 + 2: the boost is within what remains.
    for _ in 0..199 {
        shop.day_of_tasks(&["boss", "a", "b"]);
    }
    assert_eq!(shop.remaining("boss"), "0");
    assert_eq!(shop.wallets("boss"), (100_000, 0));
    shop.audit();
}

/// REL-4, REL-4a: a fund that is short serves members in joining order, oldest lots first, to the last fen.
#[test]
fn a_short_fund_serves_in_joining_order() {
    // 1 % of 1,000 yuan is 10 yuan; 500 points at 1 % a day are 5 yuan.
    let plan = with(&[("release = \"50%\"", "release = \"1%\""), ("rate = \"3‰\"", "rate = \"1%\"")]);
    let mut shop = Shop::new(&plan);
    for (order, member, amount) in
        [("1", "a", "333.33"), ("2", "b", "100.00"), ("3", "b", "400.00"), ("4", "c", "1000.00")]
    {
        shop.buy(order, member, amount);
    }
    // 3.33 + 1.00 + 4.00 + 10.00.
    assert_eq!(shop.account(AccountKind::Fund, FUND), 1833);
    shop.next_day();
    for _ in 0..2 {
        shop.day_of_tasks(&["a", "b", "c"]);
    }
    // A day: a 1.66665, b 0.5 + 2, c 5. After two days 18.33 − 2 · 9.16665 is not there: paid 1.66 + 2.50 + 5.00, then
    // 1.67 + 2.50 + 5.00.
    assert_eq!(shop.account(AccountKind::Fund, FUND), 0);
    assert_eq!(shop.engine.release_shortfall().minor(), 0);
    shop.buy("5", "d", "200.00");
    // 2.00: a 1.66 of 1.66665, b 0.34 of 2.50, c nothing.
    shop.day_of_tasks(&["a", "b", "c"]);
    assert_eq!(shop.account(AccountKind::Fund, FUND), 0);
    assert_eq!(shop.engine.release_shortfall().minor(), 216 + 500);
    assert_eq!(units(&shop.remaining("b")), units("250") - units("5") - units("0.34"));
    assert_eq!(units(&shop.remaining("c")), units("500") - units("10"));
    // The done day counted: the next stages are as always, and what stayed locked is released at the end.
    shop.buy("6", "d", "100000.00");
    shop.day_of_tasks(&["b", "c"]);
    assert_eq!(units(&shop.remaining("c")), units("500") - units("15"));
    for _ in 0..97 {
        shop.day_of_tasks(&["b", "c"]);
    }
    assert_eq!(shop.remaining("c"), "0", "the shortfall prolongs nothing by more than it is");
    shop.audit();
}

/// REL-4a: an empty fund pays nothing, and less than a fen asks nothing of it.
#[test]
fn an_empty_fund_releases_nothing() {
    let plan = with(&[("release = \"50%\"", "release = \"0%\""), ("rate = \"3‰\"", "rate = \"0.4%\"")]);
    let mut shop = Shop::new(&plan);
    shop.buy("1", "a", "1000.00");
    // 1.00 of points: 0.4 fen a day.
    shop.buy("2", "b", "2.00");
    shop.next_day();
    shop.day_of_tasks(&["a", "b"]);
    assert_eq!((shop.remaining("a"), shop.remaining("b")), ("500".to_owned(), "0.996".to_owned()));
    shop.day_of_tasks(&["b"]);
    assert_eq!(shop.remaining("b"), "0.992");
    // The third would make a fen.
    shop.day_of_tasks(&["b"]);
    assert_eq!(
        (shop.remaining("b"), shop.member("b").release_points.units()),
        ("0.992".to_owned(), units("1"))
    );
    assert_eq!(shop.engine.release_shortfall().minor(), 200 + 1);
    shop.audit();
}

/// REL-4a: accelerated releases that the fund cannot pay stay locked too, and are in the shortfall.
#[test]
fn a_short_fund_cuts_acceleration() {
    let plan =
        with(&[("release = \"50%\"", "release = \"0.15%\"")]) + "[release.acceleration]\ndirect = \"50%\"\n";
    let mut shop = Shop::new(&plan);
    shop.join("boss", None);
    shop.join("a", Some("boss"));
    shop.buy("1", "boss", "1.00");
    shop.buy("2", "a", "1000.00");
    // 1.50: what a is due; the boss's 0.75 find nothing. The boss's order left 0 fen.
    shop.next_day();
    shop.day_of_tasks(&["a"]);
    assert_eq!((shop.wallets("a"), shop.wallets("boss")), ((105, 45), (0, 0)));
    assert_eq!((shop.remaining("boss"), shop.engine.release_shortfall().minor()), ("0.5".to_owned(), 50));
    shop.audit();
}

/// REL-5: before settlement the grant is of what is left.
#[test]
fn a_refund_before_settlement_needs_nothing() {
    let mut shop = Shop::new(FUNDED);
    shop.pay("o", "m", "1000.00", "");
    shop.refund("o", "300.00");
    shop.receive("o");
    assert_eq!(shop.remaining("m"), "350");
    shop.pay("p", "n", "1000.00", "");
    shop.refund("p", "1000.00");
    assert_eq!(shop.remaining("n"), "0");
    shop.audit();
}

/// REL-4b, REL-5, COMM-9: after settlement the grant shrinks; what was released beyond it is owed, and netted from what
/// is released later before that is split.
#[test]
fn a_late_refund_shrinks_the_grant() {
    let mut shop = Shop::new(&with(&[("rate = \"3‰\"", "rate = \"10%\"")]));
    shop.buy("o", "m", "1000.00");
    shop.next_day();
    for _ in 0..4 {
        shop.day_of_tasks(&["m"]);
    }
    // 200 of 500 are released.
    assert_eq!(shop.wallets("m"), (14_000, 6_000));
    shop.refund("o", "200.00");
    assert_eq!((shop.remaining("m"), shop.member("m").receivable.minor()), ("200".to_owned(), 0));
    shop.day_of_tasks(&["m"]);
    // Stages are of the smaller original.
    assert_eq!(shop.remaining("m"), "160");
    // 150.005 would have been granted: 240 were released.
    shop.refund("o", "499.99");
    assert_eq!(shop.remaining("m"), "0");
    assert_eq!(shop.member("m").receivable.minor(), 24_000 - 15_001);
    assert_eq!(shop.account(AccountKind::RefundRecoverable, 0), 8_999);
    // Over all refunds together: 150.005 and 0.005 are a fen.
    shop.refund("o", "0.01");
    assert_eq!(shop.member("m").receivable.minor(), 24_000 - 15_000);
    shop.audit();
    // A later order's release is netted first.
    shop.buy("p", "m", "1000.00");
    shop.next_day();
    let (before, fund) = (shop.wallets("m"), shop.account(AccountKind::Fund, FUND));
    shop.day_of_tasks(&["m"]);
    assert_eq!((shop.wallets("m"), shop.member("m").receivable.minor()), (before, 4_000));
    shop.day_of_tasks(&["m"]);
    assert_eq!(shop.wallets("m"), (before.0 + 700, before.1 + 300));
    assert_eq!(shop.member("m").receivable.minor(), 0);
    assert_eq!(shop.account(AccountKind::RefundRecoverable, 0), 0);
    assert_eq!(shop.account(AccountKind::Fund, FUND), fund - 10_000 + 9_000, "it goes back to the fund");
    assert_eq!(shop.account(AccountKind::RefundReserve, 0), 0);
    assert_eq!(shop.member("m").cash_received.minor(), 24_000 + 10_000, "what was netted was received");
    shop.audit();
}

/// REL-5, REL-6: a lot that is closed stays closed; its refunds are owed, in parts as at once.
#[test]
fn a_refund_of_a_closed_lot_is_owed() {
    let mut shop = Shop::new(&with(&[("rate = \"3‰\"", "rate = \"50%\"")]));
    shop.buy("o", "m", "1000.00");
    shop.next_day();
    shop.day_of_tasks(&["m"]);
    shop.day_of_tasks(&["m"]);
    assert_eq!(shop.remaining("m"), "0");
    for _ in 0..3 {
        shop.refund("o", "0.01");
    }
    assert_eq!(shop.member("m").receivable.minor(), 1, "0.015 points");
    shop.refund("o", "999.97");
    assert_eq!(shop.member("m").receivable.minor(), 50_000);
    let closes = shop.closes;
    shop.day_of_tasks(&["m"]);
    assert_eq!((shop.closes, shop.remaining("m")), (closes + 1, "0".to_owned()));
    shop.audit();
}

/// REL-7: re-consumption money buys goods and grants nothing.
#[test]
fn goods_for_reconsumption_money_grant_nothing() {
    let mut shop = Shop::new(&with(&[("rate = \"3‰\"", "rate = \"100%\"")]));
    shop.buy("o", "m", "1000.00");
    shop.next_day();
    shop.day_of_tasks(&["m"]);
    assert_eq!(shop.wallets("m"), (35_000, 15_000));
    let tender = r#""order":"p","member":"m","lines":[{"line":"1","amount":"200.00"}],"tender":{"cash":"50.00","reconsume":"150.00"}"#;
    shop.ok("order.pay", tender);
    shop.receive("p");
    assert_eq!((shop.remaining("m"), shop.wallets("m").1), ("25".to_owned(), 0));
    // Half of the line goes back: half of its cash, and of what that granted.
    shop.refund("p", "100.00");
    assert_eq!((shop.remaining("m"), shop.wallets("m").1), ("12.5".to_owned(), 7_500));
    shop.audit();
}

/// REL-2, REL-1: every refusal, and that it changes nothing.
#[test]
fn refusals() {
    let mut bare = Shop::new("cost = \"30%\"\n");
    bare.join("m", None);
    assert_eq!(bare.refused("task.complete", r#""member":"x""#), "member_unknown");
    assert_eq!(bare.refused("task.complete", r#""member":"m""#), "no_tasks");
    let order = |zone: &str, more: &str| {
        format!(r#""order":"o","member":"m","lines":[{{"line":"1","amount":"10.00","zone":"{zone}"{more}}}]"#)
    };
    bare.ok("order.place", &order("any", ""));
    let mut shop = Shop::new(&format!("{FUNDED}[release.zones]\na = 1\n"));
    shop.join("m", None);
    assert_eq!(shop.refused("task.complete", r#""member":"x""#), "member_unknown");
    for kind in ["order.place", "order.pay"] {
        assert_eq!(shop.refused(kind, &order("b", "")), "zone_unknown", "{kind}");
        assert_eq!(shop.refused(kind, &order("b", r#","cost":"11.00""#)), "line_exceeds_base", "{kind}");
        assert_eq!(shop.refused(kind, &order("b", r#","contribution":"1.00""#)), "no_pool", "{kind}");
    }
    shop.ok("order.place", &order("a", ""));
    shop.ok("order.pay", r#""order":"o""#);
    // Only value units: tasks, but no release.
    let mut value = Shop::new("cost = \"30%\"\n[value]\ngrant_ratio = \"10%\"\n");
    value.join("m", None);
    value.ok("task.complete", r#""member":"m""#);
}

/// TIME-2, TIME-2a: a close of a day with tasks comes before settlements of the same instant; a lot that settles at
/// midnight is of the new day.
#[test]
fn the_close_comes_before_settlements_at_midnight() {
    let mut shop = Shop::of(ratchet_engine::plan::Plan::parse(
        "test.toml",
        &format!(
            "[programme]\nname = {{ zh = \"测试\", en = \"Test\" }}\nutc_offset = \"Z\"\n[settlement]\nafter_sale_days = 1\n[split]\n{FUNDED}"
        ),
    )
    .unwrap_or_else(|errors| panic!("{errors}")));
    // The shop's commands come at 00:00 of this plan's days.
    shop.buy("o", "m", "1000.00");
    shop.task("m");
    shop.next_day();
    assert_eq!((shop.closes, shop.remaining("m")), (1, "500".to_owned()));
    // Granted at the midnight that began this day: its first stage is tomorrow's.
    shop.day_of_tasks(&["m"]);
    assert_eq!(shop.remaining("m"), "500");
    shop.day_of_tasks(&["m"]);
    assert_eq!(shop.remaining("m"), "498.5");
    shop.audit();
}

/// One thing that happens to the line.
#[derive(Clone, Debug)]
enum Turn {
    Days(u8),
    Refund(i64),
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![(1_u8..20).prop_map(Turn::Days), (1_i64..4_000).prop_map(Turn::Refund)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// REL-5: over any refunds, what is released is never above what the smaller grant allows, or what was released
    /// before; all that is still granted is released in the end; what is beyond it is owed to the fen.
    #[test]
    fn refunds_bound_what_is_released(
        turns in prop::collection::vec(turn(), 1..12),
        rate in prop_oneof![Just("3‰"), Just("7.77%"), Just("33.3333%")],
        base in prop_oneof![Just("original"), Just("remaining")],
        zone in prop_oneof![Just(1_u128), Just(3)],
    ) {
        let plan = with(&[("rate = \"3‰\"", &format!("rate = \"{rate}\"\nbase = \"{base}\"")), ("release = \"50%\"", "release = \"60%\"")]);
        let mut shop = Shop::new(&format!("{plan}[release.zones]\nz = {zone}\n"));
        // Others fill the fund.
        shop.buy("others", "other", "100000.00");
        shop.pay("o", "m", "99.99", r#","zone":"z""#);
        shop.receive("o");
        shop.next_day();
        let grant = |left: i64| u128::try_from(left).expect("positive") * 5_000_000_000 * zone;
        let (mut left, mut bound) = (9_999_i64, grant(9_999));
        let released = |shop: &Shop| -> u128 {
            shop.events.iter().map(|event| match event {
                Event::PointsReleased { members, .. } => members.iter().map(|m| m.released.units()).sum(),
                _ => 0,
            }).sum()
        };
        for turn in &turns {
            match turn {
                Turn::Days(days) => for _ in 0..*days {
                    shop.day_of_tasks(&["m"]);
                    prop_assert!(released(&shop) <= bound);
                },
                Turn::Refund(minor) => {
                    let minor = *minor.min(&left);
                    if minor > 0 {
                        shop.refund("o", &yuan(minor));
                        left -= minor;
                        bound = grant(left).max(released(&shop));
                        let excess = released(&shop).saturating_sub(grant(left)) / 10_000_000_000;
                        let owed = u128::try_from(shop.member("m").receivable.minor()).expect("positive");
                        // Later releases net it; with this line alone there are none once something is owed.
                        prop_assert_eq!(owed, excess);
                    }
                }
            }
            prop_assert_eq!(units(&shop.remaining("m")), bound - released(&shop));
        }
        if base == "original" {
            for _ in 0..340 {
                shop.day_of_tasks(&["m"]);
            }
            prop_assert_eq!(released(&shop), bound);
        }
        shop.audit();
    }

    /// REL-4a: no plan pays more than its fund ever got, nor releases more than it granted, and no fen is lost.
    #[test]
    fn releases_are_within_fund_and_grants(
        orders in prop::collection::vec((0_usize..5, 1_i64..200_000), 1..12),
        tasks in prop::collection::vec(prop::collection::vec(any::<bool>(), 5), 1..15),
        share in prop_oneof![Just("0%"), Just("0.7%"), Just("5%"), Just("50%")],
        rate in prop_oneof![Just("3‰"), Just("12.3456%")],
        direct in prop_oneof![Just("0%"), Just("50%"), Just("100%")],
        boost in prop_oneof![Just("0%"), Just("1.5%")],
    ) {
        let plan = with(&[
            ("release = \"50%\"", &format!("release = \"{share}\"")),
            ("rate = \"3‰\"", &format!("rate = \"{rate}\"\nboost = \"{boost}\"")),
        ]) + &format!("[release.acceleration]\ndirect = \"{direct}\"\nindirect = \"10%\"\n");
        let mut shop = Shop::new(&plan);
        let members = ["a", "b", "c", "d", "e"];
        for (member, referrer) in members.iter().zip([None, Some("a"), Some("b"), Some("b"), Some("a")]) {
            shop.join(member, referrer);
        }
        let mut orders = orders.iter().enumerate();
        for day in &tasks {
            for (number, (who, minor)) in orders.by_ref().take(3) {
                shop.buy(&format!("o{number}"), members[*who], &yuan(*minor));
            }
            let done: Vec<&str> = members.iter().zip(day).filter(|(_, done)| **done).map(|(member, _)| *member).collect();
            shop.day_of_tasks(&done);
        }
        let (mut granted, mut released, mut paid) = (0, 0, 0);
        for event in &shop.events {
            match event {
                Event::ReleaseGranted { points, .. } => granted += points.units(),
                Event::PointsReleased { members, lots, .. } => {
                    let of_members: u128 = members.iter().map(|m| m.released.units()).sum();
                    prop_assert_eq!(of_members, lots.iter().map(|lot| lot.units.units()).sum::<u128>());
                    released += of_members;
                    paid += members.iter().map(|m| m.money.minor()).sum::<i64>();
                }
                _ => {}
            }
        }
        let wallets: i64 = members.iter().map(|member| { let (cash, goods) = shop.wallets(member); cash + goods }).sum();
        prop_assert_eq!(wallets, paid);
        let held: u128 = members.iter().map(|member| shop.member(member).release_points.units()).sum();
        prop_assert_eq!(granted, held + u128::try_from(paid).expect("positive") * 10_000_000_000);
        prop_assert!(released <= granted);
        shop.audit();
    }
}

/// REL-8: what the view says of today's close is what the close does, with money, fraction, fund and lots; and it says nothing of lots
/// that begin tomorrow.
#[test]
fn the_view_says_what_the_close_does() {
    let plans = [
        ("whole", FUNDED.to_owned(), "1234.57"),
        ("remaining", with(&[("rate = \"3‰\"", "rate = \"3‰\"\nbase = \"remaining\"")]), "1234.57"),
        ("boost", with(&[("rate = \"3‰\"", "rate = \"3‰\"\nboost = \"7‰\"")]), "77.77"),
        // Twice of what the fund holds is granted: it runs dry.
        (
            "short",
            with(&[("grant_ratio = \"50%\"", "grant_ratio = \"100%\""), ("rate = \"3‰\"", "rate = \"30%\"")]),
            "333.33",
        ),
    ];
    for (name, plan, amount) in plans {
        let mut shop = Shop::new(&plan);
        shop.join("m", None);
        shop.join("friend", Some("m"));
        let mut shortest = i64::MAX;
        for day in 0..12 {
            if day % 3 == 0 {
                shop.buy(&format!("o{day}"), "m", amount);
            }
            shop.task("friend");
            let said = shop.engine.release_of("m").expect("a plan with release points");
            let started = said.lots.iter().filter(|lot| lot.granted_on < said.today);
            let of_lots: u128 = said.lots.iter().map(|lot| lot.next.units()).sum();
            assert_eq!(of_lots, said.released.units(), "{name} {day}");
            assert_eq!(started.map(|lot| lot.next.units()).sum::<u128>(), of_lots, "{name} {day}");
            assert_eq!(
                said.lots.iter().map(|lot| lot.left.units()).sum::<u128>(),
                units(&shop.remaining("m"))
            );
            assert_eq!((said.done, said.referrals_done), (false, 1), "{name} {day}");
            let (before, fund) = (shop.wallets("m"), shop.account(AccountKind::Fund, FUND));
            assert_eq!(i128::from(said.fund.minor()), fund.abs(), "{name} {day}");
            shop.task("m");
            assert!(shop.engine.release_of("m").is_some_and(|view| view.done), "{name} {day}");
            shop.next_day();
            let after = shop.wallets("m");
            let paid = (after.0 - before.0, after.1 - before.1);
            assert_eq!((said.cash.minor(), said.reconsume.minor()), paid, "{name} {day}");
            assert_eq!(said.left.to_string(), shop.remaining("m"), "{name} {day}");
            let then = shop.engine.release_of("m").expect("it has them");
            assert_eq!(said.carried_on, then.carried, "{name} {day}");
            shortest = shortest.min(said.paid.minor() - said.due.minor());
        }
        assert_eq!(shortest < 0, name == "short", "{name}: the fund runs dry in that one alone");
        shop.audit();
    }
}

/// REL-8, COMM-9: what the member owes is taken first, and stands beside what is paid.
#[test]
fn the_view_says_what_is_netted() {
    let mut shop = Shop::new(FUNDED);
    shop.buy("o", "m", "10000.00");
    shop.buy("other", "m", "10000.00");
    shop.next_day();
    for _ in 0..3 {
        shop.day_of_tasks(&["m"]);
    }
    shop.refund("o", "10000.00");
    let (owed, said) =
        (shop.member("m").receivable.minor(), shop.engine.release_of("m").expect("it has them"));
    assert!(owed > 0, "more was released than is left of the grant");
    assert_eq!(said.netted.minor(), owed.min(said.paid.minor()));
    let before = shop.wallets("m");
    shop.day_of_tasks(&["m"]);
    let after = shop.wallets("m");
    assert_eq!((after.0 - before.0, after.1 - before.1), (said.cash.minor(), said.reconsume.minor()));
    assert_eq!(shop.member("m").receivable.minor(), owed - said.netted.minor());
}
