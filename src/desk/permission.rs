//! Who may do what: one table of operation by role.
//!
//! Every use case asks here first, whatever the client. What [`Permission::Own`] means
//! stands with each operation; the use case looks whether it holds.

use super::DeskError;
use super::view::Role;

/// What the table says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Always.
    Always,
    /// For what is one's own.
    Own,
    /// Never.
    Never,
}

use Permission::{Always, Never, Own};

/// Something that a caller asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Deploy models.
    Deploy,
    /// Start an instance. Own: of a process that names one as candidate starter.
    Start,
    /// See a task. Own: assigned, claimable, or done by oneself.
    SeeTask,
    /// Claim a task. Own: claimable by oneself.
    Claim,
    /// Give a task back. Own: assigned to oneself.
    Unclaim,
    /// Give a task to somebody. Own: assigned to oneself, to hand it over.
    Assign,
    /// Move a due date.
    SetDue,
    /// Set a priority.
    SetPriority,
    /// Fill in a task's form, see its preview. Own: assigned or claimable.
    FillIn,
    /// Complete a task. Own: assigned, or claimable, which claims it.
    Complete,
    /// See an instance. Own: started by oneself, or with a task that one may see or has done;
    /// for a worker, with a task on a topic of its own.
    SeeInstance,
    /// Cancel an instance.
    Cancel,
    /// Try again what failed.
    Retry,
    /// Suspend, change variables and tokens, move and run jobs.
    Operate,
    /// Stop a running insertion. Own: sent by oneself.
    CancelInsertion,
    /// Take a finished insertion back. Own: sent by oneself.
    UndoInsertion,
    /// See who is there.
    SeeUsers,
    /// Add, change and remove users. The first user of a desk needs nobody's leave.
    ChangeUsers,
    /// Set a password. Own: one's own.
    SetPassword,
    /// See who works on what. Own: one's own work and what is open.
    SeeWorkload,
    /// See and test connections.
    UseConnections,
    /// Add and remove connections.
    ChangeConnections,
    /// Insert a data frame without a process.
    Insert,
    /// Say something about a task or an instance. Own: one may see it.
    Comment,
    /// See and try decisions.
    SeeDecisions,
    /// Fetch external tasks and execute jobs.
    Work,
    /// Set and remove variables of what runs. Own: an instance with a task on a topic of one's
    /// own.
    SetVariables,
    /// Send a message to what runs.
    Correlate,
}

/// The table: operation, what it is called, head, employee, worker.
pub const TABLE: &[(Operation, &str, Permission, Permission, Permission)] = &[
    (Operation::Deploy, "deploy models", Always, Never, Never),
    (Operation::Start, "start this process", Always, Own, Never),
    (Operation::SeeTask, "see this task", Always, Own, Never),
    (Operation::Claim, "claim this task", Always, Own, Never),
    (
        Operation::Unclaim,
        "give this task back",
        Always,
        Own,
        Never,
    ),
    (Operation::Assign, "reassign this task", Always, Own, Never),
    (Operation::SetDue, "move a due date", Always, Never, Never),
    (
        Operation::SetPriority,
        "set a priority",
        Always,
        Never,
        Never,
    ),
    (Operation::FillIn, "fill in this task", Always, Own, Never),
    (
        Operation::Complete,
        "complete this task",
        Always,
        Own,
        Never,
    ),
    (
        Operation::SeeInstance,
        "see this instance",
        Always,
        Own,
        Own,
    ),
    (
        Operation::Cancel,
        "cancel an instance",
        Always,
        Never,
        Never,
    ),
    (Operation::Retry, "retry what failed", Always, Never, Never),
    (
        Operation::Operate,
        "operate instances and processes",
        Always,
        Never,
        Never,
    ),
    (
        Operation::CancelInsertion,
        "stop this insertion",
        Always,
        Own,
        Never,
    ),
    (
        Operation::UndoInsertion,
        "take this insertion back",
        Always,
        Own,
        Never,
    ),
    (
        Operation::SeeUsers,
        "see who is in the team",
        Always,
        Always,
        Never,
    ),
    (
        Operation::ChangeUsers,
        "change who is in the team",
        Always,
        Never,
        Never,
    ),
    (
        Operation::SetPassword,
        "set this password",
        Always,
        Own,
        Own,
    ),
    (
        Operation::SeeWorkload,
        "see the team's work",
        Always,
        Own,
        Never,
    ),
    (
        Operation::UseConnections,
        "use connections",
        Always,
        Always,
        Never,
    ),
    (
        Operation::ChangeConnections,
        "change connections",
        Always,
        Never,
        Never,
    ),
    (
        Operation::Insert,
        "insert a data frame",
        Always,
        Always,
        Never,
    ),
    (Operation::Comment, "comment on this", Always, Own, Never),
    (
        Operation::SeeDecisions,
        "see decisions",
        Always,
        Always,
        Never,
    ),
    (
        Operation::Work,
        "work on external tasks",
        Never,
        Never,
        Always,
    ),
    (Operation::SetVariables, "set variables", Always, Never, Own),
    (
        Operation::Correlate,
        "send messages and signals",
        Always,
        Never,
        Always,
    ),
];

/// What a role may do.
pub fn permission(role: Role, operation: Operation) -> Permission {
    TABLE
        .iter()
        .find(|row| row.0 == operation)
        .map_or(Never, |&(_, _, head, employee, worker)| match role {
            Role::Head => head,
            Role::Employee => employee,
            Role::Worker => worker,
        })
}

/// Checks the table; `own` says whether the thing is the caller's own.
pub fn require(role: Role, operation: Operation, own: bool) -> Result<(), DeskError> {
    match permission(role, operation) {
        Always => Ok(()),
        Own if own => Ok(()),
        Own | Never => Err(refusal(role, operation)),
    }
}

fn refusal(role: Role, operation: Operation) -> DeskError {
    let what = TABLE
        .iter()
        .find(|row| row.0 == operation)
        .map_or("do this", |row| row.1);
    match (role, permission(role, operation)) {
        (Role::Employee, Own) if operation == Operation::Start => DeskError::Forbidden(
            "You may not start this process: its model does not name you or a group of yours among its candidate starters (camunda:candidateStarterUsers, camunda:candidateStarterGroups); ask a team head to start it".to_owned(),
        ),
        (Role::Employee, Own) => DeskError::Forbidden(format!(
            "You may not {what}; it is not yours; ask whoever has it, or a team head"
        )),
        _ => barred(role, what),
    }
}

/// The refusal of what is not for a role at all; `operation` where it is known.
pub fn not_for(role: Role, operation: Option<Operation>) -> DeskError {
    match operation.filter(|operation| permission(role, *operation) == Never) {
        Some(operation) => refusal(role, operation),
        None => barred(role, "do this"),
    }
}

fn barred(role: Role, what: &str) -> DeskError {
    let (who, next) = match role {
        Role::Worker => ("A worker account", "log in as a person"),
        Role::Head => ("A team head", "log in as a worker account"),
        Role::Employee => ("An employee", "ask a team head"),
    };
    DeskError::Forbidden(format!("{who} may not {what}; {next}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_stands_in_the_table_once() {
        for (ix, row) in TABLE.iter().enumerate() {
            assert_eq!(
                row.0 as usize, ix,
                "{:?} is out of order, missing or doubled",
                row.0
            );
        }
        assert_eq!(TABLE.len(), Operation::Correlate as usize + 1);
    }

    #[test]
    fn own_holds_only_for_what_is_own() {
        assert!(require(Role::Employee, Operation::Complete, true).is_ok());
        let refused = require(Role::Employee, Operation::Start, false).unwrap_err();
        assert!(
            refused.to_string().contains("candidate starters"),
            "{refused}"
        );
        let refused = require(Role::Employee, Operation::Complete, false).unwrap_err();
        assert!(
            matches!(&refused, DeskError::Forbidden(text) if text.contains("complete this task"))
        );
        assert!(require(Role::Head, Operation::Complete, false).is_ok());
        assert!(require(Role::Employee, Operation::Deploy, true).is_err());
        assert!(require(Role::Worker, Operation::Complete, true).is_err());
        assert!(require(Role::Head, Operation::Work, true).is_err());
    }
}
