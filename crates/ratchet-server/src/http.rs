//! From a connection to a handler and back: ids, languages, problems, limits, logs, pages that are no API.

use std::any::Any;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use ratchet_engine::message::panic_text;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tracing::{error, info};

use crate::access::authorise;
use crate::problem::{Problem, ServerFault};
use crate::request::Meta;
use crate::{App, api, cashier, pages, pictures};

/// The whole of what this server answers.
pub(crate) fn router(app: App) -> Router {
    let (api, _) = api::routes().split_for_parts();
    let api = api
        .route_layer(from_fn_with_state(app.clone(), authorise))
        .route_layer(from_fn_with_state(app.clone(), require_setup))
        .route(
            "/openapi.json",
            get(|| async { ([(header::CONTENT_TYPE, "application/json")], crate::openapi_json()) }),
        );
    let docs: Router<App> = utoipa_swagger_ui::SwaggerUi::new("/docs")
        .config(utoipa_swagger_ui::Config::from("/api/v1/openapi.json"))
        .into();
    Router::new()
        .nest("/api/v1", api)
        .merge(cashier::routes())
        .merge(docs)
        .route("/problems/{code}", get(problem_page))
        .route(api::REPORT_PATH, get(api::report))
        .route("/pictures/{id}/{file}", get(pictures::serve))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(|State(app): State<App>| async move { app.metrics.render() }))
        .fallback(nowhere)
        .method_not_allowed_fallback(|| async { Problem::new(ServerFault::Method {}) })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app.clone(), outermost))
        .with_state(app)
}

/// Until there is an owner everything but the way to one says so.
async fn require_setup(State(app): State<App>, request: Request, next: Next) -> Result<Response, Problem> {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    if path != Some("/api/v1/setup") && !app.has_owner().await? {
        return Err(Problem::new(ServerFault::SetupRequired {}));
    }
    Ok(next.run(request).await)
}

/// A page where somebody looks for one; to programs, that there is nothing.
async fn nowhere(
    uri: axum::http::Uri,
    headers: axum::http::HeaderMap,
    method: axum::http::Method,
) -> Result<Response, Problem> {
    let own = ["/api", "/cashier", "/problems", "/docs", "/pictures"]
        .iter()
        .any(|begins| uri.path().starts_with(begins));
    let wants = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_page = wants.contains("text/html") || uri.path().contains('.');
    if own || method != axum::http::Method::GET || !is_page && wants != "*/*" {
        return Err(Problem::not_found());
    }
    pages::page(uri, crate::request::language(&headers)).await
}

async fn ready(State(app): State<App>) -> Response {
    if *app.stopping.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
    }
    match app.has_owner().await {
        Ok(_) => "ready\n".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the data cannot be read\n").into_response(),
    }
}

/// What a code means, in both languages.
async fn problem_page(axum::extract::Path(code): axum::extract::Path<String>) -> Result<Response, Problem> {
    let row = ServerFault::TABLE.iter().find(|row| row.code == code).map(|row| (row.en, row.zh));
    let rejections = ratchet_engine::rejection::Rejection::ALL.iter();
    let rejection = || {
        rejections
            .clone()
            .find(|rejection| rejection.code() == code)
            .map(|rejection| (rejection.to_string(), rejection.zh()))
    };
    let (en, zh) = match row {
        Some((en, zh)) => (en.to_owned(), zh),
        None => rejection().ok_or_else(Problem::not_found)?,
    };
    Ok(axum::Json(serde_json::json!({ "code": code, "en": en, "zh": zh })).into_response())
}

/// A panic of a handler is a bug: it is logged where it happens, and whoever asked gets the id to tell us.
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    Problem::new(ServerFault::Bug {}).because(panic_text(&*panic)).into_response()
}

async fn outermost(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let meta = Meta::of(&request, app.now_us());
    let method = request.method().clone();
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    request.extensions_mut().insert(meta.clone());
    let mut response = next.run(request).await;
    let problem = response.extensions_mut().remove::<Problem>();
    if let Some(problem) = &problem {
        response = problem.render(meta.language, &meta.id);
    }
    let status = response.status();
    let headers = response.headers_mut();
    let id = HeaderValue::from_str(&meta.id).expect("hexadecimal digits are a header");
    headers.insert(HeaderName::from_static("x-request-id"), id);
    for (name, value) in
        [(header::X_CONTENT_TYPE_OPTIONS, "nosniff"), (header::REFERRER_POLICY, "same-origin")]
    {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // A page that others may show within theirs says so in its policy.
    let policy = headers.get(header::CONTENT_SECURITY_POLICY);
    let ends = |with: &[u8]| policy.is_some_and(|policy| policy.as_bytes().ends_with(with));
    let framed = match () {
        () if ends(pages::FRAMED) => None,
        () if ends(pages::FRAMED_HERE) => Some("SAMEORIGIN"),
        () => Some("DENY"),
    };
    if let Some(framed) = framed {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static(framed));
    }
    if meta.is_https {
        let always = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, always);
    }
    headers.append(header::VARY, HeaderValue::from_static("Accept-Language, Cookie, Authorization"));
    // The page of the document shows itself by a script within it.
    let policy = match path.starts_with("/docs") {
        true => {
            "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; img-src 'self' data:"
        }
        false => {
            "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
        }
    };
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(policy));
    if path.starts_with("/api/") {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    let labels =
        [("method", method.to_string()), ("path", path.clone()), ("status", status.as_u16().to_string())];
    metrics::counter!("ratchet_http_requests_total", &labels).increment(1);
    metrics::histogram!("ratchet_http_request_seconds", &labels[..2]).record(started.elapsed());
    let code = problem.as_ref().map(Problem::code);
    let reason = problem.as_ref().and_then(Problem::reason);
    let took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let (id, status, method) = (meta.id.as_str(), status.as_u16(), method.as_str());
    if status >= 500 {
        error!(request_id = id, method, path, status, code, reason, took_us, "request");
    } else {
        info!(request_id = id, method, path, status, code, reason, took_us, "request");
    }
    response
}
