//! `Task Variable`.

use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Task Variable",
    operations: &[
        todo(Get, "/task/{id}/variables", "getTaskVariables", "Get Task Variables"),
        todo(Post, "/task/{id}/variables", "modifyTaskVariables", "Update/Delete Task Variables"),
        todo(Delete, "/task/{id}/variables/{varName}", "deleteTaskVariable", "Delete Task Variable"),
        todo(Get, "/task/{id}/variables/{varName}", "getTaskVariable", "Get Task Variable"),
        todo(Put, "/task/{id}/variables/{varName}", "putTaskVariable", "Update Task Variable"),
        todo(Get, "/task/{id}/variables/{varName}/data", "getTaskVariableBinary", "Get Task Variable (Binary)"),
        todo(Post, "/task/{id}/variables/{varName}/data", "setBinaryTaskVariable", "Update Task Variable (Binary)"),
    ],
};
