//! Reminders: due soon, overdue, and work without a worker.
//!
//! A worker asks for them, and so does every client that shows notifications, since a desk
//! without a worker must say so itself. Whoever comes first tells; a notice is kept once.

use super::act::Act;
use super::notice;
use super::reminder::{EARLIEST, remind_at};
use super::work::SILENCE;
use super::{Caller, Desk, DeskError};
use crate::engine::Task;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::PoisonError;

/// How often a client looks.
const EVERY: TimeDelta = TimeDelta::seconds(10);
/// Tasks told of in one go; the others come with the next.
const MOST: usize = 200;
/// The property that says up to which due date everybody heard of what is late.
const TOLD: &str = "toldOverdueUntil";

impl Desk {
    /// Tells what became due soon or late, and that no worker is alive; of how many tasks.
    /// What was told before is not told again.
    pub fn remind(&self) -> Result<u64, DeskError> {
        let caller = &Caller::Desk;
        let now = self.clock().now();
        let (soon, late, lonely) = self.look(caller, |look| {
            let told = look.read.property(TOLD)?.and_then(|text| text.parse().ok());
            let told = told
                .and_then(DateTime::from_timestamp_millis)
                .unwrap_or(DateTime::UNIX_EPOCH);
            let soon = look.read.tasks_due(now, now + EARLIEST, MOST)?.into_iter();
            let soon: Vec<Task> = soon
                .map(|row| row.task)
                .filter(|task| is_soon(task, now))
                .collect();
            let late = look.read.tasks_due(told, now, MOST)?.into_iter();
            let late: Vec<Task> = late.map(|row| row.task).collect();
            let waiting = look.read.waiting_work(now)?;
            let alive = !look.read.workers(now - SILENCE)?.is_empty();
            let last = || -> Result<_, DeskError> {
                let known = look.read.workers(DateTime::UNIX_EPOCH)?;
                Ok(known
                    .iter()
                    .map(|worker| worker.heartbeat)
                    .max()
                    .unwrap_or(DateTime::UNIX_EPOCH))
            };
            let lonely = (waiting > 0 && !alive)
                .then(last)
                .transpose()?
                .map(|since| (waiting, since));
            Ok((soon, late, lonely))
        })?;
        let soon = self.unheard(soon, now);
        let due = (soon.len() + late.len()) as u64;
        if due == 0 && self.heard(lonely) {
            return Ok(due);
        }
        self.act(caller, move |act| {
            for task in soon {
                act.notify_of(&task, |s| s.due_soon(&task).into_iter().collect())?;
            }
            for task in &late {
                act.notify_of(task, |s| s.overdue(task).into_iter().collect())?;
            }
            if let Some(due) = late.iter().filter_map(|task| task.due).max() {
                // A page that is not full has seen all up to now.
                let until = if late.len() < MOST { act.now } else { due };
                act.tx
                    .put_property(TOLD, &until.timestamp_millis().to_string())?;
            }
            if let Some((waiting, since)) = lonely {
                let notice = notice::no_worker(act.team()?, waiting, since);
                act.keep(&[notice])?;
            }
            Ok(())
        })?;
        Ok(due)
    }

    /// The same, at most every few seconds in this process.
    pub(super) fn remind_if_time(&self) -> Result<(), DeskError> {
        let now = self.clock().now();
        {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told
                .looked
                .is_some_and(|last| now - last < EVERY && now >= last)
            {
                return Ok(());
            }
            told.looked = Some(now);
        }
        self.remind().map(drop)
    }

    /// Those of which this process has not told yet: the others need no look at the database.
    fn unheard(&self, mut soon: Vec<Task>, now: DateTime<Utc>) -> Vec<Task> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.soon.retain(|(_, due)| *due > now);
        soon.retain(|task| told.soon.insert((task.id.clone(), task.due.unwrap_or(now))));
        soon
    }

    fn heard(&self, lonely: Option<(u64, DateTime<Utc>)>) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let since = lonely.map(|(_, since)| since);
        std::mem::replace(&mut told.lonely, since) == since
    }
}

impl Act<'_, '_> {
    /// A task that comes or moves when its due date is near or over is told of at once.
    pub(super) fn remind_of(&mut self, task: &Task) -> Result<(), DeskError> {
        let now = self.now;
        let soon = is_soon(task, now);
        if !soon && task.due.is_none_or(|due| due > now) {
            return Ok(());
        }
        self.notify_of(task, |situation| {
            let soon = soon.then(|| situation.due_soon(task)).flatten();
            soon.into_iter().chain(situation.overdue(task)).collect()
        })
    }
}

/// True when it is time to remind of a task.
fn is_soon(task: &Task, now: DateTime<Utc>) -> bool {
    let due = task.due.filter(|due| *due > now);
    due.and_then(|due| remind_at(task.created, due))
        .is_some_and(|at| at <= now)
}
