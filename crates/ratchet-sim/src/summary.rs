//! What a backtest came to: the numbers of `summary.json` and of the report.

mod text;

use ratchet_engine::amount::{Currency, Money, Points};
use ratchet_engine::commission::CommissionKind;
use ratchet_engine::digest::DigestHasher;
use ratchet_engine::disclosure::{BreakEven, Cohort, Count, Disclosure, Inequality, Leg, Spread};
use ratchet_engine::engine::Engine;
use ratchet_engine::ledger::AccountKind;
use ratchet_engine::plan::{Mode, Plan};
use ratchet_engine::pool::Price;
use ratchet_engine::state::Totals;
use ratchet_engine::time::Timestamp;
use serde_json::{Value, json};

use crate::backtest::{Assumptions, Backtest, CurvePoint};
use crate::capital::coverage_json;
use crate::orders::{Found, LeftOut, Voided};

/// Everything a report says. Amounts are the engine's; nothing is computed again.
pub struct Summary {
    /// Name of the order file.
    pub orders_file: String,
    /// The plan that was run.
    pub plan: Plan,
    /// What was assumed besides.
    pub assumptions: Assumptions,
    /// The programme's totals.
    pub totals: Totals,
    /// The last price.
    pub price: Price,
    /// Members with `spent > 0` and cash ≥ spent.
    pub recovered: u64,
    /// Rows that are no orders.
    pub skipped: u64,
    /// Malformed rows that were left out on request.
    pub bad_rows: u64,
    /// What was left out, by reason: rows skipped, malformed rows, inviters that are void (whose orders count).
    pub left_out: Vec<LeftOut>,
    /// Orders of several rows.
    pub orders_of_several_rows: u64,
    /// Rows that say the same as an earlier row of their order.
    pub repeated_rows: u64,
    /// Refunds.
    pub refunds: u64,
    /// Sales that members made by themselves.
    pub sales: u64,
    /// Rows whose inviter is void (NET-4).
    pub voided: Voided,
    /// First and last order.
    pub from: Timestamp,
    /// See `from`.
    pub to: Timestamp,
    /// When the last order had settled.
    pub settled_at: Timestamp,
    /// Price over time.
    pub curve: Vec<CurvePoint>,
    /// Who gained and who lost.
    pub disclosure: Disclosure,
    /// How far the newest member is from its money (DISC-3).
    pub break_even: Option<BreakEven>,
    /// Commissions paid less taken back, by kind and distance (DISC-6a).
    pub commissions: Vec<(CommissionKind, usize, Money)>,
    /// Commission shares that nobody was entitled to, or that the cap cut.
    pub undistributed: Money,
    /// Money that releases were due and their fund did not hold (REL-4a).
    pub release_shortfall: Money,
    /// Release points granted and still locked.
    pub release_locked: Points,
    /// Coverage of claimants (DISC-7), in a plan with claims.
    pub coverage: Option<Value>,
    /// Digest of the final state.
    pub digest: String,
}

impl Summary {
    /// Sums up a finished run.
    pub fn new(orders_file: &str, found: &Found, assumptions: &Assumptions, backtest: &Backtest) -> Summary {
        let engine = &backtest.engine;
        let totals = engine.totals();
        let (disclosure, digest) = disclosure_and_digest(engine, &totals);
        // A history without an order is refused when it is read.
        let (from, to) = found.times.unwrap_or((engine.now(), engine.now()));
        Summary {
            orders_file: orders_file.to_owned(),
            plan: engine.plan().clone(),
            assumptions: *assumptions,
            totals,
            price: engine.price(),
            recovered: disclosure.outcomes.in_cash[0].members,
            skipped: found.skipped.len() as u64,
            bad_rows: found.bad.len() as u64,
            left_out: [found.skipped.left_out(), found.bad.left_out(), backtest.voided.left_out()].concat(),
            orders_of_several_rows: found.orders_of_several_rows,
            repeated_rows: found.repeated_rows,
            refunds: found.refunds,
            sales: backtest.sales,
            voided: backtest.voided.clone(),
            from,
            to,
            settled_at: engine.now(),
            curve: backtest.curve.clone(),
            break_even: disclosure.break_even(),
            disclosure,
            commissions: engine.commissions().collect(),
            undistributed: undistributed(engine),
            release_shortfall: engine.release_shortfall(),
            release_locked: release_locked(engine),
            coverage: engine.plan().claims.map(|_| coverage_json(engine)),
            digest,
        }
    }

    /// Whether returns stand among the rows skipped: what they come to was not deducted.
    pub fn has_returns(&self) -> bool {
        self.left_out.iter().any(|left| left.reason == "amount_negative")
    }

    /// Currency of all money.
    pub fn currency(&self) -> Currency {
        self.plan.programme.currency
    }

    /// The object that `backtest --json` prints and `summary.json` holds: SPEC 15's names, then the rest.
    pub fn to_json(&self) -> String {
        let currency = self.currency();
        let money = |amount: Money| currency.format(amount);
        let totals = &self.totals;
        let mut value = json!({
            "orders": totals.orders,
            "skipped": self.skipped,
            "members": totals.members,
            "pool": money(totals.pool),
            "supply": totals.supply.to_string(),
            "price": self.price.display(currency.decimals),
            "contributions": money(totals.contributions),
            "paid_out": money(totals.paid_out),
            "retained": money(totals.retained),
            "residual": money(totals.residual),
            "exits": totals.exits,
            "recovered": self.recovered,
            "injected": money(totals.injected),
            "price_unsplit": unsplit(&self.price, currency),
            "splits": totals.exponent,
            "pool_refunded": money(totals.pool_refunded),
            "operator_due": money(totals.operator_due),
            "mint_queue": totals.mint_queue,
            "refunds": self.refunds,
            "sales": self.sales,
            "bad_rows": self.bad_rows,
            "left_out": self.left_out.iter().map(|left| json!({
                "reason": left.reason,
                "column": left.column,
                "rows": left.rows,
                "amount": currency.format_minor(left.amount),
                "amount_unread": left.unread,
                "first_lines": left.first_lines,
            })).collect::<Vec<_>>(),
            "orders_of_several_rows": self.orders_of_several_rows,
            "repeated_rows": self.repeated_rows,
            "referrers_ignored": self.voided.len(),
            "from": self.from,
            "to": self.to,
            "settled_at": self.settled_at,
            "plan": { "zh": self.plan.programme.name.zh, "en": self.plan.programme.name.en },
            "currency": currency.code(),
            "mode": match self.plan.programme.mode {
                Mode::Sandbox => "sandbox",
                Mode::Live => "live",
            },
            "after_sale_days": self.plan.settlement.after_sale_days,
            "sell": self.assumptions.selling.to_string(),
            "seed": self.assumptions.seed,
            "orders_file": self.orders_file,
            "digest": self.digest,
            "commissions": self.commissions.iter().map(|(kind, generation, amount)| json!({
                "kind": kind.name(), "generation": generation, "amount": money(*amount),
            })).collect::<Vec<_>>(),
            "undistributed": money(self.undistributed),
            "release_locked": self.release_locked.to_string(),
            "release_shortfall": money(self.release_shortfall),
            "disclosure": disclosure(self, &money),
        });
        if let Some(coverage) = &self.coverage {
            value["disclosure"]["coverage"] = coverage.clone();
        }
        let mut text = serde_json::to_string_pretty(&value).expect("an object of texts and numbers is JSON");
        text.push('\n');
        text
    }
}

fn undistributed(engine: &Engine) -> Money {
    let mut accounts = engine.accounts();
    let account = accounts.find(|(account, _)| account.kind == AccountKind::CommissionUndistributed);
    let balance = account.map_or(0, |(_, balance)| balance.unsigned_abs());
    Money::from_wide(balance).expect("a balance fits 63 bits")
}

/// Nothing without a pass over the members where the plan releases nothing.
fn release_locked(engine: &Engine) -> Points {
    if engine.plan().release.is_none() {
        return Points::ZERO;
    }
    let locked = engine.members().map(|member| member.release_remaining.units());
    Points::from_units(locked.sum())
}

/// The disclosure, the digest, and meanwhile every invariant, as [`Engine::digest`] checks them. All three only read; each
/// has a thread, and two cores have enough to do.
fn disclosure_and_digest(engine: &Engine, totals: &Totals) -> (Disclosure, String) {
    std::thread::scope(|scope| {
        let digest = scope.spawn(|| {
            let mut hasher = DigestHasher::default();
            engine.digest_bytes(&mut |block| {
                hasher.update(&block);
                block
            });
            hasher.finish()
        });
        let invariants = scope.spawn(|| engine.assert_invariants());
        let disclosure = Disclosure::compute(engine.member_outcomes(), engine.plan(), totals);
        if let Err(broken) = invariants.join() {
            std::panic::resume_unwind(broken);
        }
        (disclosure, digest.join().expect("hashing does not panic"))
    })
}

/// The price with splits multiplied back; nothing in circulation has no price, whatever was split before.
pub fn unsplit(price: &Price, currency: Currency) -> String {
    match price.supply.is_zero() {
        true => price.display(currency.decimals),
        false => price.display_unsplit(currency.decimals),
    }
}

type Shown<'a> = &'a dyn Fn(Money) -> String;

fn disclosure(summary: &Summary, money: Shown<'_>) -> Value {
    let Summary { disclosure, plan, .. } = summary;
    let outcomes = &disclosure.outcomes;
    let conservation = &disclosure.conservation;
    json!({
        "members": disclosure.members,
        "buyers": disclosure.buyers,
        "spent": money(disclosure.spent),
        "cash": money(disclosure.cash),
        "held": money(disclosure.held),
        "outcome": {
            "at_least_1": count(&outcomes.at_least_one),
            "in_cash_1x": count(&outcomes.in_cash[0]),
            "in_cash_2x": count(&outcomes.in_cash[1]),
            "in_cash_3x": count(&outcomes.in_cash[2]),
            "spread": spread(&outcomes.spread),
            "buckets": ratchet_engine::disclosure::OUTCOME_EDGES_PPM
                .iter()
                .zip(outcomes.buckets)
                .map(|(edge, members)| json!({ "from_ppm": edge, "members": members }))
                .collect::<Vec<_>>(),
            "middle": outcomes.middle.map(|middle| json!({
                "spent": money(middle.spent), "cash": money(middle.cash), "held": money(middle.held),
            })),
        },
        "cohorts": disclosure.cohorts.iter().map(|cohort| cohort_json(cohort, money)).collect::<Vec<_>>(),
        "inequality": {
            "cash": inequality(&disclosure.cash_inequality),
            "value": inequality(&disclosure.value_inequality),
        },
        "conservation": {
            "money_in": money(conservation.money_in),
            "injected": money(conservation.injected),
            "cash_out": money(conservation.cash_out),
            "payable": money(conservation.payable),
            "mean_ppm": conservation.mean_ppm,
            "mean_bound_ppm": conservation.mean_bound_ppm,
            "mean_bound_with_bonuses_ppm": conservation.mean_bound_with_bonuses_ppm,
            "reach_at_most_1x": count(&conservation.reach_at_most[0]),
            "reach_at_most_2x": count(&conservation.reach_at_most[1]),
            "reach_at_most_3x": count(&conservation.reach_at_most[2]),
        },
        "break_even": summary.break_even.map(|distance| break_even(&distance, money)),
        "sold_now": {
            "members_get": money(disclosure.held),
            "residue": money(disclosure.sold_now_residue),
        },
        "of_hundred": disclosure.hundred.iter().map(|part| json!({
            "to": leg_name(part.leg), "amount": money(part.amount), "of_hundred": money(part.of_hundred),
        })).collect::<Vec<_>>(),
        "payouts": {
            "from_others": money(disclosure.payouts.from_others),
            "from_others_ppm": disclosure.payouts.from_others_ppm,
            "effective_retention_ppm": disclosure.payouts.effective_retention_ppm,
            "breakage": money(disclosure.payouts.breakage),
        },
        "income": disclosure.income.as_ref().map(|income| json!({
            "commissions": money(income.commissions),
            "commissions_ppm": income.commissions_ppm,
            "earners": income.earners,
            "top_percent_ppm": income.top_percent_ppm,
            "ranks": income.ranks.iter().map(|rank| json!({
                "rank": rank.rank.and_then(|rank| plan.ranks.get(rank)).map(|rank| rank.id.as_str()),
                "members": rank.members,
                "spent": money(rank.spent),
                "cash": money(rank.cash),
                "commissions": money(rank.commissions),
                "recovered": rank.recovered,
            })).collect::<Vec<_>>(),
        })),
    })
}

/// Stable name of a leg in JSON.
fn leg_name(leg: Leg) -> &'static str {
    match leg {
        Leg::Cost => "cost",
        Leg::Commission => "commission",
        Leg::Funds => "funds",
        Leg::Platform => "platform",
        Leg::PoolPaid => "pool_paid",
        Leg::PoolHeld => "pool_held",
        Leg::PoolResidual => "pool_residual",
        Leg::PoolIssuer => "pool_issuer",
        Leg::Pending => "pending",
    }
}

fn count(count: &Count) -> Value {
    json!({ "members": count.members, "share_ppm": count.share_ppm })
}

fn spread(spread: &Spread) -> Value {
    json!({
        "mean_ppm": spread.mean_ppm,
        "p10_ppm": spread.p10_ppm,
        "median_ppm": spread.median_ppm,
        "p90_ppm": spread.p90_ppm,
        "p99_ppm": spread.p99_ppm,
    })
}

fn cohort_json(cohort: &Cohort, money: Shown<'_>) -> Value {
    json!({
        "month": cohort.month,
        "members": cohort.members,
        "buyers": cohort.buyers,
        "spent": money(cohort.spent),
        "cash": money(cohort.cash),
        "held": money(cohort.held),
        "recovered": cohort.recovered,
        "outcome_at_least_1": cohort.at_least_one,
        "spread": spread(&cohort.spread),
    })
}

fn inequality(inequality: &Inequality) -> Value {
    json!({
        "gini_ppm": inequality.gini_ppm,
        "top_percent_members": inequality.top_percent_members,
        "top_percent_ppm": inequality.top_percent_ppm,
        "lorenz_ppm": &inequality.lorenz_ppm[..],
    })
}

fn break_even(distance: &BreakEven, money: Shown<'_>) -> Value {
    json!({
        "spent": money(distance.spent),
        "value": money(distance.value),
        "contribution_per_order": money(distance.contribution),
        "further_orders_closed_form": distance.closed_form,
        "further_orders_simulated": distance.simulated,
        "orders_per_step": distance.orders_per_step,
    })
}
