//! Long numbers among ids that a spreadsheet has rounded (FILE-14).

use super::fault::{Excerpt, Fault, Reason};
use super::field::zeros_behind;

/// Zeros that honest ids would have by a chance of one in ten thousand.
const ZEROS_ENOUGH: u64 = 4;

/// Of ids with so many zeros each, two are more than chance in any file where they are one in a hundred.
const ZEROS_EACH: u32 = 4;

/// What is known of the ids of one kind: those that are numbers of 16 digits or more.
#[derive(Debug, Default)]
pub(super) struct LongIds {
    /// How many there are.
    long: u64,
    /// Of these, those whose digits from the 16th on are all zero, and how many zeros that are.
    rounded: u64,
    zeros: u64,
    /// The same of ids of 19 digits or more.
    very_long: u64,
    very_rounded: u64,
    /// The first that is rounded.
    first: Option<(u32, &'static str, Box<str>)>,
    /// The last that was rounded: rows of one order repeat its id.
    last: Vec<u8>,
}

impl LongIds {
    /// Looks at an id that was not seen before.
    #[inline]
    pub(super) fn see(&mut self, column: &'static str, id: &[u8], line: u32) {
        if let Some(zeros) = zeros_behind(id) {
            self.note(column, id, line, zeros);
        }
    }

    fn note(&mut self, column: &'static str, id: &[u8], line: u32, zeros: u32) {
        if zeros > 0 && self.last == id {
            return;
        }
        let is_very_long = id.len() >= 15 + ZEROS_EACH as usize;
        self.long += 1;
        self.very_long += u64::from(is_very_long);
        if zeros == 0 {
            return;
        }
        self.rounded += 1;
        self.zeros += u64::from(zeros);
        self.very_rounded += u64::from(is_very_long);
        self.last.clear();
        self.last.extend_from_slice(id);
        if self.first.is_none() {
            self.first = Some((line, column, String::from_utf8_lossy(id).into()));
        }
    }

    /// Line and fault, if chance does not explain what was seen: all long ids are rounded, or too many very long ones.
    pub(super) fn damage(&self) -> Option<(u32, Fault)> {
        let are_all = self.rounded == self.long && self.zeros >= ZEROS_ENOUGH;
        let are_many = self.very_rounded >= 2 && self.very_rounded * 100 >= self.very_long;
        let (line, column, id) = self.first.as_ref().filter(|_| are_all || are_many)?;
        Some((*line, Fault::at(column, Reason::IdsRounded { id: Excerpt::of(id), ids: self.rounded })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn damage(ids: impl IntoIterator<Item = String>) -> Option<(u32, u64)> {
        let mut seen = LongIds::default();
        for (line, id) in (2..).zip(ids) {
            seen.see("order_id", id.as_bytes(), line);
        }
        seen.damage().map(|(line, fault)| match fault.reason {
            Reason::IdsRounded { ids, .. } => (line, ids),
            other => panic!("{other}"),
        })
    }

    /// FILE-14
    #[test]
    fn rounded_ids_are_told_from_honest_ones() {
        let of = |ids: &[&str]| damage(ids.iter().map(|id| (*id).to_owned()));
        // One long id, and it ends in four zeros.
        assert_eq!(of(&["2022072512345920000"]), Some((2, 1)));
        // Rows of one order are one id.
        assert_eq!(of(&["2022072512345920000", "2022072512345920000"]), Some((2, 1)));
        // Sixteen digits and a zero: one in ten honest ids; four of four are not.
        assert_eq!(of(&["1234567890123450"]), None);
        assert_eq!(of(&["1234567890123450", "1234567890123460", "1234567890123470"]), None);
        let four = ["1234567890123450", "1234567890123460", "1234567890123470", "1234567890123480"];
        assert_eq!(of(&four), Some((2, 4)));
        assert_eq!(of(&[&four[..], &["1234567890123481"]].concat()), None);
        // Shorter numbers and other ids say nothing.
        assert_eq!(of(&["100000000000000", "a00000000000000000000", "2000"]), None);
        // A part of the file comes from a spreadsheet: two in two hundred.
        let honest =
            |count: u64| (0..count).map(|number| (2_022_072_512_345_910_001 + number * 7).to_string());
        let spoiled = ["2022072512345920000".to_owned(), "2022072512345930000".to_owned()];
        assert_eq!(damage(honest(198).chain(spoiled.clone())), Some((200, 2)));
        assert_eq!(damage(honest(1_998).chain(spoiled)), None);
        assert_eq!(damage(honest(9_000)), None);
    }
}
