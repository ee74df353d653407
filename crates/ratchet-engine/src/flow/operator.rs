//! What the operator pays in of what it advanced, and takes out of what was recovered since (ORDER-6h).

use crate::amount::{AMOUNT_MAX, Money};
use crate::engine::Engine;
use crate::event::Event;
use crate::id::Id;
use crate::ledger::AccountKind;
use crate::rejection::Rejection;

impl Engine {
    /// `operator.pay`. Refuses: limit_reached, amount_not_positive, exceeds_operator_due.
    pub(crate) fn pay_operator_due(&mut self, amount: Money, actor: &Id) -> Result<(), Rejection> {
        if amount.minor() > AMOUNT_MAX || !self.has_room_for(amount) {
            return Err(Rejection::LimitReached);
        }
        if amount.is_zero() {
            return Err(Rejection::AmountNotPositive);
        }
        if amount > self.state.money(AccountKind::OperatorDue) {
            return Err(Rejection::ExceedsOperatorDue);
        }
        self.debit(AccountKind::Bank, amount);
        self.credit(AccountKind::OperatorDue, amount);
        self.commit(Event::OperatorPaid { amount, by: actor.clone() });
        Ok(())
    }

    /// `operator.withdraw`: the amount moves from the claim to a hold; then as WALLET-2, without a fee. Refuses:
    /// limit_reached, amount_not_positive, withdrawal_exists, insufficient_operator_claim.
    pub(crate) fn withdraw_operator(
        &mut self,
        withdrawal: &Id,
        amount: Money,
        actor: &Id,
    ) -> Result<(), Rejection> {
        let number = self.next_withdrawal(withdrawal, amount)?;
        if amount > self.state.money(AccountKind::OperatorClaim) {
            return Err(Rejection::InsufficientOperatorClaim);
        }
        self.debit(AccountKind::OperatorClaim, amount);
        self.credit(AccountKind::OperatorHold, amount);
        let (id, by) = (withdrawal.clone(), actor.clone());
        self.commit(Event::OperatorPayoutRequested { withdrawal: number, id, amount, by });
        Ok(())
    }
}
