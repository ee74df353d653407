//! Where people want goods sent, and the regions that addresses lie in (MALL-4).

use ratchet_store::{AddressRow, Recipient};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::prelude::*;
use crate::regions;

/// A province, city or district.
#[derive(Serialize, ToSchema)]
pub(crate) struct Region {
    /// Its code (GB/T 2260).
    code: &'static str,
    /// What it is called, in Chinese.
    name: &'static str,
}

/// Which regions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RegionsQuery {
    /// Those right below this one; all provinces if absent.
    below: Option<String>,
}

/// An address.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Address {
    /// Its id.
    id: String,
    /// Who receives, and where.
    #[serde(flatten)]
    place: Place,
    /// Whether orders go there if nothing else is said.
    is_default: bool,
}

/// Who receives goods, and where.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Place {
    /// Who takes the parcel; absent where the person has left.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Phone number for the carrier.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// Code of the district (GB/T 2260).
    region: String,
    /// Province, city and district in Chinese.
    region_name: String,
    /// Street, house, door.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// An address as it is written.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressRequest {
    /// Who takes the parcel; 1 to 40 characters.
    name: String,
    /// Phone number for the carrier: 5 to 20 digits, with `+`, spaces and `-`.
    phone: String,
    /// Code of the district (GB/T 2260).
    region: String,
    /// Street, house, door; 1 to 120 characters.
    detail: String,
    /// Orders go there from now on; the first address is the default anyway.
    #[serde(default)]
    is_default: bool,
}

/// Most addresses of a person.
const ADDRESSES_MAX: usize = 20;
const NAME_CHARS_MAX: usize = 40;
const DETAIL_CHARS_MAX: usize = 120;

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(regions_below))
        .routes(routes!(all, add))
        .routes(routes!(change, remove))
}

/// Provinces, or the cities of one, or the districts of a city.
#[utoipa::path(
    get,
    path = "/regions",
    tag = "addresses",
    extensions(("x-permission" = json!("public"))),
    params(RegionsQuery),
    responses((status = 200, description = "Done.", body = List<Region>)),
)]
async fn regions_below(Query(query): Query<RegionsQuery>) -> Json<List<Region>> {
    let regions = regions::below(query.below.as_deref());
    Json(List { items: regions.map(|(code, name)| Region { code, name }).collect() })
}

/// One's own addresses, as they were made.
#[utoipa::path(
    get,
    path = "/me/addresses",
    tag = "addresses",
    extensions(("x-permission" = json!("person"))),
    responses((status = 200, description = "Done.", body = List<Address>)),
)]
async fn all(State(app): State<App>, who: Who) -> Result<Json<List<Address>>, Problem> {
    let person = person_of(&who)?;
    let rows = app.people(move |people| people.look(|tables| tables.addresses(&person))).await?;
    Ok(Json(List { items: rows.into_iter().map(Address::of).collect() }))
}

/// Writes an address down.
#[utoipa::path(
    post,
    path = "/me/addresses",
    tag = "addresses",
    extensions(("x-permission" = json!("person"))),
    request_body = AddressRequest,
    responses((status = 200, description = "Done.", body = Address)),
)]
async fn add(
    State(app): State<App>,
    who: Who,
    write: Write,
    body: Body<AddressRequest>,
) -> Result<Response, Problem> {
    put(&app, &who, &write, None, body).await
}

/// Writes another address in its place. Orders that were placed go where they went.
#[utoipa::path(
    post,
    path = "/me/addresses/{address}",
    tag = "addresses",
    extensions(("x-permission" = json!("person"))),
    request_body = AddressRequest,
    responses((status = 200, description = "Done.", body = Address)),
)]
async fn change(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(address): Path<String>,
    body: Body<AddressRequest>,
) -> Result<Response, Problem> {
    put(&app, &who, &write, Some(address), body).await
}

/// Takes an address away.
#[utoipa::path(
    delete,
    path = "/me/addresses/{address}",
    tag = "addresses",
    extensions(("x-permission" = json!("person"))),
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn remove(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(address): Path<String>,
) -> Result<Response, Problem> {
    let person = person_of(&who)?;
    app.change(&who, &write, None, move |tables| {
        tables.remove_address(&person, &address)?;
        Ok(Done { done: true })
    })
    .await
}

/// The person; a key does what its scopes say, and none says this.
fn person_of(who: &Who) -> Result<String, Problem> {
    match &who.caller {
        Some(caller) if caller.key.is_some() => Err(Problem::not_found()),
        _ => who.person().map(str::to_owned),
    }
}

async fn put(
    app: &App,
    who: &Who,
    write: &Write,
    address: Option<String>,
    body: Body<AddressRequest>,
) -> Result<Response, Problem> {
    let person = person_of(who)?;
    let AddressRequest { name, phone, region, detail, is_default } = body.value;
    check_length("name", name.trim(), 1, NAME_CHARS_MAX)?;
    check_length("detail", detail.trim(), 1, DETAIL_CHARS_MAX)?;
    let digits = phone.bytes().filter(u8::is_ascii_digit).count();
    if !(5..=20).contains(&digits) || !phone.chars().all(|each| each.is_ascii_digit() || "+- ".contains(each))
    {
        return Err(Problem::field("phone", ServerFault::PhoneForm {}));
    }
    if regions::name_of(&region).is_none() {
        return Err(Problem::field("region", ServerFault::RegionUnknown { region: &region }));
    }
    let recipient = Recipient {
        name: name.trim().to_owned(),
        phone: phone.trim().to_owned(),
        detail: detail.trim().to_owned(),
    };
    app.change(who, write, Some(body.hash), move |tables| {
        if address.is_none() && tables.addresses(&person)?.len() >= ADDRESSES_MAX {
            return Err(Problem::new(ServerFault::Count { least: 0, most: ADDRESSES_MAX }));
        }
        let put = tables.put_address(&person, address.as_deref(), (&region, &recipient, is_default))?;
        let id = put.ok_or_else(|| Problem::new(ServerFault::AddressUnknown {}))?;
        let row = tables.addresses(&person)?.into_iter().find(|row| row.id == id);
        row.map(Address::of).ok_or_else(Problem::not_found)
    })
    .await
}

impl Address {
    pub(super) fn of(row: AddressRow) -> Address {
        let AddressRow { id, region, recipient, is_default } = row;
        Address { id, place: Place::of(region, Some(recipient)), is_default }
    }
}

impl Place {
    pub(super) fn of(region: String, recipient: Option<Recipient>) -> Place {
        let region_name = regions::name_of(&region).unwrap_or_else(|| region.clone());
        let (name, phone, detail) = match recipient {
            Some(Recipient { name, phone, detail }) => (Some(name), Some(phone), Some(detail)),
            None => (None, None, None),
        };
        Place { name, phone, region, region_name, detail }
    }
}
