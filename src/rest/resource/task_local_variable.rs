//! `Task Local Variable`.

use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Task Local Variable",
    operations: &[
        todo(Get, "/task/{id}/localVariables", "getTaskLocalVariables", "Get Local Task Variables"),
        todo(Post, "/task/{id}/localVariables", "modifyTaskLocalVariables", "Update/Delete Local Task Variables"),
        todo(Delete, "/task/{id}/localVariables/{varName}", "deleteTaskLocalVariable", "Delete Local Task Variable"),
        todo(Get, "/task/{id}/localVariables/{varName}", "getTaskLocalVariable", "Get Local Task Variable"),
        todo(Put, "/task/{id}/localVariables/{varName}", "putTaskLocalVariable", "Update Local Task Variable"),
        todo(Get, "/task/{id}/localVariables/{varName}/data", "getTaskLocalVariableBinary", "Get Local Task Variable (Binary)"),
        todo(Post, "/task/{id}/localVariables/{varName}/data", "setBinaryTaskLocalVariable", "Update Local Task Variable (Binary)"),
    ],
};
