//! ORDER-6: who owes after late refunds, who advanced it, and who gets back what is recovered.

use super::Naive;
use super::arithmetic::ceil_part;
use super::wallet::{Owner, Withdrawal, WithdrawalState};
use crate::amount::{AMOUNT_MAX, Rate};
use crate::id::Id;
use crate::plan::RetentionPoint;
use crate::rejection::Rejection;

/// Who owes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Member(usize),
    Merchant(String),
    Platform,
    Reserve,
    Undistributed,
    Fund(usize),
}

/// What it owes it for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Its leg of an order.
    Leg,
    /// What the pool lacked.
    Pool,
    /// Released too much, out of this fund.
    Release(usize),
    /// A leader's bonus, and how much of it the operator had paid.
    Bonus { operator: i128 },
}

/// One debt. The list of them is in the order in which they were booked.
#[derive(Clone, Debug)]
pub(super) struct Owed {
    pub(super) who: Who,
    pub(super) what: What,
    pub(super) amount: i128,
}

/// What one refund lacks and what it recovers.
#[derive(Default)]
pub(super) struct Balance {
    missing: Vec<(Who, What, i128)>,
    recovered: Vec<(What, i128)>,
}

impl Naive {
    pub(super) fn owed_by(&self, who: &Who) -> i128 {
        self.debts.iter().filter(|debt| debt.who == *who).map(|debt| debt.amount).sum()
    }

    pub(super) fn owe(&mut self, who: Who, what: What, amount: i128) {
        if amount > 0 {
            self.corner(match (&who, what) {
                (_, What::Pool) => "pool leg owed",
                (_, What::Release(_)) => "release owed",
                (_, What::Bonus { .. }) => "bonus owed",
                (Who::Member(_), What::Leg) => "commission owed",
                (Who::Merchant(_), What::Leg) => "merchant owes",
                (Who::Platform, What::Leg) => "platform owes",
                (Who::Reserve, What::Leg) => "reserve owes",
                (Who::Undistributed, What::Leg) => "undistributed owes",
                (Who::Fund(_), What::Leg) => "fund owes",
            });
            self.debts.push(Owed { who, what, amount });
        }
    }

    /// The oldest debts of somebody fall by an amount; says which, and by how much.
    fn pay_debts(&mut self, who: &Who, amount: i128) -> Vec<(What, i128)> {
        let (mut left, mut paid) = (amount, Vec::new());
        for debt in self.debts.iter_mut().filter(|debt| debt.who == *who) {
            let part = left.min(debt.amount);
            debt.amount -= part;
            left -= part;
            let mut what = debt.what;
            if let (What::Bonus { operator }, What::Bonus { operator: first }) = (&mut debt.what, &mut what) {
                *first = part.min(*operator);
                *operator -= *first;
            }
            paid.push((what, part));
        }
        self.debts.retain(|debt| debt.amount > 0);
        paid.retain(|(_, part)| *part > 0);
        paid
    }

    /// Recovered money of a debt goes to those who bore it.
    fn hand_back(&mut self, what: What, amount: i128) {
        match what {
            What::Leg | What::Pool => self.repay_advances(amount),
            What::Release(fund) => self.funds[fund] += amount,
            What::Bonus { operator } => {
                self.pay_operator(operator);
                self.platform_revenue += amount - operator;
            }
        }
    }

    /// The reverse order of advances: operator, platform, reserve; what is left is the reserve's.
    fn repay_advances(&mut self, amount: i128) {
        let mut left = amount;
        let mut part = |advanced: &mut i128| {
            let part = left.min(*advanced);
            *advanced -= part;
            left -= part;
            part
        };
        let [reserve, platform, operator] = &mut self.advanced;
        let (operator, platform, reserve) = (part(operator), part(platform), part(reserve));
        for (part, name) in [
            (operator, "operator repaid"),
            (platform, "platform repaid"),
            (reserve, "reserve repaid"),
            (left, "recovered for nobody"),
        ] {
            if part > 0 {
                self.corner(name);
            }
        }
        self.pay_operator(operator);
        self.platform_revenue += platform;
        self.refund_reserve += reserve + left;
    }

    /// Less is due from the operator; what is beyond that it may claim.
    pub(super) fn pay_operator(&mut self, amount: i128) {
        let due = amount.min(self.operator_due);
        self.operator_due -= due;
        self.operator_claim += amount - due;
    }

    /// The operator bears an amount; what it may claim goes first.
    pub(super) fn take_from_operator(&mut self, amount: i128) {
        let of_claim = amount.min(self.operator_claim);
        self.operator_claim -= of_claim;
        self.operator_due += amount - of_claim;
    }

    /// What is missing is advanced: reserve, platform, operator, whose claim is used first.
    fn advance(&mut self, amount: i128) {
        let reserve = amount.min(self.refund_reserve);
        let platform = (amount - reserve).min(self.platform_revenue);
        let operator = amount - reserve - platform;
        self.refund_reserve -= reserve;
        self.platform_revenue -= platform;
        self.take_from_operator(operator);
        for (advanced, part) in self.advanced.iter_mut().zip([reserve, platform, operator]) {
            *advanced += part;
        }
        for (part, name) in
            [(reserve, "reserve advances"), (platform, "platform advances"), (operator, "operator advances")]
        {
            if part > 0 {
                self.corner(name);
            }
        }
    }

    /// Somebody got an amount; what it owes is netted. Returns what is left of it.
    pub(super) fn net(&mut self, who: &Who, amount: i128) -> i128 {
        let paid = self.pay_debts(who, amount);
        let netted: i128 = paid.iter().map(|(_, part)| part).sum();
        for (what, part) in paid {
            self.hand_back(what, part);
        }
        if netted > 0 {
            self.corner(match who {
                Who::Member(_) => "member's receivable netted",
                Who::Merchant(_) => "merchant's receivable netted",
                Who::Platform | Who::Reserve | Who::Undistributed | Who::Fund(_) => "account's debt netted",
            });
        }
        amount - netted
    }

    /// Income of an account of the programme: netted like anybody's.
    pub(super) fn income(&mut self, who: &Who, amount: i128) {
        let left = self.net(who, amount);
        *self.account(who) += left;
    }

    fn account(&mut self, who: &Who) -> &mut i128 {
        match who {
            Who::Member(number) => &mut self.members[*number].cash,
            Who::Merchant(id) => &mut self.merchants.entry(id.clone()).or_default().payable,
            Who::Platform => &mut self.platform_revenue,
            Who::Reserve => &mut self.refund_reserve,
            Who::Undistributed => &mut self.commission_undistributed,
            Who::Fund(number) => &mut self.funds[*number],
        }
    }

    /// A leg of somebody falls by an amount; below zero it grows. What it lacks, and what is netted of what it gets,
    /// is kept for the end of the refund.
    pub(super) fn reverse(&mut self, who: Who, amount: i128, balance: &mut Balance) {
        if amount < 0 {
            let paid = self.pay_debts(&who, -amount);
            let netted: i128 = paid.iter().map(|(_, part)| part).sum();
            *self.account(&who) += -amount - netted;
            balance.recovered.extend(paid);
            return;
        }
        let account = self.account(&who);
        let taken = amount.min(*account);
        *account -= taken;
        balance.missing.push((who, What::Leg, amount - taken));
    }

    /// What the pool lacks of its leg; below zero what it gave beyond it.
    pub(super) fn pool_lacks(&mut self, amount: i128, balance: &mut Balance) {
        if amount >= 0 {
            balance.missing.push((Who::Platform, What::Pool, amount));
            return;
        }
        self.corner("pool catches up");
        // The platform owes less for pool legs, and all of it is recovered money.
        let mut left = -amount;
        for debt in self.debts.iter_mut().filter(|debt| debt.what == What::Pool) {
            let part = left.min(debt.amount);
            debt.amount -= part;
            left -= part;
        }
        self.debts.retain(|debt| debt.amount > 0);
        balance.recovered.insert(0, (What::Leg, -amount));
    }

    /// What is recovered comes before what is missing.
    pub(super) fn end_refund(&mut self, balance: Balance) {
        for (what, part) in balance.recovered {
            self.hand_back(what, part);
        }
        let missing = balance.missing.iter().map(|(_, _, amount)| amount).sum();
        for (who, what, amount) in balance.missing {
            self.owe(who, what, amount);
        }
        self.advance(missing);
    }

    // ---- wallet.net_receivables

    /// What is credited to a member that owes is netted too, where the plan says so.
    pub(super) fn net_credit(&mut self, member: usize, amount: i128) {
        if self.plan.wallet.net_receivables {
            let left = self.net(&Who::Member(member), amount);
            let owner = &mut self.members[member];
            owner.cash -= amount - left;
            owner.keep_retention_pending(owner.retention_pending.min(owner.cash));
            if left < amount {
                self.corner("credit netted");
            }
        }
    }

    /// The same of money that still has its retention in it.
    pub(super) fn net_gross(&mut self, member: usize, gross: i128) {
        if self.plan.wallet.net_receivables {
            let part = self.part_that_pays(member, self.owed_by(&Who::Member(member)), gross);
            self.retain_now(member, part);
        }
    }

    /// What of a sale under a version is kept at the withdrawal.
    pub(super) fn retention_under(&self, version: usize) -> Rate {
        match &self.versions[version].pool {
            Some(pool) if pool.retention_point == RetentionPoint::Withdrawal => pool.retention,
            Some(_) | None => Rate::ZERO,
        }
    }

    /// What is kept of these parts, by the versions under which they were sold: a charge, so each rounds up.
    pub(super) fn kept_of(&self, parts: &[(usize, i128)]) -> i128 {
        parts.iter().map(|(version, part)| ceil_part(self.retention_under(*version), *part)).sum()
    }

    /// The oldest of what a member has with its retention still in it.
    pub(super) fn oldest_retention_pending(&self, member: usize, most: i128) -> Vec<(usize, i128)> {
        let owner = &self.members[member];
        let mut all: Vec<(usize, i128)> = owner.older.iter().map(|(of, part)| (*of, *part)).collect();
        let open = owner.retention_pending - owner.older.values().sum::<i128>();
        all.push((self.version(), open));
        let mut left = most;
        for (_, part) in &mut all {
            *part = left.min(*part);
            left -= *part;
        }
        all.retain(|(_, part)| *part > 0);
        all
    }

    /// The least of some cash, oldest first, that pays a debt after its retention, or all of it.
    fn part_that_pays(&self, member: usize, owed: i128, cash: i128) -> i128 {
        let after = |part: i128| part - self.kept_of(&self.oldest_retention_pending(member, part));
        let (mut low, mut high) = (0, cash);
        while low < high {
            let middle = (low + high) / 2;
            if after(middle) >= owed {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// Takes the retention of a part of a wallet, and nets the rest of the part.
    fn retain_now(&mut self, member: usize, part: i128) {
        let kept = self.kept_of(&self.oldest_retention_pending(member, part));
        let owner = &mut self.members[member];
        owner.cash -= kept;
        owner.keep_retention_pending(owner.retention_pending - part);
        self.retained += kept;
        if self.supply == 0 {
            *self.residual.entry(self.epoch).or_default() += kept;
        } else {
            self.assets += kept;
        }
        if kept > 0 {
            self.corner("retention taken for a debt");
        }
        self.net_credit(member, part - kept);
    }

    /// What a withdrawal first takes for debts: (of money without retention to come, of the rest).
    pub(super) fn owed_first(&self, member: usize) -> (i128, i128) {
        if !self.plan.wallet.net_receivables {
            return (0, 0);
        }
        let (owed, owner) = (self.owed_by(&Who::Member(member)), &self.members[member]);
        let free = owed.min(owner.cash - owner.retention_pending);
        (free, self.part_that_pays(member, owed - free, owner.retention_pending))
    }

    pub(super) fn take_owed_first(&mut self, member: usize, (free, part): (i128, i128)) {
        if free + part > 0 {
            self.corner("withdrawal pays debts first");
        }
        self.net_credit(member, free);
        self.retain_now(member, part);
    }

    // ---- the operator

    pub(super) fn operator_pays(&mut self, amount: i128) -> Result<(), Rejection> {
        if amount > i128::from(AMOUNT_MAX) {
            return Err(Rejection::LimitReached);
        }
        if amount == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        if amount > self.operator_due {
            return Err(Rejection::ExceedsOperatorDue);
        }
        self.bank += amount;
        self.operator_due -= amount;
        self.corner("operator paid");
        Ok(())
    }

    pub(super) fn operator_withdraws(&mut self, actor: &Id, id: &Id, amount: i128) -> Result<(), Rejection> {
        if amount == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        if self.withdrawal_numbers.contains_key(id) {
            return Err(Rejection::WithdrawalExists);
        }
        if amount > self.operator_claim {
            return Err(Rejection::InsufficientOperatorClaim);
        }
        self.operator_claim -= amount;
        self.operator_hold += amount;
        self.withdrawal_numbers.insert(id.clone(), self.withdrawals.len());
        self.withdrawals.push(Withdrawal {
            id: id.clone(),
            owner: Owner::Operator,
            requester: actor.clone(),
            approver: None,
            state: WithdrawalState::Requested,
            amount,
            at: self.now,
            fee: 0,
            parts: Vec::new(),
            kept: 0,
            reconsume: Rate::ZERO,
        });
        self.corner("operator withdraws");
        Ok(())
    }

    /// Its withdrawal ended: the money left, or comes back to it.
    pub(super) fn operator_hold_ends(&mut self, amount: i128, paid: bool) {
        self.operator_hold -= amount;
        if paid {
            self.bank -= amount;
        } else {
            self.pay_operator(amount);
        }
    }

    /// What everybody owes, less what others advanced for it: for nobody but the reserve, the release fund or who paid
    /// a bonus.
    pub(super) fn recoverable(&self) -> i128 {
        self.debts.iter().map(|debt| debt.amount).sum::<i128>() - self.advanced.iter().sum::<i128>()
    }

    /// What [`super::Snapshot::others`] asks for.
    pub(super) fn debt_numbers(&self, put: &mut impl FnMut(String, i128)) {
        for (name, amount) in ["reserve", "platform", "operator"].iter().zip(self.advanced) {
            put(format!("accounts.advanced_{name}"), amount);
        }
        put("accounts.operator_claim".to_owned(), self.operator_claim);
        put("accounts.operator_hold".to_owned(), self.operator_hold);
        let accounts =
            [("platform", Who::Platform), ("reserve", Who::Reserve), ("undistributed", Who::Undistributed)];
        for (name, who) in accounts {
            put(format!("accounts.{name}_receivable"), self.owed_by(&who));
        }
        for (number, fund) in self.plan.split.funds.iter().enumerate() {
            put(format!("accounts.fund_receivable.{}", fund.name), self.owed_by(&Who::Fund(number)));
        }
        for (number, member) in self.members.iter().enumerate() {
            put(format!("members.{}.receivable", member.id), self.owed_by(&Who::Member(number)));
            put(format!("members.{}.set_off", member.id), member.set_off);
        }
    }

    /// Debts of legs are at least what is advanced.
    pub(super) fn audit_debts(&self, problems: &mut Vec<String>) {
        let legs = self.debts.iter().filter(|debt| matches!(debt.what, What::Leg | What::Pool));
        let (legs, advanced) =
            (legs.map(|debt| debt.amount).sum::<i128>(), self.advanced.iter().sum::<i128>());
        if legs < advanced || self.advanced.iter().any(|amount| *amount < 0) {
            problems.push(format!("advanced {:?}, owed {legs}", self.advanced));
        }
        if self.operator_claim < 0 || (self.operator_claim > 0 && self.operator_due > 0) {
            problems.push(format!("operator: due {}, claim {}", self.operator_due, self.operator_claim));
        }
    }
}
