//! Any text as a plan file: a plan or errors with places, never a panic. Lint of a plan that parses never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ratchet_engine::lint::lint;
use ratchet_engine::plan::Plan;

fuzz_target!(|text: &str| match Plan::parse("plan.toml", text) {
    Ok(plan) => drop(lint(&plan)),
    Err(errors) => assert!(!errors.errors.is_empty() && !errors.to_string().is_empty()),
});
