//! `Task Comment`.

use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Task Comment",
    operations: &[
        todo(Delete, "/task/{id}/comment", "deleteTaskComments", "Delete Task Comments"),
        todo(Get, "/task/{id}/comment", "getComments", "Get List"),
        todo(Put, "/task/{id}/comment", "updateTaskComment", "Update"),
        todo(Post, "/task/{id}/comment/create", "createComment", "Create"),
        todo(Delete, "/task/{id}/comment/{commentId}", "deleteTaskComment", "Delete"),
        todo(Get, "/task/{id}/comment/{commentId}", "getComment", "Get"),
    ],
};
