//! Verification of a journal: the recorded events and postings are applied (replay), and every decision is made again from
//! the commands (audit). Values are compared, not bytes: a later version may write entries differently.

use super::{EntryBatch, Genesis, JournalError, JournalFault, RULES, Reader};
use crate::command::{Command, Envelope};
use crate::engine::{Cause, Engine, Entry, Outcome, ReplayError};
use crate::gate::Pass;
use crate::hash::Hash32;
use crate::message::Message;
use crate::plan::{Mode, Plan};
use crate::snapshot::JournalPosition;
use crate::time::{Day, Timestamp};

/// How many entries were checked, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// All.
    pub entries: u64,
    /// Of them, decided by older rules than this version's: replayed, not decided again.
    pub replayed_only: u64,
}

/// Verifies a journal entry by entry.
#[derive(Debug, Default)]
pub struct Verifier {
    /// For lines of text.
    reader: Reader,
    batch: EntryBatch,
    /// Line or record of what came last.
    line: u64,
    replayed: Option<Engine>,
    audited: Option<Engine>,
    last_at: Timestamp,
    replayed_only: u64,
    /// Whether the last entry was decided by this version's rules.
    is_own: bool,
    /// The local day at whose end the state is to be kept, and that state once a later entry has been seen.
    keep: Option<(Day, Option<Box<Engine>>)>,
    /// Nothing is decided again.
    only_replays: bool,
    /// Of a snapshot that the state is from: where the journal stood. Entries before that are only read.
    resumes: Option<JournalPosition>,
    /// Hash of the line or record with the newest entry.
    head: Hash32,
}

impl Verifier {
    /// A verifier before the first entry.
    pub fn new() -> Verifier {
        Verifier::default()
    }

    /// One that also keeps the state at the end of this local day, for [`Verifier::finish_kept`].
    pub fn keeping(day: Day) -> Verifier {
        Verifier { keep: Some((day, None)), ..Verifier::default() }
    }

    /// One that goes on from the state of a snapshot: the entries before it are only read, up to where the journal stood then.
    pub fn resuming(engine: Engine, position: JournalPosition) -> Verifier {
        let last_at = engine.now();
        let (audited, replayed) = (Some(engine.clone()), Some(engine));
        Verifier { audited, replayed, last_at, is_own: true, resumes: Some(position), ..Verifier::default() }
    }

    /// Applies entries and decides nothing again: that leads to the same state.
    pub fn only_replaying(mut self) -> Verifier {
        self.only_replays = true;
        self.audited = None;
        self
    }

    /// Hash of the line or record in which the newest entry stands, with [`Verifier::state`] where a snapshot is kept.
    pub fn position(&self) -> JournalPosition {
        JournalPosition { head: self.head }
    }

    /// Takes the next line of a text journal, without its line break, and checks its hash too.
    pub fn push(&mut self, line: &str) -> Result<(), JournalError> {
        self.line += 1;
        let mut batch = std::mem::take(&mut self.batch);
        let taken = self.reader.read(line, &mut batch).and_then(|()| self.push_batch(&batch, self.line));
        self.batch = batch;
        taken
    }

    /// Takes the next entries, which a reader has read from this line or record.
    pub fn push_batch(&mut self, batch: &EntryBatch, line: u64) -> Result<(), JournalError> {
        self.line = line;
        if self.is_before_snapshot(batch)? {
            return Ok(());
        }
        if let (Some(head), false) = (batch.head(), batch.is_empty()) {
            self.head = head;
        }
        for (entry, envelope) in batch.iter() {
            self.entry(&entry, envelope, batch)?;
        }
        Ok(())
    }

    /// Whether entries came before the snapshot that the state is from.
    fn is_before_snapshot(&mut self, batch: &EntryBatch) -> Result<bool, JournalError> {
        let (Some(position), Some(next)) = (self.resumes, self.replayed.as_ref().map(Engine::next_seq))
        else {
            return Ok(false);
        };
        let Some((last, _)) = batch.iter().last() else { return Ok(false) };
        if last.seq + 1 < next {
            return Ok(true);
        }
        if last.seq + 1 > next || batch.head() != Some(position.head) {
            return Err(self.error(Some(last.seq), JournalFault::NotOfSnapshot {}));
        }
        (self.resumes, self.head) = (None, position.head);
        Ok(true)
    }

    fn entry(
        &mut self,
        entry: &Entry<'_>,
        envelope: Option<&Envelope>,
        batch: &EntryBatch,
    ) -> Result<(), JournalError> {
        let seq = Some(entry.seq);
        let expected = self.replayed.as_ref().map_or(0, Engine::next_seq);
        if entry.seq != expected {
            return Err(self.error(seq, JournalFault::Expected { entry: expected }));
        }
        if entry.at < self.last_at {
            return Err(self.error(seq, JournalFault::TimeBackwards {}));
        }
        let rules = batch.rules();
        if rules > RULES {
            return Err(self.error(seq, JournalFault::Rules { rules, known: RULES }));
        }
        if let (Some((day, kept @ None)), Some(replayed)) = (&mut self.keep, &self.replayed)
            && replayed.plan().programme.calendar.day_of(entry.at) > *day
        {
            *kept = Some(Box::new(replayed.clone()));
        }
        self.last_at = entry.at;
        self.is_own = rules == RULES;
        // GATE-2d: nobody can ask the packs of another version again.
        let is_decided = self.is_own && envelope.is_none_or(|envelope| !is_of_other_packs(&envelope.command));
        if !is_decided {
            self.replayed_only += 1;
        }
        if entry.cause == Cause::Genesis {
            return self.genesis(entry, batch.genesis(), rules);
        }
        let Some(mut replayed) = self.replayed.take() else {
            return Err(self.error(seq, JournalFault::NoGenesis {}));
        };
        let line = self.line;
        let refuse = |error: ReplayError| JournalError { line, seq: Some(error.seq), reason: error.reason };
        if let Some(mut audited) = self.audited.take() {
            if is_decided {
                // Decided again first: what is applied below has then been checked to be possible.
                self.decide(&mut audited, entry, envelope)?;
            } else {
                audited.replay_entry(entry, envelope).map_err(refuse)?;
            }
            self.audited = Some(audited);
        }
        replayed.replay_entry(entry, envelope).map_err(refuse)?;
        self.replayed = Some(replayed);
        Ok(())
    }

    fn genesis(
        &mut self,
        entry: &Entry<'_>,
        genesis: Option<&Genesis>,
        rules: u32,
    ) -> Result<(), JournalError> {
        let seq = Some(entry.seq);
        if self.replayed.is_some() {
            return Err(self.error(seq, JournalFault::SecondGenesis {}));
        }
        let Some(genesis) = genesis else { return Err(self.error(seq, JournalFault::NoPlan {})) };
        let engine = genesis.begin(entry, rules, None);
        let engine = engine.map_err(|error| self.error(Some(error.seq), error.reason))?;
        self.audited = (!self.only_replays).then(|| engine.clone());
        self.replayed = Some(engine);
        Ok(())
    }

    /// Makes the decision again and compares.
    fn decide(
        &self,
        audited: &mut Engine,
        entry: &Entry<'_>,
        envelope: Option<&Envelope>,
    ) -> Result<(), JournalError> {
        let seq = Some(entry.seq);
        // AMEND-1: what the gate said is taken from the entry, the rules are not asked again.
        audited.recorded_gate =
            entry.steps().find_map(|(event, _)| event.gate_check().cloned()).map(Box::new);
        match envelope {
            None => {
                audited.advance_due_once(entry.at);
                if audited.entries().next().is_none() {
                    return Err(self.error(seq, JournalFault::NotDue {}));
                }
            }
            Some(envelope) => match audited.submit(envelope) {
                Outcome::Applied { .. } => {}
                Outcome::Duplicate { seq: earlier } => {
                    return Err(self.error(seq, JournalFault::KeyUsed { entry: earlier }));
                }
                Outcome::Rejected(rejection) => {
                    let code = rejection.code();
                    return Err(self.error(seq, JournalFault::Refused { code, refusal: rejection }));
                }
            },
        }
        let mut again = audited.entries();
        if let Some(first) = again.next()
            && !first.is_same(entry)
        {
            return Err(self.error(seq, different(&first, entry)));
        }
        match again.next() {
            None => Ok(()),
            Some(more) => Err(self.error(seq, JournalFault::DueMissing { entry: more.seq })),
        }
    }

    /// The state after the entries so far.
    pub fn state(&self) -> Option<&Engine> {
        self.replayed.as_ref()
    }

    /// As [`Verifier::finish`], and the state that was to be kept: the whole journal is intact, that state is a part of its way.
    pub fn finish_kept(mut self) -> Result<(Engine, Engine), JournalError> {
        let kept = self.keep.take().and_then(|(_, kept)| kept);
        let (last, _) = self.finish()?;
        let kept = kept.map_or_else(|| last.fork(), |kept| kept.fork());
        Ok((last, kept))
    }

    /// After the last entry: the state the journal leads to, and how many entries it has.
    pub fn finish(self) -> Result<(Engine, u64), JournalError> {
        self.finish_checked().map(|(engine, checked)| (engine, checked.entries))
    }

    /// The same, and how many entries were only replayed.
    pub fn finish_checked(mut self) -> Result<(Engine, Checked), JournalError> {
        let Some(replayed) = self.replayed.take() else {
            return Err(self.error(None, JournalFault::Empty {}));
        };
        if self.resumes.is_some() {
            let next = replayed.next_seq();
            return Err(self.error(None, JournalFault::BeforeSnapshot { next }));
        }
        let audited = self.audited.take();
        if let Err(violation) = replayed.check_invariants() {
            return Err(self.error(None, JournalFault::Invariant { violation: violation.to_string() }));
        }
        if audited.is_some_and(|audited| audited.digest() != replayed.digest()) {
            return Err(self.error(None, JournalFault::StatesDiffer {}));
        }
        let checked = Checked { entries: replayed.next_seq(), replayed_only: self.replayed_only };
        Ok((replayed, checked))
    }

    fn error(&self, seq: Option<u64>, reason: impl Into<Message>) -> JournalError {
        JournalError { line: self.line, seq, reason: reason.into() }
    }
}

/// Says where two entries differ first.
fn different(again: &Entry<'_>, recorded: &Entry<'_>) -> Message {
    if again.cause != recorded.cause || again.at != recorded.at {
        let [decided, recorded] = [again, recorded].map(|entry| format!("{:?} at {}", entry.cause, entry.at));
        return JournalFault::CauseDiffers { decided, recorded }.into();
    }
    for (number, (mine, theirs)) in again.steps().zip(recorded.steps()).enumerate() {
        if mine != theirs {
            let [decided, recorded] =
                [mine, theirs].map(|(event, postings)| format!("{event:?} {postings:?}"));
            return JournalFault::StepDiffers { step: number, decided, recorded }.into();
        }
    }
    JournalFault::StepsDiffer { decided: again.step_count(), recorded: recorded.step_count() }.into()
}

fn is_of_other_packs(command: &Command) -> bool {
    matches!(command, Command::AdmissionReview { gate, .. } if !gate.asks_built_in())
}

/// GATE-1d: the journal of a live programme says what admitted it, and where this version has the same rules they say so
/// again.
pub(crate) fn check_pass(plan: &Plan, pass: Option<&Pass>) -> Result<(), JournalFault<'static>> {
    match (plan.programme.mode, pass) {
        (Mode::Sandbox, None) => Ok(()),
        (Mode::Sandbox, Some(_)) => Err(JournalFault::SandboxPass {}),
        (Mode::Live, None) => Err(JournalFault::NoPass {}),
        (Mode::Live, Some(pass)) => match pass.again(plan) {
            Some(false) => Err(JournalFault::GateRefuses {}),
            Some(true) | None => Ok(()),
        },
    }
}
