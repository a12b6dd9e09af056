//! `Historic Decision Definition`.

use crate::desk::listing::CLEANABLE_DECISION;
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::May;
use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::Answer;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Decision Definition",
    operations: &[
        run(Get, "/history/decision-definition/cleanable-decision-instance-report", "getCleanableHistoricDecisionInstanceReport", "Get Cleanable Decision Instance Report", May(Of::Operate), list),
        run(Get, "/history/decision-definition/cleanable-decision-instance-report/count", "getCleanableHistoricDecisionInstanceReportCount", "Get Cleanable Decision Instance Report Count", May(Of::Operate), count),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &CLEANABLE_DECISION)
}

fn count(call: &Call) -> Answer {
    query::count(call, &CLEANABLE_DECISION)
}
