//! `Execution`.

use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, todo};

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
        todo(Get, "/execution/{id}/localVariables", "getLocalExecutionVariables", "Get Local Execution Variables"),
        todo(Post, "/execution/{id}/localVariables", "modifyLocalExecutionVariables", "Update/Delete Local Execution Variables"),
        todo(Delete, "/execution/{id}/localVariables/{varName}", "deleteLocalExecutionVariable", "Delete Local Execution Variable"),
        todo(Get, "/execution/{id}/localVariables/{varName}", "getLocalExecutionVariable", "Get Local Execution Variable"),
        todo(Put, "/execution/{id}/localVariables/{varName}", "putLocalExecutionVariable", "Put Local Execution Variable"),
        todo(Get, "/execution/{id}/localVariables/{varName}/data", "getLocalExecutionVariableBinary", "Get Local Execution Variable (Binary)"),
        todo(Post, "/execution/{id}/localVariables/{varName}/data", "setLocalExecutionVariableBinary", "Post Local Execution Variable (Binary)"),
        todo(Get, "/execution/{id}/messageSubscriptions/{messageName}", "getMessageEventSubscription", "Get Message Event Subscription"),
        todo(Post, "/execution/{id}/messageSubscriptions/{messageName}/trigger", "triggerEvent", "Trigger Message Event Subscription"),
        todo(Post, "/execution/{id}/signal", "signalExecution", "Trigger Execution"),
    ],
};
