//! History: the events of a command as rows. What ends takes its end; all else is only added.

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
const A_MILLISECOND: i64 = 4096;
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
                "UPDATE hist_process_instance SET called_by = NULL, called_at = NULL WHERE id = ?1",
                [process_instance_id],
            )?,
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
            Event::ErrorThrown {
                process_instance_id,
                activity_id,
                worker_id,
                code,
                message,
            } => self.operation(
                seq,
                Operation {
                    operation: "ErrorThrown".to_owned(),
                    entity: "Activity".to_owned(),
                    process_instance_id: Some(process_instance_id.clone()),
                    activity_id: Some(activity_id.clone()),
                    old_value: worker_id.clone(),
                    new_value: Some(code.clone()),
                    reason: message.clone(),
                    ..Operation::default()
                },
            )?,
            Event::ErrorUncaught {
                process_instance_id,
                activity_id,
                code,
                message,
            } => self.operation(
                seq,
                Operation {
                    operation: "ErrorUncaught".to_owned(),
                    entity: "Activity".to_owned(),
                    process_instance_id: Some(process_instance_id.clone()),
                    activity_id: Some(activity_id.clone()),
                    new_value: Some(code.clone()),
                    reason: message.clone(),
                    ..Operation::default()
                },
            )?,
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

    fn process_started(
        &self,
        row: &ProcessInstance,
        caller: (Option<&str>, Option<&str>),
        title: Option<String>,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO hist_process_instance
                 (id, root_id, definition_id, business_key, title, start_user, started, state,
                  called_by, called_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                row.id,
                self.root,
                row.definition_id,
                row.business_key,
                title,
                row.start_user,
                millis(row.started),
                row.state.as_str(),
                caller.0,
                caller.1,
            ],
        )
    }

    fn process_ended(
        &self,
        id: &str,
        state: InstanceState,
        reason: Option<&str>,
    ) -> Result<(), StoreError> {
        let user = match state {
            InstanceState::ExternallyTerminated => self.by.user.as_deref(),
            _ => None,
        };
        self.run(
            "UPDATE hist_process_instance
             SET ended = ?2, state = ?3, delete_reason = ?4, delete_user = ?5 WHERE id = ?1",
            params![id, self.now(), state.as_str(), reason, user],
        )?;
        match id == self.root {
            true => self.lives_for_a_while(id),
            false => Ok(()),
        }
    }

    /// The history of an ended root instance, with all that it called, goes so many days later as
    /// its definition says.
    fn lives_for_a_while(&self, root: &str) -> Result<(), StoreError> {
        self.run(
            "UPDATE hist_process_instance SET removal = ended + 86400000 *
                 (SELECT history_days FROM process_definition AS d WHERE d.id = definition_id)
             WHERE id = ?1",
            [root],
        )?;
        self.run(
            "UPDATE hist_process_instance
             SET removal = (SELECT removal FROM hist_process_instance WHERE id = ?1)
             WHERE root_id = ?1 AND root_id <> id",
            [root],
        )
    }

    fn process_state_changed(
        &self,
        seq: i64,
        id: &str,
        state: InstanceState,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE hist_process_instance SET state = ?2 WHERE id = ?1",
            params![id, state.as_str()],
        )?;
        let operation = match state {
            InstanceState::Suspended => "Suspend",
            _ => "Activate",
        };
        self.operation(
            seq,
            Operation {
                operation: operation.to_owned(),
                entity: "ProcessInstance".to_owned(),
                process_instance_id: Some(id.to_owned()),
                ..Operation::default()
            },
        )
    }

    fn process_migrated(&self, seq: i64, id: &str, from: &str, to: &str) -> Result<(), StoreError> {
        self.run(
            "UPDATE hist_process_instance SET definition_id = ?2 WHERE id = ?1",
            [id, to],
        )?;
        self.operation(
            seq,
            Operation {
                operation: "Migrate".to_owned(),
                entity: "ProcessInstance".to_owned(),
                process_instance_id: Some(id.to_owned()),
                property: Some("processDefinitionId".to_owned()),
                old_value: Some(from.to_owned()),
                new_value: Some(to.to_owned()),
                ..Operation::default()
            },
        )
    }

    /// What runs has the id of its new activity; what refers to it follows.
    fn activity_migrated(&self, event: &Event) -> Result<(), StoreError> {
        let Event::ActivityMigrated {
            process_instance_id,
            from,
            id,
            parent_id,
            activity_id,
        } = event
        else {
            return Ok(());
        };
        self.run(
            "UPDATE hist_activity SET id = ?3, parent_id = ?4, activity_id = ?5
             WHERE process_instance_id = ?1 AND id = ?2 AND ended IS NULL",
            params![process_instance_id, from, id, parent_id, activity_id],
        )?;
        if from == id {
            return Ok(());
        }
        for sql in [
            "UPDATE hist_activity SET parent_id = ?3
             WHERE process_instance_id = ?1 AND parent_id = ?2",
            "UPDATE hist_detail SET activity_instance_id = ?3
             WHERE process_instance_id = ?1 AND activity_instance_id = ?2",
            "UPDATE hist_process_instance SET called_at = ?3
             WHERE called_by = ?1 AND called_at = ?2",
        ] {
            self.run(sql, [process_instance_id, from, id])?;
        }
        Ok(())
    }

    fn activity_started(
        &self,
        seq: i64,
        event: &Event,
        end: Option<ActivityEnd>,
    ) -> Result<(), StoreError> {
        let Event::ActivityStarted {
            id,
            parent_id,
            process_instance_id,
            execution_id,
            activity_id,
        } = event
        else {
            return Ok(());
        };
        self.run(
            "INSERT INTO hist_activity
                 (process_instance_id, id, seq, parent_id, execution_id, activity_id, started,
                  ended, canceled)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                process_instance_id,
                id,
                seq,
                parent_id,
                execution_id,
                activity_id,
                self.now(),
                end.map(|_| self.now()),
                end == Some(ActivityEnd::Canceled),
            ],
        )
    }

    fn activity_ended(
        &self,
        process_instance: &str,
        id: &str,
        end: ActivityEnd,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE hist_activity SET ended = ?3, canceled = ?4
             WHERE process_instance_id = ?1 AND id = ?2 AND ended IS NULL",
            params![
                process_instance,
                id,
                self.now(),
                end == ActivityEnd::Canceled
            ],
        )
    }

    fn task_created(
        &self,
        seq: i64,
        task: &Task,
        title: Option<String>,
        business_key: Option<String>,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO hist_task
                 (id, process_instance_id, execution_id, definition_id, task_definition_key, seq,
                  name, description, title, business_key, assignee, owner, priority, created,
                  due, first_due, follow_up, round)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                     ?18)",
            params![
                task.id,
                task.process_instance_id,
                task.execution_id,
                task.definition_id,
                task.task_definition_key,
                seq,
                task.name,
                task.description,
                title,
                business_key,
                task.assignee,
                task.owner,
                task.priority,
                millis(task.created),
                millis_opt(task.due),
                millis_opt(task.first_due),
                millis_opt(task.follow_up),
                task.round,
            ],
        )
    }

    /// The log has every change of a task. Who started an instance and who completed a task
    /// stand in their own rows.
    fn task_changed(
        &self,
        seq: i64,
        task: &Task,
        operation: &str,
        property: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE hist_task SET
                 name = ?2, description = ?3, assignee = ?4, owner = ?5, priority = ?6, due = ?7,
                 first_due = ?8, follow_up = ?9
             WHERE id = ?1",
            params![
                task.id,
                task.name,
                task.description,
                task.assignee,
                task.owner,
                task.priority,
                millis_opt(task.due),
                millis_opt(task.first_due),
                millis_opt(task.follow_up),
            ],
        )?;
        self.operation(
            seq,
            Operation {
                operation: operation.to_owned(),
                entity: "Task".to_owned(),
                process_instance_id: Some(task.process_instance_id.clone()),
                task_id: Some(task.id.clone()),
                activity_id: Some(task.task_definition_key.clone()),
                property: Some(property.to_owned()),
                old_value: from.map(str::to_owned),
                new_value: to.map(str::to_owned),
                reason: None,
            },
        )
    }

    fn task_ended(&self, seq: i64, task: &Task, reason: &str) -> Result<(), StoreError> {
        let completed = reason == "completed";
        let done_by = task.assignee.as_ref().or(self.by.user.as_ref());
        let done_by = done_by.filter(|_| completed);
        let in_time = task.first_due.map(|due| self.by.now <= due);
        self.run(
            "UPDATE hist_task SET
                 assignee = ?2, ended = ?3, completed = ?4, in_time = ?5, delete_reason = ?6,
                 end_seq = ?7, end_user = ?8, done_by = ?9
             WHERE id = ?1",
            params![
                task.id,
                task.assignee,
                self.now(),
                completed,
                in_time.filter(|_| completed),
                reason,
                seq,
                self.by.user,
                done_by,
            ],
        )
    }

    fn variable_set(
        &self,
        seq: i64,
        variable: &Variable,
        activity_instance_id: Option<&str>,
        created: bool,
    ) -> Result<(), StoreError> {
        let columns = columns(&variable.value)?;
        self.run(
            "INSERT INTO hist_variable
                 (process_instance_id, scope_id, name, id, type, value, info, created, updated)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
             ON CONFLICT DO UPDATE SET
                 id = excluded.id, type = excluded.type, value = excluded.value,
                 info = excluded.info, updated = excluded.updated, removed = 0",
            params![
                variable.process_instance_id,
                variable.scope_id,
                variable.name,
                variable.id,
                columns.kind,
                columns.value,
                columns.info,
                self.now(),
            ],
        )?;
        self.run(
            "INSERT INTO hist_detail
                 (process_instance_id, seq, at, variable_id, scope_id, activity_instance_id,
                  user_id, name, type, value, info, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                variable.process_instance_id,
                seq,
                self.now(),
                variable.id,
                variable.scope_id,
                activity_instance_id,
                self.by.user,
                variable.name,
                columns.kind,
                columns.value,
                columns.info,
                created,
            ],
        )
    }

    fn external_task(&self, seq: i64, task: &ExternalTask, state: &str) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO hist_external_task_log
                 (process_instance_id, seq, at, state, external_task_id, activity_id,
                  execution_id, topic, worker_id, retries, priority, error_message, error_details)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                task.process_instance_id,
                seq,
                self.now(),
                state,
                task.id,
                task.activity_id,
                task.execution_id,
                task.topic,
                task.worker_id,
                task.retries,
                task.priority,
                task.error_message,
                task.error_details,
            ],
        )
    }

    fn job(&self, seq: i64, job: &Job, state: &str) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO hist_job_log
                 (process_instance_id, seq, at, state, job_id, kind, definition_id, activity_id,
                  due, retries, error_message, priority, execution_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                job.process_instance_id.as_deref().unwrap_or(""),
                seq,
                self.now(),
                state,
                job.id,
                job.kind.as_str(),
                job.definition_id,
                job.activity_id,
                millis(job.due),
                job.retries,
                job.error_message,
                job.priority,
                job.execution_id,
            ],
        )
    }

    fn incident_created(&self, seq: i64, incident: &Incident) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO hist_incident
                 (id, process_instance_id, execution_id, seq, kind, activity_id, configuration,
                  message, created, cause, root_cause)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                incident.id,
                incident.process_instance_id,
                incident.execution_id,
                seq,
                incident.kind,
                incident.activity_id,
                incident.configuration,
                incident.message,
                millis(incident.created),
                incident.cause,
                incident.root_cause,
            ],
        )
    }
}
