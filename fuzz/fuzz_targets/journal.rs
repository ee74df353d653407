//! Any text as a journal: verified, or an error with its line, never a panic. The hashes are computed anew first,
//! so that the fuzzer gets past the chain. What the engine itself turns into an error of the entry is no finding.
#![no_main]

use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use ratchet_engine::engine::is_applying_recorded;
use ratchet_engine::journal::Verifier;
use sha2::{Digest, Sha256};

/// The fuzzer's own hook ends the process at any panic.
fn let_entries_be_refused() {
    let of_fuzzer = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !is_applying_recorded() {
            of_fuzzer(panic);
        }
    }));
}

fuzz_target!(|text: &str| {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(let_entries_be_refused);
    let mut verifier = Verifier::new();
    let mut previous = [0; 32];
    for body in text.lines() {
        let hash = Sha256::new().chain_update(previous).chain_update(body).finalize();
        previous = hash.into();
        let hex: String = previous.iter().map(|byte| format!("{byte:02x}")).collect();
        if let Err(error) = verifier.push(&format!("{{\"hash\":\"{hex}\",\"body\":{body}}}")) {
            assert!(error.line > 0);
            return;
        }
    }
    drop(verifier.finish());
});
