//! Commands that take two people where the engine itself asks one (ACC-3): one person proposes, another approves, and the approval sends
//! the command.

use ratchet_store::{NewAuditEntry, PROPOSAL_OPEN, ProposalRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::prelude::*;
use crate::programme::{PreviewOutcome, Programme};

/// Commands that take two people.
pub(crate) const TWO_PEOPLE: &[&str] = &["pool.inject", "fund.deposit"];
/// Most proposals of a programme that wait at once.
const OPEN_MAX: usize = 100;

/// A command that waits for a second person, or waited.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProposalView {
    /// Its id.
    pub(crate) id: String,
    /// The command, as it is sent.
    #[schema(value_type = Object, additional_properties = true)]
    pub(crate) command: serde_json::Value,
    /// Where it stands.
    pub(crate) state: TwoPeopleState,
    /// Who asked for it.
    pub(crate) proposed_by: PersonName,
    /// And when, by the server's clock.
    pub(crate) proposed_at: Time,
    /// Who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<PersonName>,
    /// And when.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<Time>,
    /// The entry that carried it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
}

/// Where a proposed command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TwoPeopleState {
    /// It waits for a second person.
    Open,
    /// It was approved and sent.
    Approved,
    /// It was taken back.
    Withdrawn,
}

/// A command that shall be sent once another person approves it, without key, time and actor: those are of who approves.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ProposalRequest {
    /// `pool.inject` or `fund.deposit`.
    r#type: String,
    /// The fields of its type.
    #[serde(flatten)]
    #[schema(value_type = Object, additional_properties = true)]
    fields: serde_json::Map<String, serde_json::Value>,
}

/// What was proposed.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Proposed {
    /// Its id.
    id: String,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, propose)).routes(routes!(approve)).routes(routes!(withdraw))
}

/// Commands that wait for a second person, or waited, newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/proposals",
    tag = "proposals",
    extensions(("x-permission" = json!("journal.read"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<ProposalView>)),
)]
async fn list(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<ProposalView>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let before = before.map(|number| i64::try_from(number).unwrap_or(i64::MAX));
    let rows = app.people(move |people| people.look(|tables| tables.proposals(&programme, before, limit)));
    let rows = rows.await?;
    let next = next_of(&rows, limit, |row| row.number);
    Ok(Json(Page { items: views(&app, &who, rows).await?, next }))
}

/// Proposes a command that takes two people. It is looked at now: what the engine would refuse is refused.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/proposals",
    tag = "proposals",
    extensions(("x-permission" = json!("money.propose"))),
    request_body = ProposalRequest,
    responses((status = 200, description = "Done.", body = Proposed)),
)]
async fn propose(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<ProposalRequest>,
) -> Result<Response, Problem> {
    let ProposalRequest { r#type, mut fields } = body.value;
    if !TWO_PEOPLE.contains(&r#type.as_str()) {
        return Err(Problem::field("type", ServerFault::CommandUnknown { name: &r#type }));
    }
    super::commands::refuse_fields_of_server(&fields)?;
    fields.insert("type".to_owned(), r#type.as_str().into());
    let command = serde_json::Value::from(fields);
    let handle = app.programme(&programme)?;
    try_out(&app, &who, &handle, &command).await?;
    let person = who.person()?.to_owned();
    let id = app.secrets().id_of("p", &[&programme, &person, &write.key]);
    let (tenant, act, now) = (who.tenant()?.to_owned(), who.act(), who.meta.now_us);
    app.change(&who, &write, Some(body.hash), move |tables| {
        if tables.open_proposals(&programme)?.len() >= OPEN_MAX {
            return Err(Problem::new(ServerFault::Full { most: OPEN_MAX }));
        }
        let command = command.to_string();
        tables.add_proposal(&tenant, &programme, (&id, &command), (&person, now))?;
        let entry =
            NewAuditEntry { after: Some(command), ..NewAuditEntry::of(&tenant, "proposal.make", &id) };
        tables.audit(&act, entry)?;
        Ok(Proposed { id })
    })
    .await
}

/// Approves a proposed command and sends it: by another person than the one who proposed it.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/proposals/{proposal}/approve",
    tag = "proposals",
    extensions(("x-permission" = json!("money.approve"))),
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn approve(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, proposal)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let row = one(&app, &programme, &proposal).await?;
    let person = who.person()?.to_owned();
    if row.proposed_by == person {
        return Err(Problem::new(ServerFault::TwoPeopleSame {}));
    }
    let command = command_of(&row)?;
    // Its key is the proposal's own: whoever approves again, after an answer that was lost, has one effect.
    let once = write.keyed(format!("proposal.{proposal}"));
    if row.state == PROPOSAL_OPEN {
        if write.preview {
            return app.command(&who, &once, &handle, proposal, command).await;
        }
        try_out(&app, &who, &handle, &command).await?;
        let (id, decided, now) = (proposal.clone(), person.clone(), who.meta.now_us);
        let decide = move |tables: &ratchet_store::Tables<'_>| {
            tables.decide_proposal(&id, TwoPeopleState::Approved.name(), (&decided, now))
        };
        app.people(move |people| people.change(decide)).await?;
    }
    // Somebody else may have been faster.
    let row = one(&app, &programme, &proposal).await?;
    if row.state != TwoPeopleState::Approved.name() || row.decided_by.as_deref() != Some(&person) {
        return Err(Problem::new(ServerFault::ProposalDecided {}));
    }
    app.command(&who, &once, &handle, proposal, command).await
}

/// Takes a proposed command back.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/proposals/{proposal}/withdraw",
    tag = "proposals",
    extensions(("x-permission" = json!("money.propose"))),
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn withdraw(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, proposal)): Path<(String, String)>,
) -> Result<Response, Problem> {
    one(&app, &programme, &proposal).await?;
    let (tenant, act, now) = (who.tenant()?.to_owned(), who.act(), who.meta.now_us);
    app.change(&who, &write, None, move |tables| {
        if !tables.decide_proposal(&proposal, TwoPeopleState::Withdrawn.name(), (&act.person, now))? {
            return Err(Problem::new(ServerFault::ProposalDecided {}));
        }
        let entry = NewAuditEntry::of(&tenant, "proposal.withdraw", &proposal);
        tables.audit(&act, entry)?;
        Ok(Done { done: true })
    })
    .await
}

/// Proposals of a programme that wait, oldest first.
pub(crate) async fn open(app: &App, who: &Who, programme: &str) -> Result<Vec<ProposalView>, Problem> {
    let programme = programme.to_owned();
    let rows = app.people(move |people| people.look(|tables| tables.open_proposals(&programme))).await?;
    views(app, who, rows).await
}

/// What sending a command now would be refused for.
async fn try_out(
    app: &App,
    who: &Who,
    handle: &Programme,
    command: &serde_json::Value,
) -> Result<(), Problem> {
    let person = who.person()?;
    let request =
        app.request(handle, &format!("{person}:try.{}", who.meta.id), person, command.clone()).await?;
    match handle.preview(request).await?.outcome {
        PreviewOutcome::Applied | PreviewOutcome::Duplicate { .. } => Ok(()),
        PreviewOutcome::Rejected(refused) => Err(refused.into()),
        PreviewOutcome::CatchingUp => Err(Problem::new(ServerFault::CatchingUp {}).retry_after(1)),
    }
}

async fn one(app: &App, programme: &str, proposal: &str) -> Result<ProposalRow, Problem> {
    let (programme, proposal) = (programme.to_owned(), proposal.to_owned());
    let row = app.people(move |people| people.look(|tables| tables.proposal(&programme, &proposal))).await?;
    row.ok_or_else(Problem::not_found)
}

fn command_of(row: &ProposalRow) -> Result<serde_json::Value, Problem> {
    let unread = |error: serde_json::Error| Problem::new(ServerFault::Storage {}).because(error.to_string());
    serde_json::from_str(&row.command).map_err(unread)
}

async fn views(app: &App, who: &Who, rows: Vec<ProposalRow>) -> Result<Vec<ProposalView>, Problem> {
    let mut people = Vec::new();
    for row in &rows {
        people.push(row.proposed_by.clone());
        people.extend(row.decided_by.clone());
    }
    let names = app.names(who, people).await?;
    let named = |person: String| names.get(&person).cloned().unwrap_or(PersonName { person, name: None });
    let tenant = who.tenant()?.to_owned();
    let ids: Vec<(String, String)> = rows
        .iter()
        .map(|row| Ok((row.id.clone(), command_of(row)?["type"].as_str().unwrap_or_default().to_owned())))
        .collect::<Result<_, Problem>>()?;
    let entries = app.people(move |people| {
        people.look(|tables| {
            ids.iter().map(|(id, kind)| tables.entry_of(&tenant, id, kind)).collect::<Result<Vec<_>, _>>()
        })
    });
    let view = |(row, seq): (ProposalRow, Option<u64>)| {
        Ok(ProposalView {
            command: command_of(&row)?,
            id: row.id,
            state: TwoPeopleState::of(&row.state),
            proposed_by: named(row.proposed_by),
            proposed_at: Time::of_us(row.proposed_at),
            decided_by: row.decided_by.map(named),
            decided_at: row.decided_at.map(Time::of_us),
            seq,
        })
    };
    rows.into_iter().zip(entries.await?).map(view).collect()
}

impl TwoPeopleState {
    fn name(self) -> &'static str {
        match self {
            TwoPeopleState::Open => PROPOSAL_OPEN,
            TwoPeopleState::Approved => "approved",
            TwoPeopleState::Withdrawn => "withdrawn",
        }
    }

    fn of(name: &str) -> TwoPeopleState {
        match name {
            "approved" => TwoPeopleState::Approved,
            "withdrawn" => TwoPeopleState::Withdrawn,
            _ => TwoPeopleState::Open,
        }
    }
}
