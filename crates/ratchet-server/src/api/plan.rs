//! The plan of a programme: its text and versions, what is said of another text, drafts, and amendments by two people (AMEND-1).

mod check;
mod keys;

use ratchet_engine::amendment::ProposalState;
use ratchet_engine::engine::Engine;
use ratchet_engine::gate::{Opinions, judge};
use ratchet_engine::hash::hex;
use ratchet_engine::message::Message;
use ratchet_engine::plan::{Plan, PlanErrors};
use ratchet_engine::time::Timestamp;
use ratchet_store::{DraftRow, NewAuditEntry};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::prelude::*;
use crate::programme::{PreviewOutcome, Programme};
use check::{Finding, GateView, PlanChange, changes, changes_of, findings};
pub(crate) use check::{PlanCheckView, book, refused};

/// Most drafts of a programme.
const DRAFTS_MAX: usize = 20;
/// Most versions and proposals that are listed, the newest ones.
const VERSIONS_MAX: usize = 50;
/// Longest id of a draft or a version.
const ID_CHARS_MAX: usize = 64;

/// A plan that a programme runs or ran.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanView {
    /// Its text, byte for byte.
    text: String,
    /// SHA-256 of the text.
    sha256: HashText,
    /// Its number among the versions, from 1.
    version: usize,
    /// Findings of the arithmetic lint (LINT-1).
    findings: Vec<Finding>,
    /// What the rules say of running it live (GATE-1).
    gate: GateView,
}

/// Which version.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PlanQuery {
    /// Its number, from 1; the one in force if absent.
    version: Option<usize>,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// Versions of a plan and what is proposed.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanVersions {
    /// Those that are or were in force, newest first; at most 50.
    versions: Vec<PlanVersionView>,
    /// Proposals, newest first; at most 50.
    proposals: Vec<AmendmentView>,
}

/// A version of the plan that is or was in force.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanVersionView {
    /// Its number, from 1.
    number: usize,
    /// The id of its proposal; the first one has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// Since when; the first one from the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Time>,
    /// The entry with which it began.
    seq: u64,
    /// SHA-256 of its text.
    sha256: HashText,
    /// How it differs from the version before.
    changes: Vec<PlanChange>,
}

/// A proposed plan (AMEND-1).
#[derive(Serialize, ToSchema)]
pub(crate) struct AmendmentView {
    /// The version's id.
    pub(crate) version: String,
    /// Where it stands.
    pub(crate) state: AmendmentState,
    /// SHA-256 of the text, which an approval names.
    pub(crate) sha256: HashText,
    /// The whole text.
    text: String,
    /// When it takes effect.
    pub(crate) effective_at: Time,
    /// Who proposed it; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) proposed_by: Option<PersonName>,
    /// When it was approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_at: Option<Time>,
    /// Who approved it; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_by: Option<PersonName>,
    /// While it is open: how it differs from the plan that it comes after.
    pub(crate) changes: Vec<PlanChange>,
    /// While it is open: what hinders it now.
    hindrances: Vec<Text>,
}

/// Where a proposed plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AmendmentState {
    /// It waits for a second person.
    Proposed,
    /// It waits for its day.
    Approved,
    /// It was taken back.
    Withdrawn,
    /// Nobody approved it in time.
    Lapsed,
    /// It came into force.
    Effective,
    /// On its day it could not.
    Cancelled,
}

/// A text to look at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckRequest {
    /// The text of a plan file.
    plan: String,
    /// The text of signed opinions, where a live plan needs them.
    opinions: Option<String>,
    /// Whether to run equal buyers through it, which takes a moment.
    #[serde(default)]
    population: bool,
}

/// A text that nobody has proposed yet.
#[derive(Serialize, ToSchema)]
pub(crate) struct DraftView {
    /// Its name.
    id: String,
    /// The text.
    text: String,
    /// Who saved it last.
    saved_by: PersonName,
    /// And when, by the server's clock.
    saved_at: Time,
}

/// A text to keep.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DraftRequest {
    /// The text, which need not be a plan yet.
    text: String,
}

/// A plan that shall take effect.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AmendmentRequest {
    /// Its id: 1 to 64 letters, digits, `-` or `_`.
    version: String,
    /// The whole text of the plan.
    plan: String,
    /// The text of signed opinions, where a live plan needs them.
    opinions: Option<String>,
    /// When: a local midnight, announced long enough where it takes something from members; absent: as early as that.
    effective_at: Option<Time>,
}

/// What an approval is of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApprovalRequest {
    /// SHA-256 of the text that is approved.
    sha256: HashText,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(plan))
        .routes(routes!(versions))
        .routes(routes!(check_new))
        .routes(routes!(check))
        .routes(routes!(drafts))
        .routes(routes!(save_draft, remove_draft))
        .routes(routes!(propose))
        .routes(routes!(approve))
        .routes(routes!(withdraw))
}

/// The plan that it runs, or a version of earlier, with what the lint and the rules say.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/plan",
    tag = "plan",
    extensions(("x-permission" = json!("public"))),
    params(PlanQuery),
    responses((status = 200, description = "Done.", body = PlanView)),
)]
async fn plan(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<PlanQuery>,
) -> Result<Json<PlanView>, Problem> {
    let wanted = query.version;
    let read = move |engine: &Engine| {
        let place = wanted.map(|number| number.wrapping_sub(1));
        let versions: Vec<_> = engine.plan_versions().collect();
        let place = place.unwrap_or(versions.len() - 1);
        versions.get(place).map(|version| (place + 1, version.plan.clone()))
    };
    let found = app.programme(&programme)?.read(at_least(query.min_seq), read).await?;
    let (version, plan) = found.ok_or_else(Problem::not_found)?;
    let on = plan.programme.calendar.day_of(app.clock.now());
    let view = aside(move || {
        let verdict = judge(&plan, book(), &Opinions::default(), &plan.programme.jurisdictions, on, &[]);
        let (sha256, findings, gate) = (hash_of(&plan.source), findings(&plan), GateView::of(&verdict));
        PlanView { sha256, version, findings, gate, text: plan.source }
    });
    Ok(Json(view.await))
}

/// Versions of its plan, each with what it changed, and proposals (AMEND-1 to AMEND-4).
#[utoipa::path(
    get,
    path = "/programmes/{programme}/plan/versions",
    tag = "plan",
    extensions(("x-permission" = json!("public"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = PlanVersions)),
)]
async fn versions(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<PlanVersions>, Problem> {
    let handle = app.programme(&programme)?;
    let read = |engine: &Engine| {
        let versions = engine.plan_versions().enumerate().map(|(place, version)| {
            (place + 1, version.id.map(ToString::to_string), version.since, version.seq, version.plan.clone())
        });
        versions.collect::<Vec<_>>()
    };
    let mut all = handle.read(at_least(query.min_seq), read).await?;
    let from = all.len().saturating_sub(VERSIONS_MAX);
    let before = from.checked_sub(1).and_then(|place| all.get(place)).map(|version| version.4.clone());
    let listed = all.split_off(from);
    let versions = aside(move || {
        let (mut views, mut before) = (Vec::new(), before);
        for (number, version, since, seq, plan) in listed {
            let changes = before.as_ref().and_then(|before| changes(before, &plan)).unwrap_or_default();
            let since = (number > 1).then(|| since.into());
            views.push(PlanVersionView {
                number,
                version,
                since,
                seq,
                sha256: hash_of(&plan.source),
                changes,
            });
            before = Some(plan);
        }
        views.reverse();
        views
    });
    let proposals = amendments(&app, &who, &handle, query.min_seq, VERSIONS_MAX).await?;
    Ok(Json(PlanVersions { versions: versions.await, proposals }))
}

/// What is said of the text of a plan for a new programme: errors, lint, gate, and what it does to equal buyers.
#[utoipa::path(
    post,
    path = "/tenants/{tenant}/plans/check",
    tag = "plan",
    extensions(("x-permission" = json!("programme.create"))),
    request_body = CheckRequest,
    responses((status = 200, description = "Done.", body = PlanCheckView)),
)]
async fn check_new(
    State(app): State<App>,
    Path(_tenant): Path<String>,
    body: Body<CheckRequest>,
) -> Result<Json<PlanCheckView>, Problem> {
    let CheckRequest { plan: text, opinions, population } = body.value;
    let opinions = self::opinions(opinions.as_deref())?;
    let (view, plan) = check_text(&app, &text, opinions).await;
    match plan.filter(|_| population) {
        None => Ok(Json(view)),
        Some(plan) => {
            let found = app.populations.of(&plan).await?;
            Ok(Json(view.with_population(&plan.programme.currency, found, None)))
        }
    }
}

/// What is said of a text that stands by itself, and the plan if it is one.
pub(super) async fn check_text(app: &App, text: &str, opinions: Opinions) -> (PlanCheckView, Option<Plan>) {
    let plan = match Plan::parse("plan", text) {
        Ok(plan) => plan,
        Err(errors) => return (PlanCheckView::of_errors(text, errors), None),
    };
    let (on, looked_at) = (plan.programme.calendar.day_of(app.clock.now()), plan.clone());
    (aside(move || PlanCheckView::of_plan(&looked_at, &opinions, on)).await, Some(plan))
}

/// What is said of a text as an amendment: errors, lint, gate, how it differs from the plan in force, what proposing it would be
/// refused for, and what both do to equal buyers.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/plan/check",
    tag = "plan",
    extensions(("x-permission" = json!("journal.read"))),
    request_body = CheckRequest,
    responses((status = 200, description = "Done.", body = PlanCheckView)),
)]
async fn check(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    body: Body<CheckRequest>,
) -> Result<Json<PlanCheckView>, Problem> {
    let CheckRequest { plan: text, opinions: opinions_text, population } = body.value;
    let opinions = self::opinions(opinions_text.as_deref())?;
    let plan = match Plan::parse("plan", &text) {
        Ok(plan) => plan,
        Err(errors) => return Ok(Json(PlanCheckView::of_errors(&text, errors))),
    };
    let handle = app.programme(&programme)?;
    let in_force = handle.read(None, |engine| engine.plan().clone()).await?;
    let earliest = earliest(&handle).await?;
    let command = propose_command("draft", &text, opinions_text.as_deref(), earliest);
    let person = who.person()?;
    // What is asked is not kept, so its key need only be nobody else's.
    let request = app.request(&handle, &format!("{person}:check.{}", who.meta.id), person, command).await?;
    let refusal = match handle.preview(request).await?.outcome {
        PreviewOutcome::Applied | PreviewOutcome::Duplicate { .. } => None,
        PreviewOutcome::Rejected(refused) => {
            Some(Problem::from(refused).body(who.meta.language, &who.meta.id))
        }
        PreviewOutcome::CatchingUp => return Err(Problem::new(ServerFault::CatchingUp {}).retry_after(1)),
    };
    let on = plan.programme.calendar.day_of(app.clock.now());
    let (looked_at, running) = (plan.clone(), in_force.clone());
    let view = aside(move || {
        let changes = changes(&running, &looked_at);
        PlanCheckView::of_plan(&looked_at, &opinions, on).against(changes, earliest, refusal)
    });
    let view = view.await;
    if !population {
        return Ok(Json(view));
    }
    let old = app.populations.of(&in_force).await?;
    let found = app.populations.of(&plan).await?;
    Ok(Json(view.with_population(&plan.programme.currency, found, Some(old))))
}

/// Texts that nobody has proposed yet.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/plan/drafts",
    tag = "plan",
    extensions(("x-permission" = json!("journal.read"))),
    responses((status = 200, description = "Done.", body = List<DraftView>)),
)]
async fn drafts(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
) -> Result<Json<List<DraftView>>, Problem> {
    let drafts = app.people(move |people| people.look(|tables| tables.drafts(&programme))).await?;
    let names = app.names(&who, drafts.iter().map(|draft| draft.saved_by.clone()).collect()).await?;
    let view = |draft: DraftRow| DraftView {
        saved_by: named(&names, &draft.saved_by),
        id: draft.id,
        text: draft.text,
        saved_at: Time::of_us(draft.saved_at),
    };
    Ok(Json(List { items: drafts.into_iter().map(view).collect() }))
}

/// Keeps a text under a name; at most 20 of a programme.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/plan/drafts/{draft}",
    tag = "plan",
    extensions(("x-permission" = json!("plan.manage"))),
    request_body = DraftRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn save_draft(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, draft)): Path<(String, String)>,
    body: Body<DraftRequest>,
) -> Result<Response, Problem> {
    check_letters("draft", &draft, ID_CHARS_MAX)?;
    check_length("text", &body.value.text, 1, ratchet_engine::plan::SOURCE_BYTES_MAX)?;
    let (person, tenant, act) = (who.person()?.to_owned(), who.tenant()?.to_owned(), who.act());
    let row = DraftRow { id: draft, text: body.value.text, saved_by: person, saved_at: who.meta.now_us };
    app.change(&who, &write, Some(body.hash), move |tables| {
        let drafts = tables.drafts(&programme)?;
        if drafts.len() >= DRAFTS_MAX && drafts.iter().all(|draft| draft.id != row.id) {
            return Err(Problem::new(ServerFault::Full { most: DRAFTS_MAX }));
        }
        let before = tables.put_draft(&tenant, &programme, &row)?;
        let said = |draft: &DraftRow| json!({ "sha256": hash_of(&draft.text) }).to_string();
        let entry = NewAuditEntry {
            before: before.as_ref().map(said),
            after: Some(said(&row)),
            ..NewAuditEntry::of(&tenant, "plan.draft", &row.id)
        };
        tables.audit(&act, entry)?;
        Ok(Done { done: true })
    })
    .await
}

/// Takes a draft away.
#[utoipa::path(
    delete,
    path = "/programmes/{programme}/plan/drafts/{draft}",
    tag = "plan",
    extensions(("x-permission" = json!("plan.manage"))),
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn remove_draft(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, draft)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (tenant, act) = (who.tenant()?.to_owned(), who.act());
    app.change(&who, &write, None, move |tables| {
        // One that is not there is as gone as it will be.
        let before = tables.draft(&programme, &draft)?;
        if tables.remove_draft(&programme, &draft)? {
            let entry = NewAuditEntry {
                before: before.map(|draft| json!({ "sha256": hash_of(&draft.text) }).to_string()),
                ..NewAuditEntry::of(&tenant, "plan.draft", &draft)
            };
            tables.audit(&act, entry)?;
        }
        Ok(Done { done: true })
    })
    .await
}

/// Proposes another plan (plan.propose): another person has to approve it.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/plan/amendments",
    tag = "plan",
    extensions(("x-permission" = json!("plan.manage"))),
    request_body = AmendmentRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn propose(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<AmendmentRequest>,
) -> Result<Response, Problem> {
    let AmendmentRequest { version, plan, opinions, effective_at } = body.value;
    check_letters("version", &version, ID_CHARS_MAX)?;
    // What is wrong with the text is said at its field, line by line.
    parse(&plan)?;
    self::opinions(opinions.as_deref())?;
    let handle = app.programme(&programme)?;
    // Which day it is that was chosen here is decided once: a repeated key names the same.
    let effective_at = match effective_at {
        Some(at) => at.parse("effective_at")?,
        None => {
            let id = version.clone();
            let known = move |engine: &Engine| {
                let proposal = engine.plan_proposals().find(|proposal| proposal.version.as_str() == id);
                proposal.map(|proposal| proposal.effective_at)
            };
            match handle.read(None, known).await? {
                Some(at) => at,
                None => earliest(&handle).await?,
            }
        }
    };
    let command = propose_command(&version, &plan, opinions.as_deref(), effective_at);
    app.command(&who, &write, &handle, version, command).await
}

/// Approves a proposed plan (plan.approve): not by who proposed it, and of this very text.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/plan/amendments/{version}/approve",
    tag = "plan",
    extensions(("x-permission" = json!("plan.manage"))),
    request_body = ApprovalRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn approve(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, version)): Path<(String, String)>,
    body: Body<ApprovalRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let command = json!({ "type": "plan.approve", "version": version, "hash": body.value.sha256 });
    app.command(&who, &write, &handle, version, command).await
}

/// Takes a proposed plan back (plan.withdraw), also an approved one before its day.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/plan/amendments/{version}/withdraw",
    tag = "plan",
    extensions(("x-permission" = json!("plan.manage"))),
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn withdraw(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, version)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let command = json!({ "type": "plan.withdraw", "version": version });
    app.command(&who, &write, &handle, version, command).await
}

/// A plan of a text, or every error of it at the field `plan`.
pub(crate) fn parse(text: &str) -> Result<Plan, Problem> {
    let failed = |errors: PlanErrors| {
        let messages: Vec<Message> = errors.errors.into_iter().map(|error| error.message).collect();
        let first = messages.first().cloned().unwrap_or_else(|| ServerFault::NotFound {}.into());
        let problem = Problem::new(ServerFault::PlanInvalid { error: first });
        messages.into_iter().fold(problem, |problem, message| problem.at("/plan", message))
    };
    Plan::parse("plan", text).map_err(failed)
}

/// Opinions of a text; none of none.
pub(crate) fn opinions(text: Option<&str>) -> Result<Opinions, Problem> {
    let Some(text) = text else { return Ok(Opinions::default()) };
    let failed = |errors: PlanErrors| {
        let first = errors.errors.into_iter().next().map(|error| error.message);
        Problem::field("opinions", first.unwrap_or_else(|| ServerFault::NotFound {}.into()))
    };
    Opinions::parse("opinions", text).map_err(failed)
}

/// SHA-256 of a text.
fn hash_of(text: &str) -> HashText {
    HashText(hex(&Sha256::digest(text.as_bytes())))
}

/// Does something that takes milliseconds on a thread of its own.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
}

/// The first local midnight on which what is proposed and approved now may take effect, whatever it takes from members (AMEND-4).
async fn earliest(handle: &Programme) -> Result<Timestamp, Problem> {
    let now = handle.clock().await?.now;
    let earliest = move |engine: &Engine| {
        let programme = &engine.plan().programme;
        let noticed = now.plus_days(programme.notice_days).unwrap_or(Timestamp::MAX);
        // The midnight itself is early enough.
        let before = Timestamp::from_us(noticed.us().saturating_sub(1)).unwrap_or(noticed);
        programme.calendar.next_midnight(before.max(now))
    };
    Ok(handle.read(None, earliest).await?)
}

fn propose_command(
    version: &str,
    plan: &str,
    opinions: Option<&str>,
    effective_at: Timestamp,
) -> serde_json::Value {
    let mut command = json!({
        "type": "plan.propose", "version": version, "plan": plan, "effective_at": effective_at.to_string(),
    });
    if let Some(opinions) = opinions {
        command["opinions"] = opinions.into();
    }
    command
}

fn named(names: &std::collections::HashMap<String, PersonName>, person: &str) -> PersonName {
    let nobody = || PersonName { person: person.to_owned(), name: None };
    names.get(person).cloned().unwrap_or_else(nobody)
}

/// Proposed plans, newest first; with who proposed and approved them for staff.
pub(crate) async fn amendments(
    app: &App,
    who: &Who,
    handle: &Programme,
    min_seq: Option<u64>,
    most: usize,
) -> Result<Vec<AmendmentView>, Problem> {
    let read = move |engine: &Engine| {
        let all: Vec<_> = engine.plan_proposals().collect();
        let newest = all.into_iter().rev().take(most);
        let view = |proposal: ratchet_engine::engine::ProposalView<'_>| {
            let open = matches!(proposal.state, ProposalState::Proposed | ProposalState::Approved);
            let examined = open.then(|| engine.examined(proposal.version.as_str())).flatten();
            let (changes, hindrances) = examined.unwrap_or_default();
            let view = AmendmentView {
                version: proposal.version.to_string(),
                state: AmendmentState::of(proposal.state),
                sha256: hash_of(proposal.text),
                text: proposal.text.to_owned(),
                effective_at: proposal.effective_at.into(),
                proposed_by: None,
                approved_at: proposal.approved_at.map(Time::from),
                approved_by: None,
                changes: changes_of(&changes),
                hindrances: hindrances.iter().map(|found| Text { zh: found.zh(), en: found.en() }).collect(),
            };
            (view, proposal.by.to_string())
        };
        newest.map(view).collect::<Vec<_>>()
    };
    let mut found = handle.read(at_least(min_seq), read).await?;
    if who.is_staff() {
        let tenant = who.tenant()?.to_owned();
        let versions: Vec<String> = found.iter().map(|(view, _)| view.version.clone()).collect();
        let approvers = app.people(move |people| {
            people.look(|tables| {
                let approver = |version: &String| tables.last_act(&tenant, version, "plan.approve");
                versions.iter().map(approver).collect::<Result<Vec<_>, _>>()
            })
        });
        let approvers = approvers.await?;
        let acted = approvers.iter().flatten().map(|(person, _)| person.clone());
        let people = found.iter().map(|(_, by)| by.clone()).chain(acted).collect();
        let names = app.names(who, people).await?;
        for ((view, by), approver) in found.iter_mut().zip(approvers) {
            view.proposed_by = Some(named(&names, by));
            let approver = approver.filter(|_| view.approved_at.is_some());
            view.approved_by = approver.map(|(person, _)| named(&names, &person));
        }
    }
    Ok(found.into_iter().map(|(view, _)| view).collect())
}

impl AmendmentState {
    fn of(state: ProposalState) -> AmendmentState {
        match state {
            ProposalState::Proposed => AmendmentState::Proposed,
            ProposalState::Approved => AmendmentState::Approved,
            ProposalState::Withdrawn => AmendmentState::Withdrawn,
            ProposalState::Lapsed => AmendmentState::Lapsed,
            ProposalState::Effective => AmendmentState::Effective,
            ProposalState::Cancelled => AmendmentState::Cancelled,
        }
    }
}
