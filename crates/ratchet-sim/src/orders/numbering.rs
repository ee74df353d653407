//! Numbers for ids, by fingerprint: which number has this id, or is it new?
//!
//! With ten million ids every look-up misses all caches. They are therefore asked for in batches: first every slot
//! of a batch is read, which the processor does side by side, then each is looked up where it now lies near.

use std::hint::black_box;

/// 128 bits of an id; the 96 upper ones tell ids apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fingerprint(u128);

const NUMBER_BITS: u32 = 32;

impl Fingerprint {
    /// No secret seed: who makes two ids collide on purpose only gets a row of their own file refused.
    pub(super) fn of(id: &[u8]) -> Fingerprint {
        Fingerprint(xxhash_rust::xxh3::xxh3_128(id))
    }
}

/// An open-addressed table.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    /// The 96 upper bits of a fingerprint, then the number plus 1; 0 is an empty slot.
    slots: Vec<u128>,
    used: usize,
}

/// Fewest slots.
const SLOTS_MIN: usize = 1024;

impl Numbering {
    /// With room for so many ids: until there are more, it does not have to grow, which would make everybody wait.
    pub(super) fn with_room(ids: usize) -> Numbering {
        Numbering { slots: vec![0; (ids + ids / 2).max(SLOTS_MIN)], used: 0 }
    }

    /// Brings the slots of these fingerprints near.
    pub(super) fn fetch(&self, fingerprints: impl Iterator<Item = Fingerprint>) {
        if self.slots.is_empty() {
            return;
        }
        let read = fingerprints.fold(0, |read, fingerprint| read ^ self.slots[self.place(fingerprint.0)]);
        black_box(read);
    }

    /// The number of this id; `number` becomes its own if it has none (`None`).
    pub(super) fn number(&mut self, fingerprint: Fingerprint, number: u32) -> Option<u32> {
        // Fuller, and the way to the next empty slot gets long.
        if self.used * 10 >= self.slots.len() * 7 {
            self.grow();
        }
        let key = fingerprint.0 >> NUMBER_BITS;
        let mut place = self.place(fingerprint.0);
        loop {
            let slot = self.slots[place];
            if slot == 0 {
                self.slots[place] = (key << NUMBER_BITS) | (u128::from(number) + 1);
                self.used += 1;
                return None;
            }
            if slot >> NUMBER_BITS == key {
                return Some((slot as u32).wrapping_sub(1));
            }
            place = self.after(place);
        }
    }

    /// Where the way of a fingerprint through the slots begins: its upper 64 bits as a part of their number.
    #[inline]
    fn place(&self, fingerprint: u128) -> usize {
        let upper = fingerprint >> 64;
        ((upper * self.slots.len() as u128) >> 64) as usize
    }

    #[inline]
    fn after(&self, place: usize) -> usize {
        if place + 1 == self.slots.len() { 0 } else { place + 1 }
    }

    #[cold]
    fn grow(&mut self) {
        let length = (self.slots.len() * 2).max(SLOTS_MIN);
        let old = std::mem::replace(&mut self.slots, vec![0; length]);
        for slot in old.into_iter().filter(|slot| *slot != 0) {
            let mut place = self.place(slot);
            while self.slots[place] != 0 {
                place = self.after(place);
            }
            self.slots[place] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_keeps_its_number() {
        let mut numbering = Numbering::default();
        let print = |number: u32| Fingerprint::of(&number.to_le_bytes());
        for number in 0..100_000 {
            numbering.fetch((number..number + 3).map(print));
            assert_eq!(numbering.number(print(number), number), None);
        }
        for number in 0..100_000 {
            assert_eq!(numbering.number(print(number), 7), Some(number));
        }
        // The largest number there can be does not look like an empty slot or carry into the key.
        assert_eq!(numbering.number(print(200_000), u32::MAX - 1), None);
        assert_eq!(numbering.number(print(200_000), 0), Some(u32::MAX - 1));
    }
}
