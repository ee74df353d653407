//! `cargo xtask pgo`: the release binary, laid out by the compiler for what people run (profile-guided optimisation). The results
//! of a programme are the same to the byte; only the machine code differs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Failure, Outcome, capture, cargo, executable, root, run, target_directory};

/// What the binary is watched at, in a folder of its own: a little of all that takes long. What is not run here is made small
/// instead of fast, so whatever has to be fast belongs on this list.
const WATCHED: &[&str] = &[
    "generate orders --orders 200000 --seed 1 --out orders.csv",
    "backtest ROOT/plans/value-growth.toml orders.csv --journal growth.jsonl --out growth",
    "backtest ROOT/plans/value-growth-2x.toml orders.csv --sell at-multiple=1.5 --seed 1 --json",
    "backtest ROOT/plans/value-growth-hardened.toml orders.csv --sell random=3% --seed 1 --json",
    "backtest ROOT/plans/distribution-mall.toml orders.csv --json",
    "backtest ROOT/plans/shared-purchase.toml orders.csv --json",
    "verify growth.jsonl",
    "simulate ROOT/scenarios/steady.toml --runs 40 --threads 1 --out steady",
    "simulate ROOT/scenarios/growth-then-stop.toml --runs 20 --threads 1 --json",
    "simulate ROOT/scenarios/referral-tree.toml --runs 20 --threads 1 --json",
    "simulate ROOT/scenarios/shared-purchase-daily.toml --runs 5 --threads 1 --json",
    "simulate ROOT/scenarios/panic.toml --runs 10 --threads 1 --json",
    "bench --only core --from 10000 --members 10000",
    "bench --only life --from 10000 --members 10000",
    "bench --only toy --from 10000 --members 10000",
    "bench --only delayed --from 10000 --members 10000",
    "bench --only network --from 10000 --members 10000",
    "bench --only shared --from 10000 --members 10000",
    "bench --only close --from 10000 --members 10000",
    "bench --only market",
];

/// Builds, watches, builds again with what was seen; says where the binary is.
pub(crate) fn build() -> Result<PathBuf, Failure> {
    let toolchain = toolchain()?;
    let folder = target_directory()?.join("pgo");
    let (seen, merged) = (folder.join("seen"), folder.join("ratchet.profdata"));
    // What an older binary has left counts other code.
    empty(&seen)?;
    let watching =
        toolchain.build(&folder.join("watching"), &format!("-Cprofile-generate={}", seen.display()))?;
    watch(&watching, &folder.join("work"))?;
    run(Command::new(&toolchain.profdata).arg("merge").arg("--output").arg(&merged).arg(&seen))?;
    toolchain.build(&folder.join("built"), &format!("-Cprofile-use={}", merged.display()))
}

/// Builds and says where the binary is.
pub(crate) fn print() -> Outcome {
    println!("{}", build()?.display());
    Ok(())
}

fn watch(binary: &Path, work: &Path) -> Outcome {
    empty(work)?;
    for line in WATCHED {
        let root = root();
        let arguments = line.split(' ').map(|argument| match argument.strip_prefix("ROOT/") {
            Some(path) => root.join(path).into_os_string(),
            None => argument.into(),
        });
        capture(Command::new(binary).current_dir(work).args(arguments))?;
        eprintln!("watched: ratchet {line}");
    }
    Ok(())
}

/// A folder without anything in it.
fn empty(folder: &Path) -> Outcome {
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .map_err(|error| format!("cannot empty {}: {error}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))
}

/// What of the Rust that is in use is needed here.
struct Toolchain {
    /// The machine that it builds for.
    host: String,
    /// The program that puts profiles together: it must fit the compiler.
    profdata: PathBuf,
}

fn toolchain() -> Result<Toolchain, Failure> {
    let rustc = |arguments: &[&str]| capture(Command::new("rustc").current_dir(root()).args(arguments));
    let version = rustc(&["--version", "--verbose"])?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("rustc --version --verbose names no host")?.to_owned();
    // Beside the libraries: lib/rustlib/HOST/lib and lib/rustlib/HOST/bin.
    let libraries = PathBuf::from(rustc(&["--print", "target-libdir"])?.trim());
    let profdata = libraries.with_file_name("bin").join(executable("llvm-profdata"));
    if !profdata.exists() {
        return Err(
            "llvm-profdata is not installed; run `rustup component add llvm-tools` and try again".into()
        );
    }
    Ok(Toolchain { host, profdata })
}

impl Toolchain {
    fn build(&self, target: &Path, flag: &str) -> Result<PathBuf, Failure> {
        // With a target that is named the flag is not for what runs while building, macros and build scripts.
        let mut command = cargo();
        command.args(["build", "--quiet", "--release", "--package", "ratchet", "--target", &self.host]);
        // Flags of an environment come first, as cargo itself would take them.
        let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
        run(command.arg("--target-dir").arg(target).env("RUSTFLAGS", format!("{flags} {flag}").trim()))?;
        Ok(target.join(&self.host).join("release").join(executable("ratchet")))
    }
}
