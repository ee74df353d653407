//! 0 done, 1 refused or a check failed, 2 usage or unreadable, 70 a bug.

use crate::run::{Desk, preset, preset_text, repository};

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
        &["check", &plan, "--rules", "nowhere.toml"],
        &["check", &plan, "--opinions", "nowhere.toml"],
        &["check", &plan, "--journal", "nowhere.jsonl"],
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

/// GATE-1: a live plan is run only when the gate lets it pass, and nothing gets around it.
#[test]
fn live_plans_need_the_gate() {
    let desk = Desk::new();
    let sandbox = preset("starter");
    desk.ratchet(&["check", &sandbox, "--mode", "live"]).says(1, &["REFUSED AS LIVE", "CN-FUND-01"]);
    let report = desk.ratchet(&["check", &sandbox, "--mode", "live", "--json"]).json(1);
    assert_eq!((&report["passed"], &report["gate"]["passed"]), (&false.into(), &false.into()));
    let report = desk.ratchet(&["check", &sandbox, "--jurisdiction", "cn", "--json"]).json(0);
    assert_eq!(report["jurisdictions"], serde_json::json!(["CN"]));
    assert_eq!(report["mode"], "sandbox");
    desk.ratchet(&["check", &sandbox, "--bypass"]).says(2, &["unexpected argument"]);

    desk.write("live.toml", preset_text("starter").replace("\"sandbox\"", "\"live\""));
    desk.write("orders.csv", ORDERS);
    desk.write("commands.jsonl", "");
    desk.ratchet(&["check", "live.toml"]).says(1, &["REFUSED AS LIVE"]);
    let refused = ["live.toml: refused as live by", "CN-FUND-01", "`ratchet check live.toml` says why"];
    desk.ratchet(&["backtest", "live.toml", "orders.csv"]).says(1, &refused);
    desk.ratchet(&["replay", "live.toml", "commands.jsonl"]).says(1, &refused);
    assert_eq!(desk.list(), ["commands.jsonl", "live.toml", "orders.csv"]);
}

/// GATE-1c, GATE-1d: with a lawyer's opinion on its very text a plan runs live, and its journal says so.
#[test]
fn an_opinion_admits_its_plan() {
    let desk = Desk::new();
    let guide = |name: &str| {
        std::fs::read_to_string(repository().join("docs/guide").join(name)).expect("the page's files")
    };
    let (plan, opinions) = (guide("shop-live.toml"), guide("shop-opinions.toml"));
    desk.write("plan.toml", &plan);
    desk.write("opinions.toml", &opinions);
    desk.write("orders.csv", ORDERS);
    desk.write("commands.jsonl", "");
    let with = ["--opinions", "opinions.toml"];
    desk.ratchet(&["backtest", "plan.toml", "orders.csv"]).says(1, &["refused as live by CN-PYR-08"]);
    desk.ratchet(
        &[&["backtest", "plan.toml", "orders.csv", "--journal", "journal.jsonl"], &with[..]].concat(),
    )
    .says(0, &[]);
    desk.ratchet(&[&["replay", "plan.toml", "commands.jsonl"], &with[..]].concat()).says(0, &[]);
    assert!(
        desk.read("journal.jsonl").contains("\"gate\":{\"on\":")
            && desk.read("journal.jsonl").contains("Wang Fang")
    );
    desk.ratchet(&["verify", "journal.jsonl"]).says(0, &["entries fit"]);
    // Another text, another plan: also where an option of the command line changes it.
    desk.write("plan.toml", plan.replace("\"70%\"", "\"71%\""));
    desk.ratchet(&[&["check", "plan.toml"], &with[..]].concat()).says(1, &["is void", "changed after it"]);
    desk.write("plan.toml", &plan);
    let changed = [&["backtest", "plan.toml", "orders.csv", "--after-sale-days", "0"], &with[..]].concat();
    desk.ratchet(&changed).says(1, &["refused as live by CN-PYR-08"]);
    desk.write("opinions.toml", "[[opinion]]\nby = 3\n");
    desk.ratchet(&[&["check", "plan.toml"], &with[..]].concat()).says(1, &["opinions.toml:2:6:"]);
}

/// LINT-2g: packs of one's own come on top; a folder is read by the names of its files.
#[test]
fn own_rules_are_asked() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("mine")).expect("a folder");
    let pack = "[pack]\njurisdiction = \"MY\"\nname = { zh = \"马来西亚\", en = \"Malaysia\" }\nresearched = \"2026-01-01\"\nlive = true\n\
                [[rule]]\nid = \"MY-1\"\nsource = \"s\"\narticle = \"1\"\nseverity = \"prohibited\"\nbasis = \"law\"\nevidence = \"P\"\n\
                when = \"pts.cash_out\"\ntitle = { zh = \"题\", en = \"No cash for points\" }\nexplanation = { zh = \"因\", en = \"e\" }\n\
                change = { zh = \"改\", en = \"c\" }\n";
    desk.write("mine/my.toml", pack);
    let plan = preset("starter");
    let asked = ["check", plan.as_str(), "--jurisdiction", "MY", "--mode", "live"];
    desk.ratchet(&asked).says(2, &["there is no rule pack for MY; there are packs for CN, US, EU"]);
    desk.ratchet(&[&asked[..], &["--rules", "mine"]].concat())
        .says(1, &["Malaysia (MY)", "MY-1 No cash for points"]);
    desk.ratchet(&[&asked[..], &["--rules", "mine/my.toml"]].concat()).says(1, &["MY-1"]);
    desk.write("mine/my.toml", pack.replace("pts.cash_out", "pts.cash_oot"));
    desk.ratchet(&[&asked[..], &["--rules", "mine"]].concat())
        .says(1, &["my.toml:13:9", "did you mean pts.cash_out?"]);
    std::fs::create_dir(desk.path("empty")).expect("a folder");
    desk.ratchet(&[&asked[..], &["--rules", "empty"]].concat()).says(2, &["holds no .toml"]);
}

/// LINT-2b: the day of the check decides which rules hold; a day that is none is a usage error.
#[test]
fn rules_are_asked_for_a_day() {
    let desk = Desk::new();
    let plan = preset("value-growth");
    let ids = |at: &str| {
        let report = desk.ratchet(&["check", &plan, "--at", at, "--json"]).json(0);
        assert_eq!(report["on"], at);
        report["rules"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|rule| rule["id"].to_string())
            .collect::<Vec<_>>()
    };
    assert!(ids("2020-01-01").iter().all(|id| !id.contains("FUND-01")));
    assert!(ids("2026-01-01").iter().any(|id| id.contains("TOK-02")));
    desk.ratchet(&["check", &plan, "--at", "today"]).says(2, &["write a date such as 2026-01-31"]);
}

/// LINT-2f: the journal of a programme against the plan that is shown for it.
#[test]
fn a_journal_shows_drift() {
    let desk = Desk::new();
    let guide = |name: &str| {
        std::fs::read_to_string(repository().join("docs/guide").join(name)).expect("the page's files")
    };
    desk.write("mall.jsonl", guide("distribution-mall.jsonl"));
    desk.ratchet(&["replay", &preset("distribution-mall"), "mall.jsonl", "--journal", "journal.jsonl"])
        .says(0, &[]);
    desk.write("shown.toml", guide("shop-live.toml"));
    let run = desk.ratchet(&["check", "shown.toml", "--mode", "sandbox", "--journal", "journal.jsonl"]);
    run.says(1, &["DRIFT", "another plan than this one", "1 by the plan", "CN-PYR-03"]);
    let report = desk.ratchet(&["check", "shown.toml", "--journal", "journal.jsonl", "--json"]).json(1);
    assert_eq!(report["behaviour"]["same_plan"], false);
    assert_eq!(report["behaviour"]["drifts"][0]["said"], 1);
    // Its own plan says what it does.
    let own = preset("distribution-mall");
    desk.ratchet(&["check", &own, "--journal", "journal.jsonl"]).says(0, &["Nothing goes beyond the plan"]);
    desk.write("journal.jsonl", desk.read("journal.jsonl").replacen("chen", "chan", 1));
    desk.ratchet(&["check", &own, "--journal", "journal.jsonl"]).says(1, &["the journal does not fit"]);
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
