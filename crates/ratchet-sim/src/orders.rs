//! Order histories: one CSV file, checked whole before anything runs.
//!
//! The form is `docs/spec/files.md`. A file is read once. One thread takes rows apart, a chunk of the file at a time;
//! another numbers members and finds repeated order ids, chunk by chunk, so that the look-ups of a chunk wait for memory
//! together. Chunks are taken in the order of the file: the result does not depend on who is faster. What is kept is
//! 40 bytes a row and the order's id. The first fault of the file is the one reported.

mod field;
mod numbering;
mod row;

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{channel, sync_channel};

use ratchet_engine::amount::{Currency, Money};
use ratchet_engine::command::Region;
use ratchet_engine::id::Id;
use ratchet_engine::time::{Timestamp, UtcOffset};

use crate::progress::{Phase, Progress};
use numbering::{Fingerprint, Numbering};
use row::{Batch, Parsed, Span};

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
    /// Refunds by (`refunded_at`, row number).
    refunds: Vec<Refund>,
    /// Order ids, one after the other.
    text: String,
    /// Members and referrers in order of first mention in the file.
    members: Vec<Id>,
    /// Rows that are not orders: the amount is zero or less.
    pub skipped: SetAside,
    /// Malformed rows; empty unless asked to skip them.
    pub bad: SetAside,
    /// Whether the file had to be sorted.
    pub was_sorted: bool,
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
    /// The region's code; 0 without.
    region: u32,
    line: u32,
}

#[derive(Clone, Copy, Debug)]
struct Refund {
    at: Timestamp,
    amount: Money,
    order: OrderText,
    member: u32,
    line: u32,
}

/// Where an order's id stands in the text: start in the upper 56 bits, length in the lower 8.
#[derive(Clone, Copy, Debug)]
struct OrderText(u64);

const NOBODY: u32 = u32::MAX;

/// One order, seen from outside.
#[derive(Clone, Copy, Debug)]
pub struct OrderRow<'a> {
    /// Its id.
    pub order: &'a str,
    /// Paid and received at.
    pub at: Timestamp,
    /// More than zero.
    pub amount: Money,
    /// The buyer's number, for [`Orders::member`].
    pub member: u32,
    /// Who invited the buyer, if the row says so.
    pub referrer: Option<u32>,
    /// Where it is delivered to.
    pub ship_to: Option<Region>,
    /// Line in the file.
    pub line: u32,
}

/// One refund, seen from outside.
#[derive(Clone, Copy, Debug)]
pub struct RefundRow<'a> {
    /// The order's id.
    pub order: &'a str,
    /// When.
    pub at: Timestamp,
    /// More than zero, at most the order's amount.
    pub amount: Money,
    /// The buyer's number.
    pub member: u32,
    /// Line in the file.
    pub line: u32,
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
        let unreadable = |error: std::io::Error| OrdersError {
            file: name.clone(),
            line: None,
            fault: Fault::row(format!("cannot be read: {error}")),
        };
        let file = File::open(path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
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
        let mut collected = Collected::new(options.skip_bad_rows);
        std::thread::scope(|scope| {
            let (filled, to_number) = sync_channel::<Result<Batch, Stop>>(CHUNKS_AHEAD);
            let (used, spare) = channel::<Batch>();
            scope.spawn(move || {
                let spare = || spare.try_recv().unwrap_or_default();
                // Nobody takes what follows a fault of an earlier row.
                let parsed = row::parse(source, options, spare, |batch| filled.send(Ok(batch)).is_ok());
                if let Err(stop) = parsed {
                    let _ = filled.send(Err(stop));
                }
            });
            for batch in to_number {
                let batch = batch?;
                collected.take(&batch)?;
                progress(Progress { phase: Phase::Reading, done: batch.bytes_read, total: bytes });
                // Chunks go round; after the last nobody waits for one.
                let _ = used.send(batch);
            }
            Ok(())
        })
        .map_err(failed)?;
        collected.finish().map_err(failed)
    }

    /// How many orders.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none. A file that was read has at least one.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many refunds.
    pub fn refund_count(&self) -> usize {
        self.refunds.len()
    }

    /// How many members and referrers the orders name.
    pub fn member_count(&self) -> usize {
        self.members.len()
    }

    /// Bytes of the ids of all members.
    pub fn id_bytes(&self) -> usize {
        self.members.iter().map(|id| id.as_str().len()).sum()
    }

    /// Whether any row names a referrer.
    pub fn have_referrers(&self) -> bool {
        self.rows.iter().any(|row| row.referrer != NOBODY)
    }

    /// A member's id.
    pub fn member(&self, number: u32) -> &Id {
        &self.members[number as usize]
    }

    /// The order at `position` in time.
    pub fn order(&self, position: usize) -> OrderRow<'_> {
        let row = &self.rows[position];
        OrderRow {
            order: self.order_text(row.order),
            at: row.at,
            amount: row.amount,
            member: row.member,
            referrer: (row.referrer != NOBODY).then_some(row.referrer),
            ship_to: Region::from_code(row.region),
            line: row.line,
        }
    }

    /// The refund at `position` in time.
    pub fn refund(&self, position: usize) -> RefundRow<'_> {
        let refund = &self.refunds[position];
        RefundRow {
            order: self.order_text(refund.order),
            at: refund.at,
            amount: refund.amount,
            member: refund.member,
            line: refund.line,
        }
    }

    fn order_text(&self, order: OrderText) -> &str {
        let start = (order.0 >> 8) as usize;
        &self.text[start..start + (order.0 & 0xff) as usize]
    }
}

/// What has been read so far.
struct Collected {
    orders: Orders,
    skip_bad_rows: bool,
    /// Line of each order; only from the first id on that is not above the one before.
    lines: Option<Numbering>,
    /// Number of each member.
    numbers: Numbering,
    /// Fingerprints of a batch: member and referrer.
    prints: Vec<[Fingerprint; 2]>,
}

type Stop = (Option<u32>, Fault);

impl Collected {
    fn new(skip_bad_rows: bool) -> Collected {
        Collected {
            orders: Orders {
                rows: Vec::new(),
                refunds: Vec::new(),
                text: String::new(),
                members: Vec::new(),
                skipped: SetAside::default(),
                bad: SetAside::default(),
                was_sorted: true,
            },
            skip_bad_rows,
            lines: None,
            numbers: Numbering::default(),
            prints: Vec::new(),
        }
    }

    fn take(&mut self, batch: &Batch) -> Result<(), Stop> {
        for rows in batch.rows.chunks(ROWS_TOGETHER) {
            self.take_rows(batch, rows)?;
        }
        Ok(())
    }

    fn take_rows(&mut self, batch: &Batch, rows: &[Parsed]) -> Result<(), Stop> {
        let mut prints = std::mem::take(&mut self.prints);
        prints.clear();
        prints.extend(rows.iter().map(|parsed| match parsed {
            Parsed::Order(order) => [order.member, order.referrer].map(|span| match span {
                Span::EMPTY => Fingerprint::default(),
                span => Fingerprint::of(batch.bytes(span)),
            }),
            Parsed::Skipped { .. } | Parsed::Bad { .. } => Default::default(),
        }));
        self.numbers.fetch(prints.iter().flatten().copied());
        for (parsed, prints) in rows.iter().zip(&prints) {
            match parsed {
                Parsed::Order(order) => self.take_order(batch, order, prints)?,
                Parsed::Skipped { line, raw, fault } => {
                    self.orders.skipped.push(*line, fault.clone(), batch.bytes(*raw));
                }
                Parsed::Bad { line, raw, fault } => self.set_bad(*line, fault.clone(), batch.bytes(*raw))?,
            }
        }
        self.prints = prints;
        Ok(())
    }

    fn set_bad(&mut self, line: u32, fault: Fault, raw: &[u8]) -> Result<(), Stop> {
        if !self.skip_bad_rows {
            return Err((Some(line), fault));
        }
        self.orders.bad.push(line, fault, raw);
        Ok(())
    }

    fn take_order(
        &mut self,
        batch: &Batch,
        order: &row::ParsedOrder,
        prints: &[Fingerprint; 2],
    ) -> Result<(), Stop> {
        let id = batch.text(order.order);
        if let Some(earlier) = self.earlier_line(id, order.line) {
            let fault =
                Fault::at("order_id", format!("{} stands on line {earlier} already", field::shown(id)));
            return self.set_bad(order.line, fault, batch.bytes(order.raw));
        }
        let member = self.number(batch, order.member, prints[0])?;
        let referrer = match order.referrer {
            Span::EMPTY => NOBODY,
            span => self.number(batch, span, prints[1])?,
        };
        let region = order.ship_to.map_or(0, Region::code);
        let start = self.orders.text.len() as u64;
        self.orders.text.push_str(id);
        let text = OrderText(start << 8 | id.len() as u64);
        let rows = &mut self.orders.rows;
        if rows.last().is_some_and(|last| last.at > order.at) {
            self.orders.was_sorted = false;
        }
        rows.push(Row {
            at: order.at,
            amount: order.amount,
            order: text,
            member,
            referrer,
            region,
            line: order.line,
        });
        if let Some((at, amount)) = order.refund {
            self.orders.refunds.push(Refund { at, amount, order: text, member, line: order.line });
        }
        Ok(())
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

    fn number(&mut self, batch: &Batch, id: Span, print: Fingerprint) -> Result<u32, Stop> {
        let members = &mut self.orders.members;
        let next = u32::try_from(members.len()).ok().filter(|next| *next != NOBODY);
        let next = next.ok_or_else(|| (None, Fault::row("more members than 32-bit numbers")))?;
        Ok(self.numbers.number(print, next).unwrap_or_else(|| {
            members.push(Id::new(batch.text(id)).expect("the row's ids were checked when it was parsed"));
            next
        }))
    }

    fn finish(self) -> Result<Orders, Stop> {
        let mut orders = self.orders;
        if orders.rows.is_empty() {
            let reason = match (orders.skipped.len(), orders.bad.len()) {
                (0, 0) => "a header and no rows".to_owned(),
                (skipped, 0) => format!("no orders: the amounts of all {skipped} rows are zero or less"),
                (skipped, bad) => format!("no orders: {bad} rows are malformed and {skipped} are skipped"),
            };
            return Err((None, Fault::row(reason)));
        }
        // Lines rise through the file, so a stable sort by time is a sort by (time, row number).
        if !orders.was_sorted {
            orders.rows.sort_by_key(|row| row.at);
        }
        orders.refunds.sort_by_key(|refund| refund.at);
        // Repeated ids were found after the malformed rows of the same batch.
        orders.bad.rows.sort_by_key(|row| row.line);
        Ok(orders)
    }
}
