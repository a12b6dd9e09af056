//! Deleting a version of a process, or a deployment; and deploying one again.

use super::act::Act;
use super::deploy::{DeployOptions, Java};
use super::permission::Operation;
use super::view::Deployment;
use super::{Caller, Desk, DeskError};
use crate::engine::Skip;
use crate::store::{InstanceFilter, ProcessDefinition, Snapshot};

/// Most instances that are cancelled and forgotten in one transaction with their version. Where
/// there are more, those beyond go before, a few a transaction, so that nobody waits for long.
const MOST: usize = 10_000;
/// How many then go in one.
const CHUNK: usize = 500;

impl Desk {
    /// Deletes a version of a process on which nothing runs; with the `history` of the instances
    /// that have ended on it, if asked, else only where there is none. How many of these went with
    /// it, in one transaction.
    pub fn delete_version(
        &self,
        caller: &Caller,
        key: &str,
        version: i32,
        history: bool,
    ) -> Result<u64, DeskError> {
        if history {
            let unused = self.look(caller, |look| Ok(unused(look.read, key, version).ok()))?;
            if let Some(row) = unused {
                self.forget_many(caller, &row.id)?;
            }
        }
        let key = key.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            act.delete_version(&key, version, history)
        })
    }

    /// Deletes a deployment with all that it defined, all or nothing; `cascade` cancels what runs
    /// on it first, and the history goes with it. Without, nothing may run or have ended on it.
    /// Of very many instances some are cancelled and forgotten before.
    pub fn delete_deployment(
        &self,
        caller: &Caller,
        id: &str,
        cascade: bool,
        skip: Skip,
    ) -> Result<(), DeskError> {
        let own = |read: &Snapshot<'_>, id: &str| -> Result<Vec<_>, DeskError> {
            let all = read.process_definitions(false)?.into_iter();
            Ok(all.filter(|row| row.deployment_id == id).collect())
        };
        if cascade {
            for row in self.look(caller, |look| own(look.read, id))? {
                self.clear_many(caller, Operation::Deploy, &row.id, CLEARED, skip)?;
            }
        }
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Deploy, false)?;
            let own = own(&act.tx.read(), &id)?;
            for row in &own {
                if cascade {
                    act.clear(&row.id, CLEARED, skip)?;
                    act.tx.delete_history_on(&row.id, usize::MAX)?;
                }
                unused(&act.tx.read(), &row.key, row.version)?;
                if act.tx.read().ended_on(&row.id)? > 0 {
                    return Err(needed(&row.key, row.version));
                }
            }
            for row in &own {
                act.delete_definition(row)?;
            }
            act.tx.delete_deployment(&id)?;
            act.log("Delete", "Deployment", &id)
        })
    }

    /// Deploys the files of a deployment again, or those of them that are named by id or name, as
    /// new versions.
    pub fn redeploy(
        &self,
        caller: &Caller,
        id: &str,
        ids: &[String],
        names: &[String],
    ) -> Result<Deployment, DeskError> {
        let (name, files) = self.look(caller, |look| {
            look.require(Operation::Deploy, false)?;
            let mut all = look.read.deployments()?.into_iter();
            let found = all.find(|row| row.id == id);
            let gone = || DeskError::NotFound(format!("there is no deployment {id}"));
            let files = look.read.resources(id)?;
            let missing = |what: &str, wanted: &[String], has: &dyn Fn(&str) -> bool| {
                let missing: Vec<&str> = wanted.iter().map(String::as_str).filter(|w| !has(w)).collect();
                match missing.is_empty() {
                    true => Ok(()),
                    false => Err(DeskError::NotFound(format!(
                        "The deployment with id '{id}' does not contain the following resources with {what}: {}",
                        missing.join(", ")
                    ))),
                }
            };
            let found = found.ok_or_else(gone)?;
            missing("id", ids, &|id| files.iter().any(|file| file.id == id))?;
            missing("name", names, &|name| files.iter().any(|file| file.name == name))?;
            Ok((found.name, files))
        })?;
        let all = ids.is_empty() && names.is_empty();
        let meant = files
            .into_iter()
            .filter(|file| all || ids.contains(&file.id) || names.contains(&file.name));
        let options = DeployOptions {
            name,
            always: true,
            // Java code in it was let through when it was deployed.
            java: Java::THROUGH,
            ..DeployOptions::default()
        };
        let files = meant.map(|file| (file.name, file.bytes)).collect();
        self.deploy_as(caller, options, files)
    }

    /// Deletes a process definition by its id; `cascade` cancels what runs on it first, and the
    /// history goes with it; of very many instances some are cancelled and forgotten before.
    pub fn delete_definition(
        &self,
        caller: &Caller,
        id: &str,
        cascade: bool,
        skip: Skip,
    ) -> Result<(), DeskError> {
        let reason = |row: &ProcessDefinition| format!("{} v{} is deleted", row.key, row.version);
        if cascade
            && let Some(row) = self.look(caller, |look| Ok(look.read.process_definition(id)?))?
        {
            self.clear_many(caller, Operation::Operate, id, &reason(&row), skip)?;
        }
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let gone = || DeskError::NotFound(format!("there is no process definition {id}"));
            let row = act.tx.read().process_definition(&id)?.ok_or_else(gone)?;
            if cascade {
                act.clear(&id, &reason(&row), skip)?;
            }
            act.delete_version(&row.key, row.version, cascade)?;
            Ok(())
        })
    }

    /// Of more instances than one transaction should cancel and forget, those that are too many.
    fn clear_many(
        &self,
        caller: &Caller,
        operation: Operation,
        definition: &str,
        reason: &str,
        skip: Skip,
    ) -> Result<(), DeskError> {
        let running = running_on(definition);
        let running = self.look(caller, |look| Ok(look.read.instance_ids(&running)?))?;
        let many = running.len().saturating_sub(MOST);
        for some in running
            .into_iter()
            .take(many)
            .collect::<Vec<_>>()
            .chunks(CHUNK)
        {
            let (some, reason) = (some.to_vec(), reason.to_owned());
            self.act_each(caller, move |act| {
                act.require(operation, false)?;
                act.cancel_those(&some, &reason, skip)
            })?;
        }
        self.forget_many(caller, definition)
    }

    fn forget_many(&self, caller: &Caller, definition: &str) -> Result<(), DeskError> {
        let ended = self.look(caller, |look| Ok(look.read.ended_on(definition)?))?;
        let many = usize::try_from(ended)
            .unwrap_or(usize::MAX)
            .saturating_sub(MOST);
        for _ in 0..many.div_ceil(CHUNK) {
            let definition = definition.to_owned();
            self.act_each(caller, move |act| {
                act.require(Operation::Operate, false)?;
                Ok(act.tx.delete_history_on(&definition, CHUNK)?)
            })?;
        }
        Ok(())
    }

    /// Forgets an instance that has ended.
    pub fn delete_history(&self, caller: &Caller, id: &str) -> Result<(), DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            act.forget(&id)
        })
    }
}

impl Act<'_, '_> {
    fn delete_version(&mut self, key: &str, version: i32, history: bool) -> Result<u64, DeskError> {
        let row = unused(&self.tx.read(), key, version)?;
        let ended = self.tx.read().ended_on(&row.id)?;
        if ended > 0 && !history {
            return Err(needed(key, version));
        }
        self.tx.delete_history_on(&row.id, usize::MAX)?;
        self.delete_definition(&row)?;
        self.log("Delete", "ProcessDefinition", &format!("{key}:{version}"))?;
        Ok(ended)
    }

    /// The version before it, where it was the newest, starts instances from then on.
    fn delete_definition(&mut self, row: &ProcessDefinition) -> Result<(), DeskError> {
        self.tx.delete_process_definition(&row.id)?;
        let before = self.tx.read().latest_process_definition(&row.key)?;
        if let Some(before) = before.filter(|before| before.version < row.version) {
            let process = self.core.catalog.process(&self.tx.read(), &before.id)?;
            self.arm_start_events(&process, &before)?;
        }
        Ok(())
    }

    /// Cancels what runs on a version.
    fn clear(&mut self, definition: &str, reason: &str, skip: Skip) -> Result<(), DeskError> {
        let running = self.tx.read().instance_ids(&running_on(definition))?;
        self.cancel_those(&running, reason, skip)
    }

    fn cancel_those(&mut self, ids: &[String], reason: &str, skip: Skip) -> Result<(), DeskError> {
        for id in ids {
            // It may have ended with the instance that called it.
            if self.tx.read().root_of(id)?.is_some() {
                self.cancel_instance(id, reason, skip)?;
            }
        }
        Ok(())
    }

    /// Forgets an instance that has ended.
    pub(super) fn forget(&mut self, id: &str) -> Result<(), DeskError> {
        let row = self.tx.read().instance_by_id(id)?;
        let gone = || DeskError::NotFound(format!("there is no process instance {id}"));
        let row = row.ok_or_else(gone)?;
        if row.ended.is_none() {
            return Err(DeskError::Conflict(format!(
                "{id} still runs; cancel it, or let it end, before deleting its history"
            )));
        }
        self.tx.delete_history(&row.id)?;
        self.log_of("DeleteHistory", "ProcessInstance", &row.id)
    }
}

/// Why what ran on a deployment was cancelled with it, in Camunda's words.
const CLEARED: &str = "deleted deployment";

fn running_on(definition: &str) -> InstanceFilter {
    InstanceFilter {
        open: Some(true),
        definition_id: Some(definition.to_owned()),
        ..InstanceFilter::default()
    }
}

fn needed(key: &str, version: i32) -> DeskError {
    DeskError::Conflict(format!(
        "instances have ended on {key} v{version}, and their history needs it; \
         delete that with it, or suspend the version"
    ))
}

/// A version on which nothing runs.
fn unused(read: &Snapshot<'_>, key: &str, version: i32) -> Result<ProcessDefinition, DeskError> {
    let row = super::deploy::version(read, key, version)?;
    let running = read.standing()?.get(&row.id).map_or(0, |on| on.running);
    if running > 0 {
        let are = if running == 1 {
            "1 instance runs"
        } else {
            "several instances run"
        };
        return Err(DeskError::Conflict(format!(
            "{are} on {key} v{version}; cancel what runs, or let it end, before deleting the version"
        )));
    }
    Ok(row)
}
