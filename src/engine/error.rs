//! Why a command was refused. The instance is then exactly as it was before.

use super::state::Id;
use super::world::{DecisionRef, ProcessRef};
use crate::dmn;
use crate::juel::EvalError;
use crate::model::{Node, Position};
use thiserror::Error;

/// A BPMN error that a script threw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThrownError {
    /// The execution.
    pub execution: Id,
    /// Its code.
    pub code: String,
    /// Its message.
    pub message: Option<String>,
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// Something must be loaded first; then the command is applied again.
    #[error("{0}")]
    Need(Need),
    /// There is no such thing in this instance (any more).
    #[error("{what} {id} does not exist; it may have ended since it was listed")]
    NotFound {
        /// `task`, `job`, …
        what: &'static str,
        /// The id asked for.
        id: Id,
    },
    /// Someone else was first.
    #[error("Task '{task}' is already claimed by '{by}'")]
    TaskAlreadyClaimed {
        /// The task.
        task: Id,
        /// Who has it.
        by: String,
    },
    /// Another worker, or none, holds the lock: in the words of Camunda's
    /// `getErrorMessageOnWrongWorkerAccess`, which workers look at.
    #[error(
        "{}{task} cannot be {} by worker '{worker}'. {}",
        .deed.of(), .deed.done(), holder(.locked_by)
    )]
    WrongWorker {
        /// What the worker wanted to do.
        deed: Deed,
        /// The external task.
        task: Id,
        /// Who asked.
        worker: String,
        /// Who holds the lock.
        locked_by: Option<String>,
    },
    /// The lock can not be extended because it has run out.
    #[error("The lock of external task {task} has expired; fetch and lock it again")]
    LockExpired {
        /// The external task.
        task: Id,
    },
    /// The execution does not wait for that message or signal.
    #[error("Execution {execution} does not wait for a {what} '{name}'")]
    NoSubscription {
        /// The execution.
        execution: Id,
        /// `message` or `signal`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The process instance is suspended.
    #[error("Process instance {process_instance_id} is suspended; activate it first")]
    Suspended {
        /// The process instance.
        process_instance_id: Id,
    },
    /// The command itself makes no sense.
    #[error("{0}")]
    BadRequest(String),
    /// No flow leads on.
    #[error("ENGINE-02004 No outgoing sequence flow for the element with id '{}' could be selected for continuing the process: no condition is true and there is no default flow", .at.element)]
    NoOutgoingFlow {
        /// The node.
        at: Place,
    },
    /// An expression gave no value, or a condition no Boolean.
    #[error("{}: {cause}", .at.element)]
    Expression {
        /// The element.
        at: Place,
        /// What went wrong.
        cause: EvalError,
    },
    /// An expression or a definition gave a value that its element can not use.
    #[error("{}: {cause}", .at.element)]
    BadValue {
        /// The element.
        at: Place,
        /// What was found and what is expected.
        cause: String,
    },
    /// A script of a parameter or listener threw a BPMN error; only who catches it sees this.
    #[error("{}: the script throws the BPMN error '{}', which nothing can catch here", .at.element, .what.code)]
    Thrown {
        /// The element.
        at: Place,
        /// The error.
        what: Box<ThrownError>,
    },
    /// A decision could not be evaluated.
    #[error("{}: {cause}", .at.element)]
    Decision {
        /// The business rule task.
        at: Place,
        /// Why.
        cause: Box<dmn::Error>,
    },
    /// A decision's result has not the shape that `camunda:mapDecisionResult` asks for.
    #[error("{}: {cause}", .at.element)]
    DecisionResult {
        /// The business rule task.
        at: Place,
        /// Why.
        cause: dmn::MappingError,
    },
    /// The command went round for too long.
    #[error("{}: stopped after {limit} steps: the process goes round without ever waiting, or makes too much at once", .at.element)]
    EndlessLoop {
        /// Where it was stopped.
        at: Place,
        /// How many steps a command may take.
        limit: u64,
    },
    /// State and definition do not fit together.
    #[error(
        "process definition {definition_id} has no element '{element}' that the instance is at"
    )]
    Mismatch {
        /// The definition.
        definition_id: String,
        /// The missing element.
        element: String,
    },
}

fn holder(by: &Option<String>) -> String {
    match by {
        Some(worker) => format!("It is locked by worker '{worker}'."),
        None => "It is not locked; fetch and lock it first".to_owned(),
    }
}

/// What a worker does with an external task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Completes it.
    Complete,
    /// Reports that it failed.
    Fail,
    /// Reports a BPMN error.
    Throw,
    /// Locks it.
    Lock,
    /// Locks it for longer.
    Extend,
    /// Gives it back.
    Unlock,
}

impl Deed {
    fn of(self) -> &'static str {
        match self {
            Deed::Complete | Deed::Lock | Deed::Unlock => "External Task ",
            Deed::Fail => "Failure of External Task ",
            Deed::Throw => "Bpmn error of External Task ",
            Deed::Extend => "The lock of the External Task ",
        }
    }

    fn done(self) -> &'static str {
        match self {
            Deed::Complete => "completed",
            Deed::Fail | Deed::Throw => "reported",
            Deed::Lock => "locked",
            Deed::Extend => "extended",
            Deed::Unlock => "unlocked",
        }
    }
}

/// An element of a model and where it stands in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The BPMN id.
    pub element: String,
    /// The process definition.
    pub definition_id: String,
    /// Where in the file.
    pub position: Position,
}

impl Place {
    /// The place of a node.
    pub(super) fn of(node: &Node, definition_id: &str) -> Place {
        Place {
            element: node.id.clone(),
            definition_id: definition_id.to_owned(),
            position: node.position,
        }
    }
}

/// What must be loaded into the [`World`](super::World).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Need {
    /// A process definition.
    #[error("process definition {definition_id} is not loaded or does not exist")]
    Process {
        /// Its id.
        definition_id: String,
    },
    /// A decision, and who asks for it.
    #[error("decision {0} is not loaded or not deployed")]
    Decision(DecisionRef, Place),
    /// The process that a call activity means.
    #[error("process {0} is not loaded or not deployed")]
    Called(ProcessRef, Place),
}

impl Error {
    /// The class by which Camunda 7 tells its clients.
    pub fn class(&self) -> &'static str {
        match self {
            Error::Need(Need::Decision(..)) => "DecisionDefinitionNotFoundException",
            Error::NotFound { .. } => "NotFoundException",
            Error::TaskAlreadyClaimed { .. } => "TaskAlreadyClaimedException",
            Error::WrongWorker { .. } | Error::LockExpired { .. } | Error::BadRequest(_) => {
                "BadUserRequestException"
            }
            Error::NoSubscription { .. } => "MismatchingMessageCorrelationException",
            Error::Suspended { .. } => "SuspendedEntityInteractionException",
            Error::DecisionResult { .. } => "DecisionResultMapperException",
            Error::Decision { .. } => "DmnEngineException",
            _ => "ProcessEngineException",
        }
    }

    /// An error that nothing catches: what ends an activity can not be thrown in it.
    pub(super) fn for_nobody(self) -> Error {
        let cause = self.to_string();
        match self {
            Error::Thrown { at, .. } => Error::BadValue { at, cause },
            other => other,
        }
    }

    /// Says which part of its element it is about, such as `output parameter 'total'`.
    pub(super) fn within(self, part: &str) -> Error {
        match self {
            Error::BadValue { at, cause } => Error::BadValue {
                at,
                cause: format!("{part}: {cause}"),
            },
            other => other,
        }
    }

    /// The element that caused it.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Error::NoOutgoingFlow { at }
            | Error::Expression { at, .. }
            | Error::BadValue { at, .. }
            | Error::Thrown { at, .. }
            | Error::Decision { at, .. }
            | Error::DecisionResult { at, .. }
            | Error::EndlessLoop { at, .. } => Some(at),
            _ => None,
        }
    }

    /// True when executing a job failed by the model or its data, so that it costs a retry;
    /// false when the job is gone, must wait, or needs something loaded.
    pub fn costs_retry(&self) -> bool {
        !matches!(
            self,
            Error::Need(Need::Process { .. } | Need::Called(..))
                | Error::NotFound { .. }
                | Error::Suspended { .. }
        )
    }
}
