//! What a programme does in a second: durable commands by clients that wait for each answer, rows behind the journal, pages of
//! movements, a start. Every figure is measured in this run and none is a limit.
//!
//! `cargo xtask bench store [--members N] [--seconds S] [--directory DIR]`

mod measure;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use measure::{mixed, per_second, print_load, spread};
use ratchet_engine::amount::Money;
use ratchet_engine::command::{Command, OrderTerms};
use ratchet_engine::id::{Id, MemberNo};
use ratchet_engine::ledger::{Account, AccountKind};
use ratchet_engine::plan::Plan;
use ratchet_engine::time::Timestamp;
use ratchet_server::programme::{Clock, ClockKind, Outcome, Programme, Programmes, Request, Settings};
use ratchet_store::{Journal, JournalReader, Store, rebuild};

/// 2026-01-01T00:00:00Z.
const START_US: i64 = 1_767_225_600_000_000;
/// An order is received so many orders later.
const RECEIVED_AFTER: u64 = 5_000;
/// By how much each order moves the clock: a week is 100,000 orders, after which they settle.
const STEP_US: i64 = 7 * 86_400_000_000 / 100_000;
/// Newest movements of a page.
const PAGE: usize = 20;
const PAGES: u64 = 2_000;

struct Arguments {
    members: u64,
    seconds: u64,
    directory: Option<PathBuf>,
}

fn arguments() -> Result<Arguments, String> {
    let mut arguments = Arguments { members: 100_000, seconds: 5, directory: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        let number = |text: String| text.parse().map_err(|_| format!("{text} is no number"));
        match word.as_str() {
            // Cargo says so to every benchmark.
            "--bench" => {}
            "--members" => arguments.members = number(value()?)?,
            "--seconds" => arguments.seconds = number(value()?)?,
            "--directory" => arguments.directory = Some(value()?.into()),
            other => return Err(format!("what is {other}?")),
        }
    }
    Ok(arguments)
}

/// What all clients share.
struct Shop {
    members: u64,
    next: AtomicU64,
    clock_us: Arc<AtomicI64>,
    stop: AtomicBool,
}

fn id(text: &str) -> Id {
    Id::new(text).expect("letters and digits")
}

impl Shop {
    /// The commands of the next order: its payment by a random member, and the receipt of an earlier one.
    fn commands(&self) -> impl Iterator<Item = Request> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.clock_us.fetch_add(STEP_US, Ordering::Relaxed);
        let member = id(&format!("m{}", mixed(number) % self.members));
        let amount = i64::try_from(1_000 + mixed(!number) % 200_000).expect("small");
        let amount = Money::from_minor(amount).expect("positive");
        let order = id(&format!("o{number}"));
        let terms = Some(OrderTerms::plain(member.clone(), amount));
        let pay = Request {
            key: Id::prefixed("pay:", &order).expect("short"),
            actor: member,
            command: Command::OrderPay { order, terms },
            happened_at: None,
        };
        let received = number.checked_sub(RECEIVED_AFTER).map(|number| {
            let order = id(&format!("o{number}"));
            let key = Id::prefixed("receive:", &order).expect("short");
            let command = Command::OrderReceive { order };
            Request { key, actor: id("operator"), command, happened_at: None }
        });
        std::iter::once(pay).chain(received)
    }
}

/// Clients that wait for each answer, for some seconds: a line with commands per second and latencies.
async fn closed_loop(programme: &Programme, shop: &Arc<Shop>, clients: u64, seconds: u64) {
    shop.stop.store(false, Ordering::Relaxed);
    let began = Instant::now();
    let running: Vec<_> = (0..clients)
        .map(|_| {
            let (programme, shop) = (programme.clone(), Arc::clone(shop));
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                while !shop.stop.load(Ordering::Relaxed) {
                    for request in shop.commands() {
                        let asked = Instant::now();
                        let answer = programme.submit(request).await.expect("it is taken");
                        // An order may be received by another client before it is paid.
                        assert!(matches!(answer.outcome, Outcome::Applied { .. } | Outcome::Rejected(_)));
                        latencies.push(asked.elapsed());
                    }
                }
                latencies
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    shop.stop.store(true, Ordering::Relaxed);
    let mut latencies = Vec::new();
    for client in running {
        latencies.extend(client.await.expect("a client ends"));
    }
    let elapsed = began.elapsed();
    let per_second = per_second(latencies.len() as u64, elapsed);
    println!("{clients:>6} clients {per_second:>9} commands/s  {}", spread(&mut latencies));
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = arguments()?;
    let own = tempfile::TempDir::new()?;
    let directory = arguments.directory.unwrap_or_else(|| own.path().join("data"));
    print_load();
    println!("{} members in random order; directory {}", arguments.members, directory.display());
    let clock_us = Arc::new(AtomicI64::new(START_US));
    let shop = Arc::new(Shop {
        members: arguments.members,
        next: AtomicU64::new(0),
        clock_us: Arc::clone(&clock_us),
        stop: AtomicBool::new(false),
    });
    let clock = Clock::of(move || Timestamp::from_us(clock_us.load(Ordering::Relaxed)).expect("in range"));
    let plan = Plan::parse("value-growth", include_str!("../../../plans/value-growth.toml"))
        .map_err(|errors| format!("{errors:?}"))?;

    let store = Arc::new(Store::open(&directory)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build()?;
    runtime.block_on(async {
        let programmes = Programmes::open(Arc::clone(&store), clock, Settings::default())?;
        let programme = programmes.create("bench", plan, ClockKind::Machine).await?;
        for clients in [1_024, 64, 1] {
            closed_loop(&programme, &shop, clients, arguments.seconds).await;
        }
        let began = Instant::now();
        let entries = *programme.follow().borrow();
        programme.rows(Some(entries), |rows| rows.entries()).await.map_err(|error| format!("{error:?}"))?;
        println!(
            "rows were {} ms behind {entries} entries when the clients stopped",
            began.elapsed().as_millis()
        );
        programmes.stop().await;
        Ok::<(), Box<dyn std::error::Error>>(())
    })?;

    let files = store.files("bench");
    let orders = shop.next.load(Ordering::Relaxed);
    let began = Instant::now();
    let (journal, engine) = Journal::resume(&files, None)?;
    let (entries, took) = (journal.entries(), began.elapsed());
    println!("start: {entries} entries in {} ms, {}/s", took.as_millis(), per_second(entries, took));

    let began = Instant::now();
    rebuild(&files)?;
    let took = began.elapsed();
    println!("rows: {orders} orders in {} ms, {} orders/s", took.as_millis(), per_second(orders, took));

    let reader = JournalReader::open(&files)?;
    let members = u64::try_from(engine.member_count())?;
    let (mut latencies, mut found) = (Vec::new(), 0);
    for page in 0..PAGES {
        let member = MemberNo(u32::try_from(mixed(page) % members)?);
        let account = Account::member(AccountKind::MemberPoints, member);
        let began = Instant::now();
        found += reader.movements(account, journal.last_movement(account), PAGE)?.len();
        latencies.push(began.elapsed());
    }
    let of = journal.movements();
    println!("pages of {PAGE} movements: {found} of {of} in {PAGES} pages, {}", spread(&mut latencies));
    Ok(())
}
