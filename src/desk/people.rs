//! Who calls, and who is in the team.

use super::once::Once;
use super::permission::{Operation, require};
use super::team::Team;
use super::view::{Role, User};
use super::{Core, Desk, DeskError, password};
use crate::store::{self, Snapshot, Tx};
pub use crate::store::{Profile, TeamGroup};
use std::sync::{Arc, PoisonError};

/// Longest part of a person's or group's name in bytes.
const LONGEST: usize = 255;

/// On whose behalf a use case runs. Role and groups are looked up each time, so that what a
/// person may do changes at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A user by name; [`Desk::as_user`] checks the password.
    User(String),
    /// Nobody yet: may only add the first user of a new desk.
    Nobody,
    /// The desk's own background worker, in this process.
    Desk,
    /// Somebody whom a server answers: of another account or machine, so that the files of
    /// this one are not theirs.
    Remote(Remote),
}

/// Somebody whom a server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// The user; none where nobody logs in, who may do everything.
    pub user: Option<String>,
    /// By what the request is known, should it be sent again.
    pub once: Option<Arc<Once>>,
}

impl Caller {
    /// The user in a team; none for the desk itself.
    pub(super) fn among(&self, team: &Team) -> Result<Option<User>, DeskError> {
        match self {
            Caller::Desk | Caller::Remote(Remote { user: None, .. }) => Ok(None),
            Caller::Nobody => Err(nobody()),
            Caller::User(id) | Caller::Remote(Remote { user: Some(id), .. }) => {
                match team.user(id) {
                    Some(user) => Ok(Some(user.clone())),
                    None => Err(unknown(id)),
                }
            }
        }
    }

    /// The user as the database has it now; none for the desk itself.
    pub(super) fn user(&self, read: &Snapshot<'_>) -> Result<Option<User>, DeskError> {
        match self {
            Caller::Desk => Ok(None),
            Caller::Nobody => Err(nobody()),
            Caller::Remote(Remote { user: None, .. }) => Ok(None),
            Caller::User(id) | Caller::Remote(Remote { user: Some(id), .. }) => {
                match find(read, id)? {
                    Some(user) => Ok(Some(user)),
                    None => Err(unknown(id)),
                }
            }
        }
    }
}

impl Caller {
    /// True for somebody whom a server answers.
    pub(super) fn is_remote(&self) -> bool {
        matches!(self, Caller::Remote(_))
    }

    /// The same caller, whose request has no name.
    pub(super) fn nameless(&self) -> Caller {
        match self {
            Caller::Remote(Remote { user, .. }) => Caller::Remote(Remote {
                user: user.clone(),
                once: None,
            }),
            other => other.clone(),
        }
    }

    /// By what the request is known, and whose it is.
    pub(super) fn once(&self) -> Option<(&str, &Once)> {
        match self {
            Caller::Remote(Remote { user, once }) => {
                Some((user.as_deref().unwrap_or_default(), once.as_deref()?))
            }
            _ => None,
        }
    }
}

fn nobody() -> DeskError {
    DeskError::Forbidden(
        "say who you are with --user NAME; see who there is: crewdesk user list".to_owned(),
    )
}

pub(super) fn unknown(id: &str) -> DeskError {
    DeskError::NotFound(format!(
        "there is no user {id}; a team head can add one: crewdesk user add {id} --role employee"
    ))
}

impl Core {
    /// Everybody, as a command sees them.
    pub(super) fn team(&self, tx: &mut Tx<'_>) -> Result<Arc<Team>, DeskError> {
        let people = tx.people()?;
        let mut known = self.team.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some((from, team)) if Arc::ptr_eq(from, &people) => Ok(team.clone()),
            _ => {
                let team = Arc::new(Team(people.iter().cloned().map(view).collect()));
                *known = Some((people, team.clone()));
                Ok(team)
            }
        }
    }
}

/// Everybody.
pub(super) fn team(read: &Snapshot<'_>) -> Result<Team, DeskError> {
    Ok(Team(read.users()?.into_iter().map(view).collect()))
}

fn find(read: &Snapshot<'_>, id: &str) -> Result<Option<User>, DeskError> {
    Ok(read.user(id)?.map(view))
}

pub(super) fn view(row: store::User) -> User {
    User {
        role: match row.role.as_str() {
            "head" => Role::Head,
            "worker" => Role::Worker,
            _ => Role::Employee,
        },
        id: row.id,
        groups: row.groups,
        topics: row.topics,
        has_password: row.password_hash.is_some(),
    }
}

pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Head => "head",
        Role::Employee => "employee",
        Role::Worker => "worker",
    }
}

impl Desk {
    /// The caller that a user is after saying the password; without one by name alone.
    pub fn as_user(&self, id: &str, password: Option<&str>) -> Result<Caller, DeskError> {
        let found = self
            .store
            .read(|read| read.user(id))?
            .ok_or_else(|| unknown(id))?;
        match (&found.password_hash, password) {
            (None, _) => Ok(Caller::User(found.id)),
            (Some(_), None) => Err(DeskError::Forbidden(format!(
                "{id} has a password; give it"
            ))),
            (Some(hash), Some(password)) if password::verify(password, hash) => {
                Ok(Caller::User(found.id))
            }
            (Some(_), Some(_)) => Err(DeskError::Forbidden(format!(
                "that is not the password of {id}"
            ))),
        }
    }

    /// The user on whose behalf a caller acts.
    pub fn whoami(&self, caller: &Caller) -> Result<User, DeskError> {
        self.look(caller, |look| look.user.clone().ok_or_else(nobody))
    }

    /// Everybody.
    pub fn users(&self, caller: &Caller) -> Result<Vec<User>, DeskError> {
        if *caller == Caller::Nobody {
            // Whoever chooses a name must see the names; embedded mode trusts the account.
            return self.store.read(|read| Ok(team(read)?.0));
        }
        self.look(caller, |look| {
            look.require(Operation::SeeUsers, false)?;
            Ok(team(look.read)?.0)
        })
    }

    /// Adds a user; the first one of a desk must be a head and needs nobody's leave.
    pub fn add_user(
        &self,
        caller: &Caller,
        id: &str,
        role: Role,
        groups: &[String],
        password: Option<&str>,
    ) -> Result<User, DeskError> {
        for name in std::iter::once(id).chain(groups.iter().map(String::as_str)) {
            check_name(name)?;
        }
        let hash = password.map(password::hash).transpose()?;
        let caller = caller.clone();
        let mut groups = groups.to_vec();
        groups.sort();
        groups.dedup();
        let user = User {
            id: id.to_owned(),
            role,
            groups,
            topics: Vec::new(),
            has_password: hash.is_some(),
        };
        let core = self.core.clone();
        self.store.write(move |tx| {
            let everybody = team(&tx.read())?;
            if everybody.0.is_empty() {
                if user.role != Role::Head {
                    return Err(DeskError::Invalid(
                        "the first user of a desk is its team head; add them with --role head"
                            .to_owned(),
                    ));
                }
            } else if let Some(by) = caller.user(&tx.read())? {
                require(by.role, Operation::ChangeUsers, false)?;
            }
            if everybody.user(&user.id).is_some() {
                return Err(DeskError::Conflict(format!(
                    "there is a user {} already",
                    user.id
                )));
            }
            tx.put_user(&store::User {
                id: user.id.clone(),
                name: user.id.clone(),
                role: role_name(user.role).to_owned(),
                groups: user.groups.clone(),
                topics: Vec::new(),
                password_hash: hash.clone(),
                created: core.clock.now(),
            })?;
            Ok(user.clone())
        })
    }

    /// Limits a worker account to these topics; none are all.
    pub fn set_topics(
        &self,
        caller: &Caller,
        id: &str,
        topics: &[String],
    ) -> Result<User, DeskError> {
        let (id, topics) = (id.to_owned(), topics.to_vec());
        self.act(caller, move |act| {
            act.require(Operation::ChangeUsers, false)?;
            let user = find(&act.tx.read(), &id)?.ok_or_else(|| unknown(&id))?;
            if user.role != Role::Worker && !topics.is_empty() {
                return Err(DeskError::Invalid(format!(
                    "{id} is no worker account; only those are limited to topics"
                )));
            }
            act.tx.put_topics(&id, &topics)?;
            act.log("SetTopics", "User", &id)?;
            find(&act.tx.read(), &id)?.ok_or_else(|| unknown(&id))
        })
    }

    /// Says which account of the operating system is this user on the desk's socket; without
    /// one it is the account of the user's own name.
    pub fn set_account(
        &self,
        caller: &Caller,
        id: &str,
        account: Option<&str>,
    ) -> Result<(), DeskError> {
        let (id, account) = (id.to_owned(), account.map(str::to_owned));
        self.act(caller, move |act| {
            act.require(Operation::ChangeUsers, false)?;
            if let Some(account) = &account
                && let Some(other) = act.tx.read().user_of_account(account)?
                && other != id
                && other != *account
            {
                return Err(DeskError::Conflict(format!(
                    "the account {account} is {other} already; take it from {other} first"
                )));
            }
            match act.tx.put_account(&id, account.as_deref())? {
                true => act.log("SetAccount", "User", &id),
                false => Err(unknown(&id)),
            }
        })
    }

    /// The user that an account of the operating system is.
    pub fn user_of_account(&self, account: &str) -> Result<Option<String>, DeskError> {
        Ok(self.store.read(|read| read.user_of_account(account))?)
    }

    /// A mark that changes with the password of a user; none without a password.
    pub fn password_mark(&self, id: &str) -> Result<Option<String>, DeskError> {
        let found = self.store.read(|read| read.user(id))?;
        Ok(found.and_then(|user| user.password_hash))
    }

    /// Says what a person is called: oneself, or anybody for a head.
    pub fn set_profile(
        &self,
        caller: &Caller,
        id: &str,
        profile: Profile,
    ) -> Result<(), DeskError> {
        check_profile(&profile)?;
        let id = id.to_owned();
        self.act(caller, move |act| {
            if !act.is(Some(&id)) {
                act.require(Operation::ChangeUsers, false)?;
            }
            match act.tx.put_profile(&id, &profile)? {
                true => act.log("Update", "User", &id),
                false => Err(unknown(&id)),
            }
        })
    }

    /// Adds a group, or says anew what it is called.
    pub fn set_group(&self, caller: &Caller, group: TeamGroup) -> Result<(), DeskError> {
        check_name(&group.id)?;
        if [&group.name, &group.kind]
            .iter()
            .any(|t| t.as_ref().is_some_and(|t| t.len() > LONGEST))
        {
            return Err(DeskError::Invalid(format!(
                "a name or kind has at most {LONGEST} bytes"
            )));
        }
        self.act(caller, move |act| {
            act.require(Operation::ChangeUsers, false)?;
            act.tx.put_group(&group)?;
            act.log("Update", "Group", &group.id)
        })
    }

    /// Removes a group; nobody is in it any more.
    pub fn remove_group(&self, caller: &Caller, id: &str) -> Result<(), DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::ChangeUsers, false)?;
            act.tx.delete_group(&id)?;
            act.log("Delete", "Group", &id)
        })
    }

    /// Puts a user into a group or takes them out.
    pub fn set_member(
        &self,
        caller: &Caller,
        group: &str,
        user: &str,
        add: bool,
    ) -> Result<(), DeskError> {
        let found = self.look(caller, |look| {
            look.require(Operation::ChangeUsers, false)?;
            find(look.read, user)?.ok_or_else(|| unknown(user))
        })?;
        let mut groups = found.groups;
        groups.retain(|known| known != group);
        if add {
            groups.push(group.to_owned());
        }
        self.change_user(caller, user, None, Some(&groups))
            .map(drop)
    }

    /// Sets or clears a password: one's own, or anybody's for a head.
    pub fn set_password(
        &self,
        caller: &Caller,
        id: &str,
        password: Option<&str>,
    ) -> Result<(), DeskError> {
        let hash = password.map(password::hash).transpose()?;
        let id = id.to_owned();
        self.act(caller, move |act| {
            let own = act.is(Some(&id));
            act.require(Operation::SetPassword, own)?;
            match act.tx.set_password(&id, hash.as_deref())? {
                true => act.log("SetPassword", "User", &id),
                false => Err(unknown(&id)),
            }
        })
    }
}

/// Refuses names that are too long.
pub fn check_profile(profile: &Profile) -> Result<(), DeskError> {
    let mut parts = [&profile.first_name, &profile.last_name, &profile.email].into_iter();
    match parts.any(|part| part.as_ref().is_some_and(|text| text.len() > LONGEST)) {
        true => Err(DeskError::Invalid(format!(
            "a name or address has at most {LONGEST} bytes"
        ))),
        false => Ok(()),
    }
}

/// Refuses a login name or a group that is none: names stand in lists separated by commas and
/// on command lines.
pub fn check_name(name: &str) -> Result<(), DeskError> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+');
    match (1..=64).contains(&name.chars().count())
        && name.chars().all(fits)
        && !name.starts_with('-')
    {
        true => Ok(()),
        false => Err(DeskError::Invalid(
            "a name has 1 to 64 letters, digits or - _ . @ + and does not begin with -".to_owned(),
        )),
    }
}
