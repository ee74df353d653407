//! Funding rounds and deposits into funds (FUND-1, 12.8).

use crate::amount::{AMOUNT_MAX, Money};
use crate::command::Command;
use crate::engine::Engine;
use crate::event::Event;
use crate::id::Id;
use crate::ledger::{Account, AccountKind};
use crate::rejection::Rejection;

impl Engine {
    /// `fund.deposit`. Refuses: limit_reached, amount_not_positive, fund_unknown (ADMALL-1).
    pub(crate) fn deposit_fund(&mut self, fund: &Id, amount: Money, source: &Id) -> Result<(), Rejection> {
        if amount.minor() > AMOUNT_MAX || !self.has_room_for(amount) {
            return Err(Rejection::LimitReached);
        }
        if amount.is_zero() {
            return Err(Rejection::AmountNotPositive);
        }
        let funds = &self.state.plan.split.funds;
        let place =
            funds.iter().position(|known| known.name == fund.as_str()).ok_or(Rejection::FundUnknown)?;
        let fund = u32::try_from(place).expect("at most FUNDS_MAX funds");
        self.post_out(AccountKind::Bank, amount);
        self.post(Account { kind: AccountKind::Fund, of: fund }, i128::from(amount.minor()));
        self.commit(Event::FundDeposited { fund, amount, source: source.clone() });
        Ok(())
    }

    /// `fund.round`
    pub(crate) fn open_round(&mut self, _command: &Command) -> Result<(), Rejection> {
        Err(Rejection::NoFunding)
    }

    /// A day of a round.
    pub(crate) fn stream_round(&mut self, _round: u32) {}
}
