//! The built pages of shop, console and lab, from `web/dist`, part of the program where they were built before it.

use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use ratchet_engine::message::Language;
use rust_embed::RustEmbed;

use crate::problem::Problem;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Dist;

/// A page's own policy: nothing from elsewhere, no script or style within it.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Pages of the lab, each a file in each language, so that what stands on it first needs no script.
const LAB_PAGES: [&str; 3] = ["", "plan", "embed"];
/// The policy of the one page that others may show within theirs.
const EMBED_POLICY: &str =
    "default-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors *";
/// The policy of the one page of the shop that the console shows within its own: the home page that is not saved yet.
const LOOK_POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
/// How that one ends.
pub(crate) const FRAMED_HERE: &[u8] = b"frame-ancestors 'self'";
/// How a policy ends that lets others show the page.
pub(crate) const FRAMED: &[u8] = b"frame-ancestors *";

/// A file of the lab, the console or the shop; every other path is a place within one of them, which its first page finds.
pub(crate) async fn page(uri: Uri, language: Language) -> Result<Response, Problem> {
    let path = uri.path().trim_start_matches('/');
    if let Some(rest) = path.strip_prefix("lab").filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        return lab_page(rest.trim_matches('/'), uri.query().unwrap_or_default(), language);
    }
    let (folder, rest) = match path.strip_prefix("console") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => ("console", rest.trim_start_matches('/')),
        _ => ("shop", path),
    };
    if let Some(file) = file(folder, rest) {
        return Ok(file);
    }
    // A file that is not there is no place.
    if rest.starts_with("assets/") {
        return Err(Problem::not_found());
    }
    let first = format!("{folder}/index.html");
    let file = Dist::get(&first).ok_or_else(Problem::not_found)?;
    let mut response = shown(&first, file.data.into_owned(), "no-store");
    if folder == "shop" && is_look(rest) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(LOOK_POLICY));
    }
    Ok(response)
}

/// Whether a place of the shop is the home page as it would be: `p/{programme}/look`.
fn is_look(rest: &str) -> bool {
    let mut parts = rest.split('/');
    parts.next() == Some("p")
        && parts.next().is_some()
        && parts.next() == Some("look")
        && parts.next().is_none()
}

/// A page of the lab in the language that its address asks for, else in that of the reader.
fn lab_page(rest: &str, query: &str, language: Language) -> Result<Response, Problem> {
    if LAB_PAGES.contains(&rest) {
        let asked = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "lang");
        let in_english = match asked.as_ref().map(|(_, language)| &**language) {
            Some("en") => true,
            Some("zh") => false,
            _ => language == Language::En,
        };
        let folder = if rest.is_empty() { "lab".to_owned() } else { format!("lab/{rest}") };
        let name = format!("{folder}/{}.html", if in_english { "en" } else { "index" });
        let file = Dist::get(&name).ok_or_else(Problem::not_found)?;
        let mut response = shown(&name, file.data.into_owned(), "no-store");
        if rest == "embed" {
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(EMBED_POLICY));
        }
        return Ok(response);
    }
    // Its pages have addresses of their own.
    file("lab", rest).filter(|_| !rest.ends_with(".html")).ok_or_else(Problem::not_found)
}

/// A file of a folder, if it is there. The names of assets change with what is in them, so they are kept for ever.
fn file(folder: &str, rest: &str) -> Option<Response> {
    let name = format!("{folder}/{rest}");
    let found = Dist::get(&name)?;
    let keeps = if rest.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    Some(shown(&name, found.data.into_owned(), keeps))
}

fn shown(name: &str, bytes: Vec<u8>, keeps: &'static str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind_of(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keeps));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
