//! Random programs: the engine against the naive model, state by state, with replay and audit at the end.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ratchet_engine::testing::compare;
use ratchet_engine::testing::program::{Program, minimise};

/// Random commands in one test run, unless `RATCHET_RANDOM_COMMANDS` says otherwise.
const COMMANDS: usize = 1_050_000;

fn wanted() -> usize {
    let text = std::env::var("RATCHET_RANDOM_COMMANDS").ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(COMMANDS)
}

/// A stopped writer is a difference like any other.
fn compare(program: &Program) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| compare::compare(program))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(format!("the engine stopped: {}", text.unwrap_or_default()))
    })
}

/// Compares programs with seeds from `first` in steps of `step` until enough commands were run.
fn run(first: u64, step: u64, commands: usize) {
    let (mut seed, mut done) = (first, 0);
    while done < commands {
        let program = Program::random(seed);
        if let Err(difference) = compare(&program) {
            let smallest = minimise(&program, |program| compare(program).is_err());
            let again = compare(&smallest).err().unwrap_or_default();
            panic!("seed {seed}: {difference}\n\nsmallest program:\n{}\n{again}", smallest.text());
        }
        done += program.commands.len();
        seed += step;
    }
    println!("{done} commands, seeds {first} to {seed} in steps of {step}");
}

#[test]
fn engine_equals_naive_model_on_even_seeds() {
    run(0, 2, wanted() / 2);
}

#[test]
fn engine_equals_naive_model_on_odd_seeds() {
    run(1, 2, wanted() / 2);
}
