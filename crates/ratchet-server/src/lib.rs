//! Programmes over HTTP: routes, people and permissions, sessions, the play-money provider. What a programme decides is decided by its
//! engine; this crate says who may ask, and gives answers their form.
//!
//! ```text
//! request → outermost (id, language, log) → authorise (what the document says) → handler
//!                                                       │                          │
//!                                            people (SQLite, beside)     programme (one writer, journal)
//! ```

mod access;
mod api;
mod app;
mod audit;
mod cashier;
mod demo;
mod http;
pub mod lab;
mod limits;
mod openapi;
mod pages;
mod pictures;
mod population;
mod problem;
pub mod programme;
mod regions;
mod request;
mod sender;
mod serve;
mod viewing;

pub use api::{LabCrowd, LabPeople, LabQuestion, LabResult, LabSetting, LabSource};
pub(crate) use app::App;
pub use limits::LimitSettings;
pub use pictures::PictureSettings;
pub use problem::ServerFault;
pub use sender::{Sender, Sending};
pub use serve::{Config, ServeFault, Server, TlsFiles, owner_link, serve};

/// The OpenAPI document of this server, as JSON on one line: with a line for each value a tenth of the file would be line ends.
pub fn openapi_json() -> String {
    let document = openapi::with_commands(&api::document(), &api::command_types());
    format!("{document}\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_document_is_that_of_the_routes() {
        let committed = include_str!("../openapi.json");
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"), super::openapi_json())
                .expect("it can be written");
            return;
        }
        assert!(
            super::openapi_json() == committed,
            "write it again: UPDATE_OPENAPI=1 cargo test -p ratchet-server"
        );
    }
}
