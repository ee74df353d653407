//! What has been seen: idempotency keys with their content, and natural keys (IDEM-1).
//!
//! Keys are kept as 128-bit XXH3 values under a seed. The seed decides nothing but where keys lie: results and
//! digests are the same under any. It comes from the genesis unless the caller gives a secret one, so that
//! nobody who chooses ids can prepare ids that collide with those of others.
//!
//! Tables are open-addressed, never iterated, and split into shards that grow at different moments: no growth
//! step touches more than a small part, and the average load stays level as the table grows.

use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

use crate::id::index;
use crate::prefetch::prefetch;

/// The seed of a programme's hashes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HashSeed(pub(crate) u64);

/// What is hashed; the same text under two kinds is two keys.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeyKind {
    Command,
    Order,
    Refund,
    Withdrawal,
    Disposal,
    Tip,
    Product,
    Issue,
}

impl HashSeed {
    #[inline]
    pub(crate) fn key(self, kind: KeyKind, text: &str) -> Hash128 {
        let kind: u64 = match kind {
            KeyKind::Command => 0x9e37_79b9_7f4a_7c15,
            KeyKind::Order => 0xd1b5_4a32_d192_ed03,
            KeyKind::Refund => 0xabc9_8388_fb8f_ac03,
            KeyKind::Withdrawal => 0x8cb9_2ba7_2f3d_8dd7,
            KeyKind::Disposal => 0xf135_7aea_2e62_a9c5,
            KeyKind::Tip => 0x6c62_272e_07bb_0142,
            KeyKind::Product => 0x94d0_49bb_1331_11eb,
            KeyKind::Issue => 0xbf58_476d_1ce4_e5b9,
        };
        let hash = xxh3_128_with_seed(text.as_bytes(), self.0 ^ kind);
        // Zero marks an empty slot; mapping it to one costs nothing in collision resistance.
        Hash128 { h1: high(hash), h2: low(hash).max(1) }
    }

    /// Folds a value into 64 bits by one wide multiplication.
    #[inline]
    pub(crate) fn fold(self, folded: u64, value: u64) -> u64 {
        let product =
            u128::from(folded ^ self.0 ^ 0x2d35_8dcc_aa6c_78a5) * u128::from(value ^ 0x8bb8_4b93_962e_acc9);
        // The shift keeps a zero factor from swallowing what was folded before.
        high(product) ^ low(product) ^ folded.rotate_left(23)
    }

    /// 64 bits of some bytes.
    #[inline]
    pub(crate) fn of(self, bytes: &[u8]) -> u64 {
        xxh3_64_with_seed(bytes, self.0)
    }
}

#[inline]
#[expect(clippy::as_conversions, reason = "the shift leaves 64 bits")]
fn high(hash: u128) -> u64 {
    (hash >> 64) as u64
}

#[inline]
#[expect(clippy::as_conversions, reason = "the low 64 bits are wanted")]
fn low(hash: u128) -> u64 {
    hash as u64
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
    len: u64,
}

#[inline]
#[expect(clippy::as_conversions, reason = "each part is masked to its 32 bits")]
fn parts(hash: Hash128) -> [u32; 4] {
    [(hash.h1 >> 32) as u32, hash.h1 as u32, (hash.h2 >> 32) as u32, hash.h2 as u32]
}

impl KeyTable {
    pub(crate) fn new() -> KeyTable {
        KeyTable { shards: vec![Shard::default(); SHARDS], len: 0 }
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

    /// How many keys there are.
    pub(crate) fn len(&self) -> u64 {
        self.len
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

    /// Grows by a third. Slots are in hash order but for displacement, so moving them is sequential.
    #[cold]
    fn grow(&mut self, number: usize) {
        let target = if self.slots.is_empty() {
            // Shards start at different sizes within one growth factor, so they never all grow at once.
            15 + number * 5 / SHARDS
        } else {
            self.slots.len() + self.slots.len() / 3
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

    /// How many commands there are.
    pub(crate) fn len(&self) -> u64 {
        self.table.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.table.bytes() + self.fingerprints.len() * size_of::<u64>()
    }
}
