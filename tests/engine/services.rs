//! Service tasks by expression and business rule tasks.

use crate::support::*;
use crewdesk::dmn::Definitions;
use crewdesk::engine::*;
use crewdesk::value::{Map, Value};
use std::sync::Arc;

/// A table `check` with outputs `result` and `reason`: one rule for `x` above 0, one above 10.
fn table(policy: &str) -> Arc<Definitions> {
    let rule = |id: &str, test: &str, result: u8| {
        format!(
            r#"<rule id="{id}"><inputEntry id="i{id}"><text>{test}</text></inputEntry>
            <outputEntry id="o{id}"><text>{result}</text></outputEntry></rule>"#
        )
    };
    let xml = format!(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="checks" name="Checks" namespace="test">
        <decision id="check" name="Check"><decisionTable id="table" hitPolicy="{policy}">
        <input id="x"><inputExpression id="ex" typeRef="long"><text>x</text></inputExpression></input>
        <output id="out" name="result" typeRef="integer" />
        {}{}</decisionTable></decision></definitions>"#,
        rule("r1", "&gt; 0", 1),
        rule("r2", "&gt; 10", 2)
    );
    match Definitions::parse("check.dmn", xml.as_bytes()) {
        Ok(definitions) => Arc::new(definitions),
        Err(problems) => panic!("{problems:?}"),
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

fn decided(model: &str, policy: &str, x: Value) -> (Desk, Result<Vec<Change>, Error>) {
    let mut desk = Desk::with(model);
    let x = vars([("x", x)]);
    let Err(Error::Need(Need::Decision(reference))) = desk.run(x.clone()) else {
        panic!("the decision is asked for");
    };
    assert_eq!(reference.key, "check");
    desk.world
        .add_decision(reference, "check:1:d", table(policy));
    let result = desk.run(x);
    (desk, result)
}

#[test]
fn a_decision_is_asked_for_and_its_result_becomes_a_variable() {
    let model = rule_task(
        r#"camunda:resultVariable="verdict" camunda:mapDecisionResult="singleEntry""#,
        r#"<camunda:outputParameter name="first">${decisionResult[0].result}</camunda:outputParameter>
        <camunda:outputParameter name="single">${decisionResult.singleEntry}</camunda:outputParameter>
        <camunda:outputParameter name="all">${decisionResult.collectEntries('result').size()}</camunda:outputParameter>
        <camunda:outputParameter name="entry">${decisionResult.getSingleResult().getEntry('result')}</camunda:outputParameter>"#,
    );
    let (desk, result) = decided(&model, "COLLECT", 5.into());
    result.expect("starts");
    for name in ["verdict", "first", "single", "all", "entry"] {
        assert_eq!(desk.var(name).and_then(|v| v.as_i64()), Some(1), "{name}");
    }
    assert_eq!(
        desk.var("decisionResult"),
        None,
        "the raw result does not stay"
    );
    let told = desk.log.iter().any(|event| {
        matches!(event, Event::DecisionEvaluated { decision_definition_id, trace, .. }
        if decision_definition_id == "check:1:d" && trace[0]["rules"][0]["number"] == 1)
    });
    assert!(told);
}

#[test]
fn a_result_of_the_wrong_shape_is_an_error() {
    let model = rule_task(
        r#"camunda:resultVariable="verdict" camunda:mapDecisionResult="singleEntry""#,
        "",
    );
    let (desk, result) = decided(&model, "COLLECT", 50.into());
    let error = result.expect_err("refused");
    assert_eq!(error.class(), "DecisionResultMapperException");
    assert!(error.to_string().contains("ENGINE-22001"));
    assert!(desk.ended());
}

#[test]
fn a_decision_that_fails_is_an_error_of_its_task() {
    let (_, result) = decided(&rule_task("", ""), "UNIQUE", 50.into());
    let error = result.expect_err("fails");
    assert!(
        matches!(&error, Error::Decision { at, .. } if at.element == "check"),
        "{error}"
    );
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

#[test]
fn decisions_in_a_loop_share_one_budget() {
    let model = r#"
        <startEvent id="start" /> <exclusiveGateway id="again" />
        <businessRuleTask id="check" camunda:decisionRef="check" />
        start -> again -> check -> again
    "#;
    let mut desk = Desk::with(model);
    desk.world.limits.expression_steps = 10_000;
    let x = vars([("x", 5.into())]);
    let Err(Error::Need(Need::Decision(reference))) = desk.run(x.clone()) else {
        panic!("the decision is asked for");
    };
    desk.world
        .add_decision(reference, "check:1:d", table("COLLECT"));
    assert!(matches!(desk.run(x), Err(Error::Decision { .. })));
}
