//! Connections: targets that a head sets up by name.

use super::permission::Operation;
use super::secret::Clear;
use super::view::{Connection, ConnectionLimits, ConnectionTest};
use super::{Caller, Desk, DeskError, Look};
use crate::insert::{self, ConnectionUrl, InsertError, Password};
use crate::store::TargetConnection;
use crate::value::SecretHandle;
use crate::value::words::io_error;
use std::str::FromStr;
use std::time::Instant;

impl Look<'_, '_> {
    /// The connection of this name, where there is one.
    pub(super) fn connection(&self, name: Option<&str>) -> Result<Option<Connection>, DeskError> {
        match name {
            Some(name) => Ok(self.read.connection(name)?.map(shown)),
            None => Ok(None),
        }
    }

    /// The password of a connection, where it has one: for whoever inserts there.
    pub(super) fn connection_password(&self, name: &str) -> Result<Option<Password>, DeskError> {
        let row = self.read.connection(name)?;
        let Some(handle) = row.and_then(|row| row.secret) else {
            return Ok(None);
        };
        let sealed = self.read.secret(&handle)?.ok_or_else(|| {
            DeskError::NotFound(format!(
                "the password of the connection {name} is gone; set the connection up again"
            ))
        })?;
        let clear = self.core.vault.open(&SecretHandle(handle), &sealed)?;
        Ok(Some(Password::new(clear.expose())))
    }
}

impl Desk {
    /// All connections, by name.
    pub fn connections(&self, caller: &Caller) -> Result<Vec<Connection>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::UseConnections, false)?;
            let all = look.read.connections()?.into_iter().map(shown);
            Ok(all.filter(|one| look.may_use(one)).collect())
        })
    }

    /// The connection of this name, for whoever inserts into it.
    pub fn connection(&self, caller: &Caller, name: &str) -> Result<Option<Connection>, DeskError> {
        self.look(caller, |look| look.connection(Some(name)))
    }

    /// The same for the insertion of an instance: whoever sent it must be one who may use it,
    /// whichever way the connection was named.
    pub(crate) fn connection_for(
        &self,
        caller: &Caller,
        name: &str,
        process_instance: &str,
    ) -> Result<Option<Connection>, DeskError> {
        self.look(caller, |look| {
            let Some(found) = look.connection(Some(name))? else {
                return Ok(None);
            };
            let sent = look.read.last_done_task(process_instance)?;
            let sender = match sent.and_then(|task| task.assignee) {
                Some(user) => Some(user),
                None => look
                    .read
                    .instance_by_id(process_instance)?
                    .and_then(|i| i.start_user),
            };
            if let Some(sender) = sender
                && let Some(sender) = look.read.user(&sender)?
            {
                super::limits::require_use(&found, &super::people::view(sender))?;
            }
            Ok(Some(found))
        })
    }

    /// The password of this connection, for a worker that inserts into it.
    pub(crate) fn connection_password(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<Option<Password>, DeskError> {
        self.look(caller, |look| look.connection_password(name))
    }

    /// Adds or replaces a connection.
    pub fn add_connection(
        &self,
        caller: &Caller,
        name: &str,
        url: &str,
        password: Option<&str>,
    ) -> Result<Connection, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::ChangeConnections, false)
        })?;
        if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
            return Err(DeskError::Invalid(
                "a connection's name has 1 to 64 characters on one line".to_owned(),
            ));
        }
        let url = self.absolute(ConnectionUrl::from_str(url)?)?;
        let secret = password
            .filter(|p| !p.is_empty())
            .map(|p| self.core.seal(&Clear::new(p)))
            .transpose()?;
        let (name, url) = (name.to_owned(), url.to_string());
        self.act(caller, move |act| {
            act.require(Operation::ChangeConnections, false)?;
            let by = act.by();
            let replaced = act.tx.read().connection(&name)?;
            let row = TargetConnection {
                name: name.clone(),
                url: url.clone(),
                user_name: None,
                secret: secret.as_ref().map(|(handle, _)| handle.0.clone()),
                limits: replaced.as_ref().and_then(|row| row.limits.clone()),
                created_by: by.user.clone(),
                created: by.now,
            };
            if let Some((handle, sealed)) = &secret {
                act.tx
                    .put_secret(&handle.0, sealed, &owner(&row.name), by.now)?;
            }
            act.tx.put_connection(&row)?;
            // The row that named the replaced secret is gone now, so that the secret may go.
            if let Some(old) = replaced.and_then(|row| row.secret) {
                act.tx.delete_secret(&old)?;
            }
            act.log("Create", "Connection", &row.name)?;
            Ok(shown(row))
        })
    }

    /// Removes a connection and its password.
    pub fn remove_connection(&self, caller: &Caller, name: &str) -> Result<(), DeskError> {
        let name = name.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::ChangeConnections, false)?;
            if !act.tx.delete_connection(&name)? {
                return Err(unknown(&name));
            }
            act.tx.delete_secrets_of(&owner(&name))?;
            act.log("Delete", "Connection", &name)
        })
    }

    /// Tries to reach and to write a connection's database and lists its tables.
    pub fn test_connection(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<ConnectionTest, DeskError> {
        let (found, password) = self.look(caller, |look| {
            look.require(Operation::UseConnections, false)?;
            let found = look.connection(Some(name))?.ok_or_else(|| unknown(name))?;
            look.require_use(&found)?;
            Ok((found, look.connection_password(name)?))
        })?;
        let since = Instant::now();
        let tables = ConnectionUrl::from_str(&found.url).and_then(|url| {
            insert::test_connection(&url, password.as_ref(), &self.forbidden_targets())
        });
        let millis = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(match tables {
            Ok(tables) => ConnectionTest {
                ok: true,
                message: match tables.len() {
                    0 => "reached; it has no tables yet".to_owned(),
                    1 => "reached; it has 1 table".to_owned(),
                    n => format!("reached; it has {n} tables"),
                },
                tables,
                millis,
            },
            Err(error) => ConnectionTest {
                ok: false,
                message: error.to_string(),
                tables: Vec::new(),
                millis,
            },
        })
    }

    /// A connection must mean the same file wherever a program is started, and never the desk's.
    fn absolute(&self, url: ConnectionUrl) -> Result<ConnectionUrl, DeskError> {
        let ConnectionUrl::Sqlite(path) = url else {
            return Ok(url);
        };
        let path = std::path::absolute(&path)
            .map_err(|e| DeskError::Invalid(format!("{}: {}", path.display(), io_error(&e))))?;
        let url = ConnectionUrl::Sqlite(path);
        // What else is wrong with it now may be right when it is used.
        match insert::tables(&url, None, &self.forbidden_targets()) {
            Err(error @ InsertError::Forbidden { .. }) => {
                Err(DeskError::Invalid(error.to_string()))
            }
            _ => Ok(url),
        }
    }
}

/// The owner under which a connection's secret is kept.
fn owner(name: &str) -> String {
    format!("connection:{name}")
}

pub(super) fn shown(row: TargetConnection) -> Connection {
    // What is not understood lets nobody in but a head.
    let limits = row.limits.map(|json| {
        serde_json::from_str(&json).unwrap_or_else(|_| ConnectionLimits {
            groups: vec![String::new()],
            ..ConnectionLimits::default()
        })
    });
    Connection {
        limits: limits.unwrap_or_default(),
        has_password: row.secret.is_some(),
        name: row.name,
        url: row.url,
    }
}

pub(super) fn unknown(name: &str) -> DeskError {
    DeskError::NotFound(format!(
        "there is no connection {name}; see crewdesk connection list"
    ))
}
