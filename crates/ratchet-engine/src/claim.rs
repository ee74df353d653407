//! Legacy claims: their approvals, and points that orders paid with them lock (CLAIM-1, CLAIM-2).

use crate::amount::{Money, Rounding, mul_div};
use crate::hash::Hash32;
use crate::id::{Id, LineNo, MemberNo, index};
use crate::ledger::scale;
use crate::plan::ClaimsPlan;
use crate::time::Timestamp;
use crate::undo::{Column, Table, undo_fields};

/// What the key of a grant stands for: it is no claim.
pub(crate) const GRANT: u32 = u32::MAX;

/// An imported claim.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Claim {
    pub(crate) id: Id,
    pub(crate) member: MemberNo,
    pub(crate) amount: Money,
    /// SHA-256 of what proves it.
    pub(crate) evidence: Hash32,
    /// Who imported it.
    pub(crate) by: Id,
    /// Who approved first.
    pub(crate) first: Option<Id>,
    /// Approved twice: it is in the member's account.
    pub(crate) booked: bool,
}

impl Claim {
    /// How many people have approved.
    pub(crate) fn approvals(&self) -> u32 {
        if self.booked { 2 } else { u32::from(self.first.is_some()) }
    }
}

/// Points of one line that are locked.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Lock {
    pub(crate) settled_at: Timestamp,
    /// In units after `exponent` splits.
    units: u128,
    exponent: u32,
}

impl Lock {
    pub(crate) fn units(&self, exponent: u32) -> u128 {
        scale(self.units, exponent - self.exponent)
    }

    /// Steps that have passed.
    pub(crate) fn steps(&self, plan: &ClaimsPlan, now: Timestamp) -> u32 {
        let days = (now.us() - self.settled_at.us()).div_euclid(86_400_000_000);
        let steps = days.div_euclid(i64::from(plan.stage_days.max(1)));
        u32::try_from(steps).map_or(plan.stages, |steps| steps.min(plan.stages))
    }

    /// When the step after so many comes; `None` past the end of time.
    pub(crate) fn step_at(&self, plan: &ClaimsPlan, steps: u32) -> Option<Timestamp> {
        let days = u64::from(plan.stage_days) * (u64::from(steps) + 1);
        self.settled_at.plus_days(u32::try_from(days).ok()?)
    }
}

/// CLAIM-2: of so many minted points, those that are locked after so many steps: free ones are rounded down.
pub(crate) fn locked_of(plan: &ClaimsPlan, minted: u128, steps: u32) -> u128 {
    let free = mul_div(minted, steps.into(), plan.stages.into(), Rounding::Down);
    minted.saturating_sub(free.unwrap_or(minted))
}

/// All claims, and the locks of lines that were paid with them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    list: Column<Claim>,
    /// Imported in all, approved or not.
    pub(crate) imported: Money,
    /// Approved, by member.
    approved: Table<MemberNo, Money>,
    locks: Table<(MemberNo, LineNo), Lock>,
}

undo_fields!(Claims { parts: list, approved, locks; values: imported; });

impl Claims {
    pub(crate) fn next(&self) -> Option<u32> {
        u32::try_from(self.list.len()).ok().filter(|number| *number != GRANT)
    }

    pub(crate) fn list(&self) -> &[Claim] {
        &self.list
    }

    pub(crate) fn get(&self, claim: u32) -> &Claim {
        &self.list[index(claim)]
    }

    pub(crate) fn import(&mut self, claim: Claim) {
        self.imported = self.imported.add_within_limit(claim.amount);
        self.list.push(claim);
    }

    pub(crate) fn approve(&mut self, claim: u32, by: &Id, booked: bool) {
        let claim = &mut self.list[index(claim)];
        claim.first.get_or_insert_with(|| by.clone());
        if booked {
            claim.booked = true;
            let sum = self.approved.entry(claim.member).or_insert(Money::ZERO);
            *sum = sum.add_within_limit(claim.amount);
        }
    }

    /// Claimants with what was approved, in joining order.
    pub(crate) fn claimants(&self) -> impl Iterator<Item = (MemberNo, Money)> + '_ {
        self.approved.iter().map(|(member, amount)| (*member, *amount))
    }

    /// Locks in the order of members and lines.
    pub(crate) fn locks(&self) -> impl Iterator<Item = (MemberNo, LineNo, &Lock)> {
        self.locks.iter().map(|((member, line), lock)| (*member, *line, lock))
    }

    pub(crate) fn lock(&self, member: MemberNo, line: LineNo) -> Option<&Lock> {
        self.locks.get(&(member, line))
    }

    /// What is locked of a member's points.
    pub(crate) fn locked(&self, member: MemberNo, exponent: u32) -> u128 {
        self.of(member).fold(0, |sum, (_, lock)| sum.saturating_add(lock.units(exponent)))
    }

    fn of(&self, member: MemberNo) -> impl Iterator<Item = (LineNo, &Lock)> {
        let lines = self.locks.range((member, LineNo(0))..=(member, LineNo(u32::MAX)));
        lines.map(|((_, line), lock)| (*line, lock))
    }

    /// A line that was paid in part with a claim has settled: what it mints is locked.
    pub(crate) fn begin(&mut self, member: MemberNo, line: LineNo, settled_at: Timestamp, exponent: u32) {
        self.locks.insert((member, line), Lock { settled_at, units: 0, exponent });
    }

    /// So much of a line is locked now. Past the last step there is nothing to keep.
    pub(crate) fn set(&mut self, member: MemberNo, line: LineNo, units: u128, exponent: u32, last: bool) {
        if last {
            self.locks.remove(&(member, line));
        } else if let Some(lock) = self.locks.get_mut(&(member, line)) {
            (lock.units, lock.exponent) = (units, exponent);
        }
    }

    /// CLAIM-2b: the points of a lot, or of all lots of a member, are gone: nothing of them is locked. The lines that locked
    /// something; they stay on record, for what mints later.
    pub(crate) fn empty(&mut self, member: MemberNo, lot: Option<LineNo>) -> Vec<LineNo> {
        let (first, last) = lot.map_or((LineNo(0), LineNo(u32::MAX)), |line| (line, line));
        let locks = self.locks.range((member, first)..=(member, last));
        let lines: Vec<LineNo> =
            locks.filter(|(_, lock)| lock.units != 0).map(|((_, line), _)| *line).collect();
        for line in &lines {
            if let Some(lock) = self.locks.get_mut(&(member, *line)) {
                lock.units = 0;
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::{Claims, Lock, locked_of};
    use crate::amount::Rate;
    use crate::id::{LineNo, MemberNo};
    use crate::plan::ClaimsPlan;
    use crate::time::Timestamp;

    const PLAN: ClaimsPlan = ClaimsPlan { share: Rate::ONE, stages: 3, stage_days: 30 };

    fn at(days: i64) -> Timestamp {
        Timestamp::from_us(days * 86_400_000_000).expect("in range")
    }

    /// CLAIM-2: 100 become free as 33, 66 and 100.
    #[test]
    fn points_become_free_in_stages() {
        let lock = Lock { settled_at: at(10), units: 100, exponent: 0 };
        let locked = |day| locked_of(&PLAN, 100, lock.steps(&PLAN, at(day)));
        assert_eq!([locked(10), locked(39), locked(40), locked(70), locked(99)], [100, 100, 67, 34, 34]);
        assert_eq!([locked(100), locked(4_000)], [0, 0]);
        assert_eq!(lock.step_at(&PLAN, 1), Some(at(70)));
    }

    /// CLAIM-2b: a lock goes with the points of its lot, and no other is touched.
    #[test]
    fn locks_go_with_their_lots() {
        let (member, mut claims) = (MemberNo(4), Claims::default());
        for (line, units) in [(3, 10), (7, 5), (9, 5)] {
            claims.begin(member, LineNo(line), at(0), 0);
            claims.set(member, LineNo(line), units, 0, false);
        }
        claims.begin(MemberNo(5), LineNo(8), at(0), 0);
        claims.set(MemberNo(5), LineNo(8), 6, 0, false);
        assert_eq!(claims.locked(member, 1), 20_000);
        assert_eq!(claims.empty(member, Some(LineNo(7))), [LineNo(7)]);
        assert_eq!(claims.empty(member, Some(LineNo(7))), []);
        let left: Vec<u128> = claims.locks().map(|(_, _, lock)| lock.units(1)).collect();
        assert_eq!(left, [10_000, 0, 5_000, 6_000]);
        claims.set(member, LineNo(9), 0, 1, true);
        assert_eq!(claims.locked(member, 1), 10_000);
        assert_eq!(claims.empty(member, None), [LineNo(3)]);
        assert_eq!(claims.locked(MemberNo(5), 0), 6);
    }
}
