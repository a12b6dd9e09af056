//! `Historic Process Definition`.

use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Process Definition",
    operations: &[
        todo(Get, "/history/process-definition/cleanable-process-instance-report", "getCleanableHistoricProcessInstanceReport", "Get Cleanable Process Instance Report"),
        todo(Get, "/history/process-definition/cleanable-process-instance-report/count", "getCleanableHistoricProcessInstanceReportCount", "Get Cleanable Process Instance Report Count"),
        todo(Get, "/history/process-definition/{id}/statistics", "getHistoricActivityStatistics", "Get Historic Activity Statistics"),
    ],
};
