//! What is inside an instance: what runs, what its scopes know, what is tried again, and the
//! instances that it calls.

use super::view::*;
use super::{DeskError, Look, task};
use crate::engine::state::BODY;
use crate::engine::{Execution, Instance, Phase, Task};
use crate::model::Process;
use crate::store::Call;
use crate::value::Map;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// Most called instances that are named.
const MOST_CALLED: usize = 100;

/// What failed in an instance and is tried again without a person.
pub(super) fn retrying(running: &Instance, instance: &str, now: DateTime<Utc>) -> Vec<Retry> {
    let tasks = running.external_tasks().filter_map(|task| {
        let here = task.process_instance_id == instance && !task.is_locked(now);
        let retries = task.retries.filter(|left| here && *left > 0)?;
        Some(Retry {
            activity_id: task.activity_id.clone(),
            message: task.error_message.clone()?,
            at: task.lock_expires.filter(|at| *at > now),
            retries,
        })
    });
    let jobs = running.jobs().filter_map(|job| {
        let here = job.process_instance_id.as_deref() == Some(instance);
        Some(Retry {
            activity_id: job.activity_id.clone(),
            message: job
                .error_message
                .clone()
                .filter(|_| here && job.retries > 0)?,
            at: job.retry_at.filter(|at| *at > now),
            retries: job.retries,
        })
    });
    tasks.chain(jobs).collect()
}

/// The executions of an instance that are at an activity, outermost first, with the activity around
/// each; without what is kept for compensation.
fn places<'r>(running: &'r Instance, instance: &str) -> Vec<&'r Execution> {
    let mut found = Vec::new();
    let mut open: Vec<&str> = vec![instance];
    while let Some(parent) = open.pop() {
        let children = running.children(parent);
        let children: Vec<_> = children
            .filter(|child| child.process_instance_id == instance && child.phase != Phase::Kept)
            .collect();
        open.extend(children.iter().rev().map(|child| child.id.as_str()));
        found.extend(children);
    }
    found
}

/// What runs in an instance, outermost first.
pub(super) fn activities(
    running: &Instance,
    instance: &str,
    process: &Process,
) -> Vec<ActivityView> {
    let places = places(running, instance).into_iter();
    let views = places.filter_map(|place| {
        let node = process.node(place.activity_id.as_deref()?)?;
        let outer = place.parent_id.as_deref();
        let outer = outer.and_then(|outer| running.execution(outer));
        let outer = outer.filter(|outer| outer.activity_id.is_some());
        Some(ActivityView {
            id: place.activity_instance_id(),
            activity_id: node.id.clone(),
            activity_name: node.name.clone(),
            activity_type: node.activity_type().to_owned(),
            parent_activity_instance_id: outer.map(Execution::activity_instance_id),
            start_time: place.started,
        })
    });
    views.collect()
}

/// The variables that scopes and tasks inside an instance have to themselves, the outermost first.
pub(super) fn local_variables(
    running: &Instance,
    instance: &str,
    process: &Process,
) -> Vec<LocalVariables> {
    let mut tasks: HashMap<&str, Vec<&Task>> = HashMap::new();
    for task in running.tasks() {
        tasks.entry(&task.execution_id).or_default().push(task);
    }
    let of = |scope: &str| -> Map {
        let own = running.variables(scope);
        own.map(|v| (v.name.clone(), v.value.clone())).collect()
    };
    let mut found = Vec::new();
    for place in places(running, instance) {
        let Some(activity) = place.activity_id.as_deref() else {
            continue;
        };
        let id = activity.strip_suffix(BODY).unwrap_or(activity);
        let mut add = |variables: Map, task: Option<&Task>| {
            if !variables.is_empty() {
                found.push(LocalVariables {
                    activity_instance_id: place.activity_instance_id(),
                    activity_id: id.to_owned(),
                    activity_name: match task {
                        Some(task) => Some(task.label().to_owned()),
                        None => process.node(id).and_then(|node| node.name.clone()),
                    },
                    task_id: task.map(|task| task.id.clone()),
                    variables: task::shown(&variables),
                });
            }
        };
        add(of(&place.id), None);
        for task in tasks.get(place.id.as_str()).into_iter().flatten() {
            add(of(&task.id), Some(task));
        }
    }
    found
}

impl Look<'_, '_> {
    /// The instance that called another one, if the caller of the desk may see it.
    pub(super) fn caller_of(&self, instance: &str) -> Result<Option<LinkedInstance>, DeskError> {
        match self.read.caller_of(instance)? {
            Some(call) => self.linked(call),
            None => Ok(None),
        }
    }

    /// The instances that another one called: what runs first, then the newest; those that the
    /// caller of the desk may see.
    pub(super) fn called_by(&self, instance: &str) -> Result<Vec<LinkedInstance>, DeskError> {
        let calls = self.read.called_by(instance, MOST_CALLED)?.into_iter();
        let seen = calls
            .map(|call| self.linked(call))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(seen.into_iter().flatten().collect())
    }

    fn linked(&self, call: Call) -> Result<Option<LinkedInstance>, DeskError> {
        match self.instance(&call.instance) {
            Ok(row) => Ok(Some(LinkedInstance {
                name: super::instance::title(&row),
                process_definition_key: row.process_key,
                state: row.state.as_str().to_owned(),
                activity_id: call.activity_id,
                id: row.id,
            })),
            Err(DeskError::Forbidden(_) | DeskError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
