//! Programmes: what they are, their plan, their clock, how to make one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::response::sse::{Event, KeepAlive, Sse};
use ratchet_engine::engine::Engine;
use ratchet_engine::gate::admit;
use ratchet_engine::hash::hex;
use ratchet_engine::plan::{Mode, Plan, SalePrice};
use ratchet_engine::time::Timestamp;
use ratchet_engine::wind_down::WindDownPhase;
use ratchet_sim::scenario::PRESETS;
use ratchet_store::NewAuditEntry;

use super::prelude::*;
use crate::programme::{ClockKind, ClockView, Programme};

/// A plan that comes with Ratchet.
#[derive(Serialize, ToSchema)]
pub(crate) struct Preset {
    /// The name to create a programme with.
    name: String,
    /// What the plan calls itself.
    title: Text,
    /// The plan's text.
    plan: String,
}

/// A new programme.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProgrammeRequest {
    /// Name of a preset; either this or `plan`.
    preset: Option<String>,
    /// Text of a plan file.
    plan: Option<String>,
    /// Of a live plan: the text of the signed opinions that it needs (GATE-1).
    opinions: Option<String>,
    /// Of a sandbox: a clock of its own that begins here and stands still until it is advanced (CLOCK-2).
    clock_starts_at: Option<Time>,
}

/// The answer of a creation.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum CreationAnswer {
    /// The programme that was made.
    Made(Box<ProgrammeView>),
    /// Nothing was made.
    Preview(Box<CreationPreview>),
}

/// What beginning a programme would do, with `preview=true`.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreationPreview {
    /// Always true.
    preview: bool,
    /// Whether it would begin: a sandbox always, a live programme if the rules of today let it pass.
    may_begin: bool,
    /// What is said of its plan.
    check: super::plan::PlanCheckView,
}

/// A programme.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProgrammeView {
    /// Its id.
    id: String,
    /// The tenant whose it is.
    tenant: String,
    /// What its plan calls it.
    name: Text,
    /// With play money or for real.
    kind: ProgrammeKind,
    /// How far it has come.
    phase: ProgrammePhase,
    /// Of an end that was approved: when it closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    closes_at: Option<Time>,
    /// ISO code.
    currency: String,
    /// How many decimals its amounts have.
    decimals: u32,
    /// Its clock.
    clock: Clock,
    /// Where its local days begin: `+08:00` or the name of a zone.
    time_zone: String,
    /// Number of the newest entry; pass it as `min_seq` to read at least as much.
    seq: u64,
    /// How many members it has.
    members: u64,
    /// Mechanisms that its plan has.
    mechanisms: Vec<Mechanism>,
    /// What its plan says of what members ask most.
    terms: Terms,
    /// Where pool and price stand; absent without a pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pool: Option<PoolView>,
    /// Why no writes are taken at present.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_only: Option<String>,
}

/// With play money or for real.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProgrammeKind {
    /// Play money.
    Sandbox,
    /// Real money; begun only through the gate (GATE-1).
    Live,
}

/// How far a programme has come (WIND-1).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProgrammePhase {
    /// It runs.
    Running,
    /// Its end was approved.
    WindingDown,
    /// It has ended.
    WoundDown,
}

/// Parts that a plan may have.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mechanism {
    /// Points backed by a pool.
    Pool,
    /// Forced sale at a multiple of the spend.
    Exit,
    /// Commissions to inviters.
    Commission,
    /// Ranks.
    Ranks,
    /// Agents of regions.
    Agents,
    /// A dividend for shareholders.
    Dividend,
    /// Staged release.
    Release,
    /// Value units.
    Value,
    /// Scheduled emission.
    Emission,
    /// Merchants.
    Merchants,
    /// Articles with stock.
    Catalogue,
    /// Coupons.
    Coupons,
    /// Loyalty points.
    Loyalty,
    /// Group buys, flash sales, draws.
    Promotions,
    /// Internal market.
    Market,
    /// Funding rounds.
    Funding,
    /// Shares.
    Equity,
    /// Legacy claims.
    Claims,
}

/// What a plan says of what members ask most.
#[derive(Serialize, ToSchema)]
pub(crate) struct Terms {
    /// Days from receipt until an order is final.
    after_sale_days: u32,
    /// Kept in the pool of what points are sold for.
    #[serde(skip_serializing_if = "Option::is_none")]
    retention: Option<Share>,
    /// Sales wait for the close of the day.
    daily_batch: bool,
    /// Points are sold by force once they are worth so many times the spend.
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_multiple: Option<u32>,
    /// Where the money of each order goes.
    split: Vec<SplitLeg>,
    /// Of withdrawals.
    withdrawal: WithdrawalTerms,
}

/// A leg of the split.
#[derive(Serialize, ToSchema)]
pub(crate) struct SplitLeg {
    /// `cost`, `pool`, `commission`, the name of a fund, `platform`.
    to: String,
    /// Of each line's base.
    share: Share,
}

/// What a plan says of withdrawals (WALLET-2).
#[derive(Serialize, ToSchema)]
pub(crate) struct WithdrawalTerms {
    /// Of the amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    fee: Option<Share>,
    /// Least amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<Amount>,
    /// Most on one day.
    #[serde(skip_serializing_if = "Option::is_none")]
    daily_limit: Option<Amount>,
    /// From this amount on two people approve.
    #[serde(skip_serializing_if = "Option::is_none")]
    two_people_above: Option<Amount>,
}

/// Where pool and price stand.
#[derive(Serialize, ToSchema)]
pub(crate) struct PoolView {
    /// Money in the pool.
    assets: Amount,
    /// Points held by all.
    supply: Units,
    /// One point.
    price: PriceText,
}

/// A programme's clock (CLOCK-1, CLOCK-2).
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Clock {
    /// What a command sent now would be stamped with.
    now: Time,
    /// It is the programme's own and stands still until it is advanced.
    own: bool,
    /// It is being advanced at this moment; writes are refused meanwhile.
    advancing: bool,
    /// When the next work is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_due: Option<Time>,
    /// When the next order becomes final.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_settlement: Option<Time>,
}

/// The answer of an advance.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ClockAnswer {
    /// Where the clock stands.
    Advanced(Clock),
    /// What would happen on the way: it changes nothing.
    Preview(ClockPreview),
}

/// What an advance would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClockPreview {
    /// Where the clock would stand.
    to: Time,
    /// What would happen, by kind of event, in the order in which each happens first.
    happens: Vec<EventCount>,
    /// As of any other write.
    #[serde(flatten)]
    would: super::commands::PreviewView,
}

/// How often something would happen.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventCount {
    /// The event's type, as in the journal.
    event: String,
    /// How often.
    count: u64,
}

impl EventCount {
    fn all(entries: &[crate::programme::Recorded]) -> Vec<EventCount> {
        let steps = entries.iter().filter_map(|entry| entry.body["steps"].as_array()).flatten();
        let mut counts: Vec<EventCount> = Vec::new();
        for event in steps.filter_map(|step| step["event"]["type"].as_str()) {
            match counts.iter_mut().find(|known| known.event == event) {
                Some(known) => known.count += 1,
                None => counts.push(EventCount { event: event.to_owned(), count: 1 }),
            }
        }
        counts
    }
}

/// How far to advance a clock of a programme's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdvanceRequest {
    /// To this instant; either this or `by`.
    to: Option<Time>,
    /// By a day, a week, to the next settlement.
    by: Option<AdvanceBy>,
}

/// Steps of a clock.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AdvanceBy {
    /// 86,400 s.
    Day,
    /// Seven of them.
    Week,
    /// When the next order becomes final.
    NextSettlement,
    /// The next local midnight.
    NextClose,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(presets))
        .routes(routes!(list))
        .routes(routes!(create))
        .routes(routes!(one))
        .routes(routes!(clock, advance))
        .routes(routes!(events))
}

/// Plans that come with Ratchet.
#[utoipa::path(
    get,
    path = "/presets",
    tag = "programmes",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = List<Preset>)),
)]
async fn presets() -> Result<Json<List<Preset>>, Problem> {
    let preset = |(name, text): &(&str, &str)| {
        let plan = Plan::parse(name, text).expect("presets are plans");
        Preset { name: (*name).to_owned(), title: Text::from(&plan.programme.name), plan: (*text).to_owned() }
    };
    Ok(Json(List { items: PRESETS.iter().map(preset).collect() }))
}

/// All programmes of this server.
#[utoipa::path(
    get,
    path = "/programmes",
    tag = "programmes",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = List<ProgrammeView>)),
)]
async fn list(State(app): State<App>) -> Result<Json<List<ProgrammeView>>, Problem> {
    let programmes = app.people(|people| people.look(|tables| tables.programmes())).await?;
    let mut items = Vec::new();
    for (id, tenant) in programmes {
        items.push(view(app.programme(&id)?, tenant, None).await?);
    }
    Ok(Json(List { items }))
}

/// Begins a programme from a preset or the text of a plan.
#[utoipa::path(
    post,
    path = "/tenants/{tenant}/programmes",
    tag = "programmes",
    extensions(("x-permission" = json!("programme.create"))),
    request_body = ProgrammeRequest,
    responses((status = 200, description = "Done.", body = CreationAnswer)),
)]
async fn create(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(tenant): Path<String>,
    body: Body<ProgrammeRequest>,
) -> Result<Response, Problem> {
    let ProgrammeRequest { preset, plan, opinions, clock_starts_at } = body.value;
    let text = match (preset, plan) {
        (Some(name), None) => {
            let found = PRESETS.iter().find(|(known, _)| *known == name);
            found.ok_or_else(|| Problem::new(ServerFault::PresetUnknown { name: &name }))?.1.to_owned()
        }
        (None, Some(text)) => text,
        _ => return Err(Problem::new(ServerFault::Either { one: "preset", other: "plan" })),
    };
    let parsed = super::plan::parse(&text)?;
    let opinions = super::plan::opinions(opinions.as_deref())?;
    let live = parsed.programme.mode == Mode::Live;
    if live && app.demo.is_some() {
        return Err(Problem::new(ServerFault::DemoNotLive {}));
    }
    if live && clock_starts_at.is_some() {
        return Err(Problem::new(ServerFault::LiveClock {}).at("/clock_starts_at", ServerFault::LiveClock {}));
    }
    // GATE-1: a live programme begins with the pass of the gate by the rules of today, or not at all.
    let today = parsed.programme.calendar.day_of(app.clock.now());
    if write.preview {
        let check = super::plan::PlanCheckView::of_plan(&parsed, &opinions, today);
        let may_begin = !live || check.passes();
        let preview = CreationPreview { preview: true, may_begin, check };
        return Ok(Json(CreationAnswer::Preview(Box::new(preview))).into_response());
    }
    let kind = match clock_starts_at {
        Some(start) => ClockKind::Own { start: start.parse("clock_starts_at")? },
        None => ClockKind::Machine,
    };
    // The same key makes the same id: what was interrupted between the two files goes on where it stood.
    let id = app.secrets().id_of("g", &[who.person()?, &write.key]);
    let begins = match app.programmes.get(&id) {
        Some(_) => None,
        None => {
            let admitted = admit(parsed, super::plan::book(), &opinions, today);
            Some(admitted.map_err(|verdict| super::plan::refused(&verdict))?)
        }
    };
    let act = who.act();
    let row = (id.clone(), tenant.clone());
    let content = hex(&write.content(Some(body.hash)));
    let made = app
        .change(&who, &write, Some(body.hash), move |tables| {
            let (id, tenant) = &row;
            let entry = NewAuditEntry {
                after: Some(json!({ "request": content }).to_string()),
                ..NewAuditEntry::of(tenant, "programme.create", id)
            };
            tables.audit(&act, entry)?;
            Ok(Done { done: true })
        })
        .await;
    made?;
    if let Some(admitted) = begins {
        app.programmes.create(&id, admitted, kind).await?;
    }
    let (programme, now, whose) = (id.clone(), who.meta.now_us, tenant.clone());
    app.people(move |people| people.change(|tables| tables.add_programme(&programme, &whose, now))).await?;
    let made = view(app.programme(&id)?, tenant, None).await?;
    Ok(Json(CreationAnswer::Made(Box::new(made))).into_response())
}

/// One programme: plan, phase, clock, price.
#[utoipa::path(
    get,
    path = "/programmes/{programme}",
    tag = "programmes",
    extensions(("x-permission" = json!("public"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = ProgrammeView)),
)]
async fn one(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<ProgrammeView>, Problem> {
    let tenant = who.tenant()?.to_owned();
    view(app.programme(&programme)?, tenant, query.min_seq).await.map(Json)
}

/// Its clock.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/clock",
    tag = "programmes",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = Clock)),
)]
async fn clock(State(app): State<App>, Path(programme): Path<String>) -> Result<Json<Clock>, Problem> {
    Ok(Json(app.programme(&programme)?.clock().await?.into()))
}

/// Advances the clock of a sandbox that has its own (CLOCK-2): all due work is done on the way.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/clock",
    tag = "programmes",
    extensions(("x-permission" = json!("clock.advance"))),
    request_body = AdvanceRequest,
    responses((status = 200, description = "Done.", body = ClockAnswer)),
)]
async fn advance(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<AdvanceRequest>,
) -> Result<Response, Problem> {
    let programme = app.programme(&programme)?;
    let clock = programme.clock().await?;
    if matches!(clock.kind, ClockKind::Machine) {
        return Err(Problem::new(ServerFault::ClockNotOwn {}));
    }
    let to = match (body.value.to, body.value.by) {
        (Some(to), None) => to.parse("to")?,
        (None, Some(by)) => target(&programme, &clock, by).await?,
        _ => return Err(Problem::new(ServerFault::Either { one: "to", other: "by" })),
    };
    if write.preview {
        if to < clock.now {
            return Err(Problem::new(ServerFault::ClockPast { now: clock.now.to_string() }));
        }
        let preview = programme.preview_advance(to, crate::app::id(who.person()?)?).await?;
        if matches!(preview.outcome, crate::programme::PreviewOutcome::CatchingUp) {
            return Err(Problem::new(ServerFault::PreviewTooLong {}));
        }
        let currency = app.currency(&programme).await?;
        let happens = EventCount::all(&preview.entries);
        let would = super::commands::PreviewView::of(preview, &who, &currency)?;
        let preview = ClockPreview { to: to.into(), happens, would };
        return Ok(crate::app::answered(&ClockAnswer::Preview(preview), false));
    }
    // A key that was answered does nothing again: where to go is decided once, under the key, before anything moves.
    let (act, id) = (who.act(), programme.id().to_owned());
    let tenant = who.tenant()?.to_owned();
    let (before, after) = (clock.now.to_string(), to.to_string());
    let decided = app.once_value(&who, &write, Some(body.hash), move |tables| {
        let entry = NewAuditEntry {
            before: Some(json!({ "now": before }).to_string()),
            after: Some(json!({ "now": after }).to_string()),
            ..NewAuditEntry::of(&tenant, "clock.advance", &id)
        };
        tables.audit(&act, entry)?;
        Ok(Time(after))
    });
    let (to, replayed) = decided.await?;
    let to = to.parse("to")?;
    if programme.clock().await?.now < to {
        let actor = crate::app::id(who.person()?)?;
        programme.advance(to, actor).await?;
    } else if !replayed {
        return Err(Problem::new(ServerFault::ClockPast { now: clock.now.to_string() }));
    }
    let clock = Clock::from(programme.clock().await?);
    Ok(crate::app::answered(&ClockAnswer::Advanced(clock), replayed))
}

/// Numbers of new entries as they become durable, as server-sent events.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/events",
    tag = "programmes",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "A stream.", content_type = "text/event-stream", body = String)),
)]
async fn events(State(app): State<App>, Path(programme): Path<String>) -> Result<Response, Problem> {
    let programme = app.programme(&programme)?;
    let events =
        Events { durable: programme.follow(), stopping: app.stopping.subscribe(), last: None, waiting: None };
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;

async fn target(programme: &Programme, clock: &ClockView, by: AdvanceBy) -> Result<Timestamp, Problem> {
    let later = |days: i64| {
        Timestamp::from_us(clock.now.us().saturating_add(days * DAY_US)).unwrap_or(Timestamp::MAX)
    };
    match by {
        AdvanceBy::Day => Ok(later(1)),
        AdvanceBy::Week => Ok(later(7)),
        AdvanceBy::NextSettlement => {
            clock.next_settlement.ok_or_else(|| Problem::new(ServerFault::ClockNothing {}))
        }
        AdvanceBy::NextClose => {
            let now = clock.now;
            Ok(programme
                .read(None, move |engine| engine.plan().programme.calendar.next_midnight(now))
                .await?)
        }
    }
}

async fn view(programme: Programme, tenant: String, min_seq: Option<u64>) -> Result<ProgrammeView, Problem> {
    let clock = programme.clock().await?;
    let (id, read_only) = (programme.id().to_owned(), programme.read_only_reason());
    let view = programme.read(at_least(min_seq), move |engine| view_of(engine, id, tenant, clock, read_only));
    Ok(view.await?)
}

fn view_of(
    engine: &Engine,
    id: String,
    tenant: String,
    clock: ClockView,
    read_only: Option<String>,
) -> ProgrammeView {
    let plan = engine.plan();
    let (currency, calendar) = (plan.programme.currency, &plan.programme.calendar);
    let (phase, closes_at) = engine.wind_down_phase();
    let time_zone = match calendar.zone() {
        Some(zone) => zone.name.clone(),
        None => offset_text(calendar.offset_at(clock.now).seconds()),
    };
    let price = engine.price();
    ProgrammeView {
        id,
        tenant,
        name: Text::from(&plan.programme.name),
        kind: match plan.programme.mode {
            Mode::Sandbox => ProgrammeKind::Sandbox,
            Mode::Live => ProgrammeKind::Live,
        },
        phase: match phase {
            WindDownPhase::None => ProgrammePhase::Running,
            WindDownPhase::Announced => ProgrammePhase::WindingDown,
            WindDownPhase::Done => ProgrammePhase::WoundDown,
        },
        closes_at: closes_at.map(Time::from),
        currency: currency.code().to_owned(),
        decimals: currency.decimals,
        clock: clock.into(),
        time_zone,
        seq: engine.next_seq().saturating_sub(1),
        members: u64::try_from(engine.member_count()).unwrap_or(u64::MAX),
        mechanisms: mechanisms(plan),
        terms: terms(plan),
        pool: plan.pool.map(|_| PoolView {
            assets: Amount::of(price.assets, &currency),
            supply: price.supply.into(),
            price: PriceText(price.display(currency.decimals)),
        }),
        read_only,
    }
}

/// `+08:00`.
fn offset_text(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

fn mechanisms(plan: &Plan) -> Vec<Mechanism> {
    let parts = [
        (plan.pool.is_some(), Mechanism::Pool),
        (plan.pool.is_some_and(|pool| pool.exit.is_some()), Mechanism::Exit),
        (plan.commission.is_some(), Mechanism::Commission),
        (!plan.ranks.is_empty(), Mechanism::Ranks),
        (plan.commission.as_ref().is_some_and(|plan| plan.regional.is_some()), Mechanism::Agents),
        (plan.commission.as_ref().is_some_and(|plan| plan.dividend.is_some()), Mechanism::Dividend),
        (plan.release.is_some(), Mechanism::Release),
        (plan.value.is_some(), Mechanism::Value),
        (plan.emission.is_some(), Mechanism::Emission),
        (plan.merchant.is_some(), Mechanism::Merchants),
        (plan.catalogue.is_some(), Mechanism::Catalogue),
        (!plan.coupons.is_empty(), Mechanism::Coupons),
        (plan.loyalty.is_some(), Mechanism::Loyalty),
        (!plan.promotions.is_empty(), Mechanism::Promotions),
        (plan.market.is_some(), Mechanism::Market),
        (plan.funding, Mechanism::Funding),
        (plan.equity.is_some(), Mechanism::Equity),
        (plan.claims.is_some(), Mechanism::Claims),
    ];
    parts.into_iter().filter(|(has, _)| *has).map(|(_, mechanism)| mechanism).collect()
}

fn terms(plan: &Plan) -> Terms {
    let (currency, wallet, pool) = (plan.programme.currency, &plan.wallet, plan.pool);
    let leg =
        |(to, rate): (&str, ratchet_engine::amount::Rate)| SplitLeg { to: to.to_owned(), share: rate.into() };
    let split = &plan.split;
    let named = [("cost", split.cost), ("pool", split.pool), ("commission", split.commission)];
    let funds = split.funds.iter().map(|fund| (fund.name.as_str(), fund.share));
    let legs: Vec<(&str, ratchet_engine::amount::Rate)> = named.into_iter().chain(funds).collect();
    let platform = 1_000_000_u32.saturating_sub(legs.iter().map(|(_, rate)| rate.ppm()).sum());
    let rest = ("platform", ratchet_engine::amount::Rate::from_ppm(platform));
    let optional =
        |money: ratchet_engine::amount::Money| (!money.is_zero()).then(|| Amount::of(money, &currency));
    Terms {
        after_sale_days: plan.settlement.after_sale_days,
        retention: pool.map(|pool| pool.retention.into()),
        daily_batch: pool.is_some_and(|pool| pool.sale_price == SalePrice::DailyBatch),
        exit_multiple: pool.and_then(|pool| pool.exit).map(|exit| exit.multiple),
        split: legs.into_iter().chain([rest]).map(leg).collect(),
        withdrawal: WithdrawalTerms {
            fee: (wallet.withdrawal_fee.ppm() > 0).then(|| wallet.withdrawal_fee.into()),
            minimum: optional(wallet.withdrawal_minimum),
            daily_limit: wallet.withdrawal_daily_limit.map(|limit| Amount::of(limit, &currency)),
            two_people_above: wallet.two_approvals_above.map(|above| Amount::of(above, &currency)),
        },
    }
}

impl From<ClockView> for Clock {
    fn from(clock: ClockView) -> Clock {
        Clock {
            now: clock.now.into(),
            own: matches!(clock.kind, ClockKind::Own { .. }),
            advancing: clock.advancing_to.is_some(),
            next_due: clock.next_due.map(Time::from),
            next_settlement: clock.next_settlement.map(Time::from),
        }
    }
}

/// What waits for the next entry; `None` comes with the end.
type Waiting = Pin<Box<dyn Future<Output = Option<u64>> + Send>>;

/// A stream of the number of the newest durable entry, as it grows. It ends with the server.
struct Events {
    durable: tokio::sync::watch::Receiver<u64>,
    stopping: tokio::sync::watch::Receiver<bool>,
    last: Option<u64>,
    waiting: Option<Waiting>,
}

impl futures_core::Stream for Events {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.waiting.is_none() {
            let (mut durable, mut stopping, last) = (self.durable.clone(), self.stopping.clone(), self.last);
            self.waiting = Some(Box::pin(async move {
                let newer = tokio::select! {
                    newer = durable.wait_for(|entries| *entries > last.unwrap_or(0)) => newer.ok().map(|entries| *entries),
                    _ = stopping.wait_for(|stopping| *stopping) => None,
                };
                newer
            }));
        }
        let Some(waiting) = &mut self.waiting else { return Poll::Ready(None) };
        match waiting.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Ready(Some(entries)) => {
                self.waiting = None;
                self.last = Some(entries);
                let seq = entries.saturating_sub(1);
                Poll::Ready(Some(Ok(Event::default()
                    .id(seq.to_string())
                    .data(json!({ "seq": seq }).to_string()))))
            }
        }
    }
}
