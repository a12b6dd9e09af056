//! How much happened in a time, counted from the history.

use super::codec::{millis, millis_opt};
use super::load::all;
use super::{Snapshot, StoreError, Tx};
use chrono::{DateTime, Utc};
use rusqlite::params;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Activities that began.
    ActivityStart,
    /// Activities that ended.
    ActivityEnd,
    /// Instances that began, without those that were called, also if they have been left to
    /// themselves since.
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

/// Instances of which something may have happened from one moment on, before another; `''` for
/// what belongs to none.
const WITHIN: &str = "SELECT id FROM hist_process_instance WHERE ended IS NULL AND started < ?2
     UNION ALL SELECT id FROM hist_process_instance WHERE ended >= ?1 AND started < ?2
     UNION ALL SELECT ''";

/// The property that keeps since when people are counted.
const SINCE: &str = "taskMetricsSince";

impl Metric {
    /// The moments of what is counted as `at`, and what makes it different. All of it is told
    /// without looking for instances first.
    fn rows(self, all: bool) -> String {
        let of = |what: &str, table: &str, more: &str| match all {
            true => format!("SELECT {what} FROM {table} AS h {more}"),
            false => format!(
                "SELECT {what} FROM ({WITHIN}) AS i CROSS JOIN {table} AS h
                     ON h.process_instance_id = i.id {more}"
            ),
        };
        match self {
            Metric::ActivityStart => of("h.started AS at, NULL AS who", "hist_activity", ""),
            Metric::ActivityEnd => of("h.ended AS at, NULL AS who", "hist_activity", ""),
            Metric::RootStart => "SELECT started AS at, NULL AS who FROM hist_process_instance
                 WHERE id = root_id AND called_at IS NULL AND started >= ?1 AND started < ?2"
                .to_owned(),
            Metric::Decision => of(
                "h.at AS at, NULL AS who",
                "hist_decision",
                "CROSS JOIN json_each(h.trace)",
            ),
            Metric::JobSuccessful => of(
                "h.at AS at, NULL AS who",
                "hist_job_log",
                "WHERE h.state = 'successful'",
            ),
            Metric::JobFailed => of(
                "h.at AS at, NULL AS who",
                "hist_job_log",
                "WHERE h.state = 'failed'",
            ),
            Metric::TaskUser => of(
                "h.created AS at, h.assignee AS who",
                "hist_task",
                "WHERE h.assignee IS NOT NULL",
            ),
        }
    }

    fn sum(self) -> &'static str {
        match self {
            Metric::TaskUser => "count(DISTINCT who)",
            _ => "count(*)",
        }
    }
}

impl Tx<'_> {
    /// From now on people are counted only since this moment, or a later one that was said before.
    pub fn count_people_since(&mut self, at: DateTime<Utc>) -> Result<(), StoreError> {
        let said = self.read().property(SINCE)?;
        let said = said.and_then(|text| text.parse().ok()).unwrap_or(i64::MIN);
        self.put_property(SINCE, &millis(at).max(said).to_string())
    }
}

impl Snapshot<'_> {
    /// The first and the last moment that count.
    fn moments(
        &self,
        metric: Metric,
        from: Option<DateTime<Utc>>,
        before: Option<DateTime<Utc>>,
    ) -> Result<(i64, i64), StoreError> {
        let mut first = millis_opt(from).unwrap_or(i64::MIN);
        if metric == Metric::TaskUser {
            let since = self.property(SINCE)?.and_then(|text| text.parse().ok());
            first = first.max(since.unwrap_or(i64::MIN));
        }
        Ok((first, millis_opt(before).unwrap_or(i64::MAX)))
    }

    /// How often it happened from one moment on, before another.
    pub fn metric(
        &self,
        metric: Metric,
        from: Option<DateTime<Utc>>,
        before: Option<DateTime<Utc>>,
    ) -> Result<u64, StoreError> {
        let (first, last) = self.moments(metric, from, before)?;
        let sql = format!(
            "SELECT {} FROM ({}) WHERE at >= ?1 AND at < ?2",
            metric.sum(),
            metric.rows(first == i64::MIN && last == i64::MAX)
        );
        self.count(&sql, params![first, last])
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
        let (first, last) = self.moments(metric, from, before)?;
        let sql = format!(
            "SELECT at - at % ?3, {} FROM ({}) WHERE at >= ?1 AND at < ?2
             GROUP BY 1 ORDER BY 1 DESC LIMIT ?4",
            metric.sum(),
            metric.rows(first == i64::MIN && last == i64::MAX)
        );
        let span = seconds.saturating_mul(1000).max(1);
        let params = params![first, last, span, super::notes::limit_of(limit)];
        all(self.conn, &sql, params, |row| {
            let count: i64 = row.get(1)?;
            Ok((
                super::codec::instant(row, 0)?,
                u64::try_from(count).unwrap_or(0),
            ))
        })
    }
}
