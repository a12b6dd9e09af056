//! `Task Variable`.

use crate::desk::variables::Scope;
use crate::rest::call::Call;
use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, run};
use crate::rest::reply::Answer;
use crate::rest::variables as scoped;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Task Variable",
    operations: &[
        run(Get, "/task/{id}/variables", "getTaskVariables", "Get Task Variables", Team, variables),
        run(Post, "/task/{id}/variables", "modifyTaskVariables", "Update/Delete Task Variables", Team, change_variables),
        run(Delete, "/task/{id}/variables/{varName}", "deleteTaskVariable", "Delete Task Variable", Team, delete_variable),
        run(Get, "/task/{id}/variables/{varName}", "getTaskVariable", "Get Task Variable", Team, get_variable),
        run(Put, "/task/{id}/variables/{varName}", "putTaskVariable", "Update Task Variable", Team, set_variable),
        run(Get, "/task/{id}/variables/{varName}/data", "getTaskVariableBinary", "Get Task Variable (Binary)", Team, variable_data),
        run(Post, "/task/{id}/variables/{varName}/data", "setBinaryTaskVariable", "Update Task Variable (Binary)", Team, set_variable_data),
    ],
};

fn scope(call: &Call) -> Scope<'_> {
    Scope::Task(call.param("id"))
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
