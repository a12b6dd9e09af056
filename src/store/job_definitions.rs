//! Job definitions, and the jobs of each.

use super::codec::named;
use super::feed::Topics;
use super::load::{JOB, all, first};
use super::queue::{JobRow, job};
use super::{Snapshot, StoreError, Tx};
use crate::engine::{JobDefinition, JobKind, JobRule};
use rusqlite::{Row, params};
use std::sync::Arc;

/// A job definition of a deployed process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobDefinitionRow {
    /// Its id.
    pub id: String,
    /// The process definition.
    pub definition_id: String,
    /// What jobs it is of.
    pub kind: JobKind,
    /// The `activity_id` of its jobs.
    pub job_activity: String,
    /// New jobs of it are suspended while true.
    pub suspended: bool,
    /// The priority of its new jobs, whatever the model says.
    pub priority: Option<i64>,
}

/// Which jobs or job definitions are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobScope {
    /// This job.
    Job(String),
    /// What is of this job definition.
    JobDefinition(String),
    /// The jobs of this process instance.
    Instance(String),
    /// What is of this process definition.
    Process(String),
    /// What is of all versions of this process.
    Key(String),
}

impl JobScope {
    /// The id or key by which it is meant.
    pub fn name(&self) -> &str {
        match self {
            JobScope::Job(name)
            | JobScope::JobDefinition(name)
            | JobScope::Instance(name)
            | JobScope::Process(name)
            | JobScope::Key(name) => name,
        }
    }
}

const COLUMNS: &str = "k.id, k.definition_id, k.kind, k.job_activity, k.suspended, k.priority";

fn definition(row: &Row<'_>) -> rusqlite::Result<JobDefinitionRow> {
    Ok(JobDefinitionRow {
        id: row.get(0)?,
        definition_id: row.get(1)?,
        kind: named(row, 2, JobKind::parse)?,
        job_activity: row.get(3)?,
        suspended: row.get(4)?,
        priority: row.get(5)?,
    })
}

impl Tx<'_> {
    /// Adds a job definition of a process definition, unless there is one already.
    pub fn insert_job_definition(
        &mut self,
        id: &str,
        process: &str,
        row: &JobDefinition,
        suspended: bool,
    ) -> Result<(), StoreError> {
        let shown = match row.kind {
            JobKind::TaskTimeout => row.activity_id.split('#').next(),
            _ => None,
        };
        self.execute(
            Topics::DEFINITIONS,
            "INSERT OR IGNORE INTO job_definition
                 (id, definition_id, kind, job_activity, activity_id, handler, configuration,
                  suspended)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                id,
                process,
                row.kind.as_str(),
                row.activity_id,
                shown.unwrap_or(&row.activity_id),
                row.handler,
                row.configuration,
                suspended,
            ],
        )
        .map(drop)
    }

    /// Suspends or activates a job definition, and sets the priority of its new jobs.
    pub fn put_job_definition(&mut self, row: &JobDefinitionRow) -> Result<(), StoreError> {
        self.execute(
            Topics::DEFINITIONS | Topics::JOBS,
            "UPDATE job_definition SET suspended = ?2, priority = ?3 WHERE id = ?1",
            params![row.id, row.suspended, row.priority],
        )
        .map(drop)
    }

    /// What was said of the jobs of a process definition.
    pub fn job_rules(&mut self, process: &str) -> Result<Arc<[JobRule]>, StoreError> {
        if let Some(rules) = self.known_rules(process) {
            return Ok(rules);
        }
        let sql = format!(
            "SELECT {COLUMNS} FROM job_definition AS k
             WHERE k.definition_id = ?1 AND (k.suspended = 1 OR k.priority IS NOT NULL)"
        );
        let rows = all(self.conn, &sql, [process], definition)?.into_iter();
        let rules: Arc<[JobRule]> = rows
            .map(|row| JobRule {
                kind: row.kind,
                activity_id: row.job_activity,
                suspended: row.suspended,
                priority: row.priority,
            })
            .collect();
        self.keep_rules(process, rules.clone());
        Ok(rules)
    }
}

impl Snapshot<'_> {
    /// A job definition by its id.
    pub fn job_definition(&self, id: &str) -> Result<Option<JobDefinitionRow>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM job_definition AS k WHERE k.id = ?1");
        first(self.conn, &sql, [id], definition)
    }

    /// The job definitions that are meant.
    pub fn job_definitions(&self, scope: &JobScope) -> Result<Vec<JobDefinitionRow>, StoreError> {
        let (condition, value) = match scope {
            JobScope::JobDefinition(id) => ("k.id = ?1", id),
            JobScope::Process(id) => ("k.definition_id = ?1", id),
            JobScope::Key(key) => (
                "k.definition_id IN (SELECT id FROM process_definition WHERE key = ?1)",
                key,
            ),
            JobScope::Job(_) | JobScope::Instance(_) => return Ok(Vec::new()),
        };
        let sql = format!("SELECT {COLUMNS} FROM job_definition AS k WHERE {condition}");
        all(self.conn, &sql, [value], definition)
    }

    /// The jobs that are meant, those of one root instance together.
    pub fn jobs_in(&self, scope: &JobScope) -> Result<Vec<JobRow>, StoreError> {
        let (condition, value) = match scope {
            JobScope::Job(id) => ("id = ?1", id),
            JobScope::JobDefinition(id) => (
                "(definition_id, kind, activity_id) =
                     (SELECT definition_id, kind, job_activity FROM job_definition WHERE id = ?1)",
                id,
            ),
            JobScope::Instance(id) => (
                "root_id = (SELECT root_id FROM process_instance WHERE id = ?1)
                 AND process_instance_id = ?1",
                id,
            ),
            JobScope::Process(id) => ("definition_id = ?1", id),
            JobScope::Key(key) => (
                "definition_id IN (SELECT id FROM process_definition WHERE key = ?1)",
                key,
            ),
        };
        let sql = format!("SELECT {JOB}, root_id FROM job WHERE {condition} ORDER BY root_id, id");
        all(self.conn, &sql, [value], job)
    }
}
