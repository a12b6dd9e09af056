//! `crewdesk user …`

use crate::cli::Done;
use crate::cli::args::{RoleArg, UserCommand};
use crate::cli::output::{Output, table};
use crate::cli::session::{Session, new_password};
use crate::client::{Role, User};

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Head => Role::Head,
            RoleArg::Employee => Role::Employee,
            RoleArg::Worker => Role::Worker,
        }
    }
}

pub fn run(session: &Session, out: &Output, command: UserCommand) -> Done {
    match command {
        UserCommand::Add {
            name,
            role,
            groups,
            topics,
            password_stdin,
        } => {
            let password = new_password(password_stdin)?;
            let password = password.as_deref();
            let first = match session.server()? {
                Some(_) => None,
                None => Some(session.new_host()?)
                    .filter(|host| host.users().is_ok_and(|u| u.is_empty())),
            };
            let user = match first {
                Some(host) => host.add_first_user(&name, role.into(), &groups, password)?,
                None => {
                    let client = session.client()?;
                    let user = client.add_user(&name, role.into(), &groups, password)?;
                    match topics.is_empty() {
                        true => user,
                        false => client.set_topics(&name, &topics)?,
                    }
                }
            };
            out.answer(&user, |u| {
                format!("{} is on the desk as {}.", u.id, role_name(u.role))
            })?;
        }
        UserCommand::Edit {
            name,
            role,
            groups,
            no_groups,
        } => {
            let groups = (no_groups || !groups.is_empty()).then_some(groups);
            let client = session.client()?;
            let user = client.change_user(&name, role.map(Role::from), groups.as_deref())?;
            out.answer(&user, |u| {
                let groups = match u.groups.is_empty() {
                    true => "in no group".to_owned(),
                    false => format!("in {}", u.groups.join(", ")),
                };
                format!("{} is {} now, {groups}.", u.id, role_name(u.role))
            })?;
        }
        UserCommand::Remove { name, hand_to } => {
            let client = session.client()?;
            let gone = client.remove_user(&name, hand_to.as_deref())?;
            out.answer(&gone, |gone| {
                let tasks = match gone.tasks {
                    1 => "1 open task".to_owned(),
                    n => format!("{n} open tasks"),
                };
                match (gone.tasks, &gone.successor) {
                    (0, _) => format!("{} is not on the desk any more.", gone.id),
                    (_, Some(to)) => {
                        format!(
                            "{} is not on the desk any more; {to} has {tasks} of {} now.",
                            gone.id, gone.id
                        )
                    }
                    (_, None) => {
                        format!(
                            "{} is not on the desk any more; {tasks} of {} free to claim.",
                            gone.id, gone.id
                        )
                    }
                }
            })?;
        }
        UserCommand::List => {
            let users = session.client()?.users()?;
            out.answer(&users, |users| {
                table(
                    &["name", "role", "groups", "password"],
                    rows(users),
                    "Nobody.",
                )
            })?;
        }
        UserCommand::Topics { name, topics } => {
            let user = session.client()?.set_topics(&name, &topics)?;
            out.answer(&user, |u| match u.topics.is_empty() {
                true => format!("{} works on all topics.", u.id),
                false => format!("{} works on {}.", u.id, u.topics.join(", ")),
            })?;
        }
        UserCommand::Account { name, account } => {
            session.client()?.set_account(&name, account.as_deref())?;
            let shown = account.as_deref().unwrap_or(&name);
            out.answer(&serde_json::json!({ "id": name, "account": shown }), |_| {
                format!("The account {shown} of this machine is {name}.")
            })?;
        }
        UserCommand::Passwd {
            name,
            password_stdin,
        } => {
            let client = session.client()?;
            let name = name.map_or_else(|| client.whoami().map(|u| u.id), Ok)?;
            let password = match password_stdin {
                true => new_password(true)?,
                false => {
                    let text = crate::cli::session::typed(&format!("New password of {name}: "))?;
                    (!text.is_empty()).then_some(text)
                }
            };
            client.set_password(&name, password.as_deref())?;
            let what = if password.is_some() {
                "has a new password"
            } else {
                "has no password now"
            };
            out.answer(
                &serde_json::json!({ "id": name, "hasPassword": password.is_some() }),
                |_| format!("{name} {what}."),
            )?;
        }
    }
    Ok(())
}

/// What people call a role.
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Head => "team head",
        Role::Employee => "employee",
        Role::Worker => "worker",
    }
}

fn rows(users: &[User]) -> Vec<Vec<String>> {
    users
        .iter()
        .map(|u| {
            vec![
                u.id.clone(),
                role_name(u.role).into(),
                u.groups.join(", "),
                if u.has_password { "set" } else { "none" }.into(),
            ]
        })
        .collect()
}
