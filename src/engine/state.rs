//! What a running instance consists of: rows that refer to BPMN ids, never to positions.
//!
//! The store keeps each struct as one row of the table of its name. [`Instance`](super::Instance)
//! holds them together.

use crate::value::Value;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// An id given from outside: a UUID as text.
pub type Id = String;

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
    /// `INTERNALLY_TERMINATED`: cancelled by the instance that called it.
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
    /// The rounds of each user task, by BPMN id.
    pub visits: BTreeMap<String, Visits>,
}

/// What is remembered of a user task from one round to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Visits {
    /// How often it was entered.
    pub count: u32,
    /// The first due date that any of its rounds had.
    pub first_due: Option<DateTime<Utc>>,
}

/// How far an execution is with its flow node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Before the node: the `asyncBefore` job has not run.
    Before,
    /// In the node.
    #[default]
    Active,
    /// At a joining gateway, until the others have come.
    Joining,
    /// At an inclusive gateway, until no other token can come.
    Merging,
    /// Behind the node, which is done: the `asyncAfter` job has not run.
    After,
    /// A scope that was completed and is kept, with its variables, to be compensated.
    Kept,
    /// A kept scope that is being compensated.
    Compensating,
}

const PHASES: &[Phase] = &[
    Phase::Before,
    Phase::Active,
    Phase::Joining,
    Phase::Merging,
    Phase::After,
    Phase::Kept,
    Phase::Compensating,
];

impl Phase {
    /// A stable name for the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Before => "before",
            Phase::Active => "active",
            Phase::Joining => "joining",
            Phase::Merging => "merging",
            Phase::After => "after",
            Phase::Kept => "kept",
            Phase::Compensating => "compensating",
        }
    }

    /// The phase of that name.
    pub fn parse(name: &str) -> Option<Phase> {
        let mut phases = PHASES.iter().copied();
        phases.find(|phase| phase.as_str() == name)
    }

    /// True where tokens are found by their phase.
    pub(super) fn is_indexed(self) -> bool {
        matches!(self, Phase::Joining | Phase::Merging | Phase::Kept)
    }

    /// True between the beginning and the end of an activity instance.
    pub fn has_begun(self) -> bool {
        matches!(self, Phase::Active | Phase::Joining | Phase::Merging)
    }
}

/// A token: one running process, sub-process or flow node.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Execution {
    /// Its id. The activity instance's id is `<activity id>:<this id>`.
    pub id: Id,
    /// The execution of the enclosing scope. The root of a process instance has none, or
    /// the call activity that called it.
    pub parent_id: Option<Id>,
    /// The process instance it belongs to.
    pub process_instance_id: Id,
    /// The flow node, with [`BODY`] behind it for what holds the instances of a
    /// multi-instance activity; `None` for the root of a process instance.
    pub activity_id: Option<String>,
    /// How far it is with the flow node.
    pub phase: Phase,
    /// The flow by which it came; in [`Phase::After`] the one that it is to take.
    pub flow_id: Option<String>,
    /// When the node was entered.
    pub started: DateTime<Utc>,
    /// Order of creation, unique in the instance: what came first acts first.
    pub sequence: u64,
    /// Of one of the instances of a multi-instance activity: the user tasks entered inside it, by
    /// activity. Those that stand in none are counted by the process instance.
    pub visits: BTreeMap<String, Visits>,
}

impl Execution {
    /// The id of its activity instance: `<activity id>:<execution id>`, for the root of a
    /// process instance that instance's id. A token begins at one node only, the flows that leave
    /// it get tokens of their own: so each visit has another.
    pub fn activity_instance_id(&self) -> Id {
        match &self.activity_id {
            Some(activity) => format!("{activity}:{}", self.id),
            None => self.id.clone(),
        }
    }

    /// The activity instance in which something changes; none on a sequence flow.
    pub(super) fn change_made_in(&self) -> Option<Id> {
        let on_a_flow = self.phase == Phase::After && self.flow_id.is_some();
        (!on_a_flow).then(|| self.activity_instance_id())
    }
}

/// What Camunda puts behind the id of a multi-instance activity to name the scope that
/// holds its instances.
pub const BODY: &str = "#multiInstanceBody";

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
    /// The first due date that it had, in whichever round: "in time" is judged by this one.
    pub first_due: Option<DateTime<Utc>>,
    /// When to look at it again.
    pub follow_up: Option<DateTime<Utc>>,
    /// 1 on the first visit of the user task in this instance, 2 when it came back once, …
    pub round: u32,
}

impl Task {
    /// What people call it: its name, else the id of its activity.
    pub fn label(&self) -> &str {
        match self.name.trim() {
            "" => &self.task_definition_key,
            name => name,
        }
    }
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
    /// Until when; without a worker, the retry time of a failed task: not fetched before.
    pub lock_expires: Option<DateTime<Utc>>,
    /// The short text of the last failure.
    pub error_message: Option<String>,
    /// The long text of the last failure.
    pub error_details: Option<String>,
    /// When it was created.
    pub created: DateTime<Utc>,
}

impl ExternalTask {
    /// True while a worker holds it.
    pub fn is_locked(&self, now: DateTime<Utc>) -> bool {
        self.worker_id.is_some() && self.lock_expires.is_some_and(|until| until > now)
    }
}

/// What a job does when it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JobKind {
    /// Fires the timer of the catch or boundary event `activity_id`.
    #[default]
    Timer,
    /// Enters `activity_id` (`asyncBefore`).
    AsyncBefore,
    /// Leaves `activity_id` (`asyncAfter`).
    AsyncAfter,
    /// Starts a new instance at the timer start event `activity_id`.
    TimerStart,
    /// Calls a task listener for `timeout`; its name stands behind `#` in `activity_id`.
    TaskTimeout,
    /// Suspends or activates definitions; which ones stands in `configuration`.
    Suspension,
    /// Removes histories whose time to live is over.
    HistoryCleanup,
}

const JOB_KINDS: &[JobKind] = &[
    JobKind::Timer,
    JobKind::AsyncBefore,
    JobKind::AsyncAfter,
    JobKind::TimerStart,
    JobKind::TaskTimeout,
    JobKind::Suspension,
    JobKind::HistoryCleanup,
];

impl JobKind {
    /// A stable name for the store.
    pub fn as_str(self) -> &'static str {
        match self {
            JobKind::Timer => "timer",
            JobKind::AsyncBefore => "async-before",
            JobKind::AsyncAfter => "async-after",
            JobKind::TimerStart => "timer-start",
            JobKind::TaskTimeout => "task-timeout",
            JobKind::Suspension => "suspension",
            JobKind::HistoryCleanup => "history-cleanup",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<JobKind> {
        let mut kinds = JOB_KINDS.iter().copied();
        kinds.find(|kind| kind.as_str() == name)
    }
}

/// A timer or an asynchronous continuation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Job {
    /// Its id.
    pub id: Id,
    /// What it does.
    pub kind: JobKind,
    /// The execution that it belongs to; for a boundary timer that of the activity.
    pub execution_id: Option<Id>,
    /// The process instance.
    pub process_instance_id: Option<Id>,
    /// The process definition; empty where it belongs to none.
    pub definition_id: String,
    /// The BPMN id of the node that it fires or enters, with [`BODY`] behind it for what holds
    /// the instances of a multi-instance activity.
    pub activity_id: String,
    /// When it is due.
    pub due: DateTime<Utc>,
    /// The evaluated `timeCycle` of a repeating timer.
    pub cycle: Option<String>,
    /// Rounds left of a cycle after this one; `None` for no cycle or without end.
    pub repeats: Option<u32>,
    /// Retries left, 3 at first.
    pub retries: i32,
    /// Not executed before this: the back-off after a failure. A job is ready when both
    /// `due` and this have passed and `retries` is above 0.
    pub retry_at: Option<DateTime<Utc>>,
    /// The last failure.
    pub error_message: Option<String>,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// Higher ones are taken first.
    pub priority: i64,
    /// No worker takes it while true.
    pub suspended: bool,
    /// What a job of no instance is to do, as JSON.
    pub configuration: Option<String>,
}

/// Something that does not go on without a person.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Incident {
    /// Its id.
    pub id: Id,
    /// `failedJob`, `failedExternalTask`, or what whoever opened it calls it.
    pub kind: String,
    /// The process instance.
    pub process_instance_id: Id,
    /// The execution; of one that a called instance causes that of the call activity.
    pub execution_id: Id,
    /// The BPMN id of the node.
    pub activity_id: String,
    /// The job or external task that failed, or what it is about; empty where the cause is in a
    /// called instance.
    pub configuration: Id,
    /// The incident of the called instance that causes this one.
    pub cause: Option<Id>,
    /// The incident at the bottom of it.
    pub root_cause: Option<Id>,
    /// What went wrong.
    pub message: Option<String>,
    /// Since when.
    pub created: DateTime<Utc>,
}

impl Incident {
    /// True where a job or external task failed, false where somebody opened it by hand.
    pub fn is_failure(&self) -> bool {
        matches!(self.kind.as_str(), "failedJob" | "failedExternalTask")
    }
}

/// What kind of event an execution waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum SubscriptionKind {
    /// A message for this one execution.
    #[default]
    Message,
    /// A signal, which everybody hears.
    Signal,
    /// A condition, tested whenever a variable changes.
    Conditional,
    /// Compensation, should it be thrown.
    Compensation,
}

impl SubscriptionKind {
    /// Camunda's `eventType`.
    pub fn as_str(self) -> &'static str {
        match self {
            SubscriptionKind::Message => "message",
            SubscriptionKind::Signal => "signal",
            SubscriptionKind::Conditional => "conditional",
            SubscriptionKind::Compensation => "compensate",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<SubscriptionKind> {
        [
            SubscriptionKind::Message,
            SubscriptionKind::Signal,
            SubscriptionKind::Conditional,
            SubscriptionKind::Compensation,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == name)
    }
}

/// An execution that waits for an event from outside.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Subscription {
    /// Its id.
    pub id: Id,
    /// What it waits for.
    pub kind: SubscriptionKind,
    /// The event's name, evaluated; empty for a condition or compensation.
    pub name: String,
    /// The execution; for a boundary event that of the activity, for the start event of an
    /// event sub-process that of the scope around it.
    pub execution_id: Id,
    /// The process instance.
    pub process_instance_id: Id,
    /// The BPMN id of the receive task or event; of a compensation that of the handler.
    pub activity_id: String,
    /// The scope that was kept to be compensated; of a condition `MAY_HOLD` or nothing.
    pub configuration: Option<Id>,
    /// Since when.
    pub created: DateTime<Utc>,
}

/// Marks a condition that may hold already: it was migrated, and is tested only at the next change.
pub(super) const MAY_HOLD: &str = "may hold";

impl Subscription {
    /// True for a condition that may hold already.
    pub(super) fn may_hold(&self) -> bool {
        self.kind == SubscriptionKind::Conditional && self.configuration.is_some()
    }
}
