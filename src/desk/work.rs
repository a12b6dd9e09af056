//! What a background worker needs besides external tasks: jobs, its sign of life, and the
//! progress of running insertions.

use super::act::Act;
use super::batch::LAST_PAUSE;
use super::event::Given;
use super::notice::Notice;
use super::permission::Operation;
use super::{Caller, Desk, DeskError};
use crate::crash;
use crate::dmn;
use crate::engine::{
    Command, DecisionRef, DecisionVersion, ExternalTask, Job, JobKind, next_start, start_events,
};
use crate::insert::Frame;
use crate::store::{Progress, Worker};
use crate::value::Map;
use chrono::{DateTime, TimeDelta, Utc};

/// How long a lock of a worker of our own lasts unless it is renewed.
pub const LOCK: TimeDelta = TimeDelta::seconds(10);
/// How often such a worker renews its locks and gives a sign of life.
pub const HEARTBEAT: TimeDelta = TimeDelta::seconds(3);
/// A worker without a sign of life for this long counts as dead.
pub const SILENCE: TimeDelta = TimeDelta::seconds(10);

/// How long a timer that failed to start an instance waits before it tries again.
const START_PAUSE: TimeDelta = TimeDelta::minutes(1);

/// How far an insertion is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Advance {
    /// What it is busy with, in a word; empty where that is not known.
    pub pass: &'static str,
    /// Rows of that so far.
    pub rows: u64,
    /// Bytes read so far.
    pub bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
    /// Rows a second.
    pub rate: f64,
    /// The database waits for rows.
    pub waits: bool,
}

/// Whether running work is still wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Wanted {
    /// Go on.
    Yes,
    /// Somebody stopped this insertion: it fails and goes back to its employee.
    Stopped,
    /// The task is gone or somebody else's: undo and forget it.
    Gone,
}

/// What waits for a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Due jobs, and external tasks that could be locked.
    pub ready: u64,
    /// Those that a worker holds who may be dead.
    pub locked: u64,
    /// When something next becomes due by itself: a job, or the end of a lock.
    pub next: Option<DateTime<Utc>>,
    /// Whether an item of a batch that failed gets its next try within seconds.
    pub retrying: bool,
}

impl Waiting {
    /// Whether a worker that stops when there is nothing to do may stop. What only waits for a
    /// date, or for what stands in its way, keeps none.
    pub fn is_idle(&self) -> bool {
        self.locked == 0 && !self.retrying
    }
}

impl Desk {
    /// A worker came, or gives a sign of life. Workers that died long ago are forgotten.
    pub fn heartbeat(
        &self,
        caller: &Caller,
        worker: &str,
        topics: &[String],
    ) -> Result<(), DeskError> {
        let (worker, topics) = (worker.to_owned(), topics.to_vec());
        self.act(caller, move |act| {
            act.require(Operation::Work, false)?;
            act.tx.put_worker(&Worker {
                id: worker.clone(),
                host: host(),
                pid: std::process::id(),
                topics: topics.clone(),
                started: act.now,
                heartbeat: act.now,
            })?;
            act.tx.delete_silent_workers(act.now - TimeDelta::days(1))?;
            Ok(())
        })
    }

    /// A worker goes.
    pub fn retire_worker(&self, caller: &Caller, worker: &str) -> Result<(), DeskError> {
        let worker = worker.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Work, false)?;
            Ok(act.tx.delete_worker(&worker)?)
        })
    }

    /// Locks due jobs for a worker; their ids, the longest due first.
    pub fn acquire_jobs(
        &self,
        caller: &Caller,
        worker: &str,
        most: usize,
    ) -> Result<Vec<String>, DeskError> {
        let worker = worker.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Work, false)?;
            let mut locked = Vec::new();
            while locked.len() < most
                && let Some(row) = act.tx.lock_job(&worker, act.now, act.now + LOCK)?
            {
                locked.push(row.job.id);
            }
            Ok(locked)
        })
    }

    /// Executes a job. What goes wrong in the model costs a retry and is recorded, with an
    /// incident at none left; false then. A job that is gone meanwhile is done.
    pub fn execute_job(&self, caller: &Caller, job: &str) -> Result<bool, DeskError> {
        crash::point("desk.job.before_write");
        let id = job.to_owned();
        let done = self.act(caller, move |act| {
            act.require(Operation::Work, false)?;
            act.job(&id, |job| Command::ExecuteJob { job })
        });
        crash::point("desk.job.after_write");
        let message = match done {
            Ok(()) => return Ok(true),
            Err(DeskError::NotFound(_)) => return Ok(true),
            // Its instance is suspended: it waits.
            Err(DeskError::Conflict(_)) => return Ok(false),
            Err(error @ (DeskError::Storage(_) | DeskError::Forbidden(_))) => return Err(error),
            Err(error) => error.to_string(),
        };
        let id = job.to_owned();
        let failed = self.act(caller, move |act| {
            act.require(Operation::Work, false)?;
            act.job(&id, |job| Command::JobFailed {
                job,
                message: message.clone(),
            })
        });
        match failed {
            Ok(()) | Err(DeskError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What waits for a worker of these topics.
    pub fn waiting(&self, topics: &[String]) -> Result<Waiting, DeskError> {
        let now = self.clock().now();
        self.store.read(|read| {
            let (ready, locked) = read.takeable(topics, now)?;
            let retry = read.next_batch_work(now)?;
            Ok(Waiting {
                ready,
                locked,
                next: [read.next_event(now)?, retry].into_iter().flatten().min(),
                retrying: retry.is_some_and(|at| at - now <= LAST_PAUSE),
            })
        })
    }

    /// Evaluates the newest version of a decision: the outputs of its only result, empty
    /// without one.
    pub fn decide(&self, key: &str, variables: &Map) -> Result<Map, DeskError> {
        let mut results = self.decide_by(key, DecisionVersion::Latest, variables)?;
        match results.len() {
            0 | 1 => Ok(results.pop().unwrap_or_default()),
            several => Err(DeskError::Engine(format!(
                "{several} rules of the decision {key} gave a result where one is needed"
            ))),
        }
    }

    /// Evaluates this version of a decision: the outputs of every result.
    pub fn decide_version(
        &self,
        key: &str,
        version: i64,
        variables: &Map,
    ) -> Result<Vec<Map>, DeskError> {
        self.decide_by(key, DecisionVersion::Number(version), variables)
    }

    fn decide_by(
        &self,
        key: &str,
        version: DecisionVersion,
        variables: &Map,
    ) -> Result<Vec<Map>, DeskError> {
        let reference = DecisionRef {
            key: key.to_owned(),
            version,
        };
        let (_, file) = self
            .store
            .read(|read| self.core.catalog.decision(read, &reference))?;
        let mut budget = self.core.settings.expressions.budget();
        let outcome = dmn::evaluate(&file, key, variables, self.clock().now(), &mut budget)
            .map_err(|error| DeskError::Engine(error.to_string()))?;
        Ok(outcome.results)
    }

    /// A captured frame, under the name that it came with.
    pub fn frame(&self, hash: &str) -> Result<Frame, DeskError> {
        let frame = self.core.frames.open(hash).map_err(|error| {
            if error.is_transient() {
                DeskError::Storage(error.to_string())
            } else {
                error.into()
            }
        })?;
        Ok(match self.store.read(|read| read.frame(hash))? {
            Some(row) => frame.named(row.name),
            None => frame,
        })
    }

    /// Says how far an insertion is, and hears whether it is still wanted.
    pub fn report_progress(
        &self,
        caller: &Caller,
        external_task: &str,
        worker: &str,
        advance: Advance,
    ) -> Result<Wanted, DeskError> {
        self.report_progress_and(caller, external_task, worker, advance, false)
    }

    fn report_progress_and(
        &self,
        caller: &Caller,
        external_task: &str,
        worker: &str,
        advance: Advance,
        commit: bool,
    ) -> Result<Wanted, DeskError> {
        let (id, worker) = (external_task.to_owned(), worker.to_owned());
        self.act(caller, move |act| {
            act.require(Operation::Work, false)?;
            let Some(found) = act.tx.read().external_task(&id)? else {
                return Ok(Wanted::Gone);
            };
            let task = found.task;
            if task.worker_id.as_deref() != Some(&worker) {
                return Ok(Wanted::Gone);
            }
            let goes_on = act.tx.put_progress(&Progress {
                external_task_id: task.id.clone(),
                process_instance_id: task.process_instance_id,
                rows: whole(advance.rows),
                bytes: whole(advance.bytes),
                total_bytes: whole(advance.total_bytes),
                rate: advance.rate,
                updated: act.now,
                cancel: false,
                committing: false,
            })?;
            if !goes_on {
                return Ok(Wanted::Stopped);
            }
            if commit {
                act.tx.mark_committing(&task.id, true)?;
            }
            Ok(Wanted::Yes)
        })
    }

    /// A worker asks whether it may make an insertion last. At [`Wanted::Yes`] the task is its
    /// own until it says how that ended: nobody cancels or stops it any more. Both this and a
    /// cancellation are one transaction of the desk, so that one of them comes first.
    pub fn begin_commit(
        &self,
        caller: &Caller,
        external_task: &str,
        worker: &str,
        advance: Advance,
    ) -> Result<Wanted, DeskError> {
        crash::point("desk.committing.before_write");
        let wanted = self.report_progress_and(caller, external_task, worker, advance, true);
        crash::point("desk.committing.after_write");
        wanted
    }

    /// True when a worker went to commit an external task and has not said how that ended.
    pub(crate) fn may_be_in(&self, caller: &Caller, id: &str) -> Result<bool, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::Work, false)?;
            let progress = look.read.progress_of(id)?;
            Ok(progress.is_some_and(|progress| progress.committing))
        })
    }

    /// A worker has seen that an earlier attempt, or its own, kept nothing.
    pub fn nothing_committed(
        &self,
        caller: &Caller,
        external_task: &str,
        worker: &str,
    ) -> Result<(), DeskError> {
        let (id, worker) = (external_task.to_owned(), worker.to_owned());
        self.act(caller, move |act| {
            act.require(Operation::Work, false)?;
            let found = act.tx.read().external_task(&id)?;
            if found.is_some_and(|found| found.task.worker_id.as_deref() == Some(&worker)) {
                act.tx.mark_committing(&id, false)?;
            }
            Ok(())
        })
    }
}

impl Act<'_, '_> {
    pub(super) fn job(
        &mut self,
        id: &str,
        command: impl FnOnce(String) -> Command,
    ) -> Result<(), DeskError> {
        let gone = || DeskError::NotFound(format!("there is no job {id}"));
        let found = self.tx.read().job(id)?.ok_or_else(gone)?;
        match found.root_id {
            Some(root) => self.apply(&root, command(id.to_owned())),
            None => self.own_job(found.job, command(id.to_owned())),
        }
    }

    /// A job of no instance.
    fn own_job(&mut self, mut job: Job, command: Command) -> Result<(), DeskError> {
        match command {
            Command::ExecuteJob { .. } if job.kind == JobKind::HistoryCleanup => {
                return self.clean_by(job);
            }
            Command::ExecuteJob { .. } => {
                self.tx.delete_own_job(&job.id)?;
                return match job.kind {
                    JobKind::Suspension => self.suspend_by(&job),
                    _ => self.start_by(&job),
                };
            }
            Command::DeleteJob { .. } => return Ok(self.tx.delete_own_job(&job.id)?),
            Command::JobFailed { message, .. } => {
                job.retries = (job.retries - 1).max(0);
                job.retry_at = Some(self.now + START_PAUSE);
                if job.retries == 0 {
                    self.given_up(&job, &message)?;
                }
                job.error_message = Some(message);
            }
            Command::SetJobRetries { retries, .. } => {
                if retries < 0 {
                    return Err(DeskError::Invalid(
                        "a job has 0 tries left, or more".to_owned(),
                    ));
                }
                (job.retries, job.retry_at) = (retries, None);
            }
            Command::SetJobDue { due, .. } => job.due = due,
            Command::SetJobPriority { priority, .. } => job.priority = priority,
            Command::RecalculateJob { from_creation, .. } if job.kind == JobKind::TimerStart => {
                let from = match from_creation {
                    true => job.created,
                    false => self.now,
                };
                job.due = self.first_due(&job, from)?.unwrap_or(job.due);
            }
            _ => return Ok(()),
        }
        Ok(self.tx.put_own_job(&job)?)
    }

    /// A timer starts an instance, and waits for its next round.
    fn start_by(&mut self, job: &Job) -> Result<(), DeskError> {
        let ids = self.core.ids.clone();
        if let Some(next) = next_start(job, self.now, &mut || ids.next()) {
            self.put_start_job(next)?;
        }
        let given = Given::ByThrow(&Map::new());
        self.start_at(&job.definition_id, &job.activity_id, None, given)
            .map(drop)
    }

    /// A change at a later time is due.
    fn suspend_by(&mut self, job: &Job) -> Result<(), DeskError> {
        let change = serde_json::from_str(job.configuration.as_deref().unwrap_or_default());
        let change = change.map_err(|error| DeskError::Engine(error.to_string()))?;
        self.change_state(&change).map(drop)
    }

    /// When the timer of a start event fires first, as of then.
    fn first_due(
        &mut self,
        job: &Job,
        from: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, DeskError> {
        let process = self
            .core
            .catalog
            .process(&self.tx.read(), &job.definition_id)?;
        let ids = self.core.ids.clone();
        let found = start_events(&process, &job.definition_id, from, &mut || ids.next())
            .map_err(super::act::refused)?;
        let mut jobs = found.jobs.into_iter();
        let new = jobs.find(|new| new.activity_id == job.activity_id);
        Ok(new.map(|new| new.due))
    }

    /// There is no instance that could have an incident: the team heads are told.
    fn given_up(&mut self, job: &Job, why: &str) -> Result<(), DeskError> {
        let id = &job.id;
        let what = match job.kind {
            JobKind::Suspension => "nothing is suspended or activated at its time".to_owned(),
            JobKind::HistoryCleanup => "no history is removed any more".to_owned(),
            _ => {
                let definition = self.tx.read().process_definition(&job.definition_id)?;
                let key = definition.map_or_else(|| job.definition_id.clone(), |row| row.key);
                format!("{key} is not started by its timer any more")
            }
        };
        let to = self.team()?.heads().map(|head| head.id.clone()).collect();
        self.keep(&[Notice {
            kind: "incident",
            key: format!("incident:{id}:{}", self.now.timestamp_millis()),
            text: format!("{what}: {why}; once corrected: crewdesk job retry {id}"),
            task_id: None,
            process_instance_id: None,
            to,
            group: None,
        }])
    }
}

impl Act<'_, '_> {
    /// True from when the worker of an external task went to commit until it says how it ended.
    pub(super) fn is_committing(&self, task: &ExternalTask) -> Result<bool, DeskError> {
        let progress = self.tx.read().progress_of(&task.id)?;
        Ok(progress.is_some_and(|progress| progress.committing))
    }

    /// Refuses to take an external task away whose rows may be in the target: who is told that
    /// an instance is cancelled must be able to rely on it. Where nobody will find out any more,
    /// since no try is left, a person decides.
    pub(super) fn refuse_if_committing(&self, task: &ExternalTask) -> Result<(), DeskError> {
        if !self.is_committing(task)? || given_up(task) {
            return Ok(());
        }
        Err(DeskError::Conflict(match task.is_locked(self.now) {
            true => "its rows are being committed at this moment, too late to take them back;                      see in a moment how it ended"
                .to_owned(),
            false => "its worker went away while it committed the rows; the next worker finds                       out whether they are in: crewdesk worker run, then look again"
                .to_owned(),
        }))
    }
}

/// True when no worker will take an external task again by itself.
pub(super) fn given_up(task: &ExternalTask) -> bool {
    task.retries == Some(0)
}

fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// With what the names of this process's workers begin.
pub fn of_this_process() -> String {
    format!("crewdesk-{}-", std::process::id())
}

/// The machine's name, for people who look for a worker.
fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())
        .unwrap_or_else(|| "this machine".to_owned())
}
