//! What a programme sells.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use ratchet_engine::amount::{Currency, Money, Points, Rate, Rounding, mul_div};
use ratchet_engine::disclosure::EqualOrders;
use ratchet_engine::engine::Engine;
use ratchet_engine::plan::Plan;
use ratchet_engine::pool::{Pair, Price, Sale};
use ratchet_store::{NewAuditEntry, ProductRow};

use super::prelude::*;

/// An article.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Product {
    /// Its id: the `sku` of order lines.
    id: String,
    /// What it is called.
    title: Text,
    /// What it is.
    description: Text,
    /// A picture: a name that the shop draws, or a path on this server.
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    /// Price of one.
    price: Amount,
    /// Its class, where the plan has articles of its own and the article has one (CAT-7).
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    /// How many can still be ordered; absent if as many as are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<u64>,
    /// Whether it is sold now.
    listed: bool,
}

/// An article with what buying one now would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductPage {
    /// The article.
    #[serde(flatten)]
    product: Product,
    /// What one of it would do now.
    outlook: Outlook,
}

/// What an order of one would do if it settled now, by the programme's own engine.
#[derive(Serialize, ToSchema)]
pub(crate) struct Outlook {
    /// Where its price goes.
    split: Vec<SplitAmount>,
    /// Points it would give at the present price; absent without a pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<Units>,
    /// What those would bring if sold at once, net.
    #[serde(skip_serializing_if = "Option::is_none")]
    net_now: Option<Amount>,
    /// How many further orders of the same until they would bring the price back (DISC-3); absent if never, and in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    further_orders: Option<u64>,
}

/// A part of a price.
#[derive(Serialize, ToSchema)]
pub(crate) struct SplitAmount {
    /// `cost`, `pool`, `commission`, the name of a fund, `platform`.
    to: String,
    /// How much.
    amount: Amount,
}

/// A new article, or a change of one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductRequest {
    /// Its id; 1 to 64 letters, digits, `-`, `_`.
    id: String,
    /// What it is called.
    title: Text,
    /// What it is.
    description: Text,
    /// A name that the shop draws, or a path on this server.
    picture: Option<String>,
    /// Price of one.
    price: Amount,
    /// Cost of one, where the plan has articles of its own (CAT-1).
    cost: Option<Amount>,
    /// How many there are, where the plan has articles of its own.
    stock: Option<u64>,
    /// A class of the plan, where it has articles of its own; said when the article is listed and kept (CAT-7).
    class: Option<String>,
    /// Whether it is sold now.
    listed: bool,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, put)).routes(routes!(one))
}

/// What it sells.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/products",
    tag = "catalogue",
    extensions(("x-permission" = json!("public"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<ProductPage>)),
)]
async fn list(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<ProductPage>>, Problem> {
    let (limit, after) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let after = after.and_then(|after| i64::try_from(after).ok());
    let (handle, id) = (app.programme(&programme)?, programme);
    let rows = app.people(move |people| people.look(|tables| tables.products(&id, after, limit))).await?;
    let next = next_of(&rows, limit, |row| row.number);
    let shown = move |engine: &Engine| {
        let page = |row| {
            let price = price_of(engine, &row);
            ProductPage {
                product: product(engine, row),
                outlook: outlook(engine.plan(), engine.price(), price),
            }
        };
        rows.into_iter().map(page).collect()
    };
    Ok(Json(Page { items: handle.read(at_least(query.min_seq), shown).await?, next }))
}

/// An article, with what buying one would do now.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/products/{product_id}",
    tag = "catalogue",
    extensions(("x-permission" = json!("public"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = ProductPage)),
)]
async fn one(
    State(app): State<App>,
    Path((programme, product_id)): Path<(String, String)>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<ProductPage>, Problem> {
    let (handle, id) = (app.programme(&programme)?, programme);
    let row = app.people(move |people| people.look(|tables| tables.product(&id, &product_id))).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let read = handle.read(at_least(query.min_seq), move |engine| {
        let price = price_of(engine, &row);
        let outlook = outlook(engine.plan(), engine.price(), price);
        (
            ProductPage { product: product(engine, row), outlook },
            further(engine.plan(), engine.price(), price),
        )
    });
    let (mut page, distance) = read.await?;
    // Up to two million orders are played through the pool: not on the programme's thread.
    let played = tokio::task::spawn_blocking(move || distance.and_then(Distance::orders)).await;
    page.outlook.further_orders =
        played.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()));
    Ok(Json(page))
}

/// Makes or changes an article.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/products",
    tag = "catalogue",
    extensions(("x-permission" = json!("products.manage"))),
    request_body = ProductRequest,
    responses((status = 200, description = "Done.", body = Product)),
)]
async fn put(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<ProductRequest>,
) -> Result<Response, Problem> {
    let request = body.value;
    check_letters("id", &request.id, ID_CHARS_MAX)?;
    for (field, text, most) in [
        ("title.zh", &request.title.zh, TITLE_CHARS_MAX),
        ("title.en", &request.title.en, TITLE_CHARS_MAX),
        ("description.zh", &request.description.zh, DESCRIPTION_CHARS_MAX),
        ("description.en", &request.description.en, DESCRIPTION_CHARS_MAX),
    ] {
        check_length(field, text, 1, most)?;
    }
    if let Some(picture) = &request.picture {
        check_length("picture", picture, 1, PICTURE_CHARS_MAX)?;
    }
    let handle = app.programme(&programme)?;
    let currency = app.currency(&handle).await?;
    let price = request.price.parse("price", &currency)?;
    if price.is_zero() {
        return Err(Problem::field("price", ratchet_engine::message::ValueFault::NotDecimal {}));
    }
    let id = request.id.clone();
    let (in_plan, known) = handle
        .read(None, move |engine| {
            (engine.plan().catalogue.is_some(), engine.sku(&id).map(|sku| (sku.price, sku.listed)))
        })
        .await?;
    if in_plan && !write.preview {
        keep_sku(&app, &who, &write, &handle, &request, known).await?;
    }
    let row = ProductRow {
        id: request.id,
        number: 0,
        title: [request.title.zh, request.title.en],
        description: [request.description.zh, request.description.en],
        picture: request.picture,
        price: price.minor(),
        listed: request.listed,
    };
    let (act, tenant) = (who.act(), who.tenant()?.to_owned());
    let shown = shown_as(&row, &currency);
    app.change(&who, &write, Some(body.hash), move |tables| {
        let before = tables.put_product(&tenant, &programme, &row)?;
        let text = |row: &ProductRow| {
            json!({ "title": row.title, "price": row.price, "listed": row.listed }).to_string()
        };
        let entry = NewAuditEntry {
            before: before.as_ref().map(text),
            after: Some(text(&row)),
            ..NewAuditEntry::of(&tenant, "product.put", &row.id)
        };
        tables.audit(&act, entry)?;
        Ok(shown)
    })
    .await
}

/// Longest id of an article.
const ID_CHARS_MAX: usize = 64;
/// Longest title.
const TITLE_CHARS_MAX: usize = 80;
/// Longest description.
const DESCRIPTION_CHARS_MAX: usize = 2_000;
/// Longest name of a picture.
const PICTURE_CHARS_MAX: usize = 200;

/// Where the plan has articles of its own, theirs is what counts: price, stock, whether it is sold.
fn product(engine: &Engine, row: ProductRow) -> Product {
    let currency = engine.plan().programme.currency;
    let price = price_of(engine, &row);
    let sku = engine.sku(&row.id);
    Product {
        price: Amount::of(price, &currency),
        class: sku.and_then(|sku| sku.class).map(str::to_owned),
        available: sku.and_then(|sku| sku.available),
        ..shown_as(&row, &currency)
    }
}

fn shown_as(row: &ProductRow, currency: &Currency) -> Product {
    let [zh, en] = row.title.clone();
    let title = Text { zh, en };
    let [zh, en] = row.description.clone();
    Product {
        id: row.id.clone(),
        title,
        description: Text { zh, en },
        picture: row.picture.clone(),
        price: Amount(currency.format_minor(row.price.into())),
        class: None,
        available: None,
        listed: row.listed,
    }
}

/// The price of one.
pub(super) fn price_of(engine: &Engine, row: &ProductRow) -> Money {
    let of_row = u128::try_from(row.price).ok().and_then(Money::from_wide).unwrap_or(Money::ZERO);
    engine.sku(&row.id).map_or(of_row, |sku| sku.price)
}

/// Lists, reprices and delists in the programme itself, each under a key of its own.
async fn keep_sku(
    app: &App,
    who: &Who,
    write: &Write,
    programme: &crate::programme::Programme,
    request: &ProductRequest,
    known: Option<(Money, bool)>,
) -> Result<(), Problem> {
    let currency = app.currency(programme).await?;
    let price = Amount::of(request.price.parse("price", &currency)?, &currency).0;
    let (id, cost) = (&request.id, request.cost.as_ref().map(|cost| &cost.0));
    let stock = request.stock;
    let mut commands = Vec::new();
    match known {
        None if request.listed => {
            let class = &request.class;
            commands.push(json!({
                "type": "sku.list", "sku": id, "price": price, "cost": cost, "stock": stock, "class": class,
            }));
        }
        Some((before, true)) => {
            if Amount::of(before, &currency).0 != price {
                commands.push(json!({ "type": "sku.price", "sku": id, "price": price, "cost": cost }));
            }
            if !request.listed {
                commands.push(json!({ "type": "sku.delist", "sku": id }));
            }
        }
        None | Some((_, false)) => {}
    }
    for command in commands {
        let part = write.part(command["type"].as_str().unwrap_or_default());
        let mut fields = command;
        if let Some(fields) = fields.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        app.command(who, &part, programme, id.clone(), fields).await?;
    }
    Ok(())
}

/// What an order of one would do if it settled now.
fn outlook(plan: &Plan, now: Price, price: Money) -> Outlook {
    let currency = plan.programme.currency;
    let split = &plan.split;
    let named = [("cost", split.cost), ("pool", split.pool), ("commission", split.commission)];
    let legs = named.into_iter().chain(split.funds.iter().map(|fund| (fund.name.as_str(), fund.share)));
    let legs: Vec<(&str, Money)> = legs.map(|(to, rate)| (to, rate.floor_of(price))).collect();
    let rest = legs.iter().fold(price, |rest, (_, part)| rest.saturating_sub(*part));
    let part = |(to, amount): (&str, Money)| SplitAmount {
        to: to.to_owned(),
        amount: Amount::of(amount, &currency),
    };
    let split = legs.iter().copied().chain([("platform", rest)]).map(part).collect();
    let distance = further(plan, now, price);
    Outlook {
        split,
        points: distance.map(|distance| distance.points.into()),
        net_now: distance.map(|distance| Amount::of(distance.net, &currency)),
        further_orders: None,
    }
}

/// The points that an order of one would give, and the world after it.
#[derive(Clone, Copy)]
struct Distance {
    orders: EqualOrders,
    points: Points,
    net: Money,
    price: Money,
    retention: Rate,
}

impl Distance {
    fn orders(self) -> Option<u64> {
        let Distance { orders, points, price, retention, .. } = self;
        let distance = orders.break_even(points, price, retention);
        distance.simulated.or(distance.closed_form)
    }
}

/// What an order of so much would give if it settled now as one line: points, and what they would bring at once, net.
pub(super) fn settled_now(plan: &Plan, now: Price, base: Money) -> Option<(Points, Money)> {
    further(plan, now, base).map(|distance| (distance.points, distance.net))
}

fn further(plan: &Plan, now: Price, price: Money) -> Option<Distance> {
    let contribution = plan.split.pool.floor_of(price);
    let pool = plan.pool.filter(|_| !contribution.is_zero())?;
    // POOL-2: floor(mint ratio · c · S / B) as one fraction, and at the opening price while there is no supply.
    let worth = u128::from(pool.mint_ratio.ppm()) * contribution.as_u128();
    let (multiplier, divisor) = match now.supply.is_zero() {
        true => (POINT, pool.opening_price.as_u128()),
        false => (now.supply.units(), now.assets.as_u128()),
    };
    let minted = mul_div(worth, multiplier, divisor.checked_mul(1_000_000)?, Rounding::Down)?;
    let points = Points::from_units(minted);
    let pair =
        Pair { assets: now.assets.checked_add(contribution)?, supply: now.supply.checked_add(points)? };
    let orders = EqualOrders { pair, contribution, mint_ratio: pool.mint_ratio };
    let net = Sale::of(pair.gross(points), &pool).net;
    Some(Distance { orders, points, net, price, retention: pool.retention })
}

/// Units of one point.
const POINT: u128 = 1_000_000_000_000;
