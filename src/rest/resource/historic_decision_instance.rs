//! `Historic Decision Instance`.

use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Decision Instance",
    operations: &[
        todo(Get, "/history/decision-instance", "getHistoricDecisionInstances", "Get Historic Decision Instances"),
        todo(Get, "/history/decision-instance/count", "getHistoricDecisionInstancesCount", "Get Historic Decision Instance Count"),
        todo(Post, "/history/decision-instance/delete", "deleteAsync", "Delete Async (POST)"),
        todo(Post, "/history/decision-instance/set-removal-time", "setRemovalTimeAsyncHistoricDecisionInstance", "Set Removal Time Async (POST)"),
        todo(Get, "/history/decision-instance/{id}", "getHistoricDecisionInstance", "Get Historic Decision Instance"),
    ],
};
