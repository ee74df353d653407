//! What carries out a run: reads a question, says day by day how far it is, and what came of it.

use std::io::{BufRead, Write};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ratchet_sim::lab::{Fault, prepare};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::sync::watch;

use super::{MEMORY_KIB, Stage};
use crate::api::{LabProblem, LabQuestion, LabResult};

/// Progress is told no more often.
const TELL_EVERY: Duration = Duration::from_millis(50);
/// The memory of a process is looked at so often.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// A line that a worker says.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    /// So many days of so many are done.
    Days(u32, u32),
    /// What came of it.
    Result(Box<RawValue>),
    /// Why nothing came of it.
    Problem(Box<LabProblem>),
}

/// What came of a question.
pub fn answer(question: &LabQuestion, goes_on: impl FnMut(u32, u32) -> bool) -> Result<LabResult, Fault> {
    let asked = question.read()?;
    let answer = prepare(&asked)?.run(goes_on)?;
    Ok(LabResult::of(&answer, asked.seed))
}

/// What a worker does: one question from its input, lines to its output. An error means that nobody listens any more.
pub fn work(input: impl BufRead, mut output: impl Write) -> std::io::Result<()> {
    let question: LabQuestion = serde_json::from_reader(input)?;
    let mut say = |said: &Said| -> std::io::Result<()> {
        serde_json::to_writer(&mut output, said)?;
        output.write_all(b"\n")?;
        output.flush()
    };
    let mut told = Instant::now();
    let mut heard = Ok(());
    let answered = answer(&question, |day, days| {
        if told.elapsed() >= TELL_EVERY {
            told = Instant::now();
            heard = say(&Said::Days(day, days));
        }
        heard.is_ok()
    });
    heard?;
    say(&match answered {
        Ok(result) => Said::Result(serde_json::value::to_raw_value(&result)?),
        Err(fault) => Said::Problem(Box::new(LabProblem::of(fault))),
    })
}

/// A run in a process of its own, which ends when this is dropped.
pub(super) async fn process(program: &Path, question: &str, stage: &watch::Sender<Stage>) -> Stage {
    match converse(program, question, stage).await {
        Ok(ended) => ended,
        Err(error) => {
            tracing::error!(%error, "a worker of the lab");
            Stage::Failed(Box::new(LabProblem::broken()))
        }
    }
}

async fn converse(program: &Path, question: &str, stage: &watch::Sender<Stage>) -> std::io::Result<Stage> {
    let mut worker = tokio::process::Command::new(program)
        .args(["lab", "--worker"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut input = worker.stdin.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
    let output = worker.stdout.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
    let process = worker.id();
    stage.send_replace(Stage::Running { day: 0, days: 0 });
    input.write_all(question.as_bytes()).await?;
    drop(input);
    let mut lines = BufReader::new(output).lines();
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            line = lines.next_line() => match line?.map(|line| serde_json::from_str(&line)).transpose()? {
                Some(Said::Days(day, days)) => {
                    stage.send_replace(Stage::Running { day, days });
                }
                Some(Said::Result(result)) => return Ok(Stage::Done(result.get().into())),
                Some(Said::Problem(problem)) => return Ok(Stage::Failed(problem)),
                // It ended without a word: the system refused it memory, or a bug stopped it.
                None => {
                    let ended = worker.wait().await?;
                    return Err(std::io::Error::other(format!("it ended with {ended}")));
                }
            },
            _ = look.tick() => {
                if process.and_then(resident_kib).is_some_and(|resident| resident > MEMORY_KIB) {
                    return Ok(Stage::Failed(Box::new(LabProblem::memory(MEMORY_KIB >> 10))));
                }
            }
        }
    }
}

/// The memory that a process has now; nothing where the system does not say.
fn resident_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().split(' ').next()?.parse().ok()
}

/// A run on a thread; it stops after the day in which this is dropped.
pub(super) async fn thread(question: &str, stage: &watch::Sender<Stage>) -> Stage {
    let question: LabQuestion = match serde_json::from_str(question) {
        Ok(question) => question,
        Err(error) => {
            tracing::error!(%error, "a question of the lab");
            return Stage::Failed(Box::new(LabProblem::broken()));
        }
    };
    stage.send_replace(Stage::Running { day: 0, days: 0 });
    let stop = Dropped(Arc::default());
    let stopped = Arc::clone(&stop.0);
    let run = tokio::task::spawn_blocking(move || answer(&question, |_, _| !stopped.load(Ordering::Relaxed)));
    match run.await {
        Ok(Ok(result)) => Stage::Done(serde_json::to_string(&result).expect("a result is JSON").into()),
        Ok(Err(fault)) => Stage::Failed(Box::new(LabProblem::of(fault))),
        // It panicked: whoever waits is told so, as of a process that ended without a word.
        Err(error) => {
            tracing::error!(%error, "a thread of the lab");
            Stage::Failed(Box::new(LabProblem::broken()))
        }
    }
}

/// Says so when it is dropped.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
