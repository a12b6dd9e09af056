//! Deleting a version of a process.

use super::permission::Operation;
use super::{Caller, Desk, DeskError};
use crate::store::{InstanceFilter, ProcessDefinition, Snapshot};

/// Instances whose history goes in one transaction, so that nobody waits for long.
const GROUP: usize = 200;
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
        let mut gone = 0;
        loop {
            let key = key.to_owned();
            let step = self.act(caller, move |act| {
                act.require(Operation::Operate, false)?;
                let row = unused(&act.tx.read(), &key, version)?;
                let ended = act.tx.read().ended_on(&row.id, GROUP)?;
                if !ended.is_empty() && !history {
                    return Err(DeskError::Conflict(format!(
                        "instances have ended on {key} v{version}, and their history needs it; \
                         delete that with it, or suspend the version"
                    )));
                }
                for id in &ended {
                    act.tx.delete_history(id)?;
                }
                if ended.len() == GROUP {
                    return Ok((GROUP, false));
                }
                act.tx.delete_process_definition(&row.id)?;
                let before = act.tx.read().latest_process_definition(&key)?;
                if let Some(before) = before.filter(|before| before.version < row.version) {
                    let process = act.core.catalog.process(&act.tx.read(), &before.id)?;
                    act.arm_start_events(&process, &before)?;
                }
                let name = format!("{key}:{version}");
                act.log("Delete", "ProcessDefinition", &name)?;
                Ok((ended.len(), true))
            })?;
            gone += step.0 as u64;
            if step.1 {
                return Ok(gone);
            }
        }
    }
}

impl Desk {
    /// Deletes a process definition by its id; `cascade` cancels what runs on it first, and the
    /// history goes with it.
    pub fn delete_definition(
        &self,
        caller: &Caller,
        id: &str,
        cascade: bool,
    ) -> Result<(), DeskError> {
        let (row, running) = self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            let gone = || DeskError::NotFound(format!("there is no process definition {id}"));
            let row = look.read.process_definition(id)?.ok_or_else(gone)?;
            let filter = InstanceFilter {
                open: Some(true),
                definition_id: Some(id.to_owned()),
                ..InstanceFilter::default()
            };
            let running = match cascade {
                true => look.read.instances(&filter, 0, MOST)?,
                false => Vec::new(),
            };
            Ok((row, running))
        })?;
        let reason = format!("{} v{} is deleted", row.key, row.version);
        for instance in running {
            match self.cancel(caller, &instance.id, &reason) {
                // It ended meanwhile, or with the instance that called it.
                Ok(()) | Err(DeskError::NotFound(_) | DeskError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        self.delete_version(caller, &row.key, row.version, cascade)?;
        Ok(())
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
