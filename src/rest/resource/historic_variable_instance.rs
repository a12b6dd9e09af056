//! `Historic Variable Instance`.

use crate::rest::operation::Method::{Delete, Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Variable Instance",
    operations: &[
        todo(Get, "/history/variable-instance", "getHistoricVariableInstances", "Get Variable Instances"),
        todo(Post, "/history/variable-instance", "queryHistoricVariableInstances", "Get Variable Instances (POST)"),
        todo(Get, "/history/variable-instance/count", "getHistoricVariableInstancesCount", "Get Variable Instance Count"),
        todo(Post, "/history/variable-instance/count", "queryHistoricVariableInstancesCount", "Get Variable Instance Count (POST)"),
        todo(Delete, "/history/variable-instance/{id}", "deleteHistoricVariableInstance", "Delete Variable Instance"),
        todo(Get, "/history/variable-instance/{id}", "getHistoricVariableInstance", "Get Variable Instance"),
        todo(Get, "/history/variable-instance/{id}/data", "getHistoricVariableInstanceBinary", "Get Variable Instance (Binary)"),
    ],
};
