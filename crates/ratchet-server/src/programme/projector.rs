//! The thread that makes rows behind the journal.

use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use ratchet_engine::message::panic_text;
use ratchet_store::{Projector, StoreError};
use tokio::sync::oneshot;

use super::Slot;

/// Few entries cost nearly as much as many: after fewer than [`PAUSE_BELOW`] the next ones may come together.
const PAUSE: Duration = Duration::from_millis(5);
const PAUSE_BELOW: u64 = 1_000;

/// Lives as long as its programme is loaded.
pub(super) struct Projection {
    /// Dropped, it ends the thread.
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Projection {
    pub(super) fn start(slot: &Arc<Slot>) -> std::io::Result<Projection> {
        let (end, ended) = oneshot::channel();
        let slot = Arc::clone(slot);
        let name = format!("rows {}", slot.id);
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            let projected = std::panic::catch_unwind(AssertUnwindSafe(|| run(&slot, ended)));
            match projected {
                Ok(Ok(())) => {}
                Ok(Err(error)) => slot.rows_failed(&error.to_string()),
                Err(panic) => slot.rows_failed(&format!("a bug: {}", panic_text(&*panic))),
            }
        })?;
        Ok(Projection { end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Projection {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // It catches its own panics.
            drop(thread.join());
        }
    }
}

fn run(slot: &Slot, mut ended: oneshot::Receiver<()>) -> Result<(), StoreError> {
    let waiting = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let waiting = waiting.expect("a runtime that only waits needs nothing of the system");
    let mut durable = slot.durable.subscribe();
    let mut projector = Projector::open(&slot.files)?;
    slot.projected.send_replace(projector.entries());
    loop {
        // What comes from here on is seen by the wait below.
        durable.mark_unchanged();
        let began = projector.entries();
        while projector.catch_up()? == ControlFlow::Continue(()) {
            slot.projected.send_replace(projector.entries());
            if ended.try_recv() != Err(oneshot::error::TryRecvError::Empty) {
                return Ok(());
            }
        }
        let is_little = (1..PAUSE_BELOW).contains(&(projector.entries() - began));
        let has_more = waiting.block_on(async {
            if is_little {
                tokio::time::sleep(PAUSE).await;
            }
            tokio::select! {
                changed = durable.changed() => changed.is_ok(),
                _ = &mut ended => false,
            }
        });
        if !has_more {
            return Ok(());
        }
    }
}
