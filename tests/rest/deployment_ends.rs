//! Deployments that are deleted, made again, or begin later, and which processes a process calls,
//! after the cases of Camunda's RepositoryServiceTest.

use crate::house::{House, noon};
use chrono::TimeDelta;
use crewdesk::desk::Caller;
use serde_json::{Value as Json, json};
use std::time::Duration;

fn definitions(processes: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">{processes}</definitions>"#
    )
}

fn process(key: &str, task: &str) -> String {
    format!(
        r#"<process id="{key}" isExecutable="true"><startEvent id="{key}-start"/><sequenceFlow id="{key}-f" sourceRef="{key}-start" targetRef="{key}-task"/>
        <userTask id="{key}-task" name="{task}" camunda:assignee="ana"><extensionElements>
          <camunda:executionListener event="end" expression="${{missing}}"/>
          <camunda:taskListener event="delete" expression="${{missing}}"/></extensionElements></userTask></process>"#
    )
}

struct Deploys(House);

impl Deploys {
    fn new() -> Deploys {
        Deploys(House::new())
    }

    fn put(&self, time: Option<&str>, files: &[(&str, &str)]) -> Json {
        let mut parts = vec![("deployment-name", None, &b"line"[..])];
        parts.extend(time.map(|time| ("deployment-activation-time", None, time.as_bytes())));
        parts.extend(
            files
                .iter()
                .map(|(name, text)| (*name, Some(*name), text.as_bytes())),
        );
        self.0.form("mara", "/deployment/create", &parts).good()
    }

    fn get(&self, path: &str) -> Json {
        self.0.get("mara", path).good()
    }

    fn delete(&self, path: &str) -> u16 {
        self.0.delete("mara", path).status
    }

    fn start(&self, key: &str) -> u16 {
        let path = format!("/process-definition/key/{key}/start");
        self.0.post("mara", &path, json!({})).status
    }

    fn versions(&self, key: &str) -> Json {
        self.get(&format!("/process-definition/count?key={key}"))["count"].clone()
    }
}

fn text(json: &Json, name: &str) -> String {
    json[name].as_str().expect("a text").to_owned()
}

/// RepositoryServiceTest.testDeleteDeploymentWithRunningInstances
/// RepositoryServiceTest.testDeleteDeploymentCascadeWithRunningInstances
/// RepositoryServiceTest.testDeleteDeploymentSkipCustomListeners
/// RepositoryServiceTest.testDeleteDeploymentSkipCustomTaskListeners
/// RepositoryServiceTest.testDeleteDeploymentSkipIoMappings
/// RepositoryServiceTest.testDeleteDeploymentClearsCache
#[test]
fn a_deployment_goes_whole_or_not_at_all() {
    let deploys = Deploys::new();
    let old = definitions(&process("a", "old"));
    deploys.put(None, &[("a.bpmn", &old)]);
    let (a, b) = (process("a", "new"), process("b", "new"));
    let both = definitions(&format!("{a}{b}"));
    let id = text(&deploys.put(None, &[("both.bpmn", &both)]), "id");
    assert_eq!(deploys.versions("a"), 2);
    assert_eq!(deploys.start("b"), 200);
    let path = format!("/deployment/{id}");
    assert!(deploys.delete(&path) >= 400, "an instance runs on b");
    assert_eq!(
        (deploys.versions("a"), deploys.versions("b")),
        (json!(2), json!(1))
    );
    let refused = deploys.0.delete("ana", &format!("{path}?cascade=true"));
    assert_eq!(refused.status, 403);
    // Its listeners would fail.
    let cascade = format!("{path}?cascade=true");
    assert!(deploys.delete(&cascade) >= 400);
    assert_eq!(deploys.versions("b"), 1);
    assert_eq!(
        deploys.delete(&format!("{cascade}&skipCustomListeners=true")),
        204
    );
    assert_eq!(
        (deploys.versions("a"), deploys.versions("b")),
        (json!(1), json!(0))
    );
    assert_eq!(deploys.get("/history/process-instance/count")["count"], 0);
    assert_eq!(deploys.get("/deployment/count")["count"], 1);
    assert_eq!(deploys.delete(&path), 404);
    assert_eq!((deploys.start("a"), deploys.start("b")), (200, 404));
    let task = &deploys.get("/task")[0];
    assert_eq!(task["name"], "old");
}

#[test]
fn a_deployment_is_made_again_from_its_files() {
    let deploys = Deploys::new();
    let (a, b) = (
        definitions(&process("a", "x")),
        definitions(&process("b", "x")),
    );
    let made = deploys.put(None, &[("a.bpmn", &a), ("b.bpmn", &b)]);
    let path = format!("/deployment/{}/redeploy", text(&made, "id"));
    let again = deploys.0.post("mara", &path, json!({})).good();
    assert_ne!(again["id"], made["id"]);
    assert_eq!(
        (&again["name"], &made["name"]),
        (&json!("line"), &json!("line"))
    );
    let count = |made: &Json| {
        made["deployedProcessDefinitions"]
            .as_object()
            .map(|all| all.len())
    };
    assert_eq!((count(&again), deploys.versions("a")), (Some(2), json!(2)));
    let named = deploys
        .0
        .post("mara", &path, json!({"resourceNames": ["b.bpmn"]}))
        .good();
    assert_eq!(
        (count(&named), deploys.versions("a"), deploys.versions("b")),
        (Some(1), json!(2), json!(3))
    );
    let files = deploys.get(&format!("/deployment/{}/resources", text(&made, "id")));
    let mut files = files.as_array().expect("a list").iter();
    let file = files.find(|file| file["name"] == "a.bpmn").expect("a file");
    let by_id = json!({"resourceIds": [file["id"]]});
    deploys.0.post("mara", &path, by_id).good();
    assert_eq!(deploys.versions("a"), 3);
    let none = deploys
        .0
        .post("mara", &path, json!({"resourceNames": ["c.bpmn"]}));
    let said = String::from_utf8_lossy(&none.body).into_owned();
    assert_eq!(none.status, 404);
    assert!(
        said.contains("does not contain the following resources with name: c.bpmn"),
        "{said}"
    );
    assert_eq!(
        deploys
            .0
            .post("mara", "/deployment/none/redeploy", json!({}))
            .status,
        404
    );
    assert_eq!(deploys.0.post("ana", &path, json!({})).status, 403);
}

/// RepositoryServiceTest.testDeploymentWithDelayedProcessDefinitionActivation
/// RepositoryServiceTest.testDeploymentWithDelayedProcessDefinitionAndJobDefinitionActivation
#[test]
fn a_deployment_begins_at_its_time() {
    let deploys = Deploys::new();
    let model = definitions(
        &process("a", "x").replace("<userTask", "<userTask camunda:asyncBefore=\"true\""),
    );
    let at = (noon() + TimeDelta::days(3))
        .format("%Y-%m-%dT%H:%M:%S%.3f+0000")
        .to_string();
    deploys.put(Some(&at), &[("a.bpmn", &model)]);
    assert_eq!(deploys.start("a"), 500);
    let suspended = |path: &str| deploys.get(path)[0]["suspended"].clone();
    assert_eq!(suspended("/process-definition"), true);
    assert_eq!(suspended("/job-definition"), true);
    deploys.0.clock.advance(Duration::from_secs(3 * 86_400));
    let jobs = deploys
        .0
        .desk
        .acquire_jobs(&Caller::Desk, "w", 10)
        .expect("jobs");
    assert_eq!(jobs.len(), 1);
    deploys
        .0
        .desk
        .execute_job(&Caller::Desk, &jobs[0])
        .expect("executed");
    assert_eq!(suspended("/process-definition"), false);
    assert_eq!(suspended("/job-definition"), false);
    assert_eq!(deploys.start("a"), 200);
    let soon = [
        ("deployment-activation-time", None, &b"soon"[..]),
        ("a.bpmn", Some("a.bpmn"), model.as_bytes()),
    ];
    assert_eq!(
        deploys.0.form("mara", "/deployment/create", &soon).status,
        400
    );
}

/// RepositoryServiceTest.shouldReturnStaticCalledProcessDefinitions
/// RepositoryServiceTest.shouldReturnEmptyListIfNoCallActivityExists
/// RepositoryServiceTest.shouldReturnCalledProcessDefinitionsForNestedCallActivities
/// RepositoryServiceTest.testGetStaticCallActivityMappingShouldThrowIfProcessDoesNotExist
/// RepositoryServiceTest.shouldNotTryToResolveDynamicCalledElementBinding
#[test]
fn a_process_tells_which_others_it_calls() {
    let deploys = Deploys::new();
    let model = definitions(&format!(
        r#"{}{}<process id="calls" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="one"/>
        <callActivity id="one" calledElement="a"/><sequenceFlow id="f2" sourceRef="one" targetRef="two"/>
        <callActivity id="two" calledElement="b" camunda:calledElementBinding="version" camunda:calledElementVersion="1"/><sequenceFlow id="f3" sourceRef="two" targetRef="sub"/>
        <subProcess id="sub"><startEvent id="i"/><sequenceFlow id="g" sourceRef="i" targetRef="three"/><callActivity id="three" calledElement="a" camunda:calledElementBinding="deployment"/></subProcess>
        <sequenceFlow id="f4" sourceRef="sub" targetRef="any"/><callActivity id="any" calledElement="${{which}}"/>
        <sequenceFlow id="f5" sourceRef="any" targetRef="gone"/><callActivity id="gone" calledElement="nobody"/>
        <sequenceFlow id="f6" sourceRef="gone" targetRef="some"/><callActivity id="some" calledElement="a" camunda:calledElementBinding="version" camunda:calledElementVersion="${{which}}"/></process>"#,
        process("a", "x"),
        process("b", "x")
    ));
    deploys.put(None, &[("calls.bpmn", &model)]);
    let id = text(&deploys.get("/process-definition/key/calls"), "id");
    let found = deploys.get(&format!(
        "/process-definition/{id}/static-called-process-definitions"
    ));
    let shown: Vec<_> = found.as_array().expect("a list").iter().collect();
    assert_eq!(shown.len(), 2);
    assert_eq!(
        (&shown[0]["key"], &shown[0]["calledFromActivityIds"]),
        (&json!("a"), &json!(["one", "three"]))
    );
    assert_eq!(
        (&shown[1]["key"], &shown[1]["calledFromActivityIds"]),
        (&json!("b"), &json!(["two"]))
    );
    assert_eq!(shown[0]["callingProcessDefinitionId"], json!(id));
    let a = text(&deploys.get("/process-definition/key/a"), "id");
    let none = deploys.get(&format!(
        "/process-definition/{a}/static-called-process-definitions"
    ));
    assert_eq!(none, json!([]));
    let missing = deploys.0.get(
        "mara",
        "/process-definition/none/static-called-process-definitions",
    );
    assert_eq!(missing.status, 404);
}
