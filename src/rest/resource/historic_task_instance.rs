//! `Historic Task Instance`.

use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Task Instance",
    operations: &[
        todo(Get, "/history/task", "getHistoricTaskInstances", "Get Tasks (Historic)"),
        todo(Post, "/history/task", "queryHistoricTaskInstances", "Get Tasks (Historic) (POST)"),
        todo(Get, "/history/task/count", "getHistoricTaskInstancesCount", "Get Task Count"),
        todo(Post, "/history/task/count", "queryHistoricTaskInstancesCount", "Get Task Count (POST)"),
        todo(Get, "/history/task/report", "getHistoricTaskInstanceReport", "Get Task Report (Historic)"),
    ],
};
