//! `Historic Process Instance`.

use super::many;
use crate::desk::DeskError;
use crate::desk::listing::HISTORIC_PROCESS_INSTANCE;
use crate::desk::permission::Operation as Of;
use crate::desk::reports::{Durations, Spans};
use crate::rest::call::{Call, unsettable};
use crate::rest::operation::Access::{May, Team};
use crate::rest::operation::Method::{Delete, Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use crate::value::time;
use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
use std::fmt::Write;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Process Instance",
    operations: &[
        run(Get, "/history/process-instance", "getHistoricProcessInstances", "Get List", Team, list),
        run(Post, "/history/process-instance", "queryHistoricProcessInstances", "Get List (POST)", Team, list),
        run(Get, "/history/process-instance/count", "getHistoricProcessInstancesCount", "Get List Count", Team, count),
        run(Post, "/history/process-instance/count", "queryHistoricProcessInstancesCount", "Get List Count (POST)", Team, count),
        run(Post, "/history/process-instance/delete", "deleteHistoricProcessInstancesAsync", "Delete Async (POST)", May(Of::Operate), many::delete_history),
        run(Get, "/history/process-instance/report", "getHistoricProcessInstanceDurationReport", "Get Duration Report", May(Of::Operate), report),
        run(Post, "/history/process-instance/set-removal-time", "setRemovalTimeAsync", "Set Removal Time Async (POST)", May(Of::Operate), many::set_removal_time),
        run(Delete, "/history/process-instance/{id}", "deleteHistoricProcessInstance", "Delete", May(Of::Operate), delete),
        run(Get, "/history/process-instance/{id}", "getHistoricProcessInstance", "Get", Team, get),
        run(Delete, "/history/process-instance/{id}/variable-instances", "deleteHistoricVariableInstancesOfHistoricProcessInstance", "Delete Variable Instances", May(Of::Operate), delete_variables),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &HISTORIC_PROCESS_INSTANCE)
}

fn count(call: &Call) -> Answer {
    query::count(call, &HISTORIC_PROCESS_INSTANCE)
}

fn delete_variables(call: &Call) -> Answer {
    let id = call.param("id");
    query::find(call, &HISTORIC_PROCESS_INSTANCE, id)?.ok_or_else(|| {
        Fault::not_found(format!("No historic process instance found with id: {id}"))
    })?;
    call.desk.delete_variable_history(&call.caller, id, true)?;
    Ok(Reply::None)
}

/// How long instances took, by the month or quarter in which they began.
fn report(call: &Call) -> Answer {
    if call.query("reportType") != Some("duration") {
        return Err(Fault::invalid(match call.query("reportType") {
            None => "Unknown report type null".to_owned(),
            Some(other) => format!("Unknown report type {other}"),
        }));
    }
    let list = |name: &str| -> Vec<String> {
        let text = call.query(name).unwrap_or_default();
        text.split(',')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let wanted = Durations {
        quarters: quarters(call)?,
        definitions: list("processDefinitionIdIn"),
        keys: list("processDefinitionKeyIn"),
        before: moment(call, "startedBefore")?,
        after: moment(call, "startedAfter")?,
    };
    let kind = call.accepts(&["application/json", "text/csv", "application/csv"])?;
    let found = call.desk.instance_durations(&call.caller, &wanted)?;
    if kind != "application/json" {
        return Ok(Reply::Bytes {
            content_type: kind.to_owned(),
            filename: Some("process-instance-report.csv".to_owned()),
            bytes: csv(&found, wanted.quarters).into_bytes(),
        });
    }
    Ok(Json::Array(
        found
            .iter()
            .map(|row| spans(row, wanted.quarters))
            .collect(),
    )
    .into())
}

fn csv(found: &[Spans], quarters: bool) -> String {
    let mut text = "PERIOD,PERIOD_UNIT,MINIMUM,MAXIMUM,AVERAGE".to_owned();
    for row in found {
        let unit = unit(quarters);
        let (least, most, mean) = (row.minimum, row.maximum, row.average);
        let _ = write!(text, "\n{},{unit},{least},{most},{mean}", row.period);
    }
    text
}

fn unit(quarters: bool) -> &'static str {
    if quarters { "QUARTER" } else { "MONTH" }
}

/// Whether a report is by quarters, else by months.
pub(super) fn quarters(call: &Call) -> Result<bool, Fault> {
    match call.query("periodUnit") {
        Some("month") => Ok(false),
        Some("quarter") => Ok(true),
        None => Err(Fault::invalid("periodUnit is null")),
        Some(other) => Err(unsettable(
            "periodUnit",
            other,
            "org.camunda.bpm.engine.query.PeriodUnit",
        )),
    }
}

pub(super) fn moment(call: &Call, name: &str) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some(text) = call.query(name) else {
        return Ok(None);
    };
    let at = time::instant(text);
    at.map(Some)
        .ok_or_else(|| unsettable(name, text, "java.util.Date"))
}

/// An entry of a report of durations.
pub(super) fn spans(row: &Spans, quarters: bool) -> Json {
    json!({
        "period": row.period,
        "periodUnit": unit(quarters),
        "minimum": row.minimum,
        "maximum": row.maximum,
        "average": row.average,
    })
}

fn delete(call: &Call) -> Answer {
    let id = call.param("id");
    let quiet = call.query_flag("failIfNotExists")? == Some(false);
    match call.desk.delete_history(&call.caller, id) {
        Err(DeskError::NotFound(_)) if quiet => Ok(Reply::None),
        Err(DeskError::Conflict(why)) => Err(Fault::bad_user_request(why)),
        answer => {
            answer?;
            Ok(Reply::None)
        }
    }
}

fn get(call: &Call) -> Answer {
    let id = call.param("id");
    let found = query::get(call, &HISTORIC_PROCESS_INSTANCE, id)?;
    Ok(Json::Object(found).into())
}
