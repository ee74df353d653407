//! Who gains and who loses in a programme (DISC-1 to DISC-5); nothing hides it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use utoipa::ToSchema;

use ratchet_engine::amount::{Currency, Money};
use ratchet_engine::disclosure::{Count, Disclosure, Leg, OUTCOME_EDGES_PPM};
use ratchet_engine::hash::hex;

use super::prelude::*;

/// The disclosure of a programme from its present state.
#[derive(Serialize, ToSchema)]
pub(crate) struct Truth {
    /// As of this entry.
    seq: u64,
    /// And this time of the programme.
    at: Time,
    /// All members.
    members: u64,
    /// Those who bought.
    buyers: u64,
    /// Spent by all, less refunds.
    spent: Amount,
    /// Received by all in cash.
    received: Amount,
    /// What everybody's points would bring now, net, each sold at the present price.
    held: Amount,
    /// What would stay in the pool then: nobody's who holds points.
    stays_in_pool: Amount,
    /// The member in the middle by outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    middle: Option<MiddleMember>,
    /// Buyers who have 1×, 2×, 3× their spend back in cash.
    in_cash: [Reached; 3],
    /// Buyers whose cash and points together are worth at least their spend.
    at_least_one: Reached,
    /// How outcomes spread.
    spread: OutcomeSpread,
    /// Buyers by outcome, from these edges up to the next.
    buckets: Vec<OutcomeBucket>,
    /// By month of joining.
    cohorts: Vec<CohortView>,
    /// What no plan can get round (DISC-2).
    bounds: Bounds,
    /// How many further orders the newest member needs (DISC-3).
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<Distance>,
    /// Where 100 units of money of orders went (DISC-4).
    hundred: Vec<HundredPart>,
    /// Paid to members out of others' later orders, in parts per million of all payouts (DISC-5).
    from_others_ppm: u64,
    /// Kept of all sales, in parts per million.
    effective_retention_ppm: u64,
    /// Inequality of cash received: Gini in parts per million.
    gini_cash_ppm: u64,
    /// The sentence that every page with points shows, in both languages.
    sentence: Text,
    /// Up to where the journal can be checked by anybody who has it.
    journal: JournalHead,
}

/// How far a journal goes.
#[derive(Serialize, ToSchema)]
pub(crate) struct JournalHead {
    /// Number of its last entry.
    seq: u64,
    /// The hash over it and every entry before: `ratchet verify` says the same, as *entries hash*, of a file of the same entries.
    hash: HashText,
}

/// The member in the middle.
#[derive(Serialize, ToSchema)]
pub(crate) struct MiddleMember {
    /// Spent.
    spent: Amount,
    /// Received in cash.
    received: Amount,
    /// What its points would bring now.
    held: Amount,
}

/// How many, and which share of the buyers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Reached {
    /// How many.
    members: u64,
    /// Parts per million of the buyers.
    share_ppm: u64,
}

/// Mean and percentiles of outcomes, in parts per million.
#[derive(Serialize, ToSchema)]
pub(crate) struct OutcomeSpread {
    /// Mean of members' outcomes.
    mean_ppm: u64,
    /// Nearest rank.
    median_ppm: u64,
    /// Nearest rank.
    p10_ppm: u64,
    /// Nearest rank.
    p90_ppm: u64,
    /// Nearest rank.
    p99_ppm: u64,
}

/// Buyers whose outcome lies in one range.
#[derive(Serialize, ToSchema)]
pub(crate) struct OutcomeBucket {
    /// Lower edge, in parts per million.
    from_ppm: u64,
    /// How many.
    members: u64,
}

/// Members who joined in one month.
#[derive(Serialize, ToSchema)]
pub(crate) struct CohortView {
    /// `YYYY-MM`.
    month: String,
    /// Who joined.
    members: u64,
    /// Who bought.
    buyers: u64,
    /// Spent.
    spent: Amount,
    /// Received in cash.
    received: Amount,
    /// What they would get if everybody sold now.
    held: Amount,
    /// Buyers with their spend back in cash.
    recovered: u64,
    /// The middle of their outcomes.
    median_ppm: u64,
}

/// What no behaviour of anybody gets round.
#[derive(Serialize, ToSchema)]
pub(crate) struct Bounds {
    /// The most that members together can ever get through points out of the orders so far.
    payable: Amount,
    /// Outside money put in.
    injected: Amount,
    /// Mean of all together.
    mean_ppm: u64,
    /// It can never rise above this.
    mean_bound_ppm: u64,
    /// The most buyers that could ever have 1×, 2×, 3×.
    reach_at_most: [Reached; 3],
}

/// How far the newest member is from its money.
#[derive(Serialize, ToSchema)]
pub(crate) struct Distance {
    /// Further orders like the average one until its points bring what it spent; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    orders: Option<u64>,
    /// What they add up to in money.
    #[serde(skip_serializing_if = "Option::is_none")]
    money: Option<Amount>,
}

/// Where a part of the orders' money went.
#[derive(Serialize, ToSchema)]
pub(crate) struct HundredPart {
    /// `cost`, `commission`, `funds`, `platform`, `pool_paid`, `pool_held`, `pool_residual`, `pool_issuer`, `pending`.
    to: String,
    /// How much in all.
    amount: Amount,
    /// Of 100.
    of_hundred: Amount,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(truth))
}

/// Who gains and who loses, from the present state (DISC-1 to DISC-5).
#[utoipa::path(
    get,
    path = "/programmes/{programme}/truth",
    tag = "truth",
    extensions(("x-permission" = json!("public"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = Truth)),
)]
async fn truth(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let (min_seq, durable) = (at_least(query.min_seq), *handle.follow().borrow());
    if let Some(truth) = app.truths.get(handle.id(), min_seq, durable) {
        return Ok(Json(&*truth).into_response());
    }
    // The engine is asked for what the disclosure needs; the sums over members are made on another thread.
    let began = Instant::now();
    let read = handle.read(min_seq, |engine| {
        let members: Vec<_> = engine.member_outcomes().collect();
        (members, engine.plan().clone(), engine.totals(), engine.next_seq(), engine.now())
    });
    let (members, plan, totals, next, now) = read.await?;
    let read_in = began.elapsed();
    let (entries, hash) = handle.head().await?;
    let journal = JournalHead { seq: entries.saturating_sub(1), hash: HashText(hex(&hash)) };
    let truth = tokio::task::spawn_blocking(move || {
        let disclosure = Disclosure::compute(members.into_iter(), &plan, &totals);
        let stays = totals.pool.saturating_sub(disclosure.held);
        truth_of(
            &disclosure,
            &plan.programme.currency,
            (next.saturating_sub(1), now.into()),
            (stays, journal),
        )
    });
    let truth = truth.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()));
    let truth = Arc::new(truth);
    app.truths.keep(handle.id(), Kept { truth: Arc::clone(&truth), next, read_in, since: Instant::now() });
    Ok(Json(&*truth).into_response())
}

/// The last disclosure of each programme. It is given again while nothing has happened since, and while making another would take
/// more than a twentieth of the writer's time: it says as of which entry it holds.
#[derive(Default)]
pub(crate) struct Truths(Mutex<HashMap<String, Kept>>);

struct Kept {
    truth: Arc<Truth>,
    /// The number of the first entry that it has not seen.
    next: u64,
    /// For so long the state was read for it.
    read_in: Duration,
    since: Instant,
}

impl Truths {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, programme: &str, min_seq: Option<u64>, durable: u64) -> Option<Arc<Truth>> {
        let known = self.lock();
        let kept = known.get(programme)?;
        let has_seen = min_seq.is_none_or(|min_seq| min_seq <= kept.next);
        let is_fresh = kept.next == durable || kept.since.elapsed() < kept.read_in * READ_SHARE;
        (has_seen && is_fresh).then(|| Arc::clone(&kept.truth))
    }

    fn keep(&self, programme: &str, kept: Kept) {
        self.lock().insert(programme.to_owned(), kept);
    }
}

/// For a reading of the state so many times as long is waited until the next one.
const READ_SHARE: u32 = 20;

fn truth_of(
    disclosure: &Disclosure,
    currency: &Currency,
    (seq, at): (u64, Time),
    (stays, journal): (Money, JournalHead),
) -> Truth {
    let amount = |money: Money| Amount::of(money, currency);
    let reached = |count: &Count| Reached { members: count.members, share_ppm: count.share_ppm };
    let (outcomes, bounds) = (&disclosure.outcomes, &disclosure.conservation);
    let distance = disclosure.break_even();
    Truth {
        seq,
        at,
        members: disclosure.members,
        buyers: disclosure.buyers,
        spent: amount(disclosure.spent),
        received: amount(disclosure.cash),
        held: amount(disclosure.held),
        stays_in_pool: amount(stays),
        middle: outcomes.middle.map(|middle| MiddleMember {
            spent: amount(middle.spent),
            received: amount(middle.cash),
            held: amount(middle.held),
        }),
        in_cash: [0, 1, 2].map(|at: usize| reached(&outcomes.in_cash[at])),
        at_least_one: reached(&outcomes.at_least_one),
        spread: OutcomeSpread {
            mean_ppm: outcomes.spread.mean_ppm,
            median_ppm: outcomes.spread.median_ppm,
            p10_ppm: outcomes.spread.p10_ppm,
            p90_ppm: outcomes.spread.p90_ppm,
            p99_ppm: outcomes.spread.p99_ppm,
        },
        buckets: OUTCOME_EDGES_PPM
            .iter()
            .zip(outcomes.buckets)
            .map(|(from_ppm, members)| OutcomeBucket { from_ppm: *from_ppm, members })
            .collect(),
        cohorts: disclosure
            .cohorts
            .iter()
            .map(|cohort| CohortView {
                month: cohort.month.clone(),
                members: cohort.members,
                buyers: cohort.buyers,
                spent: amount(cohort.spent),
                received: amount(cohort.cash),
                held: amount(cohort.held),
                recovered: cohort.recovered,
                median_ppm: cohort.spread.median_ppm,
            })
            .collect(),
        bounds: Bounds {
            payable: amount(bounds.payable),
            injected: amount(bounds.injected),
            mean_ppm: bounds.mean_ppm,
            mean_bound_ppm: bounds.mean_bound_ppm,
            reach_at_most: [0, 1, 2].map(|at: usize| reached(&bounds.reach_at_most[at])),
        },
        newest: distance.map(|distance| {
            let orders = distance.simulated.or(distance.closed_form);
            let money =
                orders.and_then(|orders| distance.contribution.as_u128().checked_mul(u128::from(orders)));
            Distance { orders, money: money.and_then(Money::from_wide).map(amount) }
        }),
        hundred: disclosure
            .hundred
            .iter()
            .map(|part| HundredPart {
                to: leg_name(part.leg).to_owned(),
                amount: amount(part.amount),
                of_hundred: amount(part.of_hundred),
            })
            .collect(),
        from_others_ppm: disclosure.payouts.from_others_ppm,
        effective_retention_ppm: disclosure.payouts.effective_retention_ppm,
        gini_cash_ppm: disclosure.cash_inequality.gini_ppm,
        sentence: sentence(disclosure, currency),
        journal,
    }
}

/// The name of a place where money goes.
pub(crate) fn leg_name(leg: Leg) -> &'static str {
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

/// What every page with points says, in figures and without judgement.
fn sentence(disclosure: &Disclosure, currency: &Currency) -> Text {
    let (buyers, whole) = (disclosure.buyers, disclosure.outcomes.at_least_one.members);
    match disclosure.outcomes.middle {
        None => {
            Text { zh: "还没有人消费。".to_owned(), en: "Nobody has bought anything yet.".to_owned() }
        }
        Some(middle) => {
            let [spent, cash, held] =
                [middle.spent, middle.cash, middle.held].map(|money| currency.format(money));
            Text {
                zh: format!(
                    "{buyers} 位消费者中有 {whole} 位按现在的净值已拿回或持有不少于消费额；居中的一位消费 {spent}，到手现金 {cash}，持有净值 {held}。"
                ),
                en: format!(
                    "Of {buyers} buyers {whole} have or hold at least what they spent, at net value now; the one in the middle spent {spent}, got {cash} in cash and holds {held}."
                ),
            }
        }
    }
}
