//! The programme's calendar: which local day an instant belongs to, and when a local day begins (TIME-1, TIME-3).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{DAY_US, Day, SECOND_US, Timestamp, UtcOffset};

/// Longest name of a zone in bytes.
const NAME_BYTES_MAX: usize = 64;
/// Most changes of the clock that a zone may have until [`LAST_SECOND`].
const TRANSITIONS_MAX: usize = 1_000;
/// Farthest from UTC in seconds that a zone's clock may be.
const OFFSET_MAX: i32 = 26 * 3_600;
/// 2101-01-01T00:00:00Z in seconds: changes of the clock before it are known, and what holds then holds for ever.
pub(crate) const LAST_SECOND: i64 = 4_133_980_800;

/// Where local days are cut. Everything that asks for a day, a month or a midnight asks here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// At a fixed offset that one; in a zone that of 1970-01-01T00:00:00Z.
    offset: UtcOffset,
    zone: Option<Arc<Rules>>,
}

/// A zone's rules, as the genesis of a journal holds them: the engine asks no other table (TIME-3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ratchet_wire_derive::Snapshot)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Its name in the tz database, such as `Europe/Berlin`.
    pub name: String,
    /// The release of the tz database that the rules are from, such as `2025b`.
    pub version: String,
    /// Seconds east of UTC at 1970-01-01T00:00:00Z.
    pub offset: i32,
    /// Changes of the clock from then to the end of 2100, in order: seconds since 1970, and seconds east of UTC from then on.
    pub transitions: Vec<(i64, i32)>,
}

/// A zone, and what follows from its rules.
#[derive(Debug, PartialEq, Eq)]
struct Rules {
    zone: Zone,
    /// From the beginning of time on, each until the next.
    spans: Vec<Span>,
}

/// A time in which the clock is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    from_us: i64,
    offset: UtcOffset,
    /// The latest local date that was reached before it. Where the clock goes back over midnight, the day that had begun
    /// goes on.
    reached: Day,
}

impl Calendar {
    /// China Standard Time, the default.
    pub const CHINA: Calendar = Calendar::fixed(UtcOffset::CHINA);

    /// Days of 86,400 s at a fixed distance from UTC.
    pub const fn fixed(offset: UtcOffset) -> Calendar {
        Calendar { offset, zone: None }
    }

    /// The days of a zone; `None` if its rules cannot be those of any.
    pub fn in_zone(zone: Zone) -> Option<Calendar> {
        let named = (1..=NAME_BYTES_MAX).contains(&zone.name.len());
        let has_room = zone.version.len() <= NAME_BYTES_MAX && zone.transitions.len() <= TRANSITIONS_MAX;
        let ascending = zone.transitions.is_sorted_by(|(one, _), (next, _)| one < next);
        let all = std::iter::once(&zone.offset).chain(zone.transitions.iter().map(|(_, offset)| offset));
        let near = all.clone().all(|offset| offset.abs() <= OFFSET_MAX);
        let within = zone.transitions.iter().all(|(at, _)| (1..LAST_SECOND).contains(at));
        if !(named && has_room && ascending && near && within) {
            return None;
        }
        let offset = UtcOffset(zone.offset);
        let mut spans = vec![Span { from_us: i64::MIN, offset, reached: Day(i64::MIN) }];
        for (at, offset) in &zone.transitions {
            let (from_us, before) = (at * SECOND_US, spans[spans.len() - 1]);
            let reached = before.day_of(from_us - 1);
            spans.push(Span { from_us, offset: UtcOffset(*offset), reached });
        }
        Some(Calendar { offset, zone: Some(Arc::new(Rules { zone, spans })) })
    }

    /// The zone; `None` at a fixed offset.
    pub fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref().map(|rules| &rules.zone)
    }

    /// The distance from UTC at an instant.
    #[inline]
    pub fn offset_at(&self, at: Timestamp) -> UtcOffset {
        match &self.zone {
            None => self.offset,
            Some(rules) => rules.span_at(at).offset,
        }
    }

    /// The local day that contains `at`.
    #[inline]
    pub fn day_of(&self, at: Timestamp) -> Day {
        match &self.zone {
            None => self.offset.day_of(at),
            Some(rules) => rules.span_at(at).day_of(at.us()),
        }
    }

    /// The instant at which the local `day` begins: the first whose local date it is, or a later one where the zone leaves the
    /// date out. Clamped to the range of [`Timestamp`].
    #[inline]
    pub fn start_of(&self, day: Day) -> Timestamp {
        Timestamp(self.start_us(day).clamp(Timestamp::MIN.0, Timestamp::MAX.0))
    }

    /// The same; `None` where it begins outside the range of [`Timestamp`].
    #[inline]
    pub fn begins(&self, day: Day) -> Option<Timestamp> {
        Timestamp::from_us(self.start_us(day))
    }

    #[inline]
    fn start_us(&self, day: Day) -> i64 {
        match &self.zone {
            None => self.offset.midnight_us(day),
            Some(rules) => rules.start_us(day),
        }
    }

    /// The first local midnight after `at`; `at` itself at the end of time.
    #[inline]
    pub fn next_midnight(&self, at: Timestamp) -> Timestamp {
        self.start_of(self.day_of(at).next())
    }

    /// The last microsecond of the local `day`.
    pub fn last_of(&self, day: Day) -> Timestamp {
        Timestamp::from_us(self.start_of(day.next()).us() - 1).unwrap_or(Timestamp::MAX)
    }

    /// The end of the local day `days` days after that of `at`: what is good for so many days from `at` on is good until then
    /// (TIME-3b). `None` past the end of time.
    pub fn end_of_validity(&self, at: Timestamp, days: u32) -> Option<Timestamp> {
        self.begins(self.day_of(at).plus(i64::from(days) + 1))
    }
}

impl Rules {
    #[inline]
    fn span_at(&self, at: Timestamp) -> Span {
        // The first begins before all time.
        self.spans[self.spans.partition_point(|span| span.from_us <= at.0) - 1]
    }

    fn start_us(&self, day: Day) -> i64 {
        // The last span before which the day was not reached.
        let span = self.spans[self.spans.partition_point(|span| span.reached < day) - 1];
        span.offset.midnight_us(day).max(span.from_us)
    }
}

impl Span {
    #[inline]
    fn day_of(self, us: i64) -> Day {
        Day((us + self.offset.us()).div_euclid(DAY_US)).max(self.reached)
    }
}
