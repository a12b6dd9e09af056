//! `Task Identity Link`.

use super::task::told;
use crate::desk::DeskError;
use crate::desk::permission::Operation;
use crate::desk::tasklist::TaskChange;
use crate::desk::tasklist::TaskPatch;
use crate::rest::call::Call;
use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, run};
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Task Identity Link",
    operations: &[
        run(Get, "/task/{id}/identity-links", "getIdentityLinks", "Get List", Team, list),
        run(Post, "/task/{id}/identity-links", "addIdentityLink", "Add", Team, add),
        run(Post, "/task/{id}/identity-links/delete", "deleteIdentityLink", "Delete", Team, remove),
    ],
};

fn list(call: &Call) -> Answer {
    super::task::visible(call)?;
    let (id, wanted) = (call.param("id"), call.query("type"));
    let task = call
        .desk
        .task_row(&call.caller, id, Operation::SeeTask)?
        .task;
    let mut links = Vec::new();
    let mut link = |user: Option<&str>, group: Option<&str>, kind: &str| {
        if wanted.is_none_or(|wanted| wanted == kind) {
            links.push(json!({ "userId": user, "groupId": group, "type": kind }));
        }
    };
    if task.assignee.is_some() {
        link(task.assignee.as_deref(), None, "assignee");
    }
    if task.owner.is_some() {
        link(task.owner.as_deref(), None, "owner");
    }
    for user in &task.candidate_users {
        link(Some(user), None, "candidate");
    }
    for group in &task.candidate_groups {
        link(None, Some(group), "candidate");
    }
    Ok(Json::Array(links).into())
}

fn add(call: &Call) -> Answer {
    change(call, true)
}

fn remove(call: &Call) -> Answer {
    change(call, false)
}

fn change(call: &Call, add: bool) -> Answer {
    let body = call.object()?;
    let (user, group) = (body.text("userId")?, body.text("groupId")?);
    match (&user, &group) {
        (Some(_), Some(_)) => {
            return Err(Fault::invalid(
                "Identity Link requires userId or groupId, but not both.",
            ));
        }
        (None, None) => {
            return Err(Fault::invalid("Identity Link requires userId or groupId."));
        }
        _ => {}
    }
    let kind = body.required("type")?;
    if !matches!(kind.as_str(), "candidate" | "assignee" | "owner")
        || (group.is_some() && kind != "candidate")
    {
        return Err(Fault::bad_user_request(format!(
            "a desk links people to tasks as candidate, assignee and owner, groups as candidate, not as {kind}"
        )));
    }
    let done = call
        .desk
        .change_task(&call.caller, call.param("id"), move |task| {
            let mut patch = TaskPatch::default();
            let one = match add {
                true => user.clone(),
                false => None,
            };
            let edited = |names: &[String], name: String| {
                let mut names: Vec<String> =
                    names.iter().filter(|n| **n != name).cloned().collect();
                if add {
                    names.push(name);
                }
                names
            };
            match (kind.as_str(), user.clone(), group.clone()) {
                ("assignee", user, _) if add || task.assignee == user => {
                    patch.assignee = Some(one);
                }
                ("owner", user, _) if add || task.owner == user => patch.owner = Some(one),
                ("candidate", Some(user), _) => {
                    patch.candidate_users = Some(edited(&task.candidate_users, user));
                }
                ("candidate", _, Some(group)) => {
                    patch.candidate_groups = Some(edited(&task.candidate_groups, group));
                }
                _ => {}
            }
            Ok(TaskChange {
                patch,
                ..TaskChange::default()
            })
        });
    match done {
        Ok(()) => Ok(Reply::None),
        Err(DeskError::NotFound(message)) => Err(Fault::bad_user_request(message)),
        Err(error) => Err(told(error, call.param("id"))),
    }
}
