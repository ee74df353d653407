//! `ratchet study advert` as a person runs it.

use crate::run::Desk;

/// ADV-4, ADV-5: reports in both languages, every number as JSON, the same bytes for one thread and two; nothing is written over.
#[test]
fn adv_5_reports_numbers_and_threads() {
    let desk = Desk::new();
    let study =
        |threads, out| desk.ratchet(&["study", "advert", "--runs", "2", "--threads", threads, "--out", out]);
    study("1", "one")
        .says(0, &["14 have their money back in cash", "206.92", "report.en.html", "Does not hold"]);
    study("2", "two").says(0, &[]);
    for name in ["report.zh.html", "report.en.html", "numbers.json", "people-days.parquet", "exits.csv"] {
        let [one, two] = ["one", "two"].map(|folder| std::fs::read(desk.path(folder).join(name)).unwrap());
        assert!(!one.is_empty() && one == two, "{name}");
    }
    study("1", "one").says(2, &["not empty"]);
}
