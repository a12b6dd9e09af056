//! Operating: versions, incidents, and tokens moved by hand.

use super::act::Act;
use super::batch::Work;
use super::permission::Operation;
use super::view::{Definition, IncidentView, key_of};
use super::{Caller, Desk, DeskError, deploy, instance};
use crate::crash;
use crate::engine::{Command, SubscriptionKind};
pub use crate::engine::{Instruction, Skip};
use crate::store::Operation as Logged;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Most rows of a list, and most that one command changes.
const MOST: usize = 10_000;

/// A version of a process, and what runs on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// The version.
    #[serde(flatten)]
    pub definition: Definition,
    /// Running instances.
    pub instances: u64,
    /// Of these suspended.
    #[serde(default)]
    pub suspended_instances: u64,
    /// Of these with an open incident.
    pub with_incidents: u64,
}

/// What everything that had failed was given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Retried {
    /// New tries.
    pub tries: u64,
    /// The batch that gives them one by one, where they are very many.
    #[serde(default)]
    pub batch: Option<String>,
}

/// Tokens that are moved by hand.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Modification {
    /// How.
    pub instructions: Vec<Instruction>,
    /// Without this of the model.
    #[serde(default)]
    pub skip: Skip,
    /// Why, for the operation log.
    #[serde(default)]
    pub annotation: Option<String>,
}

/// Something that an instance waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitView {
    /// `message`, `signal` or `conditional`.
    pub kind: String,
    /// The event's name; empty for a condition.
    pub name: String,
    /// The BPMN id of its node.
    pub activity_id: String,
    /// The execution that waits.
    pub execution_id: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl Desk {
    /// Processes by key, the newest version first, with what runs on each; unless all are asked
    /// for only the newest versions, with what runs on any.
    pub fn versions(&self, caller: &Caller, all: bool) -> Result<Vec<Version>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            let mut standing = look.read.standing()?;
            if !all {
                // A process that is shown once is shown with what runs on its older versions.
                let each = std::mem::take(&mut standing).into_iter();
                for (id, on) in each {
                    standing.entry(key_of(&id).to_owned()).or_default().add(on);
                }
            }
            let rows = look.read.process_definitions(!all)?.into_iter();
            let versions = rows.map(|row| {
                let name = if all { &row.id } else { &row.key };
                let on = standing.get(name).copied().unwrap_or_default();
                Version {
                    instances: on.running,
                    suspended_instances: on.suspended,
                    with_incidents: on.with_incidents,
                    definition: deploy::definition(row),
                }
            });
            Ok(versions.collect())
        })
    }

    /// Gives everything that has failed for good a new try: jobs and external tasks of all
    /// instances, or of those of one process. Very many are left to a batch.
    pub fn retry_all(&self, caller: &Caller, key: Option<&str>) -> Result<Retried, DeskError> {
        let key = key.map(str::to_owned);
        self.act(caller, move |act| {
            act.require(Operation::Retry, false)?;
            let failed = act.tx.read().failures(key.as_deref())?;
            let tries = failed.len() as u64;
            let batch = match failed.len() > MOST {
                true => Some(act.make_batch(&Work::RetryIncident, &failed)?),
                false => {
                    failed
                        .iter()
                        .try_for_each(|id| act.try_again(id).map(drop))?;
                    None
                }
            };
            Ok(Retried { tries, batch })
        })
    }

    /// Gives what failed in these incidents a new try, all or none; those that are resolved by
    /// now are passed over. How many.
    pub fn retry_incidents(&self, caller: &Caller, ids: &[String]) -> Result<u32, DeskError> {
        if ids.len() > MOST {
            return Err(DeskError::Invalid(format!(
                "at most {MOST} incidents are tried again at once"
            )));
        }
        let ids = ids.to_vec();
        self.act(caller, move |act| {
            act.require(Operation::Retry, false)?;
            let mut tries = 0;
            for id in &ids {
                tries += u32::from(act.try_again(id)?);
            }
            Ok(tries)
        })
    }

    /// What an instance waits for: messages, signals and conditions.
    pub fn waits(&self, caller: &Caller, id: &str) -> Result<Vec<WaitView>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            let row = look.read.instance(id)?;
            let all = look.read.waits(&row.id)?.into_iter();
            let open = all.filter(|wait| wait.kind != SubscriptionKind::Compensation);
            Ok(open
                .map(|wait| WaitView {
                    kind: wait.kind.as_str().to_owned(),
                    name: wait.name,
                    activity_id: wait.activity_id,
                    execution_id: wait.execution_id,
                    since: wait.created,
                })
                .collect())
        })
    }

    /// The open incidents, the oldest first.
    pub fn incidents(&self, caller: &Caller) -> Result<Vec<IncidentView>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            let rows = look.read.incidents(None)?.into_iter();
            let shown = rows
                .take(MOST)
                .map(|row| instance::incident(look.read, row));
            let mut shown: Vec<_> = shown.collect::<Result<_, _>>()?;
            for incident in &mut shown {
                let name = look.read.instance_name(&incident.process_instance_id)?;
                incident.title = name.title.or(name.business_key);
                incident.process_definition_id = name.definition_id;
            }
            Ok(shown)
        })
    }

    /// Moves tokens of a process instance.
    pub fn modify(
        &self,
        caller: &Caller,
        id: &str,
        instructions: Vec<Instruction>,
    ) -> Result<(), DeskError> {
        let modification = Modification {
            instructions,
            ..Modification::default()
        };
        self.modify_all(caller, vec![id.to_owned()], modification)
    }

    /// Moves tokens of several process instances in the same way, all or none.
    pub fn modify_all(
        &self,
        caller: &Caller,
        ids: Vec<String>,
        modification: Modification,
    ) -> Result<(), DeskError> {
        crash::point("desk.modify.before_write");
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            ids.iter().try_for_each(|id| act.modify(id, &modification))
        })?;
        crash::point("desk.modify.after_write");
        Ok(())
    }
}

impl Act<'_, '_> {
    /// Gives what failed in an incident a new try; false where it is resolved by now.
    pub(super) fn try_again(&mut self, incident: &str) -> Result<bool, DeskError> {
        let found = self.tx.read().incident(incident)?;
        let Some((root, incident)) = found.filter(|(_, found)| found.is_failure()) else {
            return Ok(false);
        };
        self.retry_incident(&root, incident)?;
        Ok(true)
    }

    /// Moves tokens of one instance.
    pub(super) fn modify(
        &mut self,
        id: &str,
        modification: &Modification,
    ) -> Result<(), DeskError> {
        let row = self.tx.read().instance(id)?;
        instance::still_runs(&row)?;
        let skip = modification.skip;
        let instructions = modification.instructions.iter().cloned();
        let admitted = instructions
            .map(|one| one.admitted(|given| self.admit_into(&row.root_id, &row.id, given)))
            .collect::<Result<_, _>>()?;
        let command = Box::new(Command::Modify {
            process_instance: row.id.clone(),
            instructions: admitted,
        });
        self.apply(&row.root_id, Command::Skipping { skip, command })?;
        let row = Logged {
            operation: "ModifyProcessInstance".to_owned(),
            entity: "ProcessInstance".to_owned(),
            process_instance_id: Some(row.id),
            reason: modification.annotation.clone(),
            ..Logged::default()
        };
        Ok(self.tx.log_operation(&self.by(), &row)?)
    }
}
