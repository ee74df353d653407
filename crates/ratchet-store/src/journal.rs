//! The journal of one programme: the records of the binary form (`docs/spec/journal.md`) as rows, one batch for each commit, with the
//! movements of the same entries beside it in the same transaction.
//!
//! Nothing is updated and nothing has a second index. What a row holds are the bytes that a binary journal file holds, and the hash
//! is over them, so that an export is a copy.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, sync_channel};

use ratchet_engine::command::Envelope;
use ratchet_engine::engine::Engine;
use ratchet_engine::journal::binary::{chain, schema};
use ratchet_engine::journal::{BinaryReader, BinaryWriter, Blob, BlobDecoder, EntryBatch, JournalFault};
use ratchet_engine::ledger::{Account, AccountKind};
use ratchet_engine::time::Timestamp;
use rusqlite::OptionalExtension;

use crate::database::{Database, Durability};
use crate::fault::{StoreError, StoreFault};
use crate::movement::{Chains, Movement, Run, push_varint, read_run};
use crate::store::ProgrammeFiles;

/// Most entries of a page.
pub const ENTRIES_PAGE_MAX: usize = 200;
/// Most movements of a page.
pub const MOVEMENTS_PAGE_MAX: usize = 200;
/// Entries that a start hands over at once from the thread that reads and checks to the one that applies.
const READ_ENTRIES: usize = 4_096;
/// How often it may do so before the other has applied them.
const READ_AHEAD: usize = 2;
/// The thread that commits copies the write-ahead log into the file when it has so many pages of 4 KiB, which by then are few: the
/// projector has copied most.
const CHECKPOINT_PAGES: u32 = 16_384;

const JOURNAL: &[&str] = &["
    -- The description of the types that the batches from this entry on are written in.
    CREATE TABLE description (
        first_seq INTEGER PRIMARY KEY,
        hash BLOB NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE TABLE batch (
        first_seq INTEGER PRIMARY KEY,
        entries INTEGER NOT NULL,
        hash BLOB NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE TABLE movement_run (
        first_position INTEGER PRIMARY KEY,
        first_seq INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    -- What kinds of accounts are called in runs of movements.
    CREATE TABLE account_kind (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL
    ) STRICT;
"];

/// The end of a journal, where entries are added. There is one for each programme that is loaded.
#[derive(Debug)]
pub struct Journal {
    database: Database,
    writer: BinaryWriter,
    chains: Chains,
    /// How many kinds of accounts have their number in the file.
    kinds: usize,
    entries: u64,
    records: Vec<u8>,
    /// Where the last batch was written in other types than this version's, or there is none: the description to begin with.
    description: Option<String>,
    /// After a failed commit nobody knows what the file holds until it is read again.
    has_failed: bool,
}

impl Journal {
    /// An empty one; the file must not be there.
    pub(crate) fn create(files: &ProgrammeFiles) -> Result<Journal, StoreError> {
        Journal::open(files, |_| Ok(()))
    }

    /// Opens a journal and reads it from its first entry: `each` gets every batch. Hashes and order are checked, and the heads of the
    /// movements' chains are made again.
    fn open(
        files: &ProgrammeFiles,
        each: impl FnMut(&EntryBatch) -> Result<(), StoreError> + Send,
    ) -> Result<Journal, StoreError> {
        let mut database = files.disk.open(&files.journal(), Durability::Commit)?;
        database.migrate("journal", JOURNAL)?;
        database.checkpoint_after(CHECKPOINT_PAGES)?;
        let stored = account_kinds(&database)?;
        let kinds = stored.len();
        let mut reader = BinaryReader::new();
        let mut described = None;
        let mut chains = Chains::new(stored);
        let entries = std::thread::scope(|scope| {
            let (read, taken) = sync_channel(READ_AHEAD);
            let applying = scope.spawn(|| apply_batches(taken, &mut chains, each));
            let mut together = Vec::new();
            let mut count = 0;
            let reading = read_records(&database, 0, |record| {
                let mut batch = EntryBatch::new();
                take_record(&database, &mut reader, &record, &mut batch)?;
                if record.is_description() {
                    described = Some(record.body);
                }
                count += batch.len();
                together.push(batch);
                if count < READ_ENTRIES {
                    return Ok(ControlFlow::Continue(()));
                }
                count = 0;
                // Nobody takes it where an earlier batch could not be applied.
                let sent = read.send(std::mem::take(&mut together)).is_ok();
                Ok(if sent { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
            });
            // What is before a damaged record is applied too, so that the first thing that does not fit is told.
            read.send(together).ok();
            drop(read);
            let applied = applying.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            applied.and_then(|entries| reading.map(|()| entries))
        })?;
        let (head, tree) = reader.head();
        let writer = BinaryWriter::resume(head, tree.clone());
        let text = schema().text();
        let description = if described.as_deref() == Some(text.as_bytes()) { None } else { Some(text) };
        Ok(Journal {
            database,
            writer,
            chains,
            kinds,
            entries,
            records: Vec::new(),
            description,
            has_failed: false,
        })
    }

    /// Opens a journal and applies it: the state that it leads to. `seed` is that of the programme's hashes of ids and
    /// keys; without one it is its plan's.
    pub fn resume(files: &ProgrammeFiles, seed: Option<u64>) -> Result<(Journal, Engine), StoreError> {
        let file = files.journal().display().to_string();
        let mut engine = None;
        let journal = Journal::open(files, |batch| replay(batch, seed, &file, &mut engine))?;
        match engine {
            Some(mut engine) => {
                // What it wrote while it began is in the journal.
                engine.take_entries(&mut EntryBatch::new());
                Ok((journal, engine))
            }
            None => Err(StoreFault::Order { file: &file, expected: 0, found: 0 }.into()),
        }
    }

    /// How many entries are durable: the number of the next one.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// The position of an account's last movement.
    pub fn last_movement(&self, account: Account) -> Option<u64> {
        self.chains.last_of(account)
    }

    /// How many movements there are.
    pub fn movements(&self) -> u64 {
        self.chains.count()
    }

    /// Adds entries in one commit, which is durable when this returns. After an error it is not known whether they are there: the
    /// journal has to be resumed.
    pub fn append(&mut self, batch: &EntryBatch) -> Result<(), StoreError> {
        if self.has_failed {
            return Err(StoreFault::Failed { file: &self.database.file() }.into());
        }
        if batch.is_empty() {
            return Ok(());
        }
        self.has_failed = true;
        if let Some(text) = &self.description {
            let (head, tree) = self.writer.head();
            self.writer = BinaryWriter::resume(chain(&head, text.as_bytes()), tree.clone());
        }
        let (described, _) = self.writer.head();
        self.records.clear();
        self.writer.write_batch(batch, &mut self.records);
        self.writer.commit(&mut self.records);
        let mut runs: Vec<Run> = Vec::new();
        self.chains.push_batch(batch, |run| runs.push(run));
        let Journal { database, records, chains, kinds, description, entries, .. } = self;
        database.transaction(|transaction| {
            if let Some(text) = description {
                let insert = "INSERT INTO description (first_seq, hash, body) VALUES (?1, ?2, ?3)";
                transaction.execute(insert, (number(*entries), described, text.as_bytes()))?;
            }
            let mut insert = transaction.prepare_cached(
                "INSERT INTO batch (first_seq, entries, hash, body) VALUES (?1, ?2, ?3, ?4)",
            )?;
            for (body, hash) in frames(records) {
                let blob = Blob::new(body).expect("what was just written is read");
                insert.execute((number(blob.first), blob.count as i64, hash, body))?;
            }
            let mut insert = transaction.prepare_cached(
                "INSERT INTO movement_run (first_position, first_seq, body) VALUES (?1, ?2, ?3)",
            )?;
            for run in &runs {
                insert.execute((number(run.first_position), number(run.first_seq), &run.body))?;
            }
            for (at, kind) in chains.stored().iter().enumerate().skip(*kinds) {
                let insert = "INSERT INTO account_kind (number, name) VALUES (?1, ?2)";
                transaction.execute(insert, (at as i64, kind.name()))?;
            }
            Ok(())
        })?;
        self.kinds = self.chains.stored().len();
        self.description = None;
        self.entries += batch.len() as u64;
        self.has_failed = false;
        Ok(())
    }
}

/// Gives batches that another thread has read and checked to `each`, in their order, and makes the chains' heads again; says how many
/// entries there were.
fn apply_batches(
    taken: Receiver<Vec<EntryBatch>>,
    chains: &mut Chains,
    mut each: impl FnMut(&EntryBatch) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let mut entries = 0;
    for batch in taken.into_iter().flatten() {
        chains.push_batch(&batch, |_| {});
        entries += batch.len() as u64;
        each(&batch)?;
    }
    Ok(entries)
}

/// Applies a batch to the state before it; the first one begins the programme.
pub(crate) fn replay(
    batch: &EntryBatch,
    seed: Option<u64>,
    file: &str,
    engine: &mut Option<Engine>,
) -> Result<(), StoreError> {
    let wrong = |error| StoreError::from(StoreFault::Journal { file, error });
    if let Some(engine) = engine {
        return engine.replay_batch(batch).map_err(|error| wrong(error.reason));
    }
    if batch.genesis().is_none() {
        return Ok(());
    }
    *engine = Some(Engine::resume(batch, seed).map_err(|error| wrong(error.reason))?);
    Ok(())
}

/// A row of the journal.
pub(crate) struct Record {
    first_seq: u64,
    pub(crate) hash: [u8; 32],
    pub(crate) body: Vec<u8>,
}

impl Record {
    fn is_description(&self) -> bool {
        self.body.first() == Some(&b'{')
    }
}

/// Gives every description and batch from the batch on that has this entry, in their order.
pub(crate) fn read_records(
    database: &Database,
    from: u64,
    mut each: impl FnMut(Record) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), StoreError> {
    let failed = |error: rusqlite::Error| database.error(&error);
    // Each side is read in the order of its key, so that nothing is sorted or held.
    let select = "SELECT first_seq, 0 AS part, hash, body FROM description WHERE first_seq >= ?1 \
                  UNION ALL SELECT first_seq, 1, hash, body FROM batch WHERE first_seq >= ?1 \
                  ORDER BY first_seq, part";
    let mut statement = database.connection.prepare_cached(select).map_err(failed)?;
    let mut rows = statement.query([number(from)]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let read = || {
            let first_seq = row.get::<_, i64>(0)?;
            Ok(Record { first_seq: first_seq.cast_unsigned(), hash: row.get(2)?, body: row.get(3)? })
        };
        if each(read().map_err(failed)?)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Checks a record against those before it; its entries are in `batch` then.
pub(crate) fn take_record(
    database: &Database,
    reader: &mut BinaryReader,
    record: &Record,
    batch: &mut EntryBatch,
) -> Result<(), StoreError> {
    let expected = reader.head().1.size();
    if record.first_seq != expected {
        let file = &database.file();
        return Err(StoreFault::Order { file, expected, found: record.first_seq }.into());
    }
    reader
        .record(&record.body, &record.hash, batch)
        .map_err(|error| StoreFault::Journal { file: &database.file(), error: error.reason }.into())
}

/// The records that a writer of binary journals has appended: content and hash.
fn frames(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let (content, rest) = rest.split_at_checked(length)?;
        let (hash, rest) = rest.split_at_checked(32)?;
        bytes = rest;
        Some((content, hash))
    })
}

/// A batch that has one entry, of an entry of another batch.
fn batch_of_one(format: u64, rules: u32, seq: u64, entry: &[u8]) -> Vec<u8> {
    let mut batch = Vec::with_capacity(entry.len() + 24);
    for number in [format, u64::from(rules), seq, 1, entry.len() as u64] {
        push_varint(&mut batch, u128::from(number));
    }
    batch.extend_from_slice(entry);
    batch
}

fn descriptions(database: &Database) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
    let read = || {
        let select = "SELECT first_seq, body FROM description ORDER BY first_seq";
        let mut statement = database.connection.prepare(select)?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)))?;
        rows.collect::<Result<Vec<_>, _>>()
    };
    read().map_err(|error: rusqlite::Error| database.error(&error))
}

fn description(database: &Database, text: &[u8]) -> Result<BlobDecoder, StoreError> {
    BlobDecoder::of_text(text).map_err(|error| damaged(database, 0, &error.to_string()))
}

fn damaged(database: &Database, seq: u64, error: &str) -> StoreError {
    let error = JournalFault::Damaged { error: format!("entry {seq}: {error}") };
    StoreFault::Journal { file: &database.file(), error: error.into() }.into()
}

fn account_kinds(database: &Database) -> Result<Vec<AccountKind>, StoreError> {
    let failed = |error: rusqlite::Error| database.error(&error);
    let mut statement =
        database.connection.prepare("SELECT name FROM account_kind ORDER BY number").map_err(failed)?;
    let names = statement.query_map([], |row| row.get::<_, String>(0)).map_err(failed)?;
    let mut kinds = Vec::new();
    for name in names {
        let name = name.map_err(failed)?;
        let Some(kind) = AccountKind::named(&name) else {
            let fault = StoreFault::AccountKind { file: &database.file(), name: &name };
            return Err(fault.into());
        };
        kinds.push(kind);
    }
    Ok(kinds)
}

/// SQLite's integers have a sign; numbers of entries and movements never reach it.
fn number(value: u64) -> i64 {
    value.cast_signed()
}

/// One entry as it stands in a journal, by itself.
#[derive(Debug, Default)]
pub struct StoredEntry {
    batch: EntryBatch,
}

impl StoredEntry {
    /// It, in a batch of its own.
    pub fn batch(&self) -> &EntryBatch {
        &self.batch
    }

    /// Its number and time, and the command that caused it.
    pub fn head(&self) -> (u64, Timestamp, Option<&Envelope>) {
        let (entry, envelope) = self.batch.iter().next().expect("it holds an entry");
        (entry.seq, entry.at, envelope)
    }
}

/// A connection that reads what a journal has made durable. Any number of them read beside the one that writes.
#[derive(Debug)]
pub struct JournalReader {
    database: Database,
    kinds: RefCell<Vec<AccountKind>>,
    /// From which entry on which description holds. A later one comes with a later version, and so with another process.
    decoders: Vec<(u64, BlobDecoder)>,
}

impl JournalReader {
    /// For a programme whose journal is there.
    pub fn open(files: &ProgrammeFiles) -> Result<JournalReader, StoreError> {
        let database = files.disk.open_to_read(&files.journal())?;
        let mut decoders = Vec::new();
        for (first_seq, text) in descriptions(&database)? {
            decoders.push((first_seq, description(&database, &text)?));
        }
        Ok(JournalReader { database, kinds: RefCell::default(), decoders })
    }

    /// How many entries there are.
    pub fn entries(&self) -> Result<u64, StoreError> {
        self.head().map(|(entries, _)| entries)
    }

    /// How many entries there are, and the hash over all of them: of their last record, which `ratchet verify` says as *entries hash*.
    pub fn head(&self) -> Result<(u64, [u8; 32]), StoreError> {
        let select = "SELECT first_seq + entries, hash FROM batch ORDER BY first_seq DESC LIMIT 1";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?));
        let found = self.database.connection.query_row(select, [], read).optional();
        found.map(|head| head.unwrap_or((0, [0; 32]))).map_err(|error| self.database.error(&error))
    }

    /// Every batch from the one on that has this entry, until somebody has enough; entries before it may be in the first.
    pub fn batches(
        &self,
        from: u64,
        mut each: impl FnMut(&EntryBatch) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let first = self.first_of_batch(from)?;
        let mut decoder = self.decoder_at(first);
        let mut batch = EntryBatch::new();
        read_records(&self.database, first, |record| {
            if record.is_description() {
                decoder = description(&self.database, &record.body)?;
                return Ok(ControlFlow::Continue(()));
            }
            batch.clear();
            self.decode(&mut decoder, &record.body, &mut batch)?;
            each(&batch)
        })
    }

    /// One entry; `None` if there is none of that number.
    pub fn entry(&self, seq: u64) -> Result<Option<StoredEntry>, StoreError> {
        let Some(blob) = self.blob_of(seq)? else { return Ok(None) };
        self.stored(&blob, seq).map(Some)
    }

    /// Entries before a number (or the newest), newest first, at most [`ENTRIES_PAGE_MAX`].
    pub fn entries_before(&self, before: Option<u64>, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        let mut next = before.unwrap_or(u64::MAX).min(self.entries()?);
        let mut found = Vec::new();
        while found.len() < limit.min(ENTRIES_PAGE_MAX) && next > 0 {
            let Some(blob) = self.blob_of(next - 1)? else { break };
            let first = Blob::new(&blob)
                .map_err(|error| damaged(&self.database, next - 1, &error.to_string()))?
                .first;
            while found.len() < limit.min(ENTRIES_PAGE_MAX) && next > first {
                next -= 1;
                found.push(self.stored(&blob, next)?);
            }
        }
        Ok(found)
    }

    /// Movements of an account, newest first, from the one at this position on; at most [`MOVEMENTS_PAGE_MAX`]. None if no movement
    /// of that account stands there.
    pub fn movements(
        &self,
        account: Account,
        from: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Movement>, StoreError> {
        let (mut found, mut next) = (Vec::new(), from);
        let mut run: Vec<Movement> = Vec::new();
        while let Some(position) = next.filter(|_| found.len() < limit.min(MOVEMENTS_PAGE_MAX)) {
            if run.first().is_none_or(|first| position < first.position) {
                run = self.run_of(position)?;
            }
            let at =
                run.first().and_then(|first| usize::try_from(position.checked_sub(first.position)?).ok());
            let movement = at.and_then(|at| run.get(at)).filter(|movement| movement.account == account);
            let movement = match movement {
                Some(movement) => *movement,
                None if found.is_empty() => break,
                None => return Err(StoreFault::Chain { file: &self.database.file(), position }.into()),
            };
            found.push(movement);
            next = movement.previous;
        }
        Ok(found)
    }

    fn run_of(&self, position: u64) -> Result<Vec<Movement>, StoreError> {
        let known = self.read_run_of(position)?;
        if let Some(run) = known {
            return Ok(run);
        }
        // It may name a kind of account that had no number when they were last read.
        *self.kinds.borrow_mut() = account_kinds(&self.database)?;
        let run = self.read_run_of(position)?;
        run.ok_or_else(|| StoreFault::Chain { file: &self.database.file(), position }.into())
    }

    fn read_run_of(&self, position: u64) -> Result<Option<Vec<Movement>>, StoreError> {
        let select = "SELECT first_position, first_seq, body FROM movement_run \
                      WHERE first_position <= ?1 ORDER BY first_position DESC LIMIT 1";
        let read = || {
            let mut statement = self.database.connection.prepare_cached(select)?;
            statement.query_row([number(position)], |row| {
                let (first, seq): (i64, i64) = (row.get(0)?, row.get(1)?);
                let body = row.get_ref(2)?.as_blob()?;
                let kinds = self.kinds.borrow();
                Ok(read_run((first.cast_unsigned(), seq.cast_unsigned()), body, &kinds))
            })
        };
        Ok(read().optional().map_err(|error| self.database.error(&error))?.flatten())
    }

    /// Where the batch with this entry begins.
    fn first_of_batch(&self, seq: u64) -> Result<u64, StoreError> {
        let select = "SELECT coalesce(max(first_seq), 0) FROM batch WHERE first_seq <= ?1";
        let first = self.database.connection.query_row(select, [number(seq)], |row| row.get::<_, i64>(0));
        first.map(i64::cast_unsigned).map_err(|error| self.database.error(&error))
    }

    fn blob_of(&self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let select = "SELECT body, first_seq + entries FROM batch \
                      WHERE first_seq <= ?1 ORDER BY first_seq DESC LIMIT 1";
        let read = || {
            let mut statement = self.database.connection.prepare_cached(select)?;
            let found = statement.query_row([number(seq)], |row| {
                let end: i64 = row.get(1)?;
                Ok(if seq < end.cast_unsigned() { Some(row.get(0)?) } else { None })
            });
            found.optional().map(Option::flatten)
        };
        read().map_err(|error| self.database.error(&error))
    }

    fn stored(&self, blob: &[u8], seq: u64) -> Result<StoredEntry, StoreError> {
        let damaged = |error: &str| damaged(&self.database, seq, error);
        let blob = Blob::new(blob).map_err(|error| damaged(&error.to_string()))?;
        let entry = blob.entry(seq).map_err(|error| damaged(&error.to_string()))?;
        let entry = entry.ok_or_else(|| damaged("the entry is not in it"))?;
        let alone = batch_of_one(blob.format, blob.rules, seq, entry);
        let mut stored = StoredEntry::default();
        let mut decoder = self.decoder_at(seq);
        self.decode(&mut decoder, &alone, &mut stored.batch)?;
        Ok(stored)
    }

    /// By the description that holds for the batch with this entry.
    fn decoder_at(&self, seq: u64) -> BlobDecoder {
        let last = self.decoders.iter().rfind(|(first_seq, _)| *first_seq <= seq);
        last.map_or_else(BlobDecoder::new, |(_, decoder)| decoder.clone())
    }

    fn decode(
        &self,
        decoder: &mut BlobDecoder,
        blob: &[u8],
        into: &mut EntryBatch,
    ) -> Result<(), StoreError> {
        decoder
            .decode(blob, into)
            .map_err(|(seq, error)| damaged(&self.database, seq.unwrap_or(0), &error.to_string()))
    }
}
