//! Funding rounds and deposits into funds (FUND-1, 12.8).

use crate::amount::Money;
use crate::command::Command;
use crate::engine::Engine;
use crate::id::Id;
use crate::rejection::Rejection;

impl Engine {
    /// `fund.deposit`
    pub(crate) fn deposit_fund(&mut self, _fund: &Id, _amount: Money, _source: &Id) -> Result<(), Rejection> {
        Err(Rejection::FundUnknown)
    }

    /// `fund.round`
    pub(crate) fn open_round(&mut self, _command: &Command) -> Result<(), Rejection> {
        Err(Rejection::NoFunding)
    }

    /// A day of a round.
    pub(crate) fn stream_round(&mut self, _round: u32) {}
}
