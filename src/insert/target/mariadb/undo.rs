//! What an undo needs, kept in tables beside the target, and the undo itself.
//!
//! Making a table ends the server's transaction: the tables are made empty before it, and go with
//! [`super::Target::discard`] when the rows do not stay.

use super::super::swept::Back;
use super::super::{CHANGES, Column, GONE, LEDGER, Plan, refer, side_rows};
use super::create::{MARK, digest};
use super::error::is_missing;
use super::own::{Own, Runs, within};
use super::protocol::Trouble;
use super::{MariaDb, literal, quoted, upsert};
use crate::insert::types::ColumnType;
use crate::insert::undo::{Kept, SIDE, Trail};
use crate::insert::{InsertError, Mode};

/// What [`Trail::own`] says where the rows are all that the table has.
const ALL: &str = "all";
/// Runs that one statement writes.
const RUNS: usize = 5_000;

/// The key that is one whole number, by which ranges of rows can be told.
fn number<'p>(plan: &Plan<'p>) -> Option<&'p Column> {
    let mut primary = plan.table.columns.iter().filter(|c| c.primary_key);
    let first = primary.next()?;
    let whole = matches!(first.kind, ColumnType::Integer { .. });
    (whole && primary.next().is_none()).then_some(first)
}

/// The columns that are kept of a row, by name: `*` leaves out those that are invisible.
fn kept<'p>(plan: &Plan<'p>) -> impl Iterator<Item = &'p Column> + use<'p> {
    plan.table.columns.iter().filter(|c| !c.generated)
}

fn columns(plan: &Plan<'_>, prefix: &str) -> String {
    let names = kept(plan).map(|column| format!("{prefix}{}", quoted(&column.name)));
    names.collect::<Vec<_>>().join(",")
}

/// The sum of a hash of each row. Of the bytes: `=` may take `a` for `A`.
fn digests(columns: &[&Column], of: &str, from: &str) -> String {
    let values = columns.iter().map(|column| {
        let name = format!("{of}.{}", quoted(&column.name));
        let value = match column.kind {
            // As a text it has fewer digits.
            ColumnType::Real { single: true, .. } => format!("({name} + 0e0)"),
            _ => name,
        };
        format!("COALESCE(HEX(CAST({value} AS BINARY)), '-')")
    });
    let values: Vec<String> = values.collect();
    format!(
        "SELECT SUM(CAST(CONV(LEFT(MD5(CONCAT_WS(',', {})), 15), 16, 10) AS UNSIGNED)) \
         FROM {from}",
        values.join(",")
    )
}

impl MariaDb {
    /// Makes the tables that will keep what an undo needs, and begins the transaction anew.
    pub(super) fn make_side(&mut self, plan: &Plan<'_>) -> Result<(), InsertError> {
        let Some(side) = plan.side else {
            return Ok(());
        };
        self.open = false;
        self.forget_side(side)?;
        self.sweep_sides()?;
        let key = self.key.clone().unwrap_or_default();
        let mark = self.value(&format!("SELECT {}", digest(&key)))?;
        let mark = format!("COMMENT='{MARK}{}'", mark.unwrap_or_default());
        let table = &plan.table.quoted;
        let former = matches!(plan.mode, Mode::Replace | Mode::Upsert);
        let mut makes = Vec::new();
        if former {
            let side = quoted(side);
            let unique = match plan.mode {
                Mode::Upsert => format!("(UNIQUE KEY ({}))", upsert::key(plan, "")),
                _ => String::new(),
            };
            makes.push(format!(
                "CREATE TABLE {side} {unique} ENGINE=InnoDB {mark} SELECT {} FROM {table} LIMIT 0",
                columns(plan, "")
            ));
        }
        let names = quoted(&side_rows(side));
        makes.push(match plan.mode {
            Mode::Upsert => format!(
                "CREATE TABLE {names} (UNIQUE KEY ({0})) ENGINE=InnoDB {mark} \
                 SELECT {0} FROM {table} LIMIT 0",
                upsert::key(plan, "")
            ),
            _ => format!(
                "CREATE TABLE {names} (first BIGINT NOT NULL PRIMARY KEY, last BIGINT NOT NULL) \
                 ENGINE=InnoDB {mark}"
            ),
        });
        for make in makes {
            match self.session.query(&make) {
                Ok(_) => {}
                Err(Trouble::Server(e)) if matches!(e.code, 1142 | 1044) => {
                    return Err(self.place.says(&format!(
                        "what an undo needs can not be kept ({}); insert without undoable, or \
                         have an administrator run: GRANT CREATE, DROP, SELECT, INSERT ON `{SIDE}%` \
                         (as a pattern of the database) TO {}",
                        e.message, self.place.user
                    )));
                }
                Err(e) => return Err(self.place.error(e)),
            }
        }
        self.start()?;
        match plan.mode {
            Mode::Append if self.find_own(plan)? == Own::NobodyKnows => Err(InsertError::Table {
                table: plan.table.name.clone(),
                reason: "its rows can not be told apart for an undo: on MariaDB that needs a \
                         primary key that is one whole number; insert without undoable"
                    .into(),
            }),
            _ => Ok(()),
        }
    }

    /// Drops the tables that insertions made for their undo and did not fill: those whose worker
    /// died, or whose server was too busy to drop them when they were given up.
    fn sweep_sides(&mut self) -> Result<(), InsertError> {
        let marked = format!(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() \
             AND LEFT(table_name, {}) = '{SIDE}' AND LEFT(table_comment, {}) = '{MARK}'",
            SIDE.len(),
            MARK.len()
        );
        // Those that are kept for an undo are in the ledger, where there is one.
        let unkept = format!(
            "{marked} AND SUBSTR(table_comment, {}) NOT IN (SELECT MD5(`key`) FROM {LEDGER})",
            MARK.len() + 1
        );
        let names = match self.ask(&unkept) {
            Ok(names) => names,
            Err(_) => self.ask(&marked)?,
        };
        for name in names.into_iter().flatten().flatten() {
            // One that went meanwhile, or may not be read, is no matter of this insertion.
            if let Ok(Some(_)) = self.left_behind(&name) {
                // What another one keeps, or may not be dropped, is left to the next.
                let _ = self
                    .session
                    .query(&format!("DROP TABLE IF EXISTS {}", quoted(&name)));
            }
        }
        Ok(())
    }

    /// Keeps all rows of the table, which go; nobody adds some meanwhile.
    pub(super) fn keep_replaced(&mut self, plan: &Plan<'_>, side: &str) -> Result<(), InsertError> {
        let keep = format!(
            "INSERT INTO {} ({names}) SELECT {names} FROM {}",
            quoted(side),
            plan.table.quoted,
            names = columns(plan, "")
        );
        self.run(&keep).map(|_| ())
    }

    pub(super) fn keep_rows(&mut self, plan: &Plan<'_>) -> Result<Kept, InsertError> {
        let Some(side) = plan.side else {
            return Ok(Kept::default());
        };
        let mut own = None;
        if plan.mode != Mode::Upsert {
            match number(plan) {
                Some(column) => self.keep_runs(plan, column, side)?,
                None => own = Some(ALL.to_owned()),
            }
        }
        let former = match plan.mode {
            Mode::Replace | Mode::Upsert => {
                let count = format!("SELECT COUNT(*) FROM {}", quoted(side));
                self.value(&count)?.and_then(|n| n.parse().ok())
            }
            _ => None,
        };
        Ok(Kept {
            former: former.unwrap_or(0),
            own,
        })
    }

    /// Writes down the keys of this insertion's rows, as this transaction sees them.
    fn keep_runs(
        &mut self,
        plan: &Plan<'_>,
        column: &Column,
        side: &str,
    ) -> Result<(), InsertError> {
        let mut runs = Runs::default();
        let position = plan.table.columns.iter().position(|c| c == column);
        let position = [position.unwrap_or_default()];
        let keys = Plan {
            table: plan.table,
            columns: &position,
            mode: plan.mode,
            key: &[],
            side: None,
            asked: false,
        };
        for condition in self.own.conditions() {
            let from = format!(
                "{} WHERE {condition} ORDER BY {}",
                plan.table.quoted,
                quoted(&column.name)
            );
            self.read(&keys, &from, "", &mut runs)?;
        }
        let side = quoted(&side_rows(side));
        for runs in runs.0.chunks(RUNS) {
            let values: Vec<String> = runs.iter().map(|(a, b)| format!("({a},{b})")).collect();
            self.run(&format!("INSERT INTO {side} VALUES {}", values.join(",")))?;
        }
        Ok(())
    }

    /// From where the rows of a trail are read, each once.
    pub(super) fn found_by(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> Result<Vec<String>, InsertError> {
        let table = &plan.table.quoted;
        let rows = quoted(&side_rows(&trail.side));
        if plan.mode == Mode::Upsert {
            let on = upsert::on(plan, "t", "r");
            return Ok(vec![format!("{rows} r STRAIGHT_JOIN {table} t ON {on}")]);
        }
        let conditions = match number(plan) {
            Some(column) if trail.own.is_none() => {
                let runs = self.ask(&format!("SELECT first, last FROM {rows}"))?;
                let number = |value: Option<String>| value.and_then(|n| n.parse().ok());
                let runs = runs.into_iter().filter_map(|row| {
                    let mut row = row.into_iter().map(number);
                    Some((row.next()??, row.next()??))
                });
                within(&format!("t.{}", quoted(&column.name)), runs.collect())
            }
            _ => vec!["TRUE".to_owned()],
        };
        Ok(conditions
            .into_iter()
            .map(|condition| format!("{table} t WHERE {condition}"))
            .collect())
    }

    fn exists(&mut self, table: &str) -> Result<bool, InsertError> {
        let found = format!(
            "SELECT 1 FROM information_schema.tables \
             WHERE table_schema = DATABASE() AND table_name = {}",
            literal(table)
        );
        Ok(self.value(&found)?.is_some())
    }

    /// Why it can not be taken back.
    pub(super) fn obstacle(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> Result<Option<String>, InsertError> {
        if !self.open {
            self.start()?;
        }
        if !self.exists(&side_rows(&trail.side))?
            || trail.former > 0 && !self.exists(&trail.side)?
        {
            return Ok(Some(GONE.to_owned()));
        }
        if plan.replaces() || trail.own.is_some() {
            let count = format!("SELECT COUNT(*) FROM {} FOR UPDATE", plan.table.quoted);
            let rows: u64 = self
                .value(&count)?
                .and_then(|n| n.parse().ok())
                .unwrap_or(0);
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
        let (side, rows) = (quoted(&trail.side), quoted(&side_rows(&trail.side)));
        let same = upsert::on(plan, "t", "f");
        let going = |t: &str| match (plan.mode, number(plan)) {
            (Mode::Upsert, _) => format!(
                "EXISTS (SELECT 1 FROM {rows} r WHERE {}) \
                 AND NOT EXISTS (SELECT 1 FROM {side} f WHERE {})",
                upsert::on(plan, t, "r"),
                upsert::on(plan, t, "f")
            ),
            (_, Some(column)) if trail.own.is_none() => format!(
                "COALESCE((SELECT r.last FROM {rows} r WHERE r.first <= {t}.{0} \
                 ORDER BY r.first DESC LIMIT 1) >= {t}.{0}, FALSE)",
                quoted(&column.name)
            ),
            _ => "TRUE".to_owned(),
        };
        if let Some(child) = self.swept_along(plan.table, Some(&going))? {
            return Ok(Err(refer(&child)));
        }
        let mut statements: Vec<String> = match plan.mode {
            Mode::Upsert => {
                let on = upsert::on(plan, "t", "r");
                let first = plan
                    .keys()
                    .next()
                    .map(|c| quoted(&c.name))
                    .unwrap_or_default();
                vec![format!(
                    "DELETE t FROM {table} t JOIN {rows} r ON {on} LEFT JOIN {side} f ON {same} \
                     WHERE f.{first} IS NULL"
                )]
            }
            _ => {
                let found = self.found_by(plan, trail)?;
                let delete = found.iter().map(|from| format!("DELETE t FROM {from}"));
                delete.collect()
            }
        };
        // A column that was added since is not among what was kept.
        let names = self.ask(&format!(
            "SELECT column_name FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND table_name = {}",
            literal(&trail.side)
        ))?;
        let names: Vec<String> = names.into_iter().flatten().flatten().collect();
        let columns: Vec<&Column> = kept(plan).filter(|c| names.contains(&c.name)).collect();
        let mut came = format!("{table} t");
        if trail.former > 0 {
            let quote = |column: &&Column| quoted(&column.name);
            statements.push(match plan.mode {
                Mode::Upsert => {
                    came = format!("{side} f STRAIGHT_JOIN {table} t ON {same}");
                    let others = columns.iter().filter(|c| plan.keys().all(|key| key != **c));
                    let others: Vec<String> = others.map(quote).collect();
                    let back = Back {
                        side: &side,
                        same: &same,
                    };
                    if let Some(child) = self.changed_with(plan.table, &others, Some(&back))? {
                        return Ok(Err(refer(&child)));
                    }
                    let set = columns.iter().map(quote);
                    let set: Vec<String> = set.map(|name| format!("t.{name} = f.{name}")).collect();
                    format!(
                        "UPDATE {table} t JOIN {side} f ON {same} SET {}",
                        set.join(",")
                    )
                }
                _ => {
                    let list: Vec<String> = columns.iter().map(quote).collect();
                    let list = list.join(",");
                    format!("INSERT INTO {table} ({list}) SELECT {list} FROM {side}")
                }
            });
        }
        for statement in statements {
            match self.session.query(&statement) {
                Ok(_) => {}
                Err(Trouble::Server(e))
                    if super::error::is_about_rows(&e) || matches!(e.code, 1217 | 1451) =>
                {
                    return Ok(Err(format!("other rows stand in its way ({})", e.message)));
                }
                Err(e) => return Err(self.place.error(e)),
            }
        }
        if trail.former > 0 {
            let (kept, came) = (
                digests(&columns, "f", &format!("{side} f")),
                digests(&columns, "t", &came),
            );
            if self.value(&kept)? != self.value(&came)? {
                return Ok(Err(CHANGES.to_owned()));
            }
        }
        Ok(Ok(trail.former))
    }

    /// Whether the ledger has a line of this job.
    pub(super) fn is_done(&mut self, job: &str) -> Result<bool, InsertError> {
        let done = format!("SELECT 1 FROM {LEDGER} WHERE `key` = {}", literal(job));
        match self.session.query(&done) {
            Ok((rows, _)) => Ok(!rows.is_empty()),
            Err(Trouble::Server(e)) if is_missing(&e) => Ok(false),
            Err(e) => Err(self.place.error(e)),
        }
    }

    /// Drops a table that is empty, and that no view or trigger hangs on. Under its lock nobody
    /// adds a row between the look and the drop; where that is not allowed, it stays.
    pub(super) fn drop_empty(&mut self, table: &str) -> Result<bool, InsertError> {
        let name = quoted(table);
        self.run(&format!("LOCK TABLES {name} WRITE"))?;
        let any = self.value(&format!("SELECT EXISTS(SELECT 1 FROM {name})"));
        let dropped = match any {
            Ok(any) if any.as_deref() == Some("0") && !self.hangs_on(table)? => {
                self.run(&format!("DROP TABLE {name}")).is_ok()
            }
            _ => false,
        };
        self.run("UNLOCK TABLES")?;
        Ok(dropped)
    }

    fn hangs_on(&mut self, table: &str) -> Result<bool, InsertError> {
        let (name, pattern) = (literal(table), literal(&format!("`{table}`")));
        let hangs = format!(
            "SELECT EXISTS(SELECT 1 FROM information_schema.triggers \
               WHERE event_object_schema = DATABASE() AND event_object_table = {name}) \
             OR EXISTS(SELECT 1 FROM information_schema.statistics \
               WHERE table_schema = DATABASE() AND table_name = {name} AND index_name <> 'PRIMARY') \
             OR EXISTS(SELECT 1 FROM information_schema.views \
               WHERE view_definition = '' OR INSTR(view_definition, {pattern}) > 0)"
        );
        Ok(self.value(&hangs)?.as_deref() != Some("0"))
    }

    pub(super) fn forget_side(&mut self, side: &str) -> Result<(), InsertError> {
        self.run(&format!(
            "DROP TABLE IF EXISTS {}, {}",
            quoted(side),
            quoted(&side_rows(side))
        ))
        .map(|_| ())
    }

    /// Keeps the rows that an upsert will change, and the keys of all that it will touch.
    pub(super) fn keep_updated(&mut self, plan: &Plan<'_>, side: &str) -> Result<(), InsertError> {
        let table = &plan.table.quoted;
        let on = upsert::on(plan, "t", "s");
        let differs = upsert::difference(plan);
        let first = plan
            .keys()
            .next()
            .map(|c| quoted(&c.name))
            .unwrap_or_default();
        self.run(&format!(
            "INSERT INTO {} ({}) SELECT {} FROM {} s STRAIGHT_JOIN {table} t ON {on} \
             WHERE {differs}",
            quoted(side),
            columns(plan, ""),
            columns(plan, "t."),
            upsert::STAGE
        ))?;
        self.run(&format!(
            "INSERT INTO {} SELECT {} FROM {} s LEFT JOIN {table} t ON {on} \
             WHERE t.{first} IS NULL OR {differs}",
            quoted(&side_rows(side)),
            upsert::key(plan, "s."),
            upsert::STAGE
        ))?;
        Ok(())
    }
}
