//! Entering a node: the activity instance begins and does what its kind does.

use super::change::Event;
use super::error::Error;
use super::run::{At, Run, Step};
use super::state::*;
use crate::model::NodeKind;
use crate::model::graph::{EndEvent, Trigger};

impl Run<'_> {
    /// Enters the node of a token, now or by way of a job.
    pub(super) fn enter(&mut self, id: &Id) -> Result<(), Error> {
        let at = self.at(id)?;
        if at.node().async_before {
            self.continue_by_job(&at, JobKind::AsyncBefore);
            return Ok(());
        }
        self.start_activity(at)
    }

    /// Begins the activity instance.
    pub(super) fn start_activity(&mut self, mut at: At) -> Result<(), Error> {
        at.execution.phase = Phase::Active;
        at.execution.started = self.now;
        self.journal.put(at.execution.clone());
        let execution = &at.execution;
        let parent_id = self.execution(at.scope())?.activity_instance_id();
        self.event(Event::ActivityStarted {
            id: execution.activity_instance_id(),
            parent_id,
            process_instance_id: execution.process_instance_id.clone(),
            execution_id: execution.id.clone(),
            activity_id: at.node().id.clone(),
        });
        self.input_parameters(&at)?;
        self.arm_boundary_events(&at)?;
        self.execution_listeners(&at, "start")?;
        self.behave(&at)
    }

    /// What a node of this kind does once it is entered.
    fn behave(&mut self, at: &At) -> Result<(), Error> {
        match &at.node().kind {
            NodeKind::StartEvent(_)
            | NodeKind::ThrowEvent
            | NodeKind::BoundaryEvent(_)
            | NodeKind::PassTask { .. }
            | NodeKind::ExclusiveGateway
            | NodeKind::EndEvent(EndEvent::None)
            | NodeKind::CatchEvent(Trigger::None | Trigger::Error { .. }) => self.leave(at),
            NodeKind::EndEvent(EndEvent::Terminate) => self.terminate_scope(at),
            NodeKind::EndEvent(EndEvent::Error { code, message }) => {
                self.end_with_error(at, code, message.as_deref())
            }
            NodeKind::CatchEvent(Trigger::Timer(timer)) => self.wait_for_timer(at, timer),
            NodeKind::CatchEvent(Trigger::Message(name)) => self.subscribe(at, at.node_ix, name),
            NodeKind::ReceiveTask { message } => self.subscribe(at, at.node_ix, message),
            NodeKind::UserTask(task) => self.create_task(at, task),
            NodeKind::ExternalTask(task) => self.create_external_task(at, task),
            NodeKind::ExpressionTask(task) => self.evaluate_service(at, task),
            NodeKind::BusinessRuleTask(task) => self.evaluate_decision(at, task),
            NodeKind::ParallelGateway => self.join(at),
            NodeKind::SubProcess => self.start_scope(at),
            NodeKind::Drawn(_) => Err(Error::BadValue {
                at: at.place(),
                cause: "an element of this type can not run".to_owned(),
            }),
        }
    }

    /// Starts an embedded sub-process at its none start event.
    fn start_scope(&mut self, at: &At) -> Result<(), Error> {
        let Some(start) = at.process.none_start(Some(at.node_ix)) else {
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

    /// Makes the timers and subscriptions of the node's boundary events.
    fn arm_boundary_events(&mut self, at: &At) -> Result<(), Error> {
        for &boundary in &at.node().boundary_events {
            let NodeKind::BoundaryEvent(event) = &at.process.nodes[boundary].kind else {
                continue;
            };
            match &event.trigger {
                Trigger::Timer(timer) => self.arm_boundary_timer(at, boundary, timer)?,
                Trigger::Message(name) => self.subscribe(at, boundary, name)?,
                Trigger::None | Trigger::Error { .. } => {}
            }
        }
        Ok(())
    }
}
