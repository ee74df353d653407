//! The worked examples of `docs/guide/` do what their pages say.

use serde_json::Value;

use crate::run::{Desk, preset, repository};

/// MERCH-1 to MERCH-5: every command of the page is carried out, and the numbers it tells are those of the state.
#[test]
fn shared_purchase() {
    let folder = repository().join("docs/guide");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the page is there");
    let (page, commands) = (read("shared-purchase.md"), read("shared-purchase.jsonl"));
    let shown = page.lines().filter(|line| line.starts_with("{\"key\""));
    let squeezed = |text: &str| text.replace([' ', '\n'], "");
    for command in shown {
        assert!(squeezed(&commands).contains(&squeezed(command)), "not in the file: {command}");
    }

    let desk = Desk::new();
    let mut reserved = Vec::new();
    let lines: Vec<&str> = commands.lines().collect();
    for count in 1..=lines.len() {
        // The state after each command that the page's table speaks of.
        let last = lines[count - 1];
        let told = ["k12", "k14", "k15", "k16", "k17"].iter().any(|key| last.contains(&format!("\"{key}\"")));
        if !told && count < lines.len() {
            continue;
        }
        desk.write("commands.jsonl", lines[..count].join("\n"));
        let run = desk.ratchet(&[
            "replay",
            &preset("shared-purchase"),
            "commands.jsonl",
            "--state",
            "state.json",
            "--json",
        ]);
        assert_eq!(run.json(0)["applied"], count);
        let state: Value = serde_json::from_str(&desk.read("state.json")).expect("JSON");
        let wang = &state["members"]["wang"];
        let text = |field: &str| wang[field].as_str().expect("a text").to_owned();
        reserved.push((text("emission_points"), text("emission_reserved")));
    }
    for (free, held) in &reserved {
        assert!(page.contains(&format!(" {free} | {held} |")), "the table lacks {free}, {held}");
    }
    assert_eq!(reserved.len(), 6);

    let state: Value = serde_json::from_str(&desk.read("state.json")).expect("JSON");
    for member in ["chen", "wang", "zhao", "lin"] {
        let field = |field: &str| state["members"][member][field].as_str().expect("a text").to_owned();
        let row = format!("| `{member}` | {} | {} |", field("value_units"), field("emission_points"));
        assert!(page.contains(&row), "the page lacks {row}");
    }
    let shop = &state["merchants"]["teahouse"];
    assert_eq!((&shop["member"], &shop["state"]), (&Value::from("wang"), &Value::from("approved")));
    assert_eq!((&shop["payable"], &shop["hold"]), (&Value::from("0.00"), &Value::from("0.00")));
}
