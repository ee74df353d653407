//! Volumes and the pass that finds ranks (RANK-1, RANK-2).
//!
//! A referrer is always older than its members, so one pass from the youngest to the oldest member sees everybody below
//! a member before the member itself: volumes, largest legs, best ranks and developed legs are all known when it is
//! looked at. The pass is linear and touches, beside the member, only its referrer.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::amount::Money;
use crate::id::{MemberNo, OrderNo};
use crate::plan::{Plan, Qualified, VolumeKind};
use crate::prefetch::prefetch;
use crate::time::Day;
use crate::undo::{Column, Table, undo_fields};

/// How many members ahead the pass prefetches a referrer's row.
const AHEAD: usize = 24;

/// A change of rank with its evidence (RANK-2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ratchet_wire_derive::Wire)]
#[serde(deny_unknown_fields)]
pub struct RankChange {
    /// Whose.
    pub member: MemberNo,
    /// Place in the plan + 1; 0 without rank.
    pub from: u8,
    /// The same, from now on.
    pub to: u8,
    /// Team volume as it was counted.
    pub team_volume: Money,
    /// Legs that contain each of the ranks that some rank requires, those from the lowest to the highest.
    pub legs: Vec<u32>,
}

/// Own and team volumes; without columns in a plan that needs none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Volumes {
    is_kept: bool,
    counts_teams: bool,
    /// A line settled since the last close.
    pub(crate) settled_today: bool,
    /// Bases of settled lines less what was refunded late, all that ever settled.
    own: Column<i64>,
    /// As counted at the last close.
    team: Column<i64>,
    window: Option<Window>,
    scratch: Scratch,
}

undo_fields!(Volumes {
    parts: own, team, window;
    values: settled_today;
    derived_values: is_kept, counts_teams;
    caches: scratch;
});

/// RANK-1a: what settled on the last days.
#[derive(Clone, Debug, Default)]
struct Window {
    /// By member, within the window.
    recent: Column<i64>,
    /// What each day added and late refunds took from it.
    by_day: Table<i64, Vec<(MemberNo, i64)>>,
    /// Local day on which an order settled.
    settled_on: Column<i32>,
}

undo_fields!(Window { parts: recent, by_day, settled_on; });

/// What a pass needs of each member until it gets there; kept for the next pass, no part of the state.
#[derive(Default)]
struct Scratch {
    largest: Vec<i64>,
    best: Vec<u8>,
    legs: Vec<u32>,
    /// Team volumes as far as they are counted.
    team: Vec<i64>,
    /// What was counted and is not recorded yet, and for which entry.
    counted: Option<(u64, Counted)>,
}

/// What the close of a day found (RANK-2), in joining order.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    /// Members whose team volume is another than at the close before.
    pub(crate) teams: VecDeque<(MemberNo, Money)>,
    /// Members whose rank becomes another.
    pub(crate) ranks: VecDeque<RankChange>,
}

/// It is no state.
impl std::fmt::Debug for Scratch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Scratch")
    }
}

impl Clone for Scratch {
    fn clone(&self) -> Scratch {
        Scratch::default()
    }
}

/// The plan's ranks as the pass compares them.
struct Ladder {
    volumes: Vec<i64>,
    /// How many legs of which asked rank.
    legs: Vec<Option<(u32, usize)>>,
    /// Ranks (place + 1) that some rank requires in legs, rising.
    asked: Vec<u8>,
}

impl Ladder {
    fn new(plan: &Plan) -> Ladder {
        let number = |place: usize| u8::try_from(place + 1).expect("at most RANKS_MAX ranks");
        let mut asked: Vec<u8> =
            plan.ranks.iter().filter_map(|rank| rank.legs.map(|legs| number(legs.rank))).collect();
        asked.sort_unstable();
        asked.dedup();
        let legs = plan.ranks.iter().map(|rank| {
            let legs = rank.legs?;
            Some((legs.count, asked.iter().position(|asked| *asked == number(legs.rank))?))
        });
        let legs = legs.collect();
        Ladder { volumes: plan.ranks.iter().map(|rank| rank.volume.minor()).collect(), legs, asked }
    }

    /// The highest rank whose own conditions hold, as place + 1.
    fn highest(&self, volume: i64, legs: &[u32]) -> u8 {
        // Volumes never fall from one rank to the next.
        let reached = self.volumes.partition_point(|asked| *asked <= volume);
        let holds = |rank: &usize| match self.legs[*rank] {
            Some((count, of)) => legs.get(of).is_some_and(|found| *found >= count),
            None => true,
        };
        let found = (0..reached).rev().find(holds);
        found.map_or(0, |place| u8::try_from(place + 1).expect("at most RANKS_MAX ranks"))
    }
}

impl Volumes {
    pub(crate) fn new(plan: &Plan) -> Volumes {
        let purchased = plan.commission.as_ref().is_some_and(|plan| plan.qualified == Qualified::Purchased);
        let window = plan.ranking.window_days.filter(|_| !plan.ranks.is_empty());
        Volumes {
            is_kept: purchased || !plan.ranks.is_empty(),
            counts_teams: !plan.ranks.is_empty(),
            window: window.map(|_| Window::default()),
            ..Volumes::default()
        }
    }

    /// Whether a day with a settlement needs a close.
    #[inline]
    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept
    }

    pub(crate) fn join(&mut self) {
        if self.is_kept {
            self.own.push(0);
        }
    }

    /// Asks for a member's own volume.
    #[inline]
    pub(crate) fn prefetch(&self, member: MemberNo) {
        crate::prefetch::prefetch(&self.own, member.index());
    }

    /// A line settled today.
    pub(crate) fn settled(&mut self, member: MemberNo, base: Money, order: OrderNo, today: Day) {
        let today = today.number();
        self.settled_today = true;
        self.own[member.index()] += base.minor();
        if let Some(window) = &mut self.window {
            if window.settled_on.len() <= order.index() {
                window.settled_on.resize(order.index() + 1, 0);
            }
            window.settled_on[order.index()] =
                i32::try_from(today).expect("days of programmes are within 9999");
            window.add(today, member, base.minor());
        }
    }

    /// Part of a settled line was refunded: the day on which it settled is lowered, if it still counts.
    pub(crate) fn refunded(&mut self, member: MemberNo, cash: Money, order: OrderNo) {
        if !self.is_kept {
            return;
        }
        self.own[member.index()] -= cash.minor();
        if let Some(window) = &mut self.window {
            let day = window.settled_on.get(order.index()).copied().map_or(0, i64::from);
            if window.by_day.contains_key(&day) {
                window.add(day, member, -cash.minor());
            }
        }
    }

    /// All that a member ever bought.
    pub(crate) fn own(&self, member: MemberNo) -> Money {
        let own = self.own.get(member.index()).copied().unwrap_or(0);
        Money::from_minor(own).unwrap_or(Money::ZERO)
    }

    /// Whether a member has bought, by position.
    pub(crate) fn has_bought(&self, at: usize) -> bool {
        self.own[at] > 0
    }

    /// A member's team volume as counted at the last close.
    pub(crate) fn team(&self, member: MemberNo) -> Money {
        let team = self.team.get(member.index()).copied().unwrap_or(0);
        Money::from_minor(team).unwrap_or(Money::ZERO)
    }

    /// RANK-1a: the first day that counts at the close of `day`, where only the last days do.
    pub(crate) fn counts_from(&self, plan: &Plan, day: Day) -> Option<Day> {
        let days = plan.ranking.window_days.filter(|_| self.window.is_some())?;
        Some(day.plus(1 - i64::from(days)))
    }

    /// The close counted: what settled before `from` no longer counts.
    pub(crate) fn apply_counted(&mut self, from: Option<Day>) {
        self.settled_today = false;
        if let Some((window, from)) = self.window.as_mut().zip(from) {
            window.pass(from.number());
        }
    }

    /// Team volumes as they were counted.
    pub(crate) fn set_teams(&mut self, volumes: &[(MemberNo, Money)]) {
        if self.team.len() < self.own.len() {
            self.team.resize(self.own.len(), 0);
        }
        for (member, volume) in volumes {
            self.team[member.index()] = volume.minor();
        }
    }

    /// What the entry `seq` finds counted and not recorded: what the entry before kept for it, or counted again. Both are
    /// the same, because what is recorded is not found again.
    pub(crate) fn counted(
        &mut self,
        seq: u64,
        plan: &Plan,
        parent: impl Fn(usize) -> Option<usize>,
        rank: impl Fn(usize) -> u8,
    ) -> Counted {
        match self.scratch.counted.take() {
            Some((of, counted)) if of == seq => counted,
            _ => self.count(plan, parent, rank),
        }
    }

    /// Keeps what was counted and is not recorded yet, for this entry or the next.
    pub(crate) fn keep_counted(&mut self, counted: Option<(u64, Counted)>) {
        self.scratch.counted = counted;
    }

    /// Leaves what is kept for the entry `seq`, if anything is, to the next one.
    pub(crate) fn carry_counted(&mut self, seq: u64) {
        let kept = self.scratch.counted.take().filter(|(of, _)| *of == seq);
        self.scratch.counted = kept.map(|(of, counted)| (of + 1, counted));
    }

    /// RANK-2: what every member's team volume is now, and whose rank becomes another. `parent` and `rank` (place + 1) are
    /// asked by position. It changes nothing but its scratch memory.
    pub(crate) fn count(
        &mut self,
        plan: &Plan,
        parent: impl Fn(usize) -> Option<usize>,
        rank: impl Fn(usize) -> u8,
    ) -> Counted {
        let mut counted_now = Counted::default();
        if !self.counts_teams {
            return counted_now;
        }
        let members = self.own.len();
        let own = |at: usize| match &self.window {
            Some(window) => window.recent.get(at).copied().unwrap_or(0),
            None => self.own[at],
        };
        let ladder = Ladder::new(plan);
        let small_legs = plan.ranking.volume == VolumeKind::SmallLegs;
        let asked = ladder.asked.len();
        // The team column holds what is below a member until the pass gets to it.
        let Scratch { largest, best, legs, team, .. } = &mut self.scratch;
        renew(team, members);
        renew(best, members);
        renew(largest, if small_legs { members } else { 0 });
        renew(legs, members * asked);
        for at in (0..members).rev() {
            if let Some(later) = at.checked_sub(AHEAD).and_then(&parent) {
                prefetch(team, later);
            }
            let below = team[at];
            let with_own = below + own(at);
            let mut counted = if plan.ranking.include_self { with_own } else { below };
            if small_legs {
                counted -= largest[at];
            }
            let volume = Money::from_minor(counted).unwrap_or(Money::ZERO);
            if volume.minor() != self.team.get(at).copied().unwrap_or(0) {
                counted_now.teams.push_front((MemberNo::at(at).expect("members have numbers"), volume));
            }
            let own_legs = &legs[at * asked..(at + 1) * asked];
            let (was, found) = (rank(at), ladder.highest(counted, own_legs));
            let is = if plan.ranking.demotion { found } else { was.max(found) };
            if is != was {
                counted_now.ranks.push_front(RankChange {
                    member: MemberNo::at(at).expect("members have numbers"),
                    from: was,
                    to: is,
                    team_volume: volume,
                    legs: own_legs.to_vec(),
                });
            }
            let Some(above) = parent(at) else { continue };
            if with_own != 0 {
                team[above] += with_own;
                if small_legs {
                    largest[above] = largest[above].max(with_own);
                }
            }
            let best_here = best[at].max(is);
            if best_here != 0 {
                best[above] = best[above].max(best_here);
                for (of, asked_rank) in ladder.asked.iter().enumerate() {
                    legs[above * asked + of] += u32::from(best_here >= *asked_rank);
                }
            }
        }
        counted_now
    }

    pub(crate) fn bytes(&self) -> usize {
        let window = self.window.as_ref().map_or(0, |window| {
            window.recent.len() * size_of::<i64>()
                + window.settled_on.len() * size_of::<i32>()
                + window.by_day.values().map(|day| day.len() * size_of::<(MemberNo, i64)>()).sum::<usize>()
        });
        let scratch = &self.scratch;
        (self.own.len() + self.team.len() + scratch.largest.len() + scratch.team.len()) * size_of::<i64>()
            + scratch.best.len()
            + scratch.legs.len() * size_of::<u32>()
            + window
    }
}

/// All zeros, in the memory that is there.
fn renew<T: Clone + Default>(column: &mut Vec<T>, len: usize) {
    column.clear();
    column.resize(len, T::default());
}

impl Window {
    fn add(&mut self, day: i64, member: MemberNo, amount: i64) {
        if self.recent.len() <= member.index() {
            self.recent.resize(member.index() + 1, 0);
        }
        self.recent[member.index()] += amount;
        self.by_day.push_to(day, (member, amount));
    }

    /// Days before this one leave.
    fn pass(&mut self, first_kept: i64) {
        while self.by_day.first_key_value().is_some_and(|(day, _)| *day < first_kept) {
            let (_, amounts) = self.by_day.pop_first().unwrap_or_default();
            for (member, amount) in amounts {
                self.recent[member.index()] -= amount;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Volumes;
    use crate::amount::Money;
    use crate::id::{MemberNo, OrderNo};
    use crate::plan::{Plan, VolumeKind};

    fn plan(ranking: &str) -> Plan {
        let rank = |id: &str, volume: u32, legs: &str| {
            format!(
                "[[rank]]\nid = \"{id}\"\nname = {{ zh = \"级\", en = \"R\" }}\nvolume = \"{volume}\"\n{legs}\n"
            )
        };
        let ranks = [
            rank("a", 1, ""),
            rank("b", 2, ""),
            rank("c", 2, "legs = 2\nleg_rank = \"a\""),
            rank("d", 3, "legs = 1\nleg_rank = \"c\""),
            rank("e", 4, "legs = 2\nleg_rank = \"b\""),
        ];
        let source = format!(
            "[programme]\nname = {{ zh = \"测\", en = \"T\" }}\n[split]\n[ranking]\n{ranking}\n{}",
            ranks.concat()
        );
        Plan::parse("plan.toml", &source).unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// The definition: ranks from the youngest to the oldest, volumes by looking at everybody below.
    fn naive(plan: &Plan, parents: &[Option<usize>], own: &[i64], was: &[u8]) -> (Vec<i64>, Vec<u8>) {
        let below = |top: usize| -> Vec<usize> {
            let is_below = |member: &usize| {
                let mut at = Some(*member);
                while let Some(here) = at {
                    if here == top {
                        return true;
                    }
                    at = parents[here];
                }
                false
            };
            (0..parents.len()).filter(is_below).collect()
        };
        let (mut volumes, mut ranks) = (vec![0; parents.len()], was.to_vec());
        for member in (0..parents.len()).rev() {
            let heads = (0..parents.len()).filter(|head| parents[*head] == Some(member));
            let legs: Vec<Vec<usize>> = heads.map(below).collect();
            let leg_volumes: Vec<i64> = legs.iter().map(|leg| leg.iter().map(|at| own[*at]).sum()).collect();
            let mut volume: i64 = leg_volumes.iter().sum();
            if plan.ranking.include_self {
                volume += own[member];
            }
            if plan.ranking.volume == VolumeKind::SmallLegs {
                volume -= leg_volumes.iter().max().copied().unwrap_or(0);
            }
            let holds = |rank: &usize| {
                let asked = &plan.ranks[*rank];
                let developed =
                    |leg: &&Vec<usize>, of: usize| leg.iter().any(|at| usize::from(ranks[*at]) > of);
                volume >= asked.volume.minor()
                    && asked.legs.is_none_or(|asked| {
                        let count = legs.iter().filter(|leg| developed(leg, asked.rank)).count();
                        count >= crate::id::index(asked.count)
                    })
            };
            let found = (0..plan.ranks.len())
                .rev()
                .find(holds)
                .map_or(0, |rank| u8::try_from(rank + 1).expect("few"));
            volumes[member] = volume;
            ranks[member] = if plan.ranking.demotion { found } else { found.max(was[member]) };
        }
        (volumes, ranks)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

        /// RANK-1, RANK-1a, RANK-2: one pass finds what the definition says, over several days with settlements and late refunds,
        /// with every option.
        #[test]
        fn one_pass_is_the_definition(
            small in any::<bool>(), include_self in any::<bool>(), demotion in any::<bool>(), window in prop::option::of(1_i64..4),
            parents in prop::collection::vec(any::<prop::sample::Index>(), 1..40),
            days in prop::collection::vec(
                prop::collection::vec((any::<prop::sample::Index>(), 0_i64..300, 0_i64..500, any::<prop::sample::Index>()), 0..12),
                1..6,
            ),
        ) {
            let kind = if small { "small_legs" } else { "team" };
            let days_kept = window.map_or(String::new(), |days| format!("window_days = {days}\n"));
            let plan = plan(&format!(
                "volume = \"{kind}\"\ninclude_self = {include_self}\ndemotion = {demotion}\n{days_kept}"
            ));
            // A parent is older; the last choice is none.
            let parents: Vec<Option<usize>> = parents
                .iter()
                .enumerate()
                .map(|(at, parent)| Some(parent.index(at + 1)).filter(|parent| *parent < at))
                .collect();
            let mut volumes = Volumes::new(&plan);
            parents.iter().for_each(|_| volumes.join());
            let mut ranks = vec![0; parents.len()];
            // Settled orders: member, day, what is left.
            let mut orders: Vec<(usize, i64, i64)> = Vec::new();
            let money = |minor: i64| Money::from_minor(minor).expect("not negative");
            for (day, steps) in (20_000..).zip(&days) {
                for (member, base, refund, of) in steps {
                    let member = member.index(parents.len());
                    let number = |at: usize| u32::try_from(at).expect("few");
                    let today = crate::time::Day::from_number(day);
                    volumes.settled(MemberNo(number(member)), money(*base), OrderNo(number(orders.len())), today);
                    orders.push((member, day, *base));
                    let at = of.index(orders.len());
                    let (owner, _, left) = &mut orders[at];
                    let cash = (*refund).min(*left);
                    *left -= cash;
                    volumes.refunded(MemberNo(number(*owner)), money(cash), OrderNo(number(at)));
                }
                let mut own = vec![0; parents.len()];
                for (member, settled, left) in &orders {
                    if window.is_none_or(|days| *settled > day - days) {
                        own[*member] += left;
                    }
                }
                let (expected, new) = naive(&plan, &parents, &own, &ranks);
                volumes.apply_counted(volumes.counts_from(&plan, crate::time::Day::from_number(day)));
                let super::Counted { mut teams, ranks: changes } =
                    volumes.count(&plan, |at| parents[at], |at| ranks[at]);
                let teams = teams.make_contiguous();
                prop_assert!(teams.is_sorted_by_key(|(member, _)| *member));
                prop_assert!(teams.iter().all(|(member, volume)| volumes.team(*member) != *volume));
                volumes.set_teams(teams);
                let mut found = ranks.clone();
                for change in &changes {
                    let at = change.member.index();
                    prop_assert_eq!(change.from, found[at]);
                    prop_assert_ne!(change.from, change.to);
                    prop_assert_eq!(change.team_volume.minor(), expected[at]);
                    found[at] = change.to;
                }
                prop_assert!(changes.iter().is_sorted_by_key(|change| change.member));
                prop_assert_eq!(&found, &new);
                let counted: Vec<i64> =
                    (0..).take(parents.len()).map(|at| volumes.team(MemberNo(at)).minor()).collect();
                prop_assert_eq!(counted, expected);
                ranks = found;
            }
        }
    }
}
