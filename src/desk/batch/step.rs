//! What a worker does with a batch: the next items, each in a transaction of its own.

use super::{TRIES, Work};
use crate::crash;
use crate::desk::act::Act;
use crate::desk::event::Message;
use crate::desk::notice::Notice;
use crate::desk::permission::Operation;
use crate::desk::{Caller, Desk, DeskError, instance};
use crate::engine::Command;
use crate::store::{Batch, BatchItem, StoreError, panic_message};
use chrono::TimeDelta;
use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Items that a worker does before it looks for other work.
const CHUNK: usize = 50;
/// Items that are under way at the same time.
const TOGETHER: usize = 8;
/// How long what failed first waits; the next time three times as long.
const PAUSE: TimeDelta = TimeDelta::seconds(5);
/// The longest that what failed waits for its next try.
pub const LAST_PAUSE: TimeDelta = TimeDelta::seconds(5 * 3_i64.pow(TRIES.unsigned_abs() - 2));
/// The longest that something waits for what stands in its way.
const LONGEST: TimeDelta = TimeDelta::minutes(10);

impl Desk {
    /// Does the next items of the batches; how many were done or failed. One that fails keeps no
    /// other waiting.
    ///
    /// # Errors
    /// The caller may not work, or the database can not be written.
    pub fn advance_batches(&self, caller: &Caller) -> Result<u64, DeskError> {
        let now = self.clock().now();
        let items = self.store.read(|read| read.batch_work(now, CHUNK))?;
        let next = AtomicUsize::new(0);
        let work = || -> Result<(), DeskError> {
            while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.batch_step(caller, item)?;
            }
            Ok(())
        };
        // Several wait for one commit together; each is a transaction of its own all the same.
        thread::scope(|scope| {
            let others = 1..TOGETHER.min(items.len());
            let others: Vec<_> = others.map(|_| scope.spawn(work)).collect();
            let mut done = work();
            for other in others {
                let broken = |panic: Box<dyn Any + Send>| {
                    let detail = panic_message(panic.as_ref());
                    Err(StoreError::Panicked { detail }.into())
                };
                done = done.and(other.join().unwrap_or_else(broken));
            }
            done
        })?;
        Ok(items.len() as u64)
    }

    fn batch_step(&self, caller: &Caller, item: &BatchItem) -> Result<(), DeskError> {
        crash::point("desk.batch.before_write");
        let next = item.clone();
        let done = self.act(caller, move |act| {
            act.require(Operation::Work, false)?;
            act.batch_step(&next)
        });
        crash::point("desk.batch.after_write");
        let Err(error) = done else {
            return Ok(());
        };
        // Whatever it was, it is the item's own as long as this can be written.
        let item = item.clone();
        self.act(caller, move |act| {
            act.require(Operation::Work, false)?;
            act.batch_failed(&item, &error)
        })
    }
}

impl Act<'_, '_> {
    fn batch_step(&mut self, item: &BatchItem) -> Result<(), DeskError> {
        // Another worker may have done it, or somebody suspended the batch.
        let read = self.tx.read();
        let item = read.batch_item(&item.batch, item.number, self.now)?;
        let Some(item) = item else {
            return Ok(());
        };
        let Some(row) = self.tx.read().batch(&item.batch)? else {
            return Ok(());
        };
        let work = match self.on_behalf(&row)? {
            Ok(work) => work,
            Err(why) => return self.stop_batch(&row, &why),
        };
        self.work_on(&work, &item.item)?;
        self.tx.finish_batch_item(&item, self.now)?;
        Ok(())
    }

    /// What is done is done on behalf of whoever answers for the batch, with their rights as they
    /// are now; or why the batch can not go on.
    fn on_behalf(&mut self, row: &Batch) -> Result<Result<Work, String>, DeskError> {
        let work = match serde_json::from_str(&row.configuration) {
            Ok(work) => work,
            Err(error) => return Ok(Err(format!("what it is to do can not be read: {error}"))),
        };
        self.remote = row.remote;
        self.user = None;
        if let Some(name) = &row.user {
            let team = self.team()?;
            let Some(user) = team.user(name) else {
                let why = format!("{name}, who made it, is no longer in the team");
                return Ok(Err(why));
            };
            self.user = Some(user.clone());
        }
        match self.require(Operation::Operate, false) {
            Ok(()) => Ok(Ok(work)),
            Err(DeskError::Forbidden(_)) => {
                let name = row.user.as_deref().unwrap_or_default();
                let why = format!("{name}, who made it, is no team head any more");
                Ok(Err(why))
            }
            Err(error) => Err(error),
        }
    }

    /// There is no instance that could have an incident: the team heads are told.
    fn stop_batch(&mut self, row: &Batch, why: &str) -> Result<(), DeskError> {
        self.tx.stop_batch(&row.id, why)?;
        let id = &row.id;
        let kind = &row.kind;
        let to = self.team()?.heads().map(|head| head.id.clone()).collect();
        self.keep(&[Notice {
            kind: "incident",
            key: format!("batch:{id}:{}", self.now.timestamp_millis()),
            text: format!(
                "A batch ({kind}) was stopped: {why}; to answer for it from now on: crewdesk batch activate {id}"
            ),
            task_id: None,
            process_instance_id: None,
            to,
            group: None,
        }])
    }

    /// What failed is tried again later. What stands in its way for now, and a database that can
    /// not be used, cost no try: it is looked at again when the batch is twice as old.
    fn batch_failed(&mut self, item: &BatchItem, error: &DeskError) -> Result<(), DeskError> {
        let Some(row) = self.tx.read().batch(&item.batch)? else {
            return Ok(());
        };
        let (left, pause) = match error {
            DeskError::Conflict(_) | DeskError::Storage(_) => {
                let age = self.now - row.created;
                (item.retries, age.clamp(PAUSE, LONGEST))
            }
            _ => {
                let failed = (TRIES - item.retries).clamp(0, TRIES);
                let pause = PAUSE * 3_i32.pow(failed.unsigned_abs());
                ((item.retries - 1).max(0), pause)
            }
        };
        let (why, due) = (error.to_string(), self.now + pause);
        Ok(self.tx.fail_batch_item(item, &why, left, due)?)
    }

    fn work_on(&mut self, work: &Work, item: &str) -> Result<(), DeskError> {
        if let Some(runs) = work.on_running() {
            let row = self.tx.read().instance_by_id(item)?;
            let row = row.ok_or_else(|| {
                DeskError::NotFound(format!("there is no process instance {item}"))
            })?;
            // Not for now, but for good: it is no conflict.
            match (runs, instance::still_runs(&row)) {
                (Some(true), Err(error)) => return Err(DeskError::Invalid(error.to_string())),
                (Some(false), Ok(())) => {
                    return Err(DeskError::Invalid(format!("instance {item} still runs")));
                }
                _ => {}
            }
        }
        match work {
            Work::Migrate { plan, skip } => self.migrate(item, plan, *skip),
            Work::Modify(modification) => self.modify(item, modification),
            Work::Restart(restart) => self.restart(item, restart).map(drop),
            Work::Cancel { reason, skip } => self.cancel_instance(item, reason, *skip),
            Work::DeleteHistory => self.forget(item),
            Work::DeleteDecision => Ok(self.tx.delete_decision(item)?),
            Work::JobRetries { retries, due } => {
                self.set_job_retries(item, *retries, due.map(Some))
            }
            Work::RetryIncident => self.try_again(item).map(drop),
            Work::ExternalTaskRetries { retries } => {
                let found = self.tx.read().external_task(item)?;
                let found = found.ok_or_else(|| {
                    DeskError::NotFound(format!("there is no external task {item}"))
                })?;
                let command = Command::SetExternalTaskRetries {
                    task: item.to_owned(),
                    retries: *retries,
                };
                self.apply(&found.root_id, command)
            }
            Work::Suspend { suspended } => self.suspend(item, *suspended),
            Work::SetVariables { variables } => {
                let row = self.tx.read().instance(item)?;
                let variables = self.admit_into(&row.root_id, &row.id, variables)?;
                let command = Command::SetVariables {
                    scope: row.id,
                    variables,
                    local: false,
                };
                self.apply(&row.root_id, command)
            }
            Work::RemovalTime {
                at,
                calculated,
                hierarchical,
            } => self.remove_at(item, *at, *calculated, *hierarchical),
            Work::DecisionRemovalTime { at, calculated } => {
                self.remove_decision_at(item, *at, *calculated)
            }
            Work::BatchRemovalTime { at } => self.remove_batch_at(item, *at),
            Work::Correlate { message, variables } => self.correlate_all(&Message {
                name: message.clone(),
                process_instance_id: Some(item.to_owned()),
                variables: variables.clone(),
                all: true,
                ..Message::default()
            }),
        }
    }
}
