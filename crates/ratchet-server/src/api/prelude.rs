//! What every group of routes uses.

use std::borrow::Cow;

pub(super) use axum::Json;
pub(super) use axum::extract::{Path, State};
pub(super) use axum::response::{IntoResponse, Response};
pub(super) use serde_json::json;
pub(super) use utoipa_axum::router::OpenApiRouter;
pub(super) use utoipa_axum::routes;

pub(super) use super::commands::WriteAnswer;
pub(super) use crate::App;
pub(super) use crate::access::Who;
pub(super) use crate::problem::{Problem, ServerFault};
pub(super) use crate::request::{Body, PageQuery, Query, ReadQuery, Write, cursor_of, limit_of};

use ratchet_engine::amount::{Currency, Money, Points, Rate};
use ratchet_engine::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{PartialSchema, ToSchema};

/// Texts with a form, each a schema of its own.
macro_rules! texts {
    ($( $(#[doc = $doc:literal])* $name:ident $pattern:literal $example:literal; )*) => { $(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) String);

        impl PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some($pattern))
                    .description(Some(concat!($($doc),*).trim()))
                    .examples([serde_json::json!($example)])
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )* };
}

texts! {
    /// Money as a decimal text with at most the currency's decimals (NUM-1); answers have all of them.
    Amount r"^-?[0-9]{1,17}(\.[0-9]{1,4})?$" "168.00";
    /// Points or other units as a decimal text with up to 12 decimals (NUM-2).
    Units r"^-?[0-9]{1,27}(\.[0-9]{1,12})?$" "70.000000000000";
    /// A price of one point as a decimal text, 12 decimals, rounded down.
    PriceText r"^[0-9]+\.[0-9]{12}$" "1.300000000000";
    /// A share as a text: per cent or per mille of a plan, exact.
    Share r"^[0-9]+(\.[0-9]+)?[%‰]$" "30%";
    /// An instant, RFC 3339 in UTC with microseconds at most (TIME-1).
    Time r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$" "2026-12-01T08:00:00Z";
    /// The hash of a journal's entries up to somewhere, 64 hexadecimal digits.
    HashText r"^[0-9a-f]{64}$" "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
}

impl Amount {
    pub(crate) fn of(money: Money, currency: &Currency) -> Amount {
        Amount(currency.format(money))
    }
}

impl From<Points> for Units {
    fn from(points: Points) -> Units {
        Units(points.to_string())
    }
}

impl From<Rate> for Share {
    fn from(rate: Rate) -> Share {
        Share(rate.to_string())
    }
}

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Time {
        Time(at.to_string())
    }
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    /// Simplified Chinese.
    pub(crate) zh: String,
    /// English.
    pub(crate) en: String,
}

/// Part of a list, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// At most as many as were asked for.
    pub(crate) items: Vec<T>,
    /// For the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// Where a list goes on of which at most `limit` rows were asked for: after the number of the last, if there were as many.
pub(crate) fn next_of<R, N: ToString>(rows: &[R], limit: usize, number: impl Fn(&R) -> N) -> Option<String> {
    rows.last().filter(|_| rows.len() == limit).map(|last| number(last).to_string())
}

/// All of a short list.
#[derive(Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// In a fixed order.
    pub(crate) items: Vec<T>,
}

/// A person who did something.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PersonName {
    /// The person's id.
    pub(crate) person: String,
    /// How others see the person; absent where the person was erased, or is none, such as a part of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

/// It was done, and there is nothing to say of it.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Done {
    /// Always true.
    pub(crate) done: bool,
}

impl Time {
    /// Of microseconds of the server's clock.
    pub(crate) fn of_us(at_us: i64) -> Time {
        Timestamp::from_us(at_us).unwrap_or(Timestamp::MAX).into()
    }

    /// As an instant.
    pub(crate) fn parse(&self, field: &str) -> Result<Timestamp, Problem> {
        Timestamp::parse(&self.0).map_err(|error| Problem::field(field, error))
    }
}

impl Amount {
    /// As money.
    pub(crate) fn parse(&self, field: &str, currency: &Currency) -> Result<Money, Problem> {
        currency.parse_money(&self.0).map_err(|error| Problem::field(field, error))
    }
}

impl From<&ratchet_engine::plan::Bilingual> for Text {
    fn from(text: &ratchet_engine::plan::Bilingual) -> Text {
        Text { zh: text.zh.clone(), en: text.en.clone() }
    }
}

impl From<&ratchet_engine::message::Message> for Text {
    fn from(message: &ratchet_engine::message::Message) -> Text {
        Text { zh: message.zh.clone(), en: message.en.clone() }
    }
}

/// An entry that was answered is there once every entry before the next is.
pub(crate) fn at_least(min_seq: Option<u64>) -> Option<u64> {
    min_seq.map(|seq| seq.saturating_add(1))
}

/// What a read of one thing has to have seen if nobody says: all that the engine has, so that what is there is found.
pub(crate) async fn fresh(
    programme: &crate::programme::Programme,
    min_seq: Option<u64>,
) -> Result<Option<u64>, Problem> {
    match min_seq {
        Some(_) => Ok(at_least(min_seq)),
        None => Ok(Some(programme.read(None, ratchet_engine::engine::Engine::next_seq).await?)),
    }
}

/// 1 to `most` letters, digits, `-` or `_`.
pub(crate) fn check_letters(field: &str, text: &str, most: usize) -> Result<(), Problem> {
    let fits = (1..=most).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if fits { Ok(()) } else { Err(Problem::field(field, ServerFault::Letters { most })) }
}

/// A text of `least` to `most` characters.
pub(crate) fn check_length(field: &str, text: &str, least: usize, most: usize) -> Result<(), Problem> {
    let fits = (least..=most).contains(&text.chars().count());
    if fits { Ok(()) } else { Err(Problem::field(field, ServerFault::Length { least, most })) }
}

/// A text of 1 to `most` characters in each language.
pub(crate) fn check_text(field: &str, text: &Text, most: usize) -> Result<(), Problem> {
    check_length(&format!("{field}.zh"), &text.zh, 1, most)?;
    check_length(&format!("{field}.en"), &text.en, 1, most)
}
