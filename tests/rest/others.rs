//! Operations on what is other people's: an employee who has nothing to do with it and a worker
//! of another topic neither see nor change it, whatever the operation.

use crate::house::Got;
use crate::oracle::SAMPLES;
use crate::story::Story;
use crewdesk::rest::{GROUPS, Method, Operation};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Resources that belong to nobody: whoever may call sees them.
const COMMON: &[&str] = &[
    "Authorization",
    "Decision Definition",
    "Decision Requirements Definition",
    "Historic Decision Requirements Definition",
    "Metrics",
    "Deployment",
    "Process Definition",
    "Historic Process Definition",
    "Job Definition",
    "User",
    "Group",
    "Filter",
    "Batch",
    "Historic Batch",
    "Tenant",
];

/// What the story has nothing of.
const HOLLOW: &[&str] = &[
    "getMessageEventSubscription",
    "getDeployedForm",
    "getRenderedForm",
];

/// A story of ana's with a comment and an attachment; what stands for parameters, by tag.
struct Theirs {
    story: Story,
    known: BTreeMap<(&'static str, &'static str), String>,
}

impl Theirs {
    fn new() -> Theirs {
        let story = Story::new();
        let house = &story.house;
        let mut known = BTreeMap::new();
        for (tag, parameter, list, field) in SAMPLES {
            let found = house.get("mara", list).good();
            if let Some(id) = found[0][field].as_str() {
                known.insert((*tag, *parameter), id.to_owned());
            }
        }
        let task = known[&("Task", "id")].clone();
        let said = house
            .post(
                "ana",
                &format!("/task/{task}/comment/create"),
                json!({"message": "m"}),
            )
            .good();
        let parts = [("content", Some("a.txt"), &b"x"[..])];
        let kept = house
            .form("ana", &format!("/task/{task}/attachment/create"), &parts)
            .good();
        for (tag, parameter, made) in [
            ("Task Comment", "commentId", &said),
            ("Process Instance Comment", "commentId", &said),
            ("Task Attachment", "attachmentId", &kept),
        ] {
            known.insert((tag, parameter), made["id"].as_str().unwrap().to_owned());
        }
        known.insert(("Process Instance Comment", "id"), story.b.clone());
        known.insert(("crewdesk", "tasks"), task.clone());
        known.insert(("crewdesk", "instances"), story.b.clone());
        // Variables that are bytes, and a task's own.
        let bytes = [
            ("data", Some("x"), &b"x"[..]),
            ("valueType", None, &b"Bytes"[..]),
        ];
        for at in [
            format!("/process-instance/{}/variables", story.a),
            format!("/process-instance/{}/variables", story.b),
            format!("/task/{task}/localVariables"),
        ] {
            let path = format!("{at}/bytes/data");
            house.form("mara", &path, &bytes).good();
        }
        let own = json!({"value": 1, "type": "Integer"});
        let path = format!("/task/{task}/localVariables/amount");
        house.put("mara", &path, own).good();
        for (tag, list) in [
            ("Variable Instance", "/variable-instance"),
            ("Historic Variable Instance", "/history/variable-instance"),
            ("Historic Detail", "/history/detail"),
        ] {
            let found = house.get("mara", list).good();
            let found = found.as_array().unwrap().iter();
            let is = |entry: &&Json| entry["name"] == "bytes" || entry["variableName"] == "bytes";
            let id = found.clone().find(is).unwrap()["id"].as_str().unwrap();
            known.insert((tag, "id"), id.to_owned());
        }
        // A job that was done.
        let path = "/process-definition/key/story/start";
        let other = house.post("mara", path, json!({})).good();
        let other = other["id"].as_str().unwrap();
        let job = story.only(&format!("/job?processInstanceId={other}"));
        let path = format!("/job/{}/execute", job["id"].as_str().unwrap());
        house.post("mara", &path, json!({})).good();
        let done = story.only("/history/job-log");
        let done = done["id"].as_str().unwrap().to_owned();
        known.insert(("Historic Job Log", "id"), done);
        let deeds = house.get("mara", "/history/user-operation").good();
        let deed = deeds[0]["operationId"].as_str().unwrap().to_owned();
        known.insert(("Historic User Operation Log", "operationId"), deed);
        Theirs { story, known }
    }

    /// The path of an operation on what is there; none without a sample.
    fn path(&self, tag: &'static str, path: &str) -> Option<String> {
        let mut filled = String::from("/engine-rest");
        let mut before = "";
        for part in path.split('/').skip(1) {
            let of = std::mem::replace(&mut before, part);
            filled.push('/');
            match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                Some("varName") if path.ends_with("/data") => filled.push_str("bytes"),
                Some("varName") => filled.push_str("amount"),
                Some("messageName") => filled.push_str("go"),
                Some(parameter) => {
                    // The desk's own paths say themselves what an id is of.
                    let parameter = if tag == "crewdesk" { of } else { parameter };
                    let mut known = self.known.iter();
                    let ((_, _), id) = known.find(|((t, p), _)| *t == tag && *p == parameter)?;
                    filled.push_str(id);
                }
                None => filled.push_str(part),
            }
        }
        Some(filled)
    }

    /// Calls an operation in a way that would work for whom it is for.
    fn call(&self, user: &str, operation: &Operation, path: &str) -> Vec<Got> {
        let house = &self.story.house;
        let method = operation.method.as_str();
        if operation.takes_form() {
            let parts = [
                ("data", Some("x"), &b"x"[..]),
                ("content", Some("x"), &b"x"[..]),
                ("valueType", None, &b"Bytes"[..]),
            ];
            let path = path.strip_prefix("/engine-rest").unwrap();
            return vec![house.form(user, path, &parts)];
        }
        match operation.method {
            Method::Post | Method::Put => ["Integer", "candidate"]
                .map(|kind| house.send(user, method, path, Some(&everything(user, kind))))
                .into(),
            _ => vec![house.send(user, method, path, None)],
        }
    }
}

/// A body with the fields of every operation: those that are not known are passed over.
fn everything(user: &str, kind: &str) -> Json {
    json!({
        "workerId": "me", "userId": user, "value": 1, "type": kind, "retries": 3, "priority": 3,
        "suspended": false, "message": "m", "errorCode": "bad", "errorMessage": "m",
        "escalationCode": "up", "newDuration": 1000, "lockDuration": 1000, "retryTimeout": 0,
        "duedate": "2030-01-01T00:00:00.000+0000", "variables": {}, "modifications": {},
        "deletions": [], "instructions": [], "name": "n", "topics": [],
        "values": {}, "text": "t", "reason": "r", "due": null,
    })
}

#[test]
fn what_is_others_is_neither_seen_nor_changed() {
    let theirs = Theirs::new();
    let house = &theirs.story.house;
    let (mut faults, mut tried) = (Vec::new(), 0);
    for group in GROUPS.iter().filter(|group| !COMMON.contains(&group.tag)) {
        for operation in group
            .operations
            .iter()
            .filter(|o| o.served() && o.path.contains('{'))
        {
            let Some(path) = theirs.path(group.tag, operation.path) else {
                if group.tag != "crewdesk" {
                    faults.push(format!("{}: no sample", operation.id));
                }
                continue;
            };
            // It is there for a head.
            if operation.method == Method::Get && !HOLLOW.contains(&operation.id) {
                let got = house.send("mara", "GET", &path, None);
                let shown = String::from_utf8_lossy(&got.body).into_owned();
                if got.status >= 300 {
                    faults.push(format!("{} {path}: {} {shown}", operation.id, got.status));
                }
            }
            for stranger in ["ben", "w2"] {
                for got in theirs.call(stranger, operation, &path) {
                    tried += 1;
                    if got.status < 300 || got.status == 501 {
                        let shown = String::from_utf8_lossy(&got.body).into_owned();
                        faults.push(format!(
                            "{} {path} as {stranger}: {} {shown}",
                            operation.id, got.status
                        ));
                    }
                }
            }
        }
    }
    // Lists of strangers hold nothing of it.
    let ids = [&theirs.story.a, &theirs.story.b, &theirs.story.worked];
    for operation in GROUPS
        .iter()
        .filter(|g| !COMMON.contains(&g.tag))
        .flat_map(|g| g.operations)
    {
        let list = operation.method == Method::Get && !operation.path.contains('{');
        if !list || !operation.served() {
            continue;
        }
        for stranger in ["ben", "w2"] {
            let got = house.get(stranger, operation.path);
            let shown = String::from_utf8_lossy(&got.body).into_owned();
            if ids.iter().any(|id| shown.contains(id.as_str())) {
                faults.push(format!("{} as {stranger} shows {shown}", operation.id));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(tried > 250, "only {tried} tried");

    // And all of it is there as before, for whose it is.
    let variable = format!("/process-instance/{}/variables/amount", theirs.story.b);
    assert_eq!(house.get("ana", &variable).good()["value"], 7);
    let task = theirs.path("Task", "/task/{id}").unwrap();
    let task = house.send("ana", "GET", &task, None).good();
    assert_eq!(
        (&task["assignee"], &task["name"]),
        (&json!("ana"), &json!("Check it"))
    );
    for tag in ["Task Comment", "Task Attachment"] {
        let group = GROUPS.iter().find(|group| group.tag == tag).unwrap();
        let list = group
            .operations
            .iter()
            .find(|o| o.method == Method::Get)
            .unwrap();
        let path = theirs.path(tag, list.path).unwrap();
        let found = house.send("ana", "GET", &path, None).good();
        assert_eq!(found.as_array().unwrap().len(), 1, "{tag}");
    }
    let worked = house
        .get("w1", &format!("/external-task/{}", theirs.story.worked))
        .good();
    assert_eq!(worked["retries"], 0);
}
