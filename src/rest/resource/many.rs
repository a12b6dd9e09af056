//! Requests about many: which things are meant, and the batch that does it to each.

use super::process_instance::{instructions, modified, skipped};
use crate::desk::DeskError;
use crate::desk::batch::Work;
use crate::desk::listing::{
    BATCH, EXTERNAL_TASK, Given, HISTORIC_BATCH, HISTORIC_DECISION, HISTORIC_PROCESS_INSTANCE, JOB,
    Listing, PROCESS_INSTANCE,
};
use crate::desk::operate::Skip;
use crate::desk::restart::Restart;
use crate::rest::call::{Body, Call};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use chrono::{DateTime, Utc};
use serde_json::Value as Json;

/// Ends instances: what ends them by hand stands in the history with this reason.
const DELETED: &str = "deleted over the REST API";

/// Makes a batch of this work on these items.
pub(super) fn batch(call: &Call, work: &Work, items: Vec<String>) -> Answer {
    let id = call.desk.create_batch(&call.caller, work, items)?;
    Ok(Json::Object(query::get(call, &BATCH, &id)?).into())
}

/// The ids that a query finds, however many.
fn found(call: &Call, listing: &'static Listing, wanted: &Body) -> Result<Vec<String>, Fault> {
    let asked = query::from_body(wanted, listing)?;
    ids(call, listing, &asked)
}

fn ids(
    call: &Call,
    listing: &'static Listing,
    asked: &crate::desk::listing::ListQuery,
) -> Result<Vec<String>, Fault> {
    let found = call.desk.list(&call.caller, listing, asked)?;
    let id = |entry: &crate::desk::listing::Entry| entry.get("id")?.as_str().map(str::to_owned);
    Ok(found.iter().filter_map(id).collect())
}

/// What a body means: ids in the field `named`, and what its queries find; each once.
fn meant(
    call: &Call,
    body: &Body,
    named: &str,
    queries: &[(&str, &'static Listing)],
) -> Result<Vec<String>, Fault> {
    let mut ids = body.texts(named)?.unwrap_or_default();
    for (name, listing) in queries {
        if let Some(wanted) = body.object(name)? {
            ids.extend(found(call, listing, &wanted)?);
        }
    }
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    match ids.is_empty() {
        true => Err(Fault::invalid(format!("{named} is empty"))),
        false => Ok(ids),
    }
}

/// The process instances that a body means, running or ended.
pub(super) fn instances(call: &Call, body: &Body) -> Result<Vec<String>, Fault> {
    let queries = [
        ("processInstanceQuery", &PROCESS_INSTANCE),
        ("historicProcessInstanceQuery", &HISTORIC_PROCESS_INSTANCE),
    ];
    meant(call, body, "processInstanceIds", &queries)
}

/// `POST /process-instance/delete` and `…/delete-historic-query-based`.
pub(super) fn delete(call: &Call) -> Answer {
    let body = call.object()?;
    let skip = Skip {
        subprocesses: body.flag("skipSubprocesses")? == Some(true),
        ..skipped(|name| body.flag(name))?
    };
    let reason = body.text("deleteReason")?;
    let reason = reason.unwrap_or_else(|| DELETED.to_owned());
    let work = Work::Cancel { reason, skip };
    batch(call, &work, instances(call, &body)?)
}

/// `POST /process-instance/suspended-async`.
pub(super) fn suspend(call: &Call) -> Answer {
    let body = call.object()?;
    let suspended = body.flag("suspended")?.unwrap_or(false);
    batch(call, &Work::Suspend { suspended }, instances(call, &body)?)
}

/// `POST /process-instance/variables-async`.
pub(super) fn set_variables(call: &Call) -> Answer {
    let body = call.object()?;
    let variables = body.variables("variables").map_err(|fault| Fault {
        message: format!("Cannot set variables: {}", fault.message),
        ..fault
    })?;
    if variables.is_empty() {
        return Err(Fault::bad_user_request(
            "variables is null: variables is empty",
        ));
    }
    batch(
        call,
        &Work::SetVariables { variables },
        instances(call, &body)?,
    )
}

/// `POST /process-instance/message-async`.
pub(super) fn correlate(call: &Call) -> Answer {
    let body = call.object()?;
    let work = Work::Correlate {
        message: body.text("messageName")?.unwrap_or_default(),
        variables: body.variables("variables")?,
    };
    batch(call, &work, instances(call, &body)?)
}

/// `POST /process-instance/{id}/modification-async`.
pub(super) fn modify_one(call: &Call) -> Answer {
    let id = call.param("id");
    if query::find(call, &PROCESS_INSTANCE, id)?.is_none() {
        return Err(Fault::bad_user_request(format!(
            "Process instance '{id}' cannot be modified: processInstance is null"
        )));
    }
    let work = modification(&call.object()?)?;
    batch(call, &work, vec![id.to_owned()])
}

/// `POST /modification/executeAsync`.
pub(super) fn modify(call: &Call) -> Answer {
    let body = call.object()?;
    if body.text("processDefinitionId")?.is_none() {
        return Err(Fault::bad_user_request(
            "processDefinitionId must be set: processDefinitionId is null",
        ));
    }
    let work = modification(&body)?;
    batch(call, &work, instances(call, &body)?)
}

fn modification(body: &Body) -> Result<Work, Fault> {
    let modification = modified(body)?;
    match modification.instructions.is_empty() {
        true => Err(Fault::bad_user_request("instructions is empty")),
        false => Ok(Work::Modify(modification)),
    }
}

/// What a restart asks for, and the ended instances that it means.
pub(super) fn restarted(call: &Call) -> Result<(Restart, Vec<String>), Fault> {
    let body = call.object()?;
    let restart = Restart {
        skip: skipped(|name| body.flag(name))?,
        definition: call.param("id").to_owned(),
        instructions: instructions(&body)?,
        initial_variables: body.flag("initialVariables")?.unwrap_or(false),
        without_business_key: body.flag("withoutBusinessKey")?.unwrap_or(false),
    };
    if restart.instructions.is_empty() {
        return Err(Fault::bad_user_request(
            "Restart instructions cannot be empty: instructions is empty",
        ));
    }
    Ok((restart, instances(call, &body)?))
}

/// `POST /process-definition/{id}/restart`.
pub(super) fn restart(call: &Call) -> Answer {
    let (restart, ids) = restarted(call)?;
    match call.desk.restart(&call.caller, &restart, ids) {
        Err(DeskError::NotFound(message)) => Err(Fault::bad_user_request(message)),
        begun => {
            begun?;
            Ok(Reply::None)
        }
    }
}

/// `POST /process-definition/{id}/restart-async`.
pub(super) fn restart_async(call: &Call) -> Answer {
    let (restart, ids) = restarted(call)?;
    batch(call, &Work::Restart(restart), ids)
}

fn retries(body: &Body, of: &str) -> Result<i32, Fault> {
    let retries = body.integer("retries")?;
    let retries = retries
        .ok_or_else(|| Fault::invalid(format!("The number of {of} retries cannot be null.")))?;
    match retries < 0 {
        true => Err(Fault::invalid(format!(
            "The number of {of} retries must be a non-negative Integer, but '{retries}' has been provided."
        ))),
        false => Ok(retries),
    }
}

/// When jobs are due from then on, where that is said: null is now.
fn due(call: &Call, body: &Body) -> Result<Option<DateTime<Utc>>, Fault> {
    let at = body.date("dueDate")?;
    let now = || call.desk.clock().now();
    Ok(body.has("dueDate").then(|| at.unwrap_or_else(now)))
}

/// `POST /job/retries`.
pub(super) fn job_retries(call: &Call) -> Answer {
    let body = call.object()?;
    let work = Work::JobRetries {
        retries: retries(&body, "job")?,
        due: due(call, &body)?,
    };
    let jobs = meant(call, &body, "jobIds", &[("jobQuery", &JOB)])?;
    batch(call, &work, jobs)
}

/// `POST /process-instance/job-retries` and `…-historic-query-based`: of all that failed.
pub(super) fn instance_job_retries(call: &Call) -> Answer {
    let mut body = call.object()?;
    let work = Work::JobRetries {
        retries: retries(&body, "job")?,
        due: due(call, &body)?,
    };
    if let Some(named) = body.0.remove("processInstances") {
        body.0.insert("processInstanceIds".to_owned(), named);
    }
    let mut jobs = Vec::new();
    for id in instances(call, &body)? {
        let mut asked = crate::desk::listing::ListQuery::default();
        let of = Given::Text(id);
        query::also(&mut asked, &JOB, "processInstanceId", of);
        jobs.extend(ids(call, &JOB, &asked)?);
    }
    match jobs.is_empty() {
        true => Err(Fault::bad_user_request("jobIds is empty")),
        false => batch(call, &work, jobs),
    }
}

/// `POST /external-task/retries-async`.
pub(super) fn external_task_retries(call: &Call) -> Answer {
    let body = call.object()?;
    let work = Work::ExternalTaskRetries {
        retries: retries(&body, "external task")?,
    };
    let mut tasks = body.texts("externalTaskIds")?.unwrap_or_default();
    if let Some(wanted) = body.object("externalTaskQuery")? {
        tasks.extend(found(call, &EXTERNAL_TASK, &wanted)?);
    }
    let named = [
        "processInstanceIds",
        "processInstanceQuery",
        "historicProcessInstanceQuery",
    ];
    if named.iter().any(|name| body.get(name).is_some()) {
        for id in instances(call, &body)? {
            let mut asked = crate::desk::listing::ListQuery::default();
            query::also(
                &mut asked,
                &EXTERNAL_TASK,
                "processInstanceId",
                Given::Text(id),
            );
            tasks.extend(ids(call, &EXTERNAL_TASK, &asked)?);
        }
    }
    let mut seen = std::collections::HashSet::new();
    tasks.retain(|id| seen.insert(id.clone()));
    match tasks.is_empty() {
        true => Err(Fault::bad_user_request("externalTaskIds is empty")),
        false => batch(call, &work, tasks),
    }
}

/// `POST /history/process-instance/delete`.
pub(super) fn delete_history(call: &Call) -> Answer {
    let body = call.object()?;
    let queries = [("historicProcessInstanceQuery", &HISTORIC_PROCESS_INSTANCE)];
    let named = "historicProcessInstanceIds";
    let ids = meant(call, &body, named, &queries)?;
    batch(call, &Work::DeleteHistory, ids)
}

/// `POST /history/process-instance/set-removal-time`.
pub(super) fn set_removal_time(call: &Call) -> Answer {
    let body = call.object()?;
    let queries = [("historicProcessInstanceQuery", &HISTORIC_PROCESS_INSTANCE)];
    let (at, calculated) = removal(&body)?;
    let ids = meant(call, &body, "historicProcessInstanceIds", &queries)?;
    let work = Work::RemovalTime {
        at,
        calculated,
        hierarchical: body.flag("hierarchical")?.unwrap_or(false),
    };
    batch(call, &work, ids)
}

/// `POST /history/decision-instance/set-removal-time`: a decision goes with those that it
/// required, whether or not it is asked to be `hierarchical`.
pub(super) fn set_decision_removal_time(call: &Call) -> Answer {
    let body = call.object()?;
    let queries = [("historicDecisionInstanceQuery", &HISTORIC_DECISION)];
    let (at, calculated) = removal(&body)?;
    body.flag("hierarchical")?;
    let ids = meant(call, &body, "historicDecisionInstanceIds", &queries)?;
    batch(call, &Work::DecisionRemovalTime { at, calculated }, ids)
}

/// `POST /history/batch/set-removal-time`.
pub(super) fn set_batch_removal_time(call: &Call) -> Answer {
    let body = call.object()?;
    let queries = [("historicBatchQuery", &HISTORIC_BATCH)];
    let (at, _) = removal(&body)?;
    let ids = meant(call, &body, "historicBatchIds", &queries)?;
    batch(call, &Work::BatchRemovalTime { at }, ids)
}

/// When something goes, or that its definition says it: one of three fields.
fn removal(body: &Body) -> Result<(Option<DateTime<Utc>>, bool), Fault> {
    let at = body.date("absoluteRemovalTime")?;
    let cleared = body.flag("clearedRemovalTime")?.unwrap_or(false);
    let calculated = body.flag("calculatedRemovalTime")?.unwrap_or(false);
    let said = [at.is_some(), cleared, calculated];
    match said.iter().filter(|said| **said).count() {
        1 => Ok((at, calculated)),
        _ => Err(Fault::bad_user_request(
            "Either absoluteRemovalTime, clearedRemovalTime or calculatedRemovalTime must be specified",
        )),
    }
}

/// `POST /history/decision-instance/delete`.
pub(super) fn delete_decisions(call: &Call) -> Answer {
    let body = call.object()?;
    let queries = [("historicDecisionInstanceQuery", &HISTORIC_DECISION)];
    let named = "historicDecisionInstanceIds";
    let ids = meant(call, &body, named, &queries)?;
    batch(call, &Work::DeleteDecision, ids)
}
