//! CLOCK-1, CLOCK-2, due work.

use std::time::Duration;

use ratchet_engine::order::OrderState;
use ratchet_server::programme::{AdvanceError, ClockKind, Programme, Settings, Unavailable};
use ratchet_store::Waking;

use crate::support::{DAY_US, START_US, Server, apply, at, entries, id, pay, plan, receive};

async fn state(programme: &Programme, order: &'static str) -> OrderState {
    programme.read(None, move |engine| engine.order(order).unwrap().0).await.unwrap()
}

/// CLOCK-1: commands have the clock's time; a clock that is set back does not move the programme back.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_moves_nothing_back() {
    let server = Server::new(Settings::default());
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    for (order, clock, stamped) in [
        ("a", START_US, START_US),
        ("b", START_US + DAY_US, START_US + DAY_US),
        ("c", START_US + 5, START_US + DAY_US),
        ("d", START_US + 2 * DAY_US, START_US + 2 * DAY_US),
    ] {
        server.set_clock(clock);
        let seq = apply(&programme, pay(order, "m", 1_000)).await;
        assert_eq!(programme.entry(seq).await.unwrap().unwrap().at, at(stamped), "{order}");
    }
}

/// TIME-1: a programme that slept for years goes on in steps that are commands of their own.
#[tokio::test(flavor = "multi_thread")]
async fn after_years_a_command_is_not_too_far() {
    let server = Server::new(Settings::default());
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    apply(&programme, pay("a", "m", 1_000)).await;
    server.set_clock(START_US + 3 * 365 * DAY_US);
    apply(&programme, pay("b", "m", 1_000)).await;
    let now = programme.read(None, |engine| engine.now()).await.unwrap();
    assert_eq!(now, at(START_US + 3 * 365 * DAY_US));
}

/// TIME-2: what becomes due is done without a command.
#[tokio::test(flavor = "multi_thread")]
async fn due_work_is_done_when_its_time_comes() {
    let server = Server::new(Settings::default());
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    apply(&programme, pay("o", "m", 1_000)).await;
    apply(&programme, receive("o")).await;
    server.set_clock(START_US + 8 * DAY_US);
    // The writer may be waiting by the machine's clock, which does not move: the first read wakes it, and it does what is due after
    // it has answered. So the first answer may be of before or after, the second is of after.
    state(&programme, "o").await;
    assert_eq!(state(&programme, "o").await, OrderState::Settled);
}

/// A programme that nobody uses is not loaded, and is when its due work comes, even by a server that starts later.
#[tokio::test(flavor = "multi_thread")]
async fn a_sleeping_programme_is_woken_by_what_is_due() {
    let server = Server::new(Settings { idle_after: Duration::ZERO, ..Settings::default() });
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    apply(&programme, pay("o", "m", 1_000)).await;
    // It may have fallen asleep in between and is loaded again.
    apply(&programme, receive("o")).await;
    drop(programme);
    let server = server.restart(Settings::default()).await;
    let settles = at(START_US + 7 * DAY_US);
    assert_eq!(server.store.programmes().unwrap()[0].waking, Waking::At(settles));
    server.set_clock(START_US + 7 * DAY_US);
    let server = server.restart(Settings::default()).await;
    server.programmes.stop().await;
    drop(server.programmes);
    drop(server.store);
    assert_eq!(entries(server.directory.path(), "p"), 4, "genesis, two commands, the settlement");
}

/// CLOCK-2: a clock of its own stands still until it is advanced, whatever the machine's says.
#[tokio::test(flavor = "multi_thread")]
async fn a_sandboxs_own_clock_stands_still_until_it_is_advanced() {
    let start = at(START_US - 100 * DAY_US);
    let server = Server::new(Settings::default());
    let programme = server.programmes.create("p", plan(), ClockKind::Own { start }).await.unwrap();
    apply(&programme, pay("o", "m", 1_000)).await;
    apply(&programme, receive("o")).await;
    server.set_clock(START_US + 50 * DAY_US);
    let clock = programme.clock().await.unwrap();
    assert_eq!((clock.now, clock.kind), (start, ClockKind::Own { start }));
    let settles = clock.next_settlement.unwrap();
    assert_eq!(settles, start.plus_days(7).unwrap());
    assert_eq!(state(&programme, "o").await, OrderState::Received);

    assert_eq!(programme.advance(settles, id("staff")).await.unwrap(), settles);
    assert_eq!(state(&programme, "o").await, OrderState::Settled);
    let newest = programme.entries(None, 1).await.unwrap().remove(0);
    assert_eq!((newest.at, &newest.body["command"]["actor"]), (settles, &"staff".into()), "{newest:?}");
    match programme.advance(start, id("staff")).await {
        Err(AdvanceError::Past { now }) => assert_eq!(now, settles),
        other => panic!("{other:?}"),
    }
    let far = settles.plus_days(1_000).unwrap();
    assert_eq!(programme.advance(far, id("staff")).await.unwrap(), far, "in steps, if it is far");
    drop(programme);

    let server = server.restart(Settings::default()).await;
    let programme = server.programmes.get("p").unwrap();
    assert_eq!(programme.clock().await.unwrap().now, far);
    let others = server.programmes.create("machine", plan(), ClockKind::Machine).await.unwrap();
    assert!(matches!(others.advance(far, id("staff")).await, Err(AdvanceError::NotOwn)));
}

/// CLOCK-2: an advance over much due work is done in pieces; reads go on between them, commands are told, and it can be stopped.
#[tokio::test(flavor = "multi_thread")]
async fn an_advance_can_be_watched_and_stopped() {
    let start = at(START_US);
    let server = Server::new(Settings::default());
    let programme = server.programmes.create("p", plan(), ClockKind::Own { start }).await.unwrap();
    for number in 0..600 {
        apply(&programme, pay(&format!("o{number}"), "m", 1_000)).await;
        apply(&programme, receive(&format!("o{number}"))).await;
    }
    let (to, advanced) = (start.plus_days(30).unwrap(), programme.clone());
    // The commit of the first piece is held, so that the next one has to wait at the latest when a commit is full.
    let advance = tokio::spawn(async move { advanced.advance(to, id("staff")).await });
    let mut saw_it_run = false;
    while !advance.is_finished() {
        let clock = programme.clock().await.unwrap();
        if clock.advancing_to == Some(to) {
            saw_it_run = true;
            let refused = programme.submit(pay("late", "m", 1_000)).await;
            assert!(
                matches!(refused, Ok(_) | Err(Unavailable::ClockAdvancing)),
                "the advance may have ended in between: {refused:?}"
            );
            programme.stop_advancing();
        }
    }
    let reached = advance.await.unwrap().unwrap();
    assert!(reached <= to && (saw_it_run || reached == to));
    let settled = programme.read(None, |engine| {
        (0..600)
            .filter(|number| engine.order(&format!("o{number}")).unwrap().0 == OrderState::Settled)
            .count()
    });
    let settled = settled.await.unwrap();
    assert!(settled == 600 || reached < to && settled % 256 == 0, "{settled} settled, {reached} reached");
    assert_eq!(programme.clock().await.unwrap().advancing_to, None);
}
