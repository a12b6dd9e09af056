//! Starting instances.

use super::permission::Operation;
use super::view::{InstanceView, StartRequest};
use super::{Caller, Desk, DeskError, deploy, form, instance, launch};
use crate::crash;
use crate::engine::{Change, Command, Event};
use crate::model::{Form, Process};
use indexmap::IndexMap;

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
        crash::point("desk.start.before_write");
        let started = self.act(caller, move |act| {
            let read = act.tx.read();
            let definition = deploy::newest(&read, &request.key)?;
            let process = act.core.catalog.process(&read, &definition.id)?;
            act.require(Operation::Start, may_start(&process, act.user.as_ref()))?;
            if definition.suspended {
                return Err(DeskError::Conflict(format!(
                    "{} is suspended: it starts no instances now",
                    request.key
                )));
            }
            let now = act.now;
            let launched = launch::launch(process.start_form(), &request, act.team()?, now)?;
            if let (Some(key), false) = (&launched.business_key, request.allow_same_business_key)
                && let Some(instance) = act.tx.read().with_business_key(key)?.into_iter().next()
            {
                return Err(DeskError::SameBusinessKey {
                    key: key.clone(),
                    instance,
                });
            }
            let id = act.core.ids.next();
            let changes = act.start(
                &id,
                Command::Start {
                    id: id.clone(),
                    definition_id: definition.id,
                    business_key: launched.business_key,
                    user: act.name().map(str::to_owned),
                    variables: launched.variables,
                },
            )?;
            if let (Some(patch), Some(task)) = (launched.patch, first_task(&changes)) {
                act.apply(&id, Command::UpdateTask { task, patch })?;
            }
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

fn first_task(changes: &[Change]) -> Option<String> {
    changes.iter().find_map(|change| match change {
        Change::Event(Event::TaskCreated { task }) => Some(task.id.clone()),
        _ => None,
    })
}
