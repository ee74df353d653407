//! `ratchet fork` as a person runs it.

use crate::run::Desk;

const PAST: &str = "[scenario]\nname = { zh = \"过去\", en = \"Past\" }\nplan = \"value-growth\"\ndays = 40\nruns = 1\n\
    [arrival]\ndaily = 3\n[spending.lognormal]\nmedian = \"118.00\"\n[selling.random]\ndaily = \"1%\"\n";
const ON: &str = "[scenario]\nname = { zh = \"继续\", en = \"On\" }\nplan = \"value-growth\"\ndays = 20\nruns = 3\n\
    [arrival]\ndaily = 2\n[spending.lognormal]\nmedian = \"118.00\"\n[selling.random]\ndaily = \"1%\"\n";

/// A journal of forty days from 2026-01-01, and what people do afterwards.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("past.toml", PAST);
    desk.write("on.toml", ON);
    desk.ratchet(&["simulate", "past.toml", "--journal", "j.jsonl"]).says(0, &[]);
    desk
}

/// SIM-27, SIM-31: the journal is verified and said to be; the same bytes for one thread and two; a second folder is not written over.
#[test]
fn sim_27_forks_a_journal() {
    let desk = desk();
    let fork = |threads, out| {
        let set = "plan.pool.retention=0%";
        desk.ratchet(&[
            "fork",
            "j.jsonl",
            "on.toml",
            "--at",
            "2026-01-31",
            "--set",
            set,
            "--threads",
            threads,
            "--out",
            out,
        ])
    };
    fork("1", "one").says(
        0,
        &[
            "entries fit",
            "Forked at the end of 2026-01-31, 20 days",
            "as it was:",
            "plan.pool.retention=0%:",
            "report.html",
        ],
    );
    fork("2", "two").says(0, &[]);
    for name in [
        "report.html",
        "summary.json",
        "cohorts.csv",
        "differences.parquet",
        "runs.parquet",
        "charts/gains.zh.svg",
    ] {
        let [one, two] = ["one", "two"].map(|folder| std::fs::read(desk.path(folder).join(name)).unwrap());
        assert!(!one.is_empty() && one == two, "{name}");
    }
    fork("1", "one").says(2, &["not empty"]);
    let json = desk.ratchet(&["fork", "j.jsonl", "on.toml", "--json", "--runs", "1", "--cohorts", "week"]);
    json.says(0, &["\"intact\": true", "\"cases\""]);
    let zh = desk.ratchet(&["--lang", "zh", "fork", "j.jsonl", "on.toml", "--runs", "1"]);
    zh.says(0, &["条记录全部相符", "照旧"]);
}

/// SIM-27, SIM-28: what is refused says what to do, and nothing is written.
#[test]
fn sim_28_refusals() {
    let desk = desk();
    let fork = |more: &[&str]| desk.ratchet(&[&["fork", "j.jsonl", "on.toml"], more].concat());
    let fixed = ["--set", "plan.pool.exit.basis=lot"];
    fork(&fixed).says(1, &["cannot live on", "pool.exit.basis: it was fixed at the beginning"]);
    desk.ratchet(&[&["--lang", "zh", "fork", "j.jsonl", "on.toml"], &fixed[..]].concat())
        .says(1, &["开始时定下"]);
    fork(&["--at", "2030-01-01"]).says(1, &["ends on", "or earlier"]);
    fork(&["--at", "2020-01-01"]).says(1, &["later date"]);
    fork(&["--at", "yesterday"]).says(2, &["2026-01-31"]);
    fork(&["--set", "retention"]).says(1, &["KEY=VALUE"]);
    // One number changed in one line, far behind the fork.
    let journal = std::fs::read_to_string(desk.path("j.jsonl")).unwrap();
    let lines: Vec<&str> = journal.lines().collect();
    let mut torn: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    let last = torn.len() - 1;
    torn[last] = torn[last].replacen("\"seq\":", "\"seq\": ", 1);
    desk.write("torn.jsonl", torn.join("\n") + "\n");
    desk.ratchet(&["fork", "torn.jsonl", "on.toml", "--at", "2026-01-10", "--out", "out"])
        .says(1, &["not intact", "hash does not fit", "ratchet verify"]);
    assert!(std::fs::read_dir(desk.path("out")).unwrap().next().is_none());
}
