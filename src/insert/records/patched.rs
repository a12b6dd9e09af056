//! A frame with a patch over it: the same records under the same numbers, but for what was
//! fixed or left out.

use super::{Cells, Fields, Format, ReadOptions, Records, Step};
use crate::insert::InsertError;
use crate::insert::patch::{Patch, PatchedRow, Reading};
use crate::insert::types::Field;

/// What is said of rows that would land on others.
pub const READ_OTHERWISE: &str =
    "is read otherwise now than when its rows were fixed; read it as before, or fix them again";

/// The records of a frame, fixed.
pub(super) struct Patched<'f> {
    inner: Box<dyn Records + 'f>,
    rows: &'f [PatchedRow],
    /// The first row of the patch that was not come upon.
    next: usize,
    /// The current record, if it is fixed.
    cells: Cells,
    is_patched: bool,
    /// A record was given on.
    any: bool,
}

impl<'f> Patched<'f> {
    pub(super) fn over(
        inner: Box<dyn Records + 'f>,
        patch: &'f Patch,
        name: &str,
        options: &ReadOptions,
    ) -> Result<Self, InsertError> {
        if patch.reading != Reading::of(inner.as_ref(), options) {
            return Err(InsertError::Source {
                name: name.to_owned(),
                reason: READ_OTHERWISE.to_owned(),
            });
        }
        let known = |column: &String| inner.header().contains(column);
        let mut columns = patch.rows.iter().flat_map(|row| &row.cells);
        if let Some(cell) = columns.find(|cell| !known(&cell.column)) {
            return Err(InsertError::Source {
                name: name.to_owned(),
                reason: format!(
                    "is read without a column {:?} now, in which rows were fixed; read it as \
                     before, or fix them again",
                    cell.column
                ),
            });
        }
        Ok(Patched {
            inner,
            rows: &patch.rows,
            next: 0,
            cells: Cells::default(),
            is_patched: false,
            any: false,
        })
    }

    /// What the patch says of the current record.
    fn row(&mut self) -> Option<&'f PatchedRow> {
        let record = self.inner.record();
        let rows = self.rows;
        while rows.get(self.next).is_some_and(|row| row.record < record) {
            self.next += 1;
        }
        let row = rows.get(self.next).filter(|row| row.record == record)?;
        self.next += 1;
        Some(row)
    }

    /// Puts the cells of the current record together.
    fn merge(&mut self, row: &PatchedRow, has_fields: bool) {
        let header = self.inner.header();
        self.cells.reset(header.len());
        let fields = has_fields.then(|| self.inner.fields());
        for (at, column) in header.iter().enumerate() {
            let fixed = row.cells.iter().find(|cell| cell.column == *column);
            let field = match (fixed, &fields) {
                (Some(cell), _) => cell.new.as_deref().map_or(Field::Null, Field::Text),
                (None, Some(fields)) => fields.get(at),
                (None, None) => Field::Null,
            };
            match field {
                Field::Null => {}
                Field::Text(text) => self.cells.text(at, text),
                Field::Exact(text) => self.cells.exact(at, text),
                Field::Binary(text) => self.cells.binary(at, text),
                Field::Boolean(value) => self.cells.boolean(at, value),
                Field::Blob(bytes) => self.cells.blob(at, bytes),
                Field::Integer(_) | Field::Real(_) => self.cells.exact(at, &field.to_string()),
            }
        }
    }
}

impl Records for Patched<'_> {
    fn header(&self) -> &[String] {
        self.inner.header()
    }

    fn format(&self) -> &Format {
        self.inner.format()
    }

    fn bytes(&self) -> u64 {
        self.inner.bytes()
    }

    fn line(&self) -> Option<u64> {
        self.inner.line()
    }

    fn breaks(&self) -> u64 {
        self.inner.breaks()
    }

    fn file(&self) -> Option<usize> {
        self.inner.file()
    }

    fn record(&self) -> u64 {
        self.inner.record()
    }

    fn advance(&mut self) -> Result<Step, InsertError> {
        loop {
            let step = self.inner.advance()?;
            self.is_patched = false;
            if matches!(step, Step::End) {
                // Else replacing the rows of a table would but empty it.
                return match self.any || self.inner.record() == 0 {
                    true => Ok(Step::End),
                    false => Err(InsertError::Source {
                        name: "the patch".to_owned(),
                        reason: "leaves every row out; there is nothing to insert".to_owned(),
                    }),
                };
            }
            let row = self.row();
            if row.is_some_and(|row| row.dropped) {
                continue;
            }
            self.any = true;
            match (step, row) {
                (step, None) => return Ok(step),
                (Step::Refused(refusal), Some(row))
                    if row.cells.len() < self.inner.header().len() =>
                {
                    // A record that is no row takes all of its cells from the patch.
                    return Ok(Step::Refused(refusal));
                }
                (step, Some(row)) => {
                    self.merge(row, matches!(step, Step::Record));
                    self.is_patched = true;
                    return Ok(Step::Record);
                }
            }
        }
    }

    fn fields(&self) -> Fields<'_> {
        match self.is_patched {
            true => Fields::Cells(&self.cells),
            false => self.inner.fields(),
        }
    }

    fn text(&self) -> Option<&str> {
        self.inner.text()
    }

    fn is_done(&mut self) -> Result<bool, InsertError> {
        self.inner.is_done()
    }

    fn is_patched(&self) -> bool {
        self.is_patched
    }

    fn awaits_patched(&self) -> bool {
        let rest = self.rows.get(self.next..).unwrap_or_default();
        rest.iter().any(|row| !row.dropped)
    }
}

#[cfg(test)]
mod tests;
