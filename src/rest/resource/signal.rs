//! `Signal`.

use crate::rest::operation::Method::Post;
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Signal",
    operations: &[
        todo(Post, "/signal", "throwSignal", "Event"),
    ],
};
