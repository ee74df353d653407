//! What a server keeps, looked at with the binary.

use ratchet_engine::amount::Money;
use ratchet_engine::command::{Command, Envelope, OrderTerms};
use ratchet_engine::engine::Engine;
use ratchet_engine::id::Id;
use ratchet_engine::journal::{EntryBatch, Genesis};
use ratchet_engine::plan::Plan;
use ratchet_engine::time::Timestamp;
use ratchet_store::Store;

use crate::run::{Desk, preset_text};

/// A server's directory with a programme of some orders.
fn data(desk: &Desk) -> Store {
    let store = Store::open(&desk.path("data")).unwrap();
    let plan = Plan::parse("value-growth", &preset_text("value-growth")).unwrap();
    let (mut engine, mut batch) = (Engine::genesis(plan), EntryBatch::new());
    let genesis = Genesis::of(&engine);
    engine.take_entries(&mut batch);
    batch.set_genesis(genesis);
    let (_, mut journal) = store.create_programme("p", (None, 1), &batch).unwrap();
    engine.keep_entries(true);
    let id = |text: &str| Id::new(text).unwrap();
    for number in 0..10 {
        let terms = OrderTerms::plain(id("m"), Money::from_minor(10_000).unwrap());
        let envelope = Envelope {
            key: id(&format!("k{number}")),
            at: Timestamp::from_us(1_767_225_600_000_000 + number).unwrap(),
            happened_at: None,
            actor: id("m"),
            command: Command::OrderPay { order: id(&format!("o{number}")), terms: Some(terms) },
        };
        engine.submit(&envelope);
        engine.take_entries(&mut batch);
        batch.push_command(envelope);
        journal.append(&batch).unwrap();
    }
    store
}

/// KEEP-3: the journal of a served programme is saved while its server has the directory, and `verify` accepts both forms.
#[test]
fn a_served_journal_is_saved_and_verifies() {
    let desk = Desk::new();
    let store = data(&desk);
    for file in ["p.rj", "p.jsonl"] {
        desk.ratchet(&["journal", "save", "--data", "data", "p", file]).says(0, &["11 entries"]);
        desk.ratchet(&["verify", file]).says(0, &[]);
    }
    drop(store);
    for unknown in ["q", "../p", "P"] {
        let saved = desk.ratchet(&["journal", "save", "--data", "data", unknown, "q.rj"]);
        saved.says(1, &["there is no programme"]);
    }
    assert!(!desk.list().contains(&"q.rj".to_owned()));
}

/// KEEP-2: rows are made anew for every programme, or one; not while a server has the directory.
#[test]
fn rows_are_rebuilt() {
    let desk = Desk::new();
    let store = data(&desk);
    desk.ratchet(&["rebuild", "--data", "data"]).says(1, &["is used by another server"]);
    drop(store);
    desk.ratchet(&["rebuild", "--data", "data"]).says(0, &["p: 11 entries"]);
    desk.ratchet(&["rebuild", "--data", "data", "p"]).says(0, &["p: 11 entries"]);
    desk.ratchet(&["rebuild", "--data", "data", "q"]).says(1, &["there is no programme q"]);
    desk.ratchet(&["rebuild", "--data", "nowhere"]).says(1, &["nowhere", "no server"]);
    assert!(!desk.path("nowhere").exists());
}

/// The blocks of `docs/guide/backup.md` as they stand there, beside a server that has the directory; what is restored is what was left.
#[test]
fn the_backup_guide_runs() {
    let desk = Desk::new();
    let store = data(&desk);
    let script: String = include_str!("../../../../docs/guide/backup.md")
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().expect("a block ends"))
        .collect();
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_ratchet"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut shell = std::process::Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &script]).env("PATH", path).current_dir(desk.path(""));
    let ended = shell.output().expect("bash can be started");
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{said}\n{}", String::from_utf8_lossy(&ended.stderr));
    drop(store);
    let digest = |place: &str| {
        let store = Store::open_existing(&desk.path(place)).unwrap();
        let (journal, engine) = ratchet_store::Journal::resume(&store.files("p"), None).unwrap();
        (journal.entries(), engine.digest())
    };
    assert_eq!(digest("data"), digest("data.aside"));
    assert_eq!(digest("data").0, 11);
    let onto = desk.ratchet(&["admin", "backup", "--data", "data", "--to", "backup/2026-12-02"]);
    onto.says(2, &["is not empty"]);
}
