//! Multi-instance activities: a body holds the instances, counts them, and is left when all
//! are done or its completion condition holds.

use super::change::{ActivityEnd, Event};
use super::error::Error;
use super::expression::Whence;
use super::run::{At, Part, Run, Step};
use super::state::*;
use crate::model::graph::MultiInstance;
use crate::value::{Value, json};

const ALL: &str = "nrOfInstances";
const ACTIVE: &str = "nrOfActiveInstances";
const COMPLETED: &str = "nrOfCompletedInstances";
const COUNTER: &str = "loopCounter";
/// The variables of a body, which are never passed out of a called instance.
pub(super) const COUNTERS: [&str; 3] = [ALL, ACTIVE, COMPLETED];

impl Run<'_> {
    /// Makes the instances: all of them, or the first.
    pub(super) fn start_instances(&mut self, body: &At) -> Result<(), Error> {
        let Some(multi) = body.node().multi.clone() else {
            return self.leave(body);
        };
        let elements = self.collection(body, &multi)?;
        let count = match (&multi.cardinality, &elements) {
            (Some(cardinality), _) => match self.eval_number(cardinality, Whence::of(body))? {
                Some(count) => count,
                None => return Err(wrong(body, "loopCardinality gives null; expected a number")),
            },
            (None, Some(elements)) => i64::try_from(elements.len()).unwrap_or(i64::MAX),
            (None, None) => 0,
        };
        let limit = self.world.limits.steps;
        let count = match u64::try_from(count) {
            Ok(count) if count > limit => return Err(self.endless(body.id())),
            Ok(count) => count,
            Err(_) => {
                let cause = format!("there can not be {count} instances");
                return Err(wrong(body, &cause));
            }
        };
        if count == 0 {
            return self.leave(body);
        }
        let first = if multi.sequential { 1 } else { count };
        self.visit_body(body)?;
        self.count(body, ALL, count)?;
        self.count(body, COMPLETED, 0)?;
        self.count(body, ACTIVE, first)?;
        let mut instances = Vec::new();
        for counter in 0..first {
            let element = elements.as_ref().map(|all| element(all, counter));
            instances.push(self.spawn_instance(body, &multi, counter, element)?);
        }
        for instance in instances.into_iter().rev() {
            self.push(Step::Enter(instance));
        }
        Ok(())
    }

    /// A body that begins by hand: its instances are made by hand, too.
    pub(super) fn prepare_body(&mut self, body: &At) -> Result<(), Error> {
        self.visit_body(body)?;
        for counter in COUNTERS {
            self.count(body, counter, 0)?;
        }
        Ok(())
    }

    /// One more instance, by hand: without an element, and of those that come one after the other
    /// only where none runs.
    pub(super) fn add_instance(&mut self, body: &At) -> Result<Id, Error> {
        let Some(multi) = body.node().multi.clone() else {
            return Err(super::run::mismatch(&body.definition_id, &body.node().id));
        };
        let active = self.counted(body.id(), ACTIVE);
        if multi.sequential && active > 0 {
            return Err(Error::BadRequest(format!(
                "Concurrent instantiation not possible for activities in scope {}{BODY}",
                body.node().id
            )));
        }
        let counter = self.counted(body.id(), ALL);
        self.count(body, ALL, counter + 1)?;
        self.count(body, ACTIVE, active + 1)?;
        self.spawn_instance(body, &multi, counter, None)
    }

    fn spawn_instance(
        &mut self,
        body: &At,
        multi: &MultiInstance,
        counter: u64,
        element: Option<Value>,
    ) -> Result<Id, Error> {
        self.count_step(body.id())?;
        let id = self.spawn(&body.execution, body.node(), Phase::Before, None);
        self.set_local_variable(&id, COUNTER, number(counter))?;
        if let (Some(name), Some(element)) = (&multi.element, element) {
            self.set_local_variable(&id, name, element)?;
        }
        Ok(id)
    }

    /// The elements that the collection has now.
    fn collection(&mut self, at: &At, multi: &MultiInstance) -> Result<Option<Vec<Value>>, Error> {
        let Some(collection) = &multi.collection else {
            return Ok(None);
        };
        match self.eval(collection, Whence::of(at))? {
            Value::List(elements) => Ok(Some(elements)),
            Value::Json(serde_json::Value::Array(elements)) => {
                Ok(Some(elements.iter().map(json::from_plain).collect()))
            }
            other => {
                let cause = format!(
                    "'{}' gives a {}; expected a collection",
                    collection.source(),
                    other.type_name()
                );
                Err(wrong(at, &cause))
            }
        }
    }

    fn count(&mut self, body: &At, name: &str, count: u64) -> Result<(), Error> {
        self.set_local_variable(body.id(), name, number(count))
    }

    fn counted(&self, scope: &str, name: &str) -> u64 {
        let value = self.local_variable(scope, name);
        let count = value.and_then(|value| value.as_i64());
        count.and_then(|count| count.try_into().ok()).unwrap_or(0)
    }

    /// One of the instances is done; by way of a job if it is `asyncAfter`.
    pub(super) fn leave_instance(&mut self, at: &At) -> Result<(), Error> {
        self.wind_up(at)?;
        if !at.node().multi.as_ref().is_some_and(|m| m.async_after) {
            return self.count_instance(at);
        }
        for key in self.attached(at.id()) {
            self.remove_attached(key, "completed");
        }
        self.event(Event::ActivityEnded {
            id: at.execution.activity_instance_id(),
            process_instance_id: at.execution.process_instance_id.clone(),
            activity_id: at.node().id.clone(),
            started: at.execution.started,
            end: ActivityEnd::Completed,
        });
        self.journal.put(Execution {
            phase: Phase::After,
            ..at.execution.clone()
        });
        self.continue_by_job(at, JobKind::AsyncAfter)
    }

    /// One of several instances was cancelled by hand: it is not counted any more.
    pub(super) fn forget_instance(&mut self, at: &At) -> Result<(), Error> {
        if at.part != Part::Inner {
            return Ok(());
        }
        let body = self.at(at.scope())?;
        let active = self.counted(body.id(), ACTIVE).saturating_sub(1);
        self.count(&body, ACTIVE, active)
    }

    /// Counts an instance as done: the next one begins, or the body is left.
    pub(super) fn count_instance(&mut self, at: &At) -> Result<(), Error> {
        let body = self.at(at.scope())?;
        let Some(multi) = body.node().multi.clone() else {
            return Err(super::run::mismatch(&at.definition_id, &at.node().id));
        };
        let completed = self.counted(body.id(), COMPLETED) + 1;
        self.count(&body, COMPLETED, completed)?;
        if !multi.sequential {
            let active = self.counted(body.id(), ACTIVE).saturating_sub(1);
            self.count(&body, ACTIVE, active)?;
        }
        let enough = match &multi.completion {
            Some(condition) => self.test(condition, Whence::of(at))?,
            None => false,
        };
        let next = self.counted(at.id(), COUNTER) + 1;
        if !self.keep_for_compensation(at) {
            self.remove_execution(&at.execution, ActivityEnd::Completed, "completed");
        }
        if enough {
            self.cancel_children(body.id(), "Multi instance completion condition satisfied.")?;
        } else if multi.sequential && next < self.counted(body.id(), ALL) {
            let elements = self.collection(&body, &multi)?;
            let element = elements.as_ref().map(|all| element(all, next));
            let instance = self.spawn_instance(&body, &multi, next, element)?;
            self.push(Step::Enter(instance));
            return Ok(());
        }
        if !self.instance().has_children(body.id()) {
            self.push(Step::Leave(body.id().clone()));
        }
        Ok(())
    }
}

/// The element for an instance; a collection that became shorter gives null.
fn element(all: &[Value], counter: u64) -> Value {
    let at = usize::try_from(counter).ok();
    at.and_then(|at| all.get(at)).cloned().unwrap_or_default()
}

/// Camunda's counters are Integers.
fn number(count: u64) -> Value {
    i32::try_from(count).map_or(Value::Integer(i32::MAX), Value::Integer)
}

fn wrong(at: &At, cause: &str) -> Error {
    Error::BadValue {
        at: at.place(),
        cause: cause.to_owned(),
    }
}
