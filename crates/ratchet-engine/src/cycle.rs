//! Members' cycles, and who is sold out next (POOL-6, POOL-7).
//!
//! The exit queue keeps one entry per item (a member's cycle, or a lot) in a 4-ary heap. Its key is a
//! *lower bound* of the item's trigger price, so a purchase that raises the trigger costs nothing here: the
//! entry is corrected when the price gets to it. Only a lower trigger pushes a new entry; the old one is then
//! stale and dropped when met. Keys are unsplit prices, so a split of the units touches no entry.
//! Exact comparisons decide; keys only say where to look.

use crate::amount::{Money, Wide};
use crate::id::index;
use crate::ledger::Points96;
use crate::pool::Pair;
use crate::prefetch::prefetch;
use crate::undo::{Column, undo_fields};

/// No lot.
pub(crate) const NONE: u32 = u32::MAX;
/// Key of an item without entry.
const NO_KEY: u64 = u64::MAX;

/// A member's present cycle. Packed, so that nothing is lost where it lies beside its member's balances.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
#[repr(C, packed(4))]
pub(crate) struct Cycle {
    /// Σ bases (or contributions, by plan) of the cycle.
    pub(crate) cap_base: Money,
    /// Gross realised in the cycle.
    pub(crate) realised: Money,
    /// Points minted in the cycle, in units of `exponent`.
    earned: Points96,
    /// What remains of the oldest lot, in units of `exponent`.
    head_left: Points96,
    /// Oldest lot with points.
    pub(crate) head: u32,
    /// Newest lot.
    pub(crate) tail: u32,
    /// Number of the cycle; goes up when it ends.
    pub(crate) number: u32,
    /// Cap exits so far.
    pub(crate) exits: u32,
    /// Splits that the quantities here include.
    exponent: u32,
}

const _: () = assert!(size_of::<Cycle>() == 60);

impl Cycle {
    pub(crate) fn new(exponent: u32) -> Cycle {
        Cycle {
            cap_base: Money::ZERO,
            realised: Money::ZERO,
            earned: Points96::default(),
            head_left: Points96::default(),
            head: NONE,
            tail: NONE,
            number: 0,
            exits: 0,
            exponent,
        }
    }

    /// Points minted in the cycle, in units after `exponent` splits.
    #[inline]
    pub(crate) fn earned(&self, exponent: u32) -> u128 {
        self.earned.scaled(exponent - self.exponent)
    }

    /// What remains of the oldest lot.
    #[inline]
    pub(crate) fn head_left(&self, exponent: u32) -> u128 {
        self.head_left.scaled(exponent - self.exponent)
    }

    /// Splits that the quantities include.
    #[inline]
    pub(crate) fn exponent(&self) -> u32 {
        self.exponent
    }

    /// Brings the quantities to present units.
    #[inline]
    pub(crate) fn touch(&mut self, exponent: u32) {
        let splits = exponent - self.exponent;
        if splits != 0 {
            self.earned = Points96::new(self.earned.scaled(splits));
            self.head_left = Points96::new(self.head_left.scaled(splits));
            self.exponent = exponent;
        }
    }

    /// Replaces the points earned, in its units.
    pub(crate) fn set_earned(&mut self, units: u128) {
        self.earned = Points96::new(units);
    }

    /// Replaces what remains of the oldest lot, in its units.
    pub(crate) fn set_head_left(&mut self, units: u128) {
        self.head_left = Points96::new(units);
    }

    /// Ends the cycle: its points are gone, a later purchase starts the next one.
    pub(crate) fn end(&mut self) {
        let (exits, number) = (self.exits, self.number);
        *self = Cycle { exits, number: number.wrapping_add(1), ..Cycle::new(self.exponent) };
    }
}

/// A trigger price `num ÷ den`: minor units per unit of points, in units after `exponent` splits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trigger {
    pub(crate) num: u128,
    pub(crate) den: u128,
    /// Splits the units of `den` include.
    pub(crate) exponent: u32,
}

impl Trigger {
    /// Exact: is the price of `pair` (in the same units) at or above the trigger?
    #[inline]
    pub(crate) fn is_reached(&self, pair: &Pair) -> bool {
        Wide::product(self.den, pair.assets.as_u128()) >= Wide::product(self.num, pair.supply.units())
    }

    /// Exact: is this trigger lower than the other, in the same units?
    #[inline]
    pub(crate) fn is_below(&self, other: &Trigger) -> bool {
        self.compare(other).is_lt()
    }

    /// Exact order of two triggers in the same units.
    fn compare(&self, other: &Trigger) -> std::cmp::Ordering {
        Wide::product(self.num, other.den).cmp(&Wide::product(other.num, self.den))
    }

    #[inline]
    fn key(&self) -> u64 {
        price_key(self.num, self.den, self.exponent)
    }
}

/// A lower bound of `num/den · 10^(3·exponent)` as a monotone 64-bit key: 16 bits of binary exponent, 48 bits
/// of mantissa. At most one below the exact floor, so items are compared exactly within one step of each other.
#[inline]
#[expect(
    clippy::as_conversions,
    reason = "normalised mantissas: every cast keeps or deliberately drops bits"
)]
fn price_key(num: u128, den: u128, exponent: u32) -> u64 {
    if num == 0 {
        return 0;
    }
    // A fraction without denominator is never reached.
    if den == 0 {
        return NO_KEY - 1;
    }
    let num_shift = num.leading_zeros() as i32;
    let num_top = ((num << num_shift) >> 64) as u64;
    let den_shift = den.leading_zeros() as i32;
    // Rounded up where bits are lost, so that the quotient is a lower bound.
    let den_normal = den << den_shift;
    let lost = u128::from(den_normal as u64 != 0);
    let den_top = (den_normal >> 64) + lost;
    // In (2^62, 2^64): 63 bits more than num_top/den_top in [1/2, 2].
    let quotient = match u64::try_from(den_top) {
        Ok(den_top) => ((u128::from(num_top) << 63) / u128::from(den_top)) as u64,
        Err(_) => num_top >> 1,
    };
    // value = quotient · 2^(−63) · 2^(den_shift − num_shift)
    let mut mantissa = quotient;
    let mut binary = den_shift - num_shift - 63;
    if exponent != 0 {
        let (factor, factor_binary) = power_of_1000(exponent);
        let shift = mantissa.leading_zeros();
        mantissa <<= shift;
        mantissa = ((u128::from(mantissa) * u128::from(factor)) >> 64) as u64;
        binary += factor_binary + 64 - shift as i32;
    }
    let shift = mantissa.leading_zeros();
    let normal = mantissa << shift;
    // The bias keeps every price of the engine positive; 2^16 binary exponents hold 6,500 splits.
    let biased = (binary + 63 - shift as i32 + 1_024).clamp(0, 65_534) as u64;
    (biased << 48) | ((normal << 1) >> 16)
}

/// What a key stands for: mantissa · 2^binary.
#[inline]
fn key_value(key: u64) -> (u128, i32) {
    let mantissa = u128::from(key & ((1 << 48) - 1)) | (1 << 48);
    let biased = i32::try_from(key >> 48).unwrap_or(i32::MAX);
    (mantissa, biased - 1_024 - 48)
}

/// Lower bound of 1000^n as a 64-bit mantissa (top bit set) and a binary exponent.
#[cold]
#[expect(clippy::as_conversions, reason = "the top 64 bits of a product")]
fn power_of_1000(n: u32) -> (u64, i32) {
    let (mut mantissa, mut binary) = (1_u64 << 63, -63_i32);
    for _ in 0..n {
        let product = u128::from(mantissa) * 1000;
        let shift = product.leading_zeros() as i32;
        mantissa = ((product << shift) >> 64) as u64;
        binary += 64 - shift;
    }
    (mantissa, binary)
}

/// An entry: key in two halves and the item; 12 bytes.
#[derive(Clone, Copy, Debug)]
struct Entry {
    high: u32,
    low: u32,
    item: u32,
}

impl Entry {
    #[inline]
    #[expect(clippy::as_conversions, reason = "each half is masked to its 32 bits")]
    fn new(key: u64, item: u32) -> Entry {
        Entry { high: (key >> 32) as u32, low: key as u32, item }
    }

    #[inline]
    fn key(&self) -> u64 {
        (u64::from(self.high) << 32) | u64::from(self.low)
    }
}

/// The queue of caps, smallest trigger first. Items are members or lots, by plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExitQueue {
    heap: Column<Entry>,
    /// Key of each item's valid entry.
    keys: Column<u64>,
    /// Items with a valid entry.
    live: usize,
    /// During a cascade: entries within one step of the smallest key, ordered exactly, smallest last.
    group: Column<(Trigger, u32, Entry)>,
}

undo_fields!(ExitQueue { derived_parts: heap, keys, group; derived_values: live; });

impl ExitQueue {
    /// Nothing is in it any more.
    pub(crate) fn clear(&mut self) {
        self.heap.clear();
        self.keys.clear();
        self.live = 0;
    }

    pub(crate) fn reserve(&mut self, items: usize) {
        self.heap.reserve(items);
        self.keys.reserve(items);
    }

    /// Asks for the key of an item.
    #[inline]
    pub(crate) fn prefetch(&self, item: u32) {
        prefetch(&self.keys, index(item));
    }

    /// Enters an item, or enters it again at a lower trigger; the older entry is then stale.
    #[inline]
    pub(crate) fn enter(&mut self, item: u32, trigger: &Trigger) {
        let at = index(item);
        if self.keys.len() <= at {
            self.keys.resize(at + 1, NO_KEY);
        }
        let key = trigger.key();
        if self.keys[at] == NO_KEY {
            self.live += 1;
        }
        self.keys[at] = key;
        // Tidying decides nothing, and what is taken back again is not worth it.
        if self.heap.len() >= 64 && self.heap.len() / 2 >= self.live && !self.heap.is_recording() {
            self.drop_stale();
        }
        self.push(Entry::new(key, item));
    }

    /// Enters an item again if its trigger is below that of its entry; a higher one is found when it is met.
    #[inline]
    pub(crate) fn lower(&mut self, item: u32, trigger: &Trigger) {
        let entered = self.keys.get(index(item)).copied().unwrap_or(NO_KEY);
        if trigger.key() < entered {
            self.enter(item, trigger);
        }
    }

    /// Whether an item with this trigger is met when the price gets there, or before. Keys of equal prices differ by at most one
    /// step after splits of the units.
    pub(crate) fn meets(&self, item: u32, trigger: &Trigger) -> bool {
        self.keys.get(index(item)).is_some_and(|key| *key <= trigger.key().saturating_add(1))
    }

    /// Removes an item; its entry is dropped when met.
    #[inline]
    pub(crate) fn leave(&mut self, item: u32) {
        if let Some(key) = self.keys.get_mut(index(item)).filter(|key| **key != NO_KEY) {
            *key = NO_KEY;
            self.live -= 1;
        }
    }

    /// The item to be sold out next at this price: smallest trigger first (exactly), then `order`. Called again and
    /// again until it says none; nothing else may change between these calls but the items that were sold out.
    /// `trigger` gives an item's present trigger in present units.
    #[inline]
    pub(crate) fn next<O: Ord>(
        &mut self,
        pair: &Pair,
        exponent: u32,
        trigger: impl Fn(u32) -> Option<Trigger>,
        order: impl Fn(u32) -> O,
    ) -> Option<u32> {
        if !self.may_be_due(pair, exponent) {
            return None;
        }
        if self.group.is_empty() {
            // Keys are at most one below the exact floor, on both sides.
            let limit = price_key(pair.assets.as_u128(), pair.supply.units(), exponent).saturating_add(1);
            self.gather(limit, &trigger, &order);
        } else if let Some((_, _, first)) = self.group.last() {
            let limit = first.key().saturating_add(1);
            self.gather(limit, &trigger, &order);
        }
        let (first, item, _) = self.group.last()?;
        let item = *item;
        if first.is_reached(pair) && !pair.supply.is_zero() {
            self.group.pop();
            self.leave(item);
            return Some(item);
        }
        // The cascade is over: what was gathered waits in the heap again.
        while let Some((_, _, entry)) = self.group.pop() {
            self.push(entry);
        }
        None
    }

    /// Puts the item that `next` named last back: it will name it again.
    pub(crate) fn put_back(&mut self, item: u32, trigger: Trigger) {
        let entry = Entry::new(trigger.key(), item);
        self.keys[index(item)] = entry.key();
        self.live += 1;
        self.group.push((trigger, item, entry));
    }

    /// Whether the price may have reached a trigger; false is certain, and costs two multiplications.
    #[inline]
    pub(crate) fn may_be_due(&self, pair: &Pair, exponent: u32) -> bool {
        let Some(top) = self.heap.first().filter(|_| self.group.is_empty()) else {
            return !self.group.is_empty();
        };
        let (mantissa, binary) = key_value(top.key());
        match u32::try_from(-binary) {
            // No trigger with this key or a higher one is below mantissa · 2^binary: is the price?
            Ok(shift) if exponent == 0 && shift < 128 => {
                let price = Wide::product(pair.assets.as_u128(), 1 << shift);
                price >= Wide::product(mantissa, pair.supply.units())
            }
            Ok(_) | Err(_) => {
                let limit = price_key(pair.assets.as_u128(), pair.supply.units(), exponent).saturating_add(1);
                top.key() <= limit
            }
        }
    }

    /// Gathers the entries that may hold the smallest trigger: all within one step of the smallest key, at most
    /// up to `limit`. Within one step of each other keys say nothing, so the group is ordered exactly, smallest
    /// last. Entries whose trigger has risen since they were entered go back at their new place.
    fn gather<O: Ord>(
        &mut self,
        mut limit: u64,
        trigger: &impl Fn(u32) -> Option<Trigger>,
        order: &impl Fn(u32) -> O,
    ) {
        let before = self.group.len();
        while let Some(top) = self.heap.first().copied().filter(|top| top.key() <= limit) {
            self.pop();
            let item = top.item;
            if self.keys[index(item)] != top.key() {
                continue;
            }
            let Some(trigger) = trigger(item) else {
                self.leave(item);
                continue;
            };
            let key = trigger.key();
            let entry = Entry::new(key, item);
            self.keys[index(item)] = key;
            if key > top.key() {
                self.push(entry);
            } else {
                limit = limit.min(key.saturating_add(1));
                self.group.push((trigger, item, entry));
            }
        }
        // Sorting is linear where most of it is sorted already, as it is while a large group is worked off.
        if self.group.len() != before && self.group.len() > 1 {
            self.group.rewrite(|group| {
                group.sort_by(|a, b| b.0.compare(&a.0).then_with(|| order(b.1).cmp(&order(a.1))));
                // An item that was entered twice under one key stands beside itself now.
                group.dedup_by_key(|(_, item, _)| *item);
            });
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.heap.len() * size_of::<Entry>() + self.keys.len() * size_of::<u64>()
    }

    #[inline]
    fn push(&mut self, entry: Entry) {
        let mut at = self.heap.len();
        self.heap.push(entry);
        while at > 0 {
            let parent = (at - 1) / 4;
            if self.heap[parent].key() <= entry.key() {
                break;
            }
            self.heap[at] = self.heap[parent];
            at = parent;
        }
        self.heap[at] = entry;
    }

    #[inline]
    fn pop(&mut self) {
        let Some(last) = self.heap.pop() else { return };
        if !self.heap.is_empty() {
            self.sift_down(0, last);
        }
    }

    fn sift_down(&mut self, mut at: usize, entry: Entry) {
        let len = self.heap.len();
        loop {
            let first = at * 4 + 1;
            if first >= len {
                break;
            }
            let children = &self.heap[first..len.min(first + 4)];
            let (mut least, mut key) = (first, children[0].key());
            for (offset, child) in children.iter().enumerate().skip(1) {
                if child.key() < key {
                    (least, key) = (first + offset, child.key());
                }
            }
            if key >= entry.key() {
                break;
            }
            self.heap[at] = self.heap[least];
            at = least;
        }
        self.heap[at] = entry;
    }

    /// Rebuilds the heap without stale entries; costs one step per entry, at most every `live` entries.
    #[cold]
    fn drop_stale(&mut self) {
        let keys = &self.keys;
        self.heap.retain(|entry| keys[index(entry.item)] == entry.key());
        // An item may have two entries of the same key; the second is harmless and rare.
        for at in (0..self.heap.len().div_ceil(4)).rev() {
            let entry = self.heap[at];
            self.sift_down(at, entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{key_value, price_key};
    use crate::amount::Wide;

    /// A key never stands for more than its price, and for at most two steps less.
    #[test]
    fn a_key_is_a_close_lower_bound() {
        let mut state = 1_u128;
        for round in 0..20_000_u32 {
            state = state
                .wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645)
                .wrapping_add(0x5851_f42d_4c95_7f2d);
            let num = (state >> 70).max(1) >> (round % 40);
            let den = ((state << 17) >> (33 + round % 60)).max(1);
            let num = num.max(1);
            let (mantissa, binary) = key_value(price_key(num, den, 0));
            let up = u32::try_from(binary.max(0)).expect("not negative");
            let down = u32::try_from((-binary).max(0)).expect("not negative");
            if up > 70 || down > 127 {
                continue;
            }
            // mantissa · 2^binary ≤ num/den < (mantissa + 2) · 2^binary
            let exact = Wide::product(num, 1 << down);
            assert!(Wide::product(mantissa << up, den) <= exact, "{num}/{den}");
            assert!(Wide::product((mantissa + 2) << up, den) > exact, "{num}/{den}");
        }
    }
}
