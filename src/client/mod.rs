//! One trait for an embedded desk and a served one.
//!
//! Floor 8. Contains no rules of its own. Calls block; the terminal runs them on a
//! blocking thread.

pub mod drawing;
mod embedded;
mod host;
pub mod operate;
mod remote;

use chrono::{DateTime, Utc};
use std::ops::ControlFlow;
use std::time::Duration;

pub use crate::desk::direct::InsertRequest;
pub use crate::desk::imports::{is_form, named_by};
pub use crate::desk::password::check as check_password;
pub use crate::desk::people::check_name;
pub use crate::desk::report::report;
pub use crate::desk::secret::Clear;
pub use crate::desk::team::Team;
pub use crate::desk::vars;
pub use crate::desk::view::*;
pub use crate::desk::work::Advance;
pub use crate::desk::{DeskError, FieldError, Settings};
pub use crate::dmn;
pub use crate::feel;
pub use crate::insert::{ColumnFacts, DEFAULT_LIMIT as FRAME_LIMIT, Mode, did_you_mean};
pub use crate::model;
pub use crate::value;
pub use crate::worker::Done as WorkDone;
pub use embedded::Embedded;
pub use host::{Host, TopicWorker, default_database, settings_of};
pub use remote::Server;

/// Answers of a desk.
pub type Answer<T> = Result<T, DeskError>;

/// How the desk is reached just now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Reach {
    /// As it should be.
    #[default]
    Whole,
    /// A file is on its way there.
    Sending {
        /// Its name.
        name: String,
        /// Bytes that have left.
        bytes: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Not at all; it is tried again.
    Lost,
}

/// A desk on behalf of one user.
pub trait Client: Send + Sync {
    /// The user on whose behalf this is.
    fn whoami(&self) -> Answer<User>;
    /// What a team head does to processes; an error where the desk does not offer it.
    fn operator(&self) -> Answer<&dyn operate::Operator> {
        Err(DeskError::Invalid(
            "this desk can not be operated from here; do it where its database is".to_owned(),
        ))
    }

    /// How it is reached just now; one in this process always is.
    fn reach(&self) -> Reach {
        Reach::Whole
    }

    /// Deploys BPMN and DMN files, all or none: names and contents.
    fn deploy(&self, files: Vec<(String, Vec<u8>)>) -> Answer<Deployment>;
    /// What deploying these would make and what is wrong with them, without doing it.
    fn plan_deployment(
        &self,
        files: Vec<(String, Vec<u8>)>,
        java: model::Java,
    ) -> Answer<Deployment>;
    /// The newest version of each process that the caller may start.
    fn definitions(&self) -> Answer<Vec<Definition>>;
    /// The start form of the newest version and the text each field starts with.
    fn start_form(&self, key: &str) -> Answer<(model::Form, indexmap::IndexMap<String, String>)>;
    /// Starts an instance.
    fn start(&self, request: StartRequest) -> Answer<InstanceView>;

    /// Tasks, the most urgent first: late, came back, due, priority, age.
    fn tasks(&self, query: TaskQuery) -> Answer<Page<TaskView>>;
    /// A task by its id, or by the unambiguous beginning or end of one.
    fn task(&self, id: &str) -> Answer<TaskDetail>;
    /// Takes a task.
    fn claim(&self, id: &str) -> Answer<TaskView>;
    /// Gives a task back to those who may claim it.
    fn unclaim(&self, id: &str) -> Answer<TaskView>;
    /// Gives a task to somebody, or to nobody.
    fn assign(&self, id: &str, user: Option<&str>) -> Answer<TaskView>;
    /// Moves the due date, and the reminder with it.
    fn set_due(&self, id: &str, due: Option<DateTime<Utc>>) -> Answer<TaskView>;
    /// Sets the priority.
    fn set_priority(&self, id: &str, priority: i32) -> Answer<TaskView>;
    /// Saves what was typed over the draft that was saved at `base`; secrets are left out. What
    /// another desk of the same person saved since is kept and told.
    fn save_draft(
        &self,
        id: &str,
        values: &indexmap::IndexMap<String, String>,
        base: Option<DateTime<Utc>>,
    ) -> Answer<DraftSaved>;
    /// The same, but takes the version that another desk saved, and keeps this one in its place.
    fn swap_draft(
        &self,
        id: &str,
        values: &indexmap::IndexMap<String, String>,
        base: Option<DateTime<Utc>>,
    ) -> Answer<DraftSaved>;
    /// What completing with these values would do.
    fn preview(&self, id: &str, values: &indexmap::IndexMap<String, String>) -> Answer<Preview>;
    /// The same, which ends early where a desk in this process hears that it is not wanted any more.
    fn preview_while(
        &self,
        id: &str,
        values: &indexmap::IndexMap<String, String>,
        _wanted: &(dyn Fn() -> bool + Sync),
    ) -> Answer<Preview> {
        self.preview(id, values)
    }
    /// The rows of a form's data frame that are refused, as the file has them, and those that
    /// were fixed.
    fn refused_rows(
        &self,
        id: &str,
        values: &indexmap::IndexMap<String, String>,
    ) -> Answer<RefusedRows>;
    /// Keeps what a person makes of rows, beside the data frame; the form names it from then on.
    fn fix_rows(
        &self,
        id: &str,
        values: &indexmap::IndexMap<String, String>,
        rows: &[FixedRow],
    ) -> Answer<KeptPatch>;
    /// Completes a task with the text of its form fields, checked by the form.
    fn complete_form(&self, id: &str, values: &indexmap::IndexMap<String, String>) -> Answer<()>;
    /// Completes a task with typed variables (form fields among them are checked too).
    fn complete(&self, id: &str, variables: value::Map) -> Answer<()>;

    /// Says something about a task; it stands in the history of its instance.
    fn comment_task(&self, id: &str, text: &str) -> Answer<()>;
    /// Says something about an instance.
    fn comment_instance(&self, id: &str, text: &str) -> Answer<()>;

    /// Instances, the newest first.
    fn instances(&self, query: InstanceQuery) -> Answer<Page<InstanceView>>;
    /// An instance by id, or by the unambiguous beginning or end of one.
    fn instance(&self, id: &str) -> Answer<InstanceDetail>;
    /// What happened in an instance, oldest first.
    fn history(&self, id: &str) -> Answer<Vec<HistoryEntry>>;
    /// The process of an instance and where its tokens are.
    fn diagram(&self, id: &str) -> Answer<DiagramView>;
    /// What evaluations may take where they are made here.
    fn allowance(&self) -> feel::Allowance {
        feel::Allowance::default()
    }
    /// The newest version of each decision.
    fn decisions(&self) -> Answer<Vec<DecisionDefinition>>;
    /// The newest version of a decision with its files.
    fn decision(&self, key: &str) -> Answer<DecisionModel>;
    /// The newest of each file of business knowledge models and decision services alone.
    fn functions(&self) -> Answer<Vec<FunctionModel>> {
        Ok(Vec::new())
    }
    /// The decisions that were evaluated in an instance, the newest first.
    fn evaluated(&self, id: &str) -> Answer<Vec<DecisionInstance>>;
    /// Cancels an instance; a running insertion rolls back.
    fn cancel(&self, id: &str, reason: &str) -> Answer<()>;
    /// Gives every failed job and external task of an instance a new try; how many.
    fn retry(&self, id: &str) -> Answer<u32>;
    /// Stops a running insertion and sends it back to its employee.
    fn cancel_insertion(&self, id: &str) -> Answer<()>;
    /// Begins to take the insertion of a finished instance back; the instance that does it.
    fn undo_insertion(&self, id: &str) -> Answer<InstanceView>;

    /// Everybody.
    fn users(&self) -> Answer<Vec<User>>;
    /// Adds a user; the first one of a desk must be a head.
    fn add_user(
        &self,
        id: &str,
        role: Role,
        groups: &[String],
        password: Option<&str>,
    ) -> Answer<User>;
    /// Limits a worker account to these topics; none are all.
    fn set_topics(&self, id: &str, topics: &[String]) -> Answer<User>;
    /// Says which account of the operating system is this user on the desk's socket.
    fn set_account(&self, id: &str, account: Option<&str>) -> Answer<()>;
    /// Changes role or groups of a user; none leaves as it is.
    fn change_user(&self, id: &str, role: Option<Role>, groups: Option<&[String]>) -> Answer<User>;
    /// Removes a user; open tasks go to the successor, else they are free to claim.
    fn remove_user(&self, id: &str, successor: Option<&str>) -> Answer<Removal>;
    /// Sets or clears a password: one's own, or anybody's for a head.
    fn set_password(&self, id: &str, password: Option<&str>) -> Answer<()>;
    /// Work per person; the last entry is what is open to claim.
    fn workload(&self) -> Answer<Vec<Workload>>;

    /// Connections that the caller may use.
    fn connections(&self) -> Answer<Vec<Connection>>;
    /// Adds or replaces a connection.
    fn add_connection(&self, name: &str, url: &str, password: Option<&str>) -> Answer<Connection>;
    /// The connection of this name whose place or password adding this one would lose.
    fn replaced_by(
        &self,
        name: &str,
        url: &str,
        password: Option<&str>,
    ) -> Answer<Option<Connection>> {
        let mut all = self.connections()?.into_iter();
        let keeps = |old: &Connection| {
            same_place(&old.url, url) && (password.is_some() || !old.has_password)
        };
        Ok(all.find(|old| old.name == name && !keeps(old)))
    }
    /// Says who may use a connection, and for what.
    fn limit_connection(&self, name: &str, limits: &ConnectionLimits) -> Answer<Connection>;
    /// Says whose credentials a connection uses; passwords that are not used any more go.
    fn set_credentials(&self, name: &str, credentials: Credentials) -> Answer<Connection>;
    /// Takes a new password for the one that all use, once the server has taken it.
    fn rotate_connection(&self, name: &str, password: &str) -> Answer<Connection>;
    /// Keeps the caller's own login for a connection, once the server has taken it.
    fn log_in(&self, name: &str, user_name: Option<&str>, password: &str) -> Answer<Connection>;
    /// Forgets the caller's own login.
    fn log_out(&self, name: &str) -> Answer<()>;
    /// Removes a connection.
    fn remove_connection(&self, name: &str) -> Answer<()>;
    /// Tries a connection and lists its tables.
    fn test_connection(&self, name: &str) -> Answer<ConnectionTest>;
    /// The same of one that asks each time, with what was typed for this once.
    fn try_connection(&self, name: &str, login: TypedLogin<'_>) -> Answer<ConnectionTest>;

    /// Inserts a frame without a process: all of its rows, or none if one is refused, or if
    /// `progress` says that it is to stop.
    fn insert(
        &self,
        request: &InsertRequest,
        progress: &mut dyn FnMut(Advance) -> ControlFlow<()>,
    ) -> Answer<InsertReport>;
    /// Insertions that the desk did, the newest first, so many: all for a head, else one's own.
    fn insertions(&self, most: usize) -> Answer<Vec<PastInsertion>>;
    /// Takes an insertion back by its key, without a process.
    fn undo(&self, key: &str, progress: &mut dyn FnMut(Advance)) -> Answer<UndoReport>;

    /// The caller's notifications, newest first.
    fn notifications(&self, unread_only: bool, limit: usize) -> Answer<Vec<Notification>>;
    /// Marks notifications up to this id as read.
    fn mark_read(&self, up_to: i64) -> Answer<()>;
    /// What the status bar shows.
    fn status(&self) -> Answer<Status>;

    /// Waits until something changed since `seen` (0 at first) or the time is over; the new mark.
    fn wait_for_change(&self, seen: u64, at_most: Duration) -> u64;
}

/// True when a URL as typed leads where a connection leads: the path of a file may be relative.
fn same_place(kept: &str, typed: &str) -> bool {
    let absolute = |path: &str| std::path::absolute(path).ok();
    match (kept.strip_prefix("sqlite:"), typed.strip_prefix("sqlite:")) {
        (Some(kept), Some(typed)) => absolute(kept) == absolute(typed),
        _ => kept == typed,
    }
}
