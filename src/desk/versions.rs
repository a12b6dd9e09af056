//! Deleting a version of a process: all of it, or nothing.

use super::act::Act;
use super::permission::Operation;
use super::{Caller, Desk, DeskError};
use crate::store::{InstanceFilter, ProcessDefinition, Snapshot};

/// Most running instances that are cancelled with their version.
const MOST: usize = 10_000;

impl Desk {
    /// Deletes a version of a process on which nothing runs; with the `history` of the instances
    /// that have ended on it, if asked, else only where there is none. How many of these went.
    /// The version before it, where it was the newest, starts instances from then on.
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

    /// Deletes a process definition by its id; `cascade` cancels what runs on it first, and the
    /// history goes with it.
    pub fn delete_definition(
        &self,
        caller: &Caller,
        id: &str,
        cascade: bool,
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
                    act.cancel_instance(&instance.id, &reason)?;
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
            let row = act.tx.read().instance_by_id(&id)?;
            let gone = || DeskError::NotFound(format!("there is no process instance {id}"));
            let row = row.ok_or_else(gone)?;
            if row.ended.is_none() {
                return Err(DeskError::Conflict(format!(
                    "{id} still runs; cancel it, or let it end, before deleting its history"
                )));
            }
            act.tx.delete_history(&row.id)?;
            act.log_of("DeleteHistory", "ProcessInstance", &row.id)
        })
    }
}

impl Act<'_, '_> {
    fn delete_version(&mut self, key: &str, version: i32, history: bool) -> Result<u64, DeskError> {
        let row = unused(&self.tx.read(), key, version)?;
        let ended = self.tx.read().ended_on(&row.id)?;
        if ended > 0 && !history {
            return Err(DeskError::Conflict(format!(
                "instances have ended on {key} v{version}, and their history needs it; \
                 delete that with it, or suspend the version"
            )));
        }
        self.tx.delete_history_on(&row.id)?;
        self.tx.delete_process_definition(&row.id)?;
        let before = self.tx.read().latest_process_definition(key)?;
        if let Some(before) = before.filter(|before| before.version < row.version) {
            let process = self.core.catalog.process(&self.tx.read(), &before.id)?;
            self.arm_start_events(&process, &before)?;
        }
        self.log("Delete", "ProcessDefinition", &format!("{key}:{version}"))?;
        Ok(ended)
    }
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
