//! Entering a node: the activity instance begins and does what its kind does.

use super::change::Event;
use super::error::Error;
use super::run::{At, Part, Run, Step};
use super::state::*;
use crate::model::NodeKind;
use crate::model::graph::{Sender, SubProcess, Throw, Trigger};

impl Run<'_> {
    /// Enters the node of a token, now or by way of a job. A multi-instance activity becomes
    /// the body that holds its instances.
    pub(super) fn enter(&mut self, id: &Id) -> Result<(), Error> {
        let mut at = self.at(id)?;
        if at.part == Part::Whole && at.node().multi.is_some() {
            at = self.become_body(id)?;
        }
        let before = match (&at.node().multi, at.part) {
            (Some(multi), Part::Inner) => multi.async_before,
            _ => at.node().async_before,
        };
        if before {
            return self.continue_by_job(&at, JobKind::AsyncBefore);
        }
        self.start_activity(at)
    }

    /// A token becomes what holds the instances of a multi-instance activity.
    pub(super) fn become_body(&mut self, id: &str) -> Result<At, Error> {
        let mut at = self.at(id)?;
        at.execution.activity_id = Some(format!("{}{BODY}", at.node().id));
        at.part = Part::Body;
        self.journal.put(at.execution.clone());
        Ok(at)
    }

    /// Begins the activity instance, which then does what it does.
    pub(super) fn start_activity(&mut self, at: At) -> Result<(), Error> {
        let id = at.id().clone();
        self.begin(at)?;
        self.push(Step::Behave(id));
        Ok(())
    }

    /// Begins the activity instance.
    pub(super) fn begin(&mut self, mut at: At) -> Result<(), Error> {
        at.execution.phase = Phase::Active;
        at.execution.started = self.now;
        self.journal.put(at.execution.clone());
        let execution = &at.execution;
        let around = self.instance().around(&at.process, execution);
        let parent_id = around.map(Execution::activity_instance_id);
        self.event(Event::ActivityStarted {
            id: execution.activity_instance_id(),
            parent_id: parent_id.unwrap_or_default(),
            process_instance_id: execution.process_instance_id.clone(),
            execution_id: execution.id.clone(),
            activity_id: execution.activity_id.clone().unwrap_or_default(),
        });
        if at.part != Part::Body {
            self.input_parameters(&at)?;
        }
        if at.part != Part::Inner {
            self.arm_boundary_events(&at)?;
        }
        if matches!(at.node().kind, NodeKind::SubProcess(_)) && at.part != Part::Body {
            self.arm_event_starts(&at)?;
        }
        if at.part != Part::Body {
            self.execution_listeners(&at, "start")?;
        }
        Ok(())
    }

    /// What a node of this kind does once it is entered.
    pub(super) fn behave(&mut self, at: &At) -> Result<(), Error> {
        if at.part == Part::Body {
            return self.start_instances(at);
        }
        match &at.node().kind {
            NodeKind::StartEvent(_)
            | NodeKind::BoundaryEvent(_)
            | NodeKind::PassTask { .. }
            | NodeKind::ExclusiveGateway
            | NodeKind::EndEvent(Throw::None)
            | NodeKind::ThrowEvent(Throw::None | Throw::Message(None))
            | NodeKind::EndEvent(Throw::Message(None)) => self.leave(at),
            NodeKind::EndEvent(Throw::Message(Some(sender)))
            | NodeKind::ThrowEvent(Throw::Message(Some(sender))) => match &**sender {
                Sender::External(task) => self.create_external_task(at, task),
                Sender::Expression(task) => self.evaluate_service(at, task),
            },
            NodeKind::EndEvent(throw) | NodeKind::ThrowEvent(throw) => self.throw(at, throw),
            NodeKind::CatchEvent(trigger) => self.catch(at, trigger),
            NodeKind::ReceiveTask { message: None } => Ok(()),
            NodeKind::ReceiveTask {
                message: Some(name),
            } => self.subscribe(at, at.node_ix, SubscriptionKind::Message, Some(name)),
            NodeKind::UserTask(task) => self.create_task(at, task),
            NodeKind::ExternalTask(task) => self.create_external_task(at, task),
            NodeKind::ExpressionTask(task) => self.evaluate_service(at, task),
            NodeKind::ScriptTask(task) => self.run_script(at, task),
            NodeKind::BusinessRuleTask(task) => self.evaluate_decision(at, task),
            NodeKind::CallActivity(call) => self.call(at, call),
            NodeKind::ParallelGateway => self.join(at),
            NodeKind::InclusiveGateway => self.wait_to_merge(at),
            NodeKind::EventGateway => self.wait_for_events(at),
            NodeKind::SubProcess(SubProcess::Event) => Ok(()),
            NodeKind::SubProcess(_) => self.start_scope(at),
            NodeKind::Drawn(_) => Err(Error::BadValue {
                at: at.place(),
                cause: "an element of this type can not run".to_owned(),
            }),
        }
    }

    /// An intermediate event waits; a condition that holds and a link do not.
    fn catch(&mut self, at: &At, trigger: &Trigger) -> Result<(), Error> {
        match trigger {
            Trigger::Condition(conditional) if self.holds(at, at.node_ix, conditional)? => {
                self.leave(at)
            }
            Trigger::Timer(timer) => self.wait_for_timer(at, at.node_ix, timer),
            Trigger::Message(_) | Trigger::Signal(_) | Trigger::Condition(_) => {
                self.arm(at, at.node_ix)
            }
            _ => self.leave(at),
        }
    }

    /// Starts a sub-process at its start event.
    fn start_scope(&mut self, at: &At) -> Result<(), Error> {
        let Some(start) = at.process.initial(Some(at.node_ix)) else {
            return Err(Error::BadValue {
                at: at.place(),
                cause: "the sub-process has no none start event".to_owned(),
            });
        };
        let node = &at.process.nodes[start];
        let token = self.spawn(&at.execution, node, Phase::Before, None);
        self.push(Step::Enter(token));
        Ok(())
    }
}
