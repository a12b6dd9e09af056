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
    /// Why it can not go on as it is.
    pub stopped: Option<String>,
    /// Who answers for it: who made it, or let it go on after it was stopped.
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
        b.remaining, b.failed, b.stopped
    FROM batch AS b";

const ITEM: &str = "SELECT item.batch_id, item.number, item.item, item.retries, item.error FROM batch_item AS item";

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
        stopped: row.get(10)?,
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
            "INSERT INTO batch (id, type, total, configuration, suspended, user_id, created, remote, remaining)
             VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?3)",
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
        if gone == 0 {
            return Ok(false);
        }
        self.execute(
            Topics::JOBS,
            "UPDATE batch SET remaining = remaining - 1 WHERE id = ?1",
            [&row.batch],
        )?;
        let sql = "SELECT remaining FROM batch WHERE id = ?1";
        if first(self.conn, sql, [&row.batch], |row| row.get(0))? == Some(0) {
            self.end_batch(&row.batch, now)?;
        }
        Ok(true)
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

    /// An item failed: it has so many tries left, the next one not before `due`.
    pub fn fail_batch_item(
        &mut self,
        row: &BatchItem,
        error: &str,
        retries: i32,
        due: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let changed = self.execute(
            Topics::JOBS,
            "UPDATE batch_item SET retries = ?3, due = ?4, error = ?5
             WHERE batch_id = ?1 AND number = ?2 AND retries = ?6",
            params![
                row.batch,
                row.number,
                retries,
                millis(due),
                error,
                row.retries
            ],
        )?;
        if changed > 0 && retries == 0 {
            let sql = "UPDATE batch SET failed = failed + 1 WHERE id = ?1";
            self.execute(Topics::JOBS, sql, [&row.batch])?;
        }
        Ok(())
    }

    /// Gives what failed in a batch so many tries, at once; how many items.
    pub fn retry_batch(&mut self, id: &str, retries: i32) -> Result<usize, StoreError> {
        let sql = "UPDATE batch SET failed = 0 WHERE id = ?1";
        self.execute(Topics::JOBS, sql, [id])?;
        self.execute(
            Topics::JOBS,
            "UPDATE batch_item INDEXED BY batch_item_error SET retries = ?2, due = 0
             WHERE batch_id = ?1 AND error IS NOT NULL",
            params![id, retries],
        )
    }

    /// Suspends a batch, or lets it go on; false when there is none.
    pub fn suspend_batch(&mut self, id: &str, suspended: bool) -> Result<bool, StoreError> {
        let sql = "UPDATE batch SET suspended = ?2, stopped = iif(?2, stopped, NULL) WHERE id = ?1";
        let changed = self.execute(Topics::JOBS, sql, params![id, suspended])?;
        Ok(changed > 0)
    }

    /// Suspends a batch that can not go on as it is.
    pub fn stop_batch(&mut self, id: &str, why: &str) -> Result<(), StoreError> {
        let sql = "UPDATE batch SET suspended = 1, stopped = ?2 WHERE id = ?1";
        self.execute(Topics::JOBS, sql, [id, why]).map(drop)
    }

    /// From now on somebody else answers for a batch.
    pub fn give_batch(
        &mut self,
        id: &str,
        user: Option<&str>,
        remote: bool,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE batch SET user_id = ?2, remote = ?3 WHERE id = ?1";
        self.execute(Topics::JOBS, sql, params![id, user, remote])
            .map(drop)
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

    /// What a worker does next: the first items of the oldest batches that may go on; what failed
    /// only when it is due again.
    pub fn batch_work(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<BatchItem>, StoreError> {
        let sql = "SELECT id FROM batch WHERE suspended = 0 ORDER BY created, id";
        let batches: Vec<String> = all(self.conn, sql, [], |row| row.get(0))?;
        let sql = format!(
            "{ITEM} INDEXED BY batch_item_due
             WHERE item.batch_id = ?1 AND item.retries > 0 AND item.due <= ?2
             ORDER BY item.due, item.number LIMIT ?3"
        );
        let mut work = Vec::new();
        for batch in batches {
            let left = limit - work.len();
            if left == 0 {
                break;
            }
            let due = params![batch, millis(now), limit_of(left)];
            work.extend(all(self.conn, &sql, due, item)?);
        }
        Ok(work)
    }

    /// When an item that failed is due again.
    pub fn next_batch_work(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        let sql = "SELECT min((SELECT min(due) FROM batch_item AS item INDEXED BY batch_item_due
                WHERE item.batch_id = b.id AND item.retries > 0 AND item.due > ?1))
            FROM batch AS b WHERE b.suspended = 0";
        let due: Option<Option<i64>> = first(self.conn, sql, [millis(now)], |row| row.get(0))?;
        Ok(due.flatten().and_then(DateTime::from_timestamp_millis))
    }

    /// An item as it is now, unless it is done, not due, or its batch is suspended.
    pub fn batch_item(
        &self,
        batch: &str,
        number: i64,
        now: DateTime<Utc>,
    ) -> Result<Option<BatchItem>, StoreError> {
        let sql = format!(
            "{ITEM} JOIN batch AS b ON b.id = item.batch_id
             WHERE item.batch_id = ?1 AND item.number = ?2 AND b.suspended = 0 AND item.retries > 0
                 AND item.due <= ?3"
        );
        first(self.conn, &sql, params![batch, number, millis(now)], item)
    }

    /// The items of a batch that failed, with why.
    pub fn failed_items(&self, batch: &str, limit: usize) -> Result<Vec<BatchItem>, StoreError> {
        let sql = format!(
            "{ITEM} INDEXED BY batch_item_error
             WHERE item.batch_id = ?1 AND item.error IS NOT NULL ORDER BY item.number LIMIT ?2"
        );
        all(self.conn, &sql, params![batch, limit_of(limit)], item)
    }
}
