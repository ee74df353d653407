//! Members: their ids, when they joined, who invited them, what they spent and received.

use crate::amount::Money;
use crate::id::{MemberNo, index};
use crate::keys::{HashSeed, TagIndex};
use crate::prefetch::{prefetch, prefetch_value};
use crate::time::Timestamp;
use crate::undo::{Column, undo_fields};

/// What the disclosure needs of every member (DISC-1), and its id: who looks a member up by its id needs both.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Member {
    pub(crate) joined_at: Timestamp,
    /// Bases of settled and pending lines, minus refunds.
    pub(crate) spent: Money,
    /// Credits to the wallets from points, rebates and bonuses.
    pub(crate) payouts_received: Money,
    name: Name,
}

/// An id, in place if it is short. A longer one stands among the long ones, at the position in the first four bytes.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
struct Name {
    bytes: [u8; SHORT],
    length: u8,
}

/// Bytes of an id that stands in its member's row.
const SHORT: usize = 15;

const _: () = assert!(size_of::<Member>() == 40);

impl Name {
    /// Adds it to the long ones if it is one.
    fn new(id: &str, long: &mut Column<u8>) -> Name {
        let length = u8::try_from(id.len()).expect("an id has at most 128 bytes");
        let mut bytes = [0; SHORT];
        if id.len() <= SHORT {
            bytes[..id.len()].copy_from_slice(id.as_bytes());
        } else {
            let start = u32::try_from(long.len()).expect("room was checked before");
            bytes[..4].copy_from_slice(&start.to_le_bytes());
            long.extend_from_slice(id.as_bytes());
        }
        Name { bytes, length }
    }

    /// Where it stands among the long ones, if it is one.
    #[inline]
    fn place(&self) -> Option<usize> {
        let [a, b, c, d, ..] = self.bytes;
        (usize::from(self.length) > SHORT).then(|| index(u32::from_le_bytes([a, b, c, d])))
    }

    #[inline]
    fn bytes<'a>(&'a self, long: &'a [u8]) -> &'a [u8] {
        let length = usize::from(self.length);
        match self.place() {
            None => &self.bytes[..length],
            Some(start) => &long[start..start + length],
        }
    }
}

/// What all members together spent and received, and how many have their money back (DISC-1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub struct Flows {
    /// Minor units that members spent.
    pub spent: i128,
    /// Minor units that members received, those who spent nothing among them.
    pub received: i128,
    /// Members who spent something.
    pub buyers: u64,
    /// Of them, those who received at least what they spent.
    pub recovered: u64,
}

impl Flows {
    /// Counts one more member.
    pub fn add(&mut self, spent: Money, received: Money) {
        self.change((Money::ZERO, Money::ZERO), (spent, received));
    }

    /// Counts a member who has spent and received so much as one who has spent and received something else.
    #[inline]
    fn change(&mut self, before: (Money, Money), after: (Money, Money)) {
        let is_buyer = |(spent, _): (Money, Money)| u64::from(!spent.is_zero());
        let has_recovered =
            |(spent, received): (Money, Money)| u64::from(!spent.is_zero() && received >= spent);
        self.spent += i128::from(after.0.minor() - before.0.minor());
        self.received += i128::from(after.1.minor() - before.1.minor());
        self.buyers = self.buyers + is_buyer(after) - is_buyer(before);
        self.recovered = self.recovered + has_recovered(after) - has_recovered(before);
    }
}

/// All members, in joining order.
#[derive(Clone, Debug)]
pub(crate) struct Members {
    rows: Column<Member>,
    /// Of all rows: kept with each change, so that who asks every day need not look at every member.
    flows: Flows,
    /// Long ids, one after the other.
    long_names: Column<u8>,
    /// Referrer + 1 by member, as far as anybody has one.
    referrers: Column<u32>,
    /// By hash of the id; ids themselves decide.
    lookup: TagIndex,
    seed: HashSeed,
}

undo_fields!(Members { parts: rows, long_names, referrers; values: flows; derived_parts: lookup; derived_values: seed; });

impl Members {
    pub(crate) fn new(seed: HashSeed) -> Members {
        Members {
            rows: Column::new(),
            flows: Flows::default(),
            long_names: Column::new(),
            referrers: Column::new(),
            lookup: TagIndex::new(),
            seed,
        }
    }

    /// Computes the table of ids that were read from a snapshot.
    pub(crate) fn restore(&mut self) {
        self.lookup = TagIndex::new();
        self.lookup.reserve(self.rows.len());
        for (number, row) in (0..).zip(&self.rows) {
            let hash = self.seed.of(row.name.bytes(&self.long_names));
            self.lookup.insert(tag(hash), number);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Room for one more member with this id, within 32-bit numbers.
    pub(crate) fn has_room(&self, id: &str) -> bool {
        let names = self.long_names.len().checked_add(id.len()).and_then(|bytes| u32::try_from(bytes).ok());
        names.is_some() && MemberNo::at(self.rows.len() + 1).is_some()
    }

    /// Makes room for so many more members.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.rows.reserve_exact(more);
        self.lookup.reserve(self.rows.len() + more);
    }

    /// Whether there is a member with this number.
    #[inline]
    pub(crate) fn has(&self, number: u32) -> bool {
        index(number) < self.rows.len()
    }

    /// Whether the member with this number has this id.
    #[inline]
    pub(crate) fn is(&self, number: u32, id: &str) -> bool {
        let row = self.rows.get(index(number));
        row.is_some_and(|row| row.name.bytes(&self.long_names) == id.as_bytes())
    }

    #[inline]
    pub(crate) fn find(&self, id: &str) -> Option<MemberNo> {
        self.find_hashed(self.seed.of(id.as_bytes()), id)
    }

    /// The same with the hash of the id.
    #[inline]
    pub(crate) fn find_hashed(&self, hash: u64, id: &str) -> Option<MemberNo> {
        self.lookup.find(tag(hash), |number| self.is(number, id)).map(MemberNo)
    }

    /// Asks for the line of the table that a look-up with this hash will read first.
    #[inline]
    pub(crate) fn prefetch_lookup(&self, hash: u64) {
        self.lookup.prefetch(tag(hash));
    }

    /// Who a look-up with this hash will probably find: somebody with the same 32 bits.
    #[inline]
    pub(crate) fn guess(&self, hash: u64) -> Option<MemberNo> {
        self.lookup.find(tag(hash), |_| true).map(MemberNo)
    }

    /// Asks for a member's row.
    #[inline]
    pub(crate) fn prefetch_row(&self, member: MemberNo) {
        if let Some(row) = self.rows.get(member.index()) {
            prefetch_value(row);
        }
    }

    /// Asks for a member's id if it is a long one.
    #[inline]
    pub(crate) fn prefetch_name(&self, member: MemberNo) {
        if let Some(start) = self.rows.get(member.index()).and_then(|row| row.name.place()) {
            prefetch(&self.long_names, start);
        }
    }

    /// Asks for who invited a member.
    #[inline]
    pub(crate) fn prefetch_referrer(&self, member: MemberNo) {
        prefetch(&self.referrers, member.index());
    }

    pub(crate) fn add(
        &mut self,
        hash: u64,
        id: &str,
        joined_at: Timestamp,
        referrer: Option<MemberNo>,
    ) -> MemberNo {
        let member = MemberNo::at(self.rows.len()).expect("room was checked before");
        let name = Name::new(id, &mut self.long_names);
        self.rows.push(Member { joined_at, spent: Money::ZERO, payouts_received: Money::ZERO, name });
        if let Some(referrer) = referrer {
            self.referrers.resize(member.index(), 0);
            self.referrers.push(referrer.0 + 1);
        }
        self.lookup.insert(tag(hash), member.0);
        member
    }

    #[inline]
    pub(crate) fn get(&self, member: MemberNo) -> &Member {
        &self.rows[member.index()]
    }

    /// A member pays so much that counts as spent.
    #[inline]
    pub(crate) fn spend(&mut self, member: MemberNo, amount: Money) {
        self.change(member, |row| row.spent = row.spent.add_within_limit(amount));
    }

    /// So much that counted as spent does no more.
    #[inline]
    pub(crate) fn reverse_spend(&mut self, member: MemberNo, amount: Money) {
        self.change(member, |row| row.spent = row.spent.saturating_sub(amount));
    }

    /// A member gets so much from points, rebates or bonuses.
    #[inline]
    pub(crate) fn receive(&mut self, member: MemberNo, amount: Money) {
        self.change(member, |row| row.payouts_received = row.payouts_received.add_within_limit(amount));
    }

    #[inline]
    fn change(&mut self, member: MemberNo, change: impl FnOnce(&mut Member)) {
        let row = &mut self.rows[member.index()];
        let before = (row.spent, row.payouts_received);
        change(row);
        self.flows.change(before, (row.spent, row.payouts_received));
    }

    /// What all members together spent and received.
    pub(crate) fn flows(&self) -> Flows {
        self.flows
    }

    #[inline]
    pub(crate) fn name(&self, member: MemberNo) -> &str {
        let bytes = self.rows[member.index()].name.bytes(&self.long_names);
        std::str::from_utf8(bytes).expect("an id is kept as it was given")
    }

    /// All rows, in joining order.
    pub(crate) fn rows(&self) -> &[Member] {
        &self.rows
    }

    pub(crate) fn referrer(&self, member: MemberNo) -> Option<MemberNo> {
        let referrer = self.referrers.get(member.index()).copied().unwrap_or(0);
        referrer.checked_sub(1).map(MemberNo)
    }

    /// A member that joined without a referrer gets one (NET-1b).
    pub(crate) fn bind(&mut self, member: MemberNo, referrer: MemberNo) {
        if self.referrers.len() <= member.index() {
            self.referrers.resize(member.index() + 1, 0);
        }
        self.referrers[member.index()] = referrer.0 + 1;
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = MemberNo> + use<> {
        (0..u32::try_from(self.rows.len()).unwrap_or(u32::MAX)).map(MemberNo)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.rows.len() * size_of::<Member>()
            + self.long_names.len()
            + self.referrers.len() * size_of::<u32>()
            + self.lookup.bytes()
    }
}

/// What the index keeps of a hash.
#[inline]
#[expect(clippy::as_conversions, reason = "the shift leaves 32 bits")]
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::{Members, SHORT};
    use crate::id::{ID_BYTES_MAX, MemberNo};
    use crate::keys::HashSeed;
    use crate::time::Timestamp;

    /// Ids of every length are found and come back as they were given.
    #[test]
    fn short_and_long_ids() {
        let seed = HashSeed(7);
        let mut members = Members::new(seed);
        let id = |length: usize| "棘".repeat(length / 3) + &"x".repeat(length % 3);
        for length in 1..=ID_BYTES_MAX {
            let id = id(length);
            assert_eq!(members.find(&id), None);
            members.add(seed.of(id.as_bytes()), &id, Timestamp::MIN, None);
        }
        for (length, number) in (1..=ID_BYTES_MAX).zip(0..) {
            assert_eq!(members.find(&id(length)), Some(MemberNo(number)));
            assert_eq!(members.name(MemberNo(number)), id(length));
        }
        let long: usize = (SHORT + 1..=ID_BYTES_MAX).sum();
        assert_eq!(members.long_names.len(), long);
    }
}
