//! Long runs by hand: the tests of the fast tier over and over, each time from another seed, until their time is up or one fails.
//! What came of them stands in `docs/guide/soak.md`.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::{Failure, Outcome, capture, cargo, root, run};

/// A soak: its name, what one round is, and the round with its seed.
struct Soak {
    name: &'static str,
    round: &'static str,
    command: fn(u64) -> Command,
}

const SOAKS: &[Soak] = &[
    Soak {
        name: "kills",
        round: "50 processes killed at random moments under load, some with a torn write",
        command: |seed| server_test("crash::what_was_answered_survives_kill_9", seed),
    },
    Soak {
        name: "write-points",
        round: "a process killed at each write point",
        command: |seed| server_test("write_points::a_kill_at_any_write_point_loses_nothing", seed),
    },
    Soak {
        name: "programs",
        round: "100,000 random commands, engine against naive model",
        command: |seed| {
            let mut command = cargo();
            command
                .args(["run", "--quiet", "--release", "--package", "ratchet-engine", "--features", "testing"])
                .args(["--example", "programs", "--", "--commands", "100000", "--seed"])
                .arg(seed.to_string());
            command
        },
    },
];

fn server_test(name: &str, seed: u64) -> Command {
    let mut command = cargo();
    command
        .args(["test", "--quiet", "--package", "ratchet-server", "--test", "programme", "--"])
        .args(["--exact", name])
        .env("RATCHET_SEED", seed.to_string());
    command
}

/// Runs rounds of one soak for so long: `30m`, `45s`, `8h`.
pub(crate) fn soak(name: &str, time: &str, first_seed: u64) -> Outcome {
    let soak = SOAKS.iter().find(|soak| soak.name == name);
    let soak = soak.ok_or_else(|| format!("there is no soak \"{name}\"; there are: {}", names()))?;
    let time = duration(time)?;
    let commit = capture(Command::new("git").current_dir(root()).args(["describe", "--always", "--dirty"]))?;
    let began = Instant::now();
    let mut seed = first_seed;
    while began.elapsed() < time {
        run(&mut (soak.command)(seed)).map_err(|failure| format!("seed {seed}: {failure}"))?;
        seed += 1;
    }
    println!(
        "{name} at {}: {} rounds of {}, seeds {first_seed} to {}, in {} s; none failed",
        commit.trim(),
        seed - first_seed,
        soak.round,
        seed.saturating_sub(1),
        began.elapsed().as_secs()
    );
    Ok(())
}

/// The names of all soaks.
pub(crate) fn names() -> String {
    SOAKS.iter().map(|soak| soak.name).collect::<Vec<_>>().join(", ")
}

fn duration(text: &str) -> Result<Duration, Failure> {
    let parsed = [("s", 1), ("m", 60), ("h", 3_600)].iter().find_map(|(unit, seconds)| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(Duration::from_secs(number.saturating_mul(*seconds)))
    });
    parsed.ok_or_else(|| format!("\"{text}\" is no time: write 45s, 30m or 8h"))
}
