//! `Process Instance Comment`.

use crate::desk::listing::{COMMENT, HISTORIC_PROCESS_INSTANCE};
use crate::rest::call::Call;
use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::{Delete, Get, Put};
use crate::rest::operation::{Group, run, todo};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault};
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Process Instance Comment",
    operations: &[
        todo(Delete, "/process-instance/{id}/comment", "deleteProcessInstanceComments", "Delete ProcessInstance Comments"),
        run(Get, "/process-instance/{id}/comment", "getProcessInstanceComments", "Get Process Instance Comments", Team, list),
        todo(Put, "/process-instance/{id}/comment", "updateProcessInstanceComment", "Update"),
        todo(Delete, "/process-instance/{id}/comment/{commentId}", "deleteProcessInstanceComment", "Delete"),
    ],
};

/// What was said about an instance and its tasks, the newest first.
fn list(call: &Call) -> Answer {
    let id = call.param("id");
    if query::find(call, &HISTORIC_PROCESS_INSTANCE, id)?.is_none() {
        let message = format!("No process instance found for id {id}");
        return Err(Fault::not_found(message));
    }
    let pairs = [
        ("processInstanceId", id),
        ("sortBy", "time"),
        ("sortOrder", "desc"),
    ];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let entries = query::entries(call, &COMMENT, query::from_pairs(&pairs, &COMMENT)?)?;
    let entries = entries.into_iter().map(query::with_links);
    Ok(Json::Array(entries.collect()).into())
}
