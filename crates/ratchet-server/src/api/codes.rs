//! One-time codes that are sent to a login: for logging in, for a new password, for showing that the login is one's own. Known and
//! unknown logins are answered alike, in the same time.

use ratchet_store::{CODE_US, NewAuditEntry};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::people::{PASSWORD_CHARS, hashed, normalised, tenants_of};
use super::prelude::*;
use crate::limits::{CODE_ACCOUNT, CODE_ADDRESS, LOGIN_ACCOUNT, LOGIN_ADDRESS};
use crate::request::Meta;
use crate::sender::Sending;

/// What a code is for; it works for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CodePurpose {
    /// To show that one receives what is sent to the login.
    Confirm,
    /// To log in without a password.
    LogIn,
    /// To set a new password.
    Password,
}

/// Who wants a code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeRequest {
    /// E-mail address or phone number.
    login: String,
    /// What for.
    purpose: CodePurpose,
}

/// A code is on its way, if somebody has this login.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeSent {
    /// For how many seconds it is good.
    seconds: u32,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordRequest {
    /// E-mail address or phone number.
    login: String,
    /// Six digits of a code for `password`.
    code: String,
    /// 10 to 128 characters.
    password: String,
}

/// A code that was sent to one's login.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmRequest {
    /// Six digits of a code for `confirm`.
    code: String,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(send)).routes(routes!(set_password)).routes(routes!(confirm))
}

/// Sends a code of six digits to a login. It is good for ten minutes, for five attempts, once. Whether somebody has this login is not
/// said; a code for `confirm` is sent to anybody, so that whoever signs up can show one.
#[utoipa::path(
    post,
    path = "/people/codes",
    tag = "people",
    extensions(("x-permission" = json!("public"))),
    request_body = CodeRequest,
    responses((status = 200, description = "Done.", body = CodeSent)),
)]
async fn send(State(app): State<App>, who: Who, body: Body<CodeRequest>) -> Result<Json<CodeSent>, Problem> {
    let CodeRequest { login, purpose } = body.value;
    let (login, now) = (normalised(&login)?, who.meta.now_us);
    app.limits.take("codes", &who.meta.address, CODE_ADDRESS, now)?;
    app.limits.take("codes of", &login, CODE_ACCOUNT, now)?;
    let to = login.clone();
    let (code, known) = app
        .people(move |people| {
            people.change(|tables| {
                let known = tables.credentials(&to)?.is_some();
                Ok::<_, ratchet_store::StoreError>((tables.make_code(&to, purpose.name(), now)?, known))
            })
        })
        .await?;
    if known || purpose == CodePurpose::Confirm {
        app.sender.send(&Sending { to: &login, purpose: purpose.name(), code: &code });
    }
    Ok(Json(CodeSent { seconds: u32::try_from(CODE_US / 1_000_000).unwrap_or(u32::MAX) }))
}

/// Sets a new password by a code. All sessions end; whoever has a second factor is still asked for it.
#[utoipa::path(
    post,
    path = "/people/password",
    tag = "people",
    extensions(("x-permission" = json!("public"))),
    request_body = PasswordRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn set_password(
    State(app): State<App>,
    who: Who,
    body: Body<PasswordRequest>,
) -> Result<Json<Done>, Problem> {
    let PasswordRequest { login, code, password } = body.value;
    let login = normalised(&login)?;
    let [least, most] = PASSWORD_CHARS;
    check_length("password", &password, least, most)?;
    spend(&app, &who.meta, &login, CodePurpose::Password, code).await?;
    let (password, act) = (hashed(password).await, who.act());
    app.people(move |people| {
        people.change(|tables| {
            // Nobody is sent a code for a login that nobody has.
            let found = tables.credentials(&login)?.ok_or_else(|| Problem::new(ServerFault::CodeWrong {}))?;
            let person = found.person;
            tables.set_password(&person, &password)?;
            tables.confirm_login(&person, act.at)?;
            let ended = tables.end_sessions(&person, None)?;
            let act = ratchet_store::Act { person: person.clone(), ..act };
            for tenant in tenants_of(tables, &person)? {
                let after = Some(json!({ "sessions_ended": ended }).to_string());
                let entry = NewAuditEntry { after, ..NewAuditEntry::of(&tenant, "password.reset", &person) };
                tables.audit(&act, entry)?;
            }
            Ok::<_, Problem>(Json(Done { done: true }))
        })
    })
    .await
}

/// Shows by a code that one's login is one's own, which some tenants ask for before joining.
#[utoipa::path(
    post,
    path = "/me/confirmation",
    tag = "people",
    extensions(("x-permission" = json!("person"))),
    request_body = ConfirmRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn confirm(
    State(app): State<App>,
    who: Who,
    write: Write,
    body: Body<ConfirmRequest>,
) -> Result<Response, Problem> {
    let (person, now) = (who.person()?.to_owned(), who.meta.now_us);
    let of = person.clone();
    let data = app.people(move |people| people.look(|tables| tables.person(&of))).await?;
    let login = data.ok_or_else(Problem::not_found)?.login;
    if !write.preview && !app.is_answered(&who, &write).await? {
        spend(&app, &who.meta, &login, CodePurpose::Confirm, body.value.code).await?;
    }
    app.change(&who, &write, Some(body.hash), move |tables| {
        tables.confirm_login(&person, now)?;
        Ok(Done { done: true })
    })
    .await
}

/// Uses a code up, or says that it is wrong; guessing is slowed as that of passwords is.
pub(super) async fn spend(
    app: &App,
    meta: &Meta,
    login: &str,
    purpose: CodePurpose,
    code: String,
) -> Result<(), Problem> {
    app.limits.take("login", &meta.address, LOGIN_ADDRESS, meta.now_us)?;
    app.limits.take("code of", &format!("{login} {}", meta.address), LOGIN_ACCOUNT, meta.now_us)?;
    let (login, now) = (login.to_owned(), meta.now_us);
    let right =
        app.people(move |people| people.change(|tables| tables.use_code(&login, purpose.name(), &code, now)));
    if right.await? { Ok(()) } else { Err(Problem::new(ServerFault::CodeWrong {})) }
}

impl CodePurpose {
    /// As in the tables and in what is sent.
    fn name(self) -> &'static str {
        match self {
            CodePurpose::Confirm => "confirm",
            CodePurpose::LogIn => "log_in",
            CodePurpose::Password => "password",
        }
    }
}
