//! Fields of a row: ids, amounts, times.

use ratchet_engine::amount::{AMOUNT_MAX, Currency, DecimalError, Money};
use ratchet_engine::command::Region;
use ratchet_engine::id::{Id, IdError};
use ratchet_engine::time::{Calendar, DAY_US, Day, SECOND_US, Timestamp};

use super::fault::{Excerpt, Reason};

/// Checks an id by the engine's rule, after how long this one may be, and for damage by a spreadsheet (FILE-14).
pub(super) fn id(text: &str, bytes_max: usize) -> Result<(), Reason> {
    match Id::check(text) {
        Err(IdError::TooLong { .. }) | Ok(()) if text.len() > bytes_max => {
            Err(Reason::IdTooLong { bytes: text.len(), most: bytes_max })
        }
        Err(error) => Err(Reason::Id(error)),
        Ok(()) if is_shortened(text.as_bytes()) => Err(Reason::IdShortened(Excerpt::of(text))),
        Ok(()) if is_error_value(text.as_bytes()) => Err(Reason::IdIsErrorValue(Excerpt::of(text))),
        Ok(()) => Ok(()),
    }
}

/// A number in a spreadsheet's short form: `1.38E+10`, `1,38E+10`, `2e+18`, `1.38e10`. Without a decimal sign the exponent must
/// have one: `12E5` may be an id.
#[inline]
pub(super) fn is_shortened(id: &[u8]) -> bool {
    // From its end: one to three digits, which nearly every id has, and before them `E` or `E+`, which nearly none has.
    let digits = |text: &[u8]| text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let before = |text: &[u8]| text.len() - digits(text);
    let exponent = before(id);
    if id.len() - exponent > 3 || exponent == id.len() {
        return false;
    }
    let (mantissa, has_sign) = match &id[..exponent] {
        [mantissa @ .., b'E' | b'e', b'+'] => (mantissa, true),
        [mantissa @ .., b'E' | b'e'] => (mantissa, false),
        _ => return false,
    };
    match before(mantissa) {
        0 => has_sign && !mantissa.is_empty(),
        point => {
            let whole = &mantissa[..point - 1];
            point < mantissa.len()
                && matches!(mantissa[point - 1], b'.' | b',')
                && !whole.is_empty()
                && before(whole) == 0
        }
    }
}

/// What a spreadsheet shows where it cannot compute: an id that begins with `=`, `+` or `-`, for example.
#[inline]
pub(super) fn is_error_value(id: &[u8]) -> bool {
    id.first() == Some(&b'#')
        && (matches!(id, b"#N/A" | b"#NAME?" | b"#REF!" | b"#VALUE!" | b"#DIV/0!" | b"#NULL!" | b"#NUM!")
            || id.len() > 3 && id.iter().all(|byte| *byte == b'#'))
}

/// The digits of a number that a spreadsheet keeps.
const DIGITS_KEPT: usize = 15;

/// How many zeros stand where a spreadsheet would have lost digits; `None` if it is no number of 16 digits or more.
#[inline]
pub(super) fn zeros_behind(id: &[u8]) -> Option<u32> {
    let lost = id.get(DIGITS_KEPT..).filter(|lost| !lost.is_empty())?;
    // The first and the last tell nearly all of them apart; who looks closely looks at one in ten.
    match (id.first(), lost.last()) {
        (Some(b'0'..=b'9'), Some(b'0')) => {}
        (Some(b'0'..=b'9'), Some(b'1'..=b'9')) => return Some(0),
        _ => return None,
    }
    if !id.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(if lost.iter().all(|digit| *digit == b'0') { lost.len() as u32 } else { 0 })
}

/// An amount with its sign.
pub(super) enum Amount {
    Positive(Money),
    /// Zero or less: the row is no order.
    NotPositive {
        /// In minor units.
        minor: i64,
        why: Reason,
    },
}

/// Reads an amount by its value: `199.0000` is as good as `199.00`.
pub(super) fn amount(text: &str, currency: &Currency) -> Result<Amount, Reason> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let explained = |error: DecimalError| match error {
        DecimalError::NotADecimal if text.is_empty() => Reason::AmountMissing,
        DecimalError::NotADecimal => Reason::AmountForm(Excerpt::of(text)),
        DecimalError::TooManyDecimals { allowed } => {
            Reason::AmountTooFine { text: Excerpt::of(text), decimals: allowed }
        }
        DecimalError::TooLarge => Reason::AmountTooLarge(Excerpt::of(text)),
    };
    let money = currency.parse_money(without_zeros(digits, currency.decimals)).map_err(explained)?;
    Ok(match (money.is_zero(), negative) {
        (true, _) => Amount::NotPositive { minor: 0, why: Reason::AmountZero },
        (false, true) => Amount::NotPositive { minor: -money.minor(), why: Reason::AmountNegative },
        (false, false) => Amount::Positive(money),
    })
}

/// Without the zeros behind the currency's decimals.
fn without_zeros(digits: &str, decimals: u32) -> &str {
    let Some(point) = digits.find('.') else { return digits };
    let places = digits.len() - point - 1;
    let kept = digits.trim_end_matches('0');
    match usize::try_from(decimals) {
        Ok(decimals) if places > decimals => {
            let whole = if decimals == 0 { point } else { point + 1 + decimals };
            // Something is left behind them: it is finer than the currency.
            if kept.len() > point + 1 + decimals { digits } else { &digits[..whole] }
        }
        _ => digits,
    }
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
            i64::from(currency.decimals) - i64::from(decimals)
        }
        Some(_) => return None,
        None => i64::from(currency.decimals),
    };
    let scale = 10_i64.pow(missing.unsigned_abs() as u32);
    let value = match missing {
        0.. => value.checked_mul(scale)?,
        // Zeros behind the currency's decimals are exact.
        _ if value % scale == 0 => value / scale,
        _ => return None,
    };
    Money::from_minor(value).filter(|money| !money.is_zero() && money.minor() <= AMOUNT_MAX)
}

/// Six digits of a region in a province; `None` for any other text.
#[inline]
pub(super) fn plain_region(text: &[u8]) -> Option<Region> {
    let digits: &[u8; 6] = text.try_into().ok()?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Region::from_code(digits.iter().fold(0, |code, digit| code * 10 + u32::from(digit - b'0')))
        .filter(|region| region.has_province())
}

/// An instant, and whether only its day was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct When {
    pub(super) at: Timestamp,
    pub(super) is_day: bool,
}

/// A date (`2026-01-31`, the beginning of that local day) or RFC 3339 down to microseconds.
pub(super) fn when(text: &str, calendar: &Calendar) -> Result<When, Reason> {
    if text.is_empty() {
        return Err(Reason::TimeMissing);
    }
    let bytes = text.as_bytes();
    let (Some(date), rest) = (bytes.first_chunk::<10>(), bytes.get(10..).unwrap_or_default()) else {
        return Err(Reason::TimeForm { text: Excerpt::of(text), is_offset_missing: false });
    };
    let day = match day_number(date) {
        Ok(day) => day,
        Err(NoDay::Form) => {
            return Err(Reason::TimeForm { text: Excerpt::of(text), is_offset_missing: false });
        }
        Err(NoDay::Calendar) => return Err(Reason::NotADay(Excerpt::of(text))),
    };
    let out_of_range = || Reason::TimeOutOfRange(Excerpt::of(text));
    if rest.is_empty() {
        let at = calendar.begins(Day::from_number(day)).ok_or_else(out_of_range)?;
        return Ok(When { at, is_day: true });
    }
    let Some((time_us, offset_us)) = time_of_day(rest) else {
        let is_offset_missing = !rest.iter().any(|byte| b"Zz+-".contains(byte));
        return Err(Reason::TimeForm { text: Excerpt::of(text), is_offset_missing });
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
pub(super) fn plain_when(text: &[u8], calendar: &Calendar, dates: &mut Dates) -> Option<When> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    if *date != dates.date {
        *dates = Dates { date: *date, day: day_number(date).ok()? };
    }
    if rest.is_empty() {
        return Some(When { at: calendar.begins(Day::from_number(dates.day))?, is_day: true });
    }
    let (time_us, offset_us) = time_of_day(rest)?;
    Some(When { at: Timestamp::from_us(dates.day * DAY_US + time_us - offset_us)?, is_day: false })
}

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
            let read = when(text, &Calendar::CHINA).unwrap();
            assert_eq!(read.at, Timestamp::parse(text).unwrap(), "{text}");
            assert!(!read.is_day);
        }
    }

    #[test]
    fn a_date_is_midnight_at_the_offset() {
        let read = when("2026-01-31", &Calendar::CHINA).unwrap();
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
            let error = when(text, &Calendar::CHINA).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
        // 1 January 1970 in China began on 31 December in UTC.
        assert!(when("1970-01-02", &Calendar::CHINA).is_ok());
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
            let plain = plain_when(text.as_bytes(), &Calendar::CHINA, &mut dates);
            assert_eq!(plain, when(text, &Calendar::CHINA).ok(), "{text}");
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
                "1.5000",
                "199.0000",
                "275.00",
                "275.000",
                "0.0000",
                "0.00001",
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
                    Ok(Amount::NotPositive { .. }) | Err(_) => None,
                };
                assert_eq!(plain_amount(text.as_bytes(), &currency), full, "{text}");
            }
        }
        for text in ["110000", "829999", "830000", "160000", "000000", "44030", "4403050", "44030a", ""] {
            let full = Region::parse(text).filter(|region| region.has_province());
            assert_eq!(plain_region(text.as_bytes()), full, "{text}");
        }
    }

    /// FILE-14
    #[test]
    fn ids_that_a_spreadsheet_has_shortened() {
        for id in ["1.38E+10", "2.02207E+18", "1,38E+10", "1.38e+10", "1E+19", "1.38e10", "12.5E+9", "2e+3"] {
            assert!(is_shortened(id.as_bytes()), "{id}");
        }
        for id in [
            "",
            "E+10",
            "12E5",
            "123e4567",
            "1.38E+",
            "1.E+10",
            ".5E+10",
            "A1.3E+10",
            "1.38E+1234",
            "1-38E+10",
            "7",
            "E5",
            "1.38E-10",
            "1.2.3E+10",
            "+1.3E",
            "o1e+5",
            "e",
            "+10",
            "1.3",
        ] {
            assert!(!is_shortened(id.as_bytes()), "{id}");
        }
        assert!(is_error_value(b"#N/A") && is_error_value(b"#####") && !is_error_value(b"#1001"));
        for (id, zeros) in [
            ("123456789012345", None),
            ("1234567890123450", Some(1)),
            ("1234567890123456", Some(0)),
            ("2022072512345920000", Some(4)),
            ("2022072512345921000", Some(0)),
            ("a022072512345920000", None),
            ("20220725-2345920000", None),
        ] {
            assert_eq!(zeros_behind(id.as_bytes()), zeros, "{id}");
        }
    }

    #[test]
    fn amounts_are_judged_by_value() {
        let minor = |text: &str, code: &str| match amount(text, &Currency::parse(code).unwrap()) {
            Ok(Amount::Positive(money)) => Ok(money.minor()),
            Ok(Amount::NotPositive { minor, .. }) => Ok(minor),
            Err(reason) => Err(reason.to_string()),
        };
        assert_eq!(minor("199.0000", "CNY"), Ok(19_900));
        assert_eq!(minor("12.340", "CNY"), Ok(1_234));
        assert_eq!(minor("-12.3400", "CNY"), Ok(-1_234));
        assert_eq!(minor("275.00", "JPY"), Ok(275));
        assert_eq!(minor("0.0000", "CNY"), Ok(0));
        for (text, code) in [("199.995", "CNY"), ("275.50", "JPY"), ("0.001", "CNY"), ("12.34500", "CNY")] {
            let said = minor(text, code).unwrap_err();
            assert!(said.contains("finer than the currency"), "{said}");
        }
        for text in ["5.", ".50", "1.x0", "1.0.0", "1.2300 ", "1e3"] {
            assert!(minor(text, "CNY").unwrap_err().contains("not a plain decimal number"), "{text}");
        }
    }
}
