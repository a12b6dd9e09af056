//! The history read back, kind by kind: tasks, activities, flows, decisions, a person's work.

use super::codec::{instant, instant_opt, millis, unreadable, value};
use super::load::{all, first};
use super::notes::limit_of;
use super::{Snapshot, StoreError};
use crate::value::Value;
use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

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

/// What a person has to do and has done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Work {
    /// Open tasks.
    pub open: u64,
    /// Of these, late.
    pub late: u64,
    /// How often a task came back in the period, whatever became of it.
    pub came_back: u64,
    /// Tasks done in the period.
    pub done: u64,
    /// Of these, with a due date.
    pub judged: u64,
    /// Of those, done by their first due date.
    pub in_time: u64,
    /// Done per day of the period.
    pub per_day: Vec<u64>,
}

const TASK: &str = "id, process_instance_id, execution_id, definition_id, task_definition_key,
    name, title, business_key, assignee, priority, created, due, first_due, round, ended,
    completed, in_time, delete_reason, end_user";

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

impl Snapshot<'_> {
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
                trace: serde_json::from_str(&trace).map_err(|e| unreadable(6, e.to_string()))?,
                result: value(row, 7)?,
            };
            Ok((row.get(0)?, instant(row, 1)?, told))
        })
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
    pub fn tasks_done_by(
        &self,
        user: &str,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<HistoricTask>, StoreError> {
        let sql = format!(
            "SELECT {TASK} FROM hist_task WHERE done_by = ?1
             ORDER BY ended DESC, id DESC LIMIT ?2 OFFSET ?3"
        );
        let params = params![user, limit_of(limit), limit_of(offset)];
        all(self.conn, &sql, params, task)
    }

    /// What a person has to do now and did in a period, and what came back to them in it. `days`
    /// are the bounds of its days, one more than days; nobody's tasks are meant without a person.
    pub fn work(
        &self,
        user: Option<&str>,
        now: DateTime<Utc>,
        days: &[DateTime<Utc>],
    ) -> Result<Work, StoreError> {
        let mut work = Work::default();
        let open = "SELECT count(*), ifnull(sum(due < ?2), 0) FROM task";
        let open = match user {
            Some(_) => format!("{open} INDEXED BY task_assignee WHERE assignee = ?1"),
            None => format!("{open} INDEXED BY task_free WHERE assignee IS NULL AND ?1 IS NULL"),
        };
        let counts = first(self.conn, &open, params![user, millis(now)], |row| {
            Ok((count(row, 0)?, count(row, 1)?))
        })?;
        (work.open, work.late) = counts.unwrap_or_default();
        if let (Some(from), Some(to)) = (days.first(), days.last()) {
            let back = "SELECT count(*) FROM hist_task INDEXED BY hist_task_back
                        WHERE round > 1 AND assignee IS ?1 AND created >= ?2 AND created < ?3";
            let params = params![user, millis(*from), millis(*to)];
            let back = first(self.conn, back, params, |row| count(row, 0))?;
            work.came_back = back.unwrap_or_default();
        }
        let Some(user) = user else {
            return Ok(work);
        };
        let sql = "SELECT count(*), count(in_time), ifnull(sum(in_time), 0)
                   FROM hist_task WHERE done_by = ?1 AND ended >= ?2 AND ended < ?3";
        for day in days.windows(2) {
            let [from, to] = day else { continue };
            let params = params![user, millis(*from), millis(*to)];
            let counts = first(self.conn, sql, params, |row| {
                Ok([count(row, 0)?, count(row, 1)?, count(row, 2)?])
            })?;
            let [done, judged, in_time] = counts.unwrap_or_default();
            work.per_day.push(done);
            work.done += done;
            work.judged += judged;
            work.in_time += in_time;
        }
        Ok(work)
    }
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let n: i64 = row.get(column)?;
    Ok(u64::try_from(n).unwrap_or(0))
}
