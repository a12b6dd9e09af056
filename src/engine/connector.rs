//! Connectors: what one is asked for is evaluated when its task is entered, and its answer becomes
//! variables when the desk's own worker has it. In between it is an external task.

use super::error::Error;
use super::expression::{Whence, script_failed};
use super::instance::Key;
use super::run::{At, Run};
use super::state::Variable;
use crate::javascript;
use crate::model::graph::{Connector, Parameter, ParameterValue};
use crate::value::{Map, Value};

/// The variable of the task that holds what its connector is asked for, a Map. No expression can
/// name it, and the history does not hear of it: what is sent may be meant for nobody else.
pub const CONNECTOR_INPUTS: &str = "connector:inputs";

/// A BPMN error: its code and its message.
pub(super) type Thrown = (String, Option<String>);

impl Run<'_> {
    /// Evaluates the input parameters and keeps them for the worker.
    pub(super) fn ask_connector(&mut self, at: &At, connector: &Connector) -> Result<(), Error> {
        self.transient.insert(at.id().clone(), Map::new());
        for Parameter { name, value } in &connector.inputs {
            let value = self.parameter(Whence::of(at).connector(), value);
            let value = value.map_err(|e| e.within(&format!("connector input '{name}'")))?;
            let scope = self.transient.entry(at.id().clone()).or_default();
            scope.insert(name.clone(), value);
        }
        let inputs = self.transient.remove(at.id()).unwrap_or_default();
        let variable = Variable {
            id: self.new_id(),
            scope_id: at.id().clone(),
            process_instance_id: at.execution.process_instance_id.clone(),
            name: CONNECTOR_INPUTS.to_owned(),
            value: Value::Map(inputs),
        };
        self.journal.put(variable);
        Ok(())
    }

    /// Evaluates the output parameters, which alone see the answer. A script among them may
    /// throw a BPMN error.
    pub(super) fn connector_answers(
        &mut self,
        at: &At,
        connector: &Connector,
        answer: Map,
    ) -> Result<Option<Thrown>, Error> {
        let inputs = Key::Variable(at.id().clone(), CONNECTOR_INPUTS.to_owned());
        self.journal.remove(inputs);
        self.transient.insert(at.id().clone(), answer);
        for Parameter { name, value } in &connector.outputs {
            let whence = Whence::of(at).connector();
            let part = format!("connector output '{name}'");
            let value = match value {
                ParameterValue::Script(script) => match self.play_script(script, whence)? {
                    Ok(value) => value,
                    Err(javascript::Failure::Bpmn { code, message }) => {
                        self.transient.remove(at.id());
                        return Ok(Some((code, message)));
                    }
                    Err(failure) => {
                        return Err(script_failed(whence.place(), &failure).within(&part));
                    }
                },
                value => self.parameter(whence, value).map_err(|e| e.within(&part))?,
            };
            self.set_variable(at.id(), name, value)?;
        }
        self.transient.remove(at.id());
        Ok(None)
    }
}
