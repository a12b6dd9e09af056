//! `Incident`.

use crate::rest::operation::Method::{Delete, Get, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Incident",
    operations: &[
        todo(Get, "/incident", "getIncidents", "Get List"),
        todo(Get, "/incident/count", "getIncidentsCount", "Get List Count"),
        todo(Delete, "/incident/{id}", "resolveIncident", "Resolve Incident"),
        todo(Get, "/incident/{id}", "getIncident", "Get Incident"),
        todo(Delete, "/incident/{id}/annotation", "clearIncidentAnnotation", "Clear Incident Annotation"),
        todo(Put, "/incident/{id}/annotation", "setIncidentAnnotation", "Set Incident Annotation"),
    ],
};
