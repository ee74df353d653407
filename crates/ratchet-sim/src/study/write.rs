//! The folder of a study: report, charts and tables. Each file is written beside its place and renamed when it is complete.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::NamedTempFile;

use ratchet_engine::message::{Message, System};

use super::charts;
use super::parquet;
use super::report;
use super::sensitivity::effects;
use super::tables::{Cell, Table, runs, tables};
use super::{Store, StoreError, Study, Summary, summary};
use crate::chart::Chart;
use crate::csv::put_text;
use crate::fault::FileFault;
use crate::progress::{Phase, Progress};
use crate::report::text::{Lang, percent};
use crate::simulate::{DAY_COLUMNS, RUN_COLUMNS};

/// Name of the file that a study resumes from.
pub const RUNS_FILE: &str = "runs.bin";

/// Files that every study's folder has; each table also as `.parquet`, charts in `charts/`.
pub const FILES: [&str; 7] =
    ["report.html", "summary.json", "days.csv", "end.csv", "convergence.csv", "runs.csv", RUNS_FILE];

/// Why the folder could not be written.
#[derive(Debug)]
pub enum WriteError {
    /// The results could not be read.
    Store(StoreError),
    /// A file could not be written.
    Io(PathBuf, std::io::Error),
}

impl WriteError {
    /// What is said about it.
    pub fn message(&self) -> Message {
        match self {
            WriteError::Store(error) => error.message(),
            WriteError::Io(path, error) => {
                FileFault::CannotWrite { file: path.display().to_string(), error: System(error) }.into()
            }
        }
    }
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.message().fmt(out)
    }
}

impl std::error::Error for WriteError {}

impl From<StoreError> for WriteError {
    fn from(error: StoreError) -> WriteError {
        WriteError::Store(error)
    }
}

/// Sums up every variant.
pub fn summaries(study: &Study, store: &mut Store) -> Result<Vec<Summary>, StoreError> {
    (0..study.variants.len()).map(|variant| summary(study, store, variant)).collect()
}

/// Writes a file beside its place and renames it.
fn file(
    folder: &Path,
    name: &str,
    write: impl FnOnce(&mut BufWriter<&std::fs::File>) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let path = folder.join(name);
    let failed = |error| WriteError::Io(path.clone(), error);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ratchet-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let temporary: NamedTempFile = builder.tempfile_in(path.parent().unwrap_or(folder)).map_err(failed)?;
    let mut out = BufWriter::new(temporary.as_file());
    write(&mut out)?;
    out.flush().map_err(failed)?;
    drop(out);
    temporary.persist(&path).map(drop).map_err(|error| failed(error.error))
}

/// Writes everything that a finished study comes to into its folder.
pub fn write(
    study: &Study,
    store: &mut Store,
    folder: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Summary>, WriteError> {
    let summaries = summaries(study, store)?;
    let effects = effects(study, &summaries);
    let charts = charts::all(study, &summaries, &effects);
    let in_folder = |error| WriteError::Io(folder.to_owned(), error);
    std::fs::create_dir_all(folder.join("charts")).map_err(in_folder)?;
    let tables = tables(study, &summaries, &effects);
    let total = (tables.len() + charts.len() + 2) as u64;
    let mut done = 0;
    let mut step = |progress: &mut dyn FnMut(Progress)| {
        done += 1;
        progress(Progress { phase: Phase::Writing, done, total });
    };
    for table in &tables {
        write_table(folder, table)?;
        step(progress);
    }
    write_runs(study, store, folder)?;
    step(progress);
    for chart in &charts {
        write_chart(folder, chart)?;
        step(progress);
    }
    text_file(folder, "summary.json", &format!("{:#}\n", to_json(study, &summaries)))?;
    text_file(folder, "report.html", &report::html(study, &summaries, &effects, &charts))?;
    step(progress);
    Ok(summaries)
}

/// A folder of tables, charts in both languages and texts, in this order: a report that is there speaks of files that are there. Each
/// file appears complete or not at all.
pub(crate) fn write_folder(
    folder: &Path,
    tables: &[Table],
    charts: &[Chart],
    texts: &[(&str, String)],
    progress: &mut dyn FnMut(Progress),
) -> Result<(), WriteError> {
    std::fs::create_dir_all(folder.join("charts"))
        .map_err(|error| WriteError::Io(folder.to_owned(), error))?;
    let total = (tables.len() + charts.len() + texts.len()) as u64;
    let mut done = 0;
    let mut step = || {
        done += 1;
        progress(Progress { phase: Phase::Writing, done, total });
    };
    for table in tables {
        write_table(folder, table)?;
        step();
    }
    for chart in charts {
        write_chart(folder, chart)?;
        step();
    }
    for (name, text) in texts {
        text_file(folder, name, text)?;
        step();
    }
    Ok(())
}

fn write_chart(folder: &Path, chart: &Chart) -> Result<(), WriteError> {
    for (lang, svg) in [("zh", &chart.zh), ("en", &chart.en)] {
        text_file(folder, &format!("charts/{}.{lang}.svg", chart.name), svg)?;
    }
    Ok(())
}

/// A table as CSV and as Parquet.
fn write_table(folder: &Path, table: &Table) -> Result<(), WriteError> {
    write_csv(folder, table)?;
    file(folder, &format!("{}.parquet", table.name), |out| {
        let failed = |error| WriteError::Io(folder.join(table.name), error);
        let mut file = parquet::File::new(out, &table.columns).map_err(failed)?;
        file.write(table).and_then(|()| file.finish()).map_err(failed)
    })
}

/// A text, complete or not at all.
fn text_file(folder: &Path, name: &str, text: &str) -> Result<(), WriteError> {
    file(folder, name, |out| {
        out.write_all(text.as_bytes()).map_err(|error| WriteError::Io(folder.join(name), error))
    })
}

fn write_csv(folder: &Path, table: &Table) -> Result<(), WriteError> {
    let name = format!("{}.csv", table.name);
    file(folder, &name, |out| {
        let mut bytes = header(table);
        rows(table, &mut bytes);
        out.write_all(&bytes).map_err(|error| WriteError::Io(folder.join(&name), error))
    })
}

fn header(table: &Table) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (place, (name, _)) in table.columns.iter().enumerate() {
        if place > 0 {
            bytes.push(b',');
        }
        put_text(&mut bytes, name.as_bytes());
    }
    bytes.push(b'\n');
    bytes
}

fn rows(table: &Table, bytes: &mut Vec<u8>) {
    for row in &table.rows {
        for (place, cell) in row.iter().enumerate() {
            if place > 0 {
                bytes.push(b',');
            }
            match cell {
                Cell::Number(number) => bytes.extend_from_slice(number.to_string().as_bytes()),
                Cell::Text(text) => put_text(bytes, text.as_bytes()),
                Cell::Empty => {}
            }
        }
        bytes.push(b'\n');
    }
}

/// One row a run, in pieces: memory does not grow with the runs.
fn write_runs(study: &Study, store: &mut Store, folder: &Path) -> Result<(), WriteError> {
    let failed = |error| WriteError::Io(folder.join("runs"), error);
    let broken = |error| StoreError::Io(folder.join("runs"), error);
    file(folder, "runs.csv", |csv| {
        file(folder, "runs.parquet", |out| {
            let mut parquet = None;
            let mut out = Some(out);
            runs(study, store, |table| {
                let mut bytes = Vec::new();
                if let Some(out) = out.take() {
                    parquet = Some(parquet::File::new(out, &table.columns).map_err(broken)?);
                    bytes = header(table);
                }
                rows(table, &mut bytes);
                csv.write_all(&bytes).map_err(broken)?;
                parquet.as_mut().map_or(Ok(()), |parquet| parquet.write(table)).map_err(broken)
            })?;
            parquet.map_or(Ok(()), |parquet| parquet.finish()).map_err(failed)
        })
    })
}

/// The object of `summary.json` and `--json`: numbers as in the tables.
pub fn to_json(study: &Study, summaries: &[Summary]) -> serde_json::Value {
    let variants = study.variants.iter().zip(summaries).map(|(variant, summary)| {
        let band = |band: &super::Band| {
            let [p5, p25, p50, p75, p95] = band.quantiles;
            json!({ "p5": p5, "p25": p25, "p50": p50, "p75": p75, "p95": p95,
                    "mean": band.mean, "mean_error": band.error, "min": band.least, "max": band.most })
        };
        let end: serde_json::Map<String, serde_json::Value> = RUN_COLUMNS
            .iter()
            .zip(&summary.end)
            .map(|(column, of)| (column.name.to_owned(), band(of)))
            .collect();
        let last = summary.days.last();
        let last: serde_json::Map<String, serde_json::Value> = DAY_COLUMNS
            .iter()
            .zip(last.into_iter().flatten())
            .map(|(column, of)| (column.name.to_owned(), band(of)))
            .collect();
        json!({ "variant": variant.label, "plan": variant.scenario.plans[variant.plan].label,
                "end": end, "last_day": last, "bounds_broken": summary.broken })
    });
    let name = &study.scenario.name;
    json!({
        "scenario": { "zh": name.zh, "en": name.en, "days": study.scenario.days, "start": study.scenario.start.to_string() },
        "currency": study.scenario.currency().code(),
        "runs": study.runs,
        "seed": study.seed,
        "variants": variants.collect::<Vec<_>>(),
    })
}

/// The result in a few lines: the same facts as the first screen of the report.
pub(crate) fn lines(study: &Study, summaries: &[Summary], lang: Lang) -> String {
    let mut lines = String::new();
    let name = lang.pick([&study.scenario.name.zh, &study.scenario.name.en]);
    let runs = crate::report::text::number(study.runs);
    let days = study.scenario.acting_days();
    lines += &lang.pick([
        format!("{name}：{days} 天，模拟 {runs} 次，种子 {}\n", study.seed),
        format!("{name}: {days} days, {runs} runs, seed {}\n", study.seed),
    ]);
    for (variant, summary) in study.variants.iter().zip(summaries) {
        let share = |band: super::Band, place: usize| percent(band.quantiles[place].unsigned_abs());
        let (middle, recovered) = (summary.end("median_ppm"), summary.end("recovered_ppm"));
        let buyers = crate::report::text::number(summary.end("buyers").median().unsigned_abs());
        lines += &lang.pick([
            format!(
                "{}：约 {buyers} 名消费过的会员；现金已回本 {}（九成的模拟在 {} 到 {} 之间）；正中间的会员拿回消费的 {}（{} 到 {}），现金加积分。\n",
                variant.label,
                share(recovered, 2),
                share(recovered, 0),
                share(recovered, 4),
                share(middle, 2),
                share(middle, 0),
                share(middle, 4),
            ),
            format!(
                "{}: about {buyers} members who bought; {} have their money back in cash ({} to {} in nine of ten runs); the member in the middle has {} of its spending ({} to {}), cash and points.\n",
                variant.label,
                share(recovered, 2),
                share(recovered, 0),
                share(recovered, 4),
                share(middle, 2),
                share(middle, 0),
                share(middle, 4),
            ),
        ]);
        if summary.broken > 0 {
            lines += &lang.pick([
                format!("  守恒界在 {} 次模拟中不成立：这是程序缺陷，请报告。\n", summary.broken),
                format!(
                    "  The conservation bounds did not hold in {} runs: a bug, please report it.\n",
                    summary.broken
                ),
            ]);
        }
    }
    lines
}

/// The result in a few lines, in Chinese or English.
pub fn text(study: &Study, summaries: &[Summary], in_chinese: bool) -> String {
    lines(study, summaries, if in_chinese { Lang::Zh } else { Lang::En })
}
