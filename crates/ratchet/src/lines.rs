//! Reading a text file line by line, with a limit on the length of a line.

use std::io::{BufRead, BufReader, Read};

use ratchet_engine::message::System;
use ratchet_sim::fault::FileFault;

use crate::Failure;

/// The lines of a source, numbered from 1, without line ends and without a byte-order mark.
pub(crate) struct Lines<R> {
    source: BufReader<R>,
    name: String,
    bytes_max: u64,
    buffer: Vec<u8>,
    number: u64,
    bytes_read: u64,
}

impl<R: Read> Lines<R> {
    /// `name` stands in messages.
    pub(crate) fn new(source: R, name: &str, bytes_max: u64) -> Lines<R> {
        Lines {
            source: BufReader::with_capacity(1 << 16, source),
            name: name.to_owned(),
            bytes_max,
            buffer: Vec::new(),
            number: 0,
            bytes_read: 0,
        }
    }

    /// The next line and its number; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, &str)>, Failure> {
        self.buffer.clear();
        self.number += 1;
        let (name, number) = (&self.name, self.number);
        // One more than allowed, so that too long a line shows.
        let limit = self.bytes_max.saturating_add(1);
        let read = (&mut self.source).take(limit).read_until(b'\n', &mut self.buffer);
        let read = read
            .map_err(|error| Failure::usage(FileFault::ReadFailed { file: name, error: System(&error) }))?;
        if read == 0 {
            return Ok(None);
        }
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        self.bytes_read += read;
        let mut line = self.buffer.as_slice();
        line = line.strip_suffix(b"\n").unwrap_or(line);
        if read > self.bytes_max && line.len() == self.buffer.len() {
            let most = self.bytes_max;
            return Err(Failure::refused(FileFault::LineTooLong { file: name, line: number, most }));
        }
        line = line.strip_suffix(b"\r").unwrap_or(line);
        if number == 1 {
            line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        }
        match std::str::from_utf8(line) {
            Ok(text) => Ok(Some((number, text))),
            Err(error) => {
                let column = error.valid_up_to() + 1;
                Err(Failure::refused(FileFault::NotUtf8Column { file: name, line: number, column }))
            }
        }
    }

    /// How many bytes have been read.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_numbers_and_no_ends() {
        let mut lines = Lines::new("\u{feff}a\r\n\nb".as_bytes(), "x", 10);
        let mut all = Vec::new();
        while let Ok(Some((number, line))) = lines.next() {
            all.push((number, line.to_owned()));
        }
        assert_eq!(all, [(1, "a".to_owned()), (2, String::new()), (3, "b".to_owned())]);
        assert_eq!(lines.bytes_read(), 8);
    }

    #[test]
    fn a_line_may_be_as_long_as_the_limit() {
        assert!(matches!(Lines::new("abc\n".as_bytes(), "x", 3).next(), Ok(Some((1, "abc")))));
        assert!(matches!(Lines::new("abc".as_bytes(), "x", 3).next(), Ok(Some((1, "abc")))));
        assert!(Lines::new("abcd".as_bytes(), "x", 3).next().is_err());
        assert!(Lines::new("abcd\n".as_bytes(), "x", 3).next().is_err());
    }
}
