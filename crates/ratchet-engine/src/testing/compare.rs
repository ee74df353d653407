//! The engine's side of the comparison with the naive model, and the comparison itself.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::naive::{Naive, NaiveOutcome};
use super::program::{Profile, Program, minimise};
use super::snapshot::{
    AccountsSnapshot, MemberSnapshot, MerchantSnapshot, PoolSnapshot, Snapshot, TotalsSnapshot,
};
use crate::amount::Points;
use crate::campaign::{GroupState, Voucher};
use crate::chain::ChainRole;
use crate::coupon::CouponState;
use crate::engine::{Engine, Outcome};
use crate::id::{MemberNo, MerchantNo};
use crate::journal::EntryBatch;
use crate::ledger::{Account, AccountKind};
use crate::merchant::MerchantState;
use crate::message::panic_text;
use crate::plan::{ExitBasis, ExitCounts};
use crate::relist::GoodsState;
use crate::wind_down::WindDownPhase;

/// The engine's state as plain values. Orders are looked up by the ids in `other`: the engine keeps only
/// hashes of them.
pub fn snapshot(engine: &Engine, other: &Snapshot) -> Snapshot {
    let state = &engine.state;
    let magnitude = |account: Account| {
        let balance = state.ledger.balance(account);
        if account.kind.is_debit_normal() { -balance } else { balance }
    };
    let programme = |kind| magnitude(Account::programme(kind));
    let mut members = BTreeMap::new();
    for view in engine.members() {
        let values = MemberSnapshot {
            cash: view.cash.minor().into(),
            reconsume: view.reconsume.minor().into(),
            hold: view.hold.minor().into(),
            retention_pending: state.withdrawals.retention_pending(view.no).minor().into(),
            points: view.points.units(),
            spent: view.spent.minor().into(),
            cash_received: view.cash_received.minor().into(),
            exits: view.exits.into(),
            cap_base: view.cap_base.minor().into(),
            earned: view.earned.units().min((1 << 96) - 1),
        };
        members.insert(view.id.to_owned(), values);
    }
    let mut merchants = BTreeMap::new();
    for (at, id) in state.merchants.iter().enumerate() {
        let merchant = MerchantNo::at(at).expect("merchants have numbers");
        let payable = magnitude(Account::merchant(AccountKind::MerchantPayable, merchant));
        let receivable = magnitude(Account::merchant(AccountKind::MerchantReceivable, merchant));
        if payable != 0 || receivable != 0 {
            let name = if at == 0 { String::new() } else { id.to_string() };
            merchants.insert(name, MerchantSnapshot { payable, receivable });
        }
    }
    let order_state = |id: &String| engine.order(id).map(|(state, _)| state.name().to_owned());
    let orders = other.orders.keys().filter_map(|id| Some((id.clone(), order_state(id)?))).collect();
    let withdrawals = state.withdrawals.list.iter();
    let withdrawals = withdrawals.map(|w| (w.id.to_string(), w.state.name().to_owned())).collect();
    let funds = (0_u32..)
        .zip(&engine.plan.split.funds)
        .map(|(of, fund)| (fund.name.clone(), magnitude(Account { kind: AccountKind::Fund, owner: of })));
    let totals = engine.totals();
    let residuals = state.residuals.iter().filter(|(_, residual)| !residual.is_zero());
    Snapshot {
        now_us: engine.now().us(),
        members,
        merchants,
        orders,
        withdrawals,
        pool: PoolSnapshot {
            assets: totals.pool.minor().into(),
            supply: totals.supply.units(),
            house: programme(AccountKind::PointsHouse).unsigned_abs(),
            residual: residuals.map(|(epoch, residual)| (*epoch, residual.minor().into())).collect(),
            exponent: totals.exponent,
            epoch: state.epoch,
            mint_queue: state.mint_queue.len(),
            mint_queue_amount: state.mint_queue.iter().map(|(_, amount)| i128::from(amount.minor())).sum(),
            waiting: state.orders.histories.values().map(|h| i128::from(h.waiting.minor())).sum(),
        },
        accounts: AccountsSnapshot {
            bank: programme(AccountKind::Bank),
            escrow: programme(AccountKind::Escrow),
            commission_undistributed: programme(AccountKind::CommissionUndistributed),
            funds: funds.collect(),
            platform_revenue: programme(AccountKind::PlatformRevenue),
            refund_reserve: programme(AccountKind::RefundReserve),
            refund_recoverable: programme(AccountKind::RefundRecoverable),
            operator_due: programme(AccountKind::OperatorDue),
            tax_payable: programme(AccountKind::TaxPayable),
        },
        totals: TotalsSnapshot {
            contributions: totals.contributions.minor().into(),
            injected: totals.injected.minor().into(),
            paid_out: totals.paid_out.minor().into(),
            retained: totals.retained.minor().into(),
            returned: totals.pool_refunded.minor().into(),
            exits: totals.exits,
        },
        others: others(engine, other),
    }
}

/// What [`Snapshot::others`] asks for.
fn others(engine: &Engine, other: &Snapshot) -> BTreeMap<String, i128> {
    let state = &engine.state;
    let mut others = BTreeMap::new();
    let mut put = |name: String, value: i128| {
        if value != 0 {
            others.insert(name, value);
        }
    };
    let units = |points: Points| i128::try_from(points.units()).expect("96 bits fit");
    for view in engine.members() {
        let id = view.id;
        put(format!("members.{id}.joined_at"), view.joined_at.us().into());
        put(format!("members.{id}.suspended"), view.suspended.into());
        put(format!("members.{id}.receivable"), view.receivable.minor().into());
        put(format!("members.{id}.set_off"), state.debts.set_off(view.no).minor().into());
        let rank = view.rank.map_or(0, |rank| i128::try_from(rank + 1).expect("few ranks"));
        put(format!("members.{id}.rank"), rank);
        put(format!("members.{id}.team_volume"), view.team_volume.minor().into());
        put(format!("members.{id}.release_points"), units(view.release_points));
        put(format!("members.{id}.release_remaining"), units(view.release_remaining));
        put(format!("members.{id}.value_units"), units(view.value_units));
        put(format!("members.{id}.emission_points"), units(view.emission_points));
        put(format!("members.{id}.emission_reserved"), units(view.emission_reserved));
        put(format!("members.{id}.weight_millionths"), view.weight_millionths.into());
        put(format!("members.{id}.loyalty"), view.loyalty.minor().into());
        put(format!("members.{id}.loyalty_owed"), view.loyalty_owed.minor().into());
        let tier = engine.loyalty_standing(id).map_or(0, |standing| standing.tier);
        put(format!("members.{id}.loyalty_tier"), i128::try_from(tier).expect("few tiers"));
        chain(engine, view.no, id, &mut put);
    }
    draws(engine, &mut put);
    for sku in engine.skus() {
        put(format!("sku.{}.available", sku.id), sku.available.unwrap_or(0).into());
        put(format!("sku.{}.held", sku.id), sku.held.into());
        put(format!("sku.{}.out", sku.id), sku.out.into());
    }
    for coupon in engine.coupons() {
        let state = match coupon.state {
            CouponState::Free => 1,
            CouponState::Reserved => 2,
            CouponState::Used => 3,
        };
        put(format!("coupons.{}", coupon.id), state);
    }
    for (at, id) in state.merchants.iter().enumerate().skip(1) {
        let merchant = MerchantNo::at(at).expect("merchants have numbers");
        let hold = state.ledger.balance(Account::merchant(AccountKind::MerchantHold, merchant));
        put(format!("merchants.{id}.hold"), hold);
        let merchant_state = engine.merchant(id.as_str()).map(|merchant| match merchant.state {
            MerchantState::Applied => 1,
            MerchantState::Approved => 2,
            MerchantState::Rejected => 3,
            MerchantState::Suspended => 4,
        });
        put(format!("merchants.{id}.state"), merchant_state.unwrap_or(0));
    }
    put(
        "wind_down".to_owned(),
        match state.wind_down.phase {
            WindDownPhase::None => 0,
            WindDownPhase::Announced => 1,
            WindDownPhase::Done => 2,
        },
    );
    campaigns(engine, &mut put);
    put("fund_deposits".to_owned(), engine.fund_deposits().map(|(.., sum)| i128::from(sum.minor())).sum());
    for (name, kind) in [
        ("advanced_reserve", AccountKind::AdvancedReserve),
        ("advanced_platform", AccountKind::AdvancedPlatform),
        ("advanced_operator", AccountKind::AdvancedOperator),
        ("operator_claim", AccountKind::OperatorClaim),
        ("operator_hold", AccountKind::OperatorHold),
        ("commission_payable", AccountKind::CommissionPayable),
        ("dividend_pot", AccountKind::DividendPot),
        ("value_released", AccountKind::ValueReleased),
        ("emission_platform", AccountKind::EmissionPlatform),
    ] {
        put(format!("accounts.{name}"), state.ledger.programme(kind));
    }
    for (name, kind) in [
        ("platform", AccountKind::PlatformReceivable),
        ("reserve", AccountKind::ReserveReceivable),
        ("undistributed", AccountKind::UndistributedReceivable),
    ] {
        put(format!("accounts.{name}_receivable"), -state.ledger.programme(kind));
    }
    for (at, fund) in (0_u32..).zip(&engine.plan.split.funds) {
        let owed = -state.ledger.balance(Account::fund(AccountKind::FundReceivable, at));
        put(format!("accounts.fund_receivable.{}", fund.name), owed);
    }
    put("loyalty.operator".to_owned(), engine.loyalty_by_operator().minor().into());
    put("dividend.deficit".to_owned(), engine.dividend_deficit().minor().into());
    put("release.shortfall".to_owned(), engine.release_shortfall().minor().into());
    let emission = engine.emission();
    put("emission.issued".to_owned(), units(emission.issued));
    put("emission.reserve".to_owned(), units(emission.reserve));
    put("guide.released".to_owned(), units(emission.guide_released));
    put("guide.issued".to_owned(), units(emission.guide_issued));
    capital(engine, other, &mut put);
    others
}

/// A member's place in the chain.
fn chain(engine: &Engine, member: MemberNo, id: &str, put: &mut impl FnMut(String, i128)) {
    let role = engine.state.chain.role(member).map_or(0, |role| match role {
        ChainRole::Boss => 1,
        ChainRole::Agent => 2,
    });
    put(format!("members.{id}.chain"), role);
    let upline = engine.state.chain.upline(member).map_or(0, |upline| i128::from(upline.0) + 1);
    put(format!("members.{id}.chain_upline"), upline);
}

/// Boxes that wait or were opened, and goods that may be sold on.
fn draws(engine: &Engine, put: &mut impl FnMut(String, i128)) {
    let state = &engine.state;
    for (order, record) in state.campaigns.orders() {
        let id = record.id.as_str();
        let is_box = state.boxes.campaign(record.campaign).is_some();
        let waits = is_box && state.draws.is_undecided(order);
        let opened = state.boxes.opened(order).map(|opened| i128::from(opened.item) + 2);
        put(format!("boxes.{id}"), opened.unwrap_or(i128::from(waits)));
        if let Some(goods) = state.relist.get(order) {
            put(format!("goods.{id}.price"), goods.price.minor().into());
            put(format!("goods.{id}.holder"), i128::from(goods.holder.0) + 1);
            let goods = match goods.state {
                GoodsState::Held => 1,
                GoodsState::Offered => 2,
                GoodsState::Delivered => 3,
            };
            put(format!("goods.{id}.state"), goods);
        }
    }
}

/// Campaigns, groups that are not over, deposits and vouchers.
fn campaigns(engine: &Engine, put: &mut impl FnMut(String, i128)) {
    for campaign in engine.campaigns() {
        let id = campaign.id;
        put(format!("campaigns.{id}.taken"), campaign.taken.into());
        put(format!("campaigns.{id}.cancelled"), campaign.cancelled.into());
        let commitments = i128::try_from(campaign.commitments).expect("at most a million");
        put(format!("campaigns.{id}.commitments"), commitments);
        put(format!("campaigns.{id}.withheld"), campaign.withheld.into());
    }
    for group in engine.groups() {
        let id = group.id;
        let state = match group.state {
            GroupState::Open => 1,
            GroupState::Waits => 2,
            GroupState::Succeeded => 3,
            GroupState::Failed => 4,
        };
        put(format!("groups.{id}.state"), state);
        if group.state != GroupState::Failed {
            put(format!("groups.{id}.members"), i128::try_from(group.members).expect("at most 1,000"));
            let leader = group.leader.and_then(|leader| engine.member(leader));
            put(format!("groups.{id}.leader"), leader.map_or(0, |leader| i128::from(leader.no.0) + 1));
        }
    }
    for (_, order) in engine.state.campaigns.orders() {
        put(format!("deposits.{}", order.id), order.deposit.minor().into());
        let voucher = match order.voucher {
            Voucher::None => 0,
            Voucher::Good => 1,
            Voucher::Redeemed => 2,
            Voucher::Void => 3,
        };
        put(format!("vouchers.{}", order.id), voucher);
    }
}

/// Of the market, rounds, shares and claims. Offers are looked up by the ids in `other`.
fn capital(engine: &Engine, other: &Snapshot, put: &mut dyn FnMut(String, i128)) {
    let units = |points: Points| i128::try_from(points.units()).expect("96 bits fit");
    for view in engine.members() {
        let id = view.id;
        put(format!("members.{id}.market_hold"), view.market_hold.minor().into());
        put(format!("members.{id}.market_points"), units(view.market_points));
        put(format!("members.{id}.claim"), view.claim.minor().into());
        put(format!("members.{id}.shares"), view.shares.into());
        put(format!("members.{id}.locked_points"), units(view.locked_points));
    }
    for name in other.others.keys().filter(|name| name.starts_with("offers.")) {
        let offer = name.strip_prefix("offers.").and_then(|id| engine.market_offer(id));
        put(name.clone(), offer.map_or(0, |offer| offer.left.into()));
    }
    for (name, kind) in [
        ("claims_issued", AccountKind::ClaimsIssued),
        ("equity_issuer", AccountKind::EquityIssuer),
        ("funding_rounds", AccountKind::FundingRounds),
        ("shares_issued", AccountKind::SharesIssued),
    ] {
        let balance = engine.state.ledger.programme(kind);
        put(format!("accounts.{name}"), if kind.is_debit_normal() { -balance } else { balance });
    }
    for round in engine.rounds() {
        put(format!("rounds.{}.pool_left", round.id), round.pool_left.minor().into());
        put(format!("rounds.{}.subsidies_left", round.id), round.subsidies_left.minor().into());
    }
    for window in engine.windows() {
        put(format!("windows.{}", window.id), if window.issued.is_some() { 2 } else { 1 });
    }
    put("accounts.suspense".to_owned(), engine.state.ledger.programme(AccountKind::Suspense));
    for payment in engine.payments() {
        put(format!("payments.{}.left", payment.id), payment.left.minor().into());
        if let Some(reason) = payment.reason {
            put(format!("payments.{}.{}", payment.id, reason.name()), 1);
        }
    }
    for claim in engine.claims() {
        put(format!("claims.{}", claim.id), i128::from(claim.approvals) + 1);
    }
}

/// Compares random programs with seeds from `first` in steps of `step` until `commands` commands were run;
/// says how many were. The error holds the seed, the difference and the smallest program that shows one.
pub fn run(first: u64, step: u64, commands: usize) -> Result<usize, String> {
    run_programs(first, step, commands, Program::random)
}

/// As [`run`], of one profile only.
pub fn run_profile(profile: Profile, first: u64, commands: usize) -> Result<usize, String> {
    run_programs(first, 1, commands, |seed| Program::of_profile(seed, profile))
}

fn run_programs(
    first: u64,
    step: u64,
    commands: usize,
    program_of: impl Fn(u64) -> Program,
) -> Result<usize, String> {
    let (mut seed, mut done) = (first, 0);
    while done < commands {
        let program = program_of(seed);
        if let Err(difference) = compare_caught(&program) {
            let smallest = minimise(&program, |program| compare_caught(program).is_err());
            let again = compare_caught(&smallest).err().unwrap_or_default();
            let text = smallest.text();
            return Err(format!("seed {seed}: {difference}\n\nsmallest program:\n{text}\n{again}"));
        }
        done += program.commands.len();
        seed += step;
    }
    Ok(done)
}

/// A writer that stops is a difference like any other.
fn compare_caught(program: &Program) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| compare(program)))
        .unwrap_or_else(|panic| Err(format!("the engine stopped: {}", panic_text(&*panic))))
}

/// Runs a program through both and compares outcomes and states after every command; the error names the
/// first difference. Replay of the journal and its audit are compared at the end.
pub fn compare(program: &Program) -> Result<(), String> {
    let mut naive = Naive::new(&program.plan());
    let mut engine = Engine::genesis(program.plan());
    let mut writer = crate::journal::Writer::new();
    let mut journal = Vec::new();
    writer.write(&engine, None, &mut journal);
    let (mut binary, mut blobs) = (crate::journal::BinaryWriter::new(), Vec::new());
    binary.write(&engine, None, &mut blobs);
    for (number, envelope) in program.commands.iter().enumerate() {
        let expected = naive.submit(envelope);
        // Programs pass years at once: what is due in them is more than a preview usually does.
        let preview = engine.preview_within(envelope, u64::MAX);
        let outcome = engine.submit(envelope);
        if let Outcome::Rejected(code) = outcome {
            // ERR-1: every refusal has its facts, whatever the state.
            let (refusal, currency) = (engine.refusal(envelope, code), engine.plan().programme.currency);
            assert!(!refusal.en(&currency).is_empty() && !refusal.zh(&currency).is_empty());
        }
        let place = |what: String| format!("command {number} {envelope:?}\n{what}");
        same_outcome(&expected, outcome).map_err(place)?;
        super::previews::came_true(&preview, &engine, outcome).map_err(place)?;
        writer.write(&engine, Some(envelope), &mut journal);
        binary.write(&engine, Some(envelope), &mut blobs);
        same_state(&naive, &engine).map_err(place)?;
        if let Err(violation) = engine.check_invariants() {
            return Err(place(format!("invariant broken: {violation}")));
        }
    }
    binary.finish(&engine, &mut blobs);
    compare_journals(&journal, &blobs, &engine)
}

/// Whether both decided the same.
pub(super) fn same_outcome(expected: &NaiveOutcome, outcome: Outcome) -> Result<(), String> {
    let same = match (expected, outcome) {
        (NaiveOutcome::Applied, Outcome::Applied { .. })
        | (NaiveOutcome::Replayed, Outcome::Duplicate { .. }) => true,
        (NaiveOutcome::Rejected(expected), Outcome::Rejected(found)) => *expected == found,
        (NaiveOutcome::Applied | NaiveOutcome::Replayed | NaiveOutcome::Rejected(_), _) => false,
    };
    if same { Ok(()) } else { Err(format!("naive {expected:?}, engine {outcome:?}")) }
}

/// Whether both are in the same state.
pub(super) fn same_state(naive: &Naive, engine: &Engine) -> Result<(), String> {
    let exit = engine.plan().pool.and_then(|pool| pool.exit);
    let earned_decides =
        exit.is_some_and(|exit| exit.counts == ExitCounts::Earned && exit.basis == ExitBasis::Member);
    let mut expected = naive.snapshot();
    let mut found = snapshot(engine, &expected);
    if !earned_decides {
        // Nothing bounds it then: the engine's 96 bits and the model's 128 saturate at different moments.
        for member in expected.members.values_mut().chain(found.members.values_mut()) {
            member.earned = 0;
        }
    }
    if found == expected {
        return Ok(());
    }
    Err(format!("engine here, naive there:\n{}", found.diff(&expected)))
}

/// JRN-1, JRN-3: both forms hold the same entries, and the binary one leads to the same state, decided again and replayed.
fn compare_journals(text: &[u8], blobs: &[u8], engine: &Engine) -> Result<(), String> {
    let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
    let (mut lines, mut reader) = (text.lines(), crate::journal::Reader::new());
    let (mut line, mut verifier) = (EntryBatch::new(), crate::journal::Verifier::new());
    let mut different = None;
    let binary = crate::journal::binary::read(blobs, |batch, record| {
        for (entry, envelope) in batch.iter() {
            let text = lines.next().unwrap_or_default();
            reader.read(text, &mut line)?;
            let same = line.iter().all(|(other, command)| other.is_same(&entry) && command == envelope);
            if !same || line.len() != 1 {
                different = different.take().or(Some(format!("the binary form is not that of {text}")));
            }
        }
        verifier.push_batch(batch, record)
    });
    let binary = binary.map_err(|error| format!("verify: {error}"))?;
    if let Some(different) = different.or_else(|| lines.next().map(str::to_owned)) {
        return Err(different);
    }
    let (replayed, _) = verifier.finish().map_err(|error| format!("verify: {error}"))?;
    binary.check(&replayed).map_err(|error| format!("verify: {error}"))?;
    if replayed.digest() != engine.digest() {
        return Err("replay leads to another digest".to_owned());
    }
    Ok(())
}
