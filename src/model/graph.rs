//! The process graph: nodes, flows and what each of them says, checked and immutable.

use super::{Diagram, Figure, Form, Position, Widget};
use crate::juel::Template;
use indexmap::IndexMap;
use std::collections::HashMap;

/// Position of a node in [`Process::nodes`]. Never stored: stored state uses BPMN ids.
pub type NodeIx = usize;
/// Position of a flow in [`Process::flows`]. Never stored.
pub type FlowIx = usize;

/// One executable process of a BPMN file.
#[derive(Debug, Clone, Default)]
pub struct Process {
    /// The id: the process definition key.
    pub id: String,
    /// What people read.
    pub name: Option<String>,
    /// `bpmn:documentation`.
    pub documentation: Option<String>,
    /// `isExecutable`; only a process read for drawing may say no.
    pub executable: bool,
    /// The name of the pool around it.
    pub pool: Option<String>,
    /// Its lanes, innermost, in document order. They are shown and never change what runs.
    pub lanes: Vec<Lane>,
    /// `camunda:versionTag`.
    pub version_tag: Option<String>,
    /// `camunda:historyTimeToLive` as written.
    pub history_time_to_live: Option<String>,
    /// `camunda:candidateStarterUsers`.
    pub candidate_starter_users: Vec<String>,
    /// `camunda:candidateStarterGroups`.
    pub candidate_starter_groups: Vec<String>,
    /// All flow nodes of all scopes.
    pub nodes: Vec<Node>,
    /// All sequence flows of all scopes.
    pub flows: Vec<Flow>,
    /// The diagram.
    pub diagram: Diagram,
    /// Extension properties of the process.
    pub properties: IndexMap<String, String>,
    /// Where nodes are by id.
    pub node_index: HashMap<String, NodeIx>,
}

impl Process {
    /// The node with this id.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.node_index.get(id).map(|&ix| &self.nodes[ix])
    }

    /// The nodes directly inside a sub-process, or inside the process itself for `None`.
    pub fn children(&self, scope: Option<NodeIx>) -> impl Iterator<Item = NodeIx> + '_ {
        (0..self.nodes.len()).filter(move |&ix| self.nodes[ix].scope == scope)
    }

    /// The none start event of a scope.
    pub fn none_start(&self, scope: Option<NodeIx>) -> Option<NodeIx> {
        self.children(scope)
            .find(|&ix| matches!(&self.nodes[ix].kind, NodeKind::StartEvent(e) if e.trigger == Trigger::None))
    }

    /// True when a form of the process, at a start or a user task, has such a field.
    pub fn has_field(&self, id: &str, widget: Widget) -> bool {
        self.forms()
            .flat_map(|form| &form.fields)
            .any(|field| field.id == id && field.widget() == widget)
    }

    /// The forms of the process, at its starts and user tasks.
    pub fn forms(&self) -> impl Iterator<Item = &Form> {
        self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::StartEvent(e) => e.form.as_ref(),
            NodeKind::UserTask(task) => task.form.as_ref(),
            _ => None,
        })
    }

    /// The key of the start form that somebody else draws, if it has one.
    pub fn start_form_key(&self) -> Option<&str> {
        match &self.nodes[self.none_start(None)?].kind {
            NodeKind::StartEvent(event) => event.form_key.as_deref(),
            _ => None,
        }
    }

    /// The start form: that of the none start event.
    pub fn start_form(&self) -> Option<&Form> {
        match &self.nodes[self.none_start(None)?].kind {
            NodeKind::StartEvent(e) => e.form.as_ref(),
            _ => None,
        }
    }
}

/// A lane of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// What people read; the id when the model gives none.
    pub name: String,
    /// The flow nodes in it.
    pub nodes: Vec<NodeIx>,
}

/// One flow node.
#[derive(Debug, Clone)]
pub struct Node {
    /// BPMN id.
    pub id: String,
    /// What people read.
    pub name: Option<String>,
    /// `bpmn:documentation`.
    pub documentation: Option<String>,
    /// What it is.
    pub kind: NodeKind,
    /// The sub-process around it; `None` directly in the process.
    pub scope: Option<NodeIx>,
    /// Incoming flows in document order.
    pub incoming: Vec<FlowIx>,
    /// Outgoing flows in document order.
    pub outgoing: Vec<FlowIx>,
    /// The default flow.
    pub default_flow: Option<FlowIx>,
    /// Boundary events attached to it.
    pub boundary_events: Vec<NodeIx>,
    /// `camunda:asyncBefore` (and the old `camunda:async`).
    pub async_before: bool,
    /// `camunda:asyncAfter`.
    pub async_after: bool,
    /// `camunda:exclusive`, true unless said otherwise.
    pub exclusive: bool,
    /// `camunda:inputParameter`s.
    pub inputs: Vec<Parameter>,
    /// `camunda:outputParameter`s.
    pub outputs: Vec<Parameter>,
    /// `camunda:executionListener`s.
    pub execution_listeners: Vec<Listener>,
    /// `camunda:property` extension properties.
    pub properties: IndexMap<String, String>,
    /// `camunda:failedJobRetryTimeCycle` as written.
    pub retry_time_cycle: Option<String>,
    /// Where it stands in the file.
    pub position: Position,
}

/// One sequence flow.
#[derive(Debug, Clone)]
pub struct Flow {
    /// BPMN id.
    pub id: String,
    /// What people read.
    pub name: Option<String>,
    /// From.
    pub source: NodeIx,
    /// To.
    pub target: NodeIx,
    /// The condition, which must evaluate to a Boolean.
    pub condition: Option<Condition>,
}

/// A condition of a flow.
#[derive(Debug, Clone)]
pub enum Condition {
    /// A JUEL expression.
    Juel(Template),
}

/// What a flow node is.
#[derive(Debug, Clone)]
pub enum NodeKind {
    /// Start event of a process or embedded sub-process.
    StartEvent(StartEvent),
    /// End event.
    EndEvent(EndEvent),
    /// Intermediate catch event.
    CatchEvent(Trigger),
    /// Intermediate none throw event.
    ThrowEvent,
    /// Boundary event.
    BoundaryEvent(BoundaryEvent),
    /// User task.
    UserTask(Box<UserTask>),
    /// Service, send or business rule task with `camunda:type="external"`.
    ExternalTask(ExternalTask),
    /// Service task with `camunda:expression`.
    ExpressionTask(ExpressionTask),
    /// Business rule task with `camunda:decisionRef`.
    BusinessRuleTask(BusinessRuleTask),
    /// Receive task waiting for a message.
    ReceiveTask {
        /// The message's name.
        message: Template,
    },
    /// Undefined or manual task: passes through.
    PassTask {
        /// True for a manual task.
        manual: bool,
    },
    /// Exclusive gateway.
    ExclusiveGateway,
    /// Parallel gateway.
    ParallelGateway,
    /// Embedded sub-process.
    SubProcess,
    /// What cannot run: a model read for drawing has it, a deployed one never.
    Drawn(Figure),
}

/// What starts, interrupts or continues.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// None event.
    None,
    /// Timer event.
    Timer(Timer),
    /// Message event; the name may be an expression.
    Message(Template),
    /// Error event; `None` catches every error.
    Error {
        /// The code it catches.
        code: Option<String>,
        /// `camunda:errorCodeVariable`.
        code_variable: Option<String>,
        /// `camunda:errorMessageVariable`.
        message_variable: Option<String>,
    },
}

/// A timer definition, BPMN 2.0 §10.5.5.
#[derive(Debug, Clone, PartialEq)]
pub enum Timer {
    /// `timeDate`: ISO 8601, or an expression that gives text or a Date.
    Date(Template),
    /// `timeDuration`: an ISO 8601 period.
    Duration(Template),
    /// `timeCycle`: `R[n]/[start/]duration`.
    Cycle(Template),
}

/// A start event.
#[derive(Debug, Clone)]
pub struct StartEvent {
    /// What starts it.
    pub trigger: Trigger,
    /// `camunda:formData`.
    pub form: Option<Form>,
    /// `camunda:formKey`.
    pub form_key: Option<String>,
    /// `camunda:initiator`: the variable that takes the starter's id.
    pub initiator: Option<String>,
}

/// An end event.
#[derive(Debug, Clone, PartialEq)]
pub enum EndEvent {
    /// Ends its own token.
    None,
    /// Ends its scope.
    Terminate,
    /// Throws a BPMN error.
    Error {
        /// The error's code.
        code: String,
        /// The error's name as message.
        message: Option<String>,
    },
}

/// A boundary event.
#[derive(Debug, Clone)]
pub struct BoundaryEvent {
    /// The activity it is attached to.
    pub attached_to: NodeIx,
    /// `cancelActivity`.
    pub interrupting: bool,
    /// What triggers it.
    pub trigger: Trigger,
}

/// A user task
/// ([User Task](https://docs.camunda.org/manual/7.24/reference/bpmn20/tasks/user-task/)).
#[derive(Debug, Clone, Default)]
pub struct UserTask {
    /// `camunda:assignee` or `humanPerformer`.
    pub assignee: Option<Template>,
    /// `camunda:candidateUsers`: a comma list or an expression giving text or a list.
    pub candidate_users: Vec<Template>,
    /// `camunda:candidateGroups`.
    pub candidate_groups: Vec<Template>,
    /// `camunda:dueDate`: Date, ISO date-time or ISO period.
    pub due_date: Option<Template>,
    /// `camunda:followUpDate`.
    pub follow_up_date: Option<Template>,
    /// `camunda:priority`; 50 when absent.
    pub priority: Option<Template>,
    /// The name, which may be an expression.
    pub name: Option<Template>,
    /// The documentation, which may be an expression.
    pub description: Option<Template>,
    /// `camunda:formData`.
    pub form: Option<Form>,
    /// `camunda:formKey`.
    pub form_key: Option<String>,
    /// `camunda:taskListener`s.
    pub listeners: Vec<Listener>,
}

/// A task that a worker fetches
/// ([External Tasks](https://docs.camunda.org/manual/7.24/user-guide/process-engine/external-tasks/)).
#[derive(Debug, Clone)]
pub struct ExternalTask {
    /// `camunda:topic`.
    pub topic: Template,
    /// `camunda:taskPriority`.
    pub priority: Option<Template>,
}

/// A service task by expression.
#[derive(Debug, Clone)]
pub struct ExpressionTask {
    /// `camunda:expression`.
    pub expression: Template,
    /// `camunda:resultVariable`.
    pub result_variable: Option<String>,
}

/// A business rule task
/// ([Invoke DMN](https://docs.camunda.org/manual/7.24/user-guide/process-engine/decisions/bpmn-cmmn/)).
#[derive(Debug, Clone)]
pub struct BusinessRuleTask {
    /// `camunda:decisionRef`.
    pub decision: Template,
    /// `camunda:decisionRefBinding` with what belongs to it.
    pub binding: Binding,
    /// `camunda:resultVariable`.
    pub result_variable: Option<String>,
    /// `camunda:mapDecisionResult`.
    pub mapping: DecisionMapping,
}

/// Which version of a definition is meant.
#[derive(Debug, Clone, Default)]
pub enum Binding {
    /// The newest.
    #[default]
    Latest,
    /// That of the same deployment.
    Deployment,
    /// A version by number.
    Version(Template),
    /// A version by tag.
    VersionTag(Template),
}

/// How a decision's result becomes a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecisionMapping {
    /// The value of the only output of the only rule.
    SingleEntry,
    /// A map of the outputs of the only rule.
    SingleResult,
    /// A list of the values of the only output.
    CollectEntries,
    /// A list of maps.
    #[default]
    ResultList,
}

/// An input or output parameter.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Name of the variable.
    pub name: String,
    /// What it becomes.
    pub value: ParameterValue,
}

/// The body of a parameter.
#[derive(Debug, Clone)]
pub enum ParameterValue {
    /// Nothing: null.
    Empty,
    /// Text or an expression.
    Text(Template),
    /// `camunda:list`.
    List(Vec<ParameterValue>),
    /// `camunda:map`.
    Map(Vec<(String, ParameterValue)>),
}

/// An execution or task listener by expression.
#[derive(Debug, Clone)]
pub struct Listener {
    /// `start`, `end`, `take`, or a task event such as `create` and `complete`.
    pub event: String,
    /// What it evaluates.
    pub expression: Template,
}
