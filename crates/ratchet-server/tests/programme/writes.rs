//! Commands, previews and reads.

use std::pin::Pin;
use std::task::{Context, Waker};

use ratchet_engine::command::{Command, SellQuantity};
use ratchet_engine::ledger::{Account, AccountKind};
use ratchet_engine::order::OrderState;
use ratchet_server::programme::{
    Answer, ClockKind, Outcome, PreviewOutcome, Programme, Settings, Unavailable,
};
use ratchet_store::OrdersQuery;

use crate::support::{DAY_US, START_US, Server, apply, at, id, money, pay, plan, receive, request};

/// Futures that have begun: their commands are in the queue.
fn begin<'a, T>(
    futures: impl Iterator<Item = impl Future<Output = T> + 'a>,
) -> Vec<Pin<Box<dyn Future<Output = T> + 'a>>> {
    let mut begun: Vec<Pin<Box<dyn Future<Output = T> + 'a>>> = Vec::new();
    for future in futures {
        let mut future: Pin<Box<dyn Future<Output = T> + 'a>> = Box::pin(future);
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        begun.push(future);
    }
    begun
}

/// KEEP-1: while a commit is on its way no answer leaves; what comes meanwhile is one commit.
#[tokio::test(flavor = "multi_thread")]
async fn commands_that_come_during_a_commit_share_the_next() {
    let server = Server::new(Settings::default());
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    let genesis = server.batches("p");
    let held = server.hold_journal("p");
    let orders: Vec<String> = (0..100).map(|number| format!("o{number}")).collect();
    let first = begin(std::iter::once(programme.submit(pay("first", "m", 100))));
    let others = begin(orders.iter().map(|order| programme.submit(pay(order, "m", 100))));
    // A read waits for what it saw.
    let reads = begin(std::iter::once(programme.read(None, |engine| engine.next_seq())));
    drop(held);
    for answer in first.into_iter().chain(others) {
        assert!(matches!(answer.await, Ok(Answer { outcome: Outcome::Applied { .. }, .. })));
    }
    for read in reads {
        let seen = read.await.unwrap();
        assert!(*programme.follow().borrow() >= seen);
    }
    assert!(server.batches("p") - genesis <= 2, "{} commits", server.batches("p") - genesis);
}

/// KEEP-1, IDEM-1: many at once, each is carried out once and is there after a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_clients_are_all_answered_once() {
    let server = Server::new(Settings::default());
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    let clients: Vec<_> = (0..64)
        .map(|client| {
            let programme = programme.clone();
            tokio::spawn(async move {
                let mut seqs = Vec::new();
                for number in 0..20 {
                    let order = format!("o{client}-{number}");
                    seqs.push(apply(&programme, pay(&order, &format!("m{client}"), 1_000)).await);
                    seqs.push(apply(&programme, receive(&order)).await);
                }
                seqs
            })
        })
        .collect();
    let mut seqs = Vec::new();
    for client in clients {
        seqs.extend(client.await.unwrap());
    }
    seqs.sort_unstable();
    assert!(seqs.into_iter().eq(1..=64 * 40));
    let digest = programme.read(None, |engine| engine.digest()).await.unwrap();
    drop(programme);
    let server = server.restart(Settings::default()).await;
    let programme = server.programmes.get("p").unwrap();
    assert_eq!(programme.read(None, |engine| engine.digest()).await.unwrap(), digest);
}

/// IDEM-1: the same command eight times at once has one effect and one answer, which is still given after a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_repeated_key_is_answered_with_the_answer_of_then() {
    let server = Server::new(Settings::default());
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let programme = programme.clone();
            tokio::spawn(async move { programme.submit(pay("o", "m", 1_000)).await.unwrap().outcome })
        })
        .collect();
    let mut outcomes = Vec::new();
    for client in clients {
        outcomes.push(client.await.unwrap());
    }
    let applied =
        outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Applied { seq: 1, .. })).count();
    let repeated = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Duplicate { seq: 1 })).count();
    assert_eq!((applied, repeated), (1, 7), "{outcomes:?}");
    let then = programme.entry(1).await.unwrap().unwrap();
    assert_eq!(then.at, at(START_US));

    apply(&programme, receive("o")).await;
    drop(programme);
    let server = server.restart(Settings::default()).await;
    server.set_clock(START_US + DAY_US);
    let programme = server.programmes.get("p").unwrap();
    let again = programme.submit(pay("o", "m", 1_000)).await.unwrap();
    assert!(matches!(again.outcome, Outcome::Duplicate { seq: 1 }), "{again:?}");
    assert_eq!(programme.entry(1).await.unwrap().unwrap(), then);
    let other = request("pay o", Command::OrderReceive { order: id("o") });
    match programme.submit(other).await.unwrap().outcome {
        Outcome::Rejected(refused) => assert_eq!(refused.rejection.code(), "key_reused"),
        other => panic!("{other:?}"),
    }
}

/// A member with money in its wallet: it bought, the order settled, it sold its points.
async fn with_cash(server: &Server) -> (Programme, i64) {
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    apply(&programme, pay("o", "m", 100_000)).await;
    apply(&programme, receive("o")).await;
    server.set_clock(START_US + 8 * DAY_US);
    let sell = Command::PointsSell { member: id("m"), points: SellQuantity::All, min_net: None };
    apply(&programme, request("sell", sell)).await;
    let cash = programme.read(None, |engine| engine.member("m").unwrap().cash.minor()).await.unwrap();
    assert!(cash > 0);
    (programme, cash)
}

fn withdraw(name: &str, minor: i64) -> ratchet_server::programme::Request {
    let (withdrawal, member) = (id(name), id("m"));
    request(name, Command::WalletWithdraw { withdrawal, member, amount: money(minor) })
}

/// Eight withdrawals of all there is, at once: one is taken, the others are refused with what is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_withdrawals_of_all_there_is_take_it_once() {
    let server = Server::new(Settings::default());
    let (programme, cash) = with_cash(&server).await;
    let clients: Vec<_> = (0..8)
        .map(|number| {
            let programme = programme.clone();
            tokio::spawn(async move {
                programme.submit(withdraw(&format!("w{number}"), cash)).await.unwrap().outcome
            })
        })
        .collect();
    let (mut applied, mut refused) = (0, 0);
    for client in clients {
        match client.await.unwrap() {
            Outcome::Applied { .. } => applied += 1,
            Outcome::Rejected(rejected) => {
                assert_eq!(rejected.rejection.code(), "insufficient_cash");
                refused += 1;
            }
            duplicate => panic!("{duplicate:?}"),
        }
    }
    assert_eq!((applied, refused), (1, 7));
    let held = programme.read(None, |engine| engine.member("m").unwrap().hold.minor()).await.unwrap();
    assert_eq!(held, cash);
}

/// A preview says what a command would do and changes nothing; the command then does that.
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_what_happens_next() {
    let server = Server::new(Settings::default());
    let (programme, cash) = with_cash(&server).await;
    let before = programme.read(None, |engine| engine.digest()).await.unwrap();
    let preview = programme.preview(withdraw("w", cash)).await.unwrap();
    assert!(matches!(preview.outcome, PreviewOutcome::Applied), "{preview:?}");
    assert_eq!(programme.read(None, |engine| engine.digest()).await.unwrap(), before);
    assert_eq!(preview.entries.len(), 1);
    let seq = apply(&programme, withdraw("w", cash)).await;
    assert_eq!(programme.entry(seq).await.unwrap().unwrap(), preview.entries[0]);
    for balance in preview.balances {
        let account = balance.change.account;
        let movement = programme.movements(account, None, 1).await.unwrap()[0];
        assert_eq!(movement.balance, balance.change.after, "{account:?}");
        if account.kind == AccountKind::WalletCash {
            assert_eq!(balance.owner.as_deref(), Some("m"));
        }
    }
    let refused = programme.preview(withdraw("w2", cash)).await.unwrap();
    assert!(matches!(refused.outcome, PreviewOutcome::Rejected(_)), "{refused:?}");
}

/// KEEP-2: whoever got a number reads at least that, from the engine and from the rows.
#[tokio::test(flavor = "multi_thread")]
async fn reads_are_as_fresh_as_the_write_that_was_answered() {
    let server = Server::new(Settings::default());
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    let mut durable = programme.follow();
    for number in 0..30 {
        let order = format!("o{number}");
        let answer = programme.submit(pay(&order, "m", 1_000)).await.unwrap();
        assert!(*durable.borrow_and_update() >= answer.seq);
        let query = OrdersQuery { limit: 1, ..OrdersQuery::default() };
        let rows = programme.rows(Some(answer.seq), move |rows| rows.orders(&query)).await.unwrap();
        assert_eq!((rows[0].id.as_str(), rows[0].state), (order.as_str(), OrderState::Paid));
        let state = programme.read(Some(answer.seq), move |engine| engine.order(&order).unwrap().0).await;
        assert_eq!(state, Ok(OrderState::Paid));
    }
    let ahead = programme.read(Some(1_000), |engine| engine.next_seq()).await;
    let entries = *programme.follow().borrow();
    assert_eq!(ahead, Err(Unavailable::NotWritten { entries }));
    let ahead = programme.rows(Some(1_000), |rows| rows.entries()).await;
    assert_eq!(ahead, Err(Unavailable::NotWritten { entries }));
}

/// An account's movements are pages of its chain, and lead to entries that say them.
#[tokio::test(flavor = "multi_thread")]
async fn movements_come_in_pages() {
    let server = Server::new(Settings::default());
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    for number in 0..25 {
        apply(&programme, pay(&format!("o{number}"), "m", 1_000)).await;
    }
    let escrow = Account::programme(AccountKind::Escrow);
    let (mut from, mut all) = (None, Vec::new());
    loop {
        let page = programme.movements(escrow, from, 10).await.unwrap();
        let Some(last) = page.last() else { break };
        from = last.previous;
        let is_last = from.is_none();
        all.extend(page);
        if is_last {
            break;
        }
    }
    let balances: Vec<i128> = all.iter().rev().map(|movement| movement.balance).collect();
    assert_eq!(balances, (1..=25).map(|number| number * 1_000).collect::<Vec<_>>());
    let page = programme.entries(None, 5).await.unwrap();
    assert_eq!(page.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [25, 24, 23, 22, 21]);
    assert_eq!(page[0].body["command"]["order"], "o24");
    // What stands elsewhere in the chain of movements is not this account's.
    let bank = Account::programme(AccountKind::Bank);
    assert_eq!(programme.movements(bank, Some(all[0].position), 5).await.unwrap(), []);
}

/// Handlers of a server run on any thread.
#[test]
fn what_a_programme_answers_may_be_awaited_anywhere() {
    fn is_send<T: Send>(_: impl Fn(Programme) -> T) {}
    is_send(|programme| async move { programme.submit(pay("o", "m", 1)).await });
    is_send(|programme| async move { programme.preview(pay("o", "m", 1)).await });
    is_send(|programme| async move { programme.read(None, |engine| engine.next_seq()).await });
    is_send(|programme| async move { programme.rows(None, |rows| rows.entries()).await });
    is_send(|programme| async move { programme.entry(1).await });
    is_send(|programme| async move { programme.entries(None, 1).await });
    is_send(|programme| async move { programme.explain(1).await });
    is_send(
        |programme| async move { programme.movements(Account::programme(AccountKind::Bank), None, 1).await },
    );
    is_send(|programme| async move { programme.clock().await });
    is_send(|programme| async move { programme.advance(at(START_US), id("staff")).await });
}

/// PROOF-3: every change of a balance by an entry is explained.
#[tokio::test(flavor = "multi_thread")]
async fn entries_are_explained() {
    let server = Server::new(Settings::default());
    let programme = server.programmes.create("p", plan(), ClockKind::Machine).await.unwrap();
    let seq = apply(&programme, pay("o", "m", 1_000)).await;
    let explained = programme.explain(seq).await.unwrap().unwrap();
    let accounts: Vec<_> = explained.iter().map(|one| (one.account, one.change.amount.as_str())).collect();
    assert_eq!(accounts, [("bank", "-10.00"), ("escrow", "10.00")]);
    assert!(programme.explain(seq + 1).await.unwrap().is_none());
}
