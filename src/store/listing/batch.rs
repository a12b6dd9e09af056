//! Batches, as `GET /batch`, `/batch/statistics` and `/history/batch` list them. All items of a
//! batch are there from its beginning, and each is done alone.

use super::*;

/// The jobs that Camunda would make of a batch have names, though there are none here.
macro_rules! batch_columns {
    ($($more:expr),* $(,)?) => {
        &[
            plain("id", "b.id"),
            plain("type", "b.type"),
            plain("totalJobs", "b.total"),
            plain("batchJobsPerSeed", "100"),
            plain("invocationsPerBatchJob", "1"),
            plain("seedJobDefinitionId", "NULL"),
            plain("monitorJobDefinitionId", "NULL"),
            plain("batchJobDefinitionId", "NULL"),
            plain("tenantId", "NULL"),
            plain("createUserId", "b.user_id"),
            $($more),*
        ]
    };
}

const FILTERS: &[Filter] = &[
    text("batchId", "b.id = ?"),
    text("type", "b.type = ?"),
    texts("tenantIdIn", NOTHING),
    only("withoutTenantId", "TRUE"),
    either("suspended", "b.suspended = ?"),
    text("createdBy", "b.user_id = ?"),
    at("startedBefore", "b.created <= ?"),
    at("startedAfter", "b.created >= ?"),
    only("withFailures", "b.failed > 0"),
    only("withoutFailures", "b.failed = 0"),
];

const SORTS: &[Sort] = &[
    sort("batchId", "b.id"),
    sort("tenantId", "NULL"),
    sort("startTime", "b.created"),
];

/// Batches that are not done.
pub static BATCH: Listing = Listing {
    what: "Batch",
    from: "batch AS b",
    columns: batch_columns!(
        plain("jobsCreated", "b.total"),
        flag("suspended", "b.suspended"),
        date("startTime", "b.created"),
        date("executionStartTime", "b.created"),
    ),
    filters: FILTERS,
    sorts: SORTS,
    key: "b.id",
    employee: None,
    worker: None,
};

/// The same with how far they are.
pub static BATCH_STATISTICS: Listing = Listing {
    what: "Batch",
    from: "batch AS b",
    columns: batch_columns!(
        plain("jobsCreated", "b.total"),
        flag("suspended", "b.suspended"),
        date("startTime", "b.created"),
        date("executionStartTime", "b.created"),
        plain("remainingJobs", "b.remaining"),
        plain("completedJobs", "b.total - b.remaining"),
        plain("failedJobs", "b.failed"),
    ),
    filters: FILTERS,
    sorts: SORTS,
    key: "b.id",
    employee: None,
    worker: None,
};

/// Batches, whether or not they are done.
pub static HISTORIC_BATCH: Listing = Listing {
    what: "Historic batch",
    from: "hist_batch AS b",
    columns: batch_columns!(
        date("startTime", "b.started"),
        date("endTime", "b.ended"),
        date("removalTime", "b.removal"),
        date("executionStartTime", "b.started"),
    ),
    filters: &[
        text("batchId", "b.id = ?"),
        text("type", "b.type = ?"),
        either("completed", "(b.ended IS NOT NULL) = ?"),
        texts("tenantIdIn", NOTHING),
        only("withoutTenantId", "TRUE"),
    ],
    sorts: &[
        sort("batchId", "b.id"),
        sort("startTime", "b.started"),
        sort("endTime", "b.ended"),
        sort("tenantId", "NULL"),
    ],
    key: "b.id",
    employee: None,
    worker: None,
};
