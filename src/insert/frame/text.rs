//! Whether a stream of bytes is text.

use crate::insert::InsertError;

/// Says of a stream of bytes, piece by piece, whether it is UTF-8 text without NUL.
pub(super) struct TextCheck {
    line: u64,
    /// Characters since the line began.
    column: u64,
    /// The start of a character that the last piece cut in two.
    carry: Vec<u8>,
    /// The first bytes, until there are enough to know a byte order mark.
    start: bool,
}

pub(super) struct NotText {
    pub(super) line: u64,
    pub(super) column: u64,
    pub(super) reason: &'static str,
}

impl NotText {
    pub(super) fn of(self, name: &str) -> InsertError {
        InsertError::Malformed {
            name: name.to_owned(),
            line: self.line,
            column: Some(format!("column {}", self.column)),
            reason: self.reason.to_owned(),
        }
    }
}

const NUL: &str = "a NUL byte; this is no text, or a file with holes. Export it as CSV in UTF-8";
const NOT_UTF8: &str =
    "a byte that is not UTF-8; save the file as UTF-8, in spreadsheets \"CSV UTF-8\"";
const UTF16: &str = "the file is UTF-16; save it as UTF-8, in spreadsheets \"CSV UTF-8\"";

impl TextCheck {
    pub(super) fn new() -> TextCheck {
        TextCheck {
            line: 1,
            column: 1,
            carry: Vec::new(),
            start: true,
        }
    }

    pub(super) fn feed(&mut self, piece: &[u8]) -> Result<(), NotText> {
        if self.carry.is_empty() && !self.start {
            return self.check(piece);
        }
        let mut joined = std::mem::take(&mut self.carry);
        joined.extend_from_slice(piece);
        if self.start {
            if joined.len() < 2 {
                self.carry = joined;
                return Ok(());
            }
            self.start = false;
            if joined.starts_with(&[0xff, 0xfe]) || joined.starts_with(&[0xfe, 0xff]) {
                return Err(self.found(UTF16));
            }
        }
        self.check(&joined)
    }

    fn check(&mut self, bytes: &[u8]) -> Result<(), NotText> {
        let nul = memchr::memchr(0, bytes);
        let (text, cut) = match std::str::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(e) => {
                let valid = bytes.get(..e.valid_up_to()).unwrap_or_default();
                (std::str::from_utf8(valid).unwrap_or_default(), Some(e))
            }
        };
        if let Some(nul) = nul.filter(|at| *at < text.len()) {
            self.walk(text.get(..nul).unwrap_or_default());
            return Err(self.found(NUL));
        }
        self.walk(text);
        match cut {
            Some(e) if e.error_len().is_some() => Err(self.found(NOT_UTF8)),
            Some(_) => {
                self.carry
                    .extend_from_slice(bytes.get(text.len()..).unwrap_or_default());
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn walk(&mut self, text: &str) {
        let lines = memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64;
        let tail = text.rsplit('\n').next().unwrap_or_default().chars().count() as u64;
        if lines > 0 {
            self.line += lines;
            self.column = 1;
        }
        self.column += tail;
    }

    fn found(&self, reason: &'static str) -> NotText {
        NotText {
            line: self.line,
            column: self.column,
            reason,
        }
    }

    pub(super) fn finish(&mut self) -> Result<(), NotText> {
        self.start = false;
        let rest = std::mem::take(&mut self.carry);
        self.check(&rest)?;
        if self.carry.is_empty() {
            Ok(())
        } else {
            Err(self.found(NOT_UTF8))
        }
    }
}
