//! What follows from a command besides its rows: people hear of it, and what belonged to an
//! instance alone goes with it. All in the transaction of the cause.

use super::act::Act;
use super::notice::{Group, Notice, Situation};
use super::{DeskError, insertion, undo};
use crate::engine::{Change, Event, ExternalTask, Incident, Job, Task};
use crate::store;
use crate::value::Value;
use chrono::{DateTime, TimeDelta, Utc};

/// Notices of a group that are told one by one.
const ONE_BY_ONE: u64 = 3;
/// Notices of a group that are as long apart are told one by one again.
const TOGETHER: TimeDelta = TimeDelta::hours(1);

/// What the notices of an event need to know beyond it; nothing else is looked up.
#[derive(Debug, Clone, Copy, Default)]
struct Ask<'a> {
    /// The node that it names.
    node: Option<&'a str>,
    /// Why a task came back.
    reason: bool,
    /// When the last user task was done.
    done: bool,
    /// The same, where this very command did it.
    last: Option<Done>,
}

/// When a task was done, and its first due date.
type Done = (DateTime<Utc>, Option<DateTime<Utc>>);

/// Whether an external task is an insertion, or takes one back.
fn inserts(task: &ExternalTask) -> bool {
    [insertion::TOPIC, undo::TOPIC].contains(&task.topic.as_str())
}

impl Act<'_, '_> {
    /// Tells whom the changes of a root instance concern.
    pub(super) fn follow(&mut self, root: &str, changes: &[Change]) -> Result<(), DeskError> {
        let events = changes.iter().filter_map(|change| match change {
            Change::Event(event) => Some(event),
            _ => None,
        });
        let last = changes.iter().rev().find_map(|change| match change {
            Change::Event(Event::TaskEnded { task, reason })
                if *reason == "completed" && task.process_instance_id == root =>
            {
                Some((self.now, task.first_due))
            }
            _ => None,
        });
        for event in events {
            self.tell(root, event, last)?;
            if matches!(event, Event::ProcessEnded { process_instance_id, .. } if process_instance_id == root)
            {
                self.tx.end_secrets_of(root)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, root: &str, event: &Event, last: Option<Done>) -> Result<(), DeskError> {
        let none = Ask::default();
        match event {
            Event::TaskCreated { task } => {
                self.take_over(root, task)?;
                self.remind_of(task)?;
                let ask = Ask {
                    reason: task.round > 1,
                    ..none
                };
                self.told(&task.process_instance_id, ask, event)
            }
            Event::TaskUpdated { task, property, .. } => {
                if *property == "dueDate" {
                    self.remind_of(task)?;
                }
                self.told(&task.process_instance_id, none, event)
            }
            Event::TaskAssigned { task, .. } => self.told(&task.process_instance_id, none, event),
            // Of an incident its own instance is told, not those that call it.
            Event::IncidentCreated { incident } if incident.cause.is_none() => {
                let ask = Ask {
                    node: Some(&incident.activity_id),
                    ..none
                };
                self.told(&incident.process_instance_id, ask, event)?;
                self.stands_still(root, incident)
            }
            // Of an instance that another one calls, the caller's end is told.
            Event::ProcessEnded {
                process_instance_id,
                ..
            } if process_instance_id == root => {
                let ask = Ask {
                    done: true,
                    last,
                    ..none
                };
                self.told(root, ask, event)
            }
            Event::TimerFired { job } => self.timer_fired(root, job),
            Event::ExternalTaskEnded {
                task,
                completed: true,
            } if task.topic == insertion::TOPIC => self.inserted(task),
            // None left is an incident.
            Event::ExternalTaskFailed { task } if inserts(task) && task.retries > Some(0) => self
                .of_sender(&task.process_instance_id, |situation, place, to| {
                    Some(situation.waits(task, place, to))
                }),
            _ => Ok(()),
        }
    }

    fn told(&mut self, instance: &str, ask: Ask<'_>, event: &Event) -> Result<(), DeskError> {
        self.notify(instance, ask, |situation| situation.notices(event))
    }

    /// Whoever sent rows hears that they are in. What goes back comes back as a task.
    fn inserted(&mut self, done: &ExternalTask) -> Result<(), DeskError> {
        let read = self.tx.read();
        let id = &done.process_instance_id;
        let last = |name: &str| read.last_variable(id, name);
        if last(insertion::KEPT)? != Some(Value::Boolean(true)) {
            return Ok(());
        }
        let Some(to) = read.last_done_task(id)?.and_then(|task| task.assignee) else {
            return Ok(());
        };
        let table = last(insertion::TABLE)?.map(|table| table.to_string());
        let count = |name: &str| -> Result<u64, store::StoreError> {
            let rows = last(name)?.and_then(|rows| rows.as_i64());
            Ok(rows.unwrap_or_default().unsigned_abs())
        };
        let rows = (count(insertion::INSERTED)?, count(insertion::DELETED)?);
        let table = table.unwrap_or_default();
        self.notify(id, Ask::default(), |situation| {
            vec![situation.inserted(done, &table, rows, to)]
        })
    }

    /// Whoever sent rows hears that nobody tries to insert them any more; a head hears it anyway.
    fn stands_still(&mut self, root: &str, incident: &Incident) -> Result<(), DeskError> {
        let running = self.tx.instance(root)?;
        let task = running.external_task(&incident.configuration);
        if !task.is_some_and(inserts) {
            return Ok(());
        }
        self.of_sender(&incident.process_instance_id, |situation, place, to| {
            situation.stands_still(incident, place, to)
        })
    }

    /// Tells whoever did the last task of an instance about the database that it uses.
    fn of_sender(
        &mut self,
        id: &str,
        notice: impl FnOnce(&Situation<'_>, &str, String) -> Option<Notice>,
    ) -> Result<(), DeskError> {
        let read = self.tx.read();
        let Some(to) = read.last_done_task(id)?.and_then(|task| task.assignee) else {
            return Ok(());
        };
        let place = match read.last_variable(id, insertion::CONNECTION)? {
            Some(Value::String(name)) if !name.is_empty() => name,
            _ => "its database".to_owned(),
        };
        self.notify(id, Ask::default(), |situation| {
            notice(situation, &place, to).into_iter().collect()
        })
    }

    /// A boundary timer with the extension property `notify` = `due-soon` reminds of its task.
    fn timer_fired(&mut self, root: &str, job: &Job) -> Result<(), DeskError> {
        let catalog = &self.core.catalog;
        let process = catalog.process(&self.tx.read(), &job.definition_id)?;
        let reminds = process
            .node(&job.activity_id)
            .and_then(|node| node.properties.get("notify"))
            .is_some_and(|notify| notify == "due-soon");
        if !reminds {
            return Ok(());
        }
        let fired = |task: &&Task| Some(&task.execution_id) == job.execution_id.as_ref();
        let task = self.tx.instance(root)?.tasks().find(fired).cloned();
        match task {
            Some(task) => self.notify_of(&task, |situation| {
                situation.due_soon(&task).into_iter().collect()
            }),
            None => Ok(()),
        }
    }

    /// Stores what the situation of an open task says.
    pub(super) fn notify_of(
        &mut self,
        task: &Task,
        notices: impl FnOnce(&Situation<'_>) -> Vec<Notice>,
    ) -> Result<(), DeskError> {
        self.notify(&task.process_instance_id, Ask::default(), notices)
    }

    fn notify(
        &mut self,
        id: &str,
        ask: Ask<'_>,
        notices: impl FnOnce(&Situation<'_>) -> Vec<Notice>,
    ) -> Result<(), DeskError> {
        let (title, definition) = self.named(id)?;
        let read = self.tx.read();
        let process = self.core.catalog.process(&read, &definition)?;
        let node = ask.node.and_then(|node| process.node(node));
        let node = node.map_or("a step", |node| node.name.as_deref().unwrap_or(&node.id));
        let title = title
            .as_deref()
            .or(process.name.as_deref())
            .unwrap_or(&process.id);
        let done = match ask.done {
            true if ask.last.is_some() => ask.last,
            true => read
                .last_done_task(id)?
                .map(|task| (task.ended, task.first_due)),
            false => None,
        };
        let reason = match ask.reason {
            true => insertion::reason(|name| read.last_variable(id, name).ok().flatten()),
            false => None,
        };
        let team = self.team()?;
        let user = self.name().map(str::to_owned);
        let situation = Situation {
            team: &team,
            user: user.as_deref(),
            now: self.now,
            title,
            reason: reason.as_deref(),
            done,
            node,
            process: (&process.id, process.name.as_deref().unwrap_or(&process.id)),
        };
        let notices = notices(&situation);
        self.keep(&notices)
    }

    /// Title or business key of an instance, where it has one, and its definition.
    fn named(&mut self, id: &str) -> Result<(Option<String>, String), DeskError> {
        if let Ok(running) = self.tx.instance(id)
            && let Some(process) = running.process(id)
        {
            let title = store::title(running, id);
            let key = process.business_key.clone();
            return Ok((title.or(key), process.definition_id.clone()));
        }
        let name = self.tx.read().instance_name(id)?;
        let title = name.title.filter(|title| !title.is_empty());
        Ok((title.or(name.business_key), name.definition_id))
    }

    /// Stores notices; what the acting user caused counts as read for that user.
    pub(super) fn keep(&mut self, notices: &[Notice]) -> Result<(), DeskError> {
        for notice in notices {
            for user in &notice.to {
                let read = self.is(Some(user)).then_some(self.now);
                let row = store::Notification {
                    id: 0,
                    user_id: user.clone(),
                    kind: notice.kind.to_owned(),
                    text: notice.text.clone(),
                    task_id: notice.task_id.clone(),
                    process_instance_id: notice.process_instance_id.clone(),
                    created: self.now,
                    read,
                    dedupe: notice.key.clone(),
                };
                match &notice.group {
                    Some(group) if read.is_none() => self.gather(row, group)?,
                    _ => drop(self.tx.insert_notification(&row)?),
                }
            }
        }
        Ok(())
    }

    /// Stores a notice that may be one of many: the first few are told one by one, then all that
    /// are not read yet as one, which counts on.
    fn gather(&mut self, mut row: store::Notification, group: &Group) -> Result<(), DeskError> {
        let read = self.tx.read();
        let unread = read.unread_of(&row.user_id, &row.kind, self.now - TOGETHER)?;
        // `<group>:<how many>:<key>`.
        let counted = |dedupe: &str| -> Option<u64> {
            let rest = dedupe.strip_prefix(&group.key)?.strip_prefix(':')?;
            rest.split(':').next()?.parse().ok()
        };
        let told = unread.into_iter();
        let told: Vec<(i64, u64)> = told
            .filter_map(|note| Some((note.id, counted(&note.dedupe)?)))
            .collect();
        let others: u64 = told.iter().map(|(_, count)| count).sum();
        if others < ONE_BY_ONE {
            row.dedupe = format!("{}:1:{}", group.key, row.dedupe);
            self.tx.insert_notification(&row)?;
            return Ok(());
        }
        let count = others + 1;
        row.dedupe = format!("{}:{count}:{}", group.key, row.dedupe);
        row.text = group.text(count);
        row.process_instance_id = None;
        match told.iter().find(|(_, count)| *count > 1) {
            Some((id, _)) => self.tx.replace_notification(*id, &row)?,
            None => {
                let ids: Vec<i64> = told.iter().map(|(id, _)| *id).collect();
                self.tx.delete_notifications(&ids)?;
                self.tx.insert_notification(&row)?;
            }
        }
        Ok(())
    }
}
