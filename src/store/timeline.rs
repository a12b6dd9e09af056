//! The history read back: the timeline of an instance, its activities, what people have done.

use super::codec::{instant, instant_opt, millis, named, state, value};
use super::history::Operation;
use super::load::{all, first};
use super::notes::{Comment, limit_of};
use super::{Snapshot, StoreError};
use crate::engine::InstanceState;
use crate::value::Value;
use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

/// Something that happened in an instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// Its place among all that happened.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub what: Happening,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// The instance started.
    Started {
        /// Who started it.
        user: Option<String>,
    },
    /// A task was created.
    TaskCreated(Box<HistoricTask>),
    /// A task ended.
    TaskEnded(Box<HistoricTask>),
    /// Somebody did something.
    Operation {
        /// Who; none for the engine.
        user: Option<String>,
        /// What.
        operation: Operation,
    },
    /// A variable was set.
    Variable(Box<VariableUpdate>),
    /// Something happened to an external task.
    ExternalTask(Box<ExternalTaskLog>),
    /// A job was executed or failed.
    Job(Box<JobLog>),
    /// A decision was evaluated.
    Decision(Box<DecisionLog>),
    /// An incident arose.
    IncidentCreated(HistoricIncident),
    /// An incident is over.
    IncidentResolved(HistoricIncident),
    /// Somebody remarked something.
    Comment(Comment),
    /// The instance ended.
    Ended {
        /// How.
        state: InstanceState,
        /// Why, when it was cancelled.
        reason: Option<String>,
        /// Who cancelled it.
        user: Option<String>,
    },
}

/// A user task, open or ended, as history knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoricTask {
    /// Its id.
    pub id: String,
    /// The process instance.
    pub process_instance_id: String,
    /// The execution.
    pub execution_id: String,
    /// The process definition.
    pub definition_id: String,
    /// The BPMN id of the user task.
    pub task_definition_key: String,
    /// Name.
    pub name: String,
    /// Title of the instance.
    pub title: Option<String>,
    /// Business key of the instance.
    pub business_key: Option<String>,
    /// Whose it is or was.
    pub assignee: Option<String>,
    /// Priority.
    pub priority: i32,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// When it must be done.
    pub due: Option<DateTime<Utc>>,
    /// The due date it was created with.
    pub first_due: Option<DateTime<Utc>>,
    /// Which visit of the user task it is.
    pub round: u32,
    /// When it ended.
    pub ended: Option<DateTime<Utc>>,
    /// True when it was completed, not cancelled.
    pub completed: bool,
    /// Completed by its first due date; none without one.
    pub in_time: Option<bool>,
    /// `completed`, `deleted` or why it was cancelled.
    pub delete_reason: Option<String>,
    /// Who ended it.
    pub end_user: Option<String>,
}

/// A variable that was set.
#[derive(Debug, Clone, PartialEq)]
pub struct VariableUpdate {
    /// Name.
    pub name: String,
    /// Scope.
    pub scope_id: String,
    /// The activity instance that set it.
    pub activity_instance_id: Option<String>,
    /// Who set it.
    pub user: Option<String>,
    /// The value.
    pub value: Value,
    /// True when it was new.
    pub created: bool,
}

/// A line of the log of external tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalTaskLog {
    /// `created`, `failed`, `successful` or `deleted`.
    pub state: String,
    /// The external task.
    pub external_task_id: String,
    /// BPMN id.
    pub activity_id: String,
    /// Topic.
    pub topic: String,
    /// Who had the lock.
    pub worker_id: Option<String>,
    /// Retries left.
    pub retries: Option<i32>,
    /// Short text of a failure.
    pub error_message: Option<String>,
    /// Long text of a failure.
    pub error_details: Option<String>,
}

/// A line of the log of jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobLog {
    /// `successful` or `failed`.
    pub state: String,
    /// The job.
    pub job_id: String,
    /// What it does, as [`crate::engine::JobKind::as_str`] has it.
    pub kind: String,
    /// BPMN id.
    pub activity_id: String,
    /// When it was due.
    pub due: DateTime<Utc>,
    /// Retries left.
    pub retries: i32,
    /// The failure.
    pub error_message: Option<String>,
}

/// An evaluation of a decision.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionLog {
    /// BPMN id of the business rule task.
    pub activity_id: String,
    /// Its activity instance.
    pub activity_instance_id: String,
    /// The decision definition.
    pub decision_definition_id: String,
    /// The decision's key.
    pub decision_key: String,
    /// Inputs, matched rules and outputs.
    pub trace: serde_json::Value,
    /// The result.
    pub result: Value,
}

/// An incident, open or over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoricIncident {
    /// Its id.
    pub id: String,
    /// `failedJob` or `failedExternalTask`.
    pub kind: String,
    /// BPMN id.
    pub activity_id: String,
    /// The job or external task.
    pub configuration: String,
    /// What went wrong.
    pub message: Option<String>,
    /// Since when.
    pub created: DateTime<Utc>,
    /// Until when.
    pub resolved: Option<DateTime<Utc>>,
}

/// A visit of a flow node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// `<activity id>:<execution id>`.
    pub id: String,
    /// The enclosing activity instance.
    pub parent_id: String,
    /// The execution.
    pub execution_id: String,
    /// BPMN id.
    pub activity_id: String,
    /// When it was entered.
    pub started: DateTime<Utc>,
    /// When it was left.
    pub ended: Option<DateTime<Utc>>,
    /// It was interrupted.
    pub canceled: bool,
}

/// How often a flow node was visited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visits {
    /// BPMN id.
    pub activity_id: String,
    /// Times entered.
    pub entered: u64,
    /// Tokens in it now.
    pub active: u64,
}

/// What a person has to do and has done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Work {
    /// Open tasks.
    pub open: u64,
    /// Of these, late.
    pub late: u64,
    /// Of these, came back.
    pub open_came_back: u64,
    /// Tasks done in the period.
    pub done: u64,
    /// Of these, with a due date.
    pub judged: u64,
    /// Of those, done by their first due date.
    pub in_time: u64,
    /// Of the done ones, came back before.
    pub done_came_back: u64,
    /// Done per day of the period.
    pub per_day: Vec<u64>,
}

const TASK: &str = "id, process_instance_id, execution_id, definition_id, task_definition_key,
    name, title, business_key, assignee, priority, created, due, first_due, round, ended,
    completed, in_time, delete_reason, end_user, seq, end_seq";

fn task(row: &Row<'_>) -> rusqlite::Result<HistoricTask> {
    Ok(HistoricTask {
        id: row.get(0)?,
        process_instance_id: row.get(1)?,
        execution_id: row.get(2)?,
        definition_id: row.get(3)?,
        task_definition_key: row.get(4)?,
        name: row.get(5)?,
        title: row.get(6)?,
        business_key: row.get(7)?,
        assignee: row.get(8)?,
        priority: row.get(9)?,
        created: instant(row, 10)?,
        due: instant_opt(row, 11)?,
        first_due: instant_opt(row, 12)?,
        round: row.get(13)?,
        ended: instant_opt(row, 14)?,
        completed: row.get(15)?,
        in_time: row.get(16)?,
        delete_reason: row.get(17)?,
        end_user: row.get(18)?,
    })
}

fn incident(row: &Row<'_>) -> rusqlite::Result<HistoricIncident> {
    Ok(HistoricIncident {
        id: row.get(0)?,
        kind: row.get(1)?,
        activity_id: row.get(2)?,
        configuration: row.get(3)?,
        message: row.get(4)?,
        created: instant(row, 5)?,
        resolved: instant_opt(row, 6)?,
    })
}

fn moment(seq: i64, at: DateTime<Utc>, what: Happening) -> Moment {
    Moment { seq, at, what }
}

impl Snapshot<'_> {
    /// The last things that happened in a process instance, the oldest first. Every variable
    /// that was set is told only if asked for.
    pub fn timeline(
        &self,
        process_instance: &str,
        variables: bool,
        limit: usize,
    ) -> Result<Vec<Moment>, StoreError> {
        let mut moments = self.frame_of(process_instance)?;
        moments.extend(self.told_tasks(process_instance, limit)?);
        moments.extend(self.told_operations(process_instance, limit)?);
        if variables {
            moments.extend(self.told_variables(process_instance, limit)?);
        }
        moments.extend(self.told_external_tasks(process_instance, limit)?);
        moments.extend(self.told_jobs(process_instance, limit)?);
        for (seq, at, decision) in self.decisions(process_instance, limit)? {
            moments.push(moment(seq, at, Happening::Decision(Box::new(decision))));
        }
        moments.extend(self.told_incidents(process_instance, limit)?);
        for comment in self.comments(process_instance)? {
            // A remark has no number of its own: it follows what happened at its time.
            let seq = millis(comment.at).saturating_mul(4096).saturating_add(4095);
            moments.push(moment(seq, comment.at, Happening::Comment(comment)));
        }
        moments.sort_by_key(|m| m.seq);
        let superfluous = moments.len().saturating_sub(limit);
        moments.drain(..superfluous);
        Ok(moments)
    }

    /// Beginning and end.
    fn frame_of(&self, id: &str) -> Result<Vec<Moment>, StoreError> {
        let sql = "SELECT started, start_user, ended, state, delete_reason, delete_user
                   FROM hist_process_instance WHERE id = ?1";
        let found = first(self.conn, sql, [id], |row| {
            let mut moments = vec![moment(
                i64::MIN,
                instant(row, 0)?,
                Happening::Started { user: row.get(1)? },
            )];
            if let Some(at) = instant_opt(row, 2)? {
                let ended = Happening::Ended {
                    state: named(row, 3, state)?,
                    reason: row.get(4)?,
                    user: row.get(5)?,
                };
                moments.push(moment(i64::MAX, at, ended));
            }
            Ok(moments)
        })?;
        Ok(found.unwrap_or_default())
    }

    fn told_tasks(&self, id: &str, limit: usize) -> Result<Vec<Moment>, StoreError> {
        let sql = format!(
            "SELECT {TASK} FROM hist_task WHERE process_instance_id = ?1
             ORDER BY seq DESC LIMIT ?2"
        );
        let rows = all(self.conn, &sql, params![id, limit_of(limit)], |row| {
            let (seq, end_seq): (i64, Option<i64>) = (row.get(19)?, row.get(20)?);
            Ok((task(row)?, seq, end_seq))
        })?;
        let mut moments = Vec::with_capacity(rows.len() * 2);
        for (task, seq, end_seq) in rows {
            if let (Some(end_seq), Some(ended)) = (end_seq, task.ended) {
                let told = Happening::TaskEnded(Box::new(task.clone()));
                moments.push(moment(end_seq, ended, told));
            }
            let created = task.created;
            moments.push(moment(seq, created, Happening::TaskCreated(Box::new(task))));
        }
        Ok(moments)
    }

    fn told_operations(&self, id: &str, limit: usize) -> Result<Vec<Moment>, StoreError> {
        let sql = "SELECT seq, at, user_id, operation, entity, process_instance_id, task_id,
                          activity_id, property, old_value, new_value, reason
                   FROM hist_operation WHERE process_instance_id = ?1
                   ORDER BY seq DESC LIMIT ?2";
        all(self.conn, sql, params![id, limit_of(limit)], |row| {
            let told = Happening::Operation {
                user: row.get(2)?,
                operation: Operation {
                    operation: row.get(3)?,
                    entity: row.get(4)?,
                    process_instance_id: row.get(5)?,
                    task_id: row.get(6)?,
                    activity_id: row.get(7)?,
                    property: row.get(8)?,
                    old_value: row.get(9)?,
                    new_value: row.get(10)?,
                    reason: row.get(11)?,
                },
            };
            Ok(moment(row.get(0)?, instant(row, 1)?, told))
        })
    }

    fn told_variables(&self, id: &str, limit: usize) -> Result<Vec<Moment>, StoreError> {
        let sql = "SELECT seq, at, name, scope_id, activity_instance_id, user_id, created, type,
                          value, info
                   FROM hist_detail WHERE process_instance_id = ?1 ORDER BY seq DESC LIMIT ?2";
        all(self.conn, sql, params![id, limit_of(limit)], |row| {
            let told = VariableUpdate {
                name: row.get(2)?,
                scope_id: row.get(3)?,
                activity_instance_id: row.get(4)?,
                user: row.get(5)?,
                created: row.get(6)?,
                value: value(row, 7)?,
            };
            let told = Happening::Variable(Box::new(told));
            Ok(moment(row.get(0)?, instant(row, 1)?, told))
        })
    }

    fn told_external_tasks(&self, id: &str, limit: usize) -> Result<Vec<Moment>, StoreError> {
        let sql = "SELECT seq, at, state, external_task_id, activity_id, topic, worker_id,
                          retries, error_message, error_details
                   FROM hist_external_task_log WHERE process_instance_id = ?1
                   ORDER BY seq DESC LIMIT ?2";
        all(self.conn, sql, params![id, limit_of(limit)], |row| {
            let told = ExternalTaskLog {
                state: row.get(2)?,
                external_task_id: row.get(3)?,
                activity_id: row.get(4)?,
                topic: row.get(5)?,
                worker_id: row.get(6)?,
                retries: row.get(7)?,
                error_message: row.get(8)?,
                error_details: row.get(9)?,
            };
            let told = Happening::ExternalTask(Box::new(told));
            Ok(moment(row.get(0)?, instant(row, 1)?, told))
        })
    }

    fn told_jobs(&self, id: &str, limit: usize) -> Result<Vec<Moment>, StoreError> {
        let sql = "SELECT seq, at, state, job_id, kind, activity_id, due, retries, error_message
                   FROM hist_job_log WHERE process_instance_id = ?1 ORDER BY seq DESC LIMIT ?2";
        all(self.conn, sql, params![id, limit_of(limit)], |row| {
            let told = JobLog {
                state: row.get(2)?,
                job_id: row.get(3)?,
                kind: row.get(4)?,
                activity_id: row.get(5)?,
                due: instant(row, 6)?,
                retries: row.get(7)?,
                error_message: row.get(8)?,
            };
            let told = Happening::Job(Box::new(told));
            Ok(moment(row.get(0)?, instant(row, 1)?, told))
        })
    }

    /// The last evaluations of decisions in a process instance, the newest first, with their
    /// place in the history and their time.
    pub fn decisions(
        &self,
        process_instance: &str,
        limit: usize,
    ) -> Result<Vec<(i64, DateTime<Utc>, DecisionLog)>, StoreError> {
        let sql = "SELECT seq, at, activity_id, activity_instance_id, decision_definition_id,
                          decision_key, trace, type, value, info
                   FROM hist_decision WHERE process_instance_id = ?1 ORDER BY seq DESC LIMIT ?2";
        let params = params![process_instance, limit_of(limit)];
        all(self.conn, sql, params, |row| {
            let trace: String = row.get(6)?;
            let told = DecisionLog {
                activity_id: row.get(2)?,
                activity_instance_id: row.get(3)?,
                decision_definition_id: row.get(4)?,
                decision_key: row.get(5)?,
                trace: serde_json::from_str(&trace)
                    .map_err(|e| super::codec::unreadable(6, e.to_string()))?,
                result: value(row, 7)?,
            };
            Ok((row.get(0)?, instant(row, 1)?, told))
        })
    }

    fn told_incidents(&self, id: &str, limit: usize) -> Result<Vec<Moment>, StoreError> {
        let sql = "SELECT id, kind, activity_id, configuration, message, created, resolved, seq,
                          resolved_seq
                   FROM hist_incident WHERE process_instance_id = ?1
                   ORDER BY seq DESC LIMIT ?2";
        let rows = all(self.conn, sql, params![id, limit_of(limit)], |row| {
            let (seq, resolved_seq): (i64, Option<i64>) = (row.get(7)?, row.get(8)?);
            Ok((incident(row)?, seq, resolved_seq))
        })?;
        let mut moments = Vec::with_capacity(rows.len() * 2);
        for (incident, seq, resolved_seq) in rows {
            if let (Some(resolved_seq), Some(at)) = (resolved_seq, incident.resolved) {
                let told = Happening::IncidentResolved(incident.clone());
                moments.push(moment(resolved_seq, at, told));
            }
            let created = incident.created;
            moments.push(moment(seq, created, Happening::IncidentCreated(incident)));
        }
        Ok(moments)
    }

    /// Visits of flow nodes of a process instance, the oldest first.
    pub fn activities(&self, process_instance: &str) -> Result<Vec<Activity>, StoreError> {
        let sql = "SELECT id, parent_id, execution_id, activity_id, started, ended, canceled
                   FROM hist_activity WHERE process_instance_id = ?1 ORDER BY seq";
        all(self.conn, sql, [process_instance], |row| {
            Ok(Activity {
                id: row.get(0)?,
                parent_id: row.get(1)?,
                execution_id: row.get(2)?,
                activity_id: row.get(3)?,
                started: instant(row, 4)?,
                ended: instant_opt(row, 5)?,
                canceled: row.get(6)?,
            })
        })
    }

    /// How often each flow node of a process instance was visited.
    pub fn visits(&self, process_instance: &str) -> Result<Vec<Visits>, StoreError> {
        let sql = "SELECT activity_id, count(*), sum(ended IS NULL) FROM hist_activity
                   WHERE process_instance_id = ?1 GROUP BY activity_id ORDER BY min(seq)";
        all(self.conn, sql, [process_instance], |row| {
            Ok(Visits {
                activity_id: row.get(0)?,
                entered: count(row, 1)?,
                active: count(row, 2)?,
            })
        })
    }

    /// How often each sequence flow of a process instance was taken, by BPMN id.
    pub fn flows(&self, process_instance: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let sql = "SELECT flow_id, taken FROM hist_flow
                   WHERE process_instance_id = ?1 ORDER BY flow_id";
        all(self.conn, sql, [process_instance], |row| {
            Ok((row.get(0)?, count(row, 1)?))
        })
    }

    /// The tasks of a process instance, open and ended, the oldest first.
    pub fn historic_tasks(&self, process_instance: &str) -> Result<Vec<HistoricTask>, StoreError> {
        let sql =
            format!("SELECT {TASK} FROM hist_task WHERE process_instance_id = ?1 ORDER BY seq");
        all(self.conn, &sql, [process_instance], task)
    }

    /// A task, open or ended.
    pub fn historic_task(&self, id: &str) -> Result<Option<HistoricTask>, StoreError> {
        let sql = format!("SELECT {TASK} FROM hist_task WHERE id = ?1");
        first(self.conn, &sql, [id], task)
    }

    /// The tasks that a person has done, the last first.
    pub fn done_tasks(
        &self,
        user: &str,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<HistoricTask>, StoreError> {
        let sql = format!(
            "SELECT {TASK} FROM hist_task WHERE done_by = ?1
             ORDER BY ended DESC, id LIMIT ?2 OFFSET ?3"
        );
        let params = params![user, limit_of(limit), limit_of(offset)];
        all(self.conn, &sql, params, task)
    }

    /// What a person has to do now and did in a period. `days` are the bounds of its days, one
    /// more than days; nobody's tasks are meant without a person.
    pub fn work(
        &self,
        user: Option<&str>,
        now: DateTime<Utc>,
        days: &[DateTime<Utc>],
    ) -> Result<Work, StoreError> {
        let mut work = Work::default();
        let open = "SELECT count(*), ifnull(sum(due < ?2), 0), ifnull(sum(came_back), 0) FROM task";
        let open = match user {
            Some(_) => format!("{open} INDEXED BY task_assignee WHERE assignee = ?1"),
            None => format!("{open} INDEXED BY task_free WHERE assignee IS NULL AND ?1 IS NULL"),
        };
        let counts = first(self.conn, &open, params![user, millis(now)], |row| {
            Ok((count(row, 0)?, count(row, 1)?, count(row, 2)?))
        })?;
        (work.open, work.late, work.open_came_back) = counts.unwrap_or_default();
        let Some(user) = user else {
            return Ok(work);
        };
        let sql = "SELECT count(*), count(in_time), ifnull(sum(in_time), 0),
                          ifnull(sum(round > 1), 0)
                   FROM hist_task WHERE done_by = ?1 AND ended >= ?2 AND ended < ?3";
        for day in days.windows(2) {
            let [from, to] = day else { continue };
            let params = params![user, millis(*from), millis(*to)];
            let counts = first(self.conn, sql, params, |row| {
                Ok([
                    count(row, 0)?,
                    count(row, 1)?,
                    count(row, 2)?,
                    count(row, 3)?,
                ])
            })?;
            let [done, judged, in_time, came_back] = counts.unwrap_or_default();
            work.per_day.push(done);
            work.done += done;
            work.judged += judged;
            work.in_time += in_time;
            work.done_came_back += came_back;
        }
        Ok(work)
    }
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let n: i64 = row.get(column)?;
    Ok(u64::try_from(n).unwrap_or(0))
}
