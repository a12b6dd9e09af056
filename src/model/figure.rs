//! What a node looks like in a drawing.

use super::graph::{EndEvent, Node, NodeKind, Trigger};

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
            NodeKind::ThrowEvent => Figure::IntermediateEvent(None),
            NodeKind::BoundaryEvent(e) => Figure::BoundaryEvent(e.trigger.mark()),
            NodeKind::EndEvent(EndEvent::None) => Figure::EndEvent(None),
            NodeKind::EndEvent(EndEvent::Terminate) => Figure::EndEvent(Some('#')),
            NodeKind::EndEvent(EndEvent::Error { .. }) => Figure::EndEvent(Some('!')),
            NodeKind::ExclusiveGateway => Figure::Gateway(Some('X')),
            NodeKind::ParallelGateway => Figure::Gateway(Some('+')),
            NodeKind::SubProcess => Figure::SubProcess,
            NodeKind::Drawn(figure) => *figure,
            NodeKind::UserTask(_)
            | NodeKind::ExternalTask(_)
            | NodeKind::ExpressionTask(_)
            | NodeKind::BusinessRuleTask(_)
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
            Trigger::Error { .. } => Some('!'),
        }
    }
}
