//! `Incident`.

use crate::desk::listing::INCIDENT;
use crate::rest::call::Call;
use crate::rest::operation::Access::{All, Head};
use crate::rest::operation::Method::{Delete, Get, Put};
use crate::rest::operation::{Group, run, todo};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault};
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Incident",
    operations: &[
        run(Get, "/incident", "getIncidents", "Get List", All, list),
        run(Get, "/incident/count", "getIncidentsCount", "Get List Count", All, count),
        run(Delete, "/incident/{id}", "resolveIncident", "Resolve Incident", Head, resolve),
        run(Get, "/incident/{id}", "getIncident", "Get Incident", All, get),
        todo(Delete, "/incident/{id}/annotation", "clearIncidentAnnotation", "Clear Incident Annotation"),
        todo(Put, "/incident/{id}/annotation", "setIncidentAnnotation", "Set Incident Annotation"),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &INCIDENT)
}

fn count(call: &Call) -> Answer {
    query::count(call, &INCIDENT)
}

/// What failed is resolved by a new try; Camunda resolves other incidents alone.
fn resolve(call: &Call) -> Answer {
    let id = call.param("id");
    let missing = || Fault::not_found(format!("Cannot find an incident with id '{id}'"));
    let found = query::find(call, &INCIDENT, id)?.ok_or_else(missing)?;
    let kind = found.get("incidentType").and_then(Json::as_str);
    Err(Fault::bad_user_request(format!(
        "Cannot resolve an incident of type {}",
        kind.unwrap_or_default()
    )))
}

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    let missing = || Fault::not_found(format!("No matching incident with id {id}"));
    let found = query::find(call, &INCIDENT, id)?.ok_or_else(missing)?;
    Ok(Json::Object(found).into())
}
