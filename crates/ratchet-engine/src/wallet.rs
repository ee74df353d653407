//! Withdrawals: their records and states (WALLET-2).

use crate::amount::Money;
use crate::id::{Id, MemberNo, MerchantNo, WithdrawalNo, index};
use crate::ledger::{Account, AccountKind};
use crate::time::Timestamp;
use crate::undo::{Column, Table, undo_fields};

/// Where a withdrawal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WithdrawalState {
    /// Asked for; the amount is held.
    Requested,
    /// Approved by as many people as it needs.
    Approved,
    /// Handed to the provider.
    Sent,
    /// Outcome unknown; never retried under a new id.
    Unknown,
    /// Done.
    Paid,
    /// The hold returned.
    Failed,
    /// Rejected with a reason; the hold returned.
    Rejected,
}

impl WithdrawalState {
    /// The name in exports.
    pub fn name(self) -> &'static str {
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
}

/// Whose money a withdrawal pays out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payee {
    /// A member's wallet.
    Member(MemberNo),
    /// What is payable to a merchant (MERCH-5).
    Merchant(MerchantNo),
    /// What the operator may claim (ORDER-6h).
    Operator,
}

impl Payee {
    /// Where the amount is held meanwhile.
    pub(crate) fn hold(self) -> Account {
        match self {
            Payee::Member(member) => Account::member(AccountKind::WalletHold, member),
            Payee::Merchant(merchant) => Account::merchant(AccountKind::MerchantHold, merchant),
            Payee::Operator => Account::programme(AccountKind::OperatorHold),
        }
    }
}

/// One withdrawal.
#[derive(Clone, Debug)]
pub(crate) struct Withdrawal {
    pub(crate) id: Id,
    pub(crate) owner: Payee,
    pub(crate) amount: Money,
    /// The part that came from sales whose retention is still to be taken (POOL-3b).
    pub(crate) retention_pending: Money,
    pub(crate) requested_at: Timestamp,
    pub(crate) requested_by: Id,
    pub(crate) approved_by: Option<Id>,
    pub(crate) state: WithdrawalState,
}

/// All withdrawals.
#[derive(Clone, Debug, Default)]
pub(crate) struct Withdrawals {
    pub(crate) list: Column<Withdrawal>,
    by_member: Table<MemberNo, Vec<WithdrawalNo>>,
    /// By member: cash that came from sales without retention (POOL-3b), where the plan has that.
    retention_pending: Column<i64>,
}

undo_fields!(Withdrawals { parts: list, by_member, retention_pending; });

impl Withdrawals {
    pub(crate) fn get(&self, withdrawal: WithdrawalNo) -> &Withdrawal {
        &self.list[withdrawal.index()]
    }

    pub(crate) fn get_mut(&mut self, withdrawal: WithdrawalNo) -> &mut Withdrawal {
        &mut self.list[withdrawal.index()]
    }

    pub(crate) fn add(&mut self, withdrawal: Withdrawal) {
        let number = WithdrawalNo::at(self.list.len()).expect("room was checked before");
        // Daily limit and cool-down are for members only (MERCH-5).
        if let Payee::Member(member) = withdrawal.owner {
            self.by_member.push_to(member, number);
        }
        self.list.push(withdrawal);
    }

    /// A member's withdrawals that were not rejected and did not fail, newest first.
    pub(crate) fn active(&self, member: MemberNo) -> impl Iterator<Item = &Withdrawal> {
        let numbers = self.by_member.get(&member).map_or(&[][..], Vec::as_slice);
        numbers.iter().rev().map(|number| self.get(*number)).filter(|withdrawal| match withdrawal.state {
            WithdrawalState::Rejected | WithdrawalState::Failed => false,
            WithdrawalState::Requested
            | WithdrawalState::Approved
            | WithdrawalState::Sent
            | WithdrawalState::Unknown
            | WithdrawalState::Paid => true,
        })
    }

    pub(crate) fn retention_pending(&self, member: MemberNo) -> Money {
        let minor = self.retention_pending.get(member.index()).copied().unwrap_or(0);
        Money::from_minor(minor).unwrap_or(Money::ZERO)
    }

    /// WIND-4: nothing is retained any more, neither of what is in wallets nor of withdrawals under way.
    pub(crate) fn end_retention(&mut self) {
        self.retention_pending.clear();
        for at in 0..self.list.len() {
            if !self.list[at].retention_pending.is_zero() {
                self.list[at].retention_pending = Money::ZERO;
            }
        }
    }

    pub(crate) fn set_unretained(&mut self, member: MemberNo, amount: Money) {
        if self.retention_pending.len() <= member.index() {
            self.retention_pending.resize(index(member.0) + 1, 0);
        }
        self.retention_pending[member.index()] = amount.minor();
    }
}
