//! Operating: versions, suspension, jobs, incidents, and tokens moved by hand.

use super::act::Act;
use super::permission::Operation;
use super::view::{Definition, IncidentView};
use super::{Caller, Desk, DeskError, deploy, instance};
use crate::crash;
pub use crate::engine::Instruction;
use crate::engine::{Command, SubscriptionKind};
use crate::store::{InstanceFilter, JobRow, ProcessDefinition};
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

/// A job that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobView {
    /// Its id.
    pub id: String,
    /// What it does.
    pub kind: String,
    /// The process instance; none for a timer that starts instances.
    pub process_instance_id: Option<String>,
    /// What the instance is called.
    #[serde(default)]
    pub title: Option<String>,
    /// The process definition.
    pub process_definition_id: String,
    /// The BPMN id of its node.
    pub activity_id: String,
    /// When it is due.
    pub due_date: DateTime<Utc>,
    /// Not tried again before this.
    pub retry_date: Option<DateTime<Utc>>,
    /// Retries left.
    pub retries: i32,
    /// The last failure.
    pub exception_message: Option<String>,
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

/// Which jobs are meant.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobQuery {
    /// Of this process instance.
    pub process_instance_id: Option<String>,
    /// Only those that have failed for good.
    pub failed: bool,
}

impl Desk {
    /// Processes by key, the newest version first, with what runs on each; only the newest
    /// versions unless all are asked for.
    pub fn versions(&self, caller: &Caller, all: bool) -> Result<Vec<Version>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            let standing = look.read.standing()?;
            let rows = look.read.process_definitions(!all)?.into_iter();
            let versions = rows.map(|row| {
                let on = standing.get(&row.id).copied().unwrap_or_default();
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

    /// Suspends or activates a process instance: suspended, nothing in it goes on.
    pub fn suspend_instance(
        &self,
        caller: &Caller,
        id: &str,
        suspended: bool,
    ) -> Result<(), DeskError> {
        let id = id.to_owned();
        crash::point("desk.suspend.before_write");
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            act.suspend(&id, suspended)
        })?;
        crash::point("desk.suspend.after_write");
        Ok(())
    }

    /// The same for several, all or none. Their ids are whole.
    pub fn suspend_instances(
        &self,
        caller: &Caller,
        ids: Vec<String>,
        suspended: bool,
    ) -> Result<(), DeskError> {
        crash::point("desk.suspend.before_write");
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            ids.iter().try_for_each(|id| act.suspend(id, suspended))
        })?;
        crash::point("desk.suspend.after_write");
        Ok(())
    }

    /// Suspends or activates all versions of a process, so that it starts no instances; and
    /// its running instances too, if asked; only this version, if one is named. How many
    /// instances.
    pub fn suspend_process(
        &self,
        caller: &Caller,
        key: &str,
        version: Option<i32>,
        suspended: bool,
        instances: bool,
    ) -> Result<u64, DeskError> {
        let only = match version {
            Some(version) => self.look(caller, |look| {
                look.require(Operation::Operate, false)?;
                Ok(Some(deploy::version(look.read, key, version)?.id))
            })?,
            None => None,
        };
        self.suspend_versions(caller, key, only, suspended, instances)
    }

    /// The same for one version.
    pub fn suspend_version(
        &self,
        caller: &Caller,
        key: &str,
        id: &str,
        suspended: bool,
        instances: bool,
    ) -> Result<u64, DeskError> {
        self.suspend_versions(caller, key, Some(id.to_owned()), suspended, instances)
    }

    fn suspend_versions(
        &self,
        caller: &Caller,
        key: &str,
        only: Option<String>,
        suspended: bool,
        instances: bool,
    ) -> Result<u64, DeskError> {
        let key = key.to_owned();
        crash::point("desk.suspend.before_write");
        let changed = self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            deploy::newest(&act.tx.read(), &key)?;
            let meant = |row: &ProcessDefinition| {
                row.key == key && only.as_ref().is_none_or(|id| row.id == *id)
            };
            let versions = act.tx.read().process_definitions(false)?;
            for version in versions.into_iter().filter(meant) {
                act.tx.suspend_process_definition(&version.id, suspended)?;
                for row in act.tx.read().start_jobs(&version.id)? {
                    act.tx.put_start_job(&row.job, suspended)?;
                }
            }
            let operation = if suspended { "Suspend" } else { "Activate" };
            act.log(operation, "ProcessDefinition", &key)?;
            let mut changed = 0;
            if instances {
                let filter = InstanceFilter {
                    open: Some(true),
                    process_key: Some(key.clone()),
                    definition_id: only.clone(),
                    ..InstanceFilter::default()
                };
                for row in act.tx.read().instances(&filter, 0, MOST)? {
                    act.suspend(&row.id, suspended)?;
                    changed += 1;
                }
            }
            Ok(changed)
        })?;
        crash::point("desk.suspend.after_write");
        Ok(changed)
    }

    /// Jobs, the first due first.
    pub fn jobs(&self, caller: &Caller, query: &JobQuery) -> Result<Vec<JobView>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            let rows = match &query.process_instance_id {
                Some(id) => {
                    let row = look.read.instance(id)?;
                    look.read.jobs(&row.id)?
                }
                None => look.read.all_jobs(MOST)?,
            };
            let mut shown: Vec<_> = rows.into_iter().map(job).collect();
            shown.retain(|job| !query.failed || job.retries == 0);
            for job in &mut shown {
                if let Some(id) = &job.process_instance_id {
                    let name = look.read.instance_name(id)?;
                    job.title = name.title.or(name.business_key);
                }
            }
            Ok(shown)
        })
    }

    /// Executes a job now, due or not; what goes wrong is told and recorded.
    pub fn run_job(&self, caller: &Caller, id: &str) -> Result<(), DeskError> {
        self.look(caller, |look| look.require(Operation::Operate, false))?;
        let gone = || DeskError::NotFound(format!("there is no job {id}; it may have run"));
        let found = self.store.read(|read| read.job(id))?;
        found.ok_or_else(gone)?;
        match self.execute_job(&Caller::Desk, id)? {
            true => Ok(()),
            false => {
                let job = self.store.read(|read| read.job(id))?;
                let why = job.and_then(|row| row.job.error_message);
                Err(DeskError::Engine(why.unwrap_or_else(|| {
                    "its instance is suspended; activate that first".to_owned()
                })))
            }
        }
    }

    /// Gives jobs so many tries; above 0 that resolves their incidents.
    pub fn set_job_retries(
        &self,
        caller: &Caller,
        jobs: &[String],
        retries: i32,
    ) -> Result<(), DeskError> {
        let jobs = jobs.to_vec();
        self.act(caller, move |act| {
            act.require(Operation::Retry, false)?;
            for id in &jobs {
                let found = act.tx.read().job(id)?.map(|row| row.job);
                act.job(id, |job| Command::SetJobRetries { job, retries })?;
                if let Some(job) = found
                    && let Some(instance) = &job.process_instance_id
                {
                    let place = (instance.as_str(), Some(job.activity_id.as_str()));
                    let tries = retries.to_string();
                    act.log_deed(instance::RETRIED, "Job", place, ("retries", &tries))?;
                }
            }
            Ok(())
        })
    }

    /// Moves the due date of a job; without one it is due now.
    pub fn set_job_due(
        &self,
        caller: &Caller,
        job: &str,
        due: Option<DateTime<Utc>>,
    ) -> Result<(), DeskError> {
        let job = job.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let due = due.unwrap_or(act.now);
            act.job(&job, |job| Command::SetJobDue { job, due })
        })
    }

    /// Evaluates the timer of a job again: as of now, or of when the job was made.
    pub fn recalculate_job(
        &self,
        caller: &Caller,
        job: &str,
        from_creation: bool,
    ) -> Result<(), DeskError> {
        let job = job.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            act.job(&job, |job| Command::RecalculateJob { job, from_creation })
        })
    }

    /// Gives everything that has failed for good a new try: jobs and external tasks of all
    /// instances, or of those of one process. How many.
    pub fn retry_all(&self, caller: &Caller, key: Option<&str>) -> Result<u32, DeskError> {
        let key = key.map(str::to_owned);
        self.act(caller, move |act| {
            act.require(Operation::Retry, false)?;
            let filter = InstanceFilter {
                open: Some(true),
                with_incident: true,
                process_key: key.clone(),
                ..InstanceFilter::default()
            };
            let mut tries = 0;
            for row in act.tx.read().instances(&filter, 0, MOST)? {
                tries += act.retry_incidents(&row)?;
            }
            Ok(tries)
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
                if let Some((root, incident)) = act.tx.read().incident(id)? {
                    act.retry_incident(&root, incident)?;
                    tries += 1;
                }
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
            let mut shown: Vec<_> = rows.take(MOST).map(instance::incident).collect();
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
        self.modify_all(caller, vec![id.to_owned()], instructions)
    }

    /// Moves tokens of several process instances in the same way, all or none.
    pub fn modify_all(
        &self,
        caller: &Caller,
        ids: Vec<String>,
        instructions: Vec<Instruction>,
    ) -> Result<(), DeskError> {
        crash::point("desk.modify.before_write");
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            for id in &ids {
                let row = act.tx.read().instance(id)?;
                instance::still_runs(&row)?;
                let command = Command::Modify {
                    process_instance: row.id.clone(),
                    instructions: instructions.clone(),
                };
                act.apply(&row.root_id, command)?;
                act.log_of("ModifyProcessInstance", "ProcessInstance", &row.id)?;
            }
            Ok(())
        })?;
        crash::point("desk.modify.after_write");
        Ok(())
    }
}

impl Act<'_, '_> {
    fn suspend(&mut self, id: &str, suspended: bool) -> Result<(), DeskError> {
        let row = self.tx.read().instance(id)?;
        instance::still_runs(&row)?;
        let command = Command::SetSuspended {
            process_instance: Some(row.id),
            suspended,
        };
        self.apply(&row.root_id, command)
    }
}

fn job(row: JobRow) -> JobView {
    let job = row.job;
    JobView {
        id: job.id,
        kind: job.kind.as_str().to_owned(),
        process_instance_id: job.process_instance_id,
        title: None,
        process_definition_id: job.definition_id,
        activity_id: job.activity_id,
        due_date: job.due,
        retry_date: job.retry_at,
        retries: job.retries,
        exception_message: job.error_message,
    }
}
