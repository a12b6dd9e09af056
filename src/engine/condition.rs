//! Conditional events: tested when they are armed and whenever a variable that they see changes.

use super::error::Error;
use super::expression::Whence;
use super::instance::Key;
use super::run::{At, Run};
use super::service::DECISION_RESULT;
use super::state::*;
use crate::juel::EvalErrorKind;
use crate::model::graph::{Conditional, Trigger};
use crate::model::{NodeIx, NodeKind, Process};
use std::collections::HashMap;

/// A variable that changed.
#[derive(Debug, Clone)]
pub(super) struct Changed {
    pub(super) scope: Id,
    pub(super) name: String,
    /// `create`, `update` or `delete`.
    pub(super) event: &'static str,
}

impl Run<'_> {
    /// Notes that a variable changed, for the conditions that wait.
    pub(super) fn note_change(&mut self, scope: &str, name: &str, event: &'static str) {
        // The variables of a task are seen by none.
        let Some(execution) = self.instance().execution(scope) else {
            return;
        };
        let mut waiting = self.instance().conditions(&execution.process_instance_id);
        let heard = waiting.next().is_some();
        drop(waiting);
        if heard {
            self.changed.push(Changed {
                scope: scope.to_owned(),
                name: name.to_owned(),
                event,
            });
        }
    }

    /// Notes that a condition is armed: it is tested soon, and hears of what changes from now on.
    pub(super) fn note_condition(&mut self, subscription: &Id) {
        self.untested
            .push((subscription.clone(), self.changed.len()));
    }

    /// Whether a condition holds; a variable that is not there is no error, it holds not.
    pub(super) fn holds(
        &mut self,
        at: &At,
        event: NodeIx,
        conditional: &Conditional,
    ) -> Result<bool, Error> {
        match self.test_script(&conditional.condition, Whence::of(at).node(event)) {
            Err(Error::Expression { cause, .. })
                if cause.kind == EvalErrorKind::UnknownProperty =>
            {
                Ok(false)
            }
            result => result,
        }
    }

    /// Tests the conditions that are new, and those that see what changed.
    pub(super) fn test_conditions(&mut self) -> Result<(), Error> {
        let mut older: HashMap<Id, usize> = HashMap::new();
        loop {
            if let Some((id, changes)) = self.untested.pop() {
                self.test_one(&id, None)?;
                older.insert(id, changes);
                continue;
            }
            if self.changed.is_empty() {
                return Ok(());
            }
            for (n, change) in std::mem::take(&mut self.changed).into_iter().enumerate() {
                let hearing = self.hearing(&change)?.into_iter();
                let seeing: Vec<Id> = hearing
                    .filter(|id| older.get(id).is_none_or(|changes| n >= *changes))
                    .filter(|id| !self.untested.iter().any(|(new, _)| new == id))
                    .collect();
                for id in seeing {
                    self.test_one(&id, Some(&change))?;
                }
            }
            older.clear();
        }
    }

    /// The conditions that see a change and are to be tested, the oldest first: those that hear
    /// of such changes, and may not have held before or read the variable. Of the executions that
    /// wait, and those that see the variable, the fewer are looked through.
    fn hearing(&self, change: &Changed) -> Result<Vec<Id>, Error> {
        let Some(scope) = self.instance().execution(&change.scope) else {
            return Ok(Vec::new());
        };
        let instance = self.process_instance(&scope.process_instance_id)?;
        let process = self.world.process(&instance.definition_id)?;
        let conditions = self.instance().conditions(&scope.process_instance_id);
        let concerned: Vec<_> = conditions
            .filter(|(event, may_hold, _)| concerns(&process, event, *may_hold, change))
            .collect();
        let count = concerned.iter().map(|(.., waiting)| waiting.len()).sum();
        let subscription = |id: &str| self.instance().subscription(id);
        let mut hearing: Vec<&Subscription> = match self.inside(scope, count) {
            Some(inside) => {
                let keys = inside.iter().flat_map(|id| self.instance().attached(id));
                let subscriptions = keys.filter_map(|key| match key {
                    Key::Subscription(id) => subscription(id),
                    _ => None,
                });
                let hears = |s: &&Subscription| {
                    let mut concerned = concerned.iter();
                    s.kind == SubscriptionKind::Conditional
                        && concerned.any(|c| (c.0, c.1) == (s.activity_id.as_str(), s.may_hold()))
                };
                subscriptions.filter(hears).collect()
            }
            None => {
                let places = concerned.iter().flat_map(|(.., waiting)| *waiting);
                let subscriptions = places.filter_map(|(_, id)| subscription(id));
                subscriptions
                    .filter(|s| self.sees(&s.execution_id, &change.scope))
                    .collect()
            }
        };
        hearing.sort_by_key(|s| (s.created, &s.id));
        Ok(hearing.into_iter().map(|s| s.id.clone()).collect())
    }

    /// An execution and those below it that see its variables, unless there are more than these.
    fn inside(&self, scope: &Execution, most: usize) -> Option<Vec<Id>> {
        let mut found = Vec::new();
        let mut open = vec![scope.id.clone()];
        while let Some(id) = open.pop() {
            if found.len() == most {
                return None;
            }
            // A called instance does not see what its caller has.
            let below = self.instance().children(&id);
            let below = below.filter(|child| child.activity_id.is_some());
            open.extend(below.map(|child| child.id.clone()));
            found.push(id);
        }
        Some(found)
    }

    /// True when an execution sees the variables of a scope.
    fn sees(&self, execution: &str, scope: &str) -> bool {
        let mut next = Some(execution);
        while let Some(here) = next {
            if here == scope {
                return true;
            }
            next = self.outer_scope(here);
        }
        false
    }

    fn test_one(&mut self, id: &str, change: Option<&Changed>) -> Result<(), Error> {
        let Some(subscription) = self.instance().subscription(id).cloned() else {
            return Ok(());
        };
        let at = self.at(&subscription.execution_id)?;
        let process = at.process.clone();
        let Some(&event) = process.node_index.get(&subscription.activity_id) else {
            return Ok(());
        };
        let Some(Trigger::Condition(conditional)) = process.trigger(event) else {
            return Ok(());
        };
        let hears = |change: &Changed| conditional.hears(&change.name, change.event);
        if !change.is_none_or(hears) {
            return Ok(());
        }
        if self.holds(&at, event, conditional)? {
            self.check_active(&subscription.process_instance_id)?;
            // What begins may set the variable again.
            self.count_step(at.id())?;
            let done = self.fire(&subscription);
            self.caught(done)?;
        } else if subscription.may_hold() {
            self.journal.put(Subscription {
                configuration: None,
                ..subscription
            });
        }
        Ok(())
    }

    /// Marks the conditions that a process instance waits for.
    pub(super) fn conditions_may_hold(&mut self, process_instance: &str) {
        let waiting = self.instance().conditions(process_instance);
        let waiting = waiting.flat_map(|(.., places)| places);
        let waiting: Vec<Id> = waiting.map(|(_, id)| id.clone()).collect();
        for id in waiting {
            if let Some(subscription) = self.instance().subscription(&id).cloned() {
                self.journal.put(Subscription {
                    configuration: Some(MAY_HOLD.to_owned()),
                    ..subscription
                });
            }
        }
    }
}

/// Whether a condition is to be tested once a variable has changed. One that did not hold and
/// does not read the variable does not hold now; one that does not interrupt what it is at may
/// have held, and happens again.
fn concerns(process: &Process, event: &str, may_hold: bool, change: &Changed) -> bool {
    let Some(&ix) = process.node_index.get(event) else {
        return false;
    };
    let Some(Trigger::Condition(conditional)) = process.trigger(ix) else {
        return false;
    };
    if !conditional.hears(&change.name, change.event) {
        return false;
    }
    let again = match &process.nodes[ix].kind {
        NodeKind::BoundaryEvent(event) => !event.interrupting,
        NodeKind::StartEvent(event) => !event.interrupting,
        _ => false,
    };
    match conditional.reads().filter(|_| !may_hold && !again) {
        Some(names) => {
            let passing = |name: &String| name == DECISION_RESULT || *name == change.name;
            names.iter().any(passing)
        }
        None => true,
    }
}
