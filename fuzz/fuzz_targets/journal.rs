//! Any text as a journal: verified, or an error with its line, never a panic. The hashes are computed anew first,
//! so that the fuzzer gets past the chain.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ratchet_engine::journal::Verifier;
use sha2::{Digest, Sha256};

fuzz_target!(|text: &str| {
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
