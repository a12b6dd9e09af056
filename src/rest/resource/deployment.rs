//! `Deployment`.

use super::process_instance::skipped;
use crate::desk::deploy::DeployOptions;
use crate::desk::listing::{
    DECISION_DEFINITION, DECISION_REQUIREMENTS, DEPLOYMENT, DEPLOYMENT_RESOURCE, Entry, Given,
    ListQuery, Listing, PROCESS_DEFINITION,
};
use crate::desk::permission::Operation as Of;
use crate::desk::view::Deployment;
use crate::rest::call::Call;
use crate::rest::multipart;
use crate::rest::operation::Access::{All, May};
use crate::rest::operation::Method::{Delete, Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use crate::value::time;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Deployment",
    operations: &[
        run(Get, "/deployment", "getDeployments", "Get List", All, list),
        run(Get, "/deployment/count", "getDeploymentsCount", "Get List Count", All, count),
        run(Post, "/deployment/create", "createDeployment", "Create", May(Of::Deploy), create),
        run(Get, "/deployment/registered", "getRegisteredDeployments", "Get Registered Deployments", May(Of::Operate), registered),
        run(Delete, "/deployment/{id}", "deleteDeployment", "Delete", May(Of::Deploy), delete),
        run(Get, "/deployment/{id}", "getDeployment", "Get", All, get),
        run(Post, "/deployment/{id}/redeploy", "redeploy", "Redeploy", May(Of::Deploy), redeploy),
        run(Get, "/deployment/{id}/resources", "getDeploymentResources", "Get Resources", All, resources),
        run(Get, "/deployment/{id}/resources/{resourceId}", "getDeploymentResource", "Get Resource", All, resource),
        run(Get, "/deployment/{id}/resources/{resourceId}/data", "getDeploymentResourceData", "Get Resource (Binary)", All, data),
    ],
};

fn create(call: &Call) -> Answer {
    let kind = call.content_type.as_deref().unwrap_or_default();
    let (mut name, mut files) = (None, Vec::new());
    let (mut filtered, mut changed_only) = (false, false);
    let (mut activate_at, mut source) = (None, None);
    for part in multipart::parts(kind, &call.body)? {
        match (part.name.as_str(), &part.filename) {
            ("deployment-name", _) => name = Some(part.text()).filter(|name| !name.is_empty()),
            ("enable-duplicate-filtering", _) => {
                filtered = part.text().eq_ignore_ascii_case("true");
            }
            ("deploy-changed-only", _) => {
                changed_only = part.text().eq_ignore_ascii_case("true");
            }
            ("deployment-activation-time", _) if !part.bytes.is_empty() => {
                activate_at = Some(activation(&part.text())?);
            }
            ("deployment-source", _) => source = Some(part.text()).filter(|s| !s.is_empty()),
            ("tenant-id" | "deployment-activation-time", _) => {}
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
    let shown_as = (name.clone(), source.clone());
    let made = call.desk.deploy_as(
        &call.caller,
        DeployOptions {
            activate_at,
            name,
            always: !filtered && !changed_only,
            together: !changed_only,
            source,
            by_name: true,
            ..DeployOptions::default()
        },
        files,
    )?;
    shown(call, &made, shown_as)
}

/// When the processes of a deployment are to start instances.
fn activation(text: &str) -> Result<DateTime<Utc>, Fault> {
    let at = time::instant(text.trim());
    at.ok_or_else(|| {
        Fault::invalid(format!(
            "Cannot parse 'deployment-activation-time': '{text}' is no date such as 2013-01-23T14:42:45.000+0200"
        ))
    })
}

fn delete(call: &Call) -> Answer {
    let id = call.param("id");
    let missing = || Fault::not_found(format!("Deployment with id '{id}' do not exist"));
    query::find(call, &DEPLOYMENT, id)?.ok_or_else(missing)?;
    let cascade = call.query_flag("cascade")?.unwrap_or(false);
    let skip = skipped(|name| call.query_flag(name))?;
    call.desk
        .delete_deployment(&call.caller, id, cascade, skip)?;
    Ok(Reply::None)
}

fn redeploy(call: &Call) -> Answer {
    let (id, body) = (call.param("id"), call.object()?);
    let missing = || Fault::not_found(format!("Deployment with id '{id}' does not exist"));
    let found = query::find(call, &DEPLOYMENT, id)?.ok_or_else(missing)?;
    let list = |name: &str| Ok::<_, Fault>(body.texts(name)?.unwrap_or_default());
    let (ids, names) = (list("resourceIds")?, list("resourceNames")?);
    let made = call.desk.redeploy(&call.caller, id, &ids, &names);
    let made = made.map_err(|error| {
        let fault = Fault::from(error);
        let status = fault.status;
        fault.wrapped(status, &format!("Cannot redeploy deployment '{id}'"))
    })?;
    let said = |what: &str| found.get(what).and_then(Json::as_str).map(str::to_owned);
    shown(call, &made, (said("name"), said("source")))
}

/// A deployment with what it defined.
fn shown(
    call: &Call,
    made: &Deployment,
    (name, source): (Option<String>, Option<String>),
) -> Answer {
    let processes = match made.deployed_process_definitions.is_empty() {
        true => Map::new(),
        false => defined(call, &PROCESS_DEFINITION, &made.id)?,
    };
    let (mut decisions, mut requirements) = (Map::new(), Map::new());
    if !made.deployed_decision_definitions.is_empty() {
        decisions = defined(call, &DECISION_DEFINITION, &made.id)?;
        requirements = defined(call, &DECISION_REQUIREMENTS, &made.id)?;
    }
    let some = |map: Map<String, Json>| match map.is_empty() {
        true => Json::Null,
        false => Json::Object(map),
    };
    let link = format!("{}/deployment/{}", call.base, made.id);
    Ok(json!({
        "links": [{ "method": "GET", "href": link, "rel": "self" }],
        "id": made.id,
        "name": name,
        "source": source,
        "deploymentTime": time::camunda(made.deployment_time),
        "tenantId": null,
        "deployedProcessDefinitions": some(processes),
        "deployedDecisionDefinitions": some(decisions),
        "deployedDecisionRequirementsDefinitions": some(requirements),
        "deployedCaseDefinitions": null,
    })
    .into())
}

/// What a deployment defined, by id.
fn defined(
    call: &Call,
    listing: &'static Listing,
    deployment: &str,
) -> Result<Map<String, Json>, Fault> {
    let mut asked = ListQuery::default();
    let of = Given::Text(deployment.to_owned());
    query::also(&mut asked, listing, "deploymentId", of);
    let found = query::entries(call, listing, asked)?.into_iter();
    let by_id = |entry: Entry| {
        let id = entry.get("id")?.as_str()?.to_owned();
        Some((id, Json::Object(entry)))
    };
    Ok(found.filter_map(by_id).collect())
}

fn list(call: &Call) -> Answer {
    query::linked(call, &DEPLOYMENT)
}

fn count(call: &Call) -> Answer {
    query::count(call, &DEPLOYMENT)
}

/// All of them: each is known to the one engine that there is.
fn registered(call: &Call) -> Answer {
    let found = query::entries(call, &DEPLOYMENT, ListQuery::default())?;
    let ids = found.into_iter().filter_map(|mut entry| entry.remove("id"));
    Ok(Json::Array(ids.collect()).into())
}

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    let missing = || Fault::not_found(format!("Deployment with id '{id}' does not exist"));
    let mut found = query::find(call, &DEPLOYMENT, id)?.ok_or_else(missing)?;
    found.insert("links".to_owned(), Json::Array(Vec::new()));
    Ok(Json::Object(found).into())
}

fn files(call: &Call) -> Result<Vec<Entry>, Fault> {
    let mut asked = ListQuery::default();
    let id = Given::Text(call.param("id").to_owned());
    query::also(&mut asked, &DEPLOYMENT_RESOURCE, "deployment", id);
    query::entries(call, &DEPLOYMENT_RESOURCE, asked)
}

fn resources(call: &Call) -> Answer {
    let found = files(call)?;
    if found.is_empty() {
        return Err(Fault::not_found(format!(
            "Deployment resources for deployment id '{}' do not exist.",
            call.param("id")
        )));
    }
    let found = found.into_iter().map(Json::Object);
    Ok(Json::Array(found.collect()).into())
}

fn resource(call: &Call) -> Answer {
    let resource = call.param("resourceId");
    let mut found = files(call)?.into_iter();
    let found = found.find(|entry| entry.get("id").and_then(Json::as_str) == Some(resource));
    let found = found.ok_or_else(|| {
        Fault::not_found(format!(
            "Deployment resource with resource id '{resource}' for deployment id '{}' does not exist.",
            call.param("id")
        ))
    })?;
    Ok(Json::Object(found).into())
}

fn data(call: &Call) -> Answer {
    let (id, resource) = (call.param("id"), call.param("resourceId"));
    let found = call.desk.deployed_file(&call.caller, id, resource)?;
    let (name, bytes) = found.ok_or_else(|| {
        Fault::not_found(format!(
            "Deployment resource '{resource}' for deployment id '{id}' does not exist."
        ))
    })?;
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let content_type = match ending {
        "bpmn" | "dmn" | "cmmn" | "xml" => "application/xml",
        "json" | "form" => "application/json",
        "txt" => "text/plain",
        "html" | "htm" => "text/html",
        _ => "application/octet-stream",
    };
    Ok(Reply::Bytes {
        content_type: content_type.to_owned(),
        filename: name.rsplit('/').next().map(str::to_owned),
        bytes,
    })
}
