//! `Variable Instance`.

use crate::desk::listing::VARIABLE_INSTANCE;
use crate::rest::call::Call;
use crate::rest::operation::Access::All;
use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault};
use crate::rest::variables::bytes;
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Variable Instance",
    operations: &[
        run(Get, "/variable-instance", "getVariableInstances", "Get Variable Instances", All, list),
        run(Post, "/variable-instance", "queryVariableInstances", "Get Variable Instances (POST)", All, list),
        run(Get, "/variable-instance/count", "getVariableInstancesCount", "Get Variable Instance Count", All, count),
        run(Post, "/variable-instance/count", "queryVariableInstancesCount", "Get Variable Instance Count (POST)", All, count),
        run(Get, "/variable-instance/{id}", "getVariableInstance", "Get Variable Instance", All, get),
        run(Get, "/variable-instance/{id}/data", "getVariableInstanceBinary", "Get Variable Instance (Binary)", All, data),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &VARIABLE_INSTANCE)
}

fn count(call: &Call) -> Answer {
    query::count(call, &VARIABLE_INSTANCE)
}

fn missing(id: &str) -> Fault {
    Fault::not_found(format!("Variable instance with Id '{id}' does not exist."))
}

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    let found = query::find(call, &VARIABLE_INSTANCE, id)?;
    Ok(Json::Object(found.ok_or_else(|| missing(id))?).into())
}

fn data(call: &Call) -> Answer {
    let id = call.param("id");
    let found = query::value(call, &VARIABLE_INSTANCE, id)?;
    bytes(found.ok_or_else(|| missing(id))?, id)
}
