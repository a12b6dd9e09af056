//! The files that decisions are in, and how often these were evaluated.

use super::feed::Topics;
use super::load::all;
use super::{Snapshot, StoreError, Tx};
use rusqlite::params;

/// A file in which decisions stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionFile {
    /// Its deployment.
    pub deployment_id: String,
    /// Its id.
    pub resource_id: String,
    /// How many decisions of it are deployed.
    pub decisions: usize,
}

impl Tx<'_> {
    /// Gives the decisions of a file their category.
    pub fn set_decision_category(
        &mut self,
        file: &DecisionFile,
        category: Option<&str>,
    ) -> Result<(), StoreError> {
        self.execute(
            Topics::DEFINITIONS,
            "UPDATE decision_definition SET category = ?3
             WHERE deployment_id = ?1 AND resource_id = ?2",
            params![file.deployment_id, file.resource_id, category],
        )
        .map(drop)
    }
}

impl Snapshot<'_> {
    /// The files in which decisions stand, the oldest first.
    pub fn decision_files(&self) -> Result<Vec<DecisionFile>, StoreError> {
        let sql = "SELECT d.deployment_id, d.resource_id, count(*)
             FROM decision_definition AS d JOIN deployment AS p ON p.id = d.deployment_id
             GROUP BY d.deployment_id, d.resource_id ORDER BY p.deployed, p.id, d.resource_id";
        all(self.conn, sql, [], |row| {
            let decisions: i64 = row.get(2)?;
            Ok(DecisionFile {
                deployment_id: row.get(0)?,
                resource_id: row.get(1)?,
                decisions: usize::try_from(decisions).unwrap_or(0),
            })
        })
    }

    /// How often each decision of a decision requirements definition was evaluated, also for
    /// others; in one evaluation alone, if asked.
    pub fn decision_statistics(
        &self,
        requirements: &str,
        instance: Option<&str>,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let sql = "SELECT t.value ->> 'decision', count(*)
             FROM decision_requirements AS g
             JOIN decision_definition AS d
                 ON d.deployment_id = g.deployment_id AND d.resource_id = g.resource_id
             JOIN hist_decision AS h ON h.decision_definition_id = d.id
             JOIN json_each(h.trace) AS t
             WHERE g.id = ?1
                 AND (?2 IS NULL OR h.process_instance_id || ':' || h.seq || ':' || t.key = ?2
                     OR h.process_instance_id || ':' || h.seq || ':'
                         || (json_array_length(h.trace) - 1) = ?2)
             GROUP BY 1 ORDER BY 1";
        all(self.conn, sql, params![requirements, instance], |row| {
            let count: i64 = row.get(1)?;
            Ok((row.get(0)?, u64::try_from(count).unwrap_or(0)))
        })
    }
}
