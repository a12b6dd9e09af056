//! Work that waits for a worker: external tasks to lock, jobs that are due.

use super::codec::{millis, millis_opt};
use super::feed::Topics;
use super::load::{self, EXTERNAL_TASK, EXTERNAL_TASK_COLUMNS, JOB, JOB_COLUMNS, all, first};
use super::notes::limit_of;
use super::{Snapshot, StoreError, Tx};
use crate::engine::{ExternalTask, Job};
use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

/// An external task with the root instance to give to the engine.
#[derive(Debug, Clone, PartialEq)]
pub struct ExternalTaskRow {
    /// The external task.
    pub task: ExternalTask,
    /// The root instance.
    pub root_id: String,
    /// True while the instance is suspended.
    pub suspended: bool,
}

/// A job with the root instance to give to the engine.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRow {
    /// The job.
    pub job: Job,
    /// The root instance; none for a job of no instance.
    pub root_id: Option<String>,
}

fn external_task(row: &Row<'_>) -> rusqlite::Result<ExternalTaskRow> {
    Ok(ExternalTaskRow {
        task: load::external_task(row)?,
        root_id: row.get(EXTERNAL_TASK_COLUMNS)?,
        suspended: row.get(EXTERNAL_TASK_COLUMNS + 1)?,
    })
}

pub(super) fn job(row: &Row<'_>) -> rusqlite::Result<JobRow> {
    Ok(JobRow {
        job: load::job(row)?,
        root_id: row.get(JOB_COLUMNS)?,
    })
}

impl Tx<'_> {
    /// Takes the next due job of all for a worker, until `until`; other workers leave it alone.
    /// The highest priority comes first, then what is due longest.
    pub fn lock_job(
        &mut self,
        worker: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<JobRow>, StoreError> {
        let row = self.read().next_job(now)?;
        if let Some(row) = &row {
            self.execute(
                Topics::NONE,
                "UPDATE job SET worker_id = ?2, lock_expires = ?3 WHERE id = ?1",
                params![row.job.id, worker, millis(until)],
            )?;
        }
        Ok(row)
    }
}

impl Snapshot<'_> {
    /// From priority to priority along the index, past what is not due yet.
    fn next_job(&self, now: DateTime<Utc>) -> Result<Option<JobRow>, StoreError> {
        let below = "SELECT max(priority) FROM job WHERE ready IS NOT NULL AND priority < ?1";
        let sql = format!(
            "SELECT {JOB}, root_id FROM job INDEXED BY job_taken
             WHERE priority = ?1 AND ready <= ?2
               AND (lock_expires IS NULL OR lock_expires <= ?2)
             ORDER BY ready, id LIMIT 1"
        );
        let highest = "SELECT max(priority) FROM job WHERE ready IS NOT NULL";
        let mut priority: Option<i64> = first(self.conn, highest, [], |row| row.get(0))?.flatten();
        while let Some(at) = priority {
            if let Some(found) = first(self.conn, &sql, [at, millis(now)], job)? {
                return Ok(Some(found));
            }
            priority = first(self.conn, below, [at], |row| row.get(0))?.flatten();
        }
        Ok(None)
    }

    /// External tasks of a topic that could be locked now, the highest priority first, then the
    /// oldest. Locked ones, ones without retries and suspended ones are left out.
    pub fn lockable(
        &self,
        topic: &str,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<ExternalTaskRow>, StoreError> {
        let sql = format!(
            "SELECT {EXTERNAL_TASK}, root_id, suspended FROM external_task
             WHERE topic = ?1 AND suspended = 0 AND (retries IS NULL OR retries > 0)
               AND (lock_expires IS NULL OR lock_expires <= ?2)
             ORDER BY priority DESC, created, id LIMIT ?3"
        );
        let params = params![topic, millis(now), limit_of(limit)];
        all(self.conn, &sql, params, external_task)
    }

    /// How many external tasks of a topic could be locked now; not more than `most` are counted.
    pub fn count_lockable(
        &self,
        topic: &str,
        now: DateTime<Utc>,
        most: usize,
    ) -> Result<u64, StoreError> {
        self.count(
            "SELECT count(*) FROM (SELECT 1 FROM external_task
             WHERE topic = ?1 AND suspended = 0 AND (retries IS NULL OR retries > 0)
               AND (lock_expires IS NULL OR lock_expires <= ?2) LIMIT ?3)",
            params![topic, millis(now), limit_of(most)],
        )
    }

    /// When the next lock or back-off of an external task runs out.
    pub fn next_unlock(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        let sql = "SELECT min(lock_expires) FROM external_task WHERE lock_expires > ?1";
        let at: Option<Option<i64>> = first(self.conn, sql, [millis(now)], |row| row.get(0))?;
        Ok(at.flatten().and_then(DateTime::from_timestamp_millis))
    }

    /// Topics of open external tasks, by name.
    pub fn topic_names(&self) -> Result<Vec<String>, StoreError> {
        // From topic to topic along the index, past the tasks of each.
        let sql = "WITH RECURSIVE known (topic) AS (
                SELECT min(topic) FROM external_task
                UNION ALL
                SELECT (SELECT min(topic) FROM external_task WHERE topic > known.topic)
                FROM known WHERE known.topic IS NOT NULL)
            SELECT topic FROM known WHERE topic IS NOT NULL";
        all(self.conn, sql, [], |row| row.get(0))
    }

    /// An external task by its id.
    pub fn external_task(&self, id: &str) -> Result<Option<ExternalTaskRow>, StoreError> {
        let sql =
            format!("SELECT {EXTERNAL_TASK}, root_id, suspended FROM external_task WHERE id = ?1");
        first(self.conn, &sql, [id], external_task)
    }

    /// Open external tasks, the oldest first; of one process instance or all.
    pub fn external_tasks(
        &self,
        process_instance: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ExternalTaskRow>, StoreError> {
        let of = match process_instance {
            Some(_) => {
                "WHERE root_id = (SELECT root_id FROM process_instance WHERE id = ?1)
                 AND process_instance_id = ?1"
            }
            None => "WHERE ?1 IS NULL",
        };
        let sql = format!(
            "SELECT {EXTERNAL_TASK}, root_id, suspended FROM external_task {of}
             ORDER BY created, id LIMIT ?2"
        );
        let params = params![process_instance, limit_of(limit)];
        all(self.conn, &sql, params, external_task)
    }

    /// External tasks of these two topics that failed and wait, for their next try or for a person,
    /// with who did the last user task of their instance, the oldest first: all, or those of one
    /// sender.
    pub fn held(
        &self,
        topics: [&str; 2],
        sender: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(ExternalTask, Option<String>)>, StoreError> {
        let sql = format!(
            "SELECT {EXTERNAL_TASK},
                (SELECT t.assignee FROM hist_task AS t
                 WHERE t.process_instance_id = external_task.process_instance_id
                   AND t.completed = 1 ORDER BY t.end_seq DESC LIMIT 1) AS sender
             FROM external_task INDEXED BY external_task_held
             WHERE topic IN (?1, ?2) AND error_message IS NOT NULL
               AND (retries = 0 OR lock_expires > 0) AND (?3 IS NULL OR sender = ?3)
             ORDER BY created, id LIMIT ?4"
        );
        let [one, other] = topics;
        let params = params![one, other, sender, limit_of(limit)];
        all(self.conn, &sql, params, |row| {
            Ok((load::external_task(row)?, row.get(EXTERNAL_TASK_COLUMNS)?))
        })
    }

    /// Jobs of a process instance, by due date.
    pub fn jobs(&self, process_instance: &str) -> Result<Vec<JobRow>, StoreError> {
        let sql = format!(
            "SELECT {JOB}, root_id FROM job
             WHERE root_id = (SELECT root_id FROM process_instance WHERE id = ?1)
               AND process_instance_id = ?1 ORDER BY due, id"
        );
        all(self.conn, &sql, [process_instance], job)
    }

    /// All jobs, by due date.
    pub fn all_jobs(&self, limit: usize) -> Result<Vec<JobRow>, StoreError> {
        let sql = format!("SELECT {JOB}, root_id FROM job ORDER BY due, id LIMIT ?1");
        all(self.conn, &sql, [limit_of(limit)], job)
    }

    /// The timers that start instances of a definition.
    pub fn start_jobs(&self, definition: &str) -> Result<Vec<JobRow>, StoreError> {
        let sql = format!(
            "SELECT {JOB}, root_id FROM job WHERE root_id IS NULL AND definition_id = ?1
             ORDER BY due, id"
        );
        all(self.conn, &sql, [definition], job)
    }

    /// A job by its id.
    pub fn job(&self, id: &str) -> Result<Option<JobRow>, StoreError> {
        let sql = format!("SELECT {JOB}, root_id FROM job WHERE id = ?1");
        first(self.conn, &sql, [id], job)
    }

    /// Whether a worker has taken a job.
    pub fn is_executed(&self, job: &str) -> Result<bool, StoreError> {
        let sql = "SELECT lock_expires IS NOT NULL FROM job WHERE id = ?1";
        Ok(first(self.conn, sql, [job], |row| row.get(0))?.unwrap_or(false))
    }

    /// When something next becomes due by itself: a job, the end of a lock or of a back-off.
    /// Past instants mean now.
    pub fn next_event(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        let smallest = |sql: &str| -> Result<Option<i64>, StoreError> {
            let params = [millis(now)];
            Ok(first(self.conn, sql, params, |row| row.get(0))?.flatten())
        };
        let soonest = [
            smallest(
                "SELECT min(at) FROM
                     (SELECT max(ready, ifnull(lock_expires, 0)) AS at FROM job
                      WHERE ready IS NOT NULL AND ?1 IS NOT NULL ORDER BY ready, id LIMIT 100)",
            )?,
            smallest("SELECT min(lock_expires) FROM external_task WHERE lock_expires > ?1")?,
        ];
        let soonest = soonest.into_iter().flatten().min();
        Ok(soonest.and_then(DateTime::from_timestamp_millis))
    }

    /// Work that waits for a worker: due jobs, and external tasks that could be locked now.
    pub fn waiting_work(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let at = [millis_opt(Some(now))];
        let jobs = self.count("SELECT count(*) FROM job WHERE ready <= ?1", at)?;
        let tasks = self.count(
            "SELECT count(*) FROM external_task
             WHERE suspended = 0 AND (retries IS NULL OR retries > 0)
               AND (lock_expires IS NULL OR lock_expires <= ?1)",
            at,
        )?;
        Ok(jobs + tasks)
    }

    /// Since when the oldest of that work waits.
    pub fn waiting_since(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        let sql = "SELECT min(since) FROM
                       (SELECT min(ready) AS since FROM job WHERE ready <= ?1
                        UNION ALL
                        SELECT min(created) FROM external_task
                        WHERE suspended = 0 AND (retries IS NULL OR retries > 0)
                          AND (lock_expires IS NULL OR lock_expires <= ?1))";
        let since = first(self.conn, sql, [millis(now)], |row| {
            row.get::<_, Option<i64>>(0)
        })?;
        Ok(since.flatten().and_then(DateTime::from_timestamp_millis))
    }

    /// Of some topics and of all jobs: how many could be taken now, and how many a worker holds
    /// who may be dead, so that they may come back when the lock expires.
    pub fn takeable(
        &self,
        topics: &[String],
        now: DateTime<Utc>,
    ) -> Result<(u64, u64), StoreError> {
        let at = millis(now);
        let mut ready = self.count(
            "SELECT count(*) FROM job
             WHERE ready <= ?1 AND (lock_expires IS NULL OR lock_expires <= ?1)",
            [at],
        )?;
        let mut held = self.count(
            "SELECT count(*) FROM job WHERE ready <= ?1 AND lock_expires > ?1",
            [at],
        )?;
        for topic in topics {
            ready += self.count(
                "SELECT count(*) FROM external_task
                 WHERE topic = ?1 AND suspended = 0 AND (retries IS NULL OR retries > 0)
                   AND (lock_expires IS NULL OR lock_expires <= ?2)",
                params![topic, at],
            )?;
            held += self.count(
                "SELECT count(*) FROM external_task
                 WHERE topic = ?1 AND suspended = 0 AND worker_id IS NOT NULL AND lock_expires > ?2",
                params![topic, at],
            )?;
        }
        Ok((ready, held))
    }
}
