//! Release points: a member's lots, and what today's close makes of them if the day's task is done (REL-8).

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use ratchet_engine::amount::{Currency, Money, Rate};
use ratchet_engine::engine::{Engine, ReleaseLotView, ReleaseView};
use ratchet_engine::id::LineNo;
use ratchet_store::SettledLine;

use super::prelude::*;

/// A member's release points, and what the close of today does with them.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReleasePoints {
    /// The programme's local day, `2026-03-01`.
    today: String,
    /// When it closes: the midnight after it.
    closes_at: Time,
    /// Whether its task is done.
    done: bool,
    /// Completions of tasks that counted today.
    completions: u32,
    /// How many make a day done.
    completions_required: u32,
    /// Direct referrals whose task of today is done.
    referrals_done: u32,
    /// What the plan says.
    terms: ReleaseTerms,
    /// What the close of today releases if the task is done by then, by the state of now. If it is not, nothing is released by the task, and nothing is lost.
    if_done: ReleaseStage,
    /// What the fund that pays it holds now.
    fund: Amount,
    /// Locked lots, the oldest first.
    lots: Vec<ReleaseLot>,
}

/// The plan's terms of release points.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReleaseTerms {
    /// Released on a done day.
    rate: Share,
    /// Whether the rate is of what was granted; else of what remains.
    of_granted: bool,
    /// Part of the money for the re-consumption wallet.
    reconsume_share: Share,
    /// What a direct referral's static release releases for the referrer, as a part of it; absent where there is no such acceleration.
    #[serde(skip_serializing_if = "Option::is_none")]
    direct: Option<Share>,
    /// The same for the referrer's referrer.
    #[serde(skip_serializing_if = "Option::is_none")]
    indirect: Option<Share>,
}

/// What a done day makes of a member's lots.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReleaseStage {
    /// Released from the lots, as far as the fund reaches.
    released: Units,
    /// Carried from the days before: less than the smallest money.
    carried: Units,
    /// Carried on to the next day.
    carried_on: Units,
    /// Money that makes.
    due: Amount,
    /// Paid by the fund as it is now.
    paid: Amount,
    /// Of it, taken for what the member owes (COMM-9).
    netted: Amount,
    /// Of it, for the cash wallet.
    cash: Amount,
    /// Of it, for the re-consumption wallet.
    reconsume: Amount,
    /// Locked in all lots after it.
    left: Units,
}

/// Release points that one line of an order granted and that are not all released.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReleaseLot {
    /// The order.
    order: String,
    /// When it was placed.
    ordered_at: Time,
    /// The local day of the grant: the first stage is of the day after it.
    granted_on: String,
    /// Entry of the journal by which its order settled and granted them.
    seq: u64,
    /// Granted, less what late refunds took.
    granted: Units,
    /// Released so far.
    released: Units,
    /// Still locked.
    left: Units,
    /// What the close of today releases of it if the task is done.
    next: Units,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(mine))
}

/// One's own release points: all lots that are not released yet, and what today's close does with them. A plan without them answers `no_release`.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/release",
    tag = "release",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = ReleasePoints)),
)]
async fn mine(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<ReleasePoints>, Problem> {
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let read = move |engine: &Engine| {
        let view = engine.release_of(&member)?;
        Some((release_points(engine, &view)?, view.lots, engine.next_seq()))
    };
    let found = handle.read(at_least(query.min_seq), read).await?;
    let (mut points, lots, seq) = found.ok_or_else(|| Problem::new(ServerFault::NoRelease {}))?;
    let lines: Vec<LineNo> = lots.iter().map(|lot| lot.line).collect();
    // The rows have to know every line that the engine named.
    let rows = handle.rows(Some(seq), move |rows| rows.settled_lines(&lines)).await?;
    let rows: BTreeMap<u32, SettledLine> = rows.into_iter().map(|row| (row.line.0, row)).collect();
    points.lots = lots.iter().filter_map(|lot| Some(release_lot(lot, rows.get(&lot.line.0)?))).collect();
    Ok(Json(points))
}

/// All but the lots, whose orders stand in the rows.
fn release_points(engine: &Engine, view: &ReleaseView) -> Option<ReleasePoints> {
    let plan = engine.plan();
    let release = plan.release.as_ref()?;
    let currency = plan.programme.currency;
    let some = |rate: Rate| (rate.ppm() > 0).then(|| Share::from(rate));
    Some(ReleasePoints {
        today: view.today.to_string(),
        closes_at: plan.programme.calendar.start_of(view.today.plus(1)).into(),
        done: view.done,
        completions: view.counted,
        completions_required: view.required,
        referrals_done: view.referrals_done,
        terms: ReleaseTerms {
            rate: release.rate.into(),
            of_granted: release.base == ratchet_engine::plan::ReleaseBase::Original,
            reconsume_share: release.reconsume_share.into(),
            direct: some(release.direct),
            indirect: some(release.indirect),
        },
        if_done: release_stage(view, &currency),
        fund: Amount::of(view.fund, &currency),
        lots: Vec::new(),
    })
}

fn release_stage(view: &ReleaseView, currency: &Currency) -> ReleaseStage {
    let amount = |money: Money| Amount::of(money, currency);
    ReleaseStage {
        released: view.released.into(),
        carried: view.carried.into(),
        carried_on: view.carried_on.into(),
        due: amount(view.due),
        paid: amount(view.paid),
        netted: amount(view.netted),
        cash: amount(view.cash),
        reconsume: amount(view.reconsume),
        left: view.left.into(),
    }
}

fn release_lot(lot: &ReleaseLotView, row: &SettledLine) -> ReleaseLot {
    ReleaseLot {
        order: row.order.clone(),
        ordered_at: row.ordered_at.into(),
        granted_on: lot.granted_on.to_string(),
        seq: row.settled.seq,
        granted: lot.granted.into(),
        released: lot.released.into(),
        left: lot.left.into(),
        next: lot.next.into(),
    }
}
