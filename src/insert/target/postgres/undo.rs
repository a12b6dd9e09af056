//! What an undo needs, kept in a table beside the target, and the undo itself.
//!
//! The rows of an insertion are those that its transaction made (`xmin`): whoever changes one
//! makes it anew, so that it is one of the insertion's no more. An undo that sets rows back makes
//! them anew, too: those of each transaction in one of its own (a savepoint has its own), and its
//! ledger line says which, so that they are found as before.

use super::super::swept::Back;
use super::super::{CHANGES, GONE, LEDGER, Plan, STAYS, Table, quoted, refer};
use super::protocol::{ServerError, Trouble};
use super::{Postgres, copy, literal, upsert};
use crate::insert::undo::{Kept, Trail, Undone};
use crate::insert::{InsertError, Mode};

/// The column of a side table that says which transaction made a row.
const MADE_BY: &str = "crewdesk_made_by";
/// Most transactions whose rows are set back apart.
const APART: usize = 20;

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
        self.keep_former(side, &format!("SELECT t.*, {} FROM {table} t", made_by()))
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

    /// What finds the rows of a trail by now: undos since may have set some of them back.
    pub(super) fn own_by_now(&mut self, trail: &Trail) -> Result<Option<String>, InsertError> {
        let Some(own) = &trail.own else {
            return Ok(None);
        };
        let undos = self.undos(&trail.table)?;
        let mut moved: Vec<_> = undos.into_iter().flat_map(|done| done.made_anew).collect();
        let mut all = vec![own.clone()];
        let mut at = 0;
        while let Some(before) = all.get(at).cloned() {
            let anew = moved.extract_if(.., |(from, _)| *from == before);
            let anew: Vec<String> = anew.map(|(_, to)| to).collect();
            all.extend(anew);
            at += 1;
        }
        Ok(Some(all.join(",")))
    }

    /// What the ledger says of the undos in a table, as far as it may be read.
    fn undos(&mut self, table: &str) -> Result<Vec<Undone>, InsertError> {
        if !self.may_read_ledger()? {
            return Ok(Vec::new());
        }
        let lines = self.ask(&format!(
            "SELECT outcome FROM {LEDGER} WHERE mode = 'undo' AND table_name = {}",
            literal(table)
        ))?;
        let outcomes = lines.into_iter().flatten().flatten();
        Ok(outcomes
            .filter_map(|text| serde_json::from_str(&text).ok())
            .collect())
    }

    pub(super) fn take_rows_back(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> Result<Result<u64, String>, InsertError> {
        let table = &plan.table.quoted;
        let side = quoted(&trail.side);
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
            "SELECT a.attname FROM pg_attribute a JOIN pg_attribute s \
               ON s.attname = a.attname AND s.attrelid = {}::regclass AND NOT s.attisdropped \
             WHERE a.attrelid = {}::regclass AND a.attnum > 0 AND NOT a.attisdropped \
               AND a.attgenerated = ''{counted} ORDER BY a.attnum",
            literal(&side),
            literal(table)
        ))?;
        let columns: Vec<String> = columns.into_iter().flatten().flatten().collect();
        let restore = Restore {
            plan,
            side: &side,
            columns: &columns,
        };
        if plan.mode == Mode::Upsert {
            let same = upsert::on(plan, "t", "f");
            let back = Back {
                side: &side,
                same: &same,
            };
            if let Some(child) = self.changed_with(plan.table, &restore.others(), Some(&back))? {
                return Ok(Err(refer(&child)));
            }
        }
        match self.set_back(&restore)? {
            Ok(_) if self.value(&restore.changed())?.is_some() => Ok(Err(CHANGES.to_owned())),
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

    /// Sets back what is kept: the rows of each transaction apart, or, where they need each other,
    /// all together.
    fn set_back(&mut self, restore: &Restore<'_>) -> Result<Result<u64, ServerError>, InsertError> {
        self.run("SAVEPOINT crewdesk_back")?;
        match self.set_back_apart(restore)? {
            Ok(restored) => Ok(Ok(restored)),
            Err(_) => {
                self.made_anew.clear();
                self.run("ROLLBACK TO crewdesk_back")?;
                self.count(&restore.statement("true", false))
            }
        }
    }

    fn set_back_apart(
        &mut self,
        restore: &Restore<'_>,
    ) -> Result<Result<u64, ServerError>, InsertError> {
        // What goes through a partitioned table does not say which transaction made it.
        let kept = format!(
            "SELECT 1 FROM pg_attribute a JOIN pg_class c ON c.oid = {}::regclass \
             WHERE a.attrelid = {}::regclass AND a.attname = '{MADE_BY}' AND c.relkind = 'r'",
            literal(&restore.plan.table.quoted),
            literal(restore.side)
        );
        let mut makers = Vec::new();
        if self.value(&kept)?.is_some() {
            makers = self.ask(&format!(
                "SELECT {MADE_BY} FROM {} GROUP BY 1 ORDER BY count(*) DESC LIMIT {APART}",
                restore.side
            ))?;
        }
        let makers: Vec<String> = makers.into_iter().flatten().flatten().collect();
        let (mut restored, mut others) = (0, "true".to_owned());
        for maker in makers {
            let is = format!("f.{MADE_BY} = {}", literal(&maker));
            others += &format!(" AND NOT {is}");
            self.run("SAVEPOINT crewdesk_rows")?;
            let sql = restore.statement(&is, true);
            let (rows, anew) = match self.session.query(&sql) {
                Ok(rows) => {
                    let mut values = rows.into_iter().flatten();
                    let count = values.next().flatten().and_then(|n| n.parse().ok());
                    (count.unwrap_or(0), values.next().flatten())
                }
                Err(e) => return self.refusal(e).map(Err),
            };
            self.run("RELEASE crewdesk_rows")?;
            restored += rows;
            self.made_anew.extend(anew.map(|anew| (maker, anew)));
        }
        Ok(self
            .count(&restore.statement(&others, false))?
            .map(|rest| restored + rest))
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

/// What finds the rows of a trail: transactions, with commas between them.
fn own(trail: &Trail) -> String {
    let made_by = trail.own.as_deref().unwrap_or("0").split(',');
    let made_by: Vec<String> = made_by.map(|by| format!("{}::xid", literal(by))).collect();
    format!("xmin IN ({})", made_by.join(", "))
}

/// The column of a side table that says which transaction made a row of `t`.
pub(super) fn made_by() -> String {
    format!("t.xmin::text AS {MADE_BY}")
}

/// How the rows of a side table come into the table.
struct Restore<'r> {
    plan: &'r Plan<'r>,
    side: &'r str,
    columns: &'r [String],
}

impl Restore<'_> {
    fn names(&self, of: &str) -> String {
        let names = self.columns.iter();
        let names: Vec<String> = names.map(|name| format!("{of}{}", quoted(name))).collect();
        names.join(",")
    }

    /// The columns but those of the key, in SQL.
    fn others(&self) -> Vec<String> {
        let is_key = |name: &&String| self.plan.keys().any(|key| key.name == **name);
        let others = self.columns.iter().filter(|name| !is_key(name));
        others.map(|name| quoted(name)).collect()
    }

    /// A row that is not as it was kept, if there is one. As texts, which each type has; not each
    /// has an equal.
    fn changed(&self) -> String {
        let (table, side) = (&self.plan.table.quoted, self.side);
        let came = match self.plan.mode {
            Mode::Upsert => format!(
                "{table} t JOIN {side} f ON {}",
                upsert::on(self.plan, "t", "f")
            ),
            _ => format!("{table} t"),
        };
        format!(
            "SELECT ROW({})::text FROM {side} f EXCEPT ALL SELECT ROW({})::text FROM {came} LIMIT 1",
            self.names("f."),
            self.names("t.")
        )
    }

    /// Sets back the rows `f` that a condition is true of: how many, and, if that is asked, which
    /// transaction made them by that.
    fn statement(&self, which: &str, tells: bool) -> String {
        let (table, side) = (&self.plan.table.quoted, self.side);
        let done = "SELECT count(*), max(by) FROM done";
        let by = match (tells, self.plan.mode) {
            (false, _) => "NULL::text",
            (true, Mode::Upsert) => "t.xmin::text",
            (true, _) => "xmin::text",
        };
        if self.plan.mode != Mode::Upsert {
            let list = self.names("");
            return format!(
                "WITH done AS (INSERT INTO {table} ({list}) OVERRIDING SYSTEM VALUE \
                 SELECT {list} FROM {side} f WHERE {which} RETURNING {by} AS by) {done}"
            );
        }
        let set = self.others();
        let set: Vec<String> = set
            .iter()
            .map(|name| format!("{name} = f.{name}"))
            .collect();
        format!(
            "WITH done AS (UPDATE {table} t SET {} FROM {side} f WHERE {} AND {which} \
             RETURNING {by} AS by) {done}",
            set.join(", "),
            upsert::on(self.plan, "t", "f")
        )
    }
}
