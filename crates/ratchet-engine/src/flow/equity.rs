//! Shares for points (EQUITY-1).

use crate::amount::Points;
use crate::engine::Engine;
use crate::id::Id;
use crate::rejection::Rejection;
use crate::time::Timestamp;

impl Engine {
    /// `equity.open`
    pub(crate) fn open_window(
        &mut self,
        _window: &Id,
        _shares: u32,
        _price: Points,
        _closes_at: Timestamp,
    ) -> Result<(), Rejection> {
        Err(Rejection::NoEquity)
    }

    /// `equity.commit`
    pub(crate) fn commit_points(
        &mut self,
        _commitment: &Id,
        _window: &Id,
        _member: &Id,
        _points: Points,
    ) -> Result<(), Rejection> {
        Err(Rejection::NoEquity)
    }

    /// `equity.allot`
    pub(crate) fn allot_shares(
        &mut self,
        _allotment: &Id,
        _member: &Id,
        _shares: u32,
    ) -> Result<(), Rejection> {
        Err(Rejection::NoEquity)
    }

    /// A window closes.
    pub(crate) fn close_window(&mut self, _window: u32) {}
}
