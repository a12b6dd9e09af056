//! Locking external tasks for workers.

use super::{gone, visible};
use crate::desk::act::Act;
use crate::desk::listing::{Direction, Given, LOCKABLE, ListQuery, Viewer};
use crate::desk::permission::Operation;
use crate::desk::secret::Clear;
use crate::desk::view::{Role, User};
use crate::desk::{Caller, Desk, DeskError};
use crate::engine::{Command, ExternalTask, Id};
use crate::store::{self, ExternalTaskRow, Snapshot};
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
}

impl Act<'_, '_> {
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
pub(super) fn check_topic(user: Option<&User>, topic: &str) -> Result<(), DeskError> {
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
