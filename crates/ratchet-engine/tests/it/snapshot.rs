//! Snapshots: restored is what was kept, whatever the programme, and damaged bytes are found.

use ratchet_engine::engine::Engine;
use ratchet_engine::snapshot::{JournalPosition, SnapshotError};
use ratchet_engine::testing::program::{Profile, Program};
use ratchet_engine::testing::restores::{bytes_of, go_on};

/// Commands on restored engines in one test run for each profile; `RATCHET_RANDOM_COMMANDS` says how many for all.
fn wanted() -> usize {
    let text = std::env::var("RATCHET_RANDOM_COMMANDS").ok();
    text.and_then(|text| text.parse().ok()).map_or(10_000, |all: usize| all / Profile::ALL.len())
}

/// SNAP-2: after every few commands, in every profile, an engine is restored that answers and writes the same to the end.
#[test]
fn a_restored_engine_goes_on() {
    for profile in Profile::ALL {
        let (mut done, mut seed) = (0, 0);
        while done < wanted() {
            let program = Program::of_profile(seed, profile);
            let every = 1 + program.commands.len() / 12;
            done += go_on(&program, every, 8).unwrap_or_else(|error| panic!("{profile:?} {seed}: {error}"));
            seed += 1;
        }
    }
}

/// SNAP-2: stopped and restored after any entry.
#[test]
fn a_programme_may_stop_anywhere() {
    for profile in Profile::ALL {
        let program = Program::with_profile(77, profile, 60);
        go_on(&program, 1, 0).unwrap_or_else(|error| panic!("{profile:?}: {error}"));
    }
}

fn sample() -> Vec<u8> {
    let program = Program::with_profile(3, Profile::Mall, 40);
    let mut engine = Engine::genesis(program.plan());
    for envelope in &program.commands {
        engine.submit(envelope);
    }
    bytes_of(&engine)
}

fn error_of(bytes: &[u8]) -> Option<SnapshotError> {
    Engine::restore(bytes).err()
}

/// SNAP-3.
#[test]
fn a_flipped_bit_is_found_anywhere() {
    let mut bytes = sample();
    assert_eq!(error_of(&bytes), None);
    for at in 0..bytes.len() {
        let bit = 1 << (at % 8);
        bytes[at] ^= bit;
        let error = error_of(&bytes).unwrap_or_else(|| panic!("byte {at}"));
        assert!(error.offset <= bytes.len() as u64, "{error}");
        bytes[at] ^= bit;
    }
}

/// SNAP-3.
#[test]
fn a_cut_is_found_anywhere_and_so_is_what_follows() {
    let mut bytes = sample();
    for length in 0..bytes.len() {
        let error = error_of(&bytes[..length]).unwrap_or_else(|| panic!("{length} bytes"));
        assert!(error.reason.en.contains("ends too early"), "{error}");
    }
    bytes.push(0);
    let error = error_of(&bytes).expect("more follows");
    assert_eq!(error.reason.code, "snapshot.more_bytes");
    assert!(error_of(b"not a snapshot at all").expect("it is none").reason.en.contains("no snapshot"));
}

/// SNAP-1: what another version laid out differently is not read, and the error says what to do.
#[test]
fn another_layout_is_refused() {
    let text = ratchet_engine::snapshot::layout_hash().to_string();
    let mut bytes = sample();
    let at = bytes.windows(text.len()).position(|part| part == text.as_bytes()).expect("the header says it");
    // With the right checksum: the first block is the header.
    bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
    let length = u32::from_le_bytes(bytes[8..12].try_into().expect("four bytes")) as usize;
    let checksum = xxhash_rust::xxh3::xxh3_64_with_seed(&bytes[20..20 + length], 0);
    bytes[12..20].copy_from_slice(&checksum.to_le_bytes());
    let error = error_of(&bytes).expect("another layout");
    assert!(error.reason.en.contains("lays the state out differently"), "{error}");
}

/// SNAP-1: a fork under another plan goes on under that plan.
#[test]
fn a_fork_under_another_plan_keeps_both_plans() {
    let source = include_str!("../../../../plans/value-growth.toml");
    let parse = |source: &str| ratchet_engine::plan::Plan::parse("plan.toml", source).expect("it parses");
    let engine = Engine::genesis(parse(source));
    let fork =
        engine.fork_under(&parse(&source.replace("cost = \"30%\"", "cost = \"25%\""))).expect("it may");
    let mut bytes = Vec::new();
    fork.snapshot(&JournalPosition::default(), &mut bytes).expect("memory");
    let (restored, header, _) = Engine::restore(bytes.as_slice()).expect("it fits");
    assert_eq!(header.plan, source);
    assert_eq!((restored.plan(), restored.genesis_plan()), (fork.plan(), engine.plan()));
    assert_eq!(restored.digest(), fork.digest());
}
