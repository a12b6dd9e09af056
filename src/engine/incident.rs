//! Incidents that people open and close by hand.

use super::error::Error;
use super::instance::Key;
use super::run::{Run, not_found};
use super::state::*;

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
