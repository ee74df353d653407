//! Any text as a command: an envelope that reads back as itself, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ratchet_engine::amount::Currency;
use ratchet_engine::command::Envelope;

fuzz_target!(|text: &str| {
    if let Ok(envelope) = Envelope::from_json(text, &Currency::CNY) {
        let written = envelope.to_json(&Currency::CNY);
        assert_eq!(Envelope::from_json(&written, &Currency::CNY).as_ref(), Ok(&envelope), "{written}");
    }
});
