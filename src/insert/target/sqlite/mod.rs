//! SQLite files as targets.

mod along;
mod create;
mod insertion;
mod parents;
mod rehearsal;
mod schema;
mod select;
mod undo;
mod upsert;

#[cfg(test)]
pub(in crate::insert) use insertion::{bind, found};

use super::{
    ConnectionUrl, LEDGER, LedgerLine, Link, Merged, Plan, Reach, Same, Table, Taken, Target,
    lines, quoted,
};
use crate::crash;
use crate::insert::create::NewTable;
use crate::insert::flow::{Finding, Supply};
use crate::insert::found::Seen;
use crate::insert::ledger::Line;
use crate::insert::source::Selecting;
use crate::insert::undo::{Kept, Trail};
use crate::insert::{Cancel, Forbidden, InsertError, Mode, file};
use crate::value::words::io_error;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An open file of SQLite.
pub(super) struct Sqlite {
    connection: Connection,
    place: Place,
    file: DatabaseFile,
    /// The table that rows went into.
    table: Option<String>,
    /// What became of the rows that were there.
    merged: Merged,
    /// What was read of the rows while others went in.
    seen: Option<Seen>,
}

/// A file that may be a target.
struct DatabaseFile {
    path: PathBuf,
    meta: Metadata,
}

impl DatabaseFile {
    /// Whether the path still leads to the same file.
    fn is_there(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|now| file::same(&now, &self.meta))
    }
}

const READ_ONLY: &str =
    "the database is read-only; give crewdesk the right to write the file and its folder";

/// Steps of SQLite between two looks at the wish to stop; a look at the ledger takes fewer.
const STEPS: i32 = 10_000;

/// What errors need to know about the target.
struct Place {
    name: String,
    busy_seconds: u64,
    cancel: Cancel,
}

impl Sqlite {
    /// Opens an existing file; never makes one.
    pub(super) fn open(path: &Path, reach: &Reach<'_>) -> Result<Sqlite, InsertError> {
        let place = Place {
            name: ConnectionUrl::Sqlite(path.to_owned()).to_string(),
            busy_seconds: reach.busy_seconds,
            cancel: reach.cancel.clone(),
        };
        let file = admit(path, reach.forbidden)?;
        // Also to look: what a crash left half done can only be undone by who may write.
        let access = OpenFlags::SQLITE_OPEN_READ_WRITE;
        // No SQLITE_OPEN_URI: a path is a path, also with a question mark in it.
        let connection =
            Connection::open_with_flags(&file.path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX);
        let mut connection = connection.map_err(|e| place.error(&e))?;
        let (cancel, most) = (
            place.cancel.clone(),
            Duration::from_secs(place.busy_seconds),
        );
        let mut waited = Duration::ZERO;
        connection
            .busy_handler(Some(move |count: i32| {
                if count == 0 {
                    waited = Duration::ZERO;
                }
                if waited >= most || cancel.is_cancelled() {
                    return false;
                }
                let pause = Duration::from_millis(if count < 10 { 5 } else { 50 });
                std::thread::sleep(pause);
                waited += pause;
                true
            }))
            .map_err(|e| place.error(&e))?;
        connection
            .execute_batch(
                "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF;
                 PRAGMA cache_size=-32768; PRAGMA recursive_triggers=OFF;",
            )
            .and_then(|()| {
                connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
            })
            .map_err(|e| place.error(&e))?;
        if let Some(forbidden) = reach.forbidden.application_id {
            let application: i32 = connection
                .pragma_query_value(None, "application_id", |row| row.get(0))
                .map_err(|e| place.error(&e))?;
            if application == forbidden {
                return Err(InsertError::Forbidden { path: file.path });
            }
        }
        if reach.read_only {
            connection
                .execute_batch("PRAGMA query_only=ON")
                .map_err(|e| place.error(&e))?;
        } else if connection
            .is_readonly("main")
            .map_err(|e| place.error(&e))?
        {
            return Err(place.says(READ_ONLY));
        }
        let mut sqlite = Sqlite {
            connection,
            place,
            file,
            table: None,
            merged: Merged::default(),
            seen: None,
        };
        sqlite.watch()?;
        Ok(sqlite)
    }

    /// Stops also what SQLite does on its own, such as deleting the rows of a table.
    fn watch(&mut self) -> Result<(), InsertError> {
        let cancel = self.place.cancel.clone();
        self.connection
            .progress_handler(STEPS, Some(move || cancel.is_cancelled()))
            .map_err(|e| self.place.error(&e))
    }

    fn run(&self, sql: &str) -> Result<(), InsertError> {
        self.connection
            .execute_batch(sql)
            .map_err(|e| self.place.error(&e))
    }

    /// The rows of this insertion that refer to what is not there.
    fn orphaned(&self, plan: &Plan<'_>, link: &Link) -> Result<String, InsertError> {
        let own = insertion::own_rows(&self.connection, plan).map_err(|e| self.place.error(&e))?;
        Ok(format!(
            "{own} WHERE t.{0} IS NOT NULL AND t.{0} NOT IN \
             (SELECT {1} FROM {2} WHERE {1} IS NOT NULL)",
            quoted(&link.column),
            quoted(&link.to),
            link.table
        ))
    }
}

impl Target for Sqlite {
    fn tables(&mut self) -> Result<Vec<String>, InsertError> {
        schema::tables(&self.connection).map_err(|e| self.place.error(&e))
    }

    fn describe(&mut self, table: &str) -> Result<Table, InsertError> {
        match schema::describe(&self.connection, table).map_err(|e| self.place.error(&e))? {
            Ok(table) => Ok(table),
            Err(reason) => Err(InsertError::Table {
                table: table.to_owned(),
                reason,
            }),
        }
    }

    fn draft(&mut self, table: &NewTable) -> Result<String, InsertError> {
        create::draft(self, table)
    }

    fn create(&mut self, table: &NewTable, _job: &str) -> Result<(), InsertError> {
        self.run(&create::draft(self, table)?)
    }

    fn begin(&mut self, _ledger: bool) -> Result<(), InsertError> {
        crash::point("insert.before_begin");
        self.run("BEGIN IMMEDIATE")
    }

    fn recall(&mut self, key: &str) -> Result<Option<String>, InsertError> {
        let known = "SELECT 1 FROM main.sqlite_schema WHERE type='table' AND name=?1";
        let line = format!("SELECT outcome FROM main.{LEDGER} WHERE key=?1");
        let found = match self
            .connection
            .query_row(known, [LEDGER], |_| Ok(()))
            .optional()
        {
            Ok(None) => Ok(None),
            Ok(Some(())) => self
                .connection
                .query_row(&line, [key], |row| row.get(0))
                .optional(),
            Err(e) => Err(e),
        };
        found.map_err(|e| self.place.error(&e))
    }

    fn lines(&mut self, of: &Same<'_>) -> Result<Vec<Line>, InsertError> {
        let known = "SELECT 1 FROM main.sqlite_schema WHERE type='table' AND name=?1";
        let read = || -> rusqlite::Result<Vec<Line>> {
            let known = self.connection.query_row(known, [LEDGER], |_| Ok(()));
            if known.optional()?.is_none() {
                return Ok(Vec::new());
            }
            let mut lines = self.connection.prepare(&lines("?1", "?2", "?3", "key"))?;
            let pattern = of.pattern();
            let lines = lines.query_map([of.frame, of.table, &pattern], |row| {
                Ok(Line {
                    key: row.get(0)?,
                    at: row.get(1)?,
                    outcome: row.get(2)?,
                })
            })?;
            lines.collect()
        };
        read().map_err(|e| self.place.error(&e))
    }

    fn insert(&mut self, plan: &Plan<'_>, supply: &mut Supply) -> Result<Taken, InsertError> {
        self.table = Some(plan.table.name.clone());
        if plan.mode == Mode::Upsert {
            let (taken, merged) = upsert::upsert(&self.connection, &self.place, plan, supply)?;
            self.merged = merged;
            return Ok(taken);
        }
        let (connection, place) = (&self.connection, &self.place);
        let inserted = insertion::insert(connection, place, plan, supply)?;
        (self.merged.deleted, self.seen) = inserted;
        Ok(Taken::All)
    }

    fn works_here(&self) -> bool {
        true
    }

    fn merged(&self) -> Merged {
        self.merged
    }

    fn seen(&self) -> Option<Seen> {
        self.seen
    }

    fn read_back(&mut self, plan: &Plan<'_>, rows: &mut dyn Finding) -> Result<(), InsertError> {
        insertion::read_back(&self.connection, &self.place, plan, rows)
    }

    fn orphans(&mut self, plan: &Plan<'_>, link: &Link) -> Result<u64, InsertError> {
        let sql = format!("SELECT count(*) FROM {}", self.orphaned(plan, link)?);
        let count = self.connection.query_row(&sql, [], |row| row.get(0));
        let count: i64 = count.map_err(|e| self.place.error(&e))?;
        Ok(count.unsigned_abs())
    }

    fn lost(&mut self, plan: &Plan<'_>, link: &Link) -> Result<Option<String>, InsertError> {
        let sql = format!(
            "SELECT group_concat(v, ', ') FROM (SELECT DISTINCT CAST(t.{} AS TEXT) AS v FROM {} \
             ORDER BY v LIMIT 3)",
            quoted(&link.column),
            self.orphaned(plan, link)?
        );
        let lost = self.connection.query_row(&sql, [], |row| row.get(0));
        lost.map_err(|e| self.place.error(&e))
    }

    fn ask(
        &mut self,
        sql: &str,
        time: Duration,
        rows: &mut dyn Selecting,
    ) -> Result<(), InsertError> {
        self.ask_rows(sql, time, rows)
    }

    fn changed_along(
        &mut self,
        table: &Table,
        columns: &[String],
    ) -> Result<Option<String>, InsertError> {
        let columns: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
        schema::changed_with(&self.connection, &table.name, &columns, None)
            .map_err(|e| self.place.error(&e))
    }

    fn keep(&mut self, plan: &Plan<'_>) -> Result<Kept, InsertError> {
        self.keep_rows(plan).map_err(|e| self.place.error(&e))
    }

    fn touched(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
        rows: &mut dyn Finding,
    ) -> Result<(), InsertError> {
        let found = self.found_by(plan, &trail.side);
        let (kept, on) = found.map_err(|e| self.place.error(&e))?;
        let from = insertion::from(plan, &kept, &on);
        insertion::read(&self.connection, &self.place, plan, &from, rows)
    }

    fn lock_for_undo(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> Result<Option<String>, InsertError> {
        self.obstacle(plan, trail).map_err(|e| self.place.error(&e))
    }

    fn take_back(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> Result<Result<u64, String>, InsertError> {
        self.take_rows_back(plan, trail)
    }

    fn drop_made(&mut self, table: &Table) -> Result<bool, InsertError> {
        self.drop_empty(&table.name)
            .map_err(|e| self.place.error(&e))
    }

    fn forget(&mut self, side: &str) -> Result<(), InsertError> {
        self.drop_side(side).map_err(|e| self.place.error(&e))
    }

    fn record(&mut self, line: &LedgerLine<'_>) -> Result<(), InsertError> {
        crash::point("insert.before_ledger");
        let at = line.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let rows = i64::try_from(line.rows).unwrap_or(i64::MAX);
        self.run(&format!(
            "CREATE TABLE IF NOT EXISTS main.{LEDGER}(
               key TEXT PRIMARY KEY NOT NULL, at TEXT NOT NULL, table_name TEXT NOT NULL,
               mode TEXT NOT NULL, frame TEXT NOT NULL, rows INTEGER NOT NULL,
               outcome TEXT NOT NULL)"
        ))?;
        self.connection
            .execute(
                &format!(
                    "INSERT INTO main.{LEDGER}(key, at, table_name, mode, frame, rows, outcome)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                ),
                params![
                    line.key,
                    at,
                    line.table,
                    line.mode,
                    line.frame,
                    rows,
                    line.outcome
                ],
            )
            .map(|_| ())
            .map_err(|e| self.place.error(&e))
    }

    fn commit(&mut self) -> Result<(), InsertError> {
        crash::point("insert.before_commit");
        if !self.file.is_there() {
            self.rollback();
            return Err(self.place.says(
                "the database was moved or deleted in the middle, nothing was kept; put it back, \
                 then try again",
            ));
        }
        if let Err(e) = self.connection.execute_batch("COMMIT") {
            let broken = e.sqlite_error_code() == Some(ErrorCode::ConstraintViolation);
            // What can not be told is told as SQLite does.
            let table = self.table.as_deref().filter(|_| broken);
            let broken = table.map(|table| parents::broken(&self.connection, table));
            let error = match broken.and_then(|found| found.ok().flatten()) {
                Some(found) => self.place.says(&format!(
                    "a constraint is broken at the end of the transaction, nothing was kept \
                     (FOREIGN KEY: {found})"
                )),
                None => self.place.error(&e),
            };
            self.rollback();
            return Err(error);
        }
        crash::point("insert.after_commit");
        Ok(())
    }

    fn rollback(&mut self) {
        if !self.connection.is_autocommit() {
            // If even this fails, closing the connection rolls back.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    fn select(
        &mut self,
        sql: &str,
        time: Duration,
        rows: &mut dyn Selecting,
    ) -> Result<(), InsertError> {
        self.select_rows(sql, time, rows)
    }

    fn rehearse(&mut self, plan: &Plan<'_>, supply: &mut Supply) -> Result<(), InsertError> {
        self.merged = rehearsal::rehearse(&self.connection, &self.place, plan, supply)?;
        Ok(())
    }
}

/// Finds the file and makes sure that it may be a target.
fn admit(path: &Path, forbidden: &Forbidden) -> Result<DatabaseFile, InsertError> {
    let refuse = |reason: &str| {
        Err(InsertError::Connection(format!(
            "{}: {reason}",
            path.display()
        )))
    };
    let (real, meta) = match path.canonicalize().and_then(|real| {
        let meta = std::fs::metadata(&real)?;
        Ok((real, meta))
    }) {
        Ok(found) => found,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return refuse("there is no such database; check the path (none is made here)");
        }
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => {
            return refuse("no permission to open it; ask its owner");
        }
        Err(e) => return refuse(&format!("can not be opened: {}", io_error(&e))),
    };
    if meta.is_dir() {
        return refuse("is a folder; name the database file in it");
    }
    if !meta.is_file() {
        return refuse("is a pipe, a socket or a device, not a database file");
    }
    let named = |other: &PathBuf| other.canonicalize().is_ok_and(|other| other == real);
    if forbidden.files.iter().any(named) || file::is_among(&meta, &forbidden.files) {
        return Err(InsertError::Forbidden { path: real });
    }
    Ok(DatabaseFile { path: real, meta })
}

impl Place {
    fn says(&self, reason: &str) -> InsertError {
        InsertError::Target {
            target: self.name.clone(),
            reason: reason.to_owned(),
        }
    }

    /// An error of SQLite in words for people.
    fn error(&self, error: &rusqlite::Error) -> InsertError {
        let target = self.name.clone();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
                if self.cancel.is_cancelled() =>
            {
                InsertError::Cancelled
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => InsertError::Busy {
                target,
                seconds: self.busy_seconds,
            },
            Some(ErrorCode::DiskFull) => InsertError::DiskFull { what: target },
            Some(ErrorCode::OperationInterrupted) => InsertError::Cancelled,
            Some(ErrorCode::NotADatabase) => InsertError::Connection(format!(
                "{target} is no SQLite database (or an encrypted one)"
            )),
            Some(ErrorCode::DatabaseCorrupt) => self.says(
                "the database is damaged; check it with `PRAGMA integrity_check` or restore a backup",
            ),
            Some(ErrorCode::ReadOnly) => self.says(READ_ONLY),
            Some(ErrorCode::CannotOpen) => {
                self.says("the database can not be opened; check the rights on the file and its folder")
            }
            Some(ErrorCode::SystemIoFailure) => self.says(&format!(
                "lost in the middle, nothing was kept ({error}); check the disk, then try again"
            )),
            Some(ErrorCode::ConstraintViolation) => self.says(&format!(
                "a constraint is broken at the end of the transaction, nothing was kept ({error})"
            )),
            _ => self.says(&error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
