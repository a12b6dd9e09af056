//! `Condition`.

use crate::rest::operation::Method::Post;
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Condition",
    operations: &[
        todo(Post, "/condition", "evaluateCondition", "Evaluate"),
    ],
};
