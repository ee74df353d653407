//! Words and numbers for people, in both languages.

use ratchet_engine::amount::{Currency, Money, Points, UNITS_PER_POINT};

/// A language of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lang {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The Chinese or the English one.
    pub(crate) fn pick<T>(self, [zh, en]: [T; 2]) -> T {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// Makes a text safe inside HTML, SVG and quoted attributes: `&`, `<`, `>` and both kinds of quotes become entities.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}

/// A whole number with a comma every three digits.
pub(crate) fn number(number: u64) -> String {
    grouped(&number.to_string())
}

fn grouped(digits: &str) -> String {
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// Money with its currency: `¥1,234.50` or `1,234.50 元`.
pub(crate) fn money(currency: Currency, money: Money, lang: Lang) -> String {
    let plain = currency.format(money);
    let shown = match plain.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", grouped(whole)),
        None => grouped(&plain),
    };
    match (currency.code(), lang) {
        ("CNY", Lang::Zh) => format!("{shown} 元"),
        ("CNY", Lang::En) => format!("¥{shown}"),
        (code, _) => format!("{code} {shown}"),
    }
}

/// Points with two decimals, rounded down: what is shown is never more than there is.
pub(crate) fn points(points: Points) -> String {
    let hundredths = points.units() / (UNITS_PER_POINT / 100);
    format!("{}.{:02}", grouped(&(hundredths / 100).to_string()), hundredths % 100)
}

/// What a unit of the currency is called.
pub(crate) fn unit(currency: Currency) -> [&'static str; 2] {
    match &currency.code {
        b"CNY" => ["元", "yuan"],
        b"USD" => ["美元", "dollars"],
        b"EUR" => ["欧元", "euros"],
        b"HKD" => ["港元", "Hong Kong dollars"],
        b"SGD" => ["新加坡元", "Singapore dollars"],
        b"MYR" => ["林吉特", "ringgit"],
        b"THB" => ["泰铢", "baht"],
        b"JPY" => ["日元", "yen"],
        b"KRW" => ["韩元", "won"],
        b"VND" => ["越南盾", "dong"],
        b"KWD" => ["科威特第纳尔", "Kuwaiti dinars"],
        b"BHD" => ["巴林第纳尔", "Bahraini dinars"],
        _ => ["货币单位", "units of money"],
    }
}

/// Parts per million as percent, rounded down: one decimal, two below 1 %.
pub(crate) fn percent(ppm: u64) -> String {
    match ppm {
        0 => "0%".to_owned(),
        1..100 => "<0.01%".to_owned(),
        1_000_000 => "100%".to_owned(),
        100..10_000 => format!("0.{:02}%", ppm / 100),
        _ => format!("{}.{}%", number(ppm / 10_000), ppm / 1_000 % 10),
    }
}

/// Parts per million as a fraction of one with three decimals, rounded down.
pub(crate) fn fraction(ppm: u64) -> String {
    format!("{}.{:03}", ppm / 1_000_000, ppm / 1_000 % 1_000)
}

/// Parts per million as a multiple with two decimals, rounded down: `0.24`.
pub(crate) fn times(ppm: u64) -> String {
    format!("{}.{:02}", number(ppm / 1_000_000), ppm / 10_000 % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(23_476), "23,476");
        assert_eq!(number(1_000_000), "1,000,000");
        let sum = Money::from_minor(74_905_394).unwrap();
        assert_eq!(money(Currency::CNY, sum, Lang::En), "¥749,053.94");
        assert_eq!(money(Currency::CNY, sum, Lang::Zh), "749,053.94 元");
        assert_eq!(money(Currency::parse("JPY").unwrap(), sum, Lang::Zh), "JPY 74,905,394");
        for (ppm, shown) in [
            (0, "0%"),
            (99, "<0.01%"),
            (255, "0.02%"),
            (9_999, "0.99%"),
            (246_192, "24.6%"),
            (1_000_000, "100%"),
        ] {
            assert_eq!(percent(ppm), shown);
        }
        assert_eq!(percent(12_345_678), "1,234.5%");
        assert_eq!(fraction(999_687), "0.999");
        assert_eq!(times(1_500_000), "1.50");
    }

    #[test]
    fn nothing_escapes() {
        assert_eq!(escape("<a href=\"x\" b='y'>&"), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
    }
}
