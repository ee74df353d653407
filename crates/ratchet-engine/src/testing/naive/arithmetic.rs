//! Exact arithmetic of the naive model: fractions of products, in big integers where 128 bits do not hold them.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint};

use crate::amount::Rate;

fn small(factors: &[u128]) -> Option<u128> {
    factors.iter().try_fold(1_u128, |product, factor| product.checked_mul(*factor))
}

fn big(factors: &[u128]) -> BigUint {
    factors.iter().fold(BigUint::from(1_u8), |product, factor| product * *factor)
}

/// `floor(Π numerator / Π denominator)`: one exact fraction, one division, down.
pub(super) fn floor_ratio(numerator: &[u128], denominator: &[u128]) -> u128 {
    match (small(numerator), small(denominator)) {
        (Some(n), Some(d)) => n / d,
        _ => u128::try_from(big(numerator) / big(denominator)).expect("results of rules fit in 128 bits"),
    }
}

/// `ceil(Π numerator / Π denominator)`: one exact fraction, one division, up.
pub(super) fn ceil_ratio(numerator: &[u128], denominator: &[u128]) -> u128 {
    let whole = floor_ratio(numerator, denominator);
    let exact: Vec<u128> = denominator.iter().copied().chain([whole]).collect();
    if compare(&exact, numerator) == Ordering::Less { whole + 1 } else { whole }
}

/// `floor(rate · units)` of anything counted in units of 10⁻¹².
pub(super) fn floor_units(rate: Rate, units: u128) -> u128 {
    floor_ratio(&[units, u128::from(rate.ppm())], &[1_000_000])
}

/// Compares two products.
pub(super) fn compare(left: &[u128], right: &[u128]) -> Ordering {
    match (small(left), small(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => big(left).cmp(&big(right)),
    }
}

/// A price at which something happens: so many minor units for so many units of points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trigger {
    /// May be below zero with `counts = "realised"`.
    pub(super) money: i128,
    pub(super) points: u128,
}

impl Trigger {
    /// Whether `points · B ≥ money · S`: the price B/S has reached it.
    pub(super) fn reached(&self, assets: i128, supply: u128) -> bool {
        if self.money <= 0 {
            return true;
        }
        compare(&[self.points, wide(assets)], &[wide(self.money), supply]) != Ordering::Less
    }

    /// By price, exactly. Nothing due for no points counts as price zero.
    pub(super) fn by_price(&self, other: &Trigger) -> Ordering {
        let points = |t: &Trigger| if t.money == 0 { 1 } else { t.points };
        let small = |money: i128, points: u128| money.checked_mul(i128::try_from(points).ok()?);
        if let (Some(left), Some(right)) =
            (small(self.money, points(other)), small(other.money, points(self)))
        {
            return left.cmp(&right);
        }
        let left = BigInt::from(self.money) * BigInt::from(points(other));
        let right = BigInt::from(other.money) * BigInt::from(points(self));
        left.cmp(&right)
    }
}

/// Money as an unsigned factor.
pub(super) fn wide(money: i128) -> u128 {
    u128::try_from(money).expect("this amount is never below zero")
}

pub(super) fn money(units: u128) -> i128 {
    i128::try_from(units).expect("amounts of money fit in 127 bits")
}

/// `floor(rate · amount)`.
pub(super) fn floor_part(rate: Rate, amount: i128) -> i128 {
    money(wide(amount) * u128::from(rate.ppm()) / 1_000_000)
}

/// `ceil(rate · amount)`.
pub(super) fn ceil_part(rate: Rate, amount: i128) -> i128 {
    let product = wide(amount) * u128::from(rate.ppm());
    money(product / 1_000_000 + u128::from(!product.is_multiple_of(1_000_000)))
}

/// `floor(a · b / d)` of amounts of money.
pub(super) fn floor_share(a: i128, b: i128, d: i128) -> i128 {
    money(floor_ratio(&[wide(a), wide(b)], &[wide(d)]))
}

/// `floor(points · B / S)`: what points are worth at a pair.
pub(super) fn floor_value(points: u128, assets: i128, supply: u128) -> i128 {
    money(floor_ratio(&[points, wide(assets)], &[supply]))
}

/// The local date of a day number (days since 1970-01-01), counted forward or back year by year and month by month.
pub(super) fn date_of(day: i64) -> (i64, u32, i64) {
    let (mut year, mut left) = (1970, day);
    while left < 0 {
        year -= 1;
        left += days_of_year(year);
    }
    while left >= days_of_year(year) {
        left -= days_of_year(year);
        year += 1;
    }
    let mut month = 1;
    while left >= days_of_month(year, month) {
        left -= days_of_month(year, month);
        month += 1;
    }
    (year, month, left + 1)
}

/// The day number of a local date.
pub(super) fn day_of(year: i64, month: u32, day: i64) -> i64 {
    let years: i64 = if year >= 1970 {
        (1970..year).map(days_of_year).sum()
    } else {
        -(year..1970).map(days_of_year).sum::<i64>()
    };
    let months: i64 = (1..month).map(|month| days_of_month(year, month)).sum();
    years + months + day - 1
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_year(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of_month(year: i64, month: u32) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// NUM-5: floors each, then one unit each in listing order to non-zero weights.
pub(super) fn split_by_weights(total: i128, weights: &[i128]) -> Vec<i128> {
    let sum: i128 = weights.iter().sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let mut parts: Vec<i128> = weights.iter().map(|weight| floor_share(total, *weight, sum)).collect();
    let mut left = total - parts.iter().sum::<i128>();
    for (part, weight) in parts.iter_mut().zip(weights) {
        if left > 0 && *weight > 0 {
            *part += 1;
            left -= 1;
        }
    }
    parts
}
