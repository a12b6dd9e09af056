//! What a process definition waits for before any instance of it runs: its start events.

use super::error::{Error, Place};
use super::expression::script_failed;
use super::job::RETRIES;
use super::state::*;
use super::timer::{Cycle, schedule};
use crate::juel::{Budget, Builtin, Context, EvalErrorKind, Template};
use crate::model::graph::Trigger;
use crate::model::{Process, Script};
use crate::value::{Map, Value};
use crate::{feel, javascript};
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
                    let priority = node.job_priority.as_ref().or(process.job_priority.as_ref());
                    let priority = match priority {
                        Some(template) => whole(template, now, place())?,
                        None => 0,
                    };
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
                        priority,
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

/// Whether the condition of a start event holds with these variables; one that is not there is
/// no error, the condition holds not. The variable that it names is among them.
pub fn start_holds(
    process: &Process,
    start: &StartSubscription,
    variables: &Map,
    allowance: feel::Allowance,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let found = process.starts().find_map(|(ix, event)| {
        let node = &process.nodes[ix];
        match &event.trigger {
            Trigger::Condition(conditional) if node.id == start.activity_id => {
                Some((node, conditional))
            }
            _ => None,
        }
    });
    let Some((node, conditional)) = found else {
        return Ok(false);
    };
    let condition = &conditional.condition;
    let named = conditional.variable.as_ref();
    if named.is_some_and(|name| !variables.contains_key(name)) {
        return Ok(false);
    }
    let at = || Place::of(node, &start.definition_id);
    let failed = |cause: String| Error::BadValue { at: at(), cause };
    let mut budget = Budget::new(allowance.steps, allowance.memory);
    match condition {
        Script::Juel(template) => {
            let mut given = Given { variables, now };
            match template.test(&mut given, &mut budget) {
                Err(cause) if cause.kind == EvalErrorKind::UnknownProperty => Ok(false),
                Err(cause) => Err(Error::Expression { at: at(), cause }),
                Ok(holds) => Ok(holds),
            }
        }
        Script::Feel(expression) => {
            let mut scope = feel::Scope::new().at(now);
            for name in expression.names() {
                if let Some(value) = variables.get(name) {
                    let value = feel::Value::from_camunda(value);
                    scope.set(name, value.map_err(|limit| failed(limit.to_string()))?);
                }
            }
            let value = expression.eval(&scope, &mut allowance.budget());
            let value = value.map_err(|cause| failed(cause.to_string()))?;
            Ok(value.to_variable() == Value::Boolean(true))
        }
        Script::JavaScript(source) => {
            let mut given = Given { variables, now };
            let value = javascript::run(source, &mut given, 1, &mut budget);
            let value = value.map_err(|cause| script_failed(at(), &cause))?;
            Ok(value == Value::Boolean(true))
        }
    }
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
    let mut given = Given {
        variables: &Map::new(),
        now,
    };
    let value = template.eval(&mut given, &mut Budget::default());
    value.map_err(|cause| Error::Expression { at, cause })
}

/// A whole number; 0 for null.
fn whole(template: &Template, now: DateTime<Utc>, at: Place) -> Result<i64, Error> {
    let value = eval(template, now, at.clone())?;
    let number = match &value {
        Value::Null => Some(0),
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    };
    number.ok_or_else(|| Error::BadValue {
        at,
        cause: format!(
            "'{}' gives '{value}'; expected a whole number",
            template.source()
        ),
    })
}

/// Before there is an instance there are no variables but those that are given.
struct Given<'v> {
    variables: &'v Map,
    now: DateTime<Utc>,
}

impl Context for Given<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        self.variables.get(name).cloned()
    }

    fn now(&self) -> DateTime<Utc> {
        self.now
    }

    fn get_variables(&self, _on: Builtin, local: bool) -> Map {
        match local {
            true => Map::new(),
            false => self.variables.clone(),
        }
    }
}
