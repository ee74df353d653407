//! The programme's calendar: which local day an instant belongs to, and when a local day begins (TIME-1, TIME-3).

use super::{Day, Timestamp, UtcOffset};

/// Where local days are cut. Everything that asks for a day, a month or a midnight asks here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    offset: UtcOffset,
}

impl Calendar {
    /// China Standard Time, the default.
    pub const CHINA: Calendar = Calendar::fixed(UtcOffset::CHINA);

    /// Days of 86,400 s at a fixed distance from UTC.
    pub const fn fixed(offset: UtcOffset) -> Calendar {
        Calendar { offset }
    }

    /// The distance from UTC at an instant.
    #[inline]
    pub fn offset_at(&self, _at: Timestamp) -> UtcOffset {
        self.offset
    }

    /// The local day that contains `at`.
    #[inline]
    pub fn day_of(&self, at: Timestamp) -> Day {
        self.offset.day_of(at)
    }

    /// The instant at which the local `day` begins; clamped to the range of [`Timestamp`].
    #[inline]
    pub fn start_of(&self, day: Day) -> Timestamp {
        self.offset.start_of(day)
    }

    /// The same; `None` where it begins outside the range of [`Timestamp`].
    #[inline]
    pub fn begins(&self, day: Day) -> Option<Timestamp> {
        Timestamp::from_us(self.offset.midnight_us(day))
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
}
