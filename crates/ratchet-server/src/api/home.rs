//! The home page: blocks that the operator arranges and the member sees (MALL-9).

use axum::http::HeaderMap;
use ratchet_engine::engine::Engine;
use ratchet_store::{CategoryRow, NewAuditEntry, ProductQuery, ProductRow, ProductSort, StoreError, Tables};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::catalogue::{ProductPage, check_picture, page_of};
use super::categories::Category;
use super::coupons::{CouponOffer, offered};
use super::desk::address_of;
use super::members::code_of;
use super::notices::{Notice, current};
use super::people::qr_of;
use super::prelude::*;
use crate::programme::Programme;
use crate::request::query_problem;

/// A block of the home page, as the operator says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum HomeBlock {
    /// A wide picture with a line of text, which may lead somewhere.
    Banner {
        /// A name that the shop draws, or a path on this server.
        picture: String,
        /// What it says; 1 to 60 characters.
        text: Text,
        /// Where it leads.
        #[serde(skip_serializing_if = "Option::is_none")]
        link: Option<HomeLink>,
    },
    /// The grid of ways into the shop: those that the plan has.
    Zones {},
    /// Categories in a row.
    Categories {
        /// Which, in this order; all of them if none is named.
        #[schema(max_items = 12)]
        categories: Vec<String>,
    },
    /// Articles side by side.
    Shelf {
        /// What stands above them; 1 to 40 characters.
        title: Text,
        /// Which articles.
        of: ShelfOf,
        /// At most so many.
        #[schema(minimum = 1, maximum = 20)]
        limit: u32,
    },
    /// One article with its picture, its price and what buying it does.
    Product {
        /// Its id.
        product: String,
    },
    /// Notices of now.
    Notices {},
    /// Coupons that members may take now.
    Coupons {},
    /// A text.
    Text {
        /// What stands above it; up to 40 characters, and may be empty.
        title: Text,
        /// What it says; 1 to 500 characters.
        text: Text,
    },
}

/// Which articles stand on a shelf; only those that are sold now are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ShelfOf {
    /// In the order in which they were made.
    Made {},
    /// The one that was made last first.
    Newest {},
    /// Those of a category, the newest first.
    Category {
        /// Its id.
        category: String,
    },
    /// Those of a brand, the newest first.
    Brand {
        /// Its name.
        brand: String,
    },
    /// These, in this order.
    Products {
        /// Their ids.
        #[schema(min_items = 1, max_items = 20)]
        products: Vec<String>,
    },
}

/// A place within the programme's shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum HomeLink {
    /// A page that every shop has.
    Page {
        /// Which.
        page: HomePage,
    },
    /// The articles of a category.
    Category {
        /// Its id.
        category: String,
    },
    /// An article.
    Product {
        /// Its id.
        product: String,
    },
}

/// Pages to which a banner may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HomePage {
    /// All articles.
    Goods,
    /// Coupons.
    Coupons,
    /// Notices.
    Notices,
    /// One's points.
    Points,
    /// One's orders.
    Orders,
    /// The task of the day.
    Task,
    /// Inviting others.
    Invite,
    /// Who gains and who loses.
    Truth,
}

/// A block with all that the page shows of it.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum HomeBlockView {
    /// A wide picture with a line of text.
    Banner {
        /// A name that the shop draws, or a path on this server.
        picture: String,
        /// What it says.
        text: Text,
        /// Where it leads.
        #[serde(skip_serializing_if = "Option::is_none")]
        link: Option<HomeLink>,
    },
    /// The grid of ways into the shop.
    Zones {},
    /// Categories in a row.
    Categories {
        /// In the order of the page.
        items: Vec<Category>,
    },
    /// Articles side by side.
    Shelf {
        /// What stands above them.
        title: Text,
        /// Which articles were asked for.
        of: ShelfOf,
        /// The articles.
        items: Vec<ProductPage>,
    },
    /// One article.
    Product {
        /// The article.
        product: Box<ProductPage>,
    },
    /// Notices of now, the newest three.
    Notices {
        /// The newest first.
        items: Vec<Notice>,
    },
    /// Coupons that members may take now.
    Coupons {
        /// In the operator's order.
        items: Vec<CouponOffer>,
    },
    /// A text.
    Text {
        /// What stands above it; may be empty.
        title: Text,
        /// What it says.
        text: Text,
    },
}

/// The home page, as members see it. Who gains and who loses stands on it always and is no block.
#[derive(Serialize, ToSchema)]
pub(crate) struct HomeView {
    /// From top to bottom.
    blocks: Vec<HomeBlockView>,
}

/// Something that a block names and that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct HomeMissing {
    /// Of which kind.
    kind: MissingKind,
    /// Its id, or the brand's name.
    id: String,
}

/// What may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MissingKind {
    /// There is no such category.
    Category,
    /// Nothing of this brand is sold.
    Brand,
    /// There is no such article, or it is not sold now.
    Product,
}

/// A block as the operator sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct HomeBlockState {
    /// What the operator said.
    block: HomeBlock,
    /// Whether members see it: one that names what is not there, or has nothing to show, is left out.
    shown: bool,
    /// What it names and is not there.
    missing: Vec<HomeMissing>,
}

/// The blocks of the home page as the operator arranged them.
#[derive(Serialize, ToSchema)]
pub(crate) struct HomeBlocks {
    /// Nobody arranged them: they are those of every new programme.
    standard: bool,
    /// From top to bottom.
    items: Vec<HomeBlockState>,
}

/// All blocks of the home page, from top to bottom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HomeBlocksRequest {
    /// Those that there are from now on; those of every new programme if absent.
    #[schema(max_items = 20)]
    items: Option<Vec<HomeBlock>>,
}

/// What blocks would look like.
#[derive(Serialize, ToSchema)]
pub(crate) struct HomeCheck {
    /// Each block as the operator sees it.
    items: Vec<HomeBlockState>,
    /// The page as members would see it.
    view: HomeView,
}

/// Where a poster leads.
#[derive(Serialize, ToSchema)]
pub(crate) struct PosterCode {
    /// Path on this server.
    link: String,
    /// The whole address as a QR code, an SVG drawing.
    qr: String,
}

/// What a poster is about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PosterQuery {
    /// An article; if absent it is one's own invitation, or the shop for who is no member.
    product: Option<String>,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(home))
        .routes(routes!(blocks, put_blocks))
        .routes(routes!(check))
        .routes(routes!(poster))
}

/// The home page, with all that it shows.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/home",
    tag = "home",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = HomeView)),
)]
async fn home(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
) -> Result<Json<HomeView>, Problem> {
    let handle = app.programme(&programme)?;
    let (_, blocks) = stored(&app, &programme).await?;
    let resolved = resolve(&app, &handle, &programme, who.member.as_deref(), blocks).await?;
    Ok(Json(HomeView { blocks: resolved.into_iter().filter_map(|block| block.view).collect() }))
}

/// The blocks as the operator arranged them; those that members do not see say why.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/home-blocks",
    tag = "home",
    extensions(("x-permission" = json!("orders.read"))),
    responses((status = 200, description = "Done.", body = HomeBlocks)),
)]
async fn blocks(State(app): State<App>, Path(programme): Path<String>) -> Result<Json<HomeBlocks>, Problem> {
    let handle = app.programme(&programme)?;
    let (standard, blocks) = stored(&app, &programme).await?;
    let resolved = resolve(&app, &handle, &programme, None, blocks).await?;
    Ok(Json(HomeBlocks { standard, items: resolved.into_iter().map(|block| block.state).collect() }))
}

/// What members would see of these blocks. It changes nothing and needs no key.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/home-blocks/check",
    tag = "home",
    extensions(("x-permission" = json!("products.manage"))),
    request_body = HomeBlocksRequest,
    responses((status = 200, description = "Done.", body = HomeCheck)),
)]
async fn check(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    body: Body<HomeBlocksRequest>,
) -> Result<Json<HomeCheck>, Problem> {
    let handle = app.programme(&programme)?;
    app.limits.take("home check", who.person()?, app.limits.writes(&who), who.meta.now_us)?;
    let blocks = body.value.items.unwrap_or_else(standard_blocks);
    check_forms(&blocks)?;
    let resolved = resolve(&app, &handle, &programme, None, blocks).await?;
    let (items, views): (Vec<_>, Vec<_>) =
        resolved.into_iter().map(|block| (block.state, block.view)).unzip();
    Ok(Json(HomeCheck { items, view: HomeView { blocks: views.into_iter().flatten().collect() } }))
}

/// Makes these the blocks of the home page, in this order. A block that is new may name only what is there; one that stood there
/// before may stay.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/home-blocks",
    tag = "home",
    extensions(("x-permission" = json!("products.manage"))),
    request_body = HomeBlocksRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn put_blocks(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<HomeBlocksRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let items = body.value.items;
    if let Some(blocks) = &items {
        check_forms(blocks)?;
        // What was saved once is answered so again, whatever has gone since.
        if !app.is_answered(&who, &write).await? {
            let (_, before) = stored(&app, &programme).await?;
            let resolved = resolve(&app, &handle, &programme, None, blocks.clone()).await?;
            for (at, ResolvedBlock { state, .. }) in resolved.iter().enumerate() {
                if let Some(missing) = state.missing.first().filter(|_| !before.contains(&state.block)) {
                    return Err(missing.problem(&format!("items.{at}")));
                }
            }
        }
    }
    let text = items.map(|blocks| serde_json::to_string(&blocks).expect("texts are JSON"));
    let (act, tenant) = (who.act(), who.tenant()?.to_owned());
    app.change(&who, &write, Some(body.hash), move |tables| {
        let entry = NewAuditEntry {
            before: tables.home(&programme)?,
            after: text.clone(),
            ..NewAuditEntry::of(&tenant, "home.put", &programme)
        };
        tables.put_home(&tenant, &programme, text.as_deref())?;
        tables.audit(&act, entry)?;
        Ok(Done { done: true })
    })
    .await
}

/// Where a poster leads, as a code to scan (MALL-13).
#[utoipa::path(
    get,
    path = "/programmes/{programme}/poster",
    tag = "home",
    extensions(("x-permission" = json!("public"))),
    params(PosterQuery),
    responses((status = 200, description = "Done.", body = PosterCode)),
)]
async fn poster(
    State(app): State<App>,
    who: Who,
    headers: HeaderMap,
    Path(programme): Path<String>,
    Query(query): Query<PosterQuery>,
) -> Result<Json<PosterCode>, Problem> {
    app.programme(&programme)?;
    let link = match (query.product, &who.member) {
        (Some(product), _) => {
            let (of, id) = (programme.clone(), product.clone());
            let row = app.people(move |people| people.look(|tables| tables.product(&of, &id))).await?;
            if row.is_none() {
                return Err(query_problem("product", ServerFault::ProductNotSold { product: &product }));
            }
            format!("/p/{programme}/goods/{product}")
        }
        (None, Some(member)) => {
            format!("/p/{programme}/join?invitation={}", code_of(&app, &programme, member))
        }
        (None, None) => format!("/p/{programme}"),
    };
    Ok(Json(PosterCode { qr: qr_of(&address_of(&who, &headers, &link)), link }))
}

/// Whether they are those of every new programme, and the blocks.
async fn stored(app: &App, programme: &str) -> Result<(bool, Vec<HomeBlock>), Problem> {
    let id = programme.to_owned();
    let text: Option<String> = app.people(move |people| people.look(|tables| tables.home(&id))).await?;
    let Some(text) = text else { return Ok((true, standard_blocks())) };
    let blocks = serde_json::from_str(&text);
    let blocks = blocks
        .map_err(|error| Problem::new(ServerFault::Storage {}).because(format!("the home page: {error}")))?;
    Ok((false, blocks))
}

/// What stands on the home page of a programme where nobody arranged it.
fn standard_blocks() -> Vec<HomeBlock> {
    let title = Text { zh: "甄选好物".to_owned(), en: "Goods".to_owned() };
    vec![
        HomeBlock::Zones {},
        HomeBlock::Notices {},
        HomeBlock::Shelf { title, of: ShelfOf::Made {}, limit: 6 },
    ]
}

/// What has to hold of blocks whatever the programme has.
fn check_forms(blocks: &[HomeBlock]) -> Result<(), Problem> {
    if blocks.len() > BLOCKS_MAX {
        return Err(Problem::field("items", ServerFault::Count { least: 0, most: BLOCKS_MAX }));
    }
    for (at, block) in blocks.iter().enumerate() {
        let field = |name: &str| format!("items.{at}.{name}");
        let count = |name: &str, count: usize, least: usize, most: usize| {
            let fits = (least..=most).contains(&count);
            if fits { Ok(()) } else { Err(Problem::field(&field(name), ServerFault::Count { least, most })) }
        };
        match block {
            HomeBlock::Banner { picture, text, .. } => {
                check_picture(&field("picture"), picture)?;
                check_text(&field("text"), text, BANNER_CHARS_MAX)?;
            }
            HomeBlock::Zones {} | HomeBlock::Notices {} | HomeBlock::Coupons {} => {
                // Two of the same would show the same twice.
                if blocks[..at].contains(block) {
                    let id = match block {
                        HomeBlock::Zones {} => "zones",
                        HomeBlock::Notices {} => "notices",
                        _ => "coupons",
                    };
                    return Err(Problem::field(&field("type"), ServerFault::Repeated { id }));
                }
            }
            HomeBlock::Categories { categories } => {
                count("categories", categories.len(), 0, CATEGORIES_MAX)?;
            }
            HomeBlock::Shelf { title, of, limit } => {
                check_text(&field("title"), title, TITLE_CHARS_MAX)?;
                count("limit", usize::try_from(*limit).unwrap_or(usize::MAX), 1, SHELF_MAX)?;
                if let ShelfOf::Products { products } = of {
                    count("of.products", products.len(), 1, SHELF_MAX)?;
                }
            }
            HomeBlock::Product { .. } => {}
            HomeBlock::Text { title, text } => {
                check_length(&field("title.zh"), &title.zh, 0, TITLE_CHARS_MAX)?;
                check_length(&field("title.en"), &title.en, 0, TITLE_CHARS_MAX)?;
                check_text(&field("text"), text, TEXT_CHARS_MAX)?;
            }
        }
    }
    Ok(())
}

/// Most blocks.
const BLOCKS_MAX: usize = 20;
/// Longest text of a banner.
const BANNER_CHARS_MAX: usize = 60;
/// Longest title of a block.
const TITLE_CHARS_MAX: usize = 40;
/// Longest text of a block.
const TEXT_CHARS_MAX: usize = 500;
/// Most articles of a shelf.
const SHELF_MAX: usize = 20;
/// Most categories of a row.
const CATEGORIES_MAX: usize = 12;
/// Most notices on the page; the others stand in their list.
const NOTICES_MAX: usize = 3;

/// A block with what it says to the operator, and what to members where they see it.
struct ResolvedBlock {
    state: HomeBlockState,
    view: Option<HomeBlockView>,
}

/// What the tables have of a block.
enum Gathered {
    Nothing,
    Categories(Vec<CategoryRow>),
    Rows(Vec<ProductRow>),
}

/// Finds what blocks name: what is there is shown, what is not is said to the operator.
async fn resolve(
    app: &App,
    handle: &Programme,
    programme: &str,
    member: Option<&str>,
    blocks: Vec<HomeBlock>,
) -> Result<Vec<ResolvedBlock>, Problem> {
    let has_notices = blocks.contains(&HomeBlock::Notices {});
    let notices = if has_notices { current(app, handle, NOTICES_MAX).await? } else { Vec::new() };
    let has_coupons = blocks.contains(&HomeBlock::Coupons {});
    let coupons = if has_coupons { offered(app, handle, member).await? } else { Vec::new() };
    let now = handle.clock().await?.now;
    let mut coupons = Some(coupons.into_iter().filter(|offer| offer.is_open(now)).collect::<Vec<_>>());
    let mut notices = Some(notices);

    let id = programme.to_owned();
    let gathered = app
        .people(move |people| {
            people.look(|tables| {
                let categories = tables.categories(&id)?;
                let gather = |block: HomeBlock| gather(tables, &id, &categories, block);
                blocks.into_iter().map(gather).collect::<Result<Vec<_>, StoreError>>()
            })
        })
        .await?;
    let resolved = handle.read(None, move |engine| {
        let resolve = |(block, missing, gathered): (HomeBlock, Vec<HomeMissing>, Gathered)| {
            let view = view_of(engine, &block, missing.is_empty(), gathered, &mut notices, &mut coupons);
            ResolvedBlock { state: HomeBlockState { block, shown: view.is_some(), missing }, view }
        };
        gathered.into_iter().map(resolve).collect()
    });
    Ok(resolved.await?)
}

type Found = (HomeBlock, Vec<HomeMissing>, Gathered);

/// What the tables have of a block, and what they have not.
fn gather(
    tables: &Tables<'_>,
    programme: &str,
    categories: &[CategoryRow],
    block: HomeBlock,
) -> Result<Found, StoreError> {
    let mut missing = Vec::new();
    let mut miss = |kind: MissingKind, id: &str| missing.push(HomeMissing { kind, id: id.to_owned() });
    let is_category = |id: &str| categories.iter().any(|row| row.id == id);
    let sold = |id: &str| Ok::<_, StoreError>(tables.product(programme, id)?.filter(|row| row.listed));
    let gathered = match &block {
        HomeBlock::Zones {} | HomeBlock::Notices {} | HomeBlock::Coupons {} | HomeBlock::Text { .. } => {
            Gathered::Nothing
        }
        HomeBlock::Banner { link, .. } => {
            match link {
                Some(HomeLink::Category { category }) if !is_category(category) => {
                    miss(MissingKind::Category, category);
                }
                Some(HomeLink::Product { product }) if sold(product)?.is_none() => {
                    miss(MissingKind::Product, product);
                }
                _ => {}
            }
            Gathered::Nothing
        }
        HomeBlock::Categories { categories: wanted } if wanted.is_empty() => {
            Gathered::Categories(categories.iter().take(CATEGORIES_MAX).map(copy_of).collect())
        }
        HomeBlock::Categories { categories: wanted } => {
            let mut rows = Vec::new();
            for id in wanted {
                match categories.iter().find(|row| row.id == *id) {
                    Some(row) => rows.push(copy_of(row)),
                    None => miss(MissingKind::Category, id),
                }
            }
            Gathered::Categories(rows)
        }
        HomeBlock::Shelf { of, limit, .. } => {
            let limit = usize::try_from(*limit).unwrap_or(SHELF_MAX).min(SHELF_MAX);
            let query =
                ProductQuery { listed: true, sort: ProductSort::Newest, limit, ..ProductQuery::default() };
            let rows = match of {
                ShelfOf::Made {} => {
                    tables.products(programme, &ProductQuery { sort: ProductSort::Made, ..query })?
                }
                ShelfOf::Newest {} => tables.products(programme, &query)?,
                ShelfOf::Category { category } => {
                    if !is_category(category) {
                        miss(MissingKind::Category, category);
                    }
                    let category = Some(category.clone());
                    tables.products(programme, &ProductQuery { category, ..query })?
                }
                ShelfOf::Brand { brand } => {
                    let rows =
                        tables.products(programme, &ProductQuery { brand: Some(brand.clone()), ..query })?;
                    if rows.is_empty() {
                        miss(MissingKind::Brand, brand);
                    }
                    rows
                }
                ShelfOf::Products { products } => {
                    let mut rows = Vec::new();
                    for id in products {
                        match sold(id)? {
                            Some(row) => rows.push(row),
                            None => miss(MissingKind::Product, id),
                        }
                    }
                    rows.truncate(limit);
                    rows
                }
            };
            Gathered::Rows(rows)
        }
        HomeBlock::Product { product } => match sold(product)? {
            Some(row) => Gathered::Rows(vec![row]),
            None => {
                miss(MissingKind::Product, product);
                Gathered::Nothing
            }
        },
    };
    Ok((block, missing, gathered))
}

fn copy_of(row: &CategoryRow) -> CategoryRow {
    CategoryRow { id: row.id.clone(), name: row.name.clone(), count: row.count }
}

/// What members see of a block; `None` where it is left out.
fn view_of(
    engine: &Engine,
    block: &HomeBlock,
    is_whole: bool,
    gathered: Gathered,
    notices: &mut Option<Vec<Notice>>,
    coupons: &mut Option<Vec<CouponOffer>>,
) -> Option<HomeBlockView> {
    match (block.clone(), gathered) {
        (HomeBlock::Banner { picture, text, link }, _) => {
            is_whole.then_some(HomeBlockView::Banner { picture, text, link })
        }
        (HomeBlock::Zones {}, _) => Some(HomeBlockView::Zones {}),
        (HomeBlock::Text { title, text }, _) => Some(HomeBlockView::Text { title, text }),
        (HomeBlock::Notices {}, _) => {
            let items = notices.take().filter(|items| !items.is_empty())?;
            Some(HomeBlockView::Notices { items })
        }
        (HomeBlock::Coupons {}, _) => {
            let items = coupons.take().filter(|items| !items.is_empty())?;
            Some(HomeBlockView::Coupons { items })
        }
        (HomeBlock::Categories { .. }, Gathered::Categories(rows)) if !rows.is_empty() => {
            Some(HomeBlockView::Categories { items: rows.into_iter().map(Category::of).collect() })
        }
        (HomeBlock::Shelf { title, of, .. }, Gathered::Rows(rows)) if !rows.is_empty() => {
            let is_gone = matches!(of, ShelfOf::Category { .. }) && !is_whole;
            let items = rows.into_iter().map(|row| page_of(engine, row)).collect();
            (!is_gone).then_some(HomeBlockView::Shelf { title, of, items })
        }
        (HomeBlock::Product { .. }, Gathered::Rows(rows)) => {
            let product = page_of(engine, rows.into_iter().next()?);
            Some(HomeBlockView::Product { product: Box::new(product) })
        }
        _ => None,
    }
}

impl HomeMissing {
    /// The refusal of a new block that names it.
    fn problem(&self, field: &str) -> Problem {
        let id = &self.id;
        match self.kind {
            MissingKind::Category => Problem::field(field, ServerFault::CategoryUnknown { category: id }),
            MissingKind::Brand => Problem::field(field, ServerFault::BrandUnknown { brand: id }),
            MissingKind::Product => Problem::field(field, ServerFault::ProductNotSold { product: id }),
        }
    }
}
