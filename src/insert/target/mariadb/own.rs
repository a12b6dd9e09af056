//! Which rows of a table are of this insertion. The server does not say; their keys do.

use super::{MariaDb, quoted};
use crate::insert::InsertError;
use crate::insert::batch::Batch;
use crate::insert::flow::Finding;
use crate::insert::target::Plan;
use crate::insert::types::{Cell, ColumnType};

/// Keys that one statement asks for.
const KEYS: usize = 1000;

/// Keys as runs: those that follow each other cost nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Runs(pub(super) Vec<(i64, i64)>);

impl Finding for Runs {
    fn value(&mut self, cell: &Cell<'_>) {
        if let Cell::Integer(key) = *cell {
            match self.0.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(key) => *last = key,
                _ => self.0.push((key, key)),
            }
        }
    }

    fn end_row(&mut self) -> Result<(), InsertError> {
        Ok(())
    }
}

/// Which rows of the table are of this insertion.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Own {
    /// All: it was empty.
    All,
    /// Those whose key, which the server counts, is above what was there.
    Above { key: String, most: String },
    /// Those whose key, a whole number of the frame, is within these runs.
    Keys { key: String, at: usize, runs: Runs },
    /// Nobody knows: the table is read before and after.
    NobodyKnows,
}

impl Own {
    /// Takes in the keys of rows that are sent.
    pub(super) fn see(&mut self, batch: &Batch, from: usize, to: usize) {
        let Own::Keys { at, runs, .. } = self else {
            return;
        };
        for row in from..to {
            runs.value(&batch.cell(row, *at));
        }
    }

    /// Nothing was sent after all.
    pub(super) fn forget(&mut self) {
        if let Own::Keys { runs, .. } = self {
            runs.0.clear();
        }
    }

    /// The conditions that find the rows, each once.
    pub(super) fn conditions(&self) -> Vec<String> {
        match self {
            Own::All | Own::NobodyKnows => vec!["TRUE".to_owned()],
            Own::Above { key, most } => vec![format!("{key} > {most}")],
            Own::Keys { key, runs, .. } => {
                let mut runs = runs.0.clone();
                runs.sort_unstable();
                runs.dedup_by(|next, run| {
                    let touches = run.1.checked_add(1).is_some_and(|after| next.0 <= after);
                    if touches {
                        run.1 = run.1.max(next.1);
                    }
                    touches
                });
                let (one, many): (Vec<_>, Vec<_>) =
                    runs.into_iter().partition(|run| run.0 == run.1);
                let ranges = many
                    .into_iter()
                    .map(|(a, b)| format!("{key} BETWEEN {a} AND {b}"));
                let lists = one.chunks(KEYS).map(|keys| {
                    let keys: Vec<String> = keys.iter().map(|(n, _)| n.to_string()).collect();
                    format!("{key} IN ({})", keys.join(","))
                });
                ranges.chain(lists).collect()
            }
        }
    }
}

impl MariaDb {
    /// How the rows that will come are told from those that are there.
    pub(super) fn find_own(&mut self, plan: &Plan<'_>) -> Result<Own, InsertError> {
        let any = format!("SELECT EXISTS(SELECT 1 FROM {})", plan.table.quoted);
        if plan.replaces() || self.value(&any)?.as_deref() == Some("0") {
            return Ok(Own::All);
        }
        let primary = plan
            .table
            .columns
            .iter()
            .enumerate()
            .filter(|(_, c)| c.primary_key);
        let primary: Vec<_> = primary.collect();
        let [(position, column)] = primary.as_slice() else {
            return Ok(Own::NobodyKnows);
        };
        let key = quoted(&column.name);
        let whole = matches!(column.kind, ColumnType::Integer { .. });
        match plan.columns.iter().position(|at| at == position) {
            Some(at) if whole && column.not_null => Ok(Own::Keys {
                key,
                at,
                runs: Runs::default(),
            }),
            None if whole => {
                let most = format!("SELECT MAX({key}) FROM {}", plan.table.quoted);
                let most = self.value(&most)?.unwrap_or_else(|| "0".to_owned());
                Ok(Own::Above { key, most })
            }
            _ => Ok(Own::NobodyKnows),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insert::batch::RowOf;

    #[test]
    fn keys_become_ranges_and_lists() {
        let mut own = Own::Keys {
            key: "k".into(),
            at: 0,
            runs: Runs::default(),
        };
        let mut batch = Batch::default();
        batch.reset(1);
        for key in [1, 2, 3, 4, 9, 7, 5, 20] {
            batch.push(&Cell::Integer(key));
            batch.finish_row(RowOf {
                file: None,
                item: 0,
                line: None,
                record: 0,
            });
        }
        own.see(&batch, 0, 8);
        assert_eq!(own.conditions(), ["k BETWEEN 1 AND 5", "k IN (7,9,20)"]);
        own.forget();
        assert_eq!(own.conditions(), [""; 0]);
    }
}
