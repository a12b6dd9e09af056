//! History: the events of a command as rows. What ends takes its end; all else is only added.

mod instance;
mod row;

use super::StoreError;
use super::codec::{columns, millis, millis_opt};
use super::feed::Topics;
use super::put::{TITLE, execute, title};
use super::tx::By;
use crate::engine::{
    ActivityEnd, Change, Event, ExternalTask, Incident, Instance, InstanceState, Job,
    ProcessInstance, Task, Variable,
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Params, params};
use std::collections::{HashMap, HashSet};

/// The numbers of the history: they grow with time and, within a millisecond, with each thing
/// that happens.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// The last one given.
    pub(super) last: i64,
    /// Where the numbers of the latest moment begin.
    moment: i64,
}

/// Numbers of a millisecond.
pub(super) const A_MILLISECOND: i64 = 4096;
/// How far a process reserves: within a second it need not say so again.
const AHEAD: i64 = 1000 * A_MILLISECOND;

impl Numbers {
    pub(super) fn next(&mut self, now: DateTime<Utc>) -> i64 {
        self.moment = millis(now).saturating_mul(A_MILLISECOND);
        self.last = (self.last + 1).max(self.moment);
        self.last
    }

    /// Up to which number to reserve. It stays near the clock however often processes take
    /// turns, each of which begins where the other's reserve ends.
    pub(super) fn reserve(&self) -> i64 {
        self.last.max(self.moment.saturating_add(AHEAD))
    }
}

/// An entry of the user operation log: who did what, to what, from which value to which, why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operation {
    /// `Claim`, `Assign`, `Update`, `Delete`, `SetRetries`, …
    pub operation: String,
    /// `Task`, `ProcessInstance`, `User`, `Connection`, …
    pub entity: String,
    /// The process instance, where there is one.
    pub process_instance_id: Option<String>,
    /// The task, where there is one.
    pub task_id: Option<String>,
    /// The BPMN id of the node, where there is one.
    pub activity_id: Option<String>,
    /// What was changed.
    pub property: Option<String>,
    /// From.
    pub old_value: Option<String>,
    /// To.
    pub new_value: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Writes an entry of the user operation log.
pub(super) fn operation(
    conn: &Connection,
    seq: i64,
    by: &By,
    row: &Operation,
) -> Result<(), StoreError> {
    execute(
        conn,
        "INSERT INTO hist_operation
             (seq, at, user_id, operation, entity, process_instance_id, task_id, activity_id,
              property, old_value, new_value, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            seq,
            millis(by.now),
            by.user,
            row.operation,
            row.entity,
            row.process_instance_id,
            row.task_id,
            row.activity_id,
            row.property,
            row.old_value,
            row.new_value,
            row.reason,
        ],
    )
    .map(drop)
}

/// Which activities of a command ended: what it enters and leaves is one row, written once.
struct Ends {
    /// How what started in this command ended in it, by the place of its start.
    within: HashMap<usize, ActivityEnd>,
    /// Places of the ends of what had started before.
    earlier: HashSet<usize>,
}

/// Each visit has an id of its own, but what an older crewdesk wrote may not: each end belongs
/// to the latest start before it.
fn pair(events: &[&Event]) -> Ends {
    let mut open: HashMap<&str, usize> = HashMap::new();
    let mut ends = Ends {
        within: HashMap::new(),
        earlier: HashSet::new(),
    };
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::ActivityStarted { id, .. } => drop(open.insert(id, at)),
            Event::ActivityEnded { id, end, .. } => match open.remove(id.as_str()) {
                Some(start) => drop(ends.within.insert(start, *end)),
                None => drop(ends.earlier.insert(at)),
            },
            _ => {}
        }
    }
    ends
}

/// The history of one command.
pub(super) struct Log<'l> {
    conn: &'l Connection,
    root: &'l str,
    instance: &'l Instance,
    by: &'l By,
    numbers: &'l mut Numbers,
}

impl<'l> Log<'l> {
    pub(super) fn new(
        conn: &'l Connection,
        root: &'l str,
        instance: &'l Instance,
        by: &'l By,
        numbers: &'l mut Numbers,
    ) -> Self {
        Log {
            conn,
            root,
            instance,
            by,
            numbers,
        }
    }

    /// Writes the events among the changes.
    pub(super) fn write(&mut self, changes: &[Change]) -> Result<Topics, StoreError> {
        let events: Vec<&Event> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Event(event) => Some(event),
                _ => None,
            })
            .collect();
        let mut ends = pair(&events);
        let mut topics = Topics::NONE;
        for (at, event) in events.into_iter().enumerate() {
            let seq = self.numbers.next(self.by.now);
            match event {
                Event::ActivityStarted { .. } => {
                    self.activity_started(seq, event, ends.within.remove(&at))?;
                }
                Event::ActivityEnded {
                    id,
                    process_instance_id,
                    end,
                    ..
                } if ends.earlier.contains(&at) => {
                    self.activity_ended(process_instance_id, id, *end)?;
                }
                Event::ActivityEnded { .. } => {}
                Event::ProcessStarted {
                    process,
                    called_by,
                    called_at,
                } => {
                    let title = self.title(&process.id, changes);
                    let caller = (called_by.as_deref(), called_at.as_deref());
                    self.process_started(process, caller, title)?;
                }
                Event::TaskCreated { task } => {
                    let title = self.title(&task.process_instance_id, changes);
                    let key = self.business_key(&task.process_instance_id, changes);
                    self.task_created(seq, task, title, key)?;
                }
                other => topics.insert(self.event(seq, other)?),
            }
        }
        Ok(topics)
    }

    /// The title of an instance, also of one that this very command ended.
    fn title(&self, process_instance: &str, changes: &[Change]) -> Option<String> {
        if self.instance.process(process_instance).is_some() {
            return title(self.instance, process_instance);
        }
        changes.iter().rev().find_map(|change| match change {
            Change::Event(Event::VariableSet { variable, .. })
                if variable.name == TITLE && variable.scope_id == process_instance =>
            {
                Some(variable.value.to_string()).filter(|text| !text.is_empty())
            }
            _ => None,
        })
    }

    fn business_key(&self, process_instance: &str, changes: &[Change]) -> Option<String> {
        if let Some(process) = self.instance.process(process_instance) {
            return process.business_key.clone();
        }
        changes.iter().find_map(|change| match change {
            Change::Event(Event::ProcessStarted { process, .. })
                if process.id == process_instance =>
            {
                process.business_key.clone()
            }
            _ => None,
        })
    }

    fn run(&self, sql: &str, params: impl Params) -> Result<(), StoreError> {
        execute(self.conn, sql, params).map(drop)
    }

    fn now(&self) -> i64 {
        millis(self.by.now)
    }

    fn event(&mut self, seq: i64, event: &Event) -> Result<Topics, StoreError> {
        match event {
            Event::ProcessStarted { .. }
            | Event::ActivityStarted { .. }
            | Event::ActivityEnded { .. }
            | Event::SignalThrown { .. }
            | Event::TaskCreated { .. } => {}
            Event::ProcessEnded {
                process_instance_id,
                state,
                reason,
            } => self.process_ended(process_instance_id, *state, reason.as_deref())?,
            Event::ProcessStateChanged {
                process_instance_id,
                state,
            } => self.process_state_changed(seq, process_instance_id, *state)?,
            Event::FlowTaken {
                process_instance_id,
                flow_id,
            } => self.run(
                "INSERT INTO hist_flow (process_instance_id, flow_id, taken, last)
                 VALUES (?1, ?2, 1, ?3)
                 ON CONFLICT DO UPDATE SET taken = taken + 1, last = excluded.last",
                params![process_instance_id, flow_id, self.now()],
            )?,
            Event::TaskAssigned { task, from } => {
                let claimed = from.is_none() && task.assignee == self.by.user;
                let operation = if claimed && task.assignee.is_some() {
                    "Claim"
                } else {
                    "Assign"
                };
                let (from, to) = (from.as_deref(), task.assignee.as_deref());
                self.task_changed(seq, task, operation, "assignee", from, to)?;
            }
            Event::TaskUpdated {
                task,
                property,
                from,
                to,
            } => {
                let (from, to) = (from.as_deref(), to.as_deref());
                self.task_changed(seq, task, "Update", property, from, to)?;
            }
            Event::ProcessReleased {
                process_instance_id,
            } => self.run(
                // `called_at` stays: it was called once.
                "UPDATE hist_process_instance SET called_by = NULL WHERE id = ?1",
                [process_instance_id],
            )?,
            Event::ProcessRenamed {
                process_instance_id,
                business_key,
            } => {
                for table in [
                    "hist_process_instance SET business_key = ?2 WHERE id = ?1",
                    "hist_task SET business_key = ?2 WHERE process_instance_id = ?1",
                ] {
                    self.run(
                        &format!("UPDATE {table}"),
                        params![process_instance_id, business_key],
                    )?;
                }
            }
            Event::ProcessMigrated {
                process_instance_id,
                from,
                to,
            } => self.process_migrated(seq, process_instance_id, from, to)?,
            Event::ActivityMigrated { .. } => self.activity_migrated(event)?,
            Event::TaskMigrated { task } => self.run(
                "UPDATE hist_task SET definition_id = ?2, task_definition_key = ?3 WHERE id = ?1",
                params![task.id, task.definition_id, task.task_definition_key],
            )?,
            Event::IncidentMigrated { incident } => self.run(
                "UPDATE hist_incident SET activity_id = ?2 WHERE id = ?1",
                [&incident.id, &incident.activity_id],
            )?,
            Event::TaskEnded { task, reason } => self.task_ended(seq, task, reason)?,
            Event::VariableSet {
                variable,
                activity_instance_id,
                created,
            } => self.variable_set(seq, variable, activity_instance_id.as_deref(), *created)?,
            Event::VariableRemoved { variable } => self.run(
                "UPDATE hist_variable SET removed = 1, updated = ?4
                 WHERE process_instance_id = ?1 AND scope_id = ?2 AND name = ?3",
                params![
                    variable.process_instance_id,
                    variable.scope_id,
                    variable.name,
                    self.now()
                ],
            )?,
            Event::ExternalTaskCreated { task } => self.external_task(seq, task, "created")?,
            Event::ExternalTaskFailed { task } => self.external_task(seq, task, "failed")?,
            Event::ExternalTaskEnded { task, completed } => {
                let state = if *completed { "successful" } else { "deleted" };
                self.external_task(seq, task, state)?;
            }
            Event::TimerFired { job } | Event::AsyncContinued { job } => {
                self.job(seq, job, "successful")?;
            }
            Event::JobFailed { job } => self.job(seq, job, "failed")?,
            Event::IncidentCreated { incident } => {
                self.incident_created(seq, incident)?;
                return Ok(Topics::INCIDENTS);
            }
            Event::IncidentResolved { incident } => {
                self.run(
                    "UPDATE hist_incident SET resolved = ?2, resolved_seq = ?3 WHERE id = ?1",
                    params![incident.id, self.now(), seq],
                )?;
                return Ok(Topics::INCIDENTS);
            }
            Event::Thrown { .. } => self.thrown(seq, event)?,
            Event::DecisionEvaluated {
                process_instance_id,
                activity_id,
                activity_instance_id,
                decision_definition_id,
                decision_key,
                trace,
                result,
            } => {
                let columns = columns(result)?;
                self.run(
                    "INSERT INTO hist_decision
                         (process_instance_id, seq, at, activity_id, activity_instance_id,
                          decision_definition_id, decision_key, trace, type, value, info)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                    params![
                        process_instance_id,
                        seq,
                        self.now(),
                        activity_id,
                        activity_instance_id,
                        decision_definition_id,
                        decision_key,
                        trace.to_string(),
                        columns.kind,
                        columns.value,
                        columns.info,
                    ],
                )?;
            }
        }
        Ok(Topics::NONE)
    }

    fn operation(&self, seq: i64, row: Operation) -> Result<(), StoreError> {
        operation(self.conn, seq, self.by, &row)
    }
}
