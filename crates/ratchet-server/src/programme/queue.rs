//! What waits for a programme's writer.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Instant;

use ratchet_engine::engine::Engine;
use ratchet_engine::id::Id;
use ratchet_engine::ledger::Account;
use ratchet_engine::time::Timestamp;
use tokio::sync::oneshot;

use super::flush::{Flushed, Release};
use super::{AdvanceError, Answer, Request, Unavailable};

/// What is done with the state between two commands, at the programme's time.
pub(super) type Look = Box<dyn FnOnce(&mut Engine, Timestamp) -> Release + Send>;

/// Something for the writer to do. If the sender of an answer is dropped without one, the command's outcome is unknown.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all jobs are commands, and a box for each would be made and freed"
)]
pub(super) enum Job {
    Submit {
        request: Request,
        answer: oneshot::Sender<Result<Answer, Unavailable>>,
    },
    /// Reads the state, or previews on it; what it returns sends the answer once all it saw is durable.
    Look(Look),
    /// Where an account's chain of movements ends.
    LastMovement {
        account: Account,
        answer: oneshot::Sender<Option<u64>>,
    },
    Advance {
        to: Timestamp,
        actor: Id,
        answer: oneshot::Sender<Result<Timestamp, AdvanceError>>,
    },
    /// Takes commands again after a failure.
    Reopen,
}

/// Why a job was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotTaken {
    Full,
    Stopping,
    /// Nobody will ever take it.
    Closed,
}

/// What the writer is given at once.
pub(super) struct Taken {
    pub(super) jobs: VecDeque<Job>,
    pub(super) flushed: Option<Flushed>,
    /// Nothing more will come once the jobs are done.
    pub(super) is_stopping: bool,
}

/// A bounded queue with one reader, which is also told of flushes.
pub(super) struct Queue {
    jobs_max: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    flushed: Option<Flushed>,
    is_stopping: bool,
    is_closed: bool,
}

impl Queue {
    pub(super) fn new(jobs_max: usize) -> Queue {
        Queue { jobs_max, state: Mutex::default(), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while the queue is locked")
    }

    /// Takes all of them or none.
    pub(super) fn push(&self, jobs: impl ExactSizeIterator<Item = Job>) -> Result<(), NotTaken> {
        let mut state = self.lock();
        if state.is_closed {
            return Err(NotTaken::Closed);
        }
        if state.is_stopping {
            return Err(NotTaken::Stopping);
        }
        if state.jobs.len() + jobs.len() > self.jobs_max {
            return Err(NotTaken::Full);
        }
        state.jobs.extend(jobs);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Jobs that the writer has taken and not begun come first again.
    pub(super) fn put_back(&self, jobs: VecDeque<Job>) {
        let mut state = self.lock();
        for job in jobs.into_iter().rev() {
            state.jobs.push_front(job);
        }
    }

    pub(super) fn push_flushed(&self, flushed: Flushed) {
        self.lock().flushed = Some(flushed);
        self.changed.notify_one();
    }

    pub(super) fn stop(&self) {
        self.lock().is_stopping = true;
        self.changed.notify_one();
    }

    /// Takes nothing more, and drops what waits.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        drop(self.take_all());
    }

    /// What waits, without a writer.
    pub(super) fn take_all(&self) -> VecDeque<Job> {
        std::mem::take(&mut self.lock().jobs)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().jobs.is_empty()
    }

    /// Gives everything there is; the jobs only to a writer that `takes_jobs`. Waits for something until then; that it stops is
    /// told at once, unless the writer knows it.
    pub(super) fn take(&self, takes_jobs: bool, knows_it_stops: bool, until: Option<Instant>) -> Taken {
        let mut state = self.lock();
        loop {
            let is_stopping = state.is_stopping;
            let is_news = is_stopping && !knows_it_stops;
            if state.flushed.is_some() || is_news || takes_jobs && !state.jobs.is_empty() {
                let jobs = if takes_jobs { std::mem::take(&mut state.jobs) } else { VecDeque::new() };
                return Taken { jobs, flushed: state.flushed.take(), is_stopping };
            }
            state = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => {
                    return Taken { jobs: VecDeque::new(), flushed: None, is_stopping };
                }
                Some(left) => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.expect("nothing panics while the queue is locked").0
                }
                None => self.changed.wait(state).expect("nothing panics while the queue is locked"),
            };
        }
    }
}
