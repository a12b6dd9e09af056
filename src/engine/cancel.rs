//! Ending executions with everything that hangs on them.

use super::change::{ActivityEnd, Event};
use super::error::Error;
use super::instance::{Key, Row};
use super::run::{At, Part, Run};
use super::state::*;
use crate::model::graph::Trigger;
use crate::model::{NodeIx, NodeKind};

impl Run<'_> {
    /// Ends an execution and everything below it, the innermost first.
    pub(super) fn cancel(&mut self, id: &str, reason: &str) -> Result<(), Error> {
        self.cancel_children(id, reason)?;
        self.cancel_one(id, reason)
    }

    /// Ends everything below an execution, the innermost first. Called instances that are to be
    /// left alone go on without their caller.
    pub(super) fn cancel_children(&mut self, id: &str, reason: &str) -> Result<(), Error> {
        let (mut below, mut released) = (Vec::new(), Vec::new());
        let mut open = vec![id.to_owned()];
        while let Some(parent) = open.pop() {
            for child in self.instance().children(&parent) {
                match self.skip.subprocesses && child.activity_id.is_none() {
                    true => released.push(child.clone()),
                    false => open.push(child.id.clone()),
                }
            }
            if parent != id {
                below.push(parent);
            }
        }
        for root in released {
            self.release(root);
        }
        for execution in below.iter().rev() {
            self.cancel_one(execution, reason)?;
        }
        Ok(())
    }

    /// Ends everything in a scope that is interrupted from inside. What a lone task there says at
    /// its deletion it says before its activity ends, all others after.
    pub(super) fn interrupt(&mut self, scope: &str, reason: &str) -> Result<(), Error> {
        let alone = {
            let mut inside = self.instance().children(scope);
            let first = inside.next().filter(|_| inside.next().is_none());
            first
                .filter(|one| one.phase.has_begun())
                .map(|one| one.id.clone())
        };
        if let Some(alone) = alone {
            let at = self.at(&alone)?;
            if has_no_scope(&at) {
                self.delete_tasks(&at, reason)?;
            }
        }
        self.cancel_children(scope, reason)
    }

    /// A called instance goes on for itself: it is called by none any more.
    fn release(&mut self, root: Execution) {
        self.event(Event::ProcessReleased {
            process_instance_id: root.id.clone(),
        });
        self.journal.put(Execution {
            parent_id: None,
            ..root
        });
    }

    /// Cancels a process instance, and what called it unless something else runs there.
    pub(super) fn cancel_process(&mut self, id: &str, reason: Option<&str>) -> Result<(), Error> {
        self.process_instance(id)?;
        let canceled = reason.unwrap_or("canceled");
        let tasks = self.instance().tasks();
        let own = tasks.filter(|task| task.process_instance_id == id);
        let own = own.filter_map(|task| self.instance().execution(&task.execution_id));
        let mut waiting: Vec<(u64, Id)> = own.map(|e| (e.sequence, e.id.clone())).collect();
        waiting.sort_unstable();
        for (_, execution) in waiting {
            let at = self.at(&execution)?;
            self.delete_tasks(&at, canceled)?;
        }
        self.cancel_children(id, canceled)?;
        let at = self.at(id)?;
        self.process_listeners(&at, "end")?;
        self.end_process(id, InstanceState::ExternallyTerminated, reason)?;
        let Some(call) = at.execution.parent_id else {
            return Ok(());
        };
        let at = self.at(&call)?;
        let scope = at.scope().clone();
        self.forget_instance(&at)?;
        self.cancel_one(&call, canceled)?;
        self.end_if_empty(&scope, reason)
    }

    /// A scope that lost its last token to somebody's hand ends with those around it that have
    /// no other.
    pub(super) fn end_if_empty(&mut self, scope: &str, reason: Option<&str>) -> Result<(), Error> {
        let mut scope = scope.to_owned();
        while self.instance().execution(&scope).is_some() && !self.instance().has_children(&scope) {
            let at = self.at(&scope)?;
            if at.is_root() {
                return self.cancel_process(&scope, reason);
            }
            let around = at.scope().clone();
            self.cancel(&scope, "canceled")?;
            scope = around;
        }
        Ok(())
    }

    fn cancel_one(&mut self, id: &str, reason: &str) -> Result<(), Error> {
        let at = self.at(id)?;
        if at.is_root() {
            self.process_listeners(&at, "end")?;
            return self.end_process(id, InstanceState::InternallyTerminated, Some(reason));
        }
        if at.execution.phase.has_begun() && at.part != Part::Body {
            self.end_canceled(&at)?;
            self.delete_tasks(&at, reason)?;
        }
        self.remove_execution(&at.execution, ActivityEnd::Canceled, reason);
        Ok(())
    }

    /// What an activity that is cancelled does last. Nobody catches what is thrown there.
    pub(super) fn end_canceled(&mut self, at: &At) -> Result<(), Error> {
        let skipped = self.skip.mappings;
        self.skip.mappings |= self.world.skip_output_mapping_on_canceled_activities;
        let done = self.end_activity(at);
        self.skip.mappings = skipped;
        done.map_err(Error::for_nobody)
    }

    /// Deletes the tasks of an activity, and tells their listeners before.
    pub(super) fn delete_tasks(&mut self, at: &At, reason: &str) -> Result<(), Error> {
        for key in self.attached(at.id()) {
            if let Key::Task(task) = &key {
                let done = self.task_listeners(at, task, "delete");
                done.map_err(Error::for_nobody)?;
                self.remove_attached(key, reason);
            }
        }
        Ok(())
    }

    /// Removes an execution with its tasks, jobs, … and variables.
    pub(super) fn remove_execution(
        &mut self,
        execution: &Execution,
        end: ActivityEnd,
        reason: &str,
    ) {
        for key in self.attached(&execution.id) {
            self.remove_attached(key, reason);
        }
        // What was kept to be compensated goes with the scope around it.
        let kept: Vec<Execution> = self.instance().kept(&execution.id).cloned().collect();
        for scope in kept {
            self.remove_execution(&scope, end, reason);
        }
        self.remove_variables(&execution.id);
        self.transient.remove(&execution.id);
        self.journal.remove(Key::Execution(execution.id.clone()));
        self.activity_ended(execution, end);
    }

    /// Tells that an activity instance is over.
    pub(super) fn activity_ended(&mut self, execution: &Execution, end: ActivityEnd) {
        let begun = execution.phase.has_begun();
        if let (true, Some(activity_id)) = (begun, &execution.activity_id) {
            self.event(Event::ActivityEnded {
                id: execution.activity_instance_id(),
                process_instance_id: execution.process_instance_id.clone(),
                activity_id: activity_id.clone(),
                started: execution.started,
                end,
            });
        }
    }

    /// Removes a task, job, … and tells the history.
    pub(super) fn remove_attached(&mut self, key: Key, reason: &str) {
        match self.journal.remove(key) {
            Some(Row::Task(task)) => {
                self.remove_variables(&task.id);
                self.event(Event::TaskEnded {
                    task,
                    reason: reason.to_owned(),
                });
            }
            Some(Row::ExternalTask(task)) => self.event(Event::ExternalTaskEnded {
                task,
                completed: false,
            }),
            Some(Row::Incident(incident)) => self.incident_ended(incident),
            _ => {}
        }
    }

    /// Removes all variables of a scope, which ends.
    fn remove_variables(&mut self, scope: &str) {
        let names: Vec<String> = self
            .instance()
            .variables(scope)
            .map(|variable| variable.name.clone())
            .collect();
        for name in names {
            self.journal.remove(Key::Variable(scope.to_owned(), name));
        }
    }
}

/// True of an activity that is no scope of its own in Camunda: its token is that of the scope
/// around it while it is alone there.
fn has_no_scope(at: &At) -> bool {
    let node = at.node();
    let waits = |&boundary: &NodeIx| at.process.trigger(boundary) != Some(&Trigger::Compensation);
    let timeouts = match &node.kind {
        NodeKind::UserTask(task) => task.listeners.iter().any(|l| l.timeout.is_some()),
        _ => false,
    };
    at.part == Part::Whole
        && !timeouts
        && node.inputs.is_empty()
        && node.outputs.is_empty()
        && !node.boundary_events.iter().any(waits)
}
