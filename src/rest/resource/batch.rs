//! `Batch`.

use crate::rest::operation::Method::{Delete, Get, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Batch",
    operations: &[
        todo(Get, "/batch", "getBatches", "Get List"),
        todo(Get, "/batch/count", "getBatchesCount", "Get List Count"),
        todo(Get, "/batch/statistics", "getBatchStatistics", "Get Statistics"),
        todo(Get, "/batch/statistics/count", "getBatchStatisticsCount", "Get Statistics Count"),
        todo(Delete, "/batch/{id}", "deleteBatch", "Delete"),
        todo(Get, "/batch/{id}", "getBatch", "Get"),
        todo(Put, "/batch/{id}/suspended", "updateBatchSuspensionState", "Activate/Suspend"),
    ],
};
