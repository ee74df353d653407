//! The text form of a journal: hash-chained JSON Lines.
//!
//! One line per entry: `{"hash":"<64 hex digits>","body":<body>}`. The hash is SHA-256 over the previous
//! line's 32 hash bytes (32 zero bytes before the first) followed by the body's bytes exactly as they stand
//! in the line. Nothing is ever re-serialised to check a hash. The first body holds the plan's text, so a
//! journal needs no other file.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::binary::chain;
use super::{EntryBatch, FORMAT, Genesis, JournalError, JournalFault, RULES};
use crate::amount::Currency;
use crate::command::Envelope;
use crate::engine::{Cause, DueKind, Engine, Entry};
use crate::event::Event;
use crate::gate::Pass;
use crate::hash::{Hash32, hex};
use crate::id::OrderNo;
use crate::ledger::{Account, AccountKind, Posting};
use crate::message::Message;
use crate::plan::form;
use crate::time::{Timestamp, Zone};
use crate::timer::Timer;
use crate::wire::{Decoder, Encoder, Wire};

const HEAD: &str = "{\"hash\":\"";
const MIDDLE: &str = "\",\"body\":";
const HASH_DIGITS: usize = 64;

/// Writes a journal, line by line, into a caller's buffer.
#[derive(Clone, Debug)]
pub struct Writer {
    previous: [u8; 32],
    body: Vec<u8>,
}

impl Default for Writer {
    fn default() -> Writer {
        Writer::new()
    }
}

impl Writer {
    /// A journal that begins.
    pub fn new() -> Writer {
        Writer::resume([0; 32])
    }

    /// One that goes on after the line with this hash.
    pub fn resume(head: [u8; 32]) -> Writer {
        Writer { previous: head, body: Vec::new() }
    }

    /// The hash of the last line.
    pub fn head(&self) -> [u8; 32] {
        self.previous
    }

    /// Appends the entries that the engine's last call wrote, each as one line. `envelope` is the command of
    /// that call; `None` after [`Engine::genesis`].
    pub fn write(&mut self, engine: &Engine, envelope: Option<&Envelope>, out: &mut Vec<u8>) {
        let (currency, mut genesis) = (engine.plan().programme.currency, None);
        for entry in engine.entries() {
            if entry.cause == Cause::Genesis {
                genesis = Some(Genesis::of(engine));
            }
            self.push(&entry, RULES, envelope, genesis.as_ref(), &currency, out);
        }
    }

    /// Appends all entries of a batch; the amounts of their commands are in this currency.
    pub fn write_batch(&mut self, batch: &EntryBatch, currency: &Currency, out: &mut Vec<u8>) {
        for (entry, envelope) in batch.iter() {
            self.push(&entry, batch.rules(), envelope, batch.genesis(), currency, out);
        }
    }

    fn push(
        &mut self,
        entry: &Entry<'_>,
        rules: u32,
        envelope: Option<&Envelope>,
        genesis: Option<&Genesis>,
        currency: &Currency,
        out: &mut Vec<u8>,
    ) {
        self.body.clear();
        let cause = (envelope, genesis);
        encode(entry, rules, cause, currency, &mut self.body);
        self.previous = chain(&self.previous, &self.body);
        out.extend_from_slice(HEAD.as_bytes());
        out.extend_from_slice(hex(&self.previous).as_bytes());
        out.extend_from_slice(MIDDLE.as_bytes());
        out.extend_from_slice(&self.body);
        out.extend_from_slice(b"}\n");
    }
}

/// What an entry's body says of its cause.
#[derive(Serialize)]
struct BodyHead<'a> {
    /// The format of the body.
    v: u64,
    /// The number of the rules it was decided by.
    rules: u32,
    #[serde(flatten)]
    head: Head<'a>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Head<'a> {
    Genesis {
        seq: u64,
        at: Timestamp,
        ratchet: &'a str,
        plan: &'a str,
        /// Of a plan with a zone: its rules (TIME-3).
        #[serde(skip_serializing_if = "Option::is_none")]
        zone: Option<&'a Zone>,
        /// Of a live programme only: what it was admitted by (GATE-1).
        #[serde(skip_serializing_if = "Option::is_none")]
        gate: Option<&'a Pass>,
    },
    Command {
        seq: u64,
        at: Timestamp,
        command: &'a RawValue,
    },
    Due {
        seq: u64,
        at: Timestamp,
        due: &'a str,
        order: Option<u32>,
    },
}

fn encode(
    entry: &Entry<'_>,
    rules: u32,
    (envelope, genesis): (Option<&Envelope>, Option<&Genesis>),
    currency: &Currency,
    body: &mut Vec<u8>,
) {
    let (seq, at) = (entry.seq, entry.at);
    let raw;
    let head = match entry.cause {
        Cause::Genesis => {
            let genesis = genesis.expect("a genesis is written with what it says");
            let Genesis { ratchet, plan, zone, pass } = genesis;
            Head::Genesis { seq, at, ratchet, plan, zone: zone.as_ref(), gate: pass.as_ref() }
        }
        Cause::Due(kind) => {
            let (due, order) = kind.name();
            Head::Due { seq, at, due, order }
        }
        Cause::Command => {
            let envelope = envelope.expect("an entry caused by a command is written with its envelope");
            raw = RawValue::from_string(envelope.to_json(currency)).expect("the command's JSON is JSON");
            Head::Command { seq, at, command: &raw }
        }
    };
    let head = BodyHead { v: FORMAT, rules, head };
    serde_json::to_writer(&mut *body, &head).expect("writing to memory does not fail");
    body.pop();
    body.extend_from_slice(b",\"steps\":[");
    for (count, (event, postings)) in entry.steps().enumerate() {
        if count > 0 {
            body.push(b',');
        }
        body.extend_from_slice(b"{\"event\":");
        serde_json::to_writer(&mut *body, event).expect("writing to memory does not fail");
        body.extend_from_slice(b",\"postings\":[");
        for (count, posting) in postings.iter().enumerate() {
            let comma = if count > 0 { "," } else { "" };
            let Posting { account: Account { kind, owner: of }, amount } = posting;
            let text = format!("{comma}[\"{}\",{of},\"{amount}\"]", kind.name());
            body.extend_from_slice(text.as_bytes());
        }
        body.extend_from_slice(b"]}");
    }
    body.extend_from_slice(b"]}");
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    v: u64,
    rules: u32,
    r#type: String,
    seq: u64,
    at: Timestamp,
    #[serde(default)]
    ratchet: Option<String>,
    #[serde(default)]
    plan: Option<String>,
    #[serde(default)]
    zone: Option<Zone>,
    #[serde(default)]
    gate: Option<Pass>,
    #[serde(borrow, default)]
    command: Option<&'a RawValue>,
    #[serde(default)]
    due: Option<String>,
    #[serde(default)]
    order: Option<u32>,
    steps: Vec<StepForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepForm {
    event: Event,
    postings: Vec<(String, u32, String)>,
}

/// Checks a line's hash and returns its body.
fn unchain<'a>(previous: &mut [u8; 32], line: &'a str) -> Result<&'a str, JournalFault<'static>> {
    let rest = line.strip_prefix(HEAD).and_then(|rest| rest.split_at_checked(HASH_DIGITS));
    let body = rest.and_then(|(hash, rest)| {
        let body = rest.strip_prefix(MIDDLE)?.strip_suffix('}')?;
        Some((hash, body))
    });
    let Some((hash, body)) = body else {
        return Err(JournalFault::NotALine {});
    };
    let computed = chain(previous, body.as_bytes());
    if hex(&computed) != hash {
        return Err(JournalFault::LineHash {});
    }
    *previous = computed;
    Ok(body)
}

/// Reads a journal line by line and checks the hash chain, and nothing else.
#[derive(Debug, Default)]
pub struct Reader {
    previous: [u8; 32],
    line: u64,
    next: u64,
    /// Of the plan in the first line: what the amounts of commands are in.
    currency: Option<Currency>,
}

impl Reader {
    /// Before the first line.
    pub fn new() -> Reader {
        Reader::default()
    }

    /// The hash of the last line.
    pub fn head(&self) -> [u8; 32] {
        self.previous
    }

    /// How many lines were taken.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Takes the next line, without its line break; its entry is in `into` then, which is emptied before.
    pub fn read(&mut self, line: &str, into: &mut EntryBatch) -> Result<(), JournalError> {
        self.line += 1;
        into.clear();
        let expected = self.next;
        let body = match unchain(&mut self.previous, line) {
            Ok(body) => body,
            // Of a line that is none of a journal nobody can say which entry it was.
            Err(reason) => {
                let seq = line.starts_with(HEAD).then_some(expected);
                return Err(self.error(seq, reason));
            }
        };
        let parsed: Body<'_> = serde_json::from_str(body).map_err(|error| {
            self.error(None, JournalFault::NotAnEntry { error: form(&error.to_string()) })
        })?;
        let seq = Some(parsed.seq);
        // Older lines are read by the names of their fields, as all are (JRN-14).
        if parsed.v > FORMAT {
            return Err(self.error(seq, JournalFault::Format { format: parsed.v, known: FORMAT }));
        }
        if parsed.seq != expected {
            return Err(self.error(seq, JournalFault::Expected { entry: expected }));
        }
        self.next += 1;
        into.set_rules(parsed.rules);
        let cause = self.cause(&parsed, into).map_err(|reason| self.error(seq, reason))?;
        let log = into.log_mut();
        log.begin_recorded(parsed.seq, parsed.at, cause);
        for StepForm { event, postings } in parsed.steps {
            for (kind, of, amount) in postings {
                let (Some(kind), Ok(amount)) = (AccountKind::named(&kind), amount.parse()) else {
                    let (kind, amount) = (kind.as_str(), amount.as_str());
                    return Err(self.error(seq, JournalFault::Posting { kind, of, amount }));
                };
                log.push_posting(Posting { account: Account { kind, owner: of }, amount });
            }
            log.end_step(event);
        }
        log.end_recorded();
        into.set_head(Hash32::new(self.previous));
        Ok(())
    }

    fn cause(&mut self, parsed: &Body<'_>, into: &mut EntryBatch) -> Result<Cause, Message> {
        match parsed.r#type.as_str() {
            "genesis" => {
                let (Some(plan), Some(ratchet)) = (&parsed.plan, &parsed.ratchet) else {
                    return Err(JournalFault::NoPlan {}.into());
                };
                let genesis = Genesis {
                    ratchet: ratchet.clone(),
                    plan: plan.clone(),
                    zone: parsed.zone.clone(),
                    pass: parsed.gate.clone(),
                };
                self.currency = Some(genesis.read_plan()?.programme.currency);
                into.set_genesis(genesis);
                Ok(Cause::Genesis)
            }
            "command" | "due" if self.currency.is_none() => Err(JournalFault::NoGenesis {}.into()),
            "command" => {
                let Some(raw) = parsed.command else { return Err(JournalFault::NoCommand {}.into()) };
                let currency = self.currency.unwrap_or(Currency::CNY);
                let envelope = Envelope::from_json(raw.get(), &currency)
                    .map_err(|error| JournalFault::Command { error: error.message().clone() })?;
                if envelope.at != parsed.at {
                    return Err(JournalFault::CommandTime {}.into());
                }
                into.push_command(envelope);
                Ok(Cause::Command)
            }
            "due" => {
                let kind = parsed.due.as_ref().and_then(|due| DueKind::named(due, parsed.order));
                kind.map(Cause::Due).ok_or_else(|| JournalFault::NoDue {}.into())
            }
            other => Err(JournalFault::Type { name: other }.into()),
        }
    }

    pub(crate) fn error(&self, seq: Option<u64>, reason: impl Into<Message>) -> JournalError {
        JournalError { line: self.line, seq, reason: reason.into() }
    }
}

impl DueKind {
    /// The name in the journal, and whose it is.
    pub fn name(self) -> (&'static str, Option<u32>) {
        match self {
            DueKind::CapExits => ("cap_exits", None),
            DueKind::CloseOfDay => ("close_of_day", None),
            DueKind::Amendment(number) => ("amendment", Some(number)),
            DueKind::Dividend => ("dividend", None),
            DueKind::Timer(timer) => timer.name(),
            DueKind::Settlement(order) => ("settlement", Some(order.0)),
            DueKind::DeferredContribution(order) => ("deferred_contribution", Some(order.0)),
            DueKind::PlanChange => ("plan_change", None),
        }
    }

    /// The names of all kinds.
    pub fn names() -> Vec<&'static str> {
        let kinds = DueKind::of(Some(0)).map(|kind| kind.name().0);
        kinds.chain(timers(0).map(|timer| timer.name().0)).collect()
    }

    /// All kinds but timers, about this number.
    fn of(of: Option<u32>) -> impl Iterator<Item = DueKind> {
        let order = of.filter(|order| *order != u32::MAX).map(OrderNo);
        let kinds = [
            Some(DueKind::CapExits),
            Some(DueKind::CloseOfDay),
            of.map(DueKind::Amendment),
            Some(DueKind::Dividend),
            Some(DueKind::PlanChange),
            order.map(DueKind::Settlement),
            order.map(DueKind::DeferredContribution),
        ];
        kinds.into_iter().flatten()
    }

    /// The kind of this name.
    fn named(name: &str, number: Option<u32>) -> Option<DueKind> {
        let known = DueKind::of(number).find(|kind| kind.name() == (name, number));
        known.or_else(|| {
            let timer = timers(number.unwrap_or_default()).find(|timer| timer.name() == (name, number));
            timer.map(DueKind::Timer)
        })
    }
}

/// Every timer about this number: the binary form of each variant is read, so that a new one needs nothing here.
fn timers(of: u32) -> impl Iterator<Item = Timer> {
    let mut bytes = Encoder::new();
    (0..=u64::from(u8::MAX)).map_while(move |tag| {
        bytes.begin();
        bytes.varint(tag);
        bytes.varint(u64::from(of));
        Timer::read(&mut Decoder::new(bytes.bytes())).ok()
    })
}
