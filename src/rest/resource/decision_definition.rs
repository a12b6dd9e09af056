//! `Decision Definition`.

use crate::rest::call::Call;
use crate::rest::operation::Access::All;
use crate::rest::operation::Method::{Get, Post, Put};
use crate::rest::operation::{Group, run, todo};
use crate::rest::reply::{Answer, Fault};
use crate::value::json;
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Decision Definition",
    operations: &[
        todo(Get, "/decision-definition", "getDecisionDefinitions", "Get List"),
        todo(Get, "/decision-definition/count", "getDecisionDefinitionsCount", "Get List Count"),
        todo(Get, "/decision-definition/key/{key}", "getDecisionDefinitionByKey", "Get Decision Definition By Key"),
        todo(Get, "/decision-definition/key/{key}/diagram", "getDecisionDefinitionDiagramByKey", "Get Diagram By Key"),
        run(Post, "/decision-definition/key/{key}/evaluate", "evaluateDecisionByKey", "Evaluate By Key", All, evaluate),
        todo(Put, "/decision-definition/key/{key}/history-time-to-live", "updateHistoryTimeToLiveByDecisionDefinitionKey", "Update History Time to Live By Key"),
        todo(Get, "/decision-definition/key/{key}/tenant-id/{tenant-id}", "getDecisionDefinitionByKeyAndTenantId", "Get Decision Definition By Key And Tenant Id"),
        todo(Get, "/decision-definition/key/{key}/tenant-id/{tenant-id}/diagram", "getDecisionDefinitionDiagramByKeyAndTenant", "Get Diagram By Key And Tenant"),
        todo(Post, "/decision-definition/key/{key}/tenant-id/{tenant-id}/evaluate", "evaluateDecisionByKeyAndTenant", "Evaluate By Key And Tenant"),
        todo(Put, "/decision-definition/key/{key}/tenant-id/{tenant-id}/history-time-to-live", "updateHistoryTimeToLiveByDecisionDefinitionKeyAndTenant", "Update History Time to Live By Key And Tenant"),
        todo(Get, "/decision-definition/key/{key}/tenant-id/{tenant-id}/xml", "getDecisionDefinitionDmnXmlByKeyAndTenant", "Get XML By Key and Tenant"),
        todo(Get, "/decision-definition/key/{key}/xml", "getDecisionDefinitionDmnXmlByKey", "Get XML By Key"),
        todo(Get, "/decision-definition/{id}", "getDecisionDefinitionById", "Get Decision Definition By Id"),
        todo(Get, "/decision-definition/{id}/diagram", "getDecisionDefinitionDiagram", "Get Diagram"),
        todo(Post, "/decision-definition/{id}/evaluate", "evaluateDecisionById", "Evaluate By Id"),
        todo(Put, "/decision-definition/{id}/history-time-to-live", "updateHistoryTimeToLiveByDecisionDefinitionId", "Update History Time to Live"),
        todo(Get, "/decision-definition/{id}/xml", "getDecisionDefinitionDmnXmlById", "Get XML By Id"),
    ],
};

/// `POST …/key/{key}/evaluate`: `{"variables": {…}}`, and a list of the results' outputs.
fn evaluate(call: &Call) -> Answer {
    let key = call.param("key");
    if !call.desk.has_decision(key)? {
        return Err(Fault::not_found(format!(
            "No matching decision definition with key: {key} and no tenant-id"
        )));
    }
    let before = format!("Cannot evaluate decision {key}");
    let variables = call.object()?.variables("variables")?;
    let results = call.desk.decide_all(key, &variables).map_err(|error| {
        let fault = Fault::from(error);
        let status = fault.status;
        fault.wrapped(status, &before)
    })?;
    let shown = results.iter().map(|outputs| {
        let outputs = outputs
            .iter()
            .map(|(name, value)| (name.clone(), json::typed(value, false)));
        Json::Object(outputs.collect())
    });
    Ok(Json::Array(shown.collect()).into())
}
