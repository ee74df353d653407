//! Orders: quote, place, pay through the cashier, receive, refund.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use ratchet_engine::amount::{Currency, Money};
use ratchet_engine::command::Command;
use ratchet_engine::engine::Engine;
use ratchet_store::{AddressRow, OrdersQuery as RowsQuery, ProductRow};

use super::addresses::Place;
use super::catalogue::price_of;
use super::coupons::{Fitting, QuotedCoupon, fitting};
use super::prelude::*;
use crate::cashier;
use crate::programme::Programme;

/// What somebody wants to buy.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderQuoteRequest {
    /// 1 to 100 articles.
    #[schema(min_items = 1, max_items = 100)]
    lines: Vec<WantedLine>,
    /// Code of province, city or district (GB/T 2260), where the plan needs it; either this or `address`.
    ship_to: Option<String>,
    /// One of one's own addresses.
    address: Option<String>,
    /// Coupons of the buyer to use; none if absent.
    #[schema(max_items = 16)]
    coupons: Option<Vec<String>>,
    /// Those of the buyer's coupons that fit best are used, instead of `coupons`.
    #[serde(default)]
    best_coupons: bool,
}

/// An article and how many of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedLine {
    /// The article.
    product: String,
    /// How many.
    #[schema(minimum = 1, maximum = 1_000_000)]
    quantity: u32,
}

/// What it costs now: order with exactly these amounts.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderQuote {
    /// The lines to order with.
    lines: Vec<PricedLine>,
    /// Delivery.
    freight: Amount,
    /// What the coupons take off the lines; it is taken off already.
    discount: Amount,
    /// All of it.
    total: Amount,
    /// The coupons that are used.
    used: Vec<String>,
    /// The buyer's good coupons, with what each would do alone; at most 200, those that expire first.
    coupons: Vec<QuotedCoupon>,
    /// The same lines by whose goods they are, in the order of the first of each.
    shops: Vec<QuotedShop>,
}

/// The lines of one seller.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuotedShop {
    /// The merchant; absent for the operator's own goods.
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant: Option<String>,
    /// What its shop is called; absent where nobody said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    shop: Option<String>,
    /// Its articles.
    products: Vec<String>,
    /// What they cost together, without delivery.
    amount: Amount,
}

/// A line with its amount.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PricedLine {
    /// The article.
    product: String,
    /// How many.
    #[schema(minimum = 1, maximum = 1_000_000)]
    quantity: u32,
    /// For all of them; another price by now is refused as `price_mismatch`.
    amount: Amount,
}

/// An order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderRequest {
    /// As quoted.
    #[schema(min_items = 1, max_items = 100)]
    lines: Vec<PricedLine>,
    /// As quoted; absent for nothing.
    freight: Option<Amount>,
    /// Code of province, city or district (GB/T 2260); either this or `address`.
    ship_to: Option<String>,
    /// One of one's own addresses: the order goes there, as it is now.
    address: Option<String>,
    /// Coupons to use, as quoted.
    #[schema(max_items = 16)]
    coupons: Option<Vec<String>>,
    /// Of the total, paid with re-consumption money (WALLET-3).
    reconsume: Option<Amount>,
    /// Of the total, paid with loyalty points (LOY-3).
    loyalty: Option<Amount>,
}

/// Where an order stands (ORDER-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OrderState {
    /// Not paid yet.
    Placed,
    /// Paid.
    Paid,
    /// On its way.
    Shipped,
    /// At the buyer's.
    Received,
    /// Final.
    Settled,
    /// Never paid.
    Closed,
    /// Refunded whole before it was final.
    Refunded,
}

/// An order in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderRow {
    /// Its id.
    id: String,
    /// Whose.
    member: String,
    /// Where it stands.
    state: OrderState,
    /// When it was placed.
    placed_at: Time,
    /// When it becomes or became final.
    #[serde(skip_serializing_if = "Option::is_none")]
    settles_at: Option<Time>,
    /// Goods.
    amount: Amount,
    /// Refunded of it.
    refunded: Amount,
}

/// An order with its lines and what happened.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderView {
    /// As in lists.
    #[serde(flatten)]
    row: OrderRow,
    /// Delivery.
    freight: Amount,
    /// What it cost in all.
    total: Amount,
    /// When it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<Time>,
    /// When it was received.
    #[serde(skip_serializing_if = "Option::is_none")]
    received_at: Option<Time>,
    /// Articles.
    lines: Vec<OrderLineView>,
    /// Where it goes, for the buyer and for staff who send orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<Place>,
    /// What settling would give now, while it is not settled; an estimate, because pool and points will be others then.
    #[serde(skip_serializing_if = "Option::is_none")]
    settling: Option<Settling>,
    /// The newest payment, where it goes through the cashier.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<PaymentIntent>,
    /// How it went out, where that was noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    shipment: Option<super::desk::ShipmentView>,
    /// What happened, oldest first.
    timeline: Vec<TimelineStep>,
}

/// What an order would give if it settled now.
#[derive(Serialize, ToSchema)]
pub(crate) struct Settling {
    /// Points.
    points: Units,
    /// What a sale of all of them would bring at once, net.
    net_now: Amount,
}

/// A line of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderLineView {
    /// Its id within the order.
    id: String,
    /// The article, where the line names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    /// Its class, if it has one (CAT-7).
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<u32>,
    /// For all of them.
    amount: Amount,
    /// Refunded of it.
    refunded: Amount,
    /// Left of the points that it gave.
    points: Units,
}

/// A step of something's life.
#[derive(Serialize, ToSchema)]
pub(crate) struct TimelineStep {
    /// Entry of the journal.
    seq: u64,
    /// When.
    at: Time,
    /// What: the type of an event of the journal, such as `order_paid`.
    what: String,
}

/// A payment of an order through the cashier (PAY-1).
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct PaymentIntent {
    /// Its id.
    pub(super) id: String,
    /// The order.
    order: String,
    /// How much.
    amount: Amount,
    /// Where it stands, as far as signed messages of the provider say.
    state: PaymentState,
    /// Path of the cashier's page on this server.
    cashier_url: String,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentState {
    /// Nothing was heard of it.
    Open,
    /// The money came and paid the order.
    Paid,
    /// The money came and did not fit; it is in suspense until somebody decides (PAY-1b).
    Suspense,
    /// The money came and was given back.
    Returned,
    /// The provider says that nothing will come.
    Failed,
}

/// What to give back (ORDER-6, ORDER-8).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundRequest {
    /// Lines with amounts or pieces; absent: all that is left.
    #[schema(max_items = 100)]
    lines: Option<Vec<RefundLineRequest>>,
    /// Delivery to give back.
    freight: Option<Amount>,
}

/// Part of a line.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundLineRequest {
    /// Id of the line.
    line: String,
    /// So much of its amount; either this or `pieces`.
    amount: Option<Amount>,
    /// So many of its pieces.
    pieces: Option<u32>,
    /// They have come back and are in stock again; only with `pieces`.
    restock: Option<bool>,
}

/// Which ones, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OrdersQuery {
    /// Only those in this state.
    pub(super) state: Option<OrderState>,
    /// From `next` of the page before.
    pub(super) cursor: Option<String>,
    /// How many; 1 to 200, 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<usize>,
    /// Read at least every entry up to this one.
    pub(super) min_seq: Option<u64>,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(quote))
        .routes(routes!(place, all))
        .routes(routes!(mine))
        .routes(routes!(one))
        .routes(routes!(pay))
        .routes(routes!(ship))
        .routes(routes!(receive))
        .routes(routes!(close))
        .routes(routes!(refund))
}

/// What an order would cost now. It changes nothing and needs no key.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/orders/quote",
    tag = "orders",
    extensions(("x-permission" = json!("public"))),
    request_body = OrderQuoteRequest,
    responses((status = 200, description = "Done.", body = OrderQuote)),
)]
async fn quote(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    body: Body<OrderQuoteRequest>,
) -> Result<Json<OrderQuote>, Problem> {
    let OrderQuoteRequest { lines, ship_to, address, coupons, best_coupons } = body.value;
    check_lines(lines.len())?;
    let handle = app.programme(&programme)?;
    let ship_to = match address {
        Some(address) => Some(address_of(&app, &who, address).await?.region),
        None => ship_to,
    };
    let rows = products(&app, &programme, lines.iter().map(|line| line.product.clone()).collect()).await?;
    let currency = app.currency(&handle).await?;
    let quantities: Vec<u32> = lines.iter().map(|line| line.quantity).collect();
    let priced = handle
        .read(None, move |engine| {
            let amounts =
                rows.iter().zip(&quantities).map(|(row, quantity)| amount_of(engine, row, *quantity));
            amounts.collect::<Option<Vec<Money>>>()
        })
        .await?;
    let amounts =
        priced.ok_or_else(|| Problem::field("lines", ratchet_engine::message::ValueFault::TooLarge {}))?;
    let lines: Vec<PricedLine> = lines
        .into_iter()
        .zip(amounts)
        .map(|(line, amount)| PricedLine {
            product: line.product,
            quantity: line.quantity,
            amount: Amount::of(amount, &currency),
        })
        .collect();
    let buyer = who.member.as_deref().unwrap_or("guest");
    let command = order_command("quote", buyer, &lines, &OrderParts { ship_to, ..OrderParts::default() });
    let request = app.request(&handle, "quote", "quote", command).await?;
    // What the plan charges on top: freight, and where it has articles of its own what they cost.
    let chosen = if best_coupons { None } else { Some(coupons.unwrap_or_default()) };
    let fitting = handle
        .read(None, move |engine| match &request.command {
            Command::OrderPlace { terms, .. } if engine.plan().catalogue.is_some() => {
                fitting(engine, terms, chosen.as_deref(), &currency).map(Some)
            }
            _ => Ok(None),
        })
        .await?;
    let fitting = fitting.map_err(|rejection| {
        Problem::new(ServerFault::OrderNot { code: rejection.code(), refusal: rejection })
    })?;
    let (amounts, freight, discount, used, coupons) = match fitting {
        Some(Fitting { used, price, coupons }) => {
            (price.amounts, price.freight, price.discount, used, coupons)
        }
        None => {
            let amounts = lines.iter().map(|line| line.amount.parse("lines", &currency));
            (amounts.collect::<Result<_, _>>()?, Money::ZERO, Money::ZERO, Vec::new(), Vec::new())
        }
    };
    let total = amounts.iter().try_fold(freight, |sum, amount| sum.checked_add(*amount));
    let total =
        total.ok_or_else(|| Problem::field("lines", ratchet_engine::message::ValueFault::TooLarge {}))?;
    let lines = lines.into_iter().zip(&amounts);
    let lines: Vec<PricedLine> =
        lines.map(|(line, amount)| PricedLine { amount: Amount::of(*amount, &currency), ..line }).collect();
    let sold = lines.iter().map(|line| line.product.clone()).zip(amounts).collect();
    let shops = shops_of(&app, &handle, sold, &currency).await?;
    Ok(Json(OrderQuote {
        lines,
        freight: Amount::of(freight, &currency),
        discount: Amount::of(discount, &currency),
        total: Amount::of(total, &currency),
        used,
        coupons,
        shops,
    }))
}

/// Articles with their amounts, by whose goods they are.
async fn shops_of(
    app: &App,
    handle: &Programme,
    sold: Vec<(String, Money)>,
    currency: &Currency,
) -> Result<Vec<QuotedShop>, Problem> {
    type Group = (Option<String>, Vec<String>, Money);
    let groups: Vec<Group> = handle
        .read(None, move |engine| {
            let mut groups: Vec<Group> = Vec::new();
            for (product, amount) in sold {
                let merchant = engine.product(&product).map(|listed| listed.merchant.to_owned());
                match groups.iter_mut().find(|(of, ..)| *of == merchant) {
                    Some((_, products, sum)) => {
                        products.push(product);
                        // The total of all was added up before.
                        *sum = sum.checked_add(amount).unwrap_or(*sum);
                    }
                    None => groups.push((merchant, vec![product], amount)),
                }
            }
            groups
        })
        .await?;
    let (programme, currency) = (handle.id().to_owned(), *currency);
    app.people(move |people| {
        people.look(|tables| {
            let shop = |(merchant, products, amount): Group| {
                let said = match &merchant {
                    Some(merchant) => tables.applications(&programme, merchant)?.pop(),
                    None => None,
                };
                let shop = said.map(|application| application.data.shop);
                Ok(QuotedShop { merchant, shop, products, amount: Amount::of(amount, &currency) })
            };
            groups.into_iter().map(shop).collect::<Result<Vec<_>, ratchet_store::StoreError>>()
        })
    })
    .await
}

/// Places an order (order.place); it is paid through the cashier.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/orders",
    tag = "orders",
    extensions(("x-permission" = json!("member"))),
    request_body = OrderRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn place(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<OrderRequest>,
) -> Result<Response, Problem> {
    let OrderRequest { lines, freight, ship_to, address, coupons, reconsume, loyalty } = body.value;
    check_lines(lines.len())?;
    let handle = app.programme(&programme)?;
    let currency = app.currency(&handle).await?;
    let order = app.secrets().id_of("o", &[&programme, who.person()?, &write.key]);
    check_prices(&app, &programme, &handle, &order, &lines, &currency).await?;
    let address = match address {
        Some(_) if ship_to.is_some() => return Err(Problem::field("ship_to", ServerFault::EitherOr {})),
        Some(address) => Some(address_of(&app, &who, address).await?),
        None => None,
    };
    let ship_to = ship_to.or_else(|| address.as_ref().map(|address| address.region.clone()));
    let parts = OrderParts { freight, ship_to, coupons, reconsume, loyalty };
    let command = order_command(&order, who.member()?, &lines, &parts);
    let command = with_cash(command, &lines, &currency)?;
    let delivered = address.is_some() && !write.preview;
    if let Some(address) = address.filter(|_| delivered) {
        // Before the order: one that was placed never lacks where it goes.
        let (tenant, person) = (who.tenant()?.to_owned(), who.person()?.to_owned());
        let (programme, order) = (programme.clone(), order.clone());
        app.people(move |people| {
            people.change(|tables| {
                let place = (address.region.as_str(), &address.recipient);
                tables.put_delivery((&tenant, &person), (&programme, &order), place)
            })
        })
        .await?;
    }
    let done = app.command(&who, &write, &handle, order.clone(), command).await;
    if delivered && done.is_err() {
        let id = order.clone();
        if !handle.read(None, move |engine| engine.order(&id).is_some()).await? {
            app.people(move |people| people.change(|tables| tables.remove_delivery(&programme, &order)))
                .await?;
        }
    }
    done
}

/// One's own address with this id.
async fn address_of(app: &App, who: &Who, address: String) -> Result<AddressRow, Problem> {
    let person = who.person()?.to_owned();
    let rows = app.people(move |people| people.look(|tables| tables.addresses(&person))).await?;
    let row = rows.into_iter().find(|row| row.id == address);
    row.ok_or_else(|| Problem::field("address", ServerFault::AddressUnknown {}))
}

/// One's own orders, newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/orders",
    tag = "orders",
    extensions(("x-permission" = json!("member"))),
    params(OrdersQuery),
    responses((status = 200, description = "Done.", body = Page<OrderRow>)),
)]
async fn mine(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<OrdersQuery>,
) -> Result<Json<Page<OrderRow>>, Problem> {
    let member = who.member()?.to_owned();
    page(&app, &programme, query, Some(member)).await.map(Json)
}

/// All orders, newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/orders",
    tag = "orders",
    extensions(("x-permission" = json!("orders.read"))),
    params(OrdersQuery),
    responses((status = 200, description = "Done.", body = Page<OrderRow>)),
)]
async fn all(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<OrdersQuery>,
) -> Result<Json<Page<OrderRow>>, Problem> {
    page(&app, &programme, query, None).await.map(Json)
}

/// One order with its timeline: one's own, or any for staff.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/orders/{order}",
    tag = "orders",
    extensions(("x-permission" = json!("member|orders.read"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = OrderView)),
)]
async fn one(
    State(app): State<App>,
    who: Who,
    Path((programme, order)): Path<(String, String)>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<OrderView>, Problem> {
    let handle = app.programme(&programme)?;
    own_or(&who, "orders.read", &handle, &order).await?;
    let min_seq = fresh(&handle, query.min_seq).await?;
    let wanted = RowsQuery { id: Some(order.clone()), limit: 1, ..RowsQuery::default() };
    let id = order.clone();
    let (mut rows, refunds) =
        handle.rows(min_seq, move |rows| Ok((rows.orders(&wanted)?, rows.refunds(&id)?))).await?;
    let row = rows.pop().ok_or_else(Problem::not_found)?;
    let currency = app.currency(&handle).await?;
    let placed = handle.entry(row.placed.seq).await?;
    let command_lines = placed.map(|entry| entry.body["command"]["lines"].clone()).unwrap_or_default();
    let id = order.clone();
    let lines = handle.read(min_seq, move |engine| {
        let view = engine.order_view(&id)?;
        let lines = view.lines.iter().enumerate().map(|(at, line)| OrderLineView {
            id: line.id.clone(),
            product: command_lines[at]["sku"].as_str().map(str::to_owned),
            class: line.class.clone(),
            quantity: command_lines[at]["quantity"]
                .as_u64()
                .and_then(|quantity| u32::try_from(quantity).ok()),
            amount: Amount::of(line.amount, &currency),
            refunded: Amount::of(line.refunded, &currency),
            points: line.points.into(),
        });
        let charged = [view.freight, view.tax].into_iter().chain(view.lines.iter().map(|line| line.amount));
        let total = charged.fold(Money::ZERO, |sum, part| sum.checked_add(part).unwrap_or(sum));
        let left = view.lines.iter().map(|line| line.base.saturating_sub(line.refunded));
        let left = left.fold(Money::ZERO, |sum, part| sum.checked_add(part).unwrap_or(sum));
        use ratchet_engine::order::OrderState as Engine;
        let waits = matches!(view.state, Engine::Placed | Engine::Paid | Engine::Shipped | Engine::Received);
        let settling = super::outlook::settled_now(engine.plan(), engine.price(), left).filter(|_| waits);
        let settling = settling
            .map(|(points, net)| Settling { points: points.into(), net_now: Amount::of(net, &currency) });
        Some((lines.collect::<Vec<_>>(), view.freight, total, settling))
    });
    let (lines, freight, total, settling) = lines.await?.ok_or_else(Problem::not_found)?;
    let subject = order.clone();
    let (payment, delivery, shipment) = app
        .people(move |people| {
            people.look(|tables| {
                let payment = tables.payment_of(&programme, "payment", &subject)?;
                Ok((payment, tables.delivery(&programme, &subject)?, tables.shipment(&programme, &subject)?))
            })
        })
        .await?;
    let is_own = who.member.as_deref() == Some(row.member.as_str());
    let delivery = delivery.filter(|_| is_own || who.may("orders.manage"));
    let mut timeline: Vec<TimelineStep> = [
        ("placed", Some(row.placed)),
        ("paid", row.paid),
        ("shipped", row.shipped),
        ("received", row.received),
        ("settled", row.settled),
        ("closed", row.closed),
        ("refunded", row.refunded_fully),
    ]
    .into_iter()
    .filter_map(|(what, moment)| moment.map(|moment| (what, moment)))
    .chain(refunds.iter().map(|refund| ("refund", refund.accepted)))
    .map(|(what, moment)| TimelineStep { seq: moment.seq, at: moment.at.into(), what: what.to_owned() })
    .collect();
    timeline.sort_by_key(|step| step.seq);
    Ok(Json(OrderView {
        freight: Amount::of(freight, &currency),
        total: Amount::of(total, &currency),
        paid_at: row.paid.map(|moment| moment.at.into()),
        received_at: row.received.map(|moment| moment.at.into()),
        lines,
        delivery: delivery.map(|(region, recipient)| Place::of(region, recipient)),
        settling,
        payment: payment.map(|payment| PaymentIntent::of(&app, &payment, &currency)),
        shipment: shipment.map(super::desk::ShipmentView::of),
        timeline,
        row: OrderRow::of(row, &currency),
    }))
}

/// Begins a payment: the answer says where the cashier is. Only the provider's signed message pays the order.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/orders/{order}/payments",
    tag = "orders",
    extensions(("x-permission" = json!("member"))),
    responses((status = 200, description = "Done.", body = PaymentIntent)),
)]
async fn pay(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, order)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    own_or(&who, "", &handle, &order).await?;
    let currency = app.currency(&handle).await?;
    let id = order.clone();
    let read = handle.read(None, move |engine| (engine.plan().programme.mode, cash_due(engine, &id)));
    let (mode, due) = read.await?;
    cashier::refuse_live(mode)?;
    let due = due.ok_or_else(|| Problem::new(ServerFault::OrderNotOpen {}));
    let id = app.secrets().id_of("y", &[&programme, who.person()?, &write.key]);
    let person = who.person()?.to_owned();
    let (tenant, now) = (who.tenant()?.to_owned(), who.meta.now_us);
    let url = cashier::url(&app, &id);
    app.change(&who, &write, None, move |tables| {
        let amount = due?;
        let money = (amount.minor(), currency.code().to_owned());
        let payment = cashier::open_payment(id, &programme, &order, &person, "payment", money, now);
        tables.add_payment(&tenant, &payment)?;
        Ok(PaymentIntent {
            id: payment.id,
            order,
            amount: Amount::of(amount, &currency),
            state: PaymentState::Open,
            cashier_url: url,
        })
    })
    .await
}

/// The order is on its way (order.ship).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/orders/{order}/ship",
    tag = "orders",
    extensions(("x-permission" = json!("orders.manage"))),
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn ship(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, order)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let command = json!({ "type": "order.ship", "order": order });
    app.command(&who, &write, &handle, order, command).await
}

/// The goods are there (order.receive): it becomes final after the plan's days.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/orders/{order}/receive",
    tag = "orders",
    extensions(("x-permission" = json!("member|orders.manage"))),
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn receive(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, order)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    own_or(&who, "orders.manage", &handle, &order).await?;
    let command = json!({ "type": "order.receive", "order": order });
    app.command(&who, &write, &handle, order, command).await
}

/// Gives up an order that was not paid (order.close).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/orders/{order}/close",
    tag = "orders",
    extensions(("x-permission" = json!("member|orders.manage"))),
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn close(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, order)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    own_or(&who, "orders.manage", &handle, &order).await?;
    let command = json!({ "type": "order.close", "order": order });
    app.command(&who, &write, &handle, order, command).await
}

/// Gives back all or part of an order (order.refund); ask with `preview=true` first.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/orders/{order}/refunds",
    tag = "orders",
    extensions(("x-permission" = json!("member|orders.manage"))),
    request_body = RefundRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn refund(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, order)): Path<(String, String)>,
    body: Body<RefundRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    own_or(&who, "orders.manage", &handle, &order).await?;
    let refund = app.secrets().id_of("r", &[&programme, who.person()?, &write.key]);
    let mut command = json!({ "type": "order.refund", "refund": refund, "order": order });
    if let Some(lines) = body.value.lines {
        check_lines(lines.len())?;
        let lines = lines.into_iter().map(|line| {
            let mut fields = json!({ "line": line.line });
            if let Some(amount) = line.amount {
                fields["amount"] = amount.0.into();
            }
            if let Some(pieces) = line.pieces {
                fields["pieces"] = pieces.into();
            }
            if let Some(restock) = line.restock {
                fields["restock"] = restock.into();
            }
            fields
        });
        command["lines"] = lines.collect();
    }
    if let Some(freight) = body.value.freight {
        command["freight"] = freight.0.into();
    }
    app.command(&who, &write, &handle, refund, command).await
}

/// Most lines of an order by this route.
const LINES_MAX: usize = 100;

fn check_lines(count: usize) -> Result<(), Problem> {
    if (1..=LINES_MAX).contains(&count) {
        Ok(())
    } else {
        Err(Problem::field("lines", ServerFault::Count { least: 1, most: LINES_MAX }))
    }
}

/// The articles of these ids, all of which have to be sold.
async fn products(app: &App, programme: &str, ids: Vec<String>) -> Result<Vec<ProductRow>, Problem> {
    let programme = programme.to_owned();
    app.people(move |people| {
        people.look(|tables| {
            let mut rows = Vec::new();
            for id in &ids {
                let row = tables.product(&programme, id)?.filter(|row| row.listed);
                rows.push(row.ok_or_else(|| Problem::new(ServerFault::ProductNotSold { product: id })));
            }
            Ok(rows)
        })
    })
    .await?
    .into_iter()
    .collect()
}

fn amount_of(engine: &Engine, row: &ProductRow, quantity: u32) -> Option<Money> {
    Money::from_wide(price_of(engine, row).as_u128().checked_mul(u128::from(quantity))?)
}

/// Where the programme has no articles of its own, prices are the shop's, and checked here. An order that exists was priced when it was
/// placed: a repeated key gets its answer of then, whatever things cost today.
async fn check_prices(
    app: &App,
    programme: &str,
    handle: &Programme,
    order: &str,
    lines: &[PricedLine],
    currency: &Currency,
) -> Result<(), Problem> {
    let order = order.to_owned();
    let (in_plan, exists) = handle
        .read(None, move |engine| (engine.plan().catalogue.is_some(), engine.order(&order).is_some()))
        .await?;
    if in_plan || exists {
        return Ok(());
    }
    let rows = products(app, programme, lines.iter().map(|line| line.product.clone()).collect()).await?;
    for (at, (row, line)) in rows.iter().zip(lines).enumerate() {
        let stated = line.amount.parse(&format!("lines.{at}.amount"), currency)?;
        let minor = i128::from(row.price) * i128::from(line.quantity);
        if i128::from(stated.minor()) != minor {
            let amount = currency.format_minor(minor);
            let message = ServerFault::PriceChanged { product: &row.id, amount: amount.clone() };
            let again = ServerFault::PriceChanged { product: &row.id, amount };
            return Err(Problem::new(message).at(format!("/lines/{at}/amount"), again));
        }
    }
    Ok(())
}

/// What an order states besides its lines.
#[derive(Default)]
struct OrderParts {
    freight: Option<Amount>,
    ship_to: Option<String>,
    coupons: Option<Vec<String>>,
    reconsume: Option<Amount>,
    loyalty: Option<Amount>,
}

fn order_command(order: &str, member: &str, lines: &[PricedLine], parts: &OrderParts) -> serde_json::Value {
    let lines = lines.iter().enumerate().map(|(at, line)| {
        json!({ "line": (at + 1).to_string(), "sku": line.product, "quantity": line.quantity, "amount": line.amount.0 })
    });
    let mut command = json!({ "type": "order.place", "order": order, "member": member });
    command["lines"] = lines.collect();
    let OrderParts { freight, ship_to, coupons, reconsume, loyalty } = parts;
    if let Some(freight) = freight {
        command["freight"] = freight.0.clone().into();
    }
    if let Some(ship_to) = ship_to {
        command["ship_to"] = ship_to.as_str().into();
    }
    if let Some(coupons) = coupons.as_deref().filter(|coupons| !coupons.is_empty()) {
        command["coupons"] = coupons.into();
    }
    if reconsume.is_some() || loyalty.is_some() {
        let mut tender = json!({});
        for (name, amount) in [("reconsume", reconsume), ("loyalty", loyalty)] {
            if let Some(amount) = amount {
                tender[name] = amount.0.clone().into();
            }
        }
        command["tender"] = tender;
    }
    command
}

/// What is not paid from wallets is paid in cash: the tender says how much of the goods that is.
fn with_cash(
    mut command: serde_json::Value,
    lines: &[PricedLine],
    currency: &Currency,
) -> Result<serde_json::Value, Problem> {
    if command.get("tender").is_none() {
        return Ok(command);
    }
    let mut cash = Money::ZERO;
    for line in lines {
        let amount = line.amount.parse("lines", currency)?;
        cash = cash
            .checked_add(amount)
            .ok_or_else(|| Problem::field("lines", ratchet_engine::message::ValueFault::TooLarge {}))?;
    }
    for name in ["reconsume", "loyalty"] {
        let part = command["tender"][name].as_str().map(|part| Amount(part.to_owned()));
        if let Some(part) = part {
            let part = part.parse(name, currency)?;
            cash = cash
                .checked_sub(part)
                .ok_or_else(|| Problem::field(name, ratchet_engine::message::ValueFault::TooLarge {}))?;
        }
    }
    command["tender"]["cash"] = currency.format(cash).into();
    Ok(command)
}

/// One's own order, or any for staff with a permission.
pub(super) async fn own_or(
    who: &Who,
    permission: &str,
    programme: &Programme,
    order: &str,
) -> Result<(), Problem> {
    let (order, member) = (order.to_owned(), who.member.clone());
    let owner = programme
        .read(None, move |engine| engine.order_view(&order).map(|order| order.member.to_owned()))
        .await?;
    let owner = owner.ok_or_else(Problem::not_found)?;
    if who.may(permission) || member.as_ref() == Some(&owner) { Ok(()) } else { Err(Problem::not_found()) }
}

/// What an order waits for in cash: all of it but what its wallets pay. `None` if it waits for nothing.
fn cash_due(engine: &Engine, order: &str) -> Option<Money> {
    let view = engine.order_view(order)?;
    if view.state != ratchet_engine::order::OrderState::Placed {
        return None;
    }
    let parts = [view.freight, view.tax].into_iter().chain(view.lines.iter().map(|line| line.base));
    parts.into_iter().try_fold(Money::ZERO, Money::checked_add)
}

pub(super) async fn page(
    app: &App,
    programme: &str,
    query: OrdersQuery,
    member: Option<String>,
) -> Result<Page<OrderRow>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let handle = app.programme(programme)?;
    let state = query.state.map(OrderState::of_engine);
    let wanted = RowsQuery { member, state, before, limit, ..RowsQuery::default() };
    let rows = handle.rows(at_least(query.min_seq), move |rows| rows.orders(&wanted)).await?;
    let currency = app.currency(&handle).await?;
    let next = next_of(&rows, limit, |row| row.no);
    Ok(Page { items: rows.into_iter().map(|row| OrderRow::of(row, &currency)).collect(), next })
}

impl OrderState {
    pub(super) fn of_engine(self) -> ratchet_engine::order::OrderState {
        use ratchet_engine::order::OrderState as Engine;
        match self {
            OrderState::Placed => Engine::Placed,
            OrderState::Paid => Engine::Paid,
            OrderState::Shipped => Engine::Shipped,
            OrderState::Received => Engine::Received,
            OrderState::Settled => Engine::Settled,
            OrderState::Closed => Engine::Closed,
            OrderState::Refunded => Engine::Refunded,
        }
    }

    pub(super) fn of(state: ratchet_engine::order::OrderState) -> OrderState {
        use ratchet_engine::order::OrderState as Engine;
        match state {
            Engine::Placed => OrderState::Placed,
            Engine::Paid => OrderState::Paid,
            Engine::Shipped => OrderState::Shipped,
            Engine::Received => OrderState::Received,
            Engine::Settled => OrderState::Settled,
            Engine::Closed => OrderState::Closed,
            Engine::Refunded => OrderState::Refunded,
        }
    }
}

impl OrderRow {
    fn of(row: ratchet_store::OrderRow, currency: &Currency) -> OrderRow {
        OrderRow {
            id: row.id,
            member: row.member,
            state: OrderState::of(row.state),
            placed_at: row.placed.at.into(),
            settles_at: row.settles_at.map(Time::from),
            amount: Amount::of(row.amount, currency),
            refunded: Amount::of(row.refunded, currency),
        }
    }
}

impl PaymentState {
    /// As in the tables.
    pub(super) fn name(self) -> &'static str {
        match self {
            PaymentState::Open => ratchet_store::STATE_OPEN,
            PaymentState::Paid => "paid",
            PaymentState::Suspense => "suspense",
            PaymentState::Returned => "returned",
            PaymentState::Failed => "failed",
        }
    }

    fn parse(name: &str) -> PaymentState {
        use PaymentState::{Failed, Open, Paid, Returned, Suspense};
        [Paid, Suspense, Returned, Failed].into_iter().find(|state| state.name() == name).unwrap_or(Open)
    }
}

impl PaymentIntent {
    pub(super) fn of(app: &App, payment: &ratchet_store::PaymentRow, currency: &Currency) -> PaymentIntent {
        PaymentIntent {
            id: payment.id.clone(),
            order: payment.subject.clone(),
            amount: Amount(currency.format_minor(payment.amount.into())),
            state: PaymentState::parse(&payment.state),
            cashier_url: cashier::url(app, &payment.id),
        }
    }
}
