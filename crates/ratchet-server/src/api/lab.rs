//! The lab: what a plan does to people, for anybody, computed while they look on (`docs/spec/lab.md`).

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Extension;
use axum::response::sse::{Event, KeepAlive, Sse};
use ratchet_engine::disclosure::{BreakEven, MemberOutcome};
use ratchet_engine::gate::Opinions;
use ratchet_engine::hash::Hash32;
use ratchet_engine::journal::RULES;
use ratchet_engine::message::Message;
use ratchet_engine::plan::PlanErrors;
use ratchet_sim::lab::{Answer, Buyer, Crowd, Fault, LabFault, Part, People, Question, Source};
use ratchet_sim::scenario::SCENARIOS;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::plan::{PlanCheckView, check_text};
use super::prelude::*;
use super::truth::leg_name;
use crate::lab::{Run, Stage};
use crate::limits::LAB_ADDRESS;
use crate::request::Meta;

/// A request waits so long for its run to end, so that most need no second one.
const PATIENCE: Duration = Duration::from_millis(400);

/// What is asked. What is left out is the advert's first plan, 10,000 people who spend 1000.00 each, and seed 1.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LabQuestion {
    /// The plan; without one that of the scenario, else `value-growth`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<LabSource>,
    /// Keys of the plan set to other values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 16)]
    pub set: Vec<LabSetting>,
    /// Who comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<LabPeople>,
    /// Decides all lots, 64 bits; 1 without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^[0-9]{1,20}$", example = "1")]
    pub seed: Option<String>,
}

/// Something that comes with Ratchet, or a text of one's own.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabSource {
    /// By its name.
    Preset(String),
    /// A text, at most 64 kB.
    Text(String),
}

/// A key of the plan and its value.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabSetting {
    /// Such as `split.pool`.
    #[schema(example = "split.pool")]
    pub key: String,
    /// A number, `true`, `false`, or else a text.
    #[schema(example = "60%")]
    pub value: String,
}

/// Who comes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabPeople {
    /// Equal buyers.
    Crowd(LabCrowd),
    /// A scenario that comes with Ratchet.
    Preset(String),
    /// The text of a scenario, at most 64 kB.
    Text(String),
}

/// People who all do the same: come, 100 a day, buy once, receive at once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabCrowd {
    /// How many.
    #[schema(minimum = 1, maximum = 10_000)]
    pub count: u64,
    /// What each spends.
    #[schema(example = "1000.00")]
    pub spend: String,
    /// No more than so many come; the days of the others pass all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 10_000)]
    pub only: Option<u64>,
    /// The chance with which each holder of points sells all of them on a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "3%")]
    pub sell_daily: Option<String>,
}

impl Default for LabCrowd {
    fn default() -> LabCrowd {
        let Crowd { count, spend, only, sell_daily } = Crowd::default();
        LabCrowd { count, spend, only, sell_daily }
    }
}

/// How a run stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct LabRun {
    /// By which it is followed and cancelled.
    id: String,
    /// Where it is.
    state: LabState,
    /// So many runs are before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    ahead: Option<usize>,
    /// Days that are done.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<u32>,
    /// Of so many; 0 while that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    /// Microseconds that 99 of 100 of the last commits of this server's programmes took at most: what runs cost the shops beside them.
    #[serde(skip_serializing_if = "Option::is_none")]
    commits_p99_us: Option<u64>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LabResult>)]
    result: Option<Box<RawValue>>,
    /// Why there is no result.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<LabProblem>,
}

/// Where a run is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LabState {
    /// Others are before it.
    Waiting,
    /// It is computed.
    Running,
    /// It has a result.
    Done,
    /// It has none and will have none.
    Failed,
}

/// Why a question has no answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LabProblem {
    /// Permanent code.
    pub(crate) code: String,
    /// What happened and what to do.
    pub(crate) text: Text,
    /// What is wrong with a text, in order of place.
    pub(crate) errors: Vec<LabTextError>,
}

/// What is wrong with a text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LabTextError {
    /// In which text.
    within: LabPart,
    /// Line, from 1.
    line: usize,
    /// Column, from 1.
    column: usize,
    /// Permanent code.
    code: String,
    /// What is wrong and what is right.
    text: Text,
}

/// A text of a question.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LabPart {
    /// The plan, its settings included.
    Plan,
    /// The people.
    People,
}

/// What came of a question: the same from the server and from `ratchet lab --json`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LabResult {
    /// Ratchet's version.
    pub(crate) version: String,
    /// The number of the rules by which entries were decided.
    pub(crate) rules: u32,
    /// The plan that was run.
    pub(crate) plan: LabPlan,
    /// The people who came.
    pub(crate) people: LabWho,
    /// Decided all lots.
    pub(crate) seed: String,
    /// Entries of the journal.
    pub(crate) entries: u64,
    /// Of the state at the end: the same question has the same one.
    pub(crate) digest: String,
    /// The plan's.
    pub(crate) currency: LabCurrency,
    /// Who joined.
    pub(crate) members: u64,
    /// Who spent something.
    pub(crate) buyers: u64,
    /// Orders paid.
    pub(crate) orders: u64,
    /// Commands that the plan refused.
    pub(crate) refused: u64,
    /// Of all.
    pub(crate) spent: Amount,
    /// Received by all in cash.
    pub(crate) cash: Amount,
    /// What all points would bring, net.
    pub(crate) held: Amount,
    /// Buyers whose cash and points are worth at least what they spent.
    pub(crate) whole: u64,
    /// Of them those who have it in cash.
    pub(crate) in_cash: u64,
    /// The buyer in the middle of all outcomes.
    pub(crate) middle: LabBuyer,
    /// The last buyer.
    pub(crate) newest: LabBuyer,
    /// The buyer at whom the best hundredth begins.
    pub(crate) best_hundredth: LabBuyer,
    /// What all buyers together have of each 100 spent.
    pub(crate) per_hundred: Amount,
    /// The most that they can ever get through points, of each 100 spent (DISC-2).
    pub(crate) payable_per_hundred: Amount,
    /// Where 100 of orders went (DISC-4).
    pub(crate) hundred: Vec<LabHundred>,
    /// Further orders like the average one until the newest buyer has its money (DISC-3). Absent: never, or nobody waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) further_orders: Option<u64>,
    /// Of a point, at the end; absent without a pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) price: Option<PriceText>,
    /// Buyer by buyer in joining order.
    pub(crate) outcomes: LabOutcomes,
    /// Day by day, at most 200 of them and the end.
    pub(crate) course: Vec<LabDay>,
}

/// A plan that was run.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LabPlan {
    /// What it calls its programme.
    pub(crate) name: Text,
    /// The preset's name, or `plan`.
    pub(crate) label: String,
    /// SHA-256 of its text, settings included.
    pub(crate) sha256: HashText,
}

/// People who came.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LabWho {
    /// What the scenario is called.
    pub(crate) name: Text,
    /// What it assumes, in sentences.
    pub(crate) said: Vec<Text>,
    /// SHA-256 of its text.
    pub(crate) sha256: HashText,
}

/// A currency.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LabCurrency {
    /// ISO 4217.
    pub(crate) code: String,
    /// Of an amount.
    pub(crate) decimals: u32,
}

/// A buyer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LabBuyer {
    /// Place among the buyers in joining order, from 1.
    pub(crate) number: u64,
    /// Spent.
    pub(crate) spent: Amount,
    /// Received in cash.
    pub(crate) cash: Amount,
    /// What its points would bring, net.
    pub(crate) held: Amount,
    /// Both together.
    pub(crate) value: Amount,
}

/// A part of 100.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LabHundred {
    /// `cost`, `commission`, `funds`, `platform`, `pool_paid`, `pool_held`, `pool_residual`, `pool_issuer`, `pending`.
    pub(crate) to: String,
    /// Of 100.
    pub(crate) amount: Amount,
}

/// Outcomes of all buyers; the n-th of each list is the n-th buyer's.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LabOutcomes {
    /// Spent.
    pub(crate) spent: Vec<Amount>,
    /// Received in cash.
    pub(crate) cash: Vec<Amount>,
    /// What points would bring, net.
    pub(crate) held: Vec<Amount>,
}

/// The end of a day.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LabDay {
    /// From 1; after the last day on which people act, when all orders have settled.
    pub(crate) day: u32,
    /// Who had joined.
    pub(crate) members: u64,
    /// Of a point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) price: Option<PriceText>,
    /// The last buyer with something to show for it; absent before the first order has settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) newest: Option<LabNewest>,
}

/// What the last buyer had at the end of a day.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LabNewest {
    /// Spent.
    pub(crate) spent: Amount,
    /// Cash, and what its points would have brought, net.
    pub(crate) value: Amount,
}

/// The text of a plan.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabPlanText {
    /// In TOML.
    plan: String,
}

/// A scenario that comes with Ratchet.
#[derive(Serialize, ToSchema)]
pub(crate) struct LabScenario {
    /// By which it is asked for.
    name: String,
    /// What it is called.
    title: Text,
    /// What it assumes, in sentences.
    said: Vec<Text>,
}

impl LabQuestion {
    /// The question as the engine's side takes it.
    pub(crate) fn read(&self) -> Result<Question, Fault> {
        let seed = self.seed.as_deref().unwrap_or("1");
        let seed =
            seed.parse().map_err(|_| LabFault::Seed { seed: ratchet_engine::message::Quoted(seed) })?;
        let source = |source: &LabSource| match source {
            LabSource::Preset(name) => Source::Preset(name.clone()),
            LabSource::Text(text) => Source::Text(text.clone()),
        };
        let people = match &self.people {
            None => People::Crowd(Crowd::default()),
            Some(LabPeople::Crowd(LabCrowd { count, spend, only, sell_daily })) => People::Crowd(Crowd {
                count: *count,
                spend: spend.clone(),
                only: *only,
                sell_daily: sell_daily.clone(),
            }),
            Some(LabPeople::Preset(name)) => People::Scenario(Source::Preset(name.clone())),
            Some(LabPeople::Text(text)) => People::Scenario(Source::Text(text.clone())),
        };
        Ok(Question {
            plan: self.plan.as_ref().map(source),
            set: self.set.iter().map(|set| (set.key.clone(), set.value.clone())).collect(),
            people,
            seed,
        })
    }
}

impl LabProblem {
    pub(crate) fn of(fault: Fault) -> LabProblem {
        match fault {
            Fault::Refused(message) => LabProblem::saying(message),
            Fault::Wrong(part, PlanErrors { errors, .. }) => {
                let within = match part {
                    Part::Plan => LabPart::Plan,
                    Part::People => LabPart::People,
                };
                let errors = errors.into_iter().map(|error| LabTextError {
                    within,
                    line: error.line,
                    column: error.column,
                    code: error.message.code.to_owned(),
                    text: Text::from(&error.message),
                });
                let errors: Vec<_> = errors.collect();
                let count = errors.len();
                LabProblem { errors, ..LabProblem::saying(LabFault::Wrong { count }.into()) }
            }
        }
    }

    fn saying(message: Message) -> LabProblem {
        LabProblem { code: message.code.to_owned(), text: Text::from(&message), errors: Vec::new() }
    }

    pub(crate) fn cancelled() -> LabProblem {
        LabProblem::saying(LabFault::Cancelled {}.into())
    }

    pub(crate) fn time(stage: &Stage, seconds: u64) -> LabProblem {
        let (day, days) = match stage {
            Stage::Running { day, days } => (*day, *days),
            _ => (0, 0),
        };
        LabProblem::saying(LabFault::Time { seconds, day, days }.into())
    }

    pub(crate) fn memory(most_mib: u64) -> LabProblem {
        LabProblem::saying(LabFault::Memory { most_mib }.into())
    }

    pub(crate) fn broken() -> LabProblem {
        LabProblem::saying(LabFault::Broken {}.into())
    }
}

impl LabResult {
    /// Digest of the state at the end.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The version of Ratchet that computed it.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub(crate) fn of(answer: &Answer, seed: u64) -> LabResult {
        let currency = &answer.plan.programme.currency;
        let amount = |money| Amount::of(money, currency);
        let value = |outcome: &MemberOutcome| amount(outcome.value());
        let buyer = |buyer: Option<Buyer>| {
            let Buyer { number, outcome } = buyer.expect("an answer has buyers");
            LabBuyer {
                number,
                spent: amount(outcome.spent),
                cash: amount(outcome.cash),
                held: amount(outcome.held),
                value: value(&outcome),
            }
        };
        let price = |price: &ratchet_engine::pool::Price| PriceText(price.display_unsplit(currency.decimals));
        let disclosure = &answer.disclosure;
        let column = |of: fn(&MemberOutcome) -> ratchet_engine::amount::Money| -> Vec<Amount> {
            answer.buyers.iter().map(|buyer| amount(of(buyer))).collect()
        };
        LabResult {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules: RULES,
            plan: LabPlan {
                name: Text::from(&answer.plan.programme.name),
                label: answer.plan_label.clone(),
                sha256: HashText(ratchet_engine::gate::plan_sha256(&answer.plan)),
            },
            people: LabWho {
                name: Text::from(&answer.scenario.name),
                said: said(&answer.scenario),
                sha256: HashText(Hash32::of(answer.scenario.source.as_bytes()).to_string()),
            },
            seed: seed.to_string(),
            entries: answer.entries,
            digest: answer.digest.clone(),
            currency: LabCurrency { code: currency.code().to_owned(), decimals: currency.decimals },
            members: disclosure.members,
            buyers: disclosure.buyers,
            orders: answer.orders,
            refused: answer.refused,
            spent: amount(disclosure.spent),
            cash: amount(disclosure.cash),
            held: amount(disclosure.held),
            whole: disclosure.outcomes.at_least_one.members,
            in_cash: disclosure.outcomes.in_cash[0].members,
            middle: buyer(answer.at_percent(50)),
            newest: buyer(answer.newest()),
            best_hundredth: buyer(answer.at_percent(99)),
            per_hundred: amount(answer.per_hundred(answer.value())),
            payable_per_hundred: amount(answer.per_hundred(disclosure.conservation.payable)),
            hundred: disclosure
                .hundred
                .iter()
                .map(|part| LabHundred { to: leg_name(part.leg).to_owned(), amount: amount(part.of_hundred) })
                .collect(),
            further_orders: disclosure
                .break_even()
                .and_then(|BreakEven { simulated, closed_form, .. }| simulated.or(closed_form)),
            price: answer.price.as_ref().map(price),
            outcomes: LabOutcomes {
                spent: column(|buyer| buyer.spent),
                cash: column(|buyer| buyer.cash),
                held: column(|buyer| buyer.held),
            },
            course: answer
                .course
                .iter()
                .map(|day| LabDay {
                    day: day.day,
                    members: day.members,
                    price: day.price.as_ref().map(price),
                    newest: day
                        .newest
                        .as_ref()
                        .map(|newest| LabNewest { spent: amount(newest.spent), value: value(newest) }),
                })
                .collect(),
        }
    }
}

fn said(scenario: &ratchet_sim::scenario::Scenario) -> Vec<Text> {
    scenario.explain().into_iter().map(|[zh, en]| Text { zh, en }).collect()
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask))
        .routes(routes!(one, cancel))
        .routes(routes!(follow))
        .routes(routes!(report))
        .routes(routes!(check))
        .routes(routes!(scenarios))
}

/// Runs a plan on people, or finds what came of the same question before. A text that is wrong is a run that failed.
#[utoipa::path(
    post,
    path = "/lab/runs",
    tag = "lab",
    extensions(("x-permission" = json!("public"))),
    request_body = LabQuestion,
    responses((status = 200, description = "Done, or under way.", body = LabRun)),
)]
async fn ask(
    State(app): State<App>,
    Extension(meta): Extension<Meta>,
    body: Body<LabQuestion>,
) -> Result<Json<LabRun>, Problem> {
    app.limits.take("lab", &meta.address, LAB_ADDRESS, meta.now_us)?;
    let run = app.lab.ask(&meta.address, &body.value)?;
    let mut stage = run.follow();
    // Whether it has ended by then is seen below.
    drop(tokio::time::timeout(PATIENCE, stage.wait_for(Stage::has_ended)).await);
    let now = stage.borrow().clone();
    Ok(Json(LabRun::of(&app, &run, now, true)))
}

/// How a run stands.
#[utoipa::path(
    get,
    path = "/lab/runs/{run}",
    tag = "lab",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = LabRun)),
)]
async fn one(State(app): State<App>, Path(run): Path<String>) -> Result<Json<LabRun>, Problem> {
    let run = app.lab.run(&run)?;
    let now = run.follow().borrow().clone();
    Ok(Json(LabRun::of(&app, &run, now, true)))
}

/// Cancels a run.
#[utoipa::path(
    delete,
    path = "/lab/runs/{run}",
    tag = "lab",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = LabRun)),
)]
async fn cancel(State(app): State<App>, Path(run): Path<String>) -> Result<Json<LabRun>, Problem> {
    let run = app.lab.run(&run)?;
    run.cancel();
    let mut stage = run.follow();
    // A run ends at once when it is cancelled.
    drop(tokio::time::timeout(PATIENCE, stage.wait_for(Stage::has_ended)).await);
    let now = stage.borrow().clone();
    Ok(Json(LabRun::of(&app, &run, now, false)))
}

/// How a run stands, again and again until it ends; each message is a run without its result.
#[utoipa::path(
    get,
    path = "/lab/runs/{run}/events",
    tag = "lab",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Server-sent events.", body = LabRun, content_type = "text/event-stream")),
)]
async fn follow(State(app): State<App>, Path(run): Path<String>) -> Result<Response, Problem> {
    let run = app.lab.run(&run)?;
    let stages = Stages { app, stage: Some(run.follow()), run, waiting: None };
    Ok(Sse::new(stages).keep_alive(KeepAlive::default()).into_response())
}

/// A run as one page that needs no server, both languages within. `not_found` while it has no result.
#[utoipa::path(
    get,
    path = "/lab/runs/{run}/report",
    tag = "lab",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = String, content_type = "text/html")),
)]
async fn report(State(app): State<App>, Path(run): Path<String>) -> Result<Response, Problem> {
    let run = app.lab.run(&run)?;
    let Stage::Done(result) = run.follow().borrow().clone() else { return Err(Problem::not_found()) };
    let read = |error: serde_json::Error| Problem::new(ServerFault::Bug {}).because(error.to_string());
    let result: LabResult = serde_json::from_str(&result).map_err(read)?;
    let question: LabQuestion = serde_json::from_str(&run.question).map_err(read)?;
    let headers = [
        (axum::http::header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (axum::http::header::CONTENT_DISPOSITION, "attachment; filename=\"ratchet-lab.html\""),
    ];
    Ok((headers, crate::lab::report(&result, &question)).into_response())
}

/// What is to be said of the text of a plan: its errors, its arithmetic, whether the rules let it run live.
#[utoipa::path(
    post,
    path = "/lab/plans/check",
    tag = "lab",
    extensions(("x-permission" = json!("public"))),
    request_body = LabPlanText,
    responses((status = 200, description = "Done.", body = PlanCheckView)),
)]
async fn check(
    State(app): State<App>,
    Extension(meta): Extension<Meta>,
    body: Body<LabPlanText>,
) -> Result<Json<PlanCheckView>, Problem> {
    app.limits.take("lab", &meta.address, LAB_ADDRESS, meta.now_us)?;
    let (view, _) = check_text(&app, &body.value.plan, Opinions::default()).await;
    Ok(Json(view))
}

/// Scenarios that come with Ratchet.
#[utoipa::path(
    get,
    path = "/lab/scenarios",
    tag = "lab",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = List<LabScenario>)),
)]
async fn scenarios() -> Json<List<LabScenario>> {
    let read = |(name, _): &(&str, &str)| {
        let scenario = ratchet_sim::lab::known_scenario(name)?;
        Some(LabScenario {
            name: (*name).to_owned(),
            title: Text::from(&scenario.name),
            said: said(&scenario),
        })
    };
    Json(List { items: SCENARIOS.iter().filter_map(read).collect() })
}

impl LabRun {
    fn of(app: &App, run: &Run, stage: Stage, with_result: bool) -> LabRun {
        let mut view = LabRun {
            id: run.id.clone(),
            state: LabState::Waiting,
            ahead: None,
            day: None,
            days: None,
            commits_p99_us: app
                .programmes
                .commit_p99()
                .map(|took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX)),
            result: None,
            problem: None,
        };
        match stage {
            Stage::Waiting => view.ahead = Some(app.lab.ahead(run)),
            Stage::Running { day, days } => {
                view = LabRun { state: LabState::Running, day: Some(day), days: Some(days), ..view };
            }
            Stage::Done(result) => {
                view.state = LabState::Done;
                view.result = with_result.then(|| {
                    RawValue::from_string(String::from(&*result)).expect("a worker's result was read as JSON")
                });
            }
            Stage::Failed(problem) => {
                view = LabRun { state: LabState::Failed, problem: Some(*problem), ..view };
            }
        }
        view
    }
}

type Waiting = Pin<Box<dyn Future<Output = Option<(tokio::sync::watch::Receiver<Stage>, Stage)>> + Send>>;

/// A run's stages until it has ended; what waits says its place once a second.
struct Stages {
    app: App,
    run: Arc<Run>,
    /// Absent while it is waited for, and after the end.
    stage: Option<tokio::sync::watch::Receiver<Stage>>,
    waiting: Option<Waiting>,
}

impl futures_core::Stream for Stages {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(mut stage) = self.stage.take() {
            let mut stopping = self.app.stopping.subscribe();
            self.waiting = Some(Box::pin(async move {
                if !stage.borrow().has_ended() {
                    tokio::select! {
                        _ = stage.changed() => {}
                        () = tokio::time::sleep(Duration::from_secs(1)) => {}
                        _ = stopping.wait_for(|stopping| *stopping) => return None,
                    }
                }
                let now = stage.borrow_and_update().clone();
                Some((stage, now))
            }));
        }
        let Some(waiting) = &mut self.waiting else { return Poll::Ready(None) };
        match waiting.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => {
                self.waiting = None;
                Poll::Ready(None)
            }
            Poll::Ready(Some((stage, now))) => {
                self.waiting = None;
                self.stage = (!now.has_ended()).then_some(stage);
                let view = LabRun::of(&self.app, &self.run, now, false);
                Poll::Ready(Some(Ok(
                    Event::default().data(serde_json::to_string(&view).expect("a run is JSON"))
                )))
            }
        }
    }
}
