//! Opening SQLite files, all of them here: the one place where this crate meets the disk, apart from the directory itself.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction};

use crate::fault::{StoreError, StoreFault};

/// How long a statement waits for another connection's write.
const BUSY: Duration = Duration::from_secs(2);

/// How soon a commit is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// When it returns.
    Commit,
    /// At the next checkpoint: for what can be made again.
    Checkpoint,
}

/// The VFS by which SQLite reaches the disk: the system's own, or one that a simulation has registered under a name.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    vfs: Option<String>,
}

impl Disk {
    /// The VFS registered under a name.
    pub fn of_vfs(name: &str) -> Disk {
        Disk { vfs: Some(name.to_owned()) }
    }

    pub(crate) fn open(&self, path: &Path, durability: Durability) -> Result<Database, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = self.connect(path, flags)?;
        let pragmas = "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; \
                       PRAGMA temp_store = MEMORY;";
        database.connection.execute_batch(pragmas).map_err(|error| database.error(&error))?;
        database.sync_by(durability)?;
        Ok(database)
    }

    /// For reading only; the file has to be there.
    pub(crate) fn open_to_read(&self, path: &Path) -> Result<Database, StoreError> {
        self.connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
    }

    fn connect(&self, path: &Path, flags: OpenFlags) -> Result<Database, StoreError> {
        let opened = match &self.vfs {
            None => Connection::open_with_flags(path, flags),
            Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str()),
        };
        let waits = opened.and_then(|connection| connection.busy_timeout(BUSY).map(|()| connection));
        let connection = waits.map_err(|error| StoreError::database(&path.display().to_string(), &error))?;
        Ok(Database { connection, path: path.to_owned(), syncs_by: Cell::new(None) })
    }
}

/// A connection that knows which file it is of.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) connection: Connection,
    path: PathBuf,
    /// What was set last.
    syncs_by: Cell<Option<Durability>>,
}

impl Database {
    pub(crate) fn file(&self) -> String {
        self.path.display().to_string()
    }

    pub(crate) fn error(&self, error: &rusqlite::Error) -> StoreError {
        StoreError::database(&self.file(), error)
    }

    /// How soon what is committed from now on is on disk; not within a transaction.
    pub(crate) fn sync_by(&self, durability: Durability) -> Result<(), StoreError> {
        if self.syncs_by.get() == Some(durability) {
            return Ok(());
        }
        let set = match durability {
            Durability::Commit => "PRAGMA synchronous = FULL",
            Durability::Checkpoint => "PRAGMA synchronous = NORMAL",
        };
        self.connection.execute_batch(set).map_err(|error| self.error(&error))?;
        self.syncs_by.set(Some(durability));
        Ok(())
    }

    /// Brings a part of the file to this program's version: see [`migrate`].
    pub(crate) fn migrate(&mut self, part: &str, steps: &[&str]) -> Result<(), StoreError> {
        let file = self.file();
        migrate(&mut self.connection, &file, part, steps)
    }

    /// The write-ahead log is copied into the file by whoever commits when it has so many pages.
    pub(crate) fn checkpoint_after(&self, pages: u32) -> Result<(), StoreError> {
        let set = self.connection.pragma_update(None, "wal_autocheckpoint", pages);
        set.map_err(|error| self.error(&error))
    }

    /// Copies of the write-ahead log into the file what nobody is reading, without holding a writer up.
    pub(crate) fn checkpoint(&self) -> Result<(), StoreError> {
        let copied = self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        copied.map_err(|error| self.error(&error))
    }

    /// Does something in one transaction, which is committed if that is well.
    pub(crate) fn transaction<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let done = self.connection.transaction().and_then(|transaction| {
            let done = work(&transaction)?;
            transaction.commit().map(|()| done)
        });
        done.map_err(|error| self.error(&error))
    }
}

/// Brings the tables of one part of a file to this program's version: steps are texts of SQL, each is carried out once, in order, in
/// a transaction of its own, and none is ever changed once released. A file of a later version is refused.
pub fn migrate(
    connection: &mut Connection,
    file: &str,
    part: &str,
    steps: &[&str],
) -> Result<(), StoreError> {
    let failed = |error: &rusqlite::Error| StoreError::database(file, error);
    let create =
        "CREATE TABLE IF NOT EXISTS migration (part TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT";
    connection.execute_batch(create).map_err(|error| failed(&error))?;
    let read = "SELECT coalesce((SELECT version FROM migration WHERE part = ?1), 0)";
    let version: i64 =
        connection.query_row(read, [part], |row| row.get(0)).map_err(|error| failed(&error))?;
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    if version > known {
        let [version, known] = [version, known].map(i64::cast_unsigned);
        return Err(StoreFault::Newer { file, part, version, known }.into());
    }
    for (number, step) in (1_i64..).zip(steps).filter(|(number, _)| *number > version) {
        let done = connection.transaction().and_then(|transaction| {
            transaction.execute_batch(step)?;
            let keep = "INSERT INTO migration (part, version) VALUES (?1, ?2) \
                        ON CONFLICT (part) DO UPDATE SET version = excluded.version";
            transaction.execute(keep, (part, number))?;
            transaction.commit()
        });
        done.map_err(|error| failed(&error))?;
    }
    Ok(())
}
