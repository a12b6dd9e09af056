//! Connections: targets that a head sets up by name.

use super::permission::Operation;
use super::secret::Clear;
use super::view::{Connection, ConnectionLimits, ConnectionTest, Credentials, TypedLogin};
use super::{Caller, Desk, DeskError, Look, insertion};
use crate::insert::{self, ConnectionUrl, InsertError, Password};
use crate::store::TargetConnection;
use crate::value::Map;
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
        let handle = row.and_then(|row| row.secret);
        handle.map(|handle| self.opened(&handle, name)).transpose()
    }
}

impl Desk {
    /// All connections, by name.
    pub fn connections(&self, caller: &Caller) -> Result<Vec<Connection>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::UseConnections, false)?;
            let all = look.read.connections()?.into_iter().map(shown);
            look.with_logins(all.filter(|one| look.may_use(one)).collect())
        })
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
        let is_server = matches!(url, ConnectionUrl::Server(_));
        let secret = password
            .filter(|p| !p.is_empty())
            .map(|p| self.core.seal(&Clear::new(p)))
            .transpose()?;
        let (name, url) = (name.to_owned(), url.to_string());
        self.act(caller, move |act| {
            act.require(Operation::ChangeConnections, false)?;
            let by = act.by();
            let replaced = act.tx.read().connection(&name)?;
            let password_by = by.user.clone().filter(|_| secret.is_some());
            let before = replaced.as_ref();
            let row = TargetConnection {
                name: name.clone(),
                url: url.clone(),
                user_name: None,
                secret: secret.as_ref().map(|(handle, _)| handle.0.clone()),
                password_set: secret.as_ref().map(|_| by.now),
                password_by,
                // A password for all is what all use from then on; a file asks nobody.
                credentials: match before.filter(|_| is_server && secret.is_none()) {
                    Some(row) => row.credentials.clone(),
                    None => Credentials::Shared.as_str().to_owned(),
                },
                limits: before.and_then(|row| row.limits.clone()),
                created_by: by.user.clone(),
                created: by.now,
            };
            if let Some((handle, sealed)) = &secret {
                act.tx
                    .put_secret(&handle.0, sealed, &owner(&row.name), by.now)?;
            }
            act.tx.put_connection(&row)?;
            // What people gave for one place is not sent to another.
            let moved = before.is_some_and(|old| old.url != row.url);
            if moved || row.credentials != Credentials::Personal.as_str() {
                act.tx.delete_logins(&row.name, None)?;
            }
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
        typed: Option<TypedLogin<'_>>,
    ) -> Result<ConnectionTest, DeskError> {
        let mut values = Map::new();
        if let Some(user) = typed.and_then(|typed| typed.user_name) {
            values.insert(insertion::USER.to_owned(), user.into());
        }
        let entrance = self.look(caller, |look| {
            look.require(Operation::UseConnections, false)?;
            let found = look.connection(Some(name))?.ok_or_else(|| unknown(name))?;
            look.require_use(&found)?;
            let password = typed.map(|typed| Password::new(typed.password));
            match look.own_entrance(found, &values, password) {
                // Whoever has no way in hears so as of any other thing that fails.
                Err(DeskError::Fields(errors)) => Ok(Err(errors)),
                entrance => entrance.map(Ok),
            }
        })?;
        let since = Instant::now();
        let mut no_ledger = None;
        let tables = match &entrance {
            Err(errors) => Err(errors.iter().map(|e| e.message.clone()).collect()),
            Ok((found, password)) => ConnectionUrl::from_str(&found.url)
                .and_then(|url| {
                    let (password, forbidden) = (password.as_ref(), self.forbidden_targets());
                    let tables = insert::test_connection(&url, password, &forbidden)?;
                    if !found.limits.without_ledger {
                        no_ledger = insert::ledger_trouble(&url, password, &forbidden)?;
                    }
                    Ok(tables)
                })
                .map_err(|error| error.to_string()),
        };
        let millis = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(match tables {
            Ok(tables) => ConnectionTest {
                ok: true,
                message: {
                    let reached = match tables.len() {
                        0 => "reached; it has no tables yet".to_owned(),
                        1 => "reached; it has 1 table".to_owned(),
                        n => format!("reached; it has {n} tables"),
                    };
                    let without = entrance.is_ok_and(|(c, _)| c.limits.without_ledger);
                    match (no_ledger, without) {
                        (Some(why), _) => format!(
                            "{reached}. Nothing can be inserted yet: {why}. Or let it be used \
                             without one, not exactly once then: crewdesk connection limit {name} \
                             --without-ledger"
                        ),
                        (None, true) => format!("{reached}; {}", insertion::NOT_ONCE),
                        (None, false) => reached,
                    }
                },
                tables,
                millis,
            },
            Err(message) => ConnectionTest {
                ok: false,
                message,
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
pub(super) fn owner(name: &str) -> String {
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
        // What is not understood gives nobody the team's password.
        credentials: row.credentials.parse().unwrap_or(Credentials::Asked),
        has_password: row.secret.is_some(),
        password_set: row.password_set,
        password_by: row.password_by,
        logins: Vec::new(),
        name: row.name,
        url: row.url,
    }
}

pub(super) fn unknown(name: &str) -> DeskError {
    DeskError::NotFound(format!(
        "there is no connection {name}; see crewdesk connection list"
    ))
}
