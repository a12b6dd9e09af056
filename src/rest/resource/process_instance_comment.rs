//! `Process Instance Comment`.

use super::task_comment::gone;
use crate::desk::comment::About;
use crate::desk::listing::{COMMENT, HISTORIC_PROCESS_INSTANCE};
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::{May, Team};
use crate::rest::operation::Method::{Delete, Get, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::Value as Json;

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Process Instance Comment",
    operations: &[
        run(Delete, "/process-instance/{id}/comment", "deleteProcessInstanceComments", "Delete ProcessInstance Comments", May(Of::Operate), delete_all),
        run(Get, "/process-instance/{id}/comment", "getProcessInstanceComments", "Get Process Instance Comments", Team, list),
        run(Put, "/process-instance/{id}/comment", "updateProcessInstanceComment", "Update", Team, update),
        run(Delete, "/process-instance/{id}/comment/{commentId}", "deleteProcessInstanceComment", "Delete", Team, delete),
    ],
};

/// Refuses an instance that neither is nor was there for the caller.
fn known(call: &Call) -> Result<&str, Fault> {
    let id = call.param("id");
    match query::find(call, &HISTORIC_PROCESS_INSTANCE, id)? {
        Some(_) => Ok(id),
        None => {
            let message = format!("No process instance found for id {id}");
            Err(Fault::not_found(message))
        }
    }
}

fn about(call: &Call) -> Result<About, Fault> {
    Ok(About::Instance(known(call)?.to_owned()))
}

fn update(call: &Call) -> Answer {
    let (of, body) = (about(call)?, call.object()?);
    let id = body.required("id")?;
    let message = body.text("message")?.unwrap_or_default();
    gone(call.desk.reword(&call.caller, of, &id, &message)?, &id)
}

fn delete(call: &Call) -> Answer {
    let (of, id) = (about(call)?, call.param("commentId"));
    gone(call.desk.unsay(&call.caller, of, Some(id))? > 0, id)
}

fn delete_all(call: &Call) -> Answer {
    call.desk.unsay(&call.caller, about(call)?, None)?;
    Ok(Reply::None)
}

/// What was said about an instance and its tasks, the newest first.
fn list(call: &Call) -> Answer {
    let id = known(call)?;
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
