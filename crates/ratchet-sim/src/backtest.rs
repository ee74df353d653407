//! Runs an order history through the engine.
//!
//! Every row becomes the same commands that a shop would send: a join where somebody was invited, `order.pay`,
//! `order.receive`, later `order.refund`. One thread writes commands in batches, over those of a batch that is done, and
//! hashes them, as rows come from the file; another runs them, one after the other. While one runs, the engine is told
//! which memory a later one will need. Batches are run in the order in which they were written: the result does not
//! depend on who is faster.

use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use ratchet_engine::amount::Money;
use ratchet_engine::command::{Command, Envelope, Guess, HashSeed, RefundLine, SellQuantity};
use ratchet_engine::engine::{Ahead, Engine, Expected, Outcome};
use ratchet_engine::gate::Admitted;
use ratchet_engine::id::{Id, MemberNo, OrderNo};
use ratchet_engine::pool::Price;
use ratchet_engine::rejection::Rejection;
use ratchet_engine::time::Timestamp;

use crate::batch::{Batch, Bought, Head, Step};
use crate::orders::{OrderFile, OrderRow, Orders, OrdersError, Party};
use crate::progress::{Phase, Progress};
use crate::selling::{Sellers, Selling};

/// Commands written before they are run; few enough to stay in the processor's caches, and so many that the two threads
/// seldom have to wake each other.
const BATCH_COMMANDS: usize = 1024;

/// Batches that go round.
const BATCHES: usize = 8;

/// So many go back to be written together: whoever waits for them is woken once, which costs the one that wakes.
const BATCHES_BACK: usize = BATCHES / 2;

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
    /// Sees every order after it was received: its id, when, and the price then.
    pub order: Option<OrderObserver<'a>>,
    /// Sees how far the work has come.
    pub progress: &'a mut dyn FnMut(Progress),
}

/// See [`Observers::command`]. An error ends the run.
pub type CommandObserver<'a> =
    &'a mut dyn FnMut(&Engine, Option<(&Envelope, &Outcome)>) -> std::io::Result<()>;

/// See [`Observers::order`]. An error ends the run.
pub type OrderObserver<'a> = &'a mut dyn FnMut(&str, Timestamp, Price) -> std::io::Result<()>;

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
    /// The file has a fault.
    File(OrdersError),
    /// The rows of the file are not in the order of time, or an order id repeats, or it is a pipe: it has to be read whole
    /// first ([`OrderFile::read_whole`]).
    NotInOrder,
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
            BacktestError::File(error) => error.fmt(out),
            BacktestError::NotInOrder => {
                out.write_str("the rows are not in the order of time; read the file whole")
            }
            BacktestError::NeverSettles => {
                write!(out, "not settled after time advanced {ADVANCES_MAX} times past the last order")
            }
            BacktestError::Observer(error) => write!(out, "cannot write: {error}"),
        }
    }
}

impl std::error::Error for BacktestError {}

/// A programme with room for all that is expected.
pub fn engine(plan: impl Into<Admitted>, expected: &Expected) -> Engine {
    let mut engine = Engine::genesis(plan);
    engine.reserve(expected);
    engine
}

/// Runs a whole history through a programme that has just begun; at the end time advances until all is settled.
pub fn run(
    engine: Engine,
    orders: &Orders,
    assumptions: &Assumptions,
    observers: Observers<'_>,
) -> Result<Backtest, BacktestError> {
    let done = AtomicU64::new(0);
    let write = |script: &mut Script| {
        let mut orders_done = 0;
        orders.each_rows(|rows| {
            script.rows(rows);
            orders_done += rows.len() as u64;
            done.store(orders_done, Ordering::Relaxed);
        });
        Ok(())
    };
    play(engine, write, (&done, orders.len() as u64), assumptions, observers)
}

/// The same while the file is read. If it cannot be run as it stands ([`BacktestError::NotInOrder`]), let it be read whole and
/// run it again with another engine and other observers. A fault of the file is what is reported, whatever else happened.
pub fn run_file<R: Read + Seek + Send>(
    engine: Engine,
    file: &mut OrderFile<R>,
    assumptions: &Assumptions,
    observers: Observers<'_>,
) -> Result<Backtest, BacktestError> {
    if let Some(orders) = file.whole() {
        return run(engine, orders, assumptions, observers);
    }
    if file.is_pipe() {
        return Err(BacktestError::NotInOrder);
    }
    let (bytes, done) = (file.bytes(), AtomicU64::new(0));
    let write = |script: &mut Script| {
        let read = file.each_rows(|rows, bytes_read| {
            script.rows(rows);
            done.store(bytes_read, Ordering::Relaxed);
        });
        read.map_err(|error| error.map_or(BacktestError::NotInOrder, BacktestError::File))
    };
    match play(engine, write, (&done, bytes), assumptions, observers) {
        // Every order has keys of its own, unless its id stands twice; where it stood first, only the whole file says.
        Err(BacktestError::Refused { line: Some(_), rejection: Rejection::KeyReused, .. }) => {
            Err(BacktestError::NotInOrder)
        }
        result => result,
    }
}

/// Runs what a script is told on another thread. `progress` is how much of how much has been told.
fn play(
    engine: Engine,
    write: impl FnOnce(&mut Script) -> Result<(), BacktestError> + Send,
    progress: (&AtomicU64, u64),
    assumptions: &Assumptions,
    observers: Observers<'_>,
) -> Result<Backtest, BacktestError> {
    let after_sale_days = engine.plan().settlement.after_sale_days;
    let mut run = Run {
        engine,
        sellers: Sellers::new(assumptions.selling, assumptions.seed),
        observers,
        curve: Curve::default(),
        orders_done: 0,
        sales: 0,
        advances: 0,
    };
    if let Some(observer) = &mut run.observers.command {
        observer(&run.engine, None).map_err(BacktestError::Observer)?;
    }
    run.engine.keep_steps(run.is_watched());
    let seed = run.engine.hash_seed();
    let (played, written) = std::thread::scope(|scope| {
        let (written, to_run) = channel::<Batch<Note>>();
        let (done, back) = channel::<Vec<Batch<Note>>>();
        let script = scope.spawn(move || {
            let mut script = Script::new(seed, written, back);
            write(&mut script)?;
            script.finish();
            Ok(script.ignored)
        });
        let played = run.play_all(to_run, done, progress);
        (played, script.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let referrers_ignored = written?;
    played?;
    run.settle(after_sale_days)?;
    run.engine.keep_steps(true);
    Ok(Backtest { engine: run.engine, curve: run.curve.finish(), sales: run.sales, referrers_ignored })
}

/// What a command of the script is for.
#[derive(Clone, Copy)]
struct Note {
    line: u32,
    /// It completes an order.
    completes: bool,
}

/// Turns rows into commands, in the order of time.
struct Script {
    seed: HashSeed,
    batch: Batch<Note>,
    written: Sender<Batch<Note>>,
    /// Comes back from the engine's side, and what has come back.
    back: Receiver<Vec<Batch<Note>>>,
    spare: Vec<Batch<Note>>,
    /// Nobody takes what follows a refused command.
    is_wanted: bool,
    /// By number in the file: whether a member has joined, and how.
    joined: Vec<Joined>,
    /// The same of the members of the rows at hand.
    known: Vec<Joined>,
    /// How many have joined, and how many orders there are: the engine numbers both as they come.
    members: u32,
    orders: u32,
    ignored: ReferrersIgnored,
    /// By the time when it comes, and its line.
    refunds: BTreeMap<(Timestamp, u32), Refund>,
}

/// A member of the file, as far as it has joined.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Joined {
    /// Its number in the engine; `NOBODY` before.
    member: u32,
    /// The number in the file of who invited it; `NOBODY` without.
    referrer: u32,
}

const NOBODY: u32 = u32::MAX;

impl Joined {
    const NOT_YET: Joined = Joined { member: NOBODY, referrer: NOBODY };

    fn has(self) -> bool {
        self.member != NOBODY
    }
}

/// A refund that is still to come.
struct Refund {
    amount: Money,
    order: Id,
    /// Its number in the engine.
    number: u32,
    member: Id,
}

impl Script {
    fn new(seed: HashSeed, written: Sender<Batch<Note>>, back: Receiver<Vec<Batch<Note>>>) -> Script {
        Script {
            seed,
            batch: Batch::default(),
            written,
            back,
            spare: (1..BATCHES).map(|_| Batch::default()).collect(),
            is_wanted: true,
            joined: Vec::new(),
            known: Vec::new(),
            members: 0,
            orders: 0,
            ignored: ReferrersIgnored::default(),
            refunds: BTreeMap::new(),
        }
    }

    /// Writes what these rows ask for, and the refunds before them.
    fn rows(&mut self, rows: &[OrderRow<'_>]) {
        if !self.is_wanted {
            return;
        }
        self.open(rows);
        for (place, row) in rows.iter().enumerate() {
            // Refunds come after orders of the same instant.
            self.refunds_before(row.at);
            // Who has joined before these rows stays as it is; the others may have joined meanwhile.
            let known = Some(self.known[place]).filter(|known| known.has());
            self.order(row, known.unwrap_or_else(|| self.joined[row.member.number as usize]));
        }
    }

    /// Refunds of all orders, and what has not been handed over yet.
    fn finish(&mut self) {
        while let Some((due, refund)) = self.refunds.pop_first() {
            self.refund(due, refund);
        }
        self.hand_over();
    }

    /// Makes room for the members of these rows and reads what is known of them: they lie anywhere, and the reads wait for
    /// memory together.
    fn open(&mut self, rows: &[OrderRow<'_>]) {
        let numbers = rows.iter().flat_map(|row| [Some(row.member), row.referrer]).flatten();
        let members = numbers.map(|party| party.number as usize + 1).max().unwrap_or_default();
        if members > self.joined.len() {
            self.joined.resize(members, Joined::NOT_YET);
        }
        self.known.clear();
        self.known.extend(rows.iter().map(|row| self.joined[row.member.number as usize]));
    }

    fn refunds_before(&mut self, at: Timestamp) {
        while let Some(first) = self.refunds.first_entry()
            && first.key().0 < at
        {
            let (due, refund) = first.remove_entry();
            self.refund(due, refund);
        }
    }

    /// Hands the batch over if so many more commands may not fit, and begins the next one.
    fn make_room(&mut self, commands: usize) {
        if self.batch.len() + commands <= BATCH_COMMANDS {
            return;
        }
        self.hand_over();
        if self.spare.is_empty() {
            // All are on their way; nobody gives any back once a command was refused.
            self.spare = self.back.recv().unwrap_or_default();
        }
        self.batch = self.spare.pop().unwrap_or_default();
        self.batch.clear();
    }

    fn hand_over(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        if self.is_wanted && batch.len() > 0 {
            self.is_wanted = self.written.send(batch).is_ok();
        }
    }

    fn order(&mut self, row: &OrderRow<'_>, known_before: Joined) {
        // An order adds at most four commands.
        self.make_room(4);
        let Party { number, id } = row.member;
        let (seed, buyer, order, line) = (self.seed, known(id), known(row.order), row.line);
        let note = Note { line, completes: false };
        let joining = |letters: &str, member: Id, referrer: Option<Id>| {
            let (key, actor) = (key(letters, &order), buyer.clone());
            Envelope {
                key,
                at: row.at,
                actor,
                command: Command::MemberJoin { member, referrer, region: None },
            }
        };
        match row.referrer {
            Some(referrer) if !known_before.has() => {
                let inviter = known(referrer.id);
                if !self.joined[referrer.number as usize].has() {
                    let envelope = joining("refer:", inviter.clone(), None);
                    self.batch.other(seed, envelope, Guess::default(), note);
                    self.join(referrer.number, NOBODY);
                }
                let guess = Guess::default().referrer(MemberNo(self.joined[referrer.number as usize].member));
                let envelope = joining("join:", buyer.clone(), Some(inviter));
                self.batch.other(seed, envelope, guess, note);
                self.join(number, referrer.number);
            }
            // `order.pay` takes an unknown member in.
            None if !known_before.has() => self.join(number, NOBODY),
            Some(referrer) if known_before.referrer != referrer.number => {
                self.ignored.count += 1;
                if self.ignored.first_lines.len() < 10 {
                    self.ignored.first_lines.push(line);
                }
            }
            Some(_) | None => {}
        }
        let is_there = known_before.has() || row.referrer.is_some();
        let member = is_there.then(|| MemberNo(self.joined[number as usize].member));
        let head = |guess| Head { at: row.at, buyer: &buyer, order: &order, guess };
        let bought = Bought { amount: row.amount, ship_to: row.ship_to, source: None };
        self.batch.pay(seed, head(Guess::default().member(member)), &bought, note);
        let received = head(Guess::default().order(OrderNo(self.orders)));
        self.batch.receive(seed, received, Note { line, completes: true });
        if let Some((at, amount)) = row.refund {
            let refund = Refund { amount, order, number: self.orders, member: buyer };
            self.refunds.insert((at, line), refund);
        }
        self.orders = self.orders.wrapping_add(1);
    }

    /// Somebody joins, invited or not.
    fn join(&mut self, number: u32, referrer: u32) {
        self.joined[number as usize] = Joined { member: self.members, referrer };
        self.members += 1;
    }

    fn refund(&mut self, (at, line): (Timestamp, u32), refund: Refund) {
        self.make_room(1);
        let Refund { amount, order, number, member } = refund;
        let key = key("refund:", &order);
        let lines = Some(vec![RefundLine { line: known("1"), amount }]);
        let command = Command::OrderRefund { refund: order.clone(), order, lines };
        let envelope = Envelope { key, at, actor: member, command };
        let guess = Guess::default().order(OrderNo(number));
        self.batch.other(self.seed, envelope, guess, Note { line, completes: false });
    }
}

/// A text that was checked when its row was read, or is one of ours.
fn known(text: &str) -> Id {
    Id::new(text).expect("ids are checked when their row is read")
}

/// An idempotency key. Order ids leave room for the letters.
fn key(letters: &str, id: &Id) -> Id {
    Id::prefixed(letters, id).expect("order ids leave room for the letters")
}

/// The engine's side.
struct Run<'b> {
    engine: Engine,
    sellers: Sellers,
    observers: Observers<'b>,
    curve: Curve,
    orders_done: u64,
    sales: u64,
    advances: u32,
}

impl Run<'_> {
    fn play_all(
        &mut self,
        to_run: Receiver<Batch<Note>>,
        done: Sender<Vec<Batch<Note>>>,
        (told, total): (&AtomicU64, u64),
    ) -> Result<(), BacktestError> {
        let mut back = Vec::with_capacity(BATCHES_BACK);
        for batch in to_run {
            self.play(&batch)?;
            back.push(batch);
            if back.len() == BATCHES_BACK {
                // After the last nobody waits for one.
                let _ = done.send(std::mem::replace(&mut back, Vec::with_capacity(BATCHES_BACK)));
            }
            let done = told.load(Ordering::Relaxed);
            (self.observers.progress)(Progress { phase: Phase::Running, done, total });
        }
        Ok(())
    }

    /// Whether somebody looks at what a command did.
    fn is_watched(&self) -> bool {
        self.observers.command.is_some() || matches!(self.sellers, Sellers::AtMultiple(_))
    }

    fn play(&mut self, batch: &Batch<Note>) -> Result<(), BacktestError> {
        let mut ahead = Ahead::new(batch.commands_fetched());
        let is_watched = self.is_watched();
        for Step { note, .. } in batch.steps() {
            let Some((envelope, outcome)) = self.engine.submit_next(&mut ahead) else { break };
            if is_watched {
                self.see(envelope, outcome)?;
            }
            self.must_succeed(envelope, Some(note.line), outcome)?;
            if is_watched {
                self.let_watchers_sell()?;
            }
            if note.completes {
                self.complete(envelope)?;
            }
        }
        Ok(())
    }

    /// Does a command that has to succeed.
    fn submit(&mut self, envelope: &Envelope) -> Result<(), BacktestError> {
        let outcome = self.submit_any(envelope)?;
        self.must_succeed(envelope, None, outcome)
    }

    #[inline]
    fn must_succeed(
        &self,
        envelope: &Envelope,
        line: Option<u32>,
        outcome: Outcome,
    ) -> Result<(), BacktestError> {
        let rejection = match outcome {
            Outcome::Applied { .. } => return Ok(()),
            // Every command of a run has a key of its own.
            Outcome::Replayed { .. } => Rejection::KeyReused,
            Outcome::Rejected(rejection) => rejection,
        };
        Err(BacktestError::Refused { line, command: envelope.command.type_name(), rejection })
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

    fn complete(&mut self, receipt: &Envelope) -> Result<(), BacktestError> {
        if let Sellers::Random { rate, random } = &mut self.sellers
            && random.happens(*rate)
        {
            self.sell_all(receipt.actor.clone())?;
        }
        self.orders_done += 1;
        let price = self.engine.price();
        self.curve.add(CurvePoint { orders: self.orders_done, at: self.engine.now(), price });
        if let Some(observer) = &mut self.observers.order
            && let Command::OrderReceive { order } = &receipt.command
        {
            observer(order.as_str(), receipt.at, price).map_err(BacktestError::Observer)?;
        }
        Ok(())
    }

    fn let_watchers_sell(&mut self) -> Result<(), BacktestError> {
        loop {
            let Sellers::AtMultiple(watch) = &mut self.sellers else { return Ok(()) };
            let Some(number) = watch.next(&self.engine) else { return Ok(()) };
            let seller = self.engine.member_at(MemberNo(number)).map(|member| known(member.id));
            self.sell_all(seller.expect("who is watched has joined"))?;
        }
    }

    /// Who has nothing to sell, or has asked already, is refused, and that is all right.
    fn sell_all(&mut self, seller: Id) -> Result<(), BacktestError> {
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
