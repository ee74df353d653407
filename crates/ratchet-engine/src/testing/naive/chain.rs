//! The chain 2+1 of the naive model (CHAIN-1 … CHAIN-3).

use super::Naive;
use super::arithmetic::floor_share;
use super::orders::Order;
use crate::id::Id;
use crate::plan::ChainPlan;

/// A place in the team tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Boss,
    Agent { upline: usize },
}

/// Who a chain order's bonuses are for, as of its payment.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChainLaid {
    /// Inviter and boss; none for a package that earns nobody anything.
    pub(super) to: Option<(usize, usize)>,
    plan: ChainPlan,
    base: i128,
}

impl ChainLaid {
    /// CHAIN-3: for the inviter and for the boss, on what is left.
    pub(super) fn bonuses(&self, base_left: i128, leg: i128) -> [i128; 2] {
        let part = |bonus: crate::amount::Money| match self.base {
            0 => 0,
            base => floor_share(i128::from(bonus.minor()), base_left, base),
        };
        let direct = part(self.plan.direct_bonus).min(leg);
        [direct, part(self.plan.boss_bonus).min(leg - direct)]
    }
}

impl Naive {
    fn chain_of(&self, order: &Order) -> Option<ChainPlan> {
        self.promotion_of(order.campaign?).chain
    }

    /// CHAIN-1, CHAIN-2: at payment; what it records.
    pub(super) fn take_place(&mut self, number: usize) -> Option<ChainLaid> {
        let order = &self.orders[number];
        let plan = self.chain_of(order)?;
        let base = order.lines.iter().map(|line| line.cash).sum();
        let excluded = self.excludes(order).commission;
        let buyer = order.member;
        let laid = |to: Option<(usize, usize)>| Some(ChainLaid { to: to.filter(|_| !excluded), plan, base });
        if self.members[buyer].place.is_some() {
            self.corner("later package");
            return laid(None);
        }
        let inviter = self.members[buyer].referrer.filter(|inviter| self.members[*inviter].place.is_some());
        let Some(inviter) = inviter else {
            self.members[buyer].place = Some(Place::Boss);
            return laid(None);
        };
        let mut boss = inviter;
        while let Some(Place::Agent { upline }) = self.members[boss].place {
            boss = upline;
        }
        self.members[buyer].place = Some(Place::Agent { upline: inviter });
        if let Some(Place::Agent { upline }) = self.members[inviter].place {
            let of_inviter = Some(Place::Agent { upline: inviter });
            let recruits: Vec<usize> =
                (0..self.members.len()).filter(|m| self.members[*m].place == of_inviter).collect();
            if recruits.len() >= usize::try_from(plan.quota).expect("few") {
                for recruit in recruits {
                    self.members[recruit].place = Some(Place::Agent { upline });
                }
                self.members[inviter].place = Some(Place::Boss);
                self.corner("agent becomes boss");
            }
        }
        self.corner("agent of a chain");
        laid(Some((inviter, boss)))
    }

    /// Members that would take a place as agents now, for the random programs.
    pub(crate) fn next_agents(&self) -> Vec<Id> {
        let has_place = |member: usize| self.members.get(member).is_some_and(|member| member.place.is_some());
        let next = self.members.iter().filter(|m| m.place.is_none() && m.referrer.is_some_and(has_place));
        next.map(|member| member.id.clone()).collect()
    }

    /// Nobody is below itself in the team tree.
    pub(super) fn audit_chain(&self, problems: &mut Vec<String>) {
        for member in 0..self.members.len() {
            let (mut above, mut steps) = (member, 0);
            while let Some(Place::Agent { upline }) = self.members[above].place {
                (above, steps) = (upline, steps + 1);
                if steps > self.members.len() {
                    problems.push("the team tree has a circle".to_owned());
                    return;
                }
            }
        }
    }
}
