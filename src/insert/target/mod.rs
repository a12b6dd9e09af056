//! Databases that rows go into, behind one interface.
//!
//! An insertion is one transaction of the target: [`Target::begin`], [`Target::recall`] of the
//! ledger, [`Target::insert`], [`Target::read_back`], [`Target::record`], [`Target::commit`].

mod mariadb;
mod postgres;
mod server;
mod sqlite;
mod swept;
mod url;

#[cfg(test)]
pub(super) use sqlite::{bind as sqlite_bind, found as sqlite_found};
pub use url::{ConnectionUrl, ServerKind, ServerUrl, Tls};

use super::create::NewTable;
use super::flow::{Finding, Supply};
use super::found::Seen;
use super::ledger::Line;
use super::mode::Mode;
use super::source::Selecting;
use super::types::ColumnType;
use super::undo::{Kept, Trail};
use super::{Cancel, InsertError, Password};
use chrono::{DateTime, Utc};
use std::path::PathBuf;
use std::time::Duration;

/// The ledger table of a target: what was inserted, by the key of the job.
pub const LEDGER: &str = "crewdesk_ledger";

/// How long a server may take to say what somebody waits for in front of the screen.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// A table that rows can go into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name as people write it.
    pub name: String,
    /// Its name as the database's SQL writes it.
    pub quoted: String,
    /// Its columns in their order.
    pub columns: Vec<Column>,
    /// The primary and unique keys as positions in `columns`, the primary one first.
    pub keys: Vec<Vec<usize>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name as the database has it.
    pub name: String,
    /// Its type as the schema declares it.
    pub declared: String,
    /// What that means.
    pub kind: ColumnType,
    /// Whether NULL is refused.
    pub not_null: bool,
    /// Whether a row without it gets a value all the same: a default or a number of its own.
    pub has_default: bool,
    /// Whether it belongs to the primary key.
    pub primary_key: bool,
    /// Whether the database computes it, so that it takes no value.
    pub generated: bool,
}

impl Column {
    /// The declared type, or what it means where nothing is declared.
    pub fn type_text(&self) -> String {
        match self.declared.as_str() {
            "" => self.kind.to_string(),
            declared => declared.to_owned(),
        }
    }

    /// Whether a frame must have it.
    pub fn is_required(&self) -> bool {
        self.not_null && !self.has_default && !self.generated
    }
}

/// Databases that must never be a target, such as those of whoever inserts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forbidden {
    /// These files, by whatever path.
    pub files: Vec<PathBuf>,
    /// Every database of the application with this number in its header.
    pub application_id: Option<i32>,
}

/// A target, reached.
#[derive(Debug, Clone)]
pub(super) struct Reach<'a> {
    pub(super) url: &'a ConnectionUrl,
    /// Databases that must never be a target.
    pub(super) forbidden: &'a Forbidden,
    /// How long to wait for somebody else's lock.
    pub(super) busy_seconds: u64,
    pub(super) cancel: &'a Cancel,
    /// Of the user that the URL names.
    pub(super) password: Option<&'a Password>,
    /// Only look, never write.
    pub(super) read_only: bool,
}

/// What goes where.
pub(super) struct Plan<'a> {
    pub(super) table: &'a Table,
    /// For each column of the frame its position in `table.columns`.
    pub(super) columns: &'a [usize],
    pub(super) mode: Mode,
    /// The positions in `table.columns` of the key by which rows are told apart, where the mode
    /// does.
    pub(super) key: &'a [usize],
    /// The table that keeps what an undo needs, if one is wanted.
    pub(super) side: Option<&'a str>,
    /// Whether somebody will ask for the rows as they stand in the table.
    pub(super) asked: bool,
}

impl<'a> Plan<'a> {
    /// Whether the rows that are there go first.
    pub(super) fn replaces(&self) -> bool {
        self.mode == Mode::Replace
    }

    /// The columns of the frame, as the table has them.
    pub(super) fn taken(&self) -> impl Iterator<Item = &'a Column> + use<'a> {
        let (table, columns) = (self.table, self.columns);
        columns.iter().filter_map(|at| table.columns.get(*at))
    }

    /// The columns of the key.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'a Column> + use<'a> {
        let (table, key) = (self.table, self.key);
        key.iter().filter_map(|at| table.columns.get(*at))
    }

    /// The columns of the frame but those of the key.
    pub(super) fn others(&self) -> impl Iterator<Item = &'a Column> + use<'a> {
        let key = self.key;
        let columns = self.columns.iter().zip(self.taken());
        let others = columns.filter(move |(at, _)| !key.contains(at));
        others.map(|(_, column)| column)
    }

    /// The names of the key's columns, as people read them.
    pub(super) fn key_names(&self) -> String {
        let names: Vec<&str> = self.keys().map(|column| column.name.as_str()).collect();
        names.join(", ")
    }
}

/// What became of rows that were there before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Merged {
    pub(super) updated: u64,
    pub(super) unchanged: u64,
    pub(super) deleted: u64,
}

/// A column of the rows, and the column of another table that must have its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// As the table has it.
    pub(super) column: String,
    /// As the database's SQL writes it.
    pub(super) table: String,
    /// As that table has it.
    pub(super) to: String,
}

/// Why the target refuses a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rejection {
    /// The columns to blame, where the target says so.
    pub(super) column: Option<String>,
    pub(super) reason: String,
    pub(super) broken: Broken,
}

/// What a refused row breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// A primary or unique key, which is taken.
    Key,
    /// A reference to a row that is not there.
    Reference,
    /// Something else.
    Other,
}

/// A line of the ledger.
pub(super) struct LedgerLine<'a> {
    pub(super) key: &'a str,
    pub(super) at: DateTime<Utc>,
    pub(super) table: &'a str,
    pub(super) mode: &'a str,
    pub(super) frame: &'a str,
    pub(super) rows: u64,
    /// The outcome as JSON.
    pub(super) outcome: &'a str,
}

/// What became of rows that were to be inserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// All are in but those that were said to be refused.
    All,
    /// None is, because some are refused, and it is not said which.
    NotAll,
}

/// Why a row is refused whose key is taken, where nobody knows by whom.
pub(super) const TAKEN: &str =
    "the key is taken, in the table or by an earlier row of the data frame";

/// Why a row is refused whose key one of the table has.
pub(super) const THERE: &str = "a row of the table has this key already";

/// Why a row is refused whose key an earlier one has, after where that stands.
pub(super) const TWICE: &str = "of the data frame has this key, too";

/// A database that rows can go into.
pub(super) trait Target: Send {
    /// The names of the tables that can be inserted into.
    fn tables(&mut self) -> Result<Vec<String>, InsertError>;
    /// The table of this name.
    fn describe(&mut self, table: &str) -> Result<Table, InsertError>;
    /// The statement that would make a table; refused where there is one of this name.
    fn draft(&mut self, table: &NewTable) -> Result<String, InsertError>;
    /// Makes a table for the job of this key: in the transaction, or, where the target can not,
    /// so that [`Target::discard`] finds it.
    fn create(&mut self, table: &NewTable, job: &str) -> Result<(), InsertError>;
    /// Takes away what the job of this key made and did not fill, where the end of the
    /// transaction does not: its table, if it was to make one, and what it kept for an undo.
    fn discard(&mut self, _table: Option<&str>, _job: &str) -> Result<(), InsertError> {
        Ok(())
    }
    /// The rights that an insertion needs and its user has not, as SQL that gives them; as far as
    /// that is known without trying.
    fn lacking(&mut self, _plan: &Plan<'_>, _needs: Needs) -> Result<Vec<String>, InsertError> {
        Ok(Vec::new())
    }
    /// Begins the one transaction, writing. With `ledger` there must be one: a target that can
    /// not make it in the transaction makes it before, or says why not.
    fn begin(&mut self, ledger: bool) -> Result<(), InsertError>;
    /// Why there is no ledger and none can be made, as far as that is known without trying.
    fn ledger_trouble(&mut self) -> Result<Option<String>, InsertError> {
        Ok(None)
    }
    /// The outcome that the ledger has for this key.
    fn recall(&mut self, key: &str) -> Result<Option<String>, InsertError>;
    /// Whether it sees what was committed meanwhile only if it has waited before its first row.
    fn holds_first(&self) -> bool {
        false
    }
    /// Waits for whoever adds the same frame to the same table at this moment, until this transaction
    /// or session ends. Whether the target then sees what the other one has committed.
    fn hold_frame(&mut self, _frame: &str, _table: &str) -> Result<bool, InsertError> {
        Ok(true)
    }
    /// The lines of the ledger about this, as far as it may be read: of rows that came and are
    /// there, the last first.
    fn lines(&mut self, of: &Same<'_>) -> Result<Vec<Line>, InsertError>;
    /// Whether the rows of the plan will be told from others only by reading the table before,
    /// too.
    fn needs_before(&mut self, _plan: &Plan<'_>) -> Result<bool, InsertError> {
        Ok(false)
    }
    /// Whether its work is done by the thread that asks for it, and by no server.
    fn works_here(&self) -> bool {
        false
    }
    /// Makes room if the plan says so, then inserts what comes. A target that takes all rows or
    /// none answers [`Taken::NotAll`] when it refuses some: then nothing is in, the rows come once
    /// more to be rehearsed, and then once more without those that are refused.
    fn insert(&mut self, plan: &Plan<'_>, supply: &mut Supply) -> Result<Taken, InsertError>;
    /// How many of the rows that were inserted or rehearsed last were there before, and how many
    /// made room.
    fn merged(&self) -> Merged {
        Merged::default()
    }
    /// What it read of the rows that were inserted last, if it reads them while others go in.
    fn seen(&self) -> Option<Seen> {
        None
    }
    /// How many rows of this insertion stand in the table, if the target can tell by itself that
    /// all of them are there as they were sent.
    fn as_sent(&self) -> Option<u64> {
        None
    }
    /// Reads the rows of this insertion as they stand in the table, in the plan's columns.
    fn read_back(&mut self, plan: &Plan<'_>, rows: &mut dyn Finding) -> Result<(), InsertError>;
    /// How many rows of this insertion have a value, not NULL, that the other table has not.
    fn orphans(&mut self, plan: &Plan<'_>, link: &Link) -> Result<u64, InsertError>;
    /// Up to three of these values, in words.
    fn lost(&mut self, plan: &Plan<'_>, link: &Link) -> Result<Option<String>, InsertError>;
    /// Asks one statement that only reads inside the transaction, within this time. After an error
    /// nothing of the transaction can be kept.
    fn ask(
        &mut self,
        sql: &str,
        time: Duration,
        rows: &mut dyn Selecting,
    ) -> Result<(), InsertError>;
    /// A table with rows that change along when rows of this one get other values in these columns,
    /// as people read it.
    fn changed_along(
        &mut self,
        table: &Table,
        columns: &[String],
    ) -> Result<Option<String>, InsertError>;
    /// Makes ready to keep what an undo needs, where that can not be done in the transaction.
    fn prepare_undo(&mut self, _plan: &Plan<'_>) -> Result<(), InsertError> {
        Ok(())
    }
    /// Keeps what finds the rows that were inserted or updated last; those that were there before
    /// were kept by [`Target::insert`].
    fn keep(&mut self, plan: &Plan<'_>) -> Result<Kept, InsertError>;
    /// Reads the rows of the trail as they stand in the table, in the plan's columns.
    fn touched(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
        rows: &mut dyn Finding,
    ) -> Result<(), InsertError>;
    /// Keeps others from the rows of the trail until the end of the transaction, or says why it
    /// can not be taken back.
    fn lock_for_undo(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> Result<Option<String>, InsertError>;
    /// What finds the rows of the trail by now, if another undo has set some of them back since.
    fn own_by_now(&mut self, trail: &Trail) -> Result<Option<String>, InsertError> {
        Ok(trail.own.clone())
    }
    /// What finds rows that [`Target::take_back`] has set back: what did before, and what does now.
    fn made_anew(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    /// Takes the rows of the trail away and sets back what was there before: how many were, or
    /// why not. What was kept goes with it where that can be done in the transaction.
    fn take_back(
        &mut self,
        plan: &Plan<'_>,
        trail: &Trail,
    ) -> Result<Result<u64, String>, InsertError>;
    /// Drops a table that an insertion made and that is empty again, in the transaction: whether it
    /// could. One that others refer to, or that has rows, stays.
    fn drop_made(&mut self, _table: &Table) -> Result<bool, InsertError> {
        Ok(false)
    }
    /// The same after the transaction, where dropping tables is no part of it.
    fn drop_filled_no_more(&mut self, _table: &str) -> bool {
        false
    }
    /// Drops what is kept under this name, if it is there.
    fn forget(&mut self, side: &str) -> Result<(), InsertError>;
    /// Writes a line of the ledger, which is made if it is missing.
    fn record(&mut self, line: &LedgerLine<'_>) -> Result<(), InsertError>;
    /// Makes all of it last.
    fn commit(&mut self) -> Result<(), InsertError>;
    /// Undoes all of it.
    fn rollback(&mut self);
    /// Asks one statement that only reads, within this time, and hands its rows on.
    fn select(
        &mut self,
        sql: &str,
        time: Duration,
        rows: &mut dyn Selecting,
    ) -> Result<(), InsertError>;
    /// Takes rows as [`Target::insert`] would, and keeps none; locks nothing and writes nothing.
    fn rehearse(&mut self, plan: &Plan<'_>, supply: &mut Supply) -> Result<(), InsertError>;
}

/// What an insertion does beside writing rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needs {
    /// It reads them back.
    pub(super) reads: bool,
    /// It keeps what an undo needs.
    pub(super) keeps: bool,
}

/// Refuses an insertion whose user lacks rights, and says all that are missing at once.
pub(super) fn require_rights(
    target: &mut dyn Target,
    plan: &Plan<'_>,
    needs: Needs,
) -> Result<(), InsertError> {
    let lacking = target.lacking(plan, needs)?;
    match lacking.is_empty() {
        true => Ok(()),
        false => Err(InsertError::Table {
            table: plan.table.name.clone(),
            reason: format!(
                "rights are missing; have an administrator run: {}",
                lacking.join("; ")
            ),
        }),
    }
}

/// Makes ready for an undo, or says why there can be none: rows of other tables that an upsert changes
/// along are not kept.
pub(super) fn prepare_undo(target: &mut dyn Target, plan: &Plan<'_>) -> Result<(), InsertError> {
    if plan.mode == Mode::Upsert {
        let columns: Vec<String> = plan.others().map(|column| column.name.clone()).collect();
        if let Some(child) = target.changed_along(plan.table, &columns)? {
            return Err(InsertError::Table {
                table: plan.table.name.clone(),
                reason: format!(
                    "rows of {child} refer to its rows and change with them (ON UPDATE), which an \
                     undo could not set back; insert without undoable"
                ),
            });
        }
    }
    target.prepare_undo(plan)
}

/// Reaches a target.
pub(super) fn open(reach: &Reach<'_>) -> Result<Box<dyn Target>, InsertError> {
    match reach.url {
        ConnectionUrl::Sqlite(path) => Ok(Box::new(sqlite::Sqlite::open(path, reach)?)),
        ConnectionUrl::Server(url) => match url.kind {
            ServerKind::Postgres => Ok(Box::new(postgres::Postgres::open(url, reach)?)),
            ServerKind::MariaDb => Ok(Box::new(mariadb::MariaDb::open(url, reach)?)),
        },
    }
}

/// The names of the target's tables that can be inserted into.
pub fn tables(
    url: &ConnectionUrl,
    password: Option<&Password>,
    forbidden: &Forbidden,
) -> Result<Vec<String>, InsertError> {
    reach(url, password, forbidden, true)?.tables()
}

/// Whether the target can be reached and written; the names of its tables.
pub fn test_connection(
    url: &ConnectionUrl,
    password: Option<&Password>,
    forbidden: &Forbidden,
) -> Result<Vec<String>, InsertError> {
    reach(url, password, forbidden, false)?.tables()
}

/// Why no ledger can be kept in a target, as far as that is known without trying.
pub fn ledger_trouble(
    url: &ConnectionUrl,
    password: Option<&Password>,
    forbidden: &Forbidden,
) -> Result<Option<String>, InsertError> {
    reach(url, password, forbidden, true)?.ledger_trouble()
}

fn reach(
    url: &ConnectionUrl,
    password: Option<&Password>,
    forbidden: &Forbidden,
    read_only: bool,
) -> Result<Box<dyn Target>, InsertError> {
    open(&Reach {
        url,
        forbidden,
        busy_seconds: 2,
        cancel: &Cancel::within(PATIENCE),
        password,
        read_only,
    })
}

/// The same content in the same table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Same<'s> {
    pub(super) frame: &'s str,
    /// The frame, and how it is read.
    pub(super) content: &'s str,
    pub(super) table: &'s str,
    /// Whoever brings it was waited for before the transaction saw anything.
    pub(super) held: bool,
}

impl Same<'_> {
    /// What an outcome in the ledger is like.
    fn pattern(&self) -> String {
        format!("%\"content\":\"{}\"%", self.content)
    }
}

/// What asks a ledger for [`Target::lines`]; the frame, the table, the pattern of the content and
/// the column of keys are in SQL. Earlier versions wrote down the frame alone.
fn lines(frame: &str, table: &str, pattern: &str, key: &str) -> String {
    format!(
        "SELECT l.{key}, l.at, l.outcome FROM {LEDGER} l \
         WHERE l.frame = {frame} AND l.table_name = {table} AND l.mode <> 'undo' \
           AND (l.outcome LIKE {pattern} OR l.outcome NOT LIKE '%\"content\":%') \
           AND NOT EXISTS (SELECT 1 FROM {LEDGER} u WHERE u.frame = l.{key} AND u.mode = 'undo') \
           AND NOT EXISTS (SELECT 1 FROM {LEDGER} r WHERE r.table_name = {table} \
             AND r.mode IN ('replace', 'create') AND r.at > l.at \
             AND NOT EXISTS (SELECT 1 FROM {LEDGER} u WHERE u.frame = r.{key} AND u.mode = 'undo')) \
         ORDER BY l.at DESC LIMIT 10"
    )
}

/// What is said first of a table that is not there.
pub(super) const NO_TABLE: &str = "there is no such table";

/// Why an undo is refused where what it needs is not there.
pub(super) const GONE: &str = "what an undo needs is not kept any more";

/// Why an undo is refused where the table does not let rows go.
pub(super) const STAYS: &str = "a trigger of the table keeps some of its rows";

/// Why an undo is refused where rows do not stay as they are set back.
pub(super) const CHANGES: &str =
    "a trigger of the table changes rows that are set back to what they were before";

/// Why an undo is refused where other rows refer to those that would go.
pub(super) fn refer(child: &str) -> String {
    format!("rows of {child} refer to rows of the insertion and would go or change with them")
}

/// The table that keeps which rows an insertion made.
pub(super) fn side_rows(side: &str) -> String {
    format!("{side}_rows")
}

/// A name as an SQL identifier, whatever it contains.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
