//! Zones and gaps through the real binary: a shop in Berlin at midnight and a year later, a history with years between its orders.

use crate::run::{Desk, preset_text};

const BERLIN: &str = "[programme]\nname = { zh = \"夏令时\", en = \"Berlin shop\" }\ncurrency = \"EUR\"\n\
    time_zone = \"Europe/Berlin\"\n[split]\ncost = \"70%\"\n[loyalty]\nearn_rate = \"2%\"\nvalid_days = 365\n";

/// Month and buyers of each cohort of a backtest.
fn cohorts(desk: &Desk, plan: &str) -> Vec<String> {
    desk.ratchet(&["backtest", plan, "orders.csv", "--out", "report", "--json"]).json(0);
    let text = desk.read("report/cohorts.csv");
    let cohorts = text.lines().skip(1).map(|line| line.split(',').take(3).collect::<Vec<_>>().join(","));
    cohorts.collect()
}

/// TIME-3, FILE-4: half past midnight on 1 July is July; a date without time is the beginning of that local day.
#[test]
fn time_3_a_backtest_follows_the_zone() {
    let orders = "order_id,member_id,ordered_at,amount\n\
        S1,kim,2026-06-30T23:30:00+02:00,100.00\n\
        S2,lee,2026-07-01T00:30:00+02:00,100.00\n\
        S3,max,2026-07-01,100.00\n";
    let desk = Desk::new();
    desk.write("orders.csv", orders);
    desk.write("zone.toml", BERLIN);
    assert_eq!(cohorts(&desk, "zone.toml"), ["2026-06,1,1", "2026-07,2,2"]);
    let desk = Desk::new();
    desk.write("orders.csv", orders);
    desk.write("fixed.toml", BERLIN.replace("time_zone = \"Europe/Berlin\"", "utc_offset = \"+01:00\""));
    assert_eq!(cohorts(&desk, "fixed.toml"), ["2026-06,2,2", "2026-07,1,1"]);
}

/// TIME-3b, LOY-2: points earned on 1 November at 09:00 are good on all of 1 November a year later; a refused time says what
/// would do.
#[test]
fn time_3b_points_are_good_until_the_end_of_the_day() {
    let desk = Desk::new();
    desk.write("plan.toml", BERLIN);
    desk.write(
        "commands.jsonl",
        [
            r#"{"key":"j1","at":"2025-10-25T10:00:00+02:00","type":"member.join","member":"kim"}"#,
            r#"{"key":"j2","at":"2025-10-18T15:00:00+02:00","type":"time.advance"}"#,
            r#"{"key":"j3","at":"2025-10-25T10:00:00+02:00","type":"order.pay","order":"o1","member":"kim","lines":[{"line":"1","amount":"100.00"}]}"#,
            r#"{"key":"j4","at":"2025-10-25T10:00:00+02:00","type":"order.receive","order":"o1"}"#,
            r#"{"key":"j5","at":"2025-11-01T09:00:00+01:00","type":"time.advance"}"#,
            r#"{"key":"j6","at":"2026-11-01T08:59:59+01:00","type":"order.pay","order":"o2","member":"kim","lines":[{"line":"1","amount":"1.00"}],"tender":{"loyalty":"1.00"}}"#,
            r#"{"key":"j7","at":"2026-11-01T23:59:59+01:00","type":"order.pay","order":"o3","member":"kim","lines":[{"line":"1","amount":"0.50"}],"tender":{"loyalty":"0.50"}}"#,
            r#"{"key":"j8","at":"2026-11-02T00:00:00+01:00","type":"order.pay","order":"o4","member":"kim","lines":[{"line":"1","amount":"0.50"}],"tender":{"loyalty":"0.50"}}"#,
        ]
        .join("\n"),
    );
    let summary = desk.ratchet(&["replay", "plan.toml", "commands.jsonl", "--json"]).json(1);
    let refused: Vec<(&str, &str)> = summary["refused"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["key"].as_str().unwrap_or_default(), one["code"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(refused, [("j2", "time_went_backwards"), ("j8", "insufficient_loyalty")]);
    assert_eq!(summary["refused"][0]["facts"]["now"], "2025-10-25T08:00:00Z");
}

/// TIME-1b: an order file with years between its orders runs, and the steps stand in its journal, which verifies.
#[test]
fn time_1b_a_backtest_crosses_years_without_orders() {
    let desk = Desk::new();
    desk.write("plan.toml", preset_text("value-growth"));
    desk.write(
        "orders.csv",
        "order_id,member_id,ordered_at,amount\no1,ann,2020-01-01,100.00\no2,ben,2023-01-01,100.00\n",
    );
    let run = ["backtest", "plan.toml", "orders.csv", "--journal", "journal.jsonl", "--json"];
    assert_eq!(desk.ratchet(&run).json(0)["orders"], 2);
    let steps = desk.read("journal.jsonl").matches("\"key\":\"advance:2").count();
    assert_eq!(steps, 2);
    desk.ratchet(&["verify", "journal.jsonl"]).says(0, &[]);
}
