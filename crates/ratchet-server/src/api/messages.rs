//! What happened to a member's orders, points and withdrawals, from entries of the journal alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use ratchet_engine::amount::{Money, Points};
use ratchet_engine::ledger::{Account, AccountKind};
use ratchet_engine::wallet::WithdrawalState;
use ratchet_store::{Moment, OrdersQuery, WithdrawalsQuery};

use super::course::{MOVES_MAX, ORDERS_MAX, income};
use super::prelude::*;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MessageKind {
    /// The payment of an order counted.
    OrderPaid,
    /// It was sent.
    OrderShipped,
    /// Its receipt was noted.
    OrderReceived,
    /// It became final; with `points`, these came by it.
    OrderSettled,
    /// It was given up unpaid.
    OrderClosed,
    /// Some of it, or all, was given back.
    OrderRefunded,
    /// Somebody approved a withdrawal.
    WithdrawalApproved,
    /// It was refused; the money is back.
    WithdrawalRejected,
    /// It was handed to the provider.
    WithdrawalSent,
    /// Nobody knows whether the provider paid.
    WithdrawalUnknown,
    /// It was paid.
    WithdrawalPaid,
    /// The provider did not pay; the money is back.
    WithdrawalFailed,
    /// Points came otherwise than by an order of one's own.
    PointsReceived,
    /// Points were sold, by oneself or by force, for `amount`.
    PointsSold,
    /// Points were taken back.
    PointsTaken,
    /// Money came into the wallet otherwise than by a sale.
    CashReceived,
}

/// Something that happened to a member.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessageView {
    /// Entry of the journal.
    seq: u64,
    /// When.
    at: Time,
    /// What.
    kind: MessageKind,
    /// The order it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<String>,
    /// The withdrawal it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawal: Option<String>,
    /// How much money.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    /// How many points, in the units of then.
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<Units>,
    /// Not read yet.
    unread: bool,
}

/// What happened to a member, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Messages {
    /// The newest hundred.
    items: Vec<MessageView>,
    /// How many of them were not read yet.
    unread: usize,
}

/// Up to where one has read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessagesRead {
    /// `seq` of the newest message on the screen.
    seq: u64,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(mine)).routes(routes!(read))
}

/// What happened to one's orders, points and withdrawals, newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/messages",
    tag = "members",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = Messages)),
)]
async fn mine(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<Messages>, Problem> {
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let min_seq = fresh(&handle, query.min_seq).await?;
    let wanted = OrdersQuery { member: Some(member.clone()), limit: ORDERS_MAX, ..OrdersQuery::default() };
    let orders = handle.rows(min_seq, move |rows| {
        let orders = rows.orders(&wanted)?;
        let refunds = orders.iter().map(|order| match order.refunded.is_zero() {
            true => Ok(Vec::new()),
            false => rows.refunds(&order.id),
        });
        let refunds = refunds.collect::<Result<Vec<_>, ratchet_store::StoreError>>()?;
        Ok(orders.into_iter().zip(refunds).collect::<Vec<_>>())
    });
    let wanted =
        WithdrawalsQuery { member: Some(member.clone()), limit: ORDERS_MAX, ..WithdrawalsQuery::default() };
    let (orders, withdrawals) =
        (orders.await?, handle.rows(min_seq, move |rows| rows.withdrawals(&wanted)).await?);

    let mut found: Vec<Found> = Vec::new();
    for (order, refunds) in orders {
        let steps = [
            (MessageKind::OrderPaid, order.paid),
            (MessageKind::OrderShipped, order.shipped),
            (MessageKind::OrderReceived, order.received),
            (MessageKind::OrderSettled, order.settled),
            (MessageKind::OrderClosed, order.closed),
        ];
        let amount = Some(order.amount);
        let steps = steps.into_iter().filter_map(|(kind, moment)| Some((kind, moment?, amount)));
        let refunds = refunds
            .into_iter()
            .map(|refund| (MessageKind::OrderRefunded, refund.accepted, Some(refund.amount)));
        for (kind, moment, amount) in steps.chain(refunds) {
            found.push(Found {
                kind,
                moment,
                order: Some(order.id.clone()),
                withdrawal: None,
                amount,
                points: None,
            });
        }
    }
    for withdrawal in withdrawals {
        for step in &withdrawal.steps {
            let kind = match step.state {
                _ if step.is_approval => MessageKind::WithdrawalApproved,
                WithdrawalState::Requested | WithdrawalState::Approved => continue,
                WithdrawalState::Rejected => MessageKind::WithdrawalRejected,
                WithdrawalState::Sent => MessageKind::WithdrawalSent,
                WithdrawalState::Unknown => MessageKind::WithdrawalUnknown,
                WithdrawalState::Paid => MessageKind::WithdrawalPaid,
                WithdrawalState::Failed => MessageKind::WithdrawalFailed,
            };
            let (moment, amount) = (step.moment, Some(withdrawal.amount));
            let id = Some(withdrawal.id.clone());
            found.push(Found { kind, moment, order: None, withdrawal: id, amount, points: None });
        }
    }
    let number = handle.read(None, move |engine| engine.member(&member).map(|view| view.no)).await?;
    let number = number.ok_or_else(Problem::not_found)?;
    moves(&handle, number, &mut found).await?;

    found.sort_by_key(|message| std::cmp::Reverse((message.moment.seq, message.kind)));
    found.truncate(MESSAGES_MAX);
    let person = who.person()?.to_owned();
    let read = app.people(move |people| people.look(|tables| tables.messages_read(&programme, &person)));
    let read = read.await?;
    let currency = app.currency(&handle).await?;
    let items = found.into_iter().map(|message| MessageView {
        seq: message.moment.seq,
        at: message.moment.at.into(),
        kind: message.kind,
        order: message.order,
        withdrawal: message.withdrawal,
        amount: message.amount.map(|amount| Amount::of(amount, &currency)),
        points: message.points.map(Units::from),
        unread: read.is_none_or(|read| message.moment.seq > read),
    });
    let items: Vec<MessageView> = items.collect();
    let unread = items.iter().filter(|message| message.unread).count();
    Ok(Json(Messages { items, unread }))
}

/// Notes up to where one has read; never less than before.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/messages/read",
    tag = "members",
    extensions(("x-permission" = json!("member"))),
    request_body = MessagesRead,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn read(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<MessagesRead>,
) -> Result<Response, Problem> {
    let person = who.person()?.to_owned();
    app.change(&who, &write, Some(body.hash), move |tables| {
        tables.read_messages(&programme, &person, body.value.seq)?;
        Ok(Done { done: true })
    })
    .await
}

/// Most messages.
const MESSAGES_MAX: usize = 100;

/// Something that happened, before it is given its form.
struct Found {
    kind: MessageKind,
    moment: Moment,
    order: Option<String>,
    withdrawal: Option<String>,
    amount: Option<Money>,
    points: Option<Points>,
}

/// Adds what moved points and money: points to the order that they came by, money to the points that were sold for it.
async fn moves(
    handle: &crate::programme::Programme,
    member: ratchet_engine::id::MemberNo,
    found: &mut Vec<Found>,
) -> Result<(), Problem> {
    let moved = handle.movements(Account::member(AccountKind::MemberPoints, member), None, MOVES_MAX).await?;
    let mut points: BTreeMap<u64, i128> = BTreeMap::new();
    for movement in moved {
        *points.entry(movement.seq).or_default() += movement.amount;
    }
    let (income, _) = income(handle, Account::member(AccountKind::WalletCash, member)).await?;
    let mut cash: BTreeMap<u64, Money> = BTreeMap::new();
    for (seq, amount) in income {
        let sum = cash.entry(seq).or_insert(Money::ZERO);
        *sum = sum.checked_add(amount).unwrap_or(*sum);
    }
    for (seq, change) in points {
        let size = Some(Points::from_units(change.unsigned_abs()));
        let settled = found
            .iter_mut()
            .find(|message| message.moment.seq == seq && message.kind == MessageKind::OrderSettled);
        if change > 0
            && let Some(settled) = settled
        {
            settled.points = size;
            continue;
        }
        let (kind, amount) = match cash.remove(&seq) {
            Some(amount) if change < 0 => (MessageKind::PointsSold, Some(amount)),
            _ if change < 0 => (MessageKind::PointsTaken, None),
            _ => (MessageKind::PointsReceived, None),
        };
        let at = handle.entry(seq).await?.ok_or_else(Problem::not_found)?.at;
        found.push(Found {
            kind,
            moment: Moment { at, seq },
            order: None,
            withdrawal: None,
            amount,
            points: size,
        });
    }
    for (seq, amount) in cash {
        let at = handle.entry(seq).await?.ok_or_else(Problem::not_found)?.at;
        let (kind, amount) = (MessageKind::CashReceived, Some(amount));
        found.push(Found {
            kind,
            moment: Moment { at, seq },
            order: None,
            withdrawal: None,
            amount,
            points: None,
        });
    }
    Ok(())
}
