//! How process instances begin: by hand, by an event, or called by another one.

use super::change::Event;
use super::command::Instruction;
use super::error::Error;
use super::run::{Run, Step};
use super::state::*;
use crate::model::{NodeIx, NodeKind};
use crate::value::Map;

/// A process instance that is to begin.
pub(super) struct Start {
    pub(super) instance: ProcessInstance,
    /// The execution of the call activity that calls it.
    pub(super) caller: Option<Execution>,
    /// The start event; without one nothing in it begins yet.
    pub(super) start: Option<NodeIx>,
    pub(super) variables: Map,
}

impl Run<'_> {
    /// Starts the root instance.
    pub(super) fn start_process(
        &mut self,
        instance: ProcessInstance,
        at: Option<&str>,
        variables: Map,
    ) -> Result<(), Error> {
        if !self.instance().is_empty() {
            let message = format!("process instance {} has started already", instance.id);
            return Err(Error::BadRequest(message));
        }
        let process = self.world.process(&instance.definition_id)?;
        let start = match at {
            None => process.initial(None),
            Some(id) => {
                let mut starts = process.starts().map(|(ix, _)| ix);
                starts.find(|&ix| process.nodes[ix].id == id)
            }
        };
        let Some(start) = start else {
            return Err(Error::BadRequest(match at {
                None => format!(
                    "process '{}' has no none start event: it can not be started by hand",
                    process.id
                ),
                Some(at) => format!("process '{}' has no start event '{at}'", process.id),
            }));
        };
        self.begin_process(Start {
            instance,
            caller: None,
            start: Some(start),
            variables,
        })
    }

    /// Starts the root instance at activities that are named.
    pub(super) fn start_at(
        &mut self,
        instance: ProcessInstance,
        variables: Map,
        instructions: Vec<Instruction>,
    ) -> Result<(), Error> {
        if !self.instance().is_empty() {
            let message = format!("process instance {} has started already", instance.id);
            return Err(Error::BadRequest(message));
        }
        let id = instance.id.clone();
        self.begin_process(Start {
            instance,
            caller: None,
            start: None,
            variables,
        })?;
        let done = self.modify(&id, instructions);
        done.map_err(Error::for_nobody)
    }

    /// Makes the rows of a process instance and puts a token at its start event.
    pub(super) fn begin_process(&mut self, new: Start) -> Result<(), Error> {
        let Start {
            instance,
            caller,
            start,
            variables,
        } = new;
        let process = self.world.process(&instance.definition_id)?;
        let (id, user) = (instance.id.clone(), instance.start_user.clone());
        let root = Execution {
            id: id.clone(),
            parent_id: caller.as_ref().map(|call| call.id.clone()),
            process_instance_id: id.clone(),
            started: self.now,
            sequence: self.instance().next_sequence(),
            ..Execution::default()
        };
        self.journal.put(instance.clone());
        self.journal.put(root.clone());
        self.event(Event::ProcessStarted {
            process: instance,
            called_at: caller.as_ref().map(Execution::activity_instance_id),
            called_by: caller.map(|call| call.process_instance_id),
        });
        let start = start.map(|start| &process.nodes[start]);
        if let Some(NodeKind::StartEvent(event)) = start.map(|node| &node.kind)
            && let Some(initiator) = &event.initiator
        {
            self.set_local_variable(&id, initiator, user.into())?;
        }
        self.set_local_variables(&id, variables)?;
        if !process.event_starts.is_empty() || !process.execution_listeners.is_empty() {
            let at = self.at(&id)?;
            self.arm_event_starts(&at)?;
            self.process_listeners(&at, "start")?;
        }
        if let Some(start) = start {
            let token = self.spawn(&root, start, Phase::Before, None);
            self.push(Step::Enter(token));
        }
        Ok(())
    }
}
