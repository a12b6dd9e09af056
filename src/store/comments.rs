//! What people say about instances and their tasks. What was said about a task may be changed
//! and taken back.

use super::codec::{instant, millis};
use super::feed::Topics;
use super::load::all;
use super::{Snapshot, StoreError, Tx};
use chrono::{DateTime, Utc};
use rusqlite::params;

/// Most that are told of an instance: the last.
const MOST: i64 = 10_000;

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

/// What comments are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A task, by its id.
    Task(String),
    /// A process instance with its tasks, by its id.
    Instance(String),
}

impl About {
    fn column(&self) -> &'static str {
        match self {
            About::Task(_) => "task_id",
            About::Instance(_) => "process_instance_id",
        }
    }

    fn id(&self) -> &str {
        let (About::Task(id) | About::Instance(id)) = self;
        id
    }
}

impl Tx<'_> {
    /// Changes what was said. True when there is such a comment.
    pub fn reword_comment(
        &mut self,
        about: &About,
        id: &str,
        message: &str,
    ) -> Result<bool, StoreError> {
        let column = about.column();
        let sql = format!("UPDATE comment SET message = ?3 WHERE id = ?2 AND {column} = ?1");
        let topics = Topics::INSTANCES | Topics::NOTES;
        let rows = self.execute(topics, &sql, [about.id(), id, message])?;
        Ok(rows > 0)
    }

    /// Removes one comment, or all of them; how many there were.
    pub fn delete_comments(
        &mut self,
        about: &About,
        id: Option<&str>,
    ) -> Result<usize, StoreError> {
        let column = about.column();
        let sql = format!("DELETE FROM comment WHERE {column} = ?1 AND (?2 IS NULL OR id = ?2)");
        self.execute(
            Topics::INSTANCES | Topics::NOTES,
            &sql,
            rusqlite::params![about.id(), id],
        )
    }
}

impl Snapshot<'_> {
    /// Who said something; none when there is no such comment.
    pub fn comment_by(
        &self,
        about: &About,
        id: &str,
    ) -> Result<Option<Option<String>>, StoreError> {
        let column = about.column();
        let sql = format!("SELECT user_id FROM comment WHERE id = ?2 AND {column} = ?1");
        super::load::first(self.conn, &sql, [about.id(), id], |row| row.get(0))
    }

    /// What was said about an instance last, oldest first.
    pub fn comments(&self, process_instance: &str) -> Result<Vec<Comment>, StoreError> {
        let sql = "SELECT * FROM
                     (SELECT id, process_instance_id, task_id, user_id, at, message FROM comment
                      WHERE process_instance_id = ?1 ORDER BY at DESC, id DESC LIMIT ?2)
                   ORDER BY at, id";
        all(self.conn, sql, params![process_instance, MOST], |row| {
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
