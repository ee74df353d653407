//! What helps to find an article: categories, brands, suggestions while somebody types.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use ratchet_store::{CategoryRow, NewAuditEntry, ProductQuery, ProductSort, WantedWords};

use super::catalogue::WORDS_CHARS_MAX;
use super::prelude::*;
use crate::request::query_problem;

/// A category of articles.
#[derive(Serialize, ToSchema)]
pub(crate) struct Category {
    /// Its id.
    id: String,
    /// What it is called.
    name: Text,
    /// How many articles in it are sold now.
    count: u64,
}

/// A category as it is put.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CategoryRequest {
    /// Its id; 1 to 64 letters, digits, `-`, `_`.
    id: String,
    /// What it is called; 1 to 20 characters in each language.
    name: Text,
}

/// All categories, in the order in which the shop shows them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CategoriesRequest {
    /// Those that there are from now on.
    #[schema(max_items = 50)]
    items: Vec<CategoryRequest>,
}

/// A brand.
#[derive(Serialize, ToSchema)]
pub(crate) struct Brand {
    /// What it is called, which is what a list is filtered by.
    name: String,
    /// How many of its articles are sold now.
    count: u64,
}

/// What somebody who types may mean.
#[derive(Serialize, ToSchema)]
pub(crate) struct Suggestion {
    /// Of which kind.
    kind: SuggestionKind,
    /// Id of the category or the article, or the brand.
    id: String,
    /// What it is called.
    title: Text,
}

/// What is suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SuggestionKind {
    /// A category.
    Category,
    /// A brand.
    Brand,
    /// An article.
    Product,
}

/// What was typed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SuggestionsQuery {
    /// 1 to 60 characters.
    words: String,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(categories, put_categories))
        .routes(routes!(brands))
        .routes(routes!(suggestions))
}

/// Categories, in the operator's order.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/categories",
    tag = "catalogue",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = List<Category>)),
)]
async fn categories(
    State(app): State<App>,
    Path(programme): Path<String>,
) -> Result<Json<List<Category>>, Problem> {
    app.programme(&programme)?;
    let rows = app.people(move |people| people.look(|tables| tables.categories(&programme))).await?;
    Ok(Json(List { items: rows.into_iter().map(Category::of).collect() }))
}

/// Makes these the categories, in this order. One in which articles stand cannot go.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/categories",
    tag = "catalogue",
    extensions(("x-permission" = json!("products.manage"))),
    request_body = CategoriesRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn put_categories(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<CategoriesRequest>,
) -> Result<Response, Problem> {
    app.programme(&programme)?;
    let rows = rows_of(body.value)?;
    let (act, tenant) = (who.act(), who.tenant()?.to_owned());
    app.change(&who, &write, Some(body.hash), move |tables| {
        let before = tables.categories(&programme)?;
        for gone in before.iter().filter(|each| !rows.iter().any(|row| row.id == each.id)) {
            let count = tables.in_category(&programme, &gone.id)?;
            if count > 0 {
                return Err(Problem::new(ServerFault::CategoryInUse { category: &gone.id, count }));
            }
        }
        tables.put_categories(&tenant, &programme, &rows)?;
        let text = |rows: &[CategoryRow]| {
            let each = rows.iter().map(|row| json!({ "id": row.id, "name": row.name }));
            serde_json::Value::from_iter(each).to_string()
        };
        let entry = NewAuditEntry {
            before: Some(text(&before)),
            after: Some(text(&rows)),
            ..NewAuditEntry::of(&tenant, "categories.put", &programme)
        };
        tables.audit(&act, entry)?;
        Ok(Done { done: true })
    })
    .await
}

fn rows_of(request: CategoriesRequest) -> Result<Vec<CategoryRow>, Problem> {
    if request.items.len() > CATEGORIES_MAX {
        return Err(Problem::field("items", ServerFault::Count { least: 0, most: CATEGORIES_MAX }));
    }
    let mut rows: Vec<CategoryRow> = Vec::new();
    for (at, CategoryRequest { id, name }) in request.items.into_iter().enumerate() {
        check_letters(&format!("items.{at}.id"), &id, ID_CHARS_MAX)?;
        check_text(&format!("items.{at}.name"), &name, NAME_CHARS_MAX)?;
        if rows.iter().any(|row| row.id == id) {
            return Err(Problem::field(&format!("items.{at}.id"), ServerFault::Repeated { id: &id }));
        }
        rows.push(CategoryRow { id, name: [name.zh, name.en], count: 0 });
    }
    Ok(rows)
}

/// Most categories.
const CATEGORIES_MAX: usize = 50;
/// Longest id of a category.
const ID_CHARS_MAX: usize = 64;
/// Longest name of a category: it is a chip on a phone.
const NAME_CHARS_MAX: usize = 20;
/// Most brands that are listed.
const BRANDS_MAX: usize = 100;
/// Most suggestions.
const SUGGESTIONS_MAX: usize = 8;

/// Brands of what is sold now, those with most articles first; the first 100.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/brands",
    tag = "catalogue",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = List<Brand>)),
)]
async fn brands(State(app): State<App>, Path(programme): Path<String>) -> Result<Json<List<Brand>>, Problem> {
    app.programme(&programme)?;
    let rows = app.people(move |people| people.look(|tables| tables.brands(&programme, BRANDS_MAX))).await?;
    let brand = |(name, count): (String, i64)| Brand { name, count: u64::try_from(count).unwrap_or(0) };
    Ok(Json(List { items: rows.into_iter().map(brand).collect() }))
}

/// What somebody who types may mean: categories, brands, then articles that are sold now; at most 8.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/suggestions",
    tag = "catalogue",
    extensions(("x-permission" = json!("public"))),
    params(SuggestionsQuery),
    responses((status = 200, description = "Done.", body = List<Suggestion>)),
)]
async fn suggestions(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<SuggestionsQuery>,
) -> Result<Json<List<Suggestion>>, Problem> {
    app.programme(&programme)?;
    let text = query.words.trim().to_lowercase();
    if !(1..=WORDS_CHARS_MAX).contains(&text.chars().count()) {
        return Err(query_problem("words", ServerFault::Length { least: 1, most: WORDS_CHARS_MAX }));
    }
    let items = app.people(move |people| {
        let words = WantedWords::of(&text);
        let wanted = words.map(|words| ProductQuery {
            words: Some(words),
            listed: true,
            sort: ProductSort::Newest,
            limit: SUGGESTIONS_MAX,
            ..ProductQuery::default()
        });
        people.look(|tables| {
            let categories = tables.categories(&programme)?;
            let brands = tables.brands(&programme, BRANDS_MAX)?;
            let products = wanted.map(|wanted| tables.products(&programme, &wanted)).transpose()?;
            let has = |name: &str| name.to_lowercase().contains(&text);
            let both = |name: String| Text { zh: name.clone(), en: name };
            let categories = categories.into_iter().filter(|row| row.name.iter().any(|name| has(name)));
            let categories = categories.map(|CategoryRow { id, name: [zh, en], .. }| Suggestion {
                kind: SuggestionKind::Category,
                id,
                title: Text { zh, en },
            });
            let brands = brands.into_iter().filter(|(name, _)| has(name)).map(|(name, _)| Suggestion {
                kind: SuggestionKind::Brand,
                id: name.clone(),
                title: both(name),
            });
            let products = products.into_iter().flatten().map(|row| {
                let [zh, en] = row.title;
                Suggestion { kind: SuggestionKind::Product, id: row.id, title: Text { zh, en } }
            });
            Ok(categories.chain(brands).chain(products).take(SUGGESTIONS_MAX).collect())
        })
    });
    Ok(Json(List { items: items.await? }))
}

impl Category {
    pub(super) fn of(row: CategoryRow) -> Category {
        let [zh, en] = row.name;
        Category { id: row.id, name: Text { zh, en }, count: u64::try_from(row.count).unwrap_or(0) }
    }
}
