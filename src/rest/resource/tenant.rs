//! `Tenant`: a desk is one team's, so that there are none.

use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::{All, May};
use crate::rest::operation::Method::{Delete, Get, Options, Post, Put};
use crate::rest::operation::{Group, absent, run};
use crate::rest::query::{none, nothing};
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Tenant",
    operations: &[
        run(Get, "/tenant", "queryTenants", "Get Tenants", All, nothing),
        run(Options, "/tenant", "availableTenantResourceOperations", "Tenant Resource Options", All, options),
        run(Get, "/tenant/count", "getTenantCount", "Get Tenant Count", All, none),
        absent(Post, "/tenant/create", "createTenant", "Create Tenant", "a desk is one team's and has no tenants; open a desk of its own for each (crewdesk --db FILE serve)"),
        run(Delete, "/tenant/{id}", "deleteTenant", "Delete Tenant", May(Of::Operate), gone),
        run(Get, "/tenant/{id}", "getTenant", "Get Tenant", All, get),
        run(Options, "/tenant/{id}", "availableTenantInstanceOperations", "Tenant Resource Options", All, options_of_one),
        run(Put, "/tenant/{id}", "updateTenant", "Update Tenant", May(Of::Operate), get),
        run(Options, "/tenant/{id}/group-members", "availableTenantGroupMembersOperations", "Tenant Group Membership Resource Options", All, options_of_members),
        run(Delete, "/tenant/{id}/group-members/{groupId}", "deleteGroupMembership", "Create Tenant Group Membership", May(Of::Operate), gone),
        run(Put, "/tenant/{id}/group-members/{groupId}", "createGroupMembership", "Create Tenant Group Membership", May(Of::Operate), join),
        run(Options, "/tenant/{id}/user-members", "availableTenantUserMembersOperations", "Tenant User Membership Resource Options", All, options_of_members),
        run(Delete, "/tenant/{id}/user-members/{userId}", "deleteUserMembership", "Delete a Tenant User Membership", May(Of::Operate), gone),
        run(Put, "/tenant/{id}/user-members/{userId}", "createUserMembership", "Create Tenant User Membership", May(Of::Operate), join),
    ],
};

fn options(call: &Call) -> Answer {
    let link = |path: &str, rel: &str| json!({ "method": "GET", "href": format!("{}{path}", call.base), "rel": rel });
    Ok(json!({ "links": [link("/tenant", "list"), link("/tenant/count", "count")] }).into())
}

/// What can be asked of one, were it there.
fn options_of_one(call: &Call) -> Answer {
    let href = format!("{}/tenant/{}", call.base, call.param("id"));
    Ok(json!({ "links": [{ "method": "GET", "href": href, "rel": "self" }] }).into())
}

fn options_of_members(_: &Call) -> Answer {
    Ok(json!({ "links": [] }).into())
}

/// Of what is not there Camunda says nothing.
fn gone(_: &Call) -> Answer {
    Ok(Reply::None)
}

fn join(call: &Call) -> Answer {
    let id = call.param("id");
    Err(Fault::new(
        500,
        "NullValueException",
        format!("No tenant found with id '{id}'.: tenant is null"),
    ))
}

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    Err(Fault::not_found(format!(
        "Tenant with id {id} does not exist"
    )))
}
