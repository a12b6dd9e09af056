//! The records of a frame, whatever its format, one at a time.
//!
//! The format is known by the first bytes, never by a name. Whoever reads a format holds no more
//! than a record, or what its format asks to hold, and bounds all that a file says of itself.

mod cells;
mod encoding;
mod files;
mod format;
mod packed;
mod patched;
mod text;
mod window;

pub use encoding::Encoding;
pub use format::{Format, Kind, ReadOptions, Trim, separator};
pub use packed::Packing;
pub use patched::READ_OTHERWISE;

pub(super) use cells::Cells;
pub(super) use packed::{BOUNDS, Bounds, Counted, Unpacked, damaged};
pub(super) use text::{Found, Text, broken, is_binary};
#[cfg(test)]
pub(super) use window::CHUNK;
pub(super) use window::{LineEnd, MAX_RECORD, Stuck, Window};

use super::InsertError;
use super::csv::{self, CsvReader};
use super::facts::{Refusal, shown};
use super::frame::Frame;
use super::json::JsonReader;
use super::nulls;
use super::parquet::ParquetReader;
use super::types::{Decimal, Field};
use super::xlsx::SheetReader;
use files::Files;
use patched::Patched;
use std::collections::HashSet;

/// One step of reading.
pub(super) enum Step {
    /// A record; ask for its fields.
    Record,
    /// A record that can not be used.
    Refused(Refusal),
    /// There is no more.
    End,
}

/// The records of a frame, read once from the first to the last.
pub(super) trait Records {
    /// The column names.
    fn header(&self) -> &[String];
    /// How the frame is written.
    fn format(&self) -> &Format;
    /// Bytes of the frame that were read, as it is stored.
    fn bytes(&self) -> u64;
    /// The physical line of the text on which the current record starts, where there are lines.
    fn line(&self) -> Option<u64>;
    /// How many lines further down in the text the current record ends.
    fn breaks(&self) -> u64 {
        0
    }
    /// Which of several files is read.
    fn file(&self) -> Option<usize> {
        None
    }
    /// The number of the current record, from 1; 0 before the first.
    fn record(&self) -> u64;
    /// Goes to the next record.
    fn advance(&mut self) -> Result<Step, InsertError>;
    /// The fields of the current record.
    fn fields(&self) -> Fields<'_>;
    /// Whether no record follows the current one.
    fn is_done(&mut self) -> Result<bool, InsertError>;
    /// The current record as it stands in a text table.
    fn text(&self) -> Option<&str> {
        None
    }
    /// Whether the current record is fixed.
    fn is_patched(&self) -> bool {
        false
    }
    /// Whether one that is fixed follows.
    fn awaits_patched(&self) -> bool {
        false
    }
}

/// The fields of a record.
#[derive(Clone, Copy)]
pub(super) enum Fields<'a> {
    Csv(csv::Fields<'a>),
    Cells(&'a Cells),
}

impl<'a> Fields<'a> {
    /// A field; NULL beyond the last.
    #[inline]
    pub(super) fn get(&self, index: usize) -> Field<'a> {
        match self {
            Fields::Csv(fields) => fields.get(index).map_or(Field::Null, Field::Text),
            Fields::Cells(cells) => cells.get(index),
        }
    }
}

/// Whether the name of a column looks like a value: as if the first line were a row.
pub(super) fn is_value(name: &str) -> bool {
    Decimal::parse(name).is_some() || nulls::is_sure(name)
}

/// Calls columns without a name by their place, as if there were no header: one may leave them out.
pub(super) fn name_columns(names: &mut [String]) {
    let some = names.iter().any(|name| !name.trim().is_empty());
    for (at, name) in names.iter_mut().enumerate().filter(|_| some) {
        if name.trim().is_empty() {
            *name = format!("column{}", at + 1);
        }
    }
}

/// What is wrong with the names of columns, if anything is.
pub(super) fn header_fault(names: &[String], format: &Format) -> Option<String> {
    let fault = fault(names)?;
    Some(match above_header(format) {
        Some(above) => format!("{fault}; {above}"),
        None if format.header == Some(true) && names.iter().any(|name| is_value(name)) => {
            format!("{fault}; if it is a row, say so under header: no")
        }
        None => fault,
    })
}

/// What to say where lines seem to stand above the header.
pub fn above_header(format: &Format) -> Option<String> {
    let lines = format.preamble;
    let first = match lines {
        0 => return None,
        1 => "the first line seems to stand".to_owned(),
        _ => format!("the first {lines} lines seem to stand"),
    };
    Some(format!(
        "{first} above the header; say so under skip lines: {lines}"
    ))
}

fn fault(names: &[String]) -> Option<String> {
    let mut seen = HashSet::new();
    for (i, name) in names.iter().enumerate() {
        if name.trim().is_empty() {
            return Some(format!("column {} of the header has no name", i + 1));
        }
        if !seen.insert(name.to_lowercase()) {
            let name = shown(name);
            return Some(format!(
                "the header names {name:?} twice; rename one of them"
            ));
        }
    }
    None
}

/// The records of a frame from the first on.
pub(super) fn open<'f>(
    frame: &'f Frame,
    options: &'f ReadOptions,
) -> Result<Box<dyn Records + 'f>, InsertError> {
    let records = match frame.files() {
        [] => one(frame, options)?,
        _ => Box::new(Files::open(frame, options)?),
    };
    Ok(match frame.patch() {
        Some(patch) => Box::new(Patched::over(records, patch, &frame.name, options)?),
        None => records,
    })
}

/// The records of one file.
fn one(frame: &Frame, options: &ReadOptions) -> Result<Box<dyn Records>, InsertError> {
    let start = text::start_of(frame)?;
    if start.starts_with(b"PK\x03\x04") {
        return Ok(Box::new(SheetReader::open(frame, options)?));
    }
    if start.starts_with(b"PAR1") {
        return Ok(Box::new(ParquetReader::open(frame, options)?));
    }
    let text = || Text::open(frame.read()?, &frame.name, options);
    let (opened, found) = text()?;
    // Above JSON stand no lines: what looks like it is one of those to be passed over.
    if found.json && options.skip_lines == 0 {
        let columns = JsonReader::columns_of(opened, &frame.name)?;
        let (again, _) = text()?;
        return Ok(Box::new(JsonReader::open(
            again,
            &frame.name,
            options,
            found,
            columns,
        )?));
    }
    Ok(Box::new(CsvReader::open(
        opened,
        &frame.name,
        options,
        found,
    )?))
}
