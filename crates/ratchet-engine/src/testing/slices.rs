//! Due work in slices: of any size they lead where all at once does, and between two of them the state is whole.

use super::compare::{same_outcome, same_state};
use super::naive::Naive;
use super::program::Program;
use super::restores::restored;
use crate::command::Envelope;
use crate::engine::{DueWork, Engine, Outcome};
use crate::journal::EntryBatch;
use crate::rejection::Rejection;
use crate::time::Timestamp;

/// Runs a program with so many members in one entry: at once; and in slices of `limit` entries, looked at between two of them.
/// After every command both have the same digest and the naive model the same state. Says how often due work stood in the middle
/// of a piece between two calls.
pub fn lead_where_all_at_once_does(program: &Program, members: usize, limit: u64) -> Result<usize, String> {
    let mut naive = Naive::new(&program.plan());
    let begin = || {
        let mut engine = Engine::genesis(program.plan());
        engine.set_slice_members(members);
        engine
    };
    let (mut at_once, mut sliced) = (begin(), begin());
    sliced.keep_entries(true);
    let mut follower = Follower { engine: begin(), batch: EntryBatch::new() };
    // The genesis, which the follower has.
    sliced.take_entries(&mut follower.batch);
    let mut pauses = 0;
    for (number, envelope) in program.commands.iter().enumerate() {
        let place = |what: String| format!("command {number} {envelope:?}\n{what}");
        let expected = naive.submit(envelope);
        let outcome = at_once.submit(envelope);
        same_outcome(&expected, outcome).map_err(place)?;
        if does_due_work(outcome) {
            pauses += run(&mut sliced, &mut follower, envelope, envelope.at, limit).map_err(place)?;
        }
        let again = sliced.submit(envelope);
        if std::mem::discriminant(&again) != std::mem::discriminant(&outcome) {
            return Err(place(format!("at once {outcome:?}, in slices {again:?}")));
        }
        follower.catch_up(&mut sliced, Some(envelope).filter(|_| is_applied(again))).map_err(place)?;
        // Cap exits that the command left over.
        let now = at_once.now();
        at_once.run_due(now, u64::MAX);
        pauses += run(&mut sliced, &mut follower, envelope, now, limit).map_err(place)?;
        if at_once.digest() != sliced.digest() {
            return Err(place("slices lead to another state".to_owned()));
        }
        same_state(&naive, &sliced).map_err(place)?;
    }
    Ok(pauses)
}

fn is_applied(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Applied { .. })
}

/// Whether a command with this answer came to the work that was due before it.
fn does_due_work(outcome: Outcome) -> bool {
    !matches!(
        outcome,
        Outcome::Duplicate { .. }
            | Outcome::Rejected(
                Rejection::KeyReused
                    | Rejection::TimeWentBackwards
                    | Rejection::AtTooFar
                    | Rejection::HappenedLater
            )
    )
}

/// Does what is due, and looks at the state between two slices of it; says how often that was in the middle of a piece.
fn run(
    engine: &mut Engine,
    follower: &mut Follower,
    command: &Envelope,
    until: Timestamp,
    limit: u64,
) -> Result<usize, String> {
    let mut pauses = 0;
    loop {
        let before = engine.next_seq();
        let left = engine.run_due(until, limit);
        if engine.next_seq() - before > limit {
            return Err(format!("more than {limit} entries in one call"));
        }
        follower.catch_up(engine, None)?;
        let is_due = engine.next_due().is_some_and(|at| at <= until);
        if is_due != (left == DueWork::More) {
            return Err(format!("{left:?}, and the next due work is at {:?}", engine.next_due()));
        }
        if left == DueWork::Done {
            return Ok(pauses);
        }
        if engine.under_way().is_some() {
            if engine.next_due() != Some(engine.now()) {
                return Err("what goes on is due now".to_owned());
            }
            pauses += 1;
            let (mut never, mut again) = (engine.clone(), restored(engine)?);
            never.run_due(until, u64::MAX);
            again.run_due(until, u64::MAX);
            if never.digest() != again.digest() {
                return Err(format!("restored at {:?} it goes on elsewhere", engine.under_way()));
            }
        }
        let digest = engine.digest();
        if follower.engine.digest() != digest || engine.fork().digest() != digest {
            return Err(format!("replay or copy leads elsewhere at {:?}", engine.under_way()));
        }
        engine.preview_within(command, 3);
        if engine.digest() != digest {
            return Err("a preview between slices left a trace".to_owned());
        }
    }
}

/// An engine that only replays what another has recorded.
struct Follower {
    engine: Engine,
    batch: EntryBatch,
}

impl Follower {
    fn catch_up(&mut self, from: &mut Engine, command: Option<&Envelope>) -> Result<(), String> {
        from.take_entries(&mut self.batch);
        if let Some(command) = command {
            self.batch.push_command(command.clone());
        }
        self.engine.replay_batch(&self.batch).map_err(|error| format!("replay: {error}"))
    }
}
