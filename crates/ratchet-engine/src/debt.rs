//! What beneficiaries owe after late refunds: debts by debtor, oldest first (ORDER-6, COMM-8, REL-5, GROUP-4).
//!
//! A sub-ledger of the receivables: per debtor the debts sum to the balance of its receivable account.

use std::collections::VecDeque;

use ratchet_wire_derive::Wire;
use serde::{Deserialize, Serialize};

use crate::amount::Money;
use crate::id::{MemberNo, MerchantNo, OrderNo};
use crate::ledger::{Account, AccountKind};
use crate::undo::{Table, undo_fields};

/// Who owes.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Wire,
    ratchet_wire_derive::Snapshot,
)]
#[serde(rename_all = "snake_case")]
pub enum Debtor {
    /// A beneficiary of commissions, bonuses or released money.
    Member(MemberNo),
    /// A merchant, after `payable` and `deposit`.
    Merchant(MerchantNo),
    /// `platform.revenue`.
    Platform,
    /// `refund.reserve`.
    Reserve,
    /// `commission.undistributed`.
    Undistributed,
    /// A named fund of the split, by its place in the plan.
    Fund(u32),
}

impl Debtor {
    /// The account that says how much it owes.
    pub fn receivable(self) -> Account {
        match self {
            Debtor::Member(member) => Account::member(AccountKind::Receivable, member),
            Debtor::Merchant(merchant) => Account::merchant(AccountKind::MerchantReceivable, merchant),
            Debtor::Platform => Account::programme(AccountKind::PlatformReceivable),
            Debtor::Reserve => Account::programme(AccountKind::ReserveReceivable),
            Debtor::Undistributed => Account::programme(AccountKind::UndistributedReceivable),
            Debtor::Fund(fund) => Account::fund(AccountKind::FundReceivable, fund),
        }
    }

    /// The account its income comes to, and which is charged first.
    pub fn income(self) -> Account {
        match self {
            Debtor::Member(member) => Account::member(AccountKind::WalletCash, member),
            Debtor::Merchant(merchant) => Account::merchant(AccountKind::MerchantPayable, merchant),
            Debtor::Platform => Account::programme(AccountKind::PlatformRevenue),
            Debtor::Reserve => Account::programme(AccountKind::RefundReserve),
            Debtor::Undistributed => Account::programme(AccountKind::CommissionUndistributed),
            Debtor::Fund(fund) => Account::fund(AccountKind::Fund, fund),
        }
    }
}

/// What a debt is of: it decides who gets what is recovered.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Wire,
    ratchet_wire_derive::Snapshot,
)]
#[serde(rename_all = "snake_case")]
pub enum DebtOrigin {
    /// A leg of an order, its commissions and freight included: repays advances.
    Leg,
    /// What the pool lacked of its leg, owed by `platform.revenue`: repays advances.
    Pool,
    /// Points released beyond what the refund left of the grant (REL-5): goes to this fund.
    Release(u32),
    /// A promotion's bonus: goes to `platform.revenue`, but first to the operator what it paid of it.
    Bonus,
}

impl DebtOrigin {
    /// Whether what is recovered repays advances.
    pub fn repays_advances(self) -> bool {
        match self {
            DebtOrigin::Leg | DebtOrigin::Pool => true,
            DebtOrigin::Release(_) | DebtOrigin::Bonus => false,
        }
    }

    /// The name in exports.
    pub fn name(self) -> &'static str {
        match self {
            DebtOrigin::Leg => "leg",
            DebtOrigin::Pool => "pool",
            DebtOrigin::Release(_) => "release",
            DebtOrigin::Bonus => "bonus",
        }
    }
}

/// One debt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub struct Debt {
    /// The order whose refund it comes from.
    pub order: OrderNo,
    /// What it is of.
    pub origin: DebtOrigin,
    /// What is still owed, in minor units.
    pub amount: Money,
    /// The part of it that `operator.due` had paid, of a bonus.
    pub operator: Money,
}

/// What a claw-back came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clawback {
    /// Taken from what the beneficiary has.
    pub(crate) recovered: Money,
    /// What it owes from now on.
    pub(crate) receivable: Money,
}

/// Who got what was recovered, in minor units (ORDER-6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
pub struct Repaid {
    /// The operator: less is due from it, or it has a claim.
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub operator: Money,
    /// Of it, what became its claim, because nothing more was due from it.
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub operator_claim: Money,
    /// `platform.revenue`.
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub platform: Money,
    /// `refund.reserve`, for what it had advanced.
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub reserve: Money,
    /// `refund.reserve`, because nobody had advanced anything any more.
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub unclaimed: Money,
    /// The release fund (REL-5).
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub fund: Money,
}

/// Who advanced what was missing, in minor units (ORDER-6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
pub struct Advanced {
    /// `refund.reserve`.
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub reserve: Money,
    /// `platform.revenue`.
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub platform: Money,
    /// The operator: taken from its claim, and due from it beyond that.
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub operator: Money,
    /// Of it, what its claim gave.
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub operator_claim: Money,
}

/// All debts, and what refunds were cut by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Debts {
    by_debtor: Table<Debtor, VecDeque<Debt>>,
    /// By member: what its refunds were cut by so far, over all its orders (ORDER-6c).
    set_off: Table<MemberNo, Money>,
}

undo_fields!(Debts { parts: by_debtor, set_off; });

impl Debts {
    /// Whether nobody owes anything.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.by_debtor.is_empty()
    }

    /// What a debtor owes, oldest first.
    pub(crate) fn of(&self, debtor: Debtor) -> impl Iterator<Item = &Debt> {
        self.by_debtor.get(&debtor).into_iter().flatten()
    }

    /// The debt that is paid next.
    pub(crate) fn oldest(&self, debtor: Debtor) -> Option<Debt> {
        self.of(debtor).next().copied()
    }

    /// What a debtor owes in all.
    pub(crate) fn sum(&self, debtor: Debtor) -> Money {
        self.of(debtor).fold(Money::ZERO, |sum, debt| sum.add_within_limit(debt.amount))
    }

    /// Every debtor with its debts, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Debtor, &VecDeque<Debt>)> {
        self.by_debtor.iter().map(|(debtor, debts)| (*debtor, debts))
    }

    /// A debt more; what is of the same order and kind as the newest is one with it.
    pub(crate) fn book(&mut self, debtor: Debtor, debt: Debt) {
        let debts = self.by_debtor.entry(debtor).or_default();
        match debts.back_mut().filter(|last| (last.order, last.origin) == (debt.order, debt.origin)) {
            Some(last) => {
                last.amount = last.amount.add_within_limit(debt.amount);
                last.operator = last.operator.add_within_limit(debt.operator);
            }
            None => debts.push_back(debt),
        }
    }

    /// So much of the oldest debt of this order and kind is paid, and so much of the operator's part of it.
    pub(crate) fn pay(&mut self, debtor: Debtor, paid: Debt) {
        let debts = self.by_debtor.get_mut(&debtor).expect("who pays a debt has one");
        let at = debts.iter().position(|debt| (debt.order, debt.origin) == (paid.order, paid.origin));
        let at = at.expect("a debt that is paid was booked");
        let debt = &mut debts[at];
        debt.amount = debt.amount.checked_sub(paid.amount).expect("no more is paid than is owed");
        debt.operator = debt.operator.saturating_sub(paid.operator);
        if debt.amount.is_zero() {
            debts.remove(at);
        }
        if debts.is_empty() {
            self.by_debtor.remove(&debtor);
        }
    }

    /// What a member's refunds were cut by so far.
    pub(crate) fn set_off(&self, member: MemberNo) -> Money {
        self.set_off.get(&member).copied().unwrap_or(Money::ZERO)
    }

    pub(crate) fn add_set_off(&mut self, member: MemberNo, amount: Money) {
        if !amount.is_zero() {
            let sum = self.set_off.entry(member).or_insert(Money::ZERO);
            *sum = sum.add_within_limit(amount);
        }
    }
}
