//! What a command may do while it runs on the writer.

use super::cache::Cache;
use super::feed::Topics;
use super::{Snapshot, StoreError, history, load, put};
use crate::engine::{Change, Id, Instance};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Params};

/// What the writer keeps in memory between commands.
pub(super) struct State {
    cache: Cache,
    /// The last number given in the history.
    seq: i64,
    /// The last one that is on disk; none while another process may have given more.
    kept: Option<i64>,
}

/// The property that keeps the last number of the history.
const LAST: &str = "lastHistoryNumber";

impl State {
    pub(super) fn new(cache: Cache) -> Self {
        State {
            cache,
            seq: 0,
            kept: None,
        }
    }

    pub(super) fn clear(&mut self) {
        self.cache.clear();
        self.kept = None;
    }

    /// Reads, under the write lock, up to which number the history goes.
    pub(super) fn read_last(&mut self, conn: &Connection) -> Result<(), StoreError> {
        if self.kept.is_none() {
            let last = Snapshot::new(conn).property(LAST)?;
            let last = last.and_then(|text| text.parse().ok()).unwrap_or(0);
            self.seq = self.seq.max(last);
            self.kept = Some(last);
        }
        Ok(())
    }

    /// Writes, before the commit, up to which number the history now goes: the next process
    /// begins after it, whatever its clock says.
    pub(super) fn write_last(&mut self, conn: &Connection) -> Result<(), StoreError> {
        if self.kept != Some(self.seq) {
            put::execute(
                conn,
                "INSERT INTO property (name, value) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET value = excluded.value",
                [LAST, &self.seq.to_string()],
            )?;
            self.kept = Some(self.seq);
        }
        Ok(())
    }

    pub(super) fn forget(&mut self, roots: &[Id]) {
        for root in roots {
            self.cache.remove(root);
        }
    }

    /// The transaction is lost.
    pub(super) fn lost(&mut self, roots: &[Id]) {
        self.forget(roots);
        self.kept = None;
    }
}

/// Who acts, and when: the store asks neither clock nor session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// The moment of the command.
    pub now: DateTime<Utc>,
    /// The acting user; `None` for the engine itself (timers).
    pub user: Option<String>,
}

/// One command's transaction: its savepoint on the writer.
pub struct Tx<'c> {
    pub(super) conn: &'c Connection,
    state: &'c mut State,
    topics: Topics,
    touched: Vec<Id>,
    /// The last error of SQLite, which tells why it rolled everything back.
    failure: Option<StoreError>,
}

impl<'c> Tx<'c> {
    pub(super) fn new(conn: &'c Connection, state: &'c mut State) -> Self {
        Tx {
            conn,
            state,
            topics: Topics::NONE,
            touched: Vec::new(),
            failure: None,
        }
    }

    pub(super) fn end(self) -> (Topics, Vec<Id>, Option<StoreError>) {
        (self.topics, self.touched, self.failure)
    }

    /// Reads, with all that this command has written so far.
    pub fn read(&self) -> Snapshot<'_> {
        Snapshot::new(self.conn)
    }

    /// A root instance, with all that runs in it. What changes it must go through
    /// [`Tx::apply_changes`] in the same command.
    pub fn instance(&mut self, root: &str) -> Result<&mut Instance, StoreError> {
        if self.state.cache.get(root).is_none() {
            let loaded = load::instance(self.conn, root)?.ok_or_else(|| StoreError::NotFound {
                what: "running process instance",
                id: root.to_owned(),
            })?;
            self.state.cache.insert(root, loaded);
        }
        self.touch(root);
        self.state.cache.get(root).ok_or(StoreError::Closed)
    }

    /// An empty instance for a command that starts one.
    pub fn new_instance(&mut self, root: &str) -> Result<&mut Instance, StoreError> {
        self.state.cache.insert(root, Instance::default());
        self.touch(root);
        self.state.cache.get(root).ok_or(StoreError::Closed)
    }

    fn touch(&mut self, root: &str) {
        if self.touched.iter().all(|r| r != root) {
            self.touched.push(root.to_owned());
        }
    }

    /// Writes what a command of the engine changed: rows as differences, events as history.
    /// The changes must already be in the instance, as `engine::apply` leaves it.
    pub fn apply_changes(
        &mut self,
        root: &str,
        changes: &[Change],
        by: &By,
    ) -> Result<(), StoreError> {
        let result = self.write_changes(root, changes, by);
        self.checked(result)
    }

    fn write_changes(&mut self, root: &str, changes: &[Change], by: &By) -> Result<(), StoreError> {
        self.instance(root)?;
        let State { cache, seq, .. } = &mut *self.state;
        let instance = &*cache.get(root).ok_or(StoreError::Closed)?;
        let mut topics = put::changes(self.conn, root, instance, changes)?;
        let mut log = history::Log::new(self.conn, root, instance, by, seq);
        topics.insert(log.write(changes)?);
        self.topics.insert(topics);
        if instance.is_empty() {
            cache.remove(root);
        } else {
            let rows = changes.iter().filter(|c| !matches!(c, Change::Event(_)));
            cache.grew(root, rows.count());
        }
        Ok(())
    }

    /// The next number of the history.
    pub(super) fn next_seq(&mut self, now: DateTime<Utc>) -> i64 {
        history::next_seq(&mut self.state.seq, now)
    }

    /// Notes what this command changes.
    pub(super) fn note(&mut self, topics: Topics) {
        self.topics.insert(topics);
    }

    /// Runs one prepared statement and notes what it changes.
    pub(super) fn execute(
        &mut self,
        topics: Topics,
        sql: &str,
        params: impl Params,
    ) -> Result<usize, StoreError> {
        let done = put::execute(self.conn, sql, params);
        let rows = self.checked(done)?;
        self.topics.insert(topics);
        Ok(rows)
    }

    /// Remembers an error: should SQLite have rolled everything back, it says why.
    pub(super) fn checked<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(e) = &result {
            self.failure = Some(e.clone());
        }
        result
    }
}
