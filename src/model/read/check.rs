//! Rules on the finished graph, with Camunda's words where it has the rule too.

use super::super::graph::{NodeIx, NodeKind, Process, SubProcess, Trigger};
use super::super::{Figure, Position};
use super::Reader;
use std::collections::{HashMap, HashSet};

impl Reader<'_> {
    pub(super) fn check(&mut self, process: &mut Process, at: Position) {
        for ix in 0..process.nodes.len() {
            match process.nodes[ix].kind {
                NodeKind::ExclusiveGateway => self.exclusive_gateway(process, ix),
                NodeKind::ParallelGateway => self.parallel_gateway(process, ix),
                NodeKind::EventGateway => self.event_gateway(process, ix),
                NodeKind::EndEvent(_) => self.end_of_flow(process, ix),
                _ => {}
            }
            self.no_incoming(process, ix);
            self.no_flows(process, ix);
            let node = &process.nodes[ix];
            self.catchers(process, &node.id, &node.boundary_events);
            self.catchers(process, &node.id, &node.event_starts);
        }
        let starts: Vec<_> = process.starts().map(|(ix, _)| ix).collect();
        let inside = starts.iter().chain(&process.event_starts).copied();
        self.catchers(process, &process.id, &inside.collect::<Vec<_>>());
        self.all_starts(process, at);
    }

    fn exclusive_gateway(&mut self, process: &mut Process, ix: NodeIx) {
        let node = &process.nodes[ix];
        let (id, at, default) = (node.id.clone(), node.position, node.default_flow);
        let flows: Vec<_> = node
            .outgoing
            .iter()
            .map(|&f| (f, &process.flows[f]))
            .collect();
        match flows.as_slice() {
            [] => {
                let message =
                    format!("Exclusive Gateway '{id}' has no outgoing sequence flows. Add one");
                self.error(at, Some(&id), message);
            }
            [(_, flow)] if flow.condition.is_some() => {
                let message = format!(
                    "Exclusive Gateway '{id}' has only one outgoing sequence flow ('{}'). This is \
                     not allowed to have a condition. Remove it or add a flow",
                    flow.id
                );
                self.error(at, Some(&id), message);
            }
            [_] => {}
            several => {
                let mut without = Vec::new();
                for (f, flow) in several {
                    match (&flow.condition, Some(*f) == default) {
                        (Some(_), true) => {
                            let message = format!(
                                "Exclusive Gateway '{id}' has outgoing sequence flow '{}' which is \
                                 the default flow but has a condition too. Remove the condition",
                                flow.id
                            );
                            self.error(at, Some(&id), message);
                        }
                        (None, false) => without.push((*f, flow.id.clone())),
                        _ => {}
                    }
                }
                let start = |flow: &str| {
                    format!(
                        "Exclusive Gateway '{id}' has outgoing sequence flow '{flow}' without \
                         condition which is not the default flow."
                    )
                };
                match without.as_slice() {
                    [(flow, name)] if default.is_none() => {
                        let message = format!(
                            "{} We assume it to be the default flow, but it is bad modeling \
                             practice, better set the default flow in your model.",
                            start(name)
                        );
                        self.warn(at, Some(&id), message);
                        process.nodes[ix].default_flow = Some(*flow);
                    }
                    flows => {
                        for (_, name) in flows {
                            let message = format!("{} Give it a condition", start(name));
                            self.error(at, Some(&id), message);
                        }
                    }
                }
            }
        }
    }

    fn parallel_gateway(&mut self, process: &Process, ix: NodeIx) {
        let node = &process.nodes[ix];
        for &flow in &node.outgoing {
            if process.flows[flow].condition.is_some() {
                let message = format!(
                    "the condition of sequence flow '{}' is ignored behind a parallel gateway. \
                     Remove it, or use an exclusive gateway",
                    process.flows[flow].id
                );
                self.warn(node.position, Some(&node.id), message);
            }
        }
    }

    fn event_gateway(&mut self, process: &Process, ix: NodeIx) {
        let node = &process.nodes[ix];
        if node.async_after {
            let message = "'asyncAfter' not supported for eventBasedGateway elements. Remove it";
            self.error(node.position, Some(&node.id), message);
        }
        if node.outgoing.is_empty() {
            let message = "no event follows the event-based gateway. Lead it to catch events";
            self.error(node.position, Some(&node.id), message);
        }
        for &flow in &node.outgoing {
            let target = &process.nodes[process.flows[flow].target];
            let message = match &target.kind {
                NodeKind::CatchEvent(Trigger::Link(_)) => {
                    "IntermediateCatchLinkEvent is not allowed after an EventBasedGateway. Remove it"
                        .to_owned()
                }
                NodeKind::CatchEvent(_) if target.incoming.len() > 1 => format!(
                    "Invalid incoming sequenceflow for intermediateCatchEvent with id '{}' \
                     connected to an event-based gateway. Lead only the gateway there",
                    target.id
                ),
                NodeKind::CatchEvent(_) => continue,
                _ => "Event based gateway can only be connected to elements of type \
                      intermediateCatchEvent. Lead it to catch events"
                    .to_owned(),
            };
            self.error(node.position, Some(&node.id), message);
        }
    }

    /// What no flow may lead to or from: event sub-processes and compensation handlers.
    fn no_flows(&mut self, process: &Process, ix: NodeIx) {
        let node = &process.nodes[ix];
        let what = match &node.kind {
            NodeKind::SubProcess(SubProcess::Event) => "an event subprocess",
            _ if node.for_compensation => "a compensation activity",
            _ => return,
        };
        if !node.incoming.is_empty() || !node.outgoing.is_empty() {
            let message = format!(
                "Invalid sequence flow of {what}: it should not have an incoming or outgoing \
                 sequence flow. Remove it"
            );
            self.error(node.position, Some(&node.id), message);
        }
    }

    /// Of the events that catch in one place, each waits for something else.
    fn catchers(&mut self, process: &Process, scope: &str, events: &[NodeIx]) {
        let mut seen: HashSet<(&str, &str)> = HashSet::new();
        for &ix in events {
            let node = &process.nodes[ix];
            let (what, name) = match process.trigger(ix) {
                Some(Trigger::Message(name)) => ("message event subscription", name.source()),
                Some(Trigger::Signal(name)) => ("signal event subscription", name.source()),
                Some(Trigger::Escalation { code, .. }) => {
                    ("escalation event", code.as_deref().unwrap_or_default())
                }
                Some(Trigger::Cancel) => ("cancel event", ""),
                _ => continue,
            };
            if !seen.insert((what, name)) {
                let message = format!(
                    "Cannot have more than one {what} with name '{name}' for scope '{scope}'. \
                     Remove one"
                );
                self.error(node.position, Some(&node.id), message);
            }
        }
    }

    fn end_of_flow(&mut self, process: &Process, ix: NodeIx) {
        let node = &process.nodes[ix];
        if !node.outgoing.is_empty() {
            let message = "a sequence flow leaves an end event: \
                           use an intermediate event, or remove the flow";
            self.error(node.position, Some(&node.id), message);
        }
    }

    /// Start and boundary events begin by themselves.
    fn no_incoming(&mut self, process: &Process, ix: NodeIx) {
        let node = &process.nodes[ix];
        let figure = node.figure();
        if matches!(figure, Figure::StartEvent(_) | Figure::BoundaryEvent(_))
            && !node.incoming.is_empty()
        {
            let message = "a sequence flow leads to an event that begins by itself. \
                           Lead it to another element";
            self.error(node.position, Some(&node.id), message);
        }
    }

    fn all_starts(&mut self, process: &Process, at: Position) {
        let mut starts: HashMap<Option<NodeIx>, Vec<NodeIx>> = HashMap::new();
        for (ix, node) in process.nodes.iter().enumerate() {
            if matches!(node.figure(), Figure::StartEvent(_)) {
                starts.entry(node.scope).or_default().push(ix);
            }
        }
        let is_scope = |ix: &NodeIx| matches!(process.nodes[*ix].kind, NodeKind::SubProcess(_));
        let scopes = (0..process.nodes.len()).filter(is_scope).map(Some);
        for scope in scopes.chain([None]) {
            let starts = starts.get(&scope).map(Vec::as_slice).unwrap_or_default();
            self.starts(process, scope, starts, at);
        }
    }

    /// A scope begins somewhere: a process by one none or timer start event at most, a
    /// sub-process by one start event.
    fn starts(
        &mut self,
        process: &Process,
        scope: Option<NodeIx>,
        starts: &[NodeIx],
        at: Position,
    ) {
        let exclusive: Vec<_> = starts
            .iter()
            .filter(|&&ix| {
                let trigger = process.trigger(ix);
                scope.is_some() || matches!(trigger, Some(Trigger::None | Trigger::Timer(_)))
            })
            .collect();
        if let Some(&&second) = exclusive.get(1) {
            let node = &process.nodes[second];
            let message = match scope {
                None => {
                    "multiple none start events or timer start events not supported on process \
                     definition. Keep one"
                }
                Some(_) => "multiple start events not supported for subprocess. Keep one",
            };
            self.error(node.position, Some(&node.id), message);
        }
        if !starts.is_empty() {
            return;
        }
        match scope {
            Some(ix) => {
                let node = &process.nodes[ix];
                let message = "subProcess must define a startEvent element. Add one";
                self.error(node.position, Some(&node.id), message);
            }
            None => {
                let message = "the process has no start event, so nobody can start it. Add one";
                self.error(at, Some(&process.id), message);
            }
        }
    }
}
