//! What members' cycles count is what their lines added to them (POOL-13).

use super::{Violation, ensure};
use crate::amount::Money;
use crate::engine::Engine;
use crate::order::{LineCounts, OrderState, flag};

pub(super) fn check(engine: &Engine) -> Result<(), Violation> {
    if engine.plan.pool.is_none() {
        return Ok(());
    }
    lines_count_what_minted(engine)?;
    // A look at each line once more would make every digest of a large programme slower: tests look.
    if cfg!(debug_assertions) { cycles_equal_lines(engine) } else { Ok(()) }
}

/// POOL-13: of a line on record, no more counts in a cycle or a lot than in all; nothing waits once less is contributed than
/// has minted.
fn lines_count_what_minted(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    let exponent = state.ledger.exponent();
    for (line, counts) in state.orders.counts_on_record(exponent) {
        let LineCounts { contribution, cap_base, cycle_cap_base, lot_cap_base, .. } = counts;
        let base = state.orders.line(line).base();
        let within =
            cycle_cap_base <= cap_base && lot_cap_base <= cap_base && cap_base <= base.max(contribution);
        ensure(within, "lines_count_what_minted", || format!("{line:?}: {counts:?}, base {base:?}"))?;
        let history = state.orders.history(line);
        let waits = history.waiting.add_within_limit(history.queued);
        let open = history.clawback_total == 0 || waits.is_zero();
        ensure(open, "lines_count_what_minted", || format!("{line:?} was cut and waits: {history:?}"))?;
    }
    Ok(())
}

/// POOL-13: cap base and points earned of each cycle are what lines added to it and refunds did not take back.
fn cycles_equal_lines(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    let exponent = state.ledger.exponent();
    let mut sums = vec![(Money::ZERO, 0_u128); state.members.len()];
    for (line, record) in state.orders.lines() {
        let order = state.orders.order(record.order);
        let settled = record.has(flag::COUNTED) || order.state == OrderState::Settled;
        if settled && record.cycle == state.ledger.cycle(order.member).number {
            let counts = engine.line_counts(line);
            let (cap_base, earned) = &mut sums[order.member.index()];
            *cap_base = cap_base.add_within_limit(counts.cycle_cap_base);
            *earned = earned.saturating_add(counts.cycle_earned.units());
        }
    }
    for (member, (cap_base, earned)) in state.members.iter().zip(sums) {
        let cycle = state.ledger.cycle(member);
        let (counted, cycle_earned) = (cycle.cap_base, cycle.earned(exponent));
        // Points of a cycle may saturate (POOL-9a).
        let equal =
            counted == cap_base && cycle_earned <= earned && (exponent != 0 || cycle_earned == earned);
        ensure(equal, "cycles_equal_lines", || {
            format!("{member:?} counts {counted:?} and {cycle_earned}, its lines {cap_base:?} and {earned}")
        })?;
    }
    Ok(())
}
