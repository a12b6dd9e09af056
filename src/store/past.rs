//! The history, read back: what happened in an instance, and who did what until when.

mod events;

use super::codec::{instant, instant_opt, millis, named, state, value};
use super::load::{all, first};
use super::notes::limit_of;
use super::{Snapshot, StoreError};
use crate::engine::InstanceState;
use crate::value::Value;
use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

/// Most of each kind that is told of an instance: the last.
const MOST: i64 = 10_000;

/// An open task with a due date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTask {
    /// Its id.
    pub id: String,
    /// When it came up.
    pub created: DateTime<Utc>,
    /// When it is due.
    pub due: DateTime<Utc>,
}

/// One thing that happened in a process instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// Orders all that happened.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub user: Option<String>,
    /// BPMN id of the node.
    pub activity_id: Option<String>,
    /// What.
    pub what: PastEvent,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum PastEvent {
    /// The instance began.
    Started,
    /// The instance ended.
    Ended {
        /// How.
        state: InstanceState,
        /// Why, when a person cancelled it.
        reason: Option<String>,
    },
    /// A user task came up.
    TaskCreated(PastTask),
    /// A user task was completed.
    TaskCompleted(PastTask),
    /// An entry of the operation log.
    Operation {
        /// `Claim`, `Assign`, `Update`, `Suspend`, …
        operation: String,
        /// The task, where there is one.
        task_id: Option<String>,
        /// What was changed.
        property: Option<String>,
        /// From.
        from: Option<String>,
        /// To.
        to: Option<String>,
        /// Why.
        reason: Option<String>,
    },
    /// An external task came up.
    ExternalTaskCreated,
    /// An external task failed.
    ExternalTaskFailed {
        /// What the worker said.
        message: Option<String>,
        /// Tries left.
        retries: Option<i32>,
    },
    /// A worker completed an external task.
    ExternalTaskCompleted {
        /// Who.
        worker: Option<String>,
    },
    /// A timer fired.
    TimerFired,
    /// A job failed.
    JobFailed {
        /// What went wrong.
        message: Option<String>,
        /// Tries left.
        retries: i32,
    },
    /// An incident arose.
    IncidentCreated {
        /// What went wrong.
        message: Option<String>,
    },
    /// An incident is over.
    IncidentResolved,
    /// A decision was evaluated.
    Decided {
        /// Its result, as given to the process.
        result: Value,
    },
    /// A flow node was entered, of those asked for.
    Entered,
    /// A flow node was left as it should be, of those asked for.
    Left,
    /// An error or escalation was thrown.
    Thrown(PastThrown),
    /// A call activity called an instance.
    Called(PastCall),
    /// An instance that was called is done.
    CallEnded(PastCall),
    /// A variable of the instance got a value.
    VariableSet {
        /// Its name.
        name: String,
        /// Its value.
        value: Value,
    },
}

/// An error or escalation.
#[derive(Debug, Clone, PartialEq)]
pub struct PastThrown {
    /// An error, or else an escalation.
    pub error: bool,
    /// Its code.
    pub code: Option<String>,
    /// The error's message.
    pub message: Option<String>,
    /// The worker who reported it.
    pub worker: Option<String>,
    /// The BPMN id of the event that caught it.
    pub caught_by: Option<String>,
    /// Of what crossed a call: the other instance is called so.
    pub beyond: Option<String>,
    /// It was caught here, and thrown there.
    pub caught_here: bool,
}

/// An instance that was called.
#[derive(Debug, Clone, PartialEq)]
pub struct PastCall {
    /// What it is called.
    pub name: String,
    /// How it stands.
    pub state: InstanceState,
}

/// A user task as history knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct PastTask {
    /// Its id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Who had it last.
    pub assignee: Option<String>,
    /// The due date it was created with.
    pub first_due: Option<DateTime<Utc>>,
    /// 1 on the first visit.
    pub round: u32,
}

/// A user task that was completed.
#[derive(Debug, Clone, PartialEq)]
pub struct DoneTask {
    /// Whose it was.
    pub assignee: Option<String>,
    /// When it was done.
    pub ended: DateTime<Utc>,
    /// Done by its first due date, or without one.
    pub in_time: bool,
    /// 2 when it had come back once.
    pub round: u32,
    /// The due date that its first round was created with.
    pub first_due: Option<DateTime<Utc>>,
}

const DONE: &str = "SELECT assignee, ended, ifnull(in_time, 1), round,
    (SELECT f.first_due FROM hist_task AS f
     WHERE f.process_instance_id = t.process_instance_id
       AND f.task_definition_key = t.task_definition_key ORDER BY f.seq LIMIT 1)
    FROM hist_task AS t";

fn done(row: &Row<'_>) -> rusqlite::Result<DoneTask> {
    Ok(DoneTask {
        assignee: row.get(0)?,
        ended: instant(row, 1)?,
        in_time: row.get(2)?,
        round: row.get(3)?,
        first_due: instant_opt(row, 4)?,
    })
}

fn past_task(row: &Row<'_>, first: usize) -> rusqlite::Result<PastTask> {
    Ok(PastTask {
        id: row.get(first)?,
        name: row.get(first + 1)?,
        assignee: row.get(first + 2)?,
        first_due: instant_opt(row, first + 3)?,
        round: row.get(first + 4)?,
    })
}

impl Snapshot<'_> {
    /// What happened in a process instance, in order: of each kind the last, at most so many. Of
    /// variables, the values of those named; of flow nodes, the visits of those named.
    pub fn past(
        &self,
        process_instance: &str,
        variables: &[&str],
        nodes: &[&str],
    ) -> Result<Vec<Past>, StoreError> {
        let mut past = self.past_ends(process_instance)?;
        past.extend(self.past_tasks(process_instance)?);
        past.extend(self.past_operations(process_instance)?);
        past.extend(self.past_work(process_instance)?);
        past.extend(self.past_incidents(process_instance)?);
        past.extend(self.past_values(process_instance, variables)?);
        past.extend(self.past_visits(process_instance, nodes)?);
        past.extend(self.past_thrown(process_instance)?);
        past.extend(self.past_calls(process_instance)?);
        past.sort_by_key(|entry| entry.seq);
        // What was done to it after its end comes after that.
        if let Some(end) = past.pop_if(|last| last.seq == i64::MAX) {
            let after = past.iter().rev().take_while(|entry| entry.at > end.at);
            let at = past.len() - after.count();
            past.insert(at, end);
        }
        Ok(past)
    }

    /// Who did an operation to a process instance last.
    pub fn last_operator(
        &self,
        process_instance: &str,
        operation: &str,
    ) -> Result<Option<String>, StoreError> {
        let sql = "SELECT user_id FROM hist_operation
                   WHERE process_instance_id = ?1 AND operation = ?2 ORDER BY seq DESC LIMIT 1";
        let found = first(self.conn, sql, [process_instance, operation], |row| {
            row.get(0)
        })?;
        Ok(found.flatten())
    }

    fn past_ends(&self, id: &str) -> Result<Vec<Past>, StoreError> {
        let sql = "SELECT start_user, started, ended, state, delete_reason, delete_user
                   FROM hist_process_instance WHERE id = ?1";
        let found = first(self.conn, sql, [id], |row| {
            let start = Past {
                seq: i64::MIN,
                at: instant(row, 1)?,
                user: row.get(0)?,
                activity_id: None,
                what: PastEvent::Started,
            };
            let Some(at) = instant_opt(row, 2)? else {
                return Ok(vec![start]);
            };
            let end = Past {
                seq: i64::MAX,
                at,
                user: row.get(5)?,
                activity_id: None,
                what: PastEvent::Ended {
                    state: named(row, 3, state)?,
                    reason: row.get(4)?,
                },
            };
            Ok(vec![start, end])
        })?;
        Ok(found.unwrap_or_default())
    }

    fn past_tasks(&self, id: &str) -> Result<Vec<Past>, StoreError> {
        let sql = "SELECT seq, created, end_seq, ended, end_user, completed, task_definition_key,
                          id, name, assignee, first_due, round
                   FROM hist_task WHERE process_instance_id = ?1 ORDER BY seq DESC LIMIT ?2";
        let rows = all(self.conn, sql, params![id, MOST], |row| {
            let activity_id: Option<String> = row.get(6)?;
            let task = past_task(row, 7)?;
            let mut entries = vec![Past {
                seq: row.get(0)?,
                at: instant(row, 1)?,
                user: None,
                activity_id: activity_id.clone(),
                what: PastEvent::TaskCreated(task.clone()),
            }];
            if let (Some(seq), Some(at), true) = (row.get(2)?, instant_opt(row, 3)?, row.get(5)?) {
                entries.push(Past {
                    seq,
                    at,
                    user: row.get(4)?,
                    activity_id,
                    what: PastEvent::TaskCompleted(task),
                });
            }
            Ok(entries)
        })?;
        Ok(rows.into_iter().flatten().collect())
    }

    fn past_operations(&self, id: &str) -> Result<Vec<Past>, StoreError> {
        let sql = "SELECT seq, at, user_id, activity_id, operation, task_id, property, old_value,
                          new_value, reason
                   FROM hist_operation WHERE process_instance_id = ?1 ORDER BY seq DESC LIMIT ?2";
        all(self.conn, sql, params![id, MOST], |row| {
            Ok(Past {
                seq: row.get(0)?,
                at: instant(row, 1)?,
                user: row.get(2)?,
                activity_id: row.get(3)?,
                what: PastEvent::Operation {
                    operation: row.get(4)?,
                    task_id: row.get(5)?,
                    property: row.get(6)?,
                    from: row.get(7)?,
                    to: row.get(8)?,
                    reason: row.get(9)?,
                },
            })
        })
    }

    fn past_work(&self, id: &str) -> Result<Vec<Past>, StoreError> {
        let sql = "SELECT seq, at, activity_id, state, worker_id, error_message, retries
                   FROM hist_external_task_log
                   WHERE process_instance_id = ?1 AND state <> 'deleted'
                   ORDER BY seq DESC LIMIT ?2";
        let mut past = all(self.conn, sql, params![id, MOST], |row| {
            let state: String = row.get(3)?;
            Ok(Past {
                seq: row.get(0)?,
                at: instant(row, 1)?,
                user: None,
                activity_id: row.get(2)?,
                what: match state.as_str() {
                    "created" => PastEvent::ExternalTaskCreated,
                    "failed" => PastEvent::ExternalTaskFailed {
                        message: row.get(5)?,
                        retries: row.get(6)?,
                    },
                    _ => PastEvent::ExternalTaskCompleted {
                        worker: row.get(4)?,
                    },
                },
            })
        })?;
        let sql = "SELECT seq, at, activity_id, state, error_message, retries FROM hist_job_log
                   WHERE process_instance_id = ?1 AND (state = 'failed' OR kind = 'timer')
                   ORDER BY seq DESC LIMIT ?2";
        past.extend(all(self.conn, sql, params![id, MOST], |row| {
            let failed = row.get::<_, String>(3)? == "failed";
            Ok(Past {
                seq: row.get(0)?,
                at: instant(row, 1)?,
                user: None,
                activity_id: row.get(2)?,
                what: match failed {
                    true => PastEvent::JobFailed {
                        message: row.get(4)?,
                        retries: row.get(5)?,
                    },
                    false => PastEvent::TimerFired,
                },
            })
        })?);
        Ok(past)
    }

    fn past_incidents(&self, id: &str) -> Result<Vec<Past>, StoreError> {
        let sql = "SELECT seq, created, activity_id, message, resolved_seq, resolved
                   FROM hist_incident WHERE process_instance_id = ?1 ORDER BY seq DESC LIMIT ?2";
        let rows = all(self.conn, sql, params![id, MOST], |row| {
            let activity_id: Option<String> = row.get(2)?;
            let mut entries = vec![Past {
                seq: row.get(0)?,
                at: instant(row, 1)?,
                user: None,
                activity_id: activity_id.clone(),
                what: PastEvent::IncidentCreated {
                    message: row.get(3)?,
                },
            }];
            if let (Some(seq), Some(at)) = (row.get(4)?, instant_opt(row, 5)?) {
                entries.push(Past {
                    seq,
                    at,
                    user: None,
                    activity_id,
                    what: PastEvent::IncidentResolved,
                });
            }
            Ok(entries)
        })?;
        Ok(rows.into_iter().flatten().collect())
    }

    fn past_values(&self, id: &str, names: &[&str]) -> Result<Vec<Past>, StoreError> {
        let sql = "SELECT seq, at, activity_id, type, value, info FROM hist_decision
                   WHERE process_instance_id = ?1 ORDER BY seq DESC LIMIT ?2";
        let mut past = all(self.conn, sql, params![id, MOST], |row| {
            Ok(Past {
                seq: row.get(0)?,
                at: instant(row, 1)?,
                user: None,
                activity_id: row.get(2)?,
                what: PastEvent::Decided {
                    result: value(row, 3)?,
                },
            })
        })?;
        let sql = "SELECT seq, at, user_id, type, value, info FROM hist_detail
                   WHERE process_instance_id = ?1 AND name = ?2 ORDER BY seq DESC LIMIT ?3";
        for name in names {
            past.extend(all(self.conn, sql, params![id, name, MOST], |row| {
                Ok(Past {
                    seq: row.get(0)?,
                    at: instant(row, 1)?,
                    user: row.get(2)?,
                    activity_id: None,
                    what: PastEvent::VariableSet {
                        name: (*name).to_owned(),
                        value: value(row, 3)?,
                    },
                })
            })?);
        }
        Ok(past)
    }

    /// How often each node was entered, by BPMN id.
    pub fn visits(&self, process_instance: &str) -> Result<Vec<(String, u32)>, StoreError> {
        let sql = "SELECT activity_id, count(*) FROM hist_activity
                   WHERE process_instance_id = ?1 GROUP BY activity_id ORDER BY min(seq)";
        all(self.conn, sql, [process_instance], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// The user task of a process instance that was completed last.
    pub fn last_done_task(&self, process_instance: &str) -> Result<Option<DoneTask>, StoreError> {
        let sql = format!(
            "{DONE} WHERE t.process_instance_id = ?1 AND t.completed = 1
             ORDER BY t.end_seq DESC LIMIT 1"
        );
        first(self.conn, &sql, [process_instance], done)
    }

    /// The last user tasks of a process instance that were completed, the latest first: which
    /// node of the process, and by whom.
    pub fn completers(
        &self,
        process_instance: &str,
    ) -> Result<Vec<(String, Option<String>)>, StoreError> {
        let sql = "SELECT t.task_definition_key, ifnull(t.end_user, t.assignee)
                   FROM hist_task AS t WHERE t.process_instance_id = ?1 AND t.completed = 1
                   ORDER BY t.end_seq DESC LIMIT 50";
        all(self.conn, sql, [process_instance], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// True when a person has completed a task of a process instance.
    pub fn has_done_task(&self, process_instance: &str, user: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM hist_task WHERE process_instance_id = ?1 AND completed = 1
                   AND (assignee = ?2 OR end_user = ?2) LIMIT 1";
        Ok(first(self.conn, sql, [process_instance, user], |_| Ok(()))?.is_some())
    }

    /// Open tasks by due date and id: those after a place in that order, until and with an
    /// instant.
    pub fn tasks_due(
        &self,
        after: (DateTime<Utc>, &str),
        until: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<DueTask>, StoreError> {
        let sql = "SELECT id, created, due FROM task INDEXED BY task_all
                   WHERE came_back IN (0, 1) AND due >= ?1 AND due <= ?3 AND (due > ?1 OR id > ?2)
                   ORDER BY due, id LIMIT ?4";
        let (due, id) = after;
        let params = params![millis(due), id, millis(until), limit_of(limit)];
        all(self.conn, sql, params, |row| {
            Ok(DueTask {
                id: row.get(0)?,
                created: instant(row, 1)?,
                due: instant(row, 2)?,
            })
        })
    }
}
