//! Any number of random programs, engine against naive model: `cargo xtask sim-test`.
//!
//! Usage: `programs [--commands N] [--seed S] [--profile NAME]`. The seed is printed; the same seed runs the same programs.
//! `programs --write FOLDER` runs none: it writes some of every profile, plan and commands, for `cargo xtask journals`.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use ratchet_engine::testing::compare::{run, run_profile};
use ratchet_engine::testing::program::{Profile, Program};

/// Programs of each profile, and commands of each, that `--write` writes.
const SEEDS: u64 = 12;
const COMMANDS: u64 = 250;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [write, folder] = arguments.as_slice()
        && write == "--write"
    {
        return match write_programs(Path::new(folder)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("cannot write into {folder}: {error}");
                ExitCode::FAILURE
            }
        };
    }
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

/// Writes `<profile>-<seed>.toml` and `.jsonl` for the first seeds of each profile.
fn write_programs(folder: &Path) -> io::Result<()> {
    for profile in Profile::ALL {
        for seed in 1..=SEEDS {
            let program = Program::with_profile(seed, profile, COMMANDS);
            let currency = program.plan().programme.currency;
            let path = folder.join(format!("{profile:?}-{seed}").to_lowercase());
            let commands: Vec<String> =
                program.commands.iter().map(|envelope| envelope.to_json(&currency)).collect();
            std::fs::write(path.with_extension("toml"), &program.plan_source)?;
            std::fs::write(path.with_extension("jsonl"), commands.join("\n") + "\n")?;
        }
    }
    Ok(())
}
