//! The referral network: who is below whom, which rank each member has, who is qualified, and for each member its
//! nearest uplines of higher rank (NET-1 to NET-3, COMM-2, COMM-3).
//!
//! A walk up the tree costs at most one step per rank: from a member it goes on to its nearest upline of a rank higher
//! than its own, because nobody between them can be higher. These pointers are no state: they follow from tree, ranks
//! and qualification, are set when a member joins, and are set anew for all members when one of the three changes
//! above members.

use crate::id::{MemberNo, index};
use crate::plan::{Plan, Qualified};
use crate::prefetch::prefetch;
use crate::snapshot::{Input, Layout, Snapshot, SnapshotError};
use crate::undo::{Column, Set, undo_fields};

/// No member.
const NONE: u32 = u32::MAX;

/// What makes a member qualified, and whether anybody is below it.
mod flag {
    pub(super) const SUSPENDED: u8 = 1;
    /// Own volume above zero at the last close of a day with a settlement (NET-3).
    pub(super) const BOUGHT: u8 = 2;
    pub(super) const HAS_REFERRALS: u8 = 4;
}

#[derive(Clone, Copy, Debug)]
struct Node {
    parent: u32,
    /// Nearest upline of a rank higher than the own effective rank.
    up_higher: u32,
    /// Nearest upline of the own effective rank or a higher one, of members with a rank.
    up_same: u32,
    depth: u32,
    /// Place in the plan + 1; 0 without rank.
    rank: u8,
    flags: u8,
}

const _: () = assert!(size_of::<Node>() == 20);

/// Of a node only what does not follow from other nodes: its pointers are set anew.
impl Snapshot for Node {
    fn layout(layout: &mut Layout) -> String {
        layout.named(module_path!(), "Node", |layout| {
            layout.field::<u32>("parent") + &layout.field::<u8>("rank") + &layout.field::<u8>("flags")
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.parent.write(out);
        out.extend_from_slice(&[self.rank, self.flags]);
    }

    fn read(input: &mut Input<'_>) -> Result<Node, SnapshotError> {
        let (parent, [rank, flags]) = (u32::read(input)?, input.take()?);
        Ok(Node { parent, up_higher: NONE, up_same: NONE, depth: 0, rank, flags })
    }
}

/// The network; without columns in a plan that has neither `[commission]` nor ranks.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    is_kept: bool,
    asks_purchase: bool,
    nodes: Column<Node>,
    /// How many members have exactly each rank, by place in the plan.
    rank_counts: Column<u32>,
    /// Something changed above members: pointers and depths are set anew before they are used.
    is_stale: bool,
    /// Who is suspended (NET-2), in every plan.
    suspended: Set<MemberNo>,
}

undo_fields!(Network {
    parts: nodes, rank_counts, suspended;
    derived_values: is_kept, asks_purchase, is_stale;
});

impl Network {
    pub(crate) fn new(plan: &Plan) -> Network {
        let qualified = plan.commission.as_ref().map_or(Qualified::Active, |plan| plan.qualified);
        Network {
            is_kept: plan.commission.is_some() || !plan.ranks.is_empty(),
            asks_purchase: qualified == Qualified::Purchased,
            nodes: Column::new(),
            rank_counts: Column::from(vec![0; plan.ranks.len()]),
            is_stale: false,
            suspended: Set::new(),
        }
    }

    /// The plan has so many ranks from now on, and asks a purchase of who is qualified, or not (AMEND-3).
    pub(crate) fn amend(&mut self, ranks: usize, asks_purchase: bool) {
        if self.rank_counts.len() != ranks {
            self.rank_counts.resize(ranks, 0);
        }
        if self.asks_purchase != asks_purchase {
            self.asks_purchase = asks_purchase;
            self.is_stale = true;
        }
    }

    /// Whether the plan needs it.
    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Makes room for so many more members.
    pub(crate) fn reserve(&mut self, more: usize) {
        if self.is_kept {
            self.nodes.reserve_exact(more);
        }
    }

    /// The next member joins (NET-1).
    #[inline]
    pub(crate) fn join(&mut self, referrer: Option<MemberNo>) {
        if !self.is_kept {
            return;
        }
        let at = self.nodes.len();
        self.nodes.push(Node { parent: NONE, up_higher: NONE, up_same: NONE, depth: 0, rank: 0, flags: 0 });
        if let Some(referrer) = referrer {
            self.hang(at, referrer);
        }
    }

    /// A member without referrer gets one (NET-1b).
    pub(crate) fn bind(&mut self, member: MemberNo, referrer: MemberNo) {
        if self.is_kept {
            self.hang(member.index(), referrer);
            self.changed(member);
        }
    }

    #[inline]
    fn hang(&mut self, at: usize, referrer: MemberNo) {
        let above = &mut self.nodes[referrer.index()];
        above.flags |= flag::HAS_REFERRALS;
        let depth = above.depth + 1;
        let node = &mut self.nodes[at];
        node.parent = referrer.0;
        node.depth = depth;
        self.point(at);
    }

    /// Who this member's pointers lead to changes, or what it is for those below it.
    fn changed(&mut self, member: MemberNo) {
        let at = member.index();
        if self.nodes[at].flags & flag::HAS_REFERRALS != 0 {
            self.is_stale = true;
        } else {
            self.point(at);
        }
    }

    pub(crate) fn is_suspended(&self, member: MemberNo) -> bool {
        self.suspended.contains(&member)
    }

    /// NET-2.
    pub(crate) fn set_suspended(&mut self, member: MemberNo, is: bool) {
        if is {
            self.suspended.insert(member);
        } else {
            self.suspended.remove(&member);
        }
        if self.is_kept {
            self.set_flag(member.index(), flag::SUSPENDED, is);
            if self.nodes[member.index()].rank != 0 {
                self.changed(member);
            }
        }
    }

    /// NET-3: whether members have to have bought to be qualified.
    pub(crate) fn asks_purchase(&self) -> bool {
        self.asks_purchase
    }

    /// NET-3: whether a member has bought, as the close of a day found it.
    pub(crate) fn set_bought(&mut self, member: MemberNo, bought: bool) {
        let at = member.index();
        self.set_flag(at, flag::BOUGHT, bought);
        self.is_stale |= self.nodes[at].rank != 0;
    }

    pub(crate) fn has_bought(&self, member: MemberNo) -> bool {
        self.nodes.get(member.index()).is_some_and(|node| node.flags & flag::BOUGHT != 0)
    }

    fn set_flag(&mut self, at: usize, flag: u8, is: bool) {
        let flags = &mut self.nodes[at].flags;
        *flags = if is { *flags | flag } else { *flags & !flag };
    }

    /// Place of a member's rank in the plan.
    #[inline]
    pub(crate) fn rank(&self, member: MemberNo) -> Option<usize> {
        let rank = self.nodes.get(member.index()).map_or(0, |node| node.rank);
        rank.checked_sub(1).map(usize::from)
    }

    /// Place of a member's rank + 1, by position; 0 without.
    #[inline]
    pub(crate) fn rank_number(&self, at: usize) -> u8 {
        self.nodes[at].rank
    }

    /// The referrer's position, if there is one.
    #[inline]
    pub(crate) fn parent(&self, at: usize) -> Option<usize> {
        let parent = self.nodes[at].parent;
        (parent != NONE).then_some(index(parent))
    }

    /// RANK-2: place + 1; 0 for no rank.
    pub(crate) fn set_rank(&mut self, member: MemberNo, rank: u8) {
        let before = std::mem::replace(&mut self.nodes[member.index()].rank, rank);
        if let Some(place) = before.checked_sub(1) {
            self.rank_counts[usize::from(place)] -= 1;
        }
        if let Some(place) = rank.checked_sub(1) {
            self.rank_counts[usize::from(place)] += 1;
        }
        self.is_stale = true;
    }

    /// How many members have exactly each rank, by place in the plan.
    pub(crate) fn rank_counts(&self) -> &[u32] {
        &self.rank_counts
    }

    /// NET-3: whether a member may earn now.
    #[inline]
    pub(crate) fn is_qualified(&self, member: MemberNo) -> bool {
        self.qualifies(&self.nodes[member.index()])
    }

    #[inline]
    fn qualifies(&self, node: &Node) -> bool {
        let asked = if self.asks_purchase { flag::BOUGHT } else { 0 };
        node.flags & (flag::SUSPENDED | asked) == asked
    }

    /// The rank that counts: who is not qualified counts as without (COMM-2).
    #[inline]
    fn effective(&self, node: &Node) -> u8 {
        if self.qualifies(node) { node.rank } else { 0 }
    }

    #[inline]
    pub(crate) fn referrer(&self, member: MemberNo) -> Option<MemberNo> {
        let parent = self.nodes[member.index()].parent;
        (parent != NONE).then_some(MemberNo(parent))
    }

    /// Brings pointers and depths up to date: of every member, from the oldest to the youngest, each in at most one step
    /// per rank from its referrer. Nothing if no member's changed.
    #[inline]
    pub(crate) fn refresh(&mut self) {
        if self.is_stale {
            self.point_all();
        }
    }

    /// Sets all pointers of a network that was read from a snapshot. `None` if it is no tree in which everybody stands below
    /// an earlier member.
    pub(crate) fn restore(&mut self) -> Option<()> {
        let is_older = |(at, node): (usize, &Node)| node.parent == NONE || index(node.parent) < at;
        self.nodes.iter().enumerate().all(is_older).then(|| self.point_all())
    }

    #[cold]
    fn point_all(&mut self) {
        self.is_stale = false;
        for at in 0..self.nodes.len() {
            let parent = self.nodes[at].parent;
            let depth = self.nodes.get(index(parent)).map_or(0, |above| above.depth + 1);
            if self.nodes[at].depth != depth {
                self.nodes[at].depth = depth;
            }
            self.point(at);
        }
    }

    /// Sets one member's pointers from its referrer's; while they are stale that comes later.
    #[inline]
    fn point(&mut self, at: usize) {
        if self.is_stale {
            return;
        }
        let (higher, same) = self.pointers(at);
        let node = &self.nodes[at];
        if (node.up_higher, node.up_same) != (higher, same) {
            let node = &mut self.nodes[at];
            (node.up_higher, node.up_same) = (higher, same);
        }
    }

    fn pointers(&self, at: usize) -> (u32, u32) {
        let node = &self.nodes[at];
        let own = self.effective(node);
        let higher = self.nearest(node.parent, own);
        (higher, own.checked_sub(1).map_or(NONE, |below| self.nearest(node.parent, below)))
    }

    /// From a member on, itself included, the nearest of a rank above this one.
    #[inline]
    fn nearest(&self, from: u32, above: u8) -> u32 {
        let mut at = from;
        while let Some(node) = self.nodes.get(index(at)) {
            if self.effective(node) > above {
                return at;
            }
            // A read does not bring pointers up to date: it goes step by step where they are old.
            at = if self.is_stale { node.parent } else { node.up_higher };
        }
        NONE
    }

    /// A member's uplines, near to far, each of a rank above all before it: what the walk of COMM-2 pays.
    /// Pointers must be fresh.
    #[inline]
    pub(crate) fn higher_uplines(&self, member: MemberNo) -> impl Iterator<Item = Upline> + '_ {
        debug_assert!(!self.is_stale, "refresh() before a walk");
        let first = self.nearest(self.nodes[member.index()].parent, 0);
        let mut next = self.nodes.get(index(first)).map(|node| (first, node));
        std::iter::from_fn(move || {
            let (at, node) = next?;
            next = self.nodes.get(index(node.up_higher)).map(|above| (node.up_higher, above));
            Some(self.upline(member, at, node))
        })
    }

    /// Above an upline with a rank, near to far: those of exactly its rank, until one is higher (COMM-3).
    #[inline]
    pub(crate) fn peers(&self, member: MemberNo, of: Upline) -> impl Iterator<Item = Upline> + '_ {
        let rank = self.effective(&self.nodes[of.member.index()]);
        let mut at = of.member.0;
        std::iter::from_fn(move || {
            at = self.nodes[index(at)].up_same;
            let node = self.nodes.get(index(at)).filter(|node| self.effective(node) == rank)?;
            Some(self.upline(member, at, node))
        })
    }

    #[inline]
    fn upline(&self, below: MemberNo, at: u32, node: &Node) -> Upline {
        // Depths may be old where a read walks: it does not ask for generations.
        let generation = self.nodes[below.index()].depth.saturating_sub(node.depth);
        Upline { member: MemberNo(at), rank: usize::from(self.effective(node)) - 1, generation }
    }

    /// The same as [`Network::higher_uplines`] with one member counted as without rank (MERCH-3); nobody in a plan without
    /// ranks.
    pub(crate) fn higher_uplines_without(&self, member: MemberNo, excluded: MemberNo) -> Vec<Upline> {
        let mut uplines = Vec::new();
        let first = self.nodes.get(member.index()).map_or(NONE, |node| node.parent);
        let (mut at, mut above) = (first, 0);
        loop {
            let found = self.nearest(at, above);
            let Some(node) = self.nodes.get(index(found)) else { return uplines };
            if found != excluded.0 {
                uplines.push(self.upline(member, found, node));
                above = self.effective(node);
            }
            at = node.parent;
        }
    }

    /// Asks for a member's node.
    #[inline]
    pub(crate) fn prefetch(&self, member: MemberNo) {
        prefetch(&self.nodes, member.index());
    }

    /// Asks for the node of a member's referrer.
    #[inline]
    pub(crate) fn prefetch_referrer(&self, member: MemberNo) {
        if let Some(node) = self.nodes.get(member.index()) {
            prefetch(&self.nodes, index(node.parent));
        }
    }

    /// Whether ranks are counted right, and every pointer is what it would be set to now, unless all will be set anew
    /// anyway.
    pub(crate) fn is_consistent(&self) -> bool {
        let mut counts = vec![0; self.rank_counts.len()];
        for place in self.nodes.iter().filter_map(|node| node.rank.checked_sub(1)) {
            counts[usize::from(place)] += 1;
        }
        if counts != self.rank_counts {
            return false;
        }
        let right = |at: usize| {
            let node = &self.nodes[at];
            let depth = self.nodes.get(index(node.parent)).map_or(0, |above| above.depth + 1);
            self.pointers(at) == (node.up_higher, node.up_same) && depth == node.depth
        };
        self.is_stale || (0..self.nodes.len()).all(right)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.nodes.len() * size_of::<Node>()
    }
}

/// An upline with a rank that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Upline {
    pub(crate) member: MemberNo,
    /// Place in the plan.
    pub(crate) rank: usize,
    /// From the buyer; 1 for its referrer.
    pub(crate) generation: u32,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Network, Upline};
    use crate::id::MemberNo;
    use crate::plan::Plan;

    fn network(qualified: &str) -> Network {
        let rank = |n: u32| format!("[[rank]]\nid = \"r{n}\"\nname = {{ zh = \"级\", en = \"R\" }}\n");
        let ranks: String = (1..5).map(rank).collect();
        let source = format!(
            "[programme]\nname = {{ zh = \"测\", en = \"T\" }}\n[split]\n[commission]\nqualified = \"{qualified}\"\n{ranks}"
        );
        Network::new(&Plan::parse("plan.toml", &source).unwrap_or_else(|errors| panic!("{errors}")))
    }

    /// Everything about the members the slow way: referrer, rank, suspended, bought.
    type Members = Vec<(Option<u32>, u8, bool, bool)>;

    fn rank(members: &Members, purchased: bool, at: u32) -> u8 {
        let (_, rank, suspended, bought) = members[crate::id::index(at)];
        if suspended || (purchased && !bought) { 0 } else { rank }
    }

    fn upline(members: &Members, of: u32) -> Vec<(u32, u32)> {
        let mut upline = Vec::new();
        let mut at = members[crate::id::index(of)].0;
        while let Some(above) = at {
            upline.push((above, u32::try_from(upline.len()).expect("few") + 1));
            at = members[crate::id::index(above)].0;
        }
        upline
    }

    /// COMM-2's walk over all ancestors.
    fn higher(members: &Members, purchased: bool, of: u32, without: Option<u32>) -> Vec<Upline> {
        let mut highest = 0;
        let mut found = Vec::new();
        for (at, generation) in upline(members, of) {
            let rank = if Some(at) == without { 0 } else { rank(members, purchased, at) };
            if rank > highest {
                highest = rank;
                found.push(Upline { member: MemberNo(at), rank: usize::from(rank) - 1, generation });
            }
        }
        found
    }

    /// COMM-3's: of exactly this rank, above, until one is higher.
    fn peers(members: &Members, purchased: bool, of: u32, earner: Upline) -> Vec<Upline> {
        let own = rank(members, purchased, earner.member.0);
        let above = upline(members, of).into_iter().filter(|(_, generation)| *generation > earner.generation);
        let until_higher = above.take_while(|(at, _)| rank(members, purchased, *at) <= own);
        let same = until_higher.filter(|(at, _)| rank(members, purchased, *at) == own);
        same.map(|(at, generation)| Upline { member: MemberNo(at), rank: usize::from(own) - 1, generation })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

        /// COMM-2, COMM-3, NET-1b, NET-2, NET-3: the walk by pointers is the walk over all ancestors, whatever happened to tree,
        /// ranks and qualification, and whenever pointers were set anew.
        #[test]
        fn the_walk_is_the_walk_over_all_ancestors(
            purchased in any::<bool>(),
            steps in prop::collection::vec((0_u8..8, any::<u32>(), any::<u32>()), 1..120),
        ) {
            let mut network = network(if purchased { "purchased" } else { "active" });
            let mut members: Members = Vec::new();
            for (step, a, b) in steps {
                let count = u32::try_from(members.len()).expect("few");
                match step {
                    0..4 => {
                        let referrer = Some(a % (count + 1)).filter(|at| *at < count);
                        network.join(referrer.map(MemberNo));
                        members.push((referrer, 0, false, false));
                    }
                    _ if count == 0 => {}
                    4 => {
                        let (member, above) = (a % count, b % count);
                        if members[crate::id::index(member)].0.is_none() && above < member {
                            network.bind(MemberNo(member), MemberNo(above));
                            members[crate::id::index(member)].0 = Some(above);
                        }
                    }
                    5 => {
                        let row = &mut members[crate::id::index(a % count)];
                        row.2 = !row.2;
                        network.set_suspended(MemberNo(a % count), row.2);
                    }
                    6 => {
                        let rank = u8::try_from(b % 5).expect("small");
                        members[crate::id::index(a % count)].1 = rank;
                        network.set_rank(MemberNo(a % count), rank);
                    }
                    _ => {
                        for (at, row) in members.iter_mut().enumerate() {
                            row.3 = a.rotate_left(u32::try_from(at).expect("few")) % 3 != 0;
                        }
                        for (member, row) in (0..).map(MemberNo).zip(&members) {
                            network.set_bought(member, row.3);
                        }
                    }
                }
                if b % 3 == 0 || members.is_empty() {
                    // Not looked at now: what changes meanwhile meets old pointers.
                    continue;
                }
                network.refresh();
                prop_assert!(network.is_consistent());
                let count = u32::try_from(members.len()).expect("few");
                for of in 0..count {
                    let found: Vec<Upline> = network.higher_uplines(MemberNo(of)).collect();
                    prop_assert_eq!(&found, &higher(&members, purchased, of, None));
                    for earner in found {
                        let same: Vec<Upline> = network.peers(MemberNo(of), earner).collect();
                        prop_assert_eq!(same, peers(&members, purchased, of, earner));
                    }
                    let without = b % count;
                    let found = network.higher_uplines_without(MemberNo(of), MemberNo(without));
                    prop_assert_eq!(found, higher(&members, purchased, of, Some(without)));
                }
            }
        }
    }
}
