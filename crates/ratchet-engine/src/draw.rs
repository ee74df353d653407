//! Draws by commit and reveal (PROMO-5): random numbers from a seed and the entries, winners, the item of a box, exact odds,
//! and the record of a draw that anybody can check with nothing but the record.
//!
//! Everything here is a pure function of published bytes: SHA-256 and whole numbers, so that it can be done again in any
//! language.

pub(crate) mod book;
pub mod odds;
pub mod record;

use sha2::{Digest, Sha256};

pub use book::DrawResult;

use crate::hash::Hash32;

/// PROMO-5b: the hash of the entries, each followed by a line feed.
pub fn entries_hash<'a>(entries: impl IntoIterator<Item = &'a str>) -> Hash32 {
    let mut hasher = Sha256::new();
    for entry in entries {
        hasher.update(entry.as_bytes());
        hasher.update(b"\n");
    }
    Hash32::new(hasher.finalize().into())
}

/// PROMO-5b: random numbers of 64 bits from a seed and the hash of the entries.
#[derive(Clone, Debug)]
pub struct Numbers {
    seed: Hash32,
    entries: Hash32,
    /// The number of the block that comes next.
    next: u64,
    /// What is left of the last block, the next number last.
    left: Vec<u64>,
}

impl Numbers {
    /// The numbers of a draw.
    pub fn new(seed: Hash32, entries: Hash32) -> Numbers {
        Numbers { seed, entries, next: 0, left: Vec::with_capacity(4) }
    }

    /// The next number.
    pub fn next_number(&mut self) -> u64 {
        if let Some(number) = self.left.pop() {
            return number;
        }
        let mut hasher = Sha256::new();
        hasher.update(self.seed.bytes());
        hasher.update(self.entries.bytes());
        hasher.update(self.next.to_be_bytes());
        self.next += 1;
        let block: [u8; 32] = hasher.finalize().into();
        let (numbers, _) = block.as_chunks::<8>();
        self.left.extend(numbers.iter().rev().map(|bytes| u64::from_be_bytes(*bytes)));
        self.left.pop().expect("a block is four numbers")
    }

    /// A number below `n`, each equally likely: numbers at or above the largest multiple of `n` are passed over.
    ///
    /// # Panics
    /// Nothing is below zero.
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "there is no number below zero");
        // 2⁶⁴ mod n, without 2⁶⁴.
        let rest = (u64::MAX % n + 1) % n;
        loop {
            let number = self.next_number();
            if number <= u64::MAX - rest {
                return number % n;
            }
        }
    }
}

/// PROMO-5c: the places of `k` winners among `n` entries, in the order in which they are drawn.
pub fn winners(numbers: &mut Numbers, n: u32, k: u32) -> Vec<u32> {
    let mut places: Vec<u32> = (0..n).collect();
    let k = k.min(n);
    for (at, left) in (0..usize::try_from(k).unwrap_or(usize::MAX)).zip((1..=n).rev()) {
        let step = usize::try_from(numbers.below(u64::from(left))).expect("below the number of entries");
        places.swap(at, at + step);
    }
    places.truncate(usize::try_from(k).unwrap_or(usize::MAX));
    places
}

/// PROMO-5c: the place of the item of a box; `weights` are those of the plan, zero where nothing is left. With pity due the
/// top item, if there is one left, and no number is drawn. `None` if nothing is left at all.
pub fn item(numbers: &mut Numbers, weights: &[u32], pity_due: bool) -> Option<usize> {
    let sum: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    if sum == 0 {
        return None;
    }
    if pity_due && weights.first().is_some_and(|top| *top > 0) {
        return Some(0);
    }
    let mut drawn = numbers.below(sum);
    weights.iter().position(|weight| {
        let weight = u64::from(*weight);
        let is = drawn < weight;
        drawn = drawn.saturating_sub(weight);
        is
    })
}

#[cfg(test)]
mod tests;
