//! `Historic User Operation Log`.

use crate::rest::operation::Method::{Get, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic User Operation Log",
    operations: &[
        todo(Get, "/history/user-operation", "queryUserOperationEntries", "Get User Operation Log (Historic)"),
        todo(Get, "/history/user-operation/count", "queryUserOperationCount", "Get User Operation Log Count"),
        todo(Put, "/history/user-operation/{operationId}/clear-annotation", "clearAnnotationUserOperationLog", "Clear Annotation of an User Operation Log (Historic)"),
        todo(Put, "/history/user-operation/{operationId}/set-annotation", "setAnnotationUserOperationLog", "Set Annotation to an User Operation Log (Historic)"),
    ],
};
