//! A streaming reader of CSV and its cousins.
//!
//! Holds one record at a time, whatever the size of the file. A record whose bounds are
//! known but whose content is wrong (short, long, a stray quote) is refused by itself and
//! reading goes on; what leaves the bounds unknown (an open quote) ends it.

mod dialect;

pub use dialect::Dialect;

use super::InsertError;
use super::facts::{Refusal, shown};
use std::collections::HashSet;
use std::io::Read;

/// Bytes that one record may have.
const MAX_RECORD: usize = 16 << 20;
/// Fields that one record may have.
const MAX_FIELDS: usize = 4096;
/// How much is read at once, and seen by the detection of the dialect.
const CHUNK: usize = 1 << 18;

/// How to read a frame; what is not said is detected or has the usual value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// The delimiter; `None` detects it.
    pub delimiter: Option<u8>,
    /// Unquoted texts that mean NULL, beside the empty one.
    pub null_texts: Vec<String>,
}

/// Where a field of the current record stands.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    quoted: bool,
}

/// One step of reading.
pub(super) enum Step {
    /// A record; ask the reader for its fields.
    Record,
    /// A record that can not be used.
    Refused(Refusal),
    /// There is no more.
    End,
}

/// A streaming reader, at a record.
pub(super) struct CsvReader<R> {
    source: R,
    name: String,
    dialect: Dialect,
    null_texts: Vec<String>,
    header: Vec<String>,
    buffer: Vec<u8>,
    /// Where the next record begins in `buffer`.
    next: usize,
    /// Bytes of `buffer` that are filled.
    filled: usize,
    at_end: bool,
    /// Bytes before `buffer`.
    passed: u64,
    /// The line on which the next record begins.
    next_line: u64,
    /// The line on which the current record begins.
    line: u64,
    /// Records so far, the header not counted.
    record: u64,
    /// The current record's text with quotes resolved, if it had any.
    unquoted: Vec<u8>,
    fields: Vec<Span>,
    current: Current,
}

/// Where the text of the current record stands.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Current {
    Buffer,
    Unquoted,
}

/// What is wrong inside one record.
enum Wrong {
    /// The bounds of the record are known.
    Record(String),
    /// They are not: nothing after it can be trusted.
    Rest { line: u64, reason: String },
}

impl<R: Read> CsvReader<R> {
    /// Reads the header and gets ready for the first record. `name` is for messages.
    pub(super) fn new(source: R, name: &str, options: &CsvOptions) -> Result<Self, InsertError> {
        let mut reader = CsvReader {
            source,
            name: name.to_owned(),
            dialect: Dialect::default(),
            null_texts: options.null_texts.clone(),
            header: Vec::new(),
            buffer: Vec::new(),
            next: 0,
            filled: 0,
            at_end: false,
            passed: 0,
            next_line: 1,
            line: 1,
            record: 0,
            unquoted: Vec::new(),
            fields: Vec::new(),
            current: Current::Buffer,
        };
        while reader.filled < CHUNK && !reader.at_end {
            reader.fill()?;
        }
        let sample = reader.buffer.get(..reader.filled).unwrap_or_default();
        if sample.starts_with(b"\xef\xbb\xbf") {
            reader.next = 3;
        }
        let sample = sample.get(reader.next..).unwrap_or_default();
        reader.dialect = dialect::detect(sample, options.delimiter, reader.at_end);
        reader.read_header()?;
        Ok(reader)
    }

    /// The column names.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// How the file is written.
    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Bytes read of the file.
    pub(super) fn bytes(&self) -> u64 {
        self.passed + self.next as u64
    }

    /// The physical line on which the current record begins.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The number of the current record, from 1.
    pub(super) fn record(&self) -> u64 {
        self.record
    }

    /// A field of the current record; `None` is NULL.
    pub(super) fn field(&self, index: usize) -> Option<&str> {
        let span = self.fields.get(index)?;
        let text = self.text(*span);
        let null = !span.quoted && (text.is_empty() || self.null_texts.iter().any(|n| n == text));
        (!null).then_some(text)
    }

    /// Whether no record follows the current one.
    pub(super) fn is_done(&mut self) -> Result<bool, InsertError> {
        Ok(self.byte(0)?.is_none())
    }

    fn text(&self, span: Span) -> &str {
        let bytes = match self.current {
            Current::Buffer => &self.buffer,
            Current::Unquoted => &self.unquoted,
        };
        // The record was checked as a whole; delimiters are ASCII and never cut a character.
        bytes
            .get(span.start..span.end)
            .and_then(|b| std::str::from_utf8(b).ok())
            .unwrap_or_default()
    }

    /// Goes to the next record.
    pub(super) fn advance(&mut self) -> Result<Step, InsertError> {
        loop {
            let Some(found) = self.locate()? else {
                return Ok(Step::End);
            };
            // A line without anything is no record, unless there is but one column: then
            // it is that column's NULL.
            let blank = self.fields.len() == 1
                && self
                    .fields
                    .first()
                    .is_some_and(|f| !f.quoted && f.start == f.end);
            if blank && self.header.len() != 1 {
                continue;
            }
            self.record += 1;
            let wrong = match found {
                Err(reason) => reason,
                Ok(()) if self.fields.len() == self.header.len() => return Ok(Step::Record),
                Ok(()) => {
                    let (has, wants) = (self.fields.len(), self.header.len());
                    let hint = if has > wants {
                        "a value that contains the delimiter must be quoted"
                    } else {
                        "is a value missing, or a line broken in two?"
                    };
                    format!("{has} fields where the header has {wants}; {hint}")
                }
            };
            let value = self
                .fields
                .iter()
                .map(|f| self.text(*f))
                .collect::<Vec<_>>();
            return Ok(Step::Refused(Refusal {
                line: Some(self.line),
                record: Some(self.record),
                column: None,
                value: Some(shown(
                    &value.join(&char::from(self.dialect.delimiter).to_string()),
                )),
                reason: wrong,
            }));
        }
    }

    fn read_header(&mut self) -> Result<(), InsertError> {
        let nothing = "has no header; the first line must name the columns";
        let found = loop {
            let Some(found) = self.locate()? else {
                return Err(InsertError::Source {
                    name: self.name.clone(),
                    reason: nothing.into(),
                });
            };
            let blank = self.fields.iter().all(|f| !f.quoted && f.start == f.end);
            if !(blank && self.fields.len() == 1) {
                break found;
            }
        };
        found.map_err(|reason| self.malformed(self.line, reason))?;
        let mut header = Vec::new();
        let mut seen = HashSet::new();
        for (i, span) in self.fields.iter().enumerate() {
            let name = self.text(*span).to_owned();
            if name.trim().is_empty() {
                let reason = format!("column {} of the header has no name", i + 1);
                return Err(self.malformed(self.line, reason));
            }
            if !seen.insert(name.to_lowercase()) {
                let reason = format!(
                    "the header names {:?} twice; rename one of them",
                    shown(&name)
                );
                return Err(self.malformed(self.line, reason));
            }
            header.push(name);
        }
        self.header = header;
        Ok(())
    }

    /// Finds the fields of the next record. `Some(Err(reason))`: it is unusable, but ends
    /// where it seems to end.
    fn locate(&mut self) -> Result<Option<Result<(), String>>, InsertError> {
        let Some(line_end) = self.line_at(0)? else {
            return Ok(None);
        };
        self.line = self.next_line;
        self.fields.clear();
        let start = self.next;
        let content = self
            .buffer
            .get(start..start + line_end.content)
            .unwrap_or_default();
        if memchr::memchr(b'"', content).is_some() {
            return self.locate_quoted().map(Some);
        }
        self.current = Current::Buffer;
        let wrong = self.check_text(start, start + line_end.content)?;
        let mut from = start;
        let content = self
            .buffer
            .get(start..start + line_end.content)
            .unwrap_or_default();
        for at in memchr::memchr_iter(self.dialect.delimiter, content) {
            self.fields.push(Span {
                start: from,
                end: start + at,
                quoted: false,
            });
            from = start + at + 1;
        }
        self.fields.push(Span {
            start: from,
            end: start + line_end.content,
            quoted: false,
        });
        self.next = start + line_end.total;
        self.next_line += 1;
        Ok(Some(match wrong {
            Some(reason) => Err(reason),
            None if self.fields.len() > MAX_FIELDS => Err(format!(
                "more than {MAX_FIELDS} fields; is the delimiter right?"
            )),
            None => Ok(()),
        }))
    }

    /// The same for a record with quotes, whose text is put together in `unquoted`.
    fn locate_quoted(&mut self) -> Result<Result<(), String>, InsertError> {
        self.current = Current::Unquoted;
        self.unquoted.clear();
        match self.quoted_record() {
            Ok(Ok((length, lines))) => {
                let whole = self.check_text(self.next, self.next + length)?;
                self.next += length;
                self.next_line += lines;
                Ok(whole.map_or(Ok(()), Err))
            }
            Ok(Err(Wrong::Record(reason))) => {
                // The line is what the record was meant to be, as far as anybody can tell.
                self.fields.clear();
                let line = self.line_at(0)?.unwrap_or(LineEnd {
                    content: 0,
                    total: 0,
                });
                self.current = Current::Buffer;
                let (start, end) = (self.next, self.next + line.content);
                self.fields.push(Span {
                    start,
                    end,
                    quoted: true,
                });
                self.next += line.total;
                self.next_line += 1;
                Ok(Err(reason))
            }
            Ok(Err(Wrong::Rest { line, reason })) => Err(self.malformed(line, reason)),
            Err(e) => Err(e),
        }
    }

    /// Reads the fields of the record at `next`: its length in bytes and lines.
    fn quoted_record(&mut self) -> Result<Result<(usize, u64), Wrong>, InsertError> {
        let delimiter = self.dialect.delimiter;
        let mut at = 0;
        let mut lines = 0;
        loop {
            let start = self.unquoted.len();
            let quoted = self.byte(at)? == Some(b'"');
            if quoted {
                let opened = self.next_line + lines;
                at += 1;
                loop {
                    let Some(run) = self.until_quote(at)? else {
                        let reason = "a quote is opened here and never closed; close it, or \
                                      double the quotes inside a quoted value"
                            .to_owned();
                        return Ok(Err(Wrong::Rest {
                            line: opened,
                            reason,
                        }));
                    };
                    let text = self.buffer.get(self.next + at..self.next + at + run);
                    let text = text.unwrap_or_default();
                    lines += memchr::memchr_iter(self.dialect.line_end, text).count() as u64;
                    self.unquoted.extend_from_slice(text);
                    at += run + 1;
                    if self.byte(at)? != Some(b'"') {
                        break;
                    }
                    self.unquoted.push(b'"');
                    at += 1;
                }
            } else {
                let rest = self.line_at(at)?.map_or(0, |line| line.content);
                let text = self.buffer.get(self.next + at..self.next + at + rest);
                let text = text.unwrap_or_default();
                let end = memchr::memchr(delimiter, text).unwrap_or(text.len());
                let text = text.get(..end).unwrap_or_default();
                if memchr::memchr(b'"', text).is_some() {
                    let field = self.fields.len() + 1;
                    let reason = format!(
                        "a quote inside the unquoted field {field}; quote the whole value and \
                         double the quotes inside it"
                    );
                    return Ok(Err(Wrong::Record(reason)));
                }
                self.unquoted.extend_from_slice(text);
                at += end;
            }
            let end = self.unquoted.len();
            self.fields.push(Span { start, end, quoted });
            if self.fields.len() > MAX_FIELDS {
                let reason = format!("more than {MAX_FIELDS} fields; is the delimiter right?");
                return Ok(Err(Wrong::Rest {
                    line: self.next_line,
                    reason,
                }));
            }
            match self.byte(at)? {
                None => return Ok(Ok((at, lines + 1))),
                Some(b) if b == delimiter => at += 1,
                Some(b) if b == self.dialect.line_end => return Ok(Ok((at + 1, lines + 1))),
                Some(b'\r') if self.byte(at + 1)? == Some(b'\n') => {
                    return Ok(Ok((at + 2, lines + 1)));
                }
                Some(_) => {
                    let reason = format!(
                        "text after the closing quote of field {}; double the quotes inside a \
                         quoted value",
                        self.fields.len()
                    );
                    // After quoted line ends nobody knows where the record was meant to end.
                    let wrong = match lines {
                        0 => Wrong::Record(reason),
                        _ => Wrong::Rest {
                            line: self.next_line,
                            reason,
                        },
                    };
                    return Ok(Err(wrong));
                }
            }
        }
    }

    /// `Some(reason)` if the bytes are not text.
    fn check_text(&self, start: usize, end: usize) -> Result<Option<String>, InsertError> {
        let bytes = self.buffer.get(start..end).unwrap_or_default();
        if memchr::memchr(0, bytes).is_some() {
            return Err(self.malformed(self.line, "a NUL byte; this is no text".into()));
        }
        if std::str::from_utf8(bytes).is_err() {
            return Err(self.malformed(self.line, "a byte that is not UTF-8".into()));
        }
        Ok(None)
    }

    fn malformed(&self, line: u64, reason: String) -> InsertError {
        InsertError::Malformed {
            name: self.name.clone(),
            line,
            column: None,
            reason,
        }
    }
}

/// The end of a line: how long it is without its end, and with it.
#[derive(Clone, Copy)]
struct LineEnd {
    content: usize,
    total: usize,
}

/// The sliding window over the source; positions count from the record at `next`.
impl<R: Read> CsvReader<R> {
    fn byte(&mut self, at: usize) -> Result<Option<u8>, InsertError> {
        while self.next + at >= self.filled {
            if self.at_end {
                return Ok(None);
            }
            self.fill()?;
        }
        Ok(self.buffer.get(self.next + at).copied())
    }

    /// The end of the line around `at`, measured from there; `None` at the end of the source.
    fn line_at(&mut self, at: usize) -> Result<Option<LineEnd>, InsertError> {
        let line_end = self.dialect.line_end;
        Ok(match self.find(line_end, at)? {
            Some(length) => {
                let before = self.next + at + length;
                let crlf =
                    length > 0 && line_end == b'\n' && self.buffer.get(before - 1) == Some(&b'\r');
                Some(LineEnd {
                    content: length - usize::from(crlf),
                    total: length + 1,
                })
            }
            None => {
                let rest = self.filled - self.next - at;
                (rest > 0).then_some(LineEnd {
                    content: rest,
                    total: rest,
                })
            }
        })
    }

    fn until_quote(&mut self, at: usize) -> Result<Option<usize>, InsertError> {
        self.find(b'"', at)
    }

    /// The distance from `at` to the next `byte`, reading on as needed.
    fn find(&mut self, byte: u8, at: usize) -> Result<Option<usize>, InsertError> {
        let mut searched = 0;
        loop {
            let from = self.next + at + searched;
            let window = self.buffer.get(from..self.filled).unwrap_or_default();
            if let Some(found) = memchr::memchr(byte, window) {
                return Ok(Some(searched + found));
            }
            searched += window.len();
            if self.at_end {
                return Ok(None);
            }
            self.fill()?;
        }
    }

    /// Reads more, keeping the record at `next`.
    fn fill(&mut self) -> Result<(), InsertError> {
        if self.filled - self.next > MAX_RECORD {
            let reason = format!(
                "the record that begins here is longer than {} MiB; is a quote left open?",
                MAX_RECORD >> 20
            );
            return Err(self.malformed(self.next_line, reason));
        }
        // Move what is left only when that frees much: otherwise each fill would copy it again.
        if self.next > CHUNK / 2 || (self.next > 0 && self.next == self.filled) {
            self.buffer.copy_within(self.next..self.filled, 0);
            self.passed += self.next as u64;
            self.filled -= self.next;
            self.next = 0;
        }
        if self.buffer.len() < self.filled + CHUNK {
            self.buffer
                .resize((self.filled + CHUNK).max(self.buffer.len() * 2), 0);
        }
        loop {
            let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
            match self.source.read(room) {
                Ok(0) => self.at_end = true,
                Ok(n) => self.filled += n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(e) => {
                    let reason = format!("can not be read on: {e}");
                    return Err(InsertError::Source {
                        name: self.name.clone(),
                        reason,
                    });
                }
            }
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests;
