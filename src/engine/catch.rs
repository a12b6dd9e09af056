//! Events that are waited for: armed where they can happen, and what happens when they do.
//!
//! An execution holds a subscription or timer for each event that it may catch: its own, that
//! of a boundary event on it, of a catch event behind it if it is an event-based gateway, and
//! of the start events of the event sub-processes inside it.

use super::error::Error;
use super::expression::Whence;
use super::instance::Key;
use super::run::{At, Part, Run, Step, find_node};
use super::state::*;
use crate::juel::Template;
use crate::model::graph::Trigger;
use crate::model::{NodeIx, NodeKind};
use crate::value::Map;

impl Run<'_> {
    /// Makes the timers and subscriptions of the node's boundary events.
    pub(super) fn arm_boundary_events(&mut self, at: &At) -> Result<(), Error> {
        for &boundary in &at.node().boundary_events {
            self.arm(at, boundary)?;
        }
        Ok(())
    }

    /// Makes those of the event sub-processes directly inside.
    pub(super) fn arm_event_starts(&mut self, at: &At) -> Result<(), Error> {
        for &start in at.process.event_starts(at.inside()) {
            self.arm(at, start)?;
        }
        Ok(())
    }

    /// Waits for an event, held by this execution. What is thrown (errors, escalations) finds
    /// its way without.
    pub(super) fn arm(&mut self, at: &At, event: NodeIx) -> Result<(), Error> {
        let process = at.process.clone();
        match process.trigger(event) {
            Some(Trigger::Timer(timer)) => self.arm_timer(at, event, timer),
            Some(Trigger::Message(name)) => {
                self.subscribe(at, event, SubscriptionKind::Message, Some(name))
            }
            Some(Trigger::Signal(name)) => {
                self.subscribe(at, event, SubscriptionKind::Signal, Some(name))
            }
            Some(Trigger::Condition(_)) => {
                self.subscribe(at, event, SubscriptionKind::Conditional, None)
            }
            _ => Ok(()),
        }
    }

    /// Waits for a message, signal or condition.
    pub(super) fn subscribe(
        &mut self,
        at: &At,
        event: NodeIx,
        kind: SubscriptionKind,
        name: Option<&Template>,
    ) -> Result<(), Error> {
        let name = match name {
            Some(name) => self.event_name(Whence::of(at).node(event), kind, name)?,
            None => String::new(),
        };
        let subscription = Subscription {
            id: self.new_id(),
            kind,
            name,
            execution_id: at.id().clone(),
            process_instance_id: at.execution.process_instance_id.clone(),
            activity_id: at.process.nodes[event].id.clone(),
            configuration: None,
            created: self.now,
        };
        if kind == SubscriptionKind::Conditional {
            self.note_condition(&subscription.id);
        }
        self.journal.put(subscription);
        Ok(())
    }

    /// The name of a message or signal, evaluated.
    pub(super) fn event_name(
        &mut self,
        whence: Whence,
        kind: SubscriptionKind,
        name: &Template,
    ) -> Result<String, Error> {
        let name = self.eval_text(name, whence)?;
        name.filter(|name| !name.is_empty())
            .ok_or_else(|| Error::BadValue {
                at: whence.place(),
                cause: format!("the name of its {} is empty", kind.as_str()),
            })
    }

    /// An event-based gateway waits for the catch events behind it; a condition that holds
    /// already is first.
    pub(super) fn wait_for_events(&mut self, at: &At) -> Result<(), Error> {
        let targets = at.node().outgoing.iter();
        let targets: Vec<NodeIx> = targets.map(|&flow| at.process.flows[flow].target).collect();
        for &target in &targets {
            if let Some(Trigger::Condition(conditional)) = at.process.trigger(target)
                && self.holds(at, target, conditional)?
            {
                return self.go_to_event(at, target);
            }
        }
        for target in targets {
            self.arm(at, target)?;
        }
        Ok(())
    }

    /// Gives a message or signal to the execution that waits for it.
    pub(super) fn deliver(
        &mut self,
        execution: &str,
        kind: SubscriptionKind,
        name: &str,
        variables: Map,
        local: Map,
    ) -> Result<(), Error> {
        self.check_active(&self.execution(execution)?.process_instance_id)?;
        let instance = self.instance();
        let waiting = instance.attached(execution).find_map(|key| match key {
            Key::Subscription(id) => instance
                .subscription(id)
                .filter(|s| s.kind == kind && s.name == name),
            _ => None,
        });
        let Some(subscription) = waiting.cloned() else {
            return Err(Error::NoSubscription {
                execution: execution.to_owned(),
                what: kind.as_str(),
                name: name.to_owned(),
            });
        };
        self.set_variables(execution, variables)?;
        self.set_local_variables(execution, local)?;
        self.fire(&subscription)
    }

    /// What a subscription waits for has happened.
    pub(super) fn fire(&mut self, subscription: &Subscription) -> Result<(), Error> {
        let at = self.at(&subscription.execution_id)?;
        let stays = match at.process.node(&subscription.activity_id).map(|n| &n.kind) {
            Some(NodeKind::BoundaryEvent(event)) => !event.interrupting,
            Some(NodeKind::StartEvent(event)) => !event.interrupting,
            _ => false,
        };
        if !stays {
            self.journal
                .remove(Key::Subscription(subscription.id.clone()));
        }
        self.trigger(at.id(), &subscription.activity_id)
    }

    /// A receive task without a message goes on.
    pub(super) fn signal_execution(&mut self, id: &str, variables: Map) -> Result<(), Error> {
        let at = self.at(id)?;
        self.check_active(&at.execution.process_instance_id)?;
        let waits = at.execution.phase == Phase::Active && !at.is_root() && at.part != Part::Body;
        if !waits || !matches!(at.node().kind, NodeKind::ReceiveTask { .. }) {
            return Err(Error::BadRequest(format!(
                "execution {id} is at no receive task and can not be signalled"
            )));
        }
        self.set_variables(id, variables)?;
        self.push(Step::Leave(id.to_owned()));
        Ok(())
    }

    /// An event has happened for the execution that holds it.
    pub(super) fn trigger(&mut self, execution: &Id, activity: &str) -> Result<(), Error> {
        let at = self.at(execution)?;
        let event = find_node(&at.process, activity, &at.definition_id)?;
        match &at.process.nodes[event].kind {
            NodeKind::BoundaryEvent(boundary) => {
                let interrupting = boundary.interrupting;
                self.begin_boundary(&at, event, interrupting).map(drop)
            }
            NodeKind::StartEvent(start) if event != at.node_ix || at.is_root() => {
                let interrupting = start.interrupting;
                self.begin_event_sub_process(&at, event, interrupting)
                    .map(drop)
            }
            _ if matches!(at.node().kind, NodeKind::EventGateway) => self.go_to_event(&at, event),
            _ => {
                self.push(Step::Leave(at.id().clone()));
                Ok(())
            }
        }
    }

    /// A boundary event begins, in place of its activity if it interrupts.
    pub(super) fn begin_boundary(
        &mut self,
        at: &At,
        event: NodeIx,
        interrupting: bool,
    ) -> Result<Execution, Error> {
        let scope = self.execution(at.scope())?.clone();
        if interrupting {
            self.cancel(at.id(), "interrupted")?;
        }
        let node = &at.process.nodes[event];
        let token = self.spawn(&scope, node, Phase::Before, None);
        self.push(Step::Enter(token));
        Ok(scope)
    }

    /// An event sub-process begins in the scope that holds it, in place of everything else in
    /// it if it interrupts.
    pub(super) fn begin_event_sub_process(
        &mut self,
        at: &At,
        start: NodeIx,
        interrupting: bool,
    ) -> Result<Execution, Error> {
        if interrupting {
            self.interrupt(at.id(), "interrupted")?;
            self.disarm_event_starts(at);
        }
        let sub = at.process.nodes[start].scope.unwrap_or_default();
        let id = self.spawn(&at.execution, &at.process.nodes[sub], Phase::Before, None);
        let inside = self.at(&id)?;
        self.begin(inside)?;
        let sub = self.execution(&id)?.clone();
        let token = self.spawn(&sub, &at.process.nodes[start], Phase::Before, None);
        self.push(Step::Enter(token));
        Ok(sub)
    }

    /// Once a scope is interrupted from inside, none of its event sub-processes begins any more.
    pub(super) fn disarm_event_starts(&mut self, at: &At) {
        let process = at.process.clone();
        let starts = process.event_starts(at.inside());
        let is_start = |activity: &str| {
            let node = process.node_index.get(activity);
            node.is_some_and(|ix| starts.contains(ix))
        };
        for key in self.attached(at.id()) {
            let instance = self.instance();
            let activity = match &key {
                Key::Job(id) => instance.job(id).map(|job| &job.activity_id),
                Key::Subscription(id) => instance.subscription(id).map(|s| &s.activity_id),
                _ => None,
            };
            if activity.is_some_and(|activity| is_start(activity)) {
                self.remove_job_or_subscription(at, key);
            }
        }
    }

    fn remove_job_or_subscription(&mut self, at: &At, key: Key) {
        if let Key::Job(id) = &key {
            self.resolve_incident(at.id(), id);
        }
        self.journal.remove(key);
    }

    /// An event-based gateway goes on with the event that is first.
    fn go_to_event(&mut self, at: &At, event: NodeIx) -> Result<(), Error> {
        let outgoing = at.node().outgoing.iter().map(|&ix| &at.process.flows[ix]);
        let flow = outgoing
            .into_iter()
            .find(|flow| flow.target == event)
            .ok_or_else(|| super::run::mismatch(&at.definition_id, &at.process.nodes[event].id))?;
        let scope = self.execution(at.scope())?.clone();
        self.complete(at)?;
        let token = self.spawn(&scope, at.node(), Phase::After, Some(&flow.id));
        self.cross(&token)?;
        self.push(Step::Happen(token));
        Ok(())
    }
}
