//! Tasks and staged release of the naive model (REL-1 … REL-7).

use super::Naive;
use super::arithmetic::{floor_part, floor_ratio, floor_units, money, wide};
use super::debts::{What, Who};
use super::orders::Line;
use crate::amount::{Rate, UNITS_PER_POINT};
use crate::id::Id;
use crate::plan::{ReleaseBase, ReleasePlan};
use crate::rejection::Rejection;

const PPM: u128 = 1_000_000;

/// Release points granted by one settled line (REL-1).
#[derive(Clone, Debug)]
pub(super) struct ReleaseLot {
    pub(super) member: usize,
    /// The local day of the grant.
    day: i64,
    original: u128,
    released: u128,
    pub(super) remaining: u128,
    /// The sum of the rates of its done days so far, in parts per million (REL-2, REL-3).
    rates: u128,
    /// With `base = "remaining"`: carried, in millionths of a unit.
    fraction: u128,
    /// What late refunds of the line have charged (REL-5).
    charged: i128,
}

impl Naive {
    /// REL-2: the member has done the task of the local day.
    pub(super) fn complete_task(&mut self, member: &Id, task: Option<&Id>) -> Result<(), Rejection> {
        let number = self.known_member(member)?;
        if self.plan.release.is_none() && self.plan.value.is_none() {
            return Err(Rejection::NoTasks);
        }
        let place = match (self.plan.tasks.is_empty(), task) {
            (true, None) => 0,
            (false, Some(task)) => {
                let known = self.plan.tasks.iter().position(|plan| plan.id == task.as_str());
                known.ok_or(Rejection::TaskUnknown)?
            }
            (true, Some(_)) | (false, None) => return Err(Rejection::TaskUnknown),
        };
        let today = self.local_day(self.now);
        if self.task_done(number, today) {
            self.corner("task done twice");
        }
        let done = &self.members[number].completions;
        let of_today = done.iter().filter(|done| **done == (today, place)).count();
        let ever = done.iter().any(|(_, of)| *of == place);
        // TASK-1: a completion counts so often a day, or once in all.
        let counts = self.plan.tasks.get(place).is_none_or(|plan| {
            of_today < usize::try_from(plan.daily_limit).expect("fits") && !(plan.once && ever)
        });
        if !counts {
            self.corner("task did not count");
        }
        if counts && (of_today == 0 || !self.plan.tasks.is_empty()) {
            let was_done = self.task_done(number, today);
            self.members[number].completions.push((today, place));
            if !was_done && self.task_done(number, today) {
                self.needs_close();
            }
        }
        Ok(())
    }

    /// TASK-1: as many completions counted on the day as make it done.
    pub(super) fn task_done(&self, member: usize, day: i64) -> bool {
        let required = match &self.plan.release {
            Some(plan) if !self.plan.tasks.is_empty() => usize::try_from(plan.tasks_required).expect("few"),
            Some(_) | None => 1,
        };
        self.members[member].completions.iter().filter(|(of, _)| *of == day).count() >= required
    }

    /// Units of a quantity that counts one for each unit of the currency.
    pub(super) fn units_of(&self, amount: i128) -> u128 {
        wide(amount) * self.units_per_minor()
    }

    pub(crate) fn units_per_minor(&self) -> u128 {
        UNITS_PER_POINT / 10_u128.pow(self.plan.programme.currency.decimals)
    }

    /// REL-1: what a base is granted; rounds down before the zone scales it.
    fn release_grant(&self, plan: &ReleasePlan, line: &Line, base: i128) -> u128 {
        floor_units(plan.grant_ratio, self.units_of(base)) * line.zone_multiple
    }

    /// REL-1: at the settlement of a line.
    pub(super) fn grant_release(&mut self, order: usize, position: usize, day: i64) {
        let excluded = self.excludes(&self.orders[order]).release;
        let Some(plan) = self.plan_of(order).release.as_ref().filter(|_| !excluded) else {
            return;
        };
        let line = &self.orders[order].lines[position];
        let units = self.release_grant(plan, line, line.base());
        if units == 0 {
            return;
        }
        if line.zone_multiple > 1 {
            self.corner("award zone");
        }
        self.orders[order].lines[position].release_lot = Some(self.release_lots.len());
        self.release_lots.push(ReleaseLot {
            member: self.orders[order].member,
            day,
            original: units,
            released: 0,
            remaining: units,
            rates: 0,
            fraction: 0,
            charged: 0,
        });
    }

    /// REL-5: after a late refund of a line.
    pub(super) fn shrink_release(&mut self, order: usize, position: usize) {
        let line = &self.orders[order].lines[position];
        let (Some(plan), Some(number)) = (&self.plan_of(order).release, line.release_lot) else {
            return;
        };
        let original = self.release_grant(plan, line, line.base());
        let per_minor = self.units_per_minor();
        let lot = &mut self.release_lots[number];
        lot.original = original;
        lot.remaining = original.saturating_sub(lot.released);
        let excess = lot.released.saturating_sub(original);
        // Rounds down, over all refunds of the line together.
        let charged = money(excess / per_minor);
        let more = charged - lot.charged;
        lot.charged = charged;
        let member = lot.member;
        let fund = self.plan.release.as_ref().expect("it was granted").fund;
        self.owe(Who::Member(member), What::Release(fund), more);
        if more > 0 {
            self.corner("release charged back");
        }
    }

    /// A member's lots with something in them that were granted before a day, oldest first.
    fn started(&self, member: usize, day: i64) -> Vec<usize> {
        let of = |lot: &ReleaseLot| lot.member == member && lot.day < day && lot.remaining > 0;
        (0..self.release_lots.len()).filter(|lot| of(&self.release_lots[*lot])).collect()
    }

    /// REL-2 and REL-3 at the close of a day: static release of all members, then acceleration.
    pub(super) fn close_release(&mut self, day: i64) {
        let Some(plan) = self.plan.release.clone() else {
            return;
        };
        let mut statically = Vec::new();
        for member in 0..self.members.len() {
            let mut stages = Vec::new();
            if self.task_done(member, day) {
                let done = self.referrals(member).into_iter().filter(|below| self.task_done(*below, day));
                let done = u128::try_from(done.count()).expect("few members");
                if done > 0 && plan.boost > Rate::ZERO && !self.started(member, day).is_empty() {
                    self.corner("boosted release");
                }
                for lot in self.started(member, day) {
                    // Rate and base are those of its grant, the boost is that of today (AMEND-3).
                    let of_grant = self.plan_of_day(self.release_lots[lot].day).release.clone();
                    let mut of_grant = of_grant.expect("it was granted under it");
                    of_grant.boost = plan.boost;
                    let of_grant = self.tier_plan(&of_grant, member);
                    stages.push((lot, self.release_lots[lot].stage(&of_grant, done)));
                }
            }
            statically.push(self.convert(&plan, member, &stages));
        }
        self.net_released();
        let mut due = vec![0_u128; self.members.len()];
        for (member, released) in statically.iter().enumerate() {
            for (above, rate) in self.upline(member).into_iter().zip([plan.direct, plan.indirect]) {
                due[above] += floor_units(rate, *released);
            }
        }
        for (member, due) in due.into_iter().enumerate() {
            let mut left = due;
            let mut parts = Vec::new();
            for lot in self.started(member, day) {
                let part = left.min(self.release_lots[lot].remaining);
                parts.push((lot, part));
                left -= part;
            }
            let released = self.convert(&plan, member, &parts);
            if released > 0 {
                self.corner("accelerated release");
                if !self.task_done(member, day) {
                    self.corner("acceleration without a task");
                }
            }
        }
        self.net_released();
    }

    /// ADMALL-2: the plan with the rate of the tier that a member's locked points reach.
    fn tier_plan(&mut self, plan: &ReleasePlan, member: usize) -> ReleasePlan {
        let mut plan = plan.clone();
        let plain = plan.rate;
        let locked = self.release_points(member).1;
        for tier in &plan.tiers {
            if locked >= tier.from.units() {
                plan.rate = tier.rate;
            }
        }
        if plan.rate != plain {
            self.corner("release tier");
        }
        plan
    }

    /// REL-4, REL-4a: releases these parts of a member's lots as far as there is money; returns what was released.
    fn convert(&mut self, plan: &ReleasePlan, member: usize, parts: &[(usize, u128)]) -> u128 {
        let per_minor = self.units_per_minor();
        let wanted: u128 = parts.iter().map(|(_, part)| part).sum();
        let carried = self.members[member].release_fraction;
        let due = money((wanted + carried) / per_minor);
        let there = self.funds[plan.fund];
        let mut released = wanted;
        let mut paid = due;
        if there < due {
            paid = there;
            // Exactly what makes the money that is there; it is more than is carried, which is less than one minor unit.
            released = if there > 0 { wide(there) * per_minor - carried } else { 0 };
            self.release_shortfall += due - paid;
            self.corner(if there > 0 { "fund short" } else { "fund empty" });
        }
        let mut left = released;
        for (lot, part) in parts {
            let lot = &mut self.release_lots[*lot];
            let part = left.min(*part);
            lot.released += part;
            lot.remaining -= part;
            left -= part;
            if part > 0 && lot.remaining == 0 {
                self.corner("lot finished");
            }
        }
        let fraction = carried + released - wide(paid) * per_minor;
        self.members[member].release_fraction = fraction;
        if fraction > 0 && paid > 0 {
            self.corner("fraction carried");
        }
        self.funds[plan.fund] -= paid;
        // REL-4b: netted first, then split; cash rounds down, re-consumption takes the rest. Money that comes back to
        // the fund is there after the pass.
        let left = paid - paid.min(self.owed_by(&Who::Member(member)));
        if left < paid {
            self.to_net.push((member, paid - left));
        }
        let cash = floor_part(Rate::from_ppm(1_000_000 - plan.reconsume_share.ppm()), left);
        let owner = &mut self.members[member];
        owner.cash += cash;
        owner.reconsume += left - cash;
        owner.cash_received += paid;
        released
    }

    fn net_released(&mut self) {
        for (member, amount) in std::mem::take(&mut self.to_net) {
            self.net(&Who::Member(member), amount);
        }
    }

    /// Of a member: (all its release points, those in lots).
    pub(super) fn release_points(&self, member: usize) -> (u128, u128) {
        let lots = self.release_lots.iter().filter(|lot| lot.member == member);
        let remaining: u128 = lots.map(|lot| lot.remaining).sum();
        (remaining + self.members[member].release_fraction, remaining)
    }
}

impl ReleaseLot {
    /// REL-2, REL-3: what the next done day releases, within what remains.
    fn stage(&mut self, plan: &ReleasePlan, referrals_done: u128) -> u128 {
        // The boost adds to the rate of the day, whatever the rate is of.
        let rate = u128::from(plan.rate.ppm()) + u128::from(plan.boost.ppm()) * referrals_done;
        let staged = match plan.base {
            ReleaseBase::Original => {
                let before = floor_ratio(&[self.rates, self.original], &[PPM]);
                self.rates += rate;
                floor_ratio(&[self.rates, self.original], &[PPM]) - before
            }
            ReleaseBase::Remaining => {
                let millionths = rate * self.remaining + self.fraction;
                self.fraction = millionths % PPM;
                millionths / PPM
            }
        };
        staged.min(self.remaining)
    }

    pub(super) fn is_sound(&self) -> bool {
        self.remaining == self.original.saturating_sub(self.released)
    }
}
