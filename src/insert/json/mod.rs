//! Streaming readers of JSON lines and of an array of JSON objects.
//!
//! One record is held at a time. Numbers keep the digits they are written with, objects and lists
//! inside a record are their text. In JSON lines what is wrong is refused with its line alone; an
//! array ends where its record can not be told from the next.

mod object;

use super::InsertError;
use super::facts::{Refusal, shown};
use super::records::{
    self, Cells, Format, Found, Kind, ReadOptions, Records, Step, Stuck, Text, Trim, Window,
};
use object::{Keys, Values, Wrong};
use std::collections::HashMap;
use std::io::Read;

/// Records whose keys are the columns.
pub(super) const KEYS_OF: u64 = 10_000;
/// Columns that a frame may have.
const MAX_COLUMNS: usize = 4096;
/// Bytes that the keys of a frame may have together.
const MAX_KEYS: usize = 1 << 20;
/// How deep objects and lists may stand in each other.
const MAX_DEPTH: usize = 128;

/// The columns of a frame, by their keys.
#[derive(Debug, Default)]
pub(super) struct Columns {
    names: Vec<String>,
    places: HashMap<String, usize>,
    /// Bytes of the names.
    bytes: usize,
}

impl Columns {
    /// The place of a key, which is often where the one before it leads to.
    fn place(&self, key: &str, likely: usize) -> Option<usize> {
        match self.names.get(likely) {
            Some(name) if name == key => Some(likely),
            _ => self.places.get(key).copied(),
        }
    }

    fn add(&mut self, key: &str) {
        if !self.places.contains_key(key) {
            self.places.insert(key.to_owned(), self.names.len());
            self.names.push(key.to_owned());
            self.bytes += key.len();
        }
    }
}

/// Where an array is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    /// Behind its opening bracket.
    First,
    /// Behind a record.
    Between,
    End,
}

/// A streaming reader, at a record.
pub(super) struct JsonReader<R> {
    name: String,
    format: Format,
    null_texts: Vec<String>,
    trim: Trim,
    columns: Columns,
    /// Starts at the current record.
    window: Window<R>,
    /// Where the array is; none of JSON lines.
    array: Option<Place>,
    /// The length of the current record, with its end in JSON lines, and the lines that end in it.
    length: usize,
    lines: u64,
    /// The physical line on which the current record starts, from 1.
    line: u64,
    record: u64,
    cells: Cells,
    marks: Vec<bool>,
}

impl JsonReader<Text> {
    /// The columns of a frame: the keys of its first records, in the order in which they appear.
    pub(super) fn columns_of(text: Text, name: &str) -> Result<Columns, InsertError> {
        JsonReader::new(text, name, &ReadOptions::default(), Columns::default())?.keys(KEYS_OF)
    }

    /// The records of a frame with these columns.
    pub(super) fn open(
        text: Text,
        name: &str,
        options: &ReadOptions,
        found: Found,
        columns: Columns,
    ) -> Result<Self, InsertError> {
        let mut reader = JsonReader::new(text, name, options, columns)?;
        reader.format = found.of(reader.format);
        Ok(reader)
    }
}

impl<R: Read> JsonReader<R> {
    fn new(
        source: R,
        name: &str,
        options: &ReadOptions,
        columns: Columns,
    ) -> Result<Self, InsertError> {
        let mut window = Window::new(source).map_err(|stuck| stuck.at(name, 1, TOO_LONG))?;
        if window.seen().starts_with(b"\xef\xbb\xbf") {
            window.advance(3);
        }
        let first = window.seen().iter().find(|b| !b.is_ascii_whitespace());
        let array = (first == Some(&b'[')).then_some(Place::Start);
        let kind = if array.is_some() {
            Kind::Json
        } else {
            Kind::JsonLines
        };
        Ok(JsonReader {
            name: name.to_owned(),
            format: Format::of(kind),
            null_texts: options.null_texts.clone(),
            trim: options.trim,
            columns,
            window,
            array,
            length: 0,
            lines: 0,
            line: 1,
            record: 0,
            cells: Cells::default(),
            marks: Vec::new(),
        })
    }

    /// The keys of the first records.
    fn keys(mut self, most: u64) -> Result<Columns, InsertError> {
        let mut columns = Columns::default();
        let mut wrong = None;
        while self.record < most && self.locate()? {
            let keys = object::read(self.content(), Keys(&mut columns));
            if columns.names.len() > MAX_COLUMNS {
                return Err(self.malformed(format!("more than {MAX_COLUMNS} keys")));
            }
            if columns.bytes > MAX_KEYS {
                let most = MAX_KEYS >> 20;
                return Err(self.malformed(format!(
                    "the keys have more than {most} MiB together; keys name columns"
                )));
            }
            match keys {
                Err(Wrong { ends: true, .. }) if self.record == 1 && self.array.is_none() => {
                    return Err(self.malformed(
                        "an object that goes on in the next line; a data frame is one object a \
                         line, or an array of objects"
                            .into(),
                    ));
                }
                Err(e) => wrong = wrong.or_else(|| Some(self.malformed(e.reason))),
                Ok(()) => {}
            }
        }
        if columns.names.is_empty() {
            return Err(wrong.unwrap_or_else(|| InsertError::Source {
                name: self.name.clone(),
                reason: "holds no record with a key; there is nothing to insert".into(),
            }));
        }
        let mut known = HashMap::new();
        for name in &columns.names {
            if let Some(other) = known.insert(name.trim().to_lowercase(), name) {
                let (name, other) = (shown(name), shown(other));
                return Err(InsertError::Source {
                    name: self.name.clone(),
                    reason: format!(
                        "has the keys {other:?} and {name:?}, which are one column; rename one of \
                         them"
                    ),
                });
            }
        }
        Ok(columns)
    }

    /// The text of the current record.
    fn content(&self) -> &[u8] {
        self.window.slice(0, self.length)
    }

    fn next(&mut self) -> Result<Step, InsertError> {
        if !self.locate()? {
            return Ok(Step::End);
        }
        // Without the end of its line, which would count as one more.
        let content = self.window.slice(0, self.length).trim_ascii_end();
        self.cells.reset(self.columns.names.len());
        self.marks.clear();
        self.marks.resize(self.columns.names.len(), false);
        let values = Values {
            columns: &self.columns,
            null_texts: &self.null_texts,
            trim: self.trim,
            cells: &mut self.cells,
            marks: &mut self.marks,
            likely: 0,
        };
        Ok(match object::read(content, values) {
            Ok(()) => Step::Record,
            Err(wrong) => Step::Refused(Refusal {
                file: None,
                source: None,
                line: Some(self.line + wrong.line),
                record: Some(self.record),
                column: wrong.key,
                value: Some(shown(String::from_utf8_lossy(content).trim_end())),
                reason: wrong.reason,
            }),
        })
    }

    /// Finds the next record.
    fn locate(&mut self) -> Result<bool, InsertError> {
        self.step_over();
        let found = match self.array {
            None => self.locate_line(),
            Some(place) => return self.locate_element(place),
        };
        let found = found.map_err(|stuck| self.stuck(stuck))?;
        self.record += u64::from(found);
        Ok(found)
    }

    fn step_over(&mut self) {
        self.window.advance(self.length);
        self.line += self.lines;
        (self.length, self.lines) = (0, 0);
    }

    fn locate_line(&mut self) -> Result<bool, Stuck> {
        loop {
            let Some(line) = self.window.line(b'\n', 0)? else {
                return Ok(false);
            };
            (self.length, self.lines) = (line.total, 1);
            if !self.content().trim_ascii().is_empty() {
                return Ok(true);
            }
            self.step_over();
        }
    }

    fn locate_element(&mut self, place: Place) -> Result<bool, InsertError> {
        let mut place = place;
        loop {
            let next = self.next_sign().map_err(|stuck| self.stuck(stuck))?;
            let wrong = match (place, next) {
                (Place::Start, Some(b'[')) => {
                    place = self.take_sign(Place::First);
                    continue;
                }
                (Place::First | Place::Between, Some(b']')) => {
                    place = self.take_sign(Place::End);
                    continue;
                }
                (Place::End, None) => return Ok(false),
                (Place::Between, Some(b',')) => {
                    self.take_sign(Place::Between);
                    self.next_sign().map_err(|stuck| self.stuck(stuck))?
                }
                (Place::First, next) => next,
                (Place::End, Some(_)) => {
                    return Err(self.malformed("text behind the end of the array".into()));
                }
                (_, None) => None,
                (_, Some(_)) => {
                    return Err(self.malformed("no comma between two records".into()));
                }
            };
            self.record += 1;
            return match wrong {
                Some(b'{') => self.locate_object().map(|()| true),
                Some(_) => Err(self.malformed(format!(
                    "record {} is no object; a data frame is an array of objects such as \
                     [{{\"id\": 1}}]",
                    self.record
                ))),
                None => Err(self.malformed(ENDS.into())),
            };
        }
    }

    /// Finds the end of the object that starts here.
    fn locate_object(&mut self) -> Result<(), InsertError> {
        let (mut depth, mut at, mut quoted) = (0_usize, 0, false);
        loop {
            let seen = self.window.seen();
            while let Some(byte) = seen.get(at) {
                at += 1;
                match byte {
                    b'\\' if quoted => at += 1,
                    b'"' => quoted = !quoted,
                    _ if quoted => {
                        let rest = seen.get(at..).unwrap_or_default();
                        at += memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                if depth == 0 && !quoted {
                    self.length = at;
                    let content = self.window.slice(0, at);
                    self.lines = memchr::memchr_iter(b'\n', content).count() as u64;
                    self.array = Some(Place::Between);
                    return Ok(());
                }
            }
            match self.window.byte(at) {
                Ok(Some(_)) => {}
                Ok(None) => return Err(self.malformed(ENDS.into())),
                Err(stuck) => return Err(self.stuck(stuck)),
            }
        }
    }

    /// Skips white space: what comes then.
    fn next_sign(&mut self) -> Result<Option<u8>, Stuck> {
        loop {
            let sign = self.window.byte(0)?;
            if !sign.is_some_and(|b| b.is_ascii_whitespace()) {
                return Ok(sign);
            }
            self.line += u64::from(sign == Some(b'\n'));
            self.window.advance(1);
        }
    }

    fn take_sign(&mut self, place: Place) -> Place {
        self.window.advance(1);
        self.array = Some(place);
        place
    }

    fn stuck(&self, stuck: Stuck) -> InsertError {
        stuck.at(&self.name, self.line, TOO_LONG)
    }

    fn malformed(&self, reason: String) -> InsertError {
        InsertError::Malformed {
            name: self.name.clone(),
            line: self.line,
            column: None,
            reason,
        }
    }

    fn nothing_follows(&mut self) -> Result<bool, InsertError> {
        self.step_over();
        let next = self.next_sign().map_err(|stuck| self.stuck(stuck))?;
        Ok(match (self.array, next) {
            (Some(Place::First | Place::Between), Some(b']')) => true,
            (_, next) => next.is_none(),
        })
    }
}

const TOO_LONG: &str = "is a quote left open?";
const ENDS: &str = "the array ends in the middle of its records; was the file copied whole?";

impl Records for JsonReader<Text> {
    fn header(&self) -> &[String] {
        &self.columns.names
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

    fn record(&self) -> u64 {
        self.record
    }

    fn advance(&mut self) -> Result<Step, InsertError> {
        self.next()
    }

    fn fields(&self) -> records::Fields<'_> {
        records::Fields::Cells(&self.cells)
    }

    fn is_done(&mut self) -> Result<bool, InsertError> {
        self.nothing_follows()
    }
}

#[cfg(test)]
mod tests;
