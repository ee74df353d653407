//! Market, rounds, shares and claims (MKT-3, FUND-1, EQUITY-1, CLAIM-1, CLAIM-2).

use std::collections::BTreeMap;

use super::{Violation, ensure};
use crate::amount::Money;
use crate::engine::Engine;
use crate::id::MemberNo;
use crate::ledger::{Account, AccountKind};
use crate::market::{Side, check_book, points_of};
use crate::plan::MarketPlan;
use crate::state::State;
use crate::timer::Timer;

pub(super) fn check(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    let plan = &engine.plan;
    if let Some(market) = &plan.market {
        book_never_crosses(state)?;
        market_escrow_equals_open_offers(state, market)?;
    }
    if plan.funding {
        funding_rounds_equal_what_is_left(state)?;
    }
    if plan.equity.is_some() {
        shares_equal_lots(state)?;
        issuer_has_what_left_the_pool(state)?;
    }
    if plan.claims.is_some() {
        claims_equal_approved_less_used(state)?;
        locked_points_are_held(state)?;
    }
    Ok(())
}

/// MKT-3: the best price paid is below the best asked; every level is in the order of time.
fn book_never_crosses(state: &State) -> Result<(), Violation> {
    check_book(&state.market).map_err(|found| Violation { name: "book_never_crosses", found })
}

/// MKT-3: `market.hold` and `market.points` of each member are what its open offers hold.
fn market_escrow_equals_open_offers(state: &State, plan: &MarketPlan) -> Result<(), Violation> {
    let mut held: BTreeMap<MemberNo, [u128; 2]> = BTreeMap::new();
    for offer in state.open_offers() {
        let [money, points] = held.entry(offer.member).or_default();
        match offer.side {
            Side::Buy => *money += offer.hold.as_u128(),
            Side::Sell => *points += points_of(plan, offer.remaining).unwrap_or(u128::MAX),
        }
    }
    for member in state.members.iter() {
        let balance = |kind| state.ledger.balance(Account::member(kind, member)).unsigned_abs();
        let found = [balance(AccountKind::MarketHold), balance(AccountKind::MarketPoints)];
        let expected = held.get(&member).copied().unwrap_or_default();
        ensure(found == expected, "market_escrow_equals_open_offers", || {
            format!("{member:?}: {found:?} and {expected:?}")
        })?;
    }
    Ok(())
}

/// FUND-1: the account is what is left of all rounds, and every open one has its midnight to come.
fn funding_rounds_equal_what_is_left(state: &State) -> Result<(), Violation> {
    let left =
        state.rounds.list().iter().map(|round| round.pool_left.as_u128() + round.subsidies_left.as_u128());
    let (left, account) = (left.sum::<u128>(), state.money(AccountKind::FundingRounds).as_u128());
    ensure(left == account, "funding_rounds_equal_what_is_left", || format!("{account} and {left}"))?;
    let waits = |round: &u32| state.timers.when(Timer::Round(*round)).is_some();
    let all_wait = state.rounds.open().iter().all(waits);
    ensure(all_wait, "funding_rounds_equal_what_is_left", || "a round has no midnight to come".to_owned())
}

/// EQUITY-3: a member's shares are those it was given, less nothing.
fn shares_equal_lots(state: &State) -> Result<(), Violation> {
    let mut given: BTreeMap<MemberNo, i128> = BTreeMap::new();
    for lot in state.equity.lots() {
        *given.entry(lot.member).or_default() += i128::from(lot.shares);
    }
    for member in state.members.iter() {
        let shares = state.ledger.balance(Account::member(AccountKind::MemberShares, member));
        let expected = given.get(&member).copied().unwrap_or(0);
        ensure(shares == expected, "shares_equal_lots", || format!("{member:?}: {shares} and {expected}"))?;
    }
    let issued = |window: &crate::equity::Window| window.issued.unwrap_or(0) <= window.shares;
    ensure(state.equity.windows().iter().all(issued), "shares_equal_lots", || {
        "a window issued more shares than it offered".to_owned()
    })
}

/// EQUITY-2
fn issuer_has_what_left_the_pool(state: &State) -> Result<(), Violation> {
    let (account, sum) = (state.money(AccountKind::EquityIssuer), state.totals.to_issuer);
    ensure(account == sum, "issuer_has_what_left_the_pool", || format!("{account:?} and {sum:?}"))
}

/// CLAIM-1a: what a member has left is what was approved, less what its orders extinguished and refunds did not revive.
fn claims_equal_approved_less_used(state: &State) -> Result<(), Violation> {
    use crate::order::OrderState;
    let mut used: BTreeMap<MemberNo, u128> = BTreeMap::new();
    for (number, order) in state.orders.orders() {
        let paid = match order.state {
            OrderState::Placed | OrderState::Closed => false,
            OrderState::Paid
            | OrderState::Shipped
            | OrderState::Received
            | OrderState::Settled
            | OrderState::Refunded => true,
        };
        if paid {
            let left = state.orders.order(number).line_numbers().map(|line| state.claim_left(line).as_u128());
            *used.entry(order.member).or_default() += left.sum::<u128>();
        }
    }
    let approved: BTreeMap<MemberNo, Money> = state.claims.claimants().collect();
    for member in state.members.iter() {
        let left = state.ledger.balance(Account::member(AccountKind::MemberClaim, member)).unsigned_abs();
        let used = used.get(&member).copied().unwrap_or(0);
        let approved = approved.get(&member).map_or(0, |approved| approved.as_u128());
        ensure(left + used == approved, "claims_equal_approved_less_used", || {
            format!("{member:?}: {left} left, {used} used of {approved}")
        })?;
    }
    Ok(())
}

/// CLAIM-2b: of no lot more is locked than is left of it, and what is locked has a step to come.
fn locked_points_are_held(state: &State) -> Result<(), Violation> {
    let exponent = state.ledger.exponent();
    for (member, line, lock) in state.claims.locks() {
        let (units, left) = (lock.units(exponent), state.lot_left(line).units());
        let waits = state.timers.when(Timer::Stage(line.0)).is_some();
        let holds = units <= left && waits == (units != 0);
        ensure(holds, "locked_points_are_held", || {
            format!("{member:?}, {line:?}: {lock:?} of {left}, timer {waits}")
        })?;
    }
    Ok(())
}
