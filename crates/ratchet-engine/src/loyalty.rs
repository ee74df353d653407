//! Loyalty points of fixed worth: lots by member, oldest first, and what each settled line earned (LOY-1 to LOY-4).

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
use crate::id::{LineNo, MemberNo};
use crate::time::Timestamp;
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

/// The loyalty points of all members.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loyalty {
    lots: Table<MemberNo, VecDeque<Lot>>,
    earned: Table<LineNo, Earned>,
    pub(crate) totals: LoyaltyTotals,
    /// What the operator paid for points and did not get back.
    pub(crate) by_operator: Money,
}

undo_fields!(Loyalty { parts: lots, earned; values: totals, by_operator; });

impl Loyalty {
    /// A member's lots, the oldest first.
    pub(crate) fn lots(&self, member: MemberNo) -> impl Iterator<Item = &Lot> {
        self.lots.get(&member).into_iter().flatten()
    }

    /// What all its lots hold.
    pub(crate) fn sum(&self, member: MemberNo) -> Money {
        self.lots(member).fold(Money::ZERO, |sum, lot| sum.add_within_limit(lot.left))
    }

    /// When its oldest lot expires.
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
        let earned = self.earned.get_mut(&line).expect("only what a line earned is due back");
        earned.clawback_total = earned.clawback_total.add_within_limit(due);
    }

    /// The newest lot. All lots are good for the same time, so the newest expires last.
    pub(crate) fn add(&mut self, member: MemberNo, points: Money, expires_at: Timestamp) {
        if !points.is_zero() {
            self.lots.entry(member).or_default().push_back(Lot { left: points, expires_at });
        }
    }

    /// LOY-2: which points are taken if so many are, the oldest first.
    pub(crate) fn oldest(&self, member: MemberNo, points: Money) -> Vec<LoyaltyLot> {
        taken_of(self.lots(member), points)
    }

    /// LOY-4: the same, the newest first.
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

    pub(crate) fn bytes(&self) -> usize {
        let lots: usize = self.lots.values().map(VecDeque::len).sum();
        lots * size_of::<Lot>()
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
