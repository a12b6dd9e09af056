//! Messages: who waits for one, and what happens when it comes.

use super::error::Error;
use super::expression::Whence;
use super::instance::Key;
use super::run::{At, Run};
use super::state::*;
use crate::juel::Template;
use crate::model::{NodeIx, NodeKind};
use crate::value::Map;

impl Run<'_> {
    /// Waits for a message, at the node itself or on its boundary.
    pub(super) fn subscribe(
        &mut self,
        at: &At,
        event: NodeIx,
        name: &Template,
    ) -> Result<(), Error> {
        let name = self.eval_text(name, Whence::of(at).node(event))?;
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Err(Error::BadValue {
                at: at.place_of(event),
                cause: "the name of its message is empty".to_owned(),
            });
        };
        let subscription = Subscription {
            id: self.new_id(),
            kind: SubscriptionKind::Message,
            name,
            execution_id: at.id().clone(),
            process_instance_id: at.execution.process_instance_id.clone(),
            activity_id: at.process.nodes[event].id.clone(),
            created: self.now,
        };
        self.journal.put(subscription);
        Ok(())
    }

    /// Gives a message to the execution that waits for it.
    pub(super) fn correlate(
        &mut self,
        execution: &str,
        message: &str,
        variables: Map,
    ) -> Result<(), Error> {
        self.check_active(&self.execution(execution)?.process_instance_id)?;
        let instance = self.instance();
        let waiting = instance.attached(execution).find_map(|key| match key {
            Key::Subscription(id) => instance.subscription(id).filter(|s| s.name == message),
            _ => None,
        });
        let Some(subscription) = waiting.cloned() else {
            return Err(Error::NoSubscription {
                execution: execution.to_owned(),
                message: message.to_owned(),
            });
        };
        let at = self.at(execution)?;
        self.set_variables(execution, variables)?;
        let event = at.process.node(&subscription.activity_id);
        let stays = matches!(
            event.map(|node| &node.kind),
            Some(NodeKind::BoundaryEvent(event)) if !event.interrupting
        );
        if !stays {
            self.journal.remove(Key::Subscription(subscription.id));
        }
        self.trigger(at.id(), &subscription.activity_id)
    }
}
