//! A server's programmes in a directory of their own, under a clock that the test moves.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ratchet_engine::amount::Money;
use ratchet_engine::command::{Command, OrderTerms};
use ratchet_engine::id::Id;
use ratchet_engine::plan::Plan;
use ratchet_engine::time::Timestamp;
use ratchet_server::programme::{Clock, Outcome, Programme, Programmes, Request, Settings};
use ratchet_store::{Journal, Store};
use tempfile::TempDir;

/// 2026-01-01T00:00:00Z.
pub(crate) const START_US: i64 = 1_767_225_600_000_000;
pub(crate) const DAY_US: i64 = 86_400_000_000;

pub(crate) struct Server {
    pub(crate) directory: TempDir,
    pub(crate) store: Arc<Store>,
    pub(crate) programmes: Programmes,
    pub(crate) now_us: Arc<AtomicI64>,
}

impl Server {
    pub(crate) fn new(settings: Settings) -> Server {
        let directory = TempDir::new().unwrap();
        Server::at(directory, START_US, settings)
    }

    fn at(directory: TempDir, now_us: i64, settings: Settings) -> Server {
        let store = Arc::new(Store::open(directory.path()).unwrap());
        let now_us = Arc::new(AtomicI64::new(now_us));
        let programmes = Programmes::open(Arc::clone(&store), clock(&now_us), settings).unwrap();
        Server { directory, store, programmes, now_us }
    }

    /// Stops in order and starts again.
    pub(crate) async fn restart(self, settings: Settings) -> Server {
        self.programmes.stop().await;
        let Server { directory, store, programmes, now_us } = self;
        drop((programmes, store));
        Server::at(directory, now_us.load(Ordering::SeqCst), settings)
    }

    pub(crate) fn set_clock(&self, now_us: i64) {
        self.now_us.store(now_us, Ordering::SeqCst);
    }

    /// Holds the journal so that no commit gets through, until what it returns is dropped.
    pub(crate) fn hold_journal(&self, id: &str) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open(self.directory.path().join(journal_of(id))).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        connection
    }

    pub(crate) fn batches(&self, id: &str) -> i64 {
        let connection = rusqlite::Connection::open(self.directory.path().join(journal_of(id))).unwrap();
        connection.query_row("SELECT count(*) FROM batch", [], |row| row.get(0)).unwrap()
    }

    /// The digest of what is on disk.
    pub(crate) fn digest(&self, id: &str) -> String {
        let seed = self.store.programmes().unwrap().into_iter().find(|listed| listed.id == id).unwrap().seed;
        Journal::resume(&self.store.files(id), Some(seed)).unwrap().1.digest()
    }
}

fn journal_of(id: &str) -> String {
    format!("programmes/{id}/journal.db")
}

fn clock(now_us: &Arc<AtomicI64>) -> Clock {
    let now_us = Arc::clone(now_us);
    Clock::of(move || Timestamp::from_us(now_us.load(Ordering::SeqCst)).unwrap())
}

pub(crate) fn plan() -> Plan {
    Plan::parse("value-growth", include_str!("../../../../plans/value-growth.toml")).unwrap()
}

pub(crate) fn at(us: i64) -> Timestamp {
    Timestamp::from_us(us).unwrap()
}

pub(crate) fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

pub(crate) fn money(minor: i64) -> Money {
    Money::from_minor(minor).unwrap()
}

pub(crate) fn request(key: &str, command: Command) -> Request {
    Request { key: id(key), actor: id("somebody"), command, happened_at: None }
}

/// Pays an order of one line, under a key of its own.
pub(crate) fn pay(order: &str, member: &str, minor: i64) -> Request {
    let terms = OrderTerms::plain(id(member), money(minor));
    request(&format!("pay {order}"), Command::OrderPay { order: id(order), terms: Some(terms) })
}

pub(crate) fn receive(order: &str) -> Request {
    request(&format!("receive {order}"), Command::OrderReceive { order: id(order) })
}

/// Submits what has to be carried out; its entry.
pub(crate) async fn apply(programme: &Programme, request: Request) -> u64 {
    match programme.submit(request.clone()).await.unwrap().outcome {
        Outcome::Applied { seq, .. } => seq,
        other => panic!("{request:?}: {other:?}"),
    }
}

/// The number of entries in a directory that no server has.
pub(crate) fn entries(directory: &Path, id: &str) -> u64 {
    let store = Store::open(directory).unwrap();
    ratchet_store::JournalReader::open(&store.files(id)).unwrap().entries().unwrap()
}
