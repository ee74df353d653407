//! Time as input: instants, and the programme's calendar with its local days (TIME-1, TIME-3).

mod calendar;

pub(crate) use calendar::LAST_SECOND;
pub use calendar::{Calendar, Zone};

use serde::{Deserialize, Serialize};

/// Microseconds in a second.
pub const SECOND_US: i64 = 1_000_000;
/// Microseconds in a day.
pub const DAY_US: i64 = 86_400 * SECOND_US;

/// An instant: microseconds since 1970-01-01T00:00:00Z, between 1970 and the end of 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const MIN: Timestamp = Timestamp(0);
    /// 9999-12-31T00:00:00Z; the last day is left as room for local offsets.
    pub const MAX: Timestamp = Timestamp(253_402_214_400 * SECOND_US);

    /// From microseconds since 1970; `None` outside the range.
    pub fn from_us(at_us: i64) -> Option<Timestamp> {
        let at = Timestamp(at_us);
        (Timestamp::MIN <= at && at <= Timestamp::MAX).then_some(at)
    }

    /// Microseconds since 1970.
    #[inline]
    pub fn us(self) -> i64 {
        self.0
    }

    /// Parses RFC 3339 (`2026-01-01T00:00:00Z`, any offset, up to microseconds).
    pub fn parse(text: &str) -> Result<Timestamp, TimeError> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| TimeError::NotRfc3339)?;
        if instant.as_nanosecond() % 1_000 != 0 {
            return Err(TimeError::FinerThanMicroseconds);
        }
        Timestamp::from_us(instant.as_microsecond()).ok_or(TimeError::OutOfRange)
    }

    /// The instant `days` × 86,400 s later; `None` past the end of time.
    pub fn plus_days(self, days: u32) -> Option<Timestamp> {
        self.0.checked_add(i64::from(days).checked_mul(DAY_US)?).and_then(Timestamp::from_us)
    }

    /// The instant `minutes` × 60 s later; `None` past the end of time.
    pub fn plus_minutes(self, minutes: u32) -> Option<Timestamp> {
        self.0.checked_add(i64::from(minutes) * 60 * SECOND_US).and_then(Timestamp::from_us)
    }
}

impl Timestamp {
    /// The instant so many seconds later; the end of time if that is past it.
    pub(crate) fn plus_seconds(self, seconds: u64) -> Timestamp {
        let us = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(SECOND_US);
        Timestamp(self.0.saturating_add(us).min(Timestamp::MAX.0))
    }

    /// The same for hours.
    pub(crate) fn plus_hours(self, hours: u32) -> Timestamp {
        self.plus_seconds(u64::from(hours) * 3_600)
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(instant) => write!(out, "{instant}"),
            Err(_) => write!(out, "{}us", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = compact_str::CompactString::deserialize(deserializer)?;
        Timestamp::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A fixed distance from UTC in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtcOffset(i32);

impl UtcOffset {
    /// China Standard Time.
    pub const CHINA: UtcOffset = UtcOffset(8 * 3600);

    /// Parses `+08:00`, `-03:30` or `Z`; at most 14 hours either way.
    pub fn parse(text: &str) -> Option<UtcOffset> {
        if text == "Z" {
            return Some(UtcOffset(0));
        }
        let (sign, rest) = match text.split_at_checked(1)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return None,
        };
        let (hours, minutes) = rest.split_once(':')?;
        if hours.len() != 2 || minutes.len() != 2 || !rest.bytes().all(|b| b.is_ascii_digit() || b == b':') {
            return None;
        }
        let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
        let seconds = sign * (hours * 3600 + minutes * 60);
        (minutes < 60 && seconds.abs() <= 14 * 3600).then_some(UtcOffset(seconds))
    }

    /// Seconds east of UTC.
    pub fn seconds(self) -> i32 {
        self.0
    }

    fn us(self) -> i64 {
        i64::from(self.0) * SECOND_US
    }

    /// The day at this offset that contains `at`.
    #[inline]
    pub(crate) fn day_of(self, at: Timestamp) -> Day {
        Day((at.0 + self.us()).div_euclid(DAY_US))
    }

    /// When the `day` begins at this offset, in microseconds since 1970, wherever that is.
    #[inline]
    pub(crate) fn midnight_us(self, day: Day) -> i64 {
        day.0 * DAY_US - self.us()
    }
}

/// A local calendar day: days since 1970-01-01 in the programme's [`Calendar`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ratchet_wire_derive::Snapshot)]
pub struct Day(i64);

impl Day {
    /// The day after.
    pub fn next(self) -> Day {
        Day(self.0 + 1)
    }

    /// The day so many days after 1970-01-01.
    pub fn from_number(number: i64) -> Day {
        Day(number)
    }

    /// The same of a day that an instant of [`Timestamp`] can be in at some offset.
    pub(crate) fn in_range(number: i64) -> Option<Day> {
        let [first, last] = [Timestamp::MIN, Timestamp::MAX].map(|at| at.0.div_euclid(DAY_US));
        (first - 1..=last + 1).contains(&number).then_some(Day(number))
    }

    /// Days since 1970-01-01.
    pub fn number(self) -> i64 {
        self.0
    }

    /// So many days later.
    pub fn plus(self, days: i64) -> Day {
        Day(self.0 + days)
    }

    /// The calendar date.
    pub(crate) fn date(self) -> jiff::civil::Date {
        let epoch = jiff::civil::date(1970, 1, 1);
        epoch.checked_add(jiff::Span::new().days(self.0)).expect("days of programmes are within 9999")
    }

    /// The day of a calendar date; `None` if there is no such date.
    pub(crate) fn of_date(year: i64, month: i8, day: i8) -> Option<Day> {
        let date = jiff::civil::Date::new(i16::try_from(year).ok()?, month, day).ok()?;
        let days = jiff::civil::date(1970, 1, 1).until((jiff::Unit::Day, date)).ok()?.get_days();
        Some(Day(i64::from(days)))
    }

    /// Parses `2026-01-31`.
    pub fn parse(text: &str) -> Option<Day> {
        let date: jiff::civil::Date = text.parse().ok()?;
        let epoch = jiff::civil::date(1970, 1, 1);
        let days = epoch.until((jiff::Unit::Day, date)).ok()?.get_days();
        Some(Day(i64::from(days)))
    }

    /// The month of the day as `YYYY-MM`, for cohorts.
    pub fn month(self) -> String {
        self.to_string().chars().take(7).collect()
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let midnight = jiff::Timestamp::from_microsecond(self.0.saturating_mul(DAY_US));
        match midnight {
            Ok(instant) => {
                let text = instant.to_string();
                out.write_str(text.get(..10).unwrap_or(&text))
            }
            Err(_) => write!(out, "day {}", self.0),
        }
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        let text = compact_str::CompactString::deserialize(deserializer)?;
        let day = Day::parse(&text).and_then(|day| Day::in_range(day.number()));
        day.ok_or_else(|| serde::de::Error::custom("a day is written as 2026-01-31"))
    }
}

/// Why a text is not an instant Ratchet accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeError {
    /// Not RFC 3339.
    NotRfc3339,
    /// More than six digits after the second.
    FinerThanMicroseconds,
    /// Before 1970 or after 9999-12-30.
    OutOfRange,
}
