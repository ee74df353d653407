//! Named invariants over the whole state, checked after each command of small programmes in debug builds
//! and at every digest in every build. A broken one is a bug.

mod campaigns;
mod capital;
mod caps;
mod draws;

use std::collections::BTreeMap;

use crate::amount::{Money, Points};
use crate::campaign::fixed_bonus;
use crate::coupon::CouponState;
use crate::cycle::NONE;
use crate::emission::Schedule;
use crate::engine::Engine;
use crate::id::{LineNo, MemberNo, MerchantNo, OrderNo, SkuNo};
use crate::ledger::{Account, AccountKind, Asset, Points96};
use crate::members::Flows;
use crate::merchant::still_reserved;
use crate::order::{OrderState, flag, lot_left};
use crate::payment::Payment;
use crate::plan::{Discount, EmissionPlan, ExitBasis};
use crate::prefetch::prefetch;
use crate::slice::Position;
use crate::state::State;
use crate::time::Timestamp;
use crate::timer::Timer;

/// For how many lines memory is prefetched together, before their turn, and how many members' lists are followed at once.
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
pub(crate) fn check(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    trial_balance_is_zero(state)?;
    escrow_equals_open_orders(state)?;
    points_equal_lots(state)?;
    residual_equals_epochs(state)?;
    holds_equal_open_withdrawals(state)?;
    // While the end pays out, lots are given up before everybody is paid.
    let has_lots = !state.under_way.is_some_and(Position::ends_programme);
    if engine.plan.release.is_some() && has_lots {
        release_points_equal_lots(engine)?;
    }
    if engine.plan.value.is_some() && has_lots {
        value_units_equal_lots(state)?;
    }
    if let Some(plan) = &engine.plan.emission {
        emission_follows_the_schedule(engine, plan)?;
        accrued_emission_is_of_members(state)?;
    }
    if engine.plan.merchant.is_some() {
        reserved_points_equal_product_lines(state)?;
    }
    flows_equal_members(state)?;
    receivables_equal_debts(state)?;
    suspense_equals_open_payments(engine)?;
    capital::check(engine)?;
    if engine.pays_commissions {
        commissions_are_paid_at_once(state)?;
    }
    if state.network.is_kept() {
        network_is_consistent(state)?;
    }
    if state.volumes.is_kept() {
        volumes_equal_settled_lines(engine)?;
    }
    if state.campaigns.len() > 0 {
        campaigns::check(engine)?;
        draws::check(engine)?;
    }
    if engine.plan.catalogue.is_some() {
        stock_equals_orders(state)?;
        coupons_equal_orders(state)?;
    }
    if has_lots {
        loyalty_points_equal_lots(engine)?;
    }
    caps::check(engine)?;
    leaders_bonuses_follow_orders(engine)?;
    nobody_is_past_the_cap(engine)
}

fn ensure(holds: bool, name: &'static str, found: impl Fn() -> String) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation { name, found: found() }) }
}

/// LEDGER-1: per asset, all accounts sum to zero.
fn trial_balance_is_zero(state: &State) -> Result<(), Violation> {
    let mut sums = [0_i128; Asset::ALL.len()];
    for (account, balance) in state.ledger.accounts() {
        sums[account.kind.asset().place()] += balance;
    }
    ensure(sums.iter().all(|sum| *sum == 0), "trial_balance_is_zero", || {
        let sums: Vec<_> = Asset::ALL.iter().zip(sums).collect();
        format!("{sums:?}")
    })
}

/// DISC-1: what members spent and received together is what each of them did.
fn flows_equal_members(state: &State) -> Result<(), Violation> {
    let mut counted = Flows::default();
    state.members.rows().iter().for_each(|row| counted.add(row.spent, row.payouts_received));
    let kept = state.members.flows();
    ensure(kept == counted, "flows_equal_members", || format!("{kept:?} and {counted:?}"))
}

/// ORDER-4, PRE-1: escrow is what open orders hold, deposits of placed ones, and what contributions wait.
fn escrow_equals_open_orders(state: &State) -> Result<(), Violation> {
    let mut expected = Money::ZERO;
    for (number, order) in state.orders.orders() {
        match order.state {
            OrderState::Paid | OrderState::Shipped | OrderState::Received => {
                let extra = state.orders.extra(number);
                expected = expected.add_within_limit(extra.freight_left()).add_within_limit(extra.tax_left());
                for line in order.line_numbers() {
                    expected = expected.add_within_limit(state.orders.base_left(line));
                    expected = expected.add_within_limit(state.other_left(line));
                }
            }
            OrderState::Settled | OrderState::Refunded => {
                for line in order.line_numbers() {
                    let history = state.orders.history(line);
                    expected = expected.add_within_limit(history.waiting).add_within_limit(history.queued);
                }
            }
            OrderState::Placed | OrderState::Closed => {}
        }
    }
    for (_, record) in state.campaigns.orders() {
        expected = expected.add_within_limit(record.deposit);
    }
    let escrow = state.money(AccountKind::Escrow);
    ensure(escrow == expected, "escrow_equals_open_orders", || format!("{escrow:?} and {expected:?}"))
}

/// POOL-12: a member's points are the sum of what remains of its lots, in its list from oldest to newest.
fn points_equal_lots(state: &State) -> Result<(), Violation> {
    let exponent = state.ledger.exponent();
    let left = |member: MemberNo, line: LineNo| {
        lot_left(&state.orders, state.ledger.cycle(member), line, exponent).units()
    };
    let begin = |member| Followed { at: state.ledger.cycle(member).head, points: Points96::default() };
    let mut followed: Vec<Followed> = state.members.iter().map(begin).collect();
    // By member: lots with points that their lists had not come to when the pass over the lines did.
    let mut besides: Vec<Points96> = Vec::new();
    for (line, record) in state.orders.lines() {
        // Lots of one member lie anywhere: what is needed of later ones is prefetched together.
        if line.index().is_multiple_of(AHEAD) {
            for later in state.orders.lines_after(line, AHEAD) {
                let member = state.orders.order(later.order).member;
                state.ledger.prefetch(member);
                prefetch(&followed, member.index());
            }
        }
        if record.has(flag::LOT) {
            let member = state.orders.order(record.order).member;
            let (points, followed) = (left(member, line), &mut followed[member.index()]);
            if followed.at == line.0 {
                *followed = Followed { at: record.next, points: plus(followed.points, points) };
            } else if points != 0 {
                besides.resize(state.members.len(), Points96::default());
                besides[member.index()] = plus(besides[member.index()], points);
            }
        }
    }
    for (first, followed) in followed.chunks(AHEAD).enumerate() {
        // What is left of the lists is followed side by side, so that their steps wait for memory together.
        let members = || (first * AHEAD..).map_while(MemberNo::at).zip(followed);
        let mut listed = [0_u128; AHEAD];
        let mut at: [u32; AHEAD] = [NONE; AHEAD];
        for ((at, listed), followed) in at.iter_mut().zip(&mut listed).zip(followed) {
            (*at, *listed) = (followed.at, followed.points.units());
        }
        while at.iter().any(|at| *at != NONE) {
            for ((at, listed), (member, _)) in at.iter_mut().zip(&mut listed).zip(members()) {
                if *at != NONE {
                    let line = LineNo(*at);
                    *listed += left(member, line);
                    *at = state.orders.line(line).next;
                    state.orders.prefetch_line(*at);
                }
            }
        }
        for ((member, followed), listed) in members().zip(listed) {
            let held = state.ledger.points(member).units();
            let besides = besides.get(member.index()).map_or(0, |points| points.units());
            let in_lots = followed.points.units() + besides;
            ensure(held == in_lots && held == listed, "points_equal_lots", || {
                format!("{member:?} holds {held}, lots {in_lots}, listed {listed} (exponent {exponent})")
            })?;
        }
    }
    Ok(())
}

/// How far a member's list of lots was followed by a pass over all lines: most lists stand in the order of the lines.
struct Followed {
    /// The lot that comes next.
    at: u32,
    /// Of the lots before.
    points: Points96,
}

/// No sum of lots is above the supply, which fits (POOL-9a).
fn plus(points: Points96, more: u128) -> Points96 {
    Points96::new(points.units() + more)
}

/// POOL-8: the residual account is the sum over epochs.
fn residual_equals_epochs(state: &State) -> Result<(), Violation> {
    let sum = state.residuals.values().fold(Money::ZERO, |sum, residual| sum.add_within_limit(*residual));
    let account = state.money(AccountKind::PoolResidual);
    ensure(sum == account, "residual_equals_epochs", || format!("{account:?} and {sum:?}"))
}

/// WALLET-2, MERCH-5: each member's and merchant's hold is the sum of its withdrawals that are not finished.
fn holds_equal_open_withdrawals(state: &State) -> Result<(), Violation> {
    use crate::wallet::{Payee, WithdrawalState as S};
    // Without a withdrawal nobody holds anything.
    let members = if state.withdrawals.list.is_empty() { 0 } else { state.members.len() };
    let mut holds = vec![0_i128; members];
    let mut merchants = vec![0_i128; state.merchants.len()];
    let mut operator = 0_i128;
    for withdrawal in &state.withdrawals.list {
        match withdrawal.state {
            S::Requested | S::Approved | S::Sent | S::Unknown => {
                let hold = match withdrawal.owner {
                    Payee::Member(member) => &mut holds[member.index()],
                    Payee::Merchant(merchant) => &mut merchants[merchant.index()],
                    Payee::Operator => &mut operator,
                };
                *hold += i128::from(withdrawal.amount.minor());
            }
            S::Paid | S::Failed | S::Rejected => {}
        }
    }
    for member in state.members.iter() {
        let hold = state.ledger.balance(Account::member(AccountKind::WalletHold, member));
        let expected = holds.get(member.index()).copied().unwrap_or(0);
        ensure(hold == expected, "holds_equal_open_withdrawals", || {
            format!("{member:?}: {hold} and {expected}")
        })?;
    }
    for (expected, merchant) in merchants.iter().zip((0..).map(MerchantNo)) {
        let hold = state.ledger.balance(Account::merchant(AccountKind::MerchantHold, merchant));
        ensure(hold == *expected, "holds_equal_open_withdrawals", || {
            format!("{merchant:?}: {hold} and {expected}")
        })?;
    }
    let hold = state.ledger.programme(AccountKind::OperatorHold);
    ensure(hold == operator, "holds_equal_open_withdrawals", || format!("operator: {hold} and {operator}"))
}

/// MERCH-4: what is reserved of a member's emission points is what its paid lines that were not received need, each what
/// its refunds left of what was taken.
fn reserved_points_equal_product_lines(state: &State) -> Result<(), Violation> {
    let mut reserved: BTreeMap<MemberNo, u128> = BTreeMap::new();
    for (line, award) in state.merchant_records.awards() {
        let order = state.orders.order(state.orders.line(line).order);
        let open = match order.state {
            OrderState::Paid | OrderState::Shipped => true,
            OrderState::Placed
            | OrderState::Closed
            | OrderState::Received
            | OrderState::Settled
            | OrderState::Refunded => false,
        };
        let amount = state.orders.amount(line);
        let left = amount.saturating_sub(state.orders.history(line).refunded);
        let needed = if open { still_reserved(award.taken, left, amount) } else { Points::ZERO };
        ensure(award.reserved == needed, "reserved_points_equal_product_lines", || {
            format!("{line:?}: {award:?} needs {needed}")
        })?;
        let merchant = state.merchant_records.product(award.product).merchant;
        if let Some(record) = state.merchant_records.get(merchant) {
            *reserved.entry(record.member).or_default() += needed.units();
        }
    }
    for member in state.members.iter() {
        let held = state.ledger.balance(Account::member(AccountKind::MemberEmissionReserved, member));
        let needed = reserved.get(&member).copied().unwrap_or(0);
        ensure(held.unsigned_abs() == needed, "reserved_points_equal_product_lines", || {
            format!("{member:?}: {held} and {needed}")
        })?;
    }
    Ok(())
}

/// POOL-7: the cascade is complete: no trigger is at or below the price. Written without the exit queue, so
/// that it checks the queue too; debug builds also look whether the queue would meet everybody in time.
fn nobody_is_past_the_cap(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    let pair = state.pair();
    let exits_go_on = state.under_way.is_some_and(Position::exits_members);
    let member_triggers =
        state.members.iter().filter_map(|member| Some((member.0, state.member_trigger(member)?)));
    let by_lot = engine.plan.pool.and_then(|pool| pool.exit).is_some_and(|exit| exit.basis == ExitBasis::Lot);
    let lots = by_lot.then(|| state.orders.lines()).into_iter().flatten();
    let lot_triggers = lots.filter_map(|(line, _)| Some((line.0, state.lot_trigger(line)?)));
    for (item, trigger) in member_triggers.chain(lot_triggers) {
        let reached = trigger.is_reached(&pair) && !exits_go_on;
        ensure(!reached || pair.supply.is_zero(), "nobody_is_past_the_cap", || {
            format!("{trigger:?} at {pair:?}")
        })?;
        let is_met = !cfg!(debug_assertions) || state.exits.meets(item, &trigger);
        ensure(is_met, "nobody_is_past_the_cap", || {
            format!("the exit queue has no entry of {item} at or below {trigger:?}")
        })?;
    }
    Ok(())
}

/// REL-2a: a member's release points are what its lots still lock and its fraction, which is below a minor unit.
fn release_points_equal_lots(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    let per_minor = crate::release::units_per_minor(engine.plan.programme.currency);
    for member in state.members.iter() {
        let held = state.ledger.balance(Account::member(AccountKind::MemberRelease, member));
        let fraction = state.releases.fraction(member);
        let in_lots = state.releases.lots.remaining(member);
        let equal = held.unsigned_abs() == in_lots + fraction && fraction < per_minor;
        ensure(equal, "release_points_equal_lots", || {
            format!("{member:?} holds {held}, lots {in_lots}, fraction {fraction}")
        })?;
    }
    Ok(())
}

/// EMIT-1a: a member's value units are what its lots still lock.
fn value_units_equal_lots(state: &State) -> Result<(), Violation> {
    for member in state.members.iter() {
        let held = state.ledger.balance(Account::member(AccountKind::MemberValue, member));
        let in_lots = state.values.lots.remaining(member);
        ensure(held.unsigned_abs() == in_lots, "value_units_equal_lots", || {
            format!("{member:?} holds {held}, lots {in_lots}")
        })?;
    }
    Ok(())
}

/// EMIT-2, EMIT-3: what was issued and what was not is what the schedule says for the days closed, within the cap.
fn emission_follows_the_schedule(engine: &Engine, plan: &EmissionPlan) -> Result<(), Violation> {
    let state = &engine.state;
    let (Some(begun), Some(close_at)) = (state.first_day, state.close_at) else { return Ok(()) };
    let last = Timestamp::from_us(close_at.us() - 1).unwrap_or(Timestamp::MIN);
    let closed = engine.plan.programme.calendar.day_of(last).number() - 1;
    let scheduled = if closed < begun.number() {
        0
    } else {
        Schedule::new(plan, begun).through(plan, begun.plus(closed - begun.number()))
    };
    let emission = &state.emission;
    let (issued, reserve) = (emission.issued.units(), emission.reserve.units());
    // What a close that has not come to its end has issued of the next day.
    let of_today = match state.under_way {
        Some(Position::Emission { issued, .. }) => issued.units(),
        _ => 0,
    };
    let follows = issued + reserve == scheduled + of_today && scheduled <= plan.cap.units();
    ensure(follows, "emission_follows_the_schedule", || {
        format!("issued {issued}, reserve {reserve}, scheduled {scheduled}")
    })
}

/// EMIT-3a: what is accrued is what members were not credited yet.
fn accrued_emission_is_of_members(state: &State) -> Result<(), Violation> {
    let accrued = state.ledger.programme(AccountKind::EmissionAccrued).unsigned_abs();
    let of_members = state.members.iter().map(|member| state.emission_accrued(member).units());
    let sum: u128 = if state.emission.shares().is_empty() { 0 } else { of_members.sum() };
    ensure(accrued == sum, "accrued_emission_is_of_members", || format!("{accrued} and {sum}"))
}

/// ORDER-6: the debts of each sum to its receivable; what is advanced is owed of legs, and everything owed is either
/// advanced or recoverable; nothing stays in clearing; the operator does not both owe and claim.
fn receivables_equal_debts(state: &State) -> Result<(), Violation> {
    let kinds = [
        AccountKind::Receivable,
        AccountKind::MerchantReceivable,
        AccountKind::FundReceivable,
        AccountKind::PlatformReceivable,
        AccountKind::ReserveReceivable,
        AccountKind::UndistributedReceivable,
    ];
    let receivables = state.ledger.accounts().filter(|(account, _)| kinds.contains(&account.kind));
    let owed: i128 = receivables.map(|(_, balance)| -balance).sum();
    let (mut debts, mut legs) = (0, 0);
    for (debtor, list) in state.debts.iter() {
        let sum = i128::from(state.debts.sum(debtor).minor());
        let balance = -state.ledger.balance(debtor.receivable());
        ensure(sum == balance, "receivables_equal_debts", || format!("{debtor:?}: {balance} and {sum}"))?;
        debts += sum;
        let of_legs = list.iter().filter(|debt| debt.origin.repays_advances());
        legs += of_legs.map(|debt| i128::from(debt.amount.minor())).sum::<i128>();
    }
    let advanced =
        [AccountKind::AdvancedReserve, AccountKind::AdvancedPlatform, AccountKind::AdvancedOperator];
    let advanced: i128 = advanced.into_iter().map(|kind| state.ledger.programme(kind)).sum();
    let programme = |kind| state.ledger.programme(kind);
    let recoverable = programme(AccountKind::RefundRecoverable);
    let holds = owed == debts
        && owed == advanced + recoverable
        && advanced <= legs
        && programme(AccountKind::RefundClearing) == 0
        && (programme(AccountKind::OperatorDue) == 0 || programme(AccountKind::OperatorClaim) == 0);
    ensure(holds, "receivables_equal_debts", || {
        format!(
            "owed {owed}, in debts {debts}, of legs {legs}, advanced {advanced}, recoverable {recoverable}"
        )
    })
}

/// PAY-1: suspense is what is left of payments in the programme's currency.
fn suspense_equals_open_payments(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    let own = |payment: &&Payment| payment.currency == engine.plan.programme.currency;
    let payments = state.payments.list().iter().filter(own);
    let left = payments.fold(Money::ZERO, |sum, payment| sum.add_within_limit(payment.left));
    let suspense = state.ledger.programme(AccountKind::Suspense);
    let equal = suspense == i128::from(left.minor());
    ensure(equal, "suspense_equals_open_payments", || format!("{suspense} and {left:?}"))
}

/// COMM-7: nothing stays payable between entries.
fn commissions_are_paid_at_once(state: &State) -> Result<(), Violation> {
    let payable = state.ledger.programme(AccountKind::CommissionPayable);
    ensure(payable == 0, "commissions_are_paid_at_once", || format!("{payable} is payable"))
}

/// COMM-2: the pointers a walk follows are those that tree, ranks and qualification say.
fn network_is_consistent(state: &State) -> Result<(), Violation> {
    let fits = |member| state.network.referrer(member) == state.members.referrer(member);
    let consistent = state.network.is_consistent() && state.members.iter().all(fits);
    ensure(consistent, "network_is_consistent", || "a member points to another upline".to_owned())
}

/// RANK-1: own volumes are what is left of the bases of settled lines.
fn volumes_equal_settled_lines(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    let mut settled = vec![Money::ZERO; state.members.len()];
    for (number, order) in state.orders.orders() {
        let counts = matches!(order.state, OrderState::Settled | OrderState::Refunded);
        if counts && !engine.excludes_of(number).commission {
            for line in order.line_numbers() {
                let own = &mut settled[order.member.index()];
                *own = own.add_within_limit(state.orders.base_left(line));
            }
        }
    }
    for member in state.members.iter() {
        let (own, expected) = (state.volumes.own(member), settled[member.index()]);
        ensure(own == expected, "volumes_equal_settled_lines", || {
            format!("{member:?}: {own:?} and {expected:?}")
        })?;
    }
    Ok(())
}

/// CAT-3, CAT-4: what is held and out of each article is what orders hold and have, nothing more is than there is, and
/// what counts for a member's limit is what it holds and has.
fn stock_equals_orders(state: &State) -> Result<(), Violation> {
    let catalogue = &state.catalogue;
    let mut sums = vec![(0_u64, 0_u64); catalogue.skus().len()];
    let mut bought: BTreeMap<(MemberNo, SkuNo), u64> = BTreeMap::new();
    for (line, pieces) in catalogue.all_pieces() {
        let order = state.orders.order(state.orders.line(line).order);
        let amount = state.orders.amount(line);
        let history = state.orders.history(line);
        let whole = history.refunded < amount;
        let fits = match order.state {
            OrderState::Placed => pieces.held() == pieces.quantity,
            OrderState::Closed => pieces.back == pieces.quantity,
            // By piece what was refunded so, and all of a line of which nothing is left.
            OrderState::Paid => {
                let back = if whole { history.refunded_pieces } else { pieces.quantity };
                !pieces.left && pieces.back == back
            }
            OrderState::Shipped | OrderState::Received | OrderState::Settled | OrderState::Refunded => {
                pieces.held() == 0
            }
        };
        ensure(fits, "stock_equals_orders", || format!("{line:?} of {:?}: {pieces:?}", order.state))?;
        let (held, out) = &mut sums[pieces.sku.index()];
        *held += u64::from(pieces.held());
        *out += u64::from(pieces.out());
        let counts = u64::from(pieces.held() + pieces.out());
        if counts > 0 && catalogue.sku(pieces.sku).limit_per_member.is_some() {
            *bought.entry((order.member, pieces.sku)).or_insert(0) += counts;
        }
    }
    draws::of_boxes(state, |sku, held, out| {
        let sums = &mut sums[sku.index()];
        *sums = (sums.0 + held, sums.1 + out);
    });
    for (sku, (held, out)) in catalogue.skus().iter().zip(sums) {
        let stock = sku.stock;
        let enough = !stock.limited || stock.added >= stock.removed + stock.held + stock.out;
        ensure((stock.held, stock.out) == (held, out) && enough, "stock_equals_orders", || {
            format!("{}: {stock:?}, orders hold {held} and have {out}", sku.id)
        })?;
    }
    let counted = catalogue.all_bought().map(|(member, sku, pieces)| ((member, sku), pieces));
    ensure(counted.eq(bought.iter().map(|(of, pieces)| (*of, *pieces))), "stock_equals_orders", || {
        format!("limits count otherwise than {bought:?}")
    })
}

/// COUPON-4: coupons are reserved by placed orders, used by paid ones, and free otherwise.
fn coupons_equal_orders(state: &State) -> Result<(), Violation> {
    let mut expected = vec![CouponState::Free; state.coupons.list().len()];
    for (order, coupons) in state.coupons.by_order() {
        let held = match state.orders.order(order).state {
            OrderState::Placed => CouponState::Reserved,
            OrderState::Closed => CouponState::Free,
            OrderState::Paid
            | OrderState::Shipped
            | OrderState::Received
            | OrderState::Settled
            | OrderState::Refunded => CouponState::Used,
        };
        for coupon in coupons {
            expected[coupon.index()] = held;
        }
    }
    for (coupon, expected) in state.coupons.list().iter().zip(expected) {
        ensure(coupon.state == expected, "coupons_equal_orders", || {
            format!("{}: {:?}, expected {expected:?}", coupon.id, coupon.state)
        })?;
    }
    Ok(())
}

/// GROUP-4: of a fixed bonus so much is paid and not taken back as the orders make that have settled and are kept.
fn leaders_bonuses_follow_orders(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    for (number, group) in state.campaigns.groups() {
        let plan = engine.promotion_of(group.campaign).group;
        let Some((plan, Discount::Fixed(bonus))) = plan.and_then(|plan| Some((plan, plan.leader_bonus?)))
        else {
            continue;
        };
        let kept = |order: &&OrderNo| state.orders.order(**order).state == OrderState::Settled;
        let kept = group.orders.iter().filter(kept).count();
        let fits = u32::try_from(kept) == Ok(group.kept)
            && group.bonus == fixed_bonus(bonus, group.kept, plan.members)
            && group.bonus_operator <= group.bonus;
        ensure(fits, "leaders_bonuses_follow_orders", || {
            format!("{number:?}: {kept} orders, {:?} paid for {}", group.bonus, group.kept)
        })?;
    }
    Ok(())
}

/// LOY-2: a member's loyalty points are the sum of its lots, in the order in which they expire, and its timer is set to
/// the oldest.
fn loyalty_points_equal_lots(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    if engine.plan.loyalty.is_none() {
        return Ok(());
    }
    for member in state.members.iter() {
        let held = state.ledger.balance(Account::member(AccountKind::MemberLoyalty, member));
        let in_lots = state.loyalty.sum(member);
        let timer = state.timers.when(Timer::Loyalty(member.0));
        let lots = || state.loyalty.lots(member).map(|lot| (lot.expires_at, !lot.left.is_zero()));
        let ordered = lots().is_sorted() && lots().all(|(_, some)| some);
        let fits = held == i128::from(in_lots.minor()) && timer == state.loyalty.next_expiry(member);
        ensure(fits && ordered, "loyalty_points_equal_lots", || {
            format!("{member:?} holds {held}, lots {in_lots:?}, timer {timer:?}")
        })?;
    }
    loyalty_counts_equal_lines(engine)?;
    // LOY-4a: what is owed in points was asked back, and not paid with points since.
    let totals = state.loyalty.totals;
    let owed = state.ledger.programme(AccountKind::LoyaltyRecoverable);
    let expected = i128::from(totals.owed.minor()) - i128::from(totals.netted.minor());
    ensure(owed == expected, "loyalty_points_equal_lots", || format!("{owed} owed, expected {expected}"))?;
    Ok(())
}

/// LOY-5d: what counts of a member is what is left of the lines that count, and what they earned less what was taken back.
fn loyalty_counts_equal_lines(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    let mut expected = BTreeMap::<MemberNo, (i128, i128)>::new();
    for line in state.loyalty.counted_lines() {
        let order = state.orders.line(line).order;
        let sums = expected.entry(state.orders.order(order).member).or_default();
        sums.0 += i128::from(state.orders.base_left(line).minor());
        let earned = state.loyalty.earned(line);
        sums.1 += earned.map_or(0, |earned| {
            i128::from(earned.points.minor()) - i128::from(earned.clawback_total.minor())
        });
    }
    for (member, sums) in expected {
        let counted = state.loyalty.progress(member).whole();
        let counted = (i128::from(counted.spent.minor()), i128::from(counted.earned.minor()));
        ensure(counted == sums, "loyalty_counts_equal_lines", || {
            format!("{member:?} counts {counted:?}, its lines {sums:?}")
        })?;
    }
    Ok(())
}
