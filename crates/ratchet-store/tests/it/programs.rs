//! Random programs run into a store.

use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::journal::{EntryBatch, Genesis};
use ratchet_engine::testing::program::{Profile, Program};
use ratchet_store::{Journal, ProgrammeFiles, Store};
use tempfile::TempDir;

/// A programme that has run, with the files that it left.
pub(crate) struct Ran {
    pub(crate) directory: TempDir,
    pub(crate) files: ProgrammeFiles,
    pub(crate) engine: Engine,
}

/// The first entries of a programme.
pub(crate) fn genesis(engine: &mut Engine) -> EntryBatch {
    let mut batch = EntryBatch::new();
    let genesis = Genesis::of(engine);
    engine.take_entries(&mut batch);
    batch.set_genesis(genesis);
    batch
}

/// Runs a random program, with as many commands in a commit as `sizes` says in turn.
pub(crate) fn run(seed: u64, profile: Profile, sizes: &[usize]) -> Ran {
    let program = Program::of_profile(seed, profile);
    let directory = TempDir::new().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let mut engine = Engine::genesis(program.plan());
    let (files, mut journal) = store.create_programme("p", (None, 0), &genesis(&mut engine)).unwrap();
    engine.keep_entries(true);
    let mut sizes = sizes.iter().cycle().copied();
    let mut rest = program.commands.as_slice();
    while !rest.is_empty() {
        let now;
        (now, rest) = rest.split_at(sizes.next().unwrap().min(rest.len()));
        commit(&mut engine, now, &mut journal);
    }
    Ran { directory, files, engine }
}

fn commit(engine: &mut Engine, commands: &[ratchet_engine::command::Envelope], journal: &mut Journal) {
    let applied: Vec<_> = commands
        .iter()
        .filter(|envelope| matches!(engine.submit(envelope), Outcome::Applied { .. }))
        .collect();
    let mut batch = EntryBatch::new();
    engine.take_entries(&mut batch);
    applied.into_iter().for_each(|envelope| batch.push_command(envelope.clone()));
    journal.append(&batch).unwrap();
}

/// Every profile with a seed of its own.
pub(crate) fn profiles() -> impl Iterator<Item = (u64, Profile)> {
    (1..).zip(Profile::ALL)
}
