//! What a programme sells.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use ratchet_engine::amount::{Currency, Money};
use ratchet_engine::engine::Engine;
use ratchet_store::{IndexedWords, NewAuditEntry, ProductQuery, ProductRow, ProductSort, WantedWords};

use super::outlook::{Distance, Outlook, further, outlook};
use super::pictures::check_uploaded;
use super::prelude::*;
use crate::programme::Programme;
use crate::request::query_problem;

/// An article.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Product {
    /// Its id: the `sku` of order lines.
    id: String,
    /// What it is called.
    title: Text,
    /// What it is.
    description: Text,
    /// The first picture: a name that the shop draws, or a path on this server.
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    /// Further pictures.
    gallery: Vec<String>,
    /// The parts of its page; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocks: Option<Vec<Block>>,
    /// Its category.
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    /// Its brand.
    #[serde(skip_serializing_if = "Option::is_none")]
    brand: Option<String>,
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

/// A part of an article's page: plain text that no screen reads as anything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Block {
    /// A heading.
    Heading {
        /// What it says.
        text: Text,
    },
    /// A paragraph.
    Paragraph {
        /// What it says.
        text: Text,
    },
    /// A fact of the article, such as its weight.
    Fact {
        /// What is stated.
        name: Text,
        /// What it is.
        value: Text,
    },
    /// A picture.
    Picture {
        /// A name that the shop draws, or a path on this server.
        picture: String,
        /// What it shows.
        text: Text,
    },
}

/// A new article, or a change of one, which has to say everything again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductRequest {
    /// Its id; 1 to 64 letters, digits, `-`, `_`.
    id: String,
    /// What it is called.
    title: Text,
    /// What it is.
    description: Text,
    /// The first picture: a name that the shop draws, or a path on this server, which begins with one `/`.
    picture: Option<String>,
    /// Further pictures.
    #[schema(max_items = 5)]
    #[serde(default)]
    gallery: Vec<String>,
    /// The parts of its page.
    #[schema(max_items = 40)]
    #[serde(default)]
    blocks: Vec<Block>,
    /// One of the programme's categories.
    category: Option<String>,
    /// Its brand; 1 to 40 characters.
    brand: Option<String>,
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

/// In which order articles come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sort {
    /// As they were made.
    #[default]
    Made,
    /// The one that was made last first.
    Newest,
    /// The cheapest first.
    PriceUp,
    /// The dearest first.
    PriceDown,
}

/// Which articles, in which order, which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductsQuery {
    /// Only those with all these words in their names or brand: whole Chinese words, the beginnings of others; 1 to 60 characters.
    words: Option<String>,
    /// Only of this category.
    category: Option<String>,
    /// Only of this brand.
    brand: Option<String>,
    /// Only from this price on.
    price_from: Option<String>,
    /// Only up to this price.
    price_to: Option<String>,
    /// Only those that can still be ordered.
    #[serde(default)]
    in_stock: bool,
    /// Only those that are sold now.
    #[serde(default)]
    listed: bool,
    /// Only these, by id; 1 to 100, with `,` between them.
    ids: Option<String>,
    /// In which order; as they were made if absent.
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    /// From `next` of the page before, which had the same query.
    cursor: Option<String>,
    /// How many; 1 to 200, 50 if absent. A page of `in_stock` may have fewer though another follows.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// What it sells: all of it, or what fits every filter. Filters and orders go by the price that was last put.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/products",
    tag = "catalogue",
    extensions(("x-permission" = json!("public"))),
    params(ProductsQuery),
    responses((status = 200, description = "Done.", body = Page<ProductPage>)),
)]
async fn list(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<ProductsQuery>,
) -> Result<Json<Page<ProductPage>>, Problem> {
    let handle = app.programme(&programme)?;
    let currency = app.currency(&handle).await?;
    let (in_stock, min_seq) = (query.in_stock, at_least(query.min_seq));
    let Some(mut wanted) = wanted_of(query, &currency)? else {
        return Ok(Json(Page { items: Vec::new(), next: None }));
    };
    let limit = wanted.limit;
    let (mut items, mut next) = (Vec::new(), None);
    for _ in 0..if in_stock { PARTS_MAX } else { 1 } {
        wanted.limit = limit - items.len();
        let (id, part) = (programme.clone(), wanted.clone());
        let rows = app.people(move |people| people.look(|tables| tables.products(&id, &part))).await?;
        let ends = rows.len() < wanted.limit;
        wanted.after = rows.last().map(|row| (row.price, row.number));
        next = wanted.after.filter(|_| !ends).map(|(price, number)| format!("{price}_{number}"));
        items.extend(pages_of(&handle, rows, in_stock, min_seq).await?);
        if ends || items.len() == limit {
            break;
        }
    }
    Ok(Json(Page { items, next }))
}

/// How often a page of what is in stock reads on to be filled.
const PARTS_MAX: usize = 20;

/// As the engine sees them.
async fn pages_of(
    handle: &Programme,
    rows: Vec<ProductRow>,
    in_stock: bool,
    min_seq: Option<u64>,
) -> Result<Vec<ProductPage>, Problem> {
    let shown = move |engine: &Engine| {
        let pages = rows.into_iter().map(|row| page_of(engine, row));
        pages.filter(|page| !in_stock || page.product.available != Some(0)).collect()
    };
    Ok(handle.read(min_seq, shown).await?)
}

/// An article in a list.
pub(super) fn page_of(engine: &Engine, row: ProductRow) -> ProductPage {
    let price = price_of(engine, &row);
    ProductPage { product: in_list(engine, row), outlook: outlook(engine.plan(), engine.price(), price) }
}

/// What the tables are asked; `None` where nothing can fit, because what was typed has no word in it.
fn wanted_of(query: ProductsQuery, currency: &Currency) -> Result<Option<ProductQuery>, Problem> {
    let words = match &query.words {
        None => None,
        Some(text) if (1..=WORDS_CHARS_MAX).contains(&text.chars().count()) => match WantedWords::of(text) {
            Some(words) => Some(words),
            None => return Ok(None),
        },
        Some(_) => {
            let fault = ServerFault::Length { least: 1, most: WORDS_CHARS_MAX };
            return Err(query_problem("words", fault));
        }
    };
    let price = |name: &str, text: &Option<String>| match text {
        None => Ok::<_, Problem>(None),
        Some(text) => {
            let money = currency.parse_money(text).map_err(|error| query_problem(name, error))?;
            Ok(Some(money.minor()))
        }
    };
    let ids: Option<Vec<String>> = query.ids.map(|ids| ids.split(',').map(str::to_owned).collect());
    if ids.as_ref().is_some_and(|ids| ids.len() > IDS_MAX) {
        return Err(query_problem("ids", ServerFault::Count { least: 1, most: IDS_MAX }));
    }
    Ok(Some(ProductQuery {
        words,
        category: query.category,
        brand: query.brand,
        price_from: price("price_from", &query.price_from)?,
        price_to: price("price_to", &query.price_to)?,
        // What is not sold cannot be ordered.
        listed: query.listed || query.in_stock,
        ids,
        sort: match query.sort {
            Sort::Made => ProductSort::Made,
            Sort::Newest => ProductSort::Newest,
            Sort::PriceUp => ProductSort::PriceUp,
            Sort::PriceDown => ProductSort::PriceDown,
        },
        after: query.cursor.as_deref().map(place_of).transpose()?,
        limit: limit_of(query.limit)?,
    }))
}

/// Price and number of the last article of the page before.
fn place_of(cursor: &str) -> Result<(i64, i64), Problem> {
    let parts =
        cursor.split_once('_').and_then(|(price, number)| Some((price.parse().ok()?, number.parse().ok()?)));
    parts.ok_or_else(|| {
        let error = ratchet_engine::plan::form("it is none of this list");
        query_problem("cursor", ServerFault::Query { error })
    })
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
    check(&request)?;
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
    let row = row_of(request, price);
    let (act, tenant) = (who.act(), who.tenant()?.to_owned());
    let shown = shown_as(&row, &currency);
    // The first cut of all reads the dictionary: not while the tables wait.
    let cut = tokio::task::spawn_blocking(move || (words_of(&row), row)).await;
    let (words, row) = cut.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()));
    app.change(&who, &write, Some(body.hash), move |tables| {
        if let Some(category) = &row.category {
            let known = tables.categories(&programme)?;
            if !known.iter().any(|each| each.id == *category) {
                return Err(Problem::field("category", ServerFault::CategoryUnknown { category }));
            }
        }
        for (field, picture) in pictures_of(&row) {
            check_uploaded(tables, &programme, &field, &picture)?;
        }
        let before = tables.put_product(&tenant, &programme, &row, &words)?;
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

/// What has to hold of a request whatever the programme.
fn check(request: &ProductRequest) -> Result<(), Problem> {
    check_letters("id", &request.id, ID_CHARS_MAX)?;
    check_text("title", &request.title, TITLE_CHARS_MAX)?;
    check_text("description", &request.description, DESCRIPTION_CHARS_MAX)?;
    if let Some(picture) = &request.picture {
        check_picture("picture", picture)?;
    }
    if request.gallery.len() > GALLERY_MAX {
        return Err(Problem::field("gallery", ServerFault::Count { least: 0, most: GALLERY_MAX }));
    }
    for (at, picture) in request.gallery.iter().enumerate() {
        check_picture(&format!("gallery.{at}"), picture)?;
    }
    if let Some(brand) = &request.brand {
        check_length("brand", brand, 1, BRAND_CHARS_MAX)?;
    }
    if request.blocks.len() > BLOCKS_MAX {
        return Err(Problem::field("blocks", ServerFault::Count { least: 0, most: BLOCKS_MAX }));
    }
    for (at, block) in request.blocks.iter().enumerate() {
        let field = |name: &str| format!("blocks.{at}.{name}");
        match block {
            Block::Heading { text } => check_text(&field("text"), text, TITLE_CHARS_MAX)?,
            Block::Paragraph { text } => check_text(&field("text"), text, DESCRIPTION_CHARS_MAX)?,
            Block::Fact { name, value } => {
                check_text(&field("name"), name, BRAND_CHARS_MAX)?;
                check_text(&field("value"), value, PICTURE_CHARS_MAX)?;
            }
            Block::Picture { picture, text } => {
                check_picture(&field("picture"), picture)?;
                check_text(&field("text"), text, PICTURE_CHARS_MAX)?;
            }
        }
    }
    Ok(())
}

/// A drawing by name or a path of this server: another host is no place for a picture.
pub(super) fn check_picture(field: &str, picture: &str) -> Result<(), Problem> {
    let path = picture.strip_prefix('/');
    let fits = match path {
        Some(path) => !path.starts_with('/') && picture.chars().count() <= PICTURE_CHARS_MAX,
        None => check_letters(field, picture, ID_CHARS_MAX).is_ok(),
    };
    if fits { Ok(()) } else { Err(Problem::field(field, ServerFault::PictureForm {})) }
}

/// The pictures that an article names, with the fields in which it does.
fn pictures_of(row: &ProductRow) -> Vec<(String, String)> {
    let first = row.picture.iter().map(|picture| ("picture".to_owned(), picture.clone()));
    let further = row.gallery.iter().enumerate();
    let further = further.map(|(at, picture)| (format!("gallery.{at}"), picture.clone()));
    let blocks: Vec<Block> = serde_json::from_str(&row.blocks).unwrap_or_default();
    let shown = blocks.into_iter().enumerate().filter_map(|(at, block)| match block {
        Block::Picture { picture, .. } => Some((format!("blocks.{at}.picture"), picture)),
        Block::Heading { .. } | Block::Paragraph { .. } | Block::Fact { .. } => None,
    });
    first.chain(further).chain(shown).collect()
}

fn row_of(request: ProductRequest, price: Money) -> ProductRow {
    ProductRow {
        id: request.id,
        number: 0,
        title: [request.title.zh, request.title.en],
        description: [request.description.zh, request.description.en],
        picture: request.picture,
        gallery: request.gallery,
        blocks: serde_json::to_string(&request.blocks).expect("texts are JSON"),
        category: request.category,
        brand: request.brand,
        price: price.minor(),
        listed: request.listed,
    }
}

/// What an article is found by: its names and its brand.
pub(crate) fn words_of(row: &ProductRow) -> IndexedWords {
    IndexedWords::of(row.title.iter().map(String::as_str).chain(row.brand.as_deref()))
}

/// Most pictures after the first.
const GALLERY_MAX: usize = 5;
/// Most parts of a page.
const BLOCKS_MAX: usize = 40;
/// Longest brand.
const BRAND_CHARS_MAX: usize = 40;
/// Longest text that is searched for.
pub(super) const WORDS_CHARS_MAX: usize = 60;
/// Most articles asked for by id.
const IDS_MAX: usize = 100;
/// Longest id of an article.
const ID_CHARS_MAX: usize = 64;
/// Longest title.
const TITLE_CHARS_MAX: usize = 80;
/// Longest description.
const DESCRIPTION_CHARS_MAX: usize = 2_000;
/// Longest name of a picture.
const PICTURE_CHARS_MAX: usize = 200;

/// As in lists.
pub(super) fn in_list(engine: &Engine, row: ProductRow) -> Product {
    Product { blocks: None, ..product(engine, row) }
}

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
        gallery: row.gallery.clone(),
        blocks: Some(serde_json::from_str(&row.blocks).unwrap_or_default()),
        category: row.category.clone(),
        brand: row.brand.clone(),
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
    programme: &Programme,
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
