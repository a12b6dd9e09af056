//! Databases that rows go into, behind one interface.
//!
//! An insertion is one transaction of the target: [`Target::begin`], [`Target::recall`] of the
//! ledger, [`Target::insert`], [`Target::read_back`], [`Target::record`], [`Target::commit`].

mod sqlite;
mod url;

#[cfg(test)]
pub(super) use sqlite::{bind as sqlite_bind, found as sqlite_found};
pub use url::ConnectionUrl;

use super::types::{Cell, ColumnType};
use super::{Cancel, InsertError};
use chrono::{DateTime, Utc};
use std::path::PathBuf;

/// The ledger table of a target: what was inserted, by the key of the job.
pub const LEDGER: &str = "crewdesk_ledger";

/// A table that rows can go into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name as the database has it.
    pub name: String,
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
    /// Only look, never write.
    pub(super) read_only: bool,
}

/// What goes where.
pub(super) struct Plan<'a> {
    pub(super) table: &'a Table,
    /// For each column of the frame its position in `table.columns`.
    pub(super) columns: &'a [usize],
    /// Whether the rows that are there go first.
    pub(super) replace: bool,
}

/// Why the target refuses a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rejection {
    /// The columns to blame, where the target says so.
    pub(super) column: Option<String>,
    pub(super) reason: String,
    /// A primary or unique key is taken.
    pub(super) duplicate: bool,
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

/// Where the rows of an insertion go, one after the other.
pub(super) trait Sink {
    /// Inserts a row, or says why the target refuses it; the rows before it stay.
    fn insert(&mut self, cells: &[Cell<'_>]) -> Result<Option<Rejection>, InsertError>;
}

/// Feeds a sink with rows.
pub(super) type Feed<'f> = dyn FnMut(&mut dyn Sink) -> Result<(), InsertError> + 'f;

/// A database that rows can go into.
pub(super) trait Target {
    /// The names of the tables that can be inserted into.
    fn tables(&mut self) -> Result<Vec<String>, InsertError>;
    /// The table of this name.
    fn describe(&mut self, table: &str) -> Result<Table, InsertError>;
    /// Begins the one transaction, writing.
    fn begin(&mut self) -> Result<(), InsertError>;
    /// The outcome that the ledger has for this key.
    fn recall(&mut self, key: &str) -> Result<Option<String>, InsertError>;
    /// Makes room if the plan says so, then inserts what `feed` feeds.
    fn insert(&mut self, plan: &Plan<'_>, feed: &mut Feed<'_>) -> Result<(), InsertError>;
    /// Reads the rows of this insertion as they stand in the table, in the plan's columns.
    fn read_back(
        &mut self,
        plan: &Plan<'_>,
        each: &mut dyn FnMut(&[Cell<'_>]) -> Result<(), InsertError>,
    ) -> Result<(), InsertError>;
    /// Writes a line of the ledger, which is made if it is missing.
    fn record(&mut self, line: &LedgerLine<'_>) -> Result<(), InsertError>;
    /// Makes all of it last.
    fn commit(&mut self) -> Result<(), InsertError>;
    /// Undoes all of it.
    fn rollback(&mut self);
    /// Takes rows as [`Target::insert`] would, and keeps none; locks nothing and writes nothing.
    fn rehearse(&mut self, plan: &Plan<'_>, feed: &mut Feed<'_>) -> Result<(), InsertError>;
}

/// Reaches a target.
pub(super) fn open(reach: &Reach<'_>) -> Result<Box<dyn Target>, InsertError> {
    match reach.url {
        ConnectionUrl::Sqlite(path) => Ok(Box::new(sqlite::Sqlite::open(path, reach)?)),
    }
}

/// The names of the target's tables that can be inserted into.
pub fn tables(url: &ConnectionUrl, forbidden: &Forbidden) -> Result<Vec<String>, InsertError> {
    reach(url, forbidden, true)?.tables()
}

/// Whether the target can be reached and written; the names of its tables.
pub fn test_connection(
    url: &ConnectionUrl,
    forbidden: &Forbidden,
) -> Result<Vec<String>, InsertError> {
    reach(url, forbidden, false)?.tables()
}

fn reach(
    url: &ConnectionUrl,
    forbidden: &Forbidden,
    read_only: bool,
) -> Result<Box<dyn Target>, InsertError> {
    open(&Reach {
        url,
        forbidden,
        busy_seconds: 2,
        cancel: &Cancel::new(),
        read_only,
    })
}

/// A name as an SQL identifier, whatever it contains.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
