//! What does not run here, and what to do instead.
//!
//! To turn an element on: remove its line here, read it in `activity` or `event`.

use super::super::figure::Figure;
use super::super::xml::{Element, Namespace};
use super::{Reader, camunda, extensions};

/// What an implementation in Java becomes without one.
pub(super) const EXTERNAL: &str =
    "make it an external task (camunda:type=\"external\" and a topic)";

/// Elements that do not run, each with what to do instead.
const ELEMENTS: &[(&str, &str, &str)] = &[
    (
        "complexGateway",
        "a complex gateway",
        "use exclusive and parallel gateways",
    ),
    (
        "adHocSubProcess",
        "an ad-hoc sub-process",
        "use a sub-process with sequence flows",
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
        let entry = ELEMENTS.iter().find(|(name, ..)| *name == element.name);
        if let Some((_, what, instead)) = entry {
            self.does_not_run(element, id, what, instead);
        }
        self.refuse_traits(element, id);
        self.refuse_implementations(element, id);
        self.problems.len() > before
    }

    pub(super) fn does_not_run(&mut self, at: &Element, id: &str, what: &str, instead: &str) {
        let message = format!("{what} does not run here: {instead}");
        self.error(at.position, Some(id), message);
    }

    /// What only some elements may have.
    fn refuse_traits(&mut self, element: &Element, id: &str) {
        if matches!(
            element.name.as_str(),
            "serviceTask" | "sendTask" | "businessRuleTask"
        ) {
            return;
        }
        for connector in extensions(element, "connector") {
            let instead = "put it on a service, send or business rule task, or on the \
                           messageEventDefinition of an event that throws";
            self.does_not_run(connector, id, "a connector at this place", instead);
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
                if self.purpose.java().delegates_as_topics {
                    break;
                }
                if let Some(attribute) = camunda(at, attribute) {
                    let message = format!(
                        "{what} ('{}') needs a JVM: {EXTERNAL}, or deploy with \
                         --delegates-as-topics to have its name as topic",
                        attribute.value
                    );
                    self.error(attribute.position, Some(id), message);
                }
            }
        }
        let kind = camunda(element, "type").filter(|a| a.value.trim() != "external");
        if let Some(kind) = kind {
            let instead = match kind.value.trim() {
                "mail" => {
                    "send it by a connector (camunda:connector with the connectorId mail-send)"
                }
                _ => EXTERNAL,
            };
            let message = format!(
                "a task of camunda:type=\"{}\" does not run here: {instead}",
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
