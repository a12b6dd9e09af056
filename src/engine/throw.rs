//! Events that throw: signals, errors, escalations, compensation, and the ends of scopes.

use super::change::Event;
use super::error::Error;
use super::expression::Whence;
use super::propagate::BpmnError;
use super::run::{At, Run, Step};
use super::state::*;
use crate::model::NodeKind;
use crate::model::graph::{Throw, Trigger};
use crate::value::Map;

impl Run<'_> {
    /// What an event throws once it is entered.
    pub(super) fn throw(&mut self, at: &At, throw: &Throw) -> Result<(), Error> {
        match throw {
            Throw::None | Throw::Message(_) => self.leave(at),
            Throw::Terminate => self.terminate_scope(at),
            Throw::Cancel => self.cancel_transaction(at),
            Throw::Error { code, message } => {
                let message = match message {
                    Some(message) => self.eval_text(message, Whence::of(at))?,
                    None => None,
                };
                self.throw_in(at, BpmnError::new(code, message.as_deref()))
            }
            Throw::Escalation { code } => self.escalate(at, code.as_deref()),
            Throw::Signal {
                name,
                payload,
                business_key,
            } => {
                let whence = Whence::of(at);
                let name = self.event_name(whence, SubscriptionKind::Signal, name)?;
                let variables = self.mapped(at, payload, at)?;
                let business_key = match business_key {
                    Some(key) => self.eval_text(key, whence)?,
                    None => None,
                };
                self.push(Step::Leave(at.id().clone()));
                self.throw_signal(at, name, variables, business_key)
            }
            Throw::Compensation { activity } => self.throw_compensation(at, *activity),
            Throw::Link(name) => self.follow_link(at, name),
        }
    }

    /// A signal reaches whoever waits for it in this instance now, and everybody else by the
    /// event that tells of it.
    pub(super) fn throw_signal(
        &mut self,
        at: &At,
        name: String,
        variables: Map,
        business_key: Option<String>,
    ) -> Result<(), Error> {
        let waiting = self.instance().waiting(SubscriptionKind::Signal, &name);
        let waiting: Vec<Subscription> = waiting.cloned().collect();
        for subscription in waiting.into_iter().rev() {
            // What came first may have ended it.
            if self.instance().subscription(&subscription.id).is_some()
                && self.check_active(&subscription.process_instance_id).is_ok()
            {
                self.set_variables(&subscription.execution_id, variables.clone())?;
                let done = self.fire(&subscription);
                self.caught(done)?;
            }
        }
        self.event(Event::SignalThrown {
            process_instance_id: at.execution.process_instance_id.clone(),
            name,
            variables,
            business_key,
        });
        Ok(())
    }

    /// A terminate end event ends its scope with everything in it.
    fn terminate_scope(&mut self, at: &At) -> Result<(), Error> {
        self.complete(at)?;
        let scope = at.scope().clone();
        self.cancel_children(&scope, "terminated")?;
        self.push(Step::Empty(scope));
        Ok(())
    }

    /// A link goes on at its other end.
    fn follow_link(&mut self, at: &At, name: &str) -> Result<(), Error> {
        let target = at.process.nodes.iter().find(|node| {
            node.scope == at.node().scope
                && matches!(&node.kind, NodeKind::CatchEvent(Trigger::Link(n)) if n == name)
        });
        let Some(target) = target else {
            return Err(super::run::mismatch(&at.definition_id, name));
        };
        let scope = self.execution(at.scope())?.clone();
        self.complete(at)?;
        let token = self.spawn(&scope, target, Phase::Before, None);
        self.push(Step::Enter(token));
        Ok(())
    }
}
