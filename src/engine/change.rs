//! What a command changed: rows as differences, and events for history and subscribers.

use super::state::*;
use crate::value::{Map, Value};
use chrono::{DateTime, Utc};

/// One difference. Applied in order; `Put` inserts or replaces by id (a variable by scope and
/// name). Of one command at most one change concerns each row; the events follow the rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A process instance began or changed its state.
    PutProcess(ProcessInstance),
    /// A process instance ended; its row of state goes, its history stays.
    DeleteProcess(Id),
    /// An execution.
    PutExecution(Execution),
    /// An execution ended.
    DeleteExecution(Id),
    /// A variable.
    PutVariable(Variable),
    /// A variable went with its scope or was removed: scope, name.
    DeleteVariable(Id, String),
    /// A user task.
    PutTask(Task),
    /// A user task ended.
    DeleteTask(Id),
    /// An external task.
    PutExternalTask(ExternalTask),
    /// An external task ended.
    DeleteExternalTask(Id),
    /// A job.
    PutJob(Job),
    /// A job ended.
    DeleteJob(Id),
    /// An event subscription.
    PutSubscription(Subscription),
    /// An event subscription ended.
    DeleteSubscription(Id),
    /// An incident.
    PutIncident(Incident),
    /// An incident was resolved or went with its execution.
    DeleteIncident(Id),
    /// Something to remember: never replaces a row.
    Event(Event),
}

/// How an activity instance ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivityEnd {
    /// It was done.
    Completed,
    /// Something interrupted it.
    Canceled,
}

/// One thing that happened, for the history.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A process instance started.
    ProcessStarted {
        /// The process instance as it started; the command may have ended it already.
        process: ProcessInstance,
        /// The process instance whose call activity called it.
        called_by: Option<Id>,
        /// The activity instance of that call.
        called_at: Option<Id>,
    },
    /// A process instance ended.
    ProcessEnded {
        /// The process instance.
        process_instance_id: Id,
        /// How.
        state: InstanceState,
        /// Why, when a person cancelled it.
        reason: Option<String>,
    },
    /// A process instance was suspended or activated.
    ProcessStateChanged {
        /// The process instance.
        process_instance_id: Id,
        /// The new state.
        state: InstanceState,
    },
    /// A process instance got another business key.
    ProcessRenamed {
        /// The process instance.
        process_instance_id: Id,
        /// The key.
        business_key: Option<String>,
    },
    /// What called a process instance is gone, which goes on for itself.
    ProcessReleased {
        /// The process instance.
        process_instance_id: Id,
    },
    /// A process instance went on in another process definition.
    ProcessMigrated {
        /// The process instance.
        process_instance_id: Id,
        /// The definition that it ran on.
        from: String,
        /// The definition that it runs on.
        to: String,
    },
    /// An activity instance went on at another activity, or in another scope.
    ActivityMigrated {
        /// The process instance.
        process_instance_id: Id,
        /// Its id before.
        from: Id,
        /// `<activity id>:<execution id>`.
        id: Id,
        /// The enclosing activity instance.
        parent_id: Id,
        /// The BPMN id.
        activity_id: String,
    },
    /// A user task went on as another one.
    TaskMigrated {
        /// The task after the change.
        task: Task,
    },
    /// An incident is at another activity.
    IncidentMigrated {
        /// The incident.
        incident: Incident,
    },
    /// A flow node was entered.
    ActivityStarted {
        /// `<activity id>:<execution id>`.
        id: Id,
        /// The enclosing activity instance.
        parent_id: Id,
        /// The process instance.
        process_instance_id: Id,
        /// The execution.
        execution_id: Id,
        /// The BPMN id.
        activity_id: String,
    },
    /// A flow node was left.
    ActivityEnded {
        /// `<activity id>:<execution id>`.
        id: Id,
        /// The process instance.
        process_instance_id: Id,
        /// The BPMN id.
        activity_id: String,
        /// When it was entered.
        started: DateTime<Utc>,
        /// How it ended.
        end: ActivityEnd,
    },
    /// A sequence flow was taken.
    FlowTaken {
        /// The process instance.
        process_instance_id: Id,
        /// The BPMN id of the flow.
        flow_id: String,
    },
    /// A user task was created.
    TaskCreated {
        /// The task as created.
        task: Task,
    },
    /// A user task's assignee changed.
    TaskAssigned {
        /// The task after the change.
        task: Task,
        /// Who had it.
        from: Option<String>,
    },
    /// Another attribute of a task changed.
    TaskUpdated {
        /// The task after the change.
        task: Task,
        /// Attribute (`dueDate`, `priority`, …).
        property: &'static str,
        /// Old value as text.
        from: Option<String>,
        /// New value as text.
        to: Option<String>,
    },
    /// A user task ended.
    TaskEnded {
        /// The task as it was.
        task: Task,
        /// `completed` or `deleted`, or the reason of a cancellation.
        reason: String,
    },
    /// A variable got a value.
    VariableSet {
        /// The variable after the change.
        variable: Variable,
        /// The activity instance that set it.
        activity_instance_id: Option<Id>,
        /// True when it is new.
        created: bool,
    },
    /// A variable was removed.
    VariableRemoved {
        /// The variable as it was.
        variable: Variable,
    },
    /// A worker reported a failure.
    ExternalTaskFailed {
        /// The external task after the failure.
        task: ExternalTask,
    },
    /// An external task was created.
    ExternalTaskCreated {
        /// The external task.
        task: ExternalTask,
    },
    /// An external task was completed, or ended with a BPMN error.
    ExternalTaskEnded {
        /// The external task as it was.
        task: ExternalTask,
        /// True when a worker completed it.
        completed: bool,
    },
    /// A signal was thrown. Whoever waited for it in this instance has it already.
    SignalThrown {
        /// The process instance.
        process_instance_id: Id,
        /// The signal's name.
        name: String,
        /// The variables that it carries.
        variables: Map,
        /// The business key of the instances that it starts.
        business_key: Option<String>,
    },
    /// A timer fired.
    TimerFired {
        /// The job.
        job: Job,
    },
    /// What waited beside an activity went on.
    AsyncContinued {
        /// The job.
        job: Job,
    },
    /// A job failed.
    JobFailed {
        /// The job after the failure.
        job: Job,
    },
    /// An incident arose.
    IncidentCreated {
        /// The incident.
        incident: Incident,
    },
    /// An incident is over.
    IncidentResolved {
        /// The incident.
        incident: Incident,
    },
    /// An error or escalation was thrown. An error that nothing catches ends the token that
    /// threw it.
    Thrown {
        /// The process instance.
        process_instance_id: Id,
        /// The flow node that threw it.
        activity_id: String,
        /// An error, or else an escalation.
        error: bool,
        /// Its code.
        code: Option<String>,
        /// The error's message.
        message: Option<String>,
        /// The worker who reported it, or whose answer a rule of the model takes for an error.
        worker_id: Option<String>,
        /// The process instance and the event that caught it.
        caught_by: Option<(Id, String)>,
    },
    /// A decision was evaluated.
    DecisionEvaluated {
        /// The process instance.
        process_instance_id: Id,
        /// The business rule task.
        activity_id: String,
        /// The activity instance.
        activity_instance_id: Id,
        /// The decision definition's id.
        decision_definition_id: String,
        /// The decision's key.
        decision_key: String,
        /// Inputs, matched rules and outputs of every decision evaluated, as JSON.
        trace: serde_json::Value,
        /// The result as given to the process.
        result: Value,
    },
}
