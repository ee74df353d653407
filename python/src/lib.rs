//! The compiled half of the Python package. It reads arguments, calls `ratchet-sim` as the binary does, and hands results over as Arrow
//! tables. No amount is computed here.

mod backtest;
mod check;
mod source;
mod study;
mod table;
mod watch;

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use ratchet_sim::input::Fault;

create_exception!(
    ratchet,
    RatchetError,
    PyException,
    "What ratchet cannot do, in the words of the command line."
);
create_exception!(
    ratchet,
    Refused,
    RatchetError,
    "The content was understood and refused, or is wrong (exit code 1 of the binary)."
);
create_exception!(
    ratchet,
    UsageError,
    RatchetError,
    "An argument is wrong, or a file cannot be read or written (exit code 2 of the binary)."
);

/// A fault as the exception that carries its sentence.
fn raised(fault: Fault) -> PyErr {
    match fault {
        Fault::Refused(message) => Refused::new_err(message.en),
        Fault::Usage(message) => UsageError::new_err(message.en),
    }
}

/// Names of the plans that come with the package.
#[pyfunction]
fn plan_presets() -> Vec<&'static str> {
    ratchet_sim::scenario::PRESETS.iter().map(|(name, _)| *name).collect()
}

/// Names of the scenarios that come with the package.
#[pyfunction]
fn scenario_presets() -> Vec<&'static str> {
    ratchet_sim::scenario::SCENARIOS.iter().map(|(name, _)| *name).collect()
}

/// The text of a plan or scenario that comes with the package.
#[pyfunction]
fn preset_text(name: &str) -> PyResult<&'static str> {
    let mut known = ratchet_sim::scenario::PRESETS.iter().chain(&ratchet_sim::scenario::SCENARIOS);
    let found = known.find(|(preset, _)| *preset == name).map(|(_, text)| *text);
    found.ok_or_else(|| UsageError::new_err(format!("there is no preset {name}")))
}

/// `ratchet._native`.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("RatchetError", py.get_type::<RatchetError>())?;
    module.add("Refused", py.get_type::<Refused>())?;
    module.add("UsageError", py.get_type::<UsageError>())?;
    module.add_class::<table::Table>()?;
    module.add_class::<backtest::Backtest>()?;
    module.add_class::<study::Study>()?;
    module.add_class::<study::Collected>()?;
    module.add_class::<study::Results>()?;
    module.add_class::<check::Checked>()?;
    module.add_function(wrap_pyfunction!(backtest::backtest, module)?)?;
    module.add_function(wrap_pyfunction!(check::check, module)?)?;
    module.add_function(wrap_pyfunction!(plan_presets, module)?)?;
    module.add_function(wrap_pyfunction!(scenario_presets, module)?)?;
    module.add_function(wrap_pyfunction!(preset_text, module)?)?;
    Ok(())
}
