//! `Historic Batch`.

use super::many;
use crate::desk::DeskError;
use crate::desk::listing::HISTORIC_BATCH;
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::{All, May};
use crate::rest::operation::Method::{Delete, Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::query::{self, none, nothing};
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Batch",
    operations: &[
        run(Get, "/history/batch", "getHistoricBatches", "Get Historic Batches", All, list),
        run(Get, "/history/batch/cleanable-batch-report", "getCleanableHistoricBatchesReport", "Get Cleanable Batch Report", All, nothing),
        run(Get, "/history/batch/cleanable-batch-report/count", "getCleanableHistoricBatchesReportCount", "Get Cleanable Batch Report Count", All, none),
        run(Get, "/history/batch/count", "getHistoricBatchesCount", "Get Historic Batch Count", All, count),
        run(Post, "/history/batch/set-removal-time", "setRemovalTimeAsyncHistoricBatch", "Set Removal Time Async (POST)", May(Of::Operate), many::set_batch_removal_time),
        run(Delete, "/history/batch/{id}", "deleteHistoricBatch", "Delete Historic Batch", May(Of::Operate), delete),
        run(Get, "/history/batch/{id}", "getHistoricBatch", "Get Historic Batch", All, get),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &HISTORIC_BATCH)
}

fn count(call: &Call) -> Answer {
    query::count(call, &HISTORIC_BATCH)
}

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    let missing = || Fault::not_found(format!("Historic batch with id '{id}' does not exist"));
    let found = query::find(call, &HISTORIC_BATCH, id)?.ok_or_else(missing)?;
    Ok(Json::Object(found).into())
}

fn delete(call: &Call) -> Answer {
    let id = call.param("id");
    match call.desk.delete_batch_history(&call.caller, id) {
        Err(DeskError::NotFound(_)) => Err(Fault::invalid(format!(
            "Unable to delete historic batch with id '{id}'"
        ))),
        done => {
            done?;
            Ok(Reply::None)
        }
    }
}
