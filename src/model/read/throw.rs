//! Events that throw: intermediate ones and ends.

use super::super::graph::{NodeIx, NodeKind, Sender, Throw};
use super::super::xml::{Element, Namespace};
use super::process::Outline;
use super::{Reader, camunda, extensions, is_false, is_true};

impl<'a> Reader<'a> {
    pub(super) fn end_event(
        &mut self,
        element: &'a Element,
        id: &str,
        scope: Option<NodeIx>,
        outline: &Outline<'a>,
    ) -> Option<NodeKind> {
        let Some(definition) = self.definition_in(element, id)? else {
            return Some(NodeKind::EndEvent(Throw::None));
        };
        let throw = match definition.name.as_str() {
            "terminateEventDefinition" => Throw::Terminate,
            "errorEventDefinition" => self.error_end(definition, id)?,
            "cancelEventDefinition" => {
                let around = scope.and_then(|ix| outline.elements.get(ix));
                if around.is_none_or(|(around, ..)| around.name != "transaction") {
                    let message = "end event with cancelEventDefinition only supported inside \
                                   transaction subprocess. Put it into one";
                    self.error(definition.position, Some(id), message);
                    return None;
                }
                Throw::Cancel
            }
            "linkEventDefinition" => {
                return self.unfit(definition, id, "linkEventDefinition", "end event");
            }
            _ => self.throw(definition, id, outline, "end event")?,
        };
        Some(NodeKind::EndEvent(throw))
    }

    pub(super) fn throw_event(
        &mut self,
        element: &'a Element,
        id: &str,
        outline: &Outline<'a>,
    ) -> Option<NodeKind> {
        let throw = match self.definition_in(element, id)? {
            None => Throw::None,
            Some(definition) => self.throw(definition, id, outline, "throw event")?,
        };
        Some(NodeKind::ThrowEvent(throw))
    }

    fn throw(
        &mut self,
        definition: &'a Element,
        id: &str,
        outline: &Outline<'a>,
        event: &str,
    ) -> Option<Throw> {
        match definition.name.as_str() {
            "messageEventDefinition" => self.sender(definition, id).map(Throw::Message),
            "signalEventDefinition" => {
                if is_true(camunda(definition, "async")) {
                    let message = "camunda:async of the signal is ignored: whoever waits for it \
                                   hears it at once. Let the receivers be asynchronous instead";
                    self.warn(definition.position, Some(id), message);
                }
                Some(Throw::Signal {
                    name: self.signal(definition, id)?,
                    payload: self.mappings(definition, id, "in"),
                    business_key: self.business_key(definition, id)?,
                })
            }
            "escalationEventDefinition" => self.escalation(definition, id),
            "compensateEventDefinition" => self.compensation(definition, id, outline),
            "linkEventDefinition" => self.link(definition, id).map(Throw::Link),
            name => self.unfit(definition, id, name, event),
        }
    }

    /// What sends the message; a message without that is sent by nobody, as in Camunda.
    fn sender(&mut self, definition: &'a Element, id: &str) -> Option<Option<Box<Sender>>> {
        if let Some(connector) = extensions(definition, "connector").next() {
            let task = self.connector(connector, id)?;
            return Some(Some(Box::new(Sender::External(task))));
        }
        if camunda(definition, "type").is_some() || self.delegate(definition).is_some() {
            let task = self.external_task(definition, id)?;
            return Some(Some(Box::new(Sender::External(task))));
        }
        if camunda(definition, "expression").is_some() {
            let task = self.expression_task(definition, id)?;
            return Some(Some(Box::new(Sender::Expression(task))));
        }
        Some(None)
    }

    fn escalation(&mut self, definition: &'a Element, id: &str) -> Option<Throw> {
        let Some(reference) = definition.attribute("escalationRef") else {
            let message = "escalationEventDefinition does not have required attribute \
                           'escalationRef': choose the escalation";
            self.error(definition.position, Some(id), message);
            return None;
        };
        let escalation = self.referred(&reference.value, "escalation", reference.position, id)?;
        let code = escalation
            .attribute("escalationCode")
            .map(|a| a.value.trim())
            .filter(|code| !code.is_empty());
        let Some(code) = code else {
            let message = "throwing escalation event must have an 'escalationCode'. Give the \
                           escalation one";
            self.error(reference.position, Some(id), message);
            return None;
        };
        Some(Throw::Escalation {
            code: Some(code.to_owned()),
        })
    }

    fn compensation(
        &mut self,
        definition: &'a Element,
        id: &str,
        outline: &Outline<'a>,
    ) -> Option<Throw> {
        if is_false(definition.attribute("waitForCompletion")) {
            let message = "waitForCompletion=\"false\" is ignored, as in Camunda: the event waits \
                           until all is compensated";
            self.warn(definition.position, Some(id), message);
        }
        let Some(reference) = definition.attribute("activityRef") else {
            return Some(Throw::Compensation { activity: None });
        };
        let activity = outline.index.get(reference.value.trim()).copied();
        if activity.is_none() {
            let message = format!(
                "Invalid attribute value for 'activityRef': no activity with id '{}' in the \
                 process",
                reference.value
            );
            self.error(reference.position, Some(id), message);
            return None;
        }
        Some(Throw::Compensation { activity })
    }

    fn error_end(&mut self, definition: &'a Element, id: &str) -> Option<Throw> {
        let Some(reference) = definition.attribute("errorRef") else {
            let message = "an error end event needs an errorRef: choose the error it throws";
            self.error(definition.position, Some(id), message);
            return None;
        };
        let error = self.definition(reference.value.trim());
        let Some(error) = error.filter(|e| e.name == "error") else {
            // Camunda takes a reference to nothing for the code itself.
            let message = format!(
                "no error with id '{}' found, so that this is taken for the error's code. Declare \
                 the error",
                reference.value
            );
            self.warn(reference.position, Some(id), message);
            return Some(Throw::Error {
                code: reference.value.trim().to_owned(),
                message: None,
            });
        };
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
        let message = error.attribute_in(Namespace::Camunda, "errorMessage");
        let message = match message.filter(|a| !a.value.is_empty()) {
            Some(message) => Some(self.template(&message.value, message.position, id)?),
            None => None,
        };
        Some(Throw::Error {
            code: code.to_owned(),
            message,
        })
    }
}
