//! `Task Attachment`.

use crate::rest::operation::Method::{Delete, Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Task Attachment",
    operations: &[
        todo(Get, "/task/{id}/attachment", "getAttachments", "Get List"),
        todo(Post, "/task/{id}/attachment/create", "addAttachment", "Create"),
        todo(Delete, "/task/{id}/attachment/{attachmentId}", "deleteAttachment", "Delete"),
        todo(Get, "/task/{id}/attachment/{attachmentId}", "getAttachment", "Get"),
        todo(Get, "/task/{id}/attachment/{attachmentId}/data", "getAttachmentData", "Get (Binary)"),
    ],
};
