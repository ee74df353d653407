//! Shares of the naive model (EQUITY-1 … EQUITY-3).

use super::Naive;
use super::arithmetic::{ceil_part, floor_value};
use super::timers::Alarm;
use crate::id::Id;
use crate::plan::EquityPlan;
use crate::rejection::Rejection;

/// A window in which points are taken for shares.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) id: Id,
    shares: u128,
    /// Units of points for one share, of today.
    price: u128,
    pub(crate) open: bool,
}

/// A member's wish.
#[derive(Clone, Debug)]
pub(super) struct Commitment {
    window: usize,
    member: usize,
    /// Units of today.
    pub(super) points: u128,
}

impl Naive {
    fn has_equity(&self) -> Result<EquityPlan, Rejection> {
        self.plan.equity.ok_or(Rejection::NoEquity)
    }

    /// EQUITY-1.
    pub(super) fn open_window(
        &mut self,
        id: &Id,
        shares: u32,
        price: u128,
        closes_at: i64,
    ) -> Result<(), Rejection> {
        if shares == 0 || price == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        self.has_equity()?;
        self.not_winding_down()?;
        if self.windows.iter().any(|window| window.id == *id) {
            return Err(Rejection::WindowExists);
        }
        if closes_at <= self.now {
            return Err(Rejection::WindowTimes);
        }
        let window = self.windows.len();
        self.windows.push(Window { id: id.clone(), shares: shares.into(), price, open: true });
        self.set_alarm(Alarm::Window { window }, closes_at);
        Ok(())
    }

    /// Points of a member that it can commit: not locked, not asked to be sold, not committed.
    pub(crate) fn uncommitted(&self, member: usize) -> u128 {
        let open = self.wishes.iter().filter(|wish| wish.member == member && self.windows[wish.window].open);
        let committed = open.fold(0_u128, |sum, wish| sum.saturating_add(wish.points));
        self.free_points(member).saturating_sub(committed)
    }

    /// EQUITY-1.
    pub(super) fn commit_points(
        &mut self,
        commitment: &Id,
        window: &Id,
        member: &Id,
        points: u128,
    ) -> Result<(), Rejection> {
        if points == 0 {
            return Err(Rejection::PointsNotPositive);
        }
        self.has_equity()?;
        self.not_winding_down()?;
        let member = self.known_member(member)?;
        let window = self.windows.iter().position(|known| known.id == *window && known.open);
        let window = window.ok_or(Rejection::WindowUnknown)?;
        if self.allotments.contains(commitment) {
            return Err(Rejection::AllotmentExists);
        }
        if points > self.uncommitted(member) {
            return Err(Rejection::InsufficientPoints);
        }
        self.allotments.insert(commitment.clone());
        self.wishes.push(Commitment { window, member, points });
        Ok(())
    }

    /// EQUITY-2.
    pub(super) fn close_window(&mut self, number: usize) {
        self.windows[number].open = false;
        let (price, shares) = (self.windows[number].price, self.windows[number].shares);
        // Of each wish in order: who, and how many shares it is good for.
        let mut wished: Vec<(usize, u128)> = Vec::new();
        let mut counted = vec![0_u128; self.members.len()];
        for wish in self.wishes.iter().filter(|wish| wish.window == number) {
            let held = self.members[wish.member].points.saturating_sub(self.locked_points(wish.member));
            let counts = wish.points.min(held.saturating_sub(counted[wish.member]));
            counted[wish.member] += counts;
            wished.push((wish.member, counts / price));
        }
        let sum: u128 = wished.iter().map(|(_, shares)| shares).sum();
        if sum > shares {
            self.corner("window oversubscribed");
        }
        let emptied_by = (self.assets, self.supply);
        let mut quoted = emptied_by;
        let mut burned = false;
        for (member, wish) in wished {
            // Rounds down; what is left over is not issued.
            let got = if sum <= shares { wish } else { shares * wish / sum };
            if got == 0 {
                continue;
            }
            burned = true;
            quoted = (self.assets, self.supply);
            self.burn_for_shares(member, got * price);
            let got = i128::try_from(got).expect("few shares");
            self.members[member].shares += got;
            self.shares_issued += got;
            self.corner("shares issued");
        }
        if burned && self.supply == 0 {
            self.end_epoch(quoted);
            self.corner("window took all points");
        }
        self.cascade(None);
        self.split_while_high();
    }

    /// EQUITY-2: like a sale, but the net goes to the issuer.
    fn burn_for_shares(&mut self, member: usize, points: u128) {
        let retention = self.plan.pool.as_ref().expect("equity has a pool").retention;
        let gross = floor_value(points, self.assets, self.supply);
        let kept = ceil_part(retention, gross);
        self.take_from_lots(member, points, gross);
        self.assets -= gross - kept;
        self.supply -= points;
        self.equity_issuer += gross - kept;
        let owner = &mut self.members[member];
        owner.points -= points;
        owner.realised += gross;
        if owner.points == 0 {
            owner.end_cycle();
        }
    }

    /// EQUITY-3.
    pub(super) fn allot(&mut self, allotment: &Id, member: &Id, shares: u32) -> Result<(), Rejection> {
        if shares == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        self.has_equity()?;
        let member = self.known_member(member)?;
        if self.allotments.contains(allotment) {
            return Err(Rejection::AllotmentExists);
        }
        self.allotments.insert(allotment.clone());
        self.members[member].shares += i128::from(shares);
        self.shares_issued += i128::from(shares);
        Ok(())
    }

    /// WIND-2: open windows end without shares.
    pub(super) fn shut_windows(&mut self) {
        for window in 0..self.windows.len() {
            if std::mem::take(&mut self.windows[window].open) {
                self.cancel_alarm(Alarm::Window { window });
                self.corner("window shut by the end");
            }
        }
    }

    /// POOL-9.
    pub(super) fn split_wishes(&mut self) {
        for window in &mut self.windows {
            window.price = window.price.saturating_mul(1_000);
        }
        for wish in &mut self.wishes {
            wish.points = wish.points.saturating_mul(1_000);
        }
    }

    pub(super) fn window_numbers(&self, put: &mut impl FnMut(String, i128)) {
        put("accounts.equity_issuer".to_owned(), self.equity_issuer);
        put("accounts.shares_issued".to_owned(), self.shares_issued);
        for window in &self.windows {
            put(format!("windows.{}", window.id), if window.open { 1 } else { 2 });
        }
    }
}
