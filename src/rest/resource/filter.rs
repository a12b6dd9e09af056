//! `Filter`.

use super::task::{criteria, dressed};
use crate::desk::filter::StoredFilter;
use crate::desk::listing::{Entry, FILTER, ListQuery, TASK};
use crate::rest::call::{Body, Call, mismatch};
use crate::rest::operation::Access::Team;
use crate::rest::operation::Method::{Delete, Get, Options, Post, Put};
use crate::rest::operation::{Group, run};
use crate::rest::query;
use crate::rest::reply::{Answer, Fault, Reply};
use serde_json::{Map, Value as Json, json};

#[rustfmt::skip]
pub(super) const GROUP: Group = Group {
    tag: "Filter",
    operations: &[
        run(Get, "/filter", "getFilterList", "Get Filters", Team, list),
        run(Options, "/filter", "filterResourceOptions", "Filter Resource Options", Team, options),
        run(Get, "/filter/count", "getFilterCount", "Get Filter Count", Team, count),
        run(Post, "/filter/create", "createFilter", "Create Filter", Team, create),
        run(Delete, "/filter/{id}", "deleteFilter", "Delete Filter", Team, delete),
        run(Get, "/filter/{id}", "getSingleFilter", "Get Single Filter", Team, get),
        run(Options, "/filter/{id}", "filterResourceOptionsSingle", "Filter Resource Options", Team, options_of_one),
        run(Put, "/filter/{id}", "updateFilter", "Update Filter", Team, update),
        run(Get, "/filter/{id}/count", "executeFilterCount", "Execute Filter Count", Team, run_count),
        run(Post, "/filter/{id}/count", "postExecuteFilterCount", "Execute Filter Count (POST)", Team, run_count),
        run(Get, "/filter/{id}/list", "executeFilterList", "Execute Filter List", Team, run_list),
        run(Post, "/filter/{id}/list", "postExecuteFilterList", "Execute Filter List (POST)", Team, run_list),
        run(Get, "/filter/{id}/singleResult", "executeFilterSingleResult", "Execute Filter Single Result", Team, run_single),
        run(Post, "/filter/{id}/singleResult", "postExecuteFilterSingleResult", "Execute Filter Single Result (POST)", Team, run_single),
    ],
};

/// A filter as it is shown: query and properties are JSON.
fn opened(call: &Call, mut entry: Entry) -> Result<Json, Fault> {
    for name in ["query", "properties"] {
        let text = entry.get(name).and_then(Json::as_str).unwrap_or("{}");
        let json: Json = serde_json::from_str(text).unwrap_or_else(|_| json!({}));
        entry.insert(name.to_owned(), json);
    }
    if call.query_flag("itemCount")? == Some(true) {
        let query = prepared(call, &entry, Body::default())?;
        let count = call.desk.tally(&call.caller, &TASK, &query)?;
        entry.insert("itemCount".to_owned(), count.into());
    }
    Ok(Json::Object(entry))
}

fn list(call: &Call) -> Answer {
    let query = query::read(call, &FILTER)?;
    let entries = query::entries(call, &FILTER, query)?;
    let shown: Result<Vec<Json>, Fault> = entries.into_iter().map(|e| opened(call, e)).collect();
    Ok(Json::Array(shown?).into())
}

fn count(call: &Call) -> Answer {
    query::count(call, &FILTER)
}

fn entry(call: &Call) -> Result<Entry, Fault> {
    let id = call.param("id");
    let found = call.desk.find(&call.caller, &FILTER, id)?;
    found.ok_or_else(|| Fault::not_found(format!("Filter with id {id} does not exist.")))
}

fn get(call: &Call) -> Answer {
    Ok(opened(call, entry(call)?)?.into())
}

/// The filter in a body, whose query is one that can be asked.
fn stored(call: &Call, id: &str) -> Result<StoredFilter, Fault> {
    let body = call.object()?;
    let resource_type = body.text("resourceType")?.unwrap_or_default();
    if resource_type != "Task" {
        return Err(Fault::bad_user_request(format!(
            "Unable to create filter of resource type '{resource_type}': a desk filters the type Task"
        )));
    }
    let name = body.text("name")?.filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Fault::bad_user_request("Name must not be null"))?;
    let part = |name: &str| {
        let part = body.object(name)?.unwrap_or_default();
        Ok::<_, Fault>(part.0)
    };
    let wanted = part("query")?;
    let text = |json: Map<String, Json>| Json::Object(json).to_string();
    asked(call, wanted.clone())?;
    Ok(StoredFilter {
        id: id.to_owned(),
        resource_type,
        name,
        owner: body.text("owner")?,
        query: text(wanted),
        properties: text(part("properties")?),
    })
}

fn create(call: &Call) -> Answer {
    let filter = stored(call, "")?;
    let id = call.desk.create_filter(&call.caller, filter)?;
    let found = call.desk.find(&call.caller, &FILTER, &id)?;
    Ok(opened(call, found.unwrap_or_default())?.into())
}

fn update(call: &Call) -> Answer {
    entry(call)?;
    let filter = stored(call, call.param("id"))?;
    call.desk.update_filter(&call.caller, filter)?;
    Ok(Reply::None)
}

fn delete(call: &Call) -> Answer {
    entry(call)?;
    call.desk.delete_filter(&call.caller, call.param("id"))?;
    Ok(Reply::None)
}

/// A stored query as a list is asked.
fn asked(call: &Call, wanted: Map<String, Json>) -> Result<ListQuery, Fault> {
    let mut body = Body(call.desk.filled(&call.caller, wanted)?);
    criteria(&mut body)?;
    query::from_body(&body, &TASK)
}

/// A filter's query with what a request adds: criteria replace those of the filter, lists of
/// variables, of groups and of sortings come together.
fn prepared(call: &Call, filter: &Entry, more: Body) -> Result<ListQuery, Fault> {
    let mut wanted = match filter.get("query") {
        Some(Json::Object(query)) => query.clone(),
        Some(Json::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        _ => Map::new(),
    };
    if let Some(name) = more.0.keys().find(|name| name.ends_with("Expression")) {
        return Err(Fault::bad_user_request(format!(
            "Expressions are forbidden in adhoc queries ({name})"
        )));
    }
    for (name, value) in more.0 {
        let lists = name.ends_with("Variables") || name == "sorting" || name == "orQueries";
        match (wanted.get_mut(&name), value) {
            (_, Json::Null) => {}
            (Some(Json::Array(known)), Json::Array(items)) if lists => known.extend(items),
            (_, value) => drop(wanted.insert(name, value)),
        }
    }
    asked(call, wanted)
}

fn extended(call: &Call) -> Result<ListQuery, Fault> {
    let filter = entry(call)?;
    let more = call.object().map_err(|fault| match fault.kind {
        "JsonParseException" => fault,
        _ => mismatch("the extending query must be a JSON object"),
    })?;
    let mut query = prepared(call, &filter, more)?;
    let paged = query::from_pairs(&call.query, &TASK)?;
    (query.first, query.most) = (paged.first, paged.most);
    Ok(query)
}

fn run_list(call: &Call) -> Answer {
    let entries = query::entries(call, &TASK, extended(call)?)?;
    Ok(Json::Array(dressed(call, entries)?).into())
}

fn run_count(call: &Call) -> Answer {
    let query = extended(call)?;
    Ok(Reply::count(call.desk.tally(
        &call.caller,
        &TASK,
        &query,
    )?))
}

fn run_single(call: &Call) -> Answer {
    let mut query = extended(call)?;
    (query.first, query.most) = (0, Some(2));
    let found = query::entries(call, &TASK, query)?;
    match found.len() {
        0 => Ok(Reply::None),
        1 => Ok(dressed(call, found)?
            .into_iter()
            .next()
            .unwrap_or_default()
            .into()),
        n => Err(Fault::bad_user_request(format!(
            "Query return {n} results instead of max 1"
        ))),
    }
}

fn options(call: &Call) -> Answer {
    let links = [
        call.link("GET", "/filter", "list"),
        call.link("GET", "/filter/count", "count"),
        call.link("POST", "/filter/create", "create"),
    ];
    Ok(json!({ "links": links }).into())
}

fn options_of_one(call: &Call) -> Answer {
    let path = format!("/filter/{}", call.param("id"));
    let run = |what: &str| format!("{path}/{what}");
    let links = [
        call.link("GET", &path, "self"),
        call.link("GET", &run("singleResult"), "singleResult"),
        call.link("POST", &run("singleResult"), "singleResult"),
        call.link("GET", &run("list"), "list"),
        call.link("POST", &run("list"), "list"),
        call.link("GET", &run("count"), "count"),
        call.link("POST", &run("count"), "count"),
        call.link("DELETE", &path, "delete"),
        call.link("PUT", &path, "update"),
    ];
    Ok(json!({ "links": links }).into())
}
