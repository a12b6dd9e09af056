//! The table of operations: whole, documented, and answered as it says.

use crate::house::shared;
use crewdesk::client::Role;
use crewdesk::desk::permission::{Permission, permission};
use crewdesk::rest::{Access, GROUPS, Method, page, specification};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Camunda's OpenAPI document, unpacked: named by the environment, or beside the checkout.
pub fn reference() -> Option<serde_json::Value> {
    let named = std::env::var_os("CREWDESK_CAMUNDA_OPENAPI").map(PathBuf::from);
    let places = [
        "../shared/reference/camunda7-openapi.json.gz",
        "../../shared/reference/camunda7-openapi.json.gz",
    ];
    let beside = places.iter().map(|place| root().join(place));
    let path = named
        .into_iter()
        .chain(beside)
        .find(|path| path.is_file())?;
    let text = match path.extension().is_some_and(|ending| ending == "gz") {
        true => {
            let done = std::process::Command::new("gzip")
                .arg("-dc")
                .arg(&path)
                .output()
                .ok()?;
            done.stdout
        }
        false => std::fs::read(&path).ok()?,
    };
    serde_json::from_slice(&text).ok()
}

#[test]
fn every_operation_of_camunda_is_known() {
    let Some(reference) = reference() else {
        println!(
            "skipped: no OpenAPI document of Camunda 7; name one with CREWDESK_CAMUNDA_OPENAPI"
        );
        return;
    };
    let mut theirs = BTreeMap::new();
    for (path, methods) in reference["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            theirs.insert((method.to_ascii_uppercase(), path.clone()), id);
        }
    }
    let mut ours = BTreeMap::new();
    for operation in GROUPS.iter().flat_map(|group| group.operations) {
        let at = (
            operation.method.as_str().to_owned(),
            operation.path.to_owned(),
        );
        assert!(
            ours.insert(at.clone(), operation.id.to_owned()).is_none(),
            "{at:?} stands twice"
        );
    }
    for (at, id) in &theirs {
        assert_eq!(ours.get(at), Some(id), "{at:?}");
    }
    assert_eq!(theirs.len(), 399);
}

#[test]
fn ids_are_unique() {
    let mut ids = BTreeSet::new();
    for operation in GROUPS.iter().flat_map(|group| group.operations) {
        assert!(ids.insert(operation.id), "{} stands twice", operation.id);
    }
}

#[test]
fn documentation_is_the_table() {
    let path = root().join("docs/REST.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let mark = "<!-- generated: UPDATE_DOCS=1 cargo test --test rest documentation -->\n\n";
    let (head, _) = text
        .split_once(mark)
        .expect("the mark of the generated part");
    let expected = format!("{head}{mark}{}", page());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &expected).unwrap();
        return;
    }
    assert!(
        text == expected,
        "docs/REST.md is not what the table says: UPDATE_DOCS=1 cargo test --test rest documentation"
    );
}

#[test]
fn the_specification_tells_what_is_served() {
    let house = shared();
    let served = house.get("mara", "/openapi.json").good();
    assert_eq!(served, specification());
    assert!(served["paths"]["/external-task/fetchAndLock"]["post"].is_object());
    assert!(served["paths"]["/tenant/create"].is_null());
}

/// A path with something in its parameters.
fn filled(path: &str) -> String {
    let mut filled = String::new();
    for part in path.split('/').skip(1) {
        filled.push('/');
        filled.push_str(if part.starts_with('{') {
            "nothing"
        } else {
            part
        });
    }
    filled
}

#[test]
fn what_is_missing_says_so() {
    let house = shared();
    for operation in GROUPS.iter().flat_map(|group| group.operations) {
        if operation.served() {
            continue;
        }
        let path = format!("/engine-rest/engine/default{}", filled(operation.path));
        let got = house.send("mara", operation.method.as_str(), &path, None);
        let body = got.json();
        assert_eq!(
            (got.status, body["type"].as_str()),
            (501, Some("NotImplementedException")),
            "{path}"
        );
        assert!(
            body["message"].as_str().unwrap().contains(operation.id),
            "{path}"
        );
    }
}

/// Every operation by every role, with an empty and a hostile body: those whom the table does
/// not admit get 403, the others an answer that Camunda could give, and never a crash.
#[test]
fn operations_by_role() {
    let house = shared();
    let roles = [
        ("", None),
        ("mara", Some("head")),
        ("ana", Some("employee")),
        ("w1", Some("worker")),
    ];
    let hostile = serde_json::json!({"workerId": {"a": []}, "variables": 7, "topics": "x", "retries": "many",
        "sorting": [{"sortBy": "'; DROP TABLE user; --", "sortOrder": "asc"}]});
    for operation in GROUPS.iter().flat_map(|group| group.operations) {
        let form = operation.path.ends_with("/data")
            || operation.path == "/deployment/create"
            || operation.path.ends_with("/attachment/create");
        for (user, role) in roles {
            let admitted = match (operation.access, role) {
                (Access::Open, _) => true,
                (_, None) => false,
                (Access::All, _) => true,
                (Access::Team, Some(role)) => role != "worker",
                (Access::Operator, Some(role)) => role != "employee",
                (Access::May(of), Some(role)) => {
                    let role = match role {
                        "head" => Role::Head,
                        "worker" => Role::Worker,
                        _ => Role::Employee,
                    };
                    permission(role, of) != Permission::Never
                }
            };
            let path = format!("/engine-rest{}", filled(operation.path));
            let bodies = match operation.method {
                Method::Get | Method::Delete | Method::Options => vec![None],
                _ if form => vec![Some(serde_json::json!({}))],
                _ => vec![
                    None,
                    Some(serde_json::json!({})),
                    Some(hostile.clone()),
                    Some(serde_json::json!([1])),
                ],
            };
            for body in bodies {
                let got = house.send(user, operation.method.as_str(), &path, body.as_ref());
                let at = format!(
                    "{} {path} as {user:?} with {body:?}",
                    operation.method.as_str()
                );
                let shown = String::from_utf8_lossy(&got.body).into_owned();
                match (role, admitted) {
                    (None, false) => {
                        assert_eq!(got.status, 401, "{at}: {shown}");
                        assert_eq!(
                            got.header("www-authenticate"),
                            Some("Basic realm=\"default\"")
                        );
                    }
                    (_, false) => assert_eq!(got.status, 403, "{at}: {shown}"),
                    _ => assert!(
                        matches!(got.status, 200 | 204 | 400 | 403 | 404 | 415 | 500 | 501),
                        "{at}: {} {shown}",
                        got.status
                    ),
                }
                if got.status >= 300 {
                    let body = got.json();
                    assert!(
                        body["type"].is_string() && body["message"].is_string(),
                        "{at}: {shown}"
                    );
                    assert_eq!(got.header("content-type"), Some("application/json"), "{at}");
                }
                assert!(!shown.contains("inside crewdesk"), "{at}: it panicked");
            }
        }
    }
    house.get("mara", "/process-definition/count").good();
}
