//! Reminders: due soon, overdue, and work without a worker.
//!
//! A worker asks for them, and so does every client that shows notifications, since a desk
//! without a worker must say so itself. Whoever comes first tells; a notice is kept once.

use super::act::Act;
use super::notice;
use super::reminder::{EARLIEST, remind_at};
use super::work::SILENCE;
use super::{Caller, Desk, DeskError, Look, Told};
use crate::engine::Task;
use crate::store::DueTask;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{MutexGuard, PoisonError};

/// How often a client looks.
const EVERY: TimeDelta = TimeDelta::seconds(10);
/// Tasks told of in one go; the others come with the next.
const MOST: usize = 200;
/// The property that says up to which due date and task everybody heard of what is late.
const TOLD: &str = "toldOverdueUntil";

/// What there is to tell.
#[derive(Default)]
struct Found {
    /// Tasks that are due soon and of which this process has not told yet.
    soon: Vec<DueTask>,
    /// Tasks that are late, and up to where that is all of them.
    late: Vec<DueTask>,
    told: Option<String>,
    /// Work that waits though no worker is alive, and since when.
    lonely: Option<(u64, DateTime<Utc>)>,
}

impl Desk {
    /// Tells what became due soon or late, and that no worker is alive; of how many tasks.
    /// What was told before is not told again.
    pub fn remind(&self) -> Result<u64, DeskError> {
        let caller = &Caller::Desk;
        let (now, found) = self.look(caller, |look| Ok((look.now, self.untold(look)?)))?;
        let due = (found.soon.len() + found.late.len()) as u64;
        let since = found.lonely.map(|(_, since)| since);
        if due == 0 && (since.is_none() || self.told().lonely == since) {
            self.told().lonely = since;
            return Ok(due);
        }
        let soon: Vec<_> = found.soon.iter().map(|t| (t.id.clone(), t.due)).collect();
        self.act(caller, move |act| {
            for row in found.soon.iter().chain(&found.late) {
                // It may be done, or due at another time, since it was looked for.
                let task = act.tx.read().task_by_id(&row.id)?.map(|found| found.task);
                let Some(task) = task.filter(|task| task.due == Some(row.due)) else {
                    continue;
                };
                act.notify_of(&task, |s| {
                    let soon = s.due_soon(&task).into_iter();
                    soon.chain(s.overdue(&task)).collect()
                })?;
            }
            if let Some(told) = &found.told {
                act.tx.put_property(TOLD, told)?;
            }
            if let Some((waiting, since)) = found.lonely {
                let notice = notice::no_worker(&*act.team()?, waiting, since);
                act.keep(&[notice])?;
            }
            Ok(())
        })?;
        // Only what is written counts as told.
        let mut told = self.told();
        told.soon.retain(|(_, due)| *due > now);
        told.soon.extend(soon);
        told.lonely = since;
        Ok(due)
    }

    /// What nobody has heard of yet, at most [`MOST`] tasks of each kind.
    fn untold(&self, look: &Look<'_, '_>) -> Result<Found, DeskError> {
        let (read, now) = (look.read, look.now);
        let mut found = Found::default();
        let known = read.property(TOLD)?.unwrap_or_default();
        let (until, id) = known.split_once(' ').unwrap_or((&known, ""));
        let until = until.parse().ok().and_then(DateTime::from_timestamp_millis);
        let until = until.unwrap_or(DateTime::UNIX_EPOCH);
        found.late = read.tasks_due((until, id), now, MOST)?;
        found.told = match found.late.last() {
            Some(last) if found.late.len() == MOST => Some(place(last.due, &last.id)),
            // A page that is not full has seen all up to now.
            Some(_) => Some(place(now + TimeDelta::milliseconds(1), "")),
            None => None,
        };

        let mut after = (now + TimeDelta::milliseconds(1), String::new());
        loop {
            let page = read.tasks_due((after.0, &after.1), now + EARLIEST, MOST)?;
            let full = page.len() == MOST;
            if let Some(last) = page.last() {
                after = (last.due, last.id.clone());
            }
            let told = self.told();
            let untold = page.into_iter().filter(|task| {
                is_soon(task.created, task.due, now)
                    && !told.soon.contains(&(task.id.clone(), task.due))
            });
            found.soon.extend(untold);
            if !full || found.soon.len() >= MOST {
                break;
            }
        }
        found.soon.truncate(MOST);

        let waiting = read.waiting_work(now)?;
        if waiting > 0 && read.workers(now - SILENCE)?.is_empty() {
            let last = read.workers(DateTime::UNIX_EPOCH)?.into_iter();
            let last = last.map(|worker| worker.heartbeat).max();
            // A worker that died leaves its last sign of life, one that went leaves nothing.
            let since = read.waiting_since(now)?.max(last).unwrap_or(now);
            found.lonely = Some((waiting, since));
        }
        Ok(found)
    }

    /// The same, at most every few seconds in this process.
    pub(super) fn remind_if_time(&self) -> Result<(), DeskError> {
        let now = self.clock().now();
        {
            let mut told = self.told();
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

    pub(super) fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Act<'_, '_> {
    /// A task that comes or moves when its due date is near or over is told of at once.
    pub(super) fn remind_of(&mut self, task: &Task) -> Result<(), DeskError> {
        let now = self.now;
        let Some(due) = task.due else {
            return Ok(());
        };
        let soon = is_soon(task.created, due, now);
        if !soon && due > now {
            return Ok(());
        }
        self.notify_of(task, |situation| {
            let soon = soon.then(|| situation.due_soon(task)).flatten();
            soon.into_iter().chain(situation.overdue(task)).collect()
        })
    }
}

/// True when it is time to remind of a task.
fn is_soon(created: DateTime<Utc>, due: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    due > now && remind_at(created, due).is_some_and(|at| at <= now)
}

/// A place in the order of due dates, as the property has it.
fn place(due: DateTime<Utc>, id: &str) -> String {
    format!("{} {id}", due.timestamp_millis())
}
