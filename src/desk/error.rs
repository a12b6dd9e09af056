//! What the desk answers when it does not do what was asked.

pub use crate::model::FieldError;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a use case was refused. Texts never contain a secret.
#[derive(Debug, Clone, PartialEq, Error, Serialize, Deserialize)]
pub enum DeskError {
    /// No such thing.
    #[error("{0}")]
    NotFound(String),
    /// The caller may not.
    #[error("{0}")]
    Forbidden(String),
    /// Someone else has the task.
    #[error(
        "{by} has claimed this task already; ask {by} to hand it over, or a team head to reassign it"
    )]
    AlreadyClaimed {
        /// Who has it.
        by: String,
    },
    /// An active instance has the same business key; start again with the permission to do so.
    #[error(
        "an active instance ({instance}) has the business key {key}; start all the same only if this is another job"
    )]
    SameBusinessKey {
        /// The key.
        key: String,
        /// The instance that has it.
        instance: String,
    },
    /// Fields of a form that are not right.
    #[error("{}", fields(.0))]
    Fields(Vec<FieldError>),
    /// Models that are refused: `file:line:column: element: message` each.
    #[error("{}", .0.join("\n"))]
    Model(Vec<String>),
    /// What was asked makes no sense as it is.
    #[error("{0}")]
    Invalid(String),
    /// The state changed meanwhile; look again.
    #[error("{0}")]
    Conflict(String),
    /// The desk's database cannot be used.
    #[error("{0}")]
    Storage(String),
    /// The engine refused, with Camunda's meaning.
    #[error("{0}")]
    Engine(String),
}

impl DeskError {
    /// The same as an error of this field, which is not named twice.
    pub(super) fn at(self, field: &str) -> DeskError {
        let message = match self {
            DeskError::Fields(mut errors) if errors.len() == 1 => errors.remove(0).message,
            other => other.to_string(),
        };
        DeskError::Fields(vec![FieldError {
            field: field.to_owned(),
            message,
        }])
    }
}

fn fields(errors: &[FieldError]) -> String {
    let lines: Vec<_> = errors
        .iter()
        .map(|e| format!("{}: {}", e.field, e.message))
        .collect();
    lines.join("\n")
}
