//! Legacy claims: import and approval, grants, and the points of orders paid with them (CLAIM-1, CLAIM-2).

use crate::amount::{AMOUNT_MAX, Money, PROGRAMME_MONEY_MAX, Points, Rounding, mul_div};
use crate::claim::{GRANT, locked_of};
use crate::engine::Engine;
use crate::event::{ClaimImported, Event};
use crate::hash::Hash32;
use crate::id::{Id, LineNo, MemberNo, OrderNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::rejection::Rejection;

impl Engine {
    /// `claim.import`. Refuses: limit_reached, amount_not_positive, no_claims, member_unknown, claim_exists.
    pub(crate) fn import_claim(
        &mut self,
        id: &Id,
        member: &Id,
        amount: Money,
        evidence: Hash32,
        by: &Id,
    ) -> Result<(), Rejection> {
        let claim = self.state.claims.next().ok_or(Rejection::LimitReached)?;
        let imported = self.state.claims.imported.as_u128() + amount.as_u128();
        if amount.minor() > AMOUNT_MAX || imported > u128::from(PROGRAMME_MONEY_MAX.unsigned_abs()) {
            return Err(Rejection::LimitReached);
        }
        if amount.is_zero() {
            return Err(Rejection::AmountNotPositive);
        }
        if self.plan.claims.is_none() {
            return Err(Rejection::NoClaims);
        }
        let member = self.state.named_member(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        if self.find(KeyKind::Claim, id.as_str()).is_some() {
            return Err(Rejection::ClaimExists);
        }
        let (id, by) = (id.clone(), by.clone());
        self.commit(Event::ClaimImported(Box::new(ClaimImported {
            claim,
            id,
            member,
            amount,
            evidence,
            by,
        })));
        Ok(())
    }

    /// `claim.approve`. Refuses: no_claims, claim_unknown, claim_done, same_person.
    pub(crate) fn approve_claim(&mut self, id: &Id, by: &Id) -> Result<(), Rejection> {
        if self.plan.claims.is_none() {
            return Err(Rejection::NoClaims);
        }
        let claim = self.find(KeyKind::Claim, id.as_str()).filter(|number| *number != GRANT);
        let claim = claim.ok_or(Rejection::ClaimUnknown)?;
        let record = self.state.claims.get(claim);
        let (member, amount) = (record.member, i128::from(record.amount.minor()));
        if record.booked {
            return Err(Rejection::ClaimDone);
        }
        let has_acted = self.is_same_person(&record.by, by)
            || record.first.as_ref().is_some_and(|first| self.is_same_person(first, by));
        if has_acted || self.is_person_of(member, by) {
            return Err(Rejection::SamePerson);
        }
        let booked = record.first.is_some();
        if booked {
            self.post(Account::programme(AccountKind::ClaimsIssued), -amount);
            self.post(Account::member(AccountKind::MemberClaim, member), amount);
        }
        self.commit(Event::ClaimApproved { claim, by: by.clone(), booked });
        Ok(())
    }

    /// `claim.grant`. Refuses: limit_reached, points_not_positive, no_claims, no_pool, member_unknown, claim_exists,
    /// supply_is_zero, unbacked_grant.
    pub(crate) fn grant_points(
        &mut self,
        grant: &Id,
        member: &Id,
        points: Points,
        injection: Money,
    ) -> Result<(), Rejection> {
        let orders = &self.state.orders;
        let numbers = OrderNo::at(orders.order_count() + 1).zip(LineNo::at(orders.line_count() + 1));
        if injection.minor() > AMOUNT_MAX || numbers.is_none() || !self.has_room_for(injection) {
            return Err(Rejection::LimitReached);
        }
        let order = OrderNo::at(orders.order_count()).expect("room was checked");
        let line = LineNo::at(orders.line_count()).expect("room was checked");
        if points.is_zero() {
            return Err(Rejection::PointsNotPositive);
        }
        if self.plan.claims.is_none() {
            return Err(Rejection::NoClaims);
        }
        if self.plan.pool.is_none() {
            return Err(Rejection::NoPool);
        }
        self.check_open_for_new_business()?;
        let member = self.state.named_member(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        if self.find(KeyKind::Claim, grant.as_str()).is_some() {
            return Err(Rejection::ClaimExists);
        }
        let pair = self.state.pair();
        if pair.supply.is_zero() {
            return Err(Rejection::SupplyIsZero);
        }
        // A charge: rounds up, so that the price cannot fall. What needs more than 128 bits nobody can inject.
        let worth = mul_div(points.units(), pair.assets.as_u128(), pair.supply.units(), Rounding::Up);
        if worth.is_none_or(|worth| injection.as_u128() < worth) {
            return Err(Rejection::UnbackedGrant);
        }
        self.debit(AccountKind::Bank, injection);
        self.credit(AccountKind::PoolAssets, injection);
        let units =
            i128::try_from(points.units()).expect("an injection buys no more than 96 bits at any price");
        self.post(Account::programme(AccountKind::PointsIssued), -units);
        self.post(Account::member(AccountKind::MemberPoints, member), units);
        self.commit(Event::PointsGranted { grant: grant.clone(), order, line, member, points, injection });
        self.end_with_cascade();
        Ok(())
    }

    /// CLAIM-2: of what a line has just minted, what its steps have not made free yet is locked.
    pub(crate) fn lock_minted(&mut self, line: LineNo, member: MemberNo, points: Points) {
        let state = &self.state;
        let Some((plan, lock)) = self.plan_of_line(line).claims.as_ref().zip(state.claims.lock(member, line))
        else {
            return;
        };
        let earned = state.lot_earned(line);
        let steps = lock.steps(plan, state.now);
        let before = locked_of(plan, earned.saturating_sub(points.units()), steps);
        let points = Points::from_units(locked_of(plan, earned, steps).saturating_sub(before));
        if !points.is_zero() {
            let next = lock.step_at(plan, steps);
            self.commit(Event::PointsLocked { line, member, points, next });
        }
    }

    /// CLAIM-2b: locked points of a claim order's lot become free.
    pub(crate) fn free_stage(&mut self, line: LineNo) {
        let state = &self.state;
        let member = state.orders.order(state.orders.line(line).order).member;
        let (plan, lock) = self
            .plan_of_line(line)
            .claims
            .zip(state.claims.lock(member, line))
            .expect("a timer is set for a lock");
        let exponent = state.ledger.exponent();
        let locked = lock.units(exponent);
        let steps = lock.steps(&plan, state.now);
        let left = locked_of(&plan, state.lot_earned(line), steps).min(locked);
        let (last, next) = (steps >= plan.stages, lock.step_at(&plan, steps));
        let next = next.filter(|_| left != 0);
        let [freed, locked] = [locked - left, left].map(Points::from_units);
        self.commit(Event::PointsUnlocked { line, member, unlocked: freed, locked, last, next });
    }
}
