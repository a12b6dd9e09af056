//! Batches: one thing done to many, to each in a transaction of its own, by a worker.
//!
//! An item goes in the transaction in which it is done: a crash leaves it either done and gone, or
//! as it was. What fails is tried again and then stays, with the reason, until somebody gives it
//! new tries or cancels the batch.

use super::act::Act;
use super::event::Message;
use super::migrate::MigrationPlan;
use super::permission::Operation;
use super::prepare::secret;
use super::restart::Restart;
use super::{Caller, Desk, DeskError, Instruction, instance};
use crate::engine::{Command, Skip};
use crate::store::{self, BatchItem};
use crate::value::{Map, storage};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Most items of a batch.
const MOST: usize = 1_000_000;
/// Items that a worker does before it looks for other work.
const CHUNK: usize = 50;
/// How often an item is tried.
const TRIES: i32 = 3;
/// Failed items that are shown.
const SHOWN: usize = 100;

/// What is done to each item of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase")]
pub enum Work {
    /// An instance moves to another version.
    Migrate {
        /// By this plan.
        plan: MigrationPlan,
    },
    /// Tokens of an instance move.
    Modify {
        /// Like this.
        instructions: Vec<Instruction>,
    },
    /// An ended instance begins anew.
    Restart(Restart),
    /// An instance is cancelled.
    Cancel {
        /// Why.
        reason: String,
    },
    /// The history of an ended instance goes.
    DeleteHistory,
    /// An evaluated decision goes.
    DeleteDecision,
    /// A job takes so many tries.
    JobRetries {
        /// Tries.
        retries: i32,
    },
    /// An external task takes so many tries.
    ExternalTaskRetries {
        /// Tries.
        retries: i32,
    },
    /// An instance is suspended or goes on.
    Suspend {
        /// True suspends.
        suspended: bool,
    },
    /// An instance takes variables.
    SetVariables {
        /// These.
        #[serde(with = "storage::whole")]
        variables: Map,
    },
    /// The history of an ended instance goes at this moment; without one never.
    RemovalTime {
        /// When.
        at: Option<DateTime<Utc>>,
        /// Instead as its definition says now.
        calculated: bool,
        /// With all that the root of each called.
        hierarchical: bool,
    },
    /// A message goes to all in an instance who wait for it.
    Correlate {
        /// Its name.
        message: String,
        /// Variables that it brings.
        #[serde(with = "storage::whole")]
        variables: Map,
    },
}

impl Work {
    /// Camunda's name of the batch type.
    pub fn kind(&self) -> &'static str {
        match self {
            Work::Migrate { .. } => "instance-migration",
            Work::Modify { .. } => "instance-modification",
            Work::Restart(_) => "instance-restart",
            Work::Cancel { .. } => "instance-deletion",
            Work::DeleteHistory => "historic-instance-deletion",
            Work::DeleteDecision => "historic-decision-instance-deletion",
            Work::JobRetries { .. } => "set-job-retries",
            Work::ExternalTaskRetries { .. } => "set-external-task-retries",
            Work::Suspend { .. } => "instance-update-suspension-state",
            Work::SetVariables { .. } => "set-variables",
            Work::RemovalTime { .. } => "process-set-removal-time",
            Work::Correlate { .. } => "correlate-message",
        }
    }

    /// Its items are ids of instances, whole ones.
    fn on_instances(&self) -> bool {
        !matches!(
            self,
            Work::DeleteDecision | Work::JobRetries { .. } | Work::ExternalTaskRetries { .. }
        )
    }

    /// All variables that it brings.
    fn variables(&self) -> Vec<&Map> {
        fn of(all: &[Instruction]) -> Vec<&Map> {
            all.iter().flat_map(Instruction::variables).collect()
        }
        match self {
            Work::Migrate { plan } => vec![&plan.variables],
            Work::Modify { instructions } => of(instructions),
            Work::Restart(restart) => of(&restart.instructions),
            Work::SetVariables { variables } | Work::Correlate { variables, .. } => vec![variables],
            _ => Vec::new(),
        }
    }
}

/// A batch that is not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchView {
    /// Its id.
    pub id: String,
    /// What it does: Camunda's batch type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Items at first.
    pub total: u64,
    /// Items that are done.
    pub completed: u64,
    /// Items that failed for good.
    pub failed: u64,
    /// Nothing of it is done until it goes on.
    pub suspended: bool,
    /// Who made it.
    pub user_id: Option<String>,
    /// When.
    pub created: DateTime<Utc>,
    /// The first of the items that failed, with why; only where one batch is shown.
    #[serde(default)]
    pub failures: Vec<BatchFailure>,
}

/// An item of a batch that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchFailure {
    /// The id of an instance, job, …
    pub item: String,
    /// Tries left.
    pub retries: i32,
    /// Why the last one failed.
    pub message: String,
}

impl Desk {
    /// Makes a batch of this work on these items; its id.
    pub fn create_batch(
        &self,
        caller: &Caller,
        work: &Work,
        items: Vec<String>,
    ) -> Result<String, DeskError> {
        if items.is_empty() || items.len() > MOST {
            return Err(DeskError::Invalid(format!(
                "a batch has at least one item and at most {MOST}; this one has {}",
                items.len()
            )));
        }
        let configuration = serde_json::to_string(work);
        let configuration = configuration.map_err(|e| DeskError::Engine(e.to_string()))?;
        let kind = work.kind().to_owned();
        let names = work.variables().into_iter().flat_map(Map::keys);
        let names: Vec<String> = names.cloned().collect();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            act.keep_no_secret(&names, &items)?;
            let row = store::Batch {
                id: act.core.ids.next(),
                kind: kind.clone(),
                total: items.len() as u64,
                configuration: configuration.clone(),
                suspended: false,
                user: act.name().map(str::to_owned),
                remote: act.remote,
                created: act.now,
                remaining: items.len() as u64,
                failed: 0,
            };
            act.tx.insert_batch(&row, &items, TRIES)?;
            act.log("CreateBatch", "Batch", &row.id)?;
            Ok(row.id)
        })
    }

    /// Does the next items of the batches, each in a transaction of its own; how many were done
    /// or failed.
    pub fn advance_batches(&self, caller: &Caller) -> Result<u64, DeskError> {
        let items = self.store.read(|read| read.batch_work(CHUNK))?;
        for item in &items {
            self.batch_step(caller, item)?;
        }
        Ok(items.len() as u64)
    }

    fn batch_step(&self, caller: &Caller, item: &BatchItem) -> Result<(), DeskError> {
        let (batch, number) = (item.batch.clone(), item.number);
        let done = self.act(caller, move |act| {
            act.require(Operation::Work, false)?;
            // Another worker may have done it, or somebody stopped the batch.
            let Some(item) = act.tx.read().batch_item(&batch, number)? else {
                return Ok(());
            };
            let Some(row) = act.tx.read().batch(&batch)? else {
                return Ok(());
            };
            let work: Work = serde_json::from_str(&row.configuration)
                .map_err(|e| DeskError::Engine(format!("the batch can not be read: {e}")))?;
            // What is done is done on behalf of whoever made the batch.
            let team = act.team()?;
            act.user = row.user.as_deref().and_then(|id| team.user(id)).cloned();
            act.remote = row.remote;
            act.work_on(&work, &item.item)?;
            act.tx.finish_batch_item(&item, act.now)?;
            Ok(())
        });
        let message = match done {
            Ok(()) => return Ok(()),
            Err(error @ (DeskError::Storage(_) | DeskError::Forbidden(_))) => return Err(error),
            Err(error) => error.to_string(),
        };
        let item = item.clone();
        self.act(caller, move |act| {
            Ok(act.tx.fail_batch_item(&item, &message)?)
        })
    }

    /// The batches that are not done, the oldest first.
    pub fn batches(&self, caller: &Caller) -> Result<Vec<BatchView>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            Ok(look.read.batches()?.into_iter().map(view).collect())
        })
    }

    /// One of them, with what failed.
    pub fn batch(&self, caller: &Caller, id: &str) -> Result<BatchView, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            let row = look.read.batch(id)?.ok_or_else(|| gone(id))?;
            let failures = look.read.failed_items(id, SHOWN)?.into_iter();
            Ok(BatchView {
                failures: failures
                    .map(|item| BatchFailure {
                        item: item.item,
                        retries: item.retries,
                        message: item.error.unwrap_or_default(),
                    })
                    .collect(),
                ..view(row)
            })
        })
    }

    /// Stops a batch, or lets it go on.
    pub fn suspend_batch(
        &self,
        caller: &Caller,
        id: &str,
        suspended: bool,
    ) -> Result<(), DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            if !act.tx.suspend_batch(&id, suspended)? {
                return Err(gone(&id));
            }
            let operation = if suspended {
                "SuspendBatch"
            } else {
                "ActivateBatch"
            };
            act.log(operation, "Batch", &id)
        })
    }

    /// Gives what failed for good in a batch new tries; how many items.
    pub fn retry_batch(&self, caller: &Caller, id: &str) -> Result<u64, DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Retry, false)?;
            act.tx.read().batch(&id)?.ok_or_else(|| gone(&id))?;
            Ok(act.tx.retry_batch(&id, TRIES)? as u64)
        })
    }

    /// Cancels a batch: what is done stays done. Its history goes with it, if asked.
    pub fn delete_batch(&self, caller: &Caller, id: &str, history: bool) -> Result<(), DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            if !act.tx.delete_batch(&id, act.now)? {
                return Err(gone(&id));
            }
            if history {
                act.tx.delete_batch_history(&id)?;
            }
            act.log("DeleteBatch", "Batch", &id)
        })
    }

    /// Forgets a batch that is done.
    pub fn delete_batch_history(&self, caller: &Caller, id: &str) -> Result<(), DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            if act.tx.read().batch(&id)?.is_some() || !act.tx.delete_batch_history(&id)? {
                return Err(gone(&id));
            }
            Ok(())
        })
    }
}

impl Act<'_, '_> {
    /// A batch says in the clear what it brings until it is done: passwords are given one by one.
    fn keep_no_secret(&mut self, names: &[String], items: &[String]) -> Result<(), DeskError> {
        let mut seen = HashSet::new();
        for item in items.iter().filter(|_| !names.is_empty()) {
            let Some(row) = self.tx.read().instance_by_id(item)? else {
                continue;
            };
            if !seen.insert(row.definition_id.clone()) {
                continue;
            }
            let process = self
                .core
                .catalog
                .process(&self.tx.read(), &row.definition_id)?;
            if let Some(name) = names.iter().find(|name| secret(&process, name)) {
                return Err(DeskError::Invalid(format!(
                    "{name} is a secret of {}; it can not be set by a batch, set it in each instance",
                    process.id
                )));
            }
        }
        Ok(())
    }

    fn work_on(&mut self, work: &Work, item: &str) -> Result<(), DeskError> {
        if work.on_instances() && self.tx.read().instance_by_id(item)?.is_none() {
            return Err(DeskError::NotFound(format!(
                "there is no process instance {item}"
            )));
        }
        match work {
            Work::Migrate { plan } => self.migrate(item, plan),
            Work::Modify { instructions } => self.modify(item, instructions, Skip::default()),
            Work::Restart(restart) => self.restart(item, restart).map(drop),
            Work::Cancel { reason } => self.cancel_instance(item, reason, Skip::default()),
            Work::DeleteHistory => self.forget(item),
            Work::DeleteDecision => Ok(self.tx.delete_decision(item)?),
            Work::JobRetries { retries } => {
                let retries = *retries;
                self.job(item, |job| Command::SetJobRetries { job, retries })
            }
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
                instance::still_runs(&row)?;
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

fn view(row: store::Batch) -> BatchView {
    BatchView {
        id: row.id,
        kind: row.kind,
        total: row.total,
        completed: row.total.saturating_sub(row.remaining),
        failed: row.failed,
        suspended: row.suspended,
        user_id: row.user,
        created: row.created,
        failures: Vec::new(),
    }
}

fn gone(id: &str) -> DeskError {
    DeskError::NotFound(format!("there is no batch {id}; it may be done"))
}
