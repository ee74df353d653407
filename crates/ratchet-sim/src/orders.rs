//! Order histories: one CSV file, in the form of `docs/spec/files.md`.
//!
//! One thread takes rows apart, a chunk of the file at a time; another numbers members, a few hundred rows at a time, so
//! that their look-ups wait for memory together. Chunks are taken in the order of the file: the result does not depend on
//! who is faster. The first fault of the file is the one reported.
//!
//! An [`OrderFile`] hands its rows on as they come, as long as they stand in the order of time, and keeps none. [`Orders`]
//! are the rows of a whole file, sorted, without repeated order ids: 48 bytes a row and the order's id.

mod field;
mod file;
mod numbering;
mod row;

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{channel, sync_channel};

use ratchet_engine::amount::{Currency, Money};
use ratchet_engine::command::Region;
use ratchet_engine::engine::Expected;
use ratchet_engine::id::Id;
use ratchet_engine::time::{Timestamp, UtcOffset};

use crate::progress::{Phase, Progress};
pub use file::OrderFile;
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

/// How a file is to be read.
#[derive(Clone, Copy, Debug)]
pub struct ReadOptions {
    /// Currency of the amounts.
    pub currency: Currency,
    /// A date without time is 00:00 at this offset.
    pub utc_offset: UtcOffset,
    /// Set malformed rows aside instead of stopping at the first.
    pub skip_bad_rows: bool,
}

/// An order history in the order in which it happened.
#[derive(Debug)]
pub struct Orders {
    /// Rows by (`ordered_at`, row number).
    rows: Vec<Row>,
    /// When and how much is refunded of the orders that say so.
    refunds: Vec<(Timestamp, Money)>,
    /// Order ids, one after the other.
    text: String,
    /// Members and referrers in order of first mention in the file.
    members: Vec<Id>,
    /// Whether the file had to be sorted.
    pub was_sorted: bool,
    /// What the file held besides.
    pub found: Found,
}

/// What was found in a file besides its orders.
#[derive(Debug, Default)]
pub struct Found {
    /// Rows that are not orders: the amount is zero or less.
    pub skipped: SetAside,
    /// Malformed rows; empty unless asked to skip them.
    pub bad: SetAside,
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
}

/// Where an order's id stands in the text: start in the upper 56 bits, length in the lower 8.
#[derive(Clone, Copy, Debug)]
struct OrderText(u64);

const NOBODY: u32 = u32::MAX;
const NO_REFUND: u32 = u32::MAX;

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
    /// Who invited the buyer, if the row says so.
    pub referrer: Option<Party<'a>>,
    /// Where it is delivered to.
    pub ship_to: Option<Region>,
    /// When and how much of it is refunded: not before the order, more than zero, at most its amount.
    pub refund: Option<(Timestamp, Money)>,
    /// Line in the file.
    pub line: u32,
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
    start: usize,
    end: usize,
}

/// What is wrong with a row, or why it is no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The column, if it is one.
    pub column: Option<&'static str>,
    /// The reason.
    pub reason: Cow<'static, str>,
}

impl Fault {
    fn row(reason: impl Into<Cow<'static, str>>) -> Fault {
        Fault { column: None, reason: reason.into() }
    }

    fn at(column: &'static str, reason: impl Into<Cow<'static, str>>) -> Fault {
        Fault { column: Some(column), reason: reason.into() }
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

    fn push(&mut self, line: u32, fault: Fault, bytes: &[u8]) {
        let start = self.text.len();
        self.text.extend_from_slice(bytes);
        self.rows.push(Aside { line, fault, start, end: self.text.len() });
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
    pub fault: Fault,
}

impl std::fmt::Display for OrdersError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(out, ":{line}")?;
        }
        if let Some(column) = self.fault.column {
            write!(out, ": {column}")?;
        }
        write!(out, ": {}", self.fault.reason)
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
        let failed =
            |error: std::io::Error| OrdersError { file: name.clone(), line: None, fault: unreadable(&error) };
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
        let failed = |(line, fault)| OrdersError { file: name.to_owned(), line, fault };
        let (mut intake, mut collected) = (Intake::new(options, 0), Collected::new(options));
        let read = each_batch(source, options, |batch| {
            let texts = batch.texts();
            intake.take(batch, |found, rows| {
                rows.iter().try_for_each(|row| collected.take(found, batch, texts, row))
            })?;
            progress(Progress { phase: Phase::Reading, done: batch.bytes_read, total: bytes });
            Ok(())
        });
        let found = read.and_then(|()| intake.finish()).map_err(failed)?;
        Ok(collected.finish(found))
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
        let invitations = self.rows.iter().filter(|row| row.referrer != NOBODY).count();
        Expected {
            members,
            orders: self.len(),
            // Refunded, and at most one join each; paid and received under the order's keys.
            commands: self.refunds.len() + members.min(invitations),
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
            referrer: (row.referrer != NOBODY).then(|| self.party(row.referrer)),
            ship_to: Region::from_code(row.region),
            refund: self.refunds.get(row.refund as usize).copied(),
            line: row.line,
        }
    }

    /// All orders in the order of time, a few hundred at a time: what they say of their members, who lie anywhere, is read
    /// together.
    pub(crate) fn each_rows(&self, mut take: impl FnMut(&[OrderRow<'_>])) {
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
    Fault::row(format!("cannot be read: {error}"))
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
                        let member = self.number(prints[0])?;
                        let referrer = match parsed.referrer {
                            Span::EMPTY => NOBODY,
                            _ => self.number(prints[1])?,
                        };
                        numbered.push(Numbered { parsed, member, referrer });
                    }
                    Parsed::Skipped { line, raw, fault } => {
                        self.found.skipped.push(*line, fault.clone(), batch.bytes(*raw));
                    }
                    Parsed::Bad { line, raw, fault } => {
                        // The orders before it come first: one of them may be at fault too.
                        orders(&mut self.found, &numbered)?;
                        numbered.clear();
                        self.found.set_bad(self.skip_bad_rows, *line, fault.clone(), batch.bytes(*raw))?;
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
            Parsed::Skipped { .. } | Parsed::Bad { .. } => Default::default(),
        }));
        self.numbers.fetch(self.prints.iter().flatten().copied());
    }

    fn number(&mut self, print: Fingerprint) -> Result<u32, Stop> {
        if self.members == NOBODY {
            return Err((None, Fault::row("more members than 32-bit numbers")));
        }
        Ok(self.numbers.number(print, self.members).unwrap_or_else(|| {
            self.members += 1;
            self.members - 1
        }))
    }

    /// What was found, once all is read.
    fn finish(self) -> Result<Found, Stop> {
        let (skipped, bad) = (self.found.skipped.len(), self.found.bad.len());
        if self.found.times.is_none() {
            let reason = match (skipped, bad) {
                (0, 0) => "a header and no rows".to_owned(),
                (skipped, 0) => format!("no orders: the amounts of all {skipped} rows are zero or less"),
                (skipped, bad) => format!("no orders: {bad} rows are malformed and {skipped} are skipped"),
            };
            return Err((None, Fault::row(reason)));
        }
        Ok(self.found)
    }
}

impl Found {
    fn set_bad(&mut self, skip_bad_rows: bool, line: u32, fault: Fault, raw: &[u8]) -> Result<(), Stop> {
        if !skip_bad_rows {
            return Err((Some(line), fault));
        }
        self.bad.push(line, fault, raw);
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
    /// Line of each order; only from the first id on that is not above the one before.
    lines: Option<Numbering>,
}

impl Collected {
    fn new(options: &ReadOptions) -> Collected {
        Collected {
            orders: Orders {
                rows: Vec::new(),
                refunds: Vec::new(),
                text: String::new(),
                members: Vec::new(),
                was_sorted: true,
                found: Found::default(),
            },
            skip_bad_rows: options.skip_bad_rows,
            lines: None,
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
        if let Some(earlier) = self.earlier_line(id, order.line) {
            let reason = format!("{} stands on line {earlier} already", field::shown(id));
            let fault = Fault::at("order_id", reason);
            return found.set_bad(self.skip_bad_rows, order.line, fault, batch.bytes(order.raw));
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
        });
        Ok(())
    }

    /// Keeps the id of somebody who is mentioned for the first time.
    fn name(&mut self, number: u32, id: &str) {
        if number as usize == self.orders.members.len() {
            self.orders.members.push(Id::new(id).expect("ids are checked when their row is parsed"));
        }
    }

    /// The line on which this order id stands already.
    ///
    /// Most files count their orders up. As long as each id is above the one before (longer, or of the same length
    /// and later in the alphabet) none can repeat, and nothing needs to be remembered.
    fn earlier_line(&mut self, id: &str, line: u32) -> Option<u32> {
        if self.lines.is_none() {
            let last = self.orders.rows.last().map(|last| self.orders.order_text(last.order));
            if last.is_none_or(|last| (last.len(), last) < (id.len(), id)) {
                return None;
            }
        }
        let orders = &self.orders;
        let lines = self.lines.get_or_insert_with(|| {
            let mut lines = Numbering::default();
            for row in &orders.rows {
                lines.number(Fingerprint::of(orders.order_text(row.order).as_bytes()), row.line);
            }
            lines
        });
        lines.number(Fingerprint::of(id.as_bytes()), line)
    }

    fn finish(self, found: Found) -> Orders {
        let mut orders = Orders { found, ..self.orders };
        // Lines rise through the file, so a stable sort by time is a sort by (time, row number).
        if !orders.was_sorted {
            orders.rows.sort_by_key(|row| row.at);
        }
        orders
    }
}
