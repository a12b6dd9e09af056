//! Leaving a node: the activity instance ends and its token goes on over the flows.

use super::change::{ActivityEnd, Event};
use super::error::Error;
use super::instance::Key;
use super::run::{At, Run, Step, find_node, not_found};
use super::state::*;
use crate::model::{FlowIx, NodeKind};

impl Run<'_> {
    /// Completes the activity instance of a token, which goes on over the flows that its
    /// conditions select. Conditions still see what is local to the activity.
    pub(super) fn leave(&mut self, at: &At) -> Result<(), Error> {
        let flows = self.select_flows(at)?;
        self.complete(at)?;
        self.go_on(at, &flows)
    }

    /// Ends the activity instance: end listeners, output parameters, and all that hangs on it.
    pub(super) fn complete(&mut self, at: &At) -> Result<(), Error> {
        self.execution_listeners(at, "end")?;
        self.output_parameters(at)?;
        self.remove_execution(&at.execution, ActivityEnd::Completed, "completed");
        Ok(())
    }

    /// Sends tokens from a node that was left over these flows, or ends here if there is none.
    fn go_on(&mut self, at: &At, flows: &[FlowIx]) -> Result<(), Error> {
        let scope = self.execution(at.scope())?.clone();
        let node = at.node();
        if !node.async_after {
            if flows.is_empty() {
                self.check_scope(&scope.id);
            }
            let tokens = self.spawn_all(&scope, at, flows);
            tokens
                .into_iter()
                .rev()
                .for_each(|token| self.push(Step::Take(token)));
            return Ok(());
        }
        let mut tokens = self.spawn_all(&scope, at, flows);
        if flows.is_empty() {
            tokens.push(self.spawn(&scope, node, Phase::After, None));
        }
        for token in tokens {
            let waiting = self.at(&token)?;
            self.continue_by_job(&waiting, JobKind::AsyncAfter);
        }
        Ok(())
    }

    /// All tokens exist before the first one moves: a scope is empty only when all are gone.
    fn spawn_all(&mut self, scope: &Execution, at: &At, flows: &[FlowIx]) -> Vec<Id> {
        let flows = flows.iter().map(|&ix| &at.process.flows[ix]);
        flows
            .map(|flow| self.spawn(scope, at.node(), Phase::After, Some(&flow.id)))
            .collect()
    }

    /// Moves a token over its flow to the next node, or ends it if it has none.
    pub(super) fn take(&mut self, id: &Id) -> Result<(), Error> {
        let mut at = self.at(id)?;
        let Some(flow_id) = at.execution.flow_id.clone() else {
            self.remove_execution(&at.execution, ActivityEnd::Completed, "completed");
            let scope = at.scope().clone();
            self.check_scope(&scope);
            return Ok(());
        };
        let outgoing = at.node().outgoing.iter().map(|&ix| &at.process.flows[ix]);
        let Some(flow) = outgoing.into_iter().find(|flow| flow.id == flow_id) else {
            return Err(Error::Mismatch {
                definition_id: at.definition_id,
                element: flow_id,
            });
        };
        let target = &at.process.nodes[flow.target];
        at.execution.activity_id = Some(target.id.clone());
        at.execution.phase = Phase::Before;
        self.event(Event::FlowTaken {
            process_instance_id: at.execution.process_instance_id.clone(),
            flow_id,
        });
        self.journal.put(at.execution);
        self.enter(id)
    }

    /// Ends the scope if nothing runs in it any more.
    pub(super) fn check_scope(&mut self, scope: &str) {
        if !self.instance().has_children(scope) {
            self.push(Step::Empty(scope.to_owned()));
        }
    }

    /// Nothing is left inside: a sub-process is left, a process instance ends.
    pub(super) fn scope_is_empty(&mut self, id: &Id) -> Result<(), Error> {
        if self.instance().has_children(id) {
            return Ok(());
        }
        if self.execution(id)?.activity_id.is_some() {
            let at = self.at(id)?;
            return self.leave(&at);
        }
        self.end_process(id, InstanceState::Completed, None)
    }

    /// Removes the root of a process instance in which nothing runs any more.
    pub(super) fn end_process(
        &mut self,
        id: &str,
        state: InstanceState,
        reason: Option<&str>,
    ) -> Result<(), Error> {
        let root = self.execution(id)?.clone();
        self.remove_execution(&root, ActivityEnd::Completed, "completed");
        self.journal
            .remove(Key::Process(id.to_owned()))
            .ok_or_else(|| not_found("process instance", id))?;
        self.event(Event::ProcessEnded {
            process_instance_id: id.to_owned(),
            state,
            reason: reason.map(str::to_owned),
        });
        Ok(())
    }

    /// A terminate end event ends its scope with everything in it.
    pub(super) fn terminate_scope(&mut self, at: &At) -> Result<(), Error> {
        self.complete(at)?;
        let scope = at.scope().clone();
        self.cancel_children(&scope, "terminated")?;
        self.push(Step::Empty(scope));
        Ok(())
    }

    /// A timer or message has come for an execution: the event itself goes on, or the
    /// boundary event of an activity begins.
    pub(super) fn trigger(&mut self, execution: &Id, activity: &str) -> Result<(), Error> {
        let at = self.at(execution)?;
        let event = find_node(&at.process, activity, &at.definition_id)?;
        let NodeKind::BoundaryEvent(boundary) = &at.process.nodes[event].kind else {
            return self.leave(&at);
        };
        let scope = self.execution(at.scope())?.clone();
        if boundary.interrupting {
            self.cancel(execution, "interrupted")?;
        }
        let node = &at.process.nodes[event];
        let token = self.spawn(&scope, node, Phase::Before, None);
        self.push(Step::Enter(token));
        Ok(())
    }
}
