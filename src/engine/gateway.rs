//! Which flows a token leaves by, and where tokens meet.

use super::error::Error;
use super::expression::Whence;
use super::run::{At, Run, Step};
use super::state::*;
use crate::model::{FlowIx, NodeIx, NodeKind, Process};
use std::collections::HashSet;

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
            Some(condition) => self.test_script(condition, Whence::of(at).flow(&flow.id)),
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

    /// A token reaches an inclusive gateway, where it waits for those that can still come.
    pub(super) fn wait_to_merge(&mut self, at: &At) -> Result<(), Error> {
        if at.node().incoming.len() <= 1 {
            return self.leave(at);
        }
        self.journal.put(Execution {
            phase: Phase::Merging,
            ..at.execution.clone()
        });
        Ok(())
    }

    /// Once nothing else moves: an inclusive gateway that no other token of its scope can
    /// reach any more goes on. False if there is none.
    pub(super) fn merge(&mut self) -> Result<bool, Error> {
        for (scope, gateway) in self.instance().merging() {
            let tokens = self.instance().merging_at(&scope, &gateway);
            let Some((first, others)) = tokens.split_first() else {
                continue;
            };
            let at = self.at(first)?;
            let enough = tokens.len() >= at.node().incoming.len();
            if !enough && self.can_be_reached(&at)? {
                continue;
            }
            for other in others {
                let other = self.at(other)?;
                self.complete(&other)?;
            }
            self.push(Step::Leave(first.clone()));
            return Ok(true);
        }
        Ok(false)
    }

    /// True when another token of the scope can still come to this gateway.
    fn can_be_reached(&self, at: &At) -> Result<bool, Error> {
        let leading_here = leading_to(&at.process, at.node_ix);
        for token in self.instance().children(at.scope()) {
            let here = token.activity_id == at.execution.activity_id;
            if here && token.phase == Phase::Merging {
                continue;
            }
            let other = self.at(&token.id)?;
            let from = match (&token.phase, &token.flow_id) {
                // Its node is behind it: only its own flow leads on.
                (Phase::After, Some(flow)) => {
                    let outgoing = other.node().outgoing.iter();
                    let mut outgoing = outgoing.map(|&ix| &other.process.flows[ix]);
                    outgoing
                        .find(|taken| taken.id == *flow)
                        .map(|taken| taken.target)
                }
                (Phase::After, None) => None,
                _ => Some(other.node_ix),
            };
            if from.is_some_and(|from| leading_here.contains(&from)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The nodes from which flows lead to a node, with itself.
fn leading_to(process: &Process, node: NodeIx) -> HashSet<NodeIx> {
    let mut found = HashSet::from([node]);
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        for &flow in &process.nodes[node].incoming {
            let source = process.flows[flow].source;
            if found.insert(source) {
                open.push(source);
            }
        }
    }
    found
}
