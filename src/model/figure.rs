//! What a node looks like in a drawing.

use super::graph::{Node, NodeKind, Throw, Trigger};

/// The outline of a node, with the mark inside it where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// A thin circle.
    StartEvent(Option<char>),
    /// A double circle.
    IntermediateEvent(Option<char>),
    /// A double circle on the border of an activity.
    BoundaryEvent(Option<char>),
    /// A thick circle.
    EndEvent(Option<char>),
    /// A rounded box.
    Task,
    /// A rounded box around other nodes.
    SubProcess,
    /// A diamond.
    Gateway(Option<char>),
}

impl Node {
    /// What it looks like.
    pub fn figure(&self) -> Figure {
        match &self.kind {
            NodeKind::StartEvent(e) => Figure::StartEvent(e.trigger.mark()),
            NodeKind::CatchEvent(trigger) => Figure::IntermediateEvent(trigger.mark()),
            NodeKind::ThrowEvent(throw) => Figure::IntermediateEvent(throw.mark()),
            NodeKind::BoundaryEvent(e) => Figure::BoundaryEvent(e.trigger.mark()),
            NodeKind::EndEvent(throw) => Figure::EndEvent(throw.mark()),
            NodeKind::ExclusiveGateway => Figure::Gateway(Some('X')),
            NodeKind::ParallelGateway => Figure::Gateway(Some('+')),
            NodeKind::InclusiveGateway => Figure::Gateway(Some('O')),
            NodeKind::EventGateway => Figure::Gateway(Some('E')),
            NodeKind::SubProcess(_) => Figure::SubProcess,
            NodeKind::Drawn(figure) => *figure,
            NodeKind::UserTask(_)
            | NodeKind::ExternalTask(_)
            | NodeKind::ExpressionTask(_)
            | NodeKind::BusinessRuleTask(_)
            | NodeKind::ScriptTask(_)
            | NodeKind::CallActivity(_)
            | NodeKind::ReceiveTask { .. }
            | NodeKind::PassTask { .. } => Figure::Task,
        }
    }
}

impl Trigger {
    fn mark(&self) -> Option<char> {
        match self {
            Trigger::None => None,
            Trigger::Timer(_) => Some('t'),
            Trigger::Message(_) => Some('m'),
            Trigger::Signal(_) => Some('s'),
            Trigger::Error { .. } => Some('!'),
            Trigger::Escalation { .. } => Some('^'),
            Trigger::Condition(_) => Some('c'),
            Trigger::Compensation => Some('<'),
            Trigger::Cancel => Some('x'),
            Trigger::Link(_) => Some('>'),
        }
    }
}

impl Throw {
    fn mark(&self) -> Option<char> {
        match self {
            Throw::None => None,
            Throw::Terminate => Some('#'),
            Throw::Cancel => Some('x'),
            Throw::Error { .. } => Some('!'),
            Throw::Escalation { .. } => Some('^'),
            Throw::Signal { .. } => Some('s'),
            Throw::Message(_) => Some('m'),
            Throw::Compensation { .. } => Some('<'),
            Throw::Link(_) => Some('>'),
        }
    }
}
