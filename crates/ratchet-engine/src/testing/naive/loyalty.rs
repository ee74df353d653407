//! Loyalty points of the naive model (LOY-1 … LOY-4).

use super::Naive;
use super::arithmetic::{floor_part, floor_share};
use super::debts::Who;
use super::timers::Alarm;
use crate::time::Timestamp;

/// Loyalty points of one settled line, one refund or one consolation (LOY-2).
#[derive(Clone, Copy, Debug)]
pub(super) struct LoyaltyLot {
    pub(super) member: usize,
    pub(super) left: i128,
    expires: i64,
}

impl Naive {
    pub(crate) fn loyalty_of(&self, member: usize) -> i128 {
        self.loyalty_lots.iter().filter(|lot| lot.member == member).map(|lot| lot.left).sum()
    }

    /// A new lot of now.
    pub(super) fn add_loyalty(&mut self, member: usize, points: i128) {
        if points == 0 {
            return;
        }
        let days = self.plan.loyalty.map_or(0, |plan| plan.valid_days);
        let expires = self.good_until(days);
        self.loyalty_lots.push(LoyaltyLot { member, left: points, expires });
        self.watch_loyalty(member);
    }

    /// LOY-2: one alarm a member, for its oldest lot. A lot that would expire after the end of time does not.
    fn watch_loyalty(&mut self, member: usize) {
        let oldest = self.loyalty_lots.iter().find(|lot| lot.member == member && lot.left > 0);
        if let Some(oldest) = oldest.filter(|lot| lot.expires <= Timestamp::MAX.us()).copied() {
            self.set_alarm(Alarm::Loyalty { member }, oldest.expires);
        } else {
            self.cancel_alarm(Alarm::Loyalty { member });
        }
    }

    pub(super) fn expire_loyalty(&mut self, member: usize) {
        let now = self.now;
        let expired = self.loyalty_lots.iter_mut().filter(|l| l.member == member && l.expires <= now);
        let gone = expired.map(|lot| std::mem::take(&mut lot.left)).sum();
        self.income(&Who::Platform, gone);
        self.corner("loyalty expired");
        self.watch_loyalty(member);
    }

    /// LOY-2: the oldest first.
    pub(super) fn spend_loyalty(&mut self, member: usize, points: i128) {
        let mut left = points;
        for lot in self.loyalty_lots.iter_mut().filter(|lot| lot.member == member) {
            let part = left.min(lot.left);
            lot.left -= part;
            left -= part;
        }
        if points > 0 {
            self.corner("loyalty spent");
            self.watch_loyalty(member);
        }
    }

    /// LOY-1: what of the platform's part of a settled line becomes points.
    pub(super) fn earn_loyalty(&mut self, order: usize, position: usize, platform: i128) {
        let excluded = self.excludes(self.orders[order].source).loyalty;
        let Some(plan) = self.plan.loyalty.filter(|_| !excluded) else { return };
        let line = &self.orders[order].lines[position];
        let points = floor_part(plan.earn_rate, line.base()).min(platform).min(self.platform_revenue);
        self.platform_revenue -= points;
        self.orders[order].lines[position].loyalty_earned = points;
        self.add_loyalty(self.orders[order].member, points);
    }

    /// LOY-4: before anything else of a late refund; `refunded` of `base` since settlement, this refund included.
    pub(super) fn take_back_loyalty(&mut self, order: usize, position: usize, refunded: i128, base: i128) {
        let member = self.orders[order].member;
        let line = &mut self.orders[order].lines[position];
        let due = if base == 0 { 0 } else { floor_share(line.loyalty_earned, refunded, base) };
        let wanted = due - line.loyalty_due_back;
        let mut left = wanted;
        line.loyalty_due_back = due;
        if left == 0 {
            return;
        }
        for lot in self.loyalty_lots.iter_mut().rev().filter(|lot| lot.member == member) {
            let part = left.min(lot.left);
            lot.left -= part;
            left -= part;
        }
        self.income(&Who::Platform, wanted - left);
        self.corner(if left > 0 { "loyalty taken back in part" } else { "loyalty taken back" });
        self.watch_loyalty(member);
    }
}
