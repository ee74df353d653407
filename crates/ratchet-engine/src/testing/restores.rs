//! Snapshots: what is restored is what was kept, and goes on as if it had never stopped.

use super::previews::contents;
use super::program::Program;
use crate::command::Envelope;
use crate::engine::{Engine, Outcome};
use crate::snapshot::{JournalPosition, SnapshotError};

/// The snapshot of an engine.
pub fn bytes_of(engine: &Engine) -> Vec<u8> {
    let mut bytes = Vec::new();
    let digest =
        engine.snapshot(&JournalPosition::default(), &mut bytes).expect("writing to memory does not fail");
    assert_eq!(digest.to_string(), engine.digest(), "one walk gives both");
    bytes
}

/// The engine that a snapshot of another one leads to; its digest has been compared with that of the other.
pub(crate) fn restored(engine: &Engine) -> Result<Engine, String> {
    let bytes = bytes_of(engine);
    let (mut restored, header, digest) =
        Engine::restore(bytes.as_slice()).map_err(|error: SnapshotError| error.to_string())?;
    if digest.to_string() != engine.digest() || restored.digest() != engine.digest() {
        return Err("another digest".to_owned());
    }
    if header.seq != engine.next_seq() || bytes_of(&restored) != bytes {
        return Err("another snapshot".to_owned());
    }
    restored.set_slice_members(engine.slice_members());
    Ok(restored)
}

/// Carries a command out on both and compares answers, facts of refusals, and entries.
fn both(never: &mut Engine, again: &mut Engine, envelope: &Envelope) -> Result<(), String> {
    let outcomes = [never.submit(envelope), again.submit(envelope)];
    if outcomes[0] != outcomes[1] {
        return Err(format!("{envelope:?}: {outcomes:?}"));
    }
    if let Outcome::Rejected(rejection) = outcomes[0] {
        let refusals = [never.refusal(envelope, rejection), again.refusal(envelope, rejection)];
        if refusals[0] != refusals[1] {
            return Err(format!("{envelope:?}: {refusals:?}"));
        }
    }
    let entries = [contents(never.entries()), contents(again.entries())];
    if entries[0] != entries[1] {
        return Err(format!("{envelope:?}: {entries:?}"));
    }
    Ok(())
}

/// Runs a program on an engine that is stopped and restored after every `every`th command, beside one that never stops. With each
/// snapshot one engine more is restored that then runs to the end, as long as there are fewer than `engines`. Says how many
/// commands ran on restored engines.
pub fn go_on(program: &Program, every: usize, engines: usize) -> Result<usize, String> {
    let mut never = Engine::genesis(program.plan());
    let mut stopping = never.clone();
    let (mut kept, mut done) = (Vec::new(), 0);
    for (number, envelope) in program.commands.iter().enumerate() {
        let place = |error: String| format!("command {number}: {error}");
        if number.is_multiple_of(every) {
            stopping = restored(&stopping).map_err(place)?;
            if kept.len() < engines {
                kept.push((stopping.clone(), never.clone()));
            }
        }
        both(&mut never, &mut stopping, envelope).map_err(place)?;
        for (again, beside) in &mut kept {
            both(beside, again, envelope).map_err(place)?;
        }
        done += kept.len() + 1;
    }
    for (again, beside) in &kept {
        again.check_invariants().map_err(|violation| violation.to_string())?;
        if again.digest() != beside.digest() {
            return Err("another digest at the end".to_owned());
        }
    }
    // What was carried out comes again: keys and their contents are there.
    for envelope in &program.commands {
        both(&mut never, &mut stopping, envelope)?;
    }
    if stopping.digest() != never.digest() {
        return Err("another digest after all came again".to_owned());
    }
    Ok(done)
}
