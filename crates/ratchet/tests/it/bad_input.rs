//! Bad plans and bad order files: a message with the place and the reason, exit code 1, nothing written.

use crate::run::{Desk, Run, preset, preset_text};

const HEADER: &str = "order_id,member_id,ordered_at,amount";

/// Runs a backtest that must fail, with every output asked for.
fn backtest(desk: &Desk, plan: &str, extra: &[&str]) -> Run {
    let mut arguments =
        vec!["backtest", plan, "orders.csv", "--out", "report", "--journal", "journal.jsonl", "--json"];
    arguments.extend(extra);
    desk.ratchet(&arguments)
}

#[test]
fn order_files() {
    let plan = preset("value-growth");
    let cases: &[(&str, &[u8], &[&str])] = &[
        ("empty", b"", &["orders.csv", "empty", "order_id"]),
        ("only a header", b"order_id,member_id,ordered_at,amount\n", &["orders.csv", "no rows"]),
        ("only zero rows", b"order_id,member_id,ordered_at,amount\no,m,2026-01-01,0\n", &["orders.csv", "zero"]),
        ("missing column", b"order_id,member_id,amount\no,m,1\n", &["orders.csv:1", "ordered_at", "missing"]),
        ("column twice", b"order_id,member_id,ordered_at,amount,amount\n", &["orders.csv:1", "amount", "twice"]),
        ("unknown column", b"order_id,member_id,ordered_at,amounts\n", &["orders.csv:1", "amounts", "\"amount\""]),
        ("not UTF-8", b"order_id,member_id,ordered_at,amount\no,\xc0\xc1,2026-01-01,1\n", &["orders.csv:2", "member_id", "UTF-8"]),
        ("UTF-16", b"\xff\xfeo\0r\0d\0", &["orders.csv:1", "UTF-8"]),
        ("binary", &[0, 159, 146, 150, 0, 7], &["orders.csv:1"]),
        ("too few fields", b"order_id,member_id,ordered_at,amount\no,m,2026-01-01\n", &["orders.csv:2", "3 fields"]),
        ("too many fields", b"order_id,member_id,ordered_at,amount\no,m,2026-01-01,1,1\n", &["orders.csv:2", "5 fields"]),
        ("open quote", b"order_id,member_id,ordered_at,amount\n\"o,m,2026-01-01,1\n", &["orders.csv:2", "quote"]),
        (
            "an order of two",
            b"order_id,member_id,ordered_at,amount\no,m,2026-01-01,1\np,m,2026-01-01,1\no,n,2026-01-02,1\n",
            &["orders.csv:4", "order_id", "\"o\"", "line 2"],
        ),
        ("three decimals", b"order_id,member_id,ordered_at,amount\no,m,2026-01-01,1.005\n", &["orders.csv:2", "amount", "1.005"]),
        ("overflow", b"order_id,member_id,ordered_at,amount\no,m,2026-01-01,99999999999999999999999999\n", &["orders.csv:2", "amount", "larger"]),
        ("exponent", b"order_id,member_id,ordered_at,amount\no,m,2026-01-01,1e3\n", &["orders.csv:2", "amount", "1e3"]),
        ("thousands", b"order_id,member_id,ordered_at,amount\no,m,2026-01-01,\"1,000\"\n", &["orders.csv:2", "amount", "1,000"]),
        ("no amount", b"order_id,member_id,ordered_at,amount\no,m,2026-01-01,\n", &["orders.csv:2", "amount", "missing"]),
        ("before 1970", b"order_id,member_id,ordered_at,amount\no,m,1969-12-31,1\n", &["orders.csv:2", "ordered_at", "1970"]),
        ("year 10000", b"order_id,member_id,ordered_at,amount\no,m,10000-01-01,1\n", &["orders.csv:2", "ordered_at"]),
        ("30 February", b"order_id,member_id,ordered_at,amount\no,m,2026-02-30,1\n", &["orders.csv:2", "ordered_at", "calendar"]),
        ("no offset", b"order_id,member_id,ordered_at,amount\no,m,2026-01-01 08:00:00,1\n", &["orders.csv:2", "ordered_at", "offset"]),
        ("no order id", b"order_id,member_id,ordered_at,amount\n,m,2026-01-01,1\n", &["orders.csv:2", "order_id", "empty"]),
        ("blank member", b"order_id,member_id,ordered_at,amount\no, m,2026-01-01,1\n", &["orders.csv:2", "member_id", "blank"]),
        (
            "an id that a spreadsheet has shortened",
            b"order_id,member_id,ordered_at,amount\no,1.38E+10,2026-01-01,1\n",
            &["orders.csv:2", "member_id", "\"1.38E+10\"", "spreadsheet", "as text"],
        ),
        ("only a guest", b"order_id,member_id,ordered_at,amount\no,,2026-01-01,1\n", &["orders.csv: ", "line 2", "no member"]),
        (
            "refund of more",
            b"order_id,member_id,ordered_at,amount,refunded_amount,refunded_at\no,m,2026-01-01,1,2,2026-01-02\n",
            &["orders.csv:2", "refunded_amount"],
        ),
        (
            "refund before the order",
            b"order_id,member_id,ordered_at,amount,refunded_amount,refunded_at\no,m,2026-01-02,1,1,2026-01-01\n",
            &["orders.csv:2", "refunded_at"],
        ),
        (
            "region",
            b"order_id,member_id,ordered_at,amount,ship_to\no,m,2026-01-01,1,Beijing\n",
            &["orders.csv:2", "ship_to", "GB/T 2260"],
        ),
    ];
    for (name, bytes, texts) in cases {
        let desk = Desk::new();
        desk.write("orders.csv", bytes);
        let run = backtest(&desk, &plan, &[]);
        assert_eq!(run.code, 1, "{name}: {run:#?}");
        assert_eq!(run.stdout, "", "{name}");
        for text in *texts {
            assert!(run.stderr.contains(text), "{name}: no {text:?} in {}", run.stderr);
        }
        assert_eq!(desk.list(), ["orders.csv"], "{name}: something was written");
    }
}

#[test]
fn a_row_too_long_to_be_one() {
    let desk = Desk::new();
    desk.write("orders.csv", format!("{HEADER}\n{}\n", "x".repeat(3_000_000)));
    let run = backtest(&desk, &preset("value-growth"), &[]);
    run.says(1, &["orders.csv:2", "longer than"]);
    assert_eq!(desk.list(), ["orders.csv"]);
}

/// What is odd and still clear is read.
#[test]
fn order_files_that_are_fine() {
    let plan = preset("value-growth");
    let plain = format!("{HEADER}\no1,m1,2026-01-01,1000.00\no2,m2,2026-01-02,1000.00\n");
    let orders = [
        plain.clone(),
        format!("\u{feff}{plain}"),
        plain.replace('\n', "\r\n"),
        plain.trim_end().to_owned(),
        format!("{plain}\n\n"),
        format!("{HEADER}\n\"o1\",\"m1\",2026-01-01,\"1000.00\"\no2,m2,2026-01-02,1000\n"),
        "amount,ordered_at,member_id,order_id\n1000.00,2026-01-01,m1,o1\n1000.00,2026-01-02,m2,o2\n"
            .to_owned(),
        // Not sorted: rows are taken by time.
        format!("{HEADER}\no2,m2,2026-01-02,1000.00\no1,m1,2026-01-01T00:00:00+08:00,1000.00\n"),
    ];
    let mut results = Vec::new();
    for text in &orders {
        let desk = Desk::new();
        desk.write("orders.csv", text);
        let summary = desk.ratchet(&["backtest", &plan, "orders.csv", "--json"]).json(0);
        assert_eq!(summary["orders"], 2, "{text:?}");
        results.push((summary["pool"].clone(), summary["supply"].clone()));
    }
    assert!(results.iter().all(|result| *result == results[0]), "{results:?}");
}

/// With --skip-bad-rows the bad rows are set aside in a file and the rest runs.
#[test]
fn bad_rows_can_be_skipped() {
    let desk = Desk::new();
    desk.write(
        "orders.csv",
        format!("{HEADER}\no1,m1,2026-01-01,1000.00\no2,m2,2026-01-02,1.005\no3,m3,2026-01-03,0\no1,m4,2026-01-04,5\n"),
    );
    let plan = preset("value-growth");
    let run =
        desk.ratchet(&["backtest", &plan, "orders.csv", "--skip-bad-rows", "--out", "report", "--json"]);
    let summary = run.json(0);
    assert_eq!(summary["orders"], 1);
    assert_eq!(summary["skipped"], 1, "a zero row is no order");
    let bad = desk.read("report/bad-rows.csv");
    assert!(bad.contains("o2,m2,2026-01-02,1.005") && bad.contains("o1,m4,2026-01-04,5"), "{bad}");
    assert!(bad.contains('3') && bad.contains("amount"), "line and reason: {bad}");
    let left = &summary["left_out"];
    assert_eq!((&left[0]["reason"], &left[0]["rows"]), (&"amount_zero".into(), &1.into()));
    assert_eq!((&left[1]["column"], &left[1]["amount_unread"]), (&"amount".into(), &1.into()));
    assert_eq!((&left[2]["column"], &left[2]["amount"]), (&"order_id".into(), &"5.00".into()));
}

/// FILE-14: damaged ids are no bad rows to be skipped.
#[test]
fn damaged_ids_cannot_be_skipped() {
    for rows in [
        "2.02207E+18,1.38E+10,2026-01-05,299.00\n2.02208E+18,1.38E+10,2026-01-06,58.50\n",
        "2.02207E+18,m1,2026-01-05,299.00\n2.02207E+18,m2,2026-01-06,58.50\n2.02207E+18,m3,2026-01-07,100.00\n",
        "2022072512345920000,m1,2026-01-05,299.00\n2022072512345920000,m2,2026-01-05,58.50\n",
    ] {
        let desk = Desk::new();
        desk.write("orders.csv", format!("{HEADER}\n{rows}"));
        for extra in [&[][..], &["--skip-bad-rows"]] {
            let run = backtest(&desk, &preset("value-growth"), extra);
            run.says(1, &["orders.csv:2: order_id", "spreadsheet", "as text"]);
            assert_eq!(desk.list(), ["orders.csv"]);
        }
    }
}

/// FILE-16, FILE-17: a row for each article, returns and guests.
#[test]
fn rows_of_one_order_and_what_is_left_out() {
    let desk = Desk::new();
    desk.write(
        "orders.csv",
        format!(
            "{HEADER}\n536366,17850,2026-01-01,11.10\n536366,17850,2026-01-01,11.10\nC1,17850,2026-01-02,-4.65\n\
             536367,13047,2026-01-03,199.0000\n536544,,2026-01-04,2.51\n"
        ),
    );
    let plan = preset("value-growth");
    let summary = desk.ratchet(&["backtest", &plan, "orders.csv", "--json"]).json(0);
    assert_eq!((&summary["orders"], &summary["disclosure"]["spent"]), (&2.into(), &"221.20".into()));
    assert_eq!(summary["orders_of_several_rows"], 1);
    let amounts: Vec<_> =
        summary["left_out"].as_array().unwrap().iter().map(|left| left["amount"].as_str().unwrap()).collect();
    assert_eq!(amounts, ["-4.65", "2.51"]);
    let text = desk.ratchet(&["--lang", "zh", "backtest", &plan, "orders.csv"]);
    text.says(0, &["退货", "-4.65", "没有会员", "2.51"]);
}

#[test]
fn plans() {
    let good = preset_text("value-growth");
    let cases: &[(&str, String, &[&str])] = &[
        ("empty", String::new(), &["plan.toml:1:"]),
        ("not TOML", "[programme\n".to_owned(), &["plan.toml:1:"]),
        (
            "unknown key",
            good.replace("mint_ratio", "mint_ration"),
            &["plan.toml:", "mint_ration", "mint_ratio"],
        ),
        ("unknown section", format!("{good}\n[pools]\nx = 1\n"), &["plan.toml:", "pools", "pool"]),
        ("not built yet", format!("{good}\n[release]\nrate = \"3‰\"\n"), &["plan.toml:", "release"]),
        ("over 100 %", good.replace("cost = \"30%\"", "cost = \"50%\""), &["plan.toml:", "110"]),
        ("ambiguous rate", good.replace("\"70%\"", "\"0.7\""), &["plan.toml:", "0.7"]),
        ("float rate", good.replace("\"70%\"", "0.7"), &["plan.toml:", "mint_ratio"]),
        (
            "negative days",
            good.replace("after_sale_days = 7", "after_sale_days = -7"),
            &["plan.toml:", "after_sale_days"],
        ),
        ("huge multiple", good.replace("multiple = 3", "multiple = 30000"), &["plan.toml:", "multiple"]),
        (
            "key twice",
            good.replace("[settlement]", "[settlement]\nafter_sale_days = 1"),
            &["plan.toml:", "after_sale_days"],
        ),
        ("nested too deep", format!("x = {}", "[".repeat(100_000)), &["plan.toml:1:"]),
        ("huge", "# filler\n".repeat(300_000), &["plan.toml:", "larger than"]),
    ];
    for (name, text, texts) in cases {
        let desk = Desk::new();
        desk.write("plan.toml", text);
        desk.write("orders.csv", format!("{HEADER}\no,m,2026-01-01,1\n"));
        for run in [backtest(&desk, "plan.toml", &[]), desk.ratchet(&["check", "plan.toml"])] {
            assert_eq!(run.code, 1, "{name}: {run:#?}");
            assert_eq!(run.stdout, "", "{name}");
            for text in *texts {
                assert!(run.stderr.contains(text), "{name}: no {text:?} in {}", run.stderr);
            }
        }
        assert_eq!(desk.list(), ["orders.csv", "plan.toml"], "{name}: something was written");
    }
    let desk = Desk::new();
    desk.write("plan.toml", b"[programme]\nname = { zh = \"\xb2\xe2\", en = \"GBK\" }\n");
    desk.ratchet(&["check", "plan.toml"]).says(1, &["plan.toml:2", "UTF-8"]);
}
