//! Withdrawals: their records and states (WALLET-2).

use crate::amount::Money;
use crate::id::{Id, MemberNo, MerchantNo, WithdrawalNo, index};
use crate::ledger::{Account, AccountKind};
use crate::time::Timestamp;
use crate::undo::{Column, Table, undo_fields};

/// Where a withdrawal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ratchet_wire_derive::Snapshot)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
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

/// What a withdrawal comes apart into when it is paid (WALLET-2a); together its amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithdrawalParts {
    /// Kept as a fee.
    pub fee: Money,
    /// Kept as retention, where that is taken at withdrawal (POOL-3b).
    pub retained: Money,
    /// Paid out.
    pub cash: Money,
    /// Moved to the re-consumption wallet (WALLET-3).
    pub reconsume: Money,
}

/// One withdrawal.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
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
    /// Of it, what was sold under plans with another retention, by member and version (AMEND-3).
    older: Table<(MemberNo, u32), i64>,
    /// Of withdrawals that were requested after an amendment: what is retention_pending of them, by version.
    parts: Table<WithdrawalNo, Vec<(u32, Money)>>,
}

undo_fields!(Withdrawals { parts: list, by_member, retention_pending, older, parts; });

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
        self.older.clear();
        self.parts.clear();
        for at in 0..self.list.len() {
            if !self.list[at].retention_pending.is_zero() {
                self.list[at].retention_pending = Money::ZERO;
            }
        }
    }

    /// What every member has now that is subject to retention keeps the rate of this version, the last one so far.
    pub(crate) fn close_version(&mut self, version: u32) {
        for member in (0..self.retention_pending.len()).filter_map(MemberNo::at) {
            let older: i64 = self.older_of(member).map(|(_, part)| part.minor()).sum();
            let open = self.retention_pending[member.index()] - older;
            if open > 0 {
                self.older.insert((member, version), open);
            }
        }
    }

    fn older_of(&self, member: MemberNo) -> impl Iterator<Item = (u32, Money)> {
        let own = self.older.range((member, 0)..=(member, u32::MAX));
        own.map(|((_, version), part)| (*version, Money::from_minor(*part).unwrap_or(Money::ZERO)))
    }

    /// The oldest `most` of what a member has that is subject to retention, by version; `last` is the one in force.
    pub(crate) fn oldest(&self, member: MemberNo, most: Money, last: u32) -> Vec<(u32, Money)> {
        let mut left = most.min(self.retention_pending(member));
        let mut parts = Vec::new();
        for (version, part) in self.older_of(member) {
            let part = part.min(left);
            left = left.saturating_sub(part);
            if !part.is_zero() {
                parts.push((version, part));
            }
        }
        if !left.is_zero() {
            parts.push((last, left));
        }
        parts
    }

    /// Keeps by which versions a withdrawal's part is subject to retention.
    pub(crate) fn set_parts(&mut self, withdrawal: WithdrawalNo, parts: Vec<(u32, Money)>) {
        self.parts.insert(withdrawal, parts);
    }

    /// By which versions a withdrawal's part is subject to retention: `own` where nothing else is kept.
    pub(crate) fn parts_of(&self, withdrawal: WithdrawalNo, own: u32) -> Vec<(u32, Money)> {
        let retention_pending = self.get(withdrawal).retention_pending;
        self.parts.get(&withdrawal).cloned().unwrap_or_else(|| vec![(own, retention_pending)])
    }

    /// What a withdrawal held of retention_pending cash is the member's again; a part of an older version is it again.
    pub(crate) fn give_retention_pending_back(
        &mut self,
        member: MemberNo,
        parts: &[(u32, Money)],
        older: &[bool],
    ) {
        let sum =
            parts.iter().fold(self.retention_pending(member), |sum, (_, part)| sum.add_within_limit(*part));
        self.set_retention_pending(member, sum);
        for ((version, part), _) in parts.iter().zip(older).filter(|(_, older)| **older) {
            *self.older.entry((member, *version)).or_insert(0) += part.minor();
        }
    }

    /// A member has so much cash that is subject to retention: what there is less of it is the oldest, what there is more of
    /// the version in force.
    pub(crate) fn set_retention_pending(&mut self, member: MemberNo, amount: Money) {
        if self.retention_pending.len() <= member.index() {
            self.retention_pending.resize(index(member.0) + 1, 0);
        }
        let mut less = self.retention_pending[member.index()] - amount.minor();
        while less > 0 && !self.older.is_empty() {
            let oldest = self.older.range((member, 0)..=(member, u32::MAX)).next();
            let Some((place, part)) = oldest.map(|(place, part)| (*place, *part)) else { break };
            if part <= less {
                self.older.remove(&place);
            } else {
                self.older.insert(place, part - less);
            }
            less -= part;
        }
        self.retention_pending[member.index()] = amount.minor();
    }
}
