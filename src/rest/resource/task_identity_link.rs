//! `Task Identity Link`.

use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Task Identity Link",
    operations: &[
        todo(Get, "/task/{id}/identity-links", "getIdentityLinks", "Get List"),
        todo(Post, "/task/{id}/identity-links", "addIdentityLink", "Add"),
        todo(Post, "/task/{id}/identity-links/delete", "deleteIdentityLink", "Delete"),
    ],
};
