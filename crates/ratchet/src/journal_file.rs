//! Journals as files: written in the form that the name says (`.rj`: binary), read in the form that they have.

use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use ratchet_engine::command::Envelope;
use ratchet_engine::engine::Engine;
use ratchet_engine::hash::Hash32;
use ratchet_engine::journal::binary::{MAGIC, RECORD_BYTES_MAX};
use ratchet_engine::journal::{
    BinaryReader, BinaryWriter, EntryBatch, JournalError, JournalFault, Reader, Writer,
};
use ratchet_engine::message::System;
use ratchet_sim::fault::FileFault;
use ratchet_sim::progress::{Phase, Progress};

use crate::files::{self, Output};
use crate::lines::Lines;
use crate::progress::Bar;
use crate::{Failure, Lang};

/// Longest line: an entry may hold a cascade of millions of exits.
const LINE_BYTES_MAX: u64 = 1 << 32;
/// Batches on their way from the thread that reads to the one that applies.
const BATCHES: usize = 4;

/// A journal file being written.
pub(crate) struct Journal {
    output: Output,
    writer: Form,
    buffer: Vec<u8>,
}

enum Form {
    Text(Writer),
    Binary(Box<BinaryWriter>),
}

/// Whether a name says the binary form.
pub(crate) fn is_binary(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rj")
}

impl Journal {
    pub(crate) fn create(path: &Path) -> Result<Journal, Failure> {
        let writer = if is_binary(path) { Form::Binary(Box::default()) } else { Form::Text(Writer::new()) };
        Ok(Journal { output: Output::create(path)?, writer, buffer: Vec::new() })
    }

    /// The entries of the engine's last call; `envelope` is its command, none after the genesis.
    pub(crate) fn write(&mut self, engine: &Engine, envelope: Option<&Envelope>) -> std::io::Result<()> {
        self.buffer.clear();
        match &mut self.writer {
            Form::Text(writer) => writer.write(engine, envelope, &mut self.buffer),
            Form::Binary(writer) => writer.write(engine, envelope, &mut self.buffer),
        }
        self.output.write_all(&self.buffer)
    }

    /// Entries of another journal, of a programme that this engine has come to.
    pub(crate) fn write_batch(&mut self, engine: &Engine, batch: &EntryBatch) -> std::io::Result<()> {
        self.buffer.clear();
        match &mut self.writer {
            Form::Text(writer) => {
                writer.write_batch(batch, &engine.plan().programme.currency, &mut self.buffer);
            }
            Form::Binary(writer) => writer.write_batch(batch, &mut self.buffer),
        }
        self.output.write_all(&self.buffer)
    }

    /// Lets the finished file appear; the engine is what it came to.
    pub(crate) fn persist(mut self, engine: &Engine) -> Result<(), Failure> {
        if let Form::Binary(writer) = &mut self.writer {
            self.buffer.clear();
            writer.finish(engine, &mut self.buffer);
            self.output
                .write_all(&self.buffer)
                .map_err(|error| Failure::usage(FileFault::NothingWritten { error: System(&error) }))?;
        }
        self.output.persist()
    }
}

/// Why reading a journal ended early.
pub(crate) enum Broken {
    /// The file cannot be read, or is no journal at all.
    File(Failure),
    /// It is one that does not fit.
    Journal(JournalError),
}

impl From<JournalError> for Broken {
    fn from(error: JournalError) -> Broken {
        Broken::Journal(error)
    }
}

impl Broken {
    /// As the failure of a task that needs an intact journal.
    pub(crate) fn failure(self, say: impl FnOnce(&JournalError) -> Failure) -> Failure {
        match self {
            Broken::File(failure) => failure,
            Broken::Journal(error) => say(&error),
        }
    }
}

/// What was read of a journal when all of it was.
#[derive(Default)]
pub(crate) struct End {
    /// The hash of the last line or record.
    pub(crate) head: String,
    /// Of a binary journal: the root of the tree over its entries.
    pub(crate) root: Option<String>,
    /// Of a binary journal: the hash of the last record of entries, which a server names without closing its journal.
    pub(crate) entries_head: Option<String>,
    reader: Option<Box<BinaryReader>>,
}

impl End {
    /// Whether the state that a binary journal led to is the one its closing record names.
    pub(crate) fn check(&self, engine: &Engine) -> Result<(), JournalError> {
        self.reader.as_ref().map_or(Ok(()), |reader| reader.check(engine))
    }
}

/// Reads a journal in either form, by what it contains. `each` is given the entries with the line or record they stand in,
/// on the caller's thread while another one reads on; it says whether to go on.
pub(crate) fn read(
    path: &Path,
    lang: Lang,
    each: &mut dyn FnMut(&EntryBatch, u64) -> Result<bool, Broken>,
) -> Result<End, Broken> {
    let mut bar = Bar::new(lang);
    read_with(path, &mut |progress| bar.report(progress), each)
}

/// The same with a bar of the caller's.
pub(crate) fn read_with(
    path: &Path,
    progress: &mut dyn FnMut(Progress),
    each: &mut dyn FnMut(&EntryBatch, u64) -> Result<bool, Broken>,
) -> Result<End, Broken> {
    let name = path.display().to_string();
    let mut file = files::open(path).map_err(Broken::File)?;
    let total = file.metadata().map_or(0, |metadata| metadata.len());
    let mut first = Vec::new();
    let unreadable = |error: std::io::Error| {
        Broken::File(Failure::usage(FileFault::ReadFailed { file: &name, error: System(&error) }))
    };
    (&mut file).take(MAGIC.len() as u64).read_to_end(&mut first).map_err(unreadable)?;
    let is_binary = first == MAGIC;
    let (to_each, batches) = sync_channel(BATCHES);
    let (give_back, used) = channel();
    std::thread::scope(|scope| {
        let name = &name;
        let reading = scope.spawn(move || {
            if is_binary {
                read_records(file, name, &to_each, &used)
            } else {
                read_lines(Cursor::new(first).chain(file), name, &to_each, &used)
            }
        });
        let mut taken = Ok(());
        let mut stopped = false;
        for (number, (batch, line, done)) in batches.iter().enumerate() {
            match each(&batch, line) {
                Ok(true) => {}
                Ok(false) => {
                    stopped = true;
                    break;
                }
                Err(error) => {
                    taken = Err(error);
                    break;
                }
            }
            if is_binary || number % 1_024 == 0 {
                progress(Progress { phase: Phase::Running, done, total });
            }
            // Nobody waits for it where the reader has come to the end.
            let _ = give_back.send(batch);
        }
        // The reader stops when it cannot send.
        drop(batches);
        let read = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        taken?;
        if stopped { Ok(End::default()) } else { read }
    })
}

type Batches = SyncSender<(EntryBatch, u64, u64)>;

fn read_lines(
    source: impl Read,
    name: &str,
    to_each: &Batches,
    used: &Receiver<EntryBatch>,
) -> Result<End, Broken> {
    let mut lines = Lines::new(source, name, LINE_BYTES_MAX);
    let mut reader = Reader::new();
    while let Some((number, line)) = lines.next().map_err(Broken::File)? {
        let mut batch = used.try_recv().unwrap_or_default();
        reader.read(line, &mut batch)?;
        if to_each.send((batch, number, lines.bytes_read())).is_err() {
            break;
        }
    }
    Ok(End { head: Hash32::new(reader.head()).to_string(), root: None, entries_head: None, reader: None })
}

fn read_records(
    source: impl Read,
    name: &str,
    to_each: &Batches,
    used: &Receiver<EntryBatch>,
) -> Result<End, Broken> {
    let mut source = std::io::BufReader::with_capacity(1 << 16, source);
    let mut reader = BinaryReader::new();
    let (mut content, mut done, mut record) = (Vec::new(), MAGIC.len() as u64, 0);
    let unreadable = |error: std::io::Error| {
        Broken::File(Failure::usage(FileFault::ReadFailed { file: name, error: System(&error) }))
    };
    loop {
        record += 1;
        let cut_off = || {
            Broken::Journal(JournalError { line: record, seq: None, reason: JournalFault::CutOff {}.into() })
        };
        let mut bytes_of = |count: u64, into: &mut Vec<u8>| {
            into.clear();
            // Memory is taken as bytes come: the length is only a claim.
            source.by_ref().take(count).read_to_end(into).map_err(unreadable)
        };
        let read = bytes_of(8, &mut content)?;
        if read == 0 {
            break;
        }
        let length = u64::from_le_bytes(content.as_slice().try_into().map_err(|_| cut_off())?);
        if length > RECORD_BYTES_MAX {
            let reason = JournalFault::RecordTooLong { bytes: length, most: RECORD_BYTES_MAX }.into();
            return Err(Broken::Journal(JournalError { line: record, seq: None, reason }));
        }
        if bytes_of(length, &mut content)? as u64 != length {
            return Err(cut_off());
        }
        let mut hash = Vec::new();
        bytes_of(32, &mut hash)?;
        let hash = hash.as_slice().try_into().map_err(|_| cut_off())?;
        let mut batch = used.try_recv().unwrap_or_default();
        done += 8 + length + 32;
        if let Err(error) = reader.record(&content, hash, &mut batch) {
            // The entries before the one that cannot be read come first: one of them may not fit.
            let _ = to_each.send((batch, record, done));
            return Err(error.into());
        }
        if to_each.send((batch, record, done)).is_err() {
            return Ok(End::default());
        }
    }
    let entries_head = reader.finish()?.head.clone();
    let (head, tree) = reader.head();
    Ok(End {
        head: Hash32::new(head).to_string(),
        root: Some(Hash32::new(tree.root()).to_string()),
        entries_head: Some(entries_head),
        reader: Some(Box::new(reader)),
    })
}
