//! The network's own commands: late binding, suspension, agents, shareholders (NET-1, NET-2, COMM-4a, COMM-5a).

use crate::command::{AgentLevel, Region};
use crate::engine::Engine;
use crate::id::{Id, MemberNo};
use crate::rejection::Rejection;

impl Engine {
    fn known_member(&self, member: &Id) -> Result<MemberNo, Rejection> {
        self.state.members.find(member.as_str()).ok_or(Rejection::MemberUnknown)
    }

    /// `member.bind`. Refuses: member_unknown, referrer_is_self, referrer_unknown, referrer_bound, referrer_not_older.
    pub(crate) fn bind(&mut self, member: &Id, _referrer: &Id) -> Result<(), Rejection> {
        self.known_member(member)?;
        Err(Rejection::ReferrerBound)
    }

    /// `member.suspend`. Refuses: member_unknown, member_state, reason_missing.
    pub(crate) fn suspend_member(&mut self, member: &Id, _reason: &str) -> Result<(), Rejection> {
        self.known_member(member)?;
        Err(Rejection::MemberState)
    }

    /// `member.resume`. Refuses: member_unknown, member_state.
    pub(crate) fn resume_member(&mut self, member: &Id) -> Result<(), Rejection> {
        self.known_member(member)?;
        Err(Rejection::MemberState)
    }

    /// `agent.appoint`. Refuses: member_unknown, no_agents, territory_unknown, territory_level, agent_exists.
    pub(crate) fn appoint_agent(
        &mut self,
        member: &Id,
        _territory: Region,
        _level: AgentLevel,
    ) -> Result<(), Rejection> {
        self.known_member(member)?;
        Err(Rejection::NoAgents)
    }

    /// `agent.dismiss`. Refuses: member_unknown, no_agents, agent_unknown.
    pub(crate) fn dismiss_agent(&mut self, member: &Id, _territory: Region) -> Result<(), Rejection> {
        self.known_member(member)?;
        Err(Rejection::NoAgents)
    }

    /// `shareholder.set`. Refuses: member_unknown, limit_reached, no_dividend.
    pub(crate) fn set_shareholder(&mut self, member: &Id, _weight_millionths: u64) -> Result<(), Rejection> {
        self.known_member(member)?;
        Err(Rejection::NoDividend)
    }
}
