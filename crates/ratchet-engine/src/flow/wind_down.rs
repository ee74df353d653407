//! The orderly end of a programme (WIND-1).

use crate::engine::Engine;
use crate::id::Id;
use crate::rejection::Rejection;
use crate::time::Timestamp;

impl Engine {
    /// `wind_down.propose`
    pub(crate) fn propose_wind_down(
        &mut self,
        _wind_down: &Id,
        _closes_at: Timestamp,
        _reason: &str,
        _by: &Id,
    ) -> Result<(), Rejection> {
        Err(Rejection::LimitReached)
    }

    /// `wind_down.approve`
    pub(crate) fn approve_wind_down(&mut self, _wind_down: &Id, _by: &Id) -> Result<(), Rejection> {
        Err(Rejection::WindDownUnknown)
    }

    /// The date has come.
    pub(crate) fn wind_down(&mut self) {}
}
