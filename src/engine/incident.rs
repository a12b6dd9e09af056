//! Incidents that people open and close by hand, and what else is done to an execution from outside
//! of the flow.

use super::change::Event;
use super::error::Error;
use super::instance::Key;
use super::run::{At, Run, not_found};
use super::state::*;
use crate::value::Value;

impl Run<'_> {
    pub(super) fn create_incident(
        &mut self,
        id: Id,
        execution: &str,
        kind: String,
        configuration: Option<String>,
        message: Option<String>,
    ) -> Result<(), Error> {
        let at = self.at(&self.of_single_token(execution)?)?;
        let Some(activity) = at.execution.activity_id.clone() else {
            return Err(Error::BadRequest(
                "Execution must be related to an activity: activity is null".to_owned(),
            ));
        };
        let incident = Incident {
            id,
            kind,
            execution_id: at.id().clone(),
            activity_id: activity,
            configuration: configuration.unwrap_or_default(),
            message,
            ..Incident::default()
        };
        self.open_incident(&at, incident);
        Ok(())
    }

    /// The execution, or where it is a process instance with a single token that of the token.
    fn of_single_token(&self, id: &str) -> Result<Id, Error> {
        let execution = self.execution(id)?;
        let mut children = self.instance().children(id);
        Ok(match (children.next(), children.next()) {
            (Some(only), None)
                if execution.activity_id.is_none() && !self.instance().has_children(&only.id) =>
            {
                only.id.clone()
            }
            _ => id.to_owned(),
        })
    }

    /// What an expression or script tells an execution to do; false when it knows no such thing.
    pub(super) fn call_on_execution(
        &mut self,
        at: &At,
        method: &str,
        args: &[Value],
    ) -> Result<bool, String> {
        let text = |value: &Value| match value {
            Value::Null => None,
            value => Some(value.to_string()),
        };
        match (method, args) {
            ("setProcessBusinessKey" | "setBusinessKey", [key]) => self.rename(at, text(key)),
            ("createIncident", [kind, configuration, message @ ..]) if message.len() < 2 => {
                let id = self.new_id();
                let message = message.first().and_then(text);
                let kind = text(kind).unwrap_or_default();
                let made = self.create_incident(id, at.id(), kind, text(configuration), message);
                made.map_err(|e| e.to_string())?;
            }
            ("resolveIncident", [id]) => {
                let id = text(id).unwrap_or_default();
                self.resolve_by_hand(&id).map_err(|e| e.to_string())?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The process instance gets another business key.
    fn rename(&mut self, at: &At, business_key: Option<String>) {
        let id = &at.execution.process_instance_id;
        let Some(mut instance) = self.instance().process(id).cloned() else {
            return;
        };
        instance.business_key.clone_from(&business_key);
        self.journal.put(instance);
        self.event(Event::ProcessRenamed {
            process_instance_id: id.clone(),
            business_key,
        });
    }

    pub(super) fn resolve_by_hand(&mut self, id: &str) -> Result<(), Error> {
        let incident = self.instance().incident(id);
        let incident = incident.ok_or_else(|| not_found("incident", id))?;
        if incident.is_failure() {
            return Err(Error::BadRequest(format!(
                "Cannot resolve an incident of type {}",
                incident.kind
            )));
        }
        self.remove_attached(Key::Incident(id.to_owned()), "resolved");
        Ok(())
    }
}
