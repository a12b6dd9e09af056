//! Jobs by hand: when, how often and in which order they are tried, and their definitions.

use super::act::Act;
use super::listing::{Given, JOB_DEFINITION, ListQuery};
use super::permission::Operation;
use super::view::{date, key_of};
use super::{Caller, Desk, DeskError, instance};
use crate::engine::{Command, job_definitions};
use crate::model::Process;
use crate::store::{JobRow, JobScope};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Most rows of a list.
const MOST: usize = 10_000;

/// A job that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobView {
    /// Its id.
    pub id: String,
    /// What it does.
    #[serde(rename = "jobType")]
    pub kind: String,
    /// The process instance; none for a timer that starts instances.
    pub process_instance_id: Option<String>,
    /// What the instance is called.
    #[serde(default)]
    pub title: Option<String>,
    /// The process definition.
    pub process_definition_id: String,
    /// Its key.
    #[serde(default)]
    pub process_definition_key: String,
    /// The execution; none for a timer that starts instances.
    #[serde(default)]
    pub execution_id: Option<String>,
    /// The BPMN id of its node.
    pub activity_id: String,
    /// The same, once it has failed.
    #[serde(default)]
    pub failed_activity_id: Option<String>,
    /// When it was made.
    #[serde(default, with = "date")]
    pub create_time: DateTime<Utc>,
    /// When it is due.
    #[serde(with = "date")]
    pub due_date: DateTime<Utc>,
    /// Not tried again before this.
    #[serde(with = "date::optional")]
    pub retry_date: Option<DateTime<Utc>>,
    /// Retries left.
    pub retries: i32,
    /// The last failure.
    pub exception_message: Option<String>,
    /// Of those that are due the highest comes first.
    #[serde(default)]
    pub priority: i64,
    /// No worker takes it.
    #[serde(default)]
    pub suspended: bool,
}

/// What jobs of a process have in common, as Camunda lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobDefinitionView {
    /// Its id.
    pub id: String,
    /// The process definition.
    pub process_definition_id: String,
    /// The BPMN id of their node.
    pub activity_id: String,
    /// What they do.
    pub job_type: String,
    /// How: `async-before`, say.
    pub job_configuration: Option<String>,
    /// New ones are suspended.
    pub suspended: bool,
    /// The priority of new ones, whatever the model says.
    pub overriding_job_priority: Option<i64>,
}

/// Which jobs are meant.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobQuery {
    /// Of this process instance.
    pub process_instance_id: Option<String>,
    /// Only those that have failed for good.
    pub failed: bool,
    /// The one with this id alone.
    pub id: Option<String>,
}

impl Desk {
    /// Jobs, the first due first.
    pub fn jobs(&self, caller: &Caller, query: &JobQuery) -> Result<Vec<JobView>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Operate, false)?;
            let rows = match (&query.id, &query.process_instance_id) {
                (Some(id), _) => look.read.job(id)?.into_iter().collect(),
                (None, Some(id)) => {
                    let row = look.read.instance(id)?;
                    look.read.jobs(&row.id)?
                }
                (None, None) => look.read.all_jobs(MOST)?,
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

    /// Job definitions, of all processes or of all versions of one.
    pub fn job_definitions(
        &self,
        caller: &Caller,
        key: Option<&str>,
    ) -> Result<Vec<JobDefinitionView>, DeskError> {
        let mut asked = ListQuery::default();
        let mut filters = JOB_DEFINITION.filters.iter();
        let by_key = filters.find(|filter| filter.name == "processDefinitionKey");
        let key = key.map(|key| Given::Text(key.to_owned()));
        asked.filters.extend(by_key.zip(key));
        let found = self.list(caller, &JOB_DEFINITION, &asked)?.into_iter();
        let view = |entry| serde_json::from_value(serde_json::Value::Object(entry));
        let shown = found.map(view).collect::<Result<_, _>>();
        shown.map_err(|error| DeskError::Engine(error.to_string()))
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

    /// Gives jobs so many tries; above 0 that resolves their incidents. `due` moves their due
    /// dates, `Some(None)` to now.
    pub fn set_job_retries(
        &self,
        caller: &Caller,
        jobs: &[String],
        retries: i32,
        due: Option<Option<DateTime<Utc>>>,
    ) -> Result<(), DeskError> {
        let jobs = jobs.to_vec();
        self.act(caller, move |act| {
            act.require(Operation::Retry, false)?;
            jobs.iter()
                .try_for_each(|job| act.set_job_retries(job, retries, due))
        })
    }

    /// The same for the jobs of a job definition that have no tries left; how many.
    pub fn retry_job_definition(
        &self,
        caller: &Caller,
        id: &str,
        retries: i32,
        due: Option<Option<DateTime<Utc>>>,
    ) -> Result<u64, DeskError> {
        let scope = JobScope::JobDefinition(id.to_owned());
        self.act(caller, move |act| {
            act.require(Operation::Retry, false)?;
            let found = act.tx.read().jobs_in(&scope)?.into_iter();
            let mut changed = 0;
            for row in found.filter(|row| row.job.retries == 0) {
                act.set_job_retries(&row.job.id, retries, due)?;
                changed += 1;
            }
            act.log("SetJobRetries", "JobDefinition", scope.name())?;
            Ok(changed)
        })
    }

    /// Sets the priority of a job: of those that are due the highest comes first.
    pub fn set_job_priority(
        &self,
        caller: &Caller,
        job: &str,
        priority: i64,
    ) -> Result<(), DeskError> {
        let job = job.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            act.job(&job, |job| Command::SetJobPriority { job, priority })?;
            act.log("SetPriority", "Job", &job)
        })
    }

    /// Sets the priority of the new jobs of a job definition, whatever the model says; none lets
    /// the model say it again. `jobs` sets that of those that are there, too.
    pub fn prioritize_job_definition(
        &self,
        caller: &Caller,
        id: &str,
        priority: Option<i64>,
        jobs: bool,
    ) -> Result<(), DeskError> {
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let gone =
                || DeskError::NotFound(format!("Job definition with id '{id}' does not exist"));
            let mut row = act.tx.read().job_definition(&id)?.ok_or_else(gone)?;
            row.priority = priority;
            act.tx.put_job_definition(&row)?;
            act.log("SetPriority", "JobDefinition", &id)?;
            let (true, Some(priority)) = (jobs, priority) else {
                return Ok(());
            };
            for row in act.tx.read().jobs_in(&JobScope::JobDefinition(row.id))? {
                act.job(&row.job.id, |job| Command::SetJobPriority { job, priority })?;
            }
            Ok(())
        })
    }

    /// Removes a job: what it was to do is not done. One that a worker executes is not removed.
    pub fn delete_job(&self, caller: &Caller, job: &str) -> Result<(), DeskError> {
        let job = job.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            if act.tx.read().is_executed(&job)? {
                return Err(DeskError::Conflict(
                    "Cannot delete job when the job is being executed. Try again later.".to_owned(),
                ));
            }
            act.job(&job, |job| Command::DeleteJob { job })?;
            act.log("Delete", "Job", &job)
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
}

impl Act<'_, '_> {
    pub(super) fn set_job_retries(
        &mut self,
        job: &str,
        retries: i32,
        due: Option<Option<DateTime<Utc>>>,
    ) -> Result<(), DeskError> {
        let found = self.tx.read().job(job)?.map(|row| row.job);
        self.job(job, |job| Command::SetJobRetries { job, retries })?;
        if let Some(found) = found
            && let Some(instance) = &found.process_instance_id
        {
            let place = (instance.as_str(), Some(found.activity_id.as_str()));
            let tries = retries.to_string();
            self.log_deed(instance::RETRIED, "Job", place, ("retries", &tries))?;
        }
        match due {
            Some(due) => {
                let due = due.unwrap_or(self.now);
                self.job(job, |job| Command::SetJobDue { job, due })
            }
            None => Ok(()),
        }
    }

    /// The job definitions of a newly deployed process.
    pub(super) fn define_jobs(
        &mut self,
        process: &Process,
        definition: &str,
        suspended: bool,
    ) -> Result<(), DeskError> {
        for row in job_definitions(process) {
            let id = self.core.ids.next();
            self.tx
                .insert_job_definition(&id, definition, &row, suspended)?;
        }
        Ok(())
    }
}

impl Desk {
    /// Makes the job definitions of what was deployed before there were any.
    pub(super) fn define_missing_jobs(&self) -> Result<(), DeskError> {
        if self.store.read(|read| read.property(MARK))?.is_none() {
            return Ok(());
        }
        self.act(&Caller::Desk, |act| act.define_missing_jobs())
    }
}

impl Act<'_, '_> {
    pub(super) fn define_missing_jobs(&mut self) -> Result<(), DeskError> {
        // Another program may have come first.
        if self.tx.read().property(MARK)?.is_none() {
            return Ok(());
        }
        for row in self.tx.read().process_definitions(false)? {
            // What this version can not read runs no more either.
            if let Ok(process) = self.core.catalog.process(&self.tx.read(), &row.id) {
                self.define_jobs(&process, &row.id, row.suspended)?;
            }
        }
        Ok(self.tx.delete_property(MARK)?)
    }
}

/// The property that a migration leaves where job definitions are missing.
const MARK: &str = "jobDefinitions";

fn job(row: JobRow) -> JobView {
    let job = row.job;
    JobView {
        id: job.id,
        kind: job.kind.as_str().to_owned(),
        process_instance_id: job.process_instance_id,
        title: None,
        process_definition_key: key_of(&job.definition_id).to_owned(),
        process_definition_id: job.definition_id,
        execution_id: job.execution_id,
        failed_activity_id: job.error_message.is_some().then(|| job.activity_id.clone()),
        activity_id: job.activity_id,
        create_time: job.created,
        due_date: job.due,
        retry_date: job.retry_at,
        retries: job.retries,
        exception_message: job.error_message,
        priority: job.priority,
        suspended: job.suspended,
    }
}
