//! Amendments (AMEND-1 to AMEND-4): who may what, what takes effect when, what stays.

use ratchet_engine::amendment::{ProposalState, TABLE};
use ratchet_engine::amount::Currency;
use ratchet_engine::command::Envelope;
use ratchet_engine::engine::{Cause, DueKind, Engine, Outcome};
use ratchet_engine::event::Event;
use ratchet_engine::hash::Hash32;
use ratchet_engine::journal::{Verifier, Writer};
use ratchet_engine::plan::Plan;
use ratchet_engine::refusal::{Fact, FactName, Refusal};

const PLAN: &str = "[programme]\nname = { zh = \"修订\", en = \"Amended\" }\n\
    [settlement]\nafter_sale_days = 2\n\
    [split]\ncost = \"20%\"\npool = \"30%\"\ncommission = \"20%\"\n[split.funds]\nrelease = \"10%\"\n\
    [pool]\nmint_ratio = \"70%\"\nretention = \"20%\"\n[pool.exit]\nmultiple = 3\n\
    [wallet]\nwithdrawal_fee = \"1%\"\n\
    [commission]\ncap = \"20%\"\n[commission.direct]\nrate = \"5%\"\n\
    [release]\ngrant_ratio = \"50%\"\nrate = \"10%\"\nfund = \"release\"\n\
    [value]\ngrant_ratio = \"10%\"\nrate = \"3‰\"\n\
    [catalogue]\n\
    [[coupon]]\nid = \"five\"\nname = { zh = \"五\", en = \"Five\" }\noff = \"5\"\nvalid_days = 30\n";

/// A programme with its journal.
struct Desk {
    engine: Engine,
    writer: Writer,
    journal: Vec<u8>,
    number: u32,
}

fn with(plan: &str, changes: &[(&str, &str)]) -> String {
    let mut text = plan.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from} is not in the plan");
        text = text.replacen(from, to, 1);
    }
    text
}

impl Desk {
    fn new(plan: &str) -> Desk {
        let plan = Plan::parse("plan.toml", plan).unwrap_or_else(|errors| panic!("{errors}"));
        let engine = Engine::genesis(plan);
        let (mut writer, mut journal) = (Writer::new(), Vec::new());
        writer.write(&engine, None, &mut journal);
        Desk { engine, writer, journal, number: 0 }
    }

    fn envelope(&mut self, at: &str, actor: &str, kind: &str, fields: &str) -> Envelope {
        self.number += 1;
        let comma = if fields.is_empty() { "" } else { "," };
        let json = format!(
            r#"{{"key":"k{}","at":"{at}","actor":"{actor}","type":"{kind}"{comma}{fields}}}"#,
            self.number
        );
        Envelope::from_json(&json, &Currency::CNY).unwrap_or_else(|error| panic!("{error}: {json}"))
    }

    fn submit(&mut self, envelope: &Envelope) -> Outcome {
        let outcome = self.engine.submit(envelope);
        let applied = matches!(outcome, Outcome::Applied { .. });
        self.writer.write(&self.engine, applied.then_some(envelope), &mut self.journal);
        self.engine.check_invariants().unwrap_or_else(|violation| panic!("{violation}"));
        outcome
    }

    fn ok(&mut self, at: &str, kind: &str, fields: &str) {
        self.ok_as(at, "operator", kind, fields);
    }

    fn ok_as(&mut self, at: &str, actor: &str, kind: &str, fields: &str) {
        let envelope = self.envelope(at, actor, kind, fields);
        let outcome = self.submit(&envelope);
        assert!(matches!(outcome, Outcome::Applied { .. }), "{kind} {fields}: {outcome:?}");
    }

    fn refused(&mut self, at: &str, actor: &str, kind: &str, fields: &str) -> Refusal {
        let envelope = self.envelope(at, actor, kind, fields);
        match self.submit(&envelope) {
            Outcome::Rejected(rejection) => self.engine.refusal(&envelope, rejection),
            other => panic!("{kind} {fields}: {other:?}"),
        }
    }

    fn propose(&mut self, at: &str, version: &str, plan: &str, effective_at: &str) {
        let fields = proposal(version, plan, effective_at);
        self.ok_as(at, "ann", "plan.propose", &fields);
    }

    fn approve(&mut self, at: &str, version: &str, plan: &str) {
        self.ok_as(at, "bob", "plan.approve", &approval(version, plan));
    }

    fn amend(&mut self, at: &str, version: &str, plan: &str, effective_at: &str) {
        self.propose(at, version, plan, effective_at);
        self.approve(at, version, plan);
    }

    fn state(&self, version: &str) -> ProposalState {
        let mut proposals = self.engine.plan_proposals();
        proposals.find(|proposal| proposal.version.as_str() == version).expect("it was proposed").state
    }

    fn cash(&self, member: &str) -> i64 {
        let mut members = self.engine.members();
        members.find(|view| view.id == member).expect("a member").cash.minor()
    }

    /// The journal decides again to the same state.
    fn verify(&mut self) {
        let text = String::from_utf8(self.journal.clone()).unwrap();
        let mut verifier = Verifier::new();
        for line in text.lines() {
            verifier.push(line).unwrap_or_else(|error| panic!("{error}"));
        }
        let (last, _) = verifier.finish().unwrap();
        assert_eq!(last.digest(), self.engine.digest());
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn proposal(version: &str, plan: &str, effective_at: &str) -> String {
    format!(r#""version":"{version}","plan":{},"effective_at":"{effective_at}""#, quoted(plan))
}

fn approval(version: &str, plan: &str) -> String {
    format!(r#""version":"{version}","hash":"{}""#, Hash32::of(plan.as_bytes()))
}

/// Local midnights at +08:00.
fn midnight(day: u32) -> String {
    let (month, day) = if day > 31 { (2, day - 31) } else { (1, day) };
    format!("2026-{month:02}-{:02}T16:00:00Z", day)
}

fn noon(day: u32) -> String {
    let (month, day) = if day > 31 { (2, day - 31) } else { (1, day) };
    format!("2026-{month:02}-{day:02}T04:00:00Z")
}

/// AMEND-2: the table of the page of rules is that of the code.
#[test]
fn amend_2_the_table_is_written_down() {
    let page = include_str!("../../../../docs/spec/amendments.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let rows: Vec<Vec<&str>> = rows.map(|line| line.split('|').map(str::trim).collect()).collect();
    assert_eq!(rows.len(), TABLE.len());
    for (written, row) in rows.iter().zip(TABLE) {
        let [key, binds, adverse, hinders, ..] = written[..] else { panic!("{written:?}") };
        assert_eq!(
            (key, binds, adverse),
            (format!("{}`", row.key).as_str(), row.binds.name(), row.adverse.name())
        );
        assert!(row.binds.name() != "fixed" || !hinders.is_empty(), "{key} says what hinders it");
    }
}

/// AMEND-1: two people, one text, one day.
#[test]
fn amend_1_two_people_and_a_text() {
    let mut desk = Desk::new(PLAN);
    let better = with(PLAN, &[("rate = \"5%\"", "rate = \"6%\"")]);
    desk.ok(&noon(1), "member.join", r#""member":"m""#);
    let at = noon(2);
    let code = |refusal: Refusal| refusal.code.code();
    let no_midnight = proposal("v1", &better, "2026-01-09T12:00:00Z");
    let refusal = desk.refused(&at, "ann", "plan.propose", &no_midnight);
    assert_eq!(refusal.code.code(), "plan_times");
    let earliest = refusal.fact(FactName::Earliest).expect("the earliest midnight");
    assert_eq!(earliest.text(&Currency::CNY), midnight(2));
    let past = proposal("v1", &better, &midnight(1));
    assert_eq!(code(desk.refused(&at, "ann", "plan.propose", &past)), "plan_times");
    let broken = desk.refused(&at, "ann", "plan.propose", &proposal("v1", "[pool]\n", &midnight(9)));
    assert_eq!(broken.code.code(), "plan_invalid");
    assert!(broken.en(&Currency::CNY).contains("programme"), "{}", broken.en(&Currency::CNY));
    desk.propose(&at, "v1", &better, &midnight(9));
    let again = proposal("v1", &better, &midnight(10));
    assert_eq!(code(desk.refused(&at, "ann", "plan.propose", &again)), "plan_version_exists");
    let unknown = approval("v2", &better);
    assert_eq!(code(desk.refused(&at, "bob", "plan.approve", &unknown)), "plan_version_unknown");
    let other = desk.refused(&at, "bob", "plan.approve", &approval("v1", PLAN));
    assert_eq!(other.code.code(), "plan_hash");
    let expected = other.fact(FactName::Expected).expect("the hash that it has");
    assert_eq!(expected.text(&Currency::CNY), Hash32::of(better.as_bytes()).to_string());
    assert_eq!(code(desk.refused(&at, "ann", "plan.approve", &approval("v1", &better))), "same_person");
    desk.approve(&at, "v1", &better);
    assert_eq!(
        code(desk.refused(&at, "bob", "plan.approve", &approval("v1", &better))),
        "plan_version_state"
    );
    assert_eq!(desk.state("v1"), ProposalState::Approved);
    // Another comes and goes, a third lapses.
    desk.amend(&at, "v2", &with(&better, &[("rate = \"6%\"", "rate = \"7%\"")]), &midnight(9));
    desk.ok(&noon(3), "plan.withdraw", r#""version":"v2""#);
    assert_eq!(
        code(desk.refused(&noon(3), "ann", "plan.withdraw", r#""version":"v2""#)),
        "plan_version_state"
    );
    desk.propose(&noon(3), "v3", &better, &midnight(20));
    desk.ok(&midnight(9), "time.advance", "");
    assert_eq!(desk.state("v1"), ProposalState::Effective);
    assert_eq!(desk.engine.plan().source, better);
    assert_eq!(desk.engine.genesis_plan().source, PLAN);
    assert_eq!(desk.state("v3"), ProposalState::Proposed);
    desk.ok(&noon(10), "time.advance", "");
    assert_eq!(desk.state("v3"), ProposalState::Lapsed);
    desk.verify();
}

/// AMEND-1c: after the close of the day, before all else at that instant.
#[test]
fn amend_1_takes_effect_between_the_close_and_the_rest() {
    let mut desk = Desk::new(&with(PLAN, &[("after_sale_days = 2", "after_sale_days = 1")]));
    let better = with(PLAN, &[("after_sale_days = 2", "after_sale_days = 1"), ("\"3‰\"", "\"4‰\"")]);
    desk.ok(&noon(1), "member.join", r#""member":"m""#);
    desk.amend(&noon(1), "v1", &better, &midnight(3));
    let order = r#""order":"o","member":"m","lines":[{"line":"1","amount":"100"}]"#;
    desk.ok(&midnight(2), "order.pay", order);
    desk.ok(&midnight(2), "order.receive", r#""order":"o""#);
    desk.ok(&noon(3), "task.complete", r#""member":"m""#);
    let advance = desk.envelope(&midnight(3), "operator", "time.advance", "");
    desk.submit(&advance);
    let causes: Vec<Cause> = desk.engine.entries().map(|entry| entry.cause).collect();
    let kinds: Vec<&str> = causes
        .iter()
        .map(|cause| match cause {
            Cause::Due(kind) => kind.name().0,
            Cause::Command | Cause::Genesis => "command",
        })
        .collect();
    assert_eq!(kinds, ["close_of_day", "amendment", "settlement", "command"]);
    assert_eq!(causes[1], Cause::Due(DueKind::Amendment(0)));
    desk.verify();
}

/// AMEND-2: everything that hinders is named at once, with who is affected.
#[test]
fn amend_2_every_hindrance_is_named() {
    let mut desk = Desk::new(PLAN);
    desk.ok(&noon(1), "member.join", r#""member":"m""#);
    desk.ok(&noon(1), "coupon.issue", r#""coupon":"c","rule":"five","member":"m""#);
    let changed = with(
        PLAN,
        &[
            ("retention = \"20%\"", "retention = \"20%\"\nopening_price = \"2.00\""),
            ("multiple = 3", "multiple = 3\nbasis = \"lot\""),
            ("off = \"5\"", "off = \"6\""),
            ("en = \"Amended\" }", "en = \"Amended\" }\ncurrency = \"USD\""),
        ],
    );
    let refusal = desk.refused(&noon(2), "ann", "plan.propose", &proposal("v1", &changed, &midnight(20)));
    assert_eq!(refusal.code.code(), "plan_hindered");
    let Some(Fact::All(reasons)) = refusal.fact(FactName::Reasons) else { panic!("{refusal:?}") };
    let keys: Vec<&str> = reasons.iter().map(|reason| reason.en.split(':').next().unwrap()).collect();
    assert_eq!(keys, ["coupon.off[five]", "pool.exit.basis", "pool.opening_price", "programme.currency"]);
    assert!(
        reasons[0].en.ends_with("(1 coupons)") && reasons[0].zh.contains("1 张优惠券"),
        "{:?}",
        reasons[0]
    );
    assert!(reasons[1].en.ends_with("(1 members)"), "{:?}", reasons[1]);
}

/// AMEND-4: what hurts members is announced in time; the earliest day is a fact.
#[test]
fn amend_4_notice() {
    let mut desk = Desk::new(PLAN);
    desk.ok(&noon(1), "member.join", r#""member":"m""#);
    let worse = with(PLAN, &[("retention = \"20%\"", "retention = \"30%\""), ("\"1%\"", "\"2%\"")]);
    let refusal = desk.refused(&noon(2), "ann", "plan.propose", &proposal("v1", &worse, &midnight(8)));
    assert_eq!(refusal.code.code(), "plan_notice");
    assert_eq!(refusal.fact(FactName::Earliest).expect("a day").text(&Currency::CNY), midnight(9));
    desk.propose(&noon(2), "v1", &worse, &midnight(9));
    let changes = desk.engine.adverse_changes("v1").expect("it was proposed");
    let changes: Vec<String> = changes.iter().map(ToString::to_string).collect();
    assert_eq!(changes, ["pool.retention: 20% -> 30%", "wallet.withdrawal_fee: 1% -> 2%"]);
    // Notice counts from the approval, not from the proposal.
    let refusal = desk.refused(&noon(3), "bob", "plan.approve", &approval("v1", &worse));
    assert_eq!(refusal.fact(FactName::Earliest).expect("a day").text(&Currency::CNY), midnight(10));
    // Live plans have no shorter one.
    let live = with(PLAN, &[("en = \"Amended\" }", "en = \"Amended\" }\nmode = \"live\"\nnotice_days = 6")]);
    let errors = Plan::parse("live.toml", &live).expect_err("too short a notice");
    assert!(errors.to_string().contains("at least 7 days"), "{errors}");
}

/// AMEND-1c, AMEND-1d: two of one day; the second no longer fits when its day comes.
#[test]
fn amend_1_two_of_one_day_and_one_cancelled() {
    let mut desk = Desk::new(PLAN);
    desk.ok(&noon(1), "member.join", r#""member":"m""#);
    let first = with(PLAN, &[("rate = \"5%\"", "rate = \"9%\"")]);
    let second = with(&first, &[("mint_ratio = \"70%\"", "mint_ratio = \"80%\"")]);
    desk.amend(&noon(2), "v1", &first, &midnight(9));
    desk.amend(&noon(2), "v2", &second, &midnight(9));
    // Against the second it takes nothing away; against the first alone it would.
    let third = with(&second, &[("[value]\ngrant_ratio = \"10%\"", "[value]\ngrant_ratio = \"12%\"")]);
    desk.amend(&noon(5), "v3", &third, &midnight(9));
    desk.ok(&noon(6), "plan.withdraw", r#""version":"v2""#);
    // A better direct rate that comes first makes the others worse than it without notice.
    let best = with(PLAN, &[("rate = \"5%\"", "rate = \"10%\"")]);
    desk.amend(&noon(6), "v4", &best, &midnight(7));
    desk.ok(&noon(10), "time.advance", "");
    let states = ["v1", "v2", "v3", "v4"].map(|version| desk.state(version));
    let effective = ProposalState::Effective;
    assert_eq!(states, [effective, ProposalState::Withdrawn, effective, effective]);
    assert_eq!(desk.engine.plan().source, third);
    // One that takes without notice, because what it comes after has changed meanwhile.
    let worse = with(&third, &[("retention = \"20%\"", "retention = \"19%\"")]);
    let even = with(&third, &[("retention = \"20%\"", "retention = \"15%\"")]);
    desk.amend(&noon(11), "v5", &worse, &midnight(13));
    desk.amend(&noon(11), "v6", &even, &midnight(12));
    desk.ok(&noon(14), "time.advance", "");
    assert_eq!([desk.state("v5"), desk.state("v6")], [ProposalState::Cancelled, effective]);
    assert_eq!(desk.engine.plan().source, even);
    desk.verify();
}

/// AMEND-3: an order keeps the split, the commission and the settlement of its day, an approval keeps the fee that was asked for.
#[test]
fn amend_3_what_is_agreed_stays() {
    let mut desk = Desk::new(PLAN);
    let worse = with(
        PLAN,
        &[
            ("pool = \"30%\"", "pool = \"10%\""),
            ("withdrawal_fee = \"1%\"", "withdrawal_fee = \"10%\""),
            ("after_sale_days = 2", "after_sale_days = 9"),
            ("rate = \"5%\"", "rate = \"1%\""),
        ],
    );
    desk.ok(&noon(1), "member.join", r#""member":"top""#);
    desk.ok(&noon(1), "member.join", r#""member":"m","referrer":"top""#);
    desk.amend(&noon(1), "v1", &worse, &midnight(8));
    let order = |id: &str| format!(r#""order":"{id}","member":"m","lines":[{{"line":"1","amount":"1000"}}]"#);
    desk.ok(&noon(2), "order.pay", &order("first"));
    desk.ok(&noon(2), "order.receive", r#""order":"first""#);
    desk.ok(&noon(5), "time.advance", "");
    assert_eq!(desk.cash("top"), 5_000);
    desk.ok_as(&noon(6), "top", "wallet.withdraw", r#""withdrawal":"w1","member":"top","amount":"20""#);
    desk.ok(&noon(8), "order.pay", &order("old"));
    // The operator waits until the new fee holds.
    desk.ok(&noon(9), "order.pay", &order("new"));
    assert_eq!(desk.engine.plan().source, worse);
    desk.ok_as(&noon(9), "bob", "wallet.approve", r#""withdrawal":"w1""#);
    desk.ok_as(&noon(9), "bob", "wallet.sent", r#""withdrawal":"w1""#);
    desk.ok_as(&noon(9), "bob", "wallet.paid", r#""withdrawal":"w1""#);
    let fee = |desk: &Desk| {
        desk.engine.entries().find_map(|entry| {
            entry.steps().find_map(|(event, _)| {
                if let Event::WithdrawalPaid { fee, .. } = event { Some(fee.minor()) } else { None }
            })
        })
    };
    assert_eq!(fee(&desk), Some(20));
    desk.ok_as(&noon(9), "top", "wallet.withdraw", r#""withdrawal":"w2","member":"top","amount":"10""#);
    for step in ["approve", "sent", "paid"] {
        desk.ok_as(&noon(9), "bob", &format!("wallet.{step}"), r#""withdrawal":"w2""#);
    }
    assert_eq!(fee(&desk), Some(100));
    // Received together, settled each in its own time and by its own shares.
    desk.ok(&noon(10), "order.receive", r#""order":"new""#);
    desk.ok(&noon(10), "order.receive", r#""order":"old""#);
    let before = desk.engine.totals();
    desk.ok(&noon(13), "time.advance", "");
    let old = desk.engine.totals();
    assert_eq!(old.contributions.minor() - before.contributions.minor(), 30_000);
    assert_eq!(desk.cash("top"), 5_000 - 3_000 + 5_000);
    desk.ok(&noon(20), "time.advance", "");
    assert_eq!(desk.engine.totals().contributions.minor() - old.contributions.minor(), 10_000);
    assert_eq!(desk.cash("top"), 7_000 + 1_000);
    // Refunds follow the version too.
    desk.ok(&noon(21), "order.refund", r#""order":"old","refund":"r1""#);
    desk.ok(&noon(21), "order.refund", r#""order":"new","refund":"r2""#);
    assert_eq!(desk.cash("top"), 2_000);
    assert_eq!(
        [desk.engine.version_of_order("old"), desk.engine.version_of_order("new")],
        [Some(0), Some(1)]
    );
    desk.verify();
}

/// AMEND-3b: cash that is still subject to retention keeps the rate it was sold under, oldest first.
#[test]
fn amend_3_retention_of_what_was_sold() {
    let late = with(
        PLAN,
        &[
            ("retention = \"20%\"", "retention = \"20%\"\nretention_point = \"withdrawal\""),
            ("\"1%\"", "\"0%\""),
        ],
    );
    let mut desk = Desk::new(&late);
    let lower = with(&late, &[("retention = \"20%\"", "retention = \"10%\"")]);
    for member in ["m", "n"] {
        let order =
            format!(r#""order":"{member}","member":"{member}","lines":[{{"line":"1","amount":"1000"}}]"#);
        desk.ok(&noon(1), "order.pay", &order);
        desk.ok(&noon(1), "order.receive", &format!(r#""order":"{member}""#));
    }
    desk.amend(&noon(4), "v1", &lower, &midnight(4));
    desk.ok_as(&noon(4), "m", "points.sell", r#""member":"m","points":"20""#);
    let old = desk.cash("m");
    desk.ok_as(&noon(5), "m", "points.sell", r#""member":"m","points":"20""#);
    let new = desk.cash("m") - old;
    let paid = |desk: &Desk| {
        desk.engine.entries().find_map(|entry| {
            entry.steps().find_map(|(event, _)| {
                if let Event::WithdrawalPaid { retained: kept, .. } = event {
                    Some(kept.minor())
                } else {
                    None
                }
            })
        })
    };
    let withdraw = |desk: &mut Desk, id: &str, minor: i64, last: &str| {
        let amount = format!("{}.{:02}", minor / 100, minor % 100);
        desk.ok_as(
            &noon(6),
            "m",
            "wallet.withdraw",
            &format!(r#""withdrawal":"{id}","member":"m","amount":"{amount}""#),
        );
        for step in ["approve", "sent", last] {
            desk.ok_as(&noon(6), "bob", &format!("wallet.{step}"), &format!(r#""withdrawal":"{id}""#));
        }
    };
    // Half of the old part fails and comes back as what it was; then more than the old part is withdrawn.
    withdraw(&mut desk, "w1", old / 2, "failed");
    withdraw(&mut desk, "w2", old + 100, "paid");
    let part = |ppm: i64, amount: i64| (amount * ppm + 999_999) / 1_000_000;
    assert_eq!(paid(&desk), Some(part(200_000, old) + part(100_000, 100)));
    withdraw(&mut desk, "w3", new - 100, "paid");
    assert_eq!(paid(&desk), Some(part(100_000, new - 100)));
    desk.verify();
}

/// AMEND-3a, AMEND-3c: release points and value units of a day keep its rate; a lower cap holds at once (POOL-7).
#[test]
fn amend_3_grants_keep_their_rate_and_caps_hold_at_once() {
    let mut desk = Desk::new(&with(PLAN, &[("en = \"Amended\" }", "en = \"Amended\" }\nnotice_days = 0")]));
    let slower = with(
        PLAN,
        &[
            ("en = \"Amended\" }", "en = \"Amended\" }\nnotice_days = 0"),
            ("grant_ratio = \"50%\"\nrate = \"10%\"", "grant_ratio = \"50%\"\nrate = \"1%\""),
            ("multiple = 3", "multiple = 1"),
        ],
    );
    let buy = |desk: &mut Desk, day: u32, id: &str, member: &str| {
        let order = format!(r#""order":"{id}","member":"{member}","lines":[{{"line":"1","amount":"1000"}}]"#);
        desk.ok(&noon(day), "order.pay", &order);
        desk.ok(&noon(day), "order.receive", &format!(r#""order":"{id}""#));
    };
    buy(&mut desk, 1, "a", "m");
    desk.ok(&noon(4), "time.advance", "");
    desk.ok(&noon(4), "pool.inject", r#""amount":"800","source":"gift""#);
    assert_eq!(desk.engine.totals().exits, 0);
    desk.amend(&noon(4), "v1", &slower, &midnight(4));
    desk.ok(&noon(5), "time.advance", "");
    assert_eq!(desk.engine.totals().exits, 1, "at 1x the member is past its cap");
    buy(&mut desk, 5, "b", "n");
    desk.ok(&noon(8), "time.advance", "");
    for member in ["m", "n"] {
        desk.ok(&noon(9), "task.complete", &format!(r#""member":"{member}""#));
    }
    let before = [desk.cash("m"), desk.cash("n")];
    desk.ok(&noon(10), "time.advance", "");
    // 500 points each: 10 % of the old grant, 1 % of the new one; the fund holds 200.
    assert_eq!([desk.cash("m") - before[0], desk.cash("n") - before[1]], [5_000, 500]);
    desk.verify();
}

/// AMEND-3e: funds keep their numbers: one that goes keeps its money and gets no share, a new one stands behind them.
#[test]
fn amend_3_funds_keep_their_numbers() {
    let plan = "[programme]\nname = { zh = \"基金\", en = \"Funds\" }\nnotice_days = 0\n[settlement]\nafter_sale_days = 0\n\
        [split]\ncost = \"50%\"\n[split.funds]\na = \"5%\"\nb = \"10%\"\n";
    let mut desk = Desk::new(plan);
    let order = |id: &str| format!(r#""order":"{id}","member":"m","lines":[{{"line":"1","amount":"100"}}]"#);
    desk.ok(&noon(1), "order.pay", &order("old"));
    desk.amend(
        &noon(1),
        "v1",
        &with(plan, &[("a = \"5%\"\nb = \"10%\"", "c = \"7%\"\nb = \"20%\"")]),
        &midnight(1),
    );
    desk.ok(&noon(2), "order.receive", r#""order":"old""#);
    let funds = |desk: &Desk| {
        let accounts = desk.engine.accounts().filter(|(account, _)| account.kind.name() == "fund");
        let named = accounts.map(|(account, balance)| {
            (desk.engine.account_owner(account).expect("a fund has a name").to_owned(), balance)
        });
        named.collect::<Vec<_>>()
    };
    let fund = |name: &str, balance: i128| (name.to_owned(), balance);
    assert_eq!(funds(&desk), [fund("a", 500), fund("b", 1_000)]);
    desk.ok(&noon(2), "order.pay", &order("new"));
    desk.ok(&noon(2), "order.receive", r#""order":"new""#);
    assert_eq!(funds(&desk), [fund("a", 500), fund("b", 3_000), fund("c", 700)]);
    desk.verify();
}

/// AMEND-2, AMEND-3, AMEND-4, COMM-10: classes are found again by their ids, an order keeps the rates it was paid at, a lower rate of
/// a class is announced, and a class does not go while articles of it are listed.
#[test]
fn amend_3_rates_by_class() {
    let class = |id: &str| format!("[[class]]\nid = \"{id}\"\nname = {{ zh = \"类\", en = \"Class\" }}\n");
    let rate = |rate: &str| format!("[[commission.rate]]\nclass = \"b\"\ndirect = \"{rate}\"\n");
    let old = format!("{PLAN}{}{}{}", class("a"), class("b"), rate("20%"));
    let mut desk = Desk::new(&old);
    desk.ok(&noon(1), "member.join", r#""member":"u""#);
    desk.ok(&noon(1), "member.join", r#""member":"m","referrer":"u""#);
    desk.ok(&noon(1), "sku.list", r#""sku":"tea","price":"100.00","class":"b""#);
    let without = with(&old, &[(&class("b"), ""), (&rate("20%"), "")]);
    let refusal = desk.refused(&noon(2), "ann", "plan.propose", &proposal("v0", &without, &midnight(20)));
    assert_eq!(refusal.code.code(), "plan_hindered");
    let Some(Fact::All(reasons)) = refusal.fact(FactName::Reasons) else { panic!("{refusal:?}") };
    assert_eq!(reasons.len(), 1);
    assert!(reasons[0].en.starts_with("class[b]:") && reasons[0].zh.contains("类别"), "{:?}", reasons[0]);

    let new = format!("{PLAN}{}{}{}", class("b"), class("a"), rate("10%"));
    let refusal = desk.refused(&noon(2), "ann", "plan.propose", &proposal("v1", &new, &midnight(8)));
    assert_eq!(refusal.code.code(), "plan_notice");
    desk.propose(&noon(2), "v1", &new, &midnight(9));
    let changes = desk.engine.adverse_changes("v1").expect("it was proposed");
    let changes: Vec<String> = changes.iter().map(ToString::to_string).collect();
    assert_eq!(changes, ["commission.rate.direct[b]: 20% -> 10%"]);
    desk.approve(&noon(2), "v1", &new);

    for (day, order, amount) in [(9, "o1", 2_000), (12, "o2", 1_000)] {
        let lines = r#"[{"line":"1","amount":"100.00","sku":"tea"}]"#;
        desk.ok(&noon(day), "order.pay", &format!(r#""order":"{order}","member":"m","lines":{lines}"#));
        assert_eq!(desk.engine.order_commissions(order)[0].amount.minor(), amount, "{order}");
    }
    assert_eq!(desk.engine.sku("tea").and_then(|sku| sku.class), Some("b"));
    assert_eq!(desk.engine.order_commissions("o1")[0].amount.minor(), 2_000);
    desk.verify();
}
