//! Suspended: instances, in which nothing goes on; processes, which start none; jobs, which no
//! worker takes. Now, or at a later time by a job.

use super::act::Act;
use super::batch::Work;
use super::permission::Operation;
use super::{Caller, Desk, DeskError, deploy, instance};
use crate::crash;
use crate::engine::{Command, Job, JobKind};
pub use crate::store::JobScope;
use crate::store::{InstanceFilter, ProcessDefinition};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Most instances that one command changes; more are left to a batch.
const MOST: u64 = 10_000;
/// How often a change at a later time is tried.
const TRIES: i32 = 3;

/// What is suspended or activated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateChange {
    /// What.
    pub what: Suspendable,
    /// True suspends.
    pub suspended: bool,
    /// Also the instances of a process, or the jobs of job definitions.
    pub include: bool,
}

/// What can be suspended beside instances and jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Suspendable {
    /// A version of a process, by its id.
    Process(String),
    /// All versions of a process.
    Key(String),
    /// A job definition.
    JobDefinition(String),
    /// All job definitions of a version of a process.
    JobsOf(String),
    /// All job definitions of all versions of a process.
    JobsOfKey(String),
}

/// What a change of state reached beside what it was said of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// How many instances or jobs with it.
    pub instances: u64,
    /// The batch that does it to them one by one, where they are very many.
    #[serde(default)]
    pub batch: Option<String>,
}

impl Desk {
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

    /// Suspends or activates all versions of a process, so that it starts no instances, and its
    /// job definitions; and its running instances too, if asked; only this version, if one is
    /// named. How many instances.
    pub fn suspend_process(
        &self,
        caller: &Caller,
        key: &str,
        version: Option<i32>,
        suspended: bool,
        instances: bool,
    ) -> Result<Changed, DeskError> {
        let what = match version {
            Some(version) => self.look(caller, |look| {
                look.require(Operation::Operate, false)?;
                let row = deploy::version(look.read, key, version)?;
                Ok(Suspendable::Process(row.id))
            })?,
            None => Suspendable::Key(key.to_owned()),
        };
        let change = StateChange {
            what,
            suspended,
            include: instances,
        };
        self.change_state(caller, change, None)
    }

    /// Suspends or activates processes or job definitions, now or by a job that is due at a later
    /// time; how many instances or jobs with them by now. A job definition that is suspended makes
    /// suspended jobs.
    pub fn change_state(
        &self,
        caller: &Caller,
        change: StateChange,
        at: Option<DateTime<Utc>>,
    ) -> Result<Changed, DeskError> {
        crash::point("desk.suspend.before_write");
        let changed = self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            if let Suspendable::Key(key) | Suspendable::JobsOfKey(key) = &change.what {
                deploy::newest(&act.tx.read(), key)?;
            }
            let of_jobs = match &change.what {
                Suspendable::Process(_) | Suspendable::Key(_) => "",
                _ => "JobDefinition",
            };
            let verb = if change.suspended {
                "Suspend"
            } else {
                "Activate"
            };
            let entity = if of_jobs.is_empty() {
                "ProcessDefinition"
            } else {
                of_jobs
            };
            act.log(&format!("{verb}{of_jobs}"), entity, change.what.name())?;
            match at {
                None => act.change_state(&change),
                Some(at) => {
                    act.change_state_at(&change, at)?;
                    Ok(Changed::default())
                }
            }
        })?;
        crash::point("desk.suspend.after_write");
        Ok(changed)
    }

    /// Suspends or activates jobs; how many.
    pub fn suspend_jobs(
        &self,
        caller: &Caller,
        jobs: JobScope,
        suspended: bool,
    ) -> Result<u64, DeskError> {
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let operation = if suspended {
                "SuspendJob"
            } else {
                "ActivateJob"
            };
            act.log(operation, "Job", jobs.name())?;
            act.suspend_jobs(&jobs, suspended)
        })
    }
}

impl Suspendable {
    fn name(&self) -> &str {
        match self {
            Suspendable::Process(name)
            | Suspendable::Key(name)
            | Suspendable::JobDefinition(name)
            | Suspendable::JobsOf(name)
            | Suspendable::JobsOfKey(name) => name,
        }
    }
}

impl Act<'_, '_> {
    pub(super) fn suspend(&mut self, id: &str, suspended: bool) -> Result<(), DeskError> {
        let row = self.tx.read().instance(id)?;
        instance::still_runs(&row)?;
        let command = Command::SetSuspended {
            process_instance: Some(row.id),
            suspended,
        };
        self.apply(&row.root_id, command)
    }

    /// Suspends or activates what is deployed. What is gone by now needs no state.
    pub(super) fn change_state(&mut self, change: &StateChange) -> Result<Changed, DeskError> {
        let jobs = match &change.what {
            Suspendable::Process(id) => {
                self.suspend_versions(change, |row| row.id == *id)?;
                JobScope::Process(id.clone())
            }
            Suspendable::Key(key) => {
                self.suspend_versions(change, |row| row.key == *key)?;
                JobScope::Key(key.clone())
            }
            Suspendable::JobDefinition(id) => JobScope::JobDefinition(id.clone()),
            Suspendable::JobsOf(id) => JobScope::Process(id.clone()),
            Suspendable::JobsOfKey(key) => JobScope::Key(key.clone()),
        };
        for mut row in self.tx.read().job_definitions(&jobs)? {
            row.suspended = change.suspended;
            self.tx.put_job_definition(&row)?;
        }
        match &change.what {
            Suspendable::JobDefinition(_) => {}
            _ => self.suspend_start_jobs(&jobs, change.suspended)?,
        }
        match &change.what {
            _ if !change.include => Ok(Changed::default()),
            Suspendable::Process(id) => self.suspend_all(None, Some(id), change.suspended),
            Suspendable::Key(key) => self.suspend_all(Some(key), None, change.suspended),
            _ => Ok(Changed {
                instances: self.suspend_jobs(&jobs, change.suspended)?,
                batch: None,
            }),
        }
    }

    /// A new version of a process starts no instances before then.
    pub(super) fn suspend_until(&mut self, id: &str, at: DateTime<Utc>) -> Result<(), DeskError> {
        let mut change = StateChange {
            what: Suspendable::Process(id.to_owned()),
            suspended: true,
            include: false,
        };
        self.change_state(&change)?;
        change.suspended = false;
        self.change_state_at(&change, at)
    }

    /// Leaves the same to a job.
    pub(super) fn change_state_at(
        &mut self,
        change: &StateChange,
        at: DateTime<Utc>,
    ) -> Result<(), DeskError> {
        let configuration =
            serde_json::to_string(change).map_err(|error| DeskError::Engine(error.to_string()))?;
        let job = Job {
            id: self.core.ids.next(),
            kind: JobKind::Suspension,
            due: at,
            retries: TRIES,
            created: self.now,
            configuration: Some(configuration),
            ..Job::default()
        };
        Ok(self.tx.put_own_job(&job)?)
    }

    fn suspend_versions(
        &mut self,
        change: &StateChange,
        meant: impl Fn(&ProcessDefinition) -> bool,
    ) -> Result<(), DeskError> {
        let versions = self.tx.read().process_definitions(false)?;
        for version in versions.iter().filter(|version| meant(version)) {
            let tx = &mut self.tx;
            tx.suspend_process_definition(&version.id, change.suspended)?;
        }
        Ok(())
    }

    /// The running instances of a process or of a version of it.
    fn suspend_all(
        &mut self,
        key: Option<&String>,
        version: Option<&String>,
        suspended: bool,
    ) -> Result<Changed, DeskError> {
        let filter = InstanceFilter {
            open: Some(true),
            process_key: key.cloned(),
            definition_id: version.cloned(),
            ..InstanceFilter::default()
        };
        let ids = self.tx.read().instance_ids(&filter)?;
        let instances = ids.len() as u64;
        let batch = match instances > MOST {
            true => Some(self.make_batch(&Work::Suspend { suspended }, &ids)?),
            false => {
                ids.iter().try_for_each(|id| self.suspend(id, suspended))?;
                None
            }
        };
        Ok(Changed { instances, batch })
    }

    /// Timers that start instances.
    fn suspend_start_jobs(&mut self, jobs: &JobScope, suspended: bool) -> Result<(), DeskError> {
        let all = self.tx.read().jobs_in(jobs)?.into_iter();
        for mut row in all.filter(|row| row.job.kind == JobKind::TimerStart) {
            row.job.suspended = suspended;
            self.tx.put_own_job(&row.job)?;
        }
        Ok(())
    }

    fn suspend_jobs(&mut self, jobs: &JobScope, suspended: bool) -> Result<u64, DeskError> {
        let found = self.tx.read().jobs_in(jobs)?;
        let count = found.len() as u64;
        for of_one in found.chunk_by(|a, b| a.root_id == b.root_id) {
            let Some(root) = of_one.first().and_then(|row| row.root_id.clone()) else {
                for row in of_one {
                    let mut job = row.job.clone();
                    job.suspended = suspended;
                    self.tx.put_own_job(&job)?;
                }
                continue;
            };
            let jobs = of_one.iter().map(|row| row.job.id.clone()).collect();
            self.apply(&root, Command::SuspendJobs { jobs, suspended })?;
        }
        Ok(count)
    }
}
