//! `/api/v1`: every route with its document, from which permissions are enforced too.

mod catalogue;
mod commands;
mod find;
mod journal;
mod members;
mod orders;
mod payments;
mod people;
mod plan;
mod points;
mod prelude;
mod programmes;
mod proposals;
mod truth;
mod wallet;

use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

pub(crate) use commands::{PreviewView, WriteAnswer, Written, command_types};
pub(crate) use people::Role;
pub(crate) use prelude::PersonName;
pub(crate) use wallet::WalletAccount;

use crate::App;

/// All routes below `/api/v1`.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(people::routes())
        .merge(programmes::routes())
        .merge(plan::routes())
        .merge(proposals::routes())
        .merge(catalogue::routes())
        .merge(orders::routes())
        .merge(payments::routes())
        .merge(points::routes())
        .merge(wallet::routes())
        .merge(members::routes())
        .merge(truth::routes())
        .merge(journal::routes())
        .merge(find::routes())
        .merge(commands::routes())
}

/// The document of all routes.
pub(crate) fn document() -> OpenApi {
    crate::openapi::complete(routes().into_openapi())
}
