//! When somebody changes their place in the team or leaves it: their open tasks go on.
//!
//! What was done stays in the history under their name. A task that they have goes to whoever
//! takes over, or is free to claim; so does what comes back to them later.

use super::act::Act;
use super::people::{check_name, role_name, team, unknown, view};
use super::permission::Operation;
use super::view::{Removal, Role, User};
use super::{Caller, Desk, DeskError};
use crate::engine::{Command, Task, TaskPatch};
use crate::store::{Snapshot, TaskFilter, TaskRow, TaskScope};

/// Begins the name of the property that says who takes over from somebody who left; empty for
/// nobody.
const LEFT: &str = "left:";

/// Those who left the team, and have not come back.
pub(super) fn gone(read: &Snapshot<'_>) -> Result<Vec<String>, DeskError> {
    let mut gone = Vec::new();
    for property in read.properties(LEFT)? {
        let Some(name) = property.strip_prefix(LEFT) else {
            continue;
        };
        if read.user(name)?.is_none() {
            gone.push(name.to_owned());
        }
    }
    Ok(gone)
}

impl Desk {
    /// Changes role or groups of a user; none leaves as it is. A desk keeps a team head, and a
    /// worker account has no tasks.
    pub fn change_user(
        &self,
        caller: &Caller,
        id: &str,
        role: Option<Role>,
        groups: Option<&[String]>,
    ) -> Result<User, DeskError> {
        for group in groups.unwrap_or_default() {
            check_name(group)?;
        }
        let (id, groups) = (id.to_owned(), groups.map(<[String]>::to_vec));
        self.act(caller, move |act| {
            act.require(Operation::ChangeUsers, false)?;
            let mut row = act.tx.read().user(&id)?.ok_or_else(|| unknown(&id))?;
            if let Some(role) = role {
                if role != Role::Head {
                    act.other_head(&id)?;
                }
                let open = act.tasks_of(&id)?.len();
                if role == Role::Worker && open > 0 {
                    return Err(DeskError::Conflict(format!(
                        "{id} has {open} open tasks, and a worker account has none; reassign them first"
                    )));
                }
                row.role = role_name(role).to_owned();
            }
            if let Some(groups) = &groups {
                let mut groups = groups.clone();
                groups.sort();
                groups.dedup();
                row.groups = groups;
            }
            act.tx.put_user(&row)?;
            act.log("Update", "User", &id)?;
            Ok(view(row))
        })
    }

    /// Removes a user. Open tasks go to `successor`, else they are free to claim.
    pub fn remove_user(
        &self,
        caller: &Caller,
        id: &str,
        successor: Option<&str>,
    ) -> Result<Removal, DeskError> {
        let (id, successor) = (id.to_owned(), successor.map(str::to_owned));
        self.act(caller, move |act| {
            act.require(Operation::ChangeUsers, false)?;
            if act.is(Some(&id)) {
                return Err(DeskError::Invalid(
                    "nobody removes themselves; another team head can".to_owned(),
                ));
            }
            if act.tx.read().user(&id)?.is_none() {
                return Err(unknown(&id));
            }
            act.other_head(&id)?;
            if let Some(successor) = &successor {
                if *successor == id {
                    return Err(DeskError::Invalid(format!(
                        "{id} leaves; name somebody else to take over"
                    )));
                }
                act.team()?.person(successor)?;
            }
            let had = act.tasks_of(&id)?;
            let offered = act.tasks(TaskScope::Claimable {
                user: id.clone(),
                groups: Vec::new(),
            })?;
            // First, so that nobody hears of it who is not there any more.
            act.tx.delete_user(&id)?;
            let mark = successor.clone().unwrap_or_default();
            act.tx.put_property(&format!("{LEFT}{id}"), &mark)?;
            for row in &had {
                act.pass_on(row, successor.clone())?;
            }
            for row in offered
                .iter()
                .filter(|r| r.task.candidate_users.contains(&id))
            {
                let users = row.task.candidate_users.iter();
                let mut users: Vec<String> = users.filter(|u| **u != id).cloned().collect();
                users.extend(
                    successor
                        .clone()
                        .filter(|s| !row.task.candidate_users.contains(s)),
                );
                let patch = TaskPatch {
                    candidate_users: Some(users),
                    ..TaskPatch::default()
                };
                act.update(&row.root_id, &row.task, patch)?;
            }
            act.log("Delete", "User", &id)?;
            Ok(Removal {
                id: id.clone(),
                tasks: had.len() as u64,
                successor: successor.clone(),
            })
        })
    }
}

impl Act<'_, '_> {
    /// Refuses to leave the desk without a team head.
    fn other_head(&mut self, id: &str) -> Result<(), DeskError> {
        let team = team(&self.tx.read())?;
        let heads = team.heads().filter(|head| head.id != id).count();
        match heads {
            0 => Err(DeskError::Conflict(format!(
                "{id} is the only team head; make somebody else one first"
            ))),
            _ => Ok(()),
        }
    }

    fn tasks_of(&mut self, user: &str) -> Result<Vec<TaskRow>, DeskError> {
        self.tasks(TaskScope::Assignee(user.to_owned()))
    }

    fn tasks(&mut self, scope: TaskScope) -> Result<Vec<TaskRow>, DeskError> {
        let filter = TaskFilter {
            scope,
            ..TaskFilter::default()
        };
        Ok(self.tx.read().tasks(&filter, self.now, 0, usize::MAX)?)
    }

    fn pass_on(&mut self, row: &TaskRow, successor: Option<String>) -> Result<(), DeskError> {
        let patch = TaskPatch {
            assignee: Some(successor),
            ..TaskPatch::default()
        };
        self.update(&row.root_id, &row.task, patch)
    }

    fn update(&mut self, root: &str, task: &Task, patch: TaskPatch) -> Result<(), DeskError> {
        let task = task.id.clone();
        self.apply(root, Command::UpdateTask { task, patch })
    }

    /// What comes back to somebody who left goes to whoever took over, or is free to claim.
    pub(super) fn take_over(&mut self, root: &str, task: &Task) -> Result<bool, DeskError> {
        let Some(assignee) = task.assignee.as_deref() else {
            return Ok(false);
        };
        if self.team()?.user(assignee).is_some() {
            return Ok(false);
        }
        let Some(successor) = self.tx.read().property(&format!("{LEFT}{assignee}"))? else {
            return Ok(false);
        };
        let there = self.team()?.user(&successor).is_some();
        let patch = TaskPatch {
            assignee: Some(there.then_some(successor)),
            ..TaskPatch::default()
        };
        self.update(root, task, patch)?;
        Ok(true)
    }
}
