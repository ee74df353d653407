//! The folder of a fork: tables, charts, report; and its numbers as JSON and in a few lines.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{COHORT_COLUMNS, Compared, Fork, Side, charts, report};
use crate::progress::Progress;
use crate::report::text::{Lang, number, times};
use crate::simulate::{DAY_COLUMNS, RUN_COLUMNS};
use crate::study::{Band, Cell, Table, WriteError, write_folder};

/// Files that every fork's folder has; each table also as `.parquet`, charts in `charts/`.
pub const FILES: [&str; 7] =
    ["report.html", "summary.json", "cohorts.csv", "differences.csv", "days.csv", "end.csv", "runs.csv"];

const BAND: [&str; 9] = ["p5", "p25", "p50", "p75", "p95", "mean", "mean_error", "min", "max"];

fn text(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

fn band(band: &Band) -> impl Iterator<Item = Cell> {
    band.quantiles.into_iter().chain([band.mean, band.error, band.least, band.most]).map(Cell::Number)
}

fn columns(texts: &[&str], numbers: &[&str]) -> Vec<(String, bool)> {
    let texts = texts.iter().map(|name| ((*name).to_owned(), true));
    texts.chain(numbers.iter().map(|name| ((*name).to_owned(), false))).collect()
}

impl Fork {
    /// Every table. Columns: `docs/reference/fork-columns.md`.
    pub fn tables(&self, found: &Compared) -> Vec<Table> {
        let mut cohorts = Vec::new();
        let mut differences = Vec::new();
        let mut runs = Vec::new();
        for (case, of) in self.cases.iter().enumerate() {
            for (cohort, which) in self.cohorts.iter().enumerate() {
                for (column, (name, _)) in COHORT_COLUMNS.iter().enumerate() {
                    let head = || [&of.label, which.side.name(), &which.joined, *name].map(text);
                    cohorts
                        .push(head().into_iter().chain(band(&found.cohort(case, cohort, column))).collect());
                    if case > 0 {
                        let difference = found.difference(case, cohort, column);
                        differences.push(head().into_iter().chain(band(&difference)).collect());
                    }
                }
                for (run, outcomes) in (0_i64..).zip(&found.runs[case]) {
                    let mut row = [&of.label, which.side.name(), &which.joined].map(text).to_vec();
                    row.push(Cell::Number(run));
                    row.extend(outcomes.cohorts[cohort].map(Cell::Number));
                    runs.push(row);
                }
            }
        }
        let of_cohort = columns(&["case", "side", "joined", "metric"], &BAND);
        let names: Vec<&str> = std::iter::once("run").chain(COHORT_COLUMNS.map(|(name, _)| name)).collect();
        vec![
            Table { name: "cohorts", columns: of_cohort.clone(), rows: cohorts },
            Table { name: "differences", columns: of_cohort, rows: differences },
            self.days(found),
            self.end(found),
            Table { name: "runs", columns: columns(&["case", "side", "joined"], &names), rows: runs },
        ]
    }

    /// The date of a day of the fork, from 1.
    pub(super) fn date(&self, day: u32) -> String {
        self.at.plus(i64::from(day)).to_string()
    }

    fn days(&self, found: &Compared) -> Table {
        let mut rows = Vec::new();
        for (case, of) in self.cases.iter().enumerate() {
            for (place, day) in of.scenario.result_days().into_iter().enumerate() {
                for (column, metric) in DAY_COLUMNS.iter().enumerate() {
                    let mut row = [of.label.as_str(), &self.date(day), metric.name].map(text).to_vec();
                    row.push(Cell::Number(i64::from(day)));
                    row.extend(band(&found.day(case, place, column)));
                    rows.push(row);
                }
            }
        }
        let numbers: Vec<&str> = std::iter::once("day").chain(BAND).collect();
        Table { name: "days", columns: columns(&["case", "date", "metric"], &numbers), rows }
    }

    fn end(&self, found: &Compared) -> Table {
        let mut rows = Vec::new();
        for (case, of) in self.cases.iter().enumerate() {
            for (column, metric) in RUN_COLUMNS.iter().enumerate() {
                let mut row = [of.label.as_str(), metric.name].map(text).to_vec();
                row.extend(band(&found.end(case, column)));
                rows.push(row);
            }
        }
        Table { name: "end", columns: columns(&["case", "metric"], &BAND), rows }
    }

    /// Writes the folder. Each file appears complete or not at all.
    pub fn write(
        &self,
        found: &Compared,
        folder: &Path,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), WriteError> {
        let charts = charts::all(self, found);
        let texts = [
            ("summary.json", format!("{:#}\n", self.to_json(found))),
            ("report.html", report::html(self, found, &charts)),
        ];
        write_folder(folder, &self.tables(found), &charts, &texts, progress)
    }

    /// The object of `summary.json` and `--json`: medians of the cohorts, and of their differences.
    pub fn to_json(&self, found: &Compared) -> Value {
        let numbers = |of: &dyn Fn(usize) -> Band| {
            let medians = COHORT_COLUMNS.iter().enumerate();
            Value::Object(
                medians
                    .map(|(place, (name, _))| ((*name).to_owned(), json!(of(place).median())))
                    .collect::<Map<_, _>>(),
            )
        };
        let cases = self.cases.iter().enumerate().map(|(case, of)| {
            let cohorts = self.cohorts.iter().enumerate().map(|(place, cohort)| {
                let mut entry = json!({
                    "side": cohort.side.name(),
                    "joined": cohort.joined,
                    "median": numbers(&|column| found.cohort(case, place, column)),
                });
                if case > 0 {
                    entry["difference"] = numbers(&|column| found.difference(case, place, column));
                }
                entry
            });
            json!({ "case": of.label, "cohorts": cohorts.collect::<Vec<_>>() })
        });
        json!({
            "journal": {
                "file": self.journal.file,
                "entries": self.journal.entries,
                "entries_before_fork": self.journal.entries_before,
                "intact": true,
                "digest_at_fork": self.journal.digest,
            },
            "at": self.at.to_string(),
            "days": self.cases[0].scenario.acting_days(),
            "currency": self.cases[0].scenario.currency().code(),
            "runs": self.runs,
            "seed": self.seed,
            "bounds_broken": found.broken(),
            "cases": cases.collect::<Vec<_>>(),
        })
    }

    /// The place of all members of a side.
    pub(super) fn all(&self, side: Side) -> usize {
        self.cohorts.iter().position(|cohort| cohort.joined.is_empty() && cohort.side == side).unwrap_or(0)
    }

    /// The result in a few lines, in Chinese or English.
    pub fn text(&self, found: &Compared, in_chinese: bool) -> String {
        let lang = if in_chinese { Lang::Zh } else { Lang::En };
        let column = super::cohort_place;
        let (entries, days) = (number(self.journal.entries), self.cases[0].scenario.acting_days());
        let (file, at, runs) = (&self.journal.file, self.at, number(self.runs));
        let mut lines = lang.pick([
            format!("{file}：{entries} 条记录全部相符（哈希链、重放、重新判定）。从 {at} 结束时分叉，向前 {days} 天，模拟 {runs} 次，种子 {}。\n", self.seed),
            format!("{file}: all {entries} entries fit (hash chain, replay, every decision made again). Forked at the end of {at}, {days} days forward, {runs} runs, seed {}.\n", self.seed),
        ]);
        for (case, of) in self.cases.iter().enumerate() {
            let middle = |side| {
                let median = found.cohort(case, self.all(side), column("median_ppm")).median();
                times(median.unsigned_abs() * 100)
            };
            let label = match (of.label.as_str(), lang) {
                (super::AS_IT_WAS, Lang::Zh) => "照旧",
                (label, _) => label,
            };
            let (old, new) = (middle(Side::Before), middle(Side::After));
            lines += &lang.pick([
                format!("{label}：每消费 100，分叉前的会员正中间拿回 {old}，之后加入的正中间拿回 {new}（现金加积分净额）。\n"),
                format!("{label}: of each 100 spent the member in the middle has {old} among those before the fork, {new} among those after it (cash and points, net).\n"),
            ]);
        }
        if found.broken() > 0 {
            lines += &lang.pick([
                format!("守恒在 {} 次模拟中不成立：这是程序缺陷，请报告。\n", found.broken()),
                format!("Conservation did not hold in {} runs: a bug, please report it.\n", found.broken()),
            ]);
        }
        lines
    }
}
