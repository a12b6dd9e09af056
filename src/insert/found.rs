//! What is found out about the rows as they stand in the table: one scan for all of it.

use super::InsertError;
use super::checksum::{Checksum, RowHash};
use super::distinct::Distinct;
use super::facts::{ColumnFacts, shown};
use super::near::same_column;
use super::sum::Sum;
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
    sum: Option<Sum>,
    /// None where nobody asks, or nobody knows.
    distinct: Option<Distinct>,
    checksum: Checksum,
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
                sum: Sum::is_of(&c.kind).then(Sum::default),
                distinct: None,
                checksum: Checksum::default(),
            })
            .collect();
        Found {
            rows: 0,
            checksum: Checksum::default(),
            columns,
        }
    }

    /// The same, and different values are estimated, or counted where the column is named
    /// (`all` names each).
    pub(super) fn with_distinct(mut self, counted: &[String]) -> Found<'t> {
        let all = |name: &String| name.eq_ignore_ascii_case("all");
        let counted = |column: &ColumnFound<'_>| {
            let named = |name: &String| same_column(name, column.name);
            counted.iter().any(|name| named(name) || all(name))
        };
        let most = self.columns.iter().filter(|column| counted(column)).count();
        for column in &mut self.columns {
            column.distinct = Some(match counted(column) {
                true => Distinct::counted(most),
                false => Distinct::estimated(),
            });
        }
        self
    }

    /// Takes away what was there before. The least, the greatest and the different values are of
    /// both, so that they say nothing.
    pub(super) fn without(mut self, before: &Found<'_>) -> Found<'t> {
        self.rows = self.rows.saturating_sub(before.rows);
        self.checksum.subtract(&before.checksum);
        for (column, before) in self.columns.iter_mut().zip(&before.columns) {
            column.nulls = column.nulls.saturating_sub(before.nulls);
            (column.min, column.max, column.distinct) = (None, None, None);
            column.checksum.subtract(&before.checksum);
            let sums = column.sum.take().zip(before.sum.as_ref());
            column.sum = sums.map(|(sum, before)| sum.without(before));
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
        let mut hash = RowHash::new();
        hash.cell(self.kind, cell);
        if let (Some(distinct), false) = (&mut self.distinct, *cell == Cell::Null) {
            distinct.see(hash.lanes());
        }
        self.checksum.add(hash);
        if let Some(sum) = &mut self.sum {
            sum.see(self.kind, cell);
        }
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

    pub(super) fn facts(self) -> Result<ColumnFacts, InsertError> {
        let text = |cell: Cell<'_>| shown(&cell.to_string());
        let distinct = self.distinct.map(Distinct::count).transpose()?;
        Ok(ColumnFacts {
            name: self.name.to_owned(),
            number: self.sum.is_some(),
            nulls: self.nulls,
            min: self.min.map(text),
            max: self.max.map(text),
            sum: self.sum.and_then(|sum| sum.text()),
            distinct: distinct.map(|(count, _)| count),
            exact: distinct.is_some_and(|(_, exact)| exact),
            checksum: self.checksum.to_string(),
            orphans: None,
        })
    }
}
