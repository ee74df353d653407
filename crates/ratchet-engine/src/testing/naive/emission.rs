//! Value units and scheduled emission of the naive model (EMIT-1 … EMIT-4).

use super::Naive;
use super::arithmetic::{date_of, day_of, floor_ratio, floor_units, wide};
use super::orders::Line;
use crate::amount::Points;
use crate::id::Id;
use crate::plan::Tail;
use crate::rejection::Rejection;

const PPM: u128 = 1_000_000;

/// Value units granted to one member on one local day (EMIT-1a), or the share of one order that left them (EMIT-1b).
#[derive(Clone, Debug)]
pub(super) struct ValueLot {
    pub(super) member: usize,
    day: i64,
    /// The order whose share it is.
    share_of: Option<usize>,
    original: u128,
    released: u128,
    pub(super) remaining: u128,
    /// The sum of the rates of its done days, in parts per million.
    rates: u128,
}

/// A proposal to issue from the reserve (EMIT-3b).
#[derive(Clone, Debug)]
pub(crate) struct Issue {
    pub(crate) proposer: Id,
    member: usize,
    pub(crate) points: u128,
    pub(crate) done: bool,
}

impl Naive {
    /// EMIT-1a.
    pub(super) fn grant_value(&mut self, member: usize, units: u128) {
        let day = self.local_day(self.now);
        self.value_granted += units;
        let shared = self.shared_value_lot(member, day);
        if let Some(lot) = shared.map(|number| &mut self.value_lots[number]) {
            lot.original += units;
            lot.remaining = lot.original - lot.released;
            return;
        }
        self.value_lots.push(ValueLot {
            member,
            day,
            share_of: None,
            original: units,
            released: 0,
            remaining: units,
            rates: 0,
        });
    }

    /// EMIT-1, MERCH-4: what the buyer is granted for what is left of a line.
    fn value_of(&self, line: &Line) -> u128 {
        let Some(plan) = &self.versions[line.version].value else {
            return 0;
        };
        match &line.product {
            // MERCH-4a: rounds down again.
            Some(_) if line.cash == 0 => 0,
            Some(product) => floor_ratio(&[product.award, wide(line.base())], &[wide(line.cash)]),
            None => floor_units(plan.grant_ratio, self.units_of(line.base())),
        }
    }

    /// EMIT-1: everybody who is granted something for what is left of a line, the buyer first.
    pub(super) fn value_grants(&self, order: usize, position: usize) -> Vec<(usize, u128)> {
        let order = &self.orders[order];
        let plan = self.versions[order.version].value.as_ref();
        let Some(plan) = plan.filter(|_| !self.excludes(order).value) else {
            return Vec::new();
        };
        let units = self.value_of(&order.lines[position]);
        let mut grants = vec![(order.member, units)];
        for (up, rate) in order.laid.upline.iter().zip(&plan.referral) {
            grants.push((up.member, floor_units(*rate, units)));
        }
        grants
    }

    /// The lot of what was granted to a member on a day.
    fn shared_value_lot(&self, member: usize, day: i64) -> Option<usize> {
        self.value_lots.iter().position(|lot| (lot.member, lot.day, lot.share_of) == (member, day, None))
    }

    /// EMIT-1: what an order grants each member for what is left of all its lines.
    fn value_shares(&self, order: usize) -> Vec<(usize, u128)> {
        let mut shares: Vec<(usize, u128)> = Vec::new();
        for position in 0..self.orders[order].lines.len() {
            for (member, units) in self.value_grants(order, position) {
                match shares.iter_mut().find(|(of, _)| *of == member) {
                    Some((_, sum)) => *sum += units,
                    None => shares.push((member, units)),
                }
            }
        }
        shares
    }

    /// EMIT-1b: at the first late refund of an order that settled on `day`, before anything of it is refunded: each
    /// member's share becomes a lot of its own.
    pub(super) fn separate_value(&mut self, order: usize, day: i64) {
        if std::mem::replace(&mut self.orders[order].value_separated, true) {
            return;
        }
        for (member, share) in self.value_shares(order) {
            if share == 0 {
                continue;
            }
            // There is none any more after the end.
            let Some(number) = self.shared_value_lot(member, day) else {
                continue;
            };
            let lot = &mut self.value_lots[number];
            // Rounds down: the rest was released for the others of the day.
            let released = floor_ratio(&[lot.released, share], &[lot.original]);
            let own = ValueLot {
                share_of: Some(order),
                original: share,
                released,
                remaining: share - released,
                ..lot.clone()
            };
            lot.original -= own.original;
            lot.released -= own.released;
            lot.remaining -= own.remaining;
            let (others, was_released) = (lot.remaining > 0, own.released > 0);
            self.value_lots.push(own);
            if others && was_released {
                self.corner("value share leaves a lot that has released");
            }
        }
    }

    /// EMIT-1b: after a late refund of an order, its own lots shrink to what is left of it.
    pub(super) fn shrink_value(&mut self, order: usize) {
        for (member, original) in self.value_shares(order) {
            let own =
                self.value_lots.iter_mut().find(|lot| (lot.member, lot.share_of) == (member, Some(order)));
            let Some(lot) = own else {
                continue;
            };
            lot.original = original;
            let remaining = original.saturating_sub(lot.released);
            self.value_granted -= lot.remaining - remaining;
            lot.remaining = remaining;
            if lot.released > original {
                self.corner("value share refunded below what it released");
            }
        }
    }

    /// EMIT-1a at the close of a day: what each member releases.
    pub(super) fn close_value(&mut self, day: i64) -> Vec<u128> {
        let mut of_members = vec![0; self.members.len()];
        if self.plan.value.is_none() {
            return of_members;
        }
        for number in 0..self.value_lots.len() {
            let done = self.task_done(self.value_lots[number].member, day);
            let lot = &mut self.value_lots[number];
            if lot.day >= day || lot.remaining == 0 || !done {
                continue;
            }
            let (granted, member) = (lot.day, lot.member);
            let of_grant = self.plan_of_day(granted).value.as_ref();
            let rate = u128::from(of_grant.expect("it was granted under it").rate.ppm());
            let lot = &mut self.value_lots[number];
            debug_assert_eq!(lot.member, member);
            let before = floor_ratio(&[lot.rates, lot.original], &[PPM]);
            lot.rates += rate;
            let stage = (floor_ratio(&[lot.rates, lot.original], &[PPM]) - before).min(lot.remaining);
            lot.released += stage;
            lot.remaining -= stage;
            of_members[lot.member] += stage;
            self.value_released += stage;
            if lot.remaining == 0 && stage > 0 {
                self.corner("value lot finished");
            }
        }
        of_members
    }

    pub(super) fn value_units(&self, member: usize) -> u128 {
        self.value_lots.iter().filter(|lot| lot.member == member).map(|lot| lot.remaining).sum()
    }

    // ---- the schedule

    /// EMIT-2: how many years have begun by a local day.
    pub(super) fn years_begun(&self, first: i64, day: i64) -> usize {
        let (year, month, of_month) = date_of(first);
        let (month, of_month) = if (month, of_month) == (2, 29) { (3, 1) } else { (month, of_month) };
        (1_i64..).take_while(|after| day_of(year + after, month, of_month) <= day).count() + 1
    }

    /// EMIT-2: what is issued for a local day, from the first day on, year by year.
    fn amount_of_day(&self, day: i64) -> (u128, bool) {
        let (Some(plan), Some(first)) = (&self.plan.emission, self.first_day) else {
            return (0, false);
        };
        let (first_year, month, day_of_month) = date_of(first);
        // A start on 29 February has its anniversaries on 1 March.
        let (month, day_of_month) =
            if (month, day_of_month) == (2, 29) { (3, 1) } else { (month, day_of_month) };
        let (mut begins, mut listed, mut sum) = (first, 0, 0);
        for number in 0_usize.. {
            let after = i64::try_from(number).expect("a number of years") + 1;
            let ends = day_of(first_year + after, month, day_of_month);
            listed = match (plan.years.get(number), plan.tail) {
                (Some(points), _) => points.units(),
                // Rounds down.
                (None, Tail::Halving) => listed / 2,
                (None, Tail::None) => 0,
            };
            let amount = listed.min(plan.cap.units() - sum);
            sum += amount;
            if day < ends {
                let days = wide(i128::from(ends - begins));
                let is_last = day + 1 == ends;
                // Rounds down; the last day takes the remainder.
                let each = amount / days;
                return (if is_last { amount - each * (days - 1) } else { each }, amount < listed);
            }
            begins = ends;
        }
        (0, false)
    }

    /// EMIT-3, EMIT-4: the day's emission by what was released on it, then the guide price.
    pub(super) fn close_emission(&mut self, days: std::ops::RangeInclusive<i64>, released: &[u128]) {
        let Some(plan) = self.plan.emission.clone() else {
            return;
        };
        let mut amount = 0;
        for day in days {
            let (of_day, is_cut) = self.amount_of_day(day);
            amount += of_day;
            if is_cut {
                self.corner("emission year cut at the cap");
            }
        }
        let mut issued = 0;
        let pot = floor_units(plan.members, amount);
        let total: u128 = released.iter().sum();
        if total > 0 {
            for (member, own) in released.iter().enumerate() {
                let part = floor_ratio(&[pot, *own], &[total]);
                self.members[member].emission += part;
                issued += part;
            }
        }
        let part = floor_units(plan.platform, amount);
        self.emission_platform += part;
        issued += part;
        for (rank, share) in &plan.ranks {
            let of_rank: Vec<usize> =
                (0..self.members.len()).filter(|member| self.members[*member].rank == Some(*rank)).collect();
            if of_rank.is_empty() {
                continue;
            }
            let each =
                floor_units(*share, amount) / wide(i128::try_from(of_rank.len()).expect("few members"));
            for member in of_rank {
                self.members[member].emission += each;
                issued += each;
                if each > 0 {
                    self.corner("emission to a rank");
                }
            }
        }
        if total > 0 && issued > 0 {
            self.corner("emission to members");
        }
        self.emission_scheduled += amount;
        self.emission_issued += issued;
        self.emission_reserve += amount - issued;
        (self.guide_released, self.guide_issued) = (self.value_released, self.emission_issued);
    }

    /// Emission points for value units at the guide price, ten units for one unit of the currency; a charge rounds up
    /// (MERCH-2, MERCH-4).
    pub(crate) fn points_for_units(&mut self, units: u128) -> u128 {
        if self.guide_released == 0 || self.guide_issued == 0 {
            let first = self.plan.emission.as_ref().expect("tips need an emission").first_price;
            let whole = 10_u128.pow(self.plan.programme.currency.decimals);
            return super::arithmetic::ceil_ratio(&[units, whole], &[10, first.as_u128()]);
        }
        self.corner("guide price used");
        super::arithmetic::ceil_ratio(&[units, self.guide_issued], &[10, self.guide_released])
    }

    // ---- the reserve

    /// EMIT-3b.
    pub(super) fn propose_issue(
        &mut self,
        actor: &Id,
        issue: &Id,
        member: &Id,
        points: Points,
    ) -> Result<(), Rejection> {
        let member = self.known_member(member)?;
        if points.is_zero() {
            return Err(Rejection::PointsNotPositive);
        }
        if self.plan.emission.is_none() {
            return Err(Rejection::NoEmission);
        }
        if self.issues.contains_key(issue) {
            return Err(Rejection::IssueExists);
        }
        let issued = Issue { proposer: actor.clone(), member, points: points.units(), done: false };
        self.issues.insert(issue.clone(), issued);
        Ok(())
    }

    /// EMIT-3b.
    pub(super) fn approve_issue(&mut self, actor: &Id, id: &Id) -> Result<(), Rejection> {
        let known = self.issues.get(id).cloned();
        if known.as_ref().is_some_and(|issue| self.one_person(&issue.proposer, actor)) {
            return Err(Rejection::SamePerson);
        }
        if self.plan.emission.is_none() {
            return Err(Rejection::NoEmission);
        }
        let issue = known.ok_or(Rejection::IssueUnknown)?;
        if issue.done {
            return Err(Rejection::IssueDone);
        }
        if issue.points > self.emission_reserve {
            return Err(Rejection::InsufficientReserve);
        }
        self.issues.entry(id.clone()).and_modify(|issue| issue.done = true);
        self.emission_reserve -= issue.points;
        self.emission_issued += issue.points;
        self.members[issue.member].emission += issue.points;
        Ok(())
    }
}

impl ValueLot {
    pub(super) fn is_sound(&self) -> bool {
        self.remaining == self.original.saturating_sub(self.released)
    }
}
