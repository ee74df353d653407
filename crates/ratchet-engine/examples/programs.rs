//! Any number of random programs, engine against naive model: `cargo xtask sim-test`.
//!
//! Usage: `programs [--commands N] [--seed S] [--profile NAME]`. The seed is printed; the same seed runs the same programs.

use std::process::ExitCode;

use ratchet_engine::testing::compare::{run, run_profile};
use ratchet_engine::testing::program::Profile;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default: u64| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)).map_or(Some(default), |text| text.parse().ok())
    };
    let (Some(commands), Some(seed)) = (number("--commands", 1_000_000), number("--seed", 0)) else {
        eprintln!("usage: programs [--commands N] [--seed S] [--profile NAME]");
        return ExitCode::from(2);
    };
    let at = arguments.iter().position(|argument| argument == "--profile");
    let name = at.and_then(|at| arguments.get(at + 1));
    let profile = name.and_then(|name| Profile::ALL.into_iter().find(|known| format!("{known:?}") == *name));
    if profile.is_none() && at.is_some() {
        eprintln!("profiles: {:?}", Profile::ALL);
        return ExitCode::from(2);
    }
    println!("random programs: {commands} commands from seed {seed}");
    let commands = usize::try_from(commands).unwrap_or(usize::MAX);
    let outcome = match profile {
        Some(profile) => run_profile(profile, seed, commands),
        None => run(seed, 1, commands),
    };
    match outcome {
        Ok(done) => {
            println!("{done} commands: engine and naive model agree; replay and audit too");
            ExitCode::SUCCESS
        }
        Err(difference) => {
            println!("{difference}");
            ExitCode::FAILURE
        }
    }
}
