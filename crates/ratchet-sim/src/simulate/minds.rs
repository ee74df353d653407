//! When simulated members want to sell (SIM-10).
//!
//! Every kind but `at_multiple` is a hazard that is the same for all its members on a day. A member holds out until the hazard
//! since its first point has grown by an amount drawn once for it: so a day costs only those who sell, and the same person has
//! the same patience under every plan.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use ratchet_engine::amount::Rate;
use ratchet_engine::engine::Engine;
use ratchet_engine::id::MemberNo;

use crate::draw::{Lots, Purpose, exponential_q32, log2_q32};
use crate::scenario::{Mix, Selling};
use crate::selling::Watch;

/// A chance of 100 % on one day: more than anybody can hold out.
const CERTAIN: u64 = 1 << 40;

/// The members' minds, by kind.
pub(super) struct Minds {
    kinds: Vec<Kind>,
    /// Arrivals of each day so far.
    arrivals: Vec<u64>,
    /// Sales by choice of each day so far.
    sold: Vec<u64>,
    /// Members who hold points.
    holders: u64,
}

enum Kind {
    Never,
    AtMultiple(Watch),
    Hazard(Hazard),
}

struct Hazard {
    selling: Selling,
    /// Grown so far, with 32 binary digits.
    sum: u64,
    /// Members by the sum at which they sell.
    waiting: BinaryHeap<Reverse<(u64, u32)>>,
    /// Arrivals of the best window so far.
    best: u64,
}

impl Minds {
    pub(super) fn new(mix: &Mix<Selling>) -> Minds {
        let kinds = mix.parts.iter().map(|(_, selling)| match selling {
            Selling::Never => Kind::Never,
            Selling::AtMultiple { multiple_ppm } => Kind::AtMultiple(Watch::new(*multiple_ppm)),
            Selling::Random { .. } | Selling::Panic { .. } | Selling::Herd { .. } => {
                Kind::Hazard(Hazard { selling: *selling, sum: 0, waiting: BinaryHeap::new(), best: 0 })
            }
        });
        Minds { kinds: kinds.collect(), arrivals: Vec::new(), sold: Vec::new(), holders: 0 }
    }

    /// A member got points; `is_first` if it held none.
    pub(super) fn minted(
        &mut self,
        engine: &Engine,
        member: MemberNo,
        kind: u8,
        first: Option<(Lots, u64, u64)>,
    ) {
        self.holders += u64::from(first.is_some());
        match &mut self.kinds[usize::from(kind)] {
            Kind::Never => {}
            Kind::AtMultiple(watch) => watch.minted(engine, member),
            Kind::Hazard(hazard) => {
                if let Some((lots, person, times)) = first {
                    let patience = exponential_q32(&mut lots.of(person, Purpose::Patience, times));
                    hazard.waiting.push(Reverse((hazard.sum.saturating_add(patience), member.0)));
                }
            }
        }
    }

    /// A member has no points any more.
    pub(super) fn emptied(&mut self) {
        self.holders = self.holders.saturating_sub(1);
    }

    /// Evening of a day with so many arrivals: who wants to sell now, in the order in which they do. Those who wait for a
    /// multiple are asked one by one by [`Minds::next_at_multiple`].
    pub(super) fn evening(&mut self, arrivals: u64) -> VecDeque<u32> {
        self.arrivals.push(arrivals);
        let (sold, holders) = (&self.sold, self.holders);
        let mut sellers = VecDeque::new();
        for kind in &mut self.kinds {
            let Kind::Hazard(hazard) = kind else { continue };
            let chance = hazard.chance(&self.arrivals, sold, holders);
            hazard.sum = hazard.sum.saturating_add(growth(chance));
            while let Some(Reverse((at, member))) = hazard.waiting.peek().copied() {
                if at > hazard.sum {
                    break;
                }
                hazard.waiting.pop();
                sellers.push_back(member);
            }
        }
        self.sold.push(0);
        sellers
    }

    /// A member sold by choice today.
    pub(super) fn sold(&mut self) {
        if let Some(today) = self.sold.last_mut() {
            *today += 1;
        }
    }

    /// Whoever has reached its multiple now.
    pub(super) fn next_at_multiple(&mut self, engine: &Engine) -> Option<u32> {
        self.kinds.iter_mut().find_map(|kind| match kind {
            Kind::AtMultiple(watch) => watch.next(engine),
            Kind::Never | Kind::Hazard(_) => None,
        })
    }
}

impl Hazard {
    /// The chance of today in parts per million.
    fn chance(&mut self, arrivals: &[u64], sold: &[u64], holders: u64) -> u64 {
        let window = |days: u32, of: &[u64]| -> u64 { of.iter().rev().take(days as usize).sum() };
        let one = u64::from(Rate::ONE.ppm());
        match self.selling {
            Selling::Never | Selling::AtMultiple { .. } => 0,
            Selling::Random { daily } => u64::from(daily.ppm()),
            Selling::Panic { window_days, fall, daily } => {
                if arrivals.len() < window_days as usize {
                    return 0;
                }
                let now = window(window_days, arrivals);
                self.best = self.best.max(now);
                // Exact: now ≤ (1 − fall) · best.
                let left = u128::from(one - u64::from(fall.ppm()));
                let panics =
                    u128::from(now) * u128::from(one) <= left * u128::from(self.best) && now < self.best;
                if panics { u64::from(daily.ppm()) } else { 0 }
            }
            Selling::Herd { daily, follow, window_days } => {
                let sales = window(window_days, sold);
                let share = (u128::from(sales) * u128::from(one)).checked_div(u128::from(sales + holders));
                // Rounded down: a chance is a little too small, never too large.
                let followed = share.unwrap_or(0) * u128::from(follow.ppm()) / u128::from(one);
                (u64::from(daily.ppm()) + followed as u64).min(one)
            }
        }
    }
}

/// By how much a chance makes the hazard grow: −ln(1 − chance), with 32 binary digits.
fn growth(chance_ppm: u64) -> u64 {
    let one = u64::from(Rate::ONE.ppm());
    match one.checked_sub(chance_ppm) {
        None | Some(0) => CERTAIN,
        Some(left) => {
            let bits = log2_q32(one << 32) - log2_q32(left << 32);
            // ln 2 with 32 binary digits.
            ((u128::from(bits) * 2_977_044_472) >> 32) as u64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hazard_grows_by_its_chance() {
        assert_eq!(growth(0), 0);
        // −ln(0.5) and −ln(0.99)
        assert!(growth(500_000).abs_diff(2_977_044_472) < 4);
        assert!(growth(10_000).abs_diff(43_165_863) < 64, "{}", growth(10_000));
        assert_eq!(growth(1_000_000), CERTAIN);
    }
}
