//! People: sign-up, sessions, keys, invitations, staff.

use ratchet_engine::hash::hex;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use axum::http::{HeaderMap, HeaderValue, header};
use data_encoding::BASE32_NOPAD;
use ratchet_store::{AuditEntry, Caller, KeyRow, NewAuditEntry, NewKey, NewPerson, StoreError, Tables};

use crate::access::{COOKIE, permissions_in};
use crate::limits::{LOGIN_ACCOUNT, LOGIN_ADDRESS};
use crate::request::Meta;

use super::codes::CodePurpose;
use super::prelude::*;

/// Whether somebody has to set the server up first.
#[derive(Serialize, ToSchema)]
pub(crate) struct SetupState {
    /// No owner exists yet: only the one-time link leads on.
    setup_required: bool,
}

/// The first owner of a tenant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupRequest {
    /// From the one-time link.
    token: String,
    /// E-mail address or phone number to log in with.
    login: String,
    /// 10 to 128 characters.
    password: String,
    /// How others see the person.
    name: String,
}

/// A new person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUpRequest {
    /// E-mail address or phone number to log in with.
    login: String,
    /// 10 to 128 characters.
    password: String,
    /// How others see the person.
    name: String,
    /// Of a link to join a staff.
    invitation: Option<String>,
    /// Six digits of a code for `confirm`, which shows that the login is the person's own.
    code: Option<String>,
}

/// Who logs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginRequest {
    /// E-mail address or phone number.
    login: String,
    /// The password; or `one_time_code` in its place.
    password: Option<String>,
    /// Six digits of a code for `log_in`.
    one_time_code: Option<String>,
    /// Six digits of the second factor, where the person has one, or a recovery code.
    code: Option<String>,
}

/// Who is logged in, and what they may do.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    /// The person's id.
    person: String,
    /// How others see the person.
    name: String,
    /// Whether logging in asks for a second factor.
    second_factor: bool,
    /// A role counts only once a second factor is set up: `/me/second-factor`.
    needs_second_factor: bool,
    /// Whether a code has shown that the login is the person's own.
    confirmed: bool,
    /// What the person may do in tenants, by role.
    tenants: Vec<TenantRoles>,
    /// Where the person is a member.
    memberships: Vec<Membership>,
    /// When this session ends if nobody uses it; absent for a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_expires_at: Option<Time>,
}

/// Roles of a person in a tenant, with what they permit.
#[derive(Serialize, ToSchema)]
pub(crate) struct TenantRoles {
    /// The tenant's id.
    tenant: String,
    /// Its name.
    name: String,
    /// Roles granted.
    roles: Vec<Role>,
    /// What they permit together: names as in `x-permission`.
    permissions: Vec<String>,
}

/// A position of a person in a programme.
#[derive(Serialize, ToSchema)]
pub(crate) struct Membership {
    /// The programme's id.
    programme: String,
    /// The member's id in it.
    member: String,
}

/// A session of the person.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// Its id, which is not its token.
    id: String,
    /// When it began.
    created_at: Time,
    /// When it was last used.
    seen_at: Time,
    /// What the browser said of itself.
    agent: String,
    /// Whether it is the one that asks.
    current: bool,
}

/// A second factor to be set up: nothing is active until a code confirms it. All are in the first answer under a key and never again.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct SecondFactor {
    /// For an authenticator, as a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// The same secret for typing, base32.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// The link as a QR code, an SVG picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    qr: Option<String>,
}

/// Confirms the second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondFactorCode {
    /// Six digits of the new one.
    code: String,
    /// Where it replaces another: six digits of that one, or a recovery code.
    replaced_code: Option<String>,
}

/// Used once each in place of a code.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    /// In the first answer under a key and never again.
    codes: Vec<String>,
}

/// A new key for a program.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyRequest {
    /// What it is for.
    name: String,
    /// Permissions, of those its maker has.
    scopes: Vec<String>,
    /// For how many days; 1 to 366.
    days: u32,
}

/// A key of a program.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct KeyView {
    /// Its id.
    id: String,
    /// What it is for.
    name: String,
    /// The tenant it works in.
    tenant: String,
    /// What it may do.
    scopes: Vec<String>,
    /// When it was made.
    created_at: Time,
    /// When it ends.
    expires_at: Time,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Time>,
    /// The key itself, in the answer that made it and never again: `Authorization: Bearer …`.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// Roles that a tenant grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Runs programmes: orders, products, payments, the clock.
    Operator,
    /// Reviews money that leaves.
    Reviewer,
    /// Reads everything of the tenant and writes nothing.
    Auditor,
    /// Everything, roles included.
    Owner,
}

/// A link to join a staff.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationRequest {
    /// The role that whoever uses it gets.
    role: Role,
}

/// An invitation.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Invitation {
    /// Its id.
    id: String,
    /// The role it grants.
    role: Role,
    /// When it ends.
    expires_at: Time,
    /// Path and query of the page that uses it, in the answer that made it and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// Somebody with roles in a tenant.
#[derive(Serialize, ToSchema)]
pub(crate) struct StaffView {
    /// The person's id.
    person: String,
    /// How others see the person.
    name: String,
    /// Roles granted.
    roles: Vec<Role>,
    /// Whether logging in asks for a second factor.
    second_factor: bool,
}

/// Something that staff did (ACC-5).
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditRow {
    /// Its number, without gaps.
    seq: u64,
    /// When, by the server's clock.
    at: Time,
    /// Who.
    person: String,
    /// How others see that person; absent once erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// From which address.
    address: String,
    /// What: `withdrawal.approve`, `role.grant`, …
    action: String,
    /// About what.
    subject: String,
    /// How it was before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    before: Option<serde_json::Value>,
    /// How it was after.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    after: Option<serde_json::Value>,
    /// Entry of a programme's journal that it led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<u64>,
    /// SHA-256 over the hash before it and this row.
    hash: HashText,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(setup_state, set_up))
        .routes(routes!(sign_up))
        .routes(routes!(log_in))
        .routes(routes!(log_out))
        .routes(routes!(me))
        .routes(routes!(my_sessions))
        .routes(routes!(end_session))
        .routes(routes!(begin_second_factor))
        .routes(routes!(confirm_second_factor))
        .routes(routes!(staff))
        .routes(routes!(grant_role, revoke_role))
        .routes(routes!(invite))
        .routes(routes!(keys, make_key))
        .routes(routes!(revoke_key))
        .routes(routes!(audit_log))
}

/// Whether somebody has to set the server up first.
#[utoipa::path(
    get,
    path = "/setup",
    tag = "people",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = SetupState)),
)]
async fn setup_state(State(app): State<App>) -> Result<Json<SetupState>, Problem> {
    Ok(Json(SetupState { setup_required: !app.has_owner().await? }))
}

/// Makes the first owner of a tenant by a one-time link, and logs in.
#[utoipa::path(
    post,
    path = "/setup",
    tag = "people",
    extensions(("x-permission" = json!("public"))),
    request_body = SetupRequest,
    responses((status = 200, description = "Done.", body = Me)),
)]
async fn set_up(
    State(app): State<App>,
    who: Who,
    headers: HeaderMap,
    body: Body<SetupRequest>,
) -> Result<Response, Problem> {
    let SetupRequest { token, login, password, name } = body.value;
    let person = add_person(&app, &who, (login, password, name), None, Some(Link::Owner(token))).await?;
    app.know_owner();
    begin_session(&app, &who.meta, &headers, person).await
}

/// Makes a person and logs in.
#[utoipa::path(
    post,
    path = "/people",
    tag = "people",
    extensions(("x-permission" = json!("public"))),
    request_body = SignUpRequest,
    responses((status = 200, description = "Done.", body = Me)),
)]
async fn sign_up(
    State(app): State<App>,
    who: Who,
    headers: HeaderMap,
    body: Body<SignUpRequest>,
) -> Result<Response, Problem> {
    let SignUpRequest { login, password, name, invitation, code } = body.value;
    let link = invitation.map(Link::Invitation);
    let person = add_person(&app, &who, (login, password, name), code, link).await?;
    begin_session(&app, &who.meta, &headers, person).await
}

/// Logs in: the answer sets a cookie that scripts cannot read.
#[utoipa::path(
    post,
    path = "/sessions",
    tag = "people",
    extensions(("x-permission" = json!("public"))),
    request_body = LoginRequest,
    responses((status = 200, description = "Done.", body = Me)),
)]
async fn log_in(
    State(app): State<App>,
    who: Who,
    headers: HeaderMap,
    body: Body<LoginRequest>,
) -> Result<Response, Problem> {
    let LoginRequest { login, password, one_time_code, code } = body.value;
    let login = normalised(&login)?;
    let of = login.clone();
    let found = app.people(move |people| people.look(|tables| tables.credentials(&of))).await?;
    let person = match (password, one_time_code) {
        (Some(password), None) => {
            app.limits.take("login", &who.meta.address, LOGIN_ADDRESS, who.meta.now_us)?;
            // Whoever guesses from elsewhere slows down nobody here.
            let pair = format!("{login} {}", who.meta.address);
            app.limits.take("login of", &pair, LOGIN_ACCOUNT, who.meta.now_us)?;
            // As much work where nobody has this login: the time says nothing.
            let stored = found.as_ref().map_or_else(|| NOBODY.to_owned(), |found| found.password.clone());
            let right = verified(password, stored).await;
            let person = found.as_ref().filter(|_| right).map(|found| found.person.clone());
            person.ok_or_else(|| Problem::new(ServerFault::LoginFailed {}))?
        }
        (None, Some(one_time)) => {
            super::codes::spend(&app, &who.meta, &login, CodePurpose::LogIn, one_time).await?;
            let person = found.as_ref().map(|found| found.person.clone());
            // Nobody is sent a code for a login that nobody has.
            let person = person.ok_or_else(|| Problem::new(ServerFault::CodeWrong {}))?;
            let (of, now) = (person.clone(), who.meta.now_us);
            app.people(move |people| people.change(|tables| tables.confirm_login(&of, now))).await?;
            person
        }
        _ => {
            let either = ServerFault::Either { one: "password", other: "one_time_code" };
            return Err(Problem::field("password", either));
        }
    };
    if let Some(secret) = found.and_then(|found| found.second_factor) {
        let code = code.ok_or_else(|| Problem::new(ServerFault::SecondFactorRequired {}))?;
        use_code(&app, &person, secret, code, who.meta.now_us).await?;
    }
    begin_session(&app, &who.meta, &headers, person).await
}

/// Ends the session.
#[utoipa::path(
    delete,
    path = "/sessions/current",
    tag = "people",
    extensions(("x-permission" = json!("person"))),
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn log_out(State(app): State<App>, who: Who) -> Result<Response, Problem> {
    let person = who.person()?.to_owned();
    if let Some((session, _)) = who.caller.and_then(|caller| caller.session) {
        app.people(move |people| people.change(|tables| tables.end_session(&person, &session))).await?;
    }
    let mut response = Json(Done { done: true }).into_response();
    let ended = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    response
        .headers_mut()
        .insert(header::SET_COOKIE, HeaderValue::from_str(&ended).expect("ASCII is a header"));
    Ok(response)
}

/// Who is logged in, and what they may do.
#[utoipa::path(
    get,
    path = "/me",
    tag = "people",
    extensions(("x-permission" = json!("person"))),
    responses((status = 200, description = "Done.", body = Me)),
)]
async fn me(State(app): State<App>, who: Who) -> Result<Json<Me>, Problem> {
    let caller = who.caller.ok_or_else(|| Problem::new(ServerFault::LoginRequired {}))?;
    app.people(move |people| people.look(|tables| me_of(tables, &caller))).await.map(Json)
}

/// One's own sessions.
#[utoipa::path(
    get,
    path = "/me/sessions",
    tag = "people",
    extensions(("x-permission" = json!("person"))),
    responses((status = 200, description = "Done.", body = List<SessionView>)),
)]
async fn my_sessions(State(app): State<App>, who: Who) -> Result<Json<List<SessionView>>, Problem> {
    let (person, now) = (who.person()?.to_owned(), who.meta.now_us);
    let current = who.caller.and_then(|caller| caller.session).map(|(id, _)| id);
    let sessions = app.people(move |people| people.look(|tables| tables.sessions(&person, now))).await?;
    let items = sessions.into_iter().map(|session| SessionView {
        current: current.as_ref() == Some(&session.id),
        id: session.id,
        created_at: Time::of_us(session.created_at),
        seen_at: Time::of_us(session.seen_at),
        agent: session.agent,
    });
    Ok(Json(List { items: items.collect() }))
}

/// Ends one of one's own sessions.
#[utoipa::path(
    delete,
    path = "/me/sessions/{session}",
    tag = "people",
    extensions(("x-permission" = json!("person"))),
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn end_session(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(session): Path<String>,
) -> Result<Response, Problem> {
    let person = who.person()?.to_owned();
    app.change(&who, &write, None, move |tables| {
        if tables.end_session(&person, &session)? {
            Ok(Done { done: true })
        } else {
            Err(Problem::not_found())
        }
    })
    .await
}

/// Begins to set up a second factor.
#[utoipa::path(
    post,
    path = "/me/second-factor",
    tag = "people",
    extensions(("x-permission" = json!("person"))),
    responses((status = 200, description = "Done.", body = SecondFactor)),
)]
async fn begin_second_factor(State(app): State<App>, who: Who, write: Write) -> Result<Response, Problem> {
    let person = who.person()?.to_owned();
    app.change_secret(
        &who,
        &write,
        None,
        move |tables| {
            let mut secret = [0; 20];
            getrandom::fill(&mut secret).expect("the system has random bytes");
            tables.begin_second_factor(&person, &secret)?;
            Ok((SecondFactor { url: None, secret: None, qr: None }, BASE32_NOPAD.encode(&secret)))
        },
        |factor, secret| {
            let url = format!("otpauth://totp/Ratchet?secret={secret}&issuer=Ratchet");
            factor.qr = Some(qr_of(&url));
            factor.url = Some(url);
            factor.secret = Some(secret);
        },
    )
    .await
}

/// A text as a QR code: dark on light whatever the page's colours are, as cameras want it, with the quiet border that the standard asks for.
pub(super) fn qr_of(text: &str) -> String {
    let code = qrcode::QrCode::new(text.as_bytes()).expect("an address of some hundred bytes fits");
    code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(QR_PIXELS, QR_PIXELS).build()
}

/// A side of it.
const QR_PIXELS: u32 = 200;

/// Confirms it by its first code. Other sessions of the person, which began without it, end.
#[utoipa::path(
    post,
    path = "/me/second-factor/confirm",
    tag = "people",
    extensions(("x-permission" = json!("person"))),
    request_body = SecondFactorCode,
    responses((status = 200, description = "Done.", body = RecoveryCodes)),
)]
async fn confirm_second_factor(
    State(app): State<App>,
    who: Who,
    write: Write,
    body: Body<SecondFactorCode>,
) -> Result<Response, Problem> {
    let (act, now) = (who.act(), who.meta.now_us);
    let session = who.caller.as_ref().and_then(|caller| caller.session.clone()).map(|(session, _)| session);
    app.limits.take("second factor", &act.person, LOGIN_ACCOUNT, now)?;
    let SecondFactorCode { code, replaced_code } = body.value;
    app.change_secret(
        &who,
        &write,
        Some(body.hash),
        move |tables| {
            let person = &act.person;
            let wrong = || Problem::new(ServerFault::SecondFactorWrong {});
            let secret = tables.begun_second_factor(person)?;
            let secret = secret.ok_or_else(|| Problem::new(ServerFault::SecondFactorNotBegun {}))?;
            let step = step_of(&secret, &code, now).ok_or_else(wrong)?;
            // Whoever has a session alone does not put another in place of what guards it.
            if let Some(present) = tables.second_factor(person)?
                && !spend_second_factor(tables, person, &present, &replaced_code.unwrap_or_default(), now)?
            {
                return Err(wrong());
            }
            let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
            tables.confirm_second_factor(person, step, &codes)?;
            tables.end_sessions(person, session.as_deref())?;
            for tenant in tenants_of(tables, person)? {
                let entry = NewAuditEntry::of(&tenant, "second_factor.set", person);
                tables.audit(&act, entry)?;
            }
            Ok((RecoveryCodes { codes: Vec::new() }, codes.join(" ")))
        },
        |answer, codes| answer.codes = codes.split(' ').map(str::to_owned).collect(),
    )
    .await
}

/// Who has roles in a tenant.
#[utoipa::path(
    get,
    path = "/tenants/{tenant}/staff",
    tag = "people",
    extensions(("x-permission" = json!("staff.read"))),
    responses((status = 200, description = "Done.", body = List<StaffView>)),
)]
async fn staff(
    State(app): State<App>,
    who: Who,
    Path(tenant): Path<String>,
) -> Result<Json<List<StaffView>>, Problem> {
    drop(who);
    let items = app
        .people(move |people| {
            people.look(|tables| {
                let mut staff: Vec<StaffView> = Vec::new();
                for (person, role) in tables.staff(&tenant)? {
                    let Some(role) = Role::parse(&role) else { continue };
                    match staff.iter_mut().find(|known| known.person == person) {
                        Some(known) => known.roles.push(role),
                        None => staff.push(StaffView {
                            name: tables.person(&person)?.map_or_else(String::new, |data| data.name),
                            second_factor: tables.has_second_factor(&person)?,
                            person,
                            roles: vec![role],
                        }),
                    }
                }
                Ok(staff)
            })
        })
        .await?;
    Ok(Json(List { items }))
}

/// Grants a role to another person.
#[utoipa::path(
    post,
    path = "/tenants/{tenant}/staff/{person}/roles/{role}",
    tag = "people",
    extensions(("x-permission" = json!("staff.manage"))),
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn grant_role(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((tenant, person, role)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let role = Role::parse(&role).ok_or_else(Problem::not_found)?;
    if who.person()? == person {
        return Err(Problem::new(ServerFault::RoleOwn {}));
    }
    let act = who.act();
    app.change(&who, &write, None, move |tables| {
        tables.person(&person)?.ok_or_else(Problem::not_found)?;
        if tables.grant(&tenant, &person, role.name(), &act.person, act.at)? {
            tables.audit(&act, role_entry(&tenant, "role.grant", &person, role.name()))?;
        }
        Ok(Done { done: true })
    })
    .await
}

/// Takes a role from a person.
#[utoipa::path(
    delete,
    path = "/tenants/{tenant}/staff/{person}/roles/{role}",
    tag = "people",
    extensions(("x-permission" = json!("staff.manage"))),
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn revoke_role(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((tenant, person, role)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let role = Role::parse(&role).ok_or_else(Problem::not_found)?;
    if who.person()? == person {
        return Err(Problem::new(ServerFault::RoleOwn {}));
    }
    let act = who.act();
    app.change(&who, &write, None, move |tables| {
        if !tables.revoke(&tenant, &person, role.name())? {
            return Err(Problem::not_found());
        }
        if role == Role::Owner && tables.count_role(&tenant, role.name())? == 0 {
            return Err(Problem::new(ServerFault::RoleLastOwner {}));
        }
        let entry = role_entry(&tenant, "role.revoke", &person, role.name());
        tables.audit(&act, NewAuditEntry { before: entry.after.clone(), after: None, ..entry })?;
        Ok(Done { done: true })
    })
    .await
}

/// Makes a link to join the staff; it works once.
#[utoipa::path(
    post,
    path = "/tenants/{tenant}/invitations",
    tag = "people",
    extensions(("x-permission" = json!("staff.manage"))),
    request_body = InvitationRequest,
    responses((status = 200, description = "Done.", body = Invitation)),
)]
async fn invite(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(tenant): Path<String>,
    body: Body<InvitationRequest>,
) -> Result<Response, Problem> {
    let (act, role) = (who.act(), body.value.role);
    app.change_secret(
        &who,
        &write,
        Some(body.hash),
        move |tables| {
            let (token, id, expires_at) = tables.add_invitation(&tenant, role.name(), &act.person, act.at)?;
            tables.audit(&act, role_entry(&tenant, "invitation.make", &id, role.name()))?;
            let invitation = Invitation { id, role, expires_at: Time::of_us(expires_at), link: None };
            Ok((invitation, format!("/console/join?invitation={token}")))
        },
        |invitation, link| invitation.link = Some(link),
    )
    .await
}

/// Keys of programs.
#[utoipa::path(
    get,
    path = "/tenants/{tenant}/keys",
    tag = "people",
    extensions(("x-permission" = json!("keys.manage"))),
    responses((status = 200, description = "Done.", body = List<KeyView>)),
)]
async fn keys(
    State(app): State<App>,
    who: Who,
    Path(tenant): Path<String>,
) -> Result<Json<List<KeyView>>, Problem> {
    drop(who);
    let of = tenant.clone();
    let keys = app.people(move |people| people.look(|tables| tables.keys(&of))).await?;
    Ok(Json(List { items: keys.into_iter().map(|key| key_view(&tenant, key)).collect() }))
}

/// Makes a key for a program; it acts as the person who made it.
#[utoipa::path(
    post,
    path = "/tenants/{tenant}/keys",
    tag = "people",
    extensions(("x-permission" = json!("keys.manage"))),
    request_body = KeyRequest,
    responses((status = 200, description = "Done.", body = KeyView)),
)]
async fn make_key(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(tenant): Path<String>,
    body: Body<KeyRequest>,
) -> Result<Response, Problem> {
    let KeyRequest { name, scopes, days } = body.value;
    check_length("name", &name, 1, NAME_CHARS_MAX)?;
    if !(1..=KEY_DAYS_MAX).contains(&days) {
        let most = usize::try_from(KEY_DAYS_MAX).unwrap_or(usize::MAX);
        return Err(Problem::field("days", ServerFault::Count { least: 1, most }));
    }
    if let Some(scope) = scopes.iter().find(|scope| !who.may(scope)) {
        return Err(Problem::new(ServerFault::ScopeUnknown { scope }));
    }
    let act = who.act();
    app.change_secret(
        &who,
        &write,
        Some(body.hash),
        move |tables| {
            let expires_at = act.at.saturating_add(i64::from(days).saturating_mul(DAY_US));
            let new = NewKey {
                tenant: &tenant,
                person: &act.person,
                name: &name,
                scopes: &scopes,
                now: act.at,
                expires_at,
            };
            let (secret, key) = tables.add_key(&new)?;
            let entry = NewAuditEntry {
                after: Some(json!({ "name": name, "scopes": scopes, "days": days }).to_string()),
                ..NewAuditEntry::of(&tenant, "key.make", &key.id)
            };
            tables.audit(&act, entry)?;
            Ok((key_view(&tenant, key), secret))
        },
        |key, secret| key.secret = Some(secret),
    )
    .await
}

/// Revokes a key.
#[utoipa::path(
    delete,
    path = "/tenants/{tenant}/keys/{key}",
    tag = "people",
    extensions(("x-permission" = json!("keys.manage"))),
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn revoke_key(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((tenant, key)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let act = who.act();
    app.change(&who, &write, None, move |tables| {
        if !tables.revoke_key(&tenant, &key, act.at)? {
            return Err(Problem::not_found());
        }
        let entry = NewAuditEntry::of(&tenant, "key.revoke", &key);
        tables.audit(&act, entry)?;
        Ok(Done { done: true })
    })
    .await
}

/// What staff did, newest first.
#[utoipa::path(
    get,
    path = "/tenants/{tenant}/audit-log",
    tag = "people",
    extensions(("x-permission" = json!("audit.read"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<AuditRow>)),
)]
async fn audit_log(
    State(app): State<App>,
    who: Who,
    Path(tenant): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<AuditRow>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let before = before.and_then(|before| i64::try_from(before).ok());
    let entries =
        app.people(move |people| people.look(|tables| tables.audit_log(&tenant, before, limit))).await?;
    let next = next_of(&entries, limit, |entry| entry.seq);
    let names = app.names(&who, entries.iter().map(|entry| entry.person.clone()).collect()).await?;
    let named =
        |row: AuditRow| AuditRow { name: names.get(&row.person).and_then(|known| known.name.clone()), ..row };
    Ok(Json(Page { items: entries.into_iter().map(AuditRow::from).map(named).collect(), next }))
}

/// Shortest and longest password in characters.
pub(super) const PASSWORD_CHARS: [usize; 2] = [10, 128];
/// Longest name of a person or key in characters.
const NAME_CHARS_MAX: usize = 60;
/// Longest life of a key in days.
const KEY_DAYS_MAX: u32 = 366;
/// Recovery codes of a second factor.
const RECOVERY_CODES: usize = 8;
/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;
/// Of no password: checked where nobody has a login.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE";

impl Role {
    /// As in the tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Role::Operator => "operator",
            Role::Reviewer => "reviewer",
            Role::Auditor => "auditor",
            Role::Owner => "owner",
        }
    }

    /// As in the tables and in paths.
    pub(crate) fn parse(name: &str) -> Option<Role> {
        [Role::Operator, Role::Reviewer, Role::Auditor, Role::Owner]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

impl From<AuditEntry> for AuditRow {
    fn from(entry: AuditEntry) -> AuditRow {
        // What was written down as JSON is read as such.
        let json = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        AuditRow {
            seq: entry.seq.unsigned_abs(),
            at: Time::of_us(entry.at),
            person: entry.person,
            name: None,
            address: entry.address,
            action: entry.action,
            subject: entry.subject,
            before: json(entry.before),
            after: json(entry.after),
            entry: entry.entry,
            hash: HashText(hex(&entry.hash)),
        }
    }
}

fn role_entry<'a>(tenant: &'a str, action: &'a str, subject: &'a str, role: &str) -> NewAuditEntry<'a> {
    let after = Some(json!({ "role": role }).to_string());
    NewAuditEntry { after, ..NewAuditEntry::of(tenant, action, subject) }
}

fn key_view(tenant: &str, key: KeyRow) -> KeyView {
    KeyView {
        id: key.id,
        name: key.name,
        tenant: tenant.to_owned(),
        scopes: key.scopes,
        created_at: Time::of_us(key.created_at),
        expires_at: Time::of_us(key.expires_at),
        revoked_at: key.revoked_at.map(Time::of_us),
        secret: None,
    }
}

/// An e-mail address or phone number as it is compared: without blanks, small letters; digits of a number without what is put between.
pub(super) fn normalised(login: &str) -> Result<String, Problem> {
    let login = login.trim().to_lowercase();
    if let Some((name, host)) = login.split_once('@') {
        let fits = !name.is_empty()
            && host.contains('.')
            && login.len() <= 254
            && !login.contains(char::is_whitespace);
        return if fits { Ok(login) } else { Err(Problem::field("login", ServerFault::Login {})) };
    }
    let digits: String =
        login.chars().filter(|character| !matches!(character, ' ' | '-' | '+' | '(' | ')')).collect();
    let fits = (6..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(digits) } else { Err(Problem::field("login", ServerFault::Login {})) }
}

/// A link by which somebody who signs up gets a role.
enum Link {
    /// Of the first owner, who grants it to themselves.
    Owner(String),
    /// Of somebody in the tenant.
    Invitation(String),
}

/// Makes a person, whose login a code confirms, with the role of a link if there is one.
async fn add_person(
    app: &App,
    who: &Who,
    (login, password, name): (String, String, String),
    code: Option<String>,
    link: Option<Link>,
) -> Result<String, Problem> {
    app.limits.take("link", &who.meta.address, LOGIN_ADDRESS, who.meta.now_us)?;
    let login = normalised(&login)?;
    let [least, most] = PASSWORD_CHARS;
    check_length("password", &password, least, most)?;
    let name = name.trim().to_owned();
    check_length("name", &name, 1, NAME_CHARS_MAX)?;
    let confirmed = code.is_some();
    if let Some(code) = code {
        super::codes::spend(app, &who.meta, &login, CodePurpose::Confirm, code).await?;
    }
    let new = NewPerson { login, name, password: hashed(password).await, at: who.meta.now_us };
    let act = who.act();
    app.people(move |people| {
        people.change(|tables| {
            let person = tables.add_person(&new)?.ok_or_else(|| Problem::new(ServerFault::LoginTaken {}))?;
            if confirmed {
                tables.confirm_login(&person, new.at)?;
            }
            let Some(link) = link else { return Ok(person) };
            let (token, owner) = match link {
                Link::Owner(token) => (token, true),
                Link::Invitation(token) => (token, false),
            };
            let granted = tables.use_link(&token, &person, owner, new.at)?;
            let granted = granted.ok_or_else(|| Problem::new(ServerFault::LinkInvalid {}))?;
            let by = if owner { person.clone() } else { granted.by.clone() };
            let entry = role_entry(&granted.tenant, "role.grant", &person, &granted.role);
            tables.audit(&ratchet_store::Act { person: by, ..act }, entry)?;
            Ok::<_, Problem>(person)
        })
    })
    .await
}

/// Argon2id takes tens of milliseconds and 19 MiB: on purpose, and on a thread of its own.
pub(crate) async fn hashed(password: String) -> String {
    let hash = move || {
        let hash = argon2::Argon2::default().hash_password(password.as_bytes());
        hash.expect("a password can be hashed").to_string()
    };
    tokio::task::spawn_blocking(hash).await.expect("hashing does not panic")
}

pub(super) async fn verified(password: String, stored: String) -> bool {
    let verify = move || {
        let stored = PasswordHash::new(&stored).expect("what is stored is a hash");
        argon2::Argon2::default().verify_password(password.as_bytes(), &stored).is_ok()
    };
    tokio::task::spawn_blocking(verify).await.expect("checking a password does not panic")
}

/// Uses up six digits of a second factor, or a recovery code.
fn spend_second_factor(
    tables: &Tables<'_>,
    person: &str,
    secret: &[u8],
    code: &str,
    now: i64,
) -> Result<bool, StoreError> {
    match step_of(secret, code, now) {
        Some(step) => tables.use_second_factor(person, step),
        None => tables.use_recovery_code(person, code),
    }
}

/// Where a person has a role.
pub(super) fn tenants_of(tables: &Tables<'_>, person: &str) -> Result<Vec<String>, StoreError> {
    let mut tenants: Vec<String> = tables.roles(person)?.into_iter().map(|(tenant, _)| tenant.id).collect();
    tenants.dedup();
    Ok(tenants)
}

async fn use_code(app: &App, person: &str, secret: Vec<u8>, code: String, now: i64) -> Result<(), Problem> {
    let person = person.to_owned();
    let right = app.people(move |people| {
        people.change(|tables| spend_second_factor(tables, &person, &secret, &code, now))
    });
    if right.await? { Ok(()) } else { Err(Problem::new(ServerFault::SecondFactorWrong {})) }
}

/// The step of which six digits are, if they are of one around now.
fn step_of(secret: &[u8], code: &str, now_us: i64) -> Option<i64> {
    let secret: [u8; 20] = secret.try_into().ok()?;
    let totp = totp_rs::Builder::new().with_secret(secret).build().ok()?;
    let seconds = u64::try_from(now_us / 1_000_000).ok()?;
    totp.check(code, seconds).and_then(|step| i64::try_from(step).ok())
}

fn recovery_code() -> String {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes).expect("the system has random bytes");
    BASE32_NOPAD.encode(&bytes).to_lowercase()
}

pub(super) async fn begin_session(
    app: &App,
    meta: &Meta,
    headers: &HeaderMap,
    person: String,
) -> Result<Response, Problem> {
    let agent =
        headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default().to_owned();
    let now = meta.now_us;
    let (secret, expires_at, me) = app
        .people(move |people| {
            people.change(|tables| {
                let (secret, expires_at) = tables.begin_session(&person, &agent, now)?;
                let caller =
                    Caller { person, session: Some((String::new(), expires_at)), key: None, expires_at };
                Ok::<_, StoreError>((secret, expires_at, me_of(tables, &caller)?))
            })
        })
        .await?;
    let seconds = (expires_at - now) / 1_000_000;
    // Behind HTTPS the cookie is for HTTPS only; on a loopback address without it browsers would not keep it otherwise.
    let secure = if meta.is_https { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    let mut response = Json(me).into_response();
    response
        .headers_mut()
        .insert(header::SET_COOKIE, HeaderValue::from_str(&cookie).expect("ASCII is a header"));
    Ok(response)
}

fn me_of(tables: &Tables<'_>, caller: &Caller) -> Result<Me, StoreError> {
    let mut tenants: Vec<TenantRoles> = Vec::new();
    for (tenant, role) in tables.roles(&caller.person)? {
        let Some(role) = Role::parse(&role) else { continue };
        match tenants.iter_mut().find(|known| known.tenant == tenant.id) {
            Some(known) => known.roles.push(role),
            None => tenants.push(TenantRoles {
                tenant: tenant.id,
                name: tenant.name,
                roles: vec![role],
                permissions: Vec::new(),
            }),
        }
    }
    let mut needs_second_factor = false;
    for tenant in &mut tenants {
        if tables.lacks_second_factor(&tenant.tenant, &caller.person)? {
            needs_second_factor = true;
            continue;
        }
        let permissions = permissions_in(caller, &tenant.tenant, &tenant.roles);
        tenant.permissions = permissions.into_iter().map(str::to_owned).collect();
    }
    let memberships = tables.memberships(&caller.person)?;
    Ok(Me {
        name: tables.person(&caller.person)?.map_or_else(String::new, |data| data.name),
        second_factor: tables.has_second_factor(&caller.person)?,
        needs_second_factor,
        confirmed: tables.is_confirmed(&caller.person)?,
        person: caller.person.clone(),
        tenants,
        memberships: memberships
            .into_iter()
            .map(|(programme, member)| Membership { programme, member })
            .collect(),
        session_expires_at: caller.session.as_ref().map(|(_, expires_at)| Time::of_us(*expires_at)),
    })
}
