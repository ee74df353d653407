//! `/api/v1`: every route with its document, from which permissions are enforced too.

mod addresses;
mod catalogue;
mod categories;
mod codes;
mod commands;
mod coupons;
mod course;
mod days;
mod demo;
mod desk;
mod dialogue;
mod favourites;
mod find;
mod home;
mod journal;
mod lab;
mod market;
mod members;
mod merchants;
mod messages;
mod network;
mod notices;
mod orders;
mod outlook;
mod own;
mod payments;
mod payouts;
mod people;
mod pictures;
mod plan;
mod points;
mod prelude;
mod programmes;
mod proposals;
mod reconciliation;
mod release;
mod reviews;
mod settings;
mod shares;
mod tasks;
mod truth;
mod wallet;

use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

pub(crate) use catalogue::words_of;
pub(crate) use commands::{PreviewView, WriteAnswer, Written, command_types, request_of};
pub(crate) use demo::{REPORT_PATH, report};
pub(crate) use lab::LabProblem;
pub use lab::{LabCrowd, LabPeople, LabQuestion, LabResult, LabSetting, LabSource};
pub(crate) use payments::{PROVIDER, submit};
pub(crate) use people::{Role, hashed};
pub(crate) use prelude::PersonName;
pub(crate) use reconciliation::{booked, returned};
pub(crate) use truth::Truths;
pub(crate) use wallet::WalletAccount;

use crate::App;

/// All routes below `/api/v1`.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(people::routes())
        .merge(demo::routes())
        .merge(lab::routes())
        .merge(codes::routes())
        .merge(own::routes())
        .merge(settings::routes())
        .merge(programmes::routes())
        .merge(plan::routes())
        .merge(proposals::routes())
        .merge(catalogue::routes())
        .merge(categories::routes())
        .merge(addresses::routes())
        .merge(coupons::routes())
        .merge(pictures::routes())
        .merge(reviews::routes())
        .merge(favourites::routes())
        .merge(home::routes())
        .merge(notices::routes())
        .merge(orders::routes())
        .merge(dialogue::routes())
        .merge(payments::routes())
        .merge(payouts::routes())
        .merge(reconciliation::routes())
        .merge(points::routes())
        .merge(release::routes())
        .merge(market::routes())
        .merge(tasks::routes())
        .merge(days::routes())
        .merge(merchants::routes())
        .merge(desk::routes())
        .merge(course::routes())
        .merge(messages::routes())
        .merge(wallet::routes())
        .merge(members::routes())
        .merge(network::routes())
        .merge(shares::routes())
        .merge(truth::routes())
        .merge(journal::routes())
        .merge(find::routes())
        .merge(commands::routes())
}

/// The document of all routes.
pub(crate) fn document() -> OpenApi {
    crate::openapi::complete(routes().into_openapi())
}
