//! Network, ranks and agents of the naive model (NET-1 … NET-3, RANK-1, RANK-2, COMM-4a, COMM-5a).

use super::Naive;
use crate::command::{AgentLevel, Region};
use crate::id::Id;
use crate::plan::{Qualified, VolumeKind};
use crate::rejection::Rejection;

/// Largest weight of a shareholder, in millionths.
const WEIGHT_MAX: u64 = 1_000_000_000_000;

/// The regions that random programs appoint agents for; all of them stand in GB/T 2260. Codes that do not are used to be
/// refused. (The engine ships the whole table; the model needs only what is sent to it.)
pub(crate) const TERRITORIES: [u32; 9] =
    [330_106, 330_102, 330_100, 330_000, 330_203, 330_200, 440_106, 440_100, 440_000];

/// A member that is agent of a territory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agent {
    pub(crate) member: usize,
    pub(crate) territory: Region,
}

impl Naive {
    /// COMM-4b: the province around an address stands in the table.
    pub(super) fn check_address(region: Option<Region>) -> Result<(), Rejection> {
        let known = |region: Region| region.province().unwrap_or(region).is_known();
        if region.is_none_or(known) { Ok(()) } else { Err(Rejection::TerritoryUnknown) }
    }

    /// NET-1b.
    pub(super) fn bind(&mut self, member: &Id, referrer: &Id) -> Result<(), Rejection> {
        let number = self.known_member(member)?;
        if member == referrer {
            return Err(Rejection::ReferrerIsSelf);
        }
        let above = self.known_member(referrer).map_err(|_| Rejection::ReferrerUnknown)?;
        if self.members[number].referrer.is_some() {
            return Err(Rejection::ReferrerBound);
        }
        if above > number {
            return Err(Rejection::ReferrerNotOlder);
        }
        if self.members.iter().any(|m| m.referrer == Some(number)) {
            self.corner("bound with members below");
        }
        self.members[number].referrer = Some(above);
        Ok(())
    }

    /// NET-2.
    pub(super) fn suspend(&mut self, member: &Id, reason: &str) -> Result<(), Rejection> {
        let number = self.known_member(member)?;
        if self.members[number].suspended {
            return Err(Rejection::MemberState);
        }
        check_reason(reason)?;
        self.members[number].suspended = true;
        Ok(())
    }

    /// NET-2.
    pub(super) fn resume(&mut self, member: &Id) -> Result<(), Rejection> {
        let number = self.known_member(member)?;
        if !self.members[number].suspended {
            return Err(Rejection::MemberState);
        }
        self.members[number].suspended = false;
        Ok(())
    }

    /// NET-3.
    pub(super) fn is_qualified(&self, member: usize) -> bool {
        let member = &self.members[member];
        let asked = self.plan.commission.as_ref().map_or(Qualified::Active, |plan| plan.qualified);
        match asked {
            Qualified::Active => !member.suspended,
            Qualified::Purchased => !member.suspended && member.had_bought,
        }
    }

    /// The upline, nearest first.
    pub(super) fn upline(&self, member: usize) -> Vec<usize> {
        let mut upline = Vec::new();
        let mut next = self.members[member].referrer;
        while let Some(above) = next {
            upline.push(above);
            next = self.members[above].referrer;
        }
        upline
    }

    pub(super) fn referrals(&self, member: usize) -> Vec<usize> {
        (0..self.members.len()).filter(|below| self.members[*below].referrer == Some(member)).collect()
    }

    /// Everybody below a member.
    fn below(&self, member: usize) -> Vec<usize> {
        let mut all = Vec::new();
        for referral in self.referrals(member) {
            all.push(referral);
            all.extend(self.below(referral));
        }
        all
    }

    // ---- agents and shareholders

    /// COMM-4a.
    pub(super) fn appoint(
        &mut self,
        member: &Id,
        territory: Region,
        level: AgentLevel,
    ) -> Result<(), Rejection> {
        let number = self.known_member(member)?;
        if !self.has_agents() {
            return Err(Rejection::NoAgents);
        }
        if !TERRITORIES.contains(&territory.code()) {
            return Err(Rejection::TerritoryUnknown);
        }
        let form = if territory.code().is_multiple_of(10_000) {
            AgentLevel::Province
        } else if territory.code().is_multiple_of(100) {
            AgentLevel::City
        } else {
            AgentLevel::District
        };
        if level != form {
            return Err(Rejection::TerritoryLevel);
        }
        if self.agents.iter().any(|agent| (agent.member, agent.territory) == (number, territory)) {
            return Err(Rejection::AgentExists);
        }
        self.agents.push(Agent { member: number, territory });
        Ok(())
    }

    /// COMM-4a.
    pub(super) fn dismiss(&mut self, member: &Id, territory: Region) -> Result<(), Rejection> {
        let number = self.known_member(member)?;
        if !self.has_agents() {
            return Err(Rejection::NoAgents);
        }
        let is_it = |agent: &Agent| (agent.member, agent.territory) == (number, territory);
        let at = self.agents.iter().position(is_it).ok_or(Rejection::AgentUnknown)?;
        self.agents.remove(at);
        Ok(())
    }

    fn has_agents(&self) -> bool {
        self.plan.commission.as_ref().is_some_and(|plan| plan.regional.is_some())
    }

    /// COMM-4: the qualified agents of district, city and province of an address, each level in order of
    /// appointment.
    pub(super) fn agents_at(&self, address: Option<Region>) -> [Vec<usize>; 3] {
        let Some(address) = address else {
            return [Vec::new(), Vec::new(), Vec::new()];
        };
        let code = address.code();
        let district = (code % 100 != 0).then_some(code);
        let city = (code % 10_000 >= 100).then_some(code / 100 * 100);
        let province = Some(code / 10_000 * 10_000);
        [district, city, province].map(|territory| {
            let here = self.agents.iter().filter(|agent| Some(agent.territory.code()) == territory);
            here.map(|agent| agent.member).filter(|member| self.is_qualified(*member)).collect()
        })
    }

    /// COMM-5a.
    pub(super) fn set_shareholder(&mut self, member: &Id, weight: u64) -> Result<(), Rejection> {
        let number = self.known_member(member)?;
        if weight > WEIGHT_MAX {
            return Err(Rejection::LimitReached);
        }
        if self.plan.commission.as_ref().is_none_or(|plan| plan.dividend.is_none()) {
            return Err(Rejection::NoDividend);
        }
        self.members[number].weight = weight;
        Ok(())
    }

    // ---- ranks

    /// Whether a day with a settlement needs a close (RANK-2, NET-3a).
    pub(super) fn counts_volumes(&self) -> bool {
        let purchased =
            self.versions[0].commission.as_ref().is_some_and(|plan| plan.qualified == Qualified::Purchased);
        // Volumes are counted as the plan of the beginning wants it.
        !self.versions[0].ranks.is_empty() || purchased
    }

    /// RANK-1: what each member bought: what is left of the bases of its settled lines, of those that settled on or after
    /// a local day.
    fn own_volumes(&self, since: Option<i64>) -> Vec<i128> {
        let mut volumes = vec![0; self.members.len()];
        for order in self.orders.iter().filter(|order| !self.excludes(order).commission) {
            for (day, base) in order.settled_bases() {
                if since.is_none_or(|since| day >= since) {
                    volumes[order.member] += base;
                }
            }
        }
        volumes
    }

    /// RANK-2: one pass from the youngest to the oldest at the close of a day on which something settled.
    pub(super) fn close_ranks(&mut self, day: i64) {
        let ever = self.own_volumes(None);
        for (member, bought) in self.members.iter_mut().zip(&ever) {
            member.had_bought = *bought > 0;
        }
        if self.plan.ranks.is_empty() {
            return;
        }
        let ranking = self.plan.ranking;
        // RANK-1a: the closing day is one of the last N.
        let since = ranking.window_days.map(|days| day - i64::from(days) + 1);
        let own = self.own_volumes(since);
        for member in (0..self.members.len()).rev() {
            let legs: Vec<Vec<usize>> = self
                .referrals(member)
                .into_iter()
                .map(|head| std::iter::once(head).chain(self.below(head)).collect())
                .collect();
            let leg_volumes: Vec<i128> =
                legs.iter().map(|leg| leg.iter().map(|member| own[*member]).sum()).collect();
            let mut counted: i128 = leg_volumes.iter().sum();
            if ranking.include_self {
                counted += own[member];
            }
            if ranking.volume == VolumeKind::SmallLegs {
                counted -= leg_volumes.iter().copied().max().unwrap_or(0);
            }
            let found = self.highest_rank(counted, &legs);
            let was = self.members[member].rank;
            let is = if ranking.demotion { found } else { was.max(found) };
            let before = self.members[member].team_volume;
            self.mark_rank_change(was, is, counted < before && since.is_some());
            self.members[member].team_volume = counted;
            self.members[member].rank = is;
        }
    }

    fn mark_rank_change(&mut self, was: Option<usize>, is: Option<usize>, volume_fell: bool) {
        if is > was && is.is_some_and(|rank| self.plan.ranks[rank].legs.is_some()) {
            self.corner("rank by legs");
        }
        if is < was {
            self.corner("demotion");
        }
        if volume_fell {
            self.corner("window passed");
        }
    }

    /// The highest rank whose own conditions hold.
    fn highest_rank(&self, volume: i128, legs: &[Vec<usize>]) -> Option<usize> {
        (0..self.plan.ranks.len()).rev().find(|rank| {
            let plan = &self.plan.ranks[*rank];
            let developed = plan.legs.is_none_or(|asked| {
                let has = |leg: &&Vec<usize>| leg.iter().any(|m| self.members[*m].rank >= Some(asked.rank));
                legs.iter().filter(has).count() >= usize::try_from(asked.count).expect("fits")
            });
            volume >= i128::from(plan.volume.minor()) && developed
        })
    }
}

/// A reason has 1 to 500 characters and is not blank (NET-2, WALLET-2).
pub(super) fn check_reason(reason: &str) -> Result<(), Rejection> {
    if reason.trim().is_empty() || reason.chars().count() > 500 {
        return Err(Rejection::ReasonMissing);
    }
    Ok(())
}
