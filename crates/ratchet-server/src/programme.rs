//! One running programme: its engine on one writer thread, a bounded queue before it, its journal behind it.
//!
//! ```text
//! submit / preview / read ──▶ queue (bounded) ──▶ writer thread: the engine decides
//!                                                      │ a batch of entries, with all answers that saw them
//!                                                      ▼
//!                                        flush thread: one durable commit, then the answers leave (KEEP-1)
//!                                                      │ the durable seq
//!                                                      ▼
//!                                        projector thread: read models, behind the journal
//! ```
//!
//! While one batch is flushed the writer decides the next: commands that come meanwhile are one commit, without a timer. What is
//! made from the engine's state leaves only when everything it saw is durable. A commit that fails stops the writer: its state
//! is read again from the journal and the programme is read-only from then on, with the reason.

mod clock;
mod commits;
mod flush;
mod projector;
mod queue;
mod registry;
mod slot;
mod writer;

use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ratchet_engine::command::{Command, Envelope};
use ratchet_engine::engine::{BalanceChange, Engine, PreviewOutcome as Previewed};
use ratchet_engine::event::Event;
use ratchet_engine::explain::{Explainer, Explanation};
use ratchet_engine::id::Id;
use ratchet_engine::journal::{BlobDecoder, BlobEncoder, EntryBatch, RULES, Verifier, Writer as JsonWriter};
use ratchet_engine::ledger::{Account, Owner};
use ratchet_engine::message::Message;
use ratchet_engine::pool::Pair;
use ratchet_engine::rejection::Rejection;
use ratchet_engine::time::Timestamp;
use ratchet_store::{JournalReader, Movement, ReadModels, StoreError};
use tokio::sync::{oneshot, watch};

pub use self::clock::{Clock, ClockKind, ClockView};
use self::projector::Projection;
use self::queue::{Job, NotTaken};
pub use self::registry::{Programmes, Settings};
use self::slot::Slot;

/// How long a read of the read models waits until they are as fresh as it asks.
const ROWS_WAIT: Duration = Duration::from_secs(5);

/// An entry from this number on is not decided again here.
pub const DECIDED_AGAIN_MAX: u64 = 200_000;
/// Deciding again has so long.
const DECIDED_AGAIN_FOR: Duration = Duration::from_secs(20);

/// What came of deciding an entry again.
#[derive(Clone, Debug)]
pub enum DecidedAgain {
    /// Every entry up to it came out as it is recorded, and both states are the same.
    Equal {
        /// How many entries were checked.
        entries: u64,
        /// Of them, decided by rules of an older version: applied and not decided again.
        by_older_rules: u64,
    },
    /// An entry came out differently.
    Differs {
        /// Which.
        seq: Option<u64>,
        /// How.
        reason: Message,
    },
    /// Too many entries are before it.
    TooFar {
        /// So many are decided again at most.
        most: u64,
    },
    /// It took too long.
    TooLong {
        /// So many entries came out as they are recorded until then.
        entries: u64,
    },
}

/// A handle of one programme. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Programme {
    slot: Arc<Slot>,
}

/// A command as it comes in; the writer stamps its time (CLOCK-1).
#[derive(Clone, Debug)]
pub struct Request {
    /// Idempotency key, with the person or API key that sends it in front (IDEM-1).
    pub key: Id,
    /// Who: an opaque id of a person.
    pub actor: Id,
    /// What.
    pub command: Command,
    /// When it happened, where that was earlier (TIME-4).
    pub happened_at: Option<Timestamp>,
}

/// What became of a command; it is durable when this is seen.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How it came out.
    pub outcome: Outcome,
    /// Everything before this number was seen by the decision, and is durable: ask reads for at least this (`min_seq`).
    pub seq: u64,
}

/// How a command came out.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It was carried out by this entry.
    Applied {
        /// The entry's number.
        seq: u64,
        /// Its time.
        at: Timestamp,
    },
    /// The same key with the same content was carried out before, by this entry: what it says is the answer of then (IDEM-1).
    Duplicate {
        /// The entry's number.
        seq: u64,
    },
    /// It was refused and changed nothing (ATOMIC-1).
    Rejected(Refused),
}

impl Outcome {
    /// The entry, if there is one.
    pub fn seq(&self) -> Option<u64> {
        match self {
            Outcome::Applied { seq, .. } | Outcome::Duplicate { seq } => Some(*seq),
            Outcome::Rejected(_) => None,
        }
    }
}

/// An entry of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its number.
    pub seq: u64,
    /// Its time.
    pub at: Timestamp,
    /// Its body in the text form of a journal (`docs/spec/journal.md`).
    pub body: serde_json::Value,
}

/// A refusal with its facts and sentences.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Why; `code()` is permanent.
    pub rejection: Rejection,
    /// The facts and what to do, in both languages (ERR-1).
    pub message: Message,
    /// When it was decided, by the programme's time.
    pub at: Timestamp,
}

/// What a command would do.
#[derive(Clone, Debug)]
pub struct PreviewAnswer {
    /// What submitting it would answer.
    pub outcome: PreviewOutcome,
    /// When it was asked, by the programme's time.
    pub at: Timestamp,
    /// Everything before this number was seen.
    pub seq: u64,
    /// Every balance that would change.
    pub balances: Vec<PreviewedBalance>,
    /// Pool and supply, which make the price, now and then.
    pub pair_before: Pair,
    /// The same then.
    pub pair_after: Pair,
    /// Splits of the units of points that would happen (POOL-9).
    pub splits: u32,
    /// The entries that would be written, due work first.
    pub entries: Vec<Recorded>,
}

/// What submitting would answer.
#[derive(Clone, Debug)]
pub enum PreviewOutcome {
    /// It would be carried out.
    Applied,
    /// The same key with the same content was carried out before, by this entry.
    Duplicate {
        /// The entry's number.
        seq: u64,
    },
    /// It would be refused.
    Rejected(Refused),
    /// So much is due first that nobody can say yet: ask again in a moment.
    CatchingUp,
}

/// A balance that would change, and whose it is.
#[derive(Clone, Debug)]
pub struct PreviewedBalance {
    /// The account with its balance before and after, as the ledger keeps them.
    pub change: BalanceChange,
    /// Outside id of the member, merchant or fund; `None` for the programme's own, and for who would exist only then.
    pub owner: Option<String>,
}

/// Why there is no answer. Nothing is known to have happened, except where it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// The queue is full, or the read models are further behind than a caller should wait for.
    Busy {
        /// Ask again after so many seconds.
        retry_after_s: u32,
    },
    /// A read asks for entries that nobody was told of, because there are none yet.
    NotWritten {
        /// How many entries there are.
        entries: u64,
    },
    /// The programme takes no commands until the server has been looked after; reads go on where they can.
    ReadOnly {
        /// Why, for operators.
        reason: String,
    },
    /// Whether the command was carried out is not known: send it again under the same key (KEEP-1).
    OutcomeUnknown,
    /// A sandbox's clock is being advanced (CLOCK-2): commands are not taken meanwhile.
    ClockAdvancing,
    /// The server stops.
    Stopping,
    /// The store could not be read.
    Storage {
        /// Why, for operators.
        reason: String,
    },
}

/// Why a clock was not advanced.
#[derive(Clone, Debug)]
pub enum AdvanceError {
    /// The programme goes by the machine's clock.
    NotOwn,
    /// It is already later than that.
    Past {
        /// The programme's time.
        now: Timestamp,
    },
    /// Another advance is running.
    Running {
        /// Where it leads.
        to: Timestamp,
    },
    /// It could not be done.
    Unavailable(Unavailable),
}

impl Request {
    /// It, stamped.
    fn at(self, at: Timestamp) -> Envelope {
        let Request { key, actor, command, happened_at } = self;
        Envelope { key, at, happened_at, actor, command }
    }
}

impl Programme {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.slot.id
    }

    /// Submits a command. The writer stamps it: the later of the programme's clock and its last entry (CLOCK-1).
    pub async fn submit(&self, request: Request) -> Result<Answer, Unavailable> {
        let (answer, answered) = oneshot::channel();
        self.push(Job::Submit { request, answer })?;
        answered.await.unwrap_or(Err(Unavailable::OutcomeUnknown))
    }

    /// Submits commands, one after the other and none of others between them; all are taken, or none. If the fate of one is not known,
    /// that of the whole is not.
    pub async fn submit_all(&self, requests: Vec<Request>) -> Result<Vec<Answer>, Unavailable> {
        let mut answers = Vec::with_capacity(requests.len());
        let jobs = requests.into_iter().map(|request| {
            let (answer, answered) = oneshot::channel();
            answers.push(answered);
            Job::Submit { request, answer }
        });
        self.push_all(jobs)?;
        let mut all = Vec::with_capacity(answers.len());
        let mut failed = None;
        for answered in answers {
            match answered.await.unwrap_or(Err(Unavailable::OutcomeUnknown)) {
                Ok(answer) => all.push(answer),
                Err(unavailable) => failed = failed.or(Some(unavailable)),
            }
        }
        match failed {
            None => Ok(all),
            Some(unavailable) if all.is_empty() => Err(unavailable),
            Some(_) => Err(Unavailable::OutcomeUnknown),
        }
    }

    /// What a command would do now; it changes nothing.
    pub async fn preview(&self, request: Request) -> Result<PreviewAnswer, Unavailable> {
        self.preview_by(move |at| request.at(at)).await
    }

    /// What would happen if a clock of its own were advanced to a time, which is not before now; it changes nothing.
    pub async fn preview_advance(&self, to: Timestamp, actor: Id) -> Result<PreviewAnswer, Unavailable> {
        let key = Id::new(&format!("clock:{to}")).expect("an instant's text is an id");
        self.preview_by(move |at| Envelope {
            key,
            at: to.max(at),
            happened_at: None,
            actor,
            command: Command::TimeAdvance {},
        })
        .await
    }

    async fn preview_by(
        &self,
        envelope: impl FnOnce(Timestamp) -> Envelope + Send + 'static,
    ) -> Result<PreviewAnswer, Unavailable> {
        let (previewed, blob) = self.look(move |engine, at| preview(engine, envelope(at))).await?;
        let entries = match blob {
            None => Vec::new(),
            Some((blob, currency)) => {
                let mut batch = EntryBatch::new();
                let decoded = BlobDecoder::new().decode(&blob, &mut batch);
                decoded.expect("what was just written is read");
                recorded(&batch, &currency)
            }
        };
        Ok(PreviewAnswer { entries, ..previewed })
    }

    /// Reads the engine's state. The answer leaves when everything that it saw is durable, and has seen at least every entry
    /// before `min_seq`. A closure that panics panics for the caller; it should take microseconds, as commands wait for it.
    pub async fn read<T: Send + 'static>(
        &self,
        min_seq: Option<u64>,
        read: impl FnOnce(&Engine) -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        self.look(move |engine, _| {
            // Numbers that were answered are in the state.
            let entries = engine.next_seq();
            let has_come = min_seq.is_none_or(|min_seq| min_seq <= entries);
            if has_come { Ok(read(engine)) } else { Err(Unavailable::NotWritten { entries }) }
        })
        .await?
    }

    /// Reads the read models: lists and series that are built behind the journal. At least every entry before `min_seq` is in
    /// them.
    pub async fn rows<T: Send + 'static>(
        &self,
        min_seq: Option<u64>,
        read: impl FnOnce(&ReadModels) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Unavailable> {
        self.slot.wake();
        let mut projected = self.slot.projected.subscribe();
        let wait = async {
            // With the first rows the programme is loaded, and what is durable is known.
            projected.wait_for(|entries| *entries > 0).await.map_err(|_| self.slot.rows_behind())?;
            let entries = *self.slot.durable.borrow();
            match min_seq {
                Some(min_seq) if min_seq > entries => return Err(Unavailable::NotWritten { entries }),
                Some(min_seq) => projected.wait_for(|entries| *entries >= min_seq).await.map(drop),
                None => Ok(()),
            }
            .map_err(|_| self.slot.rows_behind())
        };
        let waited = tokio::time::timeout(ROWS_WAIT, wait).await;
        waited.unwrap_or_else(|_| Err(self.slot.rows_behind()))?;
        self.stored(move |slot| {
            let rows = slot.take_rows()?;
            let done = read(&rows);
            slot.give_rows_back(rows);
            done
        })
        .await
    }

    /// One entry of the journal; `None` if there is none yet.
    pub async fn entry(&self, seq: u64) -> Result<Option<Recorded>, Unavailable> {
        let currency = self.read(None, |engine| engine.plan().programme.currency).await?;
        let stored = self.journal(move |reader| reader.entry(seq)).await?;
        Ok(stored.and_then(|stored| recorded(stored.batch(), &currency).pop()))
    }

    /// When an entry was, and what happened in it; `None` if there is none yet.
    pub async fn events(&self, seq: u64) -> Result<Option<(Timestamp, Vec<Event>)>, Unavailable> {
        let stored = self.journal(move |reader| reader.entry(seq)).await?;
        Ok(stored.and_then(|stored| {
            let (entry, _) = stored.batch().iter().next()?;
            Some((entry.at, entry.steps().map(|(event, _)| event.clone()).collect()))
        }))
    }

    /// How many entries are durable, and the hash over them.
    pub async fn head(&self) -> Result<(u64, [u8; 32]), Unavailable> {
        self.journal(|reader| reader.head()).await
    }

    /// By how much an entry changed an account, as posted: positive credits it.
    pub async fn posted(&self, seq: u64, account: Account) -> Result<i128, Unavailable> {
        let stored = self.journal(move |reader| reader.entry(seq)).await?;
        let entries = stored.iter().flat_map(|stored| stored.batch().iter());
        let postings = entries.flat_map(|(entry, _)| entry.steps()).flat_map(|(_, postings)| postings);
        Ok(postings.filter(|posting| posting.account == account).map(|posting| posting.amount).sum())
    }

    /// Entries before a number (or the newest), newest first; at most [`ENTRIES_PAGE_MAX`](ratchet_store::ENTRIES_PAGE_MAX).
    pub async fn entries(&self, before: Option<u64>, limit: usize) -> Result<Vec<Recorded>, Unavailable> {
        let currency = self.read(None, |engine| engine.plan().programme.currency).await?;
        let stored = self.journal(move |reader| reader.entries_before(before, limit)).await?;
        Ok(stored.iter().flat_map(|stored| recorded(stored.batch(), &currency)).collect())
    }

    /// Why each balance changed by an entry: rule, numbers, earlier entries (PROOF-3); `None` if there is none yet. The journal is
    /// read up to there, so one at a time is explained.
    pub async fn explain(&self, seq: u64) -> Result<Option<Vec<Explanation>>, Unavailable> {
        let _turn = self.slot.explaining.acquire().await.map_err(|_| Unavailable::Stopping)?;
        let file = self.slot.files.clone();
        let explain = move |reader: &JournalReader| {
            let (mut explainer, mut found) = (Explainer::new(), None);
            reader.batches(0, |batch| {
                let is_asked = batch.iter().any(|(entry, _)| entry.seq == seq);
                let explained = if is_asked {
                    explainer.explain_in(batch, 0, seq).map(|explained| found = Some(explained))
                } else {
                    explainer.push_batch(batch, 0)
                };
                explained.map_err(|error| file.cannot_be_read(error.reason))?;
                Ok(if is_asked { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })?;
            Ok(found)
        };
        self.journal(explain).await
    }

    /// Decides an entry again from the journal, with every one before it (SPEC of `ratchet verify`); `None` if there is none yet. No
    /// snapshots are kept, so it begins with the first entry, one at a time, and gives up past [`DECIDED_AGAIN_MAX`] entries or
    /// [`DECIDED_AGAIN_FOR`].
    pub async fn decide_again(&self, seq: u64) -> Result<Option<DecidedAgain>, Unavailable> {
        if seq >= DECIDED_AGAIN_MAX {
            let next = self.read(None, Engine::next_seq).await?;
            return Ok((seq < next).then_some(DecidedAgain::TooFar { most: DECIDED_AGAIN_MAX }));
        }
        let _turn = self.slot.explaining.acquire().await.map_err(|_| Unavailable::Stopping)?;
        let decide = move |reader: &JournalReader| {
            let (mut verifier, until) = (Verifier::new(), Instant::now() + DECIDED_AGAIN_FOR);
            let mut found = None;
            reader.batches(0, |batch| {
                let is_asked = batch.iter().any(|(entry, _)| entry.seq == seq);
                if let Err(differs) = verifier.push_batch(batch, 0) {
                    found = Some(DecidedAgain::Differs { seq: differs.seq, reason: differs.reason });
                    return Ok(ControlFlow::Break(()));
                }
                if is_asked {
                    found = Some(DecidedAgain::Equal { entries: 0, by_older_rules: 0 });
                    return Ok(ControlFlow::Break(()));
                }
                if Instant::now() > until {
                    let entries = batch.iter().last().map_or(0, |(entry, _)| entry.seq + 1);
                    found = Some(DecidedAgain::TooLong { entries });
                    return Ok(ControlFlow::Break(()));
                }
                Ok(ControlFlow::Continue(()))
            })?;
            let Some(DecidedAgain::Equal { .. }) = found else { return Ok(found) };
            // Both states have to be the same at the end too.
            Ok(Some(match verifier.finish_checked() {
                Ok((_, checked)) => {
                    DecidedAgain::Equal { entries: checked.entries, by_older_rules: checked.replayed_only }
                }
                Err(differs) => DecidedAgain::Differs { seq: differs.seq, reason: differs.reason },
            }))
        };
        self.journal(decide).await
    }

    /// Movements of one account, newest first, from its last one or the one at `from` on, which is what the page before said last as
    /// [`Movement::previous`]; at most [`MOVEMENTS_PAGE_MAX`](ratchet_store::MOVEMENTS_PAGE_MAX).
    pub async fn movements(
        &self,
        account: Account,
        from: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Movement>, Unavailable> {
        let from = match from {
            Some(_) => from,
            None => {
                let (answer, answered) = oneshot::channel();
                self.push(Job::LastMovement { account, answer })?;
                answered.await.map_err(|_| self.slot.read_only())?
            }
        };
        self.journal(move |reader| reader.movements(account, from, limit)).await
    }

    /// The number of entries that are durable, as it grows; 0 until the programme is loaded.
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.slot.wake();
        self.slot.durable.subscribe()
    }

    /// How its clock stands.
    pub async fn clock(&self) -> Result<ClockView, Unavailable> {
        let slot = Arc::clone(&self.slot);
        self.look(move |engine, at| ClockView {
            now: at,
            kind: slot.own_clock.map_or(ClockKind::Machine, |start| ClockKind::Own { start }),
            next_due: engine.next_due(),
            next_settlement: engine.next_settlement(),
            advancing_to: slot.advancing_to(),
        })
        .await
    }

    /// Advances a sandbox's own clock (CLOCK-2): all due work up to `to` in bounded pieces, then an entry `time.advance` at `to`
    /// by `actor`. It returns when it is done or was stopped, with the time reached; [`Programme::clock`] shows where it stands.
    pub async fn advance(&self, to: Timestamp, actor: Id) -> Result<Timestamp, AdvanceError> {
        let (answer, answered) = oneshot::channel();
        self.slot.stop_advancing.store(false, Ordering::Relaxed);
        self.push(Job::Advance { to, actor, answer }).map_err(AdvanceError::Unavailable)?;
        answered.await.unwrap_or(Err(AdvanceError::Unavailable(Unavailable::OutcomeUnknown)))
    }

    /// Stops an advance between two pieces of due work.
    pub fn stop_advancing(&self) {
        self.slot.stop_advancing.store(true, Ordering::Relaxed);
    }

    /// Why it takes no commands, if it does not.
    pub fn read_only_reason(&self) -> Option<String> {
        self.slot.read_only_reason()
    }

    /// Takes commands again after what made it read-only has been seen to: the journal is read once more first.
    pub fn reopen(&self) -> Result<(), Unavailable> {
        self.push(Job::Reopen)
    }

    /// Writes the journal as it is durable now to a file that `ratchet verify` takes.
    pub async fn export<W: std::io::Write + Send + 'static>(
        &self,
        form: ratchet_store::JournalForm,
        mut out: W,
    ) -> Result<(W, u64), Unavailable> {
        self.stored(move |slot| slot.files.export(form, &mut out).map(|exported| (out, exported.entries)))
            .await
    }

    fn push(&self, job: Job) -> Result<(), Unavailable> {
        self.push_all(std::iter::once(job))
    }

    /// Hands all of them over or none.
    fn push_all(&self, jobs: impl ExactSizeIterator<Item = Job>) -> Result<(), Unavailable> {
        self.slot.queue.push(jobs).map_err(|not_taken| match not_taken {
            NotTaken::Full => Unavailable::Busy { retry_after_s: 1 },
            NotTaken::Stopping => Unavailable::Stopping,
            NotTaken::Closed => self.slot.read_only(),
        })?;
        self.slot.wake();
        Ok(())
    }

    /// Looks at the engine; the answer leaves when all it saw is durable.
    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Engine, Timestamp) -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        let (answer, answered) = oneshot::channel();
        self.push(Job::Look(Box::new(move |engine, at| {
            let seen = std::panic::catch_unwind(AssertUnwindSafe(|| look(engine, at)));
            // Whoever asked may have gone away.
            Box::new(move || {
                answer.send(seen).ok();
            })
        })))?;
        match answered.await {
            Ok(Ok(seen)) => Ok(seen),
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => Err(self.slot.read_only()),
        }
    }

    async fn journal<T: Send + 'static>(
        &self,
        read: impl FnOnce(&JournalReader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Unavailable> {
        self.stored(move |slot| {
            let reader = slot.take_reader()?;
            let done = read(&reader);
            slot.give_reader_back(reader);
            done
        })
        .await
    }

    /// Reads files on a thread that may wait.
    async fn stored<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Slot) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Unavailable> {
        let slot = Arc::clone(&self.slot);
        match tokio::task::spawn_blocking(move || read(&slot)).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(Unavailable::Storage { reason: error.to_string() }),
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(Unavailable::Stopping),
            },
        }
    }
}

type Blob = (Vec<u8>, ratchet_engine::amount::Currency);

/// A preview but for its entries, which are read from the bytes by whoever asked.
fn preview(engine: &mut Engine, envelope: Envelope) -> (PreviewAnswer, Option<Blob>) {
    let at = envelope.at;
    let preview = engine.preview(&envelope);
    let outcome = match preview.outcome {
        Previewed::Decided(ratchet_engine::engine::Outcome::Applied { .. }) => PreviewOutcome::Applied,
        Previewed::Decided(ratchet_engine::engine::Outcome::Duplicate { seq }) => {
            PreviewOutcome::Duplicate { seq }
        }
        Previewed::Decided(ratchet_engine::engine::Outcome::Rejected(rejection)) => {
            PreviewOutcome::Rejected(writer::refused(engine, &envelope, rejection, at))
        }
        Previewed::CatchingUp { .. } => PreviewOutcome::CatchingUp,
    };
    let mut encoder = BlobEncoder::new();
    for entry in preview.entries() {
        let of_command = entry.cause == ratchet_engine::engine::Cause::Command;
        encoder.push(&entry, RULES, of_command.then_some(&envelope), None);
    }
    let blob = (!encoder.is_empty()).then(|| {
        let mut blob = Vec::new();
        encoder.finish(&mut blob);
        (blob, engine.plan().programme.currency)
    });
    let owner = |account: Account| {
        let exists =
            account.kind.owner() != Owner::Member || (account.owner as usize) < engine.member_count();
        engine.account_owner(account).filter(|_| exists).map(str::to_owned)
    };
    let balances = preview.balances.iter();
    let answer = PreviewAnswer {
        outcome,
        at,
        seq: engine.next_seq(),
        balances: balances
            .map(|change| PreviewedBalance { change: *change, owner: owner(change.account) })
            .collect(),
        pair_before: preview.pair_before,
        pair_after: preview.pair_after,
        splits: preview.splits,
        entries: Vec::new(),
    };
    (answer, blob)
}

/// Entries in the text form of a journal, without hashes.
fn recorded(batch: &EntryBatch, currency: &ratchet_engine::amount::Currency) -> Vec<Recorded> {
    let mut lines = Vec::new();
    JsonWriter::new().write_batch(batch, currency, &mut lines);
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .zip(batch.iter())
        .map(|(line, (entry, _))| {
            let mut line: serde_json::Value =
                serde_json::from_slice(line).expect("a line of a journal is JSON");
            Recorded { seq: entry.seq, at: entry.at, body: line["body"].take() }
        })
        .collect()
}
