//! Legacy claims of the naive model, and the points that they lock (CLAIM-1, CLAIM-2).

use super::Naive;
use super::arithmetic::{floor_ratio, wide};
use super::pool::Lot;
use super::timers::Alarm;
use crate::id::Id;
use crate::rejection::Rejection;
use crate::time::DAY_US;

/// An imported claim.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) member: usize,
    pub(crate) importer: Id,
    pub(crate) approvers: Vec<Id>,
    amount: i128,
}

impl Naive {
    fn has_claims(&self) -> Result<(), Rejection> {
        if self.plan.claims.is_none() { Err(Rejection::NoClaims) } else { Ok(()) }
    }

    fn claim_id_used(&self, id: &Id) -> bool {
        self.claims.contains_key(id) || self.grants.contains(id)
    }

    /// CLAIM-1.
    pub(super) fn import_claim(
        &mut self,
        actor: &Id,
        id: &Id,
        member: &Id,
        amount: i128,
    ) -> Result<(), Rejection> {
        if amount == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        self.has_claims()?;
        let member = self.known_member(member)?;
        if self.claim_id_used(id) {
            return Err(Rejection::ClaimExists);
        }
        let claim = Claim { member, importer: actor.clone(), approvers: Vec::new(), amount };
        self.claims.insert(id.clone(), claim);
        Ok(())
    }

    /// CLAIM-1.
    pub(super) fn approve_claim(&mut self, actor: &Id, id: &Id) -> Result<(), Rejection> {
        self.has_claims()?;
        let claim = self.claims.get(id).ok_or(Rejection::ClaimUnknown)?;
        if claim.approvers.len() == 2 {
            return Err(Rejection::ClaimDone);
        }
        let mut concerned = vec![claim.importer.clone(), self.members[claim.member].id.clone()];
        concerned.extend(claim.approvers.iter().cloned());
        if concerned.iter().any(|person| self.one_person(person, actor)) {
            return Err(Rejection::SamePerson);
        }
        let claim = self.claims.get_mut(id).expect("it was found");
        claim.approvers.push(actor.clone());
        if claim.approvers.len() == 2 {
            let (member, amount) = (claim.member, claim.amount);
            self.members[member].claim += amount;
        }
        Ok(())
    }

    /// CLAIM-2a.
    pub(super) fn grant_points(
        &mut self,
        id: &Id,
        member: &Id,
        points: u128,
        injection: i128,
    ) -> Result<(), Rejection> {
        if points == 0 {
            return Err(Rejection::PointsNotPositive);
        }
        self.has_claims()?;
        if self.plan.pool.is_none() {
            return Err(Rejection::NoPool);
        }
        self.not_winding_down()?;
        let member = self.known_member(member)?;
        if self.claim_id_used(id) {
            return Err(Rejection::ClaimExists);
        }
        if self.supply == 0 {
            return Err(Rejection::SupplyIsZero);
        }
        if wide(injection) < self.worth_of(points) {
            return Err(Rejection::UnbackedGrant);
        }
        self.grants.insert(id.clone());
        self.bank += injection;
        self.assets += injection;
        self.injected += injection;
        self.supply += points;
        self.members[member].points += points;
        self.lots.push(Lot {
            member,
            line: None,
            age: self.next_mint,
            minted: points,
            remaining: points,
            clawback_total: 0,
            realised: 0,
            cap_base: 0,
            locked: 0,
        });
        self.next_mint += 1;
        self.corner("points granted");
        self.cascade(None);
        self.split_while_high();
        Ok(())
    }

    // ---- locked points

    pub(super) fn locked_points(&self, member: usize) -> u128 {
        self.lots.iter().filter(|lot| lot.member == member).map(|lot| lot.locked).sum()
    }

    /// CLAIM-2b: a part that a line partly paid with a claim mints now.
    pub(super) fn lock_minted(&mut self, order: usize, position: usize, points: u128) {
        let Some(plan) = self.plan_of(order).claims.filter(|_| self.orders[order].lines[position].claim > 0)
        else {
            return;
        };
        let lot = self.last_lot(order, position).expect("it has just minted");
        let passed = self.steps_passed(order, position).min(plan.stages);
        let free = |minted: u128| floor_ratio(&[minted, u128::from(passed)], &[u128::from(plan.stages)]);
        // What the whole lot has locked after it, less what it had.
        let minted = self.lots[lot].earned();
        let freed = free(minted) - free(minted - points);
        self.lots[lot].locked += points - freed;
        self.watch_stage(order, position);
    }

    /// CLAIM-2b: a lock ends where the points of its lot end.
    pub(super) fn lock_at_most(&mut self, lot: usize, most: u128) {
        if self.lots[lot].locked <= most {
            return;
        }
        self.corner("locked points taken");
        self.lots[lot].locked = most;
        let (order, position) = self.lots[lot].line.expect("granted points are free");
        self.watch_stage(order, position);
    }

    /// CLAIM-2: after a late refund a lot is locked as a smaller order's would be.
    pub(super) fn lock_like_a_smaller_order(&mut self, order: usize, position: usize) {
        let (Some(plan), Some(lot)) = (self.plan_of(order).claims, self.last_lot(order, position)) else {
            return;
        };
        let passed = self.steps_passed(order, position).min(plan.stages);
        let minted = self.lots[lot].earned();
        let free = floor_ratio(&[minted, u128::from(passed)], &[u128::from(plan.stages)]);
        self.lock_at_most(lot, (minted - free).min(self.lots[lot].remaining));
    }

    fn step_us(&self, order: usize) -> i64 {
        self.plan_of(order).claims.map_or(1, |plan| i64::from(plan.stage_days)) * DAY_US
    }

    fn steps_passed(&self, order: usize, position: usize) -> u32 {
        let since = self.now - self.settled_at(order, position);
        u32::try_from(since / self.step_us(order)).unwrap_or(u32::MAX)
    }

    /// The alarm of a line's next step, as long as something of it is locked.
    fn watch_stage(&mut self, order: usize, position: usize) {
        let alarm = Alarm::Stage { order, line: position };
        let locked = self.last_lot(order, position).map_or(0, |lot| self.lots[lot].locked);
        let next = i64::from(self.steps_passed(order, position)) + 1;
        let at = self.settled_at(order, position) + next * self.step_us(order);
        if locked == 0 {
            self.cancel_alarm(alarm);
        } else {
            self.set_alarm(alarm, at);
        }
    }

    /// CLAIM-2: the next step of a line.
    pub(super) fn next_stage(&mut self, order: usize, position: usize) {
        let plan = self.plan_of(order).claims.expect("only plans with claims lock points");
        let passed = self.steps_passed(order, position).min(plan.stages);
        let number = self.last_lot(order, position).expect("only lots with points have steps");
        let lot = &mut self.lots[number];
        let free = floor_ratio(&[lot.earned(), u128::from(passed)], &[u128::from(plan.stages)]);
        lot.locked = lot.locked.min(lot.earned() - free);
        self.corner("points unlocked");
        self.watch_stage(order, position);
    }

    pub(super) fn claim_numbers(&self, put: &mut impl FnMut(String, i128)) {
        put("accounts.claims_issued".to_owned(), self.members.iter().map(|member| member.claim).sum());
        for (id, claim) in &self.claims {
            put(format!("claims.{id}"), i128::try_from(claim.approvers.len()).expect("two") + 1);
        }
    }
}
