//! Withdrawals of the naive model (WALLET-2, WALLET-3, POOL-3b).

use super::Naive;
use super::arithmetic::{ceil_part, floor_part};
use super::debts::Who;
use super::network::check_reason;
use super::wind_down::WindDown;
use crate::amount::Rate;
use crate::id::Id;
use crate::rejection::Rejection;
use crate::time::SECOND_US;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WithdrawalState {
    Requested,
    Approved,
    Sent,
    Unknown,
    Paid,
    Failed,
    Rejected,
}

impl WithdrawalState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            WithdrawalState::Requested => "requested",
            WithdrawalState::Approved => "approved",
            WithdrawalState::Sent => "sent",
            WithdrawalState::Unknown => "unknown",
            WithdrawalState::Paid => "paid",
            WithdrawalState::Failed => "failed",
            WithdrawalState::Rejected => "rejected",
        }
    }

    /// Whether the amount is still in the hold.
    pub(super) fn is_open(self) -> bool {
        match self {
            WithdrawalState::Requested
            | WithdrawalState::Approved
            | WithdrawalState::Sent
            | WithdrawalState::Unknown => true,
            WithdrawalState::Paid | WithdrawalState::Failed | WithdrawalState::Rejected => false,
        }
    }

    /// WALLET-2b: whether it counts for the daily limit and the cool-down.
    fn counts(self) -> bool {
        !matches!(self, WithdrawalState::Failed | WithdrawalState::Rejected)
    }
}

/// Whose money it is (WALLET-2, MERCH-5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Member(usize),
    Merchant(String),
    Operator,
}

#[derive(Clone, Debug)]
pub(crate) struct Withdrawal {
    pub(crate) id: Id,
    pub(crate) owner: Owner,
    pub(crate) requester: Id,
    pub(crate) approver: Option<Id>,
    pub(crate) state: WithdrawalState,
    pub(crate) amount: i128,
    pub(super) at: i64,
    pub(super) fee: i128,
    /// What of the amount came from money whose retention had not been taken, by the version of its sale.
    pub(super) parts: Vec<(usize, i128)>,
    /// Retention, and the part that goes to the other wallet, as asked for (AMEND-3).
    pub(super) kept: i128,
    pub(super) reconsume: Rate,
}

impl Naive {
    pub(super) fn withdraw(
        &mut self,
        actor: &Id,
        id: &Id,
        member: &Id,
        amount: i128,
    ) -> Result<(), Rejection> {
        let wallet = self.plan.wallet;
        let number = self.known_member(member)?;
        if amount == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        if self.withdrawal_numbers.contains_key(id) {
            return Err(Rejection::WithdrawalExists);
        }
        // ORDER-6: what is owed is taken first.
        let first = self.owed_first(number);
        let member = &self.members[number];
        let retention_pending = amount.min(member.retention_pending - first.1);
        // A charge rounds up.
        let fee = ceil_part(wallet.withdrawal_fee, amount);
        let mut parts = self.oldest_retention_pending(number, first.1 + retention_pending);
        let mut before = first.1;
        for (_, part) in &mut parts {
            let taken = before.min(*part);
            *part -= taken;
            before -= taken;
        }
        parts.retain(|(_, part)| *part > 0);
        let kept = self.kept_of(&parts);
        if amount < i128::from(wallet.withdrawal_minimum.minor()) || fee + kept > amount {
            return Err(Rejection::BelowMinimum);
        }
        if amount > member.cash - first.0 - first.1 {
            return Err(Rejection::InsufficientCash);
        }
        let counted: Vec<&Withdrawal> = self
            .withdrawals
            .iter()
            .filter(|w| w.owner == Owner::Member(number) && w.state.counts())
            .collect();
        if let Some(limit) = wallet.withdrawal_daily_limit {
            let today = self.local_day(self.now);
            let of_today = counted.iter().filter(|w| self.local_day(w.at) == today);
            if of_today.map(|w| w.amount).sum::<i128>() + amount > i128::from(limit.minor()) {
                return Err(Rejection::DailyLimit);
            }
        }
        let cool_down = i64::from(wallet.withdrawal_cool_down_hours) * 3_600 * SECOND_US;
        if counted.iter().any(|w| self.now < w.at + cool_down) {
            return Err(Rejection::CoolDown);
        }

        self.take_owed_first(number, first);
        let member = &mut self.members[number];
        member.cash -= amount;
        member.hold += amount;
        member.keep_retention_pending(member.retention_pending - retention_pending);
        self.withdrawal_numbers.insert(id.clone(), self.withdrawals.len());
        self.withdrawals.push(Withdrawal {
            id: id.clone(),
            owner: Owner::Member(number),
            requester: actor.clone(),
            approver: None,
            state: WithdrawalState::Requested,
            amount,
            at: self.now,
            fee,
            parts,
            kept,
            reconsume: wallet.reconsume_share,
        });
        if first.1 > 0 {
            self.cascade(None);
            self.split_while_high();
        }
        Ok(())
    }

    fn known_withdrawal(&self, id: &Id) -> Result<usize, Rejection> {
        self.withdrawal_numbers.get(id).copied().ok_or(Rejection::WithdrawalUnknown)
    }

    /// Whose money it is, for four eyes: the member, or the merchant and its member.
    pub(crate) fn people_of(&self, owner: &Owner) -> Vec<Id> {
        match owner {
            Owner::Operator => Vec::new(),
            Owner::Member(number) => vec![self.members[*number].id.clone()],
            Owner::Merchant(merchant) => {
                let itself = Id::new(merchant).expect("merchants that withdraw have an id");
                std::iter::once(itself).chain(self.merchant_person(merchant)).collect()
            }
        }
    }

    pub(super) fn approve_withdrawal(&mut self, actor: &Id, id: &Id) -> Result<(), Rejection> {
        let number = self.known_withdrawal(id)?;
        let withdrawal = &self.withdrawals[number];
        let mut acted = self.people_of(&withdrawal.owner);
        acted.push(withdrawal.requester.clone());
        acted.extend(withdrawal.approver.clone());
        if acted.iter().any(|person| self.one_person(person, actor)) {
            return Err(Rejection::SamePerson);
        }
        if withdrawal.state != WithdrawalState::Requested {
            return Err(Rejection::WithdrawalState);
        }
        let two = self.plan.wallet.two_approvals_above;
        let needs_two = two.is_some_and(|above| withdrawal.amount > i128::from(above.minor()));
        let withdrawal = &mut self.withdrawals[number];
        if !needs_two || withdrawal.approver.is_some() {
            withdrawal.state = WithdrawalState::Approved;
        }
        if withdrawal.approver.is_none() {
            withdrawal.approver = Some(actor.clone());
        }
        Ok(())
    }

    pub(super) fn reject_withdrawal(&mut self, id: &Id, reason: &str) -> Result<(), Rejection> {
        let number = self.known_withdrawal(id)?;
        let from = [WithdrawalState::Requested, WithdrawalState::Approved];
        if !from.contains(&self.withdrawals[number].state) {
            return Err(Rejection::WithdrawalState);
        }
        check_reason(reason)?;
        self.release_hold(number, WithdrawalState::Rejected);
        Ok(())
    }

    pub(super) fn move_withdrawal(
        &mut self,
        id: &Id,
        from: &[WithdrawalState],
        to: WithdrawalState,
    ) -> Result<(), Rejection> {
        let number = self.known_withdrawal(id)?;
        if !from.contains(&self.withdrawals[number].state) {
            return Err(Rejection::WithdrawalState);
        }
        self.withdrawals[number].state = to;
        Ok(())
    }

    pub(super) fn fail_withdrawal(&mut self, id: &Id) -> Result<(), Rejection> {
        let number = self.known_withdrawal(id)?;
        let from = [WithdrawalState::Sent, WithdrawalState::Unknown];
        if !from.contains(&self.withdrawals[number].state) {
            return Err(Rejection::WithdrawalState);
        }
        self.release_hold(number, WithdrawalState::Failed);
        Ok(())
    }

    fn release_hold(&mut self, number: usize, state: WithdrawalState) {
        let withdrawal = &mut self.withdrawals[number];
        withdrawal.state = state;
        let (amount, parts) = (withdrawal.amount, withdrawal.parts.clone());
        match withdrawal.owner.clone() {
            Owner::Operator => self.operator_hold_ends(amount, false),
            Owner::Member(number) => {
                let now = self.retention_under(self.version());
                for (version, part) in parts {
                    let is_older = self.retention_under(version) != now;
                    let member = &mut self.members[number];
                    member.retention_pending += part;
                    if is_older {
                        *member.older.entry(version).or_default() += part;
                    }
                }
                let member = &mut self.members[number];
                member.hold -= amount;
                member.cash += amount;
            }
            Owner::Merchant(id) => {
                // MERCH-5: netted as a settlement is.
                self.merchants.entry(id.clone()).or_default().hold -= amount;
                self.credit_merchant(&id, amount);
                self.corner("merchant withdrawal returned");
            }
        }
    }

    /// WALLET-2a, POOL-3b.
    pub(super) fn pay_withdrawal(&mut self, id: &Id) -> Result<(), Rejection> {
        let from = [WithdrawalState::Sent, WithdrawalState::Unknown];
        self.move_withdrawal(id, &from, WithdrawalState::Paid)?;
        let withdrawal = &self.withdrawals[self.withdrawal_numbers[id]];
        // WIND-3a: after the end there is no pool that could keep a part.
        let kept = if self.wind_down == WindDown::Done { 0 } else { withdrawal.kept };
        let (amount, fee) = (withdrawal.amount, withdrawal.fee);
        let owner = match withdrawal.owner.clone() {
            Owner::Operator => {
                self.operator_hold_ends(amount, true);
                self.corner("operator's withdrawal paid");
                return Ok(());
            }
            Owner::Member(number) => number,
            Owner::Merchant(id) => {
                self.merchants.entry(id).or_default().hold -= amount;
                self.bank -= amount - fee;
                self.income(&Who::Platform, fee);
                self.corner("merchant withdrawal paid");
                return Ok(());
            }
        };
        let rest = amount - fee - kept;
        let cash_share = Rate::from_ppm(1_000_000 - withdrawal.reconsume.ppm());
        // Cash rounds down, re-consumption takes the rest (WALLET-3).
        let cash = floor_part(cash_share, rest);
        let member = &mut self.members[owner];
        member.hold -= amount;
        member.reconsume += rest - cash;
        self.bank -= cash;
        self.income(&Who::Platform, fee);
        self.retained += kept;
        if self.supply == 0 {
            *self.residual.entry(self.epoch).or_default() += kept;
        } else {
            self.assets += kept;
        }
        self.cascade(None);
        self.split_while_high();
        Ok(())
    }
}
