//! What a command has touched so far: enough to undo it, and to say what changed.

use super::change::{Change, Event};
use super::instance::{Instance, Key, Row};
use indexmap::IndexMap;

/// An instance under change. Dropped without [`Journal::commit`], it is as it was before.
pub(super) struct Journal<'i> {
    instance: &'i mut Instance,
    /// Each touched row as it was before the command; `None` when there was none.
    before: IndexMap<Key, Option<Row>, foldhash::fast::RandomState>,
    events: Vec<Event>,
}

impl<'i> Journal<'i> {
    pub(super) fn new(instance: &'i mut Instance) -> Self {
        Journal {
            instance,
            before: IndexMap::default(),
            events: Vec::new(),
        }
    }

    /// The instance as it is now.
    pub(super) fn now(&self) -> &Instance {
        self.instance
    }

    pub(super) fn put(&mut self, row: impl Into<Row>) {
        let row = row.into();
        let key = row.key();
        let old = self.instance.put(row);
        self.before.entry(key).or_insert(old);
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<Row> {
        let old = self.instance.remove(&key)?;
        match self.before.get(&key) {
            // Made by this command: as if it had never been.
            Some(None) => drop(self.before.swap_remove(&key)),
            Some(Some(_)) => {}
            None => drop(self.before.insert(key, Some(old.clone()))),
        }
        Some(old)
    }

    pub(super) fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Keeps what was done and tells it: one change for each row that differs, then the events.
    pub(super) fn commit(mut self) -> Vec<Change> {
        let mut changes = Vec::with_capacity(self.before.len() + self.events.len());
        for (key, before) in std::mem::take(&mut self.before) {
            match (before, self.instance.row(&key)) {
                (Some(before), Some(after)) if before == after => {}
                (_, Some(after)) => changes.push(put(after)),
                (Some(_), None) => changes.push(delete(key)),
                (None, None) => {}
            }
        }
        changes.extend(self.events.drain(..).map(Change::Event));
        changes
    }
}

impl Drop for Journal<'_> {
    fn drop(&mut self) {
        for (key, before) in std::mem::take(&mut self.before) {
            match before {
                Some(row) => drop(self.instance.put(row)),
                None => drop(self.instance.remove(&key)),
            }
        }
    }
}

fn put(row: Row) -> Change {
    match row {
        Row::Process(r) => Change::PutProcess(r),
        Row::Execution(r) => Change::PutExecution(r),
        Row::Variable(r) => Change::PutVariable(r),
        Row::Task(r) => Change::PutTask(r),
        Row::ExternalTask(r) => Change::PutExternalTask(r),
        Row::Job(r) => Change::PutJob(r),
        Row::Subscription(r) => Change::PutSubscription(r),
        Row::Incident(r) => Change::PutIncident(r),
    }
}

fn delete(key: Key) -> Change {
    match key {
        Key::Process(id) => Change::DeleteProcess(id),
        Key::Execution(id) => Change::DeleteExecution(id),
        Key::Variable(scope, name) => Change::DeleteVariable(scope, name),
        Key::Task(id) => Change::DeleteTask(id),
        Key::ExternalTask(id) => Change::DeleteExternalTask(id),
        Key::Job(id) => Change::DeleteJob(id),
        Key::Subscription(id) => Change::DeleteSubscription(id),
        Key::Incident(id) => Change::DeleteIncident(id),
    }
}
