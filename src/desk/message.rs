//! Messages from outside.

use super::permission::Operation;
use super::{Caller, Desk, DeskError, prepare};
use crate::engine::{Command, Subscription};
use crate::store::Snapshot;
use crate::value::Map;

/// A message, and who is meant by it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message {
    /// Its name.
    pub name: String,
    /// Only instances with this business key.
    pub business_key: Option<String>,
    /// Only this instance.
    pub process_instance_id: Option<String>,
    /// Only instances with these variables.
    pub keys: Map,
    /// Only executions that see these variables.
    pub local_keys: Map,
    /// Variables that come with it.
    pub variables: Map,
    /// Variables of the execution itself.
    pub local_variables: Map,
    /// All that fit, instead of exactly one.
    pub all: bool,
}

/// Who got a message.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Correlated {
    /// The execution.
    pub execution_id: String,
    /// Its process instance.
    pub process_instance_id: String,
}

impl Desk {
    /// Gives a message to the execution that waits for it, or to all of them.
    pub fn correlate(
        &self,
        caller: &Caller,
        message: Message,
    ) -> Result<Vec<Correlated>, DeskError> {
        prepare::bounded(&message.variables)?;
        prepare::bounded(&message.local_variables)?;
        self.act(caller, move |act| {
            act.require(Operation::Correlate, false)?;
            let mut found = Vec::new();
            for (root, waiting) in act.tx.read().subscriptions(&message.name)? {
                if fits(&act.tx.read(), &root, &waiting, &message)? {
                    found.push((root, waiting));
                }
            }
            if !message.all && found.len() != 1 {
                let why = match found.len() {
                    0 => "No process definition or execution matches the parameters".to_owned(),
                    n => {
                        format!("{n} executions match the correlation keys. Should be one or zero.")
                    }
                };
                return Err(DeskError::Invalid(format!(
                    "Cannot correlate message '{}': {why}",
                    message.name
                )));
            }
            let mut correlated = Vec::new();
            for (root, waiting) in found {
                let instance = waiting.process_instance_id;
                let mut variables = message.variables.clone();
                act.keep_out(&root, &instance, &mut variables)?;
                let mut local = message.local_variables.clone();
                if !local.is_empty() {
                    act.keep_out(&root, &instance, &mut local)?;
                    let set = Command::SetVariables {
                        scope: waiting.execution_id.clone(),
                        variables: local,
                        local: true,
                    };
                    act.apply(&root, set)?;
                }
                let command = Command::Correlate {
                    execution: waiting.execution_id.clone(),
                    message: message.name.clone(),
                    variables,
                };
                act.apply(&root, command)?;
                correlated.push(Correlated {
                    execution_id: waiting.execution_id,
                    process_instance_id: instance,
                });
            }
            Ok(correlated)
        })
    }
}

fn fits(
    read: &Snapshot<'_>,
    root: &str,
    waiting: &Subscription,
    message: &Message,
) -> Result<bool, DeskError> {
    let instance = &waiting.process_instance_id;
    if message
        .process_instance_id
        .as_ref()
        .is_some_and(|id| id != instance)
    {
        return Ok(false);
    }
    if message.business_key.is_none() && message.keys.is_empty() && message.local_keys.is_empty() {
        return Ok(true);
    }
    let Some(running) = read.running(root)? else {
        return Ok(false);
    };
    let key = running
        .process(instance)
        .and_then(|p| p.business_key.as_ref());
    if message.business_key.is_some() && message.business_key.as_ref() != key {
        return Ok(false);
    }
    let has = |scope: &str, keys: &Map| {
        let mut keys = keys.iter();
        keys.all(|(name, value)| {
            let variable = running.variable(scope, name);
            variable.is_some_and(|variable| variable.value == *value)
        })
    };
    Ok(has(instance, &message.keys) && has(&waiting.execution_id, &message.local_keys))
}
