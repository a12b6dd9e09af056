//! `Authorization`.

use crate::rest::operation::Method::{Delete, Get, Options, Post, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Authorization",
    operations: &[
        todo(Get, "/authorization", "queryAuthorizations", "Get Authorizations"),
        todo(Options, "/authorization", "availableOperationsAuthorization", "Authorization Resource Options"),
        todo(Get, "/authorization/check", "isUserAuthorized", "Perform an Authorization Check"),
        todo(Get, "/authorization/count", "getAuthorizationCount", "Get Authorization Count"),
        todo(Post, "/authorization/create", "createAuthorization", "Create a New Authorization"),
        todo(Delete, "/authorization/{id}", "deleteAuthorization", "Delete Authorization"),
        todo(Get, "/authorization/{id}", "getAuthorization", "Get Authorization"),
        todo(Options, "/authorization/{id}", "availableOperationsAuthorizationInstance", "Authorization Resource Options"),
        todo(Put, "/authorization/{id}", "updateAuthorization", "Update an Authorization"),
    ],
};
