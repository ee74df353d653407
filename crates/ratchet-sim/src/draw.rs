//! Draws by lot for simulated people, in whole numbers only: the same on every machine, whatever its floats do.
//!
//! A draw is a function of (seed, run, person, purpose, ordinal) and of nothing else (SIM-4): adding a behaviour, or running
//! the same people through another plan, changes no other draw.

use std::sync::LazyLock;

use crate::generate::Powers;
use crate::random::{Random, split_mix};

/// ln 2 with 32 binary digits.
const LN_2_Q32: u64 = 2_977_044_472;
/// 1 ÷ ln 2 with 16 binary digits.
const LOG2_E_Q16: i64 = 94_548;

static POWERS: LazyLock<Powers> = LazyLock::new(Powers::new);

/// What a draw is for; its number is part of the draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// How many come on a day; the person is the day.
    Arrival = 1,
    /// Which kind of spender, and its level.
    Spender = 2,
    /// Amount of an order.
    Amount = 3,
    /// Whether and when it buys again.
    Repeat = 4,
    /// Whether it was invited, and by whom.
    Invited = 5,
    /// Whether it invites.
    Invites = 6,
    /// Which kind of seller.
    Seller = 7,
    /// How long it holds out.
    Patience = 8,
    /// Whether and when it comes back.
    Reentry = 9,
    /// How diligent it is.
    Diligence = 10,
    /// Whether it does today's task.
    Task = 11,
    /// Whether it is a merchant.
    Merchant = 12,
    /// Whether and whom a merchant tips today.
    Tip = 13,
    /// Whether and when an order is refunded.
    Refund = 14,
    /// Whether it is a fraud, and which.
    Fraud = 15,
    /// Whether it withdraws.
    Withdraws = 16,
    /// Points of a sweep.
    Sweep = 17,
}

/// All draws of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lots {
    key: u64,
}

impl Lots {
    pub(crate) fn new(seed: u64, run: u64) -> Lots {
        Lots { key: mixed(mixed(0x5241_5443_4845_5431, seed), run) }
    }

    /// The stream for one purpose of one person; `ordinal` counts the occasions.
    pub(crate) fn of(self, person: u64, purpose: Purpose, ordinal: u64) -> Random {
        Random::new(mixed(mixed(self.key, person), (ordinal << 8) | purpose as u64))
    }
}

fn mixed(key: u64, part: u64) -> u64 {
    let mut state = key ^ part.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    split_mix(&mut state)
}

/// Nearly normal with mean 0, in 65,536ths of its standard deviation: the sum of twelve 16-bit numbers less its mean. It never
/// goes beyond six standard deviations.
pub(crate) fn normal(random: &mut Random) -> i64 {
    // Two sums at a time: six 16-bit numbers take no more than half of 64 bits.
    const HALVES: u64 = 0x0000_ffff_0000_ffff;
    let mut sums = 0;
    for _ in 0..3 {
        let bits = random.bits();
        sums += (bits & HALVES) + (bits >> 16 & HALVES);
    }
    (sums >> 32) as i64 + (sums & 0xffff_ffff) as i64 - 393_210
}

/// Binary logarithm with 32 binary digits, rounded down; 0 of 0.
pub(crate) fn log2_q32(number: u64) -> u64 {
    if number == 0 {
        return 0;
    }
    let whole = number.ilog2();
    // The number as 1.…, with 31 binary digits: squaring it doubles its logarithm, whose next digit falls out.
    let mut mantissa = if whole >= 31 { number >> (whole - 31) } else { number << (31 - whole) };
    let mut digits = u64::from(whole);
    for _ in 0..32 {
        mantissa = (mantissa * mantissa) >> 31;
        let bit = mantissa >> 32;
        mantissa >>= bit;
        digits = (digits << 1) | bit;
    }
    digits
}

/// Exponential with mean 1, with 32 binary digits: −ln of a uniform number.
pub(crate) fn exponential_q32(random: &mut Random) -> u64 {
    let minus_log2 = (64_u64 << 32) - log2_q32(random.bits() | 1);
    ((u128::from(minus_log2) * u128::from(LN_2_Q32)) >> 32) as u64
}

/// Whole days to wait, at least one: exponential with this mean, rounded up.
pub(crate) fn wait_days(random: &mut Random, mean_days: u32) -> u32 {
    let days = (u128::from(exponential_q32(random)) * u128::from(mean_days)) >> 32;
    u32::try_from(days).unwrap_or(u32::MAX).saturating_add(1)
}

/// A Poisson number with this mean in thousandths: how many exponential gaps fit into it.
pub(crate) fn poisson(random: &mut Random, mean_milli: u64) -> u64 {
    let end = (u128::from(mean_milli) << 32) / 1_000;
    let (mut at, mut count) = (u128::from(exponential_q32(random)), 0);
    while at <= end {
        count += 1;
        at += u128::from(exponential_q32(random));
    }
    count
}

/// The exponent of a log-normal part, in 65,536ths of a power of two; parts add up.
pub(crate) fn log_step(spread_ppm: u64, normal: i64) -> i64 {
    // A spread is at most 3 and a normal number below 2^19: together below 2^57.
    (spread_ppm as i64 * LOG2_E_Q16 * normal / 1_000_000) >> 16
}

/// `median · 2^(exponent ÷ 65,536)`, rounded down.
pub(crate) fn scaled(median: u64, exponent: i64) -> u64 {
    POWERS.scale(median, exponent)
}

/// Pareto: `smallest · u^(−1/tail)`, rounded down; the tail index in parts per million.
pub(crate) fn pareto(random: &mut Random, smallest: u64, tail_ppm: u64) -> u64 {
    let minus_log2 = (64_u64 << 32) - log2_q32(random.bits() | 1);
    let exponent = u128::from(minus_log2) * 1_000_000 / u128::from(tail_ppm.max(1));
    // Beyond 2^40 the largest amount cuts it anyway.
    POWERS.scale(smallest, ((exponent >> 16) as i64).min(40 << 16))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(count: u64, mut of: impl FnMut(&mut Random) -> i64) -> i64 {
        let mut random = Random::new(1);
        let sum: i128 = (0..count).map(|_| i128::from(of(&mut random))).sum();
        (sum / i128::from(count)) as i64
    }

    #[test]
    fn logarithms() {
        assert_eq!(log2_q32(1), 0);
        assert_eq!(log2_q32(8), 3 << 32);
        // log2(10) = 3.321928094887…
        assert!(log2_q32(10).abs_diff(14_267_572_527) < 16, "{}", log2_q32(10));
        assert!(log2_q32(u64::MAX) < 64 << 32);
        assert_eq!(log2_q32(0), 0);
    }

    #[test]
    fn distributions_have_their_means() {
        let one = mean(200_000, |random| exponential_q32(random) as i64) as f64 / 4_294_967_296.0;
        assert!((0.99..1.01).contains(&one), "{one}");
        let four = mean(50_000, |random| poisson(random, 4_200) as i64 * 1_000);
        assert!((4_150..4_250).contains(&four), "{four}");
        let large = mean(500, |random| poisson(random, 900_000) as i64);
        assert!((895..905).contains(&large), "{large}");
        let (centre, square) =
            (mean(200_000, normal), mean(200_000, |random| normal(random).pow(2) >> 16) as f64 / 65_536.0);
        assert!(centre.abs() < 600 && (0.99..1.01).contains(&square), "{centre} {square}");
        // Mean of a wait: 1 ÷ (1 − e^(−1/30)) = 30.5.
        let wait = mean(200_000, |random| i64::from(wait_days(random, 30)) * 100);
        assert!((3_030..3_070).contains(&wait), "{wait}");
        // e^(σ²/2) = 1.28 for σ = 0.7; a Pareto tail of 3 has the mean 3/2.
        let heavy = mean(200_000, |random| scaled(10_000, log_step(700_000, normal(random))) as i64);
        assert!((12_650..12_900).contains(&heavy), "{heavy}");
        let tail = mean(400_000, |random| pareto(random, 10_000, 3_000_000) as i64);
        assert!((14_850..15_150).contains(&tail), "{tail}");
    }

    /// SIM-4: a draw depends on who and what for, not on what was drawn before.
    #[test]
    fn draws_are_functions_of_who_and_what_for() {
        let lots = Lots::new(7, 3);
        let first = lots.of(12, Purpose::Amount, 0).bits();
        lots.of(13, Purpose::Amount, 0).bits();
        assert_eq!(first, lots.of(12, Purpose::Amount, 0).bits());
        let others = [
            lots.of(12, Purpose::Amount, 1).bits(),
            lots.of(12, Purpose::Seller, 0).bits(),
            lots.of(11, Purpose::Amount, 0).bits(),
            Lots::new(7, 4).of(12, Purpose::Amount, 0).bits(),
            Lots::new(8, 3).of(12, Purpose::Amount, 0).bits(),
        ];
        assert!(others.iter().all(|other| *other != first));
    }
}
