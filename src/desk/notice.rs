//! Notifications: which event reaches whom, in which words.
//!
//! | event | to |
//! |---|---|
//! | assigned, offered | assignee, candidates |
//! | due soon, overdue | assignee (candidates if nobody has it), heads |
//! | due date moved | assignee (or candidates) |
//! | came back, with the reason | assignee (or candidates), heads |
//! | rows are in, wait for their database, or stand still | whoever sent them |
//! | done in time, done late, cancelled | heads |
//! | incident, no live worker | heads |
//!
//! Incidents of one process that come together are told as one.
//!
//! Pure: the use cases store what this says in the transaction of its cause. A notice is
//! kept once a recipient and key, so that telling it again changes nothing; one that is told
//! together with others counts on.

use super::reminder::{clock, instant, span};
use super::team::Team;
use super::view::cause;
use crate::engine::{Event, ExternalTask, Id, Incident, InstanceState, Task};
use crate::value::words::thousands;
use chrono::{DateTime, Utc};

/// What happened, for one or more people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// See [`Notification::kind`](super::view::Notification::kind).
    pub kind: &'static str,
    /// The same cause has the same key.
    pub key: String,
    /// One sentence.
    pub text: String,
    /// The task.
    pub task_id: Option<Id>,
    /// The process instance.
    pub process_instance_id: Option<Id>,
    /// Names of the recipients, each once.
    pub to: Vec<String>,
    /// Many of one group are told as one.
    pub group: Option<Group>,
}

/// Notices that are told as one where many come together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Which group.
    pub key: String,
    /// What is many, such as `incidents in Orders`.
    pub what: String,
    /// The newest, in short.
    pub newest: String,
}

impl Group {
    /// So many of them in one sentence.
    pub fn text(&self, count: u64) -> String {
        format!(
            "{} {}, the newest: {}",
            thousands(count),
            self.what,
            self.newest
        )
    }
}

/// What a notice needs to know beyond its event.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// Everybody.
    pub team: &'a Team,
    /// Who caused it.
    pub user: Option<&'a str>,
    /// When.
    pub now: DateTime<Utc>,
    /// What the job is called.
    pub title: &'a str,
    /// Why it came back.
    pub reason: Option<&'a str>,
    /// Of an instance that ends: when its last user task was done and its first due date.
    pub done: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    /// Where an incident arose.
    pub node: &'a str,
    /// The process: its key, and what it is called.
    pub process: (&'a str, &'a str),
}

impl Situation<'_> {
    /// The notices that an event causes.
    pub fn notices(&self, event: &Event) -> Vec<Notice> {
        match event {
            Event::TaskCreated { task } if task.round > 1 => vec![self.came_back(task)],
            Event::TaskCreated { task } => vec![self.given(task)],
            Event::TaskAssigned { task, .. } if task.assignee.as_deref() == self.user => Vec::new(),
            Event::TaskAssigned { task, from } => match &task.assignee {
                Some(_) => vec![self.given(task)],
                None if from.is_some() => vec![self.given(task)],
                None => Vec::new(),
            },
            Event::TaskUpdated { task, property, .. } => match *property {
                "candidateUsers" | "candidateGroups" if task.assignee.is_none() => {
                    vec![self.given(task)]
                }
                "dueDate" => vec![self.due_moved(task)],
                _ => Vec::new(),
            },
            Event::IncidentCreated { incident } if incident.cause.is_none() => {
                let why = incident.message.as_deref().unwrap_or("no reason was given");
                let (key, process) = self.process;
                let still = format!("{} stands still: {why}", self.node);
                vec![Notice {
                    kind: "incident",
                    key: format!("incident:{}", incident.id),
                    text: format!("{}: {still}", self.title),
                    task_id: None,
                    process_instance_id: Some(incident.process_instance_id.clone()),
                    to: self.heads(),
                    group: Some(Group {
                        key: format!("incidents:{key}"),
                        what: format!("incidents in {process}"),
                        newest: still,
                    }),
                }]
            }
            Event::ProcessEnded {
                process_instance_id,
                state,
                reason,
            } => self.ended(process_instance_id, *state, reason.as_deref()),
            _ => Vec::new(),
        }
    }

    /// Assigned to one, or offered to many.
    fn given(&self, task: &Task) -> Notice {
        let due = task
            .due
            .map(|due| format!(", due {}", instant(due)))
            .unwrap_or_default();
        let (kind, text) = match task.assignee {
            Some(_) => (
                "assigned",
                format!("{} is yours: {}{due}", self.title, task.label()),
            ),
            None => (
                "offered",
                format!("{} is open to you: {}{due}", self.title, task.label()),
            ),
        };
        let to = self.concerned(task);
        let key = format!("{kind}:{}:{}", task.id, self.now.timestamp_millis());
        self.about(task, kind, key, text, to)
    }

    fn came_back(&self, task: &Task) -> Notice {
        let why = self.reason.map(|r| format!(": {r}")).unwrap_or_default();
        let text = format!("{} came back{why}", self.title);
        let to = with(self.concerned(task), self.heads());
        self.about(task, "cameBack", format!("cameBack:{}", task.id), text, to)
    }

    /// The due date of a task is near. Once for each due date.
    pub fn due_soon(&self, task: &Task) -> Option<Notice> {
        let due = task.due.filter(|due| *due > self.now)?;
        let text = format!(
            "{} is due in {}: {}",
            self.title,
            span(due - self.now),
            task.label()
        );
        let key = format!("dueSoon:{}:{}", task.id, due.timestamp_millis());
        let to = with(self.concerned(task), self.heads());
        Some(self.about(task, "dueSoon", key, text, to))
    }

    /// The due date of a task is over. Once for each due date.
    pub fn overdue(&self, task: &Task) -> Option<Notice> {
        let due = task.due.filter(|due| *due <= self.now)?;
        let who = task.assignee.as_deref().unwrap_or("nobody");
        let text = format!(
            "{} is late since {}: {}, {who} has it",
            self.title,
            instant(due),
            task.label()
        );
        let key = format!("overdue:{}:{}", task.id, due.timestamp_millis());
        let to = with(self.concerned(task), self.heads());
        Some(self.about(task, "overdue", key, text, to))
    }

    /// The due date of a task is another one. Whoever did it knows.
    fn due_moved(&self, task: &Task) -> Notice {
        let text = match task.due {
            Some(due) => format!(
                "{} is now due {}: {}",
                self.title,
                instant(due),
                task.label()
            ),
            None => format!(
                "{} is due at no time any more: {}",
                self.title,
                task.label()
            ),
        };
        let at = self.now.timestamp_millis();
        let key = format!("dueMoved:{}:{at}", task.id);
        let mut to = self.concerned(task);
        to.retain(|user| Some(user.as_str()) != self.user);
        self.about(task, "dueMoved", key, text, to)
    }

    /// The rows of an insertion are in its table. Told to whoever sent them.
    pub fn inserted(
        &self,
        done: &ExternalTask,
        table: &str,
        (rows, deleted): (u64, u64),
        to: String,
    ) -> Notice {
        let rows = match rows {
            1 => "1 row is".to_owned(),
            n => format!("{} rows are", thousands(n)),
        };
        let gone = match deleted {
            0 => String::new(),
            1 => "; 1 row that was there is gone".to_owned(),
            n => format!("; {} rows that were there are gone", thousands(n)),
        };

        Notice {
            kind: "inserted",
            key: format!("inserted:{}", done.id),
            text: format!("{}: {rows} in {table}{gone}", self.title),
            task_id: None,
            process_instance_id: Some(done.process_instance_id.clone()),
            to: vec![to],
            group: None,
        }
    }

    /// The database of an insertion can not be used now; it is tried again. Told once to whoever
    /// sent the rows.
    pub fn waits(&self, failed: &ExternalTask, place: &str, to: String) -> Notice {
        let why = failed.error_message.as_deref().map_or("it failed", cause);
        let next = failed
            .lock_expires
            .map(|at| format!("next try {}, ", clock(at)));
        let left = match failed.retries {
            Some(1) => "1 try left".to_owned(),
            n => format!("{} tries left", n.unwrap_or_default()),
        };
        Notice {
            kind: "waits",
            key: format!("waits:{}", failed.id),
            text: format!(
                "{} waits for {place}: {}{left}: {why}",
                self.title,
                next.unwrap_or_default()
            ),
            task_id: None,
            process_instance_id: Some(failed.process_instance_id.clone()),
            to: vec![to],
            group: None,
        }
    }

    /// An insertion is tried no more, which whoever sent the rows can not change. A head hears of
    /// it as such.
    pub fn stands_still(&self, incident: &Incident, place: &str, to: String) -> Option<Notice> {
        if self.team.heads().any(|head| head.id == to) {
            return None;
        }
        let why = incident.message.as_deref().map_or("it failed", cause);
        Some(Notice {
            kind: "incident",
            key: format!("incident:{}", incident.id),
            text: format!(
                "{} stands still before {place}; the team heads know, and can have it tried \
                 again: {why}",
                self.title
            ),
            task_id: None,
            process_instance_id: Some(incident.process_instance_id.clone()),
            to: vec![to],
            group: None,
        })
    }

    fn ended(&self, instance: &Id, state: InstanceState, reason: Option<&str>) -> Vec<Notice> {
        let (kind, text) = match (state, self.done) {
            (InstanceState::ExternallyTerminated, _) => {
                let who = self.user.unwrap_or("the desk");
                let why = reason.map(|r| format!(": {r}")).unwrap_or_default();
                ("cancelled", format!("{who} cancelled {}{why}", self.title))
            }
            (InstanceState::Completed, Some((at, Some(due)))) if at > due => (
                "doneLate",
                format!("{} is done, {} late", self.title, span(at - due)),
            ),
            (InstanceState::Completed, Some((_, Some(_)))) => {
                ("doneInTime", format!("{} is done, in time", self.title))
            }
            (InstanceState::Completed, Some((_, None))) => {
                ("doneInTime", format!("{} is done", self.title))
            }
            _ => return Vec::new(),
        };
        vec![Notice {
            kind,
            key: format!("{kind}:{instance}"),
            text,
            task_id: None,
            process_instance_id: Some(instance.clone()),
            to: self.heads(),
            group: None,
        }]
    }

    fn about(
        &self,
        task: &Task,
        kind: &'static str,
        key: String,
        text: String,
        to: Vec<String>,
    ) -> Notice {
        Notice {
            kind,
            key,
            text,
            task_id: Some(task.id.clone()),
            process_instance_id: Some(task.process_instance_id.clone()),
            to,
            group: None,
        }
    }

    fn heads(&self) -> Vec<String> {
        self.team.heads().map(|user| user.id.clone()).collect()
    }

    fn concerned(&self, task: &Task) -> Vec<String> {
        self.team
            .concerned(task)
            .map(|user| user.id.clone())
            .collect()
    }
}

/// Work waits and no worker is alive; `since` when the oldest of it began to wait.
pub fn no_worker(team: &Team, waiting: u64, since: DateTime<Utc>) -> Notice {
    let what = match waiting {
        1 => "1 step waits".to_owned(),
        n => format!("{n} steps wait"),
    };
    Notice {
        kind: "noWorker",
        key: format!("noWorker:{}", since.timestamp_millis()),
        text: format!("{what} and no worker is running; start one with: crewdesk worker run"),
        task_id: None,
        process_instance_id: None,
        to: team.heads().map(|user| user.id.clone()).collect(),
        group: None,
    }
}

fn with(mut some: Vec<String>, others: Vec<String>) -> Vec<String> {
    for name in others {
        if !some.contains(&name) {
            some.push(name);
        }
    }
    some
}

#[cfg(test)]
mod tests;
