//! Which content went into which table, and what of it was taken back.

use super::codec::{instant, instant_opt, millis, millis_opt};
use super::feed::Topics;
use super::load::{all, first};
use super::{Snapshot, StoreError, Tx};
use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

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
    /// The name of the connection, where it went through one.
    pub connection: Option<String>,
    /// How the rows went in.
    pub mode: Option<String>,
    /// Until when what an undo needs is kept.
    pub undo_until: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub undone: Option<DateTime<Utc>>,
    /// By whom.
    pub undone_by: Option<String>,
    /// By which instance.
    pub undone_in: Option<String>,
}

/// The columns of an insertion.
const COLUMNS: &str = "id, hash, target, table_name, rows, at, user_id, process_instance_id, \
                       connection, mode, undo_until, undone, undone_by, undone_in";

fn insertion(row: &Row<'_>) -> rusqlite::Result<Insertion> {
    Ok(Insertion {
        id: row.get(0)?,
        hash: row.get(1)?,
        target: row.get(2)?,
        table: row.get(3)?,
        rows: row.get(4)?,
        at: instant(row, 5)?,
        user: row.get(6)?,
        process_instance_id: row.get(7)?,
        connection: row.get(8)?,
        mode: row.get(9)?,
        undo_until: instant_opt(row, 10)?,
        undone: instant_opt(row, 11)?,
        undone_by: row.get(12)?,
        undone_in: row.get(13)?,
    })
}

impl Tx<'_> {
    /// Notes an insertion; the same one is noted once, but one whose mode nobody knew, since it was
    /// only heard of, anew. What was in the table before may be
    /// replaced by it.
    pub fn put_insertion(&mut self, row: &Insertion, replaces: bool) -> Result<(), StoreError> {
        if replaces {
            self.execute(
                Topics::NONE,
                "UPDATE insertion SET replaced_by = ?3
                 WHERE target = ?1 AND table_name = ?2 AND id <> ?3 AND replaced_by IS NULL",
                [&row.target, &row.table, &row.id],
            )?;
        }
        self.execute(
            Topics::NONE,
            "INSERT INTO insertion
                 (id, hash, target, table_name, rows, at, user_id, process_instance_id,
                  connection, mode, undo_until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT(id) DO UPDATE SET hash = excluded.hash, target = excluded.target,
               table_name = excluded.table_name, rows = excluded.rows, at = excluded.at,
               user_id = excluded.user_id, process_instance_id = excluded.process_instance_id,
               connection = excluded.connection, mode = excluded.mode,
               undo_until = excluded.undo_until
             WHERE insertion.mode IS NULL AND excluded.mode IS NOT NULL",
            params![
                row.id,
                row.hash,
                row.target,
                row.table,
                row.rows,
                millis(row.at),
                row.user,
                row.process_instance_id,
                row.connection,
                row.mode,
                millis_opt(row.undo_until),
            ],
        )
        .map(drop)
    }

    /// Notes that an insertion was taken back: what it had replaced is in the table again.
    pub fn put_undone(
        &mut self,
        id: &str,
        at: DateTime<Utc>,
        by: Option<&str>,
        instance: Option<&str>,
    ) -> Result<(), StoreError> {
        // Whoever looks at its instance sees it at once.
        self.execute(
            Topics::INSTANCES,
            "UPDATE insertion SET undone = ?2, undone_by = ?3, undone_in = ?4, undo_until = NULL
             WHERE id = ?1 AND undone IS NULL",
            params![id, millis(at), by, instance],
        )?;
        let sql = "UPDATE insertion SET replaced_by = NULL WHERE replaced_by = ?1";
        self.execute(Topics::NONE, sql, [id]).map(drop)
    }

    /// What an undo of this insertion needs is kept no more.
    pub fn forget_undo(&mut self, id: &str) -> Result<(), StoreError> {
        let sql = "UPDATE insertion SET undo_until = NULL WHERE id = ?1";
        self.execute(Topics::NONE, sql, [id]).map(drop)
    }
}

impl Snapshot<'_> {
    /// The last insertion of this content into this table that is still in it.
    pub fn last_insertion(
        &self,
        hash: &str,
        target: &str,
        table: &str,
    ) -> Result<Option<Insertion>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM insertion WHERE hash = ?1 AND target = ?2 AND table_name = ?3
               AND undone IS NULL AND replaced_by IS NULL
             ORDER BY at DESC LIMIT 1"
        );
        first(self.conn, &sql, [hash, target, table], insertion)
    }

    /// Whether any insertion into this table is noted.
    pub fn has_insertions(&self, target: &str, table: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM insertion WHERE target = ?1 AND table_name = ?2 LIMIT 1";
        Ok(first(self.conn, sql, [target, table], |_| Ok(()))?.is_some())
    }

    /// An insertion by its key.
    pub fn insertion(&self, id: &str) -> Result<Option<Insertion>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM insertion WHERE id = ?1");
        first(self.conn, &sql, [id], insertion)
    }

    /// Insertions whose key begins or ends so, some of them.
    pub fn insertions_like(&self, part: &str, most: usize) -> Result<Vec<Insertion>, StoreError> {
        if part.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT {COLUMNS} FROM insertion
             WHERE substr(id, 1, length(?1)) = ?1 OR substr(id, -length(?1)) = ?1
             ORDER BY at DESC LIMIT ?2"
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        all(self.conn, &sql, params![part, most], insertion)
    }

    /// Insertions that this desk did, the newest first: all, or those of one sender.
    pub fn insertions(
        &self,
        user: Option<&str>,
        most: usize,
    ) -> Result<Vec<Insertion>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM insertion
             WHERE mode IS NOT NULL AND (?1 IS NULL OR user_id = ?1) ORDER BY at DESC, id LIMIT ?2"
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        all(self.conn, &sql, params![user, most], insertion)
    }

    /// The last insertion that an instance did.
    pub fn insertion_of(&self, instance: &str) -> Result<Option<Insertion>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM insertion WHERE process_instance_id = ?1
             ORDER BY at DESC LIMIT 1"
        );
        first(self.conn, &sql, [instance], insertion)
    }

    /// Insertions for whose undo something is kept that is not needed any more, some of them.
    pub fn overdue_undo(
        &self,
        now: DateTime<Utc>,
        most: usize,
    ) -> Result<Vec<Insertion>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM insertion WHERE undo_until IS NOT NULL AND undo_until < ?1
             ORDER BY undo_until LIMIT ?2"
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        all(self.conn, &sql, params![millis(now), most], insertion)
    }
}
