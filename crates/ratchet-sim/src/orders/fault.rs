//! What can be wrong with an order file: facts, and the one place that puts them into words.

use ratchet_engine::id::IdError;
use ratchet_engine::message::{Message, System, Tell};
use ratchet_engine::messages;

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

impl Fault {
    /// What is said about it.
    pub fn message(&self) -> Message {
        let error = self.reason.message();
        match self.column {
            Some(column) => OrdersFault::In { column, error }.into(),
            None => error,
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.message().fmt(out)
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

impl Excerpt {
    /// In quotes; what nobody can see is named.
    fn shown(&self, name: impl Fn([&'static str; 2]) -> &'static str) -> String {
        let mut shown = "\"".to_owned();
        for character in self.text.chars() {
            match unseen(character) {
                None => shown.push(character),
                Some(names) => shown += &format!("[{} (U+{:04X})]", name(names), u32::from(character)),
            }
        }
        shown + if self.is_cut { "…\"" } else { "\"" }
    }
}

impl Tell for Excerpt {
    fn en(&self) -> String {
        self.shown(|[_, en]| en)
    }

    fn zh(&self) -> String {
        self.shown(|[zh, _]| zh)
    }

    fn json(&self) -> serde_json::Value {
        (*self.text).into()
    }
}

impl std::fmt::Display for Excerpt {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.en())
    }
}

/// The name of a character that leaves no ink, or looks like a blank and is none, in Chinese and English.
fn unseen(character: char) -> Option<[&'static str; 2]> {
    Some(match character {
        '\t' => ["制表符", "tab"],
        '\n' => ["换行", "line feed"],
        '\r' => ["回车", "carriage return"],
        '\u{a0}' => ["不换行空格", "no-break space"],
        '\u{ad}' => ["软连字符", "soft hyphen"],
        '\u{2007}' => ["数字空格", "figure space"],
        '\u{200b}' => ["零宽空格", "zero-width space"],
        '\u{200c}' | '\u{200d}' => ["零宽连接符", "zero-width joiner"],
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            ["方向标记", "direction mark"]
        }
        '\u{202f}' => ["窄不换行空格", "narrow no-break space"],
        '\u{2060}' => ["词连接符", "word joiner"],
        '\u{3000}' => ["全角空格", "ideographic space"],
        '\u{feff}' => ["字节顺序标记", "byte order mark"],
        ' ' => return None,
        other if other.is_whitespace() => ["特殊空格", "space"],
        other if other.is_control() => ["控制字符", "control character"],
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
    Unreadable(Message),
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

impl Reason {
    /// What is said about it.
    pub fn message(&self) -> Message {
        match self {
            Reason::AmountZero => OrdersFault::AmountZero {}.into(),
            Reason::AmountNegative => OrdersFault::AmountNegative {}.into(),
            Reason::NoMember => OrdersFault::NoMember {}.into(),
            Reason::Unreadable(message) => message.clone(),
            Reason::FileEmpty => OrdersFault::FileEmpty { columns: COLUMNS[..4].join(",") }.into(),
            Reason::NoRows => OrdersFault::NoRows {}.into(),
            Reason::NoOrders { bad, skipped, first } => {
                let (bad, skipped, line, first) = (*bad, *skipped, first.0, first.1.message());
                match bad {
                    0 => OrdersFault::AllLeftOut { skipped, line, first }.into(),
                    bad => OrdersFault::NoOrders { bad, skipped, line, first }.into(),
                }
            }
            Reason::TooManyLines => OrdersFault::TooManyLines {}.into(),
            Reason::TooManyMembers => OrdersFault::TooManyMembers {}.into(),
            Reason::ColumnNotUtf8 { place } => OrdersFault::ColumnNotUtf8 { place: *place }.into(),
            Reason::ColumnUnknown { name, nearest } => OrdersFault::ColumnUnknown { name, nearest }.into(),
            Reason::ColumnTwice(column) => OrdersFault::ColumnTwice { column }.into(),
            Reason::ColumnMissing(column) => OrdersFault::ColumnMissing { column }.into(),
            Reason::ColumnMissingBeside { missing, beside } => {
                OrdersFault::ColumnMissingBeside { missing, beside }.into()
            }
            Reason::FieldCount { found, expected, is_quoted: false } => {
                OrdersFault::FieldCount { found: *found, expected: *expected }.into()
            }
            Reason::FieldCount { found, expected, is_quoted: true } => {
                OrdersFault::FieldCountQuoted { found: *found, expected: *expected }.into()
            }
            Reason::RowTooLong => OrdersFault::RowTooLong { most: ROW_BYTES_MAX }.into(),
            Reason::TooManyFields => OrdersFault::TooManyFields { most: FIELDS_MAX }.into(),
            Reason::NotUtf8 { byte } => OrdersFault::NotUtf8 { byte: format!("0x{byte:02X}") }.into(),
            Reason::Id(error) => (*error).into(),
            Reason::IdTooLong { bytes, most } => OrdersFault::IdTooLong { bytes: *bytes, most: *most }.into(),
            Reason::IdShortened(id) => OrdersFault::IdShortened { id }.into(),
            Reason::IdIsErrorValue(id) => OrdersFault::IdIsErrorValue { id }.into(),
            Reason::IdsRounded { id, ids: 0 | 1 } => OrdersFault::IdRounded { id }.into(),
            Reason::IdsRounded { id, ids } => OrdersFault::IdsRounded { id, others: ids - 1 }.into(),
            Reason::OrderOfTwo { ids, line } => {
                let [order, member, earlier] = &**ids;
                OrdersFault::OrderOfTwo { order, member, earlier, line: *line }.into()
            }
            Reason::OrderToTwoPlaces { order, line } => {
                OrdersFault::OrderToTwoPlaces { order, line: *line }.into()
            }
            Reason::AmountMissing => OrdersFault::AmountMissing {}.into(),
            Reason::AmountForm(text) => OrdersFault::AmountForm { text }.into(),
            Reason::AmountTooFine { text, decimals: 0 } => OrdersFault::AmountNotWhole { text }.into(),
            Reason::AmountTooFine { text, decimals } => {
                OrdersFault::AmountTooFine { text, decimals: *decimals }.into()
            }
            Reason::AmountTooLarge(text) => OrdersFault::AmountTooLarge { text }.into(),
            Reason::OrderTooLarge(order) => OrdersFault::OrderTooLarge { order }.into(),
            Reason::RefundMissing => OrdersFault::RefundMissing {}.into(),
            Reason::RefundTooLarge { refunded, of } => OrdersFault::RefundTooLarge { refunded, of }.into(),
            Reason::RefundTooEarly(text) => OrdersFault::RefundTooEarly { text }.into(),
            Reason::TimeMissing => OrdersFault::TimeMissing {}.into(),
            Reason::TimeForm { text, is_offset_missing: false } => OrdersFault::TimeForm { text }.into(),
            Reason::TimeForm { text, is_offset_missing: true } => OrdersFault::TimeOffset { text }.into(),
            Reason::NotADay(text) => OrdersFault::NotADay { text }.into(),
            Reason::TimeOutOfRange(text) => OrdersFault::TimeOutOfRange { text }.into(),
            Reason::RegionForm(text) => OrdersFault::RegionForm { text }.into(),
            Reason::NoProvince(text) => OrdersFault::NoProvince { text }.into(),
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.message().fmt(out)
    }
}

messages! {
    /// What is wrong with an order file.
    #[derive(Debug)]
    pub enum OrdersFault<'a> {
        In "orders.in_column" { column: &'a str, error: Message } "{column}: {error}" "{column}：{error}";
        AmountZero "orders.amount_zero" {} "the amount is zero" "金额为零";
        AmountNegative "orders.amount_negative" {} "the amount is negative" "金额为负";
        NoMember "orders.no_member" {} "no member is named" "没有写会员";
        Unreadable "orders.unreadable" { error: System<'a> } "cannot be read: {error}" "无法读取：{error}";
        FileEmpty "orders.file_empty" { columns: String }
            "the file is empty; it needs a header with {columns}"
            "文件是空的；需要一行表头：{columns}";
        NoRows "orders.no_rows" {} "a header and no rows" "只有表头，没有数据行";
        AllLeftOut "orders.all_left_out" { skipped: u64, line: u32, first: Message }
            "no orders: all {skipped} rows are left out; line {line}: {first}"
            "没有订单：{skipped} 行全部不计；第 {line} 行：{first}";
        NoOrders "orders.no_orders" { bad: u64, skipped: u64, line: u32, first: Message }
            "no orders: {bad} rows are malformed and {skipped} are no orders; line {line}: {first}"
            "没有订单：{bad} 行格式有误，{skipped} 行不是订单；第 {line} 行：{first}";
        TooManyLines "orders.too_many_lines" {} "more than 4,294,967,295 lines" "超过 4,294,967,295 行";
        TooManyMembers "orders.too_many_members" {}
            "more than 4,294,967,295 members"
            "会员超过 4,294,967,295 人";
        ColumnNotUtf8 "orders.column_not_utf8" { place: usize }
            "the name of column {place} is not UTF-8"
            "第 {place} 列的列名不是 UTF-8 编码";
        ColumnUnknown "orders.column_unknown" { name: &'a Excerpt, nearest: &'a str }
            "column {name} is unknown; nearest known: \"{nearest}\""
            "不认识的列 {name}；最接近的是 \"{nearest}\"";
        ColumnTwice "orders.column_twice" { column: &'a str }
            "column \"{column}\" stands twice"
            "列 \"{column}\" 出现了两次";
        ColumnMissing "orders.column_missing" { column: &'a str }
            "column \"{column}\" is missing"
            "缺少列 \"{column}\"";
        ColumnMissingBeside "orders.column_missing_beside" { missing: &'a str, beside: &'a str }
            "column \"{missing}\" is missing beside \"{beside}\""
            "有列 \"{beside}\" 而缺少列 \"{missing}\"";
        FieldCount "orders.field_count" { found: usize, expected: usize }
            "{found} fields where the header has {expected}"
            "有 {found} 个字段，而表头有 {expected} 个";
        FieldCountQuoted "orders.field_count_quoted" { found: usize, expected: usize }
            "{found} fields where the header has {expected}; is a quote not closed?"
            "有 {found} 个字段，而表头有 {expected} 个；是不是引号没有结束？";
        RowTooLong "orders.row_too_long" { most: usize }
            "the row is longer than {most} bytes; is this a CSV file?"
            "这一行超过 {most} 字节；这是 CSV 文件吗？";
        TooManyFields "orders.too_many_fields" { most: usize }
            "more than {most} fields; is this an order file?"
            "字段超过 {most} 个；这是订单文件吗？";
        NotUtf8 "orders.not_utf8" { byte: String }
            "not UTF-8 (byte {byte}); save the file as UTF-8"
            "不是 UTF-8 编码（字节 {byte}）；请将文件存为 UTF-8";
        IdTooLong "orders.id_too_long" { bytes: usize, most: usize }
            "the id has {bytes} bytes; at most {most} are allowed"
            "编号有 {bytes} 字节；最多允许 {most} 字节";
        IdShortened "orders.id_shortened" { id: &'a Excerpt }
            "{id} is what a spreadsheet makes of a long id: its last digits are lost, and several ids may have become one; export the file again with this column as text, and do not save it from a spreadsheet; --skip-bad-rows does not help, as other rows are affected too"
            "{id} 是电子表格对长编号的改写：末几位已丢失，几个编号可能变成了同一个；请把这一列设为文本重新导出，不要用电子表格另存；`--skip-bad-rows` 无济于事，因为其他行也受影响";
        IdIsErrorValue "orders.id_error_value" { id: &'a Excerpt }
            "{id} is the error value of a spreadsheet: several ids may have become one; export the file again with this column as text, and do not save it from a spreadsheet; --skip-bad-rows does not help, as other rows are affected too"
            "{id} 是电子表格的错误值：几个编号可能变成了同一个；请把这一列设为文本重新导出，不要用电子表格另存；`--skip-bad-rows` 无济于事，因为其他行也受影响";
        IdRounded "orders.id_rounded" { id: &'a Excerpt }
            "{id} has zeros from its 16th digit on: a spreadsheet has rounded it to 15 digits, and several ids may have become one; export the file again with this column as text, and do not save it from a spreadsheet; --skip-bad-rows does not help, as other rows are affected too"
            "{id} 从第 16 位起全是零：电子表格把它舍入到了 15 位，几个编号可能变成了同一个；请把这一列设为文本重新导出，不要用电子表格另存；`--skip-bad-rows` 无济于事，因为其他行也受影响";
        IdsRounded "orders.ids_rounded" { id: &'a Excerpt, others: u64 }
            "{id} and {others} more ids have zeros from the 16th digit on: a spreadsheet has rounded them to 15 digits, and several ids may have become one; export the file again with this column as text, and do not save it from a spreadsheet; --skip-bad-rows does not help, as other rows are affected too"
            "{id} 和另外 {others} 个编号从第 16 位起全是零：电子表格把它们舍入到了 15 位，几个编号可能变成了同一个；请把这一列设为文本重新导出，不要用电子表格另存；`--skip-bad-rows` 无济于事，因为其他行也受影响";
        OrderOfTwo "orders.order_of_two" { order: &'a Excerpt, member: &'a Excerpt, earlier: &'a Excerpt, line: u32 }
            "order {order} is of member {member} here and of {earlier} on line {line}"
            "订单 {order} 在这里属于会员 {member}，在第 {line} 行属于 {earlier}";
        OrderToTwoPlaces "orders.order_to_two_places" { order: &'a Excerpt, line: u32 }
            "order {order} goes to another place than its row on line {line} says"
            "订单 {order} 的收货地与它在第 {line} 行所写的不同";
        AmountMissing "orders.amount_missing" {} "the amount is missing" "缺少金额";
        AmountForm "orders.amount_form" { text: &'a Excerpt }
            "{text} is not a plain decimal number such as 1000.00"
            "{text} 不是 1000.00 这样的纯数字";
        AmountNotWhole "orders.amount_not_whole" { text: &'a Excerpt }
            "{text} is finer than the currency, which has no decimals"
            "{text} 带有小数，而这种货币没有小数";
        AmountTooFine "orders.amount_too_fine" { text: &'a Excerpt, decimals: u32 }
            "{text} is finer than the currency, which has {decimals} decimals"
            "{text} 的小数位过多，这种货币只有 {decimals} 位小数";
        AmountTooLarge "orders.amount_too_large" { text: &'a Excerpt }
            "{text} is larger than an amount may be"
            "{text} 超过金额上限";
        OrderTooLarge "orders.order_too_large" { order: &'a Excerpt }
            "the rows of order {order} come to more than an amount may be"
            "订单 {order} 各行合计超过金额上限";
        RefundMissing "orders.refund_missing" {}
            "the amount is missing beside refunded_at"
            "有 `refunded_at` 而缺少退款金额";
        RefundTooLarge "orders.refund_too_large" { refunded: &'a str, of: &'a str }
            "{refunded} is refunded of an order of {of}"
            "订单金额 {of}，退款却有 {refunded}";
        RefundTooEarly "orders.refund_too_early" { text: &'a Excerpt }
            "{text} is before the order"
            "{text} 早于订单时间";
        TimeMissing "orders.time_missing" {} "the time is missing" "缺少时间";
        TimeForm "orders.time_form" { text: &'a Excerpt }
            "{text} is neither a date such as 2026-01-31 nor RFC 3339 such as 2026-01-31T08:00:00+08:00"
            "{text} 既不是 2026-01-31 这样的日期，也不是 `RFC 3339` 时间，例如 `2026-01-31T08:00:00+08:00`";
        TimeOffset "orders.time_offset" { text: &'a Excerpt }
            "{text} is neither a date such as 2026-01-31 nor RFC 3339 such as 2026-01-31T08:00:00+08:00; the offset is missing"
            "{text} 既不是 2026-01-31 这样的日期，也不是 `RFC 3339` 时间，例如 `2026-01-31T08:00:00+08:00`；缺少时区偏移";
        NotADay "orders.not_a_day" { text: &'a Excerpt }
            "{text} is not a day of the calendar"
            "{text} 不是日历中的日期";
        TimeOutOfRange "orders.time_out_of_range" { text: &'a Excerpt }
            "{text} is outside 1970-01-01 to 9999-12-30"
            "{text} 不在 1970-01-01 到 9999-12-30 之间";
        RegionForm "orders.region_form" { text: &'a Excerpt }
            "{text} is not a six-digit GB/T 2260 code"
            "{text} 不是六位 GB/T 2260 行政区划代码";
        NoProvince "orders.no_province" { text: &'a Excerpt }
            "{text} lies in no province"
            "{text} 不属于任何省份";
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
