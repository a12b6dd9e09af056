//! Whether a stream of bytes can be a data frame: text, or a format that its first bytes name.

use crate::insert::InsertError;
use crate::insert::records::is_binary;

/// First bytes that are looked at.
const START: usize = 8;

/// Says of a stream of bytes, piece by piece, whether it is text without NUL. How characters are
/// written is found out when it is read, and formats that are no text check themselves.
#[derive(Debug)]
pub(super) struct TextCheck {
    line: u64,
    /// Characters since the line began.
    column: u64,
    /// The first bytes, until there are enough to know what they begin.
    start: Option<Vec<u8>>,
    binary: bool,
}

/// Where the first NUL is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotText {
    pub(super) line: u64,
    pub(super) column: u64,
}

impl NotText {
    pub(super) fn of(self, name: &str) -> InsertError {
        InsertError::Malformed {
            name: name.to_owned(),
            line: self.line,
            column: Some(format!("column {}", self.column)),
            reason: "a NUL byte; this is no text, or a file with holes. Export it in a format \
                     that is read: CSV, JSON, Excel, Parquet"
                .to_owned(),
        }
    }
}

impl TextCheck {
    pub(super) fn new() -> TextCheck {
        TextCheck {
            line: 1,
            column: 1,
            start: Some(Vec::new()),
            binary: false,
        }
    }

    pub(super) fn feed(&mut self, piece: &[u8]) -> Result<(), NotText> {
        let Some(mut start) = self.start.take() else {
            return self.check(piece);
        };
        if start.is_empty() && piece.len() >= START {
            return self.begin(piece);
        }
        start.extend_from_slice(piece);
        if start.len() < START {
            self.start = Some(start);
            return Ok(());
        }
        self.begin(&start)
    }

    pub(super) fn finish(&mut self) -> Result<(), NotText> {
        let start = self.start.take().unwrap_or_default();
        self.begin(&start)
    }

    fn begin(&mut self, start: &[u8]) -> Result<(), NotText> {
        self.binary = self.binary || is_binary(start);
        self.check(start)
    }

    fn check(&mut self, bytes: &[u8]) -> Result<(), NotText> {
        if self.binary {
            return Ok(());
        }
        match memchr::memchr(0, bytes) {
            Some(nul) => {
                self.walk(bytes.get(..nul).unwrap_or_default());
                Err(NotText {
                    line: self.line,
                    column: self.column,
                })
            }
            None => {
                self.walk(bytes);
                Ok(())
            }
        }
    }

    fn walk(&mut self, bytes: &[u8]) {
        self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
        let tail = match memchr::memrchr(b'\n', bytes) {
            Some(end) => {
                self.column = 1;
                bytes.get(end + 1..).unwrap_or_default()
            }
            None => bytes,
        };
        // A character counts once, by its first byte.
        self.column += tail.iter().filter(|b| **b & 0xc0 != 0x80).count() as u64;
    }
}
