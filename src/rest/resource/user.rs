//! `User`.

use crate::rest::operation::Method::{Delete, Get, Options, Post, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "User",
    operations: &[
        todo(Get, "/user", "getUsers", "Get List"),
        todo(Options, "/user", "availableOperations", "Options"),
        todo(Get, "/user/count", "getUserCount", "Get List Count"),
        todo(Post, "/user/create", "createUser", "Create"),
        todo(Delete, "/user/{id}", "deleteUser", "Delete"),
        todo(Options, "/user/{id}", "availableUserOperations", "Options"),
        todo(Put, "/user/{id}/credentials", "updateCredentials", "Update Credentials"),
        todo(Get, "/user/{id}/profile", "getUserProfile", "Get Profile"),
        todo(Put, "/user/{id}/profile", "updateProfile", "Update User Profile"),
        todo(Post, "/user/{id}/unlock", "unlockUser", "Unlock User"),
    ],
};
