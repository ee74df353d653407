//! The chain 2+1: places in teams, and what a paid package earns for its inviter and the boss of the team (CHAIN-1 to CHAIN-3).
//!
//! The invite tree stands in `members` and never changes. The team tree is kept so that no step costs more the deeper it is:
//! who is boss of a team changes for a member only when it becomes boss itself, so each place knows its boss; and the recruits
//! of a member hang together on one node, so that handing all of them to another upline joins two nodes.

use crate::amount::{Money, Rounding, mul_div};
use crate::id::{MemberNo, index};
use crate::undo::{Column, undo_fields};

/// No member, no node.
const NONE: u32 = u32::MAX;

/// A member's role in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainRole {
    /// Boss of an own team.
    Boss,
    /// Agent in somebody's team.
    Agent,
}

impl ChainRole {
    /// The name in exports.
    pub fn name(self) -> &'static str {
        match self {
            ChainRole::Boss => "boss",
            ChainRole::Agent => "agent",
        }
    }
}

/// A member's place.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
struct Place {
    /// Boss of the team it is in; itself if it is one, `NONE` without a place.
    boss: u32,
    /// The node it hangs on with all others of the same upline; of a boss `NONE`.
    under: u32,
    /// The node on which those hang whose upline it is, once there are any.
    recruits: u32,
}

/// Recruits of one upline, or a part of them that joined others.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
struct Node {
    /// The node it was joined to; itself if to none.
    joined: u32,
    /// How many nodes were joined to it: the smaller is joined to the larger, so that no way is long.
    weight: u32,
    /// Whose recruits these are, and how many.
    upline: u32,
    members: u32,
}

/// Where a buyer of its first package goes (CHAIN-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NewPlace {
    /// Its upline, or it is boss of an own team.
    pub(crate) inviter: Option<MemberNo>,
    /// Boss of the team.
    pub(crate) boss: MemberNo,
}

/// All places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chain {
    /// By member, as far as anybody has one.
    places: Column<Place>,
    nodes: Column<Node>,
}

undo_fields!(Chain { parts: places, nodes; });

impl Chain {
    fn place(&self, member: MemberNo) -> Option<&Place> {
        self.places.get(member.index()).filter(|place| place.boss != NONE)
    }

    /// A member's role, if it has a place.
    pub(crate) fn role(&self, member: MemberNo) -> Option<ChainRole> {
        let place = self.place(member)?;
        Some(if place.boss == member.0 { ChainRole::Boss } else { ChainRole::Agent })
    }

    /// The boss of a member's team, if it has a place.
    pub(crate) fn boss(&self, member: MemberNo) -> Option<MemberNo> {
        self.place(member).map(|place| MemberNo(place.boss))
    }

    /// The upline of an agent.
    pub(crate) fn upline(&self, member: MemberNo) -> Option<MemberNo> {
        let place = self.place(member).filter(|place| place.under != NONE)?;
        Some(MemberNo(self.nodes[index(self.root(place.under))].upline))
    }

    /// How many have this member as their upline.
    pub(crate) fn recruits(&self, member: MemberNo) -> u32 {
        match self.place(member) {
            Some(place) if place.recruits != NONE => self.nodes[index(self.root(place.recruits))].members,
            Some(_) | None => 0,
        }
    }

    /// Where a member without a place would go that this one invited (CHAIN-1).
    pub(crate) fn place_for(&self, member: MemberNo, inviter: Option<MemberNo>) -> NewPlace {
        match inviter.and_then(|inviter| Some((inviter, self.boss(inviter)?))) {
            Some((inviter, boss)) => NewPlace { inviter: Some(inviter), boss },
            None => NewPlace { inviter: None, boss: member },
        }
    }

    fn root(&self, node: u32) -> u32 {
        let mut at = node;
        while self.nodes[index(at)].joined != at {
            at = self.nodes[index(at)].joined;
        }
        at
    }

    /// The node on which a member's recruits hang, made where there is none.
    fn recruits_node(&mut self, member: MemberNo) -> u32 {
        let node = self.places[member.index()].recruits;
        if node != NONE {
            return self.root(node);
        }
        let node = u32::try_from(self.nodes.len()).expect("fewer nodes than members");
        self.nodes.push(Node { joined: node, weight: 1, upline: member.0, members: 0 });
        self.places[member.index()].recruits = node;
        node
    }

    /// A member takes its place.
    pub(crate) fn enter(&mut self, member: MemberNo, upline: Option<MemberNo>, boss: MemberNo) {
        if self.places.len() <= member.index() {
            let none = Place { boss: NONE, under: NONE, recruits: NONE };
            self.places.resize(member.index() + 1, none);
        }
        let under = match upline {
            Some(upline) => {
                let node = self.recruits_node(upline);
                self.nodes[index(node)].members += 1;
                node
            }
            None => NONE,
        };
        self.places[member.index()] = Place { boss: boss.0, under, recruits: NONE };
    }

    /// CHAIN-2: an agent leaves its team; its recruits go to its upline, and it is boss of an own empty team.
    pub(crate) fn leave(&mut self, member: MemberNo) {
        let Place { under, recruits, .. } = self.places[member.index()];
        let above = self.root(under);
        self.nodes[index(above)].members -= 1;
        if recruits != NONE {
            self.join(above, self.root(recruits));
        }
        self.places[member.index()] = Place { boss: member.0, under: NONE, recruits: NONE };
    }

    /// Those on `from` are recruits of the upline of `to` from now on.
    fn join(&mut self, to: u32, from: u32) {
        let (upline, members) = (self.nodes[index(to)].upline, self.nodes[index(from)].members);
        let members = self.nodes[index(to)].members + members;
        let (large, small) = if self.nodes[index(to)].weight >= self.nodes[index(from)].weight {
            (to, from)
        } else {
            (from, to)
        };
        let weight = self.nodes[index(large)].weight + self.nodes[index(small)].weight;
        self.nodes[index(small)].joined = large;
        self.nodes[index(large)] = Node { joined: large, weight, upline, members };
    }

    /// Every member with a place, with role, upline and boss.
    pub(crate) fn all(&self) -> impl Iterator<Item = (MemberNo, ChainRole, Option<MemberNo>, MemberNo)> + '_ {
        let members = (0..self.places.len()).filter_map(MemberNo::at);
        members
            .filter_map(|member| Some((member, self.role(member)?, self.upline(member), self.boss(member)?)))
    }

    /// Each agent has an upline in its team, each boss none, and the counts of recruits are those of the uplines.
    pub(crate) fn is_consistent(&self) -> bool {
        let mut counts = vec![0; self.places.len()];
        for (member, role, upline, boss) in self.all() {
            match (role, upline) {
                (ChainRole::Boss, None) if boss == member => {}
                (ChainRole::Agent, Some(upline)) if self.boss(upline) == Some(boss) => {
                    counts[upline.index()] += 1;
                }
                (ChainRole::Boss | ChainRole::Agent, _) => return false,
            }
        }
        (0..self.places.len()).filter_map(MemberNo::at).all(|member| {
            let counted = counts.get(member.index()).copied().unwrap_or(0);
            self.recruits(member) == counted
        })
    }

    pub(crate) fn bytes(&self) -> usize {
        self.places.len() * size_of::<Place>() + self.nodes.len() * size_of::<Node>()
    }
}

/// CHAIN-3: what is left of bonuses when `left` is left of a base: each rounded down, so that what is rounded off stays
/// undistributed; the first one first, each at most what is left of the leg.
pub(crate) fn bonuses_on(bonuses: [Money; 2], base: Money, left: Money, leg: Money) -> [Money; 2] {
    let mut most = leg;
    bonuses.map(|bonus| {
        let part = mul_div(bonus.as_u128(), left.as_u128(), base.as_u128(), Rounding::Down)
            .and_then(Money::from_wide);
        let part = part.unwrap_or(Money::ZERO).min(most);
        most = most.saturating_sub(part);
        part
    })
}

#[cfg(test)]
mod tests {
    use super::{Chain, ChainRole, bonuses_on};
    use crate::amount::Money;
    use crate::id::MemberNo;

    /// The obvious slow model: an upline per member, walked and moved one by one.
    #[derive(Default)]
    struct Slow {
        /// `Some(None)` is a boss.
        upline: Vec<Option<Option<usize>>>,
    }

    impl Slow {
        fn boss(&self, member: usize) -> Option<usize> {
            let mut at = member;
            while let Some(above) = self.upline[at]? {
                at = above;
            }
            Some(at)
        }

        fn recruits(&self, member: usize) -> Vec<usize> {
            (0..self.upline.len()).filter(|other| self.upline[*other] == Some(Some(member))).collect()
        }

        fn buy(&mut self, buyer: usize, inviter: Option<usize>, quota: usize) {
            if self.upline[buyer].is_some() {
                return;
            }
            let Some(inviter) = inviter.filter(|inviter| self.upline[*inviter].is_some()) else {
                self.upline[buyer] = Some(None);
                return;
            };
            self.upline[buyer] = Some(Some(inviter));
            let recruits = self.recruits(inviter);
            if let (Some(Some(above)), true) = (self.upline[inviter], recruits.len() >= quota) {
                for recruit in recruits {
                    self.upline[recruit] = Some(Some(above));
                }
                self.upline[inviter] = Some(None);
            }
        }
    }

    fn member(number: usize) -> MemberNo {
        MemberNo::at(number).expect("few members")
    }

    fn buy(chain: &mut Chain, buyer: MemberNo, inviter: Option<MemberNo>, quota: u32) {
        if chain.role(buyer).is_some() {
            return;
        }
        let place = chain.place_for(buyer, inviter);
        chain.enter(buyer, place.inviter, place.boss);
        if let Some(inviter) = place.inviter
            && chain.role(inviter) == Some(ChainRole::Agent)
            && chain.recruits(inviter) >= quota
        {
            chain.leave(inviter);
        }
    }

    /// CHAIN-1, CHAIN-2: SPEC's walk with quota 2: the agent's two recruits stay with its boss, later ones are its own.
    #[test]
    fn two_recruits_and_out() {
        let mut chain = Chain::default();
        for (buyer, inviter) in
            [(0, None), (1, Some(0)), (2, Some(1)), (3, Some(1)), (4, Some(1)), (5, Some(3))]
        {
            buy(&mut chain, member(buyer), inviter.map(member), 2);
        }
        assert_eq!(chain.role(member(1)), Some(ChainRole::Boss));
        assert_eq!([2, 3].map(|m| chain.upline(member(m))), [Some(member(0)); 2]);
        assert_eq!(chain.upline(member(4)), Some(member(1)));
        assert_eq!(chain.boss(member(4)), Some(member(1)));
        assert_eq!((chain.upline(member(5)), chain.boss(member(5))), (Some(member(3)), Some(member(0))));
        assert!(chain.is_consistent());
    }

    /// Random referral trees, buyers in random order, quotas from 1 to 4: the same as the slow model after every purchase.
    #[test]
    fn places_are_those_of_the_slow_model() {
        let mut random: u64 = 7;
        let mut next = |below: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(random >> 33).expect("31 bits") % below
        };
        for quota in 1..=4 {
            for _ in 0..60 {
                let members = 2 + next(40);
                let mostly_deep = next(2) == 0;
                let inviters: Vec<Option<usize>> = (0..members)
                    .map(|at| match at {
                        0 => None,
                        at if mostly_deep && next(4) > 0 => Some(at - 1),
                        at => (next(8) > 0).then(|| next(at)),
                    })
                    .collect();
                let mut slow = Slow { upline: vec![None; members] };
                let mut chain = Chain::default();
                for _ in 0..members * 3 {
                    let buyer = next(members);
                    slow.buy(buyer, inviters[buyer], quota);
                    let small = u32::try_from(quota).expect("small");
                    buy(&mut chain, member(buyer), inviters[buyer].map(member), small);
                    for at in 0..members {
                        let upline = slow.upline[at].flatten().map(member);
                        assert_eq!(chain.upline(member(at)), upline);
                        assert_eq!(chain.boss(member(at)), slow.boss(at).map(member));
                        let recruits = u32::try_from(slow.recruits(at).len()).expect("few");
                        assert_eq!(chain.recruits(member(at)), recruits);
                    }
                    assert!(chain.is_consistent());
                }
            }
        }
    }

    /// No step costs more the deeper the chain is: 10⁵ members below each other, then a cascade of exits from the bottom up.
    #[test]
    fn a_deep_chain_is_fast() {
        const DEPTH: usize = 100_000;
        let mut chain = Chain::default();
        for at in 0..DEPTH {
            buy(&mut chain, member(at), at.checked_sub(1).map(member), 2);
        }
        assert_eq!(chain.boss(member(DEPTH - 1)), Some(member(0)));
        // The deepest inviters get a second recruit first: each hands a growing crowd to the one above.
        for (buyer, inviter) in (DEPTH..).zip((1..DEPTH - 1).rev()) {
            buy(&mut chain, member(buyer), Some(member(inviter)), 2);
        }
        assert!((1..DEPTH - 1).all(|at| chain.role(member(at)) == Some(ChainRole::Boss)));
        assert_eq!(chain.recruits(member(0)), u32::try_from(DEPTH - 1).expect("small"));
        assert!(chain.is_consistent());
    }

    /// CHAIN-3: within the leg, the direct bonus first; floor of the part that is left.
    #[test]
    fn bonuses_stay_within_the_leg() {
        let money = |minor| Money::from_minor(minor).expect("not negative");
        let on = |left, leg| bonuses_on([money(100), money(33)], money(1_000), money(left), money(leg));
        assert_eq!(on(1_000, 500), [money(100), money(33)]);
        assert_eq!(on(1_000, 120), [money(100), money(20)]);
        assert_eq!(on(1_000, 90), [money(90), money(0)]);
        assert_eq!(on(505, 500), [money(50), money(16)]);
        assert_eq!(on(0, 0), [money(0), money(0)]);
    }
}
