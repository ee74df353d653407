//! What can be wrong with an order file: facts, and the one place that puts them into words.

use ratchet_engine::id::IdError;

use super::field::FORMS;
use super::row::FIELDS_MAX;
use super::{COLUMNS, ROW_BYTES_MAX};

/// Characters of a field that a message shows.
const SHOWN_CHARS: usize = 40;

/// What is wrong with a row, or why it is no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The column, if it is one.
    pub column: Option<&'static str>,
    /// The reason.
    pub reason: Reason,
}

impl Fault {
    pub(super) fn row(reason: Reason) -> Fault {
        Fault { column: None, reason }
    }

    pub(super) fn at(column: &'static str, reason: Reason) -> Fault {
        Fault { column: Some(column), reason }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(column) = self.column {
            write!(out, "{column}: ")?;
        }
        self.reason.fmt(out)
    }
}

/// The beginning of a field, for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    text: Box<str>,
    is_cut: bool,
}

impl Excerpt {
    pub(super) fn of(text: &str) -> Excerpt {
        let cut = text.char_indices().nth(SHOWN_CHARS).map_or(text.len(), |(at, _)| at);
        Excerpt { text: text[..cut].into(), is_cut: cut < text.len() }
    }
}

impl std::fmt::Display for Excerpt {
    /// In quotes; what nobody can see is named.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("\"")?;
        for character in self.text.chars() {
            match unseen(character) {
                None => write!(out, "{character}")?,
                Some(name) => write!(out, "[{name} (U+{:04X})]", u32::from(character))?,
            }
        }
        out.write_str(if self.is_cut { "…\"" } else { "\"" })
    }
}

/// The name of a character that leaves no ink, or looks like a blank and is none.
fn unseen(character: char) -> Option<&'static str> {
    Some(match character {
        '\t' => "tab",
        '\n' => "line feed",
        '\r' => "carriage return",
        '\u{a0}' => "no-break space",
        '\u{ad}' => "soft hyphen",
        '\u{2007}' => "figure space",
        '\u{200b}' => "zero-width space",
        '\u{200c}' | '\u{200d}' => "zero-width joiner",
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => "direction mark",
        '\u{202f}' => "narrow no-break space",
        '\u{2060}' => "word joiner",
        '\u{3000}' => "ideographic space",
        '\u{feff}' => "byte order mark",
        ' ' => return None,
        other if other.is_whitespace() => "space",
        other if other.is_control() => "control character",
        _ => return None,
    })
}

/// Why a file, a row or a field cannot be taken, with what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The amount is zero: no order.
    AmountZero,
    /// The amount is negative: a return, no order. A refunded amount cannot be negative.
    AmountNegative,
    /// Nobody known bought it: no order of a member.
    NoMember,

    /// The operating system refused.
    Unreadable(String),
    /// Not even a header.
    FileEmpty,
    /// A header and nothing else.
    NoRows,
    /// All rows are left out.
    NoOrders {
        /// How many are malformed.
        bad: u64,
        /// How many are no orders.
        skipped: u64,
        /// Line and fault of the first.
        first: Box<(u32, Fault)>,
    },
    /// More lines than 32-bit numbers.
    TooManyLines,
    /// More members than 32-bit numbers.
    TooManyMembers,

    /// The name of a column is not UTF-8.
    ColumnNotUtf8 {
        /// Its place from 1.
        place: usize,
    },
    /// A column that is none of [`COLUMNS`].
    ColumnUnknown {
        /// Its name.
        name: Excerpt,
        /// What it may have been meant for.
        nearest: &'static str,
    },
    /// A column stands twice.
    ColumnTwice(&'static str),
    /// A column that a file must have.
    ColumnMissing(&'static str),
    /// A column without its companion.
    ColumnMissingBeside {
        /// The one that is missing.
        missing: &'static str,
        /// The one that is there.
        beside: &'static str,
    },

    /// Too few or too many fields.
    FieldCount {
        /// So many.
        found: usize,
        /// As the header has.
        expected: usize,
        /// There are quotes in it.
        is_quoted: bool,
    },
    /// Longer than [`ROW_BYTES_MAX`].
    RowTooLong,
    /// A quoted row of too many fields.
    TooManyFields,
    /// A field is not UTF-8.
    NotUtf8 {
        /// The first byte that is not.
        byte: u8,
    },

    /// No id.
    Id(IdError),
    /// Longer than its column allows.
    IdTooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// A spreadsheet made a number of it and shows that in short (FILE-14).
    IdShortened(Excerpt),
    /// A spreadsheet's error value stands for it (FILE-14).
    IdIsErrorValue(Excerpt),
    /// A spreadsheet made a number of it and kept 15 digits (FILE-14).
    IdsRounded {
        /// The first one.
        id: Excerpt,
        /// How many ids of the column are like it.
        ids: u64,
    },
    /// Rows of one order with different members.
    OrderOfTwo {
        /// The order, the member of this row, and the member before.
        ids: Box<[Excerpt; 3]>,
        /// The line where that one stands.
        line: u32,
    },
    /// Rows of one order with different delivery addresses.
    OrderToTwoPlaces {
        /// The order.
        order: Excerpt,
        /// The line of the first row.
        line: u32,
    },

    /// No amount.
    AmountMissing,
    /// Not digits with at most one point.
    AmountForm(Excerpt),
    /// Not a whole number of minor units.
    AmountTooFine {
        /// The amount.
        text: Excerpt,
        /// The currency's decimals.
        decimals: u32,
    },
    /// Larger than any amount.
    AmountTooLarge(Excerpt),
    /// The rows of an order come to more than any amount.
    OrderTooLarge(Excerpt),
    /// `refunded_at` without an amount.
    RefundMissing,
    /// More is refunded than was paid.
    RefundTooLarge {
        /// As text.
        refunded: String,
        /// As text.
        of: String,
    },
    /// The refund is before the order.
    RefundTooEarly(Excerpt),

    /// No time.
    TimeMissing,
    /// No date and no RFC 3339.
    TimeForm {
        /// The time.
        text: Excerpt,
        /// Only the offset is missing.
        is_offset_missing: bool,
    },
    /// A date that does not exist.
    NotADay(Excerpt),
    /// Before 1970 or after 9999.
    TimeOutOfRange(Excerpt),
    /// No GB/T 2260 code.
    RegionForm(Excerpt),
    /// Six digits that lie in no province.
    NoProvince(Excerpt),
}

impl Reason {
    /// Its permanent name in JSON; `malformed` for all that make a row unreadable.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::AmountZero => "amount_zero",
            Reason::AmountNegative => "amount_negative",
            Reason::NoMember => "no_member",
            _ => "malformed",
        }
    }

    /// Whether ids are damaged: people or orders may have become one, in other rows too. Nobody can ask to skip that (FILE-14).
    pub fn is_damage(&self) -> bool {
        matches!(self, Reason::IdShortened(_) | Reason::IdIsErrorValue(_) | Reason::IdsRounded { .. })
    }
}

/// What to do about a damaged id.
const EXPORT_AGAIN: &str = "export the file again with this column as text, and do not save it from a spreadsheet; \
                            --skip-bad-rows does not help, as other rows are affected too";

impl std::fmt::Display for Reason {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::AmountZero => out.write_str("the amount is zero"),
            Reason::AmountNegative => out.write_str("the amount is negative"),
            Reason::NoMember => out.write_str("no member is named"),
            Reason::Unreadable(error) => write!(out, "cannot be read: {error}"),
            Reason::FileEmpty => {
                write!(out, "the file is empty; it needs a header with {}", COLUMNS[..4].join(","))
            }
            Reason::NoRows => out.write_str("a header and no rows"),
            Reason::NoOrders { bad, skipped, first } => {
                match bad {
                    0 => write!(out, "no orders: all {skipped} rows are left out")?,
                    bad => write!(out, "no orders: {bad} rows are malformed and {skipped} are no orders")?,
                }
                write!(out, "; line {}: {}", first.0, first.1)
            }
            Reason::TooManyLines => out.write_str("more than 4,294,967,295 lines"),
            Reason::TooManyMembers => out.write_str("more than 4,294,967,295 members"),
            Reason::ColumnNotUtf8 { place } => write!(out, "the name of column {place} is not UTF-8"),
            Reason::ColumnUnknown { name, nearest } => {
                write!(out, "column {name} is unknown; nearest known: \"{nearest}\"")
            }
            Reason::ColumnTwice(name) => write!(out, "column \"{name}\" stands twice"),
            Reason::ColumnMissing(name) => write!(out, "column \"{name}\" is missing"),
            Reason::ColumnMissingBeside { missing, beside } => {
                write!(out, "column \"{missing}\" is missing beside \"{beside}\"")
            }
            Reason::FieldCount { found, expected, is_quoted } => {
                let hint = if *is_quoted { "; is a quote not closed?" } else { "" };
                write!(out, "{found} fields where the header has {expected}{hint}")
            }
            Reason::RowTooLong => {
                write!(out, "the row is longer than {ROW_BYTES_MAX} bytes; is this a CSV file?")
            }
            Reason::TooManyFields => write!(out, "more than {FIELDS_MAX} fields; is this an order file?"),
            Reason::NotUtf8 { byte } => write!(out, "not UTF-8 (byte 0x{byte:02X}); save the file as UTF-8"),
            Reason::Id(error) => error.fmt(out),
            Reason::IdTooLong { bytes, most } => {
                write!(out, "the id has {bytes} bytes; at most {most} are allowed")
            }
            Reason::IdShortened(id) => write!(
                out,
                "{id} is what a spreadsheet makes of a long id: its last digits are lost, and several ids may have become \
                 one; {EXPORT_AGAIN}"
            ),
            Reason::IdIsErrorValue(id) => write!(
                out,
                "{id} is the error value of a spreadsheet: several ids may have become one; {EXPORT_AGAIN}"
            ),
            Reason::IdsRounded { id, ids: 0 | 1 } => write!(
                out,
                "{id} has zeros from its 16th digit on: a spreadsheet has rounded it to 15 digits, and several ids may have \
                 become one; {EXPORT_AGAIN}"
            ),
            Reason::IdsRounded { id, ids } => write!(
                out,
                "{id} and {} more ids have zeros from the 16th digit on: a spreadsheet has rounded them to 15 digits, and \
                 several ids may have become one; {EXPORT_AGAIN}",
                ids - 1
            ),
            Reason::OrderOfTwo { ids, line } => {
                let [order, member, earlier] = &**ids;
                write!(out, "order {order} is of member {member} here and of {earlier} on line {line}")
            }
            Reason::OrderToTwoPlaces { order, line } => {
                write!(out, "order {order} goes to another place than its row on line {line} says")
            }
            Reason::AmountMissing => out.write_str("the amount is missing"),
            Reason::AmountForm(text) => {
                write!(out, "{text} is not a plain decimal number such as 1000.00")
            }
            Reason::AmountTooFine { text, decimals: 0 } => {
                write!(out, "{text} is finer than the currency, which has no decimals")
            }
            Reason::AmountTooFine { text, decimals } => {
                write!(out, "{text} is finer than the currency, which has {decimals} decimals")
            }
            Reason::AmountTooLarge(text) => write!(out, "{text} is larger than an amount may be"),
            Reason::OrderTooLarge(order) => {
                write!(out, "the rows of order {order} come to more than an amount may be")
            }
            Reason::RefundMissing => out.write_str("the amount is missing beside refunded_at"),
            Reason::RefundTooLarge { refunded, of } => {
                write!(out, "{refunded} is refunded of an order of {of}")
            }
            Reason::RefundTooEarly(text) => write!(out, "{text} is before the order"),
            Reason::TimeMissing => out.write_str("the time is missing"),
            Reason::TimeForm { text, is_offset_missing } => {
                let hint = if *is_offset_missing { "; the offset is missing" } else { "" };
                write!(out, "{text} is {FORMS}{hint}")
            }
            Reason::NotADay(text) => write!(out, "{text} is not a day of the calendar"),
            Reason::TimeOutOfRange(text) => write!(out, "{text} is outside 1970-01-01 to 9999-12-30"),
            Reason::RegionForm(text) => write!(out, "{text} is not a six-digit GB/T 2260 code"),
            Reason::NoProvince(text) => write!(out, "{text} lies in no province"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_named() {
        for (text, shown) in [
            ("1\u{a0}234.56", "\"1[no-break space (U+00A0)]234.56\""),
            ("a\tb \u{7}", "\"a[tab (U+0009)]b [control character (U+0007)]\""),
            ("say \"hi\" \\ 张三", "\"say \"hi\" \\ 张三\""),
            ("\u{feff}1\u{200b}", "\"[byte order mark (U+FEFF)]1[zero-width space (U+200B)]\""),
        ] {
            assert_eq!(Excerpt::of(text).to_string(), shown);
        }
        let long = "张".repeat(SHOWN_CHARS);
        assert_eq!(Excerpt::of(&long).to_string(), format!("\"{long}\""));
        assert_eq!(Excerpt::of(&format!("{long}三")).to_string(), format!("\"{long}…\""));
    }
}
