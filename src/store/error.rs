//! What can go wrong between the desk and its database, in words a person can act on.

use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why the database did not do what was asked. Cloneable: one failed COMMIT answers many callers.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// A newer crewdesk has migrated the file.
    #[error(
        "{path} was written by a newer crewdesk (schema {found}, this one knows up to {known}); nothing was changed; update crewdesk, or open another file with --db"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// The file is something else than a SQLite database.
    #[error(
        "{path} is not a SQLite database; nothing was changed; name the desk's file or a new one with --db"
    )]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// A SQLite database of another program.
    #[error(
        "{path} is a database of another program; nothing was changed; name the desk's file or a new one with --db"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The path names a folder or a device.
    #[error("{path} is not a regular file; name the desk's file or a new one with --db")]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// There is no such file, and making one was not asked for.
    #[error("there is no desk at {path}; set one up, or name the desk's file with --db")]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// The file or its folder cannot be written.
    #[error(
        "{path} is read-only; a desk writes its file and two more beside it (-wal, -shm): make the file and its folder writable for you"
    )]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
    },
    /// The file is on a network file system.
    #[error(
        "{path} is on a network share ({kind}), where several writers would damage a database; keep the desk's file on a local disk"
    )]
    NetworkShare {
        /// The file.
        path: PathBuf,
        /// The file system.
        kind: String,
    },
    /// The file's content is not what SQLite wrote.
    #[error(
        "{path} is damaged ({detail}); nothing was changed; restore it from a backup, or save what is readable with `sqlite3 FILE .recover`"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        detail: String,
    },
    /// No space left.
    #[error(
        "there is no space left for {path}; nothing was changed; free some space, then try again"
    )]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Another process kept the file locked for too long.
    #[error("another process has kept {path} locked for too long; nothing was changed; try again")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{path} cannot be used: {detail}")]
    System {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        detail: String,
    },
    /// A migration failed and was undone.
    #[error("{path} could not be brought to schema {to}: {detail}; it was left as it was")]
    Migration {
        /// The file.
        path: PathBuf,
        /// The version that was to be reached.
        to: i64,
        /// What went wrong.
        detail: String,
    },
    /// No row has that id.
    #[error("there is no {what} {id}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// The id asked for.
        id: String,
    },
    /// A task of this id is done, or went with its job.
    #[error("task {id} is {how}; the history of its job tells more")]
    TaskDone {
        /// The id asked for.
        id: String,
        /// What became of it.
        how: String,
    },
    /// A shortened id fits several rows.
    #[error("{id} fits more than one {what}; give more of the id")]
    Ambiguous {
        /// What was looked for.
        what: &'static str,
        /// The id asked for.
        id: String,
    },
    /// A value cannot be kept.
    #[error("{detail}")]
    Value {
        /// Why.
        detail: String,
    },
    /// The command panicked; it was undone.
    #[error("the command failed unexpectedly and was undone: {detail}; please report this")]
    Panicked {
        /// The panic's message.
        detail: String,
    },
    /// A command was given from inside another one.
    #[error("a command cannot be given from inside another command; please report this")]
    Nested,
    /// The writer has ended.
    #[error("the desk's database has been closed")]
    Closed,
    /// Anything else from SQLite.
    #[error("the database refused: {0}")]
    Sqlite(String),
}

impl StoreError {
    /// Puts the file's name into an error that came from SQLite.
    pub(super) fn at(self, file: &Path) -> StoreError {
        let named = |path: &Path| !path.as_os_str().is_empty();
        match self {
            StoreError::Full { path } if !named(&path) => StoreError::Full { path: file.into() },
            StoreError::Busy { path } if !named(&path) => StoreError::Busy { path: file.into() },
            StoreError::ReadOnly { path } if !named(&path) => {
                StoreError::ReadOnly { path: file.into() }
            }
            StoreError::NotADatabase { path } if !named(&path) => {
                StoreError::NotADatabase { path: file.into() }
            }
            StoreError::Damaged { path, detail } if !named(&path) => StoreError::Damaged {
                path: file.into(),
                detail,
            },
            StoreError::System { path, detail } if !named(&path) => StoreError::System {
                path: file.into(),
                detail,
            },
            other => other,
        }
    }

    /// What the operating system said about a path.
    pub(super) fn system(path: &Path, error: &std::io::Error) -> StoreError {
        use std::io::ErrorKind;
        let path = path.to_path_buf();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full { path },
            ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { path },
            _ => StoreError::System {
                path,
                detail: error.to_string(),
            },
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let path = PathBuf::new();
        let detail = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { path },
            Some(ErrorCode::ReadOnly) => StoreError::ReadOnly { path },
            Some(ErrorCode::NotADatabase) => StoreError::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged { path, detail },
            Some(
                ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::PermissionDenied,
            ) => StoreError::System { path, detail },
            // Not the database is at fault but the command.
            Some(ErrorCode::ConstraintViolation) => StoreError::Value {
                detail: format!("the database refused: {detail}"),
            },
            _ => StoreError::Sqlite(detail),
        }
    }
}

/// What a panic said.
pub fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
