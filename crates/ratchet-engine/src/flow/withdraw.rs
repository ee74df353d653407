//! Withdrawals: hold, review by other people, payment and its outcomes (WALLET-2, WALLET-3, POOL-3b).

use crate::amount::{Money, Rate};
use crate::debt::Debtor;
use crate::engine::Engine;
use crate::event::Event;
use crate::id::{Id, MemberNo, WithdrawalNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::plan::Plan;
use crate::rejection::Rejection;
use crate::time::SECOND_US;
use crate::wallet::{Payee, WithdrawalParts, WithdrawalState};

/// Longest reason of a rejection, in characters.
const REASON_CHARACTERS_MAX: usize = 500;

/// What comes off a withdrawal when it is paid (WALLET-2a).
struct Deductions {
    fee: Money,
    kept: Money,
}

impl Engine {
    /// `wallet.withdraw`. Refuses: member_unknown, limit_reached, amount_not_positive, withdrawal_exists,
    /// below_minimum, insufficient_cash, daily_limit, cool_down.
    pub(crate) fn withdraw(
        &mut self,
        withdrawal: &Id,
        member: &Id,
        amount: Money,
        actor: &Id,
    ) -> Result<(), Rejection> {
        let plan = self.plan.wallet;
        let member = self.state.named_member(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        let number = self.next_withdrawal(withdrawal, amount)?;
        // ORDER-6j: what is owed is taken first.
        let owed = self.owed_of_wallet(member);
        let retention_pending = self.state.withdrawals.retention_pending(member).saturating_sub(owed.part);
        let retention_pending = amount.min(retention_pending);
        // What is owed takes the oldest before.
        let parts = self.state.withdrawals.oldest(
            member,
            owed.part.add_within_limit(retention_pending),
            self.state.version(),
        );
        let parts = without_oldest(parts, owed.part);
        let Deductions { fee, kept } = self.deductions(&self.plan, amount, &parts);
        if amount < plan.withdrawal_minimum || fee.checked_add(kept).is_none_or(|both| both > amount) {
            return Err(Rejection::BelowMinimum);
        }
        let cash = Account::member(AccountKind::WalletCash, member);
        if amount > self.available(cash).saturating_sub(owed.sum()) {
            return Err(Rejection::InsufficientCash);
        }
        let now = self.state.now;
        let is_above = |limit| self.withdrawn_today(member).add_within_limit(amount) > limit;
        if plan.withdrawal_daily_limit.is_some_and(is_above) {
            return Err(Rejection::DailyLimit);
        }
        let cool_down_us = i64::from(plan.withdrawal_cool_down_hours) * 3600 * SECOND_US;
        let last = self.state.withdrawals.active(member).next();
        if last.is_some_and(|last| now.us() - last.requested_at.us() < cool_down_us) {
            return Err(Rejection::CoolDown);
        }
        self.take_owed(member, owed);
        self.post(cash, -i128::from(amount.minor()));
        self.post(Account::member(AccountKind::WalletHold, member), i128::from(amount.minor()));
        self.commit(Event::WithdrawalRequested {
            withdrawal: number,
            id: withdrawal.clone(),
            member,
            amount,
            retention_pending,
            by: actor.clone(),
        });
        if !owed.kept.is_zero() {
            self.end_with_cascade();
        }
        Ok(())
    }

    /// `wallet.approve`. Refuses: same_person, withdrawal_unknown, withdrawal_state.
    pub(crate) fn approve_withdrawal(&mut self, withdrawal: &Id, actor: &Id) -> Result<(), Rejection> {
        let number =
            self.find(KeyKind::Withdrawal, withdrawal.as_str()).ok_or(Rejection::WithdrawalUnknown)?;
        let number = WithdrawalNo(number);
        let record = self.state.withdrawals.get(number);
        let acted = self.is_same_person(&record.requested_by, actor)
            || self.is_owner(record.owner, actor)
            || record.approved_by.as_ref().is_some_and(|first| self.is_same_person(first, actor));
        if acted {
            return Err(Rejection::SamePerson);
        }
        if record.state != WithdrawalState::Requested {
            return Err(Rejection::WithdrawalState);
        }
        let complete = !self.needs_two_approvals(record.amount) || record.approved_by.is_some();
        self.commit(Event::WithdrawalApproved { withdrawal: number, by: actor.clone(), complete });
        Ok(())
    }

    /// `wallet.reject`: the hold returns. Refuses: withdrawal_unknown, withdrawal_state, reason_missing.
    pub(crate) fn reject_withdrawal(&mut self, withdrawal: &Id, reason: &str) -> Result<(), Rejection> {
        let states = [WithdrawalState::Requested, WithdrawalState::Approved];
        let number = self.withdrawal_in(withdrawal, &states)?;
        check_reason(reason)?;
        self.post_hold_back(number);
        self.commit(Event::WithdrawalRejected { withdrawal: number, reason: reason.to_owned() });
        self.net_hold_back(number);
        Ok(())
    }

    /// `wallet.sent`. Refuses: withdrawal_unknown, withdrawal_state.
    pub(crate) fn withdrawal_sent(&mut self, withdrawal: &Id) -> Result<(), Rejection> {
        let withdrawal = self.withdrawal_in(withdrawal, &[WithdrawalState::Approved])?;
        self.commit(Event::WithdrawalSent { withdrawal });
        Ok(())
    }

    /// `wallet.unknown`. Refuses: withdrawal_unknown, withdrawal_state.
    pub(crate) fn withdrawal_unknown(&mut self, withdrawal: &Id) -> Result<(), Rejection> {
        let withdrawal = self.withdrawal_in(withdrawal, &[WithdrawalState::Sent])?;
        self.commit(Event::WithdrawalUnknown { withdrawal });
        Ok(())
    }

    /// `wallet.paid`: the held amount leaves; fee, retention and re-consumption part come off it (WALLET-2a).
    /// Refuses: withdrawal_unknown, withdrawal_state.
    pub(crate) fn withdrawal_paid(&mut self, withdrawal: &Id) -> Result<(), Rejection> {
        let number = self.withdrawal_in(withdrawal, &[WithdrawalState::Sent, WithdrawalState::Unknown])?;
        let record = self.state.withdrawals.get(number);
        let (owner, amount) = (record.owner, record.amount);
        let WithdrawalParts { fee, retained: kept, cash, reconsume } = self.parts_when_paid(number);
        let to_residual = self.state.pair().supply.is_zero();
        let kept_to = if to_residual { AccountKind::PoolResidual } else { AccountKind::PoolAssets };
        self.post(owner.hold(), -i128::from(amount.minor()));
        self.credit(AccountKind::Bank, cash);
        if let Payee::Member(member) = owner {
            self.post(Account::member(AccountKind::WalletReconsume, member), i128::from(reconsume.minor()));
        }
        self.credit(AccountKind::PlatformRevenue, fee);
        self.credit(kept_to, kept);
        self.commit(Event::WithdrawalPaid {
            withdrawal: number,
            cash,
            fee,
            retained: kept,
            to_residual,
            reconsume,
        });
        self.net_income(Debtor::Platform, fee);
        if !kept.is_zero() {
            self.end_with_cascade();
        }
        Ok(())
    }

    /// What a withdrawal comes apart into when it is paid (WALLET-2a).
    pub(crate) fn parts_when_paid(&self, number: WithdrawalNo) -> WithdrawalParts {
        let record = self.state.withdrawals.get(number);
        let (owner, amount) = (record.owner, record.amount);
        let Deductions { fee, kept } = match owner {
            Payee::Member(_) | Payee::Merchant(_) => {
                let parts = self.state.withdrawals.parts_of(number, self.state.version_of_withdrawal(number));
                self.deductions(self.plan_of_withdrawal(number), amount, &parts)
            }
            // It is the operator's own money (ORDER-6h).
            Payee::Operator => Deductions { fee: Money::ZERO, kept: Money::ZERO },
        };
        let rest = amount.saturating_sub(fee).saturating_sub(kept);
        // The cash part rounds down; re-consumption takes the rest (WALLET-3). Merchants get all in cash (MERCH-5).
        let wallet = self.plan_of_withdrawal(number).wallet;
        let cash_share = Rate::ONE.ppm() - wallet.reconsume_share.ppm();
        let cash = match owner {
            Payee::Member(_) => Rate::from_ppm(cash_share).floor_of(rest),
            Payee::Merchant(_) | Payee::Operator => rest,
        };
        WithdrawalParts { fee, retained: kept, cash, reconsume: rest.saturating_sub(cash) }
    }

    /// `wallet.failed`: the hold returns. Refuses: withdrawal_unknown, withdrawal_state.
    pub(crate) fn withdrawal_failed(&mut self, withdrawal: &Id) -> Result<(), Rejection> {
        let number = self.withdrawal_in(withdrawal, &[WithdrawalState::Sent, WithdrawalState::Unknown])?;
        self.post_hold_back(number);
        self.commit(Event::WithdrawalFailed { withdrawal: number });
        self.net_hold_back(number);
        Ok(())
    }

    /// What a member asked to withdraw today, less what was rejected or failed.
    pub(crate) fn withdrawn_today(&self, member: MemberNo) -> Money {
        let calendar = &self.plan.programme.calendar;
        let today = calendar.day_of(self.state.now);
        let asked = self.state.withdrawals.active(member);
        let asked = asked.take_while(|withdrawal| calendar.day_of(withdrawal.requested_at) == today);
        asked.fold(Money::ZERO, |sum, withdrawal| sum.add_within_limit(withdrawal.amount))
    }

    /// Fee and retention of a withdrawal that was asked for under a plan: charges, so all round up. Each part of it keeps the
    /// retention it was sold under.
    fn deductions(&self, plan: &Plan, amount: Money, parts: &[(u32, Money)]) -> Deductions {
        let fee = plan.wallet.withdrawal_fee.ceil_of(amount);
        let kept = parts.iter().fold(Money::ZERO, |kept, (version, part)| {
            kept.add_within_limit(self.state.retention_at_withdrawal(*version).ceil_of(*part))
        });
        Deductions { fee, kept }
    }

    fn post_hold_back(&mut self, withdrawal: WithdrawalNo) {
        let record = self.state.withdrawals.get(withdrawal);
        let (owner, amount) = (record.owner, record.amount);
        self.post(owner.hold(), -i128::from(amount.minor()));
        match owner {
            Payee::Member(member) => {
                self.post(Account::member(AccountKind::WalletCash, member), i128::from(amount.minor()));
            }
            Payee::Merchant(merchant) => self.pay_merchant(merchant, amount),
            Payee::Operator => drop(self.credit_operator(amount)),
        }
    }

    /// ORDER-6: a merchant's hold that returned is netted as what a settlement pays it; a member's is not.
    fn net_hold_back(&mut self, withdrawal: WithdrawalNo) {
        let record = self.state.withdrawals.get(withdrawal);
        if let (Payee::Merchant(merchant), amount) = (record.owner, record.amount) {
            self.net_merchant(merchant, amount);
        }
    }

    /// Whether an actor is the one to be paid: the member, or the merchant or its member.
    fn is_owner(&self, owner: Payee, actor: &Id) -> bool {
        let state = &self.state;
        let is = |member| self.is_person_of(member, actor);
        match owner {
            Payee::Operator => false,
            Payee::Member(member) => is(member),
            Payee::Merchant(merchant) => {
                let record = state.merchant_records.get(merchant);
                self.is_same_person(&state.merchants[merchant.index()], actor)
                    || record.is_some_and(|record| is(record.member))
            }
        }
    }

    fn withdrawal_in(&self, withdrawal: &Id, states: &[WithdrawalState]) -> Result<WithdrawalNo, Rejection> {
        let number =
            self.find(KeyKind::Withdrawal, withdrawal.as_str()).ok_or(Rejection::WithdrawalUnknown)?;
        let number = WithdrawalNo(number);
        if states.contains(&self.state.withdrawals.get(number).state) {
            Ok(number)
        } else {
            Err(Rejection::WithdrawalState)
        }
    }
}

/// A reason for those concerned: 1 to 500 characters, not blank. Refuses: reason_missing.
pub(crate) fn check_reason(reason: &str) -> Result<(), Rejection> {
    if reason.trim().is_empty() || reason.chars().count() > REASON_CHARACTERS_MAX {
        return Err(Rejection::ReasonMissing);
    }
    Ok(())
}

/// What is left of these parts after so much of the oldest.
fn without_oldest(parts: Vec<(u32, Money)>, mut less: Money) -> Vec<(u32, Money)> {
    let mut left = Vec::with_capacity(parts.len());
    for (version, part) in parts {
        let taken = part.min(less);
        less = less.saturating_sub(taken);
        let part = part.saturating_sub(taken);
        if !part.is_zero() {
            left.push((version, part));
        }
    }
    left
}
