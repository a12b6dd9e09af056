//! Rows that a person fixed or left out, kept beside the untouched frame.
//!
//! A patch names rows by their number and cells by their column, with what they said and what
//! they are to say. It is kept as a file of its own under its content hash; what is inserted is
//! the frame with the patch over it, known by both hashes.

use super::records::{self, ReadOptions, Records, Step, Trim};
use super::types::Field;
use super::{Cancel, Frame, FrameStore, HASHED, InsertError};
use crate::value::near;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Read;

/// Rows that one patch may hold.
pub const MOST_ROWS: usize = 10_000;
/// The longest value that is fixed, in bytes.
pub const LONGEST: usize = 4096;
/// The largest file of a patch, in bytes; so many its cells have, too.
pub(super) const LARGEST: u64 = 16 << 20;
/// What a cell takes beside its texts, in bytes.
pub(super) const CELL: usize = 64;
/// What is said of more than that.
pub(super) const TOO_MUCH: &str =
    "would hold more than 16 MB of fixed cells; correct the file itself";

/// What stands instead of what a frame says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Patch {
    /// The hash of the frame that it is for.
    pub frame: String,
    /// How that was read: read otherwise other rows have its numbers.
    pub reading: Reading,
    /// Its rows, by their number.
    pub rows: Vec<PatchedRow>,
}

/// How a frame is read, as far as the numbers of its rows hang on it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reading {
    header: Option<bool>,
    sheet: Option<String>,
    separator: Option<u8>,
    quote: Option<u8>,
    encoding: Option<String>,
    trim: Trim,
    #[serde(default, skip_serializing_if = "is_none")]
    skip_lines: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    escapes: bool,
}

fn is_none(lines: &u64) -> bool {
    *lines == 0
}

impl Reading {
    /// How these records are read, found out or said.
    pub(super) fn of(records: &dyn Records, options: &ReadOptions) -> Reading {
        let format = records.format();
        Reading {
            header: format.header,
            sheet: format.sheet.clone(),
            separator: format.delimiter,
            quote: format.quote,
            encoding: format.encoding.map(|encoding| encoding.to_string()),
            trim: options.trim,
            skip_lines: format.skipped,
            escapes: format.escapes,
        }
    }
}

/// A row of a patch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PatchedRow {
    /// The number of the row, from 1.
    pub record: u64,
    /// The physical line, where there are lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The file, of a frame that is made of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// It is left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dropped: bool,
    /// The cells that say something else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<PatchedCell>,
}

/// A cell of a patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatchedCell {
    /// Its column in the frame.
    pub column: String,
    /// What it said, as far as it could be read; none for NULL.
    pub old: Option<String>,
    /// What it says; none for NULL.
    pub new: Option<String>,
}

/// What a person wants of a row.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Fixed {
    /// The number of the row, from 1.
    pub record: u64,
    /// It is left out.
    pub dropped: bool,
    /// What its cells are to say, by the column of the frame; none is NULL. Without any the row
    /// is again what it was.
    pub cells: BTreeMap<String, Option<String>>,
}

/// A row as the frame has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawRow {
    /// The number of the row, from 1.
    pub record: u64,
    /// The physical line, where there are lines.
    pub line: Option<u64>,
    /// The file, of a frame that is made of several.
    pub file: Option<String>,
    /// Its values, as text; none where it can not be told into cells.
    pub values: Option<Vec<Option<String>>>,
}

impl Patch {
    /// The patch under this hash.
    pub fn open(store: &FrameStore, hash: &str) -> Result<Patch, InsertError> {
        let failed = |reason: &str| InsertError::Source {
            name: "the patch".to_owned(),
            reason: format!("{reason}; fix the rows again"),
        };
        let kept = store.open(hash).map_err(|_| failed("is gone"))?;
        if kept.bytes > LARGEST {
            return Err(failed("is no patch"));
        }
        let mut bytes = Vec::new();
        let read = kept.read()?.take(LARGEST).read_to_end(&mut bytes);
        read.map_err(|_| failed("can not be read"))?;
        let patch: Patch = serde_json::from_slice(&bytes).map_err(|_| failed("is no patch"))?;
        let ascends = patch.rows.is_sorted_by(|a, b| a.record < b.record);
        match ascends && patch.rows.len() <= MOST_ROWS {
            true => Ok(patch),
            false => Err(failed("is no patch")),
        }
    }

    /// Its file; refused where [`Patch::open`] would not take it.
    pub fn to_text(&self) -> Result<String, InsertError> {
        let failed = |reason: String| InsertError::Source {
            name: "the patch".to_owned(),
            reason,
        };
        let text = serde_json::to_string(self).map_err(|error| failed(error.to_string()))?;
        match text.len() as u64 <= LARGEST {
            true => Ok(text),
            false => Err(failed(TOO_MUCH.to_owned())),
        }
    }

    /// Whether it is for this captured frame, read like this.
    pub fn fits(&self, frame: &Frame, options: &ReadOptions) -> Result<bool, InsertError> {
        Ok(self.frame == frame.hash
            && self.reading == Reading::of(records::open(frame, options)?.as_ref(), options))
    }

    /// How many rows it changes, and how many it leaves out.
    pub fn count(&self) -> (u64, u64) {
        let dropped = self.rows.iter().filter(|row| row.dropped).count() as u64;
        (self.rows.len() as u64 - dropped, dropped)
    }

    /// What it does, in words: `2 rows changed, 1 left out`.
    pub fn words(&self) -> String {
        let (changed, dropped) = self.count();
        let rows = |n: u64| if n == 1 { "row" } else { "rows" };
        match (changed, dropped) {
            (changed, 0) => format!("{changed} {} changed", rows(changed)),
            (0, dropped) => format!("{dropped} {} left out", rows(dropped)),
            (changed, dropped) => {
                format!("{changed} {} changed, {dropped} left out", rows(changed))
            }
        }
    }

    /// The patch with these rows in the place of what it says of them. What they said is read
    /// from the frame itself.
    pub fn fixed(
        mut self,
        frame: &Frame,
        options: &ReadOptions,
        wanted: &[Fixed],
        cancel: &Cancel,
    ) -> Result<Patch, InsertError> {
        let refuse = |reason: String| InsertError::Source {
            name: frame.name.clone(),
            reason,
        };
        let mut rows: Vec<&Fixed> = wanted.iter().collect();
        rows.sort_by_key(|row| row.record);
        rows.dedup_by_key(|row| row.record);
        self.rows.retain(|row| {
            rows.binary_search_by_key(&row.record, |r| r.record)
                .is_err()
        });
        let mut source = records::open(frame, options)?;
        self.reading = Reading::of(source.as_ref(), options);
        let columns = source.header().to_vec();
        let numbers: Vec<u64> = rows.iter().map(|row| row.record).collect();
        let mut wanted = rows.into_iter();
        let mut bytes = 0;
        each_row(source.as_mut(), frame, &numbers, cancel, &mut |found| {
            let Some(want) = wanted.next() else {
                return Ok(false);
            };
            if want.record != found.record {
                return Err(refuse(format!("has no row {}", want.record)));
            }
            let row = patched(want, found, &columns).map_err(refuse)?;
            let cells = row.cells.iter();
            bytes += cells.map(PatchedCell::bytes).sum::<u64>();
            if bytes > LARGEST {
                return Err(refuse(TOO_MUCH.to_owned()));
            }
            if row.dropped || !row.cells.is_empty() {
                self.rows.push(row);
            }
            Ok(true)
        })?;
        if let Some(want) = wanted.next() {
            return Err(refuse(format!("has no row {}", want.record)));
        }
        self.rows.sort_by_key(|row| row.record);
        match self.rows.len() <= MOST_ROWS {
            true => Ok(self),
            false => Err(refuse(format!(
                "has more than {MOST_ROWS} rows to correct; correct the file itself"
            ))),
        }
    }
}

impl PatchedCell {
    fn bytes(&self) -> u64 {
        let texts = [Some(&self.column), self.old.as_ref(), self.new.as_ref()];
        texts
            .into_iter()
            .flatten()
            .map(|text| text.len() as u64)
            .sum()
    }
}

/// What is kept of a row; what is wrong with what is wanted of it.
fn patched(want: &Fixed, found: RawRow, columns: &[String]) -> Result<PatchedRow, String> {
    let line = found.line.unwrap_or(found.record);
    let mut row = PatchedRow {
        record: found.record,
        line: found.line,
        file: found.file,
        dropped: want.dropped,
        cells: Vec::new(),
    };
    for (column, new) in want.cells.iter().filter(|_| !want.dropped) {
        let at = columns.iter().position(|name| name == column);
        let at = at.ok_or_else(|| {
            let hint = near::did_you_mean(column, columns.iter().map(String::as_str));
            format!("has no column {column:?}{hint}")
        })?;
        if new.as_ref().is_some_and(|text| text.len() > LONGEST) {
            return Err(format!(
                "line {line}, {column}: a value that is fixed has at most {LONGEST} bytes"
            ));
        }
        let old = found.values.as_ref().and_then(|values| values.get(at));
        // Of a row that is no row every cell is new.
        if old == Some(new) {
            continue;
        }
        row.cells.push(PatchedCell {
            column: column.clone(),
            old: old.cloned().flatten().map(|text| cut(text, LONGEST)),
            new: new.clone(),
        });
    }
    Ok(row)
}

/// No more than so many bytes of a text.
fn cut(mut text: String, most: usize) -> String {
    let mut ends = (0..=most.min(text.len())).rev();
    let end = ends.find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or(0));
    text
}

/// Rows of a frame, and the names of its columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawRows {
    /// The columns of the frame.
    pub columns: Vec<String>,
    /// The rows, in their order.
    pub rows: Vec<RawRow>,
}

/// The rows of these numbers, which ascend, as the frame has them, without a query: until they
/// have so many bytes, and long values as far as one can see that they are too long.
pub fn raw_rows(
    frame: &Frame,
    options: &ReadOptions,
    numbers: &[u64],
    most: usize,
    cancel: &Cancel,
) -> Result<RawRows, InsertError> {
    let mut records = records::open(frame, options)?;
    let mut found = RawRows {
        columns: records.header().to_vec(),
        rows: Vec::new(),
    };
    let mut bytes = 0;
    each_row(records.as_mut(), frame, numbers, cancel, &mut |row| {
        let texts = row.values.iter().flatten();
        bytes += texts
            .map(|text| CELL + text.as_ref().map_or(0, String::len))
            .sum::<usize>();
        let fits = bytes <= most || found.rows.is_empty();
        if fits {
            found.rows.push(row);
        }
        Ok(fits)
    })?;
    Ok(found)
}

/// Gives on each of these rows, until that says no.
fn each_row(
    records: &mut dyn Records,
    frame: &Frame,
    numbers: &[u64],
    cancel: &Cancel,
    to: &mut dyn FnMut(RawRow) -> Result<bool, InsertError>,
) -> Result<(), InsertError> {
    let files = frame.file_names();
    let wide = records.header().len();
    let mut wanted = numbers.iter().peekable();
    while let Some(next) = wanted.peek().copied() {
        cancel.check()?;
        let step = records.advance()?;
        if matches!(step, Step::End) {
            break;
        }
        let record = records.record();
        while wanted.next_if(|number| **number < record).is_some() {}
        if record < *next || wanted.next_if_eq(&&record).is_none() {
            continue;
        }
        let fields = records.fields();
        // A character more than is fixed tells that a value is longer.
        let text = |at| match fields.get(at) {
            Field::Null => None,
            field => Some(cut(field.to_string(), LONGEST + 4)),
        };
        let values = (0..wide).map(text);
        let row = RawRow {
            record,
            line: records.line(),
            file: records.file().and_then(|at| files.get(at).cloned()),
            values: matches!(step, Step::Record).then(|| values.collect()),
        };
        if !to(row)? {
            break;
        }
    }
    Ok(())
}

impl Frame {
    /// The frame with a patch over it: refused where it was made for another. Its identity is
    /// that of both.
    pub fn patched(mut self, patch: Patch, hash: &str) -> Result<Frame, InsertError> {
        let own = self.hash_within(HASHED);
        if own.is_some_and(|own| own != patch.frame) {
            return Err(InsertError::Source {
                name: self.name,
                reason: "is not the file any more whose rows were fixed; fix them again, or \
                         choose that file"
                    .into(),
            });
        }
        self.lay(patch, hash);
        Ok(self)
    }
}
