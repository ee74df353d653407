//! What plans do to equal buyers: run on a thread that may take its time, one at a time, and kept, since a plan has one result.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ratchet_engine::gate::plan_sha256;
use ratchet_engine::message::Message;
use ratchet_engine::plan::Plan;
use ratchet_sim::fault::FileFault;
use ratchet_sim::lab::{Answer, Crowd, Fault, People, Question, Source, prepare};
use tokio::sync::Semaphore;

use crate::problem::{Problem, ServerFault};

/// A run has so long.
const RUN: Duration = Duration::from_secs(20);
/// So many results are kept, the newest ones.
const KEPT_MAX: usize = 16;

/// A result, or why a plan has none.
pub(crate) type Found = Result<Arc<Answer>, Message>;

/// Results by the hash of the plan's text, and the turn to make another.
#[derive(Debug)]
pub(crate) struct Populations {
    turn: Semaphore,
    kept: Mutex<VecDeque<(String, Found)>>,
}

impl Populations {
    pub(crate) fn new() -> Populations {
        Populations { turn: Semaphore::new(1), kept: Mutex::default() }
    }

    /// What a plan does to equal buyers. Whoever comes while another run is on its way waits for no longer than a run may take.
    pub(crate) async fn of(&self, plan: &Plan) -> Result<Found, Problem> {
        let hash = plan_sha256(plan);
        if let Some(found) = self.kept(&hash) {
            return Ok(found);
        }
        let busy = || Problem::new(ServerFault::Busy { seconds: 5 }).retry_after(5);
        let turn = tokio::time::timeout(RUN, self.turn.acquire()).await.map_err(|_| busy())?;
        let _turn = turn.map_err(|_| busy())?;
        // Whoever was before may have asked for the same.
        if let Some(found) = self.kept(&hash) {
            return Ok(found);
        }
        let question = Question {
            plan: Some(Source::Text(plan.source.clone())),
            set: Vec::new(),
            people: People::Crowd(Crowd::default()),
            seed: 1,
        };
        let run = tokio::task::spawn_blocking(move || {
            let until = Instant::now() + RUN;
            let answer = prepare(&question).and_then(|prepared| prepared.run(|_, _| Instant::now() < until));
            answer.map(Arc::new).map_err(|fault| match fault {
                Fault::Wrong(_, errors) => FileFault::Errors { errors }.into(),
                Fault::Refused(message) => message,
            })
        });
        let found = run.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()));
        // A run that was stopped may come to its end when the machine has less to do.
        let lasts = found.as_ref().err().is_none_or(|fault| fault.code != "lab.stopped");
        if lasts {
            let mut kept = self.lock();
            kept.push_front((hash, found.clone()));
            kept.truncate(KEPT_MAX);
        }
        Ok(found)
    }

    fn kept(&self, hash: &str) -> Option<Found> {
        self.lock().iter().find(|(known, _)| known == hash).map(|(_, found)| found.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<(String, Found)>> {
        self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
