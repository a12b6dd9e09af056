//! Camunda Forms of user tasks and starts: their files, and the forms that people fill in here.

use super::form::{self, FormLink, FormReference};
use super::{DeskError, external, task};
use crate::model::form::{Given, sayer};
use crate::model::graph::LinkedForm;
use crate::model::{Form, FormField, Process};
use crate::store::{CamundaForm, ProcessDefinition, Snapshot, TaskRow};
use crate::value::{Map, Value};
use chrono::{DateTime, Utc};
use serde_json::Value as Json;

/// The file of a Camunda Form for what came with a deployment. Versions count what is deployed.
pub(super) fn file(
    read: &Snapshot<'_>,
    deployment: &str,
    wanted: &FormReference,
) -> Result<Option<Vec<u8>>, DeskError> {
    let which = match (wanted.binding, wanted.version) {
        ("deployment", _) => CamundaForm::Of(deployment),
        (_, Some(version)) => CamundaForm::Version(version),
        _ => CamundaForm::Latest,
    };
    Ok(read.camunda_form(&wanted.key, which)?)
}

/// The form of a task that people fill in here: the generated one, else the Camunda Form that it
/// refers to.
pub(super) fn of_task(
    read: &Snapshot<'_>,
    process: &Process,
    of: &TaskRow,
    now: DateTime<Utc>,
) -> Result<Form, DeskError> {
    let generated = task::form(process, &of.task);
    let node = process.node(&of.task.task_definition_key);
    let linked = node.and_then(|node| node.linked_form());
    let Some(linked) = linked.filter(|_| generated.fields.is_empty()) else {
        return Ok(generated);
    };
    let running = read.running(&of.root_id)?;
    let variables = running.map(|running| external::visible(&running, &of.task.execution_id));
    let form = drawn(
        read,
        linked,
        &of.task.definition_id,
        &variables.unwrap_or_default(),
        now,
    )?;
    Ok(form.unwrap_or(generated))
}

/// The Camunda Form by which instances of a definition start, where its model has no form.
pub(super) fn of_start(
    read: &Snapshot<'_>,
    process: &Process,
    definition: &ProcessDefinition,
    now: DateTime<Utc>,
) -> Result<Option<Form>, DeskError> {
    let generated = process
        .start_form()
        .is_some_and(|form| !form.fields.is_empty());
    match process.linked_start_form().filter(|_| !generated) {
        Some(linked) => drawn(read, linked, &definition.id, &Map::new(), now),
        None => Ok(None),
    }
}

/// The Camunda Form that is linked, over these variables, or what is said of another; none where
/// an expression does not say which.
fn drawn(
    read: &Snapshot<'_>,
    linked: &LinkedForm,
    definition: &str,
    variables: &Map,
    now: DateTime<Utc>,
) -> Result<Option<Form>, DeskError> {
    let Some(link) = form::link(linked, now, &|name| variables.get(name).cloned()) else {
        return Ok(None);
    };
    let definition = read.process_definition(definition)?;
    let deployment = definition.map(|d| d.deployment_id).unwrap_or_default();
    let file = match &link {
        FormLink::Reference(wanted) => file(read, &deployment, wanted)?,
        FormLink::Key(_) => match link.camunda_file() {
            Some(name) => read.resource_named(&deployment, name)?,
            None => None,
        },
    };
    let file: Option<Json> = file.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let offered = |name: &str| match variables.get(name)? {
        Value::Json(json) => Some(json.clone()),
        Value::List(items) => {
            let texts = items.iter().map(|item| item.to_string());
            Some(texts.collect::<Vec<_>>().into())
        }
        _ => None,
    };
    let variable = |name: &str| variables.get(name).cloned();
    let said = sayer(&variable, now);
    let given = Given {
        offered: &offered,
        said: &said,
    };
    let drawn = file.and_then(|file| Form::camunda(&file, &given));
    Ok(Some(drawn.unwrap_or_else(|| elsewhere(&link))))
}

/// What is said in the place of a form that is not drawn here.
fn elsewhere(link: &FormLink) -> Form {
    let text = match link {
        FormLink::Reference(form) => {
            format!(
                "Its form is the Camunda Form {}, which is not deployed.",
                form.key
            )
        }
        FormLink::Key(key) if link.camunda_file().is_some() => {
            format!("Its form is {key}, which is not in its deployment, or no Camunda Form.")
        }
        FormLink::Key(key) => format!("Its form is {key}, which only a browser shows."),
    };
    let how = "Without it, variables are said by --var of crewdesk task complete and start.";
    let field = FormField::shown("@form".to_owned(), format!("{text} {how}"));
    Form {
        fields: vec![field],
        business_key: None,
    }
}
