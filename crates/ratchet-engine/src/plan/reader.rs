//! Typed reading of a TOML document: every value with its place, every error collected.
//!
//! A reader returns `None` (or the default) for what is absent or wrong and goes on, so that one run
//! shows all errors of a file.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Places, PlanError};
use super::fault::{InSection, Parser, PlanFault, kind};
use super::{ERRORS_MAX, FUND_NAME_CHARS_MAX, NAME_CHARS_MAX};
use crate::amount::{Currency, DecimalError, Money, Points, Rate, RateError, parse_decimal};
use crate::message::{AnyOf, CUT_CHARS, Cut, List, Message, Quoted, Tell as _, Word};

/// What a kind of file may hold: its sections, and the words that its messages need.
#[derive(Debug)]
pub struct Schema {
    /// What the file is called in messages, such as `plan`.
    pub what: Word,
    /// A file to begin with.
    pub example: &'static str,
    /// Every section and its keys; `""` is the top of the file.
    pub sections: &'static [(&'static str, &'static [&'static str])],
    /// Sections whose keys the file names freely.
    pub free: &'static [&'static str],
    /// Sections that are lists, such as `[[rank]]`.
    pub lists: &'static [&'static str],
}

/// The plan file.
pub(super) const PLAN: Schema = Schema {
    what: Word::new("plan", "plan", "计划"),
    example: "plans/starter.toml",
    sections: SECTIONS,
    free: &FREE_SECTIONS,
    lists: &LISTED,
};

/// Every section and its keys; `""` is the top of the file. The funds of `[split.funds]` are named freely.
pub const SECTIONS: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "programme",
            "split",
            "settlement",
            "pool",
            "refund",
            "wallet",
            "commission",
            "rank",
            "ranking",
            "release",
            "value",
            "emission",
            "merchant",
            "catalogue",
            "freight",
            "coupon",
            "class",
            "source",
            "loyalty",
            "task",
            "promotion",
            "market",
            "funding",
            "equity",
            "claims",
            "facts",
        ],
    ),
    ("programme", &["name", "currency", "utc_offset", "time_zone", "mode", "jurisdictions", "notice_days"]),
    ("programme.name", &["zh", "en"]),
    ("split", &["cost", "pool", "commission", "funds"]),
    ("split.funds", &[]),
    ("settlement", &["after_sale_days"]),
    (
        "pool",
        &[
            "mint_ratio",
            "opening_price",
            "retention",
            "retention_point",
            "house_points",
            "sale_price",
            "max_contribution",
            "exit",
        ],
    ),
    ("pool.exit", &["multiple", "basis", "counts", "of", "clamp", "retention_to"]),
    ("refund", &["reserve_share", "reserve_required", "set_off_sales"]),
    (
        "wallet",
        &[
            "withdrawal_fee",
            "withdrawal_minimum",
            "withdrawal_daily_limit",
            "withdrawal_cool_down_hours",
            "two_approvals_above",
            "reconsume_share",
            "net_receivables",
        ],
    ),
    (
        "commission",
        &["cap", "qualified", "direct", "indirect", "differential", "peer", "regional", "dividend", "rate"],
    ),
    ("commission.direct", &["rate"]),
    ("commission.indirect", &["rate"]),
    ("commission.differential", &[]),
    ("commission.peer", &["rates", "base"]),
    ("commission.regional", &["district", "city", "province", "mode"]),
    ("commission.dividend", &["rate", "fund", "period"]),
    ("commission.rate", &["class", "direct", "indirect", "district", "city", "province", "ranks"]),
    ("commission.rate.ranks", &[]),
    ("rank", &["id", "name", "volume", "rate", "tip_rate", "legs", "leg_rank"]),
    ("rank.name", &["zh", "en"]),
    ("ranking", &["volume", "include_self", "window_days", "demotion"]),
    (
        "release",
        &[
            "grant_ratio",
            "rate",
            "base",
            "fund",
            "reconsume_share",
            "boost",
            "tasks_required",
            "acceleration",
            "zones",
            "tiers",
        ],
    ),
    ("release.tiers", &["from", "rate"]),
    ("release.acceleration", &["direct", "indirect"]),
    ("release.zones", &[]),
    ("value", &["grant_ratio", "rate", "referral"]),
    ("emission", &["years", "tail", "cap", "first_price", "members", "platform", "ranks"]),
    ("emission.ranks", &[]),
    ("merchant", &["activation_pack", "merchant_share"]),
    ("catalogue", &["hold_minutes", "listed_only"]),
    ("freight", &["base", "free_above", "regions"]),
    ("freight.regions", &["code", "amount"]),
    ("coupon", &["id", "name", "off", "rate", "minimum", "product", "merchant", "valid_days", "stackable"]),
    ("coupon.name", &["zh", "en"]),
    ("class", &["id", "name"]),
    ("class.name", &["zh", "en"]),
    ("source", &["id", "name", "split", "excludes"]),
    ("source.name", &["zh", "en"]),
    ("source.split", &["cost", "pool", "commission", "funds"]),
    ("source.split.funds", &[]),
    ("source.excludes", &["commission", "release", "value", "loyalty"]),
    (
        "loyalty",
        &[
            "earn_rate",
            "per_full",
            "points",
            "worth",
            "minimum",
            "monthly_limit",
            "valid_days",
            "set_off",
            "tier_days",
            "keep_days",
            "tiers",
            "classes",
        ],
    ),
    ("loyalty.tiers", &["name", "from", "from_points", "rate", "points"]),
    ("loyalty.tiers.name", &["zh", "en"]),
    ("loyalty.classes", &["class", "rate", "points"]),
    ("task", &["id", "name", "daily_limit", "once"]),
    ("task.name", &["zh", "en"]),
    (
        "promotion",
        &[
            "id",
            "name",
            "price",
            "limit_per_member",
            "limit_per_order",
            "hold_minutes",
            "group",
            "lottery",
            "presale",
            "blind_box",
            "chain",
            "relist",
            "voucher",
        ],
    ),
    ("promotion.name", &["zh", "en"]),
    ("promotion.group", &["members", "hours", "leader_bonus", "leader_rate"]),
    (
        "promotion.lottery",
        &[
            "winners",
            "reveal_hours",
            "consolation",
            "consolation_rate",
            "consolation_loyalty",
            "consolation_coupon",
            "fund",
        ],
    ),
    ("promotion.presale", &["deposit", "counts_as", "balance_hours", "ship_hours", "forfeit"]),
    ("promotion.blind_box", &["items", "pity", "limit_per_day", "reveal_hours"]),
    ("promotion.blind_box.items", &["sku", "weight", "stock"]),
    ("promotion.chain", &["quota", "direct_bonus", "boss_bonus"]),
    ("promotion.relist", &["markup", "fee", "ceiling"]),
    ("promotion.voucher", &["valid_days"]),
    ("market", &["lot", "tick", "fee", "band", "offers_per_member"]),
    ("funding", &[]),
    ("equity", &["lock_days", "vest_days"]),
    ("claims", &["share", "stages", "stage_days"]),
    ("facts", &[]),
];

/// Sections that stand in a list, such as `[[rank]]`.
const LISTED: [&str; 12] = [
    "rank",
    "commission.rate",
    "coupon",
    "class",
    "source",
    "task",
    "promotion",
    "freight.regions",
    "release.tiers",
    "loyalty.tiers",
    "loyalty.classes",
    "promotion.blind_box.items",
];

/// Sections whose keys the plan names freely.
const FREE_SECTIONS: [&str; 6] = [
    "split.funds",
    "commission.rate.ranks",
    "release.zones",
    "emission.ranks",
    "source.split.funds",
    "facts",
];

/// What a plan calls it that asks for points or goods on a chain. It is refused with the rule that says why (12).
const TOKENS: [&str; 22] = [
    "nft",
    "nfts",
    "token",
    "tokens",
    "tokenisation",
    "tokenization",
    "coin",
    "coins",
    "crypto",
    "cryptocurrency",
    "virtual_currency",
    "blockchain",
    "on_chain",
    "onchain",
    "smart_contract",
    "digital_collectible",
    "digital_collectibles",
    "rwa",
    "ico",
    "airdrop",
    "web3",
    "usdt",
];
/// The rule of `rules/cn.toml` about them.
const TOKEN_RULE: &str = "CN-TOK-03";

/// A section of the file; `keys` is `None` if the file leaves it out.
#[derive(Clone, Copy, Debug)]
pub struct Section<'t, 's> {
    /// Its name as in [`SECTIONS`].
    name: &'static str,
    /// Where it begins.
    at: usize,
    keys: Option<&'t DeTable<'s>>,
}

impl<'t, 's> Section<'t, 's> {
    pub(super) fn top(document: &'t DeTable<'s>) -> Section<'t, 's> {
        Section { name: "", at: 0, keys: Some(document) }
    }

    /// Whether the file has it.
    pub fn is_present(&self) -> bool {
        self.keys.is_some()
    }

    /// The value of a key, if the file has it.
    pub fn value(&self, key: &str) -> Option<&'t Spanned<DeValue<'s>>> {
        self.keys?.get(key)
    }

    /// Its keys as they are named, with where they stand.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'t str, usize)> + use<'t, 's> {
        self.keys.into_iter().flatten().map(|(key, _)| (key.get_ref().as_ref(), key.span().start))
    }

    /// The section under a freely named key, without a look at its keys.
    pub(super) fn inner(&self, key: &str) -> Option<Section<'t, 's>> {
        let value = self.value(key)?;
        let keys = value.get_ref().as_table()?;
        Some(Section { name: self.name, at: value.span().start, keys: Some(keys) })
    }

    /// Where the value of the key begins, or the section if the key is absent.
    pub fn place(&self, key: &str) -> usize {
        self.value(key).map_or(self.at, |value| value.span().start)
    }
}

/// Why an error is an error; decides what is shown beside syntax errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The file is not TOML here.
    Syntax,
    /// Something is not there.
    Missing,
    /// Something is wrong.
    Wrong,
}

#[derive(Debug)]
struct Problem {
    at: usize,
    kind: Kind,
    message: Message,
}

/// Collects errors while a document is read.
#[derive(Debug)]
pub struct Reader {
    schema: &'static Schema,
    problems: Vec<Problem>,
    /// Decides how many decimals an amount may have; set once `[programme]` is read.
    pub currency: Currency,
}

impl Reader {
    pub(super) fn new(schema: &'static Schema) -> Reader {
        Reader { schema, problems: Vec::new(), currency: Currency::CNY }
    }

    /// The errors in order of place; empty if there are none.
    ///
    /// After a syntax error the TOML reader goes on with a guess. What is missing may then be what it
    /// could not read, and a second error on the same line is noise, so neither is shown.
    pub(super) fn finish(mut self, places: &Places<'_>) -> Vec<PlanError> {
        let broken: BTreeSet<usize> =
            self.problems.iter().filter(|p| p.kind == Kind::Syntax).map(|p| places.line_of(p.at)).collect();
        self.problems.retain(|problem| match problem.kind {
            Kind::Syntax => true,
            Kind::Missing => broken.is_empty(),
            Kind::Wrong => !broken.contains(&places.line_of(problem.at)),
        });
        self.problems.sort_by_key(|problem| problem.at);
        if let Some(first_hidden) = self.problems.get_mut(ERRORS_MAX) {
            first_hidden.message = PlanFault::More {}.into();
        }
        self.problems.truncate(ERRORS_MAX + 1);
        self.problems.into_iter().map(|problem| places.error(problem.at, problem.message)).collect()
    }

    /// Whether enough errors are collected; a file of a million errors must not fill the memory.
    fn is_full(&self) -> bool {
        self.problems.len() > 2 * ERRORS_MAX
    }

    fn push(&mut self, at: usize, kind: Kind, message: Message) {
        if !self.is_full() {
            self.problems.push(Problem { at, kind, message });
        }
    }

    /// Reports that something is wrong at a place.
    pub fn wrong(&mut self, at: usize, message: impl Into<Message>) {
        self.push(at, Kind::Wrong, message.into());
    }

    /// Takes an error of the TOML reader; `line` is the text of its line.
    pub(super) fn syntax(&mut self, at: usize, line: &str, found: &str) {
        self.push(at, Kind::Syntax, syntax_message(line, found));
    }

    /// Reports that a required key is absent.
    pub fn missing(&mut self, section: Section<'_, '_>, key: &str, example: &str) {
        let name = match self.schema.lists.contains(&section.name) {
            true => format!("[[{}]]", section.name),
            false => format!("[{}]", section.name),
        };
        self.push(section.at, Kind::Missing, PlanFault::KeyMissing { section: name, key, example }.into());
    }

    /// Reports that a required section is absent; `content` says what it holds.
    pub fn missing_section(&mut self, at: usize, name: &str, content: Word) {
        let what = self.schema.what;
        self.push(at, Kind::Missing, PlanFault::SectionMissing { what, name, content }.into());
    }

    /// Opens the section under `key`, `name` in full, and reports every key it does not know.
    pub fn section<'t, 's>(
        &mut self,
        parent: Section<'t, 's>,
        key: &str,
        name: &'static str,
    ) -> Section<'t, 's> {
        let absent = Section { name, at: parent.at, keys: None };
        let Some(value) = parent.value(key) else { return absent };
        let at = value.span().start;
        let Some(table) = value.get_ref().as_table() else {
            let found = kind_of(value.get_ref());
            self.wrong(at, PlanFault::NotSection { name, found });
            return absent;
        };
        let section = Section { name, at, keys: Some(table) };
        if !self.schema.free.contains(&name) {
            self.unknown_keys(section);
        }
        section
    }

    /// The sections of a list such as `[[rank]]`, in file order, at most `most`.
    pub fn tables<'t, 's>(
        &mut self,
        parent: Section<'t, 's>,
        key: &str,
        name: &'static str,
        most: usize,
    ) -> Vec<Section<'t, 's>> {
        let Some(value) = parent.value(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            let found = kind_of(value.get_ref());
            self.wrong(value.span().start, PlanFault::NotSections { name, found });
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in list.iter() {
            let at = item.span().start;
            if sections.len() == most {
                self.wrong(at, PlanFault::TooManySections { most, name });
                break;
            }
            let Some(table) = item.get_ref().as_table() else {
                let found = kind_of(item.get_ref());
                self.wrong(at, PlanFault::EntryNotSection { name, found });
                continue;
            };
            let section = Section { name, at, keys: Some(table) };
            self.unknown_keys(section);
            sections.push(section);
        }
        sections
    }

    /// The freely named keys of a section in file order, at most `most`; each a name such as `vip_zone`.
    pub fn named(&mut self, section: Section<'_, '_>, most: usize) -> Vec<String> {
        let mut names = Vec::new();
        for (key, _) in section.keys.into_iter().flatten() {
            let (name, at) = (key.get_ref().as_ref(), key.span().start);
            if names.len() == most {
                self.wrong(at, PlanFault::TooManyKeys { name: section.name, most });
                break;
            }
            if is_fund_name(name) {
                names.push(name.to_owned());
            } else {
                self.wrong(at, bad_name(name));
            }
        }
        names
    }

    /// The keys of a section that the file names freely, in file order, each with its place.
    pub fn keys<'t>(&self, section: Section<'t, '_>) -> Vec<(&'t str, usize)> {
        let keys = section.keys.into_iter().flatten();
        keys.map(|(key, _)| (key.get_ref().as_ref(), key.span().start)).collect()
    }

    /// The values under a key as they would be written: texts in quotes, numbers and switches bare. One value is a list of
    /// one; lists have at most `most`.
    pub fn literals(&mut self, section: Section<'_, '_>, key: &str, most: usize) -> Vec<String> {
        let Some(value) = section.value(key) else { return Vec::new() };
        let values = match value.get_ref() {
            DeValue::Array(_) => self.list(section, key, most),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Table(_) => vec![value],
        };
        let mut literals = Vec::new();
        for value in values {
            match value.get_ref() {
                // A text that needs no escapes; what needs some is no setting.
                DeValue::String(text)
                    if !text.contains(['"', '\\']) && !text.chars().any(char::is_control) =>
                {
                    literals.push(format!("\"{text}\""));
                }
                DeValue::Integer(number) if number.radix() == 10 => literals.push(number.to_string()),
                DeValue::Boolean(switch) => literals.push(switch.to_string()),
                DeValue::String(_)
                | DeValue::Integer(_)
                | DeValue::Float(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_)
                | DeValue::Table(_) => {
                    let found = kind_of(value.get_ref());
                    self.wrong(value.span().start, PlanFault::NotLiteral { key: Cut(key), found });
                }
            }
        }
        literals
    }

    /// A short name of `[a-z][a-z0-9_]*`; an error if absent.
    pub fn identifier(&mut self, section: Section<'_, '_>, key: &str, example: &str) -> String {
        if section.is_present() && section.value(key).is_none() {
            self.missing(section, key, example);
        }
        let Some(text) = self.optional_text(section, key, example) else { return String::new() };
        if !is_fund_name(text) {
            self.wrong(section.place(key), bad_name(text));
        }
        text.to_owned()
    }

    /// The fund of the split that this key names, by its place in file order; an error if absent.
    pub(super) fn fund(
        &mut self,
        section: Section<'_, '_>,
        key: &str,
        split: &super::Split,
    ) -> Option<usize> {
        if section.is_present() && section.value(key).is_none() {
            self.missing(section, key, "\"dividend\"");
        }
        let name = self.optional_text(section, key, "\"dividend\"")?;
        let found = split.funds.iter().position(|fund| fund.name == name);
        if found.is_none() {
            self.wrong(section.place(key), PlanFault::FundUnknown { fund: Quoted(name) });
        }
        found
    }

    /// Reports every key of the section that is not in [`SECTIONS`].
    pub(super) fn unknown_keys(&mut self, section: Section<'_, '_>) {
        let known = self.schema.keys_of(section.name);
        for (key, value) in section.keys.into_iter().flatten() {
            if self.is_full() {
                return;
            }
            if !known.contains(&key.get_ref().as_ref()) {
                let message = self.schema.unknown_message(section.name, key.get_ref(), value.get_ref());
                self.wrong(key.span().start, message);
            }
        }
    }

    /// The names and shares of `[split.funds]` in file order, with their places.
    pub(super) fn funds(&mut self, section: Section<'_, '_>) -> Vec<(String, Rate, usize)> {
        let mut funds = Vec::new();
        for (key, value) in section.keys.into_iter().flatten() {
            if self.is_full() {
                break;
            }
            let (name, at) = (key.get_ref().as_ref(), value.span().start);
            if !is_fund_name(name) {
                let message = PlanFault::FundName { name: Quoted(name), most: FUND_NAME_CHARS_MAX };
                self.wrong(key.span().start, message);
            }
            if let Some(share) = self.rate_value(name, value, Rate::from_ppm(10_000)) {
                funds.push((name.to_owned(), share, at));
            }
        }
        funds
    }

    /// A rate of at most 100 %; the default if absent.
    pub fn rate(&mut self, section: Section<'_, '_>, key: &str, default: Rate) -> Rate {
        let example = if default == Rate::ZERO { Rate::from_ppm(300_000) } else { default };
        self.optional_rate(section, key, example).unwrap_or(default)
    }

    /// A rate of at most 100 %; an error if absent from a section that is there, then zero.
    pub fn required_rate(&mut self, section: Section<'_, '_>, key: &str, example: &str) -> Rate {
        if section.is_present() && section.value(key).is_none() {
            self.missing(section, key, example);
        }
        self.rate(section, key, Rate::ZERO)
    }

    /// A list of 1 to `most` rates; an error if absent.
    pub fn rates(&mut self, section: Section<'_, '_>, key: &str, most: usize, example: &str) -> Vec<Rate> {
        if section.is_present() && section.value(key).is_none() {
            self.missing(section, key, example);
        }
        let rates = self.optional_rates(section, key, most);
        if section
            .value(key)
            .is_some_and(|value| value.get_ref().as_array().is_some_and(|list| list.is_empty()))
        {
            self.wrong(section.place(key), PlanFault::ListEmpty { key, example });
        }
        rates
    }

    /// A list of at most `most` rates; empty if absent.
    pub fn optional_rates(&mut self, section: Section<'_, '_>, key: &str, most: usize) -> Vec<Rate> {
        let mut rates = Vec::new();
        for value in self.list(section, key, most) {
            rates.extend(self.rate_value(key, value, Rate::from_ppm(100_000)));
        }
        rates
    }

    /// A list of 1 to `most` whole numbers within the range; an error if absent.
    pub fn wholes(
        &mut self,
        section: Section<'_, '_>,
        key: &str,
        most: usize,
        range: RangeInclusive<u64>,
        example: &str,
    ) -> Vec<u64> {
        if section.is_present() && section.value(key).is_none() {
            self.missing(section, key, example);
        }
        let mut numbers = Vec::new();
        for value in self.list(section, key, most) {
            numbers.extend(self.whole_value(key, value, range.clone()));
        }
        if numbers.is_empty() && section.value(key).is_some() {
            self.wrong(section.place(key), PlanFault::ListNothing { key, example });
        }
        numbers
    }

    /// A list of at most `most` texts with their places, or nothing.
    pub(super) fn optional_texts(
        &mut self,
        section: Section<'_, '_>,
        key: &str,
        most: usize,
        example: &str,
    ) -> Option<Vec<(String, usize)>> {
        section.value(key)?;
        let mut texts = Vec::new();
        for value in self.list(section, key, most) {
            let at = value.span().start;
            match value.get_ref().as_str() {
                Some(text) => texts.push((text.to_owned(), at)),
                None => self.wrong(at, PlanFault::NotTexts { key, example }),
            }
        }
        Some(texts)
    }

    /// The values of a list; reports what is not a list, or too long.
    pub fn list<'t, 's>(
        &mut self,
        section: Section<'t, 's>,
        key: &str,
        most: usize,
    ) -> Vec<&'t Spanned<DeValue<'s>>> {
        let Some(value) = section.value(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            let found = kind_of(value.get_ref());
            self.wrong(value.span().start, PlanFault::NotList { key, found });
            return Vec::new();
        };
        if list.len() > most {
            self.wrong(value.span().start, PlanFault::TooManyEntries { key, count: list.len(), most });
        }
        list.iter().take(most).collect()
    }

    /// An amount; an error if absent.
    pub(super) fn required_money(&mut self, section: Section<'_, '_>, key: &str, example: &str) -> Money {
        if section.is_present() && section.value(key).is_none() {
            self.missing(section, key, example);
        }
        self.optional_money(section, key).unwrap_or(Money::ZERO)
    }

    /// More than zero points, in quotes with at most 12 decimals, or nothing.
    pub(super) fn optional_points(
        &mut self,
        section: Section<'_, '_>,
        key: &str,
        example: &str,
    ) -> Option<Points> {
        let text = self.optional_text(section, key, example)?;
        match Points::parse(text) {
            Ok(points) if !points.is_zero() => Some(points),
            Ok(_) | Err(_) => {
                self.wrong(section.place(key), PlanFault::NotPoints { key, example, found: Quoted(text) });
                None
            }
        }
    }

    /// A rate of at most 100 %, or nothing.
    pub fn optional_rate(&mut self, section: Section<'_, '_>, key: &str, example: Rate) -> Option<Rate> {
        section.value(key).and_then(|value| self.rate_value(key, value, example))
    }

    fn rate_value(&mut self, key: &str, value: &Spanned<DeValue<'_>>, example: Rate) -> Option<Rate> {
        let read = match value.get_ref().as_str() {
            Some(text) => Rate::parse(text).map_err(|error| rate_message(key, text, error)),
            None => Err(rate_type_message(key, value.get_ref(), example)),
        };
        let read = read.and_then(|rate| {
            if rate <= Rate::ONE {
                Ok(rate)
            } else {
                Err(PlanFault::RateTooHigh { key: Cut(key), rate: rate.to_string() }.into())
            }
        });
        read.map_err(|message| self.wrong(value.span().start, message)).ok()
    }

    /// An amount of the programme's currency, or nothing.
    pub fn optional_money(&mut self, section: Section<'_, '_>, key: &str) -> Option<Money> {
        let value = section.value(key)?;
        let currency = self.currency;
        let example = currency.format(Money::from_minor(100_000).unwrap_or(Money::ZERO));
        let read = match value.get_ref().as_str() {
            Some(text) => currency
                .parse_money(text)
                .map_err(|error| money_message(key, text, error, currency, &example)),
            None => Err(PlanFault::NotMoney { key, example, found: kind_of(value.get_ref()) }.into()),
        };
        read.map_err(|message| self.wrong(value.span().start, message)).ok()
    }

    /// A whole number within the range, or nothing.
    pub fn optional_whole<N>(
        &mut self,
        section: Section<'_, '_>,
        key: &str,
        range: RangeInclusive<N>,
    ) -> Option<N>
    where
        N: TryFrom<i128> + PartialOrd + Display + Copy,
    {
        let value = section.value(key)?;
        self.whole_value(key, value, range)
    }

    fn whole_value<N>(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        range: RangeInclusive<N>,
    ) -> Option<N>
    where
        N: TryFrom<i128> + PartialOrd + Display + Copy,
    {
        let (low, high) = (*range.start(), *range.end());
        let read = match value.get_ref().as_integer() {
            // Numbers past 128 bits are outside every range here.
            Some(number) => i128::from_str_radix(number.as_str(), number.radix())
                .ok()
                .and_then(|number| N::try_from(number).ok())
                .filter(|number| range.contains(number))
                .ok_or_else(|| {
                    let found = Cut(&number.to_string()).en();
                    PlanFault::WholeRange { key, low: low.to_string(), high: high.to_string(), found }
                }),
            None => {
                let found = kind_of(value.get_ref());
                Err(PlanFault::NotWhole { key, low: low.to_string(), high: high.to_string(), found })
            }
        };
        read.map_err(|message| self.wrong(value.span().start, message)).ok()
    }

    /// As [`Reader::optional_whole`], but an error if absent.
    pub fn required_whole<N>(
        &mut self,
        section: Section<'_, '_>,
        key: &str,
        range: RangeInclusive<N>,
        example: &str,
    ) -> Option<N>
    where
        N: TryFrom<i128> + PartialOrd + Display + Copy,
    {
        if section.is_present() && section.value(key).is_none() {
            self.missing(section, key, example);
        }
        self.optional_whole(section, key, range)
    }

    /// `true` or `false`; `false` if absent.
    pub fn flag(&mut self, section: Section<'_, '_>, key: &str) -> bool {
        let Some(value) = section.value(key) else { return false };
        value.get_ref().as_bool().unwrap_or_else(|| {
            let found = kind_of(value.get_ref());
            self.wrong(value.span().start, PlanFault::NotSwitch { key, found });
            false
        })
    }

    /// One of the named options; the first is the default.
    pub fn choice<T: Copy>(
        &mut self,
        section: Section<'_, '_>,
        key: &str,
        default: T,
        options: &[(&str, T)],
    ) -> T {
        let Some(value) = section.value(key) else { return default };
        let text = value.get_ref().as_str();
        if let Some((_, chosen)) = options.iter().find(|(name, _)| Some(*name) == text) {
            return *chosen;
        }
        let names: Vec<&str> = options.iter().map(|(name, _)| *name).collect();
        let options = AnyOf::of(names.iter().map(|name| format!("\"{name}\"")));
        let message = match text.map(|text| (Quoted(text), nearest(text, &names))) {
            None => PlanFault::NotChoice { key, options, found: kind_of(value.get_ref()) },
            Some((found, None)) => PlanFault::Choice { key, options, found },
            Some((found, Some(nearest))) => PlanFault::ChoiceNear { key, options, found, nearest },
        };
        self.wrong(value.span().start, message);
        default
    }

    /// A text, or nothing; `example` says what it looks like.
    pub fn optional_text<'t>(
        &mut self,
        section: Section<'t, '_>,
        key: &str,
        example: &str,
    ) -> Option<&'t str> {
        let value = section.value(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            let found = kind_of(value.get_ref());
            self.wrong(value.span().start, PlanFault::NotText { key, example, found });
        }
        text
    }

    /// A name people read: one line, not empty; an error if absent.
    pub fn name(&mut self, section: Section<'_, '_>, key: &str, example: &str) -> String {
        if section.is_present() && section.value(key).is_none() {
            self.missing(section, key, example);
        }
        let Some(text) = self.optional_text(section, key, example) else { return String::new() };
        let most = NAME_CHARS_MAX;
        let fault = if text.trim().is_empty() {
            Some(PlanFault::NameEmpty { key, most })
        } else if text.chars().count() > most {
            Some(PlanFault::NameTooLong { key, most })
        } else if text.chars().any(char::is_control) {
            Some(PlanFault::NameControl { key, most })
        } else {
            None
        };
        if let Some(fault) = fault {
            self.wrong(section.place(key), fault);
        }
        text.to_owned()
    }
}

impl Schema {
    /// The keys of a section.
    fn keys_of(&self, section: &str) -> &'static [&'static str] {
        self.sections.iter().find(|(name, _)| *name == section).map_or(&[], |(_, keys)| *keys)
    }

    /// Whether the section has a section under this key (and not a value).
    fn is_section(&self, section: &str, key: &str) -> bool {
        let name = full_name(section, key);
        self.sections.iter().any(|(known, _)| *known == name)
    }
}

/// The full name of the section or key `key` of a section.
fn full_name(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

/// What a name that is not one of `[a-z][a-z0-9_]*` is answered with.
fn bad_name(name: &str) -> PlanFault<'_> {
    PlanFault::Name { name: Quoted(name), most: FUND_NAME_CHARS_MAX }
}

fn is_fund_name(name: &str) -> bool {
    let mut characters = name.chars();
    name.len() <= FUND_NAME_CHARS_MAX
        && characters.next().is_some_and(|first| first.is_ascii_lowercase())
        && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

impl Schema {
    /// Whether a section stands in a list or in an entry of one: the likeliest home of a misplaced key is none of these.
    fn in_list(&self, section: &str) -> bool {
        let within = |list: &&str| *section == **list || section.starts_with(&format!("{list}."));
        section != "rank" && self.lists.iter().any(within)
    }

    /// A key of the file that its section does not have.
    fn unknown_message(&self, section: &str, key: &str, value: &DeValue<'_>) -> Message {
        let is_plan = self.what.code == "plan";
        if is_plan && TOKENS.contains(&key) {
            let name = full_name(section, key);
            return PlanFault::Token { name: Cut(&name), rule: TOKEN_RULE }.into();
        }
        let known = self.keys_of(section);
        if value.is_table() || (section.is_empty() && value.is_array()) {
            let full = full_name(section, key);
            let name = Cut(&full);
            let sections: Vec<&str> =
                known.iter().copied().filter(|known| self.is_section(section, known)).collect();
            if let Some(near) = nearest(key, &sections) {
                return PlanFault::SectionNear { name, nearest: full_name(section, near) }.into();
            }
            if let Some((home, _)) =
                self.sections.iter().find(|(home, keys)| keys.contains(&key) && self.is_section(home, key))
            {
                return PlanFault::SectionElsewhere { name, home: full_name(home, key) }.into();
            }
            let listed = self
                .sections
                .iter()
                .filter(|(name, _)| !name.is_empty())
                .map(|(name, _)| format!("[{name}]"));
            return PlanFault::SectionUnknown { name, known: List::of(listed) }.into();
        }
        let (place, quoted) = (InSection(section), Quoted(key));
        if section == "split" && key == "platform" {
            return PlanFault::KeyPlatform { place, key: quoted }.into();
        }
        let homes: Vec<&str> = self
            .sections
            .iter()
            .filter(|(home, keys)| {
                *home != section
                    && !home.is_empty()
                    && !self.in_list(home)
                    && keys.contains(&key)
                    && !self.is_section(home, key)
            })
            .map(|(home, _)| *home)
            .collect();
        // The section around this one is the likeliest; beside it the others are noise.
        let around = homes.iter().copied().find(|home| section.starts_with(&format!("{home}.")));
        let homes: Vec<String> =
            around.map_or(homes, |home| vec![home]).into_iter().map(|home| format!("[{home}]")).collect();
        if !homes.is_empty() {
            return PlanFault::KeyElsewhere { place, key: quoted, homes: AnyOf(homes) }.into();
        }
        if let Some(nearest) = nearest(key, known) {
            return PlanFault::KeyNear { place, key: quoted, nearest }.into();
        }
        if section.is_empty() {
            return PlanFault::KeyOutside { place, key: quoted }.into();
        }
        let known = List::of(known);
        match is_plan && section == "split" {
            true => PlanFault::KeyUnknownSplit { place, key: quoted, known }.into(),
            false => PlanFault::KeyUnknown { place, key: quoted, known }.into(),
        }
    }
}

/// The known name that `name` is most likely a slip for: at most a third of its letters differ.
pub(crate) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    if name.len() > CUT_CHARS {
        return None;
    }
    let distances = known.iter().map(|known| (strsim::damerau_levenshtein(name, known), *known));
    let (distance, near) = distances.min_by_key(|(distance, _)| *distance)?;
    let longest = name.chars().count().max(near.chars().count());
    (distance <= (longest / 3).max(1)).then_some(near)
}

/// What a value is.
fn kind_of(value: &DeValue<'_>) -> Word {
    match value {
        DeValue::String(_) => kind::TEXT,
        DeValue::Integer(_) => kind::NUMBER,
        DeValue::Float(_) => kind::DECIMAL,
        DeValue::Boolean(_) => kind::SWITCH,
        DeValue::Datetime(_) => kind::DATE,
        DeValue::Array(_) => kind::LIST,
        DeValue::Table(_) => kind::SECTION,
    }
}

/// A rate that is not a text at all.
fn rate_type_message(key: &str, value: &DeValue<'_>, example: Rate) -> Message {
    let number = value
        .as_integer()
        .map(|number| number.to_string())
        .or_else(|| value.as_float().map(|number| number.as_str().to_owned()));
    // One word for whole and broken numbers: what is missing is the sign, not the decimals.
    let found = if number.is_some() { kind::NUMBER } else { kind_of(value) };
    let key = Cut(key);
    match number.as_deref().and_then(readings) {
        Some(readings) => PlanFault::RateBare { key, example, readings }.into(),
        None => PlanFault::NotRate { key, example, found }.into(),
    }
}

/// A text that is not a rate.
fn rate_message(key: &str, text: &str, error: RateError) -> Message {
    let (key, shown) = (Cut(key), Quoted(text));
    match error {
        RateError::Ambiguous => {
            let readings = readings(text).unwrap_or_else(|| AnyOf::of(["\"30%\"", "\"3‰\""]));
            PlanFault::RateAmbiguous { key, text: shown, readings }.into()
        }
        RateError::NotARate if text.contains('％') => PlanFault::RateFullWidth { key, text: shown }.into(),
        RateError::NotARate => PlanFault::RateForm { key, found: shown }.into(),
        RateError::TooFine => PlanFault::RateTooFine { key, text: shown }.into(),
        RateError::TooLarge => PlanFault::RateTooHigh { key, rate: shown.en() }.into(),
    }
}

/// The two rates a bare number may stand for, in quotes.
fn readings(number: &str) -> Option<AnyOf> {
    // As parts per million the number itself is the fraction: 0.3 is 300,000 ppm, which prints as 30 %.
    let fraction = parse_decimal(number, 6).ok().and_then(|ppm| u32::try_from(ppm).ok()).map(Rate::from_ppm);
    match fraction {
        Some(fraction) if fraction > Rate::ZERO && fraction <= Rate::ONE => {
            Some(AnyOf(vec![format!("\"{fraction}\""), format!("\"{number}%\"")]))
        }
        Some(_) => Some(AnyOf(vec![format!("\"{number}%\""), format!("\"{number}‰\"")])),
        None => None,
    }
}

/// A text that is not an amount.
fn money_message(key: &str, text: &str, error: DecimalError, currency: Currency, example: &str) -> Message {
    let shown = Quoted(text);
    match error {
        DecimalError::NotADecimal => PlanFault::MoneyForm { key, example, found: shown }.into(),
        DecimalError::TooManyDecimals { allowed } => {
            let (currency, decimals) = (currency.code(), allowed);
            PlanFault::MoneyTooFine { key, text: shown, currency, decimals }.into()
        }
        DecimalError::TooLarge => {
            let most = Money::from_minor(crate::amount::AMOUNT_MAX).unwrap_or(Money::ZERO);
            PlanFault::MoneyTooLarge { key, text: shown, most: currency.format(most) }.into()
        }
    }
}

/// Says in plain words what the TOML reader stumbled over; `line` is the line of the error.
fn syntax_message(line: &str, found: &str) -> Message {
    let value = line.split_once('=').map_or("", |(_, value)| value).split('#').next().unwrap_or("").trim();
    if value.starts_with(|c: char| c.is_ascii_digit()) && value.ends_with(['%', '‰']) {
        return PlanFault::SyntaxRate { value: Cut(value) }.into();
    }
    if value.contains(['“', '”', '‘', '’', '＂']) {
        return PlanFault::SyntaxQuotes {}.into();
    }
    if found == "duplicate key" {
        return PlanFault::SyntaxTwice {}.into();
    }
    if value.starts_with(char::is_alphabetic) {
        return PlanFault::SyntaxValue {}.into();
    }
    PlanFault::Syntax { found: Parser(found) }.into()
}
