//! The history of what ended goes when its time to live is over
//! ([History Cleanup](https://docs.camunda.org/manual/7.24/user-guide/process-engine/history/history-cleanup/)).
//!
//! An instance takes the day on which it goes when its root ends: then and so many days as its
//! definition says. A job removes what is to go, as much at a time as keeps nobody waiting. It is
//! due when somebody asks, and now and then where a head has let it; as with Camunda's batch window
//! nothing goes by itself until then.

use super::act::Act;
use super::permission::Operation;
use super::{Caller, Desk, DeskError};
use crate::engine::{Job, JobKind};
use crate::store::{Lived, Operation as Logged};
use crate::value::time::{MOST_DAYS, days_to_live};
use chrono::{DateTime, TimeDelta, Utc};

/// Instances whose history goes in one transaction, so that nobody waits for long.
const GROUP: usize = 50;
/// Rows after which no other one follows in it.
const ROWS: usize = 10_000;
/// How often the job is tried.
const TRIES: i32 = 3;
/// How often a process looks whether something is to go.
const LOOK: TimeDelta = TimeDelta::hours(1);
/// The property that is `on` where a worker removes what is to go.
const SETTING: &str = "historyCleanup";
/// The property that names the job.
const JOB: &str = "historyCleanupJob";

impl Desk {
    /// Says how many days the history of a definition stays, of what ends from now on; without
    /// any for ever.
    pub fn set_history_days(
        &self,
        caller: &Caller,
        of: Lived,
        id: &str,
        days: Option<u32>,
    ) -> Result<(), DeskError> {
        if let Some(days) = days.filter(|days| *days > MOST_DAYS) {
            return Err(DeskError::Invalid(format!(
                "a history stays {days} days? At most {MOST_DAYS}; none is for ever"
            )));
        }
        let id = id.to_owned();
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let Some(before) = act.tx.read().history_days(of, &id)? else {
                return Err(DeskError::NotFound(format!("there is no definition {id}")));
            };
            act.tx.set_history_days(of, &id, days)?;
            act.log_time_to_live(of, &id, before, days)
        })
    }

    /// Whether histories go by themselves.
    pub fn cleans_history(&self) -> Result<bool, DeskError> {
        let setting = self.store.read(|read| read.property(SETTING))?;
        Ok(setting.as_deref() == Some("on"))
    }

    /// Lets histories go by themselves, or keeps all of them.
    pub fn set_cleaning(&self, caller: &Caller, on: bool) -> Result<(), DeskError> {
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            let setting = if on { "on" } else { "off" };
            act.tx.put_property(SETTING, setting)?;
            act.log("SetHistoryCleanup", "History", setting)
        })
    }

    /// Removes what is to go by now, group by group; of how many instances.
    pub fn clean_history(&self, caller: &Caller) -> Result<u64, DeskError> {
        self.look(caller, |look| look.require(Operation::Operate, false))?;
        let mut gone = 0;
        loop {
            let (instances, more) = self.act(&Caller::Desk, |act| act.clean())?;
            gone += instances;
            if !more {
                return Ok(gone);
            }
        }
    }

    /// Makes the job that removes what is to go due now; otherwise it rests, since no hours of the
    /// day are its own. Its id, where it is there.
    pub fn schedule_cleanup(
        &self,
        caller: &Caller,
        now: bool,
    ) -> Result<Option<String>, DeskError> {
        self.act(caller, move |act| {
            act.require(Operation::Operate, false)?;
            act.log("CreateHistoryCleanupJobs", "Job", "immediatelyDue")?;
            act.schedule_cleanup(now)
        })
    }

    /// The id of that job.
    pub fn cleanup_job(&self) -> Result<Option<String>, DeskError> {
        self.store.read(|read| match read.property(JOB)? {
            Some(id) => Ok(read.job(&id)?.map(|row| row.job.id)),
            None => Ok(None),
        })
    }

    /// The same now and then, whichever process looks first, unless it is off or nothing is to go.
    pub(crate) fn clean_if_time(&self) -> Result<(), DeskError> {
        let now = self.clock().now();
        {
            let mut told = self.told();
            if told
                .cleaned
                .is_some_and(|last: DateTime<Utc>| now - last < LOOK && now >= last)
            {
                return Ok(());
            }
            told.cleaned = Some(now);
        }
        if !self.cleans_history()? || !self.store.read(|read| read.any_removable(now))? {
            return Ok(());
        }
        self.act(&Caller::Desk, |act| act.schedule_cleanup(true).map(drop))
    }
}

impl Act<'_, '_> {
    /// Notes which definition got another time to live, and from which to which it went.
    fn log_time_to_live(
        &mut self,
        of: Lived,
        id: &str,
        before: Option<u32>,
        after: Option<u32>,
    ) -> Result<(), DeskError> {
        let (entity, named) = match of {
            Lived::Process => ("ProcessDefinition", "processDefinitionId"),
            Lived::Decision => ("DecisionDefinition", "decisionDefinitionId"),
        };
        let days = |days: Option<u32>| days.map(|days| days.to_string());
        for (property, old_value, new_value) in [
            ("historyTimeToLive", days(before), days(after)),
            (named, None, Some(id.to_owned())),
        ] {
            let row = Logged {
                operation: "UpdateHistoryTimeToLive".to_owned(),
                entity: entity.to_owned(),
                property: Some(property.to_owned()),
                old_value,
                new_value,
                ..Logged::default()
            };
            self.tx.log_operation(&self.by(), &row)?;
        }
        Ok(())
    }

    fn schedule_cleanup(&mut self, now: bool) -> Result<Option<String>, DeskError> {
        let known = match self.tx.read().property(JOB)? {
            Some(id) => self.tx.read().job(&id)?.map(|row| row.job),
            None => None,
        };
        let mut job = match known {
            Some(job) => job,
            None if !now => return Ok(None),
            None => Job {
                id: self.core.ids.next(),
                kind: JobKind::HistoryCleanup,
                created: self.now,
                ..Job::default()
            },
        };
        if now {
            (job.due, job.retries, job.retry_at) = (self.now, TRIES, None);
        }
        job.suspended = !now;
        self.tx.put_own_job(&job)?;
        self.tx.put_property(JOB, &job.id)?;
        Ok(Some(job.id))
    }

    /// The job runs: once more while it finds something, then it rests until it is asked for.
    pub(super) fn clean_by(&mut self, mut job: Job) -> Result<(), DeskError> {
        let (_, more) = self.clean()?;
        (job.due, job.retries, job.retry_at) = (self.now, TRIES, None);
        job.error_message = None;
        job.suspended = !more;
        Ok(self.tx.put_own_job(&job)?)
    }

    /// Removes what is to go by now, as much as one transaction may; of how many instances, and
    /// whether there may be more. What was to go and no longer is stays: it is looked for here.
    fn clean(&mut self) -> Result<(u64, bool), DeskError> {
        let (mut instances, mut rows) = (0, 0);
        for id in self.tx.read().removable(self.now, GROUP)? {
            if rows >= ROWS {
                break;
            }
            rows += self.tx.delete_history(&id)?;
            instances += 1;
        }
        let others = self.tx.delete_removable(self.now, GROUP)?;
        Ok((instances, instances > 0 || others > 0))
    }

    /// Says when the history of an instance goes, or all that belongs to its root.
    pub(super) fn remove_at(
        &mut self,
        id: &str,
        at: Option<DateTime<Utc>>,
        calculated: bool,
        hierarchical: bool,
    ) -> Result<(), DeskError> {
        let row = self.tx.read().instance_by_id(id)?;
        let gone = || DeskError::NotFound(format!("there is no process instance {id}"));
        let row = row.ok_or_else(gone)?;
        let at = match calculated {
            false => at,
            true => {
                let root = self
                    .tx
                    .read()
                    .instance_by_id(&row.root_id)?
                    .unwrap_or(row.clone());
                let days = self
                    .tx
                    .read()
                    .history_days(Lived::Process, &root.definition_id)?;
                let days = days.flatten().map(|days| TimeDelta::days(i64::from(days)));
                root.ended.zip(days).map(|(ended, days)| ended + days)
            }
        };
        match hierarchical {
            true => Ok(self.tx.set_removal(&row.root_id, true, at)?),
            false => Ok(self.tx.set_removal(&row.id, false, at)?),
        }
    }

    /// Says when an evaluated decision goes; calculated it is so many days after it as its
    /// definition says. One is kept with those that it required: they go together.
    pub(super) fn remove_decision_at(
        &mut self,
        id: &str,
        at: Option<DateTime<Utc>>,
        calculated: bool,
    ) -> Result<(), DeskError> {
        let decided = self.tx.read().decided(id)?;
        let (evaluated, definition) = decided
            .ok_or_else(|| DeskError::NotFound(format!("there is no evaluated decision {id}")))?;
        let at = match calculated {
            false => at,
            true => {
                let days = self
                    .tx
                    .read()
                    .history_days(Lived::Decision, &definition)?
                    .flatten();
                days.map(|days| evaluated + TimeDelta::days(i64::from(days)))
            }
        };
        self.tx.set_decision_removal(id, at)?;
        Ok(())
    }

    /// Says when the history of a batch goes; calculated it is never, since batches have no time
    /// to live.
    pub(super) fn remove_batch_at(
        &mut self,
        id: &str,
        at: Option<DateTime<Utc>>,
    ) -> Result<(), DeskError> {
        match self.tx.set_batch_removal(id, at)? {
            true => Ok(()),
            false => Err(DeskError::NotFound(format!("there is no batch {id}"))),
        }
    }

    /// Takes the time to live that a model says; what can not be read counts as none.
    pub(super) fn live(
        &mut self,
        of: Lived,
        id: &str,
        text: Option<&str>,
    ) -> Result<(), DeskError> {
        let days = text.and_then(|text| days_to_live(text).ok().flatten());
        if days.is_some() {
            self.tx.set_history_days(of, id, days)?;
        }
        Ok(())
    }
}
