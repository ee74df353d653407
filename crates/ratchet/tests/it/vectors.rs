//! The golden vectors in `vectors/`: a plan, commands, and what the state must then be. They name no code, so
//! another implementation can run them. `cargo xtask golden --update` rewrites the expected values.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::run::{Desk, repository};

/// What a vector may hold.
const FIELDS: [&str; 6] = ["rules", "about", "plan", "commands", "refused", "state"];

#[test]
fn vectors() {
    let update = std::env::var_os("RATCHET_UPDATE_VECTORS").is_some();
    check("vectors", update);
}

/// Worked out by hand from the rules' text by somebody who had not read the code: never rewritten from what the code says.
#[test]
fn adversarial_vectors() {
    check("vectors/adversarial", false);
}

fn check(folder: &str, update: bool) {
    let folder = repository().join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no vectors in {}", folder.display());
    let mut faults = String::new();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a readable vector");
        let vector: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (refused, state) = run(&name, &vector);
        if update {
            std::fs::write(&path, written(&vector, &refused, &state)).expect("a writable vector");
            continue;
        }
        if vector["refused"] != refused {
            writeln!(faults, "{name}: refused {refused}, expected {}", vector["refused"]).expect("memory");
        }
        compare(&name, &vector["state"], &state, &mut faults);
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// Line numbers and codes of what was refused, and the state.
fn run(name: &str, vector: &Value) -> (Value, Value) {
    for field in vector.as_object().expect("an object").keys() {
        assert!(FIELDS.contains(&field.as_str()), "{name}: unknown field {field}");
    }
    let lines = |field: &str| -> Vec<&Value> {
        vector[field].as_array().unwrap_or_else(|| panic!("{name}: no list {field}")).iter().collect()
    };
    let desk = Desk::new();
    let plan: Vec<&str> = lines("plan").iter().map(|line| line.as_str().expect("a line")).collect();
    desk.write("plan.toml", plan.join("\n"));
    let commands: Vec<String> = lines("commands").iter().map(|command| command.to_string()).collect();
    desk.write("commands.jsonl", commands.join("\n"));
    let run = desk.ratchet(&[
        "replay",
        "plan.toml",
        "commands.jsonl",
        "--state",
        "state.json",
        "--journal",
        "journal.jsonl",
        "--json",
    ]);
    assert!(run.code == 0 || run.code == 1, "{name}: {run:#?}");
    let summary: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{name}: {run:#?}"));
    let refused = summary["refused"].as_array().expect("a list").iter();
    let refused =
        refused.map(|refusal| json!({ "line": refusal["line"], "code": refusal["code"] })).collect();
    // What a vector leads to can be audited.
    let verified = desk.ratchet(&["verify", "journal.jsonl", "--json"]).json(0);
    assert_eq!(verified["digest"], summary["digest"], "{name}");
    // In the other form too, and by a reader that knows nothing of Ratchet.
    desk.ratchet(&["journal", "export", "journal.jsonl", "journal.rj"]).says(0, &["entries"]);
    let verified = desk.ratchet(&["verify", "journal.rj", "--json"]).json(0);
    assert_eq!(verified["digest"], summary["digest"], "{name}");
    for journal in ["journal.rj", "journal.jsonl"] {
        if let Some(run) = desk.read_journal(&[journal]) {
            run.says(0, &["entries fit"]);
        }
    }
    let state = serde_json::from_str(&desk.read("state.json")).expect("JSON");
    (Value::Array(refused), state)
}

/// Every value that is expected must be there; what is not mentioned may be anything.
fn compare(place: &str, expected: &Value, found: &Value, faults: &mut String) {
    match expected {
        Value::Object(fields) => {
            for (name, expected) in fields {
                compare(&format!("{place}: {name}"), expected, &found[name], faults);
            }
        }
        expected if expected == found => {}
        expected => writeln!(faults, "{place} is {found}, expected {expected}").expect("memory"),
    }
}

/// The values found in the places that are expected.
fn taken(expected: &Value, found: &Value) -> Value {
    match expected {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, expected)| (name.clone(), taken(expected, &found[name])));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        _ => found.clone(),
    }
}

/// The vector with new expectations, one command and one member a line.
fn written(vector: &Value, refused: &Value, state: &Value) -> String {
    let mut text = "{\n".to_owned();
    let list = |items: &Value| {
        let items: Vec<String> =
            items.as_array().into_iter().flatten().map(|item| format!("\n    {item}")).collect();
        if items.is_empty() { "[]".to_owned() } else { format!("[{}\n  ]", items.join(",")) }
    };
    writeln!(text, "  \"rules\": {},\n  \"about\": {},", vector["rules"], vector["about"]).expect("memory");
    writeln!(text, "  \"plan\": {},", list(&vector["plan"])).expect("memory");
    writeln!(text, "  \"commands\": {},", list(&vector["commands"])).expect("memory");
    writeln!(text, "  \"refused\": {},", list(refused)).expect("memory");
    let state = serde_json::to_string_pretty(&taken(&vector["state"], state)).expect("JSON");
    writeln!(text, "  \"state\": {}", state.replace('\n', "\n  ")).expect("memory");
    text.push_str("}\n");
    text
}
