//! `Task Local Variable`.

use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, run};
use crate::rest::variables::{self, TaskLocal};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Task Local Variable",
    operations: &[
        run(Get, "/task/{id}/localVariables", "getTaskLocalVariables", "Get Local Task Variables", Team, variables::shown::<TaskLocal>),
        run(Post, "/task/{id}/localVariables", "modifyTaskLocalVariables", "Update/Delete Local Task Variables", Team, variables::change::<TaskLocal>),
        run(Delete, "/task/{id}/localVariables/{varName}", "deleteTaskLocalVariable", "Delete Local Task Variable", Team, variables::delete::<TaskLocal>),
        run(Get, "/task/{id}/localVariables/{varName}", "getTaskLocalVariable", "Get Local Task Variable", Team, variables::one::<TaskLocal>),
        run(Put, "/task/{id}/localVariables/{varName}", "putTaskLocalVariable", "Update Local Task Variable", Team, variables::set::<TaskLocal>),
        run(Get, "/task/{id}/localVariables/{varName}/data", "getTaskLocalVariableBinary", "Get Local Task Variable (Binary)", Team, variables::data::<TaskLocal>),
        run(Post, "/task/{id}/localVariables/{varName}/data", "setBinaryTaskLocalVariable", "Update Local Task Variable (Binary)", Team, variables::set_data::<TaskLocal>),
    ],
};
