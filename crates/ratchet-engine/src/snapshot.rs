//! One walk over the state: what the digest hashes is what a snapshot holds (`docs/spec/snapshot.md`).
//!
//! Values of the state derive [`Snapshot`]; the containers of `undo.rs` and the structs made of them are [`Part`]s, which
//! [`undo_fields`](crate::undo::undo_fields) writes: a field of the state that is not named there does not compile, and one that
//! follows from the rest has to be said to.

mod containers;
mod fault;
mod file;
mod values;

pub use fault::SnapshotFault;
pub use file::{JournalPosition, MAGIC, SnapshotHeader, layout, layout_hash};

use std::collections::BTreeMap;

use crate::message::{Language, Message};

/// A value with a form in snapshots.
pub(crate) trait Snapshot: Sized {
    /// Describes its form, and says under which name.
    fn layout(layout: &mut Layout) -> String;

    /// Writes it.
    fn write(&self, out: &mut Vec<u8>);

    /// Reads what [`Snapshot::write`] wrote.
    fn read(input: &mut Input<'_>) -> Result<Self, SnapshotError>;
}

/// A container of the state, or a struct made of them.
pub(crate) trait Part {
    /// Describes its form, and says under which name.
    fn part_layout(layout: &mut Layout) -> String;

    /// Writes it.
    fn feed(&self, out: &mut Output<'_>);

    /// Reads what [`Part::feed`] wrote, in the place of what it is. What follows from the rest stays as it is.
    fn load(&mut self, input: &mut Input<'_>) -> Result<(), SnapshotError>;
}

/// Bytes gathered before they are handed over: a value at a time, the calls would cost more than what is done with the bytes.
pub(crate) const BLOCK_BYTES: usize = 1 << 18;

/// Where the walk writes.
pub(crate) struct Output<'a> {
    block: Vec<u8>,
    take: &'a mut dyn FnMut(Vec<u8>) -> Vec<u8>,
}

impl<'a> Output<'a> {
    /// `take` gets a block and gives back one to be filled.
    pub(crate) fn new(take: &'a mut dyn FnMut(Vec<u8>) -> Vec<u8>) -> Output<'a> {
        Output { block: Vec::with_capacity(BLOCK_BYTES + 256), take }
    }

    /// Writes a value.
    #[inline]
    pub(crate) fn value<T: Snapshot>(&mut self, value: &T) {
        value.write(&mut self.block);
        if self.block.len() >= BLOCK_BYTES {
            self.hand_over();
        }
    }

    /// Writes bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.block.extend_from_slice(bytes);
    }

    #[cold]
    #[inline(never)]
    fn hand_over(&mut self) {
        self.block = (self.take)(std::mem::take(&mut self.block));
        self.block.clear();
    }

    /// Hands over what is left.
    pub(crate) fn finish(mut self) {
        if !self.block.is_empty() {
            self.hand_over();
        }
    }
}

/// What is wrong with a snapshot, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotError {
    /// Near which byte of the snapshot, from 0.
    pub offset: u64,
    /// Which part of the state was being read, such as `orders.lines`; nothing outside of the state.
    pub part: String,
    /// What is wrong.
    pub reason: Message,
}

impl SnapshotError {
    /// Where and what, in a language.
    pub fn text(&self, language: Language) -> String {
        let (offset, part, reason) = (self.offset, &self.part, self.reason.text(language));
        match (language, part.is_empty()) {
            (Language::En, true) => format!("near byte {offset}: {reason}"),
            (Language::En, false) => format!("near byte {offset}, in {part}: {reason}"),
            (Language::Zh, true) => format!("第 {offset} 字节附近：{reason}"),
            (Language::Zh, false) => format!("第 {offset} 字节附近，`{part}` 中：{reason}"),
        }
    }
}

impl std::fmt::Display for SnapshotError {
    /// In English.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text(Language::En))
    }
}

impl crate::message::Tell for SnapshotError {
    fn en(&self) -> String {
        self.text(Language::En)
    }

    fn zh(&self) -> String {
        self.text(Language::Zh)
    }

    fn json(&self) -> serde_json::Value {
        let mut json = self.reason.to_json();
        json["offset"] = self.offset.into();
        json["part"] = self.part.as_str().into();
        json
    }
}

impl std::error::Error for SnapshotError {}

/// Where a walk reads.
pub(crate) struct Input<'a> {
    block: Vec<u8>,
    at: usize,
    /// Where the block begins in the snapshot.
    begins: u64,
    part: Vec<&'static str>,
    /// Reads the next block into the one before, and says where it begins; `None` after the last.
    next: NextBlock<'a>,
}

type NextBlock<'a> = &'a mut dyn FnMut(&mut Vec<u8>) -> Result<Option<u64>, SnapshotError>;

impl<'a> Input<'a> {
    pub(crate) fn new(next: NextBlock<'a>) -> Input<'a> {
        Input { block: Vec::new(), at: 0, begins: 0, part: Vec::new(), next }
    }

    /// An error at the present place.
    #[cold]
    pub(crate) fn flaw(&self, reason: SnapshotFault<'_>) -> SnapshotError {
        let at = u64::try_from(self.at).unwrap_or(u64::MAX);
        SnapshotError { offset: self.begins + at, part: self.part.join("."), reason: reason.into() }
    }

    /// Reads a part of this name.
    pub(crate) fn named(
        &mut self,
        name: &'static str,
        load: impl FnOnce(&mut Self) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError> {
        self.part.push(name);
        load(self)?;
        self.part.pop();
        Ok(())
    }

    /// The next so many bytes.
    #[inline]
    pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N], SnapshotError> {
        if let Some(bytes) = self.block.get(self.at..).and_then(|rest| rest.first_chunk::<N>()) {
            self.at += N;
            return Ok(*bytes);
        }
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// The next byte.
    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, SnapshotError> {
        self.take::<1>().map(|[byte]| byte)
    }

    /// Bytes that stand in more than one block.
    #[cold]
    #[inline(never)]
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) -> Result<(), SnapshotError> {
        for byte in bytes {
            while self.at == self.block.len() {
                if !self.next_block()? {
                    return Err(self.flaw(SnapshotFault::StateCutOff {}));
                }
            }
            *byte = self.block[self.at];
            self.at += 1;
        }
        Ok(())
    }

    fn next_block(&mut self) -> Result<bool, SnapshotError> {
        let next = (self.next)(&mut self.block).map_err(|mut error| {
            error.part = self.part.join(".");
            error
        })?;
        self.at = 0;
        match next {
            Some(begins) => self.begins = begins,
            None => {
                self.begins += u64::try_from(self.block.len()).unwrap_or(0);
                self.block.clear();
            }
        }
        Ok(next.is_some())
    }

    /// A number of cells.
    pub(crate) fn count(&mut self) -> Result<usize, SnapshotError> {
        let count = u64::from_le_bytes(self.take()?);
        usize::try_from(count).map_err(|_| self.flaw(SnapshotFault::TooMany { cells: count }))
    }

    /// Nothing may follow.
    pub(crate) fn end(&mut self) -> Result<(), SnapshotError> {
        if self.at < self.block.len() || self.next_block()? {
            return Err(self.flaw(SnapshotFault::MoreState {}));
        }
        Ok(())
    }
}

/// For how many cells room is made at once: how many there are is only a claim until they have been read.
pub(crate) fn room(count: usize) -> usize {
    count.min(1 << 16)
}

/// Describes the forms of all types in a snapshot, each once.
#[derive(Default)]
pub(crate) struct Layout {
    /// By name; nothing yet of those that are being described.
    types: BTreeMap<String, String>,
}

impl Layout {
    /// Describes a type under its name and module, unless that was done.
    pub(crate) fn named(
        &mut self,
        module: &str,
        name: &str,
        describe: impl FnOnce(&mut Layout) -> String,
    ) -> String {
        let module = module.split_once("::").map_or("", |(_, module)| module);
        let name = format!("{module}::{name}");
        if !self.types.contains_key(&name) {
            self.types.insert(name.clone(), String::new());
            let text = describe(self);
            self.types.insert(name.clone(), text);
        }
        name
    }

    /// A line for a field.
    pub(crate) fn field<T: Snapshot>(&mut self, name: &str) -> String {
        format!("  {name}: {}\n", T::layout(self))
    }

    /// The same of the field that a function leads to.
    pub(crate) fn value_of<S, T: Snapshot>(&mut self, _: impl Fn(&S) -> &T, name: &str) -> String {
        self.field::<T>(name)
    }

    /// The same of a part.
    pub(crate) fn part_of<S, T: Part>(&mut self, _: impl Fn(&S) -> &T, name: &str) -> String {
        format!("  {name}: {}\n", T::part_layout(self))
    }
}
