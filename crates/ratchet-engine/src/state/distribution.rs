//! The state's part in network, ranks, commissions and dividend: what their events change, and what the commands ask of
//! it.

use crate::amount::{Money, Rate};
use crate::commission::{ClassEntitlements, CommissionClawback, CommissionPaid, Entitlement};
use crate::event::PostSettlementRefund;
use crate::id::{LineNo, MemberNo, OrderNo};
use crate::rank::RankChange;
use crate::region::Region;
use crate::state::State;
use crate::time::Timestamp;

impl State {
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

    pub(super) fn apply_bound(&mut self, member: MemberNo, referrer: MemberNo) {
        self.members.bind(member, referrer);
        self.network.bind(member, referrer);
        self.tasks.bind(member, referrer);
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
    pub(super) fn count_settled(&mut self, member: MemberNo, order: OrderNo, volume: Money) {
        if self.volumes.is_kept() {
            let today = self.today();
            self.volumes.settled(member, volume, order, today);
            self.needs_close();
        }
        if self.dividend.due_at.is_some() {
            self.dividend.base += volume.minor();
        }
    }

    /// RANK-1, COMM-5: what was refunded late does not count any more.
    pub(super) fn count_refunded(&mut self, line: LineNo, member: MemberNo, volume: Money) {
        let order = self.orders.line(line).order;
        self.volumes.refunded(member, volume, order);
        if self.dividend.due_at.is_some() {
            self.dividend.base -= volume.minor();
        }
    }

    pub(super) fn apply_entitlements(
        &mut self,
        order: OrderNo,
        items: &[Entitlement],
        by_class: &[ClassEntitlements],
    ) {
        self.commissions.record_entitlements(order, items, by_class);
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
            retention_pending_cut,
        } in &late.commissions
        {
            let change = gained.minor() - taken.minor() - owed.minor();
            self.commissions.add_paid(*kind, *generation, change);
            if !gained.is_zero() {
                self.count_income(*member, *gained);
            }
            self.cut_retention_pending(*member, *retention_pending_cut);
        }
    }

    /// COMM-8a: so much less of a member's money is before retention.
    pub(super) fn cut_retention_pending(&mut self, member: MemberNo, cut: Money) {
        if !cut.is_zero() {
            let left = self.withdrawals.retention_pending(member).saturating_sub(cut);
            self.withdrawals.set_retention_pending(member, left);
        }
    }

    pub(super) fn apply_ranks_changed(&mut self, changes: &[RankChange]) {
        for change in changes {
            self.network.set_rank(change.member, change.to);
            self.emission_rank_changed(change.member, change.to.checked_sub(1).map(usize::from));
        }
    }

    pub(super) fn apply_dividend_declared(&mut self, deficit: Money, next: Option<Timestamp>) {
        self.dividend.base = 0;
        self.dividend.deficit = deficit;
        self.dividend.due_at = next;
    }

    pub(super) fn apply_dividend_paid(&mut self, shares: &[(MemberNo, Money)]) {
        for (member, share) in shares {
            self.count_income(*member, *share);
        }
    }
}
