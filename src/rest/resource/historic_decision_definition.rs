//! `Historic Decision Definition`.

use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, todo};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Decision Definition",
    operations: &[
        todo(Get, "/history/decision-definition/cleanable-decision-instance-report", "getCleanableHistoricDecisionInstanceReport", "Get Cleanable Decision Instance Report"),
        todo(Get, "/history/decision-definition/cleanable-decision-instance-report/count", "getCleanableHistoricDecisionInstanceReportCount", "Get Cleanable Decision Instance Report Count"),
    ],
};
