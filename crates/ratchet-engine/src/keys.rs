//! What has been seen: idempotency keys with their content, and natural keys (IDEM-1).
//!
//! Keys are kept as 128-bit SipHash-1-3 values under a key derived from the programme's genesis, so that
//! nobody can prepare colliding keys without knowing the genesis. Tables are open-addressed, never iterated,
//! and split into shards that grow at different moments: no growth step touches more than a small part, and
//! the average load stays level as the table grows.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::id::index;
use crate::prefetch::prefetch;

/// The secret of a programme's hashes, from its genesis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HashKey(pub(crate) [u8; 16]);

/// What is hashed; the same text under two kinds is two keys.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeyKind {
    Command,
    Order,
    Refund,
    Withdrawal,
    Disposal,
}

impl HashKey {
    #[inline]
    pub(crate) fn hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_key(&self.0)
    }

    #[inline]
    pub(crate) fn key(&self, kind: KeyKind, text: &str) -> Hash128 {
        let tag = match kind {
            KeyKind::Command => 1,
            KeyKind::Order => 2,
            KeyKind::Refund => 3,
            KeyKind::Withdrawal => 4,
            KeyKind::Disposal => 5,
        };
        let mut hasher = self.hasher();
        hasher.write(text.as_bytes());
        hasher.write_u8(tag);
        let hash = hasher.finish128();
        // Zero marks an empty slot; mapping it to one costs nothing in collision resistance.
        Hash128 { h1: hash.h1, h2: hash.h2.max(1) }
    }
}

/// A 128-bit hash; never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hash128 {
    h1: u64,
    h2: u64,
}

const SHARDS: usize = 64;
const SHARD_BITS: u32 = 6;

/// A slot: the hash in four parts and the value; 20 bytes.
type Slot = [u32; 5];

#[derive(Clone, Debug, Default)]
struct Shard {
    slots: Vec<Slot>,
    used: usize,
}

/// A set of 128-bit keys, each with a 32-bit value.
#[derive(Clone, Debug)]
pub(crate) struct KeyTable {
    shards: Vec<Shard>,
    /// Sum of all hashes and values: part of the state's digest, whatever the order of insertion.
    sum: u128,
    len: u64,
}

#[inline]
#[expect(clippy::as_conversions, reason = "each part is masked to its 32 bits")]
fn parts(hash: Hash128) -> [u32; 4] {
    [(hash.h1 >> 32) as u32, hash.h1 as u32, (hash.h2 >> 32) as u32, hash.h2 as u32]
}

impl KeyTable {
    pub(crate) fn new() -> KeyTable {
        KeyTable { shards: vec![Shard::default(); SHARDS], sum: 0, len: 0 }
    }

    /// The top bits choose the shard, the next ones the slot within it.
    #[inline]
    #[expect(clippy::as_conversions, reason = "values below 2^6 and below the shard's length")]
    fn place(hash: &[u32; 4], slots: usize) -> (usize, usize) {
        let h1 = (u64::from(hash[0]) << 32) | u64::from(hash[1]);
        let shard = (h1 >> (64 - SHARD_BITS)) as usize;
        let within = u128::from(h1 << SHARD_BITS);
        (shard, ((within * (slots as u128)) >> 64) as usize)
    }

    #[inline]
    pub(crate) fn get(&self, hash: Hash128) -> Option<u32> {
        let hash = parts(hash);
        let shard = &self.shards[KeyTable::place(&hash, 0).0];
        let slots = shard.slots.as_slice();
        if slots.is_empty() {
            return None;
        }
        let (_, mut at) = KeyTable::place(&hash, slots.len());
        loop {
            let slot = &slots[at];
            if slot[..4] == hash {
                return Some(slot[4]);
            }
            if slot[2] == 0 && slot[3] == 0 {
                return None;
            }
            at += 1;
            if at == slots.len() {
                at = 0;
            }
        }
    }

    /// Asks for the cache line a look-up of this key will read first.
    #[inline]
    pub(crate) fn prefetch(&self, hash: Hash128) {
        let hash = parts(hash);
        let (shard, _) = KeyTable::place(&hash, 0);
        let slots = &self.shards[shard].slots;
        prefetch(slots, KeyTable::place(&hash, slots.len()).1);
    }

    /// Adds a key that is not there yet.
    #[inline]
    pub(crate) fn insert(&mut self, hash: Hash128, value: u32) {
        self.sum = self
            .sum
            .wrapping_add((u128::from(hash.h1) << 64 | u128::from(hash.h2)) ^ (u128::from(value) << 7));
        self.len += 1;
        let hash = parts(hash);
        let (number, _) = KeyTable::place(&hash, 0);
        let shard = &mut self.shards[number];
        // Load at most 85 %: a miss then looks at 12 slots on average over the life of a shard.
        if shard.used * 20 >= shard.slots.len() * 17 {
            shard.grow(number);
        }
        let [a, b, c, d] = hash;
        shard.put([a, b, c, d, value]);
        shard.used += 1;
    }

    /// Order-independent summary of the contents.
    pub(crate) fn summary(&self) -> (u64, u128) {
        (self.len, self.sum)
    }

    /// Bytes in use.
    pub(crate) fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| shard.slots.len() * size_of::<Slot>()).sum()
    }
}

impl Shard {
    fn put(&mut self, slot: Slot) {
        let hash = [slot[0], slot[1], slot[2], slot[3]];
        let (_, mut at) = KeyTable::place(&hash, self.slots.len());
        while self.slots[at][2] != 0 || self.slots[at][3] != 0 {
            at += 1;
            if at == self.slots.len() {
                at = 0;
            }
        }
        self.slots[at] = slot;
    }

    /// Grows by a quarter. Slots are in hash order but for displacement, so moving them is sequential.
    #[cold]
    fn grow(&mut self, number: usize) {
        let target = if self.slots.is_empty() {
            // Shards start at different sizes within one growth factor, so they never all grow at once.
            16 + number * 4 / SHARDS
        } else {
            self.slots.len() + self.slots.len() / 4
        };
        let old = std::mem::replace(&mut self.slots, vec![[0; 5]; target]);
        for slot in old {
            if slot[2] != 0 || slot[3] != 0 {
                self.put(slot);
            }
        }
    }
}

/// Commands seen: key hash → sequence number, and by sequence number a 64-bit fingerprint of the content.
#[derive(Clone, Debug)]
pub(crate) struct CommandKeys {
    table: KeyTable,
    /// By sequence number; zero for due work, which has no key.
    fingerprints: Vec<u64>,
}

impl CommandKeys {
    pub(crate) fn new() -> CommandKeys {
        CommandKeys { table: KeyTable::new(), fingerprints: Vec::new() }
    }

    /// Asks for the cache line a look-up of this key will read first.
    #[inline]
    pub(crate) fn prefetch(&self, key: Hash128) {
        self.table.prefetch(key);
    }

    /// The stored fingerprint and sequence number of a key.
    #[inline]
    pub(crate) fn get(&self, key: Hash128) -> Option<(u64, u64)> {
        let seq = self.table.get(key)?;
        Some((self.fingerprints[index(seq)], u64::from(seq)))
    }

    /// Remembers the command of entry `seq`; entries without a key in between are filled in.
    #[inline]
    pub(crate) fn insert(&mut self, key: Hash128, fingerprint: u64, seq: u64) {
        let seq = u32::try_from(seq).expect("fewer than 2^32 entries: checked before");
        self.fingerprints.resize(index(seq), 0);
        self.fingerprints.push(fingerprint);
        self.table.insert(key, seq);
    }

    pub(crate) fn summary(&self) -> (u64, u128) {
        self.table.summary()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.table.bytes() + self.fingerprints.len() * size_of::<u64>()
    }
}
