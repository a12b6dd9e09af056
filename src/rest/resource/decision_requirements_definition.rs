//! `Decision Requirements Definition`.

use crate::desk::listing::{DECISION_REQUIREMENTS, Entry};
use crate::rest::call::Call;
use crate::rest::operation::Access::All;
use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Decision Requirements Definition",
    operations: &[
        run(Get, "/decision-requirements-definition", "getDecisionRequirementsDefinitions", "Get Decision Requirements Definitions", All, list),
        run(Get, "/decision-requirements-definition/count", "getDecisionRequirementsDefinitionsCount", "Get Decision Requirements Definition Count", All, count),
        run(Get, "/decision-requirements-definition/key/{key}", "getDecisionRequirementsDefinitionByKey", "Get Decision Requirements Definition by Key", All, get),
        run(Get, "/decision-requirements-definition/key/{key}/diagram", "getDecisionRequirementsDefinitionDiagramByKey", "Get Decision Requirements Diagram by Key", All, diagram),
        run(Get, "/decision-requirements-definition/key/{key}/tenant-id/{tenant-id}", "getDecisionRequirementsDefinitionByKeyAndTenantId", "Get Decision Requirements Definition by Key and Tenant ID", All, get),
        run(Get, "/decision-requirements-definition/key/{key}/tenant-id/{tenant-id}/diagram", "getDecisionRequirementsDefinitionDiagramByKeyAndTenantId", "Get Decision Requirements Diagram by Key and Tenant ID", All, diagram),
        run(Get, "/decision-requirements-definition/key/{key}/tenant-id/{tenant-id}/xml", "getDecisionRequirementsDefinitionDmnXmlByKeyAndTenantId", "Get DMN XML by Key and Tenant ID", All, xml),
        run(Get, "/decision-requirements-definition/key/{key}/xml", "getDecisionRequirementsDefinitionDmnXmlByKey", "Get DMN XML by Key", All, xml),
        run(Get, "/decision-requirements-definition/{id}", "getDecisionRequirementsDefinitionById", "Get Decision Requirements Definition by ID", All, get),
        run(Get, "/decision-requirements-definition/{id}/diagram", "getDecisionRequirementsDefinitionDiagramById", "Get Decision Requirements Diagram by ID", All, diagram),
        run(Get, "/decision-requirements-definition/{id}/xml", "getDecisionRequirementsDefinitionDmnXmlById", "Get DMN XML by ID", All, xml),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &DECISION_REQUIREMENTS)
}

fn count(call: &Call) -> Answer {
    query::count(call, &DECISION_REQUIREMENTS)
}

/// The definition that the path means: by id, or the newest of a key.
fn entry(call: &Call) -> Result<Entry, Fault> {
    let unknown = |id: &str| format!("No matching decision requirements definition with id '{id}'");
    query::definition(
        call,
        &DECISION_REQUIREMENTS,
        "decision requirements definition",
        unknown,
    )
}

fn get(call: &Call) -> Answer {
    Ok(Json::Object(entry(call)?).into())
}

/// None has a picture deployed with it.
fn diagram(call: &Call) -> Answer {
    entry(call)?;
    Ok(Reply::None)
}

fn xml(call: &Call) -> Answer {
    let entry = entry(call)?;
    let id = entry.get("id").and_then(Json::as_str).unwrap_or_default();
    let xml = call.desk.requirements_xml(&call.caller, id)?;
    Ok(json!({ "id": id, "dmnXml": xml }).into())
}
