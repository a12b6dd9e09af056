//! `Group`.

use crate::desk::listing::{Entry, TEAM_GROUP};
use crate::desk::people::TeamGroup;
use crate::desk::permission::Operation as Of;
use crate::rest::call::{Body, Call};
use crate::rest::operation::Access::{May, Team};
use crate::rest::operation::Method::{Delete, Get, Options, Post, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Group",
    operations: &[
        run(Get, "/group", "getQueryGroups", "Get List", Team, list),
        run(Options, "/group", "availableGroupOperations", "Group Resource Options", Team, options),
        run(Post, "/group", "postQueryGroups", "Get List (POST)", Team, list),
        run(Get, "/group/count", "getGroupCount", "Get List Count", Team, count),
        run(Post, "/group/count", "queryGroupCount", "Get List Count (POST)", Team, count),
        run(Post, "/group/create", "createGroup", "Create Group", May(Of::ChangeUsers), create),
        run(Delete, "/group/{id}", "deleteGroup", "Delete Group", May(Of::ChangeUsers), delete),
        run(Get, "/group/{id}", "getGroup", "Get Group", Team, get),
        run(Options, "/group/{id}", "availableGroupInstanceOperations", "Group Resource Instance Options", Team, options_of_one),
        run(Put, "/group/{id}", "updateGroup", "Update Group", May(Of::ChangeUsers), update),
        run(Options, "/group/{id}/members", "availableGroupMembersOperations", "Group Membership Resource Options", Team, options_of_members),
        run(Delete, "/group/{id}/members/{userId}", "deleteGroupMember", "Delete a Group Member", May(Of::ChangeUsers), remove_member),
        run(Put, "/group/{id}/members/{userId}", "createGroupMember", "Create Group Member", May(Of::ChangeUsers), add_member),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &TEAM_GROUP)
}

fn count(call: &Call) -> Answer {
    query::count(call, &TEAM_GROUP)
}

fn entry(call: &Call) -> Result<Entry, Fault> {
    let id = call.param("id");
    let found = call.desk.find(&call.caller, &TEAM_GROUP, id)?;
    found.ok_or_else(|| Fault::not_found(format!("Group with id {id} does not exist")))
}

fn get(call: &Call) -> Answer {
    Ok(Json::Object(entry(call)?).into())
}

fn named(body: &Body, id: String) -> Result<TeamGroup, Fault> {
    Ok(TeamGroup {
        id,
        name: body.text("name")?,
        kind: body.text("type")?,
    })
}

fn create(call: &Call) -> Answer {
    let body = call.object()?;
    let id = body.text("id")?.filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Fault::invalid("The group id must not be null"))?;
    if call.desk.find(&call.caller, &TEAM_GROUP, &id)?.is_some() {
        return Err(Fault::engine(format!("there is a group {id} already")));
    }
    call.desk.set_group(&call.caller, named(&body, id)?)?;
    Ok(Reply::None)
}

fn update(call: &Call) -> Answer {
    entry(call)?;
    let group = named(&call.object()?, call.param("id").to_owned())?;
    call.desk.set_group(&call.caller, group)?;
    Ok(Reply::None)
}

fn delete(call: &Call) -> Answer {
    entry(call)?;
    call.desk.remove_group(&call.caller, call.param("id"))?;
    Ok(Reply::None)
}

fn add_member(call: &Call) -> Answer {
    entry(call)?;
    member(call, true)
}

fn remove_member(call: &Call) -> Answer {
    member(call, false)
}

fn member(call: &Call, add: bool) -> Answer {
    let (group, user) = (call.param("id"), call.param("userId"));
    let done = call.desk.set_member(&call.caller, group, user, add);
    done.map_err(|error| match error {
        crate::desk::DeskError::NotFound(message) => Fault::engine(message),
        error => error.into(),
    })?;
    Ok(Reply::None)
}

fn options(call: &Call) -> Answer {
    let mut links = vec![
        call.link("GET", "/group", "list"),
        call.link("GET", "/group/count", "count"),
    ];
    if call.by_head() {
        links.push(call.link("POST", "/group/create", "create"));
    }
    Ok(json!({ "links": links }).into())
}

fn options_of_one(call: &Call) -> Answer {
    let path = format!("/group/{}", call.param("id"));
    let mut links = vec![call.link("GET", &path, "self")];
    if call.by_head() {
        links.push(call.link("DELETE", &path, "delete"));
        links.push(call.link("PUT", &path, "update"));
    }
    Ok(json!({ "links": links }).into())
}

fn options_of_members(call: &Call) -> Answer {
    let path = format!("/group/{}/members", call.param("id"));
    let links = match call.by_head() {
        true => vec![
            call.link("DELETE", &path, "delete"),
            call.link("PUT", &path, "create"),
        ],
        false => Vec::new(),
    };
    Ok(json!({ "links": links }).into())
}
