//! Members: joining, one's own position, the list for staff, invitations.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use ratchet_engine::amount::Money;
use ratchet_engine::disclosure::outcome_ppm;
use ratchet_engine::engine::{Engine, MemberView as EngineMember};
use ratchet_engine::hash::hex;
use ratchet_store::{MembersQuery, NewAuditEntry};

use super::prelude::*;

/// Joins a programme.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JoinRequest {
    /// Code of a member's invitation: that member becomes the referrer, for good.
    invitation: Option<String>,
    /// Code of province, city or district (GB/T 2260).
    region: Option<String>,
}

/// A member.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberView {
    /// Its id.
    id: String,
    /// How others see the person; for staff only, absent once the person is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The phone number or e-mail address it logs in with, masked; for staff only, absent once the person is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    /// When it joined.
    joined_at: Time,
    /// Who invited it.
    #[serde(skip_serializing_if = "Option::is_none")]
    referrer: Option<String>,
    /// Not qualified until resumed (NET-2).
    suspended: bool,
    /// Place of its rank in the plan, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<u32>,
    /// Spent so far, less refunds.
    spent: Amount,
    /// Received in cash so far.
    received: Amount,
    /// What its points would bring now, net.
    net_now: Amount,
    /// (received + net_now) ÷ spent, in parts per million, rounded down; absent before anything was spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome_ppm: Option<u64>,
    /// Withdrawable money.
    cash: Amount,
    /// Points held.
    points: Units,
}

/// Who gains and who loses, about oneself (DISC-1).
#[derive(Serialize, ToSchema)]
pub(crate) struct OutcomeView {
    /// Spent so far, less refunds.
    spent: Amount,
    /// Received in cash so far.
    received: Amount,
    /// What all points would bring now, net.
    held: Amount,
    /// (received + held) ÷ spent, in parts per million, rounded down; 0 of nothing.
    outcome_ppm: u64,
    /// Buyers with a lower outcome, in parts per million of all buyers.
    better_than_ppm: u64,
    /// How many buyers there are.
    buyers: u64,
}

/// A link that makes whoever joins by it one's referral.
#[derive(Serialize, ToSchema)]
pub(crate) struct InviteLink {
    /// The code in it.
    code: String,
    /// Path and query of the page.
    link: String,
    /// Members who joined by it.
    joined: u64,
}

/// Why somebody has to see what is masked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevealRequest {
    /// 5 to 200 characters; they stand in the audit log.
    reason: String,
}

/// What a member logs in with.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Revealed {
    /// The phone number or e-mail address, in the first answer under a key and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
}

/// What staff see of the person behind a member.
pub(super) struct Known {
    pub(super) name: String,
    login: String,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(join, me))
        .routes(routes!(outcome))
        .routes(routes!(invite))
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(reveal))
}

/// Joins the programme (member.join).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me",
    tag = "members",
    extensions(("x-permission" = json!("person"))),
    request_body = JoinRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn join(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<JoinRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let person = who.person()?.to_owned();
    let (of, tenant) = (person.clone(), who.tenant()?.to_owned());
    let unconfirmed = app.people(move |people| {
        people.look(|tables| Ok(tables.asks(&tenant)?.confirmed_login && !tables.is_confirmed(&of)?))
    });
    if unconfirmed.await? {
        return Err(Problem::new(ServerFault::LoginUnconfirmed {}));
    }
    let member = app.secrets().id_of("m", &[&programme, &person]);
    let mut command = json!({ "type": "member.join", "member": member, "person": person });
    if let Some(code) = body.value.invitation {
        let referrer = referrer_of(&app, &programme, &code);
        let known = referrer.clone();
        let exists = handle
            .read(None, move |engine| known.is_some_and(|known| engine.member(&known).is_some()))
            .await?;
        let referrer =
            referrer.filter(|_| exists).ok_or_else(|| Problem::new(ServerFault::InvitationUnknown {}))?;
        command["referrer"] = referrer.into();
    }
    if let Some(region) = body.value.region {
        command["region"] = region.into();
    }
    let answer = app.command(&who, &write, &handle, member.clone(), command).await?;
    if !write.preview {
        let tenant = who.tenant()?.to_owned();
        app.people(move |people| {
            people.change(|tables| tables.add_membership(&tenant, &programme, &person, &member))
        })
        .await?;
    }
    Ok(answer)
}

/// One's own position.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me",
    tag = "members",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = MemberView)),
)]
async fn me(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<MemberView>, Problem> {
    let member = who.member()?.to_owned();
    let handle = app.programme(&programme)?;
    let view = handle.read(at_least(query.min_seq), move |engine| {
        engine.member(&member).map(|view| member_view(engine, &view, None))
    });
    view.await?.map(Json).ok_or_else(Problem::not_found)
}

/// What one spent, received and would get now, and how that compares.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/outcome",
    tag = "members",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = OutcomeView)),
)]
async fn outcome(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<OutcomeView>, Problem> {
    let member = who.member()?.to_owned();
    let handle = app.programme(&programme)?;
    let view = handle.read(at_least(query.min_seq), move |engine| outcome_view(engine, &member));
    view.await?.map(Json).ok_or_else(Problem::not_found)
}

/// One's own link for inviting others.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/invitation",
    tag = "members",
    extensions(("x-permission" = json!("member"))),
    responses((status = 200, description = "Done.", body = InviteLink)),
)]
async fn invite(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
) -> Result<Json<InviteLink>, Problem> {
    let member = who.member()?.to_owned();
    let code = code_of(&app, &programme, &member);
    let link = format!("/p/{programme}/join?invitation={code}");
    // Counted from the engine's own references: the read models need not have caught up.
    let handle = app.programme(&programme)?;
    let joined = handle.read(None, move |engine| {
        let Some(no) = engine.member(&member).map(|view| view.no) else { return 0 };
        engine.members().filter(|view| view.referrer == Some(no)).count()
    });
    let joined = u64::try_from(joined.await?).unwrap_or(u64::MAX);
    Ok(Json(InviteLink { code, link, joined }))
}

/// Members, newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/members",
    tag = "members",
    extensions(("x-permission" = json!("members.read"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<MemberView>)),
)]
async fn list(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<MemberView>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let handle = app.programme(&programme)?;
    let (min_seq, wanted) =
        (at_least(query.min_seq), MembersQuery { before, limit, ..MembersQuery::default() });
    let rows = handle.rows(min_seq, move |rows| rows.members(&wanted)).await?;
    let next = next_of(&rows, limit, |row| row.no);
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let persons = known_of(&app, rows.into_iter().map(|row| row.person).collect()).await?;
    let items = handle.read(min_seq, move |engine| {
        let members = ids.iter().zip(persons).filter_map(|(id, known)| Some((engine.member(id)?, known)));
        members.map(|(view, known)| shown(engine, &view, known)).collect()
    });
    Ok(Json(Page { items: items.await?, next }))
}

/// A member.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/members/{member}",
    tag = "members",
    extensions(("x-permission" = json!("members.read"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = MemberView)),
)]
async fn one(
    State(app): State<App>,
    Path((programme, member)): Path<(String, String)>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<MemberView>, Problem> {
    let handle = app.programme(&programme)?;
    let id = member.clone();
    let person = handle.read(at_least(query.min_seq), move |engine| {
        engine.member(&id).map(|view| view.person.map(str::to_owned))
    });
    let person = person.await?.ok_or_else(Problem::not_found)?;
    let known = known_of(&app, vec![person]).await?.pop().flatten();
    let view =
        handle.read(None, move |engine| engine.member(&member).map(|view| shown(engine, &view, known)));
    view.await?.map(Json).ok_or_else(Problem::not_found)
}

/// Shows the phone number or e-mail address of a member, which lists and pages mask; the audit log says who saw it and why.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/members/{member}/reveal",
    tag = "members",
    extensions(("x-permission" = json!("members.reveal"))),
    request_body = RevealRequest,
    responses((status = 200, description = "Done.", body = Revealed)),
)]
async fn reveal(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, member)): Path<(String, String)>,
    body: Body<RevealRequest>,
) -> Result<Response, Problem> {
    let reason = body.value.reason;
    check_length("reason", &reason, REASON_CHARS_MIN, REASON_CHARS_MAX)?;
    let handle = app.programme(&programme)?;
    let id = member.clone();
    let person =
        handle.read(None, move |engine| engine.member(&id).and_then(|view| view.person.map(str::to_owned)));
    let person = person.await?.ok_or_else(Problem::not_found)?;
    let (act, tenant) = (who.act(), who.tenant()?.to_owned());
    app.change_secret(
        &who,
        &write,
        Some(body.hash),
        move |tables| {
            let data = tables.person(&person)?.ok_or_else(Problem::not_found)?;
            let entry = NewAuditEntry {
                after: Some(json!({ "programme": programme, "reason": reason }).to_string()),
                ..NewAuditEntry::of(&tenant, "member.reveal", &member)
            };
            tables.audit(&act, entry)?;
            Ok((Revealed { login: None }, data.login))
        },
        |revealed, login| revealed.login = Some(login),
    )
    .await
}

/// Shortest and longest reason for seeing what is masked.
const REASON_CHARS_MIN: usize = 5;
const REASON_CHARS_MAX: usize = 200;

/// The code of a member's invitation: its id with a short signature, so that no number can be guessed.
pub(super) fn code_of(app: &App, programme: &str, member: &str) -> String {
    let signature = app.secrets().sign("invitation", &format!("{programme} {member}"));
    format!("{member}{}", hex(signature.get(..4).unwrap_or_default()))
}

/// Who invites by a code.
fn referrer_of(app: &App, programme: &str, code: &str) -> Option<String> {
    let (member, _) = code.split_at_checked(code.len().checked_sub(8)?)?;
    (code_of(app, programme, member) == code).then(|| member.to_owned())
}

pub(super) async fn known_of(app: &App, persons: Vec<Option<String>>) -> Result<Vec<Option<Known>>, Problem> {
    app.people(move |people| {
        people.look(|tables| {
            let known = |person: &Option<String>| match person {
                Some(person) => {
                    let data = tables.person(person)?;
                    Ok(data.map(|data| Known { login: masked(&data.login), name: data.name }))
                }
                None => Ok(None),
            };
            persons.iter().map(known).collect()
        })
    })
    .await
}

/// A phone number or an e-mail address of which too little is left to reach anybody: `138****0001`, `l***@example.org`.
fn masked(login: &str) -> String {
    if let Some((name, host)) = login.split_once('@') {
        return format!("{}***@{host}", name.chars().next().map_or_else(String::new, String::from));
    }
    // A number of eleven digits is masked as is usual in China; of a shorter one less is shown.
    let (first, last) = if login.len() >= 11 { (3, 4) } else { (1, 2) };
    let (head, tail) = (login.get(..first), login.len().checked_sub(last).and_then(|from| login.get(from..)));
    format!("{}****{}", head.unwrap_or_default(), tail.unwrap_or_default())
}

/// A member as staff see it.
fn shown(engine: &Engine, view: &EngineMember<'_>, known: Option<Known>) -> MemberView {
    let (name, login) = known.map(|known| (known.name, known.login)).unzip();
    MemberView { login, ..member_view(engine, view, name) }
}

pub(super) fn member_view(engine: &Engine, view: &EngineMember<'_>, name: Option<String>) -> MemberView {
    let currency = engine.plan().programme.currency;
    let amount = |money: Money| Amount::of(money, &currency);
    MemberView {
        id: view.id.to_owned(),
        name,
        login: None,
        joined_at: view.joined_at.into(),
        referrer: view.referrer.and_then(|no| engine.member_at(no)).map(|referrer| referrer.id.to_owned()),
        suspended: view.suspended,
        rank: view.rank.and_then(|rank| u32::try_from(rank).ok()),
        spent: amount(view.spent),
        received: amount(view.cash_received),
        net_now: amount(view.net_value),
        outcome_ppm: outcome_ppm(view.spent, view.cash_received, view.net_value),
        cash: amount(view.cash),
        points: view.points.into(),
    }
}

fn outcome_view(engine: &Engine, member: &str) -> Option<OutcomeView> {
    let view = engine.member(member)?;
    let currency = engine.plan().programme.currency;
    let mine = outcome_ppm(view.spent, view.cash_received, view.net_value);
    let all = engine.member_outcomes().filter_map(|row| outcome_ppm(row.spent, row.cash, row.held));
    let (mut buyers, mut lower) = (0_u64, 0_u64);
    for outcome in all {
        buyers += 1;
        lower += u64::from(mine.is_some_and(|mine| outcome < mine));
    }
    Some(OutcomeView {
        spent: Amount::of(view.spent, &currency),
        received: Amount::of(view.cash_received, &currency),
        held: Amount::of(view.net_value, &currency),
        outcome_ppm: mine.unwrap_or(0),
        better_than_ppm: (lower * 1_000_000).checked_div(buyers).unwrap_or(0),
        buyers,
    })
}

#[cfg(test)]
mod tests {
    use super::masked;

    /// ACC-1c.
    #[test]
    fn a_masked_login_reaches_nobody() {
        let cases = [
            ("13800000001", "138****0001"),
            ("8613800000001", "861****0001"),
            ("123456", "1****56"),
            ("lin@example.org", "l***@example.org"),
            ("l@example.org", "l***@example.org"),
        ];
        for (login, shown) in cases {
            assert_eq!(masked(login), shown);
        }
    }
}
