//! What can be wrong with a single value: an id, an amount, a time.

use super::{Message, Tell};
use crate::amount::{DecimalError, RateError};
use crate::id::{ID_BYTES_MAX, IdError};
use crate::messages;
use crate::time::TimeError;

messages! {
    /// What is wrong with a value.
    #[derive(Debug)]
    pub enum ValueFault<'a> {
        IdEmpty "value.id_empty" {} "the id is empty" "编号是空的";
        IdTooLong "value.id_too_long" { bytes: usize, most: usize }
            "the id has {bytes} bytes; at most {most} are allowed"
            "编号有 {bytes} 字节；最多允许 {most} 字节";
        IdControl "value.id_control" {}
            "the id contains a control character"
            "编号中含有控制字符";
        IdBlanks "value.id_blanks" {}
            "the id has blanks before or after it"
            "编号的前面或后面有空格";
        NotDecimal "value.not_decimal" {}
            "not a plain decimal number such as 1000.00"
            "不是 1000.00 这样的纯数字";
        Decimals "value.decimals" { most: u32 }
            "more than {most} decimals"
            "小数超过 {most} 位";
        TooLarge "value.too_large" {} "larger than the limit" "超过上限";
        NotRate "value.not_rate" {} "not a rate such as \"30%\" or \"3‰\"" "不是 \"30%\" 或 \"3‰\" 这样的比例";
        RateAmbiguous "value.rate_ambiguous" {}
            "a bare number is ambiguous as a rate; write \"30%\" or \"3‰\""
            "单写一个数字作比例有歧义；请写 \"30%\" 或 \"3‰\"";
        RateTooFine "value.rate_too_fine" {} "finer than one part per million" "细过百万分之一";
        RateTooLarge "value.rate_too_large" {} "larger than any rate allowed" "超过允许的比例";
        NotTime "value.not_time" {}
            "the time is not RFC 3339, such as 2026-01-31T08:00:00Z"
            "时间不是 `RFC 3339` 格式，例如 `2026-01-31T08:00:00Z`";
        TimeTooFine "value.time_too_fine" {}
            "the time is finer than a microsecond"
            "时间细于一微秒";
        TimeRange "value.time_range" {}
            "the time is outside 1970-01-01 to 9999-12-30"
            "时间不在 1970-01-01 到 9999-12-30 之间";
    }
}

impl From<IdError> for Message {
    fn from(error: IdError) -> Message {
        match error {
            IdError::Empty => ValueFault::IdEmpty {},
            IdError::TooLong { bytes } => ValueFault::IdTooLong { bytes, most: ID_BYTES_MAX },
            IdError::ControlCharacter => ValueFault::IdControl {},
            IdError::SurroundingBlanks => ValueFault::IdBlanks {},
        }
        .into()
    }
}

impl From<DecimalError> for Message {
    fn from(error: DecimalError) -> Message {
        match error {
            DecimalError::NotADecimal => ValueFault::NotDecimal {},
            DecimalError::TooManyDecimals { allowed } => ValueFault::Decimals { most: allowed },
            DecimalError::TooLarge => ValueFault::TooLarge {},
        }
        .into()
    }
}

impl From<RateError> for Message {
    fn from(error: RateError) -> Message {
        match error {
            RateError::NotARate => ValueFault::NotRate {},
            RateError::Ambiguous => ValueFault::RateAmbiguous {},
            RateError::TooFine => ValueFault::RateTooFine {},
            RateError::TooLarge => ValueFault::RateTooLarge {},
        }
        .into()
    }
}

impl From<TimeError> for Message {
    fn from(error: TimeError) -> Message {
        match error {
            TimeError::NotRfc3339 => ValueFault::NotTime {},
            TimeError::FinerThanMicroseconds => ValueFault::TimeTooFine {},
            TimeError::OutOfRange => ValueFault::TimeRange {},
        }
        .into()
    }
}

macro_rules! tell_as_message {
    ($($error:ty)*) => { $(
        impl Tell for $error {
            fn en(&self) -> String {
                Message::from(*self).en
            }

            fn zh(&self) -> String {
                Message::from(*self).zh
            }

            fn json(&self) -> serde_json::Value {
                Message::from(*self).code.into()
            }
        }

        impl std::fmt::Display for $error {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                Message::from(*self).fmt(out)
            }
        }

        impl std::error::Error for $error {}
    )* };
}

tell_as_message! { IdError DecimalError RateError TimeError }

/// The message of an error of these kinds that a reader of JSON or TOML passed on as its text.
pub(crate) fn passed_on(text: &str) -> Option<Message> {
    let bytes = text.strip_prefix("the id has ").and_then(|rest| rest.split_once(" bytes;"));
    if let Some(bytes) = bytes.and_then(|(bytes, _)| bytes.parse().ok()) {
        return Some(IdError::TooLong { bytes }.into());
    }
    let known: [Message; 6] = [
        IdError::Empty.into(),
        IdError::ControlCharacter.into(),
        IdError::SurroundingBlanks.into(),
        TimeError::NotRfc3339.into(),
        TimeError::FinerThanMicroseconds.into(),
        TimeError::OutOfRange.into(),
    ];
    known.into_iter().find(|message| message.en == text)
}
