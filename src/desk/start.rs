//! Starting instances.

use super::permission::Operation;
use super::view::{InstanceView, StartRequest};
use super::{
    Caller, Core, Desk, DeskError, FieldError, Look, deploy, form, insertion, instance, launch,
    people, prepare,
};
use crate::crash;
use crate::engine::Command;
use crate::model::{Form, Process, Widget};
use crate::store::{ProcessDefinition, Snapshot};
use crate::value::Map;
use indexmap::IndexMap;
use std::sync::Arc;

impl Desk {
    /// The start form of the newest version and the text each field starts with.
    pub fn start_form(
        &self,
        caller: &Caller,
        key: &str,
    ) -> Result<(Form, IndexMap<String, String>), DeskError> {
        self.look(caller, |look| {
            let definition = deploy::newest(look.read, key)?;
            let process = look.core.catalog.process(look.read, &definition.id)?;
            look.require(Operation::Start, may_start(&process, look.user.as_ref()))?;
            let form = process.start_form().cloned().unwrap_or_default();
            let texts = form::texts(&form, &IndexMap::new(), look.now, |_| None);
            Ok((form, texts))
        })
    }

    /// Starts an instance of the newest version.
    pub fn start(&self, caller: &Caller, request: StartRequest) -> Result<InstanceView, DeskError> {
        let (launched, warnings) = self.look(caller, |look| {
            let (definition, process) = startable(look.core, look.read, &request.key)?;
            look.require(Operation::Start, may_start(&process, look.user.as_ref()))?;
            refuse_captures(&process, &request)?;
            let team = people::team(look.read)?;
            let (name, form) = (called(&process), process.start_form());
            let launched = launch::launch(name, form, &request, &team, look.now)?;
            known_connection(look, &process, &launched.variables)?;
            let model = look.read.resource(&definition.resource_id)?;
            let model = model.map(|resource| resource.bytes).unwrap_or_default();
            let (model, given) = (String::from_utf8_lossy(&model), &launched.variables);
            let warnings = launch::doubts(&process, &model, &request, given, look.now);
            Ok((launched, warnings))
        })?;
        let prepared = self.prepare(caller, launched.apart)?;
        crash::point("desk.start.before_write");
        let started = self.act(caller, move |act| {
            let (definition, process) = startable(act.core, &act.tx.read(), &request.key)?;
            act.require(Operation::Start, may_start(&process, act.user.as_ref()))?;
            let now = act.now;
            let (name, form) = (called(&process), process.start_form());
            let mut launched = launch::launch(name, form, &request, &*act.team()?, now)?;
            if let (Some(key), false) = (&launched.business_key, request.allow_same_business_key)
                && let Some(instance) = act.tx.read().with_business_key(key)?.into_iter().next()
            {
                return Err(DeskError::SameBusinessKey {
                    key: key.clone(),
                    instance,
                });
            }
            let id = act.core.ids.next();
            act.keep_prepared(&id, &prepared)?;
            launched.variables.extend(prepared.variables);
            act.withhold(&id, &process, &mut launched.variables)?;
            let start = Command::Start {
                id: id.clone(),
                definition_id: definition.id,
                business_key: launched.business_key,
                user: act.name().map(str::to_owned),
                variables: launched.variables,
                at: None,
            };
            act.start(&id, start, launched.patch)?;
            // Read here, where all that it needs is in memory.
            Ok(instance::view(act.tx.read().instance(&id)?))
        })?;
        crash::point("desk.start.after_write");
        Ok(InstanceView {
            warnings,
            ..started
        })
    }
}

impl Desk {
    /// Starts an instance of this definition with these variables as they are: no form is
    /// asked, as Camunda's API starts one.
    pub fn start_definition(
        &self,
        caller: &Caller,
        definition: &str,
        business_key: Option<String>,
        mut variables: Map,
    ) -> Result<InstanceView, DeskError> {
        prepare::bounded(&variables)?;
        let definition = definition.to_owned();
        crash::point("desk.start.before_write");
        let started = self.act(caller, move |act| {
            let found = act.tx.read().process_definition(&definition)?;
            let found = found.ok_or_else(|| {
                DeskError::NotFound(format!("no process definition {definition} is deployed"))
            })?;
            active(&found)?;
            let process = act.core.catalog.process(&act.tx.read(), &found.id)?;
            act.require(Operation::Start, may_start(&process, act.user.as_ref()))?;
            if let Some(name) = variables
                .keys()
                .find(|name| prepare::capture(&process, name))
            {
                return Err(prepare::captured(name));
            }
            let id = act.core.ids.next();
            act.withhold(&id, &process, &mut variables)?;
            let start = Command::Start {
                id: id.clone(),
                definition_id: found.id,
                business_key,
                user: act.name().map(str::to_owned),
                variables,
                at: None,
            };
            act.start(&id, start, None)?;
            Ok(instance::view(act.tx.read().instance(&id)?))
        })?;
        crash::point("desk.start.after_write");
        Ok(started)
    }
}

/// A process names those who may start it besides the heads.
pub(super) fn may_start(process: &Process, user: Option<&super::view::User>) -> bool {
    user.is_some_and(|user| {
        process.candidate_starter_users.contains(&user.id)
            || process
                .candidate_starter_groups
                .iter()
                .any(|group| user.groups.contains(group))
    })
}

/// Which data frame a file field means is said by the capture alone.
fn refuse_captures(process: &Process, request: &StartRequest) -> Result<(), DeskError> {
    let mut names = request.variables.keys();
    match names.find(|name| prepare::capture(process, name)) {
        Some(name) => Err(prepare::captured(name)),
        None => Ok(()),
    }
}

/// Whoever launches an insertion hears of a mistyped connection, not the employee later.
fn known_connection(
    look: &Look<'_, '_>,
    process: &Process,
    variables: &Map,
) -> Result<(), DeskError> {
    let Some(name) = insertion::connection_name(variables) else {
        return Ok(());
    };
    if !process.has_field(insertion::FRAME, Widget::File) || look.connection(Some(name))?.is_some()
    {
        return Ok(());
    }
    Err(DeskError::Fields(vec![FieldError {
        field: insertion::CONNECTION.to_owned(),
        message: format!("there is no connection {name}; a team head can set one up"),
    }]))
}

/// What people call a process.
fn called(process: &Process) -> &str {
    process.name.as_deref().unwrap_or(&process.id)
}

/// The newest version of a process, unless it is suspended.
fn active(definition: &ProcessDefinition) -> Result<(), DeskError> {
    match definition.suspended {
        false => Ok(()),
        true => Err(DeskError::Conflict(format!(
            "{} is suspended: it starts no instances now",
            definition.key
        ))),
    }
}

fn startable(
    core: &Core,
    read: &Snapshot<'_>,
    key: &str,
) -> Result<(ProcessDefinition, Arc<Process>), DeskError> {
    let definition = deploy::newest(read, key)?;
    active(&definition)?;
    let process = core.catalog.process(read, &definition.id)?;
    Ok((definition, process))
}
