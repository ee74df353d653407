//! Time: the horizon of commands (TIME-1), local days (TIME-3), when things happened (TIME-4).

use ratchet_engine::command::{Command, Envelope};
use ratchet_engine::disclosure::Disclosure;
use ratchet_engine::engine::{Engine, HORIZON_DAYS, Outcome};
use ratchet_engine::explain::Explainer;
use ratchet_engine::journal::{Verifier, Writer};
use ratchet_engine::plan::Plan;
use ratchet_engine::rejection::Rejection;
use ratchet_engine::time::{DAY_US, Day, Timestamp, Zone};

const PLAN: &str = "[programme]\nname = { zh = \"时\", en = \"Time\" }\n[settlement]\nafter_sale_days = 7\n\
    [split]\ncost = \"70%\"\n[value]\ngrant_ratio = \"10%\"\n\
    [emission]\nyears = [100]\ncap = 1000\nfirst_price = \"1.00\"\n";

/// A programme and its journal.
struct Desk {
    engine: Engine,
    writer: Writer,
    journal: Vec<u8>,
    keys: u32,
}

impl Desk {
    fn new(source: &str) -> Desk {
        Desk::of(Plan::parse("plan.toml", source).unwrap_or_else(|errors| panic!("{errors}")))
    }

    fn of(plan: Plan) -> Desk {
        let (engine, mut writer, mut journal) = (Engine::genesis(plan), Writer::new(), Vec::new());
        writer.write(&engine, None, &mut journal);
        Desk { engine, writer, journal, keys: 0 }
    }

    fn envelope(&mut self, at: &str, rest: &str) -> Envelope {
        self.keys += 1;
        let json = format!(r#"{{"key":"k{}","at":"{at}",{rest}}}"#, self.keys);
        let currency = self.engine.plan().programme.currency;
        Envelope::from_json(&json, &currency).unwrap_or_else(|error| panic!("{error}: {json}"))
    }

    fn submit(&mut self, envelope: &Envelope) -> Outcome {
        let outcome = self.engine.submit(envelope);
        self.writer.write(&self.engine, Some(envelope), &mut self.journal);
        outcome
    }

    fn send(&mut self, at: &str, rest: &str) -> Outcome {
        let envelope = self.envelope(at, rest);
        self.submit(&envelope)
    }

    #[track_caller]
    fn ok(&mut self, at: &str, rest: &str) {
        let outcome = self.send(at, rest);
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}: {at} {rest}");
    }

    fn audit(&self) -> Engine {
        let mut verifier = Verifier::new();
        for line in std::str::from_utf8(&self.journal).expect("JSON").lines() {
            verifier.push(line).unwrap_or_else(|error| panic!("{error}"));
        }
        let (replayed, _) = verifier.finish().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(replayed.digest(), self.engine.digest());
        replayed
    }
}

fn instant(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("an instant")
}

/// TIME-1, TIME-1a: what is refused sets no start; the first command may be at any time.
#[test]
fn time_1_the_first_command_sets_the_start() {
    let mut desk = Desk::new(PLAN);
    assert_eq!(desk.engine.latest_at(), None);
    let far = "9999-01-01T00:00:00Z";
    assert_eq!(
        desk.send(far, r#""type":"order.receive","order":"none""#),
        Outcome::Rejected(Rejection::OrderUnknown)
    );
    assert_eq!(desk.engine.latest_at(), None);
    desk.ok("2026-01-01T00:00:00Z", r#""type":"member.join","member":"kim""#);
    assert_eq!(desk.engine.latest_at(), Some(instant("2027-02-05T00:00:00Z")));
    assert_eq!(desk.send(far, r#""type":"time.advance""#), Outcome::Rejected(Rejection::AtTooFar));
    desk.audit();
}

/// TIME-1: exactly 400 days is allowed, a microsecond more is refused before any due work; a repeated key is looked up
/// first; what is refused for another reason does not move the time.
#[test]
fn time_1_at_too_far_is_decided_before_due_work() {
    let mut desk = Desk::new(PLAN);
    let day = "2026-01-01T00:00:00Z";
    let pay = desk.envelope(
        day,
        r#""type":"order.pay","order":"o1","member":"kim","lines":[{"line":"1","amount":"100.00"}]"#,
    );
    assert!(matches!(desk.submit(&pay), Outcome::Applied { .. }));
    desk.ok(day, r#""type":"order.receive","order":"o1""#);
    let (before, entries) = (desk.engine.digest(), desk.engine.next_seq());
    let latest = desk.engine.latest_at().expect("it has begun");
    assert_eq!(latest.us() - desk.engine.now().us(), i64::from(HORIZON_DAYS) * DAY_US);

    let past = Timestamp::from_us(latest.us() + 1).expect("in range").to_string();
    for rest in [r#""type":"time.advance""#, r#""type":"order.receive","order":"none""#] {
        assert_eq!(desk.send(&past, rest), Outcome::Rejected(Rejection::AtTooFar));
        assert_eq!(desk.engine.entries().count(), 0);
    }
    assert_eq!((desk.engine.digest(), desk.engine.next_seq()), (before, entries));
    assert_eq!(desk.engine.latest_at(), Some(latest));

    // IDEM-1: the key first, whatever the time is.
    let again = Envelope { at: instant("9000-01-01T00:00:00Z"), ..pay.clone() };
    assert!(matches!(desk.submit(&again), Outcome::Duplicate { .. }));
    let other = Envelope { command: Command::TimeAdvance {}, ..again };
    assert_eq!(desk.submit(&other), Outcome::Rejected(Rejection::KeyReused));

    desk.ok(&latest.to_string(), r#""type":"time.advance""#);
    assert_eq!(desk.engine.now(), latest);
    let next = desk.engine.latest_at();
    let refused = desk.send(&latest.to_string(), r#""type":"order.receive","order":"none""#);
    assert_eq!(refused, Outcome::Rejected(Rejection::OrderUnknown));
    assert_eq!(desk.engine.latest_at(), next);
    desk.audit();
}

/// TIME-1b: steps at each full 400 days, as commands of their own in the journal.
#[test]
fn time_1b_a_gap_is_crossed_in_steps() {
    let mut desk = Desk::new(PLAN);
    desk.ok("2020-01-01T00:00:00Z", r#""type":"member.join","member":"kim""#);
    let join = desk.envelope("2022-09-27T00:00:00.000001Z", r#""type":"member.join","member":"lee""#);
    let mut seen = Vec::new();
    let Desk { engine, writer, journal, .. } = &mut desk;
    let outcome = engine.submit_in_steps(&join, |engine, envelope, outcome| {
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
        writer.write(engine, Some(envelope), journal);
        seen.push((envelope.key.to_string(), envelope.actor.to_string(), envelope.at.to_string()));
    });
    assert!(matches!(outcome, Outcome::Applied { .. }));
    // 1,000 days and a microsecond.
    let step = |at: &str| (format!("advance:{at}"), "system".to_owned(), at.to_owned());
    let own = ("k2".to_owned(), "lee".to_owned(), "2022-09-27T00:00:00.000001Z".to_owned());
    assert_eq!(seen, [step("2021-02-04T00:00:00Z"), step("2022-03-11T00:00:00Z"), own]);
    // A repeated key sends nobody anywhere.
    let again = Envelope { at: instant("9000-01-01T00:00:00Z"), ..join };
    let mut calls = 0;
    let outcome = desk.engine.submit_in_steps(&again, |_, _, _| calls += 1);
    assert!(matches!(outcome, Outcome::Duplicate { .. }) && calls == 1);
    desk.audit();
}

/// A plan of a shop in Berlin, with points that are good for a year.
const BERLIN: &str = "[programme]\nname = { zh = \"夏令时\", en = \"Berlin shop\" }\ncurrency = \"EUR\"\n\
    time_zone = \"Europe/Berlin\"\n[split]\ncost = \"70%\"\n[loyalty]\nearn_rate = \"2%\"\nvalid_days = 365\n";

fn pay(order: &str, member: &str, amount: &str, rest: &str) -> String {
    format!(
        r#""type":"order.pay","order":"{order}","member":"{member}","lines":[{{"line":"1","amount":"{amount}"}}]{rest}"#
    )
}

/// TIME-3: cohorts follow the zone: half past midnight on 1 July in Berlin is July, though it is still June in UTC.
#[test]
fn time_3_a_buyer_of_july_belongs_to_july() {
    let mut desk = Desk::new(BERLIN);
    desk.ok("2026-06-30T23:30:00+02:00", &pay("S1", "kim", "100.00", ""));
    desk.ok("2026-07-01T00:30:00+02:00", &pay("S2", "lee", "100.00", ""));
    let engine = &desk.engine;
    let disclosure = Disclosure::compute(engine.member_outcomes(), engine.plan(), &engine.totals());
    let months: Vec<&str> = disclosure.cohorts.iter().map(|cohort| cohort.month.as_str()).collect();
    assert_eq!(months, ["2026-06", "2026-07"]);
    desk.audit();
}

/// TIME-3b, LOY-2: earned at 09:00 and good for 365 days is good on the whole last day, across two changes of the clock.
#[test]
fn time_3b_points_are_good_on_the_whole_last_day() {
    let mut desk = Desk::new(BERLIN);
    desk.ok("2025-10-25T09:00:00+02:00", &pay("o1", "kim", "100.00", ""));
    desk.ok("2025-10-25T09:00:00+02:00", r#""type":"order.receive","order":"o1""#);
    // Earned on 1 November at 08:00 by the winter's clock: seven days of 86,400 s later.
    desk.ok("2025-11-01T08:00:00+01:00", r#""type":"time.advance""#);
    assert_eq!(desk.engine.member("kim").expect("joined").loyalty.minor(), 200);
    let spend = |order: &str| pay(order, "kim", "1.00", r#","tender":{"loyalty":"1.00"}"#);
    desk.ok("2026-11-01T09:00:00+01:00", &spend("o2"));
    desk.ok("2026-11-01T23:59:59.999999+01:00", r#""type":"time.advance""#);
    assert_eq!(desk.engine.member("kim").expect("joined").loyalty.minor(), 100);
    let late = desk.send("2026-11-02T00:00:00+01:00", &spend("o3"));
    assert_eq!(late, Outcome::Rejected(Rejection::InsufficientLoyalty));
    assert_eq!(desk.engine.loyalty_totals().expired.minor(), 100);
    desk.audit();
}

/// TIME-3: the rules are those of the genesis, whatever table the reader has; they are part of journal and digest.
#[test]
fn time_3_a_journal_brings_its_zone() {
    // A table in which the zone has one change, an hour and a half on 1 March 2026, that no other knows.
    let zone = Zone {
        name: "Europe/Berlin".to_owned(),
        version: "2099z".to_owned(),
        offset: 3_600,
        transitions: vec![(1_772_323_200, 9_000)],
    };
    let plan = Plan::parse_recorded("plan", BERLIN, Some(&zone)).unwrap_or_else(|errors| panic!("{errors}"));
    let mut desk = Desk::of(plan.clone());
    desk.ok("2026-06-30T21:29:00Z", &pay("S1", "kim", "100.00", ""));
    desk.ok("2026-06-30T21:30:00Z", &pay("S2", "lee", "100.00", ""));
    let days: Vec<Day> =
        desk.engine.members().map(|member| plan.programme.calendar.day_of(member.joined_at)).collect();
    assert_eq!(days.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2026-06-30", "2026-07-01"]);
    let replayed = desk.audit();
    assert_eq!(replayed.plan().programme.calendar.zone(), Some(&zone));
    let known = Desk::new(BERLIN);
    assert_ne!(known.engine.digest(), Engine::genesis(plan.clone()).digest());

    // A fork under a plan that was read with the table of this build keeps the rules of the journal.
    let text = BERLIN.replace("[loyalty]", "[wallet]\nwithdrawal_minimum = \"5.00\"\n[loyalty]");
    let other = Plan::parse("plan", &text).unwrap_or_else(|errors| panic!("{errors}"));
    let fork = desk.engine.fork_under(&other).unwrap_or_else(|found| panic!("{found:?}"));
    assert_eq!(fork.plan().programme.calendar.zone(), Some(&zone));
    let rome = Plan::parse("plan", &text.replace("Europe/Berlin", "Europe/Rome")).expect("a plan");
    let hindrances = desk.engine.fork_under(&rome).expect_err("another zone");
    assert_eq!(hindrances[0].key, "programme.time_zone");

    // A genesis without the rules, with those of another zone, or with such that no zone has.
    let journal = String::from_utf8(desk.journal).expect("JSON");
    let first = journal.lines().next().expect("the genesis");
    let body = &first[first.find("\"body\":").expect("a body") + 7..first.len() - 1];
    let refused = |body: String| {
        let mut hasher = sha2::Sha256::default();
        sha2::Digest::update(&mut hasher, [0; 32]);
        sha2::Digest::update(&mut hasher, body.as_bytes());
        let hash: [u8; 32] = sha2::Digest::finalize(hasher).into();
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let line = format!("{{\"hash\":\"{hash}\",\"body\":{body}}}");
        Verifier::new().push(&line).expect_err("refused").reason.en
    };
    let rules = serde_json::to_string(&zone).expect("JSON");
    let unnamed = body.replace("time_zone = \\\"Europe/Berlin\\\"\\n", "");
    assert_ne!(unnamed, body);
    assert!(refused(unnamed).contains("its plan names none"));
    for (with, reason) in [
        (String::new(), "the journal holds no rules of the time_zone"),
        (format!(",\"zone\":{}", rules.replace("Berlin", "Rome")), "the journal holds the rules of"),
        (format!(",\"zone\":{}", rules.replace("9000", "900000")), "make no sense"),
    ] {
        let found = refused(body.replace(&format!(",\"zone\":{rules}"), &with));
        assert!(found.contains(reason), "{found}");
    }
}

/// TIME-3a: every date of a month in which the date line moved closes at most once, and the emission misses none.
#[test]
fn time_3a_a_date_that_is_left_out_is_issued_with_the_day_before() {
    let mut desk = Desk::new(&PLAN.replace("[settlement]", "time_zone = \"Pacific/Apia\"\n[settlement]"));
    desk.ok("2011-12-28T12:00:00-10:00", r#""type":"member.join","member":"kim""#);
    let all = |desk: &Desk| desk.engine.emission().issued.units() + desk.engine.emission().reserve.units();
    let daily = 100 * 1_000_000_000_000 / 366;
    // The 29th ends with the 30th, which never was: two days at once.
    for (at, days) in [
        ("2011-12-29T00:00:00-10:00", 1),
        ("2011-12-29T23:59:59-10:00", 1),
        ("2011-12-31T00:00:00+14:00", 3),
        ("2012-01-01T00:00:00+14:00", 4),
        ("2012-01-02T00:00:00+14:00", 5),
    ] {
        desk.ok(at, r#""type":"time.advance""#);
        assert_eq!(all(&desk), daily * days, "{at}");
    }
    desk.engine.check_invariants().unwrap_or_else(|violation| panic!("{violation}"));
    desk.audit();
}

/// TIME-4, TIME-4a: recorded, part of the content, decides the cohort; prices and due work go by `at`.
#[test]
fn time_4_when_it_happened_decides_the_cohort_and_nothing_else() {
    let mut desk = Desk::new(BERLIN);
    desk.ok("2026-07-02T10:00:00+02:00", &pay("o1", "kim", "100.00", ""));
    // The till of the market was offline for three days.
    let told = r#","happened_at":"2026-06-29T18:00:00+02:00""#;
    let late = desk.envelope("2026-07-02T11:00:00+02:00", &pay("o2", "lee", "100.00", told));
    assert!(matches!(desk.submit(&late), Outcome::Applied { .. }));
    desk.ok("2026-07-02T11:00:00+02:00", &pay("o3", "max", "100.00", ""));
    let engine = &desk.engine;
    assert_eq!(engine.now(), instant("2026-07-02T09:00:00Z"));
    let joined: Vec<String> = engine.members().map(|member| member.joined_at.to_string()).collect();
    assert_eq!(joined, ["2026-07-02T08:00:00Z", "2026-06-29T16:00:00Z", "2026-07-02T09:00:00Z"]);
    let disclosure = Disclosure::compute(engine.member_outcomes(), engine.plan(), &engine.totals());
    let cohorts: Vec<(&str, u64)> =
        disclosure.cohorts.iter().map(|cohort| (cohort.month.as_str(), cohort.buyers)).collect();
    assert_eq!(cohorts, [("2026-06", 1), ("2026-07", 2)]);

    // IDEM-1a: the same without it is another content.
    assert!(matches!(desk.submit(&late.clone()), Outcome::Duplicate { .. }));
    let silent = Envelope { happened_at: None, ..late.clone() };
    assert_eq!(desk.submit(&silent), Outcome::Rejected(Rejection::KeyReused));

    // At its own time at the latest.
    let mut join = desk.envelope("2026-07-03T00:00:00Z", r#""type":"member.join","member":"ann""#);
    join.happened_at = Some(instant("2026-07-03T00:00:00.000001Z"));
    let before = desk.engine.digest();
    assert_eq!(desk.submit(&join), Outcome::Rejected(Rejection::HappenedLater));
    assert_eq!(desk.engine.digest(), before);
    join.happened_at = Some(join.at);
    assert!(matches!(desk.submit(&join), Outcome::Applied { .. }));
    desk.audit();

    // It is shown with every posting of its entry.
    let mut explainer = Explainer::new();
    let journal = std::str::from_utf8(&desk.journal).expect("JSON");
    let told: Vec<Vec<String>> = journal
        .lines()
        .map(|line| {
            let all = explainer.explain(line).unwrap_or_else(|error| panic!("{error}"));
            let inputs = all.into_iter().flat_map(|one| one.inputs);
            inputs.filter(|input| input.name == "happened_at").map(|input| input.value).collect()
        })
        .collect();
    assert!(told[2].iter().all(|at| at == "2026-06-29T16:00:00Z") && !told[2].is_empty(), "{told:?}");
    assert!(told[1].is_empty() && told[3].is_empty(), "{told:?}");
    let currency = desk.engine.plan().programme.currency;
    assert_eq!(Envelope::from_json(&late.to_json(&currency), &currency).as_ref(), Ok(&late));
}
