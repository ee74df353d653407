//! Progress for whoever called, and Ctrl-C from the keyboard, while the work runs without the interpreter's lock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use ratchet_sim::progress::{Phase, Progress};

/// News is passed on at most this often.
const EVERY: Duration = Duration::from_millis(100);

/// Tells Python how far the work is; an exception there, or a signal, stops it.
pub(crate) struct Watch<'a> {
    callback: Option<Py<PyAny>>,
    stop: &'a AtomicBool,
    error: Option<PyErr>,
    told: Option<(Instant, Phase)>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(callback: Option<Py<PyAny>>, stop: &'a AtomicBool) -> Watch<'a> {
        Watch { callback, stop, error: None, told: None }
    }

    /// Takes news.
    pub(crate) fn tell(&mut self, progress: Progress) {
        let is_end = progress.total > 0 && progress.done >= progress.total;
        let is_new = self.told.is_none_or(|(at, phase)| phase != progress.phase || at.elapsed() >= EVERY);
        if self.error.is_some() || !(is_new || is_end) {
            return;
        }
        self.told = Some((Instant::now(), progress.phase));
        let told = Python::attach(|py| {
            py.check_signals()?;
            let Some(callback) = &self.callback else { return Ok(()) };
            callback.call1(py, (name(progress.phase), progress.done, progress.total)).map(drop)
        });
        if let Err(error) = told {
            self.error = Some(error);
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    /// The exception that stopped the work, if one did; else the result.
    pub(crate) fn end<T>(self, result: PyResult<T>) -> PyResult<T> {
        match self.error {
            Some(error) => Err(error),
            None => result,
        }
    }
}

fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Reading => "reading",
        Phase::Running => "running",
        Phase::Settling => "settling",
        Phase::Writing => "writing",
        Phase::Generating => "generating",
        Phase::Simulating => "simulating",
    }
}
