//! ERR-1, ERR-1b: with `--lang zh` whatever a person reads is Chinese, on good and on bad input, of every subcommand.

use crate::run::{Desk, Run, preset_text};

const HEADER: &str = "order_id,member_id,ordered_at,amount";
const JOIN: &str = r#"{"key":"k","at":"2026-01-01T00:00:00Z","type":"member.join","member":"m"}"#;

/// Lines in which three words of lower-case English follow each other; excerpts of files, JSON and quoted texts are no prose.
fn english(run: &Run) -> Vec<String> {
    let prose = |line: &str| {
        let excerpt = line.split_once(" | ").is_some_and(|(number, _)| number.trim().parse::<u32>().is_ok());
        let mut quoted = false;
        let plain: String = line
            .chars()
            .map(|character| {
                quoted ^= matches!(character, '"' | '`');
                if quoted { ' ' } else { character }
            })
            .collect();
        let words: Vec<&str> = plain.split_whitespace().collect();
        let is_word = |word: &&str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
        !excerpt && !line.starts_with('{') && words.windows(3).any(|three| three.iter().all(is_word))
    };
    run.stdout.lines().chain(run.stderr.lines()).filter(|line| prose(line)).map(str::to_owned).collect()
}

/// A desk with a good plan, bad ones, and files of every kind that are wrong.
fn desk() -> Desk {
    let desk = Desk::new();
    let plan = preset_text("value-growth");
    desk.write("plan.toml", &plan);
    desk.write("unknown.toml", plan.replace("mint_ratio", "mint_ration"));
    desk.write("rates.toml", plan.replace("\"70%\"", "0.7").replace("cost = \"30%\"", "cost = \"50%\""));
    desk.write("broken.toml", "[programme\nname = 3\n");
    desk.write("empty.toml", "");
    desk.write("gbk.toml", b"[programme]\nname = \"\xb2\xe2\"\n");
    desk.write("orders.csv", format!("{HEADER}\no,m,2026-01-01,1000\np,n,2026-01-02,500\n"));
    desk.write("day.csv", format!("{HEADER}\no,m,2026-02-30,1\n"));
    desk.write("column.csv", "order_id,member_id,ordered_at,amounts\n");
    desk.write("zero.csv", format!("{HEADER}\no,m,2026-01-01,0\n"));
    desk.write("sheet.csv", format!("{HEADER}\no,1.38E+10,2026-01-01,1\n"));
    desk.write("good.jsonl", format!("{JOIN}\n"));
    desk.write("type.jsonl", JOIN.replace("member.join", "member.jion"));
    desk.write("field.jsonl", JOIN.replace("\"member\"", "\"membr\""));
    desk.write("json.jsonl", "{\n");
    desk.write("refused.jsonl", format!("{JOIN}\n{}\n", JOIN.replace("\"k\"", "\"k2\"")));
    desk.write("scenario.toml", "[scenario]\nplan = \"nothing\"\ndays = 0\n");
    desk.write("opinions.toml", "[[opinion]]\nby = \"\"\n");
    desk.write("draw.json", "{}");
    desk
}

/// ERR-1b: `--lang` holds wherever it stands, for help too.
#[test]
fn err_1_chinese_everywhere() {
    let desk = desk();
    desk.ratchet(&["replay", "plan.toml", "good.jsonl", "--journal", "j.jsonl"]).says(0, &[]);
    let journal = desk.read("j.jsonl");
    desk.write("changed.jsonl", journal.replace("member.join", "member.bind"));
    desk.write("cut.jsonl", journal.lines().skip(1).collect::<Vec<_>>().join("\n"));
    desk.write("nothing.jsonl", "");
    let runs: &[(i32, &str)] = &[
        (0, "backtest plan.toml orders.csv"),
        (1, "backtest plan.toml day.csv"),
        (1, "backtest plan.toml column.csv"),
        (1, "backtest plan.toml zero.csv"),
        (1, "backtest plan.toml sheet.csv"),
        (2, "backtest plan.toml missing.csv"),
        (2, "backtest plan.toml orders.csv --sell sometimes"),
        (2, "backtest plan.toml orders.csv --out a --journal a/j.jsonl"),
        (2, "backtest plan.toml orders.csv --out orders.csv"),
        (0, "check plan.toml"),
        (1, "check plan.toml --mode live"),
        (1, "check unknown.toml"),
        (1, "check rates.toml"),
        (1, "check broken.toml"),
        (1, "check empty.toml"),
        (1, "check gbk.toml"),
        (1, "check plan.toml --opinions opinions.toml"),
        (2, "check plan.toml --jurisdiction XX"),
        (2, "check plan.toml --at yesterday"),
        (0, "replay plan.toml good.jsonl"),
        (1, "replay plan.toml refused.jsonl"),
        (1, "replay plan.toml type.jsonl"),
        (1, "replay plan.toml field.jsonl"),
        (1, "replay plan.toml json.jsonl"),
        (2, "replay plan.toml good.jsonl --state x --journal x"),
        (0, "verify j.jsonl"),
        (1, "verify changed.jsonl"),
        (1, "verify cut.jsonl"),
        (1, "verify nothing.jsonl"),
        (0, "explain j.jsonl 1"),
        (2, "explain j.jsonl 99"),
        (1, "explain cut.jsonl 1"),
        (2, "journal print j.jsonl --from 99"),
        (0, "journal export j.jsonl j.rj"),
        (1, "journal export changed.jsonl k.rj"),
        (1, "verify-draw draw.json"),
        (1, "simulate scenario.toml"),
        (1, "sweep scenario.toml"),
        (1, "fork changed.jsonl scenario.toml"),
        (0, "generate orders --orders 3 --out made.csv"),
        (2, "generate orders --orders 0"),
        (2, "generate orders --refunds 4"),
        (2, "generate orders --start never"),
        (2, "study advert --runs 0"),
        (2, "bench --only nothing"),
        (2, "nothing"),
        (2, "check"),
        (2, "check plan.toml --nothing"),
        (0, "help"),
        (0, "replay --help"),
        (0, "journal print --help"),
    ];
    for (code, line) in runs {
        let arguments: Vec<&str> = line.split(' ').chain(["--lang", "zh"]).collect();
        let arguments = if *line == "help" { vec!["--lang", "zh", "help"] } else { arguments };
        let run = desk.ratchet(&arguments);
        assert_eq!(run.code, *code, "{line}: {run:#?}");
        let found = english(&run);
        assert!(found.is_empty(), "{line}: {found:#?}");
        let quiet = run.stdout.is_empty() && run.stderr.is_empty();
        let all = run.stdout + &run.stderr;
        assert!(quiet || all.chars().any(|character| character > '\u{4e00}'), "{line}: {all}");
    }
}

/// ERR-1a: where the output is JSON, code and facts of an error are too.
#[test]
fn err_1_errors_carry_code_and_facts() {
    let desk = desk();
    let error = |line: &str| -> serde_json::Value {
        let run = desk.ratchet(&line.split(' ').collect::<Vec<_>>());
        let last = run.stderr.lines().last().expect("it says something");
        let json: serde_json::Value =
            serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {last}"));
        json["error"].clone()
    };
    let plan = error("check unknown.toml --json");
    assert_eq!(plan["code"], "file.errors");
    let first = &plan["facts"]["errors"][0];
    assert_eq!((&first["code"], &first["facts"]["nearest"]), (&"file.key_near".into(), &"mint_ratio".into()));
    assert!(first["line"].as_u64() > Some(1) && first["file"] == "unknown.toml", "{first}");
    let orders = error("backtest plan.toml day.csv --json");
    assert_eq!(orders["facts"]["error"]["facts"]["error"]["code"], "orders.not_a_day", "{orders}");
    let option = error("check plan.toml --json --at yesterday");
    assert_eq!((&option["code"], &option["facts"]["value"]), (&"cli.value".into(), &"yesterday".into()));
    let command = error("replay plan.toml type.jsonl --json");
    assert_eq!(command["facts"]["error"]["facts"]["nearest"], "member.join");
}
