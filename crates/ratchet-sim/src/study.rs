//! Many runs: the same people under several plans or settings, on all cores, and what they come to.
//!
//! ```text
//! Scenario → Study (variants × runs) → Store (one record a run, on disk) → Tables, charts, report
//! ```
//!
//! A run's result is a record of whole numbers that depends on its variant, seed and number only. So neither the number of threads nor
//! the order in which they finish changes a byte, an interrupted study goes on where it was, and memory does not grow
//! with the number of runs (SIM-20).

mod bands;
mod charts;
mod parquet;
mod report;
pub(crate) mod sensitivity;
mod store;
pub(crate) mod sweep;
mod tables;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use ratchet_engine::message::Message;

use crate::fault::{FileFault, ScenarioFault};
use crate::progress::{Phase, Progress};
use crate::scenario::{Amounts, Loader, Parameter, Scenario, with_parameter};
use crate::simulate::{self, DAY_COLUMNS, RUN_COLUMNS};

pub(crate) use charts::axis;
pub(crate) use report::capital;
pub(crate) use write::write_folder;

pub use bands::{Band, Convergence, HEADLINES, Summary, summary};
pub use sensitivity::{Effect, effects};
pub use store::{Store, StoreError, fingerprint};
pub use tables::{Cell, Table, runs_between, tables};
pub use write::{FILES, RUNS_FILE, WriteError, summaries, text, to_json, write};

/// Results that wait to be written.
const RESULTS_AHEAD: usize = 64;
/// Progress is told at least this often, so that whoever watches can also stop.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// What is run: variants of one scenario, each the same number of times.
pub struct Study {
    /// The scenario as it was written.
    pub scenario: Arc<Scenario>,
    /// What is compared.
    pub variants: Vec<Variant>,
    /// Runs of each variant.
    pub runs: u64,
    /// Seed of all draws.
    pub seed: u64,
    /// Whether the variants are the points of a sweep.
    pub is_sweep: bool,
}

/// One scenario under one plan.
#[derive(Clone)]
pub struct Variant {
    /// How results show it.
    pub label: String,
    /// What is run.
    pub scenario: Arc<Scenario>,
    /// The place of its plan in the scenario.
    pub plan: usize,
    /// Of a sweep: the value of each parameter, as written.
    pub values: Vec<String>,
    /// What it is for.
    pub role: Role,
}

/// What a variant is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A plan of the scenario as written.
    Plan,
    /// One parameter at its first (or last) value, everything else as written (SIM-24).
    OneAtATime {
        /// The parameter.
        parameter: usize,
        /// Whether it is the last value.
        is_last: bool,
    },
    /// A point of the sweep (SIM-23).
    Point,
}

impl Study {
    /// The scenario's plans on the same people (SIM-22).
    pub fn compare(scenario: Scenario, runs: Option<u64>, seed: u64) -> Study {
        let scenario = Arc::new(scenario);
        let variants = scenario.plans.iter().enumerate().map(|(plan, named)| Variant {
            label: named.label.clone(),
            scenario: Arc::clone(&scenario),
            plan,
            values: Vec::new(),
            role: Role::Plan,
        });
        let variants = variants.collect();
        Study { runs: runs.unwrap_or(scenario.runs), scenario, variants, seed, is_sweep: false }
    }

    /// The points of the scenario's `[study]` on the same people, the scenario as written, and each parameter alone at its ends.
    pub fn sweep(
        scenario: Scenario,
        runs: Option<u64>,
        seed: u64,
        load: Loader<'_>,
    ) -> Result<Study, Message> {
        let Some(plan) = scenario.study.clone() else {
            return Err(ScenarioFault::NoStudy { file: &scenario.file }.into());
        };
        let scenario = Arc::new(scenario);
        let as_written = |parameter: &Parameter| parameter.key.clone();
        let mut variants = Vec::new();
        let mut add = |label: String, role: Role, settings: &[(usize, String)]| -> Result<(), Message> {
            let mut text = scenario.source.clone();
            for (parameter, value) in settings {
                let key = &plan.parameters[*parameter].key;
                text = with_parameter(&text, key, value)
                    .map_err(|error| ScenarioFault::Point { point: &label, error: error.into() })?;
            }
            let mut parsed = match settings.is_empty() {
                true => (*scenario).clone(),
                false => {
                    Scenario::parse(&label, &text, load).map_err(|errors| FileFault::Errors { errors })?
                }
            };
            share_customers(&mut parsed, &scenario);
            let mut values = vec![String::new(); plan.parameters.len()];
            for (parameter, value) in settings {
                values[*parameter] = value.clone();
            }
            let parsed = Arc::new(parsed);
            for (place, named) in parsed.plans.iter().enumerate() {
                let label = match parsed.plans.len() {
                    1 => label.clone(),
                    _ => format!("{label} · {}", named.label),
                };
                let scenario = Arc::clone(&parsed);
                variants.push(Variant { label, scenario, plan: place, values: values.clone(), role });
            }
            Ok(())
        };
        add("as written".to_owned(), Role::Plan, &[])?;
        for (place, parameter) in plan.parameters.iter().enumerate() {
            for (is_last, value) in [(false, parameter.values.first()), (true, parameter.values.last())] {
                let Some(value) = value else { continue };
                let label = format!("{} = {value}", as_written(parameter));
                let role = Role::OneAtATime { parameter: place, is_last };
                add(label, role, &[(place, value.clone())])?;
            }
        }
        for (number, values) in (1_u32..).zip(sweep::points(&plan, seed)) {
            let settings: Vec<(usize, String)> = values.into_iter().enumerate().collect();
            add(format!("point {number}"), Role::Point, &settings)?;
        }
        Ok(Study { scenario, variants, runs: runs.unwrap_or(plan.runs), seed, is_sweep: true })
    }

    /// Days of the daily results: those of the variant that has fewest.
    pub fn result_days(&self) -> Vec<u32> {
        let days = self.variants.iter().map(|variant| variant.scenario.result_days());
        days.min_by_key(Vec::len).unwrap_or_default()
    }

    /// Numbers in the record of a run.
    pub fn record_len(&self) -> usize {
        RUN_COLUMNS.len() + DAY_COLUMNS.len() * self.result_days().len()
    }

    /// How many runs there are in all.
    pub fn jobs(&self) -> u64 {
        self.runs * self.variants.len() as u64
    }

    /// Runs one of the [`jobs`](Study::jobs): the numbers of its record. None if `stop` was set meanwhile.
    pub fn record(&self, job: u64, stop: &AtomicBool) -> Option<Vec<i64>> {
        let variants = self.variants.len() as u64;
        let variant = &self.variants[(job % variants) as usize];
        let run = job / variants;
        let result = simulate::run_unless(&variant.scenario, variant.plan, self.seed, run, stop)?;
        let days = result.days.iter().take(self.result_days().len()).flatten();
        Some(result.end.iter().chain(days).copied().collect())
    }

    /// Runs whatever the store does not have yet, on `threads` threads. Stops early, with what is done stored, when `stop` is set.
    pub fn run(
        &self,
        store: &mut Store,
        threads: usize,
        stop: &AtomicBool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), StoreError> {
        let missing = store.missing(self.jobs())?;
        let (total, mut done) = (self.jobs(), self.jobs() - missing.len() as u64);
        progress(Progress { phase: Phase::Simulating, done, total });
        let next = AtomicU64::new(0);
        let mut failed = None;
        std::thread::scope(|scope| {
            let (results, arrived) = sync_channel::<(u64, Vec<i64>)>(RESULTS_AHEAD);
            for _ in 0..threads.max(1).min(missing.len().max(1)) {
                let results = results.clone();
                let (next, missing) = (&next, &missing);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        let Some(job) = missing.get(place as usize).copied() else { return };
                        let Some(record) = self.record(job, stop) else { return };
                        if results.send((job, record)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(results);
            loop {
                let (job, record) = match arrived.recv_timeout(TELL_EVERY) {
                    Ok(result) => result,
                    Err(RecvTimeoutError::Timeout) => {
                        progress(Progress { phase: Phase::Simulating, done, total });
                        continue;
                    }
                    Err(RecvTimeoutError::Disconnected) => break,
                };
                if let Err(error) = store.put(job, record.into_iter()) {
                    // The others stop at their next result.
                    failed = Some(error);
                    break;
                }
                done += 1;
                progress(Progress { phase: Phase::Simulating, done, total });
            }
        });
        match failed {
            Some(error) => Err(error),
            None => store.flush(),
        }
    }
}

/// Copies of the same customers are kept once.
fn share_customers(scenario: &mut Scenario, base: &Scenario) {
    for (_, kind) in &mut scenario.spending.kinds.parts {
        let Amounts::Orders { file, customers } = kind else { continue };
        for (_, other) in &base.spending.kinds.parts {
            if let Amounts::Orders { file: other_file, customers: other } = other
                && file == other_file
                && customers == other
            {
                *customers = Arc::clone(other);
            }
        }
    }
}
