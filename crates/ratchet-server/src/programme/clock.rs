//! Clocks (CLOCK-1, CLOCK-2).

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use ratchet_engine::time::Timestamp;

/// A clock: what a programme's commands are stamped by. A simulation has its own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's; before 1970 and after the end of time it stands still.
    pub fn machine() -> Clock {
        Clock::of(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let us = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
            Timestamp::from_us(us).unwrap_or(Timestamp::MAX)
        })
    }

    /// One that says what a function says.
    pub fn of(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Clock {
        Clock(Arc::new(now))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Clock({})", self.now())
    }
}

/// Which clock a programme goes by, chosen at its creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockKind {
    /// The server's (CLOCK-1).
    Machine,
    /// Its own, from this moment; it stands still until it is advanced (CLOCK-2). Sandboxes only.
    Own {
        /// When it begins.
        start: Timestamp,
    },
}

/// How a programme's clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockView {
    /// The programme's time.
    pub now: Timestamp,
    /// Which clock.
    pub kind: ClockKind,
    /// When the next due work is.
    pub next_due: Option<Timestamp>,
    /// When the next order settles, contribution is taken up or batch of sales executes.
    pub next_settlement: Option<Timestamp>,
    /// Where an advance that is running leads.
    pub advancing_to: Option<Timestamp>,
}
