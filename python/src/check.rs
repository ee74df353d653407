//! `ratchet.check`: the report of the binary's `check`.

use std::path::PathBuf;

use pyo3::prelude::*;
use ratchet_engine::gate::Opinions;
use ratchet_engine::plan::Mode;
use ratchet_engine::time::Day;
use ratchet_sim::check::{Asked, Report, book, jurisdictions};
use ratchet_sim::input;
use serde_json::Value;

use crate::source::Source;
use crate::table::{Column, Rows, Table, broken};
use crate::{UsageError, raised};

/// What is to be said of a plan.
#[pyclass(module = "ratchet._native", frozen)]
pub(crate) struct Checked {
    #[pyo3(get)]
    passed: bool,
    #[pyo3(get)]
    report_json: String,
    #[pyo3(get)]
    text_zh: String,
    #[pyo3(get)]
    text_en: String,
    #[pyo3(get)]
    rules: Py<Table>,
    #[pyo3(get)]
    findings: Py<Table>,
}

/// See `ratchet.check`.
#[pyfunction]
#[pyo3(signature = (plan, *, mode, jurisdiction, at, rules, opinions))]
pub(crate) fn check(
    py: Python<'_>,
    plan: Source,
    mode: Option<&str>,
    jurisdiction: Vec<String>,
    at: Option<&str>,
    rules: Vec<PathBuf>,
    opinions: Option<PathBuf>,
) -> PyResult<Checked> {
    let mode = match mode {
        None => None,
        Some("live") => Some(Mode::Live),
        Some("sandbox") => Some(Mode::Sandbox),
        Some(other) => {
            return Err(UsageError::new_err(format!("mode is \"sandbox\" or \"live\", not \"{other}\"")));
        }
    };
    let at = at
        .map(|day| Day::parse(day).ok_or_else(|| UsageError::new_err("at: write a date such as 2026-01-31")));
    let at = at.transpose()?;
    let (plan, file) = plan.plan().map_err(raised)?;
    let book = book(&rules).map_err(raised)?;
    let opinions = opinions.as_deref().map_or_else(|| Ok(Opinions::default()), input::opinions);
    let asked = Asked {
        file,
        jurisdictions: jurisdictions(&jurisdiction, &plan, &book).map_err(raised)?,
        mode,
        on: at.unwrap_or_else(|| input::today(&plan)),
        opinions: &opinions.map_err(raised)?,
        journal: None,
    };
    let report = Report::new(&plan, &book, asked);
    let json = report.to_json();
    let rules = [
        ("id", "/id"),
        ("jurisdiction", "/jurisdiction"),
        ("severity", "/severity"),
        ("bearing", "/bearing"),
        ("title_zh", "/title/zh"),
        ("title_en", "/title/en"),
        ("explanation_zh", "/explanation/zh"),
        ("explanation_en", "/explanation/en"),
        ("change_zh", "/change/zh"),
        ("change_en", "/change/en"),
        ("source", "/source"),
        ("article", "/article"),
        ("basis", "/basis"),
        ("evidence", "/evidence"),
    ];
    let findings = [
        ("code", "/code"),
        ("severity", "/severity"),
        ("key", "/key"),
        ("title_zh", "/title/zh"),
        ("title_en", "/title/en"),
        ("explanation_zh", "/explanation/zh"),
        ("explanation_en", "/explanation/en"),
    ];
    Ok(Checked {
        passed: report.passed(),
        text_zh: report.text(true),
        text_en: report.text(false),
        rules: Py::new(py, texts("rules", &json["rules"], rules)?)?,
        findings: Py::new(py, texts("findings", &json["findings"], findings)?)?,
        report_json: format!("{json:#}\n"),
    })
}

/// A list of objects as a table of texts: a column's name and its place in each object.
fn texts<const N: usize>(
    name: &'static str,
    list: &Value,
    columns: [(&'static str, &'static str); N],
) -> PyResult<Table> {
    let mut rows = Rows::new(name, columns.map(|(name, _)| (name, Column::text())));
    for object in list.as_array().into_iter().flatten() {
        let added = rows.add(|row| {
            for (column, (_, pointer)) in row.iter_mut().zip(columns) {
                column.put_text(object.pointer(pointer).and_then(Value::as_str));
            }
        });
        added.map_err(broken)?;
    }
    rows.finish().map_err(broken)
}
