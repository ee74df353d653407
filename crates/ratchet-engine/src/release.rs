//! Tasks, and staged release into money (REL-1 to REL-6).

use std::collections::BTreeSet;

use crate::amount::{Currency, Money, Points, Rate};
use crate::id::{LineNo, MemberNo};
use crate::ledger::Points96;
use crate::staged::{LotStage, Lots, day_mark};
use crate::time::Day;
use crate::undo::{Column, Set, Table, undo_fields};

/// The most that money can say.
const MONEY_MAX: Money = match Money::from_minor(i64::MAX) {
    Some(money) => money,
    None => Money::ZERO,
};

/// Who has done the day's task (REL-2).
#[derive(Clone, Debug, Default)]
pub(crate) struct Tasks {
    /// [`day_mark`] of the last done task by member, as far as anybody did one.
    last: Column<u32>,
    /// Who did it on the day that is not closed yet.
    today: Set<MemberNo>,
    /// How many direct referrals of a member did it on that day (REL-3).
    referrals: Table<MemberNo, u32>,
    /// The day of the counts, as [`day_mark`].
    counted_on: u32,
    /// Completions that counted on that day, by member and task (TASK-1).
    counts: Table<(MemberNo, u16), u32>,
    /// Tasks that count once and were done, ever.
    once: Set<(MemberNo, u16)>,
}

undo_fields!(Tasks { parts: last, today, referrals, counts, once; values: counted_on; });

impl Tasks {
    pub(crate) fn is_done(&self, member: MemberNo, day: Day) -> bool {
        self.last.get(member.index()).copied() == Some(day_mark(day))
    }

    pub(crate) fn complete(&mut self, member: MemberNo, referrer: Option<MemberNo>, day: Day) {
        if self.last.len() <= member.index() {
            self.last.resize(member.index() + 1, 0);
        }
        self.last[member.index()] = day_mark(day);
        self.today.insert(member);
        self.refer(referrer);
    }

    /// A member was bound to a referrer.
    pub(crate) fn bind(&mut self, member: MemberNo, referrer: MemberNo) {
        if self.today.contains(&member) {
            self.refer(Some(referrer));
        }
    }

    fn refer(&mut self, referrer: Option<MemberNo>) {
        if let Some(referrer) = referrer {
            *self.referrals.entry(referrer).or_default() += 1;
        }
    }

    /// How many direct referrals of a member did the task of the day that is not closed yet.
    pub(crate) fn referrals(&self, member: MemberNo) -> u32 {
        self.referrals.get(&member).copied().unwrap_or(0)
    }

    /// Who did the task of the day that is not closed yet, in joining order.
    pub(crate) fn today(&self) -> &BTreeSet<MemberNo> {
        &self.today
    }

    pub(crate) fn end_day(&mut self) {
        self.today.clear();
        self.referrals.clear();
    }

    /// How many completions of a task counted for a member on this day.
    pub(crate) fn count(&self, member: MemberNo, task: u16, day: Day) -> u32 {
        if self.counted_on == day_mark(day) {
            self.counts.get(&(member, task)).copied().unwrap_or(0)
        } else {
            0
        }
    }

    /// How many completions of any task counted for a member on this day.
    pub(crate) fn counted(&self, member: MemberNo, day: Day) -> u32 {
        if self.counted_on != day_mark(day) {
            return 0;
        }
        let own = self.counts.range((member, 0)..=(member, u16::MAX));
        own.map(|(_, count)| *count).fold(0, u32::saturating_add)
    }

    /// Whether a member has ever done a task that counts once.
    pub(crate) fn was_done(&self, member: MemberNo, task: u16) -> bool {
        self.once.contains(&(member, task))
    }

    /// Counts a completion; `once` if the task counts once in the member's life.
    pub(crate) fn add(&mut self, member: MemberNo, task: u16, once: bool, day: Day) {
        if self.counted_on != day_mark(day) {
            self.counted_on = day_mark(day);
            self.counts.clear();
        }
        *self.counts.entry((member, task)).or_default() += 1;
        if once {
            self.once.insert((member, task));
        }
    }

    /// Tasks stand in other places of the plan from now on; what is known of one that is gone is forgotten.
    pub(crate) fn renumber(&mut self, to: impl Fn(u16) -> Option<u16>) {
        let once: Vec<(MemberNo, u16)> =
            self.once.iter().filter_map(|(member, task)| Some((*member, to(*task)?))).collect();
        let counts: Vec<((MemberNo, u16), u32)> = self
            .counts
            .iter()
            .filter_map(|((member, task), count)| Some(((*member, to(*task)?), *count)))
            .collect();
        self.once.clear();
        self.counts.clear();
        for done in once {
            self.once.insert(done);
        }
        for (done, count) in counts {
            self.counts.insert(done, count);
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        (self.last.len() + self.today.len()) * size_of::<u32>()
            + self.referrals.len() * size_of::<(MemberNo, u32)>()
            + self.counts.len() * size_of::<((MemberNo, u16), u32)>()
            + self.once.len() * size_of::<(MemberNo, u16)>()
    }
}

/// What a late refund needs of a lot that is closed (REL-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) struct ClosedLot {
    /// Released before it closed.
    pub(crate) released: Points,
    /// Charged by refunds of its line so far.
    pub(crate) charged: Money,
}

/// Release points of all members.
#[derive(Clone, Debug, Default)]
pub(crate) struct Releases {
    pub(crate) lots: Lots,
    /// Released and not converted yet, by member: less than one minor unit.
    fractions: Column<u64>,
    /// Lots that refunds closed, or that were closed when a refund came, by line.
    pub(crate) closed: Table<u32, ClosedLot>,
    /// Money due and not paid because the fund did not hold it (REL-4a).
    pub(crate) shortfall: Money,
    /// During a close that takes several entries: what referrers are due (REL-3).
    pub(crate) accelerations: Table<MemberNo, Points96>,
}

undo_fields!(Releases { parts: lots, fractions, closed, accelerations; values: shortfall; });

impl Releases {
    /// Released and not converted yet: units below one minor unit of money.
    #[inline]
    pub(crate) fn fraction(&self, member: MemberNo) -> u128 {
        self.fractions.get(member.index()).copied().unwrap_or(0).into()
    }

    pub(crate) fn set_fraction(&mut self, member: MemberNo, units: Points) {
        let units = u64::try_from(units.units()).expect("a fraction is below 10^12 units");
        if self.fractions.len() <= member.index() {
            if units == 0 {
                return;
            }
            self.fractions.resize(member.index() + 1, 0);
        }
        self.fractions[member.index()] = units;
    }

    /// What was released of a line's lot, and what its refunds charged. `granted` is what the line's base before
    /// this refund grants: all of it was released if the lot closed by itself.
    pub(crate) fn released(&self, line: LineNo, granted: u128) -> ClosedLot {
        match (self.lots.of_line(line), self.closed.get(&line.0)) {
            (Some(lot), _) => {
                ClosedLot { released: Points::from_units(lot.released()), charged: Money::ZERO }
            }
            (None, Some(closed)) => *closed,
            (None, None) => ClosedLot { released: Points::from_units(granted), charged: Money::ZERO },
        }
    }

    /// REL-3: adds to what referrers are due at the present close.
    pub(crate) fn add_accelerations(&mut self, members: &[(MemberNo, Points)]) {
        for (member, points) in members {
            let due = self.accelerations.entry(*member).or_default();
            *due = Points96::new(due.units() + points.units());
        }
    }

    /// All points are gone (WIND-3).
    pub(crate) fn end(&mut self) {
        self.lots.clear();
        self.fractions.clear();
    }

    /// Adds up over days in which the same points could not be paid: saturates.
    pub(crate) fn add_shortfall(&mut self, more: Money) {
        self.shortfall = self.shortfall.checked_add(more).unwrap_or(MONEY_MAX);
    }

    pub(crate) fn bytes(&self) -> usize {
        self.lots.bytes()
            + self.fractions.len() * size_of::<u64>()
            + self.closed.len() * size_of::<(u32, ClosedLot)>()
    }
}

/// Units of 10⁻¹² of one minor unit of money: a point is one unit of the currency.
pub(crate) fn units_per_minor(currency: Currency) -> u128 {
    10_u128.pow(12 - currency.decimals.min(12))
}

/// What a member's release in one pass comes to (REL-4, REL-4a).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Conversion {
    /// Whole minor units due.
    pub(crate) due: Money,
    /// Paid: what is due, or all that the fund holds.
    pub(crate) paid: Money,
    /// Released from the lots.
    pub(crate) released: u128,
    /// Not converted yet.
    pub(crate) fraction: u128,
}

/// Converts `units` to be released and the carried fraction, of which the fund pays at most what it holds.
pub(crate) fn convert(units: u128, fraction: u128, per_minor: u128, fund: Money) -> Conversion {
    let whole = units + fraction;
    // Rounds down; the remainder stays with the member as its fraction.
    let due = whole / per_minor;
    // Money beyond 63 bits is in no fund.
    let due = Money::from_wide(due).unwrap_or(MONEY_MAX);
    if due <= fund {
        return Conversion { due, paid: due, released: units, fraction: whole - due.as_u128() * per_minor };
    }
    if fund.is_zero() {
        return Conversion { due, paid: Money::ZERO, released: 0, fraction };
    }
    // Exactly what makes the money that is there: fund < due, so this is less than `units`; above zero, since the
    // fraction is less than one minor unit.
    let released = fund.as_u128() * per_minor - fraction;
    Conversion { due, paid: fund, released, fraction: 0 }
}

/// Leaves of the stages, oldest first, only `units` in all.
pub(crate) fn limit_stages(stages: &mut [LotStage], units: u128) {
    let mut left = units;
    for stage in stages {
        let part = stage.units.units().min(left);
        stage.units = Points::from_units(part);
        left -= part;
    }
}

/// `floor(rate · units)`: rounds down; the remainder is not granted, released or issued to anybody.
pub(crate) fn part_of(units: u128, rate: Rate) -> u128 {
    crate::amount::mul_div(units, u128::from(rate.ppm()), 1_000_000, crate::amount::Rounding::Down)
        .expect("a part of 128 bits fits them")
}

#[cfg(test)]
mod tests {
    use super::{Conversion, convert};
    use crate::amount::Money;

    fn money(minor: i64) -> Money {
        Money::from_minor(minor).expect("not negative")
    }

    /// REL-4, REL-4a: fen of 10^10 units; the fraction makes the next fen.
    #[test]
    fn conversion_pays_what_is_there() {
        let fen = 10_000_000_000;
        let all = |units, fraction, fund| convert(units, fraction, fen, money(fund));
        assert_eq!(
            all(3 * fen + 7, fen - 7, 10),
            Conversion { due: money(4), paid: money(4), released: 3 * fen + 7, fraction: 0 }
        );
        assert_eq!(
            all(3 * fen + 7, fen - 8, 10),
            Conversion { due: money(3), paid: money(3), released: 3 * fen + 7, fraction: fen - 1 }
        );
        // Short by one: the fraction is used up and the rest comes from the lots.
        assert_eq!(
            all(3 * fen + 7, fen - 7, 3),
            Conversion { due: money(4), paid: money(3), released: 2 * fen + 7, fraction: 0 }
        );
        // Nothing there: nothing is released.
        assert_eq!(
            all(3 * fen + 7, 5, 0),
            Conversion { due: money(3), paid: money(0), released: 0, fraction: 5 }
        );
        // Less than a fen asks nothing of an empty fund.
        assert_eq!(all(9, 5, 0), Conversion { due: money(0), paid: money(0), released: 9, fraction: 14 });
    }
}
