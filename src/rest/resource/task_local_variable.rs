//! `Task Local Variable`.

use crate::desk::variables::Scope;
use crate::rest::call::Call;
use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, run};
use crate::rest::reply::Answer;
use crate::rest::variables as scoped;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Task Local Variable",
    operations: &[
        run(Get, "/task/{id}/localVariables", "getTaskLocalVariables", "Get Local Task Variables", Team, variables),
        run(Post, "/task/{id}/localVariables", "modifyTaskLocalVariables", "Update/Delete Local Task Variables", Team, change_variables),
        run(Delete, "/task/{id}/localVariables/{varName}", "deleteTaskLocalVariable", "Delete Local Task Variable", Team, delete_variable),
        run(Get, "/task/{id}/localVariables/{varName}", "getTaskLocalVariable", "Get Local Task Variable", Team, get_variable),
        run(Put, "/task/{id}/localVariables/{varName}", "putTaskLocalVariable", "Update Local Task Variable", Team, set_variable),
        run(Get, "/task/{id}/localVariables/{varName}/data", "getTaskLocalVariableBinary", "Get Local Task Variable (Binary)", Team, variable_data),
        run(Post, "/task/{id}/localVariables/{varName}/data", "setBinaryTaskLocalVariable", "Update Local Task Variable (Binary)", Team, set_variable_data),
    ],
};

fn scope(call: &Call) -> Scope<'_> {
    Scope::Task(call.param("id"))
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
