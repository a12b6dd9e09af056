//! External tasks, for workers.
//!
//! A worker locks before it works and renews its lock while it does; a lock of a worker that
//! died runs out, and another takes over. Secrets reach only the holder of the lock, and only
//! those variables that it names.

use super::act::Act;
use super::landed::Landed;
use super::listing::{Direction, EXTERNAL_TASK, Given, LOCKABLE, ListQuery, Viewer};
use super::permission::Operation;
use super::secret::Clear;
use super::view::{Role, User};
use super::{Caller, Desk, DeskError, prepare};
use crate::engine::{Command, ExternalTask, Id, Instance};
use crate::store::{self, ExternalTaskRow, Progress, Snapshot};
use crate::value::{Map, Value};
use chrono::{DateTime, TimeDelta, Utc};
use indexmap::IndexMap;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

/// Which external tasks a worker wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Fetch {
    /// Who locks.
    pub worker: String,
    /// At most this many.
    pub most: usize,
    /// Those of the highest priority first, instead of the oldest.
    pub by_priority: bool,
    /// By age: the oldest or the newest first, among equals where priorities count.
    pub by_age: Option<Direction>,
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
    /// Only variables of the activity itself.
    pub local: bool,
    /// Only tasks that a query over [`LOCKABLE`] finds.
    pub only: Option<ListQuery>,
}

/// An external task, locked for a worker.
#[derive(Debug, Clone, PartialEq)]
pub struct LockedTask {
    /// The task as locked.
    pub task: ExternalTask,
    /// The key of its process definition.
    pub process_definition_key: String,
    /// Its version tag.
    pub version_tag: Option<String>,
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
    /// The input parameters that the model gives the activity, as they became for this task:
    /// nobody's variables of the same names are among them.
    pub inputs: Map,
    /// True when no worker had it before: nothing of it can have happened yet.
    pub first: bool,
}

/// Why a worker could not do an external task.
#[derive(Debug, Clone, Default)]
pub struct Failure {
    /// Short text.
    pub message: String,
    /// Long text.
    pub details: Option<String>,
    /// Retries left; 0 makes an incident.
    pub retries: i32,
    /// Nobody fetches it sooner.
    pub retry_in: TimeDelta,
    /// Variables, set in the scope chain.
    pub variables: Map,
    /// Variables of the activity itself.
    pub local_variables: Map,
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
        // Most looks find nothing: they need not wait for the writer.
        let ready = self.look(caller, |look| {
            look.require(Operation::Work, false)?;
            for topic in &fetch.topics {
                check_topic(look.user.as_ref(), &topic.name)?;
            }
            let mut ready = false;
            for topic in &fetch.topics {
                ready = ready || look.read.count_lockable(&topic.name, look.now, 1)? > 0;
            }
            Ok(ready)
        })?;
        if !ready || fetch.most == 0 {
            return Ok(Vec::new());
        }
        crate::crash::point("desk.external.before_lock");
        let locked = self.act_each(caller, move |act| {
            act.require(Operation::Work, false)?;
            let mut found = Vec::new();
            for topic in &fetch.topics {
                check_topic(act.user.as_ref(), &topic.name)?;
                let most = fetch.most.saturating_add(fetch.except.len());
                let rows = lockable(&act.tx.read(), topic, &fetch, act.now, most)?;
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
                let age = row.task.created.timestamp_micros();
                let age = match fetch.by_age {
                    Some(Direction::Descending) => -age,
                    _ => age,
                };
                (Reverse(priority), age, row.task.id.clone())
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
                worker: worker.clone(),
                until: now + by,
            }
        })
    }

    /// Renews a lock, also one that ran out while its worker stood still, so long as nobody
    /// else has it.
    pub fn keep_lock(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        by: TimeDelta,
    ) -> Result<(), DeskError> {
        match self.extend_lock(caller, id, worker, by) {
            Err(DeskError::Conflict(_)) => self.lock_again(caller, id, worker, by),
            renewed => renewed,
        }
    }

    /// Takes a lock that nobody else has, or that ran out.
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
            worker: worker.clone(),
            until: now + by,
        })
    }

    /// Gives an external task back that this worker holds.
    pub fn unlock(&self, caller: &Caller, id: &str, worker: &str) -> Result<(), DeskError> {
        let worker = Some(worker.to_owned());
        self.external(caller, id, move |task, _| Command::UnlockExternalTask {
            task,
            worker: worker.clone(),
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
        self.act_each(caller, move |act| {
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
        let also = |_: &mut Act<'_, '_>, _: &ExternalTaskRow| Ok(());
        self.complete_with(caller, id, worker, variables, local_variables, also)
    }

    /// The same of an insertion that is in its table, which is noted with it.
    pub(crate) fn complete_insertion(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        variables: Map,
        landed: Option<Landed>,
    ) -> Result<(), DeskError> {
        let also = move |act: &mut Act<'_, '_>, found: &ExternalTaskRow| match &landed {
            Some(landed) => act.note_landed(found, landed),
            None => Ok(()),
        };
        self.complete_with(caller, id, worker, variables, Map::new(), also)
    }

    /// The same of an undo; the insertion of this key is taken back.
    pub(crate) fn complete_undo(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        variables: Map,
        undone: Option<String>,
    ) -> Result<(), DeskError> {
        let also = move |act: &mut Act<'_, '_>, found: &ExternalTaskRow| match &undone {
            Some(key) => act.note_undone(found, key),
            None => Ok(()),
        };
        self.complete_with(caller, id, worker, variables, Map::new(), also)
    }

    fn complete_with(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        variables: Map,
        local_variables: Map,
        also: impl Fn(&mut Act<'_, '_>, &ExternalTaskRow) -> Result<(), DeskError> + Send + 'static,
    ) -> Result<(), DeskError> {
        let worker = worker.to_owned();
        crate::crash::point("desk.external.before_complete");
        let command = move |task, _| Command::CompleteExternalTask {
            task,
            worker: worker.clone(),
            variables: variables.clone(),
            local_variables: local_variables.clone(),
        };
        self.external_and(caller, id, command, also)?;
        crate::crash::point("desk.external.after_complete");
        Ok(())
    }

    /// Reports a failure; without retries left it becomes an incident.
    pub fn fail_external(
        &self,
        caller: &Caller,
        id: &str,
        worker: &str,
        failure: Failure,
    ) -> Result<(), DeskError> {
        let worker = worker.to_owned();
        self.external(caller, id, move |task, now| Command::FailExternalTask {
            task,
            worker: worker.clone(),
            message: failure.message.clone(),
            details: failure.details.clone(),
            retries: failure.retries.max(0),
            retry_at: (failure.retry_in > TimeDelta::zero()).then(|| now + failure.retry_in),
            variables: failure.variables.clone(),
            local_variables: failure.local_variables.clone(),
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
        self.external(caller, id, move |task, _| Command::ExternalTaskError {
            task,
            worker: worker.clone(),
            code: code.clone(),
            message: message.clone(),
            variables: variables.clone(),
        })
    }

    /// Sets the retries of external tasks, of all or none.
    pub fn set_retries(
        &self,
        caller: &Caller,
        ids: Vec<String>,
        retries: i32,
    ) -> Result<(), DeskError> {
        self.operate(caller, ids, move |task| Command::SetExternalTaskRetries {
            task,
            retries,
        })
    }

    /// Sets the priority of an external task.
    pub fn set_external_priority(
        &self,
        caller: &Caller,
        id: &str,
        priority: i64,
    ) -> Result<(), DeskError> {
        self.operate(caller, vec![id.to_owned()], move |task| {
            Command::SetExternalTaskPriority { task, priority }
        })
    }

    /// Takes an external task away from whoever holds it.
    pub fn free_external(&self, caller: &Caller, id: &str) -> Result<(), DeskError> {
        self.operate(caller, vec![id.to_owned()], |task| {
            Command::UnlockExternalTask { task, worker: None }
        })
    }

    /// What whoever runs the desk does to external tasks; also a worker, on its own topics.
    fn operate(
        &self,
        caller: &Caller,
        ids: Vec<String>,
        command: impl Fn(Id) -> Command + Send + 'static,
    ) -> Result<(), DeskError> {
        self.act(caller, move |act| {
            if act.require(Operation::Work, false).is_err() {
                act.require(Operation::Retry, false)?;
            }
            for id in &ids {
                let found = act.tx.read().external_task(id)?;
                let found = found.ok_or_else(|| gone(id))?;
                check_topic(act.user.as_ref(), &found.task.topic)?;
                let command = command(id.clone());
                let unlocks = matches!(command, Command::UnlockExternalTask { .. });
                act.apply(&found.root_id, command)?;
                if unlocks {
                    act.forget_progress(id)?;
                }
            }
            Ok(())
        })
    }

    /// Of these topics: how many tasks could be locked now, not counting further than there
    /// are takers, and how long it is until a lock runs out.
    pub fn lockable_of(
        &self,
        takers: &HashMap<String, usize>,
    ) -> Result<(HashMap<String, u64>, Option<Duration>), DeskError> {
        // What another process wrote is heard by all who listen.
        self.store.poll_foreign()?;
        let now = self.clock().now();
        self.store.read(|read| {
            let mut found = HashMap::new();
            // Many may wait for topics that have no task at all.
            for topic in read.topic_names()? {
                if let Some(takers) = takers.get(&topic) {
                    let ready = read.count_lockable(&topic, now, *takers)?;
                    found.insert(topic, ready);
                }
            }
            let next = read.next_unlock(now)?;
            let next = next.map(|next| (next - now).to_std().unwrap_or_default());
            Ok((found, next))
        })
    }

    /// The topics of open external tasks that a caller may see.
    pub fn topic_names(&self, caller: &Caller) -> Result<Vec<String>, DeskError> {
        self.look(caller, |look| {
            let mut names = look.read.topic_names()?;
            if let Some(user) = look.user.as_ref().filter(|user| user.role == Role::Worker) {
                names.retain(|name| user.works_on(name));
            }
            Ok(names)
        })
    }

    /// The long text of the last failure of an external task.
    pub fn external_error(&self, caller: &Caller, id: &str) -> Result<Option<String>, DeskError> {
        if self.find(caller, &EXTERNAL_TASK, id)?.is_none() {
            return Err(gone(id));
        }
        self.store.read(|read| {
            let found = read.external_task(id)?;
            Ok(found.and_then(|found| found.task.error_details))
        })
    }

    fn external(
        &self,
        caller: &Caller,
        id: &str,
        command: impl Fn(Id, DateTime<Utc>) -> Command + Send + 'static,
    ) -> Result<(), DeskError> {
        self.external_and(caller, id, command, |_, _| Ok(()))
    }

    fn external_and(
        &self,
        caller: &Caller,
        id: &str,
        command: impl Fn(Id, DateTime<Utc>) -> Command + Send + 'static,
        also: impl Fn(&mut Act<'_, '_>, &ExternalTaskRow) -> Result<(), DeskError> + Send + 'static,
    ) -> Result<(), DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Work, false)?;
            let found = act.tx.read().external_task(&id)?;
            let found = found.ok_or_else(|| gone(&id))?;
            check_topic(act.user.as_ref(), &found.task.topic)?;
            let mut command = command(id.clone(), act.now);
            if let Command::CompleteExternalTask {
                variables,
                local_variables,
                ..
            } = &mut command
            {
                *variables = act.admit_result(&found, variables)?;
                *local_variables = act.admit_result(&found, local_variables)?;
            } else if let Command::ExternalTaskError { variables, .. } = &mut command {
                *variables = act.admit_result(&found, variables)?;
            }
            let gives_back = matches!(
                command,
                Command::FailExternalTask { .. } | Command::UnlockExternalTask { .. }
            );
            also(act, &found)?;
            act.apply(&found.root_id, command)?;
            if gives_back {
                act.forget_progress(&id)?;
            }
            Ok(())
        })
    }
}

impl Act<'_, '_> {
    /// What a worker found out, as it may be kept. Many give back all that they were given.
    fn admit_result(&mut self, found: &ExternalTaskRow, given: &Map) -> Result<Map, DeskError> {
        let (core, task) = (self.core, &found.task);
        let process = core.catalog.process(&self.tx.read(), &task.definition_id)?;
        let running = self.tx.instance(&found.root_id)?;
        let known = |name: &str, value: &Value| {
            let variable = running.variable(&task.process_instance_id, name);
            variable.is_some_and(|variable| variable.value == *value)
        };
        let given: Map = given
            .iter()
            .filter(|(name, value)| !(prepare::guarded(&process, name) && known(name, value)))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        self.admit_into(&found.root_id, &task.process_instance_id, &given)
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
                    variables: Map::new(),
                    local_variables: Map::new(),
                };
                self.apply(&row.root_id, failure).map(|()| None)
            }
        }
    }

    /// Forgets how far a task is that nobody works on now. A wish to stop it stays, and that
    /// its rows may be in the target.
    fn forget_progress(&mut self, id: &str) -> Result<(), DeskError> {
        let progress = self.tx.read().progress_of(id)?;
        let kept = progress.filter(|progress| progress.cancel || progress.committing);
        self.tx.delete_progress(id)?;
        if let Some(kept) = kept {
            self.tx.put_progress(&Progress {
                rows: 0,
                bytes: 0,
                total_bytes: 0,
                rate: 0.0,
                ..kept
            })?;
        }
        Ok(())
    }

    fn locked(&mut self, row: &ExternalTaskRow, topic: &Topic) -> Result<LockedTask, DeskError> {
        let id = &row.task.id;
        // Whoever frees a task does not know what its worker had begun.
        let committing = self.is_committing(&row.task)?;
        let instance = self.tx.instance(&row.root_id)?;
        let task = instance.external_task(id).ok_or_else(|| gone(id))?.clone();
        let process = instance
            .process(&task.process_instance_id)
            .ok_or_else(|| gone(id))?;
        let business_key = process.business_key.clone();
        let all = match topic.local {
            true => {
                let own = instance.variables(&task.execution_id);
                own.map(|v| (v.name.clone(), v.value.clone())).collect()
            }
            false => visible(instance, &task.execution_id),
        };
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
        let node = definition.node(&task.activity_id);
        let own = self
            .tx
            .instance(&row.root_id)?
            .variables(&task.execution_id);
        let given = |name: &String| {
            let mut inputs = node.iter().flat_map(|node| &node.inputs);
            inputs.any(|input| input.name == *name)
        };
        let inputs = own
            .filter(|variable| given(&variable.name) && wanted(&variable.name))
            .map(|variable| (variable.name.clone(), variable.value.clone()))
            .collect();
        Ok(LockedTask {
            process_definition_key: definition.id.clone(),
            version_tag: definition.version_tag.clone(),
            activity_instance_id: format!("{}:{}", task.activity_id, task.execution_id),
            business_key,
            title,
            variables: all.into_iter().filter(|(name, _)| wanted(name)).collect(),
            secrets,
            properties: node.map(|node| node.properties.clone()).unwrap_or_default(),
            inputs,
            // Who gives a task back unlocked has undone all of it.
            first: row.task.worker_id.is_none() && row.task.retries.is_none() && !committing,
            task,
        })
    }
}

/// A worker account works on its own topics only.
fn check_topic(user: Option<&User>, topic: &str) -> Result<(), DeskError> {
    match user {
        Some(user) if user.role == Role::Worker && !user.works_on(topic) => {
            Err(DeskError::Forbidden(format!(
                "{} may not work on the topic {topic}; a team head can change that: crewdesk user topics {} TOPIC...",
                user.id, user.id
            )))
        }
        _ => Ok(()),
    }
}

/// The tasks of a topic that could be locked now.
fn lockable(
    read: &Snapshot<'_>,
    topic: &Topic,
    fetch: &Fetch,
    now: DateTime<Utc>,
    most: usize,
) -> Result<Vec<ExternalTaskRow>, DeskError> {
    let only = match (&topic.only, fetch.by_age) {
        (None, None) => return Ok(read.lockable(&topic.name, now, most)?),
        (only, _) => only.clone().unwrap_or_default(),
    };
    let name = LOCKABLE
        .filters
        .iter()
        .find(|filter| filter.name == "topicName");
    let mut query = ListQuery {
        most: Some(most as u64),
        ..only
    };
    let sort = |name| LOCKABLE.sorts.iter().find(|sort| sort.name == name);
    let (by_priority, direction) = match fetch.by_age {
        Some(direction) => (fetch.by_priority, direction),
        None => (true, Direction::Ascending),
    };
    let priority = sort("taskPriority").filter(|_| by_priority);
    query.sorts = priority
        .map(|sort| (sort, Direction::Descending))
        .into_iter()
        .chain(sort("createTime").map(|sort| (sort, direction)))
        .collect();
    query
        .filters
        .extend(name.map(|name| (name, Given::Text(topic.name.clone()))));
    let viewer = Viewer {
        now,
        ..Viewer::default()
    };
    let mut rows = Vec::new();
    for entry in read.list(&LOCKABLE, &query, &viewer)? {
        if let Some(id) = entry.get("id").and_then(|id| id.as_str()) {
            rows.extend(read.external_task(id)?);
        }
    }
    Ok(rows)
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
