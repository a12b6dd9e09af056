//! Insertions: where they go, what they would do, how far they are, what became of them.

use super::{User, date};
use crate::desk::FieldError;
use crate::insert::ColumnFacts;
use crate::value::words::thousands;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A refused row of an insertion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// The file, of a frame that is made of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Physical line in the file, from 1; none for rows that a query made.
    pub line: Option<u64>,
    /// Record number, from 1, the header not counted.
    pub record: u64,
    /// Column.
    pub column: Option<String>,
    /// What the frame calls it, where it has another name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The value, cut.
    pub value: Option<String>,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl From<&crate::insert::Refusal> for Refusal {
    fn from(found: &crate::insert::Refusal) -> Self {
        Refusal {
            file: found.file.clone(),
            line: found.line,
            record: found.record.unwrap_or_default(),
            column: found.column.clone(),
            source: found.source.clone(),
            value: found.value.clone(),
            reason: found.reason.clone(),
        }
    }
}

/// Refused rows that have the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusedReason {
    /// How many rows.
    pub rows: u64,
    /// The first of them, three at most.
    pub first: Vec<Refusal>,
}

impl From<&crate::insert::Reason> for RefusedReason {
    fn from(found: &crate::insert::Reason) -> Self {
        RefusedReason {
            rows: found.rows,
            first: found.first.iter().map(Refusal::from).collect(),
        }
    }
}

/// Where data frames go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// The name the head gave it.
    pub name: String,
    /// `sqlite:PATH`, `postgres://…`, `mariadb://…`; never with a password in it.
    pub url: String,
    /// Whose credentials it uses.
    #[serde(default)]
    pub credentials: Credentials,
    /// True when a password is kept that all use.
    pub has_password: bool,
    /// Since when that is the password.
    #[serde(default, with = "date::optional")]
    pub password_set: Option<DateTime<Utc>>,
    /// Who set it.
    #[serde(default)]
    pub password_by: Option<String>,
    /// The logins that people keep for themselves: all for a team head, else one's own.
    #[serde(default)]
    pub logins: Vec<ConnectionLogin>,
    /// Who may use it, and for what.
    #[serde(default)]
    pub limits: ConnectionLimits,
}

impl Connection {
    /// The login that a person keeps for it.
    pub fn login_of(&self, user: &str) -> Option<&ConnectionLogin> {
        self.logins.iter().find(|login| login.user == user)
    }

    /// How one gets in, and how old the password is: `set 12 days ago by mara`.
    pub fn password_words(&self, user: &str, now: DateTime<Utc>) -> String {
        let age = |at: DateTime<Utc>| match (now - at).num_days() {
            ..1 => "today".to_owned(),
            1 => "1 day ago".to_owned(),
            days => format!("{days} days ago"),
        };
        match (self.credentials, self.password_set, self.login_of(user)) {
            (Credentials::Shared, Some(at), _) => {
                let by = self.password_by.as_ref().map(|by| format!(" by {by}"));
                format!("set {}{}", age(at), by.unwrap_or_default())
            }
            (Credentials::Shared, None, _) if self.has_password => "set".to_owned(),
            (Credentials::Shared, None, _) => "none".to_owned(),
            (Credentials::Personal, _, Some(login)) => {
                format!("personal, yours set {}", age(login.set))
            }
            (Credentials::Personal, _, None) => "personal, you have none".to_owned(),
            (Credentials::Asked, ..) => "asked each time".to_owned(),
        }
    }
}

/// A login that is typed for this once and kept nowhere: of a connection that asks each time.
#[derive(Clone, Copy)]
pub struct TypedLogin<'l> {
    /// As whom, where the connection does not say it.
    pub user_name: Option<&'l str>,
    /// The password.
    pub password: &'l str,
}

/// Whose credentials a connection uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Credentials {
    /// The team's.
    #[default]
    Shared,
    /// Everybody's own, kept encrypted.
    Personal,
    /// What is typed for each job; nothing else is kept.
    Asked,
}

impl Credentials {
    /// All of them.
    pub const ALL: [Credentials; 3] = [
        Credentials::Shared,
        Credentials::Personal,
        Credentials::Asked,
    ];

    /// As forms and scripts write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Credentials::Shared => "shared",
            Credentials::Personal => "personal",
            Credentials::Asked => "asked",
        }
    }
}

impl std::str::FromStr for Credentials {
    type Err = String;

    fn from_str(text: &str) -> Result<Credentials, String> {
        let named = |one: &&Credentials| one.as_str() == text;
        let found = Credentials::ALL.iter().find(named).copied();
        found.ok_or_else(|| "credentials are shared, personal or asked".to_owned())
    }
}

/// A login that a person keeps for a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionLogin {
    /// Whose it is.
    pub user: String,
    /// The name to log in with, where it is not that of the connection.
    #[serde(default)]
    pub user_name: Option<String>,
    /// Since when that is the password.
    #[serde(with = "date")]
    pub set: DateTime<Utc>,
}

/// Who may use a connection, for which tables, in which modes. What is empty has no limit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectionLimits {
    /// Groups of employees; a team head may always.
    pub groups: Vec<String>,
    /// Tables, whatever their case; `*` stands for any letters.
    pub tables: Vec<String>,
    /// Modes, such as `append`.
    pub modes: Vec<String>,
    /// Insertions leave no line in a ledger there, so that they are not done exactly once.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub without_ledger: bool,
}

impl ConnectionLimits {
    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        !self.without_ledger
            && self.groups.is_empty()
            && self.tables.is_empty()
            && self.modes.is_empty()
    }

    /// Groups that nobody belongs to, and so lock everybody out, in words.
    pub fn strange(&self, users: &[User]) -> Option<String> {
        let known = |group: &&String| users.iter().any(|user| user.groups.contains(group));
        let strange: Vec<&str> = (self.groups.iter().filter(|group| !known(group)))
            .map(String::as_str)
            .collect();
        (!strange.is_empty()).then(|| format!("nobody is in {} yet", strange.join(", ")))
    }

    /// What they are, in words: `for sales; only orders, stock_*; only append`.
    pub fn words(&self) -> String {
        let named = |before: &str, all: &[String]| {
            (!all.is_empty()).then(|| format!("{before} {}", all.join(", ")))
        };
        let parts = [
            named("for", &self.groups),
            named("only", &self.tables),
            named("only", &self.modes),
            self.without_ledger
                .then(|| "without a ledger: not exactly once".to_owned()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

/// What a connection test found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionTest {
    /// True when tables could be listed.
    pub ok: bool,
    /// What was found or what went wrong, with the next step.
    pub message: String,
    /// Tables that can be written.
    pub tables: Vec<String>,
    /// Milliseconds it took.
    pub millis: u64,
}

/// What completing would do, before anything is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Columns in the order of the frame (or query).
    pub columns: Vec<PreviewColumn>,
    /// The first rows: line and values, `None` for NULL.
    pub rows: Vec<PreviewRow>,
    /// Rows read.
    pub rows_read: u64,
    /// False when only the beginning was read.
    pub complete: bool,
    /// Rows that would be refused.
    pub refused: u64,
    /// The first of them.
    pub refusals: Vec<Refusal>,
    /// All of them, by what is wrong.
    #[serde(default)]
    pub reasons: Vec<RefusedReason>,
    /// The columns do not lead to the table, so that no row would go in.
    #[serde(default)]
    pub misfit: bool,
    /// What is wrong with fields of the form, although the rows could be looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Size of the frame in bytes.
    pub bytes: u64,
    /// What separates two values, as found or as told.
    #[serde(default)]
    pub separator: Option<String>,
    /// A format that the days of the frame seem to be written in, while it is read with another.
    #[serde(default)]
    pub date_format: Option<String>,
    /// The same of its numbers.
    #[serde(default)]
    pub number_format: Option<String>,
    /// The same of its truths.
    #[serde(default)]
    pub boolean_format: Option<String>,
    /// The statement that would make the table, where the mode makes it.
    #[serde(default)]
    pub creates: Option<String>,
    /// Texts that are refused and often mean NULL, separated by commas: for the field `nullText`.
    #[serde(default)]
    pub null_text: Option<String>,
    /// What the field `trim` would have to say so that values with blanks around them fit.
    #[serde(default)]
    pub trim: Option<String>,
    /// What stands before signs that mean something else: for the field `escape`.
    #[serde(default)]
    pub escape: Option<String>,
    /// How many lines seem to stand above the header: for the field `skipLines`.
    #[serde(default)]
    pub skip_lines: Option<String>,
    /// Another mode, in which rows would go in that are refused because the table has their key.
    #[serde(default)]
    pub mode: Option<String>,
    /// Lines for the field `columns`, where names do not lead to columns of the table.
    #[serde(default)]
    pub mapping: Option<String>,
    /// How the frame is written, in words: `CSV, separator ;, gzip`.
    #[serde(default)]
    pub format: Option<String>,
    /// Whether its first record names the columns, as found or as told: `yes` or `no`.
    #[serde(default)]
    pub header: Option<String>,
    /// What stands around a value, as found or as told.
    #[serde(default)]
    pub quote: Option<String>,
    /// The sheet of a workbook.
    #[serde(default)]
    pub sheet: Option<String>,
    /// All of its sheets, as far as they are named.
    #[serde(default)]
    pub sheets: Vec<String>,
    /// How characters are written, as found or as told.
    #[serde(default)]
    pub encoding: Option<String>,
    /// The columns of the table.
    #[serde(default)]
    pub table: Vec<TableColumn>,
    /// The same content is in the table already.
    #[serde(default)]
    pub before: Option<InsertedBefore>,
    /// Other things to know, such as "replaces 12,000 rows".
    pub notes: Vec<String>,
}

/// An insertion of the same content into the same table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InsertedBefore {
    /// When it was done.
    #[serde(with = "date")]
    pub at: DateTime<Utc>,
    /// Who sent it.
    pub user: Option<String>,
    /// The instance that did it.
    pub process_instance_id: Option<String>,
    /// What that is called.
    pub title: Option<String>,
}

impl InsertedBefore {
    /// One sentence, with the moment as the reader writes it.
    pub fn sentence(&self, at: &str) -> String {
        let by = self.user.as_deref().map(|user| format!(" by {user}"));
        let job = self.title.as_deref().map(|title| format!(" ({title})"));
        format!(
            "The same content was inserted into this table {at}{}{}",
            by.unwrap_or_default(),
            job.unwrap_or_default()
        )
    }
}

/// A column of a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreviewColumn {
    /// Name.
    pub name: String,
    /// What the frame calls it, where it has another name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Type inferred from the frame.
    pub inferred: String,
    /// Declared type of the table's column; none when the table has no such column.
    pub declared: Option<String>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableColumn {
    /// Name.
    pub name: String,
    /// Declared type.
    pub declared: String,
    /// Whether each row needs a value for it.
    pub required: bool,
}

/// A row of a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreviewRow {
    /// The file, of a frame that is made of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Physical line.
    pub line: Option<u64>,
    /// Values as text.
    pub values: Vec<Option<String>>,
}

impl PreviewRow {
    /// Whether it is the row that is refused.
    pub fn is_of(&self, refusal: &Refusal) -> bool {
        self.line.is_some() && (&self.file, self.line) == (&refusal.file, refusal.line)
    }
}

/// How far a running insertion is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The external task.
    pub external_task_id: String,
    /// The instance.
    pub process_instance_id: String,
    /// What the job is called.
    pub title: String,
    /// Who sent it.
    pub assignee: Option<String>,
    /// Rows so far.
    pub rows: u64,
    /// Bytes read so far.
    pub bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
    /// Rows a second.
    pub rows_per_second: f64,
    /// Seconds left, when known.
    pub seconds_left: Option<f64>,
    /// A worker of this very process does it: it ends with it. Over the network never.
    #[serde(skip)]
    pub here: bool,
}

/// An insertion, or an undo of one, that failed and waits for its next try or for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldInsertion {
    /// The external task.
    pub external_task_id: String,
    /// The instance.
    pub process_instance_id: String,
    /// What the job is called.
    pub title: String,
    /// Who sent it.
    pub assignee: Option<String>,
    /// The connection it goes through, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// What went wrong the last time.
    pub message: String,
    /// When it is tried next; none while it is tried, or when nobody tries it again.
    #[serde(default, with = "date::optional")]
    pub next: Option<DateTime<Utc>>,
    /// Tries that are left; at 0 a team head has it tried again.
    pub retries: i32,
    /// BPMN id of the step.
    pub activity_id: String,
    /// The key of its process definition.
    pub process_definition_key: String,
}

/// What went wrong, without the URL of the target that stands before it.
pub fn cause(message: &str) -> &str {
    match message.split_once(": ") {
        Some((target, cause)) if target.contains("://") => cause,
        _ => message,
    }
}

impl HeldInsertion {
    /// For what it waits, the next try as the reader writes it:
    /// `waits for shop: next try 10:05, 3 tries left`.
    pub fn waits(&self, next: Option<&str>) -> String {
        let place = self.connection.as_deref().unwrap_or("its database");
        let left = match self.retries {
            0 => return format!("stands still before {place} until a team head tries it again"),
            1 => "1 try left".to_owned(),
            n => format!("{n} tries left"),
        };
        match next {
            Some(at) => format!("waits for {place}: next try {at}, {left}"),
            None => format!("waits for {place}: tried now, {left}"),
        }
    }

    /// The same where there is little room: what is wrong before when it is tried again.
    pub fn waits_because(&self) -> String {
        let place = self.connection.as_deref().unwrap_or("its database");
        format!("waits for {place}: {}", cause(&self.message))
    }
}

/// What came of an insertion without a process.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InsertReport {
    /// True when the rows were checked only, and nothing was written.
    #[serde(default)]
    pub dry_run: bool,
    /// True when the rows are in the table.
    pub kept: bool,
    /// Why they are not.
    pub reason: String,
    /// How the frame is written, in words.
    #[serde(default)]
    pub format: String,
    /// Rows read.
    pub rows_read: u64,
    /// Rows of the frame in the table now, 0 when nothing was kept.
    pub rows_inserted: u64,
    /// Those of them that were there before and were changed.
    #[serde(default)]
    pub rows_updated: u64,
    /// Those of them that were there before and were the same.
    #[serde(default)]
    pub rows_unchanged: u64,
    /// Rows that were deleted to make room for them.
    #[serde(default)]
    pub rows_deleted: u64,
    /// Rows that refer to what is not there; none where nobody asked.
    #[serde(default)]
    pub orphans: Option<u64>,
    /// What each column holds, as it was read back.
    #[serde(default)]
    pub columns: Vec<ColumnFacts>,
    /// Rows refused.
    pub rows_refused: u64,
    /// The first of them.
    pub refusals: Vec<Refusal>,
    /// All of them, by what is wrong.
    #[serde(default)]
    pub reasons: Vec<RefusedReason>,
    /// What the beginning of the frame looks like beside the table, where it was only looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Box<Preview>>,
    /// Checksum over the inserted content, whatever the order of its rows.
    pub checksum: String,
    /// How long it took.
    pub seconds: f64,
    /// The same content was in the table already.
    #[serde(default)]
    pub before: Option<InsertedBefore>,
    /// By what it can be taken back, if that was asked for.
    #[serde(default)]
    pub undo: Option<UndoKey>,
    /// No ledger remembers it: done again, it is done a second time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_ledger: bool,
    /// Of a dry run: the table would keep other rows than those that come, and the reason says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changed: bool,
}

impl InsertReport {
    /// Of content that is in the table already: nothing was done.
    pub(in crate::desk) fn twice(before: Option<InsertedBefore>) -> InsertReport {
        InsertReport {
            reason: "the same content is in this table already".to_owned(),
            before,
            ..InsertReport::default()
        }
    }
}

/// By what an insertion can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UndoKey {
    /// Its key in the ledger.
    pub key: String,
    /// Until when what that needs is kept.
    #[serde(with = "date")]
    pub until: DateTime<Utc>,
}

/// What came of an undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UndoReport {
    /// True when the insertion is taken back.
    pub undone: bool,
    /// Why it is not.
    pub reason: Option<String>,
    /// The table.
    pub table: String,
    /// Rows of the insertion that are gone.
    pub rows_removed: u64,
    /// Rows that are as they were before it.
    pub rows_restored: u64,
    /// The table that the insertion made is gone, too.
    #[serde(default)]
    pub table_dropped: bool,
}

/// An insertion of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PastInsertion {
    /// When it was done.
    #[serde(with = "date")]
    pub at: DateTime<Utc>,
    /// Who sent it.
    pub user_id: Option<String>,
    /// The instance that did it.
    pub process_instance_id: Option<String>,
    /// What it did.
    #[serde(flatten)]
    pub insertion: InsertionView,
}

/// The insertion that an instance did last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InsertionView {
    /// Its key in the ledger.
    pub key: String,
    /// The table.
    pub table: String,
    /// The connection it went through, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// What it did to the rows that were there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Its rows.
    pub rows: u64,
    /// Until when it can be taken back; none if it can not.
    pub undo_until: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub undone: Option<DateTime<Utc>>,
    /// By whom.
    pub undone_by: Option<String>,
    /// By which instance.
    pub undone_in: Option<String>,
}

impl InsertionView {
    /// Where its rows are: `orders on shop`.
    pub fn place(&self) -> String {
        match &self.connection {
            Some(connection) => format!("{} on {connection}", self.table),
            None => self.table.clone(),
        }
    }

    /// What goes and what comes back when it is taken back.
    pub fn undo_words(&self) -> String {
        let (rows, place) = (thousands(self.rows), self.place());
        let word = if self.rows == 1 { "row" } else { "rows" };
        match self.mode.as_deref() {
            Some("replace") => {
                format!("{rows} {word} go from {place}, and the rows that they replaced come back")
            }
            Some("upsert") => format!(
                "Of {rows} {word} in {place} the new ones go, and those that were changed are \
                 again as they were"
            ),
            Some("create") => format!("{rows} {word} go from {place}; the table stays, empty"),
            _ => format!("{rows} {word} go from {place}; the rows that were there before stay"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_refused_in_its_own_file() {
        let row = |file: &str, line| PreviewRow {
            file: Some(file.into()),
            line,
            values: Vec::new(),
        };
        let refusal = Refusal {
            file: Some("a.csv".into()),
            line: Some(3),
            record: 2,
            column: None,
            source: None,
            value: None,
            reason: "too late".into(),
        };
        assert!(row("a.csv", Some(3)).is_of(&refusal));
        assert!(!row("b.csv", Some(3)).is_of(&refusal));
        assert!(!row("a.csv", Some(4)).is_of(&refusal));
        assert!(!row("a.csv", None).is_of(&refusal));
    }
}
