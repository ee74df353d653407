//! What the threads and the handles of one programme share.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;

use ratchet_engine::time::Timestamp;
use ratchet_store::{JournalReader, OwnClock, ProgrammeFiles, ReadModels, Store, StoreError, Waking};
use tokio::sync::{Semaphore, watch};

use super::commits::Commits;
use super::queue::Queue;
use super::{Clock, Settings, Unavailable, writer};

/// Most connections of each kind that are kept for the next who reads.
const READERS_KEPT: usize = 8;

/// Most programmes that are being loaded at once: after a crash all may have to be.
const LOADING_MAX: usize = 4;

/// Turns for loading, shared by all programmes of a server.
#[derive(Debug, Default)]
pub(super) struct Loading {
    running: Mutex<usize>,
    ended: Condvar,
}

impl Loading {
    /// Does something when it is its turn.
    pub(super) fn in_turn<T>(&self, load: impl FnOnce() -> T) -> T {
        let mut running = lock(&self.running);
        while *running >= LOADING_MAX {
            running = self.ended.wait(running).expect("nothing panics while it is locked");
        }
        *running += 1;
        drop(running);
        let _turn = Turn(self);
        load()
    }
}

/// Ends a turn, even by a panic.
struct Turn<'a>(&'a Loading);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *lock(&self.0.running) -= 1;
        self.0.ended.notify_one();
    }
}

/// What all programmes of a server have in common.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) store: Arc<Store>,
    pub(super) clock: Clock,
    pub(super) settings: Settings,
    pub(super) loading: Arc<Loading>,
    pub(super) commits: Arc<Commits>,
}

/// One programme, loaded or not.
pub(super) struct Slot {
    pub(super) id: String,
    pub(super) files: ProgrammeFiles,
    pub(super) own_clock: OwnClock,
    /// Of the hashes of ids and keys.
    pub(super) seed: u64,
    pub(super) shared: Shared,
    pub(super) queue: Queue,
    pub(super) durable: watch::Sender<u64>,
    pub(super) projected: watch::Sender<u64>,
    pub(super) stop_advancing: AtomicBool,
    /// One entry at a time is explained, which reads the whole journal before it.
    pub(super) explaining: Semaphore,
    thread: Mutex<Thread>,
    handle: Mutex<Option<JoinHandle<()>>>,
    /// Told when the thread has ended.
    ended: Condvar,
    read_only: Mutex<Option<String>>,
    rows_failed: Mutex<Option<String>>,
    advancing: Mutex<Option<Timestamp>>,
    readers: Mutex<Vec<JournalReader>>,
    rows: Mutex<Vec<ReadModels>>,
}

/// Whether a programme has its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thread {
    Asleep(Waking),
    Runs,
    Ended,
}

impl Slot {
    pub(super) fn new(
        files: ProgrammeFiles,
        (own_clock, seed): (OwnClock, u64),
        waking: Waking,
        shared: Shared,
    ) -> Slot {
        Slot {
            id: files.id().to_owned(),
            files,
            own_clock,
            seed,
            queue: Queue::new(shared.settings.queue_max),
            shared,
            durable: watch::Sender::new(0),
            projected: watch::Sender::new(0),
            stop_advancing: AtomicBool::new(false),
            explaining: Semaphore::new(1),
            thread: Mutex::new(Thread::Asleep(waking)),
            handle: Mutex::default(),
            ended: Condvar::new(),
            read_only: Mutex::default(),
            rows_failed: Mutex::default(),
            advancing: Mutex::default(),
            readers: Mutex::default(),
            rows: Mutex::default(),
        }
    }

    /// Loads the programme if it is not.
    pub(super) fn wake(self: &Arc<Slot>) {
        let mut thread = lock(&self.thread);
        if let Thread::Asleep(_) = *thread {
            let slot = Arc::clone(self);
            let name = format!("write {}", self.id);
            let started = std::thread::Builder::new().name(name).spawn(move || writer::run(&slot));
            match started {
                Ok(started) => {
                    // The one before has left the files and is about to end.
                    *lock(&self.handle) = Some(started);
                    *thread = Thread::Runs;
                }
                Err(error) => {
                    // Whoever waits is told to come again, and that tries again.
                    tracing::error!(programme = self.id, %error, "there is no thread for the programme");
                    drop(self.queue.take_all());
                }
            }
        }
    }

    /// When it has to be loaded, if it is not.
    pub(super) fn waking(&self) -> Option<Waking> {
        match *lock(&self.thread) {
            Thread::Asleep(waking) => Some(waking),
            Thread::Runs | Thread::Ended => None,
        }
    }

    /// Ends the thread's life unless something has come meanwhile; says whether. `finish` leaves the journal.
    pub(super) fn falls_asleep(&self, next_due: Option<Timestamp>, finish: impl FnOnce()) -> bool {
        let mut thread = lock(&self.thread);
        if !self.queue.is_empty() {
            return false;
        }
        finish();
        self.note_sleep(next_due);
        *thread = Thread::Asleep(next_due.map_or(Waking::Used, Waking::At));
        self.ended.notify_all();
        true
    }

    /// The thread has stopped in order.
    pub(super) fn ended(&self, next_due: Option<Timestamp>) {
        self.note_sleep(next_due);
        self.set_ended();
    }

    fn note_sleep(&self, next_due: Option<Timestamp>) {
        if let Err(error) = self.shared.store.put_to_sleep(&self.id, next_due) {
            // The next start loads it to find out.
            tracing::warn!(programme = self.id, %error, "the next due time was not kept");
        }
    }

    fn set_ended(&self) {
        *lock(&self.thread) = Thread::Ended;
        self.ended.notify_all();
    }

    /// Nothing can be done with it any more until the server starts again.
    pub(super) fn give_up(&self) {
        self.queue.close();
        self.set_ended();
    }

    /// Tells the thread to stop and waits until it has.
    pub(super) fn stop(&self) {
        self.queue.stop();
        let mut thread = lock(&self.thread);
        while *thread == Thread::Runs {
            thread = self.ended.wait(thread).expect("nothing panics while it is locked");
        }
        *thread = Thread::Ended;
        drop(thread);
        let handle = lock(&self.handle).take();
        if let Some(handle) = handle {
            // It catches its own panics.
            handle.join().ok();
        }
    }

    /// It takes no commands from now on, and somebody should look at it.
    pub(super) fn fail(&self, reason: &str) {
        metrics::counter!("ratchet_alarms_total", "alarm" => "read_only").increment(1);
        tracing::error!(programme = self.id, reason, "the programme is read-only");
        lock(&self.read_only).get_or_insert_with(|| reason.to_owned());
    }

    pub(super) fn take_commands_again(&self) {
        tracing::info!(programme = self.id, "the programme takes commands again");
        *lock(&self.read_only) = None;
    }

    pub(super) fn read_only_reason(&self) -> Option<String> {
        lock(&self.read_only).clone()
    }

    /// What somebody is told whose question was lost.
    pub(super) fn read_only(&self) -> Unavailable {
        match self.read_only_reason() {
            Some(reason) => Unavailable::ReadOnly { reason },
            None => Unavailable::Busy { retry_after_s: 1 },
        }
    }

    /// The rows are no longer made, until the programme is loaded again.
    pub(super) fn rows_failed(&self, reason: &str) {
        metrics::counter!("ratchet_alarms_total", "alarm" => "rows_failed").increment(1);
        tracing::error!(programme = self.id, reason, "the read models are no longer made");
        *lock(&self.rows_failed) = Some(reason.to_owned());
    }

    /// What somebody is told who waited for rows that did not come.
    pub(super) fn rows_behind(&self) -> Unavailable {
        match lock(&self.rows_failed).clone() {
            Some(reason) => Unavailable::Storage { reason },
            None => Unavailable::Busy { retry_after_s: 1 },
        }
    }

    pub(super) fn is_durable(&self, entries: u64) {
        self.durable.send_replace(entries);
    }

    pub(super) fn set_advancing(&self, to: Option<Timestamp>) {
        *lock(&self.advancing) = to;
    }

    pub(super) fn advancing_to(&self) -> Option<Timestamp> {
        *lock(&self.advancing)
    }

    pub(super) fn take_reader(&self) -> Result<JournalReader, StoreError> {
        let kept = lock(&self.readers).pop();
        kept.map_or_else(|| JournalReader::open(&self.files), Ok)
    }

    pub(super) fn give_reader_back(&self, reader: JournalReader) {
        give_back(&self.readers, reader);
    }

    pub(super) fn take_rows(&self) -> Result<ReadModels, StoreError> {
        let kept = lock(&self.rows).pop();
        kept.map_or_else(|| ReadModels::open(&self.files), Ok)
    }

    pub(super) fn give_rows_back(&self, rows: ReadModels) {
        give_back(&self.rows, rows);
    }
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Slot").field("id", &self.id).finish_non_exhaustive()
    }
}

fn give_back<T>(kept: &Mutex<Vec<T>>, reader: T) {
    let mut kept = lock(kept);
    if kept.len() < READERS_KEPT {
        kept.push(reader);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it is locked")
}
