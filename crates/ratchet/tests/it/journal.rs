//! Journals: what `backtest` and `replay` write, `verify` accepts; what was tampered with, it names.

use std::fmt::Write;

use serde_json::Value;

use crate::run::{Desk, Run, preset};

/// A small history with repeat purchases, refunds and sales, as a journal `journal.jsonl`.
fn desk_with_journal() -> (Desk, Value) {
    let desk = Desk::new();
    let generated =
        desk.ratchet(&["generate", "orders", "--orders", "60", "--seed", "7", "--out", "orders.csv"]);
    assert_eq!(generated.code, 0, "{generated:#?}");
    let plan = preset("value-growth-hardened");
    let summary = desk
        .ratchet(&[
            "backtest",
            &plan,
            "orders.csv",
            "--journal",
            "journal.jsonl",
            "--sell",
            "random=20%",
            "--json",
        ])
        .json(0);
    (desk, summary)
}

fn verify(desk: &Desk) -> Run {
    desk.ratchet(&["verify", "journal.jsonl", "--json"])
}

/// Verification must fail at this line.
#[track_caller]
fn assert_fails_at(desk: &Desk, line: usize, reasons: &[&str]) {
    let run = verify(desk);
    let report = run.json(1);
    assert_eq!(report["ok"], false);
    assert_eq!(report["line"], line, "{report:#}");
    let reason = report["reason"].as_str().unwrap_or_default();
    assert!(reasons.iter().any(|text| reason.contains(text)), "{report:#}");
    desk.ratchet(&["verify", "journal.jsonl"]).says(1, &[&format!("journal.jsonl:{line}"), "does not fit"]);
}

const CHAIN: &str = "hash does not fit";

#[test]
fn a_backtest_can_be_verified_and_replayed() {
    let (desk, summary) = desk_with_journal();
    let report = verify(&desk).json(0);
    assert_eq!(report["ok"], true);
    let journal = desk.read("journal.jsonl");
    assert_eq!(report["entries"], journal.lines().count());
    let last = journal.lines().last().unwrap_or_default();
    assert_eq!(report["head"].as_str(), last.get(9..73));
    assert_eq!(report["digest"], summary["digest"], "the state of the backtest");

    // The commands alone lead to the same state, and to the same journal.
    let mut commands = String::new();
    for line in journal.lines() {
        let entry: Value = serde_json::from_str(line).expect("JSON");
        if entry["body"]["type"] == "command" {
            writeln!(commands, "{}", entry["body"]["command"]).expect("memory");
        }
    }
    desk.write("commands.jsonl", commands);
    let plan = preset("value-growth-hardened");
    let replayed =
        desk.ratchet(&["replay", &plan, "commands.jsonl", "--journal", "again.jsonl", "--json"]).json(0);
    assert_eq!(replayed["digest"], report["digest"]);
    assert_eq!(desk.read("again.jsonl"), journal, "byte for byte");
}

/// SNAP-1, SNAP-2: a journal is read on from a snapshot of its beginning, to the same state.
#[test]
fn a_journal_goes_on_from_a_snapshot() {
    let (desk, _) = desk_with_journal();
    let whole = verify(&desk).json(0);
    let journal = desk.read("journal.jsonl");
    let begins: Vec<&str> = journal.lines().take(journal.lines().count() / 2).collect();
    desk.write("begins.jsonl", format!("{}\n", begins.join("\n")));
    desk.ratchet(&["snapshot", "begins.jsonl", "-o", "half.snap"])
        .says(0, &["state digest", "the state after"]);
    let on = desk.ratchet(&["verify", "journal.jsonl", "--from", "half.snap", "--json"]).json(0);
    assert_eq!(on, whole);
    desk.ratchet(&["verify", "journal.jsonl", "--from", "half.snap"])
        .says(0, &["half.snap only the hash chain"]);

    // The later one is the same whether it goes on from the first or from the beginning.
    let kept = |out: &str, arguments: &[&str]| {
        let run = desk.ratchet(&[&["snapshot", "journal.jsonl", "-o", out], arguments].concat());
        run.says(0, &[whole["digest"].as_str().expect("a digest")]);
        desk.bytes(out)
    };
    let mut bytes = kept("on.snap", &["--from", "half.snap"]);
    assert_eq!(bytes, kept("whole.snap", &[]));
    desk.ratchet(&["verify", "journal.jsonl", "--from", "whole.snap", "--json"]).json(0);

    // Of another journal, of one that is shorter, damaged, or none.
    desk.ratchet(&["journal", "export", "journal.jsonl", "journal.rj"]).says(0, &["entries"]);
    desk.ratchet(&["verify", "journal.rj", "--from", "half.snap"])
        .says(1, &["the snapshot was not kept here"]);
    desk.ratchet(&["verify", "begins.jsonl", "--from", "whole.snap"]).says(1, &["it ends before entry"]);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    desk.write("on.snap", bytes);
    desk.ratchet(&["verify", "journal.jsonl", "--from", "on.snap"])
        .says(1, &["on.snap", "was changed", "byte"]);
    desk.ratchet(&["verify", "journal.jsonl", "--from", "begins.jsonl"]).says(1, &["this is no snapshot"]);

    // In the binary form.
    desk.ratchet(&["snapshot", "journal.rj", "-o", "binary.snap"]).says(0, &["state digest"]);
    let binary = desk.ratchet(&["verify", "journal.rj", "--from", "binary.snap", "--json"]).json(0);
    assert_eq!(binary["digest"], whole["digest"]);
}

#[test]
fn a_changed_byte() {
    let (desk, _) = desk_with_journal();
    let journal = desk.read("journal.jsonl");
    let lines = journal.lines().count();
    for line in [1, 2, lines / 2, lines] {
        let start: usize = journal.lines().take(line - 1).map(|line| line.len() + 1).sum();
        // Inside the body, and inside the hash.
        for offset in [120, 20] {
            let mut bytes = journal.clone().into_bytes();
            bytes[start + offset] = if bytes[start + offset] == b'1' { b'2' } else { b'1' };
            desk.write("journal.jsonl", bytes);
            assert_fails_at(&desk, line, &[CHAIN]);
        }
    }
}

#[test]
fn a_missing_line() {
    let (desk, _) = desk_with_journal();
    let journal = desk.read("journal.jsonl");
    let mut lines: Vec<&str> = journal.lines().collect();
    lines.remove(10);
    desk.write("journal.jsonl", lines.join("\n"));
    assert_fails_at(&desk, 11, &[CHAIN]);
    lines.remove(0);
    desk.write("journal.jsonl", lines.join("\n"));
    assert_fails_at(&desk, 1, &[CHAIN]);
    desk.write("journal.jsonl", "");
    assert_eq!(verify(&desk).json(1)["ok"], false);
}

#[test]
fn swapped_and_doubled_lines() {
    let (desk, _) = desk_with_journal();
    let journal = desk.read("journal.jsonl");
    let mut lines: Vec<&str> = journal.lines().collect();
    lines.swap(20, 21);
    desk.write("journal.jsonl", lines.join("\n"));
    assert_fails_at(&desk, 21, &[CHAIN]);
    lines.swap(20, 21);
    lines.insert(20, lines[20]);
    desk.write("journal.jsonl", lines.join("\n"));
    assert_fails_at(&desk, 22, &[CHAIN]);
}

#[test]
fn a_line_cut_off_or_not_a_line() {
    let (desk, _) = desk_with_journal();
    let journal = desk.read("journal.jsonl");
    desk.write("journal.jsonl", &journal[..journal.len() - 30]);
    assert_fails_at(&desk, journal.lines().count(), &[CHAIN, "not a journal line"]);
    desk.write("journal.jsonl", format!("{journal}\n"));
    assert_fails_at(&desk, journal.lines().count() + 1, &["not a journal line"]);
    desk.write("journal.jsonl", [journal.as_bytes(), b"\xff\n"].concat());
    verify(&desk).says(1, &[&format!("journal.jsonl:{}:1", journal.lines().count() + 1), "UTF-8"]);
}

/// Somebody who changes a body and computes all hashes anew passes the chain, and is found by deciding again.
#[test]
fn a_forged_amount_with_fresh_hashes() {
    let (desk, _) = desk_with_journal();
    let journal = desk.read("journal.jsonl");
    let minted =
        journal.lines().position(|line| line.contains("\"points_minted\"")).expect("points were minted");
    // More points than the contribution is worth: the first digit of the number becomes a 9.
    let forged = forge(&journal, minted, |body| {
        let at = body.find("\"points\":").expect("points") + "\"points\":".len();
        let digit = at + body[at..].find(|c: char| c.is_ascii_digit()).expect("a number");
        let mut body = body.to_owned();
        body.replace_range(digit..=digit, if body[digit..].starts_with('9') { "8" } else { "9" });
        body
    });
    desk.write("journal.jsonl", forged);
    assert_fails_at(&desk, minted + 1, &["deciding again"]);

    // A posting that goes to another account.
    let paid = journal.lines().position(|line| line.contains("[\"escrow\"")).expect("an order was paid");
    desk.write(
        "journal.jsonl",
        forge(&journal, paid, |body| body.replacen("[\"escrow\"", "[\"suspense\"", 1)),
    );
    assert_fails_at(&desk, paid + 1, &["deciding again"]);

    // A command that asked for something else.
    let command = journal.lines().position(|line| line.contains("\"order.pay\"")).expect("an order");
    desk.write(
        "journal.jsonl",
        forge(&journal, command, |body| body.replacen("\"amount\":\"", "\"amount\":\"1", 1)),
    );
    assert_fails_at(&desk, command + 1, &["deciding again", "refused"]);

    // Due work that did not happen.
    let due = journal.lines().position(|line| line.contains("\"type\":\"due\"")).expect("due work");
    let without: Vec<&str> =
        journal.lines().enumerate().filter(|(number, _)| *number != due).map(|(_, line)| line).collect();
    desk.write("journal.jsonl", forge(&format!("{}\n", without.join("\n")), usize::MAX, str::to_owned));
    let report = verify(&desk).json(1);
    assert_eq!(report["line"], due + 1, "{report:#}");

    // Another plan.
    desk.write(
        "journal.jsonl",
        forge(&journal, 0, |body| body.replacen("mint_ratio = \\\"70%", "mint_ratio = \\\"60%", 1)),
    );
    let report = verify(&desk).json(1);
    assert_eq!(report["ok"], false);

    // Nothing forged but the hashes computed anew: the same journal.
    assert_eq!(forge(&journal, usize::MAX, str::to_owned), journal);
}

/// Changes the body of one line (from 0) and computes every hash as the format says: SHA-256 over the hash
/// before and the body's bytes. Written without the engine's code, as an auditor would.
fn forge(journal: &str, line: usize, change: impl Fn(&str) -> String) -> String {
    let mut previous = [0; 32];
    let mut forged = String::new();
    for (number, text) in journal.lines().enumerate() {
        let (_, rest) = text.split_once("\",\"body\":").expect("a journal line");
        let body = rest.strip_suffix('}').expect("a journal line");
        let body = if number == line { change(body) } else { body.to_owned() };
        previous = sha256(&[&previous, body.as_bytes()].concat());
        forged.push_str("{\"hash\":\"");
        for byte in previous {
            write!(forged, "{byte:02x}").expect("memory");
        }
        writeln!(forged, "\",\"body\":{body}}}").expect("memory");
    }
    forged
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).into()
}

/// A binary journal of the same history.
fn desk_with_both() -> Desk {
    let (desk, summary) = desk_with_journal();
    let plan = preset("value-growth-hardened");
    let binary =
        ["backtest", &plan, "orders.csv", "--journal", "journal.rj", "--sell", "random=20%", "--json"];
    assert_eq!(desk.ratchet(&binary).json(0)["digest"], summary["digest"]);
    desk
}

/// JRN-3: the form follows the name when it is written, and the content when it is read; one becomes the other and back,
/// byte for byte.
#[test]
fn a_binary_journal() {
    let desk = desk_with_both();
    let binary = desk.bytes("journal.rj");
    assert!(binary.starts_with(b"ratchet journal\n"));
    let text = verify(&desk).json(0);
    desk.write("journal.txt", &binary);
    for name in ["journal.rj", "journal.txt"] {
        let report = desk.ratchet(&["verify", name, "--json"]).json(0);
        assert_eq!([&report["digest"], &report["entries"]], [&text["digest"], &text["entries"]]);
        assert_eq!(report["replayed_only"], 0);
        assert_eq!(report["root"].as_str().map(str::len), Some(64));
        let entries_head = report["entries_head"].as_str().expect("a closing record names it");
        assert_ne!(report["head"], entries_head, "the closing record has a hash of its own");
        desk.ratchet(&["verify", name]).says(0, &["entries fit", "tree root", entries_head]);
    }
    desk.ratchet(&["journal", "export", "journal.rj", "again.jsonl"]).says(0, &["entries"]);
    assert_eq!(desk.read("again.jsonl"), desk.read("journal.jsonl"));
    desk.ratchet(&["journal", "export", "journal.jsonl", "again.rj"]).says(0, &["entries"]);
    assert_eq!(desk.bytes("again.rj"), binary);

    // What reads journals reads both.
    for arguments in [&["journal", "print", "--from", "30", "--count", "5"][..], &["explain", "--json", "20"]]
    {
        let runs = ["journal.jsonl", "journal.rj"].map(|name| {
            let (command, more) = match arguments {
                ["journal", more @ ..] => (vec!["journal", more[0], name], &more[1..]),
                [command, more @ ..] => (vec![*command, name], more),
                [] => unreachable!("there are some"),
            };
            let run = desk.ratchet(&[&command[..], more].concat());
            assert_eq!(run.code, 0, "{run:#?}");
            run.stdout.replace(name, "")
        });
        assert_eq!(runs[0], runs[1]);
    }
    desk.ratchet(&["journal", "print", "journal.rj", "--from", "100000"]).says(2, &["there is no entry"]);
    let plan = preset("value-growth-hardened");
    let check = |name| desk.ratchet(&["check", &plan, "--journal", name]).code;
    assert_eq!(check("journal.rj"), check("journal.jsonl"));
}

/// JRN-4: a binary journal that was changed, cut off or added to does not fit; `verify` and the reader in Python say where.
#[test]
fn a_binary_journal_that_was_tampered_with() {
    let desk = desk_with_both();
    let binary = desk.bytes("journal.rj");
    let mut cases = vec![
        ("closing", binary[..binary.len() - 10].to_vec()),
        ("added", [&binary[..], b"x"].concat()),
        ("empty", binary[..16].to_vec()),
    ];
    for place in (20..binary.len()).step_by(binary.len() / 20) {
        let mut bytes = binary.clone();
        bytes[place] ^= 4;
        cases.push(("a bit", bytes));
    }
    for (what, bytes) in cases {
        desk.write("wrong.rj", bytes);
        let report = desk.ratchet(&["verify", "wrong.rj", "--json"]).json(1);
        assert_eq!(report["ok"], false, "{what}");
        if let Some(run) = desk.read_journal(&["wrong.rj"]) {
            assert_eq!(run.code, 1, "{what}: {run:#?}");
            assert!(run.stderr.is_empty(), "{what}: {run:#?}");
        }
    }
}

/// `docs/spec/read_journal.py` reads both forms, finds what was forged, and prints entries.
#[test]
fn the_reader_in_python() {
    let desk = desk_with_both();
    for name in ["journal.rj", "journal.jsonl"] {
        let Some(run) = desk.read_journal(&[name, "--print", "0", "40"]) else { return };
        assert_eq!(run.code, 0, "{run:#?}");
        assert_eq!(run.stdout.matches("\"seq\": ").count(), 41);
        run.says(0, &["\"steps\"", "entries fit", "pool.assets", "order_placed"]);
    }
    let journal = desk.read("journal.jsonl");
    let paid = journal.lines().position(|line| line.contains("[\"escrow\"")).expect("an order was paid");
    let forged = |from: &str, to: &str| {
        desk.write("forged.jsonl", forge(&journal, paid, |body| body.replacen(from, to, 1)));
        desk.read_journal(&["forged.jsonl"]).expect("it was there before")
    };
    let place = format!("line {}", paid + 1);
    forged("[\"escrow\"", "[\"suspense\"").says(1, &["on its wrong side"]);
    forged("[\"escrow\",0,\"", "[\"escrow\",0,\"1").says(1, &[&place, "do not sum to zero"]);
    forged("[\"escrow\"", "[\"nowhere\"").says(1, &[&place, "there is no account nowhere"]);
    forged("\"seq\":", "\"seq\":1").says(1, &[&place, "is expected here"]);
    desk.write("forged.jsonl", &journal[..journal.len() - 40]);
    desk.read_journal(&["forged.jsonl"]).expect("python").says(1, &["no line of a journal"]);
}
