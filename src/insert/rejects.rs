//! The refused rows of an insertion as a list in a file: a line for each refused value, as the list of
//! rows to fix has it, so that whoever mends it hands it back.
//!
//! It is written while the rows are read, by a second reader of the frame that goes from one refusal
//! to the next: values stand there as the frame has them, and no more than a record is held.

use super::InsertError;
use super::facts::Refusal;
use super::frame::Frame;
use super::patch::PatchedRow;
use super::records::{self, ReadOptions, Records, Step};
use super::rows::Rows;
use super::types::Field;
use crate::value::near::same_column;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;

/// What the list says of a row that was fixed and is refused no more.
const FIXED: &str = "fixed before";

/// A list of refused rows that is being written.
pub(super) struct Listing<'f> {
    path: &'f Path,
    frame: &'f Frame,
    read: &'f ReadOptions,
    files: Vec<String>,
    /// The columns by their names of the table, and what the frame calls them.
    columns: Vec<(String, String)>,
    at: Option<At<'f>>,
    /// The file, once there is a refused row.
    out: Option<BufWriter<File>>,
    /// The first row that was fixed and is not listed yet, of those that stand over the frame.
    fixed: usize,
    /// What could not be written: no more is.
    trouble: Option<InsertError>,
    is_done: bool,
}

/// The second reader, at a record.
struct At<'f> {
    records: Box<dyn Records + 'f>,
    /// The record can not be told into fields.
    is_broken: bool,
    /// The positions of the columns that are listed of it.
    listed: Vec<usize>,
}

impl<'f> Listing<'f> {
    /// A list of what will be refused of these rows, whose columns have these names in the table. There
    /// is no file until something is.
    pub(super) fn new(
        path: &'f Path,
        (frame, read): (&'f Frame, &'f ReadOptions),
        rows: &dyn Rows,
        names: &[String],
    ) -> Listing<'f> {
        let of_frame = |at: usize| rows.source(at).or(Some(rows.columns().get(at)?.as_str()));
        let columns = names.iter().enumerate().map(|(at, name)| {
            let of_frame = of_frame(at).unwrap_or(name);
            (name.clone(), of_frame.to_owned())
        });
        Listing {
            path,
            frame,
            read,
            files: frame.file_names(),
            columns: columns.collect(),
            at: None,
            out: None,
            fixed: 0,
            trouble: None,
            is_done: false,
        }
    }

    /// Lists one more refusal. They come in the order of the frame; one that does not is found, too.
    pub(super) fn put(&mut self, refusal: &Refusal) {
        let Some(record) = refusal.record.filter(|_| self.trouble.is_none()) else {
            return;
        };
        let listed = self.list(record, refusal);
        self.trouble = listed.err();
    }

    /// Forgets all: the frame is read once more.
    pub(super) fn restart(&mut self) {
        (self.at, self.fixed) = (None, 0);
        if let Some(out) = &mut self.out {
            let emptied = out.rewind().and_then(|()| out.get_mut().set_len(0));
            let begun = emptied.and_then(|()| begin(out, !self.files.is_empty()));
            self.trouble = begun.err().map(|e| InsertError::io(self.path, e));
        }
    }

    /// The list is complete: it stays.
    pub(super) fn finish(&mut self) -> Result<(), InsertError> {
        if let Some(trouble) = self.trouble.take() {
            return Err(trouble);
        }
        if self.out.is_some() {
            self.list_fixed(u64::MAX)?;
        }
        if let Some(out) = &mut self.out {
            out.flush().map_err(|e| InsertError::io(self.path, e))?;
        }
        self.is_done = true;
        Ok(())
    }

    fn list(&mut self, record: u64, refusal: &Refusal) -> Result<(), InsertError> {
        if self.out.is_none() {
            let failed = |e| InsertError::io(self.path, e);
            let mut out = BufWriter::new(create(self.path).map_err(failed)?);
            begin(&mut out, !self.files.is_empty()).map_err(failed)?;
            self.out = Some(out);
        }
        self.list_fixed(record)?;
        let at = self.reach(record)?;
        let Some(mut at) = at else {
            return Ok(());
        };
        let written = self.list_at(&mut at, refusal);
        self.at = Some(at);
        written
    }

    /// Lists what was fixed of the rows before this one, which is no more at fault.
    fn list_fixed(&mut self, before: u64) -> Result<(), InsertError> {
        let rows = self.frame.patch().map_or(&[][..], |patch| &patch.rows);
        while let Some(row) = rows.get(self.fixed).filter(|row| row.record < before) {
            self.fixed += 1;
            let at = self.at.as_ref();
            let at = at.filter(|at| at.records.record() == row.record);
            let header = at.map_or(&[][..], |at| at.records.header());
            let listed = at.map_or(&[][..], |at| &at.listed);
            let is_listed = |name: &String| {
                let place = header.iter().position(|column| column == name);
                place.is_some_and(|place| listed.contains(&place))
            };
            let cells = row.cells.iter().filter(|cell| !is_listed(&cell.column));
            let cells = cells.map(|cell| (cell.column.as_str(), cell.new.as_deref()));
            let cells: Vec<(&str, Option<&str>)> = match row.dropped {
                true => vec![("", None)],
                false => cells.collect(),
            };
            let place = Place::of(row);
            let several = !self.files.is_empty();
            let Some(out) = &mut self.out else {
                return Ok(());
            };
            for (column, value) in cells {
                line(out, several, &place, column, value, FIXED)
                    .map_err(|e| InsertError::io(self.path, e))?;
            }
        }
        Ok(())
    }

    /// The reader at this record; none where the frame has no such one.
    fn reach(&mut self, record: u64) -> Result<Option<At<'f>>, InsertError> {
        let before = |at: &At<'_>| at.records.record() <= record;
        let mut at = match self.at.take().filter(before) {
            Some(at) => at,
            None => At {
                records: records::open(self.frame, self.read)?,
                is_broken: false,
                listed: Vec::new(),
            },
        };
        while at.records.record() < record {
            at.listed.clear();
            at.is_broken = match at.records.advance()? {
                Step::End => return Ok(None),
                Step::Refused(_) => true,
                Step::Record => false,
            };
        }
        Ok(Some(at))
    }

    fn list_at(&mut self, at: &mut At<'f>, refusal: &Refusal) -> Result<(), InsertError> {
        let several = !self.files.is_empty();
        let header = at.records.header();
        let file = at.records.file().and_then(|file| self.files.get(file));
        let place = Place {
            file: file.map(String::as_str),
            line: at.records.line(),
            record: at.records.record(),
        };
        let blamed = self.positions(header, refusal);
        let Some(out) = &mut self.out else {
            return Ok(());
        };
        let failed = |e| InsertError::io(self.path, e);
        let reason = refusal.reason.as_str();
        if at.is_broken {
            // It is given anew as a whole.
            let text = at.records.text().or(refusal.value.as_deref());
            return line(out, several, &place, "", text, reason).map_err(failed);
        }
        let fields = at.records.fields();
        for position in blamed {
            if at.listed.contains(&position) {
                continue;
            }
            let name = header.get(position).map_or("", String::as_str);
            let value = match fields.get(position) {
                Field::Null => None,
                field => Some(field.to_string()),
            };
            line(out, several, &place, name, value.as_deref(), reason).map_err(failed)?;
            at.listed.push(position);
        }
        Ok(())
    }

    /// Where the columns that a refusal blames stand in the frame; all, where it blames none of them.
    fn positions(&self, header: &[String], refusal: &Refusal) -> Vec<usize> {
        let place = |name: &str| {
            let named =
                |(of_table, of_frame): &&(String, String)| of_table == name || of_frame == name;
            let of_frame = self
                .columns
                .iter()
                .find(named)
                .map(|(_, of_frame)| of_frame);
            let of_frame = of_frame.map_or(name, String::as_str);
            let exact = header.iter().position(|column| column == of_frame);
            exact.or_else(|| {
                header
                    .iter()
                    .position(|column| same_column(column, of_frame))
            })
        };
        let blamed = refusal.column.as_deref().unwrap_or_default();
        let places: Option<Vec<usize>> = match place(blamed) {
            Some(one) => Some(vec![one]),
            None => blamed.split(", ").map(place).collect(),
        };
        places.unwrap_or_else(|| (0..header.len()).collect())
    }
}

impl Drop for Listing<'_> {
    fn drop(&mut self) {
        // Half a list would be mended in vain.
        if self.out.take().is_some() && !self.is_done {
            let _ = fs::remove_file(self.path);
        }
    }
}

/// Where a row stands.
struct Place<'p> {
    file: Option<&'p str>,
    line: Option<u64>,
    record: u64,
}

impl Place<'_> {
    fn of(row: &PatchedRow) -> Place<'_> {
        Place {
            file: row.file.as_deref(),
            line: row.line,
            record: row.record,
        }
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

fn begin(out: &mut impl Write, several: bool) -> io::Result<()> {
    let file = if several { "file," } else { "" };
    writeln!(out, "{file}line,record,column,value,reason")
}

/// Writes a line of the list; no value is NULL.
fn line(
    out: &mut impl Write,
    several: bool,
    place: &Place<'_>,
    column: &str,
    value: Option<&str>,
    reason: &str,
) -> io::Result<()> {
    if several {
        write!(out, "{},", Quoted(place.file.unwrap_or_default()))?;
    }
    if let Some(line) = place.line {
        write!(out, "{line}")?;
    }
    write!(out, ",{},", place.record)?;
    if !column.is_empty() {
        write!(out, "{}", Quoted(column))?;
    }
    out.write_all(b",")?;
    if let Some(value) = value {
        write!(out, "{}", Quoted(value))?;
    }
    writeln!(out, ",{}", Quoted(reason))
}

/// A text in quotes.
struct Quoted<'t>(&'t str);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("\"")?;
        let mut between = "";
        for part in self.0.split('"') {
            write!(f, "{between}{part}")?;
            between = "\"\"";
        }
        f.write_str("\"")
    }
}
