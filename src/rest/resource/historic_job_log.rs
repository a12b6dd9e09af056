//! `Historic Job Log`.

use crate::desk::listing::{Entry, JOB_LOG};
use crate::rest::call::Call;
use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic Job Log",
    operations: &[
        run(Get, "/history/job-log", "getHistoricJobLogs", "Get Job Logs", Team, list),
        run(Post, "/history/job-log", "queryHistoricJobLogs", "Get Job Logs (POST)", Team, list),
        run(Get, "/history/job-log/count", "getHistoricJobLogsCount", "Get Job Log Count", Team, count),
        run(Post, "/history/job-log/count", "queryHistoricJobLogsCount", "Get Job Log Count (POST)", Team, count),
        run(Get, "/history/job-log/{id}", "getHistoricJobLog", "Get Job Log", Team, get),
        run(Get, "/history/job-log/{id}/stacktrace", "getStacktraceHistoricJobLog", "Get Job Log Exception Stacktrace", Team, stacktrace),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &JOB_LOG)
}

fn count(call: &Call) -> Answer {
    query::count(call, &JOB_LOG)
}

fn entry(call: &Call) -> Result<Entry, Fault> {
    let id = call.param("id");
    let missing = || Fault::not_found(format!("Historic job log with id {id} does not exist"));
    query::logged(call, &JOB_LOG, id)?.ok_or_else(missing)
}

fn get(call: &Call) -> Answer {
    Ok(Json::Object(entry(call)?).into())
}

/// What went wrong: crewdesk keeps its message.
fn stacktrace(call: &Call) -> Answer {
    let entry = entry(call)?;
    Ok(Reply::text(
        entry.get("jobExceptionMessage").and_then(Json::as_str),
    ))
}
