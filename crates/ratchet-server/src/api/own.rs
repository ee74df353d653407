//! What the server holds of oneself: all of it as a file, and its end (ACC-1).

use axum::http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use ratchet_engine::amount::Points;
use ratchet_engine::order::OrderState;
use ratchet_store::{NewAuditEntry, OrdersQuery as OrderRows, WithdrawalsQuery as WithdrawalRows};

use super::addresses::Address;
use super::people::{Role, tenants_of, verified};
use super::prelude::*;
use super::{members, orders, points, wallet};
use crate::access::COOKIE;

/// All that the server holds of a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct Export {
    /// When it was made, by the server's clock.
    at: Time,
    /// Personal data.
    person: ExportedPerson,
    /// Rows of tables beside the journals, by table; amounts in minor units, times in microseconds since 1970.
    #[schema(value_type = Object)]
    tables: serde_json::Map<String, serde_json::Value>,
    /// What journals hold, by programme.
    programmes: Vec<ExportedProgramme>,
}

/// Personal data.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportedPerson {
    /// The person's id.
    id: String,
    /// How others see the person.
    name: String,
    /// What they log in with.
    login: String,
    /// Where the person wants goods sent.
    addresses: Vec<Address>,
    /// Reviews, as they were written.
    reviews: Vec<super::reviews::ReviewOfPerson>,
    /// What it said of orders.
    order_messages: Vec<OwnWords>,
}

/// What a programme's journal holds of a member; at most 10,000 of each, the newest.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportedProgramme {
    /// The programme's id.
    programme: String,
    /// The position.
    member: members::MemberView,
    /// Money.
    wallet: wallet::WalletView,
    /// Orders.
    orders: Vec<orders::OrderRow>,
    /// Lots of points.
    lots: Vec<points::Lot>,
    /// Withdrawals with their steps.
    withdrawals: Vec<wallet::WithdrawalView>,
    /// Changes of all accounts.
    movements: Vec<wallet::Movement>,
    /// The merchant that it is or asked to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant: Option<super::merchants::MerchantView>,
}

/// Something that a person said of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnWords {
    /// The programme.
    programme: String,
    /// The order.
    order: String,
    /// When, by the server's clock.
    at: Time,
    /// What.
    text: String,
}

/// Closes an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloseRequest {
    /// The password, once more.
    password: String,
    /// What is left in wallets and points is given up: it stays in the books as nobody's.
    #[serde(default)]
    give_up: bool,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(export)).routes(routes!(close))
}

/// All that the server holds of oneself, as one file.
#[utoipa::path(
    get,
    path = "/me/export",
    tag = "people",
    extensions(("x-permission" = json!("person"))),
    responses((status = 200, description = "Done.", body = Export)),
)]
async fn export(State(app): State<App>, who: Who) -> Result<Response, Problem> {
    let id = who.person()?.to_owned();
    // A key does what its scopes say, and none says this.
    if who.caller.as_ref().is_some_and(|caller| caller.key.is_some()) {
        return Err(Problem::not_found());
    }
    app.limits.take("export", &id, crate::limits::EXPORTS, who.meta.now_us)?;
    let of = id.clone();
    let (data, tables, memberships, addresses, reviews, words) = app
        .people(move |people| {
            people.look(|tables| {
                let addresses = tables.addresses(&of)?;
                let reviews = tables.reviews_of(&of)?;
                let words = tables.words_of(&of)?;
                Ok((
                    tables.person(&of)?,
                    tables.all_of(&of)?,
                    tables.memberships(&of)?,
                    addresses,
                    reviews,
                    words,
                ))
            })
        })
        .await?;
    let data = data.ok_or_else(Problem::not_found)?;
    let mut programmes = Vec::new();
    for (programme, member) in memberships {
        programmes.push(exported(&app, &who, programme, member, &data.name).await?);
    }
    let person = ExportedPerson {
        id,
        name: data.name,
        login: data.login,
        addresses: addresses.into_iter().map(Address::of).collect(),
        reviews: reviews.into_iter().map(super::reviews::ReviewOfPerson::of).collect(),
        order_messages: words.into_iter().map(said).collect(),
    };
    let export = Export { at: Time::of_us(who.meta.now_us), person, tables, programmes };
    let file = HeaderValue::from_static("attachment; filename=\"ratchet-my-data.json\"");
    Ok(([(header::CONTENT_DISPOSITION, file)], Json(export)).into_response())
}

/// Closes one's account: what identifies a person is erased, all sessions end, the login is free. Refused while an order is open or
/// money is held, and while there is cash or there are points that are not given up. The journals stay as they are: they know
/// members by ids that lead to nobody from then on.
#[utoipa::path(
    post,
    path = "/me/close",
    tag = "people",
    extensions(("x-permission" = json!("person"))),
    request_body = CloseRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn close(
    State(app): State<App>,
    who: Who,
    write: Write,
    body: Body<CloseRequest>,
) -> Result<Response, Problem> {
    let person = who.person()?.to_owned();
    app.limits.take("close", &person, crate::limits::LOGIN_ACCOUNT, who.meta.now_us)?;
    let CloseRequest { password, give_up } = body.value;
    let of = person.clone();
    let (stored, memberships) = app
        .people(move |people| people.look(|tables| Ok((tables.password_of(&of)?, tables.memberships(&of)?))))
        .await?;
    let stored = stored.ok_or_else(Problem::not_found)?;
    if !verified(password, stored).await {
        return Err(Problem::new(ServerFault::LoginFailed {}));
    }
    for (programme, member) in memberships {
        check_empty(&app, &programme, member, give_up).await?;
    }
    let act = who.act();
    let mut response = app
        .change(&who, &write, Some(body.hash), move |tables| {
            let mut tenants = tenants_of(tables, &person)?;
            for tenant in &tenants {
                let owner = Role::Owner.name();
                let owns = tables.roles(&person)?.iter().any(|(of, role)| of.id == *tenant && role == owner);
                if owns && tables.count_role(tenant, owner)? == 1 {
                    return Err(Problem::new(ServerFault::RoleLastOwner {}));
                }
            }
            for (programme, _) in tables.memberships(&person)? {
                tenants.extend(tables.tenant_of(&programme)?);
            }
            tenants.sort_unstable();
            tenants.dedup();
            for tenant in tenants {
                let entry = NewAuditEntry {
                    after: Some(json!({ "give_up": give_up }).to_string()),
                    ..NewAuditEntry::of(&tenant, "person.close", &person)
                };
                tables.audit(&act, entry)?;
            }
            tables.erase(&person)?;
            Ok(Done { done: true })
        })
        .await?;
    if !write.preview {
        let list = app.erased.clone();
        if let Err(problem) = app.people(move |people| people.keep_erased(&list)).await {
            // The account is closed all the same; the next closing or the next start writes what is missing.
            tracing::error!(?problem, "the list of people who left cannot be written");
        }
        crate::pictures::delete_gone(&app).await;
        let ended = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
        let ended = HeaderValue::from_str(&ended).expect("ASCII is a header");
        response.headers_mut().insert(header::SET_COOKIE, ended);
    }
    Ok(response)
}

fn said((programme, order, at, text): (String, String, i64, String)) -> OwnWords {
    OwnWords { programme, order, at: Time::of_us(at), text }
}

/// Rows of a page of an export, and most pages of a list.
const PAGE: usize = 200;
const PAGES_MAX: usize = 50;

/// Refuses with the facts while a member has something that would be lost.
async fn check_empty(app: &App, programme: &str, member: String, give_up: bool) -> Result<(), Problem> {
    let handle = app.programme(programme)?;
    let min_seq = fresh(&handle, None).await?;
    let mut open = 0;
    for state in [OrderState::Placed, OrderState::Paid, OrderState::Shipped, OrderState::Received] {
        let wanted = OrderRows {
            member: Some(member.clone()),
            state: Some(state),
            limit: PAGE,
            ..OrderRows::default()
        };
        open += handle.rows(min_seq, move |rows| rows.orders(&wanted)).await?.len();
    }
    let currency = app.currency(&handle).await?;
    let held = handle.read(None, move |engine| {
        engine.member(&member).map(|view| (view.cash, view.reconsume, view.hold, view.points))
    });
    let Some((cash, reconsume, hold, points)) = held.await? else { return Ok(()) };
    let kept = !cash.is_zero() || !reconsume.is_zero() || points != Points::ZERO;
    if open == 0 && hold.is_zero() && (give_up || !kept) {
        return Ok(());
    }
    let money = |amount| currency.format(amount);
    Err(Problem::new(ServerFault::AccountHolds {
        programme,
        orders: open,
        held: money(hold),
        cash: money(cash),
        reconsume: money(reconsume),
        points: points.to_string(),
    }))
}

async fn exported(
    app: &App,
    who: &Who,
    programme: String,
    member: String,
    name: &str,
) -> Result<ExportedProgramme, Problem> {
    let handle = app.programme(&programme)?;
    let min_seq = fresh(&handle, None).await?;
    let last = min_seq.and_then(|next| next.checked_sub(1));
    let (of, name) = (member.clone(), name.to_owned());
    let position = handle.read(None, move |engine| {
        let view = engine.member(&of)?;
        Some((members::member_view(engine, &view, Some(name)), wallet::wallet_view(engine, &of)?, view.no))
    });
    let (position, money, no) = position.await?.ok_or_else(Problem::not_found)?;
    let (mut all, mut cursor) = (Vec::new(), None);
    for _ in 0..PAGES_MAX {
        let query = orders::OrdersQuery { state: None, cursor, limit: Some(PAGE), min_seq: last };
        let page = orders::page(app, &programme, query, Some(member.clone())).await?;
        all.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let (mut lots, mut before) = (Vec::new(), None);
    for _ in 0..PAGES_MAX {
        let of = member.clone();
        let rows = handle.rows(min_seq, move |rows| rows.mints(&of, before, PAGE)).await?;
        before = rows.last().filter(|_| rows.len() == PAGE).map(|row| row.no);
        let of = member.clone();
        let page: Vec<points::Lot> = handle
            .read(None, move |engine| rows.iter().map(|row| points::lot(engine, &of, row)).collect())
            .await?;
        lots.extend(page);
        if before.is_none() {
            break;
        }
    }
    let (mut withdrawals, mut cursor) = (Vec::new(), None);
    for _ in 0..PAGES_MAX {
        let query = wallet::WithdrawalsQuery { state: None, cursor, limit: Some(PAGE), min_seq: last };
        let of = WithdrawalRows { member: Some(member.clone()), ..WithdrawalRows::default() };
        let page = wallet::page(app, who, &programme, query, of).await?;
        withdrawals.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let mut movements = Vec::new();
    for account in wallet::WalletAccount::ALL {
        let mut from = None;
        for _ in 0..PAGES_MAX {
            let (page, previous) = wallet::movements_of(app, &handle, account, no, from, PAGE).await?;
            movements.extend(page);
            from = previous;
            if from.is_none() {
                break;
            }
        }
    }
    let merchant = super::merchants::of_member(app, who, &handle, &member).await?;
    Ok(ExportedProgramme {
        merchant,
        programme,
        member: position,
        wallet: money,
        orders: all,
        lots,
        withdrawals,
        movements,
    })
}
