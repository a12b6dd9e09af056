//! What is found out about the rows as they stand in the table: one scan for all of it.

use super::checksum::{Checksum, RowHash};
use super::facts::{ColumnFacts, shown};
use super::target::Table;
use super::types::{Cell, ColumnType};
use std::cmp::Ordering;

/// What is found when the rows are read back.
pub(super) struct Found<'t> {
    pub(super) rows: u64,
    pub(super) checksum: Checksum,
    pub(super) columns: Vec<ColumnFound<'t>>,
}

pub(super) struct ColumnFound<'t> {
    name: &'t str,
    kind: &'t ColumnType,
    nulls: u64,
    min: Option<Cell<'static>>,
    max: Option<Cell<'static>>,
}

impl<'t> Found<'t> {
    pub(super) fn new(table: &'t Table, positions: &[usize]) -> Found<'t> {
        let columns = positions.iter().filter_map(|at| table.columns.get(*at));
        let columns = columns
            .map(|c| ColumnFound {
                name: &c.name,
                kind: &c.kind,
                nulls: 0,
                min: None,
                max: None,
            })
            .collect();
        Found {
            rows: 0,
            checksum: Checksum::default(),
            columns,
        }
    }

    /// Takes away what was there before. The least and the greatest value are of both, so that
    /// they say nothing.
    pub(super) fn without(mut self, before: &Found<'_>) -> Found<'t> {
        self.rows = self.rows.saturating_sub(before.rows);
        self.checksum.subtract(&before.checksum);
        for (column, before) in self.columns.iter_mut().zip(&before.columns) {
            column.nulls = column.nulls.saturating_sub(before.nulls);
            (column.min, column.max) = (None, None);
        }
        self
    }

    pub(super) fn see<'c>(&mut self, cells: impl IntoIterator<Item = Cell<'c>>) {
        self.rows += 1;
        let mut hash = RowHash::new();
        for (cell, column) in cells.into_iter().zip(&mut self.columns) {
            hash.cell(column.kind, &cell);
            column.see(&cell);
        }
        self.checksum.add(hash);
    }
}

impl ColumnFound<'_> {
    fn see(&mut self, cell: &Cell<'_>) {
        match cell {
            Cell::Null => self.nulls += 1,
            Cell::Blob(_) => {}
            cell => {
                if self
                    .min
                    .as_ref()
                    .is_none_or(|min| cell.order(min) == Ordering::Less)
                {
                    self.min = Some(cell.to_static());
                }
                if self
                    .max
                    .as_ref()
                    .is_none_or(|max| cell.order(max) == Ordering::Greater)
                {
                    self.max = Some(cell.to_static());
                }
            }
        }
    }

    pub(super) fn facts(self) -> ColumnFacts {
        let text = |cell: Cell<'_>| shown(&cell.to_string());
        ColumnFacts {
            name: self.name.to_owned(),
            nulls: self.nulls,
            min: self.min.map(text),
            max: self.max.map(text),
        }
    }
}
