//! What people say about instances and their tasks. What was said about a task may be changed
//! and taken back.

use super::codec::{instant, millis};
use super::feed::Topics;
use super::load::all;
use super::{Snapshot, StoreError, Tx};
use chrono::{DateTime, Utc};
use rusqlite::params;

/// What somebody said about an instance or one of its tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: String,
    /// The instance.
    pub process_instance_id: String,
    /// The task, where it is about one.
    pub task_id: Option<String>,
    /// Who said it.
    pub user_id: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub message: String,
}

impl Tx<'_> {
    /// Keeps a comment.
    pub fn put_comment(&mut self, row: &Comment) -> Result<(), StoreError> {
        self.execute(
            Topics::INSTANCES | Topics::NOTES,
            "INSERT INTO comment (id, process_instance_id, task_id, user_id, at, message)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                row.id,
                row.process_instance_id,
                row.task_id,
                row.user_id,
                millis(row.at),
                row.message
            ],
        )
        .map(drop)
    }
}

impl Tx<'_> {
    /// Changes what was said about a task. True when there is such a comment.
    pub fn reword_comment(
        &mut self,
        task: &str,
        id: &str,
        message: &str,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE comment SET message = ?3 WHERE id = ?2 AND task_id = ?1";
        let rows = self.execute(Topics::INSTANCES | Topics::NOTES, sql, [task, id, message])?;
        Ok(rows > 0)
    }

    /// Removes one comment on a task, or all of them; how many there were.
    pub fn delete_comments(&mut self, task: &str, id: Option<&str>) -> Result<usize, StoreError> {
        let sql = "DELETE FROM comment WHERE task_id = ?1 AND (?2 IS NULL OR id = ?2)";
        self.execute(
            Topics::INSTANCES | Topics::NOTES,
            sql,
            rusqlite::params![task, id],
        )
    }
}

impl Snapshot<'_> {
    /// Who said something about a task; none when there is no such comment.
    pub fn comment_by(&self, task: &str, id: &str) -> Result<Option<Option<String>>, StoreError> {
        let sql = "SELECT user_id FROM comment WHERE id = ?2 AND task_id = ?1";
        super::load::first(self.conn, sql, [task, id], |row| row.get(0))
    }

    /// What was said about an instance, oldest first.
    pub fn comments(&self, process_instance: &str) -> Result<Vec<Comment>, StoreError> {
        let sql = "SELECT id, process_instance_id, task_id, user_id, at, message FROM comment
                   WHERE process_instance_id = ?1 ORDER BY at, id";
        all(self.conn, sql, [process_instance], |row| {
            Ok(Comment {
                id: row.get(0)?,
                process_instance_id: row.get(1)?,
                task_id: row.get(2)?,
                user_id: row.get(3)?,
                at: instant(row, 4)?,
                message: row.get(5)?,
            })
        })
    }
}
