//! `Historic External Task Log`.

use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic External Task Log",
    operations: &[
        todo(Get, "/history/external-task-log", "getHistoricExternalTaskLogs", "Get External Task Logs"),
        todo(Post, "/history/external-task-log", "queryHistoricExternalTaskLogs", "Get External Task Logs (POST)"),
        todo(Get, "/history/external-task-log/count", "getHistoricExternalTaskLogsCount", "Get External Task Log Count"),
        todo(Post, "/history/external-task-log/count", "queryHistoricExternalTaskLogsCount", "Get External Task Log Count (POST)"),
        todo(Get, "/history/external-task-log/{id}", "getHistoricExternalTaskLog", "Get External Task Log"),
        todo(Get, "/history/external-task-log/{id}/error-details", "getErrorDetailsHistoricExternalTaskLog", "Get External Task Log Error Details"),
    ],
};
