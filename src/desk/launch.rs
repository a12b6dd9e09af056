//! What a launch says, as variables of the start form and attributes of the first task.
//!
//! A start form that has fields of the names below takes them as variables, for its model to
//! use; a process whose form has no such field gets them on the first user task that the
//! start creates.

mod doubt;

use super::form::{self, Checked};
use super::permission::Operation;
use super::prepare::bounded;
use super::reminder::remind_at;
use super::secret::Clear;
use super::team::Team;
use super::view::{Role, StartRequest};
use super::{DeskError, FieldError};
use crate::engine::TaskPatch;
use crate::model::form::hidden;
use crate::model::{Form, FormField, Widget};
use crate::value::{Map, Value};
use chrono::{DateTime, Utc};

pub use doubt::doubts;

/// Whose the task is.
pub const ASSIGNEE: &str = "assignee";
/// Users who may claim it, separated by commas.
pub const CANDIDATE_USERS: &str = "candidateUsers";
/// Groups that may claim it, separated by commas.
pub const CANDIDATE_GROUPS: &str = "candidateGroups";
/// When it must be done.
pub const DUE_DATE: &str = "dueDate";
/// When to remind of it.
pub const REMIND_AT: &str = "remindAt";
/// Its priority.
pub const PRIORITY: &str = "priority";
/// What the job is called.
pub const TITLE: &str = crate::store::TITLE;

/// What a caller must be allowed to do who says a variable of this name for a task whose form
/// does not ask for it: a model may give its next tasks away by it.
pub fn decides(name: &str) -> Option<Operation> {
    match name {
        ASSIGNEE | CANDIDATE_USERS | CANDIDATE_GROUPS => Some(Operation::Assign),
        DUE_DATE | REMIND_AT => Some(Operation::SetDue),
        PRIORITY => Some(Operation::SetPriority),
        _ => None,
    }
}

/// A start request, checked.
#[derive(Debug, Default)]
pub struct Launch {
    /// Variables of the new instance: every field of the start form, and the others given.
    pub variables: Map,
    /// Secrets typed into the start form, and data frames named in it.
    pub apart: Checked,
    /// The business key.
    pub business_key: Option<String>,
    /// What the first user task takes because no variable carries it.
    pub patch: Option<TaskPatch>,
}

/// What the form would carry into the first task, and hides, goes there by itself.
fn unasked(field: &str, request: &StartRequest, patch: &mut TaskPatch) {
    let some = |names: &Vec<String>| Some(names.clone()).filter(|names| !names.is_empty());
    match field {
        ASSIGNEE => {
            let user = request.assignee.clone().filter(|user| !user.is_empty());
            patch.assignee = user.map(Some);
        }
        CANDIDATE_USERS => patch.candidate_users = some(&request.candidate_users),
        CANDIDATE_GROUPS => patch.candidate_groups = some(&request.candidate_groups),
        DUE_DATE => patch.due = request.due.map(Some),
        PRIORITY => patch.priority = request.priority,
        _ => {}
    }
}

/// Checks a start request by the start form. `name` is what people call the process.
pub fn launch(
    name: &str,
    form: Option<&Form>,
    request: &StartRequest,
    team: &Team,
    now: DateTime<Utc>,
) -> Result<Launch, DeskError> {
    let mut variables = request.variables.clone();
    let mut patch = TaskPatch::default();
    let mut apart = Checked::default();
    let mut errors = Vec::new();
    let has = |name: &str| form.is_some_and(|form| form.fields.iter().any(|f| f.id == name));

    let text = |names: &[String]| Value::from(names.join(","));
    if let Some(user) = request.assignee.as_deref().filter(|u| !u.is_empty()) {
        match has(ASSIGNEE) {
            true => drop(variables.insert(ASSIGNEE.into(), user.into())),
            false => patch.assignee = Some(Some(user.to_owned())),
        }
    }
    if !request.candidate_users.is_empty() {
        match has(CANDIDATE_USERS) {
            true => drop(variables.insert(CANDIDATE_USERS.into(), text(&request.candidate_users))),
            false => patch.candidate_users = Some(request.candidate_users.clone()),
        }
    }
    if !request.candidate_groups.is_empty() {
        match has(CANDIDATE_GROUPS) {
            true => {
                drop(variables.insert(CANDIDATE_GROUPS.into(), text(&request.candidate_groups)))
            }
            false => patch.candidate_groups = Some(request.candidate_groups.clone()),
        }
    }
    if let Some(due) = request.due {
        if due < DateTime::UNIX_EPOCH {
            errors.push(FieldError {
                field: DUE_DATE.to_owned(),
                message: format!("the year {} can not be meant", due.format("%Y")),
            });
        }
        match has(DUE_DATE) {
            true => drop(variables.insert(DUE_DATE.into(), due.into())),
            false => patch.due = Some(Some(due)),
        }
    }
    if let Some(priority) = request.priority {
        match has(PRIORITY) {
            true => drop(variables.insert(PRIORITY.into(), i64::from(priority).into())),
            false => patch.priority = Some(priority),
        }
    }

    let untitled = |form: &Form| {
        let asked = |f: &FormField| f.id == TITLE && f.default_value.is_none();
        form.fields.iter().any(asked) && form.business_key.as_deref() != Some(TITLE)
    };
    if form.is_some_and(untitled) && !variables.contains_key(TITLE) {
        // A script need not invent what a person would be asked for.
        let key = request.business_key.as_deref().filter(|k| !k.is_empty());
        variables.insert(TITLE.into(), key.unwrap_or(name).into());
    }
    // What defaults see: of the fields those before, and no secret.
    let mut before = variables.clone();
    before.retain(|name, _| !has(name));
    let hidden = hidden_fields(form, &variables, &before, now);
    let fields = form.iter().flat_map(|form| &form.fields).enumerate();
    for (at, field) in fields.filter(|(_, field)| field.widget() != Widget::Shown) {
        if hidden.get(at) == Some(&true) {
            variables.shift_remove(&field.id);
            match request.variables.get(&field.id) {
                Some(given) if !given.is_null() => errors.push(form::needless(&field.id)),
                _ => unasked(&field.id, request, &mut patch),
            }
            continue;
        }
        match start_value(field, variables.get(&field.id), &before, now) {
            Ok(Value::String(clear)) if field.widget() == Widget::Secret => {
                apart.secrets.push((field.id.clone(), Clear::new(clear)));
                variables.insert(field.id.clone(), Value::Null);
            }
            Ok(value) if field.widget() == Widget::Secret && !value.is_null() => {
                errors.push(FieldError {
                    field: field.id.clone(),
                    message: "a secret is text".to_owned(),
                });
            }
            Ok(value) => {
                if let (Widget::File, Value::String(typed)) = (field.widget(), &value) {
                    apart.frames.push((field.id.clone(), typed.clone()));
                }
                before.insert(field.id.clone(), value.clone());
                variables.insert(field.id.clone(), value);
            }
            Err(error) => errors.push(error),
        }
    }
    if has(REMIND_AT)
        && variables.get(REMIND_AT).is_none_or(Value::is_null)
        && let Some(Value::Date(due)) = variables.get(DUE_DATE)
    {
        variables.insert(REMIND_AT.into(), remind_at(now, *due).into());
    }

    if variables
        .values()
        .any(|value| matches!(value, Value::Secret(_)))
    {
        return Err(DeskError::Invalid(
            "a secret can only be typed into its field".to_owned(),
        ));
    }
    bounded(&variables)?;
    people(&variables, &patch, &has, team, &mut errors);
    if !errors.is_empty() {
        return Err(DeskError::Fields(errors));
    }
    let business_key = request.business_key.clone().filter(|key| !key.is_empty());
    let from_field = || {
        let field = form?.business_key.as_deref()?;
        let key = variables.get(field)?.to_string();
        (!key.is_empty()).then_some(key)
    };
    Ok(Launch {
        business_key: business_key.or_else(from_field),
        patch: (patch != TaskPatch::default()).then_some(patch),
        apart,
        variables,
    })
}

/// Which fields of a start form it hides with what is given.
fn hidden_fields(form: Option<&Form>, given: &Map, before: &Map, now: DateTime<Utc>) -> Vec<bool> {
    let fields: Vec<_> = form.iter().flat_map(|f| &f.fields).map(Some).collect();
    let mut value = |_, field: &FormField, before: &Map| {
        let value = start_value(field, given.get(&field.id), before, now);
        value.unwrap_or_default()
    };
    hidden(&fields, before, &mut value, now)
}

/// The value of a start field: as given, else its default over the values before it, else null.
fn start_value(
    field: &FormField,
    given: Option<&Value>,
    before: &Map,
    now: DateTime<Utc>,
) -> Result<Value, FieldError> {
    match given {
        Some(Value::String(text)) if !text.trim().is_empty() => field.check(text, now),
        Some(Value::String(_) | Value::Null) | None if !field.readonly() => {
            let default = form::default(field, now, &|name| before.get(name).cloned());
            field.check(&default, now)
        }
        Some(value) => field.check_value(value.clone(), now),
        None => Ok(Value::Null),
    }
}

/// Names must be those of people of the team: a task for nobody would never be done.
fn people(
    variables: &Map,
    patch: &TaskPatch,
    has: &dyn Fn(&str) -> bool,
    team: &Team,
    errors: &mut Vec<FieldError>,
) {
    let given = |name: &str, patched: Vec<String>| match has(name) {
        true => variables.get(name).map(list).unwrap_or_default(),
        false => patched,
    };
    let mut error = |field: &str, message: String| {
        errors.push(FieldError {
            field: field.to_owned(),
            message,
        });
    };
    let assignee = patch.assignee.clone().flatten();
    for field in [ASSIGNEE, CANDIDATE_USERS] {
        let patched = match field {
            ASSIGNEE => assignee.iter().cloned().collect(),
            _ => patch.candidate_users.clone().unwrap_or_default(),
        };
        for name in given(field, patched) {
            match team.user(&name) {
                None => error(
                    field,
                    format!("nobody is called {name}; see crewdesk user list"),
                ),
                Some(user) if user.role == Role::Worker => {
                    error(field, format!("{name} is a worker account, name a person"));
                }
                Some(_) => {}
            }
        }
    }
    let groups = patch.candidate_groups.clone().unwrap_or_default();
    for group in given(CANDIDATE_GROUPS, groups) {
        if !team.0.iter().any(|user| user.groups.contains(&group)) {
            error(CANDIDATE_GROUPS, format!("nobody is in a group {group}"));
        }
    }
}

/// Names in a text separated by commas, or in a list.
pub fn list(value: &Value) -> Vec<String> {
    let split = |text: &str| -> Vec<String> {
        let names = text.split(',').map(str::trim);
        names.filter(|n| !n.is_empty()).map(str::to_owned).collect()
    };
    match value {
        Value::String(text) => split(text),
        Value::List(items) => items
            .iter()
            .filter_map(Value::as_str)
            .flat_map(split)
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
