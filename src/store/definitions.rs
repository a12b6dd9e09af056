//! Deployments, their resources, and the definitions in them.

use super::codec::{instant, millis};
use super::feed::Topics;
use super::load::{all, first};
use super::{Snapshot, StoreError, Tx};
use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

/// A deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: Option<String>,
    /// When.
    pub deployed: DateTime<Utc>,
    /// By whom.
    pub user_id: Option<String>,
}

/// A file of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its id.
    pub id: String,
    /// The deployment.
    pub deployment_id: String,
    /// File name.
    pub name: String,
    /// Hash of the content, by which an unchanged file is known.
    pub hash: String,
    /// The content.
    pub bytes: Vec<u8>,
}

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

impl Tx<'_> {
    /// Adds a deployment.
    pub fn insert_deployment(&mut self, row: &Deployment) -> Result<(), StoreError> {
        self.execute(
            Topics::DEFINITIONS,
            "INSERT INTO deployment (id, name, deployed, user_id) VALUES (?1, ?2, ?3, ?4)",
            params![row.id, row.name, millis(row.deployed), row.user_id],
        )
        .map(drop)
    }

    /// Adds a file to a deployment.
    pub fn insert_resource(&mut self, row: &Resource) -> Result<(), StoreError> {
        self.execute(
            Topics::DEFINITIONS,
            "INSERT INTO resource (id, deployment_id, name, hash, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![row.id, row.deployment_id, row.name, row.hash, row.bytes],
        )
        .map(drop)
    }

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

const PROCESS: &str = "SELECT d.id, d.key, d.version, d.name, d.description, d.version_tag,
    d.deployment_id, d.resource_id, r.name, d.suspended
    FROM process_definition AS d JOIN resource AS r ON r.id = d.resource_id";

const DECISION: &str = "SELECT d.id, d.key, d.version, d.name, d.version_tag, d.deployment_id,
    d.resource_id, r.name
    FROM decision_definition AS d JOIN resource AS r ON r.id = d.resource_id";

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

impl Snapshot<'_> {
    /// Process definitions by key, newest version first; only the newest of each if asked.
    pub fn process_definitions(&self, latest: bool) -> Result<Vec<ProcessDefinition>, StoreError> {
        let newest = "WHERE NOT EXISTS (SELECT 1 FROM process_definition AS newer
            WHERE newer.key = d.key AND newer.version > d.version)";
        let filter = if latest { newest } else { "" };
        let sql = format!("{PROCESS} {filter} ORDER BY d.key, d.version DESC");
        all(self.conn, &sql, [], process)
    }

    /// A process definition by id.
    pub fn process_definition(&self, id: &str) -> Result<Option<ProcessDefinition>, StoreError> {
        first(
            self.conn,
            &format!("{PROCESS} WHERE d.id = ?1"),
            [id],
            process,
        )
    }

    /// The newest version of a process.
    pub fn latest_process_definition(
        &self,
        key: &str,
    ) -> Result<Option<ProcessDefinition>, StoreError> {
        let sql = format!("{PROCESS} WHERE d.key = ?1 ORDER BY d.version DESC LIMIT 1");
        first(self.conn, &sql, [key], process)
    }

    /// The version of a process that came with a deployment.
    pub fn process_of_deployment(
        &self,
        key: &str,
        deployment: &str,
    ) -> Result<Option<ProcessDefinition>, StoreError> {
        let sql = format!("{PROCESS} WHERE d.key = ?1 AND d.deployment_id = ?2");
        first(self.conn, &sql, [key, deployment], process)
    }

    /// A version of a process by its number.
    pub fn process_version(
        &self,
        key: &str,
        version: i64,
    ) -> Result<Option<ProcessDefinition>, StoreError> {
        let sql = format!("{PROCESS} WHERE d.key = ?1 AND d.version = ?2");
        first(self.conn, &sql, params![key, version], process)
    }

    /// The versions of a process that have a tag, the newest first.
    pub fn processes_tagged(
        &self,
        key: &str,
        tag: &str,
    ) -> Result<Vec<ProcessDefinition>, StoreError> {
        let sql =
            format!("{PROCESS} WHERE d.key = ?1 AND d.version_tag = ?2 ORDER BY d.version DESC");
        all(self.conn, &sql, [key, tag], process)
    }

    /// Decision definitions by key, newest version first; only the newest of each if asked.
    pub fn decision_definitions(
        &self,
        latest: bool,
    ) -> Result<Vec<DecisionDefinition>, StoreError> {
        let newest = "WHERE NOT EXISTS (SELECT 1 FROM decision_definition AS newer
            WHERE newer.key = d.key AND newer.version > d.version)";
        let filter = if latest { newest } else { "" };
        let sql = format!("{DECISION} {filter} ORDER BY d.key, d.version DESC");
        all(self.conn, &sql, [], decision)
    }

    /// A decision definition by id.
    pub fn decision_definition(&self, id: &str) -> Result<Option<DecisionDefinition>, StoreError> {
        first(
            self.conn,
            &format!("{DECISION} WHERE d.id = ?1"),
            [id],
            decision,
        )
    }

    /// The newest version of a decision.
    pub fn latest_decision_definition(
        &self,
        key: &str,
    ) -> Result<Option<DecisionDefinition>, StoreError> {
        let sql = format!("{DECISION} WHERE d.key = ?1 ORDER BY d.version DESC LIMIT 1");
        first(self.conn, &sql, [key], decision)
    }

    /// The version of a decision that came with a deployment.
    pub fn decision_of_deployment(
        &self,
        key: &str,
        deployment: &str,
    ) -> Result<Option<DecisionDefinition>, StoreError> {
        let sql = format!("{DECISION} WHERE d.key = ?1 AND d.deployment_id = ?2");
        first(self.conn, &sql, [key, deployment], decision)
    }

    /// A version of a decision by its number.
    pub fn decision_version(
        &self,
        key: &str,
        version: i64,
    ) -> Result<Option<DecisionDefinition>, StoreError> {
        let sql = format!("{DECISION} WHERE d.key = ?1 AND d.version = ?2");
        first(self.conn, &sql, params![key, version], decision)
    }

    /// The versions of a decision that have a tag, the newest first.
    pub fn decisions_tagged(
        &self,
        key: &str,
        tag: &str,
    ) -> Result<Vec<DecisionDefinition>, StoreError> {
        let sql =
            format!("{DECISION} WHERE d.key = ?1 AND d.version_tag = ?2 ORDER BY d.version DESC");
        all(self.conn, &sql, [key, tag], decision)
    }

    /// Deployments, newest first.
    pub fn deployments(&self) -> Result<Vec<Deployment>, StoreError> {
        let sql = "SELECT id, name, deployed, user_id FROM deployment ORDER BY deployed DESC, id";
        all(self.conn, sql, [], |row| {
            Ok(Deployment {
                id: row.get(0)?,
                name: row.get(1)?,
                deployed: instant(row, 2)?,
                user_id: row.get(3)?,
            })
        })
    }

    /// A file of a deployment by its id.
    pub fn resource(&self, id: &str) -> Result<Option<Resource>, StoreError> {
        let sql = "SELECT id, deployment_id, name, hash, bytes FROM resource WHERE id = ?1";
        first(self.conn, sql, [id], resource)
    }

    /// Whether a file of this content was deployed.
    pub fn has_resource(&self, hash: &str) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM resource WHERE hash = ?1)";
        let found: Option<bool> = first(self.conn, sql, [hash], |row| row.get(0))?;
        Ok(found == Some(true))
    }

    /// Decision models, the newest first; those kept for others that import them left out.
    pub fn decision_models(&self) -> Result<Vec<Resource>, StoreError> {
        let sql = "SELECT r.id, r.deployment_id, r.name, r.hash, r.bytes
                   FROM resource AS r JOIN deployment AS d ON d.id = r.deployment_id
                   WHERE r.hash <> '' AND (r.name LIKE '%.dmn' OR r.name LIKE '%.dmn11.xml')
                   ORDER BY d.deployed DESC, d.id DESC, r.name LIMIT 500";
        all(self.conn, sql, [], resource)
    }

    /// The Camunda Forms with this id, the oldest first.
    pub fn camunda_forms(&self, id: &str) -> Result<Vec<Resource>, StoreError> {
        let sql = "SELECT r.id, r.deployment_id, r.name, r.hash, r.bytes
                   FROM resource AS r JOIN deployment AS d ON d.id = r.deployment_id
                   WHERE r.name LIKE '%.form' AND CASE WHEN json_valid(CAST(r.bytes AS TEXT))
                       THEN json_extract(CAST(r.bytes AS TEXT), '$.id') = ?1 END
                   ORDER BY d.deployed, r.rowid";
        all(self.conn, sql, [id], resource)
    }

    /// The files of a deployment, by name.
    pub fn resources(&self, deployment: &str) -> Result<Vec<Resource>, StoreError> {
        let sql = "SELECT id, deployment_id, name, hash, bytes FROM resource
                   WHERE deployment_id = ?1 ORDER BY name";
        all(self.conn, sql, [deployment], resource)
    }
}

fn resource(row: &Row<'_>) -> rusqlite::Result<Resource> {
    Ok(Resource {
        id: row.get(0)?,
        deployment_id: row.get(1)?,
        name: row.get(2)?,
        hash: row.get(3)?,
        bytes: row.get(4)?,
    })
}
