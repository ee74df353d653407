//! The dividend of shareholders: periods, the base of the present one, weights (COMM-5).

use crate::amount::{Money, Rounding, mul_div};
use crate::id::MemberNo;
use crate::plan::Period;
use crate::time::{Day, Timestamp};
use crate::undo::{Table, undo_fields};

/// Largest weight in millionths: a million.
pub(crate) const WEIGHT_MILLIONTHS_MAX: u64 = 1_000_000 * 1_000_000;

/// Where the dividend stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dividend {
    /// The end of the present period.
    pub(crate) due_at: Option<Timestamp>,
    /// Bases settled less bases refunded late, since the period began.
    pub(crate) base: i64,
    /// What negative periods still have to be made up.
    pub(crate) deficit: Money,
    /// In millionths; those above zero.
    pub(crate) weights: Table<MemberNo, u64>,
    /// The sum of the weights.
    weight: u128,
}

undo_fields!(Dividend { parts: weights; values: due_at, base, deficit, weight; });

impl Dividend {
    pub(crate) fn weight(&self, member: MemberNo) -> u64 {
        self.weights.get(&member).copied().unwrap_or(0)
    }

    pub(crate) fn weight_of_all(&self) -> u128 {
        self.weight
    }

    pub(crate) fn set_weight(&mut self, member: MemberNo, weight: u64) {
        let before =
            if weight == 0 { self.weights.remove(&member) } else { self.weights.insert(member, weight) };
        self.weight = self.weight + u128::from(weight) - u128::from(before.unwrap_or(0));
    }

    /// What each shareholder from `first` on gets of the pot, in joining order: `floor(pot · w ÷ Σw)`, the pot keeps what is
    /// left.
    pub(crate) fn shares(&self, pot: Money, first: MemberNo) -> impl Iterator<Item = (MemberNo, Money)> {
        let share = move |weight: u64| {
            let share = mul_div(pot.as_u128(), u128::from(weight), self.weight, Rounding::Down);
            share.and_then(Money::from_wide).unwrap_or(Money::ZERO)
        };
        self.weights.range(first..).map(move |(member, weight)| (*member, share(*weight)))
    }
}

/// The first day of the period after the one that contains `day`.
pub(crate) fn next_period(period: Period, day: Day) -> Day {
    match period {
        Period::Day => day.next(),
        Period::Week => {
            // 1970-01-01 was a Thursday; weeks begin on Monday.
            let weekday = (day.number() + 3).rem_euclid(7);
            day.plus(7 - weekday)
        }
        Period::Month => {
            let date = day.date();
            day.plus(i64::from(date.days_in_month()) - i64::from(date.day()) + 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Dividend, next_period};
    use crate::amount::Money;
    use crate::id::MemberNo;
    use crate::plan::Period;
    use crate::time::Day;

    /// COMM-5: local months, weeks from Monday, days.
    #[test]
    fn periods_end() {
        let next = |period, day: &str| next_period(period, Day::parse(day).expect("a day")).to_string();
        assert_eq!(next(Period::Day, "2026-02-28"), "2026-03-01");
        assert_eq!(next(Period::Month, "2026-02-01"), "2026-03-01");
        assert_eq!(next(Period::Month, "2024-02-29"), "2024-03-01");
        assert_eq!(next(Period::Month, "2026-12-31"), "2027-01-01");
        // Monday, Wednesday, Sunday.
        for day in ["2026-01-05", "2026-01-07", "2026-01-11"] {
            assert_eq!(next(Period::Week, day), "2026-01-12");
        }
        assert_eq!(next(Period::Week, "1970-01-01"), "1970-01-05");
        assert_eq!(next_period(Period::Month, Day::parse("9999-12-30").expect("a day")).number(), 2_932_897);
    }

    /// COMM-5: SPEC's golden numbers.
    #[test]
    fn shares_are_rounded_down() {
        let mut dividend = Dividend::default();
        for member in 0..17 {
            let weight = if member < 2 {
                100_000
            } else if member < 7 {
                200_000
            } else {
                300_000
            };
            dividend.set_weight(MemberNo(member), weight);
        }
        let pot = |minor| Money::from_minor(minor).expect("positive");
        let shares: Vec<_> = dividend.shares(pot(1_000), MemberNo(0)).collect();
        let minors: Vec<i64> = shares.iter().map(|(_, share)| share.minor()).collect();
        assert_eq!((minors[0], minors[2], minors[7]), (23, 47, 71));
        assert_eq!(minors.iter().sum::<i64>(), 991);
        dividend.set_weight(MemberNo(0), 0);
        let paid = dividend.shares(pot(16), MemberNo(0)).filter(|(_, share)| !share.is_zero());
        assert_eq!(paid.count(), 10);
        assert_eq!(dividend.shares(pot(1_000), MemberNo(7)).count(), 10);
    }
}
