//! KEEP-1: kill −9 at every write point. The points are the system calls by which one command of each kind changes files, as a trace
//! shows them; each is met by a process of its own, which is killed as it enters the call.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::sync::Arc;

use ratchet_engine::command::{Command, SellQuantity};
use ratchet_engine::journal::{Verifier, binary};
use ratchet_server::programme::{Clock, ClockKind, Outcome, Programme, Programmes, Settings};
use ratchet_store::{Disk, Journal, JournalForm, MasterKey, NewPerson, People, Store};
use tempfile::TempDir;

use crate::support::{DAY_US, START_US, at, id, pay, plan, receive, request};

/// Names the directory for a process that is started to be killed.
const DIRECTORY: &str = "RATCHET_WRITE_POINTS_DIRECTORY";
/// Calls that change files. Files are also written through shared memory (`-shm`), which is made anew at each start.
const CALLS: &str = "pwrite64,write,writev,pwritev,fsync,fdatasync,ftruncate,fallocate,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat";
/// Every kind of write point. A new one has to be thought about before it is added here: what is on disk if it does not happen?
const KNOWN: &[&str] = &[
    "data fdatasync",
    "data fsync",
    "data mkdir",
    "data.key.new fsync",
    "data.key.new rename",
    "data.key.new write",
    "journal.db fdatasync",
    "journal.db ftruncate",
    "journal.db pwrite64",
    "journal.db-journal fdatasync",
    "journal.db-journal pwrite64",
    "journal.db-journal unlink",
    "journal.db-wal fdatasync",
    "journal.db-wal ftruncate",
    "journal.db-wal pwrite64",
    "journal.db-wal unlink",
    "lock ftruncate",
    "lock write",
    "p fdatasync",
    "p fsync",
    "p mkdir",
    "programmes fsync",
    "programmes mkdir",
    "read.db fdatasync",
    "read.db ftruncate",
    "read.db pwrite64",
    "read.db unlink",
    "read.db-journal fdatasync",
    "read.db-journal pwrite64",
    "read.db-journal unlink",
    "read.db-wal fdatasync",
    "read.db-wal ftruncate",
    "read.db-wal pwrite64",
    "read.db-wal unlink",
    "server.db fdatasync",
    "server.db ftruncate",
    "server.db pwrite64",
    "server.db-journal fdatasync",
    "server.db-journal pwrite64",
    "server.db-journal unlink",
    "server.db-wal fdatasync",
    "server.db-wal ftruncate",
    "server.db-wal pwrite64",
    "server.db-wal unlink",
];

/// A person, a programme, and one command of each kind; says each that was answered. It goes on where a killed process stopped.
async fn write_one_of_each(directory: &Path) -> u64 {
    let said = |what: &str| println!("answered {what}");
    let data = directory.join("data");
    let store = Arc::new(Store::open(&data).unwrap());
    let key = MasterKey::of_file(&directory.join("data.key"), true).unwrap();
    let people = People::open(&data, &Disk::default(), &key).unwrap();
    let (login, name) = ("a@example.com".to_owned(), "Li".to_owned());
    let new = NewPerson { login, name, password: "$argon2id$".to_owned(), at: START_US };
    people.change(|tables| tables.add_person(&new)).unwrap();
    said("person");
    let clock = Clock::of(|| at(START_US));
    let programmes = Programmes::open(store, clock, Settings::default()).unwrap();
    let programme = match programmes.get("p") {
        Some(programme) => programme,
        None => programmes.create("p", plan(), ClockKind::Own { start: at(START_US) }).await.unwrap(),
    };
    said("programme");
    let does = async |request: ratchet_server::programme::Request| {
        let key = request.key.as_str().to_owned();
        let (Outcome::Applied { seq, .. } | Outcome::Duplicate { seq }) =
            programme.submit(request).await.unwrap().outcome
        else {
            panic!("{key} is carried out");
        };
        println!("answered {key}");
        seen(&programme, seq).await;
    };
    does(pay("o1", "m1", 100_000)).await;
    does(receive("o1")).await;
    let later = at(START_US + 8 * DAY_US);
    if programme.clock().await.unwrap().now < later {
        programme.advance(later, id("operator")).await.unwrap();
    }
    let member = id("m1");
    does(request("sell", Command::PointsSell { member, points: SellQuantity::All, min_net: None })).await;
    let next = programme.read(None, ratchet_engine::engine::Engine::next_seq).await.unwrap();
    programmes.stop().await;
    next
}

/// Waits until the rows have an entry.
async fn seen(programme: &Programme, seq: u64) {
    programme.rows(Some(seq + 1), |rows| rows.entries()).await.unwrap();
}

/// A process that does so where it is told, or in a directory of its own.
#[tokio::test]
async fn one_command_of_each_kind() {
    let own = TempDir::new().unwrap();
    let directory = std::env::var_os(DIRECTORY).map_or_else(|| own.path().to_owned(), Into::into);
    assert!(write_one_of_each(&directory).await > 4);
}

/// What was answered is there, what was not is there whole or not at all, and the same commands lead to the end that nobody disturbed.
#[test]
fn a_kill_at_any_write_point_loses_nothing() {
    let runs = Process::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    if !runs.is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("CI").is_none(), "the test needs strace, which can be installed");
        eprintln!("not run: kills at write points need strace");
        return;
    }
    let whole = TempDir::new().unwrap();
    let trace = whole.path().join("trace");
    let status = strace(whole.path(), &["-y", "-e", &format!("trace={CALLS}")], &trace).unwrap();
    assert!(status.0, "{}", status.1);
    let points = points(&std::fs::read_to_string(&trace).unwrap(), whole.path());
    let kinds: BTreeSet<String> = points.keys().map(|(file, call)| kind_of(file, call)).collect();
    let new: Vec<_> = kinds.iter().filter(|kind| !KNOWN.contains(&kind.as_str())).collect();
    assert!(new.is_empty(), "new write points: {new:?}");
    assert!(kinds.contains("journal.db-wal fdatasync"), "what is durable is synchronised: {kinds:?}");
    let whole = finish(whole.path());
    let (mut killed, mut met) = (0, 0);
    for ((file, call), count) in &points {
        for number in 1..=*count {
            let directory = TempDir::new().unwrap();
            let path = directory.path().join(file);
            let options = [
                "-P".to_owned(),
                path.display().to_string(),
                "-e".to_owned(),
                format!("trace={call}"),
                "-e".to_owned(),
                format!("inject={call}:signal=KILL:when={number}"),
            ];
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            let (lived, said) = strace(directory.path(), &options, Path::new("/dev/null")).unwrap();
            killed += u64::from(!lived);
            met += 1;
            check(directory.path(), &said, &format!("{file} {call} {number}"));
            assert_eq!(finish(directory.path()), whole, "{file} {call} {number}: {said}");
        }
    }
    eprintln!("{killed} of {met} processes were killed at {} kinds of write points", kinds.len());
    // A thread that comes first is counted for itself, so that a few late numbers of a file are never met.
    assert!(killed * 10 >= met * 8, "{killed} of {met}");
}

/// Runs the process; whether it ended well, and what it said.
fn strace(directory: &Path, options: &[&str], trace: &Path) -> std::io::Result<(bool, String)> {
    let output = Process::new("strace")
        .args(["-f", "-qq", "-o"])
        .arg(trace)
        .args(options)
        .arg(std::env::current_exe()?)
        .args(["--exact", "write_points::one_command_of_each_kind", "--nocapture"])
        .env(DIRECTORY, directory)
        .output()?;
    Ok((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// How often which call changed which file below a directory, as the trace shows: `PID call(3</path>, …` or `PID call("/path", …`.
fn points(trace: &str, directory: &Path) -> BTreeMap<(String, String), u32> {
    let mut points = BTreeMap::new();
    let top = format!("{}/", directory.display());
    for line in trace.lines() {
        let Some((call, arguments)) = line.split_once('(') else { continue };
        let call = call.rsplit(' ').next().unwrap_or_default();
        let Some((_, path)) = arguments.split_once(&top) else { continue };
        let path = path.split(['"', '>']).next().unwrap_or_default();
        if path != "trace" && !path.ends_with("-shm") {
            *points.entry((path.to_owned(), call.to_owned())).or_insert(0) += 1;
        }
    }
    points
}

fn kind_of(file: &str, call: &str) -> String {
    format!("{} {call}", file.rsplit('/').next().unwrap_or(file))
}

/// Whatever was answered is in the files, and the journal is decided again to the same state.
fn check(directory: &Path, said: &str, point: &str) {
    let answered: Vec<&str> =
        said.lines().filter_map(|line| line.split_once("answered ")).map(|(_, what)| what).collect();
    let data = directory.join("data");
    if answered.contains(&"person") {
        let key = MasterKey::of_file(&directory.join("data.key"), false).unwrap();
        let people = People::open(&data, &Disk::default(), &key).unwrap();
        let found = people.look(|tables| tables.credentials("a@example.com")).unwrap();
        assert!(found.is_some(), "{point}: the person was answered");
    }
    if !answered.contains(&"programme") {
        return;
    }
    let store = Store::open(&data).unwrap();
    let files = store.files("p");
    let (_, engine) = Journal::resume(&files, None).unwrap();
    let mut bytes = Vec::new();
    files.export(JournalForm::Binary, &mut bytes).unwrap();
    let mut verifier = Verifier::new();
    let mut found = BTreeSet::new();
    binary::read(&bytes, |batch, record| {
        let keys = batch.iter().filter_map(|(_, envelope)| Some(envelope?.key.as_str().to_owned()));
        found.extend(keys);
        verifier.push_batch(batch, record)
    })
    .unwrap();
    assert_eq!(verifier.finish().unwrap().0.digest(), engine.digest(), "{point}");
    for key in answered.iter().filter(|what| !["person", "programme"].contains(what)) {
        assert!(found.contains(*key), "{point}: {key} was answered and is gone");
    }
}

/// Does what is left to do in a process that nobody kills; the number of entries that this leads to.
fn finish(directory: &Path) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(write_one_of_each(directory))
}
