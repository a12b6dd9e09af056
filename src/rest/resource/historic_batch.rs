//! `Historic Batch`.

use crate::rest::operation::Method::{Delete, Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Batch",
    operations: &[
        todo(Get, "/history/batch", "getHistoricBatches", "Get Historic Batches"),
        todo(Get, "/history/batch/cleanable-batch-report", "getCleanableHistoricBatchesReport", "Get Cleanable Batch Report"),
        todo(Get, "/history/batch/cleanable-batch-report/count", "getCleanableHistoricBatchesReportCount", "Get Cleanable Batch Report Count"),
        todo(Get, "/history/batch/count", "getHistoricBatchesCount", "Get Historic Batch Count"),
        todo(Post, "/history/batch/set-removal-time", "setRemovalTimeAsyncHistoricBatch", "Set Removal Time Async (POST)"),
        todo(Delete, "/history/batch/{id}", "deleteHistoricBatch", "Delete Historic Batch"),
        todo(Get, "/history/batch/{id}", "getHistoricBatch", "Get Historic Batch"),
    ],
};
