//! Notices: what the operator tells everybody, within its time by the programme's clock (MALL-10).

use ratchet_store::{NewAuditEntry, NoticeRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::prelude::*;
use crate::programme::Programme;

/// What the operator tells everybody.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Notice {
    /// Its id.
    id: String,
    /// What it is about.
    title: Text,
    /// What it says.
    text: Text,
    /// From when, by the programme's clock.
    from: Time,
    /// Until when; without end if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Time>,
}

/// A notice as it is published.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticeRequest {
    /// What it is about; 1 to 40 characters in each language.
    title: Text,
    /// What it says; 1 to 1,000 characters in each language.
    text: Text,
    /// From when, by the programme's clock; from now on if absent.
    from: Option<Time>,
    /// Until when; without end if absent.
    until: Option<Time>,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(of_now, publish))
        .routes(routes!(all))
        .routes(routes!(change, withdraw))
}

/// Notices of now, newest first; at most 100.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/notices",
    tag = "home",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = List<Notice>)),
)]
async fn of_now(
    State(app): State<App>,
    Path(programme): Path<String>,
) -> Result<Json<List<Notice>>, Problem> {
    let handle = app.programme(&programme)?;
    Ok(Json(List { items: current(&app, &handle, LISTED_MAX).await? }))
}

/// All notices, past and to come, the one that was published last first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/notices/all",
    tag = "home",
    extensions(("x-permission" = json!("orders.read"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<Notice>)),
)]
async fn all(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Notice>>, Problem> {
    app.programme(&programme)?;
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let before = before.map(|before| i64::try_from(before).unwrap_or(i64::MAX));
    let rows =
        app.people(move |people| people.look(|tables| tables.notices(&programme, before, limit))).await?;
    let next = next_of(&rows, limit, |row| row.number);
    Ok(Json(Page { items: rows.into_iter().map(Notice::of).collect(), next }))
}

/// Publishes a notice.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/notices",
    tag = "home",
    extensions(("x-permission" = json!("products.manage"))),
    request_body = NoticeRequest,
    responses((status = 200, description = "Done.", body = Notice)),
)]
async fn publish(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<NoticeRequest>,
) -> Result<Response, Problem> {
    let id = app.secrets().id_of("n", &[&programme, who.person()?, &write.key]);
    put(&app, &who, &write, (programme, id, true), body).await
}

/// Changes a notice; it says everything again.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/notices/{notice}",
    tag = "home",
    extensions(("x-permission" = json!("products.manage"))),
    request_body = NoticeRequest,
    responses((status = 200, description = "Done.", body = Notice)),
)]
async fn change(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, notice)): Path<(String, String)>,
    body: Body<NoticeRequest>,
) -> Result<Response, Problem> {
    put(&app, &who, &write, (programme, notice, false), body).await
}

/// Takes a notice away.
#[utoipa::path(
    delete,
    path = "/programmes/{programme}/notices/{notice}",
    tag = "home",
    extensions(("x-permission" = json!("products.manage"))),
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn withdraw(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, notice)): Path<(String, String)>,
) -> Result<Response, Problem> {
    app.programme(&programme)?;
    let (act, tenant) = (who.act(), who.tenant()?.to_owned());
    app.change(&who, &write, None, move |tables| {
        let before = tables.notice(&programme, &notice)?;
        let before = before.ok_or_else(|| Problem::new(ServerFault::NoticeUnknown {}))?;
        tables.remove_notice(&programme, &notice)?;
        let entry = NewAuditEntry {
            before: Some(text_of(&before)),
            ..NewAuditEntry::of(&tenant, "notice.remove", &notice)
        };
        tables.audit(&act, entry)?;
        Ok(Done { done: true })
    })
    .await
}

async fn put(
    app: &App,
    who: &Who,
    write: &Write,
    (programme, id, is_new): (String, String, bool),
    body: Body<NoticeRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let NoticeRequest { title, text, from, until } = body.value;
    check_text("title", &title, TITLE_CHARS_MAX)?;
    check_text("text", &text, TEXT_CHARS_MAX)?;
    let begins = match from {
        Some(from) => from.parse("from")?,
        None => handle.clock().await?.now,
    };
    let ends = until.map(|until| until.parse("until")).transpose()?;
    if ends.is_some_and(|ends| ends <= begins) {
        return Err(Problem::field("until", ServerFault::NoticeTimes {}));
    }
    let row = NoticeRow {
        id,
        number: 0,
        title: [title.zh, title.en],
        text: [text.zh, text.en],
        begins: begins.us(),
        ends: ends.map(|ends| ends.us()),
    };
    let (act, tenant) = (who.act(), who.tenant()?.to_owned());
    app.change(who, write, Some(body.hash), move |tables| {
        let before = tables.notice(&programme, &row.id)?;
        if before.is_none() && !is_new {
            return Err(Problem::new(ServerFault::NoticeUnknown {}));
        }
        let entry = NewAuditEntry {
            before: before.as_ref().map(text_of),
            after: Some(text_of(&row)),
            ..NewAuditEntry::of(&tenant, "notice.put", &row.id)
        };
        tables.put_notice(&tenant, &programme, &row)?;
        tables.audit(&act, entry)?;
        Ok(Notice::of(row))
    })
    .await
}

/// Notices of now, newest first.
pub(super) async fn current(app: &App, handle: &Programme, limit: usize) -> Result<Vec<Notice>, Problem> {
    let now = handle.clock().await?.now.us();
    let id = handle.id().to_owned();
    let rows = app.people(move |people| people.look(|tables| tables.notices_at(&id, now, limit))).await?;
    Ok(rows.into_iter().map(Notice::of).collect())
}

fn text_of(row: &NoticeRow) -> String {
    json!({ "title": row.title, "text": row.text, "from": row.begins, "until": row.ends }).to_string()
}

/// Most notices that are listed for members.
const LISTED_MAX: usize = 100;
/// Longest title: it is a line on a phone.
const TITLE_CHARS_MAX: usize = 40;
/// Longest text.
const TEXT_CHARS_MAX: usize = 1_000;

impl Notice {
    fn of(row: NoticeRow) -> Notice {
        let ([zh, en], [text_zh, text_en]) = (row.title, row.text);
        Notice {
            id: row.id,
            title: Text { zh, en },
            text: Text { zh: text_zh, en: text_en },
            from: Time::of_us(row.begins),
            until: row.ends.map(Time::of_us),
        }
    }
}
