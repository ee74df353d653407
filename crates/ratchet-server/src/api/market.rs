//! The internal market: the book, trades, one's own offers, and what staff do about it (MKT-1, MKT-2).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use ratchet_engine::amount::{Currency, Money, Points};
use ratchet_engine::command;
use ratchet_engine::engine::Engine;
use ratchet_engine::refusal::Refusal;
use ratchet_engine::rejection::Rejection;
use ratchet_store::{NewAuditEntry, OfferRow, OfferStanding, OffersQuery as OfferRows, TradeRow};

use super::commands::{PreviewView, Written};
use super::prelude::*;
use crate::app::answered;
use crate::programme::{PreviewAnswer, Programme};

/// The market as anybody sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct MarketView {
    /// Emission points of one lot, the unit in which they are traded.
    lot: Units,
    /// Prices are multiples of it.
    tick: Amount,
    /// Kept from each side of a trade, for the platform.
    fee: Share,
    /// How far prices may be from the guide price; absent without a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    band: Option<Share>,
    /// The prices that an offer may have now; where `lowest` is above `highest` there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    prices: Option<PriceRange>,
    /// What the guide price of the last close makes of a lot, rounded down: an index that nobody guarantees and nobody has to pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    guide: Option<Amount>,
    /// The last trade; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<LastTrade>,
    /// The highest price that somebody offers to pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    best_buy: Option<Amount>,
    /// The lowest for which somebody offers to sell.
    #[serde(skip_serializing_if = "Option::is_none")]
    best_sell: Option<Amount>,
    /// Between the two.
    #[serde(skip_serializing_if = "Option::is_none")]
    spread: Option<Amount>,
    /// Offers to buy by price, the best first.
    buys: Vec<PriceLevel>,
    /// Offers to sell by price, the best first.
    sells: Vec<PriceLevel>,
    /// Offers are not taken; those in the book stay, and may be cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    halted: Option<Halt>,
    /// Most open offers of a member.
    offers_per_member: u32,
}

/// From the lowest to the highest.
#[derive(Serialize, ToSchema)]
pub(crate) struct PriceRange {
    /// The lowest.
    lowest: Amount,
    /// The highest.
    highest: Amount,
}

/// What was traded last.
#[derive(Serialize, ToSchema)]
pub(crate) struct LastTrade {
    /// When.
    at: Time,
    /// For one lot.
    price: Amount,
    /// How many.
    lots: u32,
}

/// Open offers of one price.
#[derive(Serialize, ToSchema)]
pub(crate) struct PriceLevel {
    /// For one lot.
    price: Amount,
    /// Lots of all of them.
    lots: u64,
}

/// Why the market takes no offers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Halt {
    /// As whoever halted it wrote it.
    reason: String,
    /// Since when.
    since: Time,
    /// Entry of the journal by which it was halted.
    seq: u64,
}

/// Which side of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MarketSide {
    /// Points for money.
    Buy,
    /// Money for points.
    Sell,
}

/// What happens to what is not filled at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TimeInForce {
    /// It stays in the book until it is filled or cancelled.
    Gtc,
    /// It is given up.
    Ioc,
    /// The offer is refused unless all of it is filled at once.
    Fok,
}

/// Where an offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MarketOfferState {
    /// It is in the book.
    Open,
    /// All its lots were filled.
    Filled,
    /// What was not filled at once was given up, as it was meant to be.
    Unfilled,
    /// It was cancelled, or ended with the programme.
    Cancelled,
}

/// An offer.
#[derive(Serialize, ToSchema)]
pub(crate) struct MarketOffer {
    /// Its id.
    id: String,
    /// Whose.
    member: String,
    /// Buys or sells.
    side: MarketSide,
    /// Where it stands.
    state: MarketOfferState,
    /// What happens to what is not filled at once.
    time_in_force: TimeInForce,
    /// For one lot.
    price: Amount,
    /// Lots.
    lots: u64,
    /// Lots that are filled.
    filled: u64,
    /// Lots that are not, and are not any more once it has ended.
    left: u64,
    /// What the filled lots cost or brought, before fees.
    traded: Amount,
    /// Fees so far.
    fees: Amount,
    /// Money that an offer to buy held at first, its fee included.
    held: Amount,
    /// Money that it holds now.
    hold: Amount,
    /// Money that it held and that came back: a better price, or what was not filled.
    returned: Amount,
    /// Points that an open offer to sell holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_points: Option<Units>,
    /// When it was made.
    at: Time,
    /// Entry of the journal by which it was made.
    seq: u64,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Time>,
    /// Entry by which it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_seq: Option<u64>,
    /// It was ended by somebody else than its member.
    ended_by_staff: bool,
}

/// Two offers met.
#[derive(Serialize, ToSchema)]
pub(crate) struct MarketTrade {
    /// When.
    at: Time,
    /// Entry of the journal.
    seq: u64,
    /// For one lot: that of the earlier offer.
    price: Amount,
    /// How many.
    lots: u64,
    /// What they cost, before fees.
    amount: Amount,
    /// The side of the later offer.
    taker: MarketSide,
}

/// A trade of one's own.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnTrade {
    /// When.
    at: Time,
    /// Entry of the journal.
    seq: u64,
    /// Whether one bought or sold.
    side: MarketSide,
    /// One's offer.
    offer: String,
    /// For one lot.
    price: Amount,
    /// How many.
    lots: u64,
    /// What they cost, before fees.
    amount: Amount,
    /// One's fee.
    fee: Amount,
    /// What one paid with the fee, or got without it.
    total: Amount,
}

/// One's own part of the market.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnMarket {
    /// Money that an offer to buy may hold now.
    money: Amount,
    /// Emission points that an offer to sell may hold now.
    points: Units,
    /// Whole lots of them.
    lots: String,
    /// Money that open offers hold.
    held_money: Amount,
    /// Points that open offers hold.
    held_points: Units,
    /// Open offers, the newest first; at most 200.
    open: Vec<MarketOffer>,
}

/// An offer in the market.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfferRequest {
    /// Buys or sells.
    side: MarketSide,
    /// For one lot: the most that is paid, or the least that is taken.
    price: Amount,
    /// How many.
    #[schema(minimum = 1)]
    lots: u32,
    /// What happens to what is not filled at once.
    time_in_force: TimeInForce,
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MarketReason {
    /// 1 to 500 characters. Of a halt everybody reads it.
    reason: String,
}

/// The answer of an offer: what it did, or with `preview=true` what it would do.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum OfferAnswer {
    /// It is done and durable.
    Written(Written),
    /// Nothing was changed.
    Preview(Box<OfferPreview>),
}

/// What an offer would do: nothing was changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfferPreview {
    #[serde(flatten)]
    would: PreviewView,
    /// What would become of it at once; absent where it would be refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    offer: Option<OfferOutcome>,
}

/// What would become of an offer at once.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfferOutcome {
    /// What it would be filled with, by price.
    fills: Vec<OfferFill>,
    /// Lots that would be filled.
    filled: u32,
    /// What they would cost or bring, before the fee.
    amount: Amount,
    /// The fee.
    fee: Amount,
    /// What would be paid with the fee, or got without it.
    total: Amount,
    /// Lots that would stay in the book.
    rests: u32,
    /// Money that it would hold for them, its fee included.
    hold: Amount,
    /// Points that it would hold for them.
    hold_points: Units,
    /// Lots that would be given up.
    given_up: u32,
}

/// Lots of one price.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfferFill {
    /// For one lot.
    price: Amount,
    /// How many.
    lots: u32,
    /// What they would cost.
    amount: Amount,
    /// The fee for them.
    fee: Amount,
}

/// How many prices of each side, and how new.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BookQuery {
    /// Prices of each side; 1 to 200, 20 if absent.
    #[param(minimum = 1, maximum = 200)]
    levels: Option<usize>,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// Which offers, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OffersQuery {
    /// Those in the book, or those that have ended; both if absent.
    open: Option<bool>,
    /// From `next` of the page before.
    cursor: Option<String>,
    /// How many; 1 to 200, 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// Prices of each side if nobody says how many.
const LEVELS: usize = 20;
/// Most open offers of one's own that are shown at once.
const OWN_OPEN_MAX: usize = 200;
/// Most characters of a reason.
const REASON_MAX: usize = 500;

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(book))
        .routes(routes!(trades))
        .routes(routes!(mine))
        .routes(routes!(own_offers, offer))
        .routes(routes!(cancel_own))
        .routes(routes!(own_trades))
        .routes(routes!(offers))
        .routes(routes!(cancel))
        .routes(routes!(halt))
        .routes(routes!(resume))
}

/// The book, the last trade, what offers may be, and whether it is halted. A plan without a market answers `no_market`.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/market",
    tag = "market",
    extensions(("x-permission" = json!("public"))),
    params(BookQuery),
    responses((status = 200, description = "Done.", body = MarketView)),
)]
async fn book(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<BookQuery>,
) -> Result<Json<MarketView>, Problem> {
    let levels = query.levels.unwrap_or(LEVELS);
    if !(1..=crate::request::PAGE_MAX).contains(&levels) {
        let range = ServerFault::Count { least: 1, most: crate::request::PAGE_MAX };
        return Err(crate::request::query_problem("levels", range));
    }
    let handle = app.programme(&programme)?;
    let min_seq = at_least(query.min_seq);
    let read =
        move |engine: &Engine| (market_view(engine, levels), engine.market_is_halted(), engine.next_seq());
    let (view, is_halted, seq) = handle.read(min_seq, read).await?;
    let Some(mut view) = view else { return Err(no_market(&app, &handle).await) };
    if is_halted {
        // The rows have to know the halt that the engine knows.
        let halt = handle.rows(Some(seq), |rows| rows.open_halt()).await?;
        view.halted =
            halt.map(|halt| Halt { reason: halt.reason, since: halt.began.at.into(), seq: halt.began.seq });
    }
    Ok(Json(view))
}

/// All trades, newest first. A plan without a market answers `no_market`.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/market/trades",
    tag = "market",
    extensions(("x-permission" = json!("public"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<MarketTrade>)),
)]
async fn trades(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<MarketTrade>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let handle = app.programme(&programme)?;
    let (currency, _) = terms(&app, &handle).await?;
    let min_seq = fresh(&handle, query.min_seq).await?;
    let rows = handle.rows(min_seq, move |rows| rows.trades(None, before, limit)).await?;
    let next = next_of(&rows, limit, |row| row.no);
    let items = rows.iter().map(|row| MarketTrade {
        at: row.moment.at.into(),
        seq: row.moment.seq,
        price: Amount::of(row.price, &currency),
        lots: row.lots,
        amount: Amount::of(row.amount, &currency),
        taker: row.taker.into(),
    });
    Ok(Json(Page { items: items.collect(), next }))
}

/// What one may offer, what one's offers hold, and those that are open. A plan without a market answers `no_market`.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/market",
    tag = "market",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = OwnMarket)),
)]
async fn mine(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<OwnMarket>, Problem> {
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let (currency, lot) = terms(&app, &handle).await?;
    let of = member.clone();
    let read = move |engine: &Engine| {
        let ((money, points), view) = (engine.market_means(&of)?, engine.member(&of)?);
        Some((money, points, view.market_hold, view.market_points, engine.next_seq()))
    };
    let found = handle.read(at_least(query.min_seq), read).await?;
    let (money, points, held_money, held_points, seq) = found.ok_or_else(Problem::not_found)?;
    let wanted =
        OfferRows { member: Some(member), open: Some(true), limit: OWN_OPEN_MAX, ..OfferRows::default() };
    let rows = handle.rows(Some(seq), move |rows| rows.offers(&wanted)).await?;
    let lots = points.units().checked_div(lot.units()).unwrap_or_default();
    Ok(Json(OwnMarket {
        money: Amount::of(money, &currency),
        points: points.into(),
        lots: lots.to_string(),
        held_money: Amount::of(held_money, &currency),
        held_points: held_points.into(),
        open: rows.iter().map(|row| offer_view(row, &currency, lot, who.person().ok())).collect(),
    }))
}

/// One's own offers, newest first. A plan without a market answers `no_market`.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/market/offers",
    tag = "market",
    extensions(("x-permission" = json!("member"))),
    params(OffersQuery),
    responses((status = 200, description = "Done.", body = Page<MarketOffer>)),
)]
async fn own_offers(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<OffersQuery>,
) -> Result<Json<Page<MarketOffer>>, Problem> {
    let member = who.member()?.to_owned();
    offers_page(&app, &programme, query, Some(member), who.person().ok()).await.map(Json)
}

/// Offers in the market (market.offer). With `preview=true` it says what would be filled at once and at which prices, the fee, what it
/// would hold, and what would stay.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/market/offers",
    tag = "market",
    extensions(("x-permission" = json!("member"))),
    request_body = OfferRequest,
    responses((status = 200, description = "Done.", body = OfferAnswer)),
)]
async fn offer(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<OfferRequest>,
) -> Result<Response, Problem> {
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let currency = app.currency(&handle).await?;
    let OfferRequest { side, price, lots, time_in_force } = body.value;
    let price = price.parse("price", &currency)?;
    let id = app.secrets().id_of("f", &[&programme, who.person()?, &write.key]);
    let command = json!({
        "type": "market.offer", "offer": id, "member": member, "side": side, "price": currency.format(price),
        "quantity": lots, "time_in_force": time_in_force,
    });
    if !write.preview {
        return Ok(match app.send(&who, &write, &handle, id, command).await? {
            (WriteAnswer::Written(written), replayed) => answered(&OfferAnswer::Written(written), replayed),
            (preview, replayed) => answered(&preview, replayed),
        });
    }
    let would = app.would(&who, &write, &handle, command).await?;
    let lot = handle.read(None, |engine| engine.plan().market.map(|plan| plan.lot)).await?;
    let offer = lot.and_then(|lot| outcome_of(&would, side, lots, lot, &currency));
    let would = PreviewView::of(would, &who, &currency)?;
    Ok(answered(&OfferAnswer::Preview(Box::new(OfferPreview { would, offer })), false))
}

/// Takes one's own offer back: what it holds returns (market.cancel). It may be done while the market is halted.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/market/offers/{offer}/cancel",
    tag = "market",
    extensions(("x-permission" = json!("member"))),
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn cancel_own(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, offer)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let (currency, _) = terms(&app, &handle).await?;
    let named = offer.clone();
    let is_own = handle
        .read(None, move |engine| engine.market_offer(&named).is_some_and(|offer| offer.member == member));
    // Another's offer looks like one that is not there.
    if !is_own.await? {
        return Err(refused(Rejection::OfferUnknown, &currency));
    }
    let command = json!({ "type": "market.cancel", "offer": offer });
    app.command(&who, &write, &handle, offer, command).await
}

/// One's own trades with their fees, newest first. A plan without a market answers `no_market`.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/market/trades",
    tag = "market",
    extensions(("x-permission" = json!("member"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<OwnTrade>)),
)]
async fn own_trades(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<OwnTrade>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let (currency, _) = terms(&app, &handle).await?;
    let min_seq = fresh(&handle, query.min_seq).await?;
    let of = member.clone();
    let rows = handle.rows(min_seq, move |rows| rows.trades(Some(&of), before, limit)).await?;
    let next = next_of(&rows, limit, |row| row.no);
    let items = rows.iter().map(|row| own_trade(row, &member, &currency));
    Ok(Json(Page { items: items.collect(), next }))
}

/// Everybody's offers, newest first, for staff.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/market/offers",
    tag = "market",
    extensions(("x-permission" = json!("members.read"))),
    params(OffersQuery),
    responses((status = 200, description = "Done.", body = Page<MarketOffer>)),
)]
async fn offers(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<OffersQuery>,
) -> Result<Json<Page<MarketOffer>>, Problem> {
    offers_page(&app, &programme, query, None, None).await.map(Json)
}

/// Cancels somebody's offer: what it holds returns (market.cancel). The reason stands in the audit log.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/market/offers/{offer}/cancel",
    tag = "market",
    extensions(("x-permission" = json!("money.propose"))),
    request_body = MarketReason,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn cancel(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, offer)): Path<(String, String)>,
    body: Body<MarketReason>,
) -> Result<Response, Problem> {
    check_length("reason", &body.value.reason, 1, REASON_MAX)?;
    let handle = app.programme(&programme)?;
    let command = json!({ "type": "market.cancel", "offer": offer });
    let (answer, replayed) = app.send(&who, &write, &handle, offer.clone(), command).await?;
    if !write.preview {
        // The journal has who cancelled it and when; why is written down once, also if this is sent again.
        let (act, tenant, reason) = (who.act(), who.tenant()?.to_owned(), body.value.reason);
        let kept = move |tables: &ratchet_store::Tables<'_>| {
            let entry = NewAuditEntry {
                after: Some(json!({ "reason": reason }).to_string()),
                ..NewAuditEntry::of(&tenant, "market.cancel.reason", &offer)
            };
            tables.audit(&act, entry)?;
            Ok(Done { done: true })
        };
        app.once_value(&who, &write.part("reason"), Some(body.hash), kept).await?;
    }
    Ok(answered(&answer, replayed))
}

/// Stops offers, with a reason that everybody reads; open ones stay and may be cancelled (market.halt).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/market/halt",
    tag = "market",
    extensions(("x-permission" = json!("money.propose"))),
    request_body = MarketReason,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn halt(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<MarketReason>,
) -> Result<Response, Problem> {
    check_length("reason", &body.value.reason, 1, REASON_MAX)?;
    let handle = app.programme(&programme)?;
    let command = json!({ "type": "market.halt", "reason": body.value.reason });
    app.command(&who, &write, &handle, programme, command).await
}

/// Takes offers again (market.resume).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/market/resume",
    tag = "market",
    extensions(("x-permission" = json!("money.propose"))),
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn resume(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    app.command(&who, &write, &handle, programme, json!({ "type": "market.resume" })).await
}

/// A refusal of the engine that it was not asked for.
fn refused(code: Rejection, currency: &Currency) -> Problem {
    Problem::new(Refusal { code, facts: Vec::new() }.message(currency))
}

async fn no_market(app: &App, handle: &Programme) -> Problem {
    match app.currency(handle).await {
        Ok(currency) => refused(Rejection::NoMarket, &currency),
        Err(problem) => problem,
    }
}

/// The currency and the size of a lot, of a programme that has a market.
async fn terms(app: &App, handle: &Programme) -> Result<(Currency, Points), Problem> {
    let lot = handle.read(None, |engine| engine.plan().market.map(|plan| plan.lot)).await?;
    match lot {
        Some(lot) => Ok((app.currency(handle).await?, lot)),
        None => Err(no_market(app, handle).await),
    }
}

/// All but why it is halted, which stands in the rows.
fn market_view(engine: &Engine, levels: usize) -> Option<MarketView> {
    let (plan, currency) = (engine.plan().market?, engine.plan().programme.currency);
    let amount = |money: Money| Amount::of(money, &currency);
    let side =
        |side: command::Side| -> Vec<(Money, u64)> { engine.market_depth(side).take(levels).collect() };
    let (buys, sells) = (side(command::Side::Buy), side(command::Side::Sell));
    let best = |levels: &[(Money, u64)]| levels.first().map(|(price, _)| *price);
    let (best_buy, best_sell) = (best(&buys), best(&sells));
    let spread = best_buy.zip(best_sell).and_then(|(buy, sell)| sell.checked_sub(buy));
    let shown = |levels: Vec<(Money, u64)>| {
        levels.into_iter().map(|(price, lots)| PriceLevel { price: amount(price), lots }).collect()
    };
    Some(MarketView {
        lot: plan.lot.into(),
        tick: amount(plan.tick),
        fee: plan.fee.into(),
        band: plan.band.map(Share::from),
        prices: engine
            .market_band()
            .map(|(lowest, highest)| PriceRange { lowest: amount(lowest), highest: amount(highest) }),
        guide: engine.market_guide().map(amount),
        last: engine.market_trades().next().map(|trade| LastTrade {
            at: trade.at.into(),
            price: amount(trade.price),
            lots: trade.quantity,
        }),
        best_buy: best_buy.map(amount),
        best_sell: best_sell.map(amount),
        spread: spread.map(amount),
        buys: shown(buys),
        sells: shown(sells),
        halted: None,
        offers_per_member: plan.offers_per_member,
    })
}

async fn offers_page(
    app: &App,
    programme: &str,
    query: OffersQuery,
    member: Option<String>,
    person: Option<&str>,
) -> Result<Page<MarketOffer>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let handle = app.programme(programme)?;
    let (currency, lot) = terms(app, &handle).await?;
    let min_seq = fresh(&handle, query.min_seq).await?;
    let wanted = OfferRows { member, open: query.open, before, limit, ..OfferRows::default() };
    let rows = handle.rows(min_seq, move |rows| rows.offers(&wanted)).await?;
    let next = next_of(&rows, limit, |row| row.no);
    let items = rows.iter().map(|row| offer_view(row, &currency, lot, person)).collect();
    Ok(Page { items, next })
}

/// An offer as its member sees it, who is this person; or as staff see it.
fn offer_view(row: &OfferRow, currency: &Currency, lot: Points, person: Option<&str>) -> MarketOffer {
    let amount = |money: Money| Amount::of(money, currency);
    let is_sale = row.side == command::Side::Sell;
    let spent = [row.hold, row.traded, row.fees].into_iter().fold(row.held, Money::saturating_sub);
    let holds = is_sale && row.state == OfferStanding::Open;
    MarketOffer {
        id: row.id.clone(),
        member: row.member.clone(),
        side: row.side.into(),
        state: row.state.into(),
        time_in_force: row.time_in_force.into(),
        price: amount(row.price),
        lots: row.lots,
        filled: row.lots.saturating_sub(row.remaining),
        left: row.remaining,
        traded: amount(row.traded),
        fees: amount(row.fees),
        held: amount(row.held),
        hold: amount(row.hold),
        returned: amount(if is_sale { Money::ZERO } else { spent }),
        hold_points: holds.then(|| points_of(lot, row.remaining)),
        at: row.made.at.into(),
        seq: row.made.seq,
        ended_at: row.ended.map(|ended| ended.at.into()),
        ended_seq: row.ended.map(|ended| ended.seq),
        ended_by_staff: row.state == OfferStanding::Cancelled
            && person.is_some_and(|person| row.ended_by.as_deref() != Some(person)),
    }
}

fn points_of(lot: Points, lots: u64) -> Units {
    let units = lot.units().saturating_mul(u128::from(lots));
    Points::from_units(units).into()
}

fn own_trade(row: &TradeRow, member: &str, currency: &Currency) -> OwnTrade {
    let bought = row.bought.1 == member;
    let (side, offer, fee) = if bought {
        (MarketSide::Buy, &row.bought.0, row.buyer_fee)
    } else {
        (MarketSide::Sell, &row.sold.0, row.seller_fee)
    };
    OwnTrade {
        at: row.moment.at.into(),
        seq: row.moment.seq,
        side,
        offer: offer.clone(),
        price: Amount::of(row.price, currency),
        lots: row.lots,
        amount: Amount::of(row.amount, currency),
        fee: Amount::of(fee, currency),
        total: total(side, row.amount, fee, currency),
    }
}

/// What one pays with the fee, or gets without it.
fn total(side: MarketSide, amount: Money, fee: Money, currency: &Currency) -> Amount {
    let (amount, fee) = (i128::from(amount.minor()), i128::from(fee.minor()));
    Amount(currency.format_minor(match side {
        MarketSide::Buy => amount + fee,
        MarketSide::Sell => amount - fee,
    }))
}

/// What events of a command say of an offer; amounts in minor units.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum OfferEvent {
    OfferMade {
        hold: Money,
        rests: bool,
    },
    OfferFilled {
        quantity: u32,
        price: Money,
        buyer_fee: Money,
        seller_fee: Money,
        proceeds: Money,
        hold: Money,
    },
    OfferRested {},
    #[serde(other)]
    Other,
}

/// What the entry of a previewed offer says of it.
fn outcome_of(
    would: &PreviewAnswer,
    side: MarketSide,
    lots: u32,
    lot: Points,
    currency: &Currency,
) -> Option<OfferOutcome> {
    let entry = would.entries.iter().rfind(|entry| entry.body["type"] == "command")?;
    let (mut fills, mut amount, mut fee) =
        (Vec::<(Money, u32, Money, Money)>::new(), Money::ZERO, Money::ZERO);
    let (mut filled, mut hold, mut is_in_book) = (0_u32, Money::ZERO, false);
    for step in entry.body["steps"].as_array()? {
        match OfferEvent::deserialize(&step["event"]).ok()? {
            OfferEvent::OfferMade { hold: held, rests } => (hold, is_in_book) = (held, rests),
            OfferEvent::OfferRested {} => is_in_book = true,
            OfferEvent::OfferFilled { quantity, price, buyer_fee, seller_fee, proceeds, hold: held } => {
                let cost = proceeds.checked_add(seller_fee)?;
                let own_fee = match side {
                    MarketSide::Buy => buyer_fee,
                    MarketSide::Sell => seller_fee,
                };
                (amount, fee) = (amount.checked_add(cost)?, fee.checked_add(own_fee)?);
                filled = filled.checked_add(quantity)?;
                if side == MarketSide::Buy {
                    hold = held;
                }
                match fills.last_mut().filter(|last| last.0 == price) {
                    Some(last) => {
                        last.1 = last.1.checked_add(quantity)?;
                        (last.2, last.3) = (last.2.checked_add(cost)?, last.3.checked_add(own_fee)?);
                    }
                    None => fills.push((price, quantity, cost, own_fee)),
                }
            }
            OfferEvent::Other => {}
        }
    }
    let left = lots.checked_sub(filled)?;
    let rests = if is_in_book { left } else { 0 };
    let hold = if is_in_book { hold } else { Money::ZERO };
    let is_sale = side == MarketSide::Sell;
    Some(OfferOutcome {
        fills: fills
            .into_iter()
            .map(|(price, lots, cost, fee)| OfferFill {
                price: Amount::of(price, currency),
                lots,
                amount: Amount::of(cost, currency),
                fee: Amount::of(fee, currency),
            })
            .collect(),
        filled,
        amount: Amount::of(amount, currency),
        fee: Amount::of(fee, currency),
        total: total(side, amount, fee, currency),
        rests,
        hold: Amount::of(hold, currency),
        hold_points: points_of(lot, if is_sale { u64::from(rests) } else { 0 }),
        given_up: left - rests,
    })
}

impl From<command::Side> for MarketSide {
    fn from(side: command::Side) -> MarketSide {
        match side {
            command::Side::Buy => MarketSide::Buy,
            command::Side::Sell => MarketSide::Sell,
        }
    }
}

impl From<command::TimeInForce> for TimeInForce {
    fn from(time_in_force: command::TimeInForce) -> TimeInForce {
        match time_in_force {
            command::TimeInForce::Gtc => TimeInForce::Gtc,
            command::TimeInForce::Ioc => TimeInForce::Ioc,
            command::TimeInForce::Fok => TimeInForce::Fok,
        }
    }
}

impl From<OfferStanding> for MarketOfferState {
    fn from(state: OfferStanding) -> MarketOfferState {
        match state {
            OfferStanding::Open => MarketOfferState::Open,
            OfferStanding::Filled => MarketOfferState::Filled,
            OfferStanding::Unfilled => MarketOfferState::Unfilled,
            OfferStanding::Cancelled => MarketOfferState::Cancelled,
        }
    }
}
