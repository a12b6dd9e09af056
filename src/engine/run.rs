//! One command at work: what it carries along, and the list of steps still to do.

use super::change::Event;
use super::command::Skip;
use super::condition::Changed;
use super::error::{Error, Place};
use super::instance::{Instance, Key};
use super::journal::Journal;
use super::propagate::BpmnError;
use super::state::*;
use super::world::World;
use crate::feel;
use crate::juel::Budget;
use crate::model::{Node, NodeIx, Process};
use crate::value::Map;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::Arc;

/// One command at work.
pub(super) struct Run<'a> {
    pub(super) world: &'a World,
    pub(super) journal: Journal<'a>,
    pub(super) now: DateTime<Utc>,
    /// Whoever the command runs for.
    pub(super) user: Option<String>,
    /// What the command leaves out.
    pub(super) skip: Skip,
    /// What all expressions of the command may still spend.
    pub(super) budget: Budget,
    /// What all its decisions may still spend.
    pub(super) decision_budget: feel::Budget,
    /// Variables that only this command sees, by execution.
    pub(super) transient: HashMap<Id, Map>,
    /// How far activities are with their end that may be asked to end again.
    pub(super) ending: HashMap<Id, Ending>,
    /// Changes of variables that conditions have not seen yet.
    pub(super) changed: Vec<Changed>,
    /// Conditions that have not been tested since they were armed, by subscription, each with how
    /// many of the changes are older than it.
    pub(super) untested: Vec<(Id, usize)>,
    ids: &'a mut dyn FnMut() -> Id,
    work: Vec<Step>,
    steps: u64,
}

/// What is to be done with an execution. The last one in is done first, so that of several
/// paths the first runs until it waits before the second begins.
#[derive(Debug)]
pub(super) enum Step {
    /// Goes over its flow to the next node.
    Take(Id),
    /// Enters its node, by way of a job if the node is `asyncBefore`.
    Enter(Id),
    /// Does what its node does, which has begun.
    Behave(Id),
    /// Enters the event that has happened already, and leaves it.
    Happen(Id),
    /// Leaves its node, which is done.
    Leave(Id),
    /// Nothing is left inside: a sub-process is left, a process instance ends.
    Empty(Id),
}

impl Step {
    pub(super) fn execution(&self) -> &Id {
        match self {
            Step::Take(id)
            | Step::Enter(id)
            | Step::Behave(id)
            | Step::Happen(id)
            | Step::Leave(id)
            | Step::Empty(id) => id,
        }
    }
}

/// What an activity has begun of its end. None of it is done twice, though it fail: what a BPMN
/// error out of it interrupts ends without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ending {
    /// Its end listeners.
    Listeners,
    /// Its output parameters.
    Outputs,
}

/// An execution at its node.
#[derive(Clone)]
pub(super) struct At {
    pub(super) execution: Execution,
    pub(super) process: Arc<Process>,
    pub(super) definition_id: String,
    /// The node; for the root of a process instance, where the process begins.
    pub(super) node_ix: NodeIx,
    /// What it is of a multi-instance activity.
    pub(super) part: Part,
}

/// What an execution is of its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// What holds the instances of a multi-instance activity.
    Body,
    /// One of the instances.
    Inner,
}

impl At {
    /// True at the root of a process instance.
    pub(super) fn is_root(&self) -> bool {
        self.execution.activity_id.is_none()
    }

    /// The scope whose event sub-processes the execution holds.
    pub(super) fn inside(&self) -> Option<NodeIx> {
        (!self.is_root()).then_some(self.node_ix)
    }

    pub(super) fn node(&self) -> &Node {
        &self.process.nodes[self.node_ix]
    }

    pub(super) fn id(&self) -> &Id {
        &self.execution.id
    }

    /// The execution of the enclosing scope.
    pub(super) fn scope(&self) -> &Id {
        match &self.execution.parent_id {
            Some(parent) if !self.is_root() => parent,
            _ => &self.execution.id,
        }
    }

    /// Where the node stands, for errors.
    pub(super) fn place(&self) -> Place {
        Place::of(self.node(), &self.definition_id)
    }

    /// Where another node of the process stands.
    pub(super) fn place_of(&self, node: NodeIx) -> Place {
        Place::of(&self.process.nodes[node], &self.definition_id)
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(
        world: &'a World,
        instance: &'a mut Instance,
        now: DateTime<Utc>,
        ids: &'a mut dyn FnMut() -> Id,
    ) -> Self {
        let limits = world.limits;
        Run {
            world,
            journal: Journal::new(instance),
            now,
            user: world.user.clone(),
            skip: Skip::default(),
            budget: Budget::new(limits.expressions.steps, limits.expressions.memory),
            decision_budget: limits.expressions.budget(),
            transient: HashMap::new(),
            ending: HashMap::new(),
            changed: Vec::new(),
            untested: Vec::new(),
            ids,
            work: Vec::new(),
            steps: 0,
        }
    }

    /// The instance as it is now.
    pub(super) fn instance(&self) -> &Instance {
        self.journal.now()
    }

    pub(super) fn new_id(&mut self) -> Id {
        (self.ids)()
    }

    pub(super) fn event(&mut self, event: Event) {
        self.journal.event(event);
    }

    pub(super) fn push(&mut self, step: Step) {
        self.work.push(step);
    }

    /// Does what is on the list until every token waits or is gone.
    pub(super) fn work_off(&mut self) -> Result<(), Error> {
        loop {
            self.test_conditions()?;
            let Some(step) = self.work.pop() else {
                if self.merge()? {
                    continue;
                }
                return Ok(());
            };
            // An earlier step may have ended it, as a terminate end event does.
            if self.instance().execution(step.execution()).is_none() {
                continue;
            }
            self.count_step(step.execution())?;
            let done = self.step(step);
            self.caught(done)?;
        }
    }

    fn step(&mut self, step: Step) -> Result<(), Error> {
        match step {
            Step::Take(id) => self.take(&id),
            Step::Enter(id) => self.enter(&id),
            Step::Behave(id) => {
                let at = self.at(&id)?;
                self.behave(&at)
            }
            Step::Happen(id) => {
                let at = self.at(&id)?;
                self.begin(at)?;
                self.push(Step::Leave(id));
                Ok(())
            }
            Step::Leave(id) => {
                let at = self.at(&id)?;
                self.leave(&at)
            }
            Step::Empty(id) => self.scope_is_empty(&id),
        }
    }

    /// What a script of a parameter or listener throws is thrown in its activity; so is what
    /// whoever catches it throws at the start.
    pub(super) fn caught(&mut self, mut done: Result<(), Error>) -> Result<(), Error> {
        loop {
            match done {
                Err(Error::Thrown { what, .. })
                    if self.instance().execution(&what.execution).is_some() =>
                {
                    self.count_step(&what.execution)?;
                    let at = self.at(&what.execution)?;
                    let error = BpmnError::new(&what.code, what.message.as_deref());
                    done = self.throw_in(&at, error);
                }
                done => return done,
            }
        }
    }

    /// Counts what grows: a step, an instance of a multi-instance activity, a condition that
    /// came true. A command that does too much is stopped there.
    pub(super) fn count_step(&mut self, execution: &str) -> Result<(), Error> {
        self.steps += 1;
        match self.steps <= self.world.limits.steps {
            true => Ok(()),
            false => Err(self.endless(execution)),
        }
    }

    /// The error of a command that does too much.
    pub(super) fn endless(&self, execution: &str) -> Error {
        let limit = self.world.limits.steps;
        match self.at(execution) {
            Ok(at) => Error::EndlessLoop {
                at: at.place(),
                limit,
            },
            Err(error) => error,
        }
    }

    pub(super) fn execution(&self, id: &str) -> Result<&Execution, Error> {
        let found = self.instance().execution(id);
        found.ok_or_else(|| not_found("execution", id))
    }

    pub(super) fn process_instance(&self, id: &str) -> Result<&ProcessInstance, Error> {
        let found = self.instance().process(id);
        found.ok_or_else(|| not_found("process instance", id))
    }

    /// An execution with its node.
    pub(super) fn at(&self, id: &str) -> Result<At, Error> {
        let execution = self.execution(id)?.clone();
        let instance = self.process_instance(&execution.process_instance_id)?;
        let definition_id = instance.definition_id.clone();
        let process = self.world.process(&definition_id)?;
        let (node_ix, part) = match execution.activity_id.as_deref() {
            None => (process.initial(None).unwrap_or_default(), Part::Whole),
            Some(activity) => {
                let ix = find_node(&process, activity, &definition_id)?;
                let part = match process.nodes[ix].multi {
                    None => Part::Whole,
                    Some(_) if activity.ends_with(BODY) => Part::Body,
                    Some(_) => self.part(&execution),
                };
                (ix, part)
            }
        };
        if process.nodes.is_empty() {
            return Err(mismatch(&definition_id, "start event"));
        }
        Ok(At {
            execution,
            process,
            definition_id,
            node_ix,
            part,
        })
    }

    /// A token at a multi-instance activity is one of the instances inside its body.
    fn part(&self, execution: &Execution) -> Part {
        let parent = execution.parent_id.as_deref();
        let parent = parent.and_then(|id| self.instance().execution(id));
        let around = parent.and_then(|parent| parent.activity_id.as_deref());
        let around = around.and_then(|around| around.strip_suffix(BODY));
        match around.is_some() && around == execution.activity_id.as_deref() {
            true => Part::Inner,
            false => Part::Whole,
        }
    }

    /// Makes a token in a scope, at a node that it has yet to enter.
    pub(super) fn spawn(
        &mut self,
        scope: &Execution,
        node: &Node,
        phase: Phase,
        flow: Option<&str>,
    ) -> Id {
        let id = self.new_id();
        let token = Execution {
            id: id.clone(),
            parent_id: Some(scope.id.clone()),
            process_instance_id: scope.process_instance_id.clone(),
            activity_id: Some(node.id.clone()),
            phase,
            flow_id: flow.map(str::to_owned),
            started: self.now,
            sequence: self.instance().next_sequence(),
            ..Execution::default()
        };
        self.journal.put(token);
        id
    }

    /// Refuses to touch a suspended process instance.
    pub(super) fn check_active(&self, process_instance_id: &str) -> Result<(), Error> {
        match self.process_instance(process_instance_id)?.state {
            InstanceState::Suspended => Err(Error::Suspended {
                process_instance_id: process_instance_id.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// The keys of the tasks, jobs, … of an execution.
    pub(super) fn attached(&self, execution: &str) -> Vec<Key> {
        self.instance().attached(execution).cloned().collect()
    }
}

pub(super) fn find_node(
    process: &Process,
    activity: &str,
    definition_id: &str,
) -> Result<NodeIx, Error> {
    // No id has a `#` in it: what follows says which part or listener is meant.
    let node = activity.split('#').next().unwrap_or_default();
    let found = process.node_index.get(node).copied();
    found.ok_or_else(|| mismatch(definition_id, activity))
}

pub(super) fn mismatch(definition_id: &str, element: &str) -> Error {
    Error::Mismatch {
        definition_id: definition_id.to_owned(),
        element: element.to_owned(),
    }
}

pub(super) fn not_found(what: &'static str, id: &str) -> Error {
    Error::NotFound {
        what,
        id: id.to_owned(),
    }
}
