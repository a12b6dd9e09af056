//! The process graph: nodes, flows and what each of them says, checked and immutable.

use super::script::Script;
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
    /// `camunda:taskPriority`: of external tasks that have none of their own.
    pub task_priority: Option<Template>,
    /// `camunda:jobPriority`: of jobs whose node has none of its own.
    pub job_priority: Option<Template>,
    /// `camunda:historyTimeToLive` as written.
    pub history_time_to_live: Option<String>,
    /// `camunda:candidateStarterUsers`.
    pub candidate_starter_users: Vec<String>,
    /// `camunda:candidateStarterGroups`.
    pub candidate_starter_groups: Vec<String>,
    /// `camunda:isStartableInTasklist`: whether people are offered to start it.
    pub startable_in_tasklist: bool,
    /// All flow nodes of all scopes.
    pub nodes: Vec<Node>,
    /// All sequence flows of all scopes.
    pub flows: Vec<Flow>,
    /// The diagram.
    pub diagram: Diagram,
    /// Extension properties of the process.
    pub properties: IndexMap<String, String>,
    /// `camunda:executionListener`s of the process itself.
    pub execution_listeners: Vec<Listener>,
    /// The start events of the event sub-processes directly inside.
    pub event_starts: Vec<NodeIx>,
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

    /// Where a scope begins when nothing else is said: a process at its none or timer start
    /// event, or at the only start event it has; a sub-process at its start event.
    pub fn initial(&self, scope: Option<NodeIx>) -> Option<NodeIx> {
        let starts: Vec<(NodeIx, &Trigger)> = self
            .children(scope)
            .filter_map(|ix| match &self.nodes[ix].kind {
                NodeKind::StartEvent(event) => Some((ix, &event.trigger)),
                _ => None,
            })
            .collect();
        let first = starts
            .iter()
            .find(|(_, trigger)| matches!(trigger, Trigger::None | Trigger::Timer(_)));
        match (first, starts.as_slice()) {
            (Some((ix, _)), _) | (None, [(ix, _)]) => Some(*ix),
            _ => None,
        }
    }

    /// The start events by which the process itself begins.
    pub fn starts(&self) -> impl Iterator<Item = (NodeIx, &StartEvent)> {
        let all = self.nodes.iter().enumerate();
        all.filter_map(|(ix, node)| match &node.kind {
            NodeKind::StartEvent(event) if node.scope.is_none() => Some((ix, event)),
            _ => None,
        })
    }

    /// The start events of the event sub-processes directly inside a scope.
    pub fn event_starts(&self, scope: Option<NodeIx>) -> &[NodeIx] {
        match scope {
            Some(ix) => &self.nodes[ix].event_starts,
            None => &self.event_starts,
        }
    }

    /// What a node that catches waits for.
    pub fn trigger(&self, ix: NodeIx) -> Option<&Trigger> {
        match &self.nodes[ix].kind {
            NodeKind::StartEvent(event) => Some(&event.trigger),
            NodeKind::CatchEvent(trigger) => Some(trigger),
            NodeKind::BoundaryEvent(event) => Some(&event.trigger),
            _ => None,
        }
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

    /// The start form that somebody else draws, if it has one.
    pub fn linked_start_form(&self) -> Option<&LinkedForm> {
        self.nodes[self.initial(None)?].linked_form()
    }

    /// The start form: that of the start event by which it begins.
    pub fn start_form(&self) -> Option<&Form> {
        match &self.nodes[self.initial(None)?].kind {
            NodeKind::StartEvent(e) => e.form.as_ref(),
            _ => None,
        }
    }
}

impl Node {
    /// The form that somebody else draws, of a user task or a start event.
    pub fn linked_form(&self) -> Option<&LinkedForm> {
        match &self.kind {
            NodeKind::StartEvent(event) => event.linked_form.as_ref(),
            NodeKind::UserTask(task) => task.linked_form.as_ref(),
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
    /// The start events of the event sub-processes directly inside.
    pub event_starts: Vec<NodeIx>,
    /// What compensates it: the activity that a compensation boundary event leads to, or an
    /// event sub-process inside that starts by compensation.
    pub compensation: Option<NodeIx>,
    /// `isForCompensation`: it runs only to compensate another activity.
    pub for_compensation: bool,
    /// Several instances of it instead of one.
    pub multi: Option<Box<MultiInstance>>,
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
    /// `camunda:jobPriority`.
    pub job_priority: Option<Template>,
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
    pub condition: Option<Script>,
    /// `camunda:executionListener`s for `take`.
    pub listeners: Vec<Listener>,
}

/// What a flow node is.
#[derive(Debug, Clone)]
pub enum NodeKind {
    /// Start event of a process, sub-process or event sub-process.
    StartEvent(StartEvent),
    /// End event.
    EndEvent(Throw),
    /// Intermediate catch event.
    CatchEvent(Trigger),
    /// Intermediate throw event.
    ThrowEvent(Throw),
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
    /// Script task.
    ScriptTask(ScriptTask),
    /// Receive task.
    ReceiveTask {
        /// The message's name; without one it waits to be signalled by its execution.
        message: Option<Template>,
    },
    /// Undefined or manual task: passes through.
    PassTask {
        /// True for a manual task.
        manual: bool,
    },
    /// Call activity.
    CallActivity(Box<CallActivity>),
    /// Exclusive gateway.
    ExclusiveGateway,
    /// Parallel gateway.
    ParallelGateway,
    /// Inclusive gateway.
    InclusiveGateway,
    /// Event-based gateway: goes on with the catch event behind it that is first.
    EventGateway,
    /// Sub-process.
    SubProcess(SubProcess),
    /// What cannot run: a model read for drawing has it, a deployed one never.
    Drawn(Figure),
}

/// What kind of sub-process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubProcess {
    /// Entered by a flow.
    Embedded,
    /// Begun by the event of its start event.
    Event,
    /// Entered by a flow; a cancel end event undoes it.
    Transaction,
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
    /// Signal event; the name may be an expression.
    Signal(Template),
    /// Error event.
    Error {
        /// The code it catches; `None` catches every error.
        code: Option<String>,
        /// `camunda:errorCodeVariable`.
        code_variable: Option<String>,
        /// `camunda:errorMessageVariable`.
        message_variable: Option<String>,
    },
    /// Escalation event.
    Escalation {
        /// The code it catches; `None` catches every escalation.
        code: Option<String>,
        /// `camunda:escalationCodeVariable`.
        code_variable: Option<String>,
    },
    /// Conditional event.
    Condition(Box<Conditional>),
    /// Compensation event.
    Compensation,
    /// Cancel event of a transaction.
    Cancel,
    /// The target of link events of this name.
    Link(String),
}

/// A condition that is tested whenever a variable changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditional {
    /// What must be true.
    pub condition: Script,
    /// `camunda:variableName`: only changes of this variable count.
    pub variable: Option<String>,
    /// `camunda:variableEvents`: of `create`, `update`, `delete`; empty for all.
    pub events: Vec<String>,
}

impl Conditional {
    /// True when it is to be tested once a variable has changed in this way.
    pub fn hears(&self, name: &str, event: &str) -> bool {
        self.variable
            .as_ref()
            .is_none_or(|variable| variable == name)
            && (self.events.is_empty() || self.events.iter().any(|heard| heard == event))
    }

    /// The variables without which what did not hold when it was tested last does not hold now;
    /// none if it does not hear of every change, or depends on more.
    pub fn reads(&self) -> Option<&[String]> {
        match &self.condition {
            Script::Juel(template) if self.variable.is_none() && self.events.is_empty() => {
                template.depends_on()
            }
            _ => None,
        }
    }
}

/// What an event throws.
#[derive(Debug, Clone, PartialEq)]
pub enum Throw {
    /// Nothing.
    None,
    /// The end of its scope.
    Terminate,
    /// The end of its transaction, which is compensated first.
    Cancel,
    /// A BPMN error.
    Error {
        /// The error's code.
        code: String,
        /// The error's message.
        message: Option<Template>,
    },
    /// An escalation.
    Escalation {
        /// The escalation's code.
        code: Option<String>,
    },
    /// A signal, to everybody who waits for it.
    Signal {
        /// The signal's name.
        name: Template,
        /// `camunda:in`: the variables that it carries.
        payload: Vec<Mapping>,
        /// `camunda:in businessKey`: that of the instances that it starts.
        business_key: Option<Template>,
    },
    /// A message, sent by an expression or a worker; without either nothing is sent.
    Message(Option<Box<Sender>>),
    /// Compensation of what has been completed around it.
    Compensation {
        /// Of this activity alone.
        activity: Option<NodeIx>,
    },
    /// On to the catching link event of that name.
    Link(String),
}

/// Who sends the message of a throwing event.
#[derive(Debug, Clone, PartialEq)]
pub enum Sender {
    /// A worker.
    External(ExternalTask),
    /// An expression.
    Expression(ExpressionTask),
}

/// A timer definition, BPMN 2.0 §10.5.5.
#[derive(Debug, Clone, PartialEq)]
pub enum Timer {
    /// `timeDate`: ISO 8601, or an expression that gives text or a Date.
    Date(Template),
    /// `timeDuration`: an ISO 8601 period.
    Duration(Template),
    /// `timeCycle`: `R[n]/[start/]duration`, or cron of six fields.
    Cycle(Template),
}

impl Timer {
    /// Its expression.
    pub fn template(&self) -> &Template {
        match self {
            Timer::Date(template) | Timer::Duration(template) | Timer::Cycle(template) => template,
        }
    }
}

/// A start event.
#[derive(Debug, Clone)]
pub struct StartEvent {
    /// What starts it.
    pub trigger: Trigger,
    /// `isInterrupting`, of an event sub-process.
    pub interrupting: bool,
    /// `camunda:formData`.
    pub form: Option<Form>,
    /// `camunda:formKey` or `camunda:formRef`.
    pub linked_form: Option<LinkedForm>,
    /// `camunda:initiator`: the variable that takes the starter's id.
    pub initiator: Option<String>,
}

/// A form that the model does not hold itself
/// ([External Task Forms](https://docs.camunda.org/manual/7.24/user-guide/task-forms/)).
#[derive(Debug, Clone, PartialEq)]
pub enum LinkedForm {
    /// `camunda:formKey`.
    Key(Template),
    /// `camunda:formRef`: the id of a Camunda Form, and which version of it; never one by its tag.
    Reference(Template, Binding),
}

impl LinkedForm {
    /// True where it is the same for every task.
    pub fn is_literal(&self) -> bool {
        match self {
            LinkedForm::Key(key) => key.is_literal(),
            LinkedForm::Reference(form, Binding::Version(version)) => {
                form.is_literal() && version.is_literal()
            }
            LinkedForm::Reference(form, _) => form.is_literal(),
        }
    }
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
    /// `camunda:formKey` or `camunda:formRef`.
    pub linked_form: Option<LinkedForm>,
    /// `camunda:taskListener`s.
    pub listeners: Vec<Listener>,
}

/// A task that a worker fetches
/// ([External Tasks](https://docs.camunda.org/manual/7.24/user-guide/process-engine/external-tasks/)).
#[derive(Debug, Clone, PartialEq)]
pub struct ExternalTask {
    /// `camunda:topic`.
    pub topic: Template,
    /// `camunda:taskPriority`.
    pub priority: Option<Template>,
    /// `camunda:errorEventDefinition`s: the code of the error that is thrown when the
    /// expression holds after a worker completed or failed.
    pub errors: Vec<ErrorRule>,
    /// `camunda:connector`: the request that the desk's own worker makes.
    pub connector: Option<Connector>,
}

/// A `camunda:connector`
/// ([Connectors](https://docs.camunda.org/manual/7.24/user-guide/process-engine/connectors/)).
#[derive(Debug, Clone, PartialEq)]
pub struct Connector {
    /// Which one.
    pub id: ConnectorId,
    /// What it is asked for; a later parameter sees those before it.
    pub inputs: Vec<Parameter>,
    /// What its answer becomes.
    pub outputs: Vec<Parameter>,
}

/// The connectors there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectorId {
    /// `http-connector`: one HTTP request.
    Http,
    /// `mail-send`: one mail.
    Mail,
}

impl ConnectorId {
    /// All of them.
    pub const ALL: [ConnectorId; 2] = [ConnectorId::Http, ConnectorId::Mail];

    /// Its name in a model.
    pub fn name(self) -> &'static str {
        match self {
            ConnectorId::Http => "http-connector",
            ConnectorId::Mail => "mail-send",
        }
    }

    /// The topic under which the desk's own worker finds it: one that no model is likely to have
    /// given to a worker of its own.
    pub fn topic(self) -> &'static str {
        match self {
            ConnectorId::Http => "connector:http-connector",
            ConnectorId::Mail => "connector:mail-send",
        }
    }
}

/// A condition under which an external task ends with a BPMN error.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorRule {
    /// The error's code.
    pub code: String,
    /// The error's message.
    pub message: Option<Template>,
    /// The condition.
    pub condition: Template,
}

/// A service task by expression.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpressionTask {
    /// `camunda:expression`.
    pub expression: Template,
    /// `camunda:resultVariable`.
    pub result_variable: Option<String>,
}

/// A script task.
#[derive(Debug, Clone, PartialEq)]
pub struct ScriptTask {
    /// The script.
    pub script: Script,
    /// `camunda:resultVariable`.
    pub result_variable: Option<String>,
}

/// A call activity
/// ([Call Activity](https://docs.camunda.org/manual/7.24/reference/bpmn20/subprocesses/call-activity/)).
#[derive(Debug, Clone)]
pub struct CallActivity {
    /// `calledElement`: the key of the process.
    pub called: Template,
    /// `camunda:calledElementBinding` with what belongs to it.
    pub binding: Binding,
    /// `camunda:in businessKey`.
    pub business_key: Option<Template>,
    /// `camunda:in`.
    pub inputs: Vec<Mapping>,
    /// `camunda:out`.
    pub outputs: Vec<Mapping>,
}

/// One `camunda:in` or `camunda:out`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// What is passed.
    pub source: Source,
    /// Under which name; that of the variable when absent.
    pub target: Option<String>,
    /// `camunda:local`: of the activity's own variables only.
    pub local: bool,
}

/// What a mapping passes.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// `variables="all"`.
    All,
    /// `source`: one variable.
    Variable(String),
    /// `sourceExpression`.
    Expression(Template),
}

/// `multiInstanceLoopCharacteristics`
/// ([Multiple Instance](https://docs.camunda.org/manual/7.24/reference/bpmn20/tasks/task-markers/)).
#[derive(Debug, Clone, Default)]
pub struct MultiInstance {
    /// One after the other instead of all at once.
    pub sequential: bool,
    /// `loopCardinality`: how many.
    pub cardinality: Option<Template>,
    /// `camunda:collection`, or `loopDataInputRef`: one for each element.
    pub collection: Option<Template>,
    /// `camunda:elementVariable`, or `inputDataItem`.
    pub element: Option<String>,
    /// `completionCondition`, tested whenever one is done.
    pub completion: Option<Template>,
    /// `camunda:asyncBefore` of each instance.
    pub async_before: bool,
    /// `camunda:asyncAfter` of each instance.
    pub async_after: bool,
    /// `camunda:exclusive` of the jobs of the instances.
    pub exclusive: bool,
    /// `camunda:failedJobRetryTimeCycle` of the jobs of the instances.
    pub retry_time_cycle: Option<String>,
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
#[derive(Debug, Clone, PartialEq, Default)]
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
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Name of the variable.
    pub name: String,
    /// What it becomes.
    pub value: ParameterValue,
}

/// The body of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterValue {
    /// Nothing: null.
    Empty,
    /// Text or an expression.
    Text(Template),
    /// `camunda:script`.
    Script(Script),
    /// `camunda:list`.
    List(Vec<ParameterValue>),
    /// `camunda:map`; its keys may be expressions.
    Map(Vec<(Template, ParameterValue)>),
}

/// An execution or task listener.
#[derive(Debug, Clone)]
pub struct Listener {
    /// `start`, `end`, `take`, or a task event such as `create` and `complete`.
    pub event: String,
    /// What it does.
    pub script: Script,
    /// When a task listener for `timeout` is called; its id names the job.
    pub timeout: Option<(String, Timer)>,
}
