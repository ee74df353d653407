//! People who come, buy and sell: growth, its end, panic, a funding round; and what bonuses do. Scenarios run as `ratchet simulate` runs them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ratchet_engine::disclosure::{Cohort, Disclosure};

use super::numbers::{Numbers, Value};
use crate::fault::FileFault;
use crate::progress::Progress;
use crate::scenario::{Scenario, with_parameter};
use crate::simulate::Simulation;
use crate::study::{Role, Store, StoreError, Study, Summary, Table, Variant, summaries, tables};

/// What the scenarios are called in files.
pub(super) const SCENARIOS: [(&str, &str); 2] = [
    ("scenarios/advert.toml", include_str!("../../../../scenarios/advert.toml")),
    ("scenarios/advert-bonuses.toml", include_str!("../../../../scenarios/advert-bonuses.toml")),
];
/// The variants of the first scenario: permanent names.
pub(super) const VARIANTS: [&str; 4] = ["growth", "stop", "panic", "panic-funded"];
/// Outside money of the funding round, in yuan, on the day after arrivals end.
const FUNDING: &str = "\n[[funding]]\nday = 181\namount = \"100000.00\"\n";

/// Both studies, run.
pub(super) struct Society {
    /// Growth, stop, panic, panic with funding.
    pub(super) arrivals: (Study, Vec<Summary>),
    /// Everybody invites.
    pub(super) bonuses: (Study, Vec<Summary>),
    /// By variant of the first study: cohorts of its first run.
    pub(super) cohorts: Vec<Vec<Cohort>>,
    /// Of the first run with bonuses: earners, and what the hundredth of members with most commissions has of them.
    earners: u64,
    earners_top_ppm: u64,
}

fn parse(name: &str, text: &str) -> Scenario {
    let mut load = |path: &str| Err(FileFault::PresetsOnly { path }.into());
    Scenario::parse(name, text, &mut load)
        .unwrap_or_else(|errors| panic!("a scenario of the study is wrong: {errors}"))
}

fn changed(text: &str, settings: &[(&str, &str)]) -> String {
    settings.iter().fold(text.to_owned(), |text, (key, literal)| {
        with_parameter(&text, key, literal).expect("the scenario's sections stand on lines of their own")
    })
}

/// What is run, so that its length is known before.
pub(super) fn studies(runs: u64, seed: u64) -> [Study; 2] {
    let (name, text) = SCENARIOS[0];
    let texts = [
        changed(text, &[("arrival.stop_after_days", "365"), ("selling.panic.weight", "0")]),
        changed(text, &[("selling.panic.weight", "0")]),
        text.to_owned(),
        format!("{text}{FUNDING}"),
    ];
    let variants = VARIANTS.iter().zip(texts).map(|(label, text)| Variant {
        label: (*label).to_owned(),
        scenario: Arc::new(parse(name, &text)),
        plan: 0,
        values: Vec::new(),
        role: Role::Plan,
    });
    let arrivals = Study {
        scenario: Arc::new(parse(name, text)),
        variants: variants.collect(),
        runs,
        seed,
        is_sweep: false,
    };
    let (name, text) = SCENARIOS[1];
    [arrivals, Study::compare(parse(name, text), Some(runs), seed)]
}

/// Runs both on `threads` threads.
pub(super) fn run(
    [arrivals, bonuses]: [Study; 2],
    threads: usize,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(u64),
) -> Result<Option<Society>, StoreError> {
    let mut results = Vec::new();
    for study in [&arrivals, &bonuses] {
        let mut store = Store::temporary(study)?;
        let mut before = 0;
        let mut report = |at: Progress| {
            progress(at.done - before);
            before = at.done;
        };
        study.run(&mut store, threads, stop, &mut report)?;
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        results.push(summaries(study, &mut store)?);
    }
    let ended = |variant: &Variant, seed| {
        let plan = &variant.scenario.plans[variant.plan].plan;
        let simulation = Simulation::new(&variant.scenario, plan, seed, 0);
        let (_, engine) = simulation.finish(&mut |_, _, _| {});
        Disclosure::compute(engine.member_outcomes(), engine.plan(), &engine.totals())
    };
    let cohorts = arrivals.variants.iter().map(|variant| ended(variant, arrivals.seed).cohorts).collect();
    let income = ended(&bonuses.variants[0], bonuses.seed).income;
    let [of_arrivals, of_bonuses] = <[_; 2]>::try_from(results).expect("two studies were run");
    Ok(Some(Society {
        arrivals: (arrivals, of_arrivals),
        bonuses: (bonuses, of_bonuses),
        cohorts,
        earners: income.as_ref().map_or(0, |income| income.earners),
        earners_top_ppm: income.as_ref().map_or(0, |income| income.top_percent_ppm),
    }))
}

impl Society {
    pub(super) fn numbers(&self, numbers: &mut Numbers) {
        let (study, found) = &self.arrivals;
        let words = [
            ("增长一直继续", "growth goes on"),
            ("第 181 天起没有新人，无人恐慌", "nobody new from day 181, no panic"),
            ("第 181 天起没有新人，七成恐慌", "nobody new from day 181, seven in ten panic"),
            ("同上，并注资 100,000 元", "the same with 100,000 of outside money"),
        ];
        let columns = [
            ("buyers", "消费过的会员", "buyers"),
            ("recovered", "现金回本人数", "members with their money back in cash"),
            (
                "median_ppm",
                "正中间会员拿回消费额的百万分之",
                "what the member in the middle has of its spending",
            ),
            ("together_ppm", "全体拿回消费额的百万分之", "what all together have of their spending"),
            ("bound_ppm", "全体最多能拿回的比例", "the most that all together can have"),
            ("cash", "会员到手现金", "cash to members"),
            ("pool", "盈利池", "the pool"),
            ("sales", "自愿卖出次数", "sales by choice"),
            ("injected", "外部注资", "outside money"),
        ];
        for ((variant, summary), (zh, en)) in study.variants.iter().zip(found).zip(words) {
            for (column, of_zh, of_en) in columns {
                let median = summary.end(column).median().unsigned_abs();
                let value = match column {
                    "cash" | "pool" | "injected" => Value::Money(money(median)),
                    name if name.ends_with("_ppm") => Value::Ppm(median),
                    _ => Value::Count(median),
                };
                let name = format!("people.{}.{column}", variant.label);
                numbers.put(
                    &name,
                    value,
                    &format!("{zh}：{of_zh}（中位）"),
                    &format!("{en}: {of_en} (median)"),
                );
            }
            // The 36th result day is the 180th.
            let at_end_of_growth = summary.day(35, "price").median();
            let at_end =
                summary.days.last().map_or(0, |_| summary.day(summary.days.len() - 1, "price").median());
            let ppm = i128::from(at_end) * 1_000_000 / i128::from(at_end_of_growth.max(1));
            numbers.put(
                &format!("people.{}.price_since_stop_ppm", variant.label),
                Value::Ppm(ppm as u64),
                &format!("{zh}：最后的报价 ÷ 第 180 天的报价（百万分之）"),
                &format!("{en}: last price ÷ price of day 180"),
            );
            let highest =
                summary.days.iter().enumerate().map(|(day, _)| summary.day(day, "pool").median()).max();
            numbers.put(
                &format!("people.{}.pool_highest", variant.label),
                Value::Money(money(highest.unwrap_or(0).unsigned_abs())),
                &format!("{zh}：盈利池的最高点（中位）"),
                &format!("{en}: the pool at its highest (median)"),
            );
        }
        let broken: u64 = found.iter().chain(&self.bonuses.1).map(|summary| summary.broken).sum();
        numbers.put(
            "people.bounds_broken",
            Value::Count(broken),
            "守恒不成立的模拟次数",
            "runs in which conservation did not hold",
        );
        let Some(summary) = self.bonuses.1.first() else { return };
        let columns = [
            ("buyers", "消费过的会员", "buyers"),
            ("recovered", "现金回本人数", "members with their money back in cash"),
            ("recovered_ppm", "现金回本占比", "share of buyers with their money back in cash"),
            (
                "median_ppm",
                "正中间会员拿回消费额的百万分之",
                "what the member in the middle has of its spending",
            ),
            ("together_ppm", "全体拿回消费额的百万分之", "what all together have of their spending"),
            ("bound_ppm", "全体最多能拿回的比例", "the most that all together can have"),
            ("commissions", "佣金", "commissions"),
            ("top_ppm", "现金最多的 1% 会员所占现金", "share of cash of the richest 1 %"),
        ];
        for (column, zh, en) in columns {
            let median = summary.end(column).median().unsigned_abs();
            let value = match column {
                "commissions" => Value::Money(money(median)),
                name if name.ends_with("_ppm") => Value::Ppm(median),
                _ => Value::Count(median),
            };
            numbers.put(
                &format!("bonuses.{column}"),
                value,
                &format!("积分加推荐奖：{zh}（中位）"),
                &format!("points and bonuses: {en} (median)"),
            );
        }
        numbers.put(
            "bonuses.earners",
            Value::Count(self.earners),
            "得到推荐奖的会员（第一次模拟）",
            "members who earned any bonus (first run)",
        );
        numbers.put(
            "bonuses.earners_top_ppm",
            Value::Ppm(self.earners_top_ppm),
            "得奖最多的 1% 会员所占奖金（第一次模拟）",
            "share of bonuses of the 1 % who got most (first run)",
        );
    }

    /// Daily and last numbers of both, as `ratchet simulate` writes them, and cohorts of the first run.
    pub(super) fn tables(&self) -> Vec<Table> {
        let mut found = Vec::new();
        for ((study, summaries), names) in [
            (&self.arrivals, ["people-days", "people-end"]),
            (&self.bonuses, ["bonuses-days", "bonuses-end"]),
        ] {
            let mut all = tables(study, summaries, &[]).into_iter();
            for name in names {
                found.extend(all.next().map(|table| Table { name, ..table }));
            }
        }
        let cell = |number: i64| crate::study::Cell::Number(number);
        let rows = self.arrivals.0.variants.iter().zip(&self.cohorts).flat_map(|(variant, cohorts)| {
            cohorts.iter().map(|cohort| {
                let mut row = vec![
                    crate::study::Cell::Text(variant.label.clone()),
                    crate::study::Cell::Text(cohort.month.clone()),
                ];
                row.extend(
                    [
                        cohort.members as i64,
                        cohort.spent.minor(),
                        cohort.cash.minor(),
                        cohort.held.minor(),
                        cohort.recovered as i64,
                        cohort.spread.median_ppm as i64,
                    ]
                    .map(cell),
                );
                row
            })
        });
        let texts = ["variant", "joined"].map(|name| (name.to_owned(), true));
        let numbers = ["members", "spent", "cash", "held", "recovered", "median_ppm"]
            .map(|name| (name.to_owned(), false));
        let columns = texts.into_iter().chain(numbers).collect();
        found.push(Table { name: "people-cohorts", columns, rows: rows.collect() });
        found
    }
}

fn money(minor: u64) -> ratchet_engine::amount::Money {
    i64::try_from(minor)
        .ok()
        .and_then(ratchet_engine::amount::Money::from_minor)
        .unwrap_or(ratchet_engine::amount::Money::ZERO)
}
