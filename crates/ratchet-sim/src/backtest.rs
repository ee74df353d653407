//! Runs an order history through the engine.
//!
//! Every row becomes the same commands that a shop would send: a join where somebody was invited, `order.pay`,
//! `order.receive`, later `order.refund`. One thread writes commands in batches, over those of a batch that is done, and
//! hashes them; another runs them, one after the other. While one runs, the engine is told which memory a later one
//! will need. Batches are run in the order in which they were written: the result does not depend on who is faster.

use std::hint::black_box;
use std::sync::mpsc::{channel, sync_channel};

use ratchet_engine::command::{Command, Envelope, HashSeed, RefundLine, SellQuantity};
use ratchet_engine::engine::{Ahead, Engine, Expected, Outcome};
use ratchet_engine::gate::Admitted;
use ratchet_engine::id::Id;
use ratchet_engine::pool::Price;
use ratchet_engine::rejection::Rejection;
use ratchet_engine::time::Timestamp;

use crate::batch::{Batch, Bought, Head, Step};
use crate::orders::Orders;
use crate::progress::{Phase, Progress};
use crate::selling::{Sellers, Selling};

/// Commands written before they are run; few enough to stay in the processor's caches, and so many that the two threads
/// seldom have to wake each other.
const BATCH_COMMANDS: usize = 1024;

/// Orders whose members are looked at together.
const ORDERS_FETCHED: usize = 128;

/// Batches that wait to be run.
const BATCHES_AHEAD: usize = 4;

/// Points of a price curve that are kept for the chart: at most this many, at least half of it.
pub const CURVE_POINTS_MAX: usize = 1024;

/// Most times that time advances after the last order.
const ADVANCES_MAX: u32 = 1_000_000;

/// What besides plan and orders decides the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assumptions {
    /// When members sell.
    pub selling: Selling,
    /// Seed of whatever is drawn by lot.
    pub seed: u64,
}

/// Who wants to see what happens while it happens.
pub struct Observers<'a> {
    /// Sees the genesis (as `None`), then every command after it was submitted, with the engine as it is then: a
    /// journal, for example.
    pub command: Option<CommandObserver<'a>>,
    /// Sees every order after it was received, by its position in the [`Orders`].
    pub order: Option<OrderObserver<'a>>,
    /// Sees how far the work has come.
    pub progress: &'a mut dyn FnMut(Progress),
}

/// See [`Observers::command`]. An error ends the run.
pub type CommandObserver<'a> =
    &'a mut dyn FnMut(&Engine, Option<(&Envelope, &Outcome)>) -> std::io::Result<()>;

/// See [`Observers::order`]. An error ends the run.
pub type OrderObserver<'a> = &'a mut dyn FnMut(usize, Price) -> std::io::Result<()>;

/// A finished run.
pub struct Backtest {
    /// The programme after the last order has settled.
    pub engine: Engine,
    /// Price over time, thinned out evenly by orders.
    pub curve: Vec<CurvePoint>,
    /// Sales that members made by themselves.
    pub sales: u64,
    /// Rows whose referrer was ignored because the member existed already without it or with another.
    pub referrers_ignored: ReferrersIgnored,
}

/// The price after an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurvePoint {
    /// How many orders there have been.
    pub orders: u64,
    /// When.
    pub at: Timestamp,
    /// The exact pair.
    pub price: Price,
}

/// Rows that name a referrer the member cannot get any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReferrersIgnored {
    /// How many rows.
    pub count: u64,
    /// Lines of the first ten.
    pub first_lines: Vec<u32>,
}

/// Why a run stopped.
#[derive(Debug)]
pub enum BacktestError {
    /// The engine refused a command.
    Refused {
        /// Line of the order file; absent for time that only passes.
        line: Option<u32>,
        /// Type of the command.
        command: &'static str,
        /// The refusal.
        rejection: Rejection,
    },
    /// Work is due again and again.
    NeverSettles,
    /// An observer failed.
    Observer(std::io::Error),
}

impl std::fmt::Display for BacktestError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BacktestError::Refused { line, command, rejection } => {
                if let Some(line) = line {
                    write!(out, "line {line} of the orders: ")?;
                }
                write!(out, "{command} was refused: {rejection} ({})", rejection.code())
            }
            BacktestError::NeverSettles => {
                write!(out, "not settled after time advanced {ADVANCES_MAX} times past the last order")
            }
            BacktestError::Observer(error) => write!(out, "cannot write: {error}"),
        }
    }
}

impl std::error::Error for BacktestError {}

/// A programme with room for all that these orders bring.
pub fn engine(plan: impl Into<Admitted>, orders: &Orders) -> Engine {
    let mut engine = Engine::genesis(plan);
    let members = orders.member_count();
    engine.reserve(&Expected {
        members,
        id_bytes: orders.id_bytes(),
        orders: orders.len(),
        // Paid and received, refunded, and at most one join each.
        commands: 2 * orders.len()
            + orders.refund_count()
            + if orders.have_referrers() { members } else { 0 },
        ..Expected::default()
    });
    engine
}

/// Runs a whole history through a programme that has just begun; at the end time advances until all is settled.
pub fn run(
    engine: Engine,
    orders: &Orders,
    assumptions: &Assumptions,
    observers: Observers<'_>,
) -> Result<Backtest, BacktestError> {
    let after_sale_days = engine.plan().settlement.after_sale_days;
    let mut run = Run {
        engine,
        orders,
        sellers: Sellers::new(assumptions.selling, assumptions.seed),
        observers,
        joined: Vec::with_capacity(orders.member_count()),
        curve: Curve::default(),
        orders_done: 0,
        sales: 0,
        advances: 0,
    };
    if let Some(observer) = &mut run.observers.command {
        observer(&run.engine, None).map_err(BacktestError::Observer)?;
    }
    let seed = run.engine.hash_seed();
    let referrers_ignored = std::thread::scope(|scope| {
        let (written, to_run) = sync_channel::<Batch<Note>>(BATCHES_AHEAD);
        let (done, spare) = channel::<Batch<Note>>();
        let script = scope.spawn(move || {
            let mut script = Script::new(orders, seed);
            let mut batch = Batch::default();
            // Nobody takes what follows a refused command.
            while script.write(&mut batch) && written.send(batch).is_ok() {
                batch = spare.try_recv().unwrap_or_default();
            }
            script.ignored
        });
        for batch in to_run {
            run.play(&batch)?;
            // Batches go round; after the last nobody waits for one.
            let _ = done.send(batch);
        }
        script.join().map_or_else(|panic| std::panic::resume_unwind(panic), Ok)
    })?;
    run.settle(after_sale_days)?;
    Ok(Backtest { engine: run.engine, curve: run.curve.finish(), sales: run.sales, referrers_ignored })
}

/// What a command of the script is for.
#[derive(Clone, Copy)]
struct Note {
    line: u32,
    /// The member who exists once this is done, if it is a new one.
    joins: Option<u32>,
    /// The order that this completes, with its buyer.
    completes: Option<(usize, u32)>,
}

/// Turns orders and refunds into commands, in the order of time.
struct Script<'a> {
    orders: &'a Orders,
    seed: HashSeed,
    /// By member: whether it has joined, and with which referrer.
    joined: Vec<Joined>,
    ignored: ReferrersIgnored,
    next_order: usize,
    next_refund: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Joined {
    No,
    Alone,
    Invited(u32),
}

impl<'a> Script<'a> {
    fn new(orders: &'a Orders, seed: HashSeed) -> Script<'a> {
        Script {
            orders,
            seed,
            joined: vec![Joined::No; orders.member_count()],
            ignored: ReferrersIgnored::default(),
            next_order: 0,
            next_refund: 0,
        }
    }

    /// Writes the next commands into the batch; false when there are none left.
    fn write(&mut self, batch: &mut Batch<Note>) -> bool {
        batch.clear();
        let mut count = 0;
        // An order adds at most four commands.
        while batch.len() + 4 <= BATCH_COMMANDS {
            if count % ORDERS_FETCHED == 0 {
                self.fetch();
            }
            let orders = self.orders;
            let order_at = (self.next_order < orders.len()).then(|| orders.order(self.next_order).at);
            let refund_at =
                (self.next_refund < orders.refund_count()).then(|| orders.refund(self.next_refund).at);
            match (order_at, refund_at) {
                (None, None) => break,
                // Refunds come after orders of the same instant.
                (Some(order_at), Some(refund_at)) if refund_at < order_at => self.refund(batch),
                (Some(_), _) => {
                    self.order(batch);
                    count += 1;
                }
                (None, Some(_)) => self.refund(batch),
            }
        }
        batch.len() > 0
    }

    /// Brings near what the next orders say of their members, who lie anywhere: the reads wait for memory together.
    fn fetch(&self) {
        let last = self.orders.len().min(self.next_order + ORDERS_FETCHED);
        let read = (self.next_order..last).fold(0, |read, position| {
            let member = self.orders.order(position).member;
            let joined = self.joined[member as usize] == Joined::No;
            read + self.orders.member(member).as_str().len() + usize::from(joined)
        });
        black_box(read);
    }

    fn order(&mut self, batch: &mut Batch<Note>) {
        let position = self.next_order;
        self.next_order += 1;
        let row = self.orders.order(position);
        let buyer = self.orders.member(row.member);
        let seed = self.seed;
        let joining = |prefix: &str, member: &Id, referrer: Option<&Id>| {
            let (key, actor, command) = (key(prefix, row.order), buyer.clone(), join(member, referrer));
            Envelope { key, at: row.at, actor, command }
        };
        let mut joins = None;
        match (self.joined[row.member as usize], row.referrer) {
            (Joined::No, Some(referrer)) => {
                let inviter = self.orders.member(referrer);
                if self.joined[referrer as usize] == Joined::No {
                    self.joined[referrer as usize] = Joined::Alone;
                    let note = Note { line: row.line, joins: Some(referrer), completes: None };
                    batch.other(seed, joining("refer:", inviter, None), note);
                }
                self.joined[row.member as usize] = Joined::Invited(referrer);
                let note = Note { line: row.line, joins: Some(row.member), completes: None };
                batch.other(seed, joining("join:", buyer, Some(inviter)), note);
            }
            (Joined::No, None) => {
                // `order.pay` takes an unknown member in.
                self.joined[row.member as usize] = Joined::Alone;
                joins = Some(row.member);
            }
            (Joined::Invited(before), Some(referrer)) if before == referrer => {}
            (Joined::Alone | Joined::Invited(_), Some(_)) => {
                self.ignored.count += 1;
                if self.ignored.first_lines.len() < 10 {
                    self.ignored.first_lines.push(row.line);
                }
            }
            (Joined::Alone | Joined::Invited(_), None) => {}
        }
        let order = known(row.order);
        let head = |prefix: &str| Head { key: key(prefix, row.order), at: row.at, buyer, order: &order };
        let bought = Bought { amount: row.amount, ship_to: row.ship_to, source: None };
        batch.pay(seed, head("pay:"), &bought, Note { line: row.line, joins, completes: None });
        let completes = Some((position, row.member));
        batch.receive(seed, head("receive:"), Note { line: row.line, joins: None, completes });
    }

    fn refund(&mut self, batch: &mut Batch<Note>) {
        let row = self.orders.refund(self.next_refund);
        self.next_refund += 1;
        let command = Command::OrderRefund {
            refund: known(row.order),
            order: known(row.order),
            lines: Some(vec![RefundLine { line: known("1"), amount: row.amount }]),
        };
        let actor = self.orders.member(row.member).clone();
        let envelope = Envelope { key: key("refund:", row.order), at: row.at, actor, command };
        batch.other(self.seed, envelope, Note { line: row.line, joins: None, completes: None });
    }
}

fn join(member: &Id, referrer: Option<&Id>) -> Command {
    Command::MemberJoin { member: member.clone(), referrer: referrer.cloned(), region: None }
}

/// A text that was checked when the file was read, or is one of ours.
fn known(text: &str) -> Id {
    Id::new(text).expect("order ids are checked when the file is read")
}

/// An idempotency key. Order ids leave room for the prefix.
fn key(prefix: &str, order: &str) -> Id {
    // Put together on the stack: this is done twice for every order.
    let mut text = [0_u8; ratchet_engine::id::ID_BYTES_MAX];
    let (whole, length) = (prefix.len(), prefix.len() + order.len());
    text[..whole].copy_from_slice(prefix.as_bytes());
    text[whole..length].copy_from_slice(order.as_bytes());
    known(std::str::from_utf8(&text[..length]).expect("two texts one after the other are a text"))
}

/// The engine's side.
struct Run<'a, 'b> {
    engine: Engine,
    orders: &'a Orders,
    sellers: Sellers,
    observers: Observers<'b>,
    /// Members of the file by their number in the engine.
    joined: Vec<u32>,
    curve: Curve,
    orders_done: u64,
    sales: u64,
    advances: u32,
}

impl Run<'_, '_> {
    fn play(&mut self, batch: &Batch<Note>) -> Result<(), BacktestError> {
        let mut ahead = Ahead::new(batch.commands_fetched());
        for Step { note, .. } in batch.steps() {
            let Some((envelope, outcome)) = self.engine.submit_next(&mut ahead) else { break };
            self.see(envelope, outcome)?;
            self.must_succeed(envelope, Some(note.line), outcome)?;
            self.joined.extend(note.joins);
            self.let_watchers_sell()?;
            if let Some((position, buyer)) = note.completes {
                self.complete(position, buyer)?;
            }
        }
        let total = self.orders.len() as u64;
        (self.observers.progress)(Progress { phase: Phase::Running, done: self.orders_done, total });
        Ok(())
    }

    /// Does a command that has to succeed.
    fn submit(&mut self, envelope: &Envelope) -> Result<(), BacktestError> {
        let outcome = self.submit_any(envelope)?;
        self.must_succeed(envelope, None, outcome)
    }

    fn must_succeed(
        &mut self,
        envelope: &Envelope,
        line: Option<u32>,
        outcome: Outcome,
    ) -> Result<(), BacktestError> {
        match outcome {
            Outcome::Applied { .. } | Outcome::Replayed { .. } => Ok(()),
            Outcome::Rejected(rejection) => {
                Err(BacktestError::Refused { line, command: envelope.command.type_name(), rejection })
            }
        }
    }

    fn submit_any(&mut self, envelope: &Envelope) -> Result<Outcome, BacktestError> {
        let outcome = self.engine.submit(envelope);
        self.see(envelope, outcome)?;
        Ok(outcome)
    }

    /// Shows a command and what became of it to those who watch.
    fn see(&mut self, envelope: &Envelope, outcome: Outcome) -> Result<(), BacktestError> {
        if let Some(observer) = &mut self.observers.command {
            observer(&self.engine, Some((envelope, &outcome))).map_err(BacktestError::Observer)?;
        }
        if let Sellers::AtMultiple(watch) = &mut self.sellers {
            watch.see(&self.engine);
        }
        Ok(())
    }

    fn complete(&mut self, position: usize, buyer: u32) -> Result<(), BacktestError> {
        if let Sellers::Random { rate, random } = &mut self.sellers
            && random.happens(*rate)
        {
            self.sell_all(buyer)?;
        }
        self.orders_done += 1;
        let price = self.engine.price();
        self.curve.add(CurvePoint { orders: self.orders_done, at: self.engine.now(), price });
        if let Some(observer) = &mut self.observers.order {
            observer(position, price).map_err(BacktestError::Observer)?;
        }
        Ok(())
    }

    fn let_watchers_sell(&mut self) -> Result<(), BacktestError> {
        loop {
            let Sellers::AtMultiple(watch) = &mut self.sellers else { return Ok(()) };
            let Some(number) = watch.next(&self.engine) else { return Ok(()) };
            self.sell_all(self.joined[number as usize])?;
        }
    }

    /// Who has nothing to sell, or has asked already, is refused, and that is all right.
    fn sell_all(&mut self, member: u32) -> Result<(), BacktestError> {
        let seller = self.orders.member(member).clone();
        let envelope = Envelope {
            key: known(&format!("sell:{}", self.sales + 1)),
            at: self.engine.now(),
            actor: seller.clone(),
            command: Command::PointsSell { member: seller, points: SellQuantity::All },
        };
        match self.submit_any(&envelope)? {
            Outcome::Applied { .. } => self.sales += 1,
            Outcome::Replayed { .. }
            | Outcome::Rejected(
                Rejection::NoPool | Rejection::InsufficientPoints | Rejection::PointsNotPositive,
            ) => {}
            Outcome::Rejected(rejection) => {
                return Err(BacktestError::Refused { line: None, command: "points.sell", rejection });
            }
        }
        Ok(())
    }

    fn settle(&mut self, after_sale_days: u32) -> Result<(), BacktestError> {
        // All orders settle within the after-sale days; what they cause may be due later.
        if self.engine.next_settlement().is_some()
            && let Some(at) = self.engine.now().plus_days(after_sale_days)
        {
            self.advance(at)?;
        }
        // Closes of days and dividends go on for ever; they do not keep it running.
        while let Some(at) = self.engine.next_settlement() {
            self.advance(at)?;
        }
        Ok(())
    }

    fn advance(&mut self, at: Timestamp) -> Result<(), BacktestError> {
        if self.advances == ADVANCES_MAX {
            return Err(BacktestError::NeverSettles);
        }
        self.advances += 1;
        (self.observers.progress)(Progress {
            phase: Phase::Settling,
            done: u64::from(self.advances),
            total: 0,
        });
        let envelope = Envelope {
            key: known(&format!("advance:{}", self.advances)),
            at,
            actor: known("operator"),
            command: Command::TimeAdvance,
        };
        self.submit(&envelope)?;
        self.let_watchers_sell()
    }
}

/// Keeps every n-th point; n doubles whenever there are too many.
#[derive(Default)]
struct Curve {
    points: Vec<CurvePoint>,
    last: Option<CurvePoint>,
    stride: u64,
    /// The order whose point is kept next.
    next: u64,
}

impl Curve {
    fn add(&mut self, point: CurvePoint) {
        self.last = Some(point);
        if point.orders < self.next {
            return;
        }
        self.points.push(point);
        let mut stride = self.stride.max(1);
        if self.points.len() == CURVE_POINTS_MAX {
            stride *= 2;
            let mut keep = false;
            self.points.retain(|_| {
                keep = !keep;
                keep
            });
        }
        self.stride = stride;
        self.next = (point.orders - 1) / stride * stride + stride + 1;
    }

    fn finish(mut self) -> Vec<CurvePoint> {
        // The end of the story is always there.
        if self.points.last() != self.last.as_ref() {
            self.points.extend(self.last);
        }
        self.points
    }
}
