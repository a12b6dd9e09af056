//! Delegation, attachments, stored filters, and what people and groups are called.

use super::codec::millis;
use super::feed::Topics;
use super::load::first;
use super::{Snapshot, StoreError, Tx};
use chrono::{DateTime, Utc};
use rusqlite::params;

/// Something attached to a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: String,
    /// The task.
    pub task_id: String,
    /// The instance; empty for a task without one.
    pub process_instance_id: String,
    /// What it is called.
    pub name: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Its kind, such as a media type.
    pub kind: Option<String>,
    /// Where it is, when it is elsewhere.
    pub url: Option<String>,
    /// Who attached it.
    pub user_id: Option<String>,
    /// When.
    pub created: DateTime<Utc>,
    /// What it holds, when it is here.
    pub content: Option<Vec<u8>>,
}

/// A stored filter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredFilter {
    /// Its id.
    pub id: String,
    /// What it filters: `Task`.
    pub resource_type: String,
    /// What it is called.
    pub name: String,
    /// Whose it is; without one it is everybody's.
    pub owner: Option<String>,
    /// The query as JSON.
    pub query: String,
    /// Properties as JSON, for those who show it.
    pub properties: String,
}

/// What a person is called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Electronic mail.
    pub email: Option<String>,
}

/// What a group is called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TeamGroup {
    /// Its id: the name by which tasks name it.
    pub id: String,
    /// What people read.
    pub name: Option<String>,
    /// Its kind, as whoever made it says.
    pub kind: Option<String>,
}

impl Tx<'_> {
    /// Says whether a task is delegated: `PENDING`, `RESOLVED` or not.
    pub fn set_delegation(&mut self, task: &str, state: Option<&str>) -> Result<(), StoreError> {
        let sql = "UPDATE task SET delegation = ?2 WHERE id = ?1";
        self.execute(Topics::TASKS, sql, params![task, state])
            .map(drop)
    }

    /// Says of which task a task is a part.
    pub fn set_parent(&mut self, task: &str, parent: Option<&str>) -> Result<(), StoreError> {
        let sql = "UPDATE task SET parent_id = ?2 WHERE id = ?1";
        self.execute(Topics::TASKS, sql, params![task, parent])
            .map(drop)
    }

    /// Adds an attachment.
    pub fn put_attachment(&mut self, row: &Attachment) -> Result<(), StoreError> {
        self.execute(
            Topics::NOTES,
            "INSERT INTO attachment (id, task_id, process_instance_id, name, description, type,
                                     url, user_id, created, content)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                row.id,
                row.task_id,
                row.process_instance_id,
                row.name,
                row.description,
                row.kind,
                row.url,
                row.user_id,
                millis(row.created),
                row.content,
            ],
        )
        .map(drop)
    }

    /// Removes an attachment of a task. True when there was one.
    pub fn delete_attachment(&mut self, task: &str, id: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM attachment WHERE id = ?2 AND task_id = ?1";
        Ok(self.execute(Topics::NOTES, sql, [task, id])? > 0)
    }

    /// Adds a filter or replaces it.
    pub fn put_filter(&mut self, row: &StoredFilter) -> Result<(), StoreError> {
        self.execute(
            Topics::NONE,
            "INSERT INTO filter (id, resource_type, name, owner, query, properties)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET
                 resource_type = excluded.resource_type, name = excluded.name,
                 owner = excluded.owner, query = excluded.query,
                 properties = excluded.properties",
            params![
                row.id,
                row.resource_type,
                row.name,
                row.owner,
                row.query,
                row.properties
            ],
        )
        .map(drop)
    }

    /// Removes a filter. True when there was one.
    pub fn delete_filter(&mut self, id: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM filter WHERE id = ?1";
        Ok(self.execute(Topics::NONE, sql, [id])? > 0)
    }

    /// Says what a person is called. True when there is such a user.
    pub fn put_profile(&mut self, user: &str, profile: &Profile) -> Result<bool, StoreError> {
        let sql = "UPDATE user SET first_name = ?2, last_name = ?3, email = ?4 WHERE id = ?1";
        let values = params![user, profile.first_name, profile.last_name, profile.email];
        Ok(self.execute(Topics::PEOPLE, sql, values)? > 0)
    }

    /// Adds a group or says anew what it is called.
    pub fn put_group(&mut self, row: &TeamGroup) -> Result<(), StoreError> {
        self.execute(
            Topics::PEOPLE,
            "INSERT INTO team_group (id, name, type) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, type = excluded.type",
            params![row.id, row.name, row.kind],
        )
        .map(drop)
    }

    /// Removes a group; nobody is in it any more.
    pub fn delete_group(&mut self, id: &str) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM team_group WHERE id = ?1",
            "DELETE FROM user_group WHERE name = ?1",
        ] {
            self.execute(Topics::PEOPLE, sql, [id])?;
        }
        Ok(())
    }
}

impl Snapshot<'_> {
    /// Whether a task is delegated.
    pub fn delegation(&self, task: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT delegation FROM task WHERE id = ?1";
        Ok(first(self.conn, sql, [task], |row| row.get(0))?.flatten())
    }

    /// How many attachments a task has and how many bytes they hold.
    pub fn attached(&self, task: &str) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT count(*), coalesce(sum(length(content)), 0)
                   FROM attachment WHERE task_id = ?1";
        let number = |n: i64| u64::try_from(n).unwrap_or(0);
        let found = first(self.conn, sql, [task], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(found.map_or((0, 0), |(count, bytes)| (number(count), number(bytes))))
    }

    /// What an attachment holds; none when there is no such one, or it is elsewhere.
    pub fn attachment_content(&self, task: &str, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT content FROM attachment WHERE id = ?2 AND task_id = ?1";
        Ok(first(self.conn, sql, [task, id], |row| row.get(0))?.flatten())
    }

    /// A stored filter.
    pub fn filter(&self, id: &str) -> Result<Option<StoredFilter>, StoreError> {
        let sql = "SELECT id, resource_type, name, owner, query, properties
                   FROM filter WHERE id = ?1";
        first(self.conn, sql, [id], |row| {
            Ok(StoredFilter {
                id: row.get(0)?,
                resource_type: row.get(1)?,
                name: row.get(2)?,
                owner: row.get(3)?,
                query: row.get(4)?,
                properties: row.get(5)?,
            })
        })
    }

    /// How many filters there are.
    pub fn filters(&self) -> Result<u64, StoreError> {
        let found = first(self.conn, "SELECT count(*) FROM filter", [], |row| {
            row.get::<_, i64>(0)
        })?;
        Ok(found.map_or(0, |n| u64::try_from(n).unwrap_or(0)))
    }

    /// True when somebody is in this group or it was made.
    pub fn has_group(&self, id: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM team_group WHERE id = ?1
                   UNION ALL SELECT 1 FROM user_group WHERE name = ?1 LIMIT 1";
        Ok(first(self.conn, sql, [id], |row| row.get::<_, i64>(0))?.is_some())
    }

    /// The variables of a task that belongs to no process.
    pub fn variables_alone(&self, task: &str) -> Result<crate::value::Map, StoreError> {
        let sql = "SELECT name, type, value, info FROM variable
                   WHERE root_id = '' AND scope_id = ?1 ORDER BY name";
        let found = super::load::all(self.conn, sql, [task], |row| {
            Ok((row.get(0)?, super::codec::value(row, 1)?))
        })?;
        Ok(found.into_iter().collect())
    }
}
