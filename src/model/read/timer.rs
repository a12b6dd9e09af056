//! Timers, and what events refer to by id: messages, signals, errors, escalations.

use super::super::Position;
use super::super::graph::Timer;
use super::super::xml::{Element, Namespace};
use super::Reader;
use crate::juel::Template;
use crate::value::{Cron, Period, time};

/// A kind of timer from its expression.
type MakeTimer = fn(Template) -> Timer;

impl<'a> Reader<'a> {
    pub(super) fn timer(&mut self, definition: &Element, id: &str) -> Option<Timer> {
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
            Timer::Cycle(t) => (
                t,
                |text| text.trim().starts_with('R') || Cron::parse(text).is_some(),
                "cycle such as R3/PT1H, and no cron expression of six fields such as 0 0 8 * * *",
            ),
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

    /// The name of a signal, and how it is written.
    pub(super) fn signal(&mut self, definition: &'a Element, id: &str) -> Option<Template> {
        let Some(reference) = definition.attribute("signalRef") else {
            let message = "signalEventDefinition does not have required property 'signalRef': \
                           choose the signal";
            self.error(definition.position, Some(id), message);
            return None;
        };
        let signal = self.referred(&reference.value, "signal", reference.position, id)?;
        match signal
            .attribute("name")
            .filter(|a| !a.value.trim().is_empty())
        {
            Some(name) => self.template(&name.value, name.position, id),
            None => {
                let text = format!(
                    "signal with id '{}' has no name. Give it one",
                    reference.value
                );
                self.error(signal.position, Some(id), text);
                None
            }
        }
    }

    pub(super) fn referred(
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
}
