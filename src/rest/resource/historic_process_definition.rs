//! `Historic Process Definition`.

use crate::desk::listing::{CLEANABLE_PROCESS, Direction, Entry, Given, HISTORIC_STATISTICS};
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::May;
use crate::rest::operation::Method::Get;
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::Answer;
use serde_json::Value as Json;
use std::collections::BTreeMap;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Process Definition",
    operations: &[
        run(Get, "/history/process-definition/cleanable-process-instance-report", "getCleanableHistoricProcessInstanceReport", "Get Cleanable Process Instance Report", May(Of::Operate), cleanable),
        run(Get, "/history/process-definition/cleanable-process-instance-report/count", "getCleanableHistoricProcessInstanceReportCount", "Get Cleanable Process Instance Report Count", May(Of::Operate), count_cleanable),
        run(Get, "/history/process-definition/{id}/statistics", "getHistoricActivityStatistics", "Get Historic Activity Statistics", May(Of::Operate), statistics),
    ],
};

/// How many of a count there are, and what must be asked for to see it.
const COUNTS: [(&str, Option<&str>); 7] = [
    ("instances", None),
    ("canceled", Some("canceled")),
    ("finished", Some("finished")),
    ("completeScope", Some("completeScope")),
    ("openIncidents", Some("incidents")),
    ("resolvedIncidents", Some("incidents")),
    ("deletedIncidents", Some("incidents")),
];

fn cleanable(call: &Call) -> Answer {
    query::list(call, &CLEANABLE_PROCESS)
}

fn count_cleanable(call: &Call) -> Answer {
    query::count(call, &CLEANABLE_PROCESS)
}

fn statistics(call: &Call) -> Answer {
    let mut asked = query::read(call, &HISTORIC_STATISTICS)?;
    let id = Given::Text(call.param("id").to_owned());
    query::also(&mut asked, &HISTORIC_STATISTICS, "definition", id);
    let falling = asked
        .sorts
        .first()
        .is_some_and(|(_, d)| *d == Direction::Descending);
    // One row for each activity of each instance; they are summed up here.
    let rows = call.desk.list(&call.caller, &HISTORIC_STATISTICS, &asked)?;
    let mut sums: BTreeMap<String, [i64; 7]> = BTreeMap::new();
    for row in &rows {
        let activity = row.get("id").and_then(Json::as_str).unwrap_or_default();
        let sums = sums.entry(activity.to_owned()).or_default();
        for (sum, (name, _)) in sums.iter_mut().zip(COUNTS) {
            *sum += row.get(name).and_then(Json::as_i64).unwrap_or(0);
        }
    }
    let mut shown = Vec::new();
    for (activity, sums) in sums {
        let mut entry = Entry::new();
        entry.insert("id".to_owned(), activity.into());
        let mut some = false;
        for (sum, (name, wanted)) in sums.into_iter().zip(COUNTS) {
            let seen = match wanted {
                Some(flag) => call.query_flag(flag)?.unwrap_or(false),
                None => true,
            };
            let sum = if seen { sum } else { 0 };
            some |= sum > 0;
            entry.insert(name.to_owned(), sum.into());
        }
        if some {
            shown.push(Json::Object(entry));
        }
    }
    if falling {
        shown.reverse();
    }
    Ok(Json::Array(shown).into())
}
