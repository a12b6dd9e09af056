//! `Historic Process Instance`.

use crate::desk::DeskError;
use crate::desk::listing::HISTORIC_PROCESS_INSTANCE;
use crate::rest::call::Call;
use crate::rest::operation::Access::{Head, Team};
use crate::rest::operation::Method::{Delete, Get, Post};
use crate::rest::operation::{Group, run, todo};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Process Instance",
    operations: &[
        run(Get, "/history/process-instance", "getHistoricProcessInstances", "Get List", Team, list),
        run(Post, "/history/process-instance", "queryHistoricProcessInstances", "Get List (POST)", Team, list),
        run(Get, "/history/process-instance/count", "getHistoricProcessInstancesCount", "Get List Count", Team, count),
        run(Post, "/history/process-instance/count", "queryHistoricProcessInstancesCount", "Get List Count (POST)", Team, count),
        todo(Post, "/history/process-instance/delete", "deleteHistoricProcessInstancesAsync", "Delete Async (POST)"),
        todo(Get, "/history/process-instance/report", "getHistoricProcessInstanceDurationReport", "Get Duration Report"),
        todo(Post, "/history/process-instance/set-removal-time", "setRemovalTimeAsync", "Set Removal Time Async (POST)"),
        run(Delete, "/history/process-instance/{id}", "deleteHistoricProcessInstance", "Delete", Head, delete),
        run(Get, "/history/process-instance/{id}", "getHistoricProcessInstance", "Get", Team, get),
        todo(Delete, "/history/process-instance/{id}/variable-instances", "deleteHistoricVariableInstancesOfHistoricProcessInstance", "Delete Variable Instances"),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &HISTORIC_PROCESS_INSTANCE)
}

fn count(call: &Call) -> Answer {
    query::count(call, &HISTORIC_PROCESS_INSTANCE)
}

fn delete(call: &Call) -> Answer {
    let id = call.param("id");
    let quiet = call.query_flag("failIfNotExists")? == Some(false);
    match call.desk.delete_history(&call.caller, id) {
        Err(DeskError::NotFound(_)) if quiet => Ok(Reply::None),
        Err(DeskError::Conflict(why)) => Err(Fault::bad_user_request(why)),
        answer => {
            answer?;
            Ok(Reply::None)
        }
    }
}

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    let found = query::get(call, &HISTORIC_PROCESS_INSTANCE, id)?;
    Ok(Json::Object(found).into())
}
