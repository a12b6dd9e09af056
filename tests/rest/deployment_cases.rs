//! Deployments and what is in them, after the cases of Camunda's BpmnDeploymentTest and
//! RepositoryServiceTest.

use crate::house::House;
use serde_json::{Value as Json, json};

fn process(key: &str, name: &str, more: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="{key}" name="{name}" isExecutable="true"><documentation>the first process</documentation>
    <startEvent id="start"/><sequenceFlow id="f" sourceRef="start" targetRef="task"/><userTask id="task" camunda:assignee="ana"/>{more}
  </process>
</definitions>"#
    )
}

const MORE: &str = r#"<endEvent id="end"/><sequenceFlow id="g" sourceRef="task" targetRef="end"/>"#;

struct Deploys(House);

impl Deploys {
    fn put(&self, flags: &[&str], files: &[(&str, &str)]) -> (u16, Json) {
        let mut parts = vec![("deployment-name", None, &b"twice"[..])];
        for &flag in flags {
            parts.push((flag, None, &b"true"[..]));
        }
        for &(name, content) in files {
            parts.push((name, Some(name), content.as_bytes()));
        }
        let got = self.0.form("mara", "/deployment/create", &parts);
        (
            got.status,
            serde_json::from_slice(&got.body).unwrap_or_default(),
        )
    }

    fn count(&self, path: &str) -> u64 {
        self.0.get("mara", path).good()["count"].as_u64().unwrap()
    }

    fn versions(&self, key: &str) -> u64 {
        self.count(&format!("/process-definition/count?key={key}"))
    }

    fn list(&self, path: &str) -> Vec<Json> {
        self.0.get("mara", path).good().as_array().unwrap().clone()
    }
}

const FILTER: &str = "enable-duplicate-filtering";
const CHANGED: &str = "deploy-changed-only";

/// BpmnDeploymentTest.testDeploySameFileTwice
/// BpmnDeploymentTest.testDeployDifferentFiles
/// BpmnDeploymentTest.testPartialChangesDeployAll
/// BpmnDeploymentTest.testPartialChangesDeployChangedOnly
/// BpmnDeploymentTest.testPartialChangesRedeployOldVersion
/// BpmnDeploymentTest.testDuplicateFilteringDefaultBehavior
#[test]
fn what_has_not_changed_is_deployed_once() {
    let deploys = Deploys(House::new());
    let (one, two) = (process("one", "One", ""), process("two", "Two", ""));
    let changed = process("two", "Two", MORE);
    let versions = || (deploys.versions("one"), deploys.versions("two"));
    let before = deploys.count("/deployment/count");
    deploys.put(&[FILTER], &[("one.bpmn", &one)]);
    deploys.put(&[FILTER], &[("one.bpmn", &one)]);
    assert_eq!(versions(), (1, 0));
    assert_eq!(deploys.count("/deployment/count"), before + 1);
    deploys.put(&[FILTER], &[("two.bpmn", &two)]);
    assert_eq!(deploys.count("/deployment/count"), before + 2);
    assert_eq!(versions(), (1, 1));
    deploys.put(&[FILTER], &[("one.bpmn", &one), ("two.bpmn", &changed)]);
    assert_eq!(versions(), (2, 2), "all of it");
    deploys.put(
        &[FILTER, CHANGED],
        &[("one.bpmn", &one), ("two.bpmn", &two)],
    );
    assert_eq!(versions(), (2, 3), "only what has changed");
    deploys.put(
        &[FILTER, CHANGED],
        &[("one.bpmn", &one), ("two.bpmn", &changed)],
    );
    assert_eq!(versions(), (2, 4), "an older version again is a change");
}

/// DeployCmd.getDuplicateDeployments: it is the newest deployment of the same name that counts.
#[test]
fn what_another_deployment_holds_is_not_known_yet() {
    let deploys = Deploys(House::new());
    let one = process("one", "One", "");
    let put = |name: &str| {
        let parts = [
            ("deployment-name", None, name.as_bytes()),
            ("deployment-source", None, &b"Camunda Modeler"[..]),
            (FILTER, None, &b"true"[..]),
            ("one.bpmn", Some("one.bpmn"), one.as_bytes()),
        ];
        deploys.0.form("mara", "/deployment/create", &parts).good()
    };
    let (first, second) = (put("a"), put("b"));
    assert_ne!(first["id"], second["id"]);
    let made = second["deployedProcessDefinitions"].as_object().unwrap();
    let made = made.values().next().unwrap();
    assert_eq!((&made["version"], &made["key"]), (&json!(2), &json!("one")));
    // What is there already is that deployment.
    let again = put("b");
    assert_eq!(again["id"], second["id"]);
    assert_eq!(again["deploymentTime"], second["deploymentTime"]);
    assert_eq!(again["deployedProcessDefinitions"], Json::Null);
    assert_eq!(deploys.versions("one"), 2);
    let by = deploys.list("/deployment?source=Camunda%20Modeler");
    assert_eq!(by.len(), 2);
    assert_eq!(by[0]["source"], "Camunda Modeler");
    assert!(
        deploys
            .list("/deployment?withoutSource=true")
            .iter()
            .all(|d| d["source"].is_null())
    );
}

/// BpmnDeploymentTest.testDeployTwoProcessesWithDuplicateIdAtTheSameTime
/// BpmnDeploymentTest.testDeployInvalidExpression
#[test]
fn what_is_wrong_leaves_nothing() {
    let deploys = Deploys(House::new());
    let before = deploys.count("/deployment/count");
    let one = process("one", "One", "");
    let other = process("one", "Other", MORE);
    let (status, body) = deploys.put(&[], &[("one.bpmn", &one), ("other.bpmn", &other)]);
    assert_eq!(status, 400, "{body}");
    let wrong = one.replace("assignee=\"ana\"", "assignee=\"${ana\"");
    let (status, body) = deploys.put(&[], &[("one.bpmn", &wrong)]);
    assert_eq!(status, 400, "{body}");
    assert_eq!(deploys.count("/deployment/count"), before);
    assert_eq!(deploys.versions("one"), 0);
}

/// BpmnDeploymentTest.testGetBpmnXmlFileThroughService
/// BpmnDeploymentTest.testProcessDefinitionDescription
/// BpmnDeploymentTest.testDeploymentIdOfResource
/// BpmnDeploymentTest.testDeployBpmnModelInstance
/// BpmnDeploymentTest.testDeployAndGetProcessDefinition
/// RepositoryServiceTest.testUTF8DeploymentMethod
/// RepositoryServiceTest.testFindProcessDefinitionById
/// RepositoryServiceTest.testStartProcessInstanceById
/// RepositoryServiceTest.testGetResourceAsStreamUnexistingResourceInExistingDeployment
/// RepositoryServiceTest.testGetResourceAsStreamUnexistingDeployment
/// RepositoryServiceTest.testGetProcessModelByInvalidId
/// RepositoryServiceTest.testDeploymentPersistence
/// RepositoryServiceTest.testProcessDefinitionPersistence
#[test]
fn a_file_comes_back_as_it_was_sent() {
    let deploys = Deploys(House::new());
    let one = process("one", "äöüÄÖÜß", "");
    let (_, made) = deploys.put(&[], &[("one.bpmn", &one)]);
    let deployment = made["id"].as_str().unwrap();
    let resources = deploys.list(&format!("/deployment/{deployment}/resources"));
    assert_eq!(resources.len(), 1);
    assert_eq!(resources[0]["name"], "one.bpmn");
    assert_eq!(resources[0]["deploymentId"], deployment);
    let path = |id: &str| format!("/deployment/{deployment}/resources/{id}/data");
    let data = deploys
        .0
        .get("mara", &path(resources[0]["id"].as_str().unwrap()));
    assert_eq!((data.status, &data.body[..]), (200, one.as_bytes()));
    assert_eq!(deploys.0.get("mara", &path("none")).status, 404);
    let none = "/deployment/none/resources/none/data";
    assert_eq!(deploys.0.get("mara", none).status, 404);

    let definition = deploys.list("/process-definition?key=one")[0].clone();
    let id = definition["id"].as_str().unwrap();
    let shown = deploys
        .0
        .get("mara", &format!("/process-definition/{id}"))
        .good();
    assert_eq!(shown, definition);
    assert_eq!(shown["name"], "äöüÄÖÜß");
    assert_eq!(shown["description"], "the first process");
    assert_eq!(shown["deploymentId"], deployment);
    assert_eq!(shown["resource"], "one.bpmn");
    assert_eq!(shown["diagram"], Json::Null);
    let listed = deploys.list(&format!("/deployment?id={deployment}"));
    assert_eq!((listed.len(), &listed[0]["name"]), (1, &json!("twice")));
    assert!(listed[0]["deploymentTime"].is_string());
    let start = format!("/process-definition/{id}/start");
    let started = deploys.0.post("mara", &start, json!({})).good();
    assert_eq!(started["definitionId"], *id);
    let none = deploys.0.get("mara", "/process-definition/none/xml");
    assert!((400..=404).contains(&none.status));
}

/// RepositoryServiceTest.testProcessDefinitionQuery
/// RepositoryServiceTest.testGetProcessDefinitions
/// RepositoryServiceTest.testDeployIdenticalProcessDefinitions
#[test]
fn versions_are_listed() {
    let deploys = Deploys(House::new());
    for (key, name) in [
        ("IDR", "Insurance Damage Report 1"),
        ("IDR", "Insurance Damage Report 2"),
        ("IDR", "Insurance Damage Report 2"),
        ("EN", "Expense Note 1"),
        ("EN", "Expense Note 2"),
    ] {
        deploys.put(&[], &[("file.bpmn", &process(key, name, ""))]);
    }
    let rows = deploys.list("/process-definition?keysIn=IDR,EN&sortBy=key&sortOrder=asc");
    assert_eq!(rows.len(), 5);
    let body = "/process-definition?keysIn=IDR,EN&sortBy=version&sortOrder=desc";
    let versions: Vec<_> = deploys
        .list(body)
        .iter()
        .map(|row| row["version"].as_u64().unwrap())
        .collect();
    assert_eq!(versions, [3, 2, 2, 1, 1]);
    for row in &rows {
        let start = format!("{}:{}:", row["key"].as_str().unwrap(), row["version"]);
        assert!(row["id"].as_str().unwrap().starts_with(&start), "{row}");
    }
    let latest = deploys.list("/process-definition?key=EN&latestVersion=true");
    assert_eq!(
        (latest.len(), &latest[0]["name"]),
        (1, &json!("Expense Note 2"))
    );
}

/// RepositoryServiceTest.testGetDecisionDefinition
/// RepositoryServiceTest.testGetDecisionDefinitionByInvalidId
/// RepositoryServiceTest.testGetDecisionModel
/// RepositoryServiceTest.testGetDecisionModelByInvalidId
#[test]
fn a_decision_is_shown_with_its_model() {
    let deploys = Deploys(House::new());
    let dmn = include_str!("../../process-models/insertion-check.dmn");
    deploys.put(&[], &[("check.dmn", dmn)]);
    let row =
        deploys.list("/decision-definition?key=insertion-check&latestVersion=true")[0].clone();
    let path = format!("/decision-definition/{}", row["id"].as_str().unwrap());
    let shown = deploys.0.get("mara", &path).good();
    assert_eq!(shown["key"], "insertion-check");
    let xml = deploys.0.get("mara", &format!("{path}/xml")).good();
    assert_eq!(xml["dmnXml"], dmn);
    for path in ["/decision-definition/none", "/decision-definition/none/xml"] {
        assert!((400..=404).contains(&deploys.0.get("mara", path).status));
    }
}

/// RepositoryServiceTest.testDeleteDeploymentWithoutSkipIoMappings
#[test]
fn outputs_that_fail_keep_a_deployment_unless_they_are_left_out() {
    let deploys = Deploys(House::new());
    let model = process("p", "P", "").replace(
        r#"camunda:assignee="ana"/>"#,
        r#"><extensionElements><camunda:inputOutput><camunda:outputParameter name="out">${unknown}</camunda:outputParameter></camunda:inputOutput></extensionElements></userTask>"#,
    );
    let (_, deployed) = deploys.put(&[], &[("p.bpmn", &model)]);
    deploys.0.run("p", json!({}));
    let path = format!(
        "/deployment/{}?cascade=true&skipIoMappings",
        deployed["id"].as_str().unwrap()
    );
    let kept = deploys.0.delete("mara", &format!("{path}=false"));
    assert_eq!(kept.status, 500);
    assert!(kept.json()["message"].as_str().unwrap().contains("unknown"));
    assert_eq!(deploys.versions("p"), 1);
    let gone = deploys.0.delete("mara", &format!("{path}=true"));
    assert_eq!(gone.status, 204);
    assert_eq!(deploys.versions("p"), 0);
}

/// RepositoryServiceTest.testProcessDefinitionUpdateTimeToLive
/// RepositoryServiceTest.testProcessDefinitionUpdateTimeToLiveNull
/// RepositoryServiceTest.testProcessDefinitionUpdateTimeToLiveNegative
/// RepositoryServiceTest.testProcessDefinitionUpdateHistoryTimeToLiveWithUserOperationLog
/// RepositoryServiceTest.testDecisionDefinitionUpdateTimeToLiveNull
/// RepositoryServiceTest.testDecisionDefinitionUpdateTimeToLiveNegative
/// RepositoryServiceTest.testDecisionDefinitionUpdateTimeToLiveWithUserOperationLog
#[test]
fn a_definition_takes_another_time_to_live_and_the_log_tells_from_which() {
    let deploys = Deploys(House::new());
    let dmn = include_str!("../../process-models/insertion-check.dmn");
    deploys.put(
        &[],
        &[("check.dmn", dmn), ("p.bpmn", &process("p", "P", ""))],
    );
    for (kind, key, entity) in [
        ("process", "p", "ProcessDefinition"),
        ("decision", "insertion-check", "DecisionDefinition"),
    ] {
        let row = deploys.list(&format!("/{kind}-definition?key={key}"))[0].clone();
        let path = format!("/{kind}-definition/{}", row["id"].as_str().unwrap());
        let set = |days: Json| {
            let body = json!({ "historyTimeToLive": days });
            let path = format!("{path}/history-time-to-live");
            deploys.0.put("mara", &path, body).status
        };
        let days = || deploys.0.get("mara", &path).good()["historyTimeToLive"].clone();
        assert_eq!((set(json!(7)), days()), (204, json!(7)));
        assert_eq!((set(json!(6)), days()), (204, json!(6)));
        assert_eq!((set(Json::Null), days()), (204, Json::Null));
        assert_eq!((set(json!(-1)), days()), (400, Json::Null));
        let log = deploys.list(&format!(
            "/history/user-operation?operationType=UpdateHistoryTimeToLive&entityType={entity}&property=historyTimeToLive&sortBy=timestamp&sortOrder=asc"
        ));
        let told: Vec<(Json, Json)> = log
            .iter()
            .map(|entry| (entry["orgValue"].clone(), entry["newValue"].clone()))
            .collect();
        assert_eq!(told.len(), 3, "{log:?}");
        assert!(told.contains(&(json!("7"), json!("6"))), "{told:?}");
        assert!(told.contains(&(json!("6"), Json::Null)), "{told:?}");
    }
}
// differs: RepositoryServiceTest.shouldFailToUpdateHistoryTimeToLiveOnProcessDefinitionHTTLUpdate, RepositoryServiceTest.shouldFailToUpdateHistoryTimeToLiveOnDecisionDefinitionHTTLUpdate: a model deploys without a time to live of its history, as with Camunda's enforceHistoryTimeToLive off
// not applicable: RepositoryServiceTest.testUpdateHistoryTimeToLiveNull, RepositoryServiceTest.testUpdateHistoryTimeToLiveNegative, RepositoryServiceTest.testGetCaseDefinition, RepositoryServiceTest.testGetCaseDefinitionByInvalidId, RepositoryServiceTest.testGetCaseModel, RepositoryServiceTest.testGetCaseModelByInvalidId, RepositoryServiceTest.testCaseDefinitionUpdateHistoryTimeToLiveWithUserOperationLog, RepositoryServiceTest.shouldFailToUpdateHistoryTimeToLiveOnCaseDefinitionHTTLUpdate, RepositoryServiceTest.testUpdateHistoryTimeToLiveInCache: there are no cases (CMMN)
// differs: BpmnDeploymentTest.testProcessDiagramResource, BpmnDeploymentTest.testMultipleDiagramResourcesProvided, RepositoryServiceTest.testGetDecisionRequirementsDiagram: pictures are not deployed, they are drawn from the model
// differs: HistoryTimeToLiveDeploymentTest.processWithoutHTTLShouldFail, HistoryTimeToLiveDeploymentTest.decisionWithoutHTTLShouldFail: a model deploys without a time to live of its history, as with Camunda's enforceHistoryTimeToLive off
// not applicable: HistoryTimeToLiveDeploymentTest.caseWithHTTLShouldSucceed, HistoryTimeToLiveDeploymentTest.caseWithoutHTTLShouldFail, HistoryTimeToLiveDeploymentTest.shouldGetDeployedCase, HistoryTimeToLiveDeploymentTest.shouldLogMessageOnLongerTTLInfCaseModel: there are no cases (CMMN)
