//! What the desk shows: plain data with Camunda's REST field names, the same for the
//! terminal, `--json` and the network.

pub mod date;
mod fix;
mod insertion;
mod task;

use crate::dmn;
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub use fix::*;
pub use insertion::*;
pub use task::*;

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
    /// The business knowledge models and decision services of files that are new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deployed_functions: Vec<Function>,
    /// The files of forms and scripts that are new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deployed_forms: Vec<String>,
    /// What is wrong, `file:line:column: …`; of a plan alone: with any, nothing would be deployed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// `file:line:column: warning: …`.
    pub warnings: Vec<String>,
}

/// A business knowledge model or decision service of a file. It has no version of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Function {
    /// Its id in the DMN file.
    pub key: String,
    /// What people read.
    pub name: String,
    /// Which of both it is.
    pub kind: dmn::Kind,
    /// The name of its file.
    pub resource: String,
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
    /// The name of its file.
    #[serde(default)]
    pub resource: String,
    /// The deployment that the file came with; empty in what was not deployed yet.
    #[serde(default)]
    pub deployment_id: String,
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
    /// What it inserted was taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undone: bool,
}

impl InstanceView {
    /// What people call its process.
    pub fn process(&self) -> &str {
        let name = self.process_definition_name.as_deref();
        name.unwrap_or(&self.process_definition_key)
    }
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
    /// The process definition; empty where it is not asked for.
    #[serde(default)]
    pub process_definition_id: String,
    /// What the instance is called, where that is asked for.
    #[serde(default)]
    pub title: Option<String>,
    /// The job or external task that failed.
    #[serde(default)]
    pub configuration: String,
    /// The execution that it happened in.
    #[serde(default)]
    pub execution_id: String,
    /// The incident of the called instance that causes this one.
    #[serde(default)]
    pub cause_incident_id: Option<String>,
    /// The incident at the bottom of it.
    #[serde(default)]
    pub root_cause_incident_id: Option<String>,
    /// What went wrong; of one that a called instance causes, there.
    pub incident_message: Option<String>,
    /// Since when.
    #[serde(with = "date")]
    pub incident_timestamp: DateTime<Utc>,
}

impl IncidentView {
    /// The key of the process.
    pub fn key(&self) -> &str {
        key_of(&self.process_definition_id)
    }
}

/// The key in the id of a process definition, which is `key:version:…`.
pub fn key_of(definition: &str) -> &str {
    let mut parts = definition.rsplitn(3, ':');
    parts.nth(2).unwrap_or(definition)
}

/// A step that failed and is tried again by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Retry {
    /// BPMN id.
    pub activity_id: String,
    /// What went wrong the last time.
    pub message: String,
    /// Not before this; none as soon as somebody takes it.
    #[serde(with = "date::optional")]
    pub at: Option<DateTime<Utc>>,
    /// How many times more.
    pub retries: i32,
}

/// The variables that a scope inside an instance has to itself: a sub-process, one of several
/// instances, a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LocalVariables {
    /// The activity instance.
    pub activity_instance_id: String,
    /// BPMN id.
    pub activity_id: String,
    /// What people read.
    pub activity_name: Option<String>,
    /// The task, if they are the task's own.
    pub task_id: Option<String>,
    /// The variables.
    pub variables: Variables,
}

/// An instance that called another one, or was called by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkedInstance {
    /// Its id.
    pub id: String,
    /// What it is called: its title, its business key, its process.
    pub name: String,
    /// Process definition key.
    pub process_definition_key: String,
    /// `ACTIVE`, …
    pub state: String,
    /// BPMN id of the call activity, where that is known.
    pub activity_id: Option<String>,
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
    /// Variables of scopes and tasks inside it, while it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub local_variables: Vec<LocalVariables>,
    /// The instance that called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<LinkedInstance>,
    /// The instances that it called: what runs first, then the newest; 100 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub called_instances: Vec<LinkedInstance>,
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
    /// Steps that failed and are tried again by themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retrying: Vec<Retry>,
    /// The insertion that it did last.
    #[serde(default)]
    pub insertion: Option<InsertionView>,
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
    /// Id of a process definition.
    pub definition_id: Option<String>,
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
        compiled(&self.files)
    }
}

/// A file of business knowledge models and decision services alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionModel {
    /// The deployment that it came with.
    pub deployment_id: String,
    /// The file first, then those that it may import.
    pub files: Vec<DmnFile>,
}

impl FunctionModel {
    /// The model, compiled; nothing when this version can not read it.
    pub fn definitions(&self) -> Option<dmn::Definitions> {
        compiled(&self.files)
    }
}

/// The first of some files, compiled with the others.
fn compiled(files: &[DmnFile]) -> Option<dmn::Definitions> {
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|file| (file.name.as_str(), file.dmn_xml.as_bytes()))
        .collect();
    dmn::parse_deployed(&files)
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
    /// What its tasks were called, where their names hold expressions, by BPMN id.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub names: IndexMap<String, String>,
    /// Tokens by BPMN id.
    pub tokens: IndexMap<String, u32>,
    /// Visits by BPMN id.
    pub visits: IndexMap<String, u32>,
    /// BPMN ids with open incidents.
    pub incidents: Vec<String>,
}

/// Something a person should know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Its id; grows with time.
    pub id: i64,
    /// `assigned`, `offered`, `dueSoon`, `overdue`, `dueMoved`, `cameBack`, `inserted`,
    /// `waits`, `doneInTime`, `doneLate`, `cancelled`, `incident`, `noWorker`.
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
    /// Insertions that failed and wait; the caller's own, for a head everybody's. Not more than
    /// 100.
    #[serde(default)]
    pub held: Vec<HeldInsertion>,
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
    /// How often a task came back in these days, whatever became of it.
    pub came_back: u64,
    /// Done per day, oldest first, seven days.
    pub per_day: Vec<u64>,
    /// They are no longer in the team: what they did counts all the same.
    #[serde(default)]
    pub left: bool,
}
