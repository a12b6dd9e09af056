//! What the desk shows: plain data with Camunda's REST field names, the same for the
//! terminal, `--json` and the network.

use crate::dmn;
use crate::model::Form;
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// Instants as Camunda's text, `2013-01-23T14:42:45.000+0200`.
pub mod date {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes Camunda's text.
    pub fn serialize<S: Serializer>(at: &DateTime<Utc>, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&crate::value::time::camunda(*at))
    }

    /// Reads Camunda's text.
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<DateTime<Utc>, D::Error> {
        let text = String::deserialize(d)?;
        DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.3f%z")
            .map(|at| at.with_timezone(&Utc))
            .map_err(serde::de::Error::custom)
    }

    /// The same for an optional instant.
    pub mod optional {
        use super::*;

        /// Writes Camunda's text or null.
        pub fn serialize<S: Serializer>(
            at: &Option<DateTime<Utc>>,
            s: S,
        ) -> Result<S::Ok, S::Error> {
            match at {
                Some(at) => super::serialize(at, s),
                None => s.serialize_none(),
            }
        }

        /// Reads Camunda's text or null.
        pub fn deserialize<'de, D: Deserializer<'de>>(
            d: D,
        ) -> Result<Option<DateTime<Utc>>, D::Error> {
            #[derive(serde::Deserialize)]
            struct At(#[serde(with = "super")] DateTime<Utc>);
            Ok(Option::<At>::deserialize(d)?.map(|at| at.0))
        }
    }
}

/// Variables by name, typed as in Camunda's REST API: `{"value":…,"type":…,"valueInfo":{…}}`.
/// Secrets have the value `null` and `valueInfo.secret = true`.
pub type Variables = IndexMap<String, serde_json::Value>;

/// What a user of the desk may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Team head: launches, watches, manages people and connections.
    Head,
    /// Employee: works on tasks.
    Employee,
    /// A worker process: fetches external tasks.
    Worker,
}

/// A person or worker account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The login name.
    pub id: String,
    /// Role.
    pub role: Role,
    /// Groups.
    pub groups: Vec<String>,
    /// The topics that a worker account is limited to; none are all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// True when choosing this user asks for a password.
    pub has_password: bool,
}

impl User {
    /// Whether a worker account may work on a topic.
    pub fn works_on(&self, topic: &str) -> bool {
        self.topics.is_empty() || self.topics.iter().any(|known| known == topic)
    }
}

/// A process definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// `key:version:uuid`.
    pub id: String,
    /// The process id in the BPMN file.
    pub key: String,
    /// What people read.
    pub name: Option<String>,
    /// Documentation.
    pub description: Option<String>,
    /// Counts from 1 per key.
    pub version: i32,
    /// `camunda:versionTag`.
    pub version_tag: Option<String>,
    /// The file it came in.
    pub resource: String,
    /// The deployment.
    pub deployment_id: String,
    /// No new instances while true.
    pub suspended: bool,
}

/// The result of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Its id.
    pub id: String,
    /// When.
    #[serde(with = "date")]
    pub deployment_time: DateTime<Utc>,
    /// New versions of processes. Unchanged files make none.
    pub deployed_process_definitions: Vec<Definition>,
    /// New versions of decisions: key and version.
    pub deployed_decision_definitions: Vec<DecisionDefinition>,
    /// `file:line:column: warning: …`.
    pub warnings: Vec<String>,
}

/// A decision definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionDefinition {
    /// `key:version:uuid`.
    pub id: String,
    /// The decision's id in the DMN file.
    pub key: String,
    /// What people read.
    pub name: Option<String>,
    /// Counts from 1 per key.
    pub version: i32,
}

/// What launching needs. Everything but the key may be left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StartRequest {
    /// Process definition key.
    pub key: String,
    /// Business key.
    pub business_key: Option<String>,
    /// Variables: start form fields and others.
    pub variables: crate::value::Map,
    /// Whose the first task is.
    pub assignee: Option<String>,
    /// Users who may claim it.
    pub candidate_users: Vec<String>,
    /// Groups whose members may claim it.
    pub candidate_groups: Vec<String>,
    /// Due date.
    pub due: Option<DateTime<Utc>>,
    /// 50 unless said otherwise.
    pub priority: Option<i32>,
    /// Start although an active instance has this business key.
    pub allow_same_business_key: bool,
}

/// A process instance in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceView {
    /// Of a launch: what looks like a mistake in what was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Its id.
    pub id: String,
    /// The same, under the name other answers use.
    pub process_instance_id: String,
    /// Process definition id.
    pub definition_id: String,
    /// Process definition key.
    pub process_definition_key: String,
    /// Process definition name.
    pub process_definition_name: Option<String>,
    /// Process definition version.
    pub process_definition_version: i32,
    /// Business key.
    pub business_key: Option<String>,
    /// The variable `title`, where there is one.
    pub title: Option<String>,
    /// `ACTIVE`, `SUSPENDED`, `COMPLETED`, `INTERNALLY_TERMINATED`, `EXTERNALLY_TERMINATED`.
    pub state: String,
    /// True when it has ended.
    pub ended: bool,
    /// True when suspended.
    pub suspended: bool,
    /// Who started it.
    pub start_user_id: Option<String>,
    /// When.
    #[serde(with = "date")]
    pub start_time: DateTime<Utc>,
    /// When it ended.
    #[serde(with = "date::optional")]
    pub end_time: Option<DateTime<Utc>>,
    /// Why it was cancelled.
    pub delete_reason: Option<String>,
    /// Who has its open task.
    pub assignee: Option<String>,
    /// Due date of its open task.
    #[serde(with = "date::optional")]
    pub due: Option<DateTime<Utc>>,
    /// Open incidents.
    pub incidents: u32,
    /// How many times its task was entered; 2 means that it came back once.
    pub round: u32,
}

/// Somebody who left the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    /// Who.
    pub id: String,
    /// How many open tasks they had.
    pub tasks: u64,
    /// Who has these now; free to claim without.
    pub successor: Option<String>,
}

/// One running flow node of an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityView {
    /// Activity instance id.
    pub id: String,
    /// BPMN id.
    pub activity_id: String,
    /// What people read.
    pub activity_name: Option<String>,
    /// `userTask`, `serviceTask`, …
    pub activity_type: String,
    /// The enclosing activity instance; none directly in the process.
    pub parent_activity_instance_id: Option<String>,
    /// Since when.
    #[serde(with = "date")]
    pub start_time: DateTime<Utc>,
}

/// An open incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentView {
    /// Its id.
    pub id: String,
    /// The instance.
    pub process_instance_id: String,
    /// `failedJob` or `failedExternalTask`.
    pub incident_type: String,
    /// BPMN id.
    pub activity_id: String,
    /// What went wrong.
    pub incident_message: Option<String>,
    /// Since when.
    #[serde(with = "date")]
    pub incident_timestamp: DateTime<Utc>,
}

/// A process instance in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceDetail {
    /// As in the list.
    #[serde(flatten)]
    pub instance: InstanceView,
    /// Process variables; of an ended instance the last values.
    pub variables: Variables,
    /// What is running, outermost first.
    pub activities: Vec<ActivityView>,
    /// BPMN ids of what is running.
    pub active_activity_ids: Vec<String>,
    /// Its open tasks.
    pub tasks: Vec<TaskView>,
    /// Its open incidents.
    pub incident_list: Vec<IncidentView>,
    /// Progress of its insertion, while one runs.
    pub progress: Option<Progress>,
}

/// A user task in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskView {
    /// Its id.
    pub id: String,
    /// Name of the user task.
    pub name: String,
    /// The variable `title` of the instance: what the job is called.
    pub title: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Whose it is.
    pub assignee: Option<String>,
    /// Owner.
    pub owner: Option<String>,
    /// When it was created.
    #[serde(with = "date")]
    pub created: DateTime<Utc>,
    /// When it must be done.
    #[serde(with = "date::optional")]
    pub due: Option<DateTime<Utc>>,
    /// The due date it first had.
    #[serde(with = "date::optional")]
    pub first_due: Option<DateTime<Utc>>,
    /// Follow-up date.
    #[serde(with = "date::optional")]
    pub follow_up: Option<DateTime<Utc>>,
    /// Priority.
    pub priority: i32,
    /// The execution.
    pub execution_id: String,
    /// The instance.
    pub process_instance_id: String,
    /// The process definition.
    pub process_definition_id: String,
    /// Its key.
    pub process_definition_key: String,
    /// Its name.
    pub process_definition_name: Option<String>,
    /// BPMN id of the user task.
    pub task_definition_key: String,
    /// Business key of the instance.
    pub business_key: Option<String>,
    /// Users who may claim it.
    pub candidate_users: Vec<String>,
    /// Groups whose members may claim it.
    pub candidate_groups: Vec<String>,
    /// Who launched the instance.
    pub start_user_id: Option<String>,
    /// 2 when it came back once.
    pub round: u32,
    /// True when it came back.
    pub came_back: bool,
    /// True while its instance is suspended.
    pub suspended: bool,
}

/// A refused row of an insertion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
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
            line: found.line,
            record: found.record.unwrap_or_default(),
            column: found.column.clone(),
            value: found.value.clone(),
            reason: found.reason.clone(),
        }
    }
}

/// A user task in full, with its form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskDetail {
    /// As in the list.
    #[serde(flatten)]
    pub task: TaskView,
    /// The form; empty when the model has none.
    pub form: Form,
    /// Text of each form field: the draft where there is one, else the variable, else the default.
    pub values: IndexMap<String, String>,
    /// When the draft was saved.
    #[serde(with = "date::optional")]
    pub draft_saved: Option<DateTime<Utc>>,
    /// What another desk of the same person had saved when the draft was saved over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft_elsewhere: Option<DraftElsewhere>,
    /// Process variables visible from the task.
    pub variables: Variables,
    /// Why it came back.
    pub reason: Option<String>,
    /// The rows that were refused, the first of them.
    pub refusals: Vec<Refusal>,
    /// How many were refused in all.
    pub refused: u64,
    /// True when the form describes an insertion, so that a preview can be asked for.
    pub insertion: bool,
}

/// A draft that another desk of the same person saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DraftElsewhere {
    /// When.
    #[serde(with = "date")]
    pub saved: DateTime<Utc>,
    /// Text of its fields.
    pub values: IndexMap<String, String>,
}

/// The answer to saving a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DraftSaved {
    /// What the next draft is typed over.
    #[serde(with = "date")]
    pub saved: DateTime<Utc>,
    /// What another desk saved meanwhile; it is kept beside this one. After a swap, what was
    /// typed here.
    pub elsewhere: Option<DraftElsewhere>,
    /// After a swap: text of the fields of the version that is the draft now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<IndexMap<String, String>>,
}

/// Which tasks are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TaskQuery {
    /// Assigned to the caller.
    pub mine: bool,
    /// The caller could claim it.
    pub claimable: bool,
    /// Past its due date.
    pub overdue: bool,
    /// This person's.
    pub assignee: Option<String>,
    /// Text in name, title or business key, any case.
    pub text: Option<String>,
    /// Of this instance.
    pub process_instance_id: Option<String>,
    /// Skip this many.
    pub offset: usize,
    /// At most this many; 0 means the default of 200.
    pub limit: usize,
}

/// Part of a list and how long the whole is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Rows in all.
    pub total: u64,
}

/// Which instances are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InstanceQuery {
    /// Only running ones.
    pub open: bool,
    /// Only ended ones.
    pub ended: bool,
    /// Only those with incidents.
    pub with_incident: bool,
    /// Process definition key.
    pub key: Option<String>,
    /// Exact business key.
    pub business_key: Option<String>,
    /// Text in title, business key or process name.
    pub text: Option<String>,
    /// Skip this many.
    pub offset: usize,
    /// At most this many; 0 means the default of 200.
    pub limit: usize,
}

/// One line of an instance's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// When.
    #[serde(with = "date")]
    pub time: DateTime<Utc>,
    /// What kind of thing: `started`, `assigned`, `claimed`, `completed`, `inserted`,
    /// `checked`, `cameBack`, `timer`, `due`, `incident`, `cancelled`, `ended`, …
    pub kind: String,
    /// Who did it.
    pub user_id: Option<String>,
    /// BPMN id of the node.
    pub activity_id: Option<String>,
    /// Name of the node.
    pub activity_name: Option<String>,
    /// Round of the user task it belongs to.
    pub round: Option<u32>,
    /// One sentence for people.
    pub text: String,
}

/// A decision with the files that it is in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionModel {
    /// The decision.
    pub definition: DecisionDefinition,
    /// Its file first, then those that it may import.
    pub files: Vec<DmnFile>,
}

/// A DMN file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DmnFile {
    /// Its name.
    pub name: String,
    /// Its content.
    pub dmn_xml: String,
}

impl DecisionModel {
    /// The model, compiled; nothing when this version can not read it.
    pub fn definitions(&self) -> Option<dmn::Definitions> {
        let files: Vec<(&str, &[u8])> = self
            .files
            .iter()
            .map(|file| (file.name.as_str(), file.dmn_xml.as_bytes()))
            .collect();
        let first = dmn::parse_all(&files, &|_| None).into_iter().next();
        first.and_then(|(definitions, _)| definitions)
    }
}

/// A decision that was evaluated in an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionInstance {
    /// Its id.
    pub id: String,
    /// When.
    #[serde(with = "date")]
    pub evaluation_time: DateTime<Utc>,
    /// BPMN id of the business rule task.
    pub activity_id: String,
    /// The decision's key.
    pub decision_definition_key: String,
    /// The version.
    pub decision_definition_id: String,
    /// Its files, where they are still there.
    pub model: Option<DecisionModel>,
    /// What was evaluated, in order; the decision asked for comes last.
    pub trace: Vec<dmn::DecisionTrace>,
}

/// The process of an instance, drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DiagramView {
    /// Name of the process.
    pub name: String,
    /// The BPMN file.
    pub bpmn20_xml: String,
    /// Process definition key.
    pub process_definition_key: String,
    /// Tokens by BPMN id.
    pub tokens: IndexMap<String, u32>,
    /// Visits by BPMN id.
    pub visits: IndexMap<String, u32>,
    /// BPMN ids with open incidents.
    pub incidents: Vec<String>,
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
    /// Other things to know, such as "replaces 12,000 rows".
    pub notes: Vec<String>,
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

/// Something a person should know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Its id; grows with time.
    pub id: i64,
    /// `assigned`, `offered`, `dueSoon`, `overdue`, `dueMoved`, `cameBack`, `inserted`,
    /// `doneInTime`, `doneLate`, `cancelled`, `incident`, `noWorker`.
    pub kind: String,
    /// One sentence.
    pub text: String,
    /// The task, where there is one.
    pub task_id: Option<String>,
    /// The instance, where there is one.
    pub process_instance_id: Option<String>,
    /// When.
    #[serde(with = "date")]
    pub created: DateTime<Utc>,
    /// True when read.
    pub read: bool,
}

/// What the status bar shows, on every screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The caller's late tasks; for a head everybody's.
    pub late: u64,
    /// The caller's open tasks.
    pub mine: u64,
    /// What the caller could claim.
    pub claimable: u64,
    /// The next task due: what it is called.
    pub next: Option<String>,
    /// When.
    #[serde(with = "date::optional")]
    pub next_due: Option<DateTime<Utc>>,
    /// Workers alive.
    pub workers: u32,
    /// Work that waits for a worker: due jobs and open external tasks.
    pub waiting_for_worker: u64,
    /// Insertions running now.
    pub progress: Vec<Progress>,
    /// Unread notifications.
    pub unread: u64,
    /// Open incidents (head).
    pub incidents: u64,
}

/// One person's work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workload {
    /// The person; none for tasks that are open to claim.
    pub user_id: Option<String>,
    /// Groups.
    pub groups: Vec<String>,
    /// Open tasks.
    pub open: u64,
    /// Of these, late.
    pub late: u64,
    /// Finished in the last seven days.
    pub done: u64,
    /// Of these, by their first due date.
    pub in_time: u64,
    /// Of the finished and open, came back at least once.
    pub came_back: u64,
    /// Done per day, oldest first, seven days.
    pub per_day: Vec<u64>,
}

/// What came of an insertion without a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InsertReport {
    /// True when the rows are in the table.
    pub kept: bool,
    /// Why they are not.
    pub reason: String,
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
}
