//! `Historic Job Log`.

use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Job Log",
    operations: &[
        todo(Get, "/history/job-log", "getHistoricJobLogs", "Get Job Logs"),
        todo(Post, "/history/job-log", "queryHistoricJobLogs", "Get Job Logs (POST)"),
        todo(Get, "/history/job-log/count", "getHistoricJobLogsCount", "Get Job Log Count"),
        todo(Post, "/history/job-log/count", "queryHistoricJobLogsCount", "Get Job Log Count (POST)"),
        todo(Get, "/history/job-log/{id}", "getHistoricJobLog", "Get Job Log"),
        todo(Get, "/history/job-log/{id}/stacktrace", "getStacktraceHistoricJobLog", "Get Job Log Exception Stacktrace"),
    ],
};
