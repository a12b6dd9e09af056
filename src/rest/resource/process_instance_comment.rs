//! `Process Instance Comment`.

use super::task_comment::gone;
use crate::desk::comment::About;
use crate::desk::listing::{COMMENT, HISTORIC_PROCESS_INSTANCE};
use crate::rest::call::Call;
use crate::rest::operation::Access::{Head, Team};
use crate::rest::operation::Method::{Delete, Get, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Process Instance Comment",
    operations: &[
        run(Delete, "/process-instance/{id}/comment", "deleteProcessInstanceComments", "Delete ProcessInstance Comments", Head, delete_all),
        run(Get, "/process-instance/{id}/comment", "getProcessInstanceComments", "Get Process Instance Comments", Team, list),
        run(Put, "/process-instance/{id}/comment", "updateProcessInstanceComment", "Update", Team, update),
        run(Delete, "/process-instance/{id}/comment/{commentId}", "deleteProcessInstanceComment", "Delete", Team, delete),
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

/// The instance of the path; 400 where there is none.
fn about(call: &Call) -> Result<About, Fault> {
    let id = call.param("id");
    match query::find(call, &HISTORIC_PROCESS_INSTANCE, id)? {
        Some(_) => Ok(About::Instance(id.to_owned())),
        None => Err(Fault::invalid(format!(
            "No process instance found for id {id}"
        ))),
    }
}

fn update(call: &Call) -> Answer {
    let about = about(call)?;
    let body = call.object()?;
    let (id, message) = (body.required("id")?, body.required("message")?);
    let done = call.desk.reword(&call.caller, about, &id, &message)?;
    gone(done, &id)
}

/// One that is not there is passed over, as in Camunda.
fn delete(call: &Call) -> Answer {
    let id = call.param("commentId");
    call.desk.unsay(&call.caller, about(call)?, Some(id))?;
    Ok(Reply::None)
}

fn delete_all(call: &Call) -> Answer {
    call.desk.unsay(&call.caller, about(call)?, None)?;
    Ok(Reply::None)
}
