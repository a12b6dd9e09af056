//! `Deployment`.

use crate::desk::deploy::DeployOptions;
use crate::rest::call::Call;
use crate::rest::multipart;
use crate::rest::operation::Access::Head;
use crate::rest::operation::Method::{Delete, Get, Post};
use crate::rest::operation::{Group, run, todo};
use crate::rest::reply::{Answer, Fault};
use crate::value::time;
use serde_json::{Map, Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Deployment",
    operations: &[
        todo(Get, "/deployment", "getDeployments", "Get List"),
        todo(Get, "/deployment/count", "getDeploymentsCount", "Get List Count"),
        run(Post, "/deployment/create", "createDeployment", "Create", Head, create),
        todo(Get, "/deployment/registered", "getRegisteredDeployments", "Get Registered Deployments"),
        todo(Delete, "/deployment/{id}", "deleteDeployment", "Delete"),
        todo(Get, "/deployment/{id}", "getDeployment", "Get"),
        todo(Post, "/deployment/{id}/redeploy", "redeploy", "Redeploy"),
        todo(Get, "/deployment/{id}/resources", "getDeploymentResources", "Get Resources"),
        todo(Get, "/deployment/{id}/resources/{resourceId}", "getDeploymentResource", "Get Resource"),
        todo(Get, "/deployment/{id}/resources/{resourceId}/data", "getDeploymentResourceData", "Get Resource (Binary)"),
    ],
};

fn create(call: &Call) -> Answer {
    let kind = call.content_type.as_deref().unwrap_or_default();
    let (mut name, mut filtered, mut files) = (None, false, Vec::new());
    for part in multipart::parts(kind, &call.body)? {
        match (part.name.as_str(), &part.filename) {
            ("deployment-name", _) => name = Some(part.text()).filter(|name| !name.is_empty()),
            ("enable-duplicate-filtering" | "deploy-changed-only", _) => {
                filtered |= part.text() == "true";
            }
            ("deployment-source" | "tenant-id" | "deployment-activation-time", _) => {}
            (_, Some(file)) => files.push((file.clone(), part.bytes)),
            (_, None) => {
                return Err(Fault::invalid(format!(
                    "No file name found in the deployment resource described by form parameter '{}'.",
                    part.name
                )));
            }
        }
    }
    if files.is_empty() {
        return Err(Fault::invalid(
            "No deployment resources contained in the form upload.",
        ));
    }
    let shown = name.clone();
    let made = call.desk.deploy_as(
        &call.caller,
        DeployOptions {
            name,
            always: !filtered,
            ..DeployOptions::default()
        },
        files,
    )?;
    let mut processes = Map::new();
    for definition in &made.deployed_process_definitions {
        processes.insert(
            definition.id.clone(),
            json!({
                "id": definition.id,
                "key": definition.key,
                "category": null,
                "description": definition.description,
                "name": definition.name,
                "version": definition.version,
                "resource": definition.resource,
                "deploymentId": definition.deployment_id,
                "diagram": null,
                "suspended": definition.suspended,
                "tenantId": null,
                "versionTag": definition.version_tag,
                "historyTimeToLive": null,
                "startableInTasklist": true,
            }),
        );
    }
    let mut decisions = Map::new();
    for decision in &made.deployed_decision_definitions {
        decisions.insert(
            decision.id.clone(),
            json!({
                "id": decision.id,
                "key": decision.key,
                "category": null,
                "name": decision.name,
                "version": decision.version,
                "resource": null,
                "deploymentId": made.id,
                "tenantId": null,
                "decisionRequirementsDefinitionId": null,
                "decisionRequirementsDefinitionKey": null,
                "historyTimeToLive": null,
                "versionTag": null,
            }),
        );
    }
    let some = |map: Map<String, Json>| match map.is_empty() {
        true => Json::Null,
        false => Json::Object(map),
    };
    let link = format!("{}/deployment/{}", call.base, made.id);
    Ok(json!({
        "links": [{ "method": "GET", "href": link, "rel": "self" }],
        "id": made.id,
        "name": shown,
        "source": null,
        "deploymentTime": time::camunda(made.deployment_time),
        "tenantId": null,
        "deployedProcessDefinitions": some(processes),
        "deployedDecisionDefinitions": some(decisions),
        "deployedDecisionRequirementsDefinitions": null,
        "deployedCaseDefinitions": null,
    })
    .into())
}
