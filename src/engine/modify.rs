//! Moving tokens by hand: activities begin and end as an operator says.

use super::command::Instruction;
use super::error::Error;
use super::run::{At, Run, Step, find_node, not_found};
use super::state::*;
use crate::model::graph::{SubProcess, Trigger};
use crate::model::{NodeIx, NodeKind, Process};
use crate::value::Map;
use std::sync::Arc;

impl Run<'_> {
    /// Does the instructions in their order. What they leave empty ends, without going on.
    pub(super) fn modify(
        &mut self,
        process_instance: &str,
        instructions: Vec<Instruction>,
    ) -> Result<(), Error> {
        self.check_active(process_instance)?;
        let mut emptied = Vec::new();
        for instruction in instructions {
            match instruction {
                Instruction::Inside {
                    ancestor,
                    local_variables,
                    start,
                } => {
                    let step = self.start_by_hand(process_instance, *start, ancestor.as_deref())?;
                    let token = step.execution().clone();
                    self.set_local_variables(&token, local_variables)?;
                    self.push(step);
                }
                start @ (Instruction::StartBefore { .. }
                | Instruction::StartAfter { .. }
                | Instruction::StartTransition { .. }) => {
                    let step = self.start_by_hand(process_instance, start, None)?;
                    self.push(step);
                }
                Instruction::CancelActivity { activity } => {
                    let (at, _) = self.target(process_instance, &activity)?;
                    let here = self.executions_at(at.id(), &activity);
                    for execution in here {
                        self.cancel_by_hand(&execution, &mut emptied)?;
                    }
                }
                Instruction::CancelInstance { id } => {
                    let found = self
                        .instance()
                        .executions()
                        .find(|e| e.activity_instance_id() == id || e.id == id)
                        .filter(|e| e.process_instance_id == process_instance)
                        .map(|e| e.id.clone());
                    let execution = found.ok_or_else(|| not_found("activity instance", &id))?;
                    self.cancel_by_hand(&execution, &mut emptied)?;
                }
            }
        }
        for scope in emptied {
            self.end_if_empty(&scope, None)?;
        }
        Ok(())
    }

    /// A node of a process instance, with the instance's root.
    fn target(&self, process_instance: &str, activity: &str) -> Result<(At, NodeIx), Error> {
        let at = self.at(process_instance)?;
        let node = find_node(&at.process, activity, &at.definition_id)
            .map_err(|_| not_found("activity", activity))?;
        Ok((at, node))
    }

    /// Makes the token of a start; what it is to do next.
    fn start_by_hand(
        &mut self,
        process_instance: &str,
        start: Instruction,
        ancestor: Option<&str>,
    ) -> Result<Step, Error> {
        match start {
            Instruction::StartBefore {
                activity,
                variables,
            } => {
                let (at, node) = self.target(process_instance, &activity)?;
                let node = beginning(&at.process, node)?;
                let around = self.scope_of(&at, node, ancestor)?;
                let around = self.execution(&around)?.clone();
                let token = self.spawn(&around, &at.process.nodes[node], Phase::Before, None);
                self.set_variables(process_instance, variables)?;
                Ok(Step::Enter(token))
            }
            Instruction::StartAfter {
                activity,
                variables,
            } => {
                let (at, node) = self.target(process_instance, &activity)?;
                let [flow] = at.process.nodes[node].outgoing.as_slice() else {
                    return Err(Error::BadRequest(format!(
                        "activity '{activity}' has not one outgoing sequence flow; name the flow to start with"
                    )));
                };
                let flow = at.process.flows[*flow].id.clone();
                self.start_flow(&at, node, &flow, variables, ancestor)
            }
            Instruction::StartTransition { flow, variables } => {
                let at = self.at(process_instance)?;
                let found = at.process.flows.iter().find(|f| f.id == flow);
                let found = found.ok_or_else(|| not_found("sequence flow", &flow))?;
                let node = found.source;
                self.start_flow(&at, node, &flow, variables, ancestor)
            }
            _ => Err(Error::BadRequest(
                "only a start is in an ancestor and has variables of its own".to_owned(),
            )),
        }
    }

    fn start_flow(
        &mut self,
        at: &At,
        node: NodeIx,
        flow: &str,
        variables: Map,
        ancestor: Option<&str>,
    ) -> Result<Step, Error> {
        let around = self.scope_of(at, node, ancestor)?;
        let around = self.execution(&around)?.clone();
        let token = self.spawn(&around, &at.process.nodes[node], Phase::After, Some(flow));
        self.set_variables(at.id(), variables)?;
        Ok(Step::Take(token))
    }

    /// The execution of the scope around a node; scopes that do not run begin for it, of those in
    /// an ancestor all that are between.
    fn scope_of(&mut self, root: &At, node: NodeIx, ancestor: Option<&str>) -> Result<Id, Error> {
        let mut missing = Vec::new();
        let mut next = root.process.nodes[node].scope;
        let mut inside = root.id().clone();
        let ancestor = match ancestor {
            Some(id) => Some((self.ancestor(root, id)?, id)),
            None => None,
        };
        while let Some(scope) = next {
            if let Some((execution, _)) = &ancestor {
                if execution.activity_id.as_ref() == Some(&root.process.nodes[scope].id) {
                    break;
                }
                missing.push(scope);
                next = root.process.nodes[scope].scope;
                continue;
            }
            let here = self.executions_at(root.id(), &root.process.nodes[scope].id);
            match here.as_slice() {
                [] => missing.push(scope),
                [only] => {
                    inside.clone_from(only);
                    break;
                }
                several => {
                    return Err(Error::BadRequest(format!(
                        "there are {} instances of '{}' in which the activity could start",
                        several.len(),
                        root.process.nodes[scope].id
                    )));
                }
            }
            next = root.process.nodes[scope].scope;
        }
        if let Some((execution, id)) = ancestor {
            if next.is_none() && execution.activity_id.is_some() {
                return Err(Error::BadRequest(format!(
                    "Scope execution for '{id}' cannot be found in parent hierarchy of flow element '{}'",
                    root.process.nodes[node].id
                )));
            }
            inside = execution.id;
        }
        self.make_room(root, missing.last().copied().unwrap_or(node), &inside)?;
        let process: Arc<Process> = root.process.clone();
        for scope in missing.into_iter().rev() {
            let around = self.execution(&inside)?.clone();
            let id = self.spawn(&around, &process.nodes[scope], Phase::Before, None);
            let at = self.at(&id)?;
            self.begin(at)?;
            inside = id;
        }
        Ok(inside)
    }

    /// The execution of an activity instance of the process instance.
    fn ancestor(&self, root: &At, id: &str) -> Result<Execution, Error> {
        let mut all = self.instance().executions();
        let own = |e: &&Execution| e.process_instance_id == *root.id();
        let found = all.find(|e| own(e) && e.activity_instance_id() == id);
        found.cloned().ok_or_else(|| {
            Error::BadRequest(format!("Ancestor activity instance '{id}' does not exist"))
        })
    }

    /// What begins takes the place of what it interrupts: an interrupting boundary event that of
    /// its activity, an interrupting event sub-process that of everything else in its scope.
    fn make_room(&mut self, root: &At, begins: NodeIx, inside: &str) -> Result<(), Error> {
        let process = root.process.clone();
        match &process.nodes[begins].kind {
            NodeKind::BoundaryEvent(event) if event.interrupting => {
                let host = &process.nodes[event.attached_to].id;
                let body = format!("{host}{BODY}");
                for activity in [&body, host] {
                    for execution in self.executions_at(root.id(), activity) {
                        if self.instance().execution(&execution).is_some() {
                            self.cancel(&execution, "interrupted")?;
                        }
                    }
                }
                Ok(())
            }
            NodeKind::SubProcess(SubProcess::Event) if interrupts(&process, begins) => {
                self.interrupt(inside, "interrupted")?;
                let around = self.at(inside)?;
                self.disarm_event_starts(&around);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The executions at an activity of a process instance, in their order.
    fn executions_at(&self, process_instance: &str, activity: &str) -> Vec<Id> {
        let mut found: Vec<(u64, Id)> = self
            .instance()
            .executions()
            .filter(|e| {
                e.process_instance_id == process_instance
                    && e.activity_id.as_deref() == Some(activity)
                    && e.phase != Phase::Kept
            })
            .map(|e| (e.sequence, e.id.clone()))
            .collect();
        found.sort();
        found.into_iter().map(|(_, id)| id).collect()
    }

    fn cancel_by_hand(&mut self, execution: &str, emptied: &mut Vec<Id>) -> Result<(), Error> {
        // An earlier instruction may have cancelled it with what is around it.
        let Some(found) = self.instance().execution(execution) else {
            return Ok(());
        };
        let Some(parent) = found
            .parent_id
            .clone()
            .filter(|_| found.activity_id.is_some())
        else {
            return Err(Error::BadRequest(
                "a whole process instance is not cancelled by moving tokens; cancel it".to_owned(),
            ));
        };
        let at = self.at(execution)?;
        self.forget_instance(&at)?;
        let whole = self.execution(&parent)?.activity_id.is_none();
        match whole && self.instance().children(&parent).count() == 1 {
            true => self.interrupt(&parent, "canceled")?,
            false => self.cancel(execution, "canceled")?,
        }
        emptied.push(parent);
        Ok(())
    }
}

/// Where an activity begins: an event sub-process at its start event.
fn beginning(process: &Process, node: NodeIx) -> Result<NodeIx, Error> {
    match &process.nodes[node].kind {
        NodeKind::BoundaryEvent(event) if event.trigger == Trigger::Compensation => {
            Err(Error::BadRequest(format!(
                "'{}' is a compensation boundary event, which can not be started; start its handler",
                process.nodes[node].id
            )))
        }
        NodeKind::SubProcess(SubProcess::Event) => {
            let start = process
                .children(Some(node))
                .find(|&ix| is_start(process, ix));
            Ok(start.unwrap_or(node))
        }
        _ => Ok(node),
    }
}

fn is_start(process: &Process, node: NodeIx) -> bool {
    matches!(process.nodes[node].kind, NodeKind::StartEvent(_))
}

/// True for an event sub-process that takes the place of its scope.
fn interrupts(process: &Process, sub: NodeIx) -> bool {
    process.children(Some(sub)).any(
        |ix| matches!(&process.nodes[ix].kind, NodeKind::StartEvent(start) if start.interrupting),
    )
}
