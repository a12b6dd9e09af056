//! What is thrown and looks for who catches it, outwards from scope to scope: BPMN errors and
//! escalations. In a scope an event sub-process comes before a boundary event, and one that
//! names the code before one that catches all.

use super::change::{ActivityEnd, Event};
use super::error::Error;
use super::run::{At, Part, Run, Step};
use crate::model::graph::Trigger;
use crate::model::{NodeIx, NodeKind, Process};
use crate::value::Value;

/// A BPMN error.
#[derive(Debug, Clone, Copy)]
pub(super) struct BpmnError<'t> {
    code: &'t str,
    message: Option<&'t str>,
    /// The worker who reported it.
    worker: Option<&'t str>,
}

impl<'t> BpmnError<'t> {
    pub(super) fn new(code: &'t str, message: Option<&'t str>) -> BpmnError<'t> {
        BpmnError {
            code,
            message,
            worker: None,
        }
    }

    /// The same, reported by a worker.
    pub(super) fn by(self, worker: Option<&'t str>) -> BpmnError<'t> {
        BpmnError { worker, ..self }
    }
}

/// What is thrown.
#[derive(Debug, Clone, Copy)]
enum Thrown<'t> {
    Error(BpmnError<'t>),
    Escalation(Option<&'t str>),
}

/// How a catching event fits what is thrown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    All,
    Named,
}

impl Thrown<'_> {
    fn fit(self, trigger: &Trigger) -> Option<Fit> {
        let (thrown, caught) = match (self, trigger) {
            (Thrown::Error(thrown), Trigger::Error { code, .. }) => (Some(thrown.code), code),
            (Thrown::Escalation(thrown), Trigger::Escalation { code, .. }) => (thrown, code),
            _ => return None,
        };
        match caught {
            None => Some(Fit::All),
            Some(code) => (Some(code.as_str()) == thrown).then_some(Fit::Named),
        }
    }
}

/// Who catches, and whether that ends what threw.
enum Caught {
    Nobody,
    Beside,
    Instead,
}

impl Run<'_> {
    /// Throws an error in an activity, or on the flow behind it; uncaught, it completes the
    /// activity, whose token ends there.
    pub(super) fn throw_in(&mut self, at: &At, error: BpmnError) -> Result<(), Error> {
        let begun = at.execution.phase.has_begun();
        let from = if begun { at.id() } else { at.scope() };
        let Caught::Nobody = self.propagate(at, from, None, Thrown::Error(error))? else {
            return Ok(());
        };
        if begun {
            self.end_activity(at)?;
            self.delete_tasks(at, "error")?;
        }
        if at.part == Part::Inner {
            return self.count_instance(at);
        }
        self.remove_execution(&at.execution, ActivityEnd::Completed, "error");
        let scope = at.scope().clone();
        self.check_scope(&scope);
        Ok(())
    }

    /// An escalation event throws; unless what catches it interrupts, it goes on.
    pub(super) fn escalate(&mut self, at: &At, code: Option<&str>) -> Result<(), Error> {
        self.push(Step::Leave(at.id().clone()));
        let thrown = Thrown::Escalation(code);
        self.propagate(at, at.scope(), Some(at.node_ix), thrown)?;
        Ok(())
    }

    /// A user task escalates, as a worker or person says.
    pub(super) fn escalate_in(&mut self, at: &At, code: &str) -> Result<(), Error> {
        let thrown = Thrown::Escalation(Some(code));
        match self.propagate(at, at.id(), None, thrown)? {
            Caught::Nobody => Err(Error::BadRequest(format!(
                "Execution with id '{}' throws an escalation event with escalationCode '{code}', \
                 but no escalation handler was defined",
                at.id()
            ))),
            Caught::Beside | Caught::Instead => Ok(()),
        }
    }

    /// Looks from an execution outwards for who catches what an activity throws.
    fn propagate(
        &mut self,
        thrown_at: &At,
        from: &str,
        thrower: Option<NodeIx>,
        thrown: Thrown,
    ) -> Result<Caught, Error> {
        let mut id = from.to_owned();
        // The node by which the search came to a scope: an event sub-process does not catch
        // what is thrown inside it.
        let mut inside: Option<NodeIx> = thrower;
        loop {
            let at = self.at(&id)?;
            let process = at.process.clone();
            if at.part != Part::Body
                && let Some(start) = event_start(&process, &at, inside, thrown)
            {
                self.tell_history(thrown_at, thrown, Some((&at, start)));
                return self.caught_inside(&at, start, thrown);
            }
            if at.is_root() {
                let Some(call) = at.execution.parent_id.clone() else {
                    self.tell_history(thrown_at, thrown, None);
                    return Ok(Caught::Nobody);
                };
                // What the called instance gives out reaches whoever catches.
                self.pass_outputs(&at, &call)?;
                inside = None;
                id = call;
                continue;
            }
            if at.part != Part::Inner
                && let Some(boundary) = boundary(&process, &at, thrown)
            {
                self.tell_history(thrown_at, thrown, Some((&at, boundary)));
                return self.caught_on_boundary(&at, boundary, thrown);
            }
            inside = Some(at.node_ix);
            id.clone_from(at.scope());
        }
    }

    fn caught_inside(&mut self, at: &At, start: NodeIx, thrown: Thrown) -> Result<Caught, Error> {
        let NodeKind::StartEvent(event) = &at.process.nodes[start].kind else {
            return Ok(Caught::Nobody);
        };
        let (interrupting, trigger) = (event.interrupting, event.trigger.clone());
        self.tell(at.id(), &trigger, thrown)?;
        self.begin_event_sub_process(at, start, interrupting)?;
        Ok(match interrupting {
            true => Caught::Instead,
            false => Caught::Beside,
        })
    }

    fn caught_on_boundary(
        &mut self,
        at: &At,
        boundary: NodeIx,
        thrown: Thrown,
    ) -> Result<Caught, Error> {
        let NodeKind::BoundaryEvent(event) = &at.process.nodes[boundary].kind else {
            return Ok(Caught::Nobody);
        };
        let (interrupting, trigger) = (event.interrupting, event.trigger.clone());
        let scope = self.begin_boundary(at, boundary, interrupting)?;
        self.tell(&scope.id, &trigger, thrown)?;
        Ok(match interrupting {
            true => Caught::Instead,
            false => Caught::Beside,
        })
    }

    /// Sets the variables in which a catching event wants code and message.
    fn tell(&mut self, scope: &str, trigger: &Trigger, thrown: Thrown) -> Result<(), Error> {
        let (code, message) = match thrown {
            Thrown::Error(error) => (Some(error.code), error.message),
            Thrown::Escalation(code) => (code, None),
        };
        let (code_variable, message_variable) = match trigger {
            Trigger::Error {
                code_variable,
                message_variable,
                ..
            } => (code_variable, message_variable),
            Trigger::Escalation { code_variable, .. } => (code_variable, &None),
            _ => return Ok(()),
        };
        if let Some(name) = code_variable {
            self.set_variable(scope, name, Value::from(code.map(str::to_owned)))?;
        }
        if let Some(name) = message_variable {
            self.set_variable(scope, name, Value::from(message.map(str::to_owned)))?;
        }
        Ok(())
    }

    /// Says what was thrown, by whom, and who catches it.
    fn tell_history(&mut self, at: &At, thrown: Thrown, catcher: Option<(&At, NodeIx)>) {
        let (code, error) = match thrown {
            Thrown::Error(error) => (Some(error.code), Some(error)),
            Thrown::Escalation(code) => (code, None),
        };
        self.event(Event::Thrown {
            process_instance_id: at.execution.process_instance_id.clone(),
            activity_id: at.node().id.clone(),
            error: error.is_some(),
            code: code.map(str::to_owned),
            message: error.and_then(|error| error.message).map(str::to_owned),
            worker_id: error.and_then(|error| error.worker).map(str::to_owned),
            caught_by: catcher.map(|(at, event)| {
                let instance = at.execution.process_instance_id.clone();
                (instance, at.process.nodes[event].id.clone())
            }),
        });
    }
}

/// The start event of an event sub-process in a scope that catches.
fn event_start(
    process: &Process,
    at: &At,
    inside: Option<NodeIx>,
    thrown: Thrown,
) -> Option<NodeIx> {
    if !at.is_root() && !matches!(at.node().kind, NodeKind::SubProcess(_)) {
        return None;
    }
    let starts = process.event_starts(at.inside()).iter().copied();
    let starts = starts.filter(|&start| process.nodes[start].scope != inside);
    best(process, starts, thrown)
}

/// The boundary event of an activity that catches.
fn boundary(process: &Process, at: &At, thrown: Thrown) -> Option<NodeIx> {
    best(process, at.node().boundary_events.iter().copied(), thrown)
}

/// The first of those that fit best.
fn best(process: &Process, events: impl Iterator<Item = NodeIx>, thrown: Thrown) -> Option<NodeIx> {
    let mut found: Option<(Fit, NodeIx)> = None;
    for event in events {
        let fit = process
            .trigger(event)
            .and_then(|trigger| thrown.fit(trigger));
        if let Some(fit) = fit
            && found.is_none_or(|(best, _)| fit > best)
        {
            found = Some((fit, event));
        }
    }
    found.map(|(_, event)| event)
}
