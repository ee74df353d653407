//! The orderly end of a programme: proposals, and how far it has come (WIND-1 to WIND-4).

use crate::amount::{Money, Points};
use crate::id::{Id, LineNo, MemberNo};
use crate::ledger::Points96;
use crate::time::Timestamp;
use crate::undo::{Column, Table, undo_fields};

/// How far the end has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, ratchet_wire_derive::Snapshot)]
pub enum WindDownPhase {
    /// The programme runs.
    #[default]
    None,
    /// The end is approved: nothing new is begun.
    Announced,
    /// The pool was paid out: only withdrawals go on.
    Done,
}

/// A proposal to end the programme.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct WindDownProposal {
    pub(crate) closes_at: Timestamp,
    pub(crate) reason: String,
    pub(crate) by: Id,
}

/// The end of a programme.
#[derive(Clone, Debug, Default)]
pub(crate) struct WindDown {
    pub(crate) phase: WindDownPhase,
    pub(crate) proposals: Column<WindDownProposal>,
    /// The proposal that was approved.
    pub(crate) approved: Option<u32>,
    /// What went to buyers instead of the pool and was not asked back by a refund, by line (WIND-2b).
    pub(crate) instead: Table<LineNo, Money>,
    /// Who was paid by its points and how many it held, until the residual is shared out (WIND-3).
    pub(crate) holders: Column<(MemberNo, Points96)>,
    /// The sum of these points.
    pub(crate) held: u128,
}

undo_fields!(WindDown { parts: proposals, instead, holders; values: phase, approved, held; });

impl WindDown {
    /// What went to the buyer of a line instead of the pool, less what refunds asked back.
    pub(crate) fn instead(&self, line: LineNo) -> Money {
        self.instead.get(&line).copied().unwrap_or(Money::ZERO)
    }

    /// Somebody is paid by its points.
    pub(crate) fn hold(&mut self, member: MemberNo, points: Points) {
        self.holders.push((member, Points96::new(points.units())));
        self.held += points.units();
    }

    /// When the programme ends, if that is approved.
    pub(crate) fn closes_at(&self) -> Option<Timestamp> {
        let approved = self.proposals.get(crate::id::index(self.approved?))?;
        Some(approved.closes_at)
    }
}
