//! `Batch`.

use crate::desk::DeskError;
use crate::desk::listing::{BATCH, BATCH_STATISTICS};
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::{All, May};
use crate::rest::operation::Method::{Delete, Get, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Batch",
    operations: &[
        run(Get, "/batch", "getBatches", "Get List", All, list),
        run(Get, "/batch/count", "getBatchesCount", "Get List Count", All, count),
        run(Get, "/batch/statistics", "getBatchStatistics", "Get Statistics", All, statistics),
        run(Get, "/batch/statistics/count", "getBatchStatisticsCount", "Get Statistics Count", All, count_statistics),
        run(Delete, "/batch/{id}", "deleteBatch", "Delete", May(Of::Operate), delete),
        run(Get, "/batch/{id}", "getBatch", "Get", All, get),
        run(Put, "/batch/{id}/suspended", "updateBatchSuspensionState", "Activate/Suspend", May(Of::Operate), suspend),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &BATCH)
}

fn count(call: &Call) -> Answer {
    query::count(call, &BATCH)
}

fn statistics(call: &Call) -> Answer {
    query::list(call, &BATCH_STATISTICS)
}

fn count_statistics(call: &Call) -> Answer {
    query::count(call, &BATCH_STATISTICS)
}

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    let missing = || Fault::not_found(format!("Batch with id '{id}' does not exist"));
    let found = query::find(call, &BATCH, id)?.ok_or_else(missing)?;
    Ok(Json::Object(found).into())
}

/// Of a batch that is not there Camunda says that it is unable.
fn able(call: &Call, to: &str, done: Result<(), DeskError>) -> Answer {
    let id = call.param("id");
    match done {
        Err(DeskError::NotFound(_)) => Err(Fault::invalid(format!(
            "Unable to {to} batch with id '{id}'"
        ))),
        done => {
            done?;
            Ok(Reply::None)
        }
    }
}

fn delete(call: &Call) -> Answer {
    let history = call.query_flag("cascade")?.unwrap_or(false);
    let done = call
        .desk
        .delete_batch(&call.caller, call.param("id"), history);
    able(call, "delete", done)
}

fn suspend(call: &Call) -> Answer {
    let suspended = call.object()?.flag("suspended")?.unwrap_or(false);
    let done = call
        .desk
        .suspend_batch(&call.caller, call.param("id"), suspended);
    able(call, if suspended { "suspend" } else { "activate" }, done)
}
