//! A journal as a file that needs no store: both forms of `docs/spec/journal.md`, which `ratchet verify` takes.

use std::io::Write;
use std::ops::ControlFlow;

use ratchet_engine::engine::Engine;
use ratchet_engine::journal::binary::MAGIC;
use ratchet_engine::journal::{BinaryReader, BinaryWriter, EntryBatch, Writer};

use crate::fault::{StoreError, StoreFault};
use crate::journal::{read_records, replay, take_record};
use crate::store::ProgrammeFiles;

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalForm {
    /// Records as they are stored.
    Binary,
    /// Hash-chained JSON Lines, with a chain of their own.
    Json,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Exported {
    /// How many entries.
    pub entries: u64,
    /// The state that they lead to.
    pub state: Engine,
}

impl ProgrammeFiles {
    /// Writes the journal as it is durable now; a writer may go on meanwhile. It is read from its first entry and applied, so that what
    /// is written is known to be whole.
    pub fn export(&self, form: JournalForm, out: &mut dyn Write) -> Result<Exported, StoreError> {
        let file = self.journal().display().to_string();
        let database = self.disk.open_to_read(&self.journal())?;
        let mut state = None;
        let (mut reader, mut batch) = (BinaryReader::new(), EntryBatch::new());
        let (mut lines, mut bytes) = (Writer::new(), Vec::new());
        let mut write = |bytes: &[u8]| out.write_all(bytes).map_err(|error| StoreError::output(&error));
        if form == JournalForm::Binary {
            write(MAGIC)?;
        }
        read_records(&database, 0, |record| {
            take_record(&database, &mut reader, &record, &mut batch)?;
            replay(&batch, None, &file, &mut state)?;
            bytes.clear();
            match (form, &state) {
                (JournalForm::Binary, _) => {
                    bytes.extend_from_slice(&(record.body.len() as u64).to_le_bytes());
                    bytes.extend_from_slice(&record.body);
                    bytes.extend_from_slice(&record.hash);
                }
                (JournalForm::Json, Some(state)) => {
                    lines.write_batch(&batch, &state.plan().programme.currency, &mut bytes);
                }
                (JournalForm::Json, None) => {}
            }
            write(&bytes)?;
            Ok(ControlFlow::Continue(()))
        })?;
        let (head, tree) = reader.head();
        let entries = tree.size();
        let no_genesis = || StoreError::from(StoreFault::Order { file: &file, expected: 0, found: entries });
        let state = state.ok_or_else(no_genesis)?;
        if form == JournalForm::Binary {
            bytes.clear();
            BinaryWriter::resume(head, tree.clone()).finish(&state, &mut bytes);
            write(&bytes)?;
        }
        Ok(Exported { entries, state })
    }
}
