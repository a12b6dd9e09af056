//! Deployments and their files.

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
    /// By which program.
    pub source: Option<String>,
}

const DEPLOYMENT: &str = "SELECT id, name, deployed, user_id, source FROM deployment";

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

/// Which of the Camunda Forms with an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CamundaForm<'a> {
    /// The one that was deployed last.
    Latest,
    /// The one of this deployment.
    Of(&'a str),
    /// The one that was deployed as the first, second, …
    Version(i64),
}

impl Tx<'_> {
    /// Adds a deployment.
    pub fn insert_deployment(&mut self, row: &Deployment) -> Result<(), StoreError> {
        self.execute(
            Topics::DEFINITIONS,
            "INSERT INTO deployment (id, name, deployed, user_id, source)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                row.id,
                row.name,
                millis(row.deployed),
                row.user_id,
                row.source
            ],
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
}

impl Snapshot<'_> {
    /// Deployments, newest first.
    pub fn deployments(&self) -> Result<Vec<Deployment>, StoreError> {
        let sql = format!("{DEPLOYMENT} ORDER BY deployed DESC, id");
        all(self.conn, &sql, [], deployment)
    }

    /// The newest deployment of this name.
    pub fn newest_deployment(&self, name: &str) -> Result<Option<Deployment>, StoreError> {
        let sql = format!("{DEPLOYMENT} WHERE name = ?1 ORDER BY deployed DESC, id LIMIT 1");
        first(self.conn, &sql, [name], deployment)
    }

    /// A file of a deployment by its id.
    pub fn resource(&self, id: &str) -> Result<Option<Resource>, StoreError> {
        let sql = "SELECT id, deployment_id, name, hash, bytes FROM resource WHERE id = ?1";
        first(self.conn, sql, [id], resource)
    }

    /// The hash of the newest file of this name that was deployed for itself; by a deployment of
    /// that name, if one is given.
    pub fn newest_hash(
        &self,
        file: &str,
        deployment: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        let sql = "SELECT r.hash FROM resource AS r JOIN deployment AS d ON d.id = r.deployment_id
                   WHERE r.name = ?1 AND r.hash <> '' AND (?2 IS NULL OR d.name = ?2)
                   ORDER BY d.deployed DESC, r.rowid DESC LIMIT 1";
        first(self.conn, sql, [Some(file), deployment], |row| row.get(0))
    }

    /// The ids of decision models, the newest first, and whether decisions of them are deployed; those
    /// kept for others that import them left out.
    pub fn decision_models(&self) -> Result<Vec<(String, bool)>, StoreError> {
        let sql = "SELECT r.id, EXISTS (SELECT 1 FROM decision_definition AS e WHERE e.resource_id = r.id)
                   FROM resource AS r JOIN deployment AS d ON d.id = r.deployment_id
                   WHERE r.hash <> '' AND (r.name LIKE '%.dmn' OR r.name LIKE '%.dmn11.xml')
                   ORDER BY d.deployed DESC, d.id DESC, r.name";
        all(self.conn, sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The file of the Camunda Form with this id.
    pub fn camunda_form(
        &self,
        id: &str,
        which: CamundaForm<'_>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        const FORM: &str = "SELECT r.bytes FROM resource AS r JOIN deployment AS d
             ON d.id = r.deployment_id WHERE r.form_id = ?1";
        let bytes = |row: &Row<'_>| row.get(0);
        match which {
            CamundaForm::Latest => {
                let sql = format!("{FORM} ORDER BY d.deployed DESC, r.rowid DESC LIMIT 1");
                first(self.conn, &sql, [id], bytes)
            }
            CamundaForm::Of(deployment) => {
                let sql = format!("{FORM} AND r.deployment_id = ?2 ORDER BY r.rowid LIMIT 1");
                first(self.conn, &sql, [id, deployment], bytes)
            }
            CamundaForm::Version(version) if version > 0 => {
                let sql = format!("{FORM} ORDER BY d.deployed, r.rowid LIMIT 1 OFFSET ?2");
                first(self.conn, &sql, params![id, version - 1], bytes)
            }
            CamundaForm::Version(_) => Ok(None),
        }
    }

    /// The content of a file of a deployment; a path before its name may be left out.
    pub fn resource_named(
        &self,
        deployment: &str,
        name: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT bytes FROM resource WHERE deployment_id = ?1
                       AND (name = ?2 OR substr(name, -length(?2) - 1) = '/' || ?2)
                   ORDER BY name LIMIT 1";
        first(self.conn, sql, [deployment, name], |row| row.get(0))
    }

    /// The files of a deployment, by name.
    pub fn resources(&self, deployment: &str) -> Result<Vec<Resource>, StoreError> {
        let sql = "SELECT id, deployment_id, name, hash, bytes FROM resource
                   WHERE deployment_id = ?1 ORDER BY name";
        all(self.conn, sql, [deployment], resource)
    }
}

fn deployment(row: &Row<'_>) -> rusqlite::Result<Deployment> {
    Ok(Deployment {
        id: row.get(0)?,
        name: row.get(1)?,
        deployed: instant(row, 2)?,
        user_id: row.get(3)?,
        source: row.get(4)?,
    })
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
