//! Reading what the user names and writing what the user asked for. Nothing appears half-written: a file is
//! written beside its place and renamed when it is complete.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ratchet_engine::gate::{Admitted, Opinions, admit};
use ratchet_engine::lint::rules::RuleBook;
use ratchet_engine::plan::{Plan, SOURCE_BYTES_MAX};
use ratchet_engine::time::{Day, Timestamp};
use tempfile::NamedTempFile;

use crate::Failure;

/// Reads and checks a plan. A file that cannot be read is a usage error, a plan that is wrong is refused.
pub(crate) fn plan(path: &Path) -> Result<Plan, Failure> {
    let text = text(path, "plan")?;
    Plan::parse(&path.display().to_string(), &text).map_err(|errors| Failure::refused(errors.to_string()))
}

/// The text of a file that somebody edits.
pub(crate) fn text(path: &Path, what: &str) -> Result<String, Failure> {
    let name = path.display().to_string();
    let bytes = read(path, SOURCE_BYTES_MAX)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        // Cut off inside a character: the parser refuses it by its size.
        Err(error) if error.as_bytes().len() > SOURCE_BYTES_MAX => {
            Ok(String::from_utf8_lossy(error.as_bytes()).into_owned())
        }
        Err(error) => {
            let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            Err(Failure::refused(format!(
                "{name}:{line}: this line is not UTF-8; save the {what} as UTF-8 and try again"
            )))
        }
    }
}

/// The signed opinions of a file.
pub(crate) fn opinions(path: &Path) -> Result<Opinions, Failure> {
    let text = text(path, "file")?;
    Opinions::parse(&path.display().to_string(), &text).map_err(|errors| Failure::refused(errors.to_string()))
}

/// Today, where the programme is.
pub(crate) fn today(plan: &Plan) -> Day {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(since.as_micros()).ok().and_then(Timestamp::from_us).unwrap_or(Timestamp::MIN);
    plan.programme.utc_offset.day_of(now)
}

/// A plan that may be run: a sandbox plan, or a live one that the gate lets pass today (GATE-1).
pub(crate) fn admitted(plan: Plan, path: &Path, opinions: Option<&Path>) -> Result<Admitted, Failure> {
    let given = opinions.map_or_else(|| Ok(Opinions::default()), self::opinions)?;
    let on = today(&plan);
    admit(plan, &RuleBook::built_in(), &given, on).map_err(|verdict| {
        let rules: Vec<&str> = verdict.refusing().map(|finding| finding.rule.id.as_str()).collect();
        let name = path.display();
        let rules = if rules.is_empty() { String::new() } else { format!(" by {}", rules.join(", ")) };
        Failure::refused(format!(
            "{name}: refused as live{rules}. `ratchet check {name}` says why and what to change; set mode = \"sandbox\" to \
             try it with play money"
        ))
    })
}

/// The bytes of a file of at most `limit` bytes (one more is read, so that the reader can tell).
pub(crate) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    open(path)?.take(limit).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    Ok(bytes)
}

/// Opens a file for reading.
pub(crate) fn open(path: &Path) -> Result<File, Failure> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    match file.metadata() {
        Ok(metadata) if metadata.is_dir() => {
            Err(Failure::usage(format!("{} is a folder; name a file in it", path.display())))
        }
        Ok(_) => Ok(file),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// A folder to write files into: made if it is not there yet; one with files in it is refused, so that nothing old is taken
/// for new.
pub(crate) fn folder(path: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::usage(format!("cannot write into {}: {error}; choose another place", path.display()))
    };
    std::fs::create_dir_all(path).map_err(failed)?;
    if std::fs::read_dir(path).map_err(failed)?.next().is_some() {
        return Err(Failure::usage(format!("{} is not empty; name a new folder", path.display())));
    }
    Ok(())
}

/// The message for a file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot read {}: {error}; check the name and its permissions", path.display()))
}

/// A file that appears under its name when it is complete, and not at all if it never is.
pub(crate) struct Output {
    path: PathBuf,
    writer: BufWriter<Sink>,
}

enum Sink {
    /// Renamed when complete.
    Temporary(NamedTempFile),
    /// A device or pipe, such as `/dev/stdout`: it cannot be renamed over.
    Direct(File),
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Sink::Temporary(file) => file.write(bytes),
            Sink::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Sink::Temporary(file) => file.flush(),
            Sink::Direct(file) => file.flush(),
        }
    }
}

impl Output {
    /// Prepares the place, so that a wrong name is found before the work begins.
    pub(crate) fn create(path: &Path) -> Result<Output, Failure> {
        let failed = |error: std::io::Error| {
            Failure::usage(format!("cannot write {}: {error}; choose another place", path.display()))
        };
        // A link keeps pointing to the file, so the file itself is replaced.
        let place = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let sink = match place.metadata() {
            Ok(metadata) if metadata.is_dir() => {
                return Err(Failure::usage(format!("{} is a folder; name a file in it", path.display())));
            }
            Ok(metadata) if !metadata.is_file() => {
                Sink::Direct(File::options().write(true).open(&place).map_err(failed)?)
            }
            Ok(_) | Err(_) => {
                let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
                if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
                    return Err(Failure::usage(format!(
                        "cannot write {}: there is no folder {}; create it first",
                        path.display(),
                        folder.display()
                    )));
                }
                let mut builder = tempfile::Builder::new();
                builder.prefix(".ratchet-");
                #[cfg(unix)]
                builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
                Sink::Temporary(builder.tempfile_in(folder.unwrap_or(Path::new("."))).map_err(failed)?)
            }
        };
        Ok(Output { path: place, writer: BufWriter::new(sink) })
    }

    /// Lets the finished file appear.
    pub(crate) fn persist(self) -> Result<(), Failure> {
        let path = self.path;
        let failed = |error: &std::io::Error| {
            Failure::usage(format!("cannot write {}: {error}; choose another place", path.display()))
        };
        match self.writer.into_inner().map_err(|error| failed(error.error()))? {
            Sink::Temporary(file) => file.persist(&path).map(drop).map_err(|error| failed(&error.error)),
            Sink::Direct(_) => Ok(()),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.writer.flush()
    }
}
