//! `Incident`.

use crate::desk::DeskError;
use crate::desk::listing::INCIDENT;
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::{All, May};
use crate::rest::operation::Method::{Delete, Get, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Incident",
    operations: &[
        run(Get, "/incident", "getIncidents", "Get List", All, list),
        run(Get, "/incident/count", "getIncidentsCount", "Get List Count", All, count),
        run(Delete, "/incident/{id}", "resolveIncident", "Resolve Incident", May(Of::Operate), resolve),
        run(Get, "/incident/{id}", "getIncident", "Get Incident", All, get),
        run(Delete, "/incident/{id}/annotation", "clearIncidentAnnotation", "Clear Incident Annotation", May(Of::Operate), clear),
        run(Put, "/incident/{id}/annotation", "setIncidentAnnotation", "Set Incident Annotation", May(Of::Operate), annotate),
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
    let done = call.desk.resolve_incident(&call.caller, call.param("id"));
    done.map_err(|error| match error {
        DeskError::Invalid(message) => Fault::bad_user_request(message),
        error => error.into(),
    })?;
    Ok(Reply::None)
}

fn annotate(call: &Call) -> Answer {
    note(call, call.object()?.text("annotation")?)
}

fn clear(call: &Call) -> Answer {
    note(call, None)
}

fn note(call: &Call, text: Option<String>) -> Answer {
    let id = call.param("id");
    match call.desk.annotate_incident(&call.caller, id, text)? {
        true => Ok(Reply::None),
        false => Err(Fault::bad_user_request("incident is null")),
    }
}

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    let missing = || Fault::not_found(format!("No matching incident with id {id}"));
    let found = query::find(call, &INCIDENT, id)?.ok_or_else(missing)?;
    Ok(Json::Object(found).into())
}
