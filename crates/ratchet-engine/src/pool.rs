//! The pool's arithmetic: price as an exact pair, minting and selling (POOL-1 … POOL-4). Pure functions.

use serde::{Deserialize, Serialize};

use crate::amount::{Money, Points, Rate, Rounding, UNITS_PER_POINT, Wide, mul_div};
use crate::plan::PoolPlan;

/// Pool and supply at one moment: price = assets ÷ supply, never divided out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub struct Pair {
    /// `B`, in minor units.
    pub assets: Money,
    /// `S`, in units of 10⁻¹² point.
    pub supply: Points,
}

impl Pair {
    /// POOL-4: `B₁·S₀ ≥ B₀·S₁` in 256 bits.
    #[inline]
    pub fn is_at_least(&self, before: &Pair) -> bool {
        Wide::product(self.assets.as_u128(), before.supply.units())
            >= Wide::product(before.assets.as_u128(), self.supply.units())
    }

    /// `floor(x·B/S)`: rounds down, the remainder stays in the pool. Zero if there is no supply.
    #[inline]
    pub fn gross(&self, points: Points) -> Money {
        // x ≤ S, so the result is at most B and fits.
        mul_div(points.units(), self.assets.as_u128(), self.supply.units(), Rounding::Down)
            .and_then(Money::from_wide)
            .unwrap_or(Money::ZERO)
    }

    /// Whether the price has reached 10⁶ × the opening price (POOL-9).
    #[inline]
    pub(crate) fn needs_split(&self, opening_price: Money) -> bool {
        if self.supply.is_zero() {
            return false;
        }
        Wide::product(self.assets.as_u128(), UNITS_PER_POINT)
            >= Wide::product(1_000_000 * opening_price.as_u128(), self.supply.units())
    }
}

/// A price for display: the exact pair and how often the units were split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Minor units.
    pub assets: Money,
    /// Points they back.
    pub supply: Points,
    /// Splits so far; one point then is 10^(3·exponent) points now.
    pub exponent: u32,
}

impl Price {
    /// Money per point in present units with 12 decimals, rounded down; `0.000000000000` without supply.
    pub fn display(&self, decimals: u32) -> String {
        self.decimal(decimals, 0)
    }

    /// The same, multiplied back by 10³ per split, so that a chart shows no jumps.
    pub fn display_unsplit(&self, decimals: u32) -> String {
        self.decimal(decimals, self.exponent)
    }

    fn decimal(&self, decimals: u32, splits: u32) -> String {
        let shown = if self.supply.is_zero() {
            Some(0)
        } else {
            // B minor/units · 10^12 units a point · 10^12 shown decimals ÷ 10^decimals
            mul_div(
                self.assets.as_u128(),
                10_u128.pow(24 - decimals.min(24)),
                self.supply.units(),
                Rounding::Down,
            )
        };
        let Some(shown) = shown else { return "overflow".to_owned() };
        let (mut whole, fraction) = ((shown / UNITS_PER_POINT).to_string(), shown % UNITS_PER_POINT);
        let mut fraction = format!("{fraction:012}");
        // Shifting the decimal point of the rounded number would lose digits: compute the exact ones.
        if splits > 0 && !self.supply.is_zero() {
            let exact = self.exact_digits(decimals, splits);
            let cut = exact.len().saturating_sub(12);
            whole = exact.get(..cut).unwrap_or("0").to_owned();
            fraction = exact.get(cut..).unwrap_or("").to_owned();
        }
        format!("{whole}.{fraction}")
    }

    /// All digits of the price times 10^12 after multiplying back the splits, by long division.
    fn exact_digits(&self, decimals: u32, splits: u32) -> String {
        let mut digits = String::new();
        let (numerator, divisor) = (self.assets.as_u128(), self.supply.units());
        let mut push = |digit: u128| {
            if digit != 0 || !digits.is_empty() {
                digits.push_str(&digit.to_string());
            }
        };
        push(numerator / divisor);
        let mut rest = numerator % divisor;
        for _ in 0..(24 - decimals.min(24) + 3 * splits) {
            rest *= 10;
            push(rest / divisor);
            rest %= divisor;
        }
        format!("{digits:0>13}")
    }
}

/// A mint ratio as a fraction in lowest terms, so that products stay short.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    numerator: u128,
    denominator: u128,
}

impl Ratio {
    pub(crate) fn new(rate: Rate) -> Ratio {
        let (mut a, mut b) = (rate.ppm(), Rate::ONE.ppm());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let divisor = a.max(1);
        Ratio {
            numerator: u128::from(rate.ppm() / divisor),
            denominator: u128::from(Rate::ONE.ppm() / divisor),
        }
    }
}

/// POOL-2: points minted for a contribution at this price (or start price), as one exact fraction, rounded
/// down; the remainder stays in the pool as value of all points.
#[inline]
pub(crate) fn mint(ratio: Ratio, contribution: Money, price: &Pair) -> Points {
    let units = mul_div(
        ratio.numerator * contribution.as_u128(),
        price.supply.units(),
        ratio.denominator * price.assets.as_u128(),
        Rounding::Down,
    );
    Points::from_units(units.unwrap_or(0))
}

/// A sale's money (POOL-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    /// `floor(x·B/S)`, after a clamp.
    pub gross: Money,
    /// `ceil(retention·gross)`: a charge, so it rounds up.
    pub kept: Money,
    /// What the member gets.
    pub net: Money,
}

impl Sale {
    /// Splits a gross amount.
    #[inline]
    pub fn of(gross: Money, plan: &PoolPlan) -> Sale {
        let kept = plan.retention.ceil_of(gross);
        Sale { gross, kept, net: gross.saturating_sub(kept) }
    }
}
