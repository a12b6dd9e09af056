//! `Tenant`.

use crate::rest::operation::Method::{Delete, Get, Options, Post, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Tenant",
    operations: &[
        todo(Get, "/tenant", "queryTenants", "Get Tenants"),
        todo(Options, "/tenant", "availableTenantResourceOperations", "Tenant Resource Options"),
        todo(Get, "/tenant/count", "getTenantCount", "Get Tenant Count"),
        todo(Post, "/tenant/create", "createTenant", "Create Tenant"),
        todo(Delete, "/tenant/{id}", "deleteTenant", "Delete Tenant"),
        todo(Get, "/tenant/{id}", "getTenant", "Get Tenant"),
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
