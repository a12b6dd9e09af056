//! A streaming reader of CSV and its cousins.
//!
//! Holds one record at a time, whatever the size of the file. A record whose bounds are
//! known but whose content is wrong (short, long, a stray quote) is refused by itself and
//! reading goes on; what leaves the bounds unknown (an open quote) ends it.

mod anew;
mod dialect;
mod escapes;

use super::InsertError;
use super::facts::{Refusal, shown};
use super::records::{self, Format, Found, Kind, ReadOptions, Records, Step, Text, Trim};
use super::records::{LineEnd, Stuck, Window};
use crate::value::words::count;
pub(super) use anew::anew;
use dialect::Dialect;
use std::io::Read;

/// The last line of an export.
const END: &[u8] = b"\\.";

/// Fields that one record may have.
const MAX_FIELDS: usize = 4096;

/// A streaming reader, at a record.
pub(super) struct CsvReader<R> {
    name: String,
    dialect: Dialect,
    format: Format,
    null_texts: Vec<String>,
    trim: Trim,
    escapes: bool,
    header: Vec<String>,
    /// Starts at the current record.
    window: Window<R>,
    /// The current record's length with its end, in bytes and in lines.
    length: usize,
    lines: u64,
    /// The physical line on which the current record starts, from 1.
    line: u64,
    /// The number of the current record, from 1, the header not counted.
    record: u64,
    fields: Vec<Span>,
    /// The current record as it stands, and behind it the fields that hold quotes, resolved.
    text: String,
    /// These fields while the record is looked for.
    resolved: Vec<u8>,
}

/// Where a field stands in the text of the current record.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    quoted: bool,
    /// Behind the record, not in it.
    resolved: bool,
}

impl Span {
    /// A field without quotes, where it stands.
    fn plain(start: usize, end: usize) -> Span {
        Span {
            start,
            end,
            quoted: false,
            resolved: false,
        }
    }
}

/// A field that is NULL whatever it says: there is no such text.
const NULL: Span = Span {
    start: 1,
    end: 0,
    quoted: false,
    resolved: false,
};

/// The fields of a record.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    text: &'a str,
    spans: &'a [Span],
    null_texts: &'a [String],
}

impl<'a> Fields<'a> {
    /// A field; `None` is NULL.
    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&'a str> {
        let span = self.spans.get(index)?;
        let text = self.text.get(span.start..span.end)?;
        // What is escaped is no sign of NULL.
        let means = || !span.resolved && self.null_texts.iter().any(|n| n == text);
        let null = !span.quoted && (text.is_empty() || means());
        (!null).then_some(text)
    }
}

/// What stands behind a field.
enum Behind {
    Delimiter,
    /// The end of the record, which has so many bytes.
    End(usize),
    /// What belongs to no field.
    Text,
}

/// What keeps a record from being read.
enum Wrong {
    /// It can not be used, but it ends where its line ends.
    Record(String),
    /// Nothing after it can be trusted.
    Rest { line: u64, reason: String },
    /// There is no more to be had.
    Stuck(Stuck),
}

impl From<Stuck> for Wrong {
    fn from(stuck: Stuck) -> Wrong {
        Wrong::Stuck(stuck)
    }
}

impl<R: Read> CsvReader<R> {
    /// Reads the header and gets ready for the first record. `name` is for messages.
    pub(super) fn new(source: R, name: &str, options: &ReadOptions) -> Result<Self, InsertError> {
        CsvReader::over(Window::new(source), name, options)
    }

    fn over(
        window: Result<Window<R>, Stuck>,
        name: &str,
        options: &ReadOptions,
    ) -> Result<Self, InsertError> {
        if let Some(no @ (b'"' | b'\r' | b'\n' | 0 | 0x80..)) = options.delimiter {
            let reason = format!("the byte {no} can not be a delimiter");
            return Err(InsertError::Source {
                name: name.to_owned(),
                reason,
            });
        }
        if options.escapes && options.delimiter == Some(b'\\') {
            return Err(InsertError::Source {
                name: name.to_owned(),
                reason: "a backslash can not be the separator where it escapes".into(),
            });
        }
        let mut window = window.map_err(|stuck| unreadable(name, 1, stuck))?;
        if window.seen().starts_with(b"\xef\xbb\xbf") {
            window.advance(3);
        }
        let line_end = dialect::line_end(window.seen());
        // A first line that names the separator is none of the table.
        let named = dialect::named(window.seen()).filter(|_| options.skip_lines == 0);
        let above = if named.is_some() {
            1
        } else {
            options.skip_lines
        };
        let skipped = window.skip(line_end, above);
        let skipped = skipped.map_err(|stuck| unreadable(name, 1, stuck))?;
        let (sample, complete) = (window.seen(), window.at_end());
        let delimiter = options.delimiter.or(named);
        let mut dialect = dialect::detect(sample, delimiter, options.quote, complete);
        // The quotes of a text export are signs like others.
        let is_export = options.escapes && options.quote.is_none();
        if is_export && (dialect.delimiter == b'\t' || !dialect::begins_quoted(sample, line_end)) {
            dialect.quote = 0;
        }
        let preamble = match above {
            0 => dialect::preamble(sample, delimiter, dialect, complete),
            _ => 0,
        };
        let mut reader = CsvReader {
            name: name.to_owned(),
            dialect,
            format: Format {
                delimiter: Some(dialect.delimiter),
                quote: Some(dialect.quote),
                header: Some(options.header != Some(false)),
                escapes: options.escapes,
                skipped,
                preamble,
                ..Format::of(Kind::Csv)
            },
            null_texts: options.null_texts.clone(),
            trim: options.trim,
            escapes: options.escapes,
            header: Vec::new(),
            window,
            length: 0,
            lines: 0,
            line: 1 + skipped,
            record: 0,
            fields: Vec::new(),
            text: String::new(),
            resolved: Vec::new(),
        };
        match options.header {
            Some(false) => reader.number_columns()?,
            _ => reader.read_header()?,
        }
        Ok(reader)
    }

    /// The fields of the current record, for whoever asks for all of them.
    fn values(&self) -> Fields<'_> {
        Fields {
            text: &self.text,
            spans: &self.fields,
            null_texts: &self.null_texts,
        }
    }

    fn nothing_follows(&mut self) -> Result<bool, InsertError> {
        let next = self.window.byte(self.length);
        Ok(next
            .map_err(|stuck| unreadable(&self.name, self.line, stuck))?
            .is_none())
    }

    fn next(&mut self) -> Result<Step, InsertError> {
        loop {
            let Some(found) = self.locate()? else {
                return Ok(Step::End);
            };
            // A line without anything is no record, unless there is but one column: then
            // it is that column's NULL, or the empty text of an export.
            if self.is_blank() && self.header.len() != 1 {
                continue;
            }
            self.record += 1;
            let (has, wants) = (self.fields.len(), self.header.len());
            let fields = || count(has as u64, "field", "fields");
            let reason = match found {
                Err(reason) => reason,
                Ok(()) if has == wants => return Ok(Step::Record),
                Ok(()) if has > wants => format!(
                    "{} where the header has {wants}; a value that contains the \
                     delimiter must be quoted",
                    fields()
                ),
                Ok(()) => format!(
                    "{} where the header has {wants}; is a value missing, or a line \
                     broken in two?",
                    fields()
                ),
            };
            let values: Vec<&str> = self.fields.iter().map(|f| self.text(*f)).collect();
            return Ok(Step::Refused(Refusal {
                file: None,
                source: None,
                line: Some(self.line),
                record: Some(self.record),
                column: None,
                value: Some(shown(
                    &values.join(&char::from(self.dialect.delimiter).to_string()),
                )),
                reason,
            }));
        }
    }

    /// Names the columns by their place, and stays before the first record.
    fn number_columns(&mut self) -> Result<(), InsertError> {
        let one = self.has_one_column();
        let one = one.map_err(|stuck| unreadable(&self.name, self.line, stuck))?;
        let mut width = usize::from(one);
        while width == 0 && self.locate()?.is_some() {
            width = if self.is_blank() {
                0
            } else {
                self.fields.len()
            };
        }
        if width == 0 {
            return Err(self.malformed(self.line, "there is no row".into()));
        }
        self.header = (1..=width).map(|n| format!("column{n}")).collect();
        (self.length, self.lines) = (0, 0);
        Ok(())
    }

    fn read_header(&mut self) -> Result<(), InsertError> {
        let found = loop {
            match self.locate()? {
                Some(_) if self.is_blank() => {}
                Some(found) => break found,
                None => {
                    let reason = "has no header; the first line must name the columns".into();
                    return Err(InsertError::Source {
                        name: self.name.clone(),
                        reason,
                    });
                }
            }
        };
        found.map_err(|reason| self.malformed(self.line, reason))?;
        let header = self.fields.iter().map(|span| self.text(*span).to_owned());
        let mut header: Vec<String> = header.collect();
        records::name_columns(&mut header);
        if let Some(reason) = records::header_fault(&header, &self.format) {
            return Err(self.malformed(self.line, reason));
        }
        self.header = header;
        Ok(())
    }

    /// Whether the current record is an empty line.
    fn is_blank(&self) -> bool {
        let is_export = self.escapes && self.dialect.quote == 0;
        let empty = |only: &Span| only.start == only.end && (!only.quoted || is_export);
        matches!(self.fields.as_slice(), [only] if empty(only))
    }

    fn text(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Finds the next record and its fields. `Some(Err(reason))`: it can not be used.
    fn locate(&mut self) -> Result<Option<Result<(), String>>, InsertError> {
        self.window.advance(self.length);
        self.line += self.lines;
        (self.length, self.lines) = (0, 0);
        self.fields.clear();
        self.resolved.clear();
        let located = self.window.line(self.dialect.line_end, 0);
        let line = match located {
            Ok(Some(line)) if self.escapes && self.window.slice(0, line.content) == END => {
                self.ends_there(line)?;
                return Ok(None);
            }
            Ok(Some(line)) => line,
            Ok(None) => return Ok(None),
            Err(stuck) => return Err(unreadable(&self.name, self.line, stuck)),
        };
        let quote = memchr::memchr(self.dialect.quote, self.window.slice(0, line.content));
        let found = match quote {
            _ if self.escapes => self.locate_escaped(),
            Some(quote) => self.locate_quoted(line, quote),
            None => self.locate_plain(line),
        };
        let found = match found {
            Ok(()) => Ok(()),
            Err(Wrong::Record(reason)) => {
                self.take_line(line);
                Err(reason)
            }
            Err(Wrong::Rest { line, reason }) => return Err(self.malformed(line, reason)),
            Err(Wrong::Stuck(stuck)) => return Err(unreadable(&self.name, self.line, stuck)),
        };
        let bytes = self.window.slice(0, self.length);
        if memchr::memchr(0, bytes).is_some() {
            return Err(self.malformed(self.line, "a NUL byte; this is no text".into()));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                self.text.clear();
                self.text.push_str(text);
            }
            Err(e) => return Err(self.not_utf8(e.valid_up_to())),
        }
        if !self.resolved.is_empty() {
            // What cuts it is ASCII and never cuts a character.
            self.text.push_str(&String::from_utf8_lossy(&self.resolved));
            for field in self.fields.iter_mut().filter(|field| field.resolved) {
                field.start += self.length;
                field.end += self.length;
            }
        }
        if self.trim != Trim::No {
            self.trim_fields();
        }
        Ok(Some(found))
    }

    /// Takes the blanks around the fields away.
    fn trim_fields(&mut self) {
        let mut fields = std::mem::take(&mut self.fields);
        let all = self.trim == Trim::All;
        let is_text = |field: &&mut Span| (all || !field.quoted) && field.start <= field.end;
        for field in fields.iter_mut().filter(is_text) {
            let text = self.text(*field);
            let kept = text.trim_start();
            field.start += text.len() - kept.len();
            field.end = field.start + kept.trim_end().len();
        }
        self.fields = fields;
    }

    /// Takes the whole line for the record's only field: as far as anybody can tell, it is
    /// what the record was meant to be.
    fn take_line(&mut self, line: LineEnd) {
        self.fields.clear();
        self.fields.push(Span {
            quoted: true,
            ..Span::plain(0, line.content)
        });
        (self.length, self.lines) = (line.total, 1);
    }

    /// The fields of a line without quotes.
    fn locate_plain(&mut self, line: LineEnd) -> Result<(), Wrong> {
        let last = self.split(line.content);
        self.fields.push(Span::plain(last, line.content));
        (self.length, self.lines) = (line.total, 1);
        match self.fields.len() > MAX_FIELDS {
            true => Err(Wrong::Record(too_many_fields())),
            false => Ok(()),
        }
    }

    /// The fields up to a position, without quotes; where the one begins that goes beyond it.
    fn split(&mut self, to: usize) -> usize {
        let mut start = 0;
        for end in memchr::memchr_iter(self.dialect.delimiter, self.window.slice(0, to)) {
            self.fields.push(Span::plain(start, end));
            start = end + 1;
        }
        start
    }

    /// The fields of a record whose first quote, at a position, is in this line.
    fn locate_quoted(&mut self, line: LineEnd, quote: usize) -> Result<(), Wrong> {
        let mut at = self.split(quote);
        loop {
            // Blanks around the quotes, where blanks do not count.
            let before = self.blanks(at)?;
            let quoted = self.window.byte(at + before)? == Some(self.dialect.quote);
            at = if quoted {
                let behind = self.quoted(at + before, line)?;
                behind + self.blanks(behind)?
            } else {
                self.plain(at)?
            };
            match self.behind(at)? {
                Behind::Delimiter => at += 1,
                Behind::End(end) => {
                    self.length = at + end;
                    self.lines += 1;
                    return Ok(());
                }
                Behind::Text => {
                    let reason = format!(
                        "text after the closing quote of field {}; double the quotes inside a \
                         quoted value",
                        self.fields.len()
                    );
                    return Err(self.wrong(reason));
                }
            }
        }
    }

    /// What stands behind a field, at a position.
    fn behind(&mut self, at: usize) -> Result<Behind, Wrong> {
        if self.fields.len() > MAX_FIELDS {
            return Err(Wrong::Rest {
                line: self.line,
                reason: too_many_fields(),
            });
        }
        let Dialect {
            delimiter,
            line_end,
            ..
        } = self.dialect;
        Ok(match self.window.byte(at)? {
            None => Behind::End(0),
            Some(b) if b == delimiter => Behind::Delimiter,
            Some(b) if b == line_end => Behind::End(1),
            Some(b'\r') => match self.window.byte(at + 1)? {
                Some(b) if b == line_end => Behind::End(2),
                None => Behind::End(1),
                Some(_) => Behind::Text,
            },
            Some(_) => Behind::Text,
        })
    }

    /// Adds the quoted field whose opening quote is at a position: the position behind it.
    fn quoted(&mut self, at: usize, first: LineEnd) -> Result<usize, Wrong> {
        let opened = self.line + self.lines;
        let mut at = at + 1;
        let (start, resolved) = (at, self.resolved.len());
        loop {
            let Some(run) = self.window.find(self.dialect.quote, at)? else {
                let reason = "a quote is opened here and never closed; close it, or double the \
                              quotes inside a quoted value";
                return Err(Wrong::Rest {
                    line: opened,
                    reason: reason.into(),
                });
            };
            let end = at + run;
            if end > first.content {
                let text = self.window.slice(at, end);
                self.lines += memchr::memchr_iter(self.dialect.line_end, text).count() as u64;
            }
            if self.window.byte(end + 1)? != Some(self.dialect.quote) {
                let holds_quotes = self.resolved.len() > resolved;
                if holds_quotes {
                    let rest = self.window.slice(at, end);
                    self.resolved.extend_from_slice(rest);
                }
                let (start, end_of) = match holds_quotes {
                    true => (resolved, self.resolved.len()),
                    false => (start, end),
                };
                self.fields.push(Span {
                    start,
                    end: end_of,
                    quoted: true,
                    resolved: holds_quotes,
                });
                return Ok(end + 1);
            }
            // One of the two quotes.
            let text = self.window.slice(at, end + 1);
            self.resolved.extend_from_slice(text);
            at = end + 2;
        }
    }

    /// How many blanks are at a position, where they do not count.
    fn blanks(&mut self, at: usize) -> Result<usize, Wrong> {
        let mut blanks = 0;
        while self.trim != Trim::No {
            match self.window.byte(at + blanks)? {
                Some(b @ (b' ' | b'\t')) if b != self.dialect.delimiter => blanks += 1,
                _ => break,
            }
        }
        Ok(blanks)
    }

    /// Adds the unquoted field at a position: the position behind it.
    fn plain(&mut self, at: usize) -> Result<usize, Wrong> {
        let Dialect {
            delimiter,
            quote,
            line_end,
        } = self.dialect;
        let (mut end, what) = self.window.find_any([delimiter, quote, line_end], at)?;
        if what == Some(quote) {
            return Err(self.wrong(format!(
                "a quote inside the unquoted field {}; quote the whole value and double the \
                 quotes inside it",
                self.fields.len() + 1
            )));
        }
        // The last line may be cut off in the middle of its end.
        if what != Some(delimiter) && line_end == b'\n' {
            let text = self.window.slice(at, at + end);
            end = text.strip_suffix(b"\r").unwrap_or(text).len();
        }
        self.fields.push(Span::plain(at, at + end));
        Ok(at + end)
    }

    /// What is wrong with a record that is read: after quoted line ends nobody knows where it was
    /// meant to end.
    fn wrong(&self, reason: String) -> Wrong {
        match self.lines {
            0 => Wrong::Record(reason),
            _ => Wrong::Rest {
                line: self.line,
                reason,
            },
        }
    }

    /// The error of a byte of the current record.
    fn not_utf8(&self, at: usize) -> InsertError {
        let before = self.window.slice(0, at);
        let lines = memchr::memchr_iter(b'\n', before).count() as u64;
        let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        let column = self.window.slice(start, at).utf8_chunks();
        let column = column.map(|c| c.valid().chars().count()).sum::<usize>();
        InsertError::Malformed {
            name: self.name.clone(),
            line: self.line + lines,
            column: Some(format!("column {}", column + 1)),
            reason: "a byte that is not UTF-8; save the file as UTF-8, or say under encoding how \
                     its characters are written, such as windows-1252"
                .into(),
        }
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

impl CsvReader<Text> {
    /// Reads the header of a frame.
    pub(super) fn open(
        mut text: Text,
        name: &str,
        options: &ReadOptions,
        found: Found,
    ) -> Result<Self, InsertError> {
        let window = Window::behind(text.begun(), text);
        let mut reader = CsvReader::over(window, name, options)?;
        reader.format = found.of(reader.format);
        Ok(reader)
    }
}

impl Records for CsvReader<Text> {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn format(&self) -> &Format {
        &self.format
    }

    fn bytes(&self) -> u64 {
        self.window.source().taken()
    }

    fn line(&self) -> Option<u64> {
        Some(self.line)
    }

    fn breaks(&self) -> u64 {
        self.lines.saturating_sub(1)
    }

    fn record(&self) -> u64 {
        self.record
    }

    fn advance(&mut self) -> Result<Step, InsertError> {
        self.next()
    }

    fn fields(&self) -> records::Fields<'_> {
        records::Fields::Csv(self.values())
    }

    fn text(&self) -> Option<&str> {
        let text = self.text.get(..self.length)?;
        Some(text.trim_end_matches(['\r', '\n']))
    }

    fn is_done(&mut self) -> Result<bool, InsertError> {
        self.nothing_follows()
    }
}

fn too_many_fields() -> String {
    format!("more than {MAX_FIELDS} fields; is the delimiter right?")
}

fn unreadable(name: &str, line: u64, stuck: Stuck) -> InsertError {
    stuck.at(name, line, "is a quote left open?")
}

#[cfg(test)]
mod tests;
