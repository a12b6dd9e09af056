//! `Historic Incident`.

use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Incident",
    operations: &[
        todo(Get, "/history/incident", "getHistoricIncidents", "Get Incidents"),
        todo(Get, "/history/incident/count", "getHistoricIncidentsCount", "Get Incident Count"),
    ],
};
