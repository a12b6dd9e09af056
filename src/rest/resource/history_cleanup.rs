//! `History Cleanup`: a worker removes what is to go, whenever; there is no job for it.

use crate::rest::call::Call;
use crate::rest::operation::Access::{All, Head};
use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::query::nothing;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "History Cleanup",
    operations: &[
        run(Post, "/history/cleanup", "cleanupAsync", "Clean up history (POST)", Head, clean),
        run(Get, "/history/cleanup/configuration", "getHistoryCleanupConfiguration", "Get History Cleanup Configuration", Head, configuration),
        run(Get, "/history/cleanup/job", "findCleanupJob", "Find clean up history job (GET)", All, job),
        run(Get, "/history/cleanup/jobs", "findCleanupJobs", "Find clean up history jobs (GET)", All, nothing),
    ],
};

/// It is done before the answer; Camunda would tell of the job that does it.
fn clean(call: &Call) -> Answer {
    call.query_flag("immediatelyDue")?;
    call.desk.clean_history(&call.caller)?;
    Ok(Reply::None)
}

/// No hours of the day are its own.
fn configuration(call: &Call) -> Answer {
    let enabled = call.desk.cleans_history()?;
    Ok(json!({
        "batchWindowStartTime": null,
        "batchWindowEndTime": null,
        "enabled": enabled,
    })
    .into())
}

fn job(_: &Call) -> Answer {
    Err(Fault::not_found("History cleanup job does not exist"))
}
