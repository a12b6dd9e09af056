//! A window that slides over a source of bytes, from one record to the next.

use std::io::{self, Read};

/// How much is read at once, and seen by the detection of the dialect.
pub(super) const CHUNK: usize = 1 << 18;
/// Bytes that one record may have.
pub(super) const MAX_RECORD: usize = 16 << 20;

/// The window: all positions count from the start of the current record.
pub(super) struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    /// Where the record starts in `buffer`.
    start: usize,
    /// Bytes of `buffer` that are filled.
    filled: usize,
    at_end: bool,
    /// Bytes before `buffer`.
    passed: u64,
}

/// The end of a line: how long it is without its end, and with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineEnd {
    pub(super) content: usize,
    pub(super) total: usize,
}

/// Why no more could be read.
pub(super) enum Stuck {
    /// The source failed.
    Failed(io::Error),
    /// The record is longer than [`MAX_RECORD`].
    TooLong,
}

impl<R: Read> Window<R> {
    /// A window at the start of the source, filled with the first chunk.
    pub(super) fn new(source: R) -> Result<Window<R>, Stuck> {
        let mut window = Window {
            source,
            buffer: Vec::new(),
            start: 0,
            filled: 0,
            at_end: false,
            passed: 0,
        };
        while window.filled < CHUNK && !window.at_end {
            window.fill()?;
        }
        Ok(window)
    }

    /// What is in the window, from the record on.
    pub(super) fn seen(&self) -> &[u8] {
        self.buffer.get(self.start..self.filled).unwrap_or_default()
    }

    /// Whether nothing follows what is in the window.
    pub(super) fn at_end(&self) -> bool {
        self.at_end
    }

    /// Bytes of the source before the record.
    pub(super) fn position(&self) -> u64 {
        self.passed + self.start as u64
    }

    /// Bytes held in memory.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.buffer.len()
    }

    /// Bytes that were seen before.
    pub(super) fn slice(&self, from: usize, to: usize) -> &[u8] {
        self.buffer
            .get(self.start + from..self.start + to)
            .unwrap_or_default()
    }

    /// Goes on to the record that starts `length` bytes further.
    pub(super) fn advance(&mut self, length: usize) {
        self.start = (self.start + length).min(self.filled);
    }

    /// The byte at a position; `None` beyond the end.
    pub(super) fn byte(&mut self, at: usize) -> Result<Option<u8>, Stuck> {
        while self.start + at >= self.filled {
            if self.at_end {
                return Ok(None);
            }
            self.fill()?;
        }
        Ok(self.buffer.get(self.start + at).copied())
    }

    /// The distance from a position to the next `byte`; `None` if there is none.
    pub(super) fn find(&mut self, byte: u8, at: usize) -> Result<Option<usize>, Stuck> {
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

    /// The end of the line around a position, measured from there; `None` at the end.
    pub(super) fn line(&mut self, line_end: u8, at: usize) -> Result<Option<LineEnd>, Stuck> {
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
                (rest > 0).then_some(LineEnd {
                    content: rest,
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
            self.passed += self.start as u64;
            self.filled -= self.start;
            self.start = 0;
        }
        if self.buffer.len() < self.filled + CHUNK {
            self.buffer
                .resize((self.filled + CHUNK).max(self.buffer.len() * 2), 0);
        }
        loop {
            match self
                .source
                .read(self.buffer.get_mut(self.filled..).unwrap_or_default())
            {
                Ok(0) => self.at_end = true,
                Ok(n) => self.filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(Stuck::Failed(e)),
            }
            return Ok(());
        }
    }
}
