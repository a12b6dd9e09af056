//! `Message`.

use crate::desk::event::{Message, Reached};
use crate::desk::listing::PROCESS_INSTANCE;
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::May;
use crate::rest::operation::Method::Post;
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use crate::rest::variables::typed;
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Message",
    operations: &[
        run(Post, "/message", "deliverMessage", "Correlate", May(Of::Correlate), deliver),
    ],
};

fn deliver(call: &Call) -> Answer {
    let body = call.object()?;
    let name = body.text("messageName")?;
    let name = name.ok_or_else(|| Fault::invalid("No message name supplied"))?;
    let shows = body.flag("resultEnabled")?.unwrap_or(false);
    let variables = body.flag("variablesInResultEnabled")?.unwrap_or(false);
    if variables && !shows {
        return Err(Fault::invalid(
            "Parameter 'variablesInResultEnabled' cannot be used without 'resultEnabled' set to true.",
        ));
    }
    if body.get("tenantId").is_some() && body.flag("withoutTenantId")? == Some(true) {
        return Err(Fault::invalid(
            "Parameter 'tenantId' cannot be used together with parameter 'withoutTenantId'.",
        ));
    }
    let mut carried = body.variables("processVariables")?;
    carried.extend(body.variables("processVariablesToTriggeredScope")?);
    let message = Message {
        name,
        business_key: body.text("businessKey")?,
        process_instance_id: body.text("processInstanceId")?,
        keys: body.variables("correlationKeys")?,
        local_keys: body.variables("localCorrelationKeys")?,
        variables: carried,
        local_variables: body.variables("processVariablesLocal")?,
        all: body.flag("all")?.unwrap_or(false),
    };
    let correlated = call
        .desk
        .correlate(&call.caller, message)
        .map_err(|error| {
            let fault = Fault::from(error);
            match fault.status {
                400 => Fault {
                    kind: "RestException",
                    ..fault
                },
                _ => fault,
            }
        })?;
    if !shows {
        return Ok(Reply::None);
    }
    let mut results = Vec::new();
    for found in correlated {
        let instance = found.process_instance_id();
        let mut result = match &found {
            Reached::Execution { execution_id, .. } => json!({
                "resultType": "Execution",
                "execution": {
                    "id": execution_id,
                    "processInstanceId": instance,
                    "ended": false,
                    "tenantId": null,
                },
                "processInstance": null,
            }),
            Reached::Started { .. } => json!({
                "resultType": "ProcessDefinition",
                "execution": null,
                "processInstance": started(call, instance),
            }),
        };
        if variables {
            let shown = call.desk.last_variables(&call.caller, instance);
            let shown = shown.unwrap_or_default();
            if let Some(result) = result.as_object_mut() {
                result.insert("variables".to_owned(), typed(&shown, false));
            }
        }
        results.push(result);
    }
    Ok(Json::Array(results).into())
}

/// An instance that a message started; it may have ended already.
fn started(call: &Call, id: &str) -> Json {
    match query::get(call, &PROCESS_INSTANCE, id) {
        Ok(found) => query::with_links(found),
        Err(_) => json!({ "id": id, "ended": true, "links": [] }),
    }
}
