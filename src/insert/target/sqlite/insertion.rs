//! Rows into a table of SQLite, and the same rows out of it again.
//!
//! Which rows are of this insertion is kept as runs of row numbers in a temporary table; a
//! table without row numbers has its primary keys kept instead.

use super::super::{Broken, Plan, Rejection, TAKEN, THERE, Table, quoted};
use super::along::Along;
use super::parents::Parents;
use super::{Place, schema, undo, upsert};
use crate::insert::batch::Batch;
use crate::insert::flow::{Finding, Supply};
use crate::insert::found::Seen;
use crate::insert::types::{Cell, push_text};
use crate::insert::{InsertError, Mode};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Statement, ffi};

/// The temporary table of the rows of this insertion.
pub(super) const ROWS: &str = "temp.crewdesk_rows";
/// Runs of row numbers held in memory before they are written.
const RUNS: usize = 1 << 16;

/// Inserts what comes. The result says how many rows made room, and what was read back already.
pub(super) fn insert(
    connection: &Connection,
    place: &Place,
    plan: &Plan<'_>,
    supply: &mut Supply,
) -> Result<(u64, Option<Seen>), InsertError> {
    let mut deleted = 0;
    if plan.replaces() {
        undo::keep_replaced(connection, plan).map_err(|e| place.error(&e))?;
        deleted = clear(connection, place, plan.table)?;
    }
    let mut inserter = Inserter::new(connection, place, plan, true)?;
    while let Some(mut batch) = supply.next() {
        inserter.insert(&mut batch)?;
        supply.done(batch);
    }
    let seen = inserter.finish()?;
    Ok((deleted, seen))
}

/// Deletes all rows, unless rows of other tables would go with them; how many they were.
fn clear(connection: &Connection, place: &Place, table: &Table) -> Result<u64, InsertError> {
    let refuse = |reason: String| InsertError::Table {
        table: table.name.clone(),
        reason,
    };
    if let Some(child) =
        schema::swept_along(connection, &table.name, None).map_err(|e| place.error(&e))?
    {
        return Err(refuse(format!(
            "replacing its rows would also delete or change rows of {child:?}, which refer to them; \
             use append, or replace them by hand"
        )));
    }
    match connection.execute(&format!("DELETE FROM main.{}", quoted(&table.name)), []) {
        Ok(deleted) => Ok(deleted as u64),
        Err(e) if e.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => Err(refuse(
            format!("its rows can not be replaced because others refer to them ({e}); use append"),
        )),
        Err(e) => Err(place.error(&e)),
    }
}

/// The running INSERT statements: one for a row, one for many. Many at a time are faster, and
/// refused together; then each is tried by itself.
pub(super) struct Inserter<'a> {
    connection: &'a Connection,
    place: &'a Place,
    insert: Statement<'a>,
    many: Option<Many<'a>>,
    kept: Kept<'a>,
    /// Triggers may fail after they changed something: each row is undone by itself.
    savepoints: bool,
    table: String,
    /// The columns of the rows.
    columns: Vec<String>,
    /// The name of the row's number.
    number: Option<&'static str>,
    parents: Parents<'a>,
    /// What reads rows back while others go in, where that is wanted and can be done.
    along: Option<Along<'a>>,
    /// Taken keys that were looked up.
    explained: usize,
}

/// Taken keys whose owner is looked up.
const EXPLAINED: usize = 1000;
/// Why a row is refused whose key an earlier one of the frame has.
const EARLIER: &str = "an earlier row of the data frame has this key";

/// Values bound at a time: more of them are not faster.
const VALUES: usize = 200;

/// The statement for many rows.
struct Many<'a> {
    insert: Statement<'a>,
    rows: usize,
    /// The column that gives a row its number; none if SQLite counts.
    number: Option<usize>,
}

/// How the rows of this insertion are told from others.
enum Kept<'a> {
    /// They are not.
    No,
    Runs(Runs<'a>),
    Keys(Statement<'a>),
}

impl<'a> Inserter<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        place: &'a Place,
        plan: &Plan<'_>,
        keep: bool,
    ) -> Result<Inserter<'a>, InsertError> {
        Inserter::prepare(connection, place, plan, keep).map_err(|e| place.error(&e))
    }

    fn prepare(
        connection: &'a Connection,
        place: &'a Place,
        plan: &Plan<'_>,
        keep: bool,
    ) -> rusqlite::Result<Inserter<'a>> {
        let table = plan.table;
        // OR ABORT: whatever the schema says, a conflict refuses this row and no other.
        let mut sql = format!(
            "INSERT OR ABORT INTO main.{} ({}) VALUES ({})",
            quoted(&table.name),
            names(plan, ""),
            vec!["?"; plan.columns.len()].join(",")
        );
        let number = schema::row_number(connection, table)?;
        let kept = if !keep {
            Kept::No
        } else if number.is_some() {
            connection.execute_batch(
                "CREATE TEMP TABLE crewdesk_rows(first INTEGER PRIMARY KEY, last INTEGER NOT NULL)",
            )?;
            let write = connection.prepare(&format!("INSERT INTO {ROWS} VALUES (?1, ?2)"))?;
            Kept::Runs(Runs {
                current: None,
                buffer: Vec::new(),
                fresh: Vec::new(),
                write,
            })
        } else {
            let key: Vec<String> = key_names(table).map(quoted).collect();
            sql.push_str(&format!(" RETURNING {}", key.join(",")));
            let columns: Vec<String> = (0..key.len()).map(|i| format!("k{i}")).collect();
            connection.execute_batch(&format!(
                "CREATE TEMP TABLE crewdesk_rows({})",
                columns.join(",")
            ))?;
            let places = vec!["?"; key.len()].join(",");
            Kept::Keys(connection.prepare(&format!("INSERT INTO {ROWS} VALUES ({places})"))?)
        };
        let insert = connection.prepare(&sql)?;
        let savepoints = schema::has_triggers(connection, &table.name)?;
        let rows = VALUES / plan.columns.len().max(1);
        // Rows of one statement may refer to each other, which rows by themselves may not.
        let alone = savepoints || !matches!(kept, Kept::Runs(_)) || {
            let keys = schema::foreign_keys(connection, &table.name)?;
            keys.iter()
                .any(|key| key.parent.eq_ignore_ascii_case(&table.name))
        };
        let many = if alone || rows < 2 {
            None
        } else {
            let one = format!(",({})", vec!["?"; plan.columns.len()].join(","));
            sql.push_str(&one.repeat(rows - 1));
            let is_number = |at: &usize| table.keys.first().is_some_and(|key| key == &[*at]);
            let number = schema::numbers_rows(connection, table)?
                .then(|| plan.columns.iter().position(is_number))
                .flatten();
            Some(Many {
                insert: connection.prepare(&sql)?,
                rows,
                number,
            })
        };
        let numbered = number.filter(|_| keep && plan.asked && !savepoints);
        let along = numbered.map(|number| Along::new(connection, plan, number));
        let along = along.transpose()?;
        Ok(Inserter {
            connection,
            place,
            insert,
            many,
            kept,
            savepoints,
            table: table.name.clone(),
            columns: columns(plan).map(str::to_owned).collect(),
            number,
            parents: Parents::of(connection, plan),
            along,
            explained: 0,
        })
    }

    /// Writes down the last of the rows; what was read of all of them while they went in.
    pub(super) fn finish(self) -> Result<Option<Seen>, InsertError> {
        if let Kept::Runs(mut runs) = self.kept {
            runs.finish().map_err(|e| self.place.error(&e))?;
        }
        Ok(self.along.map(|along| along.seen()))
    }

    fn step(&mut self, cells: &[Cell<'_>]) -> rusqlite::Result<bool> {
        for (i, cell) in cells.iter().enumerate() {
            bind(&mut self.insert, i + 1, cell)?;
        }
        match &mut self.kept {
            Kept::Keys(write) => {
                let mut rows = self.insert.raw_query();
                let Some(row) = rows.next()? else {
                    return Ok(false);
                };
                for i in 0..row.as_ref().column_count() {
                    write.raw_bind_parameter(i + 1, ToSqlOutput::Borrowed(row.get_ref(i)?))?;
                }
                // To the end: only then the row stands.
                while rows.next()?.is_some() {}
                drop(rows);
                write.raw_execute()?;
                Ok(true)
            }
            Kept::Runs(runs) => {
                let inserted = self.insert.raw_execute()? > 0;
                if inserted {
                    let number = self.connection.last_insert_rowid();
                    runs.add_run(number, number)?;
                }
                Ok(inserted)
            }
            Kept::No => Ok(self.insert.raw_execute()? > 0),
        }
    }
}

impl Inserter<'_> {
    /// Runs what guards a row, if rows are guarded.
    fn guard(&self, sql: &str) -> Result<(), InsertError> {
        match self.savepoints {
            true => self
                .connection
                .execute_batch(sql)
                .map_err(|e| self.place.error(&e)),
            false => Ok(()),
        }
    }

    /// Whose row has the key that a row wanted, in words.
    fn owner(&mut self, blamed: &str, cells: &[Cell<'_>]) -> rusqlite::Result<&'static str> {
        let runs = match &mut self.kept {
            Kept::No => return Ok(EARLIER),
            Kept::Runs(runs) if self.explained < EXPLAINED => runs,
            _ => return Ok(TAKEN),
        };
        self.explained += 1;
        let names: Vec<&str> = blamed.split(", ").collect();
        let positions = names
            .iter()
            .map(|name| self.columns.iter().position(|c| c == name));
        let positions: Option<Vec<usize>> = positions.collect();
        let (Some(positions), Some(number)) = (positions, self.number) else {
            return Ok(TAKEN);
        };
        let conditions: Vec<String> = names.iter().map(|n| format!("{} = ?", quoted(n))).collect();
        let mut find = self.connection.prepare_cached(&format!(
            "SELECT {number} FROM main.{} WHERE {}",
            quoted(&self.table),
            conditions.join(" AND ")
        ))?;
        for (i, at) in positions.iter().enumerate() {
            bind(&mut find, i + 1, cells.get(*at).unwrap_or(&Cell::Null))?;
        }
        let found = find.raw_query().next()?.map(|row| row.get(0)).transpose()?;
        Ok(match found {
            Some(number) if runs.has(self.connection, number)? => EARLIER,
            Some(_) => THERE,
            None => TAKEN,
        })
    }
}

impl Inserter<'_> {
    /// Inserts the rows of a batch, and writes into it which are refused.
    fn insert(&mut self, batch: &mut Batch) -> Result<(), InsertError> {
        let most = self.many.as_ref().map_or(1, |many| many.rows);
        let mut at = 0;
        if let Kept::Runs(runs) = &mut self.kept {
            runs.fresh.clear();
        }
        while at < batch.len() {
            self.place.cancel.check()?;
            let to = (at + most).min(batch.len());
            if !self.insert_many(batch, at, to)? {
                for row in at..to {
                    let rejection = self.insert_row(batch, row)?;
                    batch.rejected.extend(rejection.map(|why| (row, why)));
                }
            }
            at = to;
        }
        if let (Some(along), Kept::Runs(runs)) = (self.along.take(), &self.kept) {
            let read = along.read(&runs.fresh);
            self.along = read.map_err(|e| self.place.error(&e))?;
        }
        Ok(())
    }

    /// Inserts rows together; `false` if each must be tried by itself.
    fn insert_many(&mut self, batch: &Batch, from: usize, to: usize) -> Result<bool, InsertError> {
        let (Some(many), Kept::Runs(runs)) = (&mut self.many, &mut self.kept) else {
            return Ok(false);
        };
        let count = to - from;
        let numbered = |row| match many.number.map(|column| batch.cell(row, column)) {
            Some(Cell::Integer(number)) => Some(number),
            _ => None,
        };
        let counted = match many.number {
            Some(_) if (from..to).any(|row| numbered(row).is_none()) => return Ok(false),
            Some(_) => None,
            // SQLite counts on from the last row, which is one of this insertion.
            None => match runs.last().filter(|last| *last < i64::MAX / 2) {
                Some(last) => Some(last),
                None => return Ok(false),
            },
        };
        if count != many.rows {
            return Ok(false);
        }
        for (i, cell) in batch.cells(from, to).enumerate() {
            bind(&mut many.insert, i + 1, &cell).map_err(|e| self.place.error(&e))?;
        }
        match many.insert.raw_execute() {
            Ok(_) => {}
            Err(e) if rejection(&e).is_some() && !self.connection.is_autocommit() => {
                return Ok(false);
            }
            Err(e) => return Err(self.place.error(&e)),
        }
        let added = match counted {
            Some(last) => runs.add_run(last + 1, self.connection.last_insert_rowid()),
            None => (from..to)
                .filter_map(numbered)
                .try_for_each(|number| runs.add_run(number, number)),
        };
        added.map_err(|e| self.place.error(&e))?;
        Ok(true)
    }

    fn insert_row(&mut self, batch: &Batch, row: usize) -> Result<Option<Rejection>, InsertError> {
        let cells: Vec<Cell<'_>> = batch.cells(row, row + 1).collect();
        self.try_row(&cells)
    }

    /// Inserts a row, or says why the table refuses it; the rows before it stay.
    pub(super) fn try_row(&mut self, cells: &[Cell<'_>]) -> Result<Option<Rejection>, InsertError> {
        self.guard("SAVEPOINT crewdesk_row")?;
        let mut rejection = match self.step(cells) {
            Ok(true) => {
                self.guard("RELEASE crewdesk_row")?;
                return Ok(None);
            }
            Ok(false) => Rejection {
                column: None,
                reason: "a trigger of the table ignored the row".into(),
                broken: Broken::Other,
            },
            Err(e) => {
                let refused = rejection(&e).ok_or_else(|| self.place.error(&e))?;
                let known = is_reference(&e).then(|| self.parents.missing(cells));
                let known = known.transpose().map_err(|e| self.place.error(&e))?;
                known.flatten().unwrap_or(refused)
            }
        };
        if self.connection.is_autocommit() && !matches!(self.kept, Kept::No) {
            return Err(InsertError::Target {
                target: self.place.name.clone(),
                reason: format!(
                    "the table undid the whole insertion at this row: {}",
                    rejection.reason
                ),
            });
        }
        self.guard("ROLLBACK TO crewdesk_row; RELEASE crewdesk_row")?;
        if rejection.broken == Broken::Key {
            let blamed = rejection.column.as_deref().unwrap_or_default();
            let owner = self
                .owner(blamed, cells)
                .map_err(|e| self.place.error(&e))?;
            rejection.reason = owner.to_owned();
        }
        Ok(Some(rejection))
    }
}

/// Bytes of the text of a day and a time, at most usually.
const MOMENT: usize = 32;

/// Gives a parameter its value, as SQLite keeps it.
pub(in crate::insert) fn bind(
    to: &mut Statement<'_>,
    index: usize,
    cell: &Cell<'_>,
) -> rusqlite::Result<()> {
    let value = match cell {
        Cell::Null => ValueRef::Null,
        Cell::Integer(n) => ValueRef::Integer(*n),
        Cell::Real(x) => ValueRef::Real(*x),
        Cell::Text(text) => ValueRef::Text(text.as_bytes()),
        Cell::Blob(bytes) => ValueRef::Blob(bytes),
        Cell::Decimal(text) => ValueRef::Text(text.as_bytes()),
        // SQLite keeps days and times as text.
        Cell::Date(_) | Cell::Time(_) | Cell::Timestamp(_) => {
            let mut text = Vec::with_capacity(MOMENT);
            push_text(cell, &mut text);
            let value = ValueRef::Text(&text);
            return to.raw_bind_parameter(index, ToSqlOutput::Borrowed(value));
        }
    };
    to.raw_bind_parameter(index, ToSqlOutput::Borrowed(value))
}

/// Why SQLite refuses a row; `None` if the error is not about the row.
pub(super) fn rejection(error: &rusqlite::Error) -> Option<Rejection> {
    let rusqlite::Error::SqliteFailure(code, message) = error else {
        return None;
    };
    let message = message.as_deref().unwrap_or_default();
    // "UNIQUE constraint failed: orders.id, orders.day"
    let subject = message.split_once(": ").map_or("", |(_, subject)| subject);
    let columns: Vec<&str> = subject
        .split(", ")
        .map(|c| c.split_once('.').map_or(c, |(_, c)| c))
        .collect();
    let blamed = Some(columns.join(", ")).filter(|c| !c.is_empty() && subject.contains('.'));
    let said = |reason: String| {
        Some(Rejection {
            column: None,
            reason,
            broken: Broken::Other,
        })
    };
    match (code.code, code.extended_code) {
        (
            _,
            ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_ROWID,
        ) => Some(Rejection {
            column: blamed,
            reason: "the key is taken".into(),
            broken: Broken::Key,
        }),
        (_, ffi::SQLITE_CONSTRAINT_NOTNULL) => Some(Rejection {
            column: blamed,
            reason: "must not be NULL".into(),
            broken: Broken::Other,
        }),
        (_, ffi::SQLITE_CONSTRAINT_CHECK) => {
            said(format!("the check of the table fails: {subject}"))
        }
        (_, ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => {
            said("it refers to a row of another table that does not exist".into())
        }
        (ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig, _)
        | (ErrorCode::Unknown, ffi::SQLITE_ERROR) => said(message.to_owned()),
        _ => None,
    }
}

/// Whether a row is refused because it refers to nothing.
pub(super) fn is_reference(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|code| code.extended_code);
    code == Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY)
}

/// Row numbers as runs: rows that follow each other cost nothing.
struct Runs<'a> {
    current: Option<(i64, i64)>,
    buffer: Vec<(i64, i64)>,
    /// Those of the batch that goes in.
    fresh: Vec<(i64, i64)>,
    write: Statement<'a>,
}

impl Runs<'_> {
    /// The number of the row that was added last.
    fn last(&self) -> Option<i64> {
        self.current.map(|(_, last)| last)
    }

    fn add_run(&mut self, first: i64, last: i64) -> rusqlite::Result<()> {
        match self.fresh.last_mut() {
            Some((_, before)) if before.checked_add(1) == Some(first) => *before = last,
            _ => self.fresh.push((first, last)),
        }
        match &mut self.current {
            Some((_, before)) if before.checked_add(1) == Some(first) => *before = last,
            current => {
                self.buffer.extend(current.replace((first, last)));
                if self.buffer.len() >= RUNS {
                    join(&mut self.buffer);
                    if self.buffer.len() > RUNS / 2 {
                        self.flush()?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a row of this number was added.
    fn has(&self, connection: &Connection, number: i64) -> rusqlite::Result<bool> {
        let within = |run: &(i64, i64)| (run.0..=run.1).contains(&number);
        if self.current.iter().chain(&self.buffer).any(within) {
            return Ok(true);
        }
        let nearest =
            format!("SELECT last >= ?1 FROM {ROWS} WHERE first <= ?1 ORDER BY first DESC LIMIT 1");
        let found = connection
            .query_row(&nearest, [number], |row| row.get(0))
            .optional()?;
        Ok(found.unwrap_or(false))
    }

    fn finish(&mut self) -> rusqlite::Result<()> {
        self.buffer.extend(self.current.take());
        join(&mut self.buffer);
        self.flush()
    }

    fn flush(&mut self) -> rusqlite::Result<()> {
        for (first, last) in self.buffer.drain(..) {
            self.write.execute((first, last))?;
        }
        Ok(())
    }
}

/// Sorts runs and joins those that touch.
fn join(runs: &mut Vec<(i64, i64)>) {
    runs.sort_unstable();
    runs.dedup_by(|next, run| {
        let touches = run.1.checked_add(1) == Some(next.0);
        if touches {
            run.1 = next.1;
        }
        touches
    });
}

/// How the rows `t` of a table are found by those that were kept, `r`.
pub(super) fn own(connection: &Connection, table: &Table) -> rusqlite::Result<String> {
    Ok(match schema::row_number(connection, table)? {
        Some(number) => format!("t.{number} BETWEEN r.first AND r.last"),
        None => key_names(table)
            .enumerate()
            .map(|(i, name)| format!("t.{} = r.k{i}", quoted(name)))
            .collect::<Vec<_>>()
            .join(" AND "),
    })
}

/// Reads the rows of this insertion as they stand in the table.
pub(super) fn read_back(
    connection: &Connection,
    place: &Place,
    plan: &Plan<'_>,
    rows: &mut dyn Finding,
) -> Result<(), InsertError> {
    let from = own_rows(connection, plan).map_err(|e| place.error(&e))?;
    read(connection, place, plan, &from, rows)
}

/// Where the rows of this insertion are remembered, and how the table's are found by them.
fn found_by(connection: &Connection, plan: &Plan<'_>) -> rusqlite::Result<(&'static str, String)> {
    Ok(match plan.mode {
        Mode::Upsert => {
            let identity = upsert::identity(connection, plan)?;
            let on = identity.iter().enumerate();
            let on: Vec<String> = on.map(|(i, name)| format!("t.{name} = r.k{i}")).collect();
            (upsert::SEEN, on.join(" AND "))
        }
        _ => (ROWS, own(connection, plan.table)?),
    })
}

/// The rows `t` of this insertion.
pub(super) fn own_rows(connection: &Connection, plan: &Plan<'_>) -> rusqlite::Result<String> {
    let (rows, on) = found_by(connection, plan)?;
    Ok(from(plan, rows, &on))
}

/// CROSS JOIN keeps this order: the runs outside, the table by number inside.
pub(super) fn from(plan: &Plan<'_>, rows: &str, on: &str) -> String {
    let table = quoted(&plan.table.name);
    format!("{rows} AS r CROSS JOIN main.{table} AS t ON {on}")
}

/// Reads rows `t` of the table, from where they are.
pub(super) fn read(
    connection: &Connection,
    place: &Place,
    plan: &Plan<'_>,
    from: &str,
    rows: &mut dyn Finding,
) -> Result<(), InsertError> {
    let failed = |e: rusqlite::Error| place.error(&e);
    let sql = format!("SELECT {} FROM {from}", names(plan, "t."));
    let mut statement = connection.prepare(&sql).map_err(failed)?;
    let mut each = statement.raw_query();
    while let Some(row) = each.next().map_err(failed)? {
        place.cancel.check()?;
        for i in 0..plan.columns.len() {
            rows.value(&found(row.get_ref(i).map_err(failed)?));
        }
        rows.end_row()?;
    }
    Ok(())
}

pub(in crate::insert) fn found(value: ValueRef<'_>) -> Cell<'_> {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(n) => Cell::Integer(n),
        ValueRef::Real(x) => Cell::Real(x),
        ValueRef::Text(bytes) => Cell::Text(match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => String::from_utf8_lossy(bytes),
        }),
        ValueRef::Blob(bytes) => Cell::Blob(bytes.into()),
    }
}

pub(super) fn names(plan: &Plan<'_>, prefix: &str) -> String {
    let names: Vec<String> = columns(plan)
        .map(|name| format!("{prefix}{}", quoted(name)))
        .collect();
    names.join(",")
}

fn columns<'p>(plan: &'p Plan<'_>) -> impl Iterator<Item = &'p str> {
    plan.columns
        .iter()
        .filter_map(|at| plan.table.columns.get(*at))
        .map(|c| c.name.as_str())
}

pub(super) fn key_names(table: &Table) -> impl Iterator<Item = &str> {
    table
        .columns
        .iter()
        .filter(|c| c.primary_key)
        .map(|c| c.name.as_str())
}
