//! `Historic Task Instance`.

use super::historic_process_instance::{moment, quarters, spans};
use crate::desk::listing::HISTORIC_TASK;
use crate::desk::permission::Operation as Of;
use crate::desk::reports::Completed;
use crate::rest::call::Call;
use crate::rest::operation::Access::{May, Team};
use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault};
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Task Instance",
    operations: &[
        run(Get, "/history/task", "getHistoricTaskInstances", "Get Tasks (Historic)", Team, list),
        run(Post, "/history/task", "queryHistoricTaskInstances", "Get Tasks (Historic) (POST)", Team, list),
        run(Get, "/history/task/count", "getHistoricTaskInstancesCount", "Get Task Count", Team, count),
        run(Post, "/history/task/count", "queryHistoricTaskInstancesCount", "Get Task Count (POST)", Team, count),
        run(Get, "/history/task/report", "getHistoricTaskInstanceReport", "Get Task Report (Historic)", May(Of::Operate), report),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &HISTORIC_TASK)
}

fn count(call: &Call) -> Answer {
    query::count(call, &HISTORIC_TASK)
}

/// How many tasks were completed, by process or by name, or how long they took.
fn report(call: &Call) -> Answer {
    let wanted = Completed {
        before: moment(call, "completedBefore")?,
        after: moment(call, "completedAfter")?,
    };
    match call.query("reportType") {
        Some("count") => {
            let by_name = match call.query("groupBy") {
                Some("taskName") => true,
                Some("processDefinition") => false,
                None => return Err(Fault::invalid("groupBy is null")),
                Some(other) => {
                    return Err(Fault::invalid(format!(
                        "groupBy parameter has invalid value: {other}"
                    )));
                }
            };
            let found = call.desk.task_counts(&call.caller, &wanted, by_name)?;
            let shown = found.into_iter().map(|row| {
                json!({
                    "taskName": row.task_name,
                    "count": row.count,
                    "processDefinitionKey": row.key,
                    "processDefinitionId": row.definition_id,
                    "processDefinitionName": row.name,
                    "tenantId": null,
                })
            });
            Ok(Json::Array(shown.collect()).into())
        }
        Some("duration") => {
            let quarters = quarters(call)?;
            let found = call.desk.task_durations(&call.caller, &wanted, quarters)?;
            Ok(Json::Array(found.iter().map(|row| spans(row, quarters)).collect()).into())
        }
        other => Err(Fault::invalid(format!(
            "Unknown report type {}",
            other.unwrap_or("null")
        ))),
    }
}
