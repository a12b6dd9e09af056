//! Deleting a version of a process, or a deployment; and deploying one again.

use super::act::Act;
use super::deploy::DeployOptions;
use super::permission::Operation;
use super::view::Deployment;
use super::{Caller, Desk, DeskError};
use crate::engine::Skip;
use crate::store::{InstanceFilter, ProcessDefinition, Snapshot};

/// Most running instances that are cancelled with their version.
const MOST: usize = 10_000;

impl Desk {
    /// Deletes a version of a process on which nothing runs; with the `history` of the instances
    /// that have ended on it, if asked, else only where there is none. How many of these went.
    pub fn delete_version(
        &self,
        caller: &Caller,
        key: &str,
        version: i32,
        history: bool,
    ) -> Result<u64, DeskError> {
        let key = key.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            act.delete_version(&key, version, history)
        })
    }

    /// Deletes a deployment with all that it defined, all or nothing; `cascade` cancels what runs
    /// on it first, and the history goes with it. Without, nothing may run or have ended on it.
    pub fn delete_deployment(
        &self,
        caller: &Caller,
        id: &str,
        cascade: bool,
        skip: Skip,
    ) -> Result<(), DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Deploy, false)?;
            let all = act.tx.read().process_definitions(false)?.into_iter();
            let own: Vec<_> = all.filter(|row| row.deployment_id == id).collect();
            for row in &own {
                if cascade {
                    act.clear(row, skip)?;
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
            delegates_as_topics: true,
            ..DeployOptions::default()
        };
        let files = meant.map(|file| (file.name, file.bytes)).collect();
        self.deploy_as(caller, options, files)
    }

    /// Deletes a process definition by its id; `cascade` cancels what runs on it first, and the
    /// history goes with it.
    pub fn delete_definition(
        &self,
        caller: &Caller,
        id: &str,
        cascade: bool,
        skip: Skip,
    ) -> Result<(), DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let gone = || DeskError::NotFound(format!("there is no process definition {id}"));
            let row = act.tx.read().process_definition(&id)?.ok_or_else(gone)?;
            let reason = format!("{} v{} is deleted", row.key, row.version);
            let filter = InstanceFilter {
                open: Some(true),
                definition_id: Some(id.clone()),
                ..InstanceFilter::default()
            };
            let running = match cascade {
                true => act.tx.read().instances(&filter, 0, MOST)?,
                false => Vec::new(),
            };
            for instance in running {
                // One may have ended with the instance that called it.
                let now = act.tx.read().instance_by_id(&instance.id)?;
                if now.is_some_and(|now| now.ended.is_none()) {
                    act.cancel_instance(&instance.id, &reason, skip)?;
                }
            }
            act.delete_version(&row.key, row.version, cascade)?;
            Ok(())
        })
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
        self.tx.delete_history_on(&row.id)?;
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

    /// Cancels what runs on a version and forgets all that ever ran on it.
    fn clear(&mut self, row: &ProcessDefinition, skip: Skip) -> Result<(), DeskError> {
        let filter = InstanceFilter {
            open: Some(true),
            definition_id: Some(row.id.clone()),
            ..InstanceFilter::default()
        };
        for instance in self.tx.read().instances(&filter, 0, MOST)? {
            // It may have ended with the instance that called it.
            if self.tx.read().root_of(&instance.id)?.is_some() {
                self.cancel_instance(&instance.id, "deleted deployment", skip)?;
            }
        }
        Ok(self.tx.delete_history_on(&row.id)?)
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
