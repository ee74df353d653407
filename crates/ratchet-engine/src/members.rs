//! Members: their ids, when they joined, who invited them, what they spent and received.

use crate::amount::Money;
use crate::id::{MemberNo, index};
use crate::keys::HashSeed;
use crate::prefetch::prefetch;
use crate::time::Timestamp;

/// What the disclosure needs of every member (DISC-1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) joined_at: Timestamp,
    /// Bases of settled and pending lines, minus refunds.
    pub(crate) spent: Money,
    /// Credits to the wallets from points, rebates and bonuses.
    pub(crate) received: Money,
}

/// All members, in joining order.
#[derive(Clone, Debug)]
pub(crate) struct Members {
    rows: Vec<Member>,
    /// Ids one after the other; `ends[i]` is where the id of member `i` ends.
    names: String,
    ends: Vec<u32>,
    /// Referrer + 1 by member, as far as anybody has one.
    referrers: Vec<u32>,
    lookup: Lookup,
    seed: HashSeed,
}

/// Open-addressed table from id to number; ids themselves decide equality.
#[derive(Clone, Debug, Default)]
struct Lookup {
    /// 32 bits of the id's hash and the member's number + 1 (0: empty).
    slots: Vec<[u32; 2]>,
}

impl Members {
    pub(crate) fn new(seed: HashSeed) -> Members {
        Members {
            rows: Vec::new(),
            names: String::new(),
            ends: Vec::new(),
            referrers: Vec::new(),
            lookup: Lookup::default(),
            seed,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Room for one more member with this id, within 32-bit numbers.
    pub(crate) fn has_room(&self, id: &str) -> bool {
        let names = self.names.len().checked_add(id.len()).and_then(|bytes| u32::try_from(bytes).ok());
        names.is_some() && MemberNo::at(self.rows.len() + 1).is_some()
    }

    #[inline]
    pub(crate) fn find(&self, id: &str) -> Option<MemberNo> {
        self.find_hashed(self.seed.of(id.as_bytes()), id)
    }

    /// The same with the hash of the id.
    #[inline]
    pub(crate) fn find_hashed(&self, hash: u64, id: &str) -> Option<MemberNo> {
        let hash = Lookup::tag(hash);
        let slots = self.lookup.slots.as_slice();
        if slots.is_empty() {
            return None;
        }
        let (before, from) = slots.split_at(Lookup::place(hash, slots.len()));
        for slot in from.iter().chain(before) {
            let [stored, number] = *slot;
            let member = MemberNo(number.checked_sub(1)?);
            if stored == hash && self.name(member) == id {
                return Some(member);
            }
        }
        None
    }

    /// Asks for the line of the table that a look-up with this hash will read first.
    #[inline]
    pub(crate) fn prefetch_lookup(&self, hash: u64) {
        let slots = &self.lookup.slots;
        prefetch(slots, Lookup::place(Lookup::tag(hash), slots.len()));
    }

    /// Who a look-up with this hash will probably find: the first with the same 32 bits.
    #[inline]
    pub(crate) fn guess(&self, hash: u64) -> Option<MemberNo> {
        let hash = Lookup::tag(hash);
        let slots = &self.lookup.slots;
        let slots = slots.get(Lookup::place(hash, slots.len())..)?;
        let found = slots.iter().take_while(|slot| slot[1] != 0).find(|slot| slot[0] == hash)?;
        Some(MemberNo(found[1] - 1))
    }

    /// Asks for a member's row, and for where its id stands.
    #[inline]
    pub(crate) fn prefetch_row(&self, member: MemberNo) {
        prefetch(&self.rows, member.index());
        prefetch(&self.ends, member.index());
    }

    /// Asks for a member's id.
    #[inline]
    pub(crate) fn prefetch_name(&self, member: MemberNo) {
        prefetch(self.names.as_bytes(), self.ends.get(member.index()).map_or(0, |end| index(*end) - 1));
    }

    pub(crate) fn add(
        &mut self,
        hash: u64,
        id: &str,
        joined_at: Timestamp,
        referrer: Option<MemberNo>,
    ) -> MemberNo {
        let member = MemberNo::at(self.rows.len()).expect("room was checked before");
        self.names.push_str(id);
        self.ends.push(u32::try_from(self.names.len()).expect("room was checked before"));
        self.rows.push(Member { joined_at, spent: Money::ZERO, received: Money::ZERO });
        if let Some(referrer) = referrer {
            self.referrers.resize(member.index(), 0);
            self.referrers.push(referrer.0 + 1);
        }
        self.lookup.insert(Lookup::tag(hash), member.0 + 1, self.rows.len());
        member
    }

    #[inline]
    pub(crate) fn get(&self, member: MemberNo) -> &Member {
        &self.rows[member.index()]
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, member: MemberNo) -> &mut Member {
        &mut self.rows[member.index()]
    }

    #[inline]
    pub(crate) fn name(&self, member: MemberNo) -> &str {
        let start = match member.0.checked_sub(1) {
            Some(before) => self.ends[index(before)],
            None => 0,
        };
        &self.names[index(start)..index(self.ends[member.index()])]
    }

    pub(crate) fn referrer(&self, member: MemberNo) -> Option<MemberNo> {
        let referrer = self.referrers.get(member.index()).copied().unwrap_or(0);
        referrer.checked_sub(1).map(MemberNo)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = MemberNo> + use<> {
        (0..u32::try_from(self.rows.len()).unwrap_or(u32::MAX)).map(MemberNo)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.rows.len() * size_of::<Member>()
            + self.names.len()
            + (self.ends.len() + self.referrers.len()) * size_of::<u32>()
            + self.lookup.slots.len() * size_of::<[u32; 2]>()
    }
}

impl Lookup {
    /// What the table keeps of a hash.
    #[inline]
    #[expect(clippy::as_conversions, reason = "masked to 32 bits")]
    fn tag(hash: u64) -> u32 {
        hash as u32
    }

    #[inline]
    #[expect(clippy::as_conversions, reason = "a product of two 32-bit numbers, shifted below the length")]
    fn place(hash: u32, slots: usize) -> usize {
        ((u64::from(hash) * (slots as u64)) >> 32) as usize
    }

    fn insert(&mut self, hash: u32, number: u32, used: usize) {
        if used * 20 >= self.slots.len() * 17 {
            let target = (self.slots.len() + self.slots.len() / 2).max(16);
            let old = std::mem::replace(&mut self.slots, vec![[0; 2]; target]);
            for slot in old.into_iter().filter(|slot| slot[1] != 0) {
                self.put(slot);
            }
        }
        self.put([hash, number]);
    }

    fn put(&mut self, slot: [u32; 2]) {
        let mut at = Lookup::place(slot[0], self.slots.len());
        while self.slots[at][1] != 0 {
            at += 1;
            if at == self.slots.len() {
                at = 0;
            }
        }
        self.slots[at] = slot;
    }
}
