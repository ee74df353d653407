//! Shares: windows in which points are taken for them, what members committed, lock-up and vesting (EQUITY-1 to EQUITY-3).

use crate::amount::{Points, Rounding, mul_div};
use crate::id::{Id, MemberNo, index};
use crate::ledger::scale;
use crate::plan::EquityPlan;
use crate::time::Timestamp;
use crate::undo::{Column, Table, undo_fields};

/// Most shares that are ever offered and allotted.
pub const SHARES_MAX: u64 = 1_000_000_000_000_000;

/// Microseconds of a day of 86,400 s.
const DAY_US: i64 = 86_400_000_000;

/// A wish for shares.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Commitment {
    pub(crate) member: MemberNo,
    /// In units after `exponent` splits.
    units: u128,
    exponent: u32,
}

impl Commitment {
    /// In units after so many splits.
    pub(crate) fn units(&self, exponent: u32) -> u128 {
        scale(self.units, exponent - self.exponent)
    }
}

/// A window.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Window {
    pub(crate) id: Id,
    pub(crate) shares: u32,
    /// For one share, in units after `exponent` splits.
    price: u128,
    exponent: u32,
    pub(crate) closes_at: Timestamp,
    /// In the order in which they were made; none once it is closed.
    /// Shares issued, once it is closed.
    pub(crate) issued: Option<u32>,
}

impl Window {
    /// Units for one share, after so many splits.
    pub(crate) fn price(&self, exponent: u32) -> u128 {
        scale(self.price, exponent - self.exponent)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.issued.is_none()
    }
}

/// Shares somebody got at one moment.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct ShareLot {
    pub(crate) member: MemberNo,
    pub(crate) shares: u32,
    pub(crate) at: Timestamp,
}

/// All windows, commitments and shares.
#[derive(Clone, Debug, Default)]
pub(crate) struct Equity {
    windows: Column<Window>,
    /// What was committed to each window that is open, in order.
    commitments: Table<u32, Vec<Commitment>>,
    /// Points of open commitments, by member and window.
    committed: Table<(MemberNo, u32), Commitment>,
    lots: Column<ShareLot>,
    lots_of: Table<MemberNo, Vec<u32>>,
    /// Shares offered in windows and allotted, ever.
    pub(crate) offered: u64,
}

undo_fields!(Equity { parts: windows, commitments, committed, lots, lots_of; values: offered; });

impl Equity {
    pub(crate) fn next(&self) -> Option<u32> {
        u32::try_from(self.windows.len()).ok().filter(|number| *number != u32::MAX)
    }

    pub(crate) fn windows(&self) -> &[Window] {
        &self.windows
    }

    pub(crate) fn window(&self, window: u32) -> &Window {
        &self.windows[index(window)]
    }

    /// What was committed to a window, in order; nothing once it is closed.
    pub(crate) fn commitments(&self, window: u32) -> &[Commitment] {
        self.commitments.get(&window).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn lots(&self) -> &[ShareLot] {
        &self.lots
    }

    pub(crate) fn open(&mut self, id: Id, shares: u32, price: Points, exponent: u32, closes_at: Timestamp) {
        self.offered += u64::from(shares);
        let price = price.units();
        self.windows.push(Window { id, shares, price, exponent, closes_at, issued: None });
    }

    pub(crate) fn commit(&mut self, window: u32, member: MemberNo, points: Points, exponent: u32) {
        let commitment = Commitment { member, units: points.units(), exponent };
        self.commitments.push_to(window, commitment);
        let sum = self.committed.entry((member, window)).or_insert(Commitment { units: 0, ..commitment });
        *sum = Commitment { units: sum.units(exponent).saturating_add(points.units()), ..commitment };
    }

    /// What a member has committed in open windows.
    pub(crate) fn committed(&self, member: MemberNo, exponent: u32) -> u128 {
        let open = self.committed.range((member, 0)..=(member, u32::MAX));
        open.fold(0, |sum, (_, commitment)| sum.saturating_add(commitment.units(exponent)))
    }

    pub(crate) fn close(&mut self, number: u32, issued: u32) {
        self.windows[index(number)].issued = Some(issued);
        for commitment in self.commitments.remove(&number).unwrap_or_default() {
            self.committed.remove(&(commitment.member, number));
        }
    }

    /// A member has so many shares more.
    pub(crate) fn give(&mut self, member: MemberNo, shares: u32, at: Timestamp) {
        let number = u32::try_from(self.lots.len())
            .expect("one for each entry at most, and those are fewer than 2^32");
        self.lots.push(ShareLot { member, shares, at });
        self.lots_of.push_to(member, number);
    }

    /// EQUITY-3: how many of a member's shares have vested, each by the plan of the moment at which it was given.
    pub(crate) fn vested(
        &self,
        plan: impl Fn(Timestamp) -> Option<EquityPlan>,
        member: MemberNo,
        now: Timestamp,
    ) -> u64 {
        let lots = self.lots_of.get(&member).into_iter().flatten().map(|lot| &self.lots[index(*lot)]);
        lots.filter_map(|lot| Some(u64::from(vested(&plan(lot.at)?, lot, now)))).sum()
    }
}

/// Shares of a lot that have vested: none while they are locked, then evenly by whole days. Rounds down.
fn vested(plan: &EquityPlan, lot: &ShareLot, now: Timestamp) -> u32 {
    let since = now.us() - lot.at.us() - i64::from(plan.lock_days) * DAY_US;
    let Ok(days) = u128::try_from(since.div_euclid(DAY_US)) else { return 0 };
    if days >= u128::from(plan.vest_days) {
        return lot.shares;
    }
    let vested = mul_div(lot.shares.into(), days, plan.vest_days.into(), Rounding::Down);
    vested.and_then(|vested| u32::try_from(vested).ok()).unwrap_or(lot.shares)
}

/// EQUITY-2: whole shares for each of these wishes. Rounds down; what rounding leaves over is not issued.
pub(crate) fn portions(wishes: &[u128], shares: u32) -> Vec<u32> {
    let sum = wishes.iter().fold(0_u128, |sum, wish| sum.saturating_add(*wish));
    let portion = |wish: u128| {
        if sum <= u128::from(shares) { Some(wish) } else { mul_div(shares.into(), wish, sum, Rounding::Down) }
    };
    let whole = |portion: u128| u32::try_from(portion).ok();
    wishes
        .iter()
        .map(|wish| portion(*wish).and_then(whole).expect("a portion is no more than all shares"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{DAY_US, ShareLot, portions, vested};
    use crate::id::MemberNo;
    use crate::plan::EquityPlan;
    use crate::time::Timestamp;

    #[test]
    fn shares_are_portioned_by_wish() {
        assert_eq!(portions(&[3, 0, 4], 7), [3, 0, 4]);
        assert_eq!(portions(&[3, 5, 4], 7), [1, 2, 2]);
        assert_eq!(portions(&[1, 1, 1], 2), [0, 0, 0]);
        assert_eq!(portions(&[u128::MAX >> 32, 1], u32::MAX), [u32::MAX - 1, 0]);
        assert_eq!(portions(&[], 2), [0_u32; 0]);
    }

    /// EQUITY-3: nothing before the lock ends, then day by day.
    #[test]
    fn shares_vest_after_the_lock() {
        let at = |days: i64, us: i64| Timestamp::from_us(days * DAY_US + us).expect("in range");
        let lot = ShareLot { member: MemberNo(0), shares: 10, at: at(5, 7) };
        let plan = EquityPlan { lock_days: 30, vest_days: 4 };
        let after = |now| vested(&plan, &lot, now);
        assert_eq!([after(at(5, 7)), after(at(36, 6)), after(at(36, 7)), after(at(37, 7))], [0, 0, 2, 5]);
        assert_eq!([after(at(39, 6)), after(at(39, 7)), after(at(400, 0))], [7, 10, 10]);
        let at_once = EquityPlan { lock_days: 1, vest_days: 0 };
        assert_eq!([vested(&at_once, &lot, at(6, 6)), vested(&at_once, &lot, at(6, 7))], [0, 10]);
    }
}
