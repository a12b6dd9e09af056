//! `Historic User Operation Log`.

use crate::desk::listing::USER_OPERATION;
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::{May, Team};
use crate::rest::operation::Method::{Get, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic User Operation Log",
    operations: &[
        run(Get, "/history/user-operation", "queryUserOperationEntries", "Get User Operation Log (Historic)", Team, list),
        run(Get, "/history/user-operation/count", "queryUserOperationCount", "Get User Operation Log Count", Team, count),
        run(Put, "/history/user-operation/{operationId}/clear-annotation", "clearAnnotationUserOperationLog", "Clear Annotation of an User Operation Log (Historic)", May(Of::Operate), clear),
        run(Put, "/history/user-operation/{operationId}/set-annotation", "setAnnotationUserOperationLog", "Set Annotation to an User Operation Log (Historic)", May(Of::Operate), annotate),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &USER_OPERATION)
}

fn count(call: &Call) -> Answer {
    query::count(call, &USER_OPERATION)
}

fn annotate(call: &Call) -> Answer {
    note(call, call.object()?.text("annotation")?)
}

fn clear(call: &Call) -> Answer {
    note(call, None)
}

fn note(call: &Call, text: Option<String>) -> Answer {
    let id = call.param("operationId");
    match call.desk.annotate_operation(&call.caller, id, text)? {
        true => Ok(Reply::None),
        false => Err(Fault::bad_user_request("operation is null")),
    }
}
