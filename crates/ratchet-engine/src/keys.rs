//! What has been seen: idempotency keys with their content, and natural keys (IDEM-1).
//!
//! Keys are kept as 128-bit XXH3 values under a seed. The seed decides nothing but where keys lie: results and
//! digests are the same under any. It comes from the genesis unless the caller gives a secret one, so that
//! nobody who chooses ids can prepare ids that collide with those of others.
//!
//! A set keeps its keys one after the other, in the order in which they came, and beside them an index: an
//! open-addressed table of 32-bit tags and places, never iterated. Most look-ups find nothing, and those read the
//! index alone: 8 bytes a slot. Where a tag fits, the key at its place decides. The index is split into shards that
//! grow at different moments: no growth step touches more than a part, and the average load stays level.

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
        };
        let hash = xxh3_128_with_seed(text.as_bytes(), self.0 ^ kind);
        Hash128 { h1: high(hash), h2: low(hash) }
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

/// A 128-bit hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hash128 {
    h1: u64,
    h2: u64,
}

impl Hash128 {
    /// Half of it.
    #[inline]
    pub(crate) fn half(self) -> u64 {
        self.h1
    }
}

/// The hashes of what a command says, computed once, when it is first looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hashes {
    /// Of its idempotency key.
    pub(crate) key: Hash128,
    /// Of actor and command: what a second command under the same key must equal (IDEM-1a).
    pub(crate) content: u64,
    pub(crate) named: Named,
}

/// Hashes of the ids by which a command names what it is about.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Named {
    /// The natural key of its order.
    pub(crate) order: Option<Hash128>,
    /// Of its member.
    pub(crate) member: Option<u64>,
}

/// A shard of the index per value of the tag's top bits.
const SHARDS: usize = 8;
const SHARD_BITS: u32 = 3;

/// A slot: the tag, and the place of the key + 1 (0: empty).
type Slot = [u32; 2];

#[derive(Clone, Debug, Default)]
struct Shard {
    slots: Vec<Slot>,
    used: usize,
}

/// A set of keys, numbered in the order in which they were added.
#[derive(Clone, Debug)]
pub(crate) struct KeySet {
    keys: Vec<Hash128>,
    shards: Vec<Shard>,
}

/// What the index keeps of a key.
#[inline]
#[expect(clippy::as_conversions, reason = "the shift leaves 32 bits")]
fn tag(key: Hash128) -> u32 {
    (key.h1 >> 32) as u32
}

/// The tag's top bits.
#[inline]
fn shard(tag: u32) -> usize {
    index(tag >> (32 - SHARD_BITS))
}

/// Where a tag's slot is, by its other bits: slots are in the order of tags but for displacement.
#[inline]
#[expect(clippy::as_conversions, reason = "a product of two 32-bit numbers, shifted below the length")]
fn place(tag: u32, slots: usize) -> usize {
    ((u64::from(tag << SHARD_BITS) * (slots as u64)) >> 32) as usize
}

impl KeySet {
    pub(crate) fn new() -> KeySet {
        KeySet { keys: Vec::new(), shards: vec![Shard::default(); SHARDS] }
    }

    /// The number of a key that is there.
    #[inline]
    pub(crate) fn get(&self, key: Hash128) -> Option<u32> {
        let tag = tag(key);
        let slots = self.shards[shard(tag)].slots.as_slice();
        if slots.is_empty() {
            return None;
        }
        let start = place(tag, slots.len());
        let (before, from) = slots.split_at(start);
        for slot in from.iter().chain(before) {
            let [stored, number] = *slot;
            let number = number.checked_sub(1)?;
            if stored == tag && self.keys[index(number)] == key {
                return Some(number);
            }
        }
        None
    }

    /// Asks for the line of the index that a look-up of this key will read first.
    #[inline]
    pub(crate) fn prefetch(&self, key: Hash128) {
        let tag = tag(key);
        let slots = &self.shards[shard(tag)].slots;
        prefetch(slots, place(tag, slots.len()));
    }

    /// The number that a look-up of this key will probably say: that of the first key with its tag.
    #[inline]
    pub(crate) fn guess(&self, key: Hash128) -> Option<u32> {
        let tag = tag(key);
        let slots = &self.shards[shard(tag)].slots;
        let slots = slots.get(place(tag, slots.len())..)?;
        let found = slots.iter().take_while(|slot| slot[1] != 0).find(|slot| slot[0] == tag)?;
        Some(found[1] - 1)
    }

    /// Asks for the key with this number.
    #[inline]
    pub(crate) fn prefetch_key(&self, number: u32) {
        prefetch(&self.keys, index(number));
    }

    /// Adds a key that is not there yet, and gives it the next number.
    #[inline]
    pub(crate) fn insert(&mut self, key: Hash128) -> u32 {
        let tag = tag(key);
        let number = shard(tag);
        let shard = &mut self.shards[number];
        // Load at most 80 %: a miss then looks at seven slots on average over the life of a shard.
        if shard.used * 5 >= shard.slots.len() * 4 {
            shard.grow(number);
        }
        let place = self.keys.len();
        self.keys.push(key);
        let value = u32::try_from(place + 1).expect("fewer than 2^32 keys: limits are checked before");
        shard.put([tag, value]);
        shard.used += 1;
        value - 1
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> u64 {
        u64::try_from(self.keys.len()).unwrap_or(u64::MAX)
    }

    /// Bytes in use.
    pub(crate) fn bytes(&self) -> usize {
        let slots: usize = self.shards.iter().map(|shard| shard.slots.len()).sum();
        slots * size_of::<Slot>() + self.keys.len() * size_of::<Hash128>()
    }
}

impl Shard {
    #[inline]
    fn put(&mut self, slot: Slot) {
        let slots = self.slots.as_mut_slice();
        let mut at = place(slot[0], slots.len());
        while slots[at][1] != 0 {
            at += 1;
            if at == slots.len() {
                at = 0;
            }
        }
        slots[at] = slot;
    }

    /// Grows by a half. Old and new slots are in the same order, so moving them is sequential.
    #[cold]
    fn grow(&mut self, number: usize) {
        let target = if self.slots.is_empty() {
            // Shards start at different sizes within one growth factor, so they never all grow at once.
            16 + number * 8 / SHARDS
        } else {
            self.slots.len() + self.slots.len() / 2
        };
        let old = std::mem::replace(&mut self.slots, vec![[0; 2]; target]);
        for slot in old {
            if slot[1] != 0 {
                self.put(slot);
            }
        }
    }
}

/// Natural keys, each with a number. The key of an order stands at the order's number.
#[derive(Clone, Debug)]
pub(crate) struct NaturalKeys {
    orders: KeySet,
    others: KeySet,
    /// Of the others.
    values: Vec<u32>,
}

impl NaturalKeys {
    pub(crate) fn new() -> NaturalKeys {
        NaturalKeys { orders: KeySet::new(), others: KeySet::new(), values: Vec::new() }
    }

    /// The number of a key of this kind.
    #[inline]
    pub(crate) fn get(&self, kind: KeyKind, key: Hash128) -> Option<u32> {
        match kind {
            KeyKind::Order => self.orders.get(key),
            KeyKind::Command | KeyKind::Refund | KeyKind::Withdrawal | KeyKind::Disposal => {
                self.others.get(key).map(|place| self.values[index(place)])
            }
        }
    }

    /// The set of the keys of orders.
    #[inline]
    pub(crate) fn orders(&self) -> &KeySet {
        &self.orders
    }

    /// Adds a key that is not there yet; orders come in the order of their numbers.
    #[inline]
    pub(crate) fn insert(&mut self, kind: KeyKind, key: Hash128, value: u32) {
        match kind {
            KeyKind::Order => {
                let number = self.orders.insert(key);
                assert!(number == value, "orders are numbered in the order in which they come");
            }
            KeyKind::Command | KeyKind::Refund | KeyKind::Withdrawal | KeyKind::Disposal => {
                self.others.insert(key);
                self.values.push(value);
            }
        }
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> u64 {
        self.orders.len() + self.others.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.orders.bytes() + self.others.bytes() + self.values.len() * size_of::<u32>()
    }
}

/// Commands seen: their keys, a 64-bit fingerprint of the content of each, and their sequence numbers.
#[derive(Clone, Debug)]
pub(crate) struct CommandKeys {
    set: KeySet,
    fingerprints: Vec<u64>,
    /// Commands are numbered without gaps, entries are numbered with the due work between them: from which command
    /// on the sequence number is by how much larger.
    offsets: Vec<(u32, u32)>,
}

impl CommandKeys {
    pub(crate) fn new() -> CommandKeys {
        CommandKeys { set: KeySet::new(), fingerprints: Vec::new(), offsets: Vec::new() }
    }

    /// Asks for the line of the index that a look-up of this key will read first.
    #[inline]
    pub(crate) fn prefetch(&self, key: Hash128) {
        self.set.prefetch(key);
    }

    /// The stored fingerprint and sequence number of a key.
    #[inline]
    pub(crate) fn get(&self, key: Hash128) -> Option<(u64, u64)> {
        let command = self.set.get(key)?;
        let after = self.offsets.partition_point(|(first, _)| *first <= command);
        let offset = after.checked_sub(1).map_or(0, |at| self.offsets[at].1);
        Some((self.fingerprints[index(command)], u64::from(command) + u64::from(offset)))
    }

    /// Remembers the command of entry `seq`.
    #[inline]
    pub(crate) fn insert(&mut self, key: Hash128, fingerprint: u64, seq: u64) {
        let command = self.set.insert(key);
        self.fingerprints.push(fingerprint);
        let offset = u32::try_from(seq).ok().and_then(|seq| seq.checked_sub(command));
        let offset = offset.expect("entries are numbered below 2^32, and each command has one");
        if self.offsets.last().is_none_or(|(_, last)| *last != offset) {
            self.offsets.push((command, offset));
        }
    }

    /// How many commands there are.
    pub(crate) fn len(&self) -> u64 {
        self.set.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.set.bytes()
            + self.fingerprints.len() * size_of::<u64>()
            + self.offsets.len() * size_of::<(u32, u32)>()
    }
}

#[cfg(test)]
mod tests {
    use super::{CommandKeys, HashSeed, KeyKind, KeySet};

    /// Every key is found under its number, through all growth steps, and no other is.
    #[test]
    fn a_set_finds_what_was_added() {
        let (seed, mut set) = (HashSeed(7), KeySet::new());
        let key = |number: u32| seed.key(KeyKind::Order, &number.to_string());
        for number in 0..20_000 {
            assert_eq!(set.get(key(number)), None);
            assert_eq!(set.insert(key(number)), number);
        }
        for number in 0..20_000 {
            assert_eq!(set.get(key(number)), Some(number));
        }
    }

    /// Sequence numbers come back, with due work before, between and after the commands.
    #[test]
    fn commands_know_their_entries() {
        let (seed, mut commands) = (HashSeed(7), CommandKeys::new());
        let key = |number: u64| seed.key(KeyKind::Command, &number.to_string());
        let seqs = [1, 2, 5, 6, 9, 10, 11, 400, 401];
        for seq in seqs {
            commands.insert(key(seq), seq * 3, seq);
        }
        for seq in 0..402 {
            let known = seqs.contains(&seq).then_some((seq * 3, seq));
            assert_eq!(commands.get(key(seq)), known);
        }
    }
}
