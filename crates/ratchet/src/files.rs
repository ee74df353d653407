//! Reading what the user names and writing what the user asked for. Nothing appears half-written: a file is
//! written beside its place and renamed when it is complete.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use ratchet_engine::gate::{Admitted, Opinions};
use ratchet_engine::message::{System, Word};
use ratchet_engine::plan::Plan;
use ratchet_sim::fault::FileFault;
use ratchet_sim::input::{self, Fault};
use tempfile::NamedTempFile;

use crate::Failure;

pub(crate) use ratchet_sim::input::today;

/// What cannot be read ends with exit code 2, what is wrong with 1.
impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        match fault {
            Fault::Usage(message) => Failure::usage(message),
            Fault::Refused(message) => Failure::refused(message),
        }
    }
}

/// See [`input::plan`].
pub(crate) fn plan(path: &Path) -> Result<Plan, Failure> {
    Ok(input::plan(path)?)
}

/// See [`input::text`].
pub(crate) fn text(path: &Path, what: Word) -> Result<String, Failure> {
    Ok(input::text(path, what)?)
}

/// See [`input::opinions`].
pub(crate) fn opinions(path: &Path) -> Result<Opinions, Failure> {
    Ok(input::opinions(path)?)
}

/// See [`input::admitted`].
pub(crate) fn admitted(plan: Plan, path: &Path, opinions: Option<&Path>) -> Result<Admitted, Failure> {
    Ok(input::admitted(plan, &path.display().to_string(), opinions)?)
}

/// See [`input::read`].
pub(crate) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    Ok(input::read(path, limit)?)
}

/// See [`input::open`].
pub(crate) fn open(path: &Path) -> Result<File, Failure> {
    Ok(input::open(path)?)
}

/// A folder to write files into: made if it is not there yet; one with files in it is refused, so that nothing old is taken
/// for new.
pub(crate) fn folder(path: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::usage(FileFault::WriteInto { folder: path.display().to_string(), error: System(&error) })
    };
    std::fs::create_dir_all(path).map_err(failed)?;
    if std::fs::read_dir(path).map_err(failed)?.next().is_some() {
        return Err(Failure::usage(FileFault::NotEmpty { folder: path.display().to_string() }));
    }
    Ok(())
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
        let name = || path.display().to_string();
        let failed = |error: std::io::Error| {
            Failure::usage(FileFault::WriteElsewhere { file: name(), error: System(&error) })
        };
        // A link keeps pointing to the file, so the file itself is replaced.
        let place = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let sink = match place.metadata() {
            Ok(metadata) if metadata.is_dir() => {
                return Err(Failure::usage(FileFault::Folder { file: name() }));
            }
            Ok(metadata) if !metadata.is_file() => {
                Sink::Direct(File::options().write(true).open(&place).map_err(failed)?)
            }
            Ok(_) | Err(_) => {
                let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
                if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
                    let folder = folder.display().to_string();
                    return Err(Failure::usage(FileFault::NoFolder { file: name(), folder }));
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
            Failure::usage(FileFault::WriteElsewhere {
                file: path.display().to_string(),
                error: System(error),
            })
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
