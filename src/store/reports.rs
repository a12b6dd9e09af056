//! Reports over what has ended: durations by month or quarter, and counts of tasks.

use super::codec::millis_opt;
use super::load::all;
use super::{Snapshot, StoreError};
use chrono::{DateTime, Utc};
use rusqlite::{Params, params};
use serde_json::json;

/// Which instances a report of durations is of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Durations {
    /// By quarters instead of months.
    pub quarters: bool,
    /// Only of these process definitions; of all, where there are none.
    pub definitions: Vec<String>,
    /// Only of these processes; of all, where there are none.
    pub keys: Vec<String>,
    /// Only begun before.
    pub before: Option<DateTime<Utc>>,
    /// Only begun after.
    pub after: Option<DateTime<Utc>>,
}

/// Which tasks a report is of.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Completed {
    /// Only completed before.
    pub before: Option<DateTime<Utc>>,
    /// Only completed after.
    pub after: Option<DateTime<Utc>>,
}

/// How long things took that began in one month or quarter of whatever year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spans {
    /// 1 to 12, or 1 to 4.
    pub period: i64,
    /// The shortest, in milliseconds.
    pub minimum: i64,
    /// The longest, in milliseconds.
    pub maximum: i64,
    /// The mean, in milliseconds.
    pub average: i64,
}

/// How many tasks were completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskCount {
    /// Their name, where they are counted by it.
    pub task_name: Option<String>,
    /// How many.
    pub count: i64,
    /// The key of their process.
    pub key: Option<String>,
    /// Its definition.
    pub definition_id: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

/// The month or quarter of a begin, by the clock on the wall.
fn period(quarters: bool) -> &'static str {
    match quarters {
        true => "(strftime('%m', started / 1000, 'unixepoch', 'localtime') + 2) / 3",
        false => "strftime('%m', started / 1000, 'unixepoch', 'localtime') + 0",
    }
}

impl Snapshot<'_> {
    /// How long instances took, by the time of their begin.
    pub fn instance_durations(&self, wanted: &Durations) -> Result<Vec<Spans>, StoreError> {
        let list = |names: &[String]| (!names.is_empty()).then(|| json!(names).to_string());
        let table = "hist_process_instance AS h
             WHERE h.ended IS NOT NULL
               AND (?1 IS NULL OR h.definition_id IN (SELECT value FROM json_each(?1)))
               AND (?2 IS NULL OR h.definition_id IN (SELECT id FROM process_definition
                   WHERE key IN (SELECT value FROM json_each(?2))))
               AND (?3 IS NULL OR h.started <= ?3) AND (?4 IS NULL OR h.started >= ?4)";
        let given = params![
            list(&wanted.definitions),
            list(&wanted.keys),
            millis_opt(wanted.before),
            millis_opt(wanted.after),
        ];
        self.durations(table, wanted.quarters, given)
    }

    /// How long completed tasks took, by the time of their begin.
    pub fn task_durations(
        &self,
        wanted: &Completed,
        quarters: bool,
    ) -> Result<Vec<Spans>, StoreError> {
        let table = "(SELECT created AS started, ended FROM hist_task) AS h
             WHERE h.ended IS NOT NULL
               AND (?1 IS NULL OR h.ended <= ?1) AND (?2 IS NULL OR h.ended >= ?2)";
        let given = params![millis_opt(wanted.before), millis_opt(wanted.after)];
        self.durations(table, quarters, given)
    }

    fn durations(
        &self,
        table: &str,
        quarters: bool,
        given: impl Params,
    ) -> Result<Vec<Spans>, StoreError> {
        let sql = format!(
            "SELECT {} AS period, min(h.ended - h.started), max(h.ended - h.started),
                 CAST(avg(h.ended - h.started) AS INTEGER)
             FROM {table} GROUP BY period ORDER BY period",
            period(quarters)
        );
        all(self.conn, &sql, given, |row| {
            Ok(Spans {
                period: row.get(0)?,
                minimum: row.get(1)?,
                maximum: row.get(2)?,
                average: row.get(3)?,
            })
        })
    }

    /// How many tasks were completed, by process definition or also by their name.
    pub fn task_counts(
        &self,
        wanted: &Completed,
        by_name: bool,
    ) -> Result<Vec<TaskCount>, StoreError> {
        let sql = "SELECT CASE WHEN ?3 THEN h.name END AS task, count(*), d.key, d.id, d.name
             FROM hist_task AS h LEFT JOIN process_definition AS d ON d.id = h.definition_id
             WHERE h.ended IS NOT NULL
               AND (?1 IS NULL OR h.ended <= ?1) AND (?2 IS NULL OR h.ended >= ?2)
             GROUP BY task, d.id ORDER BY task, d.key, d.version";
        let given = params![millis_opt(wanted.before), millis_opt(wanted.after), by_name,];
        all(self.conn, sql, given, |row| {
            Ok(TaskCount {
                task_name: row.get(0)?,
                count: row.get(1)?,
                key: row.get(2)?,
                definition_id: row.get(3)?,
                name: row.get(4)?,
            })
        })
    }
}
