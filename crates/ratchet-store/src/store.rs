//! The directory: who holds it, which programmes are in it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ratchet_engine::journal::EntryBatch;
use ratchet_engine::message::Message;
use ratchet_engine::time::Timestamp;
use rusqlite::Connection;

use crate::backup::check_is_finished;
use crate::database::{Database, Disk, Durability};
use crate::fault::{StoreError, StoreFault};
use crate::journal::Journal;

/// Longest id of a programme, which is the name of its directory too.
const PROGRAMME_ID_BYTES_MAX: usize = 64;

const PROGRAMMES: &[&str] = &["
    CREATE TABLE programme (
        id TEXT PRIMARY KEY,
        -- When its own clock began (CLOCK-2); NULL goes by the machine's.
        own_clock_start_us INTEGER,
        -- Of the hashes of ids and keys, drawn once: strangers cannot choose ids whose hashes meet.
        seed INTEGER NOT NULL
    ) STRICT;
    -- Programmes that nobody has loaded, with when their next due work is; without one nothing is due ever. A programme that is
    -- in neither state in order, because its server died, has no row.
    CREATE TABLE asleep (
        programme TEXT PRIMARY KEY REFERENCES programme (id),
        next_due_us INTEGER
    ) STRICT;
"];

/// All files of one server. Only one process at a time has the directory.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    disk: Disk,
    creating: Mutex<()>,
    /// Given back when the store is dropped, or by the system when the process ends.
    _lock: File,
}

/// When a programme's own clock began (CLOCK-2); `None` goes by the machine's.
pub type OwnClock = Option<Timestamp>;

/// A programme of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Its clock.
    pub own_clock: OwnClock,
    /// The seed of its hashes of ids and keys.
    pub seed: u64,
    /// When it has to be loaded.
    pub waking: Waking,
}

/// When a programme has to be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waking {
    /// The last server did not say: it is loaded to find out.
    Unknown,
    /// When its next due work comes.
    At(Timestamp),
    /// When it is used.
    Used,
}

/// Where the files of one programme are.
#[derive(Clone, Debug)]
pub struct ProgrammeFiles {
    id: String,
    pub(crate) directory: PathBuf,
    pub(crate) disk: Disk,
}

impl ProgrammeFiles {
    /// Those of a programme in a directory that another process may have; they are for reading the journal.
    pub fn of(directory: &Path, id: &str, disk: Disk) -> Result<ProgrammeFiles, StoreError> {
        let files =
            ProgrammeFiles { id: id.to_owned(), directory: directory.join("programmes").join(id), disk };
        let is_there = is_programme_id(id) && files.journal().is_file();
        if is_there { Ok(files) } else { Err(StoreFault::ProgrammeUnknown { id }.into()) }
    }

    /// The programme's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The journal cannot be read for this reason.
    pub fn cannot_be_read(&self, error: Message) -> StoreError {
        StoreFault::Journal { file: &self.journal().display().to_string(), error }.into()
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.directory.join("journal.db")
    }

    pub(crate) fn rows(&self) -> PathBuf {
        self.directory.join("read.db")
    }
}

impl Store {
    /// Opens a directory, which is made if it is not there. A directory that another process has is refused (KEEP-2), as is one
    /// that a later version has written.
    pub fn open(directory: &Path) -> Result<Store, StoreError> {
        Store::open_on(directory, Disk::default())
    }

    /// Opens a directory that some server has made; another is refused and nothing is made in it.
    pub fn open_existing(directory: &Path) -> Result<Store, StoreError> {
        check_is_store(directory)?;
        Store::open(directory)
    }

    /// The same on another disk, for simulations.
    pub fn open_on(directory: &Path, disk: Disk) -> Result<Store, StoreError> {
        check_is_finished(directory)?;
        let failed = |error: &std::io::Error| StoreError::system(directory, error);
        std::fs::create_dir_all(directory.join("programmes")).map_err(|error| failed(&error))?;
        let store = Store {
            directory: directory.to_owned(),
            disk,
            creating: Mutex::new(()),
            _lock: lock(directory)?,
        };
        sync_directory(directory)?;
        let mut server = store.server()?;
        server.migrate("programmes", PROGRAMMES)?;
        Ok(store)
    }

    /// A connection of the caller's own to `server.db`: what it commits is durable, foreign keys are checked, and a write waits some
    /// seconds for another's.
    pub fn server_db(&self) -> Result<Connection, StoreError> {
        self.server().map(|database| database.connection)
    }

    fn server(&self) -> Result<Database, StoreError> {
        self.disk.open(&self.directory.join("server.db"), Durability::Commit)
    }

    /// Makes a new programme whose journal begins with these entries; it counts as loaded. Without its last step it is not on the
    /// list, and what there is of it is made anew.
    pub fn create_programme(
        &self,
        id: &str,
        (clock, seed): (OwnClock, u64),
        genesis: &EntryBatch,
    ) -> Result<(ProgrammeFiles, Journal), StoreError> {
        if !is_programme_id(id) {
            return Err(StoreFault::ProgrammeId { id }.into());
        }
        let _one_at_a_time = self.creating.lock().expect("nothing panics while a programme is made");
        let mut server = self.server()?;
        let select = "SELECT count(*) FROM programme WHERE id = ?1";
        let listed: i64 = server
            .connection
            .query_row(select, [id], |row| row.get(0))
            .map_err(|error| server.error(&error))?;
        if listed > 0 {
            return Err(StoreFault::ProgrammeExists { id }.into());
        }
        let files = self.files(id);
        let failed = |error: std::io::Error| StoreError::system(&files.directory, &error);
        if files.directory.exists() {
            std::fs::remove_dir_all(&files.directory).map_err(failed)?;
        }
        std::fs::create_dir(&files.directory).map_err(failed)?;
        sync_directory(&self.directory.join("programmes"))?;
        let mut journal = Journal::create(&files)?;
        journal.append(genesis)?;
        sync_directory(&files.directory)?;
        let insert = "INSERT INTO programme (id, own_clock_start_us, seed) VALUES (?1, ?2, ?3)";
        server.transaction(|transaction| {
            transaction.execute(insert, (id, clock.map(Timestamp::us), seed.cast_signed()))
        })?;
        Ok((files, journal))
    }

    /// Every programme, in the order of the ids.
    pub fn programmes(&self) -> Result<Vec<Listed>, StoreError> {
        let server = self.server()?;
        let select = "SELECT id, own_clock_start_us, asleep.programme IS NOT NULL, next_due_us, seed \
                      FROM programme LEFT JOIN asleep ON asleep.programme = id ORDER BY id";
        let read = || {
            let mut statement = server.connection.prepare(select)?;
            let rows = statement.query_map([], |row| {
                let (clock, is_asleep): (Option<i64>, bool) = (row.get(1)?, row.get(2)?);
                let next_due: Option<i64> = row.get(3)?;
                let waking = match next_due.and_then(Timestamp::from_us) {
                    _ if !is_asleep => Waking::Unknown,
                    Some(at) => Waking::At(at),
                    None => Waking::Used,
                };
                let (own_clock, seed) = (clock.and_then(Timestamp::from_us), row.get::<_, i64>(4)?);
                Ok(Listed { id: row.get(0)?, own_clock, seed: seed.cast_unsigned(), waking })
            })?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        read().map_err(|error: rusqlite::Error| server.error(&error))
    }

    /// A programme that is on the list counts as loaded from now on.
    pub fn wake(&self, id: &str) -> Result<(), StoreError> {
        let mut server = self.server()?;
        server.transaction(|transaction| {
            transaction.execute("DELETE FROM asleep WHERE programme = ?1", [id])
        })?;
        Ok(())
    }

    /// Says when the next due work is of a programme that is no longer loaded.
    pub fn put_to_sleep(&self, id: &str, next_due: Option<Timestamp>) -> Result<(), StoreError> {
        let mut server = self.server()?;
        let insert = "INSERT OR REPLACE INTO asleep (programme, next_due_us) VALUES (?1, ?2)";
        server.transaction(|transaction| transaction.execute(insert, (id, next_due.map(Timestamp::us))))?;
        Ok(())
    }

    /// Where the files of a programme are.
    pub fn files(&self, id: &str) -> ProgrammeFiles {
        let directory = self.directory.join("programmes").join(id);
        ProgrammeFiles { id: id.to_owned(), directory, disk: self.disk.clone() }
    }
}

/// Refuses a directory that no server has made.
pub(crate) fn check_is_store(directory: &Path) -> Result<(), StoreError> {
    check_is_finished(directory)?;
    if directory.join("server.db").is_file() {
        Ok(())
    } else {
        Err(StoreFault::NotAStore { path: &directory.display().to_string() }.into())
    }
}

/// Names of directories are the ids, so an id leads nowhere else.
fn is_programme_id(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    id.len() <= PROGRAMME_ID_BYTES_MAX
        && id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.bytes().all(is_plain)
}

/// Takes the directory for this process, and says in the file who has it.
fn lock(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join("lock");
    let failed = |error: std::io::Error| StoreError::system(&path, &error);
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(failed)?;
            let path = directory.display().to_string();
            return Err(StoreFault::InUse { path: &path, holder: holder.trim() }.into());
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    let holder = format!("process {}\n", std::process::id());
    file.set_len(0).and_then(|()| file.write_all(holder.as_bytes())).map_err(failed)?;
    Ok(file)
}

/// The directory that a file is in.
pub(crate) fn directory_of(file: &Path) -> &Path {
    file.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes names in a directory durable.
pub(crate) fn sync_directory(directory: &Path) -> Result<(), StoreError> {
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| StoreError::system(directory, &error))
}
