//! Batches: one thing done to many, to each in a transaction of its own, by a worker.
//!
//! An item goes in the transaction in which it is done: a crash leaves it either done and gone, or
//! as it was. What fails is tried again a little later and then stays, with the reason, until
//! somebody gives it new tries or cancels the batch. What a worker does with it is in `step`.

mod step;

pub(super) use step::LAST_PAUSE;

use super::act::Act;
use super::migrate::MigrationPlan;
use super::operate::Modification;
use super::permission::Operation;
use super::prepare::secret;
use super::restart::Restart;
use super::{Caller, Desk, DeskError, Instruction};
use crate::engine::Skip;
use crate::store;
use crate::value::{Map, storage};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Most items of a batch.
const MOST: usize = 1_000_000;
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
        /// Without this of the model.
        #[serde(default)]
        skip: Skip,
    },
    /// Tokens of an instance move.
    Modify(Modification),
    /// An ended instance begins anew.
    Restart(Restart),
    /// An instance is cancelled.
    Cancel {
        /// Why.
        reason: String,
        /// Without this of the model.
        #[serde(default)]
        skip: Skip,
    },
    /// The history of an ended instance goes.
    DeleteHistory,
    /// An evaluated decision goes.
    DeleteDecision,
    /// A job takes so many tries.
    JobRetries {
        /// Tries.
        retries: i32,
        /// And is due then.
        #[serde(default)]
        due: Option<DateTime<Utc>>,
    },
    /// What failed in an incident takes a new try.
    RetryIncident,
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
    /// An evaluated decision goes at this moment; without one with its instance.
    DecisionRemovalTime {
        /// When.
        at: Option<DateTime<Utc>>,
        /// Instead as its definition says now.
        calculated: bool,
    },
    /// The history of a batch goes at this moment; without one never.
    BatchRemovalTime {
        /// When.
        at: Option<DateTime<Utc>>,
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
    /// Camunda's name of the batch type, where Camunda has such batches.
    pub fn kind(&self) -> &'static str {
        match self {
            Work::Migrate { .. } => "instance-migration",
            Work::Modify(_) => "instance-modification",
            Work::Restart(_) => "instance-restart",
            Work::Cancel { .. } => "instance-deletion",
            Work::DeleteHistory => "historic-instance-deletion",
            Work::DeleteDecision => "historic-decision-instance-deletion",
            Work::JobRetries { .. } => "set-job-retries",
            Work::RetryIncident => "incident-retry",
            Work::ExternalTaskRetries { .. } => "set-external-task-retries",
            Work::Suspend { .. } => "instance-update-suspension-state",
            Work::SetVariables { .. } => "set-variables",
            Work::RemovalTime { .. } => "process-set-removal-time",
            Work::DecisionRemovalTime { .. } => "decision-set-removal-time",
            Work::BatchRemovalTime { .. } => "batch-set-removal-time",
            Work::Correlate { .. } => "correlate-message",
        }
    }

    /// Where its items are instances, by their whole ids: whether these have to run, or to have
    /// ended, or neither.
    fn on_running(&self) -> Option<Option<bool>> {
        match self {
            Work::DeleteDecision
            | Work::DecisionRemovalTime { .. }
            | Work::BatchRemovalTime { .. }
            | Work::JobRetries { .. }
            | Work::RetryIncident
            | Work::ExternalTaskRetries { .. } => None,
            Work::RemovalTime { .. } => Some(None),
            Work::DeleteHistory | Work::Restart(_) => Some(Some(false)),
            _ => Some(Some(true)),
        }
    }

    /// All variables that it brings.
    fn variables(&mut self) -> Vec<&mut Map> {
        fn of(all: &mut [Instruction]) -> Vec<&mut Map> {
            all.iter_mut().flat_map(Instruction::variables).collect()
        }
        match self {
            Work::Migrate { plan, .. } => vec![&mut plan.variables],
            Work::Modify(how) => of(&mut how.instructions),
            Work::Restart(restart) => of(&mut restart.instructions),
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
    /// Why it can not go on as it is; whoever lets it go on answers for it from then on.
    #[serde(default)]
    pub stopped: Option<String>,
    /// Who answers for it: who made it, unless another let it go on.
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
        let work = work.clone();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            act.make_batch(&work, &items)
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

    /// Suspends a batch, or lets it go on; one that was stopped on behalf of the caller.
    pub fn suspend_batch(
        &self,
        caller: &Caller,
        id: &str,
        suspended: bool,
    ) -> Result<(), DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let row = act.tx.read().batch(&id)?.ok_or_else(|| gone(&id))?;
            act.tx.suspend_batch(&id, suspended)?;
            if row.stopped.is_some() && !suspended {
                let user = act.name().map(str::to_owned);
                act.tx.give_batch(&id, user.as_deref(), act.remote)?;
            }
            let operation = if suspended {
                "SuspendBatch"
            } else {
                "ActivateBatch"
            };
            act.log(operation, "Batch", &id)
        })
    }

    /// Gives what failed in a batch new tries, at once; how many items.
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
    /// Makes a batch of this work on these items, on behalf of whoever acts; its id.
    pub(super) fn make_batch(
        &mut self,
        work: &Work,
        items: &[String],
    ) -> Result<String, DeskError> {
        if items.is_empty() || items.len() > MOST {
            return Err(DeskError::Invalid(format!(
                "a batch has at least one item and at most {MOST}; this one has {}",
                items.len()
            )));
        }
        let configuration = serde_json::to_string(work);
        let configuration = configuration.map_err(|e| DeskError::Engine(e.to_string()))?;
        let mut brings = work.clone();
        let brings = brings.variables().into_iter();
        let names: Vec<String> = brings.flat_map(|brought| brought.keys().cloned()).collect();
        self.keep_no_secret(&names, items)?;
        let row = store::Batch {
            id: self.core.ids.next(),
            kind: work.kind().to_owned(),
            total: items.len() as u64,
            configuration,
            suspended: false,
            stopped: None,
            user: self.name().map(str::to_owned),
            remote: self.remote,
            created: self.now,
            remaining: items.len() as u64,
            failed: 0,
        };
        self.tx.insert_batch(&row, items, TRIES)?;
        self.log("CreateBatch", "Batch", &row.id)?;
        Ok(row.id)
    }

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
}

fn view(row: store::Batch) -> BatchView {
    BatchView {
        id: row.id,
        kind: row.kind,
        total: row.total,
        completed: row.total.saturating_sub(row.remaining),
        failed: row.failed,
        suspended: row.suspended,
        stopped: row.stopped,
        user_id: row.user,
        created: row.created,
        failures: Vec::new(),
    }
}

fn gone(id: &str) -> DeskError {
    DeskError::NotFound(format!("there is no batch {id}; it may be done"))
}
