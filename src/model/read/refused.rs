//! What does not run here, and what to do instead.
//!
//! To turn an element on: remove its line here, read it in `activity` or `event`.

use super::super::figure::Figure;
use super::super::xml::{Element, Namespace};
use super::{Reader, camunda, extensions, is_true};

/// What an implementation in Java becomes without one.
pub(super) const EXTERNAL: &str =
    "make it an external task (camunda:type=\"external\" and a topic)";

/// Elements that do not run, each with what to do instead.
const ELEMENTS: &[(&str, &str, &str)] = &[
    (
        "inclusiveGateway",
        "an inclusive gateway",
        "use exclusive and parallel gateways",
    ),
    (
        "complexGateway",
        "a complex gateway",
        "use exclusive and parallel gateways",
    ),
    (
        "eventBasedGateway",
        "an event-based gateway",
        "use a receive task with a boundary timer",
    ),
    (
        "callActivity",
        "a call activity",
        "put the called process inside as a sub-process",
    ),
    (
        "transaction",
        "a transaction",
        "use a sub-process with error boundary events",
    ),
    (
        "adHocSubProcess",
        "an ad-hoc sub-process",
        "use a sub-process with sequence flows",
    ),
    (
        "scriptTask",
        "a script task",
        "use an expression, or an external task whose worker runs the script",
    ),
    (
        "implicitThrowEvent",
        "an implicit throw event",
        "use an intermediate throw event",
    ),
    (
        "callChoreography",
        "a choreography",
        "model it as a process",
    ),
    (
        "choreographyTask",
        "a choreography",
        "model it as a process",
    ),
    ("subChoreography", "a choreography", "model it as a process"),
];

/// Event definitions that do not run, each with what to do instead.
const EVENT_DEFINITIONS: &[(&str, &str, &str)] = &[
    (
        "signalEventDefinition",
        "a signal event",
        "use a message event",
    ),
    (
        "escalationEventDefinition",
        "an escalation event",
        "use an error event",
    ),
    (
        "conditionalEventDefinition",
        "a conditional event",
        "use a message event, sent when the condition holds",
    ),
    (
        "compensateEventDefinition",
        "a compensation event",
        "use sequence flows to tasks that undo",
    ),
    (
        "cancelEventDefinition",
        "a cancel event",
        "use an error event",
    ),
    (
        "linkEventDefinition",
        "a link event",
        "connect both ends by a sequence flow",
    ),
];

/// Attributes that name Java code or something else that cannot run.
const IMPLEMENTATIONS: &[(&str, &str)] = &[
    ("class", "a Java class"),
    ("delegateExpression", "a delegate expression"),
];

pub(super) fn is_flow_node(name: &str) -> bool {
    name.ends_with("Task")
        || name.ends_with("Gateway")
        || name.ends_with("Event")
        || name == "task"
        || name == "callActivity"
        || is_scope(name)
        || matches!(name, "callChoreography" | "subChoreography")
}

pub(super) fn is_scope(name: &str) -> bool {
    matches!(name, "subProcess" | "transaction" | "adHocSubProcess")
}

/// What an element looks like, whether it runs or not.
pub(super) fn figure(element: &Element) -> Figure {
    let mark = event_mark(element);
    match element.name.as_str() {
        "startEvent" => Figure::StartEvent(mark),
        "endEvent" => Figure::EndEvent(mark),
        "boundaryEvent" => Figure::BoundaryEvent(mark),
        "exclusiveGateway" => Figure::Gateway(Some('X')),
        "parallelGateway" => Figure::Gateway(Some('+')),
        "inclusiveGateway" => Figure::Gateway(Some('O')),
        "eventBasedGateway" => Figure::Gateway(Some('E')),
        "complexGateway" => Figure::Gateway(Some('*')),
        name if is_scope(name) => Figure::SubProcess,
        name if name.ends_with("Event") => Figure::IntermediateEvent(mark),
        _ => Figure::Task,
    }
}

fn event_mark(element: &Element) -> Option<char> {
    let mut marks = event_definitions(element).map(|definition| match definition.name.as_str() {
        "timerEventDefinition" => 't',
        "messageEventDefinition" => 'm',
        "errorEventDefinition" => '!',
        "signalEventDefinition" => 's',
        "escalationEventDefinition" => '^',
        "conditionalEventDefinition" => 'c',
        "compensateEventDefinition" => '<',
        "cancelEventDefinition" => 'x',
        "linkEventDefinition" => '>',
        "terminateEventDefinition" => '#',
        _ => '?',
    });
    let first = marks.next()?;
    Some(if marks.next().is_some() { '*' } else { first })
}

/// The event definitions in an event.
pub(super) fn event_definitions(element: &Element) -> impl Iterator<Item = &Element> {
    let of_bpmn = element
        .children
        .iter()
        .filter(|c| c.namespace == Namespace::Bpmn);
    of_bpmn.filter(|c| c.name.ends_with("EventDefinition"))
}

impl Reader<'_> {
    /// True when the element cannot run, which is reported.
    pub(super) fn refuse(&mut self, element: &Element, id: &str) -> bool {
        let before = self.problems.len();
        let entry = |table: &'static [(&str, &str, &str)], name: &str| {
            table.iter().find(|(element, ..)| *element == name).copied()
        };
        if let Some((_, what, instead)) = entry(ELEMENTS, &element.name) {
            self.does_not_run(element, id, what, instead);
        }
        for definition in event_definitions(element) {
            if let Some((_, what, instead)) = entry(EVENT_DEFINITIONS, &definition.name) {
                self.does_not_run(definition, id, what, instead);
            }
        }
        self.refuse_traits(element, id);
        self.refuse_implementations(element, id);
        self.problems.len() > before
    }

    pub(super) fn does_not_run(&mut self, at: &Element, id: &str, what: &str, instead: &str) {
        let message = format!("{what} does not run here: {instead}");
        self.error(at.position, Some(id), message);
    }

    /// What any activity may have.
    fn refuse_traits(&mut self, element: &Element, id: &str) {
        if let Some(loops) = element.first(Namespace::Bpmn, "multiInstanceLoopCharacteristics") {
            let instead = "start one instance for each, or lead a flow back to repeat it";
            self.does_not_run(loops, id, "multi-instance", instead);
        }
        if is_true(element.attribute("isForCompensation")) {
            let instead = "use sequence flows to tasks that undo";
            self.does_not_run(element, id, "a compensation handler", instead);
        }
        if is_true(element.attribute("triggeredByEvent")) {
            let instead = "use a boundary event on a sub-process";
            self.does_not_run(element, id, "an event sub-process", instead);
        }
        for connector in extensions(element, "connector") {
            let instead = "make it an external task (camunda:type=\"external\" and a topic) \
                           whose worker calls the service";
            self.does_not_run(connector, id, "a connector", instead);
        }
    }

    /// What needs a Java virtual machine.
    fn refuse_implementations(&mut self, element: &Element, id: &str) {
        let events = element
            .children
            .iter()
            .filter(|c| c.name == "messageEventDefinition");
        for at in std::iter::once(element).chain(events) {
            for (attribute, what) in IMPLEMENTATIONS {
                if let Some(attribute) = camunda(at, attribute) {
                    let message = format!("{what} ('{}') needs a JVM: {EXTERNAL}", attribute.value);
                    self.error(attribute.position, Some(id), message);
                }
            }
        }
        let kind = camunda(element, "type").filter(|a| a.value.trim() != "external");
        if let Some(kind) = kind {
            let message = format!(
                "a task of camunda:type=\"{}\" does not run here: {EXTERNAL}",
                kind.value
            );
            self.error(kind.position, Some(id), message);
        }
        for (attribute, what) in [
            ("variableMappingClass", "a mapping class"),
            ("variableMappingDelegateExpression", "a mapping delegate"),
        ] {
            if let Some(attribute) = camunda(element, attribute) {
                let message =
                    format!("{what} needs a JVM: map the variables by camunda:in and camunda:out");
                self.error(attribute.position, Some(id), message);
            }
        }
        if let Some(handler) = camunda(element, "formHandlerClass") {
            let message = "a form handler class needs a JVM: use camunda:formData alone";
            self.error(handler.position, Some(id), message);
        }
    }
}
