//! `Historic Batch`: there were none.

use crate::rest::call::Call;
use crate::rest::operation::Access::All;
use crate::rest::operation::Method::{Delete, Get, Post};
use crate::rest::operation::{Group, run, todo};
use crate::rest::query::{none, nothing};
use crate::rest::reply::{Answer, Fault};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Batch",
    operations: &[
        run(Get, "/history/batch", "getHistoricBatches", "Get Historic Batches", All, nothing),
        run(Get, "/history/batch/cleanable-batch-report", "getCleanableHistoricBatchesReport", "Get Cleanable Batch Report", All, nothing),
        run(Get, "/history/batch/cleanable-batch-report/count", "getCleanableHistoricBatchesReportCount", "Get Cleanable Batch Report Count", All, none),
        run(Get, "/history/batch/count", "getHistoricBatchesCount", "Get Historic Batch Count", All, none),
        todo(Post, "/history/batch/set-removal-time", "setRemovalTimeAsyncHistoricBatch", "Set Removal Time Async (POST)"),
        run(Delete, "/history/batch/{id}", "deleteHistoricBatch", "Delete Historic Batch", All, delete),
        run(Get, "/history/batch/{id}", "getHistoricBatch", "Get Historic Batch", All, get),
    ],
};

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    let message = format!("Historic batch with id '{id}' does not exist");
    Err(Fault::not_found(message))
}

fn delete(call: &Call) -> Answer {
    let id = call.param("id");
    let message = format!("Unable to delete historic batch with id '{id}'");
    Err(Fault::invalid(message))
}
