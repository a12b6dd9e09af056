//! Rows that a person mended or left out, kept beside the untouched frame.
//!
//! A patch names rows by their number and cells by their column, with what they said and what
//! they are to say. It is kept as a file of its own under its content hash; what is inserted is
//! the frame with the patch over it, known by both hashes.

use super::records::{self, ReadOptions, Step};
use super::types::Field;
use super::{Cancel, Frame, FrameStore, InsertError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Read;

/// Rows that one patch may hold.
pub const MOST_ROWS: usize = 10_000;
/// The longest value that is mended, in bytes.
pub const LONGEST: usize = 4096;
/// The largest file of a patch, in bytes.
const LARGEST: u64 = 16 << 20;
/// The largest frame whose content is looked at before a patch is laid over it, in bytes.
const HASHED: u64 = 64 << 20;

/// What stands instead of what a frame says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Patch {
    /// The hash of the frame that it is for.
    pub frame: String,
    /// Its rows, by their number.
    pub rows: Vec<PatchedRow>,
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
pub struct Mended {
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

    /// Its file.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
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
    pub fn mended(
        mut self,
        frame: &Frame,
        options: &ReadOptions,
        wanted: &[Mended],
        cancel: &Cancel,
    ) -> Result<Patch, InsertError> {
        let refuse = |reason: String| InsertError::Source {
            name: frame.name.clone(),
            reason,
        };
        let mut rows: Vec<&Mended> = wanted.iter().collect();
        rows.sort_by_key(|row| row.record);
        rows.dedup_by_key(|row| row.record);
        self.rows.retain(|row| {
            rows.binary_search_by_key(&row.record, |r| r.record)
                .is_err()
        });
        let numbers: Vec<u64> = rows.iter().map(|row| row.record).collect();
        let raw = raw_rows(frame, options, &numbers, cancel)?;
        for want in rows {
            let Some(found) = raw.rows.iter().find(|row| row.record == want.record) else {
                return Err(refuse(format!("has no row {}", want.record)));
            };
            let mut row = PatchedRow {
                record: found.record,
                line: found.line,
                file: found.file.clone(),
                dropped: want.dropped,
                cells: Vec::new(),
            };
            for (column, new) in want.cells.iter().filter(|_| !want.dropped) {
                let at = raw.columns.iter().position(|name| name == column);
                let at = at.ok_or_else(|| refuse(format!("has no column {column:?}")))?;
                if new.as_ref().is_some_and(|text| text.len() > LONGEST) {
                    return Err(refuse(format!(
                        "line {}, {column}: a value that is mended has at most {LONGEST} bytes",
                        found.line.unwrap_or(found.record)
                    )));
                }
                let old = found.values.as_ref().and_then(|values| values.get(at));
                // Of a row that is no row every cell is new.
                if old == Some(new) {
                    continue;
                }
                row.cells.push(PatchedCell {
                    column: column.clone(),
                    old: old.cloned().flatten().map(cut),
                    new: new.clone(),
                });
            }
            if row.dropped || !row.cells.is_empty() {
                self.rows.push(row);
            }
        }
        self.rows.sort_by_key(|row| row.record);
        match self.rows.len() <= MOST_ROWS {
            true => Ok(self),
            false => Err(refuse(format!(
                "has more than {MOST_ROWS} rows to mend; mend the file itself"
            ))),
        }
    }
}

/// What a list of `record`, `column` and `value` wants of rows: a line for each cell, and one
/// without a column for a row that is left out.
pub fn mended_list(list: &Frame, cancel: &Cancel) -> Result<Vec<Mended>, InsertError> {
    let refuse = |reason: String| InsertError::Source {
        name: list.name.clone(),
        reason,
    };
    let options = ReadOptions::default();
    let mut records = records::open(list, &options)?;
    let header = records.header();
    let at = |name: &str| {
        header
            .iter()
            .position(|n| n.trim().eq_ignore_ascii_case(name))
    };
    let (Some(record), Some(column), Some(value)) = (at("record"), at("column"), at("value"))
    else {
        return Err(refuse(
            "is no list of rows to fix: its columns are record, column, value".into(),
        ));
    };
    let mut rows: BTreeMap<u64, Mended> = BTreeMap::new();
    loop {
        cancel.check()?;
        match records.advance()? {
            Step::End => break,
            Step::Refused(refusal) => return Err(refuse(refusal.reason)),
            Step::Record => {}
        }
        let fields = records.fields();
        let number = fields.get(record).to_string();
        let number = number.trim().parse().map_err(|_| {
            let line = records.line().unwrap_or_default();
            refuse(format!("line {line}: {number:?} is no number of a row"))
        })?;
        let row = rows.entry(number).or_default();
        row.record = number;
        match fields.get(column) {
            Field::Null | Field::Text("") => row.dropped = true,
            column => {
                let value = match fields.get(value) {
                    Field::Null => None,
                    field => Some(field.to_string()),
                };
                row.cells.insert(column.to_string(), value);
            }
        }
        if rows.len() > MOST_ROWS {
            return Err(refuse(format!("has more than {MOST_ROWS} rows to fix")));
        }
    }
    Ok(rows.into_values().collect())
}

fn cut(mut text: String) -> String {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or(0));
    }
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

/// The rows of these numbers, which ascend, as the frame has them, without a query.
pub fn raw_rows(
    frame: &Frame,
    options: &ReadOptions,
    numbers: &[u64],
    cancel: &Cancel,
) -> Result<RawRows, InsertError> {
    let mut records = records::open(frame, options)?;
    let files = frame.file_names();
    let mut found = RawRows {
        columns: records.header().to_vec(),
        rows: Vec::new(),
    };
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
        let text = |at| match fields.get(at) {
            Field::Null => None,
            field => Some(field.to_string()),
        };
        let values = (0..found.columns.len()).map(text);
        found.rows.push(RawRow {
            record,
            line: records.line(),
            file: records.file().and_then(|at| files.get(at).cloned()),
            values: matches!(step, Step::Record).then(|| values.collect()),
        });
    }
    Ok(found)
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
