//! `crewdesk connection …`

use crate::cli::args::{ConnectionCommand, CredentialsArg};
use crate::cli::output::{Output, clean, table};
use crate::cli::session::{Session, new_password, typed};
use crate::cli::{Done, Failure};
use crate::client::{Connection, ConnectionLimits, Credentials, TypedLogin};
use chrono::{DateTime, Utc};

pub fn run(session: &Session, out: &Output, command: ConnectionCommand) -> Done {
    let client = session.client()?;
    match command {
        ConnectionCommand::Add {
            name,
            url,
            password_stdin,
            replace,
            credentials,
        } => {
            let credentials = credentials.map(whose);
            if password_stdin && credentials.is_some_and(|kind| kind != Credentials::Shared) {
                return Err(Failure::new(
                    "only shared credentials have a password for all; leave out --password-stdin",
                ));
            }
            let password = new_password(password_stdin)?;
            let replaced = client.replaced_by(&name, &url, password.as_deref())?;
            if let Some(old) = replaced.filter(|_| !replace) {
                let secret = if old.has_password {
                    " with a password"
                } else {
                    ""
                };
                return Err(Failure::new(format!(
                    "there is a connection {name} already, to {}{secret}; remove it first, choose another name, or replace it with --replace",
                    old.url
                )));
            }
            let mut connection = client.add_connection(&name, &url, password.as_deref())?;
            if let Some(kind) = credentials.filter(|kind| *kind != connection.credentials) {
                connection = client.set_credentials(&name, kind)?;
            }
            out.answer(&connection, |c| {
                let next = match c.credentials {
                    Credentials::Shared => format!("Try it: crewdesk connection test {}", c.name),
                    kind => told(&c.name, kind),
                };
                format!("{} leads to {}. {next}", c.name, c.url)
            })?;
        }
        ConnectionCommand::List => {
            let connections = client.connections()?;
            let (me, now) = (client.whoami()?.id, Utc::now());
            out.answer(&connections, |all| {
                let rows = all.iter().map(|c| {
                    vec![
                        c.name.clone(),
                        c.url.clone(),
                        c.password_words(&me, now),
                        c.limits.words(),
                    ]
                });
                table(
                    &["name", "url", "password", "limits"],
                    rows.collect(),
                    "No connections yet: crewdesk connection add NAME URL, such as sqlite:PATH or postgres://USER@HOST/DATABASE",
                )
            })?;
        }
        ConnectionCommand::Show { name } => {
            let mut all = client.connections()?.into_iter();
            let found = all.find(|c| c.name == name);
            let found = found.ok_or_else(|| nowhere(&name))?;
            let (me, now) = (client.whoami()?.id, Utc::now());
            out.answer(&found, |c| shown(c, &me, now))?;
        }
        ConnectionCommand::Credentials { name, credentials } => {
            let connection = client.set_credentials(&name, whose(credentials))?;
            out.answer(&connection, |c| told(&c.name, c.credentials))?;
        }
        ConnectionCommand::Rotate {
            name,
            password_stdin,
        } => {
            let password = asked(password_stdin, "New password: ")?;
            let connection = client.rotate_connection(&name, &password)?;
            out.answer(&connection, |c| {
                format!(
                    "{} takes the new password, and it is used from now on.",
                    c.name
                )
            })?;
        }
        ConnectionCommand::Login {
            name,
            user_name,
            password_stdin,
        } => {
            let password = asked(password_stdin, "Password: ")?;
            let connection = client.log_in(&name, user_name.as_deref(), &password)?;
            out.answer(&connection, |c| {
                format!(
                    "{} takes your login; it is kept encrypted, for you alone.",
                    c.name
                )
            })?;
        }
        ConnectionCommand::Logout { name } => {
            client.log_out(&name)?;
            out.answer(
                &serde_json::json!({ "name": name, "forgotten": true }),
                |_| format!("Your login for {name} is forgotten."),
            )?;
        }
        ConnectionCommand::Limit {
            name,
            groups,
            tables,
            modes,
            without_ledger,
            none,
        } => {
            let limits = ConnectionLimits {
                groups,
                tables,
                modes,
                without_ledger,
            };
            let connection = match limits.is_empty() && !none {
                true => {
                    let mut all = client.connections()?.into_iter();
                    let found = all.find(|c| c.name == name);
                    found.ok_or_else(|| nowhere(&name))?
                }
                false => client.limit_connection(&name, &limits)?,
            };
            let strange = connection.limits.strange(&client.users()?);
            out.answer(&connection, |c| match c.limits.is_empty() {
                true => format!("Everybody may use {} for everything.", c.name),
                false => {
                    let strange =
                        strange.map_or(String::new(), |strange| format!(" But {strange}."));
                    format!("{}: {}.{strange}", c.name, c.limits.words())
                }
            })?;
        }
        ConnectionCommand::Test {
            name,
            user_name,
            password_stdin,
        } => {
            let test = match password_stdin || user_name.is_some() {
                false => client.test_connection(&name)?,
                true => {
                    let password = asked(password_stdin, "Password: ")?;
                    let login = TypedLogin {
                        user_name: user_name.as_deref(),
                        password: &password,
                    };
                    client.try_connection(&name, login)?
                }
            };
            // A failure is told once, as the error.
            if test.ok || out.is_json() {
                out.answer(&test, |t| {
                    let tables: Vec<_> = t
                        .tables
                        .iter()
                        .map(|t| format!("  {}\n", clean(t)))
                        .collect();
                    let message = clean(&t.message);
                    format!("{message} ({} ms)\n{}", t.millis, tables.concat())
                })?;
            }
            if !test.ok {
                return Err(Failure::new(format!(
                    "{name} can not be used: {}",
                    clean(&test.message)
                )));
            }
        }
        ConnectionCommand::Remove { name } => {
            client.remove_connection(&name)?;
            out.answer(
                &serde_json::json!({ "name": name, "removed": true }),
                |_| format!("{name} is removed."),
            )?;
        }
    }
    Ok(())
}

fn nowhere(name: &str) -> Failure {
    Failure::new(format!(
        "there is no connection {name}; see crewdesk connection list"
    ))
}

fn whose(credentials: CredentialsArg) -> Credentials {
    match credentials {
        CredentialsArg::Shared => Credentials::Shared,
        CredentialsArg::Personal => Credentials::Personal,
        CredentialsArg::Asked => Credentials::Asked,
    }
}

/// A password: from standard input, else typed without an echo.
fn asked(from_stdin: bool, prompt: &str) -> Result<String, Failure> {
    match from_stdin {
        true => new_password(true)?
            .ok_or_else(|| Failure::new("there is no password on standard input")),
        false => typed(prompt),
    }
}

/// What comes next, by whose credentials are used.
fn told(name: &str, credentials: Credentials) -> String {
    match credentials {
        Credentials::Shared => format!(
            "{name} uses one login for all; give its password with crewdesk connection rotate {name} --password-stdin"
        ),
        Credentials::Personal => format!(
            "{name} takes everybody's own login; each stores it with crewdesk connection login {name} --password-stdin"
        ),
        Credentials::Asked => {
            format!("{name} asks for user and password in each job; nothing else is kept")
        }
    }
}

/// A connection in full.
fn shown(c: &Connection, me: &str, now: DateTime<Utc>) -> String {
    let limits = match c.limits.is_empty() {
        true => "everybody may use it for everything".to_owned(),
        false => c.limits.words(),
    };
    let mut lines = vec![
        ("name", c.name.clone()),
        ("url", c.url.clone()),
        ("credentials", c.credentials.as_str().to_owned()),
        ("password", c.password_words(me, now)),
        ("limits", limits),
    ];
    for login in &c.logins {
        let name = login.user_name.as_ref();
        let name = name.map_or(String::new(), |name| format!(" as {name}"));
        let set = super::instance::local(login.set);
        lines.push(("login", format!("{}{name}, set {set}", login.user)));
    }
    if let Some(at) = c.password_set {
        lines.push(("set", super::instance::local(at)));
    }
    let line = |(name, text): &(&str, String)| format!("{name:<12} {}\n", clean(text));
    lines.iter().map(line).collect()
}
