//! `Identity`.

use crate::desk::listing::{ListQuery, Listing, TEAM_GROUP, USER};
use crate::desk::password;
use crate::rest::call::Call;
use crate::rest::operation::Access::{All, Team};
use crate::rest::operation::Method::{Get, Post};
use crate::rest::operation::{Group, hash, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault};
use serde_json::{Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Identity",
    operations: &[
        run(Get, "/identity/groups", "getGroupInfo", "Get a User's Groups", Team, groups),
        run(Get, "/identity/password-policy", "getPasswordPolicy", "Get Password Policy", All, policy),
        run(Post, "/identity/password-policy", "checkPassword", "Validate Password", All, check),
        hash(Post, "/identity/verify", "verifyUser", "Verify User", All, verify),
    ],
};

/// Entries by one criterion.
fn by(
    call: &Call,
    listing: &'static Listing,
    name: &str,
    value: &str,
) -> Result<Vec<crate::desk::listing::Entry>, Fault> {
    let query: ListQuery = query::from_pairs(&[(name.to_owned(), value.to_owned())], listing)?;
    query::entries(call, listing, query)
}

fn groups(call: &Call) -> Answer {
    let user = call.query("userId");
    let user = user.ok_or_else(|| Fault::invalid("No user id was supplied"))?;
    let (mut groups, mut users): (Vec<Json>, Vec<Json>) = (Vec::new(), Vec::new());
    for group in by(call, &TEAM_GROUP, "member", user)? {
        groups.push(json!({ "id": group.get("id"), "name": group.get("name") }));
        let id = group.get("id").and_then(Json::as_str).unwrap_or_default();
        for member in by(call, &USER, "memberOfGroup", id)? {
            let name = |name: &str| member.get(name).and_then(Json::as_str).unwrap_or_default();
            let whole = format!("{} {}", name("firstName"), name("lastName"));
            let shown = match whole.trim() {
                "" => name("id"),
                whole => whole,
            };
            let shown = json!({
                "id": name("id"),
                "firstName": member.get("firstName"),
                "lastName": member.get("lastName"),
                "displayName": shown,
            });
            if name("id") != user && !users.contains(&shown) {
                users.push(shown);
            }
        }
    }
    Ok(json!({ "groups": groups, "groupUsers": users }).into())
}

/// The one rule of a desk.
fn rule() -> Json {
    json!({
        "placeholder": "PASSWORD_POLICY_LENGTH",
        "parameter": { "minLength": password::SHORTEST.to_string() },
    })
}

fn policy(_: &Call) -> Answer {
    Ok(json!({ "rules": [rule()] }).into())
}

fn check(call: &Call) -> Answer {
    let given = call.object()?.required("password")?;
    let valid = given.chars().count() >= password::SHORTEST && given.len() <= password::LONGEST;
    let mut rule = rule();
    rule["valid"] = valid.into();
    Ok(json!({ "rules": [rule], "valid": valid }).into())
}

fn verify(call: &Call) -> Answer {
    let body = call.object()?;
    let (Some(user), Some(given)) = (body.text("username")?, body.text("password")?) else {
        return Err(Fault::invalid("Username and password are required"));
    };
    let hash = call.desk.password_mark(&user)?;
    let known = hash.is_some_and(|hash| password::verify(&given, &hash));
    Ok(json!({
        "authenticatedUser": user, "authenticated": known, "tenants": null, "groups": null,
    })
    .into())
}
