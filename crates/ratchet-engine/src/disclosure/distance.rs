//! Break-even distance: how many further orders until points are worth what was spent (DISC-3).
//!
//! In a world of equal orders, each contributing `c` at mint ratio m, with no sales and no exits:
//! `B` grows to `B + N·c`, `S` by the factor `Π (1 + m·c/Bₖ) ≈ ((B + N·c)/B)^m`, so the price grows by
//! `((B + N·c)/B)^(1−m)`. To grow by G it takes `N = (B/c)·(G^(1/(1−m)) − 1)` orders: at m = 70 % that
//! is the power 10/3, which is why the distance is so long.

use crate::amount::{Money, Points, Rate, Rounding, mul_div};
use crate::pool::Pair;

/// Most steps the simulation takes.
pub const SIMULATED_STEPS_MAX: u64 = 2_000_000;

/// How far a member is from its money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakEven {
    /// What the member spent.
    pub spent: Money,
    /// What its points would bring now, net.
    pub value: Money,
    /// Contribution of each further order that is assumed.
    pub contribution: Money,
    /// Further orders by the formula, rounded up; `None` if no number of orders is enough in practice.
    pub closed_form: Option<u64>,
    /// Further orders by playing them through the pool; `None` if [`SIMULATED_STEPS_MAX`] steps are not enough.
    pub simulated: Option<u64>,
    /// How many orders one step of the simulation stands for. With 1 it is exact. With more, they buy together at
    /// one price and so get more points than one after the other: the number is then an upper bound.
    pub orders_per_step: u64,
}

/// A world in which only equal orders happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EqualOrders {
    /// Pool and supply now.
    pub pair: Pair,
    /// What each order contributes; more than zero.
    pub contribution: Money,
    /// POOL-2
    pub mint_ratio: Rate,
}

impl EqualOrders {
    /// How many further orders until `points` redeem for `spent`, net of `retention`.
    pub fn break_even(&self, points: Points, spent: Money, retention: Rate) -> BreakEven {
        let closed_form = self.closed_form(points, spent, retention);
        // The formula and the play differ by little; a tenth is room enough.
        let expected = closed_form.map(|orders| orders.saturating_add(orders / 10));
        let orders_per_step = expected.map_or(1, |orders| orders.div_ceil(SIMULATED_STEPS_MAX).max(1));
        let lump = self.contribution.as_u128().saturating_mul(u128::from(orders_per_step));
        let simulated = Money::from_wide(lump).filter(|_| closed_form.is_some()).and_then(|contribution| {
            let steps = EqualOrders { contribution, ..*self }.play(points, spent, retention)?;
            steps.checked_mul(orders_per_step)
        });
        BreakEven {
            spent,
            value: net(&self.pair, points, retention),
            contribution: self.contribution,
            closed_form,
            simulated,
            orders_per_step,
        }
    }

    /// Plays orders through POOL-1 and POOL-2 until the points redeem for `spent`; `None` past the limit.
    pub fn play(&self, points: Points, spent: Money, retention: Rate) -> Option<u64> {
        let mut pair = self.pair;
        let minted_per_price = u128::from(self.mint_ratio.ppm()) * self.contribution.as_u128();
        let mut steps = 0;
        while net(&pair, points, retention) < spent {
            if steps == SIMULATED_STEPS_MAX {
                return None;
            }
            // Rounds down as POOL-2 does: one exact fraction of the state before the contribution.
            let minted = mul_div(
                minted_per_price,
                pair.supply.units(),
                pair.assets.as_u128() * u128::from(Rate::ONE.ppm()),
                Rounding::Down,
            )?;
            pair.assets = pair.assets.checked_add(self.contribution)?;
            pair.supply = pair.supply.checked_add(Points::from_units(minted))?;
            steps += 1;
        }
        Some(steps)
    }

    fn closed_form(&self, points: Points, spent: Money, retention: Rate) -> Option<u64> {
        if net(&self.pair, points, retention) >= spent {
            return Some(0);
        }
        let growth_power = Rate::ONE.ppm().checked_sub(self.mint_ratio.ppm()).filter(|left| *left > 0)?;
        let paid = Rate::ONE.ppm().checked_sub(retention.ppm()).filter(|left| *left > 0)?;
        // Value in 2⁻³² minor units; the points are at most the supply, so it is below 2⁹⁵.
        let value = mul_div(
            points.units(),
            self.pair.assets.as_u128() << 32,
            self.pair.supply.units(),
            Rounding::Down,
        )?;
        // G in fixed point; rounding is of no matter here, the formula itself is an approximation.
        let needed = (spent.as_u128() << 32) * u128::from(Rate::ONE.ppm());
        let growth = mul_div(needed, fixed::ONE, value.checked_mul(u128::from(paid))?, Rounding::Up)?;
        let exponent = mul_div(
            fixed::log2(growth)?,
            u128::from(Rate::ONE.ppm()),
            u128::from(growth_power),
            Rounding::Up,
        )?;
        let factor = fixed::exp2(exponent)?;
        let more = factor.checked_sub(fixed::ONE)?;
        let scale = self.contribution.as_u128().checked_mul(fixed::ONE)?;
        u64::try_from(mul_div(self.pair.assets.as_u128(), more, scale, Rounding::Up)?).ok()
    }
}

/// Net redemption value: the gross rounds down, what is kept rounds up (POOL-3).
fn net(pair: &Pair, points: Points, retention: Rate) -> Money {
    let gross = pair.gross(points);
    gross.saturating_sub(retention.ceil_of(gross))
}

/// Logarithm and power to base 2 in fixed point with 40 binary digits, good to about ten decimal digits.
mod fixed {
    /// One.
    pub(super) const ONE: u128 = 1 << BITS;
    const BITS: u32 = 40;
    /// Binary digits of the numbers inside.
    const FINE: u32 = 62;

    /// `log2(x)` for x ≥ 1; `None` below.
    pub(super) fn log2(x: u128) -> Option<u128> {
        let whole = x.checked_ilog2()?.checked_sub(BITS)?;
        // The mantissa in [1, 2): squaring it doubles the logarithm, whose next digit is then its whole part.
        let shift = whole + BITS;
        let mut mantissa = if shift > FINE { x >> (shift - FINE) } else { x << (FINE - shift) };
        let mut log = u128::from(whole) << BITS;
        for digit in (0..BITS).rev() {
            mantissa = (mantissa * mantissa) >> FINE;
            if mantissa >> (FINE + 1) != 0 {
                mantissa >>= 1;
                log |= 1 << digit;
            }
        }
        Some(log)
    }

    /// `2^x`; `None` from 2⁸⁰ on.
    pub(super) fn exp2(x: u128) -> Option<u128> {
        let whole = u32::try_from(x >> BITS).ok().filter(|whole| *whole < 80)?;
        // 2^(1/2), 2^(1/4), … by repeated square roots; the product of those whose digit is set.
        let (mut root, mut power) = (2 << FINE, 1_u128 << FINE);
        for digit in (0..BITS).rev() {
            root = u128::isqrt(root << FINE);
            if x & (1 << digit) != 0 {
                power = (power * root) >> FINE;
            }
        }
        // FINE − BITS digits are dropped, then the whole part shifts: at most 2⁸⁰⁺⁴¹.
        Some((power >> (FINE - BITS)) << whole)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn logarithms_and_powers() {
            assert_eq!(log2(ONE), Some(0));
            assert_eq!(log2(8 * ONE), Some(3 * ONE));
            assert_eq!(log2(ONE - 1), None);
            assert_eq!(exp2(0), Some(ONE));
            assert_eq!(exp2(5 * ONE), Some(32 * ONE));
            assert_eq!(exp2(80 * ONE), None);
            // log2(10) = 3.321928094887362…
            let ten = log2(10 * ONE).unwrap();
            assert!(ten.abs_diff(3_321_928_094_887 * ONE / 1_000_000_000_000) < 1 << 4, "{ten}");
            let back = exp2(ten).unwrap();
            assert!(back.abs_diff(10 * ONE) < 1 << 8, "{back}");
        }
    }
}
