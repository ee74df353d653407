//! Journals: every entry with its cause, its events and their postings, in a form that keeps and proves them
//! (`docs/spec/journal.md`).
//!
//! There are two forms: hash-chained JSON Lines ([`Writer`], [`Reader`]) for people and other programs, and a binary one
//! ([`BinaryWriter`], [`BinaryReader`]) of a tenth of the size. Both carry the same entries ([`EntryBatch`]); a
//! [`Verifier`] takes them from either.
//!
//! Encoding does no I/O: the caller writes and reads bytes.

mod batch;
pub mod binary;
mod fault;
mod json;
pub mod merkle;
#[cfg(test)]
mod tests;
mod verify;

pub use batch::{EntryBatch, Genesis};
pub use binary::{BinaryReader, BinaryWriter, Blob, BlobDecoder, BlobEncoder, Closing};
pub use fault::JournalFault;
pub use json::{Reader, Writer};
pub(crate) use verify::check_pass;
pub use verify::{Checked, Verifier};

use crate::message::{Language, Message};

/// The number of the rules that this version decides by: one more whenever a rule changes what is decided. Entries of older
/// rules are replayed, not decided again.
pub const RULES: u32 = 1;
/// The number of the form in which this version writes entries: one more whenever the description of the types changes.
pub const FORMAT: u64 = 1;

/// What does not fit in a journal: which line, which entry, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalError {
    /// Line of the file, from 1.
    pub line: u64,
    /// The entry's number, as far as it could be read.
    pub seq: Option<u64>,
    /// What is wrong.
    pub reason: Message,
}

impl JournalError {
    /// Where and what, in a language.
    pub fn text(&self, language: Language) -> String {
        let (line, reason) = (self.line, self.reason.text(language));
        match (language, self.seq) {
            (Language::En, Some(seq)) => format!("line {line} (entry {seq}): {reason}"),
            (Language::En, None) => format!("line {line}: {reason}"),
            (Language::Zh, Some(seq)) => format!("第 {line} 行（第 {seq} 条）：{reason}"),
            (Language::Zh, None) => format!("第 {line} 行：{reason}"),
        }
    }
}

impl std::fmt::Display for JournalError {
    /// In English.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text(Language::En))
    }
}

impl crate::message::Tell for JournalError {
    fn en(&self) -> String {
        self.text(Language::En)
    }

    fn zh(&self) -> String {
        self.text(Language::Zh)
    }

    fn json(&self) -> serde_json::Value {
        let mut json = self.reason.to_json();
        json["line"] = self.line.into();
        json["entry"] = self.seq.into();
        json
    }
}

impl std::error::Error for JournalError {}
