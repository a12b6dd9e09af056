//! Leaving a node: the activity instance ends and its token goes on over the flows.

use super::change::{ActivityEnd, Event};
use super::error::Error;
use super::expression::Whence;
use super::instance::Key;
use super::run::{At, Ending, Part, Run, Step, mismatch, not_found};
use super::state::*;
use crate::model::graph::Throw;
use crate::model::{FlowIx, NodeKind};

impl Run<'_> {
    /// Completes the activity instance of a token, which goes on over the flows that its
    /// conditions select. Conditions still see what is local to the activity.
    pub(super) fn leave(&mut self, at: &At) -> Result<(), Error> {
        if at.part == Part::Inner {
            return self.leave_instance(at);
        }
        let flows = self.select_flows(at)?;
        self.complete(at)?;
        self.go_on(at, &flows)
    }

    /// Ends the activity instance: end listeners, output parameters, and all that hangs on it.
    pub(super) fn complete(&mut self, at: &At) -> Result<(), Error> {
        self.wind_up(at)?;
        if !self.keep_for_compensation(at) {
            self.remove_execution(&at.execution, ActivityEnd::Completed, "completed");
        }
        Ok(())
    }

    /// What an activity instance does last, so that it can be undone.
    pub(super) fn wind_up(&mut self, at: &At) -> Result<(), Error> {
        self.end_activity(at)?;
        self.subscribe_compensation(at);
        Ok(())
    }

    /// What an activity instance does last, whether it completes or is cancelled: end listeners,
    /// then output parameters.
    pub(super) fn end_activity(&mut self, at: &At) -> Result<(), Error> {
        if at.part == Part::Body {
            return Ok(());
        }
        let node = at.node();
        if !node.execution_listeners.is_empty() && self.begins(at, Ending::Listeners) {
            self.execution_listeners(at, "end")?;
        }
        if !node.outputs.is_empty() && self.begins(at, Ending::Outputs) {
            self.output_parameters(at)?;
        }
        Ok(())
    }

    /// Notes how far an activity is with its end; false if it has been that far.
    fn begins(&mut self, at: &At, part: Ending) -> bool {
        let reached = self.ending.get(at.id());
        let begins = reached.is_none_or(|reached| *reached < part);
        if begins {
            self.ending.insert(at.id().clone(), part);
        }
        begins
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
            self.continue_by_job(&waiting, JobKind::AsyncAfter)?;
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
        let at = self.at(id)?;
        if at.part == Part::Inner {
            return self.count_instance(&at);
        }
        if at.execution.flow_id.is_none() {
            self.remove_execution(&at.execution, ActivityEnd::Completed, "completed");
            let scope = at.scope().clone();
            self.check_scope(&scope);
            return Ok(());
        }
        self.cross(id)?;
        self.enter(id)
    }

    /// Moves a token over its flow, up to the next node.
    pub(super) fn cross(&mut self, id: &Id) -> Result<(), Error> {
        let mut at = self.at(id)?;
        let flow_id = at.execution.flow_id.clone().unwrap_or_default();
        let process = at.process.clone();
        let outgoing = at.node().outgoing.iter().map(|&ix| &process.flows[ix]);
        let Some(flow) = outgoing.into_iter().find(|flow| flow.id == flow_id) else {
            return Err(mismatch(&at.definition_id, &flow_id));
        };
        for listener in &flow.listeners {
            let whence = Whence::of(&at).flow(&flow.id).event("take");
            self.eval_script(&listener.script, whence)?;
        }
        at.execution.activity_id = Some(process.nodes[flow.target].id.clone());
        at.execution.phase = Phase::Before;
        self.event(Event::FlowTaken {
            process_instance_id: at.execution.process_instance_id.clone(),
            flow_id,
        });
        self.journal.put(at.execution);
        Ok(())
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
        let at = self.at(id)?;
        if at.is_root() {
            return self.process_is_empty(&at);
        }
        if at.execution.phase == Phase::Compensating {
            self.remove_execution(&at.execution, ActivityEnd::Completed, "compensated");
            let scope = at.scope().clone();
            self.check_scope(&scope);
            return Ok(());
        }
        match &at.node().kind {
            NodeKind::EndEvent(Throw::Cancel) => self.transaction_is_undone(&at),
            _ => self.leave(&at),
        }
    }

    /// A process instance ends, and the call activity that called it goes on.
    fn process_is_empty(&mut self, at: &At) -> Result<(), Error> {
        let call = at.execution.parent_id.clone();
        if let Some(call) = &call {
            self.pass_outputs(at, call)?;
        }
        self.process_listeners(at, "end")?;
        self.end_process(at.id(), InstanceState::Completed, None)?;
        if let Some(call) = call {
            self.push(Step::Leave(call));
        }
        Ok(())
    }

    /// Evaluates the execution listeners of a process for this event.
    pub(super) fn process_listeners(&mut self, at: &At, event: &str) -> Result<(), Error> {
        if self.skip.listeners {
            return Ok(());
        }
        let process = at.process.clone();
        for listener in &process.execution_listeners {
            if listener.event == event {
                let done = self.eval_script(&listener.script, Whence::of(at).event(event));
                done.map_err(Error::for_nobody)?;
            }
        }
        Ok(())
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
}
