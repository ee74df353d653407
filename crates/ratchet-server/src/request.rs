//! What every handler reads of a request: body, query, key, page. Whatever does not fit is a problem with its pointer.

use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use ratchet_engine::hash::hex;
use ratchet_engine::message::{Language, Message};
use ratchet_engine::plan::form;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use utoipa::IntoParams;

use crate::problem::{Problem, ServerFault};
use crate::serve::Peer;

/// Largest body in bytes: a plan of its largest size, as JSON, with room.
pub(crate) const BODY_BYTES_MAX: usize = 2 << 20;
/// Longest idempotency key in bytes.
pub(crate) const KEY_BYTES_MAX: usize = 64;
/// Most items of a page.
pub(crate) const PAGE_MAX: usize = 200;
/// Items of a page if nobody says how many.
const PAGE: usize = 50;

/// A read of one thing.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadQuery {
    /// Read at least every entry up to this one: `seq` of a write's answer.
    pub(crate) min_seq: Option<u64>,
}

/// A page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// From `next` of the page before.
    pub(crate) cursor: Option<String>,
    /// How many; 1 to 200, 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<usize>,
    /// Read at least every entry up to this one.
    pub(crate) min_seq: Option<u64>,
}

/// How many items a page may have.
pub(crate) fn limit_of(limit: Option<usize>) -> Result<usize, Problem> {
    match limit {
        None => Ok(PAGE),
        Some(limit) if (1..=PAGE_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(query_problem("limit", ServerFault::Count { least: 1, most: PAGE_MAX })),
    }
}

/// Where a page goes on: the place of the last item before it.
pub(crate) fn cursor_of(cursor: Option<&str>) -> Result<Option<u64>, Problem> {
    let parsed = cursor.map(|cursor| cursor.parse()).transpose();
    parsed.map_err(|_| query_problem("cursor", ServerFault::Query { error: form("it is none of this list") }))
}

/// A parameter of the query that has not the form it has to have.
pub(crate) fn query_problem(name: &str, error: impl Into<Message>) -> Problem {
    let error = error.into();
    Problem::new(ServerFault::Query { error: error.clone() }).at(format!("#query/{name}"), error)
}

/// What is known of every request.
#[derive(Clone, Debug)]
pub(crate) struct Meta {
    /// Its id, which its answer, its log lines and what it writes down carry.
    pub(crate) id: String,
    /// The language of its answer.
    pub(crate) language: Language,
    /// Where it came from.
    pub(crate) address: String,
    /// It came by HTTPS, to this server or to the proxy before it.
    pub(crate) is_https: bool,
    /// When it came, by the server's clock.
    pub(crate) now_us: i64,
}

impl Meta {
    /// Of a request that has just come.
    pub(crate) fn of(request: &Request, now_us: i64) -> Meta {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).expect("the system has random bytes");
        let peer = request.extensions().get::<ConnectInfo<Peer>>().map(|ConnectInfo(peer)| *peer);
        let forwarded = request.headers().get("x-forwarded-proto");
        let is_https =
            peer.is_some_and(|peer| peer.is_tls) || forwarded.is_some_and(|scheme| scheme == "https");
        Meta {
            id: hex(&bytes),
            language: language(request.headers()),
            address: peer.map_or_else(String::new, |peer| peer.address.to_string()),
            is_https,
            now_us,
        }
    }
}

/// Chinese where `Accept-Language` prefers it to English, else English.
pub(crate) fn language(headers: &HeaderMap) -> Language {
    let accepted =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut best = ("0", Language::En);
    for range in accepted.split(',') {
        let (tag, quality) = match range.split_once(";q=") {
            Some((tag, quality)) => (tag.trim(), quality.trim()),
            None => (range.trim(), "1"),
        };
        let language = match tag.split('-').next() {
            Some(tag) if tag.eq_ignore_ascii_case("zh") => Language::Zh,
            Some(tag) if tag.eq_ignore_ascii_case("en") => Language::En,
            _ => continue,
        };
        // A quality is 0 to 1 with at most three decimals: as texts they compare as they are meant. Of equals the first counts.
        if quality.trim_end_matches(['0', '.']) > best.0.trim_end_matches(['0', '.']) {
            best = (quality, language);
        }
    }
    best.1
}

/// A query whose every parameter the document names.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Query<T>, Problem> {
        let parsed = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        parsed.map(|axum::extract::Query(query)| Query(query)).map_err(|error| {
            use std::error::Error as _;
            let said = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            let (name, said) = said.split_once(": ").unwrap_or(("", &said));
            query_problem(name, form(said))
        })
    }
}

/// A JSON body whose every field the document names, with the hash of its bytes.
#[derive(Debug)]
pub(crate) struct Body<T> {
    /// What it says.
    pub(crate) value: T,
    /// SHA-256 of its bytes.
    pub(crate) hash: [u8; 32],
}

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Body<T>, Problem> {
        let is_json =
            request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(
                |kind| {
                    kind.split(';')
                        .next()
                        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
                },
            );
        if !is_json {
            return Err(Problem::new(ServerFault::MediaType {}));
        }
        let bytes = body_bytes(request).await?;
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let pointer = pointer(error.path());
            json_problem(&error.into_inner().to_string(), pointer)
        })?;
        reader.end().map_err(|error| json_problem(&error.to_string(), String::new()))?;
        Ok(Body { value, hash: Sha256::digest(&bytes).into() })
    }
}

/// All bytes of a body that is not too large.
pub(crate) async fn body_bytes(request: Request) -> Result<axum::body::Bytes, Problem> {
    body_bytes_of(request, BODY_BYTES_MAX).await
}

/// All bytes of a body of at most so many.
pub(crate) async fn body_bytes_of(request: Request, most: usize) -> Result<axum::body::Bytes, Problem> {
    let bytes = axum::body::to_bytes(request.into_body(), most).await;
    bytes.map_err(|error| {
        use std::error::Error as _;
        match error.source().is_some_and(|source| source.to_string().contains("length limit")) {
            true => Problem::new(ServerFault::BodyTooLarge { most }),
            false => Problem::new(ServerFault::BodyCut {}),
        }
    })
}

fn json_problem(said: &str, pointer: String) -> Problem {
    // Where in the text matters less than which field.
    let said = said.rsplit_once(" at line ").map_or(said, |(said, _)| said);
    let error = form(said);
    Problem::new(ServerFault::Json { error: error.clone() }).at(pointer, error)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path.iter() {
        let part = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&part);
    }
    pointer
}

/// A write's key, and whether it is a preview.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    /// `Idempotency-Key`.
    pub(crate) key: String,
    /// `preview=true`.
    pub(crate) preview: bool,
    /// Method and path, which belong to the content.
    target: String,
}

impl Write {
    /// A part of what it does that has a key of its own.
    pub(crate) fn part(&self, name: &str) -> Write {
        Write { key: format!("{}.{name}", self.key), ..self.clone() }
    }

    /// The same under a key of the thing that it decides, so that whoever decides it again has one effect.
    pub(crate) fn keyed(&self, key: String) -> Write {
        Write { key, ..self.clone() }
    }

    /// What a second write under the same key must have in common with the first.
    pub(crate) fn content(&self, body: Option<[u8; 32]>) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(self.target.as_bytes());
        hasher.update([0]);
        hasher.update(body.unwrap_or_default());
        hasher.finalize().into()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteQuery {
    #[serde(default)]
    preview: bool,
}

impl<S: Sync> FromRequestParts<S> for Write {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Write, Problem> {
        let missing = || {
            let message = Message::from(ServerFault::KeyMissing {});
            Problem::new(message.clone()).at("#header/Idempotency-Key", message)
        };
        let key = parts.headers.get("idempotency-key").ok_or_else(missing)?;
        let key = key.to_str().ok().filter(|key| {
            (1..=KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
        });
        let key = key.map(str::to_owned).ok_or_else(|| {
            let message = Message::from(ServerFault::KeyForm { most: KEY_BYTES_MAX });
            Problem::new(message.clone()).at("#header/Idempotency-Key", message)
        })?;
        let Query(WriteQuery { preview }) = Query::from_request_parts(parts, state).await?;
        let target = format!("{} {}", parts.method, parts.uri.path());
        Ok(Write { key, preview, target })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_where_it_is_preferred() {
        for (accepted, expected) in [
            ("", Language::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Zh),
            ("en-GB,en;q=0.9,zh;q=0.8", Language::En),
            ("zh;q=0", Language::En),
            ("fr, zh-TW;q=0.3", Language::Zh),
            ("zh,en", Language::Zh),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, accepted.parse().unwrap())]);
            assert_eq!(language(&headers), expected, "{accepted}");
        }
    }
}
