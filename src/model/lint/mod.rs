//! What may be meant otherwise in a model that deploys: what nothing leads to, what leads
//! nowhere, joins that can wait for ever, variables that nobody sets, and constants that can not
//! work.

mod constants;

use super::graph::{
    ExternalTask, FlowIx, Node, NodeIx, NodeKind, Parameter, ParameterValue, Process, Sender,
    Source, SubProcess, Throw, Trigger,
};
use super::script::Script;
use super::{Position, Problem, Severity};
use std::collections::{BTreeMap, HashSet};

/// Looks at a process that was read without errors.
pub fn lint(file: &str, process: &Process) -> Vec<Problem> {
    let mut lint = Lint {
        file,
        process,
        found: Vec::new(),
    };
    lint.unreachable();
    lint.dead_ends();
    lint.joins();
    lint.variables();
    lint.constants();
    lint.found.sort_by_key(|problem| problem.position);
    lint.found
}

struct Lint<'a> {
    file: &'a str,
    process: &'a Process,
    found: Vec<Problem>,
}

impl Lint<'_> {
    fn warn(&mut self, at: Position, element: &str, message: String) {
        self.found.push(Problem {
            severity: Severity::Warning,
            file: self.file.to_owned(),
            position: at,
            element: Some(element.to_owned()),
            message,
        });
    }

    /// Nodes that no token can come to.
    fn unreachable(&mut self) {
        let process = self.process;
        let mut seen: HashSet<NodeIx> = HashSet::new();
        let mut open: Vec<NodeIx> = (0..process.nodes.len())
            .filter(|&ix| {
                let node = &process.nodes[ix];
                matches!(node.kind, NodeKind::StartEvent(_)) || node.for_compensation
            })
            .collect();
        while let Some(ix) = open.pop() {
            if !seen.insert(ix) {
                continue;
            }
            let node = &process.nodes[ix];
            open.extend(node.outgoing.iter().map(|&flow| process.flows[flow].target));
            open.extend(&node.boundary_events);
            open.extend(node.scope);
            open.extend(node.compensation);
            if let NodeKind::ThrowEvent(Throw::Link(name)) = &node.kind {
                open.extend((0..process.nodes.len()).filter(|&other| {
                    let trigger = &process.nodes[other].kind;
                    matches!(trigger, NodeKind::CatchEvent(Trigger::Link(n)) if n == name)
                }));
            }
        }
        for (ix, node) in process.nodes.iter().enumerate() {
            // A start event leads to its sub-process here, but only a token begins one.
            let entered = !matches!(
                node.kind,
                NodeKind::SubProcess(SubProcess::Embedded | SubProcess::Transaction)
            ) || !node.incoming.is_empty()
                || node.for_compensation;
            if !seen.contains(&ix) || !entered {
                let message = "nothing leads here. Connect it, or remove it".to_owned();
                self.warn(node.position, &node.id, message);
            }
        }
    }

    /// Tokens that stop somewhere else than at an end event.
    fn dead_ends(&mut self) {
        for node in &self.process.nodes {
            let ends = matches!(
                node.kind,
                NodeKind::EndEvent(_)
                    | NodeKind::ThrowEvent(Throw::Link(_))
                    | NodeKind::SubProcess(SubProcess::Event)
            );
            let compensates = matches!(&node.kind, NodeKind::BoundaryEvent(e) if e.trigger == Trigger::Compensation);
            if node.outgoing.is_empty() && !ends && !node.for_compensation && !compensates {
                let message =
                    "the way ends here without an end event. Lead it on, or end it".to_owned();
                self.warn(node.position, &node.id, message);
            }
        }
    }

    /// Parallel joins whose tokens may never all come: of two that it waits for, an exclusive
    /// choice sends only one.
    fn joins(&mut self) {
        let process = self.process;
        for (ix, node) in process.nodes.iter().enumerate() {
            if !matches!(node.kind, NodeKind::ParallelGateway) || node.incoming.len() < 2 {
                continue;
            }
            let behind: Vec<HashSet<FlowIx>> = node
                .incoming
                .iter()
                .map(|&flow| self.flows_leading_over(flow, ix))
                .collect();
            let alone = behind.iter().enumerate().any(|(at, flows)| {
                let others = behind.iter().enumerate().filter(|(other, _)| *other != at);
                !others
                    .into_iter()
                    .any(|(_, others)| self.forked(flows, others))
            });
            if alone {
                let message = "this join waits for a token from each flow, but no fork sends \
                               them all: it can wait for ever. Join by an exclusive or inclusive \
                               gateway"
                    .to_owned();
                self.warn(node.position, &node.id, message);
            }
        }
    }

    /// All flows from which tokens come to a join over this flow.
    fn flows_leading_over(&self, flow: FlowIx, join: NodeIx) -> HashSet<FlowIx> {
        let mut found = HashSet::from([flow]);
        let mut open = vec![flow];
        while let Some(flow) = open.pop() {
            let source = self.process.flows[flow].source;
            if source == join {
                continue;
            }
            let node = &self.process.nodes[source];
            let mut before: Vec<FlowIx> = node.incoming.clone();
            if let NodeKind::BoundaryEvent(event) = &node.kind {
                before.extend(&self.process.nodes[event.attached_to].incoming);
            }
            open.extend(before.into_iter().filter(|&flow| found.insert(flow)));
        }
        found
    }

    /// True when some node sends tokens over flows of both sets at once.
    fn forked(&self, one: &HashSet<FlowIx>, other: &HashSet<FlowIx>) -> bool {
        self.process.nodes.iter().any(|node| {
            let forks = !matches!(
                node.kind,
                NodeKind::ExclusiveGateway | NodeKind::EventGateway
            );
            let boundary = node.boundary_events.iter().any(|&ix| {
                let event = &self.process.nodes[ix];
                let beside = matches!(&event.kind, NodeKind::BoundaryEvent(e) if !e.interrupting);
                beside
                    && event
                        .outgoing
                        .iter()
                        .any(|flow| one.contains(flow) || other.contains(flow))
            });
            let outgoing = &node.outgoing;
            let first = outgoing.iter().find(|flow| one.contains(flow));
            let second = outgoing
                .iter()
                .any(|flow| other.contains(flow) && (Some(flow) != first || one.len() > 1));
            let two = outgoing.len() > 1 && first.is_some() && second;
            forks && (two || boundary && (first.is_some() || second))
        })
    }

    /// Variables that expressions name and nothing in the model sets.
    fn variables(&mut self) {
        let mut named: BTreeMap<String, (Position, String)> = BTreeMap::new();
        let mut set: HashSet<String> = HashSet::new();
        let mut opaque = false;
        for node in &self.process.nodes {
            self.of_node(node, &mut named, &mut set, &mut opaque);
        }
        for flow in &self.process.flows {
            let node = &self.process.nodes[flow.source];
            if let Some(condition) = &flow.condition {
                names(condition, node.position, &flow.id, &mut named);
            }
        }
        // Scripts, called processes and workers may set anything.
        if opaque {
            return;
        }
        for (name, (at, element)) in named {
            if !set.contains(&name) && !BUILT_IN.contains(&name.as_str()) {
                let message = format!(
                    "the variable '{name}' is set by no form, parameter, result or mapping of the \
                     model. Whoever starts it must give it"
                );
                self.warn(at, &element, message);
            }
        }
    }

    fn of_node(
        &self,
        node: &Node,
        named: &mut BTreeMap<String, (Position, String)>,
        set: &mut HashSet<String>,
        opaque: &mut bool,
    ) {
        for parameter in node.inputs.iter().chain(&node.outputs) {
            set.insert(parameter.name.clone());
            if let ParameterValue::Text(template) = &parameter.value {
                let script = Script::Juel(template.clone());
                names(&script, node.position, &node.id, named);
            }
        }
        if let Some(multi) = &node.multi {
            set.extend(multi.element.clone());
        }
        let fields = |form: &Option<super::Form>, set: &mut HashSet<String>| {
            let fields = form.iter().flat_map(|form| &form.fields);
            set.extend(fields.map(|field| field.id.clone()));
        };
        match &node.kind {
            NodeKind::StartEvent(event) => {
                fields(&event.form, set);
                set.extend(event.initiator.clone());
                *opaque |= event.linked_form.is_some();
            }
            NodeKind::UserTask(task) => {
                fields(&task.form, set);
                *opaque |= task.linked_form.is_some();
            }
            NodeKind::ExpressionTask(task) => {
                set.extend(task.result_variable.clone());
                let script = Script::Juel(task.expression.clone());
                names(&script, node.position, &node.id, named);
            }
            NodeKind::ScriptTask(task) => {
                set.extend(task.result_variable.clone());
                *opaque |= matches!(task.script, Script::JavaScript(_));
                names(&task.script, node.position, &node.id, named);
            }
            NodeKind::BusinessRuleTask(task) => set.extend(task.result_variable.clone()),
            NodeKind::CallActivity(call) => {
                *opaque |= call.outputs.iter().any(|m| m.source == Source::All);
                set.extend(call.outputs.iter().filter_map(|m| m.target.clone()));
            }
            NodeKind::ExternalTask(task) => of_worker(task, node, named, set, opaque),
            NodeKind::EndEvent(Throw::Message(Some(sender)))
            | NodeKind::ThrowEvent(Throw::Message(Some(sender))) => {
                if let Sender::External(task) = &**sender {
                    of_worker(task, node, named, set, opaque);
                }
            }
            _ => {}
        }
        if let Some(Trigger::Error {
            code_variable,
            message_variable,
            ..
        }) = trigger(&node.kind)
        {
            set.extend(code_variable.clone());
            set.extend(message_variable.clone());
        }
        if matches!(
            trigger(&node.kind),
            Some(Trigger::Message(_) | Trigger::Signal(_))
        ) || matches!(node.kind, NodeKind::ReceiveTask { .. })
        {
            *opaque = true;
        }
    }
}

/// What a worker sets nobody knows; of a connector the model says it.
fn of_worker(
    task: &ExternalTask,
    node: &Node,
    named: &mut BTreeMap<String, (Position, String)>,
    set: &mut HashSet<String>,
    opaque: &mut bool,
) {
    let Some(connector) = &task.connector else {
        *opaque = true;
        return;
    };
    for (at, input) in connector.inputs.iter().enumerate() {
        if let ParameterValue::Text(template) = &input.value {
            let mut found = BTreeMap::new();
            let script = Script::Juel(template.clone());
            names(&script, node.position, &node.id, &mut found);
            // A parameter sees those before it.
            found.retain(|name, _| !connector.inputs[..at].iter().any(|p| p.name == *name));
            found.append(named);
            *named = found;
        }
    }
    let scripts = |list: &[Parameter]| {
        let mut values = list.iter().map(|parameter| &parameter.value);
        values.any(|value| matches!(value, ParameterValue::Script(Script::JavaScript(_))))
    };
    *opaque |= scripts(&connector.inputs) || scripts(&connector.outputs);
    set.extend(connector.outputs.iter().map(|output| output.name.clone()));
}

/// Names that mean something everywhere.
const BUILT_IN: &[&str] = &[
    "execution",
    "task",
    "loopCounter",
    "nrOfInstances",
    "nrOfActiveInstances",
    "nrOfCompletedInstances",
    "authenticatedUserId",
];

fn trigger(kind: &NodeKind) -> Option<&Trigger> {
    match kind {
        NodeKind::StartEvent(event) => Some(&event.trigger),
        NodeKind::CatchEvent(trigger) => Some(trigger),
        NodeKind::BoundaryEvent(event) => Some(&event.trigger),
        _ => None,
    }
}

fn names(
    script: &Script,
    at: Position,
    element: &str,
    named: &mut BTreeMap<String, (Position, String)>,
) {
    let found: Vec<String> = match script {
        Script::Juel(template) => template.variables().to_vec(),
        Script::Feel(expression) => expression.names().map(str::to_owned).collect(),
        Script::JavaScript(_) => Vec::new(),
    };
    for name in found {
        named
            .entry(name)
            .or_insert_with(|| (at, element.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::read;

    fn findings(inside: &str) -> Vec<String> {
        let xml = format!(
            r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
            <message id="m" name="m" /><process id="p" isExecutable="true">{inside}</process></definitions>"#
        );
        let model = read("a.bpmn", xml.as_bytes()).expect("a sound model");
        let found = lint("a.bpmn", &model.processes[0]);
        let short = |problem: Problem| {
            let words: Vec<&str> = problem.message.split_whitespace().take(3).collect();
            format!(
                "{}: {}",
                problem.element.unwrap_or_default(),
                words.join(" ")
            )
        };
        found.into_iter().map(short).collect()
    }

    fn flow(from: &str, to: &str, rest: &str) -> String {
        format!(
            r#"<sequenceFlow id="{from}-{to}" sourceRef="{from}" targetRef="{to}">{rest}</sequenceFlow>"#
        )
    }

    fn when(text: &str) -> String {
        format!("<conditionExpression>{text}</conditionExpression>")
    }

    #[test]
    fn a_sound_model_has_nothing() {
        let nodes = r#"<startEvent id="s"><extensionElements><camunda:formData><camunda:formField id="x" type="long"/></camunda:formData></extensionElements></startEvent>
            <parallelGateway id="fork"/><userTask id="a"/><userTask id="b"/><parallelGateway id="join"/><exclusiveGateway id="g"/><endEvent id="e"/><endEvent id="f"/>"#;
        let flows = [
            flow("s", "fork", ""),
            flow("fork", "a", ""),
            flow("fork", "b", ""),
            flow("a", "join", ""),
            flow("b", "join", ""),
            flow("join", "g", ""),
            flow("g", "e", &when("${x == 1}")),
            flow("g", "f", &when("${x != 1}")),
        ];
        assert_eq!(
            findings(&format!("{nodes}{}", flows.concat())),
            Vec::<String>::new()
        );
    }

    #[test]
    fn tells_what_is_not_reached_and_what_leads_nowhere() {
        let nodes =
            r#"<startEvent id="s"/><userTask id="a"/><userTask id="island"/><endEvent id="e"/>"#;
        let flows = [flow("s", "a", ""), flow("island", "e", "")];
        assert_eq!(
            findings(&format!("{nodes}{}", flows.concat())),
            [
                "a: the way ends",
                "island: nothing leads here.",
                "e: nothing leads here."
            ]
        );
    }

    #[test]
    fn tells_a_join_behind_a_choice() {
        let nodes = r#"<startEvent id="s"/><exclusiveGateway id="g"/><userTask id="a"/><userTask id="b"/><parallelGateway id="join"/><endEvent id="e"/>"#;
        let flows = [
            flow("s", "g", ""),
            flow("g", "a", &when("${true}")),
            flow("g", "b", &when("${false}")),
            flow("a", "join", ""),
            flow("b", "join", ""),
            flow("join", "e", ""),
        ];
        assert_eq!(
            findings(&format!("{nodes}{}", flows.concat())),
            ["join: this join waits"]
        );
    }

    #[test]
    fn tells_what_can_only_fail() {
        let task = |attributes: &str, inside: &str| {
            let flows = flow("s", "t", "") + &flow("t", "e", "");
            format!(
                r#"<startEvent id="s" /> <userTask id="t" {attributes}>{inside}</userTask> <endEvent id="e" /> {flows}"#
            )
        };
        let cycle = |cycle: &str| {
            format!(
                "<extensionElements><camunda:failedJobRetryTimeCycle>{cycle}</camunda:failedJobRetryTimeCycle></extensionElements>"
            )
        };
        for (attributes, inside, expected) in [
            (
                r#"camunda:priority="high""#,
                String::new(),
                "t: camunda:priority is 'high':",
            ),
            (
                r#"camunda:dueDate="tomorrow""#,
                String::new(),
                "t: camunda:dueDate is 'tomorrow':",
            ),
            (
                r#"camunda:followUpDate="1""#,
                String::new(),
                "t: camunda:followUpDate is '1':",
            ),
            (
                "",
                cycle("R3/5minutes"),
                "t: camunda:failedJobRetryTimeCycle is 'R3/5minutes',",
            ),
        ] {
            assert_eq!(findings(&task(attributes, &inside)), [expected]);
        }
        for attributes in [
            r#"camunda:priority="10" camunda:dueDate="P2D" camunda:followUpDate="2026-01-31""#,
            r#"camunda:priority="${1}" camunda:dueDate="${now()}""#,
        ] {
            assert!(findings(&task(attributes, &cycle("R3/PT5M"))).is_empty());
            assert!(findings(&task(attributes, &cycle("${'x'}"))).is_empty());
        }

        let script = |text: &str| {
            let flows = flow("s", "t", "") + &flow("t", "e", "");
            format!(
                r#"<startEvent id="s" /> <scriptTask id="t" scriptFormat="javascript"><script>{text}</script></scriptTask> <endEvent id="e" /> {flows}"#
            )
        };
        for java in [
            "Java.type('java.util.Date')",
            "new java.text.SimpleDateFormat('y')",
        ] {
            assert_eq!(findings(&script(java)), ["t: the script uses"]);
        }
        for plain in [
            "execution.setVariable('x', JSON.parse('1'))",
            "var E = Java.type('org.camunda.bpm.engine.delegate.BpmnError'); throw new E('X')",
            "throw new org.camunda.bpm.engine.delegate.BpmnError('X')",
        ] {
            assert!(findings(&script(plain)).is_empty(), "{plain}");
        }

        let split = format!(
            r#"<startEvent id="s" /> <exclusiveGateway id="g" default="g-e" /> <endEvent id="e" /> <endEvent id="f" /> {}{}{}"#,
            flow("s", "g", ""),
            flow("g", "e", ""),
            flow("g", "f", &when("amount &gt; 5")),
        );
        assert_eq!(findings(&split), ["g-f: the condition 'amount"]);
    }

    #[test]
    fn tells_a_variable_that_nobody_sets() {
        let nodes =
            r#"<startEvent id="s"/><exclusiveGateway id="g"/><endEvent id="e"/><endEvent id="f"/>"#;
        let flows = [
            flow("s", "g", ""),
            flow("g", "e", &when("${amount > 1}")),
            flow("g", "f", &when("${amount <= 1}").replace("<=", "&lt;=")),
        ];
        assert_eq!(
            findings(&format!("{nodes}{}", flows.concat())),
            ["g-e: the variable 'amount'"]
        );
    }
}
