//! Compensation: what has been completed remembers how it is undone.
//!
//! A completed activity with a handler leaves a subscription in the scope around it. A
//! completed scope in which such subscriptions are is kept, with its variables, until it is
//! compensated or the scope around it is gone. What throws waits: the handlers run as
//! children of its execution.

use super::change::ActivityEnd;
use super::error::Error;
use super::instance::Key;
use super::run::{At, Part, Run, Step, find_node};
use super::state::*;
use crate::model::graph::{SubProcess, Trigger};
use crate::model::{NodeIx, NodeKind};

impl Run<'_> {
    /// Remembers how an activity that is done is undone.
    pub(super) fn subscribe_compensation(&mut self, at: &At) {
        let Some(handler) = outer_handler(at) else {
            return;
        };
        // The instances of a multi-instance activity are undone one by one.
        if at.part == Part::Body || has_scope(at) {
            return;
        }
        self.remember(at.scope().clone(), at, handler, None);
    }

    fn remember(&mut self, scope: Id, at: &At, handler: NodeIx, kept: Option<Id>) {
        let id = self.new_id();
        self.journal.put(Subscription {
            id,
            kind: SubscriptionKind::Compensation,
            name: String::new(),
            execution_id: scope,
            process_instance_id: at.execution.process_instance_id.clone(),
            activity_id: at.process.nodes[handler].id.clone(),
            configuration: kept,
            created: self.now,
        });
    }

    /// Keeps a completed scope that can be compensated, instead of removing it.
    pub(super) fn keep_for_compensation(&mut self, at: &At) -> bool {
        if !has_scope(at) {
            return false;
        }
        let own = match at.part {
            Part::Body => None,
            Part::Whole | Part::Inner => at.node().compensation,
        };
        if own.is_none() && self.compensations(at.id()).is_empty() {
            return false;
        }
        for key in self.attached(at.id()) {
            if !self.is_compensation(&key) {
                self.remove_attached(key, "completed");
            }
        }
        self.activity_ended(&at.execution, ActivityEnd::Completed);
        self.journal.put(Execution {
            phase: Phase::Kept,
            ..at.execution.clone()
        });
        let handler = own.unwrap_or(at.node_ix);
        self.remember(at.scope().clone(), at, handler, Some(at.id().clone()));
        true
    }

    fn is_compensation(&self, key: &Key) -> bool {
        let Key::Subscription(id) = key else {
            return false;
        };
        let found = self.instance().subscription(id);
        found.is_some_and(|s| s.kind == SubscriptionKind::Compensation)
    }

    /// What can be compensated in a scope, the last completed first.
    fn compensations(&self, scope: &str) -> Vec<Subscription> {
        let instance = self.instance();
        let mut found: Vec<Subscription> = instance
            .attached(scope)
            .filter_map(|key| match key {
                Key::Subscription(id) => instance.subscription(id),
                _ => None,
            })
            .filter(|s| s.kind == SubscriptionKind::Compensation)
            .cloned()
            .collect();
        found.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
        found
    }

    /// A compensation event undoes what has been completed in its scope, and waits for it.
    pub(super) fn throw_compensation(
        &mut self,
        at: &At,
        activity: Option<NodeIx>,
    ) -> Result<(), Error> {
        let mut found = self.compensations(at.scope());
        // From an event sub-process it reaches the scope around as well.
        let mut scope = self.at(at.scope())?;
        while !scope.is_root() && is_event_sub_process(&scope) {
            scope = self.at(&scope.scope().clone())?;
            found.extend(self.compensations(scope.id()));
        }
        if let Some(activity) = activity {
            let node = &at.process.nodes[activity];
            let handler = node.compensation.map(|ix| at.process.nodes[ix].id.as_str());
            found.retain(|s| match (&node.multi, handler) {
                (None, Some(handler)) => s.activity_id == handler,
                _ => s.activity_id == node.id || Some(s.activity_id.as_str()) == handler,
            });
        }
        match found.is_empty() {
            true => self.leave(at),
            false => self.compensate(&at.execution, found),
        }
    }

    /// Runs handlers inside an execution, the first of the list first.
    fn compensate(&mut self, inside: &Execution, what: Vec<Subscription>) -> Result<(), Error> {
        // All exist before the first one moves.
        let mut moves = Vec::new();
        for subscription in what {
            self.journal
                .remove(Key::Subscription(subscription.id.clone()));
            let around = match &subscription.configuration {
                Some(kept) => self.revive(inside, kept)?,
                None => inside.clone(),
            };
            let at = self.at(&around.id)?;
            let handler = find_node(&at.process, &subscription.activity_id, &at.definition_id)?;
            let token = match subscription.configuration.is_some() && handler == at.node_ix {
                // Without a handler of its own a scope is undone by those inside it.
                true => None,
                false => {
                    let node = &at.process.nodes[handler];
                    Some(self.spawn(&around, node, Phase::Before, None))
                }
            };
            moves.push((around, token, handler));
        }
        for (around, token, handler) in moves.into_iter().rev() {
            match token {
                Some(token) => self.start_handler(token, handler)?,
                None => {
                    self.push(Step::Empty(around.id.clone()));
                    let inner = self.compensations(&around.id);
                    self.compensate(&around, inner)?;
                }
            }
        }
        Ok(())
    }

    /// A handler begins: an activity, or an event sub-process at its start event.
    fn start_handler(&mut self, token: Id, handler: NodeIx) -> Result<(), Error> {
        let at = self.at(&token)?;
        if !matches!(
            at.process.nodes[handler].kind,
            NodeKind::SubProcess(SubProcess::Event)
        ) {
            self.push(Step::Enter(token));
            return Ok(());
        }
        let Some(start) = at.process.initial(Some(handler)) else {
            return Err(super::run::mismatch(&at.definition_id, &at.node().id));
        };
        let process = at.process.clone();
        self.begin(at)?;
        let sub = self.execution(&token)?.clone();
        let token = self.spawn(&sub, &process.nodes[start], Phase::Before, None);
        self.push(Step::Enter(token));
        Ok(())
    }

    /// A kept scope goes below what compensates it.
    fn revive(&mut self, inside: &Execution, kept: &str) -> Result<Execution, Error> {
        let revived = Execution {
            parent_id: Some(inside.id.clone()),
            phase: Phase::Compensating,
            ..self.execution(kept)?.clone()
        };
        self.journal.put(revived.clone());
        Ok(revived)
    }

    /// A cancel end event undoes its transaction: all else in it ends, what was completed is
    /// compensated, and then its cancel boundary event begins.
    pub(super) fn cancel_transaction(&mut self, at: &At) -> Result<(), Error> {
        let others: Vec<Id> = self
            .instance()
            .children(at.scope())
            .map(|child| child.id.clone())
            .filter(|child| child != at.id())
            .collect();
        for other in others.into_iter().rev() {
            self.cancel(&other, "canceled")?;
        }
        let found = self.compensations(at.scope());
        match found.is_empty() {
            true => self.transaction_is_undone(at),
            false => self.compensate(&at.execution, found),
        }
    }

    /// All of a cancelled transaction is compensated.
    pub(super) fn transaction_is_undone(&mut self, at: &At) -> Result<(), Error> {
        let place = at.place();
        let mut transaction = self.at(at.scope())?;
        if transaction.part == Part::Inner {
            transaction = self.at(&transaction.scope().clone())?;
        }
        let boundaries = transaction.node().boundary_events.iter().copied();
        let cancel = boundaries
            .into_iter()
            .find(|&ix| transaction.process.trigger(ix) == Some(&Trigger::Cancel));
        let Some(boundary) = cancel else {
            return Err(Error::BadValue {
                at: place,
                cause: "Could not find cancel boundary event for cancel end event: attach one to \
                        the transaction"
                    .to_owned(),
            });
        };
        self.complete(at)?;
        self.begin_boundary(&transaction, boundary, true).map(drop)
    }
}

/// The activity outside of it that undoes it.
fn outer_handler(at: &At) -> Option<NodeIx> {
    let handler = at.node().compensation?;
    (at.process.nodes[handler].scope != Some(at.node_ix)).then_some(handler)
}

/// True for what holds other activities: sub-processes and bodies.
fn has_scope(at: &At) -> bool {
    at.part == Part::Body || matches!(at.node().kind, NodeKind::SubProcess(_))
}

fn is_event_sub_process(at: &At) -> bool {
    matches!(at.node().kind, NodeKind::SubProcess(SubProcess::Event))
}
