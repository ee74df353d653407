//! Any text as a predicate, a rule pack and a file of opinions: read or refused with a place, never a panic. What is
//! read is evaluated with nothing known.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ratchet_engine::gate::Opinions;
use ratchet_engine::lint::rules::{Expression, Fact, RuleBook, Truth, Value, World};

static BOOK: LazyLock<RuleBook> = LazyLock::new(RuleBook::built_in);

struct Nothing;

impl World for Nothing {
    fn value(&self, _fact: &'static Fact) -> Option<Value> {
        None
    }

    fn fired(&self, _pattern: &str) -> Truth {
        Truth::Unknown
    }
}

fuzz_target!(|text: &str| {
    match Expression::parse(text) {
        Ok(parsed) => assert!(parsed.evaluate(&Nothing) != Truth::No || parsed.reasons(&Nothing).is_empty()),
        Err(error) => assert!(error.at <= text.len() && error.line > 0 && error.column > 0),
    }
    let mut book = BOOK.clone();
    if book.add("pack.toml", text).is_err() {
        assert!(book == *BOOK);
    }
    let _ = Opinions::parse("opinions.toml", text);
});
