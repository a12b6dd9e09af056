//! Who is in the team, and who may claim what.

use super::DeskError;
use super::view::{Role, User};
use crate::engine::Task;

/// Everybody, as one transaction sees them.
#[derive(Debug, Clone, Default)]
pub struct Team(pub Vec<User>);

impl Team {
    /// A user by name.
    pub fn user(&self, id: &str) -> Option<&User> {
        self.0.iter().find(|user| user.id == id)
    }

    /// A person who can have tasks.
    pub fn person(&self, id: &str) -> Result<&User, DeskError> {
        match self.user(id) {
            Some(user) if user.role != Role::Worker => Ok(user),
            Some(_) => Err(DeskError::Invalid(format!(
                "{id} is a worker account; name a person"
            ))),
            None => Err(DeskError::NotFound(format!(
                "nobody is called {id}; see who there is: crewdesk user list"
            ))),
        }
    }

    /// The team heads.
    pub fn heads(&self) -> impl Iterator<Item = &User> {
        self.0.iter().filter(|user| user.role == Role::Head)
    }

    /// Whom a task concerns now: its assignee, else those to whom it is offered.
    pub fn concerned<'a>(&'a self, task: &'a Task) -> impl Iterator<Item = &'a User> {
        self.0.iter().filter(|user| match &task.assignee {
            Some(assignee) => user.id == *assignee,
            None => offered(user, &task.candidate_users, &task.candidate_groups),
        })
    }
}

/// True when a task with these candidates is offered to a user: by name, by a group, or, when
/// it names no candidates at all, to every employee.
pub fn offered(user: &User, users: &[String], groups: &[String]) -> bool {
    if users.is_empty() && groups.is_empty() {
        return user.role == Role::Employee;
    }
    user.role != Role::Worker
        && (users.contains(&user.id) || groups.iter().any(|group| user.groups.contains(group)))
}

/// True when a user may claim a task: it is offered to them, or they are a head.
pub fn claimable(user: &User, users: &[String], groups: &[String]) -> bool {
    user.role == Role::Head || offered(user, users, groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str, role: Role, groups: &[&str]) -> User {
        User {
            id: id.into(),
            role,
            groups: groups.iter().map(|&g| g.into()).collect(),
            topics: Vec::new(),
            has_password: false,
        }
    }

    #[test]
    fn candidates_are_named_users_and_members_of_named_groups() {
        let team = Team(vec![
            user("mara", Role::Head, &[]),
            user("ana", Role::Employee, &["loaders"]),
            user("ben", Role::Employee, &[]),
            user("cem", Role::Employee, &["loaders"]),
            user("w", Role::Worker, &["loaders"]),
        ]);
        let names =
            |task: Task| -> Vec<String> { team.concerned(&task).map(|u| u.id.clone()).collect() };
        assert_eq!(names(Task::default()), ["ana", "ben", "cem"], "open to all");
        let group = Task {
            candidate_groups: vec!["loaders".into()],
            ..Task::default()
        };
        assert_eq!(names(group.clone()), ["ana", "cem"]);
        let both = Task {
            candidate_users: vec!["ben".into(), "mara".into()],
            ..group
        };
        assert_eq!(names(both.clone()), ["mara", "ana", "ben", "cem"]);
        assert_eq!(
            names(Task {
                assignee: Some("ben".into()),
                ..both
            }),
            ["ben"]
        );
    }

    #[test]
    fn a_head_may_claim_what_is_offered_to_others() {
        let head = user("mara", Role::Head, &[]);
        assert!(claimable(&head, &["ana".into()], &[]));
        assert!(!claimable(
            &user("ben", Role::Employee, &[]),
            &["ana".into()],
            &[]
        ));
        assert!(!claimable(&user("w", Role::Worker, &[]), &[], &[]));
    }
}
