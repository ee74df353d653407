//! Scheduled emission: the schedule, what it has issued, shares of ranks, and the guide price (EMIT-2 to EMIT-4).

use crate::amount::{Points, Rounding, mul_div};
use crate::id::{Id, MemberNo};
use crate::ledger::Points96;
use crate::plan::{EmissionPlan, Tail};
use crate::time::Day;
use crate::undo::{Column, undo_fields};

/// One year of the schedule (EMIT-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Year {
    /// From 0.
    number: u32,
    /// Number of its first day.
    first: i64,
    days: u32,
    /// Scheduled in earlier years.
    before: u128,
    /// By the table and its tail, before the cap.
    listed: u128,
    /// What the cap leaves of it.
    amount: u128,
}

/// The schedule of a programme that began on a day; keeps the year it was last asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    begun: Day,
    year: Year,
}

impl Schedule {
    pub(crate) fn new(plan: &EmissionPlan, begun: Day) -> Schedule {
        let listed = plan.years.first().map_or(0, |year| year.units());
        let amount = listed.min(plan.cap.units());
        let days = days_of_year(begun, 0);
        Schedule { begun, year: Year { number: 0, first: begun.number(), days, before: 0, listed, amount } }
    }

    /// Goes on to the year that contains `day`; days are asked for in order.
    fn go_to(&mut self, plan: &EmissionPlan, day: Day) {
        while day.number() >= self.year.first + i64::from(self.year.days) {
            let last = self.year;
            let number = last.number + 1;
            let place = usize::try_from(number).expect("32 bits fit");
            let listed = match (plan.years.get(place), plan.tail) {
                (Some(year), _) => year.units(),
                // Rounds down; the half unit is never issued.
                (None, Tail::Halving) => last.listed / 2,
                (None, Tail::None) => 0,
            };
            let before = last.before + last.amount;
            self.year = Year {
                number,
                first: last.first + i64::from(last.days),
                days: days_of_year(self.begun, number),
                before,
                listed,
                amount: listed.min(plan.cap.units().saturating_sub(before)),
            };
        }
    }

    /// What a day issues: its part of the year rounded down, the last day of the year the remainder too.
    pub(crate) fn of_day(&mut self, plan: &EmissionPlan, day: Day) -> u128 {
        self.go_to(plan, day);
        let Year { first, days, amount, .. } = self.year;
        let daily = amount / u128::from(days);
        let is_last = day.number() + 1 == first + i64::from(days);
        if is_last { amount - daily * u128::from(days - 1) } else { daily }
    }

    /// What each year issues that has begun by `day`.
    pub(crate) fn amounts(mut self, plan: &EmissionPlan, day: Day) -> Vec<u128> {
        let mut amounts = vec![self.year.amount];
        loop {
            let next = Day::from_number(self.year.first + i64::from(self.year.days));
            if next.number() > day.number() {
                return amounts;
            }
            self.go_to(plan, next);
            amounts.push(self.year.amount);
        }
    }

    /// What all days up to and including `day` issue.
    pub(crate) fn through(&mut self, plan: &EmissionPlan, day: Day) -> u128 {
        self.go_to(plan, day);
        let Year { first, days, before, amount, .. } = self.year;
        let passed = u32::try_from(day.number() + 1 - first).expect("days are asked for in order");
        before + if passed == days { amount } else { amount / u128::from(days) * u128::from(passed) }
    }
}

/// Days of year `number` of a programme: from one anniversary to the day before the next. 29 February has its
/// anniversaries on 1 March.
fn days_of_year(begun: Day, number: u32) -> u32 {
    let date = begun.date();
    let anniversary = |number: u32| {
        let leap_day = (date.month(), date.day()) == (2, 29);
        let (month, day) = if leap_day && number > 0 { (3, 1) } else { (date.month(), date.day()) };
        // The calendar repeats after 400 years: years 2000 to 2400 stand for all.
        let year = 2000 + (i64::from(date.year()) + i64::from(number)).rem_euclid(400);
        (year, month, day)
    };
    let (from, to) = (anniversary(number), anniversary(number + 1));
    let to_year = from.0 + 1;
    let day =
        |year: i64, month: i8, day: i8| Day::of_date(year, month, day).expect("a date between 2000 and 2401");
    let days = day(to_year, to.1, to.2).number() - day(from.0, from.1, from.2).number();
    u32::try_from(days).expect("365 or 366")
}

/// The sum to which the schedule tends, before the cap: the halves of the last listed year sum to that year.
pub(crate) fn limit_of_series(plan: &EmissionPlan) -> u128 {
    let listed: u128 = plan.years.iter().map(|year| year.units()).sum();
    let tail = match plan.tail {
        Tail::Halving => plan.years.last().map_or(0, |year| year.units()),
        Tail::None => 0,
    };
    listed + tail
}

/// An issue from the reserve (EMIT-3b).
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Issue {
    pub(crate) by: Id,
    pub(crate) member: MemberNo,
    pub(crate) points: Points,
    pub(crate) done: bool,
}

/// Where the emission stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Emission {
    /// Ever issued; burning does not lower it.
    pub(crate) issued: Points,
    /// Scheduled and not issued.
    pub(crate) reserve: Points,
    /// Guide price: value units released and points issued, as of the last close.
    pub(crate) guide_price: (Points, Points),
    pub(crate) issues: Column<Issue>,
    /// What one member of each rank was due so far, by place of the rank; as long as the plan's ranks.
    per_member: Column<u128>,
    /// That of the member's rank when it was last credited (EMIT-3a), as far as anybody had a rank.
    credited: Column<Points96>,
    schedule: Option<Schedule>,
}

undo_fields!(Emission {
    parts: issues, per_member, credited;
    values: issued, reserve, guide_price;
    derived_values: schedule;
});

impl Emission {
    /// What `day` issues (EMIT-2).
    pub(crate) fn of_day(&mut self, plan: &EmissionPlan, begun: Day, day: Day) -> Points {
        let schedule = self.schedule.get_or_insert_with(|| Schedule::new(plan, begun));
        Points::from_units(schedule.of_day(plan, day))
    }

    pub(crate) fn issue(&mut self, points: Points) {
        self.issued = plus(self.issued, points);
    }

    /// Adds the share of each member of a rank.
    pub(crate) fn add_share(&mut self, rank: usize, each: Points) {
        if self.per_member.len() <= rank {
            self.per_member.resize(rank + 1, 0);
        }
        self.per_member[rank] += each.units();
    }

    /// What one member of this rank was due since the programme began.
    pub(crate) fn share_of(&self, rank: Option<usize>) -> u128 {
        rank.and_then(|rank| self.per_member.get(rank)).copied().unwrap_or(0)
    }

    /// What a member of this rank is due and was not credited.
    pub(crate) fn accrued(&self, member: MemberNo, rank: Option<usize>) -> Points {
        let share = self.share_of(rank);
        if share == 0 {
            return Points::ZERO;
        }
        Points::from_units(share - self.credited_of(member))
    }

    pub(crate) fn credited_of(&self, member: MemberNo) -> u128 {
        self.credited.get(member.index()).map_or(0, |credited| credited.units())
    }

    /// The member was credited all it is due, or begins in this rank: only later shares count.
    pub(crate) fn set_credited(&mut self, member: MemberNo, rank: Option<usize>) {
        let share = self.share_of(rank);
        if self.credited.len() <= member.index() {
            if share == 0 {
                return;
            }
            self.credited.resize(member.index() + 1, Points96::default());
        }
        self.credited[member.index()] = Points96::new(share);
    }

    /// Shares per member, by place of the rank.
    pub(crate) fn shares(&self) -> &[u128] {
        &self.per_member
    }

    /// EMIT-4, MERCH-2: emission points that value units cost: `ceil(value ÷ 10 ÷ guide price)`.
    pub(crate) fn guide_cost(&self, value: Points, plan: &EmissionPlan, decimals: u32) -> Points {
        let (released, issued) = self.guide_price;
        // A charge: rounds up. The first price is in minor units for one point.
        let cost = if released.is_zero() || issued.is_zero() {
            mul_div(value.units(), 10_u128.pow(decimals), 10 * plan.first_price.as_u128(), Rounding::Up)
        } else {
            mul_div(value.units(), issued.units(), 10 * released.units(), Rounding::Up)
        };
        // More than 128 bits is more than anybody has.
        Points::from_units(cost.unwrap_or(u128::MAX))
    }

    pub(crate) fn bytes(&self) -> usize {
        self.credited.len() * size_of::<Points96>()
    }
}

/// Sum of points of a schedule, which `EMISSION_MAX` bounds.
pub(crate) fn plus(a: Points, b: Points) -> Points {
    a.checked_add(b).expect("points within 10^12 fit")
}

#[cfg(test)]
mod tests {
    use super::{Emission, Schedule, days_of_year, limit_of_series};
    use crate::amount::{Money, Points, Rate, UNITS_PER_POINT};
    use crate::id::MemberNo;
    use crate::plan::{EmissionPlan, Tail};
    use crate::time::Day;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    fn points(whole: u128) -> Points {
        Points::from_units(whole * UNITS_PER_POINT)
    }

    fn plan(years: &[u128], tail: Tail, cap: u128) -> EmissionPlan {
        EmissionPlan {
            years: years.iter().map(|year| points(*year)).collect(),
            tail,
            cap: points(cap),
            first_price: Money::from_minor(100_000).expect("positive"),
            members: Rate::ONE,
            platform: Rate::ZERO,
            ranks: Vec::new(),
        }
    }

    /// Every day until nothing is issued for two years: sums by year of the programme, all asked of one schedule.
    fn sums(plan: &EmissionPlan, begun: Day) -> Vec<u128> {
        let (mut schedule, mut at, mut number, mut total) = (Schedule::new(plan, begun), begun, 0, 0);
        let mut sums = Vec::new();
        while sums.iter().rev().take_while(|sum| **sum == 0).count() < 2 {
            let mut sum = 0;
            for _ in 0..days_of_year(begun, number) {
                let issued = schedule.of_day(plan, at);
                sum += issued;
                total += issued;
                assert_eq!(
                    Schedule::new(plan, begun).of_day(plan, at),
                    issued,
                    "from the start and in order"
                );
                assert_eq!(schedule.through(plan, at), total, "{at}");
                at = at.next();
            }
            sums.push(sum);
            number += 1;
        }
        sums
    }

    /// EMIT-2: SPEC's schedule.
    #[test]
    fn the_series_has_its_limit() {
        let plan = plan(&[92_250, 50_000], Tail::Halving, 1_000_000);
        let mut schedule = Schedule::new(&plan, day("2026-01-01"));
        assert_eq!(schedule.of_day(&plan, day("2026-01-01")), 252_739_726_027_397);
        // The last day of the year takes the remainder: 92,250 − 364 · 252.739726027397.
        assert_eq!(schedule.of_day(&plan, day("2026-12-31")), 252_739_726_027_492);
        let sums = sums(&plan, day("2026-01-01"));
        assert_eq!(sums[..4], [92_250, 50_000, 25_000, 12_500].map(|year| year * UNITS_PER_POINT));
        assert_eq!(limit_of_series(&plan), 192_250 * UNITS_PER_POINT);
        let total: u128 = sums.iter().sum();
        // The halves round down: 50 odd halves lose a unit of 10⁻¹² at most each.
        assert!(limit_of_series(&plan) - total < 60, "{total}");
        assert_eq!(sums.len(), 57 + 2, "50,000 · 10^12 is below 2^56: the halves end");
    }

    /// EMIT-2: the year that would pass the cap is cut, whatever follows; a tail of nothing ends with the table.
    #[test]
    fn the_cap_cuts_the_last_year() {
        let whole = |years: &[u128]| years.iter().map(|year| year * UNITS_PER_POINT).collect::<Vec<_>>();
        let begun = day("2026-03-05");
        assert_eq!(sums(&plan(&[100, 50], Tail::Halving, 160), begun), whole(&[100, 50, 10, 0, 0]));
        assert_eq!(sums(&plan(&[100, 50], Tail::Halving, 70), begun), whole(&[70, 0, 0]));
        assert_eq!(sums(&plan(&[100, 50, 20], Tail::None, 1_000), begun), whole(&[100, 50, 20, 0, 0]));
        assert_eq!(limit_of_series(&plan(&[100, 50, 20], Tail::None, 1_000)), 170 * UNITS_PER_POINT);
        // An empty year in the table is no end.
        assert_eq!(sums(&plan(&[1, 0, 3], Tail::None, 9), begun), whole(&[1, 0, 3, 0, 0]));
    }

    /// EMIT-2: years have 365 or 366 days; 29 February has its anniversaries on 1 March, in leap years too.
    #[test]
    fn years_run_from_anniversary_to_anniversary() {
        let days = |begun: &str| (0..6).map(|year| days_of_year(day(begun), year)).collect::<Vec<_>>();
        assert_eq!(days("2023-01-01"), [365, 366, 365, 365, 365, 366]);
        assert_eq!(days("2023-02-28"), [365, 366, 365, 365, 365, 366]);
        assert_eq!(days("2023-03-01"), [366, 365, 365, 365, 366, 365]);
        assert_eq!(days("2024-02-29"), [366, 365, 365, 366, 365, 365]);
        assert_eq!(days("2096-03-01"), [365; 6], "2100 is no leap year");
        assert_eq!(days("2095-06-01"), [366, 365, 365, 365, 365, 365]);
        // Past the last date there is.
        assert_eq!(days_of_year(day("9999-06-01"), 0), 366);
        let plan = plan(&[366, 365], Tail::None, 1_000);
        let mut schedule = Schedule::new(&plan, day("2024-02-29"));
        for at in ["2024-02-29", "2025-02-28", "2025-03-01", "2026-02-28"] {
            assert_eq!(schedule.of_day(&plan, day(at)), UNITS_PER_POINT, "{at}");
        }
        assert_eq!(schedule.of_day(&plan, day("2026-03-01")), 0);
    }

    /// EMIT-3a: only shares since the member was last credited, of the rank it has.
    #[test]
    fn shares_of_ranks_accrue() {
        let (mut emission, member, other) = (Emission::default(), MemberNo(5), MemberNo(2));
        let accrued = |emission: &Emission, member, rank| emission.accrued(member, rank).units();
        emission.add_share(1, Points::from_units(10));
        emission.set_credited(member, Some(1));
        emission.set_credited(other, Some(0));
        emission.add_share(1, Points::from_units(7));
        emission.add_share(0, Points::from_units(3));
        assert_eq!(accrued(&emission, member, Some(1)), 7);
        assert_eq!(accrued(&emission, other, Some(0)), 3);
        assert_eq!(accrued(&emission, MemberNo(9), None), 0);
        emission.set_credited(member, Some(1));
        assert_eq!(accrued(&emission, member, Some(1)), 0);
        emission.set_credited(member, None);
        assert_eq!(accrued(&emission, member, None), 0);
    }

    /// EMIT-4, MERCH-2: 1,000 units at 1,000 yuan a point are 0.1 point; the pair once both sides are there; up.
    #[test]
    fn value_units_cost_points_at_the_guide_price() {
        let plan = plan(&[1], Tail::None, 1);
        let mut emission = Emission::default();
        let cost =
            |emission: &Emission, units| emission.guide_cost(Points::from_units(units), &plan, 2).units();
        assert_eq!(cost(&emission, 1_000 * UNITS_PER_POINT), UNITS_PER_POINT / 10);
        assert_eq!(cost(&emission, 1), 1, "rounds up");
        emission.guide_price = (points(30), Points::ZERO);
        assert_eq!(cost(&emission, 1_000 * UNITS_PER_POINT), UNITS_PER_POINT / 10);
        // 30 units for 2 points: 15 yuan a point.
        emission.guide_price = (points(30), points(2));
        assert_eq!(cost(&emission, 150 * UNITS_PER_POINT), UNITS_PER_POINT);
        assert_eq!(cost(&emission, 1_000 * UNITS_PER_POINT), 6_666_666_666_667);
        emission.guide_price = (Points::from_units(1), points(1_000_000_000_000));
        assert_eq!(cost(&emission, 1 << 95), u128::MAX, "more than anybody has");
    }
}
