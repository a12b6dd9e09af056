//! What a command may do while it runs on the writer.

use super::cache::Cache;
use super::feed::Topics;
use super::history::{self, Numbers};
use super::{ProcessDefinition, Snapshot, StoreError, User, load, put, release};
use crate::engine::{Change, Id, Instance, JobRule};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Params};
use std::collections::HashMap;
use std::sync::Arc;

/// What the writer keeps in memory between commands.
pub(super) struct State {
    cache: Cache,
    /// Everybody, as all commands need them; none while they may have changed.
    people: Option<Arc<[User]>>,
    /// The newest version of the processes that were asked for, by key.
    newest: HashMap<String, Arc<ProcessDefinition>>,
    /// What was said of the jobs of the processes that were asked for, by definition id.
    rules: HashMap<String, Arc<[JobRule]>>,
    numbers: Numbers,
    /// Up to which number this process may give without saying so on disk; none while another
    /// process may have given more.
    reserved: Option<i64>,
}

/// The property that keeps up to which number the history may go.
const LAST: &str = "lastHistoryNumber";

impl State {
    pub(super) fn new(cache: Cache) -> Self {
        State {
            cache,
            people: None,
            newest: HashMap::new(),
            rules: HashMap::new(),
            numbers: Numbers::default(),
            reserved: None,
        }
    }

    pub(super) fn clear(&mut self) {
        self.cache.clear();
        self.changed(Topics::ALL);
        self.reserved = None;
    }

    /// Reads, under the write lock, up to which number the history may go.
    pub(super) fn read_last(&mut self, conn: &Connection) -> Result<(), StoreError> {
        if self.reserved.is_none() {
            let last = Snapshot::new(conn).property(LAST)?;
            let last = last.and_then(|text| text.parse().ok()).unwrap_or(0);
            self.numbers.last = self.numbers.last.max(last);
            self.reserved = Some(last);
        }
        Ok(())
    }

    /// Writes, before the commit, up to which number the history may go from now on: the next
    /// process begins after it, whatever its clock says.
    pub(super) fn write_last(&mut self, conn: &Connection) -> Result<(), StoreError> {
        if self
            .reserved
            .is_none_or(|reserved| self.numbers.last > reserved)
        {
            let reserved = self.numbers.reserve();
            put::execute(
                conn,
                "INSERT INTO property (name, value) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET value = excluded.value",
                [LAST, &reserved.to_string()],
            )?;
            self.reserved = Some(reserved);
        }
        Ok(())
    }

    /// A command that changed these roots and topics is undone.
    pub(super) fn undone(&mut self, roots: &[Id], topics: Topics) {
        for root in roots {
            self.cache.remove(root);
        }
        self.changed(topics);
    }

    /// What these topics say is no longer what memory holds.
    fn changed(&mut self, topics: Topics) {
        if topics.intersects(Topics::PEOPLE) {
            self.people = None;
        }
        if topics.intersects(Topics::DEFINITIONS) {
            self.newest.clear();
            self.rules.clear();
        }
    }

    /// The transaction is lost, and with it what it reserved.
    pub(super) fn lost(&mut self) {
        self.reserved = None;
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

/// One command's part of a transaction.
pub struct Tx<'c> {
    pub(super) conn: &'c Connection,
    state: &'c mut State,
    topics: Topics,
    touched: Vec<Id>,
    /// Root instances that this command ended: there is nothing to load.
    ended: Vec<Id>,
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
            ended: Vec::new(),
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
            let loaded = match self.ended.iter().any(|r| r == root) {
                true => None,
                false => load::instance(self.conn, root)?,
            };
            let loaded = loaded.ok_or_else(|| StoreError::NotFound {
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
        self.ended.retain(|r| r != root);
        self.touch(root);
        self.state.cache.get(root).ok_or(StoreError::Closed)
    }

    fn touch(&mut self, root: &str) {
        if self.touched.iter().all(|r| r != root) {
            self.touched.push(root.to_owned());
        }
    }

    /// Everybody, by login name.
    pub fn people(&mut self) -> Result<Arc<[User]>, StoreError> {
        if let Some(people) = &self.state.people {
            return Ok(people.clone());
        }
        let people: Arc<[User]> = self.read().users()?.into();
        self.state.people = Some(people.clone());
        Ok(people)
    }

    /// The newest version of a process.
    pub fn newest_process(
        &mut self,
        key: &str,
    ) -> Result<Option<Arc<ProcessDefinition>>, StoreError> {
        if let Some(found) = self.state.newest.get(key) {
            return Ok(Some(found.clone()));
        }
        let found = self.read().latest_process_definition(key)?.map(Arc::new);
        if let Some(found) = &found {
            self.state.newest.insert(key.to_owned(), found.clone());
        }
        Ok(found)
    }

    /// What is known of the jobs of a process definition.
    pub(super) fn known_rules(&self, process: &str) -> Option<Arc<[JobRule]>> {
        self.state.rules.get(process).cloned()
    }

    pub(super) fn keep_rules(&mut self, process: &str, rules: Arc<[JobRule]>) {
        self.state.rules.insert(process.to_owned(), rules);
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
        let State { cache, numbers, .. } = &mut *self.state;
        let instance = &*cache.get(root).ok_or(StoreError::Closed)?;
        let mut topics = put::changes(self.conn, root, instance, changes, by.now)?;
        let parted = release::released(self.conn, root, changes)?;
        let mut log = history::Log::new(self.conn, root, instance, by, numbers);
        topics.insert(log.write(changes)?);
        self.topics.insert(topics);
        let ended = instance.is_empty() || parted && instance.process(root).is_none();
        if ended || parted {
            cache.remove(root);
        }
        if ended {
            self.ended.push(root.to_owned());
        } else {
            let rows = changes.iter().filter(|c| !matches!(c, Change::Event(_)));
            cache.grew(root, rows.count());
        }
        Ok(())
    }

    /// The next number of the history.
    pub(super) fn next_seq(&mut self, now: DateTime<Utc>) -> i64 {
        self.state.numbers.next(now)
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
        self.state.changed(topics);
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
