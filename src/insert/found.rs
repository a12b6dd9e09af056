//! What is found out about rows: of the frame on their way in, of the table when they are read
//! back. Where number and checksum are the same, the rest is, too.

use super::InsertError;
use super::batch::Batch;
use super::checksum::{Checksum, Hash};
use super::distinct::Distinct;
use super::facts::{ColumnFacts, shown};
use super::sum::Sum;
use super::target::Table;
use super::types::{Cell, ColumnType, Decimal};
use crate::value::near::same_column;
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
    /// Those of the rows of a batch, as far as they are hashed.
    hashes: Vec<Hash>,
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
            hashes: Vec::new(),
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

    /// The checksum of each column.
    pub(super) fn checksums(&self) -> Vec<String> {
        let columns = self.columns.iter();
        columns.map(|column| column.checksum.to_string()).collect()
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

    /// Their number and their checksum.
    pub(super) fn seen(&self) -> Seen {
        Seen {
            rows: self.rows,
            checksum: self.checksum,
        }
    }

    /// Takes in the rows of a batch, column by column.
    pub(super) fn see(&mut self, batch: &Batch) {
        self.rows += batch.len() as u64;
        self.hashes.clear();
        self.hashes.resize(batch.len(), Hash::default());
        for (at, column) in self.columns.iter_mut().enumerate() {
            column.see(batch, at, &mut self.hashes);
        }
        for row in &self.hashes {
            self.checksum.add(*row);
        }
    }
}

/// Rows by their number and their checksum: where both are the same, the rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) rows: u64,
    checksum: Checksum,
}

/// Rows as they are found in a table, to be compared with those that are known.
pub(super) struct Compared {
    kinds: Vec<ColumnType>,
    pub(super) rows: u64,
    checksum: Checksum,
    /// The row that comes, up to this column.
    row: Hash,
    at: usize,
}

impl Compared {
    /// Of these columns of a table.
    pub(super) fn of(table: &Table, positions: &[usize]) -> Compared {
        let columns = positions.iter().filter_map(|at| table.columns.get(*at));
        Compared {
            kinds: columns.map(|column| column.kind.clone()).collect(),
            rows: 0,
            checksum: Checksum::default(),
            row: Hash::default(),
            at: 0,
        }
    }

    /// How many columns.
    pub(super) fn width(&self) -> usize {
        self.kinds.len()
    }

    /// The next value of the row.
    #[inline]
    pub(super) fn value(&mut self, cell: &Cell<'_>) {
        if let Some(kind) = self.kinds.get(self.at) {
            self.row.add(Hash::of(kind, cell));
        }
        self.at += 1;
    }

    #[inline]
    pub(super) fn end_row(&mut self) {
        self.checksum.add(std::mem::take(&mut self.row));
        self.rows += 1;
        self.at = 0;
    }

    /// What was found so far.
    pub(super) fn seen(&self) -> Seen {
        Seen {
            rows: self.rows,
            checksum: self.checksum,
        }
    }
}

/// A value among others of its batch, a decimal taken apart.
type Ranked<'b> = (Cell<'b>, Option<Decimal<'b>>);

/// How a value stands to one that was kept.
fn order(cell: &Cell<'_>, digits: Option<&Decimal<'_>>, kept: &Ranked<'_>) -> Ordering {
    match (digits, &kept.1) {
        (Some(a), Some(b)) => a.cmp(b),
        _ => cell.order(&kept.0),
    }
}

impl ColumnFound<'_> {
    /// Takes in the values of a column of a batch, and each into the hash of its row.
    fn see<'b>(&mut self, batch: &'b Batch, at: usize, rows: &mut [Hash]) {
        let (mut min, mut max) = (None::<Ranked<'b>>, None::<Ranked<'b>>);
        for (row, row_hash) in rows.iter_mut().enumerate() {
            // Values stay where they are: moving them about takes longer than all else.
            let cell = batch.cell(row, at);
            let digits = match &cell {
                Cell::Decimal(Cow::Borrowed(text)) => Some(Decimal::parse_or_zero(text)),
                _ => None,
            };
            let hash = match &digits {
                Some(number) => Hash::decimal(number),
                None => Hash::of(self.kind, &cell),
            };
            row_hash.add(hash);
            self.checksum.add(hash);
            if let Cell::Null = cell {
                self.nulls += 1;
                continue;
            }
            if let Some(distinct) = &mut self.distinct {
                distinct.see(hash.lanes());
            }
            match (&mut self.sum, &digits) {
                (None, _) => {}
                (Some(sum), Some(number)) => sum.decimal(number),
                (Some(sum), None) => sum.see(self.kind, &cell),
            }
            if let Cell::Blob(_) = cell {
                continue;
            }
            for (kept, wanted) in [(&mut min, Ordering::Less), (&mut max, Ordering::Greater)] {
                let rank = |kept| order(&cell, digits.as_ref(), kept) == wanted;
                if kept.as_ref().is_none_or(rank) {
                    *kept = Some((cell.clone(), digits));
                }
            }
        }
        let keep = |kept: &mut Option<Cell<'static>>, value: Option<Ranked<'_>>, wanted| {
            if let Some((cell, _)) = value
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
            lost: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insert::batch::RowOf;
    use crate::insert::target::Column;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const WHOLE: ColumnType = ColumnType::Integer {
        min: i64::MIN,
        max: i64::MAX,
    };
    const AMOUNT: ColumnType = ColumnType::Decimal {
        precision: None,
        scale: None,
        binary: false,
    };
    const NOTE: ColumnType = ColumnType::Text {
        max: None,
        padded: false,
    };

    fn table() -> Table {
        let column = |(name, kind): (&str, ColumnType)| Column {
            name: name.into(),
            declared: String::new(),
            kind,
            not_null: false,
            has_default: false,
            primary_key: false,
            generated: false,
        };
        let columns = [("n", WHOLE), ("amount", AMOUNT), ("note", NOTE)];
        Table {
            name: "t".into(),
            quoted: "t".into(),
            columns: columns.map(column).into(),
            keys: Vec::new(),
        }
    }

    type Row = (Option<i64>, Option<i32>, Option<String>);

    /// An amount in hundredths, with zeros that say nothing or without.
    fn amount(cents: i32) -> String {
        let sign = if cents < 0 { "-" } else { "" };
        let (whole, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
        match rest {
            0 => format!("{sign}{whole}"),
            rest => format!("{sign}{whole}.{rest:02}0"),
        }
    }

    fn seen(table: &Table, rows: &[Row], size: usize) -> (u64, String, Vec<ColumnFacts>) {
        let mut found = Found::new(table, &[0, 1, 2]).with_distinct(&[]);
        for rows in rows.chunks(size) {
            let mut batch = Batch::default();
            batch.reset(3);
            for (n, cents, note) in rows {
                batch.push(&n.map_or(Cell::Null, Cell::Integer));
                let cents = cents.map(|cents| Cell::Decimal(amount(cents).into()));
                batch.push(&cents.unwrap_or(Cell::Null));
                let note = note.as_ref().map(|note| Cell::Text(note.into()));
                batch.push(&note.unwrap_or(Cell::Null));
                batch.finish_row(RowOf::default());
            }
            found.see(&batch);
        }
        let (rows, checksum) = (found.rows, found.checksum.to_string());
        let columns = found.columns.into_iter().map(|c| c.facts(rows).unwrap());
        (rows, checksum, columns.collect())
    }

    /// The same of values, one by one.
    fn naive<T: Ord>(
        values: impl Iterator<Item = Option<T>>,
        text: impl Fn(&T) -> String,
    ) -> (u64, Option<String>, Option<String>, Option<u64>) {
        let (mut nulls, mut all) = (0, BTreeSet::new());
        for value in values {
            match value {
                Some(value) => drop(all.insert(value)),
                None => nulls += 1,
            }
        }
        let different = all.len() as u64;
        (
            nulls,
            all.first().map(&text),
            all.last().map(&text),
            Some(different),
        )
    }

    fn of(column: &ColumnFacts) -> (u64, Option<String>, Option<String>, Option<u64>) {
        assert!(column.exact);
        (
            column.nulls,
            column.min.clone(),
            column.max.clone(),
            column.distinct,
        )
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_is_there(
            rows in prop::collection::vec(
                (
                    prop::option::of(any::<i64>()),
                    prop::option::of(-99_999..99_999_i32),
                    prop::option::of("[a-cü]{0,2}"),
                ),
                0..40,
            ),
            size in 1..9_usize,
            turn: prop::sample::Index,
        ) {
            let table = table();
            let facts = seen(&table, &rows, size);
            prop_assert_eq!(facts.0, rows.len() as u64);
            let [n, cents, note] = &facts.2[..] else { panic!("{facts:?}") };
            prop_assert_eq!(of(n), naive(rows.iter().map(|row| row.0), i64::to_string));
            prop_assert_eq!(of(cents), naive(rows.iter().map(|row| row.1), |n| amount(*n)));
            prop_assert_eq!(of(note), naive(rows.iter().map(|row| row.2.clone()), String::clone));
            let sum = rows.iter().filter_map(|row| row.0).map(i128::from).sum::<i128>();
            let some = rows.iter().any(|row| row.0.is_some());
            prop_assert_eq!(&n.sum, &some.then(|| sum.to_string()));
            let sum: i64 = rows.iter().filter_map(|row| row.1).map(i64::from).sum();
            let found = cents.sum.as_ref().map(|sum| (sum.parse::<f64>().unwrap() * 100.0).round());
            let some = rows.iter().any(|row| row.1.is_some());
            prop_assert_eq!(found, some.then_some(sum as f64));
            prop_assert_eq!(&note.sum, &None);
            // In another order they are the same rows.
            let mut turned = rows.clone();
            turned.rotate_left(turn.index(rows.len().max(1)));
            prop_assert_eq!(&seen(&table, &turned, 3), &facts);
            // With one value in another row they are others, though each column has the same.
            if let Some(at) = rows.windows(2).position(|two| two[0].0 != two[1].0 && two[0].2 != two[1].2) {
                let first = turned_note(&rows, at);
                let other = seen(&table, &first, 3);
                prop_assert_ne!(&other.1, &facts.1);
                prop_assert_eq!(&other.2[2].checksum, &note.checksum);
            }
        }
    }

    /// Two rows that follow each other change their notes.
    fn turned_note(rows: &[Row], at: usize) -> Vec<Row> {
        let mut rows = rows.to_vec();
        let note = rows[at].2.take();
        rows[at].2 = rows[at + 1].2.take();
        rows[at + 1].2 = note;
        rows
    }

    #[test]
    fn what_was_there_before_goes_off() {
        let table = table();
        let rows = [
            (Some(1), Some(250), None),
            (Some(2), None, Some("b".to_owned())),
        ];
        let of = |rows: &[Row]| {
            let mut batch = Batch::default();
            batch.reset(1);
            for (n, ..) in rows {
                batch.push(&n.map_or(Cell::Null, Cell::Integer));
                batch.finish_row(RowOf::default());
            }
            let mut found = Found::new(&table, &[0]);
            found.see(&batch);
            found
        };
        let rest = of(&rows).without(&of(&rows[..1]));
        let alone = of(&rows[1..]);
        assert_eq!((rest.rows, rest.checksum), (alone.rows, alone.checksum));
        let facts = |mut found: Found<'_>| found.columns.remove(0).facts(1).unwrap();
        let (rest, alone) = (facts(rest), facts(alone));
        assert_eq!((&rest.sum, &rest.checksum), (&alone.sum, &alone.checksum));
        assert_eq!((rest.min, rest.distinct), (None, None));
    }
}
