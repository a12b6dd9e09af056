//! PostgreSQL as a target: rows go in by COPY in its binary format, and out again for the facts.
//!
//! A COPY that fails takes all of its rows with it. Then the rows are tried in ever smaller
//! parts ([`Target::rehearse`]) to find those that are refused, and the others are copied alone.
//! Rows of this insertion are told from others by the transaction that made them (`xmin`), so
//! that what inserts them for good uses no savepoints.

mod aside;
mod binary;
mod copy;
mod create;
mod error;
mod hash;
mod protocol;
mod rights;
mod schema;
mod scram;
mod select;
mod undo;
mod upsert;

use super::url::ServerUrl;
use super::{
    LEDGER, LedgerLine, Link, Merged, Needs, Plan, Reach, Same, Table, Taken, Target, lines, quoted,
};
use crate::crash;
use crate::insert::create::NewTable;
use crate::insert::flow::{Finding, Supply};
use crate::insert::ledger::Line;
use crate::insert::source::Selecting;
use crate::insert::undo::{Kept, Trail};
use crate::insert::{Cancel, InsertError, Mode};
use binary::Codec;
use protocol::{Rows, Session, Trouble};
use std::time::Duration;

/// A session on a server, as a target.
pub(super) struct Postgres {
    session: Session,
    place: Place,
    /// A transaction is open.
    open: bool,
    /// The key whose lock is held.
    key: Option<String>,
    /// How the columns of the table that was described last are written, by their positions.
    codecs: Vec<Option<Codec>>,
    /// Whether the server's own hash of their values is known, by their positions.
    hashed: Vec<bool>,
    /// What went in last, as the server hashes it; none where nobody knows.
    sent: Option<hash::Sent>,
    /// How many rows that were sent stand in the table as they were; none where nobody knows.
    as_sent: Option<u64>,
    /// How many rows the last copy sent, and how many of them the server says that it took.
    copied: u64,
    taken: u64,
    /// The statement that made the table in this transaction.
    made: Option<String>,
    /// The transaction that made the rows.
    made_by: Option<String>,
    /// For transactions whose rows an undo has set back, the one that made them by that.
    made_anew: Vec<(String, String)>,
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
const CREATE_LEDGER: &str = "CREATE TABLE IF NOT EXISTS crewdesk_ledger(key text PRIMARY KEY, \
    at timestamptz NOT NULL, table_name text NOT NULL, mode text NOT NULL, frame text NOT NULL, \
    rows bigint NOT NULL, outcome text NOT NULL)";

/// What is written there; its key and its outcome are read.
const LEDGER_COLUMNS: &str = "key, at, table_name, mode, frame, rows, outcome";

/// Why a ledger can not be used, in most cases.
const NO_RIGHT: &str = "no right";

impl Place {
    /// What is said where no ledger can be made.
    fn no_ledger(&self, why: &str) -> String {
        format!(
            "the ledger of insertions can not be made or used ({why}); have its owner run: \
             {CREATE_LEDGER}; GRANT SELECT, INSERT ON {LEDGER} TO {}",
            quoted(&self.user)
        )
    }
}

/// A text as SQL writes it.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', "''"))
}

impl Postgres {
    /// Whether the ledger may be read: a right to some of its columns is enough for all else.
    fn may_read_ledger(&mut self) -> Result<bool, InsertError> {
        let may = format!("SELECT has_table_privilege(to_regclass('{LEDGER}'), 'SELECT')");
        Ok(self.value(&may)?.as_deref() == Some("t"))
    }

    /// Reaches the server and logs in.
    pub(super) fn open(url: &ServerUrl, reach: &Reach<'_>) -> Result<Postgres, InsertError> {
        let place = Place {
            name: url.to_string(),
            user: url.user.clone(),
            busy_seconds: reach.busy_seconds,
            cancel: reach.cancel.clone(),
        };
        if url.user.is_empty() {
            return Err(InsertError::Connection(format!(
                "{}: it is not said who logs in; write postgres://USER@HOST/DATABASE",
                place.name
            )));
        }
        let session =
            Session::open(url, reach.password, reach.cancel).map_err(|e| place.entry(e))?;
        let mut postgres = Postgres {
            session,
            place,
            open: false,
            key: None,
            codecs: Vec::new(),
            hashed: Vec::new(),
            sent: None,
            as_sent: None,
            copied: 0,
            taken: 0,
            made: None,
            made_by: None,
            made_anew: Vec::new(),
            merged: Merged::default(),
        };
        let wait = reach.busy_seconds.max(1).saturating_mul(1000);
        // Who has waited for a lock sees what was done meanwhile. Numbers keep all their digits.
        postgres.run(&format!(
            "SET lock_timeout = {wait}; SET extra_float_digits = 3; \
             SET default_transaction_isolation = 'read committed'"
        ))?;
        if !reach.read_only {
            postgres.is_writable()?;
        }
        Ok(postgres)
    }

    fn ask(&mut self, sql: &str) -> Result<Rows, InsertError> {
        let answer = self.session.query(sql);
        answer.map_err(|e| self.place.error(e))
    }

    fn run(&mut self, sql: &str) -> Result<(), InsertError> {
        self.ask(sql).map(|_| ())
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

    /// The rows of this insertion that refer to what is not there.
    fn orphaned(&self, plan: &Plan<'_>, link: &Link) -> String {
        format!(
            "{0} AND t.{1} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {2} x WHERE x.{3} = t.{1})",
            self.own_rows(plan),
            quoted(&link.column),
            link.table,
            quoted(&link.to)
        )
    }

    fn is_writable(&mut self) -> Result<(), InsertError> {
        match self.value("SHOW transaction_read_only")?.as_deref() {
            Some("on") => Err(self.place.says(
                "the server only reads (a standby, or the user's setting); name the primary server",
            )),
            _ => Ok(()),
        }
    }

    /// Makes the ledger before the transaction: where that is not allowed, one knows at once.
    fn make_ledger(&mut self) -> Result<(), InsertError> {
        match self.is_ledger_there()? {
            Some(true) => return Ok(()),
            Some(false) => {}
            None => return Err(self.place.says(&self.place.no_ledger(NO_RIGHT))),
        }
        let found = format!("SELECT to_regclass({})", literal(LEDGER));
        match self.session.query(CREATE_LEDGER) {
            Ok(_) => Ok(()),
            Err(Trouble::Server(e)) if e.code == "42501" => {
                Err(self.place.says(&self.place.no_ledger(&e.message)))
            }
            // Somebody else makes it at the same time.
            Err(Trouble::Server(_)) if self.value(&found)?.is_some() => Ok(()),
            Err(e) => Err(self.place.error(e)),
        }
    }

    /// Whether the ledger is there; none where it can not be used or made.
    fn is_ledger_there(&mut self) -> Result<Option<bool>, InsertError> {
        let there = format!(
            "SELECT CASE WHEN to_regclass({0}) IS NULL \
               THEN CASE WHEN has_schema_privilege(current_schema(), 'CREATE') THEN false END \
               ELSE (SELECT CASE WHEN bool_and(has_column_privilege({0}, name, 'INSERT') AND \
                 (name NOT IN ('key', 'outcome') OR has_column_privilege({0}, name, 'SELECT'))) \
                 THEN true END FROM unnest('{{{LEDGER_COLUMNS}}}'::text[]) name) END",
            literal(LEDGER)
        );
        Ok(self.value(&there)?.map(|there| there == "t"))
    }

    /// Begins anew, without what was done since but for the table.
    fn again(&mut self) -> Result<(), InsertError> {
        self.run("ROLLBACK")?;
        self.run("BEGIN")?;
        match self.made.clone() {
            Some(sql) => self.make_table(&sql),
            None => Ok(()),
        }
    }

    /// Deletes all rows, unless rows of other tables would go with them; how many they were.
    fn clear(&mut self, table: &Table) -> Result<u64, InsertError> {
        if let Some(child) = self.swept_along(table, None)? {
            return Err(InsertError::Table {
                table: table.name.clone(),
                reason: format!(
                    "replacing its rows would also delete or change rows of {child}, which refer \
                     to them; use append, or replace them by hand"
                ),
            });
        }
        match self
            .session
            .change(&format!("DELETE FROM {}", table.quoted))
        {
            Ok(deleted) => Ok(deleted),
            Err(Trouble::Server(e)) if e.code == "23503" => Err(InsertError::Table {
                table: table.name.clone(),
                reason: format!(
                    "its rows can not be replaced because others refer to them ({}); use append",
                    e.message
                ),
            }),
            Err(e) => Err(self.place.error(e)),
        }
    }
}

impl Target for Postgres {
    fn tables(&mut self) -> Result<Vec<String>, InsertError> {
        let all = self.relations()?.into_iter();
        let whole = all.filter(schema::Relation::is_whole);
        Ok(whole.map(|relation| relation.shown()).collect())
    }

    fn describe(&mut self, table: &str) -> Result<Table, InsertError> {
        self.describe_table(table)
    }

    fn draft(&mut self, table: &NewTable) -> Result<String, InsertError> {
        self.draft_table(table)
    }

    fn create(&mut self, table: &NewTable, _job: &str) -> Result<(), InsertError> {
        let sql = self.draft_table(table)?;
        self.make_table(&sql)?;
        self.made = Some(sql);
        Ok(())
    }

    fn lacking(&mut self, plan: &Plan<'_>, needs: Needs) -> Result<Vec<String>, InsertError> {
        self.missing_rights(plan, needs)
    }

    fn begin(&mut self, ledger: bool) -> Result<(), InsertError> {
        crash::point("insert.before_begin");
        if ledger {
            self.make_ledger()?;
        }
        self.run("BEGIN")?;
        self.open = true;
        Ok(())
    }

    fn ledger_trouble(&mut self) -> Result<Option<String>, InsertError> {
        Ok(match self.is_ledger_there()? {
            Some(_) => None,
            None => Some(self.place.no_ledger(NO_RIGHT)),
        })
    }

    fn recall(&mut self, key: &str) -> Result<Option<String>, InsertError> {
        // Who has the same key waits here until the other one has committed or given up.
        let key = literal(key);
        if self.key.is_none() {
            self.run(&format!(
                "SELECT pg_advisory_lock(hashtext({key}), 1668442483)"
            ))?;
            self.key = Some(key.clone());
        }
        self.value(&format!("SELECT outcome FROM {LEDGER} WHERE key = {key}"))
    }

    fn hold_frame(&mut self, frame: &str, table: &str) -> Result<bool, InsertError> {
        let both = literal(&format!("{table}\n{frame}"));
        self.run(&format!(
            "SELECT pg_advisory_xact_lock(hashtext({both}), 1668442484)"
        ))?;
        Ok(true)
    }

    fn lines(&mut self, of: &Same<'_>) -> Result<Vec<Line>, InsertError> {
        if !self.may_read_ledger()? {
            return Ok(Vec::new());
        }
        let lines = self.ask(&lines(
            &literal(of.frame),
            &literal(of.table),
            &literal(&of.pattern()),
            "key",
        ))?;
        Ok(lines.into_iter().filter_map(Line::of).collect())
    }

    fn insert(&mut self, plan: &Plan<'_>, supply: &mut Supply) -> Result<Taken, InsertError> {
        if !self.open {
            self.run("BEGIN")?;
            self.open = true;
        }
        if let Some(side) = plan.side.filter(|_| plan.replaces()) {
            self.keep_replaced(plan, side)?;
        }
        let deleted = match plan.replaces() {
            true => self.clear(plan.table)?,
            false => 0,
        };
        self.made_by = self.value("SELECT (txid_current() % 4294967296)::text")?;
        let taken = match plan.mode {
            Mode::Upsert => self.upsert_all(plan, supply)?,
            _ => match self.copy_all(plan, supply)? {
                None => Taken::All,
                Some(_) => Taken::NotAll,
            },
        };
        self.merged.deleted = deleted;
        if taken == Taken::All {
            // What would happen at the COMMIT happens before anybody looks at the rows.
            self.run("SET CONSTRAINTS ALL IMMEDIATE")?;
        }
        // Asked here, while others still look at the last rows that were sent.
        self.as_sent = match taken {
            Taken::All => self.same_hashes(plan)?,
            Taken::NotAll => None,
        };
        if taken == Taken::NotAll {
            self.again()?;
        }
        Ok(taken)
    }

    fn merged(&self) -> Merged {
        self.merged
    }

    fn as_sent(&self) -> Option<u64> {
        self.as_sent
    }

    fn read_back(&mut self, plan: &Plan<'_>, rows: &mut dyn Finding) -> Result<(), InsertError> {
        self.copy_back(plan, rows)
    }

    fn orphans(&mut self, plan: &Plan<'_>, link: &Link) -> Result<u64, InsertError> {
        let sql = format!("SELECT count(*) FROM {}", self.orphaned(plan, link));
        let count = self.value(&sql)?;
        Ok(count.and_then(|n| n.parse().ok()).unwrap_or(0))
    }

    fn lost(&mut self, plan: &Plan<'_>, link: &Link) -> Result<Option<String>, InsertError> {
        self.value(&format!(
            "SELECT string_agg(v, ', ' ORDER BY v) FROM (SELECT DISTINCT t.{}::text AS v FROM {} \
             LIMIT 3) few",
            quoted(&link.column),
            self.orphaned(plan, link)
        ))
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
        self.copy_from(plan, &undo::touched(plan, trail), rows)
    }

    fn lock_for_undo(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> Result<Option<String>, InsertError> {
        self.obstacle(plan, trail)
    }

    fn own_by_now(&mut self, trail: &Trail) -> Result<Option<String>, InsertError> {
        Postgres::own_by_now(self, trail)
    }

    fn made_anew(&self) -> Vec<(String, String)> {
        self.made_anew.clone()
    }

    fn take_back(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> Result<Result<u64, String>, InsertError> {
        self.take_rows_back(plan, trail)
    }

    fn drop_made(&mut self, table: &Table) -> Result<bool, InsertError> {
        self.drop_empty(table)
    }

    fn forget(&mut self, side: &str) -> Result<(), InsertError> {
        self.forget_side(side)
    }

    fn record(&mut self, line: &LedgerLine<'_>) -> Result<(), InsertError> {
        crash::point("insert.before_ledger");
        let at = line.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        self.run(&format!(
            "INSERT INTO {LEDGER}({LEDGER_COLUMNS}) \
             VALUES ({}, {}, {}, {}, {}, {}, {})",
            literal(line.key),
            literal(&at),
            literal(line.table),
            literal(line.mode),
            literal(line.frame),
            line.rows,
            literal(line.outcome)
        ))
    }

    fn commit(&mut self) -> Result<(), InsertError> {
        crash::point("insert.before_commit");
        // Only its answer tells whether the rows are in.
        self.session.be_deaf();
        let committed = self.run("COMMIT");
        self.open = false;
        committed?;
        crash::point("insert.after_commit");
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
            self.run("BEGIN")?;
            self.open = true;
        }
        self.run("SAVEPOINT crewdesk_rehearsal")?;
        if plan.replaces() {
            self.clear(plan.table)?;
        }
        match plan.mode {
            Mode::Upsert => self.try_upsert(plan, supply)?,
            _ => self.try_all(plan, supply)?,
        }
        self.run("ROLLBACK TO crewdesk_rehearsal; RELEASE crewdesk_rehearsal")?;
        if alone {
            self.rollback();
        }
        Ok(())
    }
}
