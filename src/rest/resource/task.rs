//! `Task`.

use crate::desk::DeskError;
use crate::desk::listing::{Entry, ListQuery, TASK, TASK_GROUPS};
use crate::desk::permission::Operation as Of;
use crate::desk::permission::Operation;
use crate::desk::tasklist::{PENDING, RESOLVED, TaskChange, TaskPatch, Widget};
use crate::rest::call::{Body, Call};
use crate::rest::form as forms;
use crate::rest::operation::Access::{May, Team};
use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use crate::rest::variables::typed;
use crate::value::{Map, Value};
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Task",
    operations: &[
        run(Get, "/task", "getTasks", "Get List", Team, list),
        run(Post, "/task", "queryTasks", "Get List (POST)", Team, list),
        run(Get, "/task/count", "getTasksCount", "Get List Count", Team, count),
        run(Post, "/task/count", "queryTasksCount", "Get List Count (POST)", Team, count),
        run(Post, "/task/create", "createTask", "Create", May(Of::Operate), create),
        run(Get, "/task/report/candidate-group-count", "getTaskCountByCandidateGroup", "Get Task Count By Candidate Group", May(Of::Operate), groups),
        run(Delete, "/task/{id}", "deleteTask", "Delete", May(Of::Operate), delete),
        run(Get, "/task/{id}", "getTask", "Get", Team, get),
        run(Put, "/task/{id}", "updateTask", "Update", Team, update),
        run(Post, "/task/{id}/assignee", "setAssignee", "Set Assignee", Team, assign),
        run(Post, "/task/{id}/bpmnError", "handleBpmnError", "Handle BPMN Error", Team, bpmn_error),
        run(Post, "/task/{id}/bpmnEscalation", "handleEscalation", "Handle BPMN Escalation", Team, escalation),
        run(Post, "/task/{id}/claim", "claim", "Claim", Team, claim),
        run(Post, "/task/{id}/complete", "complete", "Complete", Team, complete),
        run(Post, "/task/{id}/delegate", "delegateTask", "Delegate", Team, delegate),
        run(Get, "/task/{id}/deployed-form", "getDeployedForm", "Get Deployed Form", Team, deployed_form),
        run(Get, "/task/{id}/form", "getForm", "Get Form Key", Team, form),
        run(Get, "/task/{id}/form-variables", "getFormVariables", "Get Task Form Variables", Team, form_variables),
        run(Get, "/task/{id}/rendered-form", "getRenderedForm", "Get Rendered Form", Team, rendered_form),
        run(Post, "/task/{id}/resolve", "resolve", "Resolve", Team, resolve),
        run(Post, "/task/{id}/submit-form", "submit", "Submit Form", Team, submit),
        run(Post, "/task/{id}/unclaim", "unclaim", "Unclaim", Team, unclaim),
    ],
};

/// Criteria that `includeAssignedTasks` changes.
const OFFERED: [&str; 8] = [
    "candidateGroup",
    "candidateGroupLike",
    "candidateGroups",
    "candidateUser",
    "withCandidateGroups",
    "withoutCandidateGroups",
    "withCandidateUsers",
    "withoutCandidateUsers",
];
/// Columns that are shown only when asked for.
const ASIDE: [&str; 2] = ["attachment", "comment"];

/// The refusals of the engine for a task, with Camunda's classes.
pub(super) fn told(error: DeskError, id: &str) -> Fault {
    match error {
        DeskError::NotFound(message) if message.ends_with("task is null") => {
            Fault::new(500, "NullValueException", message).with_code(0)
        }
        DeskError::NotFound(message) => Fault::bad_user_request(message),
        DeskError::AlreadyClaimed { .. } => Fault::new(
            500,
            "TaskAlreadyClaimedException",
            format!("Task '{id}' is already claimed by someone else."),
        )
        .with_code(0),
        error => error.into(),
    }
}

fn done(call: &Call, result: Result<(), DeskError>) -> Answer {
    match result {
        Ok(()) => Ok(Reply::None),
        Err(error) => Err(told(error, call.param("id"))),
    }
}

/// Makes criteria that belong together one, and refuses what Camunda refuses.
pub(super) fn criteria(body: &mut Body) -> Result<(), Fault> {
    let assigned = body.flag("includeAssignedTasks")?.unwrap_or(false);
    let given = |name: &str| body.get(name).is_some();
    if assigned && !OFFERED.iter().any(|name| given(name)) {
        return Err(Fault::engine(
            "Invalid query: candidateUser, candidateGroup, candidateGroups, withCandidateGroups, withoutCandidateGroups, withCandidateUsers, withoutCandidateUsers has to be called before 'includeAssignedTasks'.",
        ));
    }
    if given("candidateUser") && (given("candidateGroup") || given("candidateGroups")) {
        return Err(Fault::engine(
            "Invalid query usage: cannot set both candidateGroup and candidateUser",
        ));
    }
    if let Some(state) = body.text("delegationState")? {
        delegation(&state)?;
    }
    if let Some(name) = body.0.keys().find(|name| name.ends_with("Expression")) {
        return Err(Fault::bad_user_request(format!(
            "Expressions are forbidden in adhoc queries. This behavior can be toggled in the process engine configuration ({name})"
        )));
    }
    if assigned {
        for name in OFFERED {
            if let Some(value) = body.0.remove(name) {
                body.0.insert(format!("{name}+assigned"), value);
            }
        }
    }
    if let Some(Json::Array(groups)) = body.0.get_mut("orQueries") {
        for group in groups {
            let mut inner = Body::of(group)?;
            criteria(&mut inner)?;
            *group = Json::Object(inner.0);
        }
    }
    Ok(())
}

/// A delegation state by its name.
fn delegation(state: &str) -> Result<String, Fault> {
    let upper = state.to_uppercase();
    match [PENDING, RESOLVED].contains(&upper.as_str()) {
        true => Ok(upper),
        false => Err(Fault::invalid(format!(
            "Valid values for property 'delegationState' are 'PENDING' or 'RESOLVED', but was '{state}'"
        ))),
    }
}

/// What a request asks for.
fn asked(call: &Call) -> Result<ListQuery, Fault> {
    if call.body.is_empty() {
        // The rules are the same for both; a query string has no groups and lists.
        let mut names = Body::default();
        for (name, value) in &call.query {
            names.0.insert(name.clone(), Json::String(value.clone()));
        }
        let assigned = names.flag("includeAssignedTasks")? == Some(true);
        criteria(&mut names)?;
        let renamed = call.query.iter().map(|(name, value)| {
            let name = match assigned && OFFERED.contains(&name.as_str()) {
                true => format!("{name}+assigned"),
                false => name.clone(),
            };
            (name, value.clone())
        });
        return query::from_pairs(&renamed.collect::<Vec<_>>(), &TASK);
    }
    let mut body = call.object()?;
    criteria(&mut body)?;
    let paged = query::from_pairs(&call.query, &TASK)?;
    let mut query = query::from_body(&body, &TASK)?;
    (query.first, query.most) = (paged.first, paged.most);
    Ok(query)
}

/// Puts in the form keys, and the variables and marks that a request asks for.
pub(super) fn dressed(call: &Call, entries: Vec<Entry>) -> Result<Vec<Json>, Fault> {
    let body = call.object().unwrap_or_default();
    let wants = |name: &str| -> Result<bool, Fault> {
        let said = body.flag(name)?;
        Ok(said.or(call.query_flag(name)?).unwrap_or(false))
    };
    let marks = wants("withCommentAttachmentInfo")?;
    let (all, local) = (
        wants("withTaskVariablesInReturn")?,
        wants("withTaskLocalVariablesInReturn")?,
    );
    let text = |entry: &Entry, name: &str| {
        let value = entry.get(name).and_then(Json::as_str);
        value.unwrap_or_default().to_owned()
    };
    let places: Vec<(String, String, String)> = entries
        .iter()
        .map(|e| {
            let (definition, activity) =
                (text(e, "processDefinitionId"), text(e, "taskDefinitionKey"));
            (text(e, "id"), definition, activity)
        })
        .collect();
    let links = call.desk.form_links(&call.caller, &places)?;
    let mut shown = Vec::with_capacity(entries.len());
    for (mut entry, link) in entries.into_iter().zip(links) {
        let (key, reference) = forms::parts(link.as_ref());
        entry.insert("formKey".to_owned(), key.into());
        entry.insert("camundaFormRef".to_owned(), json!(reference));
        if !marks {
            entry.retain(|name, _| !ASIDE.contains(&name.as_str()));
        }
        if all || local {
            let id = text(&entry, "id");
            let scope = crate::desk::variables::Scope::Task(&id);
            let found = call.desk.variables(&call.caller, scope, !all)?;
            entry.insert("variables".to_owned(), typed(&found, true));
        }
        shown.push(Json::Object(entry));
    }
    Ok(shown)
}

fn list(call: &Call) -> Answer {
    let entries = query::entries(call, &TASK, asked(call)?)?;
    Ok(Json::Array(dressed(call, entries)?).into())
}

fn count(call: &Call) -> Answer {
    let query = asked(call)?;
    Ok(Reply::count(call.desk.tally(
        &call.caller,
        &TASK,
        &query,
    )?))
}

fn groups(call: &Call) -> Answer {
    query::list(call, &TASK_GROUPS)
}

fn get(call: &Call) -> Answer {
    let entry = entry(call)?;
    let shown = dressed(call, vec![entry])?;
    Ok(shown.into_iter().next().unwrap_or_default().into())
}

fn entry(call: &Call) -> Result<Entry, Fault> {
    let id = call.param("id");
    let found = call.desk.find(&call.caller, &TASK, id)?;
    found.ok_or_else(|| Fault::not_found(format!("No matching task with id {id}")))
}

/// The attributes in a body: those left out are cleared, as Camunda does.
fn change(body: &Body) -> Result<TaskChange, Fault> {
    let state = body.text("delegationState")?;
    Ok(TaskChange {
        patch: TaskPatch {
            assignee: Some(body.text("assignee")?),
            owner: Some(body.text("owner")?),
            due: Some(body.date("due")?),
            follow_up: Some(body.date("followUp")?),
            priority: body.integer("priority")?,
            name: Some(body.text("name")?.unwrap_or_default()),
            description: Some(body.text("description")?),
            ..TaskPatch::default()
        },
        delegation: Some(state.map(|state| delegation(&state)).transpose()?),
        parent: Some(body.text("parentTaskId")?),
    })
}

fn create(call: &Call) -> Answer {
    let body = call.object()?;
    let made = call
        .desk
        .create_task(&call.caller, body.text("id")?, change(&body)?);
    done(call, made.map(drop))
}

fn update(call: &Call) -> Answer {
    entry(call)?;
    let change = change(&call.object()?)?;
    let id = call.param("id");
    done(
        call,
        call.desk
            .change_task(&call.caller, id, move |_| Ok(change.clone())),
    )
}

fn delete(call: &Call) -> Answer {
    let id = call.param("id");
    match call.desk.delete_task(&call.caller, id) {
        Err(DeskError::NotFound(message)) => Err(Fault::bad_user_request(message)),
        result => done(call, result),
    }
}

fn claim(call: &Call) -> Answer {
    let user = call.object()?.text("userId")?;
    done(
        call,
        call.desk.claim_for(&call.caller, call.param("id"), user),
    )
}

fn unclaim(call: &Call) -> Answer {
    done(
        call,
        call.desk.claim_for(&call.caller, call.param("id"), None),
    )
}

fn assign(call: &Call) -> Answer {
    let user = call.object()?.text("userId")?;
    let patch = TaskPatch {
        assignee: Some(user),
        ..TaskPatch::default()
    };
    let change = TaskChange {
        patch,
        ..TaskChange::default()
    };
    let id = call.param("id");
    done(
        call,
        call.desk
            .change_task(&call.caller, id, move |_| Ok(change.clone())),
    )
}

fn delegate(call: &Call) -> Answer {
    let id = call.param("id");
    let Some(user) = call.object()?.text("userId")? else {
        return Err(Fault::bad_user_request("userId is null"));
    };
    done(call, call.desk.delegate(&call.caller, id, user))
}

/// The variables of a body, with the words of the operation before what is wrong with them.
fn given(call: &Call, before: &str) -> Result<(Map, bool), Fault> {
    let body = call.object()?;
    let variables = body.variables("variables").map_err(|fault| Fault {
        message: format!("{before} {}: {}", call.param("id"), fault.message),
        ..fault
    })?;
    Ok((variables, body.flag("withVariablesInReturn")? == Some(true)))
}

/// As Camunda wraps what completing, resolving and submitting a form meet.
fn wrapped(call: &Call, error: DeskError, before: &str) -> Fault {
    let status = match &error {
        DeskError::Forbidden(_) => return error.into(),
        DeskError::Fields(_) => 400,
        _ => 500,
    };
    let id = call.param("id");
    told(error, id).wrapped(status, &format!("{before} {id}"))
}

fn complete(call: &Call) -> Answer {
    finish(call, "Cannot complete task", false)
}

fn submit(call: &Call) -> Answer {
    finish(call, "Cannot submit task form", true)
}

fn finish(call: &Call, before: &str, form: bool) -> Answer {
    let (variables, shown) = given(call, before)?;
    let (id, caller) = (call.param("id"), &call.caller);
    let result = (|| {
        let seen = match shown {
            true => Some(call.desk.task_form(caller, id)?),
            false => None,
        };
        let said = variables.clone();
        let row = call.desk.find(caller, &TASK, id)?;
        let state = row.as_ref().and_then(|row| row.get("delegationState"));
        let pending = state == Some(&PENDING.into());
        match form && pending {
            true => call.desk.resolve(caller, id, variables)?,
            false => call.desk.complete_task(caller, id, variables)?,
        }
        let instance = row.and_then(|row| Some(row.get("processInstanceId")?.as_str()?.to_owned()));
        if let Some(instance) = instance.filter(|_| shown)
            && let Ok(last) = call.desk.last_variables(caller, &instance)
        {
            return Ok(Some(last));
        }
        // What the instance knows now is not for this person: what the form knew.
        Ok(seen.map(|form| {
            let mut all = form.values.clone();
            for (name, value) in said {
                // What is a secret was encrypted meanwhile.
                let secret = matches!(all.get(&name), Some(Value::Secret(_)))
                    || form
                        .form
                        .fields
                        .iter()
                        .any(|field| field.id == name && field.widget() == Widget::Secret);
                if !secret {
                    all.insert(name, value);
                }
            }
            all
        }))
    })();
    match result.map_err(|error| wrapped(call, error, before))? {
        Some(all) => Ok(typed(&all, false).into()),
        None => Ok(Reply::None),
    }
}

fn resolve(call: &Call) -> Answer {
    let before = "Cannot resolve task";
    let (variables, _) = given(call, before)?;
    let id = call.param("id");
    let done = call.desk.resolve(&call.caller, id, variables);
    done.map_err(|error| wrapped(call, error, before))?;
    Ok(Reply::None)
}

/// The code that is thrown.
fn code(body: &Body, name: &str) -> Result<String, Fault> {
    match body.text(name)? {
        None => Err(Fault::invalid(format!("{name} is null"))),
        Some(code) if code.is_empty() => Err(Fault::invalid(format!("{name} is empty"))),
        Some(code) => Ok(code),
    }
}

fn thrown(call: &Call, result: Result<(), DeskError>) -> Answer {
    match result {
        Err(DeskError::NotFound(message)) => Err(Fault::not_found(message)),
        result => done(call, result),
    }
}

fn bpmn_error(call: &Call) -> Answer {
    let (body, id) = (call.object()?, call.param("id"));
    let code = code(&body, "errorCode")?;
    let message = body.text("errorMessage")?;
    let variables = body.variables("variables")?;
    thrown(
        call,
        call.desk
            .task_error(&call.caller, id, code, message, variables),
    )
}

fn escalation(call: &Call) -> Answer {
    let (body, id) = (call.object()?, call.param("id"));
    let code = code(&body, "escalationCode")?;
    let variables = body.variables("variables")?;
    thrown(
        call,
        call.desk.task_escalation(&call.caller, id, code, variables),
    )
}

/// A task of this id that the caller may see.
pub(super) fn visible(call: &Call) -> Result<(), Fault> {
    let id = call.param("id");
    let row = call.desk.task_row(&call.caller, id, Operation::SeeTask);
    row.map(drop).map_err(|error| match error {
        DeskError::NotFound(message) => Fault::bad_user_request(message),
        error => error.into(),
    })
}

/// The form of the task; 400 or 404 for one that is not there.
fn shown_form(call: &Call, status: u16) -> Result<crate::desk::tasklist::ShownForm, Fault> {
    let found = call.desk.task_form(&call.caller, call.param("id"));
    found.map_err(|error| match error {
        DeskError::NotFound(message) => Fault {
            status,
            ..Fault::bad_user_request(message)
        },
        error => error.into(),
    })
}

fn form(call: &Call) -> Answer {
    Ok(forms::key(&shown_form(call, 400)?))
}

fn form_variables(call: &Call) -> Answer {
    forms::variables(call, &shown_form(call, 404)?)
}

fn rendered_form(call: &Call) -> Answer {
    let id = call.param("id");
    forms::rendered(
        &shown_form(call, 400)?,
        &format!("No matching rendered form for task with the id {id} found."),
    )
}

fn deployed_form(call: &Call) -> Answer {
    forms::deployed(call, &shown_form(call, 404)?)
}
