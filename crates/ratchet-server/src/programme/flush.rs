//! The thread that makes batches durable, and lets answers leave.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use ratchet_engine::journal::EntryBatch;
use ratchet_engine::ledger::Account;
use ratchet_engine::message::panic_text;
use ratchet_store::Journal;
use tokio::sync::oneshot;

use super::Slot;

/// Sends an answer.
pub(super) type Release = Box<dyn FnOnce() + Send>;

/// Entries that the writer decided, and the answers that saw them or what was before them.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) entries: EntryBatch,
    /// The number of the next entry after them.
    pub(super) end: u64,
    pub(super) releases: Vec<Release>,
    /// Answered with where the account's chain ends.
    pub(super) last_movements: Vec<(Account, oneshot::Sender<Option<u64>>)>,
}

/// A batch comes back to be filled again; or why it could not be made durable.
pub(super) type Flushed = Result<Box<Batch>, String>;

/// The writer's end.
pub(super) struct Flusher {
    /// Absent once it has finished.
    batches: Option<SyncSender<Box<Batch>>>,
    thread: Option<JoinHandle<()>>,
}

impl Flusher {
    /// Starts the thread, which has the journal from now on.
    pub(super) fn start(slot: Arc<Slot>, journal: Journal) -> std::io::Result<Flusher> {
        let (batches, receiver) = sync_channel(1);
        let name = format!("flush {}", slot.id);
        let thread = std::thread::Builder::new().name(name).spawn(move || run(&slot, journal, &receiver))?;
        Ok(Flusher { batches: Some(batches), thread: Some(thread) })
    }

    /// Hands a batch over; the next one may be once this has come back.
    pub(super) fn hand_over(&self, batch: Box<Batch>) {
        if let Some(batches) = &self.batches {
            // After a failure the thread is gone, and the failure is in the queue already.
            drop(batches.send(batch));
        }
    }

    /// Ends the thread after the batch that it has.
    pub(super) fn finish(&mut self) {
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            // It catches its own panics and tells of them in the queue.
            drop(thread.join());
        }
    }
}

impl Drop for Flusher {
    /// Whoever reads the journal next finds nobody at it.
    fn drop(&mut self) {
        self.finish();
    }
}

fn run(slot: &Slot, mut journal: Journal, batches: &Receiver<Box<Batch>>) {
    for mut batch in batches {
        let began = Instant::now();
        let appended = std::panic::catch_unwind(AssertUnwindSafe(|| journal.append(&batch.entries)))
            .map_or_else(
                |panic| Err(format!("a bug in the store: {}", panic_text(&*panic))),
                |appended| appended.map_err(|error| error.to_string()),
            );
        if let Err(reason) = appended {
            slot.fail(&reason);
            slot.queue.push_flushed(Err(reason));
            return;
        }
        if !batch.entries.is_empty() {
            let took = began.elapsed();
            slot.shared.commits.add(took);
            metrics::histogram!("ratchet_commit_seconds").record(took);
            metrics::counter!("ratchet_entries_total").increment(batch.entries.len() as u64);
            slot.is_durable(batch.end);
        }
        batch.releases.drain(..).for_each(|release| release());
        for (account, answer) in batch.last_movements.drain(..) {
            // Whoever asked may have gone away.
            answer.send(journal.last_movement(account)).ok();
        }
        batch.entries.clear();
        slot.queue.push_flushed(Ok(batch));
    }
}
