//! What an expression sees of the world, and how much work it may do.

use super::error::{EvalErrorKind, Fault};
use crate::value::{Map, Value};
use chrono::{DateTime, Utc};

/// An object with properties and methods that the engine offers beside the variables.
/// It shadows a variable of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Builtin {
    /// `execution`: the execution that evaluates.
    Execution,
    /// `task`: the user task.
    Task,
    /// `externalTask`.
    ExternalTask,
    /// `caseExecution`; no case engine is here, the name is only reserved.
    CaseExecution,
    /// `variableContext`, in decisions.
    VariableContext,
    /// `execution.processInstance`: the root execution of its process instance.
    ProcessInstance,
    /// `execution.superExecution`: the execution of the call activity that called.
    SuperExecution,
    /// `execution.bpmnModelElementInstance`: the element as the model has it.
    Element,
    /// `execution.processDefinition`.
    ProcessDefinition,
}

impl Builtin {
    /// The object with this name.
    pub fn named(name: &str) -> Option<Builtin> {
        Some(match name {
            "execution" => Builtin::Execution,
            "task" => Builtin::Task,
            "externalTask" => Builtin::ExternalTask,
            "caseExecution" => Builtin::CaseExecution,
            "variableContext" => Builtin::VariableContext,
            _ => return None,
        })
    }

    /// Its name in expressions.
    pub fn name(self) -> &'static str {
        match self {
            Builtin::Execution => "execution",
            Builtin::Task => "task",
            Builtin::ExternalTask => "externalTask",
            Builtin::CaseExecution => "caseExecution",
            Builtin::VariableContext => "variableContext",
            Builtin::ProcessInstance => "processInstance",
            Builtin::SuperExecution => "superExecution",
            Builtin::Element => "bpmnModelElementInstance",
            Builtin::ProcessDefinition => "processDefinition",
        }
    }

    /// What may be asked of it, beside variables.
    pub fn properties(self) -> &'static [&'static str] {
        match self {
            Builtin::Execution | Builtin::ProcessInstance | Builtin::SuperExecution => OF_EXECUTION,
            Builtin::Task => OF_TASK,
            Builtin::ExternalTask => OF_EXTERNAL_TASK,
            Builtin::Element => &["id", "name"],
            Builtin::ProcessDefinition => &["id", "key", "name", "version", "versionTag"],
            Builtin::CaseExecution | Builtin::VariableContext => &[],
        }
    }

    /// The objects that it leads to.
    pub fn objects(self) -> &'static [Builtin] {
        match self {
            Builtin::Execution => &[
                Builtin::ProcessInstance,
                Builtin::SuperExecution,
                Builtin::Element,
                Builtin::ProcessDefinition,
            ],
            Builtin::ProcessInstance => &[Builtin::SuperExecution, Builtin::ProcessDefinition],
            Builtin::Task => &[Builtin::Execution, Builtin::Element],
            _ => &[],
        }
    }

    /// What it can be told to do, beside variables.
    pub fn methods(self) -> &'static [&'static str] {
        match self {
            Builtin::Task => TASK_METHODS,
            Builtin::Execution => EXECUTION_METHODS,
            Builtin::ProcessInstance => &["setBusinessKey", "setProcessBusinessKey"],
            _ => &[],
        }
    }

    /// Whether it holds variables.
    pub fn has_variables(self) -> bool {
        !matches!(
            self,
            Builtin::ExternalTask | Builtin::Element | Builtin::ProcessDefinition
        )
    }
}

const OF_EXECUTION: &[&str] = &[
    "id",
    "processInstanceId",
    "processDefinitionId",
    "businessKey",
    "processBusinessKey",
    "currentActivityId",
    "currentActivityName",
    "activityInstanceId",
    "parentActivityInstanceId",
    "parentId",
    "currentTransitionId",
    "eventName",
    "tenantId",
    "variableScopeKey",
];
const OF_TASK: &[&str] = &[
    "id",
    "name",
    "description",
    "assignee",
    "owner",
    "priority",
    "dueDate",
    "followUpDate",
    "createTime",
    "eventName",
    "taskDefinitionKey",
    "executionId",
    "processInstanceId",
    "processDefinitionId",
    "tenantId",
];
const OF_EXTERNAL_TASK: &[&str] = &[
    "id",
    "topicName",
    "workerId",
    "priority",
    "retries",
    "errorMessage",
    "errorDetails",
    "activityId",
    "executionId",
    "processInstanceId",
    "processDefinitionId",
    "tenantId",
];
const EXECUTION_METHODS: &[&str] = &["setProcessBusinessKey", "createIncident", "resolveIncident"];
const TASK_METHODS: &[&str] = &[
    "setName",
    "setDescription",
    "setAssignee",
    "setOwner",
    "setPriority",
    "setDueDate",
    "setFollowUpDate",
    "addCandidateUser",
    "addCandidateGroup",
    "deleteCandidateUser",
    "deleteCandidateGroup",
];

/// The world of an expression. The variable methods of the built-in objects
/// (`execution.getVariable(…)`, …) come as calls of the variable functions here, getters
/// (`task.getName()`) as [`Context::property`] (`name`), all else as [`Context::call`].
pub trait Context {
    /// The variable that an identifier means, from the innermost scope outwards.
    /// `None` if there is none; a variable that is null is `Some(Value::Null)`.
    fn variable(&self, name: &str) -> Option<Value>;

    /// The time now.
    fn now(&self) -> DateTime<Utc>;

    /// Whether a script is a parameter of a connector, which calls `execution` `connector`.
    fn in_connector(&self) -> bool {
        false
    }

    /// Whether this built-in object is there.
    fn has(&self, _object: Builtin) -> bool {
        false
    }

    /// A property of a built-in object; `None` if there is none of that name.
    fn property(&self, _of: Builtin, _name: &str) -> Option<Value> {
        None
    }

    /// Calls any other method of a built-in object. `Ok(None)` if there is none of that
    /// name, `Err` with the reason if it refuses.
    fn call(
        &mut self,
        _on: Builtin,
        _method: &str,
        _args: &[Value],
    ) -> Result<Option<Value>, String> {
        Ok(None)
    }

    /// A variable as seen from a built-in object; `local`: in its own scope alone.
    fn get_variable(&self, _on: Builtin, name: &str, local: bool) -> Option<Value> {
        if local { None } else { self.variable(name) }
    }

    /// All variables as seen from a built-in object.
    fn get_variables(&self, _on: Builtin, _local: bool) -> Map {
        Map::new()
    }

    /// Sets a variable: where it exists, else in the outermost scope; `local`: in its own.
    fn set_variable(
        &mut self,
        on: Builtin,
        name: &str,
        _value: Value,
        _local: bool,
    ) -> Result<(), String> {
        Err(format!(
            "variable '{name}' can not be set on {} here",
            on.name()
        ))
    }

    /// Removes a variable; one that is not there is none of its business.
    fn remove_variable(&mut self, on: Builtin, name: &str, _local: bool) -> Result<(), String> {
        Err(format!(
            "variable '{name}' can not be removed from {} here",
            on.name()
        ))
    }

    /// Whoever the command runs for.
    fn current_user(&self) -> Option<String> {
        None
    }

    /// That user's groups.
    fn current_user_groups(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What evaluation may still spend; what was spent does not come back. One for all
/// expressions of a command, or one for each, as the caller sees fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    steps: u64,
    bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Budget::new(5_000_000, 64 << 20)
    }
}

impl Budget {
    /// So many operations, so many bytes of values made or read.
    pub fn new(steps: u64, bytes: u64) -> Self {
        Budget { steps, bytes }
    }

    /// The steps and the bytes that are left.
    pub fn left(&self) -> (u64, u64) {
        (self.steps, self.bytes)
    }

    /// Pays for steps that another language took; an error when there are not that many, of
    /// which then none is left.
    pub fn charge(&mut self, steps: u64) -> Result<(), u64> {
        let left = self.steps.checked_sub(steps);
        self.steps = left.unwrap_or(0);
        left.map(|_| ()).ok_or(steps)
    }

    pub(super) fn step(&mut self, steps: u64) -> Result<(), Fault> {
        self.steps = spend(self.steps, steps, "steps")?;
        Ok(())
    }

    /// To be called before the bytes are made.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), Fault> {
        self.bytes = spend(self.bytes, bytes as u64, "memory")?;
        self.step(bytes as u64 / 256)
    }
}

/// A budget that regular expressions spend.
pub(super) struct Metered<'b>(pub &'b mut Budget);

impl crate::regex::Meter for Metered<'_> {
    type Stop = Fault;

    fn step(&mut self, steps: u64) -> Result<(), Fault> {
        self.0.step(steps)
    }

    fn allocate(&mut self, bytes: usize) -> Result<(), Fault> {
        self.0.grow(bytes)
    }
}

fn spend(have: u64, want: u64, of: &str) -> Result<u64, Fault> {
    have.checked_sub(want).ok_or_else(|| Fault {
        kind: EvalErrorKind::Budget,
        cause: format!(
            "it takes more {of} than an expression may use; make it shorter, or raise `{of}` under [expressions] of the desk's settings, or on the command line by --{of}"
        ),
    })
}
