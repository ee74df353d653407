//! `cargo xtask`: the one entry point for development. It starts other programs and checks files; it holds no
//! business rule and no other crate knows it.

mod demo;
mod journals;
mod pgo;
mod python;
mod soak;
mod tidy;
mod web;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// A failure, as the sentence that is shown.
type Failure = String;
type Outcome = Result<(), Failure>;

const HELP: &str = "\
cargo xtask COMMAND

  demo [--once] [ARGUMENTS]         build pages and binary, start a demo with months of history, print addresses and people; --once (or CI)
                                    only looks whether its first page answers; ARGUMENTS go to `ratchet serve`
  dev                               the demo's server, and shop and console as their sources are, reloaded when these change
  serve [ARGUMENTS]                 build the pages and the binary, start the server on out/server; ARGUMENTS go to `ratchet serve`
  web                               build the pages of shop and console into web/dist/
  test                              every test of the workspace, then those of the pages in a browser
  python [--if-possible]            build the Python package into target/python/, run its tests, and a study on a Ray cluster
  ci                                fmt, clippy, tidy, codegen --check, golden --check, test, python --if-possible, docs
  tidy                              rules of this repository that no compiler checks
  golden [--check | --update]       compare or rewrite the golden vectors in vectors/
  codegen [--check]                 write or compare the generated pages in docs/reference/, and those of docs/spec/
  journals VERSION [--binary PATH]  at a release: write journals of every mechanism, to be kept, into crates/ratchet-engine/tests/journals/VERSION/,
                                    with the release binary, or another that is there
  peers [--pgo] [ARGUMENTS]         a toy programme in numba, Mesa, radCAD and Ratchet, with ratios; ARGUMENTS go to python/bench/peers.py
  pgo                               the release binary optimised for what it was watched at, 20-30 % faster; prints where it is
  bench store [ARGUMENTS]           durable commands, rows, pages of movements and a start, in release
  bench http [ARGUMENTS]            durable orders over HTTP, one by one and in batches, in release
  bench many [ARGUMENTS]            many small programmes on one server, in release
  bench [--pgo] [ARGUMENTS]         `ratchet bench` in release, or of that binary; ARGUMENTS go to it
  sim-test [--commands N] [--seed S]  random programs: the engine against the naive model
  soak NAME --for TIME [--seed S]   a test of the fast tier over and over, such as `soak kills --for 30m`; without NAME: lists them
  fuzz TARGET [--seconds N]         one fuzz target; without TARGET: lists them

`cargo xtask test` reads RATCHET_RANDOM_COMMANDS: how many random commands the random programs send (see CONTRIBUTING.md).";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        ["demo", "--once"] => demo::demo(true, &[]),
        ["demo", rest @ ..] => demo::demo(std::env::var_os("CI").is_some(), rest),
        ["dev"] => demo::dev(),
        ["serve", rest @ ..] => serve(rest),
        ["web"] => web::build(),
        ["test"] => test(),
        ["python"] => python::run(false),
        ["python", "--if-possible"] => python::run(true),
        ["peers", "--pgo", rest @ ..] => pgo::build().and_then(|binary| python::peers(&binary, rest)),
        ["peers", rest @ ..] => release_binary().and_then(|binary| python::peers(&binary, rest)),
        ["ci"] => ci(),
        ["tidy"] => tidy::run(&root()),
        ["golden"] | ["golden", "--check"] => golden(false),
        ["golden", "--update"] => golden(true),
        ["codegen"] => codegen(false),
        ["codegen", "--check"] => codegen(true),
        ["journals", version] => journals::keep(version, None),
        ["journals", version, "--binary", path] => journals::keep(version, Some(path)),
        ["pgo"] => pgo::print(),
        ["bench", "store", rest @ ..] => server_bench("programme", rest),
        ["bench", "http", rest @ ..] => server_bench("http", rest),
        ["bench", "many", rest @ ..] => server_bench("many", rest),
        ["bench", "--pgo", rest @ ..] => pgo::build().and_then(|binary| bench(&binary, rest)),
        ["bench", rest @ ..] => release_binary().and_then(|binary| bench(&binary, rest)),
        ["sim-test", rest @ ..] => sim_test(rest),
        ["soak"] => {
            println!("{}", soak::names());
            Ok(())
        }
        ["soak", name, "--for", time] => soak::soak(name, time, 1),
        ["soak", name, "--for", time, "--seed", seed] => {
            let seed = seed.parse().map_err(|_| format!("\"{seed}\" is no seed: write a number"));
            seed.and_then(|seed| soak::soak(name, time, seed))
        }
        ["fuzz"] => fuzz_targets().map(|targets| println!("{}", targets.join("\n"))),
        ["fuzz", target] => fuzz(target, "60"),
        ["fuzz", target, "--seconds", seconds] => fuzz(target, seconds),
        other => Err(format!("cargo xtask does not know \"{}\"\n\n{HELP}", other.join(" "))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn server_bench(name: &str, arguments: &[&str]) -> Outcome {
    run(cargo().args(["bench", "--package", "ratchet-server", "--bench", name, "--"]).args(arguments))
}

/// The top of the repository.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The cargo that runs this.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Shows and runs; anything but exit code 0 is a failure.
fn run(command: &mut Command) -> Outcome {
    let shown = shown(command);
    eprintln!("$ {shown}");
    let status = command.status().map_err(|error| format!("cannot start `{shown}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed ({status})")) }
}

/// Runs quietly and returns what was printed.
fn capture(command: &mut Command) -> Result<String, Failure> {
    let shown = shown(command);
    let output = command.output().map_err(|error| format!("cannot start `{shown}`: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "`{shown}` failed ({})\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{shown}` printed something that is not UTF-8"))
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|part| part.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether `cargo NAME` is installed.
fn has_subcommand(name: &str) -> bool {
    cargo().args([name, "--version"]).output().is_ok_and(|output| output.status.success())
}

/// Builds the release binary and returns its path.
fn release_binary() -> Result<PathBuf, Failure> {
    run(cargo().args(["build", "--quiet", "--release", "--package", "ratchet"]))?;
    Ok(target_directory()?.join("release").join(executable("ratchet")))
}

/// Where cargo builds.
fn target_directory() -> Result<PathBuf, Failure> {
    let metadata = metadata()?;
    let target = metadata["target_directory"].as_str().ok_or("cargo metadata names no target directory")?;
    Ok(PathBuf::from(target))
}

/// The name of a program's file.
fn executable(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

fn metadata() -> Result<serde_json::Value, Failure> {
    let text = capture(cargo().args(["metadata", "--format-version", "1", "--no-deps", "--quiet"]))?;
    serde_json::from_str(&text).map_err(|error| format!("cargo metadata printed no JSON: {error}"))
}

/// The server on a directory of its own, with the pages as they are now.
fn serve(arguments: &[&str]) -> Outcome {
    web::build()?;
    let binary = release_binary()?;
    run(Command::new(binary).current_dir(root()).args(["serve", "--data", "out/server"]).args(arguments))
}

fn test() -> Outcome {
    // The dev profile optimises and keeps every debug assertion: invariants are checked after each command.
    if has_subcommand("nextest") {
        run(cargo().args(["nextest", "run", "--workspace", "--no-fail-fast"]))?;
    } else {
        run(cargo().args(["test", "--workspace", "--no-fail-fast"]))?;
    }
    web::test()
}

fn ci() -> Outcome {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    run(cargo().args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))?;
    tidy::run(&root())?;
    codegen(true)?;
    golden(false)?;
    test()?;
    python::run(true)?;
    run(cargo().args(["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    if has_subcommand("deny") {
        run(cargo().args(["deny", "check"]))?;
    } else {
        eprintln!("skipped: licences and advisories (`cargo install cargo-deny --locked` to check them too)");
    }
    println!("ci: everything passed");
    Ok(())
}

fn golden(update: bool) -> Outcome {
    let mut command = cargo();
    command.args(["test", "--quiet", "--package", "ratchet", "--test", "it", "vectors"]);
    if update {
        command.env("RATCHET_UPDATE_VECTORS", "1");
    }
    run(&mut command)
}

/// The generated pages: file, arguments of the hidden `ratchet reference`.
const PAGES: [(&str, &str); 12] = [
    ("docs/reference/rejections.md", "rejections"),
    ("docs/reference/commands.md", "commands"),
    ("docs/reference/commands.schema.json", "commands-schema"),
    ("docs/reference/facts.md", "facts"),
    ("docs/reference/accounts.md", "accounts"),
    ("docs/reference/messages.md", "messages"),
    ("docs/reference/cli.md", "cli"),
    ("docs/reference/simulate-columns.md", "simulate-columns"),
    ("docs/reference/advert-columns.md", "advert-columns"),
    ("docs/reference/fork-columns.md", "fork-columns"),
    ("docs/spec/journal-schema.json", "journal-schema"),
    ("docs/spec/snapshot-layout.txt", "snapshot-layout"),
];

fn codegen(check: bool) -> Outcome {
    let mut stale = Vec::new();
    for (page, what) in PAGES {
        let text =
            capture(cargo().args(["run", "--quiet", "--package", "ratchet", "--", "reference", what]))?;
        let path = root().join(page);
        if std::fs::read_to_string(&path).ok().as_deref() == Some(&text) {
            continue;
        }
        if check {
            stale.push(page);
            continue;
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
        }
        std::fs::write(&path, text).map_err(|error| format!("cannot write {page}: {error}"))?;
        println!("wrote {page}");
    }
    if stale.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "{} no longer say what the code says; run `cargo xtask codegen` and commit them",
            stale.join(", ")
        ))
    }
}

fn bench(binary: &Path, arguments: &[&str]) -> Outcome {
    run(Command::new(binary).current_dir(root()).arg("bench").args(arguments))
}

fn sim_test(arguments: &[&str]) -> Outcome {
    for pair in arguments.chunks(2) {
        match pair {
            ["--commands" | "--seed", number] if number.parse::<u64>().is_ok() => {}
            other => {
                return Err(format!("sim-test takes --commands N and --seed S, not \"{}\"", other.join(" ")));
            }
        }
    }
    run(cargo()
        .args(["run", "--quiet", "--release", "--package", "ratchet-engine", "--features", "testing"])
        .args(["--example", "programs", "--"])
        .args(arguments))
}

/// The targets that exist, by the files in `fuzz/fuzz_targets/`.
fn fuzz_targets() -> Result<Vec<String>, Failure> {
    let folder = root().join("fuzz/fuzz_targets");
    let entries =
        std::fs::read_dir(&folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut targets: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
        .collect();
    targets.sort();
    Ok(targets)
}

fn fuzz(target: &str, seconds: &str) -> Outcome {
    let targets = fuzz_targets()?;
    if !targets.iter().any(|known| known == target) {
        return Err(format!("there is no fuzz target \"{target}\"; there are: {}", targets.join(", ")));
    }
    if seconds.parse::<u32>().is_err() {
        return Err(format!("--seconds takes a whole number, not \"{seconds}\""));
    }
    if !has_subcommand("fuzz") {
        return Err("cargo-fuzz is not installed; install it with `cargo install cargo-fuzz --locked`, \
                    then run this again (it also needs a C++ compiler)"
            .to_owned());
    }
    // The sanitizer flags are unstable; the pinned stable compiler accepts them with this variable. Leaks are not
    // looked for: a thread that has handed over its result and is still ending looks like one.
    let seconds = format!("-max_total_time={seconds}");
    run(cargo().env("RUSTC_BOOTSTRAP", "1").args(["fuzz", "run", target, "--", &seconds, "-detect_leaks=0"]))
}
