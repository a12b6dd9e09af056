//! What can go wrong with an expression, in Camunda's words.

use std::fmt;
use thiserror::Error;

/// A text that is no expression. Found when a model is deployed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("Error parsing '{}': {message}", clip(.source_text))]
pub struct SyntaxError {
    /// What is wrong, and what was expected instead.
    pub message: String,
    /// Where, in characters from the start of the text.
    pub offset: usize,
    /// The whole text.
    pub source_text: String,
}

/// An expression that gave no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind}: {}. Cause: {cause}", clip(.expression))]
pub struct EvalError {
    /// The sort of failure, which decides what a caller may forgive.
    pub kind: EvalErrorKind,
    /// The whole text of the template.
    pub expression: String,
    /// Why.
    pub cause: String,
}

/// The sorts of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvalErrorKind {
    /// A variable or property that does not exist, or a method on null.
    UnknownProperty,
    /// A method that its object does not have.
    UnknownMethod,
    /// Anything else that an operator, a coercion or a method refuses.
    Failed,
    /// It took more steps or memory than granted.
    Budget,
}

impl fmt::Display for EvalErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EvalErrorKind::UnknownProperty => "Unknown property used in expression",
            EvalErrorKind::UnknownMethod => "Unknown method used in expression",
            EvalErrorKind::Failed | EvalErrorKind::Budget => "Error while evaluating expression",
        })
    }
}

/// A failure inside the evaluator, which does not know the whole text.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) kind: EvalErrorKind,
    pub(super) cause: String,
}

impl Fault {
    pub(super) fn failed(cause: impl Into<String>) -> Self {
        Fault {
            kind: EvalErrorKind::Failed,
            cause: cause.into(),
        }
    }

    pub(super) fn no_property(name: &str, of: &str) -> Self {
        Fault {
            kind: EvalErrorKind::UnknownProperty,
            cause: format!("Cannot resolve property '{}' in '{of}'", clip(name)),
        }
    }

    pub(super) fn no_method(name: &str, of: &str) -> Self {
        Fault {
            kind: EvalErrorKind::UnknownMethod,
            cause: format!("Cannot find method '{}' in '{of}'", clip(name)),
        }
    }
}

/// Long texts are cut: a message is for people.
pub(super) fn clip(text: &str) -> std::borrow::Cow<'_, str> {
    const LONGEST: usize = 300;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}
