//! Published odds (BOX-3): exact fractions, and their decimals by whole-number arithmetic.

use crate::amount::{Rounding, mul_div};
use crate::plan::BlindBoxPlan;

/// One, in the fixed point in which powers are taken: 2¹²⁰.
const ONE: u128 = 1 << 120;

/// The chance of one item of a full box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Odds {
    /// Its weight …
    pub weight: u64,
    /// … of all weights.
    pub total: u64,
    /// After so many draws of a member without it the next one is it; only of the top item.
    pub pity: Option<u32>,
}

impl Odds {
    /// The chance of one draw, in lowest terms.
    pub fn single(&self) -> (u64, u64) {
        let divisor = common(self.weight, self.total);
        (self.weight / divisor, self.total / divisor)
    }

    /// The long-run share as an exact fraction in lowest terms, `p / (1 − (1 − p)^(N+1))` with pity `N`, while it fits 128 bits.
    pub fn exact(&self) -> Option<(u128, u128)> {
        let (weight, total) = self.single();
        let (weight, total) = (u128::from(weight), u128::from(total));
        let Some(pity) = self.pity else { return Some((weight, total)) };
        let steps = pity.checked_add(1)?;
        // w/W ÷ (1 − ((W − w)/W)^(N+1)) = w · W^N ÷ (W^(N+1) − (W − w)^(N+1)).
        let numerator = weight.checked_mul(total.checked_pow(pity)?)?;
        let denominator = total.checked_pow(steps)? - (total - weight).checked_pow(steps)?;
        let divisor = common_wide(numerator, denominator);
        Some((numerator / divisor, denominator / divisor))
    }

    /// The long-run share in parts of `of`, at most 10¹⁸: rounded down, so that nobody is promised more than the odds are; wrong
    /// by at most one part where the power does not fit and is taken in fixed point.
    pub fn share(&self, of: u64) -> u64 {
        let (weight, total) = (u128::from(self.weight), u128::from(self.total));
        let share = match self.pity {
            None => mul_div(u128::from(of), weight, total, Rounding::Down),
            Some(pity) => {
                // Rounded down at each step, so the divisor is rounded up and the share down.
                let missing = mul_div(ONE, total - weight, total, Rounding::Down).unwrap_or(0);
                let never = power(missing, u64::from(pity) + 1);
                let p = mul_div(ONE, weight, total, Rounding::Down).unwrap_or(0);
                mul_div(u128::from(of), p, ONE - never, Rounding::Down)
            }
        };
        share.and_then(|share| u64::try_from(share).ok()).unwrap_or(of)
    }
}

/// A power of a fixed-point number below one, rounded down at each step.
fn power(base: u128, exponent: u64) -> u128 {
    let (mut result, mut square, mut left) = (ONE, base, exponent);
    while left > 0 {
        if left & 1 == 1 {
            result = mul_div(result, square, ONE, Rounding::Down).unwrap_or(0);
        }
        square = mul_div(square, square, ONE, Rounding::Down).unwrap_or(0);
        left >>= 1;
    }
    result
}

fn common(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common(b, a % b) }
}

fn common_wide(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { common_wide(b, a % b) }
}

impl BlindBoxPlan {
    /// The odds of each item of a full box, in the plan's order; the first is the top item.
    pub fn odds(&self) -> Vec<Odds> {
        let total = self.items.iter().map(|item| u64::from(item.weight)).sum();
        let pity = |at: usize| self.pity.filter(|_| at == 0);
        let odds = self.items.iter().enumerate();
        odds.map(|(at, item)| Odds { weight: u64::from(item.weight), total, pity: pity(at) }).collect()
    }
}
