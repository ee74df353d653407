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

/// COMM-1 to COMM-9, COMM-5: the numbers of the page are those of the state, and `explain` says why.
#[test]
fn distribution_mall() {
    let folder = repository().join("docs/guide");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the page is there");
    let page = read("distribution-mall.md");
    let desk = Desk::new();
    desk.write("commands.jsonl", read("distribution-mall.jsonl"));
    let files = ["--state", "state.json", "--journal", "journal.jsonl"];
    let run = desk.ratchet(
        &[&["replay", &preset("distribution-mall"), "commands.jsonl", "--json"], &files[..]].concat(),
    );
    assert_eq!(run.json(0)["refused"], Value::Array(Vec::new()));
    let state: Value = serde_json::from_str(&desk.read("state.json")).expect("JSON");
    for member in ["ding", "chen", "bai", "an"] {
        let field = |field: &str| state["members"][member][field].as_str().expect("a text").to_owned();
        let row = format!("| `{member}` | {} | {} |", field("spent"), field("cash"));
        assert!(page.contains(&row), "the page lacks {row}");
    }
    assert_eq!(state["members"]["bai"]["rank"], "v1");
    assert_eq!(desk.ratchet(&["verify", "journal.jsonl", "--json"]).json(0)["ok"], true);

    let explain = |entry: &str, more: &[&str]| {
        let run = desk.ratchet(&[&["explain", "journal.jsonl", entry, "--json"], more].concat());
        run.json(0)["postings"].as_array().expect("a list").clone()
    };
    // Of the second order's settlement the page tells six commissions.
    let paid = explain("14", &["--account", "wallet.cash"]);
    let told: Vec<&str> = page.lines().filter(|line| line.contains("| COMM-")).collect();
    assert_eq!(paid.len(), told.len());
    for (posting, row) in paid.iter().zip(told) {
        let text = |field: &str| posting[field].as_str().expect("a text").to_owned();
        let row_of = |part: &str| assert!(row.contains(part), "{part} is not in {row}");
        row_of(&format!("| `{}` |", text("owner")));
        row_of(&format!("| {} | {} |", text("rule"), text("amount")));
        assert!(!posting["earlier"].as_array().expect("a list").is_empty());
    }
    let peer = &explain("14", &["--of", "chen", "--account", "wallet.cash"])[1];
    assert!(page.contains(peer["text"]["en"].as_str().expect("a text")), "{peer}");
    assert!(peer["text"]["zh"].as_str().expect("a text").contains("平级"), "{peer}");
    // Words for people, and what is not there.
    let run = desk.ratchet(&["explain", "journal.jsonl", "14", "--lang", "both"]);
    assert!(run.stdout.contains("COMM-2") && run.stdout.contains("级差"), "{}", run.stdout);
    let missing = desk.ratchet(&["explain", "journal.jsonl", "999"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("numbered from 0; there is no entry 999"), "{}", missing.stderr);
}

/// LINT-2, GATE-1: what docs/guide/check-a-plan.md shows is what `ratchet check` prints, line by line.
#[test]
fn check_a_plan() {
    let page =
        std::fs::read_to_string(repository().join("docs/guide/check-a-plan.md")).expect("the page is there");
    let desk = Desk::new();
    std::fs::create_dir_all(desk.path("docs/guide")).expect("a folder");
    std::fs::create_dir(desk.path("plans")).expect("a folder");
    for file in [
        "plans/value-growth.toml",
        "plans/distribution-mall.toml",
        "docs/guide/distribution-mall.jsonl",
        "docs/guide/shop-live.toml",
        "docs/guide/shop-opinions.toml",
    ] {
        desk.write(file, std::fs::read_to_string(repository().join(file)).expect("the page's files"));
    }
    let mut shown = 0;
    let mut output = String::new();
    for block in page.split("```").skip(1).step_by(2) {
        if let Some(commands) = block.strip_prefix("sh\n") {
            for command in commands.lines() {
                let command = command.split('#').next().unwrap_or_default();
                let words: Vec<&str> = command.split_whitespace().collect();
                assert_eq!(words.first(), Some(&"ratchet"), "{command}");
                let run = desk.ratchet(&words[1..]);
                assert!(run.code < 2, "{command}: {run:#?}");
                output = run.stdout;
            }
        } else if let Some(text) = block.strip_prefix("text\n") {
            let mut rest = output.lines();
            for line in text.lines().filter(|line| !line.trim().is_empty() && line.trim() != "…") {
                shown += 1;
                assert!(rest.any(|printed| printed == line), "not printed in this order: {line}\n{output}");
            }
        }
    }
    assert!(shown >= 55, "{shown} lines are shown");
}

/// LOY-1 to LOY-4, CAT-3a: the numbers of the page are those of the state after the commands that it names.
#[test]
fn loyalty_fixed() {
    let folder = repository().join("docs/guide");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the page is there");
    let (page, commands) = (read("loyalty-fixed.md"), read("loyalty-fixed.jsonl"));
    for shown in page.lines().filter(|line| line.starts_with("{\"key\"")) {
        assert!(commands.lines().any(|command| command == shown), "not in the file: {shown}");
    }
    let desk = Desk::new();
    let lines: Vec<&str> = commands.lines().collect();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut told = 0;
    for count in 1..=lines.len() {
        let Some(row) = page.lines().find(|row| row.starts_with(&format!("| `k{count}`"))) else { continue };
        desk.write("commands.jsonl", lines[..count].join("\n"));
        let files = ["--state", "state.json", "--journal", "journal.jsonl", "--json"];
        let run =
            desk.ratchet(&[&["replay", &preset("loyalty-fixed"), "commands.jsonl"], &files[..]].concat());
        let refused = &run.json(1)["refused"];
        assert_eq!(refused.as_array().map(Vec::len), Some(1), "{refused}");
        assert_eq!(
            (&refused[0]["line"], &refused[0]["code"]),
            (&Value::from(9), &Value::from("out_of_stock"))
        );
        let state: Value = serde_json::from_str(&desk.read("state.json")).expect("JSON");
        let (points, revenue) = (&state["members"]["lin"]["loyalty"], &state["accounts"]["platform.revenue"]);
        assert!(
            row.ends_with(&format!("| {} | {} |", text(points), text(revenue))),
            "{points} {revenue}: {row}"
        );
        told += 1;
    }
    assert_eq!(told, 5);
    let state: Value = serde_json::from_str(&desk.read("state.json")).expect("JSON");
    for article in ["tea", "cup", "sample"] {
        let of = &state["articles"][article];
        let row = format!("| `{article}` | {} | {} | {} |", of["available"], of["held"], of["out"]);
        assert!(page.contains(&row), "the page lacks {row}");
    }
    let sums = ["earned", "spent", "taken_back", "expired"].map(|sum| text(&state["loyalty"][sum]));
    assert!(page.contains(&format!("| {} |", sums.join(" | "))), "the page lacks {sums:?}");
    assert_eq!(
        (&state["coupons"]["lin-1"]["state"], &state["accounts"]["operator.due"]),
        (&Value::from("used"), &Value::from("0.00"))
    );
    assert_eq!(desk.ratchet(&["verify", "journal.jsonl", "--json"]).json(0)["ok"], true);
}

/// CLAIM-1 to CLAIM-3: what is refused and what the claims have brought is what the page says; coverage is in the state and in
/// the summary.
#[test]
fn legacy_conversion() {
    let folder = repository().join("docs/guide");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the page is there");
    let (page, commands) = (read("legacy-conversion.md"), read("legacy-conversion.jsonl"));
    for shown in page.lines().filter(|line| line.starts_with("{\"key\"")) {
        assert!(commands.lines().any(|line| line == shown), "not in the file: {shown}");
    }
    let desk = Desk::new();
    desk.write("commands.jsonl", &commands);
    let files = ["--state", "state.json", "--journal", "journal.jsonl"];
    let plan = preset("legacy-conversion");
    let run = desk.ratchet(&[&["replay", &plan, "commands.jsonl", "--json"], &files[..]].concat());
    let summary = run.json(1);
    let refused = summary["refused"].as_array().expect("a list").iter();
    let refused: Vec<&str> = refused.map(|refusal| refusal["code"].as_str().expect("a code")).collect();
    assert_eq!(refused, ["claim_share", "insufficient_claim", "insufficient_points", "unbacked_grant"]);
    assert!(refused.iter().all(|code| page.contains(&format!("`{code}"))));

    let state: Value = serde_json::from_str(&desk.read("state.json")).expect("JSON");
    assert_eq!(state["coverage"], summary["coverage"]);
    let [lao] = summary["coverage"].as_array().expect("a list").as_slice() else {
        panic!("one claimant: {summary}")
    };
    let field = |name: &str| lao[name].as_str().expect("a text").to_owned();
    let row = format!(
        "| `{}` | {} | {} | {} | {} | {} | {} |",
        field("member"),
        field("approved"),
        field("remaining"),
        field("goods"),
        field("cash"),
        field("held"),
        lao["coverage_ppm"]
    );
    assert!(page.contains(&row), "the page lacks {row}");
    assert_eq!(
        state["claims"]["c2"],
        serde_json::json!({ "member": "zhou", "amount": "500.00", "approvals": 1 })
    );
    let lao = &state["members"]["lao"];
    assert_eq!((&lao["claim"], &lao["points"]), (&Value::from("1600.00"), &Value::from("119.069565217391")));
    assert_eq!(lao["locked_points"], "108.962608695652");
    assert_eq!(desk.ratchet(&["verify", "journal.jsonl", "--json"]).json(0)["ok"], true);
    // Every posting has its words: of the claim, of the grant.
    let paid = desk.ratchet(&["explain", "journal.jsonl", "9", "--account", "claim", "--lang", "both"]);
    paid.says(0, &["CLAIM-1", "it is extinguished", "债权随即消灭"]);
}

/// 12.1, 12.5, 12.6: the three modes of docs/guide/compose-a-mode.md are plan files alone, and do what the page says; their
/// draws are checked by who has nothing but the file.
#[test]
fn compose_a_mode() {
    let folder = repository().join("docs/guide");
    let page = std::fs::read_to_string(folder.join("compose-a-mode.md")).expect("the page is there");
    let desk = Desk::new();
    let modes = [
        ("flash-group", "Flash group buy", 3),
        ("chain", "2+1 chain", 4),
        ("blind-box-group", "Blind-box group", 2),
    ];
    for (mode, title, told) in modes {
        let plan = folder.join(format!("compose/{mode}.toml"));
        let commands = folder.join(format!("compose/{mode}.jsonl"));
        let (plan, commands) = (plan.to_str().expect("UTF-8"), commands.to_str().expect("UTF-8"));
        let run =
            desk.ratchet(&["replay", plan, commands, "--state", "state.json", "--draws", mode, "--json"]);
        assert_eq!(run.json(0)["refused"], Value::Array(Vec::new()), "{mode}");
        let state: Value = serde_json::from_str(&desk.read("state.json")).expect("JSON");
        let section = page.split("## ").find(|section| section.starts_with(title)).expect("its section");
        let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| `")).collect();
        assert_eq!(rows.len(), told, "{mode}");
        for row in rows {
            let member = row.split('`').nth(1).expect("a member");
            let field = |field: &str| state["members"][member][field].as_str().expect("a text").to_owned();
            assert_eq!(row, format!("| `{member}` | {} | {} |", field("spent"), field("cash")), "{mode}");
        }
    }
    let draws = std::fs::read_dir(desk.path("blind-box-group")).expect("a folder of draws");
    let draws: Vec<String> = draws.map(|draw| draw.expect("a file").path().display().to_string()).collect();
    assert_eq!(draws.len(), 2);
    for draw in &draws {
        assert_eq!(desk.ratchet(&["verify-draw", draw]).code, 0, "{draw}");
    }
}

/// SPEC 16: one story under each preset that lives from a pool; the page's tables are what comes out, the journal verifies, and the check
/// says what it says of each plan.
#[test]
fn six_presets_one_story() {
    let folder = repository().join("docs/guide");
    let page = std::fs::read_to_string(folder.join("presets.md")).expect("the page is there");
    let commands = folder.join("presets.jsonl");
    let desk = Desk::new();
    let plans = [
        "value-growth",
        "value-growth-2x",
        "value-growth-hardened",
        "inventory-clearance",
        "rebate-no-referral",
        "starter",
    ];
    for plan in plans {
        let files = ["--state", "state.json", "--journal", "journal.jsonl", "--json"];
        let run = desk
            .ratchet(&[&["replay", &preset(plan), commands.to_str().expect("UTF-8")], &files[..]].concat());
        assert_eq!(run.json(0)["refused"], Value::Array(Vec::new()), "{plan}");
        let state: Value = serde_json::from_str(&desk.read("state.json")).expect("JSON");
        let title = format!("(`{plan}`)");
        let section =
            page.split("## ").find(|section| section.lines().next().unwrap_or("").ends_with(&title));
        let rows: Vec<&str> =
            section.expect("its section").lines().filter(|line| line.starts_with("| `")).collect();
        assert_eq!(rows.len(), 4, "{plan}");
        for row in rows {
            let member = row.split('`').nth(1).expect("a member");
            let field = |field: &str| state["members"][member][field].as_str().expect("a text").to_owned();
            let shown = [field("spent"), field("cash_received"), field("net_value")].join(" | ");
            assert_eq!(row, format!("| `{member}` | {shown} |"), "{plan}");
        }
        assert_eq!(desk.ratchet(&["verify", "journal.jsonl", "--json"]).json(0)["ok"], true, "{plan}");
        // None of them passes the live gate as it stands, and each opens with what the check says.
        let check = desk.ratchet(&["check", &preset(plan), "--mode", "live", "--at", "2026-11-25", "--json"]);
        assert_eq!(check.json(1)["gate"]["passed"], false, "{plan}");
    }
}

/// LEDGER-1, ORDER-3, POOL-3, POOL-8: the entries and balances of the page are those of its commands.
#[test]
fn life_of_an_entry() {
    let folder = repository().join("docs/guide");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the page is there");
    let (page, commands) = (read("life-of-an-entry.md"), read("life-of-an-entry.jsonl"));
    let desk = Desk::new();
    desk.write("commands.jsonl", &commands);
    let plan = preset("value-growth");
    let run = desk.ratchet(&[
        "replay",
        &plan,
        "commands.jsonl",
        "--journal",
        "j.jsonl",
        "--state",
        "state.json",
        "--json",
    ]);
    assert_eq!(run.json(0)["applied"], 5);

    let command = commands.lines().find(|line| line.contains("order.pay")).expect("an order is paid");
    assert!(page.contains(command), "the page lacks {command}");
    let journal = desk.read("j.jsonl");
    for entry in [3, 5, 6] {
        let line: Value = serde_json::from_str(journal.lines().nth(entry).expect("an entry")).expect("JSON");
        let shown = page.lines().filter(|line| line.starts_with("{\"v\"")).any(|shown| {
            let shown: Value = serde_json::from_str(shown).expect("a line of the page is JSON");
            shown == line["body"]
        });
        assert!(shown, "the page lacks entry {entry}: {}", line["body"]);
    }

    let state: Value = serde_json::from_str(&desk.read("state.json")).expect("JSON");
    let table = page.lines().filter(|line| line.starts_with("| `") && line.contains(".00 |"));
    let balances: Vec<(&str, String)> = table
        .map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            (cells[1].trim_matches('`'), cells[3].replace('−', "-"))
        })
        .collect();
    assert_eq!(balances.len(), 8);
    for (account, balance) in balances {
        assert_eq!(state["accounts"][account], Value::from(balance), "{account}");
    }
    assert_eq!(desk.ratchet(&["verify", "j.jsonl"]).code, 0);
}
