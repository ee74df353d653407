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
        self.unused_points(gone);
        self.corner("loyalty expired");
        self.watch_loyalty(member);
    }

    /// LOY-1a: points that come back unused repay the operator first.
    fn unused_points(&mut self, points: i128) {
        let operator = points.min(self.loyalty_by_operator);
        self.loyalty_by_operator -= operator;
        self.pay_operator(operator);
        self.income(&Who::Platform, points - operator);
        if operator > 0 {
            self.corner("operator's points come back");
        }
    }

    /// Of a member's lots the newest first, as far as they reach. Returns what they gave.
    fn take_newest_points(&mut self, member: usize, points: i128) -> i128 {
        let mut left = points;
        for lot in self.loyalty_lots.iter_mut().rev().filter(|lot| lot.member == member) {
            let part = left.min(lot.left);
            lot.left -= part;
            left -= part;
        }
        self.watch_loyalty(member);
        points - left
    }

    /// LOY-4a: points of a member pay what it owes in points, at most so many.
    pub(super) fn net_points(&mut self, member: usize, most: i128) {
        let points = most.min(self.members[member].loyalty_owed);
        if points == 0 {
            return;
        }
        self.members[member].loyalty_owed -= points;
        let taken = self.take_newest_points(member, points);
        self.unused_points(taken);
        self.corner("loyalty netted");
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

    /// LOY-1: the full points, out of the platform's revenue, and from the operator where that is short.
    pub(super) fn earn_loyalty(&mut self, order: usize, position: usize) {
        let excluded = self.excludes(&self.orders[order]).loyalty;
        let Some(plan) = self.plan_of(order).loyalty.filter(|_| !excluded) else { return };
        let line = &self.orders[order].lines[position];
        let points = floor_part(plan.earn_rate, line.base());
        let operator = (points - self.platform_revenue).max(0);
        self.platform_revenue -= points - operator;
        self.take_from_operator(operator);
        self.loyalty_by_operator += operator;
        if operator > 0 {
            self.corner("loyalty by the operator");
        }
        self.orders[order].lines[position].loyalty_earned = points;
        let member = self.orders[order].member;
        self.add_loyalty(member, points);
        self.net_points(member, points);
    }

    /// LOY-4: before anything else of a late refund of `cash`; `refunded` of `base` since settlement, this refund
    /// included. Returns what is cut from the cash (LOY-4b).
    pub(super) fn take_back_loyalty(
        &mut self,
        (order, position): (usize, usize),
        (refunded, base): (i128, i128),
        cash: i128,
    ) -> i128 {
        let member = self.orders[order].member;
        let line = &mut self.orders[order].lines[position];
        let due = if base == 0 { 0 } else { floor_share(line.loyalty_earned, refunded, base) };
        let wanted = due - line.loyalty_due_back;
        line.loyalty_due_back = due;
        if wanted == 0 {
            return 0;
        }
        let taken = self.take_newest_points(member, wanted);
        self.unused_points(taken);
        let spent = wanted - taken;
        let cut =
            if self.plan_of(order).loyalty.is_some_and(|plan| plan.set_off) { spent.min(cash) } else { 0 };
        self.income(&Who::Platform, cut);
        self.members[member].loyalty_owed += spent - cut;
        self.corner(match (spent, cut) {
            (0, _) => "loyalty taken back",
            (_, 0) => "loyalty owed",
            (_, _) => "loyalty set off",
        });
        cut
    }
}
