//! Scheduled emission: each day's issue, issues from the reserve, shares of ranks, the guide price (EMIT-2 to EMIT-4).

use std::ops::Range;
use std::sync::Arc;

use crate::amount::{Points, Rounding, mul_div};
use crate::engine::Engine;
use crate::event::{Event, RankShare};
use crate::id::{Id, MemberNo, index};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind, Points96};
use crate::plan::EmissionPlan;
use crate::rejection::Rejection;
use crate::release::part_of;
use crate::slice::{Position, Step};
use crate::time::Day;

impl Engine {
    /// `emission.propose`. Refuses: member_unknown, points_not_positive, no_emission, issue_exists.
    pub(crate) fn propose_issue(
        &mut self,
        issue: &Id,
        member: &Id,
        points: Points,
        actor: &Id,
    ) -> Result<(), Rejection> {
        let member = self.state.members.find(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        if points.is_zero() {
            return Err(Rejection::PointsNotPositive);
        }
        if self.plan.emission.is_none() {
            return Err(Rejection::NoEmission);
        }
        if self.find(KeyKind::Issue, issue.as_str()).is_some() {
            return Err(Rejection::IssueExists);
        }
        self.commit(Event::IssueProposed { issue: issue.clone(), by: actor.clone(), member, points });
        Ok(())
    }

    /// `emission.approve`. Refuses: same_person, no_emission, issue_unknown, issue_done, insufficient_reserve.
    pub(crate) fn approve_issue(&mut self, issue: &Id, actor: &Id) -> Result<(), Rejection> {
        if self.plan.emission.is_none() {
            return Err(Rejection::NoEmission);
        }
        let number = self.find(KeyKind::Issue, issue.as_str()).ok_or(Rejection::IssueUnknown)?;
        let record = &self.state.emission.issues[index(number)];
        let (member, points) = (record.member, record.points);
        if self.is_same_person(&record.by, actor) {
            return Err(Rejection::SamePerson);
        }
        if record.done {
            return Err(Rejection::IssueDone);
        }
        if points > self.state.emission.reserve {
            return Err(Rejection::InsufficientReserve);
        }
        self.post_emission(member, points.units());
        self.post_contra(AccountKind::EmissionIssued, points.units());
        self.commit(Event::IssueApproved { issue: issue.clone(), member, points });
        Ok(())
    }

    fn post_emission(&mut self, member: MemberNo, units: u128) {
        self.post(Account::member(AccountKind::MemberEmission, member), signed(units));
    }

    /// EMIT-3: the day's emission. `issued` went to the members before the one with this place among those who released value
    /// units.
    pub(super) fn issue_day(&mut self, next: u32, issued: Points) -> Step {
        let plan = Arc::clone(&self.plan);
        let (Some(emission), Some(begun)) = (&plan.emission, self.state.first_day) else {
            return self.end_day();
        };
        // A zone may leave a date out: what is scheduled for it is issued with the day before (TIME-3a).
        let days = self.closing_day().number()..self.today().number();
        let of_day = |day| self.state.emission.of_day(emission, begun, Day::from_number(day)).units();
        let amount = Points::from_units(days.map(of_day).sum());
        if amount.is_zero() {
            return self.end_day();
        }
        let to = (index(next) + self.state.slice_members).min(self.state.values.weights().0.len());
        let issued = issued.units() + self.share_among_members(emission, amount.units(), index(next)..to);
        if to < self.state.values.weights().0.len() {
            let next = u32::try_from(to).expect("fewer than members");
            return Step::Pause(Position::Emission { next, issued: Points::from_units(issued) });
        }
        let mut left = amount.units() - issued;
        let platform = part_of(amount.units(), emission.platform);
        left -= platform;
        let ranks = self.rank_shares(emission, amount.units());
        let to_ranks: u128 = ranks.iter().map(|share| share.each.units() * u128::from(share.members)).sum();
        left -= to_ranks;
        self.post(Account::programme(AccountKind::EmissionPlatform), signed(platform));
        self.post(Account::programme(AccountKind::EmissionAccrued), signed(to_ranks));
        self.post_contra(AccountKind::EmissionIssued, platform + to_ranks);
        let [platform, unissued] = [platform, left].map(Points::from_units);
        self.commit(Event::DailyEmissionIssued { amount, platform, ranks, unissued });
        self.end_day()
    }

    /// Shares out the members' part by weight, to some of them; says how much of it.
    fn share_among_members(&mut self, plan: &EmissionPlan, amount: u128, places: Range<usize>) -> u128 {
        let (weights, total) = self.state.values.weights();
        let pot = part_of(amount, plan.members);
        let shares = weights[places].iter().map(|(member, own)| (*member, share(pot, *own, total)));
        let members: Vec<_> = shares.filter(|(_, share)| *share != 0).collect();
        if members.is_empty() {
            return 0;
        }
        for (member, share) in &members {
            self.post_emission(*member, *share);
        }
        let issued = members.iter().map(|(_, share)| share).sum();
        self.post_contra(AccountKind::EmissionIssued, issued);
        let members = members.into_iter().map(|(member, share)| (member, Points::from_units(share)));
        self.commit(Event::EmissionDistributed { members: members.collect() });
        issued
    }

    /// Each rank's share, equally over the members of exactly that rank.
    fn rank_shares(&self, plan: &EmissionPlan, amount: u128) -> Vec<RankShare> {
        if plan.ranks.is_empty() {
            return Vec::new();
        }
        let counts = self.state.rank_counts();
        let shares = plan.ranks.iter().filter_map(|(rank, rate)| {
            let members = counts.get(*rank).copied().filter(|members| *members != 0)?;
            // Rounds down; the remainder stays unissued.
            let each = part_of(amount, *rate) / u128::from(members);
            Some(RankShare { rank: *rank, each: Points::from_units(each), members })
        });
        shares.filter(|share| !share.each.is_zero()).collect()
    }

    /// EMIT-3a: credits a member its shares of ranks. To be called, with no legs prepared, before its rank changes and
    /// before its points are spent.
    pub(crate) fn credit_accrued_emission(&mut self, member: MemberNo) {
        let points = self.state.emission_accrued(member);
        if points.is_zero() {
            return;
        }
        self.post_emission(member, points.units());
        self.post_contra(AccountKind::EmissionAccrued, points.units());
        self.commit(Event::EmissionCredited { member, points });
    }

    /// Takes units from an account of the programme: the contra side of what others get.
    pub(crate) fn post_contra(&mut self, kind: AccountKind, units: u128) {
        self.post(Account::programme(kind), -signed(units));
    }

    /// EMIT-4: emission points that these value units cost, at the guide price of the last close.
    pub(crate) fn guide_cost(&self, value: Points) -> Points {
        let plan = &self.plan;
        let decimals = plan.programme.currency.decimals;
        plan.emission
            .as_ref()
            .map_or(Points::ZERO, |emission| self.state.emission.guide_cost(value, emission, decimals))
    }

    /// A member's free emission points, shares of ranks not credited yet included (EMIT-3a).
    pub(crate) fn free_emission(&self, member: MemberNo) -> Points {
        let units = self.state.ledger.balance(Account::member(AccountKind::MemberEmission, member));
        Points::from_units(units.unsigned_abs() + self.state.emission_accrued(member).units())
    }

    /// Adds a leg of emission points.
    pub(crate) fn move_emission(&mut self, account: Account, points: Points, gains: bool) {
        let units =
            i128::try_from(points.units()).expect("emission points are limited by the schedule's cap");
        self.post(account, if gains { units } else { -units });
    }
}

/// `floor(pot · own ÷ total)`: rounds down; remainders stay unissued.
#[inline]
fn share(pot: u128, own: Points96, total: u128) -> u128 {
    mul_div(pot, own.units(), total, Rounding::Down).expect("a share is no more than the pot")
}

/// A quantity of points as a leg: they are below 10^24 units.
fn signed(units: u128) -> i128 {
    i128::try_from(units).expect("points of a schedule fit")
}
