//! Fields of a row: ids, amounts, times.

use ratchet_engine::amount::{AMOUNT_MAX, Currency, DecimalError, Money};
use ratchet_engine::command::Region;
use ratchet_engine::id::{Id, IdError};
use ratchet_engine::time::{DAY_US, SECOND_US, Timestamp, UtcOffset};

/// A field's text for a message: quoted, control characters escaped, cut after 40 characters.
pub(super) fn shown(text: &str) -> String {
    let mut cut: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().nth(40).is_some() {
        cut.push('…');
    }
    format!("\"{cut}\"")
}

/// Checks an id by the engine's rule; how long this one may be comes first.
pub(super) fn id(text: &str, bytes_max: usize) -> Result<(), String> {
    match Id::check(text) {
        Err(IdError::TooLong { .. }) | Ok(()) if text.len() > bytes_max => {
            Err(format!("the id has {} bytes; at most {bytes_max} are allowed", text.len()))
        }
        checked => checked.map_err(|error| error.to_string()),
    }
}

/// An amount with its sign.
pub(super) enum Amount {
    Positive(Money),
    /// Zero or less: the row is no order.
    NotPositive(&'static str),
}

pub(super) fn amount(text: &str, currency: &Currency) -> Result<Amount, String> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let explained = |error: DecimalError| match error {
        DecimalError::NotADecimal if text.is_empty() => "the amount is missing".to_owned(),
        DecimalError::NotADecimal | DecimalError::TooManyDecimals { .. } => {
            format!("{} is {}", shown(text), error_text(error))
        }
        DecimalError::TooLarge => format!("{} is larger than an amount may be", shown(text)),
    };
    let money = currency.parse_money(digits).map_err(explained)?;
    Ok(match (money.is_zero(), negative) {
        (true, _) => Amount::NotPositive("the amount is zero"),
        (false, true) => Amount::NotPositive("the amount is negative"),
        (false, false) => Amount::Positive(money),
    })
}

/// An amount of digits, perhaps with a point and decimals, more than zero and below the limit; `None` for any other,
/// which [`amount`] reads or refuses.
#[inline]
pub(super) fn plain_amount(text: &[u8], currency: &Currency) -> Option<Money> {
    // So many digits fit 63 bits.
    if text.len() > 16 {
        return None;
    }
    let (mut value, mut decimals) = (0_i64, None::<u32>);
    for byte in text {
        match byte {
            b'0'..=b'9' => value = value * 10 + i64::from(byte - b'0'),
            b'.' if decimals.is_none() => decimals = Some(0),
            _ => return None,
        }
        if *byte != b'.' {
            decimals = decimals.map(|decimals| decimals + 1);
        }
    }
    // Something stands before the point, and something behind it.
    let missing = match decimals {
        Some(decimals) if decimals > 0 && text.first() != Some(&b'.') => {
            currency.decimals.checked_sub(decimals)?
        }
        Some(_) => return None,
        None => currency.decimals,
    };
    let value = value.checked_mul(10_i64.pow(missing))?;
    Money::from_minor(value).filter(|money| !money.is_zero() && money.minor() <= AMOUNT_MAX)
}

/// Six digits of a region; `None` for any other text.
#[inline]
pub(super) fn plain_region(text: &[u8]) -> Option<Region> {
    let digits: &[u8; 6] = text.try_into().ok()?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Region::from_code(digits.iter().fold(0, |code, digit| code * 10 + u32::from(digit - b'0')))
}

fn error_text(error: DecimalError) -> String {
    match error {
        DecimalError::TooManyDecimals { allowed } => {
            format!("finer than the currency: it has more than {allowed} decimals")
        }
        DecimalError::NotADecimal | DecimalError::TooLarge => error.to_string(),
    }
}

/// An instant, and whether only its day was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct When {
    pub(super) at: Timestamp,
    pub(super) is_day: bool,
}

/// A date (`2026-01-31`, 00:00 at the offset) or RFC 3339 down to microseconds.
pub(super) fn when(text: &str, offset: UtcOffset) -> Result<When, String> {
    if text.is_empty() {
        return Err("the time is missing".to_owned());
    }
    let bytes = text.as_bytes();
    let (Some(date), rest) = (bytes.first_chunk::<10>(), bytes.get(10..).unwrap_or_default()) else {
        return Err(format!("{} is {FORMS}", shown(text)));
    };
    let day = match day_number(date) {
        Ok(day) => day,
        Err(NoDay::Form) => return Err(format!("{} is {FORMS}", shown(text))),
        Err(NoDay::Calendar) => return Err(format!("{} is not a day of the calendar", shown(text))),
    };
    let out_of_range = || format!("{} is outside 1970-01-01 to 9999-12-30", shown(text));
    if rest.is_empty() {
        let at_us = day * DAY_US - i64::from(offset.seconds()) * SECOND_US;
        let at = Timestamp::from_us(at_us).ok_or_else(out_of_range)?;
        return Ok(When { at, is_day: true });
    }
    let Some((time_us, offset_us)) = time_of_day(rest) else {
        let hint =
            if rest.iter().any(|byte| b"Zz+-".contains(byte)) { "" } else { "; the offset is missing" };
        return Err(format!("{} is {FORMS}{hint}", shown(text)));
    };
    let at = Timestamp::from_us(day * DAY_US + time_us - offset_us).ok_or_else(out_of_range)?;
    Ok(When { at, is_day: false })
}

/// The day of the date read last: in most files most rows have that of the row before.
#[derive(Default)]
pub(super) struct Dates {
    date: [u8; 10],
    day: i64,
}

/// An instant in one of the usual forms: a date, or RFC 3339 in whole seconds; `None` for any other text, which
/// [`when`] reads or refuses.
#[inline]
pub(super) fn plain_when(text: &[u8], offset: UtcOffset, dates: &mut Dates) -> Option<When> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    if *date != dates.date {
        *dates = Dates { date: *date, day: day_number(date).ok()? };
    }
    let (us, is_day) = match rest {
        [] => (-i64::from(offset.seconds()) * SECOND_US, true),
        rest => {
            let (time_us, offset_us) = time_of_day(rest)?;
            (time_us - offset_us, false)
        }
    };
    Some(When { at: Timestamp::from_us(dates.day * DAY_US + us)?, is_day })
}

const FORMS: &str = "neither a date such as 2026-01-31 nor RFC 3339 such as 2026-01-31T08:00:00+08:00";

enum NoDay {
    Form,
    Calendar,
}

/// Days since 1970-01-01 of `YYYY-MM-DD` in the Gregorian calendar.
fn day_number(date: &[u8; 10]) -> Result<i64, NoDay> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else { return Err(NoDay::Form) };
    if ![y1, y2, y3, y4, m1, m2, d1, d2].iter().all(u8::is_ascii_digit) {
        return Err(NoDay::Form);
    }
    let digit = |byte: u8| i64::from(byte - b'0');
    let year = digit(y1) * 1000 + digit(y2) * 100 + digit(y3) * 10 + digit(y4);
    let (month, day) = (digit(m1) * 10 + digit(m2), digit(d1) * 10 + digit(d2));
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap),
        _ => return Err(NoDay::Calendar),
    };
    if day < 1 || day > length {
        return Err(NoDay::Calendar);
    }
    // Count from 1 March, so that the leap day is the last of its year: month lengths from March on follow
    // (153·m + 2) ÷ 5. 719,468 is the number of days from 1 March of year 0 to 1970-01-01.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Ok(year * 365 + leaps + (153 * month + 2) / 5 + day - 1 - 719_468)
}

/// `THH:MM:SS[.ffffff](Z|±HH:MM)` as microseconds of the day and of the offset.
fn time_of_day(rest: &[u8]) -> Option<(i64, i64)> {
    let [b'T' | b't' | b' ', h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = rest else { return None };
    let pair = |tens: &u8, ones: &u8, below: i64| {
        let value = i64::from(tens.checked_sub(b'0')?) * 10 + i64::from(ones.checked_sub(b'0')?);
        (tens.is_ascii_digit() && ones.is_ascii_digit() && value < below).then_some(value)
    };
    let seconds = pair(h1, h2, 24)? * 3600 + pair(m1, m2, 60)? * 60 + pair(s1, s2, 60)?;
    let (fraction, zone) = match rest {
        [b'.', rest @ ..] => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (digits, zone) = rest.split_at(digits);
            // Finer than microseconds is refused, as the engine does.
            if digits.is_empty() || digits.len() > 6 {
                return None;
            }
            let value = digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
            (value * 10_i64.pow(6 - digits.len() as u32), zone)
        }
        zone => (0, zone),
    };
    let offset = match zone {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let seconds = pair(h1, h2, 24)? * 3600 + pair(m1, m2, 60)? * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    Some((seconds * SECOND_US + fraction, offset * SECOND_US))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratchet_engine::time::Day;

    #[test]
    fn days_agree_with_the_calendar_library() {
        for number in (0..2_932_000).step_by(37) {
            let text = {
                let at = Timestamp::from_us(number * DAY_US).unwrap();
                at.to_string()[..10].to_owned()
            };
            let date = text.as_bytes().first_chunk::<10>().unwrap();
            assert_eq!(day_number(date).ok(), Some(number), "{text}");
            assert_eq!(Day::parse(&text).unwrap().number(), number);
        }
    }

    #[test]
    fn times_agree_with_the_engine() {
        for text in [
            "2026-01-31T08:00:00Z",
            "2026-01-31T08:00:00+08:00",
            "2026-12-31T23:59:59.999999-03:30",
            "2024-02-29t00:00:00.5z",
            "1970-01-01T00:00:00Z",
        ] {
            let read = when(text, UtcOffset::CHINA).unwrap();
            assert_eq!(read.at, Timestamp::parse(text).unwrap(), "{text}");
            assert!(!read.is_day);
        }
    }

    #[test]
    fn a_date_is_midnight_at_the_offset() {
        let read = when("2026-01-31", UtcOffset::CHINA).unwrap();
        assert_eq!(read, When { at: Timestamp::parse("2026-01-31T00:00:00+08:00").unwrap(), is_day: true });
    }

    #[test]
    fn what_is_no_time() {
        for (text, reason) in [
            ("", "missing"),
            ("2026-1-31", "neither a date"),
            ("31.01.2026", "neither a date"),
            ("2026-02-29", "not a day of the calendar"),
            ("2026-13-01", "not a day of the calendar"),
            ("2026-01-31 08:00:00", "the offset is missing"),
            ("2026-01-31T24:00:00Z", "neither a date"),
            ("2026-01-31T08:00:00.1234567Z", "neither a date"),
            ("1970-01-01", "outside 1970"),
            ("0001-01-01", "outside 1970"),
            ("9999-12-31T12:00:00Z", "outside 1970"),
            ("二〇二六年一月", "neither a date"),
        ] {
            let error = when(text, UtcOffset::CHINA).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
        // 1 January 1970 in China began on 31 December in UTC.
        assert!(when("1970-01-02", UtcOffset::CHINA).is_ok());
    }

    #[test]
    fn plain_forms_are_read_as_all_forms_are() {
        let mut dates = Dates::default();
        for text in [
            "2026-01-31",
            "2026-01-31T08:00:00+08:00",
            "2026-01-31t08:00:00.5z",
            "2026-02-29",
            "2026-02-29T08:00:00Z",
            "2026-01-31T08:00:00",
            "1970-01-01",
            "1970-01-02",
            "9999-12-31T12:00:00Z",
            "2026-1-31",
            "",
        ] {
            let plain = plain_when(text.as_bytes(), UtcOffset::CHINA, &mut dates);
            assert_eq!(plain, when(text, UtcOffset::CHINA).ok(), "{text}");
        }
        for currency in ["CNY", "JPY", "KWD"].map(|code| Currency::parse(code).unwrap()) {
            for text in [
                "",
                ".",
                "1",
                "0",
                "0.00",
                "1.",
                ".5",
                "1.5",
                "1.50",
                "1.505",
                "00012.5",
                "1e5",
                "-1",
                "+1",
                "1,5",
                "1.2.3",
                "100000000000.00",
                "100000000000.01",
                "10000000000000",
                "10000000000001",
                "999999999999999",
                "9999999999999999",
                "0.1234567890123",
                "99999999999999999999",
            ] {
                let full = match amount(text, &currency) {
                    Ok(Amount::Positive(money)) => Some(money),
                    Ok(Amount::NotPositive(_)) | Err(_) => None,
                };
                assert_eq!(plain_amount(text.as_bytes(), &currency), full, "{text}");
            }
        }
        for text in ["110000", "829999", "830000", "109999", "44030", "4403050", "44030a", ""] {
            assert_eq!(plain_region(text.as_bytes()), Region::parse(text), "{text}");
        }
    }
}
