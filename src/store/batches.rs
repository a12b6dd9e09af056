//! Batches: one thing done to many, to each in a transaction of its own.

use super::codec::{instant, millis};
use super::feed::Topics;
use super::load::{all, first};
use super::notes::limit_of;
use super::{Snapshot, StoreError, Tx};
use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

/// A batch that is not done.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Its id.
    pub id: String,
    /// Camunda's name of what it does: `instance-migration`, `instance-deletion`, …
    pub kind: String,
    /// How many items it had at first.
    pub total: u64,
    /// What is done to each, as JSON.
    pub configuration: String,
    /// Nothing of it is done until it goes on.
    pub suspended: bool,
    /// Who made it.
    pub user: Option<String>,
    /// They came over the network.
    pub remote: bool,
    /// When.
    pub created: DateTime<Utc>,
    /// Items that are not done.
    pub remaining: u64,
    /// Of these, those that failed for good.
    pub failed: u64,
}

/// One thing to which a batch is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchItem {
    /// The batch.
    pub batch: String,
    /// Its place in it.
    pub number: i64,
    /// What it is: the id of an instance, job, …
    pub item: String,
    /// Tries left.
    pub retries: i32,
    /// Why the last one failed.
    pub error: Option<String>,
}

const BATCH: &str =
    "SELECT b.id, b.type, b.total, b.configuration, b.suspended, b.user_id, b.created, b.remote,
        (SELECT count(*) FROM batch_item AS i WHERE i.batch_id = b.id),
        (SELECT count(*) FROM batch_item AS i WHERE i.batch_id = b.id AND i.retries = 0)
    FROM batch AS b";

const ITEM: &str = "SELECT i.batch_id, i.number, i.item, i.retries, i.error FROM batch_item AS i";

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let n: i64 = row.get(column)?;
    Ok(u64::try_from(n).unwrap_or(0))
}

fn batch(row: &Row<'_>) -> rusqlite::Result<Batch> {
    Ok(Batch {
        id: row.get(0)?,
        kind: row.get(1)?,
        total: number(row, 2)?,
        configuration: row.get(3)?,
        suspended: row.get(4)?,
        user: row.get(5)?,
        created: instant(row, 6)?,
        remote: row.get(7)?,
        remaining: number(row, 8)?,
        failed: number(row, 9)?,
    })
}

fn item(row: &Row<'_>) -> rusqlite::Result<BatchItem> {
    Ok(BatchItem {
        batch: row.get(0)?,
        number: row.get(1)?,
        item: row.get(2)?,
        retries: row.get(3)?,
        error: row.get(4)?,
    })
}

impl Tx<'_> {
    /// Adds a batch with its items, in their order; each has so many tries.
    pub fn insert_batch(
        &mut self,
        row: &Batch,
        items: &[String],
        retries: i32,
    ) -> Result<(), StoreError> {
        let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
        self.execute(
            Topics::JOBS,
            "INSERT INTO batch (id, type, total, configuration, suspended, user_id, created, remote)
             VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7)",
            params![
                row.id,
                row.kind,
                total,
                row.configuration,
                row.user,
                millis(row.created),
                row.remote
            ],
        )?;
        self.execute(
            Topics::NONE,
            "INSERT INTO hist_batch (id, type, total, user_id, started)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![row.id, row.kind, total, row.user, millis(row.created)],
        )?;
        for (number, item) in (0_i64..).zip(items) {
            self.execute(
                Topics::NONE,
                "INSERT INTO batch_item (batch_id, number, item, retries) VALUES (?1, ?2, ?3, ?4)",
                params![row.id, number, item, retries],
            )?;
        }
        Ok(())
    }

    /// An item is done; with the last one its batch is. True while it was there.
    pub fn finish_batch_item(
        &mut self,
        row: &BatchItem,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let gone = self.execute(
            Topics::JOBS,
            "DELETE FROM batch_item WHERE batch_id = ?1 AND number = ?2",
            params![row.batch, row.number],
        )?;
        let sql = "SELECT 1 FROM batch_item WHERE batch_id = ?1 LIMIT 1";
        if first(self.conn, sql, [&row.batch], |row| row.get::<_, i64>(0))?.is_none() {
            self.end_batch(&row.batch, now)?;
        }
        Ok(gone > 0)
    }

    fn end_batch(&mut self, id: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.execute(Topics::JOBS, "DELETE FROM batch WHERE id = ?1", [id])?;
        self.execute(
            Topics::NONE,
            "UPDATE hist_batch SET ended = ?2 WHERE id = ?1 AND ended IS NULL",
            params![id, millis(now)],
        )
        .map(drop)
    }

    /// An item failed: one try less.
    pub fn fail_batch_item(&mut self, row: &BatchItem, error: &str) -> Result<(), StoreError> {
        self.execute(
            Topics::JOBS,
            "UPDATE batch_item SET retries = max(retries - 1, 0), error = ?3
             WHERE batch_id = ?1 AND number = ?2",
            params![row.batch, row.number, error],
        )
        .map(drop)
    }

    /// Gives what failed for good in a batch so many tries; how many items.
    pub fn retry_batch(&mut self, id: &str, retries: i32) -> Result<usize, StoreError> {
        self.execute(
            Topics::JOBS,
            "UPDATE batch_item SET retries = ?2 WHERE batch_id = ?1 AND retries = 0",
            params![id, retries],
        )
    }

    /// Stops a batch, or lets it go on; false when there is none.
    pub fn suspend_batch(&mut self, id: &str, suspended: bool) -> Result<bool, StoreError> {
        let sql = "UPDATE batch SET suspended = ?2 WHERE id = ?1";
        let changed = self.execute(Topics::JOBS, sql, params![id, suspended])?;
        Ok(changed > 0)
    }

    /// Removes a batch with what it has not done; false when there is none.
    pub fn delete_batch(&mut self, id: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let there = self.read().batch(id)?.is_some();
        self.execute(
            Topics::JOBS,
            "DELETE FROM batch_item WHERE batch_id = ?1",
            [id],
        )?;
        self.end_batch(id, now)?;
        Ok(there)
    }

    /// Forgets a batch that has ended; false when there is none.
    pub fn delete_batch_history(&mut self, id: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM hist_batch WHERE id = ?1";
        Ok(self.execute(Topics::NONE, sql, [id])? > 0)
    }
}

impl Snapshot<'_> {
    /// The batches that are not done, the oldest first.
    pub fn batches(&self) -> Result<Vec<Batch>, StoreError> {
        let sql = format!("{BATCH} ORDER BY b.created, b.id");
        all(self.conn, &sql, [], batch)
    }

    /// A batch by its id.
    pub fn batch(&self, id: &str) -> Result<Option<Batch>, StoreError> {
        first(self.conn, &format!("{BATCH} WHERE b.id = ?1"), [id], batch)
    }

    /// What a worker does next: the first items of the oldest batches that may go on.
    pub fn batch_work(&self, limit: usize) -> Result<Vec<BatchItem>, StoreError> {
        let sql = format!(
            "{ITEM} JOIN batch AS b ON b.id = i.batch_id
             WHERE b.suspended = 0 AND i.retries > 0
             ORDER BY b.created, b.id, i.number LIMIT ?1"
        );
        all(self.conn, &sql, [limit_of(limit)], item)
    }

    /// An item as it is now, unless it is done or its batch is suspended.
    pub fn batch_item(&self, batch: &str, number: i64) -> Result<Option<BatchItem>, StoreError> {
        let sql = format!(
            "{ITEM} JOIN batch AS b ON b.id = i.batch_id
             WHERE i.batch_id = ?1 AND i.number = ?2 AND b.suspended = 0 AND i.retries > 0"
        );
        first(self.conn, &sql, params![batch, number], item)
    }

    /// The items of a batch that failed, with why.
    pub fn failed_items(&self, batch: &str, limit: usize) -> Result<Vec<BatchItem>, StoreError> {
        let sql = format!(
            "{ITEM} WHERE i.batch_id = ?1 AND i.error IS NOT NULL ORDER BY i.number LIMIT ?2"
        );
        all(self.conn, &sql, params![batch, limit_of(limit)], item)
    }
}
