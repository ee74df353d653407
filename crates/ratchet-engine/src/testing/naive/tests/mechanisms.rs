//! Golden numbers of SPEC 17 for sections 5 to 8, and hand-worked examples, in the naive model by itself.

use super::*;
use crate::amount::UNITS_PER_POINT;
use crate::command::{AgentLevel, Millionths, Region, TipSize};

/// Cost 40 %, commission 30 %, a fund of 25 %; no pool share.
const SPLIT: &str = "[split]\ncost = \"40%\"\ncommission = \"30%\"\n[split.funds]\nrelease = \"25%\"\n";

/// The ladder of the shared-purchase preset (RANK-3), without its volumes and legs.
const LADDER: &str = "[[rank]]\nid = \"one\"\nname = { zh = \"一\", en = \"One\" }\nvolume = \"10.00\"\nrate = \"9%\"\n\
    tip_rate = \"5%\"\n[[rank]]\nid = \"two\"\nname = { zh = \"二\", en = \"Two\" }\nvolume = \"100000.00\"\nrate = \"11%\"\n\
    tip_rate = \"7%\"\n[[rank]]\nid = \"three\"\nname = { zh = \"三\", en = \"Three\" }\nvolume = \"100000.00\"\nrate = \"15%\"\n\
    tip_rate = \"8%\"\n[[rank]]\nid = \"silver\"\nname = { zh = \"银\", en = \"Silver\" }\nvolume = \"100000.00\"\nrate = \"18%\"\n\
    tip_rate = \"9%\"\n";

const EMISSION: &str = "[value]\ngrant_ratio = \"10%\"\nreferral = [\"5%\", \"4%\", \"3%\", \"2%\", \"1%\"]\n[emission]\n\
    years = [92250, 50000]\ncap = 1000000\nfirst_price = \"1000.00\"\nmembers = \"80%\"\nplatform = \"10%\"\n\
    [merchant]\nactivation_pack = \"399.00\"\n";

fn desk(extra: &str) -> Desk {
    Desk::new(&format!("{SPLIT}{extra}"))
}

impl Desk {
    #[track_caller]
    fn join(&mut self, member: &str, referrer: Option<&str>) {
        let referrer = referrer.map(id);
        self.must("desk", Command::MemberJoin { member: id(member), referrer, region: None, person: None });
    }

    /// `m1` at the top, each below the one before.
    #[track_caller]
    fn chain(&mut self, count: u32) {
        for number in 1..=count {
            let above = (number > 1).then(|| member_name(number - 1));
            self.join(&member_name(number), above.as_deref());
        }
    }

    #[track_caller]
    fn task(&mut self, member: &str) {
        self.must(member, Command::TaskComplete { member: id(member), task: None });
    }

    fn midnight(&mut self) {
        let next = self.naive.next_midnight(self.now);
        self.advance(next - self.now);
    }

    /// One of [`crate::testing::snapshot::Snapshot::others`]; 0 if it is left out.
    fn other(&self, name: &str) -> i128 {
        self.naive.snapshot().others.get(name).copied().unwrap_or(0)
    }

    fn of(&self, member: &str, name: &str) -> i128 {
        self.other(&format!("members.{member}.{name}"))
    }

    #[track_caller]
    fn merchant(&mut self, merchant: &str, member: &str) {
        self.buy(&format!("pack {merchant}"), member, "399.00");
        let order = id(&format!("pack {merchant}"));
        self.must(member, Command::MerchantApply { merchant: id(merchant), member: id(member), order });
        self.must("reviewer", Command::MerchantApprove { merchant: id(merchant) });
    }

    #[track_caller]
    fn issue(&mut self, member: &str, points: &str) {
        self.keys += 1;
        let issue = id(&format!("issue {}", self.keys));
        let points = Points::parse(points).expect("points");
        let propose = Command::EmissionPropose { issue: issue.clone(), member: id(member), points };
        self.must("operator", propose);
        self.must("auditor", Command::EmissionApprove { issue });
    }
}

fn signed(text: &str) -> i128 {
    i128::try_from(units(text)).expect("small")
}

fn tip(name: &str, merchant: &str, member: &str, value: &str) -> Command {
    let size = TipSize::Value(Points::parse(value).expect("points"));
    Command::TipGive { tip: id(name), merchant: id(merchant), member: id(member), size }
}

fn region(code: &str) -> Region {
    Region::parse(code).expect("a region")
}

// ---- section 5

#[test]
fn comm_2_and_comm_3_the_chain_of_the_rules() {
    let plan = "[commission]\n[commission.differential]\n[commission.peer]\nrates = [\"10%\", \"5%\"]\n";
    let mut desk = desk(&format!("{plan}{LADDER}"));
    desk.chain(7);
    // Near to far: 9 %, 15 %, 11 %, 18 %, 18 %, 18 %.
    for (member, rank) in [(5, 0), (4, 2), (3, 1), (2, 3), (1, 3), (0, 3)] {
        desk.naive.members[member].rank = Some(rank);
    }
    desk.buy("o1", "m7", "10000.00");
    let paid: Vec<i128> = (1..=6).rev().map(|number| desk.cash(&member_name(number))).collect();
    let expected = ["900.00", "600.00", "0.00", "300.00", "30.00", "15.00"].map(fen);
    assert_eq!(paid, expected);
    // The rest of the leg of 3,000.
    let snapshot = desk.naive.snapshot();
    assert_eq!(snapshot.accounts.commission_undistributed, fen("1155.00"));
    assert_eq!(snapshot.members["m6"].cash_received, fen("900.00"));
}

#[test]
fn comm_0_comm_1_and_net_2_what_was_laid_down_at_payment_is_paid() {
    let plan = "[settlement]\nafter_sale_days = 1\n[commission]\n[commission.direct]\nrate = \"10%\"\n\
                [commission.indirect]\nrate = \"5%\"\n";
    let mut desk = desk(plan);
    desk.chain(2);
    desk.join("m3", None);
    // No referrer yet when o1 is paid: nobody earns, even if bound before it settles.
    desk.buy("o1", "m3", "100.00");
    desk.must("desk", Command::MemberBind { member: id("m3"), referrer: id("m2") });
    desk.buy("o2", "m3", "100.00");
    let suspend = Command::MemberSuspend { member: id("m1"), reason: "soap".to_owned() };
    desk.must("desk", suspend.clone());
    desk.refused("desk", suspend, Rejection::MemberState);
    // Not qualified when it is paid: its part stays undistributed (nobody moves up).
    desk.buy("o3", "m3", "100.00");
    desk.must("desk", Command::MemberResume { member: id("m1") });
    desk.advance(DAY_US);
    assert_eq!((desk.cash("m2"), desk.cash("m1")), (fen("20.00"), fen("5.00")));
    assert_eq!(desk.naive.snapshot().accounts.commission_undistributed, fen("65.00"));
}

#[test]
fn net_1b_who_may_be_bound() {
    let mut desk = desk("");
    desk.join("m1", None);
    desk.join("m2", None);
    desk.join("m3", Some("m2"));
    let bind =
        |member: &str, referrer: &str| Command::MemberBind { member: id(member), referrer: id(referrer) };
    desk.refused("desk", bind("no", "no"), Rejection::MemberUnknown);
    desk.refused("desk", bind("m3", "m3"), Rejection::ReferrerIsSelf);
    desk.refused("desk", bind("m3", "no"), Rejection::ReferrerUnknown);
    desk.refused("desk", bind("m3", "m1"), Rejection::ReferrerBound);
    desk.refused("desk", bind("m1", "m3"), Rejection::ReferrerNotOlder);
    desk.must("desk", bind("m2", "m1"));
}

#[test]
fn comm_4_agents_share_their_level_and_comm_6_the_cap_cuts_the_last() {
    let plan = "[commission]\ncap = \"15.5%\"\n[commission.direct]\nrate = \"10%\"\n[commission.regional]\n\
                district = \"3%\"\ncity = \"2%\"\nprovince = \"1%\"\n";
    let mut desk = desk(plan);
    desk.chain(5);
    let appoint = |member: &str, code: &str, level| Command::AgentAppoint {
        member: id(member),
        territory: region(code),
        level,
    };
    desk.must("desk", appoint("m1", "330106", AgentLevel::District));
    desk.must("desk", appoint("m2", "330106", AgentLevel::District));
    desk.must("desk", appoint("m3", "330100", AgentLevel::City));
    desk.must("desk", appoint("m3", "330000", AgentLevel::Province));
    desk.refused("desk", appoint("m3", "330000", AgentLevel::Province), Rejection::AgentExists);
    desk.refused("desk", appoint("m3", "330000", AgentLevel::City), Rejection::TerritoryLevel);
    desk.refused("desk", appoint("m3", "330199", AgentLevel::City), Rejection::TerritoryUnknown);
    let mut terms = terms("m5", &[line("1", "100.10")]);
    terms.ship_to = Some(region("330106"));
    desk.must("m5", pay("o1", terms));
    desk.must("courier", Command::OrderReceive { order: id("o1") });
    // 10.01 to the referrer; 3.00 shared by two; 2.00; of 1.00 only 0.50 is left of 15.51.
    assert_eq!(desk.cash("m4"), fen("10.01"));
    assert_eq!((desk.cash("m1"), desk.cash("m2")), (fen("1.50"), fen("1.50")));
    assert_eq!(desk.cash("m3"), fen("2.50"));
    assert_eq!(desk.naive.snapshot().accounts.commission_undistributed, fen("30.03") - fen("15.51"));
}

/// COMM-5, COMM-5b
#[test]
fn comm_5_the_dividend_of_the_rules_and_comm_5b_its_carry() {
    let plan = "[commission]\n[commission.dividend]\nrate = \"1%\"\nfund = \"release\"\nperiod = \"day\"\n";
    let mut desk = desk(plan);
    for number in 1..=17 {
        let weight = [100_000, 200_000, 300_000][usize::from(number > 2) + usize::from(number > 7)];
        desk.join(&member_name(number), None);
        let member = id(&member_name(number));
        desk.must("desk", Command::ShareholderSet { member, weight: Millionths { millionths: weight } });
    }
    desk.buy("o1", "buyer", "1000.00");
    desk.midnight();
    assert_eq!([desk.cash("m1"), desk.cash("m3"), desk.cash("m8")], ["0.23", "0.47", "0.71"].map(fen));
    assert_eq!(desk.other("accounts.dividend_pot"), fen("0.09"));
    // A late refund of everything makes the next day's base negative: it carries as a deficit.
    desk.refund_all("r1", "o1");
    desk.midnight();
    assert_eq!(desk.other("dividend.deficit"), fen("1000.00"));
    // A day on which nothing happens leaves the deficit and the carry.
    desk.midnight();
    assert_eq!(
        (desk.other("dividend.deficit"), desk.other("accounts.dividend_pot")),
        (fen("1000.00"), fen("0.09"))
    );
    desk.refused(
        "desk",
        Command::ShareholderSet { member: id("m1"), weight: Millionths { millionths: 1_000_000_000_001 } },
        Rejection::LimitReached,
    );
}

#[test]
fn comm_5a_periods_end_with_the_local_day_week_and_month() {
    for (period, days) in [("day", [1, 2]), ("week", [4, 11]), ("month", [31, 59])] {
        let plan = format!(
            "[commission]\n[commission.dividend]\nrate = \"100%\"\nfund = \"release\"\nperiod = \"{period}\"\n"
        );
        let mut desk = desk(&plan);
        desk.join("m1", None);
        desk.must("desk", Command::ShareholderSet { member: id("m1"), weight: Millionths { millionths: 1 } });
        // The desk begins on Thursday 1 January 2026 at 08:00 local time.
        for day in 0..60 {
            desk.buy(&format!("o{day}"), "buyer", "4.00");
            desk.midnight();
            let ended = days.iter().rev().find(|end| day + 1 >= **end).copied().unwrap_or(0);
            if day < days[1] {
                assert_eq!(desk.cash("m1"), fen("1.00") * i128::from(ended), "{period}, {day}");
            }
        }
    }
}

#[test]
fn comm_8_and_comm_9_a_late_refund_books_what_is_gone_and_nets_it() {
    let mut desk = desk("[commission]\n[commission.direct]\nrate = \"10%\"\n");
    desk.chain(2);
    desk.buy("o1", "m2", "100.00");
    desk.must("m1", withdraw("w1", "m1", "7.00"));
    desk.refund("r1", "o1", "50.00");
    // 5.00 of 10.00: 3.00 are there.
    assert_eq!((desk.cash("m1"), desk.of("m1", "receivable")), (0, fen("2.00")));
    let reserve = desk.naive.snapshot().accounts.refund_reserve;
    desk.buy("o2", "m2", "30.00");
    let after = desk.naive.snapshot();
    assert_eq!((desk.cash("m1"), desk.of("m1", "receivable")), (fen("1.00"), 0));
    // The platform had advanced it.
    assert_eq!(after.accounts.refund_reserve, reserve);
    assert_eq!(after.others.get("accounts.advanced_platform"), None);
    assert_eq!(after.accounts.refund_recoverable, 0);
    assert_eq!(after.members["m1"].cash_received, fen("13.00"));
}

#[test]
fn comm_8a_a_charged_wallet_gives_retained_money_first() {
    let mut desk =
        desk("[pool]\nretention_point = \"withdrawal\"\n[commission]\n[commission.direct]\nrate = \"10%\"\n");
    desk.chain(2);
    let mut own = line("1", "100.00");
    own.contribution = Some(yuan("20.00"));
    desk.must("m1", pay("o1", terms("m1", &[own.clone()])));
    desk.must("courier", Command::OrderReceive { order: id("o1") });
    desk.must("m2", pay("o2", terms("m2", &[own])));
    desk.must("courier", Command::OrderReceive { order: id("o2") });
    desk.sell("m1", "all");
    let before = desk.naive.snapshot().members["m1"].clone();
    assert_eq!(before.cash, before.retention_pending + fen("10.00"));
    desk.refund_all("r1", "o2");
    let after = desk.naive.snapshot().members["m1"].clone();
    assert_eq!((after.cash, after.retention_pending), (before.retention_pending, before.retention_pending));
}

/// RANK-1, RANK-2, RANK-2a
#[test]
fn rank_1_rank_2_and_rank_2a_legs_found_in_the_same_pass() {
    let ranks = "[[rank]]\nid = \"one\"\nname = { zh = \"一\", en = \"One\" }\nvolume = \"50.00\"\nrate = \"5%\"\n\
                 [[rank]]\nid = \"two\"\nname = { zh = \"二\", en = \"Two\" }\nvolume = \"50.00\"\nrate = \"8%\"\nlegs = 2\n\
                 leg_rank = \"one\"\n";
    let mut desk = desk(&format!("[ranking]\nwindow_days = 2\ndemotion = true\n{ranks}"));
    desk.join("top", None);
    for leg in ["a", "b"] {
        desk.join(leg, Some("top"));
        desk.join(&format!("{leg}2"), Some(leg));
        desk.buy(&format!("o{leg}"), &format!("{leg}2"), "60.00");
    }
    assert_eq!(desk.of("a", "rank"), 0);
    desk.midnight();
    assert_eq!([desk.of("a", "rank"), desk.of("b", "rank"), desk.of("top", "rank")], [1, 1, 2]);
    assert_eq!((desk.of("top", "team_volume"), desk.of("a2", "rank")), (fen("120.00"), 0));
    // No settlement, no pass; two days later another one finds the window empty.
    desk.midnight();
    desk.midnight();
    assert_eq!(desk.of("top", "rank"), 2);
    desk.buy("late", "b2", "55.00");
    desk.midnight();
    assert_eq!([desk.of("a", "rank"), desk.of("b", "rank"), desk.of("top", "rank")], [0, 1, 1]);
}

#[test]
fn rank_1a_small_legs_own_volume_and_late_refunds() {
    let ranks =
        "[[rank]]\nid = \"one\"\nname = { zh = \"一\", en = \"One\" }\nvolume = \"50.00\"\nrate = \"5%\"\n";
    let mut desk = desk(&format!("[ranking]\nvolume = \"small_legs\"\ninclude_self = true\n{ranks}"));
    desk.join("top", None);
    desk.join("a", Some("top"));
    desk.join("b", Some("top"));
    desk.buy("o1", "a", "100.00");
    desk.buy("o2", "b", "30.00");
    desk.buy("o3", "top", "19.99");
    desk.midnight();
    assert_eq!((desk.of("top", "team_volume"), desk.of("top", "rank")), (fen("49.99"), 0));
    desk.refund("r1", "o1", "80.00");
    desk.buy("o4", "b", "30.00");
    desk.midnight();
    // Legs 20 and 60: the smaller and its own.
    assert_eq!((desk.of("top", "team_volume"), desk.of("top", "rank")), (fen("39.99"), 0));
    desk.buy("o5", "a", "20.00");
    desk.midnight();
    assert_eq!((desk.of("top", "team_volume"), desk.of("top", "rank")), (fen("59.99"), 1));
}

#[test]
fn net_3_and_net_3a_purchased_is_looked_at_when_a_day_closes() {
    let mut desk = desk("[commission]\nqualified = \"purchased\"\n[commission.direct]\nrate = \"10%\"\n");
    desk.chain(2);
    desk.buy("o1", "m1", "10.00");
    desk.buy("o2", "m2", "10.00");
    assert_eq!(desk.cash("m1"), 0);
    desk.midnight();
    desk.buy("o3", "m2", "10.00");
    assert_eq!(desk.cash("m1"), fen("1.00"));
    desk.refund_all("r1", "o1");
    desk.buy("o4", "m2", "10.00");
    assert_eq!(desk.cash("m1"), fen("2.00"));
    desk.midnight();
    desk.buy("o5", "m2", "10.00");
    assert_eq!(desk.cash("m1"), fen("2.00"));
}

// ---- section 6

const RELEASE: &str = "[release]\ngrant_ratio = \"50%\"\nrate = \"3‰\"\nfund = \"release\"\n";

#[test]
fn rel_1_and_rel_2_linear_for_334_days() {
    let mut desk = desk(RELEASE);
    desk.buy("o1", "m1", "10000.00");
    desk.buy("o2", "rich", "100000.00");
    assert_eq!(desk.of("m1", "release_points"), signed("5000"));
    // Not on the day of the grant.
    desk.task("m1");
    desk.midnight();
    assert_eq!(desk.cash("m1"), 0);
    for day in 1..=334 {
        // A missed day releases nothing and forfeits nothing.
        if day == 100 {
            desk.midnight();
        }
        desk.task("m1");
        desk.midnight();
        let expected = if day == 334 { fen("5000.00") } else { fen("15.00") * day };
        assert_eq!(desk.cash("m1"), expected, "day {day}");
    }
    assert_eq!(desk.of("m1", "release_points"), 0);
}

#[test]
fn rel_2_and_rel_4_on_the_remaining_balance() {
    let mut desk = desk(&format!("{RELEASE}base = \"remaining\"\n"));
    desk.buy("o1", "m1", "10000.00");
    desk.buy("o2", "rich", "100000.00");
    desk.midnight();
    let mut seen = Vec::new();
    for day in 1..=365 {
        let before = (desk.of("m1", "release_remaining"), desk.cash("m1"));
        desk.task("m1");
        desk.midnight();
        if [1, 30, 365].contains(&day) {
            seen.push((before.0 - desk.of("m1", "release_remaining"), desk.cash("m1") - before.1));
        }
    }
    let expected = [("15", "15.00"), ("13.748358559747", "13.75"), ("5.024916906123", "5.03")];
    assert_eq!(seen, expected.map(|(points, money)| (signed(points), fen(money))));
}

#[test]
fn rel_4b_and_wallet_3_the_split_of_released_money() {
    let mut desk = desk(
        "[release]\ngrant_ratio = \"100%\"\nrate = \"100%\"\nfund = \"release\"\nreconsume_share = \"30%\"\n",
    );
    desk.buy("o1", "m1", "15.01");
    desk.buy("o2", "rich", "1000.00");
    desk.midnight();
    desk.task("m1");
    desk.midnight();
    let member = desk.naive.snapshot().members["m1"].clone();
    assert_eq!((member.cash, member.reconsume), (fen("10.50"), fen("4.51")));
    assert_eq!(member.cash_received, fen("15.01"));
}

#[test]
fn rel_3_and_rel_3a_acceleration_of_referrers() {
    let plan =
        format!("{RELEASE}boost = \"1‰\"\n[release.acceleration]\ndirect = \"50%\"\nindirect = \"10%\"\n");
    let mut desk = desk(&plan);
    desk.chain(3);
    for number in 1..=3 {
        desk.buy(&format!("o{number}"), &member_name(number), "10000.00");
    }
    desk.midnight();
    desk.task("m2");
    desk.task("m3");
    desk.midnight();
    // m3: 15 static. m2: 15 and 5 of boost static, 7.50 by m3. m1 without a task: 10 by m2, 1.50 by m3.
    assert_eq!(desk.cash("m3"), fen("15.00"));
    assert_eq!(desk.cash("m2"), fen("27.50"));
    assert_eq!(desk.cash("m1"), fen("11.50"));
}

#[test]
fn rel_4a_and_rel_2b_a_short_fund_pays_what_is_there() {
    let mut desk = desk("[release]\ngrant_ratio = \"100%\"\nrate = \"50%\"\nfund = \"release\"\n");
    desk.buy("o1", "m1", "10.00");
    desk.buy("o2", "m2", "10.00");
    desk.midnight();
    desk.task("m1");
    desk.task("m2");
    desk.midnight();
    // The fund has 5.00: m1 gets it, m2 nothing.
    assert_eq!((desk.cash("m1"), desk.cash("m2")), (fen("5.00"), 0));
    assert_eq!(desk.other("release.shortfall"), fen("5.00"));
    assert_eq!(desk.of("m2", "release_remaining"), signed("10"));
    desk.buy("o3", "m3", "8.00");
    desk.task("m2");
    desk.midnight();
    assert_eq!((desk.cash("m2"), desk.of("m2", "release_remaining")), (fen("2.00"), signed("8")));
    assert_eq!(desk.other("release.shortfall"), fen("8.00"));
}

#[test]
fn rel_5_and_rel_6_a_late_refund_shrinks_the_grant() {
    let mut desk = desk("[release]\ngrant_ratio = \"50%\"\nrate = \"40%\"\nfund = \"release\"\n");
    desk.buy("o1", "m1", "100.00");
    desk.buy("o2", "rich", "1000.00");
    desk.midnight();
    desk.task("m1");
    desk.midnight();
    assert_eq!(desk.of("m1", "release_remaining"), signed("30"));
    desk.refund("r1", "o1", "50.00");
    assert_eq!(desk.of("m1", "release_remaining"), signed("5"));
    desk.task("m1");
    desk.midnight();
    // The second stage is 10 of 25, but 5 remain.
    assert_eq!((desk.cash("m1"), desk.of("m1", "release_points")), (fen("25.00"), 0));
    desk.refund("r2", "o1", "40.01");
    assert_eq!(desk.of("m1", "receivable"), fen("20.00"));
    desk.refund("r3", "o1", "9.99");
    assert_eq!(desk.of("m1", "receivable"), fen("25.00"));
}

#[test]
fn rel_1_zones_scale_after_flooring() {
    let mut desk = desk(&format!("{RELEASE}[release.zones]\ntriple = 3\nnone = 0\n"));
    let in_zone = |zone: &str| {
        let mut line = line("1", "10.00");
        line.zone = Some(id(zone));
        terms("m1", &[line])
    };
    desk.refused("m1", pay("o1", in_zone("double")), Rejection::ZoneUnknown);
    desk.must("m1", pay("o1", in_zone("triple")));
    desk.must("m1", pay("o2", in_zone("none")));
    desk.must("courier", Command::OrderReceive { order: id("o1") });
    desk.must("courier", Command::OrderReceive { order: id("o2") });
    assert_eq!(desk.of("m1", "release_points"), signed("15"));
}

// ---- section 7

#[test]
fn emit_1_referral_bonuses_and_emit_1a_one_lot_a_day() {
    let mut desk = desk(EMISSION);
    desk.chain(7);
    desk.buy("o1", "m7", "10000.00");
    let of = |desk: &Desk| -> Vec<i128> {
        (1..=7).rev().map(|number| desk.of(&member_name(number), "value_units")).collect()
    };
    assert_eq!(of(&desk), ["1000", "50", "40", "30", "20", "10", "0"].map(signed));
    desk.refund("r1", "o1", "5000.00");
    assert_eq!(of(&desk), ["500", "25", "20", "15", "10", "5", "0"].map(signed));
    // EMIT-1c: the same lot.
    desk.refund_all("r2", "o1");
    desk.buy("o2", "m7", "1000.00");
    desk.task("m7");
    desk.midnight();
    desk.task("m7");
    desk.midnight();
    assert_eq!(desk.of("m7", "value_units"), signed("99.7"));
    assert_eq!(desk.other("accounts.value_released"), signed("0.3"));
    // EMIT-1b: released weight stays counted.
    desk.refund_all("r3", "o2");
    assert_eq!((desk.of("m7", "value_units"), desk.other("accounts.value_released")), (0, signed("0.3")));
}

#[test]
fn emit_2_emit_2a_and_emit_3_the_first_day_of_the_schedule() {
    let mut desk = desk(EMISSION);
    // 30 of 12,000 released: m1 has 10,000 units, the others 3,990,000 in all.
    desk.buy("o1", "m1", "100000.00");
    for number in 2..=11 {
        desk.buy(&format!("o{number}"), &member_name(number), "3990000.00");
    }
    assert_eq!(desk.other("emission.issued"), 0);
    desk.midnight();
    // Nothing was released: only the platform's part is issued.
    assert_eq!(desk.other("emission.issued"), signed("25.273972602739"));
    assert_eq!(desk.other("emission.reserve"), signed("252.739726027397") - signed("25.273972602739"));
    for number in 1..=11 {
        desk.task(&member_name(number));
    }
    desk.midnight();
    assert_eq!(desk.other("accounts.value_released"), signed("12000"));
    assert_eq!(desk.of("m1", "emission_points"), signed("0.505479452054"));
    assert_eq!(desk.other("guide.released"), signed("12000"));
    assert_eq!(desk.other("guide.issued"), desk.other("emission.issued"));
    // EMIT-3c.
    let all = desk.other("emission.issued") + desk.other("emission.reserve");
    assert_eq!(all, 2 * signed("252.739726027397"));
    // At the end of the year all of it has been shared out, and the second year begins.
    desk.advance(363 * DAY_US);
    assert_eq!(desk.other("emission.issued") + desk.other("emission.reserve"), signed("92250"));
    desk.midnight();
    let second = signed("50000") / 365;
    assert_eq!(desk.other("emission.issued") + desk.other("emission.reserve"), signed("92250") + second);
}

#[test]
fn emit_2a_a_start_on_29_february_has_its_anniversary_on_1_march() {
    let mut desk = desk(EMISSION);
    // 2028-02-29 at noon, local time.
    desk.now += 789 * DAY_US - 4 * 3_600 * SECOND_US;
    desk.join("m1", None);
    let all = |desk: &Desk| desk.other("emission.issued") + desk.other("emission.reserve");
    desk.midnight();
    assert_eq!(all(&desk), signed("92250") / 366);
    desk.advance(364 * DAY_US);
    assert_eq!(all(&desk), signed("92250") / 366 * 365);
    desk.midnight();
    assert_eq!(all(&desk), signed("92250"));
    desk.midnight();
    assert_eq!(all(&desk), signed("92250") + signed("50000") / 365);
}

#[test]
fn emit_2_a_year_is_cut_at_the_cap_and_tails_halve() {
    let plan =
        "[value]\ngrant_ratio = \"10%\"\n[emission]\nyears = [100]\ncap = 160\nfirst_price = \"1.00\"\n";
    let mut desk = desk(plan);
    desk.join("m1", None);
    let reserve = |desk: &Desk| desk.other("emission.reserve");
    desk.advance(365 * DAY_US);
    assert_eq!(reserve(&desk), signed("100"));
    desk.advance(365 * DAY_US);
    assert_eq!(reserve(&desk), signed("150"));
    desk.advance(731 * DAY_US);
    assert_eq!(reserve(&desk), signed("160"));
}

#[test]
fn emit_3b_issues_from_the_reserve() {
    let mut desk = desk(EMISSION);
    desk.join("m1", None);
    desk.midnight();
    let propose = |issue: &str, member: &str, points: &str| Command::EmissionPropose {
        issue: id(issue),
        member: id(member),
        points: Points::parse(points).expect("points"),
    };
    let approve = |issue: &str| Command::EmissionApprove { issue: id(issue) };
    desk.refused("a", propose("i1", "no", "0"), Rejection::MemberUnknown);
    desk.refused("a", propose("i1", "m1", "0"), Rejection::PointsNotPositive);
    desk.must("a", propose("i1", "m1", "227.465753424658"));
    desk.refused("a", propose("i1", "m1", "1"), Rejection::IssueExists);
    desk.must("a", propose("i2", "m1", "227.465753424659"));
    desk.refused("a", approve("i1"), Rejection::SamePerson);
    desk.refused("b", approve("i3"), Rejection::IssueUnknown);
    desk.refused("b", approve("i2"), Rejection::InsufficientReserve);
    desk.must("b", approve("i1"));
    desk.refused("b", approve("i1"), Rejection::IssueDone);
    assert_eq!(
        (desk.other("emission.reserve"), desk.of("m1", "emission_points")),
        (0, signed("227.465753424658"))
    );
}

// ---- section 8

#[test]
fn merch_2_and_merch_3_the_tip_of_the_rules() {
    let mut desk = desk(&format!("{EMISSION}{LADDER}"));
    desk.join("above giver", None);
    desk.join("giver", Some("above giver"));
    desk.join("above guest", None);
    desk.join("guest", Some("above guest"));
    desk.merchant("shop", "giver");
    desk.buy("o1", "guest", "20.00");
    desk.midnight();
    assert_eq!((desk.of("above giver", "rank"), desk.of("above guest", "rank")), (1, 1));
    desk.issue("giver", "0.1");
    let (value, burned) = (desk.of("giver", "value_units"), desk.naive.emission_burned);
    desk.refused("giver", tip("t1", "shop", "giver", "1000"), Rejection::TipToSelf);
    desk.refused("giver", tip("t1", "shop", "guest", "1000.000000000001"), Rejection::InsufficientEmission);
    desk.must("giver", tip("t1", "shop", "guest", "1000"));
    desk.refused("giver", tip("t1", "shop", "guest", "1"), Rejection::TipExists);
    assert_eq!(desk.of("giver", "emission_points"), 0);
    assert_eq!(desk.of("above giver", "emission_points"), signed("0.005"));
    assert_eq!(desk.of("above guest", "emission_points"), signed("0.005"));
    assert_eq!(desk.naive.emission_burned - burned, units("0.09"));
    assert_eq!(desk.of("giver", "value_units") - value, signed("200"));
    // A concession of 100 yuan is 1,000 units.
    desk.issue("giver", "0.1");
    let size = TipSize::Concession(yuan("100.00"));
    let give = Command::TipGive { tip: id("t2"), merchant: id("shop"), member: id("guest"), size };
    desk.must("giver", give);
    assert_eq!(desk.of("giver", "emission_points"), 0);
}

#[test]
fn merch_1_from_application_to_suspension() {
    let mut desk = desk(EMISSION);
    desk.buy("small", "m1", "398.99");
    desk.buy("pack", "m1", "399.00");
    let apply = |merchant: &str, member: &str, order: &str| Command::MerchantApply {
        merchant: id(merchant),
        member: id(member),
        order: id(order),
    };
    let reason = || "papers".to_owned();
    let shop = || id("shop");
    desk.refused("m1", apply("shop", "no", "no"), Rejection::MemberUnknown);
    desk.refused("m1", apply("shop", "m1", "no"), Rejection::OrderUnknown);
    desk.join("m2", None);
    desk.refused("m1", apply("shop", "m2", "pack"), Rejection::OrderState);
    desk.refused("m1", apply("shop", "m1", "small"), Rejection::BelowActivationPack);
    desk.must("clerk", apply("shop", "m1", "pack"));
    desk.refused("m1", apply("other", "m1", "pack"), Rejection::MerchantExists);
    for same in ["clerk", "m1", "shop"] {
        desk.refused(same, Command::MerchantApprove { merchant: shop() }, Rejection::SamePerson);
    }
    let blank = Command::MerchantReject { merchant: shop(), reason: " ".to_owned() };
    desk.refused("boss", blank, Rejection::ReasonMissing);
    desk.must("boss", Command::MerchantReject { merchant: shop(), reason: reason() });
    desk.refused("boss", Command::MerchantApprove { merchant: shop() }, Rejection::MerchantState);
    desk.must("m1", apply("shop", "m1", "pack"));
    desk.must("boss", Command::MerchantApprove { merchant: shop() });
    desk.must("boss", Command::MerchantSuspend { merchant: shop(), reason: reason() });
    desk.refused("m1", tip("t1", "shop", "m2", "1"), Rejection::MerchantState);
    desk.must("boss", Command::MerchantResume { merchant: shop() });
    assert_eq!(desk.other("merchants.shop.state"), 2);
    let nobody = Command::MerchantResume { merchant: id("no") };
    desk.refused("boss", nobody, Rejection::MerchantUnknown);
}

#[test]
fn merch_4_and_merch_4a_a_product_reserves_and_burns() {
    let mut desk = desk(EMISSION);
    desk.merchant("shop", "m1");
    desk.midnight();
    desk.issue("m1", "0.015");
    let list = |product: &str, award: &str, concession: &str| Command::ProductList {
        product: id(product),
        merchant: id("shop"),
        price: yuan("100.00"),
        value_award: Points::parse(award).expect("points"),
        concession: Some(yuan(concession)),
    };
    desk.refused("desk", list("tea", "99.9", "20.00"), Rejection::AwardTooLow);
    desk.refused("desk", list("tea", "100", "100.01"), Rejection::ConcessionExceedsPrice);
    desk.must("desk", list("tea", "100", "20.00"));
    desk.refused("desk", list("tea", "100", "20.00"), Rejection::ProductExists);
    let tea = |quantity: u32, amount: &str| {
        let mut line = line("1", amount);
        (line.sku, line.quantity) = (Some(id("tea")), Some(quantity));
        terms("m2", &[line])
    };
    // 200 units need 0.02 points.
    desk.refused("m2", pay("o1", tea(2, "200.00")), Rejection::InsufficientEmission);
    let mut other = tea(1, "100.00");
    other.lines[0].merchant = Some(id("else"));
    desk.refused("m2", pay("o1", other), Rejection::ProductMerchant);
    desk.must("m2", pay("o1", tea(1, "100.00")));
    assert_eq!(
        (desk.of("m1", "emission_points"), desk.of("m1", "emission_reserved")),
        (signed("0.005"), signed("0.01"))
    );
    desk.refund("r1", "o1", "25.00");
    assert_eq!(desk.of("m1", "emission_reserved"), signed("0.0075"));
    let burned = desk.naive.emission_burned;
    desk.must("courier", Command::OrderReceive { order: id("o1") });
    assert_eq!(desk.naive.emission_burned - burned, units("0.0075"));
    assert_eq!(desk.of("m1", "emission_points"), signed("0.0075"));
    // The award replaces the grant: 75 of 100 units. The merchant gets 80 of 100, of what is left 60 (MERCH-5).
    assert_eq!(desk.of("m2", "value_units"), signed("75"));
    assert_eq!(desk.naive.snapshot().merchants["shop"].payable, fen("60.00"));
    desk.must("desk", Command::ProductDelist { product: id("tea") });
    desk.refused("desk", Command::ProductDelist { product: id("tea") }, Rejection::ProductUnknown);
    // Nothing happens with a product that is gone.
    desk.must("m2", pay("o2", tea(9, "10.00")));
}

#[test]
fn merch_5_payouts_of_merchants() {
    let mut desk =
        desk(&format!("{EMISSION}[wallet]\nwithdrawal_fee = \"1%\"\nwithdrawal_minimum = \"5.00\"\n"));
    desk.merchant("shop", "m1");
    let mut sold = line("1", "100.00");
    sold.merchant = Some(id("shop"));
    let mut named = sold.clone();
    named.merchant = Some(id("named"));
    for (order, line) in [("o1", sold), ("o2", named)] {
        desk.must("m2", pay(order, terms("m2", &[line])));
        desk.must("courier", Command::OrderReceive { order: id(order) });
    }
    let ask = |withdrawal: &str, merchant: &str, amount: &str| Command::MerchantWithdraw {
        withdrawal: id(withdrawal),
        merchant: id(merchant),
        amount: yuan(amount),
    };
    desk.refused("m1", ask("w1", "shop", "0.00"), Rejection::AmountNotPositive);
    desk.refused("m1", ask("w1", "shop", "4.99"), Rejection::BelowMinimum);
    desk.refused("m1", ask("w1", "shop", "40.01"), Rejection::InsufficientPayable);
    desk.refused("m1", ask("w1", "named", "40.00"), Rejection::MerchantUnknown);
    desk.must("clerk", ask("w1", "shop", "40.00"));
    desk.refused("clerk", ask("w1", "shop", "40.00"), Rejection::WithdrawalExists);
    assert_eq!(desk.other("merchants.shop.hold"), fen("40.00"));
    for same in ["clerk", "m1", "shop"] {
        desk.refused(same, approve("w1"), Rejection::SamePerson);
    }
    desk.must("boss", approve("w1"));
    desk.must("boss", Command::WalletSent { withdrawal: id("w1") });
    let bank = desk.naive.snapshot().accounts.bank;
    desk.must("boss", Command::WalletPaid { withdrawal: id("w1") });
    assert_eq!(bank - desk.naive.snapshot().accounts.bank, fen("39.60"));
    assert_eq!((desk.other("merchants.shop.hold"), desk.naive.snapshot().merchants.get("shop")), (0, None));
}

#[test]
fn merch_2_the_guide_price_rounds_up() {
    let mut naive = Naive::new(&plan(&format!("{SPLIT}{EMISSION}")));
    // Ten units for one yuan: at 3 yuan a point one unit costs a thirtieth of a point.
    (naive.guide_released, naive.guide_issued) = (3 * UNITS_PER_POINT, UNITS_PER_POINT);
    assert_eq!(naive.points_for_units(UNITS_PER_POINT), 33_333_333_334);
    assert_eq!(naive.points_for_units(1), 1);
    naive.guide_released = 0;
    assert_eq!(naive.points_for_units(1_000 * UNITS_PER_POINT), UNITS_PER_POINT / 10);
}
