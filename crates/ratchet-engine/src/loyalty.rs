//! Loyalty points of fixed worth: lots by member, those that expire first before others, what each settled line earned (LOY-1 to LOY-4), and what each
//! member spent and earned on which day, from which tiers and limits follow (LOY-5).

use std::collections::VecDeque;

/// Loyalty points that expire together, as far as something took them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, ratchet_wire_derive::Wire,
)]
#[serde(deny_unknown_fields)]
pub struct LoyaltyLot {
    /// When they would have expired.
    pub expires_at: Timestamp,
    /// How many.
    pub points: Money,
}

use crate::amount::{Money, Rounding, mul_div};
use crate::id::{LineNo, MemberNo, OrderNo};
use crate::plan::{Earn, LoyaltyPlan, TierBasis};
use crate::time::{Day, Timestamp};
use crate::undo::{Table, undo_fields};

/// Points that expire together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) struct Lot {
    pub(crate) left: Money,
    pub(crate) expires_at: Timestamp,
}

/// What a settled line earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) struct Earned {
    pub(crate) points: Money,
    /// Base when it settled.
    pub(crate) base: Money,
    /// Due back by late refunds so far, whether or not the member still had them.
    pub(crate) clawback_total: Money,
}

/// Sums over a programme's life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub struct LoyaltyTotals {
    /// Earned or given.
    pub earned: Money,
    /// Paid with.
    pub spent: Money,
    /// Given back by refunds of orders that were paid with them.
    pub returned: Money,
    /// Taken back by late refunds of the orders that had earned them.
    pub taken_back: Money,
    /// Expired: the programme's breakage.
    pub expired: Money,
    /// Owed because a late refund asked them back when they were spent (LOY-4a).
    pub owed: Money,
    /// Of what was owed, paid with points: earned later, or held at the end.
    pub netted: Money,
    /// Spent ones that a late refund cut from its cash instead (LOY-4b).
    pub set_off: Money,
}

/// What a member spent and earned, less what was refunded and taken back of that since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) struct Counted {
    pub(crate) spent: Money,
    pub(crate) earned: Money,
}

/// What counts on a local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) struct DayCount {
    pub(crate) day: Day,
    pub(crate) counted: Counted,
}

/// What a member spent and earned: in all, and on the days that are still asked for, the oldest first (LOY-5d).
#[derive(Clone, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) struct Progress {
    whole: Counted,
    days: Vec<DayCount>,
}

/// Of members of whom nothing counts, and in plans that do not count.
static NOTHING: Progress =
    Progress { whole: Counted { spent: Money::ZERO, earned: Money::ZERO }, days: Vec::new() };

/// The loyalty points of all members.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loyalty {
    lots: Table<MemberNo, VecDeque<Lot>>,
    earned: Table<LineNo, Earned>,
    /// In plans with tiers or a limit by month.
    progress: Table<MemberNo, Progress>,
    /// The day on which a settled line counts.
    counted_on: Table<LineNo, Day>,
    /// The tier with which an order was paid, counted from 1; those below the first are not here.
    tiers: Table<OrderNo, u8>,
    pub(crate) totals: LoyaltyTotals,
    /// What the operator paid for points and did not get back.
    pub(crate) by_operator: Money,
}

undo_fields!(Loyalty { parts: lots, earned, progress, counted_on, tiers; values: totals, by_operator; });

impl Loyalty {
    /// A member's lots, those that expire first before others.
    pub(crate) fn lots(&self, member: MemberNo) -> impl Iterator<Item = &Lot> {
        self.lots.get(&member).into_iter().flatten()
    }

    /// What all its lots hold.
    pub(crate) fn sum(&self, member: MemberNo) -> Money {
        self.lots(member).fold(Money::ZERO, |sum, lot| sum.add_within_limit(lot.left))
    }

    /// When the first of its lots expires.
    pub(crate) fn next_expiry(&self, member: MemberNo) -> Option<Timestamp> {
        self.lots(member).next().map(|lot| lot.expires_at)
    }

    /// What expires by then.
    pub(crate) fn expired(&self, member: MemberNo, now: Timestamp) -> Money {
        let lots = self.lots(member).take_while(|lot| lot.expires_at <= now);
        lots.fold(Money::ZERO, |sum, lot| sum.add_within_limit(lot.left))
    }

    /// What a line earned, if it did.
    pub(crate) fn earned(&self, line: LineNo) -> Option<Earned> {
        self.earned.get(&line).copied()
    }

    pub(crate) fn remember(&mut self, line: LineNo, points: Money, base: Money) {
        self.earned.insert(line, Earned { points, base, clawback_total: Money::ZERO });
    }

    pub(crate) fn add_due_back(&mut self, line: LineNo, due: Money) {
        // LOY-5f: with a refund of one line others may lose points, or one that earned none itself.
        let none = Earned { points: Money::ZERO, base: Money::ZERO, clawback_total: Money::ZERO };
        let earned = self.earned.entry(line).or_insert(none);
        earned.clawback_total = earned.clawback_total.add_within_limit(due);
    }

    /// A new lot, the last of those that expire by then: after an amendment of the validity it may expire before older ones.
    pub(crate) fn add(&mut self, member: MemberNo, points: Money, expires_at: Timestamp) {
        if !points.is_zero() {
            let lots = self.lots.entry(member).or_default();
            let place = lots.partition_point(|lot| lot.expires_at <= expires_at);
            lots.insert(place, Lot { left: points, expires_at });
        }
    }

    /// LOY-2: which points are taken if so many are, those that expire first before others.
    pub(crate) fn oldest(&self, member: MemberNo, points: Money) -> Vec<LoyaltyLot> {
        taken_of(self.lots(member), points)
    }

    /// LOY-4: the same from the other end.
    pub(crate) fn newest(&self, member: MemberNo, points: Money) -> Vec<LoyaltyLot> {
        taken_of(self.lots.get(&member).into_iter().flat_map(|lots| lots.iter().rev()), points)
    }

    /// These points of a member are gone.
    pub(crate) fn take(&mut self, member: MemberNo, taken: &[LoyaltyLot]) {
        let Some(lots) = self.lots.get_mut(&member).filter(|_| !taken.is_empty()) else {
            assert!(taken.is_empty(), "no more is taken than the member has");
            return;
        };
        for LoyaltyLot { expires_at, points } in taken {
            let mut wanted = *points;
            for lot in lots.iter_mut().filter(|lot| lot.expires_at == *expires_at) {
                let part = wanted.min(lot.left);
                lot.left = lot.left.saturating_sub(part);
                wanted = wanted.saturating_sub(part);
            }
            assert!(wanted.is_zero(), "no more is taken than the member has");
        }
        lots.retain(|lot| !lot.left.is_zero());
        if lots.is_empty() {
            self.lots.remove(&member);
        }
    }

    /// All points were paid out (WIND-3).
    pub(crate) fn end(&mut self) {
        self.lots.clear();
    }

    /// What a member spent and earned.
    pub(crate) fn progress(&self, member: MemberNo) -> &Progress {
        self.progress.get(&member).unwrap_or(&NOTHING)
    }

    /// The tier with which an order was paid, counted from 1; 0 is below the first.
    pub(crate) fn tier_of(&self, order: OrderNo) -> usize {
        self.tiers.get(&order).copied().unwrap_or(0).into()
    }

    pub(crate) fn fix_tier(&mut self, order: OrderNo, tier: u8) {
        self.tiers.insert(order, tier);
    }

    /// The day on which a settled line counts, if it does.
    pub(crate) fn counted_on(&self, line: LineNo) -> Option<Day> {
        self.counted_on.get(&line).copied()
    }

    /// All lines that count.
    pub(crate) fn counted_lines(&self) -> impl Iterator<Item = LineNo> {
        self.counted_on.keys().copied()
    }

    /// A settled line counts on a day; days before `since` are asked for no more.
    pub(crate) fn count(&mut self, (line, member): (LineNo, MemberNo), count: DayCount, since: Day) {
        self.counted_on.insert(line, count.day);
        let progress = self.progress.entry(member).or_insert_with(|| NOTHING.clone());
        progress.whole.add(count.counted);
        progress.days.retain(|known| known.day >= since);
        match progress.days.last_mut().filter(|last| last.day == count.day) {
            Some(last) => last.counted.add(count.counted),
            None => progress.days.push(count),
        }
    }

    /// Of what counts on a day so much was refunded and taken back.
    pub(crate) fn count_back(&mut self, member: MemberNo, count: DayCount) {
        let Some(progress) = self.progress.get_mut(&member) else { return };
        progress.whole.take(count.counted);
        if let Some(known) = progress.days.iter_mut().find(|known| known.day == count.day) {
            known.counted.take(count.counted);
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let days: usize = self.progress.values().map(|progress| progress.days.len()).sum();
        let progress = self.progress.len() * size_of::<(MemberNo, Progress)>()
            + days * size_of::<DayCount>()
            + self.counted_on.len() * size_of::<(LineNo, Day)>()
            + self.tiers.len() * size_of::<(OrderNo, u8)>();
        let lots: usize = self.lots.values().map(VecDeque::len).sum();
        progress
            + lots * size_of::<Lot>()
            + self.lots.len() * size_of::<(MemberNo, VecDeque<Lot>)>()
            + self.earned.len() * size_of::<(LineNo, Earned)>()
    }
}

/// So many points of lots in this order, those that expire together as one.
fn taken_of<'a>(lots: impl Iterator<Item = &'a Lot>, points: Money) -> Vec<LoyaltyLot> {
    let (mut wanted, mut taken) = (points, Vec::<LoyaltyLot>::new());
    for lot in lots {
        let part = wanted.min(lot.left);
        if part.is_zero() {
            break;
        }
        wanted = wanted.saturating_sub(part);
        match taken.last_mut().filter(|last| last.expires_at == lot.expires_at) {
            Some(last) => last.points = last.points.add_within_limit(part),
            None => taken.push(LoyaltyLot { expires_at: lot.expires_at, points: part }),
        }
    }
    taken
}

/// LOY-4: what late refunds of a line have made due so far, when only `left` of its base is left.
pub(crate) fn clawback_total(earned: &Earned, left: Money) -> Money {
    let refunded = earned.base.saturating_sub(left);
    // floor(earned · refunded / base): rounds down, the member keeps the remainder.
    let due = mul_div(earned.points.as_u128(), refunded.as_u128(), earned.base.as_u128(), Rounding::Down);
    due.and_then(Money::from_wide).unwrap_or(earned.points)
}

/// What each line of an order earns by its plan, in a tier, by the lines' classes and bases (LOY-5b, LOY-5c). Points are whole: what
/// the lines of one class that has a rate of its own, or of all others, come to up to a line is rounded down, and the line has the
/// difference to the one before it.
pub(crate) fn points_of_lines(plan: &LoyaltyPlan, tier: usize, lines: &[(Option<u16>, Money)]) -> Vec<Money> {
    let sum = lines.iter().fold(Money::ZERO, |sum, (_, base)| sum.add_within_limit(*base));
    if sum < plan.minimum {
        return vec![Money::ZERO; lines.len()];
    }
    let worth = plan.worth.as_u128().max(1);
    let mut groups: Vec<EarnedTogether> = Vec::new();
    let mut each = Vec::with_capacity(lines.len());
    for (class, base) in lines {
        let own = class.filter(|class| plan.classes.iter().any(|own| own.class == *class));
        let place = groups.iter().position(|group| group.class == own).unwrap_or_else(|| {
            groups.push(EarnedTogether { class: own, ..EarnedTogether::default() });
            groups.len() - 1
        });
        let group = &mut groups[place];
        group.base += base.as_u128();
        let points = match plan.earn_of(tier, own) {
            // Of each line rounded down to minor units, of all of them to whole points; the platform keeps the remainder.
            Earn::Rate(rate) => {
                group.given += rate.floor_of(*base).as_u128();
                group.given / worth
            }
            // Full steps only.
            Earn::Steps { per_full, points } => group.base / per_full.as_u128().max(1) * u128::from(points),
        };
        each.push(Money::from_wide((points - group.points) * worth).unwrap_or(Money::ZERO));
        group.points = points;
    }
    each
}

/// What the lines so far of one class, or of those without a rate of their own, come to.
#[derive(Default)]
struct EarnedTogether {
    class: Option<u16>,
    base: u128,
    /// By rates, in minor units.
    given: u128,
    points: u128,
}

impl Progress {
    fn counted(&self, basis: TierBasis) -> impl Iterator<Item = (i64, Money)> + '_ {
        self.days.iter().map(move |count| (count.day.number(), count.counted.of(basis)))
    }

    /// What counts for a member's tier today: in the window, or for ever (LOY-5d).
    pub(crate) fn in_window(&self, plan: &LoyaltyPlan, today: Day) -> Money {
        match plan.tier_days {
            Some(days) => self.window_ending(plan, days, today.number()),
            None => self.whole.of(plan.tier_basis),
        }
    }

    fn window_ending(&self, plan: &LoyaltyPlan, days: u32, last: i64) -> Money {
        let window = last - i64::from(days) + 1..=last;
        let counted = self.counted(plan.tier_basis).filter(|(day, _)| window.contains(day));
        counted.fold(Money::ZERO, |sum, (_, amount)| sum.add_within_limit(amount))
    }

    /// The tier of a member today, counted from 1; 0 is below the first. It is the highest whose condition held on a day that is
    /// at most `keep_days` past, by what counts now: what was refunded since counts for no day. One that begins at nothing is also that
    /// of members who have not bought anything (LOY-5d).
    pub(crate) fn tier(&self, plan: &LoyaltyPlan, today: Day) -> usize {
        let Some(days) = plan.tier_days else { return tier_from(plan, self.in_window(plan, today)) };
        let (first, last) = (today.number() - i64::from(plan.keep_days), today.number());
        // The sum of a window rises only on days that count something.
        let counting =
            self.counted(plan.tier_basis).map(|(day, _)| day).filter(|day| (first + 1..=last).contains(day));
        let sums = std::iter::once(first).chain(counting).map(|day| self.window_ending(plan, days, day));
        sums.map(|sum| tier_from(plan, sum)).max().unwrap_or(0)
    }

    /// The last day on which a member has its tier of today if it buys nothing more; `None` below the first tier, and where
    /// nothing is ever forgotten.
    pub(crate) fn tier_until(&self, plan: &LoyaltyPlan, today: Day) -> Option<Day> {
        let (tier, days) = (self.tier(plan, today), i64::from(plan.tier_days?));
        if tier == 0 {
            return None;
        }
        // It can end only after a day on which something leaves the window, `keep_days` later.
        let leaves = self.counted(plan.tier_basis).map(|(day, _)| day + days - 1 + i64::from(plan.keep_days));
        let ends = leaves.chain([today.number()]).filter(|day| *day >= today.number());
        ends.map(Day::from_number).filter(|day| self.tier(plan, day.next()) < tier).min()
    }

    /// What was earned in the local month of a day.
    pub(crate) fn earned_in_month(&self, today: Day) -> Money {
        let date = today.date();
        let first = today.number() - i64::from(date.day()) + 1;
        let of_month =
            self.counted(TierBasis::Earned).filter(|(day, _)| (first..=today.number()).contains(day));
        of_month.fold(Money::ZERO, |sum, (_, amount)| sum.add_within_limit(amount))
    }

    /// Spent and earned in all.
    pub(crate) fn whole(&self) -> Counted {
        self.whole
    }
}

impl Counted {
    fn add(&mut self, more: Counted) {
        self.spent = self.spent.add_within_limit(more.spent);
        self.earned = self.earned.add_within_limit(more.earned);
    }

    fn take(&mut self, less: Counted) {
        self.spent = self.spent.saturating_sub(less.spent);
        self.earned = self.earned.saturating_sub(less.earned);
    }

    fn of(self, basis: TierBasis) -> Money {
        match basis {
            TierBasis::Spent => self.spent,
            TierBasis::Earned => self.earned,
        }
    }
}

/// The highest tier that is reached by an amount, counted from 1; 0 below the first.
fn tier_from(plan: &LoyaltyPlan, amount: Money) -> usize {
    plan.tiers.partition_point(|tier| tier.from <= amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64) -> Money {
        Money::from_minor(minor).expect("not negative")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_us(seconds * 1_000_000).expect("in range")
    }

    fn left(loyalty: &Loyalty, member: MemberNo) -> Vec<i64> {
        loyalty.lots(member).map(|lot| lot.left.minor()).collect()
    }

    #[test]
    fn loy_2_the_oldest_are_spent_and_the_newest_taken_back() {
        let (mut loyalty, member) = (Loyalty::default(), MemberNo(1));
        for (points, expires) in [(5, 10), (0, 15), (7, 20), (9, 20)] {
            loyalty.add(member, money(points), at(expires));
        }
        assert_eq!(left(&loyalty, member), [5, 7, 9]);
        let lots = loyalty.oldest(member, money(6));
        loyalty.take(member, &lots);
        assert_eq!(left(&loyalty, member), [6, 9]);
        assert_eq!(loyalty.next_expiry(member), Some(at(20)));
        assert_eq!(
            (loyalty.expired(member, at(19)), loyalty.expired(member, at(20))),
            (Money::ZERO, money(15))
        );
        let lots = loyalty.newest(member, money(10));
        assert_eq!(lots, [LoyaltyLot { expires_at: at(20), points: money(10) }]);
        loyalty.take(member, &lots);
        assert_eq!(left(&loyalty, member), [5]);
        let lots = loyalty.newest(member, money(5));
        loyalty.take(member, &lots);
        assert_eq!((loyalty.next_expiry(member), loyalty.sum(member)), (None, Money::ZERO));
        assert_eq!(loyalty.oldest(member, Money::ZERO), []);
        loyalty.take(member, &[]);
    }

    #[test]
    fn loy_4_what_is_due_back_does_not_depend_on_how_it_was_refunded() {
        let earned = Earned { points: money(7), base: money(30), clawback_total: Money::ZERO };
        let due = [30, 29, 26, 25, 13, 1, 0].map(|left| clawback_total(&earned, money(left)).minor());
        assert_eq!(due, [0, 0, 0, 1, 3, 6, 7]);
    }
}
