//! `Execution`.

use crate::desk::DeskError;
use crate::desk::event::Message;
use crate::desk::incident::NewIncident;
use crate::desk::listing::{EVENT_SUBSCRIPTION, EXECUTION, INCIDENT};
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::{All, May};
use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use crate::rest::variables::{self, ExecutionLocal};
use crate::value::Map;
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Execution",
    operations: &[
        run(Get, "/execution", "getExecutions", "Get Executions", All, list),
        run(Post, "/execution", "queryExecutions", "Get Executions (POST)", All, list),
        run(Get, "/execution/count", "getExecutionsCount", "Get Execution Count", All, count),
        run(Post, "/execution/count", "queryExecutionsCount", "Get Execution Count (POST)", All, count),
        run(Get, "/execution/{id}", "getExecution", "Get Execution", All, get),
        run(Post, "/execution/{id}/create-incident", "createIncident", "Create Incident", May(Of::Operate), create_incident),
        run(Get, "/execution/{id}/localVariables", "getLocalExecutionVariables", "Get Local Execution Variables", All, variables::shown::<ExecutionLocal>),
        run(Post, "/execution/{id}/localVariables", "modifyLocalExecutionVariables", "Update/Delete Local Execution Variables", May(Of::Correlate), variables::change::<ExecutionLocal>),
        run(Delete, "/execution/{id}/localVariables/{varName}", "deleteLocalExecutionVariable", "Delete Local Execution Variable", May(Of::Correlate), variables::delete::<ExecutionLocal>),
        run(Get, "/execution/{id}/localVariables/{varName}", "getLocalExecutionVariable", "Get Local Execution Variable", All, variables::one::<ExecutionLocal>),
        run(Put, "/execution/{id}/localVariables/{varName}", "putLocalExecutionVariable", "Put Local Execution Variable", May(Of::Correlate), variables::set::<ExecutionLocal>),
        run(Get, "/execution/{id}/localVariables/{varName}/data", "getLocalExecutionVariableBinary", "Get Local Execution Variable (Binary)", All, variables::data::<ExecutionLocal>),
        run(Post, "/execution/{id}/localVariables/{varName}/data", "setLocalExecutionVariableBinary", "Post Local Execution Variable (Binary)", May(Of::Correlate), variables::set_data::<ExecutionLocal>),
        run(Get, "/execution/{id}/messageSubscriptions/{messageName}", "getMessageEventSubscription", "Get Message Event Subscription", All, subscription),
        run(Post, "/execution/{id}/messageSubscriptions/{messageName}/trigger", "triggerEvent", "Trigger Message Event Subscription", May(Of::Correlate), trigger),
        run(Post, "/execution/{id}/signal", "signalExecution", "Trigger Execution", May(Of::Correlate), signal),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &EXECUTION)
}

fn count(call: &Call) -> Answer {
    query::count(call, &EXECUTION)
}

fn get(call: &Call) -> Answer {
    Ok(Json::Object(query::get(call, &EXECUTION, call.param("id"))?).into())
}

/// The variables of a body, with the words of the operation before what is wrong with them.
fn given(call: &Call, before: &str) -> Result<Map, Fault> {
    call.object()?
        .variables("variables")
        .map_err(|fault| Fault {
            message: format!("{before}: {}", fault.message),
            ..fault
        })
}

fn trigger(call: &Call) -> Answer {
    let (id, name) = (call.param("id"), call.param("messageName"));
    let before = format!("Cannot trigger message {name} for execution {id}");
    let message = Message {
        name: name.to_owned(),
        variables: given(call, &before)?,
        ..Message::default()
    };
    let done = call.desk.give(&call.caller, id, message);
    done.map_err(|error| match error {
        error @ DeskError::Forbidden(_) => error.into(),
        error => Fault::from(error).wrapped(500, &before),
    })?;
    Ok(Reply::None)
}

fn create_incident(call: &Call) -> Answer {
    let body = call.object()?;
    let kind = body.text("incidentType")?;
    let new = NewIncident {
        execution: call.param("id").to_owned(),
        kind: kind.ok_or_else(|| Fault::bad_user_request("incidentType is null"))?,
        configuration: body.text("configuration")?,
        message: body.text("message")?,
    };
    let made = call.desk.create_incident(&call.caller, new);
    let id = made.map_err(|error| match error {
        DeskError::NotFound(message) | DeskError::Invalid(message) => {
            Fault::bad_user_request(message)
        }
        error => error.into(),
    })?;
    Ok(Json::Object(query::get(call, &INCIDENT, &id)?).into())
}

fn signal(call: &Call) -> Answer {
    let id = call.param("id");
    let variables = given(call, &format!("Cannot signal execution {id}"))?;
    call.desk.go_on(&call.caller, id, variables)?;
    Ok(Reply::None)
}

fn subscription(call: &Call) -> Answer {
    let (id, name) = (call.param("id"), call.param("messageName"));
    let pairs = [
        ("executionId", id),
        ("eventName", name),
        ("eventType", "message"),
    ];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let asked = query::from_pairs(&pairs, &EVENT_SUBSCRIPTION)?;
    let found = query::entries(call, &EVENT_SUBSCRIPTION, asked)?;
    let found = found.into_iter().next().ok_or_else(|| {
        Fault::not_found(format!(
            "Message event subscription for execution {id} named {name} does not exist"
        ))
    })?;
    Ok(Json::Object(found).into())
}
