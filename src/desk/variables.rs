//! Variables of running instances, executions and tasks, for the network.

use super::act::Act;
use super::insertion::{self, CONNECTION};
use super::permission::Operation;
use super::view::{Role, User};
use super::{Caller, Desk, DeskError, external, prepare};
use crate::engine::{Command, Instance};
use crate::model::Process;
use crate::store::Snapshot;
use crate::value::Map;
use std::sync::Arc;

/// Where variables are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// A process instance.
    Instance(&'a str),
    /// An execution, or a process instance.
    Execution(&'a str),
    /// A user task.
    Task(&'a str),
}

impl Scope<'_> {
    fn id(&self) -> &str {
        match self {
            Scope::Instance(id) | Scope::Execution(id) | Scope::Task(id) => id,
        }
    }

    /// The root instance and the process instance, so long as they run.
    fn place(&self, read: &Snapshot<'_>) -> Result<(String, String), DeskError> {
        let id = self.id();
        let found = match self {
            Scope::Task(_) => read
                .task_by_id(id)?
                .map(|row| (row.root_id, row.task.process_instance_id)),
            Scope::Instance(_) => read.root_of(id)?.map(|root| (root, id.to_owned())),
            Scope::Execution(_) => match read.root_of(id)? {
                Some(root) => Some((root, id.to_owned())),
                None => read.execution_place(id)?,
            },
        };
        found.ok_or_else(|| {
            let what = match self {
                Scope::Instance(_) => "process instance",
                Scope::Execution(_) => "execution",
                Scope::Task(_) => "task",
            };
            DeskError::NotFound(format!("{what} {id} doesn't exist: {what} is null"))
        })
    }
}

/// The operations of setting and removing a variable by hand, as Camunda calls them.
pub(super) const SET: &str = "SetVariable";
pub(super) const REMOVED: &str = "RemoveVariable";

impl Desk {
    /// The variables of a scope: its very own, or all that are visible from it.
    /// Secrets stay handles.
    pub fn variables(
        &self,
        caller: &Caller,
        scope: Scope<'_>,
        local: bool,
    ) -> Result<Map, DeskError> {
        self.look(caller, |look| {
            if let Scope::Task(id) = scope
                && let Some(found) = look.read.task_by_id(id)?
            {
                look.may(Operation::SeeTask, &found.task)?;
                if found.root_id.is_empty() {
                    return Ok(look.read.variables_alone(id)?);
                }
                let running = look.read.running(&found.root_id)?;
                return Ok(running.map_or_else(Map::new, |running| seen(&running, id, local)));
            }
            let (root, instance) = scope.place(look.read)?;
            let own = match &look.user {
                Some(user) if user.role == Role::Worker => works_in(look.read, user, &root)?,
                _ => look.instance(&instance).is_ok(),
            };
            look.require(Operation::SeeInstance, own)?;
            let running = look.read.running(&root)?;
            Ok(running.map_or_else(Map::new, |running| seen(&running, scope.id(), local)))
        })
    }

    /// The variables of a process instance itself as they are, or were when it ended.
    pub fn last_variables(&self, caller: &Caller, instance: &str) -> Result<Map, DeskError> {
        self.look(caller, |look| {
            let own = match &look.user {
                Some(user) if user.role == Role::Worker => {
                    let row = look.read.instance(instance)?;
                    works_in(look.read, user, &row.root_id)?
                }
                _ => look.instance(instance).is_ok(),
            };
            look.require(Operation::SeeInstance, own)?;
            let last = look.read.last_variables(instance)?.into_iter();
            Ok(last
                .filter(|v| v.variable.scope_id == instance && !v.removed)
                .map(|v| (v.variable.name, v.variable.value))
                .collect())
        })
    }

    /// Sets and removes variables, in this very scope or wherever they exist.
    pub fn change_variables(
        &self,
        caller: &Caller,
        scope: Scope<'_>,
        local: bool,
        set: Map,
        remove: Vec<String>,
    ) -> Result<(), DeskError> {
        let id = scope.id().to_owned();
        let (root, instance) = self.store.read(|read| scope.place(read))?;
        if let Scope::Task(_) = scope {
            return self.act(caller, move |act| {
                let found = act.tx.read().task_by_id(&id)?;
                let found = found.ok_or_else(|| {
                    DeskError::NotFound(format!("task {id} doesn't exist: task is null"))
                })?;
                act.may(Operation::FillIn, &found.task)?;
                act.set_in_task(&found, set.clone(), local)?;
                if remove.is_empty() {
                    return Ok(());
                }
                act.may_take(&root, &instance, &remove)?;
                let remove = Command::RemoveVariables {
                    scope: id.clone(),
                    names: remove.clone(),
                };
                act.apply(&root, remove)
            });
        }
        self.act(caller, move |act| {
            let own = match act.user.clone() {
                Some(user) if user.role == Role::Worker => works_in(&act.tx.read(), &user, &root)?,
                _ => false,
            };
            act.require(Operation::SetVariables, own)?;
            act.leave_inputs(&root, set.keys().chain(&remove))?;
            let set = act.admit_into(&root, &instance, &set)?;
            let names: Vec<String> = set.keys().cloned().collect();
            act.may_take(&root, &instance, &remove)?;
            if !set.is_empty() {
                let set = Command::SetVariables {
                    scope: id.clone(),
                    variables: set,
                    local,
                };
                act.apply(&root, set)?;
            }
            if !remove.is_empty() {
                let remove = Command::RemoveVariables {
                    scope: id.clone(),
                    names: remove.clone(),
                };
                act.apply(&root, remove)?;
            }
            // Their values are in the history of the variables.
            let place = (instance.as_str(), None);
            for name in &names {
                act.log_deed(SET, "Variable", place, ("name", name))?;
            }
            for name in &remove {
                act.log_deed(REMOVED, "Variable", place, ("name", name))?;
            }
            Ok(())
        })
    }
}

impl Act<'_, '_> {
    /// What others give to an instance that runs, as it may be kept.
    pub(super) fn admit_into(
        &mut self,
        root: &str,
        instance: &str,
        given: &Map,
    ) -> Result<Map, DeskError> {
        if given.is_empty() {
            return Ok(Map::new());
        }
        let Some(process) = self.process_of(root, instance)? else {
            return Ok(Map::new());
        };
        if given.contains_key(CONNECTION) && insertion::connection_name(given).is_none() {
            self.keep_connection(&process)?;
        }
        self.admit(root, &process, given)
    }

    fn may_take(&mut self, root: &str, instance: &str, names: &[String]) -> Result<(), DeskError> {
        if !root.is_empty()
            && names.iter().any(|name| name == CONNECTION)
            && let Some(process) = self.process_of(root, instance)?
        {
            self.keep_connection(&process)?;
        }
        Ok(())
    }

    /// A worker account changes no input parameter of what other workers do: what the model gives
    /// them, such as its checks, is nobody's to change.
    fn leave_inputs<'n>(
        &mut self,
        root: &str,
        names: impl Iterator<Item = &'n String> + Clone,
    ) -> Result<(), DeskError> {
        let Some(user) = self.user.clone().filter(|user| user.role == Role::Worker) else {
            return Ok(());
        };
        if root.is_empty() {
            return Ok(());
        }
        let tasks: Vec<_> = self.tx.instance(root)?.external_tasks().cloned().collect();
        for task in tasks.iter().filter(|task| !user.works_on(&task.topic)) {
            let read = self.tx.read();
            let process = self.core.catalog.process(&read, &task.definition_id)?;
            let inputs = process.node(&task.activity_id).into_iter();
            let mut inputs = inputs.flat_map(|node| &node.inputs);
            if let Some(input) = inputs.find(|input| names.clone().any(|name| *name == input.name))
            {
                return Err(DeskError::Forbidden(format!(
                    "{} is an input parameter of {}, whose topic {} is not one of {}'s",
                    input.name, task.activity_id, task.topic, user.id
                )));
            }
        }
        Ok(())
    }

    /// Who is elsewhere does not take the connection away, which would leave a file's name.
    fn keep_connection(&self, process: &Process) -> Result<(), DeskError> {
        match self.remote && prepare::inserts(process) {
            true => Err(prepare::no_file()),
            false => Ok(()),
        }
    }

    fn process_of(
        &mut self,
        root: &str,
        instance: &str,
    ) -> Result<Option<Arc<Process>>, DeskError> {
        let running = self.tx.instance(root)?.process(instance);
        let Some(definition) = running.map(|process| process.definition_id.clone()) else {
            return Ok(None);
        };
        let process = self.core.catalog.process(&self.tx.read(), &definition)?;
        Ok(Some(process))
    }
}

/// True when an instance has a task on a topic of this worker.
fn works_in(read: &Snapshot<'_>, user: &User, root: &str) -> Result<bool, DeskError> {
    let running = read.running(root)?;
    Ok(running.is_some_and(|running| {
        let mut tasks = running.external_tasks();
        tasks.any(|task| user.works_on(&task.topic))
    }))
}

/// The variables of a scope.
fn seen(running: &Instance, scope: &str, local: bool) -> Map {
    let own = || {
        let variables = running.variables(scope);
        variables.map(|v| (v.name.clone(), v.value.clone()))
    };
    if local {
        return own().collect();
    }
    let execution = running
        .task(scope)
        .map_or(scope, |task| task.execution_id.as_str());
    let mut all = external::visible(running, execution);
    all.extend(own());
    all
}
