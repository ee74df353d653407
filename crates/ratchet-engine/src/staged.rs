//! Staged lots: what is granted locked and released in daily stages, oldest first by member (REL-2, EMIT-1a).
//!
//! Lots stand in one arena; each member has a singly linked list of those that are open, in order of grant.
//! A lot that holds nothing is closed: it leaves its list and its place is used again (REL-6).

use crate::amount::Points;
use crate::id::{LineNo, MemberNo, OrderNo, index};
use crate::ledger::Points96;
use crate::prefetch::prefetch;
use crate::time::Day;
use crate::undo::{Column, undo_fields};

/// What one lot released. A member's stages are of its oldest lots with anything left, in their order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, ratchet_wire_derive::Wire,
)]
#[serde(deny_unknown_fields)]
pub struct LotStage {
    /// How much.
    pub units: Points,
    /// The sum of the rates of the lot's done days, in parts per million, without its whole ones; or, where the rate is of
    /// what remains, the fraction it carries on, in millionths of a unit.
    pub mark: u32,
}

/// What an order granted a member, as it leaves the lot of the day.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, ratchet_wire_derive::Wire,
)]
#[serde(deny_unknown_fields)]
pub struct ValueShare {
    /// Whose.
    pub member: MemberNo,
    /// Granted.
    pub original: Points,
    /// The part of what the day's lot released that is the share's.
    pub released: Points,
    /// The mark of the day's lot, as in [`LotStage`].
    pub mark: u32,
}

/// No lot, no line, no order.
const NONE: u32 = u32::MAX;
/// Rates are in parts of this.
const MILLION: u64 = 1_000_000;

/// A local day in 32 bits, in order; 0 is before every day there is.
pub(crate) fn day_mark(day: Day) -> u32 {
    // Offsets reach 14 hours: the first local day is the one before 1970-01-01.
    u32::try_from(day.number() + 2).expect("days end with the year 9999")
}

/// The day of a [`day_mark`] that is one.
pub(crate) fn day_of_mark(mark: u32) -> Day {
    Day::from_number(i64::from(mark) - 2)
}

/// One lot: 40 bytes.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Lot {
    original: Points96,
    remaining: Points96,
    /// The member's next newer lot.
    next: u32,
    /// Below a million: the sum of the rates of its done days, in parts per million, without its whole ones; or, where
    /// the rate is of what remains, the carried fraction in millionths of a unit.
    pub(crate) mark: u32,
    /// [`day_mark`] of the day it was granted.
    pub(crate) day: u32,
    /// Of release points the settled line that granted it. Of value units the order whose share it is, or none where it
    /// holds what a day granted.
    pub(crate) source: u32,
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

    /// Whether it holds what this day granted.
    fn is_of_day(&self, day: u32) -> bool {
        self.day == day && self.source == NONE
    }

    /// What was released so far; right while the lot is open.
    pub(crate) fn released(&self) -> u128 {
        self.original().saturating_sub(self.remaining())
    }

    /// REL-2, REL-3, EMIT-1a: the stage of a done day at so many millionths of what was granted, and the mark after it.
    #[inline]
    pub(crate) fn stage_of_original(&self, ppm: u64) -> (u128, u32) {
        let mark = below_a_million(u64::from(self.mark) + ppm % MILLION);
        // All of it and more is what remains.
        let stage = if ppm >= MILLION { self.remaining() } else { stage(self.original(), ppm, self.mark) };
        (stage.min(self.remaining()), mark)
    }

    /// REL-2, REL-3: the stage of a done day at so many millionths of what remains, and the fraction carried to the next.
    pub(crate) fn stage_of_remaining(&self, ppm: u64) -> (u128, u32) {
        let (whole, rest) = divided(self.remaining());
        let (all, ppm) = (ppm >= MILLION, ppm % MILLION);
        // Rounds down; the fraction is the remainder of the whole product and stays with the lot. Below 2 · 10^12.
        let millionths = rest * ppm + u64::from(self.mark);
        let stage = whole * u128::from(ppm) + u128::from(millionths / MILLION);
        (if all { self.remaining() } else { stage.min(self.remaining()) }, below_a_million(millionths))
    }
}

fn below_a_million(number: u64) -> u32 {
    u32::try_from(number % MILLION).expect("below a million")
}

/// Whole millions and the rest.
fn divided(units: u128) -> (u128, u64) {
    if let Ok(units) = u64::try_from(units) {
        return (u128::from(units / MILLION), units % MILLION);
    }
    let million = u128::from(MILLION);
    (units / million, u64::try_from(units % million).expect("below a million"))
}

/// `floor((sum + rate) · original) − floor(sum · original)` for a rate below one, where `sum` is that of the rates of the
/// days before: cumulative, so that many stages release what one of all their rates would, and no unit is lost to
/// rounding. Whole ones of the sum add the same to both sides: it is given without them.
fn stage(original: u128, ppm: u64, sum: u32) -> u128 {
    // With original = q · 10^6 + r: floor(s · original / 10^6) = s · q + floor(s · r / 10^6), all of it exact.
    let (whole, rest) = divided(original);
    let sum = u64::from(sum);
    // Both round down; the difference is what this stage adds.
    whole * u128::from(ppm) + u128::from((sum + ppm) * rest / MILLION - sum * rest / MILLION)
}

/// The lots of all members.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lots {
    lots: Column<Lot>,
    /// First of the places free for use.
    free: Option<u32>,
    /// Oldest and newest lot by member, as far as anybody had one.
    lists: Column<[u32; 2]>,
    /// The open lot of a line.
    by_line: Column<u32>,
}

undo_fields!(Lots { parts: lots, lists, by_line; values: free; });

impl Lots {
    /// Makes room for so many members and lines in all, and so many more lots.
    pub(crate) fn reserve(&mut self, members: usize, lines: usize, lots: usize) {
        self.lots.reserve_exact(lots);
        self.lists.reserve_exact(members.saturating_sub(self.lists.len()));
        self.by_line.reserve_exact(lines.saturating_sub(self.by_line.len()));
    }

    /// No member has any lot any more.
    pub(crate) fn clear(&mut self) {
        self.lots.clear();
        self.free = None;
        self.lists.clear();
        self.by_line.clear();
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
        let place = self.place(Lot {
            original: Points96::new(units),
            remaining: Points96::new(units),
            next: NONE,
            mark: 0,
            day: day_mark(day),
            source: line,
        });
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

    /// Puts a lot where there is room; it is in no list yet.
    fn place(&mut self, lot: Lot) -> u32 {
        let Some(place) = self.free else {
            self.lots.push(lot);
            return u32::try_from(self.lots.len() - 1)
                .expect("fewer lots than 2^32: one a line, a day and member, or an order and member");
        };
        let next = self.lots[index(place)].next;
        self.free = (next != NONE).then_some(next);
        self.lots[index(place)] = lot;
        place
    }

    /// EMIT-1b: a share leaves the member's open lot of a day and becomes a lot of its order, just before it in the list:
    /// the day's lot stays the member's newest.
    pub(crate) fn separate(&mut self, member: MemberNo, day: u32, order: OrderNo, share: &ValueShare) {
        let (original, released) = (share.original.units(), share.released.units());
        let [mut at, _] = self.lists[member.index()];
        let mut before = NONE;
        while !self.lots[index(at)].is_of_day(day) {
            (before, at) = (at, self.lots[index(at)].next);
        }
        let shared = &mut self.lots[index(at)];
        let left = shared.remaining() - (original - released);
        shared.original = Points96::new(shared.original() - original);
        shared.remaining = Points96::new(left);
        let own = self.place(Lot {
            original: Points96::new(original),
            remaining: Points96::new(original - released),
            next: at,
            mark: share.mark,
            day,
            source: order.0,
        });
        if before == NONE {
            self.lists[member.index()][0] = own;
        } else {
            self.lots[index(before)].next = own;
        }
    }

    /// EMIT-1a: adds to the member's lot of the day, which is its newest, or opens it.
    pub(crate) fn add_to_day(&mut self, member: MemberNo, units: u128, day: Day) {
        let newest = self.lists.get(member.index()).map_or(NONE, |[_, newest]| *newest);
        if newest != NONE && self.lots[index(newest)].is_of_day(day_mark(day)) {
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

    /// The member's open lot of what a day granted.
    pub(crate) fn of_day(&self, member: MemberNo, day: u32) -> Option<&Lot> {
        self.of(member).take_while(|lot| lot.day <= day).find(|lot| lot.is_of_day(day))
    }

    /// The member's open lot that is an order's share.
    pub(crate) fn of_order(&self, member: MemberNo, order: OrderNo) -> Option<&Lot> {
        self.of(member).find(|lot| lot.source == order.0)
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
        let Lot { next, source, .. } = self.lots[index(at)];
        let list = &mut self.lists[member.index()];
        if before == NONE {
            list[0] = next;
        } else {
            self.lots[index(before)].next = next;
        }
        if list[1] == at {
            list[1] = before;
        }
        if let Some(place) = self.by_line.get_mut(index(source)) {
            *place = NONE;
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

    /// The same for the member's open lot that is an order's share.
    pub(crate) fn cut_order(&mut self, member: MemberNo, order: OrderNo, original: u128, remaining: u128) {
        let [mut at, _] = self.lists[member.index()];
        while self.lots[index(at)].source != order.0 {
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
    use super::{LotStage, Lots, ValueShare, stage};
    use crate::amount::{Points, Rounding, mul_div};
    use crate::id::{LineNo, MemberNo, OrderNo};
    use crate::time::Day;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    /// REL-2: the formula, for lengths of every kind.
    #[test]
    fn a_stage_is_the_cumulative_difference() {
        for original in [0, 1, 7, 333_333, 5_000_000_000_000_000, (1 << 96) - 1] {
            for ppm in [0, 1, 3_000, 333_333, 999_999] {
                for before in [0, 3_000, 999_999, 1_000_000, 333_333_333_333] {
                    let floor = |sum: u64| {
                        mul_div(original, u128::from(sum), 1_000_000, Rounding::Down).expect("fits")
                    };
                    let mark = u32::try_from(before % 1_000_000).expect("small");
                    assert_eq!(
                        stage(original, ppm, mark),
                        floor(before + ppm) - floor(before),
                        "{original} {ppm} {before}"
                    );
                }
            }
        }
    }

    /// REL-3: a boost can make a day's rate more than all there is; the fraction is that of the whole product.
    #[test]
    fn rates_may_be_more_than_one() {
        let (mut lots, member) = (Lots::default(), MemberNo(0));
        lots.open(member, 1_000_001, day("2026-01-01"), Some(LineNo(0)));
        let lot = *lots.of_line(LineNo(0)).expect("open");
        assert_eq!(lot.stage_of_original(1_000_000), (1_000_001, 0));
        assert_eq!(lot.stage_of_original(u64::MAX), (1_000_001, 551_615));
        assert_eq!(lot.stage_of_remaining(2_500_000), (1_000_001, 500_000));
        assert_eq!(lot.stage_of_remaining(500_000), (500_000, 500_000));
    }

    /// EMIT-1b: an order's share leaves the lot of its day, which stays the newest and takes what the day still grants.
    #[test]
    fn a_share_leaves_the_lot_of_its_day() {
        let (mut lots, member) = (Lots::default(), MemberNo(1));
        lots.add_to_day(member, 5, day("2026-01-01"));
        lots.add_to_day(member, 10, day("2026-01-02"));
        let stages =
            |units: [u128; 2]| units.map(|units| LotStage { units: Points::from_units(units), mark: 1 });
        lots.take(member, &stages([1, 3]));
        let [units, released] = [7, 2].map(Points::from_units);
        let share = ValueShare { member, original: units, released, mark: 9 };
        let second = super::day_mark(day("2026-01-02"));
        lots.separate(member, second, OrderNo(3), &share);
        let all = |lots: &Lots| -> Vec<(u128, u128, u32)> {
            lots.of(member).map(|lot| (lot.original(), lot.remaining(), lot.source)).collect()
        };
        assert_eq!(all(&lots), [(5, 4, u32::MAX), (7, 5, 3), (3, 2, u32::MAX)]);
        lots.add_to_day(member, 4, day("2026-01-02"));
        lots.cut_order(member, OrderNo(3), 1, 0);
        assert_eq!(all(&lots), [(5, 4, u32::MAX), (7, 6, u32::MAX)]);
        lots.take(member, &stages([4, 6]));
        assert_eq!((all(&lots), lots.of_order(member, OrderNo(3)).is_none()), (vec![], true));
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
        let lines = |lots: &Lots| lots.of(member).map(|lot| lot.source).collect::<Vec<_>>();
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
