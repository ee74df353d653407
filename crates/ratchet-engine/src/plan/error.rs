//! What is wrong with a plan file, and where: line, column, and the line itself with a caret under the place.

use crate::message::{Language, Message, visible};

/// Characters of a source line shown around an error.
const EXCERPT_CHARS: usize = 100;
/// Characters shown before the place when a long line is cut.
const EXCERPT_BEFORE: usize = 60;

/// One error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError {
    /// Line from 1.
    pub line: usize,
    /// Column from 1, in characters.
    pub column: usize,
    /// What is wrong and what to do.
    pub message: Message,
    /// The line with a caret under the place: two lines of text.
    pub excerpt: String,
}

/// All errors of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanErrors {
    /// The file's name as given.
    pub file: String,
    /// In order of place.
    pub errors: Vec<PlanError>,
}

impl PlanErrors {
    /// Each error with its place, code and facts.
    pub fn to_json(&self) -> serde_json::Value {
        let each = self.errors.iter().map(|error| {
            let mut json = error.message.to_json();
            json["file"] = self.file.clone().into();
            json["line"] = error.line.into();
            json["column"] = error.column.into();
            json
        });
        each.collect()
    }

    /// `file:line:column: message` and the excerpt, for each error, in a language.
    pub fn text(&self, language: Language) -> String {
        let each = self.errors.iter().map(|PlanError { line, column, message, excerpt }| {
            format!("{}:{line}:{column}: {}\n{excerpt}", self.file, message.text(language))
        });
        each.collect::<Vec<_>>().join("\n")
    }
}

impl std::fmt::Display for PlanErrors {
    /// In English.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text(Language::En))
    }
}

impl std::error::Error for PlanErrors {}

/// Finds the line and column of a byte offset.
pub(crate) struct Places<'s> {
    text: &'s str,
    /// Byte offset at which each line begins.
    starts: Vec<usize>,
}

impl<'s> Places<'s> {
    pub(crate) fn new(text: &'s str) -> Places<'s> {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Places { text, starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    pub(crate) fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The line that contains the byte at `offset`, counted from 0.
    pub(crate) fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The line's text without its line break.
    pub(crate) fn line(&self, number: usize) -> &'s str {
        let start = self.starts.get(number).copied().unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("");
        line.strip_suffix('\r').unwrap_or(line)
    }

    pub(crate) fn error(&self, offset: usize, message: impl Into<Message>) -> PlanError {
        let message = message.into();
        let offset = self.text.floor_char_boundary(offset);
        let number = self.line_of(offset);
        let start = self.starts.get(number).copied().unwrap_or(0);
        let before = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        let (line, column) = (number + 1, before + 1);
        PlanError { line, column, message, excerpt: excerpt(self.line(number), line, before) }
    }
}

/// The line and a caret under the character that has `before` characters before it.
fn excerpt(text: &str, line: usize, before: usize) -> String {
    let skipped = if before < EXCERPT_CHARS { 0 } else { before - EXCERPT_BEFORE };
    let cut = if skipped > 0 { "…" } else { "" };
    let shown: String = text.chars().skip(skipped).take(EXCERPT_CHARS).map(visible).collect();
    let shown = shown.trim_end();
    let blanks: String = text.chars().skip(skipped).take(before - skipped).map(blank).collect();
    let gutter = line.to_string();
    let (margin, indent) = (" ".repeat(gutter.len()), " ".repeat(cut.chars().count()));
    format!("{gutter} | {cut}{shown}\n{margin} | {indent}{blanks}^")
}

/// A blank as wide as the character, so that the caret stands under its place in Chinese lines too.
fn blank(character: char) -> char {
    let wide = matches!(character,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}');
    if wide { '\u{3000}' } else { ' ' }
}
