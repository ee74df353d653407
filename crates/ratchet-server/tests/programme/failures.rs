//! What happens when something goes wrong.

use std::sync::mpsc::channel;

use ratchet_server::programme::{ClockKind, Outcome, Settings, Unavailable};

use crate::support::{Server, apply, pay, plan};

/// KEEP-1: a commit that fails says so, stops that programme's writer and no other; the same key again has one effect.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_commit_makes_one_programme_read_only() {
    let server = Server::new(Settings::default());
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    let other = server.programmes.create("q", plan(), ClockKind::Machine).await.unwrap();
    apply(&programme, pay("before", "m", 1_000)).await;
    let digest = server.digest("p");

    let held = server.hold_journal("p");
    assert_eq!(programme.submit(pay("lost", "m", 1_000)).await.unwrap_err(), Unavailable::OutcomeUnknown);
    let refused = programme.submit(pay("later", "m", 1_000)).await.unwrap_err();
    let reason = programme.read_only_reason().unwrap();
    assert_eq!(refused, Unavailable::ReadOnly { reason: reason.clone() });
    assert!(reason.contains("journal.db"), "{reason}");
    // Its state is what is on disk, and is read on.
    assert_eq!(programme.read(None, |engine| engine.digest()).await.unwrap(), digest);
    assert!(programme.entry(1).await.unwrap().is_some());
    apply(&other, pay("o", "m", 1_000)).await;

    drop(held);
    programme.reopen().unwrap();
    assert!(matches!(
        programme.submit(pay("lost", "m", 1_000)).await.unwrap().outcome,
        Outcome::Applied { seq: 2, .. }
    ));
    assert_eq!(programme.read_only_reason(), None);
    let now = programme.read(None, |engine| engine.digest()).await.unwrap();
    assert_eq!(server.digest("p"), now);
}

/// A panic in somebody's read is theirs: the programme goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_read_is_the_readers() {
    let server = Server::new(Settings::default());
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    let reader = programme.clone();
    let read = tokio::spawn(async move { reader.read(None, |_| -> u64 { panic!("a bug in a view") }).await });
    assert!(read.await.unwrap_err().is_panic());
    apply(&programme, pay("o", "m", 1_000)).await;
}

/// A full queue is said at once, with when to come again.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_said() {
    let server = Server::new(Settings { queue_max: 2, ..Settings::default() });
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    let (go, gone) = channel::<()>();
    let (begin, begun) = channel();
    let reader = programme.clone();
    let blocks = tokio::spawn(async move {
        let wait = move |_: &ratchet_engine::engine::Engine| {
            begin.send(()).unwrap();
            gone.recv().unwrap_err();
        };
        reader.read(None, wait).await
    });
    tokio::task::spawn_blocking(move || begun.recv()).await.unwrap().unwrap();
    let waiting: Vec<_> = (0..2)
        .map(|number| {
            let programme = programme.clone();
            tokio::spawn(async move { programme.submit(pay(&format!("o{number}"), "m", 1_000)).await })
        })
        .collect();
    // A third finds the queue full as soon as the two are in it.
    let full = loop {
        let read = programme.read(None, |_| ());
        let read = std::pin::pin!(read);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match Future::poll(read, &mut context) {
            std::task::Poll::Ready(answer) => break answer,
            // It took the place of a command, which is refused then.
            std::task::Poll::Pending => tokio::task::yield_now().await,
        }
    };
    assert_eq!(full, Err(Unavailable::Busy { retry_after_s: 1 }));
    drop(go);
    blocks.await.unwrap().unwrap();
    for submitted in waiting {
        let submitted = submitted.await.unwrap();
        assert!(matches!(submitted, Ok(_) | Err(Unavailable::Busy { .. })), "{submitted:?}");
    }
}

/// A server that stops decides what is queued and answers it; whoever comes later is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_answers_what_is_queued() {
    let server = Server::new(Settings::default());
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    let waiting: Vec<_> = (0..50)
        .map(|number| {
            let programme = programme.clone();
            tokio::spawn(async move { programme.submit(pay(&format!("o{number}"), "m", 1_000)).await })
        })
        .collect();
    server.programmes.stop().await;
    let mut applied = 0;
    for submitted in waiting {
        match submitted.await.unwrap() {
            Ok(_) => applied += 1,
            Err(unavailable) => assert_eq!(unavailable, Unavailable::Stopping),
        }
    }
    assert_eq!(programme.submit(pay("late", "m", 1_000)).await.unwrap_err(), Unavailable::Stopping);
    let reader = ratchet_store::JournalReader::open(&server.store.files("p")).unwrap();
    assert_eq!(reader.entries().unwrap(), 1 + applied);
}

/// A journal that cannot be read makes its programme answer with the reason, and no other.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_journal_is_said_by_its_programme() {
    let server = Server::new(Settings::default());
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    apply(&programme, pay("o", "m", 1_000)).await;
    drop(programme);
    server.programmes.create("q", plan(), ClockKind::Machine).await.unwrap();
    server.programmes.stop().await;
    let damage = "UPDATE batch SET hash = zeroblob(32) WHERE first_seq = 1";
    let path = server.directory.path().join("programmes/p/journal.db");
    assert_eq!(rusqlite::Connection::open(path).unwrap().execute(damage, []).unwrap(), 1);
    let server = server.restart(Settings::default()).await;
    let read = server.programmes.get("p").unwrap().read(None, |engine| engine.next_seq()).await;
    match read {
        Err(Unavailable::ReadOnly { reason }) => assert!(reason.contains("journal.db"), "{reason}"),
        other => panic!("{other:?}"),
    }
    apply(&server.programmes.get("q").unwrap(), pay("o", "m", 1_000)).await;
}
