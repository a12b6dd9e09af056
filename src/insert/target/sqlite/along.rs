//! Rows that are read back while others go in, on the thread that writes, which else waits.
//!
//! Only where nothing but the insertion itself can change a row that is in: not with triggers.

use super::insertion::{found, names};
use crate::insert::found::{Compared, Seen};
use crate::insert::target::{Plan, quoted};
use rusqlite::{Connection, Statement};

/// The runs of row numbers that one batch may make. Rows that lie about are read all at once, when
/// the last one is in.
const RUNS: usize = 8;

/// What reads them.
pub(super) struct Along<'a> {
    read: Statement<'a>,
    compared: Compared,
}

impl<'a> Along<'a> {
    /// Of the plan's table, whose rows have this number.
    pub(super) fn new(
        connection: &'a Connection,
        plan: &Plan<'_>,
        number: &str,
    ) -> rusqlite::Result<Along<'a>> {
        let sql = format!(
            "SELECT {} FROM main.{} AS t WHERE t.{number} BETWEEN ?1 AND ?2",
            names(plan, "t."),
            quoted(&plan.table.name)
        );
        Ok(Along {
            read: connection.prepare(&sql)?,
            compared: Compared::of(plan.table, plan.columns),
        })
    }

    /// Reads the rows that have just gone in, by the runs of their numbers; `None` if it gives up.
    pub(super) fn read(mut self, runs: &[(i64, i64)]) -> rusqlite::Result<Option<Along<'a>>> {
        if runs.len() > RUNS {
            return Ok(None);
        }
        for (first, last) in runs {
            let mut rows = self.read.query((first, last))?;
            while let Some(row) = rows.next()? {
                for at in 0..self.compared.width() {
                    self.compared.value(&found(row.get_ref(at)?));
                }
                self.compared.end_row();
            }
        }
        Ok(Some(self))
    }

    /// What was read.
    pub(super) fn seen(&self) -> Seen {
        self.compared.seen()
    }
}
