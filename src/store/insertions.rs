//! Which content went into which table.

use super::codec::{instant, millis};
use super::feed::Topics;
use super::load::first;
use super::{Snapshot, StoreError, Tx};
use chrono::{DateTime, Utc};
use rusqlite::params;

/// A data frame that is in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insertion {
    /// The external task, or the key in the target's ledger.
    pub id: String,
    /// The content hash of the frame.
    pub hash: String,
    /// The database as a URL, without a password.
    pub target: String,
    /// The table in lower case.
    pub table: String,
    /// Its rows.
    pub rows: i64,
    /// When it was told.
    pub at: DateTime<Utc>,
    /// Who sent it.
    pub user: Option<String>,
    /// The instance, where one did it.
    pub process_instance_id: Option<String>,
}

impl Tx<'_> {
    /// Notes an insertion; the same one is noted once. What was in the table before may go with
    /// it.
    pub fn put_insertion(&mut self, row: &Insertion, replaces: bool) -> Result<(), StoreError> {
        if replaces {
            let sql = "DELETE FROM insertion WHERE target = ?1 AND table_name = ?2";
            self.execute(Topics::NONE, sql, [&row.target, &row.table])?;
        }
        self.execute(
            Topics::NONE,
            "INSERT INTO insertion
                 (id, hash, target, table_name, rows, at, user_id, process_instance_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
            params![
                row.id,
                row.hash,
                row.target,
                row.table,
                row.rows,
                millis(row.at),
                row.user,
                row.process_instance_id,
            ],
        )
        .map(drop)
    }
}

impl Snapshot<'_> {
    /// The last insertion of this content into this table.
    pub fn last_insertion(
        &self,
        hash: &str,
        target: &str,
        table: &str,
    ) -> Result<Option<Insertion>, StoreError> {
        let sql = "SELECT id, hash, target, table_name, rows, at, user_id, process_instance_id
                   FROM insertion WHERE hash = ?1 AND target = ?2 AND table_name = ?3
                   ORDER BY at DESC LIMIT 1";
        first(self.conn, sql, [hash, target, table], |row| {
            Ok(Insertion {
                id: row.get(0)?,
                hash: row.get(1)?,
                target: row.get(2)?,
                table: row.get(3)?,
                rows: row.get(4)?,
                at: instant(row, 5)?,
                user: row.get(6)?,
                process_instance_id: row.get(7)?,
            })
        })
    }
}
