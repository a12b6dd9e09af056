//! `Process Instance`.

use crate::desk::DeskError;
use crate::desk::listing::PROCESS_INSTANCE;
use crate::desk::variables::Scope;
use crate::rest::call::{Call, variable};
use crate::rest::multipart;
use crate::rest::operation::Access::{All, Operator};
use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, run, todo};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use crate::value::{FileValue, Map, Value, json};
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Process Instance",
    operations: &[
        todo(Get, "/process-instance", "getProcessInstances", "Get List"),
        todo(Post, "/process-instance", "queryProcessInstances", "Get List (POST)"),
        todo(Get, "/process-instance/count", "getProcessInstancesCount", "Get List Count"),
        todo(Post, "/process-instance/count", "queryProcessInstancesCount", "Get List Count (POST)"),
        todo(Post, "/process-instance/delete", "deleteProcessInstancesAsyncOperation", "Delete Async (POST)"),
        todo(Post, "/process-instance/delete-historic-query-based", "deleteAsyncHistoricQueryBased", "Delete Async Historic Query Based (POST)"),
        todo(Post, "/process-instance/job-retries", "setRetriesByProcess", "Set Job Retries Async (POST)"),
        todo(Post, "/process-instance/job-retries-historic-query-based", "setRetriesByProcessHistoricQueryBased", "Set Job Retries Async Historic Query Based (POST)"),
        todo(Post, "/process-instance/message-async", "correlateMessageAsyncOperation", "Correlate Message Async (POST)"),
        todo(Put, "/process-instance/suspended", "updateSuspensionState", "Activate/Suspend In Group"),
        todo(Post, "/process-instance/suspended-async", "updateSuspensionStateAsyncOperation", "Activate/Suspend In Batch"),
        todo(Post, "/process-instance/variables-async", "setVariablesAsyncOperation", "Set Variables Async (POST)"),
        todo(Delete, "/process-instance/{id}", "deleteProcessInstance", "Delete"),
        run(Get, "/process-instance/{id}", "getProcessInstance", "Get Process Instance", All, get),
        todo(Get, "/process-instance/{id}/activity-instances", "getActivityInstanceTree", "Get Activity Instance"),
        todo(Post, "/process-instance/{id}/modification", "modifyProcessInstance", "Modify Process Instance Execution State"),
        todo(Post, "/process-instance/{id}/modification-async", "modifyProcessInstanceAsyncOperation", "Modify Process Instance Execution State Async"),
        todo(Put, "/process-instance/{id}/suspended", "updateSuspensionStateById", "Activate/Suspend Process Instance By Id"),
        run(Get, "/process-instance/{id}/variables", "getProcessInstanceVariables", "Get Process Variables", All, variables),
        run(Post, "/process-instance/{id}/variables", "modifyProcessInstanceVariables", "Update/Delete Process Variables", Operator, change_variables),
        run(Delete, "/process-instance/{id}/variables/{varName}", "deleteProcessInstanceVariable", "Delete Process Variable", Operator, delete_variable),
        run(Get, "/process-instance/{id}/variables/{varName}", "getProcessInstanceVariable", "Get Process Variable", All, get_variable),
        run(Put, "/process-instance/{id}/variables/{varName}", "setProcessInstanceVariable", "Update Process Variable", Operator, set_variable),
        run(Get, "/process-instance/{id}/variables/{varName}/data", "getProcessInstanceVariableBinary", "Get Process Variable (Binary)", All, variable_data),
        run(Post, "/process-instance/{id}/variables/{varName}/data", "setProcessInstanceVariableBinary", "Update Process Variable (Binary)", Operator, set_variable_data),
    ],
};

fn get(call: &Call) -> Answer {
    let found = query::get(call, &PROCESS_INSTANCE, call.param("id"))?;
    let mut found = found;
    found.insert("links".to_owned(), Json::Array(Vec::new()));
    Ok(Json::Object(found).into())
}

fn scope(call: &Call) -> Scope<'_> {
    Scope::Instance(call.param("id"))
}

fn variables(call: &Call) -> Answer {
    shown(call, scope(call), false)
}

fn change_variables(call: &Call) -> Answer {
    change(call, scope(call), false)
}

fn get_variable(call: &Call) -> Answer {
    one(call, scope(call), false)
}

fn set_variable(call: &Call) -> Answer {
    set(call, scope(call), false)
}

fn delete_variable(call: &Call) -> Answer {
    delete(call, scope(call), false)
}

fn variable_data(call: &Call) -> Answer {
    data(call, scope(call), false)
}

fn set_variable_data(call: &Call) -> Answer {
    set_data(call, scope(call), false)
}

// The same for every resource that has variables: instances, executions, tasks.

/// Typed variables by name.
pub(super) fn typed(variables: &Map, deserialize: bool) -> Json {
    let typed = variables.iter();
    Json::Object(
        typed
            .map(|(name, value)| (name.clone(), json::typed(value, deserialize)))
            .collect(),
    )
}

/// Camunda wraps what goes wrong with variables as 500, also what is not there.
fn wrapped(error: DeskError) -> Fault {
    match error {
        DeskError::NotFound(message) => Fault::new(500, "RestException", message).with_code(0),
        error => error.into(),
    }
}

/// `GET …/variables`
pub(super) fn shown(call: &Call, scope: Scope<'_>, local: bool) -> Answer {
    let deserialize = flag(call, "deserializeValues")?;
    let found = call
        .desk
        .variables(&call.caller, scope, local)
        .map_err(wrapped)?;
    Ok(typed(&found, deserialize).into())
}

fn flag(call: &Call, name: &str) -> Result<bool, Fault> {
    Ok(call.query_flag(name)?.unwrap_or(true))
}

fn found(call: &Call, scope: Scope<'_>, local: bool) -> Result<Value, Fault> {
    let name = call.param("varName");
    let mut found = call
        .desk
        .variables(&call.caller, scope, local)
        .map_err(wrapped)?;
    found.shift_remove(name).ok_or_else(|| {
        Fault::not_found(format!(
            "{} variable with name {name} does not exist",
            what(scope)
        ))
    })
}

fn what(scope: Scope<'_>) -> &'static str {
    match scope {
        Scope::Instance(_) => "process instance",
        Scope::Execution(_) => "execution",
        Scope::Task(_) => "task",
    }
}

/// `GET …/variables/{varName}`
pub(super) fn one(call: &Call, scope: Scope<'_>, local: bool) -> Answer {
    // One value alone is not opened unless asked.
    let deserialize = call.query_flag("deserializeValue")?.unwrap_or(true);
    Ok(json::typed(&found(call, scope, local)?, deserialize).into())
}

/// `PUT …/variables/{varName}`
pub(super) fn set(call: &Call, scope: Scope<'_>, local: bool) -> Answer {
    let name = call.param("varName");
    let given = variable(&call.json()?).map_err(|fault| {
        let message = format!(
            "Cannot put {} variable {name}: {}",
            what(scope),
            fault.message
        );
        Fault { message, ..fault }
    })?;
    let set = [(name.to_owned(), given)].into_iter().collect();
    let done = call
        .desk
        .change_variables(&call.caller, scope, local, set, Vec::new());
    done.map_err(wrapped)?;
    Ok(Reply::None)
}

/// `DELETE …/variables/{varName}`
pub(super) fn delete(call: &Call, scope: Scope<'_>, local: bool) -> Answer {
    let names = vec![call.param("varName").to_owned()];
    let done = call
        .desk
        .change_variables(&call.caller, scope, local, Map::new(), names);
    done.map_err(wrapped)?;
    Ok(Reply::None)
}

/// `POST …/variables`: modifications and deletions in one transaction.
pub(super) fn change(call: &Call, scope: Scope<'_>, local: bool) -> Answer {
    let body = call.object()?;
    let set = body.variables("modifications").map_err(|fault| {
        let message = format!(
            "Cannot modify variables for {} {}: {}",
            what(scope),
            call.param("id"),
            fault.message
        );
        Fault { message, ..fault }
    })?;
    let remove = body.texts("deletions")?.unwrap_or_default();
    let done = call
        .desk
        .change_variables(&call.caller, scope, local, set, remove);
    done.map_err(wrapped)?;
    Ok(Reply::None)
}

/// `GET …/variables/{varName}/data`
pub(super) fn data(call: &Call, scope: Scope<'_>, local: bool) -> Answer {
    bytes(found(call, scope, local)?, call.param("varName"))
}

/// The bytes of a value.
pub(super) fn bytes(value: Value, name: &str) -> Answer {
    let octets = "application/octet-stream";
    Ok(match value {
        Value::Bytes(bytes) => Reply::Bytes {
            content_type: octets.to_owned(),
            filename: None,
            bytes,
        },
        Value::File(file) => {
            let mut content_type = file.mimetype.unwrap_or_else(|| octets.to_owned());
            if let Some(encoding) = file.encoding {
                content_type.push_str("; charset=");
                content_type.push_str(&encoding);
            }
            Reply::Bytes {
                content_type,
                filename: Some(file.filename),
                bytes: file.content,
            }
        }
        Value::Null => Reply::Bytes {
            content_type: octets.to_owned(),
            filename: None,
            bytes: Vec::new(),
        },
        other => {
            return Err(Fault::invalid(format!(
                "Value of variable {name} is not a binary value but of type {}",
                other.type_name()
            )));
        }
    })
}

/// `POST …/variables/{varName}/data`: a form with the parts `data` and `valueType`.
pub(super) fn set_data(call: &Call, scope: Scope<'_>, local: bool) -> Answer {
    let name = call.param("varName");
    let kind = call.content_type.as_deref().unwrap_or_default();
    let parts = multipart::parts(kind, &call.body)?;
    let part = |wanted: &str| parts.iter().find(|part| part.name == wanted);
    let data = part("data").ok_or_else(|| Fault::invalid("the form has no part named data"))?;
    let value_type = part("valueType").map(multipart::Part::text);
    let value = match value_type.as_deref() {
        Some("File") => {
            let mime = data.content_type.as_deref().unwrap_or_default();
            let (mime, rest) = mime.split_once(';').unwrap_or((mime, ""));
            let encoding = rest.split_once("charset=").map(|(_, name)| name);
            let text = |text: &str| (!text.is_empty()).then(|| text.trim().to_owned());
            Value::File(Box::new(FileValue {
                filename: data.filename.clone().unwrap_or_else(|| name.to_owned()),
                mimetype: text(mime),
                encoding: encoding.and_then(text),
                content: data.bytes.clone(),
            }))
        }
        Some("Bytes") | None => Value::Bytes(data.bytes.clone()),
        Some(other) => {
            return Err(Fault::invalid(format!("Unsupported value type '{other}'")));
        }
    };
    let set = [(name.to_owned(), value)].into_iter().collect();
    let done = call
        .desk
        .change_variables(&call.caller, scope, local, set, Vec::new());
    done.map_err(wrapped)?;
    Ok(Reply::None)
}
