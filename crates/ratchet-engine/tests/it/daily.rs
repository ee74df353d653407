//! A programme driven day by day, for the tests of release and emission.

use std::fmt::Write;

use ratchet_engine::amount::{Currency, Points};
use ratchet_engine::command::Envelope;
use ratchet_engine::engine::{Cause, DueKind, Engine, MemberView, Outcome};
use ratchet_engine::event::Event;
use ratchet_engine::journal::{Verifier, Writer};
use ratchet_engine::ledger::{Account, AccountKind};
use ratchet_engine::plan::Plan;
use ratchet_engine::time::{DAY_US, Timestamp};

/// A plan that settles at receipt, with this behind `[split]`.
pub(crate) fn plan(rest: &str) -> Plan {
    let source = format!(
        "[programme]\nname = {{ zh = \"测试\", en = \"Test\" }}\n[settlement]\nafter_sale_days = 0\n[split]\n{rest}"
    );
    Plan::parse("test.toml", &source).unwrap_or_else(|errors| panic!("{errors}"))
}

/// A programme with its journal. Local days are numbered from 0, which is 2026-01-01.
pub(crate) struct Shop {
    pub(crate) engine: Engine,
    writer: Writer,
    journal: Vec<u8>,
    number: u32,
    pub(crate) day: i64,
    /// Everything that happened, in order.
    pub(crate) events: Vec<Event>,
    pub(crate) closes: u32,
}

impl Shop {
    pub(crate) fn new(rest: &str) -> Shop {
        Shop::of(plan(rest))
    }

    pub(crate) fn of(plan: Plan) -> Shop {
        let engine = Engine::genesis(plan);
        let (mut writer, mut journal) = (Writer::new(), Vec::new());
        writer.write(&engine, None, &mut journal);
        Shop { engine, writer, journal, number: 0, day: 0, events: Vec::new(), closes: 0 }
    }

    /// 08:00 local time of the present day.
    fn at(&self) -> Timestamp {
        let start = Timestamp::parse("2026-01-01T00:00:00Z").expect("a time");
        Timestamp::from_us(start.us() + self.day * DAY_US).expect("in range")
    }

    /// Sends a command: its type and its other fields as JSON without braces.
    pub(crate) fn send(&mut self, kind: &str, fields: &str) -> Outcome {
        self.number += 1;
        let comma = if fields.is_empty() { "" } else { "," };
        let json =
            format!(r#"{{"key":"k{}","at":"{}","type":"{kind}"{comma}{fields}}}"#, self.number, self.at());
        let currency = self.engine.plan().programme.currency;
        let envelope =
            Envelope::from_json(&json, &currency).unwrap_or_else(|error| panic!("{error}: {json}"));
        let Shop { engine, writer, journal, closes, events, .. } = self;
        let outcome = engine.submit_in_steps(&envelope, |engine, envelope, _| {
            writer.write(engine, Some(envelope), journal);
            for entry in engine.entries() {
                *closes += u32::from(entry.cause == Cause::Due(DueKind::CloseOfDay));
                events.extend(entry.steps().map(|(event, _)| event.clone()));
            }
        });
        self.engine.check_invariants().unwrap_or_else(|violation| panic!("{violation} after {json}"));
        outcome
    }

    pub(crate) fn ok(&mut self, kind: &str, fields: &str) {
        let outcome = self.send(kind, fields);
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}: {kind} {fields}");
    }

    pub(crate) fn refused(&mut self, kind: &str, fields: &str) -> &'static str {
        // What was due is done before; the refused command itself must change nothing (ATOMIC-1).
        self.ok("time.advance", "");
        let before = self.engine.digest();
        match self.send(kind, fields) {
            Outcome::Rejected(rejection) => {
                assert_eq!(self.engine.digest(), before, "{kind} {fields}");
                rejection.code()
            }
            other => panic!("{other:?}: {kind} {fields}"),
        }
    }

    pub(crate) fn join(&mut self, member: &str, referrer: Option<&str>) {
        let referrer = referrer.map_or(String::new(), |referrer| format!(r#","referrer":"{referrer}""#));
        self.ok("member.join", &format!(r#""member":"{member}"{referrer}"#));
    }

    /// Pays one order of one line, whose other fields `line` adds.
    pub(crate) fn pay(&mut self, order: &str, member: &str, amount: &str, line: &str) {
        self.ok(
            "order.pay",
            &format!(
                r#""order":"{order}","member":"{member}","lines":[{{"line":"1","amount":"{amount}"{line}}}]"#
            ),
        );
    }

    pub(crate) fn receive(&mut self, order: &str) {
        self.ok("order.receive", &format!(r#""order":"{order}""#));
    }

    /// Pays and receives.
    pub(crate) fn buy(&mut self, order: &str, member: &str, amount: &str) {
        self.pay(order, member, amount, "");
        self.receive(order);
    }

    pub(crate) fn refund(&mut self, order: &str, amount: &str) {
        let refund = format!("r{}", self.number);
        self.ok(
            "order.refund",
            &format!(r#""refund":"{refund}","order":"{order}","lines":[{{"line":"1","amount":"{amount}"}}]"#),
        );
    }

    pub(crate) fn task(&mut self, member: &str) {
        self.ok("task.complete", &format!(r#""member":"{member}""#));
    }

    /// Goes to 08:00 of the next day.
    pub(crate) fn next_day(&mut self) {
        self.day += 1;
        self.ok("time.advance", "");
    }

    /// These do the task, and the day is closed.
    pub(crate) fn day_of_tasks(&mut self, members: &[&str]) {
        for member in members {
            self.task(member);
        }
        self.next_day();
    }

    pub(crate) fn member(&self, id: &str) -> MemberView<'_> {
        self.engine.member(id).unwrap_or_else(|| panic!("no member {id}"))
    }

    /// Cash and re-consumption money, in minor units.
    pub(crate) fn wallets(&self, id: &str) -> (i64, i64) {
        let member = self.member(id);
        (member.cash.minor(), member.reconsume.minor())
    }

    pub(crate) fn remaining(&self, id: &str) -> String {
        self.member(id).release_remaining.to_string()
    }

    pub(crate) fn account(&self, kind: AccountKind, of: u32) -> i128 {
        let account = Account { kind, owner: of };
        self.engine.accounts().find(|(found, _)| *found == account).map_or(0, |(_, balance)| balance)
    }

    /// A programme account of points as a magnitude.
    pub(crate) fn points(&self, kind: AccountKind) -> String {
        Points::from_units(self.account(kind, 0).unsigned_abs()).to_string()
    }

    /// The journal must lead to the same state, replayed and decided again.
    pub(crate) fn audit(&self) {
        let text = String::from_utf8(self.journal.clone()).expect("JSON is UTF-8");
        let mut verifier = Verifier::new();
        for line in text.lines() {
            if let Err(error) = verifier.push(line) {
                let mut shown = String::new();
                write!(shown, "{error}").expect("memory");
                panic!("{}", shown.chars().take(2_000).collect::<String>());
            }
        }
        let (replayed, _) = verifier.finish().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(replayed.digest(), self.engine.digest());
    }
}

/// Units of 10⁻¹².
pub(crate) fn units(text: &str) -> u128 {
    Points::parse(text).expect("a decimal").units()
}

/// Money in minor units.
pub(crate) fn yuan(minor: i64) -> String {
    Currency::CNY.format_minor(minor.into())
}
