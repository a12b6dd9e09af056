//! Instances that have ended begin anew, at activities that are named.

use super::act::Act;
use super::permission::Operation;
use super::view::InstanceView;
use super::{Caller, Desk, DeskError, prepare};
use crate::engine::{Command, Instruction, Skip};
use crate::store::InstanceRow;
use crate::value::{Map, Value};
use serde::{Deserialize, Serialize};

/// How instances begin anew
/// ([Restart Process Instances](https://docs.camunda.org/manual/7.24/user-guide/process-engine/process-instance-restart/)).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Restart {
    /// The id of the process definition on which they ran.
    pub definition: String,
    /// Where each begins.
    pub instructions: Vec<Instruction>,
    /// With the variables with which they began, instead of those with which they ended.
    pub initial_variables: bool,
    /// Without the business key that they had.
    pub without_business_key: bool,
    /// Without this of the model.
    #[serde(default)]
    pub skip: Skip,
}

impl Desk {
    /// Begins ended instances anew, all or none; the ids of the new ones.
    pub fn restart(
        &self,
        caller: &Caller,
        restart: &Restart,
        ids: Vec<String>,
    ) -> Result<Vec<String>, DeskError> {
        let restart = restart.clone();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            ids.iter().map(|id| act.restart(id, &restart)).collect()
        })
    }

    /// Starts an instance at these activities instead of its start event.
    pub fn start_with(
        &self,
        caller: &Caller,
        definition: &str,
        business_key: Option<String>,
        variables: Map,
        instructions: Vec<Instruction>,
    ) -> Result<InstanceView, DeskError> {
        prepare::bounded(&variables)?;
        let definition = definition.to_owned();
        let id = self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            act.begin(
                &definition,
                business_key.clone(),
                variables.clone(),
                (&instructions, Skip::default()),
            )
        })?;
        Ok(self.instance(caller, &id)?.instance)
    }
}

impl Act<'_, '_> {
    /// Begins one ended instance anew.
    pub(super) fn restart(&mut self, id: &str, restart: &Restart) -> Result<String, DeskError> {
        let row = self.tx.read().instance_by_id(id)?;
        let row = row.ok_or_else(|| {
            DeskError::Invalid(format!(
                "Historic process instance cannot be found: historicProcessInstanceId {id} is null"
            ))
        })?;
        restartable(&row, &restart.definition)?;
        let mut variables = match restart.initial_variables {
            true => self.tx.read().first_variables(id)?,
            false => self.tx.read().ended_variables(id)?,
        };
        // A password was its instance's alone.
        variables.retain(|_, value| !matches!(value, Value::Secret(_)));
        let key = row.business_key.filter(|_| !restart.without_business_key);
        let new = self.begin(
            &row.definition_id,
            key,
            variables,
            (&restart.instructions, restart.skip),
        )?;
        self.log_restart(id, &new)?;
        Ok(new)
    }

    fn begin(
        &mut self,
        definition: &str,
        business_key: Option<String>,
        variables: Map,
        (instructions, skip): (&[Instruction], Skip),
    ) -> Result<String, DeskError> {
        let found = self.tx.read().process_definition(definition)?;
        let found = found.ok_or_else(|| {
            DeskError::NotFound(format!("no process definition {definition} is deployed"))
        })?;
        super::start::active(&found)?;
        let process = self.core.catalog.process(&self.tx.read(), &found.id)?;
        let id = self.core.ids.next();
        let mut variables = variables;
        self.refuse_files(&process, &variables)?;
        self.withhold(&id, &process, &mut variables)?;
        let instructions = instructions.iter().cloned();
        let instructions = instructions
            .map(|one| one.admitted(|given| self.admit(&id, &process, given)))
            .collect::<Result<_, _>>()?;
        let command = Box::new(Command::StartAt {
            id: id.clone(),
            definition_id: found.id,
            business_key,
            user: self.name().map(str::to_owned),
            variables,
            instructions,
        });
        self.start(&id, Command::Skipping { skip, command }, None)?;
        Ok(id)
    }

    fn log_restart(&mut self, old: &str, new: &str) -> Result<(), DeskError> {
        let row = crate::store::Operation {
            operation: "RestartProcessInstance".to_owned(),
            entity: "ProcessInstance".to_owned(),
            process_instance_id: Some(new.to_owned()),
            property: Some("restartedProcessInstanceId".to_owned()),
            new_value: Some(old.to_owned()),
            ..crate::store::Operation::default()
        };
        let by = self.by();
        Ok(self.tx.log_operation(&by, &row)?)
    }
}

/// Refuses what runs still, and what ran on another version.
fn restartable(row: &InstanceRow, definition: &str) -> Result<(), DeskError> {
    if row.ended.is_none() {
        return Err(DeskError::Conflict(format!(
            "ENGINE-03040 Historic process instance '{}' cannot be restarted. It is not completed or terminated.",
            row.id
        )));
    }
    if row.definition_id != definition {
        return Err(DeskError::Invalid(format!(
            "ENGINE-03039 Historic process instance '{}' cannot be restarted. Its process definition '{}' does not match given process definition '{definition}'",
            row.id, row.definition_id
        )));
    }
    Ok(())
}
