//! `ratchet.simulate` and `ratchet.sweep`: a study whose runs may come from this process or from anywhere else.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use ratchet_sim::fault::{FileFault, file};
use ratchet_sim::input::{self, Fault};
use ratchet_sim::scenario::{RUNS_MAX, SCENARIOS, Scenario};
use ratchet_sim::study::{self, RUNS_FILE, Store, StoreError, WriteError};

use crate::source::{Named, Source};
use crate::table::{Table, broken};
use crate::watch::Watch;
use crate::{Refused, UsageError, raised};

/// What is to be run: a scenario with everything that it names, read and checked.
#[pyclass(module = "ratchet._native", frozen)]
pub(crate) struct Study {
    study: Arc<study::Study>,
    source: Named,
    files: BTreeMap<String, Vec<u8>>,
}

#[pymethods]
impl Study {
    /// `files`: bytes of what the scenario names, where it is not to be read from disk; `name`: what a text is called in messages.
    #[new]
    #[pyo3(signature = (scenario, *, runs = None, seed = 1, sweep = false, files = None))]
    fn new(
        py: Python<'_>,
        scenario: Source,
        runs: Option<u64>,
        seed: u64,
        sweep: bool,
        files: Option<BTreeMap<String, Vec<u8>>>,
    ) -> PyResult<Study> {
        if runs.is_some_and(|runs| !(1..=RUNS_MAX).contains(&runs)) {
            return Err(UsageError::new_err(format!("runs: not in 1..={RUNS_MAX}")));
        }
        py.detach(|| Study::read(scenario, runs, seed, sweep, files)).map_err(raised)
    }

    /// Runs in all: those of every variant.
    #[getter]
    fn jobs(&self) -> u64 {
        self.study.jobs()
    }

    /// What decides its numbers, as 32 hexadecimal digits: equal studies have equal runs.
    #[getter]
    fn fingerprint(&self) -> String {
        format!("{:032x}", study::fingerprint(&self.study))
    }

    /// The scenario's text.
    #[getter]
    fn text(&self) -> &str {
        &self.source.text
    }

    /// Every file that the scenario names, by the path as it stands there.
    #[getter]
    fn files<'py>(&self, py: Python<'py>) -> BTreeMap<&str, Bound<'py, PyBytes>> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), PyBytes::new(py, bytes))).collect()
    }

    /// What the scenario assumes: pairs of sentences, Chinese and English.
    fn explain(&self) -> Vec<(String, String)> {
        let said = self.study.scenario.explain();
        let name = &self.study.scenario.name;
        let title = (name.zh.clone(), name.en.clone());
        std::iter::once(title).chain(said.into_iter().map(|[zh, en]| (zh, en))).collect()
    }

    /// The records of these runs, one after the other, 8 bytes a number, least significant first.
    fn records<'py>(&self, py: Python<'py>, jobs: Vec<u64>) -> PyResult<Bound<'py, PyBytes>> {
        if let Some(job) = jobs.iter().find(|job| **job >= self.study.jobs()) {
            return Err(UsageError::new_err(format!(
                "there is no run {job}; there are {}",
                self.study.jobs()
            )));
        }
        let mut bytes = Vec::new();
        for job in jobs {
            let stop = AtomicBool::new(false);
            let record = py.detach(|| self.study.record(job, &stop));
            record.iter().flatten().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
            py.check_signals()?;
        }
        Ok(PyBytes::new(py, &bytes))
    }

    /// Begins to collect runs: in the folder `out`, where those of an interrupted study are kept, or in a temporary file.
    #[pyo3(signature = (out = None))]
    fn begin(&self, out: Option<PathBuf>) -> PyResult<Collected> {
        let store = match &out {
            Some(folder) => {
                std::fs::create_dir_all(folder).map_err(|error| {
                    UsageError::new_err(format!("cannot write {}: {error}", folder.display()))
                })?;
                Store::open(&folder.join(RUNS_FILE), &self.study)
            }
            None => Store::temporary(&self.study),
        };
        let store = store.map_err(not_kept)?;
        Ok(Collected { study: Arc::clone(&self.study), store: Arc::new(Mutex::new(store)), out })
    }
}

impl Study {
    fn read(
        scenario: Source,
        runs: Option<u64>,
        seed: u64,
        sweep: bool,
        files: Option<BTreeMap<String, Vec<u8>>>,
    ) -> Result<Study, Fault> {
        let source = scenario.read(file::SCENARIO, &SCENARIOS)?;
        let mut read = BTreeMap::new();
        let mut load = |path: &str| {
            let bytes = match &files {
                Some(files) => files.get(path).cloned().ok_or(FileFault::NotSent { path })?,
                None => input::load(&source.folder.join(path))?,
            };
            read.insert(path.to_owned(), bytes.clone());
            Ok(bytes)
        };
        let scenario = Scenario::parse(&source.name, &source.text, &mut load).map_err(Fault::from)?;
        let study = match sweep {
            false => study::Study::compare(scenario, runs, seed),
            true => study::Study::sweep(scenario, runs, seed, &mut load).map_err(Fault::Refused)?,
        };
        Ok(Study { study: Arc::new(study), source, files: read })
    }
}

/// Runs being collected.
#[pyclass(module = "ratchet._native", frozen)]
pub(crate) struct Collected {
    study: Arc<study::Study>,
    store: Arc<Mutex<Store>>,
    out: Option<PathBuf>,
}

#[pymethods]
impl Collected {
    /// Numbers of the runs that are not there yet.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u64>> {
        py.detach(|| self.store()?.missing(self.study.jobs()).map_err(not_kept))
    }

    /// Runs what is missing on so many threads; stops with what is done kept when a signal comes or the callback raises.
    #[pyo3(signature = (threads, progress = None))]
    fn run(&self, py: Python<'_>, threads: Option<i64>, progress: Option<Py<PyAny>>) -> PyResult<()> {
        let threads = match threads {
            Some(threads) => match usize::try_from(threads) {
                Ok(threads @ 1..=1024) => threads,
                Ok(_) | Err(_) => return Err(UsageError::new_err("threads: not in 1..=1024")),
            },
            None => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        };
        let stop = AtomicBool::new(false);
        let mut watch = Watch::new(progress, &stop);
        let ran = py.detach(|| {
            let mut store = self.store()?;
            self.study.run(&mut store, threads, &stop, &mut |progress| watch.tell(progress)).map_err(not_kept)
        });
        watch.end(ran)
    }

    /// Keeps the records of these runs, as `Study.records` gives them.
    fn put(&self, jobs: Vec<u64>, records: &[u8]) -> PyResult<()> {
        let length = records.len().checked_div(jobs.len()).unwrap_or(0);
        let fits = self.study.record_len() * 8 == length && length * jobs.len() == records.len();
        if !fits || jobs.iter().any(|job| *job >= self.study.jobs()) {
            return Err(PyRuntimeError::new_err("these records are of another study"));
        }
        let mut store = self.store()?;
        for (job, record) in jobs.into_iter().zip(records.chunks_exact(length.max(1))) {
            let numbers = record.as_chunks::<8>().0.iter().map(|bytes| i64::from_le_bytes(*bytes));
            store.put(job, numbers).map_err(not_kept)?;
        }
        Ok(())
    }

    /// Sums up; with a folder, writes what the binary writes.
    #[pyo3(signature = (progress = None))]
    fn finish(&self, py: Python<'_>, progress: Option<Py<PyAny>>) -> PyResult<Results> {
        let stop = AtomicBool::new(false);
        let mut watch = Watch::new(progress, &stop);
        let summed = py.detach(|| self.sum_up(&mut watch));
        let (json, texts, tables) = watch.end(summed)?;
        let [text_zh, text_en] = texts;
        let tables = tables.into_iter().map(|table| Py::new(py, table)).collect::<PyResult<_>>()?;
        Ok(Results { summary_json: json, text_zh, text_en, tables })
    }
}

impl Collected {
    fn store(&self) -> PyResult<MutexGuard<'_, Store>> {
        self.store.lock().map_err(|_| PyRuntimeError::new_err("a thread that held the results panicked"))
    }

    fn sum_up(&self, watch: &mut Watch<'_>) -> PyResult<(String, [String; 2], Vec<Table>)> {
        let study = &self.study;
        let mut store = self.store()?;
        let missing = store.missing(study.jobs()).map_err(not_kept)?;
        if !missing.is_empty() {
            return Err(PyRuntimeError::new_err(format!("{} runs are missing", missing.len())));
        }
        store.flush().map_err(not_kept)?;
        let summaries = match &self.out {
            Some(folder) => study::write(study, &mut store, folder, &mut |progress| watch.tell(progress))
                .map_err(|error: WriteError| UsageError::new_err(error.to_string()))?,
            None => study::summaries(study, &mut store).map_err(not_kept)?,
        };
        drop(store);
        let effects = study::effects(study, &summaries);
        let small = study::tables(study, &summaries, &effects);
        let mut tables = small.iter().map(Table::of_cells).collect::<Result<Vec<_>, _>>().map_err(broken)?;
        tables.push(Table::of_runs(study, &self.store)?);
        let text = |zh: bool| {
            let mut text = study::text(study, &summaries, zh);
            if let Some(folder) = &self.out {
                let report = folder.join("report.html").display().to_string();
                text += &if zh { format!("报告：{report}\n") } else { format!("Report: {report}\n") };
            }
            text
        };
        let json = format!("{:#}\n", study::to_json(study, &summaries));
        Ok((json, [text(true), text(false)], tables))
    }
}

/// What a study came to.
#[pyclass(module = "ratchet._native", frozen)]
pub(crate) struct Results {
    #[pyo3(get)]
    summary_json: String,
    #[pyo3(get)]
    text_zh: String,
    #[pyo3(get)]
    text_en: String,
    #[pyo3(get)]
    tables: Vec<Py<Table>>,
}

fn not_kept(error: StoreError) -> PyErr {
    match error {
        StoreError::OtherStudy(_) => Refused::new_err(error.to_string()),
        StoreError::Io(..) => UsageError::new_err(error.to_string()),
    }
}
