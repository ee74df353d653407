//! The demo's way in by one tap. A server that was not made as a demo answers as if none of this were there.

use axum::Extension;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::people::{Me, Role, begin_session};
use super::prelude::*;
use crate::demo::{Demo, Persona, check_play_money};
use crate::limits::LOGIN_ADDRESS;
use crate::request::Meta;

/// What a visitor of the demo finds.
#[derive(Serialize, ToSchema)]
pub(crate) struct DemoView {
    /// Whom a visitor can be.
    personas: Vec<PersonaView>,
    /// Ids of its programmes, the one to begin with first.
    programmes: Vec<String>,
    /// Path of a page on this server: what the first programme did to 10,000 buyers.
    report: String,
}

/// Somebody whom a visitor can be.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonaView {
    /// What to log in with.
    persona: Persona,
    /// The role in the demo's tenant; absent for a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    /// Who.
    name: Text,
    /// What waits for them when the demo is new.
    waits: Text,
}

/// As whom to log in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonaRequest {
    /// Of the demo's list.
    persona: Persona,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(one)).routes(routes!(log_in))
}

/// Whom a visitor of the demo can be. `not_found` on a server that is no demo.
#[utoipa::path(
    get,
    path = "/demo",
    tag = "demo",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = DemoView)),
)]
async fn one(State(app): State<App>) -> Result<Json<DemoView>, Problem> {
    let demo = demo(&app)?;
    let text = |[zh, en]: [&str; 2]| Text { zh: zh.to_owned(), en: en.to_owned() };
    let view = |persona: Persona| PersonaView {
        persona,
        role: persona.role(),
        name: text(persona.name()),
        waits: text(persona.waits()),
    };
    Ok(Json(DemoView {
        personas: Persona::ALL.map(view).into(),
        programmes: demo.programmes().to_vec(),
        report: REPORT_PATH.to_owned(),
    }))
}

/// Logs in as one of the demo's people, without a password or a second factor. `not_found` on a server that is no demo.
#[utoipa::path(
    post,
    path = "/demo/sessions",
    tag = "demo",
    extensions(("x-permission" = json!("public"))),
    request_body = PersonaRequest,
    responses((status = 200, description = "Logged in: the answer sets the cookie.", body = Me)),
)]
async fn log_in(
    State(app): State<App>,
    Extension(meta): Extension<Meta>,
    headers: HeaderMap,
    body: Body<PersonaRequest>,
) -> Result<Response, Problem> {
    let demo = demo(&app)?;
    app.limits.take("login", &meta.address, LOGIN_ADDRESS, meta.now_us)?;
    check_play_money(&app.programmes).await?;
    let person = demo.person(body.value.persona).ok_or_else(Problem::not_found)?.to_owned();
    begin_session(&app, &meta, &headers, person).await
}

/// Where the report is read.
pub(crate) const REPORT_PATH: &str = "/demo/report";
/// The report has its styles within it and nothing else.
const REPORT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The report on 10,000 buyers, a page of its own.
pub(crate) async fn report(State(app): State<App>) -> Result<Response, Problem> {
    let file = demo(&app)?.report();
    let read =
        tokio::task::spawn_blocking(move || std::fs::read(file)).await.expect("reading does not panic");
    let bytes = read.map_err(|error| Problem::new(ServerFault::Storage {}).because(error.to_string()))?;
    let headers = [
        (axum::http::header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (axum::http::header::CONTENT_SECURITY_POLICY, REPORT_POLICY),
        (axum::http::header::CACHE_CONTROL, "no-cache"),
    ];
    Ok((headers, bytes).into_response())
}

fn demo(app: &App) -> Result<&Demo, Problem> {
    app.demo.as_ref().ok_or_else(Problem::not_found)
}
