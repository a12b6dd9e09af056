//! The engine's rows, written as differences.

use super::StoreError;
use super::codec::{columns, millis, millis_opt};
use super::feed::Topics;
use crate::engine::{
    Change, Event, Execution, ExternalTask, Incident, Instance, InstanceState, Job,
    ProcessInstance, Subscription, Task, Variable, Visits,
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Params, params};
use std::collections::BTreeMap;

/// The process variable that lists show as what an instance is about.
pub const TITLE: &str = "title";

/// Writes every row of a command. Events are the history's.
pub(super) fn changes(
    conn: &Connection,
    root: &str,
    instance: &Instance,
    changes: &[Change],
    now: DateTime<Utc>,
) -> Result<Topics, StoreError> {
    let put = Put {
        conn,
        root,
        instance,
        now,
        changes,
    };
    let mut topics = Topics::INSTANCES;
    for change in changes {
        topics.insert(put.change(change)?);
    }
    Ok(topics)
}

/// The text of an instance's title, where it has one.
pub fn title(instance: &Instance, process_instance: &str) -> Option<String> {
    let variable = instance.variable(process_instance, TITLE)?;
    Some(variable.value.to_string()).filter(|text| !text.is_empty())
}

/// Runs one prepared statement.
pub(super) fn execute(
    conn: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<usize, StoreError> {
    #[cfg(test)]
    super::plans::note(sql);
    let mut statement = conn.prepare_cached(sql)?;
    let changed = statement.execute(params)?;
    #[cfg(test)]
    super::plans::count(&statement);
    Ok(changed)
}

/// True when a task names no candidates.
fn nobody(task: &Task) -> bool {
    task.candidate_users.is_empty() && task.candidate_groups.is_empty()
}

struct Put<'p> {
    conn: &'p Connection,
    root: &'p str,
    instance: &'p Instance,
    now: DateTime<Utc>,
    changes: &'p [Change],
}

impl Put<'_> {
    fn run(&self, sql: &str, params: impl Params) -> Result<(), StoreError> {
        execute(self.conn, sql, params).map(drop)
    }

    fn change(&self, change: &Change) -> Result<Topics, StoreError> {
        match change {
            Change::PutProcess(row) => self.process(row)?,
            Change::DeleteProcess(id) => {
                self.run("DELETE FROM process_instance WHERE id = ?1", [id])?
            }
            Change::PutExecution(row) => self.execution(row)?,
            Change::DeleteExecution(id) => self.run(
                "DELETE FROM execution WHERE root_id = ?1 AND id = ?2",
                [self.root, id],
            )?,
            Change::PutVariable(row) => {
                self.variable(row)?;
                self.touch(&row.scope_id)?;
                return self.retitle(&row.scope_id, &row.name);
            }
            Change::DeleteVariable(scope, name) => {
                self.run(
                    "DELETE FROM variable WHERE root_id = ?1 AND scope_id = ?2 AND name = ?3",
                    [self.root, scope, name],
                )?;
                self.touch(scope)?;
                return self.retitle(scope, name);
            }
            Change::PutTask(row) => {
                self.task(row)?;
                return Ok(Topics::TASKS);
            }
            Change::DeleteTask(id) => {
                self.run("DELETE FROM task WHERE id = ?1", [id])?;
                if self.may_be_offered(id) {
                    self.run("DELETE FROM task_candidate WHERE task_id = ?1", [id])?;
                }
                self.run("DELETE FROM draft WHERE task_id = ?1", [id])?;
                return Ok(Topics::TASKS);
            }
            Change::PutExternalTask(row) => {
                self.external_task(row)?;
                return Ok(Topics::EXTERNAL_TASKS);
            }
            Change::DeleteExternalTask(id) => {
                self.run("DELETE FROM external_task WHERE id = ?1", [id])?;
                self.run("DELETE FROM progress WHERE external_task_id = ?1", [id])?;
                return Ok(Topics::EXTERNAL_TASKS);
            }
            Change::PutJob(row) => {
                self.job(row)?;
                return Ok(Topics::JOBS);
            }
            Change::DeleteJob(id) => {
                self.run("DELETE FROM job WHERE id = ?1", [id])?;
                return Ok(Topics::JOBS);
            }
            Change::PutSubscription(row) => self.subscription(row)?,
            Change::DeleteSubscription(id) => {
                self.run("DELETE FROM event_subscription WHERE id = ?1", [id])?
            }
            Change::PutIncident(row) => {
                self.incident(row)?;
                return Ok(Topics::INCIDENTS);
            }
            Change::DeleteIncident(id) => {
                self.run("DELETE FROM incident WHERE id = ?1", [id])?;
                return Ok(Topics::INCIDENTS);
            }
            Change::Event(Event::ProcessStateChanged { .. }) => return self.suspend(),
            Change::Event(Event::ProcessRenamed {
                process_instance_id,
                ..
            }) => {
                return self.tasks_of(process_instance_id);
            }
            Change::Event(_) => {}
        }
        Ok(Topics::NONE)
    }

    fn process(&self, row: &ProcessInstance) -> Result<(), StoreError> {
        let visits = written(&row.visits)?;
        self.run(
            "INSERT INTO process_instance
                 (id, root_id, definition_id, business_key, start_user, started, state, visits)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (id) DO UPDATE SET
                 definition_id = excluded.definition_id,
                 business_key = excluded.business_key, state = excluded.state,
                 visits = excluded.visits",
            params![
                row.id,
                self.root,
                row.definition_id,
                row.business_key,
                row.start_user,
                millis(row.started),
                row.state.as_str(),
                visits,
            ],
        )
    }

    fn execution(&self, row: &Execution) -> Result<(), StoreError> {
        let visits = match row.visits.is_empty() {
            true => None,
            false => Some(written(&row.visits)?),
        };
        self.run(
            "INSERT INTO execution
                 (root_id, id, parent_id, process_instance_id, activity_id, phase, flow_id,
                  started, sequence, visits)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (root_id, id) DO UPDATE SET
                 parent_id = excluded.parent_id, activity_id = excluded.activity_id,
                 phase = excluded.phase, flow_id = excluded.flow_id, started = excluded.started,
                 sequence = excluded.sequence, visits = excluded.visits",
            params![
                self.root,
                row.id,
                row.parent_id,
                row.process_instance_id,
                row.activity_id,
                row.phase.as_str(),
                row.flow_id,
                millis(row.started),
                number(row.sequence),
                visits,
            ],
        )
    }

    /// A task whose own variables change was changed itself.
    fn touch(&self, scope: &str) -> Result<(), StoreError> {
        match self.instance.execution(scope) {
            Some(_) => Ok(()),
            None => self.run(
                "UPDATE task SET updated = ?2 WHERE id = ?1",
                params![scope, millis(self.now)],
            ),
        }
    }

    fn variable(&self, row: &Variable) -> Result<(), StoreError> {
        let columns = columns(&row.value)?;
        self.run(
            "INSERT INTO variable
                 (root_id, scope_id, name, id, process_instance_id, type, value, info)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (root_id, scope_id, name) DO UPDATE SET
                 id = excluded.id, type = excluded.type, value = excluded.value,
                 info = excluded.info",
            params![
                self.root,
                row.scope_id,
                row.name,
                row.id,
                row.process_instance_id,
                columns.kind,
                columns.value,
                columns.info,
            ],
        )
    }

    /// Rows that repeat the title take the new one.
    fn retitle(&self, scope: &str, name: &str) -> Result<Topics, StoreError> {
        if name != TITLE || self.instance.process(scope).is_none() {
            return Ok(Topics::NONE);
        }
        let new = |change: &Change| match change {
            Change::Event(Event::ProcessStarted { process, .. }) => process.id == scope,
            _ => false,
        };
        if self.changes.iter().any(new) {
            // It and its tasks are written with their title.
            return Ok(Topics::NONE);
        }
        let title = title(self.instance, scope);
        self.run(
            "UPDATE hist_process_instance SET title = ?2 WHERE id = ?1",
            params![scope, title],
        )?;
        self.run(
            "UPDATE hist_task SET title = ?2 WHERE process_instance_id = ?1 AND ended IS NULL",
            params![scope, title],
        )?;
        self.tasks_of(scope)
    }

    /// The tasks of a process instance, whose title or business key is another.
    fn tasks_of(&self, process_instance: &str) -> Result<Topics, StoreError> {
        let tasks = self.instance.tasks();
        for task in tasks.filter(|task| task.process_instance_id == process_instance) {
            self.task(task)?;
        }
        Ok(Topics::TASKS)
    }

    fn task(&self, row: &Task) -> Result<(), StoreError> {
        let process = self.instance.process(&row.process_instance_id);
        let business_key = process.and_then(|p| p.business_key.as_deref());
        let title = title(self.instance, &row.process_instance_id);
        let search = search_text([Some(&row.name), title.as_deref(), business_key]);
        self.run(
            "INSERT INTO task
                 (id, root_id, process_instance_id, execution_id, definition_id,
                  task_definition_key, name, description, assignee, owner, priority, created,
                  due, first_due, follow_up, round, came_back, open_to_all, business_key, title,
                  search)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                     ?18, ?19, ?20, ?21)
             ON CONFLICT (id) DO UPDATE SET
                 definition_id = excluded.definition_id,
                 task_definition_key = excluded.task_definition_key, name = excluded.name,
                 description = excluded.description, assignee = excluded.assignee,
                 owner = excluded.owner, priority = excluded.priority, due = excluded.due,
                 first_due = excluded.first_due, follow_up = excluded.follow_up,
                 open_to_all = excluded.open_to_all, business_key = excluded.business_key,
                 title = excluded.title,
                 search = excluded.search, updated = ?22",
            params![
                row.id,
                self.root,
                row.process_instance_id,
                row.execution_id,
                row.definition_id,
                row.task_definition_key,
                row.name,
                row.description,
                row.assignee,
                row.owner,
                row.priority,
                millis(row.created),
                millis_opt(row.due),
                millis_opt(row.first_due),
                millis_opt(row.follow_up),
                row.round,
                row.round > 1,
                row.assignee.is_none() && nobody(row),
                business_key,
                title,
                search,
                millis(self.now),
            ],
        )?;
        if !self.created(&row.id) {
            self.run("DELETE FROM task_candidate WHERE task_id = ?1", [&row.id])?;
        }
        let users = row.candidate_users.iter().map(|name| ("user", name));
        let groups = row.candidate_groups.iter().map(|name| ("group", name));
        let sole = row.candidate_users.len() + row.candidate_groups.len() == 1;
        for (position, (kind, name)) in users.chain(groups).enumerate() {
            self.run(
                "INSERT OR IGNORE INTO task_candidate
                     (kind, name, free, came_back, due, priority, created, task_id, position,
                      sole, search)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                params![
                    kind,
                    name,
                    row.assignee.is_none(),
                    row.round > 1,
                    millis_opt(row.due),
                    row.priority,
                    millis(row.created),
                    row.id,
                    number(position as u64),
                    sole,
                    search,
                ],
            )?;
        }
        Ok(())
    }

    /// True when this command made the task: nothing hangs on it yet.
    fn created(&self, id: &str) -> bool {
        self.changes.iter().any(
            |change| matches!(change, Change::Event(Event::TaskCreated { task }) if task.id == *id),
        )
    }

    /// False when a task that this command ended had no candidates, before or meanwhile.
    fn may_be_offered(&self, id: &str) -> bool {
        let mut without = false;
        for change in self.changes {
            match change {
                Change::Event(Event::TaskEnded { task, .. }) if task.id == *id => {
                    without = nobody(task);
                }
                Change::Event(Event::TaskUpdated { task, property, .. })
                    if task.id == *id && property.starts_with("candidate") =>
                {
                    return true;
                }
                _ => {}
            }
        }
        !without
    }

    fn suspended(&self, process_instance: &str) -> bool {
        let process = self.instance.process(process_instance);
        process.is_some_and(|p| p.state == InstanceState::Suspended)
    }

    fn external_task(&self, row: &ExternalTask) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO external_task
                 (id, root_id, process_instance_id, execution_id, definition_id, activity_id,
                  topic, priority, retries, worker_id, lock_expires, error_message,
                  error_details, created, suspended)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             ON CONFLICT (id) DO UPDATE SET
                 definition_id = excluded.definition_id, activity_id = excluded.activity_id,
                 priority = excluded.priority,
                 retries = excluded.retries, worker_id = excluded.worker_id,
                 lock_expires = excluded.lock_expires, error_message = excluded.error_message,
                 error_details = excluded.error_details, suspended = excluded.suspended",
            params![
                row.id,
                self.root,
                row.process_instance_id,
                row.execution_id,
                row.definition_id,
                row.activity_id,
                row.topic,
                row.priority,
                row.retries,
                row.worker_id,
                millis_opt(row.lock_expires),
                row.error_message,
                row.error_details,
                millis(row.created),
                self.suspended(&row.process_instance_id),
            ],
        )
    }

    fn job(&self, row: &Job) -> Result<(), StoreError> {
        let suspended = row.process_instance_id.as_deref();
        job(
            self.conn,
            Some(self.root),
            row,
            suspended.is_some_and(|id| self.suspended(id)),
        )
    }

    /// What is suspended is neither fetched nor executed.
    fn suspend(&self) -> Result<Topics, StoreError> {
        for process in self.instance.processes() {
            self.run(
                "UPDATE external_task SET suspended = ?3
                 WHERE root_id = ?1 AND process_instance_id = ?2",
                params![self.root, process.id, self.suspended(&process.id)],
            )?;
        }
        for row in self.instance.jobs() {
            self.job(row)?;
        }
        Ok(Topics::EXTERNAL_TASKS | Topics::JOBS | Topics::TASKS)
    }

    fn subscription(&self, row: &Subscription) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO event_subscription
                 (id, root_id, process_instance_id, execution_id, kind, name, activity_id, created,
                  configuration)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (id) DO UPDATE SET
                 execution_id = excluded.execution_id, kind = excluded.kind,
                 name = excluded.name, activity_id = excluded.activity_id",
            params![
                row.id,
                self.root,
                row.process_instance_id,
                row.execution_id,
                row.kind.as_str(),
                row.name,
                row.activity_id,
                millis(row.created),
                row.configuration,
            ],
        )
    }

    fn incident(&self, row: &Incident) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO incident
                 (id, root_id, process_instance_id, execution_id, kind, activity_id,
                  configuration, message, created, cause, root_cause)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (id) DO UPDATE SET
                 message = excluded.message, configuration = excluded.configuration,
                 activity_id = excluded.activity_id",
            params![
                row.id,
                self.root,
                row.process_instance_id,
                row.execution_id,
                row.kind,
                row.activity_id,
                row.configuration,
                row.message,
                millis(row.created),
                row.cause,
                row.root_cause,
            ],
        )
    }
}

/// Writes a job; `root` is none for one of no instance. While its instance rests it does, too.
pub(super) fn job(
    conn: &Connection,
    root: Option<&str>,
    row: &Job,
    rests: bool,
) -> Result<(), StoreError> {
    let ready = match row.retry_at {
        _ if row.retries <= 0 || row.suspended || rests => None,
        Some(retry) => Some(row.due.max(retry)),
        None => Some(row.due),
    };
    execute(
        conn,
        "INSERT INTO job
             (id, root_id, process_instance_id, execution_id, kind, definition_id, activity_id,
              due, cycle, repeats, retries, retry_at, error_message, created, ready, priority,
              suspended, configuration)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
         ON CONFLICT (id) DO UPDATE SET
             definition_id = excluded.definition_id, activity_id = excluded.activity_id,
             due = excluded.due, cycle = excluded.cycle, repeats = excluded.repeats,
             retries = excluded.retries,
             retry_at = excluded.retry_at, error_message = excluded.error_message,
             ready = excluded.ready, priority = excluded.priority,
             suspended = excluded.suspended, worker_id = NULL, lock_expires = NULL",
        params![
            row.id,
            root,
            row.process_instance_id,
            row.execution_id,
            row.kind.as_str(),
            row.definition_id,
            row.activity_id,
            millis(row.due),
            row.cycle,
            row.repeats,
            row.retries,
            millis_opt(row.retry_at),
            row.error_message,
            millis(row.created),
            millis_opt(ready),
            row.priority,
            row.suspended,
            row.configuration,
        ],
    )
    .map(drop)
}

/// What a text filter looks into: lower case, one line a part.
pub(super) fn search_text<const N: usize>(parts: [Option<&str>; N]) -> String {
    let parts: Vec<String> = parts.iter().flatten().map(|p| p.to_lowercase()).collect();
    parts.join("\n")
}

fn written(visits: &BTreeMap<String, Visits>) -> Result<String, StoreError> {
    serde_json::to_string(visits).map_err(|e| StoreError::Value {
        detail: e.to_string(),
    })
}

/// SQLite has signed numbers only; ours are far below their limit.
fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
