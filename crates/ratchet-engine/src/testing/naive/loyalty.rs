//! Loyalty points of the naive model (LOY-1 … LOY-5).

use super::Naive;
use super::arithmetic::{date_of, floor_part, floor_share};
use super::debts::Who;
use super::orders::Line;
use super::timers::Alarm;
use crate::plan::{Earn, LoyaltyPlan, TierBasis};
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
        let days = self.plan.loyalty.as_ref().map_or(0, |plan| plan.valid_days);
        let expires = self.good_until(days);
        if self.loyalty_lots.iter().any(|lot| lot.member == member && lot.left > 0 && lot.expires > expires) {
            self.corner("loyalty that expires before older");
        }
        self.loyalty_lots.push(LoyaltyLot { member, left: points, expires });
        self.loyalty_lots.sort_by_key(|lot| lot.expires);
        self.watch_loyalty(member);
    }

    /// LOY-2: one alarm a member, for its lot that expires first. A lot that would expire after the end of time does not.
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
        let Some(plan) = self.plan_of(order).loyalty.clone().filter(|_| !excluded) else { return };
        let member = self.orders[order].member;
        let base = self.orders[order].lines[position].base();
        let tier = self.orders[order].loyalty_tier;
        let rates = self.own_rates(order);
        let together = |lines| earned_together(&plan, tier, &rates, &self.orders[order].lines, lines);
        let mut points = together(position + 1) - together(position);
        if let Some(left) = self.left_of_month(&plan, member) {
            if points > left {
                self.corner("loyalty cut by the month");
            }
            points = points.min(left);
        }
        if tier > 0 {
            self.corner("loyalty by a tier");
        }
        if points == 0 && base > 0 {
            self.corner("no loyalty for a line");
        }
        let operator = (points - self.platform_revenue).max(0);
        self.platform_revenue -= points - operator;
        self.take_from_operator(operator);
        self.loyalty_by_operator += operator;
        if operator > 0 {
            self.corner("loyalty by the operator");
        }
        self.orders[order].lines[position].loyalty_earned = points;
        let today = self.local_day(self.now);
        let counts = |plan: &LoyaltyPlan| !plan.tiers.is_empty() || plan.monthly_limit.is_some();
        if base > 0
            && let Some(now) = self.plan.loyalty.as_ref().filter(|plan| counts(plan))
        {
            let kept = now.tier_days.map_or(0, |days| i64::from(days) + i64::from(now.keep_days)).max(31);
            self.orders[order].lines[position].loyalty_day = Some(today);
            let since = &mut self.members[member].loyalty_since;
            *since = (*since).max(today - kept);
        }
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
        let plan = self.plan_of(order).loyalty.clone();
        let by_order = plan.as_ref().is_some_and(|plan| {
            let steps = |earn| matches!(earn, Earn::Steps { .. });
            plan.worth.minor() != 1
                || plan.minimum.minor() != 0
                || steps(plan.earn)
                || plan.tiers.iter().any(|tier| steps(tier.earn))
                || plan.classes.iter().any(|class| steps(class.earn))
        });
        let rates = self.own_rates(order);
        let line = &self.orders[order].lines[position];
        let due = if base == 0 { 0 } else { floor_share(line.loyalty_earned, refunded, base) };
        let mut wanted = due - line.loyalty_due_back;
        if by_order {
            // LOY-5f: what the order has, less what it would have earned on what is left.
            let order = &self.orders[order];
            let has: i128 = order.lines.iter().map(|line| line.loyalty_earned - line.loyalty_due_back).sum();
            let still = plan.map_or(0, |plan| {
                earned_together(&plan, order.loyalty_tier, &rates, &order.lines, order.lines.len())
            });
            wanted = (has - still).max(0);
        }
        self.orders[order].lines[position].loyalty_due_back += wanted;
        if wanted == 0 {
            return 0;
        }
        let taken = self.take_newest_points(member, wanted);
        self.unused_points(taken);
        let spent = wanted - taken;
        let cut = if self.plan_of(order).loyalty.as_ref().is_some_and(|plan| plan.set_off) {
            spent.min(cash)
        } else {
            0
        };
        self.income(&Who::Platform, cut);
        self.members[member].loyalty_owed += spent - cut;
        self.corner(match (spent, cut) {
            (0, _) => "loyalty taken back",
            (_, 0) => "loyalty owed",
            (_, _) => "loyalty set off",
        });
        cut
    }

    /// LOY-5d: what counts of a member on the days from `first` to `last`; all that ever counted where there is no window.
    fn counted(&self, plan: &LoyaltyPlan, member: usize, days: Option<(i64, i64)>) -> i128 {
        let (first, last) = days.unwrap_or((i64::MIN, i64::MAX));
        let first = if days.is_some() { first.max(self.members[member].loyalty_since) } else { first };
        let lines = self.orders.iter().filter(|order| order.member == member).flat_map(|order| &order.lines);
        let lines = lines.filter(|line| line.loyalty_day.is_some_and(|day| (first..=last).contains(&day)));
        lines
            .map(|line| match plan.tier_basis {
                TierBasis::Spent => line.base(),
                TierBasis::Earned => line.loyalty_earned - line.loyalty_due_back,
            })
            .sum()
    }

    /// LOY-5d: the highest tier whose condition held today or on one of the `keep_days` before, tried day by day.
    pub(crate) fn loyalty_tier(&self, plan: &LoyaltyPlan, member: usize) -> usize {
        let today = self.local_day(self.now);
        let reached =
            |sum: i128| plan.tiers.iter().filter(|tier| i128::from(tier.from.minor()) <= sum).count();
        let Some(window) = plan.tier_days else { return reached(self.counted(plan, member, None)) };
        let days = today - i64::from(plan.keep_days)..=today;
        let sums = days.map(|day| self.counted(plan, member, Some((day - i64::from(window) + 1, day))));
        sums.map(reached).max().unwrap_or(0)
    }

    /// LOY-5d: what an order is paid with.
    pub(super) fn loyalty_tier_for(&self, order: usize) -> usize {
        if self.plan.loyalty.is_none() || self.excludes(&self.orders[order]).loyalty {
            return 0;
        }
        let member = self.orders[order].member;
        self.plan_of(order).loyalty.as_ref().map_or(0, |plan| self.loyalty_tier(plan, member))
    }

    /// The classes of an order's plan that earn something of their own.
    fn own_rates(&self, order: usize) -> Vec<(String, Earn)> {
        let plan = self.plan_of(order);
        let own = plan.loyalty.iter().flat_map(|loyalty| &loyalty.classes);
        own.map(|own| (plan.classes[usize::from(own.class)].id.clone(), own.earn)).collect()
    }

    /// LOY-5e: what the limit of this month leaves, in whole points.
    fn left_of_month(&self, plan: &LoyaltyPlan, member: usize) -> Option<i128> {
        let (worth, limit) = (i128::from(plan.worth.minor()), i128::from(plan.monthly_limit?));
        let this_month = date_of(self.local_day(self.now));
        let lines = self.orders.iter().filter(|order| order.member == member).flat_map(|order| &order.lines);
        let lines = lines.filter(|line| {
            line.loyalty_day.is_some_and(|day| {
                let (year, month, _) = date_of(day);
                (year, month) == (this_month.0, this_month.1)
            })
        });
        let earned: i128 = lines.map(|line| line.loyalty_earned - line.loyalty_due_back).sum();
        Some((limit - earned.div_euclid(worth) - i128::from(earned.rem_euclid(worth) != 0)).max(0) * worth)
    }
}

/// LOY-5b, LOY-5c: what the first `lines` lines of an order earn together, in minor units, whole points only. `rates` are the
/// classes that earn something of their own.
fn earned_together(
    plan: &LoyaltyPlan,
    tier: usize,
    rates: &[(String, Earn)],
    all: &[Line],
    lines: usize,
) -> i128 {
    if all.iter().map(Line::base).sum::<i128>() < i128::from(plan.minimum.minor()) {
        return 0;
    }
    let worth = i128::from(plan.worth.minor());
    let tier = tier.min(plan.tiers.len());
    let general = if tier == 0 { plan.earn } else { plan.tiers[tier - 1].earn };
    let own_of = |line: &Line| rates.iter().position(|(class, _)| Some(class) == line.class.as_ref());
    let groups = (0..rates.len()).map(Some).chain([None]);
    let earned = groups.map(|group| {
        let bases = all.iter().take(lines).filter(|line| own_of(line) == group).map(Line::base);
        match group.map_or(general, |place| rates[place].1) {
            Earn::Rate(rate) => bases.map(|base| floor_part(rate, base)).sum::<i128>() / worth * worth,
            Earn::Steps { per_full, points } => {
                bases.sum::<i128>() / i128::from(per_full.minor()) * i128::from(points) * worth
            }
        }
    });
    earned.sum()
}
