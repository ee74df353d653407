//! What buyer, merchant and staff say to each other of an order and of giving it back (MALL-11).

use ratchet_engine::engine::Engine;
use ratchet_engine::order::OrderState as Stand;
use ratchet_store::{DialogueRow, NewAuditEntry, OrderMessageRow, SIDE_BUYER, SIDE_MERCHANT, SIDE_STAFF};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::prelude::*;
use crate::programme::Programme;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    /// Whose order it is.
    Buyer,
    /// Whose goods they are.
    Merchant,
    /// The operator.
    Staff,
}

/// What somebody said of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderMessage {
    /// Its number, from 1.
    number: i64,
    /// Who.
    side: Side,
    /// Which of the staff; for staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<PersonName>,
    /// When, by the server's clock.
    at: Time,
    /// What; absent where the person has left and nobody can read it any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// What was said of an order, and whether one may say more.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderDialogue {
    /// Oldest first.
    items: Vec<OrderMessage>,
    /// As whom whoever asks speaks; absent for who only reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    side: Option<Side>,
    /// Whether there is something to talk about: the order was paid.
    open: bool,
}

/// Something to say.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderMessageRequest {
    /// 1 to 500 characters.
    text: String,
}

/// An order of which something was said.
#[derive(Serialize, ToSchema)]
pub(crate) struct DialogueListed {
    /// The order.
    order: String,
    /// How many messages.
    messages: i64,
    /// Who spoke last.
    last_side: Side,
    /// When.
    last_at: Time,
    /// The buyer spoke last: an answer is waited for.
    waits: bool,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read, say)).routes(routes!(list))
}

/// What was said of an order: for its buyer, for the merchant of all its lines, for staff.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/orders/{order}/messages",
    tag = "orders",
    extensions(("x-permission" = json!("member|orders.read"))),
    responses((status = 200, description = "Done.", body = OrderDialogue)),
)]
async fn read(
    State(app): State<App>,
    who: Who,
    Path((programme, order)): Path<(String, String)>,
) -> Result<Json<OrderDialogue>, Problem> {
    let handle = app.programme(&programme)?;
    let place = place_of(&handle, &who, &order, "orders.read").await?;
    let rows =
        app.people(move |people| people.look(|tables| tables.order_messages(&programme, &order))).await?;
    let staff = rows.iter().filter(|row| row.side == SIDE_STAFF).map(|row| row.person.clone());
    let names = app.names(&who, staff.collect()).await?;
    let items = rows.into_iter().map(|row| {
        let OrderMessageRow { number, side, person, at, text } = row;
        let name = names.get(&person).filter(|_| side == SIDE_STAFF).cloned();
        OrderMessage { number, side: Side::of(&side), name, at: Time::of_us(at), text }
    });
    let speaks = place.side != Side::Staff || who.may("orders.manage");
    let side = Some(place.side).filter(|_| speaks);
    Ok(Json(OrderDialogue { items: items.collect(), side, open: place.is_paid }))
}

/// Says something of an order that was paid.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/orders/{order}/messages",
    tag = "orders",
    extensions(("x-permission" = json!("member|orders.manage"))),
    request_body = OrderMessageRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn say(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, order)): Path<(String, String)>,
    body: Body<OrderMessageRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let place = place_of(&handle, &who, &order, "orders.manage").await?;
    let text = body.value.text.trim().to_owned();
    check_length("text", &text, 1, TEXT_CHARS_MAX)?;
    if !place.is_paid {
        return Err(Problem::new(ServerFault::OrderUnpaid {}));
    }
    let (act, tenant, side) = (who.act(), who.tenant()?.to_owned(), place.side);
    app.change(&who, &write, Some(body.hash), move |tables| {
        if tables.count_order_messages(&programme, &order)? >= i64::from(MESSAGES_MAX) {
            return Err(Problem::new(ServerFault::DialogueFull { most: MESSAGES_MAX }));
        }
        let at = (programme.as_str(), order.as_str());
        tables.add_order_message(&tenant, at, (side.name(), &act.person), &text, act.at)?;
        // That staff said something stands in the log; what, beside the order.
        if side == Side::Staff {
            tables.audit(&act, NewAuditEntry::of(&tenant, "order.message", &order))?;
        }
        Ok(Done { done: true })
    })
    .await
}

/// Orders of which something was said: those that wait for an answer first, the newest before the others; at most 200.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/order-messages",
    tag = "orders",
    extensions(("x-permission" = json!("orders.read"))),
    responses((status = 200, description = "Done.", body = List<DialogueListed>)),
)]
async fn list(
    State(app): State<App>,
    Path(programme): Path<String>,
) -> Result<Json<List<DialogueListed>>, Problem> {
    app.programme(&programme)?;
    let rows =
        app.people(move |people| people.look(|tables| tables.dialogues(&programme, LISTED_MAX))).await?;
    let listed = |row: DialogueRow| {
        let last_side = Side::of(&row.last_side);
        DialogueListed {
            order: row.order,
            messages: row.messages,
            last_side,
            last_at: Time::of_us(row.last_at),
            waits: last_side == Side::Buyer,
        }
    };
    Ok(Json(List { items: rows.into_iter().map(listed).collect() }))
}

/// As whom somebody looks at an order, and whether it was paid.
struct Place {
    side: Side,
    is_paid: bool,
}

/// Whose order it is, then whose goods they all are, then staff; for anybody else there is no such order.
async fn place_of(handle: &Programme, who: &Who, order: &str, permission: &str) -> Result<Place, Problem> {
    let (member, order) = (who.member.clone(), order.to_owned());
    let found = handle
        .read(None, move |engine: &Engine| {
            let view = engine.order_view(&order)?;
            let merchant = member
                .as_ref()
                .and_then(|member| engine.merchant_of_member(member))
                .map(|own| own.id.to_owned());
            let is_buyer = member.as_deref() == Some(view.member);
            let is_own = |merchant: &String| {
                view.lines.iter().filter(|line| line.merchant.as_ref() == Some(merchant)).count()
            };
            let own = merchant.as_ref().map_or(0, is_own);
            let is_paid = !matches!(view.state, Stand::Placed | Stand::Closed);
            Some((is_buyer, own, view.lines.len(), is_paid))
        })
        .await?;
    let (is_buyer, own, lines, is_paid) = found.ok_or_else(Problem::not_found)?;
    let side = match own {
        _ if is_buyer => Side::Buyer,
        own if own > 0 && own == lines => Side::Merchant,
        _ if who.may(permission) => Side::Staff,
        // What buyers write of an order is told to no merchant that has only a part of it.
        own if own > 0 => return Err(Problem::new(ServerFault::DialogueShared {})),
        _ => return Err(Problem::not_found()),
    };
    Ok(Place { side, is_paid })
}

/// Most messages of an order.
const MESSAGES_MAX: u32 = 200;
/// Longest message.
const TEXT_CHARS_MAX: usize = 500;
/// Most orders that are listed.
const LISTED_MAX: usize = 200;

impl Side {
    fn of(name: &str) -> Side {
        match name {
            SIDE_BUYER => Side::Buyer,
            SIDE_MERCHANT => Side::Merchant,
            _ => Side::Staff,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Side::Buyer => SIDE_BUYER,
            Side::Merchant => SIDE_MERCHANT,
            Side::Staff => SIDE_STAFF,
        }
    }
}
