//! What a process definition waits for before any instance of it runs: its start events.

use super::error::{Error, Place};
use super::job::RETRIES;
use super::state::*;
use super::timer::{Cycle, schedule};
use crate::juel::{Budget, Context, Template};
use crate::model::Process;
use crate::model::graph::Trigger;
use crate::value::Value;
use chrono::{DateTime, Utc};

/// What starts instances of a definition by itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StartEvents {
    /// Its timers.
    pub jobs: Vec<Job>,
    /// Its messages, signals and conditions.
    pub subscriptions: Vec<StartSubscription>,
}

/// A definition that waits for an event to start an instance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StartSubscription {
    /// Its id.
    pub id: Id,
    /// What it waits for.
    pub kind: SubscriptionKind,
    /// The event's name; empty for a condition.
    pub name: String,
    /// The process definition.
    pub definition_id: String,
    /// The BPMN id of the start event.
    pub activity_id: String,
    /// Since when.
    pub created: DateTime<Utc>,
}

/// The start events of a newly deployed definition. A timer without a date never fires.
pub fn start_events(
    process: &Process,
    definition_id: &str,
    now: DateTime<Utc>,
    ids: &mut dyn FnMut() -> Id,
) -> Result<StartEvents, Error> {
    let mut found = StartEvents::default();
    for (ix, event) in process.starts() {
        let node = &process.nodes[ix];
        let place = || Place::of(node, definition_id);
        let subscription = |kind, name| StartSubscription {
            id: String::new(),
            kind,
            name,
            definition_id: definition_id.to_owned(),
            activity_id: node.id.clone(),
            created: now,
        };
        let mut waiting = match &event.trigger {
            Trigger::Timer(timer) => {
                let value = eval(timer.template(), now, place())?;
                let first = schedule(timer, value, now)
                    .map_err(|cause| Error::BadValue { at: place(), cause })?;
                if let Some(first) = first {
                    found.jobs.push(Job {
                        id: ids(),
                        kind: JobKind::TimerStart,
                        definition_id: definition_id.to_owned(),
                        activity_id: node.id.clone(),
                        due: first.due,
                        cycle: first.cycle,
                        repeats: first.repeats,
                        retries: RETRIES,
                        created: now,
                        ..Job::default()
                    });
                }
                continue;
            }
            Trigger::Message(name) => subscription(
                SubscriptionKind::Message,
                eval(name, now, place())?.to_string(),
            ),
            Trigger::Signal(name) => subscription(
                SubscriptionKind::Signal,
                eval(name, now, place())?.to_string(),
            ),
            Trigger::Condition(_) => subscription(SubscriptionKind::Conditional, String::new()),
            _ => continue,
        };
        waiting.id = ids();
        found.subscriptions.push(waiting);
    }
    Ok(found)
}

/// The job of the next round of a timer that starts instances, once this one has run.
pub fn next_start(job: &Job, now: DateTime<Utc>, ids: &mut dyn FnMut() -> Id) -> Option<Job> {
    let cycle = Cycle::parse(job.cycle.as_deref()?)?;
    let (due, repeats) = cycle.next(job.due, job.repeats, now)?;
    Some(Job {
        id: ids(),
        due,
        repeats,
        retries: RETRIES,
        retry_at: None,
        error_message: None,
        created: now,
        ..job.clone()
    })
}

fn eval(template: &Template, now: DateTime<Utc>, at: Place) -> Result<Value, Error> {
    let value = template.eval(&mut Nowhere { now }, &mut Budget::default());
    value.map_err(|cause| Error::Expression { at, cause })
}

/// Before there is an instance there are no variables.
struct Nowhere {
    now: DateTime<Utc>,
}

impl Context for Nowhere {
    fn variable(&self, _name: &str) -> Option<Value> {
        None
    }

    fn now(&self) -> DateTime<Utc> {
        self.now
    }
}
