//! `Historic Incident`.

use crate::desk::listing::HISTORIC_INCIDENT;
use crate::rest::call::Call;
use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::Answer;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Incident",
    operations: &[
        run(Get, "/history/incident", "getHistoricIncidents", "Get Incidents", Team, list),
        run(Get, "/history/incident/count", "getHistoricIncidentsCount", "Get Incident Count", Team, count),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &HISTORIC_INCIDENT)
}

fn count(call: &Call) -> Answer {
    query::count(call, &HISTORIC_INCIDENT)
}
