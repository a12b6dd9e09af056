//! What stands on each version of a process, and what goes when one is deleted.

use super::cleanup::decision;
use super::feed::Topics;
use super::load::{self, SUBSCRIPTION, all, first};
use super::notes::limit_of;
use super::{Snapshot, StoreError, Tx};
use crate::engine::Subscription;
use std::collections::HashMap;

/// What runs on a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Running instances.
    pub running: u64,
    /// Of these suspended.
    pub suspended: u64,
    /// Of these with an open incident.
    pub with_incidents: u64,
}

impl Standing {
    /// Counts what runs on another version, too.
    pub fn add(&mut self, other: Standing) {
        self.running += other.running;
        self.suspended += other.suspended;
        self.with_incidents += other.with_incidents;
    }
}

/// Where the history of an instance is, beside its own row. What people did (`hist_operation`)
/// and what stands in targets (`insertion`) is kept.
const HISTORY: [&str; 11] = [
    "hist_activity",
    "hist_flow",
    "hist_task",
    "hist_variable",
    "hist_detail",
    "hist_decision",
    "hist_external_task_log",
    "hist_job_log",
    "hist_incident",
    "hist_thrown",
    "comment",
];

impl Snapshot<'_> {
    /// What runs on each version that anything runs on.
    pub fn standing(&self) -> Result<HashMap<String, Standing>, StoreError> {
        let mut found: HashMap<String, Standing> = HashMap::new();
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        let running = all(
            self.conn,
            "SELECT definition_id, count(*), count(*) FILTER (WHERE state = 'SUSPENDED')
             FROM process_instance GROUP BY definition_id",
            [],
            |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)),
        )?;
        for (definition, running, suspended) in running {
            let standing = found.entry(definition).or_default();
            (standing.running, standing.suspended) = (count(running), count(suspended));
        }
        let failed = all(
            self.conn,
            "SELECT p.definition_id, count(DISTINCT i.process_instance_id)
             FROM incident AS i JOIN process_instance AS p ON p.id = i.process_instance_id
             GROUP BY p.definition_id",
            [],
            |row| Ok((row.get::<_, String>(0)?, row.get(1)?)),
        )?;
        for (definition, failed) in failed {
            found.entry(definition).or_default().with_incidents = count(failed);
        }
        Ok(found)
    }

    /// How many instances have ended on a version.
    pub fn ended_on(&self, definition: &str) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM hist_process_instance
             WHERE definition_id = ?1 AND ended IS NOT NULL";
        let count = first(self.conn, sql, [definition], |row| row.get::<_, i64>(0))?;
        Ok(count.and_then(|n| n.try_into().ok()).unwrap_or(0))
    }

    /// What an instance waits for, the oldest first.
    pub fn waits(&self, process_instance: &str) -> Result<Vec<Subscription>, StoreError> {
        let sql = format!(
            "SELECT {} FROM event_subscription WHERE root_id =
                 (SELECT root_id FROM process_instance WHERE id = ?1)
             AND process_instance_id = ?1 ORDER BY created, id",
            SUBSCRIPTION
        );
        all(self.conn, &sql, [process_instance], load::subscription)
    }
}

impl Tx<'_> {
    /// Removes what is remembered of an instance that has ended; how many rows.
    pub fn delete_history(&mut self, process_instance: &str) -> Result<usize, StoreError> {
        self.delete_history_of("SELECT ?1", "id = ?1", process_instance)
    }

    /// Removes what is remembered of instances that have ended on a version, of so many at most.
    pub fn delete_history_on(&mut self, definition: &str, limit: usize) -> Result<(), StoreError> {
        let limit = limit_of(limit);
        let those = format!(
            "SELECT id FROM hist_process_instance
             WHERE definition_id = ?1 AND ended IS NOT NULL ORDER BY started, id LIMIT {limit}"
        );
        let rows = format!("id IN ({those})");
        self.delete_history_of(&those, &rows, definition).map(drop)
    }

    fn delete_history_of(
        &mut self,
        those: &str,
        rows: &str,
        parameter: &str,
    ) -> Result<usize, StoreError> {
        let sql = format!(
            "DELETE FROM attachment WHERE task_id IN
             (SELECT id FROM hist_task WHERE process_instance_id IN ({those}))"
        );
        let mut gone = self.execute(Topics::INSTANCES, &sql, [parameter])?;
        for table in HISTORY {
            let sql = format!("DELETE FROM {table} WHERE process_instance_id IN ({those})");
            gone += self.execute(Topics::INSTANCES, &sql, [parameter])?;
        }
        let sql = format!("DELETE FROM hist_process_instance WHERE {rows} AND ended IS NOT NULL");
        gone += self.execute(Topics::INSTANCES, &sql, [parameter])?;
        Ok(gone)
    }

    /// Forgets one evaluation of a decision: `<process instance>:<number>`, with what follows.
    pub fn delete_decision(&mut self, id: &str) -> Result<(), StoreError> {
        let (instance, seq) = decision(id);
        let sql = "DELETE FROM hist_decision WHERE process_instance_id = ?1 AND seq = ?2";
        self.execute(Topics::INSTANCES, sql, rusqlite::params![instance, seq])
            .map(drop)
    }

    /// Removes a process definition with what it waits for to start instances; its deployment,
    /// too, where nothing else is left of that.
    pub fn delete_process_definition(&mut self, id: &str) -> Result<(), StoreError> {
        let sql = "SELECT deployment_id FROM process_definition WHERE id = ?1";
        let Some(deployment) = first(self.conn, sql, [id], |row| row.get::<_, String>(0))? else {
            return Ok(());
        };
        let topics = Topics::DEFINITIONS | Topics::JOBS;
        for sql in [
            "DELETE FROM job WHERE root_id IS NULL AND definition_id = ?1",
            "DELETE FROM start_subscription WHERE definition_id = ?1",
            "DELETE FROM process_definition WHERE id = ?1",
        ] {
            self.execute(topics, sql, [id])?;
        }
        let sql = "DELETE FROM deployment WHERE id = ?1
             AND NOT EXISTS (SELECT 1 FROM process_definition WHERE deployment_id = ?1)
             AND NOT EXISTS (SELECT 1 FROM decision_definition WHERE deployment_id = ?1)";
        self.execute(topics, sql, [deployment])?;
        Ok(())
    }

    /// Removes a deployment with its files and decisions; its processes went before it.
    pub fn delete_deployment(&mut self, id: &str) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM decision_definition WHERE deployment_id = ?1",
            "DELETE FROM resource WHERE deployment_id = ?1",
            "DELETE FROM deployment WHERE id = ?1",
        ] {
            self.execute(Topics::DEFINITIONS, sql, [id])?;
        }
        Ok(())
    }
}
