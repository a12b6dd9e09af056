//! `History Cleanup`: one job removes what is to go.

use crate::desk::listing::{Entry, JOB};
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::{All, May};
use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "History Cleanup",
    operations: &[
        run(Post, "/history/cleanup", "cleanupAsync", "Clean up history (POST)", May(Of::Operate), clean),
        run(Get, "/history/cleanup/configuration", "getHistoryCleanupConfiguration", "Get History Cleanup Configuration", May(Of::Operate), configuration),
        run(Get, "/history/cleanup/job", "findCleanupJob", "Find clean up history job (GET)", All, job),
        run(Get, "/history/cleanup/jobs", "findCleanupJobs", "Find clean up history jobs (GET)", All, jobs),
    ],
};

/// Without `immediatelyDue` the job would wait for a batch window, of which there is none.
fn clean(call: &Call) -> Answer {
    let now = call.query_flag("immediatelyDue")?.unwrap_or(true);
    match call.desk.schedule_cleanup(&call.caller, now)? {
        Some(id) => Ok(Json::Object(query::get(call, &JOB, &id)?).into()),
        None => Ok(Reply::None),
    }
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

fn found(call: &Call) -> Result<Option<Entry>, Fault> {
    match call.desk.cleanup_job()? {
        Some(id) => query::find(call, &JOB, &id),
        None => Ok(None),
    }
}

fn job(call: &Call) -> Answer {
    let missing = || Fault::not_found("History cleanup job does not exist");
    Ok(Json::Object(found(call)?.ok_or_else(missing)?).into())
}

fn jobs(call: &Call) -> Answer {
    let missing = || Fault::not_found("History cleanup jobs are empty");
    Ok(json!([found(call)?.ok_or_else(missing)?]).into())
}
