//! `Batch`: a desk does at once what it is told, so that there are none.

use crate::rest::call::Call;
use crate::rest::operation::Access::All;
use crate::rest::operation::Method::{Delete, Get, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query::{none, nothing};
use crate::rest::reply::{Answer, Fault};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Batch",
    operations: &[
        run(Get, "/batch", "getBatches", "Get List", All, nothing),
        run(Get, "/batch/count", "getBatchesCount", "Get List Count", All, none),
        run(Get, "/batch/statistics", "getBatchStatistics", "Get Statistics", All, nothing),
        run(Get, "/batch/statistics/count", "getBatchStatisticsCount", "Get Statistics Count", All, none),
        run(Delete, "/batch/{id}", "deleteBatch", "Delete", All, delete),
        run(Get, "/batch/{id}", "getBatch", "Get", All, get),
        run(Put, "/batch/{id}/suspended", "updateBatchSuspensionState", "Activate/Suspend", All, suspend),
    ],
};

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    Err(Fault::not_found(format!(
        "Batch with id '{id}' does not exist"
    )))
}

fn unable(call: &Call, to: &str) -> Answer {
    let id = call.param("id");
    Err(Fault::invalid(format!(
        "Unable to {to} batch with id '{id}'"
    )))
}

fn delete(call: &Call) -> Answer {
    unable(call, "delete")
}

fn suspend(call: &Call) -> Answer {
    match call.object()?.flag("suspended")?.unwrap_or(false) {
        true => unable(call, "suspend"),
        false => unable(call, "activate"),
    }
}
