//! Service tasks by expression and business rule tasks.

use crate::support::*;
use chrono::{DateTime, Utc};
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};
use std::sync::Arc;

/// A decision that gives one map for each of its rows, with the variable `x` added.
#[derive(Debug)]
struct Rows(Vec<Map>);

impl Decision for Rows {
    fn definition_id(&self) -> &str {
        "check:1:d"
    }

    fn evaluate(&self, variables: &Map, _now: DateTime<Utc>) -> Result<DecisionOutcome, String> {
        if variables.get("x").is_none() {
            return Err("no variable x".into());
        }
        Ok(DecisionOutcome {
            results: self.0.clone(),
            trace: serde_json::json!({ "rules": self.0.len() }),
        })
    }
}

fn rule_task(attributes: &str, output: &str) -> String {
    format!(
        r#"
        <startEvent id="start" />
        <businessRuleTask id="check" camunda:decisionRef="${{'ch'.concat('eck')}}" {attributes}>
          <extensionElements><camunda:inputOutput>{output}</camunda:inputOutput></extensionElements>
        </businessRuleTask>
        <userTask id="after" />
        start -> check -> after
        "#
    )
}

fn decided(model: &str, rows: Vec<Map>) -> (Desk, Result<Vec<Change>, Error>) {
    let mut desk = Desk::with(model);
    let x = vars([("x", 1.into())]);
    let Err(Error::Need(Need::Decision(reference))) = desk.run(x.clone()) else {
        panic!("the decision is asked for");
    };
    assert_eq!(reference.key, "check");
    desk.world.add_decision(reference, Arc::new(Rows(rows)));
    let result = desk.run(x);
    (desk, result)
}

#[test]
fn a_decision_is_asked_for_and_its_result_becomes_a_variable() {
    let model = rule_task(
        r#"camunda:resultVariable="verdict" camunda:mapDecisionResult="singleEntry""#,
        r#"<camunda:outputParameter name="raw">${decisionResult[0].result}</camunda:outputParameter>"#,
    );
    let (desk, result) = decided(&model, vec![vars([("result", 1.into())])]);
    result.expect("starts");
    assert_eq!(desk.var("verdict"), Some(Value::Integer(1)));
    assert_eq!(desk.var("raw"), Some(Value::Integer(1)));
    assert_eq!(
        desk.var("decisionResult"),
        None,
        "the raw result does not stay"
    );
    let told = desk.log.iter().any(|event| {
        matches!(event, Event::DecisionEvaluated { decision_definition_id, trace, .. }
        if decision_definition_id == "check:1:d" && trace["rules"] == 1)
    });
    assert!(told);
}

#[test]
fn a_result_of_the_wrong_shape_is_an_error() {
    let model = rule_task(
        r#"camunda:resultVariable="verdict" camunda:mapDecisionResult="singleEntry""#,
        "",
    );
    let two = vec![vars([("a", 1.into())]), vars([("a", 2.into())])];
    let (desk, result) = decided(&model, two);
    let error = result.expect_err("refused");
    assert_eq!(error.class(), "DecisionResultMapperException");
    assert!(error.to_string().contains("ENGINE-22001"));
    assert!(desk.ended());
}

#[test]
fn the_binding_says_which_version_is_asked_for() {
    for (attributes, version) in [
        ("", DecisionVersion::Latest),
        (
            r#"camunda:decisionRefBinding="deployment""#,
            DecisionVersion::DeploymentOf(DEFINITION.into()),
        ),
        (
            r#"camunda:decisionRefBinding="version" camunda:decisionRefVersion="${1 + 2}""#,
            DecisionVersion::Number(3),
        ),
        (
            r#"camunda:decisionRefBinding="versionTag" camunda:decisionRefVersionTag="v${1}""#,
            DecisionVersion::Tag("v1".into()),
        ),
    ] {
        let mut desk = Desk::with(&rule_task(attributes, ""));
        let asked = desk.run(Map::new()).expect_err("asks");
        let key = "check".to_owned();
        assert_eq!(
            asked,
            Error::Need(Need::Decision(DecisionRef { key, version }))
        );
    }
}

#[test]
fn a_decision_that_fails_is_an_error_of_its_task() {
    let mut desk = Desk::with(&rule_task("", ""));
    let Err(Error::Need(Need::Decision(reference))) = desk.run(Map::new()) else {
        panic!("the decision is asked for");
    };
    desk.world.add_decision(reference, Arc::new(Rows(vec![])));
    let error = desk.run(Map::new()).expect_err("fails");
    assert!(
        matches!(&error, Error::Decision { at, .. } if at.element == "check"),
        "{error}"
    );
}

#[test]
fn an_expression_gives_its_result_variable() {
    let desk = Desk::start(
        r#"
        <startEvent id="start" />
        <serviceTask id="add" camunda:expression="${a + b}" camunda:resultVariable="sum" />
        <serviceTask id="quiet" camunda:expression="${a}" />
        <manualTask id="hand" /> <task id="any" /> <intermediateThrowEvent id="pass" />
        <userTask id="after" />
        start -> add -> quiet -> hand -> any -> pass -> after
        "#,
        vars([("a", 2.into()), ("b", "3".into())]),
    );
    assert_eq!(desk.var("sum"), Some(Value::Long(5)));
    assert_eq!(
        desk.history(),
        ["start", "add", "quiet", "hand", "any", "pass"]
    );
}
