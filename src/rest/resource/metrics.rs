//! `Metrics`.

use crate::rest::operation::Method::{Delete, Get};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Metrics",
    operations: &[
        todo(Get, "/metrics", "interval", "Get Metrics in Interval"),
        todo(Delete, "/metrics/task-worker", "deleteTaskMetrics", "Delete Task Worker Metrics"),
        todo(Get, "/metrics/{metrics-name}/sum", "getMetrics", "Get Sum"),
    ],
};
