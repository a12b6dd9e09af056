//! Insertions: where they go, what they would do, how far they are, what became of them.

use super::date;
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
            value: found.value.clone(),
            reason: found.reason.clone(),
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
    /// True when a password is kept for it.
    pub has_password: bool,
    /// Who may use it, and for what.
    #[serde(default)]
    pub limits: ConnectionLimits,
}

/// Who may use a connection, for which tables, in which modes. What is empty has no limit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectionLimits {
    /// Groups of employees; a team head may always.
    pub groups: Vec<String>,
    /// Tables, whatever their case; `*` stands for any letters.
    pub tables: Vec<String>,
    /// `append`, `replace`.
    pub modes: Vec<String>,
}

impl ConnectionLimits {
    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.tables.is_empty() && self.modes.is_empty()
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
    /// Size of the frame in bytes.
    pub bytes: u64,
    /// What separates two values, as found or as told.
    #[serde(default)]
    pub separator: Option<String>,
    /// A format that the days of the frame seem to be written in, while it is read with another.
    #[serde(default)]
    pub date_format: Option<String>,
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
    /// How characters are written, as found or as told.
    #[serde(default)]
    pub encoding: Option<String>,
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
    /// Type inferred from the frame.
    pub inferred: String,
    /// Declared type of the table's column; none when the table has no such column.
    pub declared: Option<String>,
}

/// A row of a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreviewRow {
    /// Physical line.
    pub line: Option<u64>,
    /// Values as text.
    pub values: Vec<Option<String>>,
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
}

/// What came of an insertion without a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InsertReport {
    /// True when the rows are in the table.
    pub kept: bool,
    /// Why they are not.
    pub reason: String,
    /// How the frame is written, in words.
    #[serde(default)]
    pub format: String,
    /// Rows read.
    pub rows_read: u64,
    /// Rows in the table now, 0 when nothing was kept.
    pub rows_inserted: u64,
    /// Rows refused.
    pub rows_refused: u64,
    /// The first of them.
    pub refusals: Vec<Refusal>,
    /// Checksum over the inserted content, whatever the order of its rows.
    pub checksum: String,
    /// How long it took.
    pub seconds: f64,
    /// The same content was in the table already.
    #[serde(default)]
    pub before: Option<InsertedBefore>,
}
