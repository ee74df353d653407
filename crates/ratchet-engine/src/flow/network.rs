//! The network's own commands and the ranks of a close: late binding, suspension, agents, shareholders (NET-1, NET-2,
//! COMM-4a, COMM-5a, RANK-2).

use super::withdraw::check_reason;
use crate::command::{AgentLevel, Region};
use crate::commission::TERRITORY_AGENTS_MAX;
use crate::dividend::WEIGHT_MILLIONTHS_MAX;
use crate::engine::Engine;
use crate::event::Event;
use crate::id::{Id, MemberNo, index};
use crate::plan::RegionalPlan;
use crate::rank::Counted;
use crate::region::Level;
use crate::rejection::Rejection;
use crate::slice::{Position, Step};

impl Engine {
    fn known_member(&self, member: &Id) -> Result<MemberNo, Rejection> {
        self.state.members.find(member.as_str()).ok_or(Rejection::MemberUnknown)
    }

    /// `member.bind`. Refuses: member_unknown, referrer_is_self, referrer_unknown, referrer_bound, referrer_not_older.
    pub(crate) fn bind(&mut self, member: &Id, referrer: &Id) -> Result<(), Rejection> {
        let number = self.known_member(member)?;
        if member == referrer {
            return Err(Rejection::ReferrerIsSelf);
        }
        let above = self.known_member(referrer).map_err(|_| Rejection::ReferrerUnknown)?;
        if self.state.members.referrer(number).is_some() {
            return Err(Rejection::ReferrerBound);
        }
        if above > number {
            return Err(Rejection::ReferrerNotOlder);
        }
        self.commit(Event::MemberBound { member: number, referrer: above });
        Ok(())
    }

    /// `member.suspend`. Refuses: member_unknown, member_state, reason_missing.
    pub(crate) fn suspend_member(&mut self, member: &Id, reason: &str) -> Result<(), Rejection> {
        let member = self.known_member(member)?;
        if self.state.network.is_suspended(member) {
            return Err(Rejection::MemberState);
        }
        check_reason(reason)?;
        self.commit(Event::MemberSuspended { member, reason: reason.to_owned() });
        Ok(())
    }

    /// `member.resume`. Refuses: member_unknown, member_state.
    pub(crate) fn resume_member(&mut self, member: &Id) -> Result<(), Rejection> {
        let member = self.known_member(member)?;
        if !self.state.network.is_suspended(member) {
            return Err(Rejection::MemberState);
        }
        self.commit(Event::MemberResumed { member });
        Ok(())
    }

    fn regional_plan(&self) -> Result<RegionalPlan, Rejection> {
        self.plan.commission.as_ref().and_then(|plan| plan.regional).ok_or(Rejection::NoAgents)
    }

    /// Whether orders need to know where they go.
    #[inline]
    pub(super) fn has_agents(&self) -> bool {
        self.regional_plan().is_ok()
    }

    /// `agent.appoint`. Refuses: member_unknown, limit_reached, no_agents, territory_unknown, territory_level, agent_exists.
    pub(crate) fn appoint_agent(
        &mut self,
        member: &Id,
        territory: Region,
        level: AgentLevel,
    ) -> Result<(), Rejection> {
        let member = self.known_member(member)?;
        let agents = self.state.commissions.agents(territory);
        if agents.len() >= TERRITORY_AGENTS_MAX {
            return Err(Rejection::LimitReached);
        }
        self.regional_plan()?;
        if !territory.is_known() {
            return Err(Rejection::TerritoryUnknown);
        }
        let form = match territory.level() {
            Level::District => AgentLevel::District,
            Level::City => AgentLevel::City,
            Level::Province => AgentLevel::Province,
        };
        if level != form {
            return Err(Rejection::TerritoryLevel);
        }
        if agents.contains(&member) {
            return Err(Rejection::AgentExists);
        }
        self.commit(Event::AgentAppointed { member, territory });
        Ok(())
    }

    /// `agent.dismiss`. Refuses: member_unknown, no_agents, agent_unknown.
    pub(crate) fn dismiss_agent(&mut self, member: &Id, territory: Region) -> Result<(), Rejection> {
        let member = self.known_member(member)?;
        self.regional_plan()?;
        if !self.state.commissions.agents(territory).contains(&member) {
            return Err(Rejection::AgentUnknown);
        }
        self.commit(Event::AgentDismissed { member, territory });
        Ok(())
    }

    /// `shareholder.set`. Refuses: member_unknown, limit_reached, no_dividend.
    pub(crate) fn set_shareholder(&mut self, member: &Id, weight_millionths: u64) -> Result<(), Rejection> {
        let member = self.known_member(member)?;
        if weight_millionths > WEIGHT_MILLIONTHS_MAX {
            return Err(Rejection::LimitReached);
        }
        if self.dividend_plan().is_none() {
            return Err(Rejection::NoDividend);
        }
        self.commit(Event::ShareholderSet { member, weight_millionths });
        Ok(())
    }

    /// RANK-2, NET-3: at the close of a day on which something settled, volumes are counted and ranks found.
    pub(super) fn close_volumes(&mut self) -> Step {
        if !self.state.volumes.settled_today {
            return Step::Next(Position::ValueRelease { next: 0 });
        }
        let from = self.state.volumes.counts_from(&self.plan, self.closing_day());
        self.commit(Event::VolumesCounted { from });
        self.state.volumes.keep_counted(None);
        Step::Next(Position::TeamVolumes)
    }

    /// What the count finds and no event has recorded yet.
    fn counted(&mut self) -> Counted {
        let network = &self.state.network;
        let (parent, rank) = (|at| network.parent(at), |at| network.rank_number(at));
        self.state.volumes.counted(self.state.seq, &self.plan, parent, rank)
    }

    /// Team volumes that are others than at the close before.
    pub(super) fn close_team_volumes(&mut self) -> Step {
        let mut counted = self.counted();
        let most = counted.teams.len().min(self.state.slice_members);
        let volumes: Vec<_> = counted.teams.drain(..most).collect();
        let is_done = counted.teams.is_empty();
        self.state.volumes.keep_counted(Some((self.state.seq + u64::from(!is_done), counted)));
        if !volumes.is_empty() {
            self.commit(Event::TeamVolumesCounted { volumes });
        }
        if is_done { Step::Next(Position::Purchases { next: 0 }) } else { Step::Pause(Position::TeamVolumes) }
    }

    /// NET-3: which members from this number on have bought by now, or no longer, where that decides who is qualified.
    pub(super) fn close_purchases(&mut self, next: u32) -> Step {
        let state = &self.state;
        if !state.network.asks_purchase() {
            return Step::Next(Position::Ranks);
        }
        let now = |member: MemberNo| state.volumes.has_bought(member.index());
        let all = state.members.iter().skip(index(next));
        let mut changed = all.filter(|member| state.network.has_bought(*member) != now(*member));
        let members: Vec<_> =
            changed.by_ref().take(state.slice_members).map(|member| (member, now(member))).collect();
        let next = changed.next();
        if !members.is_empty() {
            self.commit(Event::PurchasesCounted { members });
        }
        match next {
            Some(next) => {
                self.state.volumes.carry_counted(self.state.seq);
                Step::Pause(Position::Purchases { next: next.0 })
            }
            None => Step::Next(Position::Ranks),
        }
    }

    /// Ranks that were found to become others.
    pub(super) fn close_ranks(&mut self) -> Step {
        let mut counted = self.counted();
        let most = counted.ranks.len().min(self.state.slice_members);
        let changes: Vec<_> = counted.ranks.drain(..most).collect();
        let is_done = counted.ranks.is_empty();
        self.state.volumes.keep_counted((!is_done).then(|| (self.state.seq + 1, counted)));
        if !changes.is_empty() {
            // EMIT-3a: shares of the rank before are credited before it changes.
            for change in &changes {
                self.credit_accrued_emission(change.member);
            }
            self.commit(Event::RanksChanged { changes });
        }
        if is_done { Step::Next(Position::ValueRelease { next: 0 }) } else { Step::Pause(Position::Ranks) }
    }
}
