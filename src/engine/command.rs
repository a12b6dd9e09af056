//! What can be done to an instance. One command is one transaction.

use super::migration::MigrationPlan;
use super::state::{Id, Task};
use crate::value::{Map, storage};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One command, with all that it needs.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Starts a process instance.
    Start {
        /// The id that the new instance takes.
        id: Id,
        /// The process definition's id.
        definition_id: String,
        /// The business key.
        business_key: Option<String>,
        /// Who starts it.
        user: Option<String>,
        /// Variables of the new instance.
        variables: Map,
        /// The start event; by default the one at which the process begins by itself.
        at: Option<String>,
    },
    /// Starts a process instance at activities that are named, instead of its start event.
    StartAt {
        /// The id that the new instance takes.
        id: Id,
        /// The process definition's id.
        definition_id: String,
        /// The business key.
        business_key: Option<String>,
        /// Who starts it.
        user: Option<String>,
        /// Variables of the new instance.
        variables: Map,
        /// Where it begins.
        instructions: Vec<Instruction>,
    },
    /// Gives a task to a user who asked for it; fails when someone else has it.
    Claim {
        /// The task.
        task: Id,
        /// Who.
        user: String,
    },
    /// Changes attributes of a task without asking who has it.
    UpdateTask {
        /// The task.
        task: Id,
        /// The changes.
        patch: TaskPatch,
    },
    /// Completes a user task.
    CompleteTask {
        /// The task.
        task: Id,
        /// Who.
        user: Option<String>,
        /// Variables, set in the task's scope chain.
        variables: Map,
    },
    /// A worker takes an external task, or takes it again; fails when another one holds it.
    LockExternalTask {
        /// The external task.
        task: Id,
        /// Who.
        worker: String,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// A worker needs more time; fails when its lock has expired.
    ExtendExternalTaskLock {
        /// The external task.
        task: Id,
        /// Who holds the lock.
        worker: String,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Gives an external task back.
    UnlockExternalTask {
        /// The external task.
        task: Id,
        /// The worker that must hold it; `None` for whoever does.
        worker: Option<String>,
    },
    /// A worker has done an external task.
    CompleteExternalTask {
        /// The external task.
        task: Id,
        /// Who holds the lock.
        worker: String,
        /// Variables, set in the scope chain.
        variables: Map,
        /// Variables of the activity itself, gone when it ends.
        local_variables: Map,
    },
    /// A worker could not do an external task.
    FailExternalTask {
        /// The external task.
        task: Id,
        /// Who holds the lock.
        worker: String,
        /// Short text.
        message: String,
        /// Long text.
        details: Option<String>,
        /// Retries left; 0 makes an incident.
        retries: i32,
        /// Not fetched before this.
        retry_at: Option<DateTime<Utc>>,
        /// Variables, set in the scope chain.
        variables: Map,
        /// Variables of the activity itself.
        local_variables: Map,
    },
    /// A worker reports a BPMN error.
    ExternalTaskError {
        /// The external task.
        task: Id,
        /// Who holds the lock.
        worker: String,
        /// The error code.
        code: String,
        /// The error message.
        message: Option<String>,
        /// Variables, set in the scope chain.
        variables: Map,
    },
    /// Sets the retries of an external task; above 0 resolves its incident.
    SetExternalTaskRetries {
        /// The external task.
        task: Id,
        /// Retries.
        retries: i32,
    },
    /// Sets the priority of an external task.
    SetExternalTaskPriority {
        /// The external task.
        task: Id,
        /// The priority.
        priority: i64,
    },
    /// Executes a due job.
    ExecuteJob {
        /// The job.
        job: Id,
    },
    /// Records that executing a job failed: one retry less, an incident at none.
    JobFailed {
        /// The job.
        job: Id,
        /// What went wrong.
        message: String,
    },
    /// Sets the retries of a job; above 0 resolves its incident.
    SetJobRetries {
        /// The job.
        job: Id,
        /// Retries.
        retries: i32,
    },
    /// Moves the due date of a job.
    SetJobDue {
        /// The job.
        job: Id,
        /// When it is due.
        due: DateTime<Utc>,
    },
    /// Sets the priority of a job.
    SetJobPriority {
        /// The job.
        job: Id,
        /// Higher ones are taken first.
        priority: i64,
    },
    /// Suspends or activates jobs; those that are gone are passed over.
    SuspendJobs {
        /// The jobs.
        jobs: Vec<Id>,
        /// True suspends.
        suspended: bool,
    },
    /// Removes a job: what it was to do is not done.
    DeleteJob {
        /// The job.
        job: Id,
    },
    /// Evaluates the timer of a job again.
    RecalculateJob {
        /// The job.
        job: Id,
        /// As of when the job was made, instead of now.
        from_creation: bool,
    },
    /// Gives a message to the execution that waits for it.
    Correlate {
        /// The execution; for a boundary event that of the activity.
        execution: Id,
        /// The message's name.
        message: String,
        /// Variables, set in the scope chain.
        variables: Map,
        /// Variables of the execution itself.
        local_variables: Map,
    },
    /// Gives a signal to one execution that waits for it.
    Signal {
        /// The execution; for a boundary event that of the activity.
        execution: Id,
        /// The signal's name.
        signal: String,
        /// Variables, set in the scope chain.
        variables: Map,
    },
    /// Lets a receive task go on that waits for no message.
    Trigger {
        /// The execution.
        execution: Id,
        /// Variables, set in the scope chain.
        variables: Map,
    },
    /// A person or worker escalates a task.
    Escalate {
        /// The task.
        task: Id,
        /// The escalation's code.
        code: String,
        /// Variables, set in the scope chain.
        variables: Map,
    },
    /// A person reports a BPMN error in a task.
    TaskError {
        /// The task.
        task: Id,
        /// The error's code.
        code: String,
        /// The error's message.
        message: Option<String>,
        /// Variables, set in the scope chain.
        variables: Map,
    },
    /// Sets variables in the scope of an execution, process instance or task.
    SetVariables {
        /// The id of the execution, process instance or task.
        scope: Id,
        /// New values.
        variables: Map,
        /// In this very scope instead of where they exist.
        local: bool,
    },
    /// Removes variables from this very scope.
    RemoveVariables {
        /// The id of the execution, process instance or task.
        scope: Id,
        /// Their names; those that do not exist are passed over.
        names: Vec<String>,
    },
    /// Another command, without what the model adds to it.
    Skipping {
        /// What is left out.
        skip: Skip,
        /// The command.
        command: Box<Command>,
    },
    /// Opens an incident by hand.
    CreateIncident {
        /// The id that it takes.
        id: Id,
        /// The execution; of a process instance with a single token that of the token.
        execution: Id,
        /// Its kind.
        kind: String,
        /// What it is about.
        configuration: Option<String>,
        /// What went wrong.
        message: Option<String>,
    },
    /// Closes an incident that was opened by hand.
    ResolveIncident {
        /// The incident.
        incident: Id,
    },
    /// Moves tokens by hand.
    Modify {
        /// The process instance.
        process_instance: Id,
        /// What to do, in this order.
        instructions: Vec<Instruction>,
    },
    /// Moves a process instance to another version of its process.
    Migrate {
        /// The process instance.
        process_instance: Id,
        /// What becomes of its activities.
        plan: MigrationPlan,
    },
    /// Suspends or activates a process instance.
    SetSuspended {
        /// The process instance; none means the root.
        process_instance: Option<Id>,
        /// True suspends.
        suspended: bool,
    },
    /// Cancels a process instance with all that it called.
    Cancel {
        /// The process instance; none means the root. What called another one is cancelled with
        /// it, up to an instance in which something else runs.
        process_instance: Option<Id>,
        /// Who.
        user: Option<String>,
        /// Why.
        reason: String,
    },
}

/// What a command leaves out of what the model says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Skip {
    /// Execution and task listeners (`skipCustomListeners`).
    pub listeners: bool,
    /// Input and output parameters (`skipIoMappings`).
    pub mappings: bool,
    /// The end of what a cancelled instance has called (`skipSubprocesses`): that goes on for
    /// itself.
    pub subprocesses: bool,
}

/// One step of a modification
/// ([Process Instance Modification](https://docs.camunda.org/manual/7.24/user-guide/process-engine/process-instance-modification/)).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Instruction {
    /// Enters an activity.
    StartBefore {
        /// Its BPMN id.
        activity: String,
        /// Variables of the process instance.
        #[serde(with = "storage::whole")]
        variables: Map,
    },
    /// Goes on behind an activity, over its only flow.
    StartAfter {
        /// Its BPMN id.
        activity: String,
        /// Variables of the process instance.
        #[serde(with = "storage::whole")]
        variables: Map,
    },
    /// Takes a sequence flow.
    StartTransition {
        /// Its BPMN id.
        flow: String,
        /// Variables of the process instance.
        #[serde(with = "storage::whole")]
        variables: Map,
    },
    /// A start with what goes with it.
    Inside {
        /// The activity instance that it is to be in, where several could be meant; scopes between
        /// the two begin anew.
        ancestor: Option<Id>,
        /// Variables of what is started alone.
        #[serde(with = "storage::whole")]
        local_variables: Map,
        /// The start.
        start: Box<Instruction>,
    },
    /// Cancels all that runs of an activity.
    CancelActivity {
        /// Its BPMN id.
        activity: String,
    },
    /// Cancels one activity instance, named by its id or its execution's.
    CancelInstance {
        /// The id.
        id: Id,
    },
}

impl Instruction {
    /// All variables that it brings.
    pub fn variables(&mut self) -> Vec<&mut Map> {
        match self {
            Instruction::StartBefore { variables, .. }
            | Instruction::StartAfter { variables, .. }
            | Instruction::StartTransition { variables, .. } => vec![variables],
            Instruction::Inside {
                local_variables,
                start,
                ..
            } => {
                let mut all = vec![local_variables];
                all.extend(start.variables());
                all
            }
            _ => Vec::new(),
        }
    }

    /// The same with its variables as `admit` lets them in.
    pub fn admitted<E>(
        mut self,
        mut admit: impl FnMut(&Map) -> Result<Map, E>,
    ) -> Result<Instruction, E> {
        for variables in self.variables() {
            *variables = admit(variables)?;
        }
        Ok(self)
    }
}

/// New attributes of a task; `None` leaves as it is, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TaskPatch {
    /// Whose it is.
    pub assignee: Option<Option<String>>,
    /// Its owner.
    pub owner: Option<Option<String>>,
    /// Due date. Moves the boundary timers of the task with it: the variable that
    /// `camunda:dueDate` names takes the new date and date timers are evaluated again.
    pub due: Option<Option<DateTime<Utc>>>,
    /// Variables set together with the due date, before timers are evaluated again.
    pub variables: Map,
    /// Follow-up date.
    pub follow_up: Option<Option<DateTime<Utc>>>,
    /// Priority.
    pub priority: Option<i32>,
    /// Name.
    pub name: Option<String>,
    /// Description.
    pub description: Option<Option<String>>,
    /// Replaces the candidate users.
    pub candidate_users: Option<Vec<String>>,
    /// Replaces the candidate groups.
    pub candidate_groups: Option<Vec<String>>,
}

impl TaskPatch {
    /// A task with these attributes; variables and what follows from a due date are not its.
    pub fn applied(&self, before: &Task) -> Task {
        let mut task = before.clone();
        if let Some(assignee) = &self.assignee {
            task.assignee = assignee.clone().filter(|user| !user.is_empty());
        }
        if let Some(due) = self.due {
            task.due = due;
            task.first_due = task.first_due.or(due);
        }
        fn set<T: Clone>(field: &mut T, new: &Option<T>) {
            if let Some(new) = new {
                field.clone_from(new);
            }
        }
        set(&mut task.owner, &self.owner);
        set(&mut task.follow_up, &self.follow_up);
        set(&mut task.priority, &self.priority);
        set(&mut task.name, &self.name);
        set(&mut task.description, &self.description);
        set(&mut task.candidate_users, &self.candidate_users);
        set(&mut task.candidate_groups, &self.candidate_groups);
        task
    }
}
