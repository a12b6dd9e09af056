//! What happened in an instance, one readable sentence an event.

use super::reminder::{instant, span};
use crate::engine::{Event, InstanceState, Task};
use crate::model::Process;
use crate::value::{Map, Value};
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// One line of a timeline, before it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// See [`HistoryEntry::kind`](super::view::HistoryEntry::kind).
    pub kind: &'static str,
    /// The process instance.
    pub process_instance_id: String,
    /// BPMN id of the node.
    pub activity_id: Option<String>,
    /// Round of the user task.
    pub round: Option<u32>,
    /// One sentence.
    pub text: String,
}

/// Tells the events of one command.
pub struct Teller<'a> {
    process: &'a Process,
    user: Option<&'a str>,
    now: DateTime<Utc>,
    variables: HashMap<&'a str, &'a Value>,
}

impl<'a> Teller<'a> {
    /// A teller of what `user` caused at `now`. What the events say of variables colours
    /// the sentences about external tasks.
    pub fn new(
        process: &'a Process,
        user: Option<&'a str>,
        now: DateTime<Utc>,
        events: impl IntoIterator<Item = &'a Event>,
    ) -> Self {
        let set = events.into_iter().filter_map(|event| match event {
            Event::VariableSet { variable, .. } => Some((variable.name.as_str(), &variable.value)),
            _ => None,
        });
        Teller {
            process,
            user,
            now,
            variables: set.collect(),
        }
    }

    /// The line for an event; none for what people need not read.
    pub fn line(&self, event: &Event) -> Option<Line> {
        let who = self.user.unwrap_or("the desk");
        let line = |kind, process: &str, activity: Option<&str>, round, text| {
            Some(Line {
                kind,
                process_instance_id: process.to_owned(),
                activity_id: activity.map(str::to_owned),
                round,
                text,
            })
        };
        let of_task = |kind, task: &Task, text| {
            let key = Some(task.task_definition_key.as_str());
            line(kind, &task.process_instance_id, key, Some(task.round), text)
        };
        match event {
            Event::ProcessStarted { process } => {
                let name = self.process.name.as_deref().unwrap_or(&self.process.id);
                let text = format!("{who} launched {name}");
                line("started", &process.id, None, None, text)
            }
            Event::ProcessEnded {
                process_instance_id,
                state,
                reason,
            } => {
                let (kind, text) = match (state, reason) {
                    (InstanceState::ExternallyTerminated, Some(reason)) => {
                        ("cancelled", format!("{who} cancelled it: {reason}"))
                    }
                    (InstanceState::ExternallyTerminated, None) => {
                        ("cancelled", format!("{who} cancelled it"))
                    }
                    (InstanceState::InternallyTerminated, _) => {
                        ("ended", "the process terminated itself".to_owned())
                    }
                    _ => ("ended", "the process reached its end".to_owned()),
                };
                line(kind, process_instance_id, None, None, text)
            }
            Event::ProcessStateChanged {
                process_instance_id,
                state,
            } => {
                let text = match state {
                    InstanceState::Suspended => format!("{who} suspended it"),
                    _ => format!("{who} activated it"),
                };
                line("suspended", process_instance_id, None, None, text)
            }
            Event::TaskCreated { task } => {
                let (kind, text) = created(task);
                of_task(kind, task, text)
            }
            Event::TaskAssigned { task, from } => {
                let (kind, text) = assigned(task, from.as_deref(), who);
                of_task(kind, task, text)
            }
            Event::TaskUpdated {
                task, property, to, ..
            } => match *property {
                "dueDate" => {
                    let text = match task.due {
                        Some(due) => format!(
                            "{who} moved the due date of {} to {}",
                            task.name,
                            instant(due)
                        ),
                        None => format!("{who} took the due date off {}", task.name),
                    };
                    of_task("due", task, text)
                }
                "priority" => {
                    let text = format!(
                        "{who} set the priority of {} to {}",
                        task.name, task.priority
                    );
                    of_task("priority", task, text)
                }
                property => {
                    let to = to.as_deref().unwrap_or("nothing");
                    of_task(
                        "updated",
                        task,
                        format!("{who} set {property} of {} to {to}", task.name),
                    )
                }
            },
            Event::TaskEnded { task, reason } if reason == "completed" => {
                let late = match task.first_due {
                    Some(due) if self.now > due => format!(", {} late", span(self.now - due)),
                    Some(_) => ", in time".to_owned(),
                    None => String::new(),
                };
                let try_number = match task.round {
                    0 | 1 => String::new(),
                    n => format!(", try {n}"),
                };
                of_task(
                    "completed",
                    task,
                    format!("{who} completed {}{late}{try_number}", task.name),
                )
            }
            Event::ExternalTaskCreated { task } => {
                let text = format!("{} waits for a worker", self.name(&task.activity_id));
                line(
                    "queued",
                    &task.process_instance_id,
                    Some(&task.activity_id),
                    None,
                    text,
                )
            }
            Event::ExternalTaskEnded {
                task,
                completed: true,
            } => {
                let (kind, text) = self.worked(&task.activity_id);
                line(
                    kind,
                    &task.process_instance_id,
                    Some(&task.activity_id),
                    None,
                    text,
                )
            }
            Event::ExternalTaskEnded { .. } => None,
            Event::ExternalTaskFailed { task } => {
                let text = failed(
                    self.name(&task.activity_id),
                    task.error_message.as_deref(),
                    task.retries,
                );
                line(
                    "failed",
                    &task.process_instance_id,
                    Some(&task.activity_id),
                    None,
                    text,
                )
            }
            Event::JobFailed { job } => {
                let text = failed(
                    self.name(&job.activity_id),
                    job.error_message.as_deref(),
                    Some(job.retries),
                );
                let instance = job.process_instance_id.as_deref()?;
                line("failed", instance, Some(&job.activity_id), None, text)
            }
            Event::TimerFired { job } => {
                let text = format!("the timer {} went off", self.name(&job.activity_id));
                let instance = job.process_instance_id.as_deref()?;
                line("timer", instance, Some(&job.activity_id), None, text)
            }
            Event::IncidentCreated { incident } => {
                let why = incident.message.as_deref().unwrap_or("no reason was given");
                let text = format!("{} stands still: {why}", self.name(&incident.activity_id));
                line(
                    "incident",
                    &incident.process_instance_id,
                    Some(&incident.activity_id),
                    None,
                    text,
                )
            }
            Event::IncidentResolved { incident } => {
                let text = format!("{} goes on", self.name(&incident.activity_id));
                line(
                    "resolved",
                    &incident.process_instance_id,
                    Some(&incident.activity_id),
                    None,
                    text,
                )
            }
            Event::DecisionEvaluated {
                process_instance_id,
                activity_id,
                result,
                ..
            } => {
                let text = format!("{}: {}", self.name(activity_id), verdict(result));
                line(
                    "checked",
                    process_instance_id,
                    Some(activity_id),
                    None,
                    text,
                )
            }
            _ => None,
        }
    }

    fn name(&self, activity: &str) -> &'a str {
        match self.process.node(activity) {
            Some(node) => node.name.as_deref().unwrap_or(&node.id),
            None => "a step",
        }
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.variables.get(name)?.as_i64()
    }

    /// An insertion tells its facts; any other work that it was done.
    fn worked(&self, activity: &str) -> (&'static str, String) {
        let name = self.name(activity);
        let status = self
            .variables
            .get("insertionStatus")
            .and_then(|v| v.as_str());
        match (
            status,
            self.number("rowsInserted"),
            self.number("rowsRefused"),
        ) {
            (Some("SUCCESS"), Some(rows), Some(refused)) => (
                "inserted",
                format!("{name}: {rows} rows written, {refused} refused"),
            ),
            (Some("FAILURE"), ..) => {
                let why = self
                    .variables
                    .get("insertionMessage")
                    .and_then(|v| v.as_str());
                (
                    "inserted",
                    format!("{name} failed: {}", why.unwrap_or("no reason was given")),
                )
            }
            _ => (
                "worked",
                format!("{} completed {name}", self.user.unwrap_or("a worker")),
            ),
        }
    }
}

fn created(task: &Task) -> (&'static str, String) {
    let due = task
        .due
        .map(|due| format!(", due {}", instant(due)))
        .unwrap_or_default();
    match (&task.assignee, task.round) {
        (Some(user), 0 | 1) => ("created", format!("{} is for {user}{due}", task.name)),
        (None, 0 | 1) => (
            "created",
            format!("{} is open to {}{due}", task.name, candidates(task)),
        ),
        (Some(user), _) => (
            "cameBack",
            format!("{} came back to {user}{due}", task.name),
        ),
        (None, _) => (
            "cameBack",
            format!("{} came back, open to {}{due}", task.name, candidates(task)),
        ),
    }
}

/// Who may claim a task, as people say it.
pub fn candidates(task: &Task) -> String {
    let users = task.candidate_users.iter().cloned();
    let groups = task.candidate_groups.iter().map(|g| format!("group {g}"));
    let names: Vec<String> = users.chain(groups).collect();
    match names.is_empty() {
        true => "everybody".to_owned(),
        false => names.join(", "),
    }
}

fn assigned(task: &Task, from: Option<&str>, who: &str) -> (&'static str, String) {
    let name = &task.name;
    match (from, task.assignee.as_deref()) {
        (None, Some(to)) if to == who => ("claimed", format!("{who} claimed {name}")),
        (Some(from), None) if from == who => ("unclaimed", format!("{who} gave {name} back")),
        (Some(from), None) => ("unclaimed", format!("{who} took {name} from {from}")),
        (Some(from), Some(to)) if from != who => (
            "assigned",
            format!("{who} gave {name} to {to} instead of {from}"),
        ),
        (_, Some(to)) => ("assigned", format!("{who} gave {name} to {to}")),
        (None, None) => ("unclaimed", format!("{name} is open")),
    }
}

fn failed(name: &str, why: Option<&str>, retries: Option<i32>) -> String {
    let why = why.unwrap_or("no reason was given");
    match retries.unwrap_or(0) {
        0 => format!("{name} failed: {why}; no try is left"),
        1 => format!("{name} failed: {why}; one try is left"),
        n => format!("{name} failed: {why}; {n} tries are left"),
    }
}

/// A decision's result in words: `result` and `reason` where it has them.
fn verdict(result: &Value) -> String {
    let plain = |value: &Value| match value {
        Value::Null => "nothing".to_owned(),
        value => value.to_string(),
    };
    let named = |map: &Map| {
        let result = map.get("result").map(plain)?;
        Some(match map.get("reason").filter(|r| !r.is_null()) {
            Some(reason) => format!("{result}, {}", plain(reason)),
            None => result,
        })
    };
    match result {
        Value::Map(map) => named(map).unwrap_or_else(|| plain(result)),
        Value::List(rows) if rows.len() == 1 => verdict(&rows[0]),
        result => plain(result),
    }
}

#[cfg(test)]
mod tests;
