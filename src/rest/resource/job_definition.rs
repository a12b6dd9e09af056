//! `Job Definition`.

use super::job::{meant, retries};
use crate::desk::listing::JOB_DEFINITION;
use crate::desk::permission::Operation as Of;
use crate::desk::suspend::{StateChange, Suspendable};
use crate::rest::call::{Body, Call};
use crate::rest::operation::Access::{All, May};
use crate::rest::operation::Method::{Get, Post, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Job Definition",
    operations: &[
        run(Get, "/job-definition", "getJobDefinitions", "Get Job Definitions", All, list),
        run(Post, "/job-definition", "queryJobDefinitions", "Get Job Definitions (POST)", All, list),
        run(Get, "/job-definition/count", "getJobDefinitionsCount", "Get Job Definition Count", All, count),
        run(Post, "/job-definition/count", "queryJobDefinitionsCount", "Get Job Definition Count (POST)", All, count),
        run(Put, "/job-definition/suspended", "updateSuspensionStateJobDefinitions", "Activate/Suspend Job Definitions", May(Of::Operate), suspend_all),
        run(Get, "/job-definition/{id}", "getJobDefinition", "Get Job Definition", All, get),
        run(Put, "/job-definition/{id}/jobPriority", "setJobPriorityJobDefinition", "Set Job Definition Priority by Id", May(Of::Operate), prioritize),
        run(Put, "/job-definition/{id}/retries", "setJobRetriesJobDefinition", "Set Job Retries By Job Definition Id", May(Of::Retry), set_retries),
        run(Put, "/job-definition/{id}/suspended", "updateSuspensionStateJobDefinition", "Activate/Suspend Job Definition By Id", May(Of::Operate), suspend),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &JOB_DEFINITION)
}

fn count(call: &Call) -> Answer {
    query::count(call, &JOB_DEFINITION)
}

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    let missing = || Fault::not_found(format!("Job Definition with id {id} does not exist"));
    let found = query::find(call, &JOB_DEFINITION, id)?.ok_or_else(missing)?;
    Ok(Json::Object(found).into())
}

fn suspend(call: &Call) -> Answer {
    let id = call.param("id");
    let why = format!("The suspension state of Job Definition with id {id} could not be updated");
    let what = Suspendable::JobDefinition(id.to_owned());
    change_state(call, &call.object()?, &why, what)
}

fn suspend_all(call: &Call) -> Answer {
    let body = call.object()?;
    if body.get("jobDefinitionId").is_some() {
        return Err(Fault::invalid(
            "Either processDefinitionId or processDefinitionKey can be set to update the suspension state.",
        ));
    }
    let names = "jobDefinitionId, processDefinitionId or processDefinitionKey";
    let what = meant(
        &body,
        names,
        &[
            ("processDefinitionId", Suspendable::JobsOf),
            ("processDefinitionKey", Suspendable::JobsOfKey),
        ],
    )?;
    let why = "Could not update the suspension state of Job Definitions";
    change_state(call, &body, why, what)
}

/// Now, or at a date; what is gone is passed over, as Camunda does.
fn change_state(call: &Call, body: &Body, why: &str, what: Suspendable) -> Answer {
    let is = |name: &str| Ok::<_, Fault>(body.flag(name)?.unwrap_or(false));
    let change = StateChange {
        what,
        suspended: is("suspended")?,
        include: is("includeJobs")?,
    };
    let at = body.date("executionDate");
    let at = at.map_err(|fault| Fault::invalid(format!("{why} due to: {}", fault.message)))?;
    call.desk.change_state(&call.caller, change, at)?;
    Ok(Reply::None)
}

fn set_retries(call: &Call) -> Answer {
    let (retries, due) = retries(&call.object()?)?;
    let id = call.param("id");
    call.desk
        .retry_job_definition(&call.caller, id, retries, due)?;
    Ok(Reply::None)
}

fn prioritize(call: &Call) -> Answer {
    let (id, body) = (call.param("id"), call.object()?);
    let jobs = body.flag("includeJobs")?.unwrap_or(false);
    let priority = body.long("priority")?;
    if priority.is_none() && jobs {
        return Err(Fault::invalid(format!(
            "Cannot reset priority for job definition {id} with includeJobs=true"
        )));
    }
    call.desk
        .prioritize_job_definition(&call.caller, id, priority, jobs)?;
    Ok(Reply::None)
}
