//! How long the history of what ended stays.

use super::codec::{instant, millis, millis_opt};
use super::feed::Topics;
use super::load::{all, first};
use super::notes::limit_of;
use super::{Snapshot, StoreError, Tx};
use chrono::{DateTime, Utc};
use rusqlite::params;

/// A definition with a time to live of its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lived {
    /// A process definition.
    Process,
    /// A decision definition.
    Decision,
}

impl Lived {
    fn table(self) -> &'static str {
        match self {
            Lived::Process => "process_definition",
            Lived::Decision => "decision_definition",
        }
    }
}

impl Tx<'_> {
    /// Says how many days the history of a definition stays, without any for ever; false when
    /// there is no such definition. What has ended keeps the day on which it goes.
    pub fn set_history_days(
        &mut self,
        of: Lived,
        id: &str,
        days: Option<u32>,
    ) -> Result<bool, StoreError> {
        let sql = format!("UPDATE {} SET history_days = ?2 WHERE id = ?1", of.table());
        Ok(self.execute(Topics::DEFINITIONS, &sql, params![id, days])? > 0)
    }

    /// Says when the history of an ended instance goes, whose root has ended, too; of a root also
    /// with `all` that it called. Without a date never.
    pub fn set_removal(
        &mut self,
        id: &str,
        all: bool,
        at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        self.execute(
            Topics::NONE,
            "UPDATE hist_process_instance AS h SET removal = ?2
             WHERE h.ended IS NOT NULL
                 AND (h.id = ?1 OR ?3 AND h.root_id = ?1 AND h.root_id <> h.id)
                 AND EXISTS (SELECT 1 FROM hist_process_instance AS root
                     WHERE root.id = h.root_id AND root.ended IS NOT NULL)",
            params![id, millis_opt(at), all],
        )
        .map(drop)
    }

    /// Says when an evaluated decision goes, with those that it required: `<process
    /// instance>:<number>`, with what follows. False when there is none.
    pub fn set_decision_removal(
        &mut self,
        id: &str,
        at: Option<DateTime<Utc>>,
    ) -> Result<bool, StoreError> {
        let (instance, seq) = decision(id);
        let sql = "UPDATE hist_decision SET removal = ?3
             WHERE process_instance_id = ?1 AND seq = ?2";
        let changed = self.execute(Topics::NONE, sql, params![instance, seq, millis_opt(at)])?;
        Ok(changed > 0)
    }

    /// Says when the history of a batch goes; false when there is none.
    pub fn set_batch_removal(
        &mut self,
        id: &str,
        at: Option<DateTime<Utc>>,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE hist_batch SET removal = ?2 WHERE id = ?1";
        Ok(self.execute(Topics::NONE, sql, params![id, millis_opt(at)])? > 0)
    }

    /// Removes evaluated decisions and ended batches whose time is over, at most so many of each;
    /// how many.
    pub fn delete_removable(
        &mut self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let mut gone = 0;
        for sql in [
            "DELETE FROM hist_decision WHERE (process_instance_id, seq) IN
                 (SELECT process_instance_id, seq FROM hist_decision
                  WHERE removal <= ?1 ORDER BY removal LIMIT ?2)",
            "DELETE FROM hist_batch WHERE id IN
                 (SELECT id FROM hist_batch
                  WHERE removal <= ?1 AND ended IS NOT NULL ORDER BY removal LIMIT ?2)",
        ] {
            gone += self.execute(
                Topics::INSTANCES,
                sql,
                params![millis(now), limit_of(limit)],
            )?;
        }
        Ok(gone)
    }
}

/// The instance and the number of an evaluated decision.
pub(super) fn decision(id: &str) -> (Option<&str>, Option<i64>) {
    let mut parts = id.split(':');
    let (instance, seq) = (parts.next(), parts.next());
    (instance, seq.and_then(|seq| seq.parse().ok()))
}

impl Snapshot<'_> {
    /// When a decision was evaluated, and the id of its definition.
    pub fn decided(&self, id: &str) -> Result<Option<(DateTime<Utc>, String)>, StoreError> {
        let (instance, seq) = decision(id);
        let sql = "SELECT at, decision_definition_id FROM hist_decision
             WHERE process_instance_id = ?1 AND seq = ?2";
        first(self.conn, sql, params![instance, seq], |row| {
            Ok((instant(row, 0)?, row.get(1)?))
        })
    }

    /// How many days the history of a definition stays; none within when for ever, none when
    /// there is no such definition.
    pub fn history_days(&self, of: Lived, id: &str) -> Result<Option<Option<u32>>, StoreError> {
        let sql = format!("SELECT history_days FROM {} WHERE id = ?1", of.table());
        first(self.conn, &sql, [id], |row| row.get(0))
    }

    /// Whether anything goes by now.
    pub fn any_removable(&self, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM hist_process_instance
                 WHERE removal <= ?1 AND ended IS NOT NULL)
             OR EXISTS (SELECT 1 FROM hist_decision WHERE removal <= ?1)
             OR EXISTS (SELECT 1 FROM hist_batch WHERE removal <= ?1 AND ended IS NOT NULL)";
        Ok(first(self.conn, sql, [millis(now)], |row| row.get(0))?.unwrap_or(false))
    }

    /// Ended instances whose history goes by now, the longest due first.
    pub fn removable(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT id FROM hist_process_instance
                   WHERE removal <= ?1 AND ended IS NOT NULL ORDER BY removal LIMIT ?2";
        all(
            self.conn,
            sql,
            params![millis(now), limit_of(limit)],
            |row| row.get(0),
        )
    }
}
