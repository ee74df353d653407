//! The binary form of events and commands (`docs/spec/journal.md`): how values are written and read, and the description of
//! the types that stands in every journal.
//!
//! An entry stands alone: what it says twice it says once and refers to, and nothing refers to another entry. `#[derive(Wire)]`
//! writes the fields of structs and enums in the order of their declaration; the forms of the values themselves are here.

mod schema;
mod value;

pub use schema::{Form, Kind, Schema, Types, Variant};
pub use value::Value;
pub(crate) use value::{nothing_left, take};

use smallvec::SmallVec;

use crate::amount::{Currency, Money, Points};
use crate::hash::Hash32;
use crate::id::Id;
use crate::region::Region;
use crate::time::{DAY_US, Day, SECOND_US, Timestamp};

/// The name of a value in a list of those that have one; empty where it has none.
pub(crate) fn name_of<T: PartialEq>(named: &[(&'static str, T)], value: &T) -> &'static str {
    named.iter().find(|(_, known)| known == value).map_or("", |(name, _)| name)
}

/// Kinds of dense numbers, by the names of their types and in the journal. Each kind has a last number said.
pub(crate) const NUMBERS: [(&str, &str); 11] = [
    ("MemberNo", "member"),
    ("OrderNo", "order"),
    ("LineNo", "line"),
    ("MerchantNo", "merchant"),
    ("ProductNo", "product"),
    ("SkuNo", "sku"),
    ("CouponNo", "coupon"),
    ("WithdrawalNo", "withdrawal"),
    ("CampaignNo", "campaign"),
    ("OfferNo", "offer"),
    ("PaymentNo", "payment"),
];

/// The place of a type in [`NUMBERS`]. A type that is missing there does not compile.
pub(crate) const fn number_slot(name: &str) -> usize {
    let mut slot = 0;
    while slot < NUMBERS.len() {
        if is_same(NUMBERS[slot].0.as_bytes(), name.as_bytes()) {
            return slot;
        }
        slot += 1;
    }
    panic!("add the new kind of dense number to wire::NUMBERS")
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    one.len() == other.len()
}

/// Places for last numbers: those of [`NUMBERS`], and one for kinds that only an older version had.
const SLOTS: usize = 16;
/// How far back an amount may be referred to.
const AMOUNTS: usize = 32;
/// How far back an id may be referred to.
const IDS: usize = 16;
/// Amounts below this take one byte and are never referred to.
const SHORT: u128 = 64;

/// What is wrong with bytes that should be an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError(Box<str>);

impl WireError {
    #[cold]
    pub(crate) fn new(text: impl Into<String>) -> WireError {
        WireError(text.into().into_boxed_str())
    }

    #[cold]
    pub(crate) fn missing(of: &str, field: &str) -> WireError {
        WireError::new(format!("{of} has no {field}"))
    }

    #[cold]
    pub(crate) fn unknown_variant(of: &str, tag: u64) -> WireError {
        WireError::new(format!("{of} has no variant {tag}"))
    }

    #[cold]
    pub(crate) fn unknown_name(of: &str, name: &str) -> WireError {
        WireError::new(format!("this version has no {of} \"{name}\""))
    }

    #[cold]
    fn ended() -> WireError {
        WireError::new("it ends too early")
    }

    #[cold]
    fn out_of_range(what: &str) -> WireError {
        WireError::new(format!("{what} is out of range"))
    }
}

impl std::fmt::Display for WireError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for WireError {}

/// A value with a form in the journal.
pub trait Wire: Sized {
    /// Of named types: the name in the description.
    const NAME: &'static str = "";

    /// Whether it is what its kind is when nothing is said: such a field is left out.
    #[inline]
    fn is_default(&self, _out: &Encoder) -> bool {
        false
    }

    /// Writes it.
    fn write(&self, out: &mut Encoder);

    /// The same where it is known that it is not the default.
    #[inline]
    fn write_present(&self, out: &mut Encoder) {
        self.write(out);
    }

    /// Reads what [`Wire::write`] wrote.
    fn read(input: &mut Decoder<'_>) -> Result<Self, WireError>;

    /// Reads what [`Wire::write_present`] wrote.
    #[inline]
    fn read_present(input: &mut Decoder<'_>) -> Result<Self, WireError> {
        Self::read(input)
    }

    /// The default, if the kind has one.
    #[inline]
    fn absent(_input: &Decoder<'_>) -> Option<Self> {
        None
    }

    /// What a field is that an older version did not have.
    fn absent_value() -> Option<Self> {
        None
    }

    /// Its kind, for the description.
    fn kind(types: &mut Types) -> Kind;

    /// From what was read by the description of another version.
    fn from_value(value: Value) -> Result<Self, WireError>;

    /// Shows every dense number in it: the place of its kind in the list of kinds, and the number.
    #[inline]
    fn numbers(&self, _see: &mut impl FnMut(usize, u32)) {}
}

/// The newest of what was said in an entry, at most `N` of them, by how many ago.
#[derive(Clone, Debug)]
struct Recent<T, const N: usize> {
    cells: [T; N],
    count: usize,
}

impl<T: Copy, const N: usize> Recent<T, N> {
    fn new(empty: T) -> Recent<T, N> {
        Recent { cells: [empty; N], count: 0 }
    }

    #[inline]
    fn push(&mut self, cell: T) {
        self.cells[self.count % N] = cell;
        self.count += 1;
    }

    /// The one that was said so many before the newest, if it is remembered.
    #[inline]
    fn back(&self, back: usize) -> Option<T> {
        (back < self.count.min(N)).then(|| self.cells[(self.count - 1 - back) % N])
    }

    /// How many ago the newest was said that is meant.
    #[inline]
    fn find(&self, is_meant: impl Fn(T) -> bool) -> Option<usize> {
        (0..self.count.min(N)).find(|back| is_meant(self.cells[(self.count - 1 - back) % N]))
    }
}

/// What an entry has said so far and later parts of it refer to: writer and reader keep the same.
#[derive(Clone, Debug)]
struct Said {
    /// The entry's time, from which other times are distances.
    at: i64,
    last: [u32; SLOTS],
    amounts: Recent<u128, AMOUNTS>,
    /// Where the ids stand: offset and length; a UUID's length is 0.
    ids: Recent<(usize, usize), IDS>,
    first_id: (usize, usize),
}

impl Said {
    fn nothing() -> Said {
        Said { at: 0, last: [0; SLOTS], amounts: Recent::new(0), ids: Recent::new((0, 0)), first_id: (0, 0) }
    }

    /// Begins an entry. What stands in the cells of before is out of reach.
    #[inline]
    fn clear(&mut self) {
        self.at = 0;
        self.last = [0; SLOTS];
        (self.amounts.count, self.ids.count) = (0, 0);
    }

    #[inline]
    fn id(&mut self, place: (usize, usize)) {
        if self.ids.count == 0 {
            self.first_id = place;
        }
        self.ids.push(place);
    }
}

/// Writes one entry after the other, each by itself.
#[derive(Clone, Debug)]
pub struct Encoder {
    out: Vec<u8>,
    said: Said,
}

impl Default for Encoder {
    fn default() -> Encoder {
        Encoder::new()
    }
}

impl Encoder {
    /// With nothing said.
    pub fn new() -> Encoder {
        Encoder { out: Vec::new(), said: Said::nothing() }
    }

    /// Begins an entry: nothing has been said.
    #[inline]
    pub fn begin(&mut self) {
        self.out.clear();
        self.said.clear();
    }

    /// What was written since.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.out
    }

    /// Writes the entry's time; other times are distances from it.
    #[inline]
    pub fn entry_time(&mut self, at: Timestamp) {
        self.time(at);
        self.said.at = at.us();
    }

    /// One byte.
    #[inline]
    pub fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    /// Seven bits a byte, the lowest first; the highest bit says that another byte follows.
    #[inline]
    pub fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.out.push(value.to_le_bytes()[0]);
    }

    #[inline]
    fn wide(&mut self, mut value: u128) {
        while value >= 0x80 {
            self.out.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.out.push(value.to_le_bytes()[0]);
    }

    /// A count of what follows.
    #[inline]
    pub fn count(&mut self, count: usize) {
        self.varint(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Leaves room for bits that say which fields are there.
    #[inline]
    pub(crate) fn begin_bits(&mut self, fields: usize) -> usize {
        let mark = self.out.len();
        self.out.resize(mark + fields.div_ceil(8), 0);
        mark
    }

    #[inline]
    pub(crate) fn end_bits(&mut self, mark: usize, fields: usize, bits: u64) {
        let width = fields.div_ceil(8);
        self.out[mark..mark + width].copy_from_slice(&bits.to_le_bytes()[..width]);
    }

    #[inline]
    pub(crate) fn number(&mut self, slot: usize, number: u32) {
        let distance = i64::from(number) - i64::from(self.said.last[slot]);
        self.said.last[slot] = number;
        self.varint(zigzag(distance));
    }

    #[inline]
    fn is_last(&self, slot: usize, number: u32) -> bool {
        self.said.last[slot] == number
    }

    #[inline]
    fn time(&mut self, time: Timestamp) {
        let distance = time.us() - self.said.at;
        let (count, unit) = match distance {
            days if days % DAY_US == 0 => (days / DAY_US, 3),
            seconds if seconds % SECOND_US == 0 => (seconds / SECOND_US, 2),
            milliseconds if milliseconds % 1_000 == 0 => (milliseconds / 1_000, 1),
            microseconds => (microseconds, 0),
        };
        self.varint(zigzag(count) << 2 | unit);
    }

    /// An amount: itself, or how many amounts ago it was said.
    #[inline]
    pub(crate) fn amount(&mut self, amount: u128) {
        if amount < SHORT {
            return self.out.push(amount.to_le_bytes()[0] << 1);
        }
        if let Some(back) = self.said.amounts.find(|said| said == amount) {
            return self.count(back << 1 | 1);
        }
        self.said.amounts.push(amount);
        match u64::try_from(amount) {
            Ok(small) if small < 1 << 63 => self.varint(small << 1),
            Ok(_) | Err(_) => {
                // The lowest six bits share a byte with the mark, so that no bit is lost.
                self.out.push((amount.to_le_bytes()[0] & 0x3f) << 1 | 0x80);
                self.wide(amount >> 6);
            }
        }
    }

    /// An id: its text, 16 bytes if it is a UUID in its usual form, or how many ids ago it was said.
    #[inline]
    pub(crate) fn id(&mut self, text: &str) {
        let text = text.as_bytes();
        if let Some(back) = self.said.ids.find(|place| self.stands_at(place, text)) {
            return self.count(back << 1 | 1);
        }
        let place = if let Some(uuid) = uuid(text) {
            self.out.push(0);
            let start = self.out.len();
            self.out.extend_from_slice(&uuid);
            (start, 0)
        } else {
            self.count(text.len() << 1);
            let start = self.out.len();
            self.out.extend_from_slice(text);
            (start, text.len())
        };
        self.said.id(place);
    }

    /// Whether the id that stands there is this; a UUID stands as its 16 bytes.
    #[inline]
    fn stands_at(&self, (start, length): (usize, usize), text: &[u8]) -> bool {
        if length == 0 {
            text.len() == UUID_TEXT && uuid(text).is_some_and(|uuid| self.out[start..start + 16] == uuid)
        } else {
            length == text.len() && self.out[start..start + length] == *text
        }
    }

    /// Whether this is the id that was said first in the entry.
    #[inline]
    pub(crate) fn is_first_id(&self, text: &str) -> bool {
        self.said.ids.count > 0 && self.stands_at(self.said.first_id, text.as_bytes())
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.out.extend_from_slice(text.as_bytes());
    }
}

/// Reads one entry.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    position: usize,
    said: Said,
}

impl<'a> Decoder<'a> {
    /// Of the bytes of one entry.
    pub fn new(bytes: &'a [u8]) -> Decoder<'a> {
        Decoder { bytes, position: 0, said: Said::nothing() }
    }

    /// Goes on with the next entry, in the same memory: nothing has been said.
    #[inline]
    pub(crate) fn begin(&mut self, bytes: &'a [u8]) {
        (self.bytes, self.position) = (bytes, 0);
        self.said.clear();
    }

    /// How many bytes are left.
    #[inline]
    pub fn left(&self) -> usize {
        self.bytes.len() - self.position
    }

    /// Nothing may follow.
    #[inline]
    pub fn end(&self) -> Result<(), WireError> {
        if self.left() == 0 { Ok(()) } else { Err(WireError::new("something follows its end")) }
    }

    /// Reads the entry's time.
    #[inline]
    pub fn entry_time(&mut self) -> Result<Timestamp, WireError> {
        let at = self.time()?;
        self.said.at = at.us();
        Ok(at)
    }

    /// One byte.
    #[inline]
    pub fn byte(&mut self) -> Result<u8, WireError> {
        let byte = self.bytes.get(self.position).copied().ok_or_else(WireError::ended)?;
        self.position += 1;
        Ok(byte)
    }

    #[inline]
    fn take(&mut self, length: usize) -> Result<(usize, &'a [u8]), WireError> {
        let start = self.position;
        let end = start.checked_add(length).ok_or_else(WireError::ended)?;
        let bytes = self.bytes.get(start..end).ok_or_else(WireError::ended)?;
        self.position = end;
        Ok((start, bytes))
    }

    /// See [`Encoder::varint`]; only the shortest form is read.
    #[inline]
    pub fn varint(&mut self) -> Result<u64, WireError> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        let mut value = u64::from(first & 0x7f);
        let mut shift = 7;
        loop {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift > 63 || bits << shift >> shift != bits || byte == 0 {
                return Err(WireError::out_of_range("a number"));
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    fn wide(&mut self) -> Result<u128, WireError> {
        let (mut value, mut shift) = (0_u128, 0);
        loop {
            let byte = self.byte()?;
            let bits = u128::from(byte & 0x7f);
            if shift > 127 || bits << shift >> shift != bits || (byte == 0 && shift > 0) {
                return Err(WireError::out_of_range("a number"));
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    /// A count of things that take at least a byte each.
    #[inline]
    pub fn count(&mut self) -> Result<usize, WireError> {
        let count = usize::try_from(self.varint()?).map_err(|_| WireError::ended())?;
        if count > self.left() {
            return Err(WireError::ended());
        }
        Ok(count)
    }

    /// Which fields are there.
    #[inline]
    pub(crate) fn bits(&mut self, fields: usize) -> Result<u64, WireError> {
        let width = fields.div_ceil(8);
        let (_, taken) = self.take(width)?;
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(taken);
        let bits = u64::from_le_bytes(bytes);
        if bits >> fields != 0 {
            return Err(WireError::new("it says that there are fields which there are not"));
        }
        Ok(bits)
    }

    #[inline]
    pub(crate) fn number(&mut self, slot: usize) -> Result<u32, WireError> {
        let distance = unzigzag(self.varint()?);
        let number = i64::from(self.said.last[slot]).checked_add(distance);
        let number = number.and_then(|number| u32::try_from(number).ok());
        let number = number.ok_or_else(|| WireError::out_of_range("a number of something"))?;
        self.said.last[slot] = number;
        Ok(number)
    }

    #[inline]
    fn time(&mut self) -> Result<Timestamp, WireError> {
        let said = self.varint()?;
        let unit = match said & 3 {
            3 => DAY_US,
            2 => SECOND_US,
            1 => 1_000,
            _ => 1,
        };
        let distance = unzigzag(said >> 2).checked_mul(unit);
        let time = distance.and_then(|distance| self.said.at.checked_add(distance));
        time.and_then(Timestamp::from_us).ok_or_else(|| WireError::out_of_range("a time"))
    }

    #[inline]
    pub(crate) fn amount(&mut self) -> Result<u128, WireError> {
        let first = self.byte()?;
        let low = u128::from(first >> 1 & 0x3f);
        let amount = if first < 0x80 { low } else { self.rest_of_amount(low)? };
        if first & 1 == 1 {
            let said = usize::try_from(amount).ok().and_then(|back| self.said.amounts.back(back));
            return said.ok_or_else(|| WireError::new("it refers to an amount that was not said"));
        }
        if amount >= SHORT {
            self.said.amounts.push(amount);
        }
        Ok(amount)
    }

    #[inline]
    fn rest_of_amount(&mut self, low: u128) -> Result<u128, WireError> {
        // Most amounts fit 64 bits.
        let (mut value, mut shift) = (0_u64, 0);
        let start = self.position;
        loop {
            let byte = self.byte()?;
            if shift > 49 {
                self.position = start;
                break;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                if byte == 0 {
                    return Err(WireError::out_of_range("an amount"));
                }
                return Ok(u128::from(value) << 6 | low);
            }
            shift += 7;
        }
        let high = self.wide()?;
        if high << 6 >> 6 != high || high == 0 {
            return Err(WireError::out_of_range("an amount"));
        }
        Ok(high << 6 | low)
    }

    pub(crate) fn id(&mut self) -> Result<Id, WireError> {
        let said = self.varint()?;
        let place = if said & 1 == 1 {
            let place = usize::try_from(said >> 1).ok().and_then(|back| self.said.ids.back(back));
            place.ok_or_else(|| WireError::new("it refers to an id that was not said"))?
        } else {
            let length = usize::try_from(said >> 1).map_err(|_| WireError::ended())?;
            let (start, _) = self.take(if length == 0 { 16 } else { length })?;
            self.said.id((start, length));
            (start, length)
        };
        self.id_at(place)
    }

    /// The id that was said first in the entry.
    pub(crate) fn first_id(&self) -> Result<Id, WireError> {
        if self.said.ids.count == 0 {
            return Err(WireError::new("it refers to an id that was not said"));
        }
        self.id_at(self.said.first_id)
    }

    #[inline]
    fn id_at(&self, (start, length): (usize, usize)) -> Result<Id, WireError> {
        if length == 0 {
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&self.bytes[start..start + 16]);
            let text = uuid_text(bytes);
            let text = std::str::from_utf8(&text).map_err(|_| WireError::new("an id is not UTF-8"))?;
            return Id::new(text).map_err(|error| WireError::new(error.to_string()));
        }
        let text = std::str::from_utf8(&self.bytes[start..start + length])
            .map_err(|_| WireError::new("an id is not UTF-8"))?;
        Id::new(text).map_err(|error| WireError::new(error.to_string()))
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, WireError> {
        let length = self.count()?;
        let (_, bytes) = self.take(length)?;
        std::str::from_utf8(bytes).map_err(|_| WireError::new("a text is not UTF-8"))
    }

    fn hash(&mut self) -> Result<[u8; 32], WireError> {
        let (_, bytes) = self.take(32)?;
        let mut hash = [0; 32];
        hash.copy_from_slice(bytes);
        Ok(hash)
    }
}

/// Signed to unsigned: 0, −1, 1, −2 … become 0, 1, 2, 3 …
#[inline]
fn zigzag(value: i64) -> u64 {
    (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned()
}

#[inline]
fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// Characters of a UUID in its usual form.
const UUID_TEXT: usize = 36;

/// The bytes of `8f14e45f-ceea-467a-9c5a-0d3a2b1c4e6f` in lower case; of no other form, so that the text comes back.
#[inline]
fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != UUID_TEXT {
        return None;
    }
    let mut bytes = [0; 16];
    let mut digits = 0;
    for (at, letter) in text.iter().enumerate() {
        if matches!(at, 8 | 13 | 18 | 23) {
            if *letter != b'-' {
                return None;
            }
            continue;
        }
        let digit = match letter {
            b'0'..=b'9' => letter - b'0',
            b'a'..=b'f' => letter - b'a' + 10,
            _ => return None,
        };
        bytes[digits / 2] |= if digits % 2 == 0 { digit << 4 } else { digit };
        digits += 1;
    }
    Some(bytes)
}

fn uuid_text(bytes: [u8; 16]) -> [u8; UUID_TEXT] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; UUID_TEXT];
    let mut at = 0;
    for byte in bytes {
        if matches!(at, 8 | 13 | 18 | 23) {
            at += 1;
        }
        text[at] = DIGITS[usize::from(byte >> 4)];
        text[at + 1] = DIGITS[usize::from(byte & 15)];
        at += 2;
    }
    text
}

macro_rules! unsigned {
    ($($type:ty),*) => { $(
        impl Wire for $type {
            #[inline]
            fn is_default(&self, _out: &Encoder) -> bool {
                *self == 0
            }
            #[inline]
            fn write(&self, out: &mut Encoder) {
                match u64::try_from(*self) {
                    Ok(small) => out.varint(small),
                    #[allow(unreachable_patterns, reason = "u64 always fits")]
                    Err(_) => out.wide(u128::try_from(*self).unwrap_or(u128::MAX)),
                }
            }
            #[inline]
            fn read(input: &mut Decoder<'_>) -> Result<Self, WireError> {
                let value = if size_of::<$type>() > 8 { input.wide()? } else { u128::from(input.varint()?) };
                <$type>::try_from(value).map_err(|_| WireError::out_of_range("a number"))
            }
            #[inline]
            fn absent(_input: &Decoder<'_>) -> Option<Self> {
                Some(0)
            }
            fn absent_value() -> Option<Self> {
                Some(0)
            }
            fn kind(_types: &mut Types) -> Kind {
                Kind::Unsigned
            }
            fn from_value(value: Value) -> Result<Self, WireError> {
                <$type>::try_from(value.unsigned()?).map_err(|_| WireError::out_of_range("a number"))
            }
        }
    )* };
}

unsigned!(u8, u16, u32, u64, usize, u128);

impl Wire for i64 {
    #[inline]
    fn is_default(&self, _out: &Encoder) -> bool {
        *self == 0
    }
    #[inline]
    fn write(&self, out: &mut Encoder) {
        out.varint(zigzag(*self));
    }
    #[inline]
    fn read(input: &mut Decoder<'_>) -> Result<i64, WireError> {
        Ok(unzigzag(input.varint()?))
    }
    #[inline]
    fn absent(_input: &Decoder<'_>) -> Option<i64> {
        Some(0)
    }
    fn absent_value() -> Option<i64> {
        Some(0)
    }
    fn kind(_types: &mut Types) -> Kind {
        Kind::Signed
    }
    fn from_value(value: Value) -> Result<i64, WireError> {
        value.signed()
    }
}

impl Wire for i32 {
    #[inline]
    fn is_default(&self, _out: &Encoder) -> bool {
        *self == 0
    }
    #[inline]
    fn write(&self, out: &mut Encoder) {
        i64::from(*self).write(out);
    }
    #[inline]
    fn read(input: &mut Decoder<'_>) -> Result<i32, WireError> {
        i32::try_from(i64::read(input)?).map_err(|_| WireError::out_of_range("a number"))
    }
    #[inline]
    fn absent(_input: &Decoder<'_>) -> Option<i32> {
        Some(0)
    }
    fn absent_value() -> Option<i32> {
        Some(0)
    }
    fn kind(_types: &mut Types) -> Kind {
        Kind::Signed
    }
    fn from_value(value: Value) -> Result<i32, WireError> {
        i32::try_from(value.signed()?).map_err(|_| WireError::out_of_range("a number"))
    }
}

impl Wire for bool {
    #[inline]
    fn is_default(&self, _out: &Encoder) -> bool {
        !*self
    }
    #[inline]
    fn write(&self, out: &mut Encoder) {
        out.byte(u8::from(*self));
    }
    /// That it is there says that it is true.
    #[inline]
    fn write_present(&self, _out: &mut Encoder) {}
    #[inline]
    fn read(input: &mut Decoder<'_>) -> Result<bool, WireError> {
        match input.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(WireError::out_of_range("a flag")),
        }
    }
    #[inline]
    fn read_present(_input: &mut Decoder<'_>) -> Result<bool, WireError> {
        Ok(true)
    }
    #[inline]
    fn absent(_input: &Decoder<'_>) -> Option<bool> {
        Some(false)
    }
    fn absent_value() -> Option<bool> {
        Some(false)
    }
    fn kind(_types: &mut Types) -> Kind {
        Kind::Flag
    }
    fn from_value(value: Value) -> Result<bool, WireError> {
        value.flag()
    }
}

impl Wire for Money {
    #[inline]
    fn is_default(&self, _out: &Encoder) -> bool {
        self.is_zero()
    }
    #[inline]
    fn write(&self, out: &mut Encoder) {
        out.amount(self.as_u128());
    }
    #[inline]
    fn read(input: &mut Decoder<'_>) -> Result<Money, WireError> {
        Money::from_wide(input.amount()?).ok_or_else(|| WireError::out_of_range("an amount of money"))
    }
    #[inline]
    fn absent(_input: &Decoder<'_>) -> Option<Money> {
        Some(Money::ZERO)
    }
    fn absent_value() -> Option<Money> {
        Some(Money::ZERO)
    }
    fn kind(_types: &mut Types) -> Kind {
        Kind::Money
    }
    fn from_value(value: Value) -> Result<Money, WireError> {
        Money::from_wide(value.unsigned()?).ok_or_else(|| WireError::out_of_range("an amount of money"))
    }
}

impl Wire for Points {
    #[inline]
    fn is_default(&self, _out: &Encoder) -> bool {
        self.is_zero()
    }
    #[inline]
    fn write(&self, out: &mut Encoder) {
        out.amount(self.units());
    }
    #[inline]
    fn read(input: &mut Decoder<'_>) -> Result<Points, WireError> {
        Ok(Points::from_units(input.amount()?))
    }
    #[inline]
    fn absent(_input: &Decoder<'_>) -> Option<Points> {
        Some(Points::ZERO)
    }
    fn absent_value() -> Option<Points> {
        Some(Points::ZERO)
    }
    fn kind(_types: &mut Types) -> Kind {
        Kind::Points
    }
    fn from_value(value: Value) -> Result<Points, WireError> {
        Ok(Points::from_units(value.unsigned()?))
    }
}

impl Wire for Timestamp {
    #[inline]
    fn is_default(&self, out: &Encoder) -> bool {
        self.us() == out.said.at
    }
    #[inline]
    fn write(&self, out: &mut Encoder) {
        out.time(*self);
    }
    #[inline]
    fn read(input: &mut Decoder<'_>) -> Result<Timestamp, WireError> {
        input.time()
    }
    #[inline]
    fn absent(input: &Decoder<'_>) -> Option<Timestamp> {
        Timestamp::from_us(input.said.at)
    }
    fn kind(_types: &mut Types) -> Kind {
        Kind::Time
    }
    fn from_value(value: Value) -> Result<Timestamp, WireError> {
        Timestamp::from_us(value.signed()?).ok_or_else(|| WireError::out_of_range("a time"))
    }
}

/// Days since 1970-01-01.
impl Wire for Day {
    fn write(&self, out: &mut Encoder) {
        self.number().write(out);
    }
    fn read(input: &mut Decoder<'_>) -> Result<Day, WireError> {
        Day::in_range(i64::read(input)?).ok_or_else(|| WireError::out_of_range("a day"))
    }
    fn kind(_types: &mut Types) -> Kind {
        Kind::Signed
    }
    fn from_value(value: Value) -> Result<Day, WireError> {
        Day::in_range(value.signed()?).ok_or_else(|| WireError::out_of_range("a day"))
    }
}

impl Wire for Id {
    #[inline]
    fn write(&self, out: &mut Encoder) {
        out.id(self.as_str());
    }
    #[inline]
    fn read(input: &mut Decoder<'_>) -> Result<Id, WireError> {
        input.id()
    }
    fn kind(_types: &mut Types) -> Kind {
        Kind::Id
    }
    fn from_value(value: Value) -> Result<Id, WireError> {
        Id::new(&value.text()?).map_err(|error| WireError::new(error.to_string()))
    }
}

impl Wire for String {
    #[inline]
    fn is_default(&self, _out: &Encoder) -> bool {
        self.is_empty()
    }
    fn write(&self, out: &mut Encoder) {
        out.text(self);
    }
    fn read(input: &mut Decoder<'_>) -> Result<String, WireError> {
        Ok(input.text()?.to_owned())
    }
    fn absent(_input: &Decoder<'_>) -> Option<String> {
        Some(String::new())
    }
    fn absent_value() -> Option<String> {
        Some(String::new())
    }
    fn kind(_types: &mut Types) -> Kind {
        Kind::Text
    }
    fn from_value(value: Value) -> Result<String, WireError> {
        value.text()
    }
}

impl Wire for Box<str> {
    #[inline]
    fn is_default(&self, _out: &Encoder) -> bool {
        self.is_empty()
    }
    fn write(&self, out: &mut Encoder) {
        out.text(self);
    }
    fn read(input: &mut Decoder<'_>) -> Result<Box<str>, WireError> {
        Ok(input.text()?.into())
    }
    fn absent(_input: &Decoder<'_>) -> Option<Box<str>> {
        Some(Box::default())
    }
    fn absent_value() -> Option<Box<str>> {
        Some(Box::default())
    }
    fn kind(_types: &mut Types) -> Kind {
        Kind::Text
    }
    fn from_value(value: Value) -> Result<Box<str>, WireError> {
        Ok(value.text()?.into())
    }
}

impl Wire for Hash32 {
    fn write(&self, out: &mut Encoder) {
        out.out.extend_from_slice(self.bytes());
    }
    fn read(input: &mut Decoder<'_>) -> Result<Hash32, WireError> {
        Ok(Hash32::new(input.hash()?))
    }
    fn kind(_types: &mut Types) -> Kind {
        Kind::Hash
    }
    fn from_value(value: Value) -> Result<Hash32, WireError> {
        value.hash().map(Hash32::new)
    }
}

impl Wire for Region {
    #[inline]
    fn write(&self, out: &mut Encoder) {
        out.varint(u64::from(self.code()));
    }
    #[inline]
    fn read(input: &mut Decoder<'_>) -> Result<Region, WireError> {
        Region::from_code(u32::read(input)?).ok_or_else(|| WireError::out_of_range("a region"))
    }
    fn kind(_types: &mut Types) -> Kind {
        Kind::Unsigned
    }
    fn from_value(value: Value) -> Result<Region, WireError> {
        Region::from_code(u32::from_value(value)?).ok_or_else(|| WireError::out_of_range("a region"))
    }
}

/// By its code.
impl Wire for Currency {
    fn write(&self, out: &mut Encoder) {
        self.code().to_owned().write(out);
    }
    fn read(input: &mut Decoder<'_>) -> Result<Currency, WireError> {
        Currency::any(&String::read(input)?).ok_or_else(|| WireError::out_of_range("a currency"))
    }
    fn kind(types: &mut Types) -> Kind {
        String::kind(types)
    }
    fn from_value(value: Value) -> Result<Currency, WireError> {
        Currency::any(&String::from_value(value)?).ok_or_else(|| WireError::out_of_range("a currency"))
    }
}

impl<T: Wire> Wire for Option<T> {
    #[inline]
    fn is_default(&self, _out: &Encoder) -> bool {
        self.is_none()
    }
    fn write(&self, out: &mut Encoder) {
        match self {
            None => out.byte(0),
            Some(value) => {
                out.byte(1);
                value.write(out);
            }
        }
    }
    #[inline]
    fn write_present(&self, out: &mut Encoder) {
        if let Some(value) = self {
            value.write(out);
        }
    }
    fn read(input: &mut Decoder<'_>) -> Result<Option<T>, WireError> {
        match input.byte()? {
            0 => Ok(None),
            1 => T::read(input).map(Some),
            _ => Err(WireError::out_of_range("a flag")),
        }
    }
    #[inline]
    fn read_present(input: &mut Decoder<'_>) -> Result<Option<T>, WireError> {
        T::read(input).map(Some)
    }
    #[inline]
    fn absent(_input: &Decoder<'_>) -> Option<Option<T>> {
        Some(None)
    }
    fn absent_value() -> Option<Option<T>> {
        Some(None)
    }
    fn kind(types: &mut Types) -> Kind {
        Kind::Option(Box::new(T::kind(types)))
    }
    fn from_value(value: Value) -> Result<Option<T>, WireError> {
        if value == Value::None { Ok(None) } else { T::from_value(value).map(Some) }
    }
    #[inline]
    fn numbers(&self, see: &mut impl FnMut(usize, u32)) {
        if let Some(value) = self {
            value.numbers(see);
        }
    }
}

impl<T: Wire> Wire for Box<T> {
    const NAME: &'static str = T::NAME;
    #[inline]
    fn is_default(&self, out: &Encoder) -> bool {
        T::is_default(self, out)
    }
    #[inline]
    fn write(&self, out: &mut Encoder) {
        T::write(self, out);
    }
    #[inline]
    fn write_present(&self, out: &mut Encoder) {
        T::write_present(self, out);
    }
    #[inline]
    fn read(input: &mut Decoder<'_>) -> Result<Box<T>, WireError> {
        T::read(input).map(Box::new)
    }
    #[inline]
    fn read_present(input: &mut Decoder<'_>) -> Result<Box<T>, WireError> {
        T::read_present(input).map(Box::new)
    }
    #[inline]
    fn absent(input: &Decoder<'_>) -> Option<Box<T>> {
        T::absent(input).map(Box::new)
    }
    fn absent_value() -> Option<Box<T>> {
        T::absent_value().map(Box::new)
    }
    fn kind(types: &mut Types) -> Kind {
        T::kind(types)
    }
    fn from_value(value: Value) -> Result<Box<T>, WireError> {
        T::from_value(value).map(Box::new)
    }
    #[inline]
    fn numbers(&self, see: &mut impl FnMut(usize, u32)) {
        T::numbers(self, see);
    }
}

impl<T: Wire> Wire for Vec<T> {
    #[inline]
    fn is_default(&self, _out: &Encoder) -> bool {
        self.is_empty()
    }
    fn write(&self, out: &mut Encoder) {
        out.count(self.len());
        for value in self {
            value.write(out);
        }
    }
    fn read(input: &mut Decoder<'_>) -> Result<Vec<T>, WireError> {
        let count = input.count()?;
        // A count is a claim: memory for more is taken as it comes.
        let mut values = Vec::with_capacity(count.min(1_024));
        for _ in 0..count {
            values.push(T::read(input)?);
        }
        Ok(values)
    }
    fn absent(_input: &Decoder<'_>) -> Option<Vec<T>> {
        Some(Vec::new())
    }
    fn absent_value() -> Option<Vec<T>> {
        Some(Vec::new())
    }
    fn kind(types: &mut Types) -> Kind {
        Kind::List(Box::new(T::kind(types)))
    }
    fn from_value(value: Value) -> Result<Vec<T>, WireError> {
        value.list()?.into_iter().map(T::from_value).collect()
    }
    #[inline]
    fn numbers(&self, see: &mut impl FnMut(usize, u32)) {
        for value in self {
            value.numbers(see);
        }
    }
}

impl<T: Wire, const N: usize> Wire for SmallVec<[T; N]>
where
    [T; N]: smallvec::Array<Item = T>,
{
    #[inline]
    fn is_default(&self, _out: &Encoder) -> bool {
        self.is_empty()
    }
    #[inline]
    fn write(&self, out: &mut Encoder) {
        out.count(self.len());
        for value in self {
            value.write(out);
        }
    }
    #[inline]
    fn read(input: &mut Decoder<'_>) -> Result<Self, WireError> {
        let count = input.count()?;
        let mut values = SmallVec::new();
        for _ in 0..count {
            values.push(T::read(input)?);
        }
        Ok(values)
    }
    fn absent(_input: &Decoder<'_>) -> Option<Self> {
        Some(SmallVec::new())
    }
    fn absent_value() -> Option<Self> {
        Some(SmallVec::new())
    }
    fn kind(types: &mut Types) -> Kind {
        Kind::List(Box::new(T::kind(types)))
    }
    fn from_value(value: Value) -> Result<Self, WireError> {
        value.list()?.into_iter().map(T::from_value).collect()
    }
    #[inline]
    fn numbers(&self, see: &mut impl FnMut(usize, u32)) {
        for value in self {
            value.numbers(see);
        }
    }
}

impl<T: Wire, const N: usize> Wire for [T; N] {
    fn write(&self, out: &mut Encoder) {
        for value in self {
            value.write(out);
        }
    }
    fn read(input: &mut Decoder<'_>) -> Result<[T; N], WireError> {
        let mut values = Vec::with_capacity(N);
        for _ in 0..N {
            values.push(T::read(input)?);
        }
        <[T; N]>::try_from(values).map_err(|_| WireError::ended())
    }
    fn kind(types: &mut Types) -> Kind {
        Kind::Tuple((0..N).map(|_| T::kind(types)).collect())
    }
    fn from_value(value: Value) -> Result<[T; N], WireError> {
        let values: Vec<T> = value.list()?.into_iter().map(T::from_value).collect::<Result<_, _>>()?;
        <[T; N]>::try_from(values).map_err(|_| WireError::new("a list has another length"))
    }
    #[inline]
    fn numbers(&self, see: &mut impl FnMut(usize, u32)) {
        for value in self {
            value.numbers(see);
        }
    }
}

macro_rules! tuple {
    ($($place:tt $type:ident),*) => {
        impl<$($type: Wire),*> Wire for ($($type,)*) {
            #[inline]
            fn write(&self, out: &mut Encoder) {
                $( self.$place.write(out); )*
            }
            #[inline]
            fn read(input: &mut Decoder<'_>) -> Result<Self, WireError> {
                Ok(($($type::read(input)?,)*))
            }
            fn kind(types: &mut Types) -> Kind {
                Kind::Tuple(vec![$($type::kind(types)),*])
            }
            fn from_value(value: Value) -> Result<Self, WireError> {
                let mut values = value.list()?.into_iter();
                let mut next = || values.next().ok_or_else(|| WireError::new("a list has another length"));
                Ok(($($type::from_value(next()?)?,)*))
            }
            #[inline]
            fn numbers(&self, see: &mut impl FnMut(usize, u32)) {
                $( self.$place.numbers(see); )*
            }
        }
    };
}

tuple!(0 A, 1 B);
tuple!(0 A, 1 B, 2 C);
tuple!(0 A, 1 B, 2 C, 3 D);

/// Dense numbers: the distance from the last of the kind in the entry.
macro_rules! wire_number {
    ($name:ident) => {
        impl $crate::wire::Wire for $name {
            #[inline]
            fn is_default(&self, out: &$crate::wire::Encoder) -> bool {
                out.is_last_number(const { $crate::wire::number_slot(stringify!($name)) }, self.0)
            }
            #[inline]
            fn write(&self, out: &mut $crate::wire::Encoder) {
                out.number(const { $crate::wire::number_slot(stringify!($name)) }, self.0);
            }
            #[inline]
            fn read(input: &mut $crate::wire::Decoder<'_>) -> Result<$name, $crate::wire::WireError> {
                input.number(const { $crate::wire::number_slot(stringify!($name)) }).map($name)
            }
            #[inline]
            fn absent(input: &$crate::wire::Decoder<'_>) -> Option<$name> {
                Some($name(input.last_number(const { $crate::wire::number_slot(stringify!($name)) })))
            }
            fn kind(_types: &mut $crate::wire::Types) -> $crate::wire::Kind {
                $crate::wire::Kind::of_number(const { $crate::wire::number_slot(stringify!($name)) })
            }
            fn from_value(value: $crate::wire::Value) -> Result<$name, $crate::wire::WireError> {
                <u32 as $crate::wire::Wire>::from_value(value).map($name)
            }
            #[inline]
            fn numbers(&self, see: &mut impl FnMut(usize, u32)) {
                see(const { $crate::wire::number_slot(stringify!($name)) }, self.0);
            }
        }
    };
}
pub(crate) use wire_number;

impl Encoder {
    #[inline]
    pub(crate) fn is_last_number(&self, slot: usize, number: u32) -> bool {
        self.is_last(slot, number)
    }
}

impl Decoder<'_> {
    #[inline]
    pub(crate) fn last_number(&self, slot: usize) -> u32 {
        self.said.last[slot]
    }
}
