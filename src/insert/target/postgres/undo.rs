//! What an undo needs, kept in a table beside the target, and the undo itself.
//!
//! The rows of an insertion are those that its transaction made (`xmin`): whoever changes one
//! makes it anew, so that it is one of the insertion's no more.

use super::super::{GONE, Plan, STAYS, Table, quoted, refer};
use super::protocol::Trouble;
use super::{Postgres, copy, literal, upsert};
use crate::insert::undo::{Kept, Trail};
use crate::insert::{InsertError, Mode};

impl Postgres {
    /// Keeps what a statement selects, before it changes.
    pub(super) fn keep_former(&mut self, side: &str, select: &str) -> Result<(), InsertError> {
        let create = format!("CREATE TABLE {} AS {select}", quoted(side));
        match self.session.query(&create) {
            Ok(_) => Ok(()),
            Err(Trouble::Server(e)) if e.code == "42501" => Err(self.place.says(&format!(
                "what an undo needs can not be kept ({}); insert without undoable, or have an \
                 administrator run: GRANT CREATE ON SCHEMA public TO {}",
                e.message,
                quoted(&self.place.user)
            ))),
            Err(e) => Err(self.place.error(e)),
        }
    }

    /// Keeps all rows of the table, which go; nobody adds some meanwhile.
    pub(super) fn keep_replaced(&mut self, plan: &Plan<'_>, side: &str) -> Result<(), InsertError> {
        let table = &plan.table.quoted;
        self.run(&format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))?;
        self.keep_former(side, &format!("SELECT * FROM {table}"))
    }

    pub(super) fn keep_rows(&mut self, plan: &Plan<'_>) -> Result<Kept, InsertError> {
        let former = match (plan.side, plan.mode) {
            (Some(side), Mode::Replace | Mode::Upsert) => {
                let count = format!("SELECT count(*) FROM {}", quoted(side));
                self.value(&count)?.and_then(|n| n.parse().ok())
            }
            _ => None,
        };
        Ok(Kept {
            former: former.unwrap_or(0),
            own: self.made_by.clone(),
        })
    }

    /// Why it can not be taken back; else nobody writes to the table until the end.
    pub(super) fn obstacle(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> Result<Option<String>, InsertError> {
        let table = &plan.table.quoted;
        self.run(&format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))?;
        let there = format!("SELECT to_regclass({})", literal(&quoted(&trail.side)));
        if trail.former > 0 && self.value(&there)?.is_none() {
            return Ok(Some(GONE.to_owned()));
        }
        if plan.replaces() {
            let count = self.value(&format!("SELECT count(*) FROM {table}"))?;
            let rows: u64 = count.and_then(|n| n.parse().ok()).unwrap_or(0);
            let others = rows.saturating_sub(trail.rows);
            if others > 0 {
                return Ok(Some(format!("{others} other rows came since")));
            }
        }
        Ok(None)
    }

    pub(super) fn take_rows_back(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> Result<Result<u64, String>, InsertError> {
        let table = &plan.table.quoted;
        let side = quoted(&trail.side);
        let same = upsert::on(plan, "t", "f");
        let going = |t: &str| match plan.mode {
            Mode::Upsert if trail.former > 0 => format!(
                "{t}.{} AND NOT EXISTS (SELECT 1 FROM {side} f WHERE {})",
                own(trail),
                upsert::on(plan, t, "f")
            ),
            _ => format!("{t}.{}", own(trail)),
        };
        if let Some(child) = self.swept_along(plan.table, Some(&going))? {
            return Ok(Err(refer(&child)));
        }
        let delete = format!(
            "WITH done AS (DELETE FROM {table} t WHERE {} RETURNING 1) SELECT count(*) FROM done",
            going("t")
        );
        match self.count(&delete)? {
            Ok(removed) if removed == trail.gone() => {}
            Ok(_) => return Ok(Err(STAYS.to_owned())),
            Err(refused) => {
                return Ok(Err(format!(
                    "other rows stand in its way ({})",
                    refused.message
                )));
            }
        }
        if trail.former == 0 {
            self.forget_side(&trail.side)?;
            return Ok(Ok(0));
        }
        // All that the side table has but what the table computes by itself, and, in rows that
        // are there, what it has counted.
        let counted = match plan.mode {
            Mode::Upsert => " AND a.attidentity <> 'a'",
            _ => "",
        };
        let columns = self.ask(&format!(
            "SELECT quote_ident(a.attname) FROM pg_attribute a JOIN pg_attribute s \
               ON s.attname = a.attname AND s.attrelid = {}::regclass AND NOT s.attisdropped \
             WHERE a.attrelid = {}::regclass AND a.attnum > 0 AND NOT a.attisdropped \
               AND a.attgenerated = ''{counted} ORDER BY a.attnum",
            literal(&side),
            literal(table)
        ))?;
        let columns: Vec<String> = columns.into_iter().flatten().flatten().collect();
        let list = columns.join(",");
        let restore = match plan.mode {
            Mode::Upsert => {
                let key: Vec<String> = plan.keys().map(|c| quoted(&c.name)).collect();
                let set: Vec<String> = columns
                    .iter()
                    .filter(|name| {
                        !key.iter()
                            .any(|k| k.trim_matches('"') == name.trim_matches('"'))
                    })
                    .map(|name| format!("{name} = f.{name}"))
                    .collect();
                format!(
                    "WITH done AS (UPDATE {table} t SET {} FROM {side} f WHERE {same} \
                     RETURNING 1) SELECT count(*) FROM done",
                    set.join(", ")
                )
            }
            _ => format!(
                "WITH done AS (INSERT INTO {table} ({list}) OVERRIDING SYSTEM VALUE \
                 SELECT {list} FROM {side} RETURNING 1) SELECT count(*) FROM done"
            ),
        };
        match self.count(&restore)? {
            Ok(restored) => {
                self.forget_side(&trail.side)?;
                Ok(Ok(restored))
            }
            Err(refused) => Ok(Err(format!(
                "the rows that were there before can not be set back ({})",
                refused.message
            ))),
        }
    }

    /// Drops a table that is empty; one that views or other tables hang on the server keeps.
    pub(super) fn drop_empty(&mut self, table: &Table) -> Result<bool, InsertError> {
        // What was made for it since would go along without a word.
        let name = literal(&table.quoted);
        let any = format!(
            "SELECT EXISTS(SELECT 1 FROM {}) \
             OR EXISTS(SELECT 1 FROM pg_index WHERE indrelid = {name}::regclass AND NOT indisprimary) \
             OR EXISTS(SELECT 1 FROM pg_trigger WHERE tgrelid = {name}::regclass AND NOT tgisinternal) \
             OR EXISTS(SELECT 1 FROM pg_policy WHERE polrelid = {name}::regclass)",
            table.quoted
        );
        if self.value(&any)?.as_deref() != Some("f") {
            return Ok(false);
        }
        self.run("SAVEPOINT crewdesk_drop")?;
        match self.session.query(&format!("DROP TABLE {}", table.quoted)) {
            Ok(_) => {
                self.run("RELEASE crewdesk_drop")?;
                Ok(true)
            }
            Err(Trouble::Server(_)) => {
                self.run("ROLLBACK TO crewdesk_drop; RELEASE crewdesk_drop")?;
                Ok(false)
            }
            Err(e) => Err(self.place.error(e)),
        }
    }

    pub(super) fn forget_side(&mut self, side: &str) -> Result<(), InsertError> {
        self.run(&format!("DROP TABLE IF EXISTS {}", quoted(side)))
    }
}

/// The rows of a trail.
pub(super) fn touched(plan: &Plan<'_>, trail: &Trail) -> String {
    let table = &plan.table.quoted;
    format!(
        "SELECT {} FROM {table} WHERE {}",
        copy::names(plan),
        own(trail)
    )
}

/// What finds the rows of a trail.
fn own(trail: &Trail) -> String {
    let made_by = trail.own.as_deref().unwrap_or("0");
    format!("xmin = {}::xid", literal(made_by))
}
