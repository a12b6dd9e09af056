//! The rows of a frame, straight or through a query, one at a time.

use super::facts::{Refusal, shown};
use super::frame::Frame;
use super::query::{self, QueryLimits};
use super::records::{self, Format, ReadOptions, Records, Step};
use super::shape::{self, Feed, Mapping};
use super::target::Table;
use super::types::Field;
use super::{Cancel, InsertError};

/// The largest frame in which a sample goes beyond itself, in bytes.
const FAR: u64 = 256 << 20;

/// Sheets of a workbook that are named.
const SHEETS: usize = 10;

/// What to read, and how.
pub(super) struct RowsOf<'a> {
    pub(super) frame: Frame,
    pub(super) options: &'a ReadOptions,
    pub(super) query: Option<&'a str>,
    /// Which column of these goes to which of the table.
    pub(super) shape: Option<(&'a Mapping, &'a Table)>,
    pub(super) limits: QueryLimits,
    pub(super) cancel: &'a Cancel,
    /// Stop after so many records of the frame; what a query makes of them is a sample.
    pub(super) sample: Option<u64>,
}

/// One row.
pub(super) struct Row<'a> {
    /// Which of several files.
    pub(super) file: Option<usize>,
    /// The physical line, if the row is one of the frame.
    pub(super) line: Option<u64>,
    /// The number of the row, from 1.
    pub(super) record: u64,
    fields: Fields<'a>,
}

enum Fields<'a> {
    Frame(records::Fields<'a>),
    Query(&'a rusqlite::Row<'a>),
    Shaped(&'a Row<'a>, &'a [Feed]),
}

impl<'a> Row<'a> {
    /// A row of a query's result.
    pub(super) fn of_query(record: u64, row: &'a rusqlite::Row<'a>) -> Row<'a> {
        Row {
            file: None,
            line: None,
            record,
            fields: Fields::Query(row),
        }
    }

    /// The same row, of other columns.
    pub(super) fn shaped<'b>(&'b self, feeds: &'b [Feed]) -> Row<'b> {
        Row {
            file: self.file,
            line: self.line,
            record: self.record,
            fields: Fields::Shaped(self, feeds),
        }
    }

    /// Where it stands, of these files: `line 12`, or the number of the record.
    pub(super) fn place(&self, files: &[String]) -> String {
        let file = self.file.and_then(|at| files.get(at));
        let file = file.map_or(String::new(), |file| format!("{}, ", shown(file)));
        match self.line {
            Some(line) => format!("{file}line {line}"),
            None => format!("{file}record {}", self.record),
        }
    }

    /// The value of a column; NULL beyond the last.
    #[inline]
    pub(super) fn field(&self, index: usize) -> Field<'a> {
        match self.fields {
            Fields::Frame(fields) => fields.get(index),
            Fields::Query(row) => query::field(row, index),
            Fields::Shaped(row, feeds) => {
                feeds.get(index).map_or(Field::Null, |feed| feed.field(row))
            }
        }
    }
}

/// What reading comes upon.
pub(super) enum Item<'a> {
    /// A row.
    Row(Row<'a>),
    /// A record that is no row.
    Refused(Refusal),
    /// So many more of these, not described.
    RefusedMore(u64),
}

/// Whoever takes the rows: each with the bytes read of the frame so far; `false` wants no more.
pub(super) type Visit<'v> = dyn FnMut(Item<'_>, u64) -> Result<bool, InsertError> + 'v;

/// Rows ready to be read.
pub(super) trait Rows {
    /// The names of the columns.
    fn columns(&self) -> &[String];
    /// The frame's name of a column, where it is another.
    fn source(&self, _at: usize) -> Option<&str> {
        None
    }
    /// Whether a query or a mapping named the columns.
    fn is_shaped(&self) -> bool {
        false
    }
    /// Whether a query made the values.
    fn is_queried(&self) -> bool {
        false
    }
    /// Why numbers that a query reads can not be told, if they can not.
    fn unclear(&self) -> Option<String> {
        None
    }
    /// How the frame is written.
    fn format(&self) -> &Format;
    /// Reads the rows from the first on. The result says whether that was all of them.
    fn each(&mut self, visit: &mut Visit<'_>) -> Result<bool, InsertError>;
}

impl dyn Rows + '_ {
    /// By which names a column is known that the table calls by this one.
    pub(super) fn known_as<'n>(&'n self, at: usize, name: &'n str) -> Vec<&'n str> {
        let own = self.columns().get(at).map(String::as_str);
        let names = [Some(name), self.source(at), own];
        names.into_iter().flatten().collect()
    }
}

/// Prepares the rows and hands them to `take`. `staged` hears how many rows and bytes of the
/// frame were made ready for a query.
pub(super) fn with<T>(
    of: &RowsOf<'_>,
    staged: &mut dyn FnMut(u64, u64),
    take: impl FnOnce(&mut dyn Rows) -> Result<T, InsertError>,
) -> Result<T, InsertError> {
    let take = |rows: &mut dyn Rows| match of.shape {
        Some((mapping, table)) => shape::with(mapping, rows, table, take),
        None => take(rows),
    };
    let done = match of.query.map(str::trim).filter(|sql| !sql.is_empty()) {
        Some(sql) => query::with(of, sql, staged, take),
        None => records(of).and_then(|records| take(&mut Straight { records, of })),
    };
    done.map_err(|error| of.stopped(error))
}

impl RowsOf<'_> {
    /// The error of a reading, or that it was stopped.
    pub(super) fn stopped(&self, error: InsertError) -> InsertError {
        use InsertError::{Io, Malformed, Source};
        match error {
            Source { .. } | Malformed { .. } | Io { .. } if self.cancel.is_cancelled() => {
                InsertError::Cancelled
            }
            Source { .. } | Malformed { .. } | Io { .. } if self.cancel.is_overdue() => Source {
                name: self.frame.name.clone(),
                reason: "takes longer to read than one waits for a preview; completing it may \
                         still go well"
                    .to_owned(),
            },
            error => error,
        }
    }
}

/// The records of the frame, from the first on.
pub(super) fn records<'r>(of: &'r RowsOf<'_>) -> Result<Box<dyn Records + 'r>, InsertError> {
    records::open(&of.frame, of.options)
}

/// The error of a frame without a row; the rows of a workbook may stand on another sheet.
pub(super) fn only_header(frame: &Frame, format: &Format) -> InsertError {
    let read = format.sheet.as_deref();
    let others = format.sheets.iter().map(String::as_str);
    let others: Vec<&str> = others.filter(|s| Some(*s) != read).take(SHEETS).collect();
    let reason = match (read, others.as_slice()) {
        (Some(read), [_, ..]) => format!(
            "has no row on the sheet {}; say under sheet which of the others is meant: {}",
            shown(read),
            shown(&others.join(", "))
        ),
        _ => "has a header but no row; there is nothing to insert".to_owned(),
    };
    InsertError::Source {
        name: frame.name.clone(),
        reason,
    }
}

/// The rows of the frame as they are.
struct Straight<'a> {
    records: Box<dyn Records + 'a>,
    of: &'a RowsOf<'a>,
}

impl Rows for Straight<'_> {
    fn columns(&self) -> &[String] {
        self.records.header()
    }

    fn format(&self) -> &Format {
        self.records.format()
    }

    fn each(&mut self, visit: &mut Visit<'_>) -> Result<bool, InsertError> {
        if self.records.record() > 0 {
            self.records = records(self.of)?;
        }
        // What is fixed is looked at wherever it is, unless that takes too long.
        let far = self.of.frame.bytes <= FAR;
        let mut skipped = false;
        loop {
            self.of.cancel.check()?;
            // Somebody waits for a sample: what was read until then has to do.
            if self.of.sample.is_some() && self.records.record() > 0 && self.of.cancel.is_overdue()
            {
                return Ok(false);
            }
            let beyond = self
                .of
                .sample
                .is_some_and(|most| self.records.record() >= most);
            if beyond && !(far && self.records.awaits_patched()) {
                return Ok(!skipped && self.records.is_done()?);
            }
            let item = match self.records.advance()? {
                Step::End if self.records.record() == 0 => {
                    return Err(only_header(&self.of.frame, self.records.format()));
                }
                Step::End => return Ok(!skipped),
                _ if beyond && !self.records.is_patched() => {
                    skipped = true;
                    continue;
                }
                Step::Refused(refusal) => Item::Refused(refusal),
                Step::Record => Item::Row(Row {
                    file: self.records.file(),
                    line: self.records.line(),
                    record: self.records.record(),
                    fields: Fields::Frame(self.records.fields()),
                }),
            };
            if !visit(item, self.records.bytes())? {
                return Ok(false);
            }
        }
    }
}
