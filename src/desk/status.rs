//! The status bar, and work per person.

use super::permission::Operation;
use super::view::{HeldInsertion, Progress, Role, Status, User, Workload};
use super::work::SILENCE;
use super::{Caller, Desk, DeskError, Look, insertion, undo};
use crate::store::{TaskFilter, TaskScope};
use crate::value::{Value, time};
use chrono::{DateTime, Local, NaiveDate, TimeDelta, TimeZone, Utc};

/// Insertions that wait and are told, at most.
const HELD: usize = 100;
/// Days that the work per person looks back.
const DAYS: i64 = 7;

impl Desk {
    /// What is wrong with the database file; nothing when it is whole.
    pub fn check_integrity(&self) -> Result<Vec<String>, DeskError> {
        Ok(self.store.read(|read| read.check_integrity())?)
    }

    /// What the status bar shows.
    pub fn status(&self, caller: &Caller) -> Result<Status, DeskError> {
        // A reminder that fails now comes with the next look; the status is shown all the same.
        let _ = self.remind_if_time();
        self.look(caller, |look| {
            let read = look.read;
            let workers = read.workers(look.now - SILENCE)?.len();
            let work = Status {
                workers: u32::try_from(workers).unwrap_or(u32::MAX),
                waiting_for_worker: read.waiting_work(look.now)?,
                ..Status::default()
            };
            let Some(User {
                id: user,
                role,
                groups,
                ..
            }) = look.user.clone()
            else {
                return Ok(work);
            };
            let mine = TaskScope::Assignee(user.clone());
            let head = role == Role::Head;
            // The same as the list of claimable tasks, so that both say the same number.
            let claimable = TaskScope::Claimable {
                user: user.clone(),
                groups: groups.clone(),
            };
            let (late, near) = match head {
                true => (TaskScope::All, TaskScope::All),
                false => {
                    let user = user.clone();
                    (mine.clone(), TaskScope::Inbox { user, groups })
                }
            };
            let count = |scope: TaskScope, overdue: bool| {
                let filter = TaskFilter {
                    scope,
                    overdue,
                    ..TaskFilter::default()
                };
                read.count_tasks(&filter, look.now)
            };
            let next = read.next_due(&near, look.now)?;
            let mut progress = Vec::new();
            for row in read
                .progress()?
                .into_iter()
                .filter(|row| row.total_bytes > 0)
            {
                let shown = look.progress(row)?;
                if head || shown.assignee.as_ref() == Some(&user) {
                    progress.push(shown);
                }
            }
            let held = look.held((!head).then_some(user.as_str()), &progress)?;
            Ok(Status {
                held,
                late: count(late, true)?,
                mine: count(mine, false)?,
                claimable: count(claimable, false)?,
                next_due: next.as_ref().and_then(|row| row.task.due),
                next: next.map(|row| row.title.unwrap_or_else(|| row.task.label().to_owned())),
                progress,
                unread: read.unread(&user)?,
                incidents: if head { read.count_incidents()? } else { 0 },
                ..work
            })
        })
    }

    /// Work per person: everybody's for a head, else one's own; the last entry is what is open
    /// to claim.
    pub fn workload(&self, caller: &Caller) -> Result<Vec<Workload>, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::SeeWorkload, true)?;
            let read = look.read;
            let mut people = super::people::team(read)?.0;
            people.retain(|user| user.role != Role::Worker);
            if let Some(user) = look.user.as_ref().filter(|user| user.role != Role::Head) {
                people.retain(|other| other.id == user.id);
            }
            let days = days(look.now, &Local);
            let mut names: Vec<_> = people
                .into_iter()
                .map(|user| (user.id, user.groups, false))
                .collect();
            if look
                .user
                .as_ref()
                .is_none_or(|user| user.role == Role::Head)
            {
                let gone = super::leaving::gone(read)?;
                names.extend(gone.into_iter().map(|name| (name, Vec::new(), true)));
            }
            let mut rows = Vec::with_capacity(names.len() + 1);
            for (name, groups, left) in names {
                let work = read.work(Some(&name), look.now, &days)?;
                if left && work.done == 0 && work.came_back == 0 {
                    continue;
                }
                rows.push(Workload {
                    open: work.open,
                    late: work.late,
                    done: work.done,
                    // Without a due date nothing can be late.
                    in_time: work.in_time + (work.done - work.judged),
                    came_back: work.came_back,
                    per_day: work.per_day,
                    user_id: Some(name),
                    groups,
                    left,
                });
            }
            let nobodys = read.work(None, look.now, &days)?;
            rows.push(Workload {
                user_id: None,
                groups: Vec::new(),
                open: nobodys.open,
                late: nobodys.late,
                done: 0,
                in_time: 0,
                came_back: nobodys.came_back,
                per_day: vec![0; DAYS as usize],
                left: false,
            });
            Ok(rows)
        })
    }
}

impl Look<'_, '_> {
    /// Insertions that failed and wait: all, or those of one sender. One that runs again says how
    /// far it is instead.
    fn held(
        &self,
        sender: Option<&str>,
        running: &[Progress],
    ) -> Result<Vec<HeldInsertion>, DeskError> {
        let topics = [insertion::TOPIC, undo::TOPIC];
        let mut held = self.read.held(topics, sender, HELD)?;
        held.retain(|(task, _)| running.iter().all(|one| one.external_task_id != task.id));
        let held = held.into_iter().map(|(task, sender)| {
            let id = &task.process_instance_id;
            let connection = match self.read.last_variable(id, insertion::CONNECTION)? {
                Some(Value::String(name)) if !name.is_empty() => Some(name),
                _ => None,
            };
            let row = self.read.instance(id)?;
            Ok(HeldInsertion {
                title: super::instance::title(&row),
                process_definition_key: row.process_key,
                assignee: sender,
                connection,
                next: task.lock_expires.filter(|at| {
                    let waits = task.worker_id.is_none() && task.retries > Some(0);
                    waits && *at > self.now
                }),
                retries: task.retries.unwrap_or_default(),
                message: task.error_message.unwrap_or_default(),
                external_task_id: task.id,
                activity_id: task.activity_id,
                process_instance_id: task.process_instance_id,
            })
        });
        held.collect()
    }
}

/// The bounds of the last seven days in the local zone, oldest first: one more than days.
fn days(now: DateTime<Utc>, zone: &impl TimeZone) -> Vec<DateTime<Utc>> {
    let today = now.with_timezone(zone).date_naive();
    let begin = |day: NaiveDate| {
        let midnight = day.and_time(chrono::NaiveTime::MIN);
        // Also a midnight that a clock change skips.
        time::resolve(midnight, zone).unwrap_or_else(|| midnight.and_utc())
    };
    (0..=DAYS)
        .rev()
        .map(|ago| begin(today + TimeDelta::days(1 - ago)))
        .collect()
}
