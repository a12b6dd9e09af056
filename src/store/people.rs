//! People and groups, connections, secrets.

use super::codec::{instant, instant_opt, millis};
use super::feed::Topics;
use super::load::{all, first};
use super::{Snapshot, StoreError, Tx};
use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

/// A person or worker account.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The login name.
    pub id: String,
    /// What others read.
    pub name: String,
    /// `head`, `employee` or `worker`.
    pub role: String,
    /// Groups, by name; written by [`Tx::put_user`] too.
    pub groups: Vec<String>,
    /// The topics that a worker account is limited to; written by [`Tx::put_topics`].
    pub topics: Vec<String>,
    /// The password's hash, if there is a password.
    pub password_hash: Option<String>,
    /// Since when.
    pub created: DateTime<Utc>,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "User({}, {}, {:?})", self.id, self.role, self.groups)
    }
}

/// Where data frames go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetConnection {
    /// Its name.
    pub name: String,
    /// Its URL, without a password.
    pub url: String,
    /// The user to log in as.
    pub user_name: Option<String>,
    /// The handle of the password.
    pub secret: Option<String>,
    /// Since when that is the password; read, not written.
    pub password_set: Option<DateTime<Utc>>,
    /// Who set it.
    pub password_by: Option<String>,
    /// Whose credentials it uses: `shared`, `personal` or `asked`.
    pub credentials: String,
    /// Who may use it and for what, as JSON.
    pub limits: Option<String>,
    /// Who set it up.
    pub created_by: Option<String>,
    /// Since when.
    pub created: DateTime<Utc>,
}

/// How a person logs in where a connection leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The connection.
    pub connection: String,
    /// Whose login it is.
    pub user: String,
    /// The name to log in with, where it is not that of the connection.
    pub user_name: Option<String>,
    /// The handle of the password.
    pub secret: String,
    /// Since when that is the password; read, not written.
    pub set: DateTime<Utc>,
}

impl Tx<'_> {
    /// Adds a user or replaces name, role, password and groups.
    pub fn put_user(&mut self, row: &User) -> Result<(), StoreError> {
        self.execute(
            Topics::PEOPLE,
            "INSERT INTO user (id, name, role, password_hash, created)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET
                 name = excluded.name, role = excluded.role,
                 password_hash = excluded.password_hash",
            params![
                row.id,
                row.name,
                row.role,
                row.password_hash,
                millis(row.created)
            ],
        )?;
        let sql = "DELETE FROM user_group WHERE user_id = ?1";
        self.execute(Topics::PEOPLE, sql, [&row.id])?;
        for group in &row.groups {
            self.execute(
                Topics::PEOPLE,
                "INSERT OR IGNORE INTO user_group (user_id, name) VALUES (?1, ?2)",
                [&row.id, group],
            )?;
        }
        Ok(())
    }

    /// Limits a worker account to these topics; none are all.
    pub fn put_topics(&mut self, user: &str, topics: &[String]) -> Result<(), StoreError> {
        let sql = "DELETE FROM user_topic WHERE user_id = ?1";
        self.execute(Topics::PEOPLE, sql, [user])?;
        for topic in topics {
            let sql = "INSERT OR IGNORE INTO user_topic (user_id, name) VALUES (?1, ?2)";
            self.execute(Topics::PEOPLE, sql, [user, topic])?;
        }
        Ok(())
    }

    /// Says which account of the operating system a user has. True when there is such a user.
    pub fn put_account(&mut self, user: &str, account: Option<&str>) -> Result<bool, StoreError> {
        let sql = "UPDATE user SET account = ?2 WHERE id = ?1";
        Ok(self.execute(Topics::PEOPLE, sql, params![user, account])? > 0)
    }

    /// Sets or clears a password. True when there is such a user.
    pub fn set_password(&mut self, user: &str, hash: Option<&str>) -> Result<bool, StoreError> {
        let sql = "UPDATE user SET password_hash = ?2 WHERE id = ?1";
        let rows = self.execute(Topics::PEOPLE, sql, params![user, hash])?;
        Ok(rows > 0)
    }

    /// Removes a user and their groups; what they did stays. True when there was one.
    pub fn delete_user(&mut self, user: &str) -> Result<bool, StoreError> {
        // Whoever has the name one day does not read them.
        let sql = "DELETE FROM notification WHERE user_id = ?1";
        self.execute(Topics::NOTES, sql, [user])?;
        // With the secret goes the login.
        let sql = "DELETE FROM secret WHERE handle IN
                       (SELECT secret FROM connection_login WHERE user_id = ?1)";
        self.execute(Topics::CONNECTIONS, sql, [user])?;
        let sql = "DELETE FROM user WHERE id = ?1";
        Ok(self.execute(Topics::PEOPLE, sql, [user])? > 0)
    }

    /// Adds a connection or replaces it.
    pub fn put_connection(&mut self, row: &TargetConnection) -> Result<(), StoreError> {
        self.execute(
            Topics::CONNECTIONS,
            "INSERT INTO connection (name, url, user_name, secret, created_by, created, limits,
                                     credentials, password_by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (name) DO UPDATE SET
                 url = excluded.url, user_name = excluded.user_name, secret = excluded.secret,
                 limits = excluded.limits, credentials = excluded.credentials,
                 password_by = excluded.password_by",
            params![
                row.name,
                row.url,
                row.user_name,
                row.secret,
                row.created_by,
                millis(row.created),
                row.limits,
                row.credentials,
                row.password_by,
            ],
        )
        .map(drop)
    }

    /// Removes a connection; its secrets go with [`Tx::delete_secrets_of`]. True when there was one.
    pub fn delete_connection(&mut self, name: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM connection WHERE name = ?1";
        Ok(self.execute(Topics::CONNECTIONS, sql, [name])? > 0)
    }

    /// Keeps how a person logs in; its secret is kept already. What was before goes.
    pub fn put_login(&mut self, row: &Login) -> Result<(), StoreError> {
        self.delete_logins(&row.connection, Some(&row.user))?;
        let sql = "INSERT INTO connection_login (connection, user_id, user_name, secret)
                   VALUES (?1, ?2, ?3, ?4)";
        let row = params![row.connection, row.user, row.user_name, row.secret];
        self.execute(Topics::CONNECTIONS, sql, row).map(drop)
    }

    /// Removes the logins of a connection, or that of one person; how many.
    pub fn delete_logins(
        &mut self,
        connection: &str,
        user: Option<&str>,
    ) -> Result<usize, StoreError> {
        let sql = "DELETE FROM secret WHERE handle IN
                       (SELECT secret FROM connection_login
                        WHERE connection = ?1 AND user_id = ifnull(?2, user_id))";
        self.execute(Topics::CONNECTIONS, sql, params![connection, user])
    }

    /// Keeps the ciphertext of a secret. `owner` is the root instance or `connection:<name>`.
    pub fn put_secret(
        &mut self,
        handle: &str,
        sealed: &[u8],
        owner: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.execute(
            Topics::NONE,
            "INSERT INTO secret (handle, sealed, owner, created) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (handle) DO UPDATE SET sealed = excluded.sealed",
            params![handle, sealed, owner, millis(now)],
        )
        .map(drop)
    }

    /// Removes the secrets that belong to an instance or connection.
    pub fn delete_secrets_of(&mut self, owner: &str) -> Result<usize, StoreError> {
        if !self.has_secrets(owner)? {
            return Ok(0);
        }
        self.execute(Topics::NONE, "DELETE FROM secret WHERE owner = ?1", [owner])
    }

    /// Removes the secrets of a root instance that has ended. What it called and left to itself may
    /// hold some of them: these are that one's from then on.
    pub fn end_secrets_of(&mut self, root: &str) -> Result<(), StoreError> {
        if !self.has_secrets(root)? {
            return Ok(());
        }
        const HOLDER: &str = "SELECT v.root_id FROM variable AS v INDEXED BY variable_secret
             WHERE v.type = 'Secret' AND v.value = secret.handle LIMIT 1";
        let sql =
            format!("UPDATE secret SET owner = ({HOLDER}) WHERE owner = ?1 AND EXISTS ({HOLDER})");
        self.execute(Topics::NONE, &sql, [root])?;
        self.delete_secrets_of(root).map(drop)
    }

    /// Hardly any instance has one, and to delete SQLite first makes a table in memory.
    fn has_secrets(&self, owner: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM secret WHERE owner = ?1 LIMIT 1";
        Ok(first(self.conn, sql, [owner], |_| Ok(()))?.is_some())
    }

    /// Removes one secret. True when there was one.
    pub fn delete_secret(&mut self, handle: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM secret WHERE handle = ?1";
        Ok(self.execute(Topics::NONE, sql, [handle])? > 0)
    }
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        name: row.get(1)?,
        role: row.get(2)?,
        groups: Vec::new(),
        topics: Vec::new(),
        password_hash: row.get(3)?,
        created: instant(row, 4)?,
    })
}

fn connection(row: &Row<'_>) -> rusqlite::Result<TargetConnection> {
    Ok(TargetConnection {
        name: row.get(0)?,
        url: row.get(1)?,
        user_name: row.get(2)?,
        secret: row.get(3)?,
        created_by: row.get(4)?,
        created: instant(row, 5)?,
        limits: row.get(6)?,
        credentials: row.get(7)?,
        password_by: row.get(8)?,
        password_set: instant_opt(row, 9)?,
    })
}

fn login(row: &Row<'_>) -> rusqlite::Result<Login> {
    Ok(Login {
        connection: row.get(0)?,
        user: row.get(1)?,
        user_name: row.get(2)?,
        secret: row.get(3)?,
        set: instant(row, 4)?,
    })
}

const CONNECTION: &str = "SELECT name, url, user_name, secret, created_by, created, limits,
    credentials, password_by, (SELECT s.created FROM secret AS s WHERE s.handle = secret)
    FROM connection";

const LOGIN: &str = "SELECT l.connection, l.user_id, l.user_name, l.secret, s.created
    FROM connection_login AS l JOIN secret AS s ON s.handle = l.secret";

impl Snapshot<'_> {
    /// All users with their groups, by login name.
    pub fn users(&self) -> Result<Vec<User>, StoreError> {
        let sql = "SELECT id, name, role, password_hash, created FROM user
                   ORDER BY id COLLATE NOCASE, id";
        let users = all(self.conn, sql, [], user)?;
        users.into_iter().map(|user| self.belonging(user)).collect()
    }

    /// A user.
    pub fn user(&self, id: &str) -> Result<Option<User>, StoreError> {
        let sql = "SELECT id, name, role, password_hash, created FROM user WHERE id = ?1";
        let found = first(self.conn, sql, [id], user)?;
        found.map(|user| self.belonging(user)).transpose()
    }

    /// Adds groups and topics.
    fn belonging(&self, mut user: User) -> Result<User, StoreError> {
        let sql = "SELECT name FROM user_group WHERE user_id = ?1 ORDER BY name";
        user.groups = all(self.conn, sql, [&user.id], |row| row.get(0))?;
        if user.role == "worker" {
            let sql = "SELECT name FROM user_topic WHERE user_id = ?1 ORDER BY name";
            user.topics = all(self.conn, sql, [&user.id], |row| row.get(0))?;
        }
        Ok(user)
    }

    /// The user with this account of the operating system: one that says so, else the one of
    /// that name that says no other.
    pub fn user_of_account(&self, account: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT id FROM user WHERE account = ?1 OR (id = ?1 AND account IS NULL)
                   ORDER BY account IS NULL LIMIT 1";
        first(self.conn, sql, [account], |row| row.get(0))
    }

    /// All connections, by name.
    pub fn connections(&self) -> Result<Vec<TargetConnection>, StoreError> {
        all(
            self.conn,
            &format!("{CONNECTION} ORDER BY name"),
            [],
            connection,
        )
    }

    /// A connection.
    pub fn connection(&self, name: &str) -> Result<Option<TargetConnection>, StoreError> {
        first(
            self.conn,
            &format!("{CONNECTION} WHERE name = ?1"),
            [name],
            connection,
        )
    }

    /// How a person logs in where a connection leads.
    pub fn login(&self, name: &str, user: &str) -> Result<Option<Login>, StoreError> {
        let sql = format!("{LOGIN} WHERE l.connection = ?1 AND l.user_id = ?2");
        first(self.conn, &sql, [name, user], login)
    }

    /// The logins that people keep, by connection and person.
    pub fn logins(&self) -> Result<Vec<Login>, StoreError> {
        let sql = format!("{LOGIN} ORDER BY l.connection, l.user_id");
        all(self.conn, &sql, [], login)
    }

    /// The ciphertext of a secret.
    pub fn secret(&self, handle: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT sealed FROM secret WHERE handle = ?1";
        first(self.conn, sql, [handle], |row| row.get(0))
    }
}
