//! `Incident`.

use crate::desk::listing::INCIDENT;
use crate::rest::call::Call;
use crate::rest::operation::Access::All;
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
        todo(Delete, "/incident/{id}", "resolveIncident", "Resolve Incident"),
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

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    let missing = || Fault::not_found(format!("No matching incident with id {id}"));
    let found = query::find(call, &INCIDENT, id)?.ok_or_else(missing)?;
    Ok(Json::Object(found).into())
}
