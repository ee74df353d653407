//! The journal's bytes: hash-chained JSON Lines, and their verification.
//!
//! One line per entry: `{"hash":"<64 hex digits>","body":<body>}`. The hash is SHA-256 over the previous
//! line's 32 hash bytes (32 zero bytes before the first) followed by the body's bytes exactly as they stand
//! in the line. Nothing is ever re-serialised to check a hash. The first body holds the plan's text, so a
//! journal needs no other file.
//!
//! Encoding does no I/O: the caller writes and reads lines.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::command::Envelope;
use crate::engine::{Cause, DueKind, Engine, Entry, Outcome};
use crate::event::Event;
use crate::gate::{Admitted, Pass};
use crate::hash::hex;
use crate::ledger::{Account, AccountKind, Posting};
use crate::plan::{Mode, Plan};
use crate::time::{Day, Timestamp, Zone};

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
        Writer { previous: [0; 32], body: Vec::new() }
    }

    /// Appends the entries that the engine's last call wrote, each as one line. `envelope` is the command of
    /// that call; `None` after [`Engine::genesis`].
    pub fn write(&mut self, engine: &Engine, envelope: Option<&Envelope>, out: &mut Vec<u8>) {
        for entry in engine.entries() {
            self.body.clear();
            encode(engine, &entry, envelope, &mut self.body);
            self.previous = chain(&self.previous, &self.body);
            out.extend_from_slice(HEAD.as_bytes());
            out.extend_from_slice(hex(&self.previous).as_bytes());
            out.extend_from_slice(MIDDLE.as_bytes());
            out.extend_from_slice(&self.body);
            out.extend_from_slice(b"}\n");
        }
    }
}

fn chain(previous: &[u8; 32], body: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(body);
    hasher.finalize().into()
}

/// What an entry's body says of its cause.
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

fn encode(engine: &Engine, entry: &Entry<'_>, envelope: Option<&Envelope>, body: &mut Vec<u8>) {
    let (seq, at) = (entry.seq, entry.at);
    let raw;
    let head = match entry.cause {
        Cause::Genesis => {
            let (ratchet, plan) = (env!("CARGO_PKG_VERSION"), engine.plan().source.as_str());
            Head::Genesis {
                seq,
                at,
                ratchet,
                plan,
                zone: engine.plan().programme.calendar.zone(),
                gate: engine.pass(),
            }
        }
        Cause::Due(kind) => {
            let (due, order) = match kind {
                DueKind::CloseOfDay => ("close_of_day", None),
                DueKind::Dividend => ("dividend", None),
                DueKind::Timer(timer) => timer.name(),
                DueKind::Settlement(order) => ("settlement", Some(order.0)),
                DueKind::WaitingContribution(order) => ("waiting_contribution", Some(order.0)),
            };
            Head::Due { seq, at, due, order }
        }
        Cause::Command => {
            let envelope = envelope.expect("an entry caused by a command is written with its envelope");
            let json = envelope.to_json(&engine.plan().programme.currency);
            raw = RawValue::from_string(json).expect("the command's JSON is JSON");
            Head::Command { seq, at, command: &raw }
        }
    };
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
            let Posting { account: Account { kind, of }, amount } = posting;
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

/// What does not fit in a journal: which line, which entry, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalError {
    /// Line of the file, from 1.
    pub line: u64,
    /// The entry's number, as far as it could be read.
    pub seq: Option<u64>,
    /// What is wrong.
    pub reason: String,
}

impl std::fmt::Display for JournalError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.seq {
            Some(seq) => write!(out, "line {} (entry {seq}): {}", self.line, self.reason),
            None => write!(out, "line {}: {}", self.line, self.reason),
        }
    }
}

impl std::error::Error for JournalError {}

/// One entry as it stands in a journal.
#[derive(Debug)]
pub(crate) struct JournalEntry {
    pub(crate) seq: u64,
    pub(crate) at: Timestamp,
    /// Of the genesis.
    pub(crate) plan: Option<Box<Plan>>,
    /// The JSON of the command that caused it.
    pub(crate) command: Option<String>,
    pub(crate) steps: Vec<(Event, Vec<Posting>)>,
}

/// Reads a journal line by line and checks the hash chain, and nothing else.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    previous: [u8; 32],
    line: u64,
    next: u64,
}

impl Reader {
    /// Takes the next line, without its line break.
    pub(crate) fn read(&mut self, line: &str) -> Result<JournalEntry, JournalError> {
        self.line += 1;
        let expected = self.next;
        let body = unchain(&mut self.previous, line).map_err(|reason| self.error(Some(expected), reason))?;
        let parsed: Body<'_> = serde_json::from_str(body)
            .map_err(|error| self.error(None, format!("the body is not an entry: {error}")))?;
        if parsed.seq != expected {
            return Err(self.error(Some(parsed.seq), format!("entry {expected} is expected here")));
        }
        self.next += 1;
        let seq = Some(parsed.seq);
        let plan = match parsed.plan {
            None => None,
            Some(source) => {
                match Plan::parse_recorded("plan in the journal", &source, parsed.zone.as_ref()) {
                    Ok(plan) => Some(Box::new(plan)),
                    Err(errors) => {
                        return Err(self.error(seq, format!("the plan in it is refused: {errors}")));
                    }
                }
            }
        };
        let steps = steps_of(parsed.steps).map_err(|reason| self.error(seq, reason))?;
        let command = parsed.command.map(|command| command.get().to_owned());
        Ok(JournalEntry { seq: parsed.seq, at: parsed.at, plan, command, steps })
    }

    pub(crate) fn error(&self, seq: Option<u64>, reason: impl Into<String>) -> JournalError {
        JournalError { line: self.line, seq, reason: reason.into() }
    }
}

/// Checks a line's hash and returns its body.
fn unchain<'a>(previous: &mut [u8; 32], line: &'a str) -> Result<&'a str, &'static str> {
    let rest = line.strip_prefix(HEAD).and_then(|rest| rest.split_at_checked(HASH_DIGITS));
    let body = rest.and_then(|(hash, rest)| {
        let body = rest.strip_prefix(MIDDLE)?.strip_suffix('}')?;
        Some((hash, body))
    });
    let Some((hash, body)) = body else {
        return Err("not a journal line: {\"hash\":\"…\",\"body\":…} is expected");
    };
    let computed = chain(previous, body.as_bytes());
    if hex(&computed) != hash {
        return Err(
            "its hash does not fit: this line was changed, or a line before it is missing, added or out \
                    of order",
        );
    }
    *previous = computed;
    Ok(body)
}

fn steps_of(forms: Vec<StepForm>) -> Result<Vec<(Event, Vec<Posting>)>, String> {
    let mut steps = Vec::with_capacity(forms.len());
    for form in forms {
        let mut postings = Vec::with_capacity(form.postings.len());
        for (kind, of, amount) in form.postings {
            let (Some(kind), Ok(amount)) = (AccountKind::named(&kind), amount.parse()) else {
                return Err(format!("[\"{kind}\",{of},\"{amount}\"] is no posting"));
            };
            postings.push(Posting { account: Account { kind, of }, amount });
        }
        steps.push((form.event, postings));
    }
    Ok(steps)
}

/// Verifies a journal line by line: the hash chain, the recorded events and postings (replay), and every
/// decision made again from the commands (audit).
#[derive(Debug, Default)]
pub struct Verifier {
    previous: [u8; 32],
    line: u64,
    replayed: Option<Engine>,
    audited: Option<Engine>,
    /// Bodies of due work that the next command's audit has to produce.
    pending: Vec<(u64, u64, Vec<u8>)>,
    last_at: Timestamp,
    /// The local day at whose end the state is to be kept, and that state once a later entry has been seen.
    keep: Option<(Day, Option<Box<Engine>>)>,
}

impl Verifier {
    /// A verifier before the first line.
    pub fn new() -> Verifier {
        Verifier::default()
    }

    /// One that also keeps the state at the end of this local day, for [`Verifier::finish_kept`].
    pub fn keeping(day: Day) -> Verifier {
        Verifier { keep: Some((day, None)), ..Verifier::default() }
    }

    /// Takes the next line, without its line break.
    pub fn push(&mut self, line: &str) -> Result<(), JournalError> {
        self.line += 1;
        let next = self.replayed.as_ref().map_or(0, Engine::next_seq);
        let body = match unchain(&mut self.previous, line) {
            Ok(body) => body,
            // Of a line that is none of a journal nobody can say which entry it was.
            Err(reason) => {
                let seq = line.starts_with(HEAD).then_some(next);
                return Err(self.error(seq, reason));
            }
        };
        let parsed: Body<'_> = match serde_json::from_str(body) {
            Ok(parsed) => parsed,
            Err(error) => return Err(self.error(None, format!("the body is not an entry: {error}"))),
        };
        let seq = parsed.seq;
        let expected = self.replayed.as_ref().map_or(0, Engine::next_seq);
        if seq != expected {
            return Err(self.error(Some(seq), format!("entry {expected} is expected here")));
        }
        if parsed.at < self.last_at {
            return Err(self.error(Some(seq), "its time is before that of the entry before it"));
        }
        if let (Some((day, kept @ None)), Some(replayed)) = (&mut self.keep, &self.replayed)
            && replayed.plan().programme.calendar.day_of(parsed.at) > *day
        {
            *kept = Some(Box::new(replayed.clone()));
        }
        self.last_at = parsed.at;
        match (parsed.r#type.as_str(), self.replayed.is_some()) {
            ("genesis", false) => self.genesis(parsed, body),
            ("genesis", true) => Err(self.error(Some(seq), "a second genesis")),
            ("command" | "due", false) => Err(self.error(Some(seq), "the first entry must be the genesis")),
            ("command", true) => self.command(parsed, body),
            ("due", true) => self.due(parsed, body),
            (other, _) => Err(self.error(Some(seq), format!("unknown type of entry \"{other}\""))),
        }
    }

    /// As [`Verifier::finish`], and the state that was to be kept: the whole journal is intact, that state is a part of its way.
    pub fn finish_kept(mut self) -> Result<(Engine, Engine), JournalError> {
        let kept = self.keep.take().and_then(|(_, kept)| kept);
        let (last, _) = self.finish()?;
        let kept = kept.map_or_else(|| last.fork(), |kept| kept.fork());
        Ok((last, kept))
    }

    /// After the last line: the state the journal leads to, and how many entries it has.
    pub fn finish(mut self) -> Result<(Engine, u64), JournalError> {
        let Some(replayed) = self.replayed.take() else {
            return Err(self.error(None, "the journal is empty"));
        };
        if let Some(mut audited) = self.audited.take() {
            audited.advance_due(self.last_at);
            self.compare(&audited, None)?;
            if let Some((line, seq, _)) = self.pending.first() {
                let reason = "no work was due then".to_owned();
                return Err(JournalError { line: *line, seq: Some(*seq), reason });
            }
            if let Err(violation) = replayed.check_invariants() {
                return Err(self.error(None, format!("the state breaks an invariant: {violation}")));
            }
            if audited.digest() != replayed.digest() {
                return Err(self.error(None, "replay and audit lead to different states"));
            }
        }
        let entries = replayed.next_seq();
        Ok((replayed, entries))
    }

    fn error(&self, seq: Option<u64>, reason: impl Into<String>) -> JournalError {
        JournalError { line: self.line, seq, reason: reason.into() }
    }

    fn genesis(&mut self, parsed: Body<'_>, body: &str) -> Result<(), JournalError> {
        let seq = Some(parsed.seq);
        let (Some(source), Some(_)) = (&parsed.plan, &parsed.ratchet) else {
            return Err(self.error(seq, "the genesis holds no plan"));
        };
        let plan = match Plan::parse_recorded("plan in the journal", source, parsed.zone.as_ref()) {
            Ok(plan) => plan,
            Err(errors) => return Err(self.error(seq, format!("the plan in it is refused: {errors}"))),
        };
        if let Err(reason) = check_pass(&plan, parsed.gate.as_ref()) {
            return Err(self.error(seq, reason));
        }
        let engine = Engine::genesis(Admitted::of_journal(plan));
        let mut again = Vec::new();
        for entry in engine.entries() {
            encode(&engine, &entry, None, &mut again);
        }
        // The version that wrote it may differ; everything after it must not.
        let steps = |body: &[u8]| find_steps(body).map(<[u8]>::to_vec);
        if steps(&again) != steps(body.as_bytes()) {
            return Err(self.error(seq, "the genesis does not follow from its plan"));
        }
        self.audited = Some(engine.clone());
        self.replayed = Some(engine);
        Ok(())
    }

    fn command(&mut self, parsed: Body<'_>, body: &str) -> Result<(), JournalError> {
        let seq = Some(parsed.seq);
        let Some(raw) = parsed.command else { return Err(self.error(seq, "it holds no command")) };
        let Some(mut replayed) = self.replayed.take() else {
            return Err(self.error(seq, "the first entry must be the genesis"));
        };
        let currency = replayed.plan().programme.currency;
        let envelope = match Envelope::from_json(raw.get(), &currency) {
            Ok(envelope) => envelope,
            Err(error) => return Err(self.error(seq, format!("its command is refused: {error}"))),
        };
        if envelope.at != parsed.at {
            return Err(self.error(seq, "its time is not that of its command"));
        }
        let Some(mut audited) = self.audited.take() else {
            return Err(self.error(seq, "the first entry must be the genesis"));
        };
        self.pending.push((self.line, parsed.seq, body.as_bytes().to_vec()));
        match audited.submit(&envelope) {
            Outcome::Applied { .. } => {}
            Outcome::Replayed { seq: earlier } => {
                return Err(self.error(seq, format!("its key was used before, by entry {earlier}")));
            }
            Outcome::Rejected(rejection) => {
                let code = rejection.code();
                return Err(self.error(seq, format!("deciding again refuses it: {code} ({rejection})")));
            }
        }
        self.compare(&audited, Some(&envelope))?;
        let steps = steps_of(parsed.steps).map_err(|reason| self.error(seq, reason))?;
        replayed.replay(parsed.at, Some(&envelope), &steps);
        self.audited = Some(audited);
        self.replayed = Some(replayed);
        Ok(())
    }

    fn due(&mut self, parsed: Body<'_>, body: &str) -> Result<(), JournalError> {
        if parsed.due.is_none() || parsed.order.is_some_and(|order| order == u32::MAX) {
            return Err(self.error(Some(parsed.seq), "it does not say what was due"));
        }
        // Decided again first: what is applied below has then been checked to be possible.
        let Some(mut audited) = self.audited.take() else {
            return Err(self.error(Some(parsed.seq), "the first entry must be the genesis"));
        };
        self.pending.push((self.line, parsed.seq, body.as_bytes().to_vec()));
        audited.advance_due_once(parsed.at);
        self.compare(&audited, None)?;
        if let Some((line, seq, _)) = self.pending.first() {
            let reason = "no work was due then".to_owned();
            return Err(JournalError { line: *line, seq: Some(*seq), reason });
        }
        let steps = steps_of(parsed.steps).map_err(|reason| self.error(Some(parsed.seq), reason))?;
        if let Some(replayed) = &mut self.replayed {
            replayed.replay(parsed.at, None, &steps);
        }
        self.audited = Some(audited);
        Ok(())
    }

    /// Compares what deciding again wrote with the bodies read, byte by byte.
    fn compare(&mut self, audited: &Engine, envelope: Option<&Envelope>) -> Result<(), JournalError> {
        let mut again = Vec::new();
        let mut pending = std::mem::take(&mut self.pending).into_iter();
        for entry in audited.entries() {
            again.clear();
            encode(audited, &entry, envelope, &mut again);
            let Some((line, seq, body)) = pending.next() else {
                let reason = format!("entry {} is missing: work was due", entry.seq);
                return Err(JournalError { line: self.line, seq: Some(entry.seq), reason });
            };
            if body != again {
                let again = String::from_utf8_lossy(&again).into_owned();
                let reason = format!("deciding again gives another result: {again}");
                return Err(JournalError { line, seq: Some(seq), reason });
            }
        }
        self.pending = pending.collect();
        Ok(())
    }
}

/// GATE-1d: the journal of a live programme says what admitted it, and where this version has the same rules they say so
/// again.
fn check_pass(plan: &Plan, pass: Option<&Pass>) -> Result<(), &'static str> {
    match (plan.programme.mode, pass) {
        (Mode::Sandbox, None) => Ok(()),
        (Mode::Sandbox, Some(_)) => Err("a sandbox plan has no pass of the gate"),
        (Mode::Live, None) => Err("the plan is live and the genesis holds no pass of the gate"),
        (Mode::Live, Some(pass)) => match pass.again(plan) {
            Some(false) => Err("the gate does not let its plan pass"),
            Some(true) | None => Ok(()),
        },
    }
}

fn find_steps(body: &[u8]) -> Option<&[u8]> {
    const MARK: &[u8] = b",\"steps\":[";
    let at = body.windows(MARK.len()).rposition(|window| window == MARK)?;
    body.get(at..)
}
