//! Market, rounds, shares and claims; nothing in a plan without them.

use super::Feed;
use crate::command::Side;
use crate::engine::Engine;
use crate::id::Id;
use crate::market::OfferState;
use crate::state::State;
use crate::time::Timestamp;

pub(super) fn capital(engine: &Engine, feed: &mut Feed<'_>) {
    let state = &engine.state;
    if engine.plan.market.is_some() {
        market(state, feed);
    }
    if engine.plan.funding {
        rounds(state, feed);
    }
    if engine.plan.equity.is_some() {
        equity(state, feed);
    }
    if engine.plan.claims.is_some() {
        claims(state, feed);
    }
}

fn side(side: Side) -> u128 {
    match side {
        Side::Buy => 1,
        Side::Sell => 2,
    }
}

fn at(at: Timestamp) -> u128 {
    u128::from(at.us().unsigned_abs())
}

fn optional(id: Option<&Id>) -> &str {
    id.map_or("", |id| id.as_str())
}

/// Levels and their order follow from the offers, whose numbers are their time.
fn market(state: &State, feed: &mut Feed<'_>) {
    feed.flag(state.market.halted);
    feed.money(state.totals.traded);
    feed.count(state.market.offers().count());
    for (_, offer) in state.market.offers() {
        let stands = match offer.state {
            OfferState::Incoming => 0,
            OfferState::Open => 1,
            OfferState::Done => 2,
        };
        let (price, hold) = (offer.price.as_u128(), offer.hold.as_u128());
        feed.numbers([
            u128::from(offer.member.0),
            side(offer.side),
            price,
            hold,
            offer.remaining.into(),
            stands,
        ]);
    }
    feed.count(state.market.trades().len());
    for trade in state.market.trades() {
        feed.numbers([at(trade.at), trade.price.as_u128(), trade.quantity.into(), side(trade.taker)]);
    }
}

fn rounds(state: &State, feed: &mut Feed<'_>) {
    feed.money(state.totals.subsidised);
    feed.count(state.rounds.list().len());
    for round in state.rounds.list() {
        feed.text(round.id.as_str());
        feed.text(round.investor.as_str());
        let parts = [round.amount, round.pool, round.pool_left, round.subsidies, round.subsidies_left];
        for money in parts.into_iter().chain([round.per_order]) {
            feed.money(money);
        }
        feed.numbers([round.days.into(), round.passed.into()]);
    }
}

fn equity(state: &State, feed: &mut Feed<'_>) {
    let exponent = state.ledger.exponent();
    feed.money(state.totals.to_issuer);
    feed.number(state.equity.offered.into());
    feed.count(state.equity.windows().len());
    for (window, number) in state.equity.windows().iter().zip(0..) {
        feed.text(window.id.as_str());
        // The price of a window that is closed decides nothing any more.
        let price = if window.is_open() { window.price(exponent) } else { 0 };
        let issued = window.issued.map_or(0, |issued| u128::from(issued) + 1);
        feed.numbers([window.shares.into(), price, at(window.closes_at), issued]);
        let commitments = state.equity.commitments(number);
        feed.count(commitments.len());
        for commitment in commitments {
            feed.numbers([u128::from(commitment.member.0), commitment.units(exponent)]);
        }
    }
    feed.count(state.equity.lots().len());
    for lot in state.equity.lots() {
        feed.numbers([u128::from(lot.member.0), lot.shares.into(), at(lot.at)]);
    }
}

fn claims(state: &State, feed: &mut Feed<'_>) {
    let exponent = state.ledger.exponent();
    feed.count(state.claims.list().len());
    for claim in state.claims.list() {
        feed.text(claim.id.as_str());
        feed.number(u128::from(claim.member.0));
        feed.money(claim.amount);
        feed.bytes(claim.evidence.bytes());
        feed.text(claim.by.as_str());
        feed.text(optional(claim.first.as_ref()));
        feed.flag(claim.booked);
    }
    feed.count(state.claims.locks().count());
    for (member, line, lock) in state.claims.locks() {
        let settled_at = at(lock.settled_at);
        feed.numbers([u128::from(member.0), u128::from(line.0), settled_at, lock.units(exponent)]);
    }
}
