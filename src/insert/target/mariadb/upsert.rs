//! Rows by their key: loaded into a temporary table, then those whose key the table has are
//! updated and the others inserted. The keys are locked first, also those that are not there.
//!
//! Only the key of the plan decides: a conflict of any other key refuses the row. That is why
//! ON DUPLICATE KEY UPDATE, which takes any key, is not used.

use super::super::server::{self, ByKey, Dialect, MARK, Search, Upserts, into, stand_in};
use super::super::{Broken, Column, Merged, Plan, Rejection, TWICE, Taken};
use super::aside::DIALECT;
use super::error::is_about_rows;
use super::protocol::{Effect, ServerError, Trouble};
use super::rows;
use super::{MariaDb, quoted};
use crate::insert::InsertError;
use crate::insert::batch::Batch;
use crate::insert::flow::Supply;
use crate::insert::types::ColumnType;

/// The rows of the frame, or of a part of it.
pub(super) const STAGE: &str = "crewdesk_stage";
/// The keys of the parts before.
const SEEN: &str = "crewdesk_seen";

impl MariaDb {
    /// Updates and inserts all that comes.
    pub(super) fn upsert_all(
        &mut self,
        plan: &Plan<'_>,
        supply: &mut Supply,
    ) -> Result<Taken, InsertError> {
        self.make(STAGE, &rows::names(plan), plan)?;
        let stage = stand_in(plan, STAGE);
        // A key that comes twice is a warning, and so refused.
        if self.load_all(&into(plan, &stage), supply)? == Taken::NotAll {
            return Ok(Taken::NotAll);
        }
        if let Some(side) = plan.side {
            self.lock_keys(plan)?;
            self.keep_updated(plan, side)?;
        }
        Ok(match self.merge(plan)? {
            Ok(merged) => {
                self.merged = merged;
                Taken::All
            }
            Err(_) => Taken::NotAll,
        })
    }

    /// Tries all that comes, in parts that get smaller where the server refuses.
    pub(super) fn try_upsert(
        &mut self,
        plan: &Plan<'_>,
        supply: &mut Supply,
    ) -> Result<(), InsertError> {
        self.make(STAGE, &rows::names(plan), plan)?;
        self.make(SEEN, &key(plan, ""), plan)?;
        self.merged = Merged::default();
        let cancel = self.place.cancel.clone();
        let mut trial = Upserts { to: self, plan };
        Search::new(&mut trial, &cancel).all(supply)
    }

    fn try_stage(
        &mut self,
        plan: &Plan<'_>,
        batch: &Batch,
        rows: &[usize],
        statement: &[u8],
    ) -> Result<Result<(), Rejection>, InsertError> {
        let none = &mut |_: &[u8]| Ok::<(), InsertError>(());
        match self.session.run(statement, none) {
            Ok(_) => {}
            Err(Trouble::Server(e)) if is_about_rows(&e) => return Ok(Err(self.rejection(&e))),
            Err(e) => return Err(self.place.error(e)),
        }
        let see = format!(
            "INSERT INTO {SEEN} ({0}, {MARK}) SELECT {0}, {MARK} FROM {STAGE}",
            key(plan, "")
        );
        if self.refused(&see)?.is_err() {
            // A key that came before; of a part of several rows nobody hears this.
            let earlier = format!(
                "SELECT e.{MARK} FROM {STAGE} s JOIN {SEEN} e ON {} LIMIT 1",
                on(plan, "e", "s")
            );
            let mark = self.value(&earlier)?.and_then(|mark| mark.parse().ok());
            let first = rows.first().and_then(|row| batch.row_of(*row));
            let place = match (mark, first) {
                (Some(mark), Some(of)) => of.place(mark),
                _ => "an earlier row".to_owned(),
            };
            return Ok(Err(Rejection {
                column: Some(plan.key_names()),
                reason: format!("{place} {TWICE}"),
                broken: Broken::Key,
            }));
        }
        match self.merge(plan)? {
            Ok(merged) => {
                self.merged.updated += merged.updated;
                self.merged.unchanged += merged.unchanged;
                Ok(Ok(()))
            }
            Err(e) => Ok(Err(self.rejection(&e))),
        }
    }

    /// An empty temporary table with these columns of the target, the key unique.
    fn make(&mut self, name: &str, columns: &str, plan: &Plan<'_>) -> Result<(), InsertError> {
        self.run(&format!("DROP TEMPORARY TABLE IF EXISTS {name}"))?;
        self.run(&format!(
            "CREATE TEMPORARY TABLE {name} (UNIQUE KEY ({})) ENGINE=InnoDB \
             SELECT {columns}, CAST(NULL AS SIGNED) AS {MARK} FROM {} LIMIT 0",
            key(plan, ""),
            plan.table.quoted
        ))
        .map(|_| ())
    }

    /// Brings the rows of the stage into the table; what the server says against one, if it does.
    fn merge(&mut self, plan: &Plan<'_>) -> Result<Result<Merged, ServerError>, InsertError> {
        let table = &plan.table.quoted;
        let on = on(plan, "t", "s");
        let known = self.lock_keys(plan)?;
        let mut updated = 0;
        if known > 0 {
            let set: Vec<String> = plan
                .taken()
                .map(|column| format!("t.{0} = s.{0}", quoted(&column.name)))
                .collect();
            let update = format!(
                "UPDATE {table} t JOIN {STAGE} s ON {on} SET {} WHERE {}",
                set.join(", "),
                difference(plan)
            );
            match self.refused(&update)? {
                Ok(effect) => updated = effect.rows,
                Err(refused) => return Ok(Err(refused)),
            }
        }
        let merged = Merged {
            updated,
            unchanged: known.saturating_sub(updated),
            deleted: 0,
        };
        // A column that is missing is held against the statement, also where no row is new.
        let all = self.value(&format!("SELECT COUNT(*) FROM {STAGE}"))?;
        if all.and_then(|n| n.parse().ok()) == Some(known) {
            return Ok(Ok(merged));
        }
        let first = plan.keys().next().map_or("", |column| column.name.as_str());
        let names: Vec<String> = plan
            .taken()
            .map(|column| format!("s.{}", quoted(&column.name)))
            .collect();
        let insert = format!(
            "INSERT INTO {table} ({}) SELECT {} FROM {STAGE} s LEFT JOIN {table} t ON {on} \
             WHERE t.{} IS NULL",
            rows::names(plan),
            names.join(","),
            quoted(first)
        );
        Ok(self.refused(&insert)?.map(|_| merged))
    }

    /// Locks the keys of the stage in the table; how many are there.
    fn lock_keys(&mut self, plan: &Plan<'_>) -> Result<u64, InsertError> {
        let lock = format!("SELECT COUNT(*) FROM {} FOR UPDATE", upserted(plan));
        Ok(self.value(&lock)?.and_then(|n| n.parse().ok()).unwrap_or(0))
    }

    /// Runs SQL; what the server says against rows, if it does.
    fn refused(&mut self, sql: &str) -> Result<Result<Effect, ServerError>, InsertError> {
        match self.session.query(sql) {
            Ok((_, effect)) => Ok(Ok(effect)),
            Err(Trouble::Server(e)) if is_about_rows(&e) => Ok(Err(e)),
            Err(e) => Err(self.place.error(e)),
        }
    }
}

impl ByKey for MariaDb {
    const SEEN: &'static str = SEEN;
    const DIALECT: Dialect = Dialect {
        lock: "",
        ..DIALECT
    };

    fn quoted(name: &str) -> String {
        quoted(name)
    }

    fn try_by_key(
        &mut self,
        plan: &Plan<'_>,
        batch: &Batch,
        rows: &[usize],
    ) -> Result<(usize, Option<Rejection>), InsertError> {
        let into = format!("{STAGE} ({},{MARK})", rows::names(plan));
        let mark = |row| Some(batch.row_of(row).map_or(0, |of| of.mark()));
        let (statement, tried) = rows::statement(&into, batch, rows, mark);
        self.run("SAVEPOINT crewdesk_rows")?;
        match self.try_stage(plan, batch, rows, &statement)? {
            Ok(()) => {
                self.run(&format!("DELETE FROM {STAGE}"))?;
                self.run("RELEASE SAVEPOINT crewdesk_rows")?;
                Ok((tried, None))
            }
            Err(why) => {
                self.run("ROLLBACK TO SAVEPOINT crewdesk_rows")?;
                Ok((tried, Some(why)))
            }
        }
    }
}

/// The rows `t` of the upsert.
pub(super) fn upserted(plan: &Plan<'_>) -> String {
    format!(
        "{STAGE} s STRAIGHT_JOIN {} t ON {}",
        plan.table.quoted,
        on(plan, "t", "s")
    )
}

/// That a row of the table differs from the one of the stage.
pub(super) fn difference(plan: &Plan<'_>) -> String {
    let differs: Vec<String> = plan.taken().map(differs).collect();
    format!("({})", differs.join(" OR "))
}

/// That a column differs, in each of its signs: `=` may take `a` for `A`.
fn differs(column: &Column) -> String {
    let name = quoted(&column.name);
    let exact = match column.kind {
        ColumnType::Text { .. } => "BINARY ",
        _ => "",
    };
    format!("NOT ({exact}t.{name} <=> {exact}s.{name})")
}

/// The names of the key's columns.
pub(super) fn key(plan: &Plan<'_>, prefix: &str) -> String {
    server::key(plan, prefix, quoted)
}

/// That two rows have the same key.
pub(super) fn on(plan: &Plan<'_>, one: &str, other: &str) -> String {
    server::same_key(plan, (one, other), quoted)
}
