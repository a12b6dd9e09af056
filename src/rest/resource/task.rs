//! `Task`.

use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Task",
    operations: &[
        todo(Get, "/task", "getTasks", "Get List"),
        todo(Post, "/task", "queryTasks", "Get List (POST)"),
        todo(Get, "/task/count", "getTasksCount", "Get List Count"),
        todo(Post, "/task/count", "queryTasksCount", "Get List Count (POST)"),
        todo(Post, "/task/create", "createTask", "Create"),
        todo(Get, "/task/report/candidate-group-count", "getTaskCountByCandidateGroup", "Get Task Count By Candidate Group"),
        todo(Delete, "/task/{id}", "deleteTask", "Delete"),
        todo(Get, "/task/{id}", "getTask", "Get"),
        todo(Put, "/task/{id}", "updateTask", "Update"),
        todo(Post, "/task/{id}/assignee", "setAssignee", "Set Assignee"),
        todo(Post, "/task/{id}/bpmnError", "handleBpmnError", "Handle BPMN Error"),
        todo(Post, "/task/{id}/bpmnEscalation", "handleEscalation", "Handle BPMN Escalation"),
        todo(Post, "/task/{id}/claim", "claim", "Claim"),
        todo(Post, "/task/{id}/complete", "complete", "Complete"),
        todo(Post, "/task/{id}/delegate", "delegateTask", "Delegate"),
        todo(Get, "/task/{id}/deployed-form", "getDeployedForm", "Get Deployed Form"),
        todo(Get, "/task/{id}/form", "getForm", "Get Form Key"),
        todo(Get, "/task/{id}/form-variables", "getFormVariables", "Get Task Form Variables"),
        todo(Get, "/task/{id}/rendered-form", "getRenderedForm", "Get Rendered Form"),
        todo(Post, "/task/{id}/resolve", "resolve", "Resolve"),
        todo(Post, "/task/{id}/submit-form", "submit", "Submit Form"),
        todo(Post, "/task/{id}/unclaim", "unclaim", "Unclaim"),
    ],
};
