//! `Historic Activity Instance`.

use crate::desk::listing::HISTORIC_ACTIVITY;
use crate::rest::call::Call;
use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault};
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Activity Instance",
    operations: &[
        run(Get, "/history/activity-instance", "getHistoricActivityInstances", "Get List", Team, list),
        run(Post, "/history/activity-instance", "queryHistoricActivityInstances", "Get List (POST)", Team, list),
        run(Get, "/history/activity-instance/count", "getHistoricActivityInstancesCount", "Get List Count", Team, count),
        run(Post, "/history/activity-instance/count", "queryHistoricActivityInstancesCount", "Get List Count (POST)", Team, count),
        run(Get, "/history/activity-instance/{id}", "getHistoricActivityInstance", "Get", Team, get),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &HISTORIC_ACTIVITY)
}

fn count(call: &Call) -> Answer {
    query::count(call, &HISTORIC_ACTIVITY)
}

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    let found = query::find(call, &HISTORIC_ACTIVITY, id)?.ok_or_else(|| {
        Fault::not_found(format!(
            "Historic activity instance with id '{id}' does not exist"
        ))
    })?;
    Ok(Json::Object(found).into())
}
