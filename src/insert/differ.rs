//! In what the rows of the table differ from those of the frame, where they are not the same: the
//! column, a row with its value, and what stands in the table instead.

use super::batch::{Batch, RowOf};
use super::checksum::Hash;
use super::facts::shown;
use super::flow::{Finding, TELL};
use super::intake::Intake;
use super::rows::Rows;
use super::target::{Plan, Table, Target};
use super::types::{Cell, ColumnType};
use super::{Cancel, InsertError};
use std::collections::HashSet;

/// Most different values that are held, some 10 MB; of more it is said only which column differs.
const MOST: usize = 900_000;

/// The values of a column, by their hashes.
type Values = HashSet<u64>;

/// What tells a value from others.
fn hash(kind: &ColumnType, cell: &Cell<'_>) -> u64 {
    let [hash, _] = Hash::of(kind, cell).lanes();
    hash
}

/// One column of the rows of an insertion.
pub(super) struct Differing<'d> {
    pub(super) table: &'d Table,
    pub(super) plan: &'d Plan<'d>,
    /// Its place among the columns of the frame.
    pub(super) column: usize,
    /// Whether the table has no other rows that are read back.
    pub(super) alone: bool,
    pub(super) cancel: &'d Cancel,
}

impl Differing<'_> {
    /// A sentence; `intake` is for rows that come once more.
    pub(super) fn told(
        &self,
        target: &mut dyn Target,
        rows: &mut dyn Rows,
        intake: Intake<'_>,
    ) -> Result<String, InsertError> {
        let column = self.plan.columns.get(self.column);
        let column = column.and_then(|at| self.table.columns.get(*at));
        let Some(column) = column else {
            return Ok(String::new());
        };
        let mut said = format!(
            "the rows in the table differ from the data frame in {}",
            column.name
        );
        let kind = &column.kind;
        let files = intake.files.clone();
        if let Some(there) = self.there(target, kind)?
            && let Some((row, value, sent)) = self.sent(rows, intake, kind, &there)?
        {
            let file = row.file.and_then(|at| files.get(at as usize));
            let file = file.map_or(String::new(), |file| format!("{}, ", shown(file)));
            let place = match row.line {
                Some(line) => format!("{file}line {line}"),
                None => format!("{file}record {}", row.record),
            };
            said += &format!(": {place} has {value}");
            if self.alone
                && let Some(instead) = self.instead(target, kind, &sent)?
            {
                said += &format!(", the table {instead}");
            }
        }
        Ok(said
            + ". A trigger, the type of the column or its collation makes another value of what \
               comes: send what the table keeps")
    }

    /// The values in the table; none where they are too many.
    fn there(
        &self,
        target: &mut dyn Target,
        kind: &ColumnType,
    ) -> Result<Option<Values>, InsertError> {
        let mut there = Values::new();
        self.look(target, &mut |cell| {
            if there.len() <= MOST {
                there.insert(hash(kind, cell));
            }
        })?;
        Ok((there.len() <= MOST).then_some(there))
    }

    /// The first value that was sent and is not there, with its row; and the values that were sent.
    fn sent(
        &self,
        rows: &mut dyn Rows,
        mut intake: Intake<'_>,
        kind: &ColumnType,
        there: &Values,
    ) -> Result<Option<(RowOf, String, Values)>, InsertError> {
        let (mut first, mut sent) = (None, Values::new());
        let mut see = |batch: &Batch| {
            for row in 0..batch.len() {
                let cell = batch.cell(row, self.column);
                let hash = hash(kind, &cell);
                if first.is_none() && !there.contains(&hash) {
                    first = batch.row_of(row).map(|of| (*of, written(&cell)));
                }
                if self.alone && sent.len() <= MOST {
                    sent.insert(hash);
                }
            }
        };
        let mut spare = Batch::default();
        rows.each(&mut |item, bytes| {
            intake.take(&item);
            if intake.is_full() {
                let full = intake.hand_over(std::mem::take(&mut spare), bytes);
                see(&full);
                spare = full;
                self.cancel.check()?;
            }
            Ok(true)
        })?;
        see(&intake.hand_over(spare, 0));
        Ok(first.map(|(row, value)| (row, value, sent)))
    }

    /// The first value in the table that nobody sent.
    fn instead(
        &self,
        target: &mut dyn Target,
        kind: &ColumnType,
        sent: &Values,
    ) -> Result<Option<String>, InsertError> {
        let mut first = None;
        self.look(target, &mut |cell| {
            if first.is_none() && !sent.contains(&hash(kind, cell)) {
                first = Some(written(cell));
            }
        })?;
        Ok(first)
    }

    /// Looks at the values of the column in the table.
    fn look(
        &self,
        target: &mut dyn Target,
        see: &mut (dyn FnMut(&Cell<'_>) + Send),
    ) -> Result<(), InsertError> {
        struct Looking<'l> {
            see: &'l mut (dyn FnMut(&Cell<'_>) + Send),
            column: usize,
            at: usize,
            rows: u64,
            cancel: &'l Cancel,
        }
        impl Finding for Looking<'_> {
            fn value(&mut self, cell: &Cell<'_>) {
                if self.at == self.column {
                    (self.see)(cell);
                }
                self.at += 1;
            }

            fn end_row(&mut self) -> Result<(), InsertError> {
                (self.at, self.rows) = (0, self.rows + 1);
                match self.rows.is_multiple_of(TELL) {
                    true => self.cancel.check(),
                    false => Ok(()),
                }
            }
        }
        let mut looking = Looking {
            see,
            column: self.column,
            at: 0,
            rows: 0,
            cancel: self.cancel,
        };
        target.read_back(self.plan, &mut looking)
    }
}

/// A value as people read it.
fn written(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Blob(bytes) => {
            let digits: String = bytes.iter().take(16).map(|b| format!("{b:02x}")).collect();
            let more = if bytes.len() > 16 { "…" } else { "" };
            format!("0x{digits}{more}")
        }
        Cell::Text(text) => format!("{:?}", shown(text)),
        other => other.to_string(),
    }
}
