//! `Group`.

use crate::rest::operation::Method::{Delete, Get, Options, Post, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Group",
    operations: &[
        todo(Get, "/group", "getQueryGroups", "Get List"),
        todo(Options, "/group", "availableGroupOperations", "Group Resource Options"),
        todo(Post, "/group", "postQueryGroups", "Get List (POST)"),
        todo(Get, "/group/count", "getGroupCount", "Get List Count"),
        todo(Post, "/group/count", "queryGroupCount", "Get List Count (POST)"),
        todo(Post, "/group/create", "createGroup", "Create Group"),
        todo(Delete, "/group/{id}", "deleteGroup", "Delete Group"),
        todo(Get, "/group/{id}", "getGroup", "Get Group"),
        todo(Options, "/group/{id}", "availableGroupInstanceOperations", "Group Resource Instance Options"),
        todo(Put, "/group/{id}", "updateGroup", "Update Group"),
        todo(Options, "/group/{id}/members", "availableGroupMembersOperations", "Group Membership Resource Options"),
        todo(Delete, "/group/{id}/members/{userId}", "deleteGroupMember", "Delete a Group Member"),
        todo(Put, "/group/{id}/members/{userId}", "createGroupMember", "Create Group Member"),
    ],
};
