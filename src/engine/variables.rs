//! Variables in their scopes, from a task or execution outwards to the process instance.

use super::change::Event;
use super::error::Error;
use super::expression::Whence;
use super::instance::{Key, Row};
use super::run::{At, Run, not_found};
use super::state::*;
use crate::model::graph::{Parameter, ParameterValue};
use crate::value::{Map, Value};

impl Run<'_> {
    /// The scope around a scope; `None` around a process instance.
    pub(super) fn outer_scope(&self, scope: &str) -> Option<&str> {
        let instance = self.instance();
        match instance.execution(scope) {
            // A called instance does not see what its caller has.
            Some(execution) if execution.activity_id.is_none() => None,
            Some(execution) => execution.parent_id.as_deref(),
            None => Some(&instance.task(scope)?.execution_id),
        }
    }

    /// The value of a variable, as seen from a scope.
    pub(super) fn variable(&self, scope: &str, name: &str) -> Option<Value> {
        let mut scope = Some(scope);
        while let Some(here) = scope {
            if let Some(value) = self.local_variable(here, name) {
                return Some(value);
            }
            scope = self.outer_scope(here);
        }
        None
    }

    /// The value of a variable of this very scope.
    pub(super) fn local_variable(&self, scope: &str, name: &str) -> Option<Value> {
        let transient = self.transient.get(scope).and_then(|map| map.get(name));
        let stored = || self.instance().variable(scope, name).map(|v| &v.value);
        transient.or_else(stored).cloned()
    }

    /// All variables of this very scope.
    pub(super) fn local_variables(&self, scope: &str) -> Map {
        let stored = self.instance().variables(scope);
        let mut map: Map = stored.map(|v| (v.name.clone(), v.value.clone())).collect();
        if let Some(transient) = self.transient.get(scope) {
            map.extend(transient.clone());
        }
        map
    }

    /// All variables that are seen from a scope.
    pub(super) fn all_variables(&self, scope: &str) -> Map {
        let mut scopes = Vec::new();
        let mut next = Some(scope);
        while let Some(here) = next {
            scopes.push(here);
            next = self.outer_scope(here);
        }
        let outermost_first = scopes.into_iter().rev();
        outermost_first
            .flat_map(|scope| self.local_variables(scope))
            .collect()
    }

    /// The scope that holds a variable, as seen from another.
    pub(super) fn holder(&self, scope: &str, name: &str) -> Option<Id> {
        let mut next = Some(scope);
        while let Some(here) = next {
            if self.instance().variable(here, name).is_some() {
                return Some(here.to_owned());
            }
            next = self.outer_scope(here);
        }
        None
    }

    /// The execution that a scope is, or belongs to.
    fn execution_of_scope(&self, scope: &str) -> Result<&Execution, Error> {
        let instance = self.instance();
        let execution = instance.execution(scope).or_else(|| {
            let task = instance.task(scope)?;
            instance.execution(&task.execution_id)
        });
        execution.ok_or_else(|| not_found("execution or task", scope))
    }

    /// Sets a variable where it exists, else in the process instance.
    pub(super) fn set_variable(
        &mut self,
        scope: &str,
        name: &str,
        value: Value,
    ) -> Result<(), Error> {
        let execution = self.execution_of_scope(scope)?;
        let (instance_id, by) = (
            execution.process_instance_id.clone(),
            execution.change_made_in(),
        );
        let holder = self
            .holder(scope, name)
            .unwrap_or_else(|| instance_id.clone());
        self.put_variable(holder, instance_id, name, value, by);
        Ok(())
    }

    /// Sets a variable in this very scope.
    pub(super) fn set_local_variable(
        &mut self,
        scope: &str,
        name: &str,
        value: Value,
    ) -> Result<(), Error> {
        let execution = self.execution_of_scope(scope)?;
        let (instance_id, by) = (
            execution.process_instance_id.clone(),
            execution.change_made_in(),
        );
        self.put_variable(scope.to_owned(), instance_id, name, value, by);
        Ok(())
    }

    fn put_variable(
        &mut self,
        scope_id: Id,
        instance_id: Id,
        name: &str,
        value: Value,
        by: Option<Id>,
    ) {
        let old = self.instance().variable(&scope_id, name);
        let old_id = old.map(|old| old.id.clone());
        let created = old_id.is_none();
        let variable = Variable {
            id: old_id.unwrap_or_else(|| self.new_id()),
            scope_id,
            process_instance_id: instance_id,
            name: name.to_owned(),
            value,
        };
        let event = if created { "create" } else { "update" };
        self.note_change(&variable.scope_id, name, event);
        self.journal.put(variable.clone());
        self.event(Event::VariableSet {
            variable,
            activity_instance_id: by,
            created,
        });
    }

    /// Sets several variables where they exist, else in the process instance.
    pub(super) fn set_variables(&mut self, scope: &str, variables: Map) -> Result<(), Error> {
        for (name, value) in variables {
            self.set_variable(scope, &name, value)?;
        }
        Ok(())
    }

    /// Sets several variables in this very scope.
    pub(super) fn set_local_variables(&mut self, scope: &str, variables: Map) -> Result<(), Error> {
        for (name, value) in variables {
            self.set_local_variable(scope, &name, value)?;
        }
        Ok(())
    }

    /// Removes a variable of this very scope, if it is there.
    pub(super) fn remove_variable(&mut self, scope: &str, name: &str) {
        let key = Key::Variable(scope.to_owned(), name.to_owned());
        if let Some(Row::Variable(variable)) = self.journal.remove(key) {
            self.note_change(scope, name, "delete");
            self.event(Event::VariableRemoved { variable });
        }
    }

    pub(super) fn remove_variables_by_name(
        &mut self,
        scope: &str,
        names: &[String],
    ) -> Result<(), Error> {
        self.execution_of_scope(scope)?;
        names
            .iter()
            .for_each(|name| self.remove_variable(scope, name));
        Ok(())
    }

    /// Input parameters become variables of the activity.
    pub(super) fn input_parameters(&mut self, at: &At) -> Result<(), Error> {
        if self.skip.mappings {
            return Ok(());
        }
        for Parameter { name, value } in &at.node().inputs {
            let value = self.parameter(Whence::of(at), value);
            let value = value.map_err(|e| e.within(&format!("input parameter '{name}'")))?;
            self.set_local_variable(at.id(), name, value)?;
        }
        Ok(())
    }

    /// Output parameters become variables around the activity.
    pub(super) fn output_parameters(&mut self, at: &At) -> Result<(), Error> {
        if self.skip.mappings {
            return Ok(());
        }
        for Parameter { name, value } in &at.node().outputs {
            let value = self.parameter(Whence::of(at), value);
            let value = value.map_err(|e| e.within(&format!("output parameter '{name}'")))?;
            self.set_variable(at.scope(), name, value)?;
        }
        Ok(())
    }

    /// The nesting of lists and maps is that of the file, which its parser bounds.
    pub(super) fn parameter(
        &mut self,
        whence: Whence,
        value: &ParameterValue,
    ) -> Result<Value, Error> {
        Ok(match value {
            ParameterValue::Empty => Value::Null,
            ParameterValue::Text(template) => self.eval(template, whence)?,
            ParameterValue::Script(script) => self.eval_script(script, whence)?,
            ParameterValue::List(items) => {
                let items = items.iter().map(|item| self.parameter(whence, item));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            ParameterValue::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| {
                    let key = self.eval_text(key, whence)?.unwrap_or_default();
                    Ok((key, self.parameter(whence, value)?))
                });
                Value::Map(entries.collect::<Result<_, Error>>()?)
            }
        })
    }

    /// Evaluates the execution listeners of the node for this event.
    pub(super) fn execution_listeners(&mut self, at: &At, event: &str) -> Result<(), Error> {
        if self.skip.listeners {
            return Ok(());
        }
        for listener in &at.node().execution_listeners {
            if listener.event == event {
                self.eval_script(&listener.script, Whence::of(at).event(event))
                    .map_err(|e| e.within(&format!("execution listener '{event}'")))?;
            }
        }
        Ok(())
    }
}
