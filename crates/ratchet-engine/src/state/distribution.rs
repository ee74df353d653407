//! The state's part in network, ranks, commissions and dividend: what their events change, and what the commands ask of
//! it.

use crate::amount::{Money, Rate};
use crate::commission::{CommissionClawback, CommissionPaid, Entitlement};
use crate::dividend::next_period;
use crate::event::PostSettlementRefund;
use crate::id::{LineNo, MemberNo, OrderNo};
use crate::ledger::{Account, AccountKind};
use crate::plan::RetentionPoint;
use crate::rank::RankChange;
use crate::region::Region;
use crate::state::State;
use crate::time::{Day, Timestamp};

impl State {
    /// Whether orders lay anything down at payment (COMM-0, EMIT-1).
    #[inline]
    pub(crate) fn lays_down(&self) -> bool {
        self.pays_commissions || self.plan.value.as_ref().is_some_and(|plan| !plan.referral.is_empty())
    }

    /// EMIT-1: who gets a part of the buyer's value units, nearest first, with the part.
    pub(crate) fn value_referrals(&self, order: OrderNo) -> Vec<(MemberNo, Rate)> {
        self.commissions.value_referrals(order).collect()
    }

    /// How many members have exactly each rank, by place in the plan.
    pub(crate) fn rank_counts(&self) -> &[u32] {
        self.network.rank_counts()
    }

    /// The member's rank, as its place in the plan.
    #[inline]
    pub(crate) fn rank_of(&self, member: MemberNo) -> Option<usize> {
        self.network.rank(member)
    }

    /// COMM-5a: the end of the period that contains `day`; `None` past the end of time.
    fn period_end(&self, day: Day) -> Option<Timestamp> {
        let plan = self.plan.commission.as_ref()?.dividend?;
        let end = self.plan.programme.calendar.start_of(next_period(plan.period, day));
        Some(end).filter(|end| *end > self.now)
    }

    /// The period after the first command, or after one that ended, begins.
    pub(super) fn begin_period(&mut self) {
        self.dividend.due_at = self.period_end(self.today());
    }

    pub(super) fn apply_bound(&mut self, member: MemberNo, referrer: MemberNo) {
        self.members.bind(member, referrer);
        self.network.bind(member, referrer);
    }

    pub(super) fn apply_placed(&mut self, order: OrderNo, ship_to: Option<Region>) {
        if let Some(region) = ship_to {
            self.commissions.ship_to.insert(order, region);
        }
    }

    /// A paid or closed order's address is not asked for again.
    #[inline]
    pub(super) fn forget_address(&mut self, order: OrderNo) {
        if !self.commissions.ship_to.is_empty() {
            self.commissions.ship_to.remove(&order);
        }
    }

    /// RANK-1, COMM-5: a line counts from its settlement.
    #[inline]
    pub(super) fn count_settled(&mut self, member: MemberNo, order: OrderNo, base: Money) {
        if self.excludes_of(order).commission {
            return;
        }
        if self.volumes.is_kept() {
            let today = self.today().number();
            self.volumes.settled(member, base, order, today);
            self.needs_close();
        }
        if self.dividend.due_at.is_some() {
            self.dividend.base += base.minor();
        }
    }

    /// RANK-1, COMM-5: what was refunded late does not count any more.
    pub(super) fn count_refunded(&mut self, line: LineNo, member: MemberNo, cash: Money) {
        let order = self.orders.line(line).order;
        if self.excludes_of(order).commission {
            return;
        }
        self.volumes.refunded(member, cash, order);
        if self.dividend.due_at.is_some() {
            self.dividend.base -= cash.minor();
        }
    }

    pub(super) fn apply_laid_down(&mut self, order: OrderNo, items: &[Entitlement]) {
        self.commissions.record_entitlements(order, items);
    }

    #[inline]
    pub(super) fn apply_commissions_paid(&mut self, paid: &[CommissionPaid]) {
        for CommissionPaid { member, kind, generation, amount } in paid {
            self.commissions.add_paid(*kind, *generation, amount.minor());
            self.count_income(*member, *amount);
        }
    }

    /// DISC-1a: the gross of an earning out of others' purchases.
    pub(super) fn count_income(&mut self, member: MemberNo, amount: Money) {
        self.members.receive(member, amount);
        self.commissions.add_income(member, amount);
    }

    /// COMM-8.
    pub(super) fn apply_commissions_back(&mut self, late: &PostSettlementRefund) {
        for CommissionClawback {
            member,
            kind,
            generation,
            recovered: taken,
            receivable: owed,
            adjustment: gained,
        } in &late.commissions
        {
            let change = gained.minor() - taken.minor() - owed.minor();
            self.commissions.add_paid(*kind, *generation, change);
            if !gained.is_zero() {
                self.count_income(*member, *gained);
            }
        }
        self.cut_unretained(&late.commissions);
    }

    /// COMM-8a: of a wallet that is charged, money whose retention was taken goes first. The ledger has all changes already:
    /// what was in a wallet after one of them is what is in it now without the later ones.
    fn cut_unretained(&mut self, back: &[CommissionClawback]) {
        for (at, charged) in back.iter().enumerate().filter(|(_, back)| !back.recovered.is_zero()) {
            self.cut_unretained_of(charged.member, &back[at + 1..]);
        }
    }

    /// The same of one member whose wallet was charged before these changes.
    pub(super) fn cut_unretained_of(&mut self, member: MemberNo, later: &[CommissionClawback]) {
        if self.plan.pool.is_none_or(|pool| pool.retention_point == RetentionPoint::Sale) {
            return;
        }
        let later = later.iter().filter(|later| later.member == member);
        let since: i64 = later.map(|later| later.adjustment.minor() - later.recovered.minor()).sum();
        let now = self.ledger.balance(Account::member(AccountKind::WalletCash, member));
        let then = u128::try_from(now - i128::from(since)).ok().and_then(Money::from_wide);
        let retention_pending = self.withdrawals.retention_pending(member);
        if let Some(then) = then.filter(|then| *then < retention_pending) {
            self.withdrawals.set_unretained(member, then);
        }
    }

    /// RANK-2, NET-3: volumes as of the day that closes now.
    pub(super) fn apply_volumes_counted(&mut self) {
        let (plan, day) = (std::sync::Arc::clone(&self.plan), self.closing_day().number());
        let network = &self.network;
        self.volumes.count(&plan, day, |at| network.parent(at), |at| network.rank_number(at));
        let volumes = &self.volumes;
        self.network.set_bought(|at| volumes.has_bought(at));
    }

    pub(super) fn apply_ranks_changed(&mut self, changes: &[RankChange]) {
        for change in changes {
            self.network.set_rank(change.member, change.to);
            self.emission_rank_changed(change.member, change.to.checked_sub(1).map(usize::from));
        }
    }

    pub(super) fn apply_dividend_declared(&mut self, deficit: Money) {
        self.dividend.base = 0;
        self.dividend.deficit = deficit;
        self.begin_period();
    }

    pub(super) fn apply_dividend_paid(&mut self, shares: &[(MemberNo, Money)]) {
        for (member, share) in shares {
            self.count_income(*member, *share);
        }
    }
}
