//! `Historic Activity Instance`.

use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Activity Instance",
    operations: &[
        todo(Get, "/history/activity-instance", "getHistoricActivityInstances", "Get List"),
        todo(Post, "/history/activity-instance", "queryHistoricActivityInstances", "Get List (POST)"),
        todo(Get, "/history/activity-instance/count", "getHistoricActivityInstancesCount", "Get List Count"),
        todo(Post, "/history/activity-instance/count", "queryHistoricActivityInstancesCount", "Get List Count (POST)"),
        todo(Get, "/history/activity-instance/{id}", "getHistoricActivityInstance", "Get"),
    ],
};
