//! Events: their triggers, timers, messages and errors.

use super::super::Position;
use super::super::graph::{BoundaryEvent, EndEvent, NodeIx, NodeKind, StartEvent, Timer, Trigger};
use super::super::xml::{Element, Namespace};
use super::process::Outline;
use super::refused::event_definitions;
use super::{Reader, camunda_text, is_false, is_true};
use crate::juel::Template;
use crate::value::{Period, time};

/// A kind of timer from its expression.
type MakeTimer = fn(Template) -> Timer;

impl<'a> Reader<'a> {
    pub(super) fn start_event(
        &mut self,
        element: &'a Element,
        id: &str,
        scope: Option<NodeIx>,
    ) -> Option<NodeKind> {
        let trigger = self.trigger(element, id)?;
        match trigger {
            Trigger::Error { .. } => {
                let message = "errorEventDefinition only allowed on start event if it starts an \
                               event sub-process: use a boundary event";
                self.error(element.position, Some(id), message);
                return None;
            }
            Trigger::None => {}
            Trigger::Timer(_) | Trigger::Message(_) if scope.is_some() => {
                let message = "a sub-process starts by a none start event: \
                               wait for the trigger by a catch event behind it";
                self.error(element.position, Some(id), message);
                return None;
            }
            Trigger::Timer(_) | Trigger::Message(_) => {}
        }
        Some(NodeKind::StartEvent(StartEvent {
            trigger,
            form: self.form(element, id),
            form_key: self.form_key(element, id),
            initiator: camunda_text(element, "initiator"),
        }))
    }

    pub(super) fn end_event(&mut self, element: &'a Element, id: &str) -> Option<NodeKind> {
        let Some(definition) = self.definition_in(element, id)? else {
            return Some(NodeKind::EndEvent(EndEvent::None));
        };
        match definition.name.as_str() {
            "terminateEventDefinition" => Some(NodeKind::EndEvent(EndEvent::Terminate)),
            "errorEventDefinition" => self.error_end(definition, id),
            "messageEventDefinition" => {
                let instead = "send the message by an external task before a none end event";
                self.does_not_run(definition, id, "a message end event", instead);
                None
            }
            name => self.unfit(definition, id, name, "end event"),
        }
    }

    fn error_end(&mut self, definition: &Element, id: &str) -> Option<NodeKind> {
        let Some(reference) = definition.attribute("errorRef") else {
            let message = "an error end event needs an errorRef: choose the error it throws";
            self.error(definition.position, Some(id), message);
            return None;
        };
        let error = self.referred(&reference.value, "error", reference.position, id)?;
        let code = error
            .attribute("errorCode")
            .map(|a| a.value.trim())
            .filter(|c| !c.is_empty());
        let Some(code) = code else {
            let message = "'errorCode' is mandatory on errors referenced by throwing error event \
                           definitions, but the error has none";
            self.error(
                reference.position,
                Some(id),
                format!("{message}: '{}'", reference.value),
            );
            return None;
        };
        let message = error
            .attribute_in(super::Namespace::Camunda, "errorMessage")
            .or_else(|| error.attribute("name"))
            .map(|a| a.value.clone());
        Some(NodeKind::EndEvent(EndEvent::Error {
            code: code.to_owned(),
            message,
        }))
    }

    pub(super) fn catch_event(&mut self, element: &'a Element, id: &str) -> Option<NodeKind> {
        match self.trigger(element, id)? {
            trigger @ (Trigger::Timer(_) | Trigger::Message(_)) => {
                Some(NodeKind::CatchEvent(trigger))
            }
            Trigger::None | Trigger::Error { .. } => {
                let message = "Unsupported intermediate catch event type: \
                               give it a timer or a message";
                self.error(element.position, Some(id), message);
                None
            }
        }
    }

    pub(super) fn throw_event(&mut self, element: &'a Element, id: &str) -> Option<NodeKind> {
        match self.definition_in(element, id)? {
            None => Some(NodeKind::ThrowEvent),
            Some(definition) if definition.name == "messageEventDefinition" => {
                let instead = "send the message by an external task";
                self.does_not_run(definition, id, "a message throw event", instead);
                None
            }
            Some(definition) => self.unfit(definition, id, &definition.name, "throw event"),
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
        if trigger == Trigger::None {
            let message = "Unsupported boundary event type: give it a timer, a message or an error";
            self.error(element.position, Some(id), message);
            return None;
        }
        let interrupting = matches!(trigger, Trigger::Error { .. })
            || !is_false(element.attribute("cancelActivity"));
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
    fn definition_in(&mut self, element: &'a Element, id: &str) -> Option<Option<&'a Element>> {
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
            name => self.unfit(definition, id, name, "event that catches"),
        }
    }

    fn unfit<T>(&mut self, at: &Element, id: &str, definition: &str, event: &str) -> Option<T> {
        let message = format!("<{definition}> does not fit an {event}. Choose another event type");
        self.error(
            at.position,
            Some(id),
            message.replace("an throw", "a throw"),
        );
        None
    }

    fn timer(&mut self, definition: &Element, id: &str) -> Option<Timer> {
        let kinds: [(&str, MakeTimer); 3] = [
            ("timeDate", Timer::Date),
            ("timeCycle", Timer::Cycle),
            ("timeDuration", Timer::Duration),
        ];
        let found: Vec<_> = definition
            .children
            .iter()
            .filter(|c| c.namespace == Namespace::Bpmn && !c.text.trim().is_empty())
            .filter_map(|c| {
                kinds
                    .iter()
                    .find(|(name, _)| *name == c.name)
                    .map(|(_, make)| (c, make))
            })
            .collect();
        match found.as_slice() {
            [(element, make)] => {
                let template = self.template(element.text.trim(), element.position, id)?;
                let timer = make(template);
                self.warn_of_timer(&timer, element, id);
                Some(timer)
            }
            [] => {
                let message = "Timer needs configuration (either timeDate, timeCycle or \
                               timeDuration is needed)";
                self.error(definition.position, Some(id), message);
                None
            }
            [_, (second, _), ..] => {
                let message = "a timer has one of timeDate, timeCycle and timeDuration: \
                               remove the others";
                self.error(second.position, Some(id), message);
                None
            }
        }
    }

    /// A literal time that can never be read; Camunda finds that when the timer is reached.
    fn warn_of_timer(&mut self, timer: &Timer, element: &Element, id: &str) {
        let (template, sound, what): (_, fn(&str) -> bool, _) = match timer {
            Timer::Date(t) => (
                t,
                |text| time::instant(text).is_some(),
                "date such as 2026-11-30T14:00",
            ),
            Timer::Duration(t) => (
                t,
                |text| Period::parse(text).is_some(),
                "period such as PT1H",
            ),
            Timer::Cycle(_) => return,
        };
        if let Some(text) = template.literal().filter(|text| !sound(text)) {
            let message =
                format!("'{text}' is no ISO 8601 {what}, so that the timer will fail. Correct it");
            self.warn(element.position, Some(id), message);
        }
    }

    /// The name of the message with this id.
    pub(super) fn message(&mut self, reference: &str, at: Position, id: &str) -> Option<Template> {
        let message = self.referred(reference, "message", at, id)?;
        match message
            .attribute("name")
            .filter(|a| !a.value.trim().is_empty())
        {
            Some(name) => self.template(&name.value, name.position, id),
            None => {
                let text = format!("the message '{reference}' has no name. Give it one");
                self.error(message.position, Some(id), text);
                None
            }
        }
    }

    fn referred(
        &mut self,
        reference: &str,
        what: &str,
        at: Position,
        id: &str,
    ) -> Option<&'a Element> {
        let found = self.definition(reference.trim()).filter(|e| e.name == what);
        if found.is_none() {
            let message = format!("Invalid '{what}Ref': no {what} with id '{reference}' found");
            self.error(at, Some(id), message);
        }
        found
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
}
