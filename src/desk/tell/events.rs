//! What events threw and caught, what was undone, and what was called.

use super::{Teller, worker_name};
use crate::juel::Template;
use crate::model::graph::{SubProcess, Throw, Trigger};
use crate::model::{Node, NodeIx, NodeKind, Process, readable};
use crate::store::{Past, PastCall, PastThrown};

/// The BPMN ids of the nodes of which a visit is told.
pub fn nodes(process: &Process) -> Vec<&str> {
    let told = |node: &&Node| {
        node.for_compensation
            || match &node.kind {
                NodeKind::StartEvent(event) => is_told(&event.trigger),
                NodeKind::CatchEvent(trigger) => is_told(trigger),
                NodeKind::BoundaryEvent(event) => is_told(&event.trigger),
                NodeKind::ReceiveTask { .. } => true,
                NodeKind::EndEvent(throw) | NodeKind::ThrowEvent(throw) => matches!(
                    throw,
                    Throw::Signal { .. }
                        | Throw::Compensation { .. }
                        | Throw::Cancel
                        | Throw::Message(Some(_))
                ),
                _ => false,
            }
    };
    let nodes = process.nodes.iter().filter(told);
    nodes.map(|node| node.id.as_str()).collect()
}

/// Errors, escalations and timers have entries of their own.
fn is_told(trigger: &Trigger) -> bool {
    matches!(
        trigger,
        Trigger::Message(_)
            | Trigger::Signal(_)
            | Trigger::Condition(_)
            | Trigger::Compensation
            | Trigger::Cancel
    )
}

impl Teller<'_> {
    /// What entering or leaving a node means, if anything.
    pub(super) fn visited(&self, past: &Past, left: bool) -> Option<(&'static str, String)> {
        let ix = *self.process.node_index.get(past.activity_id.as_deref()?)?;
        let node = &self.process.nodes[ix];
        if node.for_compensation && !left {
            let undone = self.process.nodes.iter();
            let mut undone = undone.filter(|other| other.compensation == Some(ix));
            let what = undone.next().map(name_of);
            let what = what.unwrap_or_else(|| "what was done".into());
            return Some(("undone", format!("{} undoes {what}", name_of(node))));
        }
        match &node.kind {
            NodeKind::StartEvent(event) if !left => self.heard(ix, &event.trigger),
            NodeKind::BoundaryEvent(event) if !left => self.heard(ix, &event.trigger),
            NodeKind::CatchEvent(trigger) if left => self.heard(ix, trigger),
            NodeKind::ReceiveTask { message } if left => Some(match message {
                Some(message) => self.heard(ix, &Trigger::Message(message.clone()))?,
                None => ("message", format!("{} goes on", name_of(node))),
            }),
            NodeKind::ThrowEvent(throw) | NodeKind::EndEvent(throw) if !left => {
                self.threw(node, throw)
            }
            _ => None,
        }
    }

    fn heard(&self, ix: NodeIx, trigger: &Trigger) -> Option<(&'static str, String)> {
        let name = self.catcher(ix);
        Some(match trigger {
            Trigger::Message(message) => (
                "message",
                format!("{name} got {}", quoted("message", message)),
            ),
            Trigger::Signal(signal) => (
                "signal",
                format!("{name} caught {}", quoted("signal", signal)),
            ),
            Trigger::Condition(_) => ("condition", format!("the condition of {name} is true")),
            Trigger::Compensation => ("undone", format!("{name} undoes what was done")),
            Trigger::Cancel => ("undone", format!("{name}: the transaction is cancelled")),
            _ => return None,
        })
    }

    fn threw(&self, node: &Node, throw: &Throw) -> Option<(&'static str, String)> {
        let name = name_of(node);
        Some(match throw {
            Throw::Signal { name: signal, .. } => (
                "signal",
                format!("{name} threw {}", quoted("signal", signal)),
            ),
            Throw::Message(Some(_)) => ("message", format!("{name} sends its message")),
            Throw::Cancel => ("undone", format!("{name} cancels its transaction")),
            Throw::Compensation { activity } => {
                let what = activity.map(|ix| name_of(&self.process.nodes[ix]));
                let what = what.unwrap_or_else(|| "what was done".into());
                ("undone", format!("{name} has {what} undone"))
            }
            _ => return None,
        })
    }

    /// An error or escalation, who threw it, and who caught it.
    pub(super) fn thrown(&self, past: &Past, thrown: &PastThrown) -> (&'static str, String) {
        let what = match thrown.error {
            true => "the error",
            false => "the escalation",
        };
        let code = match &thrown.code {
            Some(code) => format!("{what} {code}"),
            None => format!("{what} without a code"),
        };
        let why = thrown.message.as_ref();
        let why = why.map_or_else(String::new, |why| format!(" ({why})"));
        let caught = |by: &str| match self.process.node_index.get(by) {
            Some(ix) => self.catcher(*ix),
            None => by.to_owned(),
        };
        if let (true, Some(by), Some(thrower)) =
            (thrown.caught_here, &thrown.caught_by, &thrown.beyond)
        {
            let text = format!(
                "{code} of the called {thrower}{why}, caught by {}",
                caught(by)
            );
            return ("threw", text);
        }
        let name = self.name(past.activity_id.as_deref());
        let node = past
            .activity_id
            .as_deref()
            .and_then(|id| self.process.node(id));
        let by_hand = node.is_some_and(|node| matches!(node.kind, NodeKind::UserTask(_)));
        let who = match (&thrown.worker, &past.user) {
            (Some(worker), _) => format!("{} reported {code} in {name}{why}", worker_name(worker)),
            (None, Some(user)) if by_hand => format!("{user} reported {code} in {name}{why}"),
            _ => format!("{name} threw {code}{why}"),
        };
        match (&thrown.caught_by, &thrown.beyond) {
            (None, _) => {
                // An escalation goes on without anybody who catches it.
                let kind = if thrown.error { "failed" } else { "threw" };
                (kind, format!("{who}, which nothing catches"))
            }
            (Some(_), Some(caller)) => (
                "threw",
                format!("{who}, caught in {caller}, which called it"),
            ),
            (Some(by), None) => ("threw", format!("{who}, caught by {}", caught(by))),
        }
    }

    pub(super) fn called(
        &self,
        past: &Past,
        call: &PastCall,
        ended: bool,
    ) -> (&'static str, String) {
        let name = self.name(past.activity_id.as_deref());
        let called = &call.name;
        match ended {
            false => ("called", format!("{name} called {called}")),
            true => ("called", format!("the called {called} is done")),
        }
    }

    /// An event that catches: of an event sub-process its name, where its start event has none.
    fn catcher(&self, ix: NodeIx) -> String {
        let node = &self.process.nodes[ix];
        let scope = node.scope.map(|scope| &self.process.nodes[scope]);
        let scope = scope.filter(|scope| {
            matches!(scope.kind, NodeKind::SubProcess(SubProcess::Event))
                && matches!(node.kind, NodeKind::StartEvent(_))
        });
        match scope {
            Some(scope) if node.name.is_none() => name_of(scope),
            _ => name_of(node),
        }
    }
}

fn name_of(node: &Node) -> String {
    readable(node.name.as_deref().unwrap_or(&node.id)).into_owned()
}

/// A message or signal by its name; an expression says what it is about.
fn quoted(what: &str, name: &Template) -> String {
    format!("the {what} {}", readable(name.source()))
}
