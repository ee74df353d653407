//! Order histories: one CSV file, in the form of `docs/spec/files.md`.
//!
//! One thread takes rows apart, a chunk of the file at a time; another numbers members, a few hundred rows at a time, so
//! that their look-ups wait for memory together. Chunks are taken in the order of the file: the result does not depend on
//! who is faster. The first fault of the file is the one reported.
//!
//! An [`OrderFile`] hands its rows on as they come, as long as they stand in the order of time, each is an order, and nobody's
//! inviter comes too late; it keeps none. [`Orders`] are the orders of a whole file, sorted: 48 bytes each and the order's
//! id, and more for those of several rows.

mod damage;
mod fault;
mod field;
mod file;
mod inviters;
mod numbering;
mod row;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{channel, sync_channel};

use ratchet_engine::amount::{AMOUNT_MAX, Currency, Money};
use ratchet_engine::command::{ORDER_LINES_MAX, Region};
use ratchet_engine::engine::Expected;
use ratchet_engine::id::Id;
use ratchet_engine::message::{Message, System};
use ratchet_engine::time::{Calendar, Timestamp};

use crate::fault::FileFault;
use crate::progress::{Phase, Progress};
use damage::LongIds;
pub use fault::{Excerpt, Fault, OrdersFault, Reason};
pub(crate) use file::NotAsItComes;
pub use file::OrderFile;
pub use inviters::{Void, Voided, VoidedRow};
use numbering::{Fingerprint, Numbering};
use row::{Batch, Parsed, ParsedOrder, Span, Texts};

/// The columns a file may have; the first four it must have.
pub const COLUMNS: [&str; 8] = [
    "order_id",
    "member_id",
    "ordered_at",
    "amount",
    "referrer_id",
    "ship_to",
    "refunded_amount",
    "refunded_at",
];

/// Longest row in bytes.
pub const ROW_BYTES_MAX: usize = 1 << 20;

/// Longest order id in bytes: with `receive:` before it, it still is a key.
pub const ORDER_ID_BYTES_MAX: usize = 120;

/// Chunks that are taken apart ahead of the numbering.
const CHUNKS_AHEAD: usize = 4;

/// Rows whose members are looked up together: few enough that the pages of the table stay near too.
const ROWS_TOGETHER: usize = 256;

/// The reason of all rows that cannot be read.
const MALFORMED: &str = "malformed";

/// How a file is to be read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Currency of the amounts.
    pub currency: Currency,
    /// A date without time is the beginning of that local day.
    pub calendar: Calendar,
    /// Set malformed rows aside instead of stopping at the first.
    pub skip_bad_rows: bool,
}

/// An order history in the order in which it happened.
#[derive(Debug)]
pub struct Orders {
    /// Rows by (`ordered_at`, row number).
    rows: Vec<Row>,
    /// When and how much is refunded of the orders of one row that say so.
    refunds: Vec<(Timestamp, Money)>,
    /// The rows of the orders that have several.
    lines: Vec<Vec<OrderLine>>,
    /// Order ids, one after the other.
    text: String,
    /// Members and referrers in order of first mention in the file.
    members: Vec<Id>,
    /// By number of the member: who invited it (NET-4); `NOBODY` without. Empty where no row names anybody.
    inviters: Vec<u32>,
    /// Rows whose inviter is void.
    voided: Voided,
    /// Whether the rows stood in the order of time.
    pub was_sorted: bool,
    /// What the file held besides.
    pub found: Found,
}

/// What was found in a file besides its orders.
#[derive(Debug, Default)]
pub struct Found {
    /// Rows that are no orders of members: the amount is zero or less, or no member is named.
    pub skipped: SetAside,
    /// Malformed rows; empty unless asked to skip them.
    pub bad: SetAside,
    /// How many orders have several rows.
    pub orders_of_several_rows: u64,
    /// Rows that say the same, word for word, as an earlier row of their order.
    pub repeated_rows: u64,
    /// How many orders are refunded, at least in part.
    pub refunds: u64,
    /// Times of the first and the last order; a file that was read has at least one.
    pub times: Option<(Timestamp, Timestamp)>,
}

/// A row as it is kept. Positions instead of references: ten million of them must fit.
#[derive(Clone, Copy, Debug)]
struct Row {
    at: Timestamp,
    amount: Money,
    order: OrderText,
    member: u32,
    /// `NOBODY` without.
    referrer: u32,
    /// Its place among the refunds; `NO_REFUND` without.
    refund: u32,
    /// The region's code; 0 without.
    region: u32,
    line: u32,
    /// Its place among the orders of several rows; `ONE_ROW` if it is none.
    lines: u32,
}

/// Where an order's id stands in the text: start in the upper 56 bits, length in the lower 8.
#[derive(Clone, Copy, Debug)]
struct OrderText(u64);

const NOBODY: u32 = u32::MAX;
const NO_REFUND: u32 = u32::MAX;
const ONE_ROW: u32 = u32::MAX;

/// One order, seen from outside.
#[derive(Clone, Copy, Debug)]
pub struct OrderRow<'a> {
    /// Its id.
    pub order: &'a str,
    /// Paid and received at.
    pub at: Timestamp,
    /// More than zero.
    pub amount: Money,
    /// The buyer.
    pub member: Party<'a>,
    /// Who invited the buyer: in a file that was read whole as all of it says (NET-4), else as the row says.
    pub referrer: Option<Party<'a>>,
    /// Where it is delivered to.
    pub ship_to: Option<Region>,
    /// When and how much of an order of one row is refunded: not before the order, more than zero, at most its amount.
    pub refund: Option<(Timestamp, Money)>,
    /// Its rows, if it has several; their amounts sum to its own.
    pub lines: &'a [OrderLine],
    /// Line in the file, of its first row.
    pub line: u32,
}

/// A row of an order that has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// More than zero.
    pub amount: Money,
    /// When and how much of it is refunded.
    pub refund: Option<(Timestamp, Money)>,
    /// Line in the file.
    pub line: u32,
    /// Its own time; the order has the earliest.
    at: Timestamp,
    /// Whom it names as inviter; `NOBODY` without.
    referrer: u32,
}

/// Somebody whom a row names.
#[derive(Clone, Copy, Debug)]
pub struct Party<'a> {
    /// Number by first mention in the file, from 0.
    pub number: u32,
    /// The id.
    pub id: &'a str,
}

/// Rows that take no part, as they stood in the file.
#[derive(Debug, Default)]
pub struct SetAside {
    rows: Vec<Aside>,
    text: Vec<u8>,
}

#[derive(Debug)]
struct Aside {
    line: u32,
    fault: Fault,
    /// In minor units, if it can be read.
    amount: Option<i64>,
    start: usize,
    end: usize,
}

/// What rows that were left out for one reason are worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The reason's permanent name: [`Reason::code`] or [`Void::code`].
    pub reason: &'static str,
    /// The column that is malformed, if it is one.
    pub column: Option<&'static str>,
    /// How many.
    pub rows: u64,
    /// What those sum to whose amount can be read, in minor units.
    pub amount: i128,
    /// How many amounts cannot be read.
    pub unread: u64,
    /// Lines of the first of them.
    pub first_lines: Vec<u32>,
}

/// Lines that a report names.
const LINES_SHOWN: usize = 10;

impl LeftOut {
    fn of(reason: &'static str, column: Option<&'static str>) -> LeftOut {
        LeftOut { reason, column, rows: 0, amount: 0, unread: 0, first_lines: Vec::new() }
    }

    fn add(&mut self, line: u32, amount: Option<i64>) {
        self.rows += 1;
        match amount {
            Some(amount) => self.amount += i128::from(amount),
            None => self.unread += 1,
        }
        if self.first_lines.len() < LINES_SHOWN {
            self.first_lines.push(line);
        }
    }
}

impl SetAside {
    /// How many.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Line, reason and bytes of each, in file order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Fault, &[u8])> {
        self.rows
            .iter()
            .map(|row| (row.line, &row.fault, self.text.get(row.start..row.end).unwrap_or_default()))
    }

    /// How many and how much, by reason.
    pub fn left_out(&self) -> Vec<LeftOut> {
        let mut sums = BTreeMap::new();
        for row in &self.rows {
            let reason = row.fault.reason.code();
            let column = row.fault.column.filter(|_| reason == MALFORMED);
            let sum = sums.entry((reason, column)).or_insert_with(|| LeftOut::of(reason, column));
            sum.add(row.line, row.amount);
        }
        sums.into_values().collect()
    }

    fn push(&mut self, aside: &row::Aside, bytes: &[u8]) {
        let start = self.text.len();
        self.text.extend_from_slice(bytes);
        let row::Aside { line, amount, ref fault, .. } = *aside;
        self.rows.push(Aside { line, fault: fault.clone(), amount, start, end: self.text.len() });
    }
}

/// Why a file cannot be used: file, line, column and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrdersError {
    /// The file as the caller named it.
    pub file: String,
    /// Line from 1; absent if it concerns the file as a whole.
    pub line: Option<u32>,
    /// What is wrong.
    pub fault: Box<Fault>,
}

impl OrdersError {
    /// What is said about it.
    pub fn message(&self) -> Message {
        let error = self.fault.message();
        let place = self.line.map_or_else(|| self.file.clone(), |line| format!("{}:{line}", self.file));
        FileFault::Within { file: &place, error }.into()
    }
}

impl std::fmt::Display for OrdersError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.message().fmt(out)
    }
}

impl std::error::Error for OrdersError {}

impl Orders {
    /// Reads a file.
    pub fn read(
        path: &Path,
        options: &ReadOptions,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Orders, OrdersError> {
        let name = path.display().to_string();
        let failed = |error: std::io::Error| OrdersError {
            file: name.clone(),
            line: None,
            fault: Box::new(unreadable(&error)),
        };
        let file = File::open(path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        Orders::read_from(file, &name, bytes, options, progress)
    }

    /// Reads from any source; `name` stands in messages, `bytes` is the expected size for the progress.
    pub fn read_from(
        source: impl Read + Send,
        name: &str,
        bytes: u64,
        options: &ReadOptions,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Orders, OrdersError> {
        let failed = |(line, fault)| OrdersError { file: name.to_owned(), line, fault: Box::new(fault) };
        let (mut intake, mut collected) = (Intake::new(options, 0), Collected::new(options));
        let read = each_batch(source, options, |batch| {
            let texts = batch.texts();
            intake.take(batch, |found, rows| {
                rows.iter().try_for_each(|row| collected.take(found, batch, texts, row))
            })?;
            progress(Progress { phase: Phase::Reading, done: batch.bytes_read, total: bytes });
            Ok(())
        });
        // What is wrong with all ids is known late; it stands on the line of the first of them.
        let found = read.and_then(|()| intake.check_orders()).map_err(|stop| intake.first_of(stop));
        found.and_then(|()| intake.check_ids()).map_err(failed)?;
        Ok(collected.finish(intake.found))
    }

    /// How many orders.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none. A file that was read has at least one.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many members and referrers the orders name.
    pub fn member_count(&self) -> usize {
        self.members.len()
    }

    /// What a programme has to hold for them.
    pub fn expected(&self) -> Expected {
        let members = self.member_count();
        let invitations = self.inviters.iter().filter(|inviter| **inviter != NOBODY).count();
        Expected {
            members,
            orders: self.len(),
            // Refunded, and a join of each who was invited; paid and received under the order's keys.
            commands: self.refunds.len() + self.lines.len() + invitations,
            keyed_orders: self.len(),
            ..Expected::default()
        }
    }

    /// The order at `position` in time.
    pub fn order(&self, position: usize) -> OrderRow<'_> {
        let row = &self.rows[position];
        OrderRow {
            order: self.order_text(row.order),
            at: row.at,
            amount: row.amount,
            member: self.party(row.member),
            referrer: self.inviter(row.member),
            ship_to: Region::from_code(row.region),
            refund: self.refunds.get(row.refund as usize).copied(),
            lines: self.lines.get(row.lines as usize).map_or(&[], Vec::as_slice),
            line: row.line,
        }
    }

    /// Who invited this member, as the whole file says (NET-4).
    pub fn inviter(&self, member: u32) -> Option<Party<'_>> {
        let inviter = self.inviters.get(member as usize).copied().filter(|inviter| *inviter != NOBODY);
        inviter.map(|inviter| self.party(inviter))
    }

    /// Rows whose inviter is void; the orders count.
    pub fn voided(&self) -> &Voided {
        &self.voided
    }

    /// All orders in the order of time, a few hundred at a time: what they say of their members, who lie anywhere, is read
    /// together.
    pub(crate) fn each_rows<'s>(&'s self, mut take: impl FnMut(&[OrderRow<'s>])) {
        let mut rows = Vec::with_capacity(ROWS_TOGETHER);
        for start in (0..self.len()).step_by(ROWS_TOGETHER) {
            rows.clear();
            rows.extend((start..self.len().min(start + ROWS_TOGETHER)).map(|position| self.order(position)));
            take(&rows);
        }
    }

    fn party(&self, number: u32) -> Party<'_> {
        Party { number, id: self.members[number as usize].as_str() }
    }

    fn order_text(&self, order: OrderText) -> &str {
        let start = (order.0 >> 8) as usize;
        &self.text[start..start + (order.0 & 0xff) as usize]
    }
}

type Stop = (Option<u32>, Fault);

fn unreadable(error: &std::io::Error) -> Fault {
    Fault::row(Reason::Unreadable(OrdersFault::Unreadable { error: System(error) }.into()))
}

/// Reads a source to its end: one thread takes its rows apart, this one takes the batches, in order.
fn each_batch<E: From<Stop>>(
    source: impl Read + Send,
    options: &ReadOptions,
    mut take: impl FnMut(&Batch) -> Result<(), E>,
) -> Result<(), E> {
    std::thread::scope(|scope| {
        let (filled, to_take) = sync_channel::<Result<Batch, Stop>>(CHUNKS_AHEAD);
        let (used, spare) = channel::<Batch>();
        scope.spawn(move || {
            let spare = || spare.try_recv().unwrap_or_default();
            // Nobody takes what follows a fault of an earlier row.
            let parsed = row::parse(source, options, spare, |batch| filled.send(Ok(batch)).is_ok());
            if let Err(stop) = parsed {
                let _ = filled.send(Err(stop));
            }
        });
        for batch in to_take {
            let batch = batch?;
            take(&batch)?;
            // Chunks go round; after the last nobody waits for one.
            let _ = used.send(batch);
        }
        Ok(())
    })
}

/// Numbers members, and sets aside what is no order.
struct Intake {
    skip_bad_rows: bool,
    found: Found,
    /// Number of each member, by fingerprint.
    numbers: Numbering,
    members: u32,
    /// Fingerprints of the rows at hand: member and referrer.
    prints: Vec<[Fingerprint; 2]>,
    /// Long numbers among the ids: of orders, and of members and referrers.
    long_orders: LongIds,
    long_members: LongIds,
}

/// An order whose member and referrer have their numbers.
struct Numbered<'a> {
    parsed: &'a ParsedOrder,
    member: u32,
    /// `NOBODY` without.
    referrer: u32,
}

impl Intake {
    /// `members`: for how many there is room from the beginning.
    fn new(options: &ReadOptions, members: usize) -> Intake {
        Intake {
            skip_bad_rows: options.skip_bad_rows,
            found: Found::default(),
            numbers: Numbering::with_room(members),
            members: 0,
            prints: Vec::new(),
            long_orders: LongIds::default(),
            long_members: LongIds::default(),
        }
    }

    /// Takes the rows of a batch; `orders` gets those that are orders, a few hundred at a time.
    fn take<E: From<Stop>>(
        &mut self,
        batch: &Batch,
        mut orders: impl FnMut(&mut Found, &[Numbered<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut numbered = Vec::with_capacity(ROWS_TOGETHER);
        for rows in batch.rows.chunks(ROWS_TOGETHER) {
            self.fetch(batch, rows);
            numbered.clear();
            for (place, parsed) in rows.iter().enumerate() {
                match parsed {
                    Parsed::Order(parsed) => {
                        let prints = self.prints[place];
                        self.long_orders.see("order_id", batch.bytes(parsed.order), parsed.line);
                        let member = self
                            .number(prints[0], || ("member_id", batch.bytes(parsed.member), parsed.line))?;
                        let referrer = match parsed.referrer {
                            Span::EMPTY => NOBODY,
                            span => {
                                self.number(prints[1], || ("referrer_id", batch.bytes(span), parsed.line))?
                            }
                        };
                        numbered.push(Numbered { parsed, member, referrer });
                    }
                    Parsed::Skipped(aside) => self.found.skipped.push(aside, batch.bytes(aside.raw)),
                    Parsed::Bad(aside) => {
                        // The orders before it come first: one of them may be at fault too.
                        orders(&mut self.found, &numbered)?;
                        numbered.clear();
                        self.found.set_bad(self.skip_bad_rows, aside, batch.bytes(aside.raw))?;
                    }
                }
            }
            orders(&mut self.found, &numbered)?;
        }
        Ok(())
    }

    /// Brings near where the members of these rows are looked up.
    fn fetch(&mut self, batch: &Batch, rows: &[Parsed]) {
        self.prints.clear();
        self.prints.extend(rows.iter().map(|parsed| match parsed {
            Parsed::Order(order) => [order.member, order.referrer].map(|span| match span {
                Span::EMPTY => Fingerprint::default(),
                span => Fingerprint::of(batch.bytes(span)),
            }),
            Parsed::Skipped(_) | Parsed::Bad(_) => Default::default(),
        }));
        self.numbers.fetch(self.prints.iter().flatten().copied());
    }

    /// The number of a member; `id` is its column, its text and its line.
    fn number<'b>(
        &mut self,
        print: Fingerprint,
        id: impl FnOnce() -> (&'static str, &'b [u8], u32),
    ) -> Result<u32, Stop> {
        if self.members == NOBODY {
            return Err((None, Fault::row(Reason::TooManyMembers)));
        }
        Ok(self.numbers.number(print, self.members).unwrap_or_else(|| {
            let (column, text, line) = id();
            self.long_members.see(column, text, line);
            self.members += 1;
            self.members - 1
        }))
    }

    /// Whether there is an order, once all is read.
    fn check_orders(&self) -> Result<(), Stop> {
        if self.found.times.is_some() {
            return Ok(());
        }
        let (bad, skipped) = (&self.found.bad, &self.found.skipped);
        let first =
            [bad, skipped].into_iter().filter_map(|aside| aside.rows.first()).min_by_key(|row| row.line);
        let reason = first.map_or(Reason::NoRows, |first| Reason::NoOrders {
            bad: bad.len() as u64,
            skipped: skipped.len() as u64,
            first: Box::new((first.line, first.fault.clone())),
        });
        Err((None, Fault::row(reason)))
    }

    /// Whether the ids are what they were (FILE-14), once all is read.
    fn check_ids(&self) -> Result<(), Stop> {
        let damaged = [&self.long_orders, &self.long_members].into_iter().filter_map(LongIds::damage);
        damaged.min_by_key(|(line, _)| *line).map_or(Ok(()), |(line, fault)| Err((Some(line), fault)))
    }

    /// The first in the file of a fault and what the ids read so far show.
    fn first_of(&self, stop: Stop) -> Stop {
        match self.check_ids() {
            Err(damage) if stop.0.is_none_or(|line| damage.0 < Some(line)) => damage,
            Err(_) | Ok(()) => stop,
        }
    }
}

impl Found {
    /// Sets a malformed row aside, or stops at it.
    fn set_bad(&mut self, skip: bool, aside: &row::Aside, raw: &[u8]) -> Result<(), Stop> {
        if !skip || aside.fault.reason.is_damage() {
            return Err((Some(aside.line), aside.fault.clone()));
        }
        self.bad.push(aside, raw);
        Ok(())
    }

    /// Counts an order.
    fn note(&mut self, order: &ParsedOrder) {
        let at = order.at;
        self.refunds += u64::from(order.refund.is_some());
        self.times = Some(self.times.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
    }
}

/// The orders read so far.
struct Collected {
    orders: Orders,
    skip_bad_rows: bool,
    /// Place of each order; only from the first id on that is below the one before.
    places: Option<Numbering>,
}

impl Collected {
    fn new(options: &ReadOptions) -> Collected {
        Collected {
            orders: Orders {
                rows: Vec::new(),
                refunds: Vec::new(),
                lines: Vec::new(),
                text: String::new(),
                members: Vec::new(),
                inviters: Vec::new(),
                voided: Voided::default(),
                was_sorted: true,
                found: Found::default(),
            },
            skip_bad_rows: options.skip_bad_rows,
            places: None,
        }
    }

    fn take(
        &mut self,
        found: &mut Found,
        batch: &Batch,
        texts: Texts<'_>,
        row: &Numbered<'_>,
    ) -> Result<(), Stop> {
        let Numbered { parsed: order, member, referrer } = *row;
        self.name(member, texts.get(order.member));
        if referrer != NOBODY {
            self.name(referrer, texts.get(order.referrer));
        }
        let id = texts.get(order.order);
        if let Some(place) = self.place(id) {
            return match self.add_line(found, place, row) {
                Ok(()) => Ok(()),
                Err(fault) => {
                    let aside = row::Aside {
                        line: order.line,
                        raw: order.raw,
                        amount: Some(order.amount.minor()),
                        fault,
                    };
                    found.set_bad(self.skip_bad_rows, &aside, batch.bytes(order.raw))
                }
            };
        }
        found.note(order);
        let orders = &mut self.orders;
        let start = orders.text.len() as u64;
        orders.text.push_str(id);
        if orders.rows.last().is_some_and(|last| last.at > order.at) {
            orders.was_sorted = false;
        }
        let refund = order.refund.map_or(NO_REFUND, |_| orders.refunds.len() as u32);
        orders.refunds.extend(order.refund);
        orders.rows.push(Row {
            at: order.at,
            amount: order.amount,
            order: OrderText(start << 8 | id.len() as u64),
            member,
            referrer,
            refund,
            region: order.ship_to.map_or(0, Region::code),
            line: order.line,
            lines: ONE_ROW,
        });
        Ok(())
    }

    /// Another row of an order that is there already: one of its lines.
    fn add_line(&mut self, found: &mut Found, place: u32, row: &Numbered<'_>) -> Result<(), Fault> {
        let Numbered { parsed: order, member, referrer } = *row;
        let orders = &mut self.orders;
        let before = orders.rows[place as usize];
        let id = orders.order_text(before.order);
        if member != before.member {
            let earlier = orders.members[before.member as usize].as_str();
            if field::zeros_behind(id.as_bytes()).is_some_and(|zeros| zeros > 0) {
                // Two orders became one: no other row can be trusted either.
                return Err(Fault::at("order_id", Reason::IdsRounded { id: Excerpt::of(id), ids: 1 }));
            }
            let ids = [id, orders.members[member as usize].as_str(), earlier].map(Excerpt::of);
            let reason = Reason::OrderOfTwo { ids: Box::new(ids), line: before.line };
            return Err(Fault::at("order_id", reason));
        }
        let region = order.ship_to.map_or(0, Region::code);
        if region != 0 && before.region != 0 && region != before.region {
            let reason = Reason::OrderToTwoPlaces { order: Excerpt::of(id), line: before.line };
            return Err(Fault::at("ship_to", reason));
        }
        let sum = before.amount.checked_add(order.amount).filter(|sum| sum.minor() <= AMOUNT_MAX);
        let Some(amount) = sum else {
            return Err(Fault::at("amount", Reason::OrderTooLarge(Excerpt::of(id))));
        };
        let mut lines = before.lines;
        if lines == ONE_ROW {
            found.orders_of_several_rows += 1;
            lines = orders.lines.len() as u32;
            let first = OrderLine {
                amount: before.amount,
                refund: orders.refunds.get(before.refund as usize).copied(),
                line: before.line,
                at: before.at,
                referrer: before.referrer,
            };
            orders.lines.push(vec![first]);
        }
        let line = OrderLine {
            amount: order.amount,
            refund: order.refund,
            line: order.line,
            at: order.at,
            referrer,
        };
        let known = &mut orders.lines[lines as usize];
        // As many as may be lines of their own: a file may hold nothing but rows of one order.
        let is_repeated =
            |known: &[OrderLine]| known.iter().any(|known| OrderLine { line: line.line, ..*known } == line);
        found.repeated_rows += u64::from(is_repeated(&known[..known.len().min(ORDER_LINES_MAX)]));
        known.push(line);
        orders.was_sorted &= order.at >= before.at;
        let row = &mut orders.rows[place as usize];
        *row = Row {
            at: before.at.min(order.at),
            amount,
            region: if before.region == 0 { region } else { before.region },
            refund: NO_REFUND,
            lines,
            ..before
        };
        Ok(())
    }

    /// Keeps the id of somebody who is mentioned for the first time.
    fn name(&mut self, number: u32, id: &str) {
        if number as usize == self.orders.members.len() {
            self.orders.members.push(Id::new(id).expect("ids are checked when their row is parsed"));
        }
    }

    /// The place of the order with this id, if it is there already; if not, it gets the next one.
    ///
    /// Most files count their orders up. As long as each id is above the one before (longer, or of the same length
    /// and later in the alphabet) or equal to it, no other can repeat, and nothing needs to be remembered.
    fn place(&mut self, id: &str) -> Option<u32> {
        let orders = &self.orders;
        let next = orders.rows.len() as u32;
        if self.places.is_none() {
            let last = orders.rows.last().map(|last| orders.order_text(last.order));
            if last == Some(id) {
                return Some(next - 1);
            }
            if last.is_none_or(|last| (last.len(), last) < (id.len(), id)) {
                return None;
            }
        }
        let places = self.places.get_or_insert_with(|| {
            let mut places = Numbering::default();
            for (place, row) in orders.rows.iter().enumerate() {
                places.number(Fingerprint::of(orders.order_text(row.order).as_bytes()), place as u32);
            }
            places
        });
        places.number(Fingerprint::of(id.as_bytes()), next)
    }

    fn finish(self, found: Found) -> Orders {
        let mut orders = Orders { found, ..self.orders };
        // A stable sort by time is a sort by (time, row number), as first rows rise through the file.
        if !orders.was_sorted {
            orders.rows.sort_by_key(|row| row.at);
        }
        // An order has the earliest time of its rows.
        orders.found.times =
            orders.rows.first().zip(orders.rows.last()).map(|(first, last)| (first.at, last.at));
        let is_refunded = |row: &&Row| {
            let mut lines = orders.lines.get(row.lines as usize).into_iter().flatten();
            row.refund != NO_REFUND || lines.any(|line| line.refund.is_some())
        };
        orders.found.refunds = orders.rows.iter().filter(is_refunded).count() as u64;
        (orders.inviters, orders.voided) = inviters::resolve(&orders);
        orders
    }
}
