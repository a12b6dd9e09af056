//! Lists with filters, sorting and pages, each declared once as data.
//!
//! A [`Listing`] names its columns, filters and sortings as Camunda's REST API does and says
//! for each the SQL of ours. All SQL is `&'static str`: what comes from outside is only ever
//! bound. In a fragment `?` is the filter's own value, and `:now`, `:user`, `:groups` and
//! `:topics` are the moment and the caller (the last two as JSON arrays). `:nodes` is what
//! models say of activities: `[definition id, id, name, type]` of each.

/// What an employee sees of instances: those started by oneself, or with a task that one has,
/// may claim or has done. The argument is the column with the instance's id.
macro_rules! own_instance {
    ($instance:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM hist_process_instance AS own
                 WHERE own.id = ", $instance, " AND own.start_user = :user)
             OR EXISTS (SELECT 1 FROM hist_task AS mine
                 WHERE mine.process_instance_id = ", $instance, "
                 AND (mine.assignee = :user OR mine.done_by = :user
                     OR EXISTS (SELECT 1 FROM task AS free
                         WHERE free.id = mine.id AND free.assignee IS NULL
                         AND (free.open_to_all = 1 OR EXISTS (
                             SELECT 1 FROM task_candidate AS c WHERE c.task_id = free.id
                             AND ((c.kind = 'user' AND c.name = :user)
                                 OR (c.kind = 'group'
                                     AND c.name IN (SELECT value FROM json_each(:groups)))))))))"
        )
    };
}

/// What an employee sees of open tasks: one's own and, while nobody has them, those offered
/// to one. The argument is the alias of the table.
macro_rules! own_task {
    ($task:literal) => {
        concat!(
            $task,
            ".assignee = :user OR (",
            $task,
            ".assignee IS NULL AND (",
            $task,
            ".open_to_all = 1 OR EXISTS (
                 SELECT 1 FROM task_candidate AS mine WHERE mine.task_id = ",
            $task,
            ".id
                 AND ((mine.kind = 'user' AND mine.name = :user)
                     OR (mine.kind = 'group'
                         AND mine.name IN (SELECT value FROM json_each(:groups)))))))"
        )
    };
}

/// What a worker sees of what runs: instances with work on one's topics. The argument is the
/// column with the root instance's id.
macro_rules! worked_on {
    ($root:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM external_task AS work WHERE work.root_id = ",
            $root,
            "
                 AND (json_array_length(:topics) = 0
                     OR work.topic IN (SELECT value FROM json_each(:topics))))"
        )
    };
}

/// A column that must be one of several texts.
macro_rules! among {
    ($column:literal) => {
        concat!($column, " IN (SELECT value FROM json_each(?))")
    };
}

/// `n`: name and type of an activity, with the columns of its definition and its id.
macro_rules! node {
    ($definition:literal, $activity:literal) => {
        concat!(
            "LEFT JOIN (SELECT value ->> 0 AS definition, value ->> 1 AS id, value ->> 2 AS name,
                 value ->> 3 AS type, value ->> 4 AS ends FROM json_each(:nodes) GROUP BY 1, 2) AS n
             ON n.definition = ",
            $definition,
            " AND n.id = ",
            $activity
        )
    };
}

/// For filters by what there is not here, such as tenants and cases: nothing is found.
const NOTHING: &str = "? IS NULL";

mod batch;
mod build;
mod cleanable;
mod decision_definition;
mod deployment;
mod execution;
mod external_task;
mod historic_activity;
mod historic_decision;
mod historic_log;
mod historic_process_instance;
mod historic_task;
mod historic_variable;
mod job;
mod people;
mod process_definition;
mod process_instance;
mod statistics;
mod task;
mod tasklist;

pub use batch::{BATCH, BATCH_STATISTICS, HISTORIC_BATCH};
pub use cleanable::{CLEANABLE_DECISION, CLEANABLE_PROCESS};
pub use decision_definition::{DECISION_DEFINITION, DECISION_REQUIREMENTS};
pub use deployment::{DEPLOYMENT, DEPLOYMENT_RESOURCE, SCHEMA_LOG};
pub use execution::{EVENT_SUBSCRIPTION, EXECUTION, VARIABLE_INSTANCE};
pub use external_task::{EXTERNAL_TASK, LOCKABLE};
pub use historic_activity::{HISTORIC_ACTIVITY, HISTORIC_STATISTICS};
pub use historic_decision::HISTORIC_DECISION;
pub use historic_log::{
    EXTERNAL_TASK_ERROR, EXTERNAL_TASK_LOG, HISTORIC_INCIDENT, IDENTITY_LINK_LOG, JOB_LOG,
    USER_OPERATION,
};
pub use historic_process_instance::HISTORIC_PROCESS_INSTANCE;
pub use historic_task::HISTORIC_TASK;
pub use historic_variable::{HISTORIC_DETAIL, HISTORIC_VARIABLE};
pub use job::{INCIDENT, JOB, JOB_DEFINITION};
pub use people::{TEAM_GROUP, USER};
pub use process_definition::PROCESS_DEFINITION;
pub use process_instance::PROCESS_INSTANCE;
pub use statistics::{ACTIVITY_STATISTICS, INCIDENT_STATISTICS, PROCESS_STATISTICS};
pub use task::{TASK, TASK_GROUPS};
pub use tasklist::{ATTACHMENT, COMMENT, FILTER, KNOWN_TASK};

use super::{Snapshot, StoreError};
use crate::value::Value;
use chrono::{DateTime, Utc};

/// A list of one kind of thing.
#[derive(Debug)]
pub struct Listing {
    /// What is in it, in the singular, for messages.
    pub what: &'static str,
    /// Tables and joins, as they follow `FROM`.
    pub from: &'static str,
    /// What each entry shows, in this order.
    pub columns: &'static [Column],
    /// By what it can be narrowed.
    pub filters: &'static [Filter],
    /// By what it can be sorted: name and SQL.
    pub sorts: &'static [Sort],
    /// The column with the id of an entry, which also makes every order total.
    pub key: &'static str,
    /// What an employee sees; none is nothing. A head sees everything.
    pub employee: Option<&'static str>,
    /// What a worker sees; none is nothing.
    pub worker: Option<&'static str>,
}

/// One field of an entry.
#[derive(Debug, PartialEq)]
pub struct Column {
    /// Its name in JSON.
    pub name: &'static str,
    /// Its SQL.
    pub sql: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text, numbers, nothing: as SQLite has it.
    Plain,
    /// 0 or 1.
    Flag,
    /// Milliseconds, shown as Camunda's date.
    Date,
    /// A variable's value: `type, value, info`; becomes `value`, `type` and `valueInfo`.
    Value,
}

/// A column as it is.
pub const fn plain(name: &'static str, sql: &'static str) -> Column {
    let kind = ColumnKind::Plain;
    Column { name, sql, kind }
}

/// A column that is true or false.
pub const fn flag(name: &'static str, sql: &'static str) -> Column {
    let kind = ColumnKind::Flag;
    Column { name, sql, kind }
}

/// A column that is an instant.
pub const fn date(name: &'static str, sql: &'static str) -> Column {
    let kind = ColumnKind::Date;
    Column { name, sql, kind }
}

/// The three columns of a value.
pub const fn value(sql: &'static str) -> Column {
    let (name, kind) = ("value", ColumnKind::Value);
    Column { name, sql, kind }
}

/// A sorting: its name and the SQL to sort by.
#[derive(Debug, PartialEq)]
pub struct Sort {
    /// Its name in `sortBy`.
    pub name: &'static str,
    /// Its SQL.
    pub sql: &'static str,
}

/// A sorting.
pub const fn sort(name: &'static str, sql: &'static str) -> Sort {
    Sort { name, sql }
}

/// Something by which a list can be narrowed.
#[derive(Debug, PartialEq)]
pub struct Filter {
    /// Its name in query strings and bodies.
    pub name: &'static str,
    /// What is given.
    pub kind: FilterKind,
    /// The condition. For [`FilterKind::Variables`] `{variable}` stands for the comparison of
    /// the columns `v.name`, `v.type` and `v.value`.
    pub sql: &'static str,
}

/// What a filter is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterKind {
    /// Text.
    Text,
    /// Several texts, of which one must fit: bound as a JSON array.
    Texts,
    /// A pattern with `%` and `_`: bound as a pattern for `GLOB`.
    Like,
    /// A whole number of 32 bits.
    Integer,
    /// A whole number of 64 bits.
    Long,
    /// An instant: bound as milliseconds.
    Date,
    /// True applies the condition, false does nothing.
    Flag,
    /// True and false are both bound.
    Bool,
    /// Comparisons with variables.
    Variables,
}

/// A filter by text, `sql` such as `t.topic = ?`.
pub const fn text(name: &'static str, sql: &'static str) -> Filter {
    let kind = FilterKind::Text;
    Filter { name, kind, sql }
}

/// A filter by one of several texts, `sql` such as `t.id IN (SELECT value FROM json_each(?))`.
pub const fn texts(name: &'static str, sql: &'static str) -> Filter {
    let kind = FilterKind::Texts;
    Filter { name, kind, sql }
}

/// A filter by a pattern, `sql` such as `d.name GLOB ?`.
pub const fn like(name: &'static str, sql: &'static str) -> Filter {
    let kind = FilterKind::Like;
    Filter { name, kind, sql }
}

/// A filter by a number of 32 bits.
pub const fn integer(name: &'static str, sql: &'static str) -> Filter {
    let kind = FilterKind::Integer;
    Filter { name, kind, sql }
}

/// A filter by a number of 64 bits.
pub const fn long(name: &'static str, sql: &'static str) -> Filter {
    let kind = FilterKind::Long;
    Filter { name, kind, sql }
}

/// A filter by an instant.
pub const fn at(name: &'static str, sql: &'static str) -> Filter {
    let kind = FilterKind::Date;
    Filter { name, kind, sql }
}

/// A filter that is on or off.
pub const fn only(name: &'static str, sql: &'static str) -> Filter {
    let kind = FilterKind::Flag;
    Filter { name, kind, sql }
}

/// A filter by true or false.
pub const fn either(name: &'static str, sql: &'static str) -> Filter {
    let kind = FilterKind::Bool;
    Filter { name, kind, sql }
}

/// A filter by variables.
pub const fn variables(name: &'static str, sql: &'static str) -> Filter {
    let kind = FilterKind::Variables;
    Filter { name, kind, sql }
}

/// What a filter was given.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// For [`FilterKind::Text`] and [`FilterKind::Like`].
    Text(String),
    /// For [`FilterKind::Texts`].
    Texts(Vec<String>),
    /// For [`FilterKind::Integer`] and [`FilterKind::Long`].
    Number(i64),
    /// For [`FilterKind::Date`].
    Date(DateTime<Utc>),
    /// For [`FilterKind::Flag`] and [`FilterKind::Bool`].
    Flag(bool),
    /// For [`FilterKind::Variables`].
    Variables(Vec<Comparison>),
}

/// A comparison with a variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The variable's name.
    pub name: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub value: Value,
    /// Upper and lower case of the name are the same.
    pub any_case_name: bool,
    /// Upper and lower case of a text are the same.
    pub any_case_value: bool,
}

/// How a variable is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `eq`
    Equal,
    /// `neq`
    NotEqual,
    /// `gt`
    Greater,
    /// `gteq`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `lteq`
    LessOrEqual,
    /// `like`
    Like,
    /// `notLike`
    NotLike,
}

impl Operator {
    /// The operator of Camunda's name.
    pub fn parse(name: &str) -> Option<Operator> {
        Some(match name {
            "eq" => Operator::Equal,
            "neq" => Operator::NotEqual,
            "gt" => Operator::Greater,
            "gteq" => Operator::GreaterOrEqual,
            "lt" => Operator::Less,
            "lteq" => Operator::LessOrEqual,
            "like" => Operator::Like,
            "notLike" => Operator::NotLike,
            _ => return None,
        })
    }
}

/// What is asked of a listing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListQuery {
    /// All of these must hold.
    pub filters: Vec<(&'static Filter, Given)>,
    /// Of each of these groups one must hold.
    pub any_of: Vec<Vec<(&'static Filter, Given)>>,
    /// The order; the id comes last.
    pub sorts: Vec<(&'static Sort, Direction)>,
    /// What `?` means in the SQL of the sorting at this place, such as a variable's name.
    pub sort_by: Vec<(usize, String)>,
    /// Entries left out at the beginning.
    pub first: u64,
    /// At most this many; none is all.
    pub most: Option<u64>,
    /// Only the entry with this id.
    pub id: Option<String>,
    /// Lists and maps among values are shown as JSON and not as text.
    pub deserialize: bool,
}

/// Which way to sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

/// On whose behalf a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Viewer<'a> {
    /// The moment.
    pub now: DateTime<Utc>,
    /// The user's name.
    pub user: Option<&'a str>,
    /// The user's groups.
    pub groups: &'a [String],
    /// The topics of a worker.
    pub topics: &'a [String],
    /// Activities of models as a JSON array, where the listing asks for `:nodes`.
    pub nodes: Option<&'a str>,
    /// What the user may see of the list: one of the listing's own conditions.
    pub scope: Option<&'static str>,
}

/// An entry of a list.
pub type Entry = serde_json::Map<String, serde_json::Value>;

impl Listing {
    /// True when it needs to know what models say of activities.
    pub fn needs_nodes(&self) -> bool {
        self.from.contains(":nodes")
    }
}

impl Snapshot<'_> {
    /// The value of the first entry that a query finds, with what lists leave out of it.
    pub fn listed_value(
        &self,
        listing: &Listing,
        query: &ListQuery,
        viewer: &Viewer<'_>,
    ) -> Result<Option<Value>, StoreError> {
        build::Select::new(listing, query, viewer).value(self.conn, listing)
    }

    /// The entries that a query asks for.
    pub fn list(
        &self,
        listing: &Listing,
        query: &ListQuery,
        viewer: &Viewer<'_>,
    ) -> Result<Vec<Entry>, StoreError> {
        build::Select::new(listing, query, viewer).entries(self.conn, listing, query)
    }

    /// How many entries a query finds on all its pages.
    pub fn tally(
        &self,
        listing: &Listing,
        query: &ListQuery,
        viewer: &Viewer<'_>,
    ) -> Result<u64, StoreError> {
        build::Select::new(listing, query, viewer).count(self.conn, listing)
    }
}

#[cfg(test)]
mod tests;
