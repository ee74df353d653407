//! What a member has spent and what it had for it, over time: the chart that stands before that of the price.

use serde::Serialize;
use utoipa::ToSchema;

use ratchet_engine::amount::{Money, Points, Rounding, mul_div};
use ratchet_engine::command::SellQuantity;
use ratchet_engine::ledger::{Account, AccountKind};
use ratchet_engine::pool::Sale;
use ratchet_engine::time::Timestamp;
use ratchet_store::{Movement, OrdersQuery};

use super::prelude::*;
use crate::programme::Programme;

/// How a member stood at a moment.
#[derive(Serialize, ToSchema)]
pub(crate) struct CoursePoint {
    /// When.
    at: Time,
    /// As of this entry.
    seq: u64,
    /// Spent until then; what was refunded since is left out from the beginning.
    spent: Amount,
    /// Received in cash until then, and what all its points would have brought, net, at the last price then; its 12th decimal is cut,
    /// which may cost the last place here.
    worth: Amount,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(course))
}

/// What one has spent and what one had for it, over time; the last point is now, and exactly what `/me/points` says.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/points/course",
    tag = "points",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = List<CoursePoint>)),
)]
async fn course(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<List<CoursePoint>>, Problem> {
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let min_seq = at_least(query.min_seq);
    let of = member.clone();
    let stand = handle.read(min_seq, move |engine| {
        let (view, plan) = (engine.member(&of)?, engine.plan());
        let all = engine.sale_quote(&of, SellQuantity::All)?;
        let (last, now) = (engine.next_seq().saturating_sub(1), engine.now());
        Some((view.no, view.joined_at, view.spent, view.cash_received, all.net, plan.pool?, last, now))
    });
    let Some((no, joined_at, spent, received, net, pool, last, now)) = stand.await? else {
        return Ok(Json(List { items: Vec::new() }));
    };
    let currency = app.currency(&handle).await?;
    let points = handle.movements(Account::member(AccountKind::MemberPoints, no), None, MOVES_MAX).await?;
    let (cash, read_from) = income(&handle, Account::member(AccountKind::WalletCash, no)).await?;
    let purchases = purchases(&handle, min_seq, member).await?;
    let until = Timestamp::from_us(now.us().saturating_add(1)).unwrap_or(Timestamp::MAX);
    let buckets = handle.rows(min_seq, move |rows| rows.prices(joined_at, until, BUCKETS)).await?;
    // Of somebody with more movements than are read, the course begins with the oldest of them.
    let oldest = points.last().filter(|_| points.len() == MOVES_MAX).map_or(0, |movement| movement.seq);
    let from = oldest.max(read_from);
    let mut items = Vec::new();
    for bucket in buckets.into_iter().filter(|bucket| bucket.seq >= from) {
        let price = Points::parse(&bucket.last).unwrap_or(Points::ZERO);
        let held = points
            .iter()
            .find(|movement| movement.seq <= bucket.seq)
            .map_or(Money::ZERO, |movement| Sale::of(worth(movement, price, currency.decimals), &pool).net);
        let later = cash.iter().filter(|(seq, _)| *seq > bucket.seq);
        let had = later.fold(received, |had, (_, amount)| had.saturating_sub(*amount));
        let paid = purchases.iter().filter(|(seq, _)| *seq <= bucket.seq);
        let paid = paid.fold(Money::ZERO, |sum, (_, amount)| sum.checked_add(*amount).unwrap_or(sum));
        if !(paid.is_zero() && had.is_zero() && held.is_zero()) {
            items.push(CoursePoint {
                at: bucket.from.into(),
                seq: bucket.seq,
                spent: Amount::of(paid, &currency),
                worth: Amount::of(had.checked_add(held).unwrap_or(had), &currency),
            });
        }
    }
    items.push(CoursePoint {
        at: now.into(),
        seq: last,
        spent: Amount::of(spent, &currency),
        worth: Amount::of(received.checked_add(net).unwrap_or(received), &currency),
    });
    Ok(Json(List { items }))
}

/// Most points of a course, the last one aside.
const BUCKETS: usize = 120;
/// Most movements of an account that a course is made from.
pub(super) const MOVES_MAX: usize = 200;
/// Most orders of a member that it is made from.
pub(super) const ORDERS_MAX: usize = 200;
/// Entries by which money comes back into the wallet that was received before.
const COMES_BACK: [&str; 3] = ["wallet.reject", "wallet.failed", "order.refund"];

/// Money that came into a wallet, by entry, newest first, and from which entry on all of it is here.
pub(super) async fn income(handle: &Programme, wallet: Account) -> Result<(Vec<(u64, Money)>, u64), Problem> {
    let moves = handle.movements(wallet, None, MOVES_MAX).await?;
    let from = moves.last().filter(|_| moves.len() == MOVES_MAX).map_or(0, |movement| movement.seq);
    let mut income = Vec::new();
    for movement in moves.into_iter().filter(|movement| movement.amount > 0) {
        let entry = handle.entry(movement.seq).await?.ok_or_else(Problem::not_found)?;
        let kind = entry.body["command"]["type"].as_str().unwrap_or_default();
        if !COMES_BACK.contains(&kind) {
            income.push((
                movement.seq,
                Money::from_wide(movement.amount.unsigned_abs()).unwrap_or(Money::ZERO),
            ));
        }
    }
    Ok((income, from))
}

/// What was paid in cash for orders, by the entry of the payment, less what was refunded.
async fn purchases(
    handle: &Programme,
    min_seq: Option<u64>,
    member: String,
) -> Result<Vec<(u64, Money)>, Problem> {
    let wanted = OrdersQuery { member: Some(member), limit: ORDERS_MAX, ..OrdersQuery::default() };
    let rows = handle.rows(min_seq, move |rows| rows.orders(&wanted)).await?;
    let paid = handle.read(min_seq, move |engine| {
        let paid = rows.iter().filter_map(|row| {
            let (order, paid) = (engine.order_view(&row.id)?, row.paid?);
            let left = order.lines.iter().fold(Money::ZERO, |sum, line| {
                let (amount, kept) =
                    (line.amount.as_u128(), line.amount.saturating_sub(line.refunded).as_u128());
                let base =
                    mul_div(line.base.as_u128(), kept, amount, Rounding::Down).and_then(Money::from_wide);
                sum.checked_add(base.unwrap_or(Money::ZERO)).unwrap_or(sum)
            });
            Some((paid.seq, left))
        });
        paid.collect()
    });
    Ok(paid.await?)
}

/// What points after a movement were worth at a price, both in the units of the programme's beginning.
fn worth(movement: &Movement, price: Points, decimals: u32) -> Money {
    const ONE: u128 = 1_000_000_000_000;
    let points =
        1_000_u128.checked_pow(movement.splits).map_or(0, |units| movement.balance.unsigned_abs() / units);
    let minor = price.units().checked_mul(10_u128.pow(decimals));
    let value = minor.and_then(|price| mul_div(points, price, ONE * ONE, Rounding::Down));
    value.and_then(Money::from_wide).unwrap_or(Money::ZERO)
}
