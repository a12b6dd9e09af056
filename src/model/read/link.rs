//! What belongs together without a sequence flow: event sub-processes and their scopes,
//! compensation handlers and what they undo, link events.

use super::super::graph::{NodeIx, NodeKind, Process, SubProcess, Throw, Trigger};
use super::super::xml::{Element, Namespace};
use super::Reader;
use super::process::Outline;
use std::collections::HashMap;

impl<'a> Reader<'a> {
    pub(super) fn connect_events(
        &mut self,
        root: &'a Element,
        outline: &Outline<'a>,
        process: &mut Process,
    ) {
        self.event_sub_processes(process);
        let mut associations = HashMap::new();
        gather(root, &mut associations);
        self.compensation_handlers(&associations, outline, process);
        self.links(process);
    }

    fn event_sub_processes(&mut self, process: &mut Process) {
        for start in 0..process.nodes.len() {
            let NodeKind::StartEvent(event) = &process.nodes[start].kind else {
                continue;
            };
            let compensates = event.trigger == Trigger::Compensation;
            let Some(sub) = process.nodes[start].scope else {
                continue;
            };
            if !matches!(
                process.nodes[sub].kind,
                NodeKind::SubProcess(SubProcess::Event)
            ) {
                continue;
            }
            let around = process.nodes[sub].scope;
            if !compensates {
                match around {
                    Some(around) => process.nodes[around].event_starts.push(start),
                    None => process.event_starts.push(start),
                }
                continue;
            }
            let node = &process.nodes[start];
            let (at, id) = (node.position, node.id.clone());
            let Some(around) = around else {
                let message = "event subprocess with compensation start event is only supported \
                               for embedded subprocess. Put it into one";
                self.error(at, Some(&id), message);
                continue;
            };
            if process.nodes[around].compensation.replace(sub).is_some() {
                let message = "multiple event subprocesses with compensation start event are not \
                               supported on the same scope. Keep one";
                self.error(at, Some(&id), message);
            }
        }
    }

    /// A compensation boundary event leads by an association to the activity that undoes.
    fn compensation_handlers(
        &mut self,
        associations: &HashMap<&'a str, Vec<&'a str>>,
        outline: &Outline<'a>,
        process: &mut Process,
    ) {
        for boundary in 0..process.nodes.len() {
            let node = &process.nodes[boundary];
            let NodeKind::BoundaryEvent(event) = &node.kind else {
                continue;
            };
            if event.trigger != Trigger::Compensation {
                continue;
            }
            let (host, at, id) = (event.attached_to, node.position, node.id.clone());
            let targets = associations.get(id.as_str()).map(Vec::as_slice);
            let targets: Vec<NodeIx> = targets
                .unwrap_or_default()
                .iter()
                .filter_map(|target| outline.index.get(*target).copied())
                .collect();
            if targets.is_empty() {
                let message = "this compensation boundary event leads to nothing by an \
                               association, so that nothing undoes the activity. Connect it";
                self.warn(at, Some(&id), message);
                continue;
            }
            let mut handlers = targets.into_iter();
            let handler = handlers.find(|&target| process.nodes[target].for_compensation);
            let Some(handler) = handler else {
                let message = "compensation boundary catch must be connected to element with \
                               isForCompensation=true by an association. Connect it";
                self.error(at, Some(&id), message);
                continue;
            };
            match process.nodes[host].compensation.replace(handler) {
                Some(other) if process.nodes[other].scope == Some(host) => {
                    let message = "compensation boundary event and event subprocess with \
                                   compensation start event are not supported on the same scope. \
                                   Keep one";
                    self.error(at, Some(&id), message);
                }
                Some(_) => {
                    let message = "multiple boundary events with compensateEventDefinition not \
                                   supported on same activity. Keep one";
                    self.error(at, Some(&id), message);
                }
                None => {}
            }
        }
    }

    fn links(&mut self, process: &Process) {
        let mut targets: HashMap<(Option<NodeIx>, &str), NodeIx> = HashMap::new();
        for (ix, node) in process.nodes.iter().enumerate() {
            if let NodeKind::CatchEvent(Trigger::Link(name)) = &node.kind
                && targets.insert((node.scope, name), ix).is_some()
            {
                let message = format!(
                    "Multiple Intermediate Catch Events with the same link event name ('{name}') \
                     are not allowed. Rename one"
                );
                self.error(node.position, Some(&node.id), message);
            }
        }
        for node in &process.nodes {
            if let NodeKind::ThrowEvent(Throw::Link(name)) = &node.kind
                && !targets.contains_key(&(node.scope, name))
            {
                let message = format!(
                    "the link event leads to '{name}' but no event target with that name exists \
                     in its scope. Add a catching link event of that name"
                );
                self.error(node.position, Some(&node.id), message);
            }
        }
    }
}

/// All associations of a file, by each of their ends: which way they were drawn says nothing.
fn gather<'a>(element: &'a Element, found: &mut HashMap<&'a str, Vec<&'a str>>) {
    for child in &element.children {
        if child.is(Namespace::Bpmn, "association")
            && let (Some(source), Some(target)) =
                (child.attribute("sourceRef"), child.attribute("targetRef"))
        {
            for (from, to) in [(source, target), (target, source)] {
                found
                    .entry(from.value.as_str())
                    .or_default()
                    .push(&to.value);
            }
        }
        gather(child, found);
    }
}
