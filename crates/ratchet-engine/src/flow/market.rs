//! The internal market (MKT-1, MKT-2).

use crate::amount::Money;
use crate::command::{Side, TimeInForce};
use crate::engine::Engine;
use crate::id::Id;
use crate::rejection::Rejection;

impl Engine {
    /// `market.offer`
    pub(crate) fn offer(
        &mut self,
        _offer: &Id,
        _member: &Id,
        _terms: (Side, Money, u32),
        _time_in_force: TimeInForce,
    ) -> Result<(), Rejection> {
        Err(Rejection::NoMarket)
    }

    /// `market.cancel`
    pub(crate) fn cancel_offer(&mut self, _offer: &Id) -> Result<(), Rejection> {
        Err(Rejection::NoMarket)
    }

    /// `market.halt`
    pub(crate) fn halt_market(&mut self, _reason: &str) -> Result<(), Rejection> {
        Err(Rejection::NoMarket)
    }

    /// `market.resume`
    pub(crate) fn resume_market(&mut self) -> Result<(), Rejection> {
        Err(Rejection::NoMarket)
    }
}
