//! KEEP-1: kill −9 at random moments.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::sync::Arc;

use ratchet_engine::journal::{Verifier, binary};
use ratchet_engine::time::Timestamp;
use ratchet_server::programme::{Clock, ClockKind, Outcome, Programmes, Settings};
use ratchet_store::{Journal, JournalForm, JournalReader, Store};
use tempfile::TempDir;

use crate::support::{pay, plan};

/// Names the directory for a process that is started to be killed.
const DIRECTORY: &str = "RATCHET_CRASH_DIRECTORY";
const KILLS: u64 = 50;
const CLIENTS: u64 = 8;
/// How many commands a process answers that nobody kills.
const ANSWERS: u64 = 400;

/// A process that writes until it is killed, or has answered enough, and says what it has answered: `key seq`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_not_killed_answers_everything() {
    let own = TempDir::new().unwrap();
    let directory = std::env::var_os(DIRECTORY).map_or_else(|| own.path().to_owned(), Into::into);
    let store = Arc::new(Store::open(&directory).unwrap());
    let programmes = Programmes::open(Arc::clone(&store), Clock::machine(), Settings::default()).unwrap();
    let programme = match programmes.get("p") {
        Some(programme) => programme,
        None => programmes.create("p", plan(), ClockKind::Machine).await.unwrap(),
    };
    let run = programme.read(None, |engine| engine.next_seq()).await.unwrap();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let programme = programme.clone();
            tokio::spawn(async move {
                for number in 0..ANSWERS / CLIENTS {
                    let order = format!("{run}-{client}-{number}");
                    let answer = programme.submit(pay(&order, &format!("m{client}"), 1_000)).await;
                    let Outcome::Applied { seq, .. } = answer.unwrap().outcome else {
                        panic!("{order} is new");
                    };
                    // One write, so that a killed process leaves whole lines.
                    std::io::stdout().write_all(format!("answered {order} {seq}\n").as_bytes()).unwrap();
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    programmes.stop().await;
    drop(programmes);
    let (_, engine) = Journal::resume(&store.files("p"), None).unwrap();
    assert_eq!(engine.next_seq(), run + ANSWERS);
}

/// Fifty processes are killed after a random number of answers, some with a torn write at the end of the log. After each: every
/// answered command is there once, under the number that was answered, and the journal decides again to the same state.
#[test]
fn what_was_answered_survives_kill_9() {
    let directory = TempDir::new().unwrap();
    let seed = std::env::var("RATCHET_SEED").ok().map_or(0, |seed| seed.parse::<u64>().unwrap());
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ seed.wrapping_mul(0xbf58_476d_1ce4_e5b9));
    let mut answered: BTreeMap<String, u64> = BTreeMap::new();
    let mut killed = 0;
    for kill in 0..KILLS {
        let after = random.below(ANSWERS / 2);
        let (new, was_killed) = run_and_kill(directory.path(), after);
        killed += u64::from(was_killed);
        for (order, seq) in new {
            assert_eq!(answered.insert(order.clone(), seq), None, "{order} was answered twice");
        }
        if random.below(2) == 0 {
            tear(directory.path(), &mut random);
        }
        check(directory.path(), &answered, kill);
    }
    assert!(killed > KILLS / 2, "only {killed} of {KILLS} were killed in time");
    assert!(!answered.is_empty());
}

/// What a process answered until it was killed after so many answers, and whether it was.
fn run_and_kill(directory: &Path, after: u64) -> (Vec<(String, u64)>, bool) {
    let mut process = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::a_process_that_is_not_killed_answers_everything", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap());
    let (mut answered, mut line) = (Vec::new(), String::new());
    loop {
        if answered.len() as u64 == after {
            process.kill().unwrap();
        }
        line.clear();
        // What was answered before the kill is still in the pipe.
        if lines.read_line(&mut line).unwrap() == 0 {
            break;
        }
        if let Some((_, answer)) = line.trim_end().split_once("answered ") {
            let (order, seq) = answer.split_once(' ').unwrap();
            answered.push((order.to_owned(), seq.parse().unwrap()));
        }
    }
    (answered, !process.wait().unwrap().success())
}

/// A part of a frame at the end of the write-ahead log, as a power cut leaves it.
fn tear(directory: &Path, random: &mut Random) {
    let log = directory.join("programmes/p/journal.db-wal");
    let Ok(mut file) = std::fs::OpenOptions::new().append(true).open(log) else { return };
    let torn: Vec<u8> = (0..random.below(6_000)).map(|_| random.below(256) as u8).collect();
    file.write_all(&torn).unwrap();
}

fn check(directory: &Path, answered: &BTreeMap<String, u64>, kill: u64) {
    let store = Store::open(directory).unwrap();
    if store.programmes().unwrap().is_empty() {
        assert!(answered.is_empty(), "kill {kill}");
        return;
    }
    let files = store.files("p");
    let (_, engine) = Journal::resume(&files, None).unwrap();
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    let reader = JournalReader::open(&files).unwrap();
    reader
        .batches(0, |batch| {
            for (entry, envelope) in batch.iter() {
                let Some(envelope) = envelope else { continue };
                let order = envelope.key.as_str().strip_prefix("pay ").unwrap().to_owned();
                assert_eq!(found.insert(order, entry.seq), None, "kill {kill}: twice");
                assert!(entry.at > Timestamp::MIN);
            }
            Ok(std::ops::ControlFlow::Continue(()))
        })
        .unwrap();
    for (order, seq) in answered {
        assert_eq!(found.get(order), Some(seq), "kill {kill}: {order} was answered");
    }
    let mut bytes = Vec::new();
    files.export(JournalForm::Binary, &mut bytes).unwrap();
    let mut verifier = Verifier::new();
    binary::read(&bytes, |batch, record| verifier.push_batch(batch, record)).unwrap();
    assert_eq!(verifier.finish().unwrap().0.digest(), engine.digest(), "kill {kill}");
}

/// Numbers that look random (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
