//! What the store's own tests share.

use super::{By, Options, Store, StoreError, Tx};
use crate::engine::{Change, Event, Execution, ProcessInstance, Task, Variable};
use chrono::{DateTime, Utc};
use tempfile::TempDir;

/// A new desk in a folder of its own.
pub(super) fn desk() -> (TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("desk.db"), Options::default()).expect("a desk");
    (folder, store)
}

/// So many milliseconds after some day.
pub(super) fn at(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_700_000_000_000 + ms).expect("an instant")
}

pub(super) fn by(user: &str, ms: i64) -> By {
    By {
        now: at(ms),
        user: Some(user.to_owned()),
    }
}

/// Does what `engine::apply` and the desk do: the changes go into the instance, then to disk.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    root: &str,
    changes: &[Change],
    by: &By,
) -> Result<(), StoreError> {
    let instance = tx.instance(root)?;
    for change in changes {
        instance.record(change);
    }
    tx.apply_changes(root, changes, by)
}

/// Starts an instance with its root execution, a title and tasks.
pub(super) fn start(
    tx: &mut Tx<'_>,
    process: &ProcessInstance,
    title: Option<&str>,
    tasks: &[Task],
    by: &By,
) -> Result<(), StoreError> {
    let root = process.id.clone();
    tx.new_instance(&root)?;
    let execution = Execution {
        id: root.clone(),
        process_instance_id: root.clone(),
        started: by.now,
        ..Execution::default()
    };
    let mut changes = vec![
        Change::PutProcess(process.clone()),
        Change::PutExecution(execution),
    ];
    let title = title.map(|title| Variable {
        id: format!("title-{root}"),
        scope_id: root.clone(),
        process_instance_id: root.clone(),
        name: "title".to_owned(),
        value: title.into(),
    });
    changes.extend(title.iter().cloned().map(Change::PutVariable));
    changes.extend(tasks.iter().cloned().map(Change::PutTask));
    changes.push(Change::Event(Event::ProcessStarted {
        called_by: None,
        called_at: None,
        process: process.clone(),
    }));
    changes.extend(title.into_iter().map(|variable| {
        Change::Event(Event::VariableSet {
            variable,
            activity_instance_id: None,
            created: true,
        })
    }));
    changes.extend(
        tasks
            .iter()
            .cloned()
            .map(|task| Change::Event(Event::TaskCreated { task })),
    );
    apply(tx, &root, &changes, by)
}

pub(super) fn process(id: &str) -> ProcessInstance {
    ProcessInstance {
        id: id.to_owned(),
        definition_id: "orders:1:x".to_owned(),
        started: at(0),
        ..ProcessInstance::default()
    }
}

pub(super) fn task(id: &str, process: &str) -> Task {
    Task {
        id: id.to_owned(),
        execution_id: format!("e-{id}"),
        process_instance_id: process.to_owned(),
        definition_id: "orders:1:x".to_owned(),
        task_definition_key: "enter".to_owned(),
        name: "Enter data".to_owned(),
        priority: 50,
        created: at(0),
        round: 1,
        ..Task::default()
    }
}
