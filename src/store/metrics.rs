//! How much happened in a time, counted from the history.

use super::codec::millis_opt;
use super::load::all;
use super::{Snapshot, StoreError};
use chrono::{DateTime, Utc};
use rusqlite::params;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Activities that began.
    ActivityStart,
    /// Activities that ended.
    ActivityEnd,
    /// Instances that began, without those that were called.
    RootStart,
    /// Decisions that were evaluated, with those that they required.
    Decision,
    /// Jobs that were done.
    JobSuccessful,
    /// Tries of jobs that failed.
    JobFailed,
    /// Different people who have the tasks that began.
    TaskUser,
}

impl Metric {
    /// The moments of what is counted as `at`, and what makes it different.
    fn rows(self) -> &'static str {
        match self {
            Metric::ActivityStart => "SELECT started AS at, NULL AS who FROM hist_activity",
            Metric::ActivityEnd => "SELECT ended AS at, NULL AS who FROM hist_activity",
            Metric::RootStart => {
                "SELECT started AS at, NULL AS who FROM hist_process_instance WHERE id = root_id"
            }
            Metric::Decision => "SELECT at, NULL AS who FROM hist_decision JOIN json_each(trace)",
            Metric::JobSuccessful => {
                "SELECT at, NULL AS who FROM hist_job_log WHERE state = 'successful'"
            }
            Metric::JobFailed => "SELECT at, NULL AS who FROM hist_job_log WHERE state = 'failed'",
            Metric::TaskUser => {
                "SELECT created AS at, assignee AS who FROM hist_task WHERE assignee IS NOT NULL"
            }
        }
    }

    fn sum(self) -> &'static str {
        match self {
            Metric::TaskUser => "count(DISTINCT who)",
            _ => "count(*)",
        }
    }
}

impl Snapshot<'_> {
    /// How often it happened from one moment on, before another.
    pub fn metric(
        &self,
        metric: Metric,
        from: Option<DateTime<Utc>>,
        before: Option<DateTime<Utc>>,
    ) -> Result<u64, StoreError> {
        let sql = format!(
            "SELECT {} FROM ({}) WHERE at >= ifnull(?1, at) AND at < ifnull(?2, at + 1)",
            metric.sum(),
            metric.rows()
        );
        self.count(&sql, params![millis_opt(from), millis_opt(before)])
    }

    /// The same in each span of so many seconds in which it happened, the last one first; not
    /// more than `limit` spans.
    pub fn metric_by(
        &self,
        metric: Metric,
        from: Option<DateTime<Utc>>,
        before: Option<DateTime<Utc>>,
        (seconds, limit): (i64, usize),
    ) -> Result<Vec<(DateTime<Utc>, u64)>, StoreError> {
        let sql = format!(
            "SELECT at - at % ?3, {} FROM ({})
             WHERE at >= ifnull(?1, at) AND at < ifnull(?2, at + 1)
             GROUP BY 1 ORDER BY 1 DESC LIMIT ?4",
            metric.sum(),
            metric.rows()
        );
        let span = seconds.saturating_mul(1000).max(1);
        let limit = super::notes::limit_of(limit);
        let params = params![millis_opt(from), millis_opt(before), span, limit];
        all(self.conn, &sql, params, |row| {
            let count: i64 = row.get(1)?;
            Ok((
                super::codec::instant(row, 0)?,
                u64::try_from(count).unwrap_or(0),
            ))
        })
    }
}
