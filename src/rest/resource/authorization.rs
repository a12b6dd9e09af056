//! `Authorization`: what people may do are their roles, so that there are none.

use crate::desk::listing::TASK;
use crate::desk::permission::Operation as Of;
use crate::desk::view::Role;
use crate::rest::call::Call;
use crate::rest::operation::Access::{May, Team};
use crate::rest::operation::Method::{Delete, Get, Options, Post, Put};
use crate::rest::operation::{Group, absent, run};
use crate::rest::query::{none, nothing};
use crate::rest::reply::{Answer, Fault};
use serde_json::json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Authorization",
    operations: &[
        run(Get, "/authorization", "queryAuthorizations", "Get Authorizations", May(Of::Operate), nothing),
        run(Options, "/authorization", "availableOperationsAuthorization", "Authorization Resource Options", Team, options),
        run(Get, "/authorization/check", "isUserAuthorized", "Perform an Authorization Check", Team, check),
        run(Get, "/authorization/count", "getAuthorizationCount", "Get Authorization Count", May(Of::Operate), none),
        absent(Post, "/authorization/create", "createAuthorization", "Create a New Authorization", "what people may do are their roles, head, employee and worker, and no authorizations beside them; give somebody a role by PUT /crewdesk/users/{id}, processes their starters by camunda:candidateStarterGroups, connections their groups"),
        run(Delete, "/authorization/{id}", "deleteAuthorization", "Delete Authorization", May(Of::Operate), missing),
        run(Get, "/authorization/{id}", "getAuthorization", "Get Authorization", May(Of::Operate), missing),
        run(Options, "/authorization/{id}", "availableOperationsAuthorizationInstance", "Authorization Resource Options", May(Of::Operate), options_of_one),
        run(Put, "/authorization/{id}", "updateAuthorization", "Update an Authorization", May(Of::Operate), missing),
    ],
};

/// What an employee may do by the type of a resource, whatever the resource; tasks are looked
/// at one by one.
const EMPLOYEE: &[(i64, &[&str])] = &[
    (1, &["READ"]),
    (2, &["READ"]),
    (5, &["READ", "CREATE"]),
    (6, &["READ"]),
];
/// Camunda's number of tasks.
const TASKS: i64 = 7;
/// The types that Camunda has.
const TYPES: std::ops::RangeInclusive<i64> = 0..=21;

fn check(call: &Call) -> Answer {
    let need = |name: &str| {
        let given = call.query(name).filter(|text| !text.is_empty());
        given.ok_or_else(|| Fault::invalid(format!("Query parameter '{name}' cannot be null")))
    };
    let permission = need("permissionName")?;
    let resource = need("resourceName")?;
    let kind = need("resourceType")?;
    let number = kind.parse::<i64>().ok().filter(|n| TYPES.contains(n));
    let number = number.ok_or_else(|| {
        Fault::bad_user_request(format!(
            "The resource type '{kind}' is not one that can be checked"
        ))
    })?;
    let id = call.query("resourceId").filter(|id| !id.is_empty());
    let caller = call.user.as_ref();
    if let Some(other) = call.query("userId")
        && caller.is_some_and(|user| user.id != other && user.role != Role::Head)
    {
        return Err(crate::desk::DeskError::Forbidden(
            "only a team head asks what others may do".to_owned(),
        )
        .into());
    }
    let asked = match call.query("userId") {
        Some(other) => {
            let users = call.desk.users(&call.caller)?;
            let found = users.into_iter().find(|user| user.id == other);
            Some(found.ok_or_else(|| Fault::invalid(format!("user {other} does not exist")))?)
        }
        None => caller.cloned(),
    };
    let asked = asked.ok_or_else(|| {
        Fault::new(
            401,
            "InvalidRequestException",
            "No current authentication found.",
        )
    })?;
    let authorized = match asked.role {
        Role::Head => true,
        Role::Worker => false,
        Role::Employee if number == TASKS => {
            let named = matches!(
                permission,
                "READ" | "UPDATE" | "TASK_WORK" | "UPDATE_VARIABLE"
            );
            let as_asked = crate::desk::Caller::User(asked.id.clone());
            match id.filter(|id| named && *id != "*") {
                Some(id) => call.desk.find(&as_asked, &TASK, id)?.is_some(),
                None => false,
            }
        }
        Role::Employee => EMPLOYEE
            .iter()
            .any(|(kind, names)| *kind == number && names.contains(&permission)),
    };
    Ok(json!({
        "permissionName": permission,
        "resourceName": resource,
        "resourceId": id,
        "authorized": authorized,
    })
    .into())
}

fn options(call: &Call) -> Answer {
    let href = format!("{}/authorization/check", call.base);
    Ok(json!({ "links": [{ "method": "GET", "href": href, "rel": "check" }] }).into())
}

/// What can be asked of one, were it there.
fn options_of_one(call: &Call) -> Answer {
    let href = format!("{}/authorization/{}", call.base, call.param("id"));
    Ok(json!({ "links": [{ "method": "GET", "href": href, "rel": "self" }] }).into())
}

/// What people may do are their roles: there is no authorization.
fn missing(call: &Call) -> Answer {
    Err(Fault::not_found(format!(
        "Authorization with id {} does not exist.",
        call.param("id")
    )))
}
