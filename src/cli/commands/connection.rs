//! `crewdesk connection …`

use crate::cli::args::ConnectionCommand;
use crate::cli::output::{Output, clean, table};
use crate::cli::session::{Session, new_password};
use crate::cli::{Done, Failure};
use crate::client::ConnectionLimits;

pub fn run(session: &Session, out: &Output, command: ConnectionCommand) -> Done {
    let client = session.client()?;
    match command {
        ConnectionCommand::Add {
            name,
            url,
            password_stdin,
            replace,
        } => {
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
            let connection = client.add_connection(&name, &url, password.as_deref())?;
            out.answer(&connection, |c| {
                format!(
                    "{} leads to {}. Try it: crewdesk connection test {}",
                    c.name, c.url, c.name
                )
            })?;
        }
        ConnectionCommand::List => {
            let connections = client.connections()?;
            out.answer(&connections, |all| {
                let rows = all.iter().map(|c| {
                    vec![
                        c.name.clone(),
                        c.url.clone(),
                        if c.has_password { "set" } else { "none" }.into(),
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
        ConnectionCommand::Limit {
            name,
            groups,
            tables,
            modes,
        } => {
            let limits = ConnectionLimits {
                groups,
                tables,
                modes,
            };
            let connection = client.limit_connection(&name, &limits)?;
            out.answer(&connection, |c| match c.limits.is_empty() {
                true => format!("Everybody may use {} for everything.", c.name),
                false => format!("{}: {}.", c.name, c.limits.words()),
            })?;
        }
        ConnectionCommand::Test { name } => {
            let test = client.test_connection(&name)?;
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
