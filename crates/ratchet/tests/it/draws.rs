//! `ratchet replay --draws` and `ratchet verify-draw`: a draw checked with nothing but its file (PROMO-5b to PROMO-5d).

use ratchet_engine::draw::{Numbers, entries_hash};
use ratchet_engine::hash::Hash32;
use serde_json::{Value, json};

use crate::run::{Desk, repository};

fn golden() -> Value {
    let path = repository().join("vectors/draws/draws.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the vector is there")).expect("JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// PROMO-5b: the numbers of the golden streams, which another implementation wrote.
#[test]
fn golden_streams() {
    let golden = golden();
    for stream in list(&golden["streams"]) {
        let seed = Hash32::parse(stream["seed"].as_str().expect("text")).expect("a hash");
        let entries =
            entries_hash(list(&stream["entries"]).iter().map(|entry| entry.as_str().expect("text")));
        assert_eq!(stream["entries_hash"], entries.to_string());
        let mut numbers = Numbers::new(seed, entries);
        for number in list(&stream["numbers"]) {
            assert_eq!(*number, numbers.next_number().to_string());
        }
        let mut numbers = Numbers::new(seed, entries);
        for draw in list(&stream["below"]) {
            let n: u64 = draw["n"].as_str().expect("text").parse().expect("a number");
            assert_eq!(draw["is"], numbers.below(n).to_string());
        }
    }
}

/// PROMO-5c, PROMO-5d: what the binary says of the golden records: they fit, or which part was changed.
#[test]
fn golden_records() {
    let (golden, desk) = (golden(), Desk::new());
    for case in list(&golden["records"]) {
        let (about, expected) = (&case["about"], case["expected"].as_str().expect("text"));
        desk.write("draw.json", case["record"].to_string());
        let run = desk.ratchet(&["verify-draw", "draw.json", "--json"]);
        if expected == "fits" {
            assert_eq!(run.json(0)["ok"], true, "{about}");
            desk.ratchet(&["verify-draw", "draw.json", "--lang", "zh"]).says(0, &["相符"]);
        } else {
            let said = run.json(1);
            assert_eq!((&said["ok"], &said["changed"]), (&json!(false), &json!(expected)), "{about}");
            desk.ratchet(&["verify-draw", "draw.json", "--lang", "en"]).says(1, &[expected]);
        }
    }
}

/// A folder of draws written by a replay: each file fits, and a second replay does not mix with it.
#[test]
fn replay_writes_draws_that_anybody_can_check() {
    let desk = Desk::new();
    let vector = std::fs::read_to_string(repository().join("vectors/blind-box.json")).expect("the vector");
    let vector: Value = serde_json::from_str(&vector).expect("JSON");
    let lines = |field: &str, text: fn(&Value) -> String| -> String {
        list(&vector[field]).iter().map(|line| text(line) + "\n").collect()
    };
    desk.write("plan.toml", lines("plan", |line| line.as_str().expect("text").to_owned()));
    desk.write("commands.jsonl", lines("commands", Value::to_string));
    let replay = ["replay", "plan.toml", "commands.jsonl", "--draws", "draws", "--json"];
    assert_eq!(desk.ratchet(&replay).json(1)["draws"], 3);
    for number in 1..=3 {
        let file = format!("draws/draw-{number:06}.json");
        let said = desk.ratchet(&["verify-draw", &file, "--json"]).json(0);
        assert_eq!(said["draw"], format!("o{number}"));
        desk.ratchet(&["verify-draw", &file]).says(0, &["fits", "o"]);
        // Nobody needs the engine to see that a seed was changed.
        let mut record: Value = serde_json::from_str(&desk.read(&file)).expect("JSON");
        let seed = record["seed"].as_str().expect("text").to_owned();
        record["seed"] = format!("{}{}", &seed[1..], &seed[..1]).into();
        desk.write("changed.json", record.to_string());
        desk.ratchet(&["verify-draw", "changed.json"]).says(1, &["seed: the seed was changed"]);
    }
    desk.ratchet(&replay).says(2, &["draws is not empty"]);
    desk.ratchet(&["replay", "plan.toml", "commands.jsonl", "--draws", "plan.toml"]).says(2, &["plan.toml"]);
}

/// 1 for a file that is none of a draw, 2 for one that cannot be read.
#[test]
fn files_that_are_no_draws() {
    let (golden, desk) = (golden(), Desk::new());
    let record = &golden["records"][0]["record"];
    let mut unknown = record.clone();
    unknown["note"] = json!("x");
    let mut mixed = record.clone();
    mixed["item"] = json!("gold");
    for content in ["", "{}", "[]", &unknown.to_string(), &mixed.to_string(), "\u{feff}{}"] {
        desk.write("draw.json", content);
        desk.ratchet(&["verify-draw", "draw.json"]).says(1, &["not the file of a draw"]);
    }
    desk.write("draw.json", [0xff, 0xfe]);
    desk.ratchet(&["verify-draw", "draw.json"]).says(1, &["not UTF-8"]);
    desk.ratchet(&["verify-draw", "none.json"]).says(2, &["none.json"]);
    desk.ratchet(&["verify-draw", "."]).says(2, &["folder"]);
    desk.ratchet(&["verify-draw"]).says(2, &["FILE"]);
}
