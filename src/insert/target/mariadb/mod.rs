//! MariaDB and MySQL as targets: rows go in by LOAD DATA LOCAL from a stream, where the server
//! lets clients send one, else by INSERT.
//!
//! LOAD DATA LOCAL skips or bends what it does not like, with a warning. So the least warning
//! undoes it; the rows are tried by INSERT, which is strict, to find those that are refused
//! ([`Target::rehearse`]), and the others are loaded alone.

mod aside;
mod auth;
mod binary;
mod create;
mod error;
mod own;
mod protocol;
mod rights;
mod rows;
mod schema;
mod select;
mod undo;
mod upsert;

use super::url::ServerUrl;
use super::{
    LEDGER, LedgerLine, Link, Merged, Needs, Plan, Reach, Same, Table, Taken, Target, lines,
};
use crate::crash;
use crate::insert::create::NewTable;
use crate::insert::flow::{Finding, Supply};
use crate::insert::ledger::Line;
use crate::insert::source::Selecting;
use crate::insert::undo::{Kept, Trail};
use crate::insert::{Cancel, InsertError, Mode};
use own::Own;
use protocol::{Effect, Rows, Session, Trouble};
use std::collections::HashMap;
use std::time::Duration;

/// A session on a server, as a target.
pub(super) struct MariaDb {
    session: Session,
    place: Place,
    /// A transaction is open.
    open: bool,
    /// The key whose lock is held.
    key: Option<String>,
    /// The columns of each unique key of the table that was described last, by its name.
    keys: HashMap<String, String>,
    /// The texts of the table that was described last are kept in the bytes that are sent.
    bytes_stay: bool,
    /// The table that was made for this job.
    made: Option<String>,
    /// Which rows are of this insertion.
    own: Own,
    /// What became of the rows that were there.
    merged: Merged,
}

/// What errors need to know about the target.
struct Place {
    name: String,
    user: String,
    busy_seconds: u64,
    cancel: Cancel,
}

/// What makes the ledger.
const CREATE_LEDGER: &str = "CREATE TABLE IF NOT EXISTS crewdesk_ledger(`key` VARCHAR(190) \
    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY, at DATETIME(3) NOT NULL, \
    table_name VARCHAR(255) NOT NULL, mode VARCHAR(20) NOT NULL, frame VARCHAR(64) NOT NULL, \
    `rows` BIGINT NOT NULL, outcome LONGTEXT NOT NULL) ENGINE=InnoDB CHARACTER SET utf8mb4";

impl Place {
    /// What is said where no ledger can be made.
    fn no_ledger(&self, why: &str) -> String {
        format!(
            "the ledger of insertions can not be made or used ({why}); have an administrator run: \
             {CREATE_LEDGER}; GRANT SELECT, INSERT ON {LEDGER} TO {}",
            self.user
        )
    }
}

/// A name as this server's SQL writes it.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A text as SQL writes it.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

impl MariaDb {
    /// Reaches the server and logs in.
    pub(super) fn open(url: &ServerUrl, reach: &Reach<'_>) -> Result<MariaDb, InsertError> {
        let place = Place {
            name: url.to_string(),
            user: url.user.clone(),
            busy_seconds: reach.busy_seconds,
            cancel: reach.cancel.clone(),
        };
        if url.user.is_empty() {
            return Err(InsertError::Connection(format!(
                "{}: it is not said who logs in; write mariadb://USER@HOST/DATABASE",
                place.name
            )));
        }
        let session =
            Session::open(url, reach.password, reach.cancel).map_err(|e| place.entry(e))?;
        let mut mariadb = MariaDb {
            session,
            place,
            open: false,
            key: None,
            keys: HashMap::new(),
            bytes_stay: false,
            made: None,
            own: Own::All,
            merged: Merged::default(),
        };
        let wait = reach.busy_seconds.clamp(1, 86_400);
        // Strict, and nothing is made up: no zero for a missing value, no number for a zero.
        mariadb.run(&format!(
            "SET NAMES utf8mb4, time_zone = '+00:00', autocommit = 1, \
             sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO', \
             innodb_lock_wait_timeout = {wait}, lock_wait_timeout = {wait}"
        ))?;
        // What others commit meanwhile is not seen: rows that were not there before are ours.
        mariadb.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")?;
        if !reach.read_only {
            mariadb.is_writable()?;
        }
        Ok(mariadb)
    }

    fn ask(&mut self, sql: &str) -> Result<Rows, InsertError> {
        let answer = self.session.query(sql);
        answer
            .map(|(rows, _)| rows)
            .map_err(|e| self.place.error(e))
    }

    fn run(&mut self, sql: &str) -> Result<Effect, InsertError> {
        let answer = self.session.query(sql);
        answer
            .map(|(_, effect)| effect)
            .map_err(|e| self.place.error(e))
    }

    /// The rows of this insertion that refer to what is not there, in parts.
    fn orphaned(&self, plan: &Plan<'_>, link: &Link) -> Vec<String> {
        let own = match plan.mode {
            Mode::Upsert => vec![format!("{} WHERE TRUE", upsert::upserted(plan))],
            _ => {
                let conditions = self.own.conditions().into_iter();
                let table = &plan.table.quoted;
                let own = conditions.map(|condition| format!("{table} t WHERE {condition}"));
                own.collect()
            }
        };
        let lost = own.into_iter().map(|own| {
            format!(
                "{own} AND t.{0} IS NOT NULL AND t.{0} NOT IN \
                 (SELECT x.{1} FROM {2} x WHERE x.{1} IS NOT NULL)",
                quoted(&link.column),
                quoted(&link.to),
                link.table
            )
        });
        lost.collect()
    }

    /// The only value of the only row.
    fn value(&mut self, sql: &str) -> Result<Option<String>, InsertError> {
        let rows = self.ask(sql)?;
        Ok(rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next())
            .flatten())
    }

    fn is_writable(&mut self) -> Result<(), InsertError> {
        match self.value("SELECT @@read_only")?.as_deref() {
            // Who may do anything may write even there; the server will say so.
            Some("1") => Err(self
                .place
                .says("the server only reads; name the primary server")),
            _ => Ok(()),
        }
    }

    /// Holds the lock of a job's key, up to the end of the session: who has the same key waits here
    /// until the other one has committed or given up.
    fn hold_key(&mut self, key: &str) -> Result<(), InsertError> {
        if self.key.is_none() {
            self.hold(&create::lock(key))?;
            self.key = Some(key.to_owned());
        }
        Ok(())
    }

    /// Holds a lock of the server, named in SQL, as soon as nobody else does.
    fn hold(&mut self, lock: &str) -> Result<(), InsertError> {
        let wait = self.place.busy_seconds;
        let held = self.value(&format!("SELECT GET_LOCK({lock}, {wait})"))?;
        match held.as_deref() {
            Some("1") => Ok(()),
            _ => Err(InsertError::Busy {
                target: self.place.name.clone(),
                seconds: wait,
            }),
        }
    }

    /// Makes the ledger before the transaction, which making a table would end.
    fn make_ledger(&mut self) -> Result<(), InsertError> {
        let found = format!("SELECT 1 FROM {LEDGER} LIMIT 0");
        if self.session.query(&found).is_ok() {
            return Ok(());
        }
        match self.session.query(CREATE_LEDGER) {
            Ok(_) => Ok(()),
            Err(Trouble::Server(e)) if matches!(e.code, 1142 | 1044) => {
                Err(self.place.says(&self.place.no_ledger(&e.message)))
            }
            Err(e) => Err(self.place.error(e)),
        }
    }

    fn start(&mut self) -> Result<(), InsertError> {
        self.run("START TRANSACTION")?;
        self.open = true;
        Ok(())
    }

    /// Deletes all rows, unless rows of other tables would go with them; how many they were.
    fn clear(&mut self, table: &Table) -> Result<u64, InsertError> {
        let refuse = |reason: String| InsertError::Table {
            table: table.name.clone(),
            reason,
        };
        if let Some(child) = self.swept_along(table, None)? {
            return Err(refuse(format!(
                "replacing its rows would also delete or change rows of {child:?}, which refer to \
                 them; use append, or replace them by hand"
            )));
        }
        match self.session.query(&format!("DELETE FROM {}", table.quoted)) {
            Ok((_, effect)) => Ok(effect.rows),
            Err(Trouble::Server(e)) if matches!(e.code, 1217 | 1451) => Err(refuse(format!(
                "its rows can not be replaced because others refer to them ({}); use append",
                e.message
            ))),
            Err(e) => Err(self.place.error(e)),
        }
    }
}

impl Target for MariaDb {
    fn tables(&mut self) -> Result<Vec<String>, InsertError> {
        let all = self.relations()?;
        Ok(all
            .into_iter()
            .filter(|r| r.refusal().is_none())
            .map(|r| r.name)
            .collect())
    }

    fn describe(&mut self, table: &str) -> Result<Table, InsertError> {
        self.describe_table(table)
    }

    fn draft(&mut self, table: &NewTable) -> Result<String, InsertError> {
        self.draft_table(table)
    }

    fn create(&mut self, table: &NewTable, job: &str) -> Result<(), InsertError> {
        self.make_table(table, job)?;
        self.made = Some(table.name.clone());
        Ok(())
    }

    fn discard(&mut self, table: Option<&str>, job: &str) -> Result<(), InsertError> {
        // Another run of the job may be at it, or done: what is there is its own then.
        self.hold_key(job)?;
        if self.is_done(job)? {
            return Ok(());
        }
        // Who may not drop what an undo would have needed made none of it.
        let forgotten = self.forget(&crate::insert::undo::side(job));
        if let Some(table) = table {
            self.discard_table(table, job)?;
        }
        forgotten
    }

    fn lacking(&mut self, plan: &Plan<'_>, needs: Needs) -> Result<Vec<String>, InsertError> {
        self.missing_rights(plan, needs)
    }

    fn begin(&mut self, ledger: bool) -> Result<(), InsertError> {
        crash::point("insert.before_begin");
        // The transaction starts when all locks are held: then it sees who was before.
        if ledger {
            self.make_ledger()?;
        }
        Ok(())
    }

    fn ledger_trouble(&mut self) -> Result<Option<String>, InsertError> {
        match self
            .session
            .query(&format!("SELECT 1 FROM {LEDGER} LIMIT 0"))
        {
            Ok(_) => return Ok(None),
            Err(Trouble::Server(e)) if error::is_missing(&e) => {}
            Err(e) => return Err(self.place.error(e)),
        }
        // What a role gives is not looked for: the insertion will tell.
        let may = "SELECT COUNT(*) FROM (\
               SELECT grantee, privilege_type FROM information_schema.user_privileges UNION ALL \
               SELECT grantee, privilege_type FROM information_schema.schema_privileges \
                 WHERE DATABASE() LIKE table_schema UNION ALL \
               SELECT grantee, privilege_type FROM information_schema.table_privileges \
                 WHERE table_schema = DATABASE() AND table_name = 'crewdesk_ledger') p \
             WHERE privilege_type = 'CREATE' AND \
               REPLACE(grantee, CHAR(39), CHAR(0x20)) = \
               CONCAT(' ', REPLACE(CURRENT_USER(), '@', ' @ '), ' ')";
        Ok(match self.value(may)?.as_deref() {
            Some("0") => Some(self.place.no_ledger("no right")),
            _ => None,
        })
    }

    fn recall(&mut self, key: &str) -> Result<Option<String>, InsertError> {
        self.hold_key(key)?;
        self.value(&format!(
            "SELECT outcome FROM {LEDGER} WHERE `key` = {}",
            literal(key)
        ))
    }

    fn holds_first(&self) -> bool {
        true
    }

    fn hold_frame(&mut self, frame: &str, table: &str) -> Result<bool, InsertError> {
        self.hold(&create::lock(&format!("{table}\n{frame}")))?;
        // The snapshot of a transaction may be older than what the other one committed.
        Ok(!self.open)
    }

    fn lines(&mut self, of: &Same<'_>) -> Result<Vec<Line>, InsertError> {
        let pattern = literal(&of.pattern());
        let mut lines = lines(&literal(of.frame), &literal(of.table), &pattern, "`key`");
        if self.open && !of.held {
            // The snapshot is older than what others committed since; what is locked is not.
            lines.push_str(" LOCK IN SHARE MODE");
        }
        match self.session.query(&lines) {
            Ok((lines, _)) => Ok(lines.into_iter().filter_map(Line::of).collect()),
            // It may be written, and be read in part only.
            Err(Trouble::Server(e)) if matches!(e.code, 1044 | 1142 | 1143 | 1146) => {
                Ok(Vec::new())
            }
            Err(e) => Err(self.place.error(e)),
        }
    }

    fn needs_before(&mut self, plan: &Plan<'_>) -> Result<bool, InsertError> {
        if !self.open {
            self.start()?;
        }
        if plan.mode == Mode::Upsert {
            return Ok(false);
        }
        self.own = self.find_own(plan)?;
        Ok(self.own == Own::NobodyKnows)
    }

    fn insert(&mut self, plan: &Plan<'_>, supply: &mut Supply) -> Result<Taken, InsertError> {
        if !self.open {
            self.start()?;
        }
        self.run("SAVEPOINT crewdesk_insertion")?;
        if let Some(side) = plan.side.filter(|_| plan.replaces()) {
            self.keep_replaced(plan, side)?;
        }
        let deleted = match plan.replaces() {
            true => self.clear(plan.table)?,
            false => 0,
        };
        let taken = match plan.mode {
            Mode::Upsert => self.upsert_all(plan, supply)?,
            _ => self.load_all(plan, supply)?,
        };
        self.merged.deleted = deleted;
        if taken == Taken::NotAll {
            self.run("ROLLBACK TO SAVEPOINT crewdesk_insertion")?;
            self.own.forget();
        }
        Ok(taken)
    }

    fn read_back(&mut self, plan: &Plan<'_>, rows: &mut dyn Finding) -> Result<(), InsertError> {
        if plan.mode == Mode::Upsert {
            // As they are now, not as they were seen first.
            let from = format!("{} FOR UPDATE", upsert::upserted(plan));
            return self.read(plan, &from, "t.", rows);
        }
        for condition in self.own.conditions() {
            let from = format!("{} WHERE {condition}", plan.table.quoted);
            self.read(plan, &from, "", rows)?;
        }
        Ok(())
    }

    fn orphans(&mut self, plan: &Plan<'_>, link: &Link) -> Result<u64, InsertError> {
        let mut orphans = 0;
        for own in self.orphaned(plan, link) {
            let count = self.value(&format!("SELECT COUNT(*) FROM {own}"))?;
            orphans += count.and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        }
        Ok(orphans)
    }

    fn lost(&mut self, plan: &Plan<'_>, link: &Link) -> Result<Option<String>, InsertError> {
        for own in self.orphaned(plan, link) {
            let lost = self.value(&format!(
                "SELECT GROUP_CONCAT(few.v ORDER BY few.v SEPARATOR ', ') FROM (SELECT DISTINCT \
                 CAST(t.{} AS CHAR) AS v FROM {own} LIMIT 3) few",
                quoted(&link.column)
            ))?;
            if lost.is_some() {
                return Ok(lost);
            }
        }
        Ok(None)
    }

    fn ask(
        &mut self,
        sql: &str,
        time: Duration,
        rows: &mut dyn Selecting,
    ) -> Result<(), InsertError> {
        self.ask_rows(sql, time, rows)
    }

    fn merged(&self) -> Merged {
        self.merged
    }

    fn prepare_undo(&mut self, plan: &Plan<'_>) -> Result<(), InsertError> {
        self.make_side(plan)
    }

    fn changed_along(
        &mut self,
        table: &Table,
        columns: &[String],
    ) -> Result<Option<String>, InsertError> {
        let columns: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
        self.changed_with(table, &columns, None)
    }

    fn keep(&mut self, plan: &Plan<'_>) -> Result<Kept, InsertError> {
        self.keep_rows(plan)
    }

    fn touched(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
        rows: &mut dyn Finding,
    ) -> Result<(), InsertError> {
        for from in self.found_by(plan, trail)? {
            self.read(plan, &format!("{from} FOR UPDATE"), "t.", rows)?;
        }
        Ok(())
    }

    fn lock_for_undo(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> Result<Option<String>, InsertError> {
        self.obstacle(plan, trail)
    }

    fn take_back(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> Result<Result<u64, String>, InsertError> {
        self.take_rows_back(plan, trail)
    }

    fn drop_filled_no_more(&mut self, table: &str) -> bool {
        self.drop_empty(table).unwrap_or(false)
    }

    fn forget(&mut self, side: &str) -> Result<(), InsertError> {
        self.forget_side(side)
    }

    fn record(&mut self, line: &LedgerLine<'_>) -> Result<(), InsertError> {
        crash::point("insert.before_ledger");
        let at = line.at.format("%Y-%m-%d %H:%M:%S%.3f").to_string();
        self.run(&format!(
            "INSERT INTO {LEDGER}(`key`, at, table_name, mode, frame, `rows`, outcome) \
             VALUES ({}, {}, {}, {}, {}, {}, {})",
            literal(line.key),
            literal(&at),
            literal(line.table),
            literal(line.mode),
            literal(line.frame),
            line.rows,
            literal(line.outcome)
        ))
        .map(|_| ())
    }

    fn commit(&mut self) -> Result<(), InsertError> {
        crash::point("insert.before_commit");
        // Only its answer tells whether the rows are in.
        self.session.be_deaf();
        let committed = self.run("COMMIT");
        self.open = false;
        committed?;
        crash::point("insert.after_commit");
        self.unmark();
        Ok(())
    }

    fn rollback(&mut self) {
        if self.open {
            // If even this fails, the end of the session rolls back.
            let _ = self.session.query("ROLLBACK");
            self.open = false;
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
        let alone = !self.open;
        if alone {
            self.start()?;
        }
        self.run("SAVEPOINT crewdesk_rehearsal")?;
        if plan.replaces() {
            self.clear(plan.table)?;
        }
        match plan.mode {
            Mode::Upsert => self.try_upsert(plan, supply)?,
            _ => self.insert_all(plan, supply)?,
        }
        self.run("ROLLBACK TO SAVEPOINT crewdesk_rehearsal")?;
        if alone {
            self.rollback();
        }
        Ok(())
    }
}
