//! `Modification`.

use crate::rest::operation::Method::Post;
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Modification",
    operations: &[
        todo(Post, "/modification/execute", "executeModification", "Execute Modification"),
        todo(Post, "/modification/executeAsync", "executeModificationAsync", "Execute Modification Async (Batch)"),
    ],
};
