//! Starting the binary and looking at what came out.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What one run of the binary left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The JSON on stdout of a run that ended with `code`.
    #[track_caller]
    pub(crate) fn json(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{self:#?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Asserts the exit code and that stderr or stdout says each of these.
    #[track_caller]
    pub(crate) fn says(&self, code: i32, texts: &[&str]) {
        assert_eq!(self.code, code, "{self:#?}");
        for text in texts {
            assert!(self.stderr.contains(text) || self.stdout.contains(text), "no {text:?} in {self:#?}");
        }
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
    }
}

/// A folder of its own for one test, and the binary in it.
pub(crate) struct Desk {
    folder: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        Desk { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file; its name for arguments is `name`.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).expect("a writable folder");
    }

    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Names of everything in the folder, sorted.
    pub(crate) fn list(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).expect("a readable folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Runs `ratchet ARGUMENTS` in the folder.
    pub(crate) fn ratchet(&self, arguments: &[&str]) -> Run {
        self.ratchet_with(arguments, "", "C.UTF-8")
    }

    /// Runs the journal reader of the documentation, which needs nothing but Python; `None`, with a note, where there is none.
    pub(crate) fn read_journal(&self, arguments: &[&str]) -> Option<Run> {
        let reader = repository().join("docs/spec/read_journal.py");
        let run =
            Command::new("python3").arg(reader).args(arguments).current_dir(self.folder.path()).output();
        let Ok(output) = run else {
            eprintln!("skipped: there is no python3 here to run docs/spec/read_journal.py");
            return None;
        };
        Some(Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        })
    }

    #[track_caller]
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs with something on stdin and under a locale.
    pub(crate) fn ratchet_with(&self, arguments: &[&str], stdin: &str, lang: &str) -> Run {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ratchet"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES")
            .env("LANG", lang)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut pipe = child.stdin.take().expect("stdin is piped");
        let stdin = stdin.to_owned();
        // In a thread of its own, so that a binary that answers before it has read all cannot block this.
        let writer = std::thread::spawn(move || drop(pipe.write_all(stdin.as_bytes())));
        let output = child.wait_with_output().expect("the binary ends");
        writer.join().expect("the writer ends");
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }
}

/// The top of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The path of one of the presets.
pub(crate) fn preset(name: &str) -> String {
    repository().join("plans").join(format!("{name}.toml")).display().to_string()
}

/// The text of one of the presets.
pub(crate) fn preset_text(name: &str) -> String {
    std::fs::read_to_string(preset(name)).expect("the preset is there")
}

/// A decimal string without trailing zeros, so that 210 equals 210.000000000000.
pub(crate) fn trimmed(value: &Value) -> String {
    let text = value.as_str().unwrap_or_else(|| panic!("not a decimal string: {value}"));
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}
