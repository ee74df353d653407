//! Rows: lines taken apart into fields, fields into an order.
//!
//! The file comes in chunks, which are never copied: what is kept of a row points into its chunk. One pass over a line,
//! eight bytes at a time, finds its commas and its end, and whether it is plain: printable ASCII without quotes. The
//! fields of a plain line are read by [`Columns::plain`], which knows nothing but the usual forms; whatever it does not
//! take is read again by [`Columns::order`], which knows all of them and every fault. A row with quotes goes through
//! `csv-core`.

use std::io::Read;

use ratchet_engine::amount::Money;
use ratchet_engine::command::Region;
use ratchet_engine::id::ID_BYTES_MAX;
use ratchet_engine::time::Timestamp;

use super::fault::{Excerpt, Fault, Reason};
use super::field::{self, Amount, Dates};
use super::{COLUMNS, ORDER_ID_BYTES_MAX, ROW_BYTES_MAX, ReadOptions, Stop};

/// Bytes read at a time; a longer row makes its chunk longer. Few enough to stay in the processor's caches from one
/// thread to the other.
const CHUNK_BYTES: usize = 1 << 17;

/// Most fields a row is split into; the header allows eight.
pub(super) const FIELDS_MAX: usize = 256;

/// A piece of a batch's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(super) const EMPTY: Span = Span { start: 0, end: 0 };

    /// Positions fit 32 bits: a chunk holds at most a row too many, and one row has at most a mebibyte.
    fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The rows of a chunk, in file order.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) rows: Vec<Parsed>,
    /// The chunk, and room behind it.
    chunk: Vec<u8>,
    /// Where the next row begins in it.
    start: usize,
    /// Where it ends.
    end: usize,
    /// What stood in quotes; spans count on from the chunk's length.
    unquoted: Vec<u8>,
    pub(super) bytes_read: u64,
}

/// A row.
pub(super) enum Parsed {
    Order(ParsedOrder),
    /// No order: the amount is zero or less, or nobody is named.
    Skipped(Box<Aside>),
    /// Malformed.
    Bad(Box<Aside>),
}

/// A row that takes no part.
pub(super) struct Aside {
    pub(super) line: u32,
    pub(super) raw: Span,
    /// In minor units, if it can be read.
    pub(super) amount: Option<i64>,
    pub(super) fault: Fault,
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
    pub(super) fn bytes(&self, span: Span) -> &[u8] {
        match span.start as usize >= self.chunk.len() {
            false => &self.chunk[span.range()],
            true => {
                &self.unquoted[span.start as usize - self.chunk.len()..span.end as usize - self.chunk.len()]
            }
        }
    }

    /// The texts of its rows. Looked at once, all of them are known to be UTF-8 up to the first fault or the end.
    pub(super) fn texts(&self) -> Texts<'_> {
        let checked = self.chunk.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        Texts { batch: self, checked }
    }

    /// Begins again with what the batch before has not used.
    fn begin(&mut self, rest: &[u8]) {
        self.rows.clear();
        self.unquoted.clear();
        self.chunk.resize(self.chunk.len().max(rest.len()).max(CHUNK_BYTES), 0);
        self.chunk[..rest.len()].copy_from_slice(rest);
        (self.start, self.end) = (0, rest.len());
    }
}

/// See [`Batch::texts`].
#[derive(Clone, Copy)]
pub(super) struct Texts<'a> {
    batch: &'a Batch,
    checked: &'a str,
}

impl<'a> Texts<'a> {
    #[inline]
    pub(super) fn get(self, span: Span) -> &'a str {
        self.checked.get(span.range()).unwrap_or_else(|| {
            let bytes = self.batch.bytes(span);
            std::str::from_utf8(bytes).expect("ids were checked to be UTF-8 when the row was parsed")
        })
    }
}

/// Reads the whole source and hands it over in batches; `spare` gives one to be filled, and what `take` says is
/// whether any more are wanted.
pub(super) fn parse<R: Read>(
    source: R,
    options: &ReadOptions,
    mut spare: impl FnMut() -> Batch,
    mut take: impl FnMut(Batch) -> bool,
) -> Result<(), Stop> {
    let mut rows = Rows::new(source);
    let mut batch = spare();
    batch.begin(&[]);
    let columns = rows.header(&mut batch)?;
    let mut dates = Dates::default();
    loop {
        let outcome = loop {
            match rows.next(&batch) {
                Ok(Next::Row(extent)) => {
                    let fields = rows.fields(&batch.chunk, &extent);
                    let parsed = columns.parse(&fields, options, &mut dates, &mut batch.unquoted);
                    batch.start = extent.next;
                    batch.rows.push(parsed);
                }
                Ok(Next::More(start)) => {
                    batch.start = start;
                    // A chunk without a whole row is made longer instead of handed over.
                    match batch.rows.is_empty() {
                        true => match rows.fill(&mut batch) {
                            Ok(()) => {}
                            Err(stop) => break Err(stop),
                        },
                        false => break Ok(true),
                    }
                }
                Ok(Next::End) => break Ok(false),
                Err(stop) => break Err(stop),
            }
        };
        let mut next = spare();
        next.begin(&batch.chunk[batch.start..batch.end]);
        batch.bytes_read = rows.bytes_read;
        // What was read before an error comes first: it may hold an earlier one.
        if !take(batch) || !outcome? {
            return Ok(());
        }
        batch = next;
        rows.fill(&mut batch)?;
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
                return Err(Fault::row(Reason::ColumnNotUtf8 { place: place + 1 }));
            };
            let Some(known) = COLUMNS.iter().position(|column| *column == name) else {
                let nearest = COLUMNS.iter().min_by_key(|column| strsim::damerau_levenshtein(column, name));
                let nearest = nearest.copied().unwrap_or(COLUMNS[0]);
                return Err(Fault::row(Reason::ColumnUnknown { name: Excerpt::of(name), nearest }));
            };
            if places[known].replace(place).is_some() {
                return Err(Fault::row(Reason::ColumnTwice(COLUMNS[known])));
            }
        }
        let needed =
            |column: usize| places[column].ok_or_else(|| Fault::row(Reason::ColumnMissing(COLUMNS[column])));
        let beside =
            |missing: &'static str, beside| Fault::row(Reason::ColumnMissingBeside { missing, beside });
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
                (Some(_), None) => return Err(beside("refunded_at", "refunded_amount")),
                (None, Some(_)) => return Err(beside("refunded_amount", "refunded_at")),
            },
            count: header.spans.len(),
        })
    }

    fn parse(
        &self,
        fields: &Fields<'_>,
        options: &ReadOptions,
        dates: &mut Dates,
        unquoted: &mut Vec<u8>,
    ) -> Parsed {
        if fields.is_plain
            && let Some(order) = self.plain(fields, options, dates)
        {
            return Parsed::Order(order);
        }
        match self.order(fields, options, unquoted) {
            Ok(parsed) => parsed,
            Err(fault) => {
                let amount = self.amount_of(fields, options);
                Parsed::Bad(Box::new(Aside { line: fields.line, raw: fields.raw, amount, fault }))
            }
        }
    }

    /// What a malformed row is worth, if that can be read.
    fn amount_of(&self, fields: &Fields<'_>, options: &ReadOptions) -> Option<i64> {
        if fields.spans.len() != self.count {
            return None;
        }
        let text = std::str::from_utf8(fields.get(self.amount)).ok()?;
        match field::amount(text, &options.currency).ok()? {
            Amount::Positive(amount) => Some(amount.minor()),
            Amount::NotPositive { minor, .. } => Some(minor),
        }
    }

    /// An order in the usual forms, from a plain row; `None` leaves the row to [`Columns::order`].
    fn plain(&self, fields: &Fields<'_>, options: &ReadOptions, dates: &mut Dates) -> Option<ParsedOrder> {
        if fields.spans.len() != self.count {
            return None;
        }
        let id = |place: usize, bytes_max: usize| {
            let id = fields.get(place);
            let is_id = id.len() <= bytes_max && *id.first()? != b' ' && *id.last()? != b' ';
            let is_damaged = is_id && (field::is_shortened(id) || field::is_error_value(id));
            (is_id && !is_damaged).then_some(id)
        };
        let amount = field::plain_amount(fields.get(self.amount), &options.currency)?;
        id(self.order_id, ORDER_ID_BYTES_MAX)?;
        id(self.member_id, ID_BYTES_MAX)?;
        let ordered = field::plain_when(fields.get(self.ordered_at), &options.calendar, dates)?;
        let given = |place: Option<usize>| place.filter(|place| !fields.get(*place).is_empty());
        let referrer = match given(self.referrer_id) {
            Some(place) => id(place, ID_BYTES_MAX).map(|_| Some(place))?,
            None => None,
        };
        let ship_to = match given(self.ship_to) {
            Some(place) => Some(field::plain_region(fields.get(place))?),
            None => None,
        };
        let refund = match &self.refunded {
            Some(places) if !fields.get(places.amount).is_empty() || !fields.get(places.at).is_empty() => {
                let refunded = std::str::from_utf8(fields.get(places.amount)).ok()?;
                let at = std::str::from_utf8(fields.get(places.at)).ok()?;
                refund(refunded, at, amount, ordered, options).ok()?
            }
            Some(_) | None => None,
        };
        Some(ParsedOrder {
            line: fields.line,
            raw: fields.raw,
            order: fields.spans[self.order_id],
            member: fields.spans[self.member_id],
            referrer: referrer.map_or(Span::EMPTY, |place| fields.spans[place]),
            at: ordered.at,
            amount,
            ship_to,
            refund,
        })
    }

    /// Any row.
    fn order(
        &self,
        fields: &Fields<'_>,
        options: &ReadOptions,
        unquoted: &mut Vec<u8>,
    ) -> Result<Parsed, Fault> {
        let raw = fields.raw;
        if fields.spans.len() != self.count {
            let (found, expected, is_quoted) = (fields.spans.len(), self.count, fields.is_quoted);
            return Err(Fault::row(Reason::FieldCount { found, expected, is_quoted }));
        }
        let text = |place: usize, column: &'static str| {
            let bytes = fields.get(place);
            std::str::from_utf8(bytes).map_err(|error| {
                let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
                Fault::at(column, Reason::NotUtf8 { byte })
            })
        };
        // The amount first: a row that is no order may be anything else in its other fields.
        let amount = text(self.amount, "amount")?;
        let amount =
            field::amount(amount, &options.currency).map_err(|reason| Fault::at("amount", reason))?;
        let skipped = |amount, fault| {
            Ok(Parsed::Skipped(Box::new(Aside { line: fields.line, raw, amount: Some(amount), fault })))
        };
        let amount = match amount {
            Amount::Positive(amount) => amount,
            Amount::NotPositive { minor, why } => return skipped(minor, Fault::at("amount", why)),
        };
        if fields.get(self.member_id).is_empty() {
            return skipped(amount.minor(), Fault::at("member_id", Reason::NoMember));
        }
        let id = |place: usize, column: &'static str, bytes_max: usize| -> Result<&str, Fault> {
            let id = text(place, column)?;
            field::id(id, bytes_max).map_err(|reason| Fault::at(column, reason))?;
            Ok(id)
        };
        id(self.order_id, "order_id", ORDER_ID_BYTES_MAX)?;
        id(self.member_id, "member_id", ID_BYTES_MAX)?;
        let ordered = field::when(text(self.ordered_at, "ordered_at")?, &options.calendar)
            .map_err(|reason| Fault::at("ordered_at", reason))?;
        let referrer = match self.referrer_id {
            Some(place) if !fields.get(place).is_empty() => {
                id(place, "referrer_id", ID_BYTES_MAX)?;
                Some(place)
            }
            _ => None,
        };
        let ship_to = match self.ship_to {
            Some(place) if !fields.get(place).is_empty() => {
                let code = text(place, "ship_to")?;
                let region = Region::parse(code)
                    .ok_or_else(|| Fault::at("ship_to", Reason::RegionForm(Excerpt::of(code))))?;
                // An order with it would be refused (COMM-4b).
                if !region.has_province() {
                    return Err(Fault::at("ship_to", Reason::NoProvince(Excerpt::of(code))));
                }
                Some(region)
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
        // The chunk has the row as it stood; only what was unquoted needs a place of its own.
        let mut kept = |place: usize| {
            if !fields.is_quoted {
                return fields.spans[place];
            }
            let start = unquoted.len();
            unquoted.extend_from_slice(fields.get(place));
            Span::new(fields.chunk_bytes + start, fields.chunk_bytes + unquoted.len())
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
            Err(Fault::at("refunded_amount", Reason::RefundMissing))
        };
    }
    let amount = field::amount(refunded, &options.currency);
    let amount = match amount.map_err(|reason| Fault::at("refunded_amount", reason))? {
        Amount::Positive(amount) => amount,
        Amount::NotPositive { .. } if !refunded.starts_with('-') => return Ok(None),
        Amount::NotPositive { why, .. } => return Err(Fault::at("refunded_amount", why)),
    };
    if amount > ordered_amount {
        let (refunded, of) = (options.currency.format(amount), options.currency.format(ordered_amount));
        return Err(Fault::at("refunded_amount", Reason::RefundTooLarge { refunded, of }));
    }
    let when = field::when(at, &options.calendar).map_err(|reason| Fault::at("refunded_at", reason))?;
    if when.at >= ordered.at {
        return Ok(Some((when.at, amount)));
    }
    // A refund of which only the day is known may be on the day of the order: then it follows at once.
    if when.is_day && options.calendar.day_of(when.at) == options.calendar.day_of(ordered.at) {
        return Ok(Some((ordered.at, amount)));
    }
    Err(Fault::at("refunded_at", Reason::RefundTooEarly(Excerpt::of(at))))
}

/// The fields of one row.
struct Fields<'a> {
    /// Line on which the row begins.
    line: u32,
    /// The row as it stands in the file, without its line end.
    raw: Span,
    /// What the spans point into: the chunk, or the unquoted text.
    text: &'a [u8],
    spans: &'a [Span],
    chunk_bytes: usize,
    is_quoted: bool,
    is_plain: bool,
}

impl<'a> Fields<'a> {
    #[inline]
    fn get(&self, place: usize) -> &'a [u8] {
        &self.text[self.spans[place].range()]
    }

    fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.spans.len()).map(|place| self.get(place))
    }
}

/// A source of rows.
struct Rows<R> {
    source: R,
    at_end: bool,
    line: u32,
    /// Fields of the row found last.
    spans: Vec<Span>,
    quoted: csv_core::Reader,
    unquoted: Vec<u8>,
    ends: Vec<usize>,
    bytes_read: u64,
}

/// What comes next in a chunk.
enum Next {
    Row(Extent),
    /// The row that begins here goes on behind the chunk.
    More(usize),
    End,
}

/// Where a row stands in its chunk.
struct Extent {
    line: u32,
    raw: Span,
    next: usize,
    is_quoted: bool,
    is_plain: bool,
}

/// The same byte eight times.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

const LOW_BITS: u64 = each(0x7f);

impl<R: Read> Rows<R> {
    fn new(source: R) -> Rows<R> {
        Rows {
            source,
            at_end: false,
            line: 1,
            spans: Vec::with_capacity(COLUMNS.len()),
            quoted: csv_core::Reader::new(),
            unquoted: Vec::new(),
            ends: vec![0; FIELDS_MAX],
            bytes_read: 0,
        }
    }

    fn header(&mut self, batch: &mut Batch) -> Result<Columns, Stop> {
        self.fill(batch)?;
        if batch.chunk[..batch.end].starts_with(b"\xEF\xBB\xBF") {
            batch.start = 3;
        }
        loop {
            match self.next(batch)? {
                Next::Row(extent) => {
                    let header = self.fields(&batch.chunk, &extent);
                    batch.start = extent.next;
                    return Columns::read(&header).map_err(|fault| (Some(extent.line), fault));
                }
                Next::More(start) => {
                    batch.start = start;
                    self.fill(batch)?;
                }
                Next::End => {
                    return Err((None, Fault::row(Reason::FileEmpty)));
                }
            }
        }
    }

    /// Moves what is left of the chunk to its front and fills it up.
    fn fill(&mut self, batch: &mut Batch) -> Result<(), Stop> {
        batch.chunk.copy_within(batch.start..batch.end, 0);
        batch.end -= batch.start;
        batch.start = 0;
        if batch.end == ROW_BYTES_MAX {
            return Err((Some(self.line), Fault::row(Reason::RowTooLong)));
        }
        if batch.end == batch.chunk.len() {
            batch.chunk.resize((batch.chunk.len() * 2).min(ROW_BYTES_MAX), 0);
        }
        while batch.end < batch.chunk.len() && !self.at_end {
            match self.source.read(&mut batch.chunk[batch.end..]) {
                Ok(0) => self.at_end = true,
                Ok(read) => {
                    batch.end += read;
                    self.bytes_read += read as u64;
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err((None, super::unreadable(&error))),
            }
        }
        Ok(())
    }

    /// The next row of the chunk that is not blank.
    fn next(&mut self, batch: &Batch) -> Result<Next, Stop> {
        let mut start = batch.start;
        let chunk = &batch.chunk[..batch.end];
        loop {
            match chunk.get(start) {
                Some(b'\n') => self.line = self.line.checked_add(1).ok_or_else(too_many)?,
                Some(b'\r') => {}
                Some(_) => break,
                None if self.at_end => return Ok(Next::End),
                None => return Ok(Next::More(start)),
            }
            start += 1;
        }
        match self.split_line(chunk, start) {
            Line::Whole(extent) => Ok(Next::Row(extent)),
            Line::GoesOn => Ok(Next::More(start)),
            Line::Quoted => self.unquote(chunk, start),
        }
    }

    fn fields<'a>(&'a self, chunk: &'a [u8], extent: &Extent) -> Fields<'a> {
        Fields {
            line: extent.line,
            raw: extent.raw,
            text: if extent.is_quoted { &self.unquoted } else { chunk },
            spans: &self.spans,
            chunk_bytes: chunk.len(),
            is_quoted: extent.is_quoted,
            is_plain: extent.is_plain,
        }
    }

    /// Splits the line that begins here at its commas; stops at the first quote. Eight bytes at a time: the upper bit
    /// of a byte's place says whether it is one to look at. No sum carries into the next byte, so this is exact.
    fn split_line(&mut self, chunk: &[u8], start: usize) -> Line {
        self.spans.clear();
        let (mut begun, mut at) = (start, start);
        let (mut is_plain, mut high) = (true, 0);
        let end = loop {
            let word = match chunk.get(at..).and_then(|rest| rest.first_chunk()) {
                Some(bytes) => u64::from_le_bytes(*bytes),
                None => {
                    let mut bytes = [b' '; 8];
                    let rest = chunk.get(at..).unwrap_or_default();
                    bytes[..rest.len()].copy_from_slice(rest);
                    u64::from_le_bytes(bytes)
                }
            };
            let low = word & LOW_BITS;
            // From 0x7F on: not ASCII, or DEL.
            high |= ((low + each(0x01)) | word) & !LOW_BITS;
            let printable = (low + each(0x60)) | word;
            let no_comma = ((low ^ each(b',')) + LOW_BITS) | word;
            let no_quote = ((low ^ each(b'"')) + LOW_BITS) | word;
            let mut marks = !(printable & no_comma & no_quote) & !LOW_BITS;
            let mut line_end = None;
            while marks != 0 {
                let place = at + (marks.trailing_zeros() / 8) as usize;
                marks &= marks - 1;
                match chunk[place] {
                    b',' => {
                        self.spans.push(Span::new(begun, place));
                        begun = place + 1;
                    }
                    b'\n' => {
                        line_end = Some(place);
                        break;
                    }
                    b'"' => return Line::Quoted,
                    b'\r' if chunk.get(place + 1) == Some(&b'\n') => {}
                    _ => is_plain = false,
                }
            }
            if let Some(place) = line_end {
                break place;
            }
            at += 8;
            if at >= chunk.len() {
                if self.at_end {
                    break chunk.len();
                }
                return Line::GoesOn;
            }
        };
        let raw_end = if chunk[start..end].ends_with(b"\r") { end - 1 } else { end };
        self.spans.push(Span::new(begun, raw_end));
        Line::Whole(Extent {
            line: self.line,
            raw: Span::new(start, raw_end),
            // The line end itself is left for `next`, which counts it.
            next: end,
            is_quoted: false,
            is_plain: is_plain && high == 0,
        })
    }

    /// Takes the row with quotes that begins here apart; it may go over several lines.
    fn unquote(&mut self, chunk: &[u8], start: usize) -> Result<Next, Stop> {
        let input = &chunk[start..];
        self.quoted.reset();
        self.unquoted.resize(input.len() + 1, 0);
        let (mut result, mut read, mut written, mut ends) =
            self.quoted.read_record(input, &mut self.unquoted, &mut self.ends);
        if matches!(result, csv_core::ReadRecordResult::InputEmpty) {
            if !self.at_end {
                return Ok(Next::More(start));
            }
            // The source ends without a line end: an empty input says so.
            let (last, more_read, more_written, more_ends) =
                self.quoted.read_record(&[], &mut self.unquoted[written..], &mut self.ends[ends..]);
            (result, read, written, ends) =
                (last, read + more_read, written + more_written, ends + more_ends);
        }
        let line = self.line;
        if matches!(result, csv_core::ReadRecordResult::OutputEndsFull) {
            return Err((Some(line), Fault::row(Reason::TooManyFields)));
        }
        self.unquoted.truncate(written);
        self.spans.clear();
        let mut begun = 0;
        for end in &self.ends[..ends] {
            self.spans.push(Span::new(begun, *end));
            begun = *end;
        }
        // `csv-core` has consumed the line end, or its first byte; `next` counts what it finds.
        let last = input[..read].iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'));
        let raw = &input[..last.map_or(0, |last| last + 1)];
        // Quotes may hold line ends.
        let inside = raw.iter().filter(|byte| **byte == b'\n').count();
        self.line =
            u32::try_from(inside).ok().and_then(|inside| line.checked_add(inside)).ok_or_else(too_many)?;
        let end = start + raw.len();
        Ok(Next::Row(Extent {
            line,
            raw: Span::new(start, end),
            next: end,
            is_quoted: true,
            is_plain: false,
        }))
    }
}

/// What stands where a line begins.
enum Line {
    Whole(Extent),
    GoesOn,
    Quoted,
}

fn too_many() -> Stop {
    (None, Fault::row(Reason::TooManyLines))
}
