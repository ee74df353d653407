//! Amounts: money, points, rates and the one way to divide (NUM-1 … NUM-5).
//!
//! No operators on money or points: additions are checked, and every division names its direction. A
//! result that does not fit is `None`, which callers turn into a refusal or, where a limit makes it
//! impossible, an `expect` that says so.

use serde::{Deserialize, Serialize};

/// Points are whole numbers of 10⁻¹² of a point.
pub const UNITS_PER_POINT: u128 = 1_000_000_000_000;
/// Largest amount one command may carry: 10¹³ minor units.
pub const AMOUNT_MAX: i64 = 10_000_000_000_000;
/// Largest sum that may have entered a programme: 9 · 10¹⁵ minor units. Below 2⁵³, so that JSON
/// numbers stay exact everywhere, and small enough to keep every supply below 2⁹⁶ units of points.
pub const PROGRAMME_MONEY_MAX: i64 = 9_000_000_000_000_000;

/// Money: a whole, non-negative number of minor units of the programme's currency (CNY: fen).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    /// The largest there is.
    pub(crate) const MAX: Money = Money(i64::MAX);
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// From minor units; `None` if negative.
    #[inline]
    pub const fn from_minor(minor: i64) -> Option<Money> {
        if minor >= 0 { Some(Money(minor)) } else { None }
    }

    /// In minor units.
    #[inline]
    pub fn minor(self) -> i64 {
        self.0
    }

    /// As the unsigned number that wide products take.
    #[inline]
    pub fn as_u128(self) -> u128 {
        u128::from(self.0.unsigned_abs())
    }

    /// From a wide number; `None` if it does not fit.
    #[inline]
    pub fn from_wide(minor: u128) -> Option<Money> {
        i64::try_from(minor).ok().map(Money)
    }

    /// Whether it is nothing.
    #[inline]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The same behind a reference, for what is left out of the journal.
    pub(crate) fn is_zero_ref(&self) -> bool {
        self.is_zero()
    }

    /// Sum; `None` on overflow.
    #[inline]
    pub fn checked_add(self, other: Money) -> Option<Money> {
        self.0.checked_add(other.0).map(Money)
    }

    /// Sum of amounts that are parts of one programme's money: [`PROGRAMME_MONEY_MAX`] makes it fit.
    #[inline]
    pub(crate) fn add_within_limit(self, other: Money) -> Money {
        self.checked_add(other).expect("sums within a programme fit by PROGRAMME_MONEY_MAX")
    }

    /// Difference; `None` if it would be negative.
    #[inline]
    pub fn checked_sub(self, other: Money) -> Option<Money> {
        self.0.checked_sub(other.0).and_then(Money::from_minor)
    }

    /// Difference, or nothing where it would be negative.
    #[inline]
    pub fn saturating_sub(self, other: Money) -> Money {
        Money(self.0.saturating_sub(other.0).max(0))
    }
}

/// Points in units of 10⁻¹² of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Points(u128);

impl Points {
    /// No points.
    pub const ZERO: Points = Points(0);

    /// From units of 10⁻¹².
    #[inline]
    pub const fn from_units(units: u128) -> Points {
        Points(units)
    }

    /// In units of 10⁻¹².
    #[inline]
    pub fn units(self) -> u128 {
        self.0
    }

    /// Whether there are none.
    #[inline]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The same behind a reference, for what is left out of the journal.
    pub(crate) fn is_zero_ref(&self) -> bool {
        self.is_zero()
    }

    /// Sum; `None` on overflow.
    #[inline]
    pub fn checked_add(self, other: Points) -> Option<Points> {
        self.0.checked_add(other.0).map(Points)
    }

    /// Difference; `None` if it would be negative.
    #[inline]
    pub fn checked_sub(self, other: Points) -> Option<Points> {
        self.0.checked_sub(other.0).map(Points)
    }

    /// Parses a decimal number of points with at most 12 decimals.
    pub fn parse(text: &str) -> Result<Points, DecimalError> {
        parse_decimal(text, 12).map(Points)
    }
}

impl std::fmt::Display for Points {
    /// As a decimal number of points without superfluous zeros: `210`, `0.37`.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, fraction) = (self.0 / UNITS_PER_POINT, self.0 % UNITS_PER_POINT);
        if fraction == 0 {
            return write!(out, "{whole}");
        }
        let digits = format!("{fraction:012}");
        write!(out, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl Serialize for Points {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Points, D::Error> {
        let text = compact_str::CompactString::deserialize(deserializer)?;
        Points::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A currency: its ISO 4217 code and how many decimals an amount may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub struct Currency {
    /// Three capital letters.
    pub code: [u8; 3],
    /// Decimals of the minor unit: 2 for CNY.
    pub decimals: u32,
}

/// Decimals of a currency that [`Currency::parse`] does not know.
const OTHER_DECIMALS: u32 = 4;

/// By its code.
impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Currency, D::Error> {
        let code = compact_str::CompactString::deserialize(deserializer)?;
        Currency::any(&code).ok_or_else(|| serde::de::Error::custom("a currency is three capital letters"))
    }
}

impl Currency {
    /// Renminbi.
    pub const CNY: Currency = Currency { code: *b"CNY", decimals: 2 };

    /// The code as text.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("???")
    }

    /// The known currencies; `None` for any other code.
    pub fn parse(code: &str) -> Option<Currency> {
        let decimals = match code {
            "CNY" | "USD" | "EUR" | "HKD" | "SGD" | "MYR" | "THB" => 2,
            "JPY" | "KRW" | "VND" => 0,
            "KWD" | "BHD" => 3,
            _ => return None,
        };
        code.as_bytes().try_into().ok().map(|code| Currency { code, decimals })
    }

    /// Any code of three capital letters, for money that is named and not kept (PAY-1c). Amounts of an unknown one have
    /// [`OTHER_DECIMALS`], as many as any currency of ISO 4217 has.
    pub fn any(code: &str) -> Option<Currency> {
        let letters: [u8; 3] = code.as_bytes().try_into().ok()?;
        let other = Currency { code: letters, decimals: OTHER_DECIMALS };
        letters.iter().all(u8::is_ascii_uppercase).then(|| Currency::parse(code).unwrap_or(other))
    }

    /// Parses a decimal amount with at most the currency's decimals, up to [`AMOUNT_MAX`] (NUM-1).
    pub fn parse_money(&self, text: &str) -> Result<Money, DecimalError> {
        let minor = parse_decimal(text, self.decimals)?;
        let money = Money::from_wide(minor).ok_or(DecimalError::TooLarge)?;
        if money.0 > AMOUNT_MAX { Err(DecimalError::TooLarge) } else { Ok(money) }
    }

    /// An amount as a decimal string with all its decimals: `600.00`.
    pub fn format(&self, money: Money) -> String {
        self.format_minor(i128::from(money.0))
    }

    /// A signed number of minor units as a decimal string: `-0.05`.
    pub fn format_minor(&self, minor: i128) -> String {
        let sign = if minor < 0 { "-" } else { "" };
        let (magnitude, scale) = (minor.unsigned_abs(), 10_u128.pow(self.decimals));
        if self.decimals == 0 {
            return format!("{sign}{magnitude}");
        }
        let width = usize::try_from(self.decimals).unwrap_or(0);
        format!("{sign}{}.{:0width$}", magnitude / scale, magnitude % scale)
    }
}

/// Why a decimal text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// Not digits with at most one point: signs, exponents, separators and blanks are refused.
    NotADecimal,
    /// More decimals than the unit has.
    TooManyDecimals {
        /// How many are allowed.
        allowed: u32,
    },
    /// Larger than the limit of its kind.
    TooLarge,
}

/// Parses digits with at most `decimals` decimals into a whole number of 10^-decimals.
pub fn parse_decimal(text: &str, decimals: u32) -> Result<u128, DecimalError> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(DecimalError::NotADecimal),
        None => (text, ""),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(DecimalError::NotADecimal);
    }
    let places = u32::try_from(fraction.len()).map_err(|_| DecimalError::TooLarge)?;
    let missing = decimals.checked_sub(places).ok_or(DecimalError::TooManyDecimals { allowed: decimals })?;
    let mut value: u128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(u128::from(digit - b'0')))
            .ok_or(DecimalError::TooLarge)?;
    }
    value.checked_mul(10_u128.pow(missing)).ok_or(DecimalError::TooLarge)
}

/// A rate in parts per million (NUM-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rate(u32);

impl Rate {
    /// Nothing.
    pub const ZERO: Rate = Rate(0);
    /// 100 %.
    pub const ONE: Rate = Rate(1_000_000);

    /// From parts per million.
    pub const fn from_ppm(ppm: u32) -> Rate {
        Rate(ppm)
    }

    /// In parts per million.
    #[inline]
    pub const fn ppm(self) -> u32 {
        self.0
    }

    /// Parses `30%` (up to 4 decimals) or `3‰` (up to 3); a bare number is refused as ambiguous.
    pub fn parse(text: &str) -> Result<Rate, RateError> {
        let (number, decimals) = if let Some(number) = text.strip_suffix('%') {
            (number, 4)
        } else if let Some(number) = text.strip_suffix('‰') {
            (number, 3)
        } else if parse_decimal(text, 12).is_ok() {
            return Err(RateError::Ambiguous);
        } else {
            return Err(RateError::NotARate);
        };
        match parse_decimal(number.trim_end(), decimals) {
            Ok(ppm) => u32::try_from(ppm).map(Rate).map_err(|_| RateError::TooLarge),
            Err(DecimalError::TooManyDecimals { .. }) => Err(RateError::TooFine),
            Err(DecimalError::TooLarge) => Err(RateError::TooLarge),
            Err(DecimalError::NotADecimal) => Err(RateError::NotARate),
        }
    }

    /// `floor(rate · amount)`: rounds down; the caller names who keeps the remainder.
    #[inline]
    pub fn floor_of(self, amount: Money) -> Money {
        // One command's amounts fit 64 bits, where dividing is much faster.
        if let Some(product) = amount.0.unsigned_abs().checked_mul(u64::from(self.0)) {
            return Money::from_wide(u128::from(product / 1_000_000)).unwrap_or(Money::ZERO);
        }
        let product = amount.as_u128() * u128::from(self.0);
        Money::from_wide(product / 1_000_000).unwrap_or(Money::ZERO)
    }

    /// `ceil(rate · amount)`: rounds up, for charges.
    #[inline]
    pub fn ceil_of(self, amount: Money) -> Money {
        let product = amount.as_u128() * u128::from(self.0);
        Money::from_wide(product.div_ceil(1_000_000)).unwrap_or(Money::ZERO)
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, fraction) = (self.0 / 10_000, self.0 % 10_000);
        if fraction == 0 {
            return write!(out, "{whole}%");
        }
        let digits = format!("{fraction:04}");
        write!(out, "{whole}.{}%", digits.trim_end_matches('0'))
    }
}

/// Why a text is not a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateError {
    /// Neither `%` nor `‰`.
    NotARate,
    /// A bare number: 0.3 could mean 30 % or 0.3 %.
    Ambiguous,
    /// Finer than one part per million.
    TooFine,
    /// More than 32 bits of parts per million.
    TooLarge,
}

/// Which way a division rounds. There is no default (NUM-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Towards zero: payouts to members.
    Down,
    /// Away from zero: charges.
    Up,
}

/// `a · b ÷ d`, exact in 256 bits, rounded once (NUM-2, NUM-3). `None` if `d` is zero or the result needs more than 128 bits.
#[inline]
pub fn mul_div(a: u128, b: u128, d: u128, rounding: Rounding) -> Option<u128> {
    if d == 0 {
        return None;
    }
    let (quotient, remainder) = match a.checked_mul(b) {
        Some(product) => div_rem(product, d),
        None => Wide::product(a, b).div_rem(d)?,
    };
    match rounding {
        Rounding::Up if remainder != 0 => quotient.checked_add(1),
        Rounding::Up | Rounding::Down => Some(quotient),
    }
}

/// Quotient and remainder; takes the 64-bit path where both fit, which is three times as fast.
#[inline]
fn div_rem(n: u128, d: u128) -> (u128, u128) {
    match (u64::try_from(n), u64::try_from(d)) {
        (Ok(n), Ok(d)) => (u128::from(n / d), u128::from(n % d)),
        _ => {
            let quotient = n / d;
            (quotient, n - quotient * d)
        }
    }
}

/// An unsigned 256-bit product, for exact comparisons and one division.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wide {
    high: u128,
    low: u128,
}

const LOW_64: u128 = (1 << 64) - 1;

impl Wide {
    /// `a · b`; always fits.
    #[inline]
    pub fn product(a: u128, b: u128) -> Wide {
        if let Some(low) = a.checked_mul(b) {
            return Wide { high: 0, low };
        }
        let (a1, a0, b1, b0) = (a >> 64, a & LOW_64, b >> 64, b & LOW_64);
        let (low, middle1, middle2, high) = (a0 * b0, a1 * b0, a0 * b1, a1 * b1);
        // Each term is below 2^64 here, so the sum of three cannot overflow 128 bits.
        let carry = (low >> 64) + (middle1 & LOW_64) + (middle2 & LOW_64);
        Wide {
            high: high + (middle1 >> 64) + (middle2 >> 64) + (carry >> 64),
            low: (low & LOW_64) | (carry << 64),
        }
    }

    /// Quotient and remainder by `d`; `None` if the quotient needs more than 128 bits or `d` is zero.
    pub fn div_rem(self, d: u128) -> Option<(u128, u128)> {
        if d == 0 || self.high >= d {
            return None;
        }
        if self.high == 0 {
            return Some((self.low / d, self.low % d));
        }
        // Knuth's algorithm D with two 64-bit digits in the divisor and four in the dividend, after
        // shifting so that the divisor's top bit is set. A divisor below 2^64 falls out as digit d0 = 0.
        let shift = d.leading_zeros();
        let d = d << shift;
        let (d1, d0) = (d >> 64, d & LOW_64);
        let high = if shift == 0 { self.high } else { (self.high << shift) | (self.low >> (128 - shift)) };
        let low = self.low << shift;
        let (q1, r1) = Wide::digit(high, low >> 64, d, d1, d0);
        let (q0, r0) = Wide::digit(r1, low & LOW_64, d, d1, d0);
        Some(((q1 << 64) | q0, r0 >> shift))
    }

    /// One 64-bit digit of `(r · 2^64 + next) ÷ d` with `r < d`, and the new remainder.
    fn digit(r: u128, next: u128, d: u128, d1: u128, d0: u128) -> (u128, u128) {
        let mut q = (r / d1).min(LOW_64);
        let mut rest = r - q * d1;
        // The estimate is at most two too large; each correction adds d1 back.
        while rest <= LOW_64 && q * d0 > ((rest << 64) | next) {
            q -= 1;
            rest += d1;
        }
        // r·2^64 + next − q·d is below d: wrapping arithmetic in 128 bits gives it exactly.
        let remainder = (r << 64 | next).wrapping_sub(q.wrapping_mul(d));
        (q, remainder)
    }
}

/// Splits `total` by `weights` (NUM-5): floors each part, then hands the left-over units one each in
/// listing order to non-zero weights; the parts sum exactly. All parts are zero if all weights are.
pub fn allocate(total: Money, weights: &[Money], parts: &mut Vec<Money>) {
    allocate_by(total, weights.iter().map(|weight| weight.as_u128()), parts);
}

/// The same by weights of any kind, whose sum fits 128 bits.
pub(crate) fn allocate_by(total: Money, weights: impl Iterator<Item = u128> + Clone, parts: &mut Vec<Money>) {
    parts.clear();
    let sum: u128 = weights.clone().sum();
    let mut left = total;
    for weight in weights.clone() {
        let part = mul_div(total.as_u128(), weight, sum, Rounding::Down).and_then(Money::from_wide);
        let part = part.unwrap_or(Money::ZERO);
        left = left.saturating_sub(part);
        parts.push(part);
    }
    if sum == 0 {
        return;
    }
    for (part, weight) in parts.iter_mut().zip(weights) {
        if left.is_zero() {
            break;
        }
        if weight != 0 {
            *part = Money(part.0 + 1);
            left = Money(left.0 - 1);
        }
    }
}
