//! `Process Instance Comment`.

use crate::rest::operation::Method::{Delete, Get, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Process Instance Comment",
    operations: &[
        todo(Delete, "/process-instance/{id}/comment", "deleteProcessInstanceComments", "Delete ProcessInstance Comments"),
        todo(Get, "/process-instance/{id}/comment", "getProcessInstanceComments", "Get Process Instance Comments"),
        todo(Put, "/process-instance/{id}/comment", "updateProcessInstanceComment", "Update"),
        todo(Delete, "/process-instance/{id}/comment/{commentId}", "deleteProcessInstanceComment", "Delete"),
    ],
};
