//! BPMN errors: thrown in an activity, caught by a boundary event around it.

use super::change::{ActivityEnd, Event};
use super::error::Error;
use super::run::{At, Run, Step};
use super::state::*;
use crate::model::graph::Trigger;
use crate::model::{NodeIx, NodeKind};
use crate::value::Value;

impl Run<'_> {
    /// An error end event ends its token and throws from the scope around it.
    pub(super) fn end_with_error(
        &mut self,
        at: &At,
        code: &str,
        message: Option<&str>,
    ) -> Result<(), Error> {
        self.complete(at)?;
        let scope = at.scope().clone();
        if !self.throw(&scope, code, message)? {
            self.uncaught(at, code, message);
            self.check_scope(&scope);
        }
        Ok(())
    }

    /// Throws an error in an activity; uncaught, it ends the activity.
    pub(super) fn throw_in(
        &mut self,
        at: &At,
        code: &str,
        message: Option<&str>,
    ) -> Result<(), Error> {
        if !self.throw(at.id(), code, message)? {
            self.uncaught(at, code, message);
            self.remove_execution(&at.execution, ActivityEnd::Canceled, "error");
            let scope = at.scope().clone();
            self.check_scope(&scope);
        }
        Ok(())
    }

    /// Looks from an execution outwards for who catches the error; false if nobody does.
    fn throw(&mut self, from: &str, code: &str, message: Option<&str>) -> Result<bool, Error> {
        let mut id = from.to_owned();
        loop {
            let execution = self.execution(&id)?;
            let Some(parent) = execution.parent_id.clone() else {
                return Ok(false);
            };
            let at = self.at(&id)?;
            if let Some(boundary) = catcher(&at, code) {
                self.catch(&at, boundary, code, message)?;
                return Ok(true);
            }
            id = parent;
        }
    }

    fn catch(
        &mut self,
        at: &At,
        boundary: NodeIx,
        code: &str,
        message: Option<&str>,
    ) -> Result<(), Error> {
        self.cancel(at.id(), "error")?;
        let scope = self.execution(at.scope())?.clone();
        let node = &at.process.nodes[boundary];
        let token = self.spawn(&scope, node, Phase::Before, None);
        if let NodeKind::BoundaryEvent(event) = &node.kind
            && let Trigger::Error {
                code_variable,
                message_variable,
                ..
            } = &event.trigger
        {
            if let Some(name) = code_variable {
                self.set_variable(&scope.id, name, code.into())?;
            }
            if let Some(name) = message_variable {
                self.set_variable(&scope.id, name, Value::from(message.map(str::to_owned)))?;
            }
        }
        self.push(Step::Enter(token));
        Ok(())
    }

    fn uncaught(&mut self, at: &At, code: &str, message: Option<&str>) {
        self.event(Event::ErrorUncaught {
            process_instance_id: at.execution.process_instance_id.clone(),
            activity_id: at.node().id.clone(),
            code: code.to_owned(),
            message: message.map(str::to_owned),
        });
    }
}

/// The boundary event of a node that catches this code: one that names it before one that
/// catches every error.
fn catcher(at: &At, code: &str) -> Option<NodeIx> {
    let mut any = None;
    for &boundary in &at.node().boundary_events {
        let NodeKind::BoundaryEvent(event) = &at.process.nodes[boundary].kind else {
            continue;
        };
        match &event.trigger {
            Trigger::Error {
                code: Some(caught), ..
            } if caught == code => return Some(boundary),
            Trigger::Error { code: None, .. } if any.is_none() => any = Some(boundary),
            _ => {}
        }
    }
    any
}
