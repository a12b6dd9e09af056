//! The activities of a process as migration sees them: what holds the instances of a
//! multi-instance activity is one of its own, around the activity.

use crate::engine::state::BODY;
use crate::model::graph::{BoundaryEvent, Sender, SubProcess, Throw, Trigger};
use crate::model::{Node, NodeIx, NodeKind, Process};

/// An activity of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Activity {
    pub(super) node: NodeIx,
    /// True for what holds the instances of a multi-instance activity.
    pub(super) body: bool,
}

/// The activities of a process.
#[derive(Clone, Copy)]
pub(super) struct Activities<'p>(pub(super) &'p Process);

impl<'p> Activities<'p> {
    pub(super) fn node(self, of: Activity) -> &'p Node {
        &self.0.nodes[of.node]
    }

    /// The activity with this id, as executions have it.
    pub(super) fn find(self, id: &str) -> Option<Activity> {
        let (id, body) = match id.strip_suffix(BODY) {
            Some(id) => (id, true),
            None => (id, false),
        };
        let node = *self.0.node_index.get(id)?;
        (!body || self.0.nodes[node].multi.is_some()).then_some(Activity { node, body })
    }

    pub(super) fn id(self, of: Activity) -> String {
        let id = &self.node(of).id;
        match of.body {
            true => format!("{id}{BODY}"),
            false => id.clone(),
        }
    }

    /// An activity as the scope around it sees it: a multi-instance one as its body.
    pub(super) fn outer(self, node: NodeIx) -> Activity {
        Activity {
            node,
            body: self.0.nodes[node].multi.is_some(),
        }
    }

    /// The scope around an activity; none directly in the process.
    pub(super) fn scope(self, of: Activity) -> Option<Activity> {
        let node = self.node(of);
        if !of.body && node.multi.is_some() {
            return Some(Activity { body: true, ..of });
        }
        node.scope.map(|node| Activity { node, body: false })
    }

    /// The scopes around an activity, the innermost first.
    pub(super) fn scopes(self, of: Activity) -> impl Iterator<Item = Activity> + 'p {
        std::iter::successors(self.scope(of), move |&scope| self.scope(scope))
    }

    /// The activities directly inside a scope.
    pub(super) fn children(self, scope: Option<Activity>) -> Vec<Activity> {
        match scope {
            Some(scope) if scope.body => vec![Activity {
                body: false,
                ..scope
            }],
            scope => {
                let inside = self.0.children(scope.map(|scope| scope.node));
                inside.map(|node| self.outer(node)).collect()
            }
        }
    }

    /// Whose execution holds the event of an activity that is one: itself for what waits, its
    /// activity for a boundary event, the scope around an event sub-process for its start event.
    pub(super) fn event_scope(self, of: Activity) -> EventScope {
        if of.body {
            return EventScope::None;
        }
        match &self.node(of).kind {
            NodeKind::BoundaryEvent(event) => EventScope::Of(Some(self.outer(event.attached_to))),
            NodeKind::StartEvent(_) => match self.scope(of) {
                Some(sub) if self.is_event_sub_process(sub) => EventScope::Of(self.scope(sub)),
                _ => EventScope::None,
            },
            NodeKind::CatchEvent(Trigger::Link(_)) => EventScope::None,
            NodeKind::CatchEvent(_) => EventScope::Of(Some(self.gateway(of).unwrap_or(of))),
            NodeKind::ReceiveTask { message: Some(_) } => EventScope::Of(Some(of)),
            NodeKind::UserTask(task) if task.listeners.iter().any(|l| l.timeout.is_some()) => {
                EventScope::Of(Some(of))
            }
            _ => EventScope::None,
        }
    }

    /// The event-based gateway before a catch event.
    fn gateway(self, of: Activity) -> Option<Activity> {
        let incoming = self.node(of).incoming.iter();
        let mut sources = incoming.map(|&flow| self.0.flows[flow].source);
        let gateway =
            sources.find(|&node| matches!(self.0.nodes[node].kind, NodeKind::EventGateway));
        gateway.map(|node| self.outer(node))
    }

    pub(super) fn is_event_sub_process(self, of: Activity) -> bool {
        matches!(self.node(of).kind, NodeKind::SubProcess(SubProcess::Event))
    }

    /// The events that an execution of an activity holds while it runs, or the root of a process.
    pub(super) fn held(self, by: Option<Activity>) -> Vec<NodeIx> {
        let Some(by) = by else {
            return self.0.event_starts(None).to_vec();
        };
        let node = self.node(by);
        let mut held = Vec::new();
        if by.body || node.multi.is_none() {
            held.extend(&node.boundary_events);
        }
        if by.body {
            return held;
        }
        match &node.kind {
            NodeKind::SubProcess(_) => held.extend(self.0.event_starts(Some(by.node))),
            NodeKind::EventGateway => {
                held.extend(node.outgoing.iter().map(|&flow| self.0.flows[flow].target));
            }
            NodeKind::CatchEvent(_) => held.push(by.node),
            _ => {}
        }
        held
    }

    /// True when something is stored that waits for the event of an activity.
    pub(super) fn has_trigger(self, of: Activity) -> bool {
        if self.event_scope(of) == EventScope::None {
            return false;
        }
        match self.0.trigger(of.node) {
            Some(trigger) => matches!(
                trigger,
                Trigger::Timer(_)
                    | Trigger::Message(_)
                    | Trigger::Signal(_)
                    | Trigger::Condition(_)
            ),
            // A receive task with a message, a user task with a timeout listener.
            None => true,
        }
    }

    pub(super) fn is_conditional(self, of: Activity) -> bool {
        !of.body && matches!(self.0.trigger(of.node), Some(Trigger::Condition(_)))
    }

    /// True for a boundary event, or the start event of an event sub-process, which nothing
    /// enters by a flow.
    pub(super) fn is_passive(self, of: Activity) -> bool {
        let start = matches!(self.node(of).kind, NodeKind::StartEvent(_));
        matches!(self.node(of).kind, NodeKind::BoundaryEvent(_))
            || start && self.event_scope(of) != EventScope::None
    }

    /// Camunda's name for what an activity does.
    pub(super) fn behavior(self, of: Activity) -> &'static str {
        let node = self.node(of);
        if let (true, Some(multi)) = (of.body, &node.multi) {
            return match multi.sequential {
                true => "SequentialMultiInstanceActivityBehavior",
                false => "ParallelMultiInstanceActivityBehavior",
            };
        }
        match &node.kind {
            NodeKind::UserTask(_) => "UserTaskActivityBehavior",
            NodeKind::ExternalTask(_) => "ExternalTaskActivityBehavior",
            NodeKind::ExpressionTask(_) => "ServiceTaskExpressionActivityBehavior",
            NodeKind::BusinessRuleTask(_) => "DmnBusinessRuleTaskActivityBehavior",
            NodeKind::ScriptTask(_) => "ScriptTaskActivityBehavior",
            NodeKind::ReceiveTask { .. } => "ReceiveTaskActivityBehavior",
            NodeKind::PassTask { manual: true } => "ManualTaskActivityBehavior",
            NodeKind::PassTask { manual: false } | NodeKind::Drawn(_) => "TaskActivityBehavior",
            NodeKind::CallActivity(_) => "CallActivityBehavior",
            NodeKind::ExclusiveGateway => "ExclusiveGatewayActivityBehavior",
            NodeKind::ParallelGateway => "ParallelGatewayActivityBehavior",
            NodeKind::InclusiveGateway => "InclusiveGatewayActivityBehavior",
            NodeKind::EventGateway => "EventBasedGatewayActivityBehavior",
            NodeKind::SubProcess(SubProcess::Event) => "EventSubProcessActivityBehavior",
            NodeKind::SubProcess(_) => "SubProcessActivityBehavior",
            NodeKind::StartEvent(start) => match (self.is_passive(of), &start.trigger) {
                (false, _) => "NoneStartEventActivityBehavior",
                (true, Trigger::Condition(_)) => {
                    "EventSubProcessStartConditionalEventActivityBehavior"
                }
                (true, _) => "EventSubProcessStartEventActivityBehavior",
            },
            NodeKind::BoundaryEvent(event) => boundary(event),
            NodeKind::CatchEvent(Trigger::Link(_)) => "IntermediateCatchLinkEventActivityBehavior",
            NodeKind::CatchEvent(Trigger::Condition(_)) => "IntermediateConditionalEventBehavior",
            NodeKind::CatchEvent(_) => "IntermediateCatchEventActivityBehavior",
            NodeKind::ThrowEvent(throw) | NodeKind::EndEvent(throw) => thrower(node, throw),
        }
    }

    /// True for what an instance can wait in and be migrated.
    pub(super) fn is_supported(self, of: Activity) -> bool {
        matches!(
            self.behavior(of),
            "SubProcessActivityBehavior"
                | "UserTaskActivityBehavior"
                | "BoundaryEventActivityBehavior"
                | "ParallelMultiInstanceActivityBehavior"
                | "SequentialMultiInstanceActivityBehavior"
                | "ReceiveTaskActivityBehavior"
                | "CallActivityBehavior"
                | "IntermediateCatchEventActivityBehavior"
                | "EventBasedGatewayActivityBehavior"
                | "EventSubProcessActivityBehavior"
                | "EventSubProcessStartEventActivityBehavior"
                | "ExternalTaskActivityBehavior"
                | "ParallelGatewayActivityBehavior"
                | "InclusiveGatewayActivityBehavior"
                | "IntermediateConditionalEventBehavior"
                | "BoundaryConditionalEventActivityBehavior"
                | "EventSubProcessStartConditionalEventActivityBehavior"
        )
    }

    /// True when an instance can wait before an activity, for a job.
    pub(super) fn is_async_before(self, of: Activity) -> bool {
        let node = self.node(of);
        match &node.multi {
            Some(multi) if !of.body => multi.async_before,
            _ => node.async_before,
        }
    }

    /// True when an instance can wait behind an activity, for a job.
    pub(super) fn is_async_after(self, of: Activity) -> bool {
        let node = self.node(of);
        match &node.multi {
            Some(multi) if !of.body => multi.async_after,
            _ => node.async_after,
        }
    }
}

/// Whose execution holds an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventScope {
    /// It is no event.
    None,
    /// That of this activity; of none the root of the process.
    Of(Option<Activity>),
}

fn boundary(event: &BoundaryEvent) -> &'static str {
    match event.trigger {
        Trigger::Condition(_) => "BoundaryConditionalEventActivityBehavior",
        Trigger::Cancel => "CancelBoundaryEventActivityBehavior",
        _ => "BoundaryEventActivityBehavior",
    }
}

fn thrower(node: &Node, throw: &Throw) -> &'static str {
    let end = matches!(node.kind, NodeKind::EndEvent(_));
    match throw {
        Throw::None if end => "NoneEndEventActivityBehavior",
        Throw::None | Throw::Link(_) => "IntermediateThrowNoneEventActivityBehavior",
        Throw::Terminate => "TerminateEndEventActivityBehavior",
        Throw::Cancel => "CancelEndEventActivityBehavior",
        Throw::Error { .. } => "ErrorEndEventActivityBehavior",
        Throw::Escalation { .. } => "ThrowEscalationEventActivityBehavior",
        Throw::Signal { .. } => "ThrowSignalEventActivityBehavior",
        Throw::Compensation { .. } => "CompensationEventActivityBehavior",
        Throw::Message(None) => "IntermediateThrowNoneEventActivityBehavior",
        Throw::Message(Some(sender)) => match **sender {
            Sender::External(_) => "ExternalTaskActivityBehavior",
            Sender::Expression(_) => "ServiceTaskExpressionActivityBehavior",
        },
    }
}
