//! Shares for points (EQUITY-1 to EQUITY-3).

use std::collections::BTreeMap;

use crate::amount::Points;
use crate::engine::Engine;
use crate::equity::{SHARES_MAX, portions};
use crate::event::Event;
use crate::id::{Id, MemberNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::plan::PoolPlan;
use crate::pool::Sale;
use crate::rejection::Rejection;
use crate::time::Timestamp;

impl Engine {
    /// `equity.open`. Refuses: limit_reached, amount_not_positive, no_equity, window_exists, window_times.
    pub(crate) fn open_window(
        &mut self,
        id: &Id,
        shares: u32,
        price: Points,
        closes_at: Timestamp,
    ) -> Result<(), Rejection> {
        let window = self.state.equity.next().ok_or(Rejection::LimitReached)?;
        self.check_shares(shares)?;
        if shares == 0 || price.is_zero() {
            return Err(Rejection::AmountNotPositive);
        }
        if self.plan.equity.is_none() {
            return Err(Rejection::NoEquity);
        }
        self.check_open_for_new_business()?;
        if self.find(KeyKind::Window, id.as_str()).is_some() {
            return Err(Rejection::WindowExists);
        }
        if closes_at <= self.state.now {
            return Err(Rejection::WindowTimes);
        }
        self.commit(Event::WindowOpened { window, id: id.clone(), shares, price, closes_at });
        Ok(())
    }

    /// `equity.commit`. Refuses: points_not_positive, no_equity, member_unknown, window_unknown, allotment_exists,
    /// insufficient_points.
    pub(crate) fn commit_points(
        &mut self,
        commitment: &Id,
        window: &Id,
        member: &Id,
        points: Points,
    ) -> Result<(), Rejection> {
        if points.is_zero() {
            return Err(Rejection::PointsNotPositive);
        }
        if self.plan.equity.is_none() {
            return Err(Rejection::NoEquity);
        }
        self.check_open_for_new_business()?;
        let member = self.state.named_member(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        let window = self.find(KeyKind::Window, window.as_str()).ok_or(Rejection::WindowUnknown)?;
        if !self.state.equity.window(window).is_open() {
            return Err(Rejection::WindowUnknown);
        }
        if self.find(KeyKind::Allotment, commitment.as_str()).is_some() {
            return Err(Rejection::AllotmentExists);
        }
        let committed = self.state.equity.committed(member, self.state.ledger.exponent());
        let free = self.state.free_points(member).saturating_sub(self.state.pending_redemptions(member));
        if points.units() > free.saturating_sub(committed) {
            return Err(Rejection::InsufficientPoints);
        }
        self.commit(Event::PointsCommitted { commitment: commitment.clone(), window, member, points });
        Ok(())
    }

    /// `equity.allot`. Refuses: limit_reached, amount_not_positive, no_equity, member_unknown, allotment_exists.
    pub(crate) fn allot_shares(&mut self, allotment: &Id, member: &Id, shares: u32) -> Result<(), Rejection> {
        self.check_shares(shares)?;
        if shares == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        if self.plan.equity.is_none() {
            return Err(Rejection::NoEquity);
        }
        let member = self.state.named_member(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        if self.find(KeyKind::Allotment, allotment.as_str()).is_some() {
            return Err(Rejection::AllotmentExists);
        }
        self.post_shares(member, shares);
        self.commit(Event::SharesAllotted { allotment: allotment.clone(), member, shares });
        Ok(())
    }

    fn check_shares(&self, shares: u32) -> Result<(), Rejection> {
        let offered = self.state.equity.offered + u64::from(shares);
        if offered > SHARES_MAX { Err(Rejection::LimitReached) } else { Ok(()) }
    }

    fn post_shares(&mut self, member: MemberNo, shares: u32) {
        self.post(Account::programme(AccountKind::SharesIssued), -i128::from(shares));
        self.post(Account::member(AccountKind::MemberShares, member), i128::from(shares));
    }

    /// EQUITY-2: a window closes: whole shares for what each commitment counts for, its points burned one after the other.
    pub(crate) fn close_window(&mut self, number: u32) {
        let pool = self.plan.pool.expect("a plan with shares has a pool");
        let exponent = self.state.ledger.exponent();
        let window = self.state.equity.window(number);
        let (price, shares) = (window.price(exponent), window.shares);
        let (mut counted, mut wishes) = (BTreeMap::<MemberNo, u128>::new(), Vec::new());
        let commitments = self.state.equity.commitments(number);
        for commitment in commitments {
            let before = counted.entry(commitment.member).or_default();
            let free = self.state.free_points(commitment.member).saturating_sub(*before);
            let counts = commitment.units(exponent).min(free);
            *before += counts;
            // Whole shares: rounds down, the points of the rest are kept.
            wishes.push(counts / price);
        }
        let members: Vec<MemberNo> = commitments.iter().map(|commitment| commitment.member).collect();
        let mut issued = 0;
        for (member, got) in members.into_iter().zip(portions(&wishes, shares)).filter(|(_, got)| *got != 0) {
            issued += got;
            self.buy_shares(&pool, number, member, got, Points::from_units(u128::from(got) * price));
        }
        self.commit(Event::WindowClosed { window: number, issued });
        self.end_with_cascade();
    }

    /// Burns points like a sale whose net goes to the issuer (POOL-3).
    fn buy_shares(&mut self, pool: &PoolPlan, window: u32, member: MemberNo, shares: u32, points: Points) {
        let sale = Sale::of(self.state.pair().gross(points), pool);
        self.debit(AccountKind::PoolAssets, sale.net);
        self.credit(AccountKind::EquityIssuer, sale.net);
        let units = i128::try_from(points.units()).expect("points fit 96 bits");
        self.post(Account::member(AccountKind::MemberPoints, member), -units);
        self.post(Account::programme(AccountKind::PointsIssued), units);
        self.post_shares(member, shares);
        let (gross, kept, net) = (sale.gross, sale.kept, sale.net);
        let lots = self.lots_to_sell(member, points, gross);
        self.commit(Event::SharesBought { window, member, points, gross, retained: kept, net, shares, lots });
        self.sweep_residue();
    }
}
