//! Volumes and the pass that finds ranks (RANK-1, RANK-2).
//!
//! A referrer is always older than its members, so one pass from the youngest to the oldest member sees everybody below
//! a member before the member itself: volumes, largest legs, best ranks and developed legs are all known when it is
//! looked at. The pass is linear and touches, beside the member, only its referrer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::amount::Money;
use crate::id::{MemberNo, OrderNo};
use crate::plan::{Plan, Qualified, VolumeKind};
use crate::prefetch::prefetch;

/// How many members ahead the pass asks for a referrer's memory.
const AHEAD: usize = 24;

/// A change of rank with its evidence (RANK-2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Legs that contain each of the ranks that some rank asks for, those from the lowest to the highest.
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
    own: Vec<i64>,
    /// As counted at the last close.
    team: Vec<i64>,
    window: Option<Window>,
    scratch: Scratch,
}

/// RANK-1a: what settled on the last days.
#[derive(Clone, Debug, Default)]
struct Window {
    days: i64,
    /// By member, within the window.
    recent: Vec<i64>,
    /// What each day added and late refunds took from it.
    by_day: BTreeMap<i64, Vec<(MemberNo, i64)>>,
    /// Local day on which an order settled.
    settled_on: Vec<i32>,
}

/// What a pass needs of each member until it gets there; kept for the next pass, no part of the state.
#[derive(Debug, Default)]
struct Scratch {
    largest: Vec<i64>,
    best: Vec<u8>,
    legs: Vec<u32>,
    /// What the pass found, until the close takes it.
    found: Vec<RankChange>,
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
    /// Ranks (place + 1) that some rank asks for in legs, rising.
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
            window: window.map(|days| Window { days: i64::from(days), ..Window::default() }),
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

    /// A line settled today.
    pub(crate) fn settled(&mut self, member: MemberNo, base: Money, order: OrderNo, today: i64) {
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

    /// What stands in the window, by day; for the digest.
    pub(crate) fn window(&self) -> impl Iterator<Item = (i64, &[(MemberNo, i64)])> {
        let days = self.window.iter().flat_map(|window| &window.by_day);
        days.map(|(day, amounts)| (*day, amounts.as_slice()))
    }

    /// Whose rank the last count found to become another, in joining order.
    pub(crate) fn take_found(&mut self) -> Vec<RankChange> {
        std::mem::take(&mut self.scratch.found)
    }

    /// RANK-2: counts every member's team volume at the close of `day`, and finds whose rank becomes another. `parent` and
    /// `rank` (place + 1) are asked by position.
    pub(crate) fn count(
        &mut self,
        plan: &Plan,
        day: i64,
        parent: impl Fn(usize) -> Option<usize>,
        rank: impl Fn(usize) -> u8,
    ) {
        self.settled_today = false;
        if !self.counts_teams {
            return;
        }
        let members = self.own.len();
        if let Some(window) = &mut self.window {
            window.recent.resize(members, 0);
            window.pass(day);
        }
        let own = self.window.as_ref().map_or(&self.own, |window| &window.recent);
        let ladder = Ladder::new(plan);
        let small_legs = plan.ranking.volume == VolumeKind::SmallLegs;
        let asked = ladder.asked.len();
        let Scratch { largest, best, legs, found: changes } = &mut self.scratch;
        // The team column holds what is below a member until the pass gets to it.
        let team = &mut self.team;
        renew(team, members);
        renew(best, members);
        renew(largest, if small_legs { members } else { 0 });
        renew(legs, members * asked);
        changes.clear();
        for at in (0..members).rev() {
            if let Some(later) = at.checked_sub(AHEAD).and_then(&parent) {
                prefetch(team, later);
            }
            let below = team[at];
            let with_own = below + own[at];
            let mut counted = if plan.ranking.include_self { with_own } else { below };
            if small_legs {
                counted -= largest[at];
            }
            team[at] = counted;
            let own_legs = &legs[at * asked..(at + 1) * asked];
            let (was, found) = (rank(at), ladder.highest(counted, own_legs));
            let is = if plan.ranking.demotion { found } else { was.max(found) };
            if is != was {
                changes.push(RankChange {
                    member: MemberNo::at(at).expect("members have numbers"),
                    from: was,
                    to: is,
                    team_volume: Money::from_minor(counted).unwrap_or(Money::ZERO),
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
        changes.reverse();
    }

    pub(crate) fn bytes(&self) -> usize {
        let window = self.window.as_ref().map_or(0, |window| {
            window.recent.len() * size_of::<i64>()
                + window.settled_on.len() * size_of::<i32>()
                + window.by_day.values().map(|day| day.len() * size_of::<(MemberNo, i64)>()).sum::<usize>()
        });
        let scratch = &self.scratch;
        (self.own.len() + self.team.len() + scratch.largest.len()) * size_of::<i64>()
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
        self.by_day.entry(day).or_default().push((member, amount));
    }

    /// Days that are no longer among the last ones, `day` included, leave.
    fn pass(&mut self, day: i64) {
        let kept = self.by_day.split_off(&(day - self.days + 1));
        for amounts in std::mem::replace(&mut self.by_day, kept).into_values() {
            for (member, amount) in amounts {
                self.recent[member.index()] -= amount;
            }
        }
    }
}
