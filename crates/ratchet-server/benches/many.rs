//! Many small programmes on one server: what they weigh, how soon one that sleeps answers, and whether a noisy one starves another.
//!
//! `cargo xtask bench many [--programmes N] [--seconds S]`

mod measure;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use measure::{mixed, per_second, print_load, spread};
use ratchet_engine::amount::Money;
use ratchet_engine::command::{Command, OrderTerms};
use ratchet_engine::id::Id;
use ratchet_engine::plan::Plan;
use ratchet_server::programme::{Clock, ClockKind, Outcome, Programme, Programmes, Request, Settings};
use ratchet_store::Store;

/// Orders of each small programme.
const ORDERS: u64 = 10;
const NOISY_CLIENTS: u64 = 64;

fn id(text: &str) -> Id {
    Id::new(text).expect("letters and digits")
}

fn order(number: u64) -> Request {
    let member = id(&format!("m{}", mixed(number) % 100));
    let order = id(&format!("o{number}"));
    let terms = Some(OrderTerms::plain(member.clone(), Money::from_minor(10_000).expect("positive")));
    Request {
        key: Id::prefixed("pay:", &order).expect("short"),
        actor: member,
        command: Command::OrderPay { order, terms },
        happened_at: None,
    }
}

async fn pay(programme: &Programme, number: u64) -> Duration {
    let asked = Instant::now();
    let answer = programme.submit(order(number)).await.expect("it is taken");
    assert!(matches!(answer.outcome, Outcome::Applied { .. }));
    asked.elapsed()
}

/// Resident memory of this process in kilobytes.
fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

/// Orders one after the other by one client, for some seconds.
async fn one_client(programme: &Programme, next: &AtomicU64, seconds: u64) -> Vec<Duration> {
    let (until, mut latencies) = (Instant::now() + Duration::from_secs(seconds), Vec::new());
    while Instant::now() < until {
        latencies.push(pay(programme, next.fetch_add(1, Ordering::Relaxed)).await);
    }
    latencies
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut programmes_wanted, mut seconds) = (1_000_u64, 5);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--bench" => {}
            "--programmes" => {
                programmes_wanted = words.next().ok_or("--programmes needs a number")?.parse()?
            }
            "--seconds" => seconds = words.next().ok_or("--seconds needs a number")?.parse()?,
            other => return Err(format!("what is {other}?").into()),
        }
    }
    print_load();
    let directory = tempfile::TempDir::new()?;
    let store = Arc::new(Store::open(&directory.path().join("data"))?);
    let plan = Plan::parse("value-growth", include_str!("../../../plans/value-growth.toml"))
        .map_err(|errors| format!("{errors:?}"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build()?;
    runtime.block_on(async {
        let before = resident_kb();
        let programmes = Programmes::open(Arc::clone(&store), Clock::machine(), Settings::default())?;
        let began = Instant::now();
        for number in 0..programmes_wanted {
            let programme =
                programmes.create(&format!("p{number}"), plan.clone(), ClockKind::Machine).await?;
            for order in 0..ORDERS {
                pay(&programme, order).await;
            }
        }
        println!(
            "made: {programmes_wanted} programmes of {ORDERS} orders in {} ms; all awake, {} kB each",
            began.elapsed().as_millis(),
            resident_kb().saturating_sub(before) / programmes_wanted.max(1)
        );
        programmes.stop().await;

        let began = Instant::now();
        let programmes = Programmes::open(Arc::clone(&store), Clock::machine(), Settings::default())?;
        println!("start: {programmes_wanted} programmes are known after {} ms", began.elapsed().as_millis());
        let mut first_uses = Vec::new();
        for number in 0..programmes_wanted {
            let programme = programmes.get(&format!("p{number}")).ok_or("it was made")?;
            first_uses.push(pay(&programme, ORDERS).await);
        }
        println!("first use of one that sleeps: {}", spread(&mut first_uses));

        let quiet = programmes.get("p0").ok_or("it was made")?;
        let next = AtomicU64::new(1_000);
        let mut alone = one_client(&quiet, &next, seconds).await;
        println!("one client alone: {}", spread(&mut alone));
        let noisy = programmes.get("p1").ok_or("it was made")?;
        let (stop, noise) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(1_000)));
        let clients: Vec<_> = (0..NOISY_CLIENTS)
            .map(|_| {
                let (noisy, stop, noise) = (noisy.clone(), Arc::clone(&stop), Arc::clone(&noise));
                tokio::spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        pay(&noisy, noise.fetch_add(1, Ordering::Relaxed)).await;
                    }
                })
            })
            .collect();
        let mut beside = one_client(&quiet, &next, seconds).await;
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            client.await?;
        }
        let rate = per_second(noise.load(Ordering::Relaxed) - 1_000, Duration::from_secs(seconds));
        println!(
            "beside a programme with {NOISY_CLIENTS} clients ({rate} orders/s): {}",
            spread(&mut beside)
        );
        programmes.stop().await;
        Ok(())
    })
}
