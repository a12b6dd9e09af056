//! `Historic User Operation Log`.

use crate::desk::listing::USER_OPERATION;
use crate::rest::call::Call;
use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::{Get, Put};
use crate::rest::operation::{Group, run, todo};
use crate::rest::query;
use crate::rest::reply::Answer;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic User Operation Log",
    operations: &[
        run(Get, "/history/user-operation", "queryUserOperationEntries", "Get User Operation Log (Historic)", Team, list),
        run(Get, "/history/user-operation/count", "queryUserOperationCount", "Get User Operation Log Count", Team, count),
        todo(Put, "/history/user-operation/{operationId}/clear-annotation", "clearAnnotationUserOperationLog", "Clear Annotation of an User Operation Log (Historic)"),
        todo(Put, "/history/user-operation/{operationId}/set-annotation", "setAnnotationUserOperationLog", "Set Annotation to an User Operation Log (Historic)"),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &USER_OPERATION)
}

fn count(call: &Call) -> Answer {
    query::count(call, &USER_OPERATION)
}
