//! `cargo xtask python`: the Python package, built, installed into an environment of its own and tested. Nothing else here needs Python.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Failure, Outcome, capture, cargo, executable, root, target_directory};

/// Oldest Python that the package is for.
const OLDEST: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";

/// Why the package cannot be tested on this machine, which is not the package's fault.
enum Missing {
    /// Say it and go on, where that was asked for.
    Skipped(String),
    /// A failure in any case.
    Failed(Failure),
}

impl From<Failure> for Missing {
    fn from(failure: Failure) -> Missing {
        Missing::Failed(failure)
    }
}

/// Builds, installs and tests. With `if_possible`, a machine without Python or without a way to its packages is no failure.
pub(crate) fn run(if_possible: bool) -> Outcome {
    match test() {
        Ok(()) => Ok(()),
        Err(Missing::Skipped(reason)) if if_possible => {
            let line = "=".repeat(72);
            eprintln!("{line}\nSKIPPED: the tests of the Python package did not run: {reason}\n{line}");
            Ok(())
        }
        Err(Missing::Skipped(reason) | Missing::Failed(reason)) => Err(reason),
    }
}

fn test() -> Result<(), Missing> {
    let manifest = ["--manifest-path", "python/Cargo.toml"];
    run_in(cargo().arg("fmt").args(manifest).arg("--check"))?;
    let target = target()?;
    let python = environment(&target.join("venv"), "python/requirements-test.txt")?;
    let mut clippy = cargo();
    clippy.args(["clippy", "--quiet", "--locked"]).args(manifest).args(["--", "-D", "warnings"]);
    run_in(clippy.env("CARGO_TARGET_DIR", &target).env("PYO3_PYTHON", &python))?;
    run_in(cargo().args(["build", "--quiet", "--package", "ratchet"]))?;
    let binary = target.with_file_name("debug").join(executable("ratchet"));
    install(&python, &target)?;
    let pytest = ["-m", "pytest", "-p", "no:cacheprovider", "-ra", "python/tests"];
    run_in(within(&python).args(pytest).env("RATCHET_BINARY", binary).env("PYTHONDONTWRITEBYTECODE", "1"))
}

/// The toy programme of `python/bench/peers.py` in peers and in this binary.
pub(crate) fn peers(binary: &Path, arguments: &[&str]) -> Outcome {
    let measure = || {
        let target = target()?;
        let python = environment(&target.join("peers"), "python/bench/requirements.txt")?;
        install(&python, &target)?;
        let mut command = within(&python);
        run_in(command.arg("python/bench/peers.py").arg(binary).args(arguments))
    };
    measure().map_err(|missing| match missing {
        Missing::Skipped(reason) | Missing::Failed(reason) => reason,
    })
}

/// Where everything of the package is built.
fn target() -> Result<PathBuf, Failure> {
    Ok(target_directory()?.join("python"))
}

/// As `pip install ./python` does it, but with the builder that is installed already.
fn install(python: &Path, target: &Path) -> Result<(), Missing> {
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-build-isolation"];
    run_in(within(python).args(install).arg("./python").env("CARGO_TARGET_DIR", target))
}

fn run_in(command: &mut Command) -> Result<(), Missing> {
    crate::run(command).map_err(Missing::Failed)
}

/// The Python of an environment in which these requirements are installed.
fn environment(place: &Path, requirements: &str) -> Result<PathBuf, Missing> {
    let python = place.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let wanted = root().join(requirements);
    let wanted_text =
        std::fs::read_to_string(&wanted).map_err(|error| format!("{}: {error}", wanted.display()))?;
    let stamp = place.join("requirements.txt");
    if python.exists() && std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted_text) {
        return Ok(python);
    }
    let system = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let usable = Command::new(&system).args(["-c", OLDEST]).output();
    if !usable.is_ok_and(|output| output.status.success()) {
        return Err(Missing::Skipped(format!("{system} is not a Python 3.10 or later with venv")));
    }
    let failed = |error: std::io::Error| format!("cannot write {}: {error}", place.display());
    std::fs::create_dir_all(place).map_err(failed)?;
    let skipped = |failure: Failure| Missing::Skipped(format!("its packages cannot be installed: {failure}"));
    capture(Command::new(&system).args(["-m", "venv", "--clear"]).arg(place)).map_err(skipped)?;
    eprintln!("installing {requirements}");
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    capture(within(&python).args(install).arg(&wanted)).map_err(skipped)?;
    std::fs::write(&stamp, wanted_text).map_err(failed)?;
    Ok(python)
}

/// This Python at the top of the repository, with its own programs first on the path.
fn within(python: &Path) -> Command {
    let mut command = Command::new(python);
    let programs = python.parent().map(Path::to_path_buf);
    let others = std::env::var_os("PATH").unwrap_or_default();
    let path = programs.into_iter().chain(std::env::split_paths(&others));
    if let Ok(path) = std::env::join_paths(path) {
        command.env("PATH", path);
    }
    command.current_dir(root());
    command
}
