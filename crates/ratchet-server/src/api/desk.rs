//! A merchant's desk: products, orders to ship, vouchers, tips, statement, payouts. Everything is bound to the merchant of whoever asks;
//! the engine decides (MERCH-2 to MERCH-6, MERCH-9 to MERCH-11).

use std::collections::HashMap;

use axum::http::{HeaderMap, header};
use ratchet_engine::amount::{Currency, Money, Points};
use ratchet_engine::command::TipSize;
use ratchet_engine::engine::Engine;
use ratchet_engine::ledger::{Account, AccountKind};
use ratchet_store::{
    MerchantProductRow, NewAuditEntry, OrdersQuery as OrderRows, PRODUCT_PROPOSED, ProductRow, ShipmentRow,
    WithdrawalsQuery as WithdrawalRows,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::addresses::Place;
use super::merchants::{OwnMerchant, ReasonRequest, own_merchant};
use super::orders::{OrderState, OrdersQuery};
use super::people::qr_of;
use super::prelude::*;
use super::wallet::{self, Movement, WithdrawalRequest, WithdrawalView, WithdrawalsQuery};
use crate::app::{answered, id};
use crate::programme::{PreviewOutcome, Programme};

/// A product that a merchant would sell.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MerchantProductRequest {
    /// What it is called; 1 to 80 characters.
    title: Text,
    /// What it is; 1 to 2,000 characters.
    description: Text,
    /// Price of one.
    price: Amount,
    /// What the merchant gets of it: the rest is given up for the split (MERCH-5).
    cost: Amount,
    /// Value units that one grants its buyer; at least one for each unit of the price's currency.
    award: Units,
    /// How many there are, where the plan counts them.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    stock: Option<u32>,
    /// Its picture: `path` of one that was put here for articles.
    picture: Option<String>,
}

/// What became of a proposed product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MerchantProductState {
    /// Waits for review.
    Proposed,
    /// The company lists it.
    Listed,
    /// It was listed and is no longer.
    Delisted,
    /// Not listed.
    Rejected,
}

/// A product that a merchant proposed.
#[derive(Serialize, ToSchema)]
pub(crate) struct MerchantProduct {
    /// Its id: that of the article.
    id: String,
    /// Whose.
    merchant: String,
    /// What it is called.
    title: Text,
    /// What it is.
    description: Text,
    /// Price of one.
    price: Amount,
    /// What the merchant gets of it.
    cost: Amount,
    /// Value units that one grants its buyer.
    award: Units,
    /// How many there were said to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    stock: Option<i64>,
    /// Its picture: a path on this server.
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    /// What became of it.
    state: MerchantProductState,
    /// Why it was not listed, in the words of whoever decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When it was proposed, by the server's clock.
    proposed_at: Time,
    /// Who decided; for staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<PersonName>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<Time>,
}

/// A line of a merchant's own.
#[derive(Serialize, ToSchema)]
pub(crate) struct MerchantLine {
    /// Its id within the order.
    id: String,
    /// The article, where the line names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    /// What the article is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Text>,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<u32>,
    /// For all of them.
    amount: Amount,
    /// Refunded of it.
    refunded: Amount,
}

/// An order with lines of one's own.
#[derive(Serialize, ToSchema)]
pub(crate) struct MerchantOrder {
    /// Its id.
    id: String,
    /// Where it stands.
    state: OrderState,
    /// When it was placed.
    placed_at: Time,
    /// When it becomes or became final: then what is owed for it is payable.
    #[serde(skip_serializing_if = "Option::is_none")]
    settles_at: Option<Time>,
    /// One's own lines.
    lines: Vec<MerchantLine>,
    /// Goods of others are in it too: the operator ships it.
    shared: bool,
    /// Where it goes; absent where somebody else ships it.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<Place>,
    /// How it went out.
    #[serde(skip_serializing_if = "Option::is_none")]
    shipment: Option<ShipmentView>,
}

/// How an order went out.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct ShipmentView {
    /// Who brings it.
    carrier: String,
    /// Under which number.
    number: String,
    /// When it was handed over, by the server's clock.
    at: Time,
}

/// How an order goes out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShipmentRequest {
    /// Who brings it; 1 to 40 characters.
    carrier: String,
    /// Under which number; 1 to 40 letters, digits, `-` or `_`.
    number: String,
}

/// A voucher that a customer shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VoucherRequest {
    /// Its order.
    order: String,
    /// The code that was given out.
    code: String,
}

/// A tip; either `value` or `concession`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TipRequest {
    /// Who gets: the member's code.
    member: String,
    /// In value units.
    value: Option<Units>,
    /// As what is given up of a bill; ten units for each unit of the currency.
    concession: Option<Amount>,
}

/// Which tip; either `value` or `concession`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TipQuery {
    /// Who gets: the member's code.
    member: String,
    /// In value units.
    value: Option<String>,
    /// As what is given up of a bill.
    concession: Option<String>,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// What a tip would give and pay now (MERCH-9).
#[derive(Serialize, ToSchema)]
pub(crate) struct TipQuote {
    /// Value units for the recipient.
    value: Units,
    /// Value units for the merchant's own member.
    merchant_value: Units,
    /// Emission points that it costs.
    points: Units,
    /// Of them, for the recipient's upline, near to far.
    recipient_side: Vec<TipPart>,
    /// Of them, for the upline of the merchant's member.
    merchant_side: Vec<TipPart>,
    /// Of them, burned.
    burned: Units,
    /// Free emission points before it.
    free: Units,
    /// And after it.
    left: Units,
}

/// What somebody of an upline gets of a tip; the rank says who, and no name.
#[derive(Serialize, ToSchema)]
pub(crate) struct TipPart {
    /// The rank.
    rank: Text,
    /// Emission points.
    points: Units,
}

/// What a member shows to be tipped.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberCode {
    /// The member.
    code: String,
    /// Path on this server that a merchant opens.
    link: String,
    /// The whole address as a QR code, an SVG drawing.
    qr: String,
}

/// Which account of a merchant.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MerchantAccount {
    /// Owed to the merchant: `merchant.payable`.
    Payable,
    /// Held for payouts: `merchant.hold`.
    Hold,
    /// Owed by the merchant: `merchant.receivable`.
    Receivable,
    /// Free emission points of its member: `emission.points`.
    Emission,
    /// Reserved ones: `emission.reserved`.
    Reserved,
    /// Value units of its member: `value.units`.
    Value,
}

/// Which ones, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatementQuery {
    /// Which account.
    #[param(inline)]
    account: MerchantAccount,
    /// From `next` of the page before.
    cursor: Option<String>,
    /// How many; 1 to 200, 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(my_products, propose_product))
        .routes(routes!(merchant_products))
        .routes(routes!(list_product))
        .routes(routes!(reject_product))
        .routes(routes!(my_orders))
        .routes(routes!(ship_order))
        .routes(routes!(redeem_voucher))
        .routes(routes!(my_code))
        .routes(routes!(quote_tip))
        .routes(routes!(give_tip))
        .routes(routes!(statement))
        .routes(routes!(ask_payout, payouts))
        .routes(routes!(payout))
}

/// What one has proposed, the newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/merchant/products",
    tag = "desk",
    extensions(("x-permission" = json!("member"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<MerchantProduct>)),
)]
async fn my_products(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<MerchantProduct>>, Problem> {
    let handle = app.programme(&programme)?;
    let own = own_merchant(&handle, &who).await?;
    products(&app, &who, &handle, Some(own.id), query).await.map(Json)
}

/// Proposes a product: the company looks at it and lists it, or says why not. It is refused at once where the engine would not list it.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/merchant/products",
    tag = "desk",
    extensions(("x-permission" = json!("member"))),
    request_body = MerchantProductRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn propose_product(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<MerchantProductRequest>,
) -> Result<Response, Problem> {
    let MerchantProductRequest { title, description, price, cost, award, stock, picture } = body.value;
    check_text("title", &title, TITLE_CHARS_MAX)?;
    check_text("description", &description, DESCRIPTION_CHARS_MAX)?;
    if let Some(picture) = &picture {
        super::catalogue::check_picture("picture", picture)?;
    }
    let handle = app.programme(&programme)?;
    let own = own_merchant(&handle, &who).await?;
    let currency = app.currency(&handle).await?;
    let price = price.parse("price", &currency)?;
    let cost = cost.parse("cost", &currency)?;
    if cost > price {
        let fault = || ServerFault::CostAbovePrice { price: currency.format(price) };
        return Err(Problem::new(fault()).at("/cost", fault()));
    }
    let award = Points::parse(&award.0).map_err(|error| Problem::field("award", error))?;
    let person = who.person()?.to_owned();
    let product = MerchantProductRow {
        id: app.secrets().id_of("g", &[&programme, &person, &write.key]),
        number: 0,
        merchant: own.id,
        title: [title.zh, title.en],
        description: [description.zh, description.en],
        price: price.minor(),
        cost: cost.minor(),
        stock: stock.map(i64::from),
        award: award.to_string(),
        picture,
        state: PRODUCT_PROPOSED.to_owned(),
        reason: None,
        proposed_at: who.meta.now_us,
        decided: None,
    };
    if !app.is_answered(&who, &write).await? {
        // Whether the company may list it is what listing it would answer.
        let key = format!("{person}:propose.{}", who.meta.id);
        let request = app.request(&handle, &key, &person, list_command(&product, &currency)).await?;
        match handle.preview(request).await?.outcome {
            PreviewOutcome::Applied | PreviewOutcome::Duplicate { .. } => {}
            PreviewOutcome::Rejected(refused) => return Err(refused.into()),
            PreviewOutcome::CatchingUp => {
                return Err(Problem::new(ServerFault::CatchingUp {}).retry_after(1));
            }
        }
    }
    let tenant = who.tenant()?.to_owned();
    app.change(&who, &write, Some(body.hash), move |tables| {
        if let Some(picture) = &product.picture {
            super::pictures::check_uploaded(tables, &programme, "picture", picture)?;
        }
        tables.propose_product(&tenant, &programme, &product)?;
        Ok(Done { done: true })
    })
    .await
}

/// Products that merchants proposed, the newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/merchant-products",
    tag = "merchants",
    extensions(("x-permission" = json!("products.manage"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<MerchantProduct>)),
)]
async fn merchant_products(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<MerchantProduct>>, Problem> {
    let handle = app.programme(&programme)?;
    products(&app, &who, &handle, None, query).await.map(Json)
}

/// Lists a proposed product on its merchant's behalf (product.list, and sku.list where the plan has articles).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/merchant-products/{product_id}/list",
    tag = "merchants",
    extensions(("x-permission" = json!("products.manage"))),
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn list_product(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, product_id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let currency = app.currency(&handle).await?;
    let product = proposed(&app, &programme, &product_id).await?;
    let of = product_id.clone();
    let (has_articles, is_listed, has_article) = handle
        .read(None, move |engine| {
            (engine.plan().catalogue.is_some(), engine.product(&of).is_some(), engine.sku(&of).is_some())
        })
        .await?;
    if product.state == PRODUCT_PROPOSED {
        // A product that the engine lists already was listed by somebody who did not come so far as to note it.
        if !is_listed {
            let command = list_command(&product, &currency);
            app.send(&who, &write.part("product.list"), &handle, product_id.clone(), command).await?;
        }
        if has_articles && !has_article {
            let mut command = json!({
                "type": "sku.list", "sku": product_id, "price": currency.format_minor(product.price.into()),
                "merchant": product.merchant,
            });
            if let Some(stock) = product.stock {
                command["stock"] = stock.into();
            }
            app.send(&who, &write.part("sku.list"), &handle, product_id.clone(), command).await?;
        }
    }
    let article = ProductRow {
        id: product_id.clone(),
        title: product.title,
        description: product.description,
        picture: product.picture.or_else(|| Some("parcel".to_owned())),
        price: product.price,
        listed: true,
        ..ProductRow::default()
    };
    let cut = tokio::task::spawn_blocking(move || (super::catalogue::words_of(&article), article)).await;
    let (words, article) = cut.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()));
    let (act, tenant) = (who.act(), who.tenant()?.to_owned());
    app.change(&who, &write, None, move |tables| {
        let listed = ("listed", None);
        if !tables.decide_product(&programme, &product_id, listed, (&act.person, act.at))? {
            return Err(Problem::new(ServerFault::ProductDecided {}));
        }
        tables.put_product(&tenant, &programme, &article, &words)?;
        tables.audit(&act, NewAuditEntry::of(&tenant, "merchant.product.list", &product_id))?;
        Ok(Done { done: true })
    })
    .await
}

/// Says why a proposed product is not listed; the merchant reads the reason as it is.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/merchant-products/{product_id}/reject",
    tag = "merchants",
    extensions(("x-permission" = json!("products.manage"))),
    request_body = ReasonRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn reject_product(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, product_id)): Path<(String, String)>,
    body: Body<ReasonRequest>,
) -> Result<Response, Problem> {
    let reason = body.value.reason;
    check_length("reason", &reason, 1, REASON_CHARS_MAX)?;
    proposed(&app, &programme, &product_id).await?;
    let (act, tenant) = (who.act(), who.tenant()?.to_owned());
    app.change(&who, &write, Some(body.hash), move |tables| {
        let rejected = ("rejected", Some(reason.as_str()));
        if !tables.decide_product(&programme, &product_id, rejected, (&act.person, act.at))? {
            return Err(Problem::new(ServerFault::ProductDecided {}));
        }
        let entry = NewAuditEntry {
            after: Some(json!({ "reason": reason }).to_string()),
            ..NewAuditEntry::of(&tenant, "merchant.product.reject", &product_id)
        };
        tables.audit(&act, entry)?;
        Ok(Done { done: true })
    })
    .await
}

/// Orders with lines of one's own, newest first; who bought is nobody's business but the operator's.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/merchant/orders",
    tag = "desk",
    extensions(("x-permission" = json!("member"))),
    params(OrdersQuery),
    responses((status = 200, description = "Done.", body = Page<MerchantOrder>)),
)]
async fn my_orders(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<OrdersQuery>,
) -> Result<Json<Page<MerchantOrder>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let handle = app.programme(&programme)?;
    let own = own_merchant(&handle, &who).await?;
    let state = query.state.map(OrderState::of_engine);
    let merchant = Some(own.id.clone());
    let wanted = OrderRows { merchant, state, before, limit, ..OrderRows::default() };
    let rows = handle.rows(fresh(&handle, query.min_seq).await?, move |rows| rows.orders(&wanted)).await?;
    let next = next_of(&rows, limit, |row| row.no);
    let currency = app.currency(&handle).await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let placed = handle.entry(row.placed.seq).await?;
        let named = placed.map(|entry| entry.body["command"]["lines"].clone()).unwrap_or_default();
        let (order, of) = (row.id.clone(), own.id.clone());
        let lines =
            handle.read(None, move |engine| own_lines(engine, &order, &of, &named, &currency)).await?;
        let (lines, shared) = lines.ok_or_else(Problem::not_found)?;
        items.push(MerchantOrder {
            id: row.id,
            state: OrderState::of(row.state),
            placed_at: row.placed.at.into(),
            settles_at: row.settles_at.map(Time::from),
            lines,
            shared,
            delivery: None,
            shipment: None,
        });
    }
    let asked: Vec<(String, bool, Vec<String>)> = items
        .iter()
        .map(|order| {
            let products = order.lines.iter().filter_map(|line| line.product.clone()).collect();
            (order.id.clone(), order.shared, products)
        })
        .collect();
    let found = app
        .people(move |people| {
            people.look(|tables| {
                let (mut ways, mut titles) = (Vec::new(), HashMap::new());
                for (order, shared, products) in asked {
                    // Where people live is told to who ships, and to no other merchant of the order.
                    let delivery = if shared { None } else { tables.delivery(&programme, &order)? };
                    ways.push((delivery, tables.shipment(&programme, &order)?));
                    for product in products {
                        if let Some(row) = tables.product(&programme, &product)? {
                            let [zh, en] = row.title;
                            titles.insert(product, Text { zh, en });
                        }
                    }
                }
                Ok((ways, titles))
            })
        })
        .await?;
    let (ways, titles) = found;
    for (order, (delivery, shipment)) in items.iter_mut().zip(ways) {
        order.delivery = delivery.map(|(region, recipient)| Place::of(region, recipient));
        order.shipment = shipment.map(ShipmentView::of);
        for line in &mut order.lines {
            line.title = line.product.as_ref().and_then(|product| titles.get(product).cloned());
        }
    }
    Ok(Json(Page { items, next }))
}

/// Says that an order of one's own goods is on its way, and how (order.ship).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/merchant/orders/{order}/ship",
    tag = "desk",
    extensions(("x-permission" = json!("member"))),
    request_body = ShipmentRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn ship_order(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, order)): Path<(String, String)>,
    body: Body<ShipmentRequest>,
) -> Result<Response, Problem> {
    let ShipmentRequest { carrier, number } = body.value;
    check_length("carrier", &carrier, 1, CARRIER_CHARS_MAX)?;
    check_letters("number", &number, CARRIER_CHARS_MAX)?;
    let handle = app.programme(&programme)?;
    let own = own_merchant(&handle, &who).await?;
    check_own(&handle, &own, &order).await?;
    let command = json!({ "type": "order.ship", "order": order });
    let (answer, replayed) = app.send(&who, &write, &handle, order.clone(), command).await?;
    if !write.preview {
        let shipment = ShipmentRow { carrier, number, at: who.meta.now_us };
        let keep = move |tables: &ratchet_store::Tables<'_>| {
            tables.put_shipment(&programme, (&order, &own.id), &shipment)?;
            Ok(Done { done: true })
        };
        app.once_value(&who, &write, Some(body.hash), keep).await?;
    }
    Ok(answered(&answer, replayed))
}

/// Redeems a voucher of one's own goods by the code that the customer shows (voucher.redeem).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/merchant/vouchers",
    tag = "desk",
    extensions(("x-permission" = json!("member"))),
    request_body = VoucherRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn redeem_voucher(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<VoucherRequest>,
) -> Result<Response, Problem> {
    let VoucherRequest { order, code } = body.value;
    let handle = app.programme(&programme)?;
    let own = own_merchant(&handle, &who).await?;
    // Codes are short: nobody tries them all.
    app.limits.take("vouchers", &own.id, crate::limits::LOGIN_ACCOUNT, who.meta.now_us)?;
    let command = json!({ "type": "voucher.redeem", "order": order, "merchant": own.id, "code": code });
    app.command(&who, &write, &handle, order, command).await
}

/// What one shows to a merchant to be tipped: one's own code, as text, link and drawing.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/code",
    tag = "desk",
    extensions(("x-permission" = json!("member"))),
    responses((status = 200, description = "Done.", body = MemberCode)),
)]
async fn my_code(
    State(app): State<App>,
    who: Who,
    headers: HeaderMap,
    Path(programme): Path<String>,
) -> Result<Json<MemberCode>, Problem> {
    let handle = app.programme(&programme)?;
    let code = who.member()?.to_owned();
    let link = format!("/p/{}/desk/tip?to={code}", handle.id());
    Ok(Json(MemberCode { qr: qr_of(&address_of(&who, &headers, &link)), code, link }))
}

/// The whole address of a path on this server, as whoever asks reaches it.
pub(super) fn address_of(who: &Who, headers: &HeaderMap, path: &str) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let scheme = if who.meta.is_https { "https" } else { "http" };
    // A name of a host that is none would make a drawing that nobody can scan.
    if host.len() <= HOST_CHARS_MAX { format!("{scheme}://{host}{path}") } else { path.to_owned() }
}

/// What a tip would give, cost, burn, and pay to the uplines of both sides, before it is given.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/merchant/tips/quote",
    tag = "desk",
    extensions(("x-permission" = json!("member"))),
    params(TipQuery),
    responses((status = 200, description = "Done.", body = TipQuote)),
)]
async fn quote_tip(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<TipQuery>,
) -> Result<Json<TipQuote>, Problem> {
    let handle = app.programme(&programme)?;
    let currency = app.currency(&handle).await?;
    let own = own_merchant(&handle, &who).await?;
    let size = match (query.value, query.concession) {
        (Some(value), None) => {
            let value = Points::parse(&value);
            TipSize::Value(value.map_err(|error| crate::request::query_problem("value", error))?)
        }
        (None, Some(amount)) => {
            let amount = currency.parse_money(&amount);
            TipSize::Concession(amount.map_err(|error| crate::request::query_problem("concession", error))?)
        }
        (Some(_), Some(_)) | (None, None) => return Err(one_size("#query/value")),
    };
    let (merchant, member) = (id(&own.id)?, id(&query.member)?);
    let read = handle.read(at_least(query.min_seq), move |engine| {
        engine.tip_outlook(&merchant, &member, size).map(|tip| tip_quote(engine, &tip))
    });
    let quote = read.await?;
    let quote =
        quote.map_err(|refusal| Problem::new(ServerFault::TipNot { code: refusal.code(), refusal }))?;
    Ok(Json(quote))
}

/// Gives a tip (tip.give).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/merchant/tips",
    tag = "desk",
    extensions(("x-permission" = json!("member"))),
    request_body = TipRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn give_tip(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<TipRequest>,
) -> Result<Response, Problem> {
    let TipRequest { member, value, concession } = body.value;
    let handle = app.programme(&programme)?;
    let own = own_merchant(&handle, &who).await?;
    let tip = app.secrets().id_of("t", &[&programme, who.person()?, &write.key]);
    let mut command = json!({ "type": "tip.give", "tip": tip, "merchant": own.id, "member": member });
    match (value, concession) {
        (Some(value), None) => command["value"] = value.0.into(),
        (None, Some(amount)) => command["concession"] = amount.0.into(),
        (Some(_), Some(_)) | (None, None) => return Err(one_size("/value")),
    }
    app.command(&who, &write, &handle, tip, command).await
}

/// What moved on one of the merchant's accounts, newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/merchant/movements",
    tag = "desk",
    extensions(("x-permission" = json!("member"))),
    params(StatementQuery),
    responses((status = 200, description = "Done.", body = Page<Movement>)),
)]
async fn statement(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<StatementQuery>,
) -> Result<Json<Page<Movement>>, Problem> {
    let (limit, from) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let handle = app.programme(&programme)?;
    let own = own_merchant(&handle, &who).await?;
    let member = who.member()?.to_owned();
    let number =
        handle.read(at_least(query.min_seq), move |engine| engine.member(&member).map(|view| view.no));
    let member = number.await?.ok_or_else(Problem::not_found)?;
    let account = match query.account {
        MerchantAccount::Payable => Account::merchant(AccountKind::MerchantPayable, own.no),
        MerchantAccount::Hold => Account::merchant(AccountKind::MerchantHold, own.no),
        MerchantAccount::Receivable => Account::merchant(AccountKind::MerchantReceivable, own.no),
        MerchantAccount::Emission => Account::member(AccountKind::MemberEmission, member),
        MerchantAccount::Reserved => Account::member(AccountKind::MemberEmissionReserved, member),
        MerchantAccount::Value => Account::member(AccountKind::MemberValue, member),
    };
    let (items, previous) = wallet::movements_on(&app, &handle, account, from, limit).await?;
    Ok(Json(Page { items, next: previous.map(|previous| previous.to_string()) }))
}

/// Asks for what is owed to be paid out (merchant.withdraw): it is held from now on, and reviewed as withdrawals are.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/merchant/payouts",
    tag = "desk",
    extensions(("x-permission" = json!("member"))),
    request_body = WithdrawalRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn ask_payout(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<WithdrawalRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let own = own_merchant(&handle, &who).await?;
    let withdrawal = app.secrets().id_of("w", &[&programme, who.person()?, &write.key]);
    let command = json!({
        "type": "merchant.withdraw", "withdrawal": withdrawal, "merchant": own.id, "amount": body.value.amount.0,
    });
    app.command(&who, &write, &handle, withdrawal, command).await
}

/// The merchant's payouts, newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/merchant/payouts",
    tag = "desk",
    extensions(("x-permission" = json!("member"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<WithdrawalView>)),
)]
async fn payouts(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<WithdrawalView>>, Problem> {
    let handle = app.programme(&programme)?;
    let own = own_merchant(&handle, &who).await?;
    let of = WithdrawalRows { merchant: Some(own.id), ..WithdrawalRows::default() };
    let query =
        WithdrawalsQuery { state: None, cursor: query.cursor, limit: query.limit, min_seq: query.min_seq };
    wallet::page(&app, &who, &programme, query, of).await.map(Json)
}

/// One of the merchant's payouts with its steps.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/merchant/payouts/{withdrawal}",
    tag = "desk",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = WithdrawalView)),
)]
async fn payout(
    State(app): State<App>,
    who: Who,
    Path((programme, withdrawal)): Path<(String, String)>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<WithdrawalView>, Problem> {
    let handle = app.programme(&programme)?;
    let own = own_merchant(&handle, &who).await?;
    let of = WithdrawalRows { merchant: Some(own.id), ..WithdrawalRows::default() };
    wallet::one_of(&app, &who, &programme, withdrawal, of, query.min_seq).await.map(Json)
}

/// Longest title.
const TITLE_CHARS_MAX: usize = 80;
/// Longest description.
const DESCRIPTION_CHARS_MAX: usize = 2_000;
/// Longest reason.
const REASON_CHARS_MAX: usize = 500;
/// Longest name of a carrier, and longest number.
const CARRIER_CHARS_MAX: usize = 40;
/// Longest name of a host in a drawing.
const HOST_CHARS_MAX: usize = 255;

fn one_size(pointer: &str) -> Problem {
    let fault = || ServerFault::Either { one: "value", other: "concession" };
    Problem::new(ServerFault::Value { field: "value", error: fault().into() }).at(pointer, fault())
}

/// What the company sends to list a product: what the merchant does not get is its concession (MERCH-5).
fn list_command(product: &MerchantProductRow, currency: &Currency) -> serde_json::Value {
    json!({
        "type": "product.list", "product": product.id, "merchant": product.merchant,
        "price": currency.format_minor(product.price.into()), "value_award": product.award,
        "concession": currency.format_minor((product.price - product.cost).into()),
    })
}

/// A product that was proposed.
async fn proposed(app: &App, programme: &str, product: &str) -> Result<MerchantProductRow, Problem> {
    let (programme, product) = (programme.to_owned(), product.to_owned());
    let found = app.people(move |people| people.look(|tables| tables.merchant_product(&programme, &product)));
    found.await?.ok_or_else(Problem::not_found)
}

async fn products(
    app: &App,
    who: &Who,
    handle: &Programme,
    merchant: Option<String>,
    query: PageQuery,
) -> Result<Page<MerchantProduct>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let before = before.map(|before| i64::try_from(before).unwrap_or(i64::MAX));
    let programme = handle.id().to_owned();
    let rows = app
        .people(move |people| {
            people.look(|tables| tables.merchant_products(&programme, merchant.as_deref(), before, limit))
        })
        .await?;
    let next = next_of(&rows, limit, |row| row.number);
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let listed = handle.read(at_least(query.min_seq), move |engine| {
        ids.iter().map(|id| engine.product(id).map(|product| product.listed)).collect::<Vec<_>>()
    });
    let listed = listed.await?;
    let people = rows.iter().filter_map(|row| row.decided.as_ref().map(|(by, _)| by.clone())).collect();
    let names = app.names(who, people).await?;
    let currency = app.currency(handle).await?;
    let items = rows.into_iter().zip(listed);
    let items = items.map(|(row, listed)| product_view(row, listed, &names, &currency));
    Ok(Page { items: items.collect(), next })
}

fn product_view(
    row: MerchantProductRow,
    listed: Option<bool>,
    names: &HashMap<String, PersonName>,
    currency: &Currency,
) -> MerchantProduct {
    let state = match (row.state.as_str(), listed) {
        ("rejected", _) => MerchantProductState::Rejected,
        ("listed", Some(false)) => MerchantProductState::Delisted,
        ("listed", _) => MerchantProductState::Listed,
        _ => MerchantProductState::Proposed,
    };
    let amount = |minor: i64| Amount(currency.format_minor(minor.into()));
    let ([zh, en], [about_zh, about_en]) = (row.title, row.description);
    let (decided_by, decided_at) = match row.decided {
        Some((by, at)) => (names.get(&by).cloned(), Some(Time::of_us(at))),
        None => (None, None),
    };
    MerchantProduct {
        id: row.id,
        merchant: row.merchant,
        title: Text { zh, en },
        description: Text { zh: about_zh, en: about_en },
        price: amount(row.price),
        cost: amount(row.cost),
        award: Units(row.award),
        picture: row.picture,
        stock: row.stock,
        state,
        reason: row.reason,
        proposed_at: Time::of_us(row.proposed_at),
        decided_by,
        decided_at,
    }
}

/// The lines of an order that are a merchant's, and whether there are others.
fn own_lines(
    engine: &Engine,
    order: &str,
    merchant: &str,
    named: &serde_json::Value,
    currency: &Currency,
) -> Option<(Vec<MerchantLine>, bool)> {
    let view = engine.order_view(order)?;
    let is_own = |of: &Option<String>| of.as_deref() == Some(merchant);
    let shared = view.lines.iter().any(|line| !is_own(&line.merchant));
    let own = view.lines.into_iter().enumerate().filter(|(_, line)| is_own(&line.merchant));
    let amount = |money: Money| Amount::of(money, currency);
    let lines = own.map(|(at, line)| MerchantLine {
        product: named[at]["sku"].as_str().map(str::to_owned),
        title: None,
        quantity: named[at]["quantity"].as_u64().and_then(|quantity| u32::try_from(quantity).ok()),
        amount: amount(line.amount),
        refunded: amount(line.refunded),
        id: line.id,
    });
    Some((lines.collect(), shared))
}

/// Refuses an order that has no line of the merchant's as if it were not there, and one with lines of others.
async fn check_own(handle: &Programme, own: &OwnMerchant, order: &str) -> Result<(), Problem> {
    let (order, merchant) = (order.to_owned(), own.id.clone());
    let counts = handle.read(None, move |engine| {
        let view = engine.order_view(&order)?;
        let own = view.lines.iter().filter(|line| line.merchant.as_ref() == Some(&merchant)).count();
        Some((own, view.lines.len()))
    });
    match counts.await? {
        None | Some((0, _)) => Err(Problem::not_found()),
        Some((own, all)) if own < all => Err(Problem::new(ServerFault::OrderShared {})),
        Some(_) => Ok(()),
    }
}

fn tip_quote(engine: &Engine, tip: &ratchet_engine::engine::TipOutlook) -> TipQuote {
    let ranks = &engine.plan().ranks;
    let side = |side: &[(usize, Points)]| {
        let parts = side.iter().filter_map(|(rank, points)| {
            Some(TipPart { rank: Text::from(&ranks.get(*rank)?.name), points: (*points).into() })
        });
        parts.collect()
    };
    TipQuote {
        value: tip.value.into(),
        merchant_value: tip.merchant_value.into(),
        points: tip.points.into(),
        recipient_side: side(&tip.recipient_side),
        merchant_side: side(&tip.merchant_side),
        burned: tip.burned.into(),
        free: tip.free.into(),
        left: tip.free.checked_sub(tip.points).unwrap_or(Points::ZERO).into(),
    }
}

impl ShipmentView {
    pub(super) fn of(row: ShipmentRow) -> ShipmentView {
        ShipmentView { carrier: row.carrier, number: row.number, at: Time::of_us(row.at) }
    }
}
