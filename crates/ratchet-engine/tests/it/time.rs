//! Time: the horizon of commands (TIME-1), local days (TIME-3), when things happened (TIME-4).

use ratchet_engine::command::{Command, Envelope};
use ratchet_engine::engine::{Engine, HORIZON_DAYS, Outcome};
use ratchet_engine::journal::{Verifier, Writer};
use ratchet_engine::plan::Plan;
use ratchet_engine::rejection::Rejection;
use ratchet_engine::time::{DAY_US, Timestamp};

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
        let plan = Plan::parse("plan.toml", source).unwrap_or_else(|errors| panic!("{errors}"));
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
    assert!(matches!(desk.submit(&again), Outcome::Replayed { .. }));
    let other = Envelope { command: Command::TimeAdvance, ..again };
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
    assert!(matches!(outcome, Outcome::Replayed { .. }) && calls == 1);
    desk.audit();
}
