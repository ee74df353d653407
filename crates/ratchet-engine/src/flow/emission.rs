//! Value units and scheduled emission (EMIT-1 to EMIT-4).

use crate::amount::Points;
use crate::engine::Engine;
use crate::id::Id;
use crate::rejection::Rejection;

impl Engine {
    /// `emission.propose`. Refuses: member_unknown, points_not_positive, no_emission, issue_exists.
    pub(crate) fn propose_issue(
        &mut self,
        _issue: &Id,
        member: &Id,
        _points: Points,
        _actor: &Id,
    ) -> Result<(), Rejection> {
        self.state.members.find(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        Err(Rejection::NoEmission)
    }

    /// `emission.approve`. Refuses: same_person, no_emission, issue_unknown, issue_done, insufficient_reserve.
    pub(crate) fn approve_issue(&mut self, _issue: &Id, _actor: &Id) -> Result<(), Rejection> {
        Err(Rejection::NoEmission)
    }
}
