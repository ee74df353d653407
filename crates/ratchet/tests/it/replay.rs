//! `ratchet replay`: goes on after a refusal, lists them all, stops at what is no command, writes the whole state.

use crate::run::{Desk, preset, preset_text, trimmed};

const JOIN: &str = r#"{"key":"k1","at":"2026-01-01T00:00:00Z","type":"member.join","member":"alice"}"#;

fn pay(key: &str, order: &str, member: &str) -> String {
    format!(
        r#"{{"key":"{key}","at":"2026-01-01T00:00:00Z","type":"order.pay","order":"{order}","member":"{member}","lines":[{{"line":"1","amount":"1000.00"}}]}}"#
    )
}

fn receive(key: &str, order: &str) -> String {
    format!(r#"{{"key":"{key}","at":"2026-01-01T00:00:00Z","type":"order.receive","order":"{order}"}}"#)
}

fn settle_at_once() -> String {
    preset_text("value-growth").replace("after_sale_days = 7", "after_sale_days = 0")
}

/// The state has every field of the exchange form; those of mechanisms that are not built are zero or null.
/// LEDGER-1: money accounts sum to zero, point accounts too.
#[test]
fn the_state_of_three_orders() {
    let desk = Desk::new();
    desk.write("plan.toml", settle_at_once());
    let mut commands = String::new();
    for n in 1..=3 {
        commands.push_str(&format!("{}\n", pay(&format!("p{n}"), &format!("o{n}"), &format!("m{n}"))));
        commands.push_str(&format!("{}\n", receive(&format!("r{n}"), &format!("o{n}"))));
    }
    desk.write("commands.jsonl", commands);
    let run = desk.ratchet(&["replay", "plan.toml", "commands.jsonl", "--state", "state.json", "--json"]);
    let summary = run.json(0);
    assert_eq!(summary["applied"], 6);
    assert_eq!(summary["refused"].as_array().map(Vec::len), Some(0));
    let state: serde_json::Value = serde_json::from_str(&desk.read("state.json")).expect("JSON");
    assert_eq!(trimmed(&state["pool"]["assets"]), "900");
    assert_eq!(trimmed(&state["pool"]["supply"]), "481.95");
    assert_eq!(trimmed(&state["pool"]["residual"]), "0");
    assert_eq!(state["digest"], summary["digest"]);
    let first = &state["members"]["m1"];
    for (field, value) in [
        ("cash", "0"),
        ("reconsume", "0"),
        ("points", "210"),
        ("spent", "1000"),
        ("release_remaining", "0"),
        ("value_units", "0"),
        ("emission_points", "0"),
        ("team_volume", "0"),
    ] {
        assert_eq!(trimmed(&first[field]), value, "{field}");
    }
    assert!(first.get("rank").is_some_and(serde_json::Value::is_null));
    let accounts = state["accounts"].as_object().expect("an object");
    for points in [false, true] {
        let sum: i128 = accounts
            .iter()
            .filter(|(name, _)| name.starts_with("points") == points)
            .map(|(_, balance)| {
                let text = balance.as_str().expect("a decimal string");
                let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
                let scaled: i128 = format!("{whole}{fraction:0<12}").parse().expect("a number");
                scaled
            })
            .sum();
        assert_eq!(sum, 0, "{accounts:#?}");
    }
    assert_eq!(trimmed(&accounts["bank"]), "-3000");
    assert_eq!(trimmed(&accounts["pool.assets"]), "900");
    assert_eq!(trimmed(&accounts["platform.revenue"]), "300");
}

/// ATOMIC-1, IDEM-1: refusals are listed with line, key and code; the rest is carried out.
#[test]
fn goes_on_after_refusals_and_lists_them() {
    let desk = Desk::new();
    let plan = preset("value-growth");
    let commands = format!(
        "{JOIN}\n{}\n\n{JOIN}\n{}\n{}\n",
        JOIN.replace("k1", "k2"),
        JOIN.replace("alice", "bob"),
        receive("k3", "nothing"),
    );
    let run = desk.ratchet_with(&["replay", &plan, "-", "--json"], &commands, "C");
    let summary = run.json(1);
    assert_eq!(summary["applied"], 1);
    assert_eq!(summary["replayed"], 1);
    let refused: Vec<_> = summary["refused"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|r| {
            format!(
                "{} {} {}",
                r["line"],
                r["key"].as_str().unwrap_or("?"),
                r["code"].as_str().unwrap_or("?")
            )
        })
        .collect();
    assert_eq!(refused, ["2 k2 member_exists", "5 k1 key_reused", "6 k3 order_unknown"]);

    let run = desk.ratchet_with(&["replay", &plan, "-"], &commands, "C");
    run.says(1, &["-:2", "k2", "member_exists", "a member with this id exists already"]);
    let run = desk.ratchet_with(&["replay", &plan, "-"], &commands, "zh_CN.UTF-8");
    run.says(1, &["-:2", "member_exists", "已有同号的会员"]);
}

/// CMD-1: a command with a value that its field cannot have is refused, says which, and the replay goes on; so is an
/// address in no province (COMM-4b), as an unknown territory is (COMM-4a).
#[test]
fn impossible_values_are_refusals() {
    let desk = Desk::new();
    let plan = preset("distribution-mall");
    let command = |kind: &str, fields: &str| {
        format!(r#"{{"key":"k","at":"2026-01-01T00:00:00Z","actor":"a","type":"{kind}",{fields}}}"#)
    };
    let address = |code: &str| pay("k", "o", "m").replacen('{', &format!("{{\"ship_to\":\"{code}\","), 1);
    let appoint = |code: &str| {
        let fields = format!(r#""member":"alice","territory":"{code}","level":"district""#);
        command("agent.appoint", &fields)
    };
    for (line, code, detail) in [
        (address("999999"), "territory_unknown", None),
        (address("161616"), "territory_unknown", None),
        (appoint("999999"), "territory_unknown", None),
        (appoint("440399"), "territory_unknown", None),
        (command("member.join", r#""member":"x","region":"999999""#), "territory_unknown", None),
        (address("99999"), "value_invalid", Some("ship_to")),
        (address("000000"), "value_invalid", Some("ship_to")),
        (pay("k", "o", "m").replace("1000.00", "1000.001"), "value_invalid", Some("1000.001")),
        (pay("k", "o", "m").replace("1000.00", "-1"), "value_invalid", Some("amount")),
        (pay("k", "o", "m").replace("1000.00", "99999999999999999999"), "value_invalid", Some("amount")),
        (pay("k", "o", &"m".repeat(129)), "value_invalid", Some("128")),
        (
            pay("k", "o", "m").replace(r#"{"line":"1","amount":"1000.00"}"#, ""),
            "value_invalid",
            Some("lines"),
        ),
        (command("points.sell", r#""member":"alice","points":"some""#), "value_invalid", Some("some")),
        (
            command("agent.appoint", r#""member":"alice","territory":"440305","level":"town""#),
            "value_invalid",
            Some("town"),
        ),
        (
            command("shareholder.set", r#""member":"alice","weight":"0.0000001""#),
            "value_invalid",
            Some("weight"),
        ),
        (command("stock.add", r#""sku":"s","quantity":-1"#), "value_invalid", Some("-1")),
        (command("promotion.reveal", r#""draw":"d","seed":"12""#), "value_invalid", Some("")),
        (
            command("claim.import", r#""claim":"c","member":"alice","amount":"1.00","evidence":"zz""#),
            "value_invalid",
            Some(""),
        ),
    ] {
        desk.write("commands.jsonl", format!("{JOIN}\n{line}\n{}\n", pay("k3", "o3", "alice")));
        let summary = desk.ratchet(&["replay", &plan, "commands.jsonl", "--json"]).json(1);
        let refused = &summary["refused"];
        assert_eq!(
            (&summary["applied"], &refused[0]["line"], &refused[0]["key"], &refused[0]["code"]),
            (&2.into(), &2.into(), &"k".into(), &code.into()),
            "{line}: {summary}"
        );
        assert_eq!(refused[0]["facts"]["cause"].is_string(), detail.is_some(), "{line}");
        let said = refused[0]["facts"]["cause"].as_str().unwrap_or_default();
        assert!(said.contains(detail.unwrap_or_default()), "{line}: {said}");
        desk.ratchet(&["replay", &plan, "commands.jsonl"])
            .says(1, &["commands.jsonl:2: k", code, detail.unwrap_or_default()]);
    }
}

/// What is no command stops the replay with its place, and nothing is written.
#[test]
fn malformed_lines_stop_with_their_place() {
    let desk = Desk::new();
    let plan = preset("value-growth");
    for (line, texts) in [
        ("{\"key\":\"k\"", &["commands.jsonl:2:", "EOF"][..]),
        ("not json", &["commands.jsonl:2:"]),
        ("[]", &["commands.jsonl:2"]),
        ("{}", &["commands.jsonl:2:", "type"]),
        (r#"{"key":"k","at":"2026-01-01T00:00:00Z","type":"order.pya"}"#, &["commands.jsonl:2", "order.pay"]),
        (r#"{"key":"k","at":"2026-01-01","type":"time.advance"}"#, &["commands.jsonl:2:", "RFC 3339"]),
        (r#"{"key":"k","at":"2026-01-01T00:00:00Z","type":"time.advance","colour":1}"#, &["colour"]),
        (&pay("k", "o", "m").replace("\"1000.00\"", "1000"), &["commands.jsonl:2:"]),
        (&pay(&"k".repeat(129), "o", "m"), &["commands.jsonl:2:", "128"]),
        (&pay("k", "o", "m").replace("lines", "line"), &["commands.jsonl:2:", "line"]),
        (&pay("k", "o", "m").replace(r#","member":"m""#, ""), &["commands.jsonl:2", "member is missing"]),
        (&format!("{{\"type\":\"time.advance\",\"x\":{}", "[".repeat(100_000)), &["commands.jsonl:2:"]),
        (&format!("\"{}\"", "x".repeat(2_000_000)), &["commands.jsonl:2", "longer than"]),
    ] {
        desk.write("commands.jsonl", format!("{JOIN}\n{line}\n"));
        let run = desk.ratchet(&[
            "replay",
            &plan,
            "commands.jsonl",
            "--state",
            "state.json",
            "--journal",
            "journal.jsonl",
        ]);
        run.says(1, texts);
        assert_eq!(desk.list(), ["commands.jsonl"], "nothing is half-written");
    }
    desk.write("commands.jsonl", [JOIN.as_bytes(), b"\n\xff\xfe{}\n"].concat());
    desk.ratchet(&["replay", &plan, "commands.jsonl"]).says(1, &["commands.jsonl:2", "UTF-8"]);
    // A byte-order mark and Windows line ends are no fault.
    desk.write("commands.jsonl", format!("\u{feff}{JOIN}\r\n"));
    desk.ratchet(&["replay", &plan, "commands.jsonl"]).says(0, &[]);
}

/// WIND-5: at the end each cohort by month of joining gets its part of the pool, the same for each point.
#[test]
fn the_end_is_shown_by_cohort() {
    let desk = Desk::new();
    desk.write("plan.toml", settle_at_once());
    let at = |line: String, day: &str| line.replace("2026-01-01", day);
    let end = |rest: &str, key: &str, actor: &str| {
        format!(r#"{{"key":"{key}","at":"2026-03-01T00:00:00Z","actor":"{actor}","type":"wind_down.{rest}}}"#)
    };
    let commands = [
        pay("p1", "o1", "early"),
        receive("r1", "o1"),
        at(pay("p2", "o2", "late"), "2026-02-02"),
        at(receive("r2", "o2"), "2026-02-02"),
        at(pay("p3", "o3", "last"), "2026-02-03"),
        at(receive("r3", "o3"), "2026-02-03"),
        end(
            r#"propose","wind_down":"w","closes_at":"2026-03-10T00:00:00Z","reason":"the shop closes""#,
            "k1",
            "ann",
        ),
        end(r#"approve","wind_down":"w""#, "k2", "bob"),
        r#"{"key":"k3","at":"2026-03-11T00:00:00Z","type":"time.advance"}"#.to_owned(),
    ];
    desk.write("commands.jsonl", commands.join("\n"));
    let summary = desk.ratchet(&["replay", "plan.toml", "commands.jsonl", "--json"]).json(0);
    let cohorts = summary["wind_down"].as_array().expect("it ended");
    assert_eq!(cohorts.len(), 2, "{cohorts:?}");
    let of = |name: &str| cohorts.iter().map(|cohort| trimmed(&cohort[name])).collect::<Vec<_>>();
    assert_eq!(of("month"), ["2026-01", "2026-02"]);
    // 210 of 481.95 points and 271.95: 900.00 are shared, the last fen by NUM-5.
    assert_eq!(of("points"), ["210", "271.95"]);
    let paid = of("paid");
    let fen = |text: &String| text.parse::<f64>().map(|yuan| (yuan * 100.0).round());
    let sum: f64 = paid.iter().map(|text| fen(text).expect("money")).sum();
    assert!((sum - 90_000.0).abs() < 0.5, "{paid:?}");
    // Equal but for the rounding of one fen for each member.
    let each: Vec<f64> = of("paid_per_point").iter().map(|text| text.parse().expect("a number")).collect();
    assert!((each[0] - each[1]).abs() < 0.000_1, "{each:?}");
    let text = desk.ratchet(&["replay", "plan.toml", "commands.jsonl", "--lang", "both"]);
    assert!(text.stdout.contains("2026-02") && text.stdout.contains("清盘支付"), "{}", text.stdout);
}
