//! What process definitions wait for to start instances: messages, signals, conditions, timers.

use super::codec::{instant, millis, named};
use super::feed::Topics;
use super::load::all;
use super::{Snapshot, StoreError, Tx, put};
use crate::engine::{Job, StartSubscription, SubscriptionKind};
use rusqlite::{Row, params};

const COLUMNS: &str = "s.id, s.kind, s.name, s.definition_id, s.activity_id, s.created";

fn subscription(row: &Row<'_>) -> rusqlite::Result<StartSubscription> {
    Ok(StartSubscription {
        id: row.get(0)?,
        kind: named(row, 1, SubscriptionKind::parse)?,
        name: row.get(2)?,
        definition_id: row.get(3)?,
        activity_id: row.get(4)?,
        created: instant(row, 5)?,
    })
}

impl Tx<'_> {
    /// Adds a subscription that starts instances.
    pub fn insert_start_subscription(&mut self, row: &StartSubscription) -> Result<(), StoreError> {
        self.execute(
            Topics::DEFINITIONS,
            "INSERT INTO start_subscription (id, kind, name, definition_id, activity_id, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                row.id,
                row.kind.as_str(),
                row.name,
                row.definition_id,
                row.activity_id,
                millis(row.created),
            ],
        )
        .map(drop)
    }

    /// A definition starts no more instances by itself: a newer version does.
    pub fn delete_start_events(&mut self, key: &str) -> Result<(), StoreError> {
        for table in ["start_subscription", "job"] {
            let only = match table {
                "job" => "root_id IS NULL AND",
                _ => "",
            };
            self.execute(
                Topics::DEFINITIONS | Topics::JOBS,
                &format!(
                    "DELETE FROM {table} WHERE {only} definition_id IN
                         (SELECT id FROM process_definition WHERE key = ?1)"
                ),
                [key],
            )?;
        }
        Ok(())
    }

    /// Adds or changes a job of no instance, such as a timer that starts instances.
    pub fn put_own_job(&mut self, job: &Job) -> Result<(), StoreError> {
        let done = put::job(self.conn, None, job, false);
        self.checked(done)?;
        self.note(Topics::JOBS);
        Ok(())
    }

    /// Removes such a job.
    pub fn delete_own_job(&mut self, id: &str) -> Result<(), StoreError> {
        self.execute(
            Topics::JOBS,
            "DELETE FROM job WHERE id = ?1 AND root_id IS NULL",
            [id],
        )
        .map(drop)
    }
}

impl Snapshot<'_> {
    /// Definitions that an event of this name starts, in the order of their deployment.
    pub fn start_subscriptions(
        &self,
        kind: SubscriptionKind,
        name: &str,
    ) -> Result<Vec<StartSubscription>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM start_subscription AS s
             WHERE s.kind = ?1 AND s.name = ?2 ORDER BY s.created, s.id"
        );
        all(self.conn, &sql, [kind.as_str(), name], subscription)
    }

    /// What a definition waits for.
    pub fn start_subscriptions_of(
        &self,
        definition: &str,
    ) -> Result<Vec<StartSubscription>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM start_subscription AS s
             WHERE s.definition_id = ?1 ORDER BY s.created, s.id"
        );
        all(self.conn, &sql, [definition], subscription)
    }
}
