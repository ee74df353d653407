//! What can be wrong with a plan, and with any other file that is read like one: the table of its messages (ERR-1).

use crate::amount::Rate;
use crate::message::{AnyOf, Cut, List, Message, Quoted, Tell, Word, passed_on, visible};
use crate::messages;

/// What a value of a file is.
pub(super) mod kind {
    use super::Word;

    pub(in super::super) const TEXT: Word = Word::new("text", "a text", "文本");
    pub(in super::super) const NUMBER: Word = Word::new("number", "a number", "数字");
    pub(in super::super) const DECIMAL: Word = Word::new("decimal", "a number with decimals", "小数");
    pub(in super::super) const SWITCH: Word = Word::new("switch", "true or false", "`true` 或 `false`");
    pub(in super::super) const DATE: Word = Word::new("date", "a date or time", "日期或时间");
    pub(in super::super) const LIST: Word = Word::new("list", "a list", "列表");
    pub(in super::super) const SECTION: Word = Word::new("section", "a section", "小节");
}

/// What a reader of TOML or JSON says, in its own English; in Chinese as far as it says one of the usual things.
#[derive(Clone, Copy, Debug)]
pub struct Parser<'a>(pub &'a str);

/// What readers say, by how it begins.
const SAID: [(&str, &str); 22] = [
    ("EOF while parsing", "内容没有写完就结束了"),
    ("expected value", "这里应有一个值"),
    ("expected ident", "这里应有一个值"),
    ("expected `,` or `}`", "这里应为逗号或右花括号"),
    ("expected `,` or `]`", "这里应为逗号或右方括号"),
    ("expected `:`", "这里应为冒号"),
    ("key must be a string", "字段名应写在引号里"),
    ("trailing comma", "多了一个逗号"),
    ("trailing characters", "后面有多余的内容"),
    ("invalid number", "数字的写法有误"),
    ("invalid escape", "转义的写法有误"),
    ("control character", "含有控制字符"),
    ("recursion limit exceeded", "嵌套太深"),
    ("invalid type", "值的类型不对"),
    ("invalid value", "值不在允许的范围内"),
    ("invalid length", "个数不对"),
    ("unknown variant", "不是允许的取值"),
    ("unclosed table", "方括号没有闭合"),
    ("unclosed array", "方括号没有闭合"),
    ("unclosed inline table", "花括号没有闭合"),
    ("invalid basic string", "引号没有闭合或文本有误"),
    ("invalid table", "小节的写法有误"),
];

impl Tell for Parser<'_> {
    fn en(&self) -> String {
        self.0.chars().map(visible).collect()
    }

    fn zh(&self) -> String {
        let known = SAID.iter().find(|(begins, _)| self.0.starts_with(begins));
        known.map_or_else(|| format!("解析器提示：{}", self.en()), |(_, zh)| (*zh).to_owned())
    }
}

/// Where a key stands: a section, or the top of the file.
#[derive(Clone, Copy, Debug)]
pub struct InSection<'a>(pub &'a str);

impl Tell for InSection<'_> {
    fn en(&self) -> String {
        if self.0.is_empty() { "the top of the file".to_owned() } else { format!("[{}]", self.0) }
    }

    fn zh(&self) -> String {
        if self.0.is_empty() { "文件开头".to_owned() } else { format!("[{}]", self.0) }
    }

    fn json(&self) -> serde_json::Value {
        serde_json::Value::from(self.0)
    }
}

messages! {
    /// What is wrong with a plan.
    #[derive(Debug)]
    pub enum PlanFault<'a> {
        TooLarge "file.too_large" { most: usize, what: Word }
            "the file is larger than {most} bytes; a {what} is a few kilobytes, is this the right file?"
            "文件大于 {most} 字节；{what}通常只有几千字节，是不是选错了文件？";
        TooLong "file.too_long" { most: usize, what: Word }
            "the file has more than {most} lines; a {what} has less than a hundred, is this the right file?"
            "文件超过 {most} 行；{what}通常不到一百行，是不是选错了文件？";
        Empty "file.empty" { what: Word, example: &'a str }
            "the {what} is empty; begin with a copy of {example}"
            "{what}是空的；可以从 {example} 的副本开始";
        More "file.more_errors" {}
            "there are more errors from here on; correct those above first"
            "从这里起还有更多错误；请先改正以上各处";
        SyntaxRate "file.syntax_rate" { value: Cut<'a> }
            "a rate stands in quotes; write \"{value}\""
            "比例要写在引号里；请写 \"{value}\"";
        SyntaxQuotes "file.syntax_quotes" {}
            "these are typographic quotes; write straight ones: \"…\""
            "这里用了中文引号；请改用英文直引号：\"…\"";
        SyntaxTwice "file.syntax_twice" {}
            "this name stands in the file twice; keep one of the two"
            "这个名称在文件中出现了两次；请只保留一个";
        SyntaxValue "file.syntax_value" {}
            "this value is not understood; texts, rates and amounts stand in quotes, a switch is true or false"
            "这个值无法识别；文本、比例和金额要写在引号里，开关写 `true` 或 `false`";
        Syntax "file.syntax" { found: Parser<'a> }
            "this is not valid TOML ({found}); check quotes, brackets and the = on this line"
            "这里不是有效的 TOML；请检查这一行的引号、括号和等号（{found}）";
        KeyMissing "file.key_missing" { section: String, key: &'a str, example: &'a str }
            "{section} lacks `{key}`; add a line such as {key} = {example}"
            "{section} 缺少 `{key}`；请加一行，例如 {key} = {example}";
        SectionMissing "file.section_missing" { what: Word, name: &'a str, content: Word }
            "the {what} has no [{name}]; add one with {content}"
            "{what}中没有 [{name}]；请加上这一小节，写明{content}";
        NotSection "file.not_a_section" { name: &'a str, found: Word }
            "[{name}] is a section with keys of its own, found {found}; write [{name}] on a line and its keys below"
            "[{name}] 是一个小节，下面有自己的项，这里却是{found}；请单独一行写 [{name}]，并把各项写在下面";
        NotSections "file.not_sections" { name: &'a str, found: Word }
            "[[{name}]] is a list of sections, found {found}; write [[{name}]] above each"
            "[[{name}]] 是由多个小节组成的列表，这里却是{found}；请在每个小节上方写 [[{name}]]";
        EntryNotSection "file.entry_not_a_section" { name: &'a str, found: Word }
            "[[{name}]] is a section with keys of its own, found {found}"
            "[[{name}]] 是一个小节，下面有自己的项，这里却是{found}";
        TooManySections "file.too_many_sections" { most: usize, name: &'a str }
            "there are more than {most} [[{name}]]; join some of them"
            "[[{name}]] 超过 {most} 个；请合并其中一些";
        TooManyKeys "file.too_many_keys" { name: &'a str, most: usize }
            "[{name}] has more than {most} keys; remove some"
            "[{name}] 的项超过 {most} 个；请删去一些";
        Name "file.name" { name: Quoted<'a>, most: usize }
            "{name} is not a name here; use 1 to {most} characters a-z, 0-9 and _, beginning with a letter"
            "{name} 不能用作名称；请用 1 到 {most} 个字符，只含 a-z、0-9 和 _，以字母开头";
        NotLiteral "file.not_a_setting" { key: Cut<'a>, found: Word }
            "{key} takes a text, a whole number, true or false here, found {found}"
            "{key} 在这里应为文本、整数、`true` 或 `false`，却是{found}";
        ListEmpty "file.list_empty" { key: &'a str, example: &'a str }
            "{key} is an empty list; write one such as {example}"
            "{key} 是空列表；请写成类似 {example}";
        ListNothing "file.list_nothing" { key: &'a str, example: &'a str }
            "{key} lists nothing; write a list such as {example}"
            "{key} 没有列出任何值；请写一个列表，例如 {example}";
        NotTexts "file.not_texts" { key: &'a str, example: &'a str }
            "{key} is a list of texts such as {example}"
            "{key} 应为文本列表，例如 {example}";
        NotList "file.not_a_list" { key: &'a str, found: Word }
            "{key} must be a list in square brackets, found {found}"
            "{key} 应为方括号中的列表，却是{found}";
        TooManyEntries "file.too_many_entries" { key: &'a str, count: usize, most: usize }
            "{key} has {count} entries; at most {most} are allowed"
            "{key} 有 {count} 个值；最多允许 {most} 个";
        NotPoints "file.not_points" { key: &'a str, example: &'a str, found: Quoted<'a> }
            "{key} must be more than zero points with at most 12 decimals such as {example}, found {found}"
            "{key} 应为大于零的积分数，最多 12 位小数，例如 {example}，却是 {found}";
        RateTooHigh "file.rate_too_high" { key: Cut<'a>, rate: String }
            "{key} is {rate}; lower it to 100% or less"
            "{key} 是 {rate}；请降到 100% 或以下";
        NotRate "file.not_a_rate" { key: Cut<'a>, example: Rate, found: Word }
            "{key} must be a rate such as \"{example}\", found {found}"
            "{key} 应为比例，例如 \"{example}\"，却是{found}";
        RateBare "file.rate_bare" { key: Cut<'a>, example: Rate, readings: AnyOf }
            "{key} must be a rate such as \"{example}\", found a number; write {readings}"
            "{key} 应为比例，例如 \"{example}\"，却是数字；请写 {readings}";
        RateAmbiguous "file.rate_ambiguous" { key: Cut<'a>, text: Quoted<'a>, readings: AnyOf }
            "{key} is {text}, which is ambiguous without a sign; write {readings}"
            "{key} 是 {text}，没有百分号或千分号就有歧义；请写 {readings}";
        RateFullWidth "file.rate_full_width" { key: Cut<'a>, text: Quoted<'a> }
            "{key} is {text}, with a full-width ％; write the half-width %, such as \"30%\""
            "{key} 是 {text}，用了全角的 ％；请用半角的 %，例如 \"30%\"";
        RateForm "file.rate_form" { key: Cut<'a>, found: Quoted<'a> }
            "{key} must be a rate such as \"30%\" or \"3‰\", found {found}"
            "{key} 应为比例，例如 \"30%\" 或 \"3‰\"，却是 {found}";
        RateTooFine "file.rate_too_fine" { key: Cut<'a>, text: Quoted<'a> }
            "{key} is {text}, finer than one part per million; use at most 4 decimals with % and 3 with ‰"
            "{key} 是 {text}，细过百万分之一；用 % 时最多 4 位小数，用 ‰ 时最多 3 位";
        NotMoney "file.not_an_amount" { key: &'a str, example: String, found: Word }
            "{key} must be an amount in quotes such as \"{example}\", found {found}"
            "{key} 应为引号中的金额，例如 \"{example}\"，却是{found}";
        MoneyForm "file.amount_form" { key: &'a str, example: &'a str, found: Quoted<'a> }
            "{key} must be a plain amount such as \"{example}\" without sign, separators or currency, found {found}"
            "{key} 应为纯数字金额，例如 \"{example}\"，不带正负号、千分位或货币符号，却是 {found}";
        MoneyTooFine "file.amount_too_fine" { key: &'a str, text: Quoted<'a>, currency: &'a str, decimals: u32 }
            "{key} is {text}; amounts in {currency} have at most {decimals} decimals"
            "{key} 是 {text}；{currency} 的金额最多 {decimals} 位小数";
        MoneyTooLarge "file.amount_too_large" { key: &'a str, text: Quoted<'a>, most: String }
            "{key} is {text}; lower it to {most} or less"
            "{key} 是 {text}；请降到 {most} 或以下";
        WholeRange "file.number_range" { key: &'a str, low: String, high: String, found: String }
            "{key} must be from {low} to {high}, found {found}"
            "{key} 应在 {low} 到 {high} 之间，却是 {found}";
        NotWhole "file.not_a_number" { key: &'a str, low: String, high: String, found: Word }
            "{key} must be a whole number from {low} to {high} without quotes, found {found}"
            "{key} 应为 {low} 到 {high} 的整数，不加引号，却是{found}";
        NotSwitch "file.not_a_switch" { key: &'a str, found: Word }
            "{key} must be true or false without quotes, found {found}"
            "{key} 应为 `true` 或 `false`，不加引号，却是{found}";
        NotChoice "file.not_a_choice" { key: &'a str, options: AnyOf, found: Word }
            "{key} must be {options}, found {found}"
            "{key} 应为 {options}，却是{found}";
        Choice "file.choice" { key: &'a str, options: AnyOf, found: Quoted<'a> }
            "{key} must be {options}, found {found}"
            "{key} 应为 {options}，却是 {found}";
        ChoiceNear "file.choice_near" { key: &'a str, options: AnyOf, found: Quoted<'a>, nearest: &'a str }
            "{key} must be {options}, found {found}; did you mean \"{nearest}\"?"
            "{key} 应为 {options}，却是 {found}；是不是想写 \"{nearest}\"？";
        NotText "file.not_a_text" { key: &'a str, example: &'a str, found: Word }
            "{key} must be a text in quotes such as {example}, found {found}"
            "{key} 应为引号中的文本，例如 {example}，却是{found}";
        NameEmpty "file.name_empty" { key: &'a str, most: usize }
            "the name `{key}` is empty; write one line of 1 to {most} characters"
            "名称 `{key}` 是空的；请写一行，1 到 {most} 个字符";
        NameTooLong "file.name_too_long" { key: &'a str, most: usize }
            "the name `{key}` is too long; write one line of 1 to {most} characters"
            "名称 `{key}` 太长；请写一行，1 到 {most} 个字符";
        NameControl "file.name_control" { key: &'a str, most: usize }
            "the name `{key}` contains a line break or another control character; write one line of 1 to {most} characters"
            "名称 `{key}` 含有换行或其他控制字符；请写一行，1 到 {most} 个字符";
        SectionNear "file.section_near" { name: Cut<'a>, nearest: String }
            "there is no section [{name}]; did you mean [{nearest}]?"
            "没有 [{name}] 这个小节；是不是想写 [{nearest}]？";
        SectionElsewhere "file.section_elsewhere" { name: Cut<'a>, home: String }
            "there is no section [{name}]; write [{home}]"
            "没有 [{name}] 这个小节；请写 [{home}]";
        SectionUnknown "file.section_unknown" { name: Cut<'a>, known: List }
            "there is no section [{name}]; the sections are {known}"
            "没有 [{name}] 这个小节；可用的小节是 {known}";
        KeyElsewhere "file.key_elsewhere" { place: InSection<'a>, key: Quoted<'a>, homes: AnyOf }
            "{place} has no key {key}; it belongs to {homes}, move it there"
            "{place} 没有 {key} 这一项；它属于 {homes}，请移过去";
        KeyNear "file.key_near" { place: InSection<'a>, key: Quoted<'a>, nearest: &'a str }
            "{place} has no key {key}; did you mean `{nearest}`?"
            "{place} 没有 {key} 这一项；是不是想写 `{nearest}`？";
        KeyOutside "file.key_outside" { place: InSection<'a>, key: Quoted<'a> }
            "{place} has no key {key}; put it below the section it belongs to"
            "{place}没有 {key} 这一项；请把它写在所属小节的下面";
        KeyUnknown "file.key_unknown" { place: InSection<'a>, key: Quoted<'a>, known: List }
            "{place} has no key {key}; its keys are {known}"
            "{place} 没有 {key} 这一项；可用的项是 {known}";
        FieldUnknown "file.field_unknown" { field: &'a str, known: &'a str }
            "unknown field {field}, expected one of {known}"
            "没有字段 {field}；可用的字段是 {known}";
        FieldMissing "file.field_missing" { field: &'a str }
            "missing field {field}"
            "缺少字段 {field}";
        FieldTwice "file.field_twice" { field: &'a str }
            "duplicate field {field}"
            "字段 {field} 出现了两次";
        At "file.at" { error: Message, line: u64, column: u64 }
            "{error} at line {line} column {column}"
            "第 {line} 行第 {column} 列：{error}";
        Form "file.form" { found: Parser<'a> }
            "{found}"
            "格式不对：{found}";

        Token "plan.token" { name: Cut<'a>, rule: &'a str }
            "tokens, NFTs and chains ({name}) are not built: rule {rule} prohibits tokens and whatever has their features; remove it"
            "不提供代币、数字藏品和区块链功能（{name}）：规则 {rule} 禁止代币及具有其特征的一切；请删去";
        KeyPlatform "plan.platform_share" { place: InSection<'a>, key: Quoted<'a> }
            "{place} has no key {key}: the platform takes what the other shares leave; remove the line"
            "{place} 没有 {key} 这一项：其他份额之外的部分归平台；请删去这一行";
        KeyUnknownSplit "plan.split_key_unknown" { place: InSection<'a>, key: Quoted<'a>, known: List }
            "{place} has no key {key}; its keys are {known}; a fund of your own goes under [split.funds]"
            "{place} 没有 {key} 这一项；可用的项是 {known}；自设的基金请写在 [split.funds] 下面";
        FundUnknown "plan.fund_unknown" { fund: Quoted<'a> }
            "there is no fund {fund}; name one of [split.funds], or add it there with its share"
            "没有 {fund} 这个基金；请写 [split.funds] 中已有的，或在那里加上它及其份额";
        FundName "plan.fund_name" { name: Quoted<'a>, most: usize }
            "{name} cannot name a fund; use 1 to {most} characters a-z, 0-9 and _, beginning with a letter"
            "{name} 不能用作基金名称；请用 1 到 {most} 个字符，只含 a-z、0-9 和 _，以字母开头";
        FundsTooMany "plan.funds_too_many" { most: usize }
            "there are more than {most} funds; join some of them"
            "基金超过 {most} 个；请合并其中一些";
        Currency "plan.currency" { code: Quoted<'a> }
            "currency {code} is not known; use one of CNY (renminbi), USD, EUR, HKD, SGD, MYR, THB, JPY, KRW, VND, KWD, BHD"
            "不认识货币 {code}；请用 `CNY`（人民币）、`USD`、`EUR`、`HKD`、`SGD`、`MYR`、`THB`、`JPY`、`KRW`、`VND`、`KWD`、`BHD` 之一";
        Offset "plan.utc_offset" {}
            "utc_offset must be hours and minutes from UTC, at most 14 hours either way, such as \"+08:00\" or \"Z\"; a place with summer time is named by time_zone, such as \"Europe/Berlin\""
            "`utc_offset` 应为与 UTC 相差的小时和分钟，前后最多 14 小时，例如 \"+08:00\" 或 \"Z\"；有夏令时的地方用 `time_zone` 写明，例如 \"Europe/Berlin\"";
        OffsetAndZone "plan.offset_and_zone" {}
            "utc_offset and time_zone both say where local days are cut; remove one of them"
            "`utc_offset` 与 `time_zone` 都在规定当地的一天从何时算起；请删去其中一个";
        NoticeShort "plan.notice_short" { least: u32 }
            "a live programme announces a change at least {least} days before; raise it, or remove the line"
            "实盘项目的变更至少提前 {least} 天公告；请调高，或删除这一行";
        ZoneUnknown "plan.zone_unknown" { name: Quoted<'a> }
            "time_zone {name} is not in the tz database; names are such as \"Asia/Shanghai\" or \"Europe/Berlin\""
            "时区数据库中没有 {name}；名称形如 \"Asia/Shanghai\" 或 \"Europe/Berlin\"";
        ZoneNear "plan.zone_near" { name: Quoted<'a>, nearest: Quoted<'a> }
            "time_zone {name} is not in the tz database; nearest known: {nearest}"
            "时区数据库中没有 {name}；最接近的是 {nearest}";
        ZoneUnreadable "plan.zone_unreadable" { name: Quoted<'a>, error: String }
            "time_zone {name} cannot be read: {error}"
            "时区 {name} 的规则无法读取：{error}";
        ZoneNoTable "plan.zone_no_table" { name: Quoted<'a> }
            "time_zone {name} is not known: this build has no tz database"
            "不认识时区 {name}：这个构建不带时区数据库";
        ZoneOther "plan.zone_other" { name: Quoted<'a>, recorded: Quoted<'a> }
            "time_zone is {name} and the journal holds the rules of {recorded}"
            "`time_zone` 是 {name}，而日志中保存的是 {recorded} 的规则";
        ZoneNotRecorded "plan.zone_not_recorded" { name: Quoted<'a> }
            "the journal holds no rules of the time_zone {name}"
            "日志中没有时区 {name} 的规则";
        ZoneSense "plan.zone_senseless" { name: Quoted<'a> }
            "the rules of the time_zone {name} make no sense"
            "时区 {name} 的规则不合理";
        Jurisdiction "plan.jurisdiction" { code: Quoted<'a> }
            "{code} is no jurisdiction; write capital letters such as \"CN\""
            "{code} 不是法域代码；请用大写字母，例如 \"CN\"";
        Twice "plan.twice" { text: Quoted<'a> }
            "{text} stands here twice"
            "{text} 在这里出现了两次";
        NoJurisdiction "plan.no_jurisdiction" {}
            "name where the programme is offered, such as [\"CN\"]"
            "请写明项目在哪里提供，例如 [\"CN\"]";
        Shares "plan.shares_above_100" { sum: Rate, shares: String }
            "the shares add up to {sum} ({shares}); lower them to 100% or less in all, the platform takes what is left"
            "各份额合计 {sum}（{shares}）；请降到合计 100% 或以下，余下的归平台";
        SplitNeedsPool "plan.split_needs_pool" {}
            "a share for the pool needs a section [pool]; add one, or remove the share"
            "给底池的份额需要 [pool] 小节；请加上它，或删去这个份额";
        OpeningPrice "plan.opening_price" { least: String, most: String }
            "opening_price must be from {least} to {most}"
            "`opening_price` 应在 {least} 到 {most} 之间";
        HousePoints "plan.house_points" { most: String }
            "house_points × opening_price is more than {most}, the largest amount; lower one of them"
            "`house_points` × `opening_price` 超过最大金额 {most}；请降低其中一个";
        MaxContribution "plan.max_contribution" {}
            "max_contribution of 0% would keep every contribution out of the pool; remove the line for no limit"
            "`max_contribution` 为 0% 会使任何贡献额都进不了底池；不设上限请删去这一行";
        ReserveNeedsPool "plan.reserve_needs_pool" {}
            "reserve_required stops the minting of points, but the plan has no [pool]; add one, or remove the line"
            "`reserve_required` 会暂停积分铸造，但计划中没有 [pool]；请加上它，或删去这一行";
        SetOffNeedsPool "plan.set_off_needs_pool" {}
            "set_off_sales concerns points sold, but the plan has no [pool]; add one, or remove the line"
            "`set_off_sales` 针对已卖出的积分，但计划中没有 [pool]；请加上它，或删去这一行";
        DailyLimit "plan.daily_limit" { minimum: String }
            "withdrawal_daily_limit lets nobody withdraw the minimum of {minimum}; raise it, or lower withdrawal_minimum"
            "`withdrawal_daily_limit` 低于最低提现额 {minimum}，谁也提不了现；请提高它，或降低 `withdrawal_minimum`";
        WithdrawalNothing "plan.withdrawal_nothing_left" {}
            "withdrawal_fee and the retention taken at the withdrawal leave nothing of it; lower one of them"
            "`withdrawal_fee` 与提现时扣的回流加起来把提现扣光了；请降低其中一个";
        DifferentialNeedsRanks "plan.differential_needs_ranks" {}
            "[commission.differential] pays by rank, but the plan has no [[rank]]; add the ranks, or remove the section"
            "[commission.differential] 按级别发放，但计划中没有 [[rank]]；请加上级别，或删去这一小节";
        PeerNeedsDifferential "plan.peer_needs_differential" {}
            "[commission.peer] is paid on top of the rank differential; add [commission.differential], or remove the section"
            "[commission.peer] 在级差之上发放；请加上 [commission.differential]，或删去这一小节";
        RegionalFalls "plan.regional_falls" {}
            "with mode = \"differential\" the rates may not fall from district to city to province; they are cumulative"
            "`mode` 为 \"differential\" 时，区、市、省的比例不能递减；它们是累计比例";
        RateClass "plan.rate_class" { class: &'a str }
            "there is no [[class]] with the id {class}; declare it, or name one that is declared"
            "没有编号为 {class} 的 `[[class]]`；请先声明，或写已声明的编号";
        RateClassTwice "plan.rate_class_twice" { class: &'a str }
            "the class {class} has rates already; write all of them in one [[commission.rate]]"
            "类别 {class} 已有比例；请写在同一个 `[[commission.rate]]` 里";
        RateNeedsRegional "plan.rate_needs_regional" { key: &'a str }
            "{key} is a rate of agents, but the plan has no [commission.regional]; add the section, or remove the rate"
            "{key} 是区域代理的比例，但计划中没有 `[commission.regional]`；请加上这一小节，或删去这个比例";
        RateNeedsDifferential "plan.rate_needs_differential" {}
            "ranks have rates by class only where they earn by difference; add [commission.differential], or remove ranks"
            "只有按级差发放时，级别才有各类别的比例；请加上 `[commission.differential]`，或删去 `ranks`";
        RateRank "plan.rate_rank" { rank: &'a str }
            "there is no [[rank]] with the id {rank}"
            "没有编号为 {rank} 的 `[[rank]]`";
        RateRankMissing "plan.rate_rank_missing" { rank: &'a str }
            "the rank {rank} has no rate in this class; give every rank one, or leave ranks out and the general rates hold"
            "级别 {rank} 在这个类别没有比例；请为每个级别写上，或删去 `ranks`，改用一般比例";
        RateRankFalls "plan.rate_rank_falls" { rank: &'a str }
            "the rate of {rank} is below that of the rank before it; in each class rates may not fall from one rank to the next"
            "{rank} 的比例低于前一个级别；在每个类别里，比例由低级别到高级别不能下降";
        RankTwice "plan.rank_twice" {}
            "two ranks have this id; give each its own"
            "有两个级别用了同一编号；请各用各的";
        LegRank "plan.leg_rank" {}
            "leg_rank must be the id of a rank above this one in the file"
            "`leg_rank` 应为文件中写在本级别之前的某个级别的编号";
        LegsTogether "plan.legs_together" {}
            "legs and leg_rank belong together: how many legs, each with which rank"
            "`legs` 与 `leg_rank` 要一起写：多少条线，每条线要有哪个级别";
        RankFalls "plan.rank_falls" { key: &'a str }
            "{key} is below that of the rank before; ranks stand from the lowest to the highest and {key} may not fall"
            "{key} 低于前一个级别；级别由低到高排列，{key} 不能下降";
        RankingNeedsRanks "plan.ranking_needs_ranks" {}
            "[ranking] says how ranks count, but the plan has no [[rank]]"
            "[ranking] 规定级别如何计算，但计划中没有 [[rank]]";
        IdTwice "plan.id_twice" { id: &'a str }
            "there are two with the id \"{id}\"; rename one"
            "有两个的编号都是 \"{id}\"；请改掉一个";
        FreightNeedsCatalogue "plan.freight_needs_catalogue" {}
            "[freight] charges by the catalogue's prices, but the plan has no [catalogue]; add one, or remove the section"
            "[freight] 按商品目录的价格计运费，但计划中没有 [catalogue]；请加上它，或删去这一小节";
        RegionCode "plan.region_code" {}
            "code must be a six-digit GB/T 2260 code such as \"650000\""
            "`code` 应为六位 GB/T 2260 行政区划代码，例如 \"650000\"";
        Either "plan.either" { fixed: &'a str, rate: &'a str }
            "state either {fixed} or {rate}; remove one"
            "{fixed} 与 {rate} 只能写一个；请删去另一个";
        CouponNeedsCatalogue "plan.coupon_needs_catalogue" {}
            "[[coupon]] takes off the catalogue's prices, but the plan has no [catalogue]; add one, or remove the section"
            "[[coupon]] 从商品目录的价格中扣减，但计划中没有 [catalogue]；请加上它，或删去这一小节";
        SourceFund "plan.source_fund" {}
            "there is no such fund in [split.funds]; add it there, with \"0%\" if need be"
            "[split.funds] 中没有这个基金；请在那里加上，必要时写 \"0%\"";
        SourceShares "plan.source_shares" {}
            "the shares of this split add up to more than 100%; lower them"
            "这一分账的份额合计超过 100%；请降低";
        SourcePool "plan.source_pool" {}
            "the plan has no [pool] that could take this share; add one, or remove the line"
            "计划中没有能接收这个份额的 [pool]；请加上它，或删去这一行";
        MarketNeedsEmission "plan.market_needs_emission" {}
            "[market] trades emission points, but the plan has no [emission]; add one, or remove the section"
            "[market] 交易健康积分，但计划中没有 [emission]；请加上它，或删去这一小节";
        MoreThanZero "plan.more_than_zero" { key: &'a str }
            "{key} must be more than zero"
            "{key} 应大于零";
        EquityNeedsPool "plan.equity_needs_pool" {}
            "[equity] takes pool-backed points for shares, but the plan has no [pool]; add one, or remove the section"
            "[equity] 用底池积分换股份，但计划中没有 [pool]；请加上它，或删去这一小节";
        TiersNeedRemaining "plan.tiers_need_remaining" {}
            "tiers change the rate from day to day, which needs base = \"remaining\"; set it, or remove the tiers"
            "分档会使比例逐日变化，需要 `base` 为 \"remaining\"；请设好它，或删去分档";
        TierOrder "plan.tier_order" {}
            "tiers stand in order of their balance; raise this one, or move it up"
            "分档按余额由低到高排列；请提高这一档，或把它移到前面";
        LoyaltyWorth "plan.loyalty_worth" { most: u32 }
            "a point is worth at least one minor unit of the currency, and at most {most} of them"
            "一个积分至少值一个最小货币单位，最多值 {most} 个";
        LoyaltyNeeds "plan.loyalty_needs" { key: &'a str, needs: &'a str }
            "{key} says nothing without {needs}; add it, or remove the key"
            "没有 {needs} 时 {key} 不起作用；请加上它，或删去这个键";
        LoyaltyStep "plan.loyalty_step" {}
            "the points of a step are worth more than per_full; lower them, or raise per_full"
            "一档所给的积分比 `per_full` 还值钱；请减少积分，或提高 `per_full`";
        LoyaltyClass "plan.loyalty_class" { class: &'a str }
            "\"{class}\" is no [[class]] of this plan, or stands here twice; name each class once"
            "本计划没有 `[[class]]` \"{class}\"，或者它在这里出现了两次；每个类别只写一次";
        LoyaltyTierBasis "plan.loyalty_tier_basis" {}
            "all tiers begin with spending (from), or all with points (from_points); change this one"
            "各等级要么都按消费额（`from`），要么都按积分（`from_points`）；请改这一个";
        LoyaltyTierOrder "plan.loyalty_tier_order" {}
            "tiers stand in order of what they begin with; raise this one, or move it up"
            "等级按门槛由低到高排列；请提高这一级，或把它移到前面";
        EmissionNeedsValue "plan.emission_needs_value" {}
            "[emission] issues by value units released, but the plan has no [value]; add one, or remove the section"
            "[emission] 按已释放的健康值发行，但计划中没有 [value]；请加上它，或删去这一小节";
        EmissionRank "plan.emission_rank" {}
            "there is no [[rank]] with this id"
            "没有这个编号的 [[rank]]";
        EmissionShares "plan.emission_shares" {}
            "the shares of an emission add up to more than 100%; lower them"
            "发行的份额合计超过 100%；请降低";
        MerchantNeedsEmission "plan.merchant_needs_emission" {}
            "[merchant] tips with emission points, but the plan has no [emission]; add one, or remove the section"
            "[merchant] 用健康积分打赏，但计划中没有 [emission]；请加上它，或删去这一小节";
        TipRate "plan.tip_rate" { most: Rate, rank: &'a str, rate: Rate }
            "a tip pays the uplines of both sides out of the same points, so no tip_rate may be above {most}; rank {rank} has {rate}"
            "一次打赏用同一笔积分发给双方的上线，所以 `tip_rate` 不能高于 {most}；级别 {rank} 是 {rate}";
        PromotionNeedsCatalogue "plan.promotion_needs_catalogue" {}
            "[[promotion]] sells articles of the catalogue, but the plan has no [catalogue]; add one, or remove the section"
            "[[promotion]] 销售目录中的商品，但计划中没有 [catalogue]；请加上它，或删去这一小节";
        ConsolationLoyalty "plan.consolation_loyalty" {}
            "the plan has no [loyalty] points to console with; add the section, or console with money"
            "计划中没有可用作安慰奖的 [loyalty] 消费积分；请加上这一小节，或改用现金";
        ConsolationCoupon "plan.consolation_coupon" {}
            "there is no [[coupon]] with this id"
            "没有这个编号的 [[coupon]]";
        OneConsolation "plan.one_consolation" {}
            "state one of consolation, consolation_rate, consolation_loyalty and consolation_coupon; remove the others"
            "`consolation`、`consolation_rate`、`consolation_loyalty`、`consolation_coupon` 只能写一个；请删去其余的";
        DepositCounts "plan.deposit_counts" {}
            "a deposit counts for at least what was paid; raise counts_as"
            "定金抵扣额不能低于实付定金；请提高 `counts_as`";
        DepositWhole "plan.deposit_whole" {}
            "the deposit counts for the whole price; nothing would be left to pay"
            "定金已抵扣全部价款；没有尾款可付";
        BoxTwice "plan.box_twice" {}
            "this article is in the box already; join the two"
            "盲盒中已有这个商品；请合并";
        BoxId "plan.box_id" {}
            "this is not an id; use 1 to 128 bytes without blanks around them"
            "这不是有效编号；请用 1 到 128 字节，首尾不留空格";
        BoxItems "plan.box_items" {}
            "a blind box has at least two [[promotion.blind_box.items]], the top item first"
            "盲盒至少要有两个 [[promotion.blind_box.items]]，头奖写在最前";
        Markup "plan.markup" {}
            "markup must be above 0%: goods are sold on at a higher price"
            "`markup` 应高于 0%：转卖的价格要更高";
        LotteryAlone "plan.lottery_alone" {}
            "[promotion.lottery] cannot be here: a lottery draws among the members of a group; add [promotion.group]"
            "[promotion.lottery] 不能写在这里：抽奖在拼团成员之间进行；请加上 [promotion.group]";
        LotteryAll "plan.lottery_all_win" {}
            "[promotion.lottery] cannot be here: with as many winners as members nothing is drawn; lower winners"
            "[promotion.lottery] 不能写在这里：中奖人数等于成员数就没有抽奖可言；请降低 `winners`";
        LotteryPresale "plan.lottery_presale" {}
            "[promotion.lottery] cannot be here: the losers would have paid only a deposit; draw among full payments, without [promotion.presale]"
            "[promotion.lottery] 不能写在这里：未中奖者只付了定金；请在付清全款的人之间抽奖，去掉 [promotion.presale]";
        LotteryBox "plan.lottery_box" {}
            "[promotion.lottery] cannot be here: the goods of a blind box are drawn already; remove one of the two"
            "[promotion.lottery] 不能写在这里：盲盒的商品本来就是抽出来的；请去掉其中一个";
        LotteryVoucher "plan.lottery_voucher" {}
            "[promotion.lottery] cannot be here: a voucher is given at once and cannot be drawn for; remove one of the two"
            "[promotion.lottery] 不能写在这里：兑换券即时发放，无法抽奖；请去掉其中一个";
        BoxPresale "plan.box_presale" {}
            "[promotion.blind_box] cannot be here: a box is opened when it is paid in full; remove [promotion.presale]"
            "[promotion.blind_box] 不能写在这里：盲盒付清全款才开；请去掉 [promotion.presale]";
        VoucherBox "plan.voucher_box" {}
            "[promotion.voucher] cannot be here: what a blind box holds is shipped and not redeemed; remove one of the two"
            "[promotion.voucher] 不能写在这里：盲盒里的商品是发货而不是核销；请去掉其中一个";
        VoucherPresale "plan.voucher_presale" {}
            "[promotion.voucher] cannot be here: a voucher is paid at once; remove [promotion.presale]"
            "[promotion.voucher] 不能写在这里：兑换券一次付清；请去掉 [promotion.presale]";
        ChainAlone "plan.chain_alone" {}
            "[promotion.chain] cannot be here: a place in the chain is taken by a paid package and never undone, so it needs a sale that is final; remove the others"
            "[promotion.chain] 不能写在这里：链上的位置由已付款的礼包占用且不可撤销，需要不可退的销售；请去掉其他机制";
        RelistAlone "plan.relist_alone" {}
            "[promotion.relist] cannot be here: goods are sold on from a plain sale; remove the others"
            "[promotion.relist] 不能写在这里：转卖只适用于普通销售；请去掉其他机制";
        RelistLive "plan.relist_live" {}
            "[promotion.relist] cannot be here: selling on at a mark-up pays each member with the next one's money; it exists in the sandbox only"
            "[promotion.relist] 不能写在这里：加价转卖是用后一个会员的钱付给前一个会员；只在沙盒中提供";
        FactForm "plan.fact_form" { found: Quoted<'a> }
            "a fact has a group and a name, such as [facts.ads.untrue]; found {found}"
            "事实要有分组和名称，例如 [facts.ads.untrue]；这里是 {found}";
        FactRecord "plan.fact_record" { fact: &'a str, keys: String }
            "say who declares {fact}, and on what evidence: {fact} = {{ {keys} }}"
            "请写明由谁声明 {fact}、依据什么：{fact} = {{ {keys} }}";
        FactNear "plan.fact_near" { name: Quoted<'a>, nearest: &'a str }
            "there is no fact {name}; did you mean {nearest}?"
            "没有 {name} 这个事实；是不是想写 {nearest}？";
        FactUnknown "plan.fact_unknown" { name: Quoted<'a> }
            "there is no fact {name}; those that can be declared are listed in docs/reference/facts.md"
            "没有 {name} 这个事实；可以声明的都列在 `docs/reference/facts.md`";
        FactDerived "plan.fact_derived" { fact: &'a str }
            "{fact} follows from the plan and cannot be declared; remove it, and change the plan if it is not so"
            "{fact} 由计划推导得出，不能声明；请删去，若与事实不符请修改计划";
        FactObserved "plan.fact_observed" { fact: &'a str }
            "{fact} shows in a running programme and cannot be declared; remove it"
            "{fact} 由运行中的项目观察得出，不能声明；请删去";
        FactKeyNear "plan.fact_key_near" { fact: &'a str, key: Quoted<'a>, nearest: &'a str }
            "{fact} has no key {key}; did you mean `{nearest}`?"
            "{fact} 没有 {key} 这一项；是不是想写 `{nearest}`？";
        FactKey "plan.fact_key" { fact: &'a str, key: Quoted<'a>, known: List }
            "{fact} has no key {key}; its keys are {known}"
            "{fact} 没有 {key} 这一项；可用的项是 {known}";
        FactLacks "plan.fact_lacks" { fact: &'a str, keys: List }
            "{fact} lacks {keys}; a fact counts only with who says so and on what evidence"
            "{fact} 缺少 {keys}；写明由谁声明、依据什么，事实才算数";
        FactEnds "plan.fact_ends" { fact: &'a str }
            "{fact} ends before it begins"
            "{fact} 的结束日早于开始日";
        FactSwitch "plan.fact_switch" { fact: &'a str }
            "{fact} is true or false, without quotes"
            "{fact} 应为 `true` 或 `false`，不加引号";
        FactChoice "plan.fact_choice" { fact: &'a str, options: List }
            "{fact} is one of {options}"
            "{fact} 应为 {options} 之一";
        FactChoiceNear "plan.fact_choice_near" { fact: &'a str, options: List, nearest: &'a str }
            "{fact} is one of {options}; did you mean \"{nearest}\"?"
            "{fact} 应为 {options} 之一；是不是想写 \"{nearest}\"？";
        FactText "plan.fact_text" { key: &'a str, most: usize }
            "`{key}` is one line of 1 to {most} characters that says something"
            "`{key}` 应为一行有内容的文字，1 到 {most} 个字符";
        FactDay "plan.fact_day" { key: &'a str, found: Quoted<'a> }
            "`{key}` is a date such as \"2026-01-31\", found {found}"
            "`{key}` 应为日期，例如 \"2026-01-31\"，却是 {found}";
    }
}

/// What a reader of TOML or JSON said, as a message: it has no codes, so the fact is what it said.
pub fn form(found: &str) -> Message {
    if let Some((said, place)) = found.rsplit_once(" at line ")
        && let Some((line, column)) = place.split_once(" column ")
        && let (Ok(line), Ok(column)) = (line.parse(), column.parse())
    {
        return PlanFault::At { error: form(said), line, column }.into();
    }
    let unknown = found.strip_prefix("unknown field ").and_then(|rest| rest.split_once(", expected one of "));
    if let Some((field, known)) = unknown {
        return PlanFault::FieldUnknown { field, known }.into();
    }
    if let Some(field) = found.strip_prefix("missing field ") {
        return PlanFault::FieldMissing { field }.into();
    }
    if let Some(field) = found.strip_prefix("duplicate field ") {
        return PlanFault::FieldTwice { field }.into();
    }
    passed_on(found).unwrap_or_else(|| PlanFault::Form { found: Parser(found) }.into())
}
