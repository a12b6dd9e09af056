//! What can go wrong with a frame, a query or a target, in words that say what to do next.

use super::facts::{Facts, Refusal};
use crate::value::words::io_error;
use std::path::PathBuf;

/// Why a capture, a preview or an insertion did not happen. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InsertError {
    /// Somebody asked to stop.
    #[error("cancelled; nothing was kept")]
    Cancelled,

    /// The data frame can not be taken: missing, a folder, empty, too large, …
    #[error("data frame {name}: {reason}")]
    Source {
        /// The path or name as given.
        name: String,
        /// What is wrong and what to do.
        reason: String,
    },

    /// The data frame is no well-formed text table at a known place.
    #[error("data frame {name}, line {line}{}: {reason}", column.as_ref().map(|c| format!(", {c}")).unwrap_or_default())]
    Malformed {
        /// The name of the frame.
        name: String,
        /// The physical line, from 1.
        line: u64,
        /// Where in the line: `column 7` or the name of a field.
        column: Option<String>,
        /// What is wrong and what to do.
        reason: String,
    },

    /// The list of rows to fix can not be understood.
    #[error("{name}: {reason}")]
    Patch {
        /// The name of the list.
        name: String,
        /// What is wrong and what to do.
        reason: String,
    },

    /// A captured frame is not in the frame store, or not as it was captured.
    #[error("the captured data frame {hash} {reason}; choose the data frame again")]
    Frame {
        /// The content hash.
        hash: String,
        /// What is wrong.
        reason: String,
    },

    /// The employee's SQL is refused, failed or took too long.
    #[error("query: {0}")]
    Query(String),

    /// The query on another connection is refused, failed or took too long.
    #[error("source query: {0}")]
    SourceQuery(String),

    /// The connection's URL can not be understood or must not be used.
    #[error("{0}")]
    Connection(String),

    /// The target is a database of crewdesk itself.
    #[error(
        "{} is crewdesk's own database, or another desk's, and can never be a target; name another file",
        path.display()
    )]
    Forbidden {
        /// The file.
        path: PathBuf,
    },

    /// The table is missing or can not take rows.
    #[error("table {table}: {reason}")]
    Table {
        /// The name as given.
        table: String,
        /// What is wrong and what to do.
        reason: String,
    },

    /// What is said about columns does not fit the frame or the table.
    #[error("columns: {0}")]
    Mapping(String),

    /// The numbers of the frame may be read in two ways.
    #[error("{0}")]
    Numbers(String),

    /// A format is said of what is no column.
    #[error("{reason}")]
    Format {
        /// The form field that says it.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },

    /// Columns of frame and table do not fit.
    #[error("{0}")]
    Columns(String),

    /// The columns that should tell rows apart do not.
    #[error("{0}")]
    Key(String),

    /// The target is locked by somebody else for longer than we wait.
    #[error(
        "{target} is locked by another program for longer than {seconds} s; close what writes to it, then try again"
    )]
    Busy {
        /// The target as people name it.
        target: String,
        /// How long we waited.
        seconds: u64,
    },

    /// The disk or the quota is full.
    #[error("{what}: no space left; nothing was kept. Free some space, then try again")]
    DiskFull {
        /// Which file or database.
        what: String,
    },

    /// The server can not be reached, or breaks off: what was not committed is not kept.
    #[error("{target}: {reason}; try again when the server answers")]
    Unreachable {
        /// The target as people name it.
        target: String,
        /// What is wrong.
        reason: String,
    },

    /// The server undid it for the sake of another transaction: also where it was to last, nothing
    /// of it does.
    #[error(
        "{target}: the server undid it because of another transaction ({reason}), nothing was kept; try again"
    )]
    Undone {
        /// The target as people name it.
        target: String,
        /// What the server says.
        reason: String,
    },

    /// The target failed for another reason: read-only, damaged, lost in the middle, …
    #[error("{target}: {reason}")]
    Target {
        /// The target as people name it.
        target: String,
        /// What is wrong and what to do.
        reason: String,
    },

    /// The ledger has a line of this job, for something else than what is asked now.
    #[error(
        "{target}: the ledger says that this job ({key}) is done, but {other}. Those rows stay; \
         cancel the job, and start another one for what is asked now"
    )]
    OtherRows {
        /// The target as people name it.
        target: String,
        /// The key of the line.
        key: String,
        /// In what they differ.
        other: String,
    },

    /// The judge could not decide.
    #[error("the check could not be made, nothing was kept: {0}")]
    Judge(String),

    /// A check of the team's own, or a reference, can not be asked.
    #[error("the check {name} could not be made, nothing was kept: {reason}")]
    Check {
        /// What it is called.
        name: String,
        /// What is wrong and what to do.
        reason: String,
    },

    /// Reading or writing a file of the frame store failed.
    #[error("{}: {}", path.display(), io_error(source))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
}

impl InsertError {
    /// The form field the error belongs to, where it belongs to one.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            InsertError::Source { .. }
            | InsertError::Malformed { .. }
            | InsertError::Frame { .. } => Some("dataFrame"),
            InsertError::Patch { .. } => Some("patch"),
            InsertError::Query(_) => Some("query"),
            InsertError::SourceQuery(_) => Some("sourceQuery"),
            InsertError::Mapping(_) => Some("columns"),
            InsertError::Numbers(_) => Some("numberFormat"),
            InsertError::Format { field, .. } => Some(field),
            InsertError::Connection(_) | InsertError::Forbidden { .. } => Some("connection"),
            InsertError::Table { .. } | InsertError::Columns(_) => Some("tableName"),
            InsertError::Key(_) => Some("keyColumns"),
            _ => None,
        }
    }

    /// Whether the same job may succeed later without anybody changing it.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            InsertError::Busy { .. }
                | InsertError::DiskFull { .. }
                | InsertError::Unreachable { .. }
                | InsertError::Undone { .. }
                | InsertError::Io { .. }
        )
    }

    /// The error as the facts of an insertion that failed.
    pub fn facts(&self) -> Facts {
        Facts::failure(self.to_string())
    }

    /// The place in the frame, where the error has one.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            InsertError::Malformed {
                line,
                column,
                reason,
                ..
            } => Some(Refusal {
                file: None,
                line: Some(*line),
                record: None,
                column: column.clone(),
                source: None,
                value: None,
                reason: reason.clone(),
            }),
            _ => None,
        }
    }

    /// An error of a file, with a full disk told apart.
    pub(super) fn io(path: &std::path::Path, source: std::io::Error) -> InsertError {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        match source.kind() {
            StorageFull | QuotaExceeded => InsertError::DiskFull {
                what: path.display().to_string(),
            },
            _ => InsertError::Io {
                path: path.to_owned(),
                source,
            },
        }
    }
}
