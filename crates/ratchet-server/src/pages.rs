//! The built pages of shop and console, from `web/dist`, part of the program where they were built before it.

use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::problem::Problem;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Dist;

/// A page's own policy: nothing from elsewhere, no script or style within it.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// A file of the console or the shop; every other path is a place within one of them, which its first page finds.
pub(crate) async fn page(uri: Uri) -> Result<Response, Problem> {
    let path = uri.path().trim_start_matches('/');
    let (folder, rest) = match path.strip_prefix("console") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => ("console", rest.trim_start_matches('/')),
        _ => ("shop", path),
    };
    let name = format!("{folder}/{rest}");
    if let Some(file) = Dist::get(&name).filter(|_| !rest.is_empty()) {
        let keeps =
            if rest.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        return Ok(shown(&name, file.data.into_owned(), keeps));
    }
    // A file that is not there is no place.
    if rest.starts_with("assets/") {
        return Err(Problem::not_found());
    }
    let first = format!("{folder}/index.html");
    let file = Dist::get(&first).ok_or_else(Problem::not_found)?;
    Ok(shown(&first, file.data.into_owned(), "no-store"))
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
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
