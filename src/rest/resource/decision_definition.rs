//! `Decision Definition`.

use super::process_definition::history_days;
use crate::desk::Lived;
use crate::desk::listing::{DECISION_DEFINITION, Entry};
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::{All, May};
use crate::rest::operation::Method::{Get, Post, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use crate::value::json as values;
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Decision Definition",
    operations: &[
        run(Get, "/decision-definition", "getDecisionDefinitions", "Get List", All, list),
        run(Get, "/decision-definition/count", "getDecisionDefinitionsCount", "Get List Count", All, count),
        run(Get, "/decision-definition/key/{key}", "getDecisionDefinitionByKey", "Get Decision Definition By Key", All, get),
        run(Get, "/decision-definition/key/{key}/diagram", "getDecisionDefinitionDiagramByKey", "Get Diagram By Key", All, diagram),
        run(Post, "/decision-definition/key/{key}/evaluate", "evaluateDecisionByKey", "Evaluate By Key", All, evaluate),
        run(Put, "/decision-definition/key/{key}/history-time-to-live", "updateHistoryTimeToLiveByDecisionDefinitionKey", "Update History Time to Live By Key", May(Of::Operate), set_history_days),
        run(Get, "/decision-definition/key/{key}/tenant-id/{tenant-id}", "getDecisionDefinitionByKeyAndTenantId", "Get Decision Definition By Key And Tenant Id", All, get),
        run(Get, "/decision-definition/key/{key}/tenant-id/{tenant-id}/diagram", "getDecisionDefinitionDiagramByKeyAndTenant", "Get Diagram By Key And Tenant", All, diagram),
        run(Post, "/decision-definition/key/{key}/tenant-id/{tenant-id}/evaluate", "evaluateDecisionByKeyAndTenant", "Evaluate By Key And Tenant", All, evaluate),
        run(Put, "/decision-definition/key/{key}/tenant-id/{tenant-id}/history-time-to-live", "updateHistoryTimeToLiveByDecisionDefinitionKeyAndTenant", "Update History Time to Live By Key And Tenant", May(Of::Operate), set_history_days),
        run(Get, "/decision-definition/key/{key}/tenant-id/{tenant-id}/xml", "getDecisionDefinitionDmnXmlByKeyAndTenant", "Get XML By Key and Tenant", All, xml),
        run(Get, "/decision-definition/key/{key}/xml", "getDecisionDefinitionDmnXmlByKey", "Get XML By Key", All, xml),
        run(Get, "/decision-definition/{id}", "getDecisionDefinitionById", "Get Decision Definition By Id", All, get),
        run(Get, "/decision-definition/{id}/diagram", "getDecisionDefinitionDiagram", "Get Diagram", All, diagram),
        run(Post, "/decision-definition/{id}/evaluate", "evaluateDecisionById", "Evaluate By Id", All, evaluate),
        run(Put, "/decision-definition/{id}/history-time-to-live", "updateHistoryTimeToLiveByDecisionDefinitionId", "Update History Time to Live", May(Of::Operate), set_history_days),
        run(Get, "/decision-definition/{id}/xml", "getDecisionDefinitionDmnXmlById", "Get XML By Id", All, xml),
    ],
};

/// What was decided goes with its process instance: these days are told, and nothing else.
fn set_history_days(call: &Call) -> Answer {
    let entry = entry(call)?;
    let id = entry.get("id").and_then(Json::as_str).unwrap_or_default();
    let days = history_days(call)?;
    call.desk
        .set_history_days(&call.caller, Lived::Decision, id, days)?;
    Ok(Reply::None)
}

/// `POST …/evaluate`: `{"variables": {…}}`, and a list of the results' outputs.
fn evaluate(call: &Call) -> Answer {
    let entry = entry(call)?;
    let key = entry.get("key").and_then(Json::as_str).unwrap_or_default();
    let version = entry.get("version").and_then(Json::as_i64);
    let variables = call.object()?.variables("variables")?;
    let results = call
        .desk
        .decide_version(key, version.unwrap_or_default(), &variables);
    let results = results.map_err(|error| {
        let fault = Fault::from(error);
        let status = fault.status;
        fault.wrapped(status, &format!("Cannot evaluate decision {key}"))
    })?;
    let shown = results.iter().map(|outputs| {
        let outputs = outputs
            .iter()
            .map(|(name, value)| (name.clone(), values::typed(value, false)));
        Json::Object(outputs.collect())
    });
    Ok(Json::Array(shown.collect()).into())
}

fn list(call: &Call) -> Answer {
    query::list(call, &DECISION_DEFINITION)
}

fn count(call: &Call) -> Answer {
    query::count(call, &DECISION_DEFINITION)
}

/// The definition that the path means: by id, or the newest of a key.
fn entry(call: &Call) -> Result<Entry, Fault> {
    let unknown = |id: &str| format!("No matching decision definition with id {id}");
    query::definition(call, &DECISION_DEFINITION, "decision definition", unknown)
}

fn get(call: &Call) -> Answer {
    Ok(Json::Object(entry(call)?).into())
}

/// No definition has a picture deployed with it.
fn diagram(call: &Call) -> Answer {
    entry(call)?;
    Ok(Reply::None)
}

fn xml(call: &Call) -> Answer {
    let entry = entry(call)?;
    let id = entry.get("id").and_then(Json::as_str).unwrap_or_default();
    let xml = call.desk.decision_xml(&call.caller, id)?;
    Ok(json!({ "id": id, "dmnXml": xml }).into())
}
