//! The directory.

use ratchet_engine::engine::Engine;
use ratchet_engine::testing::program::{Profile, Program};
use ratchet_engine::time::Timestamp;
use ratchet_store::{Journal, Listed, Store, Waking, back_up, migrate};
use tempfile::TempDir;

use crate::programs::{genesis, run};

/// KEEP-2: a second server on the same directory is refused, and told who has it; when that ends the next may.
#[test]
fn one_server_at_a_time() {
    let directory = TempDir::new().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let refused = Store::open(directory.path()).unwrap_err();
    assert_eq!(refused.message().code, "store.in_use");
    assert!(refused.to_string().contains(&format!("process {}", std::process::id())), "{refused}");
    drop(store);
    Store::open(directory.path()).unwrap();
}

/// A directory that a later version has written is left alone.
#[test]
fn a_later_versions_directory_is_refused() {
    let directory = TempDir::new().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let server = store.server_db().unwrap();
    server.execute("UPDATE migration SET version = version + 1", []).unwrap();
    drop(store);
    assert_eq!(Store::open(directory.path()).unwrap_err().message().code, "store.newer");
}

/// Each step of a migration is carried out once.
#[test]
fn migrations_go_forward_once() {
    let directory = TempDir::new().unwrap();
    let mut server = Store::open(directory.path()).unwrap().server_db().unwrap();
    let first = "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)";
    migrate(&mut server, "server.db", "test", &[first]).unwrap();
    migrate(&mut server, "server.db", "test", &[first, "INSERT INTO t VALUES (2)"]).unwrap();
    migrate(&mut server, "server.db", "test", &[first, "INSERT INTO t VALUES (2)"]).unwrap();
    let sum: i64 = server.query_row("SELECT sum(a) FROM t", [], |row| row.get(0)).unwrap();
    assert_eq!(sum, 3);
    let wrong = migrate(&mut server, "server.db", "test", &[first, "", "INSERT INTO t VALUES (4); nonsense"]);
    assert_eq!(wrong.unwrap_err().message().code, "store.database");
    let sum: i64 = server.query_row("SELECT sum(a) FROM t", [], |row| row.get(0)).unwrap();
    assert_eq!(sum, 3, "a step that fails leaves nothing");
}

/// The list of programmes says which have to be loaded, and when.
#[test]
fn programmes_sleep_until_something_is_due() {
    let directory = TempDir::new().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let plan = Program::of_profile(1, Profile::Mixed).plan();
    let start = Timestamp::from_us(5).unwrap();
    for (id, clock) in [("b", None), ("a", Some(start))] {
        store.create_programme(id, (clock, 1 << 63), &genesis(&mut Engine::genesis(plan.clone()))).unwrap();
    }
    let again = store.create_programme("a", (None, 1), &genesis(&mut Engine::genesis(plan.clone())));
    assert_eq!(again.unwrap_err().message().code, "store.programme_exists");
    for id in ["", "A", "1a", "a/b", "..", "ä", &"a".repeat(65)] {
        let refused = store.create_programme(id, (None, 1), &genesis(&mut Engine::genesis(plan.clone())));
        assert_eq!(refused.unwrap_err().message().code, "store.programme_id", "{id}");
    }
    let one = |id: &str, own_clock, waking| Listed { id: id.to_owned(), own_clock, seed: 1 << 63, waking };
    let listed = |of_a, of_b| vec![one("a", Some(start), of_a), one("b", None, of_b)];
    assert_eq!(store.programmes().unwrap(), listed(Waking::Unknown, Waking::Unknown));
    store.put_to_sleep("a", None).unwrap();
    store.put_to_sleep("b", Some(start)).unwrap();
    assert_eq!(store.programmes().unwrap(), listed(Waking::Used, Waking::At(start)));
    store.wake("b").unwrap();
    assert_eq!(store.programmes().unwrap(), listed(Waking::Used, Waking::Unknown));
}

/// KEEP-2: what a backup that was killed has left is no directory of a server, not even of a new one.
#[test]
fn an_unfinished_backup_is_refused() {
    let place = TempDir::new().unwrap();
    std::fs::write(place.path().join("server.db.part"), "half").unwrap();
    for opened in [Store::open(place.path()), Store::open_existing(place.path())] {
        assert_eq!(opened.err().unwrap().message().code, "store.unfinished_backup");
    }
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "nothing is made in it");
}

/// KEEP-2: a copy is made beside the server that has the directory; it opens as a directory of its own, with the journals as they were,
/// and nothing but an empty place is written to.
#[test]
fn a_backup_is_a_directory_of_its_own() {
    let ran = run(3, Profile::Mixed, &[5, 40]);
    let store = Store::open(ran.directory.path()).unwrap();
    store.put_to_sleep("p", None).unwrap();
    let place = TempDir::new().unwrap();
    let to = place.path().join("backup");
    assert_eq!(back_up(ran.directory.path(), &to).unwrap(), 1);
    let again = back_up(ran.directory.path(), &to).unwrap_err();
    assert_eq!(again.message().code, "store.not_empty");
    let nowhere = back_up(place.path(), &place.path().join("other")).unwrap_err();
    assert_eq!(nowhere.message().code, "store.not_a_store");
    assert!(!place.path().join("other").exists());
    drop(store);

    let copy = Store::open_existing(&to).unwrap();
    let listed = copy.programmes().unwrap();
    assert_eq!(listed.iter().map(|one| (&*one.id, one.waking)).collect::<Vec<_>>(), [("p", Waking::Unknown)]);
    let (journal, engine) = Journal::resume(&copy.files("p"), None).unwrap();
    assert_eq!((journal.entries(), engine.digest()), (ran.engine.next_seq(), ran.engine.digest()));
    let names = |path: &std::path::Path| {
        let entries = std::fs::read_dir(path).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    };
    assert!(!names(&to).iter().any(|name| name.contains("part")), "{:?}", names(&to));
}
