//! Named invariants over the whole state, checked after each command of small programmes in debug builds
//! and at every digest in every build. A broken one is a bug.

use crate::amount::Money;
use crate::cycle::NONE;
use crate::id::{LineNo, MemberNo};
use crate::ledger::{Account, AccountKind, Asset};
use crate::order::{OrderState, flag, lot_left};
use crate::plan::ExitBasis;
use crate::prefetch::prefetch;
use crate::state::State;

/// How far ahead memory is asked for, and how many members' lists are followed at once.
const AHEAD: usize = 16;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its name.
    pub name: &'static str,
    /// What was found.
    pub found: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {}", self.name, self.found)
    }
}

/// Checks all of them; linear in members, orders and lines.
pub(crate) fn check(state: &State) -> Result<(), Violation> {
    trial_balance_is_zero(state)?;
    escrow_equals_open_orders(state)?;
    points_equal_lots(state)?;
    residual_equals_epochs(state)?;
    holds_equal_open_withdrawals(state)?;
    nobody_is_past_the_cap(state)
}

fn ensure(holds: bool, name: &'static str, found: impl Fn() -> String) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation { name, found: found() }) }
}

/// LEDGER-1: per asset, all accounts sum to zero.
fn trial_balance_is_zero(state: &State) -> Result<(), Violation> {
    let (mut money, mut points) = (0_i128, 0_i128);
    for (account, balance) in state.ledger.accounts() {
        match account.kind.asset() {
            Asset::Money => money += balance,
            Asset::Points => points += balance,
        }
    }
    ensure(money == 0 && points == 0, "trial_balance_is_zero", || format!("money {money}, points {points}"))
}

/// ORDER-4: escrow is what open orders hold and what contributions wait.
fn escrow_equals_open_orders(state: &State) -> Result<(), Violation> {
    let mut expected = Money::ZERO;
    for (number, order) in state.orders.orders() {
        match order.state {
            OrderState::Paid | OrderState::Shipped | OrderState::Received => {
                let extra = state.orders.extra(number);
                expected = expected.plus(extra.freight).plus(extra.tax);
                for line in order.line_numbers() {
                    expected = expected.plus(state.orders.base_left(line));
                    expected = expected.plus(state.other_left(line));
                }
            }
            OrderState::Settled | OrderState::Refunded => {
                for line in order.line_numbers() {
                    let history = state.orders.history(line);
                    expected = expected.plus(history.waiting).plus(history.queued);
                }
            }
            OrderState::Placed | OrderState::Closed => {}
        }
    }
    let escrow = state.money(AccountKind::Escrow);
    ensure(escrow == expected, "escrow_equals_open_orders", || format!("{escrow:?} and {expected:?}"))
}

/// POOL-12: a member's points are the sum of what remains of its lots, in its list from oldest to newest.
fn points_equal_lots(state: &State) -> Result<(), Violation> {
    let exponent = state.ledger.exponent();
    let left = |member: MemberNo, line: LineNo| {
        lot_left(&state.orders, state.cycles.get(member), line, exponent).units()
    };
    let mut lots = vec![0_u128; state.members.len()];
    for (line, record) in state.orders.lines() {
        // Lots of one member lie anywhere: what is needed of a later one is asked for now.
        if let Some(later) = state.orders.line_after(line, AHEAD) {
            let member = state.orders.order(later.order).member;
            state.cycles.prefetch(member);
            prefetch(&lots, member.index());
        }
        if record.has(flag::LOT) {
            let member = state.orders.order(record.order).member;
            lots[member.index()] += left(member, line);
        }
    }
    let members: Vec<MemberNo> = state.members.iter().collect();
    for members in members.chunks(AHEAD) {
        // Lists are followed side by side, so that their steps wait for memory together.
        let mut listed = [0_u128; AHEAD];
        let mut at: [u32; AHEAD] = [NONE; AHEAD];
        for (at, member) in at.iter_mut().zip(members) {
            *at = state.cycles.get(*member).head;
        }
        while at.iter().any(|at| *at != NONE) {
            for ((at, listed), member) in at.iter_mut().zip(&mut listed).zip(members) {
                if *at != NONE {
                    let line = LineNo(*at);
                    *listed += left(*member, line);
                    *at = state.orders.line(line).next;
                    state.orders.prefetch_line(*at);
                }
            }
        }
        for (member, listed) in members.iter().zip(listed) {
            let held = state.ledger.points(*member).units();
            let in_lots = lots[member.index()];
            ensure(held == in_lots && held == listed, "points_equal_lots", || {
                format!("{member:?} holds {held}, lots {in_lots}, listed {listed} (exponent {exponent})")
            })?;
        }
    }
    Ok(())
}

/// POOL-8: the residual account is the sum over epochs.
fn residual_equals_epochs(state: &State) -> Result<(), Violation> {
    let sum = state.residuals.values().fold(Money::ZERO, |sum, residual| sum.plus(*residual));
    let account = state.money(AccountKind::PoolResidual);
    ensure(sum == account, "residual_equals_epochs", || format!("{account:?} and {sum:?}"))
}

/// WALLET-2: each member's hold is the sum of its withdrawals that are not finished.
fn holds_equal_open_withdrawals(state: &State) -> Result<(), Violation> {
    use crate::wallet::WithdrawalState as S;
    let mut holds = vec![0_i128; state.members.len()];
    for withdrawal in &state.withdrawals.list {
        match withdrawal.state {
            S::Requested | S::Approved | S::Sent | S::Unknown => {
                holds[withdrawal.member.index()] += i128::from(withdrawal.amount.minor());
            }
            S::Paid | S::Failed | S::Rejected => {}
        }
    }
    for member in state.members.iter() {
        let hold = state.ledger.balance(Account::member(AccountKind::WalletHold, member));
        let expected = holds[member.index()];
        ensure(hold == expected, "holds_equal_open_withdrawals", || {
            format!("{member:?}: {hold} and {expected}")
        })?;
    }
    Ok(())
}

/// POOL-7: the cascade is complete: no trigger is at or below the price. Written without the exit queue, so
/// that it checks the queue too.
fn nobody_is_past_the_cap(state: &State) -> Result<(), Violation> {
    let pair = state.pair();
    let member_triggers = state.members.iter().filter_map(|member| state.member_trigger(member));
    let by_lot = state.plan.pool.and_then(|pool| pool.exit).is_some_and(|exit| exit.basis == ExitBasis::Lot);
    let lots = by_lot.then(|| state.orders.lines()).into_iter().flatten();
    let lot_triggers = lots.filter_map(|(line, _)| state.lot_trigger(line));
    for trigger in member_triggers.chain(lot_triggers) {
        let reached = trigger.is_reached(&pair);
        ensure(!reached || pair.supply.is_zero(), "nobody_is_past_the_cap", || {
            format!("{trigger:?} at {pair:?}")
        })?;
    }
    Ok(())
}
