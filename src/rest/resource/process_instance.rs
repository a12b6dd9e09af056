//! `Process Instance`.

use crate::desk::listing::PROCESS_INSTANCE;
use crate::desk::variables::Scope;
use crate::rest::call::Call;
use crate::rest::operation::Access::{All, Operator};
use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, run, todo};
use crate::rest::query;
use crate::rest::reply::Answer;
use crate::rest::variables as scoped;
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Process Instance",
    operations: &[
        run(Get, "/process-instance", "getProcessInstances", "Get List", All, list),
        run(Post, "/process-instance", "queryProcessInstances", "Get List (POST)", All, list),
        run(Get, "/process-instance/count", "getProcessInstancesCount", "Get List Count", All, count),
        run(Post, "/process-instance/count", "queryProcessInstancesCount", "Get List Count (POST)", All, count),
        todo(Post, "/process-instance/delete", "deleteProcessInstancesAsyncOperation", "Delete Async (POST)"),
        todo(Post, "/process-instance/delete-historic-query-based", "deleteAsyncHistoricQueryBased", "Delete Async Historic Query Based (POST)"),
        todo(Post, "/process-instance/job-retries", "setRetriesByProcess", "Set Job Retries Async (POST)"),
        todo(Post, "/process-instance/job-retries-historic-query-based", "setRetriesByProcessHistoricQueryBased", "Set Job Retries Async Historic Query Based (POST)"),
        todo(Post, "/process-instance/message-async", "correlateMessageAsyncOperation", "Correlate Message Async (POST)"),
        todo(Put, "/process-instance/suspended", "updateSuspensionState", "Activate/Suspend In Group"),
        todo(Post, "/process-instance/suspended-async", "updateSuspensionStateAsyncOperation", "Activate/Suspend In Batch"),
        todo(Post, "/process-instance/variables-async", "setVariablesAsyncOperation", "Set Variables Async (POST)"),
        todo(Delete, "/process-instance/{id}", "deleteProcessInstance", "Delete"),
        run(Get, "/process-instance/{id}", "getProcessInstance", "Get Process Instance", All, get),
        todo(Get, "/process-instance/{id}/activity-instances", "getActivityInstanceTree", "Get Activity Instance"),
        todo(Post, "/process-instance/{id}/modification", "modifyProcessInstance", "Modify Process Instance Execution State"),
        todo(Post, "/process-instance/{id}/modification-async", "modifyProcessInstanceAsyncOperation", "Modify Process Instance Execution State Async"),
        todo(Put, "/process-instance/{id}/suspended", "updateSuspensionStateById", "Activate/Suspend Process Instance By Id"),
        run(Get, "/process-instance/{id}/variables", "getProcessInstanceVariables", "Get Process Variables", All, variables),
        run(Post, "/process-instance/{id}/variables", "modifyProcessInstanceVariables", "Update/Delete Process Variables", Operator, change_variables),
        run(Delete, "/process-instance/{id}/variables/{varName}", "deleteProcessInstanceVariable", "Delete Process Variable", Operator, delete_variable),
        run(Get, "/process-instance/{id}/variables/{varName}", "getProcessInstanceVariable", "Get Process Variable", All, get_variable),
        run(Put, "/process-instance/{id}/variables/{varName}", "setProcessInstanceVariable", "Update Process Variable", Operator, set_variable),
        run(Get, "/process-instance/{id}/variables/{varName}/data", "getProcessInstanceVariableBinary", "Get Process Variable (Binary)", All, variable_data),
        run(Post, "/process-instance/{id}/variables/{varName}/data", "setProcessInstanceVariableBinary", "Update Process Variable (Binary)", Operator, set_variable_data),
    ],
};

fn get(call: &Call) -> Answer {
    let mut found = query::get(call, &PROCESS_INSTANCE, call.param("id"))?;
    found.insert("links".to_owned(), Json::Array(Vec::new()));
    Ok(Json::Object(found).into())
}

fn scope(call: &Call) -> Scope<'_> {
    Scope::Instance(call.param("id"))
}

fn variables(call: &Call) -> Answer {
    scoped::shown(call, scope(call), false)
}

fn change_variables(call: &Call) -> Answer {
    scoped::change(call, scope(call), false)
}

fn get_variable(call: &Call) -> Answer {
    scoped::one(call, scope(call), false)
}

fn set_variable(call: &Call) -> Answer {
    scoped::set(call, scope(call), false)
}

fn delete_variable(call: &Call) -> Answer {
    scoped::delete(call, scope(call), false)
}

fn variable_data(call: &Call) -> Answer {
    scoped::data(call, scope(call), false)
}

fn set_variable_data(call: &Call) -> Answer {
    scoped::set_data(call, scope(call), false)
}

fn list(call: &Call) -> Answer {
    query::linked(call, &PROCESS_INSTANCE)
}

fn count(call: &Call) -> Answer {
    query::count(call, &PROCESS_INSTANCE)
}
