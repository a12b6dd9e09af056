//! `User`.

use crate::desk::DeskError;
use crate::desk::listing::{Entry, USER};
use crate::desk::people::{Profile, check_profile};
use crate::desk::permission::Operation as Of;
use crate::desk::view::Role;
use crate::rest::call::{Body, Call};
use crate::rest::operation::Access::{All, May, Team};
use crate::rest::operation::Method::{Delete, Get, Options, Post, Put};
use crate::rest::operation::{Group, hash, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "User",
    operations: &[
        run(Get, "/user", "getUsers", "Get List", Team, list),
        run(Options, "/user", "availableOperations", "Options", Team, options),
        run(Get, "/user/count", "getUserCount", "Get List Count", Team, count),
        hash(Post, "/user/create", "createUser", "Create", May(Of::ChangeUsers), create),
        run(Delete, "/user/{id}", "deleteUser", "Delete", May(Of::ChangeUsers), delete),
        run(Options, "/user/{id}", "availableUserOperations", "Options", Team, options_of_one),
        hash(Put, "/user/{id}/credentials", "updateCredentials", "Update Credentials", All, credentials),
        run(Get, "/user/{id}/profile", "getUserProfile", "Get Profile", Team, profile),
        run(Put, "/user/{id}/profile", "updateProfile", "Update User Profile", Team, update_profile),
        run(Post, "/user/{id}/unlock", "unlockUser", "Unlock User", May(Of::ChangeUsers), unlock),
    ],
};

fn list(call: &Call) -> Answer {
    query::list(call, &USER)
}

fn count(call: &Call) -> Answer {
    query::count(call, &USER)
}

fn entry(call: &Call) -> Result<Entry, Fault> {
    let id = call.param("id");
    let found = call.desk.find(&call.caller, &USER, id)?;
    found.ok_or_else(|| Fault::not_found(format!("User with id {id} does not exist")))
}

fn profile(call: &Call) -> Answer {
    Ok(Json::Object(entry(call)?).into())
}

fn named(body: &Body) -> Result<Profile, Fault> {
    Ok(Profile {
        first_name: body.text("firstName")?,
        last_name: body.text("lastName")?,
        email: body.text("email")?,
    })
}

/// Somebody new is an employee.
fn create(call: &Call) -> Answer {
    let body = call.object()?;
    let profile = body.object("profile")?.unwrap_or_default();
    let id = profile.text("id")?.filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Fault::invalid("The user id must not be null"))?;
    let credentials = body.object("credentials")?.unwrap_or_default();
    let password = credentials.text("password")?;
    let profile = named(&profile)?;
    check_profile(&profile)?;
    let made = call
        .desk
        .add_user(&call.caller, &id, Role::Employee, &[], password.as_deref());
    made.map_err(|error| match error {
        DeskError::Conflict(message) => Fault::engine(message),
        error => error.into(),
    })?;
    call.desk.set_profile(&call.caller, &id, profile)?;
    Ok(Reply::None)
}

fn delete(call: &Call) -> Answer {
    entry(call)?;
    call.desk
        .remove_user(&call.caller, call.param("id"), None)?;
    Ok(Reply::None)
}

fn update_profile(call: &Call) -> Answer {
    entry(call)?;
    let profile = named(&call.object()?)?;
    call.desk
        .set_profile(&call.caller, call.param("id"), profile)?;
    Ok(Reply::None)
}

fn credentials(call: &Call) -> Answer {
    let body = call.object()?;
    let id = call.param("id");
    let password = body.required("password")?;
    if let (Some(own), Some(user)) = (body.text("authenticatedUserPassword")?, call.user_id()) {
        let hash = call.desk.password_mark(user)?;
        if !hash.is_some_and(|hash| crate::desk::password::verify(&own, &hash)) {
            return Err(Fault::invalid(
                "The given authenticated user password is not valid.",
            ));
        }
    }
    call.desk.set_password(&call.caller, id, Some(&password))?;
    Ok(Reply::None)
}

/// A desk locks nobody out for long; there is nothing to unlock.
fn unlock(call: &Call) -> Answer {
    entry(call)?;
    Ok(Reply::None)
}

fn options(call: &Call) -> Answer {
    let mut links = vec![
        call.link("GET", "/user", "list"),
        call.link("GET", "/user/count", "count"),
    ];
    if call.by_head() {
        links.push(call.link("POST", "/user/create", "create"));
    }
    Ok(json!({ "links": links }).into())
}

fn options_of_one(call: &Call) -> Answer {
    let id = call.param("id");
    let mut links = vec![call.link("GET", &format!("/user/{id}/profile"), "self")];
    if call.by_head() {
        links.push(call.link("DELETE", &format!("/user/{id}"), "delete"));
    }
    if call.by_head() || call.user_id() == Some(id) {
        let path = |what: &str| format!("/user/{id}/{what}");
        links.push(call.link("PUT", &path("profile"), "updateProfile"));
        links.push(call.link("PUT", &path("credentials"), "updateCredentials"));
    }
    Ok(json!({ "links": links }).into())
}
