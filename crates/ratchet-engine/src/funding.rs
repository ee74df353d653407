//! Funding rounds: what is left of each investor's money, by day and by order (FUND-1 to FUND-3).

use crate::amount::{Money, Rounding, mul_div};
use crate::id::{Id, index};
use crate::undo::{Column, undo_fields};

/// Most days a round lasts.
pub const ROUND_DAYS_MAX: u32 = 3_650;

/// One round.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Round {
    pub(crate) id: Id,
    pub(crate) investor: Id,
    pub(crate) amount: Money,
    /// For the pool in all, and what has not entered it.
    pub(crate) pool: Money,
    pub(crate) pool_left: Money,
    /// For subsidies in all, and what was not given.
    pub(crate) subsidies: Money,
    pub(crate) subsidies_left: Money,
    pub(crate) per_order: Money,
    pub(crate) days: u32,
    /// Midnights that have passed.
    pub(crate) passed: u32,
}

impl Round {
    /// FUND-2: what the next midnight injects. Rounds down; the rest comes with the last one.
    pub(crate) fn due(&self) -> Money {
        let so_far =
            mul_div(self.pool.as_u128(), u128::from(self.passed) + 1, self.days.into(), Rounding::Down);
        let so_far = so_far.and_then(Money::from_wide).unwrap_or(self.pool).min(self.pool);
        so_far.saturating_sub(self.pool.saturating_sub(self.pool_left))
    }

    /// Whether the next midnight is the last.
    pub(crate) fn ends_next(&self) -> bool {
        self.passed + 1 >= self.days
    }

    /// FUND-3: what one order gets.
    pub(crate) fn subsidy(&self) -> Money {
        self.per_order.min(self.subsidies_left)
    }
}

/// All rounds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rounds {
    list: Column<Round>,
    /// Those whose last midnight is still to come.
    open: Column<u32>,
}

undo_fields!(Rounds { parts: list, open; });

impl Rounds {
    pub(crate) fn next(&self) -> Option<u32> {
        u32::try_from(self.list.len()).ok().filter(|number| *number != u32::MAX)
    }

    pub(crate) fn list(&self) -> &[Round] {
        &self.list
    }

    pub(crate) fn get(&self, round: u32) -> &Round {
        &self.list[index(round)]
    }

    /// Those that run, in the order of their creation.
    #[inline]
    pub(crate) fn open(&self) -> &[u32] {
        &self.open
    }

    pub(crate) fn add(&mut self, number: u32, round: Round) {
        self.list.push(round);
        self.open.push(number);
    }

    /// A midnight has passed; `ended` if it was the last.
    pub(crate) fn streamed(&mut self, number: u32, injected: Money, ended: bool) {
        let round = &mut self.list[index(number)];
        round.passed += 1;
        round.pool_left = round.pool_left.saturating_sub(injected);
        if ended {
            (round.pool_left, round.subsidies_left) = (Money::ZERO, Money::ZERO);
            self.open.retain(|open| *open != number);
        }
    }

    pub(crate) fn subsidised(&mut self, number: u32, amount: Money) {
        let round = &mut self.list[index(number)];
        round.subsidies_left = round.subsidies_left.saturating_sub(amount);
    }
}

#[cfg(test)]
mod tests {
    use super::Round;
    use crate::amount::Money;
    use crate::id::Id;

    fn money(minor: i64) -> Money {
        Money::from_minor(minor).expect("not negative")
    }

    /// FUND-2: 100 over 3 days are 33, 33 and 34; a day without supply is caught up with.
    #[test]
    fn a_round_is_streamed_evenly_and_catches_up() {
        let id = || Id::new("x").expect("a valid id");
        let mut round = Round {
            id: id(),
            investor: id(),
            amount: money(100),
            pool: money(100),
            pool_left: money(100),
            subsidies: money(5),
            subsidies_left: money(3),
            per_order: money(2),
            days: 3,
            passed: 0,
        };
        assert_eq!((round.due(), round.ends_next()), (money(33), false));
        (round.passed, round.pool_left) = (1, money(67));
        assert_eq!(round.due(), money(33));
        (round.passed, round.pool_left) = (2, money(67));
        assert_eq!((round.due(), round.ends_next()), (money(67), true));
        assert_eq!(round.subsidy(), money(2));
        round.subsidies_left = money(1);
        assert_eq!(round.subsidy(), money(1));
    }
}
