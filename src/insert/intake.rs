//! Between the rows of a frame and a table: which column goes where, whether each value fits,
//! and the count of it all.

use super::InsertError;
use super::checksum::{Checksum, RowHash};
use super::dates::DateFormat;
use super::facts::{Refusal, shown};
use super::near;
use super::rows::{Item, Row};
use super::target::{Rejection, Sink, Table};
use super::types::{Cell, Field, recycle};

/// The positions in the table of a frame's columns.
pub(super) fn map_columns(names: &[String], table: &Table) -> Result<Vec<usize>, InsertError> {
    let mut wrong = Vec::new();
    let mut positions = Vec::new();
    for name in names {
        let bare = name.trim();
        let exact = table.columns.iter().position(|c| c.name == bare);
        let same = || {
            table
                .columns
                .iter()
                .position(|c| c.name.eq_ignore_ascii_case(bare))
        };
        match exact.or_else(same) {
            Some(at) if table.columns.get(at).is_some_and(|c| c.generated) => {
                wrong.push(format!(
                    "{:?} is computed by the table; leave it out",
                    shown(bare)
                ));
            }
            Some(at) if positions.contains(&at) => {
                wrong.push(format!("{:?} comes twice", shown(bare)));
            }
            Some(at) => positions.push(at),
            None => {
                let columns = table.columns.iter().map(|c| c.name.as_str());
                let hint = near::did_you_mean(bare, columns);
                wrong.push(format!(
                    "{} has no column {:?}{hint}",
                    table.name,
                    shown(bare)
                ));
            }
        }
    }
    for (at, column) in table.columns.iter().enumerate() {
        if column.is_required() && !positions.contains(&at) {
            wrong.push(format!(
                "the data frame lacks {:?}, which {} needs in every row",
                column.name, table.name
            ));
        }
    }
    if wrong.is_empty() {
        Ok(positions)
    } else {
        Err(InsertError::Columns(wrong.join(". ")))
    }
}

/// Takes rows in, counts, and remembers the first refusals.
pub(super) struct Intake<'t> {
    table: &'t Table,
    positions: &'t [usize],
    keep: usize,
    pub(super) refusals: Vec<Refusal>,
    pub(super) rows_read: u64,
    pub(super) rows_refused: u64,
    pub(super) nulls_in_required: u64,
    pub(super) duplicate_keys: u64,
    pub(super) checksum: Checksum,
    /// How days are written, where not as usual.
    pub(super) dates: Option<DateFormat>,
    /// Room for the next row's cells.
    spare: Vec<Cell<'static>>,
}

impl<'t> Intake<'t> {
    /// Ready for rows whose columns go to `positions`; describes the first `keep` refusals.
    pub(super) fn new(table: &'t Table, positions: &'t [usize], keep: usize) -> Intake<'t> {
        Intake {
            table,
            positions,
            keep,
            refusals: Vec::new(),
            rows_read: 0,
            rows_refused: 0,
            nulls_in_required: 0,
            duplicate_keys: 0,
            checksum: Checksum::default(),
            dates: None,
            spare: Vec::new(),
        }
    }

    /// Checks an item and offers it to the sink if it fits.
    pub(super) fn take(&mut self, item: &Item<'_>, sink: &mut dyn Sink) -> Result<(), InsertError> {
        self.count(item);
        match item {
            Item::Row(row) => self.take_row(row, sink),
            Item::Refused(_) | Item::RefusedMore(_) => Ok(()),
        }
    }

    /// Counts an item and writes down why it is refused, if it is already.
    pub(super) fn count(&mut self, item: &Item<'_>) {
        match item {
            Item::Row(_) => self.rows_read += 1,
            Item::Refused(refusal) => {
                self.rows_read += 1;
                self.rows_refused += 1;
                self.refuse(|| refusal.clone());
            }
            Item::RefusedMore(rows) => {
                self.rows_read += rows;
                self.rows_refused += rows;
            }
        }
    }

    fn take_row(&mut self, row: &Row<'_>, sink: &mut dyn Sink) -> Result<(), InsertError> {
        let mut cells = recycle(std::mem::take(&mut self.spare));
        if self.check(row, &mut cells) {
            self.offer(row, &cells, sink)?;
        } else {
            self.rows_refused += 1;
        }
        self.spare = recycle(cells);
        Ok(())
    }

    fn offer(
        &mut self,
        row: &Row<'_>,
        cells: &[Cell<'_>],
        sink: &mut dyn Sink,
    ) -> Result<(), InsertError> {
        match sink.insert(cells)? {
            None => {
                let mut hash = RowHash::new();
                for (cell, column) in cells.iter().zip(self.columns()) {
                    hash.cell(&column.kind, cell);
                }
                self.checksum.add(hash);
            }
            Some(rejection) => {
                self.rows_refused += 1;
                self.duplicate_keys += u64::from(rejection.duplicate);
                let value = self.blamed(row, &rejection);
                self.refuse(|| Refusal {
                    line: row.line,
                    record: Some(row.record),
                    column: rejection.column,
                    value,
                    reason: rejection.reason,
                });
            }
        }
        Ok(())
    }

    /// Puts the row's values into `cells`; `false` after all that is wrong was written down.
    fn check<'r>(&mut self, row: &Row<'r>, cells: &mut Vec<Cell<'r>>) -> bool {
        let table = self.table;
        let mut fits = true;
        for (i, at) in self.positions.iter().enumerate() {
            let Some(column) = table.columns.get(*at) else {
                continue;
            };
            let field = row.field(i);
            let checked = match field {
                Field::Null if column.not_null => {
                    self.nulls_in_required += 1;
                    Err("must not be NULL; an empty text is written as \"\"".to_owned())
                }
                field => {
                    let dates = self.dates.as_ref().filter(|_| column.kind.has_day());
                    column.kind.check_day(field, dates, &column.declared)
                }
            };
            match checked {
                Ok(cell) => cells.push(cell),
                Err(reason) => {
                    fits = false;
                    self.refuse(|| Refusal {
                        line: row.line,
                        record: Some(row.record),
                        column: Some(column.name.clone()),
                        value: (field != Field::Null).then(|| shown(&field.to_string())),
                        reason,
                    });
                }
            }
        }
        fits
    }

    fn columns(&self) -> impl Iterator<Item = &'t super::target::Column> {
        let table = self.table;
        self.positions
            .iter()
            .filter_map(move |at| table.columns.get(*at))
    }

    /// The values of the columns that the target blames.
    fn blamed(&self, row: &Row<'_>, rejection: &Rejection) -> Option<String> {
        let blamed = rejection.column.as_deref()?;
        let values: Vec<String> = blamed
            .split(", ")
            .filter_map(|name| self.columns().position(|c| c.name == name))
            .map(|i| row.field(i).to_string())
            .collect();
        (!values.is_empty()).then(|| shown(&values.join(", ")))
    }

    fn refuse(&mut self, refusal: impl FnOnce() -> Refusal) {
        if self.refusals.len() < self.keep {
            self.refusals.push(refusal());
        }
    }
}
