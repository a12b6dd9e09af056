//! Processes, their nodes and flows: what refers to what.

use super::super::graph::{Flow, Lane, Node, NodeIx, NodeKind, Process, SubProcess};
use super::super::script::Script;
use super::super::xml::{Element, Namespace};
use super::extension::NODE_EVENTS;
use super::{
    Purpose, Reader, camunda, camunda_text, comma_list, is_false, is_true, recurrence, refused,
};
use crate::value::time::days_to_live;
use indexmap::IndexMap;
use std::collections::HashMap;

/// Most processes of a file.
const MAX_PROCESSES: usize = 100;

/// The nodes of a process before their kinds are known, in document order.
pub(super) struct Outline<'a> {
    pub elements: Vec<(&'a Element, String, Option<NodeIx>)>,
    pub index: HashMap<String, NodeIx>,
}

impl<'a> Reader<'a> {
    pub(super) fn processes(&mut self, root: &'a Element) -> Vec<Process> {
        let mut processes = Vec::new();
        for element in root.all(Namespace::Bpmn, "process") {
            let id = element.attribute("id");
            if is_false(element.attribute("isExecutable")) && self.purpose != Purpose::Draw {
                let message = "the process is not executable and is left out. \
                               Set isExecutable=\"true\" if it is to run";
                self.warn(element.position, id.map(|a| a.value.as_str()), message);
                continue;
            }
            if processes.len() == MAX_PROCESSES {
                let message = format!("the file has more than {MAX_PROCESSES} processes. Split it");
                self.error(element.position, None, message);
                break;
            }
            processes.push(self.process(element, root));
        }
        if root.first(Namespace::Bpmn, "process").is_none() {
            self.warn(root.position, None, "the file has no process in it");
        }
        processes
    }

    fn process(&mut self, element: &'a Element, root: &'a Element) -> Process {
        let id = self.id(element);
        let mut outline = Outline {
            elements: Vec::new(),
            index: HashMap::new(),
        };
        self.outline(element, None, &mut outline);
        let nodes = self.nodes(&outline);
        let list = |name| {
            let text = camunda(element, name).map_or("", |a| a.value.as_str());
            comma_list(text).into_iter().map(str::to_owned).collect()
        };
        let mut process = Process {
            name: text_of(element, "name"),
            documentation: documentation(element),
            executable: !is_false(element.attribute("isExecutable")),
            pool: pool(root, &id),
            lanes: lanes(element, &outline.index),
            version_tag: camunda_text(element, "versionTag"),
            task_priority: self.template_in(element, &id, "taskPriority"),
            job_priority: self.job_priority(element, &id),
            history_time_to_live: self.time_to_live(element, &id),
            candidate_starter_users: list("candidateStarterUsers"),
            candidate_starter_groups: list("candidateStarterGroups"),
            startable_in_tasklist: camunda_text(element, "isStartableInTasklist").as_deref()
                != Some("false"),
            properties: self.properties(element),
            execution_listeners: self.execution_listeners(element, &id, NODE_EVENTS),
            event_starts: Vec::new(),
            nodes,
            flows: Vec::new(),
            diagram: Default::default(),
            node_index: outline.index.clone(),
            id,
        };
        self.flows(element, &outline, &mut process);
        for (ix, (element, ..)) in outline.elements.iter().enumerate() {
            self.default_flow(element, ix, &mut process);
        }
        for ix in 0..process.nodes.len() {
            let Some(host) = attached_to(&process.nodes[ix].kind, &outline, ix) else {
                continue;
            };
            process.nodes[host].boundary_events.push(ix);
        }
        self.connect_events(root, &outline, &mut process);
        recurrence::mark(&mut process);
        process.diagram = self.diagram(root, &process);
        self.check(&mut process, element.position);
        process
    }

    fn time_to_live(&mut self, element: &Element, id: &str) -> Option<String> {
        let said = camunda(element, "historyTimeToLive")?;
        if self.purpose.is_to_deploy()
            && let Err(message) = days_to_live(&said.value)
        {
            self.error(said.position, Some(id), message);
        }
        Some(said.value.clone())
    }

    /// The id, or a made-up one that says where the element stands.
    pub(super) fn id(&mut self, element: &Element) -> String {
        match element.attribute("id") {
            Some(id) if !id.value.trim().is_empty() => id.value.clone(),
            _ => {
                let message = format!("<{}> has no id. Give it one", element.name);
                // No flow leads to an event sub-process: as in Camunda it does without.
                if element.name == "subProcess" && is_true(element.attribute("triggeredByEvent")) {
                    self.warn(element.position, None, message);
                    return made_up_id(element).replace(['@', ':'], "_");
                }
                self.error(element.position, None, message);
                made_up_id(element)
            }
        }
    }

    fn outline(&mut self, scope: &'a Element, parent: Option<NodeIx>, outline: &mut Outline<'a>) {
        for element in &scope.children {
            if element.namespace != Namespace::Bpmn || !refused::is_flow_node(&element.name) {
                continue;
            }
            let mut id = self.id(element);
            if outline.index.contains_key(&id) {
                // Reported already; kept apart so that nothing refers to the wrong one.
                id = made_up_id(element);
            }
            let ix = outline.elements.len();
            outline.index.insert(id.clone(), ix);
            outline.elements.push((element, id, parent));
            if refused::is_scope(&element.name) {
                self.outline(element, Some(ix), outline);
            }
        }
    }

    fn nodes(&mut self, outline: &Outline<'a>) -> Vec<Node> {
        let elements = &outline.elements;
        elements
            .iter()
            .map(|(e, id, scope)| self.node(e, id, *scope, outline))
            .collect()
    }

    fn node(
        &mut self,
        element: &'a Element,
        id: &str,
        scope: Option<NodeIx>,
        outline: &Outline<'a>,
    ) -> Node {
        let kind = self.kind(element, id, scope, outline);
        let (inputs, outputs) = self.parameters(element, id);
        Node {
            id: id.to_owned(),
            name: text_of(element, "name"),
            documentation: documentation(element),
            kind: kind.unwrap_or_else(|| NodeKind::Drawn(refused::figure(element))),
            scope,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            default_flow: None,
            boundary_events: Vec::new(),
            event_starts: Vec::new(),
            recurs: false,
            compensation: None,
            for_compensation: is_true(element.attribute("isForCompensation")),
            multi: self.multi_instance(element, id),
            async_before: is_true(camunda(element, "asyncBefore"))
                || is_true(camunda(element, "async")),
            async_after: is_true(camunda(element, "asyncAfter")),
            exclusive: !is_false(camunda(element, "exclusive")),
            inputs,
            outputs,
            execution_listeners: self.execution_listeners(element, id, NODE_EVENTS),
            properties: self.properties(element),
            retry_time_cycle: self.retry_time_cycle(element),
            job_priority: self.job_priority(element, id),
            position: element.position,
        }
    }

    /// What the element is; `None` when that was reported as a problem or cannot run.
    fn kind(
        &mut self,
        element: &'a Element,
        id: &str,
        scope: Option<NodeIx>,
        outline: &Outline<'a>,
    ) -> Option<NodeKind> {
        if self.refuse(element, id) {
            return None;
        }
        match element.name.as_str() {
            "startEvent" => self.start_event(element, id, scope, outline),
            "endEvent" => self.end_event(element, id, scope, outline),
            "intermediateCatchEvent" => self.catch_event(element, id),
            "intermediateThrowEvent" => self.throw_event(element, id, outline),
            "boundaryEvent" => self.boundary_event(element, id, scope, outline),
            "exclusiveGateway" => Some(NodeKind::ExclusiveGateway),
            "parallelGateway" => Some(NodeKind::ParallelGateway),
            "inclusiveGateway" => Some(NodeKind::InclusiveGateway),
            "eventBasedGateway" => Some(NodeKind::EventGateway),
            "subProcess" if is_true(element.attribute("triggeredByEvent")) => {
                Some(NodeKind::SubProcess(SubProcess::Event))
            }
            "subProcess" => Some(NodeKind::SubProcess(SubProcess::Embedded)),
            "transaction" => Some(NodeKind::SubProcess(SubProcess::Transaction)),
            _ => self.task(element, id),
        }
    }

    fn flows(&mut self, scope: &'a Element, outline: &Outline<'a>, process: &mut Process) {
        for element in &scope.children {
            if element.is(Namespace::Bpmn, "sequenceFlow") {
                self.flow(element, outline, process);
            } else if element.namespace == Namespace::Bpmn && refused::is_scope(&element.name) {
                self.flows(element, outline, process);
            }
        }
    }

    fn flow(&mut self, element: &'a Element, outline: &Outline<'a>, process: &mut Process) {
        let id = element
            .attribute("id")
            .map_or_else(|| made_up_id(element), |a| a.value.clone());
        let source = self.end(element, &id, "sourceRef", "source", outline);
        let target = self.end(element, &id, "targetRef", "destination", outline);
        let condition = element
            .first(Namespace::Bpmn, "conditionExpression")
            // One that is wrong is a condition all the same, and what is wrong is told.
            .map(|condition| self.condition(condition, &id).unwrap_or_else(never));
        let listeners = self.execution_listeners(element, &id, &["take"]);
        let (Some(source), Some(target)) = (source, target) else {
            return;
        };
        let (from, to) = (&process.nodes[source], &process.nodes[target]);
        if from.scope != to.scope {
            let message = format!(
                "the sequence flow leads from '{}' to '{}' across the border of a sub-process. \
                 End it inside and let the sub-process flow on",
                from.id, to.id
            );
            self.error(element.position, Some(&id), message);
            return;
        }
        let ix = process.flows.len();
        process.flows.push(Flow {
            id,
            name: text_of(element, "name"),
            source,
            target,
            condition,
            listeners,
        });
        process.nodes[source].outgoing.push(ix);
        process.nodes[target].incoming.push(ix);
    }

    /// The node at one end of a sequence flow.
    fn end(
        &mut self,
        element: &Element,
        id: &str,
        attribute: &str,
        end: &str,
        outline: &Outline<'a>,
    ) -> Option<NodeIx> {
        let Some(reference) = element.attribute(attribute) else {
            let message = format!("the sequence flow has no {attribute}. Connect its {end}");
            self.error(element.position, Some(id), message);
            return None;
        };
        let node = outline.index.get(reference.value.trim()).copied();
        if node.is_none() {
            let message = format!(
                "Invalid {end} '{}' of sequence flow '{id}': no such flow node in this process",
                reference.value
            );
            self.error(reference.position, Some(id), message);
        }
        node
    }

    fn default_flow(&mut self, element: &Element, ix: NodeIx, process: &mut Process) {
        let Some(default) = element.attribute("default") else {
            return;
        };
        let node = &process.nodes[ix];
        let flow = node
            .outgoing
            .iter()
            .find(|&&f| process.flows[f].id == default.value.trim());
        match flow {
            Some(&flow) => process.nodes[ix].default_flow = Some(flow),
            None => {
                let message = format!(
                    "the default flow '{}' is no sequence flow that leaves this element",
                    default.value
                );
                let id = node.id.clone();
                self.error(default.position, Some(&id), message);
            }
        }
    }
}

/// The host of a boundary event.
fn attached_to(kind: &NodeKind, outline: &Outline<'_>, ix: NodeIx) -> Option<NodeIx> {
    match kind {
        NodeKind::BoundaryEvent(event) => Some(event.attached_to),
        NodeKind::Drawn(_) => {
            let (element, _, scope) = outline.elements.get(ix)?;
            let host = element.attribute("attachedToRef")?;
            let host = *outline.index.get(host.value.trim())?;
            let (_, _, host_scope) = outline.elements.get(host)?;
            (host != ix && host_scope == scope).then_some(host)
        }
        _ => None,
    }
}

fn made_up_id(element: &Element) -> String {
    format!(
        "{}@{}:{}",
        element.name, element.position.line, element.position.column
    )
}

pub(super) fn text_of(element: &Element, attribute: &str) -> Option<String> {
    element
        .attribute(attribute)
        .map(|a| a.value.clone())
        .filter(|v| !v.trim().is_empty())
}

pub(super) fn documentation(element: &Element) -> Option<String> {
    let element = element.first(Namespace::Bpmn, "documentation")?;
    let text = element.text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The name of the pool whose process this is.
fn pool(root: &Element, process: &str) -> Option<String> {
    let participants = root
        .all(Namespace::Bpmn, "collaboration")
        .flat_map(|c| c.all(Namespace::Bpmn, "participant"));
    participants
        .filter(|p| {
            p.attribute("processRef")
                .is_some_and(|r| local(&r.value) == process)
        })
        .find_map(|p| text_of(p, "name"))
}

fn local(reference: &str) -> &str {
    reference.trim().rsplit(':').next().unwrap_or_default()
}

/// The innermost lanes with their nodes; what they name and is not there is no one's loss.
fn lanes(process: &Element, index: &HashMap<String, NodeIx>) -> Vec<Lane> {
    fn collect(set: &Element, index: &HashMap<String, NodeIx>, lanes: &mut IndexMap<String, Lane>) {
        for lane in set.all(Namespace::Bpmn, "lane") {
            let inner = lane.all(Namespace::Bpmn, "childLaneSet");
            let before = lanes.len();
            for set in inner {
                collect(set, index, lanes);
            }
            if lanes.len() > before {
                continue;
            }
            let id = text_of(lane, "id").unwrap_or_else(|| made_up_id(lane));
            let name = text_of(lane, "name").unwrap_or_else(|| id.clone());
            let nodes = lane
                .all(Namespace::Bpmn, "flowNodeRef")
                .filter_map(|r| index.get(r.text.trim()).copied())
                .collect();
            lanes.insert(id, Lane { name, nodes });
        }
    }
    let mut lanes = IndexMap::new();
    for set in process.all(Namespace::Bpmn, "laneSet") {
        collect(set, index, &mut lanes);
    }
    lanes.into_values().collect()
}

/// A condition in place of one that is wrong.
fn never() -> Script {
    Script::JavaScript("false".into())
}
