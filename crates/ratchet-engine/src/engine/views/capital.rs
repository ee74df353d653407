//! Views of the market, of funding rounds, windows of shares and legacy claims.

use crate::amount::{Money, Points, Rounding, mul_div};
use crate::engine::Engine;
use crate::id::MemberNo;
use crate::keys::KeyKind;
use crate::market::{OfferState, Side, Trade};
use crate::order::OrderState;
use crate::time::Timestamp;

/// An offer, by its id (MKT-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferView<'a> {
    /// Outside id of its member.
    pub member: &'a str,
    /// Buys or sells.
    pub side: Side,
    /// For one lot.
    pub price: Money,
    /// Lots that are not filled; 0 of one that is done.
    pub left: u32,
    /// Money it holds.
    pub hold: Money,
    /// Where it stands.
    pub state: OfferState,
}

/// A funding round (FUND-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundView<'a> {
    /// Outside id.
    pub id: &'a str,
    /// Whose money.
    pub investor: &'a str,
    /// How much in all.
    pub amount: Money,
    /// For the pool, and what of it has not entered yet.
    pub pool: Money,
    /// See `pool`.
    pub pool_left: Money,
    /// For subsidies, and what of them was not given yet.
    pub subsidies: Money,
    /// See `subsidies`.
    pub subsidies_left: Money,
    /// Of one order.
    pub per_order: Money,
    /// Midnights in all, and those that have passed.
    pub days: u32,
    /// See `days`.
    pub passed: u32,
}

/// A window of shares (EQUITY-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowView<'a> {
    /// Outside id.
    pub id: &'a str,
    /// Shares offered.
    pub shares: u32,
    /// Points for one, in present units.
    pub price: Points,
    /// When it closes.
    pub closes_at: Timestamp,
    /// Open commitments, in present units; zero once it is closed.
    pub committed: Points,
    /// Shares issued, once it is closed.
    pub issued: Option<u32>,
}

/// A claim on an earlier platform (CLAIM-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimView<'a> {
    /// Outside id.
    pub id: &'a str,
    /// Outside id of its member.
    pub member: &'a str,
    /// How much.
    pub amount: Money,
    /// How many people have approved: it is booked at 2.
    pub approvals: u32,
}

/// CLAIM-3, DISC-7: what a claimant has got for its claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoverageView<'a> {
    /// Outside id of the claimant.
    pub member: &'a str,
    /// Claims imported and approved.
    pub approved: Money,
    /// What is left of them.
    pub left: Money,
    /// What was used for goods, at the goods' cost share.
    pub goods: Money,
    /// Cash received.
    pub cash: Money,
    /// Points at net value.
    pub held: Money,
    /// (goods + cash + held) ÷ approved, in parts per million, rounded down.
    pub coverage_ppm: u64,
}

impl Engine {
    /// MKT-2: price levels of a side with the lots there, the best first.
    pub fn market_depth(&self, side: Side) -> impl Iterator<Item = (Money, u64)> + '_ {
        self.state.market.depth(side)
    }

    /// MKT-2: the last trades, newest first; at most [`crate::market::TRADES_KEPT`].
    pub fn market_trades(&self) -> impl Iterator<Item = &Trade> {
        self.state.market.trades().rev()
    }

    /// MKT-2: whether offers are refused.
    pub fn market_is_halted(&self) -> bool {
        self.state.market.halted
    }

    /// The offer with this id, open or done.
    pub fn market_offer(&self, id: &str) -> Option<OfferView<'_>> {
        let number = self.find(KeyKind::Offer, id)?;
        Some(self.offer_view(crate::id::OfferNo(number)))
    }

    /// Open offers of a side in the order in which they would be filled.
    pub fn market_queue(&self, side: Side) -> impl Iterator<Item = OfferView<'_>> {
        self.state.market.queue(side).map(|offer| self.offer_view(offer))
    }

    fn offer_view(&self, offer: crate::id::OfferNo) -> OfferView<'_> {
        let offer = self.state.market.offer(offer);
        OfferView {
            member: self.state.members.name(offer.member),
            side: offer.side,
            price: offer.price,
            left: offer.remaining,
            hold: offer.hold,
            state: offer.state,
        }
    }

    /// Funding rounds in the order of their creation.
    pub fn rounds(&self) -> impl Iterator<Item = RoundView<'_>> {
        self.state.rounds.list().iter().map(|round| RoundView {
            id: round.id.as_str(),
            investor: round.investor.as_str(),
            amount: round.amount,
            pool: round.pool,
            pool_left: round.pool_left,
            subsidies: round.subsidies,
            subsidies_left: round.subsidies_left,
            per_order: round.per_order,
            days: round.days,
            passed: round.passed,
        })
    }

    /// Windows of shares in the order in which they were opened.
    pub fn windows(&self) -> impl Iterator<Item = WindowView<'_>> {
        let exponent = self.state.ledger.exponent();
        self.state.equity.windows().iter().zip(0..).map(move |(window, number)| {
            let committed =
                self.state.equity.commitments(number).iter().map(|commitment| commitment.units(exponent));
            WindowView {
                id: window.id.as_str(),
                shares: window.shares,
                price: Points::from_units(window.price(exponent)),
                closes_at: window.closes_at,
                committed: Points::from_units(committed.fold(0, u128::saturating_add)),
                issued: window.issued,
            }
        })
    }

    /// EQUITY-3: how many of a member's shares have vested by now.
    pub fn vested_shares(&self, member: MemberNo) -> u64 {
        let state = &self.state;
        let plan = |at| self.plans[state.versions.at(at)].equity;
        state.equity.vested(plan, member, state.now)
    }

    /// Legacy claims in the order of their import.
    pub fn claims(&self) -> impl Iterator<Item = ClaimView<'_>> {
        self.state.claims.list().iter().map(|claim| ClaimView {
            id: claim.id.as_str(),
            member: self.state.members.name(claim.member),
            amount: claim.amount,
            approvals: claim.approvals(),
        })
    }

    /// CLAIM-3: coverage of every member with an approved claim, in joining order.
    pub fn coverage(&self) -> Vec<CoverageView<'_>> {
        let state = &self.state;
        let mut goods = std::collections::BTreeMap::<MemberNo, u128>::new();
        for line in state.orders.details.keys().copied().map(crate::id::LineNo) {
            let order = state.orders.order(state.orders.line(line).order);
            let claim = state.claim_left(line);
            if claim.is_zero() || order.state != OrderState::Settled {
                continue;
            }
            let cost = self.line_legs(line, state.orders.base_left(line)).cost;
            // Rounds down: coverage is never shown larger than it is.
            let share =
                mul_div(cost.as_u128(), claim.as_u128(), self.amount_left(line).as_u128(), Rounding::Down);
            *goods.entry(order.member).or_default() += share.unwrap_or(0);
        }
        let coverage = |(member, approved): (MemberNo, Money)| {
            let view = self.view(member);
            let goods = goods.get(&member).copied().unwrap_or(0);
            let sum = goods + view.cash_received.as_u128() + view.net_value.as_u128();
            let ppm = mul_div(sum, 1_000_000, approved.as_u128(), Rounding::Down);
            CoverageView {
                member: view.id,
                approved,
                left: view.claim,
                goods: Money::from_wide(goods).unwrap_or(Money::ZERO),
                cash: view.cash_received,
                held: view.net_value,
                coverage_ppm: ppm.and_then(|ppm| u64::try_from(ppm).ok()).unwrap_or(u64::MAX),
            }
        };
        state.claims.claimants().map(coverage).collect()
    }
}
