//! Runs of the lab: each in a process of its own at the lowest priority, with limits of time and memory, one after the other, so that
//! a shop beside them goes on being served (`docs/spec/lab.md`).
//!
//! ```text
//! ask() → Run (waiting → running → done or failed) ── watched by requests and events
//!          └ a task: its turn → worker (`ratchet lab --worker`, or a thread) → what is kept for the same question
//! ```

mod link;
mod report;
mod worker;

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ratchet_engine::hash::hex;
use tokio::sync::{Semaphore, watch};

use crate::api::{LabProblem, LabQuestion};
use crate::problem::{Problem, ServerFault};

pub use link::{Claimed, question_of, to_link};
pub use report::{in_words, report};
pub use worker::{answer, work};

/// A run has so long.
const TIME: Duration = Duration::from_secs(10);
/// A run has so much memory.
const MEMORY_KIB: u64 = 512 << 10;
/// So many runs wait at most.
const WAITING_MAX: usize = 200;
/// So many of one visitor wait or run at once.
const OF_VISITOR_MAX: usize = 3;
/// So many that have ended are kept.
const ENDED_MAX: usize = 64;
/// A run that nobody has asked about for so long is given up.
const FORGOTTEN: Duration = Duration::from_secs(30);

/// Where a run is.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    /// Others are before it.
    Waiting,
    /// So many days of so many are done.
    Running { day: u32, days: u32 },
    /// The result, as JSON.
    Done(Arc<str>),
    /// Why there is none.
    Failed(Box<LabProblem>),
}

impl Stage {
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self, Stage::Done(_) | Stage::Failed(_))
    }
}

/// A run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) id: String,
    visitor: String,
    /// As JSON.
    pub(crate) question: Arc<str>,
    ticket: u64,
    stage: watch::Sender<Stage>,
    cancelled: watch::Sender<bool>,
    asked: Mutex<Instant>,
}

impl Run {
    /// Its stage, now and as it changes. Whoever follows a run keeps it alive.
    pub(crate) fn follow(&self) -> watch::Receiver<Stage> {
        self.touch();
        self.stage.subscribe()
    }

    /// Somebody has asked about it.
    pub(crate) fn touch(&self) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// It ends as soon as it can.
    pub(crate) fn cancel(&self) {
        self.cancelled.send_replace(true);
    }

    /// Ends when somebody cancels it, or when nobody has followed it or asked about it for a while.
    async fn given_up(&self) {
        let mut cancelled = self.cancelled.subscribe();
        let mut look = tokio::time::interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                _ = cancelled.wait_for(|cancelled| *cancelled) => return,
                _ = look.tick() => {
                    let asked = *self.asked.lock().unwrap_or_else(PoisonError::into_inner);
                    if self.stage.receiver_count() == 0 && asked.elapsed() > FORGOTTEN {
                        return;
                    }
                }
            }
        }
    }
}

/// All runs of a server.
#[derive(Debug)]
pub(crate) struct Lab {
    /// The program of the workers; absent: a thread, which has a limit of time only.
    program: Option<PathBuf>,
    turns: Arc<Semaphore>,
    runs: Mutex<Runs>,
}

#[derive(Debug, Default)]
struct Runs {
    /// On their way, and the newest that have ended.
    known: VecDeque<Arc<Run>>,
    waiting: BTreeSet<u64>,
    tickets: u64,
}

impl Lab {
    pub(crate) fn new(program: Option<PathBuf>) -> Lab {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Lab { program, turns: Arc::new(Semaphore::new((processors / 2).max(1))), runs: Mutex::default() }
    }

    /// Begins a run, or finds what was answered to the same question.
    pub(crate) fn ask(self: &Arc<Lab>, visitor: &str, question: &LabQuestion) -> Result<Arc<Run>, Problem> {
        let question: Arc<str> = serde_json::to_string(question).expect("a question is JSON").into();
        let mut runs = self.lock();
        let kept = runs.kept(&question);
        if kept.is_none() {
            let too_many = |seconds| Problem::new(ServerFault::TooMany { seconds }).retry_after(seconds);
            let own =
                runs.known.iter().filter(|run| run.visitor == visitor && !run.stage.borrow().has_ended());
            if own.count() >= OF_VISITOR_MAX {
                return Err(too_many(2));
            }
            if runs.waiting.len() >= WAITING_MAX {
                return Err(Problem::new(ServerFault::LabBusy { seconds: 30 }).retry_after(30));
            }
        }
        runs.tickets += 1;
        let mut id = [0; 16];
        getrandom::fill(&mut id).expect("the system has random bytes");
        let ended = kept.map(Stage::Done);
        let is_new = ended.is_none();
        let run = Arc::new(Run {
            id: hex(&id),
            visitor: visitor.to_owned(),
            question,
            ticket: runs.tickets,
            stage: watch::Sender::new(ended.unwrap_or(Stage::Waiting)),
            cancelled: watch::Sender::new(false),
            asked: Mutex::new(Instant::now()),
        });
        runs.known.push_front(Arc::clone(&run));
        runs.forget_old();
        if is_new {
            runs.waiting.insert(run.ticket);
            let (lab, run) = (Arc::clone(self), Arc::clone(&run));
            tokio::spawn(async move { lab.compute(&run).await });
        }
        Ok(run)
    }

    /// The run with this id.
    pub(crate) fn run(&self, id: &str) -> Result<Arc<Run>, Problem> {
        let found = self.lock().known.iter().find(|run| run.id == id).cloned();
        let run = found.ok_or_else(Problem::not_found)?;
        run.touch();
        Ok(run)
    }

    /// How many runs wait before this one.
    pub(crate) fn ahead(&self, run: &Run) -> usize {
        self.lock().waiting.range(..run.ticket).count()
    }

    async fn compute(&self, run: &Run) {
        let began = Instant::now();
        let turn = tokio::select! {
            turn = Arc::clone(&self.turns).acquire_owned() => turn.ok(),
            () = run.given_up() => None,
        };
        self.lock().waiting.remove(&run.ticket);
        let kept = self.lock().kept(&run.question);
        let ended = match (kept, &turn) {
            // Whoever was before has asked the same.
            (Some(kept), _) => Stage::Done(kept),
            (None, None) => Stage::Failed(Box::new(LabProblem::cancelled())),
            (None, Some(_)) => {
                let working = async {
                    match &self.program {
                        Some(program) => worker::process(program, &run.question, &run.stage).await,
                        None => worker::thread(&run.question, &run.stage).await,
                    }
                };
                tokio::select! {
                    ended = working => ended,
                    () = tokio::time::sleep(TIME) => Stage::Failed(Box::new(LabProblem::time(&run.stage.borrow(), TIME.as_secs()))),
                    () = run.given_up() => Stage::Failed(Box::new(LabProblem::cancelled())),
                }
            }
        };
        drop(turn);
        let outcome = match &ended {
            Stage::Failed(problem) => problem.code.clone(),
            _ => "done".to_owned(),
        };
        metrics::counter!("ratchet_lab_runs_total", "outcome" => outcome).increment(1);
        metrics::histogram!("ratchet_lab_run_seconds").record(began.elapsed());
        run.stage.send_replace(ended);
        self.lock().forget_old();
    }

    fn lock(&self) -> MutexGuard<'_, Runs> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runs {
    /// What was answered to the same question.
    fn kept(&self, question: &str) -> Option<Arc<str>> {
        self.known.iter().filter(|run| *run.question == *question).find_map(|run| {
            match &*run.stage.borrow() {
                Stage::Done(result) => Some(Arc::clone(result)),
                _ => None,
            }
        })
    }

    /// Drops the oldest of those that have ended.
    fn forget_old(&mut self) {
        let mut ended = 0;
        self.known.retain(|run| {
            ended += usize::from(run.stage.borrow().has_ended());
            !run.stage.borrow().has_ended() || ended <= ENDED_MAX
        });
    }
}
