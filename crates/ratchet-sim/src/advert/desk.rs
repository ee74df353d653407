//! A programme that follows a script of this program: every number of the study comes out of one of these.

use ratchet_engine::amount::{Money, Points};
use ratchet_engine::command::Envelope;
use ratchet_engine::engine::{Engine, Lookahead, MemberView, Outcome};
use ratchet_engine::event::Event;
use ratchet_engine::id::Id;
use ratchet_engine::ledger::{Account, AccountKind};
use ratchet_engine::plan::Plan;
use ratchet_engine::time::{DAY_US, Timestamp};

use crate::scenario::{PRESETS, with_setting};

/// 08:00 in China on the first day.
const START_US: i64 = 1_767_225_600_000_000;
/// Orders written before they are submitted.
const BATCH: u64 = 128;

/// A plan that comes with Ratchet, with some settings changed.
pub(super) fn preset(name: &str, settings: &[(&str, &str)]) -> Plan {
    let (_, text) =
        PRESETS.iter().find(|(preset, _)| *preset == name).expect("the scripts name plans that exist");
    let mut text = (*text).to_owned();
    for (key, literal) in settings {
        text = with_setting(&text, key, literal).expect("the presets' sections stand on lines of their own");
    }
    plan(&text)
}

/// A plan of a script.
pub(super) fn plan(text: &str) -> Plan {
    Plan::parse("plan", text).unwrap_or_else(|errors| panic!("a script's plan is wrong: {errors}"))
}

/// A programme and the day it has come to.
pub(super) struct Desk {
    pub(super) engine: Engine,
    keys: u64,
    /// Days since the first.
    pub(super) day: i64,
    /// What the last command and the due work before it brought about.
    pub(super) events: Vec<Event>,
}

impl Desk {
    pub(super) fn new(plan: Plan) -> Desk {
        Desk { engine: Engine::genesis(plan), keys: 0, day: 0, events: Vec::new() }
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_us(START_US + self.day * DAY_US).expect("scripts last some decades")
    }

    /// Has a command carried out: its type and its other fields as JSON without braces. A script that is refused is a bug.
    pub(super) fn run(&mut self, kind: &str, fields: &str) {
        self.keys += 1;
        let comma = if fields.is_empty() { "" } else { "," };
        let json =
            format!(r#"{{"key":"k{}","at":"{}","type":"{kind}"{comma}{fields}}}"#, self.keys, self.at());
        let currency = self.engine.plan().programme.currency;
        let envelope = Envelope::from_json(&json, &currency)
            .unwrap_or_else(|error| panic!("a script's command is wrong: {error}: {json}"));
        let events = &mut self.events;
        events.clear();
        let outcome = self.engine.submit_in_steps(&envelope, |engine, _, _| {
            events.extend(engine.entries().flat_map(|entry| entry.steps().map(|(event, _)| event.clone())));
        });
        assert!(matches!(outcome, Outcome::Applied { .. }), "a script was refused: {outcome:?}: {json}");
    }

    pub(super) fn join(&mut self, member: &str, referrer: Option<&str>) {
        let referrer = referrer.map_or(String::new(), |referrer| format!(r#","referrer":"{referrer}""#));
        self.run("member.join", &format!(r#""member":"{member}"{referrer}"#));
    }

    /// Pays and receives an order of one line.
    pub(super) fn buy(&mut self, order: &str, member: &str, amount: &str) {
        let lines = format!(r#"[{{"line":"1","amount":"{amount}"}}]"#);
        self.run("order.pay", &format!(r#""order":"{order}","member":"{member}","lines":{lines}"#));
        self.run("order.receive", &format!(r#""order":"{order}""#));
    }

    pub(super) fn sell_all(&mut self, member: &str) {
        self.run("points.sell", &format!(r#""member":"{member}","points":"all""#));
    }

    /// A day begins at midnight with the close of the one before.
    pub(super) fn next_day(&mut self) {
        self.day += 1;
        self.run("time.advance", "");
    }

    /// These do the day's task; then the day closes.
    pub(super) fn day_of_tasks(&mut self, members: &[&str]) {
        for member in members {
            self.run("task.complete", &format!(r#""member":"{member}""#));
        }
        self.next_day();
    }

    pub(super) fn member(&self, id: &str) -> MemberView<'_> {
        self.engine.member(id).expect("a member of the script")
    }

    pub(super) fn account(&self, kind: AccountKind) -> u128 {
        let own = self.engine.accounts().filter(|(account, _)| *account == Account { kind, owner: 0 });
        own.map(|(_, amount)| amount.unsigned_abs()).sum()
    }
}

/// Buyers `m1`, `m2`, … buy once each for ¥1,000 and receive at once; `each` sees the programme after every one.
pub(super) fn equal_buyers(plan: Plan, orders: u64, mut each: impl FnMut(&Engine, u64)) -> Engine {
    let mut engine = Engine::genesis(plan);
    let amount = Money::from_minor(100_000).expect("positive");
    let mut batch = Vec::with_capacity(2 * BATCH as usize);
    let mut number = 0;
    while number < orders {
        batch.clear();
        for number in number + 1..=(number + BATCH).min(orders) {
            // A millisecond apart: all on one day.
            let at = Timestamp::from_us(START_US + number as i64 * 1_000).expect("some minutes");
            let (order, member) = (Id::numbered("o", number), Id::numbered("m", number));
            let terms = Some(ratchet_engine::command::OrderTerms::plain(member.clone(), amount));
            let pay = ratchet_engine::command::Command::OrderPay { order: order.clone(), terms };
            let receive = ratchet_engine::command::Command::OrderReceive { order };
            batch.push(Envelope {
                key: Id::numbered("p", number),
                at,
                happened_at: None,
                actor: member.clone(),
                command: pay,
            });
            batch.push(Envelope {
                key: Id::numbered("r", number),
                at,
                happened_at: None,
                actor: member,
                command: receive,
            });
        }
        let mut ahead = Lookahead::new(batch.iter());
        let mut is_receipt = false;
        while let Some((_, outcome)) = engine.submit_next(&mut ahead) {
            assert!(matches!(outcome, Outcome::Applied { .. }), "an equal order was refused: {outcome:?}");
            if is_receipt {
                number += 1;
                each(&engine, number);
            }
            is_receipt = !is_receipt;
        }
    }
    engine
}

/// What a sale of these points would pay now: all of it, and net of the fee.
pub(super) fn worth(engine: &Engine, points: Points) -> (Money, Money) {
    engine.quote(points).map_or((Money::ZERO, Money::ZERO), |sale| (sale.gross, sale.net))
}
