//! All programmes of a server.

use std::collections::BTreeMap;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use ratchet_engine::engine::Engine;
use ratchet_engine::gate::Admitted;
use ratchet_engine::journal::{EntryBatch, Genesis};
use ratchet_engine::plan::Mode;
use ratchet_store::{Listed, Store, StoreError, StoreFault, Waking};

use super::slot::{Shared, Slot};
use super::{Clock, ClockKind, Programme};

/// Most commands, previews and reads that wait for one programme's writer.
const QUEUE_MAX: usize = 8_192;
/// After how long without use a programme is no longer loaded.
const IDLE_AFTER: Duration = Duration::from_secs(600);
/// How often it is looked whether the due work of a programme has come that is not loaded: the clock may have been set.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// How programmes are run.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Most commands, previews and reads that wait for one programme's writer; more are answered with
    /// [`Unavailable::Busy`](super::Unavailable::Busy).
    pub queue_max: usize,
    /// After how long without use a programme is no longer loaded.
    pub idle_after: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { queue_max: QUEUE_MAX, idle_after: IDLE_AFTER }
    }
}

/// All programmes of one server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Programmes {
    inner: Arc<Inner>,
}

type Slots = Mutex<BTreeMap<String, Arc<Slot>>>;

#[derive(Debug)]
struct Inner {
    shared: Shared,
    slots: Arc<Slots>,
    waker: Mutex<Option<Waker>>,
}

/// The thread that loads programmes whose due work comes.
#[derive(Debug)]
struct Waker {
    /// Dropped, it ends the thread.
    end: Sender<()>,
    thread: JoinHandle<()>,
}

impl Programmes {
    /// The programmes of a store. Those whose due work has come, or whose next due time is not known because the last server
    /// did not stop in order, are loaded at once; the others on first use or when their due work comes.
    pub fn open(store: Arc<Store>, clock: Clock, settings: Settings) -> Result<Programmes, StoreError> {
        let shared = Shared { store, clock, settings, loading: Arc::default(), commits: Arc::default() };
        let mut slots = BTreeMap::new();
        for Listed { id, own_clock, seed, waking } in shared.store.programmes()? {
            let files = shared.store.files(&id);
            let slot = Slot::new(files, (own_clock, seed), waking, shared.clone());
            slots.insert(id, Arc::new(slot));
        }
        let slots = Arc::new(Mutex::new(slots));
        wake_what_is_due(&slots, &shared.clock);
        let waker = start_waker(Arc::clone(&slots), shared.clock.clone());
        Ok(Programmes { inner: Arc::new(Inner { shared, slots, waker: Mutex::new(Some(waker)) }) })
    }

    /// Creates a programme under an id of the caller: lower-case letters, digits and `-`, at most 64, and new.
    pub async fn create(
        &self,
        id: &str,
        plan: impl Into<Admitted>,
        clock: ClockKind,
    ) -> Result<Programme, StoreError> {
        let admitted = plan.into();
        let own_clock = match clock {
            ClockKind::Machine => None,
            ClockKind::Own { start } => Some(start),
        };
        match (admitted.plan().programme.mode, own_clock) {
            (Mode::Live, Some(_)) => return Err(StoreFault::OwnClock { id }.into()),
            (Mode::Sandbox, _) | (Mode::Live, None) => {}
        }
        let (inner, id) = (Arc::clone(&self.inner), id.to_owned());
        let created = tokio::task::spawn_blocking(move || {
            let mut seed = [0; 8];
            getrandom::fill(&mut seed).expect("the operating system has random bytes");
            let seed = u64::from_le_bytes(seed);
            let mut engine = Engine::genesis_with_seed(admitted, seed);
            let mut batch = EntryBatch::new();
            let genesis = Genesis::of(&engine);
            engine.take_entries(&mut batch);
            batch.set_genesis(genesis);
            let (files, _) = inner.shared.store.create_programme(&id, (own_clock, seed), &batch)?;
            let slot = Arc::new(Slot::new(files, (own_clock, seed), Waking::Unknown, inner.shared.clone()));
            lock(&inner.slots).insert(id, Arc::clone(&slot));
            Ok(Programme { slot })
        });
        created.await.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic()))
    }

    /// The programme with this id; it is loaded by its first use.
    pub fn get(&self, id: &str) -> Option<Programme> {
        lock(&self.inner.slots).get(id).map(|slot| Programme { slot: Arc::clone(slot) })
    }

    /// How long at most 99 of 100 of the last thousand commits took; nothing before the first.
    pub fn commit_p99(&self) -> Option<Duration> {
        self.inner.shared.commits.p99()
    }

    /// The ids of all programmes, in order.
    pub fn ids(&self) -> Vec<String> {
        lock(&self.inner.slots).keys().cloned().collect()
    }

    /// Stops in order: what is queued is decided and made durable, later requests get
    /// [`Unavailable::Stopping`](super::Unavailable::Stopping).
    pub async fn stop(&self) {
        let slots: Vec<_> = lock(&self.inner.slots).values().cloned().collect();
        slots.iter().for_each(|slot| slot.queue.stop());
        let waker = self.inner.waker.lock().expect("nothing panics while it is locked").take();
        let stopped = tokio::task::spawn_blocking(move || {
            if let Some(Waker { end, thread }) = waker {
                drop(end);
                thread.join().expect("it only looks at clocks");
            }
            slots.iter().for_each(|slot| slot.stop());
        });
        stopped.await.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic()));
    }
}

fn lock(slots: &Slots) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<Slot>>> {
    slots.lock().expect("nothing panics while the list is locked")
}

/// Loads the programmes whose due work has come, or of which that is not known; says when to look again.
fn wake_what_is_due(slots: &Slots, clock: &Clock) -> Duration {
    let (mut next, now) = (LOOK_AGAIN, clock.now());
    for slot in lock(slots).values() {
        match slot.waking() {
            Some(Waking::Unknown) => slot.wake(),
            Some(Waking::At(due)) if due <= now => slot.wake(),
            Some(Waking::At(due)) => {
                let left_us = u64::try_from(due.us() - now.us()).unwrap_or(0);
                next = next.min(Duration::from_micros(left_us));
            }
            Some(Waking::Used) | None => {}
        }
    }
    next
}

fn start_waker(slots: Arc<Slots>, clock: Clock) -> Waker {
    let (end, ended) = channel();
    let wake = move || {
        loop {
            let next = wake_what_is_due(&slots, &clock);
            match ended.recv_timeout(next) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    };
    let started = std::thread::Builder::new().name("wake".to_owned()).spawn(wake);
    Waker { end, thread: started.expect("the operating system has room for a thread") }
}
