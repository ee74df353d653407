//! Reading a scenario file: TOML in, a valid [`Scenario`] or every error with line, column and nearest key out (SIM-1).

use std::sync::Arc;

use ratchet_engine::amount::{Money, Rate, parse_decimal};
use ratchet_engine::id::Id;
use ratchet_engine::message::{List, Message, Quoted, Word};
use ratchet_engine::plan::{Bilingual, Mode, Plan, PlanErrors, Reader, Schema, Section, read_document};
use ratchet_engine::time::{Calendar, Day};

use super::presets::PRESETS;
use super::*;
use crate::fault::{FileFault, ScenarioFault, file};
use crate::orders::{Orders, ReadOptions};

/// Gives the bytes of a file that a scenario names, by the path as it stands there; else says why not.
pub type Loader<'a> = &'a mut dyn FnMut(&str) -> Result<Vec<u8>, Message>;

/// Every section of a scenario and its keys.
pub const SECTIONS: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "scenario",
            "set",
            "arrival",
            "spending",
            "repeat",
            "referral",
            "selling",
            "reentry",
            "withdrawing",
            "tasks",
            "merchants",
            "refunds",
            "fraud",
            "funding",
            "failure",
            "wind_down",
            "study",
        ],
    ),
    ("scenario", &["name", "plan", "start", "days", "runs", "points"]),
    ("scenario.name", &["zh", "en"]),
    ("set", &[]),
    ("arrival", &["kind", "daily", "rate", "capacity", "list", "stop_after_days", "drawn"]),
    ("spending", &["smallest", "largest", "fixed", "lognormal", "pareto", "orders"]),
    ("spending.fixed", &["weight", "amount"]),
    ("spending.lognormal", &["weight", "median", "spread", "member_spread"]),
    ("spending.pareto", &["weight", "smallest", "tail"]),
    ("spending.orders", &["weight", "file"]),
    ("repeat", &["again", "every_days", "interval", "most"]),
    ("referral", &["invited", "inviters", "preferential", "uniform", "chain"]),
    ("referral.preferential", &["weight"]),
    ("referral.uniform", &["weight"]),
    ("referral.chain", &["weight"]),
    ("selling", &["never", "at_multiple", "random", "panic", "herd"]),
    ("selling.never", &["weight"]),
    ("selling.at_multiple", &["weight", "multiple"]),
    ("selling.random", &["weight", "daily"]),
    ("selling.panic", &["weight", "window_days", "fall", "daily"]),
    ("selling.herd", &["weight", "daily", "follow", "window_days"]),
    ("reentry", &["share", "after_days"]),
    ("withdrawing", &["share", "every_days", "smallest"]),
    ("tasks", &["diligent", "occasional", "idle"]),
    ("tasks.diligent", &["weight"]),
    ("tasks.occasional", &["weight", "daily"]),
    ("tasks.idle", &["weight"]),
    ("merchants", &["share", "tips_daily", "tip_value"]),
    ("refunds", &["share", "after_days"]),
    ("fraud", &["wash", "ring", "pump"]),
    ("fraud.wash", &["share", "every_days", "amount", "refund_after_days"]),
    ("fraud.ring", &["share", "size", "amount"]),
    ("fraud.pump", &["share", "amount", "sell_after_days", "refund_after_days"]),
    ("funding", &["day", "amount", "source"]),
    ("failure", &["day", "unnoticed_days"]),
    ("wind_down", &["day", "closes_after_days"]),
    ("study", &["method", "points", "runs", "parameters"]),
    ("study.parameters", &[]),
];

static SCENARIO: Schema = Schema {
    what: file::SCENARIO,
    example: "scenarios/steady.toml",
    sections: SECTIONS,
    free: &["set", "study.parameters"],
    lists: &["funding"],
};

const SCENARIO_CONTENT: Word =
    Word::new("scenario", "a name, a plan and a number of days", "名称、计划和天数");
const ARRIVAL_CONTENT: Word = Word::new(
    "arrival",
    "kind = \"constant\" and daily = 20",
    "到来的方式，例如 kind = \"constant\" 和 daily = 20",
);
const SPENDING_CONTENT: Word = Word::new(
    "spending",
    "a kind such as [spending.lognormal] with median = \"118.00\"",
    "一类消费者，例如 [spending.lognormal] 及 median = \"118.00\"",
);
const SPENDER_CONTENT: Word = Word::new(
    "spender",
    "median = \"118.00\", or another kind of spender",
    "median = \"118.00\"，或换用另一类消费者",
);
const PARAMETERS_CONTENT: Word = Word::new(
    "parameters",
    "a line such as \"selling.panic.weight\" = [0, 50]",
    "参数，例如一行 \"selling.panic.weight\" = [0, 50]",
);

/// Most days that a wait or a window may have.
const WAIT_DAYS_MAX: u32 = 3_650;
/// Most days given one by one.
const LIST_MAX: usize = DAYS_MAX as usize;
/// Most values of a parameter.
const VALUES_MAX: usize = 100;

impl Scenario {
    /// Parses and checks the text of a scenario; `file` is its name for messages, `load` gives plans and order files.
    pub fn parse(file: &str, source: &str, load: Loader<'_>) -> Result<Scenario, PlanErrors> {
        read_document(file, source, &SCENARIO, |reader, top| read(reader, file, source, top, load))
    }
}

/// Reads all sections. What it returns is only valid if the reader has collected no error.
fn read(reader: &mut Reader, file: &str, source: &str, top: Section<'_, '_>, load: Loader<'_>) -> Scenario {
    let section = reader.section(top, "scenario", "scenario");
    if !section.is_present() {
        reader.missing_section(0, "scenario", SCENARIO_CONTENT);
    }
    // First, because the currency decides how amounts are read.
    let plans = read_plans(reader, top, section, load);
    let names = reader.section(section, "name", "scenario.name");
    if section.is_present() && section.value("name").is_none() {
        reader.missing(section, "name", "{ zh = \"平稳\", en = \"Steady\" }");
    }
    let name =
        Bilingual { zh: reader.name(names, "zh", "\"平稳\""), en: reader.name(names, "en", "\"Steady\"") };
    let days = reader.required_whole(section, "days", 1..=DAYS_MAX, "365").unwrap_or(1);
    let mut start = Day::parse("2026-01-01").expect("a day of the calendar");
    if let Some(text) = reader.optional_text(section, "start", "\"2026-01-01\"") {
        match Day::parse(text) {
            Some(day) if (1..2_900_000).contains(&day.number()) => start = day,
            _ => reader.wrong(section.place("start"), ScenarioFault::Start { found: Quoted(text) }),
        }
    }
    let fraud = read_fraud(reader, top);
    let calendar = plans.first().map_or(Calendar::CHINA, |first| first.plan.programme.calendar.clone());
    Scenario {
        file: file.to_owned(),
        source: source.to_owned(),
        name,
        plans,
        start,
        days,
        runs: reader.optional_whole(section, "runs", 1..=RUNS_MAX).unwrap_or(100),
        points: reader.optional_whole(section, "points", 1..=366).unwrap_or(48),
        arrival: read_arrival(reader, top, days),
        spending: read_spending(reader, top, &calendar, load),
        repeat: read_repeat(reader, top),
        referral: read_referral(reader, top),
        selling: read_selling(reader, top),
        reentry: read_reentry(reader, top),
        withdrawing: read_withdrawing(reader, top),
        tasks: read_tasks(reader, top),
        merchants: read_merchants(reader, top),
        refunds: read_refunds(reader, top),
        fraud,
        funding: read_funding(reader, top, days),
        failure: read_failure(reader, top, days),
        wind_down: read_wind_down(reader, top, days),
        study: read_study(reader, top),
    }
}

fn read_plans(
    reader: &mut Reader,
    top: Section<'_, '_>,
    section: Section<'_, '_>,
    load: Loader<'_>,
) -> Vec<NamedPlan> {
    if section.is_present() && section.value("plan").is_none() {
        reader.missing(section, "plan", "\"value-growth\"");
    }
    let set = reader.section(top, "set", "set");
    let mut settings = Vec::new();
    for (key, at) in reader.keys(set) {
        match reader.literals(set, key, 1).pop() {
            Some(literal) => settings.push((key.to_owned(), literal, at)),
            None => reader.wrong(at, ScenarioFault::OneValue { key: Quoted(key) }),
        }
    }
    let place = section.place("plan");
    let mut plans: Vec<NamedPlan> = Vec::new();
    let named = reader.literals(section, "plan", PLANS_MAX);
    if named.is_empty() && section.value("plan").is_some() {
        reader.wrong(place, ScenarioFault::NoPlan {});
    }
    for literal in named {
        let named = literal.trim_matches('"');
        let mut source = match PRESETS.iter().find(|(preset, _)| *preset == named) {
            Some((_, source)) => (*source).to_owned(),
            None if !named.ends_with(".toml") => {
                let presets = List::of(PRESETS.iter().map(|(preset, _)| preset));
                reader.wrong(place, ScenarioFault::PlanUnknown { plan: Quoted(named), presets });
                continue;
            }
            None => match load(named)
                .and_then(|bytes| String::from_utf8(bytes).map_err(|_| ScenarioFault::NotUtf8 {}.into()))
            {
                Ok(source) => source,
                Err(reason) => {
                    reader.wrong(place, ScenarioFault::PlanUnreadable { plan: Quoted(named), reason });
                    continue;
                }
            },
        };
        if let Err(errors) = Plan::parse(named, &source) {
            reader.wrong(place, ScenarioFault::PlanWrong { plan: Quoted(named), errors });
            continue;
        }
        for (key, literal, at) in &settings {
            let changed = with_setting(&source, key, literal).map_err(Message::from);
            let parsed = changed.and_then(|changed| {
                Plan::parse("the plan with this setting", &changed).map(|_| changed).map_err(|errors| {
                    let first = errors.errors.first().map(|error| error.message.clone());
                    first.unwrap_or_else(|| FileFault::Errors { errors }.into())
                })
            });
            match parsed {
                Ok(changed) => source = changed,
                Err(reason) => reader.wrong(*at, ScenarioFault::Setting { key: Quoted(key), reason }),
            }
        }
        let Ok(plan) = Plan::parse(named, &source) else { continue };
        if plan.programme.mode == Mode::Live {
            reader.wrong(place, ScenarioFault::Live { plan: Quoted(named) });
        }
        if let Some(first) = plans.first() {
            let (a, b) = (&first.plan.programme, &plan.programme);
            if a.currency != b.currency || a.calendar != b.calendar {
                reader.wrong(place, ScenarioFault::Unlike {});
            }
        } else {
            reader.currency = plan.programme.currency;
        }
        let label = named.rsplit('/').next().unwrap_or(named).trim_end_matches(".toml").to_owned();
        if plans.iter().any(|plan| plan.label == label) {
            reader.wrong(place, ScenarioFault::TwoNamed { plan: Quoted(&label) });
        }
        plans.push(NamedPlan { label, plan });
    }
    plans
}

/// A decimal such as "1.5" in quotes, or a whole number, in units of `10^-decimals`, within a range.
fn decimal(
    reader: &mut Reader,
    section: Section<'_, '_>,
    key: &str,
    decimals: u32,
    range: std::ops::RangeInclusive<u64>,
) -> Option<u64> {
    section.value(key)?;
    let literal = reader.literals(section, key, 1).pop()?;
    let unit = 10_u64.pow(decimals);
    let read =
        parse_decimal(literal.trim_matches('"'), decimals).ok().and_then(|value| u64::try_from(value).ok());
    if read.is_none_or(|value| !range.contains(&value)) {
        let whole = |value: u64| {
            let text = format!("{}.{:0width$}", value / unit, value % unit, width = decimals as usize);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        let (low, high, found) = (whole(*range.start()), whole(*range.end()), literal.as_str());
        reader.wrong(section.place(key), ScenarioFault::Decimal { key, low, high, decimals, found });
    }
    read.filter(|value| range.contains(value))
}

fn required_decimal(
    reader: &mut Reader,
    section: Section<'_, '_>,
    key: &str,
    decimals: u32,
    range: std::ops::RangeInclusive<u64>,
    example: &str,
) -> u64 {
    if section.is_present() && section.value(key).is_none() {
        reader.missing(section, key, example);
    }
    let low = *range.start();
    decimal(reader, section, key, decimals, range).unwrap_or(low)
}

/// An amount of more than zero, at most [`ORDER_MAX`]; an error if absent.
fn amount(reader: &mut Reader, section: Section<'_, '_>, key: &str, example: &str) -> Money {
    if section.is_present() && section.value(key).is_none() {
        reader.missing(section, key, example);
    }
    order_amount(reader, section, key).unwrap_or(Money::ZERO)
}

fn order_amount(reader: &mut Reader, section: Section<'_, '_>, key: &str) -> Option<Money> {
    let amount = reader.optional_money(section, key)?;
    if !(1..=ORDER_MAX).contains(&amount.minor()) {
        let most = reader.currency.format_minor(i128::from(ORDER_MAX));
        reader.wrong(section.place(key), ScenarioFault::Amount { key, most });
    }
    Some(amount)
}

fn wait(reader: &mut Reader, section: Section<'_, '_>, key: &str, default: u32) -> u32 {
    reader.optional_whole(section, key, 1..=WAIT_DAYS_MAX).unwrap_or(default)
}

fn weight(reader: &mut Reader, section: Section<'_, '_>) -> u32 {
    reader.optional_whole(section, "weight", 0..=WEIGHT_MAX).unwrap_or(1)
}

/// Adds a kind if its section is there.
fn kind<T>(
    reader: &mut Reader,
    parent: Section<'_, '_>,
    (key, name): (&str, &'static str),
    parts: &mut Vec<(u32, T)>,
    read: impl FnOnce(&mut Reader, Section<'_, '_>) -> T,
) {
    let section = reader.section(parent, key, name);
    if section.is_present() {
        let weight = weight(reader, section);
        let kind = read(reader, section);
        parts.push((weight, kind));
    }
}

/// At least one kind must have a weight.
fn mix<T>(reader: &mut Reader, section: Section<'_, '_>, parts: Vec<(u32, T)>, default: T) -> Mix<T> {
    if parts.is_empty() {
        return Mix { parts: vec![(1, default)] };
    }
    if parts.iter().all(|(weight, _)| *weight == 0) {
        reader.wrong(section.place(""), ScenarioFault::NoWeight {});
    }
    Mix { parts }
}

fn read_arrival(reader: &mut Reader, top: Section<'_, '_>, days: u32) -> Arrival {
    let section = reader.section(top, "arrival", "arrival");
    if !section.is_present() {
        reader.missing_section(0, "arrival", ARRIVAL_CONTENT);
    }
    let names = ["constant", "growth", "decline", "logistic", "list"];
    let options: Vec<(&str, usize)> = names.into_iter().zip(0..).collect();
    let chosen = reader.choice(section, "kind", 0, &options);
    let uses: &[&str] =
        [&["daily"][..], &["daily", "rate"], &["daily", "rate"], &["daily", "rate", "capacity"], &["list"]]
            [chosen];
    for key in ["daily", "rate", "capacity", "list"] {
        if section.value(key).is_some() && !uses.contains(&key) {
            reader.wrong(section.place(key), ScenarioFault::Arrivals { kind: names[chosen], key });
        }
    }
    let daily_milli = match uses.contains(&"daily") {
        true => required_decimal(reader, section, "daily", 3, 0..=1_000_000_000, "20"),
        false => 0,
    };
    let rate = match uses.contains(&"rate") {
        true => reader.required_rate(section, "rate", "\"10%\""),
        false => Rate::ZERO,
    };
    let shape = match chosen {
        0 => Shape::Constant { daily_milli },
        1 | 2 => Shape::Growth { daily_milli, rate, declines: chosen == 2 },
        3 => {
            let capacity = reader.required_whole(section, "capacity", 1..=MEMBERS_MAX, "5000").unwrap_or(1);
            Shape::Logistic { daily_milli, rate, capacity }
        }
        _ => Shape::List { daily: reader.wholes(section, "list", LIST_MAX, 0..=MEMBERS_MAX, "[20, 20, 10]") },
    };
    let stop_after_days = reader.optional_whole(section, "stop_after_days", 0..=DAYS_MAX);
    let is_drawn = match section.value("drawn") {
        Some(_) => reader.flag(section, "drawn"),
        None => chosen != 4,
    };
    let milli = expected(&shape, days, stop_after_days);
    if milli.iter().sum::<u64>() > MEMBERS_MAX * 1_000 {
        let message = ScenarioFault::Members { most: MEMBERS_MAX };
        reader.wrong(section.place(if chosen == 4 { "list" } else { "daily" }), message);
    }
    Arrival { shape, stop_after_days, is_drawn, milli }
}

/// Expected arrivals of each day in thousandths.
fn expected(shape: &Shape, days: u32, stop_after_days: Option<u32>) -> Vec<u64> {
    // With nine more decimals, each day's rounding down is invisible.
    const FINE: u128 = 1_000_000_000;
    let ppm = u128::from(Rate::ONE.ppm());
    let (mut level, mut all) = (0_u128, 0_u128);
    (0..days)
        .map(|day| {
            if stop_after_days.is_some_and(|stop| day >= stop) {
                return 0;
            }
            let milli = match shape {
                Shape::Constant { daily_milli } => u128::from(*daily_milli),
                Shape::List { daily } => 1_000 * u128::from(daily.get(day as usize).copied().unwrap_or(0)),
                Shape::Growth { daily_milli, rate, declines } => {
                    level = match (day, declines) {
                        (0, _) => u128::from(*daily_milli) * FINE,
                        (_, false) => level + level * u128::from(rate.ppm()) / (30 * ppm),
                        (_, true) => level - level * u128::from(rate.ppm()) / (30 * ppm),
                    };
                    level = level.min(u128::from(MEMBERS_MAX) * 2_000 * FINE);
                    level / FINE
                }
                Shape::Logistic { daily_milli, rate, capacity } => {
                    // Whoever is in brings others, as far as there are others.
                    let (whole, first) = (u128::from(*capacity) * 1_000, u128::from(*daily_milli));
                    let brought =
                        all * u128::from(rate.ppm()) / (30 * ppm) * whole.saturating_sub(all) / whole.max(1);
                    let left = whole.saturating_sub(all);
                    (brought + first * left / whole.max(1)).min(left)
                }
            };
            all += milli;
            u64::try_from(milli).unwrap_or(u64::MAX).min(2_000 * MEMBERS_MAX)
        })
        .collect()
}

fn read_spending(
    reader: &mut Reader,
    top: Section<'_, '_>,
    calendar: &Calendar,
    load: Loader<'_>,
) -> Spending {
    let section = reader.section(top, "spending", "spending");
    if !section.is_present() {
        reader.missing_section(0, "spending", SPENDING_CONTENT);
    }
    let mut parts = Vec::new();
    kind(reader, section, ("fixed", "spending.fixed"), &mut parts, |reader, section| Amounts::Fixed {
        amount: amount(reader, section, "amount", "\"1000.00\""),
    });
    kind(reader, section, ("lognormal", "spending.lognormal"), &mut parts, |reader, section| {
        Amounts::Lognormal {
            median: amount(reader, section, "median", "\"118.00\""),
            spread_ppm: decimal(reader, section, "spread", 6, 0..=3_000_000).unwrap_or(650_000),
            member_spread_ppm: decimal(reader, section, "member_spread", 6, 0..=3_000_000).unwrap_or(550_000),
        }
    });
    kind(reader, section, ("pareto", "spending.pareto"), &mut parts, |reader, section| Amounts::Pareto {
        smallest: amount(reader, section, "smallest", "\"50.00\""),
        tail_ppm: required_decimal(reader, section, "tail", 6, 1_000_000..=20_000_000, "\"1.8\""),
    });
    kind(reader, section, ("orders", "spending.orders"), &mut parts, |reader, section| {
        if section.value("file").is_none() {
            reader.missing(section, "file", "\"orders.csv\"");
        }
        let file = reader.optional_text(section, "file", "\"orders.csv\"").unwrap_or_default().to_owned();
        let customers = match file.is_empty() {
            true => Customers::default(),
            false => customers(reader, calendar, &file, load).unwrap_or_else(|reason| {
                reader.wrong(section.place("file"), reason);
                Customers::default()
            }),
        };
        Amounts::Orders { file, customers: Arc::new(customers) }
    });
    if section.is_present() && parts.is_empty() {
        reader.missing_section(section.place(""), "spending.lognormal", SPENDER_CONTENT);
    }
    let one = Money::from_minor(1).expect("one minor unit is money");
    let smallest = order_amount(reader, section, "smallest").unwrap_or(one);
    let most = Money::from_minor(ORDER_MAX).expect("the largest amount is money");
    let largest = order_amount(reader, section, "largest").unwrap_or(most);
    if smallest > largest {
        reader.wrong(section.place("smallest"), ScenarioFault::SmallestLargest {});
    }
    Spending { smallest, largest, kinds: mix(reader, section, parts, Amounts::Fixed { amount: one }) }
}

/// The customers of an order file, each with its purchases in order of time, by local days.
fn customers(
    reader: &Reader,
    calendar: &Calendar,
    file: &str,
    load: Loader<'_>,
) -> Result<Customers, Message> {
    let bytes =
        load(file).map_err(|reason| ScenarioFault::OrdersUnreadable { file: Quoted(file), reason })?;
    let options = ReadOptions { currency: reader.currency, calendar: calendar.clone(), skip_bad_rows: false };
    let size = bytes.len() as u64;
    let orders = Orders::read_from(bytes.as_slice(), file, size, &options, &mut |_| {})
        .map_err(|error| error.message())?;
    let mut of: Vec<Vec<(i64, Money)>> = vec![Vec::new(); orders.member_count()];
    for position in 0..orders.len() {
        let row = orders.order(position);
        let amount = row.amount.min(Money::from_minor(ORDER_MAX).unwrap_or(row.amount));
        of[row.member.number as usize].push((calendar.day_of(row.at).number(), amount));
    }
    let mut customers = Customers { purchases: Vec::with_capacity(orders.len()), starts: vec![0] };
    // Who is only named as a referrer never bought and is no customer.
    for bought in of.iter().filter(|bought| !bought.is_empty()) {
        let mut before = bought[0].0;
        for (day, amount) in bought {
            customers.purchases.push((u32::try_from(day - before).unwrap_or(0), *amount));
            before = *day;
        }
        customers.starts.push(customers.purchases.len());
    }
    Ok(customers)
}

fn read_repeat(reader: &mut Reader, top: Section<'_, '_>) -> Option<Repeat> {
    let section = reader.section(top, "repeat", "repeat");
    section.is_present().then(|| Repeat {
        again: reader.required_rate(section, "again", "\"60%\""),
        every_days: wait(reader, section, "every_days", 30),
        is_regular: reader.choice(section, "interval", false, &[("random", false), ("regular", true)]),
        most: reader.optional_whole(section, "most", 1..=100_000).unwrap_or(1_000),
    })
}

fn read_referral(reader: &mut Reader, top: Section<'_, '_>) -> Option<Referral> {
    let section = reader.section(top, "referral", "referral");
    section.is_present().then(|| {
        let mut parts = Vec::new();
        for (key, inviter) in [
            (("preferential", "referral.preferential"), Inviter::Preferential),
            (("uniform", "referral.uniform"), Inviter::Uniform),
            (("chain", "referral.chain"), Inviter::Chain),
        ] {
            kind(reader, section, key, &mut parts, |_, _| inviter);
        }
        Referral {
            invited: reader.required_rate(section, "invited", "\"60%\""),
            inviters: reader.rate(section, "inviters", Rate::ONE),
            kinds: mix(reader, section, parts, Inviter::Preferential),
        }
    })
}

fn read_selling(reader: &mut Reader, top: Section<'_, '_>) -> Mix<Selling> {
    let section = reader.section(top, "selling", "selling");
    let mut parts = Vec::new();
    kind(reader, section, ("never", "selling.never"), &mut parts, |_, _| Selling::Never);
    kind(reader, section, ("at_multiple", "selling.at_multiple"), &mut parts, |reader, section| {
        Selling::AtMultiple {
            multiple_ppm: required_decimal(reader, section, "multiple", 6, 1..=1_000_000_000, "\"1.5\""),
        }
    });
    kind(reader, section, ("random", "selling.random"), &mut parts, |reader, section| Selling::Random {
        daily: reader.required_rate(section, "daily", "\"1%\""),
    });
    kind(reader, section, ("panic", "selling.panic"), &mut parts, |reader, section| Selling::Panic {
        window_days: wait(reader, section, "window_days", 14),
        fall: reader.rate(section, "fall", Rate::from_ppm(500_000)),
        daily: reader.rate(section, "daily", Rate::from_ppm(200_000)),
    });
    kind(reader, section, ("herd", "selling.herd"), &mut parts, |reader, section| Selling::Herd {
        daily: reader.rate(section, "daily", Rate::from_ppm(1_000)),
        follow: reader.rate(section, "follow", Rate::from_ppm(300_000)),
        window_days: wait(reader, section, "window_days", 7),
    });
    mix(reader, section, parts, Selling::Never)
}

fn read_reentry(reader: &mut Reader, top: Section<'_, '_>) -> Option<Reentry> {
    let section = reader.section(top, "reentry", "reentry");
    section.is_present().then(|| Reentry {
        share: reader.required_rate(section, "share", "\"50%\""),
        after_days: wait(reader, section, "after_days", 14),
    })
}

fn read_withdrawing(reader: &mut Reader, top: Section<'_, '_>) -> Option<Withdrawing> {
    let section = reader.section(top, "withdrawing", "withdrawing");
    section.is_present().then(|| Withdrawing {
        share: reader.rate(section, "share", Rate::ONE),
        every_days: wait(reader, section, "every_days", 7),
        smallest: order_amount(reader, section, "smallest")
            .unwrap_or(Money::from_minor(1).expect("one minor unit is money")),
    })
}

fn read_tasks(reader: &mut Reader, top: Section<'_, '_>) -> Mix<Rate> {
    let section = reader.section(top, "tasks", "tasks");
    let mut parts = Vec::new();
    kind(reader, section, ("diligent", "tasks.diligent"), &mut parts, |_, _| Rate::ONE);
    kind(reader, section, ("occasional", "tasks.occasional"), &mut parts, |reader, section| {
        reader.required_rate(section, "daily", "\"30%\"")
    });
    kind(reader, section, ("idle", "tasks.idle"), &mut parts, |_, _| Rate::ZERO);
    mix(reader, section, parts, Rate::ZERO)
}

fn read_merchants(reader: &mut Reader, top: Section<'_, '_>) -> Option<Merchants> {
    let section = reader.section(top, "merchants", "merchants");
    section.is_present().then(|| Merchants {
        share: reader.required_rate(section, "share", "\"2%\""),
        tips_daily: reader.rate(section, "tips_daily", Rate::from_ppm(100_000)),
        tip_value: reader.optional_whole(section, "tip_value", 1..=1_000_000).unwrap_or(100),
    })
}

fn read_refunds(reader: &mut Reader, top: Section<'_, '_>) -> Option<Refunds> {
    let section = reader.section(top, "refunds", "refunds");
    section.is_present().then(|| Refunds {
        share: reader.required_rate(section, "share", "\"4%\""),
        after_days: wait(reader, section, "after_days", 4),
    })
}

fn read_fraud(reader: &mut Reader, top: Section<'_, '_>) -> Fraud {
    let section = reader.section(top, "fraud", "fraud");
    let wash = reader.section(section, "wash", "fraud.wash");
    let ring = reader.section(section, "ring", "fraud.ring");
    let pump = reader.section(section, "pump", "fraud.pump");
    let fraud = Fraud {
        wash: wash.is_present().then(|| Wash {
            share: reader.required_rate(wash, "share", "\"1%\""),
            every_days: wait(reader, wash, "every_days", 7),
            amount: amount(reader, wash, "amount", "\"500.00\""),
            refund_after_days: wait(reader, wash, "refund_after_days", 3),
        }),
        ring: ring.is_present().then(|| Ring {
            share: reader.required_rate(ring, "share", "\"1%\""),
            size: reader.optional_whole(ring, "size", 2..=100).unwrap_or(5),
            amount: amount(reader, ring, "amount", "\"500.00\""),
        }),
        pump: pump.is_present().then(|| Pump {
            share: reader.required_rate(pump, "share", "\"1%\""),
            amount: amount(reader, pump, "amount", "\"5000.00\""),
            sell_after_days: wait(reader, pump, "sell_after_days", 10),
            refund_after_days: wait(reader, pump, "refund_after_days", 14),
        }),
    };
    let shares = [fraud.wash.map(|f| f.share), fraud.ring.map(|f| f.share), fraud.pump.map(|f| f.share)];
    if shares.into_iter().flatten().map(Rate::ppm).sum::<u32>() > Rate::ONE.ppm() {
        reader.wrong(section.place(""), ScenarioFault::FraudShares {});
    }
    fraud
}

fn read_funding(reader: &mut Reader, top: Section<'_, '_>, days: u32) -> Vec<Round> {
    let mut rounds = Vec::new();
    for section in reader.tables(top, "funding", "funding", ROUNDS_MAX) {
        let day = reader.required_whole(section, "day", 1..=DAYS_MAX, "90").unwrap_or(1);
        if day > days {
            reader.wrong(section.place("day"), ScenarioFault::DayAfter { day, last: days });
        }
        if section.value("amount").is_none() {
            reader.missing(section, "amount", "\"1000000.00\"");
        }
        let amount = reader.optional_money(section, "amount").unwrap_or(Money::ZERO);
        let source = reader.optional_text(section, "source", "\"series-a\"").unwrap_or("funding-round");
        match Id::new(source) {
            Ok(source) => rounds.push(Round { day, amount, source }),
            Err(error) => reader.wrong(section.place("source"), ScenarioFault::Source { error }),
        }
    }
    rounds.sort_by_key(|round| round.day);
    rounds
}

fn read_failure(reader: &mut Reader, top: Section<'_, '_>, days: u32) -> Option<Failure> {
    let section = reader.section(top, "failure", "failure");
    if !section.is_present() {
        return None;
    }
    let day = reader.required_whole(section, "day", 2..=DAYS_MAX, "180").unwrap_or(2);
    if day > days {
        reader.wrong(section.place("day"), ScenarioFault::DayAfter { day, last: days });
    }
    if top.value("withdrawing").is_none() {
        reader.wrong(section.place("day"), ScenarioFault::FailureWithdrawing {});
    }
    Some(Failure {
        day,
        unnoticed_days: reader.optional_whole(section, "unnoticed_days", 0..=WAIT_DAYS_MAX).unwrap_or(0),
    })
}

fn read_wind_down(reader: &mut Reader, top: Section<'_, '_>, days: u32) -> Option<WindDown> {
    let section = reader.section(top, "wind_down", "wind_down");
    if !section.is_present() {
        return None;
    }
    let day = reader.required_whole(section, "day", 1..=DAYS_MAX, "180").unwrap_or(1);
    if day > days {
        reader.wrong(section.place("day"), ScenarioFault::DayAfter { day, last: days });
    }
    if top.value("failure").is_some() {
        reader.wrong(section.place("day"), ScenarioFault::FailureWindDown {});
    }
    let closes_after_days =
        reader.optional_whole(section, "closes_after_days", 1..=WAIT_DAYS_MAX).unwrap_or(30);
    Some(WindDown { day, closes_after_days })
}

fn read_study(reader: &mut Reader, top: Section<'_, '_>) -> Option<Study> {
    let section = reader.section(top, "study", "study");
    if !section.is_present() {
        return None;
    }
    let method = reader.choice(
        section,
        "method",
        Method::Grid,
        &[
            ("grid", Method::Grid),
            ("random", Method::Random),
            ("sobol", Method::Sobol),
            ("morris", Method::Morris),
        ],
    );
    let table = reader.section(section, "parameters", "study.parameters");
    if !table.is_present() {
        reader.missing_section(section.place(""), "study.parameters", PARAMETERS_CONTENT);
    }
    let mut parameters = Vec::new();
    for (key, at) in reader.keys(table) {
        let values = reader.literals(table, key, VALUES_MAX);
        if values.len() < 2 {
            reader.wrong(at, ScenarioFault::TwoValues { key: Quoted(key) });
        }
        let (first, last) = (values.first(), values.last());
        if method != Method::Grid
            && let (Some(first), Some(last)) = (first, last)
            && crate::study::sweep::between(first, last, 0).is_none()
        {
            reader.wrong(at, ScenarioFault::Range { key: Quoted(key), first, last });
        }
        parameters.push(Parameter { key: key.to_owned(), values });
    }
    if parameters.len() > PARAMETERS_MAX {
        reader.wrong(table.place(""), ScenarioFault::Parameters { most: PARAMETERS_MAX });
    }
    let mut points = reader.optional_whole(section, "points", 2..=POINTS_MAX).unwrap_or(32);
    if method == Method::Grid {
        let combinations = parameters.iter().map(|parameter| parameter.values.len() as u64);
        let combinations = combinations.fold(1_u64, u64::saturating_mul);
        if section.value("points").is_some() {
            reader.wrong(section.place("points"), ScenarioFault::GridPoints {});
        }
        if combinations > u64::from(POINTS_MAX) {
            reader.wrong(
                section.place(""),
                ScenarioFault::GridTooLarge { points: combinations, most: POINTS_MAX },
            );
        }
        points = combinations.min(u64::from(POINTS_MAX)) as u32;
    }
    if method == Method::Morris {
        // Each walk needs a point more than there are parameters; what is left over is not run.
        let steps = parameters.len() as u32 + 1;
        if points < steps {
            reader.wrong(section.place("points"), ScenarioFault::Morris { steps });
        }
        points -= points % steps;
    }
    let runs = reader.optional_whole(section, "runs", 1..=RUNS_MAX).unwrap_or(20);
    Some(Study { method, points, runs, parameters })
}
