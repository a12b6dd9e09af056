//! Lists of decisions, operations, executions and deployments; and who may read what.

use crate::story::{DECISIONS, STORY, Story, missing};
use crewdesk::client::{Client, Embedded};
use crewdesk::desk::Caller;
use crewdesk::rest::{GROUPS, Method};
use serde_json::{Value as Json, json};

#[test]
fn who_may_read_what() {
    let story = Story::new();
    let (house, a) = (&story.house, &story.a);
    // Both are ana's, none is ben's, and a worker has no past.
    for path in [
        "/process-instance",
        "/execution",
        "/variable-instance",
        "/job",
        "/history/process-instance",
        "/history/activity-instance",
        "/history/task",
        "/history/variable-instance",
        "/history/detail",
        "/history/external-task-log",
        "/history/incident",
        "/history/decision-instance",
        "/incident",
    ] {
        let seen = |user: &str| house.get(user, path).good().as_array().unwrap().len();
        assert_eq!(seen("ana"), seen("mara"), "{path}");
        assert!(seen("ana") > 0, "{path}");
        assert_eq!(seen("ben"), 0, "{path}");
        let count = house.get("ben", &format!("{path}/count")).good();
        assert_eq!(count["count"], 0, "{path}");
        let worker = house.get("w1", path);
        match path.starts_with("/history") {
            true => assert_eq!(worker.status, 403, "{path}"),
            false => assert!(worker.status == 200, "{path}"),
        }
    }
    assert_eq!(house.get("w1", "/process-instance").good()[0]["id"], *a);
    assert_eq!(house.get("w2", "/process-instance").good(), json!([]));
    missing(
        &house.get("ben", &format!("/history/process-instance/{a}")),
        &format!("Historic process instance with id {a} does not exist"),
    );
    // What is secret is nowhere.
    for operation in GROUPS.iter().flat_map(|group| group.operations) {
        if operation.method == Method::Get && operation.served() && !operation.path.contains('{') {
            let got = house.get("mara", operation.path);
            let shown = String::from_utf8_lossy(&got.body);
            assert!(!shown.contains("hidden away"), "{}", operation.path);
            assert_ne!(got.status, 500, "{}", operation.path);
        }
    }
    let secrets = story.list("/variable-instance?variableName=password");
    assert_eq!(secrets.len(), 2);
    let shown = (&secrets[0]["value"], &secrets[0]["type"]);
    assert_eq!(shown, (&Json::Null, &json!("String")));
    let guessed = "/variable-instance?variableValues=password_like_%25";
    assert!(story.list(guessed).is_empty(), "nor can it be guessed");
}

#[test]
fn decisions_and_what_people_did() {
    let story = Story::new();
    let root = story.only("/history/decision-instance?rootDecisionInstancesOnly=true&includeInputs=true&includeOutputs=true");
    for (name, value) in [
        ("decisionDefinitionKey", json!("verdict")),
        ("decisionDefinitionName", json!("The verdict")),
        ("activityId", json!("judge")),
        ("processInstanceId", json!(story.a)),
        ("rootDecisionInstanceId", Json::Null),
        ("evaluationTime", json!("2025-11-18T12:00:10.000+0000")),
    ] {
        assert_eq!(root[name], value, "{name}");
    }
    let input = &root["inputs"][0];
    assert_eq!(
        (&input["clauseName"], &input["value"], &input["type"]),
        (&json!("Size"), &json!("big"), &json!("String"))
    );
    let output = &root["outputs"][0];
    assert_eq!(
        (
            &output["variableName"],
            &output["value"],
            &output["ruleId"],
            &output["ruleOrder"]
        ),
        (
            &json!("verdict"),
            &json!("look twice"),
            &json!("rule1"),
            &json!(1)
        )
    );
    let all = story.list("/history/decision-instance");
    assert_eq!(all.len(), 2, "the required one too");
    assert!(
        all.iter()
            .all(|one| one["inputs"].is_null() && one.get("trace").is_none())
    );
    let size =
        story.only("/history/decision-instance?decisionDefinitionKey=size&includeOutputs=true");
    assert_eq!(
        (
            &size["rootDecisionInstanceId"],
            &size["outputs"][0]["value"]
        ),
        (&root["id"], &json!("big"))
    );
    let id = root["id"].as_str().unwrap();
    let path = format!("/history/decision-instance/{id}");
    assert_eq!(story.get(&path).good()["id"], root["id"]);
    missing(
        &story.get("/history/decision-instance/none"),
        "Historic decision instance with id 'none' does not exist",
    );

    let deployed = story.only("/decision-definition?key=verdict&latestVersion=true");
    assert_eq!(
        (&deployed["id"], &deployed["resource"]),
        (&root["decisionDefinitionId"], &json!("decisions.dmn"))
    );
    let id = deployed["id"].as_str().unwrap();
    for path in [
        format!("/decision-definition/{id}"),
        "/decision-definition/key/verdict".to_owned(),
    ] {
        assert_eq!(story.get(&path).good(), deployed);
        let xml = story.get(&format!("{path}/xml")).good();
        assert_eq!(
            (&xml["id"], &xml["dmnXml"]),
            (&deployed["id"], &json!(DECISIONS))
        );
        assert_eq!(story.get(&format!("{path}/diagram")).status, 204);
    }
    missing(
        &story.get("/decision-definition/key/verdict/tenant-id/t/xml"),
        "No matching decision definition with key: verdict and tenant-id: t",
    );
    missing(
        &story.get("/decision-definition/none"),
        "No matching decision definition with id none",
    );
    missing(
        &story.get("/process-definition/none/diagram"),
        "No matching definition with id none",
    );

    let mara = Embedded::new(story.house.desk.clone(), Caller::User("mara".to_owned()));
    let task = story.only("/history/task?unfinished=true&taskNameLike=CHECK%25");
    assert_eq!(
        (
            &task["processInstanceId"],
            &task["assignee"],
            &task["endTime"]
        ),
        (&json!(story.b), &json!("ana"), &Json::Null)
    );
    let id = task["id"].as_str().unwrap();
    mara.assign(id, Some("ben")).unwrap();
    let change = story.only(&format!(
        "/history/user-operation?operationType=Assign&taskId={id}"
    ));
    for (name, value) in [
        ("userId", json!("mara")),
        ("entityType", json!("Task")),
        ("property", json!("assignee")),
        ("orgValue", json!("ana")),
        ("newValue", json!("ben")),
        ("category", json!("TaskWorker")),
        ("processDefinitionKey", json!("story")),
    ] {
        assert_eq!(change[name], value, "{name}");
    }
    let links = story.texts(
        &format!("/history/identity-link-log?taskId={id}&sortBy=operationType&sortOrder=asc"),
        "userId",
    );
    assert_eq!(links, ["ben", "ana"]);
    assert_eq!(
        story.house.get("ben", "/history/task/count").good()["count"],
        1
    );
}

#[test]
fn executions_deployments_and_statistics() {
    let story = Story::new();
    let (a, deployment) = (&story.a, &story.deployment);
    let path =
        format!("/execution?processInstanceId={a}&activityId=load&processVariables=note_eq_x");
    let execution = story.only(&path);
    assert_eq!(
        (&execution["processInstanceId"], &execution["ended"]),
        (&json!(a), &json!(false))
    );
    let id = execution["id"].as_str().unwrap();
    assert_eq!(story.get(&format!("/execution/{id}")).good(), execution);
    missing(
        &story.get("/execution/none"),
        "Execution with id none does not exist",
    );
    missing(
        &story.get(&format!("/execution/{id}/messageSubscriptions/go")),
        &format!("Message event subscription for execution {id} named go does not exist"),
    );
    story.house.deploy();
    let waits = story.house.start("c", 1);
    let one = story.house.one();
    story
        .house
        .post(
            "w1",
            &format!("/external-task/{one}/complete"),
            json!({"workerId": "me"}),
        )
        .good();
    let waiting = story.only("/event-subscription?eventType=message&eventName=go");
    assert_eq!(
        (&waiting["processInstanceId"], &waiting["activityId"]),
        (&json!(waits), &json!("wait"))
    );
    let id = waiting["executionId"].as_str().unwrap();
    assert_eq!(
        story
            .get(&format!("/execution/{id}/messageSubscriptions/go"))
            .good(),
        waiting
    );
    assert_eq!(
        story.only("/execution?messageEventSubscriptionName=go")["id"],
        waiting["executionId"]
    );

    let shown = story.only("/deployment?nameLike=to%25");
    assert_eq!(
        (&shown["id"], &shown["links"], &shown["source"]),
        (&json!(deployment), &json!([]), &Json::Null)
    );
    assert_eq!(
        story.get(&format!("/deployment/{deployment}")).good(),
        shown
    );
    assert_eq!(
        story
            .get("/deployment/registered")
            .good()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let files = story
        .get(&format!("/deployment/{deployment}/resources"))
        .good();
    let file = files
        .as_array()
        .unwrap()
        .iter()
        .find(|file| file["name"] == "story.bpmn")
        .unwrap();
    let path = format!(
        "/deployment/{deployment}/resources/{}",
        file["id"].as_str().unwrap()
    );
    assert_eq!(story.get(&path).good(), *file);
    let data = story.get(&format!("{path}/data"));
    assert_eq!(
        (&data.body[..], data.header("content-type")),
        (STORY.as_bytes(), Some("application/xml"))
    );
    missing(
        &story.get("/deployment/none"),
        "Deployment with id 'none' does not exist",
    );
    missing(
        &story.get("/deployment/none/resources"),
        "Deployment resources for deployment id 'none' do not exist.",
    );
    missing(
        &story.get(&format!("/deployment/{deployment}/resources/none")),
        &format!(
            "Deployment resource with resource id 'none' for deployment id '{deployment}' does not exist."
        ),
    );
    missing(
        &story.get(&format!("/deployment/{deployment}/resources/none/data")),
        &format!("Deployment resource 'none' for deployment id '{deployment}' does not exist."),
    );

    let path = format!(
        "/history/process-definition/{}/statistics",
        story.definition
    );
    let now = story.get(&path).good();
    let ids = |found: &Json| {
        found
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&now), ["check", "load"]);
    assert_eq!(
        (&now[0]["instances"], &now[0]["finished"]),
        (&json!(1), &json!(0))
    );
    let all = story
        .get(&format!(
            "{path}?finished=true&incidents=true&sortBy=activityId&sortOrder=desc"
        ))
        .good();
    assert_eq!(ids(&all), ["start", "load", "judge", "check"]);
    assert_eq!(
        (&all[0]["finished"], &all[1]["openIncidents"]),
        (&json!(2), &json!(1))
    );
    let early = story
        .get(&format!(
            "{path}?startedBefore=2025-11-18T12:00:05.000%2B0000"
        ))
        .good();
    assert_eq!(ids(&early), ["load"]);
}

/// Each list takes every parameter of Camunda's, and none makes it fall.
#[test]
fn hostile_queries_are_refused_or_find_nothing() {
    let story = Story::new();
    for operation in GROUPS.iter().flat_map(|group| group.operations) {
        let list = operation.summary.contains("List") || operation.path.starts_with("/history");
        if operation.method != Method::Get
            || !operation.served()
            || operation.path.contains('{')
            // No list; and there is no such job here.
            || operation.path.starts_with("/history/cleanup/job")
            || !list
        {
            continue;
        }
        for query in [
            "maxResults=-1",
            "maxResults=99999999999",
            "firstResult=x",
            "sortBy=id",
            "sortBy=%27&sortOrder=asc",
            "processInstanceId=%27%20OR%201%3D1%20--&unknown=%00",
            "variables=a_b&finished=perhaps",
            "maxResults=0",
        ] {
            let got = story.get(&format!("{}?{query}", operation.path));
            assert!(
                matches!(got.status, 200 | 400),
                "{} {query}: {}",
                operation.path,
                got.status
            );
        }
    }
}
