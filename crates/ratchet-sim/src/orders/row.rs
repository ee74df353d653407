//! Rows: lines taken apart into fields, fields into an order.
//!
//! A line without a quote is split at its commas in one pass; a row with quotes goes through `csv-core`.

use std::io::{BufRead, Read};

use ratchet_engine::amount::Money;
use ratchet_engine::command::Region;
use ratchet_engine::id::ID_BYTES_MAX;
use ratchet_engine::time::Timestamp;

use super::field::{self, Amount, shown};
use super::{COLUMNS, Fault, ORDER_ID_BYTES_MAX, ROW_BYTES_MAX, ReadOptions, Stop};

/// Rows that are looked up together.
const BATCH_ROWS: usize = 512;

/// Most fields a row is split into; the header allows eight.
const FIELDS_MAX: usize = 256;

/// A piece of a batch's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(super) const EMPTY: Span = Span { start: 0, end: 0 };
}

/// Rows in file order, with the text they point into.
pub(super) struct Batch {
    pub(super) rows: Vec<Parsed>,
    text: Vec<u8>,
    pub(super) bytes_read: u64,
}

/// A row.
pub(super) enum Parsed {
    Order(ParsedOrder),
    Skipped { line: u32, raw: Span, fault: Fault },
    Bad { line: u32, raw: Span, fault: Fault },
}

/// A row that is an order.
pub(super) struct ParsedOrder {
    pub(super) line: u32,
    pub(super) raw: Span,
    pub(super) order: Span,
    pub(super) member: Span,
    /// Empty without.
    pub(super) referrer: Span,
    pub(super) at: Timestamp,
    pub(super) amount: Money,
    pub(super) ship_to: Option<Region>,
    pub(super) refund: Option<(Timestamp, Money)>,
}

impl Batch {
    fn new() -> Batch {
        Batch { rows: Vec::with_capacity(BATCH_ROWS), text: Vec::new(), bytes_read: 0 }
    }

    pub(super) fn bytes(&self, span: Span) -> &[u8] {
        &self.text[span.start as usize..span.end as usize]
    }

    pub(super) fn text(&self, span: Span) -> &str {
        std::str::from_utf8(self.bytes(span)).expect("ids were checked to be UTF-8 when the row was parsed")
    }

    fn push(&mut self, bytes: &[u8]) -> Span {
        // A batch is full at a mebibyte of text; one row adds at most two more.
        let position = |bytes: usize| u32::try_from(bytes).expect("a batch is sent before it is this large");
        let start = position(self.text.len());
        self.text.extend_from_slice(bytes);
        Span { start, end: position(self.text.len()) }
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= BATCH_ROWS || self.text.len() >= ROW_BYTES_MAX
    }
}

/// Reads the whole source and hands it over in batches.
pub(super) fn parse<R: Read>(
    mut rows: Rows<R>,
    options: &ReadOptions,
    take: &mut dyn FnMut(&Batch) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let Some(header) = rows.read()? else {
        let reason = format!("the file is empty; it needs a header with {}", COLUMNS[..4].join(","));
        return Err((None, Fault::row(reason)));
    };
    let columns = Columns::read(&header).map_err(|fault| (Some(header.line), fault))?;
    let mut batch = Batch::new();
    loop {
        let outcome = match rows.read() {
            Ok(Some(fields)) => {
                let parsed = columns.parse(&fields, options, &mut batch);
                batch.rows.push(parsed);
                if !batch.is_full() {
                    continue;
                }
                Ok(true)
            }
            Ok(None) => Ok(false),
            Err(stop) => Err(stop),
        };
        // What was read before an error comes first: it may hold an earlier one.
        batch.bytes_read = rows.bytes_read;
        take(&batch)?;
        if !outcome? {
            return Ok(());
        }
        batch.rows.clear();
        batch.text.clear();
    }
}

/// Where each known column stands.
struct Columns {
    order_id: usize,
    member_id: usize,
    ordered_at: usize,
    amount: usize,
    referrer_id: Option<usize>,
    ship_to: Option<usize>,
    refunded: Option<Refunded>,
    count: usize,
}

struct Refunded {
    amount: usize,
    at: usize,
}

impl Columns {
    fn read(header: &Fields<'_>) -> Result<Columns, Fault> {
        let mut places: [Option<usize>; COLUMNS.len()] = [None; COLUMNS.len()];
        for (place, name) in header.iter().enumerate() {
            let Ok(name) = std::str::from_utf8(name) else {
                return Err(Fault::row(format!("the name of column {} is not UTF-8", place + 1)));
            };
            let Some(known) = COLUMNS.iter().position(|column| *column == name) else {
                let nearest = COLUMNS.iter().min_by_key(|column| strsim::damerau_levenshtein(column, name));
                let nearest =
                    nearest.map_or_else(String::new, |column| format!("; nearest known: \"{column}\""));
                return Err(Fault::row(format!("column {} is unknown{nearest}", shown(name))));
            };
            if places[known].replace(place).is_some() {
                return Err(Fault::row(format!("column \"{name}\" stands twice")));
            }
        }
        let needed = |column: usize| {
            places[column].ok_or_else(|| Fault::row(format!("column \"{}\" is missing", COLUMNS[column])))
        };
        let [.., referrer_id, ship_to, refunded_amount, refunded_at] = places;
        Ok(Columns {
            order_id: needed(0)?,
            member_id: needed(1)?,
            ordered_at: needed(2)?,
            amount: needed(3)?,
            referrer_id,
            ship_to,
            refunded: match (refunded_amount, refunded_at) {
                (Some(amount), Some(at)) => Some(Refunded { amount, at }),
                (None, None) => None,
                (Some(_), None) => {
                    return Err(Fault::row("column \"refunded_at\" is missing beside \"refunded_amount\""));
                }
                (None, Some(_)) => {
                    return Err(Fault::row("column \"refunded_amount\" is missing beside \"refunded_at\""));
                }
            },
            count: header.spans.len(),
        })
    }

    fn parse(&self, fields: &Fields<'_>, options: &ReadOptions, batch: &mut Batch) -> Parsed {
        let raw = batch.push(fields.raw);
        match self.order(fields, options, batch, raw) {
            Ok(parsed) => parsed,
            Err(fault) => Parsed::Bad { line: fields.line, raw, fault },
        }
    }

    fn order(
        &self,
        fields: &Fields<'_>,
        options: &ReadOptions,
        batch: &mut Batch,
        raw: Span,
    ) -> Result<Parsed, Fault> {
        if fields.spans.len() != self.count {
            return Err(Fault::row(format!(
                "{} fields where the header has {}{}",
                fields.spans.len(),
                self.count,
                if fields.raw.contains(&b'"') { "; is a quote not closed?" } else { "" },
            )));
        }
        // One look at the whole row instead of one at each field.
        let whole = std::str::from_utf8(fields.text).ok();
        let text = |place: usize, column: &'static str| {
            if let Some(text) = whole.and_then(|whole| whole.get(fields.range(place))) {
                return Ok(text);
            }
            let bytes = fields.get(place);
            std::str::from_utf8(bytes).map_err(|error| {
                let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
                Fault::at(column, format!("not UTF-8 (byte 0x{byte:02X}); save the file as UTF-8"))
            })
        };
        // The amount first: a row that is no order may be anything else in its other fields.
        let amount = text(self.amount, "amount")?;
        let amount =
            field::amount(amount, &options.currency).map_err(|reason| Fault::at("amount", reason))?;
        let amount = match amount {
            Amount::Positive(amount) => amount,
            Amount::NotPositive(reason) => {
                let fault = Fault::at("amount", reason);
                return Ok(Parsed::Skipped { line: fields.line, raw, fault });
            }
        };
        let id = |place: usize, column: &'static str, bytes_max: usize| -> Result<&str, Fault> {
            let id = text(place, column)?;
            field::id(id, bytes_max).map_err(|reason| Fault::at(column, reason))?;
            Ok(id)
        };
        id(self.order_id, "order_id", ORDER_ID_BYTES_MAX)?;
        let member = id(self.member_id, "member_id", ID_BYTES_MAX)?;
        let ordered = field::when(text(self.ordered_at, "ordered_at")?, options.utc_offset)
            .map_err(|reason| Fault::at("ordered_at", reason))?;
        let referrer = match self.referrer_id {
            Some(place) if !fields.get(place).is_empty() => {
                let referrer = id(place, "referrer_id", ID_BYTES_MAX)?;
                if referrer == member {
                    return Err(Fault::at("referrer_id", "a member cannot be its own referrer"));
                }
                Some(place)
            }
            _ => None,
        };
        let ship_to = match self.ship_to {
            Some(place) if !fields.get(place).is_empty() => {
                let code = text(place, "ship_to")?;
                Some(Region::parse(code).ok_or_else(|| {
                    Fault::at("ship_to", format!("{} is not a six-digit GB/T 2260 code", shown(code)))
                })?)
            }
            _ => None,
        };
        let refund = match &self.refunded {
            None => None,
            Some(places) => {
                let (refunded, at) =
                    (text(places.amount, "refunded_amount")?, text(places.at, "refunded_at")?);
                refund(refunded, at, amount, ordered, options)?
            }
        };
        // The batch has the raw row; only what was unquoted needs a place of its own.
        let mut kept = |place: usize| match fields.spans[place] {
            span if !fields.is_quoted => Span { start: raw.start + span.start, end: raw.start + span.end },
            _ => batch.push(fields.get(place)),
        };
        Ok(Parsed::Order(ParsedOrder {
            line: fields.line,
            raw,
            order: kept(self.order_id),
            member: kept(self.member_id),
            referrer: referrer.map_or(Span::EMPTY, &mut kept),
            at: ordered.at,
            amount,
            ship_to,
            refund,
        }))
    }
}

fn refund(
    refunded: &str,
    at: &str,
    ordered_amount: Money,
    ordered: field::When,
    options: &ReadOptions,
) -> Result<Option<(Timestamp, Money)>, Fault> {
    if refunded.is_empty() {
        return if at.is_empty() {
            Ok(None)
        } else {
            Err(Fault::at("refunded_amount", "the amount is missing beside refunded_at"))
        };
    }
    let amount = field::amount(refunded, &options.currency);
    let amount = match amount.map_err(|reason| Fault::at("refunded_amount", reason))? {
        Amount::Positive(amount) => amount,
        Amount::NotPositive(_) if !refunded.starts_with('-') => return Ok(None),
        Amount::NotPositive(reason) => return Err(Fault::at("refunded_amount", reason)),
    };
    if amount > ordered_amount {
        let reason = format!(
            "{} is refunded of an order of {}",
            options.currency.format(amount),
            options.currency.format(ordered_amount),
        );
        return Err(Fault::at("refunded_amount", reason));
    }
    let when = field::when(at, options.utc_offset).map_err(|reason| Fault::at("refunded_at", reason))?;
    if when.at >= ordered.at {
        return Ok(Some((when.at, amount)));
    }
    // A refund of which only the day is known may be on the day of the order: then it follows at once.
    if when.is_day && options.utc_offset.day_of(when.at) == options.utc_offset.day_of(ordered.at) {
        return Ok(Some((ordered.at, amount)));
    }
    Err(Fault::at("refunded_at", format!("{} is before the order", shown(at))))
}

/// The fields of one row.
pub(super) struct Fields<'a> {
    /// Line on which the row begins.
    line: u32,
    /// The row as it stands in the file, without its line end.
    raw: &'a [u8],
    /// What the spans point into: `raw` itself, or the unquoted text.
    text: &'a [u8],
    spans: &'a [Span],
    is_quoted: bool,
}

impl<'a> Fields<'a> {
    fn range(&self, place: usize) -> std::ops::Range<usize> {
        let span = self.spans[place];
        span.start as usize..span.end as usize
    }

    fn get(&self, place: usize) -> &'a [u8] {
        &self.text[self.range(place)]
    }

    fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.spans.len()).map(|place| self.get(place))
    }
}

/// A source of rows with a buffer that a row must fit into.
pub(super) struct Rows<R> {
    source: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    at_end: bool,
    line: u32,
    spans: Vec<Span>,
    quoted: csv_core::Reader,
    unquoted: Vec<u8>,
    ends: Vec<usize>,
    bytes_read: u64,
    begun: bool,
}

/// Where a row ends in the buffer.
struct Extent {
    raw_end: usize,
    next: usize,
    is_quoted: bool,
}

impl<R: Read> Rows<R> {
    pub(super) fn new(source: R) -> Rows<R> {
        Rows {
            source,
            buffer: vec![0; ROW_BYTES_MAX].into_boxed_slice(),
            start: 0,
            end: 0,
            at_end: false,
            line: 1,
            spans: Vec::with_capacity(COLUMNS.len()),
            quoted: csv_core::Reader::new(),
            unquoted: Vec::new(),
            ends: vec![0; FIELDS_MAX],
            bytes_read: 0,
            begun: false,
        }
    }

    /// The next row that is not blank.
    fn read(&mut self) -> Result<Option<Fields<'_>>, Stop> {
        if !self.begun {
            self.begun = true;
            self.fill()?;
            if self.buffer[..self.end].starts_with(b"\xEF\xBB\xBF") {
                self.start = 3;
            }
        }
        if !self.skip_line_ends()? {
            return Ok(None);
        }
        let line = self.line;
        let extent = self.split_line()?;
        let extent = if extent.is_quoted { self.unquote()? } else { extent };
        let raw = &self.buffer[self.start..extent.raw_end];
        // Quotes may hold line ends.
        let inside = if extent.is_quoted { raw.iter().filter(|byte| **byte == b'\n').count() } else { 0 };
        self.line =
            u32::try_from(inside).ok().and_then(|inside| line.checked_add(inside)).ok_or_else(too_many)?;
        self.start = extent.next;
        let text = if extent.is_quoted { &self.unquoted[..] } else { raw };
        Ok(Some(Fields { line, raw, text, spans: &self.spans, is_quoted: extent.is_quoted }))
    }

    /// Moves what is left to the front and reads on; false at the end of the source.
    fn fill(&mut self) -> Result<bool, Stop> {
        if self.at_end {
            return Ok(false);
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() {
            let reason = format!("the row is longer than {ROW_BYTES_MAX} bytes; is this a CSV file?");
            return Err((Some(self.line), Fault::row(reason)));
        }
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.at_end = true;
                    return Ok(false);
                }
                Ok(read) => {
                    self.end += read;
                    self.bytes_read += read as u64;
                    return Ok(true);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err((None, Fault::row(format!("cannot be read: {error}")))),
            }
        }
    }

    /// False at the end of the source.
    fn skip_line_ends(&mut self) -> Result<bool, Stop> {
        loop {
            while let Some(byte) = self.buffer[self.start..self.end].first() {
                match byte {
                    b'\n' => self.line = self.line.checked_add(1).ok_or_else(too_many)?,
                    b'\r' => {}
                    _ => return Ok(true),
                }
                self.start += 1;
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    /// Splits the line at the start of the buffer at its commas; stops at the first quote.
    fn split_line(&mut self) -> Result<Extent, Stop> {
        // A buffer holds at most a mebibyte: positions fit 32 bits.
        let span = |start: usize, end: usize| Span { start: start as u32, end: end as u32 };
        loop {
            let rest = &self.buffer[self.start..self.end];
            // Reading from memory does not fail. The line end itself is left for `skip_line_ends`, which counts it.
            let read = (&mut &*rest).skip_until(b'\n').unwrap_or(0);
            let is_whole = rest[..read].ends_with(b"\n");
            let length = if is_whole { read - 1 } else { read };
            if rest[..length].contains(&b'"') {
                return Ok(Extent { raw_end: 0, next: 0, is_quoted: true });
            }
            if !is_whole && self.fill()? {
                continue;
            }
            let next = self.start + length;
            let line = &self.buffer[self.start..next];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            self.spans.clear();
            let mut begun = 0;
            for (place, _) in line.iter().enumerate().filter(|(_, byte)| **byte == b',') {
                self.spans.push(span(begun, place));
                begun = place + 1;
            }
            self.spans.push(span(begun, line.len()));
            return Ok(Extent { raw_end: self.start + line.len(), next, is_quoted: false });
        }
    }

    /// Takes a row with quotes apart; it may go over several lines.
    fn unquote(&mut self) -> Result<Extent, Stop> {
        loop {
            self.quoted.reset();
            let input = &self.buffer[self.start..self.end];
            self.unquoted.resize(input.len() + 1, 0);
            let (mut result, mut read, mut written, mut ends) =
                self.quoted.read_record(input, &mut self.unquoted, &mut self.ends);
            if matches!(result, csv_core::ReadRecordResult::InputEmpty) {
                if self.fill()? {
                    continue;
                }
                // The source ends without a line end: an empty input says so.
                let (last, more_read, more_written, more_ends) =
                    self.quoted.read_record(&[], &mut self.unquoted[written..], &mut self.ends[ends..]);
                (result, read, written, ends) =
                    (last, read + more_read, written + more_written, ends + more_ends);
            }
            if matches!(result, csv_core::ReadRecordResult::OutputEndsFull) {
                let reason = format!("more than {FIELDS_MAX} fields; is this an order file?");
                return Err((Some(self.line), Fault::row(reason)));
            }
            self.unquoted.truncate(written);
            self.spans.clear();
            let mut begun = 0;
            for end in &self.ends[..ends] {
                self.spans.push(Span { start: begun as u32, end: *end as u32 });
                begun = *end;
            }
            // `csv-core` has consumed the line end, or its first byte; `skip_line_ends` counts what it finds.
            let consumed = &self.buffer[self.start..self.start + read];
            let last = consumed.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'));
            let raw_end = self.start + last.map_or(0, |last| last + 1);
            return Ok(Extent { raw_end, next: raw_end, is_quoted: true });
        }
    }
}

fn too_many() -> Stop {
    (None, Fault::row("more than 4,294,967,295 lines"))
}
