//! `Task Comment`.

use crate::desk::DeskError;
use crate::desk::comment::About;
use crate::desk::listing::{COMMENT, KNOWN_TASK};
use crate::desk::permission::Operation as Of;
use crate::rest::call::Call;
use crate::rest::operation::Access::{May, Team};
use crate::rest::operation::Method::{Delete, Get, Post, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Task Comment",
    operations: &[
        run(Delete, "/task/{id}/comment", "deleteTaskComments", "Delete Task Comments", May(Of::Operate), delete_all),
        run(Get, "/task/{id}/comment", "getComments", "Get List", Team, list),
        run(Put, "/task/{id}/comment", "updateTaskComment", "Update", Team, update),
        run(Post, "/task/{id}/comment/create", "createComment", "Create", Team, create),
        run(Delete, "/task/{id}/comment/{commentId}", "deleteTaskComment", "Delete", Team, delete),
        run(Get, "/task/{id}/comment/{commentId}", "getComment", "Get", Team, get),
    ],
};

/// Refuses a task that neither is nor was there for the caller.
pub(super) fn known(call: &Call, status: u16) -> Result<(), Fault> {
    let id = call.param("id");
    match call.desk.find(&call.caller, &KNOWN_TASK, id)? {
        Some(_) => Ok(()),
        None => Err(Fault::new(
            status,
            "InvalidRequestException",
            format!("No task found for task id {id}"),
        )),
    }
}

fn list(call: &Call) -> Answer {
    known(call, 404)?;
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let pairs = [
        pair("taskId", call.param("id")),
        pair("sortBy", "time"),
        pair("sortOrder", "desc"),
    ];
    let query = query::from_pairs(&pairs, &COMMENT)?;
    let entries = query::entries(call, &COMMENT, query)?;
    Ok(Json::Array(entries.into_iter().map(query::with_links).collect()).into())
}

/// One comment on the task.
fn one(call: &Call, id: &str) -> Result<Json, Fault> {
    let task = call.param("id");
    let found = call.desk.find(&call.caller, &COMMENT, id)?;
    let found = found.filter(|comment| comment.get("taskId") == Some(&task.into()));
    found.map(query::with_links).ok_or_else(|| {
        Fault::not_found(format!(
            "Task comment with id {id} does not exist for task id '{task}'."
        ))
    })
}

fn get(call: &Call) -> Answer {
    Ok(one(call, call.param("commentId"))?.into())
}

fn create(call: &Call) -> Answer {
    let message = call.object()?.text("message")?.unwrap_or_default();
    let id = call.param("id");
    let made = call.desk.comment_on(&call.caller, id, &message);
    let comment = made.map_err(|error| match error {
        DeskError::NotFound(_) => Fault::invalid(format!(
            "Cannot add comment to task, task with id {id} does not exist"
        )),
        DeskError::Invalid(message) => Fault::invalid(message),
        error => error.into(),
    })?;
    let mut shown = one(call, &comment)?;
    let href = format!("{}/task/{id}/comment/{comment}", call.base);
    shown["links"] = json!([{ "method": "GET", "href": href, "rel": "self" }]);
    Ok(shown.into())
}

fn update(call: &Call) -> Answer {
    known(call, 400)?;
    let body = call.object()?;
    let id = body.required("id")?;
    let message = body.text("message")?.unwrap_or_default();
    let done = call.desk.reword(&call.caller, about(call), &id, &message)?;
    gone(done, &id)
}

fn delete(call: &Call) -> Answer {
    known(call, 400)?;
    let id = call.param("commentId");
    let done = call.desk.unsay(&call.caller, about(call), Some(id))?;
    gone(done > 0, id)
}

fn about(call: &Call) -> About {
    About::Task(call.param("id").to_owned())
}

pub(super) fn gone(there: bool, id: &str) -> Answer {
    match there {
        true => Ok(Reply::None),
        false => Err(Fault::invalid(format!(
            "No comment exists with commentId: {id}"
        ))),
    }
}

fn delete_all(call: &Call) -> Answer {
    known(call, 400)?;
    call.desk.unsay(&call.caller, about(call), None)?;
    Ok(Reply::None)
}
