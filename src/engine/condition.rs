//! Conditional events: tested when they are armed and whenever a variable that they see changes.

use super::error::Error;
use super::expression::Whence;
use super::run::{At, Run};
use super::state::*;
use crate::juel::EvalErrorKind;
use crate::model::NodeIx;
use crate::model::graph::{Conditional, Trigger};
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
        let mut waiting = self.instance().waiting(SubscriptionKind::Conditional, "");
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
                let waiting = self.instance().waiting(SubscriptionKind::Conditional, "");
                let seeing: Vec<Id> = waiting
                    .filter(|s| self.sees(&s.execution_id, &change.scope))
                    .map(|s| s.id.clone())
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
        let concerned = change.is_none_or(|change| {
            let named = conditional.variable.as_ref();
            let events = &conditional.events;
            named.is_none_or(|name| *name == change.name)
                && (events.is_empty() || events.iter().any(|event| event == change.event))
        });
        if concerned && self.holds(&at, event, conditional)? {
            self.check_active(&subscription.process_instance_id)?;
            // What begins may set the variable again.
            self.count_step(at.id())?;
            self.fire(&subscription)?;
        }
        Ok(())
    }
}
