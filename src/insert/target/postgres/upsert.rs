//! Rows by their key: copied into a temporary table, then those whose key the table has are
//! updated and the others inserted, while nobody else writes to the table.
//!
//! Only the key of the plan decides: a conflict of any other key refuses the row.

use super::super::server::{self, ByKey, Dialect, MARK, Search, Upserts, into, stand_in};
use super::super::{Broken, Merged, Plan, Rejection, TWICE, Taken, quoted};
use super::aside::DIALECT;
use super::protocol::ServerError;
use super::{Postgres, copy, error, undo};
use crate::insert::InsertError;
use crate::insert::batch::Batch;
use crate::insert::flow::Supply;
use crate::insert::types::ColumnType;

/// The rows of the frame, or of a part of it.
const STAGE: &str = "pg_temp.crewdesk_stage";
/// The rows of the parts before.
const SEEN: &str = "pg_temp.crewdesk_seen";

impl Postgres {
    /// Updates and inserts all that comes; why the server refuses it, if it does.
    pub(super) fn upsert_all(
        &mut self,
        plan: &Plan<'_>,
        supply: &mut Supply,
    ) -> Result<Taken, InsertError> {
        self.make_stage(plan)?;
        let stage = stand_in(plan, STAGE);
        if self.copy_all(&into(plan, &stage), supply)?.is_some() {
            return Ok(Taken::NotAll);
        }
        // Makes the joins quick, and fails where a key comes twice.
        let names = key(plan, "");
        let index = format!("CREATE UNIQUE INDEX ON {STAGE} ({names})");
        if self.refused(&index)?.is_some() {
            return Ok(Taken::NotAll);
        }
        self.run(&format!("ANALYZE {STAGE}"))?;
        // Who reads is not kept waiting.
        self.run(&format!(
            "LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE",
            plan.table.quoted
        ))?;
        if let Some(side) = plan.side {
            let former = format!(
                "SELECT t.*, {} FROM {} t JOIN {STAGE} s ON {} WHERE {}",
                undo::made_by(),
                plan.table.quoted,
                on(plan, "t", "s"),
                difference(plan)
            );
            self.keep_former(side, &former)?;
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
        self.make_stage(plan)?;
        self.run(&format!(
            "CREATE TEMPORARY TABLE crewdesk_seen ON COMMIT DROP AS SELECT {}, {MARK} FROM {STAGE}; \
             CREATE UNIQUE INDEX ON {SEEN} ({})",
            key(plan, ""),
            key(plan, "")
        ))?;
        self.merged = Merged::default();
        let cancel = self.place.cancel.clone();
        let mut trial = Upserts { to: self, plan };
        Search::new(&mut trial, &cancel).all(supply)
    }

    /// Updates and inserts rows by their key, or says why the server refuses them.
    fn try_upsert_of(
        &mut self,
        plan: &Plan<'_>,
        batch: &Batch,
        rows: &[usize],
    ) -> Result<Option<Rejection>, InsertError> {
        self.run("SAVEPOINT crewdesk_rows")?;
        let refused = self.stage_rows(plan, batch, rows)?;
        let mut why = refused.map(|refused| error::rejection(&refused));
        let see = format!(
            "INSERT INTO {SEEN} SELECT {}, {MARK} FROM {STAGE}",
            key(plan, "")
        );
        if why.is_none() && self.refused(&see)?.is_some() {
            // A key that came before, in this part or an earlier one.
            self.run("ROLLBACK TO crewdesk_rows")?;
            why = Some(self.twice(plan, batch, rows)?);
        }
        if why.is_none() {
            match self.merge(plan)? {
                Ok(merged) => {
                    self.merged.updated += merged.updated;
                    self.merged.unchanged += merged.unchanged;
                    self.run(&format!("TRUNCATE {STAGE}; RELEASE crewdesk_rows"))?;
                    return Ok(None);
                }
                Err(refused) => why = Some(error::rejection(&refused)),
            }
        }
        self.run("ROLLBACK TO crewdesk_rows; RELEASE crewdesk_rows")?;
        Ok(why)
    }

    /// Copies rows into the stage; why the server refuses them, if it does.
    fn stage_rows(
        &mut self,
        plan: &Plan<'_>,
        batch: &Batch,
        rows: &[usize],
    ) -> Result<Option<ServerError>, InsertError> {
        let stage = stand_in(plan, STAGE);
        let codecs = self.codecs(plan);
        let refused = self.begin_copy(&into(plan, &stage), Some(MARK))?;
        if refused.is_some() {
            return Ok(refused);
        }
        let mark = |row| batch.row_of(row).map_or(0, |of| of.mark());
        self.write_rows(&codecs, batch, rows, Some(&mark))?;
        self.end_copy()
    }

    /// Why the first row of a part is refused whose key came before.
    fn twice(
        &mut self,
        plan: &Plan<'_>,
        batch: &Batch,
        rows: &[usize],
    ) -> Result<Rejection, InsertError> {
        let mut place = "an earlier row".to_owned();
        if let [row] = rows {
            self.stage_rows(plan, batch, rows)?;
            let earlier = format!(
                "SELECT e.{MARK} FROM {SEEN} e JOIN {STAGE} s ON {}",
                on(plan, "e", "s")
            );
            let mark = self.value(&earlier)?.and_then(|mark| mark.parse().ok());
            if let (Some(mark), Some(of)) = (mark, batch.row_of(*row)) {
                place = of.place(mark);
            }
        }
        Ok(Rejection {
            column: Some(plan.key_names()),
            reason: format!("{place} {TWICE}"),
            broken: Broken::Key,
        })
    }

    /// An empty temporary table with the columns of the frame.
    fn make_stage(&mut self, plan: &Plan<'_>) -> Result<(), InsertError> {
        self.run(&format!(
            "CREATE TEMPORARY TABLE crewdesk_stage ON COMMIT DROP AS \
             SELECT {}, 0::bigint AS {MARK} FROM {} WITH NO DATA",
            copy::names(plan),
            plan.table.quoted
        ))
    }

    /// Brings the rows of the stage into the table; what the server says against one, if it does.
    fn merge(&mut self, plan: &Plan<'_>) -> Result<Result<Merged, ServerError>, InsertError> {
        let table = &plan.table.quoted;
        let on = on(plan, "t", "s");
        let others: Vec<_> = plan.others().collect();
        let count = format!("SELECT count(*) FROM {STAGE} s JOIN {table} t ON {on}");
        let known: u64 = self
            .value(&count)?
            .and_then(|n| n.parse().ok())
            .unwrap_or(0);
        let mut updated = 0;
        if known > 0 && !others.is_empty() {
            let set: Vec<String> = others
                .iter()
                .map(|column| format!("{0} = s.{0}", quoted(&column.name)))
                .collect();
            let update = format!(
                "WITH updated AS (UPDATE {table} t SET {} FROM {STAGE} s WHERE {on} AND {} \
                 RETURNING 1) SELECT count(*) FROM updated",
                set.join(", "),
                difference(plan)
            );
            match self.count(&update)? {
                Ok(count) => updated = count,
                Err(refused) => return Ok(Err(refused)),
            }
        }
        let insert = format!(
            "INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM {STAGE} s \
             WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE {on})",
            names = copy::names(plan)
        );
        Ok(match self.refused(&insert)? {
            None => Ok(Merged {
                updated,
                unchanged: known.saturating_sub(updated),
                deleted: 0,
            }),
            Some(refused) => Err(refused),
        })
    }

    /// Runs SQL; what the server says against rows, if it does.
    pub(super) fn refused(&mut self, sql: &str) -> Result<Option<ServerError>, InsertError> {
        match self.session.query(sql) {
            Ok(_) => Ok(None),
            Err(e) => self.refusal(e).map(Some),
        }
    }

    /// A number; what the server says against rows, if it does.
    pub(super) fn count(&mut self, sql: &str) -> Result<Result<u64, ServerError>, InsertError> {
        match self.session.query(sql) {
            Ok(rows) => {
                let value = rows.into_iter().flatten().flatten().next();
                Ok(Ok(value.and_then(|n| n.parse().ok()).unwrap_or(0)))
            }
            Err(e) => self.refusal(e).map(Err),
        }
    }

    /// The rows `t` of the upsert, up to a condition.
    pub(super) fn upserted(plan: &Plan<'_>) -> String {
        format!(
            "{} t JOIN {STAGE} s ON {} WHERE true",
            plan.table.quoted,
            on(plan, "t", "s")
        )
    }
}

impl ByKey for Postgres {
    const SEEN: &'static str = SEEN;
    const DIALECT: Dialect = DIALECT;

    fn quoted(name: &str) -> String {
        quoted(name)
    }

    fn try_by_key(
        &mut self,
        plan: &Plan<'_>,
        batch: &Batch,
        rows: &[usize],
    ) -> Result<(usize, Option<Rejection>), InsertError> {
        let refused = self.try_upsert_of(plan, batch, rows)?;
        Ok((rows.len(), refused))
    }
}

/// That a row of the table differs from the one of the stage.
fn difference(plan: &Plan<'_>) -> String {
    let differs: Vec<String> = plan
        .others()
        .map(|column| {
            // A document that is kept as it is written has no equals.
            let text = match column.kind {
                ColumnType::Json { rewritten: false } => "::text",
                _ => "",
            };
            let name = quoted(&column.name);
            format!("t.{name}{text} IS DISTINCT FROM s.{name}{text}")
        })
        .collect();
    match differs.is_empty() {
        true => "FALSE".to_owned(),
        false => format!("({})", differs.join(" OR ")),
    }
}

/// The names of the key's columns.
fn key(plan: &Plan<'_>, prefix: &str) -> String {
    server::key(plan, prefix, quoted)
}

/// That two rows have the same key.
pub(super) fn on(plan: &Plan<'_>, one: &str, other: &str) -> String {
    server::same_key(plan, (one, other), quoted)
}
