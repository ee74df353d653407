//! Results as tables: the same rows in CSV and Parquet. Columns: `docs/reference/simulate-columns.md`.

use super::{Band, Effect, Store, StoreError, Study, Summary};
use crate::simulate::{DAY_COLUMNS, RUN_COLUMNS};

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// Nothing.
    Empty,
}

/// A table in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Name of its files, without ending.
    pub name: &'static str,
    /// Names of its columns, and whether they hold texts.
    pub columns: Vec<(String, bool)>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
}

fn text(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

fn whole(value: u64) -> Cell {
    Cell::Number(i64::try_from(value).unwrap_or(i64::MAX))
}

fn columns(texts: &[&str], numbers: &[&str]) -> Vec<(String, bool)> {
    let texts = texts.iter().map(|name| ((*name).to_owned(), true));
    texts.chain(numbers.iter().map(|name| ((*name).to_owned(), false))).collect()
}

const BAND: [&str; 9] = ["p5", "p25", "p50", "p75", "p95", "mean", "mean_error", "min", "max"];

fn band(band: &Band) -> impl Iterator<Item = Cell> {
    band.quantiles.into_iter().chain([band.mean, band.error, band.least, band.most]).map(Cell::Number)
}

/// Small tables: bands by day, bands at the end, convergence, and of a sweep its points and effects.
pub fn tables(study: &Study, summaries: &[Summary], effects: &[Effect]) -> Vec<Table> {
    let mut tables = vec![days(study, summaries), end(study, summaries), convergence(study, summaries)];
    if study.is_sweep {
        tables.push(points(study, summaries));
        tables.push(sensitivity(study, effects));
    }
    tables
}

fn days(study: &Study, summaries: &[Summary]) -> Table {
    let mut rows = Vec::new();
    let result_days = study.result_days();
    for (variant, summary) in study.variants.iter().zip(summaries) {
        for (day, bands) in result_days.iter().zip(&summary.days) {
            let date = variant.scenario.start.plus(i64::from(*day) - 1).to_string();
            for (column, of) in DAY_COLUMNS.iter().zip(bands) {
                let mut row =
                    vec![text(&variant.label), text(&date), text(column.name), whole(u64::from(*day))];
                row.extend(band(of));
                rows.push(row);
            }
        }
    }
    let mut columns = columns(&["variant", "date", "metric"], &["day"]);
    columns.extend(BAND.iter().map(|name| ((*name).to_owned(), false)));
    Table { name: "days", columns, rows }
}

fn end(study: &Study, summaries: &[Summary]) -> Table {
    let mut rows = Vec::new();
    for (variant, summary) in study.variants.iter().zip(summaries) {
        for (column, of) in RUN_COLUMNS.iter().zip(&summary.end) {
            let mut row = vec![text(&variant.label), text(column.name)];
            row.extend(band(of));
            rows.push(row);
        }
    }
    Table { name: "end", columns: columns(&["variant", "metric"], &BAND), rows }
}

fn convergence(study: &Study, summaries: &[Summary]) -> Table {
    let mut rows = Vec::new();
    for (variant, summary) in study.variants.iter().zip(summaries) {
        for of in &summary.convergence {
            for (runs, step) in &of.steps {
                let mut row = vec![text(&variant.label), text(of.name), whole(*runs)];
                row.extend(band(step));
                rows.push(row);
            }
        }
    }
    let mut columns = columns(&["variant", "metric"], &["runs"]);
    columns.extend(BAND.iter().map(|name| ((*name).to_owned(), false)));
    Table { name: "convergence", columns, rows }
}

fn points(study: &Study, summaries: &[Summary]) -> Table {
    let parameters = study.scenario.study.iter().flat_map(|sweep| &sweep.parameters);
    let mut columns = columns(&["variant", "plan"], &[]);
    columns.extend(parameters.map(|parameter| (parameter.key.clone(), true)));
    columns.extend(RUN_COLUMNS.iter().map(|column| (column.name.to_owned(), false)));
    let mut rows = Vec::new();
    for (variant, summary) in study.variants.iter().zip(summaries) {
        let mut row = vec![text(&variant.label), text(&variant.scenario.plans[variant.plan].label)];
        // Empty where the parameter is as the scenario has it.
        row.extend(variant.values.iter().map(|value| match value.as_str() {
            "" => Cell::Empty,
            value => text(value.trim_matches('"')),
        }));
        row.extend(summary.end.iter().map(|band| Cell::Number(band.mean)));
        rows.push(row);
    }
    Table { name: "points", columns, rows }
}

fn sensitivity(study: &Study, effects: &[Effect]) -> Table {
    let sweep = study.scenario.study.as_ref();
    let rows = effects.iter().map(|effect| {
        let key =
            sweep.and_then(|sweep| sweep.parameters.get(effect.parameter)).map_or("", |of| of.key.as_str());
        vec![
            text(&study.scenario.plans[effect.plan].label),
            text(key),
            text(effect.name),
            effect.rank_ppm.map_or(Cell::Empty, Cell::Number),
            Cell::Number(effect.alone[0]),
            Cell::Number(effect.alone[1]),
        ]
        .into_iter()
        .chain((0..3).map(|place| effect.morris.map_or(Cell::Empty, |found| Cell::Number(found[place]))))
        .collect()
    });
    let rows = rows.collect();
    let numbers = ["rank_ppm", "alone_first", "alone_last", "morris_mean", "morris_size", "morris_deviation"];
    let columns = columns(&["plan", "parameter", "metric"], &numbers);
    Table { name: "sensitivity", columns, rows }
}

/// One row for each run: the numbers at its end. It is made and written in pieces; `each` sees them in order.
pub(crate) fn runs(
    study: &Study,
    store: &mut Store,
    mut each: impl FnMut(&Table) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for first in (0..study.jobs()).step_by(ROWS_TOGETHER as usize) {
        each(&runs_between(study, store, first, ROWS_TOGETHER)?)?;
    }
    Ok(())
}

/// At most `rows` rows of the table of runs, from row `first` on; past its end a table without rows.
pub fn runs_between(study: &Study, store: &mut Store, first: u64, rows: u64) -> Result<Table, StoreError> {
    let mut columns = columns(&["variant"], &["run"]);
    columns.extend(RUN_COLUMNS.iter().map(|column| (column.name.to_owned(), false)));
    let mut table = Table { name: "runs", columns, rows: Vec::new() };
    for row in first..first.saturating_add(rows).min(study.jobs()) {
        let (place, run) = ((row / study.runs) as usize, row % study.runs);
        let numbers = store.end_of(study, place, run)?;
        let mut cells = vec![text(&study.variants[place].label), whole(run)];
        cells.extend(numbers.into_iter().map(Cell::Number));
        table.rows.push(cells);
    }
    Ok(table)
}

/// Rows of a run table that are held at once.
const ROWS_TOGETHER: u64 = 4_096;
