//! What a deployment finds wrong in a file, and where.

use serde::Serialize;
use std::fmt;

/// A place in a source file; both count from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// Whether a problem refuses the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// The model deploys all the same.
    Warning,
    /// The deployment is refused.
    Error,
}

/// One finding: what is wrong, where, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Error or warning.
    pub severity: Severity,
    /// The file's name as it was given.
    pub file: String,
    /// Where in the file.
    pub position: Position,
    /// The id of the BPMN or DMN element, where there is one.
    pub element: Option<String>,
    /// What is wrong and what to do about it, one sentence each.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning: ",
            Severity::Error => "",
        };
        write!(
            f,
            "{}:{}:{}: {severity}",
            self.file, self.position.line, self.position.column
        )?;
        if let Some(id) = &self.element {
            write!(f, "{id}: ")?;
        }
        f.write_str(&self.message)
    }
}
