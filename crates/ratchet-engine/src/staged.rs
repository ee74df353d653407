//! Staged lots: what is granted locked and released in daily stages, oldest first by member (REL-2, EMIT-1a).
//!
//! Lots stand in one arena; each member has a singly linked list of those that are open, in order of grant.
//! A lot that holds nothing is closed: it leaves its list and its place is used again (REL-6).

use crate::amount::Rate;
use crate::event::LotStage;
use crate::id::{LineNo, MemberNo, index};
use crate::ledger::Points96;
use crate::prefetch::prefetch;
use crate::time::Day;

/// No lot, no line.
const NONE: u32 = u32::MAX;
/// Rates are in parts of this.
const MILLION: u128 = 1_000_000;

/// A local day in 32 bits, in order; 0 is before every day there is.
pub(crate) fn day_mark(day: Day) -> u32 {
    // Offsets reach 14 hours: the first local day is the one before 1970-01-01.
    u32::try_from(day.number() + 2).expect("days end with the year 9999")
}

/// One lot: 40 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lot {
    original: Points96,
    remaining: Points96,
    /// The member's next newer lot.
    next: u32,
    /// Done days so far; or, where the rate is of what remains, the carried fraction in millionths of a unit.
    pub(crate) mark: u32,
    /// [`day_mark`] of the day it was granted.
    pub(crate) day: u32,
    /// The settled line it is of, if it is of one.
    pub(crate) line: u32,
}

const _: () = assert!(size_of::<Lot>() == 40);

impl Lot {
    /// What was granted, less late refunds.
    #[inline]
    pub(crate) fn original(&self) -> u128 {
        self.original.units()
    }

    /// What is still locked.
    #[inline]
    pub(crate) fn remaining(&self) -> u128 {
        self.remaining.units()
    }

    /// What was released so far; right while the lot is open.
    pub(crate) fn released(&self) -> u128 {
        self.original().saturating_sub(self.remaining())
    }

    /// REL-2, EMIT-1a: the stage of the next done day, at a rate of what was granted, and the done days then.
    #[inline]
    pub(crate) fn stage_of_original(&self, rate: Rate) -> (u128, u32) {
        let done = self.mark.saturating_add(1);
        (stage(self.original(), rate, done).min(self.remaining()), done)
    }

    /// REL-2: the stage at a rate of what remains, and the fraction carried to the next.
    pub(crate) fn stage_of_remaining(&self, rate: Rate) -> (u128, u32) {
        // Rounds down; the fraction is the remainder and stays with the lot. At most 2^117.
        let exact = self.remaining() * u128::from(rate.ppm()) + u128::from(self.mark);
        let carried = u32::try_from(exact % MILLION).expect("below a million");
        ((exact / MILLION).min(self.remaining()), carried)
    }
}

/// `floor(n · rate · original) − floor((n − 1) · rate · original)`: cumulative, so that n stages release what one
/// of n times the rate would, and no unit is lost to rounding. `n` counts from 1.
pub(crate) fn stage(original: u128, rate: Rate, n: u32) -> u128 {
    // With rate · original = q · 10^6 + r: floor(n·(q + r/10^6)) = n·q + floor(n·r/10^6), all of it exact.
    let product = original * u128::from(rate.ppm());
    let (whole, rest) = match u64::try_from(product) {
        Ok(product) => (u128::from(product / 1_000_000), product % 1_000_000),
        Err(_) => {
            let whole = product / MILLION;
            (whole, u64::try_from(product - whole * MILLION).expect("below a million"))
        }
    };
    let n = u64::from(n);
    // Both round down; the difference is what this stage adds.
    whole + u128::from(n * rest / 1_000_000 - n.saturating_sub(1) * rest / 1_000_000)
}

/// The lots of all members.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lots {
    lots: Vec<Lot>,
    /// First of the places free for use.
    free: Option<u32>,
    /// Oldest and newest lot by member, as far as anybody had one.
    lists: Vec<[u32; 2]>,
    /// The open lot of a line.
    by_line: Vec<u32>,
}

impl Lots {
    /// Makes room for so many members and lines in all, and so many more lots.
    pub(crate) fn reserve(&mut self, members: usize, lines: usize, lots: usize) {
        self.lots.reserve_exact(lots);
        self.lists.reserve_exact(members.saturating_sub(self.lists.len()));
        self.by_line.reserve_exact(lines.saturating_sub(self.by_line.len()));
    }

    /// Asks for where a member's lots are.
    #[inline]
    pub(crate) fn prefetch_list(&self, member: MemberNo) {
        prefetch(&self.lists, member.index());
    }

    /// Asks for a member's newest lot.
    #[inline]
    pub(crate) fn prefetch_newest(&self, member: MemberNo) {
        let newest = self.lists.get(member.index()).map_or(NONE, |[_, newest]| *newest);
        prefetch(&self.lots, index(newest));
    }

    /// Opens a lot, the member's newest.
    pub(crate) fn open(&mut self, member: MemberNo, units: u128, day: Day, line: Option<LineNo>) {
        let line = line.map_or(NONE, |line| line.0);
        let lot = Lot {
            original: Points96::new(units),
            remaining: Points96::new(units),
            next: NONE,
            mark: 0,
            day: day_mark(day),
            line,
        };
        let place = match self.free {
            Some(place) => {
                let next = self.lots[index(place)].next;
                self.free = (next != NONE).then_some(next);
                self.lots[index(place)] = lot;
                place
            }
            None => {
                self.lots.push(lot);
                u32::try_from(self.lots.len() - 1)
                    .expect("fewer lots than 2^32: one a line, or a day and member")
            }
        };
        if self.lists.len() <= member.index() {
            self.lists.resize(member.index() + 1, [NONE; 2]);
        }
        let [oldest, newest] = &mut self.lists[member.index()];
        if *oldest == NONE {
            *oldest = place;
        } else {
            self.lots[index(*newest)].next = place;
        }
        *newest = place;
        if line != NONE {
            if self.by_line.len() <= index(line) {
                self.by_line.resize(index(line) + 1, NONE);
            }
            self.by_line[index(line)] = place;
        }
    }

    /// EMIT-1a: adds to the member's lot of the day, which is its newest, or opens it.
    pub(crate) fn add_to_day(&mut self, member: MemberNo, units: u128, day: Day) {
        let newest = self.lists.get(member.index()).map_or(NONE, |[_, newest]| *newest);
        if newest != NONE && self.lots[index(newest)].day == day_mark(day) {
            let lot = &mut self.lots[index(newest)];
            lot.original = Points96::new(lot.original() + units);
            lot.remaining = Points96::new(lot.remaining() + units);
        } else {
            self.open(member, units, day, None);
        }
    }

    fn listed(&self, member: MemberNo) -> impl Iterator<Item = &Lot> {
        let mut at = self.lists.get(member.index()).map_or(NONE, |[oldest, _]| *oldest);
        std::iter::from_fn(move || {
            let lot = self.lots.get(index(at))?;
            at = lot.next;
            Some(lot)
        })
    }

    /// The member's open lots, oldest first.
    pub(crate) fn of(&self, member: MemberNo) -> impl Iterator<Item = &Lot> {
        self.listed(member).filter(|lot| lot.remaining() != 0)
    }

    /// Those of them that were granted before `day`.
    #[inline]
    pub(crate) fn started(&self, member: MemberNo, day: u32) -> impl Iterator<Item = &Lot> {
        self.listed(member).take_while(move |lot| lot.day < day).filter(|lot| lot.remaining() != 0)
    }

    /// What is locked in the member's lots.
    pub(crate) fn remaining(&self, member: MemberNo) -> u128 {
        self.of(member).map(Lot::remaining).sum()
    }

    /// The open lot of a line.
    pub(crate) fn of_line(&self, line: LineNo) -> Option<&Lot> {
        let place = self.by_line.get(line.index()).copied().unwrap_or(NONE);
        self.lots.get(index(place)).filter(|lot| lot.remaining() != 0)
    }

    /// The member's open lot of a day.
    pub(crate) fn of_day(&self, member: MemberNo, day: u32) -> Option<&Lot> {
        self.of(member).take_while(|lot| lot.day <= day).find(|lot| lot.day == day)
    }

    /// Takes stages from the member's oldest open lots, one stage a lot, and closes those that hold nothing then.
    pub(crate) fn take(&mut self, member: MemberNo, stages: &[LotStage]) {
        let mut stages = stages.iter();
        let mut stage = stages.next();
        let [mut at, _] = self.lists[member.index()];
        let mut before = NONE;
        while let Some(taken) = stage {
            let lot = &mut self.lots[index(at)];
            if lot.remaining() != 0 {
                let left = lot.remaining().checked_sub(taken.units.units());
                lot.remaining = Points96::new(left.expect("a stage is no more than what remains"));
                lot.mark = taken.mark;
                stage = stages.next();
            }
            let next = lot.next;
            if lot.remaining() == 0 {
                self.close(member, before, at);
            } else {
                before = at;
            }
            at = next;
        }
    }

    /// Takes a lot out of its list, where `before` is the one before it.
    fn close(&mut self, member: MemberNo, before: u32, at: u32) {
        let Lot { next, line, .. } = self.lots[index(at)];
        let list = &mut self.lists[member.index()];
        if before == NONE {
            list[0] = next;
        } else {
            self.lots[index(before)].next = next;
        }
        if list[1] == at {
            list[1] = before;
        }
        if line != NONE {
            self.by_line[index(line)] = NONE;
        }
        self.lots[index(at)].next = self.free.unwrap_or(NONE);
        self.free = Some(at);
    }

    /// A late refund: the lot of a line becomes this. One that then holds nothing stays in its list until its
    /// member's next stage comes by, and counts as closed.
    pub(crate) fn cut_line(&mut self, line: LineNo, original: u128, remaining: u128) {
        let place = self.by_line[line.index()];
        self.set(place, original, remaining);
    }

    /// The same for the member's open lot of a day.
    pub(crate) fn cut_day(&mut self, member: MemberNo, day: u32, original: u128, remaining: u128) {
        let [mut at, _] = self.lists[member.index()];
        while self.lots[index(at)].day != day || self.lots[index(at)].remaining() == 0 {
            at = self.lots[index(at)].next;
        }
        self.set(at, original, remaining);
    }

    fn set(&mut self, place: u32, original: u128, remaining: u128) {
        let lot = &mut self.lots[index(place)];
        lot.original = Points96::new(original);
        lot.remaining = Points96::new(remaining);
    }

    /// Bytes in use.
    pub(crate) fn bytes(&self) -> usize {
        self.lots.len() * size_of::<Lot>()
            + self.lists.len() * size_of::<[u32; 2]>()
            + self.by_line.len() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::{Lots, stage};
    use crate::amount::{Points, Rate, Rounding, mul_div};
    use crate::event::LotStage;
    use crate::id::{LineNo, MemberNo};
    use crate::time::Day;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    /// REL-2: the formula, for lengths of every kind.
    #[test]
    fn a_stage_is_the_cumulative_difference() {
        for original in [0, 1, 7, 333_333, 5_000_000_000_000_000, (1 << 96) - 1] {
            for ppm in [0, 1, 3_000, 333_333, 1_000_000] {
                for n in [1, 2, 3, 334, 1_000_000] {
                    let floor = |n: u32| {
                        mul_div(original, u128::from(n) * u128::from(ppm), 1_000_000, Rounding::Down)
                            .expect("fits")
                    };
                    assert_eq!(
                        stage(original, Rate::from_ppm(ppm), n),
                        floor(n) - floor(n - 1),
                        "{original} {ppm} {n}"
                    );
                }
            }
        }
    }

    /// REL-6: a closed lot leaves its list wherever it stands, its place is used again, and the others stay in order.
    #[test]
    fn lots_close_in_any_place() {
        let (mut lots, member) = (Lots::default(), MemberNo(3));
        let stages = |units: &[u128]| -> Vec<LotStage> {
            units.iter().map(|units| LotStage { units: Points::from_units(*units), mark: 1 }).collect()
        };
        for line in 0..4 {
            lots.open(member, 10, day("2026-01-01"), Some(LineNo(line)));
        }
        let lines = |lots: &Lots| lots.of(member).map(|lot| lot.line).collect::<Vec<_>>();
        lots.take(member, &stages(&[1, 10, 2, 10]));
        assert_eq!(lines(&lots), [0, 2]);
        lots.cut_line(LineNo(0), 1, 0);
        assert_eq!((lines(&lots), lots.of_line(LineNo(0)).is_none()), (vec![2], true));
        lots.open(member, 5, day("2026-01-02"), Some(LineNo(9)));
        assert_eq!(lines(&lots), [2, 9]);
        lots.take(member, &stages(&[8, 5]));
        assert_eq!((lines(&lots), lots.remaining(member)), (vec![], 0));
        lots.add_to_day(member, 4, day("2026-01-03"));
        lots.add_to_day(member, 3, day("2026-01-03"));
        lots.add_to_day(member, 2, day("2026-01-04"));
        assert_eq!(lots.of(member).map(|lot| lot.original()).collect::<Vec<_>>(), [7, 2]);
        assert!(lots.lots.len() <= 5, "places are used again");
    }
}
