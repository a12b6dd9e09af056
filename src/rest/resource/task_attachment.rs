//! `Task Attachment`.

use super::task_comment::known;
use crate::desk::DeskError;
use crate::desk::listing::ATTACHMENT;
use crate::desk::tasklist::Attachment;
use crate::rest::call::Call;
use crate::rest::multipart;
use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::{Delete, Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use chrono::DateTime;
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Task Attachment",
    operations: &[
        run(Get, "/task/{id}/attachment", "getAttachments", "Get List", Team, list),
        run(Post, "/task/{id}/attachment/create", "addAttachment", "Create", Team, create),
        run(Delete, "/task/{id}/attachment/{attachmentId}", "deleteAttachment", "Delete", Team, delete),
        run(Get, "/task/{id}/attachment/{attachmentId}", "getAttachment", "Get", Team, get),
        run(Get, "/task/{id}/attachment/{attachmentId}/data", "getAttachmentData", "Get (Binary)", Team, data),
    ],
};

fn list(call: &Call) -> Answer {
    known(call, 404)?;
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let pairs = [
        pair("taskId", call.param("id")),
        pair("sortBy", "created"),
        pair("sortOrder", "asc"),
    ];
    let query = query::from_pairs(&pairs, &ATTACHMENT)?;
    let entries = query::entries(call, &ATTACHMENT, query)?;
    Ok(Json::Array(entries.into_iter().map(query::with_links).collect()).into())
}

/// One attachment of the task.
fn one(call: &Call, id: &str) -> Result<Option<Json>, Fault> {
    let task = call.param("id");
    let found = call.desk.find(&call.caller, &ATTACHMENT, id)?;
    let found = found.filter(|attachment| attachment.get("taskId") == Some(&task.into()));
    Ok(found.map(query::with_links))
}

fn get(call: &Call) -> Answer {
    let (task, id) = (call.param("id"), call.param("attachmentId"));
    let found = one(call, id)?;
    let found = found.ok_or_else(|| {
        Fault::not_found(format!(
            "Attachment with id {id} does not exist for task id '{task}'."
        ))
    })?;
    Ok(found.into())
}

fn data(call: &Call) -> Answer {
    let (task, id) = (call.param("id"), call.param("attachmentId"));
    let content = match one(call, id)? {
        Some(_) => call.desk.attachment_content(&call.caller, task, id)?,
        None => None,
    };
    let bytes = content.ok_or_else(|| {
        Fault::not_found(format!(
            "Attachment content for attachment with id '{id}' does not exist for task id '{task}'."
        ))
    })?;
    Ok(Reply::Bytes {
        content_type: "application/octet-stream".to_owned(),
        filename: None,
        bytes,
    })
}

fn create(call: &Call) -> Answer {
    let kind = call.content_type.as_deref().unwrap_or_default();
    let parts = multipart::parts(kind, &call.body)?;
    let part = |name: &str| parts.iter().find(|part| part.name == name);
    let text = |name: &str| {
        part(name)
            .map(multipart::Part::text)
            .filter(|t| !t.is_empty())
    };
    let content = part("content").map(|part| part.bytes.clone());
    let url = text("url");
    if url.is_none() && content.is_none() {
        return Err(Fault::invalid(
            "No content or url to remote content exists to create the task attachment.",
        ));
    }
    let attachment = Attachment {
        id: String::new(),
        task_id: String::new(),
        process_instance_id: String::new(),
        name: text("attachment-name"),
        description: text("attachment-description"),
        kind: text("attachment-type"),
        url,
        user_id: None,
        created: DateTime::UNIX_EPOCH,
        content,
    };
    let id = call.param("id");
    let made = call.desk.attach(&call.caller, id, attachment);
    let made = made.map_err(|error| match error {
        DeskError::NotFound(_) => Fault::invalid(format!("Task with id {id} does not exist")),
        error => error.into(),
    })?;
    let mut shown = one(call, &made)?.unwrap_or_default();
    let href = format!("{}/task/{id}/attachment/{made}", call.base);
    shown["links"] = json!([{ "method": "GET", "href": href, "rel": "self" }]);
    Ok(shown.into())
}

fn delete(call: &Call) -> Answer {
    let (task, id) = (call.param("id"), call.param("attachmentId"));
    let gone = || {
        Fault::not_found(format!(
            "Deletion is not possible. No attachment exists for the task id '{task}' and attachment id '{id}'."
        ))
    };
    match call.desk.detach(&call.caller, task, id) {
        Ok(true) => Ok(Reply::None),
        Ok(false) | Err(DeskError::NotFound(_)) => Err(gone()),
        Err(error) => Err(error.into()),
    }
}
