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
    /// Those whose key, one whole number, is above what was there, or within the runs that the
    /// frame has below it: what others insert meanwhile is not seen.
    Keys {
        key: String,
        most: i64,
        at: Option<usize>,
        runs: Runs,
    },
    /// Nobody knows: the table is read before and after.
    NobodyKnows,
}

impl Own {
    /// Takes in the keys of rows that are sent.
    pub(super) fn see(&mut self, batch: &Batch, from: usize, to: usize) {
        let Own::Keys {
            most,
            at: Some(at),
            runs,
            ..
        } = self
        else {
            return;
        };
        for row in from..to {
            match batch.cell(row, *at) {
                Cell::Integer(key) if key > *most => {}
                key => runs.value(&key),
            }
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
            Own::Keys {
                key, most, runs, ..
            } => {
                let mut all = within(key, runs.0.clone());
                all.push(format!("{key} > {most}"));
                all
            }
        }
    }
}

/// The conditions that find the rows whose key is within runs, each once.
pub(super) fn within(key: &str, mut runs: Vec<(i64, i64)>) -> Vec<String> {
    runs.sort_unstable();
    runs.dedup_by(|next, run| {
        let touches = run.1.checked_add(1).is_some_and(|after| next.0 <= after);
        if touches {
            run.1 = run.1.max(next.1);
        }
        touches
    });
    let (one, many): (Vec<_>, Vec<_>) = runs.into_iter().partition(|run| run.0 == run.1);
    let ranges = many
        .into_iter()
        .map(|(a, b)| format!("{key} BETWEEN {a} AND {b}"));
    let lists = one.chunks(KEYS).map(|keys| {
        let keys: Vec<String> = keys.iter().map(|(n, _)| n.to_string()).collect();
        format!("{key} IN ({})", keys.join(","))
    });
    ranges.chain(lists).collect()
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
        if !matches!(column.kind, ColumnType::Integer { .. }) {
            return Ok(Own::NobodyKnows);
        }
        let key = quoted(&column.name);
        let most = self.value(&format!("SELECT MAX({key}) FROM {}", plan.table.quoted))?;
        Ok(match most.and_then(|most| most.parse().ok()) {
            Some(most) => Own::Keys {
                key,
                most,
                at: plan.columns.iter().position(|at| at == position),
                runs: Runs::default(),
            },
            None => Own::NobodyKnows,
        })
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
            most: 20,
            at: Some(0),
            runs: Runs::default(),
        };
        let mut batch = Batch::default();
        batch.reset(1);
        for key in [
            Some(1),
            Some(2),
            Some(3),
            None,
            Some(4),
            Some(9),
            Some(21),
            Some(7),
            Some(5),
            Some(20),
        ] {
            batch.push(&key.map_or(Cell::Null, Cell::Integer));
            batch.finish_row(RowOf {
                file: None,
                item: 0,
                line: None,
                record: 0,
            });
        }
        own.see(&batch, 0, 10);
        assert_eq!(
            own.conditions(),
            ["k BETWEEN 1 AND 5", "k IN (7,9,20)", "k > 20"]
        );
        own.forget();
        assert_eq!(own.conditions(), ["k > 20"]);
    }
}
