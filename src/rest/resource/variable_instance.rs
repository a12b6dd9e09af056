//! `Variable Instance`.

use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Variable Instance",
    operations: &[
        todo(Get, "/variable-instance", "getVariableInstances", "Get Variable Instances"),
        todo(Post, "/variable-instance", "queryVariableInstances", "Get Variable Instances (POST)"),
        todo(Get, "/variable-instance/count", "getVariableInstancesCount", "Get Variable Instance Count"),
        todo(Post, "/variable-instance/count", "queryVariableInstancesCount", "Get Variable Instance Count (POST)"),
        todo(Get, "/variable-instance/{id}", "getVariableInstance", "Get Variable Instance"),
        todo(Get, "/variable-instance/{id}/data", "getVariableInstanceBinary", "Get Variable Instance (Binary)"),
    ],
};
