//! What the server tells about itself: an OpenAPI document and the table in `docs/REST.md`,
//! both from the table of operations.

use super::operation::{Access, Method, Operation};
use super::resource::GROUPS;
use serde_json::{Map, Value as Json, json};

/// The tag of what Camunda does not have.
const OWN: &str = "crewdesk";

/// The parameters in a path.
fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
}

/// The OpenAPI document of what is served.
pub fn specification() -> Json {
    let mut paths = Map::new();
    for group in GROUPS {
        for operation in group
            .operations
            .iter()
            .filter(|operation| operation.served())
        {
            let methods = paths.entry(operation.path).or_insert_with(|| json!({}));
            if let Json::Object(methods) = methods {
                let method = operation.method.as_str().to_ascii_lowercase();
                methods.insert(method, described(group.tag, operation));
            }
        }
    }
    json!({
        "openapi": "3.0.2",
        "info": {
            "title": "crewdesk: Camunda 7 REST API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What this desk serves of Camunda 7's REST API. What is not here answers 501.",
        },
        "servers": [{ "url": "/engine-rest" }, { "url": "/engine-rest/engine/default" }],
        "security": [{ "basic": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "basic": { "type": "http", "scheme": "basic" } },
            "schemas": { "ExceptionDto": {
                "type": "object",
                "properties": {
                    "type": { "type": "string" },
                    "message": { "type": "string" },
                    "code": { "type": "integer", "nullable": true },
                },
            } },
        },
    })
}

fn described(tag: &str, operation: &Operation) -> Json {
    let parameters: Vec<Json> = parameters(operation.path)
        .map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
        })
        .collect();
    let media = match operation.takes_form() {
        true => "multipart/form-data",
        false => "application/json",
    };
    let mut described = json!({
        "operationId": operation.id,
        "tags": [tag],
        "summary": operation.summary,
        "x-roles": operation.access.as_str(),
        "parameters": parameters,
        "responses": {
            "2XX": { "description": "Request successful." },
            "default": {
                "description": "Refused.",
                "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/ExceptionDto" },
                } },
            },
        },
    });
    if let Some(fields) = described.as_object_mut() {
        if matches!(operation.method, Method::Post | Method::Put) {
            let body = json!({ "content": { media: { "schema": { "type": "object" } } } });
            fields.insert("requestBody".to_owned(), body);
        }
        if operation.access == Access::Open {
            fields.insert("security".to_owned(), json!([]));
        }
    }
    described
}

/// The generated part of `docs/REST.md`: what is served, then what answers 501.
pub fn page() -> String {
    let served = |operation: &&Operation| operation.served();
    let camunda = || {
        let groups = GROUPS.iter().filter(|group| group.tag != OWN);
        groups.flat_map(|group| group.operations)
    };
    let (count, all) = (camunda().filter(served).count(), camunda().count());
    let mut page = format!("{count} of Camunda's {all} operations are served.\n\n## Served\n");
    let mut heading = "";
    for group in GROUPS {
        let mut rows = group.operations.iter().filter(served).peekable();
        if rows.peek().is_none() {
            continue;
        }
        if heading != group.tag {
            heading = group.tag;
            page.push_str(&format!(
                "\n### {heading}\n\n| operation | does | for |\n|---|---|---|\n"
            ));
        }
        for row in rows {
            page.push_str(&format!(
                "| `{} {}` | {} | {} |\n",
                row.method.as_str(),
                row.path,
                row.summary,
                row.access.as_str()
            ));
        }
    }
    page.push_str("\n## Answered with 501\n\n");
    for row in GROUPS.iter().flat_map(|group| group.operations) {
        if let Some(why) = row.absent() {
            let (method, path) = (row.method.as_str(), row.path);
            page.push_str(&format!("- `{method} {path}`: {why}.\n"));
        }
    }
    page
}
