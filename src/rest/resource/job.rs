//! `Job`.

use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Job",
    operations: &[
        todo(Get, "/job", "getJobs", "Get Jobs"),
        todo(Post, "/job", "queryJobs", "Get Jobs (POST)"),
        todo(Get, "/job/count", "getJobsCount", "Get Job Count"),
        todo(Post, "/job/count", "queryJobsCount", "Get Job Count (POST)"),
        todo(Post, "/job/retries", "setJobRetriesAsyncOperation", "Set Job Retries Async (POST)"),
        todo(Put, "/job/suspended", "updateSuspensionStateBy", "Activate/Suspend Jobs"),
        todo(Delete, "/job/{id}", "deleteJob", "Delete Job"),
        todo(Get, "/job/{id}", "getJob", "Get Job"),
        todo(Put, "/job/{id}/duedate", "setJobDuedate", "Set Job Due Date"),
        todo(Post, "/job/{id}/duedate/recalculate", "recalculateDuedate", "Recalculate Job Due Date"),
        todo(Post, "/job/{id}/execute", "executeJob", "Execute Job"),
        todo(Put, "/job/{id}/priority", "setJobPriority", "Set Job Priority"),
        todo(Put, "/job/{id}/retries", "setJobRetries", "Set Job Retries"),
        todo(Get, "/job/{id}/stacktrace", "getStacktrace", "Get Exception Stacktrace"),
        todo(Put, "/job/{id}/suspended", "updateJobSuspensionState", "Activate/Suspend Job By Id"),
    ],
};
