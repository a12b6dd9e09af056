//! With whose user and password a connection is used: the team's, one's own, or what is typed
//! for the job. Clear text comes out of here for whoever logs in, and for nobody else.

use super::connection::{owner, unknown};
use super::permission::Operation;
use super::secret::Clear;
use super::view::{Connection, ConnectionLogin, Credentials, Role};
use super::{Caller, Desk, DeskError, FieldError, Look, insertion, limits, people};
use crate::insert::{self, ConnectionUrl, Password};
use crate::model::{Form, NodeKind, Process};
use crate::store::Login;
use crate::value::{Map, SecretHandle, Value};
use std::str::FromStr;

/// A connection as somebody logs in there, with the password where it takes one.
pub(super) type Entrance = (Connection, Option<Password>);

/// Longest name to log in with, in characters.
const LONGEST_NAME: usize = 128;

fn wrong(field: &str, message: String) -> DeskError {
    DeskError::Fields(vec![FieldError {
        field: field.to_owned(),
        message,
    }])
}

/// What is said to whoever has no login yet.
fn no_login(connection: &str) -> String {
    format!(
        "{connection} takes everybody's own login, and you have stored none: in the terminal L \
         asks for it, elsewhere crewdesk connection login {connection} --password-stdin"
    )
}

impl Look<'_, '_> {
    /// How a user gets into a connection's database. `values` and `typed` are what a form says
    /// for a connection that asks each time.
    pub(super) fn entrance(
        &self,
        connection: Connection,
        user: Option<&str>,
        values: &Map,
        typed: Option<Password>,
    ) -> Result<Entrance, DeskError> {
        match connection.credentials {
            Credentials::Shared => {
                let password = self.connection_password(&connection.name)?;
                Ok((connection, password))
            }
            Credentials::Asked => {
                let connection = insertion::as_user(connection, insertion::user_name(values));
                if typed.is_none() {
                    return Err(wrong(
                        insertion::PASSWORD,
                        format!("{} asks for it each time; type it", connection.name),
                    ));
                }
                Ok((connection, typed))
            }
            Credentials::Personal => {
                let login = match user {
                    Some(user) => self.read.login(&connection.name, user)?,
                    None => None,
                };
                let Some(login) = login else {
                    let mine = self.user.as_ref().map(|me| me.id.as_str()) == user;
                    let message = match user {
                        Some(user) if !mine => {
                            format!("{user} has no login for {} any more", connection.name)
                        }
                        _ => no_login(&connection.name),
                    };
                    return Err(wrong(insertion::CONNECTION, message));
                };
                let password = self.opened(&login.secret, &connection.name)?;
                Ok((
                    insertion::as_user(connection, login.user_name.as_deref()),
                    Some(password),
                ))
            }
        }
    }

    /// The same for whoever acts.
    pub(super) fn own_entrance(
        &self,
        connection: Connection,
        values: &Map,
        typed: Option<Password>,
    ) -> Result<Entrance, DeskError> {
        let me = self.user.as_ref().map(|user| user.id.as_str());
        self.entrance(connection, me, values, typed)
    }

    /// Refuses a form that does not say how its connection is entered, before it is completed.
    pub(super) fn require_entrance(
        &self,
        connection: &Connection,
        form: &Form,
        values: &Map,
        has_password: bool,
    ) -> Result<(), DeskError> {
        let name = &connection.name;
        match connection.credentials {
            Credentials::Shared => Ok(()),
            Credentials::Personal => {
                let user = self.user.as_ref().map_or("", |user| user.id.as_str());
                match self.read.login(name, user)? {
                    Some(_) => Ok(()),
                    None => Err(wrong(insertion::CONNECTION, no_login(name))),
                }
            }
            Credentials::Asked => {
                let has = |id: &str| form.fields.iter().any(|field| field.id == id);
                if !has(insertion::PASSWORD) {
                    let message = format!(
                        "{name} asks for a password each time, and this form has no field for it; \
                         choose another connection"
                    );
                    return Err(wrong(insertion::CONNECTION, message));
                }
                let named = insertion::user_name(values).is_some();
                if !named && has(insertion::USER) && names_nobody(&connection.url) {
                    let message = format!("{name} asks each time who logs in; name the user");
                    return Err(wrong(insertion::USER, message));
                }
                match has_password {
                    true => Ok(()),
                    false => Err(wrong(
                        insertion::PASSWORD,
                        format!("{name} asks for it each time; type it"),
                    )),
                }
            }
        }
    }

    /// Who sent the insertion of an instance: whoever completed the form that describes it last,
    /// be it the start form; where none does, whoever completed a task last.
    pub(super) fn sender(&self, process_instance: &str) -> Result<Option<String>, DeskError> {
        let Some(instance) = self.read.instance_by_id(process_instance)? else {
            return Ok(None);
        };
        let done = self.read.completers(process_instance)?;
        let process = self
            .core
            .catalog
            .process(self.read, &instance.definition_id);
        let process = process.ok();
        let described = process.as_ref().and_then(|process| {
            let mut sent = done.iter().filter(|(node, _)| describes(process, node));
            sent.next().cloned()
        });
        let by_start = process
            .as_ref()
            .and_then(|process| process.start_form())
            .is_some_and(insertion::describes);
        let last = match described {
            None if by_start => None,
            None => done.into_iter().next(),
            described => described,
        };
        Ok(last
            .and_then(|(_, user)| user)
            .or(instance.start_user.clone()))
    }

    /// Whether a password that was typed before may be used again: by whoever typed it, or at
    /// the server that it was typed for, unless the connection asks everybody.
    pub(super) fn may_reuse(
        &self,
        connection: Option<&str>,
        stays: bool,
        process_instance: &str,
    ) -> Result<bool, DeskError> {
        match self.connection(connection)? {
            Some(found) if found.credentials == Credentials::Asked => {
                self.is_sender(process_instance)
            }
            _ => Ok(stays || self.is_sender(process_instance)?),
        }
    }

    /// The password behind a handle.
    pub(super) fn opened(&self, handle: &str, connection: &str) -> Result<Password, DeskError> {
        let sealed = self.read.secret(handle)?.ok_or_else(|| {
            DeskError::NotFound(format!(
                "the password of the connection {connection} is gone; set it again"
            ))
        })?;
        let handle = SecretHandle(handle.to_owned());
        let clear = self.core.vault.open(&handle, &sealed)?;
        Ok(Password::new(clear.expose()))
    }

    /// The password that was typed for an instance before, for whoever typed it.
    pub(super) fn kept_password(
        &self,
        variables: &Map,
        process_instance: &str,
    ) -> Result<Option<Password>, DeskError> {
        let Some(Value::Secret(handle)) = variables.get(insertion::PASSWORD) else {
            return Ok(None);
        };
        match self.is_sender(process_instance)? {
            true => self.opened(&handle.0, "of the job").map(Some),
            false => Ok(None),
        }
    }

    /// Whether whoever acts sent the insertion of an instance.
    fn is_sender(&self, process_instance: &str) -> Result<bool, DeskError> {
        let me = self.user.as_ref().map(|user| user.id.as_str());
        Ok(me.is_some() && self.sender(process_instance)?.as_deref() == me)
    }

    /// A connection with the logins that whoever acts may see.
    pub(super) fn with_logins(
        &self,
        mut all: Vec<Connection>,
    ) -> Result<Vec<Connection>, DeskError> {
        if all.iter().all(|c| c.credentials != Credentials::Personal) {
            return Ok(all);
        }
        let seen = |login: &Login| match &self.user {
            Some(user) => user.role == Role::Head || user.id == login.user,
            None => true,
        };
        for login in self.read.logins()?.into_iter().filter(seen) {
            if let Some(of) = all.iter_mut().find(|c| c.name == login.connection) {
                of.logins.push(ConnectionLogin {
                    user: login.user,
                    user_name: login.user_name,
                    set: login.set,
                });
            }
        }
        Ok(all)
    }
}

/// True when a URL of a server does not say who logs in.
fn names_nobody(url: &str) -> bool {
    matches!(ConnectionUrl::from_str(url), Ok(ConnectionUrl::Server(url)) if url.user.is_empty())
}

/// True when the form of this node describes an insertion.
fn describes(process: &Process, node: &str) -> bool {
    match process.node(node).map(|node| &node.kind) {
        Some(NodeKind::UserTask(task)) => task.form.as_ref().is_some_and(insertion::describes),
        _ => false,
    }
}

impl Desk {
    /// How the insertion of an instance gets into the database of a connection: whoever sent it
    /// must be one who may use it, whichever way it was named.
    pub(crate) fn entrance_of(
        &self,
        caller: &Caller,
        name: &str,
        process_instance: &str,
        values: &Map,
        typed: Option<Password>,
    ) -> Result<Option<Entrance>, DeskError> {
        self.look(caller, |look| {
            let Some(found) = look.connection(Some(name))? else {
                return Ok(None);
            };
            let sender = look.sender(process_instance)?;
            if let Some(sender) = &sender
                && let Some(sender) = look.read.user(sender)?
            {
                limits::require_use(&found, &people::view(sender))?;
            }
            look.entrance(found, sender.as_deref(), values, typed)
                .map(Some)
        })
    }

    /// Says whose credentials a connection uses. Passwords that are not used any more go.
    pub fn set_credentials(
        &self,
        caller: &Caller,
        name: &str,
        credentials: Credentials,
    ) -> Result<Connection, DeskError> {
        let name = name.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::ChangeConnections, false)?;
            let found = act.tx.read().connection(&name)?;
            let mut row = found.ok_or_else(|| unknown(&name))?;
            if credentials != Credentials::Shared {
                a_server(&row.url)?;
            }
            let before = row.secret.clone();
            row.credentials = credentials.as_str().to_owned();
            if credentials != Credentials::Shared {
                (row.secret, row.password_by, row.password_set) = (None, None, None);
            }
            act.tx.put_connection(&row)?;
            if let Some(gone) = before.filter(|_| row.secret.is_none()) {
                act.tx.delete_secret(&gone)?;
            }
            if credentials != Credentials::Personal {
                act.tx.delete_logins(&name, None)?;
            }
            act.log("Update", "Connection", &name)?;
            Ok(super::connection::shown(row))
        })
    }

    /// Keeps one's own login for a connection, once the server has taken it.
    pub fn log_in(
        &self,
        caller: &Caller,
        name: &str,
        user_name: Option<&str>,
        password: &str,
    ) -> Result<Connection, DeskError> {
        let user_name = user_name.map(str::trim).filter(|name| !name.is_empty());
        if user_name.is_some_and(|name| {
            name.chars().count() > LONGEST_NAME || name.contains(char::is_control)
        }) {
            let message = format!("a user name has 1 to {LONGEST_NAME} characters on one line");
            return Err(wrong(insertion::USER, message));
        }
        let found = self.look(caller, |look| {
            look.require(Operation::UseConnections, false)?;
            let found = look.connection(Some(name))?.ok_or_else(|| unknown(name))?;
            look.require_use(&found)?;
            Ok(found)
        })?;
        personal(&found)?;
        if user_name.is_none() && names_nobody(&found.url) {
            let message = format!("{name} does not say who logs in; name the user");
            return Err(wrong(insertion::USER, message));
        }
        let place = found.url.clone();
        self.try_password(&insertion::as_user(found, user_name).url, password)?;
        let (handle, sealed) = self.core.seal(&Clear::new(password))?;
        let (name, user_name) = (name.to_owned(), user_name.map(str::to_owned));
        self.act(caller, move |act| {
            act.require(Operation::UseConnections, false)?;
            let found = act.tx.read().connection(&name)?;
            let found = super::connection::shown(found.ok_or_else(|| unknown(&name))?);
            personal(&found)?;
            unmoved(&found, &place)?;
            let Some(user) = act.name().map(str::to_owned) else {
                return Err(DeskError::Invalid("a login is a person's".to_owned()));
            };
            act.tx
                .put_secret(&handle.0, &sealed, &owner(&name), act.now)?;
            act.tx.put_login(&Login {
                connection: name.clone(),
                user: user.clone(),
                user_name: user_name.clone(),
                secret: handle.0.clone(),
                set: act.now,
            })?;
            act.log("LogIn", "Connection", &name)?;
            Ok(Connection {
                logins: vec![ConnectionLogin {
                    user,
                    user_name: user_name.clone(),
                    set: act.now,
                }],
                ..found
            })
        })
    }

    /// Forgets one's own login for a connection.
    pub fn log_out(&self, caller: &Caller, name: &str) -> Result<(), DeskError> {
        let name = name.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::UseConnections, false)?;
            let user = act.name().unwrap_or_default().to_owned();
            match act.tx.delete_logins(&name, Some(&user))? {
                0 => Err(DeskError::NotFound(format!(
                    "you have stored no login for {name}; see crewdesk connection list"
                ))),
                _ => act.log("LogOut", "Connection", &name),
            }
        })
    }

    /// Takes a new password for the one that all use, once the server has taken it. What is
    /// inserted from then on uses the new one.
    pub fn rotate_connection(
        &self,
        caller: &Caller,
        name: &str,
        password: &str,
    ) -> Result<Connection, DeskError> {
        let found = self.look(caller, |look| {
            look.require(Operation::ChangeConnections, false)?;
            look.connection(Some(name))?.ok_or_else(|| unknown(name))
        })?;
        shared(&found)?;
        a_server(&found.url)?;
        self.try_password(&found.url, password)?;
        let (handle, sealed) = self.core.seal(&Clear::new(password))?;
        let (name, place) = (name.to_owned(), found.url);
        self.act(caller, move |act| {
            act.require(Operation::ChangeConnections, false)?;
            let found = act.tx.read().connection(&name)?;
            let mut row = found.ok_or_else(|| unknown(&name))?;
            shared(&super::connection::shown(row.clone()))?;
            unmoved(&super::connection::shown(row.clone()), &place)?;
            act.tx
                .put_secret(&handle.0, &sealed, &owner(&name), act.now)?;
            let before = row.secret.replace(handle.0.clone());
            row.password_by = act.name().map(str::to_owned);
            row.password_set = Some(act.now);
            act.tx.put_connection(&row)?;
            if let Some(before) = before {
                act.tx.delete_secret(&before)?;
            }
            act.log("SetPassword", "Connection", &name)?;
            Ok(super::connection::shown(row))
        })
    }

    /// Refuses a password that the server does not take.
    fn try_password(&self, url: &str, password: &str) -> Result<(), DeskError> {
        if password.is_empty() {
            return Err(wrong(insertion::PASSWORD, "type the password".to_owned()));
        }
        let url = ConnectionUrl::from_str(url)?;
        let password = Password::new(password);
        match insert::test_connection(&url, Some(&password), &self.forbidden_targets()) {
            Ok(_) => Ok(()),
            Err(error) => Err(wrong(
                insertion::PASSWORD,
                format!("it was tried, and nothing was changed: {error}"),
            )),
        }
    }
}

/// Refuses what is no server: only there somebody logs in.
fn a_server(url: &str) -> Result<(), DeskError> {
    match ConnectionUrl::from_str(url)? {
        ConnectionUrl::Server(_) => Ok(()),
        _ => Err(DeskError::Invalid(
            "an SQLite file asks nobody for a password; this is for databases on a server"
                .to_owned(),
        )),
    }
}

fn shared(connection: &Connection) -> Result<(), DeskError> {
    let name = &connection.name;
    match connection.credentials {
        Credentials::Shared => Ok(()),
        Credentials::Personal => Err(DeskError::Invalid(format!(
            "{name} takes everybody's own login; each changes it with crewdesk connection login {name}"
        ))),
        Credentials::Asked => Err(DeskError::Invalid(format!(
            "{name} asks for the password each time; there is none to change"
        ))),
    }
}

fn personal(connection: &Connection) -> Result<(), DeskError> {
    let name = &connection.name;
    match connection.credentials {
        Credentials::Personal => Ok(()),
        Credentials::Shared => Err(DeskError::Invalid(format!(
            "{name} has one login for all; a team head changes its password with crewdesk connection rotate {name}"
        ))),
        Credentials::Asked => Err(DeskError::Invalid(format!(
            "{name} asks for the password each time; none is kept"
        ))),
    }
}

/// A password that was tried at one place is not kept for another.
fn unmoved(connection: &Connection, place: &str) -> Result<(), DeskError> {
    match connection.url == place {
        true => Ok(()),
        false => Err(DeskError::Conflict(format!(
            "{} leads elsewhere since a moment ago; look, then try again",
            connection.name
        ))),
    }
}
