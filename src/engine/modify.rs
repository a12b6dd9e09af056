//! Moving tokens by hand: activities begin and end as an operator says.

use super::command::Instruction;
use super::error::Error;
use super::run::{At, Part, Run, Step, find_node, not_found};
use super::state::*;
use crate::model::graph::{SubProcess, Trigger};
use crate::model::{Node, NodeIx, NodeKind, Process};
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
            .ok()
            .filter(|&node| at.process.nodes[node].multi.is_some() || !activity.ends_with(BODY));
        let node = node.ok_or_else(|| unknown(&at, activity))?;
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
                let inner = !activity.ends_with(BODY);
                let scopes = scopes_around(&at.process, node, inner);
                let inside = self.scope_of(&at, node, scopes, ancestor)?;
                let token = self.token_in(&at.process.nodes[node], inner, &inside)?;
                self.set_variables(&token, variables)?;
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
        let scopes = scopes_around(&at.process, node, false);
        let around = self.scope_of(at, node, scopes, ancestor)?;
        let around = self.execution(&around)?.clone();
        let token = self.spawn(&around, &at.process.nodes[node], Phase::After, Some(flow));
        self.set_variables(&token, variables)?;
        Ok(Step::Take(token))
    }

    /// The execution of the innermost of these scopes, of which those that do not run begin; of
    /// those in an ancestor all that are between.
    fn scope_of(
        &mut self,
        root: &At,
        node: NodeIx,
        scopes: Vec<Scope>,
        ancestor: Option<&str>,
    ) -> Result<Id, Error> {
        let process: Arc<Process> = root.process.clone();
        let mut missing = Vec::new();
        let mut inside = root.id().clone();
        let ancestor = match ancestor {
            Some(id) => Some((self.ancestor(root, id)?, id)),
            None => None,
        };
        let mut found = false;
        for scope in scopes {
            if let Some((execution, _)) = &ancestor {
                found = execution.activity_id.as_ref() == Some(&scope.id(&process));
                if found {
                    break;
                }
            } else {
                let here = self.running(root.id(), &scope.id(&process))?;
                match here.as_slice() {
                    [] => {}
                    [only] => {
                        inside.clone_from(only);
                        break;
                    }
                    _ => return Err(self.ambiguous(&scope.id(&process), &here)),
                }
            }
            missing.push(scope);
        }
        if let Some((execution, id)) = ancestor {
            if !found && execution.activity_id.is_some() {
                return Err(Error::BadRequest(format!(
                    "Scope execution for '{id}' cannot be found in parent hierarchy of flow element '{}'",
                    process.nodes[node].id
                )));
            }
            inside = execution.id;
        }
        let outermost = missing.last().map_or(node, |scope| scope.node);
        self.make_room(root, outermost, &inside)?;
        for scope in missing.into_iter().rev() {
            inside = self.begin_scope(&process, scope, &inside)?;
        }
        Ok(inside)
    }

    /// Begins a scope by hand, with nothing in it yet.
    fn begin_scope(&mut self, process: &Process, scope: Scope, inside: &str) -> Result<Id, Error> {
        let id = self.token_in(&process.nodes[scope.node], !scope.body, inside)?;
        let at = match scope.body {
            true => self.become_body(&id)?,
            false => self.at(&id)?,
        };
        self.begin(at)?;
        if scope.body {
            let body = self.at(&id)?;
            self.prepare_body(&body)?;
        }
        Ok(id)
    }

    /// Makes the token of a node: of one that is multi-instance it may be one instance more.
    fn token_in(&mut self, node: &Node, inner: bool, inside: &str) -> Result<Id, Error> {
        if inner && node.multi.is_some() {
            let body = self.at(inside)?;
            return self.add_instance(&body);
        }
        let around = self.execution(inside)?.clone();
        Ok(self.spawn(&around, node, Phase::Before, None))
    }

    /// The executions that run as this scope.
    fn running(&self, process_instance: &str, scope: &str) -> Result<Vec<Id>, Error> {
        let mut running = Vec::new();
        for id in self.executions_at(process_instance, scope) {
            let at = self.at(&id)?;
            // What is yet to become a body has the name of its instances.
            let to_come = at.node().multi.is_some() && at.part == Part::Whole;
            if !to_come && at.execution.phase != Phase::Before {
                running.push(id);
            }
        }
        Ok(running)
    }

    fn ambiguous(&self, scope: &str, here: &[Id]) -> Error {
        let shown = here.iter().take(SHOWN);
        let named: Vec<String> = shown.map(|id| format!("{scope}:{id}")).collect();
        let more = if here.len() > SHOWN { ", …" } else { "" };
        Error::BadRequest(format!(
            "Ancestor activity execution is ambiguous for activity '{scope}': {} run, {}{more}; \
             name one of them as the ancestor",
            here.len(),
            named.join(", ")
        ))
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
        // Scopes that have nothing else in them end at once: what another instruction starts there
        // begins them anew. The process instance is kept until all is done.
        let mut scope = parent;
        while !self.instance().has_children(&scope) {
            let at = self.at(&scope)?;
            if at.is_root() {
                emptied.push(scope);
                break;
            }
            let around = at.scope().clone();
            self.forget_instance(&at)?;
            self.cancel(&scope, "canceled")?;
            scope = around;
        }
        Ok(())
    }
}

/// A scope: a sub-process, or what holds the instances of a multi-instance activity.
#[derive(Clone, Copy)]
struct Scope {
    node: NodeIx,
    body: bool,
}

impl Scope {
    fn id(self, process: &Process) -> String {
        let body = if self.body { BODY } else { "" };
        format!("{}{body}", process.nodes[self.node].id)
    }
}

/// The scopes around a node, from the inside; around one instance of it also their body.
fn scopes_around(process: &Process, node: NodeIx, inner: bool) -> Vec<Scope> {
    let body = |node: NodeIx| {
        let multi = process.nodes[node].multi.is_some();
        multi.then_some(Scope { node, body: true })
    };
    let mut scopes: Vec<Scope> = body(node).filter(|_| inner).into_iter().collect();
    let mut next = process.nodes[node].scope;
    while let Some(node) = next {
        scopes.push(Scope { node, body: false });
        scopes.extend(body(node));
        next = process.nodes[node].scope;
    }
    scopes
}

/// How many of a process's elements or of an activity's instances a refusal names.
const SHOWN: usize = 20;

fn unknown(at: &At, activity: &str) -> Error {
    let process = &at.process;
    let ids: Vec<&str> = process.nodes.iter().map(|node| node.id.as_str()).collect();
    let more = if ids.len() > SHOWN { ", …" } else { "" };
    Error::BadRequest(format!(
        "Element '{activity}' does not exist in process '{}'; it has {}{more}",
        at.definition_id,
        ids[..ids.len().min(SHOWN)].join(", ")
    ))
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
