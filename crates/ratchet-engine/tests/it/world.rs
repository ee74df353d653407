//! A programme with a clock and its journal, for tests of market, rounds, shares and claims.

use ratchet_engine::command::Envelope;
use ratchet_engine::disclosure::{Disclosure, MemberOutcome};
use ratchet_engine::engine::{Engine, MemberView, Outcome};
use ratchet_engine::event::Event;
use ratchet_engine::explain::Explainer;
use ratchet_engine::journal::{Verifier, Writer};
use ratchet_engine::ledger::{Account, AccountKind, Posting};
use ratchet_engine::plan::Plan;
use ratchet_engine::time::Timestamp;

/// 2026-01-01T04:00:00Z: noon in China.
const BEGINNING: i64 = 1_767_240_000_000_000;

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) engine: Engine,
    at_us: i64,
    number: u32,
    writer: Writer,
    journal: Vec<u8>,
    /// Of the last command and the due work before it.
    pub(crate) steps: Vec<(Event, Vec<Posting>)>,
}

impl World {
    pub(crate) fn new(source: &str) -> World {
        let plan = Plan::parse("plan.toml", source).unwrap_or_else(|errors| panic!("{errors}"));
        let (mut writer, mut journal) = (Writer::new(), Vec::new());
        let engine = Engine::genesis(plan);
        writer.write(&engine, None, &mut journal);
        World { engine, at_us: BEGINNING, number: 0, writer, journal, steps: Vec::new() }
    }

    /// Sends a command; `actor` may be among its fields.
    pub(crate) fn send(&mut self, rest: &str) -> Outcome {
        self.number += 1;
        let at = Timestamp::from_us(self.at_us).expect("in range");
        let json = format!(r#"{{"key":"k{}","at":"{at}",{rest}}}"#, self.number);
        let currency = self.engine.plan().programme.currency;
        let envelope =
            Envelope::from_json(&json, &currency).unwrap_or_else(|error| panic!("{error}: {json}"));
        let outcome = self.engine.submit(&envelope);
        self.writer.write(&self.engine, Some(&envelope), &mut self.journal);
        let steps = self.engine.entries().flat_map(|entry| entry.steps());
        self.steps = steps.map(|(event, postings)| (event.clone(), postings.to_vec())).collect();
        outcome
    }

    pub(crate) fn ok(&mut self, rest: &str) {
        let outcome = self.send(rest);
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}: {rest}");
    }

    /// Refused with this code, and nothing changed.
    pub(crate) fn refused(&mut self, rest: &str, code: &str) {
        let before = self.engine.digest();
        match self.send(rest) {
            Outcome::Rejected(rejection) => assert_eq!(rejection.code(), code, "{rest}"),
            outcome => panic!("{outcome:?}, expected {code}: {rest}"),
        }
        assert_eq!(self.engine.digest(), before, "{rest}");
    }

    /// The number in the last key.
    pub(crate) fn last(&self) -> u32 {
        self.number
    }

    /// Time goes on by so many days of 86,400 s.
    pub(crate) fn days(&mut self, days: i64) {
        self.hours(24 * days);
    }

    pub(crate) fn hours(&mut self, hours: i64) {
        self.at_us += hours * 3_600_000_000;
        self.ok(r#""type":"time.advance""#);
    }

    /// The moment so many hours from now, as in JSON.
    pub(crate) fn moment(&self, hours: i64) -> String {
        Timestamp::from_us(self.at_us + hours * 3_600_000_000).expect("in range").to_string()
    }

    /// Pays an order of one line; it settles when it is received.
    pub(crate) fn pay(&mut self, order: &str, member: &str, amount: &str) {
        self.ok(&format!(
            r#""type":"order.pay","order":"{order}","member":"{member}","lines":[{{"line":"1","amount":"{amount}"}}]"#
        ));
    }

    pub(crate) fn receive(&mut self, order: &str) {
        self.ok(&format!(r#""type":"order.receive","order":"{order}""#));
    }

    pub(crate) fn buy(&mut self, order: &str, member: &str, amount: &str) {
        self.pay(order, member, amount);
        self.receive(order);
    }

    pub(crate) fn member(&self, id: &str) -> MemberView<'_> {
        self.engine.member(id).expect("joined")
    }

    pub(crate) fn balance(&self, kind: AccountKind, owner: &str) -> i128 {
        let owned =
            |account: Account| account.kind == kind && self.engine.account_owner(account) == Some(owner);
        self.engine.accounts().find(|(account, _)| owned(*account)).map_or(0, |(_, balance)| balance)
    }

    pub(crate) fn programme(&self, kind: AccountKind) -> i128 {
        self.engine.accounts().find(|(account, _)| account.kind == kind).expect("the chart has it").1
    }

    /// Who gained and who lost.
    pub(crate) fn disclosure(&self) -> Disclosure {
        Disclosure::compute(self.engine.member_outcomes(), self.engine.plan(), &self.engine.totals())
    }

    /// The journal can be decided again and leads to the same state; every invariant holds.
    pub(crate) fn audit(&self) {
        assert!(
            self.engine.member_outcomes().eq(self.engine.members().map(cut_short)),
            "rows are views cut short"
        );
        let mut verifier = Verifier::new();
        for line in std::str::from_utf8(&self.journal).expect("JSON").lines() {
            verifier.push(line).unwrap_or_else(|error| panic!("{error}"));
        }
        let (replayed, _) = verifier.finish().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(replayed.digest(), self.engine.digest());
        self.explained();
    }

    /// WALLET-1: every posting of the journal has a rule and words in both languages, and its amounts fit.
    fn explained(&self) {
        let mut explainer = Explainer::new();
        for line in std::str::from_utf8(&self.journal).expect("JSON").lines() {
            for one in explainer.explain(line).unwrap_or_else(|error| panic!("{error}")) {
                let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
                assert!(one.rule != "LEDGER-1" && one.text.zh.contains(chinese), "{one:?}");
                assert!(!one.text.en.contains('?') && !one.text.en.is_empty(), "{one:?}");
                assert!(one.earlier.iter().all(|earlier| earlier.entry <= one.place.0), "{one:?}");
            }
        }
    }
}

/// Of a member's view what the disclosure needs.
fn cut_short(member: MemberView<'_>) -> MemberOutcome {
    MemberOutcome {
        joined_at: member.joined_at,
        spent: member.spent,
        cash: member.cash_received,
        held: member.net_value,
        points: member.points,
        commissions: member.commission_income,
        rank: member.rank,
    }
}
