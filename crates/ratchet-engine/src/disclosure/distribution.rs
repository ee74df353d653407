//! Percentiles, buckets, Lorenz curve and Gini coefficient in whole numbers (DISC-1).

use super::{PPM, ratio_ppm};

/// Where the outcome buckets begin, in parts per million of the spend; the last one is open.
pub const OUTCOME_EDGES_PPM: [u64; 11] =
    [0, 100_000, 200_000, 300_000, 400_000, 500_000, 750_000, 1_000_000, 1_500_000, 2_000_000, 3_000_000];

/// Mean and nearest-rank percentiles of outcomes, in parts per million; all zero of nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Spread {
    /// Mean of the outcomes, each member counting once, rounded down.
    pub mean_ppm: u64,
    /// One in ten has at most this.
    pub p10_ppm: u64,
    /// Half have at most this.
    pub median_ppm: u64,
    /// Nine in ten have at most this.
    pub p90_ppm: u64,
    /// 99 in 100 have at most this.
    pub p99_ppm: u64,
}

impl Spread {
    /// Of outcomes in rising order.
    pub(super) fn of_sorted(outcomes: &[u64]) -> Spread {
        let total: u128 = outcomes.iter().map(|outcome| u128::from(*outcome)).sum();
        let mean = total.checked_div(wide(outcomes.len())).unwrap_or(0);
        Spread {
            mean_ppm: u64::try_from(mean).unwrap_or(u64::MAX),
            p10_ppm: nearest_rank(outcomes, 10),
            median_ppm: nearest_rank(outcomes, 50),
            p90_ppm: nearest_rank(outcomes, 90),
            p99_ppm: nearest_rank(outcomes, 99),
        }
    }
}

/// The value at rank `ceil(percent · n / 100)`, counted from 1.
fn nearest_rank(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}

/// How many outcomes fall into each bucket.
pub(super) fn buckets(sorted: &[u64]) -> [u64; OUTCOME_EDGES_PPM.len()] {
    let below = |edge: &u64| sorted.partition_point(|outcome| outcome < edge);
    let ends = OUTCOME_EDGES_PPM.iter().skip(1).map(below).chain([sorted.len()]);
    let mut counts = [0; OUTCOME_EDGES_PPM.len()];
    // The first edge is 0: nothing is below it.
    let mut start = 0;
    for (count, end) in counts.iter_mut().zip(ends) {
        *count = super::count(end - start);
        start = end;
    }
    counts
}

/// Puts numbers in rising order, each time in the same memory: fresh memory would cost more than the sorting.
#[derive(Default)]
pub(super) struct Sorter {
    numbers: Vec<u64>,
    aside: Vec<u64>,
}

impl Sorter {
    /// Bits of a digit: as many places as fit into the nearest cache.
    const BITS: u32 = 11;

    /// These in rising order. Many are put in order digit by digit, the last digit first, each time keeping the order of equal
    /// digits: two or three rounds for amounts of money, a sixth of the work of comparing them with each other.
    pub(super) fn sorted(&mut self, numbers: impl Iterator<Item = u64>) -> &[u64] {
        self.numbers.clear();
        self.numbers.extend(numbers);
        if self.numbers.len() < 1 << Self::BITS {
            self.numbers.sort_unstable();
            return &self.numbers;
        }
        let largest = self.numbers.iter().copied().max().unwrap_or(0);
        self.aside.resize(self.numbers.len(), 0);
        let mut shift = 0;
        while largest.checked_shr(shift).is_some_and(|left| left != 0) {
            let digit = |number: u64| digit_of(number >> shift, Self::BITS);
            let mut places = [0_usize; 1 << Self::BITS];
            for number in &self.numbers {
                places[digit(*number)] += 1;
            }
            let mut next = 0;
            for place in &mut places {
                next += std::mem::replace(place, next);
            }
            for number in &self.numbers {
                let place = &mut places[digit(*number)];
                self.aside[*place] = *number;
                *place += 1;
            }
            std::mem::swap(&mut self.numbers, &mut self.aside);
            shift += Self::BITS;
        }
        &self.numbers
    }
}

/// The lowest bits of a number.
#[inline]
#[expect(clippy::as_conversions, reason = "a few bits are an index")]
fn digit_of(number: u64, bits: u32) -> usize {
    (number & ((1 << bits) - 1)) as usize
}

/// How unequally a sum of money is spread over the members who take part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inequality {
    /// Lorenz curve: entry `p` is the share, in parts per million and rounded down, that the poorest
    /// `floor(p · n / 100)` members have, for p = 0 … 100. All zero if there is nothing to share.
    pub lorenz_ppm: [u64; 101],
    /// Gini coefficient in parts per million, rounded down: 0 all equal, towards 1,000,000 one has it all.
    pub gini_ppm: u64,
    /// Share of the richest 1 % (at least one member), rounded down.
    pub top_percent_ppm: u64,
    /// How many members that 1 % is.
    pub top_percent_members: u64,
}

impl Inequality {
    /// Of amounts in any order.
    pub(super) fn of(amounts: impl Iterator<Item = u64>, sorter: &mut Sorter) -> Inequality {
        let amounts = sorter.sorted(amounts);
        let members = amounts.len();
        let total = sum(amounts);
        let top = members.div_ceil(100);
        let mut lorenz_ppm = [0; 101];
        let (mut poorest, mut taken) = (0_u128, 0);
        for (percent, share) in lorenz_ppm.iter_mut().enumerate() {
            let upto = percent * members / 100;
            poorest += sum(amounts.get(taken..upto).unwrap_or_default());
            taken = upto;
            *share = ratio_ppm(poorest, total);
        }
        let richest = sum(amounts.get(members - top..).unwrap_or_default());
        Inequality {
            lorenz_ppm,
            gini_ppm: gini_ppm(amounts, total),
            top_percent_ppm: ratio_ppm(richest, total),
            top_percent_members: u64::try_from(top).unwrap_or(u64::MAX),
        }
    }
}

/// `(2·Σ i·xᵢ − (n + 1)·Σ xᵢ) ÷ (n·Σ xᵢ)` with amounts in rising order and i from 1, rounded down.
/// With fewer than 2³² members and sums below 2⁶⁴ every product fits 128 bits.
fn gini_ppm(sorted: &[u64], total: u128) -> u64 {
    let members = wide(sorted.len());
    let ranks = (1_u64..).zip(sorted);
    let weighted: u128 = ranks.map(|(rank, amount)| u128::from(rank) * u128::from(*amount)).sum();
    // Rising order makes the difference non-negative (Chebyshev's sum inequality).
    let numerator = (2 * weighted).saturating_sub((members + 1) * total);
    let gini = (numerator * PPM).checked_div(members * total).unwrap_or(0);
    u64::try_from(gini).unwrap_or(u64::MAX)
}

/// Of money, which is below 2⁶⁴ in all of a programme.
fn sum(amounts: &[u64]) -> u128 {
    u128::from(amounts.iter().sum::<u64>())
}

fn wide(length: usize) -> u128 {
    u128::try_from(length).unwrap_or(u128::MAX)
}

#[cfg(test)]
mod tests {
    use super::Sorter;

    /// Few numbers and many, short and long ones: the order is that of comparing them.
    #[test]
    fn numbers_in_order() {
        // One for all: it has seen more numbers before, and fewer.
        let mut sorter = Sorter::default();
        for (count, bits) in
            [(0, 64), (2_047, 64), (2_048, 64), (5_000, 1), (5_000, 22), (5_000, 23), (5_000, 64)]
        {
            let mut state = 1_u64;
            let numbers = std::iter::repeat_with(|| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state >> (64 - bits)
            });
            let numbers: Vec<u64> = numbers.take(count).collect();
            let mut compared = numbers.clone();
            compared.sort_unstable();
            assert!(sorter.sorted(numbers.into_iter()) == compared, "{count} numbers of {bits} bits");
        }
        assert_eq!(sorter.sorted(std::iter::repeat_n(0, 3_000)), vec![0; 3_000]);
    }
}
