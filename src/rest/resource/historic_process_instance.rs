//! `Historic Process Instance`.

use crate::rest::operation::Method::{Delete, Get, Post};
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Process Instance",
    operations: &[
        todo(Get, "/history/process-instance", "getHistoricProcessInstances", "Get List"),
        todo(Post, "/history/process-instance", "queryHistoricProcessInstances", "Get List (POST)"),
        todo(Get, "/history/process-instance/count", "getHistoricProcessInstancesCount", "Get List Count"),
        todo(Post, "/history/process-instance/count", "queryHistoricProcessInstancesCount", "Get List Count (POST)"),
        todo(Post, "/history/process-instance/delete", "deleteHistoricProcessInstancesAsync", "Delete Async (POST)"),
        todo(Get, "/history/process-instance/report", "getHistoricProcessInstanceDurationReport", "Get Duration Report"),
        todo(Post, "/history/process-instance/set-removal-time", "setRemovalTimeAsync", "Set Removal Time Async (POST)"),
        todo(Delete, "/history/process-instance/{id}", "deleteHistoricProcessInstance", "Delete"),
        todo(Get, "/history/process-instance/{id}", "getHistoricProcessInstance", "Get"),
        todo(Delete, "/history/process-instance/{id}/variable-instances", "deleteHistoricVariableInstancesOfHistoricProcessInstance", "Delete Variable Instances"),
    ],
};
