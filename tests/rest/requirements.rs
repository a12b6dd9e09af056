//! DMN files of more than one decision, after the cases of DecisionRequirementsDefinitionQueryTest,
//! DecisionDefinitionDeployerTest and HistoricDecisionInstanceStatisticsQueryTest.

use crate::house::House;
use serde_json::{Value as Json, json};

/// Two decisions, of which one requires the other; or the first alone.
fn model(both: bool) -> String {
    let table = |id: &str, required: &str, input: &str| {
        format!(
            r#"<decision id="{id}" name="The {id}">{required}<decisionTable id="t-{id}">
            <input id="i-{id}"><inputExpression id="e-{id}" typeRef="integer"><text>{input}</text></inputExpression></input>
            <output id="o-{id}" name="{id}" typeRef="integer"/>
            <rule id="r-{id}"><inputEntry id="c-{id}"><text></text></inputEntry><outputEntry id="v-{id}"><text>1</text></outputEntry></rule>
        </decisionTable></decision>"#
        )
    };
    let requires = r##"<informationRequirement id="q"><requiredDecision href="#season"/></informationRequirement>"##;
    let dish = if both {
        table("dish", requires, "season")
    } else {
        String::new()
    };
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:camunda="http://camunda.org/schema/1.0/dmn" id="dinner" name="Dinner" namespace="http://example.org/dinner">{}{dish}</definitions>"#,
        table("season", "", "month")
    )
}

fn deploy(house: &House, name: &str, text: &str) -> Json {
    let parts = [("data", Some(name), text.as_bytes())];
    house.form("mara", "/deployment/create", &parts).good()
}

/// RepositoryServiceTest.testGetDecisionRequirementsDefinition
/// RepositoryServiceTest.testGetDecisionRequirementsDefinitionByInvalidId
/// RepositoryServiceTest.testGetDecisionRequirementsModel
/// RepositoryServiceTest.testGetDecisionRequirementsModelByInvalidId
/// RepositoryServiceTest.testGetDecisionRequirementsDiagramByInvalidId
#[test]
fn a_file_of_several_decisions_is_a_definition_of_its_own() {
    let house = House::new();
    let made = deploy(&house, "dinner.dmn", &model(true));
    let (id, shown) = made["deployedDecisionRequirementsDefinitions"]
        .as_object()
        .and_then(|all| all.iter().next())
        .unwrap();
    let path = "/decision-requirements-definition";
    assert_eq!(
        *shown,
        json!({
            "id": id, "key": "dinner", "name": "Dinner", "version": 1, "tenantId": null,
            "category": "http://example.org/dinner", "resource": "dinner.dmn", "deploymentId": made["id"],
        })
    );
    for of in [
        String::new(),
        "?key=dinner".into(),
        "?nameLike=Din%25&latestVersion=true".into(),
    ] {
        assert_eq!(house.only(&format!("{path}{of}")), *shown, "{of}");
    }
    for of in [format!("{path}/{id}"), format!("{path}/key/dinner")] {
        assert_eq!(house.get("ana", &of).good(), *shown);
        assert_eq!(house.get("ana", &format!("{of}/diagram")).status, 204);
        let xml = house.get("ana", &format!("{of}/xml")).good();
        assert_eq!(xml, json!({ "id": id, "dmnXml": model(true) }));
    }
    // The decisions know where they stand.
    for key in ["season", "dish"] {
        let decision = house
            .get("ana", &format!("/decision-definition/key/{key}"))
            .good();
        assert_eq!(
            (
                &decision["decisionRequirementsDefinitionId"],
                &decision["decisionRequirementsDefinitionKey"],
                &decision["category"],
            ),
            (
                &json!(id),
                &json!("dinner"),
                &json!("http://example.org/dinner")
            )
        );
    }
    let alone = "/decision-definition?withoutDecisionRequirementsDefinition=true";
    assert_eq!(house.list(alone), Vec::<Json>::new());
    let of = format!("/decision-definition?decisionRequirementsDefinitionId={id}");
    assert_eq!(house.list(&of).len(), 2);
    // Another version.
    deploy(
        &house,
        "dinner.dmn",
        &model(true).replace("Dinner", "Supper"),
    );
    assert_eq!(
        house.get("ana", &format!("{path}/key/dinner")).good()["version"],
        2
    );
    assert_eq!(
        house.get("ana", &format!("{path}/count?version=1")).good(),
        json!({"count": 1})
    );
    let gone = format!("/deployment/{}?cascade=true", made["id"].as_str().unwrap());
    assert_eq!(house.delete("mara", &gone).status, 204);
    house.get("ana", &format!("{path}/{id}")).refused(
        404,
        "InvalidRequestException",
        &format!("No matching decision requirements definition with id '{id}'"),
    );
    house
        .get("ana", &format!("{path}/key/dinner/tenant-id/one/xml"))
        .refused(
            404,
            "InvalidRequestException",
            "No matching decision requirements definition with key: dinner and tenant-id: one",
        );
}

#[test]
fn a_file_of_one_decision_is_none() {
    let house = House::new();
    let made = deploy(&house, "season.dmn", &model(false));
    assert_eq!(made["deployedDecisionRequirementsDefinitions"], Json::Null);
    let decisions = made["deployedDecisionDefinitions"].as_object().unwrap();
    let decision = decisions.values().next().unwrap();
    assert_eq!(
        (
            &decision["resource"],
            &decision["decisionRequirementsDefinitionId"]
        ),
        (&json!("season.dmn"), &Json::Null)
    );
    assert_eq!(
        house
            .get("mara", "/decision-requirements-definition")
            .good(),
        json!([])
    );
}

#[test]
fn evaluations_are_counted_by_decision() {
    let house = House::new();
    deploy(&house, "dinner.dmn", &model(true));
    let id = house.text("/decision-requirements-definition", "id");
    let path = format!("/history/decision-requirements-definition/{id}/statistics");
    assert_eq!(house.get("mara", &path).good(), json!([]));
    house.bpmn(
        r#"<process id="asks" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="ask"/>
        <businessRuleTask id="ask" camunda:decisionRef="dish" camunda:resultVariable="r"/></process>"#,
    );
    for _ in 0..2 {
        house.run("asks", json!({ "month": {"value": 5, "type": "Integer"} }));
    }
    assert_eq!(
        house.get("mara", &path).good(),
        json!([
            {"decisionDefinitionKey": "dish", "evaluations": 2},
            {"decisionDefinitionKey": "season", "evaluations": 2},
        ])
    );
    let roots = house.list("/history/decision-instance?rootDecisionInstancesOnly=true");
    assert_eq!(roots[0]["decisionRequirementsDefinitionId"], json!(id));
    let one = format!(
        "{path}?decisionInstanceId={}",
        roots[0]["id"].as_str().unwrap()
    );
    assert_eq!(
        house.get("mara", &one).good(),
        json!([
            {"decisionDefinitionKey": "dish", "evaluations": 1},
            {"decisionDefinitionKey": "season", "evaluations": 1},
        ])
    );
    assert_eq!(house.get("ana", &path).status, 403);
}
