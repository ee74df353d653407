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
use ratchet_engine::command::{
    Command, Envelope, HashSeed, LookupHint, ORDER_LINES_MAX, OrderLine, OrderTerms, PAY_KEY, RefundLine,
    SellQuantity,
};
use ratchet_engine::engine::{Engine, Expected, Lookahead, Outcome};
use ratchet_engine::gate::Admitted;
use ratchet_engine::id::{Id, MemberNo, OrderNo};
use ratchet_engine::message::{Message, System};
use ratchet_engine::pool::Price;
use ratchet_engine::rejection::Rejection;
use ratchet_engine::time::Timestamp;

use crate::batch::{Batch, Bought, Head, Step};
use crate::fault::FileFault;
use crate::orders::{NotAsItComes, OrderFile, OrderRow, Orders, OrdersError, Party, Void, Voided, VoidedRow};
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
    /// Rows whose inviter is void (NET-4); their orders count.
    pub voided: Voided,
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
    /// The rows of the file are not in the order of time, an order has several, an inviter is named after its member has
    /// joined, or it is a pipe: it has to be read whole first ([`OrderFile::read_whole`]).
    NotInOrder,
    /// Work is due again and again.
    NeverSettles,
    /// An observer failed.
    Observer(std::io::Error),
}

impl BacktestError {
    /// What is said about it.
    pub fn message(&self) -> Message {
        match self {
            BacktestError::Refused { line, command, rejection: refusal } => {
                let (refusal, code) = (*refusal, refusal.code());
                match line {
                    Some(line) => FileFault::RefusedAt { line: *line, command, refusal, code }.into(),
                    None => FileFault::Refused { command, refusal, code }.into(),
                }
            }
            BacktestError::File(error) => error.message(),
            BacktestError::NotInOrder => FileFault::NotInOrder {}.into(),
            BacktestError::NeverSettles => FileFault::NeverSettles { times: ADVANCES_MAX }.into(),
            BacktestError::Observer(error) => FileFault::WriteFailed { error: System(error) }.into(),
        }
    }
}

impl std::fmt::Display for BacktestError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.message().fmt(out)
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
        let inviter = |member| orders.inviter(member);
        orders.each_rows(|rows| {
            script.rows_of_all(rows, &inviter);
            orders_done += rows.len() as u64;
            done.store(orders_done, Ordering::Relaxed);
        });
        script.voided = orders.voided().clone();
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
            done.store(bytes_read, Ordering::Relaxed);
            script.rows(rows)
        });
        read.map_err(|error| error.map_or(BacktestError::NotInOrder, BacktestError::File))
    };
    match play(engine, write, (&done, bytes), assumptions, observers) {
        // Every order has keys of its own, unless its id stands twice; where it stood first, only the whole file says.
        Err(BacktestError::Refused { line: Some(_), rejection: Rejection::KeyReused, .. }) => {
            Err(BacktestError::NotInOrder)
        }
        // Only the whole file says whether an earlier row contradicts one that stands apart.
        Err(BacktestError::File(fault)) => {
            let first = file.read_whole(&mut |_| {}).err().unwrap_or(fault);
            Err(BacktestError::File(first))
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
    run.engine.record_events(run.is_watched());
    let seed = run.engine.hash_seed();
    let (played, written) = std::thread::scope(|scope| {
        let (written, to_run) = channel::<Batch<Note>>();
        let (done, back) = channel::<Vec<Batch<Note>>>();
        let script = scope.spawn(move || {
            let mut script = Script::new(seed, written, back);
            write(&mut script)?;
            script.finish();
            Ok(script.voided)
        });
        let played = run.play_all(to_run, done, progress);
        (played, script.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let voided = written?;
    played?;
    run.settle(after_sale_days)?;
    run.engine.record_events(true);
    Ok(Backtest { engine: run.engine, curve: run.curve.finish(), sales: run.sales, voided })
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
    voided: Voided,
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

/// Steps up the network that a row is followed; longer ways are shortened where the file is read whole.
const STEPS_UP_MAX: u32 = 1_000;

/// A refund that is still to come.
struct Refund {
    amount: Money,
    order: Id,
    /// Its number in the engine.
    number: u32,
    member: Id,
    /// Of an order of several rows: its own id, and what is refunded of which line.
    lines: Option<Box<(Id, Vec<RefundLine>)>>,
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
            voided: Voided::default(),
            refunds: BTreeMap::new(),
        }
    }

    /// Writes what these rows ask for, and the refunds before them. Who invited whom is what the rows have said so far; an error
    /// where one says more of a member that has joined.
    fn rows(&mut self, rows: &[OrderRow<'_>]) -> Result<(), NotAsItComes> {
        if !self.is_wanted {
            return Ok(());
        }
        self.open(rows);
        for (place, row) in rows.iter().enumerate() {
            let known = self.known(place, row);
            let referrer = self.inviter_as_it_comes(row, known)?;
            self.order(row, known, referrer, &|_| None);
        }
        Ok(())
    }

    /// The same where each row has the inviter that the whole file says, and `inviter` says who is above.
    fn rows_of_all<'o>(&mut self, rows: &[OrderRow<'o>], inviter: &dyn Fn(u32) -> Option<Party<'o>>) {
        if !self.is_wanted {
            return;
        }
        self.open(rows);
        for (place, row) in rows.iter().enumerate() {
            self.order(row, self.known(place, row), row.referrer, inviter);
        }
    }

    /// What is known of a row's member. Who has joined before these rows stays as it is; the others may have joined meanwhile.
    fn known(&self, place: usize, row: &OrderRow<'_>) -> Joined {
        let known = Some(self.known[place]).filter(|known| known.has());
        known.unwrap_or_else(|| self.joined[row.member.number as usize])
    }

    /// Under whom a row's member joins, if it has not; a row that names one in vain is noted (NET-4).
    fn inviter_as_it_comes<'o>(
        &mut self,
        row: &OrderRow<'o>,
        known: Joined,
    ) -> Result<Option<Party<'o>>, NotAsItComes> {
        let Some(referrer) = row.referrer.filter(|referrer| known.referrer != referrer.number) else {
            return Ok(None);
        };
        let why = match () {
            () if referrer.number == row.member.number => Void::OneSelf,
            () if !known.has() => return Ok(Some(referrer)),
            () if known.referrer != NOBODY => Void::Another,
            () if self.is_above(row.member.number, referrer.number)? => Void::Loop,
            // It has joined without an inviter and has one.
            () => return Err(NotAsItComes),
        };
        self.voided.push(&VoidedRow {
            line: row.line,
            why,
            amount: row.amount,
            order: row.order,
            member: row.member.id,
            referrer: referrer.id,
        });
        Ok(None)
    }

    /// Whether somebody is above a member.
    fn is_above(&self, above: u32, member: u32) -> Result<bool, NotAsItComes> {
        let mut at = member;
        for _ in 0..STEPS_UP_MAX {
            at = self.joined[at as usize].referrer;
            if at == above || at == NOBODY {
                return Ok(at == above);
            }
        }
        Err(NotAsItComes)
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

    /// `referrer`: under whom the member joins, if it has not. `inviter`: who is above that one.
    fn order<'o>(
        &mut self,
        row: &OrderRow<'o>,
        known_before: Joined,
        referrer: Option<Party<'o>>,
        inviter: &dyn Fn(u32) -> Option<Party<'o>>,
    ) {
        // Refunds come after orders of the same instant.
        self.refunds_before(row.at);
        let Party { number, id } = row.member;
        let (seed, buyer, order, line) = (self.seed, known(id), known(row.order), row.line);
        let note = Note { line, completes: false };
        let referrer = referrer.filter(|_| !known_before.has());
        if let Some(referrer) = referrer {
            self.inviters_join(row, referrer, inviter);
            self.make_room(1);
            let guess =
                LookupHint::default().referrer(MemberNo(self.joined[referrer.number as usize].member));
            let command = Command::MemberJoin {
                member: buyer.clone(),
                referrer: Some(known(referrer.id)),
                region: None,
                person: None,
            };
            let envelope = Envelope {
                key: key("join:", &order),
                at: row.at,
                happened_at: None,
                actor: buyer.clone(),
                command,
            };
            self.batch.other(seed, envelope, guess, note);
            self.join(number, referrer.number);
        } else if !known_before.has() {
            // `order.pay` takes an unknown member in.
            self.join(number, NOBODY);
        }
        self.make_room(2);
        let is_there = known_before.has() || referrer.is_some();
        let member = is_there.then(|| MemberNo(self.joined[number as usize].member));
        let head = |guess| Head { at: row.at, buyer: &buyer, order: &order, guess };
        let guess = LookupHint::default().member(member);
        if row.lines.is_empty() {
            let bought = Bought { amount: row.amount, ship_to: row.ship_to, source: None };
            self.batch.pay(seed, head(guess), &bought, note);
        } else {
            let command = Command::OrderPay { order: order.clone(), terms: Some(terms(row, &buyer)) };
            let envelope = Envelope {
                key: key(PAY_KEY, &order),
                at: row.at,
                happened_at: None,
                actor: buyer.clone(),
                command,
            };
            self.batch.other(seed, envelope, guess, note);
        }
        let received = head(LookupHint::default().order(OrderNo(self.orders)));
        self.batch.receive(seed, received, Note { line, completes: true });
        if let Some((at, amount)) = row.refund {
            let refund = Refund { amount, order, number: self.orders, member: buyer, lines: None };
            self.refunds.insert((at, line), refund);
        } else if !row.lines.is_empty() {
            self.refunds_of_lines(row, &order, &buyer);
        }
        self.orders = self.orders.wrapping_add(1);
    }

    /// Whoever is above a member and has not joined joins before it, the highest first.
    fn inviters_join<'o>(
        &mut self,
        row: &OrderRow<'o>,
        referrer: Party<'o>,
        inviter: &dyn Fn(u32) -> Option<Party<'o>>,
    ) {
        if self.joined[referrer.number as usize].has() {
            return;
        }
        let mut waiting = Vec::new();
        let mut next = Some(referrer);
        while let Some(party) = next.filter(|party| !self.joined[party.number as usize].has()) {
            waiting.push(party);
            next = inviter(party.number);
        }
        let mut above = next;
        for party in waiting.into_iter().rev() {
            self.make_room(1);
            let member = above.map(|above| MemberNo(self.joined[above.number as usize].member));
            let guess = member.map_or(LookupHint::default(), |member| LookupHint::default().referrer(member));
            let command = Command::MemberJoin {
                member: known(party.id),
                referrer: above.map(|above| known(above.id)),
                region: None,
                person: None,
            };
            // Nobody joins twice, so its number makes the key.
            let key = known(&format!("refer:{}", self.members));
            let envelope =
                Envelope { key, at: row.at, happened_at: None, actor: known(row.member.id), command };
            self.batch.other(self.seed, envelope, guess, Note { line: row.line, completes: false });
            self.join(party.number, above.map_or(NOBODY, |above| above.number));
            above = Some(party);
        }
    }

    /// Refunds of an order of several rows: what is refunded at one time is one refund.
    fn refunds_of_lines(&mut self, row: &OrderRow<'_>, order: &Id, member: &Id) {
        let mut at_times: BTreeMap<Timestamp, (u32, BTreeMap<usize, Money>)> = BTreeMap::new();
        for (place, line) in row.lines.iter().enumerate() {
            let Some((at, amount)) = line.refund else { continue };
            let (_, amounts) = at_times.entry(at).or_insert_with(|| (line.line, BTreeMap::new()));
            let sum = amounts.entry(line_of(place)).or_insert(Money::ZERO);
            *sum = sum.checked_add(amount).expect("an order's refunds are at most its amount");
        }
        for (count, (at, (line, amounts))) in at_times.into_iter().enumerate() {
            let lines = amounts
                .into_iter()
                .map(|(place, amount)| RefundLine::of_amount(line_id(place), amount))
                .collect();
            // The first has the order's id; an order's id is that of its refund only.
            let id = if count == 0 { order.clone() } else { known(&format!("line:{line}")) };
            let refund = Refund {
                amount: Money::ZERO,
                order: order.clone(),
                number: self.orders,
                member: member.clone(),
                lines: Some(Box::new((id, lines))),
            };
            self.refunds.insert((at, line), refund);
        }
    }

    /// Somebody joins, invited or not.
    fn join(&mut self, number: u32, referrer: u32) {
        self.joined[number as usize] = Joined { member: self.members, referrer };
        self.members += 1;
    }

    fn refund(&mut self, (at, line): (Timestamp, u32), refund: Refund) {
        self.make_room(1);
        let Refund { amount, order, number, member, lines } = refund;
        let (refund, lines) = match lines {
            None => (order.clone(), vec![RefundLine::of_amount(known("1"), amount)]),
            Some(lines) => *lines,
        };
        let key = key("refund:", &refund);
        let command = Command::OrderRefund { refund, order, lines: Some(lines), freight: None, tax: None };
        let envelope = Envelope { key, at, happened_at: None, actor: member, command };
        let guess = LookupHint::default().order(OrderNo(number));
        self.batch.other(self.seed, envelope, guess, Note { line, completes: false });
    }
}

/// The line that a row of an order becomes: rows past the most lines an order may have are one line together, the last.
fn line_of(place: usize) -> usize {
    place.min(ORDER_LINES_MAX - 1)
}

fn line_id(place: usize) -> Id {
    known(&(place + 1).to_string())
}

/// An order of several rows.
fn terms(row: &OrderRow<'_>, buyer: &Id) -> OrderTerms {
    let mut terms = OrderTerms::plain(buyer.clone(), row.lines[0].amount);
    terms.ship_to = row.ship_to;
    let first = terms.lines[0].clone();
    for (place, line) in row.lines.iter().enumerate().skip(1) {
        match terms.lines.get_mut(line_of(place)) {
            None => {
                terms.lines.push(OrderLine { line: line_id(place), amount: line.amount, ..first.clone() })
            }
            Some(last) => {
                let sum = last.amount.checked_add(line.amount);
                last.amount = sum.expect("an order's amount is at most the largest there is");
            }
        }
    }
    terms
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
        let mut ahead = Lookahead::new(batch.commands_fetched());
        let is_watched = self.is_watched();
        for Step { note, .. } in batch.steps() {
            let Some((envelope, mut outcome)) = self.engine.submit_next(&mut ahead) else { break };
            if outcome == Outcome::Rejected(Rejection::AtTooFar) {
                self.go_near(envelope.at)?;
                outcome = self.engine.submit(envelope);
            }
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
            Outcome::Duplicate { .. } => Rejection::KeyReused,
            Outcome::Rejected(rejection) => rejection,
        };
        Err(BacktestError::Refused { line, command: envelope.command.type_name(), rejection })
    }

    fn submit_any(&mut self, envelope: &Envelope) -> Result<Outcome, BacktestError> {
        self.go_near(envelope.at)?;
        let outcome = self.engine.submit(envelope);
        self.see(envelope, outcome)?;
        Ok(outcome)
    }

    /// TIME-1: a history may have gaps of more than 400 days.
    fn go_near(&mut self, at: Timestamp) -> Result<(), BacktestError> {
        while let Some(step) = self.engine.step_towards(at) {
            let outcome = self.engine.submit(&step);
            self.see(&step, outcome)?;
            self.must_succeed(&step, None, outcome)?;
            self.let_watchers_sell()?;
        }
        Ok(())
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
            happened_at: None,
            actor: seller.clone(),
            command: Command::PointsSell { member: seller, points: SellQuantity::All, min_net: None },
        };
        match self.submit_any(&envelope)? {
            Outcome::Applied { .. } => self.sales += 1,
            Outcome::Duplicate { .. }
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
            happened_at: None,
            actor: known("operator"),
            command: Command::TimeAdvance {},
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
