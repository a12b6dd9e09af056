//! `Metrics`: counted from the history, as long as that stays.

use super::historic_process_instance::moment;
use crate::desk::permission::Operation as Of;
use crate::desk::reports::Metric;
use crate::rest::call::{Call, unsettable};
use crate::rest::operation::Access::May;
use crate::rest::operation::Method::{Delete, Get};
use crate::rest::operation::{Group, run};
use crate::rest::reply::{Answer, Fault, Reply};
use crate::value::time;
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Metrics",
    operations: &[
        run(Get, "/metrics", "interval", "Get Metrics in Interval", May(Of::Operate), spans),
        run(Delete, "/metrics/task-worker", "deleteTaskMetrics", "Delete Task Worker Metrics", May(Of::Operate), forget_workers),
        run(Get, "/metrics/{metrics-name}/sum", "getMetrics", "Get Sum", May(Of::Operate), sum),
    ],
};

/// What is counted, by Camunda's names; the first of each is the one that it shows.
const COUNTED: &[(&[&str], Metric)] = &[
    (&["activity-instance-end"], Metric::ActivityEnd),
    (
        &["activity-instance-start", "flow-node-instances"],
        Metric::ActivityStart,
    ),
    (
        &["executed-decision-instances", "decision-instances"],
        Metric::Decision,
    ),
    (&["job-failed"], Metric::JobFailed),
    (&["job-successful"], Metric::JobSuccessful),
    (
        &["root-process-instance-start", "process-instances"],
        Metric::RootStart,
    ),
    (&["unique-task-workers", "task-users"], Metric::TaskUser),
];
/// What Camunda counts and nothing tells here.
const UNKNOWN: &[&str] = &[
    "executed-decision-elements",
    "history-cleanup-removed-batch-operations",
    "history-cleanup-removed-case-instances",
    "history-cleanup-removed-decision-instances",
    "history-cleanup-removed-process-instances",
    "history-cleanup-removed-task-metrics",
    "job-acquired-failure",
    "job-acquired-success",
    "job-acquisition-attempt",
    "job-execution-rejected",
    "job-locked-exclusive",
];
/// Most spans of an answer.
const MOST: i64 = 200;
/// Most spans before those of an answer.
const FARTHEST: i64 = 100_000;
/// Seconds of a span.
const SPAN: i64 = 900;

/// What a name means; none of one that nobody counts.
fn counted(name: &str) -> Result<Option<(&'static str, Metric)>, Fault> {
    if UNKNOWN.contains(&name) {
        return Err(Fault::missing(name));
    }
    let found = COUNTED.iter().find(|(names, _)| names.contains(&name));
    Ok(found.map(|(names, metric)| (names[0], *metric)))
}

fn sum(call: &Call) -> Answer {
    let (from, before) = (moment(call, "startDate")?, moment(call, "endDate")?);
    let result = match counted(call.param("metrics-name"))? {
        Some((_, metric)) => call.desk.metric(&call.caller, metric, (from, before))?,
        None => 0,
    };
    Ok(json!({ "result": result }).into())
}

fn forget_workers(call: &Call) -> Answer {
    let before = moment(call, "date")?;
    call.desk.delete_task_metrics(&call.caller, before)?;
    Ok(Reply::None)
}

fn spans(call: &Call) -> Answer {
    let number = |name: &str, otherwise: i64| match call.query(name) {
        None => Ok(otherwise),
        Some(text) => text
            .parse::<i64>()
            .map_err(|_| unsettable(name, text, "java.lang.Integer")),
    };
    let within = (moment(call, "startDate")?, moment(call, "endDate")?);
    let (first, most) = (
        number("firstResult", 0)?.max(0),
        number("maxResults", MOST)?,
    );
    let seconds = number("interval", SPAN)?;
    call.query_flag("aggregateByReporter")?;
    if most > MOST {
        return Err(Fault::new(
            500,
            "ProcessEngineException",
            format!("Metrics interval query row limit can't be set larger than {MOST}."),
        ));
    }
    if first > FARTHEST {
        return Err(Fault::new(
            500,
            "ProcessEngineException",
            format!(
                "Metrics interval query first result can't be set larger than {FARTHEST}; ask for less with startDate and endDate."
            ),
        ));
    }
    // No one reports: they are counted when they are asked for.
    let by_other = call.query("reporter").is_some();
    let mut found = Vec::new();
    for (names, metric) in COUNTED.iter().filter(|_| !by_other) {
        if let Some(name) = call.query("name")
            && counted(name)?.is_none_or(|(_, wanted)| wanted != *metric)
        {
            continue;
        }
        let limit = usize::try_from(first.saturating_add(most.max(0))).unwrap_or(0);
        let spans = call
            .desk
            .metric_by(&call.caller, *metric, within, (seconds, limit))?;
        found.extend(spans.into_iter().map(|(at, value)| (at, names[0], value)));
    }
    found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let page = found
        .into_iter()
        .skip(usize::try_from(first).unwrap_or(usize::MAX))
        .take(usize::try_from(most).unwrap_or(0));
    let shown = page.map(|(at, name, value)| {
        json!({ "timestamp": time::camunda(at), "name": name, "reporter": null, "value": value })
    });
    Ok(Json::Array(shown.collect()).into())
}
