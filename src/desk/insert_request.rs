//! What an insertion without a process is asked for: the same for the command line and for REST.

use super::secret::Clear;
use crate::insert::Mode;
use std::path::PathBuf;

/// What goes where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsertRequest {
    /// The data frame; SQL, where a connection gives it.
    pub file: PathBuf,
    /// More files, that are one frame with it.
    pub more: Vec<PathBuf>,
    /// The name of that connection.
    pub from: Option<String>,
    /// The name of a connection.
    pub connection: String,
    /// The table.
    pub table: String,
    /// What happens to the rows of the table.
    pub mode: Mode,
    /// The columns by which rows are told apart, where the mode does; none are the primary key.
    pub key: Vec<String>,
    /// SQL over the frame.
    pub query: Option<String>,
    /// Unquoted texts that mean NULL.
    pub null_texts: Vec<String>,
    /// How the frame is written and what becomes of its columns, by the names of the form's
    /// fields: `separator`, `dateFormat`, `numberFormat`, `timeZone`, `trim`, `skipLines`, `header`, `quote`, `encoding`,
    /// `sheet`, `columns`, `exactDistinct`; what is missing is found out. `references` are looked
    /// for, too: a row that refers to what is not there keeps all out.
    pub reading: Vec<(&'static str, String)>,
    /// A list of rows to fix or leave out on their way, with the columns `line` or `record`, `column`
    /// and `value`.
    pub patch: Option<PathBuf>,
    /// A file that does not exist, for a list of all refused rows; it is what `patch` takes.
    pub rejects: Option<PathBuf>,
    /// Who logs in, where the connection asks each time.
    pub user_name: Option<String>,
    /// With which password.
    pub password: Option<Clear>,
    /// All checks, and not a row: nothing is written, here or there.
    pub dry_run: bool,
    /// The same of the first rows only, with what would help them in.
    pub look: bool,
    /// Keep what is needed to take it back.
    pub undoable: bool,
    /// Also where the same content is in the table already.
    pub again: bool,
    /// Nothing but the rows: no copy of the frame, no facts, no line in the ledger.
    pub rows_only: bool,
}

impl InsertRequest {
    /// Whether nothing is to be written.
    pub(super) fn is_dry(&self) -> bool {
        self.dry_run || self.look
    }

    /// Whether what is in the table already is kept out.
    pub(super) fn is_once(&self) -> bool {
        !self.again
    }
}
