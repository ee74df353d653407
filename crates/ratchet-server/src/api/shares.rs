//! Regional agents and shareholders: what each order paid an agent, each dividend by its formula (COMM-4, COMM-5). Appointing, dismissing
//! and setting weights are its writes.

use ratchet_engine::amount::{Currency, Money, Points};
use ratchet_engine::commission::CommissionKind;
use ratchet_engine::engine::{AgentTerms, Engine};
use ratchet_engine::id::MemberNo;
use ratchet_engine::plan::{Period, RegionalMode, RegionalPlan};
use ratchet_engine::region::{Level, Region};
use ratchet_store::{AgencyRow, AgentIncomeRow, AgentsQuery, DividendRow, ROWS_PAGE_MAX};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::members::known_of;
use super::prelude::*;
use crate::programme::Programme;
use crate::regions;

/// The level of a territory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TerritoryLevel {
    /// A district or county.
    District,
    /// A city.
    City,
    /// A province.
    Province,
}

/// How the levels of agents add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AgentMode {
    /// Each level its own rate.
    Stacked,
    /// Each level the difference to what lower levels took.
    Differential,
}

/// A member as agent of a territory.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgencyView {
    /// The member.
    member: String,
    /// How others see the person; for staff only, absent once the person is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Code of the territory (GB/T 2260).
    territory: String,
    /// What it is called.
    territory_name: String,
    /// Its level.
    level: TerritoryLevel,
    /// The level's rate by the plan of now.
    rate: Share,
    /// Agents who share the territory now; 0 once it has none.
    agents: usize,
    /// Whether the member counts as an agent now; not while it is suspended, and where the plan asks for purchases, before it bought (NET-3).
    qualified: bool,
    /// When it was appointed.
    since: Time,
    /// By which entry.
    seq: u64,
    /// Who appointed it; for staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<PersonName>,
    /// When it was dismissed.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Time>,
    /// By which entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_seq: Option<u64>,
    /// What it earned as agent so far, in all its territories, less what late refunds took back.
    earned: Amount,
}

/// A member's agencies and what they earned.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgentView {
    /// How levels add up.
    mode: AgentMode,
    /// Territories, those appointed last first, also those that ended; at most 200.
    territories: Vec<AgencyView>,
    /// Earned so far by level, less what late refunds took back.
    levels: Vec<AgentLevelView>,
    /// All of it.
    earned: Amount,
}

/// What a level earned.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgentLevelView {
    /// The level.
    level: TerritoryLevel,
    /// Earned so far.
    earned: Amount,
    /// By so many orders.
    orders: u64,
}

/// What an order paid an agent, or a late refund of it took back.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgentIncome {
    /// The order.
    order: String,
    /// As agent of which level.
    level: TerritoryLevel,
    /// Paid; below zero if it was taken back.
    amount: Amount,
    /// When.
    at: Time,
    /// By which entry.
    seq: u64,
    /// The formula, as of the payment of the order; absent of an order whose record is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    terms: Option<AgentFormula>,
}

/// What an agent gets of an order: of each line `floor(b · rate) − floor(b · from)`, shared by the territory's agents, within the cap.
#[derive(Serialize, ToSchema)]
pub(crate) struct AgentFormula {
    /// What is left of the order's bases.
    base: Amount,
    /// The level's rate.
    rate: Share,
    /// What lower levels took; absent if nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Share>,
    /// Agents who share it.
    sharers: u16,
    /// What that comes to on what is left, of the whole order at once and before the cap (COMM-6), each division rounded down: what was
    /// paid differs by a cent where lines are rounded by themselves, by rates of classes, and where the cap cut.
    comes_to: Amount,
}

/// How often there is a dividend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DividendPeriod {
    /// At the end of each local day.
    Day,
    /// Of each week from Monday.
    Week,
    /// Of each month.
    Month,
}

/// Where the dividend of the present period stands. What comes of it depends on what settles and is refunded until then.
#[derive(Serialize, ToSchema)]
pub(crate) struct DividendStanding {
    /// How often there is one.
    period: DividendPeriod,
    /// When the present period ends; absent before the programme's first command.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Time>,
    /// The plan's share of the base.
    rate: Share,
    /// Which fund of the split pays it.
    fund: String,
    /// What that fund holds.
    fund_holds: Amount,
    /// Bases settled less bases refunded late, so far in the period; may be below zero.
    base: Amount,
    /// What earlier periods left to be made up first.
    deficit: Amount,
    /// What the pot keeps of earlier dividends.
    pot: Amount,
    /// Weights of all shareholders.
    weight: Units,
    /// How many there are.
    holders: u64,
}

/// A member's weight in the dividend.
#[derive(Serialize, ToSchema)]
pub(crate) struct Shareholder {
    /// The member.
    member: String,
    /// How others see the person; for staff only, absent once the person is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Its weight; zero without or no more.
    weight: Units,
    /// When it was set so; absent if it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Time>,
    /// By which entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    /// Who set it; for staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<PersonName>,
    /// All dividends so far.
    received: Amount,
}

/// One's own weight, and where the dividend stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberShares {
    /// One's own.
    own: Shareholder,
    /// Of all.
    now: DividendStanding,
}

/// The end of a period, with the numbers that made the dividend (COMM-5).
#[derive(Serialize, ToSchema)]
pub(crate) struct DividendView {
    /// Its number, from 1.
    number: u64,
    /// Where the period began: at the end of the one before; absent of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Time>,
    /// When it ended.
    at: Time,
    /// By which entry.
    seq: u64,
    /// Bases settled less bases refunded late in the period; may be below zero.
    base: Amount,
    /// What earlier periods had left to be made up.
    deficit_before: Amount,
    /// What is left of that.
    deficit: Amount,
    /// The plan's share of the base, by the plan of now.
    rate: Share,
    /// What the fund added to the pot: `min(floor(rate · max(0, base − deficit_before)), what the fund held)`.
    added: Amount,
    /// What the pot had kept of earlier dividends.
    carry: Amount,
    /// Both together: what there was to share.
    pot: Amount,
    /// Weights of all shareholders at its end.
    weight: Units,
    /// How many there were.
    holders: u64,
    /// What they were paid in all.
    paid: Amount,
    /// What stays in the pot.
    left: Amount,
}

/// A member's part of a dividend: `floor(pot · own ÷ all)`.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberDividend {
    /// The dividend.
    dividend: DividendView,
    /// One's own weight at its end.
    weight: Units,
    /// What one was paid.
    amount: Amount,
    /// By which entry.
    seq: u64,
}

/// Which agents.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AgentsListQuery {
    /// Of this territory and those in it: a code of GB/T 2260.
    territory: Option<String>,
    /// Of this member.
    member: Option<String>,
    /// Also those that were dismissed.
    ended: Option<bool>,
    /// From `next` of the page before.
    cursor: Option<String>,
    /// How many; 1 to 200, 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// Makes a member agent of a territory.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppointRequest {
    /// Who.
    member: String,
    /// Code of a province, city or district (GB/T 2260); its form says the level.
    territory: String,
}

/// Ends that.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DismissRequest {
    /// Of which territory; others stay.
    territory: String,
}

/// Sets a weight in the dividend.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WeightRequest {
    /// A decimal of at most 6 decimals, up to 1,000,000; 0 takes it away.
    weight: String,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(my_agent))
        .routes(routes!(my_agent_income))
        .routes(routes!(my_shares))
        .routes(routes!(my_dividends))
        .routes(routes!(agents, appoint))
        .routes(routes!(dismiss))
        .routes(routes!(set_weight))
        .routes(routes!(agent_income))
        .routes(routes!(shareholders))
        .routes(routes!(dividends))
        .routes(routes!(dividend_now))
}

/// What the plan lacks.
fn lacks(what: &'static str) -> Problem {
    Problem::new(ServerFault::PlanHasNo { what })
}

fn no_agents() -> Problem {
    lacks("commission.regional")
}

fn no_dividend() -> Problem {
    lacks("commission.dividend")
}

fn regional(engine: &Engine) -> Option<RegionalPlan> {
    engine.plan().commission.as_ref()?.regional
}

/// A weight as commands write it.
fn weight_of(millionths: u128) -> Units {
    Points::from_units(millionths.saturating_mul(1_000_000)).into()
}

fn level_of(territory: Region) -> TerritoryLevel {
    match territory.level() {
        Level::District => TerritoryLevel::District,
        Level::City => TerritoryLevel::City,
        Level::Province => TerritoryLevel::Province,
    }
}

fn level_named(kind: &str) -> TerritoryLevel {
    match kind {
        "district" => TerritoryLevel::District,
        "city" => TerritoryLevel::City,
        _ => TerritoryLevel::Province,
    }
}

fn kind_of(level: TerritoryLevel) -> CommissionKind {
    match level {
        TerritoryLevel::District => CommissionKind::District,
        TerritoryLevel::City => CommissionKind::City,
        TerritoryLevel::Province => CommissionKind::Province,
    }
}

fn agency_view(engine: &Engine, row: &AgencyRow) -> Option<AgencyView> {
    let plan = regional(engine)?;
    let level = level_of(row.territory);
    let rate = match level {
        TerritoryLevel::District => plan.district,
        TerritoryLevel::City => plan.city,
        TerritoryLevel::Province => plan.province,
    };
    let of = engine.agents().find(|(code, _)| *code == row.territory.code());
    let member = engine.member(&row.member)?.no;
    let code = row.territory.to_string();
    Some(AgencyView {
        member: row.member.clone(),
        name: None,
        territory_name: regions::full_name(&code),
        territory: code,
        level,
        rate: rate.into(),
        agents: of.map_or(0, |(_, agents): (u32, &[MemberNo])| agents.len()),
        qualified: engine.is_qualified(member),
        since: row.since.at.into(),
        seq: row.since.seq,
        by: None,
        ended_at: row.ended.map(|ended| ended.at.into()),
        ended_seq: row.ended.map(|ended| ended.seq),
        earned: signed_amount(row.earned, &engine.plan().programme.currency),
    })
}

fn signed_amount(minor: i64, currency: &Currency) -> Amount {
    Amount(currency.format_minor(i128::from(minor)))
}

/// One's own territories, and what they earned by level. A plan without agents answers `plan_has_no`.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/agent",
    tag = "shares",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = AgentView)),
)]
async fn my_agent(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<AgentView>, Problem> {
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let min_seq = fresh(&handle, query.min_seq).await?;
    let wanted = AgentsQuery {
        member: Some(member.clone()),
        ended: true,
        limit: ROWS_PAGE_MAX,
        ..AgentsQuery::default()
    };
    let (rows, earned) =
        handle.rows(min_seq, move |rows| Ok((rows.agents(&wanted)?, rows.agent_earned(&member)?))).await?;
    let read = handle.read(None, move |engine| {
        let plan = regional(engine)?;
        let currency = engine.plan().programme.currency;
        let levels = earned.iter().map(|(kind, earned, orders)| AgentLevelView {
            level: level_named(kind),
            earned: signed_amount(*earned, &currency),
            orders: *orders,
        });
        Some(AgentView {
            mode: match plan.mode {
                RegionalMode::Stacked => AgentMode::Stacked,
                RegionalMode::Differential => AgentMode::Differential,
            },
            territories: rows.iter().filter_map(|row| agency_view(engine, row)).collect(),
            levels: levels.collect(),
            earned: signed_amount(earned.iter().map(|(_, earned, _)| earned).sum(), &currency),
        })
    });
    read.await?.map(Json).ok_or_else(no_agents)
}

/// What each order paid oneself as agent, newest first, with the formula.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/agent/income",
    tag = "shares",
    extensions(("x-permission" = json!("member"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<AgentIncome>)),
)]
async fn my_agent_income(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<AgentIncome>>, Problem> {
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    income(&handle, member, &query).await.map(Json)
}

/// What each order paid a member as agent, newest first, with the formula.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/members/{member}/agent-income",
    tag = "shares",
    extensions(("x-permission" = json!("members.read"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<AgentIncome>)),
)]
async fn agent_income(
    State(app): State<App>,
    Path((programme, member)): Path<(String, String)>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<AgentIncome>>, Problem> {
    income(&app.programme(&programme)?, member, &query).await.map(Json)
}

async fn income(handle: &Programme, member: String, query: &PageQuery) -> Result<Page<AgentIncome>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let min_seq = fresh(handle, query.min_seq).await?;
    let of = member.clone();
    let rows = handle.rows(min_seq, move |rows| rows.agent_income(&of, before, limit)).await?;
    let next = next_of(&rows, limit, |row| row.no);
    let items = handle.read(None, move |engine| {
        regional(engine)?;
        Some(rows.into_iter().map(|row| income_view(engine, &member, row)).collect())
    });
    Ok(Page { items: items.await?.ok_or_else(no_agents)?, next })
}

fn income_view(engine: &Engine, member: &str, row: AgentIncomeRow) -> AgentIncome {
    let currency = engine.plan().programme.currency;
    let level = level_named(&row.kind);
    let terms = engine.agent_terms(&row.order, member);
    let terms = terms.into_iter().find(|terms| terms.kind == kind_of(level));
    let formula = |AgentTerms { rate, from, sharers, base, .. }: AgentTerms| {
        let of_base = rate.floor_of(base).minor() - from.floor_of(base).minor();
        AgentFormula {
            base: Amount::of(base, &currency),
            rate: rate.into(),
            from: (from.ppm() > 0).then(|| Share::from(from)),
            sharers,
            comes_to: signed_amount(of_base / i64::from(sharers), &currency),
        }
    };
    AgentIncome {
        order: row.order,
        level,
        amount: signed_amount(row.amount, &currency),
        at: row.moment.at.into(),
        seq: row.moment.seq,
        terms: terms.map(formula),
    }
}

/// Agents, those appointed last first. A plan without them answers `plan_has_no`.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/agents",
    tag = "shares",
    extensions(("x-permission" = json!("members.read"))),
    params(AgentsListQuery),
    responses((status = 200, description = "Done.", body = Page<AgencyView>)),
)]
async fn agents(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<AgentsListQuery>,
) -> Result<Json<Page<AgencyView>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let territory = match &query.territory {
        Some(code) => Some(
            Region::parse(code)
                .ok_or_else(|| crate::request::query_problem("territory", ServerFault::TerritoryCode {}))?,
        ),
        None => None,
    };
    let handle = app.programme(&programme)?;
    let min_seq = fresh(&handle, query.min_seq).await?;
    let ended = query.ended.unwrap_or(false);
    let wanted = AgentsQuery { member: query.member, territory, ended, before, limit };
    let rows = handle.rows(min_seq, move |rows| rows.agents(&wanted)).await?;
    let next = next_of(&rows, limit, |row| row.no);
    let persons = known_of(&app, rows.iter().map(|row| row.person.clone()).collect()).await?;
    let actors = rows.iter().map(|row| row.actor.clone()).collect();
    let names = app.names(&who, actors).await?;
    let views = handle.read(None, move |engine| {
        regional(engine)?;
        Some(rows.into_iter().map(|row| (agency_view(engine, &row), row.actor)).collect::<Vec<_>>())
    });
    let views = views.await?.ok_or_else(no_agents)?;
    let items = views.into_iter().zip(persons).filter_map(|((view, actor), known)| {
        let by = names.get(&actor).cloned();
        Some(AgencyView { name: known.map(|known| known.name), by, ..view? })
    });
    Ok(Json(Page { items: items.collect(), next }))
}

/// Makes a member agent of a territory from the next payment on (agent.appoint).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/agents",
    tag = "shares",
    extensions(("x-permission" = json!("members.manage"))),
    request_body = AppointRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn appoint(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<AppointRequest>,
) -> Result<Response, Problem> {
    let AppointRequest { member, territory } = body.value;
    let region = Region::parse(&territory);
    let region = region.ok_or_else(|| Problem::field("territory", ServerFault::TerritoryCode {}))?;
    let handle = app.programme(&programme)?;
    let level = kind_of(level_of(region)).name();
    let command =
        json!({ "type": "agent.appoint", "member": member, "territory": territory, "level": level });
    app.command(&who, &write, &handle, member, command).await
}

/// Ends what a member is in a territory, from the next payment on (agent.dismiss). Orders that are paid still pay it.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/members/{member}/dismiss",
    tag = "shares",
    extensions(("x-permission" = json!("members.manage"))),
    request_body = DismissRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn dismiss(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, member)): Path<(String, String)>,
    body: Body<DismissRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let command = json!({ "type": "agent.dismiss", "member": member, "territory": body.value.territory });
    app.command(&who, &write, &handle, member, command).await
}

/// Sets a member's weight in the dividend; those at the end of the period count (shareholder.set).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/members/{member}/weight",
    tag = "shares",
    extensions(("x-permission" = json!("members.manage"))),
    request_body = WeightRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn set_weight(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, member)): Path<(String, String)>,
    body: Body<WeightRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let command = json!({ "type": "shareholder.set", "member": member, "weight": body.value.weight });
    app.command(&who, &write, &handle, member, command).await
}

fn standing(engine: &Engine) -> Option<DividendStanding> {
    let plan = engine.plan();
    let terms = plan.commission.as_ref()?.dividend?;
    let now = engine.dividend()?;
    let currency = plan.programme.currency;
    Some(DividendStanding {
        period: match terms.period {
            Period::Day => DividendPeriod::Day,
            Period::Week => DividendPeriod::Week,
            Period::Month => DividendPeriod::Month,
        },
        due_at: now.due_at.map(Time::from),
        rate: terms.rate.into(),
        fund: plan.split.funds.get(terms.fund)?.name.clone(),
        fund_holds: Amount::of(now.fund, &currency),
        base: signed_amount(now.base, &currency),
        deficit: Amount::of(now.deficit, &currency),
        pot: Amount::of(now.pot, &currency),
        weight: weight_of(now.weight),
        holders: u64::try_from(now.holders).unwrap_or(u64::MAX),
    })
}

/// One's own weight, what it brought so far, and where the dividend of the period stands. A plan without one answers `plan_has_no`.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/shares",
    tag = "shares",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = MemberShares)),
)]
async fn my_shares(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<MemberShares>, Problem> {
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let min_seq = fresh(&handle, query.min_seq).await?;
    let of = member.clone();
    let row = handle.rows(min_seq, move |rows| Ok(rows.shareholders(Some(&of), None, 1)?.pop())).await?;
    let read = handle.read(None, move |engine| {
        let now = standing(engine)?;
        let currency = engine.plan().programme.currency;
        let weight = row.as_ref().map_or(0, |row| row.weight);
        let own = Shareholder {
            member,
            name: None,
            weight: weight_of(u128::from(weight)),
            since: row.as_ref().map(|row| row.since.at.into()),
            seq: row.as_ref().map(|row| row.since.seq),
            by: None,
            received: Amount::of(row.map_or(Money::ZERO, |row| row.received), &currency),
        };
        Some(MemberShares { own, now })
    });
    read.await?.map(Json).ok_or_else(no_dividend)
}

fn dividend_view(engine: &Engine, row: &DividendRow) -> Option<DividendView> {
    let plan = engine.plan();
    let terms = plan.commission.as_ref()?.dividend?;
    let currency = plan.programme.currency;
    let amount = |money: Money| Amount::of(money, &currency);
    Some(DividendView {
        number: row.no,
        from: row.from.map(Time::from),
        at: row.moment.at.into(),
        seq: row.moment.seq,
        base: signed_amount(row.base, &currency),
        deficit_before: amount(row.deficit_before),
        deficit: amount(row.deficit),
        rate: terms.rate.into(),
        added: amount(row.added),
        carry: amount(row.pot.saturating_sub(row.added)),
        pot: amount(row.pot),
        weight: weight_of(row.weight),
        holders: row.holders,
        paid: amount(row.paid),
        left: amount(row.pot.saturating_sub(row.paid)),
    })
}

/// One's own parts of dividends, newest first, each with its formula's numbers.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/dividends",
    tag = "shares",
    extensions(("x-permission" = json!("member"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<MemberDividend>)),
)]
async fn my_dividends(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<MemberDividend>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let min_seq = fresh(&handle, query.min_seq).await?;
    let rows = handle.rows(min_seq, move |rows| rows.dividend_shares(&member, before, limit)).await?;
    let next = next_of(&rows, limit, |row| row.no);
    let items = handle.read(None, move |engine| {
        let currency = engine.plan().programme.currency;
        let view = |row: &ratchet_store::DividendShareRow| {
            Some(MemberDividend {
                dividend: dividend_view(engine, &row.dividend)?,
                weight: weight_of(u128::from(row.weight)),
                amount: Amount::of(row.amount, &currency),
                seq: row.seq,
            })
        };
        engine.dividend()?;
        rows.iter().map(view).collect::<Option<Vec<_>>>()
    });
    Ok(Json(Page { items: items.await?.ok_or_else(no_dividend)?, next }))
}

/// Those who have a weight in the dividend, the youngest members first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/shareholders",
    tag = "shares",
    extensions(("x-permission" = json!("members.read"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<Shareholder>)),
)]
async fn shareholders(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Shareholder>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let handle = app.programme(&programme)?;
    let min_seq = fresh(&handle, query.min_seq).await?;
    let has = handle.read(None, |engine| Some((engine.dividend()?, engine.plan().programme.currency)));
    let (_, currency) = has.await?.ok_or_else(no_dividend)?;
    let rows = handle.rows(min_seq, move |rows| rows.shareholders(None, before, limit)).await?;
    let next = next_of(&rows, limit, |row| row.no);
    let persons = known_of(&app, rows.iter().map(|row| row.person.clone()).collect()).await?;
    let names = app.names(&who, rows.iter().map(|row| row.actor.clone()).collect()).await?;
    let items = rows.into_iter().zip(persons).map(|(row, known)| Shareholder {
        name: known.map(|known| known.name),
        weight: weight_of(u128::from(row.weight)),
        since: Some(row.since.at.into()),
        seq: Some(row.since.seq),
        by: names.get(&row.actor).cloned(),
        received: Amount::of(row.received, &currency),
        member: row.member,
    });
    Ok(Json(Page { items: items.collect(), next }))
}

/// Ends of the dividend's periods, newest first, each with its formula's numbers.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/dividends",
    tag = "shares",
    extensions(("x-permission" = json!("members.read"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<DividendView>)),
)]
async fn dividends(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<DividendView>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let handle = app.programme(&programme)?;
    let min_seq = fresh(&handle, query.min_seq).await?;
    let rows = handle.rows(min_seq, move |rows| rows.dividends(before, limit)).await?;
    let next = next_of(&rows, limit, |row| row.no);
    let items = handle.read(None, move |engine| {
        engine.dividend()?;
        rows.iter().map(|row| dividend_view(engine, row)).collect::<Option<Vec<_>>>()
    });
    Ok(Json(Page { items: items.await?.ok_or_else(no_dividend)?, next }))
}

/// Where the dividend of the present period stands.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/dividends/now",
    tag = "shares",
    extensions(("x-permission" = json!("members.read"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = DividendStanding)),
)]
async fn dividend_now(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<DividendStanding>, Problem> {
    let handle = app.programme(&programme)?;
    let read = handle.read(at_least(query.min_seq), standing);
    read.await?.map(Json).ok_or_else(no_dividend)
}
