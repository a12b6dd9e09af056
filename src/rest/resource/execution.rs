//! `Execution`.

use crate::desk::variables::Scope;
use crate::rest::call::Call;
use crate::rest::operation::Access::{All, Operator};
use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, run, todo};
use crate::rest::reply::Answer;
use crate::rest::variables as scoped;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Execution",
    operations: &[
        todo(Get, "/execution", "getExecutions", "Get Executions"),
        todo(Post, "/execution", "queryExecutions", "Get Executions (POST)"),
        todo(Get, "/execution/count", "getExecutionsCount", "Get Execution Count"),
        todo(Post, "/execution/count", "queryExecutionsCount", "Get Execution Count (POST)"),
        todo(Get, "/execution/{id}", "getExecution", "Get Execution"),
        todo(Post, "/execution/{id}/create-incident", "createIncident", "Create Incident"),
        run(Get, "/execution/{id}/localVariables", "getLocalExecutionVariables", "Get Local Execution Variables", All, variables),
        run(Post, "/execution/{id}/localVariables", "modifyLocalExecutionVariables", "Update/Delete Local Execution Variables", Operator, change_variables),
        run(Delete, "/execution/{id}/localVariables/{varName}", "deleteLocalExecutionVariable", "Delete Local Execution Variable", Operator, delete_variable),
        run(Get, "/execution/{id}/localVariables/{varName}", "getLocalExecutionVariable", "Get Local Execution Variable", All, get_variable),
        run(Put, "/execution/{id}/localVariables/{varName}", "putLocalExecutionVariable", "Put Local Execution Variable", Operator, set_variable),
        run(Get, "/execution/{id}/localVariables/{varName}/data", "getLocalExecutionVariableBinary", "Get Local Execution Variable (Binary)", All, variable_data),
        run(Post, "/execution/{id}/localVariables/{varName}/data", "setLocalExecutionVariableBinary", "Post Local Execution Variable (Binary)", Operator, set_variable_data),
        todo(Get, "/execution/{id}/messageSubscriptions/{messageName}", "getMessageEventSubscription", "Get Message Event Subscription"),
        todo(Post, "/execution/{id}/messageSubscriptions/{messageName}/trigger", "triggerEvent", "Trigger Message Event Subscription"),
        todo(Post, "/execution/{id}/signal", "signalExecution", "Trigger Execution"),
    ],
};

fn scope(call: &Call) -> Scope<'_> {
    Scope::Execution(call.param("id"))
}

fn variables(call: &Call) -> Answer {
    scoped::shown(call, scope(call), true)
}

fn change_variables(call: &Call) -> Answer {
    scoped::change(call, scope(call), true)
}

fn get_variable(call: &Call) -> Answer {
    scoped::one(call, scope(call), true)
}

fn set_variable(call: &Call) -> Answer {
    scoped::set(call, scope(call), true)
}

fn delete_variable(call: &Call) -> Answer {
    scoped::delete(call, scope(call), true)
}

fn variable_data(call: &Call) -> Answer {
    scoped::data(call, scope(call), true)
}

fn set_variable_data(call: &Call) -> Answer {
    scoped::set_data(call, scope(call), true)
}
