//! The process graph: nodes, flows and what each of them says, checked and immutable.

mod activity;
mod event;

pub use activity::*;
pub use event::*;

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
    /// Whether a token that left it may come back to it, or to a scope around it.
    pub recurs: bool,
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
