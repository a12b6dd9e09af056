//! Which flows a token leaves by, and where tokens meet.

use super::error::Error;
use super::expression::Whence;
use super::run::{At, Run};
use super::state::*;
use crate::model::graph::Condition;
use crate::model::{FlowIx, NodeKind};

impl Run<'_> {
    /// The flows that a token takes when it leaves its node.
    pub(super) fn select_flows(&mut self, at: &At) -> Result<Vec<FlowIx>, Error> {
        let node = at.node();
        let exclusive = match node.kind {
            NodeKind::ParallelGateway => return Ok(node.outgoing.clone()),
            NodeKind::ExclusiveGateway => true,
            _ => false,
        };
        let mut selected = Vec::new();
        for &flow in &node.outgoing {
            if Some(flow) != node.default_flow && self.is_open(at, flow)? {
                selected.push(flow);
                if exclusive {
                    break;
                }
            }
        }
        if selected.is_empty() {
            selected.extend(node.default_flow);
        }
        if selected.is_empty() && (exclusive || !node.outgoing.is_empty()) {
            return Err(Error::NoOutgoingFlow { at: at.place() });
        }
        Ok(selected)
    }

    /// True when a flow has no condition, or one that holds.
    fn is_open(&mut self, at: &At, flow: FlowIx) -> Result<bool, Error> {
        let flow = &at.process.flows[flow];
        match &flow.condition {
            None => Ok(true),
            Some(Condition::Juel(condition)) => self.test(condition, Whence::of(at).flow(&flow.id)),
        }
    }

    /// A token reaches a parallel gateway: the last one that is waited for goes on for all.
    pub(super) fn join(&mut self, at: &At) -> Result<(), Error> {
        let node = at.node();
        let expected = node.incoming.len();
        if expected <= 1 {
            return self.leave(at);
        }
        let waiting = Execution {
            phase: Phase::Joining,
            ..at.execution.clone()
        };
        self.journal.put(waiting);
        if self.instance().joining_count(at.scope(), &node.id) < expected {
            return Ok(());
        }
        let joined: Vec<Id> = self
            .instance()
            .joining(at.scope(), &node.id)
            .map(|token| token.id.clone())
            .filter(|token| token != at.id())
            .take(expected - 1)
            .collect();
        for token in joined {
            let other = self.at(&token)?;
            self.complete(&other)?;
        }
        self.leave(at)
    }
}
