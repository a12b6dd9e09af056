//! What Camunda calls each kind of node, in histories and its REST API.

use super::graph::{Node, NodeKind, SubProcess, Throw, Trigger};

impl Node {
    /// Camunda's `activityType`.
    pub fn activity_type(&self) -> &'static str {
        match &self.kind {
            NodeKind::UserTask(_) => "userTask",
            NodeKind::ExternalTask(_) | NodeKind::ExpressionTask(_) => "serviceTask",
            NodeKind::BusinessRuleTask(_) => "businessRuleTask",
            NodeKind::ReceiveTask { .. } => "receiveTask",
            NodeKind::ScriptTask(_) => "scriptTask",
            NodeKind::CallActivity(_) => "callActivity",
            NodeKind::SubProcess(SubProcess::Transaction) => "transaction",
            NodeKind::SubProcess(_) => "subProcess",
            NodeKind::InclusiveGateway => "inclusiveGateway",
            NodeKind::EventGateway => "eventBasedGateway",
            NodeKind::ExclusiveGateway => "exclusiveGateway",
            NodeKind::ParallelGateway => "parallelGateway",
            NodeKind::StartEvent(event) => match &event.trigger {
                Trigger::Timer(_) => "startTimerEvent",
                Trigger::Message(_) => "messageStartEvent",
                Trigger::Signal(_) => "signalStartEvent",
                Trigger::Condition(_) => "conditionalStartEvent",
                Trigger::Error { .. } => "errorStartEvent",
                Trigger::Escalation { .. } => "escalationStartEvent",
                Trigger::Compensation => "compensationStartEvent",
                _ => "startEvent",
            },
            NodeKind::EndEvent(throw) => match throw {
                Throw::Terminate => "terminateEndEvent",
                Throw::Cancel => "cancelEndEvent",
                Throw::Error { .. } => "errorEndEvent",
                Throw::Escalation { .. } => "escalationEndEvent",
                Throw::Signal { .. } => "signalEndEvent",
                Throw::Message(_) => "messageEndEvent",
                Throw::Compensation { .. } => "compensationEndEvent",
                Throw::None | Throw::Link(_) => "noneEndEvent",
            },
            NodeKind::BoundaryEvent(event) => match &event.trigger {
                Trigger::Message(_) => "boundaryMessage",
                Trigger::Signal(_) => "boundarySignal",
                Trigger::Condition(_) => "boundaryConditional",
                Trigger::Error { .. } => "boundaryError",
                Trigger::Escalation { .. } => "boundaryEscalation",
                Trigger::Compensation => "compensationBoundaryCatch",
                Trigger::Cancel => "cancelBoundaryCatch",
                _ => "boundaryTimer",
            },
            NodeKind::CatchEvent(trigger) => match trigger {
                Trigger::Timer(_) => "intermediateTimer",
                Trigger::Message(_) => "intermediateMessageCatch",
                Trigger::Signal(_) => "intermediateSignalCatch",
                Trigger::Condition(_) => "intermediateConditional",
                Trigger::Link(_) => "intermediateLinkCatch",
                _ => "intermediateCatchEvent",
            },
            NodeKind::ThrowEvent(throw) => match throw {
                Throw::Signal { .. } => "intermediateSignalThrow",
                Throw::Escalation { .. } => "intermediateEscalationThrowEvent",
                Throw::Compensation { .. } => "intermediateCompensationThrowEvent",
                Throw::Message(_) => "intermediateMessageThrowEvent",
                Throw::Link(_) => "intermediateLinkThrow",
                _ => "intermediateNoneThrowEvent",
            },
            NodeKind::PassTask { .. } => "task",
            NodeKind::Drawn(_) => "task",
        }
    }
}
