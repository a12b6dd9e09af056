//! Definitions: of processes, of decisions, and of DMN files of several decisions.

use super::feed::Topics;
use super::load::{all, first};
use super::{Snapshot, StoreError, Tx};
use rusqlite::{Connection, Row, params};

/// A process definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessDefinition {
    /// `key:version:uuid`.
    pub id: String,
    /// The process id in the BPMN file.
    pub key: String,
    /// Counts from 1 per key.
    pub version: i32,
    /// What people read.
    pub name: Option<String>,
    /// Documentation.
    pub description: Option<String>,
    /// `camunda:versionTag`.
    pub version_tag: Option<String>,
    /// The deployment.
    pub deployment_id: String,
    /// The resource's id.
    pub resource_id: String,
    /// The resource's file name; not written, it comes from the resource.
    pub resource: String,
    /// No new instances while true.
    pub suspended: bool,
}

/// A decision definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionDefinition {
    /// `key:version:uuid`.
    pub id: String,
    /// The decision's id in the DMN file.
    pub key: String,
    /// Counts from 1 per key.
    pub version: i32,
    /// What people read.
    pub name: Option<String>,
    /// `camunda:versionTag`.
    pub version_tag: Option<String>,
    /// The deployment.
    pub deployment_id: String,
    /// The resource's id.
    pub resource_id: String,
    /// The resource's file name; not written, it comes from the resource.
    pub resource: String,
}

/// A DMN file of more than one decision, deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirements {
    /// `key:version:uuid`.
    pub id: String,
    /// The id of the file's `definitions`.
    pub key: String,
    /// Counts from 1 per key.
    pub version: i32,
    /// What people read.
    pub name: Option<String>,
    /// The file's namespace.
    pub category: Option<String>,
    /// The deployment.
    pub deployment_id: String,
    /// The file.
    pub resource_id: String,
}

impl Tx<'_> {
    /// Adds a process definition.
    pub fn insert_process_definition(&mut self, row: &ProcessDefinition) -> Result<(), StoreError> {
        self.execute(
            Topics::DEFINITIONS,
            "INSERT INTO process_definition
                 (id, key, version, name, description, version_tag, deployment_id, resource_id,
                  suspended)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                row.id,
                row.key,
                row.version,
                row.name,
                row.description,
                row.version_tag,
                row.deployment_id,
                row.resource_id,
                row.suspended,
            ],
        )
        .map(drop)
    }

    /// Adds a decision definition.
    pub fn insert_decision_definition(
        &mut self,
        row: &DecisionDefinition,
    ) -> Result<(), StoreError> {
        self.execute(
            Topics::DEFINITIONS,
            "INSERT INTO decision_definition
                 (id, key, version, name, version_tag, deployment_id, resource_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                row.id,
                row.key,
                row.version,
                row.name,
                row.version_tag,
                row.deployment_id,
                row.resource_id,
            ],
        )
        .map(drop)
    }

    /// Adds a decision requirements definition.
    pub fn insert_requirements(&mut self, row: &Requirements) -> Result<(), StoreError> {
        self.execute(
            Topics::DEFINITIONS,
            "INSERT INTO decision_requirements
                 (id, key, version, name, category, deployment_id, resource_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                row.id,
                row.key,
                row.version,
                row.name,
                row.category,
                row.deployment_id,
                row.resource_id,
            ],
        )
        .map(drop)
    }

    /// Suspends or activates a process definition. True when there is one.
    pub fn suspend_process_definition(
        &mut self,
        id: &str,
        suspended: bool,
    ) -> Result<bool, StoreError> {
        let rows = self.execute(
            Topics::DEFINITIONS,
            "UPDATE process_definition SET suspended = ?2 WHERE id = ?1",
            params![id, suspended],
        )?;
        Ok(rows > 0)
    }
}

/// How definitions of a kind are read: all that is read of one, and from where. `d` is its table.
struct Kind<D> {
    table: &'static str,
    columns: &'static str,
    from: &'static str,
    read: fn(&Row<'_>) -> rusqlite::Result<D>,
}

const PROCESS: Kind<ProcessDefinition> = Kind {
    table: "process_definition",
    columns: "d.id, d.key, d.version, d.name, d.description, d.version_tag, d.deployment_id,
        d.resource_id, r.name, d.suspended",
    from: "process_definition AS d JOIN resource AS r ON r.id = d.resource_id",
    read: process,
};

const DECISION: Kind<DecisionDefinition> = Kind {
    table: "decision_definition",
    columns: "d.id, d.key, d.version, d.name, d.version_tag, d.deployment_id, d.resource_id, r.name",
    from: "decision_definition AS d JOIN resource AS r ON r.id = d.resource_id",
    read: decision,
};

const REQUIREMENTS: Kind<Requirements> = Kind {
    table: "decision_requirements",
    columns: "d.id, d.key, d.version, d.name, d.category, d.deployment_id, d.resource_id",
    from: "decision_requirements AS d",
    read: requirements,
};

impl<D> Kind<D> {
    /// By key, the newest version first; only the newest of each if asked.
    fn all(&self, conn: &Connection, latest: bool) -> Result<Vec<D>, StoreError> {
        let table = self.table;
        let newest = format!(
            "WHERE NOT EXISTS (SELECT 1 FROM {table} AS newer
                 WHERE newer.key = d.key AND newer.version > d.version)"
        );
        let filter = if latest { newest.as_str() } else { "" };
        let order = format!("{filter} ORDER BY d.key, d.version DESC");
        all(conn, &self.sql(&order), [], self.read)
    }

    /// By id.
    fn one(&self, conn: &Connection, id: &str) -> Result<Option<D>, StoreError> {
        first(conn, &self.sql("WHERE d.id = ?1"), [id], self.read)
    }

    /// The newest version of a key.
    fn latest(&self, conn: &Connection, key: &str) -> Result<Option<D>, StoreError> {
        let newest = "WHERE d.key = ?1 ORDER BY d.version DESC LIMIT 1";
        first(conn, &self.sql(newest), [key], self.read)
    }

    /// The version of a key that came with a deployment.
    fn of(&self, conn: &Connection, key: &str, deployment: &str) -> Result<Option<D>, StoreError> {
        let own = "WHERE d.key = ?1 AND d.deployment_id = ?2";
        first(conn, &self.sql(own), [key, deployment], self.read)
    }

    /// A version of a key by its number.
    fn version(&self, conn: &Connection, key: &str, n: i64) -> Result<Option<D>, StoreError> {
        let own = "WHERE d.key = ?1 AND d.version = ?2";
        first(conn, &self.sql(own), params![key, n], self.read)
    }

    /// The versions of a key that have a tag, the newest first.
    fn tagged(&self, conn: &Connection, key: &str, tag: &str) -> Result<Vec<D>, StoreError> {
        let own = "WHERE d.key = ?1 AND d.version_tag = ?2 ORDER BY d.version DESC";
        all(conn, &self.sql(own), [key, tag], self.read)
    }

    fn sql(&self, filter: &str) -> String {
        format!("SELECT {} FROM {} {filter}", self.columns, self.from)
    }
}

fn process(row: &Row<'_>) -> rusqlite::Result<ProcessDefinition> {
    Ok(ProcessDefinition {
        id: row.get(0)?,
        key: row.get(1)?,
        version: row.get(2)?,
        name: row.get(3)?,
        description: row.get(4)?,
        version_tag: row.get(5)?,
        deployment_id: row.get(6)?,
        resource_id: row.get(7)?,
        resource: row.get(8)?,
        suspended: row.get(9)?,
    })
}

fn decision(row: &Row<'_>) -> rusqlite::Result<DecisionDefinition> {
    Ok(DecisionDefinition {
        id: row.get(0)?,
        key: row.get(1)?,
        version: row.get(2)?,
        name: row.get(3)?,
        version_tag: row.get(4)?,
        deployment_id: row.get(5)?,
        resource_id: row.get(6)?,
        resource: row.get(7)?,
    })
}

fn requirements(row: &Row<'_>) -> rusqlite::Result<Requirements> {
    Ok(Requirements {
        id: row.get(0)?,
        key: row.get(1)?,
        version: row.get(2)?,
        name: row.get(3)?,
        category: row.get(4)?,
        deployment_id: row.get(5)?,
        resource_id: row.get(6)?,
    })
}

impl Snapshot<'_> {
    /// Process definitions by key, newest version first; only the newest of each if asked.
    pub fn process_definitions(&self, latest: bool) -> Result<Vec<ProcessDefinition>, StoreError> {
        PROCESS.all(self.conn, latest)
    }

    /// A process definition by id.
    pub fn process_definition(&self, id: &str) -> Result<Option<ProcessDefinition>, StoreError> {
        PROCESS.one(self.conn, id)
    }

    /// The newest version of a process.
    pub fn latest_process_definition(
        &self,
        key: &str,
    ) -> Result<Option<ProcessDefinition>, StoreError> {
        PROCESS.latest(self.conn, key)
    }

    /// The version of a process that came with a deployment.
    pub fn process_of_deployment(
        &self,
        key: &str,
        deployment: &str,
    ) -> Result<Option<ProcessDefinition>, StoreError> {
        PROCESS.of(self.conn, key, deployment)
    }

    /// A version of a process by its number.
    pub fn process_version(
        &self,
        key: &str,
        version: i64,
    ) -> Result<Option<ProcessDefinition>, StoreError> {
        PROCESS.version(self.conn, key, version)
    }

    /// The versions of a process that have a tag, the newest first.
    pub fn processes_tagged(
        &self,
        key: &str,
        tag: &str,
    ) -> Result<Vec<ProcessDefinition>, StoreError> {
        PROCESS.tagged(self.conn, key, tag)
    }

    /// Decision definitions by key, newest version first; only the newest of each if asked.
    pub fn decision_definitions(
        &self,
        latest: bool,
    ) -> Result<Vec<DecisionDefinition>, StoreError> {
        DECISION.all(self.conn, latest)
    }

    /// A decision definition by id.
    pub fn decision_definition(&self, id: &str) -> Result<Option<DecisionDefinition>, StoreError> {
        DECISION.one(self.conn, id)
    }

    /// The newest version of a decision.
    pub fn latest_decision_definition(
        &self,
        key: &str,
    ) -> Result<Option<DecisionDefinition>, StoreError> {
        DECISION.latest(self.conn, key)
    }

    /// The version of a decision that came with a deployment.
    pub fn decision_of_deployment(
        &self,
        key: &str,
        deployment: &str,
    ) -> Result<Option<DecisionDefinition>, StoreError> {
        DECISION.of(self.conn, key, deployment)
    }

    /// A version of a decision by its number.
    pub fn decision_version(
        &self,
        key: &str,
        version: i64,
    ) -> Result<Option<DecisionDefinition>, StoreError> {
        DECISION.version(self.conn, key, version)
    }

    /// The versions of a decision that have a tag, the newest first.
    pub fn decisions_tagged(
        &self,
        key: &str,
        tag: &str,
    ) -> Result<Vec<DecisionDefinition>, StoreError> {
        DECISION.tagged(self.conn, key, tag)
    }

    /// A decision requirements definition by id.
    pub fn requirements(&self, id: &str) -> Result<Option<Requirements>, StoreError> {
        REQUIREMENTS.one(self.conn, id)
    }

    /// The newest version of the decision requirements of a key.
    pub fn latest_requirements(&self, key: &str) -> Result<Option<Requirements>, StoreError> {
        REQUIREMENTS.latest(self.conn, key)
    }
}
