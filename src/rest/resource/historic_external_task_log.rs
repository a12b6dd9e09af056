//! `Historic External Task Log`.

use crate::desk::listing::{EXTERNAL_TASK_ERROR, EXTERNAL_TASK_LOG, Entry, Listing};
use crate::rest::call::Call;
use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Historic External Task Log",
    operations: &[
        run(Get, "/history/external-task-log", "getHistoricExternalTaskLogs", "Get External Task Logs", Team, list),
        run(Post, "/history/external-task-log", "queryHistoricExternalTaskLogs", "Get External Task Logs (POST)", Team, list),
        run(Get, "/history/external-task-log/count", "getHistoricExternalTaskLogsCount", "Get External Task Log Count", Team, count),
        run(Post, "/history/external-task-log/count", "queryHistoricExternalTaskLogsCount", "Get External Task Log Count (POST)", Team, count),
        run(Get, "/history/external-task-log/{id}", "getHistoricExternalTaskLog", "Get External Task Log", Team, get),
        run(Get, "/history/external-task-log/{id}/error-details", "getErrorDetailsHistoricExternalTaskLog", "Get External Task Log Error Details", Team, error_details),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &EXTERNAL_TASK_LOG)
}

fn count(call: &Call) -> Answer {
    query::count(call, &EXTERNAL_TASK_LOG)
}

fn entry(call: &Call, listing: &'static Listing) -> Result<Entry, Fault> {
    let id = call.param("id");
    query::logged(call, listing, id)?.ok_or_else(|| {
        Fault::not_found(format!(
            "Historic external task log with id {id} does not exist"
        ))
    })
}

fn get(call: &Call) -> Answer {
    Ok(Json::Object(entry(call, &EXTERNAL_TASK_LOG)?).into())
}

fn error_details(call: &Call) -> Answer {
    let entry = entry(call, &EXTERNAL_TASK_ERROR)?;
    Ok(Reply::text(
        entry.get("errorDetails").and_then(Json::as_str),
    ))
}
