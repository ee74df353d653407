//! A member's release points: its lots, and what the close of today makes of them (REL-2 to REL-4); parts of what a close did (REL-3, EMIT-3).

use crate::amount::{Money, Points, Rounding, UNITS_PER_POINT, mul_div};
use crate::engine::Engine;
use crate::id::LineNo;
use crate::plan::VolumeKind;
use crate::release::{convert, limit_stages, part_of, units_per_minor};
use crate::staged::{Lot, day_of_mark};
use crate::time::Day;

/// Release points that one settled line granted and that are not all released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseLotView {
    /// The line.
    pub line: LineNo,
    /// The local day on which it settled: the first stage is of the day after it.
    pub granted_on: Day,
    /// Granted, less what late refunds took.
    pub granted: Points,
    /// Released so far.
    pub released: Points,
    /// Still locked.
    pub left: Points,
    /// What the close of today releases of it statically if the task is done.
    pub next: Points,
}

/// What the close of today does with a member's release points if its task is done (REL-2, REL-3b, REL-4), by the state of now: the fund
/// may change until then, and whoever is paid before the member takes of it. A day without the task releases nothing statically.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseView {
    /// The local day.
    pub today: Day,
    /// Whether its task is done.
    pub done: bool,
    /// Completions that counted today, of how many.
    pub counted: u32,
    /// How many completions make a day done.
    pub required: u32,
    /// Direct referrals whose task of today is done: they may release for the member (REL-3).
    pub referrals_done: u32,
    /// Locked lots, the oldest first.
    pub lots: Vec<ReleaseLotView>,
    /// Of all lots together, as far as the fund reaches.
    pub released: Points,
    /// Carried from the days before: less than the smallest money.
    pub carried: Points,
    /// Carried on to the next day.
    pub carried_on: Points,
    /// Money that makes.
    pub due: Money,
    /// Paid by the fund as it is now.
    pub paid: Money,
    /// Of it, taken for what the member owes.
    pub netted: Money,
    /// Of it, for the cash wallet.
    pub cash: Money,
    /// Of it, for the re-consumption wallet.
    pub reconsume: Money,
    /// Locked in all lots after the close.
    pub left: Points,
    /// What the fund holds now.
    pub fund: Money,
}

impl Engine {
    /// REL-3: what a static release of so much releases for the referrer, and for the one above that, by the plan of now.
    pub fn accelerations_of(&self, released: Points) -> [Points; 2] {
        let of = |rate| Points::from_units(part_of(released.units(), rate));
        self.plan.release.as_ref().map_or([Points::ZERO; 2], |plan| [of(plan.direct), of(plan.indirect)])
    }

    /// EMIT-3: what members share of a day's emission, by the plan of now.
    pub fn emission_for_members(&self, amount: Points) -> Points {
        let plan = self.plan.emission.as_ref();
        plan.map_or(Points::ZERO, |plan| Points::from_units(part_of(amount.units(), plan.members)))
    }

    /// EMIT-4: value units by emission points, as the number of yuan for one point, rounded down to 12 decimals; an index that nobody
    /// guarantees. `None` while one of them is zero.
    pub fn guide_price(&self, released: Points, issued: Points) -> Option<Points> {
        let quotient = mul_div(released.units(), UNITS_PER_POINT, issued.units(), Rounding::Down);
        quotient.filter(|quotient| *quotient != 0).map(Points::from_units)
    }

    /// RANK-1: the volume of a member's leg with this head as it was counted at the last close; `None` for somebody unknown, and
    /// where the plan counts small legs or a window, of which no sum is kept.
    pub fn leg_volume(&self, head: &str) -> Option<Money> {
        let (ranking, head) = (self.plan.ranking, self.member(head)?);
        if self.plan.ranks.is_empty() || ranking.volume != VolumeKind::Team || ranking.window_days.is_some() {
            return None;
        }
        let counted = head.team_volume;
        Some(if ranking.include_self { counted } else { counted.checked_add(head.own_volume)? })
    }

    /// A member's release points today; `None` in a plan without them, and for somebody unknown.
    pub fn release_of(&self, id: &str) -> Option<ReleaseView> {
        let (plan, member) = (self.plan.release.as_ref()?, self.state.members.find(id)?);
        let (today, releases, tasks) = (self.today(), &self.state.releases, &self.state.tasks);
        let mut stages = Vec::new();
        let units = self.static_stages(plan, member, today, &mut stages);
        let (fund, carried) = (self.release_fund(), releases.fraction(member));
        let made = convert(units, carried, units_per_minor(self.plan.programme.currency), fund);
        limit_stages(&mut stages, made.released);
        let earning = self.earning_of(member, made.paid, plan.reconsume_share);
        // Lots that have started come first: each has its stage, the others none.
        let stages = stages.iter().map(|stage| stage.units).chain(std::iter::repeat(Points::ZERO));
        let lot_view = |(lot, next): (&Lot, Points)| ReleaseLotView {
            line: LineNo(lot.source),
            granted_on: day_of_mark(lot.day),
            granted: Points::from_units(lot.original()),
            released: Points::from_units(lot.released()),
            left: Points::from_units(lot.remaining()),
            next,
        };
        Some(ReleaseView {
            today,
            done: tasks.is_done(member, today),
            counted: tasks.counted(member, today),
            required: plan.tasks_required,
            referrals_done: tasks.referrals(member),
            lots: releases.lots.of(member).zip(stages).map(lot_view).collect(),
            released: Points::from_units(made.released),
            carried: Points::from_units(carried),
            carried_on: Points::from_units(made.fraction),
            due: made.due,
            paid: made.paid,
            netted: earning.netted,
            cash: earning.cash,
            reconsume: earning.goods,
            left: Points::from_units(releases.lots.remaining(member) - made.released),
            fund,
        })
    }
}
