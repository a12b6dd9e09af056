//! `Tenant`: a desk is one team's, so that there are none.

use crate::rest::call::Call;
use crate::rest::operation::Access::All;
use crate::rest::operation::Method::{Delete, Get, Options, Post, Put};
use crate::rest::operation::{Group, run, todo};
use crate::rest::query::{none, nothing};
use crate::rest::reply::{Answer, Fault};
use serde_json::json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Tenant",
    operations: &[
        run(Get, "/tenant", "queryTenants", "Get Tenants", All, nothing),
        run(Options, "/tenant", "availableTenantResourceOperations", "Tenant Resource Options", All, options),
        run(Get, "/tenant/count", "getTenantCount", "Get Tenant Count", All, none),
        todo(Post, "/tenant/create", "createTenant", "Create Tenant"),
        todo(Delete, "/tenant/{id}", "deleteTenant", "Delete Tenant"),
        run(Get, "/tenant/{id}", "getTenant", "Get Tenant", All, get),
        todo(Options, "/tenant/{id}", "availableTenantInstanceOperations", "Tenant Resource Options"),
        todo(Put, "/tenant/{id}", "updateTenant", "Update Tenant"),
        todo(Options, "/tenant/{id}/group-members", "availableTenantGroupMembersOperations", "Tenant Group Membership Resource Options"),
        todo(Delete, "/tenant/{id}/group-members/{groupId}", "deleteGroupMembership", "Create Tenant Group Membership"),
        todo(Put, "/tenant/{id}/group-members/{groupId}", "createGroupMembership", "Create Tenant Group Membership"),
        todo(Options, "/tenant/{id}/user-members", "availableTenantUserMembersOperations", "Tenant User Membership Resource Options"),
        todo(Delete, "/tenant/{id}/user-members/{userId}", "deleteUserMembership", "Delete a Tenant User Membership"),
        todo(Put, "/tenant/{id}/user-members/{userId}", "createUserMembership", "Create Tenant User Membership"),
    ],
};

fn options(call: &Call) -> Answer {
    let link = |path: &str, rel: &str| json!({ "method": "GET", "href": format!("{}{path}", call.base), "rel": rel });
    Ok(json!({ "links": [link("/tenant", "list"), link("/tenant/count", "count")] }).into())
}

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    Err(Fault::not_found(format!(
        "Tenant with id {id} does not exist"
    )))
}
