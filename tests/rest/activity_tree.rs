//! Names, kinds and incidents in the tree of an instance, after the cases of Camunda's
//! RuntimeServiceTest.

use crate::house::House;
use serde_json::{Value as Json, json};

const MODEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="tree" isExecutable="true">
    <startEvent id="start" name="The Start Event" camunda:asyncBefore="true" camunda:asyncAfter="true"/>
    <sequenceFlow id="f0" sourceRef="start" targetRef="fork"/><parallelGateway id="fork"/>
    <sequenceFlow id="f1" sourceRef="fork" targetRef="first"/><serviceTask id="first" name="First Service Task" camunda:asyncBefore="true" camunda:expression="${true}"/>
    <sequenceFlow id="f2" sourceRef="fork" targetRef="second"/><serviceTask id="second" name="Second Service Task" camunda:asyncAfter="true" camunda:expression="${true}"/>
    <sequenceFlow id="f3" sourceRef="fork" targetRef="sub"/><subProcess id="sub"><startEvent id="s"/><sequenceFlow id="g" sourceRef="s" targetRef="inner"/><userTask id="inner" camunda:assignee="ana" camunda:asyncBefore="true"/></subProcess>
    <sequenceFlow id="f4" sourceRef="fork" targetRef="task"/><userTask id="task" name="my task" camunda:assignee="ana"/>
  </process>
</definitions>"#;

struct Tree {
    house: House,
    instance: String,
}

impl Tree {
    fn new() -> Tree {
        let house = House::new();
        let parts = [("data", Some("tree.bpmn"), MODEL.as_bytes())];
        house.form("mara", "/deployment/create", &parts).good();
        let started = house.post("mara", "/process-definition/key/tree/start", json!({}));
        let instance = started.good()["id"].as_str().unwrap().to_owned();
        Tree { house, instance }
    }

    /// What stands in the tree: nodes and transitions, wherever they are.
    fn nodes(&self) -> Vec<Json> {
        let path = format!("/process-instance/{}/activity-instances", self.instance);
        let (mut todo, mut all) = (vec![self.house.get("mara", &path).good()], Vec::new());
        while let Some(node) = todo.pop() {
            for list in ["childActivityInstances", "childTransitionInstances"] {
                todo.extend(node[list].as_array().into_iter().flatten().cloned());
            }
            all.push(node);
        }
        all
    }

    fn node(&self, activity: &str) -> Json {
        let mut found = self.nodes();
        found.retain(|node| node["activityId"] == activity);
        assert_eq!(found.len(), 1, "{activity}: {:?}", self.nodes());
        found.remove(0)
    }

    fn jobs(&self, activity: &str) -> Vec<String> {
        let path = format!("/job?processInstanceId={}", self.instance);
        let execution = self.node(activity)["executionId"].clone();
        let jobs = self.house.get("mara", &path).good();
        let jobs = jobs.as_array().unwrap().iter();
        let here = jobs.filter(|job| job["executionId"] == execution);
        here.map(|job| job["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The job at the start is done twice: before and after it.
    fn begin(&self) {
        for _ in 0..2 {
            let job = self.jobs("start").remove(0);
            let run = format!("/job/{job}/execute");
            self.house.post("mara", &run, json!({})).good();
        }
    }
}

/// RuntimeServiceTest.testActivityInstanceActivityNameProperty
/// RuntimeServiceTest.testTransitionInstanceActivityNamePropertyBeforeTask
/// RuntimeServiceTest.testTransitionInstanceActivityTypePropertyBeforeTask
/// RuntimeServiceTest.testTransitionInstanceActivityNamePropertyAfterTask
/// RuntimeServiceTest.testTransitionInstanceActivityTypePropertyAfterTask
/// RuntimeServiceTest.testTransitionInstanceActivityNamePropertyBeforeStartEvent
/// RuntimeServiceTest.testTransitionInstanceActivityTypePropertyBeforeStartEvent
/// RuntimeServiceTest.testTransitionInstanceActivityNamePropertyAfterStartEvent
/// RuntimeServiceTest.testTransitionInstanceActivityTypePropertyAfterStartEvent
#[test]
fn what_waits_for_a_job_has_its_name_and_kind() {
    let tree = Tree::new();
    let what = |activity: &str| {
        let node = tree.node(activity);
        (node["activityName"].clone(), node["activityType"].clone())
    };
    let named = |name: &str, kind: &str| (json!(name), json!(kind));
    assert_eq!(what("start"), named("The Start Event", "startEvent"));
    let job = tree.jobs("start").remove(0);
    let run = format!("/job/{job}/execute");
    tree.house.post("mara", &run, json!({})).good();
    assert_eq!(what("start"), named("The Start Event", "startEvent"));
    let job = tree.jobs("start").remove(0);
    let run = format!("/job/{job}/execute");
    tree.house.post("mara", &run, json!({})).good();
    assert_eq!(what("first"), named("First Service Task", "serviceTask"));
    assert_eq!(what("second"), named("Second Service Task", "serviceTask"));
    assert_eq!(what("task"), named("my task", "userTask"));
}

/// RuntimeServiceTest.testActivityInstanceNoIncidents
/// RuntimeServiceTest.testActivityInstanceNoIncidentIds
/// RuntimeServiceTest.testActivityInstanceIncidentFailedJob
/// RuntimeServiceTest.testActivityInstanceIncidentFailedJobInSubProcess
#[test]
fn an_incident_stands_where_its_job_waits() {
    let tree = Tree::new();
    tree.begin();
    for node in tree.nodes() {
        assert_eq!(node["incidentIds"], json!([]), "{node}");
        assert_eq!(node["incidents"], json!([]));
    }
    for activity in ["first", "inner"] {
        let path = format!("/job/{}/retries", tree.jobs(activity).remove(0));
        tree.house.put("mara", &path, json!({"retries": 0})).good();
    }
    for activity in ["first", "inner"] {
        let path = format!(
            "/incident?processInstanceId={}&activityId={activity}",
            tree.instance
        );
        let incident = tree.house.get("mara", &path).good()[0]["id"].clone();
        assert_eq!(tree.node(activity)["incidentIds"], json!([incident]));
    }
    let with = |node: &&Json| node["incidentIds"] != json!([]);
    assert_eq!(tree.nodes().iter().filter(with).count(), 2);
}
/// RuntimeServiceTest.testActivityInstanceIncidents
/// RuntimeServiceTest.testActivityInstanceIncidentIds
/// RuntimeServiceTest.testActivityInstanceIncidentConcurrentTasksProcess
/// RuntimeServiceTest.testActivityInstanceIncidentConcurrentSubProcess
/// RuntimeServiceTest.testActivityInstanceIncidentMultiInstance
#[test]
fn an_incident_by_hand_stands_where_its_execution_is() {
    let tree = Tree::new();
    tree.begin();
    let inner = format!("/job/{}/execute", tree.jobs("inner").remove(0));
    tree.house.post("mara", &inner, json!({})).good();
    for (activity, count) in [("task", 1), ("second", 2), ("inner", 1)] {
        let node = tree.node(activity);
        let execution = node["executionIds"][0]
            .as_str()
            .or(node["executionId"].as_str());
        let path = format!("/execution/{}/create-incident", execution.expect("an id"));
        let mut made = Vec::new();
        for _ in 0..count {
            let body = json!({"incidentType": "foo", "configuration": "bar"});
            made.push(tree.house.post("mara", &path, body).good()["id"].clone());
        }
        let mut shown = tree.node(activity)["incidentIds"]
            .as_array()
            .expect("ids")
            .clone();
        let text = |id: &Json| id.as_str().unwrap_or_default().to_owned();
        made.sort_by_key(text);
        shown.sort_by_key(text);
        assert_eq!(shown, made, "{activity}");
    }
    let with = |node: &&Json| node["incidentIds"] != json!([]);
    assert_eq!(tree.nodes().iter().filter(with).count(), 3);
}
// not applicable: RuntimeServiceTest.testActivityInstanceIncidentOnNonLeafWithScopeActivity, RuntimeServiceTest.testActivityInstanceIncidentOnNonLeafWithNonScopeActivity: a Java class opens the incident
// not applicable: RuntimeServiceTest.testActivityInstanceForNullProcessInstanceId, RuntimeServiceTest.testGetInvalidActivityInstancesForActivity, RuntimeServiceTest.testGetActivityInstancesForNonExistingActivity, RuntimeServiceTest.testGetInvalidTransitionInstancesForActivity, RuntimeServiceTest.testGetTransitionInstancesForNonExistingActivity: asked of Java objects, an argument that is null or unknown
