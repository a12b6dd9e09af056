//! What a running root instance consists of: rows that refer to BPMN ids, never to positions.
//!
//! The store keeps each struct as one row of the table of its name.

use crate::value::Value;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// An id given from outside: a UUID as text.
pub type Id = String;

/// A root process instance with everything that runs in it, in memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Instance {
    /// The process instances: the root and, later, those it calls.
    pub processes: HashMap<Id, ProcessInstance>,
    /// Running executions by id. The one with a process instance's id is that instance's root.
    pub executions: HashMap<Id, Execution>,
    /// Variables by scope (execution or task id), then by name.
    pub variables: HashMap<Id, HashMap<String, Variable>>,
    /// Open user tasks.
    pub tasks: HashMap<Id, Task>,
    /// Open external tasks.
    pub external_tasks: HashMap<Id, ExternalTask>,
    /// Timers and asynchronous continuations.
    pub jobs: HashMap<Id, Job>,
    /// Open incidents.
    pub incidents: HashMap<Id, Incident>,
}

/// State of a process instance, Camunda's `HistoricProcessInstance.state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InstanceState {
    /// `ACTIVE`.
    #[default]
    Active,
    /// `SUSPENDED`.
    Suspended,
    /// `COMPLETED`: reached its end.
    Completed,
    /// `INTERNALLY_TERMINATED`: ended by a terminate end event or an unhandled error.
    InternallyTerminated,
    /// `EXTERNALLY_TERMINATED`: cancelled by a person.
    ExternallyTerminated,
}

impl InstanceState {
    /// Camunda's text.
    pub fn as_str(self) -> &'static str {
        match self {
            InstanceState::Active => "ACTIVE",
            InstanceState::Suspended => "SUSPENDED",
            InstanceState::Completed => "COMPLETED",
            InstanceState::InternallyTerminated => "INTERNALLY_TERMINATED",
            InstanceState::ExternallyTerminated => "EXTERNALLY_TERMINATED",
        }
    }

    /// True while it can still do something.
    pub fn is_open(self) -> bool {
        matches!(self, InstanceState::Active | InstanceState::Suspended)
    }
}

/// One process instance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProcessInstance {
    /// Its id, also the id of its root execution.
    pub id: Id,
    /// The id of the process definition (`key:version:uuid`).
    pub definition_id: String,
    /// The business key.
    pub business_key: Option<String>,
    /// Who started it.
    pub start_user: Option<String>,
    /// When.
    pub started: DateTime<Utc>,
    /// State.
    pub state: InstanceState,
}

/// A token: one running process, sub-process or flow node.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Execution {
    /// Its id. The activity instance's id is `<activity id>:<this id>`.
    pub id: Id,
    /// The execution of the enclosing scope; `None` for the root of a process instance.
    pub parent_id: Option<Id>,
    /// The process instance it belongs to.
    pub process_instance_id: Id,
    /// The flow node; `None` for the root of a process instance.
    pub activity_id: Option<String>,
    /// The flow by which a token that waits at a joining gateway arrived.
    pub arrived_by: Option<String>,
    /// True from reaching a joining gateway until it fires.
    pub waiting: bool,
    /// When the node was entered.
    pub started: DateTime<Utc>,
    /// Order of creation inside the instance: what came first acts first.
    pub sequence: u64,
}

/// A variable in its scope.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Variable {
    /// Its id.
    pub id: Id,
    /// The execution, or the task for a task-local variable.
    pub scope_id: Id,
    /// The process instance it belongs to.
    pub process_instance_id: Id,
    /// Name.
    pub name: String,
    /// Value.
    pub value: Value,
}

/// An open user task.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Task {
    /// Its id.
    pub id: Id,
    /// The execution of the user task.
    pub execution_id: Id,
    /// The process instance.
    pub process_instance_id: Id,
    /// The process definition.
    pub definition_id: String,
    /// The BPMN id of the user task.
    pub task_definition_key: String,
    /// Name, evaluated.
    pub name: String,
    /// Documentation, evaluated.
    pub description: Option<String>,
    /// Whose it is.
    pub assignee: Option<String>,
    /// Owner, for delegation.
    pub owner: Option<String>,
    /// Users who may claim it.
    pub candidate_users: Vec<String>,
    /// Groups whose members may claim it.
    pub candidate_groups: Vec<String>,
    /// 50 unless said otherwise.
    pub priority: i32,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// When it must be done.
    pub due: Option<DateTime<Utc>>,
    /// The due date it was created with: "in time" is judged by this one.
    pub first_due: Option<DateTime<Utc>>,
    /// When to look at it again.
    pub follow_up: Option<DateTime<Utc>>,
    /// 1 on the first visit of the user task in this instance, 2 when it came back once, …
    pub round: u32,
}

/// An open external task.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExternalTask {
    /// Its id: one per visit of the activity, unique across desks.
    pub id: Id,
    /// The execution of the activity.
    pub execution_id: Id,
    /// The process instance.
    pub process_instance_id: Id,
    /// The process definition.
    pub definition_id: String,
    /// The BPMN id of the activity.
    pub activity_id: String,
    /// The topic, evaluated.
    pub topic: String,
    /// Priority, 0 unless said otherwise.
    pub priority: i64,
    /// Retries left; `None` until a worker has said a number.
    pub retries: Option<i32>,
    /// Who holds the lock.
    pub worker_id: Option<String>,
    /// Until when.
    pub lock_expires: Option<DateTime<Utc>>,
    /// Not fetched before this (a failed task's retry time).
    pub error_message: Option<String>,
    /// The long text of the last failure.
    pub error_details: Option<String>,
    /// When it was created.
    pub created: DateTime<Utc>,
}

/// What a job does when it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobKind {
    /// Fires the timer of the catch or boundary event `activity_id`.
    Timer,
    /// Enters `activity_id` (`asyncBefore`).
    AsyncBefore,
    /// Leaves `activity_id` (`asyncAfter`).
    AsyncAfter,
    /// Starts a new instance at the timer start event `activity_id`.
    TimerStart,
}

/// A timer or an asynchronous continuation.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: Id,
    /// What it does.
    pub kind: JobKind,
    /// The execution that it belongs to; for a boundary timer that of the activity.
    pub execution_id: Option<Id>,
    /// The process instance.
    pub process_instance_id: Option<Id>,
    /// The process definition.
    pub definition_id: String,
    /// The BPMN id of the node that it fires or enters.
    pub activity_id: String,
    /// When it is due.
    pub due: DateTime<Utc>,
    /// Rounds left of a cycle; `None` for no cycle or without end.
    pub repeats: Option<u32>,
    /// Retries left, 3 at first.
    pub retries: i32,
    /// The last failure.
    pub error_message: Option<String>,
    /// When it was created.
    pub created: DateTime<Utc>,
}

/// Something that does not go on without a person.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Incident {
    /// Its id.
    pub id: Id,
    /// `failedJob` or `failedExternalTask`.
    pub kind: String,
    /// The process instance.
    pub process_instance_id: Id,
    /// The execution.
    pub execution_id: Id,
    /// The BPMN id of the node.
    pub activity_id: String,
    /// The job or external task that failed.
    pub configuration: Id,
    /// What went wrong.
    pub message: Option<String>,
    /// Since when.
    pub created: DateTime<Utc>,
}
