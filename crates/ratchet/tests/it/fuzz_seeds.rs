//! Hostile inputs, made from good ones by a fixed seed: none makes a reader panic. The same entry points as the
//! targets in `fuzz/`, which go on where this stops.

use ratchet_engine::amount::Currency;
use ratchet_engine::command::Envelope;
use ratchet_engine::gate::Opinions;
use ratchet_engine::journal::Verifier;
use ratchet_engine::lint::lint;
use ratchet_engine::lint::rules::{Expression, RuleBook};
use ratchet_engine::plan::Plan;
use ratchet_engine::time::Calendar;
use ratchet_sim::orders::{Orders, ReadOptions};

use crate::run::{Desk, preset, preset_text, repository};

/// How many variants of each seed.
const VARIANTS: u64 = 2_000;

/// Pieces that have broken parsers before.
const PIECES: &[&str] = &[
    "",
    "\0",
    "\"",
    "\\",
    "\\u0000",
    "'''",
    "\"\"\"",
    "[[",
    "{{",
    "}",
    "]",
    ",",
    "\n",
    "\r",
    "\r\n",
    "\u{feff}",
    "-",
    "-0",
    "0",
    "00",
    "1e9",
    "1e999",
    "0x1",
    "nan",
    "inf",
    "9223372036854775808",
    "99999999999999999999999999999999999999999",
    "0.000000000000000000000001",
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:60Z",
    "+24:00",
    "100%",
    "100.0001%",
    "1001‰",
    "％",
    "，",
    "\u{202e}",
    "👨‍👩‍👧",
    "null",
    "true",
    "{}",
    "[]",
    "=",
    "#",
    "order.pay",
    "all",
    "genesis",
    "\"seq\":",
];

/// A small generator: the same sequence for the same seed, everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        // xorshift64*, never zero.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next()).expect("48 bits") % limit.max(1)
    }
}

/// A variant of `seed`: bytes flipped, pieces put in, parts cut out, doubled or moved.
fn variant(seed: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len() + 1);
        let end = at + dice.below(bytes.len() + 1 - at).min(40);
        match dice.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 => drop(bytes.splice(at..at, PIECES[dice.below(PIECES.len())].bytes())),
            2 => drop(bytes.splice(at..end, PIECES[dice.below(PIECES.len())].bytes())),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let part = bytes[at..end].to_vec();
                let to = dice.below(bytes.len() + 1);
                drop(bytes.splice(to..to, part));
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes
}

fn for_variants(seeds: &[Vec<u8>], mut check: impl FnMut(&[u8])) {
    for (number, seed) in (1..).zip(seeds) {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ number);
        check(seed);
        for _ in 0..VARIANTS {
            check(&variant(seed, &mut dice));
        }
    }
}

#[test]
fn plans() {
    let seeds = ["value-growth", "value-growth-hardened", "starter", "inventory-clearance"].map(preset_text);
    // The settings without the comments: more variants hit something.
    let bare = seeds.map(|text| {
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
        lines.join("\n").into_bytes()
    });
    for_variants(&bare, |bytes| match Plan::parse("plan.toml", &String::from_utf8_lossy(bytes)) {
        Ok(plan) => drop(lint(&plan)),
        Err(errors) => assert!(!errors.errors.is_empty() && errors.to_string().contains("plan.toml:")),
    });
}

#[test]
fn rule_packs() {
    let pack = |name: &str| {
        let text = std::fs::read_to_string(repository().join("rules").join(name)).expect("the pack is there");
        // Another jurisdiction, so that ids do not meet those that are built in.
        text.replace("\"US", "\"XY").replace("\"EU", "\"XY").into_bytes()
    };
    let opinions =
        std::fs::read(repository().join("docs/guide/shop-opinions.toml")).expect("the file is there");
    let built_in = RuleBook::built_in();
    for_variants(&[pack("us.toml"), pack("eu.toml"), opinions], |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let mut book = built_in.clone();
        if let Err(errors) = book.add("pack.toml", &text) {
            assert!(!errors.errors.is_empty() && errors.to_string().contains("pack.toml:"));
        }
        drop(Opinions::parse("opinions.toml", &text));
    });
}

#[test]
fn predicates() {
    let seeds: Vec<Vec<u8>> = RuleBook::built_in()
        .rules()
        .iter()
        .take(12)
        .map(|rule| rule.when_text.clone().into_bytes())
        .collect();
    for_variants(&seeds, |bytes| {
        if let Err(error) = Expression::parse(&String::from_utf8_lossy(bytes)) {
            assert!(error.line > 0 && error.column > 0 && !error.message.en.is_empty());
        }
    });
}

#[test]
fn commands() {
    let seeds = [
        r#"{"key":"k","at":"2026-01-01T00:00:00Z","actor":"a","type":"order.pay","order":"o","member":"m","lines":[{"line":"1","amount":"10.00","quantity":2,"sku":"s","merchant":"x","cost":"3","contribution":"4"}],"freight":"1","tax":"0.5","ship_to":"110105","tender":{"cash":"5","reconsume":"5"}}"#,
        r#"{"key":"k","at":"2026-01-01T00:00:00+08:00","type":"order.refund","refund":"r","order":"o","lines":[{"line":1,"amount":"0.01"}]}"#,
        r#"{"key":"k","at":"2026-01-01T00:00:00.000001Z","type":"points.sell","member":"m","points":"0.000000000001"}"#,
        r#"{"key":"k","at":"2026-01-01T00:00:00Z","type":"residual.propose","disposal":"d","method":"rebate","epoch":0}"#,
        r#"{"key":"k","at":"2026-01-01T00:00:00Z","type":"wallet.reject","withdrawal":"w","reason":"原因"}"#,
    ];
    for_variants(&seeds.map(|seed| seed.as_bytes().to_vec()), |bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(envelope) = Envelope::from_json(&text, &Currency::CNY) {
            let written = envelope.to_json(&Currency::CNY);
            assert_eq!(Envelope::from_json(&written, &Currency::CNY).as_ref(), Ok(&envelope), "{written}");
        }
    });
}

#[test]
fn order_files() {
    let seeds = [
        "order_id,member_id,ordered_at,amount\no1,m1,2026-01-01,1000.00\no2,m2,2026-01-02T08:00:00+08:00,0.01\n",
        "\u{feff}amount,\"ordered_at\",member_id,order_id,referrer_id,ship_to,refunded_amount,refunded_at\r\n\
         \"12.50\",2026-01-01,\"a\"\"b\",\"o,1\",r,110105,1.00,2026-01-02\r\n-5,x,y,z,,,,\r\n",
    ];
    for skip_bad_rows in [false, true] {
        let options = ReadOptions { currency: Currency::CNY, calendar: Calendar::CHINA, skip_bad_rows };
        for_variants(&seeds.map(|seed| seed.as_bytes().to_vec()), |bytes| {
            match Orders::read_from(bytes, "orders.csv", 0, &options, &mut |_| {}) {
                Ok(orders) => assert!(!orders.is_empty()),
                Err(error) => assert!(error.to_string().starts_with("orders.csv")),
            }
        });
    }
}

#[test]
fn journals() {
    let desk = Desk::new();
    let plan = preset("value-growth-hardened");
    desk.write(
        "orders.csv",
        "order_id,member_id,ordered_at,amount\no1,m1,2026-01-01,1000.00\no2,m1,2026-01-02,9.99\n",
    );
    desk.ratchet(&["backtest", &plan, "orders.csv", "--journal", "journal.jsonl", "--sell", "random=50%"])
        .says(0, &[]);
    let journal = desk.read("journal.jsonl").into_bytes();
    for_variants(&[journal], |bytes| {
        let mut verifier = Verifier::new();
        for line in String::from_utf8_lossy(bytes).lines() {
            if let Err(error) = verifier.push(line) {
                assert!(error.line > 0);
                return;
            }
        }
        drop(verifier.finish());
    });
}
