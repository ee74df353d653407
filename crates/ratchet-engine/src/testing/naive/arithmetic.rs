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

fn money(units: u128) -> i128 {
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
