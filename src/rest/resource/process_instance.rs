//! `Process Instance`.

use super::many;
use crate::desk::DeskError;
use crate::desk::listing::{HISTORIC_PROCESS_INSTANCE, Listing, PROCESS_INSTANCE};
use crate::desk::operate::{Instruction, Modification, Skip};
use crate::desk::permission::Operation as Of;
use crate::rest::call::{self, Body, Call, mismatch};
use crate::rest::operation::Access::{All, May};
use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use crate::rest::variables::{self, Instance};
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Process Instance",
    operations: &[
        run(Get, "/process-instance", "getProcessInstances", "Get List", All, list),
        run(Post, "/process-instance", "queryProcessInstances", "Get List (POST)", All, list),
        run(Get, "/process-instance/count", "getProcessInstancesCount", "Get List Count", All, count),
        run(Post, "/process-instance/count", "queryProcessInstancesCount", "Get List Count (POST)", All, count),
        run(Post, "/process-instance/delete", "deleteProcessInstancesAsyncOperation", "Delete Async (POST)", May(Of::Operate), many::delete),
        run(Post, "/process-instance/delete-historic-query-based", "deleteAsyncHistoricQueryBased", "Delete Async Historic Query Based (POST)", May(Of::Operate), many::delete),
        run(Post, "/process-instance/job-retries", "setRetriesByProcess", "Set Job Retries Async (POST)", May(Of::Operate), many::instance_job_retries),
        run(Post, "/process-instance/job-retries-historic-query-based", "setRetriesByProcessHistoricQueryBased", "Set Job Retries Async Historic Query Based (POST)", May(Of::Operate), many::instance_job_retries),
        run(Post, "/process-instance/message-async", "correlateMessageAsyncOperation", "Correlate Message Async (POST)", May(Of::Operate), many::correlate),
        run(Put, "/process-instance/suspended", "updateSuspensionState", "Activate/Suspend In Group", May(Of::Operate), suspend_many),
        run(Post, "/process-instance/suspended-async", "updateSuspensionStateAsyncOperation", "Activate/Suspend In Batch", May(Of::Operate), many::suspend),
        run(Post, "/process-instance/variables-async", "setVariablesAsyncOperation", "Set Variables Async (POST)", May(Of::Operate), many::set_variables),
        run(Delete, "/process-instance/{id}", "deleteProcessInstance", "Delete", May(Of::Operate), delete),
        run(Get, "/process-instance/{id}", "getProcessInstance", "Get Process Instance", All, get),
        run(Get, "/process-instance/{id}/activity-instances", "getActivityInstanceTree", "Get Activity Instance", All, tree),
        run(Post, "/process-instance/{id}/modification", "modifyProcessInstance", "Modify Process Instance Execution State", May(Of::Operate), modify),
        run(Post, "/process-instance/{id}/modification-async", "modifyProcessInstanceAsyncOperation", "Modify Process Instance Execution State Async", May(Of::Operate), many::modify_one),
        run(Put, "/process-instance/{id}/suspended", "updateSuspensionStateById", "Activate/Suspend Process Instance By Id", May(Of::Operate), suspend),
        run(Get, "/process-instance/{id}/variables", "getProcessInstanceVariables", "Get Process Variables", All, variables::shown::<Instance>),
        run(Post, "/process-instance/{id}/variables", "modifyProcessInstanceVariables", "Update/Delete Process Variables", May(Of::Correlate), variables::change::<Instance>),
        run(Delete, "/process-instance/{id}/variables/{varName}", "deleteProcessInstanceVariable", "Delete Process Variable", May(Of::Correlate), variables::delete::<Instance>),
        run(Get, "/process-instance/{id}/variables/{varName}", "getProcessInstanceVariable", "Get Process Variable", All, variables::one::<Instance>),
        run(Put, "/process-instance/{id}/variables/{varName}", "setProcessInstanceVariable", "Update Process Variable", May(Of::Correlate), variables::set::<Instance>),
        run(Get, "/process-instance/{id}/variables/{varName}/data", "getProcessInstanceVariableBinary", "Get Process Variable (Binary)", All, variables::data::<Instance>),
        run(Post, "/process-instance/{id}/variables/{varName}/data", "setProcessInstanceVariableBinary", "Update Process Variable (Binary)", May(Of::Correlate), variables::set_data::<Instance>),
    ],
};

fn get(call: &Call) -> Answer {
    let mut found = query::get(call, &PROCESS_INSTANCE, call.param("id"))?;
    found.insert("links".to_owned(), Json::Array(Vec::new()));
    Ok(Json::Object(found).into())
}

fn tree(call: &Call) -> Answer {
    let id = call.param("id");
    let gone = || {
        let message = format!("Process instance with id {id} does not exist");
        Fault::new(500, "InvalidRequestException", message)
    };
    query::find(call, &PROCESS_INSTANCE, id)?.ok_or_else(gone)?;
    let tree = call.desk.activity_tree(&call.caller, id)?;
    let tree = tree.ok_or_else(gone)?;
    Ok(Reply::Json(json!(tree)))
}

/// What ends an instance by hand stands in the history with this reason.
const DELETED: &str = "deleted over the REST API";

fn delete(call: &Call) -> Answer {
    let skip = Skip {
        subprocesses: call.query_flag("skipSubprocesses")? == Some(true),
        ..skipped(|name| call.query_flag(name))?
    };
    let id = call.param("id");
    if query::find(call, &PROCESS_INSTANCE, id)?.is_none() {
        return match call.query_flag("failIfNotExists")? {
            Some(false) => Ok(Reply::None),
            _ => Err(Fault::not_found(format!(
                "Process instance with id {id} does not exist"
            ))),
        };
    }
    call.desk.cancel_skipping(&call.caller, id, DELETED, skip)?;
    Ok(Reply::None)
}

/// What is left out.
pub(super) fn skipped(flag: impl Fn(&str) -> Result<Option<bool>, Fault>) -> Result<Skip, Fault> {
    Ok(Skip {
        listeners: flag("skipCustomListeners")? == Some(true),
        mappings: flag("skipIoMappings")? == Some(true),
        subprocesses: false,
    })
}

/// How tokens are to move.
pub(super) fn modified(body: &Body) -> Result<Modification, Fault> {
    Ok(Modification {
        instructions: instructions(body)?,
        skip: skipped(|name| body.flag(name))?,
        annotation: body.text("annotation")?,
    })
}

/// The ids of the running instances that a query means.
pub(super) fn running(call: &Call, wanted: Json) -> Result<Vec<String>, Fault> {
    ids(call, &PROCESS_INSTANCE, &Body::of(&wanted)?)
}

/// The ids that a query finds.
pub(super) fn ids(
    call: &Call,
    listing: &'static Listing,
    wanted: &Body,
) -> Result<Vec<String>, Fault> {
    let found = query::entries(call, listing, query::from_body(wanted, listing)?)?;
    let id = |entry: &crate::desk::listing::Entry| entry.get("id")?.as_str().map(str::to_owned);
    Ok(found.iter().filter_map(id).collect())
}

fn suspend(call: &Call) -> Answer {
    let suspended = call.object()?.flag("suspended")?.unwrap_or(false);
    // Of an instance that is not there Camunda says nothing.
    let found = running(call, json!({ "processInstanceIds": [call.param("id")] }))?;
    call.desk
        .suspend_instances(&call.caller, found, suspended)?;
    Ok(Reply::None)
}

fn suspend_many(call: &Call) -> Answer {
    let body = call.object()?;
    let suspended = body.flag("suspended")?.unwrap_or(false);
    let (id, key) = (
        body.text("processDefinitionId")?,
        body.text("processDefinitionKey")?,
    );
    let (known, past) = (
        body.object("processInstanceQuery")?,
        body.object("historicProcessInstanceQuery")?,
    );
    let named = body.texts("processInstanceIds")?;
    let by_ids = named.is_some() || known.is_some() || past.is_some();
    if id.is_some() && key.is_some() || by_ids && (id.is_some() || key.is_some()) {
        return Err(Fault::invalid(
            "Only one of processInstanceIds, processDefinitionId or processDefinitionKey should be set to update the suspension state.",
        ));
    }
    let mut meant = named.unwrap_or_default();
    if let Some(wanted) = known {
        meant.extend(ids(call, &PROCESS_INSTANCE, &wanted)?);
    }
    if let Some(wanted) = past {
        meant.extend(ids(call, &HISTORIC_PROCESS_INSTANCE, &wanted)?);
    }
    let found = match (id, key) {
        (Some(id), _) => running(call, json!({ "processDefinitionId": id }))?,
        (_, Some(key)) => running(call, json!({ "processDefinitionKey": key }))?,
        _ if by_ids => running(call, json!({ "processInstanceIds": meant }))?,
        _ => {
            return Err(Fault::invalid(
                "Either processInstanceIds, processDefinitionId or processDefinitionKey should be set to update the suspension state.",
            ));
        }
    };
    call.desk
        .suspend_instances(&call.caller, found, suspended)?;
    Ok(Reply::None)
}

fn modify(call: &Call) -> Answer {
    let (body, id) = (call.object()?, call.param("id"));
    let modification = modified(&body)?;
    if query::find(call, &PROCESS_INSTANCE, id)?.is_none() {
        return Err(Fault::bad_user_request(format!(
            "Process instance '{id}' cannot be modified: processInstance is null"
        )));
    }
    let ids = vec![id.to_owned()];
    let done = call.desk.modify_all(&call.caller, ids, modification);
    done.map_err(|error| match error {
        DeskError::NotFound(message) => Fault::bad_user_request(message),
        error => error.into(),
    })?;
    Ok(Reply::None)
}

/// The steps of a modification.
pub(super) fn instructions(body: &Body) -> Result<Vec<Instruction>, Fault> {
    let steps = body.list("instructions")?.unwrap_or_default();
    steps.iter().map(instruction).collect()
}

/// One step of a modification.
fn instruction(step: &Json) -> Result<Instruction, Fault> {
    let step = Body::of(step)?;
    step.without(&["cancelCurrentActiveActivityInstances"])?;
    let kind = step.text("type")?.unwrap_or_default();
    let must = |name: &str| -> Result<String, Fault> {
        step.text(name)?.ok_or_else(|| {
            Fault::invalid(format!(
                "For instruction type '{kind}': '{name}' must be set"
            ))
        })
    };
    let (mut local, mut other) = (Body::default(), Body::default());
    for (name, variable) in step.object("variables")?.unwrap_or_default().0 {
        let of = match Body::of(&variable)?.flag("local")? {
            Some(true) => &mut local,
            _ => &mut other,
        };
        of.0.insert(name, variable);
    }
    let local_variables = call::variables(&local.0)?;
    let variables = call::variables(&other.0)?;
    let ancestor = step.text("ancestorActivityInstanceId")?;
    let start = match kind.as_str() {
        "startBeforeActivity" => Instruction::StartBefore {
            activity: must("activityId")?,
            variables,
        },
        "startAfterActivity" => Instruction::StartAfter {
            activity: must("activityId")?,
            variables,
        },
        "startTransition" => Instruction::StartTransition {
            flow: must("transitionId")?,
            variables,
        },
        "cancel" => {
            let instance = step.text("activityInstanceId")?;
            let waiting = step.text("transitionInstanceId")?;
            match (step.text("activityId")?, instance, waiting) {
                (Some(activity), None, None) => Instruction::CancelActivity { activity },
                (None, Some(id), None) | (None, None, Some(id)) => {
                    Instruction::CancelInstance { id }
                }
                _ => {
                    return Err(Fault::invalid(
                        "For instruction type 'cancel': exactly one, 'activityId', 'activityInstanceId', or 'transitionInstanceId', is required",
                    ));
                }
            }
        }
        _ => return Err(mismatch(format!("there is no instruction type '{kind}'"))),
    };
    Ok(match ancestor.is_some() || !local_variables.is_empty() {
        true => Instruction::Inside {
            ancestor,
            local_variables,
            start: Box::new(start),
        },
        false => start,
    })
}

fn list(call: &Call) -> Answer {
    query::linked(call, &PROCESS_INSTANCE)
}

fn count(call: &Call) -> Answer {
    query::count(call, &PROCESS_INSTANCE)
}
