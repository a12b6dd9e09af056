//! `Job`.

use super::many;
use crate::desk::DeskError;
use crate::desk::listing::{Given, JOB, ListQuery};
use crate::desk::permission::Operation as Of;
use crate::desk::suspend::JobScope;
use crate::rest::call::{Body, Call, mismatch, unsettable};
use crate::rest::operation::Access::{All, May};
use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use crate::value::time;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Job",
    operations: &[
        run(Get, "/job", "getJobs", "Get Jobs", All, list),
        run(Post, "/job", "queryJobs", "Get Jobs (POST)", All, list),
        run(Get, "/job/count", "getJobsCount", "Get Job Count", All, count),
        run(Post, "/job/count", "queryJobsCount", "Get Job Count (POST)", All, count),
        run(Post, "/job/retries", "setJobRetriesAsyncOperation", "Set Job Retries Async (POST)", May(Of::Operate), many::job_retries),
        run(Put, "/job/suspended", "updateSuspensionStateBy", "Activate/Suspend Jobs", May(Of::Operate), suspend_all),
        run(Delete, "/job/{id}", "deleteJob", "Delete Job", May(Of::Operate), delete),
        run(Get, "/job/{id}", "getJob", "Get Job", All, get),
        run(Put, "/job/{id}/duedate", "setJobDuedate", "Set Job Due Date", May(Of::Operate), set_due),
        run(Post, "/job/{id}/duedate/recalculate", "recalculateDuedate", "Recalculate Job Due Date", May(Of::Operate), recalculate),
        run(Post, "/job/{id}/execute", "executeJob", "Execute Job", May(Of::Operate), execute),
        run(Put, "/job/{id}/priority", "setJobPriority", "Set Job Priority", May(Of::Operate), prioritize),
        run(Put, "/job/{id}/retries", "setJobRetries", "Set Job Retries", May(Of::Retry), set_retries),
        run(Get, "/job/{id}/stacktrace", "getStacktrace", "Get Exception Stacktrace", All, stacktrace),
        run(Put, "/job/{id}/suspended", "updateJobSuspensionState", "Activate/Suspend Job By Id", May(Of::Operate), suspend),
    ],
};

fn list(call: &Call) -> Answer {
    query::show(call, &JOB, asked(call)?)
}

fn count(call: &Call) -> Answer {
    query::tally(call, &JOB, &asked(call)?)
}

/// Jobs are narrowed by dates with an operator each: `gt_…` or `{"operator", "value"}`.
fn asked(call: &Call) -> Result<ListQuery, Fault> {
    let mut asked = query::read(call, &JOB)?;
    let is = |name: &str| {
        let mut filters = asked.filters.iter();
        filters.any(|(f, given)| f.name == name && *given == Given::Flag(true))
    };
    if is("timers") && is("messages") {
        return Err(Fault::invalid(
            "Parameter timers cannot be used together with parameter messages.",
        ));
    }
    let body = call.object()?;
    for (name, what, after, before) in [
        ("dueDates", "due date", "dueAfter", "dueBefore"),
        (
            "createTimes",
            "create time",
            "createdAfter",
            "createdBefore",
        ),
    ] {
        let mut given = Vec::new();
        if call.body.is_empty() {
            for text in call
                .query(name)
                .into_iter()
                .flat_map(|text| text.split(','))
            {
                let (operator, value) = text.split_once('_').ok_or_else(|| {
                    Fault::invalid(format!(
                        "{what} query parameter has to have format OPERATOR_VALUE."
                    ))
                })?;
                let at = time::instant(value)
                    .ok_or_else(|| unsettable(name, value, "java.util.Date"))?;
                given.push((operator.to_owned(), at));
            }
        }
        for condition in body.list(name)?.unwrap_or_default() {
            let condition = Body::of(condition)?;
            let at = condition.date("value")?;
            let at = at.ok_or_else(|| mismatch(format!("{name}: each needs a value")))?;
            given.push((condition.required("operator")?, at));
        }
        for (operator, at) in given {
            let filter = match operator.as_str() {
                "gt" => after,
                "lt" => before,
                _ => {
                    return Err(Fault::invalid(format!(
                        "Invalid {what} comparator specified: {operator}"
                    )));
                }
            };
            query::also(&mut asked, &JOB, filter, Given::Date(at));
        }
    }
    Ok(asked)
}

fn get(call: &Call) -> Answer {
    Ok(Json::Object(query::get(call, &JOB, call.param("id"))?).into())
}

/// A job that is there.
fn known(call: &Call) -> Result<(), Fault> {
    let id = call.param("id");
    match query::find(call, &JOB, id)? {
        Some(_) => Ok(()),
        None => Err(Fault::not_found(format!("No job found with id '{id}'."))),
    }
}

/// What goes wrong in the engine is 404, as Camunda has it.
fn execute(call: &Call) -> Answer {
    known(call)?;
    let done = call.desk.run_job(&call.caller, call.param("id"));
    done.map_err(|error| Fault::not_found(error.to_string()))?;
    Ok(Reply::None)
}

/// The due date where the body has one: null is now.
type NewDue = Option<Option<DateTime<Utc>>>;

/// Tries left, and when.
pub(super) fn retries(body: &Body) -> Result<(i32, NewDue), Fault> {
    let retries = body.integer("retries")?;
    let retries =
        retries.ok_or_else(|| Fault::invalid("The number of job retries cannot be null."))?;
    if retries < 0 {
        let message = format!(
            "The number of job retries must be a non-negative Integer, but '{retries}' has been provided."
        );
        return Err(Fault::new(500, "InvalidRequestException", message));
    }
    let due = body.date("dueDate")?;
    Ok((retries, body.has("dueDate").then_some(due)))
}

fn set_retries(call: &Call) -> Answer {
    let (retries, due) = retries(&call.object()?)?;
    known(call)?;
    let ids = [call.param("id").to_owned()];
    call.desk
        .set_job_retries(&call.caller, &ids, retries, due)?;
    Ok(Reply::None)
}

/// What is gone is passed over, as Camunda does.
fn suspend(call: &Call) -> Answer {
    let suspended = call.object()?.flag("suspended")?.unwrap_or(false);
    let job = JobScope::Job(call.param("id").to_owned());
    call.desk.suspend_jobs(&call.caller, job, suspended)?;
    Ok(Reply::None)
}

fn suspend_all(call: &Call) -> Answer {
    let body = call.object()?;
    if body.get("jobId").is_some() {
        return Err(Fault::invalid(
            "Either jobDefinitionId, processInstanceId, processDefinitionId or processDefinitionKey can be set to update the suspension state.",
        ));
    }
    let names =
        "jobId, jobDefinitionId, processInstanceId, processDefinitionId or processDefinitionKey";
    let jobs = meant(
        &body,
        names,
        &[
            ("jobDefinitionId", JobScope::JobDefinition),
            ("processInstanceId", JobScope::Instance),
            ("processDefinitionId", JobScope::Process),
            ("processDefinitionKey", JobScope::Key),
        ],
    )?;
    let suspended = body.flag("suspended")?.unwrap_or(false);
    call.desk.suspend_jobs(&call.caller, jobs, suspended)?;
    Ok(Reply::None)
}

/// A field, and what its value means.
pub(super) type Meant<T> = (&'static str, fn(String) -> T);

/// Of several fields the only one that is given.
pub(super) fn meant<T>(body: &Body, names: &str, fields: &[Meant<T>]) -> Result<T, Fault> {
    let mut found = Vec::new();
    for (name, make) in fields {
        found.extend(body.text(name)?.map(make));
    }
    let message = match found.len() {
        0 => format!("Either {names} should be set to update the suspension state."),
        _ => format!("Only one of {names} should be set to update the suspension state."),
    };
    let only = (found.len() < 2).then(|| found.pop()).flatten();
    only.ok_or_else(|| Fault::invalid(message))
}

fn prioritize(call: &Call) -> Answer {
    let id = call.param("id");
    let priority = call.object()?.long("priority")?.ok_or_else(|| {
        let message = format!("Priority for job '{id}' cannot be null.");
        Fault::new(400, "RestException", message)
    })?;
    known(call)?;
    call.desk.set_job_priority(&call.caller, id, priority)?;
    Ok(Reply::None)
}

fn delete(call: &Call) -> Answer {
    known(call)?;
    let done = call.desk.delete_job(&call.caller, call.param("id"));
    done.map_err(|error| match error {
        DeskError::Conflict(message) => Fault::new(500, "RestException", message),
        error => error.into(),
    })?;
    Ok(Reply::None)
}

fn set_due(call: &Call) -> Answer {
    let body = call.object()?;
    body.without(&["cascade"])?;
    let due = body.date("duedate")?;
    known(call)?;
    call.desk.set_job_due(&call.caller, call.param("id"), due)?;
    Ok(Reply::None)
}

fn recalculate(call: &Call) -> Answer {
    known(call)?;
    let from_creation = call.query_flag("creationDateBased")?.unwrap_or(true);
    call.desk
        .recalculate_job(&call.caller, call.param("id"), from_creation)?;
    Ok(Reply::None)
}

/// What went wrong: crewdesk keeps its message.
fn stacktrace(call: &Call) -> Answer {
    let id = call.param("id");
    let missing = || Fault::not_found(format!("No job found with id {id}"));
    let found = query::find(call, &JOB, id)?.ok_or_else(missing)?;
    Ok(Reply::text(
        found.get("exceptionMessage").and_then(Json::as_str),
    ))
}
