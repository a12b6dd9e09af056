//! How long the history of what ended stays.

use super::codec::{millis, millis_opt};
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
}

impl Snapshot<'_> {
    /// How many days the history of a definition stays; none within when for ever, none when
    /// there is no such definition.
    pub fn history_days(&self, of: Lived, id: &str) -> Result<Option<Option<u32>>, StoreError> {
        let sql = format!("SELECT history_days FROM {} WHERE id = ?1", of.table());
        first(self.conn, &sql, [id], |row| row.get(0))
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
