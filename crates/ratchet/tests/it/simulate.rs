//! `ratchet simulate` and `ratchet sweep` as a person runs them.

use crate::run::Desk;

const SCENARIO: &str = "[scenario]\nname = { zh = \"测试\", en = \"Test\" }\nplan = [\"plan.toml\", \"value-growth\"]\ndays = 30\nruns = 3\n\
    [arrival]\ndaily = 3\n[spending.lognormal]\nmedian = \"118.00\"\n[selling.random]\ndaily = \"1%\"\n";

fn desk() -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("s")).unwrap();
    desk.write("s/a.toml", SCENARIO);
    desk.write("s/plan.toml", crate::run::preset_text("value-growth-hardened"));
    desk
}

/// Files of a study's folder with their bytes.
fn bytes(desk: &Desk, folder: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(desk.path(folder)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            found.push((
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read(&path).unwrap(),
            ));
        }
    }
    found.sort();
    found
}

/// SIM-20: the same bytes for one and two threads, and for runs added later.
#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let desk = desk();
    let one = desk.ratchet(&["simulate", "s/a.toml", "--threads", "1", "--runs", "5", "--out", "one"]);
    one.says(0, &["Test: 30 days, 5 runs, seed 1", "value-growth:", "plan:", "report.html"]);
    desk.ratchet(&["simulate", "s/a.toml", "--threads", "2", "--runs", "5", "--out", "two"]).says(0, &[]);
    desk.ratchet(&["simulate", "s/a.toml", "--threads", "2", "--runs", "2", "--out", "grown"]).says(0, &[]);
    assert_ne!(bytes(&desk, "grown"), bytes(&desk, "one"));
    desk.ratchet(&["simulate", "s/a.toml", "--runs", "5", "--out", "grown"]).says(0, &[]);
    assert_eq!(bytes(&desk, "one"), bytes(&desk, "two"));
    assert_eq!(bytes(&desk, "one"), bytes(&desk, "grown"));
    let names: Vec<String> = bytes(&desk, "one").into_iter().map(|(name, _)| name).collect();
    for name in ratchet_sim::study::FILES {
        assert!(names.iter().any(|found| found == name), "{name} in {names:?}");
    }
    // A plan that has changed is another study.
    let plan = crate::run::preset_text("value-growth-hardened")
        .replace("retention = \"20%\"", "retention = \"21%\"");
    desk.write("s/plan.toml", plan);
    desk.ratchet(&["simulate", "s/a.toml", "--out", "one"])
        .says(1, &["runs of another scenario, plan or seed"]);
    desk.ratchet(&["simulate", "s/a.toml", "--seed", "2", "--out", "two"]).says(1, &["choose another --out"]);
}

/// What is printed: JSON, both languages, assumptions; and the journal of the first run is a journal.
#[test]
fn results_are_printed_and_the_first_run_can_be_verified() {
    let desk = desk();
    let json = desk.ratchet(&["simulate", "s/a.toml", "--json"]).json(0);
    assert_eq!(json["runs"], 3);
    assert_eq!(json["variants"].as_array().map(Vec::len), Some(2));
    assert_eq!(json["variants"][0]["bounds_broken"], 0);
    assert!(json["variants"][1]["end"]["members"]["p50"].as_i64() > Some(50));
    desk.ratchet(&["simulate", "s/a.toml", "--lang", "zh"]).says(0, &["正中间的会员"]);
    desk.ratchet(&["simulate", "s/a.toml", "--explain"]).says(0, &["Every plan meets the same people"]);
    desk.ratchet(&["simulate", "s/a.toml", "--explain", "--lang", "zh"]).says(0, &["每天平均来 3 名新会员"]);
    desk.ratchet(&["simulate", "s/a.toml", "--runs", "1", "--journal", "j.jsonl"]).says(0, &[]);
    desk.ratchet(&["verify", "j.jsonl"]).says(0, &[]);
}

/// SIM-1: a scenario that is wrong says where; exit codes.
#[test]
fn wrong_scenarios_say_where() {
    let desk = desk();
    desk.write("s/b.toml", SCENARIO.replace("median", "medain"));
    desk.ratchet(&["simulate", "s/b.toml"]).says(1, &["s/b.toml:9:1", "did you mean `median`?"]);
    desk.ratchet(&["simulate", "absent.toml"]).says(2, &["cannot read absent.toml"]);
    desk.ratchet(&["simulate", "s/a.toml", "--runs", "0"]).says(2, &["--runs"]);
    desk.write("file", "");
    desk.ratchet(&["simulate", "s/a.toml", "--out", "file"]).says(2, &["cannot write file"]);
    desk.ratchet(&["sweep", "s/a.toml"]).says(1, &["the scenario has no [study]"]);
}

/// SIM-23
#[test]
fn a_sweep_writes_its_points() {
    let desk = desk();
    desk.write(
        "s/c.toml",
        format!(
            "{SCENARIO}[study]\nruns = 2\n[study.parameters]\n\"selling.random.daily\" = [\"0%\", \"5%\"]\n"
        ),
    );
    desk.ratchet(&["sweep", "s/c.toml", "--out", "out"])
        .says(0, &["as written · plan", "point 2 · value-growth"]);
    let points = desk.read("out/points.csv");
    assert!(
        points.lines().nth(1).is_some_and(|line| line.starts_with("as written · plan,plan,,")),
        "{points}"
    );
    // As written, alone at both ends, two points; under two plans each.
    assert_eq!(points.lines().count(), 1 + 2 * (1 + 2 + 2));
    assert!(desk.read("out/sensitivity.csv").contains("value-growth,selling.random.daily,together_ppm,"));
}

/// SIM-32: Ctrl-C keeps the runs that are done and says how to go on; the same command goes on to the same bytes.
#[cfg(target_os = "linux")]
#[test]
fn sim_32_ctrl_c_keeps_what_is_done() {
    let desk = desk();
    let arguments = |out| ["simulate", "s/a.toml", "--threads", "1", "--runs", "400", "--out", out];
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_ratchet"))
        .current_dir(desk.path(""))
        .args(arguments("stopped"))
        .args(["--lang", "en"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Some runs are there, and many are not.
    let done = || std::fs::metadata(desk.path("stopped/runs.bin")).map_or(0, |file| file.len());
    while done() < 20_000 && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("kept in stopped") && said.contains("same command"), "{said}");
    assert!(!desk.path("stopped/report.html").exists());
    desk.ratchet(&arguments("stopped")).says(0, &[]);
    desk.ratchet(&arguments("whole")).says(0, &[]);
    assert_eq!(bytes(&desk, "stopped"), bytes(&desk, "whole"));
}
