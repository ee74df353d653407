//! `ratchet study advert`: every number of the advert and every defect that its arithmetic shows, each as an experiment (ADV-1 to ADV-5).
//!
//! ```text
//! scripts of commands ┐
//! equal buyers        ├→ Engine → Numbers, Tables → claims, charts, report, files
//! scenarios → Study   ┘
//! ```
//!
//! The engine computes every number that is called *found*; closed forms and the advert's own arithmetic stand only beside them.

mod charts;
mod claims;
mod desk;
mod equal;
mod mechanisms;
mod numbers;
mod report;
mod society;
mod tables;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

pub use claims::{Claim, Verdict, claims};
pub use equal::CURVE_ORDERS;
pub use numbers::{Number, Numbers, Value};
pub use tables::{Documented, TABLES};

use crate::progress::{Phase, Progress};
use crate::report::text::Lang;
use crate::study::{StoreError, Table, WriteError, write_folder};
use equal::{Churn, Curve, Exits};
use mechanisms::Mechanisms;
use society::Society;

/// Replications of each scenario unless the command line says otherwise.
pub const RUNS: u64 = 20;
/// A run of a scenario takes about as long as so many equal orders.
const ORDERS_PER_RUN: u64 = 30_000;

/// How the study is run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Equal buyers of the price curve.
    pub curve_orders: u64,
    /// Replications of each scenario.
    pub runs: u64,
    /// Seed of all draws.
    pub seed: u64,
    /// Threads; they change nothing but the time.
    pub threads: usize,
}

/// Everything that was found.
pub struct Findings {
    /// How it was run.
    pub options: Options,
    /// Every number.
    pub numbers: Numbers,
    curve: Curve,
    exits: [Exits; 2],
    churn: Churn,
    mechanisms: Mechanisms,
    society: Society,
}

/// What one of the workers brings home.
enum Part {
    Curve(Curve),
    Exits(usize, Exits),
    Churn(Churn),
    Mechanisms(Numbers, Mechanisms),
}

/// An experiment: how many orders the curve has, and whom to tell of orders done.
type Job = fn(u64, &mut dyn FnMut(u64)) -> Part;

/// Runs every experiment. With `stop` set it ends early and gives `None`.
pub fn run(
    options: Options,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<Findings>, StoreError> {
    let studies = society::studies(options.runs, options.seed);
    let runs: u64 = studies.iter().map(crate::study::Study::jobs).sum();
    let total = options.curve_orders + 200_000 + runs * ORDERS_PER_RUN;
    let mut done = 0;
    let mut step = |more: u64, progress: &mut dyn FnMut(Progress)| {
        done += more;
        progress(Progress { phase: Phase::Simulating, done: done.min(total), total });
    };
    step(0, progress);
    // The longest first, so that the last to end is short.
    let jobs: [Job; 5] = [
        |orders, more| Part::Curve(equal::curve(orders, more)),
        |_, more| Part::Exits(0, equal::exits("value-growth", 3, more)),
        |_, more| Part::Exits(1, equal::exits("value-growth-2x", 2, more)),
        |_, _| {
            let mut numbers = Numbers::default();
            let mechanisms = mechanisms::all(&mut numbers);
            Part::Mechanisms(numbers, mechanisms)
        },
        |_, _| Part::Churn(equal::churn()),
    ];
    let (mut curve, mut exits, mut churn, mut mechanisms) = (None, [None, None], None, None);
    let next = Mutex::new(jobs.iter());
    std::thread::scope(|scope| {
        let (news, arrived) = mpsc::channel::<Result<Part, u64>>();
        for _ in 0..options.threads.clamp(1, jobs.len()) {
            let (news, next) = (news.clone(), &next);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let job = next.lock().expect("no worker panics while it holds the list").next();
                    let Some(job) = job else { return };
                    let part = job(options.curve_orders, &mut |more| drop(news.send(Err(more))));
                    drop(news.send(Ok(part)));
                }
            });
        }
        drop(news);
        for news in arrived {
            match news {
                Err(more) => step(more, progress),
                Ok(Part::Curve(found)) => curve = Some(found),
                Ok(Part::Exits(place, found)) => exits[place] = Some(found),
                Ok(Part::Churn(found)) => churn = Some(found),
                Ok(Part::Mechanisms(found, rest)) => mechanisms = Some((found, rest)),
            }
        }
    });
    let (Some(curve), [Some(three), Some(two)], Some(churn), Some((of_mechanisms, mechanisms))) =
        (curve, exits, churn, mechanisms)
    else {
        return Ok(None);
    };
    let mut more = |runs: u64| step(runs * ORDERS_PER_RUN, progress);
    let Some(society) = society::run(studies, options.threads, stop, &mut more)? else { return Ok(None) };
    let mut numbers = Numbers::default();
    curve.numbers(&mut numbers);
    three.numbers(3, &mut numbers);
    two.numbers(2, &mut numbers);
    churn.numbers(&mut numbers);
    numbers.list.extend(of_mechanisms.list);
    society.numbers(&mut numbers);
    Ok(Some(Findings { options, numbers, curve, exits: [three, two], churn, mechanisms, society }))
}

impl Findings {
    /// Every table: one or more for each experiment. Columns: `docs/reference/advert-columns.md`.
    pub fn tables(&self) -> Vec<Table> {
        let mut tables = vec![self.numbers.table()];
        tables.extend(self.curve.tables());
        tables.extend(equal::exit_tables(&[&self.exits[0], &self.exits[1]]));
        tables.push(self.churn.table());
        tables.extend(self.mechanisms.tables());
        tables.extend(self.society.tables());
        tables
    }

    /// Writes the folder: two reports, charts, tables, numbers. Each file appears complete or not at all.
    pub fn write(&self, folder: &Path, progress: &mut dyn FnMut(Progress)) -> Result<(), WriteError> {
        let charts = charts::all(self);
        let texts = [
            ("numbers.json", format!("{:#}\n", self.to_json())),
            ("report.zh.html", report::html(self, &charts, Lang::Zh)),
            ("report.en.html", report::html(self, &charts, Lang::En)),
        ];
        write_folder(folder, &self.tables(), &charts, &texts, progress)
    }

    /// The result in a few lines: the first screen of the report.
    pub fn text(&self, in_chinese: bool) -> String {
        let lang = if in_chinese { Lang::Zh } else { Lang::En };
        let count = |name: &str| crate::report::text::number(self.numbers.count(name));
        let back = crate::report::text::times(self.numbers.count("equal.3x.median_ppm") * 1_000);
        let exits = count("equal.3x.exits");
        let mut lines = lang.pick([
            format!("10 万人每人消费 1,000 元：{exits} 人现金回本；正中间的会员拿回 {back} 元（积分全部卖出）。\n"),
            format!("100,000 people spend 1,000 yuan each: {exits} have their money back in cash; the member in the middle has {back} yuan (all points sold).\n"),
        ]);
        for claim in claims(self) {
            let (verdict, says) = (lang.pick(claim.verdict.words()), lang.pick(claim.says));
            lines += &lang.pick([format!("{verdict}：{says}\n"), format!("{verdict}: {says}\n")]);
        }
        lines
    }

    /// The object of `numbers.json` and `--json`.
    pub fn to_json(&self) -> serde_json::Value {
        let claims = claims(self).into_iter().map(|claim| {
            let [zh, en] = claim.says;
            serde_json::json!({ "claim": claim.id, "literal": claim.is_literal, "zh": zh, "en": en, "verdict": claim.verdict.name() })
        });
        serde_json::json!({
            "claims": claims.collect::<Vec<_>>(),
            "seed": self.options.seed,
            "runs": self.options.runs,
            "curve_orders": self.options.curve_orders,
            "currency": "CNY",
            "numbers": self.numbers.json(),
        })
    }
}
