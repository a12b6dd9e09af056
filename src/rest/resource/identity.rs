//! `Identity`.

use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Identity",
    operations: &[
        todo(Get, "/identity/groups", "getGroupInfo", "Get a User's Groups"),
        todo(Get, "/identity/password-policy", "getPasswordPolicy", "Get Password Policy"),
        todo(Post, "/identity/password-policy", "checkPassword", "Validate Password"),
        todo(Post, "/identity/verify", "verifyUser", "Verify User"),
    ],
};
