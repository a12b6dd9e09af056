//! What is found out about rows: of the frame on their way in, of the table when they are read
//! back. Where number and checksum are the same, the rest is, too.

use super::InsertError;
use super::batch::Batch;
use super::checksum::{Checksum, RowHash};
use super::distinct::Distinct;
use super::facts::{ColumnFacts, shown};
use super::near::same_column;
use super::sum::Sum;
use super::target::Table;
use super::types::{Cell, ColumnType, Decimal};
use std::borrow::Cow;
use std::cmp::Ordering;

/// Columns whose different values are counted where that is asked for; those of the others are
/// estimated, so that memory has a bound.
const MOST_COUNTED: usize = 32;

/// What is known of some rows.
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
        let most = most.min(MOST_COUNTED);
        let mut left = most;
        for column in &mut self.columns {
            let exact = left > 0 && counted(column);
            left -= usize::from(exact);
            column.distinct = match (column.kind, exact) {
                // How such a document is written, only the target knows.
                (ColumnType::Json { rewritten: true }, _) => None,
                (_, true) => Some(Distinct::counted(most)),
                (_, false) => Some(Distinct::estimated()),
            };
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

    /// Whether the checksum tells all that is to be known of the values.
    pub(super) fn is_whole(&self) -> bool {
        let rewritten =
            |c: &ColumnFound<'_>| matches!(c.kind, ColumnType::Json { rewritten: true });
        !self.columns.iter().any(rewritten)
    }

    /// Forgets all rows.
    pub(super) fn forget(&mut self) {
        (self.rows, self.checksum) = (0, Checksum::default());
        for column in &mut self.columns {
            (column.nulls, column.min, column.max) = (0, None, None);
            column.sum = column.sum.take().map(|_| Sum::default());
            column.distinct = column.distinct.take().map(Distinct::anew);
            column.checksum = Checksum::default();
        }
    }

    /// Takes in rows that were hashed before, but for some; `except` is in order.
    pub(super) fn see_hashed(&mut self, batch: &Batch, except: &[usize]) {
        let mut skipped = except.iter().peekable();
        for (at, row) in batch.rows().iter().enumerate() {
            if skipped.next_if(|skip| **skip == at).is_none() {
                self.checksum.add(row.hash);
            }
        }
        self.see_columns(batch, except);
    }

    /// Takes in the rows of a batch.
    pub(super) fn see(&mut self, batch: &Batch) {
        for row in 0..batch.len() {
            let mut hash = RowHash::new();
            for (cell, column) in batch.cells(row, row + 1).zip(&self.columns) {
                hash.cell(column.kind, &cell);
            }
            self.checksum.add(hash);
        }
        self.see_columns(batch, &[]);
    }

    fn see_columns(&mut self, batch: &Batch, except: &[usize]) {
        self.rows += (batch.len() - except.len().min(batch.len())) as u64;
        for (at, column) in self.columns.iter_mut().enumerate() {
            let mut skipped = except.iter().peekable();
            let rows =
                (0..batch.len()).filter(|row| skipped.next_if(|skip| *skip == row).is_none());
            column.see(rows.map(|row| batch.cell(row, at)));
        }
    }
}

/// A value among others of its batch, a decimal taken apart once.
struct Ranked<'b> {
    cell: Cell<'b>,
    digits: Option<Decimal<'b>>,
}

impl<'b> Ranked<'b> {
    fn new(cell: Cell<'b>) -> Ranked<'b> {
        let digits = match &cell {
            Cell::Decimal(Cow::Borrowed(text)) => Some(Decimal::parse_or_zero(text)),
            _ => None,
        };
        Ranked { cell, digits }
    }

    fn order(&self, other: &Ranked<'_>) -> Ordering {
        match (&self.digits, &other.digits) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => self.cell.order(&other.cell),
        }
    }
}

impl ColumnFound<'_> {
    fn see<'b>(&mut self, cells: impl Iterator<Item = Cell<'b>>) {
        let (mut min, mut max) = (None::<Ranked<'b>>, None::<Ranked<'b>>);
        for cell in cells {
            let mut hash = RowHash::new();
            hash.cell(self.kind, &cell);
            if let (Some(distinct), false) = (&mut self.distinct, cell == Cell::Null) {
                distinct.see(hash.lanes());
            }
            self.checksum.add(hash);
            if let Some(sum) = &mut self.sum {
                sum.see(self.kind, &cell);
            }
            match cell {
                Cell::Null => self.nulls += 1,
                Cell::Blob(_) => {}
                cell => {
                    let value = Ranked::new(cell);
                    if max.as_ref().is_none_or(|max| value.order(max).is_gt()) {
                        if min.is_none() {
                            min = Some(Ranked::new(value.cell.clone()));
                        }
                        max = Some(value);
                    } else if min.as_ref().is_none_or(|min| value.order(min).is_lt()) {
                        min = Some(value);
                    }
                }
            }
        }
        let keep = |kept: &mut Option<Cell<'static>>, value: Option<Ranked<'_>>, wanted| {
            if let Some(Ranked { cell, .. }) = value
                && kept.as_ref().is_none_or(|kept| cell.order(kept) == wanted)
            {
                *kept = Some(cell.to_static());
            }
        };
        keep(&mut self.min, min, Ordering::Less);
        keep(&mut self.max, max, Ordering::Greater);
    }

    /// What is told of a column of so many rows.
    pub(super) fn facts(self, rows: u64) -> Result<ColumnFacts, InsertError> {
        let text = |cell: Cell<'_>| shown(&cell.to_string());
        let distinct = self.distinct.map(Distinct::count).transpose()?;
        Ok(ColumnFacts {
            name: self.name.to_owned(),
            number: self.sum.is_some(),
            nulls: self.nulls,
            min: self.min.map(text),
            max: self.max.map(text),
            sum: self.sum.and_then(|sum| sum.text()),
            // An estimate may go beyond what is possible.
            distinct: distinct.map(|(count, _)| count.min(rows.saturating_sub(self.nulls))),
            exact: distinct.is_some_and(|(_, exact)| exact),
            checksum: self.checksum.to_string(),
            orphans: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insert::batch::RowOf;
    use crate::insert::target::Column;

    fn table() -> Table {
        let column = |name: &str, kind| Column {
            name: name.into(),
            declared: String::new(),
            kind,
            not_null: false,
            has_default: false,
            primary_key: false,
            generated: false,
        };
        let amount = ColumnType::Decimal {
            precision: None,
            scale: None,
            binary: false,
        };
        let note = ColumnType::Text {
            max: None,
            padded: false,
        };
        Table {
            name: "t".into(),
            quoted: "t".into(),
            columns: vec![column("amount", amount), column("note", note)],
            keys: Vec::new(),
        }
    }

    fn batch(table: &Table, rows: &[(&str, Option<&str>)]) -> Batch {
        let mut batch = Batch::default();
        batch.reset(2);
        for (amount, note) in rows {
            let note = note.map_or(Cell::Null, |note| Cell::Text(note.into()));
            let mut hash = RowHash::new();
            for (cell, column) in [Cell::Decimal((*amount).into()), note]
                .iter()
                .zip(&table.columns)
            {
                hash.cell(&column.kind, cell);
                batch.push(cell);
            }
            batch.finish_row(RowOf {
                hash,
                ..RowOf::default()
            });
        }
        batch
    }

    fn facts(found: Found<'_>) -> (u64, String, Vec<ColumnFacts>) {
        let checksum = found.checksum.to_string();
        let columns = found
            .columns
            .into_iter()
            .map(|c| c.facts(found.rows).unwrap());
        (found.rows, checksum, columns.collect())
    }

    fn all(table: &Table) -> Found<'_> {
        Found::new(table, &[0, 1]).with_distinct(&[])
    }

    #[test]
    fn what_is_known_beforehand_is_what_is_found() {
        let table = table();
        let parts = [
            &[("9.5", Some("b")), ("-10", None), ("2", Some("a"))][..],
            &[("10.25", Some("")), ("0", Some("c"))],
        ];
        let (mut known, mut found) = (all(&table), all(&table));
        for rows in parts {
            known.see_hashed(&batch(&table, rows), &[]);
            found.see(&batch(&table, rows));
        }
        let known = facts(known);
        assert_eq!(known, facts(found));
        let [amount, note] = &known.2[..] else {
            panic!("{known:?}");
        };
        let text = |value: &str| Some(value.to_owned());
        assert_eq!((known.0, amount.nulls, note.nulls), (5, 0, 1));
        assert_eq!((&amount.min, &amount.max), (&text("-10"), &text("10.25")));
        assert_eq!((&amount.sum, amount.distinct), (&text("11.75"), Some(5)));
        assert_eq!((&note.min, &note.max), (&text(""), &text("c")));
        assert_eq!((&note.sum, note.distinct), (&None, Some(4)));
    }

    #[test]
    fn rows_that_are_refused_are_not_known() {
        let table = table();
        let rows = [("9", Some("z")), ("1", Some("b")), ("0", None)];
        let mut without = all(&table);
        without.see_hashed(&batch(&table, &rows), &[0, 2]);
        let mut alone = all(&table);
        alone.see(&batch(&table, &rows[1..2]));
        assert_eq!(facts(without), facts(alone));
        let mut none = all(&table);
        none.see(&batch(&table, &rows));
        none.forget();
        assert_eq!(facts(none), facts(all(&table)));
    }
}
