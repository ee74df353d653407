//! Articles that one wants to find again, with what they cost then and now (MALL-8).

use ratchet_engine::engine::Engine;
use ratchet_store::FavouriteRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::catalogue::{Product, in_list, price_of};
use super::prelude::*;

/// An article that one wants to find again.
#[derive(Serialize, ToSchema)]
pub(crate) struct Favourite {
    /// The article as it is now, with its price of now.
    product: Product,
    /// What it cost then.
    price_then: Amount,
    /// Since when, by the programme's clock.
    since: Time,
}

/// An article to find again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FavouriteRequest {
    /// Which.
    product: String,
}

/// Most favourites of a person in a programme.
const FAVOURITES_MAX: usize = 200;

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(mine, add)).routes(routes!(remove))
}

/// One's own favourites, the last one first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/favourites",
    tag = "catalogue",
    extensions(("x-permission" = json!("member"))),
    responses((status = 200, description = "Done.", body = List<Favourite>)),
)]
async fn mine(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
) -> Result<Json<List<Favourite>>, Problem> {
    let handle = app.programme(&programme)?;
    let (currency, person) = (app.currency(&handle).await?, who.person()?.to_owned());
    let rows = app
        .people(move |people| {
            people.look(|tables| {
                let mut rows = Vec::new();
                for favourite in tables.favourites(&programme, &person)? {
                    if let Some(row) = tables.product(&programme, &favourite.product)? {
                        rows.push((favourite, row));
                    }
                }
                Ok(rows)
            })
        })
        .await?;
    let items = handle.read(None, move |engine| {
        let favourite = |(favourite, row): (FavouriteRow, _)| Favourite {
            product: in_list(engine, row),
            price_then: Amount(currency.format_minor(favourite.price.into())),
            since: Time::of_us(favourite.at),
        };
        rows.into_iter().map(favourite).collect()
    });
    Ok(Json(List { items: items.await? }))
}

/// Makes an article a favourite; one that is one keeps its price of then.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/favourites",
    tag = "catalogue",
    extensions(("x-permission" = json!("member"))),
    request_body = FavouriteRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn add(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<FavouriteRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let (product, person) = (body.value.product, who.person()?.to_owned());
    let (of, id) = (programme.clone(), product.clone());
    let row = app.people(move |people| people.look(|tables| tables.product(&of, &id))).await?;
    let row = row.ok_or_else(|| Problem::new(ServerFault::ProductNotSold { product: &product }))?;
    let (price, at) =
        handle.read(None, move |engine: &Engine| (price_of(engine, &row).minor(), engine.now().us())).await?;
    app.change(&who, &write, Some(body.hash), move |tables| {
        let known = tables.favourites(&programme, &person)?;
        if known.len() >= FAVOURITES_MAX && !known.iter().any(|each| each.product == product) {
            return Err(Problem::new(ServerFault::Full { most: FAVOURITES_MAX }));
        }
        tables.put_favourite(&programme, &person, &FavouriteRow { product, price, at })?;
        Ok(Done { done: true })
    })
    .await
}

/// An article is a favourite no longer.
#[utoipa::path(
    delete,
    path = "/programmes/{programme}/me/favourites/{product_id}",
    tag = "catalogue",
    extensions(("x-permission" = json!("member"))),
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn remove(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, product_id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let person = who.person()?.to_owned();
    app.change(&who, &write, None, move |tables| {
        tables.remove_favourite(&programme, &person, &product_id)?;
        Ok(Done { done: true })
    })
    .await
}
