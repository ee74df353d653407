//! `ratchet bench`: what an operation costs and how that grows. Every figure is measured in this run; the
//! sizes are run from small to large so that ratios come from one machine state.

mod durable;
mod market;
mod snapshot;

use std::hint::black_box;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use ratchet_engine::amount::Money;
use ratchet_engine::command::{AgentLevel, Command, Envelope, Millionths, OrderTerms, Region, SellQuantity};
use ratchet_engine::engine::{Engine, Expected, Outcome};
use ratchet_engine::id::{Id, MemberNo};
use ratchet_engine::journal;
use ratchet_engine::plan::Plan;
use ratchet_engine::points_core::PointsCore;
use ratchet_engine::time::Timestamp;
use ratchet_sim::scenario::Scenario;
use ratchet_sim::study::{self, Store, Study};

use crate::memory;

const PLAN: &str = include_str!("../../../plans/value-growth.toml");
const MALL: &str = include_str!("../../../plans/distribution-mall.toml");
const SHARED: &str = include_str!("../../../plans/shared-purchase.toml");
const TOY: &str = include_str!("../../../python/bench/toy.toml");

/// Most orders in the benchmark of the journal, which stays in memory.
const JOURNAL_SIZE_MAX: u64 = 1_000_000;
/// Most orders made in one network.
const NETWORK_ORDERS_MAX: u64 = 1_000_000;
/// Room for entitlements and lots of an order in a network: seldom are there more.
const ITEMS_EACH: u64 = 11;
const LOTS_EACH: u64 = 2;
/// Open offers in the market's book.
const MARKET_DEPTHS: [u64; 3] = [100, 10_000, 1_000_000];
/// Shareholders in a network.
const NETWORK_SHAREHOLDERS: u64 = 1_000;

/// One measured row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) size: u64,
    pub(crate) operations: u64,
    pub(crate) nanoseconds: u128,
    pub(crate) note: String,
}

impl Row {
    fn per_operation_ns(&self) -> u128 {
        self.nanoseconds / u128::from(self.operations.max(1))
    }

    fn per_second(&self) -> u128 {
        u128::from(self.operations) * 1_000_000_000 / self.nanoseconds.max(1)
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "name": self.name, "size": self.size, "operations": self.operations,
            "ns_per_operation": self.per_operation_ns().to_string(),
            "per_second": self.per_second().to_string(), "note": self.note,
        })
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "{:<28} {:>10} {:>12} /s {:>8} ns  {}",
            self.name,
            self.size,
            self.per_second(),
            self.per_operation_ns(),
            self.note
        )
    }
}

/// A small deterministic generator (SplitMix64): benchmarks must not depend on a random library's version.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

fn plan(after_sale_days: u32) -> Plan {
    let source = PLAN.replace("after_sale_days = 7", &format!("after_sale_days = {after_sale_days}"));
    Plan::parse("plans/value-growth.toml", &source).expect("the shipped plan parses")
}

fn money(minor: u64) -> Money {
    Money::from_minor(i64::try_from(minor).expect("small")).expect("not negative")
}

fn timed(name: &'static str, size: u64, operations: u64, work: impl FnOnce() -> String) -> Row {
    let start = Instant::now();
    let note = work();
    Row { name, size, operations, nanoseconds: start.elapsed().as_nanos(), note }
}

/// Runs every benchmark with so many members and hands each row to `report` as it is measured.
pub(crate) fn run(members: std::ops::RangeInclusive<u64>, only: Option<&str>, report: &mut dyn FnMut(&Row)) {
    let sizes: Vec<u64> =
        [10_000, 100_000, 1_000_000, 10_000_000].into_iter().filter(|size| members.contains(size)).collect();
    type Bench = (&'static str, fn(u64, &mut dyn FnMut(&Row)));
    let benches: [Bench; 13] = [
        ("core", core),
        ("cascade", cascade),
        ("life", order_life),
        ("preview", previews),
        ("delayed", delayed_life),
        ("journal", journal_speed),
        ("durable", durable::durable),
        ("snapshot", snapshot::snapshot),
        ("close", day_close),
        ("network", network),
        ("shared", shared),
        ("simulate", simulated_lives),
        ("toy", toy),
    ];
    for (name, bench) in benches {
        if only.is_some_and(|only| only != name) {
            continue;
        }
        for size in &sizes {
            if ["journal", "durable"].contains(&name) && *size > JOURNAL_SIZE_MAX {
                continue;
            }
            bench(*size, report);
        }
    }
    if only.is_none_or(|only| only == "market") {
        for depth in MARKET_DEPTHS {
            market::market(depth, report);
        }
    }
}

/// Touches and frees as much memory as the next measurement will fill. Under a hypervisor the first touch of memory
/// that no program has used for some seconds costs up to 4 ms for 2 MiB, twenty times what the engine does in it:
/// the host takes free memory away (free page reporting) and has to give it back. What remains in the measured
/// time is this system's own part: the fault and the zeroing of each page.
fn lend(size: u64, bytes_each: u64) {
    let bytes = usize::try_from(size * bytes_each).expect("fits") + (64 << 20);
    let mut memory = vec![0_u8; bytes];
    for page in memory.chunks_mut(4096) {
        page[0] = 1;
    }
    black_box(&memory);
}

/// Room for what a measurement brings, reserved and touched before the clock starts, as a server does when it starts: what is
/// measured is the engine, not this system's faults and clearing of pages, nor the host's. Without it see `lend`.
fn reserve(engine: &mut Engine, members: u64, orders: u64) {
    let of = |count: u64| usize::try_from(count).expect("at most 10^7");
    memory::touched(|| {
        engine.reserve(&Expected {
            members: of(members),
            orders: of(orders),
            commands: of(orders * 2),
            keyed_orders: 0,
            commission_items: of(orders * ITEMS_EACH),
            lots: of(orders * LOTS_EACH),
        });
    });
}

/// Mint-and-exit core: one order each in joining order, then random re-orders with 3 % sales.
fn core(size: u64, report: &mut dyn FnMut(&Row)) {
    lend(size, 100);
    let pool = plan(0).pool.expect("the plan has a pool");
    let mut core = PointsCore::with_capacity(pool, usize::try_from(size).expect("at most 10^7"));
    let mut random = Random(1);
    let amounts: Vec<u64> = (0..4096).map(|_| 1_000 + random.below(200_000)).collect();
    let members = u32::try_from(size).expect("at most 10^7");
    report(&timed("core, joining order", size, size, || {
        for (member, amount) in (0..members).zip(amounts.iter().cycle()) {
            core.join();
            core.order(MemberNo(member), money(*amount), money(amount * 3 / 10));
        }
        format!("{} exits", core.exit_count())
    }));
    bare_loop(&amounts, members, &core, report);
    let commands = size.clamp(1_000_000, 10_000_000);
    report(&timed("core, random + 3 % sales", size, commands, || {
        let before = core.exit_count();
        for _ in 0..commands {
            let draw = random.next();
            let member = MemberNo(u32::try_from(((draw >> 32) * size) >> 32).expect("below size"));
            if draw % 100 < 3 {
                core.sell_all(member);
            } else {
                let amount = amounts[usize::try_from(draw & 4095).expect("small")];
                core.order(member, money(amount), money(amount * 3 / 10));
            }
        }
        format!("{} exits", core.exit_count() - before)
    }));
    black_box(core.pair());
}

/// The same orders without an engine, as a yardstick of the same run: exact arithmetic in 128 bits, a sum of
/// spending and points for each member, and the standard heap of triggers. It knows no splits, no rounding that is not
/// down, no sales and no ties, and checks nothing; it comes to the same pool.
fn bare_loop(amounts: &[u64], members: u32, core: &PointsCore, report: &mut dyn FnMut(&Row)) {
    struct Member {
        spent: i128,
        points: i128,
    }
    let plan = plan(0).pool.expect("the plan has a pool");
    let multiple = i128::from(plan.exit.map_or(0, |exit| exit.multiple));
    let (ratio, retention) = (i128::from(plan.mint_ratio.ppm()), i128::from(plan.retention.ppm()));
    let (mut pool, mut supply) = (0_i128, 0_i128);
    let mut all: Vec<Member> = Vec::with_capacity(usize::try_from(members).expect("fits"));
    // Triggers in minor units for 10^18 points, rounded down: lower bounds, looked at exactly when they are met.
    let mut heap = std::collections::BinaryHeap::with_capacity(all.capacity());
    let unit = 1_000_000_000_000_i128;
    let opening = i128::from(plan.opening_price.minor());
    let size = u64::from(members);
    report(&timed("bare loop, joining order", size, size, || {
        let mut exits = 0;
        for (number, amount) in (0..members).zip(amounts.iter().cycle()) {
            let (amount, contribution) = (i128::from(*amount), i128::from(amount * 3 / 10));
            let (assets, units) = if supply == 0 { (opening, unit) } else { (pool, supply) };
            let points = contribution * ratio * units / (1_000_000 * assets);
            pool += contribution;
            supply += points;
            all.push(Member { spent: amount, points });
            heap.push(std::cmp::Reverse((multiple * amount * 1_000_000 * unit / points, number)));
            while let Some(std::cmp::Reverse((trigger, number))) = heap.peek().copied() {
                if trigger > pool * 1_000_000 * unit / supply {
                    break;
                }
                heap.pop();
                let member = &mut all[usize::try_from(number).expect("fits")];
                if multiple * member.spent * supply > member.points * pool {
                    // Not reached exactly: the next price will.
                    heap.push(std::cmp::Reverse((trigger + 1, number)));
                    break;
                }
                let gross = member.points * pool / supply;
                let kept = (gross * retention + 999_999) / 1_000_000;
                pool -= gross - kept;
                supply -= member.points;
                (member.spent, member.points) = (0, 0);
                exits += 1;
            }
        }
        let pair = core.pair();
        let same = i128::from(pair.assets.minor()) == pool && pair.supply.units() == supply.unsigned_abs();
        assert!(same && exits == core.exit_count(), "the bare loop computes what the core computes");
        format!("{exits} exits, the same pool")
    }));
}

/// One injection that sells out about 60 % of all members in one cascade.
fn cascade(size: u64, report: &mut dyn FnMut(&Row)) {
    lend(size, 100);
    let pool = plan(0).pool.expect("the plan has a pool");
    let mut core = PointsCore::with_capacity(pool, usize::try_from(size).expect("at most 10^7"));
    let mut random = Random(2);
    for member in 0..u32::try_from(size).expect("at most 10^7") {
        let amount = 1_000 + random.below(200_000);
        core.join();
        core.order(MemberNo(member), money(amount), money(amount * 3 / 10));
    }
    // Fifteen times the pool lifts the price past most triggers; the cascade's own retention does the rest.
    let pool = core.pair().assets.minor().unsigned_abs();
    let start = Instant::now();
    let mut exits = 0;
    let mut injected = 0;
    while exits * 10 < size * 6 {
        exits += core.inject(money(pool * 14));
        injected += 1;
    }
    let nanoseconds = start.elapsed().as_nanos();
    let note = format!("{exits} exits after {injected} injection(s)");
    report(&Row { name: "core, one cascade", size, operations: exits, nanoseconds, note });
}

/// Orders made in batches, as a backtest has them, which makes twice as many.
const BATCH: u64 = 256;

struct Orders {
    envelopes: Vec<Envelope>,
    random: Random,
    /// What the order of this number costs.
    amount: fn(&mut Random, u64) -> u64,
}

impl Orders {
    fn new() -> Orders {
        let id = |text: &str| Id::new(text).expect("a valid id");
        let at = Timestamp::from_us(1_700_000_000_000_000).expect("in range");
        let terms = OrderTerms::plain(id("m"), Money::ZERO);
        let pay = Command::OrderPay { order: id("o"), terms: Some(terms) };
        let receive = Command::OrderReceive { order: id("o") };
        let envelope = |command| Envelope { key: id("k"), at, happened_at: None, actor: id("m"), command };
        let (pay, receive) = (envelope(pay), envelope(receive));
        let envelopes = (0..BATCH).flat_map(|_| [pay.clone(), receive.clone()]).collect();
        Orders { envelopes, random: Random(3), amount: |random, _| 1_000 + random.below(200_000) }
    }

    /// Every order goes to this region.
    fn deliver_to(&mut self, code: &str) {
        for envelope in &mut self.envelopes {
            if let Command::OrderPay { terms: Some(terms), .. } = &mut envelope.command {
                terms.ship_to = Region::parse(code);
            }
        }
    }

    /// Makes the two commands of each of the next orders, at most a batch, of the members that `member` says;
    /// times go on by 1 ms per order.
    fn make(&mut self, first: u64, count: u64, mut member: impl FnMut(u64) -> u64) -> &[Envelope] {
        let count = count.min(BATCH);
        for (number, pair) in (first..first + count).zip(self.envelopes.chunks_exact_mut(2)) {
            let [pay, receive] = pair else { continue };
            let amount = (self.amount)(&mut self.random, number);
            let at = 1_700_000_000_000_000 + i64::try_from(number).expect("small") * 1_000;
            let at = Timestamp::from_us(at).expect("in range");
            let member = Id::new(&member(number).to_string()).expect("a valid id");
            let order = Id::new(&format!("o{number}")).expect("a valid id");
            (pay.at, receive.at) = (at, at);
            pay.key = Id::new(&format!("p{number}")).expect("a valid id");
            receive.key = Id::new(&format!("r{number}")).expect("a valid id");
            pay.actor = member.clone();
            if let Command::OrderPay { order: id, terms: Some(terms) } = &mut pay.command {
                *id = order.clone();
                terms.member = member;
                terms.lines[0].amount = money(amount);
            }
            if let Command::OrderReceive { order: id } = &mut receive.command {
                *id = order;
            }
        }
        &self.envelopes[..usize::try_from(2 * count).expect("small")]
    }

    /// Makes and submits `count` orders from number `first`; the time of `submit_all` alone, in nanoseconds.
    fn submit(
        &mut self,
        engine: &mut Engine,
        first: u64,
        count: u64,
        mut member: impl FnMut(u64) -> u64,
        mut each: impl FnMut(&Engine, &Envelope),
    ) -> u128 {
        let mut nanoseconds = 0;
        let mut done = 0;
        while done < count {
            let batch = self.make(first + done, count - done, &mut member);
            let start = Instant::now();
            engine.submit_all(batch, |engine, envelope, outcome| {
                assert!(matches!(outcome, Outcome::Applied { .. }), "refused: {outcome:?}");
                each(engine, envelope);
            });
            nanoseconds += start.elapsed().as_nanos();
            done += BATCH;
        }
        nanoseconds
    }
}

fn submit(engine: &mut Engine, envelope: &Envelope) {
    let outcome = engine.submit(envelope);
    assert!(matches!(outcome, Outcome::Applied { .. }), "refused: {outcome:?}");
}

fn footprint(engine: &Engine, members: u64, orders: u64) -> String {
    let bytes = engine.footprint();
    let per = |bytes: usize, count: u64| u64::try_from(bytes).expect("fits") / count.max(1);
    format!(
        "{} B/member, {} B/order ({} keys)",
        per(bytes.members, members),
        per(bytes.orders + bytes.keys, orders),
        per(bytes.keys, orders)
    )
}

/// Whole order lives: pay, receive, settle, mint, exit check, natural and idempotency keys, nine postings. Only
/// the engine is timed, not the making of commands.
fn order_life(size: u64, report: &mut dyn FnMut(&Row)) {
    let mut engine = Engine::genesis(plan(0));
    reserve(&mut engine, size, size);
    let mut orders = Orders::new();
    let nanoseconds = orders.submit(&mut engine, 0, size, |number| number, |_, _| {});
    let note = format!("{}, {} exits", footprint(&engine, size, size), engine.totals().exits);
    report(&Row { name: "order life, joining order", size, operations: size, nanoseconds, note });

    let (commands, mut random) = (size.clamp(1_000_000, 5_000_000), Random(4));
    reserve(&mut engine, 0, commands + commands / 20);
    let mut sell = Envelope {
        command: Command::PointsSell {
            member: Id::new("0").expect("a valid id"),
            points: SellQuantity::All,
            min_net: None,
        },
        ..orders.envelopes[0].clone()
    };
    let (mut number, mut sales, mut nanoseconds) = (size, 0, 0);
    while number < size + commands {
        nanoseconds += orders.submit(&mut engine, number, BATCH, |_| random.below(size), |_, _| {});
        number += BATCH;
        // Eight sales after every 256 orders: 3 %.
        for sale in 0..BATCH / 32 {
            let id = Id::new(&random.below(size).to_string()).expect("a valid id");
            sell.key = Id::new(&format!("s{number}-{sale}")).expect("a valid id");
            sell.at = engine.now();
            sell.actor = id.clone();
            sell.command = Command::PointsSell { member: id, points: SellQuantity::All, min_net: None };
            let start = Instant::now();
            // Refused if the member holds nothing.
            black_box(engine.submit(&sell));
            nanoseconds += start.elapsed().as_nanos();
            sales += 1;
        }
    }
    let note = format!("{sales} sales, {}", footprint(&engine, size, number));
    let operations = number - size + sales;
    report(&Row { name: "order life, random + 3 % sales", size, operations, nanoseconds, note });
}

/// Previews of an order and of its settlement among so many members with an order each: what they cost must not depend on how
/// many there are.
fn previews(size: u64, report: &mut dyn FnMut(&Row)) {
    let mut engine = Engine::genesis(plan(0));
    reserve(&mut engine, size, size);
    let (mut orders, mut random) = (Orders::new(), Random(5));
    orders.submit(&mut engine, 0, size, |number| number, |_, _| {});
    let paid = orders.make(size, 1, |_| 0)[0].clone();
    submit(&mut engine, &paid);
    // The order that is paid, and another by somebody else each time.
    let settles = orders.make(size, 1, |_| 0)[1].clone();
    let (count, mut nanoseconds, mut written) = (20_000, [0; 2], [0; 2]);
    for _ in 0..count {
        let pays = orders.make(size + 1, 1, |_| random.below(size))[0].clone();
        for (at, envelope) in [&pays, &settles].into_iter().enumerate() {
            let start = Instant::now();
            let preview = engine.preview(envelope);
            nanoseconds[at] += start.elapsed().as_nanos();
            assert!(preview.is_applied(), "{:?}", preview.outcome);
            written[at] = preview.written;
        }
    }
    let names = ["preview, an order", "preview, its settlement"];
    for ((name, nanoseconds), written) in names.into_iter().zip(nanoseconds).zip(written) {
        report(&Row {
            name,
            size,
            operations: count,
            nanoseconds,
            note: format!("{written} cells written back"),
        });
    }
}

/// The toy programme of `python/bench/peers.py`, on the same orders, through the whole engine: an operation is an event, a
/// command of the journal or an exit.
fn toy(size: u64, report: &mut dyn FnMut(&Row)) {
    let plan = Plan::parse("python/bench/toy.toml", TOY).expect("the toy plan parses");
    // 10.00 to 199.99, spread evenly: the upper bits of a multiplicative hash of the order's number.
    let amount = |_: &mut Random, number: u64| 1_000 + ((number * 2_654_435_761 % (1 << 32) * 19_000) >> 32);
    let mut orders = Orders { amount, ..Orders::new() };
    let (mut nanoseconds, mut exits) = (0, 0);
    // A programme of its own each time; small ones are over in some milliseconds.
    let times = (1_000_000 / size).max(1);
    for _ in 0..times {
        let mut engine = Engine::genesis(plan.clone());
        reserve(&mut engine, size, size);
        nanoseconds += orders.submit(&mut engine, 0, size, |number| number, |_, _| {});
        exits = engine.totals().exits;
    }
    let lives = u128::from(times * size) * 1_000_000_000 / nanoseconds.max(1);
    let note = format!("{exits} exits, {times} times, {lives} order lives/s");
    let operations = times * (2 * size + exits);
    report(&Row { name: "toy programme, events", size, operations, nanoseconds, note });
}

/// The same with seven days between receipt and settlement: due work, its own journal entries. Time goes on in
/// steps of 64 settlements, as a server's does.
fn delayed_life(size: u64, report: &mut dyn FnMut(&Row)) {
    let mut engine = Engine::genesis(plan(7));
    reserve(&mut engine, size, size);
    let mut nanoseconds = Orders::new().submit(&mut engine, 0, size, |number| number, |_, _| {});
    let mut advance = Envelope {
        key: Id::new("end").expect("a valid id"),
        at: engine.now(),
        happened_at: None,
        actor: Id::new("bench").expect("a valid id"),
        command: Command::TimeAdvance {},
    };
    let mut steps = 0;
    while let Some(due) = engine.next_due() {
        steps += 1;
        advance.at = Timestamp::from_us(due.us() + 63_000).expect("in range");
        advance.key = Id::new(&format!("advance{steps}")).expect("a valid id");
        let start = Instant::now();
        submit(&mut engine, &advance);
        nanoseconds += start.elapsed().as_nanos();
    }
    let note = footprint(&engine, size, size);
    report(&Row { name: "order life, 7 days later", size, operations: size, nanoseconds, note });
}

/// Every mechanism that a close serves, none that others need.
const CLOSE_PLAN: &str = r#"
[programme]
name = { zh = "日结", en = "Close of the day" }
[settlement]
after_sale_days = 0
[split]
cost = "50%"
[split.funds]
release = "25%"
[release]
grant_ratio = "50%"
rate = "3‰"
fund = "release"
reconsume_share = "30%"
[value]
grant_ratio = "10%"
[emission]
years = [92250, 50000]
cap = 1000000
first_price = "1000.00"
members = "80%"
platform = "10%"
"#;

/// The close of a day on which everybody did the task (value release, static release, emission), and of idle days.
fn day_close(size: u64, report: &mut dyn FnMut(&Row)) {
    const FIRST_US: i64 = 1_700_000_000_000_000;
    const DAY_US: i64 = 86_400_000_000;
    let plan = Plan::parse("bench", CLOSE_PLAN).expect("the plan of this benchmark parses");
    let mut engine = Engine::genesis(plan);
    Orders::new().submit(&mut engine, 0, size, |number| number, |_, _| {});
    let at = |day: i64| Timestamp::from_us(FIRST_US + day * DAY_US).expect("in range");
    let id = |text: &str| Id::new(text).expect("a valid id");
    let advance = |engine: &mut Engine, day: i64| {
        let command = Command::TimeAdvance {};
        let envelope = Envelope {
            key: id(&format!("d{day}")),
            at: at(day),
            happened_at: None,
            actor: id("bench"),
            command,
        };
        let start = Instant::now();
        submit(engine, &envelope);
        start.elapsed().as_nanos()
    };
    // All grants are of one day; it is closed before anything is measured.
    advance(&mut engine, 1);
    let mut nanoseconds = [0; 2];
    for day in 1..3 {
        for member in 0..size {
            let member = id(&member.to_string());
            let key = id(&format!("t{day}-{member}"));
            let command = Command::TaskComplete { member: member.clone(), task: None };
            let envelope = Envelope { key, at: at(day), happened_at: None, actor: member, command };
            let start = Instant::now();
            submit(&mut engine, &envelope);
            nanoseconds[0] += start.elapsed().as_nanos();
        }
        nanoseconds[1] += advance(&mut engine, day + 1);
    }
    let [tasks, close] = nanoseconds;
    let note = "commands".to_owned();
    report(&Row { name: "task.complete", size, operations: 2 * size, nanoseconds: tasks, note });
    let steps: usize = engine.entries().map(|entry| entry.steps().count()).sum();
    let (milliseconds, bytes) = (close / 2_000_000, footprint(&engine, size, size));
    let note = format!("members; {milliseconds} ms a close in {steps} steps, {bytes}");
    report(&Row { name: "close, all did the task", size, operations: 2 * size, nanoseconds: close, note });
    // The first idle day also frees what the close before it reported.
    advance(&mut engine, 4);
    let (days, seq) = (1_000, engine.next_seq());
    let nanoseconds = advance(&mut engine, 4 + days);
    let (operations, note) = (engine.next_seq() - seq - 1, "days without task".to_owned());
    report(&Row { name: "close, idle", size, operations, nanoseconds, note });
}

/// Journal: encode and hash each entry, then replay and audit every line.
fn journal_speed(size: u64, report: &mut dyn FnMut(&Row)) {
    let mut engine = Engine::genesis(plan(0));
    let (mut writer, mut bytes) = (journal::Writer::new(), Vec::new());
    writer.write(&engine, None, &mut bytes);
    let nanoseconds = Orders::new().submit(
        &mut engine,
        0,
        size,
        |number| number,
        |engine, envelope| writer.write(engine, Some(envelope), &mut bytes),
    );
    let note = format!("{} bytes; entries, with the engine", bytes.len());
    report(&Row { name: "journal, write", size, operations: size * 2, nanoseconds, note });
    let text = String::from_utf8(bytes).expect("JSON is UTF-8");
    report(&timed("journal, replay and audit", size, size * 2, || {
        let mut verifier = journal::Verifier::new();
        for line in text.lines() {
            verifier.push(line).unwrap_or_else(|error| panic!("{error}"));
        }
        let (replayed, _) = verifier.finish().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(replayed.digest(), engine.digest(), "replay equals the engine");
        "entries, each hashed, replayed and decided again".to_owned()
    }));
}

/// A mall with commissions.
fn network(size: u64, report: &mut dyn FnMut(&Row)) {
    let chain = ("mall, chain", "close of day, mall, chain");
    let tree = ("mall, ten children each", "close of day, mall, tree");
    deepest(size, MALL, [chain, tree], report);
}

/// Every section of the shared purchase.
fn shared(size: u64, report: &mut dyn FnMut(&Row)) {
    let chain = ("shared purchase, chain", "close of day, shared, chain");
    let tree = ("shared purchase, ten each", "close of day, shared, tree");
    deepest(size, SHARED, [chain, tree], report);
}

/// One chain, and a broad tree of ten children each. Whole orders of its youngest members, who are the deepest; then the
/// closes of the days on which they settled, with ranks and dividend.
fn deepest(size: u64, source: &str, names: [(&'static str, &'static str); 2], report: &mut dyn FnMut(&Row)) {
    let parents: [fn(u64) -> u64; 2] = [|number| number - 1, |number| (number - 1) / 10];
    for ((name, close), parent) in names.into_iter().zip(parents) {
        lend(size + 2 * NETWORK_ORDERS_MAX, 700);
        let mut engine = Engine::genesis(settled_at_once(source));
        let mut orders = Orders::new();
        orders.deliver_to("330106");
        grow(&mut engine, size, parent);
        // So that ranks exist before the measured orders: some are bought at every depth, and a day passes.
        let first = NETWORK_ORDERS_MAX.min(size);
        orders.submit(&mut engine, 0, first, |number| number * (size / first), |_, _| {});
        let day = timed(close, size, size, || advance(&mut engine, "first close", 1));
        report(&day);
        let ranked = engine.members().filter(|member| member.rank.is_some()).count();
        let (commands, from) = (NETWORK_ORDERS_MAX, first + 1_000_000_000);
        reserve(&mut engine, 0, commands);
        let nanoseconds = orders.submit(
            &mut engine,
            from,
            commands,
            |number| size - 1 - (number * 7) % (size / 10),
            |_, _| {},
        );
        let paid: i64 = engine.commissions().map(|(_, _, paid)| paid.minor()).sum();
        let note =
            format!("{}, {ranked} with a rank, {paid} fen paid", footprint(&engine, size, first + commands));
        report(&Row { name, size, operations: commands, nanoseconds, note });
        let day = timed(close, size, size, || advance(&mut engine, "month", 40));
        report(&day);
    }
}

/// Members in all replications together.
const SIMULATED_LIVES: u64 = 10_000_000;

/// Ten million member-lifetimes (a join, an order, its settlement seven days later, and the summing up of each run) in runs
/// of this size, on all cores and with results kept as a study keeps them.
fn simulated_lives(size: u64, report: &mut dyn FnMut(&Row)) {
    let text = format!(
        "[scenario]\nname = {{ zh = \"测速\", en = \"Speed\" }}\nplan = \"value-growth\"\ndays = 100\n[arrival]\ndaily = {}\ndrawn = false\n\
         [spending.lognormal]\nmedian = \"118.00\"\n",
        size / 100
    );
    let mut load = |path: &str| Err(ratchet_sim::fault::FileFault::PresetsOnly { path }.into());
    let scenario = Scenario::parse("bench", &text, &mut load).expect("the scenario of this benchmark parses");
    let runs = (SIMULATED_LIVES / size).max(1);
    let study = Study::compare(scenario, Some(runs), 1);
    let mut store = Store::temporary(&study).expect("a temporary file");
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    report(&timed("simulate, a life each", size, runs * size, || {
        study.run(&mut store, threads, &AtomicBool::new(false), &mut |_| {}).expect("the results are kept");
        let summaries = study::summaries(&study, &mut store).expect("the results are read");
        let members = summaries[0].end("members");
        assert_eq!(u64::try_from(members.least), Ok(size), "everybody came in every run");
        format!("lives, {runs} runs, {threads} threads, {} broken bounds", summaries[0].broken)
    }));
}

fn settled_at_once(source: &str) -> Plan {
    let source = source.replace("after_sale_days = 7", "after_sale_days = 0");
    Plan::parse("a shipped plan", &source).expect("the shipped plan parses")
}

/// Lets members join, each below the one that `parent` says, and makes agents and shareholders of the oldest.
fn grow(engine: &mut Engine, size: u64, parent: impl Fn(u64) -> u64) {
    let id = |text: &str| Id::new(text).expect("a valid id");
    let at = Timestamp::from_us(1_699_000_000_000_000).expect("in range");
    for number in 0..size {
        let member = id(&number.to_string());
        let referrer = (number > 0).then(|| id(&parent(number).to_string()));
        let command = Command::MemberJoin { member: member.clone(), referrer, region: None, person: None };
        submit(
            engine,
            &Envelope { key: id(&format!("j{number}")), at, happened_at: None, actor: member, command },
        );
    }
    if engine.plan().commission.as_ref().is_none_or(|plan| plan.regional.is_none()) {
        return;
    }
    let levels =
        [("330106", AgentLevel::District), ("330100", AgentLevel::City), ("330000", AgentLevel::Province)];
    let actor = id("bench");
    for (number, (code, level)) in levels.into_iter().enumerate() {
        let territory = Region::parse(code).expect("a code");
        let command = Command::AgentAppoint { member: id(&number.to_string()), territory, level };
        submit(
            engine,
            &Envelope {
                key: id(&format!("a{number}")),
                at,
                happened_at: None,
                actor: actor.clone(),
                command,
            },
        );
    }
    for number in 0..NETWORK_SHAREHOLDERS.min(size) {
        let command = Command::ShareholderSet {
            member: id(&number.to_string()),
            weight: Millionths { millionths: 1_000_000 },
        };
        submit(
            engine,
            &Envelope {
                key: id(&format!("s{number}")),
                at,
                happened_at: None,
                actor: actor.clone(),
                command,
            },
        );
    }
}

/// Lets so many days pass; says how many entries that wrote.
fn advance(engine: &mut Engine, key: &str, days: u32) -> String {
    let at = engine.now().plus_days(days).expect("in range");
    let (key, actor) = (Id::new(key).expect("a valid id"), Id::new("bench").expect("a valid id"));
    submit(engine, &Envelope { key, at, happened_at: None, actor, command: Command::TimeAdvance {} });
    format!("{} entries", engine.entries().count())
}
