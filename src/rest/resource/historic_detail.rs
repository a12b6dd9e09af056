//! `Historic Detail`.

use crate::desk::listing::HISTORIC_DETAIL;
use crate::rest::call::Call;
use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault};
use crate::rest::variables::bytes;
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Detail",
    operations: &[
        run(Get, "/history/detail", "getHistoricDetails", "Get Historic Details", Team, list),
        run(Post, "/history/detail", "queryHistoricDetails", "Get Historic Details (POST)", Team, list),
        run(Get, "/history/detail/count", "getHistoricDetailsCount", "Get Historic Detail Count", Team, count),
        run(Get, "/history/detail/{id}", "historicDetail", "Get Historic Detail", Team, get),
        run(Get, "/history/detail/{id}/data", "historicDetailBinary", "Get Historic Detail (Binary)", Team, data),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &HISTORIC_DETAIL)
}

fn count(call: &Call) -> Answer {
    query::count(call, &HISTORIC_DETAIL)
}

fn missing(id: &str) -> Fault {
    Fault::not_found(format!("Historic detail with Id '{id}' does not exist."))
}

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    let found = query::logged(call, &HISTORIC_DETAIL, id)?;
    Ok(Json::Object(found.ok_or_else(|| missing(id))?).into())
}

fn data(call: &Call) -> Answer {
    let id = call.param("id");
    let found = query::value(call, &HISTORIC_DETAIL, id)?;
    bytes(found.ok_or_else(|| missing(id))?, id)
}
