//! Camunda Forms of user tasks: their files, and the forms that people fill in here.

use super::form::{self, FormLink, FormReference};
use super::{DeskError, task};
use crate::engine::Task;
use crate::model::{Form, Process};
use crate::store::Snapshot;
use chrono::{DateTime, Utc};

/// The file of a Camunda Form for what came with a deployment. Versions count what is deployed.
pub(super) fn file(
    read: &Snapshot<'_>,
    deployment: &str,
    wanted: &FormReference,
) -> Result<Option<Vec<u8>>, DeskError> {
    let mut forms = read.camunda_forms(&wanted.key)?;
    let found = match (wanted.binding, wanted.version) {
        ("deployment", _) => forms.iter().position(|f| f.deployment_id == deployment),
        (_, Some(version)) => usize::try_from(version - 1).ok(),
        _ => forms.len().checked_sub(1),
    };
    let found = found.filter(|at| *at < forms.len());
    Ok(found.map(|at| forms.swap_remove(at).bytes))
}

/// The form of a task that people fill in here: the generated one, else the Camunda Form that it
/// refers to, where no expression says which.
pub(super) fn filled_in(
    read: &Snapshot<'_>,
    process: &Process,
    of: &Task,
    now: DateTime<Utc>,
) -> Result<Form, DeskError> {
    let generated = task::form(process, of);
    let node = process.node(&of.task_definition_key);
    let linked = node.and_then(|node| node.linked_form());
    let linked = linked.filter(|linked| generated.fields.is_empty() && linked.is_literal());
    let Some(FormLink::Reference(wanted)) = linked.and_then(|l| form::link(l, now, &|_| None))
    else {
        return Ok(generated);
    };
    let definition = read.process_definition(&of.definition_id)?;
    let deployment = definition.map(|d| d.deployment_id).unwrap_or_default();
    let file = file(read, &deployment, &wanted)?;
    let file = file.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Ok(file
        .and_then(|file| Form::camunda(&file))
        .unwrap_or(generated))
}
