//! `Task Variable`.

use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, run};
use crate::rest::variables::{self, Task};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Task Variable",
    operations: &[
        run(Get, "/task/{id}/variables", "getTaskVariables", "Get Task Variables", Team, variables::shown::<Task>),
        run(Post, "/task/{id}/variables", "modifyTaskVariables", "Update/Delete Task Variables", Team, variables::change::<Task>),
        run(Delete, "/task/{id}/variables/{varName}", "deleteTaskVariable", "Delete Task Variable", Team, variables::delete::<Task>),
        run(Get, "/task/{id}/variables/{varName}", "getTaskVariable", "Get Task Variable", Team, variables::one::<Task>),
        run(Put, "/task/{id}/variables/{varName}", "putTaskVariable", "Update Task Variable", Team, variables::set::<Task>),
        run(Get, "/task/{id}/variables/{varName}/data", "getTaskVariableBinary", "Get Task Variable (Binary)", Team, variables::data::<Task>),
        run(Post, "/task/{id}/variables/{varName}/data", "setBinaryTaskVariable", "Update Task Variable (Binary)", Team, variables::set_data::<Task>),
    ],
};
