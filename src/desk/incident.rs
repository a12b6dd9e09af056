//! Incidents that people open, note something on, and close.

use super::permission::Operation;
use super::{Caller, Desk, DeskError};
use crate::engine::Command;

/// Most characters of what an incident or a note says.
const LONGEST: usize = 4000;

/// An incident to open.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewIncident {
    /// The execution, or the process instance where it has a single token.
    pub execution: String,
    /// What people call this kind.
    pub kind: String,
    /// What it is about.
    pub configuration: Option<String>,
    /// What went wrong.
    pub message: Option<String>,
}

impl Desk {
    /// Opens an incident; its id.
    pub fn create_incident(&self, caller: &Caller, new: NewIncident) -> Result<String, DeskError> {
        let texts = [
            Some(&new.kind),
            new.configuration.as_ref(),
            new.message.as_ref(),
        ];
        texts
            .into_iter()
            .flatten()
            .try_for_each(|text| bounded(text))?;
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let place = act.tx.read().execution_place(&new.execution)?;
            let (root, instance) = place.ok_or_else(|| {
                DeskError::NotFound(format!(
                    "Cannot find an execution with executionId '{}': execution is null",
                    new.execution
                ))
            })?;
            let id = act.core.ids.next();
            act.apply(
                &root,
                Command::CreateIncident {
                    id: id.clone(),
                    execution: new.execution.clone(),
                    kind: new.kind.clone(),
                    configuration: new.configuration.clone(),
                    message: new.message.clone(),
                },
            )?;
            act.log_of("CreateIncident", "ProcessInstance", &instance)?;
            Ok(id)
        })
    }

    /// Closes an incident that was opened by hand.
    pub fn resolve_incident(&self, caller: &Caller, id: &str) -> Result<(), DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let gone = || DeskError::NotFound(format!("Cannot find an incident with id '{id}'"));
            let (root, incident) = act.tx.read().incident(&id)?.ok_or_else(gone)?;
            act.apply(
                &root,
                Command::ResolveIncident {
                    incident: id.clone(),
                },
            )?;
            act.log_of("Resolve", "ProcessInstance", &incident.process_instance_id)
        })
    }

    /// Notes something on an open incident, or clears it; false when there is none.
    pub fn annotate_incident(
        &self,
        caller: &Caller,
        id: &str,
        note: Option<String>,
    ) -> Result<bool, DeskError> {
        let id = id.to_owned();
        note.iter().try_for_each(|note| bounded(note))?;
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let there = act.tx.annotate_incident(&id, note.as_deref())?;
            if there {
                let verb = if note.is_some() { "Set" } else { "Clear" };
                act.log(&format!("{verb}Annotation"), "Incident", &id)?;
            }
            Ok(there)
        })
    }

    /// Notes something on an entry of the log of operations, or clears it; false when there is
    /// none.
    pub fn annotate_operation(
        &self,
        caller: &Caller,
        id: &str,
        note: Option<String>,
    ) -> Result<bool, DeskError> {
        note.iter().try_for_each(|note| bounded(note))?;
        let Ok(seq) = id.parse::<i64>() else {
            return Ok(false);
        };
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let there = act.tx.annotate_operation(seq, note.as_deref())?;
            if there {
                let verb = if note.is_some() { "Set" } else { "Clear" };
                act.log(
                    &format!("{verb}Annotation"),
                    "OperationLog",
                    &seq.to_string(),
                )?;
            }
            Ok(there)
        })
    }

    /// Forgets a variable's history, or that of all variables of a process instance; false when
    /// there is none.
    pub fn delete_variable_history(
        &self,
        caller: &Caller,
        id: &str,
        of_instance: bool,
    ) -> Result<bool, DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let there = match of_instance {
                true => act.tx.delete_variables_history(&id)?,
                false => act.tx.delete_variable_history(&id)?,
            };
            act.log("DeleteHistory", "Variable", &id)?;
            Ok(there)
        })
    }
}

fn bounded(text: &str) -> Result<(), DeskError> {
    match text.chars().count() {
        n if n > LONGEST => Err(DeskError::Invalid(format!(
            "at most {LONGEST} letters fit, this text has {n}"
        ))),
        _ => Ok(()),
    }
}
