//! What has been seen: idempotency keys with their content, and natural keys (IDEM-1).
//!
//! Keys are kept as 128-bit XXH3 values under a seed. The seed decides nothing but where keys lie: results are the same
//! under any. It comes from the genesis unless the caller gives a secret one, so that nobody who chooses ids can prepare
//! ids that collide with those of others.
//!
//! A set keeps its keys one after the other, in the order in which they came, and beside them an index: an
//! open-addressed table of 32-bit tags and numbers, never iterated. Most look-ups find nothing, and those read the
//! index alone: 8 bytes a slot. Where a tag fits, the key with its number decides. The index is split into shards
//! that grow at different moments: no growth step touches more than a part, and the average load stays level.

use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

use crate::id::{MemberNo, OrderNo, index};
use crate::prefetch::prefetch;
use crate::snapshot::{Input, Layout, Output, Part, SnapshotError};
use crate::time::{Calendar, Timestamp};
use crate::undo::{Column, Undo, Walk, undo_fields};

/// What stands before an order's id in the key of its payment, and in that of its receipt (IDEM-1b).
pub const PAY_KEY: &str = "pay:";
/// See [`PAY_KEY`].
pub const RECEIVE_KEY: &str = "receive:";

/// The seed of a programme's hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub struct HashSeed(pub(crate) u64);

/// What is hashed; the same text under two kinds is two keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Command,
    #[default]
    Order,
    Refund,
    Withdrawal,
    Disposal,
    Tip,
    Product,
    Issue,
    Sku,
    Coupon,
    Campaign,
    Purchase,
    Offer,
    Round,
    Window,
    Allotment,
    Claim,
    WindDown,
    Version,
    Payment,
    Resolution,
}

impl HashSeed {
    /// One function for all places: it runs four times for an order (see `Engine::commit`).
    #[inline(never)]
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
            KeyKind::Sku => 0x99fa_eb48_966e_619b,
            KeyKind::Coupon => 0xf8c1_069f_304e_a4ff,
            KeyKind::Campaign => 0xbecf_fd2a_99c7_93e2,
            KeyKind::Purchase => 0x112d_95af_04a2_26a9,
            KeyKind::Offer => 0x4097_8026_5971_cdf1,
            KeyKind::Round => 0x2e2e_e857_aadf_2064,
            KeyKind::Window => 0xbfeb_9beb_dac6_87bf,
            KeyKind::Allotment => 0x1a84_c32a_e3f4_ba5f,
            KeyKind::Claim => 0x837e_19ec_de7d_1f23,
            KeyKind::WindDown => 0x13f1_22b0_a996_d3c9,
            KeyKind::Version => 0x5851_f42d_4c95_7f2d,
            KeyKind::Payment => 0xc6bc_2796_92b5_c323,
            KeyKind::Resolution => 0x7c01_93b5_1d2a_4be7,
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
    #[inline(never)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
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

/// A command that every order of a shop sees once, with a key that follows from the order's id (IDEM-1b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderStep {
    Pay,
    Receive,
}

impl OrderStep {
    /// The step and the order's id in a key of this form.
    #[inline]
    pub(crate) fn of_key(key: &str) -> Option<(OrderStep, &str)> {
        if let Some(order) = key.strip_prefix(PAY_KEY) {
            return Some((OrderStep::Pay, order));
        }
        key.strip_prefix(RECEIVE_KEY).map(|order| (OrderStep::Receive, order))
    }

    #[inline]
    fn index(self) -> usize {
        match self {
            OrderStep::Pay => 0,
            OrderStep::Receive => 1,
        }
    }
}

/// The idempotency key of a command, as it is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CommandKey {
    /// One that its sender chose.
    Any(Hash128),
    /// The one that follows from the command's order: it is kept with the order.
    OfOrder(OrderStep),
    /// One of that form on another command than the form says.
    ForeignKey(Hash128),
}

/// The hashes of what a command says, computed once, when it is first looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hashes {
    /// Its idempotency key.
    pub(crate) key: CommandKey,
    /// Of actor and command: what a second command under the same key must equal (IDEM-1a).
    pub(crate) content: u64,
    pub(crate) named: Named,
}

/// What the look-ups of a command will probably find, by whoever wrote it and has counted members and orders as the engine
/// does. Nothing depends on it: a right guess saves a look-up, a wrong one costs a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookupHint {
    pub(crate) member: u32,
    pub(crate) referrer: u32,
    pub(crate) order: u32,
}

/// No guess.
const NOTHING: u32 = u32::MAX;

impl Default for LookupHint {
    fn default() -> LookupHint {
        LookupHint { member: NOTHING, referrer: NOTHING, order: NOTHING }
    }
}

impl LookupHint {
    /// The member that the command names.
    pub fn member(self, member: Option<MemberNo>) -> LookupHint {
        LookupHint { member: member.map_or(NOTHING, |member| member.0), ..self }
    }

    /// The member who invited that one.
    pub fn referrer(self, referrer: MemberNo) -> LookupHint {
        LookupHint { referrer: referrer.0, ..self }
    }

    /// The order that the command names.
    pub fn order(self, order: OrderNo) -> LookupHint {
        LookupHint { order: order.0, ..self }
    }

    #[inline]
    pub(crate) fn has_order(self) -> bool {
        self.order != NOTHING
    }
}

/// Hashes of the ids by which a command names what it is about.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Named {
    /// What its key names: an order, or an offer of the market.
    pub(crate) kind: KeyKind,
    /// The natural key of its order, or of its offer.
    pub(crate) key: Option<Hash128>,
    /// Of its member.
    pub(crate) member: Option<u64>,
    /// Of the member who invited that one.
    pub(crate) referrer: Option<u64>,
    pub(crate) guess: LookupHint,
    /// Where the look-up of the order ended, if there was none.
    pub(crate) spot: InsertSlot,
}

/// A shard of an index per value of the tag's top bits.
const SHARDS: usize = 16;
const SHARD_BITS: u32 = 4;

/// From 32-bit tags to 32-bit numbers: finds those whose tag fits; what has the tag says whether it is meant.
///
/// A slot holds the tag's complement above the number + 1, so that 0 is empty and slots are in falling order within
/// a run: a look-up that finds nothing ends at the first smaller slot. A tag also says where its slot is, so
/// that a run continues past the end of the table instead of at its beginning, and growth is sequential.
#[derive(Clone, Debug)]
pub(crate) struct TagIndex {
    shards: Vec<Shard>,
    /// Where the slots of a shard are while it grows.
    scratch: Vec<u64>,
    /// What was added since a recording began.
    record: Option<Vec<Added>>,
}

#[derive(Clone, Debug, Default)]
struct Shard {
    /// At least one more than `size`: the last one is empty.
    slots: Vec<u64>,
    /// Places that tags have.
    size: usize,
    used: usize,
}

/// Where a look-up that found nothing ended, and how many numbers its shard had then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InsertSlot {
    at: usize,
    used: usize,
}

impl InsertSlot {
    /// Of no look-up.
    pub(crate) const NONE: InsertSlot = InsertSlot { at: 0, used: usize::MAX };
}

impl Default for InsertSlot {
    fn default() -> InsertSlot {
        InsertSlot::NONE
    }
}

/// Slots for which there is room behind a shard: runs that begin at its end are seldom longer, and a shard that has to be moved for
/// one slot more is copied as a whole.
const TAIL_SLOTS: usize = 64;

/// Slots that a look-up reads at most in nearly all cases.
const RUN: usize = 4;

/// The largest slot that a tag can have.
#[inline]
fn ceiling(tag: u32) -> u64 {
    (u64::from(!tag) << 32) | 0xffff_ffff
}

/// The number in a slot that is not empty.
#[inline]
#[expect(clippy::as_conversions, reason = "masked to 32 bits")]
fn number(slot: u64) -> u32 {
    slot as u32 - 1
}

/// Where a tag's slot is, by its other bits.
#[inline]
#[expect(clippy::as_conversions, reason = "a product of two 32-bit numbers, shifted below the length")]
fn place(tag: u32, size: usize) -> usize {
    ((u64::from(tag << SHARD_BITS) * (size as u64)) >> 32) as usize
}

impl TagIndex {
    pub(crate) fn new() -> TagIndex {
        TagIndex { shards: vec![Shard::default(); SHARDS], scratch: Vec::new(), record: None }
    }

    /// Makes room for so many numbers, so that no shard has to grow for them. Their tags spread evenly, but for some.
    pub(crate) fn reserve(&mut self, numbers: usize) {
        let each = numbers / SHARDS;
        let size = (each + each / 64 + 64) * 5 / 4;
        for shard in &mut self.shards {
            if shard.size < size {
                shard.spread(size, &mut self.scratch);
            }
        }
    }

    #[inline]
    fn shard(&self, tag: u32) -> &Shard {
        &self.shards[index(tag >> (32 - SHARD_BITS))]
    }

    /// The number with this tag that is meant.
    #[inline]
    pub(crate) fn find(&self, tag: u32, is_meant: impl Fn(u32) -> bool) -> Option<u32> {
        self.find_or_spot(tag, is_meant).ok()
    }

    /// The same, or where its slot would be.
    #[inline]
    fn find_or_spot(&self, tag: u32, is_meant: impl Fn(u32) -> bool) -> Result<u32, InsertSlot> {
        let (shard, ceiling) = (self.shard(tag), ceiling(tag));
        let mut at = place(tag, shard.size);
        let mut slots = shard.slots.get(at..).unwrap_or_default().iter();
        let mut slot = slots.next().copied().unwrap_or(0);
        while slot > ceiling {
            at += 1;
            slot = slots.next().copied().unwrap_or(0);
        }
        let spot = InsertSlot { at, used: shard.used };
        while slot >> 32 == ceiling >> 32 && slot != 0 {
            if is_meant(number(slot)) {
                return Ok(number(slot));
            }
            slot = slots.next().copied().unwrap_or(0);
        }
        Err(spot)
    }

    /// Asks for what a look-up of this tag will read: the line of its place, and the next one for runs that cross into it.
    #[inline(never)]
    pub(crate) fn prefetch(&self, tag: u32) {
        let shard = self.shard(tag);
        let place = place(tag, shard.size);
        prefetch(&shard.slots, place);
        prefetch(&shard.slots, place + RUN);
    }

    /// Whether nothing was added where a look-up of this tag ended without finding it.
    #[inline]
    fn is_as_it_was(&self, tag: u32, spot: InsertSlot) -> bool {
        self.shard(tag).used == spot.used
    }

    /// Adds a number.
    #[inline]
    pub(crate) fn insert(&mut self, tag: u32, number: u32) {
        self.insert_at(tag, number, InsertSlot::NONE);
    }

    /// The same from where a look-up of this tag ended, if nothing was added to its shard since.
    #[inline(never)]
    fn insert_at(&mut self, tag: u32, number: u32, spot: InsertSlot) {
        let shard_number = index(tag >> (32 - SHARD_BITS));
        let shard = &mut self.shards[shard_number];
        // Load at most 80 %: a look-up then reads two or three slots on average over the life of a shard.
        let is_full = shard.used * 5 >= shard.size * 4;
        // What is taken back again needs no more room: growth would cost what all slots do.
        let grows = is_full && (self.record.is_none() || shard.size == 0);
        if grows {
            match &self.record {
                None => shard.grow(shard_number, &mut self.scratch),
                Some(_) => shard.grow(shard_number, &mut Vec::new()),
            }
        }
        let mut at = if grows || spot.used != shard.used { place(tag, shard.size) } else { spot.at };
        shard.used += 1;
        let ceiling = ceiling(tag);
        let mut slot = (u64::from(!tag) << 32) | (u64::from(number) + 1);
        let last = shard.slots.len() - 1;
        let slots = shard.slots.as_mut_slice();
        while slots[at] > ceiling {
            at += 1;
        }
        // The rest of the run moves on by one.
        let mut end = at;
        for place in &mut slots[at..] {
            slot = std::mem::replace(place, slot);
            if slot == 0 {
                break;
            }
            end += 1;
        }
        let is_longer = slots[last] != 0;
        if is_longer {
            shard.slots.push(0);
        }
        if let Some(record) = &mut self.record {
            record.push(Added { shard: shard_number, at, end, is_first: grows, is_longer });
        }
    }

    /// Bytes in use.
    pub(crate) fn bytes(&self) -> usize {
        let slots: usize = self.shards.iter().map(|shard| shard.slots.len()).sum();
        (slots + self.scratch.len()) * size_of::<u64>()
    }
}

/// A number that was added to a shard: where, and where the run of slots ends that moved on.
#[derive(Clone, Copy, Debug)]
struct Added {
    shard: usize,
    at: usize,
    end: usize,
    /// The shard had no place for anything before.
    is_first: bool,
    /// One more place was added at its end.
    is_longer: bool,
}

impl Undo for TagIndex {
    fn walk(&mut self, walk: &mut Walk) {
        let Some(record) = walk.container(&mut self.record, Vec::new()) else { return };
        walk.count(record.len());
        for Added { shard, at, end, is_first, is_longer } in record.into_iter().rev() {
            let shard = &mut self.shards[shard];
            if is_first {
                *shard = Shard::default();
                continue;
            }
            if is_longer {
                shard.slots.pop();
            }
            shard.slots.copy_within(at + 1..=end, at);
            shard.slots[end] = 0;
            shard.used -= 1;
        }
    }
}

impl Shard {
    /// Grows by a half, in place where the allocator can: fresh memory costs more than moving the slots. They are in the
    /// same order before and after, so each goes behind the one before.
    #[cold]
    fn grow(&mut self, number: usize, scratch: &mut Vec<u64>) {
        let size = if self.size == 0 {
            // Shards start at different sizes within one growth factor, so they never all grow at once.
            16 + number * 8 / SHARDS
        } else {
            self.size + self.size / 2
        };
        self.spread(size, scratch);
    }

    /// Lays the slots out anew over so many places.
    #[expect(clippy::as_conversions, reason = "the upper half of a slot")]
    fn spread(&mut self, size: usize, scratch: &mut Vec<u64>) {
        self.size = size;
        scratch.clear();
        scratch.extend(self.slots.iter().copied().filter(|slot| *slot != 0));
        if self.slots.is_empty() {
            // Asked for as zeros, fresh memory need not be written.
            self.slots = vec![0; size + 1 + TAIL_SLOTS];
            self.slots.truncate(size + 1);
        } else {
            self.slots.clear();
            self.slots.reserve_exact(size + 1 + TAIL_SLOTS);
            self.slots.resize(size + 1, 0);
        }
        let mut next = 0;
        for slot in scratch.iter().copied() {
            let at = place(!((slot >> 32) as u32), self.size).max(next);
            match self.slots.get_mut(at) {
                Some(place) => *place = slot,
                None => self.slots.push(slot),
            }
            next = at + 1;
        }
        if next == self.slots.len() {
            self.slots.push(0);
        }
    }
}

/// A set of keys, numbered in the order in which they were added.
#[derive(Clone, Debug)]
pub(crate) struct KeySet {
    keys: Column<Hash128>,
    index: TagIndex,
}

undo_fields!(KeySet { parts: keys; derived_parts: index; });

impl Hash128 {
    /// What an index keeps of it.
    #[inline]
    #[expect(clippy::as_conversions, reason = "the shift leaves 32 bits")]
    fn tag(self) -> u32 {
        (self.h1 >> 32) as u32
    }
}

impl KeySet {
    pub(crate) fn new() -> KeySet {
        KeySet { keys: Column::new(), index: TagIndex::new() }
    }

    /// Computes the index of keys that were read from a snapshot.
    fn restore(&mut self) {
        self.index = TagIndex::new();
        self.index.reserve(self.keys.len());
        for (number, key) in (0..).zip(&self.keys) {
            self.index.insert(key.tag(), number);
        }
    }

    /// Makes room for so many more keys.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.keys.reserve_exact(more);
        self.index.reserve(self.keys.len() + more);
    }

    /// The number of a key that is there.
    #[inline(never)]
    pub(crate) fn get(&self, key: Hash128) -> Option<u32> {
        self.index.find(key.tag(), |number| self.keys[index(number)] == key)
    }

    /// The same, or where it would be added.
    #[inline(never)]
    fn get_or_spot(&self, key: Hash128) -> Result<u32, InsertSlot> {
        self.index.find_or_spot(key.tag(), |number| self.keys[index(number)] == key)
    }

    /// The same where its number is probably this one.
    #[inline]
    pub(crate) fn get_guessed(&self, key: Hash128, guess: u32) -> Result<u32, InsertSlot> {
        match self.keys.get(index(guess)) {
            Some(guessed) if *guessed == key => Ok(guess),
            Some(_) | None => self.get_or_spot(key),
        }
    }

    /// Whether a key whose look-up ended there is certainly still missing.
    #[inline]
    pub(crate) fn lacks(&self, key: Hash128, spot: InsertSlot) -> bool {
        self.index.is_as_it_was(key.tag(), spot)
    }

    /// Asks for the line of the index that a look-up of this key will read first.
    #[inline]
    pub(crate) fn prefetch(&self, key: Hash128) {
        self.index.prefetch(key.tag());
    }

    /// The number that a look-up of this key will probably say, without reading a key; prefetches that key.
    #[inline(never)]
    pub(crate) fn guess(&self, key: Hash128) -> Option<u32> {
        let number = self.index.find(key.tag(), |_| true)?;
        prefetch(&self.keys, index(number));
        Some(number)
    }

    /// Adds a key that is not there yet, and gives it the next number.
    #[inline]
    pub(crate) fn insert(&mut self, key: Hash128) -> u32 {
        self.insert_at(key, InsertSlot::NONE)
    }

    /// The same from where a look-up of this key ended.
    #[inline(never)]
    pub(crate) fn insert_at(&mut self, key: Hash128, spot: InsertSlot) -> u32 {
        let number = u32::try_from(self.keys.len()).ok().filter(|number| *number != u32::MAX);
        let number = number.expect("fewer than 2^32 keys: limits are checked before");
        self.keys.push(key);
        self.index.insert_at(key.tag(), number, spot);
        number
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> u64 {
        u64::try_from(self.keys.len()).unwrap_or(u64::MAX)
    }

    /// Bytes in use.
    pub(crate) fn bytes(&self) -> usize {
        self.index.bytes() + self.keys.len() * size_of::<Hash128>()
    }
}

/// Natural keys, each with a number. The key of an order stands at the order's number.
#[derive(Clone, Debug)]
pub(crate) struct NaturalKeys {
    orders: KeySet,
    others: KeySet,
    /// Of the others.
    values: Column<u32>,
}

undo_fields!(NaturalKeys { parts: orders, others, values; });

impl NaturalKeys {
    pub(crate) fn new() -> NaturalKeys {
        NaturalKeys { orders: KeySet::new(), others: KeySet::new(), values: Column::new() }
    }

    /// After its keys were read from a snapshot.
    pub(crate) fn restore(&mut self) {
        self.orders.restore();
        self.others.restore();
    }

    /// Makes room for so many more orders.
    pub(crate) fn reserve_orders(&mut self, more: usize) {
        self.orders.reserve(more);
    }

    /// The number of a key of this kind.
    #[inline]
    pub(crate) fn get(&self, kind: KeyKind, key: Hash128) -> Option<u32> {
        match kind {
            KeyKind::Order => self.orders.get(key),
            KeyKind::Command
            | KeyKind::Refund
            | KeyKind::Withdrawal
            | KeyKind::Disposal
            | KeyKind::Tip
            | KeyKind::Product
            | KeyKind::Issue
            | KeyKind::Sku
            | KeyKind::Coupon
            | KeyKind::Campaign
            | KeyKind::Purchase
            | KeyKind::Offer
            | KeyKind::Round
            | KeyKind::Window
            | KeyKind::Allotment
            | KeyKind::Claim
            | KeyKind::WindDown
            | KeyKind::Version
            | KeyKind::Payment
            | KeyKind::Resolution => self.others.get(key).map(|place| self.values[index(place)]),
        }
    }

    /// The set of the keys of orders.
    #[inline]
    pub(crate) fn orders(&self) -> &KeySet {
        &self.orders
    }

    /// Asks for the line of the index that a look-up of a key other than an order's will read first.
    #[inline]
    pub(crate) fn prefetch_other(&self, key: Hash128) {
        self.others.prefetch(key);
    }

    /// The number that a look-up of such a key will probably say; prefetches what it will read on the way.
    #[inline]
    pub(crate) fn guess_other(&self, key: Hash128) -> Option<u32> {
        self.others.guess(key).map(|place| self.values[index(place)])
    }

    /// Adds the key of an order, whose look-up ended at `spot`; orders come in the order of their numbers.
    #[inline]
    pub(crate) fn insert_order(&mut self, key: Hash128, order: u32, spot: InsertSlot) {
        let number = self.orders.insert_at(key, spot);
        assert!(number == order, "orders are numbered in the order in which they come");
    }

    /// Adds a key that is not there yet.
    #[inline]
    pub(crate) fn insert(&mut self, kind: KeyKind, key: Hash128, value: u32) {
        match kind {
            KeyKind::Order => self.insert_order(key, value, InsertSlot::NONE),
            KeyKind::Command
            | KeyKind::Refund
            | KeyKind::Withdrawal
            | KeyKind::Disposal
            | KeyKind::Tip
            | KeyKind::Product
            | KeyKind::Issue
            | KeyKind::Sku
            | KeyKind::Coupon
            | KeyKind::Campaign
            | KeyKind::Purchase
            | KeyKind::Offer
            | KeyKind::Round
            | KeyKind::Window
            | KeyKind::Allotment
            | KeyKind::Claim
            | KeyKind::WindDown
            | KeyKind::Version
            | KeyKind::Payment
            | KeyKind::Resolution => {
                self.others.insert(key);
                self.values.push(value);
            }
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.orders.bytes() + self.others.bytes() + self.values.len() * size_of::<u32>()
    }
}

/// How long the key of a command is kept in memory where the caller has an index of all, in days of 86,400 s (IDEM-1).
pub const KEY_WINDOW_DAYS: u32 = 30;

/// What the caller's index of the journal says of a command's key (IDEM-1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PriorKey {
    /// No command was carried out under it, or there is no such index.
    #[default]
    Unknown,
    /// One was.
    Known {
        /// Its entry.
        seq: u64,
        /// [`Engine::fingerprint`](crate::engine::Engine::fingerprint) of that entry's command.
        fingerprint: u64,
    },
}

/// Keys of the last days: those of a generation are dropped at the same local midnight. Dropping is no entry and changes no
/// digest ([`KeyHistory`]).
#[derive(Clone, Debug, Default)]
struct Recent {
    /// Oldest first; none is empty.
    generations: Vec<Generation>,
    /// How many there were when a recording began.
    record: Option<usize>,
}

#[derive(Clone, Debug)]
struct Generation {
    drops_at: Timestamp,
    set: KeySet,
    fingerprints: Column<u64>,
    seqs: Column<u64>,
}

undo_fields!(Generation { parts: set, fingerprints, seqs; values: drops_at; });

impl Undo for Recent {
    fn walk(&mut self, walk: &mut Walk) {
        let generations = self.generations.len();
        if let Some(generations) = walk.container(&mut self.record, generations) {
            self.generations.truncate(generations);
        }
        self.generations.iter_mut().for_each(|generation| walk.part(generation));
    }
}

impl Part for Recent {
    fn part_layout(layout: &mut Layout) -> String {
        format!("queue of {}", Generation::part_layout(layout))
    }

    fn feed(&self, out: &mut Output<'_>) {
        out.value(&self.generations.len());
        self.generations.iter().for_each(|generation| generation.feed(out));
    }

    fn load(&mut self, input: &mut Input<'_>) -> Result<(), SnapshotError> {
        self.generations.clear();
        for _ in 0..input.count()? {
            let mut generation = Generation::new(Timestamp::MAX);
            generation.load(input)?;
            self.generations.push(generation);
        }
        Ok(())
    }
}

impl Generation {
    fn new(drops_at: Timestamp) -> Generation {
        Generation { drops_at, set: KeySet::new(), fingerprints: Column::new(), seqs: Column::new() }
    }
}

impl Recent {
    fn get(&self, key: Hash128, now: Timestamp) -> Option<(u64, u64)> {
        let kept = self.generations.iter().rev().take_while(|generation| generation.drops_at > now);
        // Their memory is prefetched together.
        kept.clone().for_each(|generation| generation.set.prefetch(key));
        kept.into_iter().find_map(|generation| {
            let number = index(generation.set.get(key)?);
            Some((generation.fingerprints[number], generation.seqs[number]))
        })
    }

    /// Remembers the command of an entry at `now`; `calendar` says where local midnights are.
    fn insert(&mut self, key: Hash128, fingerprint: u64, seq: u64, now: Timestamp, calendar: &Calendar) {
        if self.record.is_none() {
            let passed = self.generations.partition_point(|generation| generation.drops_at <= now);
            self.generations.drain(..passed);
        }
        // It is dropped at the first local midnight at which it is no longer younger than the window.
        let end = now.plus_days(KEY_WINDOW_DAYS).unwrap_or(Timestamp::MAX);
        if self.generations.last().is_none_or(|last| last.drops_at < end) {
            let before = Timestamp::from_us(end.us() - 1).unwrap_or(end);
            self.generations.push(Generation::new(calendar.next_midnight(before).max(end)));
        }
        let Some(generation) = self.generations.last_mut() else { return };
        generation.set.insert(key);
        generation.fingerprints.push(fingerprint);
        generation.seqs.push(seq);
    }

    fn kept(&self) -> u64 {
        self.generations.iter().map(|generation| generation.set.len()).sum()
    }

    fn bytes(&self) -> usize {
        let bytes = |generation: &Generation| {
            generation.set.bytes()
                + (generation.fingerprints.len() + generation.seqs.len()) * size_of::<u64>()
        };
        self.generations.iter().map(bytes).sum()
    }
}

/// What the digest has of the keys of commands, whether they are still kept or were dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) struct KeyHistory {
    /// How many commands were carried out.
    pub(crate) commands: u64,
    /// Their keys, contents and entries, folded in order.
    folded: u64,
}

impl KeyHistory {
    /// Counts the command of entry `seq`.
    #[inline]
    pub(crate) fn add(&mut self, seed: HashSeed, hashes: &Hashes, seq: u64) {
        let key = match hashes.key {
            CommandKey::Any(key) | CommandKey::ForeignKey(key) => key.half(),
            // The order is in the content.
            CommandKey::OfOrder(OrderStep::Pay) => 1,
            CommandKey::OfOrder(OrderStep::Receive) => 2,
        };
        self.commands += 1;
        self.folded =
            [key, hashes.content, seq].into_iter().fold(self.folded, |folded, it| seed.fold(folded, it));
    }
}

/// Commands seen: their keys, a 64-bit fingerprint of the content of each, and their sequence numbers. Keys that follow from
/// an order's id stand with the order and have no hash of their own (IDEM-1b).
#[derive(Clone, Debug)]
pub(crate) struct CommandKeys {
    set: KeySet,
    /// Of the keys in the set.
    fingerprints: Column<u64>,
    /// Keys are numbered without gaps, entries are numbered with others between them: from which key on the sequence number
    /// is by how much larger.
    offsets: Column<(u32, u64)>,
    /// How many keys of the set have the form of an order's key.
    strays: u32,
    /// By order, as far as any has such a key.
    of_orders: Column<OfOrder>,
    /// How many keys stand there.
    of_orders_used: u64,
    /// Where the caller has an index of all keys: those of the last days. What came before stays where it is.
    recent: Recent,
    /// Whether that is so.
    keeps_recent: bool,
}

undo_fields!(CommandKeys {
    parts: set, fingerprints, offsets, of_orders, recent;
    values: strays, of_orders_used, keeps_recent;
});

/// What came under the keys of an order, by step.
#[derive(Clone, Copy, Debug, Default, ratchet_wire_derive::Snapshot)]
struct OfOrder {
    fingerprints: [u64; 2],
    /// Nothing came yet: 0. The entry of no command has this number.
    seqs: [u64; 2],
}

impl CommandKeys {
    pub(crate) fn new() -> CommandKeys {
        CommandKeys {
            set: KeySet::new(),
            fingerprints: Column::new(),
            offsets: Column::new(),
            strays: 0,
            of_orders: Column::new(),
            of_orders_used: 0,
            recent: Recent::default(),
            keeps_recent: false,
        }
    }

    /// After its keys were read from a snapshot.
    pub(crate) fn restore(&mut self) {
        self.set.restore();
        self.recent.generations.iter_mut().for_each(|generation| generation.set.restore());
    }

    /// From now on keys are kept for [`KEY_WINDOW_DAYS`] only.
    pub(crate) fn keep_recent(&mut self) {
        self.keeps_recent = true;
    }

    /// Whether they are.
    #[inline]
    pub(crate) fn keeps_recent(&self) -> bool {
        self.keeps_recent
    }

    /// What is stored under a key of the last days.
    pub(crate) fn get_recent(&self, key: Hash128, now: Timestamp) -> Option<(u64, u64)> {
        self.recent.get(key, now)
    }

    /// Remembers the command of an entry at `now`, for some days.
    pub(crate) fn insert_recent(
        &mut self,
        key: Hash128,
        fingerprint: u64,
        seq: u64,
        (now, calendar): (Timestamp, &Calendar),
    ) {
        self.recent.insert(key, fingerprint, seq, now, calendar);
    }

    /// How many keys are in memory.
    pub(crate) fn kept(&self) -> u64 {
        self.set.len() + self.of_orders_used + self.recent.kept()
    }

    /// Makes room for so many more commands, and for so many orders that have keys of their own.
    pub(crate) fn reserve(&mut self, more: usize, orders: usize) {
        self.set.reserve(more);
        self.fingerprints.reserve_exact(more);
        self.of_orders.reserve_exact(orders);
    }

    /// Asks for the line of the index that a look-up of this key will read first.
    #[inline]
    pub(crate) fn prefetch(&self, key: Hash128) {
        self.set.prefetch(key);
    }

    /// Asks for what stands with an order.
    #[inline]
    pub(crate) fn prefetch_order(&self, order: u32) {
        prefetch(&self.of_orders, index(order));
    }

    /// Whether any key that does not stand with its order looks as if it did.
    #[inline]
    pub(crate) fn have_strays(&self) -> bool {
        self.strays > 0
    }

    /// The stored fingerprint and sequence number of a key, or where it would be added.
    #[inline]
    pub(crate) fn get(&self, key: Hash128) -> Result<(u64, u64), InsertSlot> {
        let number = self.set.get_or_spot(key)?;
        let after = self.offsets.partition_point(|(first, _)| *first <= number);
        let offset = after.checked_sub(1).map_or(0, |at| self.offsets[at].1);
        Ok((self.fingerprints[index(number)], u64::from(number) + offset))
    }

    /// The same of an order's key.
    #[inline]
    pub(crate) fn get_of_order(&self, order: u32, step: OrderStep) -> Option<(u64, u64)> {
        let (keys, at) = (self.of_orders.get(index(order))?, step.index());
        (keys.seqs[at] != 0).then(|| (keys.fingerprints[at], keys.seqs[at]))
    }

    /// Remembers the command of entry `seq`, whose look-up ended at `spot`.
    #[inline]
    pub(crate) fn insert(&mut self, key: Hash128, fingerprint: u64, seq: u64, spot: InsertSlot) {
        let number = self.set.insert_at(key, spot);
        self.fingerprints.push(fingerprint);
        let offset = seq.checked_sub(number.into()).expect("each key has an entry");
        if self.offsets.last().is_none_or(|(_, last)| *last != offset) {
            self.offsets.push((number, offset));
        }
    }

    /// The same of one that has the form of an order's key, but is none.
    #[cold]
    pub(crate) fn insert_stray(&mut self, key: Hash128, fingerprint: u64, seq: u64) {
        self.insert(key, fingerprint, seq, InsertSlot::NONE);
        self.strays += 1;
    }

    /// The same of an order's key that has not come yet.
    #[inline]
    pub(crate) fn insert_of_order(&mut self, order: u32, step: OrderStep, fingerprint: u64, seq: u64) {
        let (place, at) = (index(order), step.index());
        if place >= self.of_orders.len() {
            self.of_orders.resize(place + 1, OfOrder::default());
        }
        let keys = &mut self.of_orders[place];
        keys.fingerprints[at] = fingerprint;
        keys.seqs[at] = seq;
        self.of_orders_used += 1;
    }

    /// Whether another key can be kept: their numbers have 32 bits.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        let newest = self.recent.generations.last();
        newest.map_or(&self.set, |newest| &newest.set).len() < u64::from(u32::MAX)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.set.bytes()
            + self.fingerprints.len() * size_of::<u64>()
            + self.offsets.len() * size_of::<(u32, u64)>()
            + self.of_orders.len() * size_of::<OfOrder>()
            + self.recent.bytes()
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

    /// A key is added where its look-up ended, or where it belongs if others came between.
    #[test]
    fn a_spot_is_right_or_not_used() {
        let (seed, mut set) = (HashSeed(7), KeySet::new());
        set.reserve(500);
        let key = |number: u32| seed.key(KeyKind::Order, &number.to_string());
        set.insert(key(30_000));
        for number in (1..20_000).step_by(4) {
            let spots =
                [0, 1, 2, 3].map(|more| (number + more, set.get_or_spot(key(number + more)).unwrap_err()));
            for (number, spot) in spots {
                assert_eq!(set.insert_at(key(number), spot), number);
            }
        }
        for number in 1..20_000 {
            assert_eq!(set.get(key(number)), Some(number));
        }
        assert_eq!((set.get(key(30_000)), set.get(key(40_000))), (Some(0), None));
    }

    /// Sequence numbers come back, with due work before, between and after the commands.
    #[test]
    fn commands_know_their_entries() {
        let (seed, mut commands) = (HashSeed(7), CommandKeys::new());
        let key = |number: u64| seed.key(KeyKind::Command, &number.to_string());
        let seqs = [1, 2, 5, 6, 9, 10, 11, 400, 401];
        for seq in seqs {
            commands.insert(key(seq), seq * 3, seq, commands.get(key(seq)).unwrap_err());
        }
        for seq in 0..402 {
            let known = seqs.contains(&seq).then_some((seq * 3, seq));
            assert_eq!(commands.get(key(seq)).ok(), known);
        }
    }
}
