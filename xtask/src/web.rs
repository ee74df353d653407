//! The pages of shop and console in `web/`: built and tested by Node, with a browser for what people do in them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use crate::{Failure, Outcome, capture, root, run, target_directory};

/// Where Debian and others put the browser; `CHROMIUM` names another one.
const BROWSERS: [&str; 3] = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/// Builds the pages into `web/dist`, from where the binary takes them.
pub(crate) fn build() -> Outcome {
    install()?;
    run(npm().args(["run", "build"]))
}

/// The same without checks, quietly: for who wants to see them soon.
pub(crate) fn build_pages() -> Outcome {
    install()?;
    capture(npm().args(["run", "pages"])).map(drop)
}

/// Serves an app from its sources, with the API of the server that runs.
pub(crate) fn follow(script: &str, port: &str) -> Result<Child, Failure> {
    let mut command = npm();
    command.args(["run", script, "--", "--port", port, "--strictPort", "--host", "127.0.0.1"]);
    command.spawn().map_err(|error| format!("cannot start `npm run {script}`: {error}"))
}

/// Builds the pages and tests them: units, then journeys in a browser on the binary that the tests of the workspace have built.
pub(crate) fn test() -> Outcome {
    let missing = missing();
    if !missing.is_empty() {
        let text = format!("tests of the pages need {}", missing.join(" and "));
        if std::env::var_os("CI").is_some() {
            return Err(text);
        }
        eprintln!("not run: {text}");
        return Ok(());
    }
    build()?;
    run(npm().args(["test"]))?;
    run(npm()
        .args(["run", "journey"])
        .env("RATCHET", target_directory()?.join("debug").join(crate::executable("ratchet"))))
}

fn missing() -> Vec<&'static str> {
    let browser =
        std::env::var_os("CHROMIUM").is_some() || BROWSERS.iter().any(|path| Path::new(path).exists());
    let tools = [("Node 20.19 or later (https://nodejs.org)", is_there("npm")), ("Chromium", browser)];
    tools.iter().filter(|(_, is_there)| !is_there).map(|(name, _)| *name).collect()
}

fn is_there(program: &str) -> bool {
    capture(Command::new(program).arg("--version")).is_ok()
}

fn web() -> PathBuf {
    root().join("web")
}

fn npm() -> Command {
    let mut command = Command::new("npm");
    command.current_dir(web());
    command
}

/// Installs what the lock file names, unless it is installed.
pub(crate) fn install() -> Outcome {
    if !is_there("npm") {
        return Err(
            "npm is missing: install Node 20.19 or later (https://nodejs.org), which brings it".to_owned()
        );
    }
    let changed = |file: &str| std::fs::metadata(web().join(file)).and_then(|file| file.modified()).ok();
    if changed("node_modules/.package-lock.json") >= changed("package-lock.json") {
        return Ok(());
    }
    run(npm().args(["ci", "--no-audit", "--no-fund"]))
}
