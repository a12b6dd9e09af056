//! `Schema Log`.

use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Schema Log",
    operations: &[
        todo(Get, "/schema/log", "getSchemaLog", "Get List"),
        todo(Post, "/schema/log", "querySchemaLog", "Get List (POST)"),
    ],
};
