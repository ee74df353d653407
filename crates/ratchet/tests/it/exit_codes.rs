//! 0 done, 1 refused or a check failed, 2 usage or unreadable, 70 a bug.

use crate::run::{Desk, preset, preset_text};

const ORDERS: &str = "order_id,member_id,ordered_at,amount\no1,m1,2026-01-01,1000.00\n";

#[test]
fn done() {
    let desk = Desk::new();
    desk.write("orders.csv", ORDERS);
    desk.write(
        "commands.jsonl",
        "{\"key\":\"k1\",\"at\":\"2026-01-01T00:00:00Z\",\"type\":\"member.join\",\"member\":\"a\"}\n",
    );
    let plan = preset("value-growth");
    desk.ratchet(&["--help"]).says(0, &["backtest", "回测"]);
    desk.ratchet(&["--version"]).says(0, &["ratchet "]);
    desk.ratchet(&["backtest", &plan, "orders.csv"]).says(0, &[]);
    desk.ratchet(&["replay", &plan, "commands.jsonl"]).says(0, &[]);
    desk.ratchet(&["check", &plan]).says(0, &["LINT-1."]);
    desk.ratchet(&["generate", "orders", "--orders", "10", "--seed", "1"]).says(0, &["order_id"]);
    assert_eq!(desk.list(), ["commands.jsonl", "orders.csv"], "without --out nothing is written");
}

#[test]
fn usage() {
    let desk = Desk::new();
    desk.write("orders.csv", ORDERS);
    let plan = preset("value-growth");
    for arguments in [
        &["backtets"][..],
        &["backtest"],
        &["backtest", &plan],
        &["backtest", &plan, "nowhere.csv"],
        &["backtest", "nowhere.toml", "orders.csv"],
        &["backtest", &plan, "orders.csv", "--after-sale-days", "-1"],
        &["backtest", &plan, "orders.csv", "--after-sale-days", "99999"],
        &["backtest", &plan, "orders.csv", "--sell", "sometimes"],
        &["backtest", &plan, "orders.csv", "--out", "orders.csv"],
        &["backtest", &plan, "orders.csv", "--journal", "no/such/folder/journal.jsonl"],
        &["backtest", &plan, "orders.csv", "--out", "report", "--journal", "report/journal.jsonl"],
        &["backtest", &plan, "."],
        &["check", "."],
        &["check", &plan, "--mode", "real"],
        &["check", &plan, "--jurisdiction", "XX"],
        &["replay", &plan, "nowhere.jsonl"],
        &["replay", &plan, "orders.csv", "--state", "same", "--journal", "same"],
        &["verify", "nowhere.jsonl"],
        &["generate", "orders", "--orders", "many"],
    ] {
        let run = desk.ratchet(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {run:#?}");
        assert!(!run.stderr.is_empty(), "{arguments:?} says nothing");
    }
    assert_eq!(desk.list(), ["orders.csv"]);
    let run = desk.ratchet(&["generate", "orders", "--out", "no/such/orders.csv"]);
    run.says(2, &["no/such/orders.csv", "there is no folder no/such"]);
}

/// GATE-1: no plan passes as live in this version, and a live plan is not run.
#[test]
fn live_is_refused() {
    let desk = Desk::new();
    let sandbox = preset("starter");
    let run = desk.ratchet(&["check", &sandbox, "--mode", "live"]);
    run.says(1, &["Refused as live", "not part of this version"]);
    let report = desk.ratchet(&["check", &sandbox, "--mode", "live", "--json"]).json(1);
    assert_eq!(report["passed"], false);
    assert_eq!(report["gate"]["passed"], false);
    let report = desk.ratchet(&["check", &sandbox, "--jurisdiction", "CN", "--json"]).json(0);
    assert_eq!(report["rules_checked"], false);
    assert_eq!(report["jurisdiction"], "CN");

    desk.write("live.toml", preset_text("starter").replace("\"sandbox\"", "\"live\""));
    desk.write("orders.csv", ORDERS);
    desk.write("commands.jsonl", "");
    desk.ratchet(&["check", "live.toml"]).says(1, &["Refused as live"]);
    desk.ratchet(&["backtest", "live.toml", "orders.csv"]).says(1, &["live"]);
    desk.ratchet(&["replay", "live.toml", "commands.jsonl"]).says(1, &["live"]);
}

#[test]
fn a_bug_says_so_and_ends_with_70() {
    let run = Desk::new().ratchet(&["reference", "bug"]);
    assert_eq!(run.code, 70, "{run:#?}");
    assert!(run.stderr.contains("this is a bug in Ratchet") && run.stderr.contains("缺陷"), "{run:#?}");
    assert!(run.stderr.contains("asked for"), "the text of the panic is there to report: {run:#?}");
}

#[test]
fn the_language_follows_the_environment_and_the_flag() {
    let desk = Desk::new();
    let plan = preset("starter");
    let live = ["check", plan.as_str(), "--mode", "live"];
    assert!(desk.ratchet_with(&live, "", "zh_CN.UTF-8").stdout.contains("没有可以绕过的开关"));
    assert!(desk.ratchet_with(&live, "", "en_US.UTF-8").stdout.contains("There is no switch"));
    let run = desk.ratchet_with(&["check", &plan, "--mode", "live", "--lang", "both"], "", "en_US.UTF-8");
    assert!(run.stdout.contains("没有可以绕过的开关") && run.stdout.contains("There is no switch"));
}
