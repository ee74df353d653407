//! Points: what they are worth now, lots, the price, selling at the quote or better.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use ratchet_engine::amount::{Money, Points};
use ratchet_engine::command::SellQuantity;
use ratchet_engine::engine::Engine;
use ratchet_engine::hash::hex;
use ratchet_engine::ledger::scale;
use ratchet_engine::plan::{ExitOf, SalePrice};
use ratchet_engine::pool::{Pair, Sale};
use ratchet_engine::time::Timestamp;

use super::prelude::*;
use crate::cashier::unhex;

/// A member's points: first what they would bring.
#[derive(Serialize, ToSchema)]
pub(crate) struct PointsView {
    /// What a sale of all that may be sold would bring now, net.
    net_now: Amount,
    /// Before retention.
    gross_now: Amount,
    /// What retention would keep of it.
    kept_now: Amount,
    /// Spent so far, less refunds (DISC-1).
    spent: Amount,
    /// Received in cash so far, from all sources.
    received: Amount,
    /// Points held.
    points: Units,
    /// Of them, those that may be sold now.
    free: Units,
    /// The present price of one.
    price: PriceText,
    /// Where the forced sale comes (POOL-6); absent without a cap.
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<Cap>,
    /// Forced sales so far.
    exits: u32,
}

/// Where the forced sale comes.
#[derive(Serialize, ToSchema)]
pub(crate) struct Cap {
    /// What counts towards it is worth, before retention.
    worth: Amount,
    /// At this worth all is sold by force.
    limit: Amount,
    /// So many times what counts as spent.
    multiple: u32,
}

/// Points of one settled line (POOL-12).
#[derive(Serialize, ToSchema)]
pub(crate) struct Lot {
    /// The order.
    order: String,
    /// The line within it.
    line: String,
    /// Where it stands.
    state: LotState,
    /// When the order was placed.
    ordered_at: Time,
    /// When the points came.
    at: Time,
    /// Entry of the journal by which they came.
    seq: u64,
    /// Minted, in present units.
    minted: Units,
    /// Left of what its line minted.
    left: Units,
    /// Paid in cash for its line.
    spent: Amount,
    /// What a sale of what is left of it alone would bring now, net; absent while it may not be sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    net_now: Option<Amount>,
}

/// Where a lot stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LotState {
    /// Some of it is left.
    Active,
    /// Nothing is left: sold, sold by force, or burned by a refund.
    Used,
}

/// The price over time, in buckets.
#[derive(Serialize, ToSchema)]
pub(crate) struct PriceBucket {
    /// Its first change.
    at: Time,
    /// After the first change.
    first: PriceText,
    /// Lowest.
    min: PriceText,
    /// Highest.
    max: PriceText,
    /// After the last.
    last: PriceText,
    /// The pool after the last.
    pool: Amount,
    /// What members would have got together had they all sold then: by the retention of the plan that runs now, rounded once, which
    /// each one's own sale does for itself.
    held: Amount,
    /// Entry of the last change.
    seq: u64,
}

/// What a sale would bring now.
#[derive(Serialize, ToSchema)]
pub(crate) struct SaleQuote {
    /// Sell by it until it ends: it pays this or more, or sells nothing.
    quote: String,
    /// How many points.
    points: Units,
    /// Before retention.
    gross: Amount,
    /// What retention keeps.
    kept: Amount,
    /// What the wallet gets.
    net: Amount,
    /// The quote is good until then, by the server's clock.
    good_until: Time,
    /// Sales wait for the close of the day: this is an estimate, and what would pay less than `net` then lapses.
    estimate: bool,
}

/// A sale at a quote.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SellRequest {
    /// From [`SaleQuote`].
    quote: String,
}

/// From when to when, and how many buckets.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PricesQuery {
    /// From the beginning if absent.
    from: Option<String>,
    /// To the newest if absent.
    to: Option<String>,
    /// 1 to 500, 100 if absent.
    #[param(minimum = 1, maximum = 500)]
    buckets: Option<usize>,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// How many points.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct QuoteQuery {
    /// A decimal, or `all`.
    points: String,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(mine))
        .routes(routes!(lots))
        .routes(routes!(prices))
        .routes(routes!(quote))
        .routes(routes!(sell))
}

/// One's own points: first what they would bring now.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/points",
    tag = "points",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = PointsView)),
)]
async fn mine(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<PointsView>, Problem> {
    let member = who.member()?.to_owned();
    let view = app
        .programme(&programme)?
        .read(at_least(query.min_seq), move |engine| points_view(engine, &member))
        .await?;
    view.map(Json).ok_or_else(Problem::not_found)
}

/// One's own points by where they came from, newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/lots",
    tag = "points",
    extensions(("x-permission" = json!("member"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<Lot>)),
)]
async fn lots(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Lot>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let (min_seq, of) = (at_least(query.min_seq), member.clone());
    let rows = handle.rows(min_seq, move |rows| rows.mints(&of, before, limit)).await?;
    let next = next_of(&rows, limit, |row| row.no);
    let items = handle
        .read(min_seq, move |engine| rows.iter().map(|row| lot(engine, &member, row)).collect())
        .await?;
    Ok(Json(Page { items, next }))
}

/// The price over time, in buckets with lowest and highest.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/prices",
    tag = "points",
    extensions(("x-permission" = json!("public"))),
    params(PricesQuery),
    responses((status = 200, description = "Done.", body = List<PriceBucket>)),
)]
async fn prices(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<PricesQuery>,
) -> Result<Json<List<PriceBucket>>, Problem> {
    let time = |name: &str, text: Option<&String>, absent: Timestamp| {
        let parsed = text.map_or(Ok(absent), |text| Timestamp::parse(text));
        parsed.map_err(|error| crate::request::query_problem(name, error))
    };
    let buckets = query.buckets.unwrap_or(100);
    if !(1..=BUCKETS_MAX).contains(&buckets) {
        return Err(crate::request::query_problem(
            "buckets",
            ServerFault::Count { least: 1, most: BUCKETS_MAX },
        ));
    }
    let handle = app.programme(&programme)?;
    let min_seq = at_least(query.min_seq);
    // Without limits it goes from the first member to now.
    let (first, now, pool, currency) = handle
        .read(min_seq, |engine| {
            let first = engine.members().next().map_or(engine.now(), |member| member.joined_at);
            (first, engine.now(), engine.plan().pool, engine.plan().programme.currency)
        })
        .await?;
    let until = Timestamp::from_us(now.us().saturating_add(1)).unwrap_or(Timestamp::MAX);
    let [from, to] = [time("from", query.from.as_ref(), first)?, time("to", query.to.as_ref(), until)?];
    let rows = handle.rows(min_seq, move |rows| rows.prices(from, to, buckets)).await?;
    let net = |bucket: &ratchet_store::Bucket| {
        let gross = Pair { assets: bucket.pool, supply: bucket.supply }.gross(bucket.held);
        pool.map_or(Money::ZERO, |pool| Sale::of(gross, &pool).net)
    };
    let bucket = |bucket: ratchet_store::Bucket| PriceBucket {
        held: Amount::of(net(&bucket), &currency),
        at: bucket.from.into(),
        first: PriceText(bucket.first),
        min: PriceText(bucket.min),
        max: PriceText(bucket.max),
        last: PriceText(bucket.last),
        pool: Amount::of(bucket.pool, &currency),
        seq: bucket.seq,
    };
    Ok(Json(List { items: rows.into_iter().map(bucket).collect() }))
}

/// What a sale would bring now, good for two minutes.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/points/quote",
    tag = "points",
    extensions(("x-permission" = json!("member"))),
    params(QuoteQuery),
    responses((status = 200, description = "Done.", body = SaleQuote)),
)]
async fn quote(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<QuoteQuery>,
) -> Result<Json<SaleQuote>, Problem> {
    let handle = app.programme(&programme)?;
    let member = who.member()?.to_owned();
    let quantity = match query.points.as_str() {
        "all" => SellQuantity::All,
        text => {
            let points =
                Points::parse(text).map_err(|error| crate::request::query_problem("points", error))?;
            SellQuantity::Points(points)
        }
    };
    let seller = member.clone();
    let quoted = handle.read(at_least(query.min_seq), move |engine| {
        let sale = engine.sale_quote(&seller, quantity)?;
        let points = match quantity {
            SellQuantity::Points(points) => points,
            SellQuantity::All => free_points(engine, &seller)?,
        };
        let estimate = engine.plan().pool.is_some_and(|pool| pool.sale_price == SalePrice::DailyBatch);
        (!points.is_zero()).then_some((sale, points, estimate))
    });
    let (sale, points, estimate) = quoted.await?.ok_or_else(|| Problem::new(ServerFault::NoPoints {}))?;
    let currency = app.currency(&handle).await?;
    let good_until = who.meta.now_us.saturating_add(QUOTE_US);
    let text = format!("{programme}|{member}|{points}|{}|{good_until}", sale.net.minor());
    let signature = hex(&app.secrets().sign("quote", &text));
    Ok(Json(SaleQuote {
        quote: format!("{}.{signature}", hex(text.as_bytes())),
        points: points.into(),
        gross: Amount::of(sale.gross, &currency),
        kept: Amount::of(sale.kept, &currency),
        net: Amount::of(sale.net, &currency),
        good_until: Time::of_us(good_until),
        estimate,
    }))
}

/// Sells at the quote or better, or sells nothing (points.sell).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/points/sales",
    tag = "points",
    extensions(("x-permission" = json!("member"))),
    request_body = SellRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn sell(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<SellRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let member = who.member()?.to_owned();
    let quote = read_quote(&app, &body.value.quote)
        .filter(|quote| quote.programme == programme && quote.member == member);
    let quote = quote.ok_or_else(|| Problem::new(ServerFault::QuoteInvalid {}))?;
    let currency = app.currency(&handle).await?;
    let command = json!({
        "type": "points.sell", "member": member, "points": quote.points, "min_net": currency.format_minor(quote.net.into()),
    });
    let sale = app.secrets().id_of("e", &[&programme, who.person()?, &write.key]);
    if who.meta.now_us > quote.good_until {
        // What was sold under this key is answered as it was then; anything new is too late.
        let request = app
            .request(&handle, &format!("{}:{}", who.person()?, write.key), who.person()?, command.clone())
            .await?;
        let was_sold = matches!(
            handle.preview(request).await?.outcome,
            crate::programme::PreviewOutcome::Duplicate { .. }
        );
        if !was_sold {
            return Err(Problem::new(ServerFault::QuoteExpired {}));
        }
    }
    app.command(&who, &write, &handle, sale, command).await
}

/// A quote is good for so long: two minutes.
const QUOTE_US: i64 = 120_000_000;
/// Most buckets of a price series.
const BUCKETS_MAX: usize = 500;

/// What was quoted, as its signature says.
struct Quoted {
    programme: String,
    member: String,
    points: String,
    net: i64,
    good_until: i64,
}

fn read_quote(app: &App, quote: &str) -> Option<Quoted> {
    let (text, signature) = quote.split_once('.')?;
    let text = String::from_utf8(unhex(text)?).ok()?;
    if !app.secrets().is_signed("quote", &text, &unhex(signature)?) {
        return None;
    }
    let mut parts = text.split('|').map(str::to_owned);
    Some(Quoted {
        programme: parts.next()?,
        member: parts.next()?,
        points: parts.next()?,
        net: parts.next()?.parse().ok()?,
        good_until: parts.next()?.parse().ok()?,
    })
}

/// The most points that one sale takes now.
fn free_points(engine: &Engine, member: &str) -> Option<Points> {
    let view = engine.member(member)?;
    // Locked points cannot be sold; what else cannot is found by asking for the rest.
    let free = view.points.checked_sub(view.locked_points)?;
    engine.sale_quote(member, SellQuantity::Points(free)).map(|_| free)
}

fn points_view(engine: &Engine, member: &str) -> Option<PointsView> {
    let (view, plan) = (engine.member(member)?, engine.plan());
    let pool = plan.pool?;
    let (currency, price) = (plan.programme.currency, engine.price());
    let all = engine.sale_quote(member, SellQuantity::All)?;
    let amount = |money: Money| Amount::of(money, &currency);
    let pair = Pair { assets: price.assets, supply: price.supply };
    let cap = pool.exit.filter(|exit| exit.of == ExitOf::Spend).and_then(|exit| {
        let limit =
            view.cap_base.as_u128().checked_mul(u128::from(exit.multiple)).and_then(Money::from_wide)?;
        (!view.cap_base.is_zero()).then(|| Cap {
            worth: amount(pair.gross(view.earned)),
            limit: amount(limit),
            multiple: exit.multiple,
        })
    });
    Some(PointsView {
        net_now: amount(all.net),
        gross_now: amount(all.gross),
        kept_now: amount(all.kept),
        spent: amount(view.spent),
        received: amount(view.cash_received),
        points: view.points.into(),
        free: free_points(engine, member).unwrap_or(Points::ZERO).into(),
        price: PriceText(price.display(currency.decimals)),
        cap,
        exits: view.exits,
    })
}

pub(super) fn lot(engine: &Engine, member: &str, row: &ratchet_store::MintRow) -> Lot {
    let currency = engine.plan().programme.currency;
    let splits = engine.price().exponent.saturating_sub(row.splits);
    let order = engine.order_view(&row.order);
    let place = usize::try_from(row.line).unwrap_or(usize::MAX).saturating_sub(1);
    let line = order.as_ref().and_then(|order| order.lines.get(place));
    let left = line.map_or(Points::ZERO, |line| line.points);
    Lot {
        order: row.order.clone(),
        line: line.map_or_else(|| row.line.to_string(), |line| line.id.clone()),
        state: if left.is_zero() { LotState::Used } else { LotState::Active },
        ordered_at: row.ordered_at.into(),
        at: row.minted.at.into(),
        seq: row.minted.seq,
        minted: Points::from_units(scale(row.points.units(), splits)).into(),
        left: left.into(),
        spent: Amount::of(line.map_or(Money::ZERO, |line| line.base), &currency),
        net_now: engine
            .sale_quote(member, SellQuantity::Points(left))
            .map(|sale| Amount::of(sale.net, &currency)),
    }
}
