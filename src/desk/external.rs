//! External tasks, for workers.
//!
//! A worker locks before it works and renews its lock while it does; a lock of a worker that
//! died runs out, and another takes over. Secrets reach only the holder of the lock, and only
//! those variables that it names.

use super::act::Act;
use super::permission::Operation;
use super::secret::Clear;
use super::{Caller, Desk, DeskError};
use crate::engine::{Command, ExternalTask, Id, Instance};
use crate::store::{self, ExternalTaskRow, Progress};
use crate::value::{Map, Value};
use chrono::{DateTime, TimeDelta, Utc};
use indexmap::IndexMap;
use std::cmp::Reverse;

/// Which external tasks a worker wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Fetch {
    /// Who locks.
    pub worker: String,
    /// At most this many.
    pub most: usize,
    /// Those of the highest priority first, instead of the oldest.
    pub by_priority: bool,
    /// Not these: those that the worker is busy with, should their locks have run out.
    pub except: Vec<Id>,
    /// The topics.
    pub topics: Vec<Topic>,
}

/// One topic of a [`Fetch`].
#[derive(Debug, Clone, PartialEq)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// How long the lock lasts.
    pub lock: TimeDelta,
    /// The variables that are wanted; none means all, without the clear text of secrets.
    pub variables: Option<Vec<String>>,
}

/// An external task, locked for a worker.
#[derive(Debug, Clone, PartialEq)]
pub struct LockedTask {
    /// The task as locked.
    pub task: ExternalTask,
    /// The key of its process definition.
    pub process_definition_key: String,
    /// The activity instance.
    pub activity_instance_id: String,
    /// The business key of its instance.
    pub business_key: Option<String>,
    /// What the job is called.
    pub title: Option<String>,
    /// The variables visible from it.
    pub variables: Map,
    /// The clear text of the secrets among the named variables.
    pub secrets: IndexMap<String, Clear>,
    /// Extension properties of the activity.
    pub properties: IndexMap<String, String>,
    /// True when no worker had it before: nothing of it can have happened yet.
    pub first: bool,
}

impl Desk {
    /// Locks external tasks for a worker.
    pub fn fetch_and_lock(
        &self,
        caller: &Caller,
        fetch: Fetch,
    ) -> Result<Vec<LockedTask>, DeskError> {
        if fetch
            .topics
            .iter()
            .any(|topic| topic.lock <= TimeDelta::zero())
        {
            return Err(DeskError::Invalid(
                "a lock must last longer than nothing".to_owned(),
            ));
        }
        crate::crash::point("desk.external.before_lock");
        let locked = self.act(caller, move |act| {
            act.require(Operation::Work, false)?;
            let mut found = Vec::new();
            for topic in &fetch.topics {
                let most = fetch.most.saturating_add(fetch.except.len());
                let rows = act.tx.read().lockable(&topic.name, act.now, most)?;
                let rows = rows.into_iter();
                let rows = rows.filter(|row| !fetch.except.contains(&row.task.id));
                found.extend(rows.map(|row| (row, topic)));
            }
            found.sort_by_key(|(row, _)| {
                let priority = if fetch.by_priority {
                    row.task.priority
                } else {
                    0
                };
                (Reverse(priority), row.task.created, row.task.id.clone())
            });
            let mut locked = Vec::new();
            for (row, topic) in found {
                if locked.len() == fetch.most {
                    break;
                }
                locked.extend(act.hand_out(&row, topic, &fetch.worker)?);
            }
            Ok(locked)
        })?;
        crate::crash::point("desk.external.after_lock");
        Ok(locked)
    }

    /// Renews a lock for this long from now.
    pub fn extend_lock(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        by: TimeDelta,
    ) -> Result<(), DeskError> {
        let worker = worker.to_owned();
        self.external(caller, id, move |task, now| {
            Command::ExtendExternalTaskLock {
                task,
                worker,
                until: now + by,
            }
        })
    }

    /// Takes a lock again that ran out, so long as nobody else has it.
    pub fn lock_again(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        by: TimeDelta,
    ) -> Result<(), DeskError> {
        let worker = worker.to_owned();
        self.external(caller, id, move |task, now| Command::LockExternalTask {
            task,
            worker,
            until: now + by,
        })
    }

    /// Gives an external task back that this worker holds.
    pub fn unlock(&self, caller: &Caller, id: &str, worker: &str) -> Result<(), DeskError> {
        let worker = Some(worker.to_owned());
        self.external(caller, id, |task, _| Command::UnlockExternalTask {
            task,
            worker,
        })
    }

    /// The variables that an external task sees now, as its process would; secrets stay handles.
    pub fn external_variables(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
    ) -> Result<Map, DeskError> {
        let (id, worker) = (id.to_owned(), worker.to_owned());
        self.act(caller, move |act| {
            act.require(Operation::Work, false)?;
            let found = act.tx.read().external_task(&id)?;
            let found = found.ok_or_else(|| gone(&id))?;
            if found.task.worker_id.as_deref() != Some(&worker) {
                let message = format!("the external task {id} is another worker's now");
                return Err(DeskError::Conflict(message));
            }
            let instance = act.tx.instance(&found.root_id)?;
            Ok(visible(instance, &found.task.execution_id))
        })
    }

    /// Completes an external task.
    pub fn complete_external(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        variables: Map,
        local_variables: Map,
    ) -> Result<(), DeskError> {
        let worker = worker.to_owned();
        crate::crash::point("desk.external.before_complete");
        self.external(caller, id, |task, _| Command::CompleteExternalTask {
            task,
            worker,
            variables,
            local_variables,
        })?;
        crate::crash::point("desk.external.after_complete");
        Ok(())
    }

    /// Reports a failure; without retries left it becomes an incident.
    #[expect(clippy::too_many_arguments, reason = "a failure has so many parts")]
    pub fn fail_external(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        message: &str,
        details: Option<String>,
        retries: i32,
        retry_in: TimeDelta,
    ) -> Result<(), DeskError> {
        let (worker, message) = (worker.to_owned(), message.to_owned());
        self.external(caller, id, move |task, now| Command::FailExternalTask {
            task,
            worker,
            message,
            details,
            retries: retries.max(0),
            retry_at: (retry_in > TimeDelta::zero()).then(|| now + retry_in),
        })
    }

    /// Reports a BPMN error.
    pub fn bpmn_error(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        code: &str,
        message: Option<String>,
        variables: Map,
    ) -> Result<(), DeskError> {
        let (worker, code) = (worker.to_owned(), code.to_owned());
        self.external(caller, id, |task, _| Command::ExternalTaskError {
            task,
            worker,
            code,
            message,
            variables,
        })
    }

    /// Sets the retries of an external task.
    pub fn set_retries(&self, caller: &Caller, id: &str, retries: i32) -> Result<(), DeskError> {
        self.external(caller, id, move |task, _| Command::SetExternalTaskRetries {
            task,
            retries,
        })
    }

    fn external(
        &self,
        caller: &Caller,
        id: &str,
        command: impl FnOnce(Id, DateTime<Utc>) -> Command + Send + 'static,
    ) -> Result<(), DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Work, false)?;
            let found = act.tx.read().external_task(&id)?;
            let found = found.ok_or_else(|| gone(&id))?;
            let mut command = command(id.clone(), act.now);
            if let Command::CompleteExternalTask {
                variables,
                local_variables,
                ..
            } = &mut command
            {
                act.withhold_of(&found, variables)?;
                act.withhold_of(&found, local_variables)?;
            } else if let Command::ExternalTaskError { variables, .. } = &mut command {
                act.withhold_of(&found, variables)?;
            }
            let gives_back = matches!(
                command,
                Command::FailExternalTask { .. } | Command::UnlockExternalTask { .. }
            );
            act.apply(&found.root_id, command)?;
            if gives_back {
                act.forget_progress(&id)?;
            }
            Ok(())
        })
    }
}

impl Act<'_, '_> {
    fn withhold_of(
        &mut self,
        found: &ExternalTaskRow,
        variables: &mut Map,
    ) -> Result<(), DeskError> {
        let (core, definition) = (self.core, &found.task.definition_id);
        let process = core.catalog.process(&self.tx.read(), definition)?;
        self.withhold(&found.root_id, &process, variables)
    }

    /// Locks a task for a worker. One that can not be handed out is an incident and no reason
    /// to keep others waiting.
    fn hand_out(
        &mut self,
        row: &ExternalTaskRow,
        topic: &Topic,
        worker: &str,
    ) -> Result<Option<LockedTask>, DeskError> {
        let id = &row.task.id;
        let lock = Command::LockExternalTask {
            task: id.clone(),
            worker: worker.to_owned(),
            until: self.now + topic.lock,
        };
        match self.apply(&row.root_id, lock) {
            Ok(()) => {}
            Err(error @ (DeskError::Storage(_) | DeskError::Forbidden(_))) => return Err(error),
            // Its definition can not be read: the engine could not even note an incident.
            Err(_) => return Ok(None),
        }
        match self.locked(row, topic) {
            Ok(task) => Ok(Some(task)),
            Err(error @ DeskError::Storage(_)) => Err(error),
            Err(error) => {
                let failure = Command::FailExternalTask {
                    task: id.clone(),
                    worker: worker.to_owned(),
                    message: error.to_string(),
                    details: None,
                    retries: 0,
                    retry_at: None,
                };
                self.apply(&row.root_id, failure).map(|()| None)
            }
        }
    }

    /// Forgets how far a task is that nobody works on now. A wish to stop it stays.
    fn forget_progress(&mut self, id: &str) -> Result<(), DeskError> {
        let progress = self.tx.read().progress_of(id)?;
        let wish = progress.filter(|progress| progress.cancel);
        self.tx.delete_progress(id)?;
        if let Some(wish) = wish {
            self.tx.put_progress(&Progress {
                rows: 0,
                bytes: 0,
                total_bytes: 0,
                rate: 0.0,
                ..wish
            })?;
        }
        Ok(())
    }

    fn locked(&mut self, row: &ExternalTaskRow, topic: &Topic) -> Result<LockedTask, DeskError> {
        let id = &row.task.id;
        let instance = self.tx.instance(&row.root_id)?;
        let task = instance.external_task(id).ok_or_else(|| gone(id))?.clone();
        let process = instance
            .process(&task.process_instance_id)
            .ok_or_else(|| gone(id))?;
        let business_key = process.business_key.clone();
        let all = visible(instance, &task.execution_id);
        let title = store::title(instance, &task.process_instance_id);
        let wanted = |name: &String| {
            topic
                .variables
                .as_ref()
                .is_none_or(|names| names.contains(name))
        };
        let mut secrets = IndexMap::new();
        for (name, value) in &all {
            let named = topic
                .variables
                .as_ref()
                .is_some_and(|names| names.contains(name));
            if let (Value::Secret(handle), true) = (value, named) {
                let sealed = self.tx.read().secret(&handle.0)?;
                let sealed = sealed.ok_or_else(|| {
                    DeskError::NotFound(format!("the secret of {name} is gone; type it again"))
                })?;
                let clear = self.core.vault.open(handle, &sealed);
                // No trouble of the database: another time it is the same.
                let clear = clear.map_err(|error| DeskError::Engine(format!("{name}: {error}")))?;
                secrets.insert(name.clone(), clear);
            }
        }
        let definition = self
            .core
            .catalog
            .process(&self.tx.read(), &task.definition_id)?;
        Ok(LockedTask {
            process_definition_key: definition.id.clone(),
            activity_instance_id: format!("{}:{}", task.activity_id, task.execution_id),
            business_key,
            title,
            variables: all.into_iter().filter(|(name, _)| wanted(name)).collect(),
            secrets,
            properties: definition
                .node(&task.activity_id)
                .map(|node| node.properties.clone())
                .unwrap_or_default(),
            // Who gives a task back unlocked has undone all of it.
            first: row.task.worker_id.is_none() && row.task.retries.is_none(),
            task,
        })
    }
}

/// The variables visible from an execution, outer ones hidden by inner ones.
pub(super) fn visible(instance: &Instance, execution: &str) -> Map {
    let mut scopes = Vec::new();
    let mut next = instance.execution(execution);
    while let Some(scope) = next {
        scopes.push(scope.id.as_str());
        next = scope
            .parent_id
            .as_deref()
            .and_then(|id| instance.execution(id));
    }
    let mut visible = Map::new();
    for scope in scopes.into_iter().rev() {
        for variable in instance.variables(scope) {
            visible.insert(variable.name.clone(), variable.value.clone());
        }
    }
    visible
}

fn gone(id: &str) -> DeskError {
    DeskError::NotFound(format!(
        "there is no external task {id}; it was done or its instance has ended"
    ))
}
