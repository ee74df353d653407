//! Any number of random programs, engine against naive model: `cargo xtask sim-test`.
//!
//! Usage: `programs [--commands N] [--seed S]`. The seed is printed; the same seed runs the same programs.

use std::process::ExitCode;

use ratchet_engine::testing::compare::run;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default: u64| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)).map_or(Some(default), |text| text.parse().ok())
    };
    let (Some(commands), Some(seed)) = (number("--commands", 1_000_000), number("--seed", 0)) else {
        eprintln!("usage: programs [--commands N] [--seed S]");
        return ExitCode::from(2);
    };
    println!("random programs: {commands} commands from seed {seed}");
    match run(seed, 1, usize::try_from(commands).unwrap_or(usize::MAX)) {
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
