//! `Historic Decision Requirements Definition`.

use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::May;
use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, run};
use crate::rest::reply::Answer;
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Decision Requirements Definition",
    operations: &[
        run(Get, "/history/decision-requirements-definition/{id}/statistics", "getDecisionStatistics", "Get DRD Statistics", May(Of::Operate), statistics),
    ],
};

fn statistics(call: &Call) -> Answer {
    let (id, instance) = (call.param("id"), call.query("decisionInstanceId"));
    let found = call.desk.decision_statistics(&call.caller, id, instance)?;
    let shown = found.into_iter().map(
        |(key, evaluations)| json!({ "decisionDefinitionKey": key, "evaluations": evaluations }),
    );
    Ok(Json::Array(shown.collect()).into())
}
