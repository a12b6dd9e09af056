//! A window that slides over a source of bytes, from one record to the next.

use super::broken;
use crate::insert::InsertError;
use std::io::{self, ErrorKind, Read};

/// How much is read at once, and seen by the detection of the dialect.
pub(in crate::insert) const CHUNK: usize = 1 << 18;
/// Bytes that one record may have.
pub(in crate::insert) const MAX_RECORD: usize = 16 << 20;

/// The window: all positions count from the start of the current record.
pub(in crate::insert) struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    /// Where the record starts in `buffer`.
    start: usize,
    /// Bytes of `buffer` that are filled.
    filled: usize,
    at_end: bool,
}

/// The end of a line: how long it is without its end, and with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::insert) struct LineEnd {
    pub(in crate::insert) content: usize,
    pub(in crate::insert) total: usize,
}

/// Why no more could be read.
pub(in crate::insert) enum Stuck {
    /// The source failed.
    Failed(io::Error),
    /// The record is longer than [`MAX_RECORD`].
    TooLong,
}

impl Stuck {
    /// The error of a record that starts on a line. `hint` is what may be to blame for one that
    /// is too long.
    pub(in crate::insert) fn at(self, name: &str, line: u64, hint: &str) -> InsertError {
        let name = name.to_owned();
        let reason = match self {
            Stuck::Failed(e) if e.kind() != ErrorKind::InvalidData => {
                return InsertError::Source {
                    name,
                    reason: broken(&e),
                };
            }
            Stuck::Failed(e) => broken(&e),
            Stuck::TooLong => format!(
                "the record that starts here is longer than {} MiB; {hint}",
                MAX_RECORD >> 20
            ),
        };
        InsertError::Malformed {
            name,
            line,
            column: None,
            reason,
        }
    }
}

impl<R: Read> Window<R> {
    /// A window at the start of the source, filled with the first chunk.
    pub(in crate::insert) fn new(source: R) -> Result<Window<R>, Stuck> {
        Window::behind(Vec::new(), source)
    }

    /// The same where the source follows what was read already.
    pub(in crate::insert) fn behind(read: Vec<u8>, source: R) -> Result<Window<R>, Stuck> {
        let mut window = Window {
            source,
            filled: read.len(),
            buffer: read,
            start: 0,
            at_end: false,
        };
        while window.filled < CHUNK && !window.at_end {
            window.fill()?;
        }
        Ok(window)
    }

    /// Goes on to the line behind so many; how many there were.
    pub(in crate::insert) fn skip(&mut self, line_end: u8, lines: u64) -> Result<u64, Stuck> {
        for skipped in 0..lines {
            match self.line(line_end, 0)? {
                Some(line) => self.advance(line.total),
                None => return Ok(skipped),
            }
        }
        // What follows is seen as if it were the beginning.
        while self.seen().len() < CHUNK && !self.at_end {
            self.fill()?;
        }
        Ok(lines)
    }

    /// What is in the window, from the record on.
    pub(in crate::insert) fn seen(&self) -> &[u8] {
        self.buffer.get(self.start..self.filled).unwrap_or_default()
    }

    /// Whether nothing follows what is in the window.
    pub(in crate::insert) fn at_end(&self) -> bool {
        self.at_end
    }

    /// Where the bytes come from.
    pub(in crate::insert) fn source(&self) -> &R {
        &self.source
    }

    /// Bytes held in memory.
    #[cfg(test)]
    pub(in crate::insert) fn held(&self) -> usize {
        self.buffer.len()
    }

    /// Bytes that were seen before.
    pub(in crate::insert) fn slice(&self, from: usize, to: usize) -> &[u8] {
        self.buffer
            .get(self.start + from..self.start + to)
            .unwrap_or_default()
    }

    /// Goes on to the record that starts `length` bytes further.
    pub(in crate::insert) fn advance(&mut self, length: usize) {
        self.start = (self.start + length).min(self.filled);
    }

    /// The byte at a position; `None` beyond the end.
    pub(in crate::insert) fn byte(&mut self, at: usize) -> Result<Option<u8>, Stuck> {
        while self.start + at >= self.filled {
            if self.at_end {
                return Ok(None);
            }
            self.fill()?;
        }
        Ok(self.buffer.get(self.start + at).copied())
    }

    /// The distance from a position to the next `byte`; `None` if there is none.
    pub(in crate::insert) fn find(&mut self, byte: u8, at: usize) -> Result<Option<usize>, Stuck> {
        let mut searched = 0;
        loop {
            let from = self.start + at + searched;
            let rest = self.buffer.get(from..self.filled).unwrap_or_default();
            if let Some(found) = memchr::memchr(byte, rest) {
                return Ok(Some(searched + found));
            }
            searched += rest.len();
            if self.at_end {
                return Ok(None);
            }
            self.fill()?;
        }
    }

    /// The distance from a position to the next of these bytes, and which it is; to the end of all
    /// if there is none.
    pub(in crate::insert) fn find_any(
        &mut self,
        [a, b, c]: [u8; 3],
        at: usize,
    ) -> Result<(usize, Option<u8>), Stuck> {
        let mut searched = 0;
        loop {
            let from = self.start + at + searched;
            let rest = self.buffer.get(from..self.filled).unwrap_or_default();
            if let Some(found) = memchr::memchr3(a, b, c, rest) {
                return Ok((searched + found, rest.get(found).copied()));
            }
            searched += rest.len();
            if self.at_end {
                return Ok((searched, None));
            }
            self.fill()?;
        }
    }

    /// The end of the line around a position, measured from there; `None` at the end.
    pub(in crate::insert) fn line(
        &mut self,
        line_end: u8,
        at: usize,
    ) -> Result<Option<LineEnd>, Stuck> {
        Ok(match self.find(line_end, at)? {
            Some(length) => {
                let last = length.checked_sub(1).map(|before| self.start + at + before);
                let crlf = line_end == b'\n'
                    && last.and_then(|last| self.buffer.get(last)) == Some(&b'\r');
                Some(LineEnd {
                    content: length - usize::from(crlf),
                    total: length + 1,
                })
            }
            None => {
                let rest = self.filled - self.start - at;
                let last = self
                    .buffer
                    .get(..self.filled)
                    .and_then(|bytes| bytes.last());
                let cut = line_end == b'\n' && last == Some(&b'\r');
                (rest > 0).then(|| LineEnd {
                    content: rest - usize::from(cut),
                    total: rest,
                })
            }
        })
    }

    /// Reads more, keeping the record.
    fn fill(&mut self) -> Result<(), Stuck> {
        if self.filled - self.start > MAX_RECORD {
            return Err(Stuck::TooLong);
        }
        // Move what is left only when that frees much: otherwise each fill would copy it again.
        if self.start > CHUNK / 2 || (self.start > 0 && self.start == self.filled) {
            self.buffer.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            self.start = 0;
        }
        // Memory that is made anew is not touched before something stands in it.
        if self.buffer.is_empty() {
            self.buffer = vec![0; CHUNK];
        } else if self.buffer.len() == self.filled {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            match self
                .source
                .read(self.buffer.get_mut(self.filled..).unwrap_or_default())
            {
                Ok(0) => self.at_end = true,
                Ok(n) => self.filled += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) => return Err(Stuck::Failed(e)),
            }
            return Ok(());
        }
    }
}
