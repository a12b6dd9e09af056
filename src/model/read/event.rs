//! Events that catch: their places and their triggers.

use super::super::graph::{BoundaryEvent, Conditional, NodeIx, NodeKind, StartEvent, Trigger};
use super::super::xml::{Element, Namespace};
use super::process::Outline;
use super::refused::event_definitions;
use super::{Reader, camunda, camunda_text, comma_list, is_false, is_true};

impl<'a> Reader<'a> {
    pub(super) fn start_event(
        &mut self,
        element: &'a Element,
        id: &str,
        scope: Option<NodeIx>,
        outline: &Outline<'a>,
    ) -> Option<NodeKind> {
        let around = scope.and_then(|ix| outline.elements.get(ix));
        let by_event = around.is_some_and(|(e, ..)| is_true(e.attribute("triggeredByEvent")));
        let trigger = self.trigger(element, id)?;
        let refused = match (&trigger, around.is_some(), by_event) {
            (Trigger::None, _, true) => Some(
                "start event of event subprocess must be of type 'error', 'message', 'timer', \
                 'signal', 'compensation', 'conditional' or 'escalation'. Choose one",
            ),
            (Trigger::Cancel | Trigger::Link(_), ..) => {
                Some("a cancel or link event starts nothing. Choose another event type")
            }
            (Trigger::Error { .. }, _, false) => Some(
                "errorEventDefinition only allowed on start event if it starts an event \
                 sub-process: use a boundary event",
            ),
            (Trigger::Escalation { .. } | Trigger::Compensation, _, false) => Some(
                "an escalation or compensation starts an event sub-process only: use a boundary \
                 event",
            ),
            (Trigger::None, ..) | (_, false, _) | (_, _, true) => None,
            _ => Some(
                "a sub-process starts by a none start event: wait for the trigger by a catch \
                 event behind it",
            ),
        };
        if let Some(message) = refused {
            self.error(element.position, Some(id), message);
            return None;
        }
        if let (Trigger::Message(name), None) = (&trigger, scope)
            && !name.is_literal()
        {
            let message = format!(
                "Invalid message name '{}': expressions in the message start event name are not \
                 allowed! Write the name itself",
                name.source()
            );
            self.error(element.position, Some(id), message);
            return None;
        }
        let always = matches!(trigger, Trigger::Error { .. } | Trigger::Compensation);
        let interrupting = !is_false(element.attribute("isInterrupting"));
        if by_event && matches!(trigger, Trigger::Error { .. }) && !interrupting {
            let message = "error start event of event subprocess must be interrupting: remove \
                           isInterrupting=\"false\"";
            self.error(element.position, Some(id), message);
        }
        Some(NodeKind::StartEvent(StartEvent {
            trigger,
            interrupting: interrupting || always,
            form: self.form(element, id),
            linked_form: self.linked_form(element, id),
            initiator: camunda_text(element, "initiator"),
        }))
    }

    pub(super) fn catch_event(&mut self, element: &'a Element, id: &str) -> Option<NodeKind> {
        match self.trigger(element, id)? {
            Trigger::None
            | Trigger::Error { .. }
            | Trigger::Escalation { .. }
            | Trigger::Compensation
            | Trigger::Cancel => {
                let message = "Unsupported intermediate catch event type: give it a timer, a \
                               message, a signal, a condition or a link";
                self.error(element.position, Some(id), message);
                None
            }
            trigger => Some(NodeKind::CatchEvent(trigger)),
        }
    }

    pub(super) fn boundary_event(
        &mut self,
        element: &'a Element,
        id: &str,
        scope: Option<NodeIx>,
        outline: &Outline<'a>,
    ) -> Option<NodeKind> {
        let trigger = self.trigger(element, id);
        let attached_to = self.host(element, id, scope, outline);
        let (trigger, attached_to) = (trigger?, attached_to?);
        let host = outline.elements.get(attached_to);
        let host = host.map_or("", |(host, ..)| host.name.as_str());
        let refused = match &trigger {
            Trigger::None | Trigger::Link(_) => Some(
                "Unsupported boundary event type: give it a timer, a message, an error or another \
                 event that interrupts",
            ),
            Trigger::Cancel if host != "transaction" => Some(
                "boundary event with cancelEventDefinition only supported on transaction \
                 subprocesses. Attach it to one",
            ),
            Trigger::Escalation { .. }
                if !matches!(
                    host,
                    "subProcess" | "transaction" | "callActivity" | "userTask"
                ) =>
            {
                Some(
                    "An escalation boundary event should only be attached to a subprocess, a call \
                     activity or an user task",
                )
            }
            _ => None,
        };
        if let Some(message) = refused {
            self.error(element.position, Some(id), message);
            return None;
        }
        let always = matches!(trigger, Trigger::Error { .. } | Trigger::Cancel);
        let interrupting = always || !is_false(element.attribute("cancelActivity"));
        Some(NodeKind::BoundaryEvent(BoundaryEvent {
            attached_to,
            interrupting,
            trigger,
        }))
    }

    fn host(
        &mut self,
        element: &Element,
        id: &str,
        scope: Option<NodeIx>,
        outline: &Outline<'a>,
    ) -> Option<NodeIx> {
        let Some(reference) = element.attribute("attachedToRef") else {
            let message = "AttachedToRef is required: attach the boundary event to an activity";
            self.error(element.position, Some(id), message);
            return None;
        };
        let host = outline.index.get(reference.value.trim()).copied();
        let fits = host
            .and_then(|ix| outline.elements.get(ix))
            .is_some_and(|(host, _, around)| {
                *around == scope && !host.name.ends_with("Event") && !host.name.ends_with("Gateway")
            });
        if !fits {
            let message = format!(
                "Invalid reference in boundary event. Make sure that the referenced activity '{}' \
                 is defined in the same scope as the boundary event",
                reference.value
            );
            self.error(reference.position, Some(id), message);
            return None;
        }
        host
    }

    /// The only event definition; the outer `None` when there are several.
    pub(super) fn definition_in(
        &mut self,
        element: &'a Element,
        id: &str,
    ) -> Option<Option<&'a Element>> {
        let by_reference = element
            .children
            .iter()
            .find(|c| c.is(Namespace::Bpmn, "eventDefinitionRef"));
        if let Some(reference) = by_reference {
            let message = "an event definition by reference does not run here: \
                           put the definition inside the event";
            self.error(reference.position, Some(id), message);
            return None;
        }
        let mut definitions = event_definitions(element);
        let first = definitions.next();
        if let Some(second) = definitions.next() {
            let message = "an event has one event definition: make each further one its own event";
            self.error(second.position, Some(id), message);
            return None;
        }
        Some(first)
    }

    fn trigger(&mut self, element: &'a Element, id: &str) -> Option<Trigger> {
        let Some(definition) = self.definition_in(element, id)? else {
            let parallel = is_true(element.attribute("parallelMultiple"));
            return (!parallel).then_some(Trigger::None);
        };
        match definition.name.as_str() {
            "timerEventDefinition" => self.timer(definition, id).map(Trigger::Timer),
            "messageEventDefinition" => {
                let Some(reference) = definition.attribute("messageRef") else {
                    let message = "attribute 'messageRef' is required: choose the message";
                    self.error(definition.position, Some(id), message);
                    return None;
                };
                let name = self.message(&reference.value, reference.position, id)?;
                Some(Trigger::Message(name))
            }
            "errorEventDefinition" => self.error_trigger(definition, id),
            "signalEventDefinition" => self.signal(definition, id).map(Trigger::Signal),
            "escalationEventDefinition" => self.escalation_trigger(definition, id),
            "conditionalEventDefinition" => self.conditional(definition, id),
            "compensateEventDefinition" => Some(Trigger::Compensation),
            "cancelEventDefinition" => Some(Trigger::Cancel),
            "linkEventDefinition" => self.link(definition, id).map(Trigger::Link),
            name => self.unfit(definition, id, name, "event that catches"),
        }
    }

    pub(super) fn unfit<T>(
        &mut self,
        at: &Element,
        id: &str,
        definition: &str,
        event: &str,
    ) -> Option<T> {
        let message = format!("<{definition}> does not fit an {event}. Choose another event type");
        self.error(
            at.position,
            Some(id),
            message.replace("an throw", "a throw"),
        );
        None
    }

    fn error_trigger(&mut self, definition: &'a Element, id: &str) -> Option<Trigger> {
        let code = match definition.attribute("errorRef") {
            None => None,
            // Camunda takes a reference to nothing for the code itself.
            Some(reference) => match self.definition(&reference.value) {
                Some(error) => error.attribute("errorCode").map(|a| a.value.clone()),
                None => Some(reference.value.clone()),
            },
        };
        let code = code.filter(|c| !c.trim().is_empty());
        if code
            .as_deref()
            .is_some_and(|c| c.contains("${") || c.contains("#{"))
        {
            let message = "an error code is a plain text: write the code itself";
            self.error(definition.position, Some(id), message);
            return None;
        }
        Some(Trigger::Error {
            code,
            code_variable: camunda_text(definition, "errorCodeVariable"),
            message_variable: camunda_text(definition, "errorMessageVariable"),
        })
    }

    fn escalation_trigger(&mut self, definition: &'a Element, id: &str) -> Option<Trigger> {
        let code = match definition.attribute("escalationRef") {
            None => None,
            Some(reference) => {
                let at = reference.position;
                let escalation = self.referred(&reference.value, "escalation", at, id)?;
                escalation
                    .attribute("escalationCode")
                    .map(|a| a.value.clone())
            }
        };
        Some(Trigger::Escalation {
            code: code.filter(|c| !c.trim().is_empty()),
            code_variable: camunda_text(definition, "escalationCodeVariable"),
        })
    }

    fn conditional(&mut self, definition: &'a Element, id: &str) -> Option<Trigger> {
        let condition = definition.first(Namespace::Bpmn, "condition");
        let Some(condition) = condition.filter(|c| !c.text.trim().is_empty()) else {
            let message = "Conditional event must contain an expression for evaluation. Write one \
                           such as ${x == 1}";
            self.error(definition.position, Some(id), message);
            return None;
        };
        let variable = camunda_text(definition, "variableName");
        let mut events = Vec::new();
        if let Some(attribute) = camunda(definition, "variableEvents") {
            for event in comma_list(&attribute.value) {
                if !matches!(event, "create" | "update" | "delete") {
                    let message = format!(
                        "Variable event: {event} is not valid. Possible variable change events \
                         are: create, update, delete"
                    );
                    self.warn(attribute.position, Some(id), message);
                }
                events.push(event.to_owned());
            }
        }
        Some(Trigger::Condition(Box::new(Conditional {
            condition: self.condition(condition, id)?,
            variable,
            events,
        })))
    }

    /// The name of a link.
    pub(super) fn link(&mut self, definition: &'a Element, id: &str) -> Option<String> {
        let name = definition.attribute("name").map(|a| a.value.trim());
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            let message = "a link event needs a name, which is that of its other end";
            self.error(definition.position, Some(id), message);
            return None;
        };
        Some(name.to_owned())
    }
}
