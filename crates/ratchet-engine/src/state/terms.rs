//! What the state needs to know of the rules to keep its indexes: set by events, never read from the plan.

use crate::event::CapTerms;
use crate::time::{Day, Timestamp};

/// A local day that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) struct LocalDay {
    pub(crate) day: Day,
    /// The midnight after it.
    pub(crate) ends_at: Timestamp,
}

/// Terms that events have set, as they are now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) struct Terms {
    /// When caps are reached (POOL-6): what the exit queue is sorted by.
    pub(crate) caps: Option<CapTerms>,
    /// The day on which what is counted by days counts, if one has begun.
    pub(crate) today: Option<LocalDay>,
}
