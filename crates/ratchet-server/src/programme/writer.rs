//! The thread that has a programme's engine.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ratchet_engine::command::{Command, Envelope};
use ratchet_engine::engine::{DueWork, Engine, Outcome as Decided};
use ratchet_engine::id::Id;
use ratchet_engine::ledger::Account;
use ratchet_engine::lint::rules::RuleBook;
use ratchet_engine::message::panic_text;
use ratchet_engine::plan::Mode as PlanMode;
use ratchet_engine::rejection::Rejection;
use ratchet_engine::time::{Day, Timestamp};
use ratchet_store::{Journal, StoreError};
use tokio::sync::oneshot;

use super::flush::{Batch, Flusher, Release};
use super::queue::{Job, Taken};
use super::{AdvanceError, Answer, Outcome, Projection, Refused, Request, Slot, Unavailable};

/// Most entries of due work that are written before others have their turn.
const SLICE_ENTRIES: u64 = 256;
/// Most answers that wait for one commit; the writer decides no more until the store is free.
const BATCH_ANSWERS_MAX: usize = 8_192;
/// Most entries of one commit, but for what one command writes.
const BATCH_ENTRIES_MAX: u64 = 16_384;

/// Has the engine and decides, until it stops.
struct Writer<'a> {
    slot: &'a Arc<Slot>,
    engine: Engine,
    mode: Mode,
    /// What is being decided while the batch before is flushed.
    open: Box<Batch>,
    /// The commands of entries in it.
    envelopes: Vec<Envelope>,
    /// The number of its first entry.
    open_from: u64,
    /// A batch to be used again.
    spare: Option<Box<Batch>>,
    is_flushing: bool,
    commands: VecDeque<(Request, oneshot::Sender<Result<Answer, Unavailable>>)>,
    advance: Option<Advance>,
    /// The clock stands before the programme's time, and that was said.
    is_behind: bool,
    last_used: Instant,
    /// The local day whose rules a live programme was held against (GATE-2).
    reviewed_on: Option<Day>,
    /// Somebody wants commands taken again.
    reopens: bool,
    projection: Option<Projection>,
}

enum Mode {
    Writing(Flusher),
    /// After a failure: the journal as it was read again.
    ReadOnly(Box<Journal>),
}

struct Advance {
    to: Timestamp,
    actor: Id,
    answer: oneshot::Sender<Result<Timestamp, AdvanceError>>,
}

/// Why a writer ended.
enum End {
    /// There is nothing to do and nobody asks.
    Asleep,
    Stopped,
    /// A commit failed, or somebody wants commands taken again: the journal is read once more.
    Reload,
}

/// The whole life of a programme's thread: it loads the programme, decides, and after a failure reads it again and goes on as
/// read-only.
pub(super) fn run(slot: &Arc<Slot>) {
    loop {
        let lived = std::panic::catch_unwind(AssertUnwindSafe(|| live(slot)));
        match lived {
            Ok(Ok(End::Asleep | End::Stopped)) => return,
            Ok(Ok(End::Reload)) => {}
            Ok(Err(error)) => {
                slot.fail(&error.to_string());
                return slot.give_up();
            }
            Err(panic) => {
                let is_second = slot.read_only_reason().is_some();
                slot.fail(&format!("a bug in a programme's thread: {}", panic_text(&*panic)));
                if is_second {
                    return slot.give_up();
                }
            }
        }
    }
}

/// Loads the programme and serves it, until it has to be loaded again.
fn live(slot: &Arc<Slot>) -> Result<End, StoreError> {
    let began = Instant::now();
    slot.shared.store.wake(&slot.id)?;
    let (journal, mut engine) =
        slot.shared.loading.in_turn(|| Journal::resume(&slot.files, Some(slot.seed)))?;
    engine.keep_entries(true);
    slot.is_durable(engine.next_seq());
    let entries = engine.next_seq();
    tracing::info!(programme = slot.id, entries, seconds = began.elapsed().as_secs_f64(), "programme loaded");
    let mode = match slot.read_only_reason() {
        None => Mode::Writing(start_flusher(slot, journal)),
        Some(_) => Mode::ReadOnly(Box::new(journal)),
    };
    let mut writer = Writer {
        slot,
        open_from: engine.next_seq(),
        engine,
        mode,
        open: Box::default(),
        envelopes: Vec::new(),
        spare: None,
        is_flushing: false,
        commands: VecDeque::new(),
        advance: None,
        is_behind: false,
        last_used: Instant::now(),
        reviewed_on: None,
        reopens: false,
        projection: Some(Projection::start(slot).expect("the operating system has room for a thread")),
    };
    let end = writer.run();
    slot.set_advancing(None);
    Ok(match end {
        // Whoever waited learns that the outcome is unknown: what would have sent the answers is dropped.
        End::Reload => End::Reload,
        End::Asleep => End::Asleep,
        End::Stopped => {
            slot.ended(writer.sleeps_until());
            End::Stopped
        }
    })
}

fn start_flusher(slot: &Arc<Slot>, journal: Journal) -> Flusher {
    Flusher::start(Arc::clone(slot), journal).expect("the operating system has room for a thread")
}

impl Writer<'_> {
    fn run(&mut self) -> End {
        let mut is_stopping = false;
        loop {
            self.hand_over();
            let until = self.wakes_at();
            let taken = self.slot.queue.take(self.has_room(), is_stopping, until);
            let Taken { mut jobs, flushed, .. } = taken;
            is_stopping = taken.is_stopping;
            if is_stopping {
                self.slot.stop_advancing.store(true, Ordering::Relaxed);
            }
            match flushed {
                Some(Err(_)) => {
                    // What was not begun has no part in the failure.
                    let waiting = self.commands.drain(..);
                    let waiting = waiting.map(|(request, answer)| Job::Submit { request, answer });
                    self.slot.queue.put_back(waiting.chain(jobs).collect());
                    return End::Reload;
                }
                Some(Ok(batch)) => (self.is_flushing, self.spare) = (false, Some(batch)),
                None => {}
            }
            if !jobs.is_empty() {
                self.last_used = Instant::now();
            }
            while let Some(job) = jobs.pop_front() {
                self.take(job);
                if self.reopens {
                    self.slot.queue.put_back(jobs);
                    return End::Reload;
                }
            }
            self.work();
            let is_done = self.commands.is_empty() && self.advance.is_none() && !self.is_open();
            if is_stopping && is_done && !self.is_flushing {
                self.finish();
                return End::Stopped;
            }
            if is_done
                && !self.is_flushing
                && self.last_used.elapsed() >= self.slot.shared.settings.idle_after
            {
                let until = self.sleeps_until();
                let slot = self.slot;
                if slot.falls_asleep(until, || self.finish()) {
                    return End::Asleep;
                }
                self.last_used = Instant::now();
            }
        }
    }

    /// Leaves the files, so that the programme can be loaded again.
    fn finish(&mut self) {
        self.projection = None;
        if let Mode::Writing(flusher) = &mut self.mode {
            flusher.finish();
        }
    }

    /// When something is due of a programme that nobody uses.
    fn sleeps_until(&self) -> Option<Timestamp> {
        match self.slot.own_clock {
            // A clock of its own moves when somebody moves it.
            Some(_) => None,
            None => self.engine.next_due(),
        }
    }

    /// Until when there is nothing to do unless something comes.
    fn wakes_at(&self) -> Option<Instant> {
        if !self.has_room() {
            return None;
        }
        let now = Instant::now();
        if !self.commands.is_empty() || self.advance.is_some() {
            return Some(now);
        }
        let idle = self.last_used + self.slot.shared.settings.idle_after;
        if self.slot.read_only_reason().is_some() {
            return Some(idle);
        }
        let due = self.sleeps_until().map(|due| {
            let left_us = due.us().saturating_sub(self.slot.shared.clock.now().us());
            now + Duration::from_micros(u64::try_from(left_us).unwrap_or(0))
        });
        Some(due.map_or(idle, |due| due.min(idle)))
    }

    /// The time that a command has which is decided now (CLOCK-1): that of the clock, but never before the last entry.
    fn stamp(&mut self) -> Timestamp {
        let programme = self.engine.now();
        let clock = match self.slot.own_clock {
            Some(start) => start.max(programme),
            None => self.slot.shared.clock.now(),
        };
        if clock < programme {
            if !self.is_behind {
                metrics::counter!("ratchet_alarms_total", "alarm" => "clock_behind").increment(1);
                tracing::error!(programme = self.slot.id, %clock, last = %programme, "the clock was set back");
            }
            self.is_behind = true;
            return programme;
        }
        self.is_behind = false;
        clock
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Submit { request, answer } => {
                let refused = match &self.mode {
                    Mode::ReadOnly(_) => Some(self.slot.read_only()),
                    Mode::Writing(_) if self.advance.is_some() => Some(Unavailable::ClockAdvancing),
                    Mode::Writing(_) => None,
                };
                match refused {
                    Some(unavailable) => {
                        answer.send(Err(unavailable)).ok();
                    }
                    None => self.commands.push_back((request, answer)),
                }
            }
            Job::Look(look) => {
                let at = self.stamp();
                let release = look(&mut self.engine, at);
                self.release(release);
            }
            Job::LastMovement { account, answer } => self.last_movement(account, answer),
            Job::Advance { to, actor, answer } => self.begin_advance(Advance { to, actor, answer }),
            Job::Reopen => self.reopen(),
        }
    }

    fn last_movement(&mut self, account: Account, answer: oneshot::Sender<Option<u64>>) {
        match &self.mode {
            Mode::Writing(_) => self.open.last_movements.push((account, answer)),
            // Whoever asked may have gone away.
            Mode::ReadOnly(journal) => {
                answer.send(journal.last_movement(account)).ok();
            }
        }
    }

    fn reopen(&mut self) {
        if let Mode::ReadOnly(_) = self.mode {
            self.slot.take_commands_again();
            // What goes on is what is on disk now.
            self.reopens = true;
        }
    }

    fn begin_advance(&mut self, advance: Advance) {
        let now = self.stamp();
        let refused = match (&self.mode, &self.advance) {
            (Mode::ReadOnly(_), _) => Some(AdvanceError::Unavailable(self.slot.read_only())),
            (_, Some(running)) => Some(AdvanceError::Running { to: running.to }),
            _ if self.slot.own_clock.is_none() => Some(AdvanceError::NotOwn),
            _ if advance.to < now => Some(AdvanceError::Past { now }),
            _ => None,
        };
        let is_there = advance.to == now && self.engine.next_seq() > 1;
        match refused {
            Some(error) => {
                advance.answer.send(Err(error)).ok();
            }
            None if is_there => self.release(Box::new(move || {
                advance.answer.send(Ok(now)).ok();
            })),
            None => {
                self.slot.set_advancing(Some(advance.to));
                self.advance = Some(advance);
            }
        }
    }

    /// Does a bounded piece of what there is to do.
    fn work(&mut self) {
        if let Mode::ReadOnly(_) = self.mode {
            return;
        }
        if self.advance.is_some() {
            return self.work_on_advance();
        }
        while self.has_room() {
            let at = self.stamp();
            let is_due = self.slot.own_clock.is_none() && self.engine.next_due().is_some_and(|due| due <= at);
            if (is_due || !self.commands.is_empty()) && !self.catch_up(at) {
                return;
            }
            let Some((request, answer)) = self.commands.pop_front() else { return };
            self.review_admission(at);
            self.submit(request, at, answer);
        }
    }

    /// Does a slice of what is due by then; says whether nothing is left before a command of that time.
    fn catch_up(&mut self, at: Timestamp) -> bool {
        // Until the first command nothing is due and no time is too far.
        let step = self.engine.step_towards(at);
        let until = step.as_ref().map_or(at, |step| step.at);
        if self.engine.run_due(until, SLICE_ENTRIES) == DueWork::More {
            return false;
        }
        let Some(step) = step else { return true };
        if let Decided::Applied { .. } = self.engine.submit(&step) {
            self.envelopes.push(step);
        }
        false
    }

    /// GATE-2: the rules of the day are asked before a live programme's first command of every local day, and after every start.
    fn review_admission(&mut self, at: Timestamp) {
        let programme = &self.engine.plan().programme;
        let day = programme.calendar.day_of(at);
        if programme.mode == PlanMode::Sandbox || self.reviewed_on == Some(day) {
            return;
        }
        self.reviewed_on = Some(day);
        let key = Id::new(&format!("admission:{at}")).expect("an instant's text is an id");
        let actor = Id::new("operator").expect("an id");
        let (envelope, outcome) = self.engine.review_admission(key, actor, at, &RuleBook::built_in(), None);
        if let Decided::Applied { .. } = outcome {
            self.envelopes.push(envelope);
        }
        let findings = self.engine.admission_findings();
        if !findings.is_empty() {
            metrics::counter!("ratchet_alarms_total", "alarm" => "admission_suspended").increment(1);
            tracing::error!(programme = self.slot.id, ?findings, "the rules of today suspend the admission");
        }
    }

    fn submit(
        &mut self,
        request: Request,
        at: Timestamp,
        answer: oneshot::Sender<Result<Answer, Unavailable>>,
    ) {
        let envelope = request.at(at);
        let decided = self.engine.submit(&envelope);
        let seq = self.engine.next_seq();
        let outcome = match decided {
            Decided::Applied { seq } => {
                self.envelopes.push(envelope);
                Outcome::Applied { seq, at }
            }
            Decided::Duplicate { seq } => Outcome::Duplicate { seq },
            Decided::Rejected(rejection) => {
                Outcome::Rejected(refused(&self.engine, &envelope, rejection, at))
            }
        };
        // Whoever asked may have gone away.
        self.release(Box::new(move || {
            answer.send(Ok(Answer { outcome, seq })).ok();
        }));
    }

    fn work_on_advance(&mut self) {
        let Some(Advance { to, actor, .. }) = &self.advance else { return };
        let (to, actor) = (*to, actor.clone());
        let is_stopped = self.slot.stop_advancing.swap(false, Ordering::Relaxed);
        if !is_stopped {
            let is_there = self.has_room() && self.catch_up(to);
            if !is_there {
                return;
            }
            let key = Id::new(&format!("clock:{to}")).expect("an instant's text is an id");
            let envelope =
                Envelope { key, at: to, happened_at: None, actor, command: Command::TimeAdvance {} };
            let decided = self.engine.submit(&envelope);
            assert!(
                matches!(decided, Decided::Applied { .. }),
                "{to} is ahead and nothing is due before it: {decided:?}"
            );
            self.envelopes.push(envelope);
        }
        let reached = self.stamp();
        if let Some(advance) = self.advance.take() {
            let slot = Arc::clone(self.slot);
            self.release(Box::new(move || {
                slot.set_advancing(None);
                // Whoever asked may have gone away.
                advance.answer.send(Ok(reached)).ok();
            }));
        }
    }

    /// Lets an answer leave once all that it saw is durable.
    fn release(&mut self, release: Release) {
        if self.is_flushing || self.has_entries() {
            self.open.releases.push(release);
        } else {
            release();
        }
    }

    fn has_entries(&self) -> bool {
        self.engine.next_seq() > self.open_from
    }

    fn is_open(&self) -> bool {
        self.has_entries() || !self.open.releases.is_empty() || !self.open.last_movements.is_empty()
    }

    fn has_room(&self) -> bool {
        self.open.releases.len() < BATCH_ANSWERS_MAX
            && self.engine.next_seq() - self.open_from < BATCH_ENTRIES_MAX
    }

    /// Gives the open batch to the store, if that is free.
    fn hand_over(&mut self) {
        if self.is_flushing || !self.is_open() {
            return;
        }
        let Mode::Writing(flusher) = &self.mode else { return };
        let mut batch = std::mem::replace(&mut self.open, self.spare.take().unwrap_or_default());
        self.engine.take_entries(&mut batch.entries);
        self.envelopes.drain(..).for_each(|envelope| batch.entries.push_command(envelope));
        batch.end = self.engine.next_seq();
        self.open_from = batch.end;
        self.is_flushing = true;
        flusher.hand_over(batch);
    }
}

/// A refusal that was just decided, with its facts.
pub(super) fn refused(engine: &Engine, envelope: &Envelope, rejection: Rejection, at: Timestamp) -> Refused {
    let message = engine.refusal(envelope, rejection).message(&engine.plan().programme.currency);
    Refused { rejection, message, at }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ratchet_engine::command::Command;
    use ratchet_engine::id::Id;
    use ratchet_engine::plan::Plan;
    use ratchet_store::Store;

    use super::super::queue::Job;
    use super::super::{Clock, ClockKind, Outcome, Programmes, Request, Settings, Unavailable};

    fn advance(key: &str) -> Request {
        let [key, actor] = [key, "somebody"].map(|text| Id::new(text).unwrap());
        Request { key, actor, command: Command::TimeAdvance {}, happened_at: None }
    }

    /// A bug in one programme makes it read-only and leaves the others running; what was durable is read on.
    #[tokio::test]
    async fn a_panic_makes_one_programme_read_only() {
        let directory = tempfile::TempDir::new().unwrap();
        let store = Arc::new(Store::open(directory.path()).unwrap());
        let programmes = Programmes::open(store, Clock::machine(), Settings::default()).unwrap();
        let text = include_str!("../../../../plans/value-growth.toml");
        let plan = Plan::parse("value-growth", text).unwrap();
        let broken = programmes.create("broken", plan.clone(), ClockKind::Machine).await.unwrap();
        let sound = programmes.create("sound", plan, ClockKind::Machine).await.unwrap();
        broken.submit(advance("a")).await.unwrap();
        let job = Job::Look(Box::new(|_, _| panic!("a bug")));
        broken.slot.queue.push(std::iter::once(job)).unwrap();
        match broken.submit(advance("b")).await.unwrap_err() {
            Unavailable::ReadOnly { reason } => assert!(reason.contains("a bug"), "{reason}"),
            // It came in time to be lost with the state.
            unavailable => assert_eq!(unavailable, Unavailable::OutcomeUnknown),
        }
        assert_eq!(broken.read(None, |engine| engine.next_seq()).await, Ok(2));
        assert!(broken.read_only_reason().unwrap().contains("a bug"));
        let answer = sound.submit(advance("a")).await.unwrap();
        assert!(matches!(answer.outcome, Outcome::Applied { seq: 1, .. }));

        broken.reopen().unwrap();
        let answer = broken.submit(advance("b")).await.unwrap();
        assert!(matches!(answer.outcome, Outcome::Applied { seq: 2, .. }));
        programmes.stop().await;
    }
}
